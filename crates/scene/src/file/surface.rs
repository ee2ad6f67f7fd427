//! From the polygons of a file to meshes the renderer takes: normals where there are none, triangles from polygons.
use glam::{Vec2, Vec3};

use crate::Mesh;
use crate::mesh::Part;

/// What a file says of a surface; normals and uvs may be missing (empty).
#[derive(Debug, Clone, Default)]
pub(crate) struct Surface {
    pub(crate) positions: Vec<Vec3>,
    pub(crate) normals: Vec<Vec3>,
    pub(crate) uvs: Vec<Vec2>,
    pub(crate) triangles: Vec<[u32; 3]>,
}

/// How a surface without normals is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shading {
    /// Every triangle is flat (glTF, OBJ without smoothing).
    Flat,
    /// Normals are means of the triangles around a vertex (PLY, OBJ with smoothing).
    Smooth,
}

impl Surface {
    /// Vertices the finished mesh will have.
    pub(crate) fn finished_vertices(&self, shading: Shading) -> usize {
        if self.normals.is_empty() && shading == Shading::Flat {
            self.triangles.len() * 3
        } else {
            self.positions.len()
        }
    }

    /// A mesh with everything the renderer asks for. Normals that are zero or not finite are made from the triangles around; uvs that are not
    /// finite become zero. Indices must be in range.
    pub(crate) fn finish(mut self, shading: Shading) -> Mesh {
        if self.normals.is_empty() {
            match shading {
                Shading::Flat => self.separate(),
                Shading::Smooth => self.normals = smooth_normals(&self.positions, &self.triangles),
            }
        } else {
            self.repair_normals();
        }
        if self.uvs.is_empty() {
            self.uvs = vec![Vec2::ZERO; self.positions.len()];
        }
        for uv in &mut self.uvs {
            if !uv.is_finite() {
                *uv = Vec2::ZERO;
            }
        }
        let parts = vec![Part::Background; self.triangles.len()];
        Mesh {
            positions: self.positions,
            normals: self.normals,
            uvs: self.uvs,
            triangles: self.triangles,
            parts,
        }
    }

    /// Gives every triangle three vertices of its own, with its normal.
    fn separate(&mut self) {
        let corners: Vec<usize> = self
            .triangles
            .iter()
            .flatten()
            .map(|&corner| corner as usize)
            .collect();
        let positions: Vec<Vec3> = corners
            .iter()
            .map(|&corner| self.positions[corner])
            .collect();
        if !self.uvs.is_empty() {
            self.uvs = corners.iter().map(|&corner| self.uvs[corner]).collect();
        }
        self.normals = positions
            .chunks_exact(3)
            .flat_map(|p| [unit_or_up(cross(p[0], p[1], p[2])); 3])
            .collect();
        self.triangles = (0..positions.len() as u32 / 3)
            .map(|k| [3 * k, 3 * k + 1, 3 * k + 2])
            .collect();
        self.positions = positions;
    }

    fn repair_normals(&mut self) {
        let mut made: Option<Vec<Vec3>> = None;
        for vertex in 0..self.normals.len() {
            self.normals[vertex] = unit(self.normals[vertex]).unwrap_or_else(|| {
                made.get_or_insert_with(|| smooth_normals(&self.positions, &self.triangles))[vertex]
            });
        }
    }
}

/// Twice the area times the normal, in double precision: products of coordinates far from the origin leave the range of single precision.
fn cross(a: Vec3, b: Vec3, c: Vec3) -> glam::DVec3 {
    let (a, b, c) = (a.as_dvec3(), b.as_dvec3(), c.as_dvec3());
    (b - a).cross(c - a)
}

/// A direction of unit length, if there is one.
pub(crate) fn unit(direction: Vec3) -> Option<Vec3> {
    let long = direction.as_dvec3();
    let length = long.length();
    (length > 0.0 && length.is_finite()).then(|| (long / length).as_vec3())
}

fn unit_or_up(direction: glam::DVec3) -> Vec3 {
    let length = direction.length();
    if length > 0.0 && length.is_finite() {
        (direction / length).as_vec3()
    } else {
        Vec3::Y
    }
}

/// Means of the normals of the triangles around each vertex, weighted by area; +y where a vertex has none.
pub(crate) fn smooth_normals(positions: &[Vec3], triangles: &[[u32; 3]]) -> Vec<Vec3> {
    let mut sums = vec![glam::DVec3::ZERO; positions.len()];
    for triangle in triangles {
        let [a, b, c] = triangle.map(|corner| positions[corner as usize]);
        let normal = cross(a, b, c);
        for &corner in triangle {
            sums[corner as usize] += normal;
        }
    }
    sums.into_iter().map(unit_or_up).collect()
}

/// Longest polygon whose ears are looked for; the search takes cubic time.
const EARS: usize = 128;

