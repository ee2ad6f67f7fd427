//! A scene that is written and read is the same scene, within the rounding that `file::glb` states.
use std::f32::consts::FRAC_PI_3;
use std::sync::Arc;

use glam::{DVec2, DVec3, Quat, Vec2, Vec3};
use scene::camera::Camera;
use scene::fibre::Strands;
use scene::file::{self, Beside, Extent, Format, Limits};
use scene::light::{Backdrop, Beam, Fog, Photometry, PointLight, Portal, Sun};
use scene::material::{Bump, ClearCoat, Flakes, Interior, NearInfrared, NormalMap, Sheen};
use scene::mesh::Part;
use scene::texture::Texels;
use scene::{AreaLight, Environment, Fibres, Material, MaterialId, Mesh, Object, Scene, Texture};

fn texture(width: u32, height: u32, texels: Texels) -> Arc<Texture> {
    Arc::new(Texture {
        width,
        height,
        texels,
    })
}

fn colours() -> Arc<Texture> {
    texture(
        3,
        2,
        Texels::Srgba8(
            (0..6)
                .map(|i| [i * 40, 255 - i * 30, i * i, 90 + i])
                .collect(),
        ),
    )
}

fn data(values: &[u8]) -> Arc<Texture> {
    texture(values.len() as u32, 1, Texels::Linear8(values.to_vec()))
}

fn materials() -> Vec<Material> {
    let painted = colours();
    let normals = vec![[0.5019608, 0.5019608, 1.0], [0.6, 0.4, 0.9019608]];
    vec![
        Material {
            name: "everything".to_owned(),
            base_color: Vec3::new(0.9, 0.8, 0.7),
            base_color_texture: Some(Arc::clone(&painted)),
            alpha: Some(painted),
            alpha_threshold: 0.3,
            opacity: 0.75,
            roughness: 0.4,
            roughness_texture: Some(data(&[10, 200])),
            metallic: 0.5,
            metallic_texture: Some(data(&[255, 0])),
            anisotropy: 0.6,
            anisotropy_rotation: 0.4,
            ior: 1.33,
            specular: 0.5,
            normal_map: Some(NormalMap {
                texture: texture(2, 1, Texels::Rgb32(normals)),
                scale: 0.7,
            }),
            bump: Some(Bump {
                height: data(&[0, 128, 255]),
                scale_m: 0.002,
            }),
            clear_coat: Some(ClearCoat {
                weight: 0.8,
                roughness: 0.1,
                ior: 1.6,
            }),
            sheen: Some(Sheen {
                color: Vec3::new(0.1, 0.2, 0.3),
                roughness: 0.4,
            }),
            flakes: Some(Flakes {
                color: Vec3::new(0.9, 0.8, 0.5),
                coverage: 0.3,
                size_m: 5e-5,
                roughness: 0.2,
            }),
            emission: Vec3::new(8.0, 4.0, 2.0),
            emission_texture: Some(colours()),
            near_infrared: Some(NearInfrared::FromVisible {
                low: 0.5,
                high: 0.6,
            }),
            ..Material::default()
        },
        Material {
            name: "skin".to_owned(),
            interior: Interior::RandomWalk {
                radius_m: Vec3::new(0.0037, 0.0014, 0.0007),
            },
            near_infrared: Some(NearInfrared::Painted(data(&[7, 9]))),
            ..Material::default()
        },
        Material {
            name: "lens".to_owned(),
            interior: Interior::ThinClear {
                tint: Vec3::new(0.9, 0.95, 1.0),
            },
            near_infrared: Some(NearInfrared::Reflectance(0.4)),
            ..Material::default()
        },
        Material {
            name: "glass".to_owned(),
            interior: Interior::Glass {
                absorption_per_m: Vec3::new(0.5, 20.0, 3.0),
            },
            roughness: 0.0,
            ..Material::default()
        },
        Material {
            name: "hair".to_owned(),
            interior: Interior::Hair {
                azimuthal_roughness: 0.3,
                scale_tilt: 0.035,
            },
            ..Material::default()
        },
    ]
}

