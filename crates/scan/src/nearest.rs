//! The nearest point of a triangle mesh, by a hierarchy of boxes.
//!
//! The tree is built once for a topology; [`Nearest::refit`] follows vertices that moved.

use glam::Vec3;

const LEAF: usize = 4;

/// A point on a triangle.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// Which triangle.
    pub triangle: u32,
    /// Weights of its corners.
    pub weights: [f32; 3],
    /// Where.
    pub point: Vec3,
    /// Metres, squared.
    pub square: f32,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    low: Vec3,
    high: Vec3,
    /// Of the first triangle, or of the left child; the right child is the next node.
    start: u32,
    /// Triangles of a leaf, 0 for inner nodes.
    count: u32,
}

/// Boxes over the triangles of one mesh.
#[derive(Debug, Clone)]
pub struct Nearest {
    nodes: Vec<Node>,
    order: Vec<u32>,
}

impl Nearest {
    /// Splits at the median of the longest axis; ties by number, so that the tree depends on the mesh alone.
    pub fn new(positions: &[Vec3], triangles: &[[u32; 3]]) -> Self {
        let mut order: Vec<u32> = (0..triangles.len() as u32).collect();
        let centre: Vec<Vec3> = triangles
            .iter()
            .map(|t| t.map(|v| positions[v as usize]).iter().sum::<Vec3>() / 3.0)
            .collect();
        let leaf = |start: usize, count: usize| Node {
            low: Vec3::MAX,
            high: Vec3::MIN,
            start: start as u32,
            count: count as u32,
        };
        let mut nodes = vec![leaf(0, order.len())];
        let mut open = if order.len() > LEAF { vec![0] } else { vec![] };
        while let Some(index) = open.pop() {
            let (start, count) = (nodes[index].start as usize, nodes[index].count as usize);
            let span = &mut order[start..start + count];
            let (low, high) = span.iter().fold((Vec3::MAX, Vec3::MIN), |(low, high), &t| {
                (low.min(centre[t as usize]), high.max(centre[t as usize]))
            });
            let axis = (high - low).max_position();
            let half = count / 2;
            span.select_nth_unstable_by(half, |&a, &b| {
                centre[a as usize][axis]
                    .total_cmp(&centre[b as usize][axis])
                    .then(a.cmp(&b))
            });
            let left = nodes.len();
            nodes.push(leaf(start, half));
            nodes.push(leaf(start + half, count - half));
            nodes[index].start = left as u32;
            nodes[index].count = 0;
            for (child, size) in [(left, half), (left + 1, count - half)] {
                if size > LEAF {
                    open.push(child);
                }
            }
        }
        let mut tree = Self { nodes, order };
        tree.refit(positions, triangles);
        tree
    }

    /// Fits the boxes to vertices that moved.
    pub fn refit(&mut self, positions: &[Vec3], triangles: &[[u32; 3]]) {
        // Children come after their parents.
        for index in (0..self.nodes.len()).rev() {
            let node = self.nodes[index];
            let (mut low, mut high) = (Vec3::MAX, Vec3::MIN);
            if node.count == 0 && !self.order.is_empty() {
                let left = node.start as usize;
                for child in [self.nodes[left], self.nodes[left + 1]] {
                    low = low.min(child.low);
                    high = high.max(child.high);
                }
            } else {
                let start = node.start as usize;
                for &t in &self.order[start..start + node.count as usize] {
                    for v in triangles[t as usize] {
                        low = low.min(positions[v as usize]);
                        high = high.max(positions[v as usize]);
                    }
                }
            }
            self.nodes[index].low = low;
            self.nodes[index].high = high;
        }
    }

    /// The nearest point within `reach` metres on a triangle that `keep` lets pass; of equals the one found first.
    pub fn find(
        &self,
        positions: &[Vec3],
        triangles: &[[u32; 3]],
        from: Vec3,
        reach: f32,
        keep: impl Fn(u32) -> bool,
    ) -> Option<Hit> {
        let mut best: Option<Hit> = None;
        let mut limit = reach * reach;
        let mut stack = [(0_u32, 0.0_f32); 64];
        stack[0] = (0, 0.0);
        let mut depth = usize::from(!self.order.is_empty());
        while depth > 0 {
            depth -= 1;
            let (index, square) = stack[depth];
            if square > limit {
                continue;
            }
            let node = &self.nodes[index as usize];
            if node.count == 0 {
                let left = node.start;
                let to = |child: u32| {
                    let node = &self.nodes[child as usize];
                    (from - from.clamp(node.low, node.high)).length_squared()
                };
                let (a, b) = ((left, to(left)), (left + 1, to(left + 1)));
                let (near, far) = if a.1 <= b.1 { (a, b) } else { (b, a) };
                for next in [far, near] {
                    if next.1 <= limit && depth < stack.len() {
                        stack[depth] = next;
                        depth += 1;
                    }
                }
                continue;
            }
            let start = node.start as usize;
            for &t in &self.order[start..start + node.count as usize] {
                if !keep(t) {
                    continue;
                }
                let corners = triangles[t as usize].map(|v| positions[v as usize]);
                let weights = nearest_on_triangle(from, corners);
                let point =
                    corners[0] * weights[0] + corners[1] * weights[1] + corners[2] * weights[2];
                let square = (point - from).length_squared();
                if square < limit || (square == limit && best.is_none()) {
                    limit = square;
                    best = Some(Hit {
                        triangle: t,
                        weights,
                        point,
                        square,
                    });
                }
            }
        }
        best
    }
}

