use super::{
    fibre::Fibre,
    ggx,
    layered::{Coat, Entry, Layered},
};
use crate::{
    chi_square::{Uniforms, p_value},
    sampling::cosine_hemisphere,
};
use glam::{Vec2, Vec3A};
use std::f32::consts::{FRAC_1_PI, PI, TAU};

/// False-alarm rate of each χ² test here; there are fewer than 60, all with fixed seeds.
pub(super) const ALPHA: f64 = 1e-5;

pub(super) fn direction(cosine: f32, azimuth: f32) -> Vec3A {
    let sine = (1.0 - cosine * cosine).max(0.0).sqrt();
    Vec3A::new(sine * azimuth.cos(), sine * azimuth.sin(), cosine)
}

pub(super) fn coat(base: f32, roughness: f32, metallic: f32) -> Coat {
    Coat {
        base: Vec3A::splat(base),
        alpha: (roughness * roughness).max(ggx::ALPHA_MIN),
        anisotropy: 0.0,
        metallic,
        f0: ggx::f0_of(1.5),
        specular: 1.0,
    }
}

/// `∫ value·cos` by importance sampling.
fn albedo(layered: &Layered, count: u32) -> f32 {
    let mut uniforms = Uniforms::new(7);
    let sum: f64 = (0..count)
        .filter_map(|_| layered.sample([uniforms.next(), uniforms.next(), uniforms.next()]))
        .map(|scattered| f64::from(scattered.weight.y))
        .sum();
    (sum / f64::from(count)) as f32
}

pub(super) const COSINES: [f32; 5] = [0.05, 0.2, 0.5, 0.8, 1.0];
const ROUGHNESSES: [f32; 6] = [0.02, 0.1, 0.3, 0.5, 0.8, 1.0];

#[test]
fn white_surfaces_lose_no_light_and_gain_none() {
    for metallic in [0.0, 0.5, 1.0] {
        for roughness in ROUGHNESSES {
            for cosine in COSINES {
                let found = albedo(
                    &Layered::new(&coat(1.0, roughness, metallic), direction(cosine, 0.3)),
                    40_000,
                );
                assert!(
                    (found - 1.0).abs() < 0.012,
                    "metallic {metallic}, roughness {roughness}, cosine {cosine}: {found}"
                );
            }
        }
    }
}

#[test]
fn no_surface_reflects_more_than_it_gets() {
    for base in [0.0, 0.18, 0.8, 1.0] {
        for metallic in [0.0, 0.3, 1.0] {
            for roughness in ROUGHNESSES {
                for cosine in COSINES {
                    let found = albedo(
                        &Layered::new(&coat(base, roughness, metallic), direction(cosine, 1.0)),
                        10_000,
                    );
                    assert!(
                        found < 1.02,
                        "base {base}, metallic {metallic}, roughness {roughness}, cosine {cosine}: {found}"
                    );
                }
            }
        }
    }
}

#[test]
fn layered_surfaces_are_reciprocal() {
    for metallic in [0.0, 0.4, 1.0] {
        for roughness in ROUGHNESSES {
            let coat = coat(0.6, roughness, metallic);
            for (a, b) in [(0.9, 0.3), (0.1, 0.7), (0.5, 0.5)] {
                let (o, i) = (direction(a, 0.2), direction(b, 2.5));
                let there = Layered::new(&coat, o).evaluate(i).0 / i.z;
                let back = Layered::new(&coat, i).evaluate(o).0 / o.z;
                assert!(
                    ((there - back) / there).abs().max_element() < 1e-4,
                    "{there} against {back}"
                );
            }
        }
    }
}

#[test]
fn skin_lets_in_what_it_lets_out() {
    let entry = Entry::new(&coat(1.0, 0.4, 0.0));
    // ∫ value·cos over the hemisphere is 1: all light below comes from somewhere.
    let steps = 20_000;
    let sum: f32 = (0..steps)
        .map(|k| {
            let z = (k as f32 + 0.5) / steps as f32;
            entry.evaluate(direction(z, 0.0)).0.x * TAU / steps as f32
        })
        .sum();
    assert!((sum - 1.0).abs() < 0.003, "{sum}");
    // And what does not get out towards a direction is what the surface reflects there.
    let mirror = Layered::new(&coat(0.0, 0.4, 0.0), direction(0.3, 0.0));
    assert!((albedo(&mirror, 40_000) + entry.through(0.3) - 1.0).abs() < 0.005);
}

