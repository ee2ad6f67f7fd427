//! Broken scenes get a sentence; odd ones get a picture without NaN.
use crate::scenes::{camera, matte, plain, scene, sphere, uniform_sky};
use glam::{DMat3, DVec2, Quat, Vec2, Vec3};
use render::{Denoise, Settings, Tracer};
use scene::{
    AreaLight, Material, MaterialId, Mesh, Scene, Texture,
    camera::Distortion,
    light::{Beam, Photometry, PointLight, Sun},
    material::Interior,
    mesh::Part,
    texture::Texels,
};
use std::sync::Arc;

fn ball() -> Scene {
    scene(
        vec![(sphere(0.2, 2), matte(0.5))],
        Some(uniform_sky(1.0)),
        vec![],
        camera(1.0, 8),
    )
}

fn bulb() -> PointLight {
    PointLight {
        position: Vec3::Y,
        radius_m: 0.1,
        intensity: Vec3::ONE,
        near_infrared_intensity: 0.0,
        beam: Beam::Uniform,
    }
}

fn with_mesh(change: impl FnOnce(&mut Mesh)) -> Scene {
    let mut scene = ball();
    let mut mesh = (*scene.objects[0].mesh).clone();
    change(&mut mesh);
    scene.objects[0].mesh = Arc::new(mesh);
    scene
}

fn sentence(scene: &Scene) -> String {
    let error = Tracer::new(scene).expect_err("refused");
    assert!(!error.hint().is_empty());
    error.to_string()
}

