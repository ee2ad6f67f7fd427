//! A single hair: a rough dielectric cylinder with tilted scales and coloured inside.
//!
//! Chiang et al. 2016, "A Practical and Controllable Hair and Fur Model for Production Path Tracing", in the form of pbrt-v4 (Pharr, Jakob & Humphreys 2023,
//! chapter 9.9): reflection, transmission, one inner reflection, and all further ones as a lobe of their own, so that a hair which absorbs nothing loses no
//! light. Energies are exact for where the hair is hit; they depend on the outgoing inclination alone, so that the model is reciprocal only
//! between directions of equal inclination, seen across the whole width.
//!
//! Local frame: z along the hair, from root to tip. `h` in `[−1, 1]` is where across its width the hair is seen, `face · (o⊥ × z)`.
use super::{
    Scattered,
    glass::fresnel,
    strand::{Along, logistic, logistic_cumulative, trimmed_logistic, variance_along, wrap},
};
use crate::sampling::luminance;
use glam::Vec3A;
use std::f32::consts::{PI, TAU};

/// Reflection (R), transmission (TT), one inner reflection (TRT), and the rest.
const LOBES: usize = 4;
/// Smoother hair is a line too thin to find by chance.
const ROUGHNESS_MIN: f32 = 0.05;

/// What a material says about its hairs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strand {
    /// How dense hair of this kind looks.
    pub(crate) colour: Vec3A,
    /// Along and around the hair, `[0, 1]`.
    pub(crate) roughness: [f32; 2],
    /// Tilt of the scales, radians.
    pub(crate) tilt: f32,
    pub(crate) ior: f32,
}

/// A place on a hair seen from one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hair {
    phi_o: f32,
    /// Share of light and its colour, per lobe; white hair's add up to 1.
    attenuation: [Vec3A; LOBES],
    chance: [f32; LOBES],
    along: [Along; 3],
    /// Sine and cosine of the outgoing inclination, tilted for each lobe.
    tilted: [(f32, f32); LOBES],
    /// Azimuth between the directions of light that takes the straight way, per lobe.
    turns: [f32; 3],
    /// Logistic scale around the hair, and the share of its distribution within a turn.
    scale: f32,
    within: f32,
}

/// Absorption per radius of a hair whose dense mass has a colour (Chiang et al. 2016, eq. 9).
pub(crate) fn absorption(colour: Vec3A, azimuthal_roughness: f32) -> Vec3A {
    let b = azimuthal_roughness;
    let fit = 5.969 + b * (-0.215 + b * (2.532 + b * (-10.73 + b * (5.574 + b * 0.245))));
    let per_channel = |c: f32| {
        let root = c.clamp(1e-4, 1.0).ln() / fit;
        root * root
    };
    Vec3A::from_array(colour.to_array().map(per_channel))
}

