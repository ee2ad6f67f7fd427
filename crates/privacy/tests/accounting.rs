//! The accountant against closed forms, sums by hand, dp-accounting's figures, and itself on other grids.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use privacy::accounting::{
    Event, Grid, PrivacyLoss, Risk, delta_of_gaussian, delta_of_rho, epsilon_of_rho,
    gaussian_noise_multiplier, rho_of_bounded_range, rho_of_gaussian, rho_of_pure, rho_within,
    subsampled_gaussian_noise_multiplier, sum_of_rho,
};
use proptest::prelude::*;
use serde_json::Value;

/// `found` is not below `exact`, and above it by at most `tolerance` of it.
#[track_caller]
fn assert_just_above(found: f64, exact: f64, tolerance: f64) {
    assert!(
        found >= exact && found <= exact * (1.0 + tolerance),
        "{found:e} is not just above {exact:e}: {:e}",
        found / exact - 1.0
    );
}

/// Figures by dp-accounting 0.6.0 on the grid of 1e-4 nats, connect-the-dots throughout:
/// `python benches/privacy/accounting.py --golden > crates/privacy/tests/accounting_golden.jsonl`.
#[test]
fn figures_are_those_of_dp_accounting_and_never_below() {
    let golden = include_str!("accounting_golden.jsonl");
    let mut cases = 0;
    for line in golden.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let losses: Vec<_> = case["parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| {
                let loss = PrivacyLoss::on(&event(part), Grid::STANDARD).unwrap();
                (loss, part["times"].as_u64().unwrap() as u32)
            })
            .collect();
        let parts: Vec<_> = losses.iter().map(|(loss, times)| (loss, *times)).collect();
        let found = PrivacyLoss::composed(&parts)
            .epsilon(case["delta"].as_f64().unwrap())
            .unwrap();
        let theirs = case["epsilon"].as_f64().unwrap();
        assert!(
            found >= theirs && found <= 1.0001 * theirs,
            "{}: {found} beside {theirs}",
            case["what"]
        );
        cases += 1;
    }
    assert!(cases >= 25, "{cases}");
}

fn event(part: &Value) -> Event {
    let at = |name: &str| part[name].as_f64().unwrap();
    let sensitivity = || part["sensitivity"].as_u64().unwrap();
    match part["event"].as_str().unwrap() {
        "gaussian" => Event::Gaussian {
            sensitivity: at("sensitivity"),
            sigma: at("sigma"),
        },
        "discrete_gaussian" => Event::DiscreteGaussian {
            sensitivity: sensitivity(),
            sigma: at("sigma"),
        },
        "laplace" => Event::Laplace {
            sensitivity: at("sensitivity"),
            scale: at("scale"),
        },
        "discrete_laplace" => Event::DiscreteLaplace {
            sensitivity: sensitivity(),
            scale: at("scale"),
        },
        "pure" => Event::Pure {
            epsilon: at("epsilon"),
        },
        "event" => Event::EpsilonDelta {
            epsilon: at("epsilon"),
            delta: at("delta"),
        },
        "subsampled_gaussian" => Event::SubsampledGaussian {
            sensitivity: at("sensitivity"),
            sigma: at("sigma"),
            rate: at("rate"),
        },
        other => panic!("{other}"),
    }
}

#[test]
fn gaussian_noise_has_the_exact_curve() {
    for sigma in [0.1, 0.3, 1.0, 5.0, 100.0, 1e4, 1e6] {
        let loss = PrivacyLoss::gaussian(1.0, sigma).unwrap();
        for z in [0.0, 0.5, 2.0, 4.0, 6.5] {
            let epsilon = z / sigma + 0.5 / (sigma * sigma);
            let exact = delta_of_gaussian(1.0, sigma, epsilon).unwrap();
            assert_just_above(loss.delta(epsilon).unwrap() + 1e-300, exact, 1e-2);
        }
    }
}

