//! Weights that bring a table's rows to the moments of a population: exponential tilting, which is raking where the moments are shares (Deville & Särndal 1992) and entropy
//! balancing in general (Hainmueller 2012); and how much of the data carries them.

use crate::target::Moments;

/// Newton steps at most; a share of almost none takes some twenty.
const STEPS: usize = 200;
/// How near the moments must come, in standard deviations.
const NEAR: f64 = 1e-7;

/// Rows with weights of mean 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// One for each row; 0 outside of the population.
    pub values: Vec<f64>,
}

/// How much of the data carries a population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Rows with any weight.
    pub rows: usize,
    /// Rows that as many equal weights would need: (Σw)² / Σw² (Kish 1965).
    pub effective: f64,
    /// The share of the heaviest row.
    pub largest: f64,
    /// The shape of the weights' tail (Pareto's k of Vehtari et al. 2024): from 0.7 on a mean under them does not settle. None where few different weights are in the tail, so that it
    /// has an end.
    pub tail: Option<f64>,
}

impl Weights {
    /// Equal ones.
    pub fn equal(rows: usize) -> Self {
        Self {
            values: vec![1.0; rows],
        }
    }

    /// Tilts the rows until all moments are 0. `Err` names the moment that is furthest from it, where that cannot be.
    ///
    /// # Errors
    ///
    /// The place of a moment that cannot be met together with the others.
    pub fn tilted(moments: &Moments) -> Result<Self, usize> {
        let inside: Vec<usize> = (0..moments.inside.len())
            .filter(|&row| moments.inside[row])
            .collect();
        let n = inside.len();
        let count = moments.values.len();
        // In units of their spread.
        let features: Vec<Vec<f64>> = moments
            .values
            .iter()
            .map(|values| {
                let mine: Vec<f64> = inside.iter().map(|&row| values[row]).collect();
                let mean = mine.iter().sum::<f64>() / n.max(1) as f64;
                let spread = mine.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
                let scale = (spread / n.max(1) as f64).sqrt().max(1e-12);
                mine.iter().map(|v| v / scale).collect()
            })
            .collect();
        let mut lambda = vec![0.0; count];
        let mut found = weigh(&features, &lambda, n);
        for _ in 0..STEPS {
            let (weights, dual) = &found;
            let gradient: Vec<f64> = features.iter().map(|f| dot(weights, f)).collect();
            if gradient.iter().all(|g| g.abs() < NEAR) {
                break;
            }
            let mut hessian = vec![vec![0.0; count]; count];
            for a in 0..count {
                for b in 0..=a {
                    let mut sum = 0.0;
                    for ((w, x), y) in weights.iter().zip(&features[a]).zip(&features[b]) {
                        sum += w * x * y;
                    }
                    hessian[a][b] = sum - gradient[a] * gradient[b];
                    hessian[b][a] = hessian[a][b];
                }
            }
            let step = solved(&hessian, &gradient);
            let slope = dot(&step, &gradient);
            let mut length = 1.0;
            let mut next = None;
            while length > 1e-6 {
                let there: Vec<f64> = lambda
                    .iter()
                    .zip(&step)
                    .map(|(l, s)| l - length * s)
                    .collect();
                let tried = weigh(&features, &there, n);
                if tried.1 <= dual - 1e-4 * length * slope {
                    next = Some((there, tried));
                    break;
                }
                length *= 0.5;
            }
            let Some((there, tried)) = next else { break };
            lambda = there;
            found = tried;
        }
        let gaps: Vec<f64> = features.iter().map(|f| dot(&found.0, f).abs()).collect();
        let furthest = (0..count).max_by(|&a, &b| gaps[a].total_cmp(&gaps[b]));
        if let Some(place) = furthest
            && (gaps[place] >= 100.0 * NEAR || gaps[place].is_nan())
        {
            return Err(place);
        }
        let mut values = vec![0.0; moments.inside.len()];
        for (&row, weight) in inside.iter().zip(&found.0) {
            values[row] = weight * moments.inside.len() as f64;
        }
        Ok(Self { values })
    }

