//! What texts look like: identifiers' patterns, addresses, names, prose, positions.

use crate::detect::distinct::Values;
use crate::detect::number::parts;
use crate::detect::tally::Tally;
use crate::format::{Class, NumberFormat, PositionFormat, Role, Run, TextFormat, TextLook};
use crate::table::{Half, Part};

/// Share of different texts that must follow one pattern.
const REGULAR: f64 = 0.95;
/// A part that never changes is kept as it is only if so many different texts share it.
const SHARED: usize = 10;

/// Lengths and words of a sample of texts, each different text once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sizes {
    pub(crate) shortest: usize,
    pub(crate) longest: usize,
    pub(crate) mean: f64,
    pub(crate) mean_words: f64,
}

pub(crate) fn sizes(sample: &Values) -> Sizes {
    let (mut shortest, mut longest, mut letters, mut words) = (usize::MAX, 0, 0, 0);
    for value in &sample.kept {
        let length = value.text.chars().count();
        shortest = shortest.min(length);
        longest = longest.max(length);
        letters += length;
        words += value.text.split_whitespace().count();
    }
    let count = sample.kept.len().max(1) as f64;
    Sizes {
        shortest: shortest.min(longest),
        longest,
        mean: letters as f64 / count,
        mean_words: words as f64 / count,
    }
}

/// What most texts of the sample are, if they are something in particular.
pub(crate) fn look(sample: &Values) -> Option<TextLook> {
    let most = |is: fn(&str) -> bool| {
        let found = sample.kept.iter().filter(|value| is(&value.text)).count();
        !sample.kept.is_empty() && found as f64 >= 0.9 * sample.kept.len() as f64
    };
    let email = |text: &str| {
        text.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty()
                && domain.contains('.')
                && !text.contains(char::is_whitespace)
                && !domain.contains('@')
        })
    };
    let link = |text: &str| {
        ["http://", "https://", "www."]
            .iter()
            .any(|start| text.starts_with(start))
    };
    let phone = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        (7..=15).contains(&digits)
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b" +-()/.".contains(&byte))
            && text.starts_with(['+', '(', '0'])
            && text.bytes().any(|byte| !byte.is_ascii_digit())
    };
    if most(email) {
        Some(TextLook::Email)
    } else if most(link) {
        Some(TextLook::Link)
    } else if most(phone) {
        Some(TextLook::Phone)
    } else {
        None
    }
}

