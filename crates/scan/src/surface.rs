//! A scanned surface, cleaned: welded triangles with normals, holes' rims, pieces and noise.

use std::collections::BTreeMap;

use glam::{Mat3, Vec3};

use crate::nearest::Nearest;

/// More triangles than this are thinned before anything is fitted: what is left is finer than the body model.
pub const MOST_TRIANGLES: usize = 200_000;

/// A surface to fit, in the file's own units and axes until it is [`Surface::moved`].
#[derive(Debug, Clone)]
pub struct Surface {
    /// Welded vertices.
    pub positions: Vec<Vec3>,
    /// Unit, by angle; +y where a vertex has no area.
    pub normals: Vec<Vec3>,
    /// Counter-clockwise from outside, if the file says so.
    pub triangles: Vec<[u32; 3]>,
    /// Whether a vertex is on the rim of a hole or at the surface's end.
    pub rim: Vec<bool>,
    /// The file's triangle each one came from; empty after thinning.
    pub source: Vec<u32>,
    /// Whether corners were swapped against the file.
    pub swapped: bool,
}

impl Surface {
    /// Welds vertices at equal places and leaves out triangles without area.
    pub fn weld(positions: &[Vec3], triangles: &[[u32; 3]]) -> Self {
        let mut order: Vec<u32> = (0..positions.len() as u32).collect();
        let key = |v: u32| {
            positions[v as usize]
                .to_array()
                .map(|x| (x + 0.0).to_bits())
        };
        order.sort_unstable_by_key(|&v| (key(v), v));
        let mut new_of = vec![0_u32; positions.len()];
        let mut kept: Vec<Vec3> = Vec::new();
        let mut last = None;
        for v in order {
            if last != Some(key(v)) {
                kept.push(positions[v as usize]);
                last = Some(key(v));
            }
            new_of[v as usize] = kept.len() as u32 - 1;
        }
        let (mut list, mut source) = (Vec::new(), Vec::new());
        for (index, t) in triangles.iter().enumerate() {
            let [a, b, c] = t.map(|v| new_of[v as usize]);
            let p = [a, b, c].map(|v| kept[v as usize]);
            let area = (p[1] - p[0]).cross(p[2] - p[0]).length();
            if a != b && b != c && a != c && area > 0.0 && area.is_finite() {
                list.push([a, b, c]);
                source.push(index as u32);
            }
        }
        Self::new(&kept, list, source)
    }

    fn new(positions: &[Vec3], triangles: Vec<[u32; 3]>, source: Vec<u32>) -> Self {
        // Only what a triangle uses is surface.
        let mut new_of = vec![u32::MAX; positions.len()];
        let mut kept = Vec::new();
        let mut triangles = triangles;
        for v in triangles.iter_mut().flatten() {
            let slot = &mut new_of[*v as usize];
            if *slot == u32::MAX {
                *slot = kept.len() as u32;
                kept.push(positions[*v as usize]);
            }
            *v = *slot;
        }
        let rim = rims(&triangles, kept.len());
        let normals = body::subdivision::vertex_normals(&kept, &triangles);
        Self {
            positions: kept,
            normals,
            triangles,
            rim,
            source,
            swapped: false,
        }
    }

    /// At most about [`MOST_TRIANGLES`]: vertices in one cell of a grid become their mean.
    pub fn thinned(self) -> Self {
        self.at_most(MOST_TRIANGLES)
    }

    /// The same for any number of triangles.
    pub fn at_most(self, triangles: usize) -> Self {
        let mut surface = self;
        let mut cells = (triangles as f32).sqrt();
        while surface.triangles.len() > triangles {
            surface = surface.clustered(surface.longest() / cells);
            cells *= 0.8;
        }
        surface
    }

    /// The same surface with normals that noise does not drown: those of a neighbourhood wide enough. Returns the noise, too. Places stay as
    /// they are: their mean over a neighbourhood would lie inside of every bulge.
    pub fn calmed(self) -> (Self, f32) {
        let noise = self.noise();
        let mut calm = self;
        // Averaging over a ring of six quarters the variance of directions each time, roughly.
        let mut rounds = 0;
        let mut rough = noise / calm.spacing();
        while rough > 0.08 && rounds < 6 {
            rough *= 0.5;
            rounds += 1;
        }
        for _ in 0..rounds {
            let mut sum = calm.normals.clone();
            for t in &calm.triangles {
                for k in 0..3 {
                    sum[t[k] as usize] += calm.normals[t[(k + 1) % 3] as usize]
                        + calm.normals[t[(k + 2) % 3] as usize];
                }
            }
            calm.normals = sum
                .into_iter()
                .zip(&calm.normals)
                .map(|(n, old)| n.try_normalize().unwrap_or(*old))
                .collect();
        }
        (calm, noise)
    }

