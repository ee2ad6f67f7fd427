//! The different values of a column and how often each occurs, in bounded memory.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Different values with exact counts; beyond a limit, those with the smallest hashes only, still with exact counts.
///
/// A value among the `limit` smallest hashes of a column is among the smallest of every part of it, so it is never dropped before its time: parts
/// merge to the same answer however the column is divided. The kept values are a uniform sample of the different ones, and the largest kept hash tells
/// how many there are (bottom-k sketch: Cohen & Kaplan 2007), to within `1/√limit`.
#[derive(Debug, Clone)]
pub(crate) struct Distinct {
    limit: usize,
    entries: Vec<Value>,
    places: HashMap<u64, u32, BuildHasherDefault<AsIs>>,
    /// Hashes from here on are not kept; `u64::MAX` while all are.
    bound: u64,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) hash: u64,
    pub(crate) count: u64,
    pub(crate) text: Box<str>,
}

/// The keys are hashes already.
#[derive(Debug, Clone, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash_bytes(bytes);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

const ODD: [u64; 2] = [0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db];

/// 64 bits by folded multiplication, as in wyhash (Wang Yi, public domain). Values of a column that meet in all 64 bits count as one.
pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = ODD[0] ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        hash = fold(hash ^ u64::from_le_bytes(word), ODD[1]);
    }
    let mut word = [0; 8];
    let rest = chunks.remainder();
    word[..rest.len()].copy_from_slice(rest);
    fold(fold(hash ^ u64::from_le_bytes(word), ODD[1]), ODD[0])
}

impl Distinct {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: Vec::new(),
            places: HashMap::default(),
            bound: u64::MAX,
        }
    }

    pub(crate) fn add(&mut self, hash: u64, count: u64, text: impl FnOnce() -> Box<str>) {
        if hash >= self.bound {
            return;
        }
        if let Some(&place) = self.places.get(&hash) {
            self.entries[place as usize].count += count;
            return;
        }
        self.places.insert(hash, self.entries.len() as u32);
        self.entries.push(Value {
            hash,
            count,
            text: text(),
        });
        // Twice the limit before sorting out, so that sorting out is rare.
        if self.entries.len() > 2 * self.limit {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.entries.len() <= self.limit {
            return;
        }
        let (_, next, _) = self
            .entries
            .select_nth_unstable_by_key(self.limit, |entry| entry.hash);
        self.bound = next.hash;
        self.entries.truncate(self.limit);
        self.places.clear();
        for (place, entry) in self.entries.iter().enumerate() {
            self.places.insert(entry.hash, place as u32);
        }
    }

    pub(crate) fn merge(&mut self, other: Distinct) {
        if other.bound < self.bound {
            self.bound = other.bound;
            let bound = self.bound;
            self.entries.retain(|entry| entry.hash < bound);
            self.places = self
                .entries
                .iter()
                .enumerate()
                .map(|(place, entry)| (entry.hash, place as u32))
                .collect();
        }
        for entry in other.entries {
            self.add(entry.hash, entry.count, || entry.text);
        }
    }

    /// Closes the count: values in order of their hashes, and how many different ones there are.
    pub(crate) fn finish(mut self) -> Values {
        self.shrink();
        self.entries.sort_unstable_by_key(|entry| entry.hash);
        let exact = self.bound == u64::MAX;
        let different = if exact {
            self.entries.len() as u64
        } else {
            (self.entries.len() as f64 / (self.bound as f64 / 2f64.powi(64))).round() as u64
        };
        Values {
            kept: self.entries,
            different,
            exact,
        }
    }
}

/// The different values of a column, or a sample of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Values {
    /// In order of their hashes, which is no order that means anything.
    pub(crate) kept: Vec<Value>,
    /// How many different values there are; estimated unless `exact`.
    pub(crate) different: u64,
    pub(crate) exact: bool,
}

impl Values {
    /// Without those that `drop` names.
    pub(crate) fn without(&self, drop: impl Fn(&str) -> bool) -> Values {
        let kept: Vec<Value> = self
            .kept
            .iter()
            .filter(|value| !drop(&value.text))
            .cloned()
            .collect();
        let dropped = (self.kept.len() - kept.len()) as u64;
        Values {
            kept,
            different: self.different.saturating_sub(dropped),
            exact: self.exact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(texts: &[String], limit: usize) -> Distinct {
        let mut distinct = Distinct::new(limit);
        for text in texts {
            distinct.add(hash_bytes(text.as_bytes()), 1, || text.as_str().into());
        }
        distinct
    }

    proptest! {
        #[test]
        fn any_division_gives_the_same_answer(numbers in prop::collection::vec(0u32..400, 0..600), cut in 0usize..600, limit in 1usize..300) {
            let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            let (left, right) = texts.split_at(cut.min(texts.len()));
            let whole = count(&texts, limit).finish();
            let mut merged = count(right, limit);
            merged.merge(count(left, limit));
            prop_assert_eq!(&merged.finish(), &whole);
            let different: std::collections::BTreeSet<u32> = numbers.iter().copied().collect();
            prop_assert_eq!(whole.exact, different.len() <= limit);
            for value in &whole.kept {
                let number: u32 = value.text.parse().unwrap_or(u32::MAX);
                prop_assert_eq!(value.count, numbers.iter().filter(|&&n| n == number).count() as u64);
            }
        }
    }

    #[test]
    fn the_number_of_different_values_is_estimated_well() {
        let texts: Vec<String> = (0..300_000u32)
            .map(|i| format!("client {}", i % 200_000))
            .collect();
        let values = count(&texts, 16_384).finish();
        // Four standard errors of 1/√16384.
        assert!(
            (values.different as f64 / 200_000.0 - 1.0).abs() < 4.0 / 128.0,
            "{}",
            values.different
        );
        assert!(!values.exact);
    }
}
