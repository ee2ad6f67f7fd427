//! What can go wrong with assets, in one sentence each.

use std::fmt;
use std::io;
use std::path::Path;

/// A file of a pack cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetError {
    message: String,
    hint: String,
}

impl AssetError {
    /// A file that cannot be read.
    pub fn io(path: &Path, error: &io::Error) -> Self {
        Self {
            message: format!("cannot read {}: {error}", path.display()),
            hint: "run `populace packs verify`, then `populace packs install`".into(),
        }
    }

    /// A file that holds something else than its pack promises.
    pub fn malformed(path: &Path, what: impl Into<String>) -> Self {
        Self {
            message: format!(
                "{} is not what a pack holds: {}",
                path.display(),
                what.into()
            ),
            hint: "run `populace packs verify`, then `populace packs install`".into(),
        }
    }

    /// A picture that cannot be used; the message names it.
    pub fn texture(message: String) -> Self {
        Self {
            message,
            hint: "run `populace packs verify`, then `populace packs install`".into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for AssetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AssetError {}
