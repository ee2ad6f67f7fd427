//! What may be said about privacy: derived from the ledger, never written by hand.
//!
//! The derivation trusts nothing that it can work out: what a reading cost is computed again from its mechanism, sensitivity and noise, and a reading that claims less, a reading that no
//! promise covers, or a sum beyond the promise takes the guarantee away, in the first sentence.

use serde::Serialize;

use crate::accounting::{Risk, epsilon_of_rho, rho_of_bounded_range, rho_of_gaussian, rho_of_pure};
use crate::ledger::{Cost, Entry, Ledger, Noised, Promise, listed};
use crate::mechanism::Mechanism;

/// Claims and what is worked out again may differ by so much: rounding, and noise that is scaled up a little.
const SLACK: f64 = 1e-6;

/// What may be said about privacy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statement {
    /// What kind of guarantee there is.
    pub guarantee: Guarantee,
    /// In plain English, from the most important down.
    pub summary: String,
    /// What is promised, for each source of data.
    pub promises: Vec<Promised>,
    /// What was spent together; only under differential privacy.
    pub spent: Option<Spent>,
    /// What that means for one unit at most; only under differential privacy.
    pub risk: Option<RiskInNumbers>,
    /// Every reading that told something with noise.
    pub readings: Vec<Reading>,
    /// What was taken as known to everybody.
    pub public: Vec<String>,
    /// What was read by code whose answers stayed behind the door.
    pub kept: Vec<String>,
    /// What was read without protection.
    pub unprotected: Vec<String>,
    /// Why the guarantee does not hold, where one was promised.
    pub broken: Vec<String>,
    /// What no guarantee is about.
    pub not_covered: Vec<&'static str>,
}

/// What kind of guarantee there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarantee {
    /// No real data was read.
    NoRealData,
    /// Real data was read, and nothing is guaranteed.
    None,
    /// Differential privacy.
    Differential,
}

/// What is promised about one source of data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Promised {
    /// The data.
    pub what: String,
    /// Whom it protects.
    pub unit: String,
    /// When two data sets are neighbours.
    pub relation: String,
    /// ε.
    pub epsilon: f64,
    /// δ.
    pub delta: f64,
}

/// What all readings cost together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spent {
    /// ε at [`delta`](Self::delta).
    pub epsilon: f64,
    /// δ.
    pub delta: f64,
    /// ρ of zero-concentrated differential privacy behind it, but for what discovery costs in δ.
    pub rho: f64,
    /// δ of finding values that nobody declared.
    pub delta_of_discovery: f64,
}

/// The most that anyone who knows all other records can find out about one unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RiskInNumbers {
    /// Greatest difference of true- and false-positive rate of telling whether a unit was there.
    pub membership_advantage: f64,
    /// Greatest true-positive rate at a false-positive rate of 1 %.
    pub true_positive_rate_at_1_percent: f64,
    /// Greatest true-positive rate at a false-positive rate of 10 %.
    pub true_positive_rate_at_10_percent: f64,
}

/// A reading that told something with noise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// The data.
    pub what: String,
    /// What for.
    pub purpose: String,
    /// How noise was added.
    pub mechanism: &'static str,
    /// How far one unit moves the exact answer.
    pub sensitivity: f64,
    /// σ, b or the divisor of scores.
    pub scale: f64,
    /// How often.
    pub times: u64,
    /// Cost in ρ of each, where the budget is kept so.
    pub rho: Option<f64>,
    /// Cost in ε of each, where the budget is pure.
    pub epsilon: Option<f64>,
    /// Cost in δ of each.
    pub delta: f64,
}

/// What no guarantee is about.
const NOT_COVERED: [&str; 5] = [
    "what is true of many people: that smokers fall ill is learned whether or not one of them takes part, and can be applied to each of them",
    "what was taken as known to everybody, if it was not",
    "how long learning took, how much memory it used, and that a file could not be read",
    "people who own more than one unit, beyond the rows that a unit counts",
    "what others release about the same people: promises add up",
];

