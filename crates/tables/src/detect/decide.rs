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

use crate::detect::distinct::{Value, Values};
use crate::detect::missing;
use crate::detect::moment;
use crate::detect::number::{Tally, role};
use crate::detect::shape;
use crate::detect::summary::{STEPS_S, Summary};
use crate::format::{Class, MomentFormat, NumberFormat, Pattern, Run, Shape, Zone};
use crate::table::{Column, Kind, Storage};

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

/// What else a pass found out about a column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Rows.
    pub rows: u64,
    /// Rows without a value.
    pub missing: u64,
    /// Different values; estimated (to about 1 %) unless `exact`.
    pub different: u64,
    /// Whether `different` is exact.
    pub exact: bool,
    /// Whether a few values lie very far out: the distance from the median to the 99.5th percentile is over three times that to
    /// the 95th, or the same below.
    pub heavy_tail: bool,
    /// How many single values of a column of many different numbers hold at least 2 % of the rows each, and ten times as many as usual.
    pub spikes: u32,
    /// What the user should know, a sentence each, without any value.
    pub notes: Vec<String>,
}

/// A column's kind, and how sure one can be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision {
    /// None when left out, two for a position, else one.
    pub(crate) columns: Vec<Column>,
    pub(crate) facts: Facts,
}

/// A column's counts, closed.
pub(crate) struct Seen {
    name: String,
    storage: Storage,
    values: Values,
    others: Values,
    /// With the point for the decimal mark; with the comma.
    point: Tally,
    comma: Tally,
    moments: u64,
    truths: u64,
    steps: [bool; 5],
    nulls: u64,
    missing: [u64; missing::COUNT],
    rows: u64,
}

impl Seen {
    fn new(name: &str, summary: &Summary) -> Self {
        let (mut point, mut comma) = (summary.point.clone(), summary.comma.clone());
        point.merge(&summary.whole);
        comma.merge(&summary.whole);
        Self {
            name: name.to_owned(),
            storage: summary.storage,
            values: summary.values.clone().finish(),
            others: summary.others.clone().finish(),
            point,
            comma,
            moments: summary.moments,
            truths: summary.truths,
            steps: summary.steps,
            nulls: summary.nulls,
            missing: summary.missing,
            rows: summary.rows,
        }
    }

    fn facts(&self, missing: u64) -> Facts {
        Facts {
            rows: self.rows,
            missing,
            different: self.values.different,
            exact: self.values.exact,
            ..Facts::default()
        }
    }

