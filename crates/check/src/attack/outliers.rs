//! Those who stand alone: whether the release follows them around.

use super::{Attack, Risk, most_released};
use crate::finding::{Detail, Interval, Table, Unit, percent};
use crate::ground::{Ground, Rows};
use crate::neighbours::{Scaling, Space, nearest};
use crate::statistics::{ALARM, binomial_at_least, exact};

/// Members among whom the most isolated are looked for.
const SEARCHED: usize = 10_000;
/// The share of them that counts as outliers.
const SHARE: f64 = 0.05;

/// Outliers that have a released row nearer than any of as many strangers.
pub(crate) struct Outliers;

impl Attack for Outliers {
    fn id(&self) -> String {
        "privacy.outliers".to_owned()
    }

    fn title(&self) -> String {
        "Outliers at risk".to_owned()
    }

    fn knowledge(&self) -> String {
        "Somebody who knows a person unlike all others and looks whether the synthetic rows have somebody like them.".to_owned()
    }

    fn make(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let strangers = strangers.ok_or(crate::finding::NEEDS_HOLDOUT)?;
        let same = released
            .count
            .min(strangers.count)
            .min(most_released(ground));
        let columns: Vec<usize> = (0..ground.columns.len()).collect();
        let space = Space::new(ground, &columns, Scaling::Rank, &[]);
        let searched = members.sample(SEARCHED);
        let points = space.points(&searched);
        let count = (searched.count as f64 * SHARE) as usize;
        if count < 10 || same < 2 {
            return Err(format!(
                "the most isolated twentieth of {} training rows are too few to count",
                searched.count
            ));
        }
        let alone = nearest::<1>(&points, &points, true);
        let mut order: Vec<usize> = (0..searched.count).collect();
        order.sort_by(|&a, &b| alone[b][0].distance.total_cmp(&alone[a][0].distance));
        let mut is_outlier = vec![false; searched.count];
        for &row in &order[..count] {
            is_outlier[row] = true;
        }
        let outliers = space.points(&searched.those(&is_outlier));
        let near = |rows: &Rows| nearest::<1>(&outliers, &space.points(&rows.sample(same)), false);
        let (to_released, to_strangers) = (near(released), near(strangers));
        let (mut nearer, mut further) = (0_u64, 0_u64);
        for (released, stranger) in to_released.iter().zip(&to_strangers) {
            nearer += u64::from(released[0].distance < stranger[0].distance);
            further += u64::from(released[0].distance > stranger[0].distance);
        }
        let n = count as u64;
        let decided = nearer + further;
        let share = (nearer as f64 + (n - decided) as f64 / 2.0) / n as f64;
        let decides = decided as f64 / n as f64;
        let scaled = |p: f64| 0.5 + (p - 0.5) * decides;
        let bounds = exact(nearer, decided.max(1));
        let mut table = Table::of(["outliers whose nearest", "of", "share"]);
        table.push([
            "synthetic row is nearer than any fresh row".to_owned(),
            n.to_string(),
            percent(nearer as f64 / n as f64),
        ]);
        table.push([
            "fresh row is nearer than any synthetic row".to_owned(),
            n.to_string(),
            percent(further as f64 / n as f64),
        ]);
        Ok(Risk {
            value: share,
            interval: Some(Interval {
                low: scaled(bounds.low),
                high: scaled(bounds.high),
            }),
            independent: 0.5,
            unit: Unit::Share,
            n,
            alarm: Some(nearer > further && binomial_at_least(nearer, decided, 0.5) < ALARM),
            sentence: format!(
                "{} of the {n} most isolated training rows have a synthetic row nearer to them than any of as many fresh rows; half is what independence gives.",
                percent(share)
            ),
            details: vec![Detail {
                title: "What is nearer to them".to_owned(),
                chart: None,
                table,
            }],
        })
    }
}
