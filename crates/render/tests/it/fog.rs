//! Fog against what is known of it.
use crate::scenes::{camera, mean, plain, scene, uniform_sky};
use glam::Vec3;
use render::Tracer;
use scene::{
    Scene,
    light::{Beam, Fog, PointLight},
};

/// Fog in a cube around the origin, two metres wide, seen along −z from three metres away, by a camera whose rays are nearly parallel.
fn foggy(fog: Fog, sky: f32) -> Scene {
    let mut view = camera(3.0, 4);
    view.focal_px *= 1000.0;
    let mut scene = scene(vec![], Some(uniform_sky(sky)), vec![], view);
    scene.fog = Some(fog);
    scene
}

fn fog(extinction_per_m: f32, albedo: f32, forward: f32) -> Fog {
    Fog {
        extinction_per_m,
        albedo: Vec3::splat(albedo),
        forward,
        bounds: [Vec3::splat(-1.0), Vec3::ONE],
    }
}

fn seen(scene: &Scene, samples: u32, bounces: u32) -> f64 {
    mean(
        &Tracer::new(scene)
            .expect("sound")
            .render(&plain(samples, bounces))
            .radiance,
    )[0]
}

#[test]
fn black_fog_dims_as_beer_and_lambert_say() {
    for extinction in [0.0, 0.1, 0.7, 3.0] {
        let found = seen(&foggy(fog(extinction, 0.0, 0.0), 1.0), 2048, 4);
        let expected = (-2.0 * f64::from(extinction)).exp();
        assert!(
            (found - expected).abs() < 0.004,
            "{found} against {expected}"
        );
    }
}

#[test]
fn white_fog_vanishes_in_even_light() {
    for (extinction, forward) in [(0.5, 0.0), (3.0, 0.7), (3.0, -0.5)] {
        let found = seen(&foggy(fog(extinction, 1.0, forward), 1.0), 4096, 1000);
        assert!(
            (found - 1.0).abs() < 0.004,
            "{extinction}, {forward}: {found}"
        );
    }
}

#[test]
fn light_scattered_once_is_the_integral_along_the_ray() {
    for (extinction, forward) in [(0.3, 0.0), (1.5, 0.0), (0.8, 0.6)] {
        let mut scene = foggy(fog(extinction, 0.8, forward), 0.0);
        let lamp = Vec3::new(0.5, 0.3, -0.2);
        scene.point_lights.push(PointLight {
            position: lamp,
            radius_m: 0.0,
            intensity: Vec3::splat(2.0),
            near_infrared_intensity: 0.0,
            beam: Beam::Uniform,
        });
        let found = seen(&scene, 8192, 1);
        // ∫ σ_s · phase · I/d² · exp(−σ (way to the eye + way to the lamp)) ds through the box.
        let (sigma, g) = (f64::from(extinction), f64::from(forward));
        let steps = 20_000;
        let mut expected = 0.0;
        for k in 0..steps {
            let s = (f64::from(k) + 0.5) * 2.0 / f64::from(steps);
            let point = glam::DVec3::new(0.0, 0.0, 1.0 - s);
            let to = lamp.as_dvec3() - point;
            let distance = to.length();
            // Between where the camera's ray goes on to and the way to the lamp.
            let cosine = -to.z / distance;
            let base = 1.0 + g * g - 2.0 * g * cosine;
            let phase = (1.0 - g * g) / (4.0 * std::f64::consts::PI * base.powf(1.5));
            expected += sigma * 0.8 * phase * 2.0 / (distance * distance)
                * (-sigma * (s + distance)).exp()
                * 2.0
                / f64::from(steps);
        }
        assert!(
            (found / expected - 1.0).abs() < 0.015,
            "{extinction}, {forward}: {found} against {expected}"
        );
    }
}

#[test]
fn impossible_fog_is_refused() {
    let sentence = |fog: Fog| {
        Tracer::new(&foggy(fog, 1.0))
            .expect_err("refused")
            .to_string()
    };
    for (found, expected) in [
        (
            sentence(fog(f32::NAN, 0.5, 0.0)),
            "fog: its extinction is NaN per metre, not finite and at least 0",
        ),
        (
            sentence(fog(1.0, 1.5, 0.0)),
            "fog: its albedo is [1.5, 1.5, 1.5], not within 0 to 1",
        ),
        (
            sentence(fog(1.0, 0.5, 1.0)),
            "fog: its mean cosine is 1, not within ±0.99",
        ),
        (
            sentence(Fog {
                bounds: [Vec3::ONE, Vec3::ZERO],
                ..fog(1.0, 0.5, 0.0)
            }),
            "fog: its box runs from [1, 1, 1] to [0, 0, 0], not from low to high and finite",
        ),
    ] {
        assert_eq!(found, expected);
    }
}
