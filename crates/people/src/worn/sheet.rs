//! Sheets of cloth and plastic: a grid of points made into a closed mesh with thickness, and tautness over what lies below.

use std::collections::BTreeMap;

use glam::{Vec2, Vec3};
use scene::Mesh;
use scene::mesh::Part;

/// A grid of points, row after row.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// The last column lies on the first one.
    pub(crate) is_round: bool,
    /// The first row is one point.
    pub(crate) has_pole: bool,
    pub(crate) points: Vec<Vec3>,
    pub(crate) uvs: Vec<Vec2>,
}

impl Sheet {
    pub(crate) fn at(&self, row: usize, column: usize) -> Vec3 {
        self.points[row * self.columns + column]
    }

    /// The vertex that stands for all those at the same place.
    fn canonical(&self, index: usize) -> usize {
        let (row, column) = (index / self.columns, index % self.columns);
        if row == 0 && self.has_pole {
            0
        } else if self.is_round && column + 1 == self.columns {
            row * self.columns
        } else {
            index
        }
    }

    /// A closed mesh: the sheet, a second layer `thickness_m` below it, and what joins their edges. Cells (row, column) for which `keep` is false are
    /// left open; `inside` lies below the sheet.
    pub(crate) fn mesh(
        &self,
        thickness_m: f32,
        inside: Vec3,
        part: Part,
        keep: impl Fn(usize, usize) -> bool,
    ) -> Mesh {
        let mut outer: Vec<[usize; 3]> = Vec::new();
        for row in 0..self.rows - 1 {
            for column in 0..self.columns - 1 {
                if !keep(row, column) {
                    continue;
                }
                let a = row * self.columns + column;
                let (b, c, d) = (a + 1, a + self.columns + 1, a + self.columns);
                if !(row == 0 && self.has_pole) {
                    outer.push([a, b, c]);
                }
                outer.push([a, c, d]);
            }
        }
        let facing = |t: &[usize; 3]| {
            let [a, b, c] = t.map(|v| self.points[v]);
            (b - a).cross(c - a)
        };
        let outwards: f32 = outer
            .iter()
            .map(|t| facing(t).dot(self.points[t[0]] - inside).signum())
            .sum();
        if outwards < 0.0 {
            for triangle in &mut outer {
                triangle.swap(1, 2);
            }
        }
        let mut sums = vec![Vec3::ZERO; self.points.len()];
        for triangle in &outer {
            let normal = facing(triangle);
            for &v in triangle {
                sums[self.canonical(v)] += normal;
            }
        }
        let count = self.points.len();
        let normals: Vec<Vec3> = (0..count)
            .map(|v| sums[self.canonical(v)].normalize_or(Vec3::Y))
            .collect();
        let mut mesh = Mesh {
            positions: self.points.clone(),
            normals: normals.clone(),
            uvs: self.uvs.clone(),
            ..Mesh::default()
        };
        mesh.positions.extend(
            self.points
                .iter()
                .zip(&normals)
                .map(|(p, n)| *p - *n * thickness_m),
        );
        mesh.normals.extend(normals.iter().map(|n| -*n));
        mesh.uvs.extend(&self.uvs);
        let mut edges: BTreeMap<(usize, usize), (usize, usize, i32)> = BTreeMap::new();
        for t in &outer {
            mesh.triangles.push(t.map(|v| v as u32));
            mesh.triangles
                .push([t[0], t[2], t[1]].map(|v| (v + count) as u32));
            for k in 0..3 {
                let (a, b) = (t[k], t[(k + 1) % 3]);
                let (from, to) = (self.canonical(a), self.canonical(b));
                let entry = edges
                    .entry((from.min(to), from.max(to)))
                    .or_insert((a, b, 0));
                entry.2 += 1;
            }
        }
        for (a, b, used) in edges.into_values() {
            if used == 1 && self.canonical(a) != self.canonical(b) {
                let [a, b, c, d] = [a, b, b + count, a + count].map(|v| v as u32);
                mesh.triangles.extend([[b, a, d], [b, d, c]]);
            }
        }
        mesh.parts = vec![part; mesh.triangles.len()];
        mesh
    }
}

/// What holds a taut sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edges {
    /// A cap: columns go round, the first row is a pole, the last is held.
    Cap,
    /// A patch: held all around.
    Patch,
}

/// Sweeps after which hollows as wide as half the grid are spanned.
pub(crate) const STRETCHED: usize = 160;

