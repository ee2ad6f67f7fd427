//! Conditions on the rows of a table in memory.

use super::{Domain, Rule, Truth};
use crate::table::{Cells, MISSING_LEVEL, Table};

/// In how many rows a condition is true, false and unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// True.
    pub holds: u64,
    /// False.
    pub broken: u64,
    /// Neither, because a value is missing.
    pub unknown: u64,
}

impl Tally {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.holds + self.broken + self.unknown
    }

    /// Adds the rows of another part of the same table.
    pub fn add(&mut self, other: Self) {
        self.holds += other.holds;
        self.broken += other.broken;
        self.unknown += other.unknown;
    }
}

impl Rule {
    /// Counts the rows of a table of the columns that the rule was read for.
    pub fn tally(&self, table: &Table) -> Tally {
        let mut tally = Tally::default();
        if let Some(columns) = self.unique() {
            let mut taken = std::collections::BTreeSet::new();
            for row in 0..table.rows {
                let Some(key) = table.key(columns, row) else {
                    tally.unknown += 1;
                    continue;
                };
                let first = taken.insert(key);
                tally.holds += u64::from(first);
                tally.broken += u64::from(!first);
            }
            return tally;
        }
        for row in 0..table.rows {
            let truth = self.of_row(table, row);
            tally.holds += u64::from(truth.yes);
            tally.broken += u64::from(truth.no);
            tally.unknown += u64::from(truth.unknown);
        }
        tally
    }

    /// Whether it is true, false or unknown for a row.
    pub(crate) fn of_row(&self, table: &Table, row: usize) -> Truth {
        self.truth(&|column| table.domain(column, row))
    }

    /// Whether it is true for a row; `None` where a missing value leaves it open.
    pub fn holds(&self, table: &Table, row: usize) -> Option<bool> {
        let truth = self.of_row(table, row);
        (!truth.unknown).then_some(truth.yes)
    }

    /// The first row for which it is false.
    pub fn first_broken(&self, table: &Table) -> Option<usize> {
        (0..table.rows).find(|&row| self.of_row(table, row).no)
    }
}

impl Table {
    /// The values of some columns of a row as numbers that are equal where the values are; none where one is missing.
    pub(crate) fn key(&self, columns: &[u16], row: usize) -> Option<Vec<u64>> {
        let value = |&column: &u16| match &self.cells[usize::from(column)] {
            Cells::Numbers { values, special } => match (values[row], special.get(row)) {
                // No zero below zero.
                (value, _) if !value.is_nan() => Some((value + 0.0).to_bits()),
                (_, Some(&code)) if code > 0 => Some(u64::MAX - u64::from(code)),
                _ => None,
            },
            Cells::Levels { codes, .. } if codes[row] != MISSING_LEVEL => Some(codes[row].into()),
            _ => None,
        };
        columns.iter().map(value).collect()
    }

    /// The one value of a cell; of identifiers and texts only whether there is one.
    pub(crate) fn domain(&self, column: usize, row: usize) -> Domain<'_> {
        match &self.cells[column] {
            Cells::Numbers { values, special } => {
                let value = values[row];
                if !value.is_nan() {
                    return Domain::number(value);
                }
                let code = special.get(row).map_or(0, |&code| usize::from(code));
                let text = code
                    .checked_sub(1)
                    .and_then(|code| self.columns[column].codes.get(code));
                text.map_or(Domain::NULL, |text| Domain::text(text))
            }
            Cells::Levels { codes, levels } => match codes[row] {
                MISSING_LEVEL => Domain::NULL,
                code => Domain::text(&levels[code as usize]),
            },
            Cells::Opaque { .. } | Cells::Keys { .. } => {
                if self.cells[column].is_there(row) {
                    Domain {
                        texts: super::Texts::Any,
                        ..Domain::NOTHING
                    }
                } else {
                    Domain::NULL
                }
            }
        }
    }
}
