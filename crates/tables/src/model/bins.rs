//! How a column's values become codes, and codes become values again.
//!
//! A code stands for a level, a value that many people share, or an interval of numbers that holds at least `people_per_bin` people. Codes are written
//! as one to three *digits* of at most 64 classes, coarse to fine, so that a tree has few classes to tell apart and a column may have 10⁵ levels.
//!
//! Within a bin of numbers, values are drawn from the shape that all people of the bin make together, never from one person's row: values that at
//! least `protect` people share are drawn by their counts, the others between quantiles of at least `protect` people. The two ends of a column are the means of
//! its most extreme people; levels that fewer than `protect` people have are not learned. What was protected is listed.

use super::Settings;
use super::counted::Counted;
use super::shape::Shape;
use crate::table::{Half, Kind, MISSING_LEVEL};
use serde::{Deserialize, Serialize};

/// Classes that the coarsest digit of a column aims at.
const COARSE: usize = 32;
/// The most bins of a column of numbers.
const MOST_BINS: usize = 1024;

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Bin {
    /// No value.
    Missing,
    /// A written code in a column of numbers, by its number from 1.
    Special(u8),
    /// The index of a level among those that are kept.
    Level(u32),
    /// Numbers.
    Numbers(Shape),
}

/// The codes of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Binning {
    pub bins: Vec<Bin>,
    /// Multiples on which numbers without a bin of their own lie, coarse to fine, with the share of them that lie there: for each class of the first digit.
    pub steps: Vec<Vec<(f64, f64)>>,
    /// Whether the order of codes means something.
    pub ordered: bool,
    /// The first code of each class of the first digit; then the number of codes.
    pub groups: Vec<u32>,
    /// The bin that each code is to a tree, at most 256 of them.
    pub feature: Vec<u8>,
    pub feature_count: usize,
    /// People of each code.
    pub people: Vec<u32>,
    /// What was kept back.
    pub hidden: Kept,
}

/// What of a column was kept back because too few people share it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Levels and written codes.
    pub levels: u32,
    /// People who have them.
    pub people: u32,
    /// People whose numbers lie beyond the ends that are written, or alone between values that many share.
    pub ends: u32,
}

/// How values are put into bins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// The fewest people who must share a level or a value for it to be learned.
    pub protect: usize,
    /// The fewest people in an interval of numbers.
    pub people_per_bin: usize,
}

impl Rules {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            protect: settings.protect.max(1) as usize,
            people_per_bin: settings.people_per_bin.max(1) as usize,
        }
    }
}

/// No code: a level that too few people have.
pub(crate) const RARE: u32 = u32::MAX;

impl Binning {
    /// Finds the codes of a column. Of identifiers and texts only whether they are there.
    pub(crate) fn of(counted: &Counted, kind: &Kind, rules: &Rules) -> Self {
        match counted {
            Counted::Numbers {
                sorted,
                missing,
                specials,
            } => Self::of_numbers(sorted, *missing, specials, resolution(kind), rules),
            Counted::Levels { people, missing } => Self::of_levels(people, *missing, rules),
            Counted::Opaque { there, missing } => Self::assembled(
                vec![Bin::Missing, Bin::Level(0)],
                vec![*missing, *there],
                false,
                Kept::default(),
            ),
        }
    }

    fn of_levels(people: &[u32], missing: u32, rules: &Rules) -> Self {
        let levels = people.len();
        let mut kept: Vec<usize> = (0..levels)
            .filter(|&level| people[level] as usize >= rules.protect)
            .collect();
        let rare = people
            .iter()
            .filter(|&&count| count > 0 && (count as usize) < rules.protect);
        let hidden = Kept {
            levels: rare.clone().count() as u32,
            people: rare.sum(),
            ..Kept::default()
        };
        // Frequent levels first: where there are more than one digit can hold, the coarse digit tells the frequent ones apart.
        kept.sort_by_key(|&level| (std::cmp::Reverse(people[level]), level));
        let mut bins = Vec::new();
        let mut counts = Vec::new();
        if missing > 0 || kept.is_empty() {
            // Where every level is rare, the column stays empty.
            bins.push(Bin::Missing);
            counts.push(missing);
        }
        for level in kept {
            bins.push(Bin::Level(level as u32));
            counts.push(people[level]);
        }
        Self::assembled(bins, counts, false, hidden)
    }