    /// The median length of an edge.
    pub fn spacing(&self) -> f32 {
        let mut long: Vec<f32> = self
            .triangles
            .iter()
            .map(|t| (self.positions[t[0] as usize] - self.positions[t[1] as usize]).length())
            .collect();
        median(&mut long)
    }

    /// The mean normal of a triangle's corners: calmer than its own.
    pub fn calm_normal(&self, triangle: u32) -> Vec3 {
        self.triangles[triangle as usize]
            .map(|v| self.normals[v as usize])
            .iter()
            .sum::<Vec3>()
            .normalize_or_zero()
    }

    fn clustered(&self, cell: f32) -> Self {
        let (low, _) = self.bounds();
        let key = |p: Vec3| ((p - low) / cell).to_array().map(|x| x as u32);
        let mut cells: BTreeMap<[u32; 3], (u32, Vec3, f32)> = BTreeMap::new();
        for &p in &self.positions {
            let next = cells.len() as u32;
            let entry = cells.entry(key(p)).or_insert((next, Vec3::ZERO, 0.0));
            entry.1 += p - low;
            entry.2 += 1.0;
        }
        let mut positions = vec![Vec3::ZERO; cells.len()];
        for &(index, sum, count) in cells.values() {
            positions[index as usize] = low + sum / count;
        }
        let triangles = self
            .triangles
            .iter()
            .map(|t| t.map(|v| cells[&key(self.positions[v as usize])].0))
            .filter(|[a, b, c]| a != b && b != c && a != c)
            .collect();
        Self::new(&positions, triangles, Vec::new())
    }

    /// Low and high corner.
    pub fn bounds(&self) -> (Vec3, Vec3) {
        self.positions
            .iter()
            .fold((Vec3::MAX, Vec3::MIN), |(low, high), &p| {
                (low.min(p), high.max(p))
            })
    }

    /// The longest side of the box around it.
    pub fn longest(&self) -> f32 {
        let (low, high) = self.bounds();
        (high - low).max_element()
    }

    /// Without some vertices and the triangles at them; normals stay as they are.
    pub(crate) fn without(&self, gone: &[bool]) -> Self {
        let triangles: Vec<[u32; 3]> = self
            .triangles
            .iter()
            .copied()
            .filter(|t| !t.iter().any(|&v| gone[v as usize]))
            .collect();
        Self {
            rim: rims(&triangles, self.positions.len()),
            triangles,
            source: Vec::new(),
            ..self.clone()
        }
    }

    /// In other axes and units: `turn * p * scale`.
    pub fn moved(mut self, turn: Mat3, scale: f32) -> Self {
        for p in &mut self.positions {
            *p = turn * *p * scale;
        }
        for n in &mut self.normals {
            *n = turn * *n;
        }
        self
    }

    /// The other way round, for files whose triangles run clockwise.
    pub fn turned_inside_out(mut self) -> Self {
        for t in &mut self.triangles {
            t.swap(1, 2);
        }
        for n in &mut self.normals {
            *n = -*n;
        }
        self.swapped = !self.swapped;
        self
    }

    /// The normal of a triangle; zero without area.
    pub fn face_normal(&self, triangle: u32) -> Vec3 {
        let [a, b, c] = self.triangles[triangle as usize].map(|v| self.positions[v as usize]);
        (b - a).cross(c - a).normalize_or_zero()
    }

    /// Signed volume, meaningful where the surface is closed.
    pub fn volume(&self) -> f64 {
        let (low, high) = self.bounds();
        let middle = (low + high) * 0.5;
        let at = |v: u32| (self.positions[v as usize] - middle).as_dvec3();
        self.triangles
            .iter()
            .map(|&[a, b, c]| at(a).dot(at(b).cross(at(c))))
            .sum::<f64>()
            / 6.0
    }

