use super::{Estimator, First, Limits};
use crate::{Tracer, sampling::Points, world::World};
use glam::{DVec2, DVec3, Quat, Vec2, Vec3};
use scene::{
    AreaLight, Camera, Environment, Material, MaterialId, Mesh, Object, Scene, Texture,
    light::Backdrop, material::Interior, mesh::Part, texture::Texels,
};
use std::sync::Arc;

/// A glossy floor with a tent of a second material above it, under an uneven sky and a panel.
fn scene(interior: Interior) -> Scene {
    let sheet = |corner: Vec3, u: Vec3, v: Vec3| Mesh {
        positions: vec![corner, corner + u, corner + u + v, corner + v],
        normals: vec![u.cross(v).normalize(); 4],
        uvs: vec![Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y],
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        parts: vec![Part::Clothing; 2],
    };
    let object = |mesh: Mesh, material: u32| Object {
        name: format!("sheet {material}"),
        mesh: Arc::new(mesh),
        material: MaterialId(material),
        instance: 0,
    };
    let texels = (0..16 * 8)
        .map(|k| {
            [
                0.2 + (k % 16) as f32 * 0.1,
                0.5,
                if k == 37 { 30.0 } else { 0.3 },
            ]
        })
        .collect();
    Scene {
        objects: vec![
            object(
                sheet(Vec3::new(-1.0, 0.0, -1.0), Vec3::Z * 2.0, Vec3::X * 2.0),
                0,
            ),
            object(
                sheet(
                    Vec3::new(-0.4, 0.05, -0.4),
                    Vec3::new(0.0, 0.0, 0.8),
                    Vec3::new(0.5, 0.4, 0.0),
                ),
                1,
            ),
        ],
        materials: vec![
            Material {
                base_color: Vec3::splat(0.6),
                roughness: 0.4,
                ..Material::default()
            },
            Material {
                base_color: Vec3::new(0.8, 0.5, 0.3),
                roughness: 0.5,
                interior,
                ..Material::default()
            },
        ],
        environment: Some(Environment {
            radiance: Arc::new(Texture {
                width: 16,
                height: 8,
                texels: Texels::Rgb32(texels),
            }),
            scale: 1.0,
            world_from_environment: Quat::from_rotation_y(0.4),
            backdrop: Backdrop::Environment,
            portals: Vec::new(),
        }),
        area_lights: vec![AreaLight {
            corner: Vec3::new(0.3, 0.8, 0.3),
            edge_u: Vec3::new(0.5, 0.0, 0.0),
            edge_v: Vec3::new(0.0, 0.0, 0.5),
            radiance: Vec3::splat(4.0),
            visible: false,
        }],
        ..Scene::new(Camera::look_at(
            DVec3::new(0.5, 1.2, 1.5),
            DVec3::ZERO,
            DVec3::Y,
            0.5,
            12,
            12,
        ))
    }
}

/// Mean luminance-free average of all channels and its standard error, over pixels × samples.
fn average(world: &World<'_>, estimator: Estimator, samples: u32) -> (f64, f64) {
    let limits = Limits {
        max_bounces: 3,
        indirect_clamp: None,
        estimator,
    };
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for pixel in 0..144_u32 {
        let mut mean = 0.0;
        for index in 0..samples {
            let mut points = Points::new(11, pixel, index);
            let _ = points.next();
            let place = DVec2::new(f64::from(pixel % 12) + 0.5, f64::from(pixel / 12) + 0.5);
            let ray = world.lens.centre_ray(place).expect("a pinhole");
            let value = f64::from(
                world
                    .radiance(ray, &mut points, &limits, &mut First::default())
                    .element_sum(),
            );
            mean += value / f64::from(samples);
            squares += value * value;
            count += 1.0;
        }
        sum += mean;
    }
    let mean = sum / 144.0;
    // Points of a pixel are stratified, so that this errs on the large side.
    (mean, (squares / count / count).sqrt())
}

