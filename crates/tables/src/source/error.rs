//! Why data could not be read, in one sentence.

use std::fmt;
use std::path::Path;

/// Why a file, folder or database could not be read: where (file, line or row, column), what was found, what is allowed. Never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError {
    message: String,
    hint: Option<String>,
    by_machine: bool,
}

impl SourceError {
    /// A mistake in the user's data or in what was asked of it.
    pub(crate) fn input(message: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        Self {
            message: message.into(),
            hint: (!hint.is_empty()).then_some(hint),
            by_machine: false,
        }
    }

    /// A failure of disk, network or server.
    pub(crate) fn machine(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            by_machine: true,
            ..Self::input(message, hint)
        }
    }

    /// A file that cannot be opened or read.
    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        let shown = path.display();
        if error.kind() == std::io::ErrorKind::NotFound {
            return Self::input(
                format!("{shown} does not exist"),
                "give a CSV or Parquet file, a folder of them, `sqlite:FILE`, or `postgres://…`",
            );
        }
        Self::machine(format!("{shown} cannot be read: {}", plain(error)), "")
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether disk, network or server failed, rather than the data being wrong.
    pub fn is_by_machine(&self) -> bool {
        self.by_machine
    }
}

/// The reason of an error without the operating system's number.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SourceError {}
