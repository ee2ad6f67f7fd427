//! Clear sheets that bend the view: the front of a body that is looked into.
use crate::scenes::{camera, matte, mean, plain, scene, wall};
use std::sync::Arc;

use glam::{DVec2, DVec3, Vec3};
use render::Tracer;
use scene::{AreaLight, Camera, Material, Scene, material::Interior, mesh::Part};

const IOR: f64 = 1.3375;
/// Between sheet and wall, metres.
const GAP_M: f64 = 0.05;

/// A wall below a sheet at the origin, lit by a small lamp high above, seen from 40° to the side.
fn under_a_sheet(bends_view: bool) -> Scene {
    let slanted = Camera::look_at(
        DVec3::new(40_f64.to_radians().sin(), 0.0, 40_f64.to_radians().cos()),
        DVec3::ZERO,
        DVec3::Y,
        0.1,
        48,
        48,
    );
    let sheet = Material {
        roughness: 0.02,
        ior: IOR as f32,
        interior: Interior::ThinClear { tint: Vec3::ONE },
        bends_view,
        ..Material::default()
    };
    let lamp = AreaLight {
        corner: Vec3::new(-0.505, -0.005, 1.0),
        edge_u: Vec3::Y * 0.01,
        edge_v: Vec3::X * 0.01,
        radiance: Vec3::splat(1e4),
        visible: false,
    };
    scene(
        vec![
            (wall(-GAP_M as f32, 2.0, Part::RightIris), matte(0.5)),
            (wall(0.0, 2.0, Part::ClearLens), sheet),
        ],
        None,
        vec![lamp],
        slanted,
    )
}

#[test]
fn what_lies_behind_is_seen_where_snell_puts_it() {
    let bent = under_a_sheet(true);
    let layers = Tracer::new(&bent).expect("sound").layers();
    for index in 0..48 * 48 {
        assert_eq!(layers.part[index], Part::RightIris);
        let centre = DVec2::new((index % 48) as f64 + 0.5, (index / 48) as f64 + 0.5);
        let ray = bent
            .camera
            .direction(centre)
            .expect("a pinhole")
            .normalize();
        let entry = bent.camera.position - ray * (bent.camera.position.z / ray.z);
        // Along the sheet, sin θ falls by the index.
        let across = ray.with_z(0.0) / IOR;
        let below = across.with_z(-(1.0 - across.length_squared()).sqrt());
        let expected = entry - below * (GAP_M / below.z);
        let uv = layers.uv[index].map(|u| (f64::from(u) - 0.5) * 2.0);
        assert!(
            (uv[0] - expected.x).hypot(uv[1] - expected.y) < 1e-5,
            "pixel {centre}: {uv:?} against {expected}"
        );
    }
}

#[test]
fn a_lamp_lights_what_lies_behind_as_if_nothing_were_bent() {
    let picture = |bends| {
        let scene = under_a_sheet(bends);
        let frame = Tracer::new(&scene).expect("sound").render(&plain(64, 4));
        mean(&frame.radiance)[0]
    };
    let (bent, straight) = (picture(true), picture(false));
    assert!(straight > 0.1, "{straight}");
    // The view lands 12 mm further on, where the lamp is as bright within a percent.
    assert!((bent / straight - 1.0).abs() < 0.03, "{bent} {straight}");
}

#[test]
fn only_clear_sheets_bend_the_view() {
    let opaque = Material {
        bends_view: true,
        ..matte(0.5)
    };
    let scene = scene(
        vec![(wall(0.0, 1.0, Part::FaceSkin), opaque)],
        None,
        vec![],
        camera(1.0, 8),
    );
    let error = Tracer::new(&scene).expect_err("refused").to_string();
    assert!(error.contains("no clear sheet"), "{error}");
}

/// A pane before a wall; all of it is gone where it has a `hole`.
fn broken_pane(surface: Interior, hole: bool) -> Scene {
    let depth = scene::Texture {
        width: 2,
        height: 2,
        texels: scene::texture::Texels::Linear8(vec![255; 4]),
    };
    let clear = Material {
        ior: 1.0,
        specular: 0.0,
        interior: Interior::ThinClear { tint: Vec3::ONE },
        ..Material::default()
    };
    let pane = Material {
        roughness: 0.02,
        interior: surface,
        worn: hole.then(|| scene::material::Worn {
            depth: Arc::new(depth),
            layers: Arc::new([scene::material::Layer {
                from: 0.7,
                material: clear,
            }]),
        }),
        ..Material::default()
    };
    let mut seen = under_a_sheet(false);
    seen.materials[1] = pane;
    let mut mesh = (*seen.objects[1].mesh).clone();
    mesh.parts.fill(Part::Background);
    seen.objects[1].mesh = Arc::new(mesh);
    seen
}

#[test]
fn a_hole_in_a_pane_lets_all_light_through_and_is_still_the_panes() {
    let green = Interior::ThinClear {
        tint: Vec3::new(0.2, 0.6, 0.2),
    };
    let render = |scene: &Scene| Tracer::new(scene).expect("sound").render(&plain(16, 4));
    let through = render(&broken_pane(green, true));
    let nothing = Interior::ThinClear { tint: Vec3::ONE };
    let mut absent = broken_pane(nothing, false);
    (absent.materials[1].ior, absent.materials[1].specular) = (1.0, 0.0);
    assert_eq!(through.radiance, render(&absent).radiance);
    assert_ne!(
        through.radiance,
        render(&broken_pane(green, false)).radiance
    );
    assert!(through.layers.worn.iter().all(|worn| *worn == 1));
    let refused = Tracer::new(&broken_pane(Interior::Opaque, true)).map(|_| ());
    let said = refused.expect_err("metal has no such holes").to_string();
    assert!(said.contains("is clear"), "{said}");
}

#[test]
fn film_lies_on_what_is_not_clear_and_below_wear() {
    let film = |colour: Vec3| Material {
        base_color: colour,
        ..Material::default()
    };
    let wrapped = Arc::new(scene::wrap::Wrapped {
        wrap: scene::wrap::Wrap {
            pattern: scene::wrap::Pattern::Camouflage,
            height_m: 1.5,
            ends: [-2.0, 2.0],
            seed: 3,
        },
        films: Arc::new([film(Vec3::X), film(Vec3::Y)]),
    });
    let mut seen = broken_pane(Interior::Opaque, false);
    seen.materials[1].wrapped = Some(Arc::clone(&wrapped));
    let layers = Tracer::new(&seen).expect("sound").layers();
    let count = |colour: [f32; 3]| layers.albedo.iter().filter(|a| **a == colour).count();
    let (red, green) = (count([1.0, 0.0, 0.0]), count([0.0, 1.0, 0.0]));
    assert!(
        red + green == 48 * 48 && red > 50 && green > 50,
        "{red} {green}"
    );
    let mut clear = broken_pane(Interior::ThinClear { tint: Vec3::ONE }, false);
    clear.materials[1].wrapped = Some(wrapped);
    let said = Tracer::new(&clear)
        .map(|_| ())
        .expect_err("a wrapped window")
        .to_string();
    assert!(said.contains("film"), "{said}");
}
