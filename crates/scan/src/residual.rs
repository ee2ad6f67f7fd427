//! The last part of a fit: a smooth displacement of the skin that makes it follow the scan where the scan can be trusted.
//!
//! Least squares by conjugate gradients: distances along the scan's normals, weighed robustly, against differences between neighbours and
//! differences of those (membrane and thin plate). How stiff the skin is follows from how far the fitted body is off compared with the
//! scan's noise: a body that explains the scan to within the noise is left as it is.

use std::collections::BTreeSet;

use glam::Vec3;

use crate::anatomy::{Anatomy, State};
use crate::kind::Kind;
use crate::nearest::Nearest;
use crate::pairs::{Goal, Look, pairs};
use crate::region::Region3d;
use crate::surface::median;

/// How well each skin vertex is backed by the scan: 0 nothing there (a hole, out of sight), 1 surface all around.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) of_vertex: Vec<f32>,
}

/// A place of the body that is to come to lie `residual` along `normal` from where the fitted body has it.
struct Pull {
    corners: [u32; 3],
    weights: [f32; 3],
    normal: Vec3,
    residual: f32,
    weight: f32,
}

/// Displacements in the rest pose, the displaced skin in the scan's place, and what they rest on.
pub(crate) fn follow(
    anatomy: &Anatomy<'_>,
    state: &State,
    goal: &Goal<'_>,
    region: &Region3d,
    kind: Kind,
) -> (Vec<Vec3>, Vec<Vec3>, Evidence) {
    let shaped = anatomy.shaped(state, anatomy.rest(state));
    let start = &shaped.posed;
    let n = start.len();
    let edges = edges(&region.triangles);
    // Correlation length of what a body model leaves over, and the farthest a surface is followed, metres.
    let (length, radii): (f32, [f32; 4]) = match kind {
        Kind::Body => (0.03, [0.03, 0.02, 0.015, 0.012]),
        _ => (0.012, [0.012, 0.009, 0.007, 0.006]),
    };
    let mut by = vec![Vec3::ZERO; n];
    let mut posed = start.clone();
    let mut tree = Nearest::new(&posed, &region.triangles);
    let mut evidence = Evidence {
        of_vertex: vec![0.0; n],
    };
    for radius in radii {
        tree.refit(&posed, &region.triangles);
        let pulls = pulls(goal, region, &posed, &by, &tree, radius);
        let mut off: Vec<f32> = pulls
            .iter()
            .filter(|p| p.weight > 0.1)
            .map(|p| p.residual.abs())
            .collect();
        let spread = 1.4826 * median(&mut off);
        let noise = goal.noise.max(2e-4);
        let left = (spread * spread - noise * noise)
            .max(0.0)
            .sqrt()
            .max(noise * 0.1);
        solve(&mut by, &pulls, &edges, start, noise, left, length);
        for v in 0..n {
            posed[v] = start[v] + by[v];
        }
        evidence.of_vertex = backing(&pulls, n);
    }
    let rest = (0..n)
        .map(|v| anatomy.unposed(state, &shaped, v, by[v]))
        .collect();
    (rest, posed, evidence)
}

fn edges(triangles: &[[u32; 3]]) -> Vec<[u32; 2]> {
    let set: BTreeSet<[u32; 2]> = triangles
        .iter()
        .flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]])
        .map(|[a, b]| [a.min(b), a.max(b)])
        .collect();
    set.into_iter().collect()
}

/// Residuals are those of the body before displacement, so that the solution is the whole displacement and not a step.
fn pulls(
    goal: &Goal<'_>,
    region: &Region3d,
    posed: &[Vec3],
    by: &[Vec3],
    tree: &Nearest,
    radius: f32,
) -> Vec<Pull> {
    let look = Look {
        stride: 1,
        radius,
        reach: 2.5 * radius,
        cosine: 0.5,
        own_normals: false,
    };
    pairs(goal, region, posed, tree, look)
        .into_iter()
        .flatten()
        .map(|pair| Pull {
            residual: pair.residual + pair.normal.dot(pair.blend(by)),
            weight: pair.robust * pair.trust.powi(2),
            corners: pair.corners,
            weights: pair.weights,
            normal: pair.normal,
        })
        .collect()
}

fn backing(pulls: &[Pull], n: usize) -> Vec<f32> {
    let mut of = vec![0.0_f32; n];
    for pull in pulls {
        for (&v, &w) in pull.corners.iter().zip(&pull.weights) {
            of[v as usize] = of[v as usize].max(pull.weight * w.min(0.5) * 2.0);
        }
    }
    of
}

