//! From what was found of a column to its codes, and to the attribute that is learned of it.
//!
//! The attribute of a column is the first digit of its code, so that tables of counts stay small; the finer digit is drawn by the column's own noisy counts. A value that the column has no
//! code for is an attribute value of its own while counting, and never drawn.

use std::collections::HashMap;

use super::kinds::THERE;
use super::numbers::{Grid, Interval, find};
use crate::cells::Cell;
use crate::format::{MomentFormat, NumberFormat};
use crate::model::bins::{Bin, Binning, Kept};
use crate::model::shape::Shape;
use crate::read::write_stored;
use crate::table::Kind;

/// Codes that a column may have, so that each is a bin to trees.
pub(crate) const MOST_CODES: usize = 250;
/// Values that a category may have.
pub(crate) const MOST_WORDS: usize = MOST_CODES - 1;
/// Codes of one class of the first digit.
const MOST_FINE: usize = 64;

/// How cells of a column become values of its attribute.
#[derive(Debug, Clone)]
pub(crate) struct Coding {
    pub(crate) binning: Binning,
    pub(crate) levels: Vec<String>,
    /// How a missing value is written.
    missing: Option<String>,
    has_missing: bool,
    /// How many noisy counts its codes stand for.
    counts: f64,
    how: How,
}

#[derive(Debug, Clone)]
enum How {
    /// For each text its code.
    Words(HashMap<Box<str>, u32>),
    Numbers {
        read: Read,
        grid: Grid,
        intervals: Vec<Interval>,
    },
    /// Only whether there is a value.
    Presence,
}

/// How a text becomes a number.
#[derive(Debug, Clone)]
pub(crate) enum Read {
    Number(NumberFormat),
    Moment(MomentFormat),
}

impl Read {
    /// Of a column of numbers or moments.
    pub(crate) fn of(kind: &Kind) -> Option<Self> {
        match kind {
            Kind::Number(format) => Some(Self::Number(format.clone())),
            Kind::Moment(format) => Some(Self::Moment(format.clone())),
            _ => None,
        }
    }

    /// The number of a cell.
    pub(crate) fn number(&self, cell: Cell<'_>) -> Option<f64> {
        let value = match (cell, self) {
            (Cell::Text(text), Self::Number(format)) => format.read(text),
            (Cell::Text(text), Self::Moment(format)) => format.read(text),
            (Cell::Integer(value), _) => Some(value as f64),
            (Cell::Number(value) | Cell::Moment(value), _) => Some(value),
            (Cell::Boolean(value), _) => Some(f64::from(u8::from(value))),
            (Cell::Null, _) => None,
        };
        value.filter(|value| value.is_finite())
    }
}

impl Coding {
    /// Of a category: texts with about how many people have each, and about how many have none.
    pub(crate) fn of_words(
        mut words: Vec<(String, f64)>,
        missing: Option<String>,
        missing_people: f64,
    ) -> Self {
        // Those that most have stay, where there are too many.
        words.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        words.truncate(MOST_WORDS);
        let mut levels: Vec<String> = words.iter().map(|(word, _)| word.clone()).collect();
        levels.sort_unstable();
        let mut bins = Vec::new();
        let mut people = Vec::new();
        let has_missing = missing_people > 0.0 || words.is_empty();
        if has_missing {
            bins.push(Bin::Missing);
            people.push(whole(missing_people));
        }
        let mut codes = HashMap::new();
        for (word, count) in &words {
            codes.insert(word.as_str().into(), bins.len() as u32);
            let level = levels.binary_search(word).unwrap_or_default();
            bins.push(Bin::Level(level as u32));
            people.push(whole(*count));
        }
        let mut binning = Binning::assembled(bins, people, false, Kept::default());
        binning.groups = alone_and_in_runs(binning.bins.len());
        binning.steps = vec![Vec::new(); binning.groups.len() - 1];
        Self {
            counts: binning.bins.len() as f64,
            binning,
            levels,
            missing,
            has_missing,
            how: How::Words(codes),
        }
    }

    /// Of a column of which only is known whether there is a value.
    pub(crate) fn of_presence(missing: Option<String>, people: f64, missing_people: f64) -> Self {
        let bins = vec![Bin::Missing, Bin::Level(0)];
        let people = vec![whole(missing_people), whole(people)];
        Self {
            binning: Binning::assembled(bins, people, false, Kept::default()),
            levels: Vec::new(),
            missing,
            has_missing: true,
            counts: 2.0,
            how: How::Presence,
        }
    }

    /// Of a column that every row has something in.
    pub(crate) fn of_all_there(people: f64) -> Self {
        Self {
            binning: Binning::assembled(
                vec![Bin::Level(0)],
                vec![whole(people)],
                false,
                Kept::default(),
            ),
            levels: Vec::new(),
            missing: None,
            has_missing: false,
            counts: 1.0,
            how: How::Presence,
        }
    }

