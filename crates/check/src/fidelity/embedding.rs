//! Both tables seen from the two directions in which the real rows vary most.
//!
//! Numbers as ranks, categories as one indicator a level over the root of its share (so that rare and frequent levels weigh alike, as in multiple correspondence
//! analysis), projected on the first two principal components of the training rows. What is drawn are densities, not points: no row is shown.

use population::stream::{Seed, Streams};

use crate::finding::{Chart, Direction, Finding, Map, Number, Standing, Table, Unit, percent};
use crate::ground::{Ground, Rows, Values};
use crate::statistics::{GROUPS, jackknife};

/// Rows of each table, at most.
const ROWS: usize = 5_000;
/// Levels of a category that have a direction of their own.
const LEVELS: usize = 12;
/// Squares along a side of the picture.
const SIDE: usize = 24;

const ID: &str = "fidelity.embedding";
const TITLE: &str = "Both tables from two directions";

/// The directions of one column.
enum Axis {
    Rank(Vec<f64>),
    /// Levels with one over the root of their share, and their share.
    Levels(Vec<(u32, f64, f64)>),
}

fn axes(ground: &Ground) -> Vec<Axis> {
    let train = ground.train.sample(ROWS);
    (0..ground.columns.len())
        .map(|column| match &train.values[column] {
            Values::Numbers { values, .. } => {
                let mut sorted: Vec<f64> = values
                    .iter()
                    .copied()
                    .filter(|value| !value.is_nan())
                    .collect();
                sorted.sort_unstable_by(f64::total_cmp);
                Axis::Rank(sorted)
            }
            Values::Codes(_) => {
                let counts = train.level_counts(column, ground.levels(column).len());
                let mut order: Vec<usize> = (0..counts.len())
                    .filter(|&level| counts[level] > 0)
                    .collect();
                order.sort_by_key(|&level| std::cmp::Reverse(counts[level]));
                let levels = order.into_iter().take(LEVELS).map(|level| {
                    let share = counts[level] as f64 / train.count as f64;
                    (level as u32, 0.3 / share.max(0.02).sqrt(), share)
                });
                Axis::Levels(levels.collect())
            }
        })
        .collect()
}

/// Rows as vectors about the middle of the training rows.
fn vectors(axes: &[Axis], rows: &Rows) -> Vec<Vec<f64>> {
    let rows = rows.sample(ROWS);
    (0..rows.count)
        .map(|row| {
            let mut vector = Vec::new();
            for (axis, values) in axes.iter().zip(&rows.values) {
                match (axis, values) {
                    (Axis::Rank(sorted), Values::Numbers { values, .. }) => {
                        let value = values[row];
                        let below = sorted.partition_point(|&other| other < value);
                        let upto = sorted.partition_point(|&other| other <= value);
                        let rank = (below + upto) as f64 / (2 * sorted.len()).max(1) as f64;
                        vector.push(if value.is_nan() { 0.0 } else { rank - 0.5 });
                    }
                    (Axis::Levels(levels), Values::Codes(codes)) => {
                        let code = codes[row];
                        vector.extend(levels.iter().map(|&(level, weight, share)| {
                            weight * (f64::from(u8::from(level == code)) - share)
                        }));
                    }
                    _ => {}
                }
            }
            vector
        })
        .collect()
}

/// The first two directions of greatest variance, by power iteration with deflation, and the share of the variance that each has.
fn components(vectors: &[Vec<f64>], seed: Seed) -> [(Vec<f64>, f64); 2] {
    let width = vectors.first().map_or(0, Vec::len);
    let mut total = 0.0;
    let mut covariance = vec![0.0; width * width];
    for vector in vectors {
        for (a, &x) in vector.iter().enumerate() {
            total += x * x;
            for (sum, &y) in covariance[a * width..(a + 1) * width]
                .iter_mut()
                .zip(vector)
            {
                *sum += x * y;
            }
        }
    }
    let mut stream = Streams::new(seed, 0).stream("check/embedding");
    let mut found: Vec<(Vec<f64>, f64)> = Vec::new();
    for _ in 0..2 {
        let mut direction: Vec<f64> = (0..width).map(|_| stream.normal()).collect();
        let mut length = 0.0;
        for _ in 0..200 {
            let mut next: Vec<f64> = covariance
                .chunks_exact(width.max(1))
                .map(|row| row.iter().zip(&direction).map(|(a, b)| a * b).sum())
                .collect();
            for (other, _) in &found {
                let along: f64 = next.iter().zip(other).map(|(a, b)| a * b).sum();
                for (value, part) in next.iter_mut().zip(other) {
                    *value -= along * part;
                }
            }
            length = next.iter().map(|value| value * value).sum::<f64>().sqrt();
            if length < 1e-12 {
                break;
            }
            direction = next.into_iter().map(|value| value / length).collect();
        }
        // A direction and its opposite are the same; the largest part is positive.
        let largest = direction.iter().copied().fold(0.0_f64, |largest, value| {
            if value.abs() > largest.abs() {
                value
            } else {
                largest
            }
        });
        if largest < 0.0 {
            for value in &mut direction {
                *value = -*value;
            }
        }
        found.push((direction, if total > 0.0 { length / total } else { 0.0 }));
    }
    let second = found.pop().unwrap_or_default();
    [found.pop().unwrap_or_default(), second]
}

