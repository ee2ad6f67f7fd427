//! What hits: rigid bodies by their signed distance.

use glam::Vec3;

/// A rigid body that moves along a straight line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Striker {
    /// A ball, a hailstone, a knuckle of masonry.
    Ball {
        /// Metres.
        radius_m: f32,
    },
    /// An upright pole, lamp post or bollard.
    Pole {
        /// Metres.
        radius_m: f32,
    },
    /// The rounded front of something wide: another car's bumper, a wall's edge.
    Beam {
        /// Of the cross-section's rounding, metres.
        radius_m: f32,
        /// Half of its length across the way it comes, metres.
        half_width_m: f32,
    },
    /// The edge of another car's door.
    Edge {
        /// Half of its length, metres, upright.
        half_height_m: f32,
        /// Of its rounding, metres.
        radius_m: f32,
    },
}

impl Striker {
    /// Half of how wide it touches a flat surface that it is pressed into by `depth_m`.
    pub fn reach_m(self, depth_m: f32) -> f32 {
        let cap = |radius: f32| (2.0 * radius * depth_m.min(radius)).sqrt();
        match self {
            Self::Ball { radius_m } => cap(radius_m),
            // An upright body touches a curved side along so much of its height.
            Self::Pole { radius_m } => cap(radius_m).max(0.12),
            Self::Beam {
                radius_m,
                half_width_m,
            } => half_width_m.max(cap(radius_m)),
            Self::Edge {
                half_height_m,
                radius_m,
            } => half_height_m.max(cap(radius_m)),
        }
    }

    /// The same with edges no sharper than a radius.
    pub(crate) fn no_sharper_than(mut self, least_m: f32) -> Self {
        let (Self::Ball { radius_m }
        | Self::Pole { radius_m }
        | Self::Beam { radius_m, .. }
        | Self::Edge { radius_m, .. }) = &mut self;
        *radius_m = radius_m.max(least_m);
        self
    }

    /// Signed distance from its surface, and the direction out of it. `at` is relative to its foremost point when it has moved on by `depth_m` along `way` (unit).
    pub(crate) fn distance(self, at: Vec3, way: Vec3, depth_m: f32) -> (f32, Vec3) {
        let radius = match self {
            Self::Ball { radius_m }
            | Self::Pole { radius_m }
            | Self::Beam { radius_m, .. }
            | Self::Edge { radius_m, .. } => radius_m,
        };
        let centre = way * (depth_m - radius);
        let from = at - centre;
        let across = way.cross(Vec3::Y).normalize_or(Vec3::X);
        let axis = match self {
            Self::Ball { .. } => from,
            Self::Pole { .. } => from - Vec3::Y * from.y,
            Self::Beam { half_width_m, .. } => {
                from - across * from.dot(across).clamp(-half_width_m, half_width_m)
            }
            Self::Edge { half_height_m, .. } => {
                from - Vec3::Y * from.y.clamp(-half_height_m, half_height_m)
            }
        };
        let length = axis.length();
        (length - radius, axis / length.max(1e-9))
    }
}
