//! The rows of a source, behind the private door.

use std::borrow::Cow;
use std::collections::HashMap;

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use privacy::Records;

use crate::cells::{Cell, visit};
use crate::detect::spelling;
use crate::read::write_stored;

/// All rows in memory: 4 bytes for a text beside each different text once, 8 for a number.
#[derive(Default)]
pub(crate) struct Rows {
    columns: Vec<Stored>,
    rows: usize,
}

/// One column as its source stores it. What it holds is told by the source's type, never by its cells, so that one row changes nothing about the others.
enum Stored {
    /// Each different text once, and for each row which; `u32::MAX` for none.
    Texts {
        texts: Vec<Box<str>>,
        places: HashMap<Box<str>, u32>,
        rows: Vec<u32>,
    },
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// `NaN` for none; and what the numbers are.
    Numbers { values: Vec<f64>, are: Are },
}

#[derive(Clone, Copy, PartialEq)]
enum Are {
    Numbers,
    Truths,
    Moments,
}

const NONE: u32 = u32::MAX;

impl Rows {
    /// Adds a batch.
    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        if self.columns.is_empty() {
            let schema = batch.schema();
            let fields = schema.fields().iter();
            self.columns = fields.map(|field| Stored::new(field.data_type())).collect();
        }
        for (column, stored) in batch.columns().iter().zip(&mut self.columns) {
            visit(column, |cell| stored.push(cell));
        }
        self.rows += batch.num_rows();
    }
}

impl Stored {
    fn new(kind: &DataType) -> Self {
        let numbers = |are| Self::Numbers {
            values: Vec::new(),
            are,
        };
        match kind {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Texts {
                texts: Vec::new(),
                places: HashMap::new(),
                rows: Vec::new(),
            },
            kind if kind.is_integer() => Self::Whole(Vec::new()),
            DataType::Boolean => numbers(Are::Truths),
            DataType::Date32
            | DataType::Timestamp(..)
            | DataType::Time32(_)
            | DataType::Time64(_) => numbers(Are::Moments),
            _ => numbers(Are::Numbers),
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        match self {
            Self::Texts {
                texts,
                places,
                rows,
            } => rows.push(match cell {
                Cell::Text(text) => places.get(text).copied().unwrap_or_else(|| {
                    let place = texts.len() as u32;
                    texts.push(text.into());
                    places.insert(text.into(), place);
                    place
                }),
                _ => NONE,
            }),
            Self::Whole(values) => values.push(match cell {
                Cell::Integer(value) => Some(value),
                // Beyond 2⁶³, where only unsigned numbers are: held at the end.
                Cell::Number(value) => Some(value as i64),
                _ => None,
            }),
            Self::Numbers { values, .. } => values.push(match cell {
                Cell::Integer(value) => value as f64,
                Cell::Number(value) | Cell::Moment(value) => value,
                Cell::Boolean(value) => f64::from(u8::from(value)),
                Cell::Null | Cell::Text(_) => f64::NAN,
            }),
        }
    }
}

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    rows: &'a Rows,
    row: usize,
}

impl<'a> Row<'a> {
    /// What it has in a column of the source.
    pub(crate) fn cell(&self, column: usize) -> Cell<'a> {
        match self.rows.columns.get(column) {
            Some(Stored::Texts { texts, rows, .. }) => match rows[self.row] {
                NONE => Cell::Null,
                place => Cell::Text(&texts[place as usize]),
            },
            Some(Stored::Whole(values)) => values[self.row].map_or(Cell::Null, Cell::Integer),
            Some(Stored::Numbers { values, are }) => match (values[self.row], are) {
                (value, _) if value.is_nan() => Cell::Null,
                (value, Are::Truths) => Cell::Boolean(value != 0.0),
                (value, Are::Moments) => Cell::Moment(value),
                (value, Are::Numbers) => Cell::Number(value),
            },
            None => Cell::Null,
        }
    }

    /// Whose row it is by a column of texts or whole numbers; nobody's where there is no value.
    pub(crate) fn person(&self, column: usize) -> Option<Cow<'a, str>> {
        text_of(self.cell(column)).filter(|text| spelling(text).is_none())
    }
}

/// The text of a cell, whatever the source stores; nothing where it has none, or what stands for none.
pub(crate) fn text_of(cell: Cell<'_>) -> Option<Cow<'_, str>> {
    match cell {
        Cell::Null => None,
        Cell::Text(text) => Some(Cow::Borrowed(text)),
        other => {
            let mut text = String::new();
            write_stored(other, &mut text);
            Some(Cow::Owned(text))
        }
    }
}

impl Records for Rows {
    type Record<'a> = Row<'a>;

    fn len(&self) -> usize {
        self.rows
    }

    fn record(&self, row: usize) -> Row<'_> {
        Row { rows: self, row }
    }
}
