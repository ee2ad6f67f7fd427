//! Energy: what goes in comes out, no more and no less.
use crate::scenes::{
    camera, covered_mean, matte, mean, plain, rectangle, scene, sphere, uniform_sky, wall,
};
use glam::{DVec3, Quat, Vec3};
use render::{Filter, Settings, Threads, Tracer};
use scene::{
    AreaLight, Camera, Material, Texture,
    camera::Band,
    light::{Backdrop, Beam, Photometry, PointLight, Portal, Sun},
    material::Interior,
    mesh::Part,
    texture::Texels,
};
use std::sync::Arc;

#[test]
fn lossless_things_vanish_in_uniform_light() {
    let white = |material: Material| Material {
        base_color: Vec3::ONE,
        ..material
    };
    let skin = |radius_m: f32| Interior::Skin {
        radius_m: Vec3::new(radius_m, 0.5 * radius_m, 0.2 * radius_m),
    };
    // Interpolated normals on facets lose a little at silhouettes; straight distances on a curved surface change what diffusion keeps.
    let cases = [
        ("matte", matte(1.0), 0.01),
        (
            "glossy",
            white(Material {
                roughness: 0.3,
                ..Material::default()
            }),
            0.015,
        ),
        (
            "rough",
            white(Material {
                roughness: 0.9,
                ..Material::default()
            }),
            0.015,
        ),
        (
            "metal",
            white(Material {
                metallic: 1.0,
                roughness: 0.5,
                ..Material::default()
            }),
            0.02,
        ),
        (
            "clear sheet",
            white(Material {
                interior: Interior::ThinClear { tint: Vec3::ONE },
                roughness: 0.1,
                ..Material::default()
            }),
            0.015,
        ),
        (
            "hair",
            white(Material {
                interior: Interior::Fibre,
                roughness: 0.4,
                ior: 1.55,
                ..Material::default()
            }),
            0.015,
        ),
        (
            "skin",
            white(Material {
                interior: skin(0.01),
                ..Material::default()
            }),
            0.012,
        ),
        (
            "skin that scatters wide",
            white(Material {
                interior: skin(0.1),
                ..Material::default()
            }),
            0.02,
        ),
        (
            "soft skin",
            white(Material {
                interior: Interior::SoftSkin {
                    wrap: Vec3::new(0.3, 0.2, 0.1),
                },
                ..Material::default()
            }),
            0.012,
        ),
    ];
    for (name, material, tolerance) in cases {
        let scene = scene(
            vec![(sphere(0.25, 4), material)],
            Some(uniform_sky(1.0)),
            vec![],
            camera(1.0, 24),
        );
        let frame = Tracer::new(&scene).expect("sound").render(&plain(64, 200));
        for channel in covered_mean(&frame) {
            assert!((channel - 1.0).abs() < tolerance, "{name}: {channel}");
        }
    }
}

#[test]
fn inside_a_glowing_sphere_it_is_as_bright_as_the_series_says() {
    for albedo in [0.2, 0.6] {
        let glowing = Material {
            emission: Vec3::splat(0.5),
            ..matte(albedo)
        };
        let camera = Camera::look_at(DVec3::new(0.1, 0.0, 0.2), DVec3::X, DVec3::Y, 1.0, 12, 12);
        let scene = scene(vec![(sphere(1.0, 3), glowing)], None, vec![], camera);
        let frame = Tracer::new(&scene).expect("sound").render(&plain(256, 60));
        let expected = 0.5 / (1.0 - f64::from(albedo));
        let found = mean(&frame.radiance)[0];
        assert!(
            (found / expected - 1.0).abs() < 0.01,
            "albedo {albedo}: {found} against {expected}"
        );
    }
}

#[test]
fn a_panel_lights_a_wall_as_the_integral_says() {
    // A square of side 1 at distance 1 facing a small wall: irradiance 4·L·∫∫ over a quarter, form factor of a differential element
    // to a parallel rectangle, corner above it (Howell C-1): sides ½.
    let side = 0.5_f64;
    let root = (1.0 + side * side).sqrt();
    let quarter = (side / root * (side / root).atan() * 2.0) / std::f64::consts::TAU;
    let expected = 4.0 * quarter * 3.0 * 0.5;
    let panel = AreaLight {
        corner: Vec3::new(-0.5, 0.5, 1.0),
        edge_u: Vec3::X,
        edge_v: Vec3::NEG_Y,
        radiance: Vec3::splat(3.0),
        visible: false,
    };
    // Through the panel: it is not visible and blocks nothing.
    let mut view = camera(2.0, 4);
    view.focal_px *= 200.0;
    let scene = scene(
        vec![(wall(0.0, 0.1, Part::FaceSkin), matte(0.5))],
        None,
        vec![panel],
        view,
    );
    let found = mean(
        &Tracer::new(&scene)
            .expect("sound")
            .render(&plain(256, 4))
            .radiance,
    )[0];
    assert!(
        (found / expected - 1.0).abs() < 0.005,
        "{found} against {expected}"
    );
}

