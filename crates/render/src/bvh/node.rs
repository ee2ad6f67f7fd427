//! How the hierarchy lies in memory.
use super::{Triangle, lanes::Eight};
use glam::Vec3A;

/// Children of a node, and triangles of a leaf.
pub(super) const WIDTH: usize = 8;
/// Marks a child that is a block of triangles.
pub(super) const LEAF: u32 = 1 << 31;

/// One face of all boxes of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Plane {
    LowX,
    LowY,
    LowZ,
    HighX,
    HighY,
    HighZ,
}

impl Plane {
    pub(super) const LOW: [Self; 3] = [Self::LowX, Self::LowY, Self::LowZ];
    pub(super) const HIGH: [Self; 3] = [Self::HighX, Self::HighY, Self::HighZ];
}

/// An axis of space. An enum rather than a number, so that the compiler knows its range where rays choose axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Axis {
    X,
    Y,
    Z,
}

impl Axis {
    pub(super) const ALL: [Self; 3] = [Self::X, Self::Y, Self::Z];
}

#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub(super) struct Node {
    /// By [`Plane`].
    planes: [Eight; 6],
    /// Inner node: its index. Leaf: `LEAF | block`. Vacant children have boxes no ray enters.
    pub(super) children: [u32; WIDTH],
}

impl Node {
    pub(super) const VACANT: Self = Self {
        planes: [
            Eight([f32::INFINITY; 8]),
            Eight([f32::INFINITY; 8]),
            Eight([f32::INFINITY; 8]),
            Eight([f32::NEG_INFINITY; 8]),
            Eight([f32::NEG_INFINITY; 8]),
            Eight([f32::NEG_INFINITY; 8]),
        ],
        children: [0; WIDTH],
    };

    #[inline(always)]
    pub(super) fn plane(&self, plane: Plane) -> &Eight {
        &self.planes[plane as usize]
    }

    pub(super) fn set(&mut self, lane: usize, bounds: &Bounds, child: u32) {
        for axis in Axis::ALL {
            let axis = axis as usize;
            self.planes[axis].0[lane] = bounds.low[axis];
            self.planes[axis + 3].0[lane] = bounds.high[axis];
        }
        self.children[lane] = child;
    }
}

/// Up to eight triangles, one per lane; vacant lanes are points that no ray crosses.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub(super) struct Block {
    /// `[corner][axis]`.
    corners: [[Eight; 3]; 3],
    pub(super) ids: [u32; WIDTH],
    pub(super) flags: [u32; WIDTH],
}

impl Block {
    pub(super) fn new(triangles: impl Iterator<Item = Triangle>) -> Self {
        let mut block = Self {
            corners: [[Eight([0.0; 8]); 3]; 3],
            ids: [0; WIDTH],
            flags: [0; WIDTH],
        };
        for (lane, triangle) in triangles.take(WIDTH).enumerate() {
            for (corner, position) in triangle.corners.iter().enumerate() {
                for axis in Axis::ALL {
                    block.corners[corner][axis as usize].0[lane] = position[axis as usize];
                }
            }
            block.ids[lane] = triangle.id;
            block.flags[lane] = triangle.flags;
        }
        block
    }

    #[inline(always)]
    pub(super) fn corner(&self, corner: usize, axis: Axis) -> &Eight {
        &self.corners[corner][axis as usize]
    }
}

/// An axis-aligned box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub(super) low: Vec3A,
    pub(super) high: Vec3A,
}

impl Bounds {
    pub(super) const EMPTY: Self = Self {
        low: Vec3A::INFINITY,
        high: Vec3A::NEG_INFINITY,
    };

    /// Wider than the triangle by more than what the triangle test may accept outside of its edges.
    pub(super) fn around(triangle: &Triangle) -> Self {
        let [a, b, c] = triangle.corners;
        let (low, high) = (a.min(b).min(c), a.max(b).max(c));
        let pad = Vec3A::splat(
            4e-6 * (low.abs().max(high.abs()).max_element() + (high - low).max_element()) + 1e-9,
        );
        Self {
            low: low - pad,
            high: high + pad,
        }
    }

    #[inline(always)]
    pub(super) fn join(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// Half of the surface.
    #[inline(always)]
    pub(super) fn area(self) -> f32 {
        let size = (self.high - self.low).max(Vec3A::ZERO);
        size.x * size.y + size.y * size.z + size.z * size.x
    }
}
