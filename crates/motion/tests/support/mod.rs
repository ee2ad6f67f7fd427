//! A person whose motion is known, written as files that others might have written.
#![allow(dead_code, reason = "each test uses its part")]
pub(crate) mod mutate;
pub(crate) mod person;
