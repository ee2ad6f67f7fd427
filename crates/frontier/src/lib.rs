//! What privacy costs, and whom: a population learned at several ε, made, and used.
//!
//! ```text
//! real rows ─► part for learning ─► model at ε, several times ─► made rows ─► a user's classifier ─┐
//!           └► part for testing ──────────────────────────────────────────────────────────────────┴► right about whom?
//! ```
//!
//! [`of_table`] and [`of_pictures`] do that and return [`Arms`]; [`judge`] says what they show: usefulness at each ε overall and by group, the gap between groups, what no ε attains, and who loses first
//! (Bagdasaryan et al. 2019 for training under differential privacy; Ganev et al. 2022 for synthetic data).
//!
//! *Invariants:* nothing is tested on rows that were learned from; every figure has an interval over test rows and repeats; what cannot be learned at an ε says why, and the rest is made.
//! *Privacy:* the report is a reading of real data and is not private, whatever the ε of its models. *Determinism:* none where there is noise for privacy, which no seed brings back.
//! *Absences:* no learning of its own, no arguments, no clock.

mod arms;
mod judge;
mod pictures_at;
mod table_at;

pub use arms::{Arm, Arms, Epsilon, FrontierError, Measure, Study};
pub use judge::judge;
pub use pictures_at::of_pictures;
pub use table_at::of_table;
