//! What a column is, by a noisy count of what its cells look like.
//!
//! Each cell looks like one of a list of things that is the same for all data: a missing value in one of its spellings, a whole number, a number of so many decimals, a
//! moment in one of some patterns, a word. A row has one look in a column, so the count's sensitivity is one.

use crate::cells::Cell;
use crate::detect::{MISSING_SPELLINGS, among_words, spelling, spelling_text};
use crate::format::{Decimals, MomentFormat, NumberFormat};
use crate::table::{Kind, Storage};

/// Patterns of moments that are looked for; of two that fit, the first.
const PATTERNS: [&str; 16] = [
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%H:%M",
    "%H:%M:%S",
    "%d %b %Y",
];
/// The look of whole numbers; before it are the spellings of missing values, and null.
const NUMBERS: usize = MISSING_SPELLINGS + 1;
/// The look of numbers with powers of ten, or with more decimals.
const POWERS: usize = NUMBERS + DECIMALS + 1;
/// The place of the pattern of times of day.
const TIME: usize = 14;
/// Most digits behind the point that are told apart.
const DECIMALS: usize = 9;
/// Share of the cells with a value that must look alike.
const NEARLY_ALL: f64 = 0.9;
/// A count is there when it is so many standard deviations of its noise above 0: one of the list's hundred or so looks passes by chance once in 5,000 tables.
pub(crate) const THERE: f64 = 5.0;

/// The looks that are counted.
#[derive(Debug)]
pub(crate) struct Looks {
    moments: Vec<MomentFormat>,
}

impl Looks {
    pub(crate) fn new() -> Self {
        let patterns = PATTERNS.iter();
        Self {
            moments: patterns
                .filter_map(|p| MomentFormat::parse(p).ok())
                .collect(),
        }
    }

    /// How many there are: missing, null, whole to nine decimals, powers of ten, moments, words.
    pub(crate) fn count(&self) -> usize {
        MISSING_SPELLINGS + 1 + (DECIMALS + 1) + 1 + self.moments.len() + 1
    }

    fn words(&self) -> usize {
        POWERS + 1 + self.moments.len()
    }

    /// The look of a cell.
    pub(crate) fn of(&self, cell: Cell<'_>) -> usize {
        let text = match cell {
            Cell::Null => return MISSING_SPELLINGS,
            Cell::Integer(_) => return NUMBERS,
            Cell::Number(_) => return POWERS,
            Cell::Moment(seconds) => {
                // Within a day it is one's time: the first second of 1970 is no date that anybody stores.
                let pattern = if (0.0..86_400.0).contains(&seconds) {
                    TIME
                } else {
                    0
                };
                return POWERS + 1 + pattern;
            }
            Cell::Boolean(_) => return self.words(),
            Cell::Text(text) => text,
        };
        if let Some(place) = spelling(text) {
            return place;
        }
        if let Some(decimals) = decimals(text) {
            return match decimals {
                0..=DECIMALS => NUMBERS + decimals,
                _ => POWERS,
            };
        }
        if text.len() < 40
            && text.contains(['e', 'E'])
            && text.parse::<f64>().is_ok_and(f64::is_finite)
        {
            return POWERS;
        }
        match self.moments.iter().position(|m| m.read(text).is_some()) {
            Some(place) => POWERS + 1 + place,
            None => self.words(),
        }
    }

