//! A ray against straight round segments, the pieces of fibres.
//!
//! In the plane across the ray a segment is a strip with round ends; the ray meets it where its own point lies within the radius of the strip's middle line
//! (Reshetov, "Exploiting Budan-Fourier and Vincent's Theorems for Ray Tracing 3D Bézier Curves", 2017, for the choice of frame). The distance is that of the
//! cylinder's near side. Only *entries* count: a ray that starts inside does not meet the segment it leaves.
use super::{
    Crossing,
    lanes::{Eight, Lanes},
    node::CurveBlock,
    walk::Candidates,
};
use crate::{ray::Ray, sampling::Basis};
use glam::Vec3A;

/// Least sine of the angle between ray and segment; below, the ray comes in at an end anyway.
const LEAST_SINE: f32 = 1e-3;

/// A place on a ring, `[0, 1)`: a quarter for each quadrant, in each by the share of the second coordinate. Exact arithmetic, unlike an angle's.
#[derive(Debug, Clone, Copy)]
pub struct Around;

impl Around {
    /// Of a direction `(x, y)`; 0 for a direction without length.
    pub fn of(x: f32, y: f32) -> f32 {
        let sum = x.abs() + y.abs();
        if sum == 0.0 {
            return 0.0;
        }
        let share = y / sum;
        let turn = match (x < 0.0, y < 0.0) {
            (false, false) => share,
            (true, _) => 2.0 - share,
            (false, true) => 4.0 + share,
        };
        let place = 0.25 * turn;
        if place < 1.0 { place } else { 0.0 }
    }

    /// The direction, unit.
    pub fn direction(place: f32) -> [f32; 2] {
        let turn = 4.0 * (place - place.floor());
        let y = if turn < 1.0 {
            turn
        } else if turn < 3.0 {
            2.0 - turn
        } else {
            turn - 4.0
        };
        let x = if (1.0..3.0).contains(&turn) {
            y.abs() - 1.0
        } else {
            1.0 - y.abs()
        };
        let length = (x * x + y * y).sqrt();
        [x / length, y / length]
    }
}

/// Entries of a ray into a block.
pub(super) struct Entries<'a, L> {
    ray: &'a Ray,
    block: &'a CurveBlock,
    hits: u32,
    t: L,
    /// How far along.
    along: L,
}

impl<L: Lanes> Candidates for Entries<'_, L> {
    #[inline(always)]
    fn hits(&self) -> u32 {
        self.hits
    }

    #[inline(always)]
    fn t(&self) -> Eight {
        self.t.array()
    }

    #[inline(always)]
    fn id(&self, lane: usize) -> u32 {
        self.block.ids[lane]
    }

    #[inline(always)]
    fn one(&self, lane: usize, t: f32) -> Crossing {
        let Eight(along) = self.along.array();
        place(self.ray, self.block, lane, t, along[lane])
    }
}

fn place(ray: &Ray, block: &CurveBlock, lane: usize, t: f32, along: f32) -> Crossing {
    let at = |rows: &[Eight; 3]| Vec3A::new(rows[0].0[lane], rows[1].0[lane], rows[2].0[lane]);
    let (start, span) = (at(&block.start), at(&block.span));
    let out = (ray.origin - start) + ray.direction * t - span * along;
    let basis = Basis::around(span.normalize_or(Vec3A::Y));
    Crossing {
        t,
        id: block.ids[lane],
        barycentric: [along, Around::of(out.dot(basis.x), out.dot(basis.y))],
        flags: block.flags[lane],
    }
}

#[inline(always)]
fn dot<L: Lanes>(a: [L; 3], b: [L; 3]) -> L {
    a[0].times(b[0])
        .plus(a[1].times(b[1]))
        .plus(a[2].times(b[2]))
}

/// Entries with `0 < t < t_max`; `END`: one at `t_max` itself counts.
#[inline(always)]
pub(super) fn cross<'a, L: Lanes, const END: bool>(
    ray: &'a Ray,
    block: &'a CurveBlock,
    t_max: f32,
) -> Option<Entries<'a, L>> {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    let squared = ray.direction.length_squared();
    let direction = [
        L::splat(ray.direction.x),
        L::splat(ray.direction.y),
        L::splat(ray.direction.z),
    ];
    let from = [
        L::load(&block.start[0]).minus(L::splat(ray.origin.x)),
        L::load(&block.start[1]).minus(L::splat(ray.origin.y)),
        L::load(&block.start[2]).minus(L::splat(ray.origin.z)),
    ];
    let span = [
        L::load(&block.span[0]),
        L::load(&block.span[1]),
        L::load(&block.span[2]),
    ];
    // Along the ray, in lengths of its direction, and across it.
    let inverse = L::splat(1.0 / squared);
    let start_t = dot(from, direction).times(inverse);
    let span_t = dot(span, direction).times(inverse);
    let start_across = [
        from[0].minus(start_t.times(direction[0])),
        from[1].minus(start_t.times(direction[1])),
        from[2].minus(start_t.times(direction[2])),
    ];
    let span_across = [
        span[0].minus(span_t.times(direction[0])),
        span[1].minus(span_t.times(direction[1])),
        span[2].minus(span_t.times(direction[2])),
    ];
    // A segment that runs along the ray has no span across it: either end will do.
    let width = dot(span_across, span_across).max(L::splat(1e-30));
    let nearest = zero.minus(dot(start_across, span_across)).over(width);
    let along = nearest.max(zero).min(one);
    let offset = [
        start_across[0].plus(along.times(span_across[0])),
        start_across[1].plus(along.times(span_across[1])),
        start_across[2].plus(along.times(span_across[2])),
    ];
    let radius = L::load(&block.radius).plus(along.times(L::load(&block.taper)));
    let depth = radius.times(radius).minus(dot(offset, offset));
    let inside = zero.below(depth);
    if L::bits(inside) == 0 {
        return None;
    }
    // Where the ray enters the cylinder without ends, and how far along that is.
    let length = dot(span, span);
    let speed = L::splat(squared.sqrt());
    let sine = width.over(length).root().max(L::splat(LEAST_SINE));
    let body_t = start_t
        .plus(along.times(span_t))
        .minus(depth.root().over(sine.times(speed)));
    let entry = body_t
        .times(dot(direction, span))
        .minus(dot(from, span))
        .over(length);
    // Beyond an end it is the ball there that is entered.
    let held = entry.max(zero).min(one);
    let ball = L::load(&block.radius).plus(held.times(L::load(&block.taper)));
    let beside = [
        start_across[0].plus(held.times(span_across[0])),
        start_across[1].plus(held.times(span_across[1])),
        start_across[2].plus(held.times(span_across[2])),
    ];
    let ball_depth = ball.times(ball).minus(dot(beside, beside)).max(zero);
    let ball_t = start_t
        .plus(held.times(span_t))
        .minus(ball_depth.root().over(speed));
    let is_body = L::and(entry.at_most(one), zero.at_most(entry));
    let t = L::choose(is_body, body_t, ball_t);
    let end = L::splat(t_max);
    let before = if END { t.at_most(end) } else { t.below(end) };
    let hits = L::bits(L::and(inside, L::and(zero.below(t), before)));
    (hits != 0).then_some(Entries {
        ray,
        block,
        hits,
        t,
        along: held,
    })
}
