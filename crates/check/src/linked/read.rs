//! Reading linked tables: their rows, and their keys by themselves.

use std::path::{Path, PathBuf};

use privacy::{Ledger, Sealed};
use tables::linked::Schema;
use tables::{Column, Facts, Kind, Layout, LayoutColumn, Source, SourceOptions, Table};

use super::Links;
use crate::read::{ReadError, real, same_columns};

/// The tables of one data set, in the order of the schema.
#[derive(Debug)]
pub struct ReadTables {
    /// What the schema says of them.
    pub links: Vec<Links>,
    /// What their columns are.
    pub layouts: Vec<Layout>,
    /// The rows of each, and their keys as categories.
    pub tables: Vec<(Sealed<Table>, Sealed<Table>)>,
    /// What does not fit, a sentence each.
    pub notes: Vec<String>,
}

/// The keys and references of a table as categories, and nothing else.
fn keys(layout: &Layout, links: &Links, names: &[String]) -> Layout {
    let is_key = |name: &str| {
        links.key.as_deref() == Some(name)
            || links.references.iter().any(|(column, _)| column == name)
    };
    let column = |name: &String| {
        let own = layout.columns.iter().find(|column| column.name == *name);
        let first = own.and_then(|own| own.columns.first());
        LayoutColumn {
            name: name.clone(),
            columns: first
                .filter(|_| is_key(name))
                .map(|first| Column {
                    kind: Kind::Category,
                    codes: Vec::new(),
                    ..first.clone()
                })
                .into_iter()
                .collect(),
            facts: Facts::default(),
            given: true,
        }
    };
    Layout {
        columns: names.iter().map(column).collect(),
    }
}

fn names(source: &Source) -> Vec<String> {
    source
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect()
}

/// Reads the training tables of a schema.
///
/// # Errors
///
/// What a source says.
pub fn real_tables(schema: &Schema, ledger: &mut Ledger) -> Result<ReadTables, ReadError> {
    let mut read = ReadTables {
        links: Vec::new(),
        layouts: Vec::new(),
        tables: Vec::new(),
        notes: Vec::new(),
    };
    for table in schema.tables() {
        let links = Links {
            name: table.name.to_owned(),
            key: table.key.map(str::to_owned),
            references: table
                .references
                .iter()
                .map(|&(column, parent)| (column.to_owned(), parent))
                .collect(),
            order_by: table.order_by.map(str::to_owned),
        };
        let mut source = Source::open(table.location, table.options)?;
        let own = real(&mut source, table.overrides, None, ledger)?;
        let layout = keys(&own.layout, &links, &names(&source));
        let keys = Table::read(&mut source, &layout, ledger)?;
        read.layouts.push(own.layout);
        read.tables.push((own.table, keys));
        read.links.push(links);
    }
    Ok(read)
}

/// Reads tables at these places as the training tables were read.
///
/// # Errors
///
/// What a source says; a table without any column of its training table.
pub fn same_tables(
    like: &ReadTables,
    places: &[(String, SourceOptions)],
    called: &str,
    ledger: &mut Ledger,
) -> Result<ReadTables, ReadError> {
    let mut read = ReadTables {
        links: like.links.clone(),
        layouts: like.layouts.clone(),
        tables: Vec::new(),
        notes: Vec::new(),
    };
    for ((place, options), (links, layout)) in
        places.iter().zip(like.links.iter().zip(&like.layouts))
    {
        let mut source = Source::open(place, options)?;
        let called = format!("{called} `{}`", links.name);
        let own = same_columns(&mut source, layout, &called, None, ledger)?;
        let of_keys = keys(layout, links, &names(&source));
        let keys = Table::read(&mut source, &of_keys, ledger)?;
        read.notes.extend(own.notes);
        read.tables.push((own.table, keys));
    }
    Ok(read)
}

/// The files of tables that `make` wrote into a folder, in the order of the schema; the name of the first that is not there.
///
/// # Errors
///
/// The name of a table that has no file.
pub fn folder_of_tables(folder: &Path, links: &[Links]) -> Result<Vec<PathBuf>, String> {
    links
        .iter()
        .map(|links| {
            ["parquet", "csv"]
                .map(|ending| folder.join(format!("{}.{ending}", links.name)))
                .into_iter()
                .find(|path| path.is_file())
                .ok_or_else(|| links.name.clone())
        })
        .collect()
}