impl Statement {
    /// The statement that a ledger supports.
    pub fn of(ledger: &Ledger) -> Self {
        let entries = ledger.entries();
        let promises: Vec<(&str, Promise)> = entries
            .iter()
            .filter_map(|entry| match entry.cost {
                Cost::Promised(promise) => Some((entry.what.as_str(), promise)),
                _ => None,
            })
            .collect();
        let unprotected = lines(entries, |cost| matches!(cost, Cost::NotPrivate));
        let (spent, mut broken) = spent(entries, &promises);
        let guarantee = if entries.is_empty() {
            Guarantee::NoRealData
        } else if !unprotected.is_empty() || !broken.is_empty() || promises.is_empty() {
            Guarantee::None
        } else {
            Guarantee::Differential
        };
        if guarantee != Guarantee::Differential && promises.is_empty() {
            broken.clear();
        }
        let spent = spent.filter(|_| guarantee == Guarantee::Differential);
        let risk = spent.map(|spent| risk(&spent));
        let mut statement = Self {
            guarantee,
            summary: String::new(),
            promises: promises
                .iter()
                .map(|(what, promise)| promised(what, promise))
                .collect(),
            spent,
            risk,
            readings: entries.iter().filter_map(reading).collect(),
            public: lines(entries, |cost| matches!(cost, Cost::Public)),
            kept: lines(entries, |cost| matches!(cost, Cost::Kept)),
            unprotected,
            broken,
            not_covered: if guarantee == Guarantee::Differential {
                NOT_COVERED.to_vec()
            } else {
                Vec::new()
            },
        };
        statement.summary = statement.in_words(entries);
        statement
    }

    fn in_words(&self, entries: &[Entry]) -> String {
        match self.guarantee {
            Guarantee::NoRealData => {
                "No real person's record was read (the ledger is empty).".to_owned()
            }
            Guarantee::None => {
                let why = if self.broken.is_empty() {
                    "real records were read without differential privacy, and tests that find nobody do not replace one".to_owned()
                } else {
                    let both = self.broken.iter().cloned().chain(
                        (!self.unprotected.is_empty())
                            .then(|| "real records were also read without any noise".to_owned()),
                    );
                    both.collect::<Vec<_>>().join("; ")
                };
                format!(
                    "There is no privacy guarantee: {why}. {}",
                    real_data(entries)
                )
            }
            Guarantee::Differential => self.guaranteed(entries),
        }
    }

    fn guaranteed(&self, entries: &[Entry]) -> String {
        let mut text = String::new();
        if let Some(spent) = &self.spent {
            let of = match &self.promises[..] {
                [one] => format!("{} of {}", one.unit, one.what),
                _ => "one unit of any of its sources".to_owned(),
            };
            let delta = if spent.delta > 0.0 {
                format!(" and δ = {:e}", spent.delta)
            } else {
                String::new()
            };
            text += &format!(
                "This is differentially private with ε = {}{delta} for {of}: whether or not that was in the data, what was made would have come out nearly the same.",
                shown(spent.epsilon)
            );
        }
        if let Some(risk) = &self.risk {
            text += &format!(
                " Somebody who knows everything else and guesses whether it was there is right at most {:.1} times in 100 instead of 50, and finds at most {:.1} of 100 that were there while wrongly naming 1 of 100 that were not ({:.1} while naming 10).",
                50.0 + 50.0 * risk.membership_advantage,
                100.0 * risk.true_positive_rate_at_1_percent,
                100.0 * risk.true_positive_rate_at_10_percent
            );
        }
        let relations: Vec<&str> = self.promises.iter().map(|p| p.relation.as_str()).collect();
        text += &format!(" Here {}.", listed(&relations));
        let mut whole = 0.0;
        let mut purposes: Vec<(&str, f64, u64)> = Vec::new();
        for reading in &self.readings {
            let cost = (reading.rho.or(reading.epsilon)).unwrap_or(0.0) * reading.times as f64;
            whole += cost;
            match purposes
                .iter_mut()
                .find(|(purpose, _, _)| *purpose == reading.purpose)
            {
                Some((_, sum, times)) => {
                    *sum += cost;
                    *times += reading.times;
                }
                None => purposes.push((&reading.purpose, cost, reading.times)),
            }
        }
        let parts: Vec<String> = purposes
            .iter()
            .map(|(purpose, cost, times)| {
                let share = 100.0 * cost / whole.max(f64::MIN_POSITIVE);
                let counted = if *times == 1 {
                    String::new()
                } else {
                    format!(" in {times} readings")
                };
                format!("{purpose} ({share:.1} %{counted})")
            })
            .collect();
        text += &format!(
            " The budget went to {}.",
            listed(&parts.iter().map(String::as_str).collect::<Vec<_>>())
        );
        if !self.public.is_empty() {
            let public: Vec<&str> = entries
                .iter()
                .filter(|entry| entry.cost == Cost::Public)
                .map(|entry| entry.purpose.as_str())
                .collect();
            text += &format!(" Taken as known to everybody: {}.", listed(&public));
        }
        text + " Not covered: what is true of many people, the time that learning took, and what others release about the same people."
    }
}

