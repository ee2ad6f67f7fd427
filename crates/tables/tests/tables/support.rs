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

/// A number that looks random and depends on the row only (SplitMix64's finaliser).
pub(crate) fn mixed(row: usize) -> u64 {
    let z = (row as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 31)
}

/// A table with a column of every kind, as CSV.
pub(crate) fn clients(rows: usize) -> String {
    let mut text = "id,age,income,job,since,place,churn,mail\n".to_owned();
    for row in 0..rows {
        let dice = |sides: u64, salt: usize| mixed(row * 31 + salt) % sides;
        let income = match row % 20 {
            0 => String::new(),
            1 => "refused".to_owned(),
            _ => format!(
                "\"${},{:03}.{:02}\"",
                1 + dice(90, 1),
                dice(1000, 2),
                dice(100, 3)
            ),
        };
        let job = ["clerk", "nurse", "cook", "NA", "\"driver, heavy\""][if row % 11 == 0 {
            3
        } else {
            [0, 1, 2, 4][dice(4, 4) as usize]
        }];
        text.push_str(&format!(
            "C-{},{},{income},{job},{:02}.{:02}.{},\"{}.{}5, -{}.{}5\",{},a{row}@example.org\n",
            100_000 + row * 37,
            20 + dice(60, 5),
            1 + dice(28, 6),
            1 + dice(12, 7),
            1990 + dice(30, 8),
            dice(80, 9),
            dice(1000, 10),
            dice(170, 11),
            dice(1000, 12),
            if dice(5, 13) == 0 { "yes" } else { "no" },
        ));
    }
    text
}
