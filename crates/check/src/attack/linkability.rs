//! Linking two halves of a record by the synthetic row that is nearest to both (`anonymeter`, `LinkabilityEvaluator`).

use population::stream::{Seed, Streams};

use super::{Attack, Risk, TARGETS, most_released};
use crate::finding::{Detail, Table, Unit, percent};
use crate::ground::{Ground, Rows};
use crate::neighbours::{Scaling, Space, nearest};
use crate::statistics::{Rate, alarm_confidence};

/// Ways to part the columns that are tried; the worst counts.
const SPLITS: usize = 3;

/// Half of the columns are in one of the attacker's files, half in the other.
pub(crate) struct Linkability {
    pub(crate) seed: Seed,
}

impl Attack for Linkability {
    fn id(&self) -> String {
        "privacy.linkability".to_owned()
    }

    fn title(&self) -> String {
        "Linkability".to_owned()
    }

    fn knowledge(&self) -> String {
        format!(
            "Somebody who holds two files about the same people, each with half of the columns, and links a record of one to a record of the other where both have the same nearest synthetic row. {SPLITS} random ways to part the columns are tried and the worst is told."
        )
    }

    fn make(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let width = ground.columns.len();
        if width < 2 {
            return Err("it needs two columns, one for each file".to_owned());
        }
        let strangers = strangers.ok_or(crate::finding::NEEDS_HOLDOUT)?;
        let targets = TARGETS.min(members.count).min(strangers.count);
        if targets < 10 {
            return Err(format!(
                "it needs 10 records of each kind, and there are {targets}"
            ));
        }
        let released = released.sample(most_released(ground));
        let (own, others) = (members.sample(targets), strangers.sample(targets));
        let mut stream = Streams::new(self.seed, 0).stream("check/linkability");
        let mut table = Table::of([
            "columns of the first file",
            "training records linked",
            "fresh records linked",
            "risk",
        ]);
        let mut worst: Option<(Rate, Rate)> = None;
        // Each split has its share of both error probabilities.
        let (told_with, alarm_with) = (1.0 - 0.05 / SPLITS as f64, alarm_confidence(SPLITS));
        for _ in 0..SPLITS {
            let mut order: Vec<usize> = (0..width).collect();
            for place in (1..width).rev() {
                order.swap(place, stream.below(place as u64 + 1) as usize);
            }
            let (first, second) = order.split_at(width / 2);
            let linked = |targets: &Rows| {
                let near = |columns: &[usize]| {
                    let space = Space::new(ground, columns, Scaling::Range, &[&released, targets]);
                    nearest::<1>(&space.points(targets), &space.points(&released), false)
                };
                let pairs = near(first).into_iter().zip(near(second));
                pairs.filter(|(a, b)| a[0].row == b[0].row).count() as f64
            };
            let n = targets as f64;
            let (of_members, of_strangers) = (linked(&own), linked(&others));
            let risk = |confidence| {
                Rate::wilson(of_members, n, confidence).beyond(Rate::wilson(
                    of_strangers,
                    n,
                    confidence,
                ))
            };
            let (told, alarm) = (risk(told_with), risk(alarm_with));
            let mut names: Vec<&str> = first
                .iter()
                .map(|&column| ground.columns[column].name.as_str())
                .collect();
            names.sort_unstable();
            table.push([
                names.join(", "),
                percent(of_members / n),
                percent(of_strangers / n),
                percent(told.value.max(0.0)),
            ]);
            if worst.is_none_or(|(other, _)| told.value > other.value) {
                worst = Some((told, alarm));
            }
        }
        let (told, alarm) = worst.ok_or("no way to part the columns was tried")?;
        Ok(Risk {
            value: told.value.clamp(0.0, 1.0),
            interval: Some(told.interval()),
            independent: 0.0,
            unit: Unit::Share,
            n: targets as u64,
            alarm: Some(alarm.value - alarm.error > 0.0),
            sentence: format!(
                "Two halves of a training record are linked {} more often than those of a fresh record, of what can be gained.",
                percent(told.value.clamp(0.0, 1.0))
            ),
            details: vec![Detail {
                title: "Each way to part the columns".to_owned(),
                chart: None,
                table,
            }],
        })
    }
}
