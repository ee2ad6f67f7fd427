//! Broken glass as cracks on a [`Canvas`]: the star of a laminated pane, the crumbs of a tempered one.
//!
//! A laminated pane bends under a blow: tangential stress around it opens cracks outwards, which fork as they run fast (their number grows with the energy), and bending between them opens rings
//! (Vandenberghe, Vermorel & Villermaux 2013, "Star-shaped crack pattern of broken windows": the number of radial cracks grows with speed to the power ½). A tempered pane holds elastic energy everywhere and
//! falls apart into crumbs at once, finer where it was struck.

use glam::Vec2;
use population::stream::Stream;

use crate::paint::{Canvas, FULL_UM, hashed};

/// How deep cracks are drawn, in the measure of paint: any depth from here on is a crack, until [`HOLE_UM`].
const CRACK_UM: f32 = 60.0;
/// From here on nothing is left of the pane.
pub const HOLE_UM: f32 = 110.0;

/// Star of cracks around `centre`: `severity` in `[0, 1]` runs from a stone's chip to a head's blow. Returns the paths of the radial cracks.
pub fn star(
    canvas: &mut Canvas,
    owner: u8,
    centre: Vec2,
    severity: f32,
    stream: &mut Stream,
) -> Vec<Vec<Vec2>> {
    let radius = 0.02 + 0.6 * severity * severity;
    let width = 9e-4_f32.max(1.1 * canvas.texel_m());
    star_of(canvas, owner, centre, severity, radius, width, stream)
}

/// The same of another size: cracks about `radius` metres long and `width` metres wide.
pub fn star_of(
    canvas: &mut Canvas,
    owner: u8,
    centre: Vec2,
    severity: f32,
    radius: f32,
    width: f32,
    stream: &mut Stream,
) -> Vec<Vec<Vec2>> {
    let count = 4 + (10.0 * severity.sqrt() + 2.0 * stream.uniform() as f32) as usize;
    let turn = stream.uniform() as f32;
    let mut spokes = Vec::new();
    for k in 0..count {
        let jitter = 0.35 * (stream.uniform() as f32 - 0.5);
        let angle = std::f32::consts::TAU * ((k as f32 + jitter) / count as f32 + turn);
        let reach = radius * (0.55 + 0.75 * stream.uniform() as f32);
        let spoke = crack(centre, angle, reach, stream);
        if stream.uniform() < 0.4 * f64::from(severity) + 0.1 && spoke.len() > 4 {
            let from = spoke[spoke.len() / 2];
            let side = if stream.uniform() < 0.5 { 0.5 } else { -0.5 };
            let fork = crack(from, angle + side, 0.5 * reach, stream);
            canvas.scratch(owner, &fork, width, CRACK_UM);
        }
        canvas.scratch(owner, &spoke, width, CRACK_UM);
        spokes.push(spoke);
    }
    rings(canvas, owner, centre, radius, &spokes, width, stream);
    // Where it was struck the glass is ground.
    let crushed = (0.003 + 0.012 * severity).min(0.25 * radius);
    for _ in 0..(12.0 + 40.0 * severity) as usize {
        let (r, a) = (
            crushed * (stream.uniform() as f32).sqrt(),
            std::f32::consts::TAU * stream.uniform() as f32,
        );
        let at = centre + r * Vec2::from_angle(a);
        canvas.chip(owner, at, 0.25 * crushed, CRACK_UM, stream);
    }
    spokes
}

/// A crack that wanders.
fn crack(from: Vec2, angle: f32, reach: f32, stream: &mut Stream) -> Vec<Vec2> {
    let steps = (reach / 0.02).ceil().max(3.0) as usize;
    let mut path = vec![from];
    let (mut at, mut angle) = (from, angle);
    for _ in 0..steps {
        angle += 0.22 * (stream.uniform() as f32 - 0.5);
        at += Vec2::from_angle(angle) * (reach / steps as f32);
        path.push(at);
    }
    path
}

