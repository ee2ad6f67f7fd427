//! Which triangles a ray meets.
//!
//! A hierarchy of boxes, eight children a node and up to eight triangles a leaf, each in one pass of AVX2 or NEON where the processor has them.
//! Everything a caller may depend on: each triangle whose interior or edge the ray crosses is found, and the answers (distances, weights, order) are the same
//! bits on every processor.
//!
//! Watertight: see the triangle test in `walk`; boxes are wider than their triangles by more than its rounding.
//!
//! Reading order: `node` (what lies in memory), `walk` (a ray's way), `build`, then `lanes` and `simd` (how eight numbers move together).
mod build;
mod lanes;
mod node;
mod simd;
mod walk;

use crate::{ray::Ray, settings::Threads};
use glam::Vec3A;
use node::{Block, Node};
use simd::Level;

/// Most triangles of a scene; a leaf reference can address as many blocks.
pub(crate) const MAX_TRIANGLES: usize = 1 << 30;

/// A triangle as the hierarchy keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Triangle {
    /// Finite, metres.
    pub corners: [Vec3A; 3],
    /// The caller's number for it.
    pub id: u32,
    /// The caller's remark, handed back with each candidate.
    pub flags: u32,
}

/// A crossing of ray and triangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossing {
    /// In lengths of the ray's direction.
    pub t: f32,
    /// The triangle's number.
    pub id: u32,
    /// Weights of the second and third corner, `[0, 1]`.
    pub barycentric: [f32; 2],
    /// The triangle's remark.
    pub flags: u32,
}

/// The hierarchy over all triangles of a scene.
#[derive(Debug)]
pub struct Bvh {
    nodes: Vec<Node>,
    blocks: Vec<Block>,
    level: Level,
}

impl Bvh {
    /// Triangles must have finite corners.
    pub fn new(triangles: &[Triangle], threads: Threads) -> Self {
        build::build(triangles, threads)
    }

    /// Offers every triangle that the ray crosses with `0 < t < t_max` to `take`, which returns the new `t_max`: the crossing's own `t` to
    /// look for nearer ones only, the old one to go on, negative to stop.
    ///
    /// The order is roughly front to back and depends on nothing but ray and scene.
    #[inline(always)]
    pub fn visit(&self, ray: &Ray, take: impl FnMut(&Crossing, f32) -> f32) {
        self.level.run(walk::Visit {
            bvh: self,
            ray,
            take,
        });
    }

    /// The nearest triangle with `0 < t < t_max` that `accept` does not refuse; of several at the same distance, the one with the least number.
    #[inline(always)]
    pub fn closest(&self, ray: &Ray, accept: impl FnMut(&Crossing) -> bool) -> Option<Crossing> {
        self.level.run(walk::Closest {
            bvh: self,
            ray,
            accept,
        })
    }

    /// Whether the ray crosses any triangle with `0 < t < t_max`.
    #[inline(always)]
    pub fn occluded(&self, ray: &Ray) -> bool {
        self.level.run(walk::Occluded { bvh: self, ray })
    }
}

#[cfg(test)]
mod tests;
