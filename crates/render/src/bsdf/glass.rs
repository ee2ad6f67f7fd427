//! The boundary of a solid body of glass or liquid, smooth or rough.
//!
//! Walter et al. 2007, "Microfacet Models for Refraction through Rough Surfaces", with GGX and visible normals (Heitz 2018). Smooth boundaries
//! reflect and refract into single directions. What facets lose to each other is regained by dividing by the lobes' directional albedo
//! (Turquin 2019, "Practical multiple scattering compensation for microfacet models"): a lossless rough body stays lossless, at the price that the
//! boundary is reciprocal only up to that ratio.
//!
//! What passes is radiance: it is divided by the square of the relative index where it spreads out, seen from the camera, and regains that where it
//! leaves again.
use super::{
    Scattered,
    ggx::{self, ALPHA_MIN, distribution, hammersley, lambda},
};
use glam::{Vec2, Vec3A};
use std::sync::OnceLock;

/// A boundary seen from one side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glass {
    o: Vec3A,
    alpha: f32,
    /// Index of refraction of the far side ÷ the viewer's.
    eta: f32,
    /// 1 ÷ directional albedo of a rough boundary.
    gain: f32,
}

impl Glass {
    /// `o.z > 0`.
    pub(crate) fn new(alpha: f32, eta: f32, o: Vec3A) -> Self {
        let mut glass = Self {
            o,
            alpha,
            eta,
            gain: 1.0,
        };
        if !glass.is_smooth() {
            glass.gain = 1.0 / GlassTable::get().directional(o.z, alpha, eta);
        }
        glass
    }

    /// Whether light leaves into two directions only; [`Glass::evaluate`] then finds nothing. Without a step in the index nothing is bent.
    pub(crate) fn is_smooth(&self) -> bool {
        self.alpha <= ALPHA_MIN || (self.eta - 1.0).abs() < 1e-3
    }

    /// Value × cosine, and density; `i` on either side.
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        if self.is_smooth() || i.z == 0.0 {
            return (Vec3A::ZERO, 0.0);
        }
        let (value, density) = self.rough(i);
        (Vec3A::splat(value * self.gain), density)
    }

    /// Without gain.
    fn rough(&self, i: Vec3A) -> (f32, f32) {
        let reflects = i.z > 0.0;
        let across = if reflects {
            self.o + i
        } else {
            self.o + i * self.eta
        };
        let Some(h) = across.try_normalize() else {
            return (0.0, 0.0);
        };
        let h = if h.z < 0.0 { -h } else { h };
        let (to_o, to_i) = (self.o.dot(h), i.dot(h));
        // A facet is seen by both, each from the side the surface is seen.
        if to_o <= 0.0 || to_i * i.z <= 0.0 {
            return (0.0, 0.0);
        }
        let alpha = Vec2::splat(self.alpha);
        let (lambda_o, lambda_i) = (lambda(self.o, alpha), lambda(i, alpha));
        let fresnel = fresnel(to_o, self.eta);
        let visible = distribution(h, alpha) / self.o.z;
        let (share, jacobian, spread) = if reflects {
            (fresnel, 0.25, 1.0)
        } else {
            let sum = to_i + to_o / self.eta;
            (
                1.0 - fresnel,
                to_o * to_i.abs() / (sum * sum),
                1.0 / (self.eta * self.eta),
            )
        };
        let common = visible * share * jacobian;
        (
            common * spread / (1.0 + lambda_o + lambda_i),
            common / (1.0 + lambda_o),
        )
    }

    /// One direction; a smooth boundary's has infinite density.
    pub(crate) fn sample(&self, u: [f32; 3]) -> Option<Scattered> {
        if self.is_smooth() {
            let reflects = u[2] < fresnel(self.o.z, self.eta);
            let (direction, weight) = if reflects {
                (Vec3A::new(-self.o.x, -self.o.y, self.o.z), 1.0)
            } else {
                let through = refract(self.o, Vec3A::Z, self.eta)?;
                (through, 1.0 / (self.eta * self.eta))
            };
            return Some(Scattered {
                direction,
                weight: Vec3A::splat(weight),
                density: f32::INFINITY,
            });
        }
        let direction = self.direction(u)?;
        let (value, density) = self.evaluate(direction);
        (density > 0.0).then(|| Scattered {
            direction,
            weight: value / density,
            density,
        })
    }

    fn direction(&self, u: [f32; 3]) -> Option<Vec3A> {
        let h = ggx::sample_normal(self.o, Vec2::splat(self.alpha), [u[0], u[1]]);
        let cosine = self.o.dot(h);
        if u[2] < fresnel(cosine, self.eta) {
            let i = h * (2.0 * cosine) - self.o;
            (i.z > 1e-6).then_some(i)
        } else {
            let i = refract(self.o, h, self.eta)?;
            (i.z < -1e-6).then_some(i)
        }
    }
}