/// Gaussian releases compose to one with the root of the sum of the squared sensitivities: the FFT has an exact answer to meet, down to δ = 1e-12.
#[test]
fn many_gaussians_are_one() {
    for (sigma, times, delta) in [
        (10.0, 50, 1e-6),
        (100.0, 10_000, 1e-12),
        (30.0, 100_000, 1e-9),
        (3000.0, 1_000_000, 1e-12),
        (4.0, 16, 0.1),
    ] {
        let found = PrivacyLoss::gaussian(1.0, sigma)
            .unwrap()
            .times(times)
            .epsilon(delta)
            .unwrap();
        let mu = f64::from(times).sqrt() / sigma;
        // The exact ε, by bisection of the exact curve.
        let (mut low, mut high) = (0.0, 1000.0);
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            if delta_of_gaussian(mu, 1.0, middle).unwrap() > delta {
                low = middle;
            } else {
                high = middle;
            }
        }
        assert_just_above(found, low, 1e-3);
    }
}

#[test]
fn laplace_noise_has_its_closed_form() {
    for scale in [0.3, 1.0, 7.0] {
        let loss = PrivacyLoss::laplace(1.0, scale).unwrap();
        let span: f64 = 1.0 / scale;
        for share in [0.0, 0.2, 0.7, 0.99] {
            // δ(ε) = 1 − e^((ε − λ)/2) for 0 ≤ ε ≤ λ.
            let exact = -((share - 1.0) * span / 2.0).exp_m1();
            assert_just_above(loss.delta(share * span).unwrap(), exact, 1e-5);
        }
        assert_just_above(loss.epsilon(0.0).unwrap(), span, 1e-3);
        assert_eq!(loss.delta(span + 2e-4).unwrap(), 0.0);
    }
}

/// The ℓ₁-norm is what counts: a change that is spread over coordinates is no worse than the same change of one.
#[test]
fn laplace_noise_on_several_numbers_is_within_that_on_one() {
    for whole in [0.02, 0.3, 1.0, 4.0, 12.0] {
        let one = PrivacyLoss::laplace(whole, 1.0).unwrap();
        for share in [0.02, 0.1, 0.3, 0.5] {
            let spread = PrivacyLoss::laplace(share * whole, 1.0)
                .unwrap()
                .compose(&PrivacyLoss::laplace((1.0 - share) * whole, 1.0).unwrap());
            for step in -20..=20 {
                let epsilon = whole * f64::from(step) / 20.0;
                let (spread, one) = (spread.delta(epsilon).unwrap(), one.delta(epsilon).unwrap());
                assert!(
                    spread <= one * (1.0 + 4e-5) + 1e-9,
                    "{whole} {share} {epsilon}: {spread} > {one}"
                );
            }
        }
    }
}

#[test]
fn randomised_response_and_events_have_their_closed_forms() {
    let loss = PrivacyLoss::event(0.7, 1e-3).unwrap();
    for epsilon in [0.0, 0.3, 0.69] {
        let truth = 1.0 / (1.0 + (-0.7_f64).exp());
        let exact = 1e-3 + (1.0 - 1e-3) * truth * -(epsilon - 0.7_f64).exp_m1();
        assert_just_above(loss.delta(epsilon).unwrap(), exact, 1e-9);
    }
    assert_eq!(loss.epsilon(1e-4).unwrap(), f64::INFINITY);
    assert_just_above(loss.delta(40.0).unwrap(), 1e-3, 1e-9);

    // Composed k times: Kairouz, Oh & Viswanath 2015, theorem 3.3: δ at (k − 2i) ε is a sum of binomials.
    let (epsilon, k) = (0.5_f64, 12_u32);
    let composed = PrivacyLoss::pure(epsilon).unwrap().times(k);
    for i in 1..k / 2 {
        let at = f64::from(k - 2 * i) * epsilon;
        let mut binomial = 1.0;
        let mut exact = 0.0;
        for l in 0..i {
            let loss = f64::from(k - 2 * l) * epsilon;
            let weight = (f64::from(k - l) * epsilon).exp() / (1.0 + epsilon.exp()).powi(k as i32);
            exact += binomial * weight * -(at - loss).exp_m1();
            binomial *= f64::from(k - l) / f64::from(l + 1);
        }
        assert_just_above(composed.delta(at).unwrap() + 1e-14, exact, 5e-5);
    }
}