/// The format of free text; its lengths are rounded outward to one digit, so that they are of no text in particular.
pub(crate) fn text_format(sample: &Values) -> TextFormat {
    let sizes = sizes(sample);
    let look = look(sample).unwrap_or(if sizes.mean_words < 4.0 {
        TextLook::Names
    } else {
        TextLook::Words
    });
    let round = |length: usize, up: bool| {
        let power = 10usize.pow(length.checked_ilog10().unwrap_or(0));
        (if up {
            length.div_ceil(power)
        } else {
            length / power
        }) * power
    };
    TextFormat {
        look,
        shortest: round(sizes.shortest, false) as u32,
        longest: round(sizes.longest, true).min(20_000) as u32,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    Digit,
    Upper,
    Lower,
    Other(char),
}

fn letter(c: char) -> Letter {
    match c {
        '0'..='9' => Letter::Digit,
        'A'..='Z' => Letter::Upper,
        'a'..='z' => Letter::Lower,
        other => Letter::Other(other),
    }
}

/// A text cut where the class of its letters changes; or, `coarse`, where letters and digits meet other signs.
fn cut(text: &str, coarse: bool) -> Option<Vec<(Letter, &str)>> {
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    let mut runs: Vec<(Letter, &str)> = Vec::new();
    let mut start = 0;
    let same = |a: Letter, b: Letter| {
        a == b || (coarse && !matches!(a, Letter::Other(_)) && !matches!(b, Letter::Other(_)))
    };
    for (place, c) in text.char_indices() {
        let class = letter(c);
        match runs.last_mut() {
            Some((last, run)) if same(*last, class) && !matches!(class, Letter::Other(_)) => {
                *run = &text[start..place + c.len_utf8()];
            }
            _ => {
                start = place;
                runs.push((
                    if coarse && !matches!(class, Letter::Other(_)) {
                        Letter::Digit
                    } else {
                        class
                    },
                    &text[place..place + c.len_utf8()],
                ));
            }
        }
        if runs.len() > 16 {
            return None;
        }
    }
    Some(runs)
}

/// The pattern that nearly all texts of a sample follow: first run by run of upper case, lower case and digits, then more coarsely, for codes that
/// mix them, such as UUIDs. `None` where there is none, or where its texts are words.
pub(crate) fn pattern(sample: &Values) -> Option<Vec<Run>> {
    [false, true].into_iter().find_map(|coarse| {
        let cuts: Vec<Vec<(Letter, &str)>> = sample
            .kept
            .iter()
            .filter_map(|value| cut(&value.text, coarse))
            .collect();
        let key = |runs: &[(Letter, &str)]| {
            runs.iter()
                .map(|(class, _)| *class)
                .collect::<Vec<Letter>>()
        };
        let mut keys: Vec<(Vec<Letter>, usize)> = Vec::new();
        for runs in &cuts {
            let found = key(runs);
            let room = keys.len() < 64;
            match keys.iter_mut().find(|(known, _)| *known == found) {
                Some((_, count)) => *count += 1,
                None if room => keys.push((found, 1)),
                None => {}
            }
        }
        let (best, count) = keys.into_iter().rev().max_by_key(|(_, count)| *count)?;
        if (count as f64) < REGULAR * sample.kept.len() as f64 || !best.contains(&Letter::Digit) {
            return None;
        }
        let following: Vec<&Vec<(Letter, &str)>> =
            cuts.iter().filter(|runs| key(runs) == best).collect();
        let mut pattern: Vec<Run> = Vec::new();
        for place in 0..best.len() {
            let mut texts: Vec<&str> = following.iter().map(|runs| runs[place].1).collect();
            // `0x1f2e`: letters that all share belong to the pattern.
            let shared = if coarse { shared_beginning(&texts) } else { 0 };
            if shared > 0 {
                let text = texts[0][..shared].to_owned();
                pattern.push(Run {
                    class: Class::Fixed(text),
                    fewest: 1,
                    most: 1,
                });
                texts = texts.iter().map(|text| &text[shared..]).collect();
            }
            let run = self::run(&texts, coarse);
            // Neighbouring fixed parts are one.
            match (pattern.last_mut(), run) {
                (
                    Some(Run {
                        class: Class::Fixed(before),
                        ..
                    }),
                    Run {
                        class: Class::Fixed(text),
                        ..
                    },
                ) => before.push_str(&text),
                (_, run) => pattern.push(run),
            }
        }
        // Mixed letters of any length are words, and a pattern that is fixed throughout is a constant.
        let varies = pattern
            .iter()
            .any(|run| !matches!(run.class, Class::Fixed(_)));
        let digits = !coarse
            || following
                .iter()
                .filter(|runs| {
                    runs.iter()
                        .any(|(_, text)| text.bytes().any(|b| b.is_ascii_digit()))
                })
                .count()
                * 2
                > following.len();
        (varies && digits).then_some(pattern)
    })
}

/// How many letters all of many texts begin with, if every text goes on behind them.
fn shared_beginning(texts: &[&str]) -> usize {
    let first = texts[0].as_bytes();
    let common = |text: &&str| {
        let pairs = text.as_bytes().iter().zip(first);
        pairs.take_while(|(a, b)| a == b).count()
    };
    let shared = texts.iter().map(common).min().unwrap_or(0);
    let go_on = texts.iter().all(|text| text.len() > shared);
    if texts.len() >= 5 * SHARED && go_on && texts[0].is_char_boundary(shared) {
        shared
    } else {
        0
    }
}

fn run(texts: &[&str], coarse: bool) -> Run {
    let first = texts[0];
    let fewest = texts.iter().map(|text| text.len()).min().unwrap_or(0) as u8;
    let most = texts.iter().map(|text| text.len()).max().unwrap_or(0) as u8;
    let sign = first
        .chars()
        .next()
        .is_some_and(|c| matches!(letter(c), Letter::Other(_)));
    if texts.iter().all(|text| *text == first) && (sign || texts.len() >= SHARED) {
        return Run {
            class: Class::Fixed(first.to_owned()),
            fewest: 1,
            most: 1,
        };
    }
    let all = |of: fn(&u8) -> bool| texts.iter().all(|text| text.bytes().all(|byte| of(&byte)));
    let class = if all(u8::is_ascii_digit) {
        if texts.iter().any(|text| text.starts_with('0')) || (fewest == most && texts.len() < 50) {
            Class::Digit
        } else {
            Class::Number
        }
    } else if all(u8::is_ascii_uppercase) {
        Class::Upper
    } else if all(u8::is_ascii_lowercase) {
        Class::Lower
    } else if coarse && all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte)) {
        Class::HexLower
    } else if coarse && all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte)) {
        Class::HexUpper
    } else {
        Class::Any
    };
    Run {
        class,
        fewest,
        most,
    }
}

