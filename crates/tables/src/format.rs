//! How values are written: a number with its decimals and currency sign, a moment with its pattern and zone, an identifier's pattern.
//!
//! What holds throughout: a value read from a column and written by the column's format is the same text again.

pub mod moment;
mod moment_read;
pub mod number;
pub mod pattern;
pub mod position;
pub mod text;

pub use moment::{MomentFormat, PatternError, Zone};
pub(crate) use moment::{civil_from_days, days_from_civil};
pub use number::{Decimals, Exponent, Negative, NumberFormat, Role, When};
pub use pattern::{Class, Pattern, Run, Shape};
pub use position::PositionFormat;
pub use text::{TextFormat, TextLook};