fn whole() -> Scene {
    let mut camera = Camera::look_at(
        DVec3::new(0.3, 1.7, 2.0),
        DVec3::new(0.0, 1.6, 0.0),
        DVec3::Y,
        0.4,
        640,
        480,
    );
    camera.principal_px += DVec2::new(12.5, -3.25);
    camera.aperture_radius_m = 0.004;
    camera.exposure_ev = 1.5;
    let mesh = Arc::new(Mesh {
        positions: vec![
            Vec3::ZERO,
            Vec3::X * 0.1,
            Vec3::new(0.1, 0.3, 0.0),
            Vec3::Y / 3.0,
        ],
        normals: vec![Vec3::Z, Vec3::X, Vec3::Y, Vec3::new(0.6, 0.0, 0.8)],
        uvs: vec![
            Vec2::new(0.1, 0.2),
            Vec2::new(1.5, -0.25),
            Vec2::new(0.3, 0.9),
            Vec2::ZERO,
        ],
        triangles: vec![[0, 1, 2], [0, 2, 3], [3, 2, 1]],
        parts: vec![Part::Nose, Part::Nose, Part::LeftIris],
    });
    let object = |name: &str, material: u32, instance: u16| Object {
        name: name.to_owned(),
        mesh: Arc::clone(&mesh),
        material: MaterialId(material),
        instance,
    };
    let lamp = |beam: Beam| PointLight {
        position: Vec3::new(1.0, 2.0, 3.0),
        radius_m: 0.02,
        intensity: Vec3::new(4.0, 2.0, 1.0),
        near_infrared_intensity: 0.7,
        beam,
    };
    let texels: Vec<[f32; 3]> = (0..8).map(|i| [i as f32 * 0.25, 1000.0, 0.5]).collect();
    Scene {
        objects: vec![
            object("body", 0, 1),
            object("wall", 1, 0),
            object("lens", 2, 1),
            object("gem", 3, 2),
        ],
        materials: materials(),
        environment: Some(Environment {
            scale: 1.25,
            world_from_environment: Quat::from_rotation_y(0.7),
            backdrop: Backdrop::Colour(Vec3::new(0.1, 0.2, 0.3)),
            portals: vec![Portal {
                corner: Vec3::ONE,
                edge_u: Vec3::X,
                edge_v: Vec3::Y,
            }],
            ..Environment::new(texture(4, 2, Texels::Rgb32(texels)))
        }),
        fibres: vec![Fibres {
            name: "hair/strands".to_owned(),
            strands: Arc::new(Strands {
                points: (0..7)
                    .map(|i| Vec3::new(i as f32 * 0.1, 0.0, 0.3))
                    .collect(),
                radii_m: (0..7).map(|i| 3e-5 - i as f32 * 1e-6).collect(),
                first: vec![0, 4, 7],
                tints: vec![Vec3::new(1.0, 0.9, 0.8), Vec3::splat(0.5)],
            }),
            material: MaterialId(4),
            instance: 1,
            part: Part::Hair,
        }],
        area_lights: vec![AreaLight {
            corner: Vec3::new(0.123, 2.5, 0.7),
            edge_u: Vec3::new(0.3, 0.1, 0.0),
            edge_v: Vec3::new(0.0, 0.0, 0.4),
            radiance: Vec3::new(12.0, 10.0, 0.5),
            visible: true,
        }],
        point_lights: vec![
            lamp(Beam::Uniform),
            lamp(Beam::Spot {
                axis: Vec3::NEG_Y,
                inner: 0.2,
                outer: FRAC_PI_3,
            }),
            lamp(Beam::Diode {
                axis: Vec3::Z,
                half_angle: 0.5,
            }),
            lamp(Beam::Measured {
                profile: Arc::new(Photometry {
                    vertical_deg: vec![0.0, 45.0, 90.0],
                    horizontal_deg: vec![0.0],
                    relative: vec![1.0, 0.5, 0.0],
                }),
                world_from_light: Quat::from_rotation_x(0.3),
            }),
        ],
        sun: Some(Sun {
            direction: Vec3::new(0.6, 0.8, 0.0),
            irradiance: Vec3::new(3.0, 2.0, 1.0),
            angular_radius: 0.01,
        }),
        fog: Some(Fog {
            extinction_per_m: 0.1,
            albedo: Vec3::splat(0.9),
            forward: 0.5,
            bounds: [Vec3::splat(-5.0), Vec3::splat(5.0)],
        }),
        ..Scene::new(camera)
    }
}

