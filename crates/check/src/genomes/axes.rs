//! Haplotypes along the main axes of the training ones: principal components of alleles about their frequencies, as Yelmen et al. (2021) look at theirs.
//!
//! Axes are found by orthogonal iteration (Golub & Van Loan 2013, section 8.2.4) on the products of haplotypes with one another, of which there are fewer than of sites with one another where sites are many.

use population::stream::{Seed, Streams};
use rayon::prelude::*;

use super::Sets;
use super::counts::groups;
use super::distances::far;
use super::haplotypes::Haplotypes;
use crate::fidelity::embedding;
use crate::finding::{Direction, Finding, Number, Table, Unit, percent};
use crate::statistics::{GROUPS, around, jackknife_error};

/// Training haplotypes that axes are found on, at most.
const HAPLOTYPES: usize = 2_000;
/// Axes that are told of.
const AXES: usize = 6;
/// Axes that are iterated: some more, since the last ones settle last.
const WIDTH: usize = 8;
const ITERATIONS: usize = 60;
/// Directions of the plane in which distances are averaged.
const DIRECTIONS: usize = 32;

/// Where haplotypes are along each axis.
type Places = Vec<[f64; AXES]>;

/// Axes as weights of sites, and the share of the variance that each has.
struct Axes {
    weights: Vec<[f64; AXES]>,
    shares: [f64; AXES],
}

/// Makes columns orthonormal, one after the other (modified Gram–Schmidt); returns the length that each had left.
fn orthonormal(columns: &mut [[f64; WIDTH]]) -> [f64; WIDTH] {
    let mut lengths = [0.0; WIDTH];
    for axis in 0..WIDTH {
        for before in 0..axis {
            let along: f64 = columns.iter().map(|row| row[axis] * row[before]).sum();
            for row in columns.iter_mut() {
                row[axis] -= along * row[before];
            }
        }
        let length = columns
            .iter()
            .map(|row| row[axis] * row[axis])
            .sum::<f64>()
            .sqrt();
        lengths[axis] = length;
        for row in columns.iter_mut() {
            row[axis] = if length > 1e-9 {
                row[axis] / length
            } else {
                0.0
            };
        }
    }
    lengths
}

impl Axes {
    fn of(train: &Haplotypes, seed: Seed) -> Self {
        let train = train.first(HAPLOTYPES);
        let n = train.count;
        let sizes: Vec<f64> = (0..n)
            .map(|at| {
                train
                    .bits(at)
                    .iter()
                    .map(|word| word.count_ones())
                    .sum::<u32>()
                    .into()
            })
            .collect();
        // Of alleles the product is what both have: half of what each has less what differs.
        let mut products: Vec<f64> = (0..n)
            .into_par_iter()
            .flat_map_iter(|a| {
                let (train, sizes) = (&train, &sizes);
                (0..n).map(move |b| {
                    (sizes[a] + sizes[b] - f64::from(train.distance(a, train, b))) / 2.0
                })
            })
            .collect();
        // About their means, so that frequencies are taken out.
        let means: Vec<f64> = products
            .chunks_exact(n)
            .map(|row| row.iter().sum::<f64>() / n as f64)
            .collect();
        let mean = means.iter().sum::<f64>() / n as f64;
        for (a, row) in products.chunks_exact_mut(n).enumerate() {
            for (b, product) in row.iter_mut().enumerate() {
                *product += mean - means[a] - means[b];
            }
        }
        let whole: f64 = (0..n).map(|at| products[at * n + at]).sum();
        let mut stream = Streams::new(seed, 0).stream("check/genomes/axes");
        let mut columns: Vec<[f64; WIDTH]> = (0..n)
            .map(|_| std::array::from_fn(|_| stream.normal()))
            .collect();
        orthonormal(&mut columns);
        let mut lengths = [0.0; WIDTH];
        for _ in 0..ITERATIONS {
            columns = products
                .par_chunks_exact(n)
                .map(|row| {
                    let mut sums = [0.0; WIDTH];
                    for (product, column) in row.iter().zip(&columns) {
                        for (sum, value) in sums.iter_mut().zip(column) {
                            *sum += product * value;
                        }
                    }
                    sums
                })
                .collect();
            lengths = orthonormal(&mut columns);
        }
        let mut weights = vec![[0.0; AXES]; train.sites];
        for (haplotype, column) in columns.iter().enumerate() {
            for (site, weights) in weights.iter_mut().enumerate() {
                if train.allele(haplotype, site) {
                    for (weight, value) in weights.iter_mut().zip(column) {
                        *weight += value;
                    }
                }
            }
        }
        for axis in 0..AXES {
            let length = weights
                .iter()
                .map(|row| row[axis] * row[axis])
                .sum::<f64>()
                .sqrt();
            // An axis and its opposite are the same; the largest weight is positive.
            let largest = weights
                .iter()
                .map(|row| row[axis])
                .fold(0.0, |largest: f64, weight| {
                    if weight.abs() > largest.abs() {
                        weight
                    } else {
                        largest
                    }
                });
            for row in &mut weights {
                row[axis] *= if length > 1e-9 {
                    largest.signum() / length
                } else {
                    0.0
                };
            }
        }
        Self {
            weights,
            shares: std::array::from_fn(|axis| lengths[axis] / whole.max(1e-12)),
        }
    }

