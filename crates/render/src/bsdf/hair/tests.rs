use super::{super::tests::*, *};
use crate::chi_square::{Uniforms, p_value};

fn strand(colour: f32, roughness: [f32; 2]) -> Strand {
    Strand {
        colour: Vec3A::splat(colour),
        roughness,
        tilt: 0.035,
        ior: 1.55,
    }
}

const ROUGHNESSES: [[f32; 2]; 4] = [[0.2, 0.3], [0.4, 0.2], [0.7, 0.9], [1.0, 1.0]];

/// `∫ value` over the sphere by quadrature, without the sampler.
fn energy(hair: &Hair) -> f32 {
    let (rows, columns) = (300, 300);
    let mut sum = 0.0_f64;
    for row in 0..rows {
        for column in 0..columns {
            let z = (row as f32 + 0.5) / rows as f32 * 2.0 - 1.0;
            let i = direction(z, TAU * (column as f32 + 0.5) / columns as f32);
            sum += f64::from(hair.evaluate(i).0.y);
        }
    }
    (sum * f64::from(4.0 * PI) / f64::from(rows * columns)) as f32
}

#[test]
fn white_hair_loses_no_light_wherever_it_is_hit() {
    for roughness in ROUGHNESSES {
        for (z, h) in [(0.0, 0.0), (0.3, -0.7), (-0.8, 0.95), (0.6, 0.4)] {
            let hair = Hair::new(direction(z, 0.7), h, &strand(1.0, roughness));
            let found = energy(&hair);
            assert!(
                (found - 1.0).abs() < 0.01,
                "roughness {roughness:?}, z {z}, h {h}: {found}"
            );
            let mut uniforms = Uniforms::new(6);
            let count = 20_000;
            let mean = (0..count)
                .filter_map(|_| hair.sample(uniforms.next4()))
                .map(|s| f64::from(s.weight.y))
                .sum::<f64>()
                / f64::from(count);
            assert!(
                (mean - 1.0).abs() < 0.01,
                "sampled, roughness {roughness:?}, z {z}, h {h}: {mean}"
            );
        }
    }
}

#[test]
fn hair_samples_follow_their_density() {
    for (seed, (z, h, colour, roughness)) in [
        (0.0, 0.5, 0.9, [0.5, 0.5]),
        (0.5, -0.9, 0.3, [0.4, 0.4]),
        (-0.7, 0.1, 0.05, [0.6, 0.8]),
        (0.2, 0.99, 0.6, [1.0, 0.6]),
    ]
    .into_iter()
    .enumerate()
    {
        let hair = Hair::new(direction(z, 0.7), h, &strand(colour, roughness));
        let p = p_value(
            100_000,
            seed as u32,
            |u| hair.sample(u).map(|s| s.direction),
            |i| hair.evaluate(i).1,
        );
        assert!(p > ALPHA, "z {z}, h {h}, roughness {roughness:?}: p = {p}");
    }
}

#[test]
fn hair_is_reciprocal_between_equal_inclinations_across_its_width() {
    let strand = strand(0.4, [0.4, 0.5]);
    let seen = |o: Vec3A, i: Vec3A| {
        let count = 400;
        (0..count)
            .map(|k| Hair::new(o, (k as f32 + 0.5) / count as f32 * 2.0 - 1.0, &strand))
            .map(|hair| hair.evaluate(i).0.y)
            .sum::<f32>()
            / count as f32
    };
    for z in [0.0, 0.4, -0.8] {
        for turn in [0.5, 2.0, 3.0] {
            let (o, i) = (direction(z, 0.2), direction(z, 0.2 + turn));
            let (there, back) = (seen(o, i), seen(i, o));
            assert!(
                (there / back - 1.0).abs() < 1e-3,
                "z {z}, turn {turn}: {there} against {back}"
            );
        }
    }
}

#[test]
fn smooth_hair_reflects_by_its_surface_and_refracts_by_its_index() {
    // Hit at h, the surface's normal lies asin h beside the viewer, and the mirror direction twice that; the side is that of −h.
    let fine = Strand {
        tilt: 0.0,
        ..strand(0.0, [0.1, 0.1])
    };
    for h in [-0.6_f32, 0.3, 0.8] {
        let hair = Hair::new(Vec3A::X, h, &fine);
        let brightest = (0..3600)
            .map(|k| TAU * k as f32 / 3600.0)
            .max_by(|a, b| {
                let value = |phi: f32| hair.evaluate(direction(0.0, phi)).0.y;
                value(*a).total_cmp(&value(*b))
            })
            .expect("angles");
        assert!(
            wrap(brightest + 2.0 * h.asin()).abs() < 0.01,
            "h {h}: brightest at {brightest}"
        );
    }
}