fn again(scene: &Scene) -> Scene {
    let written = file::glb(scene).expect("small");
    file::from_bytes(
        &written.bytes,
        Format::Gltf,
        Beside::Memory(&[]),
        Limits::default(),
    )
    .expect("ours")
    .into_scene(Extent::AsStored, None)
}

fn close(a: Vec3, b: Vec3) -> bool {
    (a - b).abs().max_element() <= 1e-6 * b.abs().max_element().max(1e-3)
}

fn numbers(texture: Option<&Arc<Texture>>) -> Option<Vec<[f32; 4]>> {
    let texture = texture?;
    let texel = |k: u32| texture.texel(k % texture.width, k / texture.width);
    Some((0..texture.width * texture.height).map(texel).collect())
}

#[test]
fn geometry_comes_back_as_it_was() {
    let (before, after) = (whole(), again(&whole()));
    assert_eq!(before.objects.len(), after.objects.len());
    for (a, b) in before.objects.iter().zip(&after.objects) {
        assert_eq!(
            (&a.name, a.material, a.instance),
            (&b.name, b.material, b.instance)
        );
        assert_eq!(a.mesh.positions, b.mesh.positions);
        assert_eq!(a.mesh.triangles, b.mesh.triangles);
        assert_eq!(a.mesh.parts, b.mesh.parts);
        for (a, b) in a.mesh.normals.iter().zip(&b.mesh.normals) {
            assert!(close(*b, *a), "{a} {b}");
        }
        for (a, b) in a.mesh.uvs.iter().zip(&b.mesh.uvs) {
            assert!((*a - *b).abs().max_element() < 1.2e-7, "{a} {b}");
        }
    }
    let (a, b) = (&before.fibres[0], &after.fibres[0]);
    assert_eq!(
        (&a.name, a.material, a.instance, a.part),
        (&b.name, b.material, b.instance, b.part)
    );
    assert_eq!(a.strands.points, b.strands.points);
    assert_eq!(a.strands.radii_m, b.strands.radii_m);
    assert_eq!(a.strands.first, b.strands.first);
    assert_eq!(a.strands.tints, b.strands.tints);
}

