//! Means and covariances of points, and the Fréchet distance between two normal distributions that have them.

use rayon::prelude::*;

use super::vectors::Vectors;

/// Number, sums and sums of products of points, about a fixed origin.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    n: f64,
    sums: Vec<f64>,
    /// The lower triangle with the diagonal, row after row; zeros above it.
    products: Vec<f64>,
}

impl Moments {
    /// Of points about an origin, which keeps the products small.
    pub(super) fn of(points: &Vectors, origin: &[f64]) -> Self {
        let width = points.width;
        let count = points.count();
        let centred: Vec<f64> = points
            .values
            .iter()
            .enumerate()
            .map(|(at, &value)| f64::from(value) - origin[at % width])
            .collect();
        let mut sums = vec![0.0; width];
        for point in centred.chunks_exact(width) {
            for (sum, value) in sums.iter_mut().zip(point) {
                *sum += value;
            }
        }
        let mut products = vec![0.0; width * width];
        products
            .par_chunks_exact_mut(width)
            .enumerate()
            .for_each(|(row, products)| {
                for point in centred.chunks_exact(width) {
                    let own = point[row];
                    for (sum, value) in products[..=row].iter_mut().zip(point) {
                        *sum += own * value;
                    }
                }
            });
        Self {
            n: count as f64,
            sums,
            products,
        }
    }

    /// These and others together, or without them.
    fn with(&self, others: &Self, sign: f64) -> Self {
        let add = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + sign * b).collect();
        Self {
            n: self.n + sign * others.n,
            sums: add(&self.sums, &others.sums),
            products: add(&self.products, &others.products),
        }
    }

    pub(super) fn without(&self, others: &Self) -> Self {
        self.with(others, -1.0)
    }

    /// All together.
    pub(super) fn total(parts: &[Self]) -> Option<Self> {
        let (first, rest) = parts.split_first()?;
        Some(
            rest.iter()
                .fold(first.clone(), |sum, part| sum.with(part, 1.0)),
        )
    }

    fn width(&self) -> usize {
        self.sums.len()
    }

    fn mean(&self) -> Vec<f64> {
        self.sums.iter().map(|sum| sum / self.n).collect()
    }

    /// The unbiased covariance, both triangles.
    fn covariance(&self) -> Vec<f64> {
        let (width, mean) = (self.width(), self.mean());
        let mut covariance = vec![0.0; width * width];
        for row in 0..width {
            for column in 0..=row {
                let value = (self.products[row * width + column]
                    - self.n * mean[row] * mean[column])
                    / (self.n - 1.0);
                covariance[row * width + column] = value;
                covariance[column * width + row] = value;
            }
        }
        covariance
    }

    /// The sum of the variances.
    pub(super) fn spread(&self) -> f64 {
        let (width, mean) = (self.width(), self.mean());
        (0..width)
            .map(|at| {
                (self.products[at * width + at] - self.n * mean[at] * mean[at]) / (self.n - 1.0)
            })
            .sum()
    }
}

/// |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½): the squared distance of Fréchet (1957), worked out by Dowson & Landau (1982), used on features by Heusel et al. (2017).
///
/// The eigenvalues of Σ₁ Σ₂ are those of Lᵀ Σ₂ L with Σ₁ = L Lᵀ, which is symmetric.
pub(super) fn frechet(first: &Moments, second: &Moments) -> f64 {
    let width = first.width();
    let between: f64 = first
        .mean()
        .iter()
        .zip(second.mean())
        .map(|(a, b)| (a - b) * (a - b))
        .sum();
    let lower = cholesky(first.covariance(), width);
    let other = second.covariance();
    // Lᵀ (Σ₂ L), where L is lower triangular.
    let mut right = vec![0.0; width * width];
    right
        .par_chunks_exact_mut(width)
        .zip(other.par_chunks_exact(width))
        .for_each(|(to, row)| {
            for (k, &value) in row.iter().enumerate() {
                for (sum, part) in to[..=k].iter_mut().zip(&lower[k * width..]) {
                    *sum += value * part;
                }
            }
        });
    let mut product = vec![0.0; width * width];
    product
        .par_chunks_exact_mut(width)
        .enumerate()
        .for_each(|(row, to)| {
            for k in row..width {
                let value = lower[k * width + row];
                for (sum, part) in to.iter_mut().zip(&right[k * width..]) {
                    *sum += value * part;
                }
            }
        });
    let roots: f64 = eigenvalues(product, width)
        .iter()
        .map(|value| value.max(0.0).sqrt())
        .sum();
    between + first.spread() + second.spread() - 2.0 * roots
}

