//! Scans of real people in: from a file of triangles and colours to a person that the body model can make again.
//!
//! Reading order: [`read`] opens scan files behind privacy's door, [`surface`] cleans them, `coarse` finds what they show and where,
//! `hair` cuts hair off, `register` fits sliders, targets and joints ([`variables`], `skeleton`, `anatomy`) to `pairs` of places by robust
//! Gauss–Newton, `residual` lets the skin follow the scan, `colour` bakes the colours, [`fit`](fit()) runs all of it, [`person`] is the result and its file, [`prior`] learns from many of them.
//! `docs/scans.md` is for users.
//!
//! Invariants: the same scan gives the same person on any number of threads; a scan is read through a ledger, and a person carries it with the
//! consent; no coordinate of a scan is in an error. Deliberately not here: rows and recipes, light, hair as such (it is left out), clothes (the
//! skin follows them where they lie close).

mod anatomy;
mod axes;
mod coarse;
mod colour;
pub mod colours;
pub mod error;
pub mod fit;
mod follow;
mod hair;
pub mod kind;
pub mod landmarks;
pub mod local;
pub mod model;
pub mod nearest;
mod normal_equations;
mod off;
mod painted;
mod pairs;
pub mod person;
pub mod prior;
pub mod read;
mod region;
mod register;
pub mod report;
mod residual;
mod skeleton;
pub mod surface;
pub mod units;
pub mod variables;

pub use error::ScanError;
pub use fit::{Known, fit};
pub use kind::Kind;
pub use person::{Person, PersonError};
pub use units::Unit;
