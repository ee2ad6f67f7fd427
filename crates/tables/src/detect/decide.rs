//! From the counts of a column to its kind.
//!
//! The rules, first match wins. *Present* are all cells but nulls and the most frequent spelling of a missing value.
//!
//! 1. no present cell: a category without levels;
//! 2. two words of a known pair (yes/no, true/false, 1/0 …): boolean;
//! 3. at least 95 % numbers, texts that stand for something else (codes) aside: a number; few different whole numbers stay numbers, because their order
//!    may mean something. Whole numbers that name the rows (each once, and counting through or called an id) are identifiers; those that only
//!    name something (an id that repeats) are identifiers from 1,000 different ones on, below that a category; with zeros in front they are texts;
//! 4. at least 95 % dates or times of one pattern: a moment;
//! 5. all are positions of one form: a position;
//! 6. nearly all different, in one pattern: an identifier; addresses, links, phone numbers, prose, and names that hardly repeat: text;
//! 7. everything else: a category.

mod moment;
mod number;
mod seen;

use crate::detect::distinct::Values;
use crate::detect::shape;
use crate::detect::summary::Summary;
use crate::format::{MomentFormat, NumberFormat, Pattern, Run, Shape};
use crate::table::{Column, Kind, Storage};

use moment::moment;
use number::{identifier_pattern, is_unique, names_something, number};
use seen::Seen;

pub use seen::Facts;

/// Share of the cells that must be of one kind.
const NEARLY_ALL: f64 = 0.95;
/// A text that is no number is a code of a column of numbers only if it is seen so often; a rarer one may be about a person, and is read as missing.
pub(crate) const CODE_SEEN: u64 = 10;
/// A column of numbers has at most so many codes.
const CODES: usize = 20;
/// Fewer rows tell nothing about uniqueness.
const FEW_ROWS: u64 = 20;
/// An identifier that repeats has at least so many different values; below, it is a category.
const NAMED_THINGS: u64 = 1000;

/// A column's kind, and how sure one can be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision {
    /// None when left out, two for a position, else one.
    pub(crate) columns: Vec<Column>,
    pub(crate) facts: Facts,
}

/// The kind that the counts speak for.
pub(crate) fn decide(name: &str, summary: &Summary) -> Decision {
    let seen = Seen::new(name, summary);
    if seen.present() == 0 {
        let (spelling, missing, _) = seen.spelling(true);
        let mut facts = seen.facts(missing);
        facts.notes.push("no row has a value".to_owned());
        return Decision {
            columns: vec![seen.column(Kind::Category, spelling, Vec::new())],
            facts,
        };
    }
    boolean(&seen)
        .or_else(|| dates_in_figures(&seen))
        .or_else(|| number(&seen, false))
        .or_else(|| moment(&seen, None, false))
        .or_else(|| position(&seen))
        .unwrap_or_else(|| textual(&seen))
}

/// What the user asks a column to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wanted {
    Number {
        decimals: Option<u8>,
    },
    Boolean,
    Category,
    Moment {
        pattern: Option<MomentFormat>,
    },
    Identifier {
        pattern: Option<Vec<Run>>,
        unique: Option<bool>,
    },
    Text,
    Position,
    LeaveOut,
}

/// The column as the user wants it; `None` where its values cannot be that.
pub(crate) fn decide_as(name: &str, summary: &Summary, wanted: &Wanted) -> Option<Decision> {
    let seen = Seen::new(name, summary);
    let words = |kind: Kind| {
        let (spelling, missing, others) = seen.spelling(true);
        Decision {
            columns: vec![seen.column(kind, spelling, Vec::new())],
            facts: seen.facts_of_words(missing, others.len()),
        }
    };
    match wanted {
        Wanted::Number { decimals } => {
            let mut decision = number(&seen, true)?;
            if let (Some(decimals), Some(Kind::Number(format))) = (
                decimals,
                decision.columns.first_mut().map(|column| &mut column.kind),
            ) {
                format.decimals = NumberFormat::with_decimals(*decimals).decimals;
            }
            Some(decision)
        }
        Wanted::Boolean => {
            let kind = pair(&seen.values, |_, _| true)?;
            Some(words(kind))
        }
        Wanted::Category => Some(words(Kind::Category)),
        Wanted::Moment { pattern } => moment(&seen, pattern.as_ref(), true),
        Wanted::Identifier { pattern, unique } => {
            let mut found = pattern.clone().map_or_else(
                || identifier_pattern(&seen),
                |runs| Pattern {
                    shape: Shape::Runs(runs),
                    unique: is_unique(&seen),
                },
            );
            found.unique = unique.unwrap_or(found.unique);
            Some(words(Kind::Identifier(found)))
        }
        Wanted::Text => Some(words(Kind::Text(shape::text_format(&seen.values)))),
        Wanted::Position => position(&seen),
        Wanted::LeaveOut => Some(Decision {
            columns: Vec::new(),
            facts: seen.facts(0),
        }),
    }
}

