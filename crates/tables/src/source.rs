//! Where real tables come from: CSV and Parquet files, folders of them, SQLite and PostgreSQL.
//!
//! A [`Source`] is opened once and can be scanned as often as one likes; it streams Arrow record batches, so memory does not grow with the table.
//! Every scan is entered in the ledger.

mod csv;
mod decode;
mod dialect;
mod error;
mod parquet;
#[cfg(feature = "postgres")]
mod postgres;
mod records;
mod sqlite;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::private::Rows;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use privacy::{Account, Ledger, Private, RealData, Sealed};
use sha2::{Digest as _, Sha256};

use csv::CsvPlan;
use parquet::ParquetPlan;

pub use decode::Encoding;
pub use dialect::Dialect;
pub use error::SourceError;
pub(crate) use error::plain;

/// A table has at most so many columns.
pub const MAX_COLUMNS: usize = 10_000;
/// Rows of a batch, at most.
pub(crate) const BATCH_ROWS: usize = 8192;

/// What the user says about a source; everything else is found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceOptions {
    /// The table of a database.
    pub table: Option<String>,
    /// A query of a database, instead of a table.
    pub query: Option<String>,
    /// Whether a CSV file begins with column names.
    pub header: Option<bool>,
    /// What separates the cells of a CSV file, in ASCII.
    pub delimiter: Option<u8>,
}

/// A table of a database, and which of its columns refer to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatabaseTable {
    pub(crate) name: String,
    /// The primary key, where it is one column.
    pub(crate) key: Option<String>,
    pub(crate) references: Vec<ForeignKey>,
}

/// A foreign key of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) column: String,
    pub(crate) table: String,
    /// The column of the other table.
    pub(crate) key: String,
}

/// The file of a SQLite database, if a place is one.
fn sqlite_path(location: &str) -> Option<&Path> {
    if let Some(path) = location.strip_prefix("sqlite:") {
        return Some(Path::new(path.strip_prefix("//").unwrap_or(path)));
    }
    let path = Path::new(location);
    let known = ["db", "sqlite", "sqlite3", "db3"].iter().any(|known| {
        path.extension()
            .is_some_and(|end| end.eq_ignore_ascii_case(known))
    });
    known.then_some(path)
}

fn is_postgres(location: &str) -> bool {
    location.starts_with("postgres://") || location.starts_with("postgresql://")
}

/// A real table somewhere else.
#[derive(Debug)]
pub struct Source {
    place: Sealed<Place>,
    schema: SchemaRef,
    notes: Vec<String>,
    files: Vec<PathBuf>,
    is_parquet: bool,
}

/// Where the rows are.
enum Place {
    Csv(CsvPlan, Vec<PathBuf>),
    Parquet(Vec<PathBuf>),
    Sqlite(sqlite::SqlitePlan),
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::PostgresPlan>),
}

impl Source {
    /// Opens a CSV file (`.csv`, `.tsv`, `.txt`, …, also with `.gz`), a Parquet file, a folder of either, a SQLite file (`sqlite:PATH`, or by its ending
    /// `.db`, `.sqlite`, `.sqlite3`) or a PostgreSQL database (`postgres://USER:PASSWORD@HOST/DATABASE`).
    ///
    /// The delimiter, the quotes and the encoding of CSV are found from its beginning; [`notes`](Source::notes) says what was decided.
    ///
    /// # Errors
    ///
    /// A place that does not exist or cannot be reached, a file that is none of these, no columns, too many, or two of the same name.
    pub fn open(location: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        if is_postgres(location) {
            return Self::open_postgres(location, options);
        }
        if let Some(path) = sqlite_path(location) {
            return Self::open_sqlite(path, options);
        }
        let path = Path::new(location);
        if options.query.is_some() || options.table.is_some() {
            return Err(SourceError::input(
                format!("{location} is a file, and tables and queries are of databases"),
                "leave the table or query out, or give `sqlite:FILE` or `postgres://…`",
            ));
        }
        let about = std::fs::metadata(path).map_err(|error| SourceError::io(path, &error))?;
        let files = if about.is_dir() {
            files_of(path)?
        } else {
            vec![path.to_owned()]
        };
        let name = path.file_name().map_or(location.to_owned(), |name| {
            name.to_string_lossy().into_owned()
        });
        if files.iter().all(|file| parquet::is_parquet(file)) {
            return Self::open_parquet(&name, files);
        }
        Self::open_csv(&name, files, options)
    }

    /// The tables of a database with their foreign keys; `None` for places that are no database.
    pub(crate) fn foreign_keys(location: &str) -> Result<Option<Vec<DatabaseTable>>, SourceError> {
        if let Some(path) = sqlite_path(location) {
            return sqlite::foreign_keys(path).map(Some);
        }
        #[cfg(feature = "postgres")]
        if is_postgres(location) {
            return postgres::foreign_keys(location).map(Some);
        }
        Ok(None)
    }

