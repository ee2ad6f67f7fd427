//! What trees ask, and what the ensemble says.

use boost::{Booster, Feature, Growth, Left, Node, Rows, Tree};
use population::stream::{Seed, Stream, Streams};

/// Columns of bins, and which rows are ones.
struct Made {
    columns: Vec<(Vec<u8>, usize, bool)>,
    is_one: Vec<bool>,
}

impl Made {
    /// Rows whose odds are known: `e^(3a)` of column `a` in [-1, 1), times 4 for odd levels of the second column; the third is noise.
    fn new(rows: usize, stream: &mut Stream) -> Self {
        let mut columns = vec![
            (Vec::new(), 64, true),
            (Vec::new(), 10, false),
            (Vec::new(), 256, true),
        ];
        let mut is_one = Vec::new();
        for _ in 0..rows {
            let bins = [64, 10, 256].map(|count| stream.below(count) as u8);
            let odds = f64::from(truth(&bins)).exp();
            is_one.push(stream.uniform() < odds / (1.0 + odds));
            for ((column, ..), bin) in columns.iter_mut().zip(bins) {
                column.push(bin);
            }
        }
        Self { columns, is_one }
    }

    fn features(&self) -> Vec<Feature<'_>> {
        let columns = self.columns.iter();
        columns
            .map(|(bins, count, ordered)| Feature {
                bins,
                count: *count,
                ordered: *ordered,
            })
            .collect()
    }

    fn rows(&self) -> Vec<u8> {
        (0..self.is_one.len())
            .flat_map(|row| self.columns.iter().map(move |column| column.0[row]))
            .collect()
    }

    fn grown(&self, growth: &Growth, trees: usize) -> (Booster, Vec<f32>) {
        let mut booster = Booster::default();
        let mut scores = vec![0.0; self.is_one.len()];
        let rows = Rows {
            features: &self.features(),
            is_one: &self.is_one,
        };
        booster.grow(&rows, &mut scores, growth, trees, Seed(1));
        (booster, scores)
    }
}

/// The log-odds of a row.
fn truth(bins: &[u8]) -> f32 {
    let a = f32::from(bins[0]) / 32.0 - 1.0;
    3.0 * a + if bins[1] % 2 == 1 { 4.0_f32.ln() } else { 0.0 }
}

/// The node of a tree that a row ends in, as it is written.
fn end(tree: &Tree, bins: &[u8]) -> usize {
    let mut at = 0;
    while let Node::Split { feature, left, to } = tree.0[at] {
        let bin = bins[usize::from(feature)];
        let inside = match left {
            Left::Upto(last) => bin <= last,
            Left::These(bits) => bits[usize::from(bin / 64)] >> (bin % 64) & 1 == 1,
        };
        at = usize::from(to) + usize::from(!inside);
    }
    at
}

#[test]
fn known_odds_are_found() {
    let mut stream = Streams::new(Seed(3), 0).stream("odds");
    let made = Made::new(40_000, &mut stream);
    let growth = Growth {
        rate: 0.1,
        ..Growth::default()
    };
    let (booster, _) = made.grown(&growth, 80);
    let fresh = Made::new(4_000, &mut stream);
    let rows = fresh.rows();
    let mut scores = vec![0.0; fresh.is_one.len()];
    booster.add_scores(&rows, 3, &mut scores);
    let squares: f32 = rows
        .chunks(3)
        .zip(&scores)
        .map(|(row, score)| (score - truth(row)).powi(2))
        .sum();
    let rms = (squares / scores.len() as f32).sqrt();
    // The truth's standard deviation is 1.9.
    assert!(rms < 0.25, "{rms}");
}

#[test]
fn scores_are_the_sum_of_the_leaves_that_a_row_ends_in() {
    let mut stream = Streams::new(Seed(4), 0).stream("scores");
    // No multiple of the rows that go down side by side.
    let made = Made::new(4_099, &mut stream);
    let (booster, scores) = made.grown(&Growth::default(), 12);
    assert_eq!(booster.trees.len(), 12);
    assert!(booster.fits(3));
    for (row, score) in made.rows().chunks(3).zip(scores) {
        let sum = booster
            .trees
            .iter()
            .fold(0.0, |sum, tree| match tree.0[end(tree, row)] {
                Node::Leaf(value) => sum + value,
                Node::Split { .. } => f32::NAN,
            });
        assert_eq!(sum, score);
    }
}

