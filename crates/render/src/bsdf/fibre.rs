//! Hair: light scattered by a rough dielectric cylinder.
//!
//! Chiang et al. 2016, "A Practical and Controllable Hair and Fur Model for Production Path Tracing", in the form of Pharr 2016 ("The
//! Implementation of a Hair Scattering Model"): reflection (R), transmission (TT), one inner reflection (TRT) and the rest, each a product of a
//! longitudinal lobe (d'Eon et al. 2011) and a logistic azimuthal lobe. Without absorption all light comes out again.
//!
//! Local frame: z along the strand. The offset `h` of the ray from the fibre's axis is below a pixel on ribbons and cards; each path draws its own.
use super::Scattered;
use glam::Vec3A;
use std::f32::consts::{PI, TAU};

/// R, TT, TRT, and everything after.
const LOBES: usize = 4;

/// A fibre seen from one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fibre {
    sin_o: f32,
    cos_o: f32,
    phi_o: f32,
    gamma_o: f32,
    gamma_t: f32,
    attenuation: [Vec3A; LOBES],
    chance: [f32; LOBES],
    /// Longitudinal variances.
    variance: [f32; LOBES],
    /// Sine and cosine of the outgoing inclination, tilted by the cuticle's scales for R, TT, TRT.
    tilted: [(f32, f32); LOBES],
    /// Logistic scale of the azimuthal lobes.
    scale: f32,
}

impl Fibre {
    /// `o` in the local frame; `h` in `(-1, 1)`; `roughness` serves along and around the fibre.
    pub(crate) fn new(o: Vec3A, h: f32, colour: Vec3A, roughness: f32, ior: f32) -> Self {
        let beta = roughness.clamp(0.1, 1.0);
        let sin_o = o.z.clamp(-1.0, 1.0);
        let cos_o = (1.0 - sin_o * sin_o).max(0.0).sqrt();
        let h = h.clamp(-0.9999, 0.9999);
        let gamma_o = h.asin();
        let sin_t = sin_o / ior;
        let cos_t = (1.0 - sin_t * sin_t).sqrt();
        // Modified index of refraction for the projection onto the normal plane (Marschner et al. 2003, §5).
        let eta_p = (ior * ior - sin_o * sin_o).max(0.0).sqrt() / cos_o.max(1e-4);
        let sin_gamma_t = (h / eta_p).clamp(-1.0, 1.0);
        let cos_gamma_t = (1.0 - sin_gamma_t * sin_gamma_t).sqrt();
        let inside = (absorption(colour, beta) * (-2.0 * cos_gamma_t / cos_t)).exp();
        let fresnel = dielectric(cos_o * (1.0 - h * h).sqrt(), ior);
        let first = Vec3A::splat(fresnel);
        let second = inside * ((1.0 - fresnel) * (1.0 - fresnel));
        let third = second * inside * fresnel;
        let rest =
            third * inside * fresnel / (Vec3A::ONE - inside * fresnel).max(Vec3A::splat(1e-6));
        let attenuation = [first, second, third, rest];
        let sum: f32 = attenuation
            .iter()
            .map(|a| crate::sampling::luminance(*a))
            .sum();
        let chance = attenuation.map(|a| crate::sampling::luminance(a) / sum);

        let base = 0.726 * beta + 0.812 * beta * beta + 3.7 * beta.powi(20);
        let v = base * base;
        let variance = [v, 0.25 * v, 4.0 * v, 4.0 * v];
        let scale =
            (PI / 8.0).sqrt() * (0.265 * beta + 1.194 * beta * beta + 5.372 * beta.powi(22));

        // Scales tilt R by 2α, TT by −α, TRT by −4α with α = 2°.
        const ALPHA: f32 = 2.0 * PI / 180.0;
        let turn = |angle: f32| {
            let (sin, cos) = angle.sin_cos();
            (sin_o * cos - cos_o * sin, (cos_o * cos + sin_o * sin).abs())
        };
        let tilted = [
            turn(2.0 * ALPHA),
            turn(-ALPHA),
            turn(-4.0 * ALPHA),
            (sin_o, cos_o),
        ];
        Self {
            sin_o,
            cos_o,
            phi_o: o.y.atan2(o.x),
            gamma_o,
            gamma_t: sin_gamma_t.asin(),
            attenuation,
            chance,
            variance,
            tilted,
            scale,
        }
    }