    /// The most frequent spelling of the missing value, nulls first of equals, with its cells; and the other spellings that occur.
    fn spelling(&self, words: bool) -> (Option<String>, u64, Vec<(&'static str, u64)>) {
        let usable = |place: usize| !words || missing::among_words(place);
        let best = (0..missing::COUNT)
            .filter(|&place| usable(place))
            .rev()
            .max_by_key(|&place| self.missing[place]);
        let best = best.filter(|&place| self.missing[place] > self.nulls);
        let others = (0..missing::COUNT)
            .filter(|&place| Some(place) != best && self.missing[place] > 0)
            .map(|place| (missing::text(place), self.missing[place]))
            .collect();
        match best {
            Some(place) => (
                Some(missing::text(place).to_owned()),
                self.missing[place] + self.nulls,
                others,
            ),
            None => (None, self.nulls, others),
        }
    }

    fn column(&self, kind: Kind, missing: Option<String>, codes: Vec<String>) -> Column {
        Column {
            name: self.name.clone(),
            kind,
            missing,
            codes,
            storage: self.storage,
        }
    }

    /// The cells that are there: neither null nor any spelling of the missing value.
    fn present(&self) -> u64 {
        self.rows - self.nulls - self.missing.iter().sum::<u64>()
    }
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
        let (spelling, missing, _) = seen.spelling(true);
        Decision {
            columns: vec![seen.column(kind, spelling, Vec::new())],
            facts: seen.facts(missing),
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

/// Two values as a boolean, if `fits`.
fn pair(values: &Values, fits: impl Fn(&str, &str) -> bool) -> Option<Kind> {
    let mut texts: Vec<&str> = values.kept.iter().map(|value| &*value.text).collect();
    texts.sort_unstable();
    match texts.as_slice() {
        [no, yes] if values.exact && fits(no, yes) => Some(Kind::Boolean {
            no: (*no).to_owned(),
            yes: (*yes).to_owned(),
        }),
        _ => None,
    }
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

fn number(seen: &Seen, asked: bool) -> Option<Decision> {
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
            "a text that stands"
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
fn names_something(name: &str) -> bool {
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

fn is_unique(seen: &Seen) -> bool {
    seen.values.kept.iter().all(|value| value.count == 1)
}

fn identifier_pattern(seen: &Seen) -> Pattern {
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

fn moment(seen: &Seen, asked: Option<&MomentFormat>, forced: bool) -> Option<Decision> {
    if seen.moments > 0 {
        return Some(stored_moment(seen));
    }
    let (spelling, mut missing, other_spellings) = seen.spelling(false);
    let (format, share, doubtful, several_zones) = if let Some(format) = asked {
        (format.clone(), share(&seen.values, format), false, false)
    } else {
        let found = moment::find(&seen.values)?;
        (
            found.format,
            found.share,
            found.doubtful,
            found.several_zones,
        )
    };
    let mut codes: Vec<String> = seen
        .values
        .kept
        .iter()
        .filter(|value| value.count >= CODE_SEEN && format.read(&value.text).is_none())
        .map(|value| value.text.to_string())
        .chain(
            other_spellings
                .iter()
                .filter(|(_, count)| *count >= CODE_SEEN)
                .map(|(text, _)| (*text).to_owned()),
        )
        .collect();
    codes.sort();
    codes.truncate(254);
    let rest = seen
        .values
        .without(|text| codes.iter().any(|code| code == text));
    let clean = self::share(&rest, &format);
    if (clean < NEARLY_ALL || codes.len() > CODES || share < 0.2) && !(forced && share > 0.0) {
        return None;
    }
    let all: u64 = rest.kept.iter().map(|value| value.count).sum();
    let strays: Vec<&Value> = rest
        .kept
        .iter()
        .filter(|value| format.read(&value.text).is_none())
        .collect();
    let stray: u64 = strays.iter().map(|value| value.count).sum();
    let mut facts = seen.facts(missing);
    if stray > 0 {
        // Of a sample, where the column has more values than are kept.
        let share = stray as f64 / all as f64 * 100.0;
        missing += stray;
        facts.notes.push(format!(
            "{share:.2} % of the values are no date or time of this pattern and are read as missing"
        ));
    }
    facts.missing = missing;
    if doubtful {
        facts
            .notes
            .push("day and month could be the other way round; give the pattern if so".to_owned());
    }
    if several_zones {
        facts
            .notes
            .push("several distances to UTC; the most frequent one is written".to_owned());
    }
    let format = coarser(format.clone(), &rest, &format);
    Some(Decision {
        columns: vec![seen.column(Kind::Moment(format), spelling, codes)],
        facts,
    })
}

/// Whole days, hours or minutes, where the pattern could write more.
fn coarser(format: MomentFormat, values: &Values, read: &MomentFormat) -> MomentFormat {
    let offset = match read.zone() {
        Zone::Wall => 0.0,
        Zone::Offset(seconds) => f64::from(seconds),
    };
    let moments: Vec<f64> = values
        .kept
        .iter()
        .filter_map(|value| read.read(&value.text))
        .map(|value| value + offset)
        .collect();
    let step = STEPS_S.into_iter().find(|step| {
        *step > format.step_s()
            && moments.len() >= 100
            && moments
                .iter()
                .all(|moment| ((moment / step).round() * step - moment).abs() < 1e-6)
    });
    match step {
        Some(step) => format.with_step_s(step),
        None => format,
    }
}

fn share(values: &Values, format: &MomentFormat) -> f64 {
    let all: u64 = values.kept.iter().map(|value| value.count).sum();
    let read: u64 = values
        .kept
        .iter()
        .filter(|value| format.read(&value.text).is_some())
        .map(|value| value.count)
        .sum();
    read as f64 / all.max(1) as f64
}

/// A column stored as dates or timestamps, in the form of ISO 8601.
fn stored_moment(seen: &Seen) -> Decision {
    let pattern = match seen.storage {
        Storage::Date => "%Y-%m-%d",
        Storage::Timestamp { utc: true, .. } if seen.steps[3] => "%Y-%m-%dT%H:%M:%SZ",
        Storage::Timestamp { utc: true, .. } => "%Y-%m-%dT%H:%M:%S%fZ",
        Storage::Timestamp { utc: false, .. } if seen.steps[3] => "%Y-%m-%d %H:%M:%S",
        Storage::Timestamp { utc: false, .. } => "%Y-%m-%d %H:%M:%S%f",
        _ if seen.steps[3] => "%H:%M:%S",
        _ => "%H:%M:%S%f",
    };
    let step = STEPS_S
        .into_iter()
        .zip(seen.steps)
        .find(|(_, all)| *all)
        .map(|(step, _)| step);
    // The patterns above are right.
    let format = MomentFormat::parse(pattern).map(|format| match step {
        Some(step) if step > format.step_s() => format.with_step_s(step),
        _ => format,
    });
    let kind = format.map_or(Kind::Category, Kind::Moment);
    Decision {
        columns: vec![seen.column(kind, None, Vec::new())],
        facts: seen.facts(seen.nulls),
    }
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
    let (spelling, missing, _) = seen.spelling(true);
    let facts = seen.facts(missing);
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
#[path = "decide_tests.rs"]
mod tests;
