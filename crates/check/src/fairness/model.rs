//! How a user's model treats groups, when it was trained on synthetic rows and when on real ones.

use population::stream::Seed;

use super::group::Partition;
use crate::attack::question;
use crate::finding::{
    Direction, Finding, Interval, NEEDS_HOLDOUT, Number, Standing, Table, Unit, percent,
};
use crate::ground::{Ground, Rows};
use crate::learner::{Encoder, probability};
use crate::statistics::{alarm_confidence, difference_at};

/// Rows that a model is trained on, at most.
const ROWS: usize = 25_000;
/// The fewest fresh rows of either answer for a group's rates.
const SUPPORT: u64 = 50;

/// What a model does to a group: counts of fresh rows.
#[derive(Debug, Clone, Copy, Default)]
struct Treated {
    positives: u64,
    found: u64,
    negatives: u64,
    false_alarms: u64,
    predicted: f64,
}

impl Treated {
    fn rows(self) -> u64 {
        self.positives + self.negatives
    }

    fn wrong(self) -> u64 {
        self.positives - self.found + self.false_alarms
    }

    fn error(self) -> f64 {
        self.wrong() as f64 / self.rows() as f64
    }

    fn true_rate(self) -> f64 {
        self.found as f64 / self.positives as f64
    }

    fn false_rate(self) -> f64 {
        self.false_alarms as f64 / self.negatives as f64
    }

    /// How much higher the mean prediction is than what came.
    fn calibration(self) -> f64 {
        (self.predicted - self.positives as f64) / self.rows() as f64
    }

    fn precision(self) -> Option<f64> {
        let said = self.found + self.false_alarms;
        (said > 0).then(|| self.found as f64 / said as f64)
    }
}

/// The greater difference between groups of true- and of false-positive rates (equalised odds; Hardt et al. 2016), with the interval of the two groups that are furthest apart.
fn odds_gap(all: &[Treated], confidence: f64) -> Option<(f64, Interval)> {
    let mut widest: Option<(f64, Interval)> = None;
    for a in all {
        for b in all {
            for (gap, bounds) in [
                (
                    a.true_rate() - b.true_rate(),
                    difference_at(confidence, a.found, a.positives, b.found, b.positives),
                ),
                (
                    a.false_rate() - b.false_rate(),
                    difference_at(
                        confidence,
                        a.false_alarms,
                        a.negatives,
                        b.false_alarms,
                        b.negatives,
                    ),
                ),
            ] {
                if gap > 0.0 && widest.as_ref().is_none_or(|(other, _)| gap > *other) {
                    widest = Some((gap, bounds));
                }
            }
        }
    }
    if widest.is_none() && all.len() > 1 {
        return Some((
            0.0,
            Interval {
                low: 0.0,
                high: 0.0,
            },
        ));
    }
    widest
}

