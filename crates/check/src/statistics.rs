//! Intervals and tests, exact where there is an exact one.

use population::stream::normal::normal_quantile;

use crate::finding::Interval;

/// The one-sided level at which an attack, or a difference between groups, counts as an alarm: on data that tells nothing, one in a thousand does.
pub const ALARM: f64 = 0.001;

/// So many groups of rows are left out in turn.
pub(crate) const GROUPS: usize = 20;
/// The 97.5 % quantile of Student's t with [`GROUPS`] − 1 degrees of freedom.
pub(crate) const STUDENT_T: f64 = 2.093_024;

/// The two-sided confidence whose lower end is missed with probability [`ALARM`] over as many attempts together.
pub(crate) fn alarm_confidence(attempts: usize) -> f64 {
    1.0 - 2.0 * ALARM / attempts.max(1) as f64
}

/// The 95 % interval of a statistic from its values with each of [`GROUPS`] groups of rows left out: the delete-a-group jackknife
/// (Shao & Tu 1995, "The Jackknife and Bootstrap", section 2.3), cut to `[0, 1]`.
pub(crate) fn jackknife(value: f64, without: &[f64]) -> Interval {
    around(value, jackknife_error(without), 0.0, 1.0)
}

/// Half of the width of that interval.
pub(crate) fn jackknife_error(without: &[f64]) -> f64 {
    let groups = without.len() as f64;
    let mean = without.iter().sum::<f64>() / groups;
    let squares: f64 = without.iter().map(|&one| (one - mean) * (one - mean)).sum();
    STUDENT_T * ((groups - 1.0) / groups * squares).sqrt()
}

/// The interval of so much on either side, cut to `[least, most]`.
pub(crate) fn around(value: f64, error: f64, least: f64, most: f64) -> Interval {
    Interval {
        low: (value - error).clamp(least, most),
        high: (value + error).clamp(least, most),
    }
}

/// The value that Student's t with so many degrees of freedom stays below with probability `p`, above one half.
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    let tail = |t: f64| incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t)) / 2.0;
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if tail(middle) > 1.0 - p {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The probability that Student's t with so many degrees of freedom exceeds `t`.
pub fn student_tail(t: f64, freedom: f64) -> f64 {
    let tail = incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t)) / 2.0;
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// The regularised incomplete beta function, by Lentz's continued fraction (Press et al. 2007, "Numerical Recipes", section 6.4).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
        + a * libm::log(x)
        + b * libm::log1p(-x);
    let tiny = 1e-300;
    let (mut c, mut d) = (1.0, 1.0 - (a + b) * x / (a + 1.0));
    d = 1.0 / if d.abs() < tiny { tiny } else { d };
    let mut sum = d;
    for step in 1..10_000 {
        let m = f64::from(step);
        for term in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 + term * d;
            d = 1.0 / if d.abs() < tiny { tiny } else { d };
            c = 1.0 + term / c;
            c = if c.abs() < tiny { tiny } else { c };
            sum *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-14 {
            break;
        }
    }
    (libm::exp(front) * sum / a).clamp(0.0, 1.0)
}

/// The probability of at least `k` successes out of `n`, each with probability `p`.
pub fn binomial_at_least(k: u64, n: u64, p: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k > n {
        return 0.0;
    }
    incomplete_beta(k as f64, (n - k) as f64 + 1.0, p)
}

/// The one-sided lower bound of Clopper & Pearson (1934) for `k` successes out of `n`, missed with probability `alpha`.
pub(crate) fn lower_bound(k: u64, n: u64, alpha: f64) -> f64 {
    if k == 0 || n == 0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, k as f64 / n as f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if binomial_at_least(k, n, middle) < alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The one-sided upper bound of Clopper & Pearson.
pub(crate) fn upper_bound(k: u64, n: u64, alpha: f64) -> f64 {
    1.0 - lower_bound(n - k.min(n), n, alpha)
}

/// The 95 % interval of Clopper & Pearson.
pub fn exact(k: u64, n: u64) -> Interval {
    Interval {
        low: lower_bound(k, n, 0.025),
        high: upper_bound(k, n, 0.025),
    }
}

/// A rate and the error of its estimate, as `anonymeter` states them: Wilson's score interval (1927).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    pub(crate) value: f64,
    pub(crate) error: f64,
}

impl Rate {
    /// Of `k` successes out of `n`, with an error that holds at a two-sided `confidence`.
    pub(crate) fn wilson(k: f64, n: f64, confidence: f64) -> Self {
        let z = normal_quantile(f64::midpoint(1.0, confidence));
        let all = n + z * z;
        Self {
            value: (k + 0.5 * z * z) / all,
            error: z / all * (k * (n - k) / n + 0.25 * z * z).max(0.0).sqrt(),
        }
    }

    /// How much of what the control attack misses this one finds: the risk of `anonymeter`, with its propagated error. Not cut to `[0, 1]`.
    pub(crate) fn beyond(self, control: Self) -> Self {
        let missed = 1.0 - control.value;
        let by_attack = self.error / missed;
        let by_control = control.error * (self.value - 1.0) / (missed * missed);
        Self {
            value: (self.value - control.value) / missed,
            error: (by_attack * by_attack + by_control * by_control).sqrt(),
        }
    }

    pub(crate) fn interval(self) -> Interval {
        Interval {
            low: (self.value - self.error).clamp(0.0, 1.0),
            high: (self.value + self.error).clamp(0.0, 1.0),
        }
    }
}

/// The 95 % interval of the difference of two independent shares.
pub(crate) fn difference(k1: u64, n1: u64, k2: u64, n2: u64) -> Interval {
    difference_at(0.95, k1, n1, k2, n2)
}

