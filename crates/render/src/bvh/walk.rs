//! A ray's way through the hierarchy.
//!
//! Everything is generic over [`Lanes`] and inlined into [`super::simd`]'s one function, closures of callers included, so that a whole walk is
//! compiled with the processor's widest instructions and chosen once.
use super::{
    Bvh, Crossing, curve,
    lanes::{Eight, Lanes, Task},
    node::{Axis, Block, CURVE, LEAF, Node, Plane, WIDTH},
};
use crate::ray::Ray;

/// Wide levels below the root that a tree may have; the joint of two adds one.
pub(super) const MAX_DEPTH: usize = 28;
/// Each level leaves at most seven siblings.
const STACK: usize = (MAX_DEPTH + 2) * (WIDTH - 1) + 1;

/// What a ray crosses of a leaf.
pub(super) trait Candidates {
    /// A bit for each lane that is crossed.
    fn hits(&self) -> u32;
    /// Distances.
    fn t(&self) -> Eight;
    fn id(&self, lane: usize) -> u32;
    fn one(&self, lane: usize, t: f32) -> Crossing;
}

/// [`Bvh::visit`].
pub(super) struct Visit<'a, F> {
    pub(super) bvh: &'a Bvh,
    pub(super) ray: &'a Ray,
    pub(super) take: F,
}

impl<F: FnMut(&Crossing, f32) -> f32> Visit<'_, F> {
    #[inline(always)]
    fn offer(&mut self, candidates: Option<impl Candidates>, mut t_max: f32) -> f32 {
        let Some(candidates) = candidates else {
            return t_max;
        };
        let (mut hits, Eight(t)) = (candidates.hits(), candidates.t());
        while hits != 0 {
            let lane = hits.trailing_zeros() as usize & (WIDTH - 1);
            hits &= hits - 1;
            // The lane before may have come nearer.
            if t[lane] >= t_max {
                continue;
            }
            t_max = (self.take)(&candidates.one(lane, t[lane]), t_max);
            if t_max < 0.0 {
                break;
            }
        }
        t_max
    }
}

impl<F: FnMut(&Crossing, f32) -> f32> Task for Visit<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let (bvh, ray) = (self.bvh, self.ray);
        let beam = Beam::<L>::new(ray);
        walk::<L, true>(bvh, &beam, ray.t_max, |leaf, t_max| {
            if leaf & CURVE == 0 {
                self.offer(
                    beam.cross::<false>(&bvh.blocks[leaf as usize], t_max),
                    t_max,
                )
            } else {
                let block = &bvh.curves[(leaf & !CURVE) as usize];
                self.offer(curve::cross::<L, false>(ray, block, t_max), t_max)
            }
        });
    }
}

/// [`Bvh::closest`].
pub(super) struct Closest<'a, F> {
    pub(super) bvh: &'a Bvh,
    pub(super) ray: &'a Ray,
    pub(super) accept: F,
}

impl<F: FnMut(&Crossing) -> bool> Closest<'_, F> {
    #[inline(always)]
    fn offer(
        &mut self,
        candidates: Option<impl Candidates>,
        best: &mut Option<Crossing>,
        mut t_max: f32,
    ) -> f32 {
        let Some(candidates) = candidates else {
            return t_max;
        };
        let (mut hits, Eight(t)) = (candidates.hits(), candidates.t());
        while hits != 0 {
            let lane = hits.trailing_zeros() as usize & (WIDTH - 1);
            hits &= hits - 1;
            // The lane before may have come nearer. Of equals the first number counts, so that the shape of the hierarchy does not.
            let loses = |best: &Crossing| best.t == t[lane] && best.id < candidates.id(lane);
            if t[lane] > t_max || best.as_ref().map_or(t[lane] == t_max, loses) {
                continue;
            }
            let crossing = candidates.one(lane, t[lane]);
            if (self.accept)(&crossing) {
                t_max = crossing.t;
                *best = Some(crossing);
            }
        }
        t_max
    }
}

impl<F: FnMut(&Crossing) -> bool> Task for Closest<'_, F> {
    type Output = Option<Crossing>;

    #[inline(always)]
    fn run<L: Lanes>(mut self) -> Option<Crossing> {
        let (bvh, ray) = (self.bvh, self.ray);
        let beam = Beam::<L>::new(ray);
        let mut best = None;
        walk::<L, true>(bvh, &beam, ray.t_max, |leaf, t_max| {
            if leaf & CURVE == 0 {
                let found = beam.cross::<true>(&bvh.blocks[leaf as usize], t_max);
                self.offer(found, &mut best, t_max)
            } else {
                let block = &bvh.curves[(leaf & !CURVE) as usize];
                let found = curve::cross::<L, true>(ray, block, t_max);
                self.offer(found, &mut best, t_max)
            }
        });
        best
    }
}

/// [`Bvh::occluded`].
pub(super) struct Occluded<'a> {
    pub(super) bvh: &'a Bvh,
    pub(super) ray: &'a Ray,
}

