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

/// How to grow a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    /// Fewest people in a leaf, of all rows.
    pub min_leaf: usize,
    /// Deepest leaf.
    pub max_depth: u32,
    /// Whether splits are chosen by the cumulated shares of classes that have an order, instead of the likelihood.
    pub ordinal: bool,
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

/// `x·ln x` for whole numbers, from a table while they are small.
#[derive(Debug)]
pub(crate) struct XLogX(Vec<f64>);

impl XLogX {
    pub(crate) fn new(rows: usize) -> Self {
        Self((0..=rows.min(1 << 16)).map(|x| x_log_x(x as f64)).collect())
    }

    fn of(&self, x: u32) -> f64 {
        match self.0.get(x as usize) {
            Some(value) => *value,
            None => x_log_x(f64::from(x)),
        }
    }
}

fn x_log_x(x: f64) -> f64 {
    if x > 0.0 { x * libm::log(x) } else { 0.0 }
}

/// A split that was found, and what it gains.
#[derive(Debug, Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    /// Bins that go left, as a set; for ordered features all up to `last`.
    left: [u64; 4],
    last: u8,
}

/// A node while the tree grows.
#[derive(Debug)]
struct Draft {
    /// How many of the people who choose splits have each class, and of all.
    choosing: Vec<u32>,
    all: Vec<u32>,
    split: Option<(Split, usize)>,
}

/// Grows a tree whose splits `choosers` choose, and counts `choosers` and `others` in its leaves.
///
/// `target` is the class of each row of the table (below `classes`); `choosers` and `others` are row numbers and are reordered.
pub(crate) fn grow(
    features: &[Feature<'_>],
    target: &[u8],
    classes: usize,
    choosers: &mut [u32],
    others: &mut [u32],
    growth: &Growth,
    logs: &XLogX,
) -> Tree {
    let mut drafts = Vec::new();
    let mut work = Scratch::new(classes);
    let mut grower = Grower {
        features,
        target,
        classes,
        growth,
        logs,
    };
    grower.node(choosers, others, 0, &mut drafts, &mut work);
    finish(&drafts, features, classes)
}

struct Grower<'a> {
    features: &'a [Feature<'a>],
    target: &'a [u8],
    classes: usize,
    growth: &'a Growth,
    logs: &'a XLogX,
}

/// Memory that every node reuses.
struct Scratch {
    /// For each bin the counts of its classes.
    counts: Vec<u32>,
    /// How many rows each bin has.
    totals: Vec<u32>,
    order: Vec<u8>,
    scores: Vec<f64>,
}

impl Scratch {
    fn new(classes: usize) -> Self {
        Self {
            counts: vec![0; 256 * classes],
            totals: vec![0; 256],
            order: Vec::with_capacity(256),
            scores: vec![0.0; 256],
        }
    }
}

