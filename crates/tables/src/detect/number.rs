//! Numbers as people write them: currency, thousands, decimal commas, accountants' parentheses, powers of ten.

use crate::detect::distinct::Values;
use crate::format::number::{EXACT, POWERS};
use crate::format::{Decimals, Exponent, Negative, NumberFormat, Role, When};

/// A number taken apart, before its points and commas are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts<'t> {
    pub(crate) prefix: &'t str,
    pub(crate) suffix: &'t str,
    pub(crate) negative: Option<Negative>,
    pub(crate) plus: bool,
    /// Digits, points, commas and what else stands between groups.
    pub(crate) body: &'t str,
    /// `e-05` with its letter.
    pub(crate) exponent: &'t str,
}

/// The digits of a number under one reading of points and commas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading {
    pub(crate) value: f64,
    pub(crate) decimals: u8,
    /// Whether the last decimal is a zero.
    pub(crate) trailing_zero: bool,
    /// Digits before the decimal mark.
    pub(crate) width: u8,
    /// Whether a zero stands in front of further digits.
    pub(crate) leading_zero: bool,
    pub(crate) group: Option<char>,
}

/// What may stand before or after a number, spaces apart.
const AFFIXES: [&str; 72] = [
    "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₴", "₪", "₫", "฿", "R$", "A$", "C$", "US$", "kr",
    "kr.", "zł", "Kč", "Ft", "lei", "Rs", "Rs.", "R", "USD", "EUR", "GBP", "JPY", "CHF", "CAD",
    "AUD", "NZD", "CNY", "INR", "RUB", "BRL", "MXN", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF",
    "TRY", "ZAR", "KRW", "SGD", "HKD", "Fr.", "%", "‰", "kg", "g", "mg", "km", "m", "cm", "mm",
    "°C", "°F", "°", "h", "min", "s", "ms", "GB", "MB", "kWh", "km/h", "lb", "ft",
];

/// Longer texts are no numbers.
const LONGEST: usize = 48;

const SPACES: [char; 5] = [' ', '\u{a0}', '\u{202f}', '\'', '_'];

/// Takes a text apart if it may be a number.
pub(crate) fn parts(text: &str) -> Option<Parts<'_>> {
    let mut rest = text;
    if rest.is_empty() || rest.len() > LONGEST {
        return None;
    }
    let mut negative = None;
    let mut plus = false;
    if let Some(inner) = rest
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        negative = Some(Negative::Parentheses);
        rest = inner;
    } else if let Some(inner) = rest.strip_prefix('-') {
        negative = Some(Negative::Minus);
        rest = inner;
    } else if let Some(inner) = rest.strip_prefix('\u{2212}') {
        negative = Some(Negative::Typographic);
        rest = inner;
    } else if let Some(inner) = rest.strip_prefix('+') {
        plus = true;
        rest = inner;
    }
    let digit = rest.find(|c: char| c.is_ascii_digit())?;
    // `.5`: the point belongs to the number.
    let digit = if rest[..digit].ends_with(['.', ',']) && !known(rest[..digit].trim()) {
        digit - 1
    } else {
        digit
    };
    let mut prefix = &rest[..digit];
    rest = &rest[digit..];
    if let Some(before) = prefix.strip_suffix('-') {
        if negative.is_some() || before.is_empty() {
            return None;
        }
        negative = Some(Negative::AfterPrefix);
        prefix = before;
    }
    let mut end = 0;
    for (place, letter) in rest.char_indices() {
        let next = place + letter.len_utf8();
        let before_digit = || rest[next..].starts_with(|c: char| c.is_ascii_digit());
        if letter.is_ascii_digit()
            || (matches!(letter, '.' | ',') && (before_digit() || place == end))
            || (SPACES.contains(&letter) && before_digit())
        {
            end = next;
        } else {
            break;
        }
    }
    // A full stop behind the number is no decimal mark.
    let body = rest[..end].trim_end_matches(['.', ',']);
    let mut suffix = &rest[body.len()..];
    let mut exponent = "";
    if suffix.starts_with(['e', 'E']) {
        let digits = suffix[1..].trim_start_matches(['+', '-']);
        let signs = suffix.len() - 1 - digits.len();
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        if length > 0 && length <= 3 && signs <= 1 {
            (exponent, suffix) = suffix.split_at(1 + signs + length);
        }
    }
    if let Some(before) = suffix.strip_suffix('-').filter(|_| negative.is_none()) {
        negative = Some(Negative::Trailing);
        suffix = before;
    }
    (known(prefix.trim()) && known(suffix.trim())).then_some(Parts {
        prefix,
        suffix,
        negative,
        plus,
        body,
        exponent,
    })
}

fn known(affix: &str) -> bool {
    affix.is_empty() || AFFIXES.contains(&affix)
}