/// A column of positions, each written as one text: the formats of its two halves.
pub(crate) fn position(sample: &Values) -> Option<[Half; 2]> {
    let whole = position_format(&sample.kept.first()?.text)?;
    let (mut first, mut second) = (Tally::default(), Tally::default());
    let plain = |text: &str| {
        parts(text)
            .filter(|parts| parts.prefix.is_empty() && parts.suffix.is_empty())
            .and_then(|parts| parts.read('.'))
            .filter(|reading| reading.group.is_none())
    };
    for value in &sample.kept {
        let (a, b) = whole.split(&value.text)?;
        first.add(&plain(a)?);
        second.add(&plain(b)?);
    }
    // Two whole numbers are a pair of anything.
    if first.decimals[0] == first.cells || second.decimals[0] == second.cells {
        return None;
    }
    let within = |tally: &Tally, bound: f64| tally.least >= -bound && tally.greatest <= bound;
    let latitude_first = if whole.before.to_ascii_uppercase().starts_with("POINT") {
        false
    } else {
        within(&first, 90.0)
    };
    let (latitude, longitude) = if latitude_first {
        (&first, &second)
    } else {
        (&second, &first)
    };
    if !within(latitude, 90.0) || !within(longitude, 180.0) {
        return None;
    }
    let whole = PositionFormat {
        latitude_first,
        ..whole
    };
    let empty = Values {
        kept: Vec::new(),
        different: 0,
        exact: true,
    };
    let half = |part: Part, tally: &Tally, latitude: bool| Half {
        part,
        number: NumberFormat {
            role: if latitude {
                Role::Latitude
            } else {
                Role::Longitude
            },
            ..tally.format('.', &empty)
        },
        whole: whole.clone(),
    };
    Some([
        half(Part::First, &first, latitude_first),
        half(Part::Second, &second, !latitude_first),
    ])
}

