//! Guessing a secret value of somebody whose other values are known.

use population::stream::{Seed, Streams};

use super::{Attack, Risk, TARGETS, most_released};
use crate::finding::{Detail, Table, Unit, percent};
use crate::ground::{Ground, Rows, Values};
use crate::learner::{Encoder, probability};
use crate::neighbours::{Scaling, Space, nearest};
use crate::statistics::{Rate, alarm_confidence};

/// A number is guessed where the guess is as near, relative to itself (`anonymeter`).
const TOLERANCE: f64 = 0.05;
/// Random halves of the other columns that are tried beside all of them; the worst counts.
const HALVES: usize = 1;
/// Rows that a classifier is trained on, at most.
const TRAINED: usize = 20_000;

/// By the nearest synthetic row (`anonymeter`, `InferenceEvaluator`).
pub(crate) struct Inference {
    pub(crate) secret: usize,
    pub(crate) name: String,
    /// How many secrets are tried together: they share the false alarms.
    pub(crate) among: usize,
    pub(crate) seed: Seed,
}

/// Whether `guess` of one table's row is right about `truth` of another's. Numbers as in `anonymeter`'s regression, where each negative guess counts as right; here it must be near like others.
fn right(guesses: &Values, guess: usize, truths: &Values, truth: usize) -> bool {
    match (guesses, truths) {
        (Values::Codes(guesses), Values::Codes(truths)) => guesses[guess] == truths[truth],
        (
            Values::Numbers {
                values: guesses, ..
            },
            Values::Numbers { values: truths, .. },
        ) => {
            let (guess, truth) = (guesses[guess], truths[truth]);
            (guess.is_nan() && truth.is_nan())
                || (guess - truth).abs() / (guess + 1e-12) <= TOLERANCE && guess >= 0.0
                || guess < 0.0 && (guess - truth).abs() <= TOLERANCE * guess.abs()
        }
        _ => false,
    }
}

impl Attack for Inference {
    fn id(&self) -> String {
        format!("privacy.inference.{}", self.name)
    }

    fn title(&self) -> String {
        format!("Inference of `{}`", self.name)
    }

    fn knowledge(&self) -> String {
        "Somebody who knows all other columns of a person, or a random half of them, and takes the secret value of the nearest synthetic row for theirs. What can also be guessed of strangers is knowledge about people in general and does not count.".to_owned()
    }

    fn make(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let known: Vec<usize> = (0..ground.columns.len())
            .filter(|&column| column != self.secret)
            .collect();
        if known.is_empty() {
            return Err("there is no other column to guess by".to_owned());
        }
        let strangers = strangers.ok_or(crate::finding::NEEDS_HOLDOUT)?;
        let targets = (TARGETS / 2).min(members.count).min(strangers.count);
        if targets < 10 || released.count == 0 {
            return Err(format!(
                "it needs 10 records of each kind, and there are {targets}"
            ));
        }
        let released = released.sample(most_released(ground));
        let (own, others) = (members.sample(targets), strangers.sample(targets));
        let n = targets as f64;
        let secrets = &released.values[self.secret];
        let mut stream = Streams::new(self.seed, self.secret as u64).stream("check/inference");
        // A guess without knowledge: the secret of any synthetic row.
        let naive = (0..targets)
            .filter(|&target| {
                let row = stream.below(released.count as u64) as usize;
                right(secrets, row, &own.values[self.secret], target)
            })
            .count() as f64;
        let mut sets = vec![known.clone()];
        for _ in 0..HALVES {
            let mut half = known.clone();
            while half.len() > known.len().div_ceil(2) {
                half.swap_remove(stream.below(half.len() as u64) as usize);
            }
            half.sort_unstable();
            if half.len() < known.len() {
                sets.push(half);
            }
        }
        let tried = sets.len();
        let told_with = 1.0 - 0.05 / tried as f64;
        let alarm_with = alarm_confidence(tried * self.among);
        let mut table = Table::of([
            "what is known",
            "training records guessed",
            "fresh records guessed",
            "guessed without knowledge",
            "risk",
        ]);
        let mut worst: Option<(Rate, Rate, f64, f64)> = None;
        for (place, columns) in sets.iter().enumerate() {
            let guessed = |targets: &Rows| {
                let space = Space::new(ground, columns, Scaling::Range, &[&released, targets]);
                let near = nearest::<1>(&space.points(targets), &space.points(&released), false);
                let hits = near.iter().enumerate().filter(|(target, near)| {
                    right(
                        secrets,
                        near[0].row as usize,
                        &targets.values[self.secret],
                        *target,
                    )
                });
                hits.count() as f64
            };
            let (of_members, of_strangers) = (guessed(&own), guessed(&others));
            let risk = |confidence| {
                Rate::wilson(of_members, n, confidence).beyond(Rate::wilson(
                    of_strangers,
                    n,
                    confidence,
                ))
            };
            let told = risk(told_with);
            table.push([
                if place == 0 {
                    "all other columns".to_owned()
                } else {
                    names(ground, columns)
                },
                percent(of_members / n),
                percent(of_strangers / n),
                percent(naive / n),
                percent(told.value.max(0.0)),
            ]);
            if worst.is_none_or(|(other, ..)| told.value > other.value) {
                worst = Some((told, risk(alarm_with), of_members / n, of_strangers / n));
            }
        }
        let (told, alarm, of_members, of_strangers) = worst.ok_or("nothing was tried")?;
        let mut sentence = format!(
            "`{}` is guessed right for {} of training records and {} of fresh ones.",
            self.name,
            percent(of_members),
            percent(of_strangers)
        );
        if of_members <= naive / n {
            sentence.push_str(
                " A guess without any knowledge does as well, so this attack says little.",
            );
        }
        Ok(Risk {
            value: told.value.clamp(0.0, 1.0),
            interval: Some(told.interval()),
            independent: 0.0,
            unit: Unit::Share,
            n: targets as u64,
            alarm: Some(alarm.value - alarm.error > 0.0),
            sentence,
            details: vec![Detail {
                title: "Main, control and naive attack".to_owned(),
                chart: None,
                table,
            }],
        })
    }
}