impl Parts<'_> {
    /// The number, if points and commas make sense with this decimal mark.
    pub(crate) fn read(&self, mark: char) -> Option<Reading> {
        let (whole, fraction) = match self.body.rsplit_once(mark) {
            Some((whole, fraction)) => (whole, fraction),
            None => (self.body, ""),
        };
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || fraction.len() > 40 {
            return None;
        }
        let group = whole.chars().find(|c| !c.is_ascii_digit());
        let mut digits = String::with_capacity(self.body.len() + 8);
        if let Some(group) = group {
            if group == mark {
                return None;
            }
            let mut groups = whole.split(group);
            let first = groups.next().unwrap_or("");
            if first.is_empty() || first.len() > 3 || first.starts_with('0') {
                return None;
            }
            digits.push_str(first);
            for three in groups {
                if three.len() != 3 || !three.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                digits.push_str(three);
            }
        } else {
            digits.push_str(whole);
        }
        if digits.is_empty() && fraction.is_empty() {
            return None;
        }
        let width = digits.len() as u8;
        let leading_zero = digits.len() > 1 && digits.starts_with('0');
        let power: i32 = if self.exponent.is_empty() {
            0
        } else {
            self.exponent[1..].parse().ok()?
        };
        digits.push('.');
        digits.push_str(fraction);
        digits.push_str(self.exponent);
        let digits = if width == 0 {
            format!("0{digits}")
        } else {
            digits
        };
        let value: f64 = digits.parse().ok()?;
        if !value.is_finite() {
            return None;
        }
        Some(Reading {
            value: if self.negative.is_some() {
                -value
            } else {
                value
            },
            decimals: (fraction.len() as i32 - power).clamp(0, 40) as u8,
            trailing_zero: fraction.ends_with('0') && power == 0,
            width,
            leading_zero,
            group,
        })
    }
}

/// `-12.50`: the form of nearly all numbers, without a detour. Up to 15 digits, so that one division gives the right bits.
pub(crate) fn plain(text: &[u8]) -> Option<Reading> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.len() > 16 {
        return None;
    }
    let mut mantissa = 0u64;
    let mut point = None;
    for (place, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() && place > 0 => point = Some(place),
            _ => return None,
        }
    }
    let width = point.unwrap_or(digits.len());
    let decimals = digits.len() - point.map_or(digits.len(), |point| point + 1);
    if width == 0 || width + decimals > 15 || (point.is_some() && decimals == 0) {
        return None;
    }
    let magnitude = mantissa as f64 / POWERS[decimals];
    Some(Reading {
        value: if digits.len() < text.len() {
            -magnitude
        } else {
            magnitude
        },
        decimals: decimals as u8,
        trailing_zero: decimals > 0 && digits[digits.len() - 1] == b'0',
        width: width as u8,
        leading_zero: width > 1 && digits[0] == b'0',
        group: None,
    })
}

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

impl NumberFormat {
    /// The number that a text tells in this format, or in a plainer one: without sign of currency, without groups. `None` where it is no number.
    pub fn read(&self, text: &str) -> Option<f64> {
        if self.mark == '.'
            && let Some(reading) = plain(text.as_bytes())
        {
            return Some(reading.value);
        }
        parts(text)
            .and_then(|parts| parts.read(self.mark))
            .map(|reading| reading.value)
    }
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
    fn points_and_commas_make_sense_or_do_not() {
        let read = |text: &str, mark| {
            parts(text)
                .and_then(|parts| parts.read(mark))
                .map(|reading| reading.value)
        };
        assert_eq!(read("1,234", '.'), Some(1234.0));
        assert_eq!(read("1,234", ','), Some(1.234));
        assert_eq!(read("1,23", '.'), None);
        assert_eq!(read("0,123", '.'), None);
        assert_eq!(read("1.234.567", ','), Some(1_234_567.0));
        assert_eq!(read("1.234.567", '.'), None);
        assert_eq!(read(".5", '.'), Some(0.5));
        assert_eq!(read("5.", '.'), None);
        for text in [
            "", "-", "11th", "1-2", "7th-8th", "1e", "e5", "0x1F", "1 2", "$", "--1", "1__000",
            "12:30", "nan", "inf", "1e999",
        ] {
            assert_eq!(read(text, '.'), None, "{text}");
        }
    }

    #[test]
    fn the_short_way_and_the_long_way_agree() {
        for text in [
            "0",
            "-0",
            "7",
            "007",
            "12.5",
            "-12.50",
            "123456789012345",
            "0.000000000001",
            "1.",
            ".5",
            "1.2.3",
            "-",
            "12345678901234567",
        ] {
            let long = parts(text)
                .filter(|parts| parts.prefix.is_empty() && parts.suffix.is_empty())
                .and_then(|parts| parts.read('.'));
            if let Some(short) = plain(text.as_bytes()) {
                assert_eq!(Some(short), long, "{text}");
            }
        }
        assert!(plain(b"-12.50").is_some() && plain(b"007").is_some());
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