/// δ of a composition of two discrete mechanisms by summing over all pairs of outputs.
#[test]
fn discrete_noise_composes_as_sums_over_all_outputs() {
    let gaussian = |x: i64, sigma: f64| (-(x as f64).powi(2) / (2.0 * sigma * sigma)).exp();
    let laplace = |x: i64, scale: f64| (-(x.abs() as f64) / scale).exp();
    let (sigma, scale) = (2.0, 1.5);
    let (norm_g, norm_l): (f64, f64) = (-60..=60).fold((0.0, 0.0), |(g, l), x| {
        (g + gaussian(x, sigma), l + laplace(x, scale))
    });
    let composed = PrivacyLoss::discrete_gaussian(1, sigma)
        .unwrap()
        .compose(&PrivacyLoss::discrete_laplace(2, scale).unwrap());
    for epsilon in [0.0, 0.5, 1.0, 2.0, 3.0] {
        let mut exact = 0.0;
        for x in -40..=40 {
            for y in -40..=40 {
                let p = gaussian(x, sigma) * laplace(y, scale);
                let q = gaussian(x - 1, sigma) * laplace(y - 2, scale);
                exact += (p - f64::exp(epsilon) * q).max(0.0);
            }
        }
        exact /= norm_g * norm_l;
        assert_just_above(composed.delta(epsilon).unwrap(), exact, 1e-4);
    }
}

/// The curve of a bounded range, and of its two-fold composition, is above that of every response with losses ε − t and −t.
#[test]
fn a_bounded_range_is_worse_than_each_response_within_it() {
    let range = 0.8_f64;
    let loss = PrivacyLoss::bounded_range(range).unwrap();
    let twice = loss.times(2);
    for step in 1..16 {
        let t = range * f64::from(step) / 16.0;
        let p = (-t).exp_m1() / (-range).exp_m1();
        let atoms = [(range - t, p), (-t, 1.0 - p)];
        for epsilon in [-0.5, 0.0, 0.1, 0.3, 0.6, 0.9] {
            let once: f64 = atoms
                .iter()
                .map(|(l, p)| p * -(epsilon - l).exp_m1().min(0.0))
                .sum();
            let both: f64 = atoms
                .iter()
                .flat_map(|a| atoms.iter().map(move |b| (a.0 + b.0, a.1 * b.1)))
                .map(|(l, p)| p * -(epsilon - l).exp_m1().min(0.0))
                .sum();
            assert!(loss.delta(epsilon).unwrap() >= once);
            assert!(twice.delta(epsilon).unwrap() >= both);
            // And the curve is the supremum: δ(ε) = (1 − e^(−(range − ε)/2))² / (1 − e^−range).
            if epsilon < range {
                let exact = ((epsilon - range) / 2.0).exp_m1().powi(2) / -(-range).exp_m1();
                assert_just_above(loss.delta(epsilon).unwrap(), exact, 1e-6);
            }
        }
    }
    // Half as bad as any mechanism with that ε, to the first order.
    let any = PrivacyLoss::pure(range)
        .unwrap()
        .times(100)
        .epsilon(1e-6)
        .unwrap();
    assert!(loss.times(100).epsilon(1e-6).unwrap() < 0.55 * any);
}

#[test]
fn discrete_gaussian_noise_nears_the_continuous_one_as_it_widens() {
    for sigma in [20.0, 1e4, 1e8] {
        let exact = PrivacyLoss::gaussian(sigma / 4.0, sigma).unwrap();
        let found = PrivacyLoss::discrete_gaussian((sigma / 4.0) as u64, sigma).unwrap();
        for delta in [1e-9, 1e-5, 1e-2] {
            let ratio = found.epsilon(delta).unwrap() / exact.epsilon(delta).unwrap();
            assert!((0.99..1.01).contains(&ratio), "{sigma} {delta}: {ratio}");
        }
    }
}

