//! What the numbers of a column have in common, and how they are written.

use crate::detect::distinct::Values;
use crate::detect::number::{Reading, parts};
use crate::format::number::EXACT;
use crate::format::number::POWERS;
use crate::format::{Decimals, Exponent, Negative, NumberFormat, Role, When};

/// Decimals beyond this many are not told apart.
const MANY: usize = 20;

/// What the numbers of a column have in common, under one reading of points and commas.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tally {
    pub(crate) cells: u64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
    /// Cells by their number of decimals, and those of them that end in a zero.
    pub(crate) decimals: [u64; MANY],
    pub(crate) trailing: [u64; MANY],
    pub(crate) leading_zeros: u64,
    pub(crate) narrowest: u8,
    pub(crate) widest: u8,
    /// Whole numbers that double precision cannot hold.
    pub(crate) inexact: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            cells: 0,
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            decimals: [0; MANY],
            trailing: [0; MANY],
            leading_zeros: 0,
            narrowest: u8::MAX,
            widest: 0,
            inexact: 0,
        }
    }
}

impl Tally {
    pub(crate) fn add(&mut self, reading: &Reading) {
        self.cells += 1;
        self.least = self.least.min(reading.value);
        self.greatest = self.greatest.max(reading.value);
        let decimals = usize::from(reading.decimals).min(MANY - 1);
        self.decimals[decimals] += 1;
        self.trailing[decimals] += u64::from(reading.trailing_zero);
        self.leading_zeros += u64::from(reading.leading_zero);
        self.narrowest = self.narrowest.min(reading.width);
        self.widest = self.widest.max(reading.width);
        self.inexact += u64::from(decimals == 0 && reading.value.abs() > EXACT);
    }

    /// A stored number: as many decimals as its shortest form has.
    pub(crate) fn add_number(&mut self, value: f64) {
        let decimals = (0..MANY - 2)
            .find(|&decimals| {
                let scaled = (value * POWERS[decimals]).round_ties_even();
                scaled / POWERS[decimals] == value
            })
            .unwrap_or(MANY - 1);
        self.add_stored(value, decimals as u8);
    }

    /// A stored whole number.
    pub(crate) fn add_integer(&mut self, value: i64) {
        self.add_stored(value as f64, 0);
    }

    fn add_stored(&mut self, value: f64, decimals: u8) {
        let magnitude = value.abs();
        self.add(&Reading {
            value,
            decimals,
            trailing_zero: false,
            width: if magnitude < 10.0 {
                1
            } else {
                (magnitude.log10() as u8).saturating_add(1)
            },
            leading_zero: false,
            group: None,
        });
    }

    pub(crate) fn merge(&mut self, other: &Tally) {
        self.cells += other.cells;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        for place in 0..MANY {
            self.decimals[place] += other.decimals[place];
            self.trailing[place] += other.trailing[place];
        }
        self.leading_zeros += other.leading_zeros;
        self.narrowest = self.narrowest.min(other.narrowest);
        self.widest = self.widest.max(other.widest);
        self.inexact += other.inexact;
    }

    /// Always so many decimals, or zeros left out at the end: whichever is true of more cells.
    fn kept(&self) -> Decimals {
        let fewest = (0..MANY)
            .find(|&place| self.decimals[place] > 0)
            .unwrap_or(0);
        let most = (0..MANY)
            .rfind(|&place| self.decimals[place] > 0)
            .unwrap_or(0);
        // The shortest form of a double needs up to 17 decimals of a number near one; more cannot be kept.
        if most > 17 {
            return Decimals::Shortest {
                fewest: fewest.min(1) as u8,
            };
        }
        let unlike_trimmed: u64 = (fewest + 1..MANY).map(|place| self.trailing[place]).sum();
        let unlike_fixed: u64 = (0..most).map(|place| self.decimals[place]).sum();
        let fewest = if unlike_fixed <= unlike_trimmed {
            most
        } else {
            fewest
        };
        Decimals::Kept {
            fewest: fewest as u8,
            most: most as u8,
        }
    }

    /// How the column writes these numbers; what is not in the tally comes from a sample of its texts.
    pub(crate) fn format(&self, mark: char, sample: &Values) -> NumberFormat {
        let mut format = NumberFormat {
            decimals: self.kept(),
            mark,
            ..NumberFormat::default()
        };
        let (mut grouped, mut ungrouped) = (Vec::<(char, u64)>::new(), 0);
        let mut affixes = Vec::<((&str, &str), u64)>::new();
        let mut negatives = Vec::<(Negative, u64)>::new();
        let (mut plus, mut no_plus) = (0, 0);
        let mut exponents: Vec<&str> = Vec::new();
        let mut all: Vec<(&str, f64)> = Vec::new();
        let mut digits = 0;
        for value in &sample.kept {
            let Some((parts, reading)) = parts(&value.text)
                .and_then(|parts| parts.read(mark).map(|reading| (parts, reading)))
            else {
                continue;
            };
            count(&mut affixes, (parts.prefix, parts.suffix), value.count);
            match (reading.group, reading.width > 3) {
                (Some(group), _) => count(&mut grouped, group, value.count),
                (None, true) => ungrouped += value.count,
                (None, false) => {}
            }
            if let Some(negative) = parts.negative {
                count(&mut negatives, negative, value.count);
            } else if parts.plus {
                plus += value.count;
            } else if reading.value > 0.0 {
                no_plus += value.count;
            }
            if !parts.exponent.is_empty() {
                exponents.push(parts.exponent);
            }
            digits = digits.max(parts.body.bytes().filter(u8::is_ascii_digit).count());
            all.push((&value.text, reading.value));
        }
        if let Some(((prefix, suffix), _)) = most(&affixes) {
            prefix.clone_into(&mut format.prefix);
            suffix.clone_into(&mut format.suffix);
        }
        format.group = most(&grouped)
            .filter(|(_, count)| *count > ungrouped)
            .map(|(group, _)| group);
        format.negative = most(&negatives).map_or(Negative::Minus, |(negative, _)| negative);
        format.plus = plus > no_plus;
        // Digits beyond what a double is sure of: the number is some program's shortest form.
        if let Decimals::Kept { fewest, most } = format.decimals
            && digits > 15
            && fewest < most
        {
            format.decimals = Decimals::Shortest { fewest };
        }
        format.exponent = exponent(&format, &exponents, &all);
        format
    }
}

