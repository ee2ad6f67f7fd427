//! Tables and queries of a PostgreSQL server, as record batches of text.
//!
//! Rows come through a cursor of a read-only transaction, so neither side holds more than a batch, in the server's own text form, so no type needs
//! decoding.

use std::cell::RefCell;

use arrow_array::RecordBatch;
use arrow_array::builder::StringBuilder;
use arrow_schema::SchemaRef;
use postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::source::error::SourceError;
use crate::source::sqlite::{listed, quoted, text_batch, text_schema};
use crate::source::{BATCH_ROWS, DatabaseTable, ForeignKey, MAX_COLUMNS, SourceOptions, csv};

/// A query of a PostgreSQL database.
pub(crate) struct PostgresPlan {
    config: Config,
    /// Host and database, without user and password.
    place: String,
    query: String,
    pub(crate) name: String,
    pub(crate) schema: SchemaRef,
    /// The connection is kept between scans.
    client: RefCell<Option<Client>>,
}

impl std::fmt::Debug for PostgresPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresPlan")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// The server's own sentence, without its detail, which may hold values.
fn reason(error: &postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    let cause = std::error::Error::source(error).map(ToString::to_string);
    cause.unwrap_or_else(|| error.to_string())
}

/// The address of a database, and how messages call it.
fn parsed(url: &str) -> Result<(Config, String), SourceError> {
    let config: Config = url.parse().map_err(|_| {
        SourceError::input(
            "the address of the PostgreSQL database cannot be read",
            "write `postgres://USER:PASSWORD@HOST:5432/DATABASE`; a sign such as `@` or `/` in the password is written `%40`, `%2F`",
        )
    })?;
    let host = match config.get_hosts().first() {
        Some(postgres::config::Host::Tcp(host)) => host.clone(),
        Some(postgres::config::Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    let place = format!(
        "PostgreSQL database `{}` at {host}",
        config.get_dbname().unwrap_or("postgres")
    );
    Ok((config, place))
}

/// Tables with their keys and foreign keys of one column, in order of their names.
pub(crate) fn foreign_keys(url: &str) -> Result<Vec<DatabaseTable>, SourceError> {
    let (config, place) = parsed(url)?;
    let mut client = connect(&config, &place)?;
    let mut ask = |query: &str| -> Result<Vec<[String; 4]>, SourceError> {
        let found = client
            .simple_query(query)
            .map_err(|error| SourceError::machine(format!("{place}: {}", reason(&error)), ""))?;
        Ok(found
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => {
                    Some([0, 1, 2, 3].map(|at| row.get(at).unwrap_or_default().to_owned()))
                }
                _ => None,
            })
            .collect())
    };
    // Names as `query` lists them; keys of several columns are left out.
    let name = |oid: &str| {
        format!(
            "(SELECT CASE WHEN n.nspname = 'public' THEN t.relname ELSE n.nspname || '.' || t.relname END FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace WHERE t.oid = {oid})"
        )
    };
    let column = |oid: &str, number: &str| {
        format!(
            "(SELECT attname FROM pg_attribute WHERE attrelid = {oid} AND attnum = {number}[1])"
        )
    };
    let tables = ask(&format!(
        "SELECT {}, (SELECT {} FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p' AND cardinality(k.conkey) = 1), '', '' FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND s.nspname NOT IN ('pg_catalog', 'information_schema') AND s.nspname NOT LIKE 'pg_toast%' ORDER BY 1",
        name("c.oid"),
        column("k.conrelid", "k.conkey"),
    ))?;
    let keys = ask(&format!(
        "SELECT {}, {}, {}, {} FROM pg_constraint k WHERE k.contype = 'f' AND cardinality(k.conkey) = 1 ORDER BY 1, k.conkey",
        name("k.conrelid"),
        column("k.conrelid", "k.conkey"),
        name("k.confrelid"),
        column("k.confrelid", "k.confkey"),
    ))?;
    Ok(tables
        .into_iter()
        .map(|[name, key, ..]| DatabaseTable {
            references: keys
                .iter()
                .filter(|[table, ..]| *table == name)
                .map(|[_, column, table, key]| ForeignKey {
                    column: column.clone(),
                    table: table.clone(),
                    key: key.clone(),
                })
                .collect(),
            key: (!key.is_empty()).then_some(key),
            name,
        })
        .collect())
}

