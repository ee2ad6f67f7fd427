//! Surfaces of implicit bodies: where a smooth function is zero, as a mesh whose normals are the function's own.

use glam::{IVec3, Vec3};
use rayon::prelude::*;

/// Positions, outward unit normals and triangles, counter-clockwise seen from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shell {
    pub(crate) positions: Vec<Vec3>,
    pub(crate) normals: Vec<Vec3>,
    pub(crate) triangles: Vec<[u32; 3]>,
}

/// A body: negative inside.
pub(crate) trait Body: Sync {
    fn value(&self, at: Vec3) -> f32;

    fn gradient(&self, at: Vec3) -> Vec3 {
        const H: f32 = 1.5e-3;
        let slope = |axis: Vec3| self.value(at + axis * H) - self.value(at - axis * H);
        Vec3::new(slope(Vec3::X), slope(Vec3::Y), slope(Vec3::Z)) / (2.0 * H)
    }
}

impl<F: Fn(Vec3) -> f32 + Sync> Body for F {
    fn value(&self, at: Vec3) -> f32 {
        self(at)
    }
}

/// Cells of a block, which is passed over where its middle is far from the surface.
const BLOCK: usize = 8;
/// How much faster than distance a body's function may change.
const STEEPEST: f32 = 1.6;

/// The surface in a box, by surface nets (Gibson 1998, "Constrained elastic surface nets") on cells of `step` metres, each vertex then moved onto the surface by Newton's method.
/// The body must not touch the box, and its function change by no more than [`STEEPEST`] times the way.
pub(crate) fn surface(body: &impl Body, low: Vec3, high: Vec3, step: f32) -> Shell {
    let size = ((high - low) / step).ceil().as_ivec3() + 1;
    let [nx, ny, nz] = size.to_array().map(|n| n as usize);
    let place = |x: usize, y: usize, z: usize| {
        low + IVec3::new(x as i32, y as i32, z as i32).as_vec3() * step
    };
    let reach = STEEPEST * 0.5 * 3.0_f32.sqrt() * step * (BLOCK as f32 + 1.0);
    let values: Vec<f32> = (0..nz.div_ceil(BLOCK))
        .into_par_iter()
        .flat_map_iter(|layer| {
            let zs = layer * BLOCK..((layer + 1) * BLOCK).min(nz);
            let mut slab = vec![0.0; nx * ny * zs.len()];
            for by in (0..ny).step_by(BLOCK) {
                for bx in (0..nx).step_by(BLOCK) {
                    let half = 0.5 * (BLOCK as f32 - 1.0);
                    let middle = place(bx, by, zs.start) + half * step;
                    let value = body.value(middle);
                    for z in zs.clone() {
                        for y in by..(by + BLOCK).min(ny) {
                            for x in bx..(bx + BLOCK).min(nx) {
                                slab[((z - zs.start) * ny + y) * nx + x] = if value.abs() > reach {
                                    value
                                } else {
                                    body.value(place(x, y, z))
                                };
                            }
                        }
                    }
                }
            }
            slab
        })
        .collect();
    let index = |x: usize, y: usize, z: usize| (z * ny + y) * nx + x;
    let mut numbers = vec![u32::MAX; values.len()];
    let mut shell = Shell::default();
    for z in 0..nz - 1 {
        for y in 0..ny - 1 {
            for x in 0..nx - 1 {
                let corner =
                    |c: usize| values[index(x + (c & 1), y + (c >> 1 & 1), z + (c >> 2 & 1))];
                let inside = (0..8).filter(|&c| corner(c) < 0.0).count();
                if inside == 0 || inside == 8 {
                    continue;
                }
                // The mean of where the cell's edges cross.
                let (mut sum, mut count) = (Vec3::ZERO, 0.0);
                for (a, b) in EDGES {
                    let (va, vb) = (corner(a), corner(b));
                    if (va < 0.0) != (vb < 0.0) {
                        let t = va / (va - vb);
                        sum += offset(a).lerp(offset(b), t);
                        count += 1.0;
                    }
                }
                numbers[index(x, y, z)] = shell.positions.len() as u32;
                let cell = Vec3::new(x as f32, y as f32, z as f32);
                shell.positions.push(low + (cell + sum / count) * step);
            }
        }
    }
    // A square around each edge that crosses.
    for z in 0..nz - 1 {
        for y in 0..ny - 1 {
            for x in 0..nx - 1 {
                let here = values[index(x, y, z)] < 0.0;
                let cell = [x, y, z];
                for axis in 0..3 {
                    let mut far = cell;
                    far[axis] += 1;
                    let there = values[index(far[0], far[1], far[2])] < 0.0;
                    let (i, j) = ((axis + 1) % 3, (axis + 2) % 3);
                    if here == there || cell[i] == 0 || cell[j] == 0 {
                        continue;
                    }
                    let vertex = |di: usize, dj: usize| {
                        let mut c = cell;
                        c[i] -= di;
                        c[j] -= dj;
                        numbers[index(c[0], c[1], c[2])]
                    };
                    let [a, b, c, d] = [vertex(1, 1), vertex(0, 1), vertex(0, 0), vertex(1, 0)];
                    if [a, b, c, d].contains(&u32::MAX) {
                        continue;
                    }
                    let [b, d] = if here { [b, d] } else { [d, b] };
                    let at = |k: u32| shell.positions[k as usize];
                    // The shorter diagonal folds less.
                    if at(a).distance_squared(at(c)) <= at(b).distance_squared(at(d)) {
                        shell.triangles.extend([[a, b, c], [a, c, d]]);
                    } else {
                        shell.triangles.extend([[a, b, d], [b, c, d]]);
                    }
                }
            }
        }
    }
    shell.settle(body, 0.6 * step);
    shell
}

