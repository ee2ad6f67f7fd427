//! Catmull–Clark subdivision (Catmull & Clark 1978) with the topology worked out once and applied to every new pose.

use std::collections::BTreeMap;

use glam::{Vec2, Vec3};
use scene::mesh::{Mesh, Part};

const NONE: u32 = u32::MAX;

/// Faces as four vertices and four texture vertices; a triangle repeats its last corner.
type Quad = [u32; 8];

/// One refinement: how new points come from old ones.
#[derive(Debug)]
struct Level {
    /// Old faces: corners (three or four).
    faces: Vec<[u32; 4]>,
    /// Ends and the one or two faces beside.
    edges: Vec<[u32; 4]>,
    /// Per old vertex: on how many faces, and its smoothing rule.
    rules: Vec<Rule>,
    vertices: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    /// Not on any face: copied.
    Loose,
    /// Surrounded: number of faces.
    Inner(u32),
    /// On the rim: its two rim neighbours.
    Rim(u32, u32),
    /// Where more than two rims meet: copied.
    Corner,
}

/// Precomputed refinement of one set of quads, giving a render mesh for any vertex positions.
#[derive(Debug)]
pub struct Subdivision {
    levels: Vec<Level>,
    /// All of it.
    pub surface: Surface,
    position_triangles: Vec<[u32; 3]>,
}

/// Triangles over refined points, or some of them: what of a mesh no pose changes.
#[derive(Debug, Clone, Default)]
pub struct Surface {
    /// Render vertex → refined point.
    point_of: Vec<u32>,
    /// One per render vertex.
    pub uvs: Vec<Vec2>,
    /// Render vertices.
    pub triangles: Vec<[u32; 3]>,
    /// Per triangle: index of the face it came from.
    pub face_of_triangle: Vec<u32>,
}

impl Surface {
    /// The render mesh over refined `points` and their `normals`; `part` names each original face.
    pub fn mesh(&self, points: &[Vec3], normals: &[Vec3], part: impl Fn(u32) -> Part) -> Mesh {
        let gather = |values: &[Vec3]| self.point_of.iter().map(|&p| values[p as usize]).collect();
        Mesh {
            positions: gather(points),
            normals: gather(normals),
            uvs: self.uvs.clone(),
            triangles: self.triangles.clone(),
            parts: self.face_of_triangle.iter().map(|&f| part(f)).collect(),
        }
    }

    /// The triangles that `keep` (called with their index) wants, and nothing else.
    pub fn only(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut new_index = vec![NONE; self.point_of.len()];
        let mut out = Self::default();
        for (index, triangle) in self.triangles.iter().enumerate().filter(|(i, _)| keep(*i)) {
            let corners = triangle.map(|v| {
                let v = v as usize;
                if new_index[v] == NONE {
                    new_index[v] = out.point_of.len() as u32;
                    out.point_of.push(self.point_of[v]);
                    out.uvs.push(self.uvs[v]);
                }
                new_index[v]
            });
            out.triangles.push(corners);
            out.face_of_triangle.push(self.face_of_triangle[index]);
        }
        out
    }
}

impl Subdivision {
    /// `levels` 0 keeps the faces as they are. `vertices` is the length of the position arrays it will be applied to.
    pub fn new(quads: &[Quad], uvs: &[Vec2], vertices: usize, levels: u32) -> Self {
        let mut faces: Vec<[u32; 4]> = quads.iter().map(|q| [q[0], q[1], q[2], q[3]]).collect();
        let mut uv_faces: Vec<[u32; 4]> = quads.iter().map(|q| [q[4], q[5], q[6], q[7]]).collect();
        let mut origin: Vec<u32> = (0..quads.len() as u32).collect();
        let mut uvs = uvs.to_vec();
        let mut vertices = vertices;
        let mut steps = Vec::new();
        for _ in 0..levels {
            let level = Level::new(&faces, vertices);
            let (refined_uvs, refined_uv_faces) = refine_uvs(&uvs, &uv_faces, &faces);
            let (refined, parents) = level.refined_faces();
            origin = parents.iter().map(|&p| origin[p as usize]).collect();
            vertices = level.vertices + level.edges.len() + level.faces.len();
            faces = refined;
            uvs = refined_uvs;
            uv_faces = refined_uv_faces;
            steps.push(level);
        }
        Self::finish(steps, &faces, &uv_faces, &uvs, &origin)
    }