    fn of_numbers(
        mut sorted: &[f64],
        missing: u32,
        specials: &[u32; 256],
        resolution: f64,
        rules: &Rules,
    ) -> Self {
        let mut bins = Vec::new();
        let mut counts = Vec::new();
        if missing > 0 {
            bins.push(Bin::Missing);
            counts.push(missing);
        }
        let mut hidden = Kept::default();
        for code in 1..=255_u8 {
            let people = specials[usize::from(code)];
            if people as usize >= rules.protect {
                bins.push(Bin::Special(code));
                counts.push(people);
            } else if people > 0 {
                hidden.levels += 1;
                hidden.people += people;
            }
        }
        if sorted.len() < rules.protect {
            hidden.people += sorted.len() as u32;
            hidden.ends += sorted.len() as u32;
            sorted = &[];
        }
        let intervals = intervals(sorted, rules);
        let last = intervals.len().saturating_sub(1);
        for (index, &(start, end)) in intervals.iter().enumerate() {
            let (shape, extreme) = Shape::of(
                &sorted[start..end],
                resolution,
                rules,
                index == 0,
                index == last,
            );
            hidden.ends += extreme;
            bins.push(Bin::Numbers(shape));
            counts.push((end - start) as u32);
        }
        if bins.is_empty() {
            bins.push(Bin::Missing);
            counts.push(0);
        }
        let mut binning = Self::assembled(bins, counts, true, hidden);
        binning.find_steps(sorted, resolution, rules);
        binning
    }

    pub(crate) fn assembled(bins: Vec<Bin>, people: Vec<u32>, ordered: bool, hidden: Kept) -> Self {
        let groups = groups(&people, ordered);
        let (feature, feature_count) = features(&people, ordered);
        Self {
            steps: vec![Vec::new(); groups.len() - 1],
            bins,
            ordered,
            groups,
            feature,
            feature_count,
            people,
            hidden,
        }
    }

    /// Of a column that has no codes of its own, because something else writes it.
    pub(crate) fn nothing() -> Self {
        Self::assembled(vec![Bin::Missing], vec![0], false, Kept::default())
    }

    /// What finds the code of a value.
    pub(crate) fn encoder(&self) -> Encoder {
        let mut encoder = Encoder {
            missing: RARE,
            specials: [RARE; 256],
            levels: Vec::new(),
            first: self.bins.len() as u32,
            ends: Vec::new(),
        };
        for (code, bin) in self.bins.iter().enumerate() {
            let code = code as u32;
            match bin {
                Bin::Missing => encoder.missing = code,
                Bin::Special(name) => encoder.specials[usize::from(*name)] = code,
                Bin::Level(level) => {
                    let level = *level as usize;
                    if encoder.levels.len() <= level {
                        encoder.levels.resize(level + 1, RARE);
                    }
                    encoder.levels[level] = code;
                }
                Bin::Numbers(shape) => {
                    encoder.first = encoder.first.min(code);
                    encoder.ends.push(shape.end());
                }
            }
        }
        encoder
    }

