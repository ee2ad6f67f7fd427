//! Why nothing can be said.

use std::fmt;

use population::Diagnostic;

/// Why a question about a shift has no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum ShiftError {
    /// Mistakes of the file that says which populations are asked for, each with its place.
    Mistakes(Vec<Diagnostic>),
    /// Anything else.
    Sentence {
        /// Lower case, no final period.
        message: String,
        /// What to do about it.
        hint: String,
    },
}

impl ShiftError {
    /// A sentence, and what to do about it.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Sentence {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for ShiftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sentence { message, .. } => f.write_str(message),
            Self::Mistakes(mistakes) => {
                for (place, mistake) in mistakes.iter().enumerate() {
                    f.write_str(if place == 0 { "" } else { "\n\n" })?;
                    mistake.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ShiftError {}

impl From<Vec<Diagnostic>> for ShiftError {
    fn from(mistakes: Vec<Diagnostic>) -> Self {
        Self::Mistakes(mistakes)
    }
}
