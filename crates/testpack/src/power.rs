//! How many samples a claim needs.

use check::student_quantile;

/// The most samples that a cell may have.
pub const MOST: u64 = 1_000_000;

/// The fewest pairs with which two one-sided t tests (Schuirmann 1987) at level `alpha` show, with probability `power`, that a mean difference is within `margin`, where it is 0 in truth and differences have
/// the standard deviation `spread`: n ≥ ((t(1−α) + t(1−β/2)) · spread / margin)² (Chow, Shao & Wang 2008, section 3.2, with quantiles of Student's t). None beyond a million.
pub fn pairs(margin: f64, spread: f64, alpha: f64, power: f64) -> Option<u64> {
    least(|n| {
        let freedom = n as f64 - 1.0;
        let t = student_quantile(1.0 - alpha, freedom)
            + student_quantile(1.0 - (1.0 - power) / 2.0, freedom);
        n as f64 >= (t * spread / margin) * (t * spread / margin)
    })
}

/// The fewest pairs with which a t test at level `alpha` shows, with probability `power`, that a mean difference of `effect` lies beyond `margin`.
pub fn pairs_to_detect(
    effect: f64,
    margin: f64,
    spread: f64,
    alpha: f64,
    power: f64,
) -> Option<u64> {
    let beyond = effect - margin;
    least(|n| {
        let freedom = n as f64 - 1.0;
        let t = student_quantile(1.0 - alpha, freedom) + student_quantile(power, freedom);
        n as f64 >= (t * spread / beyond) * (t * spread / beyond)
    })
}

/// The fewest pictures with which the exact binomial test at level `alpha` shows, with probability `power`, that a share of errors lies below `most`, where it is `expected` in truth.
pub fn pictures(most: f64, expected: f64, alpha: f64, power: f64) -> Option<u64> {
    // Power rises and falls with n as whole errors are allowed; from the first n on that has it, the next hundred must have it, too, or the last of them that has not is stepped over.
    let enough = |n: u64| match allowed(n, most, alpha) {
        None => false,
        Some(errors) => binomial_at_most(errors, n, expected) >= power,
    };
    let first = least(enough)?;
    (first..first + 200)
        .find(|&n| (n..n + 50).all(enough))
        .or(Some(first + 200))
}

/// The most errors of `n` with which a share of at least `most` is refuted at level `alpha`; none where not even 0 do.
pub fn allowed(n: u64, most: f64, alpha: f64) -> Option<u64> {
    let fits = |errors: u64| binomial_at_most(errors, n, most) <= alpha;
    if !fits(0) {
        return None;
    }
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if fits(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Some(low)
}

/// The probability of at most `k` of `n`, each with probability `p`.
pub fn binomial_at_most(k: u64, n: u64, p: f64) -> f64 {
    1.0 - check::binomial_at_least(k + 1, n, p)
}

/// The least n from 8 on that is enough, where more are enough, too.
fn least(enough: impl Fn(u64) -> bool) -> Option<u64> {
    let mut high = 8;
    while !enough(high) {
        high *= 2;
        if high > MOST {
            return None;
        }
    }
    let mut low = if high == 8 { 8 } else { high / 2 };
    while low < high {
        let middle = u64::midpoint(low, high);
        if enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_textbook() {
        // With normal quantiles: ((1.645 + 1.282) · 1 / 0.2)² = 214 for a power of 0.8; Student's adds one or two.
        let n = pairs(0.2, 1.0, 0.05, 0.8).unwrap();
        assert!((214..=217).contains(&n), "{n}");
        // One-sided 5 %, power 0.8, half a deviation: (1.645 + 0.842)² / 0.25 = 24.7.
        let n = pairs_to_detect(0.5, 0.0, 1.0, 0.05, 0.8).unwrap();
        assert!((25..=28).contains(&n), "{n}");
        // The rule of three: without an error 59 samples refute 5 % at a level of 5 %.
        assert_eq!(allowed(58, 0.05, 0.05), None);
        assert_eq!(allowed(59, 0.05, 0.05), Some(0));
        assert_eq!(pairs(1e-9, 1.0, 0.05, 0.8), None);
    }

    #[test]
    fn so_many_pictures_have_the_power_that_is_claimed() {
        for (most, expected, alpha, power) in [(0.1, 0.02, 0.05, 0.9), (0.05, 0.01, 0.01, 0.8)] {
            let n = pictures(most, expected, alpha, power).unwrap();
            let errors = allowed(n, most, alpha).unwrap();
            assert!(binomial_at_most(errors, n, expected) >= power);
            assert!(binomial_at_most(errors, n, most) <= alpha);
        }
    }
}