/// Pairs of words for no and yes.
const PAIRS: [(&str, &str); 10] = [
    ("false", "true"),
    ("no", "yes"),
    ("n", "y"),
    ("f", "t"),
    ("0", "1"),
    ("off", "on"),
    ("nein", "ja"),
    ("non", "oui"),
    ("0.0", "1.0"),
    ("not", "is"),
];

/// Two values as a boolean, if one `fits` as no and the other as yes.
fn pair(values: &Values, fits: impl Fn(&str, &str) -> bool) -> Option<Kind> {
    let mut texts: Vec<&str> = values.kept.iter().map(|value| &*value.text).collect();
    texts.sort_unstable();
    let [first, second] = texts.as_slice() else {
        return None;
    };
    let (no, yes) = if fits(first, second) {
        (first, second)
    } else {
        // `ja` comes before `nein`.
        (second, first)
    };
    (values.exact && fits(no, yes)).then(|| Kind::Boolean {
        no: (*no).to_owned(),
        yes: (*yes).to_owned(),
    })
}

fn boolean(seen: &Seen) -> Option<Decision> {
    let (spelling, missing, others) = seen.spelling(true);
    if seen.truths > 0 {
        let kind = Kind::Boolean {
            no: "false".to_owned(),
            yes: "true".to_owned(),
        };
        return Some(Decision {
            columns: vec![seen.column(kind, spelling, Vec::new())],
            facts: seen.facts(missing),
        });
    }
    if !others.is_empty() {
        return None;
    }
    let known = |no: &str, yes: &str| {
        PAIRS
            .iter()
            .any(|(n, y)| n.eq_ignore_ascii_case(no) && y.eq_ignore_ascii_case(yes))
    };
    let kind = pair(&seen.values, known)?;
    Some(Decision {
        columns: vec![seen.column(kind, spelling, Vec::new())],
        facts: seen.facts(missing),
    })
}

/// `20240131`: whole numbers of eight digits that are all dates of 1900–2099.
fn dates_in_figures(seen: &Seen) -> Option<Decision> {
    let eight =
        seen.point.cells == seen.present() && seen.point.narrowest == 8 && seen.point.widest == 8;
    if !eight
        || seen.storage != Storage::Text
        || seen.values.different < 2
        || seen.point.least < 19_000_000.0
        || seen.point.greatest >= 21_000_000.0
    {
        return None;
    }
    moment(seen, None, false).filter(|decision| decision.facts.notes.is_empty())
}

fn position(seen: &Seen) -> Option<Decision> {
    let (spelling, missing, _) = seen.spelling(true);
    let halves = shape::position(&seen.values)?;
    let columns = halves
        .into_iter()
        .map(|half| seen.column(Kind::Position(half), spelling.clone(), Vec::new()))
        .collect();
    Some(Decision {
        columns,
        facts: seen.facts(missing),
    })
}

fn textual(seen: &Seen) -> Decision {
    let (spelling, missing, others) = seen.spelling(true);
    let facts = seen.facts_of_words(missing, others.len());
    let (different, present) = (seen.values.different, seen.present());
    let ratio = different as f64 / present.max(1) as f64;
    let sizes = shape::sizes(&seen.values);
    let text = || Kind::Text(shape::text_format(&seen.values));
    let identifier = || Kind::Identifier(identifier_pattern(seen));
    let one_word = sizes.mean_words < 1.2 && sizes.longest <= 64;
    let kind = if present >= FEW_ROWS && different > 20 && shape::look(&seen.values).is_some() {
        text()
    } else if present >= FEW_ROWS && ratio >= NEARLY_ALL {
        if one_word && (shape::pattern(&seen.values).is_some() || names_something(&seen.name)) {
            identifier()
        } else {
            text()
        }
    } else if one_word && names_something(&seen.name) && different >= NAMED_THINGS {
        identifier()
    } else if (sizes.mean > 60.0 || sizes.mean_words > 8.0) && ratio > 0.2 {
        text()
    } else if ratio > 0.5 && different > 100 {
        if one_word && shape::pattern(&seen.values).is_some() {
            identifier()
        } else {
            text()
        }
    } else {
        Kind::Category
    };
    Decision {
        columns: vec![seen.column(kind, spelling, Vec::new())],
        facts,
    }
}

#[cfg(test)]
mod tests;
