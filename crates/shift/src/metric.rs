//! How good a model's answers are: averages of losses by row, and the area under the curve, each under weights and with the influence of every row.

/// A figure of merit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Share of right classes.
    Accuracy,
    /// Share of wrong classes.
    Error,
    /// Mean squared error of a probability (Brier 1950).
    Brier,
    /// Mean of −log of the probability of what is true, in nats; probabilities are cut to 1e-6 … 1 − 1e-6.
    LogLoss,
    /// Area under the receiver operating characteristic.
    Auc,
    /// Mean absolute error, in the target's unit.
    Mae,
    /// Root of the mean squared error, in the target's unit.
    Rmse,
    /// Mean of losses that a user's program gives.
    Loss,
}

/// What is true and what a model says, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// 0 or 1, the number of a class, or a number.
    pub truth: Vec<f64>,
    /// A probability of 1, the number of a class, or a number.
    pub prediction: Vec<f64>,
    /// The probability from which on the answer is 1.
    pub threshold: f64,
}

/// The losses of rows by some metrics, and answers where there are any.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What every row costs; of metrics that are means of it or roots of such.
    pub losses: Vec<(Metric, Vec<f64>)>,
    /// None where only losses are known.
    pub answers: Option<Answers>,
}

/// A metric's value under weights, and what each row has to do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// The value.
    pub value: f64,
    /// The influence of each row: its weighted mean is 0.
    pub influence: Vec<f64>,
}

impl Metric {
    /// As files and options name them.
    pub const NAMES: [&'static str; 8] = [
        "accuracy", "error", "brier", "log_loss", "auc", "mae", "rmse", "loss",
    ];

    const ALL: [Self; 8] = [
        Self::Accuracy,
        Self::Error,
        Self::Brier,
        Self::LogLoss,
        Self::Auc,
        Self::Mae,
        Self::Rmse,
        Self::Loss,
    ];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        let place = Self::NAMES.iter().position(|known| *known == name)?;
        Self::ALL.get(place).copied()
    }

    /// As files and options name it.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// As sentences call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Error => "error rate",
            Self::Brier => "Brier score",
            Self::LogLoss => "log loss",
            Self::Auc => "area under the curve",
            Self::Mae => "mean absolute error",
            Self::Rmse => "root mean squared error",
            Self::Loss => "loss",
        }
    }

    /// Whether more is better.
    pub fn higher_is_better(self) -> bool {
        matches!(self, Self::Accuracy | Self::Auc)
    }

    /// Whether it is a share, written as percent.
    pub fn is_share(self) -> bool {
        matches!(self, Self::Accuracy | Self::Error)
    }

    /// The least and the greatest value it can have.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Accuracy | Self::Error | Self::Brier | Self::Auc => (0.0, 1.0),
            Self::LogLoss | Self::Mae | Self::Rmse => (0.0, f64::INFINITY),
            Self::Loss => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// Whether `value` is worse than `bar` allows.
    pub fn breaks(self, value: f64, bar: f64) -> bool {
        if self.higher_is_better() {
            value < bar
        } else {
            value > bar
        }
    }

    /// What one row costs; none where the metric is no average.
    pub fn loss(
        self,
        truth: f64,
        prediction: f64,
        threshold: f64,
        two_classes: bool,
    ) -> Option<f64> {
        let wrong = || {
            let said = if two_classes {
                f64::from(u8::from(prediction >= threshold))
            } else {
                prediction
            };
            f64::from(u8::from(said != truth))
        };
        Some(match self {
            Self::Accuracy | Self::Error => wrong(),
            Self::Brier | Self::Rmse => (prediction - truth) * (prediction - truth),
            Self::LogLoss => {
                let p = prediction.clamp(1e-6, 1.0 - 1e-6);
                -libm::log(if truth == 1.0 { p } else { 1.0 - p })
            }
            Self::Mae => (prediction - truth).abs(),
            Self::Auc | Self::Loss => return None,
        })
    }

    /// The metric where the mean loss is so much.
    pub fn of_mean_loss(self, mean: f64) -> f64 {
        match self {
            Self::Accuracy => 1.0 - mean,
            Self::Rmse => mean.max(0.0).sqrt(),
            _ => mean,
        }
    }

    /// How fast the metric changes with the mean loss, there.
    pub fn slope(self, mean: f64) -> f64 {
        match self {
            Self::Accuracy => -1.0,
            Self::Rmse => 0.5 / mean.max(1e-300).sqrt(),
            _ => 1.0,
        }
    }
}

impl Judged {
    /// The losses of answers by each of the metrics.
    pub fn of(answers: Answers, metrics: &[Metric], two_classes: bool) -> Self {
        let losses = metrics.iter().filter_map(|&metric| {
            let rows = answers.truth.iter().zip(&answers.prediction);
            let losses: Option<Vec<f64>> = rows
                .map(|(&y, &p)| metric.loss(y, p, answers.threshold, two_classes))
                .collect();
            Some((metric, losses?))
        });
        Self {
            losses: losses.collect(),
            answers: Some(answers),
        }
    }

