//! The front of an eye as optics has it: a conic of revolution that bends what lies behind it and mirrors what lies before it.
use glam::{DVec2, DVec3};

/// The front surface of a cornea: `r² = 2R·s − (1 + Q)·s²`, `s` the depth below the apex and `r` the distance from the axis (Baker 1943; Atchison & Smith 2000,
/// §2.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cornea {
    /// World, metres.
    pub apex: DVec3,
    /// Unit, out of the eye.
    pub axis: DVec3,
    /// Radius of curvature at the apex, metres; about 7.8 mm.
    pub curvature_m: f64,
    /// Q: 0 is a sphere, below 0 flattens outwards; about −0.25.
    pub asphericity: f64,
    /// Where the surface ends, distance from the axis, metres.
    pub rim_m: f64,
    /// Index of refraction behind it; 1 where the picture was made without bending.
    pub index: f64,
}

/// Newton steps; the surfaces are so smooth that five are the rule.
const STEPS: usize = 40;
/// Two places on a cornea that are one, metres.
const SAME_M: f64 = 1e-10;

impl Cornea {
    /// Depth below the apex at a distance from the axis; `None` beyond the conic's equator.
    pub fn depth(&self, from_axis: f64) -> Option<f64> {
        let c = from_axis / self.curvature_m;
        let root = 1.0 - (1.0 + self.asphericity) * c * c;
        (root >= 0.0).then(|| c * from_axis / (1.0 + root.sqrt()))
    }

    /// Axes across: with the third, `axis`, they are right-handed. Which way they point has no meaning.
    fn across(&self) -> [DVec3; 2] {
        let x = self.axis.any_orthonormal_vector();
        [x, self.axis.cross(x)]
    }

    /// A place on the surface by its offset from the axis, metres along [`Cornea::across`]; `None` beyond the equator.
    fn place(&self, offset: DVec2) -> Option<DVec3> {
        let [x, y] = self.across();
        let depth = self.depth(offset.length())?;
        Some(self.apex + x * offset.x + y * offset.y - self.axis * depth)
    }

    /// Distance of a point from the axis.
    pub fn from_axis(&self, point: DVec3) -> f64 {
        let from = point - self.apex;
        (from - self.axis * from.dot(self.axis)).length()
    }

    /// Unit outward normal at a point of the surface.
    pub fn normal(&self, point: DVec3) -> DVec3 {
        let from = point - self.apex;
        let depth = -from.dot(self.axis);
        let out = from + self.axis * depth;
        (out + self.axis * (self.curvature_m - (1.0 + self.asphericity) * depth))
            .normalize_or(self.axis)
    }

    /// Where a ray first meets the surface from outside, the continued conic in front of its equator included; `None` where it passes by.
    pub fn meet(&self, origin: DVec3, direction: DVec3) -> Option<DVec3> {
        let from = origin - self.apex;
        let (h, dh) = (from.dot(self.axis), direction.dot(self.axis));
        let (across, dacross) = (from - self.axis * h, direction - self.axis * dh);
        let p = 1.0 + self.asphericity;
        // |across + t·dacross|² + 2R·(h + t·dh) + p·(h + t·dh)² = 0
        let a = dacross.length_squared() + p * dh * dh;
        let b = across.dot(dacross) + self.curvature_m * dh + p * h * dh;
        let c = across.length_squared() + 2.0 * self.curvature_m * h + p * h * h;
        let root = b * b - a * c;
        if root < 0.0 || a <= 0.0 {
            return None;
        }
        let t = (-b - root.sqrt()) / a;
        let point = origin + direction * t;
        let depth = -(point - self.apex).dot(self.axis);
        (t > 0.0 && depth * p < self.curvature_m).then_some(point)
    }

