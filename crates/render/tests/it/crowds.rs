//! Very many lights: right, and no slower to ask than a few.
use crate::scenes::{camera, matte, mean, plain, scene, wall};
use glam::Vec3;
use render::Tracer;
use scene::{
    Scene,
    light::{Beam, PointLight},
    mesh::Part,
};

const ALBEDO: f32 = 0.5;

/// A small matte wall at the origin that faces +z, and bulbs before it.
fn lit_by(lights: Vec<PointLight>) -> Scene {
    let mut view = camera(0.1, 8);
    view.focal_px *= 200.0;
    let mut scene = scene(
        vec![(wall(0.0, 0.01, Part::FaceSkin), matte(ALBEDO))],
        None,
        vec![],
        view,
    );
    scene.point_lights = lights;
    scene
}

/// Bulbs at `place(k, random)`, from dim to a thousand times as bright.
fn bulbs(count: u32, place: impl Fn(u32, Vec3) -> Vec3) -> Vec<PointLight> {
    let share = |k: u32, step: f64| (f64::from(k) * step).fract() as f32;
    (0..count)
        .map(|k| PointLight {
            position: place(
                k,
                Vec3::new(
                    share(k, 0.819_172_513),
                    share(k, 0.671_043_607),
                    share(k, 0.549_700_478),
                ),
            ),
            radius_m: 0.0,
            intensity: Vec3::splat(1000_f32.powf(share(k, 0.754_877_666)) / count as f32),
            near_infrared_intensity: 0.0,
            beam: Beam::Uniform,
        })
        .collect()
}

/// Radiance of the wall by the sum over all lights: albedo ÷ π × intensity × cosine ÷ distance².
fn summed(lights: &[PointLight]) -> f64 {
    let one = |light: &PointLight| {
        let place = light.position.as_dvec3();
        f64::from(light.intensity.x) * place.z.max(0.0) / place.length().powi(3)
    };
    f64::from(ALBEDO) / std::f64::consts::PI * lights.iter().map(one).sum::<f64>()
}

#[test]
fn a_hundred_thousand_lights_shine_as_their_sum() {
    let room = |_, random: Vec3| (random - Vec3::new(0.5, 0.5, -0.05)) * 4.0;
    let line = |_, random: Vec3| Vec3::new(4.0 * random.x - 2.0, 0.0, 1.0);
    let heaps = |k: u32, _| [Vec3::new(0.3, 0.2, 0.5), Vec3::new(-2.0, 0.0, 1.0)][k as usize % 2];
    let half_behind = |_, random: Vec3| (random - 0.5) * 4.0 + Vec3::Z * 1e-3;
    for (what, lights) in [
        ("all over a room", bulbs(100_000, room)),
        ("in a line", bulbs(100_000, line)),
        ("at two places", bulbs(100_000, heaps)),
        ("half of them behind the wall", bulbs(100_000, half_behind)),
    ] {
        let scene = lit_by(lights);
        let tracer = Tracer::new(&scene).expect(what);
        let pixels = tracer.render(&plain(64, 3)).radiance;
        let seen = mean(&pixels)[0];
        let expected = summed(&scene.point_lights);
        let spread = pixels
            .iter()
            .map(|pixel| (f64::from(pixel[0]) - seen).powi(2));
        let error = (spread.sum::<f64>() / 64.0 / 63.0).sqrt();
        // Half of a thousandth for the wall's size and for sums in single precision.
        assert!(
            (seen - expected).abs() < 4.5 * error + 5e-4 * expected,
            "{what}: {seen} ± {error}, not {expected}"
        );
        assert!(error < 0.02 * expected, "{what}: {error} of {expected}");
    }
}

#[test]
fn one_broken_light_among_many_is_named() {
    let mut lights = bulbs(100_000, |_, random| random);
    lights[77_777].position.y = f32::NAN;
    let error = Tracer::new(&lit_by(lights)).expect_err("refused");
    let found = error.to_string();
    assert!(
        found.starts_with("point light 77777: its position is"),
        "{found}"
    );
}