/// δ of one subsampled step by integration of max(0, P − e^ε Q) in small steps, in both directions.
#[test]
fn a_subsampled_step_has_the_integrals_delta_in_both_directions() {
    let (sigma, rate) = (0.9_f64, 0.2_f64);
    let loss = PrivacyLoss::subsampled_gaussian(1.0, sigma, rate).unwrap();
    let normal = |x: f64| {
        (-x * x / (2.0 * sigma * sigma)).exp() / (sigma * (2.0 * std::f64::consts::PI).sqrt())
    };
    for epsilon in [-0.2_f64, 0.0, 0.1, 0.5, 1.5] {
        let (mut removed, mut added) = (0.0, 0.0);
        let step = 1e-5;
        let mut x = -12.0;
        while x < 13.0 {
            let noise = normal(x);
            let mixture = (1.0 - rate) * noise + rate * normal(x - 1.0);
            removed += step * (mixture - epsilon.exp() * noise).max(0.0);
            added += step * (noise - epsilon.exp() * mixture).max(0.0);
            x += step;
        }
        let exact = f64::max(removed, added);
        assert_just_above(loss.delta(epsilon).unwrap() + 1e-9, exact, 1e-5);
    }
}

#[test]
fn sampling_the_losses_agrees_with_sampling_the_mechanism() {
    let sampled = PrivacyLoss::gaussian(1.0, 1.5)
        .unwrap()
        .subsampled(0.05)
        .unwrap()
        .times(200);
    let own = PrivacyLoss::subsampled_gaussian(1.0, 1.5, 0.05)
        .unwrap()
        .times(200);
    for delta in [1e-9, 1e-6, 1e-3] {
        let (sampled, own) = (sampled.epsilon(delta).unwrap(), own.epsilon(delta).unwrap());
        assert!(
            sampled >= 0.9999 * own && sampled <= 1.005 * own,
            "{sampled} {own}"
        );
    }
    // An ε-private release under sampling is ln(1 + q (e^ε − 1))-private.
    let pure = PrivacyLoss::pure(1.0).unwrap().subsampled(0.1).unwrap();
    assert_just_above(
        pure.epsilon(0.0).unwrap(),
        (0.1 * 1.0_f64.exp_m1()).ln_1p(),
        1e-3,
    );
}

/// A step sampled with rate q is never worse than the whole, and q = 1 is the whole.
#[test]
fn sampling_helps_and_no_sampling_does_not() {
    let whole = PrivacyLoss::gaussian(1.0, 2.0).unwrap();
    assert_eq!(
        PrivacyLoss::subsampled_gaussian(1.0, 2.0, 1.0).unwrap(),
        whole
    );
    let mut before = 0.0;
    for rate in [1e-6, 1e-4, 0.01, 0.3, 0.9, 0.999_999, 1.0] {
        let epsilon = PrivacyLoss::subsampled_gaussian(1.0, 2.0, rate)
            .unwrap()
            .times(10)
            .epsilon(1e-8)
            .unwrap();
        assert!(
            epsilon >= before * (1.0 - 1e-5),
            "{rate}: {epsilon} < {before}"
        );
        before = epsilon;
    }
}

/// Grids from 1e-4 down to 3e-6 nats, and the finest, which the composition leaves for coarser ones on its way: the figures fall, by less than a part in 1,000.
#[test]
fn coarser_grids_give_no_smaller_figures() {
    for (sigma, rate, steps) in [
        (1.0, 0.01, 2000),
        (0.3, 1e-5, 100_000),
        (40.0, 0.5, 300_000),
    ] {
        let event = Event::SubsampledGaussian {
            sensitivity: 1.0,
            sigma,
            rate,
        };
        let mut found = Vec::new();
        for halvings in [20, 5, 3, 1, 0] {
            let grid = Grid::at_most(1e-4 / f64::from(1 << halvings));
            let loss = PrivacyLoss::on(&event, grid).unwrap().times(steps);
            found.push(loss.epsilon(1e-6).unwrap());
        }
        // The margin of a composition is allowed for.
        let rises = |pair: &[f64]| pair[1] >= pair[0] * (1.0 - 1e-4);
        assert!(found.windows(2).all(rises), "{sigma}: {found:?}");
        assert!(found[4] <= found[0] * 1.001, "{sigma}: {found:?}");
    }
}