#[test]
fn a_half_transparent_sheet_lets_half_of_the_light_through_to_eye_and_ground() {
    let alpha = Arc::new(Texture {
        width: 1,
        height: 1,
        texels: Texels::Linear8(vec![64]),
    });
    let veil = Material {
        alpha: Some(alpha),
        ..matte(0.0)
    };
    let through = 1.0 - 64.0 / 255.0;
    // To the eye: black sheet before a white sky.
    let mut narrow = camera(1.0, 16);
    narrow.focal_px *= 4.0;
    let seen = scene(
        vec![(wall(0.0, 1.0, Part::Hair), veil.clone())],
        Some(uniform_sky(1.0)),
        vec![],
        narrow.clone(),
    );
    let found = mean(
        &Tracer::new(&seen)
            .expect("sound")
            .render(&plain(64, 2))
            .radiance,
    )[0];
    assert!((found - through).abs() < 0.01, "{found} against {through}");
    // To the ground: a huge black sheet between a white wall and all light.
    let mut view = narrow;
    view.position = DVec3::new(0.0, 0.0, 0.05);
    let lit = scene(
        vec![
            (wall(0.0, 1.0, Part::FaceSkin), matte(1.0)),
            (wall(0.1, 400.0, Part::Hair), veil),
        ],
        Some(uniform_sky(1.0)),
        vec![],
        view,
    );
    let found = mean(
        &Tracer::new(&lit)
            .expect("sound")
            .render(&plain(256, 1))
            .radiance,
    )[0];
    assert!((found - through).abs() < 0.01, "{found} against {through}");
}

#[test]
fn a_tinted_lens_darkens_what_is_behind_it() {
    let lens = Material {
        interior: Interior::ThinClear {
            tint: Vec3::new(0.5, 0.25, 1.0),
        },
        specular: 0.0,
        ..Material::default()
    };
    let mut view = camera(1.0, 8);
    view.focal_px *= 4.0;
    let scene = scene(
        vec![(wall(0.0, 1.0, Part::ClearLens), lens)],
        Some(uniform_sky(2.0)),
        vec![],
        view,
    );
    let found = mean(
        &Tracer::new(&scene)
            .expect("sound")
            .render(&plain(32, 3))
            .radiance,
    );
    for (channel, expected) in found.iter().zip([1.0, 0.5, 2.0]) {
        assert!((channel - expected).abs() < 0.05, "{found:?}");
    }
}

#[test]
fn diffusion_softens_a_terminator_red_before_blue_and_keeps_the_mean() {
    // Light from the left only; the column just beyond the terminator of a finger-sized sphere.
    let panel = AreaLight {
        corner: Vec3::new(-1.0, -0.05, 0.05),
        edge_u: Vec3::new(0.0, 0.0, -0.1),
        edge_v: Vec3::new(0.0, 0.1, 0.0),
        radiance: Vec3::splat(100.0),
        visible: false,
    };
    let render = |interior: Interior| {
        let ball = Material {
            interior,
            ..matte(0.6)
        };
        let mut view = camera(0.5, 32);
        view.focal_px *= 15.0;
        let scene = scene(vec![(sphere(0.01, 5), ball)], None, vec![panel], view);
        Tracer::new(&scene)
            .expect("sound")
            .render(&plain(64, 1))
            .radiance
    };
    let column = |picture: &[[f32; 3]], x: usize, channel: usize| -> f32 {
        (12..20).map(|y| picture[y * 32 + x][channel]).sum::<f32>() / 8.0
    };
    let hard = render(Interior::Opaque);
    let soft = render(Interior::Skin {
        radius_m: Vec3::new(3.7e-3, 1.4e-3, 0.7e-3),
    });
    assert_eq!(
        column(&hard, 19, 0),
        0.0,
        "no light beyond the terminator of a matte ball"
    );
    let (red, blue) = (column(&soft, 19, 0), column(&soft, 19, 2));
    assert!(
        red > 3.0 * blue && red > 0.01 * column(&soft, 8, 0),
        "red {red}, blue {blue}"
    );
    for channel in 0..3 {
        let ratio = mean(&soft)[channel] / mean(&hard)[channel];
        assert!((0.8..1.25).contains(&ratio), "channel {channel}: {ratio}");
    }
}

