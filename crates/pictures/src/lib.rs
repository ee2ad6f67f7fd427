//! Populations of small pictures, learned under differential privacy.
//!
//! ```text
//! folder ─► Gallery (sealed) ─► noisy numbers of each class ─► a generator under DP-SGD (`neural`) ─► PictureModel ─► pictures
//! ```
//!
//! A picture is grey, of at most [`MOST_PIXELS`] pixels, and has one class. What is taken as known to everybody: the size of the pictures and the names of the classes.
//! What comes out makes picture `i` from a seed and `i` alone, the same bytes on every machine.
//!
//! *Absences:* no pictures of people, whom `people` makes from numbers; no learning without differential privacy, because a network without it keeps some of what it saw.

mod error;
pub mod idx;
mod learn;
mod model;
mod source;
mod write;

pub use error::PictureError;
pub use learn::{Learned, Promise, learn};
pub use model::{PictureModel, VERSION};
pub use source::{Gallery, MOST_PIXELS, Opened, open};