    /// Value (for light per solid angle; a fibre's cosine is inside) and density.
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        let sin_i = i.z.clamp(-1.0, 1.0);
        let cos_i = (1.0 - sin_i * sin_i).max(0.0).sqrt();
        let phi = i.y.atan2(i.x) - self.phi_o;
        let (mut value, mut density) = (Vec3A::ZERO, 0.0);
        for p in 0..LOBES {
            let (sin_tilted, cos_tilted) = self.tilted[p];
            let along = longitudinal(cos_i, cos_tilted, sin_i, sin_tilted, self.variance[p]);
            let around = if p < 3 {
                self.azimuthal(phi, p)
            } else {
                1.0 / TAU
            };
            value += self.attenuation[p] * (along * around);
            density += self.chance[p] * along * around;
        }
        (value, density)
    }

    /// One direction; all four numbers are used.
    pub(crate) fn sample(&self, u: [f32; 4]) -> Option<Scattered> {
        let mut left = u[0];
        let mut p = 0;
        while p < LOBES - 1 && left >= self.chance[p] {
            left -= self.chance[p];
            p += 1;
        }
        let (sin_tilted, cos_tilted) = self.tilted[p];
        let v = self.variance[p];
        let u1 = u[1].max(1e-5);
        // d'Eon et al. 2013, eq. 6 and 7.
        let cos_theta = 1.0 + v * (u1 + (1.0 - u1) * (-2.0 / v).exp()).ln();
        let sin_theta = (1.0 - cos_theta * cos_theta).max(0.0).sqrt();
        let sin_i = -cos_theta * sin_tilted + sin_theta * (TAU * u[2]).cos() * cos_tilted;
        let cos_i = (1.0 - sin_i * sin_i).max(0.0).sqrt();
        let turn = if p < 3 {
            self.exit(p) + trimmed_logistic(u[3], self.scale)
        } else {
            TAU * u[3]
        };
        let (sin, cos) = (self.phi_o + turn).sin_cos();
        let i = Vec3A::new(cos_i * cos, cos_i * sin, sin_i);
        let (value, density) = self.evaluate(i);
        (density > 1e-8).then(|| Scattered {
            direction: i,
            weight: value / density,
            density,
        })
    }

    /// Azimuth at which a smooth fibre lets lobe `p` out.
    fn exit(&self, p: usize) -> f32 {
        2.0 * p as f32 * self.gamma_t - 2.0 * self.gamma_o + p as f32 * PI
    }

    fn azimuthal(&self, phi: f32, p: usize) -> f32 {
        let off = phi - self.exit(p);
        let off = off - TAU * ((off + PI) / TAU).floor();
        logistic(off, self.scale) / (2.0 * logistic_cumulative(PI, self.scale) - 1.0)
    }

    /// For tests: light that comes out, per channel, when all directions shine alike.
    #[cfg(test)]
    pub(crate) fn albedo(&self) -> Vec3A {
        self.attenuation.iter().sum()
    }

    #[cfg(test)]
    pub(crate) fn inclination(&self) -> (f32, f32) {
        (self.sin_o, self.cos_o)
    }
}

/// Absorption per fibre radius that makes dense hair look like `colour` (Chiang et al. 2016, eq. 9).
fn absorption(colour: Vec3A, beta: f32) -> Vec3A {
    let b2 = beta * beta;
    let fit = 5.969 - 0.215 * beta + 2.532 * b2 - 10.73 * b2 * beta
        + 5.574 * b2 * b2
        + 0.245 * b2 * b2 * beta;
    let root = colour.clamp(Vec3A::splat(0.002), Vec3A::ONE).map_ln() / fit;
    root * root
}

/// Componentwise logarithm; `Vec3A` has none.
trait Ln {
    fn map_ln(self) -> Self;
}

impl Ln for Vec3A {
    fn map_ln(self) -> Self {
        Self::from_array(self.to_array().map(f32::ln))
    }
}

/// Fresnel reflectance of a dielectric from outside.
fn dielectric(cosine: f32, ior: f32) -> f32 {
    let cosine = cosine.clamp(0.0, 1.0);
    let sin_t = (1.0 - cosine * cosine).max(0.0).sqrt() / ior;
    if sin_t >= 1.0 {
        return 1.0;
    }
    let cos_t = (1.0 - sin_t * sin_t).sqrt();
    let parallel = (ior * cosine - cos_t) / (ior * cosine + cos_t);
    let perpendicular = (cosine - ior * cos_t) / (cosine + ior * cos_t);
    0.5 * (parallel * parallel + perpendicular * perpendicular)
}

/// d'Eon et al. 2011, eq. 7, with the form of 2013 for small variance.
fn longitudinal(cos_i: f32, cos_o: f32, sin_i: f32, sin_o: f32, v: f32) -> f32 {
    let a = cos_i * cos_o / v;
    let b = sin_i * sin_o / v;
    if v <= 0.1 {
        (log_bessel(a) - b - 1.0 / v + 0.6931 + (1.0 / (2.0 * v)).ln()).exp()
    } else {
        (-b).exp() * bessel(a) / ((1.0 / v).sinh() * 2.0 * v)
    }
}

/// Modified Bessel function I₀ by its series; good to single precision below 12.
fn bessel(x: f32) -> f32 {
    let quarter = 0.25 * x * x;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..16 {
        term *= quarter / (k * k) as f32;
        sum += term;
    }
    sum
}

fn log_bessel(x: f32) -> f32 {
    if x > 12.0 {
        x + 0.5 * (-(TAU.ln()) + (1.0 / x).ln() + 1.0 / (8.0 * x))
    } else {
        bessel(x).ln()
    }
}

fn logistic(x: f32, scale: f32) -> f32 {
    let e = (-x.abs() / scale).exp();
    e / (scale * (1.0 + e) * (1.0 + e))
}

fn logistic_cumulative(x: f32, scale: f32) -> f32 {
    1.0 / (1.0 + (-x / scale).exp())
}

/// A logistic deviate within `[-π, π]`.
fn trimmed_logistic(u: f32, scale: f32) -> f32 {
    let low = logistic_cumulative(-PI, scale);
    let at = low + u * (1.0 - 2.0 * low);
    let x = -scale * (1.0 / at.clamp(1e-6, 1.0 - 1e-6) - 1.0).ln();
    x.clamp(-PI, PI)
}
