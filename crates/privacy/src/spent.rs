//! What the readings of a ledger cost together: worked out again from mechanisms, sensitivities and noise.

use crate::accounting::{
    PrivacyLoss, Risk, epsilon_of_rho, rho_of_bounded_range, rho_of_gaussian, rho_of_pure,
};
use crate::ledger::{Cost, Entry, Noised, Promise};
use crate::mechanism::Mechanism;
use crate::statement::{RiskInNumbers, Spent, shown};
use crate::unit::Unit;

/// Claims and what is worked out again may differ by so much: rounding, and noise that is scaled up a little.
const SLACK: f64 = 1e-6;

/// Share of δ that what was read before sampled steps is told with; the steps have the rest.
pub(crate) const BEFORE: f64 = 0.1;

/// More different kinds of sampled steps than any run takes are not worked out.
const MOST_KINDS: usize = 16;

/// What the readings cost together, and why that is not what was promised.
pub(crate) fn sum(entries: &[Entry], promises: &[(&str, Promise)]) -> (Option<Spent>, Vec<String>) {
    let mut broken = Vec::new();
    let (mut rho, mut pure, mut delta_of_discovery) = (0.0, Some(0.0), 0.0);
    for entry in entries {
        let Cost::Noised(noised) = entry.cost else {
            continue;
        };
        let Some((unit, rows)) = covering(entries, promises, &entry.what) else {
            broken.push(format!(
                "reading {} for {} is covered by no promise",
                entry.what, entry.purpose
            ));
            continue;
        };
        let Some(cost) = cost(&noised, unit, rows).filter(|cost| claims(&noised, cost)) else {
            broken.push(format!(
                "reading {} for {} cost more than the ledger says",
                entry.what, entry.purpose
            ));
            continue;
        };
        let times = entry.times as f64;
        rho += times * cost.rho.unwrap_or(0.0);
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
    let steps = entries.iter().any(|entry| {
        matches!(entry.cost, Cost::Noised(noised) if matches!(noised.mechanism, Mechanism::SampledGaussian { .. }))
    });
    let several = entries
        .iter()
        .filter(|entry| matches!(entry.cost, Cost::Promised(_)))
        .map(|entry| entry.times)
        .sum::<u64>();
    if steps && several > 1 {
        broken.push(
            "what networks learned of several sources, or several times, is not added up"
                .to_owned(),
        );
    }
    // Releases about different sources are summed up too: who is in one of them may be in all.
    let left = (delta > delta_of_discovery).then_some(delta - delta_of_discovery);
    let total = if steps {
        // The noise of the steps was chosen by what was told before, so each part keeps its own ε and δ, and these add up.
        let before = epsilon_of_rho(rho, BEFORE * delta).ok();
        let after = left
            .map(|left| left - BEFORE * delta)
            .filter(|left| *left > 0.0)
            .zip(loss(entries))
            .and_then(|(delta, loss)| loss.epsilon(delta).ok())
            .filter(|epsilon| epsilon.is_finite());
        before.zip(after).map(|(a, b)| a + b)
    } else {
        let by_rho = left.and_then(|delta| epsilon_of_rho(rho, delta).ok());
        let by_sum = pure.filter(|_| delta_of_discovery <= delta);
        [by_rho, by_sum].into_iter().flatten().reduce(f64::min)
    };
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
        rho: (!steps).then_some(rho),
        delta_of_discovery,
    };
    (Some(spent), broken)
}

/// Whom a promise about a source protects, and how many of its rows one unit may own.
fn covering(entries: &[Entry], promises: &[(&str, Promise)], what: &str) -> Option<(Unit, u32)> {
    let mut entries = entries.iter();
    let covered = entries.any(|entry| entry.what == what && entry.cost == Cost::Covered);
    let mut own = promises.iter().filter(|(about, _)| *about == what);
    if let Some((_, promise)) = own.next() {
        // Who is protected by one of them would not be by the noise that the other asks for.
        if covered || own.any(|(_, other)| other.unit != promise.unit) {
            return None;
        }
        let rows = match promise.unit {
            Unit::Owner { .. } => 1,
            unit => unit.most_rows(),
        };
        return Some((promise.unit, rows));
    }
    match promises {
        // Of several it would not be known whose rows these are.
        [(_, promise)] if covered && matches!(promise.unit, Unit::Owner { .. }) => {
            Some((promise.unit, promise.unit.most_rows()))
        }
        _ => None,
    }
}

/// The distribution of the loss of all sampled steps together, for neighbours that differ in one row.
fn loss(entries: &[Entry]) -> Option<PrivacyLoss> {
    let mut parts: Vec<(PrivacyLoss, u32)> = Vec::new();
    for entry in entries {
        let Cost::Noised(noised) = entry.cost else {
            continue;
        };
        let Mechanism::SampledGaussian { rate } = noised.mechanism else {
            continue;
        };
        let step = PrivacyLoss::subsampled_gaussian(noised.sensitivity, noised.scale, rate).ok()?;
        parts.push((step, u32::try_from(entry.times).ok()?));
        if parts.len() > MOST_KINDS {
            return None;
        }
    }
    let parts: Vec<(&PrivacyLoss, u32)> = parts.iter().map(|(loss, n)| (loss, *n)).collect();
    Some(PrivacyLoss::composed(&parts))
}

/// What a reading costs by its mechanism.
struct Worked {
    /// Where ρ says it.
    rho: Option<f64>,
    /// Where the mechanism is pure.
    epsilon: Option<f64>,
}

/// The cost of a reading by its mechanism, sensitivity and noise; none where they make no sense.
fn cost(noised: &Noised, unit: Unit, rows: u32) -> Option<Worked> {
    let sane = noised.sensitivity > 0.0 && noised.scale > 0.0 && noised.delta >= 0.0;
    if !sane || !noised.scale.is_finite() {
        return None;
    }
    if let Mechanism::SampledGaussian { rate } = noised.mechanism {
        // A vector is clipped, so its length may be anything; each row is sampled alone, so a unit must be one.
        let known = unit == Unit::Row && rate > 0.0 && rate <= 1.0;
        return known.then_some(Worked {
            rho: None,
            epsilon: None,
        });
    }
    if noised.sensitivity < f64::from(rows) {
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
pub(crate) fn risk(spent: &Spent) -> RiskInNumbers {
    let one = Risk {
        advantage: 1.0,
        true_positive_rate_at_1_percent: 1.0,
        true_positive_rate_at_10_percent: 1.0,
    };
    let by_pair = Risk::of_epsilon_delta(spent.epsilon, spent.delta).unwrap_or(one);
    // What ρ-zCDP bounds holds but with the probability that discovery told too much, which is added.
    let by_rho = spent
        .rho
        .and_then(|rho| Risk::of_rho(rho).ok())
        .unwrap_or(one);
    let least = |of: fn(&Risk) -> f64| {
        let noise = of(&by_rho) + spent.delta_of_discovery;
        of(&by_pair).min(noise.min(1.0))
    };
    RiskInNumbers {
        membership_advantage: least(|risk| risk.advantage),
        true_positive_rate_at_1_percent: least(|risk| risk.true_positive_rate_at_1_percent),
        true_positive_rate_at_10_percent: least(|risk| risk.true_positive_rate_at_10_percent),
    }
}