/// Rates by group of a model of one column.
pub(super) fn finding(
    ground: &Ground,
    partition: &Partition,
    target: usize,
    seed: Seed,
) -> Finding {
    let name = &ground.columns[target].name;
    let id = format!("fairness.model.{}.{name}", partition.id);
    let title = format!("A model of `{name}` by {}", partition.title);
    let Some(holdout) = &ground.holdout else {
        return Finding::not_computed(id, title, NEEDS_HOLDOUT);
    };
    let known: Vec<usize> = (0..ground.columns.len())
        .filter(|&column| column != target)
        .collect();
    let Some((words, truth)) = question(ground, target, holdout) else {
        return Finding::not_computed(id, title, format!("`{name}` has one value only"));
    };
    let same = ground.train.count.min(ground.synthetic.count).min(ROWS);
    let trained_on = |rows: &Rows| -> Option<Vec<f64>> {
        let rows = rows.sample(same);
        let (_, is_one) = question(ground, target, &rows)?;
        if is_one.iter().all(|&one| one) || is_one.iter().all(|&one| !one) {
            return None;
        }
        let encoder = Encoder::new(ground, &known, &[&rows]);
        let classifier = encoder.learn(&encoder.encode(&rows), &is_one, seed);
        Some(
            classifier
                .scores(&encoder.encode(holdout))
                .into_iter()
                .map(probability)
                .collect(),
        )
    };
    let (Some(by_made), Some(by_real)) = (trained_on(&ground.synthetic), trained_on(&ground.train))
    else {
        return Finding::not_computed(
            id,
            title,
            format!("a table has one answer only to whether {words}"),
        );
    };
    let treated = |mask: &[bool], predicted: &[f64]| {
        let mut sums = Treated::default();
        for ((&inside, &one), &p) in mask.iter().zip(&truth).zip(predicted) {
            if inside {
                let yes = p > 0.5;
                sums.positives += u64::from(one);
                sums.negatives += u64::from(!one);
                sums.found += u64::from(one && yes);
                sums.false_alarms += u64::from(!one && yes);
                sums.predicted += p;
            }
        }
        sums
    };
    let mut table = Table::of([
        "group",
        "fresh rows",
        "trained on",
        "wrong",
        "true positives",
        "false positives",
        "predicted less observed",
        "right when yes",
    ]);
    let (mut made, mut real) = (Vec::new(), Vec::new());
    for group in &partition.groups {
        let Some(mask) = &group.holdout else { continue };
        let both = [
            ("synthetic", treated(mask, &by_made)),
            ("training", treated(mask, &by_real)),
        ];
        if both[0].1.positives.min(both[0].1.negatives) < SUPPORT {
            let mut row = vec![
                group.name.clone(),
                both[0].1.rows().to_string(),
                format!("not computed: it needs {SUPPORT} fresh rows of either answer"),
            ];
            row.resize(table.columns.len(), String::new());
            table.rows.push(row);
            continue;
        }
        for (name, treated) in both {
            table.push([
                group.name.clone(),
                treated.rows().to_string(),
                name.to_owned(),
                percent(treated.error()),
                percent(treated.true_rate()),
                percent(treated.false_rate()),
                format!("{:+.1} points", treated.calibration() * 100.0),
                treated.precision().map_or_else(|| "–".to_owned(), percent),
            ]);
        }
        made.push(both[0].1);
        real.push(both[1].1);
    }
    let (Some((gap, bounds)), Some((best, _))) = (odds_gap(&made, 0.95), odds_gap(&real, 0.95))
    else {
        return Finding::not_computed(
            id,
            title,
            format!("fewer than two groups have {SUPPORT} fresh rows of either answer"),
        )
        .with("Each group", None, table);
    };
    // All groups, and both rates, share the false alarms.
    let confidence = alarm_confidence(2 * made.len() * made.len());
    let sure_gap = odds_gap(&made, confidence).map_or(0.0, |(_, bounds)| bounds.low);
    // How much more often the group that loses most is wrong, and how much of that is sure.
    let (mut worse, mut surely_worse) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (own, best) in made.iter().zip(&real) {
        worse = worse.max(own.error() - best.error());
        let more = difference_at(
            confidence,
            own.wrong(),
            own.rows(),
            best.wrong(),
            best.rows(),
        );
        surely_worse = surely_worse.max(more.low);
    }
    let standing = if sure_gap > best + 0.05 || surely_worse > 0.05 {
        Standing::Bad
    } else if sure_gap > best || surely_worse > 0.01 {
        Standing::Attention
    } else {
        Standing::Good
    };
    let sentence = format!(
        "Asked whether {words}, a model trained on synthetic rows treats groups up to {} apart in true or false positives; trained on real rows {}. The group that loses most is wrong {:+.1} points more often.",
        percent(gap),
        percent(best),
        worse * 100.0
    );
    let number = Number {
        value: gap,
        interval: Some(bounds),
        best_reachable: Some(best),
        direction: Direction::Lower,
        unit: Unit::Share,
        n: made.iter().map(|treated| treated.rows()).sum(),
    };
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with("Rates of each group", None, table)
}