fn position_format(text: &str) -> Option<PositionFormat> {
    let of_number = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let start = text.find(of_number)?;
    let before = &text[..start];
    let rest = &text[start..];
    let first = rest.find(|c: char| !of_number(c))?;
    let between_end = first + rest[first..].find(of_number)?;
    let between = &rest[first..between_end];
    let end = between_end
        + rest[between_end..]
            .find(|c: char| !of_number(c))
            .unwrap_or(rest.len() - between_end);
    let after = &rest[end..];
    let fits = matches!(between, "," | ", " | " " | ";" | "; " | "/")
        && matches!(
            (before.to_ascii_uppercase().as_str(), after),
            ("", "") | ("(" | "POINT(" | "POINT (", ")") | ("[", "]")
        );
    fits.then(|| PositionFormat {
        before: before.to_owned(),
        between: between.to_owned(),
        after: after.to_owned(),
        latitude_first: true,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::detect::distinct::{Distinct, hash_bytes};
    use crate::format::{Pattern, Shape};

    fn sample(texts: impl IntoIterator<Item = String>) -> Values {
        let mut sample = Distinct::new(10_000);
        for text in texts {
            sample.add(hash_bytes(text.as_bytes()), 1, || text.as_str().into());
        }
        sample.finish()
    }

    fn shown(texts: impl IntoIterator<Item = String>) -> Option<String> {
        pattern(&sample(texts)).map(|runs| {
            Pattern {
                shape: Shape::Runs(runs),
                unique: true,
            }
            .to_string()
        })
    }

    #[test]
    fn patterns_of_identifiers_are_found() {
        let letter = |i: usize| char::from(b'A' + (i * 7 % 26) as u8);
        assert_eq!(
            shown((0..200).map(|i| format!("{}{}{:06}", letter(i), letter(i / 3), i * 4217)))
                .unwrap(),
            "[A-Z]{2}\\d{6}"
        );
        assert_eq!(
            shown((0..200).map(|i| format!("C-2024-{:04}", i * 31))).unwrap(),
            "C-2024-\\d{4}"
        );
        assert_eq!(
            shown((1..200).map(|i| format!("K{}", i * 31))).unwrap(),
            "K[1-9]\\d{1,3}"
        );
        let hex = |i: u64, width: usize| {
            format!(
                "{:0width$x}",
                hash_bytes(&i.to_le_bytes()) >> (64 - 4 * width)
            )
        };
        let uuids = (0..200).map(|i| {
            format!(
                "{}-{}-4{}-{}-{}",
                hex(i, 8),
                hex(i + 1000, 4),
                hex(i + 2000, 3),
                hex(i + 3000, 4),
                hex(i + 4000, 12)
            )
        });
        assert_eq!(
            shown(uuids).unwrap(),
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
        );
        assert_eq!(
            shown(["Anna", "Bob", "Carla", "Dora"].map(String::from)),
            None
        );
        assert_eq!(shown((0..50).map(|i| "word ".repeat(i))), None);
    }

    #[test]
    fn a_few_texts_do_not_give_their_letters_away() {
        assert_eq!(
            shown(["AB123", "AB456", "AB789"].map(String::from)).unwrap(),
            "[A-Z]{2}\\d{3}"
        );
    }

    #[test]
    fn looks_are_told_apart() {
        let look = |texts: [&str; 2]| super::look(&sample(texts.map(String::from)));
        assert_eq!(look(["a.b@c.org", "x@y.de"]), Some(TextLook::Email));
        assert_eq!(look(["https://a.org", "www.b.org/x"]), Some(TextLook::Link));
        assert_eq!(
            look(["+49 30 123456", "(030) 123-4567"]),
            Some(TextLook::Phone)
        );
        assert_eq!(look(["1234567", "7654321"]), None);
        assert_eq!(look(["hello world", "a@b"]), None);
    }

    #[test]
    fn positions_come_in_several_forms() {
        let of = |texts: [&str; 2]| position(&sample(texts.map(String::from)));
        let plain = of(["37.86, -122.22", "40.7, -74.01"]).unwrap();
        assert_eq!(
            (plain[0].number.role, plain[1].number.role),
            (Role::Latitude, Role::Longitude)
        );
        assert_eq!(
            plain[0].whole.join(
                &plain[0].number.write(37.86),
                &plain[1].number.write(-122.22)
            ),
            "37.86, -122.22"
        );
        let point = of(["POINT(-122.22 37.86)", "POINT(-74.01 40.7)"]).unwrap();
        assert_eq!(point[0].number.role, Role::Longitude);
        assert_eq!(of(["3, 4", "5, 6"]), None);
        assert_eq!(of(["337.86, -122.22", "40.7, -74.01"]), None);
    }
}
