//! Rules that every row of a table keeps: orders between columns, sums, products, and what is missing together.
//!
//! A rule is only told when chance would have broken it: pairing each row's value with another row's must break it at least thirty times. Rules name columns,
//! never values.

use privacy::{Ledger, Sealed};

use super::Rule;
use crate::table::{Cells, Column, Kind, Table};

/// Times that pairing values at random must break a rule.
const BY_CHANCE: usize = 30;
/// The fewest rows that a rule must speak of.
const FEWEST: usize = 100;
/// The most columns of numbers that are tried with one another.
const MOST: usize = 40;
/// The most terms of a sum.
const TERMS: usize = 4;
/// The most levels of a category that is tried with another.
const MOST_LEVELS: usize = 500;
/// Rows that are tried before all.
const FIRST: usize = 64;

/// A rule that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundRule {
    /// The rule.
    pub rule: Rule,
    /// Rows that it speaks of: those where nothing it needs is missing.
    pub rows: u64,
}

/// Finds rules that all rows keep. Sums and products come first, because they compute a column.
///
/// Deterministic. Time grows with rows, and with the third power of the number of columns of numbers, of which the first 40 are tried; sums of three and four terms are tried
/// for up to 20.
pub fn find_rules(table: &Sealed<Table>, ledger: &mut Ledger) -> Vec<FoundRule> {
    found_in(table.open(ledger, "rules that every row keeps"))
}

/// Finds rules in a table that is open.
pub(crate) fn found_in(table: &Table) -> Vec<FoundRule> {
    let finder = Finder::new(table);
    let mut found = finder.equations();
    finder.orders(&mut found);
    finder.missing(&mut found);
    finder.together(&mut found);
    found
}

struct Finder<'t> {
    table: &'t Table,
    /// Columns of numbers and moments, with their values.
    numbers: Vec<(usize, &'t [f64])>,
}

impl<'t> Finder<'t> {
    fn new(table: &'t Table) -> Self {
        let numbers = table
            .cells
            .iter()
            .enumerate()
            .filter_map(|(column, cells)| match cells {
                Cells::Numbers { values, .. } if is_plain(&table.columns[column].kind) => {
                    Some((column, values.as_slice()))
                }
                _ => None,
            })
            .take(MOST)
            .collect();
        Self { table, numbers }
    }

    fn name(&self, column: usize) -> String {
        quoted(column, &self.table.columns)
    }

    fn add(&self, text: &str, rows: usize, found: &mut Vec<FoundRule>) {
        // What cannot be read back is not told: two columns of one name.
        if let Ok(rule) = Rule::parse(text, &self.table.columns) {
            found.push(FoundRule {
                rule,
                rows: rows as u64,
            });
        }
    }

    fn is_moment(&self, column: usize) -> bool {
        matches!(self.table.columns[column].kind, Kind::Moment(_))
    }

    /// Sums and products of other columns.
    fn equations(&self) -> Vec<FoundRule> {
        let mut found = Vec::new();
        let mut computed: Vec<usize> = Vec::new();
        let some: Vec<usize> = (0..self.numbers.len())
            .filter(|&n| !self.is_moment(self.numbers[n].0) && self.varies(n))
            .collect();
        for &of in &some {
            let terms: Vec<usize> = some
                .iter()
                .copied()
                .filter(|&n| n != of && !computed.contains(&n))
                .collect();
            let most = if terms.len() <= 20 { TERMS } else { 2 };
            let sum = (2..=most).find_map(|count| self.sum(of, &terms, count));
            let (column, _) = self.numbers[of];
            if let Some((chosen, rows)) = sum {
                let names: Vec<String> = chosen
                    .iter()
                    .map(|&n| self.name(self.numbers[n].0))
                    .collect();
                let text = self.rounded(of, &names.join(" + "));
                self.add(&format!("{} = {text}", self.name(column)), rows, &mut found);
                computed.push(of);
            } else if let Some((a, b, rows)) = self.product(of, &terms) {
                let text = format!(
                    "{} * {}",
                    self.name(self.numbers[a].0),
                    self.name(self.numbers[b].0)
                );
                let text = self.rounded(of, &text);
                self.add(&format!("{} = {text}", self.name(column)), rows, &mut found);
                computed.push(of);
            }
        }
        found
    }

    /// An expression rounded as a column is written.
    fn rounded(&self, of: usize, text: &str) -> String {
        let kind = &self.table.columns[self.numbers[of].0].kind;
        match kind {
            Kind::Number(format) => match format.step() {
                Some(step) => format!("round({text}, {})", -libm::log10(step).round() as i32),
                None => text.to_owned(),
            },
            _ => text.to_owned(),
        }
    }