    /// A ray after the surface bent it: where it enters and its unit direction inside; `None` where it passes by.
    pub fn bend(&self, origin: DVec3, direction: DVec3) -> Option<(DVec3, DVec3)> {
        let direction = direction.try_normalize()?;
        let point = self.meet(origin, direction)?;
        let normal = self.normal(point);
        let cosine = -direction.dot(normal);
        if cosine <= 0.0 {
            return None;
        }
        let eta = 1.0 / self.index;
        let inside = (1.0 - eta * eta * (1.0 - cosine * cosine)).max(0.0).sqrt();
        Some((point, direction * eta + normal * (eta * cosine - inside)))
    }

    /// The place on the surface where an observer outside sees a point behind it (Snell's law): project this, and not the point. `None` where there is none, such as
    /// for an observer behind the eye.
    pub fn seen_at(&self, observer: DVec3, target: DVec3) -> Option<DVec3> {
        // Inside, the ray passes the target: both angles off it are to vanish.
        let start = self.meet(observer, target - observer)?;
        let miss = |place: DVec3| {
            let (_, inside) = self.bend(observer, place - observer)?;
            let aim = target - place;
            let off = aim - inside * aim.dot(inside);
            let [x, y] = self.across();
            Some(DVec2::new(off.dot(x), off.dot(y)))
        };
        self.solve(start, miss)
    }

    /// The place on the surface where an observer sees a lamp mirrored: angles are equal there. `None` where the mirror would lie beyond the rim.
    pub fn mirrors_at(&self, observer: DVec3, lamp: DVec3) -> Option<DVec3> {
        let miss = |place: DVec3| {
            let half = (observer - place).normalize_or_zero() + (lamp - place).normalize_or_zero();
            let normal = self.normal(place);
            // On the way in and out of the same side.
            let off = half - normal * half.dot(normal);
            let [x, y] = self.across();
            (half.dot(normal) > 0.0).then(|| DVec2::new(off.dot(x), off.dot(y)))
        };
        let place = self.solve(self.apex, miss)?;
        let normal = self.normal(place);
        let before = |point: DVec3| (point - place).dot(normal) > 0.0;
        (self.from_axis(place) <= self.rim_m && before(observer) && before(lamp)).then_some(place)
    }

