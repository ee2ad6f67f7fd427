//! Hair: light scattered by strands, seen as the clumps that cards and ribbons stand for.
//!
//! Four lobes around the strand, each a product of a longitudinal and an azimuthal distribution that integrate to one:
//!
//! | lobe | what it is | along | around | colour |
//! |---|---|---|---|---|
//! | R | reflection at the cuticle, the white highlight | d'Eon et al. 2011 about the mirror cone, tilted by 2α | `cos(φ/2)/4` | white |
//! | TRT | one inner reflection, the coloured highlight | four times R's variance, tilted by −4α | `cos(φ/2)/4` | `√c` |
//! | TT | light straight through, the glow from behind | a quarter of R's variance, tilted by −α | logistic about π | `√c` |
//! | D | light that left by way of other strands | `cos θ` (Kajiya & Kay 1989) | `(1 + k cos φ)/2π` | `c` |
//!
//! Lobe geometry: Marschner et al. 2003; variances by roughness: Chiang et al. 2016; α = 2°. Unlike theirs, this is no single fibre: an opaque texel of a card is a
//! dense clump, so that most light comes back by D in the colour that the texture shows, and only some goes through. R's share is
//! the Fresnel reflectance averaged over the fibre's width; the rest is shared by fixed weights, so that the white clump (`c = 1`) loses no light.
//!
//! Local frame: z along the strand.
use super::{
    Scattered, ggx,
    strand::{Along, logistic, logistic_cumulative, trimmed_logistic, variance_along, wrap},
};
use crate::sampling::luminance;
use glam::Vec3A;
use std::f32::consts::{PI, TAU};

const LOBES: usize = 4;
/// Shares of TRT, TT and D in what R leaves.
const SHARES: [f32; 3] = [0.1, 0.15, 0.75];
/// How much D prefers to go back where it came from.
const BACK: f32 = 0.7;
/// Tilt of the cuticle's scales.
const ALPHA: f32 = 2.0 * PI / 180.0;

/// A clump of fibres seen from one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fibre {
    phi_o: f32,
    attenuation: [Vec3A; LOBES],
    chance: [f32; LOBES],
    /// Longitudinal lobes of R, TRT, TT.
    along: [Along; 3],
    /// Sine and cosine of the outgoing inclination, tilted for R, TRT, TT.
    tilted: [(f32, f32); 3],
    /// Logistic scale of TT around the fibre.
    scale: f32,
}

impl Fibre {
    /// `o` in the local frame; `roughness` serves along and around the fibre.
    pub(crate) fn new(o: Vec3A, colour: Vec3A, roughness: f32, ior: f32) -> Self {
        let beta = roughness.clamp(0.1, 1.0);
        let sin_o = o.z.clamp(-1.0, 1.0);
        let cos_o = (1.0 - sin_o * sin_o).max(0.0).sqrt();
        // Schlick's Fresnel over the width of a fibre: the mean of (1 − √(1 − h²))⁵ is 0.045.
        let f0 = ggx::f0_of(ior);
        let edge = ggx::schlick(cos_o);
        let fresnel = f0 + (1.0 - f0) * (0.045 + 0.955 * edge);
        let root = Vec3A::from_array(colour.to_array().map(f32::sqrt));
        let rest = 1.0 - fresnel;
        let attenuation = [
            Vec3A::splat(fresnel),
            root * (rest * SHARES[0]),
            root * (rest * SHARES[1]),
            colour * (rest * SHARES[2]),
        ];
        let sum: f32 = attenuation.iter().map(|a| luminance(*a)).sum();
        let chance = attenuation.map(|a| luminance(a) / sum);
        let v = variance_along(beta);
        let turn = |angle: f32| {
            let (sin, cos) = angle.sin_cos();
            (sin_o * cos - cos_o * sin, (cos_o * cos + sin_o * sin).abs())
        };
        Self {
            phi_o: o.y.atan2(o.x),
            attenuation,
            chance,
            along: [Along::new(v), Along::new(4.0 * v), Along::new(0.25 * v)],
            tilted: [turn(2.0 * ALPHA), turn(-4.0 * ALPHA), turn(-ALPHA)],
            scale: 0.3 * beta + 0.1,
        }
    }

    /// Value (the cosine to the strand's normal plane is inside) and density.
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        let sin_i = i.z.clamp(-1.0, 1.0);
        let cos_i = (1.0 - sin_i * sin_i).max(0.0).sqrt();
        let phi = wrap(i.y.atan2(i.x) - self.phi_o);
        let back = 0.25 * (0.5 * phi).cos();
        let along = |lobe: usize| {
            self.along[lobe].value(cos_i, self.tilted[lobe].1, sin_i, self.tilted[lobe].0)
        };
        let through = logistic(wrap(phi - PI), self.scale)
            / (2.0 * logistic_cumulative(PI, self.scale) - 1.0);
        let densities = [
            along(0) * back,
            along(1) * back,
            along(2) * through,
            cos_i / (PI * PI) * (1.0 + BACK * phi.cos()),
        ];
        let (mut value, mut density) = (Vec3A::ZERO, 0.0);
        for lobe in 0..LOBES {
            value += self.attenuation[lobe] * densities[lobe];
            density += self.chance[lobe] * densities[lobe];
        }
        (value, density)
    }

    /// One direction; all four numbers are used.
    pub(crate) fn sample(&self, u: [f32; 4]) -> Option<Scattered> {
        let mut left = u[2];
        let mut lobe = 0;
        while lobe < LOBES - 1 && left >= self.chance[lobe] {
            left -= self.chance[lobe];
            lobe += 1;
        }
        let (sin_i, turn) = if lobe == 3 {
            (
                inclination(u[0], u[3]),
                back_turn(u[1], (left / self.chance[3]).clamp(0.0, 1.0)),
            )
        } else {
            let sin_i = self.along[lobe].sample([u[0], u[3]], self.tilted[lobe]);
            let turn = if lobe == 2 {
                PI + trimmed_logistic(u[1], self.scale)
            } else {
                2.0 * (2.0 * u[1] - 1.0).asin()
            };
            (sin_i, turn)
        };
        let cos_i = (1.0 - sin_i * sin_i).max(0.0).sqrt();
        let (sin, cos) = (self.phi_o + turn).sin_cos();
        let direction = Vec3A::new(cos_i * cos, cos_i * sin, sin_i);
        let (value, density) = self.evaluate(direction);
        (density > 1e-8).then(|| Scattered {
            direction,
            weight: value / density,
            density,
        })
    }

    /// Light that comes out, per channel, when all directions shine alike.
    #[cfg(test)]
    pub(crate) fn albedo(&self) -> Vec3A {
        self.attenuation.iter().sum()
    }
}

/// Sine of an inclination with density `2/π cos²θ`: the height of a point in the unit disk.
fn inclination(u: f32, v: f32) -> f32 {
    u.sqrt() * (TAU * v).sin()
}

/// An azimuth with density `(1 + k cos φ)/2π`: a uniform one, turned round with the chance that makes up the difference.
fn back_turn(u: f32, coin: f32) -> f32 {
    let phi = TAU * u - PI;
    let keep = 0.5 * (1.0 + BACK * phi.cos());
    if coin < keep { phi } else { wrap(phi + PI) }
}