#[test]
fn the_backdrop_may_differ_from_the_light() {
    let mut sky = uniform_sky(1.0);
    sky.backdrop = Backdrop::Colour(Vec3::new(0.1, 0.2, 0.3));
    let scene = scene(
        vec![(sphere(0.2, 3), matte(0.5))],
        Some(sky),
        vec![],
        camera(1.0, 16),
    );
    let frame = Tracer::new(&scene).expect("sound").render(&plain(16, 8));
    assert!((Vec3::from(frame.radiance[0]) - Vec3::new(0.1, 0.2, 0.3)).length() < 1e-6);
    let middle = frame.radiance[8 * 16 + 8];
    assert!((middle[0] - 0.5).abs() < 0.05, "{middle:?}");
}

#[test]
fn shadows_on_coarse_spheres_have_no_black_facets() {
    // A ball of 128 triangles lit from the side: smooth normals see light where facets turn away.
    let panel = AreaLight {
        corner: Vec3::new(-3.0, -0.5, -0.5),
        edge_u: Vec3::Y,
        edge_v: Vec3::Z,
        radiance: Vec3::splat(20.0),
        visible: false,
    };
    let flipped = AreaLight {
        edge_u: panel.edge_v,
        edge_v: panel.edge_u,
        ..panel
    };
    let render = |light: AreaLight, level: u32| {
        let scene = scene(
            vec![(sphere(0.25, level), matte(0.8))],
            None,
            vec![light],
            camera(1.0, 48),
        );
        Tracer::new(&scene)
            .expect("sound")
            .render(&plain(32, 1))
            .radiance
    };
    let lit = if mean(&render(panel, 2))[0] > 0.0 {
        panel
    } else {
        flipped
    };
    let (coarse, fine) = (render(lit, 2), render(lit, 5));
    let row = |picture: &[[f32; 3]], x: usize| picture[24 * 48 + x][0];
    for x in 14..22 {
        let (c, f) = (row(&coarse, x), row(&fine, x));
        assert!(c > 0.5 * f, "column {x}: {c} on 128 triangles, {f} on 8192");
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let scene = scene(
        vec![
            (
                sphere(0.2, 3),
                Material {
                    interior: Interior::Skin {
                        radius_m: Vec3::splat(0.003),
                    },
                    ..Material::default()
                },
            ),
            (
                rectangle(
                    Vec3::new(-1.0, -0.2, -1.0),
                    Vec3::Z * 2.0,
                    Vec3::X * 2.0,
                    Part::Clothing,
                ),
                matte(0.5),
            ),
        ],
        Some(uniform_sky(1.0)),
        vec![],
        camera(1.0, 40),
    );
    let tracer = Tracer::new(&scene).expect("sound");
    let settings = Settings {
        threads: Threads::Pool,
        ..Settings::portrait(4, 9)
    };
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool")
    };
    let alone = tracer.render(&Settings {
        threads: Threads::Single,
        ..settings
    });
    for threads in [1, 2, 5] {
        assert_eq!(
            alone,
            pool(threads).install(|| tracer.render(&settings)),
            "{threads} threads"
        );
    }
    assert_ne!(
        alone.radiance,
        tracer
            .render(&Settings {
                seed: 10,
                ..settings
            })
            .radiance
    );
}

#[test]
fn a_box_filter_sees_nothing_of_its_neighbours_and_a_window_does() {
    let glow = Material {
        base_color: Vec3::ZERO,
        emission: Vec3::ONE,
        ..Material::default()
    };
    // Its edge runs between the two middle columns.
    let half = rectangle(
        Vec3::new(0.0, -5.0, 0.0),
        Vec3::X * 5.0,
        Vec3::Y * 10.0,
        Part::Clothing,
    );
    let scene = scene(vec![(half, glow)], None, vec![], camera(1.0, 8));
    let tracer = Tracer::new(&scene).expect("sound");
    let row = |filter| {
        let settings = Settings {
            filter,
            ..plain(256, 0)
        };
        let frame = tracer.render(&settings);
        [2, 3, 4, 5].map(|column| frame.radiance[8 * 4 + column][0])
    };
    assert_eq!(row(Filter::Box), [0.0, 0.0, 1.0, 1.0]);
    let [far, near, edge, inside] = row(Filter::BlackmanHarris);
    // Share of the window beyond half a pixel from its centre, from its integral (Harris 1978).
    let beyond = 0.0351;
    assert_eq!((far, inside), (0.0, 1.0));
    assert!((near - beyond).abs() < 0.003, "{near}");
    assert!((edge - (1.0 - beyond)).abs() < 0.003, "{edge}");
}

