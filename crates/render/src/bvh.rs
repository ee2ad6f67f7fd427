//! Which triangles a ray meets.
//!
//! `obvhs` builds a binary hierarchy (PLOC with reinsertion); it is opened here into nodes of eight children with their boxes in
//! structure-of-arrays form, which plain Rust turns into SIMD on every target. Everything a caller may depend on is
//! [`Bvh::visit`]: each triangle whose interior or edge the ray crosses is offered, nearer boxes first.
//!
//! Watertight: the triangle test decides each edge by a sign that both neighbours compute identically, accepts a few units of rounding
//! beyond an edge, and boxes are wider than their triangles by more than that.
use crate::ray::Ray;
use glam::{Vec3A, Vec4};
use obvhs::{
    Boundable, BvhBuildParams,
    aabb::Aabb,
    bvh2::{Bvh2, builder::build_bvh2},
};
use std::time::Duration;

/// Most triangles of a scene; a leaf reference can address as many blocks.
pub(crate) const MAX_TRIANGLES: usize = 1 << 30;

const WIDTH: usize = 8;
const LEAF: u32 = 1 << 31;
/// Triangles of a leaf.
const LEAF_MAX: usize = 4;
/// Each of at most 12 levels leaves at most seven siblings on the stack.
const STACK: usize = 12 * (WIDTH - 1) + 1;

/// A triangle as the hierarchy keeps it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Triangle {
    pub(crate) corners: [Vec3A; 3],
    /// The caller's number for it.
    pub(crate) id: u32,
    /// The caller's remark, handed back with each candidate.
    pub(crate) flags: u32,
}

/// A crossing of ray and triangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Crossing {
    pub(crate) t: f32,
    pub(crate) id: u32,
    /// Weights of the second and third corner.
    pub(crate) barycentric: [f32; 2],
    pub(crate) flags: u32,
}

#[derive(Debug, Clone)]
#[repr(C, align(64))]
struct Node {
    /// `[x low, y low, z low, x high, y high, z high]` of two times four children.
    bounds: [[Vec4; 2]; 6],
    /// Inner node: its index. Leaf: `LEAF | block`. Vacant children have boxes no ray enters.
    children: [u32; WIDTH],
}

impl Node {
    const VACANT: Self = Self {
        bounds: [
            [Vec4::INFINITY; 2],
            [Vec4::INFINITY; 2],
            [Vec4::INFINITY; 2],
            [Vec4::NEG_INFINITY; 2],
            [Vec4::NEG_INFINITY; 2],
            [Vec4::NEG_INFINITY; 2],
        ],
        children: [0; WIDTH],
    };
}

/// Up to four triangles, one per lane; vacant lanes are points that no ray crosses.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
struct Block {
    /// `[corner][axis]`.
    corners: [[Vec4; 3]; 3],
    ids: [u32; LEAF_MAX],
    flags: [u32; LEAF_MAX],
}

impl Block {
    fn new(triangles: impl Iterator<Item = Triangle>) -> Self {
        let mut block = Self {
            corners: [[Vec4::ZERO; 3]; 3],
            ids: [0; LEAF_MAX],
            flags: [0; LEAF_MAX],
        };
        for (lane, triangle) in triangles.take(LEAF_MAX).enumerate() {
            for (corner, position) in triangle.corners.iter().enumerate() {
                for axis in 0..3 {
                    block.corners[corner][axis][lane] = position[axis];
                }
            }
            block.ids[lane] = triangle.id;
            block.flags[lane] = triangle.flags;
        }
        block
    }
}

/// The hierarchy over all triangles of a scene.
#[derive(Debug)]
pub(crate) struct Bvh {
    nodes: Vec<Node>,
    blocks: Vec<Block>,
}

struct Padded(Aabb);

impl Boundable for Padded {
    fn aabb(&self) -> Aabb {
        self.0
    }
}