    fn open_csv(
        name: &str,
        files: Vec<PathBuf>,
        options: &SourceOptions,
    ) -> Result<Self, SourceError> {
        let first = files
            .first()
            .ok_or_else(|| SourceError::input("there is no file", ""))?;
        if is_binary(first)? {
            return Err(SourceError::input(
                format!("{} is neither CSV nor Parquet", first.display()),
                "give a CSV file (also compressed, `.csv.gz`), a Parquet file (`.parquet`), or a SQLite file as `sqlite:FILE`",
            ));
        }
        let plan = CsvPlan::of(first, options)?;
        let mut notes = vec![format!(
            "{}, {}",
            plan.dialect.describe(),
            plan.encoding.name()
        )];
        if !plan.header {
            notes
                .push("the first line is data: columns are called column_1, column_2 …".to_owned());
        }
        if files.len() > 1 {
            notes.push(format!("{} files, in order of their names", files.len()));
        }
        let schema = plan.schema();
        Ok(Self::new(
            name,
            Place::Csv(plan, files.clone()),
            schema,
            notes,
            files,
            None,
        ))
    }

    fn open_parquet(name: &str, files: Vec<PathBuf>) -> Result<Self, SourceError> {
        let first = files
            .first()
            .ok_or_else(|| SourceError::input("there is no file", ""))?;
        let plan = ParquetPlan::of(first)?;
        let mut rows = plan.rows;
        for file in &files[1..] {
            let other = ParquetPlan::of(file)?;
            plan.compare(file, &other)?;
            rows += other.rows;
        }
        if plan.schema.fields().len() > MAX_COLUMNS {
            return Err(csv::too_wide(first, plan.schema.fields().len()));
        }
        let mut notes = Vec::new();
        if !plan.nested.is_empty() {
            notes.push(format!(
                "passed over, because they hold lists, maps or binary data: {}",
                sqlite::listed(&plan.nested)
            ));
        }
        if files.len() > 1 {
            notes.push(format!("{} files, in order of their names", files.len()));
        }
        let schema = plan.schema.clone();
        Ok(Self::new(
            name,
            Place::Parquet(files.clone()),
            schema,
            notes,
            files,
            Some(rows),
        ))
    }

    fn open_sqlite(path: &Path, options: &SourceOptions) -> Result<Self, SourceError> {
        let plan = sqlite::SqlitePlan::of(path, options)?;
        let (name, schema) = (plan.name.clone(), plan.schema.clone());
        Ok(Self::new(
            &name,
            Place::Sqlite(plan),
            schema,
            Vec::new(),
            Vec::new(),
            None,
        ))
    }

    #[cfg(feature = "postgres")]
    fn open_postgres(url: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        let plan = postgres::PostgresPlan::of(url, options)?;
        let (name, schema) = (plan.name.clone(), plan.schema.clone());
        Ok(Self::new(
            &name,
            Place::Postgres(Box::new(plan)),
            schema,
            Vec::new(),
            Vec::new(),
            None,
        ))
    }

    #[cfg(not(feature = "postgres"))]
    fn open_postgres(_: &str, _: &SourceOptions) -> Result<Self, SourceError> {
        Err(SourceError::input(
            "this build reads no PostgreSQL",
            "build with the feature `postgres`, or export the table as CSV",
        ))
    }

    fn new(
        name: &str,
        place: Place,
        schema: SchemaRef,
        notes: Vec<String>,
        files: Vec<PathBuf>,
        rows: Option<u64>,
    ) -> Self {
        let about = RealData {
            name: format!("table {name}"),
            rows,
            columns: schema.fields().len() as u64,
            sha256: None,
        };
        Self {
            is_parquet: matches!(place, Place::Parquet(_)),
            place: Sealed::new(place, about),
            schema,
            notes,
            files,
        }
    }

    /// Which data it is: name and size, without a value. Rows and hash are there after the first scan at the latest.
    pub fn about(&self) -> &RealData {
        self.place.about()
    }

    /// What was decided about the file, a sentence each: delimiter, encoding, columns that cannot be read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Names and stored types of the columns; every column of CSV and of databases is text.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Reads all rows from the beginning, in the order of the file, and hands them on in batches of at most 8,192. Returns how many there were.
    ///
    /// The purpose is entered in the ledger first. Memory is one batch, whatever the size of the table. The first scan also hashes the files.
    ///
    /// # Errors
    ///
    /// The source's, with file, line or row and column; or whatever `each` returns, which ends the scan. A table without rows is an error.
    pub fn scan<E: From<SourceError>>(
        &mut self,
        ledger: &mut Ledger,
        purpose: &str,
        each: &mut dyn FnMut(&RecordBatch) -> Result<(), E>,
    ) -> Result<u64, E> {
        self.scan_batches(ledger, purpose, None, each)
    }

    /// The same for some of the columns alone, by their places in ascending order. Of Parquet nothing else is read.
    pub(crate) fn scan_some(
        &mut self,
        ledger: &mut Ledger,
        purpose: &str,
        places: &[usize],
        each: &mut dyn FnMut(&[ArrayRef]),
    ) -> Result<u64, SourceError> {
        let alone = self.is_parquet;
        self.scan_batches(ledger, purpose, Some(places), &mut |batch| {
            if alone {
                each(batch.columns());
            } else {
                let columns = places.iter().map(|&place| batch.column(place).clone());
                each(&columns.collect::<Vec<_>>());
            }
            Ok(())
        })
    }

