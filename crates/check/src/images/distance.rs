//! How far two sets of pictures are apart as a whole: Fréchet's distance and the kernel distance.

use rayon::prelude::*;

use super::Sets;
use super::moments::{Moments, frechet};
use super::vectors::Vectors;
use crate::finding::{Direction, Finding, Interval, Number, Standing, Table, Unit, percent};
use crate::statistics::{GROUPS, STUDENT_T, around, jackknife_error};

/// Features beyond which the eigenvalues of Fréchet's distance would take minutes.
const WIDEST: usize = 1_024;
/// A distance of as much of the real pictures' own spread, beyond what fresh pictures have, is still good; of so much, to be looked at.
const NEAR: f64 = 0.01;
const FAR: f64 = 0.05;

/// Points in [`GROUPS`] parts.
fn parts(points: &Vectors) -> Vec<Vectors> {
    let n = points.count();
    (0..GROUPS)
        .map(|group| points.part(group * n / GROUPS, (group + 1) * n / GROUPS))
        .collect()
}

fn standing(low: f64, best: Option<f64>, spread: f64) -> Standing {
    match best {
        None => Standing::Neutral,
        Some(best) => {
            let beyond = (low - best) / spread.max(1e-12);
            if beyond <= NEAR {
                Standing::Good
            } else if beyond <= FAR {
                Standing::Attention
            } else {
                Standing::Bad
            }
        }
    }
}

/// Fréchet's distance, with the interval of a jackknife.
pub(super) fn frechet_distance(sets: &Sets) -> Finding {
    let (id, title) = ("fidelity.frechet", "Fréchet distance");
    let same = sets.same();
    let width = sets.train.width;
    if width > WIDEST {
        return Finding::not_computed(
            id,
            title,
            format!(
                "the feature space has {width} dimensions, and more than {WIDEST} take too long"
            ),
        );
    }
    if same * (GROUPS - 1) / GROUPS <= width {
        return Finding::not_computed(
            id,
            title,
            format!(
                "covariances of {width} features need more than {} pictures in each set, and there are {same}; the kernel distance needs none",
                width * GROUPS / (GROUPS - 1)
            ),
        );
    }
    let origin: Vec<f64> = sets.train.point(0).iter().map(|&x| f64::from(x)).collect();
    let of = |points: &Vectors| -> Vec<Moments> {
        parts(&points.part(0, same))
            .iter()
            .map(|part| Moments::of(part, &origin))
            .collect()
    };
    let real = of(&sets.train);
    let Some(whole) = Moments::total(&real) else {
        return Finding::not_computed(id, title, "there is no picture");
    };
    let between = |made: &[Moments]| -> Option<(f64, Interval)> {
        let other = Moments::total(made)?;
        let value = frechet(&whole, &other);
        let without: Vec<f64> = real
            .par_iter()
            .zip(made)
            .map(|(a, b)| frechet(&whole.without(a), &other.without(b)))
            .collect();
        let error = jackknife_error(&without);
        Some((value, around(value, error, 0.0, f64::INFINITY)))
    };
    let Some((value, interval)) = between(&of(&sets.made)) else {
        return Finding::not_computed(id, title, "there is no picture");
    };
    let best = sets
        .fresh
        .as_ref()
        .and_then(|fresh| between(&of(fresh)))
        .map(|(best, _)| best);
    let spread = whole.spread();
    let number = Number {
        value,
        interval: Some(interval),
        best_reachable: best,
        direction: Direction::Lower,
        unit: Unit::Plain,
        n: same as u64,
    };
    let mut table = Table::of(["", "distance", "of the real pictures' spread"]);
    let mut push = |name: &str, value: f64| {
        table.push([
            name.to_owned(),
            format!("{value:.3}"),
            percent(value / spread),
        ]);
    };
    push("synthetic", value);
    if let Some(best) = best {
        push("fresh", best);
    }
    push("all variances of real pictures together", spread);
    let sentence = format!(
        "Seen as a cloud with a middle and a shape, {same} synthetic pictures are {value:.3} from as many real ones; the whole spread of real ones is {spread:.3}. Few pictures make the distance too large, fresh ones as well. It is measured in {} and says nothing beside published FIDs.",
        sets.space
    );
    Finding::new(id, title, number, sentence)
        .standing(standing(interval.low, best, spread))
        .with("Beside the spread", None, table)
}

