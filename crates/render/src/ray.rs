//! Rays, and where they start so that they do not hit the surface they leave.
use glam::Vec3A;

/// A half line `origin + t·direction` with `0 < t < t_max`.
#[derive(Debug, Clone, Copy)]
pub struct Ray {
    /// Finite, metres.
    pub origin: Vec3A,
    /// Unit length unless stated otherwise.
    pub direction: Vec3A,
    /// In lengths of `direction`.
    pub t_max: f32,
}

impl Ray {
    /// Without an end.
    pub fn new(origin: Vec3A, direction: Vec3A) -> Self {
        Self {
            origin,
            direction,
            t_max: f32::INFINITY,
        }
    }
}

/// Moves a point on a surface off it, to the side `normal` points to, by a few units in the last place of its coordinates.
///
/// Wächter & Binder, "A Fast and Robust Method for Avoiding Self-Intersection", Ray Tracing Gems (2019), listing 6-1:
/// an integer step of the representation far from the origin of the axis, a fixed step near it. `point` must have been computed from
/// barycentric coordinates, not along the ray. At 1 m the step is about 30 µm.
#[inline]
pub(crate) fn offset_origin(point: Vec3A, normal: Vec3A) -> Vec3A {
    const NEAR: f32 = 1.0 / 32.0;
    const FIXED: f32 = 1.0 / 65536.0;
    const STEPS: f32 = 256.0;
    let shift = |p: f32, n: f32| {
        if p.abs() < NEAR {
            return p + FIXED * n;
        }
        let steps = (STEPS * n) as i32;
        let bits = p.to_bits().cast_signed();
        f32::from_bits((if p < 0.0 { bits - steps } else { bits + steps }).cast_unsigned())
    };
    Vec3A::new(
        shift(point.x, normal.x),
        shift(point.y, normal.y),
        shift(point.z, normal.z),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_point_lies_on_the_side_of_the_normal() {
        for scale in [0.0, 1e-6, 0.01, 1.0, 37.0, 5000.0] {
            for normal in [Vec3A::X, Vec3A::NEG_Y, Vec3A::new(0.6, -0.48, 0.64)] {
                let point = Vec3A::new(-0.7, 0.3, 1.0) * scale;
                let moved = offset_origin(point, normal);
                let step = (moved - point).dot(normal);
                assert!(step > 0.0, "at scale {scale}: {step}");
                assert!(step < 1e-4 * scale.max(1.0), "at scale {scale}: {step}");
            }
        }
    }
}
