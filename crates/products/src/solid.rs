//! Surfaces of simple solids, finely meshed: turned on a lathe, cut from a plate, rounded blocks, bent bars. Texture coordinates are metres along the surface.

use glam::{Vec2, Vec3};
use scene::Mesh;
use scene::mesh::Part;

/// Between vertices, metres.
const FINE_M: f32 = 0.004;
/// Segments around.
const AROUND: usize = 96;

/// Adds a grid of `columns + 1` × `rows + 1` places, each with its normal and texture coordinates, row by row; the front is where columns × rows points.
fn grid(
    mesh: &mut Mesh,
    columns: usize,
    rows: usize,
    at: impl Fn(usize, usize) -> (Vec3, Vec3, Vec2),
) {
    let first = mesh.positions.len() as u32;
    for row in 0..=rows {
        for column in 0..=columns {
            let (position, normal, uv) = at(column, row);
            mesh.positions.push(position);
            mesh.normals.push(normal);
            mesh.uvs.push(uv);
        }
    }
    let width = columns as u32 + 1;
    for row in 0..rows as u32 {
        for column in 0..columns as u32 {
            let a = first + row * width + column;
            let [b, c, d] = [a + 1, a + width + 1, a + width];
            for triangle in [[a, b, c], [a, c, d]] {
                let [p, q, r] = triangle.map(|v| mesh.positions[v as usize]);
                // At a pole a side has no length.
                if (q - p).cross(r - p).length_squared() > 1e-18 {
                    mesh.triangles.push(triangle);
                    mesh.parts.push(Part::Product);
                }
            }
        }
    }
}

/// Turns an outline of `(radius, height)` from the bottom up around the y axis; corners that turn by more than 30° stay sharp.
pub(crate) fn turned(outline: &[Vec2]) -> Mesh {
    let mut mesh = Mesh::default();
    let normal = |k: usize| {
        let along = outline[k + 1] - outline[k];
        Vec2::new(along.y, -along.x).normalize_or(Vec2::X)
    };
    let most = outline.iter().map(|p| p.x).fold(0.0, f32::max);
    let mut passed = 0.0;
    for k in 0..outline.len() - 1 {
        let (from, to, own) = (outline[k], outline[k + 1], normal(k));
        let smooth = |other: Option<usize>| {
            let near = other.map(normal).filter(|near| near.dot(own) > 0.866);
            near.map_or(own, |near| (near + own).normalize_or(own))
        };
        let ends = [
            smooth(k.checked_sub(1)),
            smooth((k + 2 < outline.len()).then_some(k + 1)),
        ];
        let length = from.distance(to);
        let rows = (length / FINE_M).ceil().max(1.0) as usize;
        grid(&mut mesh, AROUND, rows, |column, row| {
            let t = row as f32 / rows as f32;
            let turn = std::f32::consts::TAU * column as f32 / AROUND as f32;
            let (place, facing) = (from.lerp(to, t), ends[0].lerp(ends[1], t).normalize_or(own));
            let way = Vec3::new(turn.cos(), 0.0, -turn.sin());
            (
                way * place.x + Vec3::Y * place.y,
                (way * facing.x + Vec3::Y * facing.y).normalize_or(Vec3::Y),
                Vec2::new(turn * most, passed + t * length),
            )
        });
        passed += length;
    }
    mesh
}

/// A block around `middle` with rounded edges.
pub(crate) fn block(middle: Vec3, size: Vec3, rounding_m: f32) -> Mesh {
    let mut mesh = Mesh::default();
    let half = 0.5 * size;
    let inner = (half - rounding_m).max(Vec3::ZERO);
    // Places along an axis: evenly on what is flat, close on what is round.
    let places = |half: f32, inner: f32| -> Vec<f32> {
        let flat = (2.0 * inner / FINE_M).ceil().clamp(1.0, 64.0) as usize;
        let round = (1..=4).map(|k| inner + (half - inner) * k as f32 / 4.0);
        let mut all: Vec<f32> = round.clone().rev().map(|x| -x).collect();
        all.extend((0..=flat).map(|k| inner * (2.0 * k as f32 / flat as f32 - 1.0)));
        all.extend(round);
        all
    };
    for axis in 0..3 {
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        let [us, vs] = [u, v].map(|k| places(half[k], inner[k]));
        for side in [-1.0_f32, 1.0] {
            grid(&mut mesh, us.len() - 1, vs.len() - 1, |column, row| {
                let mut at = Vec3::ZERO;
                at[axis] = side * half[axis];
                // The other side is seen from behind: its columns run the other way.
                let x = if side > 0.0 {
                    us[column]
                } else {
                    us[us.len() - 1 - column]
                };
                at[u] = x;
                at[v] = vs[row];
                let core = at.clamp(-inner, inner);
                let normal = (at - core).normalize_or(Vec3::AXES[axis] * side);
                let place = core + normal * rounding_m;
                (middle + place, normal, Vec2::new(place[u], place[v]))
            });
        }
    }
    mesh
}

