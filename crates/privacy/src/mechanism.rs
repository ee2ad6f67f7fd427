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
    fill_bytes, sample_discrete_gaussian, sample_discrete_laplace, sample_standard_bernoulli,
    sample_uniform_uint_below,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::PrivacyError;

/// How noise was added.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
    /// Noise of the normal distribution's shape on a sum over a Poisson sample of the records: a step of DP-SGD (Abadi et al. 2016).
    SampledGaussian {
        /// The probability with which each record takes part, alone of all others.
        rate: f64,
    },
}

impl Mechanism {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::DiscreteGaussian => "discrete Gaussian noise",
            Self::DiscreteLaplace => "discrete Laplace noise",
            Self::Exponential => "exponential mechanism",
            Self::PermuteAndFlip => "permute-and-flip",
            Self::SampledGaussian { .. } => "Gaussian noise on a Poisson sample",
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
pub(crate) fn noised_counts(
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

/// Adds Gaussian noise of standard deviation `sigma` to every whole number, on all cores.
pub(crate) fn noised_sum(sum: &[i64], sigma: f64) -> Result<Vec<i64>, PrivacyError> {
    let scale = rational(sigma)?;
    let add = |&value: &i64| {
        let noise = sample_discrete_gaussian(scale.clone()).map_err(|_| PrivacyError::Noise)?;
        let noisy = noise + IBig::from(value);
        let end = if noisy < IBig::ZERO {
            i64::MIN
        } else {
            i64::MAX
        };
        Ok(i64::try_from(noisy).unwrap_or(end))
    };
    sum.par_iter().with_min_len(256).map(add).collect()
}

/// The places of a Poisson sample of `count` records: each is taken with probability `threshold` ∕ 2⁶⁴, alone of all others.
pub(crate) fn sampled(count: usize, threshold: u64) -> Result<Vec<usize>, PrivacyError> {
    let mut bytes = vec![0_u8; 8 * count];
    fill_bytes(&mut bytes).map_err(|_| PrivacyError::Noise)?;
    let taken = |(place, bytes): (usize, &[u8])| {
        let draw = bytes.try_into().map_or(u64::MAX, u64::from_le_bytes);
        (draw < threshold).then_some(place)
    };
    Ok(bytes
        .chunks_exact(8)
        .enumerate()
        .filter_map(taken)
        .collect())
}

/// For each of `count` records one of `teams`, each as likely as any other.
pub(crate) fn teams(count: usize, teams: usize) -> Result<Vec<usize>, PrivacyError> {
    let draw = |_| {
        sample_uniform_uint_below::<u64, 8>(teams as u64)
            .map(|team| team as usize)
            .map_err(|_| PrivacyError::Noise)
    };
    (0..count).map(draw).collect()
}

/// `count` different numbers below `below`, every choice and order of them as likely as any other; fewer where there are not so many.
pub(crate) fn places(count: usize, below: usize) -> Result<Vec<usize>, PrivacyError> {
    let mut all: Vec<usize> = (0..below).collect();
    let count = count.min(below);
    for place in 0..count {
        let rest = (below - place) as u64;
        let other = sample_uniform_uint_below::<u64, 8>(rest).map_err(|_| PrivacyError::Noise)?;
        all.swap(place, place + other as usize);
    }
    all.truncate(count);
    Ok(all)
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
