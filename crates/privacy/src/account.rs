//! A budget and the ledger that it is spent in.

use crate::accounting::{epsilon_of_rho, rho_within, subsampled_gaussian_noise_multiplier};
use crate::descent::Plan;
use crate::error::PrivacyError;
use crate::ledger::{Cost, Ledger, Noised, Promise};
use crate::mechanism::{Mechanism, chosen};
use crate::private::Tally;
use crate::spent::BEFORE;
use crate::unit::Unit;

/// Share of δ that is set aside for finding values that nobody declared.
const DISCOVERY: f64 = 0.1;
/// Shares add up to 1 but for rounding; so much too much is none.
const SLACK: f64 = 1e-9;

/// A privacy budget, spent in shares, and the ledger that remembers what for.
///
/// With δ above 0 the budget is kept as ρ of zero-concentrated differential privacy (Bun & Steinke 2016), in which costs add up: the greatest ρ whose (ε, δ) is
/// within the promise. With δ = 0 it is kept as ε. A reading that would go beyond is refused before it sees the data.
#[derive(Debug)]
pub struct Account {
    ledger: Ledger,
    promise: Promise,
    /// ρ with δ above 0, else ε.
    whole: f64,
    spent: f64,
    discovery: f64,
}

/// A candidate of [`Account::select`].
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// What is really there, behind the door.
    pub tally: &'a Tally,
    /// What is believed of each of its cells.
    pub believed: &'a [f64],
    /// How much an error matters, at least 1; the greatest of all candidates is the sensitivity.
    pub weight: u32,
    /// What is taken off the error, in people.
    pub penalty: i64,
}

impl Account {
    /// Opens an account over the data that `about` names, and enters the promise.
    ///
    /// # Errors
    ///
    /// ε that is no number above 0, δ outside [0, 1).
    pub fn open(about: &str, unit: Unit, epsilon: f64, delta: f64) -> Result<Self, PrivacyError> {
        if !epsilon.is_finite() || epsilon <= 0.0 {
            return Err(PrivacyError::Epsilon(epsilon));
        }
        if !(0.0..1.0).contains(&delta) {
            return Err(PrivacyError::Delta(delta));
        }
        let promise = Promise {
            unit,
            epsilon,
            delta,
        };
        // Shares may sum up to a little more than 1 by rounding; the promise is kept all the same.
        let whole = if delta > 0.0 {
            rho_within(epsilon, delta * (1.0 - DISCOVERY))
                .map_err(|_| PrivacyError::Delta(delta))?
        } else {
            epsilon
        };
        let whole = whole * (1.0 - 2.0 * SLACK);
        let mut ledger = Ledger::new();
        ledger.enter(about, "the promise", Cost::Promised(promise));
        Ok(Self {
            ledger,
            promise,
            whole,
            spent: 0.0,
            discovery: delta * DISCOVERY,
        })
    }

    /// What was promised.
    pub fn promise(&self) -> Promise {
        self.promise
    }

    /// The share of the budget that is left, from 1 down to 0.
    pub fn left(&self) -> f64 {
        (1.0 - self.spent).max(0.0)
    }

    /// Whether δ is 0.
    pub fn is_pure(&self) -> bool {
        self.promise.delta == 0.0
    }

    /// What was read so far.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The ledger, once nothing more is to be read.
    pub fn into_ledger(self) -> Ledger {
        self.ledger
    }

    /// Enters something that is taken as known to everybody: column names, declared ranges.
    pub fn take_as_public(&mut self, what: &str, why: &str) {
        self.ledger.enter(what, why, Cost::Public);
    }

    /// Enters that rows of this refer to the persons of the promise, who are protected with them; see [`Unit::Owner`].
    pub fn cover(&mut self, what: &str) {
        self.ledger
            .enter(what, "rows that persons own", Cost::Covered);
    }

    /// Enters a reading that told nothing: what came of it is behind the door.
    pub(crate) fn keep(&mut self, what: &str, purpose: &str) {
        self.ledger.enter(what, purpose, Cost::Kept);
    }

    /// The mechanism that noises counts under this budget.
    pub(crate) fn counting(&self) -> Mechanism {
        if self.is_pure() {
            Mechanism::DiscreteLaplace
        } else {
            Mechanism::DiscreteGaussian
        }
    }

    /// The scale of the noise on counts of which a unit changes at most `most` in sum: σ with δ above 0, else b.
    ///
    /// A share ρ of zCDP takes σ = most ∕ √(2ρ), one of ε takes b = most ∕ ε. Rounded up by 2⁻⁴⁰, far above the rounding of the formula itself.
    pub fn scale(&self, share: f64, most: u32) -> f64 {
        let cost = share * self.whole;
        let scale = if self.is_pure() {
            f64::from(most) / cost
        } else {
            f64::from(most) / (2.0 * cost).sqrt()
        };
        scale * (1.0 + 9.1e-13)
    }

    /// The standard deviation of the noise on a count.
    pub fn sd(&self, share: f64, most: u32) -> f64 {
        let scale = self.scale(share, most);
        if self.is_pure() {
            // Var = 2 e^(−1/b) ∕ (1 − e^(−1/b))², for whole numbers.
            let kept = (-1.0 / scale).exp();
            (2.0 * kept).sqrt() / (1.0 - kept)
        } else {
            scale
        }
    }