#[test]
fn order_and_grouping_of_a_composition_hardly_matter() {
    let parts = [
        PrivacyLoss::gaussian(1.0, 4.0).unwrap(),
        PrivacyLoss::laplace(1.0, 3.0).unwrap(),
        PrivacyLoss::subsampled_gaussian(1.0, 1.0, 0.1).unwrap(),
        PrivacyLoss::event(0.2, 1e-9).unwrap(),
    ];
    let at_once = PrivacyLoss::composed(&parts.each_ref().map(|part| (part, 3)));
    let mut forward = PrivacyLoss::nothing();
    let mut backward = PrivacyLoss::nothing();
    for part in &parts {
        forward = forward.compose(&part.times(3));
    }
    for part in parts.iter().rev() {
        for _ in 0..3 {
            backward = backward.compose(part);
        }
    }
    let epsilon = at_once.epsilon(1e-6).unwrap();
    for other in [forward, backward] {
        let other = other.epsilon(1e-6).unwrap();
        assert!((other / epsilon - 1.0).abs() < 1e-4, "{other} {epsilon}");
    }
    assert_eq!(at_once, PrivacyLoss::nothing().compose(&at_once));
    assert_eq!(parts[0].times(0), PrivacyLoss::nothing());
}

#[test]
fn extremes_have_answers() {
    let nothing = PrivacyLoss::nothing();
    assert_eq!(nothing.epsilon(0.0).unwrap(), 0.0);
    assert_eq!(nothing.delta(0.0).unwrap(), 0.0);
    assert_eq!(nothing.advantage(), 0.0);
    assert_just_above(nothing.true_positive_rate(0.1).unwrap(), 0.1, 1e-11);

    // Noise far too small: no ε that anyone would call private, and no panic.
    for sigma in [1e-3, 1e-9, 1e-150] {
        let loss = PrivacyLoss::gaussian(1.0, sigma).unwrap();
        assert!(loss.epsilon(1e-6).unwrap() > 1e5);
        assert!(loss.times(100_000).epsilon(1e-6).unwrap() > 1e5);
        assert_eq!(loss.delta(1.0).unwrap(), 1.0);
        let sampled = PrivacyLoss::subsampled_gaussian(1.0, sigma, 0.5).unwrap();
        assert!(sampled.epsilon(1e-6).unwrap() > 1e5);
        // Half the time the record is not even there.
        assert_just_above(sampled.delta(3.0).unwrap(), 0.5, 1e-6);
    }
    // Noise far too large: next to nothing.
    let loss = PrivacyLoss::gaussian(1.0, 1e12).unwrap().times(100_000);
    assert!(loss.epsilon(1e-12).unwrap() < 1e-6);
    let loss = PrivacyLoss::subsampled_gaussian(1.0, 1.0, 1e-7)
        .unwrap()
        .times(100_000);
    let epsilon = loss.epsilon(1e-5).unwrap();
    assert!(epsilon < 0.5, "{epsilon}");

    assert!(PrivacyLoss::pure(0.0).unwrap().times(1000).advantage() < 1e-9);
    assert_eq!(PrivacyLoss::event(1.0, 1.0).unwrap().advantage(), 1.0);
    assert!(
        PrivacyLoss::pure(1e6)
            .unwrap()
            .epsilon(1e-3)
            .unwrap()
            .is_infinite()
    );
    for count in [1, 7, u64::from(u32::MAX), 1 << 53] {
        let loss = PrivacyLoss::discrete_laplace(count, count as f64).unwrap();
        assert_just_above(loss.epsilon(0.0).unwrap(), 1.0, 1e-3);
    }
    let many = PrivacyLoss::gaussian(1.0, 1e5).unwrap().times(u32::MAX);
    let mu = f64::from(u32::MAX).sqrt() / 1e5;
    assert_just_above(
        many.delta(1.0).unwrap(),
        delta_of_gaussian(mu, 1.0, 1.0).unwrap(),
        0.05,
    );
}

