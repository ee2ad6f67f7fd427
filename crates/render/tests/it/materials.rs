//! Materials as pictures show them: energy, maps, opacity, refused values.
use crate::scenes::{
    block, camera, covered_mean, matte, mean, plain, scene, sphere, uniform_sky, wall,
};
use glam::{Vec2, Vec3};
use render::{Settings, Tracer};
use scene::{
    AreaLight, Camera, Material, Mesh, Scene, Texture,
    material::{ClearCoat, Flakes, Interior, NormalMap, Sheen},
    mesh::Part,
    texture::Texels,
};
use std::sync::Arc;

fn white(material: Material) -> Material {
    Material {
        base_color: Vec3::ONE,
        ..material
    }
}

/// Mean radiance over a ball in uniform light of 1.
fn furnace(material: Material, settings: &Settings) -> [f64; 3] {
    let scene = scene(
        vec![(sphere(0.25, 4), material)],
        Some(uniform_sky(1.0)),
        vec![],
        camera(1.0, 24),
    );
    let frame = Tracer::new(&scene).expect("sound").render(settings);
    covered_mean(&frame)
}

fn texture(texels: Texels, width: u32, height: u32) -> Arc<Texture> {
    Arc::new(Texture {
        width,
        height,
        texels,
    })
}

/// A camera that sees only the middle of a wall at the origin.
fn narrow(size: u32) -> Camera {
    let mut narrow = camera(1.0, size);
    narrow.focal_px *= 4.0;
    narrow
}

const COAT: ClearCoat = ClearCoat {
    weight: 1.0,
    roughness: 0.1,
    ior: 1.5,
};
const FLAKES: Flakes = Flakes {
    color: Vec3::ONE,
    coverage: 0.5,
    size_m: 5e-4,
    roughness: 0.4,
};

#[test]
fn layered_things_vanish_in_uniform_light_or_lose_a_little() {
    // Least and most: sharp lobes below a coat, and flakes that lean, are allowed to lose some.
    let cases = [
        (
            "brushed metal",
            Material {
                metallic: 1.0,
                roughness: 0.5,
                anisotropy: 0.8,
                anisotropy_rotation: 0.5,
                ..Material::default()
            },
            0.97,
        ),
        (
            "coated paint",
            Material {
                clear_coat: Some(COAT),
                ..Material::default()
            },
            0.98,
        ),
        (
            "coated metal",
            Material {
                clear_coat: Some(COAT),
                metallic: 1.0,
                roughness: 0.6,
                ..Material::default()
            },
            0.94,
        ),
        (
            "velvet",
            Material {
                sheen: Some(Sheen {
                    color: Vec3::ONE,
                    roughness: 0.3,
                }),
                ..matte(1.0)
            },
            0.97,
        ),
        (
            "turbid",
            Material {
                interior: Interior::RandomWalk {
                    radius_m: Vec3::splat(0.02),
                },
                ..Material::default()
            },
            0.985,
        ),
        (
            "flakes",
            Material {
                clear_coat: Some(COAT),
                flakes: Some(FLAKES),
                ..Material::default()
            },
            0.85,
        ),
    ];
    for (name, material, least) in cases {
        for channel in furnace(white(material), &plain(48, 100)) {
            assert!((least..1.015).contains(&channel), "{name}: {channel}");
        }
    }
}

#[test]
fn lossless_things_vanish_in_a_glowing_room_too() {
    // A closed room that glows with ½ and reflects half is as bright as 1 everywhere (the series of its reflections), whatever lossless stands in it.
    let room = Material {
        emission: Vec3::splat(0.5),
        ..matte(0.5)
    };
    let cases = [
        ("matte", matte(1.0)),
        (
            "brushed metal",
            Material {
                metallic: 1.0,
                roughness: 0.6,
                anisotropy: 0.7,
                ..Material::default()
            },
        ),
        (
            "coated paint",
            Material {
                clear_coat: Some(COAT),
                ..Material::default()
            },
        ),
        (
            "glass",
            Material {
                roughness: 0.0,
                interior: Interior::Glass {
                    absorption_per_m: Vec3::ZERO,
                },
                ..Material::default()
            },
        ),
        (
            "turbid",
            Material {
                interior: Interior::RandomWalk {
                    radius_m: Vec3::splat(0.02),
                },
                ..Material::default()
            },
        ),
    ];
    for (name, material) in cases {
        let scene = scene(
            vec![
                (sphere(0.25, 4), white(material)),
                (sphere(2.0, 3), room.clone()),
            ],
            None,
            vec![],
            camera(1.0, 24),
        );
        let frame = Tracer::new(&scene).expect("sound").render(&plain(48, 60));
        for channel in covered_mean(&frame) {
            assert!((channel - 1.0).abs() < 0.025, "{name}: {channel}");
        }
    }
}

