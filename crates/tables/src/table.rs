//! Values of one table in memory, column by column.

use serde::{Deserialize, Serialize};

use crate::format::{MomentFormat, NumberFormat, Pattern, PositionFormat, TextFormat};

/// The code of a missing value in [`Cells::Levels`].
pub const MISSING_LEVEL: u32 = u32::MAX;

/// The row number of a key that names nobody in [`Cells::Keys`].
pub const NO_ROW: u64 = u64::MAX;

/// Real or synthetic values of one table in memory, column by column. Real ones belong inside a [`privacy::Sealed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What each column is, in the order of the file.
    pub columns: Vec<Column>,
    /// The values of each column, in the same order.
    pub cells: Vec<Cells>,
    /// How many values each column has.
    pub rows: usize,
}

/// What a column is and how its values are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// As the file's header says it. The two halves of a written position share it, each with its own [`Half`].
    pub name: String,
    /// What its values mean and how they are written.
    pub kind: Kind,
    /// How a missing value is written: `Some("NA")`, `Some("")`; `None` is a null where the file knows nulls and an empty cell where it does not.
    pub missing: Option<String>,
    /// Texts that stand for something else than a number in a column of numbers or moments (`refused`, `> 100`), in order of text: `special` of
    /// [`Cells::Numbers`] counts them from 1. At most 254.
    pub codes: Vec<String>,
    /// How the file holds the values.
    pub storage: Storage,
}

/// The kinds of columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A quantity. [`Cells::Numbers`].
    Number(NumberFormat),
    /// One of two words. [`Cells::Levels`] of at most these two.
    Boolean {
        /// `no`, `false`, `0`.
        no: String,
        /// `yes`, `true`, `1`.
        yes: String,
    },
    /// One of a list of texts. [`Cells::Levels`].
    Category,
    /// A date, a time of day, or both. [`Cells::Numbers`] in seconds.
    Moment(MomentFormat),
    /// Names a record and means nothing else. [`Cells::Opaque`].
    Identifier(Pattern),
    /// Free text, never kept. [`Cells::Opaque`].
    Text(TextFormat),
    /// Half of a geographic position that the file writes as one text; its columns come in pairs, first half first. [`Cells::Numbers`] in degrees.
    Position(Half),
}

/// Half of a position written as one text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Half {
    /// Which half.
    pub part: Part,
    /// How the half is written; its role says whether it is the latitude.
    pub number: NumberFormat,
    /// What is around and between the two.
    pub whole: PositionFormat,
}

/// Which half of a written position, in the order of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Written first.
    First,
    /// Written second.
    Second,
}

/// How a file holds the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// As text: CSV, and columns of strings.
    #[default]
    Text,
    /// As truth values.
    Boolean,
    /// As whole numbers.
    Integer {
        /// 8, 16, 32 or 64.
        bits: u8,
        /// Whether below zero is possible.
        signed: bool,
    },
    /// As binary fractions.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// As decimal fractions.
    Decimal {
        /// Digits in all.
        precision: u8,
        /// Digits after the point.
        scale: i8,
    },
    /// As days.
    Date,
    /// As instants (`utc`) or local wall time.
    Timestamp {
        /// The smallest step.
        unit: TimeUnit,
        /// Whether the values are instants.
        utc: bool,
    },
}

/// The smallest step of stored time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// 1 s.
    Second,
    /// 10⁻³ s.
    Millisecond,
    /// 10⁻⁶ s.
    Microsecond,
    /// 10⁻⁹ s; values in memory are exact to about 10⁻⁶ s.
    Nanosecond,
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cells {
    /// Numbers and moments (seconds since 1970-01-01T00:00 UTC, or in local wall time where the column has no zone).
    Numbers {
        /// `NaN` where there is no number.
        values: Vec<f64>,
        /// What is there instead, where `values` is `NaN`: 0 missing, else counted from 1 in [`Column::codes`]. Empty when the column has no codes.
        special: Vec<u8>,
    },
    /// Category, boolean.
    Levels {
        /// Places in `levels`; [`MISSING_LEVEL`] where there is none.
        codes: Vec<u32>,
        /// In order of text, each once.
        levels: Vec<String>,
    },
    /// Identifiers and texts: only whether there is a value.
    Opaque {
        /// Per row.
        present: Vec<bool>,
    },
    /// Keys of made rows, and references to them: each is written as the identifier of that number.
    Keys {
        /// The number of the row that is named; [`NO_ROW`] where there is none.
        rows: Vec<u64>,
    },
}

