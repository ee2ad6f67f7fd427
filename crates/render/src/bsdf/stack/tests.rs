use super::{super::tests::*, *};
use crate::{
    bsdf::layered::Coat,
    chi_square::{Uniforms, p_value},
};
use glam::Vec3;
use scene::material::{Flakes, Sheen};

const FUZZ: Sheen = Sheen {
    color: Vec3::ONE,
    roughness: 0.3,
};

fn varnish(roughness: f32) -> ClearCoat {
    ClearCoat {
        weight: 1.0,
        roughness,
        ior: 1.5,
    }
}

const FLAKES: Flakes = Flakes {
    color: Vec3::splat(0.9),
    coverage: 0.4,
    size_m: 5e-5,
    roughness: 0.5,
};

fn on(paint: &Coat, coat: Option<ClearCoat>, sheen: Option<Sheen>, o: Vec3A) -> Stack {
    Stack::new(
        Layered::new(paint, o),
        None,
        coat.as_ref(),
        sheen.as_ref(),
        o,
    )
}

/// Places on a sheet that runs askew through the grid.
fn place(k: u32) -> Vec3A {
    Vec3A::new(0.3, 0.1, -0.2) + Vec3A::new(1.0, 0.3, 0.1) * (k as f32 * 1.3e-4)
}

fn albedo(stack: &Stack, count: u32) -> f32 {
    let mut uniforms = Uniforms::new(5);
    let sum: f64 = (0..count)
        .filter_map(|_| stack.sample(uniforms.next4()))
        .map(|scattered| f64::from(scattered.weight.y))
        .sum();
    (sum / f64::from(count)) as f32
}

#[test]
fn white_paint_stays_white_under_varnish_and_fuzz() {
    for cosine in COSINES {
        let o = direction(cosine, 0.3);
        for (coat_roughness, roughness) in [(0.05, 0.5), (0.4, 0.2), (0.8, 1.0)] {
            let paint = coat(1.0, roughness, 0.0);
            for (name, stack) in [
                (
                    "varnish",
                    on(&paint, Some(varnish(coat_roughness)), None, o),
                ),
                ("fuzz", on(&paint, None, Some(FUZZ), o)),
                (
                    "both",
                    on(&paint, Some(varnish(coat_roughness)), Some(FUZZ), o),
                ),
            ] {
                let found = albedo(&stack, 40_000);
                assert!(
                    (0.96..1.02).contains(&found),
                    "{name}, cosine {cosine}, roughness {coat_roughness} on {roughness}: {found}"
                );
            }
        }
    }
}

#[test]
fn nothing_on_a_surface_makes_light() {
    let mut uniforms = Uniforms::new(8);
    for k in 0..300 {
        let o = direction(uniforms.next().max(0.02), uniforms.next() * 6.0);
        let paint = coat(uniforms.next(), uniforms.next(), (k % 3) as f32 * 0.5);
        let flake = Flake::at(
            &Flakes {
                coverage: 1.0,
                roughness: uniforms.next(),
                color: Vec3::ONE,
                ..FLAKES
            },
            place(k),
            3,
            o,
        );
        let stack = Stack::new(
            Layered::new(&paint, o),
            flake.filter(|_| k % 2 == 0),
            Some(&varnish(uniforms.next())).filter(|_| k % 5 != 0),
            Some(&Sheen {
                roughness: uniforms.next(),
                ..FUZZ
            })
            .filter(|_| k % 7 > 2),
            o,
        );
        let found = albedo(&stack, 8000);
        assert!((0.0..1.03).contains(&found), "case {k}, from {o}: {found}");
    }
}

#[test]
fn stacks_are_reciprocal() {
    let mut paint = coat(0.6, 0.5, 0.4);
    paint.anisotropy = 0.7;
    for (a, b) in [(0.9, 0.3), (0.1, 0.7), (0.5, 0.5)] {
        let (o, i) = (direction(a, 0.2), direction(b, 2.5));
        for k in 0..20 {
            let value = |o: Vec3A, i: Vec3A| {
                let flake = Flake::at(&FLAKES, place(k), 3, o);
                Stack::new(
                    Layered::new(&paint, o),
                    flake,
                    Some(&varnish(0.3)),
                    Some(&FUZZ),
                    o,
                )
                .evaluate(i)
                .0 / i.z
            };
            let (there, back) = (value(o, i), value(i, o));
            assert!(
                ((there - back) / there).abs().max_element() < 1e-3,
                "{there} against {back}"
            );
        }
    }
}