fn names(ground: &Ground, columns: &[usize]) -> String {
    let names: Vec<&str> = columns
        .iter()
        .map(|&column| ground.columns[column].name.as_str())
        .collect();
    names.join(", ")
}

/// By a classifier that is trained on the synthetic rows.
pub(crate) struct Reconstruction {
    pub(crate) secret: usize,
    pub(crate) name: String,
    /// How many secrets are tried together: they share the false alarms.
    pub(crate) among: usize,
    pub(crate) seed: Seed,
}

/// Which rows answer a yes-or-no question about a column with yes: above the median of the training rows, or of their most frequent level. None where all or
/// none do.
pub(crate) fn question(ground: &Ground, column: usize, rows: &Rows) -> Option<(String, Vec<bool>)> {
    let name = &ground.columns[column].name;
    match (&ground.train.values[column], &rows.values[column]) {
        (Values::Numbers { values: train, .. }, Values::Numbers { values, .. }) => {
            let mut sorted: Vec<f64> = train
                .iter()
                .copied()
                .filter(|value| !value.is_nan())
                .collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let last = *sorted.last()?;
            // Where more than half are the same smallest value, "above" still has to split.
            let median = sorted[sorted.len() / 2];
            let cut = if median < last {
                median
            } else {
                sorted[sorted.partition_point(|&v| v < last).checked_sub(1)?]
            };
            Some((
                format!("`{name}` is above its median"),
                values.iter().map(|&value| value > cut).collect(),
            ))
        }
        (Values::Codes(_), Values::Codes(codes)) => {
            let counts = ground
                .train
                .level_counts(column, ground.levels(column).len());
            let most =
                (0..counts.len()).max_by_key(|&level| (counts[level], std::cmp::Reverse(level)))?;
            Some((
                format!("`{name}` is its most frequent value"),
                codes.iter().map(|&code| code as usize == most).collect(),
            ))
        }
        _ => None,
    }
}

impl Attack for Reconstruction {
    fn id(&self) -> String {
        format!("privacy.reconstruction.{}", self.name)
    }

    fn title(&self) -> String {
        format!("Reconstruction of `{}`", self.name)
    }

    fn knowledge(&self) -> String {
        "Somebody who knows all other columns of everybody in the training data and trains a model of the secret column on the synthetic rows. Their model may be right about everybody: only by how much it is more often right about training records does the release tell about them.".to_owned()
    }

    fn make(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let strangers = strangers.ok_or(crate::finding::NEEDS_HOLDOUT)?;
        let known: Vec<usize> = (0..ground.columns.len())
            .filter(|&column| column != self.secret)
            .collect();
        let released = released.sample(TRAINED);
        let (members, strangers) = (members.sample(TRAINED), strangers.sample(TRAINED));
        if known.is_empty() || members.count < 10 || strangers.count < 10 || released.count < 10 {
            return Err("it needs two columns and 10 records of each kind".to_owned());
        }
        let (words, is_one) = question(ground, self.secret, &released)
            .filter(|(_, yes)| yes.iter().any(|&one| one) && yes.iter().any(|&one| !one))
            .ok_or_else(|| format!("`{}` has one value only", self.name))?;
        let encoder = Encoder::new(ground, &known, &[&released]);
        let classifier = encoder.learn(&encoder.encode(&released), &is_one, self.seed);
        let rates = |rows: &Rows| {
            let scores = classifier.scores(&encoder.encode(rows));
            let truth = question(ground, self.secret, rows)
                .map(|(_, yes)| yes)
                .unwrap_or_default();
            let hits = scores
                .iter()
                .zip(&truth)
                .filter(|(score, truth)| (probability(**score) > 0.5) == **truth);
            (hits.count() as f64, rows.count as f64)
        };
        let ((a, n), (b, m)) = (rates(&members), rates(&strangers));
        let risk =
            |confidence| Rate::wilson(a, n, confidence).beyond(Rate::wilson(b, m, confidence));
        let (told, alarm) = (risk(0.95), risk(alarm_confidence(self.among)));
        let mut table = Table::of(["records", "right", "of"]);
        table.push(["training".to_owned(), percent(a / n), n.to_string()]);
        table.push(["fresh".to_owned(), percent(b / m), m.to_string()]);
        Ok(Risk {
            value: told.value.clamp(0.0, 1.0),
            interval: Some(told.interval()),
            independent: 0.0,
            unit: Unit::Share,
            n: n as u64,
            alarm: Some(alarm.value - alarm.error > 0.0),
            sentence: format!(
                "A model that is trained on the synthetic rows knows whether {words} for {} of training records and {} of fresh ones.",
                percent(a / n),
                percent(b / m)
            ),
            details: vec![Detail {
                title: "How often the model is right".to_owned(),
                chart: None,
                table,
            }],
        })
    }
}
