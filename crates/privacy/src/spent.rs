//! What the readings of a ledger cost together: worked out again from mechanisms, sensitivities and noise.

use crate::accounting::{
    Event, PrivacyLoss, Risk, epsilon_of_rho, rho_of_bounded_range, rho_of_gaussian, rho_of_pure,
};
use crate::ledger::{Cost, Entry, Noised, Promise};
use crate::mechanism::Mechanism;
use crate::statement::{RiskInNumbers, Spent, shown};
use crate::unit::Unit;

/// Claims and what is worked out again may differ by so much: rounding, and noise that is scaled up a little.
const SLACK: f64 = 1e-6;

/// So many different readings are composed by their privacy-loss distributions; where there are more, the sum of ρ bounds them nearly as well.
const MOST_PARTS: usize = 12;

/// What readings cost together, and what is known of their losses.
pub(crate) struct Sum {
    pub(crate) spent: Spent,
    loss: Option<PrivacyLoss>,
}

/// What the readings cost together, and why that is not what was promised.
pub(crate) fn sum(entries: &[Entry], promises: &[(&str, Promise)]) -> (Option<Sum>, Vec<String>) {
    let mut broken = Vec::new();
    let (mut rho, mut pure, mut delta_of_discovery) = (Some(0.0), Some(0.0), 0.0);
    for entry in entries {
        let Cost::Noised(noised) = entry.cost else {
            continue;
        };
        let Some((_, promise)) = promises.iter().find(|(what, _)| *what == entry.what) else {
            broken.push(format!(
                "reading {} for {} is covered by no promise",
                entry.what, entry.purpose
            ));
            continue;
        };
        let Some(cost) = cost(&noised, promise).filter(|cost| claims(&noised, cost)) else {
            broken.push(format!(
                "reading {} for {} cost more than the ledger says",
                entry.what, entry.purpose
            ));
            continue;
        };
        let times = entry.times as f64;
        rho = rho.zip(cost.rho).map(|(sum, rho)| sum + times * rho);
        pure = pure
            .zip(cost.epsilon)
            .map(|(sum, epsilon)| sum + times * epsilon);
        delta_of_discovery += times * noised.delta;
    }
    // A promise that was made several times, for models of the same data, is entered once with its number.
    let (mut epsilon, mut delta) = (0.0, 0.0);
    for entry in entries {
        if let Cost::Promised(promise) = entry.cost {
            epsilon += promise.epsilon * entry.times as f64;
            delta += promise.delta * entry.times as f64;
        }
    }
    let loss = if broken.is_empty() {
        loss(entries, promises, MOST_PARTS)
    } else {
        None
    };
    // Releases about different sources are summed up too: who is in one of them may be in all.
    let left = (delta > delta_of_discovery).then_some(delta - delta_of_discovery);
    let by_rho = left
        .zip(rho)
        .and_then(|(delta, rho)| epsilon_of_rho(rho, delta).ok());
    let by_loss = left
        .zip(loss.as_ref())
        .and_then(|(delta, loss)| loss.epsilon(delta).ok())
        .filter(|epsilon| epsilon.is_finite());
    let by_sum = pure.filter(|_| delta_of_discovery <= delta);
    let total = [by_rho, by_loss, by_sum]
        .into_iter()
        .flatten()
        .reduce(f64::min);
    let Some(total) = total else {
        if !promises.is_empty() && broken.is_empty() {
            broken.push("the readings cost more δ than was promised".to_owned());
        }
        return (None, broken);
    };
    if total > epsilon * (1.0 + SLACK) {
        broken.push(format!(
            "the readings cost ε = {} together, and {} was promised",
            shown(total),
            shown(epsilon)
        ));
    }
    let spent = Spent {
        epsilon: total,
        delta,
        rho,
        delta_of_discovery,
    };
    (Some(Sum { spent, loss }), broken)
}

/// The distribution of the loss of all noised readings, where each is one that the accountant knows exactly and there are at most so many different ones.
///
/// Only where a unit is one row: then it changes one count by one, so the noise that matters is that of one number.
pub(crate) fn loss(
    entries: &[Entry],
    promises: &[(&str, Promise)],
    most: usize,
) -> Option<PrivacyLoss> {
    if promises
        .iter()
        .any(|(_, promise)| promise.unit != Unit::Row)
    {
        return None;
    }
    let mut events: Vec<(Event, u32)> = Vec::new();
    for entry in entries {
        let Cost::Noised(noised) = entry.cost else {
            continue;
        };
        let (event, times) = (event(&noised)?, u32::try_from(entry.times).ok()?);
        match events.iter_mut().find(|(known, _)| *known == event) {
            Some((_, sum)) => *sum = sum.checked_add(times)?,
            None => events.push((event, times)),
        }
    }
    let descends = |event: &Event| matches!(event, Event::SubsampledGaussian { .. });
    if events.len() > most && !events.iter().any(|(event, _)| descends(event)) {
        return None;
    }
    let parts: Vec<(PrivacyLoss, u32)> = events
        .iter()
        .map(|(event, times)| Some((PrivacyLoss::of(event).ok()?, *times)))
        .collect::<Option<_>>()?;
    let parts: Vec<(&PrivacyLoss, u32)> = parts.iter().map(|(loss, n)| (loss, *n)).collect();
    Some(PrivacyLoss::composed(&parts))
}

