//! Where light comes from.
use crate::Texture;
use glam::{Quat, Vec3};
use std::sync::Arc;

/// Equirectangular HDR light from infinity.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Linear radiance, no negative texels; row 0 is +y (zenith); column `u` looks at azimuth `phi = (u - 0.5)·2π`
    /// with direction `(sin phi, 0, -cos phi)`·cos(elevation) before rotation (Blender, three.js).
    pub radiance: Arc<Texture>,
    /// Multiplies the texture.
    pub scale: f32,
    /// Turns the environment.
    pub world_from_environment: Quat,
    /// What the camera sees where rays leave the scene: the picture itself, or one colour.
    pub backdrop: Backdrop,
}

/// What the camera sees behind everything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Backdrop {
    /// The environment's own picture.
    Environment,
    /// A flat linear colour; light still comes from the environment.
    Colour(Vec3),
}

/// A rectangle that emits uniformly from its front side (normal = edge_u × edge_v).
#[derive(Debug, Clone, Copy)]
pub struct AreaLight {
    /// World, metres.
    pub corner: Vec3,
    /// From `corner` along the first side, metres.
    pub edge_u: Vec3,
    /// From `corner` along the second side, metres.
    pub edge_v: Vec3,
    /// W·sr⁻¹·m⁻², linear Rec. 709.
    pub radiance: Vec3,
    /// Whether camera rays see it (labels never do).
    pub visible: bool,
}