impl PostgresPlan {
    pub(crate) fn of(url: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        let (config, place) = parsed(url)?;
        let mut client = connect(&config, &place)?;
        let (query, name) = Self::query(&mut client, &place, options)?;
        let statement = client.prepare(&query).map_err(|error| {
            SourceError::input(
                format!("{place}: the query cannot be run: {}", reason(&error)),
                "",
            )
        })?;
        let names: Vec<String> = statement
            .columns()
            .iter()
            .map(|column| column.name().to_owned())
            .collect();
        if names.is_empty() {
            return Err(SourceError::input(
                format!("{place}: the query gives no columns"),
                "give a SELECT",
            ));
        }
        if names.len() > MAX_COLUMNS {
            return Err(csv::too_wide(std::path::Path::new(&place), names.len()));
        }
        csv::unique(&names, &place)?;
        let schema = text_schema(&names);
        Ok(Self {
            config,
            place,
            query,
            name,
            schema,
            client: RefCell::new(Some(client)),
        })
    }

    fn query(
        client: &mut Client,
        place: &str,
        options: &SourceOptions,
    ) -> Result<(String, String), SourceError> {
        if let Some(query) = &options.query {
            return Ok((
                query.trim().trim_end_matches(';').to_owned(),
                "query".to_owned(),
            ));
        }
        let found = client
            .simple_query(
                "SELECT CASE WHEN table_schema = 'public' THEN table_name ELSE table_schema || '.' || table_name END AS name \
                 FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1",
            )
            .map_err(|error| SourceError::machine(format!("{place}: {}", reason(&error)), ""))?;
        let tables: Vec<String> = found
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .collect();
        let table = match (&options.table, tables.as_slice()) {
            (Some(table), _) if tables.contains(table) => table.clone(),
            (Some(table), _) => {
                return Err(SourceError::input(
                    format!("{place} has no table `{table}`"),
                    format!("its tables are {}", listed(&tables)),
                ));
            }
            (None, [only]) => only.clone(),
            (None, []) => return Err(SourceError::input(format!("{place} has no tables"), "")),
            (None, _) => {
                return Err(SourceError::input(
                    format!("{place} has {} tables", tables.len()),
                    format!(
                        "say which one, or give a query; they are {}",
                        listed(&tables)
                    ),
                ));
            }
        };
        let path: Vec<String> = table.splitn(2, '.').map(quoted).collect();
        Ok((format!("SELECT * FROM {}", path.join(".")), table))
    }

    /// Hands every row on, in batches; returns their number.
    pub(crate) fn scan<E: From<SourceError>>(
        &self,
        each: &mut dyn FnMut(&RecordBatch) -> Result<(), E>,
    ) -> Result<u64, E> {
        let kept = self
            .client
            .borrow_mut()
            .take()
            .filter(|client| !client.is_closed());
        let mut client = match kept {
            Some(client) => client,
            None => connect(&self.config, &self.place)?,
        };
        let gone = |rows: u64| {
            move |error: postgres::Error| {
                SourceError::machine(
                    format!(
                        "{} went away behind row {}: {}",
                        self.place,
                        privacy::grouped(rows),
                        reason(&error)
                    ),
                    "nothing was written; run it again when the server answers",
                )
            }
        };
        client
            .batch_execute(&format!(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; DECLARE populace NO SCROLL CURSOR FOR {}",
                self.query
            ))
            .map_err(gone(0))?;
        let fetch = format!("FETCH {BATCH_ROWS} FROM populace");
        let mut columns: Vec<StringBuilder> = self
            .schema
            .fields()
            .iter()
            .map(|_| StringBuilder::new())
            .collect();
        let mut rows = 0;
        loop {
            let messages = client.simple_query(&fetch).map_err(gone(rows))?;
            let before = rows;
            for message in &messages {
                if let SimpleQueryMessage::Row(row) = message {
                    for (index, column) in columns.iter_mut().enumerate() {
                        column.append_option(row.try_get(index).map_err(gone(rows))?);
                    }
                    rows += 1;
                }
            }
            if rows == before {
                break;
            }
            each(&text_batch(&mut columns, &self.schema)?)?;
        }
        client.batch_execute("COMMIT").map_err(gone(rows))?;
        *self.client.borrow_mut() = Some(client);
        Ok(rows)
    }
}

fn connect(config: &Config, place: &str) -> Result<Client, SourceError> {
    config.connect(NoTls).map_err(|error| {
        SourceError::machine(
            format!("{place} cannot be reached: {}", reason(&error)),
            "check host, port, user and password; a server that insists on TLS needs a local tunnel (`ssh -L`)",
        )
    })
}
