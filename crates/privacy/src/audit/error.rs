//! What the auditor refuses.

use std::fmt;

/// An audit that cannot be made. Its text is one sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AuditError {
    /// Not as many scores as coins.
    Lengths {
        /// The number of scores.
        scores: usize,
        /// The number of coins.
        included: usize,
    },
    /// A score is not a number.
    Score {
        /// The canary's position, from 0.
        canary: usize,
    },
    /// More guesses than canaries, more right guesses than guesses, or nothing to guess.
    Counts {
        /// The number of canaries.
        canaries: u64,
        /// The number of guesses.
        guesses: u64,
        /// The number of right ones.
        correct: u64,
    },
    /// A parameter out of its range.
    Parameter {
        /// Its name.
        what: &'static str,
        /// What it was.
        found: f64,
        /// What it must be.
        allowed: &'static str,
    },
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lengths { scores, included } => write!(
                f,
                "there are {scores} scores and {included} coins, but each canary needs one of both"
            ),
            Self::Score { canary } => {
                write!(f, "the score of canary {canary} is not a number")
            }
            Self::Counts {
                canaries,
                guesses,
                correct,
            } => write!(
                f,
                "{correct} right ones among {guesses} guesses about {canaries} canaries cannot be; an audit needs at least one guess, and at most one a canary, of at most 2^32 canaries"
            ),
            Self::Parameter {
                what,
                found,
                allowed,
            } => write!(f, "{what} is {found}, but must be {allowed}"),
        }
    }
}

impl std::error::Error for AuditError {}

/// A δ: at least 0, below 1.
pub(super) fn delta(found: f64) -> Result<f64, AuditError> {
    if (0.0..1.0).contains(&found) {
        return Ok(found);
    }
    Err(AuditError::Parameter {
        what: "delta",
        found,
        allowed: "at least 0 and below 1",
    })
}

/// A probability of error, between 0 and 1.
pub(super) fn beta(found: f64) -> Result<f64, AuditError> {
    if found > 0.0 && found < 1.0 {
        return Ok(found);
    }
    Err(AuditError::Parameter {
        what: "the probability of error",
        found,
        allowed: "between 0 and 1, neither of them included",
    })
}
