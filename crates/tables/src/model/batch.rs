//! Many rows drawn together: column by column for all rows of an order, while its trees are at hand, and eight rows abreast down each tree.

use super::{
    bins::Binning,
    descent::{ABREAST, Descent, Sets},
    forest::{Bits, Forest, MOST_DIGITS, Order, pick},
    tree::Tree,
};
use std::sync::OnceLock;

/// The questions of a forest's trees, worked out when many rows are first asked for. It is part of no file, and no two forests differ by it.
#[derive(Debug, Default)]
pub(crate) struct Ways(OnceLock<(Sets, Vec<Vec<Digits>>)>);

/// For each digit of a column, the questions of its trees.
type Digits = Vec<Vec<Descent>>;

impl Clone for Ways {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Ways {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Ways {
    fn of(&self, orders: &[Order]) -> (&Sets, &[Vec<Digits>]) {
        let (sets, ways) = self.0.get_or_init(|| {
            let mut sets = Sets::new();
            let mut of = |digits: &Vec<Vec<Tree>>| -> Digits {
                let mut trees = |trees: &Vec<Tree>| -> Vec<Descent> {
                    let trees = trees.iter();
                    trees.map(|tree| Descent::of(tree, &mut sets)).collect()
                };
                digits.iter().map(&mut trees).collect()
            };
            let ways = orders
                .iter()
                .map(|order| order.trees.iter().map(&mut of).collect())
                .collect();
            (sets, ways)
        });
        (sets, ways)
    }
}

/// What is drawn of some rows.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Rows of each order lie side by side, so that what a column needs of them stays at hand.
    groups: Vec<Group>,
    columns: usize,
    /// Bins that trees may ask about, of one row.
    stride: usize,
    /// One row after the other, as they came.
    pub(crate) codes: Vec<u32>,
}

/// The rows of a batch that are drawn in one order.
#[derive(Debug, Default)]
struct Group {
    /// The place of each in the batch.
    places: Vec<u32>,
    bits: Vec<Bits>,
    /// The codes that each row's column may still take.
    at: Vec<(u32, u32)>,
    /// Bins of each row's columns, then the digits of the column that is being drawn, then the row's context.
    bins: Vec<u8>,
}

impl Batch {
    pub(crate) fn new(rows: usize, columns: usize, context: usize) -> Self {
        Self {
            groups: Vec::new(),
            columns,
            stride: columns + MOST_DIGITS + context,
            codes: vec![0; rows * columns],
        }
    }
}

impl Forest {
    /// Draws the codes of as many rows as there are `bits`, each as [`draw`](Self::draw) would.
    pub(crate) fn draw_many(
        &self,
        binnings: &[Binning],
        bits: impl Iterator<Item = Bits>,
        batch: &mut Batch,
    ) {
        let (sets, ways) = self.ways.of(&self.orders);
        let Batch {
            groups,
            columns,
            stride,
            codes,
        } = batch;
        groups.resize_with(self.orders.len(), Group::default);
        for group in &mut *groups {
            group.places.clear();
            group.bits.clear();
        }
        for (place, mut bits) in bits.enumerate() {
            let group = &mut groups[bits.below(self.orders.len())];
            group.places.push(place as u32);
            group.bits.push(bits);
        }
        let mut room = Vec::new();
        for ((order, ways), group) in self.orders.iter().zip(ways).zip(groups) {
            let rows = group.bits.len();
            group.bins.resize(rows * *stride, 0);
            for ((&column, trees), ways) in order.columns.iter().zip(&order.trees).zip(ways) {
                let column = usize::from(column);
                let drawing = Drawing {
                    binning: &binnings[column],
                    columns: *columns,
                    stride: *stride,
                    trees,
                    ways,
                    sets,
                };
                drawing.draw(group, &mut room);
                let feature = &binnings[column].feature;
                for (row, (&(code, _), &place)) in group.at.iter().zip(&group.places).enumerate() {
                    codes[place as usize * *columns + column] = code;
                    group.bins[row * *stride + column] = feature[code as usize];
                }
            }
        }
    }
}

/// A column that is being drawn.
struct Drawing<'f> {
    binning: &'f Binning,
    columns: usize,
    stride: usize,
    trees: &'f [Vec<Tree>],
    ways: &'f Digits,
    sets: &'f Sets,
}

