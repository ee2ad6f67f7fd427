//! How much better one data set is than another, and how sure that is.

use check::student_quantile;

use crate::work::Scored;

/// A difference of mean losses, with everything that chance had a hand in: who is in the hold-out, which samples were drawn, how training began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// Mean loss of the first minus that of the second: above 0 where the second is better.
    pub value: f64,
    /// The standard error of both sources of chance together.
    pub error: f64,
    /// The part of `error` that comes from training anew; the rest is the hold-out's.
    pub of_training: f64,
    /// Degrees of freedom of the error (Satterthwaite 1946).
    pub freedom: f64,
    /// Samples of the hold-out; 1 where the learner gave one number for all.
    pub n: usize,
}

impl Gain {
    /// Of the second beside the first, each trained several times with draws and starts of its own. Samples are paired: both were tried on the same ones. None under two trainings of either.
    ///
    /// The hold-out's part is the variance over samples of the difference of mean losses, divided by their number; training's that of the trainings' means, divided by theirs.
    pub fn of(first: &[&Scored], second: &[&Scored]) -> Option<Self> {
        if first.len() < 2 || second.len() < 2 {
            return None;
        }
        let n = first[0].losses.len();
        let all = first.iter().chain(second);
        if n == 0 || all.clone().any(|scored| scored.losses.len() != n) {
            return None;
        }
        let (first_mean, first_error) = trainings(first);
        let (second_mean, second_error) = trainings(second);
        let value = first_mean - second_mean;
        let mean_of = |which: &[&Scored], sample: usize| {
            let sum: f64 = which.iter().map(|s| f64::from(s.losses[sample])).sum();
            sum / which.len() as f64
        };
        let of_holdout = if n > 1 {
            let squares: f64 = (0..n)
                .map(|sample| {
                    let off = mean_of(first, sample) - mean_of(second, sample) - value;
                    off * off
                })
                .sum();
            squares / (n - 1) as f64 / n as f64
        } else {
            0.0
        };
        let of_training = first_error + second_error;
        let variance = of_holdout + of_training;
        let part = |variance: f64, freedom: usize| variance * variance / freedom.max(1) as f64;
        let below = part(of_holdout, n - 1)
            + part(first_error, first.len() - 1)
            + part(second_error, second.len() - 1);
        Some(Self {
            value,
            error: variance.sqrt(),
            of_training: of_training.sqrt(),
            freedom: if below > 0.0 {
                variance * variance / below
            } else {
                1.0
            },
            n,
        })
    }

    /// The interval that holds the true gain with this confidence.
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let t = student_quantile(0.5 + confidence / 2.0, self.freedom.max(1.0));
        (self.value - t * self.error, self.value + t * self.error)
    }

    /// Whether the second is surely better, at this confidence.
    pub fn sure(&self, confidence: f64) -> bool {
        self.interval(confidence).0 > 0.0
    }
}

/// The mean over trainings, and its variance.
fn trainings(all: &[&Scored]) -> (f64, f64) {
    let means: Vec<f64> = all.iter().map(|scored| scored.mean()).collect();
    let n = means.len() as f64;
    let mean = means.iter().sum::<f64>() / n;
    let squares: f64 = means.iter().map(|m| (m - mean) * (m - mean)).sum();
    (mean, squares / (n - 1.0) / n)
}