#[test]
fn materials_come_back_as_they_were() {
    let (before, after) = (whole(), again(&whole()));
    for (a, b) in before.materials.iter().zip(&after.materials) {
        let name = &a.name;
        assert_eq!(name, &b.name);
        assert_eq!(
            (a.base_color, a.opacity, a.metallic, a.alpha_threshold),
            (b.base_color, b.opacity, b.metallic, b.alpha_threshold),
            "{name}"
        );
        assert_eq!(
            (a.ior, a.specular, a.anisotropy_rotation),
            (b.ior, b.specular, b.anisotropy_rotation),
            "{name}"
        );
        assert!(
            (a.roughness - b.roughness).abs() < 1e-5,
            "{name}: {} {}",
            a.roughness,
            b.roughness
        );
        assert!(
            (a.anisotropy - b.anisotropy).abs() < 1e-4,
            "{name}: {} {}",
            a.anisotropy,
            b.anisotropy
        );
        assert_eq!(
            (a.clear_coat, a.sheen, a.flakes),
            (b.clear_coat, b.sheen, b.flakes),
            "{name}"
        );
        assert!(close(b.emission, a.emission), "{name}");
        match (a.interior, b.interior) {
            (
                Interior::Glass {
                    absorption_per_m: a,
                },
                Interior::Glass {
                    absorption_per_m: b,
                },
            ) => {
                assert!(
                    (a - b).abs().max_element() < 1e-4 * a.max_element(),
                    "{a} {b}"
                );
            }
            (a, b) => assert_eq!(a, b, "{name}"),
        }
        for (what, a, b) in [
            ("colour", &a.base_color_texture, &b.base_color_texture),
            ("alpha", &a.alpha, &b.alpha),
            ("roughness", &a.roughness_texture, &b.roughness_texture),
            ("metallic", &a.metallic_texture, &b.metallic_texture),
            ("emission", &a.emission_texture, &b.emission_texture),
        ] {
            let (a, mut b) = (numbers(a.as_ref()), numbers(b.as_ref()));
            if what == "emission" {
                // Alpha means nothing there.
                for (a, b) in a.iter().flatten().zip(b.iter_mut().flatten()) {
                    b[3] = a[3];
                }
            }
            assert_eq!(a, b, "{name}: {what}");
        }
        let map = |m: &Material| {
            m.normal_map
                .as_ref()
                .map(|map| (map.scale, numbers(Some(&map.texture))))
        };
        assert_eq!(
            map(a).map(|(scale, _)| scale),
            map(b).map(|(scale, _)| scale)
        );
        if let (Some((_, Some(a))), Some((_, Some(b)))) = (map(a), map(b)) {
            let off = a
                .iter()
                .flatten()
                .zip(b.iter().flatten())
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(off < 1e-6, "{name}: {off}");
        }
        let bump = |m: &Material| {
            m.bump
                .as_ref()
                .map(|bump| (bump.scale_m, numbers(Some(&bump.height))))
        };
        assert_eq!(bump(a), bump(b), "{name}");
        match (&a.near_infrared, &b.near_infrared) {
            (Some(NearInfrared::Painted(a)), Some(NearInfrared::Painted(b))) => {
                assert_eq!(numbers(Some(a)), numbers(Some(b)));
            }
            (a, b) => assert_eq!(format!("{a:?}"), format!("{b:?}"), "{name}"),
        }
    }
}

#[test]
fn light_and_camera_come_back_as_they_were() {
    let (before, after) = (whole(), again(&whole()));
    let (a, b) = (&before.area_lights[0], &after.area_lights[0]);
    assert_eq!(
        (a.corner, a.edge_u, a.edge_v, a.visible),
        (b.corner, b.edge_u, b.edge_v, b.visible)
    );
    assert!(close(b.radiance, a.radiance));
    assert_eq!(before.point_lights.len(), after.point_lights.len());
    for (a, b) in before.point_lights.iter().zip(&after.point_lights) {
        assert_eq!(
            (a.position, a.radius_m, a.near_infrared_intensity),
            (b.position, b.radius_m, b.near_infrared_intensity)
        );
        assert!(close(b.intensity, a.intensity));
        let same = match (&a.beam, &b.beam) {
            (Beam::Uniform, Beam::Uniform) => true,
            (
                Beam::Spot {
                    axis: a,
                    inner: i,
                    outer: o,
                },
                Beam::Spot {
                    axis: b,
                    inner: j,
                    outer: p,
                },
            ) => close(*b, *a) && i == j && o == p,
            (
                Beam::Diode {
                    axis: a,
                    half_angle: h,
                },
                Beam::Diode {
                    axis: b,
                    half_angle: g,
                },
            ) => close(*b, *a) && h == g,
            (
                Beam::Measured {
                    profile: a,
                    world_from_light: q,
                },
                Beam::Measured {
                    profile: b,
                    world_from_light: r,
                },
            ) => a == b && q == r,
            _ => false,
        };
        assert!(same, "{:?} {:?}", a.beam, b.beam);
    }
    let (a, b) = (before.sun.expect("there"), after.sun.expect("there"));
    assert!(
        close(b.direction, a.direction)
            && close(b.irradiance, a.irradiance)
            && a.angular_radius == b.angular_radius
    );
    assert_eq!(before.fog, after.fog);
    let (a, b) = (
        before.environment.expect("there"),
        after.environment.expect("there"),
    );
    assert_eq!(
        (a.scale, a.backdrop, &a.portals),
        (b.scale, b.backdrop, &b.portals)
    );
    assert!(
        a.world_from_environment
            .abs_diff_eq(b.world_from_environment, 1e-7)
    );
    assert_eq!(numbers(Some(&a.radiance)), numbers(Some(&b.radiance)));
    let (a, b) = (&before.camera, &after.camera);
    assert_eq!((a.width_px, a.height_px), (b.width_px, b.height_px));
    // Numbers of JSON come back to the last digit but one.
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-15 * a.abs();
    for (a, b) in [
        (a.focal_px.x, b.focal_px.x),
        (a.focal_px.y, b.focal_px.y),
        (a.principal_px.x, b.principal_px.x),
        (a.principal_px.y, b.principal_px.y),
        (a.aperture_radius_m, b.aperture_radius_m),
        (a.focus_distance_m, b.focus_distance_m),
        (a.exposure_ev, b.exposure_ev),
    ] {
        assert!(near(a, b), "{a} {b}");
    }
    assert!((a.position - b.position).length() < 1e-12);
    for (a, b) in a
        .camera_from_world
        .to_cols_array()
        .iter()
        .zip(b.camera_from_world.to_cols_array())
    {
        assert!((a - b).abs() < 1e-12);
    }
}

