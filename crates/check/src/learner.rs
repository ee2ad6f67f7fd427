//! Boosted trees on mixed rows: what tells two tables apart, and what a user would train on them.

use boost::{Booster, Feature, Growth, Rows as BoostRows};
use population::stream::Seed;

use crate::ground::{Ground, Rows, Values};

/// Bins of a number, missing ones and codes aside.
const NUMBER_BINS: usize = 64;
/// Levels of a category that have a bin of their own.
const LEVELS: usize = 250;
/// Trees of a classifier.
const TREES: usize = 60;

/// How the values of some columns become bins.
#[derive(Debug)]
pub(crate) struct Encoder {
    columns: Vec<usize>,
    cuts: Vec<Cuts>,
}

#[derive(Debug)]
enum Cuts {
    /// Bin 0 is missing; then one for each code of `special`.
    Numbers {
        edges: Vec<f64>,
        codes: usize,
    },
    Levels {
        bin_of: Vec<u8>,
        count: usize,
    },
}

/// Rows as a classifier sees them.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    pub(crate) bins: Vec<Vec<u8>>,
    pub(crate) rows: usize,
}

/// A classifier of two kinds of rows.
#[derive(Debug)]
pub(crate) struct Classifier {
    booster: Booster,
    prior: f32,
    width: usize,
}

impl Encoder {
    /// Of these columns, with bins that hold equally many of the rows of these tables.
    pub(crate) fn new(ground: &Ground, columns: &[usize], over: &[&Rows]) -> Self {
        let cuts = columns.iter().map(|&column| {
            if ground.columns[column].is_number() {
                let mut sorted: Vec<f64> = over
                    .iter()
                    .flat_map(|rows| rows.values[column].numbers())
                    .copied()
                    .filter(|value| !value.is_nan())
                    .collect();
                sorted.sort_unstable_by(f64::total_cmp);
                let mut edges: Vec<f64> = (1..NUMBER_BINS)
                    .filter_map(|bin| sorted.get(bin * sorted.len() / NUMBER_BINS).copied())
                    .collect();
                edges.dedup();
                let codes = match ground.columns[column].scale {
                    crate::ground::Scale::Number { codes }
                    | crate::ground::Scale::Moment { codes } => codes,
                    crate::ground::Scale::Category { .. } => 0,
                };
                Cuts::Numbers {
                    edges,
                    codes: codes.min(100),
                }
            } else {
                let levels = ground.levels(column).len();
                let mut counts = vec![0_u64; levels];
                for rows in over {
                    for (sum, count) in counts.iter_mut().zip(rows.level_counts(column, levels)) {
                        *sum += count;
                    }
                }
                let mut order: Vec<usize> = (0..levels).collect();
                order.sort_by_key(|&level| std::cmp::Reverse(counts[level]));
                let mut bin_of = vec![1; levels];
                for (bin, &level) in order.iter().take(LEVELS).enumerate() {
                    bin_of[level] = bin as u8 + 2;
                }
                Cuts::Levels {
                    bin_of,
                    count: levels.min(LEVELS) + 2,
                }
            }
        });
        Self {
            cuts: cuts.collect(),
            columns: columns.to_vec(),
        }
    }

    pub(crate) fn encode(&self, rows: &Rows) -> Encoded {
        let bins = self.columns.iter().zip(&self.cuts).map(|(&column, cuts)| {
            match (cuts, &rows.values[column]) {
                (Cuts::Numbers { edges, codes }, Values::Numbers { values, special }) => values
                    .iter()
                    .enumerate()
                    .map(|(row, &value)| {
                        if value.is_nan() {
                            usize::from(special.get(row).copied().unwrap_or(0)).min(*codes) as u8
                        } else {
                            (codes + 1 + edges.partition_point(|&edge| edge <= value)) as u8
                        }
                    })
                    .collect(),
                (Cuts::Levels { bin_of, .. }, Values::Codes(codes)) => codes
                    .iter()
                    .map(|&code| bin_of.get(code as usize).copied().unwrap_or(0))
                    .collect(),
                _ => vec![0; rows.count],
            }
        });
        Encoded {
            bins: bins.collect(),
            rows: rows.count,
        }
    }

