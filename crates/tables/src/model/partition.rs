//! Classes of rows: by a condition, by the levels of a category, by ranges of a number.

use super::{Model, bins::Bin, draws::RequestError};
use crate::layout::overrides::column_hint;
use crate::rule::{Comparison, Condition, Rule, Term};
use crate::table::Table;

/// The most levels of a column in a wish for parity.
const MOST_LEVELS: usize = 64;

/// Classes of which each row has one: the first whose condition is true.
#[derive(Debug)]
pub(super) struct Partition {
    pub classes: Vec<Rule>,
    /// Where the classes are of a number: for each but the last, that a row is in it or in one before.
    pub below: Vec<Rule>,
}

impl Partition {
    /// A condition, and its contrary.
    pub(super) fn of_two(condition: &Rule) -> Self {
        let contrary = condition.condition().clone().otherwise();
        Self {
            classes: vec![
                condition.clone(),
                Rule::of(format!("not ({})", condition.text()), contrary),
            ],
            below: Vec::new(),
        }
    }

    pub(super) fn class(&self, rows: &Table, row: usize) -> u16 {
        let found = self
            .classes
            .iter()
            .position(|rule| rule.of_row(rows, row).yes);
        found.unwrap_or(self.classes.len() - 1) as u16
    }
}

impl Model {
    /// The place of a column that a wish names.
    pub(super) fn place(&self, name: &str) -> Result<usize, RequestError> {
        let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        names
            .iter()
            .position(|&column| column == name)
            .ok_or_else(|| {
                let hint = column_hint(name, &names, "columns are");
                RequestError::new(format!("`{name}` is no column"), hint)
            })
    }

    /// A number in classes of about as many people each, and one for all that is no number.
    pub(super) fn cut(&self, column: usize, classes: usize) -> Result<Partition, RequestError> {
        let binning = &self.binnings[column];
        let mut ends = Vec::new();
        let total: u64 = binning
            .bins
            .iter()
            .zip(&binning.people)
            .filter(|(bin, _)| matches!(bin, Bin::Numbers(_)))
            .map(|(_, &people)| u64::from(people))
            .sum();
        let mut upto = 0;
        for (bin, &people) in binning.bins.iter().zip(&binning.people) {
            if let Bin::Numbers(shape) = bin {
                upto += u64::from(people);
                if upto * classes as u64 >= (ends.len() as u64 + 1) * total && upto < total {
                    ends.push(shape.end());
                    // A bin of many people may be worth several classes.
                    while (ends.len() as u64 + 1) * total <= upto * classes as u64 {
                        ends.push(shape.end());
                    }
                }
            }
        }
        ends.dedup();
        if total == 0 {
            return Err(RequestError::new(
                format!(
                    "`{}` has no numbers in the model",
                    self.columns[column].name
                ),
                "wish for another column",
            ));
        }
        let name = &self.columns[column].name;
        let kind = &self.columns[column].kind;
        let term = || Term::Column(column as u16);
        let mut rules: Vec<Rule> = Vec::new();
        for (place, &end) in ends.iter().enumerate() {
            let mut parts = vec![Condition::Compare(
                Comparison::AtMost,
                term(),
                Term::Number(end),
            )];
            let mut text = format!("{name} <= {}", kind.write(end));
            if place > 0 {
                let start = ends[place - 1];
                parts.push(Condition::Compare(
                    Comparison::Less,
                    Term::Number(start),
                    term(),
                ));
                text = format!("{} < {text}", kind.write(start));
            }
            rules.push(Rule::of(text, Condition::All(parts)));
        }
        match ends.last() {
            Some(&last) => rules.push(Rule::of(
                format!("{name} > {}", kind.write(last)),
                Condition::Compare(Comparison::Less, Term::Number(last), term()),
            )),
            None => rules.push(Rule::of(
                format!("{name} is a number"),
                Condition::Compare(Comparison::AtMost, term(), Term::Number(f64::MAX)),
            )),
        }
        let below = ends.iter().map(|&end| {
            let condition = Condition::Compare(Comparison::AtMost, term(), Term::Number(end));
            Rule::of(format!("{name} <= {}", kind.write(end)), condition)
        });
        Ok(Partition {
            below: below.collect(),
            ..with_the_rest(rules, &format!("{name} is no number"))
        })
    }

    /// The levels of a category, and one class for all that is none of them.
    pub(super) fn levels_of(&self, column: usize) -> Result<Partition, RequestError> {
        let levels = &self.levels[column];
        let name = &self.columns[column].name;
        if levels.is_empty() || levels.len() > MOST_LEVELS {
            return Err(RequestError::new(
                format!(
                    "`{name}` has {} levels, too many or too few for parity",
                    levels.len()
                ),
                format!("parity is for columns of numbers and of 1 to {MOST_LEVELS} levels"),
            ));
        }
        let rules = levels
            .iter()
            .map(|level| {
                let condition = Condition::Compare(
                    Comparison::Equal,
                    Term::Column(column as u16),
                    Term::Text(level.clone()),
                );
                Rule::of(format!("{name} = '{level}'"), condition)
            })
            .collect();
        Ok(with_the_rest(rules, &format!("{name} is none of these")))
    }

    /// Whether every text that a condition compares a column with is one of its levels; the nearest one otherwise.
    pub(crate) fn knows(&self, rule: &Rule) -> Result<(), RequestError> {
        let mut found = Vec::new();
        rule.condition().equals(&mut found);
        for (column, text) in found {
            let column = usize::from(column);
            // What is around a row is another table's to know.
            let Some(about) = self.columns.get(column) else {
                continue;
            };
            if about.kind.is_numeric() || self.levels[column].is_empty() {
                continue;
            }
            let levels = || self.levels[column].iter().map(String::as_str);
            if levels().any(|level| level == text) {
                continue;
            }
            let hint = population::diagnostic::nearest(text, levels()).map_or_else(
                || {
                    let some: Vec<String> = levels()
                        .take(12)
                        .map(|level| format!("'{level}'"))
                        .collect();
                    let more = if levels().count() > 12 { " …" } else { "" };
                    format!("it is one of {}{more}", some.join(", "))
                },
                |near| format!("did you mean '{near}'?"),
            );
            return Err(RequestError::new(
                format!("`{}` is never '{text}' in the model", about.name),
                hint,
            ));
        }
        Ok(())
    }
}

fn with_the_rest(mut rules: Vec<Rule>, text: &str) -> Partition {
    let any = Condition::Any(rules.iter().map(|rule| rule.condition().clone()).collect());
    rules.push(Rule::of(text.to_owned(), any.otherwise()));
    Partition {
        classes: rules,
        below: Vec::new(),
    }
}