/// `Real data was read: table clients: 12 rows (for column kinds and counts).`
fn real_data(entries: &[Entry]) -> String {
    let read = |entry: &&Entry| !matches!(entry.cost, Cost::Promised(_) | Cost::Public);
    let mut whats: Vec<&str> = Vec::new();
    for entry in entries.iter().filter(read) {
        if !whats.contains(&entry.what.as_str()) {
            whats.push(&entry.what);
        }
    }
    let reads: Vec<String> = whats
        .iter()
        .map(|what| {
            let mut purposes: Vec<&str> = Vec::new();
            for entry in entries
                .iter()
                .filter(read)
                .filter(|entry| entry.what == *what)
            {
                if !purposes.contains(&entry.purpose.as_str()) {
                    purposes.push(&entry.purpose);
                }
            }
            format!("{what} (for {})", listed(&purposes))
        })
        .collect();
    format!("Real data was read: {}.", reads.join("; "))
}

fn lines(entries: &[Entry], is: impl Fn(&Cost) -> bool) -> Vec<String> {
    let those = entries.iter().filter(|entry| is(&entry.cost));
    those
        .map(|entry| format!("{}: {}", entry.what, entry.purpose))
        .collect()
}

fn promised(what: &str, promise: &Promise) -> Promised {
    Promised {
        what: what.to_owned(),
        unit: promise.unit.to_string(),
        relation: promise.unit.relation(),
        epsilon: promise.epsilon,
        delta: promise.delta,
    }
}

fn reading(entry: &Entry) -> Option<Reading> {
    let Cost::Noised(noised) = entry.cost else {
        return None;
    };
    Some(Reading {
        what: entry.what.clone(),
        purpose: entry.purpose.clone(),
        mechanism: noised.mechanism.name(),
        sensitivity: noised.sensitivity,
        scale: noised.scale,
        times: entry.times,
        rho: noised.rho,
        epsilon: noised.epsilon,
        delta: noised.delta,
    })
}

