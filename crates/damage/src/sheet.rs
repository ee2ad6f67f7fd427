//! A thin shell that yields: nodes, edges that resist stretch, hinges that resist bending, both elastic up to a limit and plastic beyond.
//!
//! It is solved by position-based dynamics (Müller et al. 2007, "Position Based Dynamics") as a sequence of equilibria: what presses moves on a little, the sweeps find a shape
//! that keeps lengths and angles where they can be kept, and what is strained beyond its elastic limit keeps the excess as its new shape (rate-independent, perfectly plastic
//! flow). The plastic work is summed on the way, so that an impact ends where its energy is used up.
//!
//! Hinges are linear in the positions: with `n` the mean normal of the two triangles, `θ = n·((x₃ − f₃)/h₃ + (x₄ − f₄)/h₄)`, `f` the feet of the opposite corners on the shared edge and `h`
//! their heights. That is the dihedral angle for small turns and costs no trigonometry.

use std::collections::BTreeMap;

use glam::Vec3;

use crate::piece::{Piece, Substance};

/// How strongly one sweep pulls a hinge back.
const BENDING: f32 = 0.25;
/// How much of its freedom a node at a panel's edge has: frames behind hold it.
const FRAMED: f32 = 0.3;

#[derive(Debug, Clone, Copy)]
struct Edge {
    ends: [u32; 2],
    rest_m: f32,
    /// Strain that stays.
    plastic: f32,
    elastic_limit: f32,
    /// Force per strain-free length × the area that belongs to the edge: joules per unit of plastic strain.
    joules: f32,
}

#[derive(Debug, Clone, Copy)]
struct Hinge {
    /// The shared edge's ends, then the corners opposite of it.
    nodes: [u32; 4],
    weights: [f32; 4],
    rest: f32,
    plastic: f32,
    elastic_limit: f32,
    joules: f32,
}

/// Nodes of some pieces near a place, and what holds them together.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) at: Vec<Vec3>,
    pub(crate) rest: Vec<Vec3>,
    /// 0 held, 1 free.
    freedom: Vec<f32>,
    edges: Vec<Edge>,
    hinges: Vec<Hinge>,
    /// `(piece, vertex)` → node; vertices at the same place are one node.
    pub(crate) of_vertex: BTreeMap<(usize, u32), u32>,
    /// Plastic work so far, joules.
    pub(crate) work_j: f32,
}

impl Sheet {
    /// The pieces' triangles that lie within `radius_m` of `centre`; their outer rim is held.
    ///
    /// Vertices nearer to each other than a third of `edge_m` are one node: cuts leave slivers, and folded edges rows of vertices, that would be stiffer than any sheet.
    pub(crate) fn new(
        pieces: &[Piece],
        chosen: &[usize],
        centre: Vec3,
        radius_m: f32,
        edge_m: f32,
    ) -> Self {
        let mut sheet = Self {
            at: Vec::new(),
            rest: Vec::new(),
            freedom: Vec::new(),
            edges: Vec::new(),
            hinges: Vec::new(),
            of_vertex: BTreeMap::new(),
            work_j: 0.0,
        };
        for &number in chosen {
            sheet.add(&pieces[number], number, centre, radius_m, edge_m);
        }
        sheet.rest = sheet.at.clone();
        sheet
    }

    fn add(&mut self, piece: &Piece, number: usize, centre: Vec3, radius_m: f32, edge_m: f32) {
        let mesh = &piece.mesh;
        let near =
            |v: u32| mesh.positions[v as usize].distance_squared(centre) < radius_m * radius_m;
        let mut near_by = Nearby::new(0.34 * edge_m);
        let mut sides: BTreeMap<(u32, u32), Vec<(u32, f32)>> = BTreeMap::new();
        for triangle in &mesh.triangles {
            if !triangle.iter().any(|v| near(*v)) {
                continue;
            }
            let corners = triangle.map(|vertex| {
                *self.of_vertex.entry((number, vertex)).or_insert_with(|| {
                    let at = mesh.positions[vertex as usize];
                    near_by.found(at, &self.at).unwrap_or_else(|| {
                        let node = self.at.len() as u32;
                        self.at.push(at);
                        self.freedom.push(if near(vertex) { 1.0 } else { 0.0 });
                        near_by.add(at, node);
                        node
                    })
                })
            });
            let [a, b, c] = corners.map(|node| self.at[node as usize]);
            let area = 0.5 * (b - a).cross(c - a).length();
            for k in 0..3 {
                let (from, to, opposite) = (corners[k], corners[(k + 1) % 3], corners[(k + 2) % 3]);
                // A triangle of which two corners are one node is a line.
                if from != to && opposite != from && opposite != to {
                    sides
                        .entry((from.min(to), from.max(to)))
                        .or_default()
                        .push((opposite, area));
                }
            }
        }
        for ((a, b), beside) in sides {
            self.join(piece.substance, a, b, &beside, 0.2 * edge_m);
        }
    }

