//! Solid bodies of glass.
use crate::scenes::{
    block, camera, covered_mean, matte, mean, plain, rectangle, scene, sphere, uniform_sky,
};
use glam::Vec3;
use render::Tracer;
use scene::{Material, material::Interior, mesh::Part};

fn glass(roughness: f32, ior: f32, absorption: f32) -> Material {
    Material {
        roughness,
        ior,
        interior: Interior::Glass {
            absorption_per_m: Vec3::splat(absorption),
        },
        ..Material::default()
    }
}

#[test]
fn lossless_bodies_vanish_in_uniform_light() {
    let ball = |radius, material| (sphere(radius, 4), material);
    let cases = [
        ("smooth", vec![ball(0.25, glass(0.0, 1.5, 0.0))]),
        ("rough", vec![ball(0.25, glass(0.5, 1.5, 0.0))]),
        ("diamond", vec![ball(0.25, glass(0.5, 2.4, 0.0))]),
        (
            "water in glass",
            vec![
                ball(0.25, glass(0.0, 1.5, 0.0)),
                ball(0.15, glass(0.0, 1.33, 0.0)),
            ],
        ),
        (
            "a white ball in glass",
            vec![ball(0.25, glass(0.0, 1.5, 0.0)), ball(0.15, matte(1.0))],
        ),
    ];
    for (name, things) in cases {
        let scene = scene(things, Some(uniform_sky(1.0)), vec![], camera(1.0, 24));
        let frame = Tracer::new(&scene).expect("sound").render(&plain(64, 100));
        for channel in covered_mean(&frame) {
            assert!((channel - 1.0).abs() < 0.02, "{name}: {channel}");
        }
    }
}

#[test]
fn a_heap_of_diamonds_loses_no_light_either() {
    // Many a path crosses dozens of surfaces here; ended there, it took 2 % of the light with it.
    let diamond = |k: u32| {
        let [x, y, z] = [k % 6, k / 6 % 6, k / 36].map(|n| 0.11 * n as f32);
        let mut diamond = sphere(0.05, 2);
        let place = Vec3::new(x - 0.275, y - 0.275, -z);
        diamond
            .positions
            .iter_mut()
            .for_each(|corner| *corner += place);
        (diamond, glass(0.0, 2.4, 0.0))
    };
    let scene = scene(
        (0..12 * 36).map(diamond).collect(),
        Some(uniform_sky(1.0)),
        vec![],
        camera(1.0, 16),
    );
    let tracer = Tracer::new(&scene).expect("sound");
    let [_, found, _] = mean(&tracer.render(&plain(64, 1000)).radiance);
    assert!((found - 1.0).abs() < 0.01, "{found}");
}

#[test]
fn a_thick_pane_passes_what_fresnel_beer_and_lambert_say() {
    for (ior, absorption, thickness) in [(1.5, 0.0, 0.01), (1.5, 60.0, 0.02), (2.0, 20.0, 0.03)] {
        let mut view = camera(2.0, 6);
        view.focal_px *= 60.0;
        let scene = scene(
            vec![(
                block(Vec3::new(1.0, 1.0, thickness)),
                glass(0.0, ior, absorption),
            )],
            Some(uniform_sky(1.0)),
            vec![],
            view,
        );
        let found = mean(
            &Tracer::new(&scene)
                .expect("sound")
                .render(&plain(256, 40))
                .radiance,
        )[0];
        // All inner reflections summed; the sky is as bright in front as behind.
        let reflected = f64::from((ior - 1.0) / (ior + 1.0)).powi(2);
        let left = f64::from(-absorption * thickness).exp();
        let passes = (1.0 - reflected).powi(2) * left / (1.0 - (reflected * left).powi(2));
        let returns = reflected + passes * reflected * left;
        let expected = passes + returns;
        assert!(
            (found / expected - 1.0).abs() < 0.01,
            "ior {ior}, absorption {absorption}: {found} against {expected}"
        );
    }
}

#[test]
fn solid_glass_casts_a_shadow_that_scattered_light_fills() {
    // A white wall that touches a thick lossless pane under a uniform sky: all of the light gets in and out again.
    let mut view = camera(2.0, 8);
    view.focal_px *= 60.0;
    let scene = scene(
        vec![
            (block(Vec3::new(2.0, 2.0, 0.1)), glass(0.0, 1.5, 0.0)),
            (
                rectangle(
                    Vec3::new(-0.99, -0.99, -0.049),
                    Vec3::X * 1.98,
                    Vec3::Y * 1.98,
                    Part::Clothing,
                ),
                matte(1.0),
            ),
        ],
        Some(uniform_sky(1.0)),
        vec![],
        view,
    );
    let found = mean(
        &Tracer::new(&scene)
            .expect("sound")
            .render(&plain(128, 200))
            .radiance,
    )[0];
    assert!((found - 1.0).abs() < 0.03, "{found}");
}
