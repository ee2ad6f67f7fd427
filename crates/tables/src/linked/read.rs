//! Linked tables, opened and read: what their columns are, their values, and which row refers to which.

use privacy::{Ledger, Sealed};

use super::keys::{self, Keys, NOBODY};
use super::schema::{Schema, SchemaTable};
use crate::cells::{Cell, visit};
use crate::detect::Wanted;
use crate::layout::document::Key;
use crate::layout::overrides::column_hint;
use crate::layout::{Layout, LayoutError};
use crate::source::{Source, SourceError};
use crate::table::{Cells, Column, Kind, MISSING_LEVEL, Storage, Table};

/// The tables of a schema, opened: it is known what their columns are.
#[derive(Debug)]
pub struct LinkedSource {
    pub(crate) schema: Schema,
    sources: Vec<Source>,
    layouts: Vec<Layout>,
}

/// One table in memory, and for each of its references the row that each of its rows refers to; [`NOBODY`] where there is none.
#[derive(Debug)]
pub(crate) struct ReadTable {
    pub(crate) table: Sealed<Table>,
    pub(crate) links: Vec<Vec<u32>>,
}

impl LinkedSource {
    /// Opens all tables, checks that the columns that the schema names are there, and finds out what every column is.
    ///
    /// # Errors
    ///
    /// What a source says; columns that a table does not have, with the place in the schema.
    pub fn open(schema: Schema, ledger: &mut Ledger) -> Result<Self, LayoutError> {
        let mut sources = schema.opened()?;
        let mut layouts = Vec::new();
        for (table, source) in schema.tables.iter().zip(&mut sources) {
            let mut overrides = table.overrides.clone();
            let identifier = |unique| Wanted::Identifier {
                pattern: None,
                unique: Some(unique),
            };
            for reference in &table.references {
                let wanted = if schema.tables[reference.table].public {
                    Wanted::Category
                } else {
                    identifier(false)
                };
                overrides.force(&reference.column.text, reference.column.place, wanted);
            }
            if let Some(key) = &table.key {
                let own = overrides.wanted(&key.text);
                if !matches!(own, Some(Wanted::Identifier { .. })) || table.refers(&key.text) {
                    overrides.force(&key.text, key.place, identifier(true));
                }
            }
            layouts.push(Layout::detect(source, &overrides, ledger)?);
        }
        Ok(Self {
            schema,
            sources,
            layouts,
        })
    }

    /// The tables in the order of the schema: name, what was decided about the source, what the columns are.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &[String], &Layout)> {
        self.schema
            .tables
            .iter()
            .zip(&self.sources)
            .zip(&self.layouts)
            .map(|((table, source), layout)| (table.name.as_str(), source.notes(), layout))
    }

    /// Reads all tables and resolves all references.
    pub(crate) fn read(&mut self, ledger: &mut Ledger) -> Result<Vec<ReadTable>, SourceError> {
        let schema = &self.schema;
        let mut keys: Vec<Keys> = Vec::new();
        for (table, source) in schema.tables.iter().zip(&mut self.sources) {
            let wanted = keys::Wanted {
                table: &table.name,
                key: table.key.as_ref().map(|key| placed(source, key)),
                references: Vec::new(),
            };
            keys.push(Keys::read(source, &wanted, ledger)?);
        }
        let mut links = Vec::new();
        for (table, source) in schema.tables.iter().zip(&mut self.sources) {
            let references = table
                .references
                .iter()
                .map(|reference| {
                    let (place, name) = placed(source, &reference.column);
                    let target = &schema.tables[reference.table];
                    (place, name, target.name.as_str(), &keys[reference.table])
                })
                .collect();
            let wanted = keys::Wanted {
                table: &table.name,
                key: None,
                references,
            };
            links.push(keys::references(source, &wanted, ledger)?);
        }
        drop(keys);
        let mut tables = Vec::new();
        for (index, links) in links.into_iter().enumerate() {
            let (source, layout) = (&mut self.sources[index], &self.layouts[index]);
            let table = if schema.tables[index].public {
                read_public(source, layout, ledger)?
            } else {
                Table::read(source, layout, ledger)?
            };
            tables.push(ReadTable { table, links });
        }
        Ok(tables)
    }
}