#[test]
fn broken_meshes_are_refused_by_name() {
    let cases = [
        (
            with_mesh(|mesh| mesh.positions[7].y = f32::NAN),
            "object `thing 0` (number 0): vertex 7 is at ",
        ),
        (
            with_mesh(|mesh| mesh.positions[0].x = 1e30),
            "not at finite coordinates below 1000000 m",
        ),
        (
            with_mesh(|mesh| mesh.normals[3].x = f32::INFINITY),
            "the normal of vertex 3 is not finite",
        ),
        (
            with_mesh(|mesh| mesh.uvs[2].x = f32::NAN),
            "the uv of vertex 2 is not finite",
        ),
        (
            with_mesh(|mesh| mesh.triangles[1] = [0, 1, 100_000]),
            "triangle 1 names vertex 100000, but there are 384",
        ),
        (
            with_mesh(|mesh| mesh.normals.truncate(5)),
            "384 positions, but 5 normals",
        ),
        (
            with_mesh(|mesh| mesh.parts.truncate(5)),
            "128 triangles, but 5 parts",
        ),
    ];
    for (scene, expected) in cases {
        let found = sentence(&scene);
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn broken_cameras_materials_and_lights_are_refused() {
    let change = |edit: fn(&mut Scene)| {
        let mut scene = ball();
        edit(&mut scene);
        sentence(&scene)
    };
    let cases = [
        (
            change(|s| s.camera.width_px = 0),
            "camera: the picture is 0 × 8 px",
        ),
        (
            change(|s| s.camera.focal_px = DVec2::new(f64::NAN, 1.0)),
            "camera: the focal lengths are",
        ),
        (
            change(|s| s.camera.camera_from_world = DMat3::ZERO),
            "camera: camera_from_world is not a rotation",
        ),
        (
            change(|s| {
                s.camera.camera_from_world = DMat3::from_diagonal(glam::DVec3::new(1.0, 1.0, -1.0));
            }),
            "not a rotation",
        ),
        (
            change(|s| {
                let (eye, up) = (glam::DVec3::Z, glam::DVec3::Y);
                s.camera = scene::Camera::look_at(eye, eye, up, 0.5, 8, 8);
            }),
            "camera: camera_from_world is not a rotation",
        ),
        (
            change(|s| {
                let (eye, target) = (glam::DVec3::Y, glam::DVec3::ZERO);
                s.camera = scene::Camera::look_at(eye, target, glam::DVec3::Y, 0.5, 8, 8);
            }),
            "camera: camera_from_world is not a rotation",
        ),
        (
            change(|s| {
                let (eye, up) = (glam::DVec3::Z, glam::DVec3::Y);
                s.camera = scene::Camera::look_at(eye, glam::DVec3::ZERO, up, 0.0, 8, 8);
            }),
            "camera: the focal lengths are [inf, inf] px, not finite and positive",
        ),
        (
            change(|s| s.camera.position.x = f64::NAN),
            "camera: principal point or position is not finite",
        ),
        (
            change(|s| (s.camera.width_px, s.camera.height_px) = (u32::MAX, u32::MAX)),
            "camera: the picture is 4294967295 × 4294967295 px",
        ),
        (
            change(|s| s.camera.aperture_radius_m = -1.0),
            "camera: the aperture's radius is -1 m",
        ),
        (
            change(|s| {
                s.camera.focal_px = DVec2::splat(5.0);
                s.camera.distortion = Distortion::BrownConrady {
                    radial: [-0.5, 0.0, 0.0, 0.0, 0.0, 0.0],
                    tangential: [0.0; 2],
                };
            }),
            "camera: the lens's polynomial turns back inside the picture: nothing falls on (0, 0) px",
        ),
        (
            change(|s| {
                s.camera.focal_px = DVec2::splat(5.0);
                s.camera.distortion = Distortion::KannalaBrandt {
                    coefficients: [-0.4, 0.0, 0.0, 0.0],
                };
            }),
            "camera: the lens's polynomial turns back inside the picture",
        ),
        (
            change(|s| {
                s.camera.distortion = Distortion::KannalaBrandt {
                    coefficients: [0.0, f64::INFINITY, 0.0, 0.0],
                };
            }),
            "camera: a distortion coefficient is not finite",
        ),
        (
            change(|s| s.camera.shutter.readout_s = -0.1),
            "camera: the readout takes -0.1 s",
        ),
        (
            change(|s| {
                s.camera.shutter.exposure_s = 2.0;
                s.camera.shutter.angular_velocity_rad_per_s.y = 3.0;
            }),
            "camera: it turns by 6.0 rad during one picture",
        ),
        (
            change(|s| s.objects[0].material = MaterialId(4)),
            "object `thing 0` uses material 4, but the scene has 1",
        ),
        (
            change(|s| s.materials[0].roughness = 2.0),
            "roughness is 2, not within 0 to 1",
        ),
        (
            change(|s| s.materials[0].base_color = Vec3::splat(-0.1)),
            "base colour is [-0.1, -0.1, -0.1]",
        ),
        (
            change(|s| s.materials[0].ior = f32::NAN),
            "index of refraction is NaN",
        ),
        (
            change(|s| {
                s.materials[0].alpha = Some(Arc::new(Texture {
                    width: 2,
                    height: 2,
                    texels: Texels::Linear8(vec![0; 3]),
                }));
            }),
            "texture of material ``, alpha: 3 texels for a size of 2 × 2",
        ),
        (
            change(|s| {
                s.point_lights.push(bulb());
                s.point_lights.push(PointLight {
                    radius_m: f32::NAN,
                    ..bulb()
                });
            }),
            "point light 1: its radius is NaN m, not 0 to 1000000 m",
        ),
        (
            change(|s| {
                s.point_lights.push(PointLight {
                    intensity: Vec3::new(0.0, -1.0, 0.0),
                    ..bulb()
                });
            }),
            "point light 0: its intensity is [0, -1, 0], not finite and at least 0",
        ),
        (
            change(|s| {
                s.point_lights.push(PointLight {
                    beam: Beam::Measured {
                        profile: Arc::new(Photometry {
                            vertical_deg: vec![0.0, 90.0, 45.0],
                            horizontal_deg: vec![0.0],
                            relative: vec![1.0; 3],
                        }),
                        world_from_light: Quat::IDENTITY,
                    },
                    ..bulb()
                });
            }),
            "point light 0: vertical angle 45° follows 90°",
        ),
        (
            change(|s| {
                s.sun = Some(Sun {
                    direction: Vec3::Y * 2.0,
                    irradiance: Vec3::ONE,
                    angular_radius: 0.1,
                });
            }),
            "sun: its direction is [0, 2, 0], not a unit vector",
        ),
        (
            change(|s| {
                s.sun = Some(Sun {
                    direction: Vec3::Y,
                    irradiance: Vec3::ONE,
                    angular_radius: -0.1,
                });
            }),
            "sun: its angular radius is -0.1 rad, not 0 to π/2",
        ),
        (
            change(|s| {
                s.area_lights.push(AreaLight {
                    corner: Vec3::ZERO,
                    edge_u: Vec3::X,
                    edge_v: Vec3::new(0.0, f32::INFINITY, 0.0),
                    radiance: Vec3::ONE,
                    visible: true,
                });
            }),
            "area light 0: its second edge is [0, inf, 0], not finite and within 1000000 m",
        ),
        (
            change(|s| {
                if let Some(sky) = &mut s.environment {
                    sky.radiance = Arc::new(Texture {
                        width: 2,
                        height: 1,
                        texels: Texels::Rgb32(vec![[1.0; 3], [0.0, -1.0, 0.0]]),
                    });
                }
            }),
            "environment: texel (1, 0) is negative or not finite",
        ),
    ];
    for (found, expected) in cases {
        assert!(found.contains(expected), "{found}");
    }
}

fn assert_finite(scene: &Scene, what: &str) {
    let tracer = Tracer::new(scene).expect(what);
    for denoise in [Denoise::None, Denoise::Own] {
        for samples in [1, 5] {
            let frame = tracer.render(&Settings {
                denoise,
                ..plain(samples, 6)
            });
            assert!(
                frame
                    .radiance
                    .iter()
                    .flatten()
                    .all(|value| value.is_finite() && *value >= 0.0),
                "{what}"
            );
            assert!(
                frame
                    .layers
                    .normal_world
                    .iter()
                    .flatten()
                    .all(|value| value.is_finite()),
                "{what}"
            );
        }
    }
}

#[test]
fn degenerate_triangles_and_mappings_make_no_nan() {
    let fibre = |scene: &mut Scene| scene.materials[0].interior = Interior::Fibre;
    let collapse = |mesh: &mut Mesh| {
        for index in (0..mesh.positions.len()).step_by(6) {
            mesh.positions[index] = mesh.positions[index + 1];
        }
    };
    let mut scenes = vec![
        (with_mesh(collapse), "triangles without area"),
        (
            with_mesh(|mesh| mesh.normals.fill(Vec3::ZERO)),
            "no normals",
        ),
        (
            with_mesh(|mesh| {
                mesh.normals
                    .iter_mut()
                    .for_each(|normal| *normal = -*normal);
            }),
            "normals inside out",
        ),
        (with_mesh(|mesh| mesh.uvs.fill(Vec2::ZERO)), "no mapping"),
        (
            with_mesh(|mesh| mesh.positions.iter_mut().for_each(|p| *p *= 1e-6)),
            "a speck",
        ),
        (
            with_mesh(|mesh| mesh.positions.iter_mut().for_each(|p| p.z *= 0.0)),
            "a disk with normals of a ball",
        ),
    ];
    let mut hairy = with_mesh(|mesh| mesh.uvs.fill(Vec2::ZERO));
    fibre(&mut hairy);
    scenes.push((hairy, "hair without mapping"));
    let mut empty = ball();
    empty.objects.clear();
    scenes.push((empty, "no objects"));
    let mut bumpy = ball();
    bumpy.materials[0].bump = Some(scene::material::Bump {
        height: Arc::new(Texture {
            width: 2,
            height: 2,
            texels: Texels::Linear8(vec![0, 255, 128, 3]),
        }),
        scale_m: 10.0,
    });
    scenes.push((bumpy, "absurd relief"));
    let mut skin = with_mesh(collapse);
    skin.materials[0] = Material {
        interior: Interior::Skin {
            radius_m: Vec3::new(0.5, 0.0, 1e-9),
        },
        ..Material::default()
    };
    scenes.push((skin, "skin wider than the body"));
    let mut inside = ball();
    inside.camera.position = glam::DVec3::ZERO;
    scenes.push((inside, "a camera inside"));
    let mut dark = ball();
    dark.environment = Some(uniform_sky(0.0));
    scenes.push((dark, "a black sky"));
    let mut within = ball();
    within.point_lights = vec![
        PointLight {
            position: Vec3::new(0.0, 0.0, 0.2),
            ..bulb()
        },
        PointLight {
            position: Vec3::new(0.2, 0.0, 0.0),
            radius_m: 0.0,
            ..bulb()
        },
    ];
    scenes.push((within, "lights on and in a surface"));
    let mut piled = ball();
    piled.point_lights = vec![bulb(); 5000];
    scenes.push((piled, "thousands of lights at one place"));
    let mut glowing = with_mesh(collapse);
    glowing.materials[0].emission = Vec3::ONE;
    scenes.push((glowing, "glowing triangles without area"));
    for (scene, what) in scenes {
        assert_finite(&scene, what);
    }
}

#[test]
fn thousands_of_coincident_triangles_still_make_a_picture() {
    let one = sphere(0.2, 0);
    let mut mesh = Mesh::default();
    for _ in 0..5000 {
        let first = mesh.positions.len() as u32;
        mesh.positions.extend(&one.positions[..3]);
        mesh.normals.extend(&one.normals[..3]);
        mesh.uvs.extend(&one.uvs[..3]);
        mesh.triangles.push([first, first + 1, first + 2]);
        mesh.parts.push(Part::FaceSkin);
    }
    let scene = scene(
        vec![(mesh, matte(0.5))],
        Some(uniform_sky(1.0)),
        vec![],
        camera(1.0, 8),
    );
    assert_finite(&scene, "a pile");
}
