//! How a user's model will do on a population that the data does not have.
//!
//! ```text
//!                  ┌─► rows under weights (tilt), debiased (weigh) ─────────────────┐
//! data, shift.yaml ┤                                                                ├─► do they agree? (combine)
//!                  └─► populations learned from the data (learned), rows drawn, ────┘
//!                      the model asked about them
//! ```
//!
//! [`Spec`] is what is asked, [`answer`] the answer, [`judge`] says it in sentences. A population is the one nearest to the data's that keeps to what is asked (`target`, `tilt`); `worst` finds
//! the worst that is near enough, `profile` draws the metric against each attribute.
//!
//! *Invariants:* a figure has an interval, and holds only where both routes were asked or the reason is told why one was not; where too few rows carry a population it is refused, and the part of it is named;
//! bytes depend on data, question and seed, not on threads. *Privacy:* figures are readings of real data and are not private; every learning is in the ledger. Levels that fewer than ten rows share are not
//! named. *Absences:* no processes and no arguments: whoever calls brings a model's answers ([`Ask`]); of networks it runs ONNX files ([`Network`]).

mod answers;
mod combine;
mod error;
mod judge;
mod learned;
mod lines;
mod made;
mod metric;
mod network;
mod profile;
mod regress;
mod spec;
mod study;
mod target;
mod tilt;
mod weigh;
mod worst;

pub use answers::{Ask, Task, shown};
pub use combine::{Both, Controls};
pub use error::ShiftError;
pub use judge::judge;
pub use learned::{Data, Ensemble, Learned, Said};
pub use lines::lines;
pub use made::Renders;
pub use metric::{Answers, Evaluated, Judged, Metric};
pub use network::Network;
pub use profile::Profile;
pub use spec::{Asked, Change, Spec, What, Within, Worst};
pub use study::{Answer, Outcome, Question, Told, answer, answer_of_pictures};
pub use target::{FEWEST, Moments, Target};
pub use tilt::{Overlap, Weights};
pub use weigh::{Estimate, reweighed};
pub use worst::{Described, Search};