/// Mean radiance of a small matte wall (albedo ½) at the origin that faces +z.
fn lit(edit: impl FnOnce(&mut scene::Scene)) -> f64 {
    let mut view = camera(2.0, 4);
    view.focal_px *= 200.0;
    let mut scene = scene(
        vec![(wall(0.0, 0.1, Part::FaceSkin), matte(0.5))],
        None,
        vec![],
        view,
    );
    edit(&mut scene);
    mean(
        &Tracer::new(&scene)
            .expect("sound")
            .render(&plain(256, 4))
            .radiance,
    )[0]
}

fn bulb(position: Vec3, radius_m: f32, beam: Beam) -> PointLight {
    PointLight {
        position,
        radius_m,
        intensity: Vec3::splat(3.0),
        near_infrared_intensity: 7.0,
        beam,
    }
}

#[test]
fn small_lights_obey_the_square_of_distance_and_their_beams() {
    let place = Vec3::new(0.6, 0.0, 0.8) * 2.0;
    let straight = f64::from(3.0 * 0.8 / 4.0 * 0.5 / std::f32::consts::PI);
    let axis = -place.normalize();
    let aside = Vec3::new(-0.8, 0.0, 0.6);
    let cases = [
        (Beam::Uniform, 1.0),
        (
            Beam::Spot {
                axis,
                inner: 0.1,
                outer: 0.2,
            },
            1.0,
        ),
        (
            Beam::Spot {
                axis: aside,
                inner: 0.1,
                outer: 0.2,
            },
            0.0,
        ),
        (
            Beam::Diode {
                axis: (axis + axis.cross(Vec3::Y) * 0.5_f32.tan()).normalize(),
                half_angle: 0.5,
            },
            0.5,
        ),
        (
            Beam::Measured {
                profile: Arc::new(Photometry {
                    vertical_deg: vec![0.0, 90.0],
                    horizontal_deg: vec![0.0],
                    relative: vec![1.0, 0.5],
                }),
                world_from_light: Quat::from_rotation_arc(Vec3::NEG_Y, axis),
            },
            1.0,
        ),
    ];
    for (beam, share) in cases {
        for radius_m in [0.0, 0.05] {
            let light = bulb(place, radius_m, beam.clone());
            let found = lit(|scene| scene.point_lights.push(light));
            let expected = straight * share;
            assert!(
                (found - expected).abs() < 0.01 * straight,
                "{beam:?}, {radius_m} m: {found} against {expected}"
            );
        }
    }
    let near_infrared = lit(|scene| {
        scene.camera.band = Band::NearInfrared;
        scene.point_lights.push(bulb(place, 0.0, Beam::Uniform));
    });
    assert!((near_infrared / straight - 7.0 / 3.0).abs() < 0.02);
}

#[test]
fn a_larger_bulb_throws_a_softer_shadow() {
    // An edge halfway between light and wall; the picture is the shadow's profile.
    let shadow = |radius_m: f32| {
        // Seen from beside the edge.
        let view = Camera::look_at(
            DVec3::new(1.5, 0.0, 1.5),
            DVec3::ZERO,
            DVec3::Y,
            0.5,
            32,
            32,
        );
        let mut scene = scene(
            vec![
                (wall(0.0, 4.0, Part::FaceSkin), matte(0.5)),
                (
                    rectangle(
                        Vec3::new(-3.0, -2.0, 1.0),
                        Vec3::X * 3.0,
                        Vec3::Y * 4.0,
                        Part::Clothing,
                    ),
                    matte(0.0),
                ),
            ],
            None,
            vec![],
            view,
        );
        scene
            .point_lights
            .push(bulb(Vec3::new(0.0, 0.0, 2.0), radius_m, Beam::Uniform));
        let frame = Tracer::new(&scene).expect("sound").render(&plain(64, 1));
        let row = &frame.radiance[16 * 32..17 * 32];
        row.iter()
            .filter(|pixel| (0.004..0.1).contains(&pixel[0]))
            .count()
    };
    let (hard, soft) = (shadow(0.0), shadow(0.2));
    assert!(
        hard <= 2 && soft >= 5,
        "{hard} and {soft} pixels of half shadow"
    );
}

