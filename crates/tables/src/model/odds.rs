//! How much likelier a real row is than a drawn one: what the forest missed, as a booster sees it.
//!
//! Trees that tell real rows from drawn ones estimate the ratio of their densities by the odds (Sugiyama, Suzuki & Kanamori 2012); drawn rows that are kept in
//! proportion to them are distributed as real rows, as far as the trees see (Grover et al. 2019). People come in parts. For each a booster learns from the people
//! of all others, and stops when it no longer helps to know those of the part; the mean of all is taken, so that what one learned by heart weighs less. Drawn rows are
//! fresh at every stage.

use super::{
    bins::{Binning, RARE},
    coded::Coded,
    shuffle,
};
use boost::{Booster, Feature, Growth, Rows};
use population::stream::{Seed, Streams};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Parts of the people; each has a booster that learns from the others.
const PARTS: usize = 4;
/// The most people that are learned from.
const MOST_PEOPLE: usize = 32_768;
/// The fewest of them that are worth it.
const LEAST_PEOPLE: usize = 500;
/// Trees that are grown before it is asked whether they helped, and how often.
const STAGE: usize = 25;
const STAGES: usize = 14;
/// Stages without help after which a booster stops.
const PATIENCE: usize = 1;
/// Drawn rows of each stage for each person.
const DRAWN: usize = 2;
/// The most columns that a tree asks about.
const MOST_COLUMNS: f64 = 200.0;
/// No row is kept more readily than a row of the mean by more than this factor, nor less.
const MOST_ODDS: f32 = 20.0;

/// What tells real rows from drawn ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Odds {
    /// The columns that are asked about.
    columns: Vec<u16>,
    /// One for each part of the people where something was found; each was grown without them.
    boosters: Vec<Booster>,
}

impl Odds {
    /// Learns from a table's codes. `draw` gives the codes of drawn rows by their numbers, one row after the other.
    ///
    /// Rows with a code that is not in the model are left out, and so are columns where more than a twentieth of the people have one.
    pub(crate) fn learn(
        binnings: &[Binning],
        coded: &Coded,
        free: &[u16],
        least: u32,
        seed: Seed,
        draw: impl Fn(Range<u64>) -> Vec<u32>,
    ) -> Self {
        let known = |column: u16| {
            let column = &coded.columns[usize::from(column)];
            let rows = (0..coded.rows).into_par_iter();
            rows.filter(|&row| column.code(row) == RARE).count() * 20 <= coded.rows
        };
        let columns: Vec<u16> = free.iter().copied().filter(|&c| known(c)).collect();
        let mut people: Vec<u32> = (0..coded.rows as u32)
            .filter(|&row| {
                columns
                    .iter()
                    .all(|&c| coded.columns[usize::from(c)].code(row as usize) != RARE)
            })
            .collect();
        let mut stream = Streams::new(seed, 0).stream("odds");
        shuffle(&mut people, &mut stream);
        people.truncate(MOST_PEOPLE);
        if columns.is_empty() || people.len() < LEAST_PEOPLE {
            return Self::default();
        }
        let mut odds = Self {
            columns,
            boosters: Vec::new(),
        };
        let mut real = Vec::with_capacity(people.len() * odds.columns.len());
        for &row in &people {
            let of = |&c: &u16| coded.columns[usize::from(c)].bins()[row as usize];
            real.extend(odds.columns.iter().map(of));
        }
        let learner = Learner {
            odds: &odds,
            binnings,
            growth: Growth {
                least,
                columns: (MOST_COLUMNS / odds.columns.len() as f64).min(Growth::default().columns),
                ..Growth::default()
            },
        };
        odds.boosters = learner.boosters(&real, people.len(), seed, draw);
        odds
    }

    /// Whether it says anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.boosters.is_empty()
    }

    /// Whether all parts fit these columns.
    pub(crate) fn fits(&self, binnings: &[Binning]) -> bool {
        let width = self.columns.len();
        self.columns
            .iter()
            .all(|&column| usize::from(column) < binnings.len())
            && self.boosters.iter().all(|booster| booster.fits(width))
    }

    /// The bins of rows' codes, one row after the other.
    fn bins(&self, binnings: &[Binning], codes: &[u32]) -> Vec<u8> {
        let rows = codes.chunks_exact(binnings.len());
        rows.flat_map(|codes| {
            self.columns.iter().map(move |&column| {
                let column = usize::from(column);
                binnings[column].feature[codes[column] as usize]
            })
        })
        .collect()
    }

    /// Places of `count` of these rows, chosen one after the other without replacement in proportion to their odds (Efraimidis & Spirakis 2006).
    pub(crate) fn choose(
        &self,
        binnings: &[Binning],
        codes: &[u32],
        count: usize,
        seed: Seed,
        block: u64,
    ) -> Vec<u32> {
        let mut stream = Streams::new(seed, block).stream("table/odds");
        let odds = self.of(binnings, codes);
        let mut turns: Vec<(f64, u32)> = odds
            .into_iter()
            .zip(0..)
            .map(|(odds, row)| (-libm::log(1.0 - stream.uniform()) / f64::from(odds), row))
            .collect();
        turns.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        turns.into_iter().take(count).map(|(_, row)| row).collect()
    }

    /// How readily each row is kept; 1 is usual.
    fn of(&self, binnings: &[Binning], codes: &[u32]) -> Vec<f32> {
        let bins = self.bins(binnings, codes);
        let mut scores = vec![0.0; codes.len() / binnings.len().max(1)];
        for booster in &self.boosters {
            booster.add_scores(&bins, self.columns.len(), &mut scores);
        }
        // A part whose booster found nothing says nothing, and counts.
        let scale =
            |score: &f32| libm::expf(score / PARTS as f32).clamp(1.0 / MOST_ODDS, MOST_ODDS);
        scores.iter().map(scale).collect()
    }
}

