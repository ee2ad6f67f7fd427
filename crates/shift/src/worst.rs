//! The worst population that is near the data's: Subbaswamy, Adams & Saria 2021 ("Evaluating model robustness and stability to dataset shift"), Jeong & Namkoong 2020.
//!
//! The mean loss given the attributes, μ, is regressed on rows that are not judged (cross-fitting); the worst population puts its weight where μ is high. Its figure is then the weighted mean of the rows'
//! own losses, which is the one-step estimator: the dual's value at μ plus the mean residual under the worst weights. Weights that were chosen by other rows flatter nothing: if μ is
//! learned badly, the population that is found is not the very worst, and its figure is still right for it.

use population::stream::Seed;
use tables::Table;

use crate::metric::{Judged, Metric};
use crate::regress::{Binned, binned, foreseen};
use crate::spec::{Within, Worst};
use crate::weigh::Estimate;

/// Shares at which the curve is told.
pub(crate) const SHARES: [f64; 11] = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0];
/// Rows of a cell of the columns whose distribution stays.
const CELL: usize = 100;
/// Rules that describe the worst rows, at most, and the share of a rule's rows that must be among them.
const RULES: usize = 4;
const PURE: f64 = 0.5;
const DEPTH: usize = 3;

/// The worst population of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The figure.
    pub estimate: Estimate,
    /// Its rows' weights, of mean 1.
    pub weights: Vec<f64>,
}

/// A rule that many of the worst rows meet.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// The rule.
    pub rule: String,
    /// The share of all rows that meet it.
    pub share: f64,
    /// The share of these that are among the worst.
    pub worst: f64,
    /// The metric's value among them.
    pub value: f64,
}

/// What the worst cases of some attributes are found by.
#[derive(Debug)]
pub struct Search<'a> {
    table: &'a Table,
    losses: &'a [f64],
    metric: Metric,
    /// Mean losses as other rows foresee them.
    regressed: Vec<f64>,
    /// The cell of each row in the columns whose distribution stays.
    cells: Vec<usize>,
    attributes: Vec<Binned>,
    names: Vec<String>,
}

impl<'a> Search<'a> {
    /// Over these attributes; none where the metric is no average of losses.
    pub fn new(
        table: &'a Table,
        judged: &'a Judged,
        metric: Metric,
        attributes: &[usize],
        fixed: &[usize],
        seed: Seed,
    ) -> Option<Self> {
        let losses = judged.losses(metric)?;
        let all: Vec<usize> = attributes.iter().chain(fixed).copied().collect();
        let regressed = foreseen(table, &all, losses, seed);
        let (mut bins, mut names) = (Vec::new(), Vec::new());
        for &column in attributes {
            if let Some(found) = binned(table, column, 16) {
                bins.push(found);
                names.push(table.columns[column].name.clone());
            }
        }
        let fixed: Vec<Binned> = fixed
            .iter()
            .filter_map(|&column| binned(table, column, 16))
            .collect();
        Some(Self {
            cells: cells(&fixed, &regressed, table.rows),
            table,
            losses,
            metric,
            regressed,
            attributes: bins,
            names,
        })
    }

    /// The worst population within a distance.
    pub fn within(&self, within: Within) -> Found {
        match within {
            Within::Share(share) => self.share(share),
            Within::Divergence(most) => self.divergence(most),
        }
    }

    /// Of each cell the part of a share whose foreseen loss is highest.
    fn share(&self, share: f64) -> Found {
        let n = self.table.rows;
        let mut weights = vec![0.0; n];
        let mut influence = vec![0.0; n];
        let mut rows_of: std::collections::BTreeMap<usize, Vec<usize>> =
            std::collections::BTreeMap::new();
        for row in 0..n {
            rows_of.entry(self.cells[row]).or_default().push(row);
        }
        for rows in rows_of.values_mut() {
            rows.sort_by(|&a, &b| {
                self.regressed[b]
                    .total_cmp(&self.regressed[a])
                    .then(a.cmp(&b))
            });
            let mut left = share * rows.len() as f64;
            let mut edge = 0.0;
            for &row in rows.iter() {
                let part = left.clamp(0.0, 1.0);
                weights[row] = part / share;
                left -= part;
                if part > 0.0 {
                    edge = self.regressed[row];
                }
            }
            // The whole has no edge.
            let edge = if share < 1.0 { edge } else { 0.0 };
            for &row in rows.iter() {
                influence[row] = edge + weights[row] * (self.losses[row] - edge);
            }
        }
        self.found(weights, &influence)
    }

