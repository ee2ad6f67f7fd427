//! Lower bounds against Gaussian trade-off curves (Mahloujifar, Melis & Chaudhuri 2024, "Auditing f-differential privacy in one run").

use super::error::{AuditError, beta, delta};
use super::guesses::Guesses;
use crate::accounting::delta_of_gaussian;

/// By how much each bound of the recursion is reduced for rounding.
const MARGIN: f64 = 1.0 - 1e-9;

/// The greatest μ that the guesses refute: with probability at least 1 − `error_probability` over coins and mechanism, a mechanism whose trade-off curve is
/// nowhere below the Gaussian's, Φ(Φ⁻¹(1 − FPR) − μ) misses at a false-positive rate, has a μ above the answer. 0 where nothing is refuted.
///
/// For mechanisms that are Gaussian, or many releases that come near it, this is closer to the truth than [`super::epsilon_at_least`], which assumes
/// only (ε, δ). The number of guesses must have been fixed before the coins fell.
///
/// # Errors
/// A probability of error that is not between 0 and 1.
pub fn gaussian_at_least(guesses: Guesses, error_probability: f64) -> Result<f64, AuditError> {
    let beta = beta(error_probability)?;
    if !refutes(guesses, 0.0, beta) {
        return Ok(0.0);
    }
    let (mut low, mut high) = (0.0, 1.0);
    while high < 64.0 && refutes(guesses, high, beta) {
        (low, high) = (high, 2.0 * high);
    }
    while high - low > 1e-7 {
        let middle = f64::midpoint(low, high);
        if refutes(guesses, middle, beta) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// [`gaussian_at_least`] as ε at a δ: what the refuted Gaussian curve has there, rounded down (Balle & Wang 2018).
///
/// # Errors
/// A δ that is not larger than 0 and below 1; a probability of error that is not between 0 and 1.
pub fn gaussian_epsilon_at_least(
    guesses: Guesses,
    delta_claimed: f64,
    error_probability: f64,
) -> Result<f64, AuditError> {
    let delta = delta(delta_claimed)?;
    if delta == 0.0 {
        return Err(AuditError::Parameter {
            what: "delta",
            found: delta,
            allowed: "larger than 0, since Gaussian noise has no ε without",
        });
    }
    let mu = gaussian_at_least(guesses, error_probability)?;
    // A δ reduced by more than the rounding that the exact curve adds; its error would otherwise raise ε.
    let exceeds = |epsilon: f64| {
        delta_of_gaussian(mu, 1.0, epsilon).is_ok_and(|found| found * (1.0 - 1e-6) > delta)
    };
    if mu == 0.0 || !exceeds(0.0) {
        return Ok(0.0);
    }
    let (mut low, mut high) = (0.0, 1.0);
    while exceeds(high) {
        (low, high) = (high, 2.0 * high);
    }
    while high - low > 1e-9 * high {
        let middle = f64::midpoint(low, high);
        if exceeds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Whether as many right guesses have a probability below `beta` under the Gaussian curve of `mu`.
///
/// Mahloujifar et al. 2024, theorem 8 and algorithm 3, for two choices a canary. With pᵢ the probability of exactly i right ones of c guesses about m canaries,
/// rᵢ = Σ_{j≥i} j pⱼ / m and hᵢ = Σ_{j≥i} (c − j) pⱼ / m, the curve demands hᵢ ≥ Φ(Φ⁻¹(rᵢ₊₁) − μ) for every i, and r₀ + h₀ = c/m. The least r₀ + h₀ with probability
/// `beta` for at least `correct` right ones is followed down from there; above c/m it cannot be.
fn refutes(guesses: Guesses, mu: f64, beta: f64) -> bool {
    let canaries = f64::from(guesses.canaries());
    let count = f64::from(guesses.guesses());
    let correct = f64::from(guesses.correct());
    let mut right = beta * correct / canaries;
    let mut wrong = beta * (count - correct) / canaries;
    let most = count / canaries;
    let mut i = correct - 1.0;
    while i >= 0.0 {
        let least = shifted(right, mu) * MARGIN;
        // Once nothing more is demanded, nothing is ever again.
        if least <= wrong {
            break;
        }
        right += i / (count - i) * (least - wrong) * MARGIN;
        wrong = least;
        if right + wrong > most * (1.0 + 1e-9) {
            return true;
        }
        i -= 1.0;
    }
    false
}

/// Φ(Φ⁻¹(x) − μ).
fn shifted(x: f64, mu: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    cumulative(quantile(x) - mu)
}

/// Φ, the normal distribution function.
fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Φ⁻¹ for x strictly between 0 and 1, to about 10⁻¹³ relative to the probability.
fn quantile(x: f64) -> f64 {
    if x > 0.5 {
        // 1 − x is exact here.
        return -quantile(1.0 - x);
    }
    // Abramowitz & Stegun 26.2.22, an error below 0.003, then Halley's rule on ln Φ, whose curvature is mild over all of the tail.
    let t = (-2.0 * libm::log(x)).sqrt();
    let mut z = (2.30753 + 0.27061 * t) / (1.0 + t * (0.99229 + 0.04481 * t)) - t;
    for _ in 0..4 {
        let probability = cumulative(z);
        let density = 0.398_942_280_401_432_7 * libm::exp(-0.5 * z * z);
        let step = (probability - x) / density;
        z -= step / (1.0 + 0.5 * z * step);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::{cumulative, quantile};

    #[test]
    fn the_quantile_is_the_inverse_over_the_whole_range() {
        for x in [1e-300, 1e-30, 1e-12, 1e-3, 0.2, 0.499, 0.5, 0.7, 0.999_999] {
            let back: f64 = cumulative(quantile(x));
            assert!((back / x - 1.0).abs() < 1e-10, "{x}: {back}");
        }
    }
}
