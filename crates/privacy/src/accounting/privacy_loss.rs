//! What a composition of releases costs: its privacy-loss distributions in both directions.

use super::compose::composed;
use super::discretise::Histogram;
use super::error::{AccountingError, number, probability, rate};
use super::event::{Event, log_mixed};
use super::grid::Grid;
use super::pld::Pld;

/// The privacy losses of one release or of many: a pair of distributions, one for a record removed and one for a record added.
///
/// What is released may be chosen in the light of earlier releases, as long as all events' parameters are fixed beforehand
/// (Zhu, Dong & Wang 2022, theorem 10); where parameters follow from earlier releases, costs are added up as (ε, δ) or ρ instead. What an event's neighbours are, the whole composition's are: the ledger says it.
///
/// # Example
/// ```
/// use privacy::accounting::PrivacyLoss;
///
/// let counts = PrivacyLoss::gaussian(1.0, 20.0)?.times(50);
/// let both = counts.compose(&PrivacyLoss::pure(0.1)?);
/// assert!(both.epsilon(1e-6)? < 2.0);
/// # Ok::<(), privacy::accounting::AccountingError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PrivacyLoss {
    removed: Pld,
    /// None where it is the same.
    added: Option<Pld>,
}

impl PrivacyLoss {
    /// Of no release.
    pub fn nothing() -> Self {
        Self {
            removed: Pld::nothing(),
            added: None,
        }
    }

    /// Of one release, on the event's own grid ([`Event::grid`]).
    ///
    /// # Errors
    /// A parameter out of the range that the event's variant states.
    pub fn of(event: &Event) -> Result<Self, AccountingError> {
        Self::on(event, event.grid())
    }

    /// Of one release, on `grid` or on the finest coarser one that holds its losses in [`super::MAX_BINS`] bins.
    ///
    /// # Errors
    /// A parameter out of the range that the event's variant states.
    pub fn on(event: &Event, grid: Grid) -> Result<Self, AccountingError> {
        let (removed, added) = event.losses(grid)?;
        Ok(Self { removed, added })
    }

    /// [`Event::Gaussian`].
    ///
    /// # Errors
    /// A parameter that is not positive and finite.
    pub fn gaussian(sensitivity: f64, sigma: f64) -> Result<Self, AccountingError> {
        Self::of(&Event::Gaussian { sensitivity, sigma })
    }

    /// [`Event::DiscreteGaussian`].
    ///
    /// # Errors
    /// A sensitivity of 0, a noise that is not positive and finite.
    pub fn discrete_gaussian(sensitivity: u64, sigma: f64) -> Result<Self, AccountingError> {
        Self::of(&Event::DiscreteGaussian { sensitivity, sigma })
    }

    /// [`Event::Laplace`].
    ///
    /// # Errors
    /// A parameter that is not positive and finite.
    pub fn laplace(sensitivity: f64, scale: f64) -> Result<Self, AccountingError> {
        Self::of(&Event::Laplace { sensitivity, scale })
    }

    /// [`Event::DiscreteLaplace`].
    ///
    /// # Errors
    /// A sensitivity of 0, a scale that is not positive and finite.
    pub fn discrete_laplace(sensitivity: u64, scale: f64) -> Result<Self, AccountingError> {
        Self::of(&Event::DiscreteLaplace { sensitivity, scale })
    }

    /// [`Event::Pure`]: any ε-private release.
    ///
    /// # Errors
    /// An ε that is negative, NaN or infinite.
    pub fn pure(epsilon: f64) -> Result<Self, AccountingError> {
        Self::of(&Event::Pure { epsilon })
    }

    /// [`Event::BoundedRange`]: any release whose losses lie within a range of length ε, as the exponential mechanism's.
    ///
    /// # Errors
    /// An ε that is not positive and finite.
    pub fn bounded_range(epsilon: f64) -> Result<Self, AccountingError> {
        Self::of(&Event::BoundedRange { epsilon })
    }

    /// [`Event::EpsilonDelta`]: any (ε, δ)-private release.
    ///
    /// # Errors
    /// An ε that is negative, NaN or infinite; a δ that is no probability.
    pub fn event(epsilon: f64, delta: f64) -> Result<Self, AccountingError> {
        Self::of(&Event::EpsilonDelta { epsilon, delta })
    }

    /// [`Event::SubsampledGaussian`]: one step of DP-SGD with Poisson sampling.
    ///
    /// # Errors
    /// A parameter out of its range.
    pub fn subsampled_gaussian(
        sensitivity: f64,
        sigma: f64,
        rate: f64,
    ) -> Result<Self, AccountingError> {
        Self::of(&Event::SubsampledGaussian {
            sensitivity,
            sigma,
            rate,
        })
    }

    /// Of this release and another.
    pub fn compose(&self, other: &Self) -> Self {
        Self::composed(&[(self, 1), (other, 1)])
    }

    /// Of this release `times` times, each with noise of its own.
    pub fn times(&self, times: u32) -> Self {
        Self::composed(&[(self, times)])
    }

