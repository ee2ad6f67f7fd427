//! What releases cost in privacy, together: zero-concentrated privacy and privacy-loss distributions.
//!
//! | question | answer |
//! |---|---|
//! | what do these releases cost together, as (ε, δ)? | [`PrivacyLoss`]: a constructor for each mechanism, [`PrivacyLoss::compose`], [`PrivacyLoss::times`], [`PrivacyLoss::epsilon`] |
//! | the same by a sum that can be done by hand | [`rho_of_gaussian`], [`rho_of_pure`], [`rho_of_bounded_range`], [`sum_of_rho`], [`epsilon_of_rho`], [`delta_of_rho`] |
//! | how much may be spent? | [`rho_within`], [`gaussian_noise_multiplier`], [`subsampled_gaussian_noise_multiplier`] |
//! | what does that mean for one person? | [`Risk`]: what an attacker who knows everything else can find out |
//!
//! *Invariants:* no figure is below the true one, floating-point rounding included, given that `libm`'s functions are right to a few units in the
//! last place; `PROOF.md` beside this module says for each how. Figures are the same on every machine: the transforms use no vector
//! instructions, and logarithms and exponentials are `libm`'s. *Absences:* nothing here draws noise, reads data or remembers what was spent.

mod calibrate;
mod compose;
mod discretise;
mod error;
mod event;
mod grid;
mod normal;
mod pld;
mod privacy_loss;
mod risk;
mod zcdp;

pub use calibrate::{gaussian_noise_multiplier, subsampled_gaussian_noise_multiplier};
pub use error::AccountingError;
pub use event::Event;
pub use grid::{Grid, MAX_BINS};
pub use normal::delta_of_gaussian;
pub use privacy_loss::PrivacyLoss;
pub use risk::Risk;
pub use zcdp::{
    delta_of_rho, epsilon_of_rho, rho_of_bounded_range, rho_of_gaussian, rho_of_pure, rho_within,
    sum_of_rho,
};
