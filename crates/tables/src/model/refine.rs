//! Refinement: of several rows drawn for each one wanted, those are kept whose counts by two and three columns together are the real table's.
//!
//! Rows come in blocks. A block draws a pool of [`POOL`] rows for each one it gives, begins with the first of them, and exchanges kept rows for spare ones as
//! long as that brings `Σ (count − wanted)² / (wanted + 2)` over all cells down (greedy exchange, as in combinatorial optimisation of synthetic populations:
//! Williamson, Birkin & Rees 1998). No row is changed, and none comes from the real table, so the forest's protections hold for every row. A block is a
//! function of model, seed and its number, so rows keep their addresses.
//!
//! Cells of fewer people than a leaf of a tree holds are not steered towards: their counts are mostly the chance of who was learned from, so steering to them
//! brings rows nearer to these people and no nearer to others.

use super::bins::{Binning, RARE};
use super::coded::Coded;
use population::stream::{Purpose, Seed, Streams};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Rows of a block.
pub(crate) const BLOCK: usize = 8192;
/// Rows drawn for each row that is given.
pub(crate) const POOL: usize = 4;
/// Times that every kept row is offered for exchange, and spare rows it is compared with each time.
const PASSES: usize = 4;
const OFFERS: usize = 8;
/// Bins of a column in counts by two columns, and by three.
const TWO: usize = 16;
const THREE: usize = 8;
/// The most pairs and triples of columns that are counted.
const PAIRS: usize = 600;
const TRIPLES: usize = 500;

/// What rows are refined towards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Targets {
    /// For each column, for each code, its bin among [`TWO`] and among [`THREE`].
    pub bins: Vec<Vec<(u8, u8)>>,
    pub margins: Vec<Margin>,
    /// People counted.
    pub rows: u32,
}

/// How many people there are in each cell of two or three columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Margin {
    /// Two or three columns.
    pub columns: Vec<u16>,
    /// Row-major by the columns' bins; 0 where too few people are to be counted.
    pub people: Vec<u32>,
}

impl Margin {
    fn cells(&self) -> usize {
        if self.columns.len() == 2 {
            TWO * TWO
        } else {
            THREE * THREE * THREE
        }
    }

    fn cell(&self, bins: impl Fn(usize) -> (u8, u8)) -> usize {
        self.cell_of(|place| bins(self.columns[place].into()))
    }

    /// The same by the bins of the margin's own columns.
    fn cell_of(&self, bins: impl Fn(usize) -> (u8, u8)) -> usize {
        if self.columns.len() == 2 {
            usize::from(bins(0).0) * TWO + usize::from(bins(1).0)
        } else {
            (0..self.columns.len()).fold(0, |cell, place| cell * THREE + usize::from(bins(place).1))
        }
    }
}

/// The cells of margins, counted: some rows at a time, whose bins stay at hand for all margins. Parts add up to the same counts in any order.
fn counted(margins: &[Margin], bins: &[Vec<(u8, u8)>], coded: &Coded) -> Vec<Vec<u32>> {
    /// Rows at a time.
    const SOME: usize = 2048;
    /// Of a row without a code.
    const NONE: u8 = u8::MAX;
    let none = || -> Vec<Vec<u32>> { margins.iter().map(|m| vec![0; m.cells()]).collect() };
    let mut used = vec![false; bins.len()];
    for &column in margins.iter().flat_map(|margin| &margin.columns) {
        used[usize::from(column)] = true;
    }
    let add = |mut people: Vec<Vec<u32>>, start: usize| {
        let rows = start..coded.rows.min(start + SOME);
        let near: Vec<Vec<(u8, u8)>> = coded
            .columns
            .iter()
            .zip(bins)
            .zip(&used)
            .map(|((column, bins), &used)| {
                let of_row = |row| match column.code(row) {
                    RARE => (NONE, NONE),
                    code => bins[code as usize],
                };
                if used {
                    rows.clone().map(of_row).collect()
                } else {
                    Vec::new()
                }
            })
            .collect();
        for (margin, people) in margins.iter().zip(&mut people) {
            let columns = margin.columns.iter();
            let columns: Vec<&[(u8, u8)]> = columns.map(|&c| &near[usize::from(c)][..]).collect();
            for row in 0..rows.len() {
                if columns.iter().all(|column| column[row].0 != NONE) {
                    people[margin.cell_of(|place| columns[place][row])] += 1;
                }
            }
        }
        people
    };
    let sum = |mut a: Vec<Vec<u32>>, b: Vec<Vec<u32>>| {
        let pairs = a.iter_mut().flatten().zip(b.iter().flatten());
        pairs.for_each(|(a, b)| *a += b);
        a
    };
    let starts = (0..coded.rows).into_par_iter().step_by(SOME);
    starts.fold(none, add).reduce(none, sum)
}

