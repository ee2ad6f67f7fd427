//! Why a network was not trained, asked or read.

use std::fmt;

/// One sentence, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisionError {
    message: String,
    hint: &'static str,
}

impl VisionError {
    pub(crate) fn new(message: impl Into<String>, hint: &'static str) -> Self {
        Self {
            message: message.into(),
            hint,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        self.hint
    }
}

impl fmt::Display for VisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for VisionError {}