    /// What every row costs by a metric; none where it is no average.
    pub fn losses(&self, metric: Metric) -> Option<&[f64]> {
        let found = self.losses.iter().find(|(known, _)| *known == metric);
        found.map(|(_, losses)| losses.as_slice())
    }

    /// A metric under weights. None where it cannot be told: of the area, where one of the classes has no weight or answers are not known.
    pub fn evaluate(&self, metric: Metric, weights: &[f64]) -> Option<Evaluated> {
        if metric == Metric::Auc {
            return area(self.answers.as_ref()?, weights);
        }
        let losses = self.losses(metric)?;
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let mean = weights.iter().zip(losses).map(|(w, l)| w * l).sum::<f64>() / total;
        let slope = metric.slope(mean);
        Some(Evaluated {
            value: metric.of_mean_loss(mean),
            influence: losses.iter().map(|loss| slope * (loss - mean)).collect(),
        })
    }
}

/// The weighted share of pairs that stand in the right order, ties counted half, and the Hájek projection of each row (DeLong et al. 1988, under weights).
fn area(answers: &Answers, weights: &[f64]) -> Option<Evaluated> {
    let n = answers.truth.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| answers.prediction[a].total_cmp(&answers.prediction[b]));
    let total: f64 = weights.iter().sum();
    let ones: f64 = (0..n)
        .filter(|&row| answers.truth[row] == 1.0)
        .map(|row| weights[row])
        .sum();
    let zeros = total - ones;
    if ones <= 1e-12 * total || zeros <= 1e-12 * total {
        return None;
    }
    // For a one, the share of zeros below it; for a zero, the share of ones above it.
    let mut placed = vec![0.0; n];
    let (mut ones_below, mut zeros_below) = (0.0, 0.0);
    let mut at = 0;
    while at < n {
        let value = answers.prediction[order[at]];
        let mut end = at;
        let (mut ones_here, mut zeros_here) = (0.0, 0.0);
        while end < n && answers.prediction[order[end]] == value {
            let row = order[end];
            if answers.truth[row] == 1.0 {
                ones_here += weights[row];
            } else {
                zeros_here += weights[row];
            }
            end += 1;
        }
        for &row in &order[at..end] {
            placed[row] = if answers.truth[row] == 1.0 {
                (zeros_below + 0.5 * zeros_here) / zeros
            } else {
                (ones - ones_below - 0.5 * ones_here) / ones
            };
        }
        ones_below += ones_here;
        zeros_below += zeros_here;
        at = end;
    }
    let value = (0..n)
        .filter(|&row| answers.truth[row] == 1.0)
        .map(|row| weights[row] * placed[row])
        .sum::<f64>()
        / ones;
    let influence = (0..n).map(|row| {
        let share = if answers.truth[row] == 1.0 {
            ones / total
        } else {
            zeros / total
        };
        (placed[row] - value) / share
    });
    Some(Evaluated {
        value,
        influence: influence.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weighted_area_counts_pairs_and_its_influence_is_its_derivative() {
        let answers = Answers {
            truth: vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
            prediction: vec![0.9, 0.8, 0.5, 0.5, 0.2, 0.1, 0.2],
            threshold: 0.5,
        };
        let weights = [1.0, 2.0, 0.5, 1.5, 1.0, 3.0, 0.25];
        let of = |weights: &[f64]| {
            let (mut pairs, mut all) = (0.0, 0.0);
            for i in 0..7 {
                for j in 0..7 {
                    if answers.truth[i] == 1.0 && answers.truth[j] == 0.0 {
                        let both = weights[i] * weights[j];
                        all += both;
                        let (a, b) = (answers.prediction[i], answers.prediction[j]);
                        pairs += both
                            * if a > b {
                                1.0
                            } else if a == b {
                                0.5
                            } else {
                                0.0
                            };
                    }
                }
            }
            pairs / all
        };
        let found = area(&answers, &weights).expect("both classes are there");
        assert!((found.value - of(&weights)).abs() < 1e-12);
        let total: f64 = weights.iter().sum();
        for row in 0..7 {
            let mut more = weights;
            more[row] += 1e-6;
            let slope = (of(&more) - of(&weights)) / 1e-6;
            // A row's influence is the derivative by its weight, times all weight.
            assert!((slope * total - found.influence[row]).abs() < 1e-4, "{row}");
        }
    }

    #[test]
    fn the_root_of_a_mean_has_the_influence_of_its_derivative() {
        let answers = Answers {
            truth: vec![0.0, 1.0, 4.0],
            prediction: vec![1.0, 1.5, 1.0],
            threshold: 0.5,
        };
        let judged = Judged::of(answers, &[Metric::Rmse], false);
        let found = judged.evaluate(Metric::Rmse, &[1.0; 3]).expect("a mean");
        let mean: f64 = (1.0 + 0.25 + 9.0) / 3.0;
        assert!((found.value - mean.sqrt()).abs() < 1e-12);
        let sum: f64 = found.influence.iter().sum();
        assert!(sum.abs() < 1e-12);
        assert!((found.influence[2] - (9.0 - mean) / (2.0 * mean.sqrt())).abs() < 1e-12);
    }
}
