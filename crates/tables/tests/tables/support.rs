//! Tables as files, and scans of them.

use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray as _;
use privacy::Ledger;
use tables::{Source, SourceError, SourceOptions};
use tempfile::TempDir;

/// A folder with one file.
pub(crate) struct File {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

impl File {
    pub(crate) fn new(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self { folder, path }
    }

    pub(crate) fn location(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

/// All cells of a source whose columns are text, row by row; nulls are `∅`.
pub(crate) fn rows(
    location: &Path,
    options: &SourceOptions,
) -> Result<(Vec<String>, Vec<Vec<String>>), SourceError> {
    let mut source = Source::open(location.to_str().unwrap(), options)?;
    let names = source
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let mut rows = Vec::new();
    let mut ledger = Ledger::new();
    let scanned = source.scan(&mut ledger, "a test", &mut |batch| {
        for row in 0..batch.num_rows() {
            rows.push(
                batch
                    .columns()
                    .iter()
                    .map(|column| {
                        let column = column.as_string::<i32>();
                        if arrow_array::Array::is_null(column, row) {
                            "∅".to_owned()
                        } else {
                            column.value(row).to_owned()
                        }
                    })
                    .collect(),
            );
        }
        Ok::<(), SourceError>(())
    })?;
    assert_eq!(scanned as usize, rows.len());
    assert_eq!(ledger.entries().len(), 1);
    Ok((names, rows))
}

/// The sentence and hint with which a CSV text is refused; the folder's name is left out.
pub(crate) fn refusal(bytes: impl AsRef<[u8]>) -> String {
    let file = File::new("t.csv", bytes);
    let error = rows(&file.path, &SourceOptions::default()).unwrap_err();
    let text = format!("{error}; {}", error.hint().unwrap_or(""));
    text.replace(&format!("{}/", file.folder.path().display()), "")
}
