//! Other shares than the learned ones: which strata rows are drawn from, and how many from each.
//!
//! Wishes cut the population into *cells*: rows that are alike in everything that is wished for. A sample of the model says how many there are in each;
//! raking (iterative proportional fitting, Deming & Stephan 1940) then moves the cells' shares as little as the wishes allow, in the sense of Kullback and
//! Leibler. Within a cell nothing changes, so what a wish does not speak of stays as it was learned, given what it does speak of.

use std::collections::BTreeMap;

use super::{
    Draw, Model,
    condition::Conditions,
    draws::{Request, RequestError, Stratum},
    partition::Partition,
};
use crate::rule::Rule;
use crate::table::{Cells, Kind, MISSING_LEVEL, Table};
use population::stream::Seed;

/// Rows that tell how large the cells are.
const SAMPLE: u64 = 1 << 16;
/// Rows of a class that the sample does not have.
const RARE_SAMPLE: u64 = 1 << 11;
/// The most cells.
const MOST_CELLS: usize = 4096;
/// Classes that a number is cut into, to be moved and for parity.
const MOVED: usize = 32;
const GROUPS: usize = 8;
/// Times that the cells are fitted, and how near they must come.
const SWEEPS: usize = 2000;
const NEAR: f64 = 1e-6;

/// One thing that rows are to have otherwise than the model learned it.
#[derive(Debug, Clone)]
pub enum Wish {
    /// This share of the rows meets the condition.
    Share {
        /// What is to be met.
        condition: Rule,
        /// From 0 to 1.
        share: f64,
    },
    /// The condition is met so many times as often.
    Times {
        /// What is to be met.
        condition: Rule,
        /// At least 0.
        factor: f64,
    },
    /// A column of numbers or moments is moved: its distribution becomes that of its values plus `by`, as far as the learned values reach.
    Move {
        /// The column.
        column: String,
        /// In the column's unit; moments in days.
        by: f64,
    },
    /// The target is distributed alike in every group: statistical parity.
    Parity {
        /// The column that is to be alike.
        target: String,
        /// The column of groups.
        group: String,
    },
}

/// Rows of each stratum, and what to watch.
pub(super) struct Plan<'m> {
    pub strata: Vec<Stratum<'m>>,
    pub upto: Vec<f64>,
    pub watched: Vec<Watched>,
}

/// A share that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    /// Only rows that meet this count.
    among: Option<Rule>,
    condition: Rule,
    learned: f64,
    requested: f64,
}

/// Counts requested shares in rows that are made.
#[derive(Debug)]
pub struct Achieved {
    watched: Vec<Watched>,
    /// The column of labels, where there are patterns: wishes hold for the rows of none.
    label: Option<usize>,
    /// Rows that count, and those that meet the condition.
    counts: Vec<(u64, u64)>,
}

/// A share as learned, as asked for, and as it came out.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareReport {
    /// The condition, and among which rows.
    pub what: String,
    /// In the model's own rows, by a sample of 65,536.
    pub learned: f64,
    /// What was asked for; for parity and moves, what follows from it.
    pub requested: f64,
    /// In the rows that were made.
    pub achieved: f64,
    /// Rows that count.
    pub rows: u64,
}

impl Achieved {
    pub(super) fn new(watched: Vec<Watched>, label: Option<usize>) -> Self {
        Self {
            counts: vec![(0, 0); watched.len()],
            watched,
            label,
        }
    }

    /// Counts more rows.
    pub fn count(&mut self, rows: &Table) {
        let label = self.label.map(|label| &rows.cells[label]);
        for row in 0..rows.rows {
            if let Some(Cells::Levels { codes, .. }) = label
                && codes[row] != MISSING_LEVEL
            {
                continue;
            }
            for (watched, (all, met)) in self.watched.iter().zip(&mut self.counts) {
                let among = watched.among.as_ref();
                if among.is_none_or(|among| among.of_row(rows, row).yes) {
                    *all += 1;
                    *met += u64::from(watched.condition.of_row(rows, row).yes);
                }
            }
        }
    }