#[test]
fn bad_parameters_are_refused_in_one_sentence() {
    for bad in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
        let refused = [
            PrivacyLoss::gaussian(1.0, bad).err(),
            PrivacyLoss::gaussian(bad, 1.0).err(),
            PrivacyLoss::discrete_gaussian(1, bad).err(),
            PrivacyLoss::laplace(1.0, bad).err(),
            PrivacyLoss::laplace(bad, 1.0).err(),
            PrivacyLoss::discrete_laplace(1, bad).err(),
            PrivacyLoss::bounded_range(bad).err(),
            PrivacyLoss::subsampled_gaussian(1.0, bad, 0.5).err(),
            PrivacyLoss::subsampled_gaussian(1.0, 1.0, bad).err(),
            rho_of_gaussian(1.0, bad).err(),
            rho_within(bad, 1e-6).err(),
            rho_within(1.0, bad).err(),
            epsilon_of_rho(0.1, bad).err(),
            gaussian_noise_multiplier(bad, 1e-6).err(),
            gaussian_noise_multiplier(1.0, bad).err(),
            subsampled_gaussian_noise_multiplier(1.0, 1e-6, bad, 10).err(),
        ];
        for (index, error) in refused.into_iter().enumerate() {
            let text = error
                .unwrap_or_else(|| panic!("{bad} was taken by {index}"))
                .to_string();
            assert!(!text.contains('.') && text.contains("must be"), "{text}");
        }
    }
    for bad in [f64::NAN, -1.0, f64::INFINITY] {
        assert!(PrivacyLoss::pure(bad).is_err());
        assert!(PrivacyLoss::event(1.0, bad).is_err());
        assert!(rho_of_pure(bad).is_err() && rho_of_bounded_range(bad).is_err());
        assert!(delta_of_rho(bad, 1.0).is_err() && delta_of_rho(1.0, bad).is_err());
        assert!(Risk::of_rho(bad).is_err() && Risk::of_epsilon_delta(bad, 0.1).is_err());
        let loss = PrivacyLoss::pure(1.0).unwrap();
        assert!(loss.epsilon(bad).is_err() && loss.true_positive_rate(bad).is_err());
    }
    let loss = PrivacyLoss::pure(1.0).unwrap();
    assert!(loss.delta(f64::NAN).is_err());
    assert!(PrivacyLoss::discrete_gaussian(0, 1.0).is_err());
    assert!(subsampled_gaussian_noise_multiplier(1.0, 1e-6, 0.1, 0).is_err());
}

// ρ.

/// Canonne, Kamath & Steinke's own program for the conversion (`cdp_delta`, `cdp_eps`), by a search over a million orders instead of theirs.
#[test]
fn rho_converts_by_the_best_order() {
    for (rho, epsilon) in [
        (0.1, 1.0),
        (1.0, 5.0),
        (0.01, 0.3),
        (10.0, 40.0),
        (1e-6, 0.01),
        (0.5, 0.0),
    ] {
        let mut least = f64::INFINITY;
        for step in 1..1_000_000 {
            let excess = (f64::from(step) * 3e-5 - 10.0).exp();
            let order = 1.0 + excess;
            let log =
                excess * (order * rho - epsilon) - order * (1.0 / excess).ln_1p() - excess.ln();
            least = least.min(log);
        }
        assert_just_above(
            delta_of_rho(rho, epsilon).unwrap(),
            least.exp() * (1.0 - 1e-7),
            2e-7,
        );
    }
}

#[test]
fn rho_never_beats_the_exact_gaussian_nor_is_worse_than_the_simple_bound() {
    for sigma in [0.2, 1.0, 4.0, 50.0] {
        let rho = rho_of_gaussian(1.0, sigma).unwrap();
        for delta in [1e-12_f64, 1e-9, 1e-5, 0.1] {
            let by_rho = epsilon_of_rho(rho, delta).unwrap();
            let by_losses = PrivacyLoss::gaussian(1.0, sigma)
                .unwrap()
                .epsilon(delta)
                .unwrap();
            assert!(
                by_rho >= by_losses,
                "{sigma} {delta}: {by_rho} < {by_losses}"
            );
            // Bun & Steinke 2016, proposition 1.3.
            assert!(by_rho <= rho + 2.0 * (rho * -delta.ln()).sqrt());
        }
    }
}