/// (x·y / d + 1)³ about the real pictures' middle (Bińkowski et al. 2018, "Demystifying MMD GANs").
fn kernel(a: &[f32], b: &[f32]) -> f64 {
    let dot: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    let inner = f64::from(dot) / a.len() as f64 + 1.0;
    inner * inner * inner
}

/// The squared maximum mean discrepancy of as many points on both sides, unbiased.
fn discrepancy(first: &Vectors, second: &Vectors) -> f64 {
    let n = first.count();
    let mut sum = 0.0;
    for i in 0..n {
        for j in (0..n).filter(|&j| j != i) {
            sum += kernel(first.point(i), first.point(j))
                + kernel(second.point(i), second.point(j))
                - 2.0 * kernel(first.point(i), second.point(j));
        }
    }
    sum / (n * (n - 1)) as f64
}

/// The kernel distance: a mean over blocks, whose spread gives the interval.
pub(super) fn kernel_distance(sets: &Sets) -> Finding {
    let (id, title) = ("fidelity.kernel", "Kernel distance");
    let same = sets.same();
    if same < 5 * GROUPS {
        return Finding::not_computed(
            id,
            title,
            format!(
                "it needs {} pictures in each set, and there are {same}",
                5 * GROUPS
            ),
        );
    }
    let middle = middle(&sets.train.part(0, same));
    let blocks = |points: &Vectors| parts(&about(&points.part(0, same), &middle));
    let real = blocks(&sets.train);
    let between = |made: &Vectors| -> (f64, f64) {
        let values: Vec<f64> = real
            .par_iter()
            .zip(blocks(made))
            .map(|(real, made)| {
                let n = real.count().min(made.count());
                discrepancy(&real.part(0, n), &made.part(0, n))
            })
            .collect();
        let mean = values.iter().sum::<f64>() / GROUPS as f64;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let error = (squares / (GROUPS * (GROUPS - 1)) as f64).sqrt();
        (mean, error)
    };
    let (value, error) = between(&sets.made);
    let best = sets.fresh.as_ref().map(between);
    // How much kernels of pictures with themselves exceed those with others: what would be lost if every picture were the same one.
    let spread = real
        .iter()
        .map(|block| {
            let n = block.count();
            let own: f64 = (0..n).map(|i| kernel(block.point(i), block.point(i))).sum();
            let mut cross = 0.0;
            for i in 0..n {
                for j in (0..n).filter(|&j| j != i) {
                    cross += kernel(block.point(i), block.point(j));
                }
            }
            own / n as f64 - cross / (n * (n - 1)) as f64
        })
        .sum::<f64>()
        / GROUPS as f64;
    let interval = Interval {
        low: value - STUDENT_T * error,
        high: value + STUDENT_T * error,
    };
    let number = Number {
        value,
        interval: Some(interval),
        best_reachable: best.map(|(best, _)| best),
        direction: Direction::Lower,
        unit: Unit::Plain,
        n: same as u64,
    };
    let mut table = Table::of([
        "",
        "distance",
        "standard error",
        "of the real pictures' spread",
    ]);
    let mut push = |name: &str, value: f64, error: f64| {
        table.push([
            name.to_owned(),
            format!("{value:.4}"),
            format!("{error:.4}"),
            percent(value / spread),
        ]);
    };
    push("synthetic", value, error);
    if let Some((best, error)) = best {
        push("fresh", best, error);
    }
    let sentence = format!(
        "By a cubic kernel, without bias by the number of pictures, {same} synthetic pictures are {value:.4} from as many real ones, where 0 is the same; that is {} of the real pictures' own spread. In {}; no KID of a paper.",
        percent(value / spread),
        sets.space
    );
    Finding::new(id, title, number, sentence)
        .standing(standing(
            interval.low,
            best.map(|(best, error)| best.max(0.0) + error),
            spread,
        ))
        .with("Beside the spread", None, table)
}

fn middle(points: &Vectors) -> Vec<f32> {
    let mut sums = vec![0.0_f64; points.width];
    for place in 0..points.count() {
        for (sum, &value) in sums.iter_mut().zip(points.point(place)) {
            *sum += f64::from(value);
        }
    }
    let n = points.count() as f64;
    sums.into_iter().map(|sum| (sum / n) as f32).collect()
}

fn about(points: &Vectors, middle: &[f32]) -> Vectors {
    let values = points.values.iter().enumerate();
    Vectors {
        values: values
            .map(|(at, value)| value - middle[at % points.width])
            .collect(),
        width: points.width,
    }
}