/// What the readings cost together, worked out again, and why that is not what was promised.
fn spent(entries: &[Entry], promises: &[(&str, Promise)]) -> (Option<Spent>, Vec<String>) {
    let mut broken = Vec::new();
    let (mut rho, mut pure, mut delta_of_discovery) = (0.0, Some(0.0), 0.0);
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
        rho += times * cost.rho;
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
    // Releases about different sources are summed up too: who is in one of them may be in all.
    let by_rho = (delta > delta_of_discovery)
        .then(|| epsilon_of_rho(rho, delta - delta_of_discovery).ok())
        .flatten();
    let by_sum = pure.filter(|_| delta_of_discovery <= delta);
    let total = match (by_rho, by_sum) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let Some(total) = total else {
        if !promises.is_empty() {
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
    (Some(spent), broken)
}

/// What a reading costs by its mechanism.
struct Worked {
    rho: f64,
    /// Where the mechanism is pure.
    epsilon: Option<f64>,
}

/// The cost of a reading by its mechanism, sensitivity and noise; none where they make no sense.
fn cost(noised: &Noised, promise: &Promise) -> Option<Worked> {
    let least = f64::from(promise.unit.most_rows());
    let sane = noised.sensitivity >= least && noised.scale > 0.0 && noised.delta >= 0.0;
    if !sane || !noised.scale.is_finite() {
        return None;
    }
    let ratio = noised.sensitivity / noised.scale;
    Some(match noised.mechanism {
        Mechanism::DiscreteGaussian => Worked {
            rho: rho_of_gaussian(noised.sensitivity, noised.scale).ok()?,
            epsilon: None,
        },
        Mechanism::DiscreteLaplace => Worked {
            rho: rho_of_pure(ratio).ok()?,
            epsilon: Some(ratio),
        },
        Mechanism::Exponential => Worked {
            rho: rho_of_bounded_range(2.0 * ratio).ok()?,
            epsilon: Some(2.0 * ratio),
        },
        Mechanism::PermuteAndFlip => Worked {
            rho: rho_of_pure(2.0 * ratio).ok()?,
            epsilon: Some(2.0 * ratio),
        },
    })
}

/// Whether what the ledger says a reading cost is not less than what it did.
fn claims(noised: &Noised, cost: &Worked) -> bool {
    match (noised.rho, noised.epsilon) {
        (Some(rho), _) => cost.rho <= rho * (1.0 + SLACK),
        (None, Some(epsilon)) => cost
            .epsilon
            .is_some_and(|cost| cost <= epsilon * (1.0 + SLACK)),
        (None, None) => false,
    }
}

fn risk(spent: &Spent) -> RiskInNumbers {
    let one = Risk {
        advantage: 1.0,
        true_positive_rate_at_1_percent: 1.0,
        true_positive_rate_at_10_percent: 1.0,
    };
    let by_pair = Risk::of_epsilon_delta(spent.epsilon, spent.delta).unwrap_or(one);
    // What ρ-zCDP bounds holds but with the probability that discovery told too much, which is added.
    let by_rho = Risk::of_rho(spent.rho).unwrap_or(one);
    let least = |a: f64, b: f64| a.min((b + spent.delta_of_discovery).min(1.0));
    RiskInNumbers {
        membership_advantage: least(by_pair.advantage, by_rho.advantage),
        true_positive_rate_at_1_percent: least(
            by_pair.true_positive_rate_at_1_percent,
            by_rho.true_positive_rate_at_1_percent,
        ),
        true_positive_rate_at_10_percent: least(
            by_pair.true_positive_rate_at_10_percent,
            by_rho.true_positive_rate_at_10_percent,
        ),
    }
}

/// ε with at most three digits behind the point, rounded up.
fn shown(epsilon: f64) -> String {
    let rounded = (epsilon * 1000.0 * (1.0 - 1e-12)).ceil() / 1000.0;
    format!("{rounded}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::private::{Private, Records};
    use crate::unit::Unit;

    struct Ages(Vec<u8>);

    impl Records for Ages {
        type Record<'a> = u8;
        fn len(&self) -> usize {
            self.0.len()
        }
        fn record(&self, place: usize) -> u8 {
            self.0[place]
        }
    }

    fn ledger(epsilon: f64, delta: f64, shares: &[f64]) -> Ledger {
        let mut account = Account::open("table t", Unit::Row, epsilon, delta).unwrap();
        account.take_as_public("table t", "names of columns");
        let ages = Private::new(Ages(vec![30; 100]), "table t");
        for &share in shares {
            let tally = ages.tally(4, |age| Some(usize::from(age / 25)));
            tally.release(&mut account, "ages", share).unwrap();
        }
        account.into_ledger()
    }

    #[test]
    fn a_run_within_its_promise_is_stated_with_what_was_spent() {
        for (epsilon, delta) in [(1.0, 1e-9), (0.3, 1e-6), (1.0, 0.0)] {
            let statement = Statement::of(&ledger(epsilon, delta, &[0.5, 0.5]));
            assert_eq!(
                statement.guarantee,
                Guarantee::Differential,
                "{statement:#?}"
            );
            let spent = statement.spent.unwrap();
            assert!(
                spent.epsilon <= epsilon && spent.epsilon > 0.9 * epsilon,
                "{spent:?}"
            );
            let risk = statement.risk.unwrap();
            assert!(risk.membership_advantage > 0.0 && risk.membership_advantage < 0.47);
            assert!(
                statement
                    .summary
                    .starts_with("This is differentially private with ε = "),
                "{}",
                statement.summary
            );
            assert!(
                statement.summary.contains("names of columns"),
                "{}",
                statement.summary
            );
        }
    }

    #[test]
    fn any_change_of_the_ledger_that_hides_something_takes_the_guarantee_away() {
        let good = ledger(1.0, 1e-9, &[0.5, 0.5]);
        let text = serde_json::to_string(&good).unwrap();
        let changed = |from: &str, to: &str| -> Statement {
            assert!(text.contains(from), "{text}");
            Statement::of(&serde_json::from_str(&text.replacen(from, to, 1)).unwrap())
        };
        let noised = |entry: &Entry| match entry.cost {
            Cost::Noised(noised) => Some(noised),
            _ => None,
        };
        let reading = good.entries().iter().find_map(noised).unwrap();
        let halved = changed(
            &format!("\"scale\":{}", reading.scale),
            &format!("\"scale\":{}", reading.scale / 2.0),
        );
        let cheaper = changed(&format!("\"rho\":{}", reading.rho.unwrap()), "\"rho\":1e-9");
        let insensitive = changed("\"sensitivity\":1.0", "\"sensitivity\":0.5");
        let more = changed("\"times\":2", "\"times\":3");
        let unread = changed(
            "\"what\":\"table t\",\"purpose\":\"ages\"",
            "\"what\":\"table u\",\"purpose\":\"ages\"",
        );
        let open = changed("{\"promised\"", "\"not_private\",\"was\":{\"promised\"");
        for statement in [halved, cheaper, insensitive, more, unread, open] {
            assert_eq!(statement.guarantee, Guarantee::None, "{statement:#?}");
            assert!(
                statement
                    .summary
                    .starts_with("There is no privacy guarantee"),
                "{}",
                statement.summary
            );
            assert!(
                !statement.summary.contains("private"),
                "{}",
                statement.summary
            );
            assert_eq!((statement.spent, statement.risk), (None, None));
        }
    }

    #[test]
    fn one_read_without_noise_is_enough() {
        let mut ledger = ledger(1.0, 1e-9, &[1.0]);
        ledger.enter("table t", "a look", Cost::NotPrivate);
        let statement = Statement::of(&ledger);
        assert_eq!(statement.guarantee, Guarantee::None);
        assert!(
            !statement.summary.contains("private"),
            "{}",
            statement.summary
        );
    }

    #[test]
    fn two_models_of_one_table_add_up() {
        let mut both = ledger(1.0, 1e-9, &[1.0]);
        both.merge(&ledger(1.0, 1e-9, &[1.0]));
        let statement = Statement::of(&both);
        assert_eq!(
            statement.guarantee,
            Guarantee::Differential,
            "{statement:#?}"
        );
        let spent = statement.spent.unwrap();
        assert!(
            spent.epsilon > 1.2 && spent.epsilon <= 2.0 && spent.delta == 2e-9,
            "{spent:?}"
        );
    }

    #[test]
    fn releases_of_two_sources_add_up() {
        let mut both = ledger(1.0, 1e-9, &[1.0]);
        let mut other = Account::open("table u", Unit::Row, 1.0, 1e-9).unwrap();
        let ages = Private::new(Ages(vec![30; 100]), "table u");
        ages.tally(1, |_| Some(0))
            .release(&mut other, "rows", 1.0)
            .unwrap();
        both.merge(other.ledger());
        let statement = Statement::of(&both);
        assert_eq!(statement.guarantee, Guarantee::Differential);
        let spent = statement.spent.unwrap();
        assert!(
            spent.epsilon > 1.2 && spent.epsilon <= 2.0 && spent.delta == 2e-9,
            "{spent:?}"
        );
    }
}