impl Drawing<'_> {
    /// Draws the column's digits until each row has one code left; `room` has a list for each tree that is chosen.
    fn draw(&self, group: &mut Group, room: &mut Vec<Vec<u32>>) {
        let digits = self.trees.len();
        let all = (0, self.binning.bins.len() as u32);
        group.at.clear();
        group.at.resize(group.bits.len(), all);
        for digit in 0..digits {
            let trees = &self.trees[digit];
            room.resize(trees.len().max(room.len()), Vec::new());
            for row in 0..group.bits.len() {
                if self.binning.width(digit, digits, group.at[row]) < 2 {
                    self.narrow(digit, row, 0, group);
                } else {
                    room[group.bits[row].below(trees.len())].push(row as u32);
                }
            }
            for ((tree, way), rows) in trees.iter().zip(&self.ways[digit]).zip(room.iter_mut()) {
                for some in rows.chunks(ABREAST) {
                    let mut starts = [0; ABREAST];
                    for (start, &row) in starts.iter_mut().zip(some) {
                        *start = row as usize * self.stride;
                    }
                    let bins = &group.bins;
                    let leaves =
                        way.leaves(self.sets, |place, feature| bins[starts[place] + feature]);
                    for (&row, &leaf) in some.iter().zip(&leaves) {
                        let row = row as usize;
                        let width = self.binning.width(digit, digits, group.at[row]);
                        let shares = &tree.shares(leaf as usize)[..width];
                        let class = pick(shares, group.bits[row].next());
                        self.narrow(digit, row, class, group);
                    }
                }
                rows.clear();
            }
        }
    }

    /// A row's digit takes a class.
    fn narrow(&self, digit: usize, row: usize, class: usize, group: &mut Group) {
        let at = &mut group.at[row];
        *at = self.binning.narrow(digit, self.trees.len(), *at, class);
        group.bins[row * self.stride + self.columns + digit] = class as u8;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::format::NumberFormat;
    use crate::model::{Model, Settings, forest::State};
    use crate::table::{Cells, Column, Kind, Storage, Table};
    use population::stream::{Seed, Streams};
    use privacy::{Ledger, RealData, Sealed};

    /// Two columns of numbers of which one has several digits, and one of levels that goes with both.
    fn model() -> Model {
        let rows = 6_000;
        let mut stream = Streams::new(Seed(4), 0).stream("rows");
        let (mut wide, mut narrow, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rows {
            let (a, b) = (stream.uniform(), stream.uniform());
            wide.push((a * 1e6).round());
            narrow.push(((a + b) * 10.0).round());
            codes.push(((a * b + 0.3 * stream.uniform()) * 30.0) as u32);
        }
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
            missing: None,
            codes: Vec::new(),
            storage: Storage::Text,
        };
        let number = || Kind::Number(NumberFormat::with_decimals(0));
        let numbers = |values| Cells::Numbers {
            values,
            special: Vec::new(),
        };
        let levels = (0..40).map(|level| format!("{level:02}")).collect();
        let table = Table {
            columns: vec![
                column("wide", number()),
                column("narrow", number()),
                column("level", Kind::Category),
            ],
            cells: vec![
                numbers(wide),
                numbers(narrow),
                Cells::Levels { codes, levels },
            ],
            rows,
        };
        let about = RealData {
            name: "table rows".to_owned(),
            rows: None,
            columns: 3,
            sha256: None,
        };
        let table = Sealed::new(table, about);
        Model::learn(&table, &mut Ledger::new(), &Settings::default()).unwrap()
    }

    #[test]
    fn rows_drawn_together_are_those_drawn_one_by_one() {
        let model = model();
        assert!(model.binnings[0].digits().len() > 1);
        // The last rows of an order are fewer than go abreast.
        let rows = 1003;
        let streams = |row| Bits::new(Streams::new(Seed(9), row).stream("table/row"));
        let mut batch = Batch::new(rows as usize, 3, 0);
        // A batch is used again.
        for _ in 0..2 {
            let bits = (0..rows).map(streams);
            model.forest.draw_many(&model.binnings, bits, &mut batch);
        }
        let mut state = State::new(3, 0);
        let mut different = std::collections::BTreeSet::new();
        for (row, drawn) in batch.codes.chunks(3).enumerate() {
            let mut alone = streams(row as u64);
            model.forest.draw(&model.binnings, &mut alone, &mut state);
            assert_eq!(drawn, state.codes);
            different.insert(drawn.to_vec());
        }
        assert!(different.len() > 900, "{}", different.len());
    }
}
