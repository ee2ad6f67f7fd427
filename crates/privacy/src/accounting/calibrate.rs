//! How much noise a budget needs.

use super::error::{AccountingError, open_probability, positive, rate};
use super::normal::delta_of_mu;
use super::privacy_loss::PrivacyLoss;

/// The smallest noise multiplier σ / sensitivity with which one Gaussian release is (ε, δ)-private; never below it, above by less than 10⁻⁹ of it.
///
/// Releases of several values with multipliers mᵢ are together as private as one with 1 / √(Σ 1/mᵢ²) (Dong, Roth & Su 2022, corollary 3.3), so
/// n releases under one budget need √n times the answer each. By the exact curve of Balle & Wang 2018.
///
/// # Errors
/// An ε that is not positive and finite; a δ that is not between 0 and 1.
pub fn gaussian_noise_multiplier(epsilon: f64, delta: f64) -> Result<f64, AccountingError> {
    let epsilon = positive("epsilon", epsilon)?;
    let delta = open_probability("delta", delta)?;
    // μ = 1 / multiplier: δ rises with it.
    let holds = |multiplier: f64| delta_of_mu((1.0 / multiplier).next_up(), epsilon) <= delta;
    Ok(least(1e-10, holds))
}

/// The smallest noise multiplier σ / clipping norm with which `steps` steps of DP-SGD, each on a Poisson sample with `sampling_rate`, are together
/// (ε, δ)-private for neighbours that differ in the presence of one record; never below it, above by less than one part in 10³.
///
/// By [`PrivacyLoss::subsampled_gaussian`]; some fifteen compositions.
///
/// # Errors
/// An ε that is not positive and finite, a δ that is not between 0 and 1, a rate that is not larger than 0 and at most 1, or no step.
pub fn subsampled_gaussian_noise_multiplier(
    epsilon: f64,
    delta: f64,
    sampling_rate: f64,
    steps: u32,
) -> Result<f64, AccountingError> {
    let epsilon = positive("epsilon", epsilon)?;
    let delta = open_probability("delta", delta)?;
    let sampling_rate = rate("the sampling rate", sampling_rate)?;
    positive("the number of steps", f64::from(steps))?;
    if sampling_rate == 1.0 {
        // Without sampling the composition is one release with √steps times the sensitivity.
        let one = gaussian_noise_multiplier(epsilon, delta)?;
        return Ok((one * f64::from(steps).sqrt()).next_up().next_up());
    }
    let holds = |multiplier: f64| {
        PrivacyLoss::subsampled_gaussian(1.0, multiplier, sampling_rate)
            .map(|step| step.times(steps))
            .and_then(|all| all.delta(epsilon))
            .is_ok_and(|found| found <= delta)
    };
    Ok(least(2e-4, holds))
}

/// The least positive number for which `holds`, to a relative `tolerance` and from above; `holds` must stay true once it is.
fn least(tolerance: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (1.0, 1.0);
    if holds(1.0) {
        while low > 1e-300 && holds(low / 2.0) {
            low /= 2.0;
        }
        (low, high) = (low / 2.0, low);
    } else {
        while high < 1e300 && !holds(high * 2.0) {
            high *= 2.0;
        }
        (low, high) = (high, high * 2.0);
    }
    while high - low > tolerance * low {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
