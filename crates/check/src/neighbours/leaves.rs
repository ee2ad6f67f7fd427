//! Candidates in small groups of rows that are alike, each with a bound.

use std::ops::Range;

use super::{Points, apart};

/// Most rows of a leaf.
pub(super) const LEAF: usize = 64;
/// Rows of a group that decide along which axis it is cut.
const ASKED: usize = 128;

/// Candidates in the order of their leaves.
#[derive(Debug)]
pub(super) struct Leaves {
    /// As [`Points`] has them.
    pub(super) axes: Vec<Vec<f32>>,
    pub(super) numbers: usize,
    /// Which candidate each is.
    pub(super) rows: Vec<u32>,
    /// Where leaves begin, and the end.
    starts: Vec<u32>,
    /// By axis of numbers, then leaf: the least and the greatest.
    ranges: Vec<(Vec<f32>, Vec<f32>)>,
    /// By axis of categories, then leaf: a bit for each code there is, modulo 64.
    codes: Vec<Vec<u64>>,
}

fn bit(code: f32) -> u64 {
    1 << (code as u32 % 64)
}

impl Leaves {
    pub(super) fn new(points: &Points) -> Self {
        let mut rows: Vec<u32> = (0..points.count as u32).collect();
        let mut starts = Vec::new();
        part(points, &mut rows, 0, &mut starts);
        // In a leaf by number, as ties are decided.
        starts.push(points.count as u32);
        for leaf in starts.windows(2) {
            rows[leaf[0] as usize..leaf[1] as usize].sort_unstable();
        }
        let axes: Vec<Vec<f32>> = points
            .axes
            .iter()
            .map(|axis| rows.iter().map(|&row| axis[row as usize]).collect())
            .collect();
        let of_leaves = |axis: &Vec<f32>, f: &dyn Fn(&[f32]) -> f32| -> Vec<f32> {
            let leaf = |leaf: &[u32]| f(&axis[leaf[0] as usize..leaf[1] as usize]);
            starts.windows(2).map(leaf).collect()
        };
        let (numbers, categories) = axes.split_at(points.numbers);
        let ranges = numbers
            .iter()
            .map(|axis| {
                (
                    of_leaves(axis, &|v| v.iter().copied().fold(f32::INFINITY, f32::min)),
                    of_leaves(axis, &|v| {
                        v.iter().copied().fold(f32::NEG_INFINITY, f32::max)
                    }),
                )
            })
            .collect();
        let codes = categories
            .iter()
            .map(|axis| {
                let mask = |leaf: &[u32]| {
                    let values = &axis[leaf[0] as usize..leaf[1] as usize];
                    values.iter().fold(0, |mask, &code| mask | bit(code))
                };
                starts.windows(2).map(mask).collect()
            })
            .collect();
        Self {
            axes,
            numbers: points.numbers,
            rows,
            starts,
            ranges,
            codes,
        }
    }

    pub(super) fn range(&self, leaf: usize) -> Range<usize> {
        self.starts[leaf] as usize..self.starts[leaf + 1] as usize
    }

    /// For each leaf what no row in it is nearer than. Terms are added in the order of the distance itself, and rounding keeps order: the bound
    /// holds to the last bit.
    pub(super) fn bounds(&self, query: &[f32], bounds: &mut Vec<f32>) {
        bounds.clear();
        bounds.resize(self.starts.len() - 1, 0.0);
        let (numbers, categories) = query.split_at(self.numbers);
        for (&own, (low, high)) in numbers.iter().zip(&self.ranges) {
            for ((bound, &low), &high) in bounds.iter_mut().zip(low).zip(high) {
                *bound += apart(own, own.max(low).min(high));
            }
        }
        for (&own, masks) in categories.iter().zip(&self.codes) {
            let own = bit(own);
            for (bound, mask) in bounds.iter_mut().zip(masks) {
                *bound += if mask & own == 0 { 1.0 } else { 0.0 };
            }
        }
    }
}

/// Parts rows until groups are small; writes where each begins.
fn part(points: &Points, rows: &mut [u32], first: usize, starts: &mut Vec<u32>) {
    if rows.len() <= LEAF {
        if !rows.is_empty() {
            starts.push(first as u32);
        }
        return;
    }
    let spread = |axis: usize| spread(points, axis, rows);
    // Of equal spreads the first axis.
    let widest = (0..points.axes.len())
        .map(|axis| (spread(axis), axis))
        .fold(
            (0.0, 0),
            |best, one| if one.0 > best.0 { one } else { best },
        );
    let middle = if widest.0 > 0.0 {
        cut(points, widest.1, rows)
    } else {
        rows.len() / 2
    };
    let (left, right) = rows.split_at_mut(middle);
    part(points, left, first, starts);
    part(points, right, first + middle, starts);
}

/// The mean distance of two rows of a group along an axis, about; 0 where all are alike.
fn spread(points: &Points, axis: usize, rows: &[u32]) -> f32 {
    let values = &points.axes[axis];
    let step = rows.len().div_ceil(ASKED);
    let mut asked: Vec<f32> = rows
        .iter()
        .step_by(step)
        .map(|&row| values[row as usize])
        .collect();
    asked.sort_unstable_by(f32::total_cmp);
    let count = asked.len() as f32;
    if axis < points.numbers {
        // Σ |a − b| over pairs, from the ranks.
        let sum: f32 = asked
            .iter()
            .enumerate()
            .map(|(rank, value)| value.min(2.0) * (2.0 * rank as f32 + 1.0 - count))
            .sum();
        return (2.0 * sum / (count * count)).max(0.0);
    }
    let same: f32 = asked
        .chunk_by(|a, b| a == b)
        .map(|run| (run.len() as f32 / count).powi(2))
        .sum();
    // What differs in the sample alone could part nothing off: such an axis is as good as even.
    if asked.first() == asked.last() {
        0.0
    } else {
        1.0 - same
    }
}

/// Puts rows of two sides behind each other, about as many on either; where the second begins. Both have some.
fn cut(points: &Points, axis: usize, rows: &mut [u32]) -> usize {
    let values = &points.axes[axis];
    let value = |row: &u32| values[*row as usize];
    let half = rows.len() / 2;
    if axis < points.numbers {
        rows.select_nth_unstable_by(half, |a, b| value(a).total_cmp(&value(b)).then(a.cmp(b)));
        return half;
    }
    // Whole codes on either side: the commonest first, each to the side that has less.
    rows.sort_unstable_by(|a, b| value(a).total_cmp(&value(b)).then(a.cmp(b)));
    let mut runs: Vec<&[u32]> = rows.chunk_by(|a, b| value(a) == value(b)).collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
    let (mut left, mut right) = (Vec::with_capacity(rows.len()), Vec::new());
    for run in runs {
        let side = if left.len() <= right.len() {
            &mut left
        } else {
            &mut right
        };
        side.extend_from_slice(run);
    }
    let middle = left.len();
    left.append(&mut right);
    rows.copy_from_slice(&left);
    middle
}
