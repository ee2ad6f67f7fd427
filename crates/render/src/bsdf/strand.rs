//! Distributions along and around a strand that both models of hair share.
use std::f32::consts::{PI, TAU};

/// Longitudinal variance of the first highlight by roughness (Chiang et al. 2016, eq. 7).
pub(super) fn variance_along(roughness: f32) -> f32 {
    let width = 0.726 * roughness + 0.812 * roughness * roughness + 3.7 * roughness.powi(20);
    width * width
}

/// To `[-π, π)`.
pub(super) fn wrap(angle: f32) -> f32 {
    angle - TAU * ((angle + PI) / TAU).floor()
}

/// A longitudinal lobe of one variance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Along {
    inverse: f32,
    /// 1 ÷ v(1 − e^(−2/v)).
    scale: f32,
}

impl Along {
    pub(super) fn new(v: f32) -> Self {
        Self {
            inverse: 1.0 / v,
            scale: 1.0 / (v * (1.0 - (-2.0 / v).exp())),
        }
    }

    /// Sine of an inclination drawn by this lobe about an outgoing one (d'Eon, Marschner & Hanika 2013, eq. 6 and 7).
    pub(super) fn sample(self, u: [f32; 2], (sin_o, cos_o): (f32, f32)) -> f32 {
        let v = 1.0 / self.inverse;
        let u0 = u[0].max(1e-5);
        let cos_theta = 1.0 + v * (u0 + (1.0 - u0) * (-2.0 / v).exp()).ln();
        let sin_theta = (1.0 - cos_theta * cos_theta).max(0.0).sqrt();
        -cos_theta * sin_o + sin_theta * (TAU * u[1]).cos() * cos_o
    }

    /// d'Eon et al. 2011, eq. 7, rearranged so that nothing overflows. `∫ M cos θ_i dθ_i = 1`.
    pub(super) fn value(self, cos_i: f32, cos_o: f32, sin_i: f32, sin_o: f32) -> f32 {
        let a = cos_i * cos_o * self.inverse;
        let b = sin_i * sin_o * self.inverse;
        (a - b - self.inverse).exp() * scaled_bessel(a) * self.scale
    }
}

/// e^(−x) times the modified Bessel function I₀ for x ≥ 0 (Abramowitz & Stegun 1964, 9.8.1 and 9.8.2), exact to 2e-7.
fn scaled_bessel(x: f32) -> f32 {
    let polynomial =
        |coefficients: &[f32], t: f32| coefficients.iter().rev().fold(0.0, |sum, c| sum * t + c);
    if x < 3.75 {
        let t = (x / 3.75) * (x / 3.75);
        let series = polynomial(
            &[
                1.0,
                3.515_622_9,
                3.089_942_4,
                1.206_749_2,
                0.265_973_2,
                0.036_076_8,
                0.004_581_3,
            ],
            t,
        );
        return series * (-x).exp();
    }
    let t = 3.75 / x;
    let tail = [
        0.398_942_3,
        0.013_285_92,
        0.002_253_19,
        -0.001_575_65,
        0.009_162_81,
        -0.020_577_06,
        0.026_355_37,
        -0.016_476_33,
        0.003_923_77,
    ];
    polynomial(&tail, t) / x.sqrt()
}

pub(super) fn logistic(x: f32, scale: f32) -> f32 {
    let e = (-x.abs() / scale).exp();
    e / (scale * (1.0 + e) * (1.0 + e))
}

pub(super) fn logistic_cumulative(x: f32, scale: f32) -> f32 {
    1.0 / (1.0 + (-x / scale).exp())
}

/// A logistic deviate within `[-π, π]`.
pub(super) fn trimmed_logistic(u: f32, scale: f32) -> f32 {
    let low = logistic_cumulative(-PI, scale);
    let at = low + u * (1.0 - 2.0 * low);
    let x = -scale * (1.0 / at.clamp(1e-6, 1.0 - 1e-6) - 1.0).ln();
    x.clamp(-PI, PI)
}
