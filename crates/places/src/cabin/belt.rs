//! Belts: a strap is a taut string, so it runs along the convex hull of the body's section from one anchor to the other.
//!
//! The shoulder strap lies in the plane through its two anchors and the collar bone, the lap strap in the one through its own and the fold of the
//! lap. A strap's width is spanned by three such strings beside one another; each bridges hollows as webbing does, and lies on what stands out.

use glam::{Vec2, Vec3};

use super::Driver;
use super::layout::Layout;
use crate::loft::Ends;
use crate::solid::Solid;

/// Width of the webbing (ECE R16 asks for 46 mm), and half its thickness, metres.
const WIDTH_M: f32 = 0.047;
const HALF_THICK_M: f32 = 0.0007;
/// From cloth to the webbing's middle: thick enough for folds between two strings.
const ABOVE_M: f32 = 0.005;
/// Points along a strap.
const STEPS: usize = 56;

/// The belt, worn or hanging, and its fittings.
pub(super) fn add(driver: &Driver, at: &Layout) -> Vec<(&'static str, Solid)> {
    // The strap leaves the pillar through a ring a little above the shoulder.
    let ring = Vec3::new(
        at.door - 0.45 * at.drawn_in - 0.025,
        (driver.neck.y + 0.02)
            .min(at.roof - 0.16)
            .max(at.sill + 0.06),
        at.b_pillar + 0.01,
    );
    let reel = Vec3::new(at.door - 0.045, 0.12, at.b_pillar + 0.02);
    let beside = at.half_hips + 0.035;
    let buckle = Vec3::new(-beside, at.under + 0.075, driver.hips.z - 0.02);
    let anchor = Vec3::new(
        beside.min(at.door - 0.05),
        at.under + 0.02,
        driver.hips.z - 0.07,
    );
    let mut parts = Vec::new();
    let knob = Solid::default().pillow(
        ring + Vec3::X * 0.012,
        [Vec3::Z * 0.035, Vec3::Y * 0.022, Vec3::X * 0.012],
        3.0,
    );
    let receiver = Solid::default().beam(
        [
            buckle - Vec3::Y * 0.12,
            buckle + Vec3::new(0.0, 0.012, 0.004),
        ],
        [[Vec3::Z * 0.022; 2], [Vec3::X * 0.01; 2]],
    );
    // Down the pillar to the reel.
    let mut webbing = flat(&[ring - Vec3::X * 0.012, reel], Vec3::NEG_X, Vec3::Z);
    for other in [ring, reel].map(|p| at.across(p)).windows(2) {
        webbing = webbing.and(flat(other, Vec3::X, Vec3::Z));
    }
    if driver.is_belted {
        let shoulder = Vec3::new(
            0.42 * at.half_hips.clamp(0.15, 0.24) + 0.01,
            driver.neck.y - 0.02,
            driver.neck.z + 0.05,
        );
        let lap = driver.hips + Vec3::new(0.0, 0.06, 0.12);
        let over =
            |from: Vec3, to: Vec3, by: Vec3, above: f32| strap(from, to, by, &driver.trunk, above);
        webbing = webbing
            .and(over(ring, buckle, shoulder, ABOVE_M + 2.0 * HALF_THICK_M))
            .and(over(anchor, buckle, lap, ABOVE_M));
    }
    parts.push(("cabin/belt", webbing));
    parts.push(("cabin/belt_fittings", knob.and(receiver)));
    parts
}

/// A straight piece between two places, facing a side.
fn flat(path: &[Vec3], out: Vec3, across: Vec3) -> Solid {
    let rings: Vec<Vec<Vec3>> = path
        .iter()
        .map(|p| {
            band(
                *p - across * 0.5 * WIDTH_M,
                *p,
                *p + across * 0.5 * WIDTH_M,
                [out; 3],
            )
        })
        .collect();
    Solid::default().loft(&rings, Ends::Capped)
}

