//! The auditor on mechanisms whose privacy is known, honest and broken.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use privacy::audit::{
    Guesses, epsilon_at_least, epsilon_at_least_of_choices, gaussian_at_least,
    gaussian_epsilon_at_least, p_value,
};

/// SplitMix64 (Steele, Lea & Flood 2014): seeded, for tests only.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in (0, 1).
    fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn coins(&mut self, count: usize) -> Vec<bool> {
        (0..count).map(|_| self.bits() >> 63 == 1).collect()
    }
}

/// Repetitions of an experiment, and how many of them may break a bound that holds with probability 0.95 each: more have a probability below 1e-6
/// (binomial, 200 and 0.05: 1 − P(≤ 27) = 9.6e-7).
const REPETITIONS: usize = 200;
const BETA: f64 = 0.05;
const MOST_BROKEN: usize = 27;

/// Steinke, Nasr & Jagielski 2023, appendix D: 75 of 100 guesses right among 1,000 canaries with δ = 1e-4.
#[test]
fn the_papers_example_is_met() {
    let guesses = Guesses::new(1000, 100, 75).unwrap();
    let found = epsilon_at_least(guesses, 1e-4, 0.05).unwrap();
    assert!((found - 0.673).abs() < 5e-4, "{found}");
}

#[test]
fn the_probability_is_the_binomials_and_grows_with_epsilon_and_delta() {
    let guesses = Guesses::new(20, 5, 4).unwrap();
    // 5 q⁴ (1 − q) + q⁵ with q = 1/2.
    let fair = p_value(guesses, 0.0, 0.0).unwrap();
    assert!((fair - 6.0 / 32.0).abs() < 1e-8, "{fair}");
    // The greatest of P(4 − i ≤ B < 4) / i at ε = 0: 10/32 for i = 1, 20/64 for i = 2.
    let with_delta = p_value(guesses, 0.0, 0.001).unwrap();
    assert!((with_delta - 6.0 / 32.0 - 40.0 * 0.001 * 10.0 / 32.0).abs() < 1e-8);
    let mut before = 0.0;
    for step in 0..40 {
        let found = p_value(guesses, f64::from(step) * 0.1, 0.0).unwrap();
        assert!(found > before);
        before = found;
    }
}

/// Randomised response on each canary's coin: the worst mechanism of its ε, so the bound is nearly as large as it may be.
#[test]
fn randomised_response_is_bounded_from_below_and_closely() {
    let mut random = Random(1);
    for epsilon in [0.5_f64, 2.0, 4.0] {
        let keep = 1.0 / (1.0 + (-epsilon).exp());
        let (mut broken, mut sum) = (0, 0.0);
        for _ in 0..REPETITIONS {
            let coins = random.coins(10_000);
            let scores: Vec<f64> = coins
                .iter()
                .map(|&coin| f64::from(u8::from(coin == (random.uniform() < keep))))
                .collect();
            // As the response is binary, ties at the border are frequent; a little noise of the attacker's own orders them.
            let scores: Vec<f64> = scores.iter().map(|s| s + 0.1 * random.uniform()).collect();
            let guesses = Guesses::of_scores(&scores, &coins, 4500, 4500).unwrap();
            let bound = epsilon_at_least(guesses, 0.0, BETA).unwrap();
            broken += usize::from(bound > epsilon);
            sum += bound;
        }
        assert!(broken <= MOST_BROKEN, "{epsilon}: {broken}");
        let mean = sum / REPETITIONS as f64;
        assert!(mean > 0.85 * epsilon, "{epsilon}: {mean}");
    }
}

/// With the test's ε in the claim's place the same audit catches a mechanism that keeps the coin as often as ε = 2 allows though it claims 1.
#[test]
fn a_mechanism_that_leaks_twice_its_claim_is_caught() {
    let mut random = Random(2);
    let keep = 1.0 / (1.0 + (-2.0_f64).exp());
    let coins = random.coins(1000);
    let correct = coins.iter().filter(|_| random.uniform() < keep).count();
    let guesses = Guesses::new(1000, 1000, correct as u32).unwrap();
    assert!(epsilon_at_least(guesses, 1e-6, 1e-3).unwrap() > 1.0);
}

