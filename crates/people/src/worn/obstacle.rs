//! What worn things must stay clear of: triangles of skin, hair, clothes, with the nearest and the outermost one along a ray.

use glam::Vec3;

/// Triangles in a hierarchy of boxes, split at medians; the same triangles give the same hierarchy.
#[derive(Debug, Default)]
pub(crate) struct Obstacle {
    triangles: Vec<[Vec3; 3]>,
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    low: Vec3,
    high: Vec3,
    /// Of its triangles, where it is a leaf.
    first: u32,
    /// Triangles of a leaf; 0 for an inner node, whose children are the next node and `second`.
    count: u32,
    second: u32,
}

/// Most triangles of a leaf.
const LEAF: usize = 4;

impl Obstacle {
    pub(crate) fn new(mut triangles: Vec<[Vec3; 3]>) -> Self {
        let mut nodes = Vec::new();
        let count = triangles.len();
        if count > 0 {
            split(&mut triangles, 0, &mut nodes);
        }
        Self { triangles, nodes }
    }

    /// Distance to the last triangle that the ray meets within `reach_m`; `direction` is of unit length.
    pub(crate) fn outermost(&self, origin: Vec3, direction: Vec3, reach_m: f32) -> Option<f32> {
        let mut best: Option<f32> = None;
        self.visit(origin, direction, reach_m, |t| {
            best = Some(best.map_or(t, |b| b.max(t)));
        });
        best
    }

    /// Distance to the first triangle that the ray meets within `reach_m`.
    pub(crate) fn nearest(&self, origin: Vec3, direction: Vec3, reach_m: f32) -> Option<f32> {
        let mut best: Option<f32> = None;
        self.visit(origin, direction, reach_m, |t| {
            best = Some(best.map_or(t, |b| b.min(t)));
        });
        best
    }

    fn visit(&self, origin: Vec3, direction: Vec3, reach_m: f32, mut hit: impl FnMut(f32)) {
        let inverse = direction.recip();
        let mut stack = vec![0u32];
        while let Some(index) = stack.pop() {
            let Some(node) = self.nodes.get(index as usize) else {
                continue;
            };
            // A ray within a face's plane gives 0 · ∞: `min` and `max` then keep the other bound.
            let (a, b) = (
                (node.low - origin) * inverse,
                (node.high - origin) * inverse,
            );
            let enter = a.min(b).max_element().max(0.0);
            let leave = a.max(b).min_element().min(reach_m);
            if enter > leave + 1e-6 {
                continue;
            }
            if node.count == 0 {
                stack.extend([index + 1, node.second]);
                continue;
            }
            let first = node.first as usize;
            for triangle in &self.triangles[first..first + node.count as usize] {
                if let Some(t) = meet(triangle, origin, direction)
                    && t <= reach_m
                {
                    hit(t);
                }
            }
        }
    }
}

/// Makes the node of `triangles`, which begin at `first` of all, and those below it.
fn split(triangles: &mut [[Vec3; 3]], first: usize, nodes: &mut Vec<Node>) {
    let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for corner in triangles.iter().flatten() {
        low = low.min(*corner);
        high = high.max(*corner);
    }
    let index = nodes.len();
    nodes.push(Node {
        low: low - 1e-6,
        high: high + 1e-6,
        first: first as u32,
        count: triangles.len() as u32,
        second: 0,
    });
    if triangles.len() <= LEAF {
        return;
    }
    let size = high - low;
    let axis = if size.x >= size.y && size.x >= size.z {
        0
    } else if size.y >= size.z {
        1
    } else {
        2
    };
    let key = |t: &[Vec3; 3]| t[0][axis] + t[1][axis] + t[2][axis];
    triangles.sort_by(|a, b| key(a).total_cmp(&key(b)));
    let half = triangles.len() / 2;
    let (left, right) = triangles.split_at_mut(half);
    split(left, first, nodes);
    let second = nodes.len() as u32;
    split(right, first + half, nodes);
    nodes[index].count = 0;
    nodes[index].second = second;
}

/// Distance along a ray to a triangle seen from either side (Möller & Trumbore 1997).
fn meet([a, b, c]: &[Vec3; 3], origin: Vec3, direction: Vec3) -> Option<f32> {
    let (ab, ac) = (*b - *a, *c - *a);
    let across = direction.cross(ac);
    let area = ab.dot(across);
    if area.abs() < 1e-14 {
        return None;
    }
    let from = origin - *a;
    let u = from.dot(across) / area;
    let other = from.cross(ab);
    let v = direction.dot(other) / area;
    let t = ac.dot(other) / area;
    (u >= -1e-5 && v >= -1e-5 && u + v <= 1.0 + 1e-5 && t > 0.0).then_some(t)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Triangles strewn by a small generator of our own.
    fn strewn(count: usize) -> Vec<[Vec3; 3]> {
        let mut state = 1u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1u32 << 24) as f32 - 0.5
        };
        (0..count)
            .map(|_| {
                let at = Vec3::new(draw(), draw(), draw());
                std::array::from_fn(|_| at + 0.2 * Vec3::new(draw(), draw(), draw()))
            })
            .collect()
    }

    #[test]
    fn the_hierarchy_finds_what_a_look_at_every_triangle_finds() {
        let triangles = strewn(700);
        let obstacle = Obstacle::new(triangles.clone());
        let mut met = 0;
        for k in 0..500 {
            let angle = k as f32 * 0.37;
            let direction =
                Vec3::new(angle.cos(), (k as f32 * 0.11).sin(), angle.sin()).normalize();
            let all: Vec<f32> = triangles
                .iter()
                .filter_map(|t| meet(t, Vec3::ZERO, direction))
                .filter(|t| *t <= 0.45)
                .collect();
            let (near, far) = (
                all.iter().copied().reduce(f32::min),
                all.iter().copied().reduce(f32::max),
            );
            met += all.len();
            assert_eq!(obstacle.nearest(Vec3::ZERO, direction, 0.45), near);
            assert_eq!(obstacle.outermost(Vec3::ZERO, direction, 0.45), far);
        }
        assert!(met > 300, "the rays met {met} triangles only");
        assert_eq!(
            Obstacle::new(Vec::new()).outermost(Vec3::ZERO, Vec3::X, 1.0),
            None
        );
    }
}