#[test]
fn every_leaf_holds_enough_ones_and_no_tree_is_larger_than_allowed() {
    let mut stream = Streams::new(Seed(5), 0).stream("leaves");
    let made = Made::new(3_000, &mut stream);
    let growth = Growth {
        least: 25,
        leaves: 40,
        depth: 5,
        rows: 1.0,
        ..Growth::default()
    };
    let (booster, _) = made.grown(&growth, 10);
    for tree in &booster.trees {
        let mut ones = vec![0; tree.0.len()];
        for (row, &is_one) in made.rows().chunks(3).zip(&made.is_one) {
            ones[end(tree, row)] += u32::from(is_one);
        }
        let mut leaves = 0;
        for (node, ones) in tree.0.iter().zip(ones) {
            if matches!(node, Node::Leaf(_)) {
                assert!(ones >= 25, "{ones}");
                leaves += 1;
            }
        }
        // 32 is what five questions in a row allow.
        assert!((2..=32).contains(&leaves), "{leaves}");
    }
}

#[test]
fn the_first_question_is_the_one_that_a_search_through_all_finds() {
    for seed in 0..20 {
        let mut stream = Streams::new(Seed(seed), 0).stream("first");
        let made = Made::new(400, &mut stream);
        let growth = Growth {
            leaves: 2,
            least: 30,
            rows: 1.0,
            columns: 1.0,
            ..Growth::default()
        };
        let (booster, _) = made.grown(&growth, 1);
        // At a score of 0 the first derivative of a one is -1/2 and of another 1/2, and the second is 1/4.
        let worth = |left: &dyn Fn(usize) -> bool, more: f64| {
            let (mut sums, mut counted) = ([[0.0; 2]; 2], [0; 2]);
            for (row, &is_one) in made.is_one.iter().enumerate() {
                let side = usize::from(left(row));
                sums[side][0] += if is_one { -0.5 } else { 0.5 };
                sums[side][1] += 0.25;
                counted[side] += u32::from(is_one);
            }
            let both: f64 = sums
                .iter()
                .map(|[first, second]| first * first / (second + growth.l2 + more))
                .sum();
            (counted[0].min(counted[1]) >= 30).then_some(both)
        };
        let mut best = 0.0_f64;
        for (bins, count, ordered) in &made.columns {
            if *ordered {
                for last in 0..*count as u8 {
                    best = best.max(worth(&|row| bins[row] <= last, 0.0).unwrap_or(0.0));
                }
            } else {
                // Every set of levels.
                for set in 0..1_u32 << count {
                    best = best.max(worth(&|row| set >> bins[row] & 1 == 1, 10.0).unwrap_or(0.0));
                }
            }
        }
        let Node::Split { feature, left, .. } = booster.trees[0].0[0] else {
            panic!("no question was asked at seed {seed}");
        };
        let bins = &made.columns[usize::from(feature)].0;
        let found = match left {
            Left::Upto(last) => worth(&|row| bins[row] <= last, 0.0),
            Left::These(bits) => worth(
                &|row| bits[usize::from(bins[row] / 64)] >> (bins[row] % 64) & 1 == 1,
                10.0,
            ),
        };
        let found = found.unwrap_or(0.0);
        // Levels are put in order by means that are smoothed, so the best set may be missed by a little.
        assert!(found > 0.97 * best, "{found} of {best} at seed {seed}");
    }
}

#[test]
fn trees_do_not_depend_on_threads() {
    let mut stream = Streams::new(Seed(6), 0).stream("threads");
    let made = Made::new(30_000, &mut stream);
    let on = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool of threads")
            .install(|| made.grown(&Growth::default(), 5))
    };
    assert_eq!(on(1), on(5));
}

#[test]
fn trees_that_lead_nowhere_do_not_fit() {
    let split = |feature, to| Node::Split {
        feature,
        left: Left::Upto(3),
        to,
    };
    let leaf = Node::Leaf(0.5);
    let fits = |nodes: &[Node]| {
        let trees = vec![Tree(nodes.to_vec())];
        Booster { trees }.fits(2)
    };
    assert!(fits(&[leaf]));
    assert!(fits(&[split(1, 1), leaf, leaf]));
    assert!(!fits(&[]), "no root");
    assert!(!fits(&[split(2, 1), leaf, leaf]), "no such column");
    assert!(!fits(&[split(0, 0), leaf, leaf]), "in circles");
    assert!(!fits(&[split(0, 2), leaf, leaf]), "no right side");
    assert!(!fits(&[Node::Leaf(f32::NAN)]), "no number");
}
