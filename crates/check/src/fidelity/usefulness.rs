//! What a user gets: models trained on synthetic rows, tested on real ones (train-synthetic-test-real; Esteban et al. 2017).

use population::stream::Seed;

use crate::attack::question;
use crate::finding::{
    Bar, Chart, Direction, Finding, NEEDS_HOLDOUT, Number, Standing, Table, Unit,
};
use crate::ground::{Ground, Rows};
use crate::learner::Encoder;
use crate::statistics::{area, normal};

/// Rows that a model is trained on and tested on, at most.
const ROWS: usize = 25_000;
/// The fewest rows of either answer.
const LEAST: usize = 20;

/// The area under the curve of a model of one column, trained on some rows and tested on fresh ones, with its standard error.
fn area_of(
    ground: &Ground,
    target: usize,
    train: &Rows,
    test: &Rows,
    seed: Seed,
) -> Result<(f64, f64), String> {
    let name = &ground.columns[target].name;
    let answers = |rows: &Rows, whose: &str| {
        let (_, yes) =
            question(ground, target, rows).ok_or_else(|| format!("`{name}` has one value only"))?;
        let ones = yes.iter().filter(|one| **one).count();
        if ones.min(rows.count - ones) < LEAST {
            return Err(format!(
                "among the {whose} rows fewer than {LEAST} give one of the two answers about `{name}`"
            ));
        }
        Ok(yes)
    };
    let (is_one, truth) = (
        answers(train, "training or synthetic")?,
        answers(test, "fresh")?,
    );
    let others: Vec<usize> = (0..ground.columns.len())
        .filter(|&column| column != target)
        .collect();
    let encoder = Encoder::new(ground, &others, &[train]);
    let classifier = encoder.learn(&encoder.encode(train), &is_one, seed);
    let scores = classifier.scores(&encoder.encode(test));
    let of = |which: bool| -> Vec<f32> {
        scores
            .iter()
            .zip(&truth)
            .filter(|(_, one)| **one == which)
            .map(|(score, _)| *score)
            .collect()
    };
    Ok(area(&of(true), &of(false)))
}

/// Each target by itself, and the mean over them.
pub(super) fn finding(ground: &Ground, targets: &[usize], seed: Seed) -> Finding {
    let (id, title) = ("fidelity.usefulness", "Models trained on it");
    let Some(holdout) = &ground.holdout else {
        return Finding::not_computed(id, title, NEEDS_HOLDOUT);
    };
    if ground.columns.len() < 2 {
        return Finding::not_computed(id, title, "there is no second column to predict by");
    }
    let test = holdout.sample(ROWS);
    let same = ground.train.count.min(ground.synthetic.count).min(ROWS);
    let (train, made) = (ground.train.sample(same), ground.synthetic.sample(same));
    let every: Vec<usize> = (0..ground.columns.len()).collect();
    let targets = if targets.is_empty() { &every } else { targets };
    let mut table = Table::of([
        "question",
        "trained on synthetic rows",
        "trained on training rows",
        "difference",
    ]);
    let mut bars = Vec::new();
    let (mut sum, mut best, mut squares, mut count) = (0.0, 0.0, 0.0, 0.0_f64);
    let mut worst: Option<(f64, String)> = None;
    let mut lost_for_sure = false;
    let mut reasons = Vec::new();
    for &target in targets {
        let name = &ground.columns[target].name;
        let words =
            question(ground, target, &test).map_or_else(|| format!("`{name}`"), |(words, _)| words);
        let both = area_of(ground, target, &made, &test, seed)
            .and_then(|own| area_of(ground, target, &train, &test, seed).map(|best| (own, best)));
        match both {
            Err(why) => {
                table.push([
                    words,
                    format!("not computed: {why}"),
                    String::new(),
                    String::new(),
                ]);
                reasons.push(why);
            }
            Ok(((own, error), (real, _))) => {
                table.push([
                    words,
                    format!("{own:.3} ± {:.3}", 1.96 * error),
                    format!("{real:.3}"),
                    format!("{:+.3}", own - real),
                ]);
                bars.push(Bar {
                    label: name.clone(),
                    value: own,
                    mark: Some(real),
                });
                sum += own;
                best += real;
                squares += error;
                count += 1.0;
                lost_for_sure |= real - own > 0.05 + 1.96 * std::f64::consts::SQRT_2 * error;
                if worst.as_ref().is_none_or(|(gap, _)| own - real < *gap) {
                    worst = Some((own - real, name.clone()));
                }
            }
        }
    }
    if count == 0.0 {
        return Finding::not_computed(
            id,
            title,
            reasons
                .into_iter()
                .next()
                .unwrap_or_else(|| "there is no target".to_owned()),
        );
    }
    let number = Number {
        value: sum / count,
        // All targets share their test rows, so errors are taken as if they went together.
        interval: Some(normal(sum / count, squares / count)),
        best_reachable: Some(best / count),
        direction: Direction::Higher,
        unit: Unit::Plain,
        n: test.count as u64,
    };
    let lost = (best - sum) / count;
    let (gap, name) = worst.unwrap_or_default();
    // Both models are trained and tested on samples; what that moves is no loss.
    let slack = 1.96 * squares / count;
    let standing = if lost <= 0.01 + slack && !lost_for_sure {
        Standing::Good
    } else if lost <= 0.05 + slack {
        Standing::Attention
    } else {
        Standing::Bad
    };
    let sentence = format!(
        "Models that predict one column from the others, trained on synthetic rows and tested on fresh real ones, reach an area of {:.3} under the curve on average; trained on real rows {:.3}. The largest loss is {:.3}, for `{name}`.",
        sum / count,
        best / count,
        -gap.min(0.0)
    );
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with(
            "Each column as the target (area under the curve)",
            Some(Chart::Bars(bars)),
            table,
        )
}
