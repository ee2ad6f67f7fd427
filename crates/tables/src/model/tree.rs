//! A histogram tree that predicts how one digit is distributed, given digits that were drawn before it.
//!
//! Splits are those of CART (Breiman et al. 1984) with the likelihood as criterion: the gain of a split is what it adds to the log likelihood
//! of the rows, `Σ c·ln c − n·ln n` over both sides. Features are bins of at most 256 values. An ordered feature is cut at a threshold; the levels of a
//! category are first put in order along the direction in which their class distributions differ most (Coppersmith et al. 1999), then cut.
//!
//! One part of the people chooses the splits; all people are counted in the leaves, so a leaf's shares are only half chosen by those they
//! describe. No leaf holds fewer than `min_leaf` people, and each borrows from the nodes above it. Trees are grown to the end and not pruned: what one of
//! them takes too seriously, the others of the forest do not share.

use serde::{Deserialize, Serialize};

/// People of the node above whose weight its shares have in a node's.
const BORROWED: f64 = 10.0;
/// The most classes a digit may have.
pub(crate) const MAX_CLASSES: usize = 64;

/// What a tree may ask about: a bin of at most 256 for each row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feature<'a> {
    /// The bin of each row.
    pub bins: &'a [u8],
    /// How many bins there are, at most 256.
    pub count: usize,
    /// Whether the order of bins means something; otherwise they are levels of a category.
    pub ordered: bool,
}

/// One question, or the leaf it ends in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Node {
    /// Bins at most `last` go to `left`, the others to `left + 1`.
    Ordered { feature: u16, last: u8, left: u32 },
    /// Bins in set `set` of the tree go to `left`, the others to `left + 1`.
    Levels { feature: u16, set: u32, left: u32 },
    /// The number of the leaf.
    Leaf(u32),
}

/// A grown tree with the distribution in each leaf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub nodes: Vec<Node>,
    /// 256 bits for each question about levels.
    pub sets: Vec<[u64; 4]>,
    /// How many classes the digit has.
    pub classes: usize,
    /// Row-major: for each leaf the cumulated shares of its classes; the last is `u32::MAX`.
    pub cumulated: Vec<u32>,
}

impl Tree {
    /// The leaf that a row falls into; `bin` answers for a feature.
    pub(crate) fn leaf(&self, bin: impl Fn(usize) -> u8) -> usize {
        let mut at = 0;
        loop {
            at = match self.nodes[at] {
                Node::Leaf(leaf) => return leaf as usize,
                Node::Ordered {
                    feature,
                    last,
                    left,
                } => left as usize + usize::from(bin(feature as usize) > last),
                Node::Levels { feature, set, left } => {
                    let bin = bin(feature as usize);
                    let inside = self.sets[set as usize][usize::from(bin >> 6)] >> (bin & 63) & 1;
                    left as usize + 1 - inside as usize
                }
            };
        }
    }

    /// The cumulated shares of a leaf.
    pub(crate) fn shares(&self, leaf: usize) -> &[u32] {
        &self.cumulated[leaf * self.classes..][..self.classes]
    }
}

/// The shares of classes with these counts: the counted ones, and those of the node above with the weight of [`BORROWED`] people, or more where Good and
/// Turing's estimate of what was not seen yet, (classes seen once) ÷ people, asks for it. A node of one class borrows nothing, so what never happens
/// in it stays impossible.
pub(crate) fn shares(counts: &[u32], above: &[f64]) -> Vec<f64> {
    let rows = f64::from(counts.iter().sum::<u32>());
    if rows == 0.0 {
        return above.to_vec();
    }
    let seen = |times: u32| counts.iter().filter(|&&count| count == times).count() as f64;
    let several = counts.iter().filter(|&&count| count > 0).count() > 1;
    let unseen = ((seen(1) + 0.5 * seen(2)) / rows).min(0.5);
    let borrowed = if several {
        unseen.max(BORROWED / (BORROWED + rows))
    } else {
        unseen
    };
    counts
        .iter()
        .zip(above)
        .map(|(&count, above)| (1.0 - borrowed) * f64::from(count) / rows + borrowed * above)
        .collect()
}

/// Shares as cumulated 32-bit thresholds: a class is drawn by the first threshold above a random number. Impossible classes get no width.
pub(crate) fn cumulate(shares: &[f64]) -> impl Iterator<Item = u32> {
    let total: f64 = shares.iter().sum();
    let last = shares.iter().rposition(|&share| share > 0.0).unwrap_or(0);
    let mut sum = 0.0;
    shares.iter().enumerate().map(move |(class, share)| {
        sum += share;
        if class >= last {
            u32::MAX
        } else {
            (sum / total * f64::from(u32::MAX)) as u32
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_leaf_never_saw_stays_impossible_where_it_saw_one_class() {
        assert_eq!(shares(&[0, 30, 0], &[0.2, 0.5, 0.3]), [0.0, 1.0, 0.0]);
        let mixed = shares(&[0, 30, 10], &[0.2, 0.5, 0.3]);
        assert!(mixed[0] > 0.0 && (mixed.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn cumulated_shares_end_at_the_top_and_give_the_impossible_no_width() {
        let cumulated: Vec<u32> = cumulate(&[0.0, 0.25, 0.0, 0.75, 0.0]).collect();
        assert_eq!(cumulated[0], 0);
        assert_eq!(cumulated[1], cumulated[2]);
        assert_eq!(cumulated[3..], [u32::MAX; 2]);
        let share = f64::from(cumulated[1]) / f64::from(u32::MAX);
        assert!((share - 0.25).abs() < 1e-9);
    }
}
