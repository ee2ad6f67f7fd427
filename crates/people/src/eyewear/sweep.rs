//! Outlines of lenses, tubes along curves, and sheets within outlines.
use super::Style;
use glam::{Vec2, Vec3};
use scene::Mesh;

/// An elliptic cross-section: half axes in metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// Along the direction given with each point.
    pub across: f32,
    /// At right angles to it.
    pub deep: f32,
}

/// Points around a lens' outline.
const OUTLINE_POINTS: usize = 72;
/// Points around a tube.
const SIDES: usize = 10;
/// Rings of a lens between its middle and its edge.
const RINGS: usize = 5;

/// A lens' outline about its centre, x away from the nose, y up, counter-clockwise seen from the front of the left lens.
pub fn outline(style: Style, half: Vec2) -> Vec<Vec2> {
    (0..OUTLINE_POINTS)
        .map(|k| {
            let (sin, cos) = (k as f32 / OUTLINE_POINTS as f32 * std::f32::consts::TAU).sin_cos();
            // A superellipse |x|^n + |y|^n = 1.
            let power = match style {
                Style::Round => 2.0,
                Style::Rectangular => 4.2,
                Style::Aviator => 2.5,
            };
            let corner = |c: f32| c.signum() * c.abs().powf(2.0 / power);
            let (x, y) = (corner(cos), corner(sin));
            let p = match style {
                Style::Round => Vec2::new(x, y),
                // Narrower below, as the cheek is.
                Style::Rectangular => Vec2::new(x * (1.0 + 0.05 * y), y),
                // A drop that hangs outward and down from a flat brow line.
                Style::Aviator => {
                    let below = (-y).max(0.0);
                    Vec2::new(
                        x * (1.0 - 0.22 * below) + 0.10 * below,
                        if y > 0.0 { 0.78 * y } else { y } + 0.06 * x,
                    )
                }
            };
            p * half
        })
        .collect()
}

/// Sweeps `section` along `path`. `across` gives for each point the direction of the section's first half axis (made orthogonal to the
/// path). A closed path joins its ends; an open one is capped.
pub fn tube(path: &[Vec3], across: &[Vec3], section: Section, closed: bool, out: &mut Mesh) {
    let count = path.len();
    let first = out.positions.len() as u32;
    let next = |k: usize| {
        path[if closed {
            (k + 1) % count
        } else {
            (k + 1).min(count - 1)
        }]
    };
    let previous = |k: usize| {
        path[if closed {
            (k + count - 1) % count
        } else {
            k.saturating_sub(1)
        }]
    };
    let mut tangents = Vec::with_capacity(count);
    for k in 0..count {
        let tangent = (next(k) - previous(k)).normalize_or(Vec3::X);
        tangents.push(tangent);
        let u = (across[k] - tangent * across[k].dot(tangent))
            .normalize_or(tangent.any_orthonormal_vector());
        let v = tangent.cross(u);
        for side in 0..SIDES {
            let (sin, cos) = (side as f32 / SIDES as f32 * std::f32::consts::TAU).sin_cos();
            out.positions
                .push(path[k] + u * (section.across * cos) + v * (section.deep * sin));
            out.normals
                .push((u * (cos / section.across) + v * (sin / section.deep)).normalize_or(u));
            out.uvs.push(Vec2::new(
                k as f32 / count as f32,
                side as f32 / SIDES as f32,
            ));
        }
    }
    let ring = |k: usize, side: usize| first + ((k % count) * SIDES + side % SIDES) as u32;
    for k in 0..if closed { count } else { count - 1 } {
        for side in 0..SIDES {
            let (a, b, c, d) = (
                ring(k, side),
                ring(k, side + 1),
                ring(k + 1, side + 1),
                ring(k + 1, side),
            );
            out.triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    if !closed {
        for (k, outward) in [(0, -tangents[0]), (count - 1, tangents[count - 1])] {
            let middle = out.positions.len() as u32;
            // Slightly domed, so that the end catches light like the rest.
            out.positions
                .push(path[k] + outward * (0.5 * section.across.min(section.deep)));
            out.normals.push(outward);
            out.uvs.push(Vec2::ZERO);
            for side in 0..SIDES {
                let (a, b) = (ring(k, side), ring(k, side + 1));
                out.triangles.push(if k == 0 {
                    [middle, b, a]
                } else {
                    [middle, a, b]
                });
            }
        }
    }
}

/// A sheet within an outline, facing forward. `place` puts the lens' plane into the world, mirrored for `side` −1.
pub fn sheet(outline: &[Vec2], place: impl Fn(Vec2) -> Vec3, side: f32, out: &mut Mesh) {
    let first = out.positions.len() as u32;
    let count = outline.len();
    let mut points = vec![Vec2::ZERO];
    for ring in 1..=RINGS {
        points.extend(outline.iter().map(|p| *p * (ring as f32 / RINGS as f32)));
    }
    for p in &points {
        let step = 1e-3;
        let (along_x, along_y) = (
            place(*p + Vec2::X * step) - place(*p - Vec2::X * step),
            place(*p + Vec2::Y * step) - place(*p - Vec2::Y * step),
        );
        out.positions.push(place(*p));
        out.normals
            .push((along_x.cross(along_y) * side).normalize_or(Vec3::Z));
        out.uvs.push(*p);
    }
    let index = |ring: usize, k: usize| {
        first
            + if ring == 0 {
                0
            } else {
                (1 + (ring - 1) * count + k % count) as u32
            }
    };
    let mut push = |triangle: [u32; 3]| {
        out.triangles.push(if side > 0.0 {
            triangle
        } else {
            [triangle[0], triangle[2], triangle[1]]
        });
    };
    for k in 0..count {
        push([index(0, 0), index(1, k), index(1, k + 1)]);
        for ring in 1..RINGS {
            let (a, b, c, d) = (
                index(ring, k),
                index(ring + 1, k),
                index(ring + 1, k + 1),
                index(ring, k + 1),
            );
            push([a, b, c]);
            push([a, c, d]);
        }
    }
}