#[test]
fn the_risk_by_rho_is_never_below_that_by_losses() {
    for sigma in [0.3, 1.0, 5.0, 100.0] {
        let by_rho = Risk::of_rho(rho_of_gaussian(1.0, sigma).unwrap()).unwrap();
        let exact = Risk::of_loss(&PrivacyLoss::gaussian(1.0, sigma).unwrap());
        assert!(by_rho.advantage >= exact.advantage * (1.0 - 1e-9));
        assert!(by_rho.true_positive_rate_at_1_percent >= exact.true_positive_rate_at_1_percent);
        assert!(by_rho.true_positive_rate_at_10_percent >= exact.true_positive_rate_at_10_percent);
        assert!(
            by_rho.advantage <= 2.0 * exact.advantage,
            "{by_rho:?} {exact:?}"
        );
    }
    assert!(
        sum_of_rho(&[0.1; 10]).unwrap() >= 1.0 && sum_of_rho(&[0.1; 10]).unwrap() < 1.0 + 1e-14
    );
    assert_eq!(sum_of_rho(&[]).unwrap(), 0.0);
    assert!(sum_of_rho(&[0.1, f64::NAN]).is_err() && sum_of_rho(&[1e308, 1e308]).is_err());
    let none = Risk::of_rho(0.0).unwrap();
    assert!(none.advantage < 1e-12 && none.true_positive_rate_at_1_percent < 0.01 + 1e-12);
}

/// A Gaussian's trade-off curve is Φ(Φ⁻¹(FPR) + μ) (Dong, Roth & Su 2022).
#[test]
fn an_attackers_rates_are_the_trade_off_curves() {
    let risk = Risk::of_loss(&PrivacyLoss::gaussian(1.0, 1.0).unwrap());
    // Φ(Φ⁻¹(0.01) + 1), Φ(Φ⁻¹(0.1) + 1), 2 Φ(½) − 1, by mpmath with 30 digits.
    assert_just_above(
        risk.true_positive_rate_at_1_percent,
        0.092_362_248_073_606_94,
        1e-6,
    );
    assert_just_above(
        risk.true_positive_rate_at_10_percent,
        0.389_143_691_645_360_97,
        1e-6,
    );
    assert_just_above(risk.advantage, 0.382_924_922_548_026_2, 1e-6);

    let (epsilon, delta) = (1.0_f64, 0.01);
    let by_formula = Risk::of_epsilon_delta(epsilon, delta).unwrap();
    assert_just_above(
        by_formula.true_positive_rate_at_1_percent,
        0.01 * epsilon.exp() + delta,
        1e-9,
    );
    assert_just_above(
        by_formula.advantage,
        (epsilon.exp_m1() + 2.0 * delta) / (epsilon.exp() + 1.0),
        1e-9,
    );
    let by_losses = Risk::of_loss(&PrivacyLoss::event(epsilon, delta).unwrap());
    for (found, exact) in [
        (by_losses.advantage, by_formula.advantage),
        (
            by_losses.true_positive_rate_at_1_percent,
            by_formula.true_positive_rate_at_1_percent,
        ),
        (
            by_losses.true_positive_rate_at_10_percent,
            by_formula.true_positive_rate_at_10_percent,
        ),
    ] {
        assert!((found / exact - 1.0).abs() < 1e-6, "{found} {exact}");
    }
    // At a rate above one half the left line of the region holds.
    let loss = PrivacyLoss::event(epsilon, delta).unwrap();
    let exact = 1.0 - (-epsilon).exp() * (1.0 - delta - 0.8);
    assert_just_above(loss.true_positive_rate(0.8).unwrap(), exact, 1e-6);
}

// How much noise.