impl Targets {
    /// Of nothing counted yet, for so many columns.
    pub(crate) fn none(columns: usize) -> Self {
        Self {
            bins: vec![Vec::new(); columns],
            margins: Vec::new(),
            rows: 0,
        }
    }

    /// Counts a table's cells; `columns` are those that are drawn. Cells of fewer than `least` people are not kept.
    pub(crate) fn count(
        binnings: &[Binning],
        coded: &Coded,
        columns: &[u16],
        least: usize,
        seed: Seed,
    ) -> Self {
        let bins: Vec<Vec<(u8, u8)>> = binnings
            .iter()
            .map(|binning| {
                let two = coarse(binning, TWO);
                let three = coarse(binning, THREE);
                two.into_iter().zip(three).collect()
            })
            .collect();
        let mut margins: Vec<Margin> = chosen(columns, seed)
            .into_iter()
            .map(|columns| Margin {
                columns,
                people: Vec::new(),
            })
            .collect();
        let people = counted(&margins, &bins, coded);
        for (margin, mut people) in margins.iter_mut().zip(people) {
            for count in &mut people {
                if (*count as usize) < least {
                    *count = 0;
                }
            }
            margin.people = people;
        }
        Self {
            bins,
            margins,
            rows: coded.rows as u32,
        }
    }

    /// Whether all parts fit these columns.
    pub(crate) fn fits(&self, binnings: &[Binning]) -> bool {
        let bins = self.bins.len() == binnings.len()
            && self.bins.iter().zip(binnings).all(|(bins, binning)| {
                bins.len() == binning.bins.len()
                    && bins
                        .iter()
                        .all(|&(a, b)| usize::from(a) < TWO && usize::from(b) < THREE)
            });
        bins && self.margins.iter().all(|margin| {
            matches!(margin.columns.len(), 2 | 3)
                && margin.people.len() == margin.cells()
                && margin
                    .columns
                    .iter()
                    .all(|&c| usize::from(c) < binnings.len())
        })
    }

    /// Which rows of a pool a block gives: for each place in the block a place in the pool. `pool` holds the codes of each row, one after the other.
    pub(crate) fn choose(&self, pool: &[u32], seed: Seed, block: u64) -> Vec<u32> {
        let columns = self.bins.len();
        let binned: Vec<(u8, u8)> = pool
            .iter()
            .enumerate()
            .map(|(place, &code)| self.bins[place % columns][code as usize])
            .collect();
        let mut state = Exchange::new(self, &binned, columns);
        let total = pool.len() / columns;
        let mut kept: Vec<u32> = (0..BLOCK as u32).collect();
        let mut spare: Vec<u32> = (BLOCK as u32..total as u32).collect();
        for &row in &kept {
            state.add(row, 1.0);
        }
        let mut stream = Streams::new(seed, block).stream_for(&Purpose::new("table/refine"));
        for _ in 0..PASSES {
            for slot in &mut kept {
                let mut best = (f32::INFINITY, 0);
                for _ in 0..OFFERS {
                    let place = (stream.uniform() * spare.len() as f64) as usize;
                    let cost = state.cost(spare[place]);
                    if cost < best.0 {
                        best = (cost, place);
                    }
                }
                let offered = &mut spare[best.1];
                if state.gain(*slot, *offered) > 1e-3 {
                    state.add(*slot, -1.0);
                    state.add(*offered, 1.0);
                    std::mem::swap(slot, offered);
                }
            }
        }
        kept
    }
}

