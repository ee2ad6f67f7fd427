//! How a tree grows: its splits are chosen by some of the people, then all are counted in its leaves.
//!
//! The choosers' bins are copied side by side, so growing costs the same however long the table is. Everybody else goes down the finished tree once, row after row, and is
//! counted where they end. A split that leaves too few people on a side is taken back then, which gives the tree that counting all at every node would: who goes where below a
//! node does not depend on how many there are above.

use super::{
    descent::{ABREAST, Descent, Sets},
    tree::{Feature, MAX_CLASSES, Node, Tree, cumulate, shares},
};

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
    /// How many of the choosers have each class.
    choosing: Vec<u32>,
    /// The split and the number of the right node; the left one is the next.
    split: Option<(Split, usize)>,
}

/// Grows a tree whose splits `choosers` choose, and counts in its leaves all rows that `counts` says yes to.
///
/// `target` is the class of each row of the table (below `classes`); `choosers` are row numbers of rows that count.
pub(crate) fn grow(
    features: &[Feature<'_>],
    target: &[u8],
    classes: usize,
    choosers: &[u32],
    counts: impl Fn(usize) -> bool,
    growth: &Growth,
    logs: &XLogX,
) -> Tree {
    let taken = |all: &[u8]| -> Vec<u8> { choosers.iter().map(|&row| all[row as usize]).collect() };
    let bins: Vec<Vec<u8>> = features
        .iter()
        .map(|feature| match feature.count {
            0 | 1 => Vec::new(),
            _ => taken(feature.bins),
        })
        .collect();
    let near: Vec<Feature<'_>> = features
        .iter()
        .zip(&bins)
        .map(|(feature, bins)| Feature { bins, ..*feature })
        .collect();
    let mut grower = Grower {
        features: &near,
        target: &taken(target),
        classes,
        growth,
        logs,
    };
    let mut drafts = Vec::new();
    let mut rows: Vec<u32> = (0..choosers.len() as u32).collect();
    grower.node(&mut rows, 0, &mut drafts, &mut Scratch::new(classes));
    let all = counted(&drafts, features, target, classes, counts);
    cut_back(&mut drafts, &all, classes, growth.min_leaf);
    finish(&drafts, &all, features, classes)
}

/// For each node how many rows of each class go through it.
fn counted(
    drafts: &[Draft],
    features: &[Feature<'_>],
    target: &[u8],
    classes: usize,
    counts: impl Fn(usize) -> bool,
) -> Vec<u32> {
    /// Rows that are looked through for those that count before they go down.
    const TOGETHER: usize = 1024;
    let (tree, leaves) = laid_out(drafts, features, classes);
    let mut sets = Sets::new();
    let descent = Descent::of(&tree, &mut sets);
    let mut of_leaf = vec![0; leaves.len() * classes];
    let mut some = [0_u32; TOGETHER + ABREAST];
    for start in (0..target.len()).step_by(TOGETHER) {
        let mut found = 0;
        for row in start..target.len().min(start + TOGETHER) {
            some[found] = row as u32;
            found += usize::from(counts(row));
        }
        // The last few go down beside row 0, which is not counted with them.
        some[found..found + ABREAST].fill(0);
        for at in (0..found).step_by(ABREAST) {
            let rows = &some[at..at + ABREAST];
            let ends = descent.leaves(&sets, |place, feature| {
                features[feature].bins[rows[place] as usize]
            });
            for (&row, &leaf) in rows.iter().zip(&ends).take(found - at) {
                of_leaf[leaf as usize * classes + usize::from(target[row as usize])] += 1;
            }
        }
    }
    let mut all = vec![0; drafts.len() * classes];
    for (counts, &at) in of_leaf.chunks(classes).zip(&leaves) {
        all[at * classes..][..classes].copy_from_slice(counts);
    }
    for (at, draft) in drafts.iter().enumerate().rev() {
        if let Some((_, right)) = draft.split {
            for class in 0..classes {
                all[at * classes + class] =
                    all[(at + 1) * classes + class] + all[right * classes + class];
            }
        }
    }
    all
}

/// Takes splits back that leave fewer than `min_leaf` people on a side.
fn cut_back(drafts: &mut [Draft], all: &[u32], classes: usize, min_leaf: usize) {
    let people = |at: usize| -> usize {
        let counts = &all[at * classes..][..classes];
        counts.iter().map(|&count| count as usize).sum()
    };
    for (at, draft) in drafts.iter_mut().enumerate() {
        draft.split = draft
            .split
            .filter(|&(_, right)| people(at + 1).min(people(right)) >= min_leaf);
    }
}

struct Grower<'a> {
    /// Bins of the choosers alone.
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
    /// Grows the node of these choosers and all below it; returns its number.
    fn node(
        &mut self,
        choosers: &mut [u32],
        depth: u32,
        drafts: &mut Vec<Draft>,
        work: &mut Scratch,
    ) -> usize {
        let number = drafts.len();
        let choosing = self.count(choosers);
        let pure = choosing.iter().filter(|&&count| count > 0).count() < 2;
        drafts.push(Draft {
            choosing,
            split: None,
        });
        if pure || depth == self.growth.max_depth || choosers.len() < 2 * self.fewest() as usize {
            return number;
        }
        let Some(split) = self.best(choosers, &drafts[number].choosing, work) else {
            return number;
        };
        let bins = self.features[split.feature].bins;
        let middle = partition(choosers, |row| {
            let bin = bins[row as usize];
            split.left[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1
        });
        let (left, right) = choosers.split_at_mut(middle);
        self.node(left, depth + 1, drafts, work);
        let right = self.node(right, depth + 1, drafts, work);
        drafts[number].split = Some((split, right));
        number
    }

    /// The fewest choosers on a side of a split: half of what a leaf must hold is enough, the others come on top.
    fn fewest(&self) -> u32 {
        (self.growth.min_leaf as u32 / 2).max(1)
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
        let fewest = self.fewest();
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

/// The tree of these nodes, without shares, and the number of the node that each leaf is.
fn laid_out(drafts: &[Draft], features: &[Feature<'_>], classes: usize) -> (Tree, Vec<usize>) {
    let mut tree = Tree {
        nodes: vec![Node::Leaf(0)],
        sets: Vec::new(),
        classes,
        cumulated: Vec::new(),
    };
    let mut leaves = Vec::new();
    let mut open = vec![(0, 0)];
    while let Some((at, node)) = open.pop() {
        let Some((split, right)) = drafts[at].split else {
            tree.nodes[node] = Node::Leaf(leaves.len() as u32);
            leaves.push(at);
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
        open.push((right, left as usize + 1));
        open.push((at + 1, left as usize));
    }
    (tree, leaves)
}

/// The tree, with the shares of its leaves.
fn finish(drafts: &[Draft], all: &[u32], features: &[Feature<'_>], classes: usize) -> Tree {
    let (mut tree, leaves) = laid_out(drafts, features, classes);
    let mut of_node: Vec<Vec<f64>> = vec![Vec::new(); drafts.len()];
    let mut open = vec![(0, vec![1.0 / classes as f64; classes])];
    while let Some((at, above)) = open.pop() {
        let shares = shares(&all[at * classes..][..classes], &above);
        if let Some((_, right)) = drafts[at].split {
            open.push((right, shares.clone()));
            open.push((at + 1, shares));
        } else {
            of_node[at] = shares;
        }
    }
    for at in leaves {
        tree.cumulated.extend(cumulate(&of_node[at]));
    }
    tree
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
            let all: Vec<u32> = (0..rows as u32).collect();
            let logs = XLogX::new(rows);
            let tree = grow(&features, &target, classes, &all, |_| true, &growth, &logs);
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
}