/// The lower triangle L of a positive semidefinite matrix L Lᵀ; directions without variance get zeros.
fn cholesky(mut matrix: Vec<f64>, width: usize) -> Vec<f64> {
    let greatest = (0..width)
        .map(|at| matrix[at * width + at])
        .fold(0.0, f64::max);
    for column in 0..width {
        let (above, below) = matrix.split_at_mut((column + 1) * width);
        let own = &mut above[column * width..];
        let square = own[column] - own[..column].iter().map(|x| x * x).sum::<f64>();
        let root = if square > 1e-12 * greatest {
            square.sqrt()
        } else {
            0.0
        };
        own[column] = root;
        own[column + 1..].fill(0.0);
        let own = &own[..column];
        below.par_chunks_exact_mut(width).for_each(|row| {
            let along: f64 = row[..column].iter().zip(own).map(|(a, b)| a * b).sum();
            row[column] = if root > 0.0 {
                (row[column] - along) / root
            } else {
                0.0
            };
        });
    }
    matrix
}

/// The eigenvalues of a symmetric matrix: Householder's reflections to three diagonals, then QL with implicit shifts (Press et al. 2007, "Numerical Recipes", sections 11.3 and 11.4).
fn eigenvalues(mut matrix: Vec<f64>, width: usize) -> Vec<f64> {
    let mut diagonal = vec![0.0; width];
    let mut beside = vec![0.0; width];
    for row in (1..width).rev() {
        let (above, own) = matrix.split_at_mut(row * width);
        let vector = &mut own[..row];
        let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        diagonal[row] = own[row];
        let vector = &mut own[..row];
        if length == 0.0 {
            continue;
        }
        // The reflection takes the row to a multiple of its last unit vector.
        let sign = if vector[row - 1] > 0.0 {
            -length
        } else {
            length
        };
        beside[row] = sign;
        vector[row - 1] -= sign;
        let half = vector.iter().map(|x| x * x).sum::<f64>() / 2.0;
        if half == 0.0 {
            continue;
        }
        let vector = &*vector;
        let mut image: Vec<f64> = above
            .par_chunks_exact(width)
            .map(|line| {
                let along: f64 = line[..row].iter().zip(vector).map(|(a, b)| a * b).sum();
                along / half
            })
            .collect();
        let along: f64 = image.iter().zip(vector).map(|(a, b)| a * b).sum();
        for (image, x) in image.iter_mut().zip(vector) {
            *image -= along / (2.0 * half) * x;
        }
        above
            .par_chunks_exact_mut(width)
            .enumerate()
            .for_each(|(at, line)| {
                let (x, y) = (vector[at], image[at]);
                for ((value, v), w) in line[..row].iter_mut().zip(vector).zip(&image) {
                    *value -= x * w + y * v;
                }
            });
    }
    if width > 0 {
        diagonal[0] = matrix[0];
    }
    beside.rotate_left(1.min(width));
    for low in 0..width {
        for _ in 0..60 {
            let high = (low..width - 1)
                .find(|&at| {
                    let size = diagonal[at].abs() + diagonal[at + 1].abs();
                    beside[at].abs() <= f64::EPSILON * size
                })
                .unwrap_or(width - 1);
            if high == low {
                break;
            }
            let mut g = (diagonal[low + 1] - diagonal[low]) / (2.0 * beside[low]);
            let r = libm::hypot(g, 1.0);
            g = diagonal[high] - diagonal[low] + beside[low] / (g + r.copysign(g));
            let (mut sine, mut cosine, mut p) = (1.0, 1.0, 0.0);
            let mut split = false;
            for at in (low..high).rev() {
                let f = sine * beside[at];
                let b = cosine * beside[at];
                let r = libm::hypot(f, g);
                beside[at + 1] = r;
                if r == 0.0 {
                    diagonal[at + 1] -= p;
                    beside[high] = 0.0;
                    split = true;
                    break;
                }
                sine = f / r;
                cosine = g / r;
                g = diagonal[at + 1] - p;
                let r = (diagonal[at] - g) * sine + 2.0 * cosine * b;
                p = sine * r;
                diagonal[at + 1] = g + p;
                g = cosine * r - b;
            }
            if split {
                continue;
            }
            diagonal[low] -= p;
            beside[low] = g;
            beside[high] = 0.0;
        }
    }
    diagonal
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    #[test]
    fn eigenvalues_keep_the_trace_and_the_sum_of_squares_and_find_what_is_known() {
        // The second difference on n points has 2 − 2 cos(k π / (n + 1)).
        let n = 12;
        let mut matrix = vec![0.0; n * n];
        for at in 0..n {
            matrix[at * n + at] = 2.0;
            if at > 0 {
                matrix[at * n + at - 1] = -1.0;
                matrix[(at - 1) * n + at] = -1.0;
            }
        }
        let mut found = eigenvalues(matrix, n);
        found.sort_by(f64::total_cmp);
        for (k, value) in found.iter().enumerate() {
            let known = 2.0 - 2.0 * libm::cos((k + 1) as f64 * std::f64::consts::PI / 13.0);
            assert!((value - known).abs() < 1e-10, "{value} {known}");
        }
        let mut stream = Streams::new(Seed(2), 0).stream("matrix");
        let n = 30;
        let mut matrix = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..=row {
                let value = stream.normal();
                matrix[row * n + column] = value;
                matrix[column * n + row] = value;
            }
        }
        let trace: f64 = (0..n).map(|at| matrix[at * n + at]).sum();
        let squares: f64 = matrix.iter().map(|x| x * x).sum();
        let found = eigenvalues(matrix, n);
        assert!((found.iter().sum::<f64>() - trace).abs() < 1e-9);
        assert!((found.iter().map(|x| x * x).sum::<f64>() - squares).abs() < 1e-8);
        assert_eq!(eigenvalues(vec![3.0], 1), [3.0]);
    }

    #[test]
    fn the_distance_of_normal_distributions_along_axes_is_that_of_means_and_deviations() {
        // Points at mean ± deviation along each axis, so that moments are known.
        let cross = |means: [f32; 3], deviations: [f32; 3]| {
            let mut values = Vec::new();
            for corner in 0..8 {
                for axis in 0..3 {
                    let sign = if corner >> axis & 1 == 1 { 1.0 } else { -1.0 };
                    values.push(means[axis] + sign * deviations[axis]);
                }
            }
            Moments::of(&Vectors { values, width: 3 }, &[0.5; 3])
        };
        let found = frechet(
            &cross([0.0, 1.0, 2.0], [1.0, 2.0, 0.0]),
            &cross([1.0, 1.0, 0.0], [3.0, 2.0, 0.0]),
        );
        // |μ| 1 + 4; deviations 1 and 3, whose unbiased variances are 8/7 of the squares.
        assert!((found - (5.0 + 4.0 * 8.0 / 7.0)).abs() < 1e-9, "{found}");
    }

    #[test]
    fn a_rotation_of_both_changes_nothing_and_parts_can_be_taken_out() {
        let mut stream = Streams::new(Seed(4), 0).stream("points");
        let points = |stream: &mut population::stream::Stream, stretch: f64| Vectors {
            values: (0..400)
                .flat_map(|_| {
                    let (a, b) = (stream.normal() * stretch, stream.normal());
                    [a as f32, b as f32]
                })
                .collect(),
            width: 2,
        };
        let (one, other) = (points(&mut stream, 3.0), points(&mut stream, 1.0));
        let turned = |points: &Vectors| Vectors {
            values: points
                .values
                .as_chunks::<2>()
                .0
                .iter()
                .flat_map(|[x, y]| [0.6 * x - 0.8 * y, 0.8 * x + 0.6 * y])
                .collect(),
            width: 2,
        };
        let of = |points: &Vectors| Moments::of(points, &[0.0, 0.0]);
        let (plain, rotated) = (
            frechet(&of(&one), &of(&other)),
            frechet(&of(&turned(&one)), &of(&turned(&other))),
        );
        assert!((plain - rotated).abs() < 1e-4, "{plain} {rotated}");
        // sd 3 and 1 along one axis: about 4.
        assert!((plain - 4.0).abs() < 0.8, "{plain}");
        let part = of(&one.part(0, 100));
        let rest = of(&one).without(&part);
        let direct = of(&one.part(100, 400));
        assert!((frechet(&rest, &of(&other)) - frechet(&direct, &of(&other))).abs() < 1e-9);
    }
}
