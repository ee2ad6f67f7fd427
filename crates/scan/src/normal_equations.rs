//! Least squares of a few hundred unknowns: sparse rows into a dense symmetric matrix, solved by Cholesky's method.

/// `JᵀWJ` (lower triangle) and `JᵀWr` of weighted rows.
#[derive(Debug, Clone)]
pub(crate) struct NormalEquations {
    unknowns: usize,
    matrix: Vec<f64>,
    right: Vec<f64>,
}

impl NormalEquations {
    pub(crate) fn new(unknowns: usize) -> Self {
        Self {
            unknowns,
            matrix: vec![0.0; unknowns * unknowns],
            right: vec![0.0; unknowns],
        }
    }

    /// Adds a row: `row · x ≈ value`, columns in rising order.
    pub(crate) fn add(&mut self, row: &[(u32, f32)], value: f32, weight: f32) {
        let value = f64::from(value);
        for (place, &(i, a)) in row.iter().enumerate() {
            let scaled = f64::from(a) * f64::from(weight);
            let i = i as usize;
            self.right[i] += scaled * value;
            let line = &mut self.matrix[i * self.unknowns..(i + 1) * self.unknowns];
            for &(j, b) in &row[..=place] {
                line[j as usize] += scaled * f64::from(b);
            }
        }
    }

    /// Adds `x[unknown] ≈ value`.
    pub(crate) fn add_single(&mut self, unknown: usize, value: f64, weight: f64) {
        self.matrix[unknown * self.unknowns + unknown] += weight;
        self.right[unknown] += weight * value;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (a, b) in self.matrix.iter_mut().zip(&other.matrix) {
            *a += b;
        }
        for (a, b) in self.right.iter_mut().zip(&other.right) {
            *a += b;
        }
    }

    /// Makes each unknown hold on to where it is by that share of its own weight (Levenberg 1944, Marquardt 1963).
    pub(crate) fn damped(&self, share: f64) -> Self {
        let mut damped = self.clone();
        for i in 0..self.unknowns {
            damped.matrix[i * self.unknowns + i] *= 1.0 + share;
        }
        damped
    }

    /// Solves for the unknowns that are `free`, none of them outside its range, which holds 0: what would leave it goes to its end, and the others
    /// make up for it. `None` where the matrix is not positive definite.
    pub(crate) fn solve_within(&self, free: &[bool], ranges: &[(f64, f64)]) -> Option<Vec<f64>> {
        let mut free = free.to_vec();
        let mut ends = vec![0.0_f64; self.unknowns];
        for _ in 0..12 {
            let mut rest = self.clone();
            for (j, &end) in ends.iter().enumerate().filter(|(_, end)| **end != 0.0) {
                for (i, right) in rest.right.iter_mut().enumerate() {
                    let (high, low) = (i.max(j), i.min(j));
                    *right -= self.matrix[high * self.unknowns + low] * end;
                }
            }
            let mut x = rest.solve(&free)?;
            let mut inside = true;
            for i in 0..self.unknowns {
                let (low, high) = ranges[i];
                if free[i] && !(low..=high).contains(&x[i]) {
                    ends[i] = x[i].clamp(low, high);
                    free[i] = false;
                    inside = false;
                }
            }
            if inside {
                for (x, end) in x.iter_mut().zip(&ends) {
                    *x += end;
                }
                return Some(x);
            }
        }
        let x = ends;
        Some(x)
    }