    /// How much of the data carries them.
    pub fn overlap(&self) -> Overlap {
        let sum: f64 = self.values.iter().sum();
        let squares: f64 = self.values.iter().map(|w| w * w).sum();
        let largest = self.values.iter().copied().fold(0.0, f64::max);
        Overlap {
            rows: self.values.iter().filter(|w| **w > 1e-9 * largest).count(),
            effective: sum * sum / squares.max(1e-300),
            largest: largest / sum.max(1e-300),
            tail: tail(&self.values),
        }
    }
}

/// Normalised weights at λ, and the logarithm of their sum: the dual, which is to be least.
fn weigh(features: &[Vec<f64>], lambda: &[f64], rows: usize) -> (Vec<f64>, f64) {
    let mut exponents = vec![0.0; rows];
    for (feature, l) in features.iter().zip(lambda) {
        for (sum, value) in exponents.iter_mut().zip(feature) {
            *sum += l * value;
        }
    }
    let most = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut weights: Vec<f64> = exponents.iter().map(|e| libm::exp(e - most)).collect();
    let sum: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= sum;
    }
    (weights, most + libm::log(sum))
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Solves a symmetric system by Cholesky's factors; what the system leaves open (moments that follow from one another) stays small.
pub(crate) fn solved(matrix: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let most = (0..n).map(|i| matrix[i][i]).fold(0.0, f64::max);
    let ridge = 1e-10 * most + 1e-300;
    let mut factor = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let mut sum = matrix[i][j];
            for k in 0..j {
                sum -= factor[i][k] * factor[j][k];
            }
            factor[i][j] = if i == j {
                (sum + ridge).max(ridge).sqrt()
            } else {
                sum / factor[j][j]
            };
        }
    }
    let mut solution = right.to_vec();
    for i in 0..n {
        for k in 0..i {
            solution[i] -= factor[i][k] * solution[k];
        }
        solution[i] /= factor[i][i];
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            solution[i] -= factor[k][i] * solution[k];
        }
        solution[i] /= factor[i][i];
    }
    solution
}

