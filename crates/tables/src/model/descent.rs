//! Many rows down one tree at once.
//!
//! A question's answer is as good as a coin's toss to a processor that guesses it, so no branch depends on one here: every question looks a bin up in a set of bins,
//! and the answer is added to the number of the next question. Rows go side by side, so that one's memory is waited for while the others are asked.

use super::tree::{Node, Tree};

/// Rows that go side by side.
pub(crate) const ABREAST: usize = 8;

/// One question. A leaf asks whether a bin is a bin, and leads to itself.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Where bins of the set go; the others go to the next.
    left: u32,
    set: u32,
    feature: u16,
}

/// Sets of bins that trees ask about: 256 that say "at most", then those of the trees.
#[derive(Debug)]
pub(crate) struct Sets(Vec<u64>);

impl Sets {
    pub(crate) fn new() -> Self {
        let upto = |last: u64| {
            (0..4).map(move |word| match last.checked_sub(64 * word) {
                None => 0,
                Some(bit) if bit < 63 => (2 << bit) - 1,
                Some(_) => u64::MAX,
            })
        };
        Self((0..256).flat_map(upto).collect())
    }

    fn add(&mut self, set: &[u64; 4]) -> u32 {
        let number = self.0.len() / 4;
        self.0.extend(set);
        number as u32
    }

    fn holds(&self, set: u32, bin: u8) -> u32 {
        let word = self.0[set as usize * 4 + usize::from(bin >> 6)];
        (word >> (bin & 63) & 1) as u32
    }
}

/// A tree's questions.
#[derive(Debug)]
pub(crate) struct Descent {
    steps: Vec<Step>,
    /// For each question the leaf that it is, if it is one.
    leaves: Vec<u32>,
}

impl Descent {
    /// The questions of a tree, whose sets of levels join the others.
    pub(crate) fn of(tree: &Tree, sets: &mut Sets) -> Self {
        let mut leaves = vec![0; tree.nodes.len()];
        let steps = tree.nodes.iter().enumerate().map(|(at, node)| match *node {
            Node::Leaf(leaf) => {
                leaves[at] = leaf;
                Step {
                    left: at as u32,
                    set: 255,
                    feature: 0,
                }
            }
            Node::Ordered {
                feature,
                last,
                left,
            } => Step {
                left,
                set: last.into(),
                feature,
            },
            Node::Levels { feature, set, left } => Step {
                left,
                set: sets.add(&tree.sets[set as usize]),
                feature,
            },
        });
        let steps = steps.collect();
        Self { steps, leaves }
    }

    /// The leaves that rows fall into; `bin` answers for one of them and a feature. What it answers where there is no row does not matter.
    pub(crate) fn leaves(&self, sets: &Sets, bin: impl Fn(usize, usize) -> u8) -> [u32; ABREAST] {
        let mut at = [0_u32; ABREAST];
        loop {
            let mut moved = 0;
            for (row, at) in at.iter_mut().enumerate() {
                let step = self.steps[*at as usize];
                let bin = bin(row, step.feature.into());
                let next = step.left + 1 - sets.holds(step.set, bin);
                moved |= next ^ *at;
                *at = next;
            }
            if moved == 0 {
                return at.map(|at| self.leaves[at as usize]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    #[test]
    fn rows_abreast_reach_the_leaves_that_each_reaches_alone() {
        let mut stream = Streams::new(Seed(3), 0).stream("descent");
        let mut below = |count: usize| (stream.uniform() * count as f64) as usize;
        let mut sets = Sets::new();
        for case in 0..60 {
            let mut tree = Tree {
                nodes: vec![Node::Leaf(0)],
                sets: Vec::new(),
                classes: 1,
                cumulated: Vec::new(),
            };
            // Questions take the place of leaves, which may stand at any depth.
            for _ in 0..case {
                let at = below(tree.nodes.len());
                if !matches!(tree.nodes[at], Node::Leaf(_)) {
                    continue;
                }
                let left = tree.nodes.len() as u32;
                let feature = below(3) as u16;
                tree.nodes[at] = if below(2) == 0 {
                    let last = below(256) as u8;
                    Node::Ordered {
                        feature,
                        last,
                        left,
                    }
                } else {
                    let set = tree.sets.len() as u32;
                    tree.sets
                        .push([0; 4].map(|_: u64| below(1 << 32) as u64 * 0x9e37_79b9_7f4a_7c15));
                    Node::Levels { feature, set, left }
                };
                tree.nodes.extend([Node::Leaf(left), Node::Leaf(left + 1)]);
            }
            let descent = Descent::of(&tree, &mut sets);
            for _ in 0..40 {
                let bins = [(); ABREAST].map(|()| [below(256), below(256), below(256)]);
                let together = descent.leaves(&sets, |row, feature| bins[row][feature] as u8);
                let alone = bins.map(|bins| tree.leaf(|feature| bins[feature] as u8) as u32);
                assert_eq!(together, alone);
            }
        }
    }
}
