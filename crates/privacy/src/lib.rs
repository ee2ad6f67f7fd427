//! The door to real data.
//!
//! Real records live inside a [`Sealed`] value. The only way to them is [`Sealed::read`] or [`Sealed::open`], and both take the [`Ledger`] that the read
//! is written in, with its purpose and what it cost in privacy. So a model's ledger holds every use of real data, or the program does not compile.
//!
//! Under differential privacy records live inside a [`Private`] value, which has no such way: what may be asked of it is counts by a function of one
//! record, which stay sealed in a [`Tally`] until an [`Account`] has paid for them and noise was added. [`Ledger::statement`] is the paragraph that a data set's
//! card carries, [`Statement`] the whole of it; nobody writes either by hand.
//!
//! This crate knows no file format, no model and no other crate of the workspace.

mod account;
pub mod accounting;
pub mod audit;
pub mod consent;
mod descent;
mod error;
mod kin;
mod ledger;
mod mechanism;
mod private;
mod sealed;
pub mod sign;
mod spent;
mod statement;
mod sums;
mod teachers;
mod unit;

pub use account::{Account, Candidate};
pub use consent::{Consent, ConsentDraft, ConsentError};
pub use descent::{Descent, Outer, Plan};
pub use error::PrivacyError;
pub use kin::{Kin, Owned, Owner, Owners, Persons};
pub use ledger::{Cost, Entry, Ledger, Noised, Promise, grouped};
pub use mechanism::{Mechanism, coins};
pub use private::{Codes, Discovered, Noisy, Private, Records, Tally};
pub use sealed::{RealData, Sealed};
pub use statement::{Guarantee, Promised, Reading, RiskInNumbers, Spent, Statement};
pub use sums::NoisySums;
pub use teachers::{Teachers, Team};
pub use unit::Unit;
