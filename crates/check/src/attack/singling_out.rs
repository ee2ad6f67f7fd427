//! Conditions that single out one synthetic row, tried on real ones (`anonymeter`, `SinglingOutEvaluator`).
//!
//! A condition that is true of exactly one synthetic row is a guess that it is true of exactly one real person. As in `anonymeter`, identical rows count once on every
//! side, conditions of one column ask for extreme and for unique values, those of several columns take a random synthetic row and ask for its categories and for numbers at
//! least as extreme, seen from the median. The control is tried on as many fresh rows (`anonymeter` corrects for another number by a fitted curve).

use std::collections::BTreeSet;

use population::stream::{Seed, Stream, Streams};
use rayon::prelude::*;

use super::{Attack, Risk, most_released};
use crate::finding::{Detail, Table, Unit, percent};
use crate::ground::{Ground, Rows, Values};
use crate::statistics::{Rate, alarm_confidence};

/// Conditions that are tried.
const CONDITIONS: usize = 1_000;
/// Random conditions of several columns that are looked at to find so many that single out.
const ATTEMPTS: usize = 150_000;
/// Of these at once.
const BATCH: usize = 1_000;

/// With conditions of so many columns.
pub(crate) struct SinglingOut {
    pub(crate) columns: usize,
    pub(crate) seed: Seed,
}

/// What is asked of one column.
#[derive(Debug, Clone, Copy)]
enum Test {
    Missing,
    Equal(u64),
    AtLeast(f64),
    AtMost(f64),
}

type Condition = Vec<(usize, Test)>;

/// Whether no more than one row meets a condition, and one does. Looking ends at the second.
fn singles_out(rows: &Rows, condition: &Condition) -> bool {
    let mut found = 0;
    for row in 0..rows.count {
        if condition
            .iter()
            .all(|&(column, test)| meets(&rows.values[column], row, test))
        {
            found += 1;
            if found > 1 {
                return false;
            }
        }
    }
    found == 1
}

fn meets(values: &Values, row: usize, test: Test) -> bool {
    match (values, test) {
        (Values::Codes(codes), Test::Equal(code)) => u64::from(codes[row]) == code,
        (Values::Codes(codes), Test::Missing) => codes[row] == tables::MISSING_LEVEL,
        (Values::Numbers { values, .. }, Test::Missing) => values[row].is_nan(),
        (Values::Numbers { values, .. }, Test::Equal(bits)) => values[row].to_bits() == bits,
        (Values::Numbers { values, .. }, Test::AtLeast(least)) => values[row] >= least,
        (Values::Numbers { values, .. }, Test::AtMost(most)) => values[row] <= most,
        (Values::Codes(_), Test::AtLeast(_) | Test::AtMost(_)) => false,
    }
}

/// Every row once.
fn distinct(rows: &Rows, width: usize) -> Rows {
    let columns: Vec<usize> = (0..width).collect();
    let mut seen = BTreeSet::new();
    let keep: Vec<bool> = (0..rows.count)
        .map(|row| seen.insert(rows.key(row, &columns)))
        .collect();
    rows.those(&keep)
}

/// Conditions of one column: its ends, its unique values, a single missing one.
fn of_one_column(released: &Rows, stream: &mut Stream) -> Vec<Condition> {
    let mut all = Vec::new();
    for (column, values) in released.values.iter().enumerate() {
        match values {
            Values::Codes(codes) => {
                let mut sorted = codes.clone();
                sorted.sort_unstable();
                let unique = sorted
                    .chunk_by(|a, b| a == b)
                    .filter(|same| same.len() == 1);
                all.extend(unique.map(|same| vec![(column, Test::Equal(same[0].into()))]));
            }
            Values::Numbers { values, .. } => {
                if values.iter().filter(|value| value.is_nan()).count() == 1 {
                    all.push(vec![(column, Test::Missing)]);
                }
                let mut sorted: Vec<f64> = values
                    .iter()
                    .copied()
                    .filter(|value| !value.is_nan())
                    .collect();
                sorted.sort_unstable_by(f64::total_cmp);
                let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else {
                    continue;
                };
                all.push(vec![(column, Test::AtMost(low))]);
                all.push(vec![(column, Test::AtLeast(high))]);
                let unique = sorted
                    .chunk_by(|a, b| a == b)
                    .filter(|same| same.len() == 1);
                all.extend(unique.map(|same| vec![(column, Test::Equal(same[0].to_bits()))]));
            }
        }
    }
    for place in (1..all.len()).rev() {
        all.swap(place, stream.below(place as u64 + 1) as usize);
    }
    let mut found = Vec::new();
    for batch in all.chunks(BATCH) {
        let single: Vec<bool> = batch
            .par_iter()
            .map(|condition| singles_out(released, condition))
            .collect();
        found.extend(
            batch
                .iter()
                .zip(single)
                .filter(|(_, single)| *single)
                .map(|(condition, _)| condition.clone()),
        );
        if found.len() >= CONDITIONS {
            break;
        }
    }
    found.truncate(CONDITIONS);
    found
}

