//! Where rows come from: typed attributes, distributions, recipes, and the seeded streams that every random choice draws from.
//!
//! A [`Schema`] says what a stage understands. A [`Recipe`] is the user's YAML, checked against that schema. A
//! [`DeclaredPopulation`] draws rows from it; sample `i` is a pure function of (recipe, seed, `i`), whoever asks and in whatever order.
//!
//! Reading order: [`stream`], [`attribute`], [`distribution`], [`row`], [`recipe`], [`declared`]. Nothing here knows pictures.

pub mod attribute;
pub mod chosen;
pub mod declared;
pub mod diagnostic;
pub mod distribution;
pub mod recipe;
pub mod row;
pub mod schema;
pub mod sequence;
pub mod source;
pub mod stream;

pub use attribute::{Attribute, Choice, Kind, Schema, Typical};
pub use chosen::ChosenPopulation;
pub use declared::{DeclaredPopulation, Population, PopulationError};
pub use diagnostic::Diagnostic;
pub use distribution::{Alternative, Distribution, Selection};
pub use recipe::{Overrides, Recipe};
pub use row::{PartialRow, Row, RowError, Value};
pub use source::{SourceError, SourceFile, SourceKind, SourceRequest};
pub use stream::{Seed, Stream, Streams};
