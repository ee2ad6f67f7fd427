//! Rows whose values of some columns come once each, as `unique(a, b)` wants it: they are drawn in turn.
//!
//! A row is drawn as if nothing were wanted. Where one before it has its values already it is drawn again, and at last under the condition that it has the first
//! values that are still free, in an order of all that there are. So row `i` depends on the rows before it, never on how many are asked for, and all values that
//! rules let be are used before there are said to be none.

use super::{
    Model,
    bins::{Bin, resolution},
    draws::{Drawn, Draws, GOLDEN, RequestError},
};
use crate::rule::Rule;
use crate::table::{Cells, Table};
use population::stream::{Seed, Streams};
use std::collections::BTreeSet;

/// Times that a row is drawn again before free values are looked for.
const AGAIN: u32 = 32;
/// Times that a row is drawn again where there are too many values to look through.
const PATIENCE: u32 = 4096;
/// The most combinations that are looked through, and the most values of a column.
const MOST: u64 = 1 << 24;
const MOST_VALUES: f64 = 1_048_576.0;

/// Columns whose values together come once.
#[derive(Debug)]
pub(super) struct Distinct {
    columns: Vec<u16>,
    text: String,
    /// For each column all that it may be, but missing: code, and number where it is one. None where there is too much.
    values: Option<Vec<Vec<(u32, f64)>>>,
}

impl Distinct {
    /// None for a rule that is about something else.
    pub(super) fn new(model: &Model, rule: &Rule) -> Option<Self> {
        let columns = rule.unique()?.to_vec();
        let values: Option<Vec<_>> = columns.iter().map(|&c| model.values_of(c.into())).collect();
        let count = |values: &Vec<Vec<(u32, f64)>>| {
            let counts = values.iter().map(|values| values.len() as u64);
            counts.fold(1, u64::saturating_mul)
        };
        Some(Self {
            values: values.filter(|values| count(values) <= MOST),
            columns,
            text: rule.text().to_owned(),
        })
    }

    fn count(&self) -> Option<u64> {
        let values = self.values.as_ref()?;
        Some(values.iter().map(|values| values.len() as u64).product())
    }
}

impl Model {
    /// All that a column may be but missing; none where that is too much.
    fn values_of(&self, column: usize) -> Option<Vec<(u32, f64)>> {
        let kind = &self.columns[column].kind;
        let step = resolution(kind);
        let mut found = Vec::new();
        for (code, bin) in self.binnings[column].bins.iter().enumerate() {
            let code = code as u32;
            match bin {
                Bin::Missing => {}
                Bin::Level(_) | Bin::Special(_) => found.push((code, f64::NAN)),
                Bin::Numbers(shape) => {
                    let (start, end) = (shape.start(), shape.end());
                    if start == end {
                        found.push((code, kind.snap(start)));
                        continue;
                    }
                    if step <= 0.0 || (end - start) / step > MOST_VALUES {
                        return None;
                    }
                    // Neighbouring bins share an end: it is taken where it is met first.
                    let count = ((end - start) / step).round() as u32;
                    let values = (0..=count).map(|at| kind.snap(start + f64::from(at) * step));
                    for value in values.filter(|&value| start <= value && value <= end) {
                        if found.last().is_none_or(|&(_, last)| last != value) {
                            found.push((code, value));
                        }
                    }
                }
            }
        }
        Some(found)
    }
}

/// Rows of a request, one after the other.
#[derive(Debug)]
pub struct InTurn<'d, 'm> {
    draws: &'d Draws<'m>,
    next: u64,
    /// For each rule the values that are taken, and how many of its combinations have been looked at.
    taken: Vec<(BTreeSet<Vec<u64>>, u64)>,
}

impl<'d, 'm> InTurn<'d, 'm> {
    pub(super) fn new(draws: &'d Draws<'m>) -> Self {
        let taken = draws.distinct.iter().map(|_| (BTreeSet::new(), 0));
        Self {
            draws,
            next: 0,
            taken: taken.collect(),
        }
    }

    /// The next `count` rows. They are those of [`Draws::rows`] save where values that are to come once would come again. Memory: some 50 bytes a row for
    /// each rule of the kind.
    ///
    /// # Errors
    ///
    /// No values are left that are to come once.
    pub fn next(&mut self, count: u64) -> Result<Table, RequestError> {
        let range = self.next..self.next + count;
        let mut table = self.draws.rows(range.clone());
        self.next = range.end;
        if self.taken.is_empty() {
            return Ok(table);
        }
        for (row, index) in range.enumerate() {
            if self.take(&table, row) {
                continue;
            }
            let other = self.another(index)?;
            // The label of a pattern is not drawn again.
            for (whole, one) in table.cells.iter_mut().zip(&other.cells) {
                replace(whole, row, one);
            }
        }
        Ok(table)
    }