    fn join(&mut self, substance: Substance, a: u32, b: u32, beside: &[(u32, f32)], least_m: f32) {
        let rest_m = self.at[a as usize].distance(self.at[b as usize]);
        let area: f32 = beside.iter().map(|(_, area)| area / 3.0).sum();
        let membrane = substance.membrane_n_per_m();
        self.edges.push(Edge {
            ends: [a, b],
            rest_m,
            plastic: 0.0,
            elastic_limit: substance.elastic_strain(),
            joules: membrane * area,
        });
        let &[(c, _), (d, _)] = beside else {
            // A free edge, or several sheets in one.
            for node in [a, b] {
                let freedom = &mut self.freedom[node as usize];
                *freedom = freedom.min(FRAMED);
            }
            return;
        };
        let [pa, pb, pc, pd] = [a, b, c, d].map(|node| self.at[node as usize]);
        let along = (pb - pa) / rest_m;
        let place = |p: Vec3| (p - pa).dot(along) / rest_m;
        let height = |p: Vec3| (p - pa - along * (p - pa).dot(along)).length();
        let (tc, td, hc, hd) = (place(pc), place(pd), height(pc), height(pd));
        // The angle of a sliver says nothing about the sheet.
        if c == d || hc < least_m || hd < least_m {
            return;
        }
        let thickness = substance.thickness_m();
        let mut hinge = Hinge {
            nodes: [a, b, c, d],
            weights: [
                -((1.0 - tc) / hc + (1.0 - td) / hd),
                -(tc / hc + td / hd),
                1.0 / hc,
                1.0 / hd,
            ],
            rest: 0.0,
            plastic: 0.0,
            // Curvature 2ε/t over the strip that the hinge stands for.
            elastic_limit: substance.elastic_strain() / thickness * (hc + hd),
            // Fully plastic moment σt²/4 along the edge.
            joules: membrane * thickness * 0.25 * rest_m,
        };
        hinge.rest = self.angle(&hinge).0;
        self.hinges.push(hinge);
    }

    /// The angle of a hinge, and the normal it is measured along.
    fn angle(&self, hinge: &Hinge) -> (f32, Vec3) {
        let [a, b, c, d] = hinge.nodes.map(|node| self.at[node as usize]);
        let normal =
            (b - a).cross(c - a).normalize_or_zero() - (b - a).cross(d - a).normalize_or_zero();
        let normal = normal.normalize_or_zero();
        let [wa, wb, wc, wd] = hinge.weights;
        (normal.dot(a * wa + b * wb + c * wc + d * wd), normal)
    }

    /// Finds a shape that keeps lengths and angles, outside of what `press` pushes nodes out of: from a place, where it must be.
    pub(crate) fn settle(&mut self, sweeps: usize, press: &dyn Fn(Vec3) -> Option<Vec3>) {
        for sweep in 0..sweeps {
            if sweep % 2 == 0 {
                (0..self.edges.len()).for_each(|k| self.keep_length(k));
                (0..self.hinges.len()).for_each(|k| self.keep_angle(k));
            } else {
                (0..self.edges.len())
                    .rev()
                    .for_each(|k| self.keep_length(k));
                (0..self.hinges.len())
                    .rev()
                    .for_each(|k| self.keep_angle(k));
            }
            for (at, freedom) in self.at.iter_mut().zip(&self.freedom) {
                if *freedom > 0.0
                    && let Some(out) = press(*at)
                {
                    *at = out;
                }
            }
        }
    }

    fn keep_length(&mut self, number: usize) {
        let edge = &self.edges[number];
        let [a, b] = edge.ends.map(|node| node as usize);
        let (fa, fb) = (self.freedom[a], self.freedom[b]);
        let between = self.at[b] - self.at[a];
        let length = between.length();
        if fa + fb == 0.0 || length < 1e-9 {
            return;
        }
        let wanted = edge.rest_m * (1.0 + edge.plastic);
        let change = between * ((length - wanted) / (length * (fa + fb)));
        self.at[a] += change * fa;
        self.at[b] -= change * fb;
    }