#[test]
fn stretched_metal_loses_no_light_and_its_samples_follow_their_density() {
    for (seed, (anisotropy, roughness)) in
        [(0.5, 0.7), (1.0, 0.7), (0.8, 0.9)].into_iter().enumerate()
    {
        let mut metal = coat(1.0, roughness, 1.0);
        metal.anisotropy = anisotropy;
        for (cosine, azimuth) in [(0.1, 0.0), (0.1, 1.5), (0.4, 0.8), (0.9, 2.0)] {
            let o = direction(cosine, azimuth);
            let layered = Layered::new(&metal, o);
            let found = albedo(&layered, 40_000);
            assert!(
                (found - 1.0).abs() < 0.025,
                "anisotropy {anisotropy}, roughness {roughness}, from {o}: {found}"
            );
            let i = direction(0.5, 1.0);
            let there = layered.evaluate(i).0 / i.z;
            let back = Layered::new(&metal, i).evaluate(o).0 / o.z;
            assert!(((there - back) / there).abs().max_element() < 1e-4);
        }
        let layered = Layered::new(&metal, direction(0.6, 0.5));
        let p = p_value(
            100_000,
            seed as u32,
            |u| layered.sample([u[0], u[1], u[2]]).map(|s| s.direction),
            |i| layered.evaluate(i).1,
        );
        assert!(
            p > ALPHA,
            "anisotropy {anisotropy}, roughness {roughness}: p = {p}"
        );
    }
}

#[test]
fn highlights_stretch_along_the_grain() {
    let mut brushed = coat(0.9, 0.5, 1.0);
    brushed.anisotropy = 0.9;
    let layered = Layered::new(&brushed, Vec3A::Z);
    let along = layered.evaluate(direction(0.9, 0.0)).0.x;
    let across = layered.evaluate(direction(0.9, 0.5 * PI)).0.x;
    assert!(along > 3.0 * across, "{along} along, {across} across");
}

#[test]
fn weights_are_value_over_density() {
    let mut uniforms = Uniforms::new(3);
    for roughness in [0.1, 0.6] {
        let layered = Layered::new(&coat(0.5, roughness, 0.3), direction(0.4, 0.1));
        for _ in 0..200 {
            let [a, b, c, _] = uniforms.next4();
            let Some(scattered) = layered.sample([a, b, c]) else {
                continue;
            };
            let (value, density) = layered.evaluate(scattered.direction);
            assert!((density / scattered.density - 1.0).abs() < 1e-4);
            assert!((value / density - scattered.weight).abs().max_element() < 1e-3);
        }
    }
}

#[test]
fn cosine_samples_follow_their_density() {
    let p = p_value(
        100_000,
        1,
        |u| Some(cosine_hemisphere([u[0], u[1]])),
        |d| d.z.max(0.0) * FRAC_1_PI,
    );
    assert!(p > ALPHA, "p = {p}");
}

#[test]
fn a_planted_defect_in_a_sampler_is_found() {
    // A uniform hemisphere claimed to be cosine-weighted, and GGX with its roughness 10 % off.
    let p = p_value(
        20_000,
        1,
        |u| Some(direction(u[0], TAU * u[1])),
        |d| d.z.max(0.0) * FRAC_1_PI,
    );
    assert!(p < ALPHA);
    let o = direction(0.6, 0.4);
    let p = p_value(
        100_000,
        2,
        |u| ggx::sample(o, Vec2::splat(0.33), [u[0], u[1]]),
        |i| {
            if i.z > 0.0 {
                ggx::evaluate(o, i, Vec2::splat(0.3)).1
            } else {
                0.0
            }
        },
    );
    assert!(p < ALPHA);
}

#[test]
fn ggx_samples_follow_their_density() {
    for (seed, (alpha, cosine)) in [(0.15, 0.3), (0.3, 1.0), (0.3, 0.6), (0.6, 0.1), (1.0, 0.8)]
        .into_iter()
        .enumerate()
    {
        let o = direction(cosine, 0.4);
        let p = p_value(
            100_000,
            seed as u32,
            |u| ggx::sample(o, Vec2::splat(alpha), [u[0], u[1]]),
            |i| {
                if i.z > 0.0 {
                    ggx::evaluate(o, i, Vec2::splat(alpha)).1
                } else {
                    0.0
                }
            },
        );
        assert!(p > ALPHA, "alpha {alpha}, cosine {cosine}: p = {p}");
    }
}

