//! Which triangles a ray meets.
//!
//! `obvhs` builds a binary hierarchy (PLOC with reinsertion); it is opened here into nodes of eight children with their boxes in
//! structure-of-arrays form, which plain Rust turns into SIMD on every target. Everything a caller may depend on is
//! [`Bvh::visit`]: each triangle whose interior or edge the ray crosses is offered, nearer boxes first.
//!
//! Watertight: the triangle test decides each edge by a sign that both neighbours compute identically, accepts a few units of rounding
//! beyond an edge, and boxes are wider than their triangles by more than that.
use crate::ray::Ray;
use glam::Vec3A;
use obvhs::{
    Boundable, BvhBuildParams,
    aabb::Aabb,
    bvh2::{Bvh2, builder::build_bvh2},
};
use std::time::Duration;

/// Most triangles that a leaf reference can address.
pub(crate) const MAX_TRIANGLES: usize = 1 << 27;

const WIDTH: usize = 8;
const LEAF: u32 = 1 << 31;
const LEAF_COUNT_SHIFT: u32 = 27;
const LEAF_MAX: u32 = 4;
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
    /// `[x low, y low, z low, x high, y high, z high]` of eight children.
    bounds: [[f32; WIDTH]; 6],
    /// Inner node: its index. Leaf: `LEAF | (count − 1) << 27 | first`. Vacant children have boxes no ray enters.
    children: [u32; WIDTH],
}

impl Node {
    const VACANT: Self = Self {
        bounds: [
            [f32::INFINITY; WIDTH],
            [f32::INFINITY; WIDTH],
            [f32::INFINITY; WIDTH],
            [f32::NEG_INFINITY; WIDTH],
            [f32::NEG_INFINITY; WIDTH],
            [f32::NEG_INFINITY; WIDTH],
        ],
        children: [0; WIDTH],
    };
}

/// The hierarchy over all triangles of a scene.
#[derive(Debug)]
pub(crate) struct Bvh {
    nodes: Vec<Node>,
    triangles: Vec<Triangle>,
}

struct Padded(Aabb);

impl Boundable for Padded {
    fn aabb(&self) -> Aabb {
        self.0
    }
}

impl Bvh {
    /// Triangles must have finite corners.
    pub(crate) fn new(triangles: Vec<Triangle>) -> Self {
        if triangles.is_empty() {
            return Self {
                nodes: vec![Node::VACANT],
                triangles,
            };
        }
        let boxes: Vec<Padded> = triangles
            .iter()
            .map(|triangle| Padded(padded_box(triangle)))
            .collect();
        let parameters = BvhBuildParams {
            max_prims_per_leaf: LEAF_MAX,
            collapse_traversal_cost: 1.0,
            ..BvhBuildParams::medium_build()
        };
        let binary = build_bvh2(&boxes, parameters, &mut Duration::default());
        let mut nodes = Vec::with_capacity(binary.nodes.len() / 4 + 1);
        let mut order: Vec<u32> = Vec::with_capacity(triangles.len());
        if open(&binary, &mut nodes, &mut order).is_none() {
            // So deep a tree comes from thousands of coincident triangles: halving by number keeps it shallow.
            nodes.clear();
            order = (0..triangles.len() as u32).collect();
            halve(&boxes, &mut nodes, &mut order);
        }
        let triangles = order
            .iter()
            .map(|&index| triangles[index as usize])
            .collect();
        Self { nodes, triangles }
    }

