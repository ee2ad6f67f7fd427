//! Membership inference by somebody who knows the maker: shadow models (Shokri et al. 2017; of synthetic data Stadler et al. 2022, "Groundhog Day").
//!
//! The attacker learns many models like the one behind the released rows, each from random rows with every target in or out by a coin's throw, draws rows of each, and so knows how near the nearest row
//! is to each target when that was not in: a released row that is nearer than that is suspicious, however near rows of such people usually are (the offline attack of Carlini et al. 2022, with variances
//! drawn to their mean). A third attacker weighs both distances as the shadows with and without a target do (Fisher 1936).
//!
//! The maker is [`Model::learn`] at its defaults. *Cost:* a model and as many rows for each shadow; targets, and rows of a shadow, are bounded.

use population::stream::{Seed, Streams};
use privacy::{Ledger, RealData, Sealed};
use tables::model::{Draw, Settings};
use tables::{Cells, MISSING_LEVEL, Model, Table};

use super::membership::{Recognition, Scores, Scoring};
use super::{most_released, run};
use crate::finding::{Finding, NEEDS_HOLDOUT, Standing, percent};
use crate::ground::{Ground, Rows, Scale, Values};
use crate::neighbours::{Points, Scaling, Space, nearest};
use crate::statistics::area;

/// Targets of each kind, at most.
const TARGETS: usize = 1_000;
/// The fewest of each kind.
const FEWEST: usize = 50;
/// Rows that a shadow learns from, at most.
const LEARNED: usize = 10_000;
/// Neighbours of the second distance.
const NEIGHBOURS: usize = 5;
/// Distances, each with what it is called.
const DISTANCES: [&str; 2] = [
    "nearest row, beside that of shadows without the target",
    "five nearest rows, beside those of shadows without it",
];
/// As many observations stand for the mean variance beside those of a target.
const BORROWED: f64 = 4.0;
/// Distances of rows that are equal count as this.
const LEAST: f32 = 1e-3;

/// How near rows come to each target, as both distances' negative logarithms: the greater, the nearer.
type Nearness = Vec<[f64; DISTANCES.len()]>;

/// What the attacker knows once all shadows are learned.
struct Shadows {
    space: Space,
    /// Members, and then as many strangers.
    targets: Points,
    count: usize,
    /// Of each shadow: whether each target was in, and how near its rows come.
    learned: Vec<(Vec<bool>, Nearness)>,
    /// How both are weighed.
    weights: [f64; DISTANCES.len()],
    knowledge: String,
}

/// The finding; that it was not asked for where no shadow is.
pub(crate) fn finding(ground: &Ground, shadows: Option<u32>, seed: Seed) -> Finding {
    let (id, title) = (
        "privacy.shadow_models",
        "Membership inference by shadow models",
    );
    let Some(count) = shadows else {
        return Finding::not_computed(
            id,
            title,
            "it takes the learning of many models and was not asked for; give --shadows 32",
        )
        .standing(Standing::Neutral);
    };
    match Shadows::learn(ground, count, seed) {
        Err(why) => Finding::not_computed(id, title, why),
        Ok(shadows) => {
            let mut finding = run(&Recognition(&shadows), ground);
            finding.sentence.push_str(&shadows.among_themselves());
            finding
        }
    }
}

impl Shadows {
    fn learn(ground: &Ground, count: u32, seed: Seed) -> Result<Self, String> {
        let holdout = ground.holdout.as_ref().ok_or(NEEDS_HOLDOUT)?;
        // What the attacker knows of people in general, and who might have been in: the same halves as in the control on fresh rows.
        let half = holdout.count / 2;
        let targets = (holdout.count - half).min(ground.train.count).min(TARGETS);
        if targets < FEWEST {
            return Err(format!(
                "it needs {FEWEST} training rows and {} fresh ones, and there are {} and {}",
                2 * FEWEST,
                ground.train.count,
                holdout.count
            ));
        }
        let members = ground.train.sample(targets);
        let strangers = holdout.part(half, half + targets);
        let known = holdout.part(0, half);
        let columns: Vec<usize> = (0..ground.columns.len()).collect();
        let space = Space::new(ground, &columns, Scaling::Rank, &[]);
        let all = members.joined(&strangers);
        let mut shadows = Self {
            targets: space.points(&all),
            count: targets,
            learned: Vec::new(),
            weights: [1.0; DISTANCES.len()],
            knowledge: String::new(),
            space,
        };
        let size = ground.train.count.min(LEARNED);
        let mut learned_from = 0;
        for shadow in 0..count {
            let mut stream = Streams::new(seed, u64::from(shadow)).stream("check/shadows");
            let is_in: Vec<bool> = (0..2 * targets).map(|_| stream.uniform() < 0.5).collect();
            let asked = all.those(&is_in);
            // Other people fill it up to the size of the table that was learned from, others each time.
            let others = known.count.min(size.saturating_sub(asked.count));
            let mut order: Vec<u32> = (0..known.count as u32).collect();
            for place in 0..others {
                let other = place as u64 + stream.below((known.count - place) as u64);
                order.swap(place, other as usize);
            }
            let mut chosen = vec![false; known.count];
            for &place in &order[..others] {
                chosen[place as usize] = true;
            }
            let rows = asked.joined(&known.those(&chosen));
            learned_from = rows.count;
            let made = remade(ground, &rows, Seed(stream.next_u64()))?;
            let nearness = shadows.nearness(&made);
            shadows.learned.push((is_in, nearness));
        }
        shadows.weights = shadows.weighed();
        shadows.knowledge = format!(
            "Somebody who knows that the rows were made by `populace learn` at its defaults, without differential privacy, a person's whole record, and {} other people, and learned {count} shadow models from some {learned_from} rows, each with half of the targets in it. Of rows of another maker less is known than that; the attack then stands on how near rows come to people who were in nothing.",
            known.count
        );
        Ok(shadows)
    }