#[test]
fn calibrated_noise_keeps_the_budget_and_hardly_less_breaks_it() {
    for (epsilon, delta) in [(0.01, 1e-12), (1.0, 1e-6), (8.0, 1e-5), (100.0, 0.1)] {
        let sigma = gaussian_noise_multiplier(epsilon, delta).unwrap();
        assert!(delta_of_gaussian(1.0, sigma, epsilon).unwrap() <= delta);
        assert!(delta_of_gaussian(1.0, sigma * (1.0 - 1e-7), epsilon).unwrap() > delta);
    }
    let (epsilon, delta, rate, steps) = (2.0, 1e-6, 0.02, 500);
    let sigma = subsampled_gaussian_noise_multiplier(epsilon, delta, rate, steps).unwrap();
    let delta_with = |sigma: f64| {
        PrivacyLoss::subsampled_gaussian(1.0, sigma, rate)
            .unwrap()
            .times(steps)
            .delta(epsilon)
            .unwrap()
    };
    assert!(delta_with(sigma) <= delta && delta_with(0.999 * sigma) > delta);
    let whole = subsampled_gaussian_noise_multiplier(epsilon, delta, 1.0, 100).unwrap();
    assert_just_above(
        whole,
        10.0 * gaussian_noise_multiplier(epsilon, delta).unwrap(),
        1e-9,
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_budget_in_rho_is_never_exceeded_and_nearly_used(
        log_epsilon in -4.0..4.0_f64,
        log_delta in -28.0..-1.0_f64,
    ) {
        let (epsilon, delta) = (log_epsilon.exp(), log_delta.exp());
        let rho = rho_within(epsilon, delta).unwrap();
        prop_assert!(epsilon_of_rho(rho, delta).unwrap() <= epsilon);
        prop_assert!(epsilon_of_rho(rho * 1.001, delta).unwrap() > epsilon);
    }

    #[test]
    fn epsilon_and_delta_are_inverse_and_monotone(
        log_sigma in -1.0..3.0_f64,
        log_scale in -1.0..3.0_f64,
        rate in 0.001..1.0_f64,
        log_delta in -20.0..-2.0_f64,
    ) {
        let loss = PrivacyLoss::composed(&[
            (&PrivacyLoss::gaussian(1.0, log_sigma.exp()).unwrap(), 1),
            (&PrivacyLoss::laplace(1.0, log_scale.exp()).unwrap(), 2),
            (&PrivacyLoss::subsampled_gaussian(1.0, log_sigma.exp() + 0.5, rate).unwrap(), 3),
        ]);
        let delta = log_delta.exp();
        let epsilon = loss.epsilon(delta).unwrap();
        prop_assert!(loss.delta(epsilon).unwrap() <= delta * (1.0 + 1e-6));
        prop_assert!(loss.epsilon(delta * 1.1).unwrap() <= epsilon);
        // So much noise that δ alone covers the release has ε = 0, and nothing is below that.
        if epsilon > 0.0 {
            prop_assert!(loss.delta(epsilon * 0.99).unwrap() > delta);
        } else {
            prop_assert!(loss.delta(0.0).unwrap() <= delta);
        }
        // More releases cost more; an attacker with more false alarms finds no fewer members.
        let more = loss.compose(&PrivacyLoss::pure(0.1).unwrap());
        prop_assert!(more.epsilon(delta).unwrap() >= epsilon);
        let rates: Vec<f64> = [0.0, 0.001, 0.01, 0.1, 0.5, 1.0]
            .iter()
            .map(|&at| loss.true_positive_rate(at).unwrap())
            .collect();
        prop_assert!(rates.is_sorted());
        prop_assert!(rates[3] <= 0.1 + loss.advantage() * (1.0 + 1e-9));
    }

    /// Distributions with as few bins as Laplace noise of a great scale has, composed by the transform and by the sum over all pairs.
    #[test]
    fn the_transform_is_the_convolution(scale in 2000.0..9000.0_f64, steps in 500..3000_u32) {
        let epsilon = f64::from(steps) * 1e-4;
        let one = PrivacyLoss::on(&Event::Laplace { sensitivity: 1.0, scale }, Grid::STANDARD).unwrap();
        let other = PrivacyLoss::on(&Event::Pure { epsilon }, Grid::STANDARD).unwrap();
        let both = one.compose(&other);
        // E over the response's two losses of the Laplace curve, moved by the loss.
        let truth = 1.0 / (1.0 + (-epsilon).exp());
        for at in [-0.1, 0.0, 0.04, epsilon - 2e-4, epsilon, epsilon + 1e-4] {
            let exact = truth * one.delta(at - epsilon).unwrap()
                + (1.0 - truth) * one.delta(at + epsilon).unwrap();
            let found = both.delta(at).unwrap();
            prop_assert!(found >= exact * (1.0 - 1e-7) && found <= exact * (1.0 + 1e-4) + 2e-9,
                "{} {} {}", at, found, exact);
        }
    }
}
