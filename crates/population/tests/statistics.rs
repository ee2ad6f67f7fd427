//! Are the draws what they claim to be? Seeds are fixed, so these tests never fail by chance; the rates say what a fresh seed would do.
//!
//! Every test rejects with a false alarm rate of `1e-5`, Bonferroni over its parts; the whole file stays below `2e-4`. The helpers are tested
//! themselves: at a rate of 1 % they reject about 1 % of right samples, and they reject planted defects.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use population::stream::normal::{normal_cdf, normal_quantile};
use population::{DeclaredPopulation, Population, Row, Seed, Stream, Streams};

mod support;

/// A way to draw.
type Draw = Box<dyn Fn(u64) -> f64>;
/// A distribution function.
type Cdf = fn(f64) -> f64;

/// False alarm rate of each test.
const ALPHA: f64 = 1e-5;

/// Probability that a χ² of so many degrees of freedom exceeds `x`: the exact finite sums (Abramowitz & Stegun 26.4.4 and 26.4.5).
fn chi2_tail(x: f64, degrees: usize) -> f64 {
    let half = x / 2.0;
    let even = degrees.is_multiple_of(2);
    let (mut tail, mut term) = if even {
        ((-half).exp(), (-half).exp())
    } else {
        let first = (-half).exp() * (half / std::f64::consts::PI).sqrt() * 2.0;
        (
            2.0 * normal_cdf(-x.sqrt()) + if degrees > 1 { first } else { 0.0 },
            first,
        )
    };
    let mut power = if even { 1.0 } else { 1.5 };
    for _ in 1..degrees.div_ceil(2) - degrees % 2 {
        term *= half / power;
        power += 1.0;
        tail += term;
    }
    tail
}

/// Whether counts are far from `expected` counts.
fn chi2_rejects(counts: &[u64], expected: &[f64], alpha: f64) -> bool {
    let statistic: f64 = counts
        .iter()
        .zip(expected)
        .map(|(&seen, expected)| (seen as f64 - expected).powi(2) / expected)
        .sum();
    chi2_tail(statistic, counts.len() - 1) < alpha
}

/// Whether a sample is far from a continuous distribution (Kolmogorov–Smirnov, with the bound of Massart 1990, valid for every n).
fn ks_rejects(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64, alpha: f64) -> bool {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let distance = sample
        .iter()
        .enumerate()
        .map(|(i, &x)| {
            (cdf(x) - i as f64 / n)
                .abs()
                .max((cdf(x) - (i + 1) as f64 / n).abs())
        })
        .fold(0.0, f64::max);
    distance > ((2.0 / alpha).ln() / (2.0 * n)).sqrt()
}

fn stream(purpose: &str) -> Stream {
    Streams::new(Seed(20_240_607), 0).stream(purpose)
}

fn uniform_counts(n: usize, bins: usize, mut draw: impl FnMut() -> f64) -> Vec<u64> {
    let mut counts = vec![0; bins];
    for _ in 0..n {
        counts[((draw() * bins as f64) as usize).min(bins - 1)] += 1;
    }
    counts
}

#[test]
fn tails_agree_with_tables() {
    // Quantiles at 1e-4: scipy.stats.chi2.isf.
    let known = [
        (1, 15.136705226623397),
        (2, 18.420680743952364),
        (3, 21.10751346616021),
        (5, 25.744831959055876),
        (9, 33.719948438964636),
        (99, 160.05573829663086),
    ];
    for (degrees, quantile) in known {
        let tail = chi2_tail(quantile, degrees);
        assert!((tail / 1e-4 - 1.0).abs() < 1e-9, "{degrees}: {tail}");
    }
}

#[test]
fn the_tests_raise_few_false_alarms_and_find_planted_defects() {
    let mut stream = stream("meta");
    let (runs, n) = (2000, 1000);
    let mut alarms = [0; 2];
    for _ in 0..runs {
        let sample: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
        let mut values = sample.iter();
        let counts = uniform_counts(n, 10, || *values.next().unwrap());
        alarms[0] += usize::from(chi2_rejects(&counts, &[n as f64 / 10.0; 10], 0.01));
        alarms[1] += usize::from(ks_rejects(sample, |x| x, 0.01));
    }
    // Twenty are expected of two thousand; 50 or none has a probability below 1e-7.
    assert!(
        alarms.iter().all(|alarms| (1..50).contains(alarms)),
        "{alarms:?} of {runs}"
    );
    // 2 % more in the lower half, and a normal with 3 % too much spread: the defects these tests still find at n = 200,000.
    let skewed = || if stream.uniform() < 0.51 { 0.25 } else { 0.75 };
    assert!(chi2_rejects(
        &uniform_counts(200_000, 2, skewed),
        &[100_000.0; 2],
        ALPHA
    ));
    let wide: Vec<f64> = (0..200_000).map(|_| 1.03 * stream.normal()).collect();
    assert!(ks_rejects(wide, normal_cdf, ALPHA));
}

