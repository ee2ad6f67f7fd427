//! Tables of real and synthetic records.
//!
//! A [`Table`] is columns of numbers, levels and moments in memory; a column's [`Kind`] knows how its values are written in the file they come from,
//! so that what is read and written again is the same text. Real tables live inside a [`privacy::Sealed`].

pub mod format;
mod table;

pub use table::{Cells, Column, Half, Kind, MISSING_LEVEL, Part, Storage, Table, TimeUnit};
