//! How light is scattered where a path meets a surface.
//!
//! All directions point away from the surface and are local: z is the shading normal (the strand for [`fibre`]). `value`s already contain the cosine of
//! the incident direction; a sample's `weight` is value ÷ density.
pub(crate) mod ggx;
pub(crate) mod layered;

use glam::Vec3A;

/// A direction drawn from a lobe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scattered {
    pub(crate) direction: Vec3A,
    /// Value × cosine ÷ density.
    pub(crate) weight: Vec3A,
    /// Density by solid angle.
    pub(crate) density: f32,
}
