//! Where a lens polynomial first falls to zero.

/// A polynomial `c[0] + c[1]·s + …` of degree `N − 1`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Polynomial<const N: usize>(pub(super) [f64; N]);

impl<const N: usize> Polynomial<N> {
    pub(super) fn at(&self, s: f64) -> f64 {
        self.0.iter().rev().fold(0.0, |sum, c| sum * s + c)
    }

    /// Whether it is positive on all of `[0, end]`.
    pub(super) fn is_positive_until(&self, end: f64) -> bool {
        // What the negative coefficients take away grows with s, so the end decides; most lenses pass here.
        let taken = self
            .0
            .iter()
            .skip(1)
            .rev()
            .fold(0.0, |sum, c| (sum + c.min(0.0)) * end);
        self.0[0] + taken > 0.0 || self.first_root(end).is_none()
    }

    /// The smallest `s` in `[0, end]` where it is not positive, to fifteen digits; 0 when its coefficients leave the range of numbers.
    ///
    /// In the Bernstein basis a polynomial lies within the hull of its coefficients (Farouki & Rajan 1987), so that whole intervals without a root
    /// are dismissed for certain; the others are halved.
    pub(super) fn first_root(&self, end: f64) -> Option<f64> {
        let mut scaled = self.0;
        let mut power = 1.0;
        for c in &mut scaled {
            *c *= power;
            power *= end;
        }
        let mut bernstein = [0.0; N];
        for (j, b) in bernstein.iter_mut().enumerate() {
            *b = (0..=j)
                .map(|i| binomial(j, i) / binomial(N - 1, i) * scaled[i])
                .sum();
        }
        if bernstein.iter().any(|b| !b.is_finite()) {
            return Some(0.0);
        }
        descend(&bernstein, 0.0, end, 0)
    }
}

fn descend<const N: usize>(b: &[f64; N], low: f64, high: f64, depth: u32) -> Option<f64> {
    const MOST_HALVINGS: u32 = 100;
    if b.iter().all(|c| *c > 0.0) {
        return None;
    }
    if b[0] <= 0.0 || depth == MOST_HALVINGS || high - low <= 1e-15 * high {
        return Some(low);
    }
    // De Casteljau at the middle: the left edge of the triangle, then its right edge.
    let (mut left, mut right) = (*b, *b);
    for level in 1..N {
        for i in 0..N - level {
            right[i] = 0.5 * (right[i] + right[i + 1]);
        }
        left[level] = right[0];
    }
    let middle = 0.5 * (low + high);
    descend(&left, low, middle, depth + 1).or_else(|| descend(&right, middle, high, depth + 1))
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_roots_is_found() {
        // (1 − s)(1 − s/2)(1 − s/3)
        let three = Polynomial([1.0, -11.0 / 6.0, 1.0, -1.0 / 6.0]);
        assert!((three.first_root(10.0).expect("a root") - 1.0).abs() < 1e-12);
        assert!((three.first_root(1e6).expect("a root") - 1.0).abs() < 1e-9);
        assert_eq!(three.first_root(0.999), None);
        assert!(three.is_positive_until(0.999) && !three.is_positive_until(1.001));
    }

    #[test]
    fn a_polynomial_that_touches_zero_counts_and_one_that_nearly_does_is_positive() {
        let touches = Polynomial([1.0, -2.0, 1.0]);
        assert!((touches.first_root(5.0).expect("touches") - 1.0).abs() < 1e-6);
        let nearly = Polynomial([1.0 + 1e-6, -2.0, 1.0]);
        assert_eq!(nearly.first_root(5.0), None);
        assert!(nearly.is_positive_until(5.0));
    }
}