    /// Of numbers in these intervals, of which about `parts` become values of the attribute.
    pub(crate) fn of_numbers(
        kind: &Kind,
        grid: Grid,
        intervals: Vec<Interval>,
        missing: Option<String>,
        missing_people: f64,
        parts: f64,
    ) -> Option<Self> {
        let read = Read::of(kind)?;
        let intervals = joined_to(intervals, MOST_CODES - 1);
        let mut bins = Vec::new();
        let mut people = Vec::new();
        let has_missing = missing_people > 0.0 || intervals.is_empty();
        if has_missing {
            bins.push(Bin::Missing);
            people.push(whole(missing_people));
        }
        let first = bins.len();
        let counts: f64 = intervals.iter().map(|interval| interval.counts).sum();
        for interval in &intervals {
            bins.push(Bin::Numbers(shape(grid, interval)));
            people.push(whole(interval.people));
        }
        let mut binning = Binning::assembled(bins, people, true, Kept::default());
        binning.groups = groups(&binning.people, first, parts);
        binning.steps = vec![Vec::new(); binning.groups.len() - 1];
        Some(Self {
            binning,
            levels: Vec::new(),
            missing,
            has_missing,
            counts: counts + first as f64,
            how: How::Numbers {
                read,
                grid,
                intervals,
            },
        })
    }

    /// What is known of the attribute before columns are counted together: noisy counts of its values, the last being what has no code, and their standard deviation. `sd` is that of a code's count, and `people` are all.
    pub(crate) fn known(&self, people: f64, sd: f64) -> (Vec<f64>, f64) {
        let groups = self.binning.groups.windows(2);
        let mut counts: Vec<f64> = groups
            .map(|pair| {
                let codes = pair[0] as usize..pair[1] as usize;
                self.binning.people[codes]
                    .iter()
                    .map(|&p| f64::from(p))
                    .sum()
            })
            .collect();
        let told: f64 = counts.iter().sum();
        let each = self.counts / counts.len() as f64;
        counts.push((people - told).max(0.0));
        (counts, sd * each.sqrt())
    }

    /// Its codes and levels, for the model.
    pub(crate) fn into_parts(self) -> (Binning, Vec<String>) {
        (self.binning, self.levels)
    }

    /// Whether it has any code but that of a missing value.
    pub(crate) fn is_there(&self) -> bool {
        self.binning.bins.iter().any(|bin| *bin != Bin::Missing)
    }

    /// How many values the attribute has: the classes of the first digit, and one for what has no code.
    pub(crate) fn values(&self) -> usize {
        self.classes() + 1
    }

    /// How many classes the first digit has.
    pub(crate) fn classes(&self) -> usize {
        self.binning.groups.len() - 1
    }

    /// The attribute's value of a cell.
    pub(crate) fn value(&self, cell: Cell<'_>) -> u8 {
        match self.code(cell) {
            Some(code) => self.binning.group(code) as u8,
            None => self.classes() as u8,
        }
    }

    fn code(&self, cell: Cell<'_>) -> Option<u32> {
        let is_missing = match cell {
            Cell::Null => true,
            Cell::Text(text) => self.missing.as_deref() == Some(text),
            _ => false,
        };
        if is_missing {
            return self.has_missing.then_some(0);
        }
        match &self.how {
            How::Words(codes) => match cell {
                Cell::Text(text) => codes.get(text).copied(),
                other => {
                    let mut text = String::new();
                    write_stored(other, &mut text);
                    codes.get(text.as_str()).copied()
                }
            },
            How::Numbers {
                read,
                grid,
                intervals,
            } => {
                let number = read.number(cell)?;
                (!intervals.is_empty()).then(|| {
                    u32::from(self.has_missing) + find(intervals, grid.place(number)) as u32
                })
            }
            How::Presence => Some(u32::from(self.has_missing)),
        }
    }

    /// Shares of each fine digit within each class of the first, by the column's own noisy counts.
    pub(crate) fn fine(&self) -> Vec<Vec<f64>> {
        let groups = self.binning.groups.windows(2);
        groups
            .map(|pair| {
                let codes = pair[0] as usize..pair[1] as usize;
                let people = self.binning.people[codes].iter();
                let people: Vec<f64> = people.map(|&p| f64::from(p)).collect();
                let sum: f64 = people.iter().sum();
                let even = 1.0 / people.len() as f64;
                people
                    .iter()
                    .map(|p| if sum > 0.0 { p / sum } else { even })
                    .collect()
            })
            .collect()
    }
}

/// The first code of each class: the most frequent alone, the others in runs.
fn alone_and_in_runs(codes: usize) -> Vec<u32> {
    let alone = if codes <= 60 { codes } else { 56 };
    let mut groups: Vec<u32> = (0..alone as u32).collect();
    groups.extend((alone as u32..codes as u32).step_by(MOST_FINE));
    groups.push(codes as u32);
    groups
}

