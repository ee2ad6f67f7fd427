//! How the hierarchy lies in memory.
use super::{Segment, Triangle, lanes::Eight};
use glam::Vec3A;

/// Children of a node, and triangles of a leaf.
pub(super) const WIDTH: usize = 8;
/// Marks a child that is a block of triangles or, with [`CURVE`], of segments.
pub(super) const LEAF: u32 = 1 << 31;
/// Marks a leaf of segments.
pub(super) const CURVE: u32 = 1 << 30;

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
    /// Inner node: its index. Leaf: `LEAF | block`, `LEAF | CURVE | block`. Vacant children have boxes no ray enters.
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

    pub(super) fn is_vacant(&self, lane: usize) -> bool {
        self.planes[0].0[lane] > self.planes[3].0[lane]
    }

    pub(super) fn lane(&self, lane: usize) -> Bounds {
        let at = |row: usize| {
            Vec3A::new(
                self.planes[row].0[lane],
                self.planes[row + 1].0[lane],
                self.planes[row + 2].0[lane],
            )
        };
        Bounds {
            low: at(0),
            high: at(3),
        }
    }

    /// Around all children.
    pub(super) fn bounds(&self) -> Bounds {
        (0..WIDTH).fold(Bounds::EMPTY, |sum, lane| sum.join(self.lane(lane)))
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
    count: u32,
}

impl Block {
    pub(super) fn new(triangles: impl Iterator<Item = Triangle>) -> Self {
        let mut block = Self {
            corners: [[Eight([0.0; 8]); 3]; 3],
            ids: [0; WIDTH],
            flags: [0; WIDTH],
            count: 0,
        };
        for (lane, triangle) in triangles.take(WIDTH).enumerate() {
            block.put(lane, &triangle);
            block.count += 1;
        }
        block
    }

    /// Takes the triangles' new corners; returns the box around them.
    pub(super) fn renew(&mut self, corners: impl Fn(u32) -> [Vec3A; 3]) -> Bounds {
        let mut bounds = Bounds::EMPTY;
        for lane in 0..self.count as usize {
            let triangle = Triangle {
                corners: corners(self.ids[lane]),
                id: self.ids[lane],
                flags: self.flags[lane],
            };
            self.put(lane, &triangle);
            bounds = bounds.join(Bounds::around(&triangle));
        }
        bounds
    }

    fn put(&mut self, lane: usize, triangle: &Triangle) {
        for (corner, position) in triangle.corners.iter().enumerate() {
            for axis in Axis::ALL {
                self.corners[corner][axis as usize].0[lane] = position[axis as usize];
            }
        }
        self.ids[lane] = triangle.id;
        self.flags[lane] = triangle.flags;
    }

    #[inline(always)]
    pub(super) fn corner(&self, corner: usize, axis: Axis) -> &Eight {
        &self.corners[corner][axis as usize]
    }
}

/// Up to eight segments, one per lane; vacant lanes have no thickness.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub(super) struct CurveBlock {
    /// Where segments start, by axis.
    pub(super) start: [Eight; 3],
    /// From start to end, by axis.
    pub(super) span: [Eight; 3],
    /// Radius at the start, metres.
    pub(super) radius: Eight,
    /// What it gains to the end.
    pub(super) taper: Eight,
    pub(super) ids: [u32; WIDTH],
    pub(super) flags: [u32; WIDTH],
}

impl CurveBlock {
    pub(super) fn new(segments: impl Iterator<Item = Segment>) -> Self {
        let mut block = Self {
            start: [Eight([0.0; 8]); 3],
            span: [Eight([1.0; 8]); 3],
            radius: Eight([0.0; 8]),
            taper: Eight([0.0; 8]),
            ids: [0; WIDTH],
            flags: [0; WIDTH],
        };
        for (lane, segment) in segments.take(WIDTH).enumerate() {
            let [start, end] = segment.ends;
            for axis in 0..3 {
                block.start[axis].0[lane] = start[axis];
                block.span[axis].0[lane] = end[axis] - start[axis];
            }
            block.radius.0[lane] = segment.radii_m[0];
            block.taper.0[lane] = segment.radii_m[1] - segment.radii_m[0];
            block.ids[lane] = segment.id;
            block.flags[lane] = segment.flags;
        }
        block
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

    /// Wider than the segment by more than what rounding moves its crossings.
    pub(super) fn along(segment: &Segment) -> Self {
        let reach = segment.ends.map(|end| end.abs().max_element());
        let [a, b] = [0, 1].map(|k: usize| {
            let radius = segment.radii_m[0].max(segment.radii_m[1]);
            let pad = Vec3A::splat(radius + 4e-6 * reach[k] + 1e-9);
            (segment.ends[k] - pad, segment.ends[k] + pad)
        });
        Self {
            low: a.0.min(b.0),
            high: a.1.max(b.1),
        }
    }

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
