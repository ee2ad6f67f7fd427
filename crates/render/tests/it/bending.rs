//! Clear sheets that bend the view: the front of a body that is looked into.
use crate::scenes::{camera, matte, mean, plain, scene, wall};
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
