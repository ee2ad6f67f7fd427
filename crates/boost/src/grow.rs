//! How a tree grows: leaf by leaf, where it helps most.

use super::{Booster, Feature, Left, Node, Rows, Tree};
use population::stream::{Seed, Streams};
use rayon::prelude::*;

/// How trees are grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// What a leaf says is multiplied by this; above 0, at most 1.
    pub rate: f64,
    /// The most leaves of a tree; 2 to 4,096.
    pub leaves: usize,
    /// The deepest leaf.
    pub depth: u32,
    /// The fewest ones in a leaf ([`Rows::is_one`]).
    pub least: u32,
    /// What is added to a leaf's sum of second derivatives; at least 0.
    pub l2: f64,
    /// The share of rows that each tree sees; above 0, at most 1.
    pub rows: f64,
    /// The share of columns that each tree may ask about; above 0, at most 1.
    pub columns: f64,
}

impl Default for Growth {
    fn default() -> Self {
        Self {
            rate: 0.1,
            leaves: 31,
            depth: 8,
            least: 20,
            l2: 1.0,
            rows: 0.7,
            columns: 0.7,
        }
    }
}

/// Sums over the rows of a bin: first and second derivatives of the loss, and ones. Four numbers, so that one instruction adds them.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(16))]
struct Sums([f32; 4]);

impl Sums {
    fn first(self) -> f64 {
        self.0[0].into()
    }

    fn second(self) -> f64 {
        self.0[1].into()
    }

    /// Whole up to 2^24.
    fn ones(self) -> u32 {
        self.0[2] as u32
    }

    /// Sums of many rows, in double precision on the way.
    fn of(rows: &[Self]) -> Self {
        let mut sums = [0.0; 4];
        for row in rows {
            for (sum, &part) in sums.iter_mut().zip(&row.0) {
                *sum += f64::from(part);
            }
        }
        Self(sums.map(|sum| sum as f32))
    }
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        for (sum, part) in self.0.iter_mut().zip(other.0) {
            *sum += part;
        }
    }
}

impl std::ops::Sub for Sums {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let mut sums = self;
        for (sum, part) in sums.0.iter_mut().zip(other.0) {
            *sum -= part;
        }
        sums
    }
}

/// What a category's level must have beside its own rows before it stands at an end of the order, and what is added to a leaf's second derivatives when it is one of
/// levels (LightGBM's `cat_smooth` and `cat_l2`).
const LEVEL_SMOOTHING: f64 = 10.0;

/// A split of one leaf's rows.
#[derive(Debug, Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    left: Left,
}

/// A leaf that may still be split.
#[derive(Debug)]
struct Open {
    /// Its number in the tree.
    node: usize,
    depth: u32,
    /// Its rows, as a range of all.
    start: usize,
    end: usize,
    /// For each column that may be asked, for each bin.
    sums: Vec<Vec<Sums>>,
    best: Option<Split>,
}

struct Grower<'a> {
    features: &'a [Feature<'a>],
    columns: &'a [usize],
    derivatives: &'a [Sums],
    growth: &'a Growth,
}

impl Booster {
    /// Adds `trees` trees. `scores` is what the ensemble says of each row before, and after; what it begins with is the caller's (the log of the shares of both kinds
    /// of rows, or what an ensemble grown on other rows says).
    pub fn grow(
        &mut self,
        rows: &Rows<'_>,
        scores: &mut [f32],
        growth: &Growth,
        trees: usize,
        seed: Seed,
    ) {
        let logistic = |row: usize, score: f32| {
            let p = 1.0 / (1.0 + libm::expf(-score));
            let one = f32::from(u8::from(rows.is_one[row]));
            Sums([p - one, p * (1.0 - p), one, 0.0])
        };
        self.grow_on(rows.features, scores, growth, trees, seed, &logistic);
    }

