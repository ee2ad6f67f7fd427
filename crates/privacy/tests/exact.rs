//! Noise against its distribution, and mechanisms against their promise: a search over neighbouring data and outcomes for one that is likelier than the promise allows. The search must find
//! nothing in the mechanisms as they are, and must find each of some that are broken on purpose.
//!
//! Noise cannot be seeded. Every test states its false-alarm rate; together they fail by chance less than once in 10⁵ runs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use privacy::accounting::delta_of_gaussian;
use privacy::{Account, Candidate, Private, Records, Tally, Unit};

/// Records of which each says its cell.
struct Cells(Vec<usize>);

impl Records for Cells {
    type Record<'a> = usize;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn record(&self, place: usize) -> usize {
        self.0[place]
    }
}

fn tally(cells: usize, records: Vec<usize>) -> Tally {
    Private::new(Cells(records), "t").tally(cells, Some)
}

fn account(epsilon: f64, delta: f64) -> Account {
    Account::open("t", Unit::Row, epsilon, delta).unwrap()
}

/// So many draws of the noise that an account with this budget adds, and its scale.
fn noise(count: usize, epsilon: f64, delta: f64) -> (Vec<i64>, f64) {
    let mut account = account(epsilon, delta);
    let scale = account.scale(1.0, 1);
    let noisy = tally(count, Vec::new()).release(&mut account, "noise", 1.0);
    (noisy.unwrap().counts, scale)
}

/// P(X > x) of a χ² distribution with an even number of degrees of freedom: a Poisson sum, exact.
fn chi_square_survival(x: f64, degrees: usize) -> f64 {
    assert!(degrees.is_multiple_of(2));
    let mut term = (-x / 2.0).exp();
    let mut sum = 0.0;
    for j in 0..degrees / 2 {
        sum += term;
        term *= x / 2.0 / (j + 1) as f64;
    }
    sum
}

