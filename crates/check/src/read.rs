//! Reading a table as another one was read.

mod sample;

use population::stream::Seed;
use privacy::{Ledger, Sealed};
use tables::{
    Cells, Column, Facts, Kind, Layout, LayoutColumn, LayoutError, MISSING_LEVEL, Overrides,
    Source, SourceError, Table,
};

use sample::sampled;

pub use sample::MOST_ROWS;

/// A column that so many of its values do not fit is of another type.
const OTHER_TYPE: f64 = 0.5;

/// A real table behind its door, and what its columns are.
#[derive(Debug)]
pub struct Real {
    /// What the columns are.
    pub layout: Layout,
    /// The rows.
    pub table: Sealed<Table>,
    /// That they are a sample, in a sentence.
    pub note: Option<String>,
}

/// A table read with the columns of another one.
#[derive(Debug)]
pub struct Wanted {
    /// The rows; columns that fit, in the order of the file.
    pub table: Sealed<Table>,
    /// What does not fit, a sentence each.
    pub notes: Vec<String>,
}

/// Why a table cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// The source cannot be read, or what the user says of its columns is mistaken.
    Layout(LayoutError),
    /// It has no column that the real table has.
    NothingShared {
        /// Which table.
        table: String,
    },
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Layout(error) => error.fmt(f),
            Self::NothingShared { table } => {
                write!(
                    f,
                    "{table} has no column of the real table, so there is nothing to compare"
                )
            }
        }
    }
}

impl std::error::Error for ReadError {}

impl From<SourceError> for ReadError {
    fn from(error: SourceError) -> Self {
        Self::Layout(LayoutError::Source(error))
    }
}

impl From<LayoutError> for ReadError {
    fn from(error: LayoutError) -> Self {
        Self::Layout(error)
    }
}

/// Finds out what the columns of the training table are, and reads it: all of it, or with a seed at most [`MOST_ROWS`](crate::MOST_ROWS) random rows.
///
/// # Errors
///
/// What the source says; overrides that do not fit.
pub fn real(
    source: &mut Source,
    overrides: &Overrides,
    sample: Option<Seed>,
    ledger: &mut Ledger,
) -> Result<Real, ReadError> {
    let layout = Layout::detect(source, overrides, ledger)?;
    let (table, note) = sampled(source, &layout, "training", sample, ledger)?;
    Ok(Real {
        layout,
        table,
        note,
    })
}

/// Reads another table as the first one was: its columns by name, in whatever order. What it lacks, what it has beyond, and what is of another type is noted; a
/// column of another type is left out.
///
/// # Errors
///
/// What the source says; a table without any column of the first one.
pub fn same_columns(
    source: &mut Source,
    layout: &Layout,
    called: &str,
    sample: Option<Seed>,
    ledger: &mut Ledger,
) -> Result<Wanted, ReadError> {
    let mut notes = Vec::new();
    let names: Vec<String> = source
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    for column in &layout.columns {
        if !column.columns.is_empty() && !names.contains(&column.name) {
            notes.push(format!(
                "`{}` is not in the {called} table, so nothing is said about it",
                column.name
            ));
        }
    }
    let own = |name: &str| layout.columns.iter().find(|column| column.name == name);
    for name in &names {
        if own(name).is_none() {
            notes.push(format!(
                "`{name}` is in the {called} table only, so nothing is said about it"
            ));
        }
    }
    if !names.iter().any(|name| own(name).is_some()) {
        return Err(ReadError::NothingShared {
            table: format!("the {called} table"),
        });
    }
    let found = Layout::detect(source, &Overrides::none(), ledger)?;
    let matched = Layout {
        columns: names
            .iter()
            .map(|name| LayoutColumn {
                name: name.clone(),
                columns: own(name)
                    .map(|column| column.columns.clone())
                    .unwrap_or_default(),
                facts: Facts::default(),
                given: true,
            })
            .collect(),
    };
    let (table, note) = sampled(source, &matched, called, sample, ledger)?;
    notes.extend(note);
    let about = table.about().clone();
    let mut table = table;
    let table = table.derive(ledger, "types of columns", |table| {
        let mut kept = Table {
            columns: Vec::new(),
            cells: Vec::new(),
            rows: table.rows,
        };
        for (column, cells) in table.columns.iter().zip(&table.cells) {
            let facts = found.columns.iter().find(|found| found.name == column.name);
            let (rows, missing) = facts.map_or((0, 0), |f| (f.facts.rows, f.facts.missing));
            // Of a sample as many are expected to be missing, give or take four standard deviations.
            let share = missing as f64 / (rows as f64).max(1.0);
            let n = table.rows as f64;
            let expected = if rows == table.rows as u64 {
                missing
            } else {
                (n * share + 4.0 * (n * share * (1.0 - share)).sqrt()).ceil() as u64
            };
            let there = (table.rows as u64).saturating_sub(expected);
            let lost = match cells {
                Cells::Numbers { values, special } => {
                    let unread = values.iter().enumerate().filter(|(row, value)| {
                        value.is_nan() && special.get(*row).is_none_or(|&code| code == 0)
                    });
                    (unread.count() as u64).saturating_sub(table.rows as u64 - there)
                }
                _ => 0,
            };
            if lost > 0 {
                let other_type = lost as f64 > there as f64 * OTHER_TYPE;
                let kind = match &column.kind {
                    Kind::Moment(_) => "dates or times as the real table writes them",
                    _ => "numbers",
                };
                notes.push(format!(
                    "{lost} of {there} values of `{}` in the {called} table are not {kind}{}",
                    column.name,
                    if other_type {
                        "; it is left out"
                    } else {
                        " and count as missing"
                    }
                ));
                if other_type {
                    continue;
                }
            }
            kept.columns.push(column.clone());
            kept.cells.push(cells.clone());
        }
        Ok::<_, std::convert::Infallible>((kept, about))
    });
    let table = match table {
        Ok(table) => table,
        Err(never) => match never {},
    };
    Ok(Wanted { table, notes })
}

/// The same rows under these columns, in their order: what rules are counted in. A column that the table does not have is missing in every row.
pub fn aligned(table: &Table, columns: &[Column]) -> Table {
    let mut taken = vec![false; table.columns.len()];
    let cells = columns.iter().map(|column| {
        let place = (0..taken.len())
            .find(|&place| !taken[place] && table.columns[place].name == column.name);
        match place {
            Some(place) => {
                taken[place] = true;
                table.cells[place].clone()
            }
            None => match &column.kind {
                Kind::Number(_) | Kind::Moment(_) | Kind::Position(_) => Cells::Numbers {
                    values: vec![f64::NAN; table.rows],
                    special: Vec::new(),
                },
                Kind::Boolean { .. } | Kind::Category => Cells::Levels {
                    codes: vec![MISSING_LEVEL; table.rows],
                    levels: Vec::new(),
                },
                Kind::Identifier(_) | Kind::Text(_) => Cells::Opaque {
                    present: vec![false; table.rows],
                },
            },
        }
    });
    Table {
        cells: cells.collect(),
        columns: columns.to_vec(),
        rows: table.rows,
    }
}
