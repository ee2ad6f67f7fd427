//! Zero-concentrated differential privacy: ρ, its sum, and what it is as (ε, δ).
//!
//! ρ of a composition is the sum of the parts' ρ (Bun & Steinke 2016, lemma 1.7). Logarithms are natural, ρ and ε in nats.

use super::error::{AccountingError, not_negative, open_probability, positive};
use super::normal::ROUNDING;

/// ρ of one release of a value plus Gaussian noise, continuous, or discrete on the integers: `sensitivity² / (2 sigma²)`, rounded up.
///
/// `sensitivity` is the ℓ₂-norm of the value's change between neighbours and `sigma` the noise's parameter, both in the value's unit. Bun & Steinke
/// 2016, proposition 1.6; Canonne, Kamath & Steinke 2020, theorem 14, for discrete noise in every coordinate.
///
/// # Errors
/// A sensitivity that is negative, NaN or infinite, a noise that is not positive and finite.
pub fn rho_of_gaussian(sensitivity: f64, sigma: f64) -> Result<f64, AccountingError> {
    let sensitivity = not_negative("the sensitivity", sensitivity)?;
    let ratio = sensitivity / positive("the noise", sigma)?;
    Ok(half_square_rounded_up(ratio, 0.5))
}

/// ρ of an ε-private release: ε²/2, rounded up (Bun & Steinke 2016, proposition 1.4).
///
/// # Errors
/// An ε that is negative, NaN or infinite.
pub fn rho_of_pure(epsilon: f64) -> Result<f64, AccountingError> {
    Ok(half_square_rounded_up(
        not_negative("epsilon", epsilon)?,
        0.5,
    ))
}

/// ρ of a release whose privacy losses lie within a range of length ε, as the exponential mechanism's: ε²/8, rounded up (Cesar & Rogers 2021;
/// the exponential mechanism with `exp(ε score / (2 sensitivity))` has range ε).
///
/// # Errors
/// An ε that is negative, NaN or infinite.
pub fn rho_of_bounded_range(epsilon: f64) -> Result<f64, AccountingError> {
    Ok(half_square_rounded_up(
        not_negative("epsilon", epsilon)?,
        0.125,
    ))
}

/// ρ of several releases together, each chosen in the light of the earlier ones: the sum, rounded up (Bun & Steinke 2016, lemma 1.7).
///
/// # Errors
/// A ρ that is negative, NaN or infinite.
pub fn sum_of_rho(parts: &[f64]) -> Result<f64, AccountingError> {
    let mut sum = 0.0_f64;
    for &part in parts {
        let part = not_negative("rho", part)?;
        if part > 0.0 {
            sum = (sum + part).next_up();
        }
    }
    not_negative("the sum of rho", sum)
}

/// `factor · value²`, never below it. A quotient, a square and a product round three times; zero stays zero.
fn half_square_rounded_up(value: f64, factor: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let up = value.next_up();
    (factor * (up * up).next_up()).next_up()
}

/// The smallest known δ with which a ρ-zCDP release is (ε, δ)-private.
///
/// Canonne, Kamath & Steinke 2020, corollary 13: the infimum over orders α > 1 of exp((α − 1)(αρ − ε)) / (α − 1) · (1 − 1/α)^α. Every order gives a
/// sound bound, so a search that ends early is loose, never wrong.
///
/// # Errors
/// A parameter that is negative, NaN or infinite.
pub fn delta_of_rho(rho: f64, epsilon: f64) -> Result<f64, AccountingError> {
    let rho = not_negative("rho", rho)?;
    let epsilon = not_negative("epsilon", epsilon)?;
    Ok(delta_at(rho, epsilon))
}

pub(super) fn delta_at(rho: f64, epsilon: f64) -> f64 {
    if rho == 0.0 {
        return 0.0;
    }
    // The bound's logarithm has the derivative (2α − 1)ρ − ε + ln(1 − 1/α), which rises in α. Searched by ln(α − 1).
    let slope = |excess: f64| (2.0 * excess + 1.0) * rho - epsilon - libm::log1p(1.0 / excess);
    let (mut low, mut high) = (-35.0_f64, 100.0_f64);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if slope(libm::exp(middle)) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let excess = libm::exp(high);
    let order = 1.0 + excess;
    let terms = [
        excess * order * rho,
        -excess * epsilon,
        // ln(1 − 1/α) = −ln(1 + 1/(α − 1)), without losing α − 1 to rounding.
        -order * libm::log1p(1.0 / excess),
        -high,
    ];
    // Each term carries a few roundings of its own size; α − 1 and its logarithm differ by one.
    let size = 1.0 + terms.iter().map(|term| term.abs()).sum::<f64>();
    let slack = 16.0 * ROUNDING * size;
    libm::exp(terms.iter().sum::<f64>() + slack)
        .next_up()
        .min(1.0)
}

/// The smallest known ε with which a ρ-zCDP release is (ε, δ)-private; the inverse of [`delta_of_rho`], rounded up.
///
/// # Errors
/// A ρ that is negative, NaN or infinite; a δ that is not between 0 and 1.
pub fn epsilon_of_rho(rho: f64, delta: f64) -> Result<f64, AccountingError> {
    let rho = not_negative("rho", rho)?;
    let delta = open_probability("delta", delta)?;
    if delta_at(rho, 0.0) <= delta {
        return Ok(0.0);
    }
    // Bun & Steinke 2016, proposition 1.3, is never below the infimum over orders.
    let mut high = (rho + 2.0 * (rho * -libm::log(delta)).sqrt()) * (1.0 + 1e-9);
    while delta_at(rho, high) > delta {
        high *= 1.5;
    }
    let mut low = 0.0;
    while let Some(middle) = between(low, high) {
        if delta_at(rho, middle) <= delta {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high)
}

/// The greatest ρ that a budget of (ε, δ) allows, rounded down: `epsilon_of_rho(rho, delta) <= epsilon` holds for the answer.
///
/// # Errors
/// An ε that is not positive and finite; a δ that is not between 0 and 1.
pub fn rho_within(epsilon: f64, delta: f64) -> Result<f64, AccountingError> {
    let epsilon = positive("epsilon", epsilon)?;
    let delta = open_probability("delta", delta)?;
    let (mut low, mut high) = (0.0, epsilon);
    while delta_at(high, epsilon) <= delta {
        low = high;
        high *= 2.0;
        if high > 1e300 {
            return Ok(low);
        }
    }
    while let Some(middle) = between(low, high) {
        if delta_at(middle, epsilon) <= delta {
            low = middle;
        } else {
            high = middle;
        }
    }
    // ε is at most proportional to ρ and at least to its root: this much less ρ takes the step from which the conversion back looks up.
    Ok(low * (1.0 - 4e-13))
}

/// A number between two that are further apart than one part in 10¹³, or none.
fn between(low: f64, high: f64) -> Option<f64> {
    let middle = f64::midpoint(low, high);
    (high - low > 1e-13 * high && middle > low && middle < high).then_some(middle)
}
