//! Columns of numbers: quantities with their codes, and identifiers in figures.

use crate::detect::decide::seen::{Facts, Seen};
use crate::detect::decide::{CODE_SEEN, CODES, Decision, FEW_ROWS, NAMED_THINGS, NEARLY_ALL};
use crate::detect::distinct::Values;
use crate::detect::tally::{Tally, role};
use crate::detect::{missing, shape};
use crate::format::{Class, NumberFormat, Pattern, Run, Shape};
use crate::table::{Kind, Storage};

/// A column of numbers, if it is one; `asked` says that the user wants it so.
pub(super) fn number(seen: &Seen, asked: bool) -> Option<Decision> {
    let (mark, tally) = if seen.comma.cells > seen.point.cells {
        (',', &seen.comma)
    } else {
        ('.', &seen.point)
    };
    if tally.cells == 0 {
        return None;
    }
    let (spelling, mut missing, other_spellings) = seen.spelling(false);
    // Texts that stand for something else, and further spellings of the missing value.
    let mut codes: Vec<(String, u64)> = seen
        .others
        .kept
        .iter()
        .filter(|value| value.count >= CODE_SEEN)
        .map(|value| (value.text.to_string(), value.count))
        .chain(
            other_spellings
                .iter()
                .filter(|(_, count)| *count >= CODE_SEEN)
                .map(|(text, count)| ((*text).to_owned(), *count)),
        )
        .collect();
    codes.sort();
    let coded: u64 = codes.iter().map(|(_, count)| count).sum();
    let words: u64 = codes
        .iter()
        .filter(|(text, _)| missing::spelling(text).is_none())
        .map(|(_, count)| count)
        .sum();
    let different = seen.values.different.saturating_sub(codes.len() as u64);
    let spelled: u64 = other_spellings.iter().map(|(_, count)| count).sum();
    let stray = seen.present() + spelled
        - coded.min(seen.present() + spelled)
        - tally.cells.min(seen.present() + spelled - coded);
    let enough =
        tally.cells as f64 >= NEARLY_ALL * (seen.present() - words.min(seen.present())) as f64;
    if !asked {
        if !enough || (tally.cells as f64) < 0.2 * seen.present() as f64 || codes.len() > CODES {
            return None;
        }
        // `1`, `2`, `3+`: levels of a category rather than numbers with a code.
        if words > 0 && different <= 20 {
            return None;
        }
        // Zeros in front, and more digits than a number can hold: names in figures.
        let whole = tally.decimals[0] == tally.cells;
        if (whole && tally.leading_zeros > 0) || tally.inexact * 20 > tally.cells {
            return None;
        }
        if whole
            && words == 0
            && let Some(decision) = named_by_number(seen, tally, spelling.as_deref(), missing)
        {
            return Some(decision);
        }
    }
    codes.truncate(254);
    missing += stray;
    let mut format = tally.format(mark, &seen.values);
    if seen.storage != Storage::Text {
        format = NumberFormat {
            decimals: tally
                .format(
                    '.',
                    &Values {
                        kept: Vec::new(),
                        different: 0,
                        exact: true,
                    },
                )
                .decimals,
            ..NumberFormat::default()
        };
    }
    format.role = role(&seen.name, tally);
    let mut facts = Facts {
        different,
        ..seen.facts(missing)
    };
    if stray > 0 {
        let cells = if stray == 1 {
            "cell that is no number is"
        } else {
            "cells that are no numbers are"
        };
        facts.notes.push(format!(
            "{} {cells} read as missing",
            privacy::grouped(stray)
        ));
    }
    if !codes.is_empty() {
        let texts = if codes.len() == 1 {
            "text that stands"
        } else {
            "texts that stand"
        };
        facts.notes.push(format!(
            "{} {texts} for something else than a number",
            codes.len()
        ));
    }
    tails(seen, mark, &format, &mut facts);
    let codes = codes.into_iter().map(|(text, _)| text).collect();
    Some(Decision {
        columns: vec![seen.column(Kind::Number(format), spelling, codes)],
        facts,
    })
}