    /// Area of each triangle.
    pub fn areas(&self) -> Vec<f32> {
        self.triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|v| self.positions[v as usize]);
                (b - a).cross(c - a).length() * 0.5
            })
            .collect()
    }

    /// Boxes to look for nearest points with.
    pub fn nearest(&self) -> Nearest {
        Nearest::new(&self.positions, &self.triangles)
    }

    /// About `count` points spread evenly over the area, with the mean normal around them.
    pub fn samples(&self, count: usize) -> Vec<(Vec3, Vec3)> {
        let areas = self.areas();
        let total: f64 = areas.iter().map(|&a| f64::from(a)).sum();
        let step = total / count.max(1) as f64;
        let (mut list, mut passed, mut next) = (Vec::with_capacity(count), 0.0, step * 0.5);
        for (t, &area) in self.triangles.iter().zip(&areas) {
            passed += f64::from(area);
            while passed > next && list.len() < 2 * count {
                // A golden-ratio walk over the corners' weights: no two samples of a triangle coincide.
                let k = list.len() as f32;
                let (mut u, mut v) = ((k * 0.754_877_7).fract(), (k * 0.569_840_3).fract());
                if u + v > 1.0 {
                    (u, v) = (1.0 - u, 1.0 - v);
                }
                let w = [1.0 - u - v, u, v];
                let blend = |of: &[Vec3]| -> Vec3 {
                    t.iter().zip(w).map(|(&i, w)| of[i as usize] * w).sum()
                };
                list.push((
                    blend(&self.positions),
                    blend(&self.normals).normalize_or_zero(),
                ));
                next += step;
            }
        }
        list
    }

    /// Pieces that hang together: for each, its triangles.
    pub fn pieces(&self) -> Vec<Vec<u32>> {
        let mut parent: Vec<u32> = (0..self.positions.len() as u32).collect();
        for &[a, b, c] in &self.triangles {
            for other in [b, c] {
                let (x, y) = (root(&mut parent, a), root(&mut parent, other));
                parent[x.max(y) as usize] = x.min(y);
            }
        }
        let mut pieces: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (index, t) in self.triangles.iter().enumerate() {
            pieces
                .entry(root(&mut parent, t[0]))
                .or_default()
                .push(index as u32);
        }
        pieces.into_values().collect()
    }

    /// Low and high corner of some triangles.
    pub fn bounds_of(&self, triangles: &[u32]) -> (Vec3, Vec3) {
        let corners = triangles
            .iter()
            .flat_map(|&t| self.triangles[t as usize])
            .map(|v| self.positions[v as usize]);
        corners.fold((Vec3::MAX, Vec3::MIN), |(low, high), p| {
            (low.min(p), high.max(p))
        })
    }

    /// Standard deviation of the noise along the normal, in the surface's units: by how much a vertex leaves the plane through its
    /// neighbours, robustly, less what the neighbours' own neighbours leave in the same direction, which is curvature and not noise.
    pub fn noise(&self) -> f32 {
        let mut sum = vec![Vec3::ZERO; self.positions.len()];
        let mut count = vec![0.0_f32; self.positions.len()];
        for t in &self.triangles {
            for k in 0..3 {
                let (v, a, b) = (
                    t[k] as usize,
                    self.positions[t[(k + 1) % 3] as usize],
                    self.positions[t[(k + 2) % 3] as usize],
                );
                sum[v] += a + b;
                count[v] += 2.0;
            }
        }
        let off: Vec<f32> = (0..self.positions.len())
            .map(|v| {
                if count[v] == 0.0 {
                    return 0.0;
                }
                (self.positions[v] - sum[v] / count[v]).dot(self.normals[v])
            })
            .collect();
        let mut around = vec![0.0_f32; self.positions.len()];
        for t in &self.triangles {
            for k in 0..3 {
                let v = t[k] as usize;
                around[v] += off[t[(k + 1) % 3] as usize] + off[t[(k + 2) % 3] as usize];
            }
        }
        let mut differences: Vec<f32> = (0..self.positions.len())
            .filter(|&v| !self.rim[v] && count[v] >= 6.0)
            .map(|v| {
                // White noise σ gives this difference a standard deviation of 1.36 σ on a net of six neighbours each.
                (off[v] - around[v] / count[v]).abs() / 1.36
            })
            .collect();
        if differences.is_empty() {
            return 0.0;
        }
        median(&mut differences) * 1.4826
    }
}

fn root(parent: &mut [u32], mut v: u32) -> u32 {
    while parent[v as usize] != v {
        let above = parent[parent[v as usize] as usize];
        parent[v as usize] = above;
        v = above;
    }
    v
}

/// The middle one; 0 for none.
pub(crate) fn median(values: &mut [f32]) -> f32 {
    quantile(values, 0.5)
}

/// The value that a share of the values does not pass; 0 for none.
pub(crate) fn quantile(values: &mut [f32], share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f64 * share).round() as usize;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

