//! How right a model is about each group, for whoever compares several.

use population::stream::Seed;

use super::group::Partition;
use crate::attack::question;
use crate::ground::{Ground, Rows};
use crate::learner::Encoder;
use crate::statistics::area;

/// Rows that a model is trained on, at most.
const ROWS: usize = 50_000;
/// The fewest fresh rows of either answer for an area under the curve.
const SUPPORT: usize = 25;

/// How right a model is about fresh rows of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The group; empty for everybody.
    pub group: String,
    /// Fresh rows.
    pub rows: u64,
    /// Training rows of the group.
    pub trained: u64,
    /// Fresh rows about which it is right.
    pub right: u64,
    /// The area under the curve and its standard error; none under too few rows of either answer.
    pub area: Option<(f64, f64)>,
}

/// Trains boosted trees on some rows to answer a yes-or-no question about a column (above its median, or its most frequent level), and tries them on the hold-out: everybody first, then the groups of each
/// column of `by`, then the combinations of the first two. Also says what is asked.
///
/// # Errors
///
/// No hold-out; rows that have one answer only. Lower case, no final period.
pub fn scores(
    ground: &Ground,
    target: usize,
    by: &[usize],
    trained_on: &Rows,
    seed: Seed,
) -> Result<(String, Vec<Score>), String> {
    let holdout = ground
        .holdout
        .as_ref()
        .ok_or(crate::finding::NEEDS_HOLDOUT)?;
    let name = &ground.columns[target].name;
    let one_value = || format!("`{name}` has one value only");
    let (words, truth) = question(ground, target, holdout).ok_or_else(one_value)?;
    let rows = trained_on.sample(ROWS);
    let (_, is_one) = question(ground, target, &rows).ok_or_else(one_value)?;
    if is_one.iter().all(|&one| one) || is_one.iter().all(|&one| !one) {
        return Err(format!(
            "the rows to train on have one answer only to whether {words}"
        ));
    }
    let known: Vec<usize> = (0..ground.columns.len())
        .filter(|&column| column != target)
        .collect();
    let encoder = Encoder::new(ground, &known, &[&rows]);
    let classifier = encoder.learn(&encoder.encode(&rows), &is_one, seed);
    let said = classifier.scores(&encoder.encode(holdout));
    let score = |group: &str, trained: u64, inside: &dyn Fn(usize) -> bool| {
        let members = || (0..holdout.count).filter(|&row| inside(row));
        let of = |answer: bool| -> Vec<f32> {
            members()
                .filter(|&row| truth[row] == answer)
                .map(|row| said[row])
                .collect()
        };
        let (ones, others) = (of(true), of(false));
        let right = members().filter(|&row| (said[row] > 0.0) == truth[row]);
        Score {
            group: group.to_owned(),
            rows: (ones.len() + others.len()) as u64,
            trained,
            right: right.count() as u64,
            area: (ones.len().min(others.len()) >= SUPPORT).then(|| area(&ones, &others)),
        }
    };
    let mut scores = vec![score("", ground.train.count as u64, &|_| true)];
    let mut partitions: Vec<Vec<usize>> = by.iter().map(|&column| vec![column]).collect();
    if let [first, second, ..] = by {
        partitions.push(vec![*first, *second]);
    }
    for columns in partitions {
        for group in Partition::of(ground, &columns).groups {
            let trained = group.train.iter().filter(|inside| **inside).count() as u64;
            if let Some(mask) = &group.holdout {
                scores.push(score(&group.name, trained, &|row| mask[row]));
            }
        }
    }
    Ok((words, scores))
}
