//! Exact nearest neighbours of rows of mixed types.
//!
//! Candidates are parted into small [`leaves`] of rows that are alike; each has a bound below which no row of it can be near, and a query looks into them by rising bound
//! until that exceeds what it has found (Friedman, Bentley & Finkel 1977, "An algorithm for finding best matches in logarithmic expected time").
//!
//! The distance is Gower's (1971), as `anonymeter` has it: the sum over columns of |a − b| for numbers scaled to `[0, 1]`, and of 0 or 1 for categories. A missing value
//! is at distance 1 from every other value and 0 from another missing one (in `anonymeter` two missing ones are 1 apart). Numbers are single precision.
//!
//! *Determinism.* Of equally near rows the first counts. *Privacy.* None.

mod leaves;

use rayon::prelude::*;

use self::leaves::{LEAF, Leaves};
use crate::ground::{Ground, Rows, Values};

/// Columns between two looks at whether a block can still hold a neighbour.
const BETWEEN_LOOKS: usize = 4;
/// Stands for a missing number: at distance 1 or more, which is cut to 1, from all that are there.
const MISSING: f32 = 3.0;

/// How numbers are brought to `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scaling {
    /// Divided by the range over all tables, as `anonymeter` does.
    Range,
    /// By rank among the training rows, so that a few far values do not press all others together.
    Rank,
}

/// A space that rows are put into.
#[derive(Debug)]
pub(crate) struct Space {
    axes: Vec<(usize, Axis)>,
}

#[derive(Debug)]
enum Axis {
    Range { low: f64, width: f64 },
    Rank { sorted: Vec<f64> },
    Category,
}

/// Rows in a space, axis by axis: the numbers, then the categories.
#[derive(Debug)]
pub(crate) struct Points {
    axes: Vec<Vec<f32>>,
    numbers: usize,
    count: usize,
}

/// A neighbour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    pub(crate) distance: f32,
    pub(crate) row: u32,
}

impl Space {
    /// Of these columns, scaled over these tables.
    pub(crate) fn new(
        ground: &Ground,
        columns: &[usize],
        scaling: Scaling,
        over: &[&Rows],
    ) -> Self {
        let mut axes: Vec<(usize, Axis)> = columns
            .par_iter()
            .map(|&column| {
                if !ground.columns[column].is_number() {
                    return (column, Axis::Category);
                }
                let there = |rows: &Rows| -> Vec<f64> {
                    let values = rows.values[column].numbers().iter().copied();
                    values.filter(|value| !value.is_nan()).collect()
                };
                let axis = match scaling {
                    Scaling::Rank => {
                        let mut sorted = there(&ground.train);
                        sorted.sort_unstable_by(f64::total_cmp);
                        Axis::Rank { sorted }
                    }
                    Scaling::Range => {
                        let all = over.iter().flat_map(|rows| there(rows));
                        let (low, high) = all
                            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                                (low.min(v), high.max(v))
                            });
                        let width = if high > low { high - low } else { 1.0 };
                        Axis::Range {
                            low: if low.is_finite() { low } else { 0.0 },
                            width,
                        }
                    }
                };
                (column, axis)
            })
            .collect();
        axes.sort_by_key(|(column, axis)| (matches!(axis, Axis::Category), *column));
        Self { axes }
    }

    pub(crate) fn points(&self, rows: &Rows) -> Points {
        let axes = self
            .axes
            .par_iter()
            .map(|(column, axis)| match &rows.values[*column] {
                // Codes are exact in single precision up to 2^24; the missing one is none of them.
                Values::Codes(codes) => codes.iter().map(|&code| code as f32).collect(),
                Values::Numbers { values, .. } => values
                    .iter()
                    .map(|&value| {
                        if value.is_nan() {
                            return MISSING;
                        }
                        match axis {
                            Axis::Range { low, width } => ((value - low) / width) as f32,
                            Axis::Rank { sorted } => {
                                let below = sorted.partition_point(|&other| other < value);
                                let upto = sorted.partition_point(|&other| other <= value);
                                ((below + upto) as f64 / (2 * sorted.len()).max(1) as f64) as f32
                            }
                            Axis::Category => 0.0,
                        }
                    })
                    .collect(),
            });
        Points {
            axes: axes.collect(),
            numbers: self
                .axes
                .iter()
                .filter(|(_, axis)| !matches!(axis, Axis::Category))
                .count(),
            count: rows.count,
        }
    }
}

impl Points {
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    fn row(&self, row: usize) -> Vec<f32> {
        self.axes.iter().map(|axis| axis[row]).collect()
    }
}

/// For each query its `K` nearest candidates, the nearest first; fewer candidates leave infinite distances behind them. With `others_only` query `i` is candidate `i`, and
/// is no neighbour of itself.
pub(crate) fn nearest<const K: usize>(
    queries: &Points,
    candidates: &Points,
    others_only: bool,
) -> Vec<[Near; K]> {
    let leaves = Leaves::new(candidates);
    (0..queries.count)
        .into_par_iter()
        .with_min_len(16)
        .map_init(Scratch::default, |scratch, query| {
            let skip = if others_only { query as u32 } else { u32::MAX };
            of_one(&queries.row(query), &leaves, skip, scratch)
        })
        .collect()
}

