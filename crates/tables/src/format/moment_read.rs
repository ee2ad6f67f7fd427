//! Reading moments by their pattern.

use super::moment::{Item, MomentFormat, Zone, days_from_civil, days_in_month, month_by_name};

impl MomentFormat {
    /// The moment that a text tells in this pattern, in seconds as in [`Cells::Numbers`](crate::Cells::Numbers); `None` where it is not written so, or is
    /// no date or time that exists.
    ///
    /// Two digits of a year are 1969–2068, as in POSIX. A leap second is the first second of the next minute.
    pub fn read(&self, text: &str) -> Option<f64> {
        let mut rest = text;
        let (mut year, mut month, mut day) = (1970, 1, 1);
        let (mut hour, mut minute, mut second, mut fraction) = (0, 0, 0, 0.0);
        let mut elapsed = 0;
        let mut afternoon = None;
        let mut offset = match self.zone() {
            Zone::Wall => 0,
            Zone::Offset(seconds) => i64::from(seconds),
        };
        for item in self.items() {
            match *item {
                Item::Year => year = i64::from(take(&mut rest, 4, 4)?),
                Item::Year2 => {
                    let two = i64::from(take(&mut rest, 2, 2)?);
                    year = if two < 69 { 2000 + two } else { 1900 + two };
                }
                Item::Month { padded } => month = take(&mut rest, if padded { 2 } else { 1 }, 2)?,
                Item::Day { padded } => day = take(&mut rest, if padded { 2 } else { 1 }, 2)?,
                Item::MonthName { full, .. } => {
                    let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
                    let length = if full { length } else { length.min(3) };
                    month = month_by_name(rest.get(..length)?)?;
                    rest = &rest[length..];
                }
                Item::Hour { padded } => hour = take(&mut rest, if padded { 2 } else { 1 }, 2)?,
                Item::Hour12 { padded } => {
                    hour = take(&mut rest, if padded { 2 } else { 1 }, 2)?;
                    if !(1..=12).contains(&hour) {
                        return None;
                    }
                }
                Item::ElapsedHours { padded } => {
                    elapsed = take(&mut rest, if padded { 2 } else { 1 }, 6)?;
                }
                Item::Minute => minute = take(&mut rest, 2, 2)?,
                Item::Second => second = take(&mut rest, 2, 2)?,
                Item::Fraction { fewest, most } => {
                    let digits = match rest.strip_prefix('.') {
                        Some(after) => {
                            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                            if digits == 0 {
                                return None;
                            }
                            fraction = rest[..=digits].parse().ok()?;
                            rest = &after[digits..];
                            digits
                        }
                        None => 0,
                    };
                    if digits < usize::from(fewest) || digits > usize::from(most) {
                        return None;
                    }
                }
                Item::HalfDay { .. } => {
                    let half = rest.get(..2)?;
                    afternoon = Some(if half.eq_ignore_ascii_case("pm") {
                        true
                    } else if half.eq_ignore_ascii_case("am") {
                        false
                    } else {
                        return None;
                    });
                    rest = &rest[2..];
                }
                Item::Offset { colon } => {
                    let sign = match rest.as_bytes().first()? {
                        b'+' => 1,
                        b'-' => -1,
                        _ => return None,
                    };
                    rest = &rest[1..];
                    let hours = take(&mut rest, 2, 2)?;
                    if colon {
                        rest = rest.strip_prefix(':')?;
                    }
                    let minutes = take(&mut rest, 2, 2)?;
                    offset = sign * i64::from(hours * 3600 + minutes * 60);
                }
                Item::OffsetHours => {
                    let sign = match rest.as_bytes().first()? {
                        b'+' => 1,
                        b'-' => -1,
                        _ => return None,
                    };
                    rest = &rest[1..];
                    offset = sign * i64::from(take(&mut rest, 2, 2)? * 3600);
                }
                Item::Literal(letter) => rest = rest.strip_prefix(letter)?,
            }
        }
        match afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        if !rest.is_empty()
            || !(1..=12).contains(&month)
            || day == 0
            || day > days_in_month(year, month)
            || hour > 23
            || minute > 59
            || second > 60
        {
            return None;
        }
        let of_day = i64::from(elapsed) * 3600 + i64::from(hour * 3600 + minute * 60 + second);
        let seconds = days_from_civil(year, month, day) * 86_400 + of_day - offset;
        Some(seconds as f64 + fraction)
    }
}

/// A number of `fewest` to `most` digits at the front of the text.
fn take(rest: &mut &str, fewest: usize, most: usize) -> Option<u32> {
    let digits = rest
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if digits < fewest {
        return None;
    }
    let value = rest[..digits].parse().ok()?;
    *rest = &rest[digits..];
    Some(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_that_do_not_exist_are_none() {
        let read = |pattern: &str, text: &str| MomentFormat::parse(pattern).unwrap().read(text);
        assert_eq!(read("%Y-%m-%d", "2023-02-29"), None);
        assert_eq!(read("%Y-%m-%d", "0000-00-00"), None);
        assert_eq!(read("%Y-%m-%d", "2024-02-29 "), None);
        assert_eq!(read("%H:%M", "24:00"), None);
        assert_eq!(read("%E:%M", "125:30"), Some(451_800.0));
        assert_eq!(read("%-I:%M %p", "13:00 PM"), None);
        assert_eq!(read("%-I:%M %p", "12:05 AM"), Some(300.0));
        assert_eq!(read("%d %B %Y", "29 february 2024"), Some(1_709_164_800.0));
        assert_eq!(
            read("%Y-%m-%dT%H:%M:%S%z", "1970-01-01T01:00:00+01:00"),
            Some(0.0)
        );
        assert_eq!(read("%Y-%m-%d", "20é4-01-01"), None);
        assert_eq!(read("%b", "é"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in -62_167_219_200i64..253_402_300_800, pattern in 0usize..6) {
            let pattern = ["%Y-%m-%d %H:%M:%S", "%-d/%-m/%Y %-I:%M:%S %p", "%B %-d, %Y %H:%M:%S", "%d%h%Y:%H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S%fZ"][pattern];
            let format = MomentFormat::parse(pattern).unwrap();
            prop_assert_eq!(format.read(&format.write(seconds as f64)), Some(seconds as f64));
        }
    }
}
