//! Noise: the only file that asks for random bits, and it asks OpenDP.
//!
//! All samplers are exact: they work on integers and rational numbers and draw from the operating system's generator (through a ChaCha generator that it
//! seeds), so no seed brings the same noise back and no rounding of floating-point numbers tells anything. What each mechanism promises, and why, is in
//! `PROOF.md` beside this file.

use dashu::integer::IBig;
use dashu::rational::RBig;
use opendp::domains::{AtomDomain, VectorDomain};
use opendp::measurements::make_noisy_max;
use opendp::measures::{MaxDivergence, ZeroConcentratedDivergence};
use opendp::metrics::LInfDistance;
use opendp::traits::samplers::{
    sample_discrete_gaussian, sample_discrete_laplace, sample_standard_bernoulli,
};
use serde::{Deserialize, Serialize};

use crate::error::PrivacyError;

/// How noise was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// Whole numbers of the normal distribution's shape, added to counts (Canonne, Kamath & Steinke 2020).
    DiscreteGaussian,
    /// Whole numbers of a two-sided geometric distribution, added to counts (Ghosh, Roughgarden & Sundararajan 2009).
    DiscreteLaplace,
    /// One of several candidates, the likelier the better it is (McSherry & Talwar 2007).
    Exponential,
    /// The same with a smaller error, where the budget is pure (McKenna & Sheldon 2020).
    PermuteAndFlip,
}

impl Mechanism {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::DiscreteGaussian => "discrete Gaussian noise",
            Self::DiscreteLaplace => "discrete Laplace noise",
            Self::Exponential => "exponential mechanism",
            Self::PermuteAndFlip => "permute-and-flip",
        }
    }
}

/// Fair coins of the operating system's: for canaries, which nobody may know beforehand.
///
/// # Errors
///
/// When there are no random bits.
pub fn coins(count: usize) -> Result<Vec<bool>, PrivacyError> {
    let coin = |_| sample_standard_bernoulli().map_err(|_| PrivacyError::Noise);
    (0..count).map(coin).collect()
}

/// A scale of noise as OpenDP takes it.
fn rational(scale: f64) -> Result<RBig, PrivacyError> {
    RBig::try_from(scale).map_err(|_| PrivacyError::Noise)
}

/// Adds noise to every count; `scale` is σ of the Gaussian, and b of Laplace.
pub(crate) fn noised(
    counts: &[u64],
    mechanism: Mechanism,
    scale: f64,
) -> Result<Vec<i64>, PrivacyError> {
    let scale = rational(scale)?;
    counts
        .iter()
        .map(|&count| {
            let noise = match mechanism {
                Mechanism::DiscreteGaussian => sample_discrete_gaussian(scale.clone()),
                _ => sample_discrete_laplace(scale.clone()),
            };
            let noise = noise.map_err(|_| PrivacyError::Noise)?;
            // Beyond 2⁶³ the sum is held at the end, which tells nothing more than the sum does.
            let sum = noise + IBig::from(count);
            let end = if sum < IBig::ZERO { i64::MIN } else { i64::MAX };
            Ok(i64::try_from(sum).unwrap_or(end))
        })
        .collect()
}

/// The place of a high score. With [`Mechanism::Exponential`] place `i` comes with probability ∝ exp(scoreᵢ ∕ scale).
pub(crate) fn chosen(
    scores: &Vec<i64>,
    mechanism: Mechanism,
    scale: f64,
) -> Result<usize, PrivacyError> {
    let domain = VectorDomain::new(AtomDomain::<i64>::default());
    let metric = LInfDistance::<i64>::default();
    let place = if mechanism == Mechanism::PermuteAndFlip {
        make_noisy_max(domain, metric, MaxDivergence, scale, false)
            .and_then(|select| select.invoke(scores))
    } else {
        make_noisy_max(domain, metric, ZeroConcentratedDivergence, scale, false)
            .and_then(|select| select.invoke(scores))
    };
    place.map_err(|_| PrivacyError::Noise)
}
