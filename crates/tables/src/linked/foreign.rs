//! Schemas that others wrote down: the foreign keys of a database, and SDV's metadata.

use std::path::Path;

use population::Diagnostic;

use super::schema::{Reference, Schema, SchemaTable, fit_for_a_file};
use crate::layout::Overrides;
use crate::layout::document::{Key, Node, Place, Text, read};
use crate::source::{ForeignKey, Source, SourceError, SourceOptions};

const START: Place = Place {
    line: 1,
    column: 1,
    length: 1,
};

fn named(text: &str) -> Key {
    Key {
        text: text.to_owned(),
        place: START,
    }
}

impl Schema {
    /// The tables of a SQLite or PostgreSQL database and the foreign keys between them; `None` where no table refers to another. A key of several columns is no key
    /// here, and references by several columns are left out.
    ///
    /// # Errors
    ///
    /// A database that cannot be reached or read.
    pub fn from_database(location: &str) -> Result<Option<Self>, SourceError> {
        let Some(found) = Source::foreign_keys(location)? else {
            return Ok(None);
        };
        if found.iter().all(|table| table.references.is_empty()) {
            return Ok(None);
        }
        let place = |name: &str| found.iter().position(|table| table.name == name);
        let mut keys: Vec<Option<String>> = found.iter().map(|table| table.key.clone()).collect();
        for ForeignKey { table, key, .. } in found.iter().flat_map(|table| &table.references) {
            // What others refer to is the key, whether or not the database calls it the primary one.
            if let Some(table) = place(table) {
                keys[table] = Some(key.clone());
            }
        }
        let mut tables = Vec::new();
        for (table, key) in found.iter().zip(&keys) {
            if !fit_for_a_file(&table.name) {
                return Err(SourceError::input(
                    format!("table `{}` has a name that cannot be a file's", table.name),
                    "name the tables in a schema file, each with `data:` and `table:`",
                ));
            }
            let references = table.references.iter().filter_map(|reference| {
                let target = place(&reference.table)?;
                let fits = keys[target].as_ref() == Some(&reference.key);
                fits.then(|| Reference {
                    column: named(&reference.column),
                    table: target,
                })
            });
            tables.push(SchemaTable {
                name: table.name.clone(),
                place: START,
                location: location.to_owned(),
                options: SourceOptions {
                    table: Some(table.name.clone()),
                    ..SourceOptions::default()
                },
                key: key.as_deref().map(named),
                references: references.collect(),
                order_by: None,
                public: false,
                overrides: Overrides::none(),
            });
        }
        Ok(Some(Self {
            text: Text::new("the database", ""),
            tables,
        }))
    }

    /// The tables and relationships of SDV's metadata JSON, whose data are the files `NAME.csv`, `NAME.csv.gz` or `NAME.parquet` of a folder; `None` where it
    /// describes one table.
    ///
    /// # Errors
    ///
    /// A file that is no such metadata; relationships between tables or columns that it does not describe; a table without a file.
    pub fn from_sdv(
        text: &str,
        file: &str,
        folder: &Path,
    ) -> Result<Option<Self>, Vec<Diagnostic>> {
        let about = Text::new(file, text);
        let root = read(text, &about).map_err(|mistake| vec![mistake])?;
        let Some((described, root)) = root
            .as_ref()
            .and_then(|root| Some((root.get("tables")?, root)))
        else {
            return Ok(None);
        };
        if described.entries().len() < 2 {
            return Ok(None);
        }
        let mut mistakes = Vec::new();
        let mut tables: Vec<SchemaTable> = Vec::new();
        for (name, node) in described.entries() {
            let overrides = Overrides::from_sdv(text, file, Some(&name.text));
            let overrides = overrides.unwrap_or_else(|mistake| {
                mistakes.push(mistake);
                Overrides::none()
            });
            let endings = ["csv", "csv.gz", "parquet"];
            let paths = endings.map(|ending| folder.join(format!("{}.{ending}", name.text)));
            let found = paths
                .iter()
                .find(|path| fit_for_a_file(&name.text) && path.is_file());
            if found.is_none() {
                let message = format!("table `{}` has no file in {}", name.text, folder.display());
                let hint = format!(
                    "it is looked for as {0}.csv, {0}.csv.gz and {0}.parquet",
                    name.text
                );
                mistakes.push(about.mistake(name.place, message, hint));
            }
            let key = node.get("primary_key").and_then(|key| {
                Some(Key {
                    text: key.word()?.to_owned(),
                    place: key.place,
                })
            });
            tables.push(SchemaTable {
                name: name.text.clone(),
                place: name.place,
                location: found
                    .map(|path| path.display().to_string())
                    .unwrap_or_default(),
                options: SourceOptions::default(),
                key,
                references: Vec::new(),
                order_by: None,
                public: false,
                overrides,
            });
        }
        for relationship in root
            .get("relationships")
            .map(Node::items)
            .unwrap_or_default()
        {
            let word = |key: &str| {
                let node = relationship.get(key);
                node.and_then(|node| Some((node.word()?.to_owned(), node.place)))
            };
            let table = |key: &str| {
                let (name, _) = word(key)?;
                tables.iter().position(|table| table.name == name)
            };
            let (Some(parent), Some(child), Some((column, place))) = (
                table("parent_table_name"),
                table("child_table_name"),
                word("child_foreign_key"),
            ) else {
                let message = "this relationship names a table that is not described, or no `child_foreign_key`";
                mistakes.push(about.mistake(relationship.place, message, ""));
                continue;
            };
            if let (Some((key, place)), None) = (word("parent_primary_key"), &tables[parent].key) {
                tables[parent].key = Some(Key { text: key, place });
            }
            let column = Key {
                text: column,
                place,
            };
            tables[child].references.push(Reference {
                column,
                table: parent,
            });
        }
        if mistakes.is_empty() {
            Ok(Some(Self {
                text: about,
                tables,
            }))
        } else {
            Err(mistakes)
        }
    }
}