#[test]
fn layered_samples_follow_their_density() {
    for (seed, (roughness, metallic)) in
        [(0.5, 0.0), (0.7, 1.0), (0.6, 0.5)].into_iter().enumerate()
    {
        let layered = Layered::new(&coat(0.5, roughness, metallic), direction(0.5, 2.0));
        let p = p_value(
            100_000,
            seed as u32,
            |u| layered.sample([u[0], u[1], u[2]]).map(|s| s.direction),
            |i| layered.evaluate(i).1,
        );
        assert!(
            p > ALPHA,
            "roughness {roughness}, metallic {metallic}: p = {p}"
        );
    }
}

#[test]
fn hair_samples_follow_their_density_and_integrate_to_their_albedo() {
    for (seed, (z, colour, roughness)) in [
        (0.0, 1.0, 0.5),
        (0.5, 0.3, 0.4),
        (-0.8, 0.05, 0.6),
        (0.2, 0.9, 1.0),
    ]
    .into_iter()
    .enumerate()
    {
        let fibre = Fibre::new(direction(z, 0.7), Vec3A::splat(colour), roughness, 1.55);
        let p = p_value(
            100_000,
            seed as u32,
            |u| fibre.sample(u).map(|s| s.direction),
            |i| fibre.evaluate(i).1,
        );
        assert!(
            p > ALPHA,
            "z {z}, colour {colour}, roughness {roughness}: p = {p}"
        );
        let mut uniforms = Uniforms::new(9);
        let n = 40_000;
        let mean = (0..n)
            .filter_map(|_| fibre.sample(uniforms.next4()))
            .map(|s| f64::from(s.weight.y))
            .sum::<f64>()
            / f64::from(n);
        let expected = f64::from(fibre.albedo().y);
        assert!(
            (mean / expected - 1.0).abs() < 0.01,
            "{mean} against {expected}"
        );
        assert!(expected <= 1.0 + 1e-5);
    }
}

#[test]
fn white_hair_loses_no_light_and_any_hair_glows_from_behind() {
    for z in [0.0, 0.4, 0.9] {
        let o = direction(z, 0.0);
        let white = Fibre::new(o, Vec3A::ONE, 0.3, 1.55);
        // By quadrature over the sphere, without the sampler.
        let (rows, columns) = (800, 400);
        let mut sum = 0.0_f64;
        for row in 0..rows {
            for column in 0..columns {
                let cosine = (row as f32 + 0.5) / rows as f32 * 2.0 - 1.0;
                let value = white
                    .evaluate(direction(
                        cosine,
                        TAU * (column as f32 + 0.5) / columns as f32,
                    ))
                    .0
                    .x;
                sum += f64::from(value);
            }
        }
        let albedo = sum * f64::from(4.0 * PI) / f64::from(rows * columns);
        assert!((albedo - 1.0).abs() < 0.01, "{albedo} at z = {z}");
    }
    let dark = Fibre::new(Vec3A::X, Vec3A::splat(0.04), 0.4, 1.55);
    assert!(dark.evaluate(Vec3A::NEG_X).0.x > 0.01);
}

#[test]
fn the_albedo_table_agrees_with_quadrature() {
    for (alpha, cosine) in [(0.3_f32, 0.37_f32), (0.77, 0.9), (0.5, 0.12)] {
        let o = direction(cosine, 0.0);
        let (rows, columns) = (1500, 300);
        let (mut full, mut edge) = (0.0_f64, 0.0_f64);
        for row in 0..rows {
            for column in 0..columns {
                let i = direction(
                    (row as f32 + 0.5) / rows as f32,
                    TAU * (column as f32 + 0.5) / columns as f32,
                );
                let (value, _, half) = ggx::evaluate(o, i, Vec2::splat(alpha));
                full += f64::from(value);
                edge += f64::from(value * ggx::schlick(half));
            }
        }
        let area = f64::from(TAU) / f64::from(rows * columns);
        let found = ggx::Reflected::new(alpha, 0.0).at(cosine);
        assert!(
            (f64::from(found.full) - full * area).abs() < 0.005,
            "{} against {}",
            found.full,
            full * area
        );
        assert!(
            (f64::from(found.edge) - edge * area).abs() < 0.005,
            "{} against {}",
            found.edge,
            edge * area
        );
    }
}