/// Light from the left only, on a ball of 1 cm: the picture, 32 × 32.
fn side_lit(interior: Interior) -> Vec<[f32; 3]> {
    let lamp = AreaLight {
        corner: Vec3::new(-1.0, -0.05, 0.05),
        edge_u: Vec3::new(0.0, 0.0, -0.1),
        edge_v: Vec3::new(0.0, 0.1, 0.0),
        radiance: Vec3::splat(100.0),
        visible: false,
    };
    let ball = Material {
        interior,
        ..matte(0.6)
    };
    let mut view = camera(0.5, 32);
    view.focal_px *= 15.0;
    let scene = scene(vec![(sphere(0.01, 5), ball)], None, vec![lamp], view);
    Tracer::new(&scene)
        .expect("sound")
        .render(&plain(256, 1))
        .radiance
}

#[test]
fn fast_diffusion_looks_like_the_random_walk_on_a_ball_and_differs_in_thin_sheets() {
    let radius_m = Vec3::new(3.7e-3, 1.4e-3, 0.7e-3);
    let (fast, slow) = (
        side_lit(Interior::Skin { radius_m }),
        side_lit(Interior::RandomWalk { radius_m }),
    );
    let column = |picture: &[[f32; 3]], x: usize, channel: usize| -> f32 {
        (12..20).map(|y| picture[y * 32 + x][channel]).sum::<f32>() / 8.0
    };
    // On a ball the walk is brighter the farther light wanders: what would be lost in a half space leaves on the other side.
    for (channel, allowed) in [(0, 0.25), (1, 0.1), (2, 0.03)] {
        let (a, b) = (mean(&fast)[channel], mean(&slow)[channel]);
        assert!(
            (a / b - 1.0).abs() < allowed,
            "channel {channel}: {a} fast, {b} slow"
        );
        // How far light reaches beyond the terminator, which for a matte ball is column 16.
        let (lit, dark) = (8, 17);
        let (fast, slow) = (
            column(&fast, dark, channel) / column(&fast, lit, channel),
            column(&slow, dark, channel) / column(&slow, lit, channel),
        );
        assert!(
            (fast - slow).abs() < 0.025,
            "channel {channel}: {fast} fast, {slow} slow beyond the terminator"
        );
    }
    // An ear, 3 mm, lit from behind.
    let through = |interior: Interior| {
        let lamp = AreaLight {
            corner: Vec3::new(-0.5, -0.5, -1.0),
            edge_u: Vec3::X,
            edge_v: Vec3::Y,
            radiance: Vec3::ONE,
            visible: false,
        };
        let ear = Material {
            interior,
            ..matte(0.6)
        };
        let mut view = camera(1.0, 8);
        view.focal_px *= 20.0;
        let scene = scene(
            vec![(block(Vec3::new(0.3, 0.3, 0.003)), ear)],
            None,
            vec![lamp],
            view,
        );
        mean(
            &Tracer::new(&scene)
                .expect("sound")
                .render(&plain(256, 1))
                .radiance,
        )
    };
    let (fast, slow) = (
        through(Interior::Skin { radius_m }),
        through(Interior::RandomWalk { radius_m }),
    );
    // Probes see straight distances, not how many ways lead through: the fast mode is too dark there, by half for red and more for blue.
    for channel in 0..2 {
        let ratio = fast[channel] / slow[channel];
        assert!(
            (0.2..0.7).contains(&ratio),
            "channel {channel}: {fast:?} fast, {slow:?} slow"
        );
    }
}

