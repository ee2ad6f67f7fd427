//! Why a scene file could not be read.
use std::fmt;
use std::path::{Path, PathBuf};

/// One sentence: the file where it is known, the place in it, what was found and what is allowed; and what to do by [`FileError::hint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    file: Option<PathBuf>,
    place: String,
    found: String,
    hint: Option<&'static str>,
}

impl FileError {
    /// `place` says where in the file (`accessor 3`, `line 12`); empty for the file as a whole.
    pub(crate) fn new(place: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            file: None,
            place: place.into(),
            found: found.into(),
            hint: None,
        }
    }

    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Names the file, unless a file is named already (one that a scene file leads to).
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.file.get_or_insert_with(|| file.to_owned());
        self
    }

    /// The file, where it is known.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        self.hint
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.found)
    }
}

impl std::error::Error for FileError {}

/// A foreign name as a sentence may hold it: in backticks, without control characters, at most 60 characters.
pub(crate) fn quoted(name: &str) -> String {
    let mut shown: String = name
        .chars()
        .take(60)
        .map(|c| if c.is_control() || c == '`' { '?' } else { c })
        .collect();
    if name.chars().nth(60).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_names_stay_short_and_on_one_line() {
        assert_eq!(quoted("a\n`b`"), "`a??b?`");
        assert_eq!(quoted(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
    }

    #[test]
    fn the_first_file_that_is_named_stays() {
        let error = FileError::new("line 3", "too long").in_file(Path::new("a.mtl"));
        let error = error.in_file(Path::new("a.obj"));
        assert_eq!(error.to_string(), "a.mtl: line 3: too long");
    }
}