/// A reading as the accountant knows it, for neighbours that differ in one row.
fn event(noised: &Noised) -> Option<Event> {
    let ratio = noised.sensitivity / noised.scale;
    Some(match noised.mechanism {
        Mechanism::DiscreteGaussian if noised.sensitivity == 1.0 => Event::DiscreteGaussian {
            sensitivity: 1,
            sigma: noised.scale,
        },
        Mechanism::DiscreteGaussian => return None,
        Mechanism::DiscreteLaplace => Event::Pure { epsilon: ratio },
        Mechanism::Exponential => Event::BoundedRange {
            epsilon: 2.0 * ratio,
        },
        Mechanism::PermuteAndFlip => Event::Pure {
            epsilon: 2.0 * ratio,
        },
        Mechanism::SampledGaussian { rate } => Event::SubsampledGaussian {
            sensitivity: noised.sensitivity,
            sigma: noised.scale,
            rate,
        },
    })
}

/// What a reading costs by its mechanism.
struct Worked {
    /// Where ρ says it.
    rho: Option<f64>,
    /// Where the mechanism is pure.
    epsilon: Option<f64>,
}

/// The cost of a reading by its mechanism, sensitivity and noise; none where they make no sense.
fn cost(noised: &Noised, promise: &Promise) -> Option<Worked> {
    let sane = noised.sensitivity > 0.0 && noised.scale > 0.0 && noised.delta >= 0.0;
    if !sane || !noised.scale.is_finite() {
        return None;
    }
    if let Mechanism::SampledGaussian { rate } = noised.mechanism {
        // A vector is clipped, so its length may be anything; each row is sampled alone, so a unit must be one.
        let known = promise.unit == Unit::Row && rate > 0.0 && rate <= 1.0;
        return known.then_some(Worked {
            rho: None,
            epsilon: None,
        });
    }
    if noised.sensitivity < f64::from(promise.unit.most_rows()) {
        return None;
    }
    let ratio = noised.sensitivity / noised.scale;
    let (rho, epsilon) = match noised.mechanism {
        Mechanism::DiscreteGaussian | Mechanism::SampledGaussian { .. } => (
            rho_of_gaussian(noised.sensitivity, noised.scale).ok()?,
            None,
        ),
        Mechanism::DiscreteLaplace => (rho_of_pure(ratio).ok()?, Some(ratio)),
        Mechanism::Exponential => (rho_of_bounded_range(2.0 * ratio).ok()?, Some(2.0 * ratio)),
        Mechanism::PermuteAndFlip => (rho_of_pure(2.0 * ratio).ok()?, Some(2.0 * ratio)),
    };
    Some(Worked {
        rho: Some(rho),
        epsilon,
    })
}

/// Whether what the ledger says a reading cost is not less than what it did.
fn claims(noised: &Noised, cost: &Worked) -> bool {
    match (noised.rho, noised.epsilon) {
        (Some(claimed), _) => cost.rho.is_some_and(|rho| rho <= claimed * (1.0 + SLACK)),
        (None, Some(claimed)) => cost
            .epsilon
            .is_some_and(|epsilon| epsilon <= claimed * (1.0 + SLACK)),
        // What sampled steps cost is known of all together only.
        (None, None) => matches!(noised.mechanism, Mechanism::SampledGaussian { .. }),
    }
}

/// What the sum means for one unit.
pub(crate) fn risk(sum: &Sum) -> RiskInNumbers {
    let spent = &sum.spent;
    let one = Risk {
        advantage: 1.0,
        true_positive_rate_at_1_percent: 1.0,
        true_positive_rate_at_10_percent: 1.0,
    };
    let by_pair = Risk::of_epsilon_delta(spent.epsilon, spent.delta).unwrap_or(one);
    // What ρ-zCDP and distributions of losses bound holds but with the probability that discovery told too much, which is added.
    let by_rho = spent
        .rho
        .and_then(|rho| Risk::of_rho(rho).ok())
        .unwrap_or(one);
    let by_loss = sum.loss.as_ref().map_or(one, Risk::of_loss);
    let least = |of: fn(&Risk) -> f64| {
        let noise = of(&by_rho).min(of(&by_loss)) + spent.delta_of_discovery;
        of(&by_pair).min(noise.min(1.0))
    };
    RiskInNumbers {
        membership_advantage: least(|risk| risk.advantage),
        true_positive_rate_at_1_percent: least(|risk| risk.true_positive_rate_at_1_percent),
        true_positive_rate_at_10_percent: least(|risk| risk.true_positive_rate_at_10_percent),
    }
}