    /// Whether a column has at least three values, none of which most rows have.
    fn varies(&self, n: usize) -> bool {
        let mut values: Vec<f64> = self.numbers[n]
            .1
            .iter()
            .copied()
            .filter(|v| !v.is_nan())
            .collect();
        values.sort_unstable_by(f64::total_cmp);
        let same = values.chunk_by(|a, b| a == b);
        let (mut different, mut most) = (0, 0);
        for values in same {
            different += 1;
            most = most.max(values.len());
        }
        different >= 3 && most * 10 <= values.len() * 9 && values.len() >= FEWEST
    }

    /// The first `count` of these columns whose sum a column is.
    fn sum(&self, of: usize, terms: &[usize], count: usize) -> Option<(Vec<usize>, usize)> {
        let mut chosen: Vec<usize> = (0..count).collect();
        if terms.len() < count {
            return None;
        }
        loop {
            let columns: Vec<usize> = chosen.iter().map(|&place| terms[place]).collect();
            if let Some(rows) = self.holds(of, &columns, |values| values.iter().sum()) {
                return Some((columns, rows));
            }
            // The next choice in order.
            let mut at = count;
            loop {
                if at == 0 {
                    return None;
                }
                at -= 1;
                if chosen[at] < terms.len() - (count - at) {
                    break;
                }
            }
            chosen[at] += 1;
            for next in at + 1..count {
                chosen[next] = chosen[next - 1] + 1;
            }
        }
    }

    fn product(&self, of: usize, terms: &[usize]) -> Option<(usize, usize, usize)> {
        for (place, &a) in terms.iter().enumerate() {
            for &b in &terms[place + 1..] {
                if let Some(rows) = self.holds(of, &[a, b], |values| values.iter().product()) {
                    return Some((a, b, rows));
                }
            }
        }
        None
    }

    /// Whether a column is a function of others, as it is written, wherever none is missing; in how many rows. Each of the others must matter.
    fn holds(&self, of: usize, others: &[usize], value: impl Fn(&[f64]) -> f64) -> Option<usize> {
        let (column, values) = self.numbers[of];
        let kind = &self.table.columns[column].kind;
        let mut inputs = vec![0.0; others.len()];
        let same = |wanted: f64, got: f64| {
            let got = kind.snap(got);
            (wanted - got).abs() <= 1e-9 * wanted.abs().max(got.abs()).max(1.0)
        };
        let mut rows = 0;
        let mut shifted = vec![0; others.len()];
        let all = values.len();
        for row in 0..all {
            if values[row].is_nan() {
                continue;
            }
            for (input, &other) in inputs.iter_mut().zip(others) {
                *input = self.numbers[other].1[row];
            }
            if inputs.iter().any(|input| input.is_nan()) {
                continue;
            }
            if !same(values[row], value(&inputs)) {
                return None;
            }
            rows += 1;
            if rows <= FIRST * BY_CHANCE {
                for (place, &other) in others.iter().enumerate() {
                    let stranger = self.numbers[other].1[elsewhere(row, all)];
                    if !stranger.is_nan() {
                        let own = std::mem::replace(&mut inputs[place], stranger);
                        shifted[place] += usize::from(!same(values[row], value(&inputs)));
                        inputs[place] = own;
                    }
                }
            }
        }
        (rows >= FEWEST && shifted.iter().all(|&broken| broken >= BY_CHANCE)).then_some(rows)
    }

    /// Columns of which one is never less than another.
    fn orders(&self, found: &mut Vec<FoundRule>) {
        let count = self.numbers.len();
        let mut below = vec![vec![None; count]; count];
        for a in 0..count {
            for b in 0..count {
                if a != b && self.is_moment(self.numbers[a].0) == self.is_moment(self.numbers[b].0)
                {
                    below[a][b] = self.below(a, b);
                }
            }
        }
        for a in 0..count {
            for b in 0..count {
                let Some((rows, strict)) = below[a][b] else {
                    continue;
                };
                // What follows from two others is not told.
                let between = (0..count).any(|c| below[a][c].is_some() && below[c][b].is_some());
                let same = below[b][a].is_some();
                if between && !same || same && a > b {
                    continue;
                }
                let sign = if same {
                    "="
                } else if strict {
                    "<"
                } else {
                    "<="
                };
                let (a, b) = (self.name(self.numbers[a].0), self.name(self.numbers[b].0));
                self.add(&format!("{a} {sign} {b}"), rows, found);
            }
        }
    }

