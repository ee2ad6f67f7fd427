//! What is measured on the hold-out, as one loss for each of its samples: means over samples, groups and repeats are then all alike, and so are their errors.

use serde::{Deserialize, Serialize};

/// A measure of how a trained model does. Losses are lower the better; what a report writes may be the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// What the learner itself gives as its loss.
    Loss,
    /// The share of wrong classes; of numbers the mean absolute error.
    Error,
    /// The mean of −ln of the probability of the right class.
    LogLoss,
    /// The mean squared difference between probability and truth, over classes (Brier 1950).
    Brier,
    /// One minus the area under the ROC curve of two classes.
    Area,
    /// The mean absolute error of numbers.
    AbsoluteError,
    /// The mean squared error of numbers.
    SquaredError,
}

impl Metric {
    /// What a report calls its mean.
    pub fn words(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Error => "error",
            Self::LogLoss => "log loss",
            Self::Brier => "Brier score",
            Self::Area => "1 − area under the curve",
            Self::AbsoluteError => "mean absolute error",
            Self::SquaredError => "mean squared error",
        }
    }

    /// Whether it is about numbers; none where it may be about either.
    pub(crate) fn of_numbers(self) -> Option<bool> {
        match self {
            Self::Loss | Self::Error => None,
            Self::LogLoss | Self::Brier | Self::Area => Some(false),
            Self::AbsoluteError | Self::SquaredError => Some(true),
        }
    }

    /// The loss of each sample, from the probability of each class and the place of the true one.
    pub(crate) fn of_classes(self, truth: &[u32], probabilities: &[Vec<f64>]) -> Vec<f64> {
        let of = |row: usize, class: usize| -> f64 {
            probabilities
                .get(class)
                .and_then(|all| all.get(row))
                .copied()
                .unwrap_or(0.0)
        };
        if self == Self::Area {
            let scores: Vec<f64> = (0..truth.len()).map(|row| of(row, 1)).collect();
            let ones: Vec<bool> = truth.iter().map(|&class| class == 1).collect();
            return of_area(&scores, &ones);
        }
        truth
            .iter()
            .enumerate()
            .map(|(row, &class)| {
                let right = of(row, class as usize);
                match self {
                    Self::LogLoss => -libm::log(right.max(1e-6)),
                    Self::Brier => (0..probabilities.len())
                        .map(|other| {
                            let truth = f64::from(u8::from(other == class as usize));
                            (of(row, other) - truth) * (of(row, other) - truth)
                        })
                        .sum(),
                    _ => {
                        let best = (0..probabilities.len())
                            .max_by(|&a, &b| of(row, a).total_cmp(&of(row, b)).then(b.cmp(&a)));
                        f64::from(u8::from(best != Some(class as usize)))
                    }
                }
            })
            .collect()
    }

    /// The loss of each sample, from what was said and what is true.
    pub(crate) fn of_values(self, truth: &[f64], said: &[f64]) -> Vec<f64> {
        truth
            .iter()
            .zip(said)
            .map(|(truth, said)| match self {
                Self::SquaredError => (truth - said) * (truth - said),
                _ => (truth - said).abs(),
            })
            .collect()
    }
}

/// Losses whose mean is one minus the area, and whose variance is that of DeLong et al. (1988): the area's pseudo-values, of which each sample has one.
fn of_area(scores: &[f64], ones: &[bool]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let all = ones.iter().filter(|one| **one).count() as f64;
    let others = ones.len() as f64 - all;
    if all == 0.0 || others == 0.0 {
        return vec![0.5; ones.len()];
    }
    // The share of the other kind that lies on the right side of each, ties by half.
    let mut placement = vec![0.0; ones.len()];
    let (mut ones_below, mut others_below) = (0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let ones_here = tied.iter().filter(|&&row| ones[row]).count() as f64;
        let others_here = tied.len() as f64 - ones_here;
        for &row in tied {
            placement[row] = if ones[row] {
                (others_below + 0.5 * others_here) / others
            } else {
                1.0 - (ones_below + 0.5 * ones_here) / all
            };
        }
        ones_below += ones_here;
        others_below += others_here;
    }
    let mean = |which: bool, count: f64| {
        let sum: f64 = (0..ones.len())
            .filter(|&row| ones[row] == which)
            .map(|row| placement[row])
            .sum();
        sum / count
    };
    let area = mean(true, all);
    let n = ones.len() as f64;
    (0..ones.len())
        .map(|row| {
            let kind = if ones[row] { all } else { others };
            1.0 - (area + (placement[row] - area) * n / kind)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mean(all: &[f64]) -> f64 {
        all.iter().sum::<f64>() / all.len() as f64
    }

    proptest! {
        #[test]
        fn the_mean_of_pseudo_values_is_the_area(rows in prop::collection::vec((0_u8..6, any::<bool>()), 2..60)) {
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let ones: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let (mut right, mut pairs) = (0.0, 0.0);
            for (&a, _) in scores.iter().zip(&ones).filter(|(_, one)| **one) {
                for (&b, _) in scores.iter().zip(&ones).filter(|(_, one)| !**one) {
                    pairs += 1.0;
                    right += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                }
            }
            let expected = if pairs > 0.0 { 1.0 - right / pairs } else { 0.5 };
            prop_assert!((mean(&of_area(&scores, &ones)) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn classes_are_scored_by_what_was_said_of_them() {
        let said = [vec![0.8, 0.3], vec![0.2, 0.7]];
        let losses = |metric: Metric| metric.of_classes(&[0, 0], &said);
        assert_eq!(losses(Metric::Error), [0.0, 1.0]);
        assert!((losses(Metric::Brier)[1] - 0.98).abs() < 1e-12);
        assert!((losses(Metric::LogLoss)[0] + libm::log(0.8)).abs() < 1e-12);
        assert_eq!(Metric::SquaredError.of_values(&[1.0], &[3.0]), [4.0]);
    }
}