/// Counts of a block while its rows are exchanged.
struct Exchange<'t> {
    targets: &'t Targets,
    binned: &'t [(u8, u8)],
    columns: usize,
    /// Where each margin's cells begin.
    starts: Vec<usize>,
    /// For each cell: weight × (count − wanted), and weight.
    cells: Vec<(f32, f32)>,
}

impl<'t> Exchange<'t> {
    fn new(targets: &'t Targets, binned: &'t [(u8, u8)], columns: usize) -> Self {
        let share = BLOCK as f32 / (targets.rows as f32).max(1.0);
        let mut starts = Vec::with_capacity(targets.margins.len());
        let mut cells = Vec::new();
        for margin in &targets.margins {
            starts.push(cells.len());
            cells.extend(margin.people.iter().map(|&people| {
                let wanted = people as f32 * share;
                // What was not counted is not steered.
                let weight = if people > 0 {
                    1.0 / (wanted + 2.0)
                } else {
                    0.0
                };
                (-wanted * weight, weight)
            }));
        }
        Self {
            targets,
            binned,
            columns,
            starts,
            cells,
        }
    }

    fn each(&self, row: u32, mut visit: impl FnMut(usize)) {
        let bins = &self.binned[row as usize * self.columns..][..self.columns];
        for (margin, start) in self.targets.margins.iter().zip(&self.starts) {
            visit(start + margin.cell(|column| bins[column]));
        }
    }

    fn add(&mut self, row: u32, times: f32) {
        let bins = &self.binned[row as usize * self.columns..][..self.columns];
        for (margin, start) in self.targets.margins.iter().zip(&self.starts) {
            let cell = &mut self.cells[start + margin.cell(|column| bins[column])];
            cell.0 += times * cell.1;
        }
    }

    /// What the objective grows by when a row is added.
    fn cost(&self, row: u32) -> f32 {
        let mut sum = 0.0;
        self.each(row, |cell| {
            sum += 2.0 * self.cells[cell].0 + self.cells[cell].1;
        });
        sum
    }

    /// What the objective falls by when one row goes and another comes.
    fn gain(&self, goes: u32, comes: u32) -> f32 {
        let (a, b) = (
            &self.binned[goes as usize * self.columns..][..self.columns],
            &self.binned[comes as usize * self.columns..][..self.columns],
        );
        let mut gain = 0.0;
        for (margin, start) in self.targets.margins.iter().zip(&self.starts) {
            let (from, to) = (
                start + margin.cell(|column| a[column]),
                start + margin.cell(|column| b[column]),
            );
            if from != to {
                let (from, to) = (self.cells[from], self.cells[to]);
                gain += 2.0 * from.0 - from.1 - 2.0 * to.0 - to.1;
            }
        }
        gain
    }
}

/// The bin of each code when a column has at most this many: neighbours together where codes have an order, the frequent alone where not.
pub(crate) fn coarse(binning: &Binning, most: usize) -> Vec<u8> {
    let codes = binning.bins.len();
    if codes <= most {
        return (0..codes as u8).collect();
    }
    if !binning.ordered {
        return (0..codes).map(|code| code.min(most - 1) as u8).collect();
    }
    let total: u64 = binning.people.iter().map(|&p| u64::from(p)).sum();
    let mut upto = 0;
    binning
        .people
        .iter()
        .map(|&people| {
            let middle = upto + u64::from(people) / 2;
            upto += u64::from(people);
            (middle * most as u64 / total.max(1)).min(most as u64 - 1) as u8
        })
        .collect()
}