/// Corner weights of the point of a triangle nearest to `p` (Ericson 2005, §5.1.5).
pub fn nearest_on_triangle(p: Vec3, [a, b, c]: [Vec3; 3]) -> [f32; 3] {
    let (ab, ac, ap) = (b - a, c - a, p - a);
    let (d1, d2) = (ab.dot(ap), ac.dot(ap));
    if d1 <= 0.0 && d2 <= 0.0 {
        return [1.0, 0.0, 0.0];
    }
    let bp = p - b;
    let (d3, d4) = (ab.dot(bp), ac.dot(bp));
    if d3 >= 0.0 && d4 <= d3 {
        return [0.0, 1.0, 0.0];
    }
    let vc = d1 * d4 - d3 * d2;
    if vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0 {
        let v = d1 / (d1 - d3);
        return [1.0 - v, v, 0.0];
    }
    let cp = p - c;
    let (d5, d6) = (ab.dot(cp), ac.dot(cp));
    if d6 >= 0.0 && d5 <= d6 {
        return [0.0, 0.0, 1.0];
    }
    let vb = d5 * d2 - d1 * d6;
    if vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0 {
        let w = d2 / (d2 - d6);
        return [1.0 - w, 0.0, w];
    }
    let va = d3 * d6 - d5 * d4;
    if va <= 0.0 && d4 - d3 >= 0.0 && d5 - d6 >= 0.0 {
        let w = (d4 - d3) / ((d4 - d3) + (d5 - d6));
        return [0.0, 1.0 - w, w];
    }
    let sum = va + vb + vc;
    if sum <= 0.0 || !sum.is_finite() {
        return [1.0, 0.0, 0.0];
    }
    let (v, w) = (vb / sum, vc / sum);
    [1.0 - v - w, v, w]
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    #[test]
    fn the_tree_finds_what_trying_every_triangle_finds() {
        let mut stream = Streams::new(Seed(3), 0).stream("soup");
        let mut point = || Vec3::new(stream.normal() as f32, stream.normal() as f32, 0.3);
        let mut positions: Vec<Vec3> = (0..600).map(|_| point()).collect();
        for (i, p) in positions.iter_mut().enumerate() {
            p.z = (i as f32 * 0.7).sin();
        }
        let triangles: Vec<[u32; 3]> = (0..200).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect();
        let mut tree = Nearest::new(&positions, &triangles);
        for p in &mut positions {
            *p = *p * 1.3 + Vec3::X;
        }
        tree.refit(&positions, &triangles);
        for k in 0..200_u32 {
            let from = positions[k as usize * 2] * 0.8 + Vec3::splat(0.05);
            let allowed = |t: u32| !t.is_multiple_of(3);
            let slow = (0..200)
                .filter(|&t| allowed(t))
                .map(|t| {
                    let corners = triangles[t as usize].map(|v| positions[v as usize]);
                    let w = nearest_on_triangle(from, corners);
                    (corners[0] * w[0] + corners[1] * w[1] + corners[2] * w[2] - from)
                        .length_squared()
                })
                .fold(f32::MAX, f32::min);
            let hit = tree
                .find(&positions, &triangles, from, 100.0, allowed)
                .expect("there is one");
            assert_eq!(hit.square, slow);
            assert!(allowed(hit.triangle));
            let short = slow.sqrt() * 0.99;
            assert!(
                tree.find(&positions, &triangles, from, short, allowed)
                    .is_none()
            );
        }
    }

    #[test]
    fn an_empty_mesh_has_no_nearest_point() {
        let tree = Nearest::new(&[], &[]);
        assert!(tree.find(&[], &[], Vec3::ZERO, 1.0, |_| true).is_none());
    }
}