    fn nearness(&self, rows: &Rows) -> Nearness {
        let found = nearest::<NEIGHBOURS>(&self.targets, &self.space.points(rows), false);
        let near = |distance: f32| -f64::from(libm::logf(distance + LEAST));
        found
            .iter()
            .map(|found| {
                let there = found
                    .iter()
                    .map(|near| near.distance)
                    .filter(|d| d.is_finite());
                let (sum, n) = there.fold((0.0, 0.0), |(sum, n), d| (sum + d, n + 1.0));
                [near(found[0].distance), near(sum / f32::max(n, 1.0))]
            })
            .collect()
    }

    /// How much nearer to each target rows are than those of shadows without it, in standard deviations of these; one shadow may be left out. 0 where fewer than two are left.
    fn beyond(&self, nearness: &Nearness, left_out: Option<usize>) -> Nearness {
        let shadows = || {
            let all = self.learned.iter().enumerate();
            all.filter(move |(place, _)| Some(*place) != left_out)
                .map(|(_, shadow)| shadow)
        };
        let mut moments = vec![[(0.0, 0.0, 0.0); DISTANCES.len()]; nearness.len()];
        for (is_in, of_shadow) in shadows() {
            for ((moments, is_in), near) in moments.iter_mut().zip(is_in).zip(of_shadow) {
                for (moment, near) in moments.iter_mut().zip(near).filter(|_| !is_in) {
                    moment.0 += 1.0;
                    moment.1 += near;
                    moment.2 += near * near;
                }
            }
        }
        let squares =
            |(n, sum, squares): (f64, f64, f64)| (squares - sum * sum / n.max(1.0)).max(0.0);
        let mut mean = [0.0; DISTANCES.len()];
        for (place, mean) in mean.iter_mut().enumerate() {
            let (mut sum, mut freedom) = (0.0, 0.0);
            for moments in &moments {
                sum += squares(moments[place]);
                freedom += f64::max(moments[place].0 - 1.0, 0.0);
            }
            *mean = f64::max(sum / f64::max(freedom, 1.0), 1e-12);
        }
        let each = moments.iter().zip(nearness);
        each.map(|(moments, near)| {
            std::array::from_fn(|place| {
                let (n, sum, _) = moments[place];
                if n < 2.0 {
                    return 0.0;
                }
                let variance =
                    (squares(moments[place]) + BORROWED * mean[place]) / (n - 1.0 + BORROWED);
                (near[place] - sum / n) / variance.sqrt()
            })
        })
        .collect()
    }

    /// Every target in every shadow, as the other shadows see it: those that were in, and those that were not.
    fn sides(&self) -> [Nearness; 2] {
        let mut sides = [Vec::new(), Vec::new()];
        for (place, (is_in, nearness)) in self.learned.iter().enumerate() {
            let beyond = self.beyond(nearness, Some(place));
            for (beyond, is_in) in beyond.into_iter().zip(is_in) {
                sides[usize::from(!is_in)].push(beyond);
            }
        }
        sides
    }

    /// Fisher's discriminant of targets that were in and that were not.
    fn weighed(&self) -> [f64; DISTANCES.len()] {
        let sides = self.sides();
        let mean = |side: &Nearness, place: usize| {
            side.iter().map(|row| row[place]).sum::<f64>() / side.len().max(1) as f64
        };
        let means: [[f64; 2]; 2] = [0, 1].map(|side| [0, 1].map(|place| mean(&sides[side], place)));
        let mut scatter = [[0.0; 2]; 2];
        for (side, means) in sides.iter().zip(&means) {
            for row in side {
                for (a, scatter) in scatter.iter_mut().enumerate() {
                    for (b, scatter) in scatter.iter_mut().enumerate() {
                        *scatter += (row[a] - means[a]) * (row[b] - means[b]);
                    }
                }
            }
        }
        let gap = [0, 1].map(|place| means[0][place] - means[1][place]);
        let determinant = scatter[0][0] * scatter[1][1] - scatter[0][1] * scatter[1][0];
        if determinant <= 1e-9 {
            return gap;
        }
        [
            (scatter[1][1] * gap[0] - scatter[0][1] * gap[1]) / determinant,
            (scatter[0][0] * gap[1] - scatter[1][0] * gap[0]) / determinant,
        ]
    }

