//! A population that is asked for, as moments that its rows must have.
//!
//! The population is the one nearest to the data's in the sense of Kullback and Leibler among those that keep to all that is asked (Csiszár 1975): each row of the data is
//! then as much more frequent as `exp(λ·φ(row))`, with one φ for each thing that is asked. So what is not spoken of stays as it was, given what is.

use tables::{Cells, Column, Rule, Table};

use crate::error::ShiftError;
use crate::spec::Change;

/// Rows of the data that a group must have before anything is said of a population that has it.
pub const FEWEST: usize = 20;
/// A smaller part of a population than this is not asked for.
const SEEN_SHARE: f64 = 0.001;

/// A function of a row whose mean must be 0 in the population.
#[derive(Debug, Clone)]
enum Moment {
    /// Whether a condition is met, less its share.
    Share(Rule, f64),
    /// A column's number less its mean, 0 where there is none.
    Mean(usize, f64),
    /// Among those that meet the second condition, whether they meet the first, less its share.
    Conditional(Rule, Rule, f64),
}

/// A population, resolved on the data.
#[derive(Debug, Clone)]
pub struct Target {
    only: Vec<Rule>,
    moments: Vec<Moment>,
    /// By how much each aim changes with the data's own figure; 0 where the aim is a number that was given.
    anchors: Vec<f64>,
}

/// Moments of the rows of a table.
#[derive(Debug, Clone)]
pub struct Moments {
    /// Which rows belong to the population at all.
    pub inside: Vec<bool>,
    /// For each moment a value for each row.
    pub values: Vec<Vec<f64>>,
    /// As in the target.
    pub anchors: Vec<f64>,
}

fn meets(rule: &Rule, table: &Table, row: usize) -> bool {
    rule.holds(table, row) == Some(true)
}

/// The number of a cell; none where there is none.
pub(crate) fn number(table: &Table, column: usize, row: usize) -> Option<f64> {
    match &table.cells[column] {
        Cells::Numbers { values, .. } => Some(values[row]).filter(|value| !value.is_nan()),
        _ => None,
    }
}

