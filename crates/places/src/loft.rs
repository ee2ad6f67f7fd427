//! Round shapes: skins stretched over rings. Pillars, cushions, rims and pipes are all the same shape with other rings.

use std::f32::consts::TAU;

use glam::{Affine3A, Vec2, Vec3};

use crate::solid::Solid;

/// What happens where a loft begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Flat lids.
    Capped,
    /// The last ring joins the first, as in a tyre.
    Joined,
}

/// A closed outline: a superellipse with half axes `u` and `v`, from `u` towards `v`. Exponent 2 is an ellipse, 4 nearly a rounded box.
pub fn ring(centre: Vec3, u: Vec3, v: Vec3, exponent: f32, count: usize) -> Vec<Vec3> {
    let power = 2.0 / exponent;
    (0..count)
        .map(|k| {
            let (sin, cos) = (TAU * k as f32 / count as f32).sin_cos();
            let part = |x: f32| x.signum() * x.abs().powf(power);
            centre + u * part(cos) + v * part(sin)
        })
        .collect()
}

impl Solid {
    /// A skin over rings of equally many points, its outside where the rings' is, whichever way they run; shading is smooth.
    #[must_use]
    pub fn loft(self, rings: &[Vec<Vec3>], ends: Ends) -> Self {
        let (n, count) = (rings.len(), rings.first().map_or(0, Vec::len));
        if n < 2 || count < 3 || rings.iter().any(|ring| ring.len() != count) {
            return self;
        }
        // Which way the middle ring turns, as seen from where the loft goes to.
        let middle = |ring: &[Vec3]| ring.iter().sum::<Vec3>() / count as f32;
        let (here, next) = (&rings[(n - 1) / 2], &rings[(n - 1) / 2 + 1]);
        let centre = middle(here);
        let area: Vec3 = (0..count)
            .map(|j| (here[j] - centre).cross(here[(j + 1) % count] - centre))
            .sum();
        if area.dot(middle(next) - centre) < 0.0 {
            let reversed: Vec<Vec<Vec3>> = rings
                .iter()
                .map(|ring| ring.iter().rev().copied().collect())
                .collect();
            self.skin(&reversed, ends)
        } else {
            self.skin(rings, ends)
        }
    }

    /// The same over rings that run counter-clockwise as seen from where it goes to.
    fn skin(mut self, rings: &[Vec<Vec3>], ends: Ends) -> Self {
        let (n, count) = (rings.len(), rings[0].len());
        let joined = ends == Ends::Joined;
        let middles: Vec<Vec3> = rings
            .iter()
            .map(|ring| ring.iter().sum::<Vec3>() / count as f32)
            .collect();
        let at = |i: usize, j: usize| rings[i % n][j % count];
        let first = self.positions.len() as u32;
        let rows = if joined { n + 1 } else { n };
        let mut gone = 0.0;
        for i in 0..rows {
            if i > 0 {
                gone += middles[i % n].distance(middles[i - 1]);
            }
            let (before, after) = if joined {
                ((i + n - 1) % n, (i + 1) % n)
            } else {
                (i.saturating_sub(1), (i + 1).min(n - 1))
            };
            let mut around = 0.0;
            for j in 0..=count {
                if j > 0 {
                    around += at(i, j).distance(at(i, j - 1));
                }
                let along = at(after, j) - at(before, j);
                let across = at(i, j + 1) - at(i, j + count - 1);
                let outward = at(i, j) - middles[i % n];
                let normal = across.cross(along).try_normalize();
                self.positions.push(at(i, j));
                self.normals
                    .push(normal.unwrap_or_else(|| outward.normalize_or(Vec3::Y)));
                self.uvs.push(Vec2::new(around, gone));
            }
        }
        let width = count as u32 + 1;
        for i in 0..rows as u32 - 1 {
            for j in 0..count as u32 {
                let a = first + i * width + j;
                let d = a + width;
                self.triangles.extend([[a, a + 1, d + 1], [a, d + 1, d]]);
            }
        }
        if joined {
            return self;
        }
        self.lid(&rings[0], middles[0] - middles[1])
            .lid(&rings[n - 1], middles[n - 1] - middles[n - 2])
    }

