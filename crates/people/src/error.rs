//! Why a person could not be staged.

use std::fmt;

use body::AssetError;
use population::row::RowError;

/// Why a person could not be staged.
#[derive(Debug)]
pub enum StagingError {
    /// The row lacks an attribute.
    Row(RowError),
    /// A pack's file cannot be used.
    Asset(AssetError),
    /// The row asks for a person or motion of the recipe's own that cannot be used; why, and what to do.
    Source(String, &'static str),
}

impl StagingError {
    /// What to do about it, where the fault lies in a file.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Row(_) => None,
            Self::Asset(error) => Some(error.hint()),
            Self::Source(_, hint) => Some(hint),
        }
    }
}

impl fmt::Display for StagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(error) => error.fmt(f),
            Self::Asset(error) => error.fmt(f),
            Self::Source(message, _) => f.write_str(message),
        }
    }
}

impl std::error::Error for StagingError {}

impl From<RowError> for StagingError {
    fn from(error: RowError) -> Self {
        Self::Row(error)
    }
}

impl From<AssetError> for StagingError {
    fn from(error: AssetError) -> Self {
        Self::Asset(error)
    }
}