#[test]
fn stack_samples_follow_their_density() {
    let o = direction(0.5, 2.0);
    for (seed, (coat_roughness, sheen)) in [(0.5, None), (0.6, Some(FUZZ))].into_iter().enumerate()
    {
        let stack = on(
            &coat(0.4, 0.7, 0.0),
            Some(varnish(coat_roughness)),
            sheen,
            o,
        );
        let p = p_value(
            100_000,
            seed as u32,
            |u| stack.sample(u).map(|s| s.direction),
            |i| stack.evaluate(i).1,
        );
        assert!(p > ALPHA, "varnish {coat_roughness}: p = {p}");
    }
}

/// Bins each way around a flake's mirror direction, quadrature points per bin, and the width of all bins.
const CELLS: usize = 16;
const FINE: usize = 16;
const WIDTH: f32 = 0.2;

#[test]
fn a_flakes_samples_follow_its_density() {
    // Too narrow for the bins of the sphere: directions are counted on a grid around the mirror direction instead.
    let o = direction(0.7, 0.4);
    let flake = (0..)
        .find_map(|k| Flake::at(&FLAKES, place(k), 3, o))
        .expect("a flake");
    let mut uniforms = Uniforms::new(2);
    let count = 40_000;
    let samples: Vec<Vec3A> = (0..count)
        .filter_map(|_| flake.direction([uniforms.next(), uniforms.next()]))
        .collect();
    let middle =
        crate::sampling::Basis::around(samples.iter().sum::<Vec3A>().normalize_or(Vec3A::Z));
    let mut observed = vec![0.0; CELLS * CELLS + 1];
    for sample in &samples {
        let at = middle.local(*sample) / WIDTH + 0.5;
        let inside = at.z > 0.5 && (0.0..1.0).contains(&at.x) && (0.0..1.0).contains(&at.y);
        let bin = if inside {
            (at.x * CELLS as f32) as usize * CELLS + (at.y * CELLS as f32) as usize
        } else {
            CELLS * CELLS
        };
        observed[bin] += 1.0;
    }
    let step = WIDTH / (CELLS * FINE) as f32;
    let mut expected = vec![0.0_f64; CELLS * CELLS + 1];
    for x in 0..CELLS * FINE {
        for y in 0..CELLS * FINE {
            let (a, b) = (
                (x as f32 + 0.5) * step - 0.5 * WIDTH,
                (y as f32 + 0.5) * step - 0.5 * WIDTH,
            );
            let c = (1.0 - a * a - b * b).sqrt();
            let density = flake.evaluate(middle.world(Vec3A::new(a, b, c))).1;
            expected[x / FINE * CELLS + y / FINE] +=
                f64::from(density * step * step / c) * f64::from(count);
        }
    }
    expected[CELLS * CELLS] = samples.len() as f64 - expected.iter().sum::<f64>();
    let p = crate::chi_square::statistic_p(&observed, &expected);
    assert!(p > ALPHA, "p = {p}");
}

#[test]
fn flakes_are_the_same_from_every_side_and_as_many_as_asked() {
    let (a, b) = (direction(0.9, 0.0), direction(0.4, 3.0));
    let mut present = 0;
    for k in 0..20_000 {
        let point = place(k);
        let (one, other) = (
            Flake::at(&FLAKES, point, 3, a),
            Flake::at(&FLAKES, point, 3, b),
        );
        assert_eq!(one.is_some(), other.is_some());
        if let (Some(one), Some(other)) = (one, other) {
            assert_eq!(one.basis.z, other.basis.z);
            present += 1;
        }
        // And all over its own small extent.
        let near = Flake::at(&FLAKES, point + Vec3A::splat(1e-7), 3, a);
        if k < 20 && one.is_some() {
            assert!(near.is_some());
        }
    }
    // Binomial: standard error 0.0035.
    let share = f64::from(present) / 20_000.0;
    assert!((share - 0.4).abs() < 0.015, "{share}");
}

#[test]
fn many_flakes_look_like_metal_of_their_spread() {
    let o = direction(0.8, 0.0);
    let metal = Layered::new(&coat(0.9, 0.5, 1.0), o);
    let all = Flakes {
        coverage: 1.0,
        ..FLAKES
    };
    for i in [
        direction(0.8, 3.1),
        direction(0.95, 2.5),
        direction(0.6, 3.3),
    ] {
        let count = 200_000;
        let mean = (0..count)
            .filter_map(|k| Flake::at(&all, place(k), 3, o))
            .map(|flake| f64::from(flake.evaluate(i).0.y))
            .sum::<f64>()
            / f64::from(count);
        let expected = f64::from(metal.parts(i).0.y);
        assert!(
            (mean / expected - 1.0).abs() < 0.2,
            "towards {i}: {mean} against {expected}"
        );
    }
}
