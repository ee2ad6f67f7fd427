//! Accuracies of `mostlyai-qa`: 100 % less the total variation distance of binned columns, pairs and triples.

use population::stream::{Seed, Streams};
use rayon::prelude::*;

use crate::bins::{Binned, bins_of};
use crate::finding::{Bar, Chart, Direction, Finding, Interval, Number, Standing, Table, percent};
use crate::ground::{Ground, Rows};
use crate::statistics::{GROUPS, jackknife};

/// `mostlyai-qa` looks at as many triples; where there are more, these are drawn.
const TRIPLES: usize = 10_000;
/// Pairs and triples that a report lists.
const LISTED: usize = 15;

/// An accuracy with each group of rows left out in turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accuracy {
    pub(crate) value: f64,
    pub(crate) without: [f64; GROUPS],
    /// What sampling alone leaves of 100 %, as `mostlyai-qa` expects it.
    pub(crate) expected: f64,
}

impl Accuracy {
    /// The mean over several, each with the same groups left out.
    pub(crate) fn mean(all: &[Self]) -> Option<Self> {
        let count = all.len() as f64;
        if all.is_empty() {
            return None;
        }
        let mut mean = Self {
            value: 0.0,
            without: [0.0; GROUPS],
            expected: 0.0,
        };
        for one in all {
            mean.value += one.value / count;
            mean.expected += one.expected / count;
            for (sum, part) in mean.without.iter_mut().zip(one.without) {
                *sum += part / count;
            }
        }
        Some(mean)
    }

    pub(crate) fn interval(&self) -> Interval {
        jackknife(self.value, &self.without)
    }
}

/// Two tables in the same bins.
#[derive(Debug)]
pub(crate) struct Pairing {
    first: Binned,
    second: Binned,
    first_groups: Vec<(usize, usize)>,
    second_groups: Vec<(usize, usize)>,
}

impl Pairing {
    /// With the bins of the first.
    pub(crate) fn new(ground: &Ground, first: &Rows, second: &Rows) -> Self {
        let bins = bins_of(&ground.columns, first);
        Self {
            first: Binned::new(&bins, first),
            second: Binned::new(&bins, second),
            first_groups: first.groups(),
            second_groups: second.groups(),
        }
    }

    /// 1 − the total variation distance of these columns together.
    pub(crate) fn accuracy(&self, columns: &[usize]) -> Accuracy {
        let mut size = 1;
        for &column in columns {
            size *= self.first.counts[column];
        }
        let count = |binned: &Binned, groups: &[(usize, usize)]| {
            let mut counts = vec![0_u32; size * GROUPS];
            for (&(from, to), counts) in groups.iter().zip(counts.chunks_exact_mut(size)) {
                match *columns {
                    [a] => {
                        for &bin in &binned.columns[a][from..to] {
                            counts[usize::from(bin)] += 1;
                        }
                    }
                    [a, b] => {
                        let of_b = binned.counts[b];
                        let rows = binned.columns[a][from..to].iter();
                        for (&x, &y) in rows.zip(&binned.columns[b][from..to]) {
                            counts[usize::from(x) * of_b + usize::from(y)] += 1;
                        }
                    }
                    _ => {
                        for row in from..to {
                            let cell = columns.iter().fold(0, |cell, &column| {
                                cell * binned.counts[column]
                                    + usize::from(binned.columns[column][row])
                            });
                            counts[cell] += 1;
                        }
                    }
                }
            }
            counts
        };
        let first = count(&self.first, &self.first_groups);
        let second = count(&self.second, &self.second_groups);
        let sum = |counts: &[u32]| {
            let mut sum = vec![0_u32; size];
            for group in counts.chunks_exact(size) {
                for (sum, part) in sum.iter_mut().zip(group) {
                    *sum += part;
                }
            }
            sum
        };
        let (all_first, all_second) = (sum(&first), sum(&second));
        let (n, m) = (self.first.rows as f64, self.second.rows as f64);
        let mut distance = 0.0;
        let mut noise = 0.0;
        for (&a, &b) in all_first.iter().zip(&all_second) {
            let p = f64::from(a) / n;
            distance += (p - f64::from(b) / m).abs();
            noise += (p * (1.0 - p) * (1.0 / n + 1.0 / m) * std::f64::consts::FRAC_2_PI).sqrt();
        }
        let mut without = [0.0; GROUPS];
        for (group, without) in without.iter_mut().enumerate() {
            let (from, to) = self.first_groups[group];
            let n = (self.first.rows - (to - from)).max(1) as f64;
            let (from, to) = self.second_groups[group];
            let m = (self.second.rows - (to - from)).max(1) as f64;
            let part = group * size..(group + 1) * size;
            let mut distance = 0.0;
            for (((&a, &b), &less_a), &less_b) in all_first
                .iter()
                .zip(&all_second)
                .zip(&first[part.clone()])
                .zip(&second[part])
            {
                distance += (f64::from(a - less_a) / n - f64::from(b - less_b) / m).abs();
            }
            *without = 1.0 - distance / 2.0;
        }
        Accuracy {
            value: 1.0 - distance / 2.0,
            without,
            expected: 1.0 - noise / 2.0,
        }
    }