#[test]
fn scores_without_information_show_nothing() {
    let mut random = Random(3);
    let mut broken = [0; 3];
    for _ in 0..REPETITIONS {
        let coins = random.coins(1000);
        let scores: Vec<f64> = (0..1000).map(|_| random.uniform()).collect();
        let guesses = Guesses::of_scores(&scores, &coins, 100, 100).unwrap();
        broken[0] += usize::from(epsilon_at_least(guesses, 0.0, BETA).unwrap() > 0.0);
        broken[1] += usize::from(gaussian_at_least(guesses, BETA).unwrap() > 0.0);
        let choices = [(10, 0), (50, 50), (100, 100), (300, 300), (500, 500)];
        let chosen = epsilon_at_least_of_choices(&scores, &coins, &choices, 0.0, BETA).unwrap();
        broken[2] += usize::from(chosen > 0.0);
    }
    assert!(
        broken.iter().all(|&count| count <= MOST_BROKEN),
        "{broken:?}"
    );
    // The binomial's own level is not thrown away.
    assert!(broken[0] > 0, "{broken:?}");
}

/// Who looks for the best of many choices without the correction finds something in nothing.
#[test]
fn the_correction_for_choice_is_needed() {
    let mut random = Random(4);
    let choices: Vec<(usize, usize)> = (1..=50).map(|k| (10 * k, 0)).collect();
    let mut broken = 0;
    for _ in 0..REPETITIONS {
        let coins = random.coins(500);
        let scores: Vec<f64> = (0..500).map(|_| random.uniform()).collect();
        broken += usize::from(choices.iter().any(|&(k, l)| {
            let guesses = Guesses::of_scores(&scores, &coins, k, l).unwrap();
            epsilon_at_least(guesses, 0.0, BETA).unwrap() > 0.0
        }));
    }
    assert!(broken > MOST_BROKEN, "{broken}");
}

#[test]
fn a_copy_shows_the_most_that_its_canaries_can() {
    for count in [10_u32, 100, 10_000] {
        let coins: Vec<bool> = (0..count).map(|i| i % 2 == 0).collect();
        let scores: Vec<f64> = coins
            .iter()
            .map(|&coin| f64::from(u8::from(coin)))
            .collect();
        let half = count as usize / 2;
        let guesses = Guesses::of_scores(&scores, &coins, half, half).unwrap();
        assert_eq!(guesses.correct(), count);
        // qᵐ = β with q = e^ε / (e^ε + 1).
        let q = BETA.powf(1.0 / f64::from(count));
        let most = (q / (1.0 - q)).ln();
        let found = epsilon_at_least(guesses, 0.0, BETA).unwrap();
        assert!(
            found <= most && found > most - 1e-4,
            "{count}: {found} {most}"
        );
    }
}

/// Each canary's coin with normal noise of its own: μ = 1 / σ, known exactly.
#[test]
fn gaussian_noise_is_bounded_from_below_and_closer_than_without_its_curve() {
    let mut random = Random(5);
    for mu in [0.5, 1.0, 3.0] {
        let (mut broken, mut sum, mut closer) = (0, 0.0, 0);
        for _ in 0..REPETITIONS {
            let coins = random.coins(4000);
            let scores: Vec<f64> = coins
                .iter()
                .map(|&coin| mu * f64::from(u8::from(coin)) + random.normal())
                .collect();
            let guesses = Guesses::of_scores(&scores, &coins, 400, 400).unwrap();
            let bound = gaussian_at_least(guesses, BETA).unwrap();
            broken += usize::from(bound > mu);
            sum += bound;
            let by_curve = gaussian_epsilon_at_least(guesses, 1e-5, BETA).unwrap();
            closer += usize::from(by_curve > epsilon_at_least(guesses, 1e-5, BETA).unwrap());
        }
        assert!(broken <= MOST_BROKEN, "{mu}: {broken}");
        let mean = sum / REPETITIONS as f64;
        assert!(mean > 0.5 * mu, "{mu}: {mean}");
        assert!(closer > REPETITIONS / 2, "{mu}: {closer}");
    }
}