#[test]
fn uniform_is_uniform() {
    let mut stream = stream("uniform");
    let counts = uniform_counts(200_000, 100, || stream.uniform());
    assert!(!chi2_rejects(&counts, &[2000.0; 100], ALPHA));
    let low_bits = uniform_counts(200_000, 16, || (stream.next_u64() & 15) as f64 / 16.0);
    assert!(!chi2_rejects(&low_bits, &[12_500.0; 16], ALPHA));
}

/// One stream each for neighbouring origins, neighbouring seeds and like-named purposes: the first draws of two neighbours fill the square evenly.
#[test]
fn neighbouring_streams_are_independent() {
    let first = |seed: u64, origin: u64, purpose: &str| {
        Streams::new(Seed(seed), origin).stream(purpose).uniform()
    };
    let families: [(&str, Draw); 3] = [
        (
            "origins",
            Box::new(move |i| first(1, i, "attribute/age_years")),
        ),
        (
            "seeds",
            Box::new(move |i| first(i, 5, "attribute/age_years")),
        ),
        (
            "purposes",
            Box::new(move |i| first(1, 5, &format!("attribute/a{i}"))),
        ),
    ];
    for (name, draw) in families {
        let values: Vec<f64> = (0..100_001).map(draw).collect();
        let mut cells = vec![0; 100];
        for pair in values.windows(2) {
            cells[(pair[0] * 10.0) as usize * 10 + (pair[1] * 10.0) as usize] += 1;
        }
        assert!(!chi2_rejects(&cells, &[1000.0; 100], ALPHA / 3.0), "{name}");
    }
    // Two attributes of one sample.
    let correlation: f64 = (0..100_000)
        .map(|i| (first(1, i, "attribute/a") - 0.5) * (first(1, i, "attribute/b") - 0.5))
        .sum::<f64>()
        * 12.0
        / 100_000f64.sqrt();
    assert!(correlation.abs() < 4.5, "{correlation}");
}

#[test]
fn normal_quantiles_are_right_to_the_last_digits() {
    // scipy.special.ndtri
    let known = [
        (0.975, 1.959963984540054),
        (0.25, -0.674_489_750_196_081_7),
        (0.075, -1.439_531_470_938_456_1),
        (1e-5, -4.264890793922825),
        (1e-10, -6.361340902404056),
        (1e-100, -21.273453560965322),
        (1e-300, -37.0470962993612),
        (0.999, 3.090232306167813),
    ];
    for (p, z) in known {
        let ours = normal_quantile(p);
        assert!(
            (ours - z).abs() <= 2e-14 * z.abs(),
            "Φ⁻¹({p}) = {ours}, not {z}"
        );
    }
    assert_eq!(normal_quantile(0.5), 0.0);
    for i in 1..1000 {
        let p = f64::from(i) / 1000.0;
        assert!(
            (normal_cdf(normal_quantile(p)) - p).abs() < 1e-15 * 4.0,
            "{p}"
        );
    }
    assert!(normal_quantile(-0.1).is_nan() && normal_quantile(f64::NAN).is_nan());
}

#[test]
fn normal_is_normal_also_when_cut() {
    let mut stream = stream("normal");
    let sample: Vec<f64> = (0..200_000).map(|_| stream.normal()).collect();
    assert!(!ks_rejects(sample, normal_cdf, ALPHA / 4.0));
    // Middle, upper tail, lower tail: (mean, sd, min, max).
    for (mean, sd, min, max) in [
        (26.0, 5.0, 16.0, 45.0),
        (0.0, 20.0, 80.0, 90.0),
        (0.0, 20.0, -90.0, -80.0),
    ] {
        let sample: Vec<f64> = (0..200_000)
            .map(|_| stream.normal_within(mean, sd, min, max))
            .collect();
        assert!(sample.iter().all(|x| (min..=max).contains(x)));
        let cdf = |x: f64| normal_cdf((x - mean) / sd);
        // By the mirrored tail where that keeps more digits.
        let (low, high) = (cdf(min), cdf(max));
        let upper = |x: f64| normal_cdf((mean - x) / sd);
        let share = |x: f64| {
            if min > mean {
                (upper(min) - upper(x)) / (upper(min) - upper(max))
            } else {
                (cdf(x) - low) / (high - low)
            }
        };
        assert!(
            !ks_rejects(sample, share, ALPHA / 4.0),
            "{mean} {sd} {min} {max}"
        );
    }
}

#[test]
fn gamma_is_gamma() {
    let mut stream = stream("gamma");
    // Shapes whose distribution functions are elementary: ½ is half a χ² of one degree, 1 exponential, 2 Erlang.
    let shapes: [(f64, Cdf); 3] = [
        (0.5, |x| 2.0 * normal_cdf((2.0 * x).sqrt()) - 1.0),
        (1.0, |x| 1.0 - (-x).exp()),
        (2.0, |x| 1.0 - (1.0 + x) * (-x).exp()),
    ];
    for (shape, cdf) in shapes {
        let sample: Vec<f64> = (0..200_000).map(|_| stream.gamma(shape)).collect();
        assert!(!ks_rejects(sample, cdf, ALPHA / 3.0), "shape {shape}");
    }
}