/// The interval of the difference of two independent shares at a two-sided confidence (Newcombe 1998, method 10).
pub(crate) fn difference_at(confidence: f64, k1: u64, n1: u64, k2: u64, n2: u64) -> Interval {
    let score = |k: u64, n: u64| {
        let rate = Rate::wilson(k as f64, n as f64, confidence);
        (
            k as f64 / n as f64,
            rate.value - rate.error,
            rate.value + rate.error,
        )
    };
    let (p1, low1, high1) = score(k1, n1);
    let (p2, low2, high2) = score(k2, n2);
    let between = p1 - p2;
    Interval {
        low: between - libm::hypot(p1 - low1, high2 - p2),
        high: between + libm::hypot(high1 - p1, p2 - low2),
    }
}

/// The area under the curve of scores that should be greater for `ones`, and its standard error (DeLong et al. 1988).
pub(crate) fn area(ones: &[f32], others: &[f32]) -> (f64, f64) {
    let mut sorted_ones = ones.to_vec();
    let mut sorted_others = others.to_vec();
    sorted_ones.sort_unstable_by(f32::total_cmp);
    sorted_others.sort_unstable_by(f32::total_cmp);
    // The share of `among` that is below each, ties counted half.
    let placed = |all: &[f32], among: &[f32]| -> Vec<f64> {
        let (mut below, mut upto) = (0, 0);
        all.iter()
            .map(|one| {
                while below < among.len() && among[below].total_cmp(one).is_lt() {
                    below += 1;
                }
                upto = upto.max(below);
                while upto < among.len() && among[upto].total_cmp(one).is_le() {
                    upto += 1;
                }
                (below + upto) as f64 / (2 * among.len()) as f64
            })
            .collect()
    };
    let spread = |placed: &[f64]| {
        let n = placed.len() as f64;
        let mean = placed.iter().sum::<f64>() / n;
        let squares: f64 = placed.iter().map(|p| (p - mean) * (p - mean)).sum();
        (mean, squares / (n - 1.0).max(1.0) / n)
    };
    let (mean, variance) = spread(&placed(&sorted_ones, &sorted_others));
    let (_, of_others) = spread(&placed(&sorted_others, &sorted_ones));
    (mean, (variance + of_others).sqrt())
}

/// The interval `value ± 1.96 error`, cut to `[0, 1]`.
pub(crate) fn normal(value: f64, error: f64) -> Interval {
    Interval {
        low: (value - 1.959_964 * error).clamp(0.0, 1.0),
        high: (value + 1.959_964 * error).clamp(0.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_intervals_are_those_of_the_tables() {
        // Clopper & Pearson's own example, and the rule of three's exact form.
        let found = exact(8, 10);
        assert!((found.low - 0.443_905).abs() < 1e-5, "{found:?}");
        assert!((found.high - 0.974_789).abs() < 1e-5, "{found:?}");
        let none = exact(0, 100);
        assert!(none.low.abs() < 1e-12);
        assert!(
            (none.high - (1.0 - libm::pow(0.025, 0.01))).abs() < 1e-9,
            "{none:?}"
        );
        assert!((exact(100, 100).low - libm::pow(0.025, 0.01)).abs() < 1e-9);
    }

    #[test]
    fn quantiles_of_students_t_are_those_of_the_tables() {
        for (p, freedom, known) in [
            (0.975, 19.0, STUDENT_T),
            (0.975, 1.0, 12.706_205),
            (0.999, 10.0, 4.143_700),
            (0.975, 1e6, 1.959_966),
        ] {
            let found = student_quantile(p, freedom);
            assert!((found - known).abs() < 1e-5, "{found} {known}");
        }
    }

    #[test]
    fn tails_of_the_binomial_are_those_of_its_terms() {
        let mut choose = 1.0;
        let mut tail = 0.0;
        let (n, p) = (12_u64, 0.3_f64);
        let mut terms = Vec::new();
        for k in 0..=n {
            terms.push(choose * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32));
            choose *= (n - k) as f64 / (k + 1) as f64;
        }
        for k in (0..=n).rev() {
            tail += terms[k as usize];
            assert!((binomial_at_least(k, n, p) - tail).abs() < 1e-12, "{k}");
        }
    }

    #[test]
    fn the_area_counts_pairs_with_ties_as_halves() {
        let ones = [0.1, 0.5, 0.5, 0.9];
        let others = [0.1, 0.4, 0.5];
        let mut pairs = 0.0;
        for one in ones {
            for other in others {
                pairs += if one > other {
                    1.0
                } else if one == other {
                    0.5
                } else {
                    0.0
                };
            }
        }
        assert!((area(&ones, &others).0 - pairs / 12.0).abs() < 1e-12);
    }

    #[test]
    fn anonymeters_rates_and_risks_are_reproduced() {
        // Its success_rate(500, 60, 0.95), success_rate(500, 40, 0.95) and residual_success of the two.
        let close = |found: f64, stated: f64| assert!((found - stated).abs() < 1e-9, "{found}");
        let attack = Rate::wilson(60.0, 500.0, 0.95);
        let control = Rate::wilson(40.0, 500.0, 0.95);
        close(attack.value, 0.122_897_249_375);
        close(attack.error, 0.028_522_349_249);
        close(control.value, 0.083_202_222_994);
        close(control.error, 0.023_904_093_584);
        let risk = attack.beyond(control);
        close(risk.value, 0.043_297_472_329);
        close(risk.error, 0.039_876_244_722);
    }
}