impl Bvh {
    /// Triangles must have finite corners.
    pub(crate) fn new(triangles: &[Triangle]) -> Self {
        if triangles.is_empty() {
            return Self {
                nodes: vec![Node::VACANT],
                blocks: Vec::new(),
            };
        }
        let boxes: Vec<Padded> = triangles
            .iter()
            .map(|triangle| Padded(padded_box(triangle)))
            .collect();
        let parameters = BvhBuildParams {
            max_prims_per_leaf: LEAF_MAX as u32,
            collapse_traversal_cost: 1.0,
            ..BvhBuildParams::medium_build()
        };
        let binary = build_bvh2(&boxes, parameters, &mut Duration::default());
        // So deep a tree that it does not open comes from thousands of coincident triangles: halving by number keeps it shallow.
        open(&binary, triangles).unwrap_or_else(|| halve(&boxes, triangles))
    }

    /// Offers every triangle that the ray crosses with `0 < t < t_max` to `take`, which returns the new `t_max`: the crossing's own `t` to
    /// look for nearer ones only, the old one to go on, negative to stop.
    ///
    /// The order is roughly front to back and depends on nothing but ray and scene.
    #[inline(always)]
    pub(crate) fn visit(&self, ray: &Ray, mut take: impl FnMut(&Crossing, f32) -> f32) {
        let mut t_max = ray.t_max;
        let lanes = Lanes::new(ray);
        let mut stack = [(0_u32, 0.0_f32); STACK];
        let mut height = 0;
        let mut current = 0_u32;
        loop {
            if current & LEAF == 0 {
                let node = &self.nodes[current as usize];
                let (enter, mut hits) = lanes.enter(node, t_max);
                if hits != 0 {
                    // Nearest child next, the others on the stack with the farthest lowest.
                    let base = height;
                    while hits != 0 {
                        let lane = hits.trailing_zeros() as usize;
                        hits &= hits - 1;
                        let t = enter[lane / 4][lane % 4];
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
                    continue;
                }
            } else {
                let block = &self.blocks[(current & !LEAF) as usize];
                let crossings = lanes.cross(block, t_max);
                let mut hits = crossings.hits;
                while hits != 0 {
                    let lane = hits.trailing_zeros() as usize;
                    hits &= hits - 1;
                    let t = crossings.t[lane];
                    // The lane before may have come nearer.
                    if t >= t_max {
                        continue;
                    }
                    let barycentric = [
                        crossings.second[lane].clamp(0.0, 1.0),
                        crossings.third[lane].clamp(0.0, 1.0),
                    ];
                    t_max = take(
                        &Crossing {
                            t,
                            id: block.ids[lane],
                            barycentric,
                            flags: block.flags[lane],
                        },
                        t_max,
                    );
                    if t_max < 0.0 {
                        return;
                    }
                }
            }
            loop {
                if height == 0 {
                    return;
                }
                height -= 1;
                if stack[height].1 <= t_max {
                    current = stack[height].0;
                    break;
                }
            }
        }
    }
}

/// A ray copied to all lanes.
struct Lanes {
    origin: [Vec4; 3],
    direction: [Vec4; 3],
    inverse: [Vec4; 3],
    /// Rows of `Node::bounds` with the near and far plane of each axis.
    near: [usize; 3],
    far: [usize; 3],
}

/// Crossings of a ray with a block.
struct Crossings {
    /// A bit for each lane that is crossed.
    hits: u32,
    t: Vec4,
    /// Weights of the second and third corner.
    second: Vec4,
    third: Vec4,
}

impl Lanes {
    #[inline(always)]
    fn new(ray: &Ray) -> Self {
        let inverse = ray.direction.to_array().map(safe_inverse);
        Self {
            origin: ray.origin.to_array().map(Vec4::splat),
            direction: ray.direction.to_array().map(Vec4::splat),
            inverse: inverse.map(Vec4::splat),
            near: [0, 1, 2].map(|axis: usize| if inverse[axis] < 0.0 { axis + 3 } else { axis }),
            far: [0, 1, 2].map(|axis: usize| if inverse[axis] < 0.0 { axis } else { axis + 3 }),
        }
    }