    /// Weights in proportion to `exp(μ / η)`, with the η that is as far away as allowed.
    fn divergence(&self, most: f64) -> Found {
        let n = self.table.rows as f64;
        let top = self.regressed.iter().copied().fold(f64::MIN, f64::max);
        let at = |rate: f64| {
            let mut weights: Vec<f64> = self
                .regressed
                .iter()
                .map(|mu| libm::exp(rate * (mu - top)))
                .collect();
            let sum: f64 = weights.iter().sum();
            for weight in &mut weights {
                *weight *= n / sum;
            }
            let distance = weights
                .iter()
                .filter(|w| **w > 0.0)
                .map(|w| w * libm::log(*w))
                .sum::<f64>()
                / n;
            (weights, distance)
        };
        let spread = top - self.regressed.iter().copied().fold(f64::MAX, f64::min);
        let (mut low, mut high) = (0.0, 1e4 / spread.max(1e-9));
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            if at(middle).1 < most {
                low = middle;
            } else {
                high = middle;
            }
        }
        let weights = at(low).0;
        let scale = 1.0 / low.max(1e-300);
        let influence: Vec<f64> = weights
            .iter()
            .zip(self.losses)
            .zip(&self.regressed)
            .map(|((w, loss), mu)| {
                let tilted = if scale.is_finite() {
                    scale * (w - 1.0)
                } else {
                    0.0
                };
                tilted + w * (loss - mu)
            })
            .collect();
        self.found(weights, &influence)
    }

    fn found(&self, weights: Vec<f64>, influence: &[f64]) -> Found {
        let n = weights.len() as f64;
        let mean = weights
            .iter()
            .zip(self.losses)
            .map(|(w, l)| w * l)
            .sum::<f64>()
            / n;
        let centre = influence.iter().sum::<f64>() / n;
        let squares: f64 = influence.iter().map(|i| (i - centre) * (i - centre)).sum();
        let effective = n * n / weights.iter().map(|w| w * w).sum::<f64>().max(1e-300);
        let small = effective / (effective - 1.0).max(1.0);
        let error = self.metric.slope(mean).abs() * (squares * small).sqrt() / n;
        Found {
            estimate: Estimate::new(
                self.metric,
                self.metric.of_mean_loss(mean),
                error,
                effective - 1.0,
            ),
            weights,
        }
    }

    /// Who is in a worst population, by a few rules.
    pub fn described(&self, found: &Found) -> Vec<Described> {
        let worst: Vec<bool> = found.weights.iter().map(|w| *w > 1.0).collect();
        let mut leaves = Vec::new();
        let rows: Vec<usize> = (0..self.table.rows).collect();
        let least = (self.table.rows / 100).max(20);
        self.split(&rows, &worst, &mut Vec::new(), least, &mut leaves);
        leaves.sort_by(|a: &Described, b| {
            (b.share * b.worst)
                .total_cmp(&(a.share * a.worst))
                .then(a.rule.cmp(&b.rule))
        });
        leaves.retain(|leaf| leaf.worst >= PURE);
        leaves.truncate(RULES);
        leaves
    }

    fn split(
        &self,
        rows: &[usize],
        worst: &[bool],
        asked: &mut Vec<(usize, u8, bool)>,
        least: usize,
        leaves: &mut Vec<Described>,
    ) {
        let n = rows.len() as f64;
        let all = rows.iter().filter(|&&row| worst[row]).count() as f64;
        let mut best: Option<(f64, usize, u8)> = None;
        if asked.len() < DEPTH && all > 0.0 && all < n {
            for (place, column) in self.attributes.iter().enumerate() {
                let mut counts = vec![(0.0, 0.0); column.count];
                for &row in rows {
                    let bin = &mut counts[usize::from(column.bins[row])];
                    bin.0 += 1.0;
                    bin.1 += f64::from(u8::from(worst[row]));
                }
                let mut upto = (0.0, 0.0);
                for (bin, &(there, hit)) in counts.iter().enumerate() {
                    upto = if column.ordered {
                        (upto.0 + there, upto.1 + hit)
                    } else {
                        (there, hit)
                    };
                    let rest = (n - upto.0, all - upto.1);
                    if upto.0 < least as f64 || rest.0 < least as f64 {
                        continue;
                    }
                    let gain = upto.1 * upto.1 / upto.0 + rest.1 * rest.1 / rest.0 - all * all / n;
                    if gain > 1e-9 * n && best.is_none_or(|(other, ..)| gain > other) {
                        best = Some((gain, place, bin as u8));
                    }
                }
            }
        }
        let Some((_, place, bin)) = best else {
            if asked.is_empty() {
                return;
            }
            let loss = rows.iter().map(|&row| self.losses[row]).sum::<f64>() / n;
            leaves.push(Described {
                rule: self.rule(asked),
                share: n / self.table.rows as f64,
                worst: all / n,
                value: self.metric.of_mean_loss(loss),
            });
            return;
        };
        let column = &self.attributes[place];
        for inside in [true, false] {
            let part: Vec<usize> = rows
                .iter()
                .copied()
                .filter(|&row| {
                    let own = column.bins[row];
                    (if column.ordered {
                        own <= bin
                    } else {
                        own == bin
                    }) == inside
                })
                .collect();
            asked.push((place, bin, inside));
            self.split(&part, worst, asked, least, leaves);
            asked.pop();
        }
    }

    /// Questions in words; several about one ordered column become one range.
    fn rule(&self, asked: &[(usize, u8, bool)]) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut told = Vec::new();
        for &(place, ..) in asked {
            if told.contains(&place) {
                continue;
            }
            told.push(place);
            let column = &self.attributes[place];
            let name = &self.names[place];
            let mine = asked.iter().filter(|question| question.0 == place);
            let mut fits = vec![true; column.count];
            for &(_, bin, inside) in mine {
                for (own, fits) in fits.iter_mut().enumerate() {
                    let at = if column.ordered {
                        own <= usize::from(bin)
                    } else {
                        own == usize::from(bin)
                    };
                    *fits &= at == inside;
                }
            }
            // Bins that no row is in say nothing.
            let mut there = vec![false; column.count];
            column
                .bins
                .iter()
                .for_each(|bin| there[usize::from(*bin)] = true);
            let within: Vec<&str> = (0..column.count)
                .filter(|&bin| fits[bin] && there[bin])
                .map(|bin| column.names[bin].as_str())
                .collect();
            let without: Vec<&str> = (0..column.count)
                .filter(|&bin| !fits[bin] && there[bin])
                .map(|bin| column.names[bin].as_str())
                .collect();
            parts.push(match (within.as_slice(), without.as_slice()) {
                ([one], _) => format!("{name}: {one}"),
                ([first, .., last], _) if column.ordered => {
                    let start = first.split(" to ").next().unwrap_or(first);
                    let end = last.rsplit(" to ").next().unwrap_or(last);
                    format!("{name}: {start} to {end}")
                }
                (_, [one]) => format!("{name}: not {one}"),
                (_, [a, b]) => format!("{name}: neither {a} nor {b}"),
                (_, others) => format!("{name}: none of {}", others.join(", ")),
            });
        }
        parts.join(" and ")
    }
}

