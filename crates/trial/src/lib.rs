//! Which data makes a model best: many data sets, one learner, an honest winner.
//!
//! A [`Plan`] names sources of samples, knobs that may be turned, a learner and a real hold-out. A [`Study`] tries settings of the knobs on one half of the hold-out, compares the winner with the base on
//! the other, and asks why. What makes data sets and trains on them is behind [`Work`]; [`RowsWork`] is that of tables, [`PicturesWork`] that of pictures. [`report`] turns [`Findings`] into a page.
//!
//! *Determinism.* What is tried, and what comes of it, depends on plan, files and version; the minutes of a budget decide how much of it is done. A study that is killed goes on from its journal and finds the same.
//! *Privacy.* The hold-out is real data that is read without any guarantee, and the report says so. *Absences:* it makes no pictures and draws no rows itself, and looks at no clock but the one it is given.

mod command;
mod curve;
mod gain;
mod importance;
mod journal;
mod knob;
mod metric;
mod next;
mod pictures;
mod plan;
mod report;
mod rows;
mod search;
mod slices;
mod study;
mod work;

pub use curve::{CurvePoint, PowerLaw, extrapolated};
pub use gain::Gain;
pub use importance::Importance;
pub use journal::{Entry, Journal};
pub use knob::{Knob, Of, Reach, Setting};
pub use metric::Metric;
pub use next::{Proposal, next};
pub use pictures::{PicturesWork, Recipes};
pub use plan::{
    Budget, Holdout, Learner, Method, Plan, PlanError, Rungs, Search, Source, SourceKind,
};
pub use report::report;
pub use rows::RowsWork;
pub use study::{Ablation, Comparison, Field, Findings, GroupLoss, SliceWorth, Study, Trial};
pub use work::{Clock, Fault, Grouping, Half, Scored, Task, Work};
