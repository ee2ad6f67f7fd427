//! Rules of linked tables: how many rows of the data break those that are given, and which every row keeps.
//!
//! Within a row rules are found as for a single table ([`find_rules`](crate::find_rules)). Between a row and those around it two kinds are: orders between a column and
//! one of an owner's (`loan.date >= account.date`), and running sums (`balance = previous(balance) + amount`, or with the sign that a category says).

use super::LinkedModel;
use super::family::Sorted;
use super::request::{LinkedRule, Outer};
use crate::rule::{Domain, Tally, found_in, quoted};
use crate::table::{Cells, Kind, MISSING_LEVEL, Table};

/// Times that chance must break a rule, and rows that it must speak of.
const BY_CHANCE: usize = 30;
const FEWEST: usize = 100;
/// The most levels of a category that may say the sign of a running sum.
const LEVELS: usize = 12;

/// A rule that made rows will keep.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRule {
    /// The rule.
    pub rule: LinkedRule,
    /// In how many rows of the data it holds, and in how many it is broken.
    pub tally: Tally,
    /// Whether it was looked for and found.
    pub found: bool,
}

/// The rows of all tables, siblings together and in order.
pub(super) struct Rows<'t> {
    pub model: &'t LinkedModel,
    pub sorted: &'t [Option<Sorted<'t>>],
}