struct Learner<'a> {
    odds: &'a Odds,
    binnings: &'a [Binning],
    growth: Growth,
}

/// One part of the people, and the booster that learns from all others.
struct Part {
    /// The bins of the others, and of the part.
    others: Vec<u8>,
    people: Vec<u8>,
    booster: Booster,
    /// What it says of the part, and of drawn rows that it does not learn from.
    on_people: Vec<f32>,
    on_drawn: Vec<f32>,
    /// By how much it helped most, and how many trees it had then.
    best: (f64, usize),
}

impl Learner<'_> {
    /// One booster for each part of the people, as long as it helps for them; none where it never does.
    fn boosters(
        &self,
        real: &[u8],
        people: usize,
        seed: Seed,
        draw: impl Fn(Range<u64>) -> Vec<u32>,
    ) -> Vec<Booster> {
        let width = self.odds.columns.len();
        let drawn = people * DRAWN;
        let fresh = |stage: usize| {
            let rows = (stage * drawn) as u64..((stage + 1) * drawn) as u64;
            self.odds.bins(self.binnings, &draw(rows))
        };
        let mut parts: Vec<Part> = (0..PARTS)
            .map(|part| {
                let at = |part: usize| part * people / PARTS * width;
                let (from, to) = (at(part), at(part + 1));
                Part {
                    others: [&real[..from], &real[to..]].concat(),
                    people: real[from..to].to_vec(),
                    booster: Booster::default(),
                    on_people: vec![0.0; (to - from) / width],
                    on_drawn: vec![0.0; drawn],
                    best: (0.0, 0),
                }
            })
            .collect();
        let unseen = fresh(0);
        for stage in 1..=STAGES {
            // Drawn rows are fresh at every stage, so that only real rows can be learned by heart.
            let rows = fresh(stage);
            parts.par_iter_mut().enumerate().for_each(|(number, part)| {
                let before = part.booster.trees.len();
                if before >= part.best.1 + PATIENCE * STAGE {
                    return;
                }
                self.stage(part, &rows, Seed(seed.0 ^ number as u64));
                let Part {
                    people,
                    booster,
                    on_people,
                    on_drawn,
                    ..
                } = part;
                booster.add_scores_since(before, people, width, on_people);
                booster.add_scores_since(before, &unseen, width, on_drawn);
                let helps = likelier(&part.on_people, &part.on_drawn);
                if helps > part.best.0 {
                    part.best = (helps, part.booster.trees.len());
                }
            });
        }
        parts
            .into_iter()
            .map(|mut part| {
                part.booster.trees.truncate(part.best.1);
                part.booster
            })
            .filter(|booster| !booster.trees.is_empty())
            .collect()
    }

    /// Grows some trees on the people of the other parts, and drawn rows.
    fn stage(&self, part: &mut Part, drawn: &[u8], seed: Seed) {
        let width = self.odds.columns.len();
        let all = [&part.others, drawn].concat();
        let (people, rows) = (part.others.len() / width, all.len() / width);
        let columns: Vec<Vec<u8>> = (0..width)
            .map(|column| all.iter().skip(column).step_by(width).copied().collect())
            .collect();
        let features: Vec<Feature<'_>> = columns
            .iter()
            .zip(&self.odds.columns)
            .map(|(bins, &column)| Feature {
                bins,
                count: self.binnings[usize::from(column)].feature_count,
                ordered: self.binnings[usize::from(column)].ordered,
            })
            .collect();
        let is_real: Vec<bool> = (0..rows).map(|row| row < people).collect();
        // The log of how many there are of both kinds goes in, so that it need not be learned.
        let shares = libm::logf(people as f32 / (rows - people) as f32);
        let mut scores = vec![shares; rows];
        part.booster.add_scores(&all, width, &mut scores);
        let rows = Rows {
            features: &features,
            is_one: &is_real,
        };
        part.booster
            .grow(&rows, &mut scores, &self.growth, STAGE, seed);
    }
}

