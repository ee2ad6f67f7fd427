//! Moments as a column writes them: `2024-03-07`, `07/03/24 5:09 PM`, `2024-03-07T17:09:00.5+01:00`, `17:09`.

use std::fmt;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// How a column writes dates and times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct MomentFormat {
    items: Vec<Item>,
    zone: Zone,
    step_s: f64,
}

/// Which time the digits tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Local wall time: the column names no zone.
    Wall,
    /// A fixed distance to UTC, in seconds east. Values are instants; all are written at this distance.
    Offset(i32),
}

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Year,
    Year2,
    Month {
        padded: bool,
    },
    MonthName {
        full: bool,
        upper: bool,
    },
    Day {
        padded: bool,
    },
    Hour {
        padded: bool,
    },
    Hour12 {
        padded: bool,
    },
    Minute,
    Second,
    /// With its point; `fewest` and `most` digits, left out altogether when `fewest` is 0 and nothing is left.
    Fraction {
        fewest: u8,
        most: u8,
    },
    HalfDay {
        upper: bool,
    },
    /// `+01:00` or `+0100`; `Z` stands for UTC as a literal.
    Offset {
        colon: bool,
    },
    /// Hours of a duration, which may be more than a day.
    ElapsedHours {
        padded: bool,
    },
    /// `+01`; minutes are lost.
    OffsetHours,
    Literal(char),
}

/// Why a text is no pattern of moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    message: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PatternError {}

impl PatternError {
    /// What a pattern may say.
    pub fn hint(&self) -> &'static str {
        "a pattern is made of %Y %y %m %-m %d %-d %b %B %H %-H %I %-I %E %M %S %f %p %z %Z %i and what stands between them, such as `%d.%m.%Y %H:%M`"
    }
}

/// The form in files.
#[derive(Serialize, Deserialize)]
struct Written {
    pattern: String,
    zone: Zone,
    step_s: f64,
}

impl From<MomentFormat> for Written {
    fn from(format: MomentFormat) -> Self {
        Written {
            pattern: format.pattern(),
            zone: format.zone,
            step_s: format.step_s,
        }
    }
}

impl TryFrom<Written> for MomentFormat {
    type Error = PatternError;

    fn try_from(written: Written) -> Result<Self, PatternError> {
        let mut format = MomentFormat::parse(&written.pattern)?;
        format.zone = written.zone;
        if written.step_s > 0.0 {
            format.step_s = written.step_s;
        }
        Ok(format)
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A month by its English name or the name's first three letters, in any case; 1…12.
pub(crate) fn month_by_name(word: &str) -> Option<u32> {
    let found = MONTHS.iter().position(|month| {
        month.eq_ignore_ascii_case(word)
            || (word.len() == 3 && month[..3].eq_ignore_ascii_case(word))
    })?;
    Some(found as u32 + 1)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar. (Hinnant, *chrono-compatible low-level date algorithms*.)
pub(crate) fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let month = i64::from(month);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a day, the inverse of [`days_from_civil`].
pub(crate) fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days - era * 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = (if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    }) as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// How many days a month has.
pub(crate) fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl MomentFormat {
    /// Reads a pattern: `%Y-%m-%d`, `%d/%m/%y %-I:%M %p`, `%Y-%m-%dT%H:%M:%S%f%z`.
    ///
    /// As in `strftime`, but `%f` brings its own point and `%3f` fixes its digits; `%-m`, `%-d`, `%-H`, `%-I` are not padded, `%E` are the hours of a duration, of any number. `%z` is `+01:00`, `%Z` is
    /// `+0100`, `%i` is `+01`. A pattern with a zone starts out in UTC; see [`with_zone`](MomentFormat::with_zone).
    ///
    /// # Errors
    ///
    /// A directive that is not in this list, or no directive at all.
    pub fn parse(pattern: &str) -> Result<Self, PatternError> {
        let mut items = Vec::new();
        let mut letters = pattern.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                items.push(Item::Literal(letter));
                continue;
            }
            let mut directive = letters.next().unwrap_or('%');
            let padded = directive != '-';
            let digits = directive.to_digit(10);
            if !padded || digits.is_some() {
                directive = letters.next().unwrap_or('%');
            }
            items.push(match (directive, padded, digits) {
                ('Y', true, None) => Item::Year,
                ('y', true, None) => Item::Year2,
                ('m', _, None) => Item::Month { padded },
                ('d', _, None) => Item::Day { padded },
                ('b', true, None) => Item::MonthName {
                    full: false,
                    upper: false,
                },
                ('B', true, None) => Item::MonthName {
                    full: true,
                    upper: false,
                },
                ('h', true, None) => Item::MonthName {
                    full: false,
                    upper: true,
                },
                ('H', _, None) => Item::Hour { padded },
                ('I', _, None) => Item::Hour12 { padded },
                ('E', _, None) => Item::ElapsedHours { padded },
                ('M', true, None) => Item::Minute,
                ('S', true, None) => Item::Second,
                ('f', true, None) => Item::Fraction { fewest: 0, most: 6 },
                ('f', true, Some(digits @ 1..=9)) => Item::Fraction {
                    fewest: digits as u8,
                    most: digits as u8,
                },
                ('p', true, None) => Item::HalfDay { upper: true },
                ('P', true, None) => Item::HalfDay { upper: false },
                ('z', true, None) => Item::Offset { colon: true },
                ('Z', true, None) => Item::Offset { colon: false },
                ('i', true, None) => Item::OffsetHours,
                ('%', true, None) => Item::Literal('%'),
                (directive, ..) => {
                    return Err(PatternError {
                        message: format!("`%{directive}` is no part of a date or time pattern"),
                    });
                }
            });
        }
        if items.iter().all(|item| matches!(item, Item::Literal(_))) {
            return Err(PatternError {
                message: "the pattern has no part of a date or time".to_owned(),
            });
        }
        Ok(Self::from_items(items))
    }

