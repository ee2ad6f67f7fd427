//! What can be wrong with a motion, in one sentence each.

use std::fmt;

/// A clip that cannot be used. The sentence names line, column or joint, never what somebody's record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MotionError {
    message: String,
    hint: String,
}

impl MotionError {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn at(line: usize, message: impl fmt::Display, hint: impl Into<String>) -> Self {
        Self::new(format!("line {line}: {message}"), hint)
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for MotionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for MotionError {}