/// The shape of a generalised Pareto distribution through the largest weights (Zhang & Stephens 2009, with the prior of Vehtari et al. 2024, appendix C).
fn tail(weights: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = weights.iter().copied().filter(|w| *w > 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let count = (0.2 * n as f64).min(3.0 * (n as f64).sqrt()).ceil() as usize;
    if count < 5 || n < 25 {
        return None;
    }
    let cut = sorted[n - count - 1];
    let beyond: Vec<f64> = sorted[n - count..]
        .iter()
        .map(|w| w - cut)
        .filter(|excess| *excess > 1e-12 * cut)
        .collect();
    let mut different = beyond.clone();
    different.dedup_by(|a, b| (*a - *b).abs() <= 1e-9 * cut);
    if beyond.len() < 5 || different.len() < 10 {
        return None;
    }
    let m = beyond.len();
    let points = 30 + (m as f64).sqrt() as usize;
    let quartile = beyond[((m as f64 / 4.0 + 0.5) as usize).max(1) - 1];
    let last = beyond[m - 1];
    let shape = |theta: f64| beyond.iter().map(|x| libm::log1p(-theta * x)).sum::<f64>() / m as f64;
    let thetas: Vec<f64> = (1..=points)
        .map(|j| 1.0 / last + (1.0 - (points as f64 / (j as f64 - 0.5)).sqrt()) / (3.0 * quartile))
        .collect();
    let likelihoods: Vec<f64> = thetas
        .iter()
        .map(|&theta| {
            let k = shape(theta);
            m as f64 * (libm::log(-theta / k) - k - 1.0)
        })
        .collect();
    let best = likelihoods
        .iter()
        .copied()
        .filter(|l| l.is_finite())
        .fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut theta) = (0.0, 0.0);
    for (&t, &l) in thetas.iter().zip(&likelihoods) {
        if l.is_finite() {
            let weight = libm::exp(l - best);
            sum += weight;
            theta += weight * t;
        }
    }
    let k = shape(theta / sum);
    k.is_finite()
        .then(|| (k * m as f64 + 0.5 * 10.0) / (m as f64 + 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    fn moments(values: Vec<Vec<f64>>) -> Moments {
        Moments {
            inside: vec![true; values[0].len()],
            anchors: vec![0.0; values.len()],
            values,
        }
    }

    #[test]
    fn shares_of_crossed_groups_are_those_of_iterative_proportional_fitting() {
        // 40, 30, 20 and 10 rows; margins of 0.5 and 0.6 are asked for.
        let cells = [(0, 0, 40), (0, 1, 30), (1, 0, 20), (1, 1, 10)];
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (x, y, rows) in cells {
            a.extend(vec![f64::from(x) - 0.5; rows]);
            b.extend(vec![f64::from(y) - 0.6; rows]);
        }
        let weights = Weights::tilted(&moments(vec![a, b])).expect("it can be met");
        let mut table = [[40.0, 30.0], [20.0, 10.0_f64]];
        for _ in 0..500 {
            for (row, to) in table.iter_mut().zip([50.0, 50.0]) {
                let sum = row[0] + row[1];
                for cell in row.iter_mut() {
                    *cell *= to / sum;
                }
            }
            for column in 0..2 {
                let sum = table[0][column] + table[1][column];
                for row in &mut table {
                    row[column] *= [40.0, 60.0][column] / sum;
                }
            }
        }
        for (first, (x, y, rows)) in [0, 40, 70, 90].into_iter().zip(cells) {
            let mass = weights.values[first] * rows as f64;
            assert!(
                (mass - table[x as usize][y as usize]).abs() < 1e-5,
                "{mass}"
            );
        }
    }

    #[test]
    fn a_mean_of_normal_rows_is_moved_by_an_exponential_and_what_cannot_be_is_refused() {
        let mut stream = Streams::new(Seed(3), 0).stream("test");
        let x: Vec<f64> = (0..20_000).map(|_| stream.normal()).collect();
        let weights = Weights::tilted(&moments(vec![x.iter().map(|v| v - 0.5).collect()]))
            .expect("it can be met");
        // The log-ratio of N(0.5, 1) to N(0, 1) has slope 0.5; the standard error of the mean of x is 0.007.
        let slope = libm::log(weights.values[0] / weights.values[1]) / (x[0] - x[1]);
        assert!((slope - 0.5).abs() < 0.05, "{slope}");
        let overlap = weights.overlap();
        let expected = 20_000.0 / libm::exp(0.25);
        assert!(
            (overlap.effective / expected - 1.0).abs() < 0.05,
            "{overlap:?}"
        );
        assert!(overlap.tail.expect("a tail") < 0.5);
        assert_eq!(
            Weights::tilted(&moments(vec![x.iter().map(|v| v - 9.0).collect()])),
            Err(0)
        );
    }

    #[test]
    fn the_tails_shape_is_that_of_the_distribution_weights_are_drawn_from() {
        let mut stream = Streams::new(Seed(4), 0).stream("test");
        for shape in [0.3, 0.9] {
            let weights: Vec<f64> = (0..50_000)
                .map(|_| libm::pow(1.0 - stream.uniform(), -shape))
                .collect();
            let found = tail(&weights).expect("a tail");
            // 671 rows are in the tail: the standard error is (1 + k) / √671 < 0.08.
            assert!((found - shape).abs() < 0.3, "{shape}: {found}");
        }
        assert_eq!(tail(&[[1.0; 500], [3.0; 500]].concat()), None);
    }
}