/// All pairs and triples of columns, or an even choice where there are too many.
fn chosen(columns: &[u16], seed: Seed) -> Vec<Vec<u16>> {
    let mut stream = Streams::new(seed, 0).stream("margins");
    let count = columns.len();
    let mut found = Vec::new();
    let pairs = count * count.saturating_sub(1) / 2;
    let share = PAIRS as f64 / pairs.max(1) as f64;
    for a in 0..count {
        for b in a + 1..count {
            if stream.uniform() < share {
                found.push(vec![columns[a], columns[b]]);
            }
        }
    }
    let triples = pairs * count.saturating_sub(2) / 3;
    if triples <= 4 * TRIPLES {
        let share = TRIPLES as f64 / triples.max(1) as f64;
        for a in 0..count {
            for b in a + 1..count {
                for c in b + 1..count {
                    if stream.uniform() < share {
                        found.push(vec![columns[a], columns[b], columns[c]]);
                    }
                }
            }
        }
        return found;
    }
    let mut drawn = std::collections::BTreeSet::new();
    while drawn.len() < TRIPLES {
        let mut three = [0; 3].map(|_: u16| columns[(stream.uniform() * count as f64) as usize]);
        three.sort_unstable();
        if three[0] < three[1] && three[1] < three[2] {
            drawn.insert(three.to_vec());
        }
    }
    found.extend(drawn);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Σ (count − wanted)² / (wanted + 2)` from scratch.
    fn objective(targets: &Targets, binned: &[(u8, u8)], columns: usize, kept: &[u32]) -> f64 {
        let share = BLOCK as f64 / f64::from(targets.rows);
        let mut sum = 0.0;
        for margin in &targets.margins {
            let mut counts = vec![0.0; margin.cells()];
            for &row in kept {
                counts[margin.cell(|column| binned[row as usize * columns + column])] += 1.0;
            }
            for (count, &people) in counts.iter().zip(&margin.people) {
                if people > 0 {
                    let wanted = f64::from(people) * share;
                    sum += (count - wanted).powi(2) / (wanted + 2.0);
                }
            }
        }
        sum
    }

    #[test]
    fn the_gain_of_an_exchange_is_what_the_objective_falls_by() {
        let mut stream = Streams::new(Seed(5), 0).stream("exchange");
        let mut digit = |below: f64| (stream.uniform() * below) as u8;
        let columns = 4;
        let binned: Vec<(u8, u8)> = (0..400 * columns)
            .map(|_| (digit(3.0), digit(2.0)))
            .collect();
        let mut margins = Vec::new();
        for columns in chosen(&[0, 1, 2, 3], Seed(0)) {
            let mut margin = Margin {
                columns,
                people: Vec::new(),
            };
            // A third of the cells are not steered.
            margin.people = (0..margin.cells())
                .map(|_| u32::from(digit(3.0)) * 40)
                .collect();
            margins.push(margin);
        }
        let targets = Targets {
            bins: Vec::new(),
            margins,
            rows: 20_000,
        };
        let mut kept: Vec<u32> = (0..300).collect();
        let mut state = Exchange::new(&targets, &binned, columns);
        for &row in &kept {
            state.add(row, 1.0);
        }
        for comes in 300..400 {
            let place = comes as usize % 300;
            let goes = kept[place];
            let before = objective(&targets, &binned, columns, &kept);
            let gain = f64::from(state.gain(goes, comes));
            state.add(goes, -1.0);
            state.add(comes, 1.0);
            kept[place] = comes;
            let fell = before - objective(&targets, &binned, columns, &kept);
            assert!(
                (gain - fell).abs() < 1e-3 * (1.0 + fell.abs()),
                "{gain} {fell}"
            );
        }
    }
}
