//! How a small light's intensity falls off around its axis.
use super::Photometry;
use glam::{Quat, Vec3};
use std::sync::Arc;

/// Distribution of a light's intensity over directions, relative to that along its axis.
#[derive(Debug, Clone)]
pub enum Beam {
    /// The same in all directions.
    Uniform,
    /// Full inside the inner cone, none outside the outer one; between, the square of how far the cosine has come (`KHR_lights_punctual`).
    Spot {
        /// Unit.
        axis: Vec3,
        /// Half angle, radians, at least 0.
        inner: f32,
        /// Half angle, radians, above `inner`, at most π/2.
        outer: f32,
    },
    /// `cosᵐ θ` around the axis, as light-emitting diodes are specified: half of the intensity at `half_angle`, so `m = −ln 2 / ln cos(half_angle)`.
    Diode {
        /// Unit.
        axis: Vec3,
        /// Radians, above 0 and below π/2.
        half_angle: f32,
    },
    /// A measured luminaire (IES LM-63).
    Measured {
        /// Candela values.
        profile: Arc<Photometry>,
        /// Turns the luminaire: its nadir is −y, its 0° half plane +x, its 90° half plane +z.
        world_from_light: Quat,
    },
}

impl Beam {
    /// Relative intensity towards a unit direction away from the light; the beam must be sound (see [`Beam::fault`]).
    pub fn towards(&self, direction: Vec3) -> f32 {
        match self {
            Self::Uniform => 1.0,
            Self::Spot { axis, inner, outer } => {
                let edge = outer.cos();
                let come = (axis.dot(direction) - edge) / (inner.cos() - edge).max(1e-6);
                let come = come.clamp(0.0, 1.0);
                come * come
            }
            Self::Diode { axis, half_angle } => {
                let cosine = axis.dot(direction);
                if cosine > 0.0 {
                    cosine.powf(-std::f32::consts::LN_2 / half_angle.cos().ln())
                } else {
                    0.0
                }
            }
            Self::Measured {
                profile,
                world_from_light,
            } => profile.towards(world_from_light.conjugate() * direction),
        }
    }

    /// What makes it unusable, if anything.
    pub fn fault(&self) -> Option<String> {
        let unit = |axis: &Vec3| {
            (!(axis.is_finite() && (axis.length_squared() - 1.0).abs() < 1e-3))
                .then(|| format!("its axis is {axis}, not a unit vector"))
        };
        let quarter = std::f32::consts::FRAC_PI_2;
        match self {
            Self::Uniform => None,
            Self::Spot { axis, inner, outer } => unit(axis).or_else(|| {
                // A quarter turn may have been rounded up.
                (!(*inner >= 0.0 && inner < outer && *outer <= quarter + 1e-6)).then(|| {
                    format!("its cones are {inner} and {outer} rad, not 0 ≤ inner < outer ≤ π/2")
                })
            }),
            Self::Diode { axis, half_angle } => unit(axis).or_else(|| {
                (!(*half_angle > 1e-3 && *half_angle < quarter - 1e-3)).then(|| {
                    format!("its half angle is {half_angle} rad, not between 0.001 and π/2 − 0.001")
                })
            }),
            Self::Measured {
                profile,
                world_from_light,
            } => {
                let turn = world_from_light;
                if !(turn.is_finite() && (turn.length_squared() - 1.0).abs() < 1e-3) {
                    return Some("its rotation is not a unit quaternion".to_owned());
                }
                profile.fault()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beams_fall_off_as_they_are_specified() {
        let off = |angle: f32| Vec3::new(angle.sin(), angle.cos(), 0.0);
        let spot = Beam::Spot {
            axis: Vec3::Y,
            inner: 0.2,
            outer: 0.4,
        };
        assert_eq!(spot.towards(off(0.19)), 1.0);
        assert_eq!(spot.towards(off(0.41)), 0.0);
        let middle = f32::midpoint(0.2_f32.cos(), 0.4_f32.cos()).acos();
        assert!((spot.towards(off(middle)) - 0.25).abs() < 1e-3);
        let diode = Beam::Diode {
            axis: Vec3::Y,
            half_angle: 0.5,
        };
        assert!((diode.towards(off(0.5)) - 0.5).abs() < 1e-5);
        assert_eq!(diode.towards(off(2.0)), 0.0);
        let mut profile = Photometry {
            vertical_deg: vec![0.0, 180.0],
            horizontal_deg: vec![0.0],
            relative: vec![1.0, 0.0],
        };
        let measured = |profile: Photometry| Beam::Measured {
            profile: Arc::new(profile),
            // The nadir turned to +x.
            world_from_light: Quat::from_rotation_z(std::f32::consts::FRAC_PI_2),
        };
        assert!((measured(profile.clone()).towards(Vec3::X) - 1.0).abs() < 1e-3);
        assert!((measured(profile.clone()).towards(Vec3::Y) - 0.5).abs() < 1e-3);
        profile.relative.clear();
        assert!(measured(profile).fault().is_some());
    }

    #[test]
    fn impossible_beams_are_described() {
        for (beam, expected) in [
            (
                Beam::Spot {
                    axis: Vec3::Y,
                    inner: 0.5,
                    outer: 0.4,
                },
                "its cones are 0.5 and 0.4 rad, not 0 ≤ inner < outer ≤ π/2",
            ),
            (
                Beam::Diode {
                    axis: Vec3::new(0.0, 2.0, 0.0),
                    half_angle: 0.4,
                },
                "its axis is [0, 2, 0], not a unit vector",
            ),
        ] {
            assert_eq!(beam.fault().expect("refused"), expected);
        }
    }
}
