//! What an ensemble says of rows.

use super::{Booster, Node, Tree};
use rayon::prelude::*;

/// Rows that go down a tree side by side, so that one's memory is fetched while another's is compared.
const ABREAST: usize = 8;
/// Rows that one thread takes through all trees: few enough to stay at hand.
const TOGETHER: usize = 2048;

/// A node as a row meets it: a leaf leads to itself.
#[derive(Debug, Clone, Copy)]
struct Step {
    left: [u64; 4],
    feature: u32,
    /// Where rows go whose bin is not in `left`, and is.
    to: [u32; 2],
    value: f32,
}

/// A tree as rows go down it.
struct Path {
    steps: Vec<Step>,
    depth: usize,
}

impl Path {
    fn new(tree: &Tree) -> Self {
        let mut depths = vec![0; tree.0.len()];
        let mut depth = 0;
        let steps = tree.0.iter().enumerate().map(|(at, node)| match *node {
            Node::Leaf(value) => Step {
                left: [0; 4],
                feature: 0,
                to: [at as u32; 2],
                value,
            },
            Node::Split { feature, left, to } => {
                let below = depths[at] + 1;
                depth = depth.max(below);
                depths[usize::from(to)] = below;
                depths[usize::from(to) + 1] = below;
                Step {
                    left: left.bits(),
                    feature: feature.into(),
                    to: [u32::from(to) + 1, to.into()],
                    value: 0.0,
                }
            }
        });
        let steps = steps.collect();
        Self { steps, depth }
    }

    fn down(&self, at: u32, bins: &[u8]) -> u32 {
        let step = &self.steps[at as usize];
        let bin = bins[step.feature as usize];
        let inside = step.left[usize::from(bin >> 6)] >> (bin & 63) & 1;
        step.to[inside as usize]
    }

    fn add(&self, bins: &[u8], columns: usize, scores: &mut [f32]) {
        let mut rows = bins.chunks_exact(columns * ABREAST);
        let mut sums = scores.chunks_exact_mut(ABREAST);
        for (bins, sums) in rows.by_ref().zip(sums.by_ref()) {
            let mut at = [0; ABREAST];
            for _ in 0..self.depth {
                for (at, bins) in at.iter_mut().zip(bins.chunks_exact(columns)) {
                    *at = self.down(*at, bins);
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += self.steps[at as usize].value;
            }
        }
        let rest = rows.remainder().chunks_exact(columns);
        for (sum, bins) in sums.into_remainder().iter_mut().zip(rest) {
            let at = (0..self.depth).fold(0, |at, _| self.down(at, bins));
            *sum += self.steps[at as usize].value;
        }
    }
}

impl Booster {
    /// Adds the log-odds of rows to `scores`. `bins` holds the rows' bins, one row of `columns` after the other.
    ///
    /// # Panics
    ///
    /// Where the ensemble asks about a column that is not there; see [`fits`](Self::fits).
    pub fn add_scores(&self, bins: &[u8], columns: usize, scores: &mut [f32]) {
        self.add_scores_since(0, bins, columns, scores);
    }

    /// The same by the trees from number `first` on alone.
    pub fn add_scores_since(&self, first: usize, bins: &[u8], columns: usize, scores: &mut [f32]) {
        let paths: Vec<Path> = self.trees[first..].iter().map(Path::new).collect();
        bins.par_chunks(columns.max(1) * TOGETHER)
            .zip(scores.par_chunks_mut(TOGETHER))
            .for_each(|(bins, scores)| {
                for path in &paths {
                    path.add(bins, columns, scores);
                }
            });
    }
}