impl Cells {
    /// How many rows.
    pub fn len(&self) -> usize {
        match self {
            Cells::Numbers { values, .. } => values.len(),
            Cells::Levels { codes, .. } => codes.len(),
            Cells::Opaque { present } => present.len(),
            Cells::Keys { rows } => rows.len(),
        }
    }

    /// Whether an identifier, text or key is there; true for other cells.
    pub(crate) fn is_there(&self, row: usize) -> bool {
        match self {
            Cells::Opaque { present } => present[row],
            Cells::Keys { rows } => rows[row] != NO_ROW,
            Cells::Numbers { .. } | Cells::Levels { .. } => true,
        }
    }

    /// The cells of these rows, in this order.
    pub(crate) fn taken(&self, order: &[u32]) -> Cells {
        fn take<T: Copy>(all: &[T], order: &[u32]) -> Vec<T> {
            order.iter().map(|&row| all[row as usize]).collect()
        }
        match self {
            Cells::Numbers { values, special } => Cells::Numbers {
                values: take(values, order),
                special: if special.is_empty() {
                    Vec::new()
                } else {
                    take(special, order)
                },
            },
            Cells::Levels { codes, levels } => Cells::Levels {
                codes: take(codes, order),
                levels: levels.clone(),
            },
            Cells::Opaque { present } => Cells::Opaque {
                present: take(present, order),
            },
            Cells::Keys { rows } => Cells::Keys {
                rows: take(rows, order),
            },
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Table {
    /// These rows, in this order, each as often as it is named.
    ///
    /// # Panics
    ///
    /// Where a row is not there.
    pub fn taken(&self, rows: &[u32]) -> Self {
        Self {
            columns: self.columns.clone(),
            cells: self.cells.iter().map(|cells| cells.taken(rows)).collect(),
            rows: rows.len(),
        }
    }

    /// The place of the column of that name; of a written position, of its first half.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

impl Kind {
    /// The word for it in a layout's YAML.
    pub fn word(&self) -> &'static str {
        match self {
            Kind::Number(_) => "number",
            Kind::Boolean { .. } => "boolean",
            Kind::Category => "category",
            Kind::Moment(_) => "moment",
            Kind::Identifier(_) => "identifier",
            Kind::Text(_) => "text",
            Kind::Position(_) => "position",
        }
    }

    /// Whether its values are [`Cells::Numbers`].
    pub fn is_numeric(&self) -> bool {
        matches!(self, Kind::Number(_) | Kind::Moment(_) | Kind::Position(_))
    }

    /// Writes a number, moment or half of a position as the file would. Empty for kinds without numbers.
    pub fn write(&self, value: f64) -> String {
        let mut text = String::new();
        self.write_into(value, &mut text);
        text
    }

    /// Appends what [`write`](Kind::write) returns.
    pub fn write_into(&self, value: f64, text: &mut String) {
        match self {
            Kind::Number(format) | Kind::Position(Half { number: format, .. }) => {
                format.write_into(value, text);
            }
            Kind::Moment(format) => format.write_into(value, text),
            Kind::Boolean { .. } | Kind::Category | Kind::Identifier(_) | Kind::Text(_) => {}
        }
    }

    /// The value nearest to `value` that can be written.
    pub fn snap(&self, value: f64) -> f64 {
        match self {
            Kind::Number(format) | Kind::Position(Half { number: format, .. }) => {
                format.snap(value)
            }
            Kind::Moment(format) => format.snap(value),
            Kind::Boolean { .. } | Kind::Category | Kind::Identifier(_) | Kind::Text(_) => value,
        }
    }
}