impl Schema {
    /// Opens the sources of all tables, and checks that they have the columns that are named.
    pub(super) fn opened(&self) -> Result<Vec<Source>, LayoutError> {
        let mut sources = Vec::new();
        for table in &self.tables {
            sources.push(Source::open(&table.location, &table.options)?);
        }
        let mut mistakes = Vec::new();
        for (table, source) in self.tables.iter().zip(&sources) {
            let names: Vec<&str> = names(source);
            for wanted in named(table) {
                if !names.contains(&wanted.text.as_str()) {
                    let hint = column_hint(&wanted.text, &names, "its columns are");
                    let message = format!("table `{}` has no column `{}`", table.name, wanted.text);
                    mistakes.push(self.text.mistake(wanted.place, message, hint));
                }
            }
        }
        if mistakes.is_empty() {
            Ok(sources)
        } else {
            Err(LayoutError::Overrides(mistakes))
        }
    }
}

impl SchemaTable {
    /// Whether a column refers to another table.
    pub(crate) fn refers(&self, column: &str) -> bool {
        self.references
            .iter()
            .any(|reference| reference.column.text == column)
    }
}

pub(super) fn names(source: &Source) -> Vec<&str> {
    let fields = source.schema().fields().iter();
    fields.map(|field| field.name().as_str()).collect()
}

/// The columns that a table's schema names.
fn named(table: &SchemaTable) -> impl Iterator<Item = &Key> {
    let references = table.references.iter().map(|reference| &reference.column);
    table.key.iter().chain(references).chain(&table.order_by)
}

/// Where in the source a column is that was checked to be there.
pub(super) fn placed<'k>(source: &Source, key: &'k Key) -> (usize, &'k str) {
    let place = names(source).iter().position(|name| *name == key.text);
    (place.unwrap_or_default(), &key.text)
}

/// Reads a table that is kept as it is: numbers and moments where every cell would be written as it stands, else texts.
pub(super) fn read_public(
    source: &mut Source,
    layout: &Layout,
    ledger: &mut Ledger,
) -> Result<Sealed<Table>, SourceError> {
    let mut texts: Vec<Vec<Option<Box<str>>>> = vec![Vec::new(); layout.columns.len()];
    let rows = source.scan(ledger, "a public table as it is", &mut |batch| {
        for (texts, array) in texts.iter_mut().zip(batch.columns()) {
            visit(array, |cell| {
                texts.push(match cell {
                    Cell::Null => None,
                    Cell::Text(text) => Some(text.into()),
                    other => {
                        let mut text = String::new();
                        crate::read::write_stored(other, &mut text);
                        Some(text.into())
                    }
                });
            });
        }
        Ok::<(), SourceError>(())
    })?;
    let mut columns = Vec::new();
    let mut cells = Vec::new();
    for (column, texts) in layout.columns.iter().zip(texts) {
        let (column, values) = kept_column(&column.name, column.columns.as_slice(), &texts);
        columns.push(column);
        cells.push(values);
    }
    let table = Table {
        columns,
        cells,
        rows: rows as usize,
    };
    Ok(Sealed::new(table, source.about().clone()))
}

fn kept_column(name: &str, found: &[Column], texts: &[Option<Box<str>>]) -> (Column, Cells) {
    if let [column] = found
        && let Kind::Number(format) = &column.kind
    {
        let values: Vec<f64> = texts
            .iter()
            .map(|text| text.as_deref().and_then(|text| format.read(text)))
            .map(|value| value.unwrap_or(f64::NAN))
            .collect();
        let same = values.iter().zip(texts).all(|(value, text)| match text {
            Some(text) => !value.is_nan() && format.write(*value) == **text,
            None => value.is_nan(),
        });
        if same {
            let column = Column {
                missing: None,
                codes: Vec::new(),
                ..column.clone()
            };
            let special = Vec::new();
            return (column, Cells::Numbers { values, special });
        }
    }
    let mut levels: Vec<&str> = texts.iter().filter_map(Option::as_deref).collect();
    levels.sort_unstable();
    levels.dedup();
    let codes = texts
        .iter()
        .map(|text| {
            text.as_deref().map_or(MISSING_LEVEL, |text| {
                levels.partition_point(|&level| level < text) as u32
            })
        })
        .collect();
    let column = Column {
        name: name.to_owned(),
        kind: Kind::Category,
        missing: None,
        codes: Vec::new(),
        storage: Storage::Text,
    };
    let levels = levels.into_iter().map(str::to_owned).collect();
    (column, Cells::Levels { codes, levels })
}

impl ReadTable {
    /// Whether some row refers to nobody.
    pub(crate) fn has_gaps(&self, reference: usize) -> bool {
        self.links[reference].contains(&NOBODY)
    }

    /// Whether some row refers to itself, where the reference is to the same table.
    pub(crate) fn has_loops(&self, reference: usize) -> bool {
        let mut links = self.links[reference].iter().enumerate();
        links.any(|(row, &link)| row as u32 == link)
    }
}