    /// Takes the values of a row if they are free.
    fn take(&mut self, table: &Table, row: usize) -> bool {
        let distinct = self.draws.distinct.iter();
        let keys: Vec<_> = distinct.map(|one| table.key(&one.columns, row)).collect();
        let mut taken = keys.iter().zip(&self.taken);
        let free =
            taken.all(|(key, (taken, _))| key.as_ref().is_none_or(|key| !taken.contains(key)));
        if free {
            for (key, (taken, _)) in keys.into_iter().zip(&mut self.taken) {
                taken.extend(key);
            }
        }
        free
    }

    /// A row with free values.
    fn another(&mut self, index: u64) -> Result<Table, RequestError> {
        // Of several rules, the first whose combinations can be looked through leads.
        let mut distinct = self.draws.distinct.iter();
        let lead = distinct.position(|one| one.values.is_some());
        for attempt in 1..=if lead.is_some() { AGAIN } else { PATIENCE } {
            let table = self.written(index, attempt, &self.draws.again(index, attempt));
            if self.draws.keeps(&table, 0) && self.take(&table, 0) {
                return Ok(table);
            }
        }
        if let Some(table) = lead.and_then(|lead| self.free(index, lead)) {
            return Ok(table);
        }
        let which = &self.draws.distinct[lead.unwrap_or(0)];
        Err(RequestError::new(
            format!(
                "`{}` leaves no values for row {}: all that were found are taken",
                which.text,
                index + 1
            ),
            "ask for fewer rows, or loosen the rule",
        ))
    }

    fn written(&self, index: u64, attempt: u32, drawn: &Drawn) -> Table {
        // Numbers within a bin are other ones each time.
        let seed = Seed(self.draws.seed().0 ^ u64::from(attempt).wrapping_mul(GOLDEN));
        let model = self.draws.model();
        Table {
            columns: model.columns.clone(),
            cells: model.write(index..index + 1, &drawn.codes, &drawn.fixed, seed),
            rows: 1,
        }
    }

    /// A row with the first free values of a rule, in an order of all that there are.
    fn free(&mut self, index: u64, lead: usize) -> Option<Table> {
        let one = &self.draws.distinct[lead];
        let (values, count) = (one.values.as_ref()?, one.count()?);
        // Every number comes once: the step has no divisor in common with the count.
        let mut stream = Streams::new(self.draws.seed(), 0).stream("table/distinct");
        let start = stream.next_u64();
        let mut step = (GOLDEN % count.max(1)).max(1);
        while common_divisor(step, count) > 1 {
            step += 1;
        }
        let mut passed = false;
        for at in self.taken[lead].1..count {
            let number =
                (u128::from(at) * u128::from(step) + u128::from(start)) % u128::from(count);
            let mut number = number as u64;
            let mut codes = vec![None; self.draws.model().columns().len()];
            let mut numbers = vec![f64::NAN; codes.len()];
            for (&column, values) in one.columns.iter().zip(values) {
                let (code, value) = values[(number % values.len() as u64) as usize];
                number /= values.len() as u64;
                codes[usize::from(column)] = Some(code);
                numbers[usize::from(column)] = value;
            }
            if let Some(drawn) = self.draws.with(index, at, &codes, &numbers) {
                let mut table = self.written(index, 0, &drawn);
                for (cells, &number) in table.cells.iter_mut().zip(&numbers) {
                    if let Cells::Numbers { values, .. } = cells
                        && !number.is_nan()
                    {
                        values[0] = number;
                    }
                }
                let keeps = self.draws.keeps(&table, 0);
                if keeps && self.take(&table, 0) {
                    if !passed {
                        self.taken[lead].1 = at + 1;
                    }
                    return Some(table);
                }
                passed |= !keeps;
            } else {
                // Another row may have what this one may not.
                passed = true;
            }
            if !passed {
                // A row before has it: it is never free again.
                self.taken[lead].1 = at + 1;
            }
        }
        None
    }
}

/// The greatest number that divides both.
fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// Puts the first of some cells in place of another.
fn replace(whole: &mut Cells, row: usize, one: &Cells) {
    match (whole, one) {
        (
            Cells::Numbers { values, special },
            Cells::Numbers {
                values: value,
                special: code,
            },
        ) => {
            values[row] = value[0];
            if let (Some(special), Some(&code)) = (special.get_mut(row), code.first()) {
                *special = code;
            }
        }
        (Cells::Levels { codes, .. }, Cells::Levels { codes: code, .. }) => codes[row] = code[0],
        (Cells::Opaque { present }, Cells::Opaque { present: one }) => present[row] = one[0],
        (Cells::Keys { rows }, Cells::Keys { rows: one }) => rows[row] = one[0],
        _ => {}
    }
}