    /// How many classes each digit has, coarse to fine. A digit that has one class everywhere is left out.
    pub(crate) fn digits(&self) -> Vec<usize> {
        let widest = self
            .groups
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as usize)
            .max()
            .unwrap_or(1);
        let coarse = self.groups.len() - 1;
        if widest <= 1 {
            vec![coarse]
        } else if widest <= 64 {
            vec![coarse, widest]
        } else {
            vec![coarse, widest.div_ceil(64), 64]
        }
    }

    /// The class of a code's first digit.
    pub(crate) fn group(&self, code: u32) -> usize {
        self.groups.partition_point(|&start| start <= code) - 1
    }

    /// A code's digits.
    pub(crate) fn split(&self, code: u32) -> [u8; 3] {
        let group = self.group(code);
        let rest = code - self.groups[group];
        if self.digits().len() == 3 {
            [group as u8, (rest / 64) as u8, (rest % 64) as u8]
        } else {
            [group as u8, rest as u8, 0]
        }
    }

    /// For each code, how many codes share the digits before this one: where there is one, nothing is left to say.
    pub(crate) fn widths(&self, digit: usize) -> Vec<u32> {
        let digits = self.digits().len();
        let codes = self.bins.len() as u32;
        (0..codes)
            .map(|code| {
                let split = self.split(code);
                let mut at = (0, codes);
                for before in 0..digit {
                    at = self.narrow(before, digits, at, usize::from(split[before]));
                }
                self.width(digit, digits, at) as u32
            })
            .collect()
    }

    /// How many classes this digit of `digits` may take when those before it left these codes.
    pub(crate) fn width(&self, digit: usize, digits: usize, at: (u32, u32)) -> usize {
        let left = (at.1 - at.0) as usize;
        match digit {
            0 => self.groups.len() - 1,
            1 if digits == 3 => left.div_ceil(64),
            _ => left,
        }
    }

    /// The codes that are left when this digit of `digits` takes a class.
    pub(crate) fn narrow(
        &self,
        digit: usize,
        digits: usize,
        at: (u32, u32),
        class: usize,
    ) -> (u32, u32) {
        match digit {
            0 => (self.groups[class], self.groups[class + 1]),
            1 if digits == 3 => {
                let start = at.0 + class as u32 * 64;
                (start, at.1.min(start + 64))
            }
            _ => (at.0 + class as u32, at.0 + class as u32 + 1),
        }
    }

    fn find_steps(&mut self, sorted: &[f64], resolution: f64, rules: &Rules) {
        if resolution <= 0.0 || sorted.is_empty() {
            return;
        }
        // Multiples of 1, 5, 10, 50 … of the resolution, as far as the widest value reaches.
        let reach = sorted[0].abs().max(sorted[sorted.len() - 1].abs());
        let mut steps = Vec::new();
        let mut step = resolution;
        while step <= reach && steps.len() < 24 {
            steps.push(step);
            step *= if steps.len() % 2 == 1 { 5.0 } else { 2.0 };
        }
        steps.reverse();
        let mut from = 0;
        for group in 0..self.groups.len() - 1 {
            let codes = self.groups[group] as usize..self.groups[group + 1] as usize;
            let mut alone = Vec::new();
            let mut people = 0;
            for code in codes {
                if let Bin::Numbers(shape) = &self.bins[code] {
                    let rows = &sorted[from..from + self.people[code] as usize];
                    from += rows.len();
                    let others = rows.iter().filter(|&&value| !shape.shares(value));
                    alone.extend(others.copied());
                    people += 1;
                }
            }
            if people == 0 || alone.len() < rules.protect.max(20) {
                continue;
            }
            let mut found = Vec::new();
            // People on multiples of the steps found so far.
            let mut counted = 0.0;
            for &step in &steps[..steps.len().saturating_sub(1)] {
                let here = alone.iter().filter(|&&v| is_multiple(v, step)).count() as f64;
                let left = alone.len() as f64 - counted;
                // Some numbers are multiples by chance: only those beyond are there because somebody rounded.
                let chance = resolution / step;
                let rounded = (here - counted - left * chance) / (1.0 - chance);
                if rounded >= rules.protect as f64 && rounded > 3.0 * (left * chance).sqrt() {
                    found.push((step, rounded / alone.len() as f64));
                    counted = here;
                }
            }
            self.steps[group] = found;
        }
    }
}

/// Finds the codes of values; [`RARE`] where one has none.
#[derive(Debug)]
pub(crate) struct Encoder {
    missing: u32,
    specials: [u32; 256],
    levels: Vec<u32>,
    /// The code of the first interval of numbers, and the greatest number of each.
    first: u32,
    ends: Vec<f64>,
}

impl Encoder {
    /// The code of a number, or of the written code `special` in place of one.
    pub(crate) fn number(&self, value: f64, special: u8) -> u32 {
        if value.is_nan() {
            return match special {
                0 => self.missing,
                name => self.specials[usize::from(name)],
            };
        }
        let place = self.ends.partition_point(|&end| end < value) as u32;
        match self.ends.len() as u32 {
            0 => RARE,
            count => self.first + place.min(count - 1),
        }
    }

