//! What turns a row into artefacts, and what it hands back.

use std::fmt;

use population::{Row, RowError, Schema, Streams};

use crate::provenance::Provenance;

/// The stage of a data set: from a row to the files and numbers of one sample.
///
/// # Determinism
/// [`Stage::perform`] is a pure function of the row and the streams. The writer calls it from several threads, in any order,
/// and again for the same sample after a restart or by `regen`; every call must give the same bytes.
pub trait Stage: Send + Sync {
    /// What it understands: unit, range, default and meaning of every attribute.
    fn attributes(&self) -> &Schema;

    /// Makes one sample.
    ///
    /// # Errors
    /// [`StageError`] stops the run; the finished samples are kept.
    fn perform(&self, row: &Row, streams: &Streams) -> Result<Sample, StageError>;

    /// What every sample stands on; equal for all samples and all machines that make shards of one data set.
    fn provenance(&self) -> Provenance;
}

/// What a stage makes of one row, still in memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// The files, in an order that is the same for every sample of a data set, at most one per folder.
    pub artefacts: Vec<Artefact>,
    /// Scalar labels, one column each in `rows.parquet`: same names, types and order for every sample of a data set.
    pub scalars: Vec<(String, Scalar)>,
}

/// One file of a sample: `DIR/folder/000000017.extension`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artefact {
    /// Folder below the data set's own, one level: `images`. Lower-case letters, digits, `_` and `-`.
    pub folder: &'static str,
    /// Without the dot: `png`.
    pub extension: &'static str,
    /// The whole file.
    pub bytes: Vec<u8>,
}

/// A scalar label.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// A real number, with its unit in the name. One that is not finite is stored as missing.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// A word.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

/// Why a stage could not make a sample. The writer adds which sample it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageError {
    message: String,
    hint: Option<String>,
}

impl StageError {
    /// One sentence, lower case, without a final period.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// Adds what the user can do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StageError {}

impl From<RowError> for StageError {
    fn from(error: RowError) -> Self {
        Self::new(error.to_string())
    }
}
