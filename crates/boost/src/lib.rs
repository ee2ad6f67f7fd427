//! Gradient boosting by histogram trees: rows of bins in, a log-odds out.
//!
//! An ensemble of small trees, each grown on the derivatives of the logistic loss at what those before it say (Friedman 2001). Columns are bins of at most 256, so
//! that a split is found in sums by bin (Ranka & Singh 1998); trees grow leaf by leaf, and of two siblings only the smaller is counted, as LightGBM does (Ke et
//! al. 2017). A category's levels are put in order by their mean derivative first (Fisher 1958).
//!
//! [`Booster::regress`] does the same for means, on the derivatives of the squared error.
//!
//! [`Booster::grow`] adds trees to rows that change from call to call: whoever tells real rows from made ones can bring fresh made ones every time.
//!
//! *Determinism.* Trees depend on rows, settings and seed, not on threads: sums are taken in the order of rows. *Privacy.* None: a leaf says something of the rows that
//! [`Rows::is_one`] names, and holds at least [`Growth::least`] of them.

mod grow;
mod score;

pub use grow::Growth;

use serde::{Deserialize, Serialize};

/// A column: the bin of each row.
#[derive(Debug, Clone, Copy)]
pub struct Feature<'a> {
    /// The bin of each row.
    pub bins: &'a [u8],
    /// How many bins there are, at most 256.
    pub count: usize,
    /// Whether the order of bins means something; otherwise they are levels of a category.
    pub ordered: bool,
}

/// Rows to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The columns, all of the same length.
    pub features: &'a [Feature<'a>],
    /// Whether a row is one of those whose odds are asked for; of these every leaf holds at least [`Growth::least`].
    pub is_one: &'a [bool],
}

/// Which bins go left.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Left {
    /// All up to this.
    Upto(u8),
    /// These, as 256 bits.
    These([u64; 4]),
}

/// A question, or the leaf it ends in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// Rows with these bins go to node `to`, the others to `to + 1`.
    Split {
        /// The column.
        feature: u16,
        /// Which bins go to `to`.
        left: Left,
        /// The node of those; greater than this node's number.
        to: u16,
    },
    /// What is added to the log-odds.
    Leaf(f32),
}

/// A tree; its first node is the root.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree(pub Vec<Node>);

/// An ensemble of trees whose sum is a log-odds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Booster {
    /// In the order they were grown.
    pub trees: Vec<Tree>,
}

impl Left {
    fn bits(&self) -> [u64; 4] {
        match self {
            Self::These(bits) => *bits,
            Self::Upto(last) => {
                let mut bits = [0; 4];
                for bin in 0..=*last {
                    bits[usize::from(bin >> 6)] |= 1 << (bin & 63);
                }
                bits
            }
        }
    }
}

impl Booster {
    /// Whether every node leads on to a node, and every question is about one of `features` columns: false for what was written by hand.
    pub fn fits(&self, features: usize) -> bool {
        self.trees.iter().all(|tree| {
            !tree.0.is_empty()
                && tree.0.iter().enumerate().all(|(at, node)| match node {
                    Node::Leaf(value) => value.is_finite(),
                    Node::Split { feature, to, .. } => {
                        usize::from(*feature) < features
                            && usize::from(*to) > at
                            && usize::from(*to) + 1 < tree.0.len()
                    }
                })
        })
    }
}
