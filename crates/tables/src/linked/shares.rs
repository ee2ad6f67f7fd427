//! Other shares of rows that have owners: tilts are found by drawing the first subjects again and again, until their rows have the shares that were asked for.

use std::collections::BTreeMap;

use super::make::Making;
use super::wants::Steer;
use crate::model::draws::RequestError;
use crate::model::goals::Cells;
use crate::model::{Achieved, ShareReport};
use crate::table::{Cells as Values, Table};

/// Rows of the table, and the most subjects, that tell how large the cells are: coarsely, and at last.
const FEW_ROWS: u64 = 1 << 14;
const ROWS: u64 = 1 << 16;
const MOST_SUBJECTS: u64 = 1 << 16;
/// Times that tilts are fitted coarsely and at last, and how near shares must come.
const COARSE: usize = 5;
const SWEEPS: usize = 8;
const NEAR: f64 = 1e-3;

/// What was found out before making about the wishes of a table.
#[derive(Debug)]
pub(super) struct Fitted {
    learned: Cells,
    wanted: Cells,
    sample: Table,
}

/// What came of a request about linked tables.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedReport {
    /// The table.
    pub table: String,
    /// What was asked for, and what came out.
    pub share: ShareReport,
}

impl Making<'_> {
    /// Finds the tilts of all tables with wishes, owners before what they own.
    pub(super) fn steer(&mut self) -> Result<(), RequestError> {
        for family in 0..self.families.len() {
            for place in 0..self.families[family].members.len() {
                let member = &self.families[family].members[place];
                let wishes = member
                    .wants
                    .as_ref()
                    .is_some_and(|wants| wants.steer.is_some());
                if wishes {
                    self.fit(family, place)?;
                }
            }
        }
        self.begin(0);
        Ok(())
    }

    fn steering(&mut self, family: usize, place: usize) -> Option<&mut Steer> {
        let member = self.families[family].members.get_mut(place)?;
        member.wants.as_mut()?.steer.as_mut()
    }

    fn fit(&mut self, family: usize, place: usize) -> Result<(), RequestError> {
        let member = &self.families[family].members[place];
        let (table, model) = (member.table, &member.learned.model);
        let (learned, sample) = self.sample(family, place, FEW_ROWS, true)?;
        let Some(steer) = self.steering(family, place) else {
            return Ok(());
        };
        let wanted = steer.goals.fit(model, &learned, &sample)?;
        let mut tilts: Cells = wanted
            .iter()
            .map(|(cell, share)| (cell.clone(), share / learned[cell]))
            .collect();
        steer.set(tilts.clone());
        // What a tilt does to a cell's share is told by the last two: where owners decide, much tilt moves little.
        let mut last: Cells = learned.clone();
        let mut tilted: Cells = tilts.clone();
        for sweep in 0..SWEEPS {
            let rows = if sweep < COARSE { FEW_ROWS } else { ROWS };
            let (achieved, _) = self.sample(family, place, rows, false)?;
            let mut worst: f64 = 0.0;
            for (cell, tilt) in &mut tilts {
                let (has, share) = (achieved.get(cell).copied().unwrap_or(0.0), wanted[cell]);
                worst = worst.max((has - share).abs());
                if share <= 0.0 {
                    *tilt = 0.0;
                    continue;
                }
                // What hardly occurs is not followed too closely.
                let log = |share: f64| libm::log(share + 1e-5);
                let answer = (log(has) - log(last[cell])) / libm::log(tilted[cell]);
                let answer = if answer.is_finite() {
                    answer.clamp(0.3, 1.0)
                } else {
                    1.0
                };
                let step = ((log(share) - log(has)) / answer).clamp(-1.5, 1.5);
                last.insert(cell.clone(), has);
                tilted.insert(cell.clone(), libm::exp(step));
                *tilt *= libm::exp(step);
            }
            if worst < NEAR && sweep > COARSE {
                break;
            }
            if let Some(steer) = self.steering(family, place) {
                steer.set(tilts.clone());
            }
        }
        self.fitted.insert(
            table,
            Fitted {
                learned,
                wanted,
                sample,
            },
        );
        Ok(())
    }

    /// The shares of cells among the rows below the first subjects, and those rows.
    fn sample(
        &mut self,
        family: usize,
        place: usize,
        wanted: u64,
        keep: bool,
    ) -> Result<(Cells, Table), RequestError> {
        let planned = std::mem::replace(&mut self.families[family].rows, MOST_SUBJECTS);
        self.begin(family);
        let mut counts: BTreeMap<Vec<u16>, u64> = BTreeMap::new();
        let mut sample: Option<Table> = None;
        let mut rows = 0;
        while self.at < MOST_SUBJECTS && rows < wanted {
            let (mut parts, end) = match self.draw() {
                Ok(drawn) => drawn,
                Err(error) => {
                    self.families[family].rows = planned;
                    return Err(error);
                }
            };
            self.at = end;
            let part = parts.swap_remove(place);
            rows += u64::from(part.rows());
            for (cell, rows) in part.cells_of_wishes {
                *counts.entry(cell).or_default() += rows;
            }
            if !keep {
                continue;
            }
            let model = &self.families[family].members[place].learned.model;
            let count = part.starts.last().copied().unwrap_or_default() as usize;
            let mut cells = part.cells;
            for (column, cells) in cells.iter_mut().enumerate() {
                if let Values::Levels { levels, .. } = cells {
                    *levels = model.levels(column).to_vec();
                }
            }
            match &mut sample {
                None => {
                    sample = Some(Table {
                        columns: model.columns().to_vec(),
                        cells,
                        rows: count,
                    });
                }
                Some(sample) => {
                    sample.rows += count;
                    for (whole, part) in sample.cells.iter_mut().zip(cells) {
                        crate::model::sample::append(whole, part);
                    }
                }
            }
        }
        self.families[family].rows = planned;
        let all: u64 = counts.values().sum();
        if all == 0 {
            let table = self.families[family].members[place].table;
            return Err(RequestError::new(
                format!(
                    "`{}` gets no rows, so they can have no other shares",
                    self.model.tables[table].name
                ),
                "loosen the conditions",
            ));
        }
        let shares = counts.into_iter();
        let shares = shares
            .map(|(cell, rows)| (cell, rows as f64 / all as f64))
            .collect();
        let nothing = || Table {
            columns: Vec::new(),
            cells: Vec::new(),
            rows: 0,
        };
        Ok((shares, sample.unwrap_or_else(nothing)))
    }

    /// What was asked for beside what came out in the rows that were made so far, and the patterns that were added.
    pub fn report(&self) -> Vec<LinkedReport> {
        let mut found = Vec::new();
        let mut add = |table: usize, shares: Vec<ShareReport>| {
            found.extend(shares.into_iter().map(|share| LinkedReport {
                table: self.model.tables[table].name.clone(),
                share,
            }));
        };
        for (&table, achieved) in &self.counts.roots {
            add(table, Achieved::report(achieved));
        }
        let members = self.families.iter().flat_map(|family| &family.members);
        for member in members {
            let steer = member.wants.as_ref().and_then(|wants| wants.steer.as_ref());
            let (Some(steer), Some(fitted)) = (steer, self.fitted.get(&member.table)) else {
                continue;
            };
            let counts = self.counts.cells.get(&member.table);
            let rows: u64 = counts.iter().flat_map(|counts| counts.values()).sum();
            let achieved: Cells = counts
                .into_iter()
                .flatten()
                .map(|(cell, &count)| (cell.clone(), count as f64 / rows.max(1) as f64))
                .collect();
            let cells = [&fitted.learned, &fitted.wanted, &achieved];
            let model = &member.learned.model;
            // It was fitted, so it can be reported.
            let report = steer.goals.report(model, cells, &fitted.sample, rows);
            add(member.table, report.unwrap_or_default());
        }
        for ((name, table, share), &(owners, having, rows)) in
            self.patterns.iter().zip(&self.counts.labelled)
        {
            let owner = self.model.owner(*table).unwrap_or(*table);
            let of = |all: u64, some: u64| some as f64 / all.max(1) as f64;
            add(
                owner,
                vec![ShareReport {
                    what: format!("with the pattern {name}"),
                    learned: f64::NAN,
                    requested: *share,
                    achieved: of(owners, having),
                    rows: owners,
                }],
            );
            let all = self.made(*table);
            add(
                *table,
                vec![ShareReport {
                    what: format!("of the pattern {name}"),
                    learned: f64::NAN,
                    requested: f64::NAN,
                    achieved: of(all, rows),
                    rows: all,
                }],
            );
        }
        found
    }
}
