//! Surfaces that need no function: boxes with round edges, turned profiles, sheets laid over a net of points.

use std::f32::consts::{FRAC_PI_4, TAU};

use glam::{Vec2, Vec3};

use crate::shell::Shell;

impl Shell {
    /// Triangles over a net of vertices that were pushed row by row from `first`, each turned to look where its vertices' normals do.
    fn net(&mut self, first: u32, rows: usize, columns: usize) {
        let (rows, columns) = (rows as u32, columns as u32);
        for i in 1..rows {
            for j in 1..columns {
                let at = |i: u32, j: u32| first + i * columns + j;
                let [a, b, c, d] = [at(i - 1, j - 1), at(i, j - 1), at(i, j), at(i - 1, j)];
                for triangle in [[a, b, c], [a, c, d]] {
                    let [p, q, r] = triangle.map(|k| self.positions[k as usize]);
                    let normal: Vec3 = triangle.iter().map(|&k| self.normals[k as usize]).sum();
                    let face = (q - p).cross(r - p);
                    let [a, b, c] = triangle;
                    if face.dot(normal) < 0.0 {
                        self.triangles.push([a, c, b]);
                    } else if face != Vec3::ZERO {
                        self.triangles.push(triangle);
                    }
                }
            }
        }
    }

    /// The same somewhere else: turned by `turn`, which must keep lengths and handedness, then moved.
    pub(crate) fn placed(&self, turn: impl Fn(Vec3) -> Vec3, by: Vec3) -> Self {
        Self {
            positions: self.positions.iter().map(|&at| turn(at) + by).collect(),
            normals: self.normals.iter().map(|&normal| turn(normal)).collect(),
            ..self.clone()
        }
    }

    /// The mirror image across y = 0.
    pub(crate) fn mirrored(&self) -> Self {
        let mirror = |v: &Vec3| Vec3::new(v.x, -v.y, v.z);
        Self {
            positions: self.positions.iter().map(mirror).collect(),
            normals: self.normals.iter().map(mirror).collect(),
            triangles: self.triangles.iter().map(|&[a, b, c]| [a, c, b]).collect(),
            on_rim: self.on_rim.clone(),
        }
    }
}

/// A box about the origin with edges of radius `round`, each of `2 × steps` flat strips.
pub(crate) fn rounded_box(half: Vec3, round: f32, steps: usize) -> Shell {
    let core = half - round;
    // Along a face: the round of one edge, then that of the other, with the flat between.
    let line: Vec<(f32, f32)> = (0..=2 * steps + 1)
        .map(|k| {
            let (side, step) = if k <= steps {
                (-1.0, steps - k)
            } else {
                (1.0, k - steps - 1)
            };
            (side, side * (FRAC_PI_4 * step as f32 / steps as f32).tan())
        })
        .collect();
    let mut shell = Shell::default();
    for axis in 0..3 {
        let (i, j) = ((axis + 1) % 3, (axis + 2) % 3);
        for sign in [-1.0, 1.0] {
            let first = shell.positions.len() as u32;
            for &(side_i, tan_i) in &line {
                for &(side_j, tan_j) in &line {
                    let (mut at, mut out) = (Vec3::ZERO, Vec3::ZERO);
                    (at[axis], at[i], at[j]) = (sign, side_i, side_j);
                    (out[axis], out[i], out[j]) = (sign, tan_i, tan_j);
                    let normal = out.normalize_or(at);
                    shell.push(at * core + normal * round, normal);
                }
            }
            shell.net(first, line.len(), line.len());
        }
    }
    shell
}

/// A profile turned about y. Points are `(radius, y)`; the outside lies to the right of its way, where the radius points right and y up.
/// `sunk` says how much less the radius is at a step around and a point of the profile.
pub(crate) fn turned(profile: &[Vec2], around: usize, sunk: impl Fn(usize, usize) -> f32) -> Shell {
    let mut shell = Shell::default();
    for k in 0..=around {
        let (sin, cos) = (TAU * k as f32 / around as f32).sin_cos();
        for (j, point) in profile.iter().enumerate() {
            let radius = point.x - sunk(k, j);
            let before = profile[j.saturating_sub(1)];
            let after = profile[(j + 1).min(profile.len() - 1)];
            let along = (after - before).normalize_or(Vec2::Y);
            shell.push(
                Vec3::new(radius * sin, point.y, radius * cos),
                Vec3::new(along.y * sin, -along.x, along.y * cos),
            );
        }
    }
    shell.net(0, around + 1, profile.len());
    shell
}

/// A sheet over rows of equally many points; it looks to the side that `outside` points at.
pub(crate) fn sheet(rows: &[Vec<Vec3>], outside: impl Fn(Vec3) -> Vec3) -> Shell {
    let mut shell = Shell::default();
    let columns = rows.first().map_or(0, Vec::len);
    for (i, row) in rows.iter().enumerate() {
        let (before, after) = (
            &rows[i.saturating_sub(1)],
            &rows[(i + 1).min(rows.len() - 1)],
        );
        for (j, &at) in row.iter().enumerate() {
            let down = after[j] - before[j];
            let across = row[(j + 1).min(columns - 1)] - row[j.saturating_sub(1)];
            let normal = down.cross(across).normalize_or(outside(at));
            let faces = normal.dot(outside(at)) >= 0.0;
            shell.push(at, if faces { normal } else { -normal });
        }
    }
    shell.net(0, rows.len(), columns);
    shell
}

/// A rod of six sides along a path, open at its ends. The path must not run upright.
pub(crate) fn rod(path: &[Vec3], radius: f32) -> Shell {
    let mut shell = Shell::default();
    let last = path.len().saturating_sub(1);
    for (k, &at) in path.iter().enumerate() {
        let along = path[(k + 1).min(last)] - path[k.saturating_sub(1)];
        let side = along.cross(Vec3::Z).normalize_or(Vec3::X);
        let up = side.cross(along).normalize_or(Vec3::Z);
        for j in 0..=6 {
            let (sin, cos) = (TAU * j as f32 / 6.0).sin_cos();
            let normal = side * cos + up * sin;
            shell.push(at + normal * radius, normal);
        }
    }
    shell.net(0, path.len(), 7);
    shell
}