    /// Offers every triangle that the ray crosses with `0 < t < t_max` to `take`, which returns the new `t_max`: the crossing's own `t` to
    /// look for nearer ones only, the old one to go on, negative to stop.
    ///
    /// The order is roughly front to back and depends on nothing but ray and scene.
    #[inline(always)]
    pub(crate) fn visit(&self, ray: &Ray, mut take: impl FnMut(&Crossing, f32) -> f32) {
        let mut t_max = ray.t_max;
        let inverse = ray.direction.to_array().map(safe_inverse);
        let origin = ray.origin.to_array();
        // Row of `bounds` with the near plane of each axis.
        let near = [0, 1, 2].map(|axis: usize| if inverse[axis] < 0.0 { axis + 3 } else { axis });
        let far = [0, 1, 2].map(|axis: usize| if inverse[axis] < 0.0 { axis } else { axis + 3 });
        let mut stack = [(0_u32, 0.0_f32); STACK];
        let mut height = 0;
        let mut current = 0_u32;
        loop {
            if current & LEAF == 0 {
                let node = &self.nodes[current as usize];
                let (enter, hits) = node_test(node, origin, inverse, near, far, t_max);
                let mut hits = hits;
                if hits != 0 {
                    // Nearest child next, the others on the stack with the farthest lowest.
                    let base = height;
                    while hits != 0 {
                        let lane = hits.trailing_zeros() as usize;
                        hits &= hits - 1;
                        let t = enter[lane];
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
                let first = (current & ((1 << LEAF_COUNT_SHIFT) - 1)) as usize;
                let count = ((current & !LEAF) >> LEAF_COUNT_SHIFT) as usize + 1;
                for triangle in &self.triangles[first..first + count] {
                    if let Some(crossing) = cross(triangle, ray, t_max) {
                        t_max = take(&crossing, t_max);
                        if t_max < 0.0 {
                            return;
                        }
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

/// Distances at which the ray enters the eight boxes, and a bit for each box that it does enter before `t_max`.
#[inline(always)]
fn node_test(
    node: &Node,
    origin: [f32; 3],
    inverse: [f32; 3],
    near: [usize; 3],
    far: [usize; 3],
    t_max: f32,
) -> ([f32; WIDTH], u32) {
    // Ize 2013, "Robust BVH Ray Traversal": three roundings on either side are covered by widening the far distance.
    const WIDEN: f32 = 1.0 + 4.0 * f32::EPSILON;
    let (x0, y0, z0) = (
        &node.bounds[near[0]],
        &node.bounds[near[1]],
        &node.bounds[near[2]],
    );
    let (x1, y1, z1) = (
        &node.bounds[far[0]],
        &node.bounds[far[1]],
        &node.bounds[far[2]],
    );
    let mut enter = [0.0_f32; WIDTH];
    let mut leave = [0.0_f32; WIDTH];
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let smaller = |a: f32, b: f32| if a < b { a } else { b };
    for i in 0..WIDTH {
        let x = (x0[i] - origin[0]) * inverse[0];
        let y = (y0[i] - origin[1]) * inverse[1];
        let z = (z0[i] - origin[2]) * inverse[2];
        enter[i] = larger(larger(x, y), larger(z, 0.0));
    }
    for i in 0..WIDTH {
        let x = (x1[i] - origin[0]) * inverse[0];
        let y = (y1[i] - origin[1]) * inverse[1];
        let z = (z1[i] - origin[2]) * inverse[2];
        leave[i] = smaller(smaller(smaller(x, y), z) * WIDEN, t_max);
    }
    let mut mask = 0;
    for i in 0..WIDTH {
        mask |= u32::from(enter[i] <= leave[i]) << i;
    }
    (enter, mask)
}

/// Finite reciprocal: a ray in the plane of a box side gives `0·1e30`, not `0·∞ = NaN`.
fn safe_inverse(x: f32) -> f32 {
    if x.abs() < 1e-30 {
        1e30_f32.copysign(x)
    } else {
        1.0 / x
    }
}

/// Ray against triangle by the signs of three Plücker products (Embree's robust test; Davis & Hunt, after Shevtsov et al. 2007).
///
/// The product of a shared edge has the same magnitude and opposite sign in both triangles, bit for bit, so that a ray cannot pass between.
#[inline(always)]
fn cross(triangle: &Triangle, ray: &Ray, t_max: f32) -> Option<Crossing> {
    let v0 = triangle.corners[0] - ray.origin;
    let v1 = triangle.corners[1] - ray.origin;
    let v2 = triangle.corners[2] - ray.origin;
    let (e0, e1, e2) = (v2 - v0, v0 - v1, v1 - v2);
    let u = (v2 + v0).cross(e0).dot(ray.direction);
    let v = (v0 + v1).cross(e1).dot(ray.direction);
    let w = (v1 + v2).cross(e2).dot(ray.direction);
    let sum = u + v + w;
    let slack = f32::EPSILON * sum.abs();
    if u.min(v).min(w) < -slack && u.max(v).max(w) > slack {
        return None;
    }
    let normal = e0.cross(e1);
    let denominator = normal.dot(ray.direction);
    let t = v0.dot(normal) / denominator;
    // Also rejects NaN from triangles without area.
    if !(t > 0.0 && t < t_max && sum != 0.0) {
        return None;
    }
    let (b1, b2) = ((u / sum).clamp(0.0, 1.0), (v / sum).clamp(0.0, 1.0));
    Some(Crossing {
        t,
        id: triangle.id,
        barycentric: [b1, b2],
        flags: triangle.flags,
    })
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
        node.bounds[axis][lane] = aabb.min[axis];
        node.bounds[axis + 3][lane] = aabb.max[axis];
    }
    node.children[lane] = child;
}

fn leaf(first: usize, count: usize) -> u32 {
    LEAF | ((count as u32 - 1) << LEAF_COUNT_SHIFT) | first as u32
}

/// Opens the binary tree into wide nodes, largest child first; `None` when it is too deep for the traversal stack.
fn open(binary: &Bvh2, nodes: &mut Vec<Node>, order: &mut Vec<u32>) -> Option<()> {
    nodes.push(Node::VACANT);
    // (binary node, wide node, depth)
    let mut todo = vec![(0_usize, 0_usize, 1_usize)];
    while let Some((root, wide, depth)) = todo.pop() {
        if depth * (WIDTH - 1) + 1 > STACK {
            return None;
        }
        let mut group = vec![root];
        while group.len() < WIDTH {
            let largest = (0..group.len())
                .filter(|&slot| !binary.nodes[group[slot]].is_leaf())
                .max_by(|&a, &b| {
                    binary.nodes[group[a]]
                        .aabb
                        .half_area()
                        .total_cmp(&binary.nodes[group[b]].aabb.half_area())
                });
            let Some(slot) = largest else { break };
            let first = binary.nodes[group[slot]].first_index as usize;
            group[slot] = first;
            group.push(first + 1);
        }
        for (lane, &child) in group.iter().enumerate() {
            let source = &binary.nodes[child];
            let reference = if source.is_leaf() {
                let start = order.len();
                let range =
                    source.first_index as usize..(source.first_index + source.prim_count) as usize;
                order.extend(&binary.primitive_indices[range]);
                leaf(start, source.prim_count as usize)
            } else {
                nodes.push(Node::VACANT);
                todo.push((child, nodes.len() - 1, depth + 1));
                (nodes.len() - 1) as u32
            };
            store(&mut nodes[wide], lane, &source.aabb, reference);
        }
    }
    Some(())
}

/// The plain fall-back: eight equal shares by number along the longest axis, depth `log8(n)`.
fn halve(boxes: &[Padded], nodes: &mut Vec<Node>, order: &mut [u32]) {
    nodes.push(Node::VACANT);
    let mut todo = vec![(0_usize, order.len(), 0_usize)];
    while let Some((start, end, wide)) = todo.pop() {
        let bounds = |range: &[u32]| {
            range
                .iter()
                .fold(Aabb::INVALID, |sum, &i| sum.union(&boxes[i as usize].0))
        };
        let axis = bounds(&order[start..end]).largest_axis();
        order[start..end].sort_by(|&a, &b| {
            boxes[a as usize]
                .0
                .center_axis(axis)
                .total_cmp(&boxes[b as usize].0.center_axis(axis))
                .then(a.cmp(&b))
        });
        let share = (end - start).div_ceil(WIDTH).max(LEAF_MAX as usize);
        for (lane, low) in (start..end).step_by(share).enumerate() {
            let high = (low + share).min(end);
            let reference = if high - low <= LEAF_MAX as usize {
                leaf(low, high - low)
            } else {
                nodes.push(Node::VACANT);
                todo.push((low, high, nodes.len() - 1));
                (nodes.len() - 1) as u32
            };
            let aabb = bounds(&order[low..high]);
            store(&mut nodes[wide], lane, &aabb, reference);
        }
    }
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
            agree(&Bvh::new(triangles.clone()), &triangles, 400);
        }
    }

    #[test]
    fn the_fall_back_finds_it_too() {
        let triangles = cloud(3000, 0.1);
        let boxes: Vec<Padded> = triangles
            .iter()
            .map(|triangle| Padded(padded_box(triangle)))
            .collect();
        let mut order: Vec<u32> = (0..3000).collect();
        let mut nodes = Vec::new();
        halve(&boxes, &mut nodes, &mut order);
        let bvh = Bvh {
            nodes,
            triangles: order
                .iter()
                .map(|&index| triangles[index as usize])
                .collect(),
        };
        agree(&bvh, &triangles, 400);
    }

    #[test]
    fn an_empty_hierarchy_is_hit_by_nothing() {
        assert_eq!(
            nearest(&Bvh::new(Vec::new()), &Ray::new(Vec3A::ZERO, Vec3A::X)),
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