#[test]
fn a_clear_coat_is_a_mirror_over_black_paint_as_fresnel_says() {
    // Seen head-on, a smooth coat of ior 1.5 reflects 4 % of a uniform sky, half a coat 2 %.
    for weight in [1.0, 0.5] {
        let material = Material {
            clear_coat: Some(ClearCoat {
                weight,
                roughness: 0.05,
                ..COAT
            }),
            ..matte(0.0)
        };
        let scene = scene(
            vec![(wall(0.0, 1.0, Part::Clothing), material)],
            Some(uniform_sky(1.0)),
            vec![],
            narrow(8),
        );
        let found = mean(
            &Tracer::new(&scene)
                .expect("sound")
                .render(&plain(64, 2))
                .radiance,
        )[0];
        let expected = 0.04 * f64::from(weight);
        assert!(
            (found / expected - 1.0).abs() < 0.05,
            "{found} against {expected}"
        );
    }
}

#[test]
fn opacity_multiplies_alpha_for_light_and_is_nothing_to_labels() {
    let veil = Material {
        alpha: Some(texture(Texels::Linear8(vec![204]), 1, 1)),
        opacity: 0.5,
        ..matte(0.0)
    };
    let scene = scene(
        vec![(wall(0.0, 1.0, Part::Clothing), veil)],
        Some(uniform_sky(1.0)),
        vec![],
        narrow(16),
    );
    let frame = Tracer::new(&scene).expect("sound").render(&plain(64, 2));
    let found = mean(&frame.radiance)[0];
    assert!((found - 0.6).abs() < 0.015, "{found}");
    assert!(frame.layers.object.iter().all(|&object| object == 0));
}

#[test]
fn a_normal_map_turns_the_light_towards_growing_u_and_v() {
    // A map that leans 45° towards growing u lights up under a lamp there; mirrored texture coordinates turn it round.
    let lean = |u: f32, v: f32| {
        let n = Vec3::new(u, v, 1.0).normalize() * 0.5 + 0.5;
        texture(Texels::Rgb32(vec![n.to_array()]), 1, 1)
    };
    let lit = |map: Arc<Texture>, mesh: Mesh| {
        let lamp = AreaLight {
            corner: Vec3::new(2.0, -0.05, 0.3),
            edge_u: Vec3::new(0.0, 0.0, 0.1),
            edge_v: Vec3::new(0.0, 0.1, 0.0),
            radiance: Vec3::splat(100.0),
            visible: false,
        };
        let lamp = AreaLight {
            edge_u: lamp.edge_v,
            edge_v: lamp.edge_u,
            ..lamp
        };
        let turned = AreaLight {
            edge_u: lamp.edge_v,
            edge_v: lamp.edge_u,
            ..lamp
        };
        let material = Material {
            normal_map: Some(NormalMap {
                texture: map,
                scale: 1.0,
            }),
            ..matte(0.8)
        };
        let scene = scene(vec![(mesh, material)], None, vec![lamp, turned], narrow(8));
        mean(
            &Tracer::new(&scene)
                .expect("sound")
                .render(&plain(32, 1))
                .radiance,
        )[0]
    };
    let plane = || wall(0.0, 1.0, Part::Clothing);
    let mirrored = |axis: Vec2| {
        let mut mesh = plane();
        for uv in &mut mesh.uvs {
            *uv *= axis;
        }
        mesh
    };
    let (towards, flat, away) = (
        lit(lean(1.0, 0.0), plane()),
        lit(lean(0.0, 0.0), plane()),
        lit(lean(-1.0, 0.0), plane()),
    );
    assert!(towards > 3.0 * flat && flat > 0.0 && away < 0.1 * flat);
    // Lambert: the ratio is that of the cosines, sin 45° (1 + tan) for a lamp at elevation atan(0.35 / 2).
    let tangent = 0.35_f64 / 2.0;
    let expected = (1.0 + tangent) / (2.0_f64.sqrt() * tangent);
    assert!(
        (towards / flat / expected - 1.0).abs() < 0.05,
        "{} against {expected}",
        towards / flat
    );
    let turned = lit(lean(-1.0, 0.0), mirrored(Vec2::new(-1.0, 1.0)));
    assert!((turned / towards - 1.0).abs() < 0.01, "mirrored u");
    let same = lit(lean(1.0, 0.0), mirrored(Vec2::new(1.0, -1.0)));
    assert!((same / towards - 1.0).abs() < 0.01, "mirrored v leaves u");
}

