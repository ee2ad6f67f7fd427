//! One draw of all attributes.

use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};

use crate::attribute::{Kind, Schema};

/// A value of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a [`Kind::Number`].
    Number(f64),
    /// Of a [`Kind::Integer`].
    Integer(i64),
    /// Of a [`Kind::Category`].
    Category(String),
    /// Of a [`Kind::Mix`]: one weight per component, sum 1.
    Mix(Vec<f64>),
}

impl Value {
    /// What a message calls it.
    fn noun(&self) -> &'static str {
        match self {
            Value::Number(_) => "number",
            Value::Integer(_) => "integer",
            Value::Category(_) => "category",
            Value::Mix(_) => "mix",
        }
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Number(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Value::Integer(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Category(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Category(value)
    }
}

impl From<Vec<f64>> for Value {
    fn from(value: Vec<f64>) -> Self {
        Value::Mix(value)
    }
}

/// The attributes that a [`crate::Typical`] draw may read: those it declared to depend on, and nothing else.
///
/// # Panics
/// Reading an attribute that `depends_on` does not name, or as the wrong kind, is a bug in the stage and panics with its name. It
/// does so on every row and for every recipe, so the stage's first test finds it.
#[derive(Debug, Clone, Copy)]
pub struct PartialRow<'a> {
    /// Name and value of each attribute that may be read.
    drawn: &'a [(&'static str, &'a Value)],
}

impl<'a> PartialRow<'a> {
    /// A view of these values.
    pub fn new(drawn: &'a [(&'static str, &'a Value)]) -> Self {
        Self { drawn }
    }

    fn value(&self, name: &str) -> &'a Value {
        match self.drawn.iter().find(|(drawn, _)| *drawn == name) {
            Some((_, value)) => value,
            None => panic!("a typical draw reads `{name}`, which its `depends_on` does not name"),
        }
    }

    /// The value of a number.
    pub fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Number(value) => *value,
            other => panic!(
                "a typical draw reads `{name}` as a number, but it is a {}",
                other.noun()
            ),
        }
    }

    /// The value of an integer.
    pub fn integer(&self, name: &str) -> i64 {
        match self.value(name) {
            Value::Integer(value) => *value,
            other => panic!(
                "a typical draw reads `{name}` as an integer, but it is a {}",
                other.noun()
            ),
        }
    }

    /// The chosen word of a category.
    pub fn category(&self, name: &str) -> &'a str {
        match self.value(name) {
            Value::Category(value) => value,
            other => panic!(
                "a typical draw reads `{name}` as a category, but it is a {}",
                other.noun()
            ),
        }
    }

    /// The weights of a mix, in the order of its components.
    pub fn mix(&self, name: &str) -> &'a [f64] {
        match self.value(name) {
            Value::Mix(value) => value,
            other => panic!(
                "a typical draw reads `{name}` as a mix, but it is a {}",
                other.noun()
            ),
        }
    }
}

/// One draw of all attributes: what a stage turns into a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which sample it is.
    pub index: u64,
    /// Which draw it comes from: keys all streams. Differs from `index` only under `pair` and `sequence`, whose variants and frames share it.
    pub origin: u64,
    /// In schema order.
    values: Vec<(&'static str, Value)>,
}

impl Row {
    /// A row without attributes, to be filled by [`Row::with`].
    pub fn new(index: u64, origin: u64) -> Self {
        Self {
            index,
            origin,
            values: Vec::new(),
        }
    }