/// Conditions of several columns about random rows.
fn of_columns(released: &Rows, columns: usize, stream: &mut Stream) -> Vec<Condition> {
    let width = released.values.len();
    let medians: Vec<f64> = released
        .values
        .iter()
        .map(|values| {
            let mut sorted: Vec<f64> = values
                .numbers()
                .iter()
                .copied()
                .filter(|value| !value.is_nan())
                .collect();
            sorted.sort_unstable_by(f64::total_cmp);
            sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
        })
        .collect();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for _ in 0..ATTEMPTS / BATCH {
        let batch: Vec<Condition> = (0..BATCH)
            .map(|_| {
                let row = stream.below(released.count as u64) as usize;
                let mut chosen: Vec<usize> = (0..width).collect();
                while chosen.len() > columns {
                    chosen.swap_remove(stream.below(chosen.len() as u64) as usize);
                }
                chosen.sort_unstable();
                let test = |column: usize| match &released.values[column] {
                    Values::Codes(codes) => Test::Equal(codes[row].into()),
                    Values::Numbers { values, .. } if values[row].is_nan() => Test::Missing,
                    Values::Numbers { values, .. } if values[row] > medians[column] => {
                        Test::AtLeast(values[row])
                    }
                    Values::Numbers { values, .. } => Test::AtMost(values[row]),
                };
                chosen
                    .into_iter()
                    .map(|column| (column, test(column)))
                    .collect()
            })
            .collect();
        let single: Vec<bool> = batch
            .par_iter()
            .map(|condition| singles_out(released, condition))
            .collect();
        for (condition, single) in batch.into_iter().zip(single) {
            if single && seen.insert(format!("{condition:?}")) {
                found.push(condition);
                if found.len() == CONDITIONS {
                    return found;
                }
            }
        }
    }
    found
}

/// Random conditions: what guessing without the release's help gives.
fn at_random(released: &Rows, columns: usize, count: usize, stream: &mut Stream) -> Vec<Condition> {
    let width = released.values.len();
    (0..count)
        .map(|_| {
            let mut chosen: Vec<usize> = (0..width).collect();
            while chosen.len() > columns {
                chosen.swap_remove(stream.below(chosen.len() as u64) as usize);
            }
            let mut test = |column: usize| {
                let row = stream.below(released.count as u64) as usize;
                match &released.values[column] {
                    Values::Codes(codes) => Test::Equal(codes[row].into()),
                    Values::Numbers { values, .. } if values[row].is_nan() => Test::Missing,
                    Values::Numbers { values, .. } => match stream.below(3) {
                        0 => Test::Equal(values[row].to_bits()),
                        1 => Test::AtLeast(values[row]),
                        _ => Test::AtMost(values[row]),
                    },
                }
            };
            chosen
                .into_iter()
                .map(|column| (column, test(column)))
                .collect()
        })
        .collect()
}

impl Attack for SinglingOut {
    fn id(&self) -> String {
        format!(
            "privacy.singling_out.{}",
            if self.columns == 1 {
                "univariate"
            } else {
                "multivariate"
            }
        )
    }

    fn title(&self) -> String {
        if self.columns == 1 {
            "Singling out by one column".to_owned()
        } else {
            format!("Singling out by {} columns", self.columns)
        }
    }

    fn knowledge(&self) -> String {
        "Somebody who sees nothing but the synthetic rows, finds conditions that exactly one of them meets, and claims that exactly one real person meets them. What is as often true of fresh people is rarity in general and does not count.".to_owned()
    }

    fn make(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let width = ground.columns.len();
        if width < self.columns {
            return Err(format!("it needs {} columns", self.columns));
        }
        let strangers = strangers.ok_or(crate::finding::NEEDS_HOLDOUT)?;
        let released = distinct(&released.sample(most_released(ground)), width);
        if released.count == 0 {
            return Err("there is no synthetic row".to_owned());
        }
        let same = members
            .count
            .min(strangers.count)
            .min(most_released(ground));
        let (members, strangers) = (
            distinct(&members.sample(same), width),
            distinct(&strangers.sample(same), width),
        );
        let mut stream = Streams::new(self.seed, self.columns as u64).stream("check/singling_out");
        let conditions = if self.columns == 1 {
            of_one_column(&released, &mut stream)
        } else {
            of_columns(&released, self.columns, &mut stream)
        };
        if conditions.len() < 10 {
            return Err(format!(
                "{} conditions single out a synthetic row, and fewer than 10 say nothing",
                conditions.len()
            ));
        }
        let hits = |rows: &Rows, conditions: &[Condition]| {
            conditions
                .par_iter()
                .filter(|condition| singles_out(rows, condition))
                .count() as f64
        };
        let random = at_random(&released, self.columns, conditions.len(), &mut stream);
        let n = conditions.len() as f64;
        let (of_members, of_strangers) =
            (hits(&members, &conditions), hits(&strangers, &conditions));
        let naive = hits(&members, &random);
        let risk = |confidence| {
            Rate::wilson(of_members, n, confidence).beyond(Rate::wilson(
                of_strangers,
                n,
                confidence,
            ))
        };
        let (told, alarm) = (risk(0.95), risk(alarm_confidence(1)));
        let mut table = Table::of(["conditions", "true of one of the", "share"]);
        let mut line = |what: &str, whom: &str, share: f64| {
            table.push([what.to_owned(), whom.to_owned(), percent(share)]);
        };
        line(
            "found in the synthetic rows",
            "training rows (main)",
            of_members / n,
        );
        line(
            "found in the synthetic rows",
            "fresh rows (control)",
            of_strangers / n,
        );
        line("made at random", "training rows (naive)", naive / n);
        Ok(Risk {
            value: told.value.clamp(0.0, 1.0),
            interval: Some(told.interval()),
            independent: 0.0,
            unit: Unit::Share,
            n: conditions.len() as u64,
            alarm: Some(alarm.value - alarm.error > 0.0),
            sentence: format!(
                "Conditions that single out a synthetic row single out a training row in {} of cases, and a fresh row in {}.",
                percent(of_members / n),
                percent(of_strangers / n)
            ),
            details: vec![Detail {
                title: "Main, control and naive attack".to_owned(),
                chart: None,
                table,
            }],
        })
    }
}