impl Grower<'_> {
    /// Grows the node of these rows and all below it; returns its number.
    fn node(
        &mut self,
        choosers: &mut [u32],
        others: &mut [u32],
        depth: u32,
        drafts: &mut Vec<Draft>,
        work: &mut Scratch,
    ) -> usize {
        let number = drafts.len();
        let choosing = self.count(choosers);
        let mut all = self.count(others);
        for (sum, count) in all.iter_mut().zip(&choosing) {
            *sum += count;
        }
        let pure = choosing.iter().filter(|&&count| count > 0).count() < 2;
        drafts.push(Draft {
            choosing,
            all,
            split: None,
        });
        if pure
            || depth == self.growth.max_depth
            || choosers.len() + others.len() < 2 * self.growth.min_leaf
        {
            return number;
        }
        let Some(split) = self.best(choosers, &drafts[number].choosing, work) else {
            return number;
        };
        let bins = self.features[split.feature].bins;
        let left = |row: u32| {
            let bin = bins[row as usize];
            split.left[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1
        };
        let (choosers_left, choosers_right) = {
            let middle = partition(choosers, left);
            choosers.split_at_mut(middle)
        };
        let (others_left, others_right) = {
            let middle = partition(others, left);
            others.split_at_mut(middle)
        };
        let fewest = (choosers_left.len() + others_left.len())
            .min(choosers_right.len() + others_right.len());
        if fewest < self.growth.min_leaf {
            return number;
        }
        self.node(choosers_left, others_left, depth + 1, drafts, work);
        let right = self.node(choosers_right, others_right, depth + 1, drafts, work);
        drafts[number].split = Some((split, right));
        number
    }

    fn count(&self, rows: &[u32]) -> Vec<u32> {
        let mut counts = vec![0; self.classes];
        for &row in rows {
            counts[usize::from(self.target[row as usize])] += 1;
        }
        counts
    }

    /// The best split of these rows by any feature.
    fn best(&mut self, rows: &[u32], parent: &[u32], work: &mut Scratch) -> Option<Split> {
        let base = if self.growth.ordinal {
            ordinal(parent)
        } else {
            self.likelihood(parent)
        };
        // Half of what a leaf must hold is enough here: the others come on top.
        let fewest = (self.growth.min_leaf as u32 / 2).max(1);
        let mut best: Option<Split> = None;
        for index in 0..self.features.len() {
            let feature = &self.features[index];
            if feature.count < 2 {
                continue;
            }
            let used = self.histogram(feature, rows, work);
            if used < 2 {
                continue;
            }
            if !feature.ordered && used > 2 {
                arrange(work, parent, self.classes);
            }
            if let Some(split) = self.cut(index, parent, rows.len() as u32, fewest, work) {
                let gain = split.gain - base;
                if gain > 1e-9 && best.is_none_or(|other| gain > other.gain) {
                    best = Some(Split { gain, ..split });
                }
            }
        }
        best
    }

    fn likelihood(&self, counts: &[u32]) -> f64 {
        let total: u32 = counts.iter().sum();
        counts.iter().map(|&c| self.logs.of(c)).sum::<f64>() - self.logs.of(total)
    }

    /// Counts classes by bin; leaves the bins in use in `order`, and returns how many there are.
    fn histogram(&self, feature: &Feature<'_>, rows: &[u32], work: &mut Scratch) -> usize {
        let Scratch {
            counts,
            totals,
            order,
            ..
        } = work;
        totals[..feature.count].fill(0);
        for &row in rows {
            totals[usize::from(feature.bins[row as usize])] += 1;
        }
        order.clear();
        for bin in 0..feature.count {
            if totals[bin] > 0 {
                order.push(bin as u8);
                counts[bin * self.classes..][..self.classes].fill(0);
            }
        }
        for &row in rows {
            let bin = usize::from(feature.bins[row as usize]);
            counts[bin * self.classes + usize::from(self.target[row as usize])] += 1;
        }
        order.len()
    }

    /// The best cut of the bins in their order.
    fn cut(
        &self,
        feature: usize,
        parent: &[u32],
        rows: u32,
        fewest: u32,
        work: &Scratch,
    ) -> Option<Split> {
        let mut right = [0; MAX_CLASSES];
        right[..self.classes].copy_from_slice(parent);
        let mut left = [0; MAX_CLASSES];
        let mut left_rows = 0;
        let (mut left_sum, mut right_sum) =
            (0.0, parent.iter().map(|&c| self.logs.of(c)).sum::<f64>());
        let mut best = (f64::NEG_INFINITY, 0);
        for (place, &bin) in work.order[..work.order.len() - 1].iter().enumerate() {
            let counts = &work.counts[usize::from(bin) * self.classes..][..self.classes];
            for (class, &count) in counts.iter().enumerate() {
                if count > 0 && self.growth.ordinal {
                    left[class] += count;
                    right[class] -= count;
                } else if count > 0 {
                    let (l, r) = (left[class], right[class]);
                    left_sum += self.logs.of(l + count) - self.logs.of(l);
                    right_sum += self.logs.of(r - count) - self.logs.of(r);
                    left[class] = l + count;
                    right[class] = r - count;
                }
            }
            left_rows += work.totals[usize::from(bin)];
            let right_rows = rows - left_rows;
            if right_rows < fewest {
                break;
            }
            if left_rows >= fewest {
                let gain = if self.growth.ordinal {
                    ordinal(&left[..self.classes]) + ordinal(&right[..self.classes])
                } else {
                    left_sum + right_sum - self.logs.of(left_rows) - self.logs.of(right_rows)
                };
                if gain > best.0 {
                    best = (gain, place);
                }
            }
        }
        if best.0 == f64::NEG_INFINITY {
            return None;
        }
        let ordered = self.features[feature].ordered;
        let mut set = [0; 4];
        let last = work.order[best.1];
        if ordered {
            for bin in 0..=last {
                set[usize::from(bin >> 6)] |= 1 << (bin & 63);
            }
        } else {
            for &bin in &work.order[..=best.1] {
                set[usize::from(bin >> 6)] |= 1 << (bin & 63);
            }
        }
        Some(Split {
            gain: best.0,
            feature,
            left: set,
            last,
        })
    }
}

