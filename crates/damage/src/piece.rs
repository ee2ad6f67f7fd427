//! A piece of a thing that can be damaged: its mesh, what it is made of, and where it was.

use std::collections::BTreeMap;

use glam::{Quat, Vec2, Vec3};
use scene::Mesh;

/// What a piece is made of, as far as it matters to what hits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Substance {
    /// Sheet metal of a car's body.
    Steel,
    /// Plastic that gives way and comes back, as of bumpers.
    Plastic,
    /// Panes.
    Glass,
    /// What is moved along by what lies before it: brackets, trim, lamps' insides.
    Inside,
    /// What nothing moves: wheels, the floor.
    Rigid,
}

impl Substance {
    /// Thickness × yield stress, N/m: 0.75 mm of a body panel's steel at 220 MPa (bake-hardened), 3 mm of polypropylene at 25 MPa.
    pub(crate) fn membrane_n_per_m(self) -> f32 {
        match self {
            Self::Plastic => 3e-3 * 25e6,
            _ => 0.75e-3 * 220e6,
        }
    }

    /// Thickness, metres.
    pub(crate) fn thickness_m(self) -> f32 {
        match self {
            Self::Plastic => 3e-3,
            Self::Glass => 4e-3,
            _ => 0.75e-3,
        }
    }

    /// Strain that springs back. Of steel it is 0.1 %, of plastic 4 %.
    pub(crate) fn elastic_strain(self) -> f32 {
        match self {
            Self::Plastic => 0.04,
            _ => 0.001,
        }
    }
}

/// A mesh that can be damaged.
#[derive(Debug, Clone)]
pub struct Piece {
    /// As it is.
    pub mesh: Mesh,
    /// Where each vertex was, metres: `[mesh.positions.len()]`.
    pub before: Vec<Vec3>,
    /// Which way the surface faced there, unit.
    pub faced: Vec<Vec3>,
    /// Texture coordinates that it had before a canvas gave it others: `[mesh.positions.len()]`.
    pub own_uvs: Vec<Vec2>,
    /// What it is made of.
    pub substance: Substance,
}

impl Piece {
    /// An undamaged one.
    pub fn new(mesh: Mesh, substance: Substance) -> Self {
        Self {
            before: mesh.positions.clone(),
            faced: mesh.normals.clone(),
            own_uvs: mesh.uvs.clone(),
            mesh,
            substance,
        }
    }

    /// How far the surface has been pressed in at a vertex, metres: along the normal it had, since a sheet that slides within itself looks the same. Negative where it was pushed out.
    pub fn pressed_m(&self, vertex: usize) -> f32 {
        (self.before[vertex] - self.mesh.positions[vertex]).dot(self.faced[vertex])
    }

    /// Whether anything of it lies within `radius_m` of a place.
    pub(crate) fn reaches(&self, centre: Vec3, radius_m: f32) -> bool {
        let near = radius_m * radius_m;
        self.mesh
            .positions
            .iter()
            .any(|at| at.distance_squared(centre) < near)
    }

    /// Splits edges near a place until none is longer than `edge_m`, at most four times. Triangles stay conforming, and nothing moves: new vertices lie on the old edges.
    pub fn refine(&mut self, centre: Vec3, radius_m: f32, edge_m: f32) {
        for _ in 0..4 {
            if !self.split_once(centre, radius_m, edge_m) {
                break;
            }
        }
    }

    /// Normals at some vertices by the triangles around them, as long as twice their area.
    pub(crate) fn face_normals(&self, vertices: impl Iterator<Item = u32>) -> BTreeMap<u32, Vec3> {
        let mut sums: BTreeMap<u32, Vec3> = vertices.map(|vertex| (vertex, Vec3::ZERO)).collect();
        for triangle in &self.mesh.triangles {
            if triangle.iter().any(|v| sums.contains_key(v)) {
                let [a, b, c] = triangle.map(|v| self.mesh.positions[v as usize]);
                let normal = (b - a).cross(c - a);
                for v in triangle {
                    if let Some(sum) = sums.get_mut(v) {
                        *sum += normal;
                    }
                }
            }
        }
        sums
    }