/// Reflectance of a step in the index of refraction for unpolarised light, exactly; 1 beyond the critical angle.
pub(crate) fn fresnel(cosine: f32, eta: f32) -> f32 {
    let cosine = cosine.clamp(0.0, 1.0);
    let sine_squared = (1.0 - cosine * cosine) / (eta * eta);
    if sine_squared >= 1.0 {
        return 1.0;
    }
    let beyond = (1.0 - sine_squared).sqrt();
    let parallel = (eta * cosine - beyond) / (eta * cosine + beyond);
    let square = (cosine - eta * beyond) / (cosine + eta * beyond);
    0.5 * (parallel * parallel + square * square)
}

/// Snell's law about a normal on `o`'s side.
pub(crate) fn refract(o: Vec3A, h: Vec3A, eta: f32) -> Option<Vec3A> {
    let cosine = o.dot(h);
    let sine_squared = (1.0 - cosine * cosine).max(0.0) / (eta * eta);
    if sine_squared >= 1.0 {
        return None;
    }
    let beyond = (1.0 - sine_squared).sqrt();
    Some((h * (cosine / eta - beyond) - o / eta).normalize())
}

const INDICES: usize = 33;
const ROUGHNESSES: usize = 16;
const COSINES: usize = 16;

/// Directional albedo of rough boundaries, both lobes together, by index (2⁻² to 2²), roughness and cosine.
#[derive(Debug)]
struct GlassTable(Vec<[[f32; COSINES]; ROUGHNESSES]>);

impl GlassTable {
    /// The table, computed when the first rough glass asks for it (some tens of milliseconds).
    fn get() -> &'static Self {
        static TABLE: OnceLock<GlassTable> = OnceLock::new();
        TABLE.get_or_init(|| {
            Self(
                (0..INDICES)
                    .map(|index| {
                        let eta = (4.0 * index as f32 / (INDICES - 1) as f32 - 2.0).exp2();
                        std::array::from_fn(|row| {
                            let roughness = row as f32 / (ROUGHNESSES - 1) as f32;
                            let alpha = (roughness * roughness).max(2.0 * ALPHA_MIN);
                            std::array::from_fn(|column| {
                                let x = column as f32 / (COSINES - 1) as f32;
                                integrate((x * x).max(1e-4), alpha, eta)
                            })
                        })
                    })
                    .collect(),
            )
        })
    }

    fn directional(&self, cosine: f32, alpha: f32, eta: f32) -> f32 {
        let between = |x: f32, count: usize| {
            let at = x.clamp(0.0, 1.0) * (count - 1) as f32;
            let below = (at as usize).min(count - 2);
            (below, at - below as f32)
        };
        let (index, w) = between(eta.log2() * 0.25 + 0.5, INDICES);
        let (row, v) = between(alpha.sqrt(), ROUGHNESSES);
        let (column, u) = between(cosine.sqrt(), COSINES);
        let line = |index: usize, row: usize| {
            let line = &self.0[index][row];
            line[column] + (line[column + 1] - line[column]) * u
        };
        let slice = |index: usize| {
            let low = line(index, row);
            low + (line(index, row + 1) - low) * v
        };
        let low = slice(index);
        low + (slice(index + 1) - low) * w
    }
}

