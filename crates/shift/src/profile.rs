//! A metric against one attribute: its value at each level or range, and where a tolerance is crossed when the attribute alone is shifted.

use tables::{Kind, Table};

use crate::metric::{Judged, Metric};
use crate::regress::binned;
use crate::target::{FEWEST, Moments, number};
use crate::tilt::Weights;
use crate::weigh::{Estimate, reweighed};

/// Ranges of a number.
const RANGES: usize = 8;
/// How far a mean is moved, in standard deviations, and in how many steps.
const FARTHEST: f64 = 2.0;
const STEPS: i32 = 16;
/// Effective rows below which a mean is moved no further.
const FEWEST_EFFECTIVE: f64 = 50.0;
const HEAVIEST_TAIL: f64 = 0.7;

/// A metric against one attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The attribute.
    pub column: String,
    /// Levels or ranges with enough rows: what they are, how many rows, the value.
    pub levels: Vec<(String, usize, Estimate)>,
    /// The metric as the mean is moved: the mean and the value; empty for categories.
    pub moved: Vec<(f64, Estimate)>,
    /// Where the tolerance is crossed, in a sentence's end.
    pub crossing: Option<String>,
    /// The value nearest to or furthest beyond the tolerance, for ranking: the greatest difference from the data's own value.
    pub reach: f64,
}

/// The profile of a column; none where it has no two levels or ranges with enough rows.
pub(crate) fn profile(
    table: &Table,
    judged: &Judged,
    metric: Metric,
    column: usize,
    bar: Option<f64>,
) -> Option<Profile> {
    let bins = binned(table, column, RANGES)?;
    let overall = judged.evaluate(metric, &vec![1.0; table.rows])?.value;
    let mut levels = Vec::new();
    let mut shares = Vec::new();
    for bin in 0..bins.count {
        let rows = bins
            .bins
            .iter()
            .filter(|own| usize::from(**own) == bin)
            .count();
        if rows < FEWEST {
            continue;
        }
        let scale = table.rows as f64 / rows as f64;
        let weights = Weights {
            values: bins
                .bins
                .iter()
                .map(|own| if usize::from(*own) == bin { scale } else { 0.0 })
                .collect(),
        };
        if let Some(estimate) = reweighed(judged, metric, &weights, None, None) {
            levels.push((bins.names[bin].clone(), rows, estimate));
            shares.push(rows as f64 / table.rows as f64);
        }
    }
    if levels.len() < 2 {
        return None;
    }
    let is_number = table.columns[column].kind.is_numeric();
    let moved = if is_number {
        moved(table, judged, metric, column)
    } else {
        Vec::new()
    };
    let crossing = bar.and_then(|bar| {
        if metric.breaks(overall, bar) {
            return Some("the tolerance is already broken in the data".to_owned());
        }
        if is_number {
            of_mean(&moved, metric, bar, &table.columns[column].kind, overall)
        } else {
            of_shares(&levels, &shares, metric, bar, overall)
        }
    });
    let reach = levels
        .iter()
        .map(|(.., estimate)| (estimate.value - overall).abs())
        .fold(0.0, f64::max);
    Some(Profile {
        column: table.columns[column].name.clone(),
        levels,
        moved,
        crossing,
        reach,
    })
}

/// The metric as the mean of a column is moved by exponential tilting, both ways, as far as the data carry it; in order of the mean.
fn moved(table: &Table, judged: &Judged, metric: Metric, column: usize) -> Vec<(f64, Estimate)> {
    let values: Vec<f64> = (0..table.rows)
        .filter_map(|row| number(table, column, row))
        .collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation =
        (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n.max(1.0)).sqrt();
    let mut found = Vec::new();
    for way in [-1, 1] {
        // The data's own mean once.
        for step in i32::from(way > 0)..=STEPS {
            let to = mean + f64::from(way * step) * FARTHEST / f64::from(STEPS) * deviation;
            let moments = Moments {
                inside: vec![true; table.rows],
                values: vec![
                    (0..table.rows)
                        .map(|row| number(table, column, row).map_or(0.0, |v| v - to))
                        .collect(),
                ],
                anchors: vec![0.0],
            };
            let Ok(weights) = Weights::tilted(&moments) else {
                break;
            };
            let overlap = weights.overlap();
            if overlap.effective < FEWEST_EFFECTIVE
                || overlap.tail.is_some_and(|tail| tail >= HEAVIEST_TAIL)
            {
                break;
            }
            let Some(estimate) = reweighed(judged, metric, &weights, Some(&moments), None) else {
                break;
            };
            found.push((to, estimate));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found
}

/// The mean nearest to the data's at which the tolerance is crossed.
fn of_mean(
    moved: &[(f64, Estimate)],
    metric: Metric,
    bar: f64,
    kind: &Kind,
    overall: f64,
) -> Option<String> {
    let home = moved
        .iter()
        .position(|(_, estimate)| (estimate.value - overall).abs() < 1e-9)?;
    let written = |value: f64| match kind {
        Kind::Moment(_) => kind.write(kind.snap(value)),
        _ => format!("{value:.4}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
    };
    let up: Vec<usize> = (home..moved.len()).collect();
    let down: Vec<usize> = (0..=home).rev().collect();
    let mut told = Vec::new();
    for (way, word) in [(up, "rises"), (down, "falls")] {
        let crossed = way.windows(2).find_map(|pair| {
            let ((x0, a), (x1, b)) = (&moved[pair[0]], &moved[pair[1]]);
            (metric.breaks(b.value, bar) && !metric.breaks(a.value, bar))
                .then(|| x0 + (x1 - x0) * (bar - a.value) / (b.value - a.value))
        });
        if let Some(at) = crossed {
            let surely = way
                .iter()
                .any(|&place| moved[place].1.surely_breaks(metric, bar));
            told.push(format!(
                "crossed when its mean {word} from {} to {}{}",
                written(moved[home].0),
                written(at),
                if surely { "" } else { ", within the error" }
            ));
        }
    }
    (!told.is_empty()).then(|| told.join("; "))
}

/// The share of a level at which the tolerance is crossed while the others keep their proportions: the metric is linear in it, but for roots and areas, which are told at their
/// own levels alone.
fn of_shares(
    levels: &[(String, usize, Estimate)],
    shares: &[f64],
    metric: Metric,
    bar: f64,
    overall: f64,
) -> Option<String> {
    if matches!(metric, Metric::Rmse | Metric::Auc) {
        return None;
    }
    let mut best: Option<(f64, &str, f64, bool)> = None;
    for ((name, _, estimate), &share) in levels.iter().zip(shares) {
        if !metric.breaks(estimate.value, bar) || share >= 1.0 {
            continue;
        }
        let rest = (overall - share * estimate.value) / (1.0 - share);
        let at = (bar - rest) / (estimate.value - rest);
        if at > share && at <= 1.0 && best.is_none_or(|(.., other, _)| at - share < other) {
            let surely = estimate.surely_breaks(metric, bar);
            best = Some((at, name, at - share, surely));
        }
    }
    best.map(|(at, name, _, surely)| {
        format!(
            "crossed when `{name}` makes {:.1} % of the rows{}",
            100.0 * at,
            if surely { "" } else { ", within the error" }
        )
    })
}
