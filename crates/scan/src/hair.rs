//! What of a scan is hair of the head.
//!
//! Hair stands off the scalp by centimetres, hangs beside the ears and ends in a slope. A fit that looks for nearest points climbs such a slope
//! step by step: skulls grow and ears stretch. So hair is told once, from a body that was fitted with little freedom, and cut off before
//! the body gets more.

use std::collections::BTreeSet;

use glam::Vec3;
use rayon::prelude::*;

use crate::nearest::Nearest;
use crate::region::Region3d;
use crate::surface::Surface;

/// What stands farther off the scalp than this, metres, is hair.
const OFF_M: f32 = 0.006;
/// What is this near to hair, metres, is hair too, unless it lies inside the body.
const NEAR_M: f32 = 0.008;
/// How far from the head hair is looked for, metres.
const REACH_M: f32 = 0.12;

/// The surface without hair; `None` where there is none.
pub(crate) fn shorn(
    surface: &Surface,
    region: &Region3d,
    posed: &[Vec3],
    noise: f32,
) -> Option<Surface> {
    let tree = Nearest::new(posed, &region.triangles);
    let normals = body::subdivision::vertex_normals(posed, &region.triangles);
    let (low, high) = region
        .vertices
        .iter()
        .filter(|&&v| region.scalp[v as usize])
        .map(|&v| posed[v as usize])
        .fold((Vec3::MAX, Vec3::MIN), |(l, h), p| (l.min(p), h.max(p)));
    let (low, high) = (low - REACH_M, high + REACH_M);
    // How far each vertex is outside the body, and whether hair grows below it.
    let stands: Vec<Option<(f32, bool)>> = surface
        .positions
        .par_iter()
        .map(|&p| {
            if !(p.cmpge(low).all() && p.cmple(high).all()) {
                return None;
            }
            let hit = tree.find(posed, &region.triangles, p, REACH_M, |_| true)?;
            let corners = region.triangles[hit.triangle as usize];
            let n: Vec3 = corners
                .iter()
                .zip(hit.weights)
                .map(|(&v, w)| normals[v as usize] * w)
                .sum();
            let out = n.normalize_or_zero().dot(p - hit.point);
            let scalp = corners.iter().any(|&v| region.scalp[v as usize]);
            Some((out, scalp))
        })
        .collect();
    let off = OFF_M.max(3.0 * noise);
    let cell = |p: Vec3| (p / NEAR_M).floor().to_array().map(|x| x as i32);
    let mut hairy = BTreeSet::new();
    for (p, stands) in surface.positions.iter().zip(&stands) {
        if matches!(stands, Some((out, true)) if *out > off) {
            hairy.insert(cell(*p));
        }
    }
    if hairy.is_empty() {
        return None;
    }
    let beside = |p: Vec3| {
        let [x, y, z] = cell(p);
        (-1..=1).any(|i| (-1..=1).any(|j| (-1..=1).any(|k| hairy.contains(&[x + i, y + j, z + k]))))
    };
    let gone: Vec<bool> = surface
        .positions
        .iter()
        .zip(&stands)
        .map(|(&p, stands)| matches!(stands, Some((out, _)) if *out > -noise && beside(p)))
        .collect();
    Some(surface.without(&gone))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sphere of 10 cm whose upper third is pushed out by `thick`, with a slope at its edge.
    fn sphere(thick: f32) -> (Vec<Vec3>, Vec<[u32; 3]>) {
        let (rings, around) = (40_u32, 64_u32);
        let mut positions = Vec::new();
        for i in 0..=rings {
            let polar = std::f32::consts::PI * i as f32 / rings as f32;
            for j in 0..around {
                let turn = std::f32::consts::TAU * j as f32 / around as f32;
                let n = Vec3::new(
                    polar.sin() * turn.cos(),
                    polar.cos(),
                    polar.sin() * turn.sin(),
                );
                let out = ((n.y - 0.33) / 0.2).clamp(0.0, 1.0) * thick;
                positions.push(n * (0.1 + out));
            }
        }
        let mut triangles = Vec::new();
        for i in 0..rings {
            for j in 0..around {
                let (a, b) = (i * around + j, i * around + (j + 1) % around);
                triangles.push([a, b, b + around]);
                triangles.push([a, b + around, a + around]);
            }
        }
        (positions, triangles)
    }

    fn region(scalp: bool) -> (Region3d, Vec<Vec3>) {
        let (posed, triangles) = sphere(0.0);
        let scalp = posed.iter().map(|p| scalp && p.y > 0.033).collect();
        let region = Region3d {
            scalp,
            counts: vec![1.0; posed.len()],
            vertices: (0..posed.len() as u32).collect(),
            triangles,
        };
        (region, posed)
    }

    #[test]
    fn hair_is_cut_off_with_its_slope_and_skin_stays() {
        let (region, posed) = region(true);
        let (positions, triangles) = sphere(0.03);
        let scan = Surface::weld(&positions, &triangles);
        let shorn = shorn(&scan, &region, &posed, 0.0005).expect("there is hair");
        assert!(shorn.triangles.len() < scan.triangles.len());
        let mut skin = 0;
        for v in shorn.triangles.iter().flatten() {
            let p = shorn.positions[*v as usize];
            assert!(p.length() < 0.1 + OFF_M, "{p}");
            skin += u32::from(p.y < 0.02);
        }
        let all = scan.triangles.iter().flatten();
        let below = all.filter(|v| scan.positions[**v as usize].y < 0.02);
        assert_eq!(skin as usize, below.count());
    }

    #[test]
    fn a_bald_head_and_one_that_was_found_bald_keep_everything() {
        let (hairy, posed) = region(true);
        let (positions, triangles) = sphere(0.0);
        let bald = Surface::weld(&positions, &triangles);
        assert!(shorn(&bald, &hairy, &posed, 0.0005).is_none());
        let (found_bald, posed) = region(false);
        let (positions, triangles) = sphere(0.03);
        let hairy = Surface::weld(&positions, &triangles);
        assert!(found_bald.shorn(&hairy, &posed, 0.0005).is_none());
    }
}
