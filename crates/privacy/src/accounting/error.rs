//! What the accountant refuses.

use std::fmt;

/// A parameter for which there is no answer. Its text is one sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AccountingError {
    what: &'static str,
    found: f64,
    allowed: &'static str,
}

impl fmt::Display for AccountingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is {}, but must be {}",
            self.what, self.found, self.allowed
        )
    }
}

impl std::error::Error for AccountingError {}

/// `found` if `holds`.
fn require(
    holds: bool,
    what: &'static str,
    found: f64,
    allowed: &'static str,
) -> Result<f64, AccountingError> {
    if holds {
        Ok(found)
    } else {
        Err(AccountingError {
            what,
            found,
            allowed,
        })
    }
}

/// Larger than 0 and finite.
pub(super) fn positive(what: &'static str, found: f64) -> Result<f64, AccountingError> {
    let holds = found > 0.0 && found.is_finite();
    require(holds, what, found, "larger than 0 and finite")
}

/// At least 0 and finite.
pub(super) fn not_negative(what: &'static str, found: f64) -> Result<f64, AccountingError> {
    let holds = found >= 0.0 && found.is_finite();
    require(holds, what, found, "at least 0 and finite")
}

/// Any number, infinite ones too, but not NaN.
pub(super) fn number(what: &'static str, found: f64) -> Result<f64, AccountingError> {
    require(!found.is_nan(), what, found, "a number")
}

/// From 0 to 1.
pub(super) fn probability(what: &'static str, found: f64) -> Result<f64, AccountingError> {
    let holds = (0.0..=1.0).contains(&found);
    require(holds, what, found, "from 0 to 1")
}

/// Larger than 0 and at most 1.
pub(super) fn rate(what: &'static str, found: f64) -> Result<f64, AccountingError> {
    let holds = found > 0.0 && found <= 1.0;
    require(holds, what, found, "larger than 0 and at most 1")
}

/// Between 0 and 1, both excluded: a δ that a conversion can meet.
pub(super) fn open_probability(what: &'static str, found: f64) -> Result<f64, AccountingError> {
    let holds = found > 0.0 && found < 1.0;
    require(
        holds,
        what,
        found,
        "between 0 and 1, neither of them included",
    )
}

/// A whole number from 1 to 2⁵³, where `f64` still knows its neighbours.
pub(super) fn positive_whole(what: &'static str, found: u64) -> Result<f64, AccountingError> {
    let holds = (1..=1 << 53).contains(&found);
    require(holds, what, found as f64, "from 1 to 2^53")
}