    /// Learns to tell rows that are one from those that are not.
    pub(crate) fn learn(&self, rows: &Encoded, is_one: &[bool], seed: Seed) -> Classifier {
        self.learn_with(rows, is_one, TREES, seed)
    }

    /// The same with so many trees.
    pub(crate) fn learn_with(
        &self,
        rows: &Encoded,
        is_one: &[bool],
        trees: usize,
        seed: Seed,
    ) -> Classifier {
        let features = self.features(rows);
        let ones = is_one.iter().filter(|one| **one).count() as f64 + 0.5;
        let others = is_one.len() as f64 - ones + 1.0;
        let prior = libm::log(ones / others) as f32;
        let mut scores = vec![prior; is_one.len()];
        let mut booster = Booster::default();
        let boost_rows = BoostRows {
            features: &features,
            is_one,
        };
        booster.grow(&boost_rows, &mut scores, &growth(), trees, seed);
        Classifier {
            booster,
            prior,
            width: features.len(),
        }
    }

    /// Learns a number of each row, by its squared error: what it then says of rows are numbers, not log-odds.
    pub(crate) fn regress(
        &self,
        rows: &Encoded,
        targets: &[f32],
        trees: usize,
        seed: Seed,
    ) -> Classifier {
        let features = self.features(rows);
        let sum: f64 = targets.iter().copied().map(f64::from).sum();
        let prior = (sum / targets.len().max(1) as f64) as f32;
        let mut scores = vec![prior; targets.len()];
        let mut booster = Booster::default();
        booster.regress(&features, targets, &mut scores, &growth(), trees, seed);
        Classifier {
            booster,
            prior,
            width: features.len(),
        }
    }

    fn features<'r>(&self, rows: &'r Encoded) -> Vec<Feature<'r>> {
        rows.bins
            .iter()
            .zip(&self.cuts)
            .map(|(bins, cuts)| match cuts {
                Cuts::Numbers { edges, codes } => Feature {
                    bins,
                    count: edges.len() + codes + 2,
                    ordered: true,
                },
                Cuts::Levels { count, .. } => Feature {
                    bins,
                    count: *count,
                    ordered: false,
                },
            })
            .collect()
    }
}

fn growth() -> Growth {
    Growth {
        leaves: 16,
        depth: 6,
        least: 5,
        ..Growth::default()
    }
}

impl Encoded {
    /// Two tables, one after the other.
    pub(crate) fn joined(&self, other: &Self) -> Self {
        let bins = self.bins.iter().zip(&other.bins).map(|(own, others)| {
            let mut all = own.clone();
            all.extend_from_slice(others);
            all
        });
        Self {
            bins: bins.collect(),
            rows: self.rows + other.rows,
        }
    }

    /// The rows from one place up to another.
    pub(crate) fn part(&self, from: usize, to: usize) -> Self {
        Self {
            bins: self
                .bins
                .iter()
                .map(|bins| bins[from..to].to_vec())
                .collect(),
            rows: to - from,
        }
    }

    /// One row after the other.
    fn by_row(&self) -> Vec<u8> {
        let width = self.bins.len();
        let mut rows = vec![0; width * self.rows];
        for (column, bins) in self.bins.iter().enumerate() {
            for (row, &bin) in bins.iter().enumerate() {
                rows[row * width + column] = bin;
            }
        }
        rows
    }
}

impl Classifier {
    /// The log-odds of each row.
    pub(crate) fn scores(&self, rows: &Encoded) -> Vec<f32> {
        let mut scores = vec![self.prior; rows.rows];
        self.booster
            .add_scores(&rows.by_row(), self.width, &mut scores);
        scores
    }
}

/// The probability behind log-odds.
pub(crate) fn probability(score: f32) -> f64 {
    1.0 / (1.0 + libm::exp(-f64::from(score)))
}