/// By how many nats a person held out is likelier by the odds than by the forest alone: the mean of their logs less the log of the drawn rows' mean
/// (Donsker & Varadhan 1983).
fn likelier(people: &[f32], drawn: &[f32]) -> f64 {
    let sum: f64 = people.iter().map(|&score| f64::from(score)).sum();
    let odds: f64 = drawn.iter().map(|&s| f64::from(libm::expf(s))).sum();
    sum / people.len().max(1) as f64 - libm::log(odds / drawn.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use crate::{
        Kind, Storage,
        format::NumberFormat,
        model::{Model, Settings},
        table::{Cells, Column, Table},
    };
    use population::stream::{Purpose, Seed, Streams};
    use privacy::{Ledger, RealData, Sealed};

    /// Whole numbers to 999: all columns are within 3 of something that no column tells where `tied`, and otherwise any.
    fn learned(rows: usize, columns: usize, tied: bool) -> Model {
        let mut values = vec![Vec::with_capacity(rows); columns];
        for row in 0..rows {
            let mut draw = Streams::new(Seed(2), row as u64).stream("tied");
            let middle = draw.range(0.0, 1000.0);
            for column in &mut values {
                let value = if tied {
                    middle + draw.range(-3.0, 3.0)
                } else {
                    draw.range(0.0, 1000.0)
                };
                column.push(value.floor());
            }
        }
        let table = Table {
            columns: (0..columns)
                .map(|number| Column {
                    name: format!("column {number}"),
                    kind: Kind::Number(NumberFormat::default()),
                    missing: None,
                    codes: Vec::new(),
                    storage: Storage::Text,
                })
                .collect(),
            cells: values
                .into_iter()
                .map(|values| Cells::Numbers {
                    values,
                    special: Vec::new(),
                })
                .collect(),
            rows,
        };
        let about = RealData {
            name: "table sums".to_owned(),
            rows: Some(rows as u64),
            columns: columns as u64,
            sha256: None,
        };
        let sealed = Sealed::new(table, about);
        Model::learn(&sealed, &mut Ledger::new(), &Settings::default()).expect("a table with rows")
    }

    #[test]
    fn likely_rows_hold_together_where_drawn_ones_drift_apart() {
        let model = learned(10_000, 6, true);
        let drawn = model.codes(0..20_000, Seed(9), &Purpose::new("tests"));
        let odds = model.odds.of(&model.binnings, &drawn);
        let table = model.write(0..20_000, &drawn, &[], Seed(9));
        let value = |column: usize, row: usize| match &table[column] {
            Cells::Numbers { values, .. } => values[row],
            _ => f64::NAN,
        };
        // The mean distance between a row's least and greatest value: 6 · 5 ⁄ 7 = 4.3 in the table.
        let width = |weight: &dyn Fn(usize) -> f64| {
            let (mut sum, mut weights) = (0.0, 0.0);
            for row in 0..20_000 {
                let values = (0..6).map(|column| value(column, row));
                let (least, most) = values.fold((f64::MAX, f64::MIN), |(least, most), value| {
                    (least.min(value), most.max(value))
                });
                sum += weight(row) * (most - least);
                weights += weight(row);
            }
            sum / weights - 6.0 * 5.0 / 7.0
        };
        let (plain, likely) = (width(&|_| 1.0), width(&|row| f64::from(odds[row])));
        assert!(likely < 0.85 * plain, "{likely} of {plain}");
        assert!(likely > 0.0, "{likely} is better than the table");
        // And so do the rows that are chosen.
        let chosen = model
            .odds
            .choose(&model.binnings, &drawn, 5_000, Seed(9), 0);
        assert_eq!(chosen.len(), 5_000);
        let mut kept = vec![0.0; 20_000];
        for row in chosen {
            kept[row as usize] += 1.0;
        }
        assert!(kept.iter().all(|&times| times < 2.0), "one row came twice");
        let chosen = width(&|row| kept[row]);
        assert!(chosen < 0.9 * plain, "{chosen} of {plain}");
    }

    #[test]
    fn where_nothing_was_missed_no_row_is_likelier_than_another() {
        let model = learned(3_000, 4, false);
        let drawn = model.codes(0..2_000, Seed(9), &Purpose::new("tests"));
        let odds = model.odds.of(&model.binnings, &drawn);
        // A stage of trees may help by chance; never by much.
        let widest = odds.iter().fold(1.0_f32, |most, &odds| most.max(odds));
        assert!(widest < 1.3, "{widest}");
    }

    #[test]
    fn few_people_are_not_learned_from() {
        assert!(learned(499, 3, true).odds.is_empty());
    }
}
