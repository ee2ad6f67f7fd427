//! Whom a guarantee protects, and what "neighbouring" means.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whom a guarantee protects. Data sets are *neighbours* when one of them has everything that one unit owns, and the other nothing of it (add or remove one unit).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// One row.
    Row,
    /// One person, of whom at most so many rows are looked at.
    Person {
        /// Rows of a person that are looked at; at least 1.
        most_rows: u32,
    },
    /// One person with all that refers to it: the person's own row of one table, and at most so many of each other.
    Owner {
        /// Rows of each other table that are looked at of a person; at least 1.
        most_rows: u32,
    },
}

impl Unit {
    /// The most rows of a table that one unit may own.
    pub fn most_rows(self) -> u32 {
        match self {
            Self::Row => 1,
            Self::Person { most_rows } | Self::Owner { most_rows } => most_rows.max(1),
        }
    }

    /// The neighbouring relation in words.
    pub fn relation(self) -> String {
        match self {
            Self::Row => {
                "two tables are neighbours when one is the other with one row added or removed"
                    .to_owned()
            }
            Self::Person { most_rows } => format!(
                "two data sets are neighbours when one is the other with one person and all of the person's rows added or removed, of which at most {most_rows} are looked at"
            ),
            Self::Owner { most_rows } => format!(
                "two data sets are neighbours when one is the other with one person added or removed: the person's own row, and all rows of other tables that refer to it, of which at most {most_rows} of each table are looked at"
            ),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Row => "one row",
            Self::Person { .. } | Self::Owner { .. } => "one person",
        })
    }
}