    fn finish(
        levels: Vec<Level>,
        faces: &[[u32; 4]],
        uv_faces: &[[u32; 4]],
        uvs: &[Vec2],
        origin: &[u32],
    ) -> Self {
        let mut unified: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        let (mut point_of, mut out_uvs) = (Vec::new(), Vec::new());
        let (mut triangles, mut position_triangles, mut face_of_triangle) =
            (Vec::new(), Vec::new(), Vec::new());
        for ((face, uv_face), &parent) in faces.iter().zip(uv_faces).zip(origin) {
            let corner: [u32; 4] = std::array::from_fn(|i| {
                *unified.entry((face[i], uv_face[i])).or_insert_with(|| {
                    point_of.push(face[i]);
                    out_uvs.push(uvs[uv_face[i] as usize]);
                    point_of.len() as u32 - 1
                })
            });
            let mut push = |a: usize, b: usize, c: usize| {
                if face[a] != face[b] && face[b] != face[c] && face[a] != face[c] {
                    triangles.push([corner[a], corner[b], corner[c]]);
                    position_triangles.push([face[a], face[b], face[c]]);
                    face_of_triangle.push(parent);
                }
            };
            push(0, 1, 2);
            push(0, 2, 3);
        }
        Self {
            levels,
            surface: Surface {
                point_of,
                uvs: out_uvs,
                triangles,
                face_of_triangle,
            },
            position_triangles,
        }
    }

    /// Refined positions. The first ones are the old vertices, moved by the smoothing, in their old order: vertex `v` of the
    /// unrefined mesh is point `v` here.
    pub fn refine(&self, positions: &[Vec3]) -> Vec<Vec3> {
        let mut points = positions.to_vec();
        for level in &self.levels {
            points = level.apply(&points);
        }
        points
    }

    /// One unit normal per refined point.
    pub fn normals(&self, points: &[Vec3]) -> Vec<Vec3> {
        vertex_normals(points, &self.position_triangles)
    }

    /// [`Subdivision::refine`], [`Subdivision::normals`] and [`Surface::mesh`] in one.
    pub fn apply(&self, positions: &[Vec3], part: impl Fn(u32) -> Part) -> Mesh {
        let points = self.refine(positions);
        self.surface.mesh(&points, &self.normals(&points), part)
    }
}

/// Angle-weighted vertex normals (Thürmer & Wüthrich 1998); a vertex without area gets +y.
pub fn vertex_normals(positions: &[Vec3], triangles: &[[u32; 3]]) -> Vec<Vec3> {
    let mut normals = vec![Vec3::ZERO; positions.len()];
    for triangle in triangles {
        let [a, b, c] = triangle.map(|i| positions[i as usize]);
        let Some(normal) = (b - a).cross(c - a).try_normalize() else {
            continue;
        };
        let at_a = (b - a).angle_between(c - a);
        let at_b = (c - b).angle_between(a - b);
        let angles = [at_a, at_b, std::f32::consts::PI - at_a - at_b];
        for (&vertex, angle) in triangle.iter().zip(angles) {
            normals[vertex as usize] += normal * angle;
        }
    }
    normals
        .into_iter()
        .map(|n| n.try_normalize().unwrap_or(Vec3::Y))
        .collect()
}

fn corners(face: [u32; 4]) -> usize {
    if face[3] == face[2] { 3 } else { 4 }
}