#[test]
fn aiming_scattering_and_both_agree() {
    for interior in [
        Interior::Opaque,
        Interior::Fibre,
        Interior::Skin {
            radius_m: Vec3::new(0.02, 0.01, 0.005),
        },
        Interior::ThinClear {
            tint: Vec3::splat(0.9),
        },
    ] {
        let scene = scene(interior);
        let tracer = Tracer::new(&scene).expect("a sound scene");
        let (both, error_both) = average(tracer.world(), Estimator::Both, 256);
        for estimator in [Estimator::Aimed, Estimator::Scattered] {
            let (one, error) = average(tracer.world(), estimator, 1024);
            let allowed = 4.0 * (error * error + error_both * error_both).sqrt();
            assert!(
                (one - both).abs() < allowed,
                "{interior:?}, {estimator:?}: {one} against {both} ± {allowed}"
            );
            assert!(
                allowed < 0.05 * both,
                "the test could see 5 %: {allowed} of {both}"
            );
        }
    }
}

/// The same scene lit by what scattering finds too: a sun, a glowing triangle mesh, and panels by the dozen.
fn crowded(panels: usize) -> Scene {
    let mut scene = scene(Interior::Opaque);
    scene.sun = Some(scene::light::Sun {
        direction: Vec3::new(0.6, 0.8, 0.0),
        irradiance: Vec3::new(1.0, 0.8, 0.5),
        angular_radius: 0.25,
    });
    scene.materials.push(Material {
        emission: Vec3::new(2.0, 3.0, 1.0),
        emission_texture: Some(Arc::new(Texture {
            width: 2,
            height: 1,
            texels: Texels::Linear8(vec![255, 40]),
        })),
        alpha: Some(Arc::new(Texture {
            width: 1,
            height: 2,
            texels: Texels::Linear8(vec![255, 100]),
        })),
        ..Material::default()
    });
    let corner = Vec3::new(-0.8, 0.3, -0.5);
    let (u, v) = (Vec3::new(0.0, 0.5, 0.1), Vec3::new(0.2, 0.0, 0.7));
    let mut glowing = (*scene.objects[0].mesh).clone();
    glowing.positions = vec![corner, corner + u, corner + u + v, corner + v];
    glowing.normals = vec![u.cross(v).normalize(); 4];
    scene.objects.push(Object {
        name: "glowing".to_owned(),
        mesh: Arc::new(glowing),
        material: MaterialId(2),
        instance: 0,
    });
    scene.area_lights = (0..panels)
        .map(|k| {
            let angle = k as f32 * 2.4;
            let out = 0.3 + 0.6 * k as f32 / panels as f32;
            AreaLight {
                corner: Vec3::new(
                    angle.cos() * out,
                    0.5 + 0.1 * (k % 3) as f32,
                    angle.sin() * out,
                ),
                edge_u: Vec3::new(0.2, 0.02 * (k % 5) as f32, 0.0),
                edge_v: Vec3::new(0.0, 0.0, 0.2),
                radiance: Vec3::splat(1.0 + (k % 4) as f32),
                visible: false,
            }
        })
        .collect();
    scene
}

#[test]
fn they_agree_on_few_and_on_many_lights() {
    for (panels, fog) in [(3, false), (40, false), (3, true)] {
        let mut scene = crowded(panels);
        scene.fog = fog.then_some(scene::light::Fog {
            extinction_per_m: 0.4,
            albedo: Vec3::new(0.9, 0.8, 0.7),
            forward: 0.5,
            bounds: [Vec3::splat(-1.0), Vec3::ONE],
        });
        let tracer = Tracer::new(&scene).expect("a sound scene");
        let (both, error_both) = average(tracer.world(), Estimator::Both, 256);
        for estimator in [Estimator::Aimed, Estimator::Scattered] {
            let (one, error) = average(tracer.world(), estimator, 1024);
            let allowed = 4.0 * (error * error + error_both * error_both).sqrt();
            assert!(
                (one - both).abs() < allowed,
                "{panels} panels, {estimator:?}: {one} against {both} ± {allowed}"
            );
            assert!(allowed < 0.04 * both, "{allowed} of {both}");
        }
    }
}

#[test]
fn a_forgotten_light_would_be_found() {
    let whole = scene(Interior::Opaque);
    let mut dim = whole.clone();
    dim.area_lights[0].radiance *= 0.8;
    let (a, b) = (
        Tracer::new(&whole).expect("sound"),
        Tracer::new(&dim).expect("sound"),
    );
    let (with, error) = average(a.world(), Estimator::Both, 256);
    let (without, other) = average(b.world(), Estimator::Both, 256);
    assert!(with - without > 4.0 * (error * error + other * other).sqrt());
}