    /// What was asked for beside what came out, in the order of the wishes.
    pub fn report(&self) -> Vec<ShareReport> {
        let both = self.watched.iter().zip(&self.counts);
        both.map(|(watched, &(all, met))| ShareReport {
            achieved: if all == 0 {
                f64::NAN
            } else {
                met as f64 / all as f64
            },
            rows: all,
            ..watched.report()
        })
        .collect()
    }
}

impl Watched {
    pub(super) fn learned(&self) -> f64 {
        self.learned
    }

    /// What is known of it before any row is made.
    pub(super) fn report(&self) -> ShareReport {
        let condition = self.condition.text();
        ShareReport {
            what: self.among.as_ref().map_or_else(
                || condition.to_owned(),
                |among| format!("{condition} where {}", among.text()),
            ),
            learned: self.learned,
            requested: self.requested,
            achieved: f64::NAN,
            rows: 0,
        }
    }
}

/// What the shares of cells must be.
pub(super) enum Aim {
    /// The shares of a partition's classes.
    Shares(usize, Vec<f64>),
    /// Two partitions are independent.
    Independent(usize, usize),
}

/// Everything that a request speaks of in some strata, so that all have the same written columns.
pub(super) fn watched(model: &Model, request: &Request) -> Result<Vec<Rule>, RequestError> {
    let (partitions, _) = partitions(model, &request.wishes)?;
    let classes = partitions
        .into_iter()
        .flat_map(|partition| partition.classes);
    let patterns = request.patterns.iter();
    Ok(classes
        .chain(patterns.flat_map(|pattern| pattern.given.iter().cloned()))
        .chain(request.given.iter().cloned())
        .collect())
}

pub(super) fn plan<'m>(
    model: &'m Model,
    request: &Request,
    rules: &[Rule],
    watched: &[Rule],
    heat: f64,
) -> Result<Plan<'m>, RequestError> {
    let (partitions, kinds) = partitions(model, &request.wishes)?;
    let conditions = |extra: &[&Rule]| {
        let given: Vec<Rule> = request
            .given
            .iter()
            .chain(extra.iter().copied())
            .cloned()
            .collect();
        Conditions::new(model, &given, rules, watched, heat)
    };
    let mut cells: BTreeMap<Vec<u16>, f64> = BTreeMap::new();
    let base = Request {
        wishes: Vec::new(),
        patterns: Vec::new(),
        ..request.clone()
    };
    let sample = model.draws(&base, Seed(0), Draw::Plain)?.rows(0..SAMPLE);
    for row in 0..sample.rows {
        let cell = partitions.iter().map(|p| p.class(&sample, row)).collect();
        *cells.entry(cell).or_default() += 1.0 / sample.rows as f64;
    }
    let before = cells.clone();
    let aims = aims(
        model,
        &request.wishes,
        &partitions,
        &kinds,
        &before,
        &sample,
    )?;

    // Rare classes that are wanted and that the sample does not have.
    for aim in &aims {
        let Aim::Shares(which, shares) = aim else {
            continue;
        };
        for (class, &share) in shares.iter().enumerate() {
            if share <= 0.0 || share_of(&cells, *which, class as u16) > 0.0 {
                continue;
            }
            let rule = &partitions[*which].classes[class];
            model.knows(rule)?;
            let stratum = Stratum::new(conditions(&[rule]));
            if !stratum.is_possible() {
                return Err(RequestError::new(
                    format!(
                        "`{}` is to be met by {:.2} % of the rows, and the model never meets it",
                        rule.text(),
                        100.0 * share
                    ),
                    "the model makes no value that the data never had",
                ));
            }
            let given: Vec<Rule> = request.given.iter().chain([rule]).cloned().collect();
            let rare = Request {
                given,
                ..base.clone()
            };
            let rows = model
                .draws(&rare, Seed(0), Draw::Plain)?
                .rows(0..RARE_SAMPLE);
            let each = stratum.likelihood() / rows.rows as f64;
            for row in 0..rows.rows {
                let cell = partitions.iter().map(|p| p.class(&rows, row)).collect();
                *cells.entry(cell).or_default() += each;
            }
        }
    }
    if cells.len() > MOST_CELLS {
        return Err(RequestError::new(
            format!("the wishes cut the population into {} groups", cells.len()),
            format!("at most {MOST_CELLS} are kept apart; wish for fewer things at once"),
        ));
    }
    rake(&mut cells, &aims, &request.wishes)?;
    let watched_shares = watch(&partitions, &kinds, &aims, &request.wishes, &before, &cells);
    let mut strata = Vec::new();
    let mut upto = Vec::new();
    let mut sum = 0.0;
    for (cell, share) in &cells {
        if *share < 1e-12 {
            continue;
        }
        let extra: Vec<&Rule> = partitions
            .iter()
            .zip(cell)
            .map(|(partition, &class)| &partition.classes[usize::from(class)])
            .collect();
        strata.push(Stratum::new(conditions(&extra)));
        sum += share;
        upto.push(sum);
    }
    for upto in &mut upto {
        *upto /= sum;
    }
    Ok(Plan {
        strata,
        upto,
        watched: watched_shares,
    })
}