/// The picture, and how much of the densities is shared.
pub(crate) fn finding(ground: &Ground, seed: Seed) -> Finding {
    let (id, title) = (ID, TITLE);
    let axes = axes(ground);
    let real = vectors(&axes, &ground.train);
    if real.first().is_none_or(|vector| vector.len() < 2) {
        return Finding::not_computed(
            id,
            title,
            "there are fewer than two directions to look from",
        );
    }
    let [(x, share_x), (y, share_y)] = components(&real, seed);
    let project = |vectors: &[Vec<f64>]| -> Vec<[f64; 2]> {
        let along = |vector: &[f64], direction: &[f64]| {
            vector
                .iter()
                .zip(direction)
                .map(|(a, b)| a * b)
                .sum::<f64>()
        };
        vectors
            .iter()
            .map(|vector| [along(vector, &x), along(vector, &y)])
            .collect()
    };
    let real = project(&real);
    let made = project(&vectors(&axes, &ground.synthetic));
    let fresh = ground
        .holdout
        .as_ref()
        .map(|holdout| project(&vectors(&axes, holdout)));
    overlap(&real, &made, fresh.as_deref(), [share_x, share_y])
}

/// How much of two densities lies on one another in a plane, as far as the middle 99 % of the real rows reach; `shares` of the variance are along its two directions.
pub(crate) fn overlap(
    real: &[[f64; 2]],
    made: &[[f64; 2]],
    fresh: Option<&[[f64; 2]]>,
    shares: [f64; 2],
) -> Finding {
    let (id, title) = (ID, TITLE);
    let n = real.len().min(ROWS) as u64;
    let ends = |axis: usize| {
        let mut values: Vec<f64> = real.iter().map(|point| point[axis]).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
        let (low, high) = (at(0.005), at(0.995));
        (low, if high > low { high - low } else { 1.0 })
    };
    let ends = [ends(0), ends(1)];
    // Without the points of one of the groups that a jackknife leaves out in turn.
    let density = |points: &[[f64; 2]], without: Option<usize>| {
        let mut squares = vec![0.0; SIDE * SIDE];
        let left_out = without.map_or(0..0, |group| {
            group * points.len() / GROUPS..(group + 1) * points.len() / GROUPS
        });
        let count = points.len() - left_out.len();
        let kept = points.iter().enumerate();
        for (_, point) in kept.filter(|(place, _)| !left_out.contains(place)) {
            let at = |axis: usize| {
                let place = (point[axis] - ends[axis].0) / ends[axis].1 * SIDE as f64;
                place.clamp(0.0, SIDE as f64 - 1.0) as usize
            };
            squares[(SIDE - 1 - at(1)) * SIDE + at(0)] += 1.0 / count as f64;
        }
        squares
    };
    let shared = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a.min(*b)).sum::<f64>();
    let without: Vec<f64> = (0..GROUPS)
        .map(|group| shared(&density(real, Some(group)), &density(made, Some(group))))
        .collect();
    let (real, made) = (density(real, None), density(made, None));
    let best = fresh.map(|fresh| shared(&real, &density(fresh, None)));
    let value = shared(&real, &made);
    let most = real
        .iter()
        .chain(&made)
        .copied()
        .fold(0.0, f64::max)
        .max(1e-9);
    let map = |name: &str, squares: &[f64]| Map {
        name: name.to_owned(),
        // The root, so that thin parts are seen beside thick ones.
        values: squares
            .chunks_exact(SIDE)
            .map(|row| {
                row.iter()
                    .map(|square| Some((square / most).sqrt()))
                    .collect()
            })
            .collect(),
    };
    let mut table = Table::of(["direction", "share of the variance of the training rows"]);
    table.push(["first, to the right".to_owned(), percent(shares[0])]);
    table.push(["second, upwards".to_owned(), percent(shares[1])]);
    let number = Number {
        value,
        interval: Some(jackknife(value, &without)),
        best_reachable: best,
        direction: Direction::Higher,
        unit: Unit::Share,
        n,
    };
    let sentence = format!(
        "Seen from the two directions in which the training rows vary most, {} of both densities lie on one another.",
        percent(value)
    );
    let standing = if best.is_some() {
        super::marginal::standing(&number)
    } else {
        Standing::Neutral
    };
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with(
            "Where rows are (darker: more of them)",
            Some(Chart::Maps {
                labels: Vec::new(),
                scale: (0.0, 1.0),
                maps: vec![map("training", &real), map("synthetic", &made)],
            }),
            table,
        )
}