#[test]
fn dark_hair_absorbs_what_its_colour_says() {
    // Within one hair: exp(−2 σ cos γ_t / cos θ_t) of the light that enters in the middle, seen head-on.
    let colour = Vec3A::new(0.8, 0.3, 0.05);
    let hair = Hair::new(
        Vec3A::X,
        0.0,
        &Strand {
            colour,
            ..strand(0.0, [0.3, 0.3])
        },
    );
    let f = fresnel(1.0, 1.55);
    let expected = (absorption(colour, 0.3) * -2.0).exp() * ((1.0 - f) * (1.0 - f));
    assert!((hair.attenuation[1] - expected).abs().max_element() < 1e-6);
    assert_eq!(absorption(Vec3A::ONE, 0.5), Vec3A::ZERO);
    // The paper's fit by hand for c = ½, β = 0.3.
    let fit =
        5.969 - 0.215 * 0.3 + 2.532 * 0.09 - 10.73 * 0.027 + 5.574 * 0.0081 + 0.245 * 0.002_43;
    let by_hand = (0.5_f32.ln() / fit).powi(2);
    assert!((absorption(Vec3A::splat(0.5), 0.3).x - by_hand).abs() < 1e-5);
}

#[test]
fn a_dense_mass_of_hair_has_about_the_colour_it_was_given() {
    // Light wanders from hair to hair, each hit anywhere across its width, until it leaves a half space of hairs in all directions: what the fit was made for.
    for (colour, tolerance) in [(0.2_f32, 0.1), (0.6, 0.15)] {
        let strand = strand(colour, [0.3, 0.3]);
        let mut uniforms = Uniforms::new(12);
        let paths = 4000;
        let mut sum = 0.0;
        for _ in 0..paths {
            let mut o = Vec3A::Z;
            let mut throughput = 1.0_f32;
            let mut depth = 0.0_f32;
            for _ in 0..400 {
                // To the next hair, straight on along −o; z is up, out of the mass.
                depth += -o.z * -(1.0 - uniforms.next()).ln();
                if depth > 0.0 {
                    sum += f64::from(throughput);
                    break;
                }
                let turned = uniforms.next() * TAU;
                let lie = 2.0 * uniforms.next() - 1.0;
                let basis = crate::sampling::Basis::around(direction(lie, turned));
                let hair = Hair::new(basis.local(o), 2.0 * uniforms.next() - 1.0, &strand);
                let Some(scattered) = hair.sample(uniforms.next4()) else {
                    break;
                };
                throughput *= scattered.weight.y;
                o = -basis.world(scattered.direction);
                if throughput < 1e-4 {
                    break;
                }
            }
        }
        let found = sum / f64::from(paths);
        assert!(
            (found - f64::from(colour)).abs() < tolerance,
            "{found} for {colour}"
        );
    }
}

#[test]
fn the_smoothest_hair_stays_finite() {
    let mut uniforms = Uniforms::new(9);
    for roughness in [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.05, 0.3]] {
        for round in 0..100_000 {
            let z = match round % 4 {
                0 => 1.0 - 1e-6 * uniforms.next(),
                1 => -1.0 + 1e-3 * uniforms.next(),
                _ => 2.0 * uniforms.next() - 1.0,
            };
            let o = direction(z, TAU * uniforms.next());
            let strand = Strand {
                colour: Vec3A::new(0.6, 0.35, 0.2),
                ..strand(0.5, roughness)
            };
            let h = 2.0 * uniforms.next() - 1.0;
            let hair = Hair::new(o, h, &strand);
            let (value, density) = hair.evaluate(direction(2.0 * uniforms.next() - 1.0, 1.0));
            assert!(
                value.is_finite() && density.is_finite(),
                "{o}, {h}: {value}, {density}"
            );
            if let Some(sampled) = hair.sample(uniforms.next4()) {
                assert!(
                    sampled.weight.is_finite()
                        && sampled.weight.max_element() < 5.0
                        && sampled.density.is_finite(),
                    "{o}, {h}, {roughness:?}: {} for {} of {}",
                    sampled.direction,
                    sampled.weight,
                    sampled.density
                );
            }
        }
    }
}

#[test]
fn light_comes_out_where_snell_and_the_mirror_say_and_back_again() {
    let mut uniforms = Uniforms::new(10);
    for _ in 0..1000 {
        // Across the hair alone: all inclinations share the circle.
        let (phi, gamma) = (TAU * uniforms.next(), PI * (uniforms.next() - 0.5));
        let at = |angle: f32| direction(0.0, angle);
        let strand = strand(0.5, [0.3, 0.3]);
        let (o, face) = (at(phi), at(phi - gamma));
        let hair = Hair::new(o, gamma.sin(), &strand);
        let inner = (gamma.sin() / strand.ior).asin();
        for crossings in 0..3 {
            // Each crossing of the circle goes round by π − 2γ inside.
            let p = crossings as f32;
            let end = phi - gamma + p * (PI + 2.0 * inner);
            let out = hair.way_out(at(end - gamma), face);
            assert!(
                out.distance(at(end)) < 1e-4,
                "{crossings}: {out}, not {}",
                at(end)
            );
        }
        let i = at(TAU * uniforms.next());
        let out = hair.way_out(i, face);
        assert!(out.dot(i) > -1e-4, "it leads outwards");
        let back = Hair::new(i, -gamma.sin(), &strand).way_out(o, out);
        assert!(back.distance(face) < 1e-4, "{back}, not {face}");
    }
}
