//! Open and closed surfaces: cut along lines, folded at their edges.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use glam::Vec3;

/// Positions, outward unit normals and triangles, counter-clockwise seen from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shell {
    pub(crate) positions: Vec<Vec3>,
    pub(crate) normals: Vec<Vec3>,
    pub(crate) triangles: Vec<[u32; 3]>,
    /// Vertices that a cut has put where they are. Others may be moved onto a line that passes near them.
    pub(crate) on_rim: Vec<bool>,
}

/// How near a line must pass to a vertex, as a share of the edge that it cuts, for the vertex to move there instead of leaving a sliver.
const NEAR: f32 = 0.22;

/// Cosine of half the angle by which a rim may turn at a vertex and still be shaded as a bow.
const SHARP: f32 = 0.93;

impl Shell {
    pub(crate) fn push(&mut self, at: Vec3, normal: Vec3) -> u32 {
        self.positions.push(at);
        self.normals.push(normal);
        self.on_rim.push(false);
        self.positions.len() as u32 - 1
    }

    /// Adds another's triangles.
    pub(crate) fn append(&mut self, other: &Self) {
        let first = self.positions.len() as u32;
        self.positions.extend_from_slice(&other.positions);
        self.normals.extend_from_slice(&other.normals);
        self.on_rim.extend_from_slice(&other.on_rim);
        let moved = other
            .triangles
            .iter()
            .map(|t| t.map(|corner| corner + first));
        self.triangles.extend(moved);
    }

    /// Both parts of the surface beside a line: where `line` is below `-half_gap`, and where it is above `half_gap`, cut exactly there along the triangles' sides.
    pub(crate) fn split(&self, line: &dyn Fn(Vec3) -> f32, half_gap: f32) -> (Self, Self) {
        let values: Vec<f32> = self.positions.iter().map(|&at| line(at)).collect();
        let below: Vec<f32> = values.iter().map(|v| v + half_gap).collect();
        let above: Vec<f32> = values.iter().map(|v| half_gap - v).collect();
        (
            self.clone().clipped(below, &|at| line(at) + half_gap),
            self.clone().clipped(above, &|at| half_gap - line(at)),
        )
    }

    /// What is where `line` is below 0; `values` are the line's at the vertices.
    fn clipped(mut self, mut values: Vec<f32>, line: &dyn Fn(Vec3) -> f32) -> Self {
        let mut crossings = self.crossings(&values, line);
        self.moved_onto(&mut crossings, &mut values);
        let mut part = Self::default();
        let mut kept = vec![u32::MAX; self.positions.len()];
        for triangle in &self.triangles {
            let value = triangle.map(|corner| values[corner as usize]);
            if value.iter().all(|v| *v >= 0.0) {
                continue;
            }
            let mut polygon = [0_u32; 4];
            let mut count = 0;
            for k in 0..3 {
                let (a, b) = (triangle[k], triangle[(k + 1) % 3]);
                if value[k] <= 0.0 {
                    let number = &mut kept[a as usize];
                    if *number == u32::MAX {
                        *number = part.push(self.positions[a as usize], self.normals[a as usize]);
                        part.on_rim[*number as usize] =
                            self.on_rim[a as usize] || values[a as usize] == 0.0;
                    }
                    polygon[count] = *number;
                    count += 1;
                }
                if value[k] * value[(k + 1) % 3] < 0.0
                    && let Some(crossing) = crossings.get_mut(&(a.min(b), a.max(b)))
                {
                    if crossing.number == u32::MAX {
                        let [a, b] = [a.min(b), a.max(b)].map(|corner| corner as usize);
                        let normal = self.normals[a].lerp(self.normals[b], crossing.share);
                        crossing.number = part.push(crossing.at, normal.normalize_or(Vec3::Z));
                        part.on_rim[crossing.number as usize] = true;
                    }
                    polygon[count] = crossing.number;
                    count += 1;
                }
            }
            if count >= 3 {
                part.triangles.push([polygon[0], polygon[1], polygon[2]]);
            }
            if count == 4 {
                part.triangles.push([polygon[0], polygon[2], polygon[3]]);
            }
        }
        part
    }

    /// Where the line crosses the triangles' sides, by the numbers of their ends, the lower first.
    fn crossings(
        &self,
        values: &[f32],
        line: &dyn Fn(Vec3) -> f32,
    ) -> HashMap<(u32, u32), Crossing> {
        let mut crossings = HashMap::new();
        for triangle in &self.triangles {
            for k in 0..3 {
                let (a, b) = (triangle[k], triangle[(k + 1) % 3]);
                if values[a as usize] * values[b as usize] < 0.0 {
                    let (a, b) = (a.min(b), a.max(b));
                    crossings.entry((a, b)).or_insert_with(|| {
                        let [from, to] = [a, b].map(|corner| self.positions[corner as usize]);
                        let ends = [a, b].map(|corner| values[corner as usize]);
                        let share = crossing(ends, |t| line(from.lerp(to, t)));
                        Crossing {
                            share,
                            at: from.lerp(to, share),
                            number: u32::MAX,
                        }
                    });
                }
            }
        }
        crossings
    }

