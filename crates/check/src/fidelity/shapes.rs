//! Column Shapes and Column Pair Trends of `sdmetrics` 0.32, with its definitions to the letter.
//!
//! Shapes: 1 − the Kolmogorov–Smirnov distance of numbers, 1 − the total variation distance of categories, missing values left out. Trends: 1 − half the difference of
//! Pearson's correlations for two numbers; 1 − the total variation distance of the contingency table else, where a number is cut into ten bins of equal width between
//! the ends *of each table by itself* and missing values are a bin.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::marginal::standing;
use crate::finding::{Bar, Chart, Direction, Finding, Map, Number, Table, percent};
use crate::ground::{Ground, Rows, Values};
use crate::statistics::{GROUPS, jackknife};

/// Pairs of numbers whose training rows correlate less do not count in a `QualityReport` of `sdmetrics`.
const LEAST_CORRELATION: f64 = 0.5;
/// The same for other pairs and Cramér's V.
const LEAST_ASSOCIATION: f64 = 0.3;

/// Cells of a contingency table up to which they are laid out; those of larger ones are sorted.
const DENSE: usize = 1 << 16;

/// 1 − the greatest difference of two distribution functions; none where a side has no value.
pub(crate) fn ks_complement(first: &[f64], second: &[f64]) -> Option<f64> {
    let sorted = |values: &[f64]| {
        let mut there: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        there.sort_unstable_by(f64::total_cmp);
        there
    };
    let (first, second) = (sorted(first), sorted(second));
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let (mut a, mut b) = (0, 0);
    let mut greatest = 0.0_f64;
    while a < first.len() && b < second.len() {
        let value = first[a].min(second[b]);
        while a < first.len() && first[a] <= value {
            a += 1;
        }
        while b < second.len() && second[b] <= value {
            b += 1;
        }
        let between = a as f64 / first.len() as f64 - b as f64 / second.len() as f64;
        greatest = greatest.max(between.abs());
    }
    Some(1.0 - greatest)
}

/// 1 − the total variation distance of two categories, missing values left out; none where a side has no value.
fn tv_complement(first: &[u32], second: &[u32], levels: usize) -> Option<f64> {
    let shares = |codes: &[u32]| {
        let mut counts = vec![0.0_f64; levels];
        for &code in codes {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1.0;
            }
        }
        let all: f64 = counts.iter().sum();
        (all > 0.0).then(|| {
            for count in &mut counts {
                *count /= all;
            }
            counts
        })
    };
    let (first, second) = (shares(first)?, shares(second)?);
    let distance: f64 = first.iter().zip(&second).map(|(a, b)| (a - b).abs()).sum();
    Some(1.0 - distance / 2.0)
}

/// Column Shapes of one column.
fn shape(levels: usize, first: &Values, second: &Values) -> Option<f64> {
    match (first, second) {
        (Values::Codes(first), Values::Codes(second)) => tv_complement(first, second, levels),
        (Values::Numbers { values: first, .. }, Values::Numbers { values: second, .. }) => {
            ks_complement(first, second)
        }
        _ => None,
    }
}

/// Pearson's correlation of the rows that have both; none where one does not vary.
pub(crate) fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    let pairs = || {
        x.iter()
            .zip(y)
            .filter(|(x, y)| !x.is_nan() && !y.is_nan())
            .map(|(&x, &y)| (x, y))
    };
    let n = pairs().count() as f64;
    if n < 2.0 {
        return None;
    }
    let mean_x = pairs().map(|(x, _)| x).sum::<f64>() / n;
    let mean_y = pairs().map(|(_, y)| y).sum::<f64>() / n;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs() {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let found = xy / (xx * yy).sqrt();
    found.is_finite().then_some(found.clamp(-1.0, 1.0))
}

/// The bins of `numpy.histogram_bin_edges` and `numpy.digitize`: 1 to 11, the greatest value and missing ones in the last.
fn equal_width(values: &[f64]) -> Vec<u32> {
    let there = values.iter().copied().filter(|value| !value.is_nan());
    let (mut low, mut high) = there.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    if low > high {
        return vec![11; values.len()];
    }
    if low == high {
        (low, high) = (low - 0.5, high + 0.5);
    }
    let step = (high - low) / 10.0;
    let mut edges: Vec<f64> = (0..10).map(|edge| f64::from(edge) * step + low).collect();
    edges.push(high);
    values
        .iter()
        .map(|&value| {
            if value.is_nan() {
                11
            } else {
                edges.partition_point(|&edge| edge <= value) as u32
            }
        })
        .collect()
}