    /// The accuracies of many sets of columns.
    pub(crate) fn accuracies(&self, sets: &[Vec<usize>]) -> Vec<Accuracy> {
        sets.par_iter()
            .map(|columns| self.accuracy(columns))
            .collect()
    }
}

/// All sets of `k` columns, or [`TRIPLES`] of them where there are more.
pub(crate) fn sets(columns: usize, k: usize, seed: Seed) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..k {
        all = all
            .iter()
            .flat_map(|set| {
                let next = set.last().map_or(0, |&last| last + 1);
                (next..columns).map(move |column| {
                    let mut set = set.clone();
                    set.push(column);
                    set
                })
            })
            .collect();
    }
    let mut stream = Streams::new(seed, 0).stream("check/triples");
    while all.len() > TRIPLES {
        let place = stream.below(all.len() as u64) as usize;
        all.swap_remove(place);
    }
    all
}

/// Accuracy over single columns, pairs and triples, and of them all.
pub(crate) fn findings(ground: &Ground, seed: Seed) -> Vec<Finding> {
    let columns = ground.columns.len();
    let pairing = Pairing::new(ground, &ground.train, &ground.synthetic);
    let reference = ground
        .holdout
        .as_ref()
        .map(|holdout| Pairing::new(ground, &ground.train, holdout));
    let mut findings = Vec::new();
    let mut means = Vec::new();
    let mut reference_means = Vec::new();
    let words = [
        ("univariate", "Single columns", "a column"),
        ("bivariate", "Pairs of columns", "a pair of columns"),
        ("trivariate", "Triples of columns", "a triple of columns"),
    ];
    for (k, (id, title, one)) in (1..).zip(words) {
        let sets = sets(columns, k, seed);
        let all = pairing.accuracies(&sets);
        let id = format!("fidelity.{id}");
        let Some(mean) = Accuracy::mean(&all) else {
            findings.push(Finding::not_computed(
                id,
                title,
                format!("the tables share {columns} columns, and it needs {k}"),
            ));
            continue;
        };
        let best = reference
            .as_ref()
            .map(|reference| reference.accuracies(&sets));
        let best_mean = best.as_deref().and_then(Accuracy::mean);
        let number = number(&mean, best_mean.as_ref(), ground.synthetic.count);
        let sentence = format!(
            "Counted in bins, {one} of the synthetic rows agrees with the training rows to {} on average.",
            percent(mean.value)
        );
        let (chart, table) = listed(ground, &sets, &all, best.as_deref());
        means.push(mean);
        reference_means.extend(best_mean);
        findings.push(
            Finding::new(id, title, number, sentence)
                .standing(standing(&number))
                .with(
                    if sets.len() > LISTED {
                        format!("The {LISTED} worst of {}", sets.len())
                    } else {
                        "Each of them".to_owned()
                    },
                    chart,
                    table,
                ),
        );
    }
    if let Some(mean) = Accuracy::mean(&means) {
        let number = number(
            &mean,
            Accuracy::mean(&reference_means).as_ref(),
            ground.synthetic.count,
        );
        let sentence = format!(
            "Over single columns, pairs and triples together the synthetic rows agree with the training rows to {}.",
            percent(mean.value)
        );
        findings.insert(
            0,
            Finding::new("fidelity.accuracy", "Accuracy", number, sentence)
                .standing(standing(&number)),
        );
    }
    findings
}

fn number(mean: &Accuracy, best: Option<&Accuracy>, rows: usize) -> Number {
    Number {
        interval: Some(mean.interval()),
        best_reachable: best.map(|best| best.value),
        ..Number::share(mean.value, Direction::Higher, rows as u64)
    }
}

/// Beside what fresh rows reach: within two points it is good, within six to be looked at, as far as the interval lets one tell. Without fresh rows nothing is said.
pub(crate) fn standing(number: &Number) -> Standing {
    let high = number
        .interval
        .map_or(number.value, |interval| interval.high);
    match number.best_reachable {
        None => Standing::Neutral,
        Some(best) if high >= best - 0.02 => Standing::Good,
        Some(best) if high >= best - 0.06 => Standing::Attention,
        Some(_) => Standing::Bad,
    }
}

fn listed(
    ground: &Ground,
    sets: &[Vec<usize>],
    all: &[Accuracy],
    best: Option<&[Accuracy]>,
) -> (Option<Chart>, Table) {
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by(|&a, &b| all[a].value.total_cmp(&all[b].value));
    let mut table = Table::of([
        "columns",
        "accuracy",
        "95 % interval",
        "fresh rows",
        "expected of sampling alone",
    ]);
    let mut bars = Vec::new();
    for &place in order
        .iter()
        .take(LISTED.max(sets.len().min(40) * usize::from(sets[0].len() == 1)))
    {
        let names: Vec<&str> = sets[place]
            .iter()
            .map(|&column| ground.columns[column].name.as_str())
            .collect();
        let label = names.join(" × ");
        let interval = all[place].interval();
        let fresh = best.map(|best| best[place].value);
        table.push([
            label.clone(),
            percent(all[place].value),
            format!("{} to {}", percent(interval.low), percent(interval.high)),
            fresh.map_or_else(|| "–".to_owned(), percent),
            percent(all[place].expected),
        ]);
        bars.push(Bar {
            label,
            value: all[place].value,
            mark: fresh,
        });
    }
    (Some(Chart::Bars(bars)), table)
}
