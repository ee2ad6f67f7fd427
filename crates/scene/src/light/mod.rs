//! Where light comes from.
mod beam;
mod daylight;
mod photometry;

use crate::Texture;
use glam::{Quat, Vec3};
use std::sync::Arc;

pub use beam::Beam;
pub use daylight::Daylight;
pub use photometry::Photometry;

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
    /// Openings through which the sky lights a room or a car's cabin: most directions are then drawn through those that look at a point. Empty: from the whole
    /// sky. They change noise, never the picture.
    pub portals: Vec<Portal>,
}

impl Environment {
    /// A picture as it is: not turned, not scaled, seen behind everything.
    pub fn new(radiance: Arc<Texture>) -> Self {
        Self {
            radiance,
            scale: 1.0,
            world_from_environment: Quat::IDENTITY,
            backdrop: Backdrop::Environment,
            portals: Vec::new(),
        }
    }
}

/// A window as the renderer's hint where the sky is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Portal {
    /// World, metres.
    pub corner: Vec3,
    /// From `corner` along the first side, metres.
    pub edge_u: Vec3,
    /// From `corner` along the second side, metres; `edge_u × edge_v` points into the room.
    pub edge_v: Vec3,
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

/// A small light: a bulb, a spot, a luminaire with a measured distribution, a light-emitting diode.
#[derive(Debug, Clone)]
pub struct PointLight {
    /// World, metres.
    pub position: Vec3,
    /// Radius of the glowing ball, metres; 0 gives hard shadows. Neither the camera nor mirrors see it, and what lies inside of it, such as the mesh of
    /// a bulb, casts no shadow.
    pub radius_m: f32,
    /// Radiant intensity along the axis, W·sr⁻¹, linear Rec. 709.
    pub intensity: Vec3,
    /// Radiant intensity in the near infrared, W·sr⁻¹; what it emits when the camera's band is that.
    pub near_infrared_intensity: f32,
    /// How intensity falls off around the axis.
    pub beam: Beam,
}

/// The sun: an evenly bright disk infinitely far away. Mirrors see it; the camera does too, unless its backdrop is a colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sun {
    /// Unit, towards the sun.
    pub direction: Vec3,
    /// Irradiance on a surface that faces it, W·m⁻², linear Rec. 709.
    pub irradiance: Vec3,
    /// Half the angle it is seen under, radians, below π/2; 0.00465 is ours, 0 gives hard shadows and is not seen.
    pub angular_radius: f32,
}

/// Homogeneous fog in a box. Light may be scattered in it any number of times; bodies of glass hold none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fog {
    /// Extinction, m⁻¹: half of the light is left after ln 2 / extinction.
    pub extinction_per_m: f32,
    /// Share of lost light that is scattered, per channel, `[0, 1]`.
    pub albedo: Vec3,
    /// Henyey–Greenstein mean cosine, `[−0.99, 0.99]`; haze is about 0.6, water droplets 0.85.
    pub forward: f32,
    /// The fog's box, low and high corner, world, metres, parallel to the axes; light from outside reaches it unattenuated.
    pub bounds: [Vec3; 2],
}
