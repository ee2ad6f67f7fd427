//! Pictures as points of a feature space with Euclid's distance, by brute force.

use rayon::prelude::*;

/// Points, one after the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Vectors {
    pub(super) values: Vec<f32>,
    pub(super) width: usize,
}

/// Numbers that are summed side by side.
const LANES: usize = 16;

impl Vectors {
    pub(super) fn count(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    pub(super) fn point(&self, place: usize) -> &[f32] {
        &self.values[place * self.width..][..self.width]
    }

    /// The points from one place up to another.
    pub(super) fn part(&self, from: usize, to: usize) -> Self {
        let to = to.min(self.count());
        Self {
            values: self.values[from.min(to) * self.width..to * self.width].to_vec(),
            width: self.width,
        }
    }

    /// The squared distance of each point to its `k`-th nearest other one (from 1).
    pub(super) fn reach(&self, k: usize) -> Vec<f32> {
        (0..self.count())
            .into_par_iter()
            .map(|place| {
                let mut best = vec![f32::INFINITY; k];
                for other in (0..self.count()).filter(|&other| other != place) {
                    let distance = squared(self.point(place), self.point(other));
                    if distance < best[k - 1] {
                        let at = best.partition_point(|&near| near <= distance);
                        best[at..].rotate_right(1);
                        best[at] = distance;
                    }
                }
                best[k - 1]
            })
            .collect()
    }

    /// The squared distance of each point to the nearest of others; infinite without others.
    pub(super) fn nearest(&self, others: &Self) -> Vec<f32> {
        (0..self.count())
            .into_par_iter()
            .map(|place| {
                let point = self.point(place);
                (0..others.count())
                    .map(|other| squared(point, others.point(other)))
                    .fold(f32::INFINITY, f32::min)
            })
            .collect()
    }

    /// Balls about these points with squared radii, and other points: how many balls each of the points is in, and whether each ball holds a point.
    pub(super) fn balls(&self, squares: &[f32], points: &Self) -> (Vec<u32>, Vec<bool>) {
        let held: Vec<(u32, Vec<u32>)> = (0..points.count())
            .into_par_iter()
            .map(|place| {
                let point = points.point(place);
                let inside = (0..self.count())
                    .filter(|&ball| squared(point, self.point(ball)) <= squares[ball])
                    .map(|ball| ball as u32);
                let inside: Vec<u32> = inside.collect();
                (inside.len() as u32, inside)
            })
            .collect();
        let mut hit = vec![false; self.count()];
        for &ball in held.iter().flat_map(|(_, inside)| inside) {
            hit[ball as usize] = true;
        }
        (held.into_iter().map(|(count, _)| count).collect(), hit)
    }
}

/// The squared distance of two points of the same width.
pub(super) fn squared(a: &[f32], b: &[f32]) -> f32 {
    let (blocks_a, rest_a) = a.as_chunks::<LANES>();
    let (blocks_b, rest_b) = b.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for lane in 0..LANES {
            let between = x[lane] - y[lane];
            sums[lane] += between * between;
        }
    }
    let mut sum: f32 = sums.iter().sum();
    for (x, y) in rest_a.iter().zip(rest_b) {
        sum += (x - y) * (x - y);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balls_and_neighbours_on_a_line_are_those_of_arithmetic() {
        let line = |values: &[f32]| Vectors {
            values: values.to_vec(),
            width: 1,
        };
        let real = line(&[0.0, 1.0, 3.0, 7.0]);
        assert_eq!(real.reach(1), [1.0, 1.0, 4.0, 16.0]);
        assert_eq!(real.reach(2), [9.0, 4.0, 9.0, 36.0]);
        let made = line(&[0.5, 20.0]);
        let (inside, hit) = real.balls(&real.reach(1), &made);
        assert_eq!(inside, [2, 0]);
        assert_eq!(hit, [true, true, false, false]);
        assert_eq!(made.nearest(&real), [0.25, 169.0]);
    }
}