/// What a search writes into, kept from query to query.
#[derive(Default)]
struct Scratch {
    bounds: Vec<f32>,
    order: Vec<(f32, u32)>,
}

fn of_one<const K: usize>(
    query: &[f32],
    leaves: &Leaves,
    skip: u32,
    scratch: &mut Scratch,
) -> [Near; K] {
    let mut best = [Near {
        distance: f32::INFINITY,
        row: u32::MAX,
    }; K];
    let Scratch { bounds, order } = scratch;
    leaves.bounds(query, bounds);
    // Whatever the leaf of least bound holds rules most of the others out before they are put in order.
    let least = (0..).zip(&*bounds).min_by(|a, b| a.1.total_cmp(b.1));
    let Some((first, _)) = least else { return best };
    look(query, leaves, first, skip, &mut best);
    let worst = best[K - 1].distance;
    order.clear();
    order.extend(
        (0..)
            .zip(&*bounds)
            // At the bound itself there may be a row of lesser number.
            .filter(|(leaf, bound)| **bound <= worst && *leaf != first)
            .map(|(leaf, bound)| (*bound, leaf)),
    );
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for &(bound, leaf) in order.iter() {
        if bound > best[K - 1].distance {
            break;
        }
        look(query, leaves, leaf, skip, &mut best);
    }
    best
}

/// Puts rows of a leaf among the best that are nearer.
fn look<const K: usize>(
    query: &[f32],
    leaves: &Leaves,
    leaf: u32,
    skip: u32,
    best: &mut [Near; K],
) {
    let worst = best[K - 1].distance;
    let range = leaves.range(leaf as usize);
    let mut sums = [0.0_f32; LEAF];
    let sums = &mut sums[..range.len()];
    for (place, (&own, axis)) in query.iter().zip(&leaves.axes).enumerate() {
        let axis = &axis[range.clone()];
        if place < leaves.numbers {
            for (sum, &other) in sums.iter_mut().zip(axis) {
                *sum += apart(own, other);
            }
        } else {
            for (sum, &other) in sums.iter_mut().zip(axis) {
                *sum += if own == other { 0.0 } else { 1.0 };
            }
        }
        if place % BETWEEN_LOOKS == BETWEEN_LOOKS - 1 && sums.iter().all(|&sum| sum > worst) {
            return;
        }
    }
    for (&distance, &row) in sums.iter().zip(&leaves.rows[range]) {
        let near = Near { distance, row };
        if near.is_before(best[K - 1]) && row != skip {
            let place = best.iter().position(|&other| near.is_before(other));
            let place = place.unwrap_or(K - 1);
            best[place..].rotate_right(1);
            best[place] = near;
        }
    }
}

/// The distance of two scaled numbers.
#[inline(always)]
fn apart(a: f32, b: f32) -> f32 {
    (a - b).abs().min(1.0)
}

impl Near {
    fn is_before(self, other: Self) -> bool {
        self.distance < other.distance || self.distance == other.distance && self.row < other.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    fn points(seed: u64, count: usize) -> Points {
        let mut stream = Streams::new(Seed(seed), 0).stream("points");
        let axes = (0..7)
            .map(|axis| {
                (0..count)
                    .map(|_| match axis {
                        0..3 if stream.uniform() < 0.1 => MISSING,
                        0..3 => stream.uniform() as f32,
                        _ => stream.below(3) as f32,
                    })
                    .collect()
            })
            .collect();
        Points {
            axes,
            numbers: 3,
            count,
        }
    }

    #[test]
    fn pruned_blocks_find_what_a_plain_search_finds() {
        let (queries, candidates) = (points(1, 90), points(2, 1_000));
        let found = nearest::<3>(&queries, &candidates, false);
        for (query, found) in found.iter().enumerate() {
            let mut all: Vec<(f32, u32)> = (0..candidates.count)
                .map(|row| {
                    let mut sum = 0.0_f32;
                    for axis in 0..7 {
                        let (a, b) = (queries.axes[axis][query], candidates.axes[axis][row]);
                        let counted = axis >= 3 || a == MISSING || b == MISSING;
                        sum += if counted {
                            f32::from(u8::from(a != b))
                        } else {
                            (a - b).abs()
                        };
                    }
                    (sum, row as u32)
                })
                .collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (near, expected) in found.iter().zip(&all) {
                assert_eq!((near.distance, near.row), *expected);
            }
        }
    }

    #[test]
    fn a_row_is_no_neighbour_of_itself_where_others_are_asked_for() {
        let points = points(3, 300);
        let found = nearest::<1>(&points, &points, true);
        assert!(
            found
                .iter()
                .enumerate()
                .all(|(row, near)| near[0].row != row as u32)
        );
        let found = nearest::<1>(&points, &points, false);
        assert!(found.iter().all(|near| near[0].distance == 0.0));
    }
}