    /// Turns the normals of vertices with the triangles around them, from what [`Self::face_normals`] found before they moved: where nothing moved, the exact ones stay.
    pub(crate) fn turn_normals(&mut self, was: &BTreeMap<u32, Vec3>) {
        let is = self.face_normals(was.keys().copied());
        for ((vertex, from), to) in was.iter().zip(is.values()) {
            let (Some(from), Some(to)) = (from.try_normalize(), to.try_normalize()) else {
                continue;
            };
            if from.dot(to) < 1.0 - 1e-9 {
                let normal = &mut self.mesh.normals[*vertex as usize];
                *normal = (Quat::from_rotation_arc(from, to) * *normal).normalize();
            }
        }
    }

    fn split_once(&mut self, centre: Vec3, radius_m: f32, edge_m: f32) -> bool {
        let near = radius_m * radius_m;
        let inside: Vec<bool> = self
            .mesh
            .positions
            .iter()
            .map(|at| at.distance_squared(centre) < near)
            .collect();
        let mut middles = BTreeMap::new();
        let mut triangles = Vec::with_capacity(self.mesh.triangles.len());
        let mut parts = Vec::with_capacity(self.mesh.parts.len());
        let old = std::mem::take(&mut self.mesh.triangles);
        let old_parts = std::mem::take(&mut self.mesh.parts);
        for (triangle, part) in old.into_iter().zip(old_parts) {
            let [a, b, c] = triangle;
            // An edge is split for its own sake, so that both of its triangles split it.
            let middle: [Option<u32>; 3] = [(a, b), (b, c), (c, a)].map(|(from, to)| {
                let is_near = inside[from as usize] || inside[to as usize];
                let long = self.mesh.positions[from as usize]
                    .distance_squared(self.mesh.positions[to as usize])
                    > edge_m * edge_m;
                (is_near && long).then(|| {
                    let key = (from.min(to), from.max(to));
                    *middles.entry(key).or_insert_with(|| {
                        let (a, b) = (key.0 as usize, key.1 as usize);
                        self.own_uvs.push(0.5 * (self.own_uvs[a] + self.own_uvs[b]));
                        middle(&mut self.mesh, &mut self.before, &mut self.faced, key)
                    })
                })
            });
            let pieces: &[[u32; 3]] = match middle {
                [None, None, None] => &[triangle],
                [Some(x), None, None] => &[[a, x, c], [x, b, c]],
                [None, Some(y), None] => &[[a, b, y], [a, y, c]],
                [None, None, Some(z)] => &[[a, b, z], [z, b, c]],
                [Some(x), Some(y), None] => &[[x, b, y], [a, x, y], [a, y, c]],
                [None, Some(y), Some(z)] => &[[y, c, z], [a, b, y], [a, y, z]],
                [Some(x), None, Some(z)] => &[[a, x, z], [x, b, c], [x, c, z]],
                [Some(x), Some(y), Some(z)] => &[[a, x, z], [x, b, y], [z, y, c], [x, y, z]],
            };
            triangles.extend_from_slice(pieces);
            parts.extend(std::iter::repeat_n(part, pieces.len()));
        }
        self.mesh.triangles = triangles;
        self.mesh.parts = parts;
        !middles.is_empty()
    }
}

fn middle(
    mesh: &mut Mesh,
    before: &mut Vec<Vec3>,
    faced: &mut Vec<Vec3>,
    (a, b): (u32, u32),
) -> u32 {
    let (a, b) = (a as usize, b as usize);
    let number = mesh.positions.len() as u32;
    mesh.positions
        .push(0.5 * (mesh.positions[a] + mesh.positions[b]));
    let normal = mesh.normals[a] + mesh.normals[b];
    mesh.normals.push(normal.normalize_or(mesh.normals[a]));
    mesh.uvs.push(0.5 * (mesh.uvs[a] + mesh.uvs[b]));
    before.push(0.5 * (before[a] + before[b]));
    faced.push((faced[a] + faced[b]).normalize_or(faced[a]));
    number
}