impl Level {
    fn new(faces: &[[u32; 4]], vertices: usize) -> Self {
        let mut edges: BTreeMap<(u32, u32), [u32; 2]> = BTreeMap::new();
        let mut face_count = vec![0_u32; vertices];
        for (index, &face) in faces.iter().enumerate() {
            let n = corners(face);
            for i in 0..n {
                let (a, b) = (face[i], face[(i + 1) % n]);
                face_count[a as usize] += 1;
                let sides = edges.entry((a.min(b), a.max(b))).or_insert([NONE; 2]);
                if sides[0] == NONE {
                    sides[0] = index as u32;
                } else {
                    sides[1] = index as u32;
                }
            }
        }
        let mut rules: Vec<Rule> = face_count
            .iter()
            .map(|&n| if n == 0 { Rule::Loose } else { Rule::Inner(n) })
            .collect();
        let mut rim: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (&(a, b), sides) in &edges {
            if sides[1] == NONE {
                rim.entry(a).or_default().push(b);
                rim.entry(b).or_default().push(a);
            }
        }
        for (vertex, neighbours) in rim {
            rules[vertex as usize] = match neighbours[..] {
                [a, b] => Rule::Rim(a, b),
                _ => Rule::Corner,
            };
        }
        Self {
            faces: faces.to_vec(),
            edges: edges
                .into_iter()
                .map(|((a, b), [f, g])| [a, b, f, g])
                .collect(),
            rules,
            vertices,
        }
    }

    /// New points: old vertices, then edge points, then face points.
    fn apply(&self, old: &[Vec3]) -> Vec<Vec3> {
        let at = |i: u32| old[i as usize];
        let face_points: Vec<Vec3> = self
            .faces
            .iter()
            .map(|&f| f[..corners(f)].iter().map(|&v| at(v)).sum::<Vec3>() / corners(f) as f32)
            .collect();
        let mut edge_sum = vec![(Vec3::ZERO, 0_u32); self.vertices];
        let mut face_sum = vec![Vec3::ZERO; self.vertices];
        for (&face, &point) in self.faces.iter().zip(&face_points) {
            for &v in &face[..corners(face)] {
                face_sum[v as usize] += point;
            }
        }
        let mut edge_points = Vec::with_capacity(self.edges.len());
        for &[a, b, f, g] in &self.edges {
            let middle = (at(a) + at(b)) * 0.5;
            edge_points.push(if g == NONE {
                middle
            } else {
                (middle * 2.0 + face_points[f as usize] + face_points[g as usize]) * 0.25
            });
            for v in [a, b] {
                edge_sum[v as usize].0 += middle;
                edge_sum[v as usize].1 += 1;
            }
        }
        let mut out = Vec::with_capacity(self.vertices + self.edges.len() + self.faces.len());
        for (v, rule) in self.rules.iter().enumerate() {
            let here = old[v];
            out.push(match *rule {
                Rule::Loose | Rule::Corner => here,
                Rule::Rim(a, b) => here * 0.75 + (at(a) + at(b)) * 0.125,
                Rule::Inner(n) => {
                    let (sum, edges) = edge_sum[v];
                    let n = n as f32;
                    (face_sum[v] / n + sum * (2.0 / edges as f32) + here * (n - 3.0)) / n
                }
            });
        }
        out.extend(edge_points);
        out.extend(face_points);
        out
    }

    /// New faces (one per corner of each old face) and the old face each came from.
    fn refined_faces(&self) -> (Vec<[u32; 4]>, Vec<u32>) {
        let edge_index: BTreeMap<(u32, u32), u32> = self
            .edges
            .iter()
            .enumerate()
            .map(|(i, &[a, b, ..])| ((a, b), (self.vertices + i) as u32))
            .collect();
        let edge = |a: u32, b: u32| edge_index[&(a.min(b), a.max(b))];
        let centre = (self.vertices + self.edges.len()) as u32;
        let (mut faces, mut parents) = (
            Vec::with_capacity(self.faces.len() * 4),
            Vec::with_capacity(self.faces.len() * 4),
        );
        for (index, &face) in self.faces.iter().enumerate() {
            let n = corners(face);
            for i in 0..n {
                let (before, here, after) = (face[(i + n - 1) % n], face[i], face[(i + 1) % n]);
                faces.push([
                    here,
                    edge(here, after),
                    centre + index as u32,
                    edge(before, here),
                ]);
                parents.push(index as u32);
            }
        }
        (faces, parents)
    }
}