impl Task for Occluded<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<L: Lanes>(self) -> bool {
        let Self { bvh, ray } = self;
        let beam = Beam::<L>::new(ray);
        let mut found = false;
        walk::<L, false>(bvh, &beam, ray.t_max, |leaf, t_max| {
            found = if leaf & CURVE == 0 {
                let block = &bvh.blocks[leaf as usize];
                beam.cross::<false>(block, t_max).is_some()
            } else {
                let block = &bvh.curves[(leaf & !CURVE) as usize];
                curve::cross::<L, false>(ray, block, t_max).is_some()
            };
            if found { -1.0 } else { t_max }
        });
        found
    }
}

/// Calls `leaf` with every block whose box the ray enters before `t_max`, nearer ones first if `SORTED`. It returns the new `t_max`, negative to stop.
#[inline(always)]
fn walk<L: Lanes, const SORTED: bool>(
    bvh: &Bvh,
    beam: &Beam<L>,
    mut t_max: f32,
    mut leaf: impl FnMut(u32, f32) -> f32,
) {
    let mut stack = [(0_u32, 0.0_f32); STACK];
    let mut height = 0;
    let mut current = 0_u32;
    loop {
        while current & LEAF == 0 {
            let node = &bvh.nodes[current as usize];
            let (enter, mut hits) = beam.enter(node, t_max);
            if hits == 0 {
                // Up to a box that is not behind what has been found.
                loop {
                    if height == 0 {
                        return;
                    }
                    height -= 1;
                    if !SORTED || stack[height].1 <= t_max {
                        break;
                    }
                }
                current = stack[height].0;
                continue;
            }
            let first = hits.trailing_zeros() as usize & (WIDTH - 1);
            hits &= hits - 1;
            if hits == 0 {
                current = node.children[first];
                continue;
            }
            let enter = enter.array();
            if !SORTED {
                while hits != 0 {
                    let lane = hits.trailing_zeros() as usize & (WIDTH - 1);
                    hits &= hits - 1;
                    stack[height] = (node.children[lane], 0.0);
                    height += 1;
                }
                current = node.children[first];
                continue;
            }
            let second = hits.trailing_zeros() as usize & (WIDTH - 1);
            hits &= hits - 1;
            let mut one = (node.children[first], enter.0[first]);
            let mut two = (node.children[second], enter.0[second]);
            if two.1 < one.1 {
                std::mem::swap(&mut one, &mut two);
            }
            if hits == 0 {
                stack[height] = two;
                height += 1;
                current = one.0;
                continue;
            }
            let base = height;
            stack[height] = two;
            stack[height + 1] = one;
            height += 2;
            while hits != 0 {
                let lane = hits.trailing_zeros() as usize & (WIDTH - 1);
                hits &= hits - 1;
                let t = enter.0[lane];
                let mut at = height;
                while at > base && stack[at - 1].1 < t {
                    stack[at] = stack[at - 1];
                    at -= 1;
                }
                stack[at] = (node.children[lane], t);
                height += 1;
            }
            height -= 1;
            current = stack[height].0;
        }
        t_max = leaf(current & !LEAF, t_max);
        loop {
            if height == 0 || t_max < 0.0 {
                return;
            }
            height -= 1;
            if !SORTED || stack[height].1 <= t_max {
                break;
            }
        }
        current = stack[height].0;
    }
}

/// A ray copied to all lanes, its axes in the order of the triangle test: the longest last.
#[derive(Clone, Copy)]
struct Beam<L> {
    axes: [Axis; 3],
    origin: [L; 3],
    inverse: [L; 3],
    /// By which planes the ray enters and leaves.
    near: [Plane; 3],
    far: [Plane; 3],
    /// What a step along the longest axis moves the others.
    shear: [L; 2],
}

/// Crossings of a ray with a block.
struct Crossings<'b, L> {
    block: &'b Block,
    hits: u32,
    t: L,
    /// Weights of the second and third corner before division by `sum`.
    second: L,
    third: L,
    sum: L,
}

impl<L: Lanes> Candidates for Crossings<'_, L> {
    #[inline(always)]
    fn hits(&self) -> u32 {
        self.hits
    }

    #[inline(always)]
    fn t(&self) -> Eight {
        self.t.array()
    }

    #[inline(always)]
    fn id(&self, lane: usize) -> u32 {
        self.block.ids[lane]
    }

    #[inline(always)]
    fn one(&self, lane: usize, t: f32) -> Crossing {
        let (Eight(sum), Eight(second), Eight(third)) =
            (self.sum.array(), self.second.array(), self.third.array());
        Crossing {
            t,
            id: self.block.ids[lane],
            barycentric: [second[lane] / sum[lane], third[lane] / sum[lane]],
            flags: self.block.flags[lane],
        }
    }
}