    /// The same row with one attribute set or added.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        match self
            .values
            .iter_mut()
            .find(|(existing, _)| *existing == name)
        {
            Some((_, existing)) => *existing = value,
            None => self.values.push((name, value)),
        }
        self
    }

    /// Reads row number `row` of a batch, which needs the columns `sample`, `origin` and those of every attribute of the schema.
    ///
    /// # Errors
    /// [`RowError`] with the column's name if one is missing, empty at that row, or of another type.
    pub fn read(batch: &RecordBatch, schema: &Schema, row: usize) -> Result<Self, RowError> {
        if row >= batch.num_rows() {
            return Err(RowError::NoSuchRow {
                row,
                rows: batch.num_rows(),
            });
        }
        let index = unsigned(batch, "sample", row)?;
        let origin = unsigned(batch, "origin", row)?;
        let mut values = Vec::with_capacity(schema.attributes.len());
        for attribute in &schema.attributes {
            let name = attribute.name;
            let value = match &attribute.kind {
                Kind::Number { .. } => Value::Number(real(batch, name, row)?),
                Kind::Integer { .. } => {
                    let column = column(batch, name, row)?;
                    let column = column
                        .as_primitive_opt::<Int64Type>()
                        .ok_or_else(|| RowError::wrong(name, "an integer"))?;
                    Value::Integer(column.value(row))
                }
                Kind::Category { .. } => {
                    let column = column(batch, name, row)?;
                    let column = column
                        .as_string_opt::<i32>()
                        .ok_or_else(|| RowError::wrong(name, "a category"))?;
                    Value::Category(column.value(row).to_owned())
                }
                Kind::Mix { components } => Value::Mix(
                    components
                        .iter()
                        .map(|component| real(batch, &format!("{name}.{component}"), row))
                        .collect::<Result<_, _>>()?,
                ),
            };
            values.push((name, value));
        }
        Ok(Self {
            index,
            origin,
            values,
        })
    }

    /// All attributes, in schema order.
    pub fn values(&self) -> &[(&'static str, Value)] {
        &self.values
    }

    /// The value of an attribute of any kind.
    ///
    /// # Errors
    /// [`RowError::Missing`].
    pub fn value(&self, name: &str) -> Result<&Value, RowError> {
        match self.values.iter().find(|(existing, _)| *existing == name) {
            Some((_, value)) => Ok(value),
            None => Err(RowError::Missing {
                name: name.to_owned(),
            }),
        }
    }

    /// The value of a number.
    ///
    /// # Errors
    /// [`RowError`] if the row has no such attribute or it is of another kind; likewise for the three below.
    pub fn number(&self, name: &str) -> Result<f64, RowError> {
        match self.value(name)? {
            Value::Number(value) => Ok(*value),
            _ => Err(RowError::wrong(name, "a number")),
        }
    }

    /// The value of an integer.
    ///
    /// # Errors
    /// As [`Row::number`].
    pub fn integer(&self, name: &str) -> Result<i64, RowError> {
        match self.value(name)? {
            Value::Integer(value) => Ok(*value),
            _ => Err(RowError::wrong(name, "an integer")),
        }
    }

    /// The chosen word of a category.
    ///
    /// # Errors
    /// As [`Row::number`].
    pub fn category(&self, name: &str) -> Result<&str, RowError> {
        match self.value(name)? {
            Value::Category(value) => Ok(value),
            _ => Err(RowError::wrong(name, "a category")),
        }
    }

    /// Whether a flag is `yes`.
    ///
    /// # Errors
    /// As [`Row::number`].
    pub fn flag(&self, name: &str) -> Result<bool, RowError> {
        Ok(self.category(name)? == "yes")
    }

    /// The weights of a mix, in the order of its components.
    ///
    /// # Errors
    /// As [`Row::number`].
    pub fn mix(&self, name: &str) -> Result<&[f64], RowError> {
        match self.value(name)? {
            Value::Mix(value) => Ok(value),
            _ => Err(RowError::wrong(name, "a mix")),
        }
    }
}

fn column<'a>(batch: &'a RecordBatch, name: &str, row: usize) -> Result<&'a dyn Array, RowError> {
    let column = batch
        .column_by_name(name)
        .ok_or_else(|| RowError::Missing {
            name: name.to_owned(),
        })?;
    if column.is_null(row) {
        return Err(RowError::Empty {
            name: name.to_owned(),
            row,
        });
    }
    Ok(column.as_ref())
}

fn real(batch: &RecordBatch, name: &str, row: usize) -> Result<f64, RowError> {
    let column = column(batch, name, row)?;
    Ok(column
        .as_primitive_opt::<Float64Type>()
        .ok_or_else(|| RowError::wrong(name, "a number"))?
        .value(row))
}

fn unsigned(batch: &RecordBatch, name: &str, row: usize) -> Result<u64, RowError> {
    let column = column(batch, name, row)?;
    Ok(column
        .as_primitive_opt::<UInt64Type>()
        .ok_or_else(|| RowError::wrong(name, "an index"))?
        .value(row))
}

/// Why a row cannot be read. Names columns and rows, never their content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowError {
    /// The population or the row has no such column.
    Missing {
        /// Of the column.
        name: String,
    },
    /// It has, but of another type.
    WrongKind {
        /// Of the column.
        name: String,
        /// With its article: "a number".
        expected: &'static str,
    },
    /// The column has no value there.
    Empty {
        /// Of the column.
        name: String,
        /// Counted from 0 within the batch.
        row: usize,
    },
    /// The batch is shorter.
    NoSuchRow {
        /// The row that was asked for.
        row: usize,
        /// How many there are.
        rows: usize,
    },
}

impl RowError {
    fn wrong(name: &str, expected: &'static str) -> Self {
        RowError::WrongKind {
            name: name.to_owned(),
            expected,
        }
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowError::Missing { name } => write!(f, "the row has no attribute `{name}`"),
            RowError::WrongKind { name, expected } => {
                write!(f, "attribute `{name}` of the row is not {expected}")
            }
            RowError::Empty { name, row } => write!(f, "column `{name}` is empty at row {row}"),
            RowError::NoSuchRow { row, rows } => {
                write!(f, "row {row} was asked for, but the batch has {rows}")
            }
        }
    }
}

impl std::error::Error for RowError {}