    fn keep_angle(&mut self, number: usize) {
        let hinge = self.hinges[number];
        let nodes = hinge.nodes.map(|node| node as usize);
        let (angle, normal) = self.angle(&hinge);
        let strength: f32 = nodes
            .iter()
            .zip(hinge.weights)
            .map(|(node, weight)| self.freedom[*node] * weight * weight)
            .sum();
        if strength <= 0.0 {
            return;
        }
        let step = BENDING * (angle - hinge.rest - hinge.plastic) / strength;
        for (node, weight) in nodes.into_iter().zip(hinge.weights) {
            self.at[node] -= normal * (step * weight * self.freedom[node]);
        }
    }

    /// What is strained beyond its limit keeps the excess. Returns the energy that would come back, joules.
    pub(crate) fn flow(&mut self) -> f32 {
        let mut stored = 0.0;
        let mut work = 0.0;
        for edge in &mut self.edges {
            let [a, b] = edge.ends.map(|node| self.at[node as usize]);
            let elastic = (b - a).length() / edge.rest_m - 1.0 - edge.plastic;
            let excess = beyond(elastic, edge.elastic_limit);
            edge.plastic += excess;
            work += edge.joules * excess.abs();
            let kept = elastic - excess;
            stored += 0.5 * edge.joules * kept * kept / edge.elastic_limit;
        }
        for number in 0..self.hinges.len() {
            let (angle, _) = self.angle(&self.hinges[number]);
            let hinge = &mut self.hinges[number];
            let elastic = angle - hinge.rest - hinge.plastic;
            let excess = beyond(elastic, hinge.elastic_limit);
            hinge.plastic += excess;
            work += hinge.joules * excess.abs();
            let kept = elastic - excess;
            stored += 0.5 * hinge.joules * kept * kept / hinge.elastic_limit;
        }
        self.work_j += work;
        stored
    }

    /// How far each node is moved, what is finer than the mesh can show taken out.
    pub(crate) fn moves(&self) -> Vec<Vec3> {
        let mut moves: Vec<Vec3> = self
            .at
            .iter()
            .zip(&self.rest)
            .map(|(at, rest)| *at - *rest)
            .collect();
        for _ in 0..2 {
            let mut sums = vec![(Vec3::ZERO, 0.0_f32); moves.len()];
            for edge in &self.edges {
                let [a, b] = edge.ends.map(|node| node as usize);
                sums[a].0 += moves[b];
                sums[a].1 += 1.0;
                sums[b].0 += moves[a];
                sums[b].1 += 1.0;
            }
            for ((own, (sum, count)), freedom) in moves.iter_mut().zip(sums).zip(&self.freedom) {
                if *freedom > 0.0 && count > 0.0 {
                    *own = *own * 0.5 + sum * (0.5 / count);
                }
            }
        }
        moves
    }

    /// Plastic bending of the surface's outermost fibres at each node: the largest of its hinges, as strain. Paint cracks where it is high.
    pub(crate) fn creases(&self, thickness_m: f32) -> Vec<f32> {
        let mut most = vec![0.0_f32; self.at.len()];
        for hinge in &self.hinges {
            // `plastic` is over the strip's width, of which the limit is 2ε/t times.
            let arm = 0.5 * (1.0 / hinge.weights[2] + 1.0 / hinge.weights[3]);
            let strain = hinge.plastic.abs() / arm * 0.5 * thickness_m;
            for node in hinge.nodes {
                let own = &mut most[node as usize];
                *own = own.max(strain);
            }
        }
        most
    }
}

/// Places by the cells they lie in.
struct Nearby {
    reach_m: f32,
    cells: BTreeMap<[i32; 3], Vec<u32>>,
}

impl Nearby {
    fn new(reach_m: f32) -> Self {
        Self {
            reach_m,
            cells: BTreeMap::new(),
        }
    }

    fn cell(&self, at: Vec3) -> [i32; 3] {
        (at / self.reach_m).floor().as_ivec3().to_array()
    }

    fn add(&mut self, at: Vec3, node: u32) {
        self.cells.entry(self.cell(at)).or_default().push(node);
    }

    /// The nearest node within reach.
    fn found(&self, at: Vec3, nodes: &[Vec3]) -> Option<u32> {
        let [x, y, z] = self.cell(at);
        let mut best = (self.reach_m * self.reach_m, None);
        for dx in -1..=1 {
            for dy in -1..=1 {
                for dz in -1..=1 {
                    for node in self
                        .cells
                        .get(&[x + dx, y + dy, z + dz])
                        .into_iter()
                        .flatten()
                    {
                        let distance = nodes[*node as usize].distance_squared(at);
                        if distance < best.0 {
                            best = (distance, Some(*node));
                        }
                    }
                }
            }
        }
        best.1
    }
}

/// The part of a strain beyond its limit.
fn beyond(strain: f32, limit: f32) -> f32 {
    (strain.abs() - limit).max(0.0).copysign(strain)
}