fn offset(corner: usize) -> Vec3 {
    Vec3::new(
        (corner & 1) as f32,
        (corner >> 1 & 1) as f32,
        (corner >> 2 & 1) as f32,
    )
}

const EDGES: [(usize, usize); 12] = [
    (0, 1),
    (2, 3),
    (4, 5),
    (6, 7),
    (0, 2),
    (1, 3),
    (4, 6),
    (5, 7),
    (0, 4),
    (1, 5),
    (2, 6),
    (3, 7),
];

impl Shell {
    /// Moves vertices onto the surface, none by more than `most` metres a step, and takes its normals.
    fn settle(&mut self, body: &impl Body, most: f32) {
        let settled: Vec<(Vec3, Vec3)> = self
            .positions
            .par_iter()
            .map(|&start| {
                let mut at = start;
                let mut slope = body.gradient(at);
                for _ in 0..4 {
                    let step = slope * (body.value(at) / slope.length_squared().max(1e-6));
                    at -= step.clamp_length_max(most);
                    slope = body.gradient(at);
                }
                (at, slope.normalize_or(Vec3::Z))
            })
            .collect();
        (self.positions, self.normals) = settled.into_iter().unzip();
    }

    /// Adds another's triangles.
    pub(crate) fn append(&mut self, other: &Self) {
        let first = self.positions.len() as u32;
        self.positions.extend_from_slice(&other.positions);
        self.normals.extend_from_slice(&other.normals);
        let moved = other
            .triangles
            .iter()
            .map(|t| t.map(|corner| corner + first));
        self.triangles.extend(moved);
    }

    /// Both parts of the surface beside a line: where `line` is below `-half_gap`, and where it is above `half_gap`, cut exactly there along the triangles' sides.
    pub(crate) fn split(&self, line: &dyn Fn(Vec3) -> f32, half_gap: f32) -> (Self, Self) {
        let values: Vec<f32> = self.positions.iter().map(|&at| line(at)).collect();
        let below: Vec<f32> = values.iter().map(|v| v + half_gap).collect();
        let above: Vec<f32> = values.iter().map(|v| half_gap - v).collect();
        (self.clipped(&below), self.clipped(&above))
    }

