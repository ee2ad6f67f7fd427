//! What is seen of each face from outside, and of which side: orthographic views from all around.

use glam::Vec3;

use super::Face;

/// Pixels of a view's side.
const SIDE: usize = 320;

/// How often a face was seen, in pixels over all views.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// From where its corners run counter-clockwise.
    pub(super) front: u32,
    pub(super) back: u32,
}

/// Looks at all faces from the 26 directions of a cube's faces, edges and corners, turned a little so that walls do not line up with them.
pub(super) fn seen(places: &[Vec3], faces: &[Face]) -> Vec<Seen> {
    let mut counts = vec![Seen::default(); faces.len()];
    let mut nearest = vec![(f32::INFINITY, u32::MAX); SIDE * SIDE];
    for x in -1..=1_i32 {
        for y in -1..=1_i32 {
            for z in -1..=1_i32 {
                if [x, y, z] == [0, 0, 0] {
                    continue;
                }
                let away = Vec3::new(x as f32 + 0.031, y as f32 + 0.047, z as f32 + 0.019);
                view(places, faces, away.normalize(), &mut nearest, &mut counts);
            }
        }
    }
    counts
}

fn view(
    places: &[Vec3],
    faces: &[Face],
    away: Vec3,
    nearest: &mut [(f32, u32)],
    counts: &mut [Seen],
) {
    nearest.fill((f32::INFINITY, u32::MAX));
    let right = away.any_orthonormal_vector();
    let up = away.cross(right);
    let flat: Vec<Vec3> = places
        .iter()
        .map(|at| Vec3::new(at.dot(right), at.dot(up), -at.dot(away)))
        .collect();
    let low = flat.iter().copied().fold(Vec3::INFINITY, Vec3::min);
    let high = flat.iter().copied().fold(Vec3::NEG_INFINITY, Vec3::max);
    let scale = (SIDE as f32 - 1.0) / (high - low).truncate().max_element().max(f32::MIN_POSITIVE);
    let pixel = |place: u32| {
        let at = (flat[place as usize] - low) * scale;
        (at.x, at.y, at.z)
    };
    for (number, face) in faces.iter().enumerate() {
        let [a, b, c] = face.places.map(pixel);
        let whole = (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
        if whole == 0.0 {
            continue;
        }
        let span = |p: f32, q: f32, r: f32| {
            let first = p.min(q).min(r).max(0.0).ceil() as usize;
            let last = p.max(q).max(r).floor() as usize;
            first..(last + 1).min(SIDE)
        };
        for y in span(a.1, b.1, c.1) {
            for x in span(a.0, b.0, c.0) {
                let (px, py) = (x as f32 - a.0, y as f32 - a.1);
                let u = (px * (c.1 - a.1) - py * (c.0 - a.0)) / whole;
                let v = ((b.0 - a.0) * py - (b.1 - a.1) * px) / whole;
                if u < 0.0 || v < 0.0 || u + v > 1.0 {
                    continue;
                }
                let depth = a.2 + u * (b.2 - a.2) + v * (c.2 - a.2);
                let there = &mut nearest[y * SIDE + x];
                if depth < there.0 {
                    *there = (depth, number as u32);
                }
            }
        }
    }
    for &(_, number) in nearest.iter().filter(|(_, number)| *number != u32::MAX) {
        let face = &faces[number as usize];
        let [a, b, c] = face.places.map(|place| places[place as usize]);
        let count = &mut counts[number as usize];
        if (b - a).cross(c - a).dot(away) > 0.0 {
            count.front += 1;
        } else {
            count.back += 1;
        }
    }
}
