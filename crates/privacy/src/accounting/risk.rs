//! What a guarantee means for one person: how well anybody could tell that their record was there.

use super::error::{AccountingError, not_negative, probability};
use super::privacy_loss::PrivacyLoss;
use super::zcdp::delta_at;

/// Bounds on every attack that tells whether a record was in the data, by someone who knows all other records and sees all that was released.
///
/// Probabilities, from 0 (nothing can be found out: rates equal their false-positive rates) to 1. An upper bound each, at the stated
/// false-positive rate; attacks that are known reach less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Risk {
    /// The greatest difference of true- and false-positive rate.
    pub advantage: f64,
    /// The greatest true-positive rate at a false-positive rate of 1 %.
    pub true_positive_rate_at_1_percent: f64,
    /// The greatest true-positive rate at a false-positive rate of 10 %.
    pub true_positive_rate_at_10_percent: f64,
}

impl Risk {
    /// Of what was released.
    pub fn of_loss(loss: &PrivacyLoss) -> Self {
        // The rates are probabilities, so the bound exists.
        let rate = |at: f64| loss.true_positive_rate(at).unwrap_or(1.0);
        Self {
            advantage: loss.advantage(),
            true_positive_rate_at_1_percent: rate(0.01),
            true_positive_rate_at_10_percent: rate(0.1),
        }
    }

    /// Of anything (ε, δ)-private, for neighbours of both directions: TPR ≤ min(e^ε FPR + δ, 1 − e^−ε (1 − δ − FPR)) (Kairouz, Oh & Viswanath
    /// 2015, theorem 2.1) and advantage ≤ (e^ε − 1 + 2δ) / (e^ε + 1).
    ///
    /// # Errors
    /// An ε that is negative, NaN or infinite; a δ that is no probability.
    pub fn of_epsilon_delta(epsilon: f64, delta: f64) -> Result<Self, AccountingError> {
        let epsilon = not_negative("epsilon", epsilon)?;
        let delta = probability("delta", delta)?;
        Ok(Self {
            advantage: advantage(epsilon, delta),
            true_positive_rate_at_1_percent: greatest_rate(epsilon, delta, 0.01),
            true_positive_rate_at_10_percent: greatest_rate(epsilon, delta, 0.1),
        })
    }

    /// Of anything ρ-zCDP, for neighbours of both directions: the least of the bounds for (ε, δ(ε)) over ε, and of √(1 − e^−ρ) for the advantage
    /// (Bretagnolle & Huber 1979; ρ bounds the Kullback-Leibler divergence).
    ///
    /// # Errors
    /// A ρ that is negative, NaN or infinite.
    pub fn of_rho(rho: f64) -> Result<Self, AccountingError> {
        let rho = not_negative("rho", rho)?;
        let by_divergence = ((-libm::expm1(-rho)).sqrt() * (1.0 + 1e-12))
            .min((0.5 * rho).sqrt() * (1.0 + 1e-12))
            .min(1.0);
        let mut risk = Self {
            advantage: by_divergence,
            true_positive_rate_at_1_percent: by_divergence + 0.01,
            true_positive_rate_at_10_percent: by_divergence + 0.1,
        };
        // Any ε gives a bound; beyond this one δ(ε) is below 10⁻⁹.
        let most = rho + 10.0 * rho.sqrt();
        for step in 0..=2000 {
            let epsilon = most * f64::from(step) / 2000.0;
            let delta = delta_at(rho, epsilon);
            let at = |rate: f64| greatest_rate(epsilon, delta, rate);
            risk = Self {
                advantage: risk.advantage.min(advantage(epsilon, delta)),
                true_positive_rate_at_1_percent: risk.true_positive_rate_at_1_percent.min(at(0.01)),
                true_positive_rate_at_10_percent: risk
                    .true_positive_rate_at_10_percent
                    .min(at(0.1)),
            };
        }
        Ok(risk)
    }
}

/// (e^ε − 1 + 2δ) / (e^ε + 1), rounded up.
fn advantage(epsilon: f64, delta: f64) -> f64 {
    let decay = libm::exp(-epsilon);
    let advantage = (-libm::expm1(-epsilon) + 2.0 * delta * decay) / (1.0 + decay);
    (advantage * (1.0 + 1e-14)).min(1.0)
}

/// The upper line and the left line of the region of (ε, δ), rounded up.
fn greatest_rate(epsilon: f64, delta: f64, false_positive_rate: f64) -> f64 {
    let by_excess = libm::exp(epsilon) * false_positive_rate + delta;
    let by_misses = 1.0 - libm::exp(-epsilon) * (1.0 - delta - false_positive_rate).max(0.0);
    (by_excess.min(by_misses) * (1.0 + 1e-14)).min(1.0)
}
