//! The sun's disk.
use super::emitter::{Mark, cone};
use crate::sampling::luminance;
use glam::Vec3A;
use std::f32::consts::PI;

/// A disk infinitely far away, all of it equally bright.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sun {
    direction: Vec3A,
    irradiance: Vec3A,
    sine_squared: f32,
    /// Square of the chord from the middle to the rim of the unit sphere.
    chord_squared: f32,
}

impl Sun {
    pub(super) fn new(sun: &scene::light::Sun) -> Self {
        let half_chord = (0.5 * sun.angular_radius).sin();
        Self {
            direction: Vec3A::from(sun.direction).normalize_or(Vec3A::Y),
            irradiance: sun.irradiance.into(),
            sine_squared: sun.angular_radius.sin().powi(2),
            chord_squared: 4.0 * half_chord * half_chord,
        }
    }

    /// Luminance of the irradiance on what faces it.
    pub(super) fn importance(&self) -> f32 {
        luminance(self.irradiance)
    }

    /// Whether it has any size, so that scattered rays may meet it.
    pub(super) fn is_disk(&self) -> bool {
        self.sine_squared > 0.0
    }

    pub(super) fn sample(&self, u: [f32; 2]) -> Mark {
        let (direction, radiance, density) = if self.is_disk() {
            let (direction, solid_angle) = cone(self.direction, self.sine_squared, u);
            (direction, self.disk(), 1.0 / solid_angle)
        } else {
            (self.direction, self.irradiance, 1.0)
        };
        Mark {
            direction,
            distance: f32::INFINITY,
            radiance,
            density,
        }
    }

    /// Radiance of the disk: a surface that faces it receives ∫ L cos θ dω = L π sin².
    fn disk(&self) -> Vec3A {
        self.irradiance / (PI * self.sine_squared)
    }

    /// Radiance from a unit direction, and the density with which [`Sun::sample`] gives it; `None` beside the disk. Compared by chords, because cosines of
    /// so small angles have few digits.
    pub(super) fn meet(&self, direction: Vec3A) -> Option<(Vec3A, f32)> {
        if !self.is_disk() || (direction - self.direction).length_squared() > self.chord_squared {
            return None;
        }
        Some((self.disk(), 1.0 / (PI * self.chord_squared)))
    }
}