#[test]
fn the_sun_lights_by_its_irradiance() {
    for angular_radius in [0.0, 0.004_65, 0.2] {
        let found = lit(|scene| {
            scene.sun = Some(Sun {
                direction: Vec3::new(0.6, 0.0, 0.8),
                irradiance: Vec3::splat(2.0),
                angular_radius,
            });
        });
        let expected = 2.0 * 0.8 * 0.5 / std::f64::consts::PI;
        assert!(
            (found / expected - 1.0).abs() < 0.01,
            "{found} against {expected}"
        );
    }
}

#[test]
fn ten_thousand_small_panels_light_like_the_one_they_tile() {
    let tiled = |tiles: u32| {
        lit(|scene| {
            let side = 1.0 / tiles as f32;
            for k in 0..tiles * tiles {
                let (x, y) = ((k % tiles) as f32 * side, (k / tiles) as f32 * side);
                scene.area_lights.push(AreaLight {
                    corner: Vec3::new(x - 0.5, 0.5 - y, 1.0),
                    edge_u: Vec3::X * side,
                    edge_v: Vec3::NEG_Y * side,
                    radiance: Vec3::splat(3.0),
                    visible: false,
                });
            }
        })
    };
    let (one, many) = (tiled(1), tiled(100));
    assert!((many / one - 1.0).abs() < 0.01, "{many} against {one}");
}

#[test]
fn a_portal_lowers_noise_in_a_room_and_keeps_the_picture() {
    // A closed box, lit through a window in its far wall by a sky that is brighter elsewhere.
    let side =
        |corner: Vec3, u: Vec3, v: Vec3| (rectangle(corner, u, v, Part::Clothing), matte(0.5));
    let (x, y, z) = (Vec3::X * 2.0, Vec3::Y * 2.0, Vec3::Z * 2.0);
    let low = -Vec3::ONE;
    let hole = 0.3_f32;
    let rest = 2.0 - hole;
    let walls = || {
        vec![
            side(low, z, x),
            side(low + y, x, z),
            side(low, y, z),
            side(low + x, z, y),
            side(low + z, y, x),
            side(low, Vec3::X * rest, y),
            side(low + Vec3::X * rest, Vec3::X * hole, Vec3::Y * rest),
        ]
    };
    let texels = (0..32 * 16)
        .map(|k| [if k % 32 < 16 { 0.5 } else { 2.0 }; 3])
        .collect();
    let mut sky = uniform_sky(1.0);
    sky.radiance = Arc::new(Texture {
        width: 32,
        height: 16,
        texels: Texels::Rgb32(texels),
    });
    let measure = |portals: Vec<Portal>, seed: u64| {
        let mut sky = sky.clone();
        sky.portals = portals;
        let view = Camera::look_at(
            DVec3::new(0.0, 0.0, 0.9),
            DVec3::new(0.0, -0.5, -0.5),
            DVec3::Y,
            0.9,
            16,
            16,
        );
        let scene = scene(walls(), Some(sky), vec![], view);
        let settings = Settings {
            seed,
            ..plain(1024, 3)
        };
        let frame = Tracer::new(&scene).expect("sound").render(&settings);
        frame
            .radiance
            .iter()
            .map(|pixel| f64::from(pixel[0]))
            .collect::<Vec<_>>()
    };
    let window = Portal {
        corner: low + Vec3::new(rest, rest, 0.0),
        edge_u: Vec3::X * hole,
        edge_v: Vec3::Y * hole,
    };
    let compare = |portals: &[Portal]| {
        let (a, b) = (measure(portals.to_vec(), 1), measure(portals.to_vec(), 2));
        let mean = a.iter().chain(&b).sum::<f64>() / (a.len() + b.len()) as f64;
        let variance = a
            .iter()
            .zip(&b)
            .map(|(a, b)| 0.5 * (a - b).powi(2))
            .sum::<f64>()
            / a.len() as f64;
        (mean, variance)
    };
    let (plain_mean, plain_variance) = compare(&[]);
    let (mean, variance) = compare(&[window]);
    let error = (plain_variance / 512.0).sqrt();
    assert!(
        (mean - plain_mean).abs() < 4.0 * error,
        "{mean} against {plain_mean} ± {error}"
    );
    assert!(error < 0.05 * plain_mean, "{error} of {plain_mean}");
    assert!(
        variance < 0.25 * plain_variance,
        "{variance} after {plain_variance}"
    );
}