    /// Solves for the unknowns that are `free`; the others are 0. `None` where the matrix is not positive definite.
    pub(crate) fn solve(&self, free: &[bool]) -> Option<Vec<f64>> {
        let list: Vec<usize> = (0..self.unknowns).filter(|&i| free[i]).collect();
        let n = list.len();
        let mut l = vec![0.0_f64; n * n];
        for (i, &from_i) in list.iter().enumerate() {
            for (j, &from_j) in list[..=i].iter().enumerate() {
                l[i * n + j] = self.matrix[from_i * self.unknowns + from_j];
            }
        }
        for i in 0..n {
            let (done, rest) = l.split_at_mut(i * n);
            let line = &mut rest[..n];
            for j in 0..i {
                let other = &done[j * n..(j + 1) * n];
                let dot: f64 = line[..j].iter().zip(&other[..j]).map(|(a, b)| a * b).sum();
                line[j] = (line[j] - dot) / other[j];
            }
            let square: f64 = line[..i].iter().map(|a| a * a).sum();
            let pivot = line[i] - square;
            if !(pivot > 0.0 && pivot.is_finite()) {
                return None;
            }
            line[i] = pivot.sqrt();
        }
        let mut x: Vec<f64> = list.iter().map(|&i| self.right[i]).collect();
        for i in 0..n {
            let dot: f64 = (0..i).map(|j| l[i * n + j] * x[j]).sum();
            x[i] = (x[i] - dot) / l[i * n + i];
        }
        for i in (0..n).rev() {
            let dot: f64 = (i + 1..n).map(|j| l[j * n + i] * x[j]).sum();
            x[i] = (x[i] - dot) / l[i * n + i];
        }
        let mut out = vec![0.0; self.unknowns];
        for (&i, value) in list.iter().zip(x) {
            out[i] = value;
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_give_back_the_unknowns_they_were_made_from() {
        let truth = [1.5, -2.0, 0.25, 7.0];
        let mut equations = NormalEquations::new(4);
        for k in 0..20_u16 {
            let t = f32::from(k);
            let row = [(0, (t * 0.7).sin()), (2, 1.0), (3, (t * 0.31).cos())];
            let value: f64 = row
                .iter()
                .map(|&(i, a)| truth[i as usize] * f64::from(a))
                .sum();
            equations.add(&row, value as f32, 1.0 + t);
        }
        equations.add_single(1, -2.0, 3.0);
        let x = equations.solve(&[true; 4]).expect("definite");
        for (x, t) in x.iter().zip(truth) {
            assert!((x - t).abs() < 1e-4, "{x} for {t}");
        }
        let x = equations
            .solve(&[true, false, true, true])
            .expect("definite");
        assert_eq!(x[1], 0.0);
    }

    #[test]
    fn unknowns_nobody_speaks_of_are_refused() {
        let mut equations = NormalEquations::new(2);
        equations.add(&[(0, 1.0)], 1.0, 1.0);
        assert!(equations.solve(&[true, true]).is_none());
        assert!(equations.solve(&[true, false]).is_some());
    }

    #[test]
    fn what_would_leave_its_range_stops_at_its_end_and_the_others_make_up_for_it() {
        // x + y = 3 strongly, x = 2 and y = 1 weakly; y may only reach ½.
        let mut equations = NormalEquations::new(2);
        equations.add(&[(0, 1.0), (1, 1.0)], 3.0, 100.0);
        equations.add_single(0, 2.0, 1.0);
        equations.add_single(1, 1.0, 1.0);
        let free = equations.solve_within(&[true, true], &[(-9.0, 9.0); 2]);
        let free = free.expect("sound");
        assert!((free[0] - 2.0).abs() < 1e-9 && (free[1] - 1.0).abs() < 1e-9);
        let held = equations.solve_within(&[true, true], &[(-9.0, 9.0), (0.0, 0.5)]);
        let held = held.expect("sound");
        // Least squares in x alone: 100 (x − 2.5) + (x − 2) = 0.
        assert_eq!(held[1], 0.5);
        assert!((held[0] - 252.0 / 101.0).abs() < 1e-9, "{held:?}");
    }

    #[test]
    fn damping_shortens_a_step_and_never_turns_it_round() {
        let mut equations = NormalEquations::new(2);
        equations.add(&[(0, 1.0), (1, 0.5)], 2.0, 3.0);
        equations.add_single(0, 0.0, 0.1);
        equations.add_single(1, 0.0, 0.1);
        let length = |share| {
            let x = equations.damped(share).solve(&[true; 2]).expect("sound");
            assert!(x.iter().all(|x| *x > 0.0));
            x[0].hypot(x[1])
        };
        assert!(length(0.0) > 2.0 * length(10.0));
        assert!(length(1e9) < 1e-6);
    }
}