    pub(crate) fn from_items(items: Vec<Item>) -> Self {
        let zone = if items
            .iter()
            .any(|item| matches!(item, Item::Offset { .. } | Item::OffsetHours))
            || items.last() == Some(&Item::Literal('Z'))
        {
            Zone::Offset(0)
        } else {
            Zone::Wall
        };
        let has = |wanted: fn(&Item) -> bool| items.iter().any(wanted);
        let step_s = if let Some(most) = items.iter().find_map(|item| match item {
            Item::Fraction { most, .. } => Some(*most),
            _ => None,
        }) {
            1.0 / super::number::POWERS[usize::from(most.min(9))]
        } else if has(|item| matches!(item, Item::Second)) {
            1.0
        } else if has(|item| matches!(item, Item::Minute)) {
            60.0
        } else if has(|item| {
            matches!(
                item,
                Item::Hour { .. } | Item::Hour12 { .. } | Item::ElapsedHours { .. }
            )
        }) {
            3600.0
        } else {
            86_400.0
        };
        Self {
            items,
            zone,
            step_s,
        }
    }

    /// The same pattern at another distance to UTC.
    pub fn with_zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// The same pattern for values that come in larger steps than it could write, such as whole hours. In seconds.
    pub fn with_step_s(mut self, step_s: f64) -> Self {
        self.step_s = step_s;
        self
    }

    /// The pattern as [`parse`](MomentFormat::parse) reads it.
    pub fn pattern(&self) -> String {
        let mut text = String::new();
        for item in &self.items {
            let dash = |padded: bool| if padded { "" } else { "-" };
            let _ = match *item {
                Item::Year => write!(text, "%Y"),
                Item::Year2 => write!(text, "%y"),
                Item::Month { padded } => write!(text, "%{}m", dash(padded)),
                Item::Day { padded } => write!(text, "%{}d", dash(padded)),
                Item::MonthName { full: true, .. } => write!(text, "%B"),
                Item::MonthName { upper: true, .. } => write!(text, "%h"),
                Item::MonthName { .. } => write!(text, "%b"),
                Item::Hour { padded } => write!(text, "%{}H", dash(padded)),
                Item::Hour12 { padded } => write!(text, "%{}I", dash(padded)),
                Item::ElapsedHours { padded } => write!(text, "%{}E", dash(padded)),
                Item::Minute => write!(text, "%M"),
                Item::Second => write!(text, "%S"),
                Item::Fraction { fewest: 0, .. } => write!(text, "%f"),
                Item::Fraction { most, .. } => write!(text, "%{most}f"),
                Item::HalfDay { upper: true } => write!(text, "%p"),
                Item::HalfDay { upper: false } => write!(text, "%P"),
                Item::Offset { colon: true } => write!(text, "%z"),
                Item::Offset { colon: false } => write!(text, "%Z"),
                Item::OffsetHours => write!(text, "%i"),
                Item::Literal('%') => write!(text, "%%"),
                Item::Literal(letter) => write!(text, "{letter}"),
            };
        }
        text
    }