#[test]
fn the_same_scene_gives_the_same_bytes_and_says_what_it_loses() {
    let mut scene = whole();
    assert_eq!(file::glb(&scene), file::glb(&scene));
    assert!(file::glb(&scene).expect("small").losses.is_empty());
    scene.camera.distortion = scene::camera::Distortion::KannalaBrandt {
        coefficients: [0.1, 0.0, 0.0, 0.0],
    };
    scene.materials[1].base_color_texture = Some(texture(1, 1, Texels::Rgb32(vec![[0.1234; 3]])));
    assert_eq!(
        file::glb(&scene).expect("small").losses,
        [
            "the camera's lens distortion",
            "precision of textures beyond 8 bits"
        ]
    );
}

#[test]
fn an_alpha_of_another_size_is_put_over_the_colour() {
    let scene = Scene {
        objects: whole().objects[..1].to_vec(),
        materials: vec![
            Material {
                base_color_texture: Some(data(&[255])),
                alpha: Some(data(&[0, 255])),
                ..Material::default()
            },
            Material {
                alpha: Some(data(&[9, 8, 7])),
                ..Material::default()
            },
        ],
        ..Scene::new(whole().camera)
    };
    let after = again(&scene);
    let alphas = |material: &Material| {
        let texels = numbers(material.alpha.as_ref()).expect("there");
        texels
            .iter()
            .map(|texel| (texel[3] * 255.0).round() as u8)
            .collect::<Vec<_>>()
    };
    assert_eq!(alphas(&after.materials[0]), [0, 255]);
    assert_eq!(alphas(&after.materials[1]), [9, 8, 7]);
}

#[test]
fn an_edited_mesh_loses_its_parts_and_nothing_else() {
    let written = file::glb(&whole()).expect("small").bytes;
    let parts = b"\"parts\":[[2,2],[36,1]]";
    let at = written
        .windows(parts.len())
        .position(|window| window == parts)
        .expect("there");
    let mut edited = written;
    edited[at + 12] = b'9';
    let model = file::from_bytes(
        &edited,
        Format::Gltf,
        Beside::Memory(&[]),
        Limits::default(),
    )
    .expect("sound");
    assert_eq!(model.objects[0].mesh.parts, [Part::Background; 3]);
    assert_eq!(model.objects[1].mesh.parts, whole().objects[0].mesh.parts);
}
