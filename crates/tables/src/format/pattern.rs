//! Identifiers: the pattern they follow, and new ones that follow it, each once.

use std::fmt;

use population::Seed;
use population::stream::Streams;
use serde::{Deserialize, Serialize};

/// What the identifiers of a column look like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// How they are written.
    pub shape: Shape,
    /// Whether each occurs once.
    pub unique: bool,
}

/// How identifiers are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Whole numbers one after the other, padded with zeros to `width`.
    Sequence {
        /// The first one.
        first: i64,
        /// Digits at least.
        width: u8,
    },
    /// Letters, digits and signs, run by run: `[A-Z]{2}\d{6}`.
    Runs(Vec<Run>),
}

/// Letters of one class in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Which letters.
    pub class: Class,
    /// Never fewer.
    pub fewest: u8,
    /// Never more.
    pub most: u8,
}

/// The letters of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The same text in every identifier; counts as one letter.
    Fixed(String),
    /// `0`…`9`.
    Digit,
    /// `1`…`9`, then `0`…`9`: a number without zeros in front.
    Number,
    /// `A`…`Z`.
    Upper,
    /// `a`…`z`.
    Lower,
    /// `0`…`9`, `a`…`f`.
    HexLower,
    /// `0`…`9`, `A`…`F`.
    HexUpper,
    /// `0`…`9`, `A`…`Z`, `a`…`z`.
    Any,
}

impl Class {
    fn letters(&self) -> &'static [u8] {
        match self {
            Class::Fixed(_) => b"",
            Class::Digit | Class::Number => b"0123456789",
            Class::Upper => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            Class::Lower => b"abcdefghijklmnopqrstuvwxyz",
            Class::HexLower => b"0123456789abcdef",
            Class::HexUpper => b"0123456789ABCDEF",
            Class::Any => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        }
    }

    /// How many texts of this length there are.
    fn texts(&self, length: u8) -> u128 {
        match self {
            Class::Fixed(_) => 1,
            Class::Number if length == 0 => 0,
            Class::Number => 9u128.saturating_mul(10u128.saturating_pow(u32::from(length) - 1)),
            _ => (self.letters().len() as u128).saturating_pow(u32::from(length)),
        }
    }
}

impl Run {
    fn count(&self) -> u128 {
        if matches!(self.class, Class::Fixed(_)) {
            return 1;
        }
        (self.fewest..=self.most).fold(0, |sum: u128, length| {
            sum.saturating_add(self.class.texts(length))
        })
    }

    /// Text number `place` of [`count`](Run::count): shorter ones first, then in order of their letters.
    fn write(&self, mut place: u128, text: &mut String) {
        if let Class::Fixed(fixed) = &self.class {
            text.push_str(fixed);
            return;
        }
        let mut length = self.fewest;
        while length < self.most && place >= self.class.texts(length) {
            place -= self.class.texts(length);
            length += 1;
        }
        if self.class == Class::Number {
            place = place.saturating_add(10u128.saturating_pow(u32::from(length.max(1)) - 1));
        }
        let letters = self.class.letters();
        let base = letters.len() as u128;
        let start = text.len();
        text.extend(std::iter::repeat_n('0', usize::from(length)));
        let mut run: Vec<u8> = text.split_off(start).into_bytes();
        for letter in run.iter_mut().rev() {
            *letter = letters[(place % base) as usize];
            place /= base;
        }
        text.extend(run.into_iter().map(char::from));
    }
}

/// More identifiers than anybody needs; larger spaces are used only up to here.
const SPACE: u128 = 1 << 120;

impl Pattern {
    /// How many different identifiers there are, at most 2¹²⁰.
    pub fn capacity(&self) -> u128 {
        match &self.shape {
            Shape::Sequence { first, .. } => {
                (i128::from(i64::MAX) - i128::from(*first)) as u128 + 1
            }
            Shape::Runs(runs) => runs
                .iter()
                .fold(1u128, |product, run| product.saturating_mul(run.count()))
                .min(SPACE),
        }
    }