    /// Which time the digits tell.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// The distance of neighbouring values, in seconds: 86400 for dates, 60 for hours and minutes.
    pub fn step_s(&self) -> f64 {
        self.step_s
    }

    /// Whether it names a day.
    pub fn has_date(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item, Item::Day { .. } | Item::Year | Item::Year2))
    }

    /// Whether it names a time of day.
    pub fn has_time(&self) -> bool {
        self.items.iter().any(|item| {
            matches!(
                item,
                Item::Hour { .. } | Item::Hour12 { .. } | Item::ElapsedHours { .. }
            )
        })
    }

    /// Whether it tells how long something takes, which may be more than a day.
    pub fn is_duration(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item, Item::ElapsedHours { .. }))
    }

    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    fn offset_s(&self) -> i32 {
        match self.zone {
            Zone::Wall => 0,
            Zone::Offset(seconds) => seconds,
        }
    }

    /// The value nearest to `value` that can be written, in seconds. Dates stay within the years 0000–9999, times of day within a day.
    pub fn snap(&self, value: f64) -> f64 {
        let offset = f64::from(self.offset_s());
        let local = ((value + offset) / self.step_s).round_ties_even() * self.step_s;
        let local = if self.has_date() {
            local.clamp(YEAR_0_S, YEAR_9999_END_S - self.step_s)
        } else if self.is_duration() {
            local.clamp(0.0, LONGEST_S)
        } else {
            local.clamp(0.0, 86_400.0 - self.step_s)
        };
        local - offset
    }

    /// Writes a moment; `value` in seconds as in [`Cells::Numbers`](crate::Cells::Numbers). `NaN` gives an empty text.
    pub fn write(&self, value: f64) -> String {
        let mut text = String::new();
        self.write_into(value, &mut text);
        text
    }

    /// Appends what [`write`](MomentFormat::write) returns.
    pub fn write_into(&self, value: f64, text: &mut String) {
        if value.is_nan() {
            return;
        }
        let offset = self.offset_s();
        let local = self.snap(value) + f64::from(offset);
        let mut seconds = local.floor();
        // Microseconds: what double precision holds of a moment of our days.
        let mut micros = ((local - seconds) * 1e6).round_ties_even() as u64;
        if micros == 1_000_000 {
            micros = 0;
            seconds += 1.0;
        }
        let seconds = seconds as i64;
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        for item in &self.items {
            match *item {
                Item::Year => digits(year as u64, 4, text),
                Item::Year2 => digits((year % 100) as u64, 2, text),
                Item::Month { padded } => {
                    digits(u64::from(month), if padded { 2 } else { 1 }, text);
                }
                Item::Day { padded } => digits(u64::from(day), if padded { 2 } else { 1 }, text),
                Item::MonthName { full, upper } => {
                    let name = MONTHS[month as usize - 1];
                    let name = if full { name } else { &name[..3] };
                    if upper {
                        text.extend(name.chars().map(|c| c.to_ascii_uppercase()));
                    } else {
                        text.push_str(name);
                    }
                }
                Item::Hour { padded } => digits(hour as u64, if padded { 2 } else { 1 }, text),
                Item::Hour12 { padded } => {
                    digits(
                        ((hour + 11) % 12 + 1) as u64,
                        if padded { 2 } else { 1 },
                        text,
                    );
                }
                Item::ElapsedHours { padded } => {
                    let hours = seconds.max(0) as u64 / 3600;
                    digits(hours, if padded { 2 } else { 1 }, text);
                }
                Item::Minute => digits(minute as u64, 2, text),
                Item::Second => digits(second as u64, 2, text),
                Item::Fraction { fewest, most } => {
                    let all = format!("{micros:06}000");
                    let all = &all[..usize::from(most.min(9))];
                    let kept = all.trim_end_matches('0').len().max(usize::from(fewest));
                    if kept > 0 {
                        text.push('.');
                        text.push_str(&all[..kept]);
                    }
                }
                Item::HalfDay { upper } => text.push_str(match (hour >= 12, upper) {
                    (false, true) => "AM",
                    (true, true) => "PM",
                    (false, false) => "am",
                    (true, false) => "pm",
                }),
                Item::Offset { colon } => {
                    text.push(if offset < 0 { '-' } else { '+' });
                    let minutes = u64::from(offset.unsigned_abs() / 60);
                    digits(minutes / 60, 2, text);
                    if colon {
                        text.push(':');
                    }
                    digits(minutes % 60, 2, text);
                }
                Item::OffsetHours => {
                    text.push(if offset < 0 { '-' } else { '+' });
                    digits(u64::from(offset.unsigned_abs() / 3600), 2, text);
                }
                Item::Literal(letter) => text.push(letter),
            }
        }
    }
}