    fn place(&self, of: &Haplotypes) -> Places {
        (0..of.count)
            .into_par_iter()
            .map(|haplotype| {
                let mut sums = [0.0; AXES];
                for (site, weights) in self.weights.iter().enumerate() {
                    if of.allele(haplotype, site) {
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum += weight;
                        }
                    }
                }
                sums
            })
            .collect()
    }
}

/// Wasserstein's distance of order one between two samples, sorted.
fn moved(a: &[f64], b: &[f64]) -> f64 {
    let (mut i, mut j) = (0, 0);
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut at, mut sum) = (0.0, 0.0);
    while i < a.len() && j < b.len() {
        let (next_a, next_b) = ((i + 1) as f64 / n, (j + 1) as f64 / m);
        let next = next_a.min(next_b);
        sum += (next - at) * (a[i] - b[j]).abs();
        at = next;
        i += usize::from(next_a <= next);
        j += usize::from(next_b <= next);
    }
    sum
}

/// Values of one group left out, sorted.
fn sorted(values: &[f64], left_out: (usize, usize)) -> Vec<f64> {
    let mut kept = [&values[..left_out.0], &values[left_out.1..]].concat();
    kept.sort_unstable_by(f64::total_cmp);
    kept
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    (squares / n).sqrt()
}

/// How far samples are apart along a direction, in standard deviations of the first.
fn apart(a: &[f64], b: &[f64], left_out: [(usize, usize); 2]) -> f64 {
    let spread = deviation(a);
    if spread > 0.0 {
        moved(&sorted(a, left_out[0]), &sorted(b, left_out[1])) / spread
    } else {
        0.0
    }
}