impl<L: Lanes> Beam<L> {
    #[inline(always)]
    fn new(ray: &Ray) -> Self {
        let size = ray.direction.abs();
        let axes = if size.z >= size.x && size.z >= size.y {
            [Axis::X, Axis::Y, Axis::Z]
        } else if size.y >= size.x {
            [Axis::Z, Axis::X, Axis::Y]
        } else {
            [Axis::Y, Axis::Z, Axis::X]
        };
        let direction = axes.map(|axis| ray.direction[axis as usize]);
        let inverse = direction.map(safe_inverse);
        let planes = |forwards: [Plane; 3], backwards: [Plane; 3]| {
            [0, 1, 2].map(|k: usize| {
                if inverse[k] < 0.0 {
                    backwards[axes[k] as usize]
                } else {
                    forwards[axes[k] as usize]
                }
            })
        };
        let origin = axes.map(|axis| ray.origin[axis as usize]);
        Self {
            axes,
            origin: [
                L::splat(origin[0]),
                L::splat(origin[1]),
                L::splat(origin[2]),
            ],
            inverse: [
                L::splat(inverse[0]),
                L::splat(inverse[1]),
                L::splat(inverse[2]),
            ],
            near: planes(Plane::LOW, Plane::HIGH),
            far: planes(Plane::HIGH, Plane::LOW),
            shear: [
                L::splat(direction[0] * inverse[2]),
                L::splat(direction[1] * inverse[2]),
            ],
        }
    }

    /// Distances at which the ray enters the eight boxes, and a bit for each box that it does enter before `t_max`.
    #[inline(always)]
    fn enter(&self, node: &Node, t_max: f32) -> (L, u32) {
        // Ize 2013, "Robust BVH Ray Traversal": three roundings on either side are covered by widening the far distance; the triangle test has some more.
        const WIDEN: f32 = 1.0 + 12.0 * f32::EPSILON;
        let near = self
            .distance(node, self.near[0], 0)
            .max(self.distance(node, self.near[1], 1))
            .max(self.distance(node, self.near[2], 2).max(L::splat(0.0)));
        let far = self
            .distance(node, self.far[0], 0)
            .min(self.distance(node, self.far[1], 1))
            .min(self.distance(node, self.far[2], 2))
            .times(L::splat(WIDEN))
            .min(L::splat(t_max));
        (near, L::bits(near.at_most(far)))
    }

    // Methods rather than closures or `map`: those need not be inlined, and what is not inlined is compiled without the wide instructions.

    #[inline(always)]
    fn distance(&self, node: &Node, plane: Plane, k: usize) -> L {
        L::load(node.plane(plane))
            .minus(self.origin[k])
            .times(self.inverse[k])
    }

    /// A corner of each triangle, seen from the origin and sheared.
    #[inline(always)]
    fn corner(&self, block: &Block, corner: usize) -> [L; 3] {
        let z = self.along(block, corner, 2);
        [
            self.along(block, corner, 0).minus(self.shear[0].times(z)),
            self.along(block, corner, 1).minus(self.shear[1].times(z)),
            z,
        ]
    }

    #[inline(always)]
    fn along(&self, block: &Block, corner: usize, k: usize) -> L {
        L::load(block.corner(corner, self.axes[k])).minus(self.origin[k])
    }

    /// Ray against triangles: Woop, Benthin, Wald, "Watertight Ray/Triangle Intersection", JCGT 2(1), 2013.
    ///
    /// The corners are sheared so that the ray runs along one axis, and the edges are decided in the plane. The sign of `a·b − c·d` is right or the result is zero,
    /// for rounding keeps order; zero counts as inside. So no ray passes between triangles that share corners. The distance is a mean of the corners' distances,
    /// even for triangles seen edge-on. `END`: a crossing at `t_max` itself counts.
    #[inline(always)]
    fn cross<'b, const END: bool>(&self, block: &'b Block, t_max: f32) -> Option<Crossings<'b, L>> {
        let (a, b, c) = (
            self.corner(block, 0),
            self.corner(block, 1),
            self.corner(block, 2),
        );
        let (u, v, w) = (edge(c, b), edge(a, c), edge(b, a));
        let zero = L::splat(0.0);
        let inside = L::or(zero.at_most(u.min(v).min(w)), u.max(v).max(w).at_most(zero));
        if L::bits(inside) == 0 {
            return None;
        }
        let sum = u.plus(v).plus(w);
        let t = u
            .times(a[2])
            .plus(v.times(b[2]))
            .plus(w.times(c[2]))
            .times(self.inverse[2])
            .over(sum);
        let end = L::splat(t_max);
        let before = if END { t.at_most(end) } else { t.below(end) };
        let ahead = L::and(zero.below(t), before);
        // Comparisons also reject the NaN of triangles without area.
        let hits = L::bits(L::and(inside, L::and(ahead, sum.differs(zero))));
        (hits != 0).then_some(Crossings {
            block,
            hits,
            t,
            second: v,
            third: w,
            sum,
        })
    }
}

/// Twice the area that a corner of the plane spans with the origin and the next.
#[inline(always)]
fn edge<L: Lanes>(a: [L; 3], b: [L; 3]) -> L {
    a[0].times(b[1]).minus(a[1].times(b[0]))
}

/// Finite reciprocal: a ray in the plane of a box side gives `0·1e30`, not `0·∞ = NaN`.
fn safe_inverse(x: f32) -> f32 {
    if x.abs() < 1e-30 {
        1e30_f32.copysign(x)
    } else {
        1.0 / x
    }
}
