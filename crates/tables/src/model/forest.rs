//! Trees for every digit of every column, in several orders of the columns, and how a row is drawn from them.
//!
//! A row picks an order, then each digit picks one of its trees and draws from the leaf that the digits before it lead to. Picking a tree at random draws from
//! the mean of their predictions, so the forest costs no more than one tree. Each tree's splits are chosen by its own random part of the people
//! (Breiman 2001).

use super::{
    batch::Ways,
    bins::Binning,
    coded::Coded,
    grow::{self, Growth, XLogX},
    tree::{Feature, Tree},
};
use population::stream::{Seed, Stream, Streams};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How a forest is learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plan {
    /// Trees for each digit in each order.
    pub trees: usize,
    /// Share of the people who choose a tree's splits.
    pub choosers: f64,
    /// Fewest people in a leaf.
    pub min_leaf: usize,
    /// Deepest leaf.
    pub max_depth: u32,
}

/// One order of the columns, with the trees of each column's digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub columns: Vec<u16>,
    /// For each column in this order, for each of its digits, its trees.
    pub trees: Vec<Vec<Vec<Tree>>>,
}

/// The learned joint distribution of codes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forest {
    pub orders: Vec<Order>,
    #[serde(skip)]
    pub(super) ways: Ways,
}

impl Forest {
    /// Of orders with their trees.
    pub(crate) fn of(orders: Vec<Order>) -> Self {
        Self {
            orders,
            ways: Ways::default(),
        }
    }

    /// Learns a forest in these orders of the columns. `context` is what is known of a row before its first column is drawn: every tree may ask about it.
    pub(crate) fn learn(
        binnings: &[Binning],
        coded: &Coded,
        context: &[Feature<'_>],
        orders: &[Vec<u16>],
        plan: &Plan,
        seed: Seed,
    ) -> Self {
        let learner = Learner {
            binnings,
            coded,
            context,
            plan,
            logs: XLogX::new(coded.rows),
        };
        let mut jobs = Vec::new();
        for (order, columns) in orders.iter().enumerate() {
            for place in 0..columns.len() {
                for digit in 0..binnings[usize::from(columns[place])].digits().len() {
                    for _ in 0..plan.trees {
                        jobs.push((order, place, digit));
                    }
                }
            }
        }
        // The longest jobs first: the last columns of an order have the most features.
        let mut turns: Vec<usize> = (0..jobs.len()).collect();
        turns.sort_by_key(|&job| std::cmp::Reverse(jobs[job].1));
        let mut grown: Vec<(usize, Tree)> = turns
            .par_iter()
            .map(|&job| {
                let (order, place, digit) = jobs[job];
                let stream = Streams::new(seed, job as u64).stream("forest");
                let columns = &orders[order];
                (job, learner.tree(columns, place, digit, stream))
            })
            .collect();
        grown.sort_by_key(|(job, _)| *job);
        let mut grown = grown.into_iter().map(|(_, tree)| tree);
        let orders = orders
            .iter()
            .map(|columns| Order {
                columns: columns.clone(),
                trees: columns
                    .iter()
                    .map(|&column| {
                        (0..binnings[usize::from(column)].digits().len())
                            .map(|_| grown.by_ref().take(plan.trees).collect())
                            .collect()
                    })
                    .collect(),
            })
            .collect();
        Self {
            orders,
            ways: Ways::default(),
        }
    }
}

/// What every tree is learned from.
struct Learner<'a> {
    binnings: &'a [Binning],
    coded: &'a Coded,
    context: &'a [Feature<'a>],
    plan: &'a Plan,
    logs: XLogX,
}