    /// Whether every identifier is a whole number without zeros in front.
    pub(crate) fn is_number(&self) -> bool {
        match &self.shape {
            Shape::Sequence { width, .. } => *width <= 1,
            Shape::Runs(runs) => matches!(
                runs.as_slice(),
                [Run {
                    class: Class::Number,
                    most: ..=18,
                    ..
                }]
            ),
        }
    }

    /// Identifier number `index` of a data set. As long as `index` stays below [`capacity`](Pattern::capacity) no two are equal; from there on they repeat.
    ///
    /// Sequences go on in order; other patterns are visited in an order shuffled by `seed` (a Feistel network with cycle walking, Black & Rogaway
    /// 2002), so that they look drawn and need no memory of those before.
    pub fn write(&self, index: u64, seed: Seed) -> String {
        match &self.shape {
            Shape::Sequence { first, width } => {
                let width = usize::from(*width);
                let value = first.saturating_add_unsigned(index);
                if value < 0 {
                    format!("{value}")
                } else {
                    format!("{value:0>width$}")
                }
            }
            Shape::Runs(runs) => {
                let capacity = self.capacity().max(1);
                let mut place = shuffled(u128::from(index) % capacity, capacity, seed);
                let mut text = String::new();
                // The last run changes fastest in the order of places, so it is taken first.
                let mut places = vec![0; runs.len()];
                for (run, slot) in runs.iter().zip(&mut places).rev() {
                    let count = run.count().max(1);
                    *slot = place % count;
                    place /= count;
                }
                for (run, place) in runs.iter().zip(places) {
                    run.write(place, &mut text);
                }
                text
            }
        }
    }
}

impl Pattern {
    /// Key number `index` of a data set: no two are equal, however many there are. Up to [`capacity`](Pattern::capacity) they are [`write`](Pattern::write)'s, then
    /// longer ones of the same look.
    pub fn key(&self, index: u64, seed: Seed) -> String {
        let mut index = u128::from(index);
        let mut pattern = std::borrow::Cow::Borrowed(self);
        while index >= pattern.capacity() {
            index -= pattern.capacity();
            let longer = pattern.longer();
            if longer == *pattern {
                break;
            }
            pattern = std::borrow::Cow::Owned(longer);
        }
        pattern.write(index as u64, seed)
    }

    /// A pattern whose identifiers are all longer than this one's.
    fn longer(&self) -> Pattern {
        let Shape::Runs(runs) = &self.shape else {
            return self.clone();
        };
        let mut runs = runs.clone();
        let spread: u32 = runs
            .iter()
            .map(|run| u32::from(run.most - run.fewest))
            .sum();
        let last = runs
            .iter_mut()
            .rev()
            .find(|run| !matches!(run.class, Class::Fixed(_)));
        if let Some(last) = last {
            let length = u32::from(last.fewest) + spread + 1;
            last.fewest = length.min(u32::from(u8::MAX)) as u8;
            last.most = last.fewest;
        } else {
            runs.push(Run {
                class: Class::Digit,
                fewest: 1,
                most: 1,
            });
        }
        Pattern {
            shape: Shape::Runs(runs),
            unique: self.unique,
        }
    }
}

