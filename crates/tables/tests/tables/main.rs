//! Files in, tables or sentences out.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hostile;
mod source;
mod support;