    /// What is where the values at vertices are below 0.
    fn clipped(&self, values: &[f32]) -> Self {
        let mut part = Self::default();
        let mut kept = vec![u32::MAX; self.positions.len()];
        let mut crossings = std::collections::HashMap::new();
        for triangle in &self.triangles {
            let inside = triangle.map(|corner| values[corner as usize] < 0.0);
            if inside == [false; 3] {
                continue;
            }
            let mut polygon = [0_u32; 4];
            let mut count = 0;
            for k in 0..3 {
                let (a, b) = (triangle[k], triangle[(k + 1) % 3]);
                if inside[k] {
                    let number = &mut kept[a as usize];
                    if *number == u32::MAX {
                        *number = part.positions.len() as u32;
                        part.positions.push(self.positions[a as usize]);
                        part.normals.push(self.normals[a as usize]);
                    }
                    polygon[count] = *number;
                    count += 1;
                }
                if inside[k] != inside[(k + 1) % 3] {
                    let key = (a.min(b), a.max(b));
                    polygon[count] = *crossings.entry(key).or_insert_with(|| {
                        let (a, b) = (key.0 as usize, key.1 as usize);
                        let t = values[a] / (values[a] - values[b]);
                        part.positions
                            .push(self.positions[a].lerp(self.positions[b], t));
                        part.normals.push(
                            self.normals[a]
                                .lerp(self.normals[b], t)
                                .normalize_or(Vec3::Z),
                        );
                        part.positions.len() as u32 - 1
                    });
                    count += 1;
                }
            }
            part.triangles.push([polygon[0], polygon[1], polygon[2]]);
            if count == 4 {
                part.triangles.push([polygon[0], polygon[2], polygon[3]]);
            }
        }
        part
    }

    /// Moves everything along its normals.
    pub(crate) fn offset(mut self, by: f32) -> Self {
        for (at, normal) in self.positions.iter_mut().zip(&self.normals) {
            *at += *normal * by;
        }
        self
    }

    /// Folds open edges inwards: a rounded lip of `radius` metres, then a flange down to `depth`.
    pub(crate) fn flanged(mut self, depth: f32, radius: f32) -> Self {
        let mut sides = std::collections::BTreeSet::new();
        for t in &self.triangles {
            for k in 0..3 {
                let (a, b) = (t[k], t[(k + 1) % 3]);
                // An inner edge is met again the other way round.
                if !sides.remove(&(b, a)) {
                    sides.insert((a, b));
                }
            }
        }
        // Outwards in the surface, at each vertex of the rim.
        let mut outwards = std::collections::BTreeMap::new();
        for &(a, b) in &sides {
            let along = self.positions[b as usize] - self.positions[a as usize];
            for corner in [a, b] {
                let out = along.cross(self.normals[corner as usize]);
                *outwards.entry(corner).or_insert(Vec3::ZERO) += out;
            }
        }
        let mut rings = std::collections::BTreeMap::new();
        for (&corner, out) in &outwards {
            let (at, normal) = (
                self.positions[corner as usize],
                self.normals[corner as usize],
            );
            let out = (*out - normal * out.dot(normal)).normalize_or_zero();
            let first = self.positions.len() as u32;
            // The rim itself is moved in by nothing: the lip bulges into the gap.
            for (turn, down) in [(0.0_f32, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, depth)] {
                let (sin, cos) = (turn * std::f32::consts::FRAC_PI_2).sin_cos();
                self.positions
                    .push(at + out * (radius * sin) - normal * (radius * (1.0 - cos) + down));
                self.normals
                    .push((out * sin + normal * cos).normalize_or(normal));
            }
            rings.insert(corner, first);
        }
        for &(a, b) in &sides {
            let (ra, rb) = (rings[&a], rings[&b]);
            for k in 0..3 {
                self.triangles.extend([
                    [ra + k, ra + k + 1, rb + k + 1],
                    [ra + k, rb + k + 1, rb + k],
                ]);
            }
        }
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }
}