/// What the wishes make of the shares of cells; `before` are those as they were learned.
pub(super) fn aims(
    model: &Model,
    wishes: &[Wish],
    partitions: &[Partition],
    kinds: &[[usize; 2]],
    before: &BTreeMap<Vec<u16>, f64>,
    sample: &Table,
) -> Result<Vec<Aim>, RequestError> {
    let mut aims = Vec::new();
    for (wish, which) in wishes.iter().zip(kinds) {
        aims.push(match (wish, which) {
            (Wish::Share { share, .. }, &[a, _]) => Aim::Shares(a, vec![*share, 1.0 - share]),
            (Wish::Times { condition, factor }, &[a, _]) => {
                let was = share_of(before, a, 0);
                let share = was * factor;
                if share > 1.0 {
                    return Err(RequestError::new(
                        format!("`{}` is met by {:.1} % of the rows, and cannot be {factor} times as frequent", condition.text(), 100.0 * was),
                        format!("ask for at most {:.3} times", 1.0 / was),
                    ));
                }
                Aim::Shares(a, vec![share, 1.0 - share])
            }
            (Wish::Move { column, by }, &[a, _]) => {
                Aim::Shares(a, moved(model, column, *by, &partitions[a], sample)?)
            }
            (Wish::Parity { .. }, &[a, b]) => Aim::Independent(a, b),
        });
    }
    Ok(aims)
}

fn share_of(cells: &BTreeMap<Vec<u16>, f64>, which: usize, class: u16) -> f64 {
    let of = cells.iter().filter(|(cell, _)| cell[which] == class);
    of.map(|(_, share)| share).sum()
}

/// The partitions of all wishes, and for each wish the one or two that are its own.
pub(super) fn partitions(
    model: &Model,
    wishes: &[Wish],
) -> Result<(Vec<Partition>, Vec<[usize; 2]>), RequestError> {
    let mut partitions = Vec::new();
    let mut kinds = Vec::new();
    for wish in wishes {
        let first = partitions.len();
        match wish {
            Wish::Share { condition, share } => {
                if !(0.0..=1.0).contains(share) {
                    return Err(RequestError::new(
                        format!("a share of {share} was asked for `{}`", condition.text()),
                        "shares lie between 0 and 1, or are per cents: `30%`",
                    ));
                }
                model.knows(condition)?;
                partitions.push(Partition::of_two(condition));
            }
            Wish::Times { condition, factor } => {
                if !factor.is_finite() || *factor < 0.0 {
                    return Err(RequestError::new(
                        format!("`{}` is to be {factor} times as frequent", condition.text()),
                        "the factor is a number from 0 on",
                    ));
                }
                model.knows(condition)?;
                partitions.push(Partition::of_two(condition));
            }
            Wish::Move { column, by } => {
                let place = model.place(column)?;
                if !model.columns[place].kind.is_numeric() || !by.is_finite() {
                    return Err(RequestError::new(
                        format!("`{column}` cannot be moved by {by}"),
                        "only columns of numbers and moments are moved, by a number in their unit, or by days",
                    ));
                }
                partitions.push(model.cut(place, MOVED)?);
            }
            Wish::Parity { target, group } => {
                for column in [target, group] {
                    let place = model.place(column)?;
                    let partition = if model.columns[place].kind.is_numeric() {
                        model.cut(place, GROUPS)?
                    } else {
                        model.levels_of(place)?
                    };
                    partitions.push(partition);
                }
            }
        }
        kinds.push([first, partitions.len() - 1]);
    }
    Ok((partitions, kinds))
}