/// Joins the neighbours with the fewest people until there are no more than so many.
fn joined_to(mut intervals: Vec<Interval>, most: usize) -> Vec<Interval> {
    while intervals.len() > most {
        let people = |place: &usize| intervals[*place].people + intervals[*place + 1].people;
        let places = 0..intervals.len() - 1;
        let Some(place) = places.min_by(|a, b| people(a).total_cmp(&people(b))) else {
            break;
        };
        let behind = intervals.remove(place + 1);
        intervals[place].length = behind.end() - intervals[place].start;
        intervals[place].people += behind.people;
        intervals[place].counts += behind.counts;
    }
    intervals
}

/// A noisy count as one of people.
fn whole(people: f64) -> u32 {
    people.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// A missing value is one where more have it than noise makes.
pub(crate) fn there(people: f64, sd: f64) -> f64 {
    if people > THERE * sd { people } else { 0.0 }
}

fn shape(grid: Grid, interval: &Interval) -> Shape {
    if interval.length == 1 && matches!(grid, Grid::Step(_)) {
        return Shape {
            shared: vec![(grid.value(interval.start) + 0.0, 1)],
            people: 1,
            knots: Vec::new(),
        };
    }
    // Half a step beyond either end, so that rounding gives both ends their due.
    let knots = match grid {
        Grid::Step(step) => vec![
            (interval.start as f64 - 0.499) * step,
            (interval.end() as f64 - 0.501) * step,
        ],
        Grid::Bits => vec![grid.value(interval.start), grid.value(interval.end())],
    };
    Shape {
        shared: Vec::new(),
        people: 1,
        knots,
    }
}

/// The first code of each class: what comes before `first` alone, then runs of about one in `parts` of the people.
fn groups(people: &[u32], first: usize, parts: f64) -> Vec<u32> {
    let total: f64 = people[first..].iter().map(|&p| f64::from(p)).sum();
    let share = (total / parts).max(1.0);
    let mut groups: Vec<u32> = (0..=first as u32).collect();
    if people.len() == first {
        return groups;
    }
    let mut inside = 0.0;
    let mut start = first;
    for (code, &count) in people.iter().enumerate().skip(first) {
        let count = f64::from(count);
        let full = inside + count / 2.0 > share || (count > 0.6 * share && inside > 0.3 * share);
        if code > start && (full || code - start == MOST_FINE) && groups.len() < 60 {
            groups.push(code as u32);
            start = code;
            inside = 0.0;
        }
        inside += count;
    }
    groups.push(people.len() as u32);
    groups
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn interval(start: i64, length: i64, people: f64) -> Interval {
        Interval {
            start,
            length,
            people,
            counts: 1.0,
        }
    }

    #[test]
    fn numbers_find_their_interval_and_come_back_into_it() {
        let kind = Kind::Number(NumberFormat::default());
        let intervals = vec![
            interval(0, 1, 900.0),
            interval(1, 9, 50.0),
            interval(10, 90, 60.0),
        ];
        let coding =
            Coding::of_numbers(&kind, Grid::Step(1.0), intervals, None, 40.0, 16.0).unwrap();
        let code = |text| coding.code(Cell::Text(text));
        assert_eq!(coding.code(Cell::Null), Some(0));
        assert_eq!(
            [code("0"), code("5"), code("99"), code("7000"), code("-3")],
            [Some(1), Some(2), Some(3), Some(3), Some(1)]
        );
        assert_eq!(code("x"), None);
        let encoder = coding.binning.encoder();
        for (value, code) in [(0.0, 1), (1.0, 2), (9.0, 2), (10.0, 3), (99.0, 3)] {
            assert_eq!(encoder.number(value, 0), code, "{value}");
        }
    }

    #[test]
    fn any_number_of_words_and_intervals_fits() {
        for count in [1, 59, 60, 61, 150, 249, 400] {
            let words = (0..count).map(|word| (format!("w{word:03}"), 1000.0 - f64::from(word)));
            let coding = Coding::of_words(words.collect(), None, 10.0);
            let groups = &coding.binning.groups;
            assert!(
                groups.len() <= 64 && coding.binning.digits().len() <= 2,
                "{count}"
            );
            assert!(
                groups
                    .windows(2)
                    .all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= 64)
            );
        }
        let many: Vec<Interval> = (0..700).map(|k| interval(k, 1, 10.0 + k as f64)).collect();
        let kept = joined_to(many, 249);
        assert_eq!(kept.len(), 249);
        assert!(kept.windows(2).all(|pair| pair[0].end() == pair[1].start));
        assert_eq!((kept[0].start, kept[248].end()), (0, 700));
    }

    #[test]
    fn groups_have_about_equal_people_and_none_too_many_codes() {
        let groups = groups(&[5, 100, 100, 10, 10, 400, 10, 10], 1, 4.0);
        assert_eq!(groups[..2], [0, 1]);
        assert_eq!(*groups.last().unwrap(), 8);
        assert!(groups.windows(2).all(|pair| pair[0] < pair[1]));
        let long = super::groups(&vec![1; 250], 0, 1.0);
        assert!(long.windows(2).all(|pair| pair[1] - pair[0] <= 64));
    }
}
