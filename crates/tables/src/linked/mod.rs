//! Linked tables: a population whose rows own rows of other tables, and refer to them.
//!
//! A [`Schema`] says which column refers to which table; [`LinkedSource`] opens them (`keys` turns references into row numbers) and [`LinkedModel`] learns them
//! (`learn`): every table has a forest as a single table has, and a child's forest may also ask about its owner, its place among its siblings and the
//! siblings before it (`context`). How many children a row has, and what they have in common (`summary`), are more columns of its table. What happens in time is drawn as gaps (`sequence`). Making
//! (`make`) draws each subject with all that it owns (`subjects`, `siblings`), then fills in the other references (`matching`).
//!
//! *Privacy.* As for a single table ([`crate::model`]): what fewer than `protect` rows share is not learned, neither values nor counts nor gaps. A table that is `public`
//! is kept as it is. Under differential privacy (`private`) one person with all that refers to it is protected.

mod bridges;
mod context;
mod error;
mod family;
mod file;
mod foreign;
mod keep;
mod keys;
mod learn;
mod make;
mod matching;
mod partners;
mod private;
mod read;
mod request;
mod rules;
mod schema;
mod sequence;
mod shares;
mod siblings;
mod subjects;
mod summary;
mod view;
mod wants;

pub use error::LinkedError;
pub use keep::KeptRule;
pub use make::Making;
pub use private::{LinkedPrivately, LinkedTerms, TablePrivately};
pub use read::LinkedSource;
pub use request::{LinkedRequest, LinkedRule, LinkedWish, SequencePattern, Step};
pub use schema::{Schema, TableInSchema};
pub use shares::LinkedReport;

use privacy::Ledger;
use serde::{Deserialize, Serialize};

use crate::model::{Model, Protected, Settings};
use crate::table::{Column, Table};
use matching::Matching;
use sequence::Clock;

/// Learned tables and the references between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkedModel {
    tables: Vec<LinkedTable>,
    /// Tables that are not public, owners before what they own.
    order: Vec<u16>,
    /// Conditions that every row of a table keeps to, as they were written, each with its table.
    rules: Vec<(u16, String)>,
    settings: Settings,
    ledger: Ledger,
}

/// One table of a linked model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LinkedTable {
    name: String,
    /// As they are written.
    columns: Vec<Column>,
    /// The column that names rows.
    key: Option<u16>,
    references: Vec<Link>,
    content: Content,
}

/// A column that refers to a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Link {
    column: u16,
    table: u16,
    role: Role,
}

/// What a reference is to the rows that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Role {
    /// The row that it refers to owns this one.
    Owner,
    /// It refers to a row of a public table: a category.
    Public,
    /// It refers to some row; how that is found has this number.
    Match(u16),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Content {
    /// Kept as it is.
    Public(Table),
    Learned(Box<Learned>),
}

/// What was learned of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Learned {
    /// The columns of the table, then the hidden ones.
    model: Model,
    /// Tables that this one's rows own, with the hidden column that says how many.
    owned: Vec<(u16, u16)>,
    clock: Option<Clock>,
    matches: Vec<Matching>,
}

impl LinkedModel {
    /// Names of the tables, in the order of the schema.
    pub fn names(&self) -> Vec<&str> {
        self.tables
            .iter()
            .map(|table| table.name.as_str())
            .collect()
    }

    /// The columns of a table as they are written.
    pub fn columns(&self, table: usize) -> &[Column] {
        &self.tables[table].columns
    }

    /// How many rows of a table were learned from, or are kept.
    pub fn rows_learned(&self, table: usize) -> u64 {
        match &self.tables[table].content {
            Content::Public(table) => table.rows as u64,
            Content::Learned(learned) => learned.model.rows_learned(),
        }
    }

    /// The table whose rows are counted when a number of rows is asked for: the first that no other owns and that is not public.
    pub fn first_root(&self) -> Option<usize> {
        (0..self.tables.len()).find(|&table| {
            matches!(self.tables[table].content, Content::Learned(_)) && self.owner(table).is_none()
        })
    }

    /// How it was learned.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What of real data was read for it.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What is not in the model because too few rows share it: table, and columns where there is something of the kind.
    pub fn protected(&self) -> Vec<(&str, Vec<Protected>)> {
        self.tables
            .iter()
            .filter_map(|table| match &table.content {
                Content::Public(_) => None,
                Content::Learned(learned) => Some((table.name.as_str(), learned.model.protected())),
            })
            .filter(|(_, protected)| !protected.is_empty())
            .collect()
    }

    /// What each reference is to the rows that have it, a sentence each.
    pub fn described(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for table in &self.tables {
            for link in &table.references {
                let column = &table.columns[usize::from(link.column)].name;
                let (name, other) = (&table.name, &self.tables[usize::from(link.table)].name);
                lines.push(match link.role {
                    Role::Owner => format!("rows of `{other}` own rows of `{name}` by `{column}`"),
                    Role::Match(_) if name == other => {
                        format!("`{column}` of `{name}` is an earlier row of it")
                    }
                    Role::Match(_) => {
                        format!("`{column}` of `{name}` is a row of `{other}` that goes with it")
                    }
                    Role::Public => {
                        format!("`{column}` of `{name}` is a row of the public table `{other}`")
                    }
                });
            }
            if let Content::Public(kept) = &table.content {
                let rows = privacy::grouped(kept.rows as u64);
                lines.push(format!(
                    "`{}` is public: its {rows} rows are kept as they are",
                    table.name
                ));
            }
        }
        lines
    }

    /// The table that owns a table's rows.
    fn owner(&self, table: usize) -> Option<usize> {
        let references = &self.tables[table].references;
        let owner = references.iter().find(|link| link.role == Role::Owner);
        owner.map(|link| link.table.into())
    }

    fn learned(&self, table: usize) -> Option<&Learned> {
        match &self.tables[table].content {
            Content::Public(_) => None,
            Content::Learned(learned) => Some(learned),
        }
    }
}
