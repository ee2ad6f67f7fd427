//! Numbers as a column writes them.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// How a column writes its numbers: `1234.5`, `1,234.50`, `1.234,5 €`, `($12)`, `-3.2e-05`, `17 %`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberFormat {
    /// Digits after the decimal mark.
    pub decimals: Decimals,
    /// The decimal mark: `.` or `,`.
    pub mark: char,
    /// Between groups of three digits: `,`, `.`, `'`, a space.
    pub group: Option<char>,
    /// Before the digits: `$`, `EUR `.
    pub prefix: String,
    /// After the digits: ` €`, `%`. A per cent stays what is written: `17 %` is 17.
    pub suffix: String,
    /// How a number below zero is marked.
    pub negative: Negative,
    /// Whether a number above zero has a `+`.
    pub plus: bool,
    /// Powers of ten, where the column writes some numbers with them.
    pub exponent: Option<Exponent>,
    /// What the number is, where it is known.
    pub role: Role,
}

/// How many digits follow the decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimals {
    /// Rounded to `most`; zeros at the end are left out down to `fewest`. Equal for a fixed number: `{2, 2}` writes `1.50`. Whole numbers: `{0, 0}`.
    Kept {
        /// Never fewer.
        fewest: u8,
        /// Never more; at most 17.
        most: u8,
    },
    /// As many as it takes to read the same bits back.
    Shortest {
        /// Never fewer.
        fewest: u8,
    },
}

/// How a number below zero is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Negative {
    /// `-$12`: before everything.
    Minus,
    /// `$-12`: between prefix and digits.
    AfterPrefix,
    /// `($12)`.
    Parentheses,
    /// `12-`: after the digits.
    Trailing,
    /// `−12`: the typographer's minus (U+2212), before everything.
    Typographic,
}

/// When and how a number is written with a power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exponent {
    /// Which numbers.
    pub when: When,
    /// `E` instead of `e`.
    pub upper: bool,
    /// `e+05` instead of `e05`.
    pub plus: bool,
    /// Digits of the exponent, at least: 2 in `e-05`.
    pub digits: u8,
}

/// Which numbers are written with a power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Those that become shorter by it, as R does.
    Shorter,
    /// Those below 10⁻⁴ or from 10¹⁶ on, as Python does.
    Python,
    /// All.
    Always,
}

/// What a number is, beyond being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nothing is known.
    #[default]
    Plain,
    /// Degrees north, −90…90.
    Latitude,
    /// Degrees east, −180…180.
    Longitude,
}

impl Role {
    /// Bounds that no value may pass, both included.
    pub fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Role::Plain => None,
            Role::Latitude => Some((-90.0, 90.0)),
            Role::Longitude => Some((-180.0, 180.0)),
        }
    }
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self::with_decimals(0)
    }
}

/// 10⁰ … 10¹⁷, all exact.
pub(crate) const POWERS: [f64; 18] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17,
];
/// Whole numbers up to here are exact in double precision.
pub(crate) const EXACT: f64 = 9_007_199_254_740_992.0;

impl NumberFormat {
    /// Plain numbers with a point and always so many decimals.
    pub fn with_decimals(decimals: u8) -> Self {
        let decimals = decimals.min(17);
        Self {
            decimals: Decimals::Kept {
                fewest: decimals,
                most: decimals,
            },
            mark: '.',
            group: None,
            prefix: String::new(),
            suffix: String::new(),
            negative: Negative::Minus,
            plus: false,
            exponent: None,
            role: Role::Plain,
        }
    }

    /// Whether only whole numbers can be written.
    pub fn is_integer(&self) -> bool {
        matches!(self.decimals, Decimals::Kept { most: 0, .. })
    }

    /// The distance of neighbouring numbers that can be written; `None` where it is that of double precision.
    pub fn step(&self) -> Option<f64> {
        match self.decimals {
            Decimals::Kept { most, .. } => Some(1.0 / POWERS[usize::from(most.min(17))]),
            Decimals::Shortest { .. } => None,
        }
    }

    /// The number nearest to `value` that can be written: what reading the written text gives. Not beyond the bounds of its role.
    pub fn snap(&self, value: f64) -> f64 {
        let value = match self.role.bounds() {
            Some((low, high)) => value.clamp(low, high),
            None => value,
        };
        match self.decimals {
            Decimals::Shortest { .. } => value,
            Decimals::Kept { most, .. } => {
                let power = POWERS[usize::from(most.min(17))];
                let scaled = (value * power).round_ties_even();
                if scaled.abs() < EXACT {
                    // No negative zero: it would be written with a sign.
                    scaled / power + 0.0
                } else {
                    value
                }
            }
        }
    }