    /// Moves vertices that the line passes near onto it.
    fn moved_onto(&mut self, crossings: &mut HashMap<(u32, u32), Crossing>, values: &mut [f32]) {
        // The nearest crossing of each vertex, and the other end of the side that it is on.
        let mut nearest: BTreeMap<u32, (f32, u32)> = BTreeMap::new();
        #[expect(
            clippy::iter_over_hash_type,
            reason = "the least of all is the same in any order"
        )]
        for (&(a, b), crossing) in crossings.iter() {
            for (corner, other, share) in [(a, b, crossing.share), (b, a, 1.0 - crossing.share)] {
                if share < NEAR && !self.on_rim[corner as usize] {
                    let least = nearest.entry(corner).or_insert((share, other));
                    if (share, other) < *least {
                        *least = (share, other);
                    }
                }
            }
        }
        for (&corner, &(share, other)) in &nearest {
            let crossing = &crossings[&(corner.min(other), corner.max(other))];
            let [k, other] = [corner, other].map(|corner| corner as usize);
            self.positions[k] = crossing.at;
            self.normals[k] = self.normals[k]
                .lerp(self.normals[other], share)
                .normalize_or(Vec3::Z);
            values[k] = 0.0;
        }
    }

    /// Moves everything along its normals.
    pub(crate) fn offset(mut self, by: f32) -> Self {
        for (at, normal) in self.positions.iter_mut().zip(&self.normals) {
            *at += *normal * by;
        }
        self
    }

    /// Folds the edges that cuts have left inwards: a lip of `radius` metres that is shaded round, then a flange down to `depth`.
    pub(crate) fn flanged(mut self, depth: f32, radius: f32) -> Self {
        let mut sides = BTreeSet::new();
        for t in &self.triangles {
            for k in 0..3 {
                let (a, b) = (t[k], t[(k + 1) % 3]);
                // An inner edge is met again the other way round.
                if self.on_rim[a as usize] && self.on_rim[b as usize] && !sides.remove(&(b, a)) {
                    sides.insert((a, b));
                }
            }
        }
        // Outwards in the surface, across each side of the rim and at each of its vertices.
        let out_of = |shell: &Self, a: u32, b: u32, corner: u32| {
            let [a, b, corner] = [a, b, corner].map(|k| k as usize);
            let along = shell.positions[b] - shell.positions[a];
            along.cross(shell.normals[corner])
        };
        let mut outwards = BTreeMap::new();
        for &(a, b) in &sides {
            for corner in [a, b] {
                *outwards.entry(corner).or_insert(Vec3::ZERO) += out_of(&self, a, b, corner);
            }
        }
        let mut folds = BTreeMap::new();
        for (a, b) in sides {
            let [fa, fb] = [a, b].map(|corner| {
                let (at, normal) = (
                    self.positions[corner as usize],
                    self.normals[corner as usize],
                );
                let out = outwards[&corner].normalize_or(normal);
                let own = out_of(&self, a, b, corner).normalize_or(out);
                // The rim itself is moved in by nothing: the lip bulges into the gap.
                let lip = at + (out - normal) * radius;
                let mut fold = |shaded: Vec3| {
                    let lip_vertex = self.push(lip, shaded);
                    self.push(lip - normal * depth, shaded);
                    lip_vertex
                };
                // A sharp corner is shaded as one.
                if own.dot(out) < SHARP {
                    fold(own)
                } else {
                    *folds.entry(corner).or_insert_with(|| fold(out))
                }
            });
            for [a, fa, b, fb] in [[a, fa, b, fb], [fa, fa + 1, fb, fb + 1]] {
                self.triangles.extend([[a, fa, fb], [a, fb, b]]);
            }
        }
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }
}

/// Where a line crosses a side of triangles.
struct Crossing {
    /// Of the way from the end with the lower number to the other.
    share: f32,
    at: Vec3,
    /// Of the vertex there, once there is one.
    number: u32,
}

/// Where a function that changes its sign between 0 and 1 is 0, by two steps of false position.
fn crossing(ends: [f32; 2], value: impl Fn(f32) -> f32) -> f32 {
    let ([mut from, mut to], [mut low, mut high]) = ([0.0, 1.0], ends);
    let between = |from: f32, to: f32, low: f32, high: f32| from + (to - from) * low / (low - high);
    for _ in 0..2 {
        let t = between(from, to, low, high);
        let middle = value(t);
        if middle * low > 0.0 {
            (from, low) = (t, middle);
        } else if middle * high > 0.0 {
            (to, high) = (t, middle);
        } else {
            return t;
        }
    }
    between(from, to, low, high)
}
