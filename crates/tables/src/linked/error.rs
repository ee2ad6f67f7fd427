//! Why linked tables cannot be learned.

use population::Diagnostic;

use crate::layout::LayoutError;
use crate::model::LearnError;
use crate::source::SourceError;

/// Why linked tables cannot be learned.
#[derive(Debug)]
pub enum LinkedError {
    /// A source cannot be read, or its keys contradict each other.
    Source(SourceError),
    /// The schema is mistaken; all mistakes at once.
    Schema(Vec<Diagnostic>),
    /// A table cannot be learned; which.
    Learn(String, LearnError),
}

impl std::fmt::Display for LinkedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::Schema(mistakes) => mistakes.iter().enumerate().try_for_each(|(place, m)| {
                f.write_str(if place > 0 { "\n" } else { "" })?;
                m.fmt(f)
            }),
            Self::Learn(table, error) => write!(f, "table `{table}`: {error}"),
        }
    }
}

impl std::error::Error for LinkedError {}

impl From<SourceError> for LinkedError {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<LayoutError> for LinkedError {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::Source(error) => Self::Source(error),
            LayoutError::Overrides(mistakes) => Self::Schema(mistakes),
        }
    }
}
