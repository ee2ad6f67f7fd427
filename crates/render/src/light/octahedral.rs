//! The sphere as a square: areas keep their ratios (Clarberg, "Fast Equal-Area Mapping of the (Hemi)Sphere using SIMD", 2008), and no system
//! library is asked for angles, so that directions are the same on every machine.
use glam::Vec3A;
use std::f32::consts::FRAC_PI_4;

/// `atan(t)·2/π` for `t` in `[0, 1]`, right to 3·10⁻⁸ (odd minimax polynomial).
#[inline]
fn quarter_atan(t: f32) -> f32 {
    const TERMS: [f32; 8] = [
        0.636_619_3,
        -0.212_184_49,
        0.126_983_78,
        -0.088_545_084,
        0.061_384_134,
        -0.035_594_89,
        0.013_918_391,
        -0.002_581_217_6,
    ];
    let square = t * t;
    TERMS
        .iter()
        .rev()
        .fold(0.0, |sum, term| sum * square + term)
        * t
}

/// Angle of the vector (x, y) from the x axis in quarter turns, both at least 0: `[0, 1]`; 0 for no vector.
#[inline]
fn quarter_turn(x: f32, y: f32) -> f32 {
    let (less, more) = if y < x { (y, x) } else { (x, y) };
    let angle = quarter_atan(if more > 0.0 { less / more } else { 0.0 });
    if y < x || more == 0.0 {
        angle
    } else {
        1.0 - angle
    }
}

/// Azimuth around +y from −z over +x in turns, `[0, 1]`, so that −z is at ½ (see [`scene::Environment`]), and the angle from +y in half turns, `[0, 1]`.
#[inline]
pub(super) fn longitude_and_polar(d: Vec3A) -> (f32, f32) {
    let quarter = quarter_turn(d.z.abs(), d.x.abs());
    let half = if d.z <= 0.0 { quarter } else { 2.0 - quarter };
    let across = (d.x * d.x + d.z * d.z).sqrt();
    let polar = 0.5 * quarter_turn(d.y.abs(), across);
    (
        0.5 + 0.25 * half.copysign(d.x),
        if d.y >= 0.0 { polar } else { 1.0 - polar },
    )
}

/// Sine and cosine of an angle within ±π/4.
#[inline]
fn sin_cos_eighth(t: f32) -> (f32, f32) {
    let s = t * t;
    let sin = t * (1.0 + s * (-0.166_666_37 + s * (0.008_331_585 - s * 0.000_194_621_17)));
    let cos = 1.0 + s * (-0.5 + s * (0.041_666_616 + s * (-0.001_388_662 + s * 0.000_024_379_937)));
    (sin, cos)
}

/// A place in the unit square to a unit direction.
#[inline]
pub(super) fn direction_at(u: f32, v: f32) -> Vec3A {
    let (u, v) = (2.0 * u - 1.0, 2.0 * v - 1.0);
    let (x, y) = (u.abs(), v.abs());
    let from_edge = 1.0 - (x + y);
    let r = 1.0 - from_edge.abs();
    let t = if r > 0.0 {
        (y - x) / r * FRAC_PI_4
    } else {
        0.0
    };
    let (sin, cos) = sin_cos_eighth(t);
    // Sine and cosine of t + π/4, times √2.
    let across = r * (1.0 - 0.5 * r * r).max(0.0).sqrt();
    Vec3A::new(
        ((cos - sin) * across).copysign(u),
        ((cos + sin) * across).copysign(v),
        (1.0 - r * r).copysign(from_edge),
    )
}

/// A unit direction's place in the unit square.
#[inline]
pub(super) fn place_of(d: Vec3A) -> (f32, f32) {
    let (x, y) = (d.x.abs(), d.y.abs());
    // √(1 − |z|) without cancellation.
    let r = ((x * x + y * y) / (1.0 + d.z.abs())).sqrt();
    let v = quarter_turn(x, y) * r;
    let u = r - v;
    let (u, v) = if d.z < 0.0 {
        (1.0 - v, 1.0 - u)
    } else {
        (u, v)
    };
    (0.5 + 0.5 * u.copysign(d.x), 0.5 + 0.5 * v.copysign(d.y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chi_square::{Uniforms, p_value};
    use std::f32::consts::{PI, TAU};

    fn directions() -> impl Iterator<Item = Vec3A> {
        let mut uniforms = Uniforms::new(3);
        let axes = [Vec3A::X, Vec3A::Y, Vec3A::Z].map(|axis| [axis, -axis]);
        axes.into_iter().flatten().chain((0..20_000).map(move |_| {
            let z = 2.0 * uniforms.next() - 1.0;
            let phi = f64::from(uniforms.next()) * std::f64::consts::TAU;
            let sine = (1.0 - f64::from(z).powi(2)).sqrt();
            Vec3A::new((sine * phi.cos()) as f32, z, (sine * phi.sin()) as f32)
        }))
    }

    #[test]
    fn a_direction_comes_back_from_its_place() {
        for d in directions() {
            let (u, v) = place_of(d);
            assert!((0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v));
            let back = direction_at(u, v);
            assert!((back.length() - 1.0).abs() < 1e-6, "{d} became {back}");
            assert!((back - d).length() < 2e-6, "{d} became {back}");
        }
    }

    #[test]
    fn equal_areas_are_equally_likely() {
        // α = 1e-5.
        let p = p_value(
            200_000,
            9,
            |u| Some(direction_at(u[0], u[1])),
            |_| 1.0 / (4.0 * PI),
        );
        assert!(p > 1e-5, "p = {p}");
    }

    #[test]
    fn longitude_and_polar_angle_are_those_of_the_system_library() {
        for d in directions() {
            let (longitude, polar) = longitude_and_polar(d);
            let (x, y, z) = (f64::from(d.x), f64::from(d.y), f64::from(d.z));
            let expected = x.atan2(-z) / f64::from(TAU) + 0.5;
            // The seam may be met from either side.
            let off = (f64::from(longitude) - expected).abs();
            // At the poles any will do.
            let pole = d.y.abs() == 1.0;
            assert!(
                pole || off < 1e-6 || (off - 1.0).abs() < 1e-6,
                "{d}: {longitude}"
            );
            let expected = x.hypot(z).atan2(y) / f64::from(PI);
            assert!((f64::from(polar) - expected).abs() < 1e-6, "{d}: {polar}");
        }
    }
}