/// A table as pairs are looked at: categories with missing as a level, numbers as they are and in bins.
struct Prepared {
    codes: Vec<Vec<u32>>,
    counts: Vec<usize>,
}

impl Prepared {
    fn new(ground: &Ground, rows: &Rows) -> Self {
        let codes = rows
            .values
            .par_iter()
            .enumerate()
            .map(|(column, values)| match values {
                Values::Numbers { values, .. } => equal_width(values),
                Values::Codes(codes) => {
                    let missing = ground.levels(column).len() as u32;
                    codes.iter().map(|&code| code.min(missing)).collect()
                }
            });
        let counts = (0..ground.columns.len()).map(|column| {
            if ground.columns[column].is_number() {
                12
            } else {
                ground.levels(column).len() + 1
            }
        });
        Self {
            codes: codes.collect(),
            counts: counts.collect(),
        }
    }

    fn contingency(&self, a: usize, b: usize) -> Vec<(u64, u32)> {
        let of_b = self.counts[b] as u64;
        let all = self.counts[a].saturating_mul(self.counts[b]);
        if all <= DENSE {
            let mut counts = vec![0_u32; all];
            for (&x, &y) in self.codes[a].iter().zip(&self.codes[b]) {
                counts[x as usize * self.counts[b] + y as usize] += 1;
            }
            let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0);
            return filled.map(|(cell, &count)| (cell as u64, count)).collect();
        }
        let mut cells: Vec<u64> = self.codes[a]
            .iter()
            .zip(&self.codes[b])
            .map(|(&x, &y)| u64::from(x) * of_b + u64::from(y))
            .collect();
        cells.sort_unstable();
        cells
            .chunk_by(|x, y| x == y)
            .map(|same| (same[0], same.len() as u32))
            .collect()
    }
}

/// 1 − the total variation distance of two sorted lists of counts.
fn contingency_similarity(first: &[(u64, u32)], n: usize, second: &[(u64, u32)], m: usize) -> f64 {
    let (mut a, mut b) = (0, 0);
    let mut distance = 0.0;
    while a < first.len() || b < second.len() {
        let cell_a = first.get(a).map_or(u64::MAX, |cell| cell.0);
        let cell_b = second.get(b).map_or(u64::MAX, |cell| cell.0);
        let (mut p, mut q) = (0.0, 0.0);
        if cell_a <= cell_b {
            p = f64::from(first[a].1) / n as f64;
            a += 1;
        }
        if cell_b <= cell_a {
            q = f64::from(second[b].1) / m as f64;
            b += 1;
        }
        distance += f64::abs(p - q);
    }
    1.0 - distance / 2.0
}

/// How strongly two columns hang together, from the counts of their pairs: Cramér's V (1946) without correction; none where one does not vary.
fn association(cells: &[(u64, u32)], of_second: u64) -> Option<f64> {
    let (mut rows, mut columns) = (BTreeMap::new(), BTreeMap::new());
    let mut n = 0.0;
    for &(cell, count) in cells {
        let count = f64::from(count);
        *rows.entry(cell / of_second).or_insert(0.0) += count;
        *columns.entry(cell % of_second).or_insert(0.0) += count;
        n += count;
    }
    let least = rows.len().min(columns.len());
    if least < 2 {
        return None;
    }
    // χ²/n = Σ o²/(r c) − 1: cells without rows add nothing.
    let phi: f64 = cells
        .iter()
        .map(|&(cell, count)| {
            let count = f64::from(count);
            count * count / (rows[&(cell / of_second)] * columns[&(cell % of_second)])
        })
        .sum();
    debug_assert!(n > 0.0);
    Some(((phi - 1.0).max(0.0) / (least - 1) as f64).sqrt())
}

/// Column Pair Trends of one pair.
#[derive(Debug, Clone, Copy)]
struct Trend {
    a: usize,
    b: usize,
    /// None where a correlation is not defined.
    score: Option<f64>,
    /// Whether the training rows' own correlation or association is strong enough for the pair to count in a `QualityReport`.
    strong: bool,
}

