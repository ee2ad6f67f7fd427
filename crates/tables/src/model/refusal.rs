//! Requests that cannot be met.

/// Why a request cannot be met: what was wanted, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    message: String,
    hint: String,
}

impl RequestError {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl std::fmt::Display for RequestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RequestError {}
