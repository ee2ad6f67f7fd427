//! Real pictures that are among the synthetic ones, nearly.

use super::vectors::Vectors;
use crate::attack::{Attack, Risk};
use crate::finding::{Chart, Detail, Series, Standing, Table, Unit, percent};
use crate::ground::{Ground, Rows};
use crate::statistics::{ALARM, binomial_at_least, exact};

/// So rarely is a fresh picture nearer to a training picture than what is called a near copy.
const RARE: f64 = 0.005;
/// The fewest pictures on each side.
const FEWEST: usize = 100;

/// Released pictures that are nearer to a member than fresh ones ever are.
pub(super) struct NearCopies {
    /// What the distance is measured in.
    pub(super) space: String,
}

/// Points of rows whose columns are features.
fn points(rows: &Rows) -> Vectors {
    let width = rows.values.len();
    let mut values = vec![0.0; width * rows.count];
    for (column, numbers) in rows.values.iter().enumerate() {
        for (row, &value) in numbers.numbers().iter().enumerate() {
            values[row * width + column] = value as f32;
        }
    }
    Vectors { values, width }
}

impl Attack for NearCopies {
    fn id(&self) -> String {
        "privacy.near_copies".to_owned()
    }

    fn title(&self) -> String {
        "Near copies".to_owned()
    }

    fn knowledge(&self) -> String {
        format!(
            "Somebody who looks for real pictures that were made again with small changes, by distance in {}. A near copy is nearer to a training picture than all but {} of fresh pictures are. What was cropped, mirrored or turned is not found.",
            self.space,
            percent(RARE)
        )
    }

    fn make(
        &self,
        _ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let strangers = strangers.ok_or(crate::finding::NEEDS_HOLDOUT)?;
        let same = members.count.min(strangers.count);
        if same.min(released.count) < FEWEST {
            return Err(format!(
                "it needs {FEWEST} pictures in each set, and there are {} training, {} synthetic and {} fresh ones",
                members.count, released.count, strangers.count
            ));
        }
        let released = points(released);
        let (members, strangers) = (
            points(&members.sample(same)),
            points(&strangers.sample(same)),
        );
        let (to_members, to_strangers) = (released.nearest(&members), released.nearest(&strangers));
        let mut usual = strangers.nearest(&members);
        usual.sort_unstable_by(f32::total_cmp);
        let reach = usual[(same as f64 * RARE) as usize];
        let (mut found, mut by_chance, mut of_members, mut of_strangers) = (0, 0, 0, 0);
        for (&own, &other) in to_members.iter().zip(&to_strangers) {
            found += u64::from(own < reach);
            by_chance += u64::from(other < reach);
            of_members += u64::from(own < reach && own < other);
            of_strangers += u64::from(other < reach && other < own);
        }
        let n = released.count() as u64;
        let alarm = of_members > of_strangers
            && binomial_at_least(of_members, of_members + of_strangers, 0.5) < ALARM;
        let mut table = Table::of(["distance to the nearest", "least", "1 %", "5 %", "median"]);
        let mut series = Vec::new();
        for (name, squares) in [
            ("training picture, of synthetic ones", &to_members),
            ("fresh picture, of synthetic ones", &to_strangers),
            ("training picture, of fresh ones", &usual),
        ] {
            let mut sorted = squares.clone();
            sorted.sort_unstable_by(f32::total_cmp);
            let at =
                |share: f64| f64::from(sorted[((sorted.len() - 1) as f64 * share) as usize]).sqrt();
            table.push([
                name.to_owned(),
                format!("{:.3}", at(0.0)),
                format!("{:.3}", at(0.01)),
                format!("{:.3}", at(0.05)),
                format!("{:.3}", at(0.5)),
            ]);
            series.push(Series {
                name: name.to_owned(),
                points: (0..=50)
                    .map(|step| (at(f64::from(step) / 50.0), f64::from(step) / 50.0))
                    .collect(),
            });
        }
        Ok(Risk {
            value: found as f64 / n as f64,
            interval: Some(exact(found, n)),
            independent: by_chance as f64 / n as f64,
            unit: Unit::Share,
            n,
            alarm: Some(alarm),
            sentence: format!(
                "{found} of {n} synthetic pictures are nearer to one of {same} training pictures than nearly all fresh ones are; {by_chance} are as near to one of as many fresh pictures."
            ),
            details: vec![Detail {
                title: "How near the nearest pictures are".to_owned(),
                chart: Some(Chart::Lines {
                    x: "distance".to_owned(),
                    y: "share that is nearer".to_owned(),
                    series,
                }),
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