/// Durations end here: 999,999 hours.
const LONGEST_S: f64 = 3_599_996_400.0;
/// 0000-01-01T00:00.
const YEAR_0_S: f64 = -62_167_219_200.0;
/// 10000-01-01T00:00.
const YEAR_9999_END_S: f64 = 253_402_300_800.0;

/// Decimal digits, at least `width`.
fn digits(value: u64, width: usize, text: &mut String) {
    let mut buffer = [b'0'; 20];
    let mut rest = value;
    let mut place = buffer.len();
    while rest > 0 || buffer.len() - place < width {
        place -= 1;
        buffer[place] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text.extend(buffer[place..].iter().map(|&digit| char::from(digit)));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn write(pattern: &str, value: f64) -> String {
        MomentFormat::parse(pattern).unwrap().write(value)
    }

    #[test]
    fn the_calendar_is_its_own_inverse() {
        let mut expected = days_from_civil(-1, 12, 31);
        for year in 0..=2400 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    expected += 1;
                    assert_eq!(days_from_civil(year, month, day), expected);
                    assert_eq!(civil_from_days(expected), (year, month, day));
                }
            }
        }
        assert_eq!(days_from_civil(1970, 1, 1), 0);
    }

    #[test]
    fn moments_are_written_by_their_pattern() {
        // date -u -d @1709830541: Thu Mar  7 16:55:41 UTC 2024
        let value = 1_709_830_541.25;
        assert_eq!(write("%Y-%m-%d", value), "2024-03-08");
        assert_eq!(write("%Y-%m-%d", 1_709_769_600.0), "2024-03-07");
        assert_eq!(
            write("%Y-%m-%dT%H:%M:%S%fZ", value),
            "2024-03-07T16:55:41.25Z"
        );
        assert_eq!(
            write("%Y-%m-%d %H:%M:%S%3f", value),
            "2024-03-07 16:55:41.250"
        );
        assert_eq!(write("%-d/%-m/%y %-I:%M %p", value), "7/3/24 4:56 PM");
        assert_eq!(write("%d-%b-%Y", 1_709_769_600.0), "07-Mar-2024");
        assert_eq!(write("%B %-d, %Y", 1_709_769_600.0), "March 7, 2024");
        assert_eq!(write("%d%h%Y", 1_709_769_600.0), "07MAR2024");
        assert_eq!(write("%H:%M", 46_799.0), "13:00");
        assert_eq!(write("%H:%M", 1e9), "23:59");
        assert_eq!(write("%-I %P", 0.0), "12 am");
        assert_eq!(write("%E:%M:%S", 90_061.0), "25:01:01");
        assert_eq!(write("%-E:%M", 1e18), "999999:00");
    }

    #[test]
    fn instants_are_written_at_their_distance_to_utc() {
        let format = MomentFormat::parse("%Y-%m-%d %H:%M:%S%z").unwrap();
        assert_eq!(format.zone(), Zone::Offset(0));
        let value = 1_709_830_541.0;
        assert_eq!(format.write(value), "2024-03-07 16:55:41+00:00");
        let format = format.with_zone(Zone::Offset(-12_600));
        assert_eq!(format.write(value), "2024-03-07 13:25:41-03:30");
    }

    #[test]
    fn years_beyond_four_digits_are_held_back() {
        assert_eq!(write("%Y-%m-%d", 1e18), "9999-12-31");
        assert_eq!(write("%Y-%m-%d", -1e18), "0000-01-01");
        assert_eq!(write("%Y-%m-%d", f64::NAN), "");
    }

    #[test]
    fn a_pattern_reads_back_and_a_wrong_one_says_why() {
        for pattern in ["%Y-%m-%dT%H:%M:%S%fZ", "%-d/%-m/%y %-I:%M %p", "%h %B%%%Z"] {
            assert_eq!(MomentFormat::parse(pattern).unwrap().pattern(), pattern);
        }
        let error = MomentFormat::parse("%Y-%q").unwrap_err();
        assert!(error.to_string().contains("`%q`"), "{error}");
        assert!(MomentFormat::parse("today").is_err());
    }
}
