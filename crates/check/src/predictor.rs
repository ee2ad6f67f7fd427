//! Boosted trees that are trained on rows of one table and asked about those of another: the learner that a user is spared.

use population::stream::Seed;
use tables::MISSING_LEVEL;

use crate::ground::{Ground, Rows, Values};
use crate::learner::{Encoder, probability};

/// More classes would each have trees of their own.
const MOST_CLASSES: usize = 50;

/// What a model says of rows, beside the truth, in the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// Of a category.
    Classes {
        /// The place of each row's class among `names`.
        truth: Vec<u32>,
        /// For each class, the probability that each row is of it; they add up to 1.
        probabilities: Vec<Vec<f64>>,
        /// Classes that rows to be told have, in order of text.
        names: Vec<String>,
    },
    /// Of a number.
    Numbers {
        /// What is written.
        truth: Vec<f64>,
        /// What was said.
        said: Vec<f64>,
    },
}

/// Trains on some rows to tell a column from all others, and says what the model thinks of other rows; deterministic in rows, trees and seed. Rows to train on whose value is missing, or of a class that
/// none of the others has, are left out. More than two classes are told one against the rest, and their probabilities brought to a sum of 1.
///
/// # Errors
///
/// Rows to be told without a value, one class only, more than 50, fewer than 20 rows to train on. Lower case, no final period.
pub fn answers(
    ground: &Ground,
    target: usize,
    trained_on: &Rows,
    told: &Rows,
    trees: usize,
    seed: Seed,
) -> Result<Answers, String> {
    let name = &ground.columns[target].name;
    let few = |rows: usize| {
        (rows < 20).then(|| {
            format!("there are {rows} rows with `{name}` to train on, and 20 are the fewest")
        })
    };
    let known: Vec<usize> = (0..ground.columns.len())
        .filter(|&column| column != target)
        .collect();
    match (&trained_on.values[target], &told.values[target]) {
        (Values::Codes(codes), Values::Codes(truth)) => {
            let levels = ground.levels(target);
            let counts = told.level_counts(target, levels.len());
            let classes: Vec<usize> = (0..levels.len()).filter(|&l| counts[l] > 0).collect();
            if classes.len() < 2 || classes.len() > MOST_CLASSES {
                return Err(format!(
                    "`{name}` has {} classes in the rows to be told, and 2 to {MOST_CLASSES} can be",
                    classes.len()
                ));
            }
            let mut place = vec![MISSING_LEVEL; levels.len()];
            for (at, &class) in classes.iter().enumerate() {
                place[class] = at as u32;
            }
            let of = |code: u32| place.get(code as usize).copied().unwrap_or(MISSING_LEVEL);
            let kept: Vec<bool> = codes.iter().map(|&c| of(c) != MISSING_LEVEL).collect();
            let train = trained_on.those(&kept);
            if let Some(few) = few(train.count) {
                return Err(few);
            }
            let own: Vec<u32> = train.values[target]
                .codes()
                .iter()
                .map(|&c| of(c))
                .collect();
            let truth: Vec<u32> = truth.iter().map(|&code| of(code)).collect();
            if truth.contains(&MISSING_LEVEL) {
                return Err(format!("`{name}` is missing in rows to be told"));
            }
            let encoder = Encoder::new(ground, &known, &[&train]);
            let (encoded, asked) = (encoder.encode(&train), encoder.encode(told));
            let of_class = |class: u32| -> Vec<f64> {
                let is_one: Vec<bool> = own.iter().map(|&c| c == class).collect();
                let model = encoder.learn_with(&encoded, &is_one, trees, seed);
                model.scores(&asked).into_iter().map(probability).collect()
            };
            let probabilities = if classes.len() == 2 {
                let second = of_class(1);
                vec![second.iter().map(|p| 1.0 - p).collect(), second]
            } else {
                let mut all: Vec<Vec<f64>> = (0..classes.len() as u32).map(of_class).collect();
                for row in 0..told.count {
                    let sum: f64 = all.iter().map(|of| of[row]).sum();
                    for of in &mut all {
                        of[row] /= sum.max(f64::MIN_POSITIVE);
                    }
                }
                all
            };
            Ok(Answers::Classes {
                truth,
                probabilities,
                names: classes.iter().map(|&class| levels[class].clone()).collect(),
            })
        }
        (Values::Numbers { values, .. }, Values::Numbers { values: truth, .. }) => {
            let kept: Vec<bool> = values.iter().map(|value| !value.is_nan()).collect();
            let train = trained_on.those(&kept);
            if let Some(few) = few(train.count) {
                return Err(few);
            }
            if truth.iter().any(|value| value.is_nan()) {
                return Err(format!("`{name}` is missing in rows to be told"));
            }
            // Trees count in single precision: around the mean, so that large numbers lose nothing.
            let own = train.values[target].numbers();
            let mean = own.iter().sum::<f64>() / own.len() as f64;
            let targets: Vec<f32> = own.iter().map(|value| (value - mean) as f32).collect();
            let encoder = Encoder::new(ground, &known, &[&train]);
            let model = encoder.regress(&encoder.encode(&train), &targets, trees, seed);
            let said = model.scores(&encoder.encode(told));
            Ok(Answers::Numbers {
                truth: truth.clone(),
                said: said.into_iter().map(|s| f64::from(s) + mean).collect(),
            })
        }
        _ => Err(format!("`{name}` is not of the same kind in both tables")),
    }
}
