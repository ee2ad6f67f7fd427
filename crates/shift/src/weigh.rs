//! The first route: the rows of the data under weights, with a regression of the losses where weights are heavy, and intervals from influence functions.

use check::student_quantile;

use crate::metric::{Judged, Metric};
use crate::target::Moments;
use crate::tilt::{Overlap, Weights, dot, solved};

/// A figure with its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// Degrees of freedom of the error.
    pub freedom: f64,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Estimate {
    /// Whether even the better end of the interval is worse than a bar allows.
    pub fn surely_breaks(&self, metric: Metric, bar: f64) -> bool {
        metric.breaks(self.low, bar) && metric.breaks(self.high, bar)
    }

    /// With Student's 95 % interval.
    pub fn student(metric: Metric, value: f64, error: f64, freedom: f64) -> Self {
        let freedom = freedom.max(1.0);
        let (least, most) = metric.range();
        let reach = student_quantile(0.975, freedom) * error;
        let value = value.clamp(least, most);
        Self {
            value,
            error,
            freedom,
            low: (value - reach).clamp(least, most),
            high: (value + reach).clamp(least, most),
        }
    }

    /// With its 95 % interval: Wilson's (1927) at the number of rows that would give the same error where the figure is a share, as surveys do it (Korn & Graubard 1998), so that
    /// it holds near 0 and 1; else Student's.
    pub fn new(metric: Metric, value: f64, error: f64, freedom: f64) -> Self {
        if !metric.is_share() {
            return Self::student(metric, value, error, freedom);
        }
        let freedom = freedom.max(1.0);
        let t = student_quantile(0.975, freedom);
        let value = value.clamp(0.0, 1.0);
        // An error of 0 is what rows show that all have one answer: as many as there are degrees of freedom.
        let rows = freedom + 1.0;
        let n = if value <= 0.0 || value >= 1.0 {
            rows
        } else {
            (value * (1.0 - value) / (error * error).max(1e-300)).min(4.0 * rows)
        };
        let middle = (value + t * t / (2.0 * n)) / (1.0 + t * t / n);
        let reach =
            t / (1.0 + t * t / n) * (value * (1.0 - value) / n + t * t / (4.0 * n * n)).sqrt();
        Self {
            value,
            error,
            freedom,
            low: (middle - reach).clamp(0.0, 1.0),
            high: (middle + reach).clamp(0.0, 1.0),
        }
    }
}

/// Weights beyond this many times the mean are not trusted with the losses' residuals: the root of the number of rows (Ionides 2008).
fn cap(rows: usize) -> f64 {
    (rows as f64).sqrt()
}

/// A metric of the rows under weights.
///
/// The estimator is one-step: the regression's mean under the weights, and the mean of its residuals under the weights cut at √n; where no weight is cut it is the weighted mean itself, which has
/// the only influence function there is for a population that is defined by its distance from the data's (so no regression can make it more precise). The influence of a row is
/// `w (ψ − Bᵀφ)` with `B` the weighted regression of ψ on the moments φ: that the weights are estimated is thereby taken account of (Deville & Särndal 1992), and, where an aim
/// depends on the data, `Bᵀ` times the influence of the aim is added. `regressed` are the losses as cross-fitted trees foresee them.
pub fn reweighed(
    judged: &Judged,
    metric: Metric,
    weights: &Weights,
    moments: Option<&Moments>,
    regressed: Option<&[f64]>,
) -> Option<Estimate> {
    let found = judged.evaluate(metric, &weights.values)?;
    let Overlap { effective, .. } = weights.overlap();
    let n = weights.values.len() as f64;
    let mut value = found.value;
    let mut influence: Vec<f64> = weights
        .values
        .iter()
        .zip(&found.influence)
        .map(|(w, psi)| w * psi)
        .collect();
    let most = cap(weights.values.len());
    if let (Some(regressed), Some(losses)) = (regressed, judged.losses(metric))
        && weights.values.iter().any(|w| *w > most)
    {
        let mean = dot(&weights.values, losses) / n;
        let slope = metric.slope(mean);
        let mut less = 0.0;
        for (row, weight) in weights.values.iter().enumerate() {
            let over = (weight - most).max(0.0) * (losses[row] - regressed[row]);
            less += over / n;
            influence[row] -= slope * over;
        }
        value = metric.of_mean_loss(mean - less);
        let centre = influence.iter().sum::<f64>() / n;
        for row in &mut influence {
            *row -= centre;
        }
    }
    if let Some(moments) = moments.filter(|moments| !moments.values.is_empty()) {
        let count = moments.values.len();
        let weighted = |a: &[f64], b: &[f64]| -> f64 {
            weights
                .values
                .iter()
                .zip(a)
                .zip(b)
                .map(|((w, x), y)| w * x * y)
                .sum()
        };
        let matrix: Vec<Vec<f64>> = (0..count)
            .map(|a| {
                (0..count)
                    .map(|b| weighted(&moments.values[a], &moments.values[b]))
                    .collect()
            })
            .collect();
        let right: Vec<f64> = moments
            .values
            .iter()
            .map(|values| weighted(values, &found.influence))
            .collect();
        // In units of each moment, so that none is lost beside a larger one.
        let scale: Vec<f64> = (0..count)
            .map(|a| matrix[a][a].max(1e-300).sqrt())
            .collect();
        let scaled: Vec<Vec<f64>> = (0..count)
            .map(|a| {
                (0..count)
                    .map(|b| matrix[a][b] / (scale[a] * scale[b]))
                    .collect()
            })
            .collect();
        let scaled_right: Vec<f64> = right.iter().zip(&scale).map(|(r, s)| r / s).collect();
        let slopes: Vec<f64> = solved(&scaled, &scaled_right)
            .iter()
            .zip(&scale)
            .map(|(b, s)| b / s)
            .collect();
        let inside = moments.inside.iter().filter(|inside| **inside).count() as f64;
        for ((slope, values), anchor) in slopes.iter().zip(&moments.values).zip(&moments.anchors) {
            let own = values
                .iter()
                .zip(&moments.inside)
                .filter(|(_, inside)| **inside)
                .map(|(value, _)| value)
                .sum::<f64>()
                / inside;
            for (row, value) in values.iter().enumerate() {
                influence[row] -= slope * weights.values[row] * value;
                if moments.inside[row] {
                    influence[row] += slope * anchor * (value - own) * n / inside;
                }
            }
        }
    }
    let squares: f64 = influence.iter().map(|i| i * i).sum();
    let small = effective / (effective - 1.0).max(1.0);
    let error = (squares * small).sqrt() / n;
    Some(Estimate::new(metric, value, error, effective - 1.0))
}