impl Hair {
    pub(crate) fn new(o: Vec3A, h: f32, strand: &Strand) -> Self {
        let [along, around] = strand.roughness.map(|r| r.clamp(ROUGHNESS_MIN, 1.0));
        let h = h.clamp(-1.0, 1.0);
        let sin_o = o.z.clamp(-1.0, 1.0);
        let cos_o = (1.0 - sin_o * sin_o).max(0.0).sqrt();
        // The way through: inclination inside, and the refracted offset by the apparent index (Marschner et al. 2003).
        let sin_t = sin_o / strand.ior;
        let cos_t = (1.0 - sin_t * sin_t).max(0.0).sqrt();
        let apparent = (strand.ior * strand.ior - sin_o * sin_o).max(0.0).sqrt() / cos_o.max(1e-4);
        let sin_gamma_t = (h / apparent).clamp(-1.0, 1.0);
        let cos_gamma_t = (1.0 - sin_gamma_t * sin_gamma_t).sqrt();
        let (gamma_o, gamma_t) = (h.asin(), sin_gamma_t.asin());
        let depth = 2.0 * cos_gamma_t / cos_t.max(1e-4);
        let through = (-absorption(strand.colour, around) * depth).exp();
        let f = fresnel(cos_o * (1.0 - h * h).max(0.0).sqrt(), strand.ior);
        let entered = (1.0 - f) * (1.0 - f) * through;
        let again = entered * through * f;
        let attenuation = [
            Vec3A::splat(f),
            entered,
            again,
            again * through * f / (Vec3A::ONE - through * f).max(Vec3A::splat(1e-6)),
        ];
        let sum: f32 = attenuation.iter().map(|a| luminance(*a)).sum();
        let v = variance_along(along);
        let turn = |angle: f32| {
            let (sin, cos) = angle.sin_cos();
            (sin_o * cos - cos_o * sin, (cos_o * cos + sin_o * sin).abs())
        };
        let tilt = strand.tilt;
        // √(π/8) makes a logistic as wide as a normal distribution of that deviation.
        let scale =
            0.626_657 * (0.265 * around + 1.194 * around * around + 5.372 * around.powi(22));
        let path = |p: f32| 2.0 * p * gamma_t - 2.0 * gamma_o + p * PI;
        Self {
            phi_o: o.y.atan2(o.x),
            attenuation,
            chance: attenuation.map(|a| luminance(a) / sum),
            along: [v, 0.25 * v, 4.0 * v].map(Along::new),
            tilted: [
                turn(2.0 * tilt),
                turn(-tilt),
                turn(-4.0 * tilt),
                (sin_o, cos_o),
            ],
            turns: [path(0.0), path(1.0), path(2.0)],
            scale,
            within: 2.0 * logistic_cumulative(PI, scale) - 1.0,
        }
    }

    /// Value (the cosine to the hair's normal plane is inside) and density.
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        let sin_i = i.z.clamp(-1.0, 1.0);
        let cos_i = (1.0 - sin_i * sin_i).max(0.0).sqrt();
        let phi = i.y.atan2(i.x) - self.phi_o;
        let (mut value, mut density) = (Vec3A::ZERO, 0.0);
        for lobe in 0..LOBES {
            let (sin_o, cos_o) = self.tilted[lobe];
            let along = self.along[lobe.min(2)].value(cos_i, cos_o, sin_i, sin_o);
            let around = match self.turns.get(lobe) {
                Some(turn) => logistic(wrap(phi - turn), self.scale) / self.within,
                None => 1.0 / TAU,
            };
            value += self.attenuation[lobe] * (along * around);
            density += self.chance[lobe] * (along * around);
        }
        (value, density)
    }

    /// Where on the hair's circle light comes from that leaves at a place: unit, across the hair; `i` points there, `face` straight out of that place.
    ///
    /// Whatever inner reflections a path through a smooth circle has, it makes the same angle with the normals at both of its ends, to opposite sides: the ends lie
    /// at `φ_o + γ` and `φ_i − γ`. Rough hair is taken to do so on average. Two neighbours in dense hair then see each other from the same places either way round.
    pub(crate) fn way_out(&self, i: Vec3A, face: Vec3A) -> Vec3A {
        let (sin_o, cos_o) = self.phi_o.sin_cos();
        let both = Vec3A::new(i.x * cos_o - i.y * sin_o, i.x * sin_o + i.y * cos_o, 0.0);
        let out = Vec3A::new(
            both.x * face.x + both.y * face.y,
            both.y * face.x - both.x * face.y,
            0.0,
        );
        out.normalize_or(face)
    }

    /// One direction; all four numbers are used.
    pub(crate) fn sample(&self, u: [f32; 4]) -> Option<Scattered> {
        let mut left = u[2];
        let mut lobe = 0;
        while lobe < LOBES - 1 && left >= self.chance[lobe] {
            left -= self.chance[lobe];
            lobe += 1;
        }
        let sin_i = self.along[lobe.min(2)].sample([u[0], u[3]], self.tilted[lobe]);
        let turn = match self.turns.get(lobe) {
            Some(turn) => turn + trimmed_logistic(u[1], self.scale),
            None => TAU * u[1],
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
}

#[cfg(test)]
mod tests;
