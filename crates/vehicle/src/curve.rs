//! Closed outlines in a plane, and the signed distance to them as a smooth field.
//!
//! An outline is what a designer draws in the side, front or top view: corners, each with a radius, and sides with a little crown. It becomes a closed uniform
//! cubic B-spline (C²), so that reflections in a surface drawn from it have no kinks.

use glam::Vec2;

use crate::jet::Number;

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

/// A closed curve as a fine polygon, clockwise or not; its first point is also its last.
#[derive(Debug, Clone)]
pub(crate) struct Outline {
    points: Vec<Vec2>,
}

/// A part of a curve, from one point to another, and a circle around it.
struct Run {
    first: usize,
    last: usize,
    middle: Vec2,
    radius: f32,
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
        points.extend(points.first().copied());
        Self { points }
    }

    /// Distances, metres, from the places `(xs[i], y)` to the curve, below 0 inside.
    fn distances(&self, runs: &[Run], xs: impl Iterator<Item = f32>, y: f32) -> Vec<f32> {
        let last = self.points.len() - 1;
        let mut crossings: Vec<f32> = (0..=last)
            .filter_map(|k| {
                let (a, b) = (
                    self.points[if k == 0 { last } else { k - 1 }],
                    self.points[k],
                );
                ((a.y > y) != (b.y > y)).then(|| a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y))
            })
            .collect();
        crossings.sort_unstable_by(f32::total_cmp);
        // The run that was nearest to the last place most often is so again, and rules out most others.
        let mut likely = 0;
        xs.map(|x| {
            let at = Vec2::new(x, y);
            let mut nearest = self.near(&runs[likely], at);
            for (k, run) in runs.iter().enumerate() {
                let least = (at.distance(run.middle) - run.radius).max(0.0);
                if least * least < nearest {
                    let found = self.near(run, at);
                    if found < nearest {
                        (nearest, likely) = (found, k);
                    }
                }
            }
            let beyond = crossings.len() - crossings.partition_point(|&crossing| crossing <= x);
            if beyond % 2 == 1 {
                -nearest.sqrt()
            } else {
                nearest.sqrt()
            }
        })
        .collect()
    }

    /// The square of the distance to a run of the curve.
    fn near(&self, run: &Run, at: Vec2) -> f32 {
        let points = &self.points[run.first..=run.last];
        points.windows(2).fold(f32::INFINITY, |nearest, pair| {
            let side = pair[1] - pair[0];
            let t = ((at - pair[0]).dot(side) / side.length_squared().max(1e-12)).clamp(0.0, 1.0);
            nearest.min((pair[0] + side * t - at).length_squared())
        })
    }

    /// The curve in short runs, each within a circle. The first point must be there again at the end.
    fn runs(&self) -> Vec<Run> {
        let last = self.points.len() - 1;
        (0..last)
            .step_by(STEPS)
            .map(|first| {
                let run = first..=(first + STEPS).min(last);
                let points = &self.points[run.clone()];
                let (low, high) = points.iter().fold(
                    (Vec2::INFINITY, Vec2::NEG_INFINITY),
                    |(low, high), &point| (low.min(point), high.max(point)),
                );
                Run {
                    first,
                    last: *run.end(),
                    middle: 0.5 * (low + high),
                    radius: 0.5 * (high - low).length(),
                }
            })
            .collect()
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
        let runs = outline.runs();
        let values = (0..height)
            .flat_map(|row| {
                let xs = (0..width).map(|column| low.x + column as f32 * step);
                outline.distances(&runs, xs, low.y + row as f32 * step)
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

    /// The distance at a place.
    #[inline(always)]
    pub(crate) fn at<T: Number>(&self, x: T, y: T) -> T {
        let most = Vec2::new(self.width as f32 - 2.001, self.height as f32 - 2.001);
        let free = (Vec2::new(x.value(), y.value()) - self.low) / self.step;
        let place = free.clamp(Vec2::splat(1.0), most);
        let (i, j) = (place.x as usize, place.y as usize);
        let (across, along) = (place.x - i as f32, place.y - j as f32);
        let (rows, row_rates) = (weights(along), rates(along));
        let (columns, column_rates) = (weights(across), rates(across));
        let (mut value, mut by_x, mut by_y) = (0.0, 0.0, 0.0);
        for row in 0..4 {
            let start = (j + row - 1) * self.width + i - 1;
            let line = &self.values[start..start + 4];
            let dot = |by: [f32; 4]| {
                by[0] * line[0] + by[1] * line[1] + by[2] * line[2] + by[3] * line[3]
            };
            let here = dot(columns);
            value += rows[row] * here;
            by_y += row_rates[row] * here;
            by_x += rows[row] * dot(column_rates);
        }
        // Beside the table the value of its edge holds on.
        let within = free.cmpeq(place);
        let per_metre = |rate: f32, within: bool| if within { rate / self.step } else { 0.0 };
        T::of(
            value,
            [
                (x, per_metre(by_x, within.x)),
                (y, per_metre(by_y, within.y)),
            ],
        )
    }
}

/// The cubic B-spline's four weights at `u` of a step, `[0, 1]`.
#[inline(always)]
fn weights(u: f32) -> [f32; 4] {
    let v = 1.0 - u;
    [
        v * v * v / 6.0,
        (4.0 - 6.0 * u * u + 3.0 * u * u * u) / 6.0,
        (4.0 - 6.0 * v * v + 3.0 * v * v * v) / 6.0,
        u * u * u / 6.0,
    ]
}

/// How they change.
#[inline(always)]
fn rates(u: f32) -> [f32; 4] {
    let v = 1.0 - u;
    [
        -0.5 * v * v,
        (1.5 * u - 2.0) * u,
        (2.0 - 1.5 * v) * v,
        0.5 * u * u,
    ]
}

/// The greater of two, rounded over where they differ by less than `radius`: C².
#[inline(always)]
pub(crate) fn smooth_max<T: Number>(a: T, b: T, radius: T) -> T {
    let (low, high) = if a.value() < b.value() {
        (a, b)
    } else {
        (b, a)
    };
    let h = 1.0 - (high.value() - low.value()) / radius.value();
    if h <= 0.0 {
        return high;
    }
    T::of(
        high.value() + h * h * h * radius.value() / 6.0,
        [
            (high, 1.0 - 0.5 * h * h),
            (low, 0.5 * h * h),
            (radius, h * h * (0.5 - h / 3.0)),
        ],
    )
}

/// The lesser, likewise.
#[inline(always)]
pub(crate) fn smooth_min<T: Number>(a: T, b: T, radius: T) -> T {
    -smooth_max(-a, -b, radius)
}

/// 0 below `from`, 1 above `to`, C² between.
#[inline(always)]
pub(crate) fn smooth_step<T: Number>(from: f32, to: f32, x: T) -> T {
    let t = ((x.value() - from) / (to - from)).clamp(0.0, 1.0);
    let v = 1.0 - t;
    T::of(
        t * t * t * (t * (6.0 * t - 15.0) + 10.0),
        [(x, 30.0 * t * t * v * v / (to - from))],
    )
}

/// 1 at 0, none from `reach` on either side, C³: like a bell of standard deviation 0.35 `reach`.
#[inline(always)]
pub(crate) fn bump<T: Number>(reach: f32, x: T) -> T {
    let u = x.value() / reach;
    let left = (1.0 - u * u).max(0.0);
    let cube = left * left * left;
    T::of(cube * left, [(x, -8.0 * u * cube / reach)])
}
