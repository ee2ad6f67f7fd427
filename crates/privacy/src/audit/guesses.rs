//! How well somebody guessed which canaries were there.

use super::error::AuditError;

/// The outcome of an audit's guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guesses {
    canaries: u32,
    made: u32,
    correct: u32,
}

impl Guesses {
    /// `correct` right ones among `guesses` guesses about `canaries` canaries.
    ///
    /// The number of guesses must not depend on the coins: fix it before they fall, or use [`super::epsilon_at_least_of_choices`].
    ///
    /// # Errors
    /// [`AuditError::Counts`] if there is no guess, or less of a kind than of its part.
    pub fn new(canaries: u32, guesses: u32, correct: u32) -> Result<Self, AuditError> {
        if guesses == 0 || guesses > canaries || correct > guesses {
            return Err(AuditError::Counts {
                canaries: canaries.into(),
                guesses: guesses.into(),
                correct: correct.into(),
            });
        }
        Ok(Self {
            canaries,
            made: guesses,
            correct,
        })
    }

    /// Guesses the `guess_in` canaries with the highest scores to be in, and the `guess_out` with the lowest to be out.
    ///
    /// `included[i]` says whether canary `i` was in the data. Canaries with equal scores at a border are guessed as wrongly as can be, so that their order, which
    /// may tell their coins, never helps.
    ///
    /// # Errors
    /// [`AuditError`] if the lengths differ, a score is NaN, or there are no guesses or more than canaries.
    pub fn of_scores(
        scores: &[f64],
        included: &[bool],
        guess_in: usize,
        guess_out: usize,
    ) -> Result<Self, AuditError> {
        if scores.len() != included.len() {
            return Err(AuditError::Lengths {
                scores: scores.len(),
                included: included.len(),
            });
        }
        if let Some(canary) = scores.iter().position(|score| score.is_nan()) {
            return Err(AuditError::Score { canary });
        }
        let guesses = guess_in.saturating_add(guess_out);
        let refused = AuditError::Counts {
            canaries: scores.len() as u64,
            guesses: guesses as u64,
            correct: 0,
        };
        let (Ok(canaries), Ok(guesses)) = (u32::try_from(scores.len()), u32::try_from(guesses))
        else {
            return Err(refused);
        };
        if guesses > canaries {
            return Err(refused);
        }
        // Zeros of both signs are equal scores.
        let mut ranked: Vec<(f64, bool)> = scores
            .iter()
            .map(|score| score + 0.0)
            .zip(included.iter().copied())
            .collect();
        // From the highest; among equals those that were out come first, which are wrong guesses.
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let right_in = ranked[..guess_in]
            .iter()
            .filter(|(_, was_in)| *was_in)
            .count();
        // From the lowest; among equals those that were in come first.
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let right_out = ranked[..guess_out]
            .iter()
            .filter(|(_, was_in)| !was_in)
            .count();
        Self::new(canaries, guesses, (right_in + right_out) as u32)
    }

    /// The number of canaries.
    pub fn canaries(self) -> u32 {
        self.canaries
    }

    /// The number of guesses.
    pub fn guesses(self) -> u32 {
        self.made
    }

    /// The number of right guesses.
    pub fn correct(self) -> u32 {
        self.correct
    }
}