#[test]
fn dirichlet_has_its_means_and_margins_and_survives_small_concentrations() {
    let mut stream = stream("dirichlet");
    let n = 100_000;
    let concentration = [0.5, 0.0, 2.0, 1.5];
    let total: f64 = concentration.iter().sum();
    let mut sums = [0.0; 4];
    for _ in 0..n {
        let weights = stream.dirichlet(&concentration);
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += weight;
        }
    }
    for (sum, a) in sums.iter().zip(concentration) {
        let mean = a / total;
        let sd = (mean * (1.0 - mean) / (total + 1.0) / f64::from(n)).sqrt();
        // 4.9 standard deviations: 1e-6 on both sides, for each of three.
        assert!(
            (sum / f64::from(n) - mean).abs() <= 4.9 * sd,
            "concentration {a}"
        );
    }
    let margin: Vec<f64> = (0..n).map(|_| stream.dirichlet(&[1.0; 3])[0]).collect();
    assert!(!ks_rejects(margin, |x| 1.0 - (1.0 - x).powi(2), ALPHA));
    for _ in 0..1000 {
        let weights = stream.dirichlet(&[0.001; 3]);
        assert!(
            weights.iter().all(|weight| weight.is_finite())
                && (weights.iter().sum::<f64>() - 1.0).abs() < 1e-12
        );
    }
}

#[test]
fn whole_numbers_below_n_are_alike() {
    let mut stream = stream("below");
    for n in [2u64, 6, 7, 100] {
        let mut counts = vec![0; n as usize];
        for _ in 0..100_000 {
            counts[stream.below(n) as usize] += 1;
        }
        assert!(
            !chi2_rejects(
                &counts,
                &vec![100_000.0 / n as f64; n as usize],
                ALPHA / 4.0
            ),
            "{n}"
        );
    }
    // Where a plain remainder would favour the lower half by a third.
    let n = 3 << 62;
    let low = (0..100_000).filter(|_| stream.below(n) < n / 2).count();
    assert!(low.abs_diff(50_000) < 5 * 158, "{low} of 100000");
    assert_eq!((stream.below(0), stream.below(1)), (0, 0));
}

/// Draws `n` rows of a recipe and counts what `key` says.
fn shares<const N: usize>(lines: &str, names: [&str; N], key: impl Fn(&Row) -> String) -> [u64; N] {
    let recipe = support::parse(&format!("populace: 1\nstage: people\ncount: 1\n{lines}\n"));
    let population = DeclaredPopulation::new(recipe, support::schema()).unwrap();
    let batch = population.rows(0..20_000, Seed(11)).unwrap();
    let mut counts = [0; N];
    for row in 0..batch.num_rows() {
        let seen = key(&Row::read(&batch, population.schema(), row).unwrap());
        counts[names.iter().position(|name| *name == seen).unwrap()] += 1;
    }
    counts
}

#[test]
fn alternatives_have_their_shares_nested_too() {
    let counts = shares(
        "population: {eyewear: [{value: none, percent: 70}, {value: [{value: glasses, percent: 75}, {value: sunglasses, percent: 25}], percent: 30}]}",
        ["none", "glasses", "sunglasses"],
        |row| row.category("eyewear").unwrap().to_owned(),
    );
    assert!(
        !chi2_rejects(&counts, &[14_000.0, 4500.0, 1500.0], ALPHA),
        "{counts:?}"
    );
    let never = shares(
        "population: {sex: [{value: male, percent: 0}, {value: female, percent: 100}]}",
        ["male", "female"],
        |row| row.category("sex").unwrap().to_owned(),
    );
    assert_eq!(never, [0, 20_000]);
}

#[test]
fn choices_of_any_of_are_alike() {
    let counts = shares(
        "light: {environment: {any_of: outdoor}}",
        ["park", "night"],
        |row| row.category("light.environment").unwrap().to_owned(),
    );
    assert!(!chi2_rejects(&counts, &[10_000.0; 2], ALPHA), "{counts:?}");
}

#[test]
fn integers_reach_both_ends_with_their_whole_share() {
    let counts = shares(
        "population: {freckles: {range: [3, 5]}}",
        ["3", "4", "5"],
        |row| row.integer("freckles").unwrap().to_string(),
    );
    assert!(
        !chi2_rejects(&counts, &[20_000.0 / 3.0; 3], ALPHA),
        "{counts:?}"
    );
    // Almost flat between 3 and 5, so that cut ends would show: an end without its outer half unit had half its share.
    let counts = shares(
        "population: {freckles: {normal: [4, 1000], within: [3, 5]}}",
        ["3", "4", "5"],
        |row| row.integer("freckles").unwrap().to_string(),
    );
    assert!(
        !chi2_rejects(&counts, &[20_000.0 / 3.0; 3], ALPHA),
        "{counts:?}"
    );
}
