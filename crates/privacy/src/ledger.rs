//! The record of every read of real data.

use serde::{Deserialize, Serialize};

use crate::mechanism::Mechanism;
use crate::unit::Unit;

/// Every read of real data that something was made from, in the order in which they first happened.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ledger {
    entries: Vec<Entry>,
}

/// One kind of read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What was read, by name and size, never by content: `table clients: 24,421 rows of 15 columns`.
    pub what: String,
    /// What it was used for: `column kinds`, `bin edges`, `conditional counts`.
    pub purpose: String,
    /// What the people in the data pay for it.
    pub cost: Cost,
    /// How often exactly this happened, at least 1.
    pub times: u64,
}

/// What a read costs the people in the data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cost {
    /// Nothing is guaranteed: what was made may tell about single people, whatever tests on it say.
    NotPrivate,
    /// No read yet: what is promised of the reads that follow.
    Promised(Promise),
    /// No read: taken as known to everybody.
    Public,
    /// Read by code whose answer stays behind the door, record by record.
    Kept,
    /// Told with noise.
    Noised(Noised),
    /// No read: the one promise to persons with all that refers to them is about this, too, as rows that they own.
    Covered,
}

/// What is promised of all reads together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// Whom it protects.
    pub unit: Unit,
    /// ε of (ε, δ)-differential privacy, above 0.
    pub epsilon: f64,
    /// δ; 0 for pure differential privacy.
    pub delta: f64,
}

/// A read that told something with noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Noised {
    /// How noise was added.
    pub mechanism: Mechanism,
    /// How far one unit moves the exact answer: in sum over all counts, or a score.
    pub sensitivity: f64,
    /// σ of Gaussian noise, b of Laplace noise, the divisor of scores.
    pub scale: f64,
    /// The cost in ρ of zero-concentrated differential privacy, where the budget is kept so.
    pub rho: Option<f64>,
    /// The cost in ε, where the budget is pure.
    pub epsilon: Option<f64>,
    /// The probability that something is told that noise does not cover; 0 but for values that nobody declared.
    pub delta: f64,
}

impl Ledger {
    /// A ledger without entries: no real data was read.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a read down. A read that differs from an earlier one in nothing is counted with it, so that a loop does not fill the ledger.
    pub fn enter(&mut self, what: &str, purpose: &str, cost: Cost) {
        self.add(what, purpose, cost, 1);
    }

    fn add(&mut self, what: &str, purpose: &str, cost: Cost, times: u64) {
        let same = |entry: &&mut Entry| {
            entry.what == what && entry.purpose == purpose && entry.cost == cost
        };
        match self.entries.iter_mut().find(same) {
            Some(entry) => entry.times = entry.times.saturating_add(times),
            None => self.entries.push(Entry {
                what: what.to_owned(),
                purpose: purpose.to_owned(),
                cost,
                times,
            }),
        }
    }

    /// Takes over the entries of another ledger: of a worker, or of a model that this one stands on.
    pub fn merge(&mut self, other: &Ledger) {
        for entry in &other.entries {
            self.add(&entry.what, &entry.purpose, entry.cost, entry.times);
        }
    }

    /// The entries, in the order in which they first happened.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether no real data was read.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What may be said about privacy, in one paragraph of plain English: no more and no less than what ran. See [`Statement`](crate::Statement).
    pub fn statement(&self) -> String {
        crate::Statement::of(self).summary
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(words: &[&str]) -> String {
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// A count with commas between thousands: `24,421`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_same_read_again_is_counted_and_another_is_not() {
        let mut ledger = Ledger::new();
        for _ in 0..3 {
            ledger.enter("table a: 2 rows", "bin edges", Cost::NotPrivate);
        }
        ledger.enter("table a: 2 rows", "counts", Cost::NotPrivate);
        ledger.enter("table b: 2 rows", "counts", Cost::NotPrivate);
        let times: Vec<u64> = ledger.entries().iter().map(|entry| entry.times).collect();
        assert_eq!(times, [3, 1, 1]);
        let mut other = Ledger::new();
        other.enter("table b: 2 rows", "counts", Cost::NotPrivate);
        other.merge(&ledger);
        assert_eq!(other.entries()[0].times, 2);
        assert_eq!(other.entries().len(), 3);
    }

    #[test]
    fn the_statement_begins_with_the_missing_guarantee_and_names_every_read() {
        let mut ledger = Ledger::new();
        assert!(ledger.statement().starts_with("No real person's record"));
        ledger.enter(
            "table clients: 24,421 rows of 15 columns",
            "column kinds",
            Cost::NotPrivate,
        );
        ledger.enter(
            "table visits: 9 rows of 2 columns",
            "counts",
            Cost::NotPrivate,
        );
        ledger.enter(
            "table clients: 24,421 rows of 15 columns",
            "counts",
            Cost::NotPrivate,
        );
        let statement = ledger.statement();
        assert!(
            statement.starts_with("There is no privacy guarantee"),
            "{statement}"
        );
        assert!(
            statement
                .contains("24,421 rows of 15 columns (for column kinds and counts); table visits"),
            "{statement}"
        );
        assert!(!statement.contains("No real person"), "{statement}");
    }

    #[test]
    fn a_ledger_comes_back_from_its_file_as_it_was() {
        let mut ledger = Ledger::new();
        ledger.enter("table a: 2 rows", "bin edges", Cost::NotPrivate);
        let text = serde_json::to_string(&ledger).unwrap();
        assert!(text.contains("not_private"), "{text}");
        assert_eq!(serde_json::from_str::<Ledger>(&text).unwrap(), ledger);
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }
}
