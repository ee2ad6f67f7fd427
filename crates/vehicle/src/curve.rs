//! Closed outlines in a plane, and the signed distance to them as a smooth field.
//!
//! An outline is what a designer draws in the side, front or top view: corners, each with a radius, and sides with a little crown. It becomes a closed uniform
//! cubic B-spline (C²), so that reflections in a surface drawn from it have no kinks.

use glam::Vec2;

/// A corner of an outline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Corner {
    /// Metres.
    pub(crate) at: Vec2,
    /// How far from the corner the curve leaves its sides, metres; clamped to 45 % of the shorter side.
    pub(crate) round: f32,
    /// How far the side to the next corner bulges to the left of its direction, metres.
    pub(crate) crown: f32,
}

/// A corner without crown behind it.
pub(crate) fn corner(x: f32, y: f32, round: f32) -> Corner {
    Corner {
        at: Vec2::new(x, y),
        round,
        crown: 0.0,
    }
}

impl Corner {
    pub(crate) fn crowned(self, crown: f32) -> Self {
        Self { crown, ..self }
    }
}

/// A closed curve as a fine polygon, clockwise or not.
#[derive(Debug, Clone)]
pub(crate) struct Outline {
    points: Vec<Vec2>,
}

/// Points of a B-spline between two control points.
const STEPS: usize = 8;

impl Outline {
    pub(crate) fn new(corners: &[Corner]) -> Self {
        let mut controls = Vec::new();
        let count = corners.len();
        for k in 0..count {
            let (before, here, next) = (
                corners[(k + count - 1) % count],
                corners[k],
                corners[(k + 1) % count],
            );
            let (back, on) = (before.at - here.at, next.at - here.at);
            let most = 0.45 * back.length().min(on.length());
            let round = here.round.min(most).max(1e-3);
            // Sides are parabolas from corner to corner.
            let on_side = |from: &Corner, side: Vec2, t: f32| {
                let left = side.perp().normalize_or_zero();
                from.at + side * t + left * (from.crown * 4.0 * t * (1.0 - t))
            };
            controls.push(on_side(&before, -back, 1.0 - round / back.length()));
            controls.push(here.at);
            controls.push(on_side(&here, on, round / on.length()));
            let next_round = next.round.min(0.45 * on.length()).max(1e-3);
            let (from, to) = (round / on.length(), 1.0 - next_round / on.length());
            for step in 1..6 {
                let t = from + (to - from) * step as f32 / 6.0;
                controls.push(on_side(&here, on, t));
            }
        }
        let n = controls.len();
        let mut points = Vec::with_capacity(n * STEPS);
        for k in 0..n {
            let p = |i: usize| controls[(k + i) % n];
            for step in 0..STEPS {
                let u = step as f32 / STEPS as f32;
                let v = 1.0 - u;
                points.push(
                    (p(0) * (v * v * v)
                        + p(1) * (4.0 - 6.0 * u * u + 3.0 * u * u * u)
                        + p(2) * (4.0 - 6.0 * v * v + 3.0 * v * v * v)
                        + p(3) * (u * u * u))
                        / 6.0,
                );
            }
        }
        Self { points }
    }

    /// Signed distance, metres, below 0 inside.
    fn distance(&self, at: Vec2) -> f32 {
        let (mut nearest, mut inside) = (f32::INFINITY, false);
        let mut a = self.points[self.points.len() - 1];
        for &b in &self.points {
            let side = b - a;
            let t = ((at - a).dot(side) / side.length_squared().max(1e-12)).clamp(0.0, 1.0);
            nearest = nearest.min((a + side * t - at).length_squared());
            if (a.y > at.y) != (b.y > at.y) && at.x < a.x + (at.y - a.y) * side.x / side.y {
                inside = !inside;
            }
            a = b;
        }
        if inside {
            -nearest.sqrt()
        } else {
            nearest.sqrt()
        }
    }

    pub(crate) fn bounds(&self) -> (Vec2, Vec2) {
        self.points.iter().fold(
            (Vec2::INFINITY, Vec2::NEG_INFINITY),
            |(low, high), &point| (low.min(point), high.max(point)),
        )
    }
}

/// The signed distance to an outline, tabulated and interpolated by cubic B-splines: C² wherever the distance itself is smooth.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    low: Vec2,
    step: f32,
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Field {
    /// Within `margin` metres around the outline; farther off the value of the table's edge.
    pub(crate) fn new(outline: &Outline, step: f32, margin: f32) -> Self {
        let (low, high) = outline.bounds();
        let (low, high) = (low - margin, high + margin);
        let size = ((high - low) / step).ceil();
        let (width, height) = (size.x as usize + 2, size.y as usize + 2);
        let values = (0..width * height)
            .map(|k| {
                let at = low + Vec2::new((k % width) as f32, (k / width) as f32) * step;
                outline.distance(at)
            })
            .collect();
        Self {
            low,
            step,
            width,
            height,
            values,
        }
    }

    #[inline]
    pub(crate) fn at(&self, x: f32, y: f32) -> f32 {
        let most = Vec2::new(self.width as f32 - 2.001, self.height as f32 - 2.001);
        let place = ((Vec2::new(x, y) - self.low) / self.step).clamp(Vec2::splat(1.0), most);
        let (i, j) = (place.x as usize, place.y as usize);
        let weights = |u: f32| {
            let v = 1.0 - u;
            [
                v * v * v / 6.0,
                (4.0 - 6.0 * u * u + 3.0 * u * u * u) / 6.0,
                (4.0 - 6.0 * v * v + 3.0 * v * v * v) / 6.0,
                u * u * u / 6.0,
            ]
        };
        let (across, along) = (weights(place.x - i as f32), weights(place.y - j as f32));
        let mut sum = 0.0;
        for (row, weight) in along.iter().enumerate() {
            let start = (j + row - 1) * self.width + i - 1;
            let line = &self.values[start..start + 4];
            sum += weight
                * (across[0] * line[0]
                    + across[1] * line[1]
                    + across[2] * line[2]
                    + across[3] * line[3]);
        }
        sum
    }
}

/// The greater of two, rounded over where they differ by less than `radius`: C².
#[inline]
pub(crate) fn smooth_max(a: f32, b: f32, radius: f32) -> f32 {
    let h = (radius - (a - b).abs()).max(0.0) / radius;
    a.max(b) + h * h * h * radius / 6.0
}

/// The lesser, likewise.
#[inline]
pub(crate) fn smooth_min(a: f32, b: f32, radius: f32) -> f32 {
    -smooth_max(-a, -b, radius)
}

/// 0 below `from`, 1 above `to`, C² between.
#[inline]
pub(crate) fn smooth_step(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * t * (t * (6.0 * t - 15.0) + 10.0)
}