    /// A flat lid that looks along `out`.
    fn lid(mut self, ring: &[Vec3], out: Vec3) -> Self {
        let normal = out.normalize_or(Vec3::Y);
        let middle = ring.iter().sum::<Vec3>() / ring.len() as f32;
        let first = self.positions.len() as u32;
        let side = normal.any_orthonormal_vector();
        let up = normal.cross(side);
        for p in std::iter::once(&middle).chain(ring) {
            self.positions.push(*p);
            self.normals.push(normal);
            self.uvs
                .push(Vec2::new((*p - middle).dot(side), (*p - middle).dot(up)));
        }
        let count = ring.len() as u32;
        for k in 0..count {
            let (a, b) = (first + 1 + k, first + 1 + (k + 1) % count);
            let face =
                (self.positions[a as usize] - middle).cross(self.positions[b as usize] - middle);
            self.triangles.push(if face.dot(normal) >= 0.0 {
                [first, a, b]
            } else {
                [first, b, a]
            });
        }
        self
    }

    /// A pipe along a path, its section an ellipse with these half axes; the second one lies as near to `up` as the path allows.
    #[must_use]
    pub fn pipe(self, path: &[Vec3], half: Vec2, up: Vec3, ends: Ends) -> Self {
        const AROUND: usize = 12;
        let n = path.len();
        let rings: Vec<Vec<Vec3>> = (0..n)
            .map(|i| {
                let (before, after) = if ends == Ends::Joined {
                    ((i + n - 1) % n, (i + 1) % n)
                } else {
                    (i.saturating_sub(1), (i + 1).min(n - 1))
                };
                let along = (path[after] - path[before]).normalize_or(Vec3::Z);
                let v = (up - along * up.dot(along))
                    .try_normalize()
                    .unwrap_or_else(|| along.any_orthonormal_vector());
                let u = v.cross(along);
                ring(path[i], u * half.x, v * half.y, 2.0, AROUND)
            })
            .collect();
        self.loft(&rings, ends)
    }

    /// A pillow: a box whose sides bulge, half sizes along three axes at right angles.
    #[must_use]
    pub fn pillow(self, centre: Vec3, [a, b, c]: [Vec3; 3], exponent: f32) -> Self {
        const RINGS: usize = 13;
        let rings: Vec<Vec<Vec3>> = (0..RINGS)
            .map(|i| {
                // Denser where it rounds.
                let t =
                    (std::f32::consts::PI * (i as f32 / (RINGS - 1) as f32 - 0.5)).sin() * 0.998;
                let size = (1.0 - t.abs().powf(exponent)).powf(1.0 / exponent);
                ring(centre + c * t, a * size, b * size, exponent, 28)
            })
            .collect();
        self.loft(&rings, Ends::Capped)
    }

    /// A beam between two places, its section rounded; `wide` and `deep` are half sizes at both ends.
    #[must_use]
    pub fn beam(self, [from, to]: [Vec3; 2], [wide, deep]: [[Vec3; 2]; 2]) -> Self {
        let along = to - from;
        let rings: Vec<Vec<Vec3>> = (0..=6)
            .map(|i| {
                let t = i as f32 / 6.0;
                let (u, v) = (wide[0].lerp(wide[1], t), deep[0].lerp(deep[1], t));
                ring(from + along * t, u, v, 3.0, 20)
            })
            .collect();
        self.loft(&rings, Ends::Capped)
    }

    /// A face of four corners that bears a whole picture, seen from where they run counter-clockwise, from its lower left.
    #[must_use]
    pub fn card(mut self, corners: [Vec3; 4]) -> Self {
        let [a, b, c, d] = corners;
        let normal = (c - a).cross(d - b).normalize_or(Vec3::Y);
        let first = self.positions.len() as u32;
        for (p, uv) in corners
            .into_iter()
            .zip([Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y])
        {
            self.positions.push(p);
            self.normals.push(normal);
            self.uvs.push(uv);
        }
        self.triangles
            .extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
        self
    }

