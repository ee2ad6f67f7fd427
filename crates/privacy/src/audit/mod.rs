//! What a mechanism leaks at least: lower bounds on ε from one run, by canaries.
//!
//! Each of m canaries is put into the data or left out by a fair coin of its own. After the release an attacker gives each a score, greater where they
//! rather believe it was there; the highest scores are guessed to be in, the lowest to be out, and the rest is not guessed. The number of right guesses bounds from
//! below how private the mechanism can be, with a stated confidence. A bound above what a statement promises means that the mechanism does not do what its proof says.
//!
//! | question | answer |
//! |---|---|
//! | how many guesses were right? | [`Guesses::of_scores`] |
//! | which ε is refuted? | [`epsilon_at_least`], for any mechanism |
//! | which Gaussian curve is refuted? | [`gaussian_at_least`] |
//! | and if the number of guesses is to be chosen? | [`epsilon_at_least_of_choices`], with the correction for the choice |
//!
//! *Invariants:* a bound is exceeded by the truth with the stated confidence at least, whatever the attacker knows, ties and rounding included (`PROOF.md` beside
//! this module). *Absences:* no attack is made here, no coin is thrown; the caller's coins must be fair and independent of all else.

mod binomial;
mod error;
mod guesses;
mod one_run;
mod trade_off;

pub use error::AuditError;
pub use guesses::Guesses;
pub use one_run::{epsilon_at_least, epsilon_at_least_of_choices, p_value};
pub use trade_off::{gaussian_at_least, gaussian_epsilon_at_least};
