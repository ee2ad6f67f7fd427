//! Which pattern the dates and times of a column follow.

use crate::detect::distinct::Values;
use crate::detect::tally::{count, most};
use crate::format::moment::{Item, month_by_name};
use crate::format::{MomentFormat, Zone};

/// Longer texts are no moments.
const LONGEST: usize = 40;

/// A text with its digits counted and its words named: `4-2-2T2:2:2.fZ`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Skeleton(Vec<Piece>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// A run of digits. One or two of them are told apart only when the column is known.
    Digits(usize),
    Fraction,
    Month {
        full: bool,
        upper: bool,
    },
    HalfDay {
        upper: bool,
    },
    Offset {
        colon: bool,
        hours: bool,
    },
    Sign(char),
}

/// What the texts of one skeleton have in common.
#[derive(Debug, Clone)]
struct Kin {
    skeleton: Skeleton,
    /// Values, and different ones.
    cells: u64,
    /// Greatest number in each run of digits.
    greatest: Vec<u32>,
    /// Per run of digits, whether some number of one digit has no zero in front.
    unpadded: Vec<bool>,
    fraction: (usize, usize),
    offsets: Vec<(i32, u64)>,
}

/// The pattern of moments that most values of a column follow, and the share of values that it reads.
///
/// Day and month in figures are told apart by their sizes. Where every number is below 13 the sign between them decides: `/` is American (month first),
/// `.` and `-` are not; `doubtful` then says so.
pub(crate) struct Found {
    pub(crate) format: MomentFormat,
    pub(crate) share: f64,
    pub(crate) doubtful: bool,
    /// Whether the column names several distances to UTC; all are written at the most frequent one.
    pub(crate) several_zones: bool,
}

pub(crate) fn find(sample: &Values) -> Option<Found> {
    let mut kins: Vec<Kin> = Vec::new();
    let mut all = 0;
    for value in &sample.kept {
        all += value.count;
        if let Some(taken) = take(&value.text) {
            taken.join(&mut kins, value.count);
            // A column of many forms is none of moments.
            if kins.len() > 64 {
                return None;
            }
        }
    }
    let best = kins.iter().max_by_key(|kin| kin.cells)?;
    // One column may write fractions and days of one digit or leave them out.
    let (items, doubtful) = items(best)?;
    let mut format = MomentFormat::from_items(items);
    if let Some((offset, _)) = most(&best.offsets) {
        format = format.with_zone(Zone::Offset(offset));
    }
    let read: u64 = sample
        .kept
        .iter()
        .filter(|value| format.read(&value.text).is_some())
        .map(|value| value.count)
        .sum();
    let share = read as f64 / all.max(1) as f64;
    Some(Found {
        format,
        share,
        doubtful,
        several_zones: best.offsets.len() > 1,
    })
}

struct Taken {
    skeleton: Skeleton,
    /// Each with whether it is a single digit.
    numbers: Vec<(u32, bool)>,
    fraction: usize,
    offset: Option<i32>,
}

impl Taken {
    fn join(self, kins: &mut Vec<Kin>, cells: u64) {
        let place = kins
            .iter()
            .position(|kin| kin.skeleton == self.skeleton)
            .unwrap_or_else(|| {
                kins.push(Kin {
                    skeleton: self.skeleton,
                    cells: 0,
                    greatest: vec![0; self.numbers.len()],
                    unpadded: vec![false; self.numbers.len()],
                    fraction: (usize::MAX, 0),
                    offsets: Vec::new(),
                });
                kins.len() - 1
            });
        let kin = &mut kins[place];
        kin.cells += cells;
        for (run, (number, single)) in self.numbers.into_iter().enumerate() {
            kin.greatest[run] = kin.greatest[run].max(number);
            kin.unpadded[run] |= single;
        }
        kin.fraction = (
            kin.fraction.0.min(self.fraction),
            kin.fraction.1.max(self.fraction),
        );
        if let Some(offset) = self.offset {
            count(&mut kin.offsets, offset, cells);
        }
    }
}

