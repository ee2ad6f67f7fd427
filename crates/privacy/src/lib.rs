//! The door to real data.
//!
//! Real records live inside a [`Sealed`] value. The only way to them is [`Sealed::read`] or [`Sealed::open`], and both take the [`Ledger`] that the read
//! is written in, with its purpose and what it cost in privacy. So a model's ledger holds every use of real data, or the program does not compile.
//! [`Ledger::statement`] is the paragraph that a data set's card carries; nobody writes it by hand.
//!
//! Today every read costs [`Cost::NotPrivate`]: nothing is guaranteed, and the statement says so first.
//!
//! This crate knows no file format, no model and no other crate of the workspace.

pub mod accounting;
pub mod audit;
pub mod consent;
mod ledger;
mod sealed;

pub use consent::{Consent, ConsentDraft, ConsentError};
pub use ledger::{Cost, Entry, Ledger, grouped};
pub use sealed::{RealData, Sealed};