/// The recursion written down once more in Python with SciPy's Φ and Φ⁻¹, without margins: (canaries, guesses, right ones, error, μ).
#[test]
fn refuted_curves_are_those_of_a_second_program_and_never_above() {
    for (canaries, made, correct, error, expected) in [
        (2000, 400, 399, 0.05, 1.562_951_108),
        (2000, 400, 399, 1e-3, 1.122_390_547),
        (2000, 2000, 1695, 0.05, 0.702_620_189),
        (4000, 800, 799, 0.05, 1.743_333_954),
        (4000, 4000, 2791, 1e-3, 0.233_450_278),
    ] {
        let guesses = Guesses::new(canaries, made, correct).unwrap();
        let found = gaussian_at_least(guesses, error).unwrap();
        assert!(
            found <= expected + 1e-8 && found > expected - 1e-5,
            "{found} {expected}"
        );
    }
}

/// Half the noise that was claimed: μ = 2 where 1 is the claim.
#[test]
fn gaussian_noise_of_half_the_size_is_caught() {
    let mut random = Random(6);
    let coins = random.coins(2000);
    let scores: Vec<f64> = coins
        .iter()
        .map(|&coin| f64::from(u8::from(coin)) + 0.5 * random.normal())
        .collect();
    let guesses = Guesses::of_scores(&scores, &coins, 200, 200).unwrap();
    assert!(gaussian_at_least(guesses, BETA).unwrap() > 1.0);
}

/// The recursion against the truth in the smallest case: one canary, one guess, right with probability Φ(μ/2) at most.
#[test]
fn one_canary_refutes_nothing_that_could_be() {
    let guesses = Guesses::new(1, 1, 1).unwrap();
    // At the error probability 0.7 a right guess refutes curves with Φ(μ/2) < 0.7: μ < 1.0488.
    let found = gaussian_at_least(guesses, 0.7).unwrap();
    assert!((1.0487..=1.048_802).contains(&found), "{found}");
    assert_eq!(gaussian_at_least(guesses, 0.4).unwrap(), 0.0);
}

#[test]
fn the_order_of_equal_scores_never_helps() {
    // All canaries that were in come first, as an attacker without any information might get them.
    let coins: Vec<bool> = (0..100).map(|i| i < 50).collect();
    let same = vec![0.0; 100];
    let guesses = Guesses::of_scores(&same, &coins, 40, 40).unwrap();
    assert_eq!(guesses.correct(), 0);
    let all = Guesses::of_scores(&same, &coins, 50, 50).unwrap();
    assert_eq!(all.correct(), 0);
    let signed: Vec<f64> = coins.iter().map(|&c| if c { 0.0 } else { -0.0 }).collect();
    assert_eq!(
        Guesses::of_scores(&signed, &coins, 40, 0)
            .unwrap()
            .correct(),
        0
    );
    // Distinct scores count as they are, infinite ones too.
    let scores = [f64::INFINITY, 2.0, 1.0, f64::NEG_INFINITY];
    let coins = [true, false, true, false];
    let guesses = Guesses::of_scores(&scores, &coins, 2, 1).unwrap();
    assert_eq!((guesses.correct(), guesses.guesses()), (2, 3));
}

#[test]
fn what_is_no_audit_is_refused_in_one_sentence() {
    let guesses = Guesses::new(10, 5, 3).unwrap();
    let refused = [
        Guesses::new(10, 0, 0).unwrap_err(),
        Guesses::new(10, 11, 0).unwrap_err(),
        Guesses::new(10, 5, 6).unwrap_err(),
        Guesses::of_scores(&[1.0], &[], 1, 0).unwrap_err(),
        Guesses::of_scores(&[f64::NAN], &[true], 1, 0).unwrap_err(),
        Guesses::of_scores(&[1.0], &[true], 1, 1).unwrap_err(),
        Guesses::of_scores(&[1.0], &[true], usize::MAX, 1).unwrap_err(),
        epsilon_at_least(guesses, f64::NAN, 0.05).unwrap_err(),
        epsilon_at_least(guesses, 1.0, 0.05).unwrap_err(),
        epsilon_at_least(guesses, 0.0, 0.0).unwrap_err(),
        epsilon_at_least_of_choices(&[1.0], &[true], &[], 0.0, 0.05).unwrap_err(),
        p_value(guesses, -1.0, 0.0).unwrap_err(),
        gaussian_at_least(guesses, 1.0).unwrap_err(),
        gaussian_epsilon_at_least(guesses, 0.0, 0.05).unwrap_err(),
    ];
    for error in refused {
        let text = error.to_string();
        assert!(text.len() > 20 && !text.ends_with('.'), "{text}");
    }
}
