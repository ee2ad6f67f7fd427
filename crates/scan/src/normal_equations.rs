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

    /// The right side at an unknown: the direction in which the sum of squares falls.
    pub(crate) fn slope(&self, unknown: usize) -> f64 {
        self.right[unknown]
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
}