/// Cells of the columns that stay: the leaves of a regression tree of the foreseen loss on them, with [`CELL`] rows each at least, so that within a cell the loss depends on them little.
fn cells(fixed: &[Binned], regressed: &[f64], rows: usize) -> Vec<usize> {
    let mut cell_of = vec![0; rows];
    let mut open: Vec<Vec<usize>> = vec![(0..rows).collect()];
    let mut next = 0;
    while let Some(mine) = open.pop() {
        let n = mine.len() as f64;
        let all: f64 = mine.iter().map(|&row| regressed[row]).sum();
        let mut best: Option<(f64, usize, Vec<bool>)> = None;
        for (place, column) in fixed.iter().enumerate() {
            let mut sums = vec![(0.0, 0.0); column.count];
            for &row in &mine {
                let bin = &mut sums[usize::from(column.bins[row])];
                bin.0 += 1.0;
                bin.1 += regressed[row];
            }
            let mut order: Vec<usize> =
                (0..column.count).filter(|&bin| sums[bin].0 > 0.0).collect();
            if !column.ordered {
                order.sort_by(|&a, &b| {
                    (sums[a].1 / sums[a].0)
                        .total_cmp(&(sums[b].1 / sums[b].0))
                        .then(a.cmp(&b))
                });
            }
            let (mut there, mut sum) = (0.0, 0.0);
            for (upto, &bin) in order.iter().enumerate() {
                there += sums[bin].0;
                sum += sums[bin].1;
                if there < CELL as f64 || n - there < CELL as f64 {
                    continue;
                }
                let rest = all - sum;
                let gain = sum * sum / there + rest * rest / (n - there) - all * all / n;
                if gain > 1e-12 && best.as_ref().is_none_or(|(other, ..)| gain > *other) {
                    let mut left = vec![false; column.count];
                    order[..=upto].iter().for_each(|&bin| left[bin] = true);
                    best = Some((gain, place, left));
                }
            }
        }
        if let Some((_, place, left)) = best {
            let (a, b) = mine
                .iter()
                .partition(|&&row| left[usize::from(fixed[place].bins[row])]);
            open.push(a);
            open.push(b);
        } else {
            for row in mine {
                cell_of[row] = next;
            }
            next += 1;
        }
    }
    cell_of
}

/// Whether a worst case asks for what cannot be: the reason.
pub(crate) fn refused(worst: &Worst, rows: usize) -> Option<String> {
    match worst.within {
        Within::Share(share) if share * (rows as f64) < 50.0 => Some(format!(
            "beyond support: a part of {:.1} % of {rows} rows has fewer than 50",
            100.0 * share
        )),
        Within::Divergence(_) if !worst.fixed.is_empty() => {
            Some("columns stay `fixed` only in a worst case of a `share`".to_owned())
        }
        _ => None,
    }
}
