//! Shapes that rooms are built of: boards, boxes, cylinders. Texture coordinates are metres, so that a texture has one scale everywhere.

use glam::{Affine3A, Mat3, Vec2, Vec3};
use scene::Mesh;
use scene::mesh::Part;

/// A growing mesh.
#[derive(Debug, Clone, Default)]
pub struct Solid {
    pub(crate) positions: Vec<Vec3>,
    pub(crate) normals: Vec<Vec3>,
    pub(crate) uvs: Vec<Vec2>,
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl Solid {
    /// A rectangle seen from the side that `u × v` points to.
    #[must_use]
    pub fn panel(mut self, corner: Vec3, u: Vec3, v: Vec3) -> Self {
        let normal = u.cross(v).normalize_or(Vec3::Y);
        let (width, height) = (u.length(), v.length());
        // Not from 0 for each: boards beside each other would all begin alike.
        let from = Vec2::new(
            corner.dot(u.normalize_or_zero()),
            corner.dot(v.normalize_or_zero()),
        );
        let first = self.positions.len() as u32;
        for (du, dv) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)] {
            self.positions.push(corner + u * du + v * dv);
            self.normals.push(normal);
            self.uvs.push(from + Vec2::new(width * du, height * dv));
        }
        self.triangles
            .extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
        self
    }

    /// A box between two corners, its edges broken by a chamfer so that they catch light.
    #[must_use]
    pub fn cuboid(mut self, low: Vec3, high: Vec3) -> Self {
        let size = high - low;
        let chamfer = (0.12 * size.min_element()).min(0.004);
        for axis in 0..3 {
            let (i, j) = ((axis + 1) % 3, (axis + 2) % 3);
            for side in [0.0, 1.0] {
                let mut corner = low;
                corner[axis] += size[axis] * side;
                corner[i] += chamfer;
                corner[j] += chamfer;
                let along = |k: usize| Vec3::AXES[k] * (size[k] - 2.0 * chamfer);
                self = if side > 0.5 {
                    self.panel(corner, along(i), along(j))
                } else {
                    self.panel(corner, along(j), along(i))
                };
            }
            // The four chamfers along this axis.
            for (a, b) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)] {
                let edge = |di: f32, dj: f32| {
                    let mut p = low;
                    p[axis] += chamfer;
                    p[i] += size[i] * a + di * if a > 0.5 { -chamfer } else { chamfer };
                    p[j] += size[j] * b + dj * if b > 0.5 { -chamfer } else { chamfer };
                    p
                };
                let (from, to) = (edge(1.0, 0.0), edge(0.0, 1.0));
                let along = Vec3::AXES[axis] * (size[axis] - 2.0 * chamfer);
                let outward = Vec3::AXES[i] * (a - 0.5) + Vec3::AXES[j] * (b - 0.5);
                let across = to - from;
                self = if across.cross(along).dot(outward) > 0.0 {
                    self.panel(from, across, along)
                } else {
                    self.panel(from, along, across)
                };
            }
        }
        self
    }

    /// A post with round or many-sided outline, standing at `foot`; `top` may be narrower or wider than the bottom.
    #[must_use]
    pub fn post(mut self, foot: Vec3, height: f32, bottom: f32, top: f32) -> Self {
        const SIDES: u32 = 24;
        let first = self.positions.len() as u32;
        let slope = (bottom - top) / height;
        for k in 0..=SIDES {
            let (sin, cos) = (std::f32::consts::TAU * k as f32 / SIDES as f32).sin_cos();
            let outward = Vec3::new(sin, 0.0, cos);
            for (y, radius) in [(0.0, bottom), (height, top)] {
                self.positions.push(foot + outward * radius + Vec3::Y * y);
                self.normals.push((outward + Vec3::Y * slope).normalize());
                self.uvs.push(Vec2::new(
                    std::f32::consts::TAU * bottom * k as f32 / SIDES as f32,
                    y,
                ));
            }
        }
        for k in 0..SIDES {
            let a = first + 2 * k;
            self.triangles
                .extend([[a, a + 2, a + 3], [a, a + 3, a + 1]]);
        }
        for (y, radius, up) in [(0.0, bottom, -1.0), (height, top, 1.0)] {
            let middle = self.positions.len() as u32;
            self.positions.push(foot + Vec3::Y * y);
            self.normals.push(Vec3::Y * up);
            self.uvs.push(Vec2::ZERO);
            for k in 0..=SIDES {
                let (sin, cos) = (std::f32::consts::TAU * k as f32 / SIDES as f32).sin_cos();
                self.positions
                    .push(foot + Vec3::new(sin * radius, y, cos * radius));
                self.normals.push(Vec3::Y * up);
                self.uvs.push(Vec2::new(sin, cos) * radius);
            }
            for k in 0..SIDES {
                let (a, b) = (middle + 1 + k, middle + 2 + k);
                self.triangles.push(if up > 0.0 {
                    [middle, a, b]
                } else {
                    [middle, b, a]
                });
            }
        }
        self
    }

    /// A swept outline, as of a curtain or a backdrop: each point of `outline` is carried along `along`, smoothly shaded, seen from the side
    /// that `outline × along` points to.
    #[must_use]
    pub fn sweep(mut self, outline: &[Vec3], along: Vec3) -> Self {
        let first = self.positions.len() as u32;
        let mut walked = 0.0;
        for (k, point) in outline.iter().enumerate() {
            let before = outline[k.saturating_sub(1)];
            let after = outline[(k + 1).min(outline.len() - 1)];
            if k > 0 {
                walked += point.distance(before);
            }
            let normal = (after - before).cross(along).normalize_or(Vec3::Y);
            for end in [0.0, 1.0] {
                self.positions.push(*point + along * end);
                self.normals.push(normal);
                self.uvs.push(Vec2::new(walked, along.length() * end));
            }
        }
        for k in 0..outline.len().saturating_sub(1) as u32 {
            let a = first + 2 * k;
            self.triangles
                .extend([[a, a + 2, a + 3], [a, a + 3, a + 1]]);
        }
        self
    }

    /// Turned about the upright axis and moved.
    #[must_use]
    pub fn placed(mut self, yaw: f32, to: Vec3) -> Self {
        let place = Affine3A::from_mat3_translation(Mat3::from_rotation_y(yaw), to);
        for position in &mut self.positions {
            *position = place.transform_point3(*position);
        }
        for normal in &mut self.normals {
            *normal = place.transform_vector3(*normal);
        }
        self
    }

    /// Both in one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let first = self.positions.len() as u32;
        self.positions.extend(other.positions);
        self.normals.extend(other.normals);
        self.uvs.extend(other.uvs);
        self.triangles
            .extend(other.triangles.iter().map(|t| t.map(|v| v + first)));
        self
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }

    /// The mesh; scenery is no part of anybody.
    pub fn mesh(self) -> Mesh {
        Mesh {
            parts: vec![Part::Background; self.triangles.len()],
            positions: self.positions,
            normals: self.normals,
            uvs: self.uvs,
            triangles: self.triangles,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Volume by the divergence theorem: right only when the mesh is closed and every triangle faces out.
    fn volume(solid: Solid) -> f32 {
        let mesh = solid.mesh();
        mesh.triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|v| mesh.positions[v as usize]);
                a.dot(b.cross(c)) / 6.0
            })
            .sum()
    }

    #[test]
    fn boxes_and_posts_face_outwards_and_hold_what_they_should() {
        let cube = volume(Solid::default().cuboid(Vec3::ZERO, Vec3::ONE));
        // The chamfers take little; its corners are left open.
        assert!((cube - 1.0).abs() < 0.01, "{cube}");
        let post = volume(Solid::default().post(Vec3::X, 2.0, 0.5, 0.5));
        let exact = std::f32::consts::PI * 0.25 * 2.0;
        assert!((post / exact - 1.0).abs() < 0.02, "{post}");
    }

    #[test]
    fn normals_agree_with_the_winding() {
        let solid = Solid::default()
            .cuboid(Vec3::ZERO, Vec3::new(1.0, 2.0, 0.3))
            .post(Vec3::ZERO, 1.0, 0.2, 0.1)
            .placed(1.0, Vec3::X);
        let mesh = solid.mesh();
        for t in &mesh.triangles {
            let [a, b, c] = t.map(|v| mesh.positions[v as usize]);
            let face = (b - a).cross(c - a);
            for v in t {
                assert!(face.dot(mesh.normals[*v as usize]) >= 0.0);
            }
        }
    }
}