    /// Adds `trees` trees that bring `scores` nearer to `targets` in squared error: the ensemble's sum is then a mean, not a log-odds. Every leaf holds [`Growth::least`] rows of
    /// any kind; targets are finite.
    pub fn regress(
        &mut self,
        features: &[Feature<'_>],
        targets: &[f32],
        scores: &mut [f32],
        growth: &Growth,
        trees: usize,
        seed: Seed,
    ) {
        let squared = |row: usize, score: f32| Sums([score - targets[row], 1.0, 1.0, 0.0]);
        self.grow_on(features, scores, growth, trees, seed, &squared);
    }

    /// The trees of either loss: `derivatives` of a row at what the ensemble says of it.
    fn grow_on(
        &mut self,
        features: &[Feature<'_>],
        scores: &mut [f32],
        growth: &Growth,
        trees: usize,
        seed: Seed,
        derivatives: &(dyn Fn(usize, f32) -> Sums + Sync),
    ) {
        let mut columns_of_rows = Vec::new();
        let width = features.len();
        columns_of_rows.resize(width * scores.len(), 0);
        for (column, feature) in features.iter().enumerate() {
            for (row, &bin) in feature.bins.iter().enumerate() {
                columns_of_rows[row * width + column] = bin;
            }
        }
        for _ in 0..trees {
            let number = self.trees.len();
            let mut stream = Streams::new(seed, number as u64).stream("boost");
            let derivatives: Vec<Sums> = (scores.par_iter().enumerate())
                .with_min_len(4096)
                .map(|(row, &score)| derivatives(row, score))
                .collect();
            let mut seen: Vec<u32> = (0..scores.len() as u32)
                .filter(|_| stream.uniform() < growth.rows)
                .collect();
            let mut columns: Vec<usize> = (0..width)
                .filter(|_| stream.uniform() < growth.columns)
                .collect();
            if columns.is_empty() && width > 0 {
                columns.push(stream.below(width as u64) as usize);
            }
            let grower = Grower {
                features,
                columns: &columns,
                derivatives: &derivatives,
                growth,
            };
            self.trees.push(grower.tree(&mut seen));
            self.add_scores_since(number, &columns_of_rows, width, scores);
        }
    }
}

impl Grower<'_> {
    fn tree(&self, rows: &mut [u32]) -> Tree {
        let (total, sums) = self.count(rows);
        let mut nodes = vec![self.leaf(total, 0.0)];
        let mut open = vec![self.open(0, 0, (0, rows.len()), total, sums)];
        let mut leaves = 1;
        while leaves < self.growth.leaves {
            // The first of those that gain most.
            let mut best: Option<(usize, Split)> = None;
            for (place, leaf) in open.iter().enumerate() {
                if let Some(split) = leaf.best
                    && best.is_none_or(|(_, other)| split.gain > other.gain)
                {
                    best = Some((place, split));
                }
            }
            let Some((place, split)) = best else { break };
            let leaf = open.swap_remove(place);
            let (node, depth) = (leaf.node, leaf.depth + 1);
            let to = nodes.len();
            let ((left, left_rows), (right, right_rows)) = self.halves(&leaf, &split, rows);
            let levels = if matches!(split.left, Left::These(_)) {
                LEVEL_SMOOTHING
            } else {
                0.0
            };
            nodes[node] = Node::Split {
                feature: split.feature as u16,
                left: split.left,
                to: to as u16,
            };
            nodes.push(self.leaf(left.0, levels));
            nodes.push(self.leaf(right.0, levels));
            leaves += 1;
            open.push(self.open(to, depth, left_rows, left.0, left.1));
            open.push(self.open(to + 1, depth, right_rows, right.0, right.1));
        }
        Tree(nodes)
    }

    fn leaf(&self, total: Sums, levels: f64) -> Node {
        let step = -total.first() / (total.second() + self.growth.l2 + levels).max(1e-12);
        Node::Leaf((step * self.growth.rate) as f32)
    }

    /// Both sides of a split leaf: sums, and rows. Only the smaller side is counted.
    fn halves(&self, leaf: &Open, split: &Split, rows: &mut [u32]) -> (Half, Half) {
        let feature = &self.features[split.feature];
        let bits = split.left.bits();
        let mine = &mut rows[leaf.start..leaf.end];
        let goes = |&row: &u32| {
            let bin = feature.bins[row as usize];
            bits[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1
        };
        // Rows keep their order, so that sums are taken in it.
        let (left, right): (Vec<u32>, Vec<u32>) = mine.iter().partition(|row| goes(row));
        mine[..left.len()].copy_from_slice(&left);
        mine[left.len()..].copy_from_slice(&right);
        let middle = leaf.start + left.len();
        let rest = |sums: &[Vec<Sums>]| -> Vec<Vec<Sums>> {
            let pairs = leaf.sums.iter().zip(sums);
            pairs
                .map(|(whole, part)| whole.iter().zip(part).map(|(&w, &p)| w - p).collect())
                .collect()
        };
        let (left, right) = if left.len() < right.len() {
            let half = self.count(&left);
            let others = rest(&half.1);
            (half, (Sums::of(&self.derivatives_of(&right)), others))
        } else {
            let half = self.count(&right);
            let others = rest(&half.1);
            ((Sums::of(&self.derivatives_of(&left)), others), half)
        };
        ((left, (leaf.start, middle)), (right, (middle, leaf.end)))
    }

    fn derivatives_of(&self, rows: &[u32]) -> Vec<Sums> {
        rows.iter()
            .map(|&row| self.derivatives[row as usize])
            .collect()
    }

    /// Sums of these rows, and for each column by bin.
    fn count(&self, rows: &[u32]) -> (Sums, Vec<Vec<Sums>>) {
        let derivatives = self.derivatives_of(rows);
        let column = |&column: &usize| {
            let feature = &self.features[column];
            let mut sums = vec![Sums::default(); feature.count.max(256)];
            for (&row, &derivatives) in rows.iter().zip(&derivatives) {
                sums[usize::from(feature.bins[row as usize])] += derivatives;
            }
            sums.truncate(feature.count);
            sums
        };
        let sums = if rows.len() * self.columns.len() < 1 << 14 {
            self.columns.iter().map(column).collect()
        } else {
            self.columns.par_iter().map(column).collect()
        };
        (Sums::of(&derivatives), sums)
    }

    fn open(
        &self,
        node: usize,
        depth: u32,
        (start, end): (usize, usize),
        total: Sums,
        sums: Vec<Vec<Sums>>,
    ) -> Open {
        let best = if depth < self.growth.depth && total.ones() >= 2 * self.growth.least {
            self.best(total, &sums)
        } else {
            None
        };
        Open {
            node,
            depth,
            start,
            end,
            sums,
            best,
        }
    }

    /// The best split of a leaf, if any helps.
    fn best(&self, total: Sums, sums: &[Vec<Sums>]) -> Option<Split> {
        let mut best: Option<Split> = None;
        let mut order: Vec<u8> = Vec::with_capacity(256);
        for (&column, sums) in self.columns.iter().zip(sums) {
            let ordered = self.features[column].ordered;
            order.clear();
            order.extend((0..sums.len()).map(|bin| bin as u8));
            let extra = if ordered {
                0.0
            } else {
                let mean = |bin: u8| {
                    let sums = sums[usize::from(bin)];
                    sums.first() / (sums.second() + LEVEL_SMOOTHING)
                };
                order.retain(|&bin| sums[usize::from(bin)].second() > 1e-4);
                order.sort_by(|&a, &b| mean(a).total_cmp(&mean(b)).then(a.cmp(&b)));
                LEVEL_SMOOTHING
            };
            let Some((gain, last)) = self.cut(total, sums, &order, extra) else {
                continue;
            };
            if gain > 1e-6 && best.is_none_or(|other| gain > other.gain) {
                let left = if ordered {
                    Left::Upto(order[last])
                } else {
                    let mut bits = [0; 4];
                    for &bin in &order[..=last] {
                        bits[usize::from(bin >> 6)] |= 1 << (bin & 63);
                    }
                    Left::These(bits)
                };
                best = Some(Split {
                    gain,
                    feature: column,
                    left,
                });
            }
        }
        best
    }

    /// The best cut of bins in this order: what it gains, and the place of the last bin before it.
    fn cut(&self, total: Sums, sums: &[Sums], order: &[u8], extra: f64) -> Option<(f64, usize)> {
        let worth = |sums: Sums, more: f64| {
            sums.first() * sums.first() / (sums.second() + self.growth.l2 + more).max(1e-12)
        };
        let base = worth(total, 0.0);
        let mut left = Sums::default();
        let mut best: Option<(f64, usize)> = None;
        for (place, &bin) in order[..order.len().saturating_sub(1)].iter().enumerate() {
            let here = sums[usize::from(bin)];
            left += here;
            if left.ones() < self.growth.least {
                continue;
            }
            let right = total - left;
            if right.ones() < self.growth.least {
                break;
            }
            let gain = worth(left, extra) + worth(right, extra) - base;
            if best.is_none_or(|(other, _)| gain > other) {
                best = Some((gain, place));
            }
        }
        best
    }
}

/// Sums of one side of a split, and the range of its rows.
type Half = ((Sums, Vec<Vec<Sums>>), (usize, usize));