/// A plate between two heights whose outline, counter-clockwise seen from above (x right, −z up), can be seen as a whole from `centre`.
pub(crate) fn plate(outline: &[Vec2], centre: Vec2, low: f32, high: f32) -> Mesh {
    let mut mesh = Mesh::default();
    let n = outline.len();
    let place = |p: Vec2, y: f32| Vec3::new(p.x, y, -p.y);
    let rows = ((high - low) / FINE_M).ceil().max(1.0) as usize;
    for k in 0..n {
        let (a, b) = (outline[k], outline[(k + 1) % n]);
        let length = a.distance(b);
        let along = (b - a) / length.max(1e-9);
        let normal = Vec3::new(along.y, 0.0, along.x);
        let columns = (length / FINE_M).ceil().max(1.0) as usize;
        grid(&mut mesh, columns, rows, |column, row| {
            let (s, t) = (column as f32 / columns as f32, row as f32 / rows as f32);
            let y = low + t * (high - low);
            (place(a.lerp(b, s), y), normal, Vec2::new(s * length, y))
        });
        let rings = (centre.distance(a) / FINE_M).ceil().max(1.0) as usize;
        for (y, side) in [(high, 1.0), (low, -1.0)] {
            grid(&mut mesh, rings, columns, |ring, column| {
                let s = column as f32 / columns as f32;
                let s = if side > 0.0 { s } else { 1.0 - s };
                let at = centre.lerp(a.lerp(b, s), ring as f32 / rings as f32);
                (place(at, y), Vec3::Y * side, at)
            });
        }
    }
    mesh
}

/// A bar of a radius along a path, its ends open.
pub(crate) fn bar(path: &[Vec3], across: Vec3, radius_m: f32) -> Mesh {
    const SIDES: usize = 24;
    let mut mesh = Mesh::default();
    let along = |k: usize| {
        let (from, to) = (path[k.saturating_sub(1)], path[(k + 1).min(path.len() - 1)]);
        (to - from).normalize_or(Vec3::Y)
    };
    let passed: Vec<f32> = path
        .windows(2)
        .scan(0.0, |sum, ends| {
            *sum += ends[0].distance(ends[1]);
            Some(*sum)
        })
        .collect();
    grid(&mut mesh, SIDES, path.len() - 1, |column, row| {
        let turn = std::f32::consts::TAU * column as f32 / SIDES as f32;
        let out = across.cross(along(row)).normalize_or(Vec3::X);
        let normal = across * turn.sin() + out * turn.cos();
        let length = if row == 0 { 0.0 } else { passed[row - 1] };
        (
            path[row] + normal * radius_m,
            normal,
            Vec2::new(turn * radius_m, length),
        )
    });
    mesh
}

/// The same surface with texture coordinates in metres, seen along the axis that each triangle faces most.
pub(crate) fn box_mapped(mesh: &Mesh) -> Mesh {
    let mut mapped = Mesh::default();
    let mut numbers: std::collections::BTreeMap<(u32, usize), u32> =
        std::collections::BTreeMap::new();
    for (triangle, part) in mesh.triangles.iter().zip(&mesh.parts) {
        let [a, b, c] = triangle.map(|v| mesh.positions[v as usize]);
        let facing = (b - a).cross(c - a).abs();
        let axis = (0..3)
            .max_by(|&i, &j| facing[i].total_cmp(&facing[j]))
            .unwrap_or(1);
        let triangle = triangle.map(|v| {
            *numbers.entry((v, axis)).or_insert_with(|| {
                let at = mesh.positions[v as usize];
                mapped.positions.push(at);
                mapped.normals.push(mesh.normals[v as usize]);
                mapped
                    .uvs
                    .push(Vec2::new(at[(axis + 1) % 3], at[(axis + 2) % 3]));
                mapped.positions.len() as u32 - 1
            })
        });
        mapped.triangles.push(triangle);
        mapped.parts.push(*part);
    }
    mapped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Volume that a mesh encloses.
    fn volume(mesh: &Mesh) -> f32 {
        let corners = |t: &[u32; 3]| t.map(|v| mesh.positions[v as usize]);
        let six: f32 = mesh
            .triangles
            .iter()
            .map(|t| {
                let [a, b, c] = corners(t);
                a.dot(b.cross(c))
            })
            .sum();
        six / 6.0
    }

    #[test]
    fn solids_enclose_what_they_should_and_face_outwards() {
        let tin = turned(&[(0.0, 0.0), (0.03, 0.0), (0.03, 0.1), (0.0, 0.1)].map(Vec2::from));
        assert!((volume(&tin) / (std::f32::consts::PI * 9e-4 * 0.1) - 1.0).abs() < 0.01);
        let brick = block(Vec3::new(0.1, 0.2, 0.0), Vec3::new(0.1, 0.06, 0.04), 0.0);
        assert!((volume(&brick) / 2.4e-4 - 1.0).abs() < 1e-3);
        let round = block(Vec3::ZERO, Vec3::new(0.1, 0.06, 0.04), 0.004);
        assert!(volume(&round) < 2.4e-4 && volume(&round) > 2.3e-4);
        let square = [(-0.05, -0.05), (0.05, -0.05), (0.05, 0.05), (-0.05, 0.05)].map(Vec2::from);
        assert!((volume(&plate(&square, Vec2::ZERO, 0.0, 0.01)) / 1e-4 - 1.0).abs() < 1e-3);
        let path: Vec<Vec3> = (0..=20).map(|k| Vec3::Y * 0.01 * k as f32).collect();
        let rod = bar(&path, Vec3::Z, 0.01);
        for mesh in [&tin, &brick, &round, &rod] {
            assert!(mesh.triangles.len() < 60_000);
            for triangle in &mesh.triangles {
                let [a, b, c] = triangle.map(|v| mesh.positions[v as usize]);
                let facing = (b - a).cross(c - a);
                let normal = mesh.normals[triangle[0] as usize];
                assert!(facing.normalize().dot(normal) > 0.3, "{facing} {normal}");
            }
        }
    }
}