/// `Σ C²⁄n` over the cumulated counts `C` of classes in their order: what of it a split adds is what it takes from the rows' ranked probability score (Epstein 1969).
/// Where there are many classes and few rows this sees a shift that the likelihood, which knows no order, takes for chance.
fn ordinal(counts: &[u32]) -> f64 {
    let (mut cumulated, mut sum) = (0_u32, 0.0);
    for &count in counts {
        cumulated += count;
        sum += f64::from(cumulated) * f64::from(cumulated);
    }
    sum / f64::from(cumulated.max(1))
}

/// Puts the levels of a category in order along the direction in which their class distributions differ most: the first principal axis of
/// `p(class | level) − p(class)`, weighted by rows, by a few steps of power iteration from the level that differs most.
fn arrange(work: &mut Scratch, parent: &[u32], classes: usize) {
    let total: u32 = parent.iter().sum();
    let mut mean = [0.0; MAX_CLASSES];
    for (m, &count) in mean.iter_mut().zip(parent) {
        *m = f64::from(count) / f64::from(total);
    }
    let Scratch {
        counts,
        totals,
        order,
        scores,
    } = work;
    let difference = |bin: u8, class: usize| {
        let count = counts[usize::from(bin) * classes + class];
        f64::from(count) / f64::from(totals[usize::from(bin)]) - mean[class]
    };
    let mut axis = [0.0; MAX_CLASSES];
    let mut furthest = -1.0;
    for &bin in order.iter() {
        let weight = f64::from(totals[usize::from(bin)]);
        let norm: f64 = (0..classes).map(|c| difference(bin, c).powi(2)).sum();
        if norm * weight > furthest {
            furthest = norm * weight;
            for (class, a) in axis[..classes].iter_mut().enumerate() {
                *a = difference(bin, class);
            }
        }
    }
    for step in 0..4 {
        let mut next = [0.0; MAX_CLASSES];
        for &bin in order.iter() {
            let score: f64 = (0..classes).map(|c| difference(bin, c) * axis[c]).sum();
            scores[usize::from(bin)] = score;
            if step < 3 {
                let weight = f64::from(totals[usize::from(bin)]) * score;
                for (class, n) in next[..classes].iter_mut().enumerate() {
                    *n += weight * difference(bin, class);
                }
            }
        }
        let norm = next.iter().map(|n| n * n).sum::<f64>().sqrt();
        if step < 3 && norm > 0.0 {
            axis = next.map(|n| n / norm);
        }
    }
    order.sort_by(|&a, &b| {
        scores[usize::from(a)]
            .total_cmp(&scores[usize::from(b)])
            .then(a.cmp(&b))
    });
}

/// Moves the rows that `left` holds of to the front, keeping no order, and returns their number.
fn partition(rows: &mut [u32], left: impl Fn(u32) -> bool) -> usize {
    let mut middle = 0;
    for at in 0..rows.len() {
        if left(rows[at]) {
            rows.swap(at, middle);
            middle += 1;
        }
    }
    middle
}