/// P(√n·D > λ) of Kolmogorov and Smirnov; for distributions on whole numbers an upper bound.
fn kolmogorov_survival(lambda: f64) -> f64 {
    let term =
        |j: i32| 2.0 * (-1.0_f64).powi(j - 1) * (-2.0 * f64::from(j * j) * lambda * lambda).exp();
    (1..50).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// Compares draws with probabilities of whole numbers, given up to a factor. False-alarm rate 2·10⁻⁸.
fn agrees(draws: &[i64], weight: impl Fn(i64) -> f64, reach: i64, bins: i64) -> Result<(), String> {
    let whole = -20 * reach..=20 * reach;
    let total: f64 = whole.clone().map(&weight).sum();
    let count = draws.len() as f64;
    // Equally wide bins and the two tails: an odd number, so the degrees of freedom are even.
    assert!(bins % 2 == 1);
    let width = (2 * reach + 1).div_euclid(bins).max(1);
    let first = -(bins * width) / 2;
    let bin_of = |x: i64| ((x - first).div_euclid(width).clamp(-1, bins) + 1) as usize;
    let mut seen = vec![0.0; (bins + 2) as usize];
    let mut expected = seen.clone();
    for &x in draws {
        seen[bin_of(x)] += 1.0;
    }
    for x in whole.clone() {
        expected[bin_of(x)] += count * weight(x) / total;
    }
    assert!(expected.iter().all(|e| *e > 5.0), "{expected:?}");
    let squares = seen
        .iter()
        .zip(&expected)
        .map(|(s, e)| (s - e) * (s - e) / e);
    let statistic: f64 = squares.sum();
    let p = chi_square_survival(statistic, seen.len() - 1);
    if p < 1e-8 {
        return Err(format!("χ² = {statistic}, p = {p:e}"));
    }
    let mut sorted = draws.to_vec();
    sorted.sort_unstable();
    let (mut cumulated, mut greatest): (f64, f64) = (0.0, 0.0);
    for x in whole {
        cumulated += weight(x) / total;
        let below = sorted.partition_point(|&draw| draw <= x) as f64 / count;
        greatest = greatest.max((below - cumulated).abs());
    }
    let p = kolmogorov_survival(greatest * count.sqrt());
    if p < 1e-8 {
        return Err(format!("D = {greatest}, p = {p:e}"));
    }
    Ok(())
}

#[test]
fn noise_has_its_distribution_and_a_few_hundredths_more_or_less_are_seen() {
    let draws = 300_000;
    for (epsilon, delta) in [(1.0, 1e-6), (8.0, 1e-3)] {
        let (noise, sigma) = noise(draws, epsilon, delta);
        let reach = (2.5 * sigma).ceil() as i64;
        let bins = if sigma > 2.0 { 11 } else { 3 };
        let normal = |sigma: f64| move |x: i64| (-(x * x) as f64 / (2.0 * sigma * sigma)).exp();
        agrees(&noise, normal(sigma), reach, bins).unwrap();
        agrees(&noise, normal(sigma * 1.04), reach, bins).unwrap_err();
    }
    let (noise, b) = noise(draws, 0.25, 0.0);
    let laplace = |b: f64| move |x: i64| (-(x.abs() as f64) / b).exp();
    agrees(&noise, laplace(b), (3.0 * b) as i64, 11).unwrap();
    agrees(&noise, laplace(b * 0.96), (3.0 * b) as i64, 11).unwrap_err();
}

/// Lower and upper bounds of a probability from so many successes, each wrong with probability at most `error`: outside them n·kl(mean, p) > ln(1 ∕ error) (Chernoff).
fn bounds(successes: usize, trials: usize, error: f64) -> (f64, f64) {
    let n = trials as f64;
    let mean = successes as f64 / n;
    let kl = |p: f64| {
        let part = |a: f64, b: f64| if a == 0.0 { 0.0 } else { a * (a / b).ln() };
        part(mean, p) + part(1.0 - mean, 1.0 - p)
    };
    let limit = (1.0 / error).ln() / n;
    let search = |mut inside: f64, mut outside: f64| {
        for _ in 0..60 {
            let middle = f64::midpoint(inside, outside);
            if kl(middle) < limit {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        outside
    };
    (search(mean, 0.0), search(mean, 1.0))
}

/// Looks for an event of the outcomes that is likelier under one of two neighbours than (ε, δ) allows: everything above or below a threshold, chosen on one half of the draws and tested on
/// the other. Where there is nothing to be found it finds something with probability 10⁻⁷ at most.
fn violation(one: &[f64], other: &[f64], epsilon: f64, delta: f64) -> Option<String> {
    let half = one.len() / 2;
    let events = |draws: &[f64], at: f64, above: bool| {
        let inside = draws
            .iter()
            .filter(|&&x| if above { x >= at } else { x <= at });
        inside.count()
    };
    let mut places: Vec<f64> = one[..half].to_vec();
    places.sort_by(f64::total_cmp);
    for (a, b) in [(one, other), (other, one)] {
        let mut best = (f64::NEG_INFINITY, 0.0, true);
        for place in (0..100).map(|k| places[k * (half - 1) / 99]) {
            for above in [true, false] {
                let n = half as f64;
                let p = events(&a[..half], place, above) as f64 / n;
                let q = events(&b[..half], place, above) as f64 / n;
                let spread = (p / n).sqrt() + epsilon.exp() * (q / n).sqrt() + 1e-9;
                let excess = (p - epsilon.exp() * q - delta) / spread;
                if excess > best.0 {
                    best = (excess, place, above);
                }
            }
        }
        let (_, place, above) = best;
        let trials = one.len() - half;
        let low = bounds(events(&a[half..], place, above), trials, 2.5e-8).0;
        let high = bounds(events(&b[half..], place, above), trials, 2.5e-8).1;
        if low > epsilon.exp() * high + delta {
            return Some(format!("P = {low} against {high} at {place}"));
        }
    }
    None
}

const DRAWS: usize = 60_000;

/// Noisy numbers of records: of as many cells as draws are wanted, each with noise of its own.
fn counts(records: usize, epsilon: f64, delta: f64) -> Vec<f64> {
    let tally = tally(
        DRAWS,
        (0..DRAWS * records).map(|record| record % DRAWS).collect(),
    );
    let noisy = tally
        .release(&mut account(epsilon, delta), "counts", 1.0)
        .unwrap();
    noisy.counts.into_iter().map(|count| count as f64).collect()
}

#[test]
fn neighbours_cannot_be_told_apart_beyond_the_promise() {
    for (epsilon, delta) in [(1.0, 0.0), (0.5, 1e-3), (2.0, 1e-2)] {
        let (a, b) = (counts(6, epsilon, delta), counts(5, epsilon, delta));
        assert_eq!(violation(&a, &b, epsilon, delta), None, "{epsilon} {delta}");
        // Pure noise is not more than it must be: a fifth less of ε would be broken.
        assert!(delta > 0.0 || violation(&a, &b, 0.8 * epsilon, delta).is_some());
    }
}

#[test]
fn choices_cannot_be_told_apart_beyond_the_promise() {
    for delta in [0.0, 1e-3] {
        let epsilon = 1.0;
        let first = tally(1, vec![0]);
        let choose = |records: usize| -> Vec<f64> {
            let second = tally(1, vec![0; records]);
            let offered = [&first, &second].map(|tally| Candidate {
                tally,
                believed: &[0.0],
                weight: 3,
                penalty: 0,
            });
            (0..DRAWS / 5)
                .map(|_| {
                    let mut account = account(epsilon, delta);
                    account.select("choice", 1.0, &offered).unwrap() as f64
                })
                .collect()
        };
        // With one more record the second becomes the more wrong one.
        assert_eq!(violation(&choose(2), &choose(1), epsilon, delta), None);
    }
}

/// Builds that are broken on purpose, each as an engineer in a hurry would.
#[test]
fn broken_mechanisms_are_found() {
    let epsilon = 1.0;
    let found = |a: &[f64], b: &[f64]| violation(a, b, epsilon, 0.0).is_some();
    // Half the noise behind the same promise.
    assert!(found(
        &counts(6, 2.0 * epsilon, 0.0),
        &counts(5, 2.0 * epsilon, 0.0)
    ));
    // A forgotten clip: all of a person's three rows are counted, with the noise of one.
    assert!(found(&counts(8, epsilon, 0.0), &counts(5, epsilon, 0.0)));
    // A scale that is read from the data: noise in proportion to the count.
    let relative = |records: usize| -> Vec<f64> {
        let noise = counts(0, epsilon / records as f64, 0.0).into_iter();
        noise.map(|noise| noise + records as f64).collect()
    };
    assert!(found(&relative(1), &relative(2)));
    // A peeked range: counted is what lies beyond the middle between the least and the greatest value.
    let peeked = |values: &[f64]| -> Vec<f64> {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let middle = f64::midpoint(low, high);
        let beyond = values.iter().filter(|&&value| value > middle).count();
        counts(beyond, epsilon, 0.0)
    };
    let values = [0.0, 6.0, 7.0, 8.0, 9.0, 10.0];
    let and_one_more = [0.0, 6.0, 7.0, 8.0, 9.0, 10.0, 40.0];
    assert!(found(&peeked(&values), &peeked(&and_one_more)));
}

#[test]
fn gaussian_noise_is_enough_and_little_more() {
    // The exact δ of the Gaussian at ε: within the promise, and within what the conversion from zCDP gives away.
    for (epsilon, delta) in [(1.0, 1e-9), (0.3, 1e-9), (10.0, 1e-9)] {
        let scale = account(epsilon, delta).scale(1.0, 1);
        let exact = delta_of_gaussian(1.0, scale, epsilon).unwrap();
        assert!(
            exact <= delta && exact > 1e-3 * delta,
            "{epsilon}: {exact:e}"
        );
    }
}

#[test]
fn a_budget_refuses_before_it_is_exceeded_and_tells_nothing() {
    let mut account = account(1.0, 1e-9);
    let tally = tally(2, vec![0, 1, 1]);
    tally.release(&mut account, "one", 0.7).unwrap();
    let before = account.ledger().clone();
    let error = tally.release(&mut account, "two", 0.4).unwrap_err();
    assert!(
        error.to_string().contains("does not suffice for two"),
        "{error}"
    );
    assert_eq!(account.ledger(), &before);
    assert!((account.left() - 0.3).abs() < 1e-12);
    for share in [0.0, -0.1, f64::NAN, f64::INFINITY] {
        assert!(tally.release(&mut account, "three", share).is_err());
    }
    tally.release(&mut account, "four", 0.3).unwrap();
    assert!(tally.release(&mut account, "five", 1e-6).is_err());
}
