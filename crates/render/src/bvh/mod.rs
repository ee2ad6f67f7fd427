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
mod curve;
mod lanes;
mod node;
mod simd;
mod walk;

use crate::{ray::Ray, settings::Threads};
pub use curve::Around;
use glam::Vec3A;
use node::{Block, Bounds, CURVE, CurveBlock, LEAF, Node};
use rayon::prelude::*;
use simd::Level;

/// Most triangles, and most segments, of a scene; a leaf reference can address as many blocks.
pub(crate) const MAX_TRIANGLES: usize = 1 << 29;

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

/// A crossing of a ray with a triangle, or where it enters a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossing {
    /// In lengths of the ray's direction.
    pub t: f32,
    /// The triangle's or segment's number.
    pub id: u32,
    /// Triangle: weights of the second and third corner, `[0, 1]`. Segment: how far along it, and [`Around`] it.
    pub barycentric: [f32; 2],
    /// The triangle's or segment's remark.
    pub flags: u32,
}

/// A straight piece of a fibre as the hierarchy keeps it: round, with a ball at either end.
#[derive(Debug, Clone, Copy)]
pub struct Segment {
    /// Finite, metres, apart.
    pub ends: [Vec3A; 2],
    /// At either end, metres, positive.
    pub radii_m: [f32; 2],
    /// The caller's number for it, none of the triangles'.
    pub id: u32,
    /// The caller's remark, handed back with each candidate.
    pub flags: u32,
}

/// The hierarchy over all triangles and segments of a scene.
#[derive(Debug)]
pub struct Bvh {
    nodes: Vec<Node>,
    blocks: Vec<Block>,
    curves: Vec<CurveBlock>,
    level: Level,
}

impl Bvh {
    /// Cheap: a few milliseconds for 100,000 triangles. The same on any number of threads.
    pub fn new(triangles: &[Triangle], segments: &[Segment], threads: Threads) -> Self {
        let build::Tree { mut nodes, leaves } = build::build(
            triangles.len(),
            |index| Bounds::around(&triangles[index]),
            threads,
        );
        let blocks = threads.map(leaves.len(), |leaf| {
            let members = leaves[leaf].members().iter();
            Block::new(members.map(|&index| triangles[index as usize]))
        });
        let mut curves = Vec::new();
        if !segments.is_empty() {
            let tree = build::build(
                segments.len(),
                |index| Bounds::along(&segments[index]),
                threads,
            );
            curves = threads.map(tree.leaves.len(), |leaf| {
                let members = tree.leaves[leaf].members().iter();
                CurveBlock::new(members.map(|&index| segments[index as usize]))
            });
            nodes = join(nodes, tree.nodes);
        }
        Self {
            nodes,
            blocks,
            curves,
            level: Level::detect(),
        }
    }

    /// Follows triangles that moved: `corners` gives those of a number. Faster than building again and as right, but slower to trace the more
    /// triangles have changed neighbours. Segments stay.
    pub fn refit(&mut self, corners: impl Fn(u32) -> [Vec3A; 3] + Sync, threads: Threads) {
        let leaves: Vec<Bounds> = match threads {
            Threads::Single => self.blocks.iter_mut().map(|b| b.renew(&corners)).collect(),
            Threads::Pool => self
                .blocks
                .par_iter_mut()
                .with_min_len(256)
                .map(|block| block.renew(&corners))
                .collect(),
        };
        // Children come after their parents.
        let mut bounds = vec![Bounds::EMPTY; self.nodes.len()];
        for (index, node) in self.nodes.iter_mut().enumerate().rev() {
            for (lane, child) in node.children.into_iter().enumerate() {
                if node.is_vacant(lane) {
                    continue;
                }
                let renewed = if child & LEAF == 0 {
                    bounds[child as usize]
                } else if child & CURVE == 0 {
                    leaves[(child & !LEAF) as usize]
                } else {
                    node.lane(lane)
                };
                node.set(lane, &renewed, child);
                bounds[index] = bounds[index].join(renewed);
            }
        }
    }

    /// Offers every triangle and segment that the ray crosses with `0 < t < t_max` to `take`, which returns the new `t_max`: the crossing's own `t` to
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

    /// The nearest triangle or segment with `0 < t < t_max` that `accept` does not refuse; of several at the same distance, the one with the least number.
    #[inline(always)]
    pub fn closest(&self, ray: &Ray, accept: impl FnMut(&Crossing) -> bool) -> Option<Crossing> {
        self.level.run(walk::Closest {
            bvh: self,
            ray,
            accept,
        })
    }

    /// Whether the ray crosses anything with `0 < t < t_max`.
    #[inline(always)]
    pub fn occluded(&self, ray: &Ray) -> bool {
        self.level.run(walk::Occluded { bvh: self, ray })
    }
}

/// One tree from two: `first` with leaves of triangles, `second` with leaves of segments.
fn join(mut first: Vec<Node>, mut second: Vec<Node>) -> Vec<Node> {
    let whole = [&first, &second].map(|nodes| nodes[0].bounds());
    let mut root = Node::VACANT;
    let offset = first.len() as u32 + 1;
    let moved = |child: u32, by: u32, mark: u32| {
        if child & LEAF == 0 {
            child + by
        } else {
            child | mark
        }
    };
    for node in &mut first {
        node.children = node.children.map(|child| moved(child, 1, 0));
    }
    for node in &mut second {
        node.children = node.children.map(|child| moved(child, offset, CURVE));
    }
    for (lane, (bounds, child)) in whole.iter().zip([1, offset]).enumerate() {
        // A tree of nothing.
        if bounds.low.cmple(bounds.high).all() {
            root.set(lane, bounds, child);
        }
    }
    let mut nodes = Vec::with_capacity(first.len() + second.len() + 1);
    nodes.push(root);
    nodes.append(&mut first);
    nodes.append(&mut second);
    nodes
}

#[cfg(test)]
mod tests;