fn rims(triangles: &[[u32; 3]], vertices: usize) -> Vec<bool> {
    let mut edges: Vec<(u32, u32)> = triangles
        .iter()
        .flat_map(|&[a, b, c]| [(a, b), (b, c), (c, a)])
        .map(|(a, b)| (a.min(b), a.max(b)))
        .collect();
    edges.sort_unstable();
    let mut rim = vec![false; vertices];
    for run in edges.chunk_by(|a, b| a == b) {
        if run.len() == 1 {
            rim[run[0].0 as usize] = true;
            rim[run[0].1 as usize] = true;
        }
    }
    rim
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    /// A wavy sheet of `n × n` vertices, one unit apart.
    fn sheet(n: u32, noise: f32) -> Surface {
        let mut stream = Streams::new(Seed(5), 0).stream("noise");
        let mut positions = Vec::new();
        for y in 0..n {
            for x in 0..n {
                let z = (x as f32 * 0.1).sin() * 3.0 + stream.normal() as f32 * noise;
                positions.push(Vec3::new(x as f32, y as f32, z));
            }
        }
        let mut triangles = Vec::new();
        for y in 0..n - 1 {
            for x in 0..n - 1 {
                let a = y * n + x;
                triangles.push([a, a + 1, a + n + 1]);
                triangles.push([a, a + n + 1, a + n]);
            }
        }
        Surface::weld(&positions, &triangles)
    }

    #[test]
    fn noise_is_measured_within_a_fifth_and_bends_are_none() {
        for noise in [0.05, 0.2] {
            let found = sheet(60, noise).noise();
            assert!((found / noise - 1.0).abs() < 0.2, "{found} for {noise}");
        }
        assert!(sheet(60, 0.0).noise() < 0.01);
    }

    #[test]
    fn a_sheets_rim_is_its_outline_and_two_sheets_are_two_pieces() {
        let sheet = sheet(10, 0.0);
        assert_eq!(sheet.rim.iter().filter(|&&rim| rim).count(), 36);
        assert_eq!(sheet.pieces().len(), 1);
        let shifted = sheet.positions.iter().map(|&p| p + Vec3::X * 50.0);
        let positions: Vec<Vec3> = sheet.positions.iter().copied().chain(shifted).collect();
        let n = sheet.positions.len() as u32;
        let second = sheet.triangles.iter().map(|t| t.map(|v| v + n));
        let triangles: Vec<[u32; 3]> = sheet.triangles.iter().copied().chain(second).collect();
        assert_eq!(Surface::weld(&positions, &triangles).pieces().len(), 2);
    }

    #[test]
    fn separate_triangles_are_welded_and_those_without_area_left_out() {
        let p = [Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::X, Vec3::ONE, Vec3::Y];
        let surface = Surface::weld(&p, &[[0, 1, 2], [3, 4, 5], [0, 1, 3]]);
        assert_eq!(surface.positions.len(), 4);
        assert_eq!(surface.triangles.len(), 2);
        assert_eq!(surface.source, [0, 1]);
    }

    #[test]
    fn thinning_keeps_the_shape() {
        let fine = sheet(400, 0.0);
        let area = |s: &Surface| s.areas().iter().map(|&a| f64::from(a)).sum::<f64>();
        let before = area(&fine);
        let thin = fine.thinned();
        assert!(thin.triangles.len() <= MOST_TRIANGLES);
        assert!((area(&thin) / before - 1.0).abs() < 0.02);
    }

    #[test]
    fn samples_are_spread_by_area() {
        let sheet = sheet(20, 0.0);
        let samples = sheet.samples(1000);
        assert!((990..=1010).contains(&samples.len()));
        let low = samples.iter().filter(|(p, _)| p.y < 9.5).count();
        assert!((450..=550).contains(&low), "{low}");
    }

    #[test]
    fn what_is_taken_away_leaves_a_rim() {
        let sheet = sheet(10, 0.0);
        let inner: Vec<bool> = sheet
            .positions
            .iter()
            .map(|p| (p.truncate() - glam::Vec2::splat(4.5)).length() < 1.0)
            .collect();
        assert!(inner.iter().any(|&gone| gone));
        let rest = sheet.without(&inner);
        assert!(rest.triangles.len() < sheet.triangles.len());
        assert_eq!(rest.normals, sheet.normals);
        let rims = |s: &Surface| s.rim.iter().filter(|&&rim| rim).count();
        assert!(rims(&rest) > rims(&sheet));
    }
}