    fn weigh(&self, beyond: &[f64; 2]) -> f64 {
        beyond[0] * self.weights[0] + beyond[1] * self.weights[1]
    }

    /// How well the shadows tell of one another who was in: what such a maker leaks about people in general.
    fn among_themselves(&self) -> String {
        let [members, strangers] = self.sides();
        let of = |side: &Nearness| -> Vec<f32> { side.iter().map(|row| row[0] as f32).collect() };
        let (auc, _) = area(&of(&members), &of(&strangers));
        format!(
            " Of rows of one shadow the others tell who was in from who was not in {} of pairs by the nearest row; half is chance.",
            percent(auc)
        )
    }
}

impl Scoring for Shadows {
    fn id(&self) -> &'static str {
        "privacy.shadow_models"
    }

    fn title(&self) -> &'static str {
        "Membership inference by shadow models"
    }

    fn knowledge(&self) -> String {
        self.knowledge.clone()
    }

    /// Targets are those that shadows were learned for: the first training rows, and fresh rows of the second half, who are strangers in every control.
    fn scores(
        &self,
        ground: &Ground,
        released: &Rows,
        _members: &Rows,
        _strangers: &Rows,
    ) -> Result<Scores, String> {
        let beyond = self.beyond(
            &self.nearness(&released.sample(most_released(ground))),
            None,
        );
        let by = |score: &dyn Fn(&[f64; 2]) -> f64| {
            let mut members: Vec<f32> = beyond.iter().map(|row| score(row) as f32).collect();
            let strangers = members.split_off(self.count);
            (members, strangers)
        };
        let both = by(&|row| self.weigh(row));
        let attackers = [
            (DISTANCES[0], by(&|row| row[0])),
            (DISTANCES[1], by(&|row| row[1])),
            ("both, weighed as shadows with and without it say", both),
        ];
        Ok(Scores {
            attackers: attackers
                .into_iter()
                .map(|(name, (members, strangers))| (name, members, strangers))
                .collect(),
            targets: self.count,
        })
    }
}

/// Learns some rows and draws as many.
fn remade(ground: &Ground, rows: &Rows, seed: Seed) -> Result<Rows, String> {
    let table = as_table(ground, rows);
    let about = RealData {
        name: "shadow".to_owned(),
        rows: Some(rows.count as u64),
        columns: table.columns.len() as u64,
        sha256: None,
    };
    // Read for the attacks, which the ledger of the report says; that of a shadow is nobody's promise.
    let mut ledger = Ledger::new();
    let settings = Settings {
        seed: seed.0,
        ..Settings::default()
    };
    let model = Model::learn(&Sealed::new(table, about), &mut ledger, &settings)
        .map_err(|error| format!("no shadow can be learned: {error}"))?;
    let made = model
        .rows(0..rows.count as u64, seed, Draw::Refined)
        .map_err(|error| format!("no rows of a shadow can be drawn: {error}"))?;
    let order: Vec<u32> = (0..made.rows as u32).collect();
    let values = ground.columns.iter().zip(&made.cells);
    Ok(Rows {
        values: values
            .map(|(column, cells)| Values::of(cells, &order, &column.scale))
            .collect(),
        count: made.rows,
    })
}

/// Rows as the table that they came from.
fn as_table(ground: &Ground, rows: &Rows) -> Table {
    let cells = ground
        .columns
        .iter()
        .zip(&rows.values)
        .map(|(column, values)| match (values, &column.scale) {
            (Values::Numbers { values, special }, _) => Cells::Numbers {
                values: values.clone(),
                special: special.clone(),
            },
            (Values::Codes(codes), Scale::Category { levels }) => of_levels(codes, levels),
            (Values::Codes(codes), _) => of_levels(codes, &[]),
        });
    Table {
        cells: cells.collect(),
        columns: ground.written.clone(),
        rows: rows.count,
    }
}

/// Levels that are there, and codes that count them.
fn of_levels(codes: &[u32], levels: &[String]) -> Cells {
    let mut is_there = vec![false; levels.len()];
    for &code in codes {
        if let Some(there) = is_there.get_mut(code as usize) {
            *there = true;
        }
    }
    let mut kept = Vec::new();
    let place: Vec<u32> = levels
        .iter()
        .zip(is_there)
        .map(|(level, there)| {
            if there {
                kept.push(level.clone());
                kept.len() as u32 - 1
            } else {
                MISSING_LEVEL
            }
        })
        .collect();
    let codes = codes.iter().map(|&code| {
        let place = place.get(code as usize).copied();
        place.unwrap_or(MISSING_LEVEL)
    });
    Cells::Levels {
        codes: codes.collect(),
        levels: kept,
    }
}
