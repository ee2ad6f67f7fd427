//! Numbers as people write them: currency, thousands, decimal commas, accountants' parentheses, powers of ten.

use crate::format::number::POWERS;
use crate::format::{Negative, NumberFormat};

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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

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
}