/// The shares of classes with these counts: the counted ones, and those of the node above with the weight of [`BORROWED`] people, or more where Good and
/// Turing's estimate of what was not seen yet, (classes seen once) ÷ people, asks for it. A node of one class borrows nothing, so what never happens
/// in it stays impossible.
fn shares(counts: &[u32], above: &[f64]) -> Vec<f64> {
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

/// The tree, with the shares of its leaves.
fn finish(drafts: &[Draft], features: &[Feature<'_>], classes: usize) -> Tree {
    let mut tree = Tree {
        nodes: vec![Node::Leaf(0)],
        sets: Vec::new(),
        classes,
        cumulated: Vec::new(),
    };
    let even = vec![1.0 / classes as f64; classes];
    let mut open = vec![(0, 0, even)];
    while let Some((at, node, above)) = open.pop() {
        let draft = &drafts[at];
        let shares = shares(&draft.all, &above);
        let Some((split, right)) = draft.split else {
            tree.nodes[node] = Node::Leaf((tree.cumulated.len() / classes) as u32);
            tree.cumulated.extend(cumulate(&shares));
            continue;
        };
        let left = tree.nodes.len() as u32;
        tree.nodes.extend([Node::Leaf(0); 2]);
        let feature = split.feature as u16;
        tree.nodes[node] = if features[split.feature].ordered {
            Node::Ordered {
                feature,
                last: split.last,
                left,
            }
        } else {
            tree.sets.push(split.left);
            Node::Levels {
                feature,
                set: (tree.sets.len() - 1) as u32,
                left,
            }
        };
        open.push((right, left as usize + 1, shares.clone()));
        open.push((at + 1, left as usize, shares));
    }
    tree
}

/// Shares as cumulated 32-bit thresholds: a class is drawn by the first threshold above a random number. Impossible classes get no width.
fn cumulate(shares: &[f64]) -> impl Iterator<Item = u32> {
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
    use population::stream::{Seed, Streams};

    /// Log likelihood of classes by counting, without tables or running sums.
    fn likelihood(rows: &[usize], target: &[u8], classes: usize) -> f64 {
        let mut counts = vec![0.0; classes];
        for &row in rows {
            counts[usize::from(target[row])] += 1.0;
        }
        let total = rows.len() as f64;
        let terms = counts.iter().filter(|&&count| count > 0.0);
        terms.map(|count: &f64| count * (count / total).ln()).sum()
    }

    /// The first split against trying every threshold.
    #[test]
    fn the_first_split_is_the_best_of_all_thresholds() {
        for case in 0..50 {
            let mut stream = Streams::new(Seed(1), case).stream("splits");
            let (rows, classes, bins) = (200, 3, 12);
            let mut bytes = |below: usize| -> Vec<u8> {
                (0..rows)
                    .map(|_| (stream.uniform() * below as f64) as u8)
                    .collect()
            };
            let columns = [bytes(bins), bytes(bins)];
            let target: Vec<u8> = columns[1]
                .iter()
                .zip(bytes(4))
                .map(|(bin, noise)| (bin + noise) % 16 / 6)
                .collect();
            let features = [0, 1].map(|column: usize| Feature {
                bins: &columns[column],
                count: bins,
                ordered: true,
            });
            let growth = Growth {
                ordinal: false,
                min_leaf: 20,
                max_depth: 1,
            };
            let mut all: Vec<u32> = (0..rows as u32).collect();
            let logs = XLogX::new(rows);
            let tree = grow(
                &features,
                &target,
                classes,
                &mut all,
                &mut [],
                &growth,
                &logs,
            );
            let Node::Ordered { feature, last, .. } = tree.nodes[0] else {
                panic!("no split");
            };
            let gain = |column: usize, last: u8| {
                let sides = |left: bool| -> Vec<usize> {
                    (0..rows)
                        .filter(|&row| (columns[column][row] <= last) == left)
                        .collect()
                };
                let (left, right) = (sides(true), sides(false));
                (left.len().min(right.len()) >= 20).then(|| {
                    likelihood(&left, &target, classes) + likelihood(&right, &target, classes)
                })
            };
            let found = gain(feature.into(), last).expect("enough people on both sides");
            for column in 0..2 {
                for last in 0..bins as u8 - 1 {
                    let other = gain(column, last).unwrap_or(f64::NEG_INFINITY);
                    assert!(found >= other - 1e-9, "{found} {other}");
                }
            }
        }
    }

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