/// Column Pair Trends of every pair.
fn trends(ground: &Ground, first: &Rows, second: &Rows) -> Vec<Trend> {
    let columns = ground.columns.len();
    let pairs: Vec<(usize, usize)> = (0..columns)
        .flat_map(|a| (a + 1..columns).map(move |b| (a, b)))
        .collect();
    let (one, other) = (Prepared::new(ground, first), Prepared::new(ground, second));
    pairs
        .into_par_iter()
        .map(|(a, b)| {
            let numbers = ground.columns[a].is_number() && ground.columns[b].is_number();
            let (score, strength, least) = if numbers {
                let of =
                    |rows: &Rows| correlation(rows.values[a].numbers(), rows.values[b].numbers());
                let own = of(first);
                let score = own
                    .zip(of(second))
                    .map(|(first, second)| 1.0 - (first - second).abs() / 2.0);
                (score, own.map(f64::abs), LEAST_CORRELATION)
            } else {
                let cells = one.contingency(a, b);
                let score = contingency_similarity(
                    &cells,
                    first.count,
                    &other.contingency(a, b),
                    second.count,
                );
                (
                    Some(score),
                    association(&cells, one.counts[b] as u64),
                    LEAST_ASSOCIATION,
                )
            };
            Trend {
                a,
                b,
                score,
                strong: strength.is_some_and(|strength| strength > least),
            }
        })
        .collect()
}

fn mean(scores: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let scores: Vec<f64> = scores.flatten().collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}

fn shapes(ground: &Ground, first: &Rows, second: &Rows) -> Vec<Option<f64>> {
    (0..ground.columns.len())
        .into_par_iter()
        .map(|column| {
            shape(
                ground.levels(column).len(),
                &first.values[column],
                &second.values[column],
            )
        })
        .collect()
}

/// Column Shapes and Column Pair Trends.
pub(crate) fn findings(ground: &Ground) -> Vec<Finding> {
    let (train, synthetic) = (&ground.train, &ground.synthetic);
    let own = shapes(ground, train, synthetic);
    let best = ground
        .holdout
        .as_ref()
        .map(|holdout| shapes(ground, train, holdout));
    let mut findings = Vec::new();
    match mean(own.iter().copied()) {
        None => findings.push(Finding::not_computed(
            "fidelity.column_shapes",
            "Column shapes",
            "no column has a value in both tables",
        )),
        Some(value) => {
            let without = left_out(train, synthetic, |first, second| {
                mean(shapes(ground, first, second).into_iter()).unwrap_or(value)
            });
            let number = Number {
                interval: Some(jackknife(value, &without)),
                best_reachable: best.as_ref().and_then(|best| mean(best.iter().copied())),
                ..Number::share(value, Direction::Higher, ground.synthetic.count as u64)
            };
            let mut table = Table::of(["column", "measure", "score", "fresh rows"]);
            let mut bars = Vec::new();
            for (column, attribute) in ground.columns.iter().enumerate() {
                let Some(score) = own[column] else { continue };
                let mark = best.as_ref().and_then(|best| best[column]);
                table.push([
                    attribute.name.clone(),
                    if attribute.is_number() {
                        "KSComplement"
                    } else {
                        "TVComplement"
                    }
                    .to_owned(),
                    percent(score),
                    mark.map_or_else(|| "–".to_owned(), percent),
                ]);
                bars.push(Bar {
                    label: attribute.name.clone(),
                    value: score,
                    mark,
                });
            }
            let sentence = format!(
                "By `sdmetrics`' definition the shapes of single columns agree to {}.",
                percent(value)
            );
            findings.push(
                Finding::new("fidelity.column_shapes", "Column shapes", number, sentence)
                    .standing(standing(&number))
                    .with("Each column", Some(Chart::Bars(bars)), table),
            );
        }
    }
    let own = trends(ground, train, synthetic);
    let best = ground
        .holdout
        .as_ref()
        .map(|holdout| trends(ground, train, holdout));
    findings.push(pair_trends(ground, &own, best.as_deref(), true));
    findings.push(pair_trends(ground, &own, best.as_deref(), false));
    findings
}