/// The shares of a column's classes when its values have moved.
fn moved(
    model: &Model,
    column: &str,
    by: f64,
    partition: &Partition,
    sample: &Table,
) -> Result<Vec<f64>, RequestError> {
    let place = model.place(column)?;
    let by = if matches!(model.columns[place].kind, Kind::Moment(_)) {
        by * 86_400.0
    } else {
        by
    };
    let Cells::Numbers { values, .. } = &sample.cells[place] else {
        return Ok(Vec::new());
    };
    let there = values.iter().filter(|value| !value.is_nan());
    let (low, high) = there.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| {
        (low.min(v), high.max(v))
    });
    let mut shares = vec![0.0; partition.classes.len()];
    let mut beyond = 0;
    for row in 0..sample.rows {
        let class = if values[row].is_nan() {
            partition.class(sample, row)
        } else {
            let value = values[row] + by;
            beyond += usize::from(value < low || value > high);
            let value = value.clamp(low, high);
            let known = |_| crate::rule::Domain::number(value);
            let found = partition
                .classes
                .iter()
                .position(|rule| rule.truth(&known).yes);
            found.unwrap_or(0) as u16
        };
        shares[usize::from(class)] += 1.0 / sample.rows as f64;
    }
    if beyond * 5 > sample.rows {
        return Err(RequestError::new(
            format!(
                "moving `{column}` by {by} takes {:.0} % of the rows beyond every value that was learned",
                100.0 * beyond as f64 / sample.rows as f64
            ),
            "move it less: the model makes no value that the data never had",
        ));
    }
    Ok(shares)
}

/// Fits the cells' shares.
pub(super) fn rake(
    cells: &mut BTreeMap<Vec<u16>, f64>,
    aims: &[Aim],
    wishes: &[Wish],
) -> Result<(), RequestError> {
    let sums = |cells: &BTreeMap<Vec<u16>, f64>, which: &dyn Fn(&[u16]) -> (u16, u16)| {
        let mut sums: BTreeMap<(u16, u16), f64> = BTreeMap::new();
        for (cell, share) in cells {
            *sums.entry(which(cell)).or_default() += share;
        }
        sums
    };
    let mut worst = (f64::INFINITY, 0);
    for _ in 0..SWEEPS {
        worst = (0.0, 0);
        for (index, aim) in aims.iter().enumerate() {
            match aim {
                Aim::Shares(which, shares) => {
                    let now = sums(cells, &|cell| (cell[*which], 0));
                    for (cell, share) in cells.iter_mut() {
                        let has = now[&(cell[*which], 0)];
                        let wanted = shares[usize::from(cell[*which])];
                        if has > 0.0 {
                            *share *= wanted / has;
                        }
                        if (has - wanted).abs() > worst.0 {
                            worst = ((has - wanted).abs(), index);
                        }
                    }
                }
                Aim::Independent(a, b) => {
                    let one = sums(cells, &|cell| (cell[*a], 0));
                    let other = sums(cells, &|cell| (cell[*b], 0));
                    let both = sums(cells, &|cell| (cell[*a], cell[*b]));
                    for (cell, share) in cells.iter_mut() {
                        let has = both[&(cell[*a], cell[*b])];
                        let wanted = one[&(cell[*a], 0)] * other[&(cell[*b], 0)];
                        if has > 0.0 {
                            *share *= wanted / has;
                        }
                        if (has - wanted).abs() > worst.0 {
                            worst = ((has - wanted).abs(), index);
                        }
                    }
                }
            }
        }
        if worst.0 < NEAR {
            return Ok(());
        }
    }
    // Two groups that never meet in the model cannot be made independent exactly; near is near enough.
    if worst.0 < 1e-3 {
        return Ok(());
    }
    let what = match &wishes[worst.1] {
        Wish::Share { condition, .. } | Wish::Times { condition, .. } => {
            format!("`{}`", condition.text())
        }
        Wish::Move { column, .. } => format!("the move of `{column}`"),
        Wish::Parity { target, group } => format!("parity of `{target}` by `{group}`"),
    };
    Err(RequestError::new(
        format!(
            "the wishes contradict one another: with the others met, {what} stays {:.1} % of the rows away from its share",
            100.0 * worst.0
        ),
        "shares of conditions that exclude one another add up to at most 1",
    ))
}

