//! What may be said about privacy: derived from the ledger, never written by hand.
//!
//! The derivation trusts nothing that it can work out: what a reading cost is computed again from its mechanism, sensitivity and noise, and a reading that claims less, a reading that no
//! promise covers, or a sum beyond the promise takes the guarantee away, in the first sentence.

use serde::Serialize;

use crate::ledger::{Cost, Entry, Ledger, Promise, listed};
use crate::mechanism::Mechanism;
use crate::spent::{risk, sum};

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
    /// ρ of zero-concentrated differential privacy behind it, but for what discovery costs in δ; none where sampled steps are part of it, which ρ does not describe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rho: Option<f64>,
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
    /// The probability with which a record took part, where records were sampled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
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
        let (sum, mut broken) = sum(entries, &promises);
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
        let sum = sum.filter(|_| guarantee == Guarantee::Differential);
        let mut statement = Self {
            guarantee,
            summary: String::new(),
            promises: promises
                .iter()
                .map(|(what, promise)| promised(what, promise))
                .collect(),
            spent: sum,
            risk: sum.as_ref().map(risk),
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
            let cost = weight(reading) * reading.times as f64;
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
    let read =
        |entry: &&Entry| !matches!(entry.cost, Cost::Promised(_) | Cost::Public | Cost::Covered);
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
        rate: match noised.mechanism {
            Mechanism::SampledGaussian { rate } => Some(rate),
            _ => None,
        },
        sensitivity: noised.sensitivity,
        scale: noised.scale,
        times: entry.times,
        rho: noised.rho,
        epsilon: noised.epsilon,
        delta: noised.delta,
    })
}

/// What a reading weighs among others: its ρ or ε. A sampled step is taken for the Gaussian release that many of them come to, μ² ∕ 2 with
/// μ² = q² (e^(1 ∕ σ²) − 1) (Bu, Dong, Long & Su 2020, section 3).
fn weight(reading: &Reading) -> f64 {
    let noise = reading.sensitivity / reading.scale;
    let sampled = reading
        .rate
        .map(|rate| 0.5 * rate * rate * libm::expm1(noise * noise));
    reading.rho.or(reading.epsilon).or(sampled).unwrap_or(0.0)
}

/// ε with at most three digits behind the point, rounded up.
pub(crate) fn shown(epsilon: f64) -> String {
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

    /// Persons of `table t` with at most three visits each; what is read of both.
    fn of_persons(change: impl Fn(&mut Entry)) -> Statement {
        let unit = Unit::Owner { most_rows: 3 };
        let mut account = Account::open("table t", unit, 1.0, 1e-9).unwrap();
        account.cover("table visits");
        let mut persons = Private::new(Ages(vec![30; 100]), "table t").persons(Some);
        let visits = Private::new(Ages(vec![30; 500]), "table visits");
        let visits = persons.owning(visits, 3, Some);
        let tally = visits.tally(4, |kin| Some(usize::from(kin.own / 25)));
        tally.release(&mut account, "ages", 0.5).unwrap();
        let tally = persons
            .into_private()
            .tally(4, |owner| Some(owner.number(0) as usize));
        tally.release(&mut account, "numbers", 0.5).unwrap();
        let mut ledger = Ledger::new();
        for mut entry in account.into_ledger().entries().to_vec() {
            change(&mut entry);
            ledger.enter(&entry.what, &entry.purpose, entry.cost);
        }
        Statement::of(&ledger)
    }

    #[test]
    fn persons_are_protected_with_what_they_own_and_only_where_that_is_written_down() {
        let whole = of_persons(|_| {});
        assert_eq!(whole.guarantee, Guarantee::Differential, "{whole:#?}");
        assert!(whole.spent.unwrap().epsilon <= 1.0);
        assert!(
            whole.summary.contains("for one person of table t"),
            "{}",
            whole.summary
        );
        assert!(
            whole.summary.contains("at most 3 of each table"),
            "{}",
            whole.summary
        );
        let faults: [&dyn Fn(&mut Entry); 4] = [
            // Nobody says whose rows these are.
            &|entry| {
                if entry.cost == Cost::Covered {
                    entry.cost = Cost::Public;
                }
            },
            // A person owns more rows than the noise is for.
            &|entry| {
                if let Cost::Promised(promise) = &mut entry.cost {
                    promise.unit = Unit::Owner { most_rows: 4 };
                }
            },
            // The promise is about single rows, of which a person has several.
            &|entry| {
                if let Cost::Promised(promise) = &mut entry.cost {
                    promise.unit = Unit::Row;
                }
            },
            // A table that nobody mentioned.
            &|entry| {
                if matches!(entry.cost, Cost::Noised(_)) && entry.what == "table visits" {
                    "table others".clone_into(&mut entry.what);
                }
            },
        ];
        for (place, fault) in faults.into_iter().enumerate() {
            let broken = of_persons(fault);
            assert_eq!(broken.guarantee, Guarantee::None, "fault {place}");
            assert!(
                !broken.summary.contains("differentially private"),
                "fault {place}"
            );
        }
    }

    #[test]
    fn promises_of_two_kinds_about_one_source_are_none() {
        let persons = of_persons(|_| {});
        assert_eq!(persons.guarantee, Guarantee::Differential);
        let unit = Unit::Owner { most_rows: 3 };
        let mut account = Account::open("table t", unit, 1.0, 1e-9).unwrap();
        account.cover("table visits");
        let mut both = account.into_ledger();
        // Rows of the table of visits by themselves, with the noise of one.
        let mut account = Account::open("table visits", Unit::Row, 1.0, 1e-9).unwrap();
        let visits = Private::new(Ages(vec![30; 500]), "table visits");
        let tally = visits.tally(4, |age| Some(usize::from(age / 25)));
        tally.release(&mut account, "ages", 0.5).unwrap();
        let alone = account.into_ledger();
        assert_eq!(Statement::of(&alone).guarantee, Guarantee::Differential);
        both.merge(&alone);
        assert_eq!(Statement::of(&both).guarantee, Guarantee::None);
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
