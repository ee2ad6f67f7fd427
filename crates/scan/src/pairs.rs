//! Which place of a scan belongs to which place of the body.

use glam::Vec3;
use rayon::prelude::*;

use crate::nearest::Nearest;
use crate::region::Region3d;
use crate::surface::Surface;

/// The scan in metres, ready to be asked.
#[derive(Debug)]
pub(crate) struct Goal<'s> {
    pub(crate) surface: &'s Surface,
    pub(crate) nearest: Nearest,
    pub(crate) face_normals: Vec<Vec3>,
    pub(crate) samples: Vec<(Vec3, Vec3)>,
    pub(crate) noise: f32,
}

impl<'s> Goal<'s> {
    pub(crate) fn new(surface: &'s Surface, samples: usize, noise: f32) -> Self {
        Self {
            nearest: surface.nearest(),
            face_normals: (0..surface.triangles.len() as u32)
                .map(|t| surface.calm_normal(t))
                .collect(),
            samples: surface.samples(samples),
            noise,
            surface,
        }
    }

    /// The scan's point nearest to `from` whose normal agrees; its normal; not on a rim.
    pub(crate) fn beside(
        &self,
        from: Vec3,
        normal: Vec3,
        reach: f32,
        cosine: f32,
    ) -> Option<(Vec3, Vec3)> {
        let s = self.surface;
        let hit = self
            .nearest
            .find(&s.positions, &s.triangles, from, reach, |t| {
                self.face_normals[t as usize].dot(normal) > cosine
            })?;
        let corners = s.triangles[hit.triangle as usize];
        let at_rim = corners
            .iter()
            .zip(hit.weights)
            .all(|(&v, w)| w < 1e-3 || s.rim[v as usize]);
        let n: Vec3 = corners
            .iter()
            .zip(hit.weights)
            .map(|(&v, w)| s.normals[v as usize] * w)
            .sum();
        (!at_rim).then(|| (hit.point, n.normalize_or_zero()))
    }
}

/// A pair: the point of the body by corners and weights, the residual's direction and length, and what it counts.
pub(crate) struct Pair {
    pub(crate) corners: [u32; 3],
    pub(crate) weights: [f32; 3],
    pub(crate) normal: Vec3,
    pub(crate) residual: f32,
    /// Geman & McClure's weight of the distance.
    pub(crate) robust: f32,
    /// What the place counts.
    pub(crate) trust: f32,
}

impl Pair {
    /// The body's point of a field over its vertices.
    pub(crate) fn blend(&self, of: &[Vec3]) -> Vec3 {
        blend(self.corners, self.weights, of)
    }
}

fn blend(corners: [u32; 3], weights: [f32; 3], of: &[Vec3]) -> Vec3 {
    corners
        .iter()
        .zip(weights)
        .map(|(&v, w)| of[v as usize] * w)
        .sum()
}

/// How pairs are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Every how many vertices and samples one is taken.
    pub(crate) stride: usize,
    /// The distance that counts for a quarter, metres.
    pub(crate) radius: f32,
    /// The farthest distance, metres.
    pub(crate) reach: f32,
    /// Least cosine between the normals of a pair.
    pub(crate) cosine: f32,
    /// Whether what the body sees of the scan is measured along the body's normals: a noisy scan's own are blurred, which hides a face's features,
    /// while on limbs the body's own let it stretch along them.
    pub(crate) own_normals: bool,
}

/// Geman & McClure 1987, as a weight.
fn robust(square: f32, radius: f32) -> f32 {
    let c = radius * radius;
    (c / (c + square)).powi(2)
}

/// Directions of the triangles.
fn faces(posed: &[Vec3], triangles: &[[u32; 3]]) -> Vec<Vec3> {
    let normal = |t: &[u32; 3]| {
        let [a, b, c] = t.map(|v| posed[v as usize]);
        (b - a).cross(c - a).normalize_or_zero()
    };
    triangles.iter().map(normal).collect()
}

/// Pairs both ways: what each vertex of the body sees of the scan, then what each sample of the scan sees of the body.
pub(crate) fn pairs(
    goal: &Goal<'_>,
    region: &Region3d,
    posed: &[Vec3],
    tree: &Nearest,
    look: Look,
) -> [Vec<Pair>; 2] {
    let normals = body::subdivision::vertex_normals(posed, &region.triangles);
    let of_body = region
        .vertices
        .par_iter()
        .step_by(look.stride)
        .filter_map(|&v| {
            let (p, n) = (posed[v as usize], normals[v as usize]);
            let (q, m) = goal.beside(p, n, look.reach, look.cosine)?;
            let along = if look.own_normals { n } else { m };
            Some(Pair {
                corners: [v; 3],
                weights: [1.0, 0.0, 0.0],
                normal: along,
                residual: along.dot(q - p),
                robust: robust((q - p).length_squared(), look.radius),
                trust: region.trust([v; 3], n.dot(q - p), goal.noise),
            })
        })
        .collect();
    let face = faces(posed, &region.triangles);
    let of_scan = goal
        .samples
        .par_iter()
        .step_by(look.stride)
        .filter_map(|&(s, n)| {
            let hit = tree.find(posed, &region.triangles, s, look.reach, |t| {
                face[t as usize].dot(n) > look.cosine
            })?;
            let corners = region.triangles[hit.triangle as usize];
            let m = blend(corners, hit.weights, &normals).normalize_or_zero();
            let residual = m.dot(s - hit.point);
            Some(Pair {
                corners,
                weights: hit.weights,
                normal: m,
                residual,
                robust: robust(hit.square, look.radius),
                trust: region.trust(corners, residual, goal.noise),
            })
        })
        .collect();
    [of_body, of_scan]
}

/// How well a state explains the scan and the scan the body.
#[derive(Debug, Clone)]
pub(crate) struct Distances {
    /// Of each sample of the scan to the body, metres; `f32::INFINITY` beyond `reach`.
    pub(crate) of_scan: Vec<f32>,
    /// Of each vertex of the region to the scan, `None` where the scan has no surface that looks the same way.
    pub(crate) of_body: Vec<Option<f32>>,
}

/// Distances both ways, without regard to normals for the scan's samples beyond a right angle.
pub(crate) fn distances(
    goal: &Goal<'_>,
    region: &Region3d,
    posed: &[Vec3],
    stride: usize,
    reach: f32,
) -> Distances {
    let tree = Nearest::new(posed, &region.triangles);
    let normals = body::subdivision::vertex_normals(posed, &region.triangles);
    let face = faces(posed, &region.triangles);
    let of_scan = goal
        .samples
        .par_iter()
        .step_by(stride)
        .map(|&(s, n)| {
            tree.find(posed, &region.triangles, s, reach, |t| {
                face[t as usize].dot(n) > 0.0
            })
            .map_or(f32::INFINITY, |hit| hit.square.sqrt())
        })
        .collect();
    let of_body = region
        .vertices
        .par_iter()
        .step_by(stride)
        .map(|&v| {
            goal.beside(posed[v as usize], normals[v as usize], reach, 0.0)
                .map(|(q, _)| (q - posed[v as usize]).length())
        })
        .collect();
    Distances { of_scan, of_body }
}