/// The mean over pairs: those that hang together in the training rows, or all.
fn pair_trends(ground: &Ground, own: &[Trend], best: Option<&[Trend]>, strong: bool) -> Finding {
    let (id, title) = if strong {
        ("fidelity.pair_trends", "Column pair trends, strong pairs")
    } else {
        ("fidelity.pair_trends_all", "Column pair trends, all pairs")
    };
    let counted: Vec<usize> = (0..own.len())
        .filter(|&pair| own[pair].score.is_some() && (own[pair].strong || !strong))
        .collect();
    let over = |trends: &[Trend]| mean(counted.iter().map(|&pair| trends[pair].score));
    let Some(value) = over(own) else {
        return Finding::not_computed(
            id,
            title,
            if strong {
                "no two columns of the training rows hang together strongly"
            } else {
                "there are fewer than two columns that vary"
            },
        );
    };
    let number = Number {
        // Equal-width bins between a table's own ends make this one jump when a single row does; the jackknife does not hold for it.
        interval: None,
        best_reachable: best.and_then(over),
        ..Number::share(value, Direction::Higher, ground.synthetic.count as u64)
    };
    let mut order = counted.clone();
    order.sort_by(|&a, &b| {
        let score = |pair: usize| own[pair].score.unwrap_or(1.0);
        score(a).total_cmp(&score(b))
    });
    let mut table = Table::of(["columns", "score", "fresh rows"]);
    for &pair in order.iter().take(15) {
        let Trend { a, b, score, .. } = own[pair];
        let fresh = best.and_then(|best| best[pair].score);
        table.push([
            format!("{} × {}", ground.columns[a].name, ground.columns[b].name),
            score.map_or_else(String::new, percent),
            fresh.map_or_else(|| "–".to_owned(), percent),
        ]);
    }
    let columns = ground.columns.len();
    let mut map = vec![vec![None; columns]; columns];
    for &pair in &counted {
        let Trend { a, b, score, .. } = own[pair];
        let gap = score.map(|score| 1.0 - score);
        map[a][b] = gap;
        map[b][a] = gap;
    }
    let labels = ground.columns.iter().map(|column| column.name.clone());
    let chart = (columns <= 40).then(|| Chart::Maps {
        labels: labels.collect(),
        scale: (0.0, 0.2),
        maps: vec![Map {
            name: "100 % less the score (darkest: 20 % or more)".to_owned(),
            values: map,
        }],
    });
    let which = if strong {
        format!(
            "the {} pairs of columns that hang together in the training rows (correlation above {LEAST_CORRELATION} or Cramér's V above {LEAST_ASSOCIATION}, as `QualityReport` has it) agree",
            counted.len()
        )
    } else {
        "what goes with what agrees".to_owned()
    };
    let sentence = format!(
        "By `sdmetrics`' definition {which} to {}{}. There is no interval: equal-width bins between each table's own ends jump when a single row does.",
        percent(value),
        if strong { "" } else { " over all pairs" }
    );
    Finding::new(id, title, number, sentence)
        .standing(standing(&number))
        .with("The lowest pairs", chart, table)
}

/// A statistic of two tables with each group of rows left out in turn.
fn left_out(
    first: &Rows,
    second: &Rows,
    statistic: impl Fn(&Rows, &Rows) -> f64 + Sync,
) -> Vec<f64> {
    let keep = |rows: &Rows, group: usize| {
        let (from, to) = rows.groups()[group];
        let keep: Vec<bool> = (0..rows.count).map(|row| row < from || row >= to).collect();
        rows.those(&keep)
    };
    (0..GROUPS)
        .into_par_iter()
        .map(|group| statistic(&keep(first, group), &keep(second, group)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kolmogorov_smirnov_distance_is_that_of_both_step_functions() {
        // scipy.stats.ks_2samp([1, 2, 2, 5], [2, 3, 4, 7, 9]).statistic = 0.55
        let found = ks_complement(&[1.0, 2.0, f64::NAN, 2.0, 5.0], &[2.0, 3.0, 4.0, 7.0, 9.0]);
        assert!((found.unwrap_or(9.0) - 0.45).abs() < 1e-12, "{found:?}");
        assert_eq!(ks_complement(&[f64::NAN], &[1.0]), None);
    }

    #[test]
    fn bins_of_equal_width_are_numpys() {
        // numpy.digitize(x, numpy.histogram_bin_edges(x)) for x = [0, 1, 5, 9.99, 10]
        assert_eq!(equal_width(&[0.0, 1.0, 5.0, 9.99, 10.0]), [1, 2, 6, 10, 11]);
        assert_eq!(equal_width(&[3.0, f64::NAN]), [6, 11]);
    }
}