    /// Distances at which the ray enters the eight boxes, and a bit for each box that it does enter before `t_max`.
    #[inline(always)]
    fn enter(&self, node: &Node, t_max: f32) -> ([Vec4; 2], u32) {
        // Ize 2013, "Robust BVH Ray Traversal": three roundings on either side are covered by widening the far distance.
        const WIDEN: f32 = 1.0 + 4.0 * f32::EPSILON;
        let end = Vec4::splat(t_max);
        let mut enter = [Vec4::ZERO; 2];
        let mut hits = 0;
        for half in 0..2 {
            let plane = |row: usize, axis: usize| {
                (node.bounds[row][half] - self.origin[axis]) * self.inverse[axis]
            };
            let near = plane(self.near[0], 0)
                .max(plane(self.near[1], 1))
                .max(plane(self.near[2], 2))
                .max(Vec4::ZERO);
            let far = plane(self.far[0], 0)
                .min(plane(self.far[1], 1))
                .min(plane(self.far[2], 2))
                * WIDEN;
            enter[half] = near;
            hits |= near.cmple(far.min(end)).bitmask() << (4 * half);
        }
        (enter, hits)
    }

    /// Ray against triangles by the signs of three Plücker products (Embree's robust test; Davis & Hunt, after Shevtsov et al. 2007).
    ///
    /// The product of a shared edge has the same magnitude and opposite sign in both triangles, bit for bit, so that a ray cannot pass between.
    #[inline(always)]
    fn cross(&self, block: &Block, t_max: f32) -> Crossings {
        let minus = |a: [Vec4; 3], b: [Vec4; 3]| [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
        let plus = |a: [Vec4; 3], b: [Vec4; 3]| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
        let cross = |a: [Vec4; 3], b: [Vec4; 3]| {
            [
                a[1] * b[2] - a[2] * b[1],
                a[2] * b[0] - a[0] * b[2],
                a[0] * b[1] - a[1] * b[0],
            ]
        };
        let dot = |a: [Vec4; 3], b: [Vec4; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let corners = &block.corners;
        let (v0, v1, v2) = (
            minus(corners[0], self.origin),
            minus(corners[1], self.origin),
            minus(corners[2], self.origin),
        );
        let (e0, e1, e2) = (minus(v2, v0), minus(v0, v1), minus(v1, v2));
        let u = dot(cross(plus(v2, v0), e0), self.direction);
        let v = dot(cross(plus(v0, v1), e1), self.direction);
        let w = dot(cross(plus(v1, v2), e2), self.direction);
        let sum = u + v + w;
        let slack = sum.abs() * f32::EPSILON;
        let inside = u.min(v).min(w).cmpge(-slack) | u.max(v).max(w).cmple(slack);
        let normal = cross(e0, e1);
        let t = dot(v0, normal) / dot(normal, self.direction);
        // Comparisons also reject the NaN of triangles without area.
        let ahead = t.cmpgt(Vec4::ZERO) & t.cmplt(Vec4::splat(t_max)) & sum.cmpne(Vec4::ZERO);
        Crossings {
            hits: (inside & ahead).bitmask(),
            t,
            second: u / sum,
            third: v / sum,
        }
    }
}

/// Finite reciprocal: a ray in the plane of a box side gives `0·1e30`, not `0·∞ = NaN`.
fn safe_inverse(x: f32) -> f32 {
    if x.abs() < 1e-30 {
        1e30_f32.copysign(x)
    } else {
        1.0 / x
    }
}

fn padded_box(triangle: &Triangle) -> Aabb {
    let [a, b, c] = triangle.corners;
    let (low, high) = (a.min(b).min(c), a.max(b).max(c));
    // Beyond what the triangle test may accept outside of its edges.
    let pad = Vec3A::splat(
        4e-6 * (low.abs().max(high.abs()).max_element() + (high - low).max_element()) + 1e-9,
    );
    Aabb::new(low - pad, high + pad)
}

fn store(node: &mut Node, lane: usize, aabb: &Aabb, child: u32) {
    for axis in 0..3 {
        node.bounds[axis][lane / 4][lane % 4] = aabb.min[axis];
        node.bounds[axis + 3][lane / 4][lane % 4] = aabb.max[axis];
    }
    node.children[lane] = child;
}

/// Opens the binary tree into wide nodes, largest child first; `None` when it is too deep for the traversal stack.
fn open(binary: &Bvh2, triangles: &[Triangle]) -> Option<Bvh> {
    let mut nodes = Vec::with_capacity(binary.nodes.len() / 4 + 1);
    let mut blocks = Vec::with_capacity(triangles.len() / 2);
    nodes.push(Node::VACANT);
    // (binary node, wide node, depth)
    let mut todo = vec![(0_usize, 0_usize, 1_usize)];
    while let Some((root, wide, depth)) = todo.pop() {
        if depth * (WIDTH - 1) + 1 > STACK {
            return None;
        }
        let mut group = vec![root];
        while group.len() < WIDTH {
            let area = |slot: usize| binary.nodes[group[slot]].aabb.half_area();
            let largest = (0..group.len())
                .filter(|&slot| !binary.nodes[group[slot]].is_leaf())
                .max_by(|&a, &b| area(a).total_cmp(&area(b)));
            let Some(slot) = largest else { break };
            let first = binary.nodes[group[slot]].first_index as usize;
            group[slot] = first;
            group.push(first + 1);
        }
        for (lane, &child) in group.iter().enumerate() {
            let source = &binary.nodes[child];
            let reference = if source.is_leaf() {
                let range =
                    source.first_index as usize..(source.first_index + source.prim_count) as usize;
                blocks.push(Block::new(
                    binary.primitive_indices[range]
                        .iter()
                        .map(|&index| triangles[index as usize]),
                ));
                LEAF | (blocks.len() - 1) as u32
            } else {
                nodes.push(Node::VACANT);
                todo.push((child, nodes.len() - 1, depth + 1));
                (nodes.len() - 1) as u32
            };
            store(&mut nodes[wide], lane, &source.aabb, reference);
        }
    }
    Some(Bvh { nodes, blocks })
}

/// The plain fall-back: eight equal shares by number along the longest axis, depth `log8(n)`.
fn halve(boxes: &[Padded], triangles: &[Triangle]) -> Bvh {
    let mut nodes = vec![Node::VACANT];
    let mut blocks = Vec::new();
    let mut order: Vec<u32> = (0..triangles.len() as u32).collect();
    let mut todo = vec![(0_usize, order.len(), 0_usize)];
    while let Some((start, end, wide)) = todo.pop() {
        let bounds = |range: &[u32]| {
            range
                .iter()
                .fold(Aabb::INVALID, |sum, &i| sum.union(&boxes[i as usize].0))
        };
        let axis = bounds(&order[start..end]).largest_axis();
        let centre = |index: u32| boxes[index as usize].0.center_axis(axis);
        order[start..end].sort_by(|&a, &b| centre(a).total_cmp(&centre(b)).then(a.cmp(&b)));
        let share = (end - start).div_ceil(WIDTH).max(LEAF_MAX);
        for (lane, low) in (start..end).step_by(share).enumerate() {
            let high = (low + share).min(end);
            let aabb = bounds(&order[low..high]);
            let reference = if high - low <= LEAF_MAX {
                blocks.push(Block::new(
                    order[low..high]
                        .iter()
                        .map(|&index| triangles[index as usize]),
                ));
                LEAF | (blocks.len() - 1) as u32
            } else {
                nodes.push(Node::VACANT);
                todo.push((low, high, nodes.len() - 1));
                (nodes.len() - 1) as u32
            };
            store(&mut nodes[wide], lane, &aabb, reference);
        }
    }
    Bvh { nodes, blocks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chi_square::Uniforms;

    fn cloud(count: u32, size: f32) -> Vec<Triangle> {
        let mut uniforms = Uniforms::new(count);
        let mut point = |scale: f32| {
            let [x, y, z, _] = uniforms.next4();
            (Vec3A::new(x, y, z) - 0.5) * scale
        };
        (0..count)
            .map(|id| {
                let centre = point(1.0);
                Triangle {
                    corners: [centre, centre + point(size), centre + point(size)],
                    id,
                    flags: id % 3,
                }
            })
            .collect()
    }

    fn nearest(bvh: &Bvh, ray: &Ray) -> Option<Crossing> {
        let mut nearest = None;
        bvh.visit(ray, |crossing, _| {
            nearest = Some(*crossing);
            crossing.t
        });
        nearest
    }

    fn cross(triangle: &Triangle, ray: &Ray, t_max: f32) -> Option<Crossing> {
        let crossings = Lanes::new(ray).cross(&Block::new([*triangle].into_iter()), t_max);
        (crossings.hits & 1 != 0).then(|| Crossing {
            t: crossings.t[0],
            id: triangle.id,
            barycentric: [crossings.second[0], crossings.third[0]],
            flags: triangle.flags,
        })
    }

    fn brute(triangles: &[Triangle], ray: &Ray) -> Option<Crossing> {
        triangles
            .iter()
            .filter_map(|triangle| cross(triangle, ray, ray.t_max))
            .min_by(|a, b| a.t.total_cmp(&b.t))
    }

    fn agree(bvh: &Bvh, triangles: &[Triangle], rays: u32) {
        let mut uniforms = Uniforms::new(77);
        let mut hits = 0;
        for k in 0..rays {
            let [a, b, c, d] = uniforms.next4();
            let [e, f, g, _] = uniforms.next4();
            let mut direction = Vec3A::new(d - 0.5, e - 0.5, f - 0.5).normalize();
            if k % 5 == 0 {
                // Along an axis: box sides are parallel to the ray.
                direction = [Vec3A::X, Vec3A::NEG_Y, Vec3A::Z][(k / 5 % 3) as usize];
            }
            let ray = Ray {
                origin: (Vec3A::new(a, b, c) - 0.5) * 1.5,
                direction,
                t_max: if k % 2 == 0 { f32::INFINITY } else { g },
            };
            let (found, expected) = (nearest(bvh, &ray), brute(triangles, &ray));
            hits += u32::from(found.is_some());
            assert_eq!(found.map(|c| c.t), expected.map(|c| c.t), "{ray:?}");
            let mut all = 0;
            bvh.visit(&ray, |_, t_max| {
                all += 1;
                t_max
            });
            assert_eq!(
                all,
                triangles
                    .iter()
                    .filter(|t| cross(t, &ray, ray.t_max).is_some())
                    .count()
            );
        }
        assert!(hits > 0, "no ray hit");
    }

    #[test]
    fn the_hierarchy_finds_what_testing_every_triangle_finds() {
        for (count, size) in [(1, 2.0), (7, 1.0), (500, 0.3), (3000, 0.1)] {
            let triangles = cloud(count, size);
            agree(&Bvh::new(&triangles), &triangles, 400);
        }
    }

    #[test]
    fn the_fall_back_finds_it_too() {
        let triangles = cloud(3000, 0.1);
        let boxes: Vec<Padded> = triangles
            .iter()
            .map(|triangle| Padded(padded_box(triangle)))
            .collect();
        agree(&halve(&boxes, &triangles), &triangles, 400);
    }

    #[test]
    fn an_empty_hierarchy_is_hit_by_nothing() {
        assert_eq!(
            nearest(&Bvh::new(&[]), &Ray::new(Vec3A::ZERO, Vec3A::X)),
            None
        );
    }

    #[test]
    fn a_crossing_lies_on_ray_and_triangle() {
        for triangle in cloud(300, 0.5) {
            let [a, b, c] = triangle.corners;
            let target = a * 0.2 + b * 0.5 + c * 0.3;
            let origin = Vec3A::new(0.3, 2.0, -0.4);
            let ray = Ray::new(origin, (target - origin).normalize());
            // Seen edge-on, a place on the plane is ill defined.
            if (b - a).cross(c - a).normalize().dot(ray.direction).abs() < 0.1 {
                continue;
            }
            let crossing = cross(&triangle, &ray, f32::INFINITY).expect("aimed at the inside");
            let [b1, b2] = crossing.barycentric;
            assert!(
                (a * (1.0 - b1 - b2) + b * b1 + c * b2 - target).length() < 1e-4,
                "{b1} {b2}"
            );
            assert!((ray.origin + ray.direction * crossing.t - target).length() < 1e-4);
        }
    }
}