impl Rows<'_> {
    /// Whether the row at a place of a table has the same owner as the one before it.
    fn has_previous(sorted: &Sorted<'_>, place: usize) -> bool {
        place > 0
            && sorted
                .owners
                .get(place)
                .is_some_and(|&own| own == sorted.owners[place - 1])
    }

    /// The table and the row of an owner (0), of its owner (1), and so on.
    fn above(&self, table: usize, place: usize, steps: usize) -> Option<(&Table, usize)> {
        let (mut at, mut place) = (table, place);
        for _ in 0..=steps {
            place = *self.sorted[at].as_ref()?.owners.get(place)? as usize;
            at = self.model.owner(at)?;
        }
        let sorted = self.sorted[at].as_ref()?;
        Some((sorted.table, sorted.order[place] as usize))
    }

    pub(super) fn tally(&self, rule: &LinkedRule) -> Tally {
        let mut tally = Tally::default();
        let around = self.model.surroundings(rule.table);
        let (Some(sorted), Some(around)) = (&self.sorted[rule.table], around) else {
            return tally;
        };
        for place in 0..sorted.order.len() {
            let row = sorted.order[place] as usize;
            let domain = |column: usize| match column.checked_sub(around.own) {
                None => sorted.table.domain(column, row),
                Some(at) => match around.outer[at] {
                    Outer::Previous(column) if Self::has_previous(sorted, place) => sorted
                        .table
                        .domain(column, sorted.order[place - 1] as usize),
                    Outer::Previous(_) => Domain::NULL,
                    Outer::Above(steps, column) => self
                        .above(rule.table, place, steps)
                        .map_or(Domain::NULL, |(table, row)| table.domain(column, row)),
                },
            };
            let truth = rule.rule.truth(&domain);
            tally.holds += u64::from(truth.yes);
            tally.broken += u64::from(truth.no);
            tally.unknown += u64::from(truth.unknown);
        }
        tally
    }

    /// The rules that all rows keep, table by table; sums first, because they compute a column.
    pub(super) fn find(&self) -> Vec<LinkedRule> {
        let mut found: Vec<LinkedRule> = Vec::new();
        for (table, sorted) in self.sorted.iter().enumerate() {
            let Some(sorted) = sorted else {
                continue;
            };
            let mut texts = self.running(table, sorted);
            texts.extend(
                found_in(sorted.table)
                    .into_iter()
                    .map(|rule| rule.rule.text().to_owned()),
            );
            texts.extend(self.orders(table, sorted));
            // What speaks of keys cannot be read, and what breaks a row when it is read back is none.
            let rules = texts
                .iter()
                .filter_map(|text| self.model.condition_on(table, text).ok());
            found.extend(rules.filter(|rule| self.tally(rule).broken == 0));
        }
        found
    }

    /// Columns of numbers or moments.
    fn numbers(table: &Table) -> Vec<(usize, &[f64])> {
        let columns = table.columns.iter().zip(&table.cells).enumerate();
        columns
            .filter_map(|(column, (about, cells))| match (cells, &about.kind) {
                (Cells::Numbers { values, .. }, Kind::Number(_) | Kind::Moment(_)) => {
                    Some((column, values.as_slice()))
                }
                _ => None,
            })
            .collect()
    }

    /// Orders between columns of a table and of those that own it.
    fn orders(&self, table: usize, sorted: &Sorted<'_>) -> Vec<String> {
        let mut found = Vec::new();
        let mut above = self.model.owner(table);
        let mut steps = 0;
        while let Some(owner) = above {
            let Some(other) = &self.sorted[owner] else {
                break;
            };
            for (column, own) in Self::numbers(sorted.table) {
                for (outer, theirs) in Self::numbers(other.table) {
                    let kinds = [
                        &sorted.table.columns[column].kind,
                        &other.table.columns[outer].kind,
                    ];
                    let moments = kinds.map(|kind| matches!(kind, Kind::Moment(_)));
                    if moments[0] != moments[1] {
                        continue;
                    }
                    let pairs: Vec<(f64, f64)> = (0..sorted.order.len())
                        .filter_map(|place| {
                            let (_, row) = self.above(table, place, steps)?;
                            Some((own[sorted.order[place] as usize], theirs[row]))
                        })
                        .filter(|(a, b)| !a.is_nan() && !b.is_nan())
                        .collect();
                    let theirs = format!(
                        "{}.{}",
                        quoted_name(&self.model.tables[owner].name),
                        quoted(outer, &other.table.columns)
                    );
                    let own = quoted(column, &sorted.table.columns);
                    for (sign, least) in [(">=", true), ("<=", false)] {
                        let broken = |a: f64, b: f64| if least { a < b } else { a > b };
                        let apart =
                            |at: usize| (at + pairs.len() / 2 + pairs.len() / 7 + 1) % pairs.len();
                        let kept =
                            pairs.len() >= FEWEST && !pairs.iter().any(|&(a, b)| broken(a, b));
                        let by_chance = |at: &usize| broken(pairs[*at].0, pairs[apart(*at)].1);
                        if kept && (0..pairs.len()).filter(by_chance).count() >= BY_CHANCE {
                            found.push(format!("{own} {sign} {theirs}"));
                        }
                    }
                }
            }
            above = self.model.owner(owner);
            steps += 1;
        }
        found
    }

    /// Columns that are those of the row before plus or less another.
    fn running(&self, table: usize, sorted: &Sorted<'_>) -> Vec<String> {
        let mut found = Vec::new();
        if self.model.owner(table).is_none() {
            return found;
        }
        let columns = &sorted.table.columns;
        let numbers = Self::numbers(sorted.table);
        let plain: Vec<_> = numbers
            .iter()
            .filter(|(column, _)| matches!(columns[*column].kind, Kind::Number(_)))
            .collect();
        for &&(sum, sums) in &plain {
            for &&(term, terms) in &plain {
                if sum == term {
                    continue;
                }
                let Some(sign) = Self::sign(sorted, sum, sums, terms) else {
                    continue;
                };
                let term = quoted(term, columns);
                let change = match sign {
                    Sign::Plus => format!("+ {term}"),
                    Sign::Minus => format!("- {term}"),
                    Sign::By(column, levels) => {
                        let levels: Vec<String> = levels
                            .iter()
                            .map(|level| format!("'{}'", level.replace('\'', "''")))
                            .collect();
                        let category = quoted(column, columns);
                        format!(
                            "+ case when {category} in ({}) then {term} else -{term} end",
                            levels.join(", ")
                        )
                    }
                };
                let name = quoted(sum, columns);
                let change = format!("previous({name}) {change}");
                found.push(match &columns[sum].kind {
                    Kind::Number(format) => match format.step() {
                        Some(step) => {
                            let decimals = -libm::log10(step).round() as i32;
                            format!("{name} = round({change}, {decimals})")
                        }
                        None => format!("{name} = {change}"),
                    },
                    _ => format!("{name} = {change}"),
                });
                break;
            }
        }
        found
    }

    /// With which sign a column adds to another from row to row.
    fn sign(sorted: &Sorted<'_>, sum: usize, sums: &[f64], terms: &[f64]) -> Option<Sign> {
        let kind = &sorted.table.columns[sum].kind;
        // For each row behind another of its owner: itself, and whether its term is added or taken away.
        let mut changes: Vec<(usize, bool, bool)> = Vec::new();
        let mut by_chance = 0;
        for place in 1..sorted.order.len() {
            if !Self::has_previous(sorted, place) {
                continue;
            }
            let [before, row] = [place - 1, place].map(|place| sorted.order[place] as usize);
            if sums[before].is_nan() || sums[row].is_nan() || terms[row].is_nan() {
                continue;
            }
            let near = |wanted: f64| {
                let wanted = kind.snap(wanted);
                (wanted - sums[row]).abs() <= 1e-9 * wanted.abs().max(1.0)
            };
            let (plus, minus) = (
                near(sums[before] + terms[row]),
                near(sums[before] - terms[row]),
            );
            if !plus && !minus {
                return None;
            }
            let stranger =
                terms[sorted.order[(place + sorted.order.len() / 2) % sorted.order.len()] as usize];
            by_chance +=
                usize::from(!near(sums[before] + stranger) && !near(sums[before] - stranger));
            changes.push((row, plus, minus));
        }
        if changes.len() < FEWEST || by_chance < BY_CHANCE {
            return None;
        }
        if changes.iter().all(|(_, plus, _)| *plus) {
            return Some(Sign::Plus);
        }
        if changes.iter().all(|(_, _, minus)| *minus) {
            return Some(Sign::Minus);
        }
        let cells = sorted.table.cells.iter().enumerate();
        let mut levels = cells.filter_map(|(column, cells)| match cells {
            Cells::Levels { codes, levels } if levels.len() <= LEVELS => {
                Some((column, codes, levels))
            }
            _ => None,
        });
        levels.find_map(|(column, codes, levels)| {
            let (mut plus, mut minus) = (vec![true; levels.len()], vec![true; levels.len()]);
            for &(row, added, taken) in &changes {
                let code = codes[row];
                if code == MISSING_LEVEL {
                    return None;
                }
                plus[code as usize] &= added;
                minus[code as usize] &= taken;
            }
            let clear = plus.iter().zip(&minus).all(|(plus, minus)| *plus || *minus);
            let added = levels.iter().zip(&plus).filter(|(_, plus)| **plus);
            clear.then(|| Sign::By(column, added.map(|(level, _)| level.clone()).collect()))
        })
    }
}

/// How one column adds to another.
enum Sign {
    Plus,
    Minus,
    /// Added where the category is one of these, else taken away.
    By(usize, Vec<String>),
}

fn quoted_name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}
