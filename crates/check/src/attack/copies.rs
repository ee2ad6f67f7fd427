//! Rows that are there again, or nearly.

use std::collections::BTreeSet;

use super::{Attack, Risk, most_released};
use crate::finding::{
    Chart, Detail, Direction, Finding, Number, Series, Standing, Table, Unit, percent,
};
use crate::ground::{Ground, Rows};
use crate::neighbours::{Near, Scaling, Space, nearest};
use crate::statistics::{ALARM, binomial_at_least, exact, lower_bound, upper_bound};

/// Released rows whose nearest real rows are looked for.
const QUERIES: usize = 10_000;

/// Released rows that equal a member in every column.
pub(crate) struct Identical;

impl Attack for Identical {
    fn id(&self) -> String {
        "privacy.identical".to_owned()
    }

    fn title(&self) -> String {
        "Identical rows".to_owned()
    }

    fn knowledge(&self) -> String {
        "Somebody who holds a real row in full and looks for it among the synthetic ones."
            .to_owned()
    }

    fn make(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let columns: Vec<usize> = (0..ground.columns.len()).collect();
        let keys = |rows: &Rows, most: usize| -> BTreeSet<u64> {
            rows.sample(most).hashes(&columns).into_iter().collect()
        };
        // As many strangers as members, so that chance finds both alike.
        let same = strangers.map_or(members.count, |strangers| {
            strangers.count.min(members.count)
        });
        let all_members = keys(members, usize::MAX);
        let (own, others) = (keys(members, same), strangers.map(|rows| keys(rows, same)));
        let (mut found, mut of_members, mut of_strangers) = (0, 0, 0);
        for key in released.hashes(&columns) {
            found += u64::from(all_members.contains(&key));
            if let Some(others) = &others {
                let (member, stranger) = (own.contains(&key), others.contains(&key));
                of_members += u64::from(member && !stranger);
                of_strangers += u64::from(stranger && !member);
            }
        }
        let n = released.count as u64;
        if n == 0 {
            return Err("there is no synthetic row".to_owned());
        }
        let decided = of_members + of_strangers;
        let alarm = others.as_ref().map(|_| {
            of_members > of_strangers && binomial_at_least(of_members, decided, 0.5) < ALARM
        });
        let mut table = Table::of(["synthetic rows that equal", "rows"]);
        table.push(["a training row".to_owned(), found.to_string()]);
        if others.is_some() {
            table.push([
                format!("one of {same} training rows, and none of as many fresh rows"),
                of_members.to_string(),
            ]);
            table.push([
                format!("one of {same} fresh rows, and none of as many training rows"),
                of_strangers.to_string(),
            ]);
        }
        let by_chance = if others.is_some() {
            of_strangers as f64 / n as f64
        } else {
            0.0
        };
        let sentence = match alarm {
            Some(true) => format!(
                "{found} of {n} synthetic rows equal a training row in every column, more than equal a fresh one: rows were copied."
            ),
            Some(false) => format!(
                "{found} of {n} synthetic rows equal a training row in every column; no more than chance gives, since fresh rows are met as well."
            ),
            None => format!("{found} of {n} synthetic rows equal a training row in every column."),
        };
        Ok(Risk {
            value: found as f64 / n as f64,
            interval: Some(exact(found, n)),
            independent: by_chance,
            unit: Unit::Share,
            n,
            alarm,
            sentence,
            details: vec![Detail {
                title: "What was counted".to_owned(),
                chart: None,
                table,
            }],
        })
    }

    fn standing(&self, risk: &Risk) -> Standing {
        match risk.alarm {
            None => Standing::Neutral,
            Some(false) => Standing::Good,
            Some(true) => Standing::Bad,
        }
    }
}

/// Synthetic rows that are there several times, beside how often real ones are: one person made again and again, or a generator that collapsed.
pub(crate) fn repeated(ground: &Ground) -> Finding {
    let (id, title) = ("privacy.repeated", "Repeated rows");
    let columns: Vec<usize> = (0..ground.columns.len()).collect();
    // As many rows of both: the more there are, the more meet.
    let same = ground.train.count.min(ground.synthetic.count);
    if same < 2 {
        return Finding::not_computed(id, title, "there are fewer than two rows in a table");
    }
    let counted = |rows: &Rows| {
        let mut keys = rows.sample(same).hashes(&columns);
        keys.sort_unstable();
        let (mut again, mut most) = (0, 0);
        for equal in keys.chunk_by(|a, b| a == b) {
            again += equal.len() as u64 - 1;
            most = most.max(equal.len());
        }
        (again, most)
    };
    let ((made, most), (real, most_real)) = (counted(&ground.synthetic), counted(&ground.train));
    let n = same as u64;
    let alarm = lower_bound(made, n, ALARM) > upper_bound(real, n, ALARM);
    let mut table = Table::of([
        "",
        "rows that equal an earlier one",
        "most often the same row",
    ]);
    table.push(["synthetic".to_owned(), made.to_string(), most.to_string()]);
    table.push([
        "training".to_owned(),
        real.to_string(),
        most_real.to_string(),
    ]);
    let sentence = format!(
        "Of {n} synthetic rows {made} equal an earlier one, and the most frequent is there {most} times; of as many training rows {real} do, and the most frequent is there {most_real} times."
    );
    let number = Number {
        interval: Some(exact(made, n)),
        best_reachable: Some(real as f64 / n as f64),
        ..Number::share(made as f64 / n as f64, Direction::Lower, n)
    };
    let standing = if alarm { Standing::Bad } else { Standing::Good };
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with("What was counted", None, table)
}