/// Quantiles and single frequent values, from the different values and their counts.
fn tails(seen: &Seen, mark: char, format: &NumberFormat, facts: &mut Facts) {
    let mut values: Vec<(f64, u64)> = seen
        .values
        .kept
        .iter()
        .filter_map(|value| {
            let read = if seen.storage == Storage::Text {
                NumberFormat {
                    mark,
                    ..format.clone()
                }
                .read(&value.text)
            } else {
                value.text.parse().ok()
            };
            read.map(|number| (number, value.count))
        })
        .collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: u64 = values.iter().map(|(_, count)| count).sum();
    let quantile = |share: f64| {
        let mut below = 0;
        values
            .iter()
            .find(|(_, count)| {
                below += count;
                below as f64 >= share * all as f64
            })
            .map_or(0.0, |(value, _)| *value)
    };
    let (low, near_low, median, near_high, high) = (
        quantile(0.005),
        quantile(0.05),
        quantile(0.5),
        quantile(0.95),
        quantile(0.995),
    );
    let far = |near: f64, far: f64| far.abs() > 3.0 * near.abs();
    let many = values.len() > 50;
    facts.heavy_tail =
        many && (far(near_high - median, high - median) || far(near_low - median, low - median));
    if many {
        let usual = all as f64 / values.len() as f64;
        let spike = |count: u64| count * 50 >= all && count as f64 >= 10.0 * usual;
        facts.spikes = values.iter().filter(|(_, count)| spike(*count)).count() as u32;
    }
}

/// Whole numbers that name something rather than count or measure it.
fn named_by_number(
    seen: &Seen,
    tally: &Tally,
    spelling: Option<&str>,
    missing: u64,
) -> Option<Decision> {
    let unique = is_unique(seen);
    let hardly_repeats = seen.values.different as f64 >= 0.5 * seen.present() as f64;
    let named = names_something(&seen.name) || (hardly_repeats && may_name_something(&seen.name));
    let counts_through = unique && tally.greatest - tally.least + 1.0 == seen.present() as f64;
    let many = seen.values.different >= NAMED_THINGS;
    if seen.present() < FEW_ROWS || !(named || (unique && counts_through)) || tally.least < 0.0 {
        return None;
    }
    let kind = if unique || many {
        Kind::Identifier(identifier_pattern(seen))
    } else {
        Kind::Category
    };
    Some(Decision {
        columns: vec![seen.column(kind, spelling.map(str::to_owned), Vec::new())],
        facts: seen.facts(missing),
    })
}

/// Whether a column's name says that it names rows or things: `id`, `client_id`, `ClientID`, `uuid`, `zip`.
pub(super) fn names_something(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "id", "ids", "uuid", "guid", "key", "pk", "fk", "iban", "ssn", "zip", "zipcode", "postcode",
    ];
    let lower = name.to_lowercase();
    let last = lower
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or("");
    let camel = |end: &&str| {
        name.strip_suffix(*end)
            .is_some_and(|rest| rest.ends_with(char::is_lowercase))
    };
    WORDS.contains(&last) || ["Id", "ID", "Key"].iter().any(camel)
}

/// The same for words that also count things: `account_number`, but `education_num`. They name something only where values hardly repeat.
fn may_name_something(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower
        .rsplit_once(|c: char| !c.is_alphanumeric())
        .is_some_and(|(_, last)| ["number", "nr", "no", "num"].contains(&last))
}

pub(super) fn is_unique(seen: &Seen) -> bool {
    seen.values.kept.iter().all(|value| value.count == 1)
}

pub(super) fn identifier_pattern(seen: &Seen) -> Pattern {
    let unique = is_unique(seen);
    let tally = &seen.point;
    let whole = tally.cells == seen.present()
        && tally.decimals[0] == tally.cells
        && tally.inexact == 0
        && tally.cells > 0;
    if whole && tally.least >= 0.0 {
        let width = if tally.leading_zeros > 0 {
            tally.narrowest
        } else {
            1
        };
        if unique && tally.greatest - tally.least + 1.0 == seen.present() as f64 {
            return Pattern {
                shape: Shape::Sequence {
                    first: tally.least as i64,
                    width,
                },
                unique,
            };
        }
        let class = if tally.leading_zeros > 0 {
            Class::Digit
        } else {
            Class::Number
        };
        return Pattern {
            shape: Shape::Runs(vec![Run {
                class,
                fewest: tally.narrowest.max(1),
                most: tally.widest.max(1),
            }]),
            unique,
        };
    }
    let runs = shape::pattern(&seen.values).unwrap_or_else(|| {
        let sizes = shape::sizes(&seen.values);
        vec![Run {
            class: Class::Any,
            fewest: sizes.shortest.clamp(1, 64) as u8,
            most: sizes.longest.clamp(1, 64) as u8,
        }]
    });
    Pattern {
        shape: Shape::Runs(runs),
        unique,
    }
}