/// A permutation of `0..capacity`, keyed by the seed.
fn shuffled(place: u128, capacity: u128, seed: Seed) -> u128 {
    let bits = 128 - (capacity - 1).leading_zeros();
    let half = bits.div_ceil(2).max(1);
    let mask = (1u128 << half) - 1;
    let keys: [u64; 6] = {
        let mut stream = Streams::new(seed, 0).stream("tables/identifiers");
        std::array::from_fn(|_| stream.next_u64())
    };
    let mut place = place;
    // Each walk stays in a domain at most four times the capacity, so it ends after four steps on average.
    loop {
        let (mut left, mut right) = (place >> half, place & mask);
        for key in keys {
            let mixed = u128::from(mix(right as u64 ^ mix(key))) & mask;
            (left, right) = (right, left ^ mixed);
        }
        place = (left << half) | right;
        if place < capacity {
            return place;
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::Sequence { first, width } => {
                let width = usize::from(*width);
                write!(f, "{first:0>width$}, +1, +1 …")
            }
            Shape::Runs(runs) => runs.iter().try_for_each(|run| run.fmt(f)),
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.class {
            Class::Fixed(text) => {
                for letter in text.chars() {
                    if !letter.is_alphanumeric()
                        && !matches!(letter, ' ' | '-' | '_' | '@' | '/' | ':' | '#')
                    {
                        f.write_str("\\")?;
                    }
                    write!(f, "{letter}")?;
                }
                return Ok(());
            }
            Class::Digit => f.write_str("\\d")?,
            Class::Number => {
                return match (self.fewest, self.most) {
                    (1, 1) => f.write_str("[1-9]"),
                    (a, b) if a == b => write!(f, "[1-9]\\d{{{}}}", a - 1),
                    (a, b) => write!(f, "[1-9]\\d{{{},{}}}", a.max(1) - 1, b.max(1) - 1),
                };
            }
            Class::Upper => f.write_str("[A-Z]")?,
            Class::Lower => f.write_str("[a-z]")?,
            Class::HexLower => f.write_str("[0-9a-f]")?,
            Class::HexUpper => f.write_str("[0-9A-F]")?,
            Class::Any => f.write_str("[0-9A-Za-z]")?,
        }
        match (self.fewest, self.most) {
            (1, 1) => Ok(()),
            (a, b) if a == b => write!(f, "{{{a}}}"),
            (a, b) => write!(f, "{{{a},{b}}}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn run(class: Class, fewest: u8, most: u8) -> Run {
        Run {
            class,
            fewest,
            most,
        }
    }

    #[test]
    fn every_identifier_of_a_small_pattern_comes_once_in_another_order_for_another_seed() {
        let pattern = Pattern {
            shape: Shape::Runs(vec![
                run(Class::Fixed("C-".into()), 1, 1),
                run(Class::Upper, 1, 1),
                run(Class::Number, 1, 3),
            ]),
            unique: true,
        };
        assert_eq!(pattern.to_string(), "C-[A-Z][1-9]\\d{0,2}");
        let capacity = pattern.capacity();
        assert_eq!(capacity, 26 * 999);
        let all: Vec<String> = (0..capacity as u64)
            .map(|i| pattern.write(i, Seed(1)))
            .collect();
        let different: BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|id| {
            let digits = &id[3..];
            id.starts_with("C-")
                && id.as_bytes()[2].is_ascii_uppercase()
                && !digits.starts_with('0')
                && digits.parse::<u32>().is_ok()
        }));
        assert_ne!(pattern.write(0, Seed(1)), pattern.write(0, Seed(2)));
        assert_eq!(
            pattern.write(0, Seed(1)),
            pattern.write(capacity as u64, Seed(1))
        );
    }

    #[test]
    fn keys_beyond_a_pattern_are_longer_and_still_different() {
        for runs in [
            vec![run(Class::Number, 1, 2)],
            vec![run(Class::Fixed("K".into()), 1, 1)],
            vec![
                run(Class::Digit, 1, 2),
                run(Class::Fixed("-".into()), 1, 1),
                run(Class::Upper, 1, 1),
            ],
        ] {
            let pattern = Pattern {
                shape: Shape::Runs(runs),
                unique: true,
            };
            let count = 3 * pattern.capacity() as u64 + 50;
            let keys: BTreeSet<String> = (0..count).map(|i| pattern.key(i, Seed(1))).collect();
            assert_eq!(keys.len() as u64, count, "{pattern}");
            assert_eq!(pattern.key(0, Seed(1)), pattern.write(0, Seed(1)));
        }
    }

    #[test]
    fn long_patterns_neither_overflow_nor_repeat() {
        let pattern = Pattern {
            shape: Shape::Runs(vec![run(Class::Any, 60, 64)]),
            unique: true,
        };
        assert_eq!(pattern.capacity(), SPACE);
        let some: BTreeSet<String> = (0..1000).map(|i| pattern.write(i, Seed(3))).collect();
        assert_eq!(some.len(), 1000);
        assert!(some.iter().all(|id| (60..=64).contains(&id.len())));
    }

    #[test]
    fn sequences_go_on() {
        let pattern = Pattern {
            shape: Shape::Sequence {
                first: 998,
                width: 5,
            },
            unique: true,
        };
        assert_eq!(pattern.write(0, Seed(0)), "00998");
        assert_eq!(pattern.write(3, Seed(9)), "01001");
    }
}
