//! The binomial distribution.

/// The probabilities of 0 to `n` successes, each success with probability `p` strictly between 0 and 1; relative error below 10⁻⁹.
pub(super) fn probabilities(n: u32, p: f64, one_minus_p: f64) -> Vec<f64> {
    let count = f64::from(n);
    // From the most likely number outwards: ratios of neighbours are exact, the peak by Stirling's series to its rounding.
    let mode = ((count + 1.0) * p).floor().min(count);
    let log_choose =
        libm::lgamma(count + 1.0) - libm::lgamma(mode + 1.0) - libm::lgamma(count - mode + 1.0);
    let peak =
        libm::exp(log_choose + mode * libm::log(p) + (count - mode) * libm::log(one_minus_p));
    let mode = mode as usize;
    let mut mass = vec![0.0; n as usize + 1];
    mass[mode] = peak;
    for k in mode..n as usize {
        mass[k + 1] = mass[k] * ((count - k as f64) / (k as f64 + 1.0)) * (p / one_minus_p);
    }
    for k in (0..mode).rev() {
        mass[k] = mass[k + 1] * ((k as f64 + 1.0) / (count - k as f64)) * (one_minus_p / p);
    }
    // The peak's error is common to all; their sum is known.
    let total: f64 = mass.iter().sum();
    for probability in &mut mass {
        *probability /= total;
    }
    mass
}

#[cfg(test)]
mod tests {
    use super::probabilities;

    #[test]
    fn probabilities_are_those_of_the_products() {
        for (n, p) in [(1, 0.3), (7, 0.5), (12, 0.999), (20, 1e-6)] {
            let mass = probabilities(n, p, 1.0 - p);
            let mut choose = 1.0;
            for k in 0..=n {
                let exact = choose * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32);
                let found = mass[k as usize];
                assert!(
                    (found / exact - 1.0).abs() < 1e-9,
                    "{n} {p} {k}: {found} {exact}"
                );
                choose *= f64::from(n - k) / f64::from(k + 1);
            }
        }
    }
}