    /// Reads all rows behind the private door: nothing of them is told here, not even how many there are or what they hash to.
    ///
    /// # Errors
    ///
    /// The source's, with file, line or row and column.
    pub(crate) fn gather(&mut self, account: &mut Account) -> Result<Private<Rows>, SourceError> {
        self.place.behind(account, "rows into memory", |place| {
            let mut rows = Rows::default();
            let each = &mut |batch: &RecordBatch| {
                rows.add(batch);
                Ok::<(), SourceError>(())
            };
            match place {
                Place::Csv(plan, files) => {
                    let schema = plan.schema();
                    for file in files {
                        plan.scan(file, &schema, each)?;
                    }
                }
                Place::Parquet(files) => {
                    for file in files {
                        ParquetPlan::scan(file, None, each)?;
                    }
                }
                Place::Sqlite(plan) => {
                    plan.scan(each)?;
                }
                #[cfg(feature = "postgres")]
                Place::Postgres(plan) => {
                    plan.scan(each)?;
                }
            }
            Ok(rows)
        })
    }

    fn scan_batches<E: From<SourceError>>(
        &mut self,
        ledger: &mut Ledger,
        purpose: &str,
        places: Option<&[usize]>,
        each: &mut dyn FnMut(&RecordBatch) -> Result<(), E>,
    ) -> Result<u64, E> {
        if self.about().sha256.is_none() && !self.files.is_empty() {
            let hash = hash(&self.files)?;
            self.place.set_sha256(hash);
        }
        let known = self.about().rows;
        let schema = self.schema.clone();
        let rows = self
            .place
            .read(ledger, purpose, |place| -> Result<u64, E> {
                match place {
                    Place::Csv(plan, files) => files
                        .iter()
                        .try_fold(0, |rows, file| Ok(rows + plan.scan(file, &schema, each)?)),
                    Place::Parquet(files) => files.iter().try_fold(0, |rows, file| {
                        Ok(rows + ParquetPlan::scan(file, places, each)?)
                    }),
                    Place::Sqlite(plan) => plan.scan(each),
                    #[cfg(feature = "postgres")]
                    Place::Postgres(plan) => plan.scan(each),
                }
            })?;
        if rows == 0 {
            return Err(SourceError::input(
                format!("{} has columns and no rows", self.about().name),
                "a population is learned from at least one row, a good one from thousands",
            )
            .into());
        }
        if let Some(known) = known.filter(|&known| known != rows) {
            return Err(SourceError::input(
                format!(
                    "{} had {} rows and has {} now: it changes while it is read",
                    self.about().name,
                    privacy::grouped(known),
                    privacy::grouped(rows)
                ),
                "read a copy that nobody writes to",
            )
            .into());
        }
        self.place.set_rows(rows);
        Ok(rows)
    }
}

/// The table files of a folder, in order of their names; folders and files of other kinds are passed over.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let entries = std::fs::read_dir(folder).map_err(|error| SourceError::io(folder, &error))?;
    let (mut texts, mut parquets) = (Vec::new(), Vec::new());
    for entry in entries {
        let path = entry
            .map_err(|error| SourceError::io(folder, &error))?
            .path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(['.', '_']));
        if hidden || path.is_dir() {
            continue;
        }
        if parquet::is_parquet(&path) {
            parquets.push(path);
        } else if csv::is_csv(&path) {
            texts.push(path);
        }
    }
    let shown = folder.display();
    let mut files = match (texts.is_empty(), parquets.is_empty()) {
        (false, true) => texts,
        (true, false) => parquets,
        (true, true) => {
            return Err(SourceError::input(
                format!("{shown} holds neither CSV nor Parquet files"),
                "their names end in .csv, .tsv, .txt, .csv.gz or .parquet",
            ));
        }
        (false, false) => {
            return Err(SourceError::input(
                format!("{shown} holds both CSV and Parquet files"),
                "a folder is one table: all of its files have the same form",
            ));
        }
    };
    files.sort();
    Ok(files)
}

/// Whether a file begins as other well-known kinds do.
fn is_binary(path: &Path) -> Result<bool, SourceError> {
    let mut head = [0; 4];
    let mut file = File::open(path).map_err(|error| SourceError::io(path, &error))?;
    let count = file
        .read(&mut head)
        .map_err(|error| SourceError::io(path, &error))?;
    let packed = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("gz"));
    Ok(match &head[..count] {
        b"PAR1" | b"SQLi" | b"PK\x03\x04" | b"ARRO" | b"%PDF" => true,
        [0x1f, 0x8b, ..] => !packed,
        _ => false,
    })
}

/// SHA-256 over the bytes of all files, in order.
fn hash(files: &[PathBuf]) -> Result<String, SourceError> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    for path in files {
        let mut file = File::open(path).map_err(|error| SourceError::io(path, &error))?;
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => digest.update(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(SourceError::io(path, &error)),
            }
        }
    }
    Ok(digest
        .finalize()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
