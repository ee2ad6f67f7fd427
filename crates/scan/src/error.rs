//! Why a scan could not become a person.

use std::fmt;

use crate::surface::Surface;

/// One sentence, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanError {
    found: String,
    hint: &'static str,
}

impl ScanError {
    pub(crate) fn new(found: impl Into<String>, hint: &'static str) -> Self {
        Self {
            found: found.into(),
            hint,
        }
    }

    pub(crate) fn size(surface: &Surface) -> Self {
        Self::new(
            format!(
                "the scan is {} units long, and in no unit of length is that a body, head, face or hand",
                surface.longest()
            ),
            "scale the file to metres, centimetres or millimetres, or name its unit with `--unit`",
        )
    }

    pub(crate) fn in_file(mut self, file: &std::path::Path) -> Self {
        self.found = format!("{}: {}", file.display(), self.found);
        self
    }

    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        self.hint
    }
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.found)
    }
}

impl std::error::Error for ScanError {}
