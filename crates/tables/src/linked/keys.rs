//! Keys and references become row numbers while tables are read; of a key nothing else is kept.

use std::collections::HashMap;

use arrow_array::ArrayRef;
use privacy::{Ledger, grouped};

use crate::cells::{Cell, visit};
use crate::detect::spelling;
use crate::read::write_stored;
use crate::source::{Source, SourceError};

/// The row number of a reference to nothing.
pub(crate) const NOBODY: u32 = u32::MAX;

/// The rows of a table by their keys.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    rows: HashMap<Box<str>, u32>,
}

/// A column of keys or references, while it is read.
struct Column<'a> {
    /// Its place in the source.
    place: usize,
    name: &'a str,
    found: Found<'a>,
}

enum Found<'a> {
    Key(&'a mut Keys),
    Reference {
        keys: &'a Keys,
        table: &'a str,
        rows: &'a mut Vec<u32>,
    },
}

/// What to read of a table: the key column, and for each reference its column and the keys that it refers to.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) table: &'a str,
    /// The place of the column in the source, and its name.
    pub(crate) key: Option<(usize, &'a str)>,
    /// The same, then the name of the other table and its keys.
    pub(crate) references: Vec<(usize, &'a str, &'a str, &'a Keys)>,
}

/// The first thing that is wrong with a column of keys, and how often.
struct Wrong {
    row: u64,
    times: u64,
    what: &'static str,
}

impl Keys {
    /// Reads the key of every row.
    pub(crate) fn read(
        source: &mut Source,
        wanted: &Wanted<'_>,
        ledger: &mut Ledger,
    ) -> Result<Self, SourceError> {
        let mut keys = Self::default();
        if let Some((place, name)) = wanted.key {
            let columns = vec![Column {
                place,
                name,
                found: Found::Key(&mut keys),
            }];
            scan(
                source,
                wanted.table,
                columns,
                "keys into row numbers",
                ledger,
            )?;
        }
        Ok(keys)
    }
}

/// Reads references as row numbers of the tables that they refer to; [`NOBODY`] where there is none.
pub(crate) fn references(
    source: &mut Source,
    wanted: &Wanted<'_>,
    ledger: &mut Ledger,
) -> Result<Vec<Vec<u32>>, SourceError> {
    let mut found: Vec<Vec<u32>> = vec![Vec::new(); wanted.references.len()];
    let columns: Vec<Column<'_>> = wanted
        .references
        .iter()
        .zip(&mut found)
        .map(|(&(place, name, table, keys), rows)| Column {
            place,
            name,
            found: Found::Reference { keys, table, rows },
        })
        .collect();
    if !columns.is_empty() {
        let purpose = "references into row numbers";
        scan(source, wanted.table, columns, purpose, ledger)?;
    }
    Ok(found)
}

fn scan(
    source: &mut Source,
    table: &str,
    mut columns: Vec<Column<'_>>,
    purpose: &str,
    ledger: &mut Ledger,
) -> Result<(), SourceError> {
    let mut row = 0_u64;
    let mut wrong: Vec<Option<Wrong>> = columns.iter().map(|_| None).collect();
    source.scan(ledger, purpose, &mut |batch| {
        for (column, wrong) in columns.iter_mut().zip(&mut wrong) {
            read_batch(column, batch.column(column.place), row, wrong);
        }
        row += batch.num_rows() as u64;
        if row >= u64::from(NOBODY) {
            let most = grouped(u64::from(NOBODY));
            return Err(SourceError::input(
                format!("table `{table}` has {most} rows or more, and linked tables have fewer"),
                "learn from a part of its rows",
            ));
        }
        Ok(())
    })?;
    for (column, wrong) in columns.iter().zip(wrong) {
        if let Some(wrong) = wrong {
            return Err(complaint(table, column, &wrong));
        }
    }
    Ok(())
}

fn read_batch(column: &mut Column<'_>, array: &ArrayRef, first: u64, wrong: &mut Option<Wrong>) {
    let mut row = first;
    let mut buffer = String::new();
    visit(array, |cell| {
        let text = match cell {
            Cell::Null => None,
            Cell::Text(text) => Some(text),
            other => {
                buffer.clear();
                write_stored(other, &mut buffer);
                Some(buffer.as_str())
            }
        };
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        if let Some(what) = column.found.take(text, row) {
            match wrong {
                None => {
                    *wrong = Some(Wrong {
                        row: row + 1,
                        times: 1,
                        what,
                    });
                }
                Some(wrong) => wrong.times += 1,
            }
        }
        row += 1;
    });
}

const MISSING: &str = "missing";
const TWICE: &str = "twice";
const ORPHAN: &str = "orphan";

impl Found<'_> {
    /// Takes one value in; returns what is wrong with it.
    fn take(&mut self, text: Option<&str>, row: u64) -> Option<&'static str> {
        match self {
            Found::Key(keys) => {
                let Some(text) = text else {
                    return Some(MISSING);
                };
                let before = keys.rows.insert(text.into(), row as u32);
                before.map(|_| TWICE)
            }
            Found::Reference { keys, rows, .. } => {
                let found = text.and_then(|text| keys.row(text));
                rows.push(found.unwrap_or(NOBODY));
                match (found, text) {
                    (None, Some(text)) if spelling(text).is_none() => Some(ORPHAN),
                    _ => None,
                }
            }
        }
    }
}

impl Keys {
    fn row(&self, text: &str) -> Option<u32> {
        // A column of whole numbers with gaps is often stored as fractions: 17.0 is row 17's key.
        let whole = || text.strip_suffix(".0").and_then(|text| self.rows.get(text));
        self.rows.get(text).or_else(whole).copied()
    }
}

fn complaint(table: &str, column: &Column<'_>, wrong: &Wrong) -> SourceError {
    let row = grouped(wrong.row);
    let name = column.name;
    let more = match wrong.times - 1 {
        0 => String::new(),
        1 => ", and so in 1 more row".to_owned(),
        more => format!(", and so in {} more rows", grouped(more)),
    };
    match (&column.found, wrong.what) {
        (Found::Reference { table: other, .. }, _) => SourceError::input(
            format!(
                "table `{table}`, row {row}: column `{name}` refers to no row of table `{other}`{more}"
            ),
            "add the missing rows or leave these out; an empty cell refers to nobody",
        ),
        (Found::Key(_), MISSING) => SourceError::input(
            format!("table `{table}`, row {row}: the key `{name}` is missing{more}"),
            "every row of a table with a key has one",
        ),
        (Found::Key(_), _) => SourceError::input(
            format!("table `{table}`, row {row}: the key `{name}` is that of an earlier row{more}"),
            "a key names one row; leave `key` out where no table refers to this one",
        ),
    }
}