impl Target {
    /// What changes mean on the data.
    ///
    /// # Errors
    ///
    /// What lies beyond the data: groups with fewer than [`FEWEST`] rows, shares and means that cannot be.
    pub fn new(changes: &[Change], data: &Table) -> Result<Self, ShiftError> {
        let mut only = Vec::new();
        for change in changes {
            if let Change::Only(rule) = change {
                only.push(rule.clone());
            }
        }
        let inside: Vec<usize> = (0..data.rows)
            .filter(|&row| only.iter().all(|rule| meets(rule, data, row)))
            .collect();
        let all = inside.len() as f64;
        if inside.len() < FEWEST {
            let texts: Vec<&str> = only.iter().map(Rule::text).collect();
            return Err(beyond(
                &texts.join(" and "),
                "all of the population asked for",
                inside.len(),
            ));
        }
        let count = |rule: &Rule| inside.iter().filter(|&&row| meets(rule, data, row)).count();
        let (mut moments, mut anchors) = (Vec::new(), Vec::new());
        let mut share = |rule: &Rule, share: f64, anchor: f64| {
            let met = count(rule);
            let not = inside.len() - met;
            let told = |share: f64| format!("{:.1} % of the population asked for", 100.0 * share);
            if share > SEEN_SHARE && met < FEWEST {
                return Err(beyond(rule.text(), &told(share), met));
            }
            if 1.0 - share > SEEN_SHARE && not < FEWEST {
                let text = format!("not ({})", rule.text());
                return Err(beyond(&text, &told(1.0 - share), not));
            }
            // A share that is as good as none or all keeps the other rows in with no weight to speak of.
            let share = share.clamp(1e-9, 1.0 - 1e-9);
            moments.push(Moment::Share(rule.clone(), share));
            anchors.push(anchor);
            Ok(())
        };
        let mut rest = Vec::new();
        for change in changes {
            match change {
                Change::Only(_) => {}
                Change::Share(rule, to) => share(rule, *to, 0.0)?,
                Change::Times(rule, factor) => {
                    let was = count(rule) as f64 / all;
                    if was * factor > 1.0 {
                        return Err(ShiftError::new(
                            format!(
                                "`{}` is met by {:.1} % of the rows, and cannot be {factor} times as frequent",
                                rule.text(),
                                100.0 * was
                            ),
                            format!("ask for at most {:.3} times, or give its odds", 1.0 / was),
                        ));
                    }
                    share(rule, was * factor, *factor)?;
                }
                Change::Odds(rule, factor) => {
                    let was = count(rule) as f64 / all;
                    let below = 1.0 - was + factor * was;
                    share(rule, factor * was / below, factor / (below * below))?;
                }
                Change::Mean(..) | Change::Move(..) | Change::Conditional(..) => rest.push(change),
            }
        }
        let set: Vec<String> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Share(rule, _) | Change::Times(rule, _) | Change::Odds(rule, _) => {
                    Some(rule.text().to_owned())
                }
                _ => None,
            })
            .collect();
        for change in rest {
            match change {
                Change::Mean(column, _) | Change::Move(column, _) => {
                    let numbers: Vec<f64> = inside
                        .iter()
                        .filter_map(|&row| number(data, *column, row))
                        .collect();
                    let name = &data.columns[*column].name;
                    if numbers.len() < FEWEST {
                        return Err(beyond(
                            &format!("{name} is not null"),
                            "the population asked for",
                            numbers.len(),
                        ));
                    }
                    let own = numbers.iter().sum::<f64>() / numbers.len() as f64;
                    let (to, anchor) = match change {
                        Change::Mean(_, to) => (*to, 0.0),
                        Change::Move(_, by) => (own + by, 1.0),
                        _ => continue,
                    };
                    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                    let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    if to <= low || to >= high {
                        return Err(ShiftError::new(
                            format!(
                                "beyond support: a mean of {to:.6} is asked for `{name}`, whose values in the data do not reach to both sides of it"
                            ),
                            "ask for a mean within the data, or collect rows beyond it",
                        ));
                    }
                    moments.push(Moment::Mean(*column, to));
                    anchors.push(anchor);
                }
                Change::Conditional(of, groups) => {
                    for (group, to) in groups {
                        let both = inside
                            .iter()
                            .filter(|&&row| meets(group, data, row) && meets(of, data, row))
                            .count();
                        let there = count(group);
                        for (share, rows, text) in [
                            (*to, both, format!("{} and {}", of.text(), group.text())),
                            (
                                1.0 - to,
                                there - both,
                                format!("not ({}) and {}", of.text(), group.text()),
                            ),
                        ] {
                            if share > SEEN_SHARE && rows < FEWEST {
                                return Err(beyond(
                                    &text,
                                    &format!(
                                        "{:.1} % of those with {}",
                                        100.0 * share,
                                        group.text()
                                    ),
                                    rows,
                                ));
                            }
                        }
                        moments.push(Moment::Conditional(
                            of.clone(),
                            group.clone(),
                            to.clamp(1e-9, 1.0 - 1e-9),
                        ));
                        anchors.push(0.0);
                        // The group stays as frequent as it is, unless its share was set.
                        if !set.iter().any(|text| text == group.text()) {
                            moments.push(Moment::Share(group.clone(), there as f64 / all));
                            anchors.push(1.0);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(Self {
            only,
            moments,
            anchors,
        })
    }

    /// The same for another table whose first columns are the same and may have other codes.
    ///
    /// # Errors
    ///
    /// A condition that has no meaning there.
    pub fn for_columns(&self, columns: &[Column]) -> Result<Self, ShiftError> {
        let again = |rule: &Rule| {
            Rule::parse(rule.text(), columns)
                .map_err(|error| ShiftError::new(error.to_string(), error.hint()))
        };
        Ok(Self {
            only: self.only.iter().map(again).collect::<Result<_, _>>()?,
            moments: self
                .moments
                .iter()
                .map(|moment| {
                    Ok(match moment {
                        Moment::Share(rule, share) => Moment::Share(again(rule)?, *share),
                        Moment::Mean(column, mean) => Moment::Mean(*column, *mean),
                        Moment::Conditional(of, group, share) => {
                            Moment::Conditional(again(of)?, again(group)?, *share)
                        }
                    })
                })
                .collect::<Result<_, ShiftError>>()?,
            anchors: self.anchors.clone(),
        })
    }

    /// The moments of the rows of a table.
    pub fn moments(&self, table: &Table) -> Moments {
        let rows = 0..table.rows;
        let one = |is: bool| f64::from(u8::from(is));
        let values = self.moments.iter().map(|moment| {
            let value = |row: usize| match moment {
                Moment::Share(rule, share) => one(meets(rule, table, row)) - share,
                Moment::Mean(column, mean) => {
                    number(table, *column, row).map_or(0.0, |value| value - mean)
                }
                Moment::Conditional(of, group, share) => {
                    if meets(group, table, row) {
                        one(meets(of, table, row)) - share
                    } else {
                        0.0
                    }
                }
            };
            rows.clone().map(value).collect()
        });
        Moments {
            inside: rows
                .clone()
                .map(|row| self.only.iter().all(|rule| meets(rule, table, row)))
                .collect(),
            values: values.collect(),
            anchors: self.anchors.clone(),
        }
    }

    /// What a moment asks for, in words.
    pub fn told(&self, place: usize) -> String {
        match &self.moments[place] {
            Moment::Share(rule, share) => {
                format!("a share of {:.1} % with `{}`", 100.0 * share, rule.text())
            }
            Moment::Mean(_, mean) => format!("a mean of {mean:.6}"),
            Moment::Conditional(of, group, share) => format!(
                "a share of {:.1} % with `{}` among those with `{}`",
                100.0 * share,
                of.text(),
                group.text()
            ),
        }
    }

    /// The columns that it speaks of, ascending.
    pub fn columns(&self) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let mut of = |rule: &Rule| found.extend(rule.columns().iter().map(|&c| usize::from(c)));
        self.only.iter().for_each(&mut of);
        for moment in &self.moments {
            match moment {
                Moment::Share(rule, _) => of(rule),
                Moment::Conditional(rule, group, _) => {
                    of(rule);
                    of(group);
                }
                Moment::Mean(..) => {}
            }
        }
        for moment in &self.moments {
            if let Moment::Mean(column, _) = moment {
                found.push(*column);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What is true of all its rows.
    pub fn only(&self) -> &[Rule] {
        &self.only
    }

    /// Shares of conditions that it has, for whoever draws its rows.
    pub fn shares(&self) -> Vec<(&Rule, f64)> {
        let shares = self.moments.iter().filter_map(|moment| match moment {
            Moment::Share(rule, share) => Some((rule, *share)),
            _ => None,
        });
        shares.collect()
    }
}

fn beyond(condition: &str, part: &str, rows: usize) -> ShiftError {
    let rows = match rows {
        0 => "no such row".to_owned(),
        1 => "one such row".to_owned(),
        rows => format!("{rows} such rows"),
    };
    ShiftError::new(
        format!(
            "beyond support: `{condition}` is to be met by {part}, and the data has {rows}, where at least {FEWEST} are needed"
        ),
        "ask for less of it, or collect rows of that kind",
    )
}
