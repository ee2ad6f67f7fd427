//! Pearson's χ² for samplers of directions: do samples follow the density that the sampler claims?
//!
//! Null hypothesis: they do. Bins are equal in cosine and azimuth; expected counts come from the density by quadrature; bins that expect fewer than five
//! are pooled, and what the density lacks to 1 (samples that are refused) makes a bin of its own. The p-value is exact (incomplete gamma
//! function). With 100,000 samples in 600 bins a density that is
//! 6 % off on either half of the sphere is found nearly always (see the tests below).
use crate::sampling::Dice;
use glam::Vec3A;
use std::f64::consts::{PI, TAU};

const COSINES: usize = 20;
const AZIMUTHS: usize = 30;
/// Quadrature points per bin and direction.
const FINE: usize = 12;

/// Independent uniform numbers.
pub(crate) struct Uniforms(Dice);

impl Uniforms {
    pub(crate) fn new(seed: u32) -> Self {
        Self(Dice::new(seed))
    }

    pub(crate) fn next(&mut self) -> f32 {
        self.0.next()
    }

    pub(crate) fn next4(&mut self) -> [f32; 4] {
        std::array::from_fn(|_| self.next())
    }
}

/// Probability of samples at least this far from the density, if they follow it.
pub(crate) fn p_value(
    count: usize,
    seed: u32,
    mut sample: impl FnMut([f32; 4]) -> Option<Vec3A>,
    density: impl Fn(Vec3A) -> f32,
) -> f64 {
    let mut uniforms = Uniforms::new(seed);
    let mut observed = vec![0.0_f64; COSINES * AZIMUTHS + 1];
    for _ in 0..count {
        let bin = match sample(uniforms.next4()) {
            Some(d) => {
                let row = ((f64::midpoint(f64::from(d.z), 1.0) * COSINES as f64) as usize)
                    .min(COSINES - 1);
                let turn = f64::from(d.y).atan2(f64::from(d.x)) / TAU;
                let column = (((turn - turn.floor()) * AZIMUTHS as f64) as usize).min(AZIMUTHS - 1);
                row * AZIMUTHS + column
            }
            None => COSINES * AZIMUTHS,
        };
        observed[bin] += 1.0;
    }
    let area = 4.0 * PI / (COSINES * AZIMUTHS * FINE * FINE) as f64;
    let mut expected = Vec::with_capacity(observed.len());
    for row in 0..COSINES {
        for column in 0..AZIMUTHS {
            let mut sum = 0.0;
            for i in 0..FINE {
                for j in 0..FINE {
                    let z = ((row * FINE + i) as f64 + 0.5) / (COSINES * FINE) as f64 * 2.0 - 1.0;
                    let phi = ((column * FINE + j) as f64 + 0.5) / (AZIMUTHS * FINE) as f64 * TAU;
                    let sine = (1.0 - z * z).sqrt();
                    sum += f64::from(density(Vec3A::new(
                        (sine * phi.cos()) as f32,
                        (sine * phi.sin()) as f32,
                        z as f32,
                    )));
                }
            }
            expected.push(sum * area * count as f64);
        }
    }
    expected.push((count as f64 - expected.iter().sum::<f64>()).max(0.0));
    statistic_p(&observed, &expected)
}

/// The same from counts in bins.
pub(crate) fn statistic_p(observed: &[f64], expected: &[f64]) -> f64 {
    let (mut statistic, mut bins) = (0.0, 0);
    let (mut pooled_observed, mut pooled_expected) = (0.0, 0.0);
    for (&o, &e) in observed.iter().zip(expected) {
        if e < 5.0 {
            pooled_observed += o;
            pooled_expected += e;
        } else {
            statistic += (o - e) * (o - e) / e;
            bins += 1;
        }
    }
    if pooled_expected >= 5.0 {
        statistic += (pooled_observed - pooled_expected).powi(2) / pooled_expected;
        bins += 1;
    } else if pooled_observed > pooled_expected + 30.0 {
        // Samples where there should be none.
        return 0.0;
    }
    upper_gamma(f64::from(bins - 1) / 2.0, statistic / 2.0)
}

/// Regularised upper incomplete gamma function Q(a, x) (Numerical Recipes §6.2).
fn upper_gamma(a: f64, x: f64) -> f64 {
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for k in 1..2000 {
            term *= x / (a + f64::from(k));
            sum += term;
        }
        return 1.0 - front * sum;
    }
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut h = d;
    for k in 1..2000 {
        let an = -f64::from(k) * (f64::from(k) - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        h *= d * c;
    }
    front * h
}

/// Stirling's series, shifted to where it is exact enough.
fn ln_gamma(mut a: f64) -> f64 {
    let mut shift = 0.0;
    while a < 20.0 {
        shift -= a.ln();
        a += 1.0;
    }
    shift + (a - 0.5) * a.ln() - a + 0.5 * TAU.ln() + 1.0 / (12.0 * a) - 1.0 / (360.0 * a.powi(3))
}

#[test]
fn the_tail_of_chi_square_matches_tables() {
    // 99 % points of χ² with 1, 10 and 100 degrees of freedom.
    for (degrees, point) in [(1.0, 6.6349), (10.0, 23.2093), (100.0, 135.8067)] {
        assert!((upper_gamma(degrees / 2.0, point / 2.0) - 0.01).abs() < 1e-5);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "samplers may refuse")]
fn uniform_sphere(u: [f32; 4]) -> Option<Vec3A> {
    let z = 2.0 * u[0] - 1.0;
    let sine = (1.0 - z * z).max(0.0).sqrt();
    let (sin, cos) = (std::f32::consts::TAU * u[1]).sin_cos();
    Some(Vec3A::new(sine * cos, sine * sin, z))
}

#[test]
fn the_test_rejects_true_samplers_as_often_as_it_says() {
    // 200 runs at α = 5 %: 10 expected; 22 or more has a chance of 4e-4.
    let rejected = (0..200)
        .filter(|&seed| p_value(20_000, seed, uniform_sphere, |_| (1.0 / (4.0 * PI)) as f32) < 0.05)
        .count();
    assert!(
        (1..22).contains(&rejected),
        "{rejected} of 200 rejected at 5 %"
    );
}

#[test]
fn a_sampler_six_percent_off_is_found() {
    let density = |d: Vec3A| (1.0 / (4.0 * PI)) as f32 * if d.x > 0.0 { 1.06 } else { 0.94 };
    let found = (0..20)
        .filter(|&seed| p_value(100_000, seed, uniform_sphere, density) < 1e-4)
        .count();
    assert!(found >= 19, "{found} of 20");
}