    /// Whether a column is at most another wherever both are there: in how many rows, and whether it is always less where chance would make them equal.
    fn below(&self, a: usize, b: usize) -> Option<(usize, bool)> {
        let (a, b) = (self.numbers[a].1, self.numbers[b].1);
        let (mut rows, mut broken, mut ties, mut equal) = (0, 0, 0, 0);
        for row in 0..a.len() {
            if a[row] > b[row] {
                return None;
            }
            if a[row].is_nan() || b[row].is_nan() {
                continue;
            }
            rows += 1;
            ties += usize::from(a[row] == b[row]);
            let stranger = b[elsewhere(row, b.len())];
            broken += usize::from(a[row] > stranger);
            equal += usize::from(a[row] == stranger);
        }
        (rows >= FEWEST && broken >= BY_CHANCE).then_some((rows, ties == 0 && equal >= BY_CHANCE))
    }

    /// Pairs of categories of which many combinations never occur, and neither of which follows from the other.
    fn together(&self, found: &mut Vec<FoundRule>) {
        let categories: Vec<(usize, &[u32], usize)> = self
            .table
            .cells
            .iter()
            .enumerate()
            .filter_map(|(column, cells)| match cells {
                Cells::Levels { codes, levels } if (2..=MOST_LEVELS).contains(&levels.len()) => {
                    Some((column, codes.as_slice(), levels.len()))
                }
                _ => None,
            })
            .take(MOST)
            .collect();
        for (place, &(a, first, many)) in categories.iter().enumerate() {
            for &(b, second, others) in &categories[place + 1..] {
                // What is missing is a value of its own.
                let slot = |code: u32, levels: usize| (code as usize).min(levels);
                let mut seen = vec![false; (many + 1) * (others + 1)];
                let at = |row: usize, other: usize| {
                    slot(first[row], many) * (others + 1) + slot(second[other], others)
                };
                let rows = first.len();
                for row in 0..rows {
                    seen[at(row, row)] = true;
                }
                let alone = |row: &[bool]| row.iter().filter(|&&seen| seen).count() <= 1;
                let follows = seen.chunks(others + 1).all(alone)
                    || (0..=others).all(|other| {
                        let column = seen.iter().skip(other).step_by(others + 1);
                        column.filter(|&&seen| seen).count() <= 1
                    });
                let broken = (0..rows)
                    .filter(|&row| !seen[at(row, elsewhere(row, rows))])
                    .count();
                if !follows && rows >= FEWEST && broken >= BY_CHANCE && broken * 20 >= rows {
                    let text = format!("only_seen({}, {})", self.name(a), self.name(b));
                    self.add(&text, rows, found);
                }
            }
        }
    }

    /// Columns that are missing wherever another is.
    fn missing(&self, found: &mut Vec<FoundRule>) {
        let columns = &self.table.columns;
        let absent: Vec<Option<Vec<bool>>> = (0..columns.len())
            .map(|column| {
                let cells = &self.table.cells[column];
                let rows: Vec<bool> = (0..self.table.rows)
                    .map(|row| match cells {
                        Cells::Numbers { values, special } => {
                            values[row].is_nan() && special.get(row).is_none_or(|&code| code == 0)
                        }
                        Cells::Levels { codes, .. } => codes[row] == crate::MISSING_LEVEL,
                        Cells::Opaque { .. } | Cells::Keys { .. } => !cells.is_there(row),
                    })
                    .collect();
                let count = rows.iter().filter(|&&absent| absent).count();
                (count >= BY_CHANCE && count < self.table.rows).then_some(rows)
            })
            .collect();
        for (a, first) in absent.iter().enumerate() {
            for (b, second) in absent.iter().enumerate() {
                let (Some(first), Some(second)) = (first, second) else {
                    continue;
                };
                if a == b {
                    continue;
                }
                let rows = first.iter().filter(|&&absent| absent).count();
                let kept = first
                    .iter()
                    .zip(second)
                    .all(|(&first, &second)| !first || second);
                let broken = (0..first.len())
                    .filter(|&row| first[row] && !second[elsewhere(row, second.len())])
                    .count();
                if kept && broken >= BY_CHANCE {
                    let text = format!("{} is not null or {} is null", self.name(a), self.name(b));
                    self.add(&text, rows, found);
                }
            }
        }
    }
}

/// Another row, far away.
fn elsewhere(row: usize, rows: usize) -> usize {
    (row + rows / 2 + rows / 7 + 1) % rows
}

/// Kinds whose values are compared and calculated with.
fn is_plain(kind: &Kind) -> bool {
    matches!(kind, Kind::Number(_) | Kind::Moment(_))
}

/// A column's name as conditions write it.
pub(crate) fn quoted(column: usize, columns: &[Column]) -> String {
    let name = &columns[column].name;
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let means_it = || {
        Rule::parse(&format!("{name} is null or {name} < {name}"), columns)
            .is_ok_and(|rule| rule.columns() == [column as u16])
    };
    if plain && means_it() {
        name.clone()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}