    /// Writes a number. `NaN` gives an empty text, infinities `inf` and `-inf`; columns keep neither.
    pub fn write(&self, value: f64) -> String {
        let mut text = String::new();
        self.write_into(value, &mut text);
        text
    }

    /// Appends what [`write`](NumberFormat::write) returns.
    pub fn write_into(&self, value: f64, text: &mut String) {
        if !value.is_finite() {
            if !value.is_nan() {
                text.push_str(if value > 0.0 { "inf" } else { "-inf" });
            }
            return;
        }
        let value = self.snap(value);
        let below = value < 0.0;
        if below {
            match self.negative {
                Negative::Minus => text.push('-'),
                Negative::Typographic => text.push('\u{2212}'),
                Negative::Parentheses => text.push('('),
                Negative::AfterPrefix | Negative::Trailing => {}
            }
        } else if self.plus && value > 0.0 {
            text.push('+');
        }
        text.push_str(&self.prefix);
        if below && self.negative == Negative::AfterPrefix {
            text.push('-');
        }
        self.write_magnitude(value.abs(), text);
        if below && self.negative == Negative::Trailing {
            text.push('-');
        }
        text.push_str(&self.suffix);
        if below && self.negative == Negative::Parentheses {
            text.push(')');
        }
    }

    fn write_magnitude(&self, value: f64, text: &mut String) {
        let start = text.len();
        if self.exponent.is_none_or(|exponent| {
            exponent.when == When::Shorter
                || (exponent.when == When::Python
                    && (value == 0.0 || (1e-4..1e16).contains(&value)))
        }) {
            self.write_plain(value, text);
        }
        let Some(exponent) = self.exponent else {
            return;
        };
        let plain = text.len() - start;
        if plain > 0 && (exponent.when == When::Python || value == 0.0) {
            return;
        }
        let powered = self.powered(value, exponent);
        // R prefers the plain form when both are as long.
        if plain == 0 || powered.len() < plain {
            text.truncate(start);
            text.push_str(&powered);
        }
    }

    /// `3.2e-05`.
    fn powered(&self, value: f64, exponent: Exponent) -> String {
        let shortest = format!("{value:e}");
        let (mantissa, power) = shortest.split_once('e').unwrap_or((&shortest, "0"));
        let (sign, power) = match power.strip_prefix('-') {
            Some(power) => ("-", power),
            None if exponent.plus => ("+", power),
            None => ("", power),
        };
        let letter = if exponent.upper { 'E' } else { 'e' };
        let width = usize::from(exponent.digits);
        let mantissa = if self.mark == '.' {
            mantissa.to_owned()
        } else {
            mantissa.replace('.', &self.mark.to_string())
        };
        format!("{mantissa}{letter}{sign}{power:0>width$}")
    }

    fn write_plain(&self, value: f64, text: &mut String) {
        match self.decimals {
            Decimals::Kept { fewest, most } => {
                let most = most.min(17);
                let scaled = (value * POWERS[usize::from(most)]).round_ties_even();
                if scaled < EXACT {
                    self.write_scaled(scaled as u64, most, fewest, text);
                } else {
                    let digits = format!("{value:.*}", usize::from(most));
                    self.write_digits(&digits, fewest, text);
                }
            }
            Decimals::Shortest { fewest } => {
                let digits = format!("{value}");
                self.write_digits(&digits, fewest, text);
            }
        }
    }

    /// A number of 10^−`most`, without a detour over floating-point formatting: most of the time of writing a table goes here.
    fn write_scaled(&self, mut scaled: u64, most: u8, fewest: u8, text: &mut String) {
        let mut kept = most;
        while kept > fewest && scaled.is_multiple_of(10) {
            scaled /= 10;
            kept -= 1;
        }
        let mut digits = [b'0'; 40];
        let mut place = digits.len();
        let mut count = 0;
        while scaled > 0 || count <= usize::from(kept) {
            place -= 1;
            digits[place] = b'0' + (scaled % 10) as u8;
            scaled /= 10;
            count += 1;
        }
        let whole = count - usize::from(kept);
        if self.group.is_none() {
            // They are all digits.
            let written = |digits| std::str::from_utf8(digits).unwrap_or_default();
            let (before, after) = digits[place..].split_at(whole);
            text.push_str(written(before));
            if !after.is_empty() {
                text.push(self.mark);
                text.push_str(written(after));
            }
            return;
        }
        for (index, &digit) in digits[place..].iter().enumerate() {
            if index == whole {
                text.push(self.mark);
            } else if index > 0
                && index < whole
                && (whole - index).is_multiple_of(3)
                && let Some(group) = self.group
            {
                text.push(group);
            }
            text.push(char::from(digit));
        }
    }