/// Rings between neighbouring radial cracks, further apart further out.
fn rings(
    canvas: &mut Canvas,
    owner: u8,
    centre: Vec2,
    radius: f32,
    spokes: &[Vec<Vec2>],
    width: f32,
    stream: &mut Stream,
) {
    let mut r = if radius < 0.02 { 0.2 * radius } else { 0.014 };
    while r < 0.6 * radius {
        for k in 0..spokes.len() {
            let on = |spoke: &[Vec2]| {
                let found = spoke.iter().find(|at| at.distance(centre) >= r);
                found.copied()
            };
            let ends = (on(&spokes[k]), on(&spokes[(k + 1) % spokes.len()]));
            if let (Some(a), Some(b)) = ends
                && stream.uniform() < 0.75
            {
                let outwards = (0.5 * (a + b) - centre) * 0.06;
                canvas.scratch(
                    owner,
                    &[a, 0.5 * (a + b) + outwards, b],
                    0.7 * width,
                    CRACK_UM,
                );
            }
        }
        r *= 1.55 + 0.3 * stream.uniform() as f32;
    }
}

/// A piece knocked out around `centre`, about `radius` metres wide, with corners.
pub fn hole(canvas: &mut Canvas, owner: u8, centre: Vec2, radius: f32, stream: &mut Stream) {
    const CORNERS: usize = 9;
    let corners: Vec<f32> = (0..CORNERS)
        .map(|_| radius * (0.55 + 0.75 * stream.uniform() as f32))
        .collect();
    let reach = Vec2::splat(1.3 * radius);
    canvas.draw(owner, centre - reach, centre + reach, |at| {
        let from = at - centre;
        let turn = (from.y.atan2(from.x) / std::f32::consts::TAU + 0.5) * CORNERS as f32;
        let (k, t) = ((turn as usize).min(CORNERS - 1), turn.fract());
        let edge = corners[k] * (1.0 - t) + corners[(k + 1) % CORNERS] * t;
        if from.length() < edge { FULL_UM } else { 0.0 }
    });
}

/// Crumbs of a tempered pane all over the canvas: their size grows from `fine_m` at `centre`. Those about `gone_m` around it have fallen out.
pub fn crumbs(
    canvas: &mut Canvas,
    owner: u8,
    centre: Vec2,
    [fine_m, gone_m]: [f32; 2],
    stream: &mut Stream,
) {
    let seed = stream.next_u64();
    let line = (0.4 * canvas.texel_m()).max(3.5e-4);
    let half = Vec2::splat(canvas.half_m());
    canvas.draw(owner, -half, half, |at| {
        // Distance is squeezed, so that cells grow outwards.
        let from = at - centre;
        let away = from.length();
        let cell = fine_m * (1.0 + 0.5 * (away / 0.3).min(2.0));
        let squeezed = from / cell;
        let base = squeezed.floor();
        let (mut first, mut second) = (f32::INFINITY, f32::INFINITY);
        let mut crumb = Vec2::ZERO;
        for dy in -1..=1 {
            for dx in -1..=1 {
                let (x, y) = (base.x as i64 + dx, base.y as i64 + dy);
                let seed_at = Vec2::new(
                    x as f32 + hashed(x, y, seed),
                    y as f32 + hashed(x, y, seed ^ 5),
                );
                let d = seed_at.distance(squeezed);
                if d < first {
                    second = first;
                    first = d;
                    crumb = seed_at;
                } else if d < second {
                    second = d;
                }
            }
        }
        // Crumbs fall as wholes, and in lumps.
        let fallen = gone_m > 0.0 && {
            let lump = (crumb / 4.0).floor();
            let ragged = 0.6
                + 0.5 * hashed(lump.x as i64, lump.y as i64, seed ^ 0x0b)
                + 0.3 * hashed(crumb.x.floor() as i64, crumb.y.floor() as i64, seed ^ 0x0d);
            crumb.length() * cell < gone_m * ragged
        };
        if fallen {
            FULL_UM
        } else if (second - first) * cell < 2.0 * line {
            CRACK_UM
        } else {
            0.0
        }
    });
}