    /// Of several releases, each so many times: one transform for all, and so tighter and faster than one after the other.
    /// Equal releases belong into one entry.
    pub fn composed(parts: &[(&Self, u32)]) -> Self {
        let removed: Vec<_> = parts.iter().map(|(part, n)| (&part.removed, *n)).collect();
        let differ = parts.iter().any(|(part, n)| part.added.is_some() && *n > 0);
        Self {
            removed: composed(&removed),
            added: differ.then(|| {
                let added: Vec<_> = parts
                    .iter()
                    .map(|(part, n)| (part.added.as_ref().unwrap_or(&part.removed), *n))
                    .collect();
                composed(&added)
            }),
        }
    }

    /// Of this release made from a Poisson sample of the records, each taken with probability `rate`, for neighbours that differ in the presence
    /// of one record (Zhu, Dong & Wang 2022, theorem 11).
    ///
    /// The discretised losses are transformed, so a mechanism with a constructor of its own ([`Self::subsampled_gaussian`]) gives smaller figures.
    ///
    /// # Errors
    /// A rate that is not larger than 0 and at most 1.
    pub fn subsampled(&self, sampling_rate: f64) -> Result<Self, AccountingError> {
        let q = rate("the sampling rate", sampling_rate)?;
        if q == 1.0 {
            return Ok(self.clone());
        }
        let finest = Grid::at_most(q * self.removed.grid.interval() * 4.0);
        // P becomes the mixture: a loss l becomes ln(1 − q + q e^l), and its probability (1 − q) of that under Q plus q of that under P.
        let removed = |pld: &Pld| {
            let map = |loss: f64| log_mixed(q, loss);
            let ends = (map(pld.loss(0)), map(pld.loss(pld.mass.len() - 1)));
            let mut histogram = Histogram::new(finest, ends.0, ends.1.max(0.0));
            let mut finite = 0.0;
            for (index, &mass) in pld.mass.iter().enumerate() {
                let loss = pld.loss(index);
                let under_q = (mass * libm::exp(-loss)).min(1.0);
                let probability = (1.0 - q) * under_q + q * mass;
                finite += probability;
                histogram.atom(map(loss), probability);
            }
            let infinite = q * pld.infinity;
            histogram.infinite(infinite);
            // What Q has where P has nothing, and what was raised from below: its loss is at most that of the greatest part of it.
            let rest = (1.0 - finite - infinite).max(0.0);
            histogram.atom(libm::log1p(-q), rest);
            histogram.finish()
        };
        // Q becomes the mixture: a loss l becomes −ln(1 − q + q e^−l); where it was infinite, −ln(1 − q).
        let added = |pld: &Pld| {
            let map = |loss: f64| -log_mixed(q, -loss);
            let most = -libm::log1p(-q);
            let mut histogram = Histogram::new(finest, map(pld.loss(0)), most);
            for (index, &mass) in pld.mass.iter().enumerate() {
                histogram.atom(map(pld.loss(index)), mass);
            }
            histogram.atom(most, pld.infinity);
            histogram.finish()
        };
        Ok(Self {
            removed: removed(&self.removed),
            added: Some(added(self.added.as_ref().unwrap_or(&self.removed))),
        })
    }

    /// Both distributions, or the one that stands for both.
    fn directions(&self) -> impl Iterator<Item = &Pld> {
        std::iter::once(&self.removed).chain(self.added.as_ref())
    }

    fn greatest(&self, of: impl Fn(&Pld) -> f64) -> f64 {
        self.directions().map(of).fold(0.0, f64::max)
    }

    /// The interval of the grid, the coarser one of both directions.
    pub fn grid(&self) -> Grid {
        self.directions()
            .map(|pld| pld.grid)
            .max()
            .unwrap_or_default()
    }

    /// The smallest ε ≥ 0, in nats, with which all of it is (ε, `delta`)-private; infinite if no ε does.
    ///
    /// # Errors
    /// A δ that is no probability.
    pub fn epsilon(&self, delta: f64) -> Result<f64, AccountingError> {
        let delta = probability("delta", delta)?;
        Ok(self.greatest(|pld| pld.epsilon(delta)))
    }

    /// The smallest δ with which all of it is (`epsilon`, δ)-private. ε may be negative or infinite.
    ///
    /// # Errors
    /// An ε that is NaN.
    pub fn delta(&self, epsilon: f64) -> Result<f64, AccountingError> {
        let epsilon = number("epsilon", epsilon)?;
        Ok(self.greatest(|pld| pld.delta(epsilon)))
    }

    /// The greatest membership advantage, true-positive minus false-positive rate, of any attack: the total variation, δ at ε = 0.
    pub fn advantage(&self) -> f64 {
        self.greatest(|pld| pld.delta(0.0))
    }

    /// The greatest true-positive rate of any attack with this false-positive rate: the least e^ε · rate + δ(ε) over all ε, negative ones too.
    ///
    /// # Errors
    /// A rate that is no probability.
    pub fn true_positive_rate(&self, false_positive_rate: f64) -> Result<f64, AccountingError> {
        let rate = probability("the false-positive rate", false_positive_rate)?;
        Ok(self.greatest(|pld| pld.true_positive_rate(rate)))
    }
}
