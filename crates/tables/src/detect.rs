//! What kind each column is, found in one pass.
//!
//! A pass counts ([`summary`]); what is decided from the counts ([`decide`]) depends on the rows only, not on how they were divided.

mod decide;
mod distinct;
mod missing;
mod moment;
mod number;
mod shape;
mod summary;
mod tally;

pub use decide::Facts;
pub(crate) use decide::{Decision, Wanted, decide, decide_as};
pub(crate) use missing::{
    COUNT as MISSING_SPELLINGS, among_words, spelling, text as spelling_text,
};
pub(crate) use summary::Summary;