/// Texture coordinates refine bilinearly within each face, in the same face order as [`Level::refined_faces`]. Seams stay where they are.
fn refine_uvs(
    uvs: &[Vec2],
    uv_faces: &[[u32; 4]],
    faces: &[[u32; 4]],
) -> (Vec<Vec2>, Vec<[u32; 4]>) {
    let mut out = uvs.to_vec();
    let mut middles: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let mut refined = Vec::with_capacity(uv_faces.len() * 4);
    for (&uv_face, &face) in uv_faces.iter().zip(faces) {
        let n = corners(face);
        let centre = uv_face[..n].iter().map(|&t| uvs[t as usize]).sum::<Vec2>() / n as f32;
        out.push(centre);
        let centre = out.len() as u32 - 1;
        let mut middle = |a: u32, b: u32| {
            *middles.entry((a.min(b), a.max(b))).or_insert_with(|| {
                out.push((uvs[a as usize] + uvs[b as usize]) * 0.5);
                out.len() as u32 - 1
            })
        };
        for i in 0..n {
            let (before, here, after) =
                (uv_face[(i + n - 1) % n], uv_face[i], uv_face[(i + 1) % n]);
            refined.push([here, middle(here, after), centre, middle(before, here)]);
        }
    }
    (out, refined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube() -> (Vec<Quad>, Vec<Vec2>, Vec<Vec3>) {
        let positions = (0..8_u8)
            .map(|i| {
                Vec3::new(
                    f32::from(i & 1),
                    f32::from(i >> 1 & 1),
                    f32::from(i >> 2 & 1),
                ) * 2.0
                    - 1.0
            })
            .collect();
        let faces = [
            [0, 2, 3, 1],
            [4, 5, 7, 6],
            [0, 1, 5, 4],
            [2, 6, 7, 3],
            [0, 4, 6, 2],
            [1, 3, 7, 5],
        ];
        let quads = faces
            .map(|f: [u32; 4]| [f[0], f[1], f[2], f[3], 0, 1, 2, 3])
            .to_vec();
        (
            quads,
            vec![Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y],
            positions,
        )
    }

    #[test]
    fn a_cube_refines_to_the_known_points_and_stays_closed() {
        let (quads, uvs, positions) = cube();
        let once = Subdivision::new(&quads, &uvs, 8, 1).apply(&positions, |_| Part::Background);
        // Catmull & Clark on a cube of half side 1: corners go to 5/9, edge points to 3/4 of the edge middles, faces keep their middles.
        assert!(
            once.positions
                .iter()
                .any(|p| (p.abs() - Vec3::splat(5.0 / 9.0)).length() < 1e-6)
        );
        assert!(
            once.positions
                .iter()
                .any(|p| (p.abs() - Vec3::new(0.75, 0.75, 0.0)).length() < 1e-6)
        );
        let thrice = Subdivision::new(&quads, &uvs, 8, 3);
        let mesh = thrice.apply(&positions, |_| Part::Background);
        assert_eq!(mesh.triangles.len(), 6 * 64 * 2);
        let mut sides: BTreeMap<(u32, u32), i32> = BTreeMap::new();
        for t in &thrice.position_triangles {
            for (a, b) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
                *sides.entry((a.min(b), a.max(b))).or_default() += if a < b { 1 } else { -1 };
            }
        }
        assert!(
            sides.values().all(|&balance| balance == 0),
            "an edge has no opposite neighbour"
        );
        for (p, n) in mesh.positions.iter().zip(&mesh.normals) {
            assert!(p.dot(*n) > 0.0, "a normal points inwards");
        }
    }

    #[test]
    fn triangles_split_into_three_and_rims_stay_on_their_line() {
        let quads = vec![[0, 1, 2, 2, 0, 1, 2, 2]];
        let uvs = vec![Vec2::ZERO, Vec2::X, Vec2::Y];
        let positions = vec![Vec3::ZERO, Vec3::X, Vec3::Y];
        let mesh = Subdivision::new(&quads, &uvs, 3, 1).apply(&positions, |_| Part::Background);
        assert_eq!(mesh.triangles.len(), 6);
        assert!(
            mesh.positions
                .iter()
                .all(|p| p.z == 0.0 && p.x >= -1e-6 && p.y >= -1e-6)
        );
    }
}