/// Released rows that are nearer to a member than to any stranger.
pub(crate) struct Closest;

impl Attack for Closest {
    fn id(&self) -> String {
        "privacy.closest_record".to_owned()
    }

    fn title(&self) -> String {
        "Distance to the closest record".to_owned()
    }

    fn knowledge(&self) -> String {
        "Somebody who compares every synthetic row with the real ones. This cannot prove privacy: rows that are far from everybody may still tell, and single copies drown in a mean. It can only find copying.".to_owned()
    }

    fn make(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let strangers = strangers.ok_or(crate::finding::NEEDS_HOLDOUT)?;
        let same = members
            .count
            .min(strangers.count)
            .min(most_released(ground));
        if same < 2 || released.count == 0 {
            return Err("there are fewer than two real rows on a side".to_owned());
        }
        let columns: Vec<usize> = (0..ground.columns.len()).collect();
        let space = Space::new(ground, &columns, Scaling::Rank, &[]);
        let queries = space.points(&released.sample(QUERIES));
        let to_members = nearest::<2>(&queries, &space.points(&members.sample(same)), false);
        let to_strangers = nearest::<2>(&queries, &space.points(&strangers.sample(same)), false);
        let (mut nearer, mut further) = (0_u64, 0_u64);
        for (member, stranger) in to_members.iter().zip(&to_strangers) {
            nearer += u64::from(member[0].distance < stranger[0].distance);
            further += u64::from(member[0].distance > stranger[0].distance);
        }
        let n = queries.count() as u64;
        let ties = n - nearer - further;
        let share = (nearer as f64 + ties as f64 / 2.0) / n as f64;
        let decided = nearer + further;
        let alarm = nearer > further && binomial_at_least(nearer, decided, 0.5) < ALARM;
        // Ties say nothing of either side; the interval is that of the rows that decide, scaled to all.
        let decides = decided as f64 / n as f64;
        let interval = exact(nearer, decided.max(1));
        let scaled = |p: f64| 0.5 + (p - 0.5) * decides;
        let interval = crate::finding::Interval {
            low: scaled(interval.low),
            high: scaled(interval.high),
        };
        let ratio = |near: &[Near; 2]| (near[0].distance + 1e-8) / (near[1].distance + 1e-8);
        let of = |all: &[[Near; 2]], what: &dyn Fn(&[Near; 2]) -> f32| {
            let mut values: Vec<f32> = all.iter().map(what).collect();
            values.sort_unstable_by(f32::total_cmp);
            values
        };
        let at = |sorted: &[f32], share: f64| {
            f64::from(sorted[((sorted.len() - 1) as f64 * share) as usize])
        };
        let distance = |near: &[Near; 2]| near[0].distance;
        let rows = [
            (
                "distance to the closest of the training rows",
                of(&to_members, &distance),
            ),
            (
                "distance to the closest of as many fresh rows",
                of(&to_strangers, &distance),
            ),
            (
                "ratio of the closest two training rows (NNDR)",
                of(&to_members, &ratio),
            ),
            (
                "ratio of the closest two fresh rows (NNDR)",
                of(&to_strangers, &ratio),
            ),
        ];
        let mut table = Table::of(["", "least", "1 %", "5 %", "median"]);
        for (name, sorted) in &rows {
            let quantile = |share| format!("{:.4}", at(sorted, share));
            table.push([
                (*name).to_owned(),
                quantile(0.0),
                quantile(0.01),
                quantile(0.05),
                quantile(0.5),
            ]);
        }
        let curve = |name: &str, sorted: &[f32]| Series {
            name: name.to_owned(),
            points: (0..=50)
                .map(|step| (at(sorted, f64::from(step) / 50.0), f64::from(step) / 50.0))
                .collect(),
        };
        let chart = Chart::Lines {
            x: "distance to the closest record".to_owned(),
            y: "share of synthetic rows".to_owned(),
            series: vec![
                curve("training rows", &rows[0].1),
                curve("fresh rows", &rows[1].1),
            ],
        };
        Ok(Risk {
            value: share,
            interval: Some(interval),
            independent: 0.5,
            unit: Unit::Share,
            n,
            alarm: Some(alarm),
            sentence: format!(
                "{} of the synthetic rows are nearer to a training row than to one of as many fresh rows; half is what independence gives. This number finds copying and cannot prove its absence.",
                percent(share)
            ),
            details: vec![Detail {
                title: "How near the closest records are".to_owned(),
                chart: Some(chart),
                table,
            }],
        })
    }
}
