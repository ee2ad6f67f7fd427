//! Meshes cut along planes, so that coarse triangles do not reach over the lines between panels.

use std::collections::HashMap;

use scene::Mesh;

/// What is nearer to the plane lies on it, metres.
const ON_PLANE_M: f32 = 2e-4;

/// Splits every triangle that reaches over the plane where a coordinate has a value; nothing moves.
pub(super) fn slice(mesh: &Mesh, axis: usize, value: f32) -> Mesh {
    let mut cut = mesh.clone();
    cut.triangles.clear();
    cut.parts.clear();
    let mut crossings: HashMap<(u32, u32), u32> = HashMap::new();
    for (triangle, part) in mesh.triangles.iter().zip(&mesh.parts) {
        let side = triangle.map(|v| mesh.positions[v as usize][axis] - value);
        // A corner on the plane is on both sides. Each corner is judged by itself, so that neighbours agree on which edges are cut.
        let sign = side.map(|s| {
            if s.abs() < ON_PLANE_M {
                0.0
            } else {
                s.signum()
            }
        });
        let (low, high) = (
            sign.iter().copied().fold(f32::INFINITY, f32::min),
            sign.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        );
        if low >= 0.0 || high <= 0.0 {
            cut.triangles.push(*triangle);
            cut.parts.push(*part);
            continue;
        }
        let mut polygons: [Vec<u32>; 2] = [Vec::with_capacity(4), Vec::with_capacity(4)];
        for k in 0..3 {
            let (a, b) = (triangle[k], triangle[(k + 1) % 3]);
            let (sa, sb) = (sign[k], sign[(k + 1) % 3]);
            for (polygon, way) in polygons.iter_mut().zip([-1.0, 1.0]) {
                if sa * way >= 0.0 {
                    polygon.push(a);
                }
            }
            if sa * sb < 0.0 {
                let key = (a.min(b), a.max(b));
                let new = *crossings
                    .entry(key)
                    .or_insert_with(|| between(&mut cut, key, axis, value));
                for polygon in &mut polygons {
                    polygon.push(new);
                }
            }
        }
        for polygon in &polygons {
            for k in 1..polygon.len().saturating_sub(1) {
                cut.triangles.push([polygon[0], polygon[k], polygon[k + 1]]);
                cut.parts.push(*part);
            }
        }
    }
    cut
}

/// The vertex where an edge crosses the plane.
fn between(mesh: &mut Mesh, (a, b): (u32, u32), axis: usize, value: f32) -> u32 {
    let (a, b) = (a as usize, b as usize);
    let (from, to) = (mesh.positions[a], mesh.positions[b]);
    let share = (value - from[axis]) / (to[axis] - from[axis]);
    mesh.positions.push(from.lerp(to, share));
    let normal = mesh.normals[a].lerp(mesh.normals[b], share);
    mesh.normals.push(normal.normalize_or(mesh.normals[a]));
    mesh.uvs.push(mesh.uvs[a].lerp(mesh.uvs[b], share));
    mesh.positions.len() as u32 - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::{Vec2, Vec3};
    use scene::mesh::Part;

    #[test]
    fn a_cut_keeps_area_and_leaves_nothing_across() {
        let positions: Vec<Vec3> = [(0.0, 0.0), (1.0, 0.1), (0.3, 1.0), (1.2, 1.3)]
            .map(|(x, y)| Vec3::new(x, y, 0.3 * x))
            .to_vec();
        let mesh = Mesh {
            normals: vec![Vec3::Z; 4],
            uvs: vec![Vec2::ZERO; 4],
            triangles: vec![[0, 1, 2], [2, 1, 3]],
            parts: vec![Part::Background; 2],
            positions,
        };
        let area = |mesh: &Mesh| -> f32 {
            let one = |t: &[u32; 3]| {
                let [a, b, c] = t.map(|v| mesh.positions[v as usize]);
                (b - a).cross(c - a).length()
            };
            mesh.triangles.iter().map(one).sum()
        };
        for (axis, value) in [
            (0, 0.5),
            (1, 0.62),
            (0, 0.3),
            (1, 5.0),
            (0, 0.99),
            (1, 0.105),
        ] {
            let cut = slice(&mesh, axis, value);
            assert!((area(&cut) - area(&mesh)).abs() < 1e-5);
            // Conforming: each edge inside the quadrilateral belongs to two triangles.
            let mut edges = std::collections::BTreeMap::new();
            for t in &cut.triangles {
                for k in 0..3 {
                    let (a, b) = (t[k], t[(k + 1) % 3]);
                    *edges.entry((a.min(b), a.max(b))).or_insert(0) += 1;
                }
            }
            let rim: f32 = edges
                .iter()
                .filter(|(_, count)| **count == 1)
                .map(|((a, b), _)| {
                    let [a, b] = [*a, *b].map(|v| cut.positions[v as usize]);
                    a.distance(b)
                })
                .sum();
            let around: f32 = [(0, 1), (1, 3), (3, 2), (2, 0)]
                .iter()
                .map(|(a, b): &(usize, usize)| mesh.positions[*a].distance(mesh.positions[*b]))
                .sum();
            assert!((rim - around).abs() < 1e-5, "{rim} of {around}");
            for triangle in &cut.triangles {
                let at = triangle.map(|v| cut.positions[v as usize][axis] - value);
                assert!(
                    at.iter().all(|s| *s < 0.03) || at.iter().all(|s| *s > -0.03),
                    "{at:?}"
                );
            }
        }
    }
}
