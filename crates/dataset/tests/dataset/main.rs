//! The crate's promises, kept with a toy stage whose bytes depend on row and streams only.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod card;
mod make;
mod merge;
mod reader;
mod refusals;
mod regen;
mod resume;
mod rows;
mod toy;
mod verify;
