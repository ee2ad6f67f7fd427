//! Files in, tables or sentences out.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hostile;
mod layout;
mod round;
mod source;
mod support;
