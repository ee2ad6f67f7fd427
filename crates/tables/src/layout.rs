//! What a table's columns are: found in the data, shown to the user, overridden by the user.

pub mod document;
mod foreign;
pub(crate) mod overrides;

use std::fmt;
use std::fmt::Write as _;

use population::Diagnostic;
use privacy::{Ledger, grouped};
use rayon::prelude::*;

use crate::detect::{Facts, Summary, decide, decide_as};
use crate::format::{Decimals, Pattern, Role, Shape, TextLook, Zone};
use crate::source::{Source, SourceError};
use crate::table::{Column, Kind};

pub use overrides::Overrides;

/// What each column of a source is, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// One for each column of the source, also for those left out.
    pub columns: Vec<LayoutColumn>,
}

/// A column of a source and what it becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct LayoutColumn {
    /// As in the source.
    pub name: String,
    /// The columns of the [`Table`](crate::Table): none when left out, two for a written position, else one.
    pub columns: Vec<Column>,
    /// What the data said about it.
    pub facts: Facts,
    /// Whether the user, not the data, decided.
    pub given: bool,
}

/// Why there is no layout.
#[derive(Debug)]
pub enum LayoutError {
    /// The source cannot be read.
    Source(SourceError),
    /// What the user says about the columns is mistaken; all mistakes at once.
    Overrides(Vec<Diagnostic>),
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayoutError::Source(error) => error.fmt(f),
            LayoutError::Overrides(mistakes) => {
                for (place, mistake) in mistakes.iter().enumerate() {
                    if place > 0 {
                        writeln!(f)?;
                    }
                    mistake.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for LayoutError {}

impl From<SourceError> for LayoutError {
    fn from(error: SourceError) -> Self {
        LayoutError::Source(error)
    }
}

/// What one pass over a source, or over a part of its rows, remembers of its columns. Parts add up: however the rows are divided, the merged counts give
/// the same layout, so that a cluster can count.
///
/// Holds values of the data: up to 16,384 different ones of each column (fewer in wide tables), a uniform sample where there are more.
pub struct Counts {
    names: Vec<String>,
    summaries: Vec<Summary>,
}

impl fmt::Debug for Counts {
    /// Names only: the counts hold values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Counts {
    /// Counts all rows of a source. Columns of a batch are looked at in parallel, on rayon's current pool.
    ///
    /// # Errors
    ///
    /// What the source says.
    pub fn of(source: &mut Source, ledger: &mut Ledger) -> Result<Self, SourceError> {
        let fields = source.schema().fields().clone();
        let names = fields.iter().map(|field| field.name().clone()).collect();
        let mut summaries: Vec<Summary> = fields
            .iter()
            .map(|field| Summary::new(crate::cells::storage(field.data_type()), fields.len()))
            .collect();
        source.scan(ledger, "column kinds", &mut |batch| {
            summaries
                .par_iter_mut()
                .zip(batch.columns())
                .for_each(|(summary, column)| summary.add(column));
            Ok::<(), SourceError>(())
        })?;
        Ok(Self { names, summaries })
    }

    /// Adds the counts of another part of the same table.
    ///
    /// # Errors
    ///
    /// A part with other columns, by the name of the first that differs.
    pub fn merge(&mut self, other: Counts) -> Result<(), SourceError> {
        let differs = self
            .names
            .iter()
            .zip(&other.names)
            .find(|(a, b)| a != b)
            .map(|(name, _)| name.as_str());
        if self.names.len() != other.names.len() || differs.is_some() {
            return Err(SourceError::input(
                match differs {
                    Some(name) => format!(
                        "a part of the table does not have column `{name}` where the others have it"
                    ),
                    None => format!(
                        "a part of the table has {} columns, the others have {}",
                        other.names.len(),
                        self.names.len()
                    ),
                },
                "all parts have the same columns in the same order",
            ));
        }
        for (mine, others) in self.summaries.iter_mut().zip(other.summaries) {
            mine.merge(others);
        }
        Ok(())
    }

    /// The layout that the counts speak for, and the user's word where there is one.
    ///
    /// # Errors
    ///
    /// Overrides of columns that do not exist, or that cannot be what is asked; all at once.
    pub fn layout(&self, overrides: &Overrides) -> Result<Layout, Vec<Diagnostic>> {
        overrides.check(self.names.iter().map(String::as_str))?;
        let mut mistakes = Vec::new();
        let mut columns = Vec::new();
        for (name, summary) in self.names.iter().zip(&self.summaries) {
            let asked = overrides
                .wanted(name)
                .map(|wanted| decide_as(name, summary, wanted));
            let given = asked.is_some();
            let decision = match asked {
                None => decide(name, summary),
                Some(Some(decision)) => decision,
                Some(None) => {
                    mistakes.push(overrides.impossible(name, &decide(name, summary)));
                    continue;
                }
            };
            columns.push(LayoutColumn {
                name: name.clone(),
                columns: decision.columns,
                facts: decision.facts,
                given,
            });
        }
        if mistakes.is_empty() {
            Ok(Layout { columns })
        } else {
            Err(mistakes)
        }
    }
}

impl Layout {
    /// The columns of the [`Table`](crate::Table).
    pub fn table_columns(&self) -> Vec<Column> {
        let columns = self.columns.iter();
        columns.flat_map(|column| column.columns.clone()).collect()
    }

    /// Finds out in one pass what each column is, and lets the user's word stand where there is one.
    ///
    /// Memory is bounded by the number of columns, not of rows, and the answer depends on the rows only: see [`Counts`].
    ///
    /// # Errors
    ///
    /// What the source says; overrides of columns that do not exist, or that cannot be what is asked.
    pub fn detect(
        source: &mut Source,
        overrides: &Overrides,
        ledger: &mut Ledger,
    ) -> Result<Self, LayoutError> {
        // Names are checked before the pass: a typo should not cost a minute.
        overrides
            .check(
                source
                    .schema()
                    .fields()
                    .iter()
                    .map(|field| field.name().as_str()),
            )
            .map_err(LayoutError::Overrides)?;
        Counts::of(source, ledger)?
            .layout(overrides)
            .map_err(LayoutError::Overrides)
    }
}

impl LayoutColumn {
    /// What it is, in a few words: `number, 2 decimals, written like $1,234.50`. Tells formats and patterns, never a value of the data.
    pub fn describe(&self) -> String {
        let Some(column) = self.columns.first() else {
            return "left out".to_owned();
        };
        let mut text = column.kind.word().to_owned();
        match &column.kind {
            Kind::Number(format) => {
                match format.decimals {
                    Decimals::Kept { most: 0, .. } => text.push_str(", whole"),
                    Decimals::Kept { fewest, most } if fewest == most => {
                        let _ =
                            write!(text, ", {most} decimal{}", if most == 1 { "" } else { "s" });
                    }
                    Decimals::Kept { most, .. } => {
                        let _ = write!(
                            text,
                            ", up to {most} decimal{}",
                            if most == 1 { "" } else { "s" }
                        );
                    }
                    Decimals::Shortest { .. } => text.push_str(", all decimals"),
                }
                let dressed = !format.prefix.is_empty()
                    || !format.suffix.is_empty()
                    || format.group.is_some()
                    || format.mark != '.';
                if dressed {
                    let _ = write!(text, ", written like {}", format.example());
                }
                match format.role {
                    Role::Plain => {}
                    Role::Latitude => text.push_str(", latitude"),
                    Role::Longitude => text.push_str(", longitude"),
                }
                if self.facts.heavy_tail {
                    text.push_str(", heavy tail");
                }
                match self.facts.spikes {
                    0 => {}
                    1 => text.push_str(", 1 spike"),
                    spikes => {
                        let _ = write!(text, ", {spikes} spikes");
                    }
                }
            }
            Kind::Moment(format) => {
                let _ = write!(text, ", {}", format.pattern());
                match format.zone() {
                    Zone::Wall if format.has_date() && format.has_time() => {
                        text.push_str(", no time zone");
                    }
                    Zone::Wall => {}
                    Zone::Offset(0) => text.push_str(", UTC"),
                    Zone::Offset(seconds) => {
                        let sign = if seconds < 0 { '-' } else { '+' };
                        let minutes = seconds.unsigned_abs() / 60;
                        let _ = write!(text, ", UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60);
                    }
                }
            }
            Kind::Identifier(Pattern { shape, unique }) => {
                text.push_str(if *unique { ", unique" } else { ", repeats" });
                match shape {
                    Shape::Sequence { .. } => text.push_str(", counts through"),
                    Shape::Runs(_) => {
                        if let Kind::Identifier(pattern) = &column.kind {
                            let _ = write!(text, ", {pattern}");
                        }
                    }
                }
            }
            Kind::Text(format) => text.push_str(match format.look {
                TextLook::Words => ", not kept",
                TextLook::Names => " (names), not kept",
                TextLook::Email => " (e-mail addresses), not kept",
                TextLook::Link => " (links), not kept",
                TextLook::Phone => " (phone numbers), not kept",
            }),
            Kind::Position(half) => text.push_str(if half.whole.latitude_first {
                ", latitude first"
            } else {
                ", longitude first"
            }),
            Kind::Boolean { .. } | Kind::Category => {}
        }
        if !column.codes.is_empty() {
            let _ = write!(
                text,
                ", {} code{}",
                column.codes.len(),
                if column.codes.len() == 1 { "" } else { "s" }
            );
        }
        if self.given {
            text.push_str(" (as you say)");
        }
        text
    }
}

impl fmt::Display for Layout {
    /// A table for people: column, kind, different values, missing values; then what the user should know.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 4]> = self
            .columns
            .iter()
            .map(|column| {
                let facts = &column.facts;
                let about = if facts.exact { "" } else { "~" };
                let share = facts.missing as f64 / facts.rows.max(1) as f64 * 100.0;
                let missing = match facts.missing {
                    0 => "-".to_owned(),
                    _ if share < 0.1 => "< 0.1 %".to_owned(),
                    _ => format!("{share:.1} %"),
                };
                [
                    column.name.clone(),
                    column.describe(),
                    format!("{about}{}", grouped(facts.different)),
                    missing,
                ]
            })
            .collect();
        let titles = ["column", "kind", "different", "missing"].map(str::to_owned);
        let mut widths = [0; 4];
        for row in rows.iter().chain([&titles]) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count().min(90));
            }
        }
        for row in [&titles].into_iter().chain(&rows) {
            let [a, b, c, d] = widths;
            writeln!(
                f,
                "{:<a$}  {:<b$}  {:>c$}  {:>d$}",
                row[0], row[1], row[2], row[3]
            )?;
        }
        for column in &self.columns {
            for note in &column.facts.notes {
                writeln!(f, "{}: {note}", column.name)?;
            }
        }
        Ok(())
    }
}