/// What the report shows of each wish.
pub(super) fn watch(
    partitions: &[Partition],
    kinds: &[[usize; 2]],
    aims: &[Aim],
    wishes: &[Wish],
    before: &BTreeMap<Vec<u16>, f64>,
    after: &BTreeMap<Vec<u16>, f64>,
) -> Vec<Watched> {
    let share = |cells: &BTreeMap<Vec<u16>, f64>, of: &[(usize, u16)], among: &[(usize, u16)]| {
        let meets = |cell: &[u16], wanted: &[(usize, u16)]| {
            wanted.iter().all(|&(which, class)| cell[which] == class)
        };
        let (mut all, mut met) = (0.0, 0.0);
        for (cell, share) in cells {
            if meets(cell, among) {
                all += share;
                met += if meets(cell, of) { *share } else { 0.0 };
            }
        }
        if all > 0.0 { met / all } else { f64::NAN }
    };
    let mut found = Vec::new();
    for ((wish, aim), &[a, b]) in wishes.iter().zip(aims).zip(kinds) {
        if let (Wish::Move { .. }, Aim::Shares(_, shares)) = (wish, aim) {
            // The quartiles of the learned values tell of the move.
            let below = &partitions[a].below;
            let mut quarters = [1, 2, 3]
                .map(|q| (below.len() * q / 4).min(below.len().max(1) - 1))
                .to_vec();
            quarters.dedup();
            for last in quarters.into_iter().filter(|&last| last < below.len()) {
                let learned = before
                    .iter()
                    .filter(|(cell, _)| usize::from(cell[a]) <= last);
                found.push(Watched {
                    among: None,
                    condition: below[last].clone(),
                    learned: learned.map(|(_, share)| share).sum(),
                    requested: shares[..=last].iter().sum(),
                });
            }
            continue;
        }
        let mut add = |of: (usize, u16), among: Option<(usize, u16)>, requested: Option<f64>| {
            let rule = |(which, class): (usize, u16)| {
                partitions[which].classes[usize::from(class)].clone()
            };
            let within: Vec<(usize, u16)> = among.into_iter().collect();
            found.push(Watched {
                among: among.map(rule),
                condition: rule(of),
                learned: share(before, &[of], &within),
                requested: requested.unwrap_or_else(|| share(after, &[of], &within)),
            });
        };
        if let (Wish::Share { .. } | Wish::Times { .. }, Aim::Shares(_, shares)) = (wish, aim) {
            add((a, 0), None, shares.first().copied());
            continue;
        }
        let classes = |which: usize| 0..partitions[which].classes.len() as u16;
        for class in classes(a).filter(|&class| share(after, &[(a, class)], &[]) > 0.0) {
            for group in classes(b).filter(|&group| share(after, &[(b, group)], &[]) > 0.0) {
                add((a, class), Some((b, group)), None);
            }
        }
    }
    found
}