fn take(text: &str) -> Option<Taken> {
    if text.len() > LONGEST || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bytes = text.as_bytes();
    let (mut pieces, mut numbers) = (Vec::new(), Vec::new());
    let (mut fraction, mut offset) = (0, None);
    let mut place = 0;
    let run =
        |from: usize, of: fn(&u8) -> bool| bytes[from..].iter().take_while(|byte| of(byte)).count();
    let mut colons = 0;
    while place < bytes.len() {
        let byte = bytes[place];
        if byte.is_ascii_digit() {
            let length = run(place, u8::is_ascii_digit);
            if length > 14 {
                return None;
            }
            let digits = &text[place..place + length];
            if length <= 2 {
                // One and two digits are the same run; whether zeros are written in front comes with the column.
                pieces.push(Piece::Digits(2));
                numbers.push((digits.parse().ok()?, length == 1));
            } else {
                pieces.push(Piece::Digits(length));
                numbers.push((digits.get(..8.min(length))?.parse().ok()?, false));
            }
            place += length;
            // A fraction follows seconds: two colons before, or a time in figures only.
            if colons == 2 && bytes.get(place) == Some(&b'.') {
                fraction = run(place + 1, u8::is_ascii_digit);
                place += 1 + fraction;
            }
            if colons == 2 {
                pieces.push(Piece::Fraction);
            }
        } else if byte.is_ascii_alphabetic() {
            let length = run(place, u8::is_ascii_alphabetic);
            let word = &text[place..place + length];
            let upper = word.bytes().all(|byte| byte.is_ascii_uppercase());
            if month_by_name(word).is_some() {
                pieces.push(Piece::Month {
                    full: length > 3,
                    upper,
                });
            } else if word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm") {
                pieces.push(Piece::HalfDay { upper });
            } else if length == 1 && matches!(word, "T" | "Z") {
                pieces.push(Piece::Sign(char::from(byte)));
            } else {
                return None;
            }
            place += length;
        } else if matches!(byte, b'+' | b'-') && colons >= 1 {
            let length = run(place + 1, u8::is_ascii_digit);
            let after = &text[place + 1..];
            let (hours, minutes, end, colon) = match length {
                2 if after.as_bytes().get(2) == Some(&b':') => {
                    (after.get(..2)?, after.get(3..5)?, 5, true)
                }
                2 => (after.get(..2)?, "0", 2, false),
                4 => (after.get(..2)?, after.get(2..4)?, 4, false),
                _ => return None,
            };
            if place + 1 + end != bytes.len() {
                return None;
            }
            let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
            offset = Some(if byte == b'-' { -seconds } else { seconds });
            pieces.push(Piece::Offset {
                colon,
                hours: length == 2 && !colon,
            });
            break;
        } else if matches!(byte, b' ' | b'-' | b'/' | b'.' | b':' | b',') {
            colons += usize::from(byte == b':');
            pieces.push(Piece::Sign(char::from(byte)));
            place += 1;
        } else {
            return None;
        }
        if pieces.len() > 24 {
            return None;
        }
    }
    Some(Taken {
        skeleton: Skeleton(pieces),
        numbers,
        fraction,
        offset,
    })
}