fn integrate(cosine: f32, alpha: f32, eta: f32) -> f32 {
    const POINTS: u32 = 128;
    let glass = Glass {
        o: Vec3A::new((1.0 - cosine * cosine).sqrt(), 0.0, cosine),
        alpha,
        eta,
        gain: 1.0,
    };
    if glass.is_smooth() {
        return 1.0;
    }
    let alpha = Vec2::splat(alpha);
    let mut sum = 0.0_f64;
    for k in 0..POINTS {
        let h = ggx::sample_normal(glass.o, alpha, hammersley(k, POINTS));
        let to = glass.o.dot(h);
        let share = fresnel(to, eta);
        // Both ways of each facet, weighed: less noise than a choice.
        let reflected = h * (2.0 * to) - glass.o;
        let mut add = |i: Vec3A, share: f32| {
            let passed =
                (1.0 + lambda(glass.o, alpha)) / (1.0 + lambda(glass.o, alpha) + lambda(i, alpha));
            sum += f64::from(share * passed);
        };
        if reflected.z > 1e-6 {
            add(reflected, share);
        }
        if let Some(i) = refract(glass.o, h, eta).filter(|i| i.z < -1e-6) {
            add(i, 1.0 - share);
        }
    }
    (sum / f64::from(POINTS)).max(0.05) as f32
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ALPHA, direction};
    use super::*;
    use crate::chi_square::{Uniforms, p_value};

    #[test]
    fn fresnel_agrees_with_known_values() {
        assert!((fresnel(1.0, 1.5) - 0.04).abs() < 1e-6);
        // Brewster's angle: only one polarisation is reflected, ((1 − η²)/(1 + η²))² of it.
        let brewster = 1.5_f32.atan().cos();
        let expected = 0.5 * (1.25_f32 / 3.25).powi(2);
        assert!((fresnel(brewster, 1.5) - expected).abs() < 1e-6);
        assert_eq!(fresnel(0.5, 1.0 / 1.5), 1.0);
        // The same from both sides along a refracted ray.
        let o = direction(0.6, 0.0);
        let i = refract(o, Vec3A::Z, 1.5).expect("no total reflection");
        assert!((fresnel(0.6, 1.5) - fresnel(-i.z, 1.0 / 1.5)).abs() < 1e-6);
    }

    #[test]
    fn rough_boundaries_lose_no_light() {
        for eta in [1.5, 1.0 / 1.5, 1.33, 2.4, 0.5] {
            for alpha in [0.01, 0.1, 0.4, 1.0] {
                for cosine in [0.1, 0.4, 0.7, 1.0] {
                    let glass = Glass::new(alpha, eta, direction(cosine, 0.3));
                    let mut uniforms = Uniforms::new(4);
                    let count = 20_000;
                    let sum: f64 = (0..count)
                        .filter_map(|_| {
                            let [a, b, c, _] = uniforms.next4();
                            glass.sample([a, b, c])
                        })
                        .map(|s| {
                            let spread = if s.direction.z < 0.0 { eta * eta } else { 1.0 };
                            f64::from(s.weight.x * spread)
                        })
                        .sum();
                    let found = sum / f64::from(count);
                    assert!(
                        (found - 1.0).abs() < 0.03,
                        "eta {eta}, alpha {alpha}, cosine {cosine}: {found}"
                    );
                }
            }
        }
    }

    #[test]
    fn rough_boundaries_samples_follow_their_density() {
        for (seed, (eta, alpha, cosine)) in [
            (1.5, 0.5, 0.6),
            (1.0 / 1.5, 0.5, 0.8),
            (1.33, 0.8, 0.3),
            (0.75, 1.0, 0.5),
        ]
        .into_iter()
        .enumerate()
        {
            let glass = Glass::new(alpha, eta, direction(cosine, 1.0));
            let p = p_value(
                100_000,
                seed as u32,
                |u| glass.direction([u[0], u[1], u[2]]),
                |i| glass.evaluate(i).1,
            );
            assert!(
                p > ALPHA,
                "eta {eta}, alpha {alpha}, cosine {cosine}: p = {p}"
            );
        }
    }

    #[test]
    fn boundaries_are_reciprocal_but_for_their_gain() {
        // f(o → i) η_i² = f(i → o) η_o² (Veach 1997, §5.2), seen from both sides.
        let eta = 1.5;
        for (a, b) in [(0.9, 0.8), (0.4, 0.7), (0.7, 0.95)] {
            let (o, i) = (direction(a, 0.0), -direction(b, 0.4));
            let there = Glass::new(0.4, eta, o).rough(i).0 / -i.z;
            // The other side's frame is turned over about the x axis.
            let flip = |w: Vec3A| Vec3A::new(w.x, -w.y, -w.z);
            let back = Glass::new(0.4, 1.0 / eta, flip(i)).rough(flip(o)).0 / o.z;
            assert!(there > 0.0);
            assert!(
                (there * eta * eta / back - 1.0).abs() < 1e-3,
                "{there} × η² against {back}"
            );
        }
    }
}