#[test]
fn textures_of_emission_and_metal_are_read() {
    let glowing = Material {
        emission: Vec3::splat(2.0),
        emission_texture: Some(texture(Texels::Rgb32(vec![[0.5, 0.25, 0.0]]), 1, 1)),
        ..matte(0.0)
    };
    let seen = scene(
        vec![(wall(0.0, 1.0, Part::Clothing), glowing)],
        None,
        vec![],
        narrow(4),
    );
    let frame = Tracer::new(&seen).expect("sound").render(&plain(4, 1));
    assert_eq!(frame.radiance[0], [1.0, 0.5, 0.0]);
    // Half a metal reflects as half of a metal and half of a plastic.
    let value = |metallic: f32, map: Option<u8>| {
        furnace(
            Material {
                base_color: Vec3::splat(0.8),
                metallic,
                metallic_texture: map.map(|byte| texture(Texels::Linear8(vec![byte]), 1, 1)),
                ..Material::default()
            },
            &plain(32, 1),
        )[0]
    };
    let (whole, half, mapped) = (value(1.0, None), value(0.4, None), value(1.0, Some(102)));
    assert!((half - mapped).abs() < 1e-3 && (whole - half).abs() > 0.005);
}

#[test]
fn values_out_of_range_are_refused_by_name() {
    let refused = |material: Material| {
        let scene: Scene = scene(
            vec![(wall(0.0, 1.0, Part::Clothing), material)],
            None,
            vec![],
            camera(1.0, 4),
        );
        Tracer::new(&scene).expect_err("refused").to_string()
    };
    let with = |change: fn(&mut Material)| {
        let mut material = matte(0.5);
        change(&mut material);
        refused(material)
    };
    let cases = [
        (
            with(|m| m.anisotropy = 1.5),
            "anisotropy is 1.5, not within 0 to 1",
        ),
        (
            with(|m| m.anisotropy_rotation = f32::NAN),
            "anisotropy rotation is NaN, not finite",
        ),
        (
            with(|m| m.opacity = -0.1),
            "opacity is -0.1, not within 0 to 1",
        ),
        (
            with(|m| {
                m.clear_coat = Some(ClearCoat {
                    weight: 2.0,
                    ..COAT
                });
            }),
            "clear coat weight is 2, not within 0 to 1",
        ),
        (
            with(|m| m.clear_coat = Some(ClearCoat { ior: 0.5, ..COAT })),
            "clear coat's index of refraction is 0.5, not within 1 to 4",
        ),
        (
            with(|m| {
                m.sheen = Some(Sheen {
                    color: Vec3::splat(3.0),
                    roughness: 0.5,
                });
            }),
            "sheen colour is [3, 3, 3], not within 0 to 1",
        ),
        (
            with(|m| {
                m.flakes = Some(Flakes {
                    size_m: 0.0,
                    ..FLAKES
                });
            }),
            "flake size is 0 m, not within 1e-6 to 0.1",
        ),
        (
            with(|m| {
                m.clear_coat = Some(COAT);
                m.interior = Interior::Fibre;
            }),
            "a clear coat, sheen or flakes lie on an interior that is not opaque",
        ),
        (
            with(|m| {
                m.interior = Interior::ThinClear {
                    tint: Vec3::splat(f32::NAN),
                };
            }),
            "tint is [NaN, NaN, NaN], not within 0 to 1",
        ),
        (
            with(|m| {
                m.interior = Interior::Hair {
                    azimuthal_roughness: 0.3,
                    scale_tilt: 0.035,
                };
            }),
            "its interior is that of a hair, but object `thing 0` is a mesh and not made of fibres",
        ),
        (
            with(|m| {
                m.interior = Interior::Skin {
                    radius_m: Vec3::NEG_X,
                };
            }),
            "diffuse mean free path is [-1, 0, 0], not finite and at least 0",
        ),
        (
            with(|m| {
                m.normal_map = Some(NormalMap {
                    texture: texture(Texels::Rgb32(vec![[f32::NAN; 3]]), 1, 1),
                    scale: 1.0,
                });
            }),
            "texture of material ``, normal map: texel (0, 0) is negative or not finite",
        ),
    ];
    for (found, expected) in cases {
        assert!(found.contains(expected), "{found}");
    }
}