    /// Takes a share off the budget and enters what it is for, before anything is read.
    pub(crate) fn spend(
        &mut self,
        what: &str,
        purpose: &str,
        share: f64,
        reading: Reading,
    ) -> Result<(), PrivacyError> {
        if !share.is_finite() || share <= 0.0 {
            return Err(PrivacyError::Share(share));
        }
        if self.spent + share > 1.0 + SLACK {
            return Err(PrivacyError::OverBudget {
                purpose: purpose.to_owned(),
                share,
                left: self.left(),
            });
        }
        if reading.delta > self.discovery {
            return Err(PrivacyError::NeedsDelta);
        }
        self.spent += share;
        self.discovery -= reading.delta;
        let cost = share * self.whole;
        let noised = Noised {
            mechanism: reading.mechanism,
            sensitivity: reading.sensitivity,
            scale: reading.scale,
            rho: (!self.is_pure()).then_some(cost),
            epsilon: self.is_pure().then_some(cost),
            delta: reading.delta,
        };
        self.ledger.enter(what, purpose, Cost::Noised(noised));
        Ok(())
    }

    /// Spends all that is left on steps that each read a Poisson sample of the records: finds the least noise multiplier σ ∕ clip with which they are
    /// private by ε and δ of their own, by privacy-loss distributions, and enters them.
    ///
    /// Their ε is what the whole has beyond [`Plan::before`], a part that is fixed beforehand, so that it depends on nothing that was read; their δ is 0.8 of the whole, less `delta` for each step.
    pub(crate) fn spend_rest(
        &mut self,
        what: &str,
        purpose: &str,
        plan: &Plan,
        delta: f64,
    ) -> Result<f64, PrivacyError> {
        if self.is_pure() {
            return Err(PrivacyError::StepsNeedDelta);
        }
        if self.spent > plan.before + SLACK {
            return Err(PrivacyError::OverBudget {
                purpose: purpose.to_owned(),
                share: 1.0 - plan.before,
                left: self.left(),
            });
        }
        let too_much = |_| {
            PrivacyError::Plan(
                "so many steps cost more δ than there is, or what goes before them all of ε",
            )
        };
        let before = (plan.before + SLACK) * self.whole;
        let before = epsilon_of_rho(before, BEFORE * self.promise.delta).map_err(too_much)?;
        let epsilon = (self.promise.epsilon - before) * (1.0 - SLACK);
        let left = self.promise.delta * (1.0 - BEFORE - DISCOVERY) - f64::from(plan.steps) * delta;
        let multiplier = subsampled_gaussian_noise_multiplier(epsilon, left, plan.rate, plan.steps)
            .map_err(too_much)?;
        self.spent = 1.0 + SLACK;
        self.discovery = 0.0;
        let noised = Noised {
            mechanism: Mechanism::SampledGaussian { rate: plan.rate },
            sensitivity: plan.clip,
            scale: plan.clip * multiplier,
            rho: None,
            epsilon: None,
            delta,
        };
        for _ in 0..plan.steps {
            self.ledger.enter(what, purpose, Cost::Noised(noised));
        }
        Ok(multiplier)
    }

    /// δ that is left for finding values that nobody declared.
    pub fn discovery_left(&self) -> f64 {
        self.discovery
    }

    /// Chooses the candidate whose belief is most wrong: by `weight × (Σ |count − believed| − penalty)`, in whole numbers.
    ///
    /// One unit changes Σ |count − believed| by at most the rows that it owns, so the score's sensitivity is that times the greatest weight. A share ρ of zCDP
    /// buys an exponential mechanism of ε = √(8ρ) (Cesar & Rogers 2021), one of ε a permute-and-flip of that ε.
    ///
    /// # Errors
    ///
    /// No candidates; a budget that does not suffice.
    pub fn select(
        &mut self,
        purpose: &str,
        share: f64,
        candidates: &[Candidate<'_>],
    ) -> Result<usize, PrivacyError> {
        let Some(first) = candidates.first() else {
            return Err(PrivacyError::NoCandidates);
        };
        let rows = candidates.iter().map(|c| c.tally.most()).max().unwrap_or(1);
        let weight = candidates
            .iter()
            .map(|c| c.weight)
            .max()
            .unwrap_or(1)
            .max(1);
        let sensitivity = rows.saturating_mul(weight);
        let cost = share * self.whole;
        let epsilon = if self.is_pure() {
            cost
        } else {
            (8.0 * cost).sqrt()
        };
        // Scores may move in both directions, so the range of their differences is twice the sensitivity.
        let scale = 2.0 * f64::from(sensitivity) / epsilon * (1.0 + 9.1e-13);
        let mechanism = if self.is_pure() {
            Mechanism::PermuteAndFlip
        } else {
            Mechanism::Exponential
        };
        let reading = Reading {
            mechanism,
            sensitivity: f64::from(sensitivity),
            scale,
            delta: 0.0,
        };
        self.spend(first.tally.what(), purpose, share, reading)?;
        let scores: Vec<i64> = candidates.iter().map(Candidate::score).collect();
        chosen(&scores, mechanism, scale)
    }
}

impl Candidate<'_> {
    fn score(&self) -> i64 {
        let error: i64 = self
            .tally
            .counts()
            .iter()
            .zip(self.believed)
            .map(|(&count, &believed)| (count as i64 - believed.round() as i64).abs())
            .sum();
        i64::from(self.weight).saturating_mul(error.saturating_sub(self.penalty))
    }
}

/// How something is about to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) mechanism: Mechanism,
    pub(crate) sensitivity: f64,
    pub(crate) scale: f64,
    pub(crate) delta: f64,
}