    /// The code of a level, by its place among all levels of the data.
    pub(crate) fn level(&self, level: u32) -> u32 {
        if level == MISSING_LEVEL {
            return self.missing;
        }
        self.levels.get(level as usize).copied().unwrap_or(RARE)
    }
}

/// The smallest step between values that a column writes; 0 where it writes any.
pub(crate) fn resolution(kind: &Kind) -> f64 {
    match kind {
        Kind::Number(number) | Kind::Position(Half { number, .. }) => {
            number.step().unwrap_or_default()
        }
        Kind::Moment(moment) => moment.step_s(),
        Kind::Boolean { .. } | Kind::Category | Kind::Identifier(_) | Kind::Text(_) => 0.0,
    }
}

fn is_multiple(value: f64, step: f64) -> bool {
    let ratio = value / step;
    (ratio - ratio.round()).abs() < 1e-6
}

/// Cuts ascending values into intervals: each value that many share has its own, and the others come in runs of enough people.
fn intervals(sorted: &[f64], rules: &Rules) -> Vec<(usize, usize)> {
    let wanted = (rules.people_per_bin)
        .max(rules.protect)
        .max(sorted.len() / MOST_BINS)
        .max(1);
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < sorted.len() {
        let end = at + sorted[at..].partition_point(|&value| value <= sorted[at]);
        let shared = end - at >= wanted;
        if shared && at > start {
            // What lies before a shared value stands alone if it is enough people, and joins a neighbour if not.
            if at - start >= rules.protect.max(wanted / 2) {
                found.push((start, at));
                start = at;
            } else if let Some(before) = found.last_mut() {
                before.1 = at;
                start = at;
            }
        }
        at = end;
        if at - start >= wanted {
            found.push((start, at));
            start = at;
        }
    }
    if start < sorted.len() {
        match found.last_mut() {
            Some(last) if sorted.len() - start < wanted / 2 + rules.protect => {
                last.1 = sorted.len();
            }
            _ => found.push((start, sorted.len())),
        }
    }
    found
}

/// Classes of the first digit: each of about 1 ⁄ 32 of the people, and none of more codes than the digits below can tell apart.
fn groups(people: &[u32], ordered: bool) -> Vec<u32> {
    let codes = people.len();
    if codes <= 48 {
        return (0..=codes as u32).collect();
    }
    let most = if codes <= COARSE * 64 { 64 } else { 64 * 64 };
    let total: u64 = people.iter().map(|&p| u64::from(p)).sum();
    let share = (total / COARSE as u64).max(1);
    let mut starts = vec![0];
    let (mut inside, mut start) = (0_u64, 0);
    for (code, &count) in people.iter().enumerate() {
        let count = u64::from(count);
        let alone = count >= share || (!ordered && count * 4 >= share);
        if code > start
            && (alone || inside + count / 2 > share || code - start == most)
            && starts.len() < 63
        {
            starts.push(code as u32);
            start = code;
            inside = 0;
        }
        inside += count;
        if alone {
            inside = share;
        }
    }
    starts.push(codes as u32);
    starts
}

/// The bin that a code is to a tree: itself, or its neighbours' where there are more than 255.
fn features(people: &[u32], ordered: bool) -> (Vec<u8>, usize) {
    let codes = people.len();
    if codes <= 256 {
        return ((0..codes).map(|code| code as u8).collect(), codes);
    }
    if !ordered {
        let feature = (0..codes).map(|code| code.min(255) as u8).collect();
        return (feature, 256);
    }
    let total: u64 = people.iter().map(|&p| u64::from(p)).sum();
    let mut upto = 0_u64;
    let mut feature = Vec::with_capacity(codes);
    for &count in people {
        let middle = upto + u64::from(count) / 2;
        feature.push((middle * 255 / total.max(1)).min(255) as u8);
        upto += u64::from(count);
    }
    (feature, 256)
}