impl Learner<'_> {
    /// A tree for one digit of the column at a place of an order.
    fn tree(&self, columns: &[u16], place: usize, digit: usize, mut stream: Stream) -> Tree {
        let Self {
            binnings,
            coded,
            context,
            plan,
            logs,
        } = self;
        let column = usize::from(columns[place]);
        let binning = &binnings[column];
        let sizes = binning.digits();
        let own = &coded.columns[column];
        let telling = own.telling(binning, digit);
        let mut choosers = Vec::new();
        // Random bits by hand: one word serves four rows.
        let threshold = (plan.choosers * 65536.0) as u64;
        let mut word = 0;
        for row in 0..coded.rows {
            word = if row % 4 == 0 {
                stream.next_u64()
            } else {
                word >> 16
            };
            if word & 0xffff < threshold && telling.holds(row) {
                choosers.push(row as u32);
            }
        }
        // Where nothing can be asked about, features of other columns keep their place with one bin.
        let nothing = Feature {
            bins: own.bins(),
            count: 0,
            ordered: true,
        };
        let mut features = vec![nothing; binnings.len() + digit];
        for &before in &columns[..place] {
            let before = usize::from(before);
            features[before] = Feature {
                bins: coded.columns[before].bins(),
                count: (binnings[before].feature_count + 1).min(256),
                ordered: binnings[before].ordered,
            };
        }
        for before in 0..digit {
            features[binnings.len() + before] = Feature {
                bins: own.digit(before),
                count: sizes[before],
                ordered: binning.ordered,
            };
        }
        if !context.is_empty() {
            features.resize(binnings.len() + MOST_DIGITS, nothing);
            features.extend_from_slice(context);
        }
        let growth = Growth {
            min_leaf: plan.min_leaf,
            max_depth: plan.max_depth,
            ordinal: binning.ordered && !context.is_empty(),
        };
        grow::grow(
            &features,
            own.digit(digit),
            sizes[digit],
            &choosers,
            |row| telling.holds(row),
            &growth,
            logs,
        )
    }
}

/// Digits that a column may have.
pub(crate) const MOST_DIGITS: usize = 3;

/// What has been drawn of a row so far: for each column the bin it is to trees, then the digits of the column that is being drawn, then the row's context.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub bins: Vec<u8>,
    pub codes: Vec<u32>,
}

impl State {
    pub(crate) fn new(columns: usize, context: usize) -> Self {
        Self {
            bins: vec![0; columns + MOST_DIGITS + context],
            codes: vec![0; columns],
        }
    }
}

/// Random numbers of 32 bits, two from each word.
#[derive(Debug)]
pub(crate) struct Bits {
    stream: Stream,
    kept: Option<u32>,
}

impl Bits {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, kept: None }
    }

    pub(crate) fn next(&mut self) -> u32 {
        if let Some(kept) = self.kept.take() {
            return kept;
        }
        let word = self.stream.next_u64();
        self.kept = Some((word >> 32) as u32);
        word as u32
    }

    /// Uniform in [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        f64::from(self.next()) / 4_294_967_296.0
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.next()) * count as u64) >> 32) as usize
    }
}

impl Forest {
    /// Draws the codes of one row.
    pub(crate) fn draw(&self, binnings: &[Binning], bits: &mut Bits, state: &mut State) {
        let order = &self.orders[bits.below(self.orders.len())];
        for (&column, digits) in order.columns.iter().zip(&order.trees) {
            draw_column(
                &binnings[usize::from(column)],
                usize::from(column),
                digits,
                bits,
                state,
            );
        }
    }
}

/// Draws the digits of one column.
pub(crate) fn draw_column(
    binning: &Binning,
    column: usize,
    digits: &[Vec<Tree>],
    bits: &mut Bits,
    state: &mut State,
) {
    let columns = state.codes.len();
    let mut at = (0, binning.bins.len() as u32);
    for (digit, trees) in digits.iter().enumerate() {
        let width = binning.width(digit, digits.len(), at);
        if width < 2 {
            state.bins[columns + digit] = 0;
            at = binning.narrow(digit, digits.len(), at, 0);
            continue;
        }
        let tree = &trees[bits.below(trees.len())];
        let leaf = tree.leaf(|feature| state.bins[feature]);
        let shares = &tree.shares(leaf)[..width];
        let class = pick(shares, bits.next());
        state.bins[columns + digit] = class as u8;
        at = binning.narrow(digit, digits.len(), at, class);
    }
    state.codes[column] = at.0;
    state.bins[column] = binning.feature[at.0 as usize];
}

/// The class that a random number picks by cumulated shares; evenly where none of these classes has a share.
pub(crate) fn pick(shares: &[u32], random: u32) -> usize {
    let whole = shares[shares.len() - 1];
    if whole == 0 {
        return ((u64::from(random) * shares.len() as u64) >> 32) as usize;
    }
    let at = ((u64::from(random) * u64::from(whole)) >> 32) as u32;
    // All are looked at: a loop that ends at the class would be guessed wrong nearly every time.
    let before: u32 = shares.iter().map(|&share| u32::from(share <= at)).sum();
    before as usize
}