    /// The place near `start` where `miss` vanishes, by Newton's method with differences, kept on the conic.
    fn solve(&self, start: DVec3, miss: impl Fn(DVec3) -> Option<DVec2>) -> Option<DVec3> {
        const DIFFERENCE_M: f64 = 1e-7;
        let [x, y] = self.across();
        let from = start - self.apex;
        let mut at = DVec2::new(from.dot(x), from.dot(y));
        // Half-way to the equator at most in one step.
        let longest = 0.5 * self.curvature_m;
        for _ in 0..STEPS {
            let here = miss(self.place(at)?)?;
            let slope = |along: DVec2| {
                Some((miss(self.place(at + along * DIFFERENCE_M)?)? - here) / DIFFERENCE_M)
            };
            let (du, dv) = (slope(DVec2::X)?, slope(DVec2::Y)?);
            let determinant = du.x * dv.y - du.y * dv.x;
            if determinant == 0.0 {
                return None;
            }
            let step = DVec2::new(
                (here.x * dv.y - here.y * dv.x) / determinant,
                (du.x * here.y - du.y * here.x) / determinant,
            );
            let mut step = step.clamp_length_max(longest);
            // A step off the conic is halved until it stays on it.
            while self.place(at - step).and_then(&miss).is_none() {
                step *= 0.5;
                if step.length() < SAME_M {
                    return None;
                }
            }
            at -= step;
            if step.length() < SAME_M {
                return self.place(at);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cornea(axis: DVec3) -> Cornea {
        Cornea {
            apex: DVec3::new(0.03, 1.6, 0.1),
            axis: axis.normalize(),
            curvature_m: 7.8e-3,
            asphericity: -0.25,
            rim_m: 6e-3,
            index: 1.3375,
        }
    }

    #[test]
    fn the_surface_is_the_conic_it_says_and_normals_are_square_to_it() {
        let one = cornea(DVec3::Z);
        for r in [0.0, 1e-3, 3e-3, 5.9e-3] {
            let s = one.depth(r).expect("before the equator");
            assert!((r * r - (2.0 * 7.8e-3 * s - 0.75 * s * s)).abs() < 1e-15);
            let here = one.place(DVec2::new(r, 0.0)).expect("there");
            let next = one.place(DVec2::new(r + 1e-7, 0.0)).expect("there");
            assert!((next - here).normalize().dot(one.normal(here)).abs() < 1e-4);
        }
        assert_eq!(one.depth(0.01), None);
        let hit = one
            .meet(one.apex + DVec3::new(0.002, 0.001, 0.05), DVec3::NEG_Z)
            .expect("met");
        assert!((one.from_axis(hit) - 0.002_f64.hypot(0.001)).abs() < 1e-12);
        assert_eq!(
            one.meet(one.apex + DVec3::new(0.02, 0.0, 0.05), DVec3::NEG_Z),
            None
        );
    }

    #[test]
    fn what_is_seen_behind_it_lies_on_the_bent_ray_and_nearer_than_it_is() {
        for axis in [DVec3::Z, DVec3::new(0.5, -0.2, 0.8)] {
            let one = cornea(axis);
            let observer = one.apex + DVec3::new(0.01, -0.015, 0.04);
            for offset in [DVec3::ZERO, DVec3::X * 2e-3, DVec3::Y * -3e-3] {
                let target = one.apex - one.axis * 3.6e-3 + offset;
                let place = one.seen_at(observer, target).expect("seen");
                let (entry, inside) = one.bend(observer, place - observer).expect("enters");
                assert!(entry.distance(place) < 1e-9);
                let aim = target - entry;
                assert!((aim - inside * aim.dot(inside)).length() < 1e-8);
            }
            // The entrance pupil: seen from ahead, a pupil of 4 mm, 3.6 mm deep, looks an eighth wider (Atchison & Smith 2000, §3.2: 1.13).
            let far = one.apex + one.axis * 10.0;
            let [x, _] = one.across();
            let place = one
                .seen_at(far, one.apex - one.axis * 3.6e-3 + x * 2e-3)
                .expect("seen");
            let wider = one.from_axis(place) / 2e-3;
            assert!((1.10..1.16).contains(&wider), "{wider}");
        }
    }

    #[test]
    fn a_lamp_is_mirrored_at_half_the_radius_behind_the_apex() {
        let one = cornea(DVec3::Z);
        // Seen from afar along the axis, a far lamp at a small angle is mirrored where the normal halves the angle.
        let angle = 0.1_f64;
        let place = one
            .mirrors_at(
                one.apex + DVec3::Z * 100.0,
                one.apex + 100.0 * DVec3::new(angle.sin(), 0.0, angle.cos()),
            )
            .expect("on the cornea");
        let expected = 7.8e-3 * (0.5 * angle).sin();
        assert!((one.from_axis(place) / expected - 1.0).abs() < 2e-3);
        // A lamp beside the eye, as seen from the other side, is mirrored beyond the rim, or not at all.
        let beside = one.mirrors_at(
            one.apex + DVec3::new(-0.05, 0.0, -0.003),
            one.apex + DVec3::new(-0.05, 0.001, -0.003),
        );
        assert_eq!(beside, None);
    }

    #[test]
    fn without_a_step_in_the_index_nothing_is_bent() {
        let one = Cornea {
            index: 1.0,
            ..cornea(DVec3::Z)
        };
        let (observer, target) = (
            one.apex + DVec3::new(0.02, 0.01, 0.05),
            one.apex - DVec3::Z * 3.6e-3,
        );
        let place = one.seen_at(observer, target).expect("seen");
        let line = (target - observer).normalize();
        assert!((place - observer).normalize().distance(line) < 1e-9);
    }
}