/// Triangles of a simple polygon, wound as it is: a fan where it is convex, ears cut one after the other where it is not (Meisters 1975). Polygons of more than
/// 128 corners are taken as convex.
pub(crate) fn triangulate(corners: &[Vec3], out: &mut Vec<[usize; 3]>) {
    let count = corners.len();
    if count < 3 {
        return;
    }
    let fan = |out: &mut Vec<[usize; 3]>| out.extend((1..count - 1).map(|k| [0, k, k + 1]));
    if count == 3 || count > EARS {
        return fan(out);
    }
    // Newell's normal is the mean one of a polygon that is not quite flat.
    let normal: glam::DVec3 = (1..count - 1)
        .map(|k| cross(corners[0], corners[k], corners[k + 1]))
        .sum();
    let turn = |a: usize, b: usize, c: usize| cross(corners[a], corners[b], corners[c]).dot(normal);
    if (0..count).all(|k| turn(k, (k + 1) % count, (k + 2) % count) >= 0.0) {
        return fan(out);
    }
    let mut rest: Vec<usize> = (0..count).collect();
    while rest.len() > 3 {
        let n = rest.len();
        let ear = (0..n).find(|&k| {
            let (a, b, c) = (rest[(k + n - 1) % n], rest[k], rest[(k + 1) % n]);
            turn(a, b, c) > 0.0
                && rest.iter().all(|&p| {
                    p == a
                        || p == b
                        || p == c
                        || turn(a, b, p) < 0.0
                        || turn(b, c, p) < 0.0
                        || turn(c, a, p) < 0.0
                })
        });
        // Polygons that cross themselves may have no ear left: any corner then, so that it ends.
        let k = ear.unwrap_or(0);
        let n = rest.len();
        out.push([rest[(k + n - 1) % n], rest[k], rest[(k + 1) % n]]);
        rest.remove(k);
    }
    out.push([rest[0], rest[1], rest[2]]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(corners: &[Vec3], triangles: &[[usize; 3]]) -> f64 {
        triangles
            .iter()
            .map(|&[a, b, c]| 0.5 * cross(corners[a], corners[b], corners[c]).z)
            .sum()
    }

    #[test]
    fn a_concave_polygon_keeps_its_area_and_no_triangle_turns_over() {
        // An L of six corners: area 3.
        let l: Vec<Vec3> = [(0., 0.), (2., 0.), (2., 1.), (1., 1.), (1., 2.), (0., 2.)]
            .map(|(x, y)| Vec3::new(x, y, 0.0))
            .to_vec();
        for start in 0..6 {
            let turned: Vec<Vec3> = (0..6).map(|k| l[(k + start) % 6]).collect();
            let mut triangles = Vec::new();
            triangulate(&turned, &mut triangles);
            assert_eq!(triangles.len(), 4);
            assert!((area(&turned, &triangles) - 3.0).abs() < 1e-12);
            for &[a, b, c] in &triangles {
                assert!(
                    cross(turned[a], turned[b], turned[c]).z >= 0.0,
                    "start {start}"
                );
            }
        }
    }

    #[test]
    fn polygons_that_cross_themselves_still_end() {
        let bow: Vec<Vec3> = [(0., 0.), (1., 1.), (1., 0.), (0., 1.), (0.5, 3.0)]
            .map(|(x, y)| Vec3::new(x, y, 0.0))
            .to_vec();
        let mut triangles = Vec::new();
        triangulate(&bow, &mut triangles);
        assert_eq!(triangles.len(), 3);
    }

    #[test]
    fn flat_surfaces_get_corners_of_their_own_and_smooth_ones_share_them() {
        let surface = Surface {
            positions: vec![Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::Z],
            triangles: vec![[0, 1, 2], [0, 2, 3]],
            ..Surface::default()
        };
        let flat = surface.clone().finish(Shading::Flat);
        assert_eq!(flat.positions.len(), 6);
        assert_eq!((flat.normals[0], flat.normals[3]), (Vec3::Z, Vec3::X));
        let smooth = surface.finish(Shading::Smooth);
        assert_eq!(smooth.positions.len(), 4);
        assert!((smooth.normals[0] - Vec3::new(1.0, 0.0, 1.0).normalize()).length() < 1e-6);
    }

    #[test]
    fn normals_that_are_none_are_made() {
        let surface = Surface {
            positions: vec![Vec3::ZERO, Vec3::X, Vec3::Y],
            normals: vec![Vec3::ZERO, Vec3::NAN, Vec3::new(0.0, 0.0, 1e-30)],
            triangles: vec![[0, 1, 2]],
            ..Surface::default()
        };
        assert_eq!(surface.finish(Shading::Flat).normals, [Vec3::Z; 3]);
    }
}