/// The section of webbing over three places of its width.
fn band(a: Vec3, b: Vec3, c: Vec3, out: [Vec3; 3]) -> Vec<Vec3> {
    let [u, v, w] = out.map(|o| o * HALF_THICK_M);
    vec![a + u, b + v, c + w, c - w, b - v, a - u]
}

/// A strap from one anchor to the other over a body, in the plane that also holds `by`, on the side where `by` is.
pub(crate) fn strap(from: Vec3, to: Vec3, by: Vec3, body: &[[Vec3; 3]], above: f32) -> Solid {
    let x = (to - from).normalize_or(Vec3::Y);
    let off = by - from;
    let y = (off - x * off.dot(x)).normalize_or(x.any_orthonormal_vector());
    let normal = x.cross(y);
    let strings: Vec<Vec<(Vec3, Vec3)>> = [-0.5, 0.0, 0.5]
        .iter()
        .map(|share| {
            let shift = normal * (share * WIDTH_M);
            let start = from + shift;
            let flat = |p: Vec3| Vec2::new((p - start).dot(x), (p - start).dot(y));
            let mut points: Vec<Vec2> = section(start, normal, body).map(flat).collect();
            points.retain(|p| p.y > 0.0);
            let path = upper_hull(points, (to - from).length());
            spread(&path, STEPS)
                .into_iter()
                .map(|(p, out)| {
                    let out = x * out.x + y * out.y;
                    (start + x * p.x + y * p.y + out * above, out)
                })
                .collect()
        })
        .collect();
    let rings: Vec<Vec<Vec3>> = (0..STEPS)
        .map(|i| {
            let [a, b, c] = [0, 1, 2].map(|k| strings[k][i]);
            band(a.0, b.0, c.0, [a.1, b.1, c.1])
        })
        .collect();
    Solid::default().loft(&rings, Ends::Capped)
}

/// Where triangles cross a plane.
fn section(at: Vec3, normal: Vec3, body: &[[Vec3; 3]]) -> impl Iterator<Item = Vec3> {
    body.iter().flat_map(move |corners| {
        let high = corners.map(|p| (p - at).dot(normal));
        [(0, 1), (1, 2), (2, 0)]
            .into_iter()
            .filter(move |&(i, j)| high[i] * high[j] < 0.0)
            .map(move |(i, j)| corners[i].lerp(corners[j], high[i] / (high[i] - high[j])))
    })
}

/// The taut string from (0, 0) to (`end`, 0) over points above: Andrew's monotone chain (1979), along x; what lies beyond the anchors bends it no further.
fn upper_hull(mut points: Vec<Vec2>, end: f32) -> Vec<Vec2> {
    points.retain(|p| p.x > 0.0 && p.x < end);
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.insert(0, Vec2::ZERO);
    points.push(Vec2::new(end, 0.0));
    let mut hull: Vec<Vec2> = Vec::new();
    for p in points {
        while let [.., a, b] = hull[..] {
            if (b - a).perp_dot(p - b) < 0.0 {
                break;
            }
            hull.pop();
        }
        hull.push(p);
    }
    hull
}

/// So many places along a path, evenly, and which way is away from what is below; corners are rounded over two centimetres.
fn spread(path: &[Vec2], count: usize) -> Vec<(Vec2, Vec2)> {
    let mut gone = vec![0.0];
    for pair in path.windows(2) {
        gone.push(gone[gone.len() - 1] + pair[0].distance(pair[1]));
    }
    let whole = gone[gone.len() - 1];
    let at = |s: f32| {
        let s = s.clamp(0.0, whole);
        let i = gone.partition_point(|g| *g <= s).clamp(1, path.len() - 1);
        let t = (s - gone[i - 1]) / (gone[i] - gone[i - 1]).max(1e-9);
        path[i - 1].lerp(path[i], t)
    };
    (0..count)
        .map(|k| {
            let s = whole * k as f32 / (count - 1) as f32;
            let along = (at(s + 0.02) - at(s - 0.02)).normalize_or(Vec2::X);
            (at(s), Vec2::new(-along.y, along.x))
        })
        .collect()
}