/// The overlap of both densities on the first two axes, and how far they are apart there.
pub(super) fn findings(sets: &Sets<Haplotypes>, seed: Seed) -> [Finding; 2] {
    let axes = Axes::of(&sets.train, seed);
    let places = sets.map(|set| axes.place(set));
    let parts = sets.map(groups);
    let plane = |places: &Places| -> Vec<[f64; 2]> {
        places.iter().map(|place| [place[0], place[1]]).collect()
    };
    let planes = places.map(plane);
    let overlap = embedding::overlap(
        &planes.train,
        &planes.made,
        planes.fresh.as_deref(),
        [axes.shares[0], axes.shares[1]],
    );
    let turned = |points: &[[f64; 2]], angle: f64| -> Vec<f64> {
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        points.iter().map(|[x, y]| x * cos + y * sin).collect()
    };
    // Of the synthetic or the fresh set, all of it or without one group.
    let sliced = |other: &[[f64; 2]], cuts: &[(usize, usize); GROUPS], group: Option<usize>| {
        let sum: f64 = (0..DIRECTIONS)
            .map(|step| {
                let angle = std::f64::consts::PI * step as f64 / DIRECTIONS as f64;
                let left_out = group.map_or([(0, 0); 2], |g| [parts.train[g], cuts[g]]);
                apart(
                    &turned(&planes.train, angle),
                    &turned(other, angle),
                    left_out,
                )
            })
            .sum();
        sum / DIRECTIONS as f64
    };
    let value = sliced(&planes.made, &parts.made, None);
    let leave_out: Vec<f64> = (0..GROUPS)
        .into_par_iter()
        .map(|group| sliced(&planes.made, &parts.made, Some(group)))
        .collect();
    let fresh = planes.fresh.as_ref().zip(parts.fresh.as_ref());
    let number = Number {
        value,
        interval: Some(around(
            value,
            jackknife_error(&leave_out),
            0.0,
            f64::INFINITY,
        )),
        best_reachable: fresh.map(|(fresh, cuts)| sliced(fresh, cuts, None)),
        direction: Direction::Lower,
        unit: Unit::Plain,
        n: sets.made.count as u64,
    };
    let mut table = Table::of([
        "axis",
        "share of the variance",
        "synthetic ones apart by",
        "fresh ones apart by",
        "their spread beside that of training ones, synthetic",
        "and fresh",
    ]);
    let along = |places: &Places, axis: usize| -> Vec<f64> {
        places.iter().map(|place| place[axis]).collect()
    };
    for axis in 0..AXES {
        let real = along(&places.train, axis);
        let spread = deviation(&real);
        if spread <= 0.0 {
            break;
        }
        let cells = |other: &Places| {
            let other = along(other, axis);
            (
                format!("{:.3}", apart(&real, &other, [(0, 0); 2])),
                format!("{:.3}", deviation(&other) / spread),
            )
        };
        let made = cells(&places.made);
        let fresh = places
            .fresh
            .as_ref()
            .map_or_else(|| ("–".to_owned(), "–".to_owned()), cells);
        table.push([
            format!("PC{}", axis + 1),
            percent(axes.shares[axis]),
            made.0,
            fresh.0,
            made.1,
            fresh.1,
        ]);
    }
    let finding = Finding::new(
        "fidelity.axes",
        "Distance along the main axes",
        number,
        format!(
            "In the plane of the first two principal components of the training haplotypes (PC1 with {} of their variance, PC2 with {}) synthetic ones would have to be moved by {value:.3} standard deviations on average to be alike (sliced Wasserstein, {DIRECTIONS} directions).",
            percent(axes.shares[0]),
            percent(axes.shares[1])
        ),
    )
    .standing(far(&number))
    .with("Axis by axis, in standard deviations of training haplotypes", None, table);
    [overlap, finding]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_groups_and_a_subgroup_lie_along_the_first_two_axes() {
        // 60 sites part all haplotypes in halves, 20 further ones one half in halves; a little noise on 40 more.
        let mut stream = Streams::new(Seed(2), 0).stream("test");
        let alleles: Vec<Vec<bool>> = (0..200)
            .map(|at| {
                let mut row = vec![at % 2 == 0; 60];
                row.extend(vec![at % 2 == 0 && at % 4 == 0; 20]);
                row.extend((0..40).map(|_| stream.uniform() < 0.05));
                row
            })
            .collect();
        let set = Haplotypes::of_alleles(&alleles);
        let axes = Axes::of(&set, Seed(0));
        let places = axes.place(&set);
        let between = |axis: usize, of: &dyn Fn(usize) -> bool| {
            let mean = |which: bool| {
                let own = (0..200).filter(|at| of(*at) == which);
                let values: Vec<f64> = own.map(|at| places[at][axis]).collect();
                values.iter().sum::<f64>() / values.len() as f64
            };
            (mean(true) - mean(false)).abs()
        };
        // √60 along the first axis is all that parts the halves, but for the subgroup's share of it.
        let halves = between(0, &|at| at % 2 == 0);
        assert!(halves > 7.7 && halves < 8.5, "{halves}");
        let quarters = |at: usize| places[at][1];
        let gap = (0..200).step_by(4).map(quarters).sum::<f64>() / 50.0
            - (2..200).step_by(4).map(quarters).sum::<f64>() / 50.0;
        assert!(gap.abs() > 4.0, "{gap}");
        let whole = 60.0 * 0.25 + 20.0 * 0.1875 + 40.0 * 0.0475;
        assert!(
            (axes.shares[0] - 16.2 / whole).abs() < 0.05,
            "{:?}",
            axes.shares
        );
        assert!(
            axes.shares[1] < 0.25 && axes.shares[2] < 0.05,
            "{:?}",
            axes.shares
        );
    }

    #[test]
    fn samples_of_other_sizes_are_moved_as_far_as_their_quantiles_are_apart() {
        assert!((moved(&[0.0, 1.0], &[2.0, 3.0]) - 2.0).abs() < 1e-12);
        assert!((moved(&[0.0], &[1.0, 3.0]) - 2.0).abs() < 1e-12);
        assert!((moved(&[0.0, 3.0, 3.0], &[0.0, 3.0]) - 0.5).abs() < 1e-12);
    }
}
