//! Tables and queries of SQLite files, as record batches of text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::source::error::SourceError;
use crate::source::{BATCH_ROWS, DatabaseTable, ForeignKey, MAX_COLUMNS, SourceOptions, csv};

/// A query of a SQLite file.
#[derive(Debug)]
pub(crate) struct SqlitePlan {
    path: PathBuf,
    query: String,
    pub(crate) name: String,
    pub(crate) schema: SchemaRef,
}

fn failure(path: &Path, error: &rusqlite::Error) -> SourceError {
    SourceError::machine(format!("{}: SQLite says: {error}", path.display()), "")
}

fn connect(path: &Path) -> Result<Connection, SourceError> {
    if let Err(error) = std::fs::metadata(path) {
        return Err(SourceError::io(path, &error));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| failure(path, &error))?;
    Ok(connection)
}

/// A name in SQL's quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl SqlitePlan {
    pub(crate) fn of(path: &Path, options: &SourceOptions) -> Result<Self, SourceError> {
        let connection = connect(path)?;
        let shown = path.display();
        let tables = tables(&connection).map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => SourceError::input(
                format!("{shown} is no SQLite file, or is encrypted"),
                "give CSV and Parquet files by their own ending",
            ),
            _ => failure(path, &error),
        })?;
        let (query, name) = match (&options.query, &options.table, tables.as_slice()) {
            (Some(query), ..) => (query.clone(), "query".to_owned()),
            (None, Some(table), _) if tables.contains(table) => {
                (format!("SELECT * FROM {}", quoted(table)), table.clone())
            }
            (None, Some(table), _) => {
                return Err(SourceError::input(
                    format!("{shown} has no table `{table}`"),
                    format!("its tables are {}", listed(&tables)),
                ));
            }
            (None, None, [only]) => (format!("SELECT * FROM {}", quoted(only)), only.clone()),
            (None, None, []) => {
                return Err(SourceError::input(format!("{shown} has no tables"), ""));
            }
            (None, None, _) => {
                return Err(SourceError::input(
                    format!("{shown} has {} tables", tables.len()),
                    format!(
                        "say which one, or give a query; they are {}",
                        listed(&tables)
                    ),
                ));
            }
        };
        let names: Vec<String> = {
            let statement = connection.prepare(&query).map_err(|error| {
                SourceError::input(format!("{shown}: the query cannot be run: {error}"), "")
            })?;
            if !statement.readonly() {
                return Err(SourceError::input(
                    format!("{shown}: the query would change the database"),
                    "give a SELECT",
                ));
            }
            statement.column_names().map(str::to_owned).collect()
        };
        if names.len() > MAX_COLUMNS {
            return Err(csv::too_wide(path, names.len()));
        }
        csv::unique(&names, &shown.to_string())?;
        let schema = text_schema(&names);
        Ok(Self {
            path: path.to_owned(),
            query,
            name,
            schema,
        })
    }

    /// Hands every row on, in batches; returns their number.
    pub(crate) fn scan<E: From<SourceError>>(
        &self,
        each: &mut dyn FnMut(&RecordBatch) -> Result<(), E>,
    ) -> Result<u64, E> {
        let connection = connect(&self.path)?;
        let gone = |rows: u64| {
            move |error: rusqlite::Error| {
                SourceError::machine(
                    format!(
                        "{}: SQLite stopped behind row {}: {error}",
                        self.path.display(),
                        privacy::grouped(rows)
                    ),
                    "nothing was written; run it again",
                )
            }
        };
        let mut statement = connection.prepare(&self.query).map_err(gone(0))?;
        let mut cursor = statement.query([]).map_err(gone(0))?;
        let mut columns: Vec<StringBuilder> = self
            .schema
            .fields()
            .iter()
            .map(|_| StringBuilder::new())
            .collect();
        let (mut rows, mut waiting) = (0, 0);
        while let Some(row) = cursor.next().map_err(gone(rows + waiting))? {
            for (index, column) in columns.iter_mut().enumerate() {
                match row.get_ref(index).map_err(gone(rows + waiting))? {
                    ValueRef::Null => column.append_null(),
                    ValueRef::Integer(value) => column.append_value(value.to_string()),
                    // With its point, as SQLite shows it.
                    ValueRef::Real(value) => column.append_value(format!("{value:?}")),
                    ValueRef::Text(text) => column.append_value(String::from_utf8_lossy(text)),
                    ValueRef::Blob(_) => {
                        let name = self.schema.field(index).name();
                        let row = privacy::grouped(rows + waiting + 1);
                        return Err(SourceError::input(
                            format!(
                                "{}, row {row}: column `{name}` holds binary data",
                                self.path.display()
                            ),
                            "give a query that leaves the column out",
                        )
                        .into());
                    }
                }
            }
            waiting += 1;
            if waiting == BATCH_ROWS as u64 {
                rows += waiting;
                waiting = 0;
                each(&text_batch(&mut columns, &self.schema)?)?;
            }
        }
        if waiting > 0 {
            rows += waiting;
            each(&text_batch(&mut columns, &self.schema)?)?;
        }
        Ok(rows)
    }
}

/// Tables with their keys and foreign keys.
pub(crate) fn foreign_keys(path: &Path) -> Result<Vec<DatabaseTable>, SourceError> {
    let connection = connect(path)?;
    let found = || -> rusqlite::Result<Vec<DatabaseTable>> {
        let names: Vec<String> = connection
            .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut found = Vec::new();
        for name in names {
            let keys: Vec<String> = connection
                .prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?
                .query_map([&name], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut statement = connection.prepare(
                "SELECT id, \"from\", \"table\", coalesce(\"to\", (SELECT name FROM pragma_table_info(k.\"table\") WHERE pk = 1)) \
                 FROM pragma_foreign_key_list(?1) AS k ORDER BY id DESC, seq",
            )?;
            let rows: Vec<(i64, ForeignKey)> = statement
                .query_map([&name], |row| {
                    let key = ForeignKey {
                        column: row.get(1)?,
                        table: row.get(2)?,
                        key: row.get(3)?,
                    };
                    Ok((row.get(0)?, key))
                })?
                .collect::<rusqlite::Result<_>>()?;
            let alone = |id: i64| rows.iter().filter(|(other, _)| *other == id).count() == 1;
            found.push(DatabaseTable {
                name,
                key: <[String; 1]>::try_from(keys).ok().map(|[key]| key),
                references: rows
                    .iter()
                    .filter(|(id, _)| alone(*id))
                    .map(|(_, key)| key.clone())
                    .collect(),
            });
        }
        Ok(found)
    };
    found().map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => SourceError::input(
            format!("{} is no SQLite file, or is encrypted", path.display()),
            "give CSV and Parquet files by their own ending",
        ),
        _ => failure(path, &error),
    })
}

/// Tables and views, in order of their names.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect()
}

pub(crate) fn text_schema(names: &[String]) -> SchemaRef {
    let fields: Vec<Field> = names
        .iter()
        .map(|name| Field::new(name, DataType::Utf8, true))
        .collect();
    Arc::new(Schema::new(fields))
}

pub(crate) fn text_batch(
    columns: &mut [StringBuilder],
    schema: &SchemaRef,
) -> Result<RecordBatch, SourceError> {
    let arrays: Vec<ArrayRef> = columns
        .iter_mut()
        .map(|column| Arc::new(column.finish()) as ArrayRef)
        .collect();
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|error| {
        SourceError::machine(
            format!("cells do not fit a batch: {error}"),
            "please report this",
        )
    })
}

/// `a`, `b` and 3 more.
pub(crate) fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(20)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(20) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
