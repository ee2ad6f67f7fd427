//! The bins of `mostlyai-qa` 1.10 (`_accuracy.py`, `bin_data`), found on training rows and applied to others.
//!
//! Numbers: at most ten different values are bins of their own; more are cut at the first grid of equally many rows that gives eleven different borders. Moments: the
//! same without the first rule. Categories: the ten most frequent that at least five rows have, and one for all others. Missing values have a bin of their own, and so
//! has each text that stands for something else than a number (there `mostlyai-qa` knows only missing).

use crate::ground::{Attribute, Rows, Scale, Values};

/// So many bins are asked for.
const BINS: usize = 10;
/// A category that fewer rows have stands with the others.
const LEAST: u64 = 5;
const DAY_S: f64 = 86_400.0;

/// The bins of one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bins {
    /// Where each bin begins; the first also takes what is below it.
    Numbers { begins: Vec<f64>, codes: usize },
    /// The bin of each level. After the named ones come the bins of all others, of missing values and of the empty text.
    Levels { bin_of: Vec<u8>, named: usize },
}

impl Bins {
    /// As found on these rows.
    pub(crate) fn of(attribute: &Attribute, values: &Values) -> Self {
        match (&attribute.scale, values) {
            (Scale::Category { levels }, values) => {
                let mut counts = vec![0_u64; levels.len() + 1];
                for &code in values.codes() {
                    counts[(code as usize).min(levels.len())] += 1;
                }
                let mut order: Vec<usize> = (0..counts.len()).collect();
                order.sort_by_key(|&level| std::cmp::Reverse(counts[level]));
                let mut named: Vec<usize> = order
                    .into_iter()
                    .take(BINS)
                    .filter(|&level| counts[level] >= LEAST && level < levels.len())
                    .collect();
                named.sort_unstable();
                let mut bin_of = vec![named.len() as u8; levels.len()];
                for (bin, &level) in named.iter().enumerate() {
                    bin_of[level] = bin as u8;
                }
                let named = named.len();
                // The empty text is never one of the others, however rare.
                if let Some(empty) = levels.iter().position(String::is_empty)
                    && usize::from(bin_of[empty]) == named
                {
                    bin_of[empty] = named as u8 + 2;
                }
                Self::Levels { bin_of, named }
            }
            (Scale::Number { codes }, values) => Self::Numbers {
                begins: borders_of_numbers(values.numbers()),
                codes: *codes,
            },
            (Scale::Moment { codes }, values) => Self::Numbers {
                begins: borders_of_moments(values.numbers()),
                codes: *codes,
            },
        }
    }

    /// How many there are, at most 255 with those of missing values and of codes.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Numbers { begins, codes } => (begins.len() + 1 + codes).min(255),
            Self::Levels { named, .. } => named + 3,
        }
    }

    /// The bin of each row.
    pub(crate) fn apply(&self, values: &Values) -> Vec<u8> {
        match (self, values) {
            (Self::Levels { bin_of, named }, Values::Codes(codes)) => {
                let missing = *named as u8 + 1;
                codes
                    .iter()
                    .map(|&code| bin_of.get(code as usize).copied().unwrap_or(missing))
                    .collect()
            }
            (Self::Numbers { begins, codes }, Values::Numbers { values, special }) => values
                .iter()
                .enumerate()
                .map(|(row, &value)| {
                    if value.is_nan() {
                        let code = usize::from(special.get(row).copied().unwrap_or(0)).min(*codes);
                        (begins.len() + code).min(254) as u8
                    } else {
                        begins
                            .partition_point(|&begin| begin <= value)
                            .saturating_sub(1) as u8
                    }
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// The values that are there, ascending.
fn sorted(values: &[f64]) -> Vec<f64> {
    let mut there: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    there.sort_unstable_by(f64::total_cmp);
    there
}

fn borders_of_numbers(values: &[f64]) -> Vec<f64> {
    let sorted = sorted(values);
    let Some((&first, &last)) = sorted.first().zip(sorted.last()) else {
        return vec![-1e10];
    };
    let mut different = sorted.clone();
    different.dedup();
    let (mut begins, end) = if different.len() <= BINS {
        (different, last + 1.0)
    } else {
        let mut borders = searched(&sorted);
        let end = borders.pop().unwrap_or(last);
        (borders, end)
    };
    if begins.is_empty() {
        begins.push(first);
    }
    // Borders are rounded down to as few decimals as keep them apart; the last is not.
    for decimals in 0..20 {
        let ten = libm::pow(10.0, f64::from(decimals));
        let floor = |value: f64| (value * ten).floor() / ten;
        let mut rounded: Vec<f64> = begins.iter().map(|&begin| floor(begin)).collect();
        rounded.push(floor(end));
        if rounded.windows(2).all(|pair| pair[0] < pair[1]) {
            rounded.pop();
            return rounded;
        }
    }
    begins
}

fn borders_of_moments(values: &[f64]) -> Vec<f64> {
    let sorted = sorted(values);
    let Some((&first, &last)) = sorted.first().zip(sorted.last()) else {
        return vec![-315.0 * 365.0 * DAY_S];
    };
    if first == last {
        return vec![first];
    }
    let mut borders = searched(&sorted);
    borders.pop();
    borders
}

/// Eleven different values at equal steps through sorted ones, both ends among them, from the coarsest grid that has as many.
fn searched(sorted: &[f64]) -> Vec<f64> {
    let last = sorted.len() - 1;
    let mut borders = Vec::new();
    for count in BINS..(BINS + 1).max(1000.min(sorted.len() + 1)) {
        let step = last as f64 / (count - 1) as f64;
        borders.clear();
        borders.extend((0..count - 1).map(|place| sorted[(place as f64 * step) as usize]));
        borders.push(sorted[last]);
        borders.dedup();
        if borders.len() > BINS {
            break;
        }
    }
    borders
}

/// The binned columns of a table.
#[derive(Debug, Clone)]
pub(crate) struct Binned {
    /// The bin of each row, column by column.
    pub(crate) columns: Vec<Vec<u8>>,
    /// How many bins each column has.
    pub(crate) counts: Vec<usize>,
    /// How many rows.
    pub(crate) rows: usize,
}

impl Binned {
    pub(crate) fn new(bins: &[Bins], rows: &Rows) -> Self {
        Self {
            columns: bins
                .iter()
                .zip(&rows.values)
                .map(|(bins, values)| bins.apply(values))
                .collect(),
            counts: bins.iter().map(Bins::count).collect(),
            rows: rows.count,
        }
    }
}

/// The bins of every column of these rows.
pub(crate) fn bins_of(columns: &[Attribute], rows: &Rows) -> Vec<Bins> {
    columns
        .iter()
        .zip(&rows.values)
        .map(|(attribute, values)| Bins::of(attribute, values))
        .collect()
}
