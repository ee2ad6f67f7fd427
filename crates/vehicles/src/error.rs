//! Why a vehicle could not be staged.

use std::fmt;

use population::row::RowError;
use vehicle::SpecificationError;

/// Why a vehicle could not be staged.
#[derive(Debug)]
pub enum StagingError {
    /// The row lacks an attribute.
    Row(RowError),
    /// No car has such measures.
    Measures(SpecificationError),
    /// A pack's picture cannot be read.
    Picture(String),
}

impl StagingError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Row(_) => None,
            Self::Measures(_) => Some("vary vehicle.length_factor and its like less"),
            Self::Picture(_) => Some("`populace packs verify` looks for damaged packs"),
        }
    }
}

impl fmt::Display for StagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(error) => error.fmt(f),
            Self::Measures(error) => error.fmt(f),
            Self::Picture(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for StagingError {}

impl From<RowError> for StagingError {
    fn from(error: RowError) -> Self {
        Self::Row(error)
    }
}

impl From<SpecificationError> for StagingError {
    fn from(error: SpecificationError) -> Self {
        Self::Measures(error)
    }
}