    /// What a column of texts is, by the noisy number of cells of each look.
    pub(crate) fn decide(&self, counts: &[i64], sd: f64) -> Decided {
        let count = |look: usize| counts[look].max(0) as f64;
        let is_there = |look: &usize| counts[*look] as f64 > THERE * sd;
        let sum = |looks: std::ops::Range<usize>| looks.filter(is_there).map(count).sum::<f64>();
        let numbers = sum(NUMBERS..POWERS + 1);
        let moments = sum(POWERS + 1..self.words());
        let words = sum(self.words()..self.words() + 1);
        let present = numbers + moments + words;
        let spelled = |fits: &dyn Fn(usize) -> bool| {
            let places = (0..MISSING_SPELLINGS).filter(|place| is_there(place) && fits(*place));
            places.max_by(|a, b| count(*a).total_cmp(&count(*b)))
        };
        if present > 0.0 && numbers >= NEARLY_ALL * present {
            let decimals: Vec<u8> = (0..=DECIMALS)
                .filter(|d| is_there(&(NUMBERS + d)))
                .map(|d| d as u8)
                .collect();
            let mut format = NumberFormat::default();
            format.decimals = match (decimals.first(), decimals.last()) {
                _ if is_there(&POWERS) => Decimals::Shortest { fewest: 0 },
                (Some(&fewest), Some(&most)) => Decimals::Kept { fewest, most },
                _ => format.decimals,
            };
            return Decided {
                kind: Kind::Number(format),
                missing: spelled(&|_| true).map(|place| spelling_text(place).to_owned()),
            };
        }
        if present > 0.0 && moments >= NEARLY_ALL * present {
            // Where days and months can be exchanged, most cells decide.
            let best = (0..self.moments.len())
                .max_by(|&a, &b| count(POWERS + 1 + a).total_cmp(&count(POWERS + 1 + b)));
            if let Some(format) = best.and_then(|best| self.moments.get(best)) {
                return Decided {
                    kind: Kind::Moment(format.clone()),
                    missing: spelled(&|_| true).map(|place| spelling_text(place).to_owned()),
                };
            }
        }
        Decided {
            kind: Kind::Category,
            missing: spelled(&among_words).map(|place| spelling_text(place).to_owned()),
        }
    }
}

/// How many cells have no value: null, or spelled so.
pub(crate) fn missing(counts: &[i64], spelled: Option<&str>) -> f64 {
    let spelled = spelled.and_then(spelling).map_or(0, |place| counts[place]);
    (counts[MISSING_SPELLINGS].max(0) + spelled.max(0)) as f64
}

/// What a column is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decided {
    pub(crate) kind: Kind,
    pub(crate) missing: Option<String>,
}

/// What a column is by its stored type alone; nothing for texts.
pub(crate) fn by_storage(storage: Storage) -> Option<Kind> {
    match storage {
        Storage::Text => None,
        Storage::Boolean => Some(Kind::Boolean {
            no: "false".to_owned(),
            yes: "true".to_owned(),
        }),
        Storage::Integer { .. } => Some(Kind::Number(NumberFormat::default())),
        Storage::Float { .. } => Some(super::columns::all_decimals()),
        Storage::Decimal { scale, .. } => Some(Kind::Number(NumberFormat::with_decimals(
            scale.max(0) as u8,
        ))),
        Storage::Date => MomentFormat::parse("%Y-%m-%d").ok().map(Kind::Moment),
        Storage::Timestamp { .. } => MomentFormat::parse("%Y-%m-%d %H:%M:%S")
            .ok()
            .map(Kind::Moment),
    }
}

/// Digits behind the point of a plainly written number; numbers that begin with a needless zero are none, because they name something.
fn decimals(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let named = whole.len() > 1 && whole.starts_with('0');
    let ends = digits.len() == whole.len() || !behind.is_empty();
    (!whole.is_empty() && whole.len() < 18 && !named && ends && all(whole) && all(behind))
        .then_some(behind.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_those_of_the_list() {
        let looks = Looks::new();
        assert_eq!(looks.moments.len(), PATTERNS.len());
        let of = |text| looks.of(Cell::Text(text));
        assert_eq!(of("12"), NUMBERS);
        assert_eq!(of("-12.50"), NUMBERS + 2);
        assert_eq!(of("1e-7"), POWERS);
        assert_eq!(of("0.12345678901"), POWERS);
        assert_eq!(of("2024-02-29"), POWERS + 1);
        assert_eq!(of("17.03.2024"), POWERS + 8);
        for word in [
            "nurse",
            "007",
            "12.",
            ".5x",
            "2024-02-30",
            "1,000",
            "--1",
            "infinity",
        ] {
            assert_eq!(of(word), looks.words(), "{word}");
        }
        assert_eq!(PATTERNS[TIME], "%H:%M:%S");
        assert_eq!(of("?"), spelling("?").unwrap_or_default());
        assert!(looks.words() < looks.count());
    }

    #[test]
    fn a_few_odd_cells_and_noise_change_nothing() {
        let looks = Looks::new();
        let mut counts = vec![30_i64; looks.count()];
        counts[NUMBERS] = 900;
        counts[NUMBERS + 2] = 9_000;
        counts[looks.words()] = 500;
        let decided = looks.decide(&counts, 20.0);
        let Kind::Number(format) = decided.kind else {
            panic!("{decided:?}");
        };
        assert_eq!(format.decimals, Decimals::Kept { fewest: 0, most: 2 });
        assert_eq!(decided.missing, None);
    }
}