/// Conjugate gradients on the normal equations, matrix-free, in double precision.
fn solve(
    by: &mut [Vec3],
    pulls: &[Pull],
    edges: &[[u32; 2]],
    positions: &[Vec3],
    noise: f32,
    left: f32,
    length: f32,
) {
    let n = by.len();
    let trust = 1.0 / f64::from(noise * noise);
    let amplitude = 1.0 / f64::from(left * left);
    let stiff: Vec<f64> = edges
        .iter()
        .map(|&[a, b]| {
            let long = (positions[a as usize] - positions[b as usize])
                .length()
                .max(length * 0.05);
            // Each vertex has six edges or so; a difference of `left` over `length` costs as much as one standard deviation.
            f64::from((length / long).powi(2)) * amplitude / 6.0
        })
        .collect();
    let mut total = vec![0.0_f64; n];
    for (&[a, b], &w) in edges.iter().zip(&stiff) {
        total[a as usize] += w;
        total[b as usize] += w;
    }
    // What nothing pulls on goes back to the fitted body, the sooner the farther it is from what was seen.
    let mut held = vec![amplitude * 0.6; n];
    for pull in pulls.iter().filter(|pull| pull.weight > 0.05) {
        for &v in &pull.corners {
            held[v as usize] = amplitude * 0.05;
        }
    }
    let apply = |x: &[glam::DVec3], out: &mut [glam::DVec3]| {
        for ((o, x), held) in out.iter_mut().zip(x).zip(&held) {
            *o = *x * *held;
        }
        // Membrane, and a plate: the weighted mean of the neighbours should be the vertex's own displacement.
        let mut bend = vec![glam::DVec3::ZERO; n];
        for (&[a, b], &w) in edges.iter().zip(&stiff) {
            let (a, b) = (a as usize, b as usize);
            let d = (x[a] - x[b]) * w;
            out[a] += d * 0.5;
            out[b] -= d * 0.5;
            bend[a] += d;
            bend[b] -= d;
        }
        for (v, bend) in bend.iter_mut().enumerate() {
            if total[v] > 0.0 {
                *bend /= total[v];
            }
        }
        for (&[a, b], &w) in edges.iter().zip(&stiff) {
            let (a, b) = (a as usize, b as usize);
            let d = (bend[a] - bend[b]) * w;
            out[a] += d;
            out[b] -= d;
        }
        for pull in pulls {
            let normal = pull.normal.as_dvec3();
            let dot: f64 = pull
                .corners
                .iter()
                .zip(&pull.weights)
                .map(|(&v, &w)| normal.dot(x[v as usize]) * f64::from(w))
                .sum();
            let push = normal * (dot * f64::from(pull.weight) * trust);
            for (&v, &w) in pull.corners.iter().zip(&pull.weights) {
                out[v as usize] += push * f64::from(w);
            }
        }
    };
    let mut right = vec![glam::DVec3::ZERO; n];
    let mut diagonal: Vec<f64> = total
        .iter()
        .zip(&held)
        .map(|(t, held)| held + 1.5 * t)
        .collect();
    for pull in pulls {
        let normal = pull.normal.as_dvec3();
        let strength = f64::from(pull.weight) * trust;
        for (&v, &w) in pull.corners.iter().zip(&pull.weights) {
            let w = f64::from(w);
            right[v as usize] += normal * (f64::from(pull.residual) * strength * w);
            diagonal[v as usize] += strength * w * w / 3.0;
        }
    }
    let mut x: Vec<glam::DVec3> = by.iter().map(|b| b.as_dvec3()).collect();
    let mut image = vec![glam::DVec3::ZERO; n];
    apply(&x, &mut image);
    let mut r: Vec<glam::DVec3> = right.iter().zip(&image).map(|(b, a)| *b - *a).collect();
    let dot = |a: &[glam::DVec3], b: &[glam::DVec3]| -> f64 {
        a.iter().zip(b).map(|(a, b)| a.dot(*b)).sum()
    };
    let scaled = |r: &[glam::DVec3]| -> Vec<glam::DVec3> {
        r.iter().zip(&diagonal).map(|(r, d)| *r / *d).collect()
    };
    let mut z = scaled(&r);
    let mut p = z.clone();
    let mut rz = dot(&r, &z);
    let first = rz.max(1e-30);
    for _ in 0..150 {
        if rz <= first * 1e-8 {
            break;
        }
        apply(&p, &mut image);
        let curve = dot(&p, &image);
        if curve <= 0.0 {
            break;
        }
        let step = rz / curve;
        for v in 0..n {
            x[v] += p[v] * step;
            r[v] -= image[v] * step;
        }
        z = scaled(&r);
        let next = dot(&r, &z);
        let turn = next / rz;
        rz = next;
        for v in 0..n {
            p[v] = z[v] + p[v] * turn;
        }
    }
    for (b, x) in by.iter_mut().zip(x) {
        *b = x.as_vec3();
    }
}