/// A membrane over an obstacle: the smallest surface that stays at or above `heights` (rows × columns) and touches them along what is held; a hollow is
/// spanned, a bump is followed. Fewer sweeps than [`STRETCHED`] leave slack: only hollows about as wide in cells are spanned. Projected successive over-relaxation (Cryer 1971) in a fixed order. In a round grid the last column repeats the first.
pub(crate) fn taut(
    heights: &[f32],
    rows: usize,
    columns: usize,
    edges: Edges,
    sweeps: usize,
) -> Vec<f32> {
    const OVER: f32 = 1.6;
    let round = edges != Edges::Patch;
    let distinct = if round { columns - 1 } else { columns };
    let mut out = heights.to_vec();
    for _ in 0..sweeps {
        for row in 0..rows {
            let held = match edges {
                Edges::Patch => row == 0 || row + 1 == rows,
                Edges::Cap => row + 1 == rows,
            };
            if held {
                continue;
            }
            if row == 0 && edges == Edges::Cap {
                let mean = out[columns..columns + distinct].iter().sum::<f32>() / distinct as f32;
                let top = heights[..distinct].iter().copied().fold(mean, f32::max);
                out[..columns].fill(top);
                continue;
            }
            for column in 0..distinct {
                if !round && (column == 0 || column + 1 == columns) {
                    continue;
                }
                let left = row * columns + (column + distinct - 1) % distinct;
                let right = row * columns + (column + 1) % distinct;
                let at = row * columns + column;
                let mean = 0.25 * (out[left] + out[right] + out[at - columns] + out[at + columns]);
                out[at] = (out[at] + OVER * (mean - out[at])).max(heights[at]);
            }
            if round {
                out[row * columns + distinct] = out[row * columns];
            }
        }
    }
    out
}

/// A tube along `path` with capped ends, as part of a thing that is worn.
pub(crate) fn cord(path: &[Vec3], radius_m: f32, across: Vec3, part: Part, out: &mut Mesh) {
    crate::eyewear::sweep::tube(
        path,
        &vec![across; path.len()],
        crate::eyewear::sweep::Section {
            across: radius_m,
            deep: radius_m,
        },
        false,
        out,
    );
    out.parts.resize(out.triangles.len(), part);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taut_patch_spans_a_hollow_and_follows_a_bump() {
        let (rows, columns) = (21, 31);
        let bump = |row: usize, column: usize| {
            let (r, c) = (row as f32 - 10.0, column as f32 - 15.0);
            if r.hypot(c) < 3.0 {
                2.0
            } else if r.hypot(c) < 7.0 {
                -3.0
            } else {
                0.0
            }
        };
        let heights: Vec<f32> = (0..rows * columns)
            .map(|i| bump(i / columns, i % columns))
            .collect();
        let out = taut(&heights, rows, columns, Edges::Patch, STRETCHED);
        assert!(out.iter().zip(&heights).all(|(o, h)| o >= h));
        // Nothing but the bump pushes up, so every other free point is the mean of its neighbours.
        for row in 1..rows - 1 {
            for column in 1..columns - 1 {
                let at = row * columns + column;
                if out[at] > heights[at] + 1e-3 {
                    let mean =
                        0.25 * (out[at - 1] + out[at + 1] + out[at - columns] + out[at + columns]);
                    assert!((out[at] - mean).abs() < 1e-3, "({row}, {column})");
                }
            }
        }
        assert!(out[10 * columns + 20] > 0.2, "the hollow is not spanned");
    }

    #[test]
    fn a_sheet_with_a_hole_is_a_closed_body() {
        let (rows, columns) = (9, 17);
        let mut sheet = Sheet {
            rows,
            columns,
            is_round: true,
            has_pole: true,
            points: Vec::new(),
            uvs: vec![Vec2::ZERO; rows * columns],
        };
        for row in 0..rows {
            for column in 0..columns {
                let polar = 0.2 * row as f32;
                let around = (column % 16) as f32 / 16.0 * std::f32::consts::TAU;
                sheet.points.push(Vec3::new(
                    polar.sin() * around.sin(),
                    polar.cos(),
                    polar.sin() * around.cos(),
                ));
            }
        }
        let mesh = sheet.mesh(0.05, Vec3::ZERO, Part::Headwear, |row, column| {
            !(3..5).contains(&row) || column > 4
        });
        // Closed: every edge is walked as often one way as the other, with places instead of indices.
        let key = |v: u32| {
            let p = mesh.positions[v as usize];
            [p.x, p.y, p.z].map(|c| (c * 1e4).round() as i64)
        };
        let mut edges: BTreeMap<_, i64> = BTreeMap::new();
        let mut volume = 0.0f32;
        for t in &mesh.triangles {
            for k in 0..3 {
                let (a, b) = (key(t[k]), key(t[(k + 1) % 3]));
                if a != b {
                    *edges.entry((a.min(b), a.max(b))).or_default() += if a < b { 1 } else { -1 };
                }
            }
            let [a, b, c] = t.map(|v| mesh.positions[v as usize]);
            volume += a.dot(b.cross(c)) / 6.0;
        }
        assert!(edges.values().all(|sum| *sum == 0));
        assert!(volume > 0.0, "inside out: {volume}");
        assert_eq!(mesh.parts.len(), mesh.triangles.len());
    }
}