    /// Digits with a point, as Rust formats them, in the column's dress.
    fn write_digits(&self, digits: &str, fewest: u8, text: &mut String) {
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        for (index, digit) in whole.chars().enumerate() {
            if index > 0
                && (whole.len() - index).is_multiple_of(3)
                && let Some(group) = self.group
            {
                text.push(group);
            }
            text.push(digit);
        }
        let fewest = usize::from(fewest);
        let trimmed = fraction
            .trim_end_matches('0')
            .len()
            .max(fewest.min(fraction.len()));
        if trimmed > 0 || fewest > 0 {
            text.push(self.mark);
            let _ = write!(text, "{:0<fewest$}", &fraction[..trimmed]);
        }
    }

    /// The form in a few signs, for showing: `1,234.50 €`.
    pub fn example(&self) -> String {
        let value = match self.decimals {
            _ if self.role != Role::Plain => 12.345_678,
            Decimals::Kept { most: 0, .. } => 1234.0,
            Decimals::Kept { .. } | Decimals::Shortest { .. } => 1234.5,
        };
        self.write(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(fewest: u8, most: u8) -> NumberFormat {
        NumberFormat {
            decimals: Decimals::Kept { fewest, most },
            ..NumberFormat::default()
        }
    }

    #[test]
    fn decimals_are_kept_fixed_or_trimmed() {
        assert_eq!(kept(2, 2).write(1.5), "1.50");
        assert_eq!(kept(1, 4).write(8.3014), "8.3014");
        assert_eq!(kept(1, 4).write(7099.0), "7099.0");
        assert_eq!(kept(0, 4).write(7099.0), "7099");
        assert_eq!(kept(0, 0).write(-0.3), "0");
        assert_eq!(kept(0, 10).write(101.3333333333), "101.3333333333");
        assert_eq!(kept(3, 3).write(0.0015), "0.002");
        assert_eq!(kept(2, 2).write(1e20), "100000000000000000000.00");
        assert_eq!(kept(0, 2).write(0.07), "0.07");
    }

    #[test]
    fn money_wears_its_dress() {
        let dollars = NumberFormat {
            group: Some(','),
            prefix: "$".into(),
            ..kept(2, 2)
        };
        assert_eq!(dollars.write(1_234_567.891), "$1,234,567.89");
        assert_eq!(dollars.write(-5.0), "-$5.00");
        let books = NumberFormat {
            negative: Negative::Parentheses,
            ..dollars.clone()
        };
        assert_eq!(books.write(-1234.5), "($1,234.50)");
        let after = NumberFormat {
            negative: Negative::AfterPrefix,
            ..dollars
        };
        assert_eq!(after.write(-5.0), "$-5.00");
        let euros = NumberFormat {
            mark: ',',
            group: Some('.'),
            suffix: " €".into(),
            ..kept(2, 2)
        };
        assert_eq!(euros.write(1234.5), "1.234,50 €");
        assert_eq!(euros.write(123.0), "123,00 €");
    }

    #[test]
    fn powers_of_ten_follow_r_or_python() {
        let r = NumberFormat {
            exponent: Some(Exponent {
                when: When::Shorter,
                upper: false,
                plus: true,
                digits: 2,
            }),
            ..kept(0, 9)
        };
        assert_eq!(r.write(9e-4), "9e-04");
        assert_eq!(r.write(0.00013), "0.00013");
        assert_eq!(r.write(100_000.0), "1e+05");
        assert_eq!(r.write(0.0), "0");
        let python = NumberFormat {
            exponent: Some(Exponent {
                when: When::Python,
                upper: false,
                plus: true,
                digits: 2,
            }),
            ..kept(1, 9)
        };
        assert_eq!(python.write(0.0009), "0.0009");
        assert_eq!(python.write(2.73e-5), "2.73e-05");
        assert_eq!(python.write(0.0), "0.0");
    }

    #[test]
    fn snapping_gives_what_the_written_text_says() {
        let format = kept(0, 3);
        let mut value = 0.000_123;
        for _ in 0..200 {
            value = -value * 1.13;
            let text = format.write(value);
            assert_eq!(
                text.parse::<f64>().map(|read| read + 0.0),
                Ok(format.snap(value)),
                "{text}"
            );
        }
    }

    #[test]
    fn latitudes_stay_on_earth() {
        let format = NumberFormat {
            role: Role::Latitude,
            ..kept(2, 2)
        };
        assert_eq!(format.write(93.0), "90.00");
    }
}