/// The pattern of a skeleton, and whether day and month might be the other way round.
fn items(kin: &Kin) -> Option<(Vec<Item>, bool)> {
    let pieces = &kin.skeleton.0;
    let mut doubtful = false;
    let has_name = pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Month { .. }));
    let half_day = pieces
        .iter()
        .any(|piece| matches!(piece, Piece::HalfDay { .. }));
    // The runs of digits that belong to the date, in order: those before the first that a colon follows.
    let runs: Vec<(usize, usize)> = pieces
        .iter()
        .enumerate()
        .filter_map(|(place, piece)| {
            if let Piece::Digits(length) = piece {
                Some((place, *length))
            } else {
                None
            }
        })
        .collect();
    let is_time = |place: usize| {
        pieces.get(place + 1) == Some(&Piece::Sign(':'))
            || (place > 0 && pieces[place - 1] == Piece::Sign(':'))
            || (half_day
                && matches!(
                    pieces[place + 1..],
                    [Piece::HalfDay { .. }, ..] | [Piece::Sign(' '), Piece::HalfDay { .. }, ..]
                ))
    };
    let date: Vec<usize> = (0..runs.len())
        .filter(|&run| !is_time(runs[run].0))
        .collect();
    let padded = !date.iter().any(|&run| kin.unpadded[run]);
    let (day, month) = (Item::Day { padded }, Item::Month { padded });
    let lengths: Vec<usize> = date.iter().map(|&run| runs[run].1).collect();
    let greatest = |position: usize| kin.greatest[date[position]];
    let between = date.first().and_then(|&run| pieces.get(runs[run].0 + 1));
    let mut parts: Vec<Vec<Item>> = match (lengths.as_slice(), has_name) {
        ([], false) => Vec::new(),
        ([4, 2, 2], false) if greatest(1) <= 12 => vec![vec![Item::Year], vec![month], vec![day]],
        ([4, 2], true) => vec![vec![Item::Year], vec![day]],
        ([2, 4], true) => vec![vec![day], vec![Item::Year]],
        ([2, 2], true) => vec![vec![day], vec![Item::Year2]],
        ([2, 2, year @ (4 | 2)], false) => {
            let year = if *year == 4 { Item::Year } else { Item::Year2 };
            let slash = between == Some(&Piece::Sign('/'));
            let month_first = match (greatest(0) > 12, greatest(1) > 12) {
                (true, true) => return None,
                (true, false) => false,
                (false, true) => true,
                (false, false) => {
                    doubtful = true;
                    slash
                }
            };
            if month_first {
                vec![vec![month], vec![day], vec![year]]
            } else {
                vec![vec![day], vec![month], vec![year]]
            }
        }
        ([8], false) => vec![vec![
            Item::Year,
            Item::Month { padded: true },
            Item::Day { padded: true },
        ]],
        ([14], false) => vec![vec![
            Item::Year,
            Item::Month { padded: true },
            Item::Day { padded: true },
            Item::Hour { padded: true },
            Item::Minute,
            Item::Second,
        ]],
        // `2024-03` is a month: its first day.
        ([4, 2], false) if greatest(1) <= 12 && between == Some(&Piece::Sign('-')) => {
            vec![vec![Item::Year], vec![Item::Month { padded: true }]]
        }
        _ => return None,
    };
    parts.reverse();
    let mut items = Vec::new();
    let mut times = 0;
    for (place, piece) in pieces.iter().enumerate() {
        match *piece {
            Piece::Digits(_) if is_time(place) => {
                // Only hours may lack their zero: minutes and seconds never do.
                let run = runs.iter().position(|(at, _)| *at == place)?;
                let hour_padded = !kin.unpadded[run];
                items.push(match times {
                    0 if lengths.is_empty() && !half_day && kin.greatest[run] > 23 => {
                        Item::ElapsedHours {
                            padded: hour_padded,
                        }
                    }
                    0 if half_day => Item::Hour12 {
                        padded: hour_padded,
                    },
                    0 => Item::Hour {
                        padded: hour_padded,
                    },
                    1 => Item::Minute,
                    2 => Item::Second,
                    _ => return None,
                });
                times += 1;
            }
            Piece::Digits(_) => items.extend(parts.pop()?),
            Piece::Fraction if kin.fraction.1 == 0 => {}
            Piece::Fraction => items.push(if kin.fraction.0 == kin.fraction.1 {
                Item::Fraction {
                    fewest: kin.fraction.1.min(9) as u8,
                    most: kin.fraction.1.min(9) as u8,
                }
            } else {
                Item::Fraction {
                    fewest: 0,
                    most: kin.fraction.1.clamp(6, 9) as u8,
                }
            }),
            Piece::Month { full, upper } => items.push(Item::MonthName {
                full,
                upper: upper && !full,
            }),
            Piece::HalfDay { upper } => items.push(Item::HalfDay { upper }),
            Piece::Offset { hours: true, .. } => items.push(Item::OffsetHours),
            Piece::Offset { colon, .. } => items.push(Item::Offset { colon }),
            Piece::Sign(sign) => items.push(Item::Literal(sign)),
        }
    }
    let complete =
        parts.is_empty() && (times != 1 || half_day) && (!lengths.is_empty() || times >= 2);
    complete.then_some((items, doubtful))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::distinct::{Distinct, hash_bytes};

    fn pattern(texts: &[&str]) -> Option<(String, bool)> {
        let mut sample = Distinct::new(1000);
        for text in texts {
            sample.add(hash_bytes(text.as_bytes()), 1, || (*text).into());
        }
        let found = find(&sample.finish())?;
        for text in texts {
            if let Some(value) = found.format.read(text)
                && !found.several_zones
            {
                assert_eq!(found.format.write(value), *text);
            }
        }
        (found.share > 0.99).then(|| (found.format.pattern(), found.doubtful))
    }

    #[test]
    fn patterns_are_found() {
        let cases: [(&[&str], &str); 19] = [
            (&["25:49:26", "07:05:00", "31:00:59"], "%E:%M:%S"),
            (&["2024-01-31", "1999-12-01"], "%Y-%m-%d"),
            (&["31/01/2024", "05/06/1999"], "%d/%m/%Y"),
            (&["01/31/2024", "05/06/1999"], "%m/%d/%Y"),
            (&["1/31/2024", "12/6/1999"], "%-m/%-d/%Y"),
            (&["31.01.24", "05.06.99"], "%d.%m.%y"),
            (&["2024/01/31"], "%Y/%m/%d"),
            (&["2024-01-31 17:05", "2024-02-01 00:00"], "%Y-%m-%d %H:%M"),
            (
                &["2024-01-31T17:05:09Z", "2024-02-01T00:00:00Z"],
                "%Y-%m-%dT%H:%M:%SZ",
            ),
            (
                &["2024-01-31T17:05:09.250Z", "2024-02-01T00:00:00.000Z"],
                "%Y-%m-%dT%H:%M:%S%3fZ",
            ),
            (
                &["2024-01-31 17:05:09.25", "2024-02-01 00:00:00"],
                "%Y-%m-%d %H:%M:%S%f",
            ),
            (&["2024-01-31 17:05:09+01:00"], "%Y-%m-%d %H:%M:%S%z"),
            (&["2024-01-31 17:05:09+01"], "%Y-%m-%d %H:%M:%S%i"),
            (&["31-Jan-2024", "01-May-2023"], "%d-%b-%Y"),
            (&["January 31, 2024", "March 1, 2024"], "%B %-d, %Y"),
            (&["20240131", "19991201"], "%Y%m%d"),
            (
                &["1/31/2024 5:09 PM", "12/6/1999 11:00 AM"],
                "%-m/%-d/%Y %-I:%M %p",
            ),
            (&["17:05", "00:30"], "%H:%M"),
            (&["2024-01", "1999-12"], "%Y-%m"),
        ];
        for (texts, expected) in cases {
            assert_eq!(
                pattern(texts),
                Some((expected.to_owned(), false)),
                "{texts:?}"
            );
        }
    }

    #[test]
    fn day_and_month_below_13_are_doubtful() {
        assert_eq!(
            pattern(&["05/06/2024", "01/02/2024"]),
            Some(("%m/%d/%Y".to_owned(), true))
        );
        assert_eq!(
            pattern(&["05.06.2024", "01.02.2024"]),
            Some(("%d.%m.%Y".to_owned(), true))
        );
    }

    #[test]
    fn other_texts_are_no_moments() {
        for texts in [
            &["13.5", "14.2"][..],
            &["1-2", "3-4"],
            &["12345"],
            &["a 2024"],
            &["2024-13-01"],
            &["1:2:3:4"],
            &["é"],
            &["99999999"],
        ] {
            assert_eq!(pattern(texts), None, "{texts:?}");
        }
    }
}
