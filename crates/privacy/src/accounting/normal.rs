//! The standard normal distribution, and the exact (ε, δ) of Gaussian noise.

use super::error::{AccountingError, not_negative, positive};

/// Half the machine epsilon: the relative error of one rounding.
pub(super) const ROUNDING: f64 = f64::EPSILON / 2.0;

const SQRT_HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// The density at `z`.
pub(super) fn density(z: f64) -> f64 {
    const ONE_OVER_SQRT_TWO_PI: f64 = 0.398_942_280_401_432_7;
    ONE_OVER_SQRT_TWO_PI * libm::exp(-0.5 * z * z)
}

/// The probability of a value above `z`.
pub(super) fn upper_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z * SQRT_HALF)
}

/// The smallest δ with which one release of a value plus Gaussian noise is (ε, δ)-private.
///
/// `sensitivity` is the ℓ₂-norm of the value's change between neighbours and `sigma` the noise's standard deviation, both in the value's unit;
/// `epsilon` is at least 0. Balle & Wang 2018, theorem 8:
/// δ = Φ(μ/2 − ε/μ) − e^ε Φ(−μ/2 − ε/μ) with μ = `sensitivity / sigma`. An upper bound of the rounding is added.
///
/// # Errors
/// A parameter that is NaN, infinite, negative, or 0 where it must not be.
pub fn delta_of_gaussian(
    sensitivity: f64,
    sigma: f64,
    epsilon: f64,
) -> Result<f64, AccountingError> {
    let mu = positive("the sensitivity", sensitivity)? / positive("the noise", sigma)?;
    Ok(delta_of_mu(mu, not_negative("epsilon", epsilon)?))
}

/// [`delta_of_gaussian`] by `mu = sensitivity / sigma`.
pub(super) fn delta_of_mu(mu: f64, epsilon: f64) -> f64 {
    if mu == 0.0 {
        return 0.0;
    }
    let near = epsilon / mu - mu / 2.0;
    let far = epsilon / mu + mu / 2.0;
    let first = upper_tail(near);
    // e^ε and the tail apart would leave the range of f64: e^ε Φ(−far) = e^(ε − far²/2) · (Φ(−far) / e^(−far²/2)).
    let second = if far < 25.0 {
        libm::exp(epsilon) * upper_tail(far)
    } else {
        // Lower bound of Mills' ratio (Gordon 1941): x / (x² + 1).
        density(near) * far / (far * far + 1.0)
    };
    // The tail's argument carries a few roundings, and its relative error is about the argument's square times theirs.
    let slack =
        16.0 * ROUNDING * (1.0 + near * near + far.min(25.0) * far.min(25.0) + epsilon) * first;
    (first - second + slack).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures by mpmath with 60 digits: `ncdf(mu/2 - eps/mu) - exp(eps)*ncdf(-mu/2 - eps/mu)`.
    #[test]
    fn the_gaussians_delta_is_that_of_sixty_digits_and_never_below() {
        for (mu, epsilon, exact) in GAUSSIAN {
            let found = delta_of_mu(mu, epsilon);
            assert!(
                found >= exact,
                "mu {mu}, epsilon {epsilon}: {found} < {exact}"
            );
            assert!(
                found <= exact * (1.0 + 1e-6) + 1e-300,
                "mu {mu}, epsilon {epsilon}: {found} > {exact}"
            );
        }
    }

    const GAUSSIAN: [(f64, f64, f64); 12] = [
        (1.0, 0.0, 0.3829249225480262),
        (1.0, 1.0, 0.12693673750664394),
        (1.0, 5.0, 5.793721691919494e-07),
        (0.1, 0.5, 6.856582455838737e-09),
        (0.01, 0.05, 5.481440200746872e-10),
        (0.001, 0.005, 5.359547041057213e-11),
        (0.5, 3.0, 3.400911735673529e-10),
        (2.0, 10.0, 9.940202816118153e-06),
        (5.0, 40.0, 8.823257920004711e-09),
        (10.0, 100.0, 1.8797170020519157e-07),
        (0.2, 0.1, 0.04148168846071833),
        (0.0001, 0.0001, 8.33196363992521e-06),
    ];
}
