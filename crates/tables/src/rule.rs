//! Conditions on rows, written as SQL writes them after `WHERE`: `age >= 18 and (plan = 'basic' or discount <= price / 2)`.
//!
//! A condition is evaluated on what is *known* of a row: each column has a [`Domain`], every value it may have, down to a single one. The answer says which of
//! true, false and unknown are possible (Kleene's logic over interval arithmetic; Moore 1966). So one evaluator serves twice: on written
//! values it decides, and while a row is being drawn it rules out what can no longer come true.

mod domain;
mod evaluate;
mod expression;
mod file;
mod find;
mod parse;
mod rows;
#[cfg(test)]
mod tests;
mod time;

use std::fmt;
use std::sync::Arc;

use crate::table::Column;
pub(crate) use domain::{Domain, Texts, Truth};
pub(crate) use expression::{Comparison, Condition, Seen, Term};
pub use file::read_rules;
pub use find::{FoundRule, find_rules};
pub(crate) use find::{found_in, quoted};
pub use rows::Tally;

/// A condition on one row of a table.
///
/// It holds where it is true. Comparisons with a missing value are neither true nor false, as in SQL.
#[derive(Debug, Clone)]
pub struct Rule {
    text: String,
    condition: Condition,
    columns: Vec<u16>,
}

/// The columns that a condition may speak of.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// By their places. Those of other tables are called `table.column`.
    pub columns: &'a [Column],
    /// What the table of the first columns may be called in front of them.
    pub home: Option<&'a str>,
    /// Where the columns of the row before begin, in the order of the first columns, and how many they are.
    pub previous: Option<(u16, u16)>,
}

impl Rule {
    /// Reads a condition about these columns.
    ///
    /// The expression is SQL's: comparisons, `AND OR NOT`, `IN`, `BETWEEN`, `LIKE`, `IS NULL`, `~ 'regular expression'`, arithmetic, `ABS ROUND FLOOR CEIL
    /// LEAST GREATEST COALESCE LENGTH YEAR MONTH DAY HOUR WEEKDAY`, `INTERVAL '3 days'`. A name that is no column stands for the text (`churn = yes`), dates
    /// are texts as the column or ISO 8601 writes them, and names with other signs than letters, digits and `_` stand in double quotes.
    ///
    /// # Errors
    ///
    /// A text that is no condition, an unknown name, a comparison that makes no sense.
    pub fn parse(text: &str, columns: &[Column]) -> Result<Self, RuleError> {
        let scope = Scope {
            columns,
            home: None,
            previous: None,
        };
        Self::parse_in(text, scope)
    }

    /// The same about a row and what is around it: its owners, and the row before.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_in(text: &str, scope: Scope<'_>) -> Result<Self, RuleError> {
        let condition = parse::condition(text, scope)?;
        if condition.compares_rows() && !matches!(condition, Condition::Unique(_)) {
            return Err(RuleError::new(
                format!("`{}` is about one row and about all of them", text.trim()),
                "make `unique(…)` a rule of its own",
            ));
        }
        Ok(Self::of(text.trim().to_owned(), condition))
    }

    pub(crate) fn of(text: String, condition: Condition) -> Self {
        let mut columns = Vec::new();
        condition.columns(&mut columns);
        columns.sort_unstable();
        columns.dedup();
        Self {
            text,
            condition,
            columns,
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same where it is known which texts go together.
    pub(crate) fn with_seen(&self, seen: &dyn Fn(&[u16]) -> Option<Arc<Seen>>) -> Self {
        Self {
            condition: self.condition.with_seen(seen),
            ..self.clone()
        }
    }

    /// The columns it speaks of, by their places, ascending.
    pub fn columns(&self) -> &[u16] {
        &self.columns
    }

    pub(crate) fn condition(&self) -> &Condition {
        &self.condition
    }

    /// What may come of it, with what is known of each column.
    pub(crate) fn truth<'a>(&'a self, known: &dyn Fn(usize) -> Domain<'a>) -> Truth {
        self.condition.truth(known)
    }

    /// The columns whose values are there once in all rows, where it says so.
    pub(crate) fn unique(&self) -> Option<&[u16]> {
        match &self.condition {
            Condition::Unique(columns) => Some(columns),
            _ => None,
        }
    }

    /// Whether it compares rows with one another (`unique(a, b)`), so that it can only be counted in a whole table.
    pub fn compares_rows(&self) -> bool {
        self.condition.compares_rows()
    }

    /// The column that it says is equal to an expression of other columns, and the expression.
    pub(crate) fn equation(&self) -> Option<(u16, &Term)> {
        let Condition::Compare(Comparison::Equal, left, right) = &self.condition else {
            return None;
        };
        let Term::Column(column) = left else {
            return None;
        };
        let mut others = Vec::new();
        right.columns(&mut others);
        (!others.is_empty() && !others.contains(column)).then_some((*column, right))
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Why a text is no condition: what was found, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    message: String,
    hint: String,
}

impl RuleError {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RuleError {}
