//! Can a classifier tell the tables apart, and by which columns? (Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests".)

use population::stream::{Seed, Streams};

use crate::finding::{Bar, Chart, Direction, Finding, Number, Standing, Table, Unit, percent};
use crate::ground::{Ground, Rows};
use crate::learner::{Classifier, Encoded, Encoder};
use crate::statistics::{area, normal};

/// Rows of each table, at most.
const ROWS: usize = 25_000;

/// How well the tables are told apart, fold by fold.
struct Told {
    area: f64,
    error: f64,
    rows: usize,
    /// For each fold the classifier, and the rows it did not see.
    folds: Vec<(Classifier, Encoded, Vec<bool>)>,
}

/// Trains on one half of either table and judges the other, both ways round.
fn told_apart(ground: &Ground, first: &Rows, second: &Rows, seed: Seed) -> Told {
    let columns: Vec<usize> = (0..ground.columns.len()).collect();
    let same = first.count.min(second.count).min(ROWS);
    let (first, second) = (first.sample(same), second.sample(same));
    let encoder = Encoder::new(ground, &columns, &[&first, &second]);
    let (first, second) = (encoder.encode(&first), encoder.encode(&second));
    let half = same / 2;
    let labels = |n: usize, m: usize| -> Vec<bool> { (0..n + m).map(|row| row >= n).collect() };
    let mut folds = Vec::new();
    let (mut sum, mut squares) = (0.0, 0.0);
    for (from, to, other_from, other_to) in [(0, half, half, same), (half, same, 0, half)] {
        let train = first.part(from, to).joined(&second.part(from, to));
        let test = first
            .part(other_from, other_to)
            .joined(&second.part(other_from, other_to));
        let classifier = encoder.learn(&train, &labels(to - from, to - from), seed);
        let truth = labels(other_to - other_from, other_to - other_from);
        let (value, error) = judged(&classifier, &test, &truth);
        sum += value;
        squares += error * error;
        folds.push((classifier, test, truth));
    }
    Told {
        area: sum / 2.0,
        error: squares.sqrt() / 2.0,
        rows: same,
        folds,
    }
}

fn judged(classifier: &Classifier, rows: &Encoded, truth: &[bool]) -> (f64, f64) {
    let scores = classifier.scores(rows);
    let of = |which: bool| -> Vec<f32> {
        scores
            .iter()
            .zip(truth)
            .filter(|(_, one)| **one == which)
            .map(|(score, _)| *score)
            .collect()
    };
    area(&of(true), &of(false))
}

/// The area under the curve of a classifier of real and synthetic rows.
pub(crate) fn finding(ground: &Ground, seed: Seed) -> Finding {
    let (id, title) = ("fidelity.two_sample", "Telling synthetic from real");
    let least = ground.train.count.min(ground.synthetic.count);
    if least < 100 {
        return Finding::not_computed(
            id,
            title,
            format!("a table has {least} rows, and a classifier needs 100 of each"),
        );
    }
    let told = told_apart(ground, &ground.train, &ground.synthetic, seed);
    let fresh = ground
        .holdout
        .as_ref()
        .filter(|holdout| holdout.count >= 100)
        .map(|holdout| told_apart(ground, &ground.train, holdout, seed).area);
    let number = Number {
        value: told.area,
        interval: Some(normal(told.area, told.error)),
        best_reachable: Some(fresh.unwrap_or(0.5)),
        direction: Direction::Lower,
        unit: Unit::Plain,
        n: 2 * told.rows as u64,
    };
    let low = number.interval.map_or(told.area, |interval| interval.low);
    let standing = if low <= 0.52 {
        Standing::Good
    } else if low <= 0.65 {
        Standing::Attention
    } else {
        Standing::Bad
    };
    let mut losses: Vec<(f64, usize)> = (0..ground.columns.len())
        .map(|column| {
            let mut loss = 0.0;
            for (fold, (classifier, rows, truth)) in told.folds.iter().enumerate() {
                let mut mixed = rows.clone();
                let mut stream = Streams::new(seed, fold as u64).stream("check/two_sample");
                let bins = &mut mixed.bins[column];
                for place in (1..bins.len()).rev() {
                    bins.swap(place, stream.below(place as u64 + 1) as usize);
                }
                loss +=
                    (judged(classifier, rows, truth).0 - judged(classifier, &mixed, truth).0) / 2.0;
            }
            (loss.max(0.0), column)
        })
        .collect();
    losses.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut table = Table::of(["column", "what the area loses without it"]);
    let mut bars = Vec::new();
    for &(loss, column) in losses.iter().take(15).filter(|(loss, _)| *loss >= 0.0005) {
        let name = ground.columns[column].name.clone();
        table.push([name.clone(), format!("{loss:.3}")]);
        bars.push(Bar {
            label: name,
            value: (loss * 2.0).min(1.0),
            mark: None,
        });
    }
    if table.rows.is_empty() {
        table.push(["none".to_owned(), "0.000".to_owned()]);
    }
    let sentence = if standing == Standing::Good {
        format!(
            "Boosted trees that saw half of the rows hardly tell synthetic from real ones among the other half: {:.3}, where 0.5 is chance and 1 is always right.",
            told.area
        )
    } else {
        let by: Vec<String> = losses
            .iter()
            .filter(|(loss, _)| *loss > 0.005)
            .take(3)
            .map(|&(_, column)| format!("`{}`", ground.columns[column].name))
            .collect();
        format!(
            "Boosted trees tell a synthetic from a real row in {} of pairs{}; half is chance.",
            percent(told.area),
            if by.is_empty() {
                String::new()
            } else {
                format!(", most of all by {}", by.join(", "))
            }
        )
    };
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with(
            "Which columns give it away (bars: twice the loss)",
            (!bars.is_empty()).then_some(Chart::Bars(bars)),
            table,
        )
}