    /// A smooth sheet over rows of equally many points, seen from the side that (first row × towards the next) points to.
    #[must_use]
    pub fn sheet(mut self, rows: &[Vec<Vec3>]) -> Self {
        let (n, count) = (rows.len(), rows.first().map_or(0, Vec::len));
        if n < 2 || count < 2 || rows.iter().any(|row| row.len() != count) {
            return self;
        }
        let first = self.positions.len() as u32;
        for (i, row) in rows.iter().enumerate() {
            for (j, p) in row.iter().enumerate() {
                let across = row[(j + 1).min(count - 1)] - row[j.saturating_sub(1)];
                let along = rows[(i + 1).min(n - 1)][j] - rows[i.saturating_sub(1)][j];
                self.positions.push(*p);
                self.normals.push(across.cross(along).normalize_or(Vec3::Y));
                self.uvs
                    .push(Vec2::new(row[0].distance(*p), rows[0][j].distance(*p)));
            }
        }
        let width = count as u32;
        for i in 0..n as u32 - 1 {
            for j in 0..width - 1 {
                let a = first + i * width + j;
                self.triangles
                    .extend([[a, a + 1, a + width + 1], [a, a + width + 1, a + width]]);
            }
        }
        self
    }

    /// With a texture so many times finer.
    #[must_use]
    pub fn finer(mut self, times: f32) -> Self {
        for uv in &mut self.uvs {
            *uv *= times;
        }
        self
    }

    /// Moved and turned anyhow; no scale.
    #[must_use]
    pub fn moved(mut self, to: Affine3A) -> Self {
        for position in &mut self.positions {
            *position = to.transform_point3(*position);
        }
        for normal in &mut self.normals {
            *normal = to.transform_vector3(*normal);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Volume by the divergence theorem: right only when the mesh is closed and every triangle faces out.
    fn volume(solid: Solid) -> f32 {
        let mesh = solid.mesh();
        let of = |t: &[u32; 3]| {
            let [a, b, c] = t.map(|v| mesh.positions[v as usize]);
            a.dot(b.cross(c)) / 6.0
        };
        mesh.triangles.iter().map(of).sum()
    }

    #[test]
    fn tyres_pillows_and_pipes_hold_what_they_should() {
        let path: Vec<Vec3> = (0..96)
            .map(|i| {
                let (sin, cos) = (TAU * i as f32 / 96.0).sin_cos();
                Vec3::new(cos, 2.0, sin)
            })
            .collect();
        let tyre = volume(Solid::default().pipe(&path, Vec2::splat(0.1), Vec3::Y, Ends::Joined));
        let exact = 2.0 * std::f32::consts::PI.powi(2) * 0.01;
        assert!((tyre.abs() / exact - 1.0).abs() < 0.06, "{tyre} {exact}");
        assert!(tyre > 0.0, "it faces in");
        let axes = [Vec3::X, Vec3::Y * 0.5, Vec3::Z * 0.25];
        let ball = volume(Solid::default().pillow(Vec3::ONE, axes, 2.0));
        let exact = 4.0 / 3.0 * std::f32::consts::PI * 0.125;
        assert!((ball / exact - 1.0).abs() < 0.05, "{ball} {exact}");
        let bar = [Vec3::ZERO, Vec3::new(0.0, 1.0, 0.0)];
        let beam = volume(Solid::default().beam(bar, [[Vec3::X * 0.1; 2], [Vec3::Z * 0.1; 2]]));
        assert!(beam > 0.03 && beam < 0.04, "{beam}");
    }

    #[test]
    fn normals_agree_with_the_winding() {
        let axes = [Vec3::X, Vec3::Y * 0.5, Vec3::Z * 0.25];
        let mesh = Solid::default().pillow(Vec3::ONE, axes, 4.0).mesh();
        for t in &mesh.triangles {
            let [a, b, c] = t.map(|v| mesh.positions[v as usize]);
            let face = (b - a).cross(c - a);
            for v in t {
                assert!(face.dot(mesh.normals[*v as usize]) >= -1e-7);
            }
        }
    }
}