/// The rule for powers of ten that explains most of the sample.
fn exponent(format: &NumberFormat, written: &[&str], all: &[(&str, f64)]) -> Option<Exponent> {
    let first = written.first()?;
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let base = Exponent {
        when: When::Python,
        upper: first.starts_with('E'),
        plus: !written.iter().any(|text| text.len() == 1 + digits(text)),
        digits: written.iter().map(|text| digits(text)).min().unwrap_or(1) as u8,
    };
    [When::Python, When::Shorter, When::Always]
        .into_iter()
        .map(|when| Exponent { when, ..base })
        .max_by_key(|&exponent| {
            let format = NumberFormat {
                exponent: Some(exponent),
                ..format.clone()
            };
            let right = all
                .iter()
                .filter(|(text, value)| format.write(*value) == *text)
                .count();
            // The first of equals: `max_by_key` alone would take the last.
            (right, exponent.when == When::Python)
        })
}

pub(crate) fn count<K: PartialEq>(counts: &mut Vec<(K, u64)>, key: K, times: u64) {
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, count)) => *count += times,
        None => counts.push((key, times)),
    }
}

/// The most frequent, and of equals the first met.
pub(crate) fn most<K: Clone>(counts: &[(K, u64)]) -> Option<(K, u64)> {
    counts.iter().rev().max_by_key(|(_, count)| *count).cloned()
}

/// The role that a column's name and range suggest.
pub(crate) fn role(name: &str, tally: &Tally) -> Role {
    let name = name.to_ascii_lowercase();
    let word = |known: &[&str]| {
        name.split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| known.contains(&word))
    };
    let within = |role: Role| {
        role.bounds()
            .is_some_and(|(low, high)| tally.least >= low && tally.greatest <= high)
    };
    let whole = tally.decimals[0] == tally.cells;
    if whole {
        Role::Plain
    } else if word(&["lat", "latitude"]) && within(Role::Latitude) {
        Role::Latitude
    } else if word(&["lon", "lng", "long", "longitude"]) && within(Role::Longitude) {
        Role::Longitude
    } else {
        Role::Plain
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::detect::distinct::{Distinct, hash_bytes};

    fn format(texts: &[&str], mark: char) -> NumberFormat {
        let mut tally = Tally::default();
        let mut sample = Distinct::new(1000);
        for text in texts {
            tally.add(&parts(text).unwrap().read(mark).unwrap());
            sample.add(hash_bytes(text.as_bytes()), 1, || (*text).into());
        }
        tally.format(mark, &sample.finish())
    }

    #[test]
    fn what_a_column_writes_it_writes_again() {
        let columns: [(&[&str], char); 16] = [
            (&["1", "-20", "300000"], '.'),
            (&["1.50", "-20.25", "0.00"], '.'),
            (&["7099.0", "3.12", "8.3014"], '.'),
            (&["$1,234.50", "$5.00", "-$17.25"], '.'),
            (&["($1,234.50)", "$5.00"], '.'),
            (&["1.234,5 €", "12 €", "-3,25 €"], ','),
            (&["1 234 567", "12"], '.'),
            (&["12'500.05", "7.10"], '.'),
            (&["12%", "7.5%", "100%"], '.'),
            (&["9e-04", "0.0158", "64", "11.88888889", "1e+05"], '.'),
            (&["2.73e-05", "0.0001", "1.5", "0.0"], '.'),
            (&["1.5E3", "2E10", "0E0"], '.'),
            (&["0.30000000000000004", "0.1", "2.5"], '.'),
            (&["+5", "-3", "0", "+12"], '.'),
            (&["17-", "5"], '.'),
            (&["EUR 17.50", "EUR 1.25"], '.'),
        ];
        for (texts, mark) in columns {
            let format = format(texts, mark);
            for text in texts {
                let value = format.read(text).unwrap();
                assert_eq!(format.write(value), *text, "{format:?}");
            }
        }
    }

    #[test]
    fn latitude_needs_name_range_and_decimals() {
        let tally = |values: &[f64]| {
            let mut tally = Tally::default();
            for &value in values {
                tally.add_number(value);
            }
            tally
        };
        assert_eq!(role("site_lat", &tally(&[37.88, -5.1])), Role::Latitude);
        assert_eq!(role("Longitude", &tally(&[-122.23, 5.5])), Role::Longitude);
        assert_eq!(role("latitude", &tally(&[137.88])), Role::Plain);
        assert_eq!(role("lat", &tally(&[3.0, 4.0])), Role::Plain);
        assert_eq!(role("flat_size", &tally(&[37.88])), Role::Plain);
    }
}
