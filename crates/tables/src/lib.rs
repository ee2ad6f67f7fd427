//! Tables of real and synthetic records.
//!
//! A [`Table`] is columns of numbers, levels and moments in memory; a column's [`Kind`] knows how its values are written in the file they come from,
//! so that what is read and written again is the same text. Real tables live inside a [`privacy::Sealed`]. A [`Model`] learns one and draws rows that
//! nobody is.

mod cells;
mod detect;
pub mod format;
mod layout;
pub mod linked;
pub mod model;
pub mod private;
mod read;
mod rule;
mod scenario;
pub mod source;
mod table;
mod write;

pub use detect::Facts;
pub use layout::document;
pub use layout::{Counts, Layout, LayoutColumn, LayoutError, Overrides};
pub use model::Model;
pub use rule::{FoundRule, Rule, RuleError, Scope, Tally, find_rules, read_rules};
pub use scenario::Scenario;
pub use source::{Source, SourceError, SourceOptions};
pub use table::{Cells, Column, Half, Kind, MISSING_LEVEL, NO_ROW, Part, Storage, Table, TimeUnit};
pub use write::{FileFormat, TableWriter, write_table};
