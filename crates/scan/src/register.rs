//! Robust Gauss–Newton: unknowns so that the body lies on the scan and the scan on the body.
//!
//! Each round pairs every vertex of the body with the nearest point of the scan and samples of the scan with the nearest point of the body
//! (Besl & McKay 1992, both ways), linearises the distances along the normals (Chen & Medioni 1991), weighs them by Geman & McClure's
//! function whose radius shrinks from stage to stage, adds what is known beforehand of people (Gaussians on sliders, weights, joints), and
//! solves. Sums run over fixed parts in a fixed order, so the answer does not depend on threads.

use glam::Vec3;
use rayon::prelude::*;

use crate::anatomy::{Anatomy, LOCALS, RIGID, Row, Shaped, State};
use crate::kind::{self, Kind};
use crate::nearest::Nearest;
use crate::normal_equations::NormalEquations;
use crate::skeleton::{self, Level};
use crate::surface::Surface;
use crate::variables::{MACROS, Region};

/// Parts a sum is cut into.
const PARTS: usize = 8;

/// Neighbouring residuals err together: each counts as this share of an independent one.
const INDEPENDENT: f32 = 0.25;

/// The scan in metres, ready to be asked.
#[derive(Debug)]
pub(crate) struct Goal<'s> {
    pub(crate) surface: &'s Surface,
    pub(crate) nearest: Nearest,
    pub(crate) face_normals: Vec<Vec3>,
    pub(crate) samples: Vec<(Vec3, Vec3)>,
    pub(crate) noise: f32,
}

impl<'s> Goal<'s> {
    pub(crate) fn new(surface: &'s Surface, samples: usize, noise: f32) -> Self {
        Self {
            nearest: surface.nearest(),
            face_normals: (0..surface.triangles.len() as u32)
                .map(|t| surface.calm_normal(t))
                .collect(),
            samples: surface.samples(samples),
            noise,
            surface,
        }
    }

    /// The scan's point nearest to `from` whose normal agrees; its normal; not on a rim.
    pub(crate) fn beside(
        &self,
        from: Vec3,
        normal: Vec3,
        reach: f32,
        cosine: f32,
    ) -> Option<(Vec3, Vec3)> {
        let s = self.surface;
        let hit = self
            .nearest
            .find(&s.positions, &s.triangles, from, reach, |t| {
                self.face_normals[t as usize].dot(normal) > cosine
            })?;
        let corners = s.triangles[hit.triangle as usize];
        let at_rim = corners
            .iter()
            .zip(hit.weights)
            .all(|(&v, w)| w < 1e-3 || s.rim[v as usize]);
        let n: Vec3 = corners
            .iter()
            .zip(hit.weights)
            .map(|(&v, w)| s.normals[v as usize] * w)
            .sum();
        (!at_rim).then(|| (hit.point, n.normalize_or_zero()))
    }
}

/// Which part of the body is compared with the scan.
#[derive(Debug)]
pub(crate) struct Region3d {
    /// Whether hair usually grows there, for each skin vertex.
    pub(crate) scalp: Vec<bool>,
    /// What each skin vertex counts.
    pub(crate) counts: Vec<f32>,
    pub(crate) vertices: Vec<u32>,
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl Region3d {
    pub(crate) fn new(anatomy: &Anatomy<'_>, kind: Kind) -> Self {
        let inside = kind.region(anatomy.model);
        let mut region = Self::of(anatomy, &inside);
        if matches!(kind, Kind::Head | Kind::Face) {
            // A bust's shoulders say little of the head, and arms that hang on them are out of sight.
            let neck = kind::head_and_neck(anatomy.model);
            region.counts = neck.iter().map(|&n| if n { 1.0 } else { 0.1 }).collect();
        }
        region
    }

    pub(crate) fn of(anatomy: &Anatomy<'_>, inside: &[bool]) -> Self {
        let triangles = anatomy
            .model
            .skin_triangles
            .iter()
            .copied()
            .filter(|t| t.iter().all(|&v| inside[v as usize]))
            .collect();
        let vertices = (0..inside.len() as u32)
            .filter(|&v| inside[v as usize])
            .collect();
        Self {
            scalp: kind::scalp(anatomy.model),
            counts: vec![1.0; inside.len()],
            vertices,
            triangles,
        }
    }

    /// What a pair counts for its place: hair stands out from the scalp, so a scan outside of it says little, and one inside says all.
    pub(crate) fn trust(&self, corners: [u32; 3], outside: f32, noise: f32) -> f32 {
        let hairy = corners.iter().all(|&v| self.scalp[v as usize]);
        if hairy && outside > noise + 0.001 {
            0.01
        } else {
            corners
                .iter()
                .map(|&v| self.counts[v as usize])
                .sum::<f32>()
                / 3.0
        }
    }

    /// Forgets the scalp where there is no hair: where less than a sixth of the scalp that the scan shows has the scan 6 mm or more outside.
    pub(crate) fn bald_or_not(mut self, goal: &Goal<'_>, posed: &[Vec3]) -> Self {
        let normals = body::subdivision::vertex_normals(posed, &self.triangles);
        let (mut seen, mut hair) = (0_u32, 0_u32);
        for &v in self.vertices.iter().filter(|&&v| self.scalp[v as usize]) {
            let (p, n) = (posed[v as usize], normals[v as usize]);
            if let Some((q, _)) = goal.beside(p, n, 0.08, 0.3) {
                seen += 1;
                hair += u32::from(n.dot(q - p) > 0.006);
            }
        }
        if hair * 6 < seen {
            self.scalp.fill(false);
        }
        self
    }

    /// The same with little said by all but the front of the face, which no hair hides.
    pub(crate) fn facing(mut self, anatomy: &Anatomy<'_>) -> Self {
        let front = kind::front_of_face(anatomy.model);
        self.counts = front.iter().map(|&f| if f { 1.0 } else { 0.03 }).collect();
        self
    }
}

/// One stretch of the fit.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) rounds: usize,
    /// Every how many vertices and samples one is taken.
    pub(crate) stride: usize,
    /// The radius at which a distance counts for a quarter, metres, at the first and the last round.
    pub(crate) radius: (f32, f32),
    /// Least cosine between the normals of a pair.
    pub(crate) cosine: f32,
    /// Whether what the body sees of the scan is measured along the body's normals: a noisy scan's own are blurred, which hides a face's features,
    /// while on limbs the body's own let it stretch along them.
    pub(crate) own_normals: bool,
    pub(crate) free: Vec<bool>,
    /// Standard deviation of the logarithm of scale around 0.
    pub(crate) scale_sd: f32,
    /// Known points: number of a skin vertex, place, weight per m².
    pub(crate) pins: Vec<(u32, Vec3, f32)>,
}

/// Which unknowns a stage moves.
pub(crate) fn free(
    anatomy: &Anatomy<'_>,
    kind: Kind,
    level: Level,
    locals: bool,
    expression: bool,
) -> Vec<bool> {
    let mut free = vec![false; anatomy.unknowns()];
    free[..LOCALS].fill(true);
    if kind != Kind::Body {
        // How tall a person is does not show in a head; what is left of it is scale.
        free[RIGID + 6] = false;
        free[RIGID + 7] = false;
    }
    for (number, variable) in anatomy.variables.iter().enumerate() {
        let wanted = if variable.region == Region::Expression {
            expression
        } else {
            locals
        };
        free[LOCALS + number] = wanted && variable.region.shows_in(kind);
    }
    for (number, joint) in anatomy.joints.iter().enumerate() {
        if joint.level <= level && skeleton::shows(joint, kind) {
            let first = anatomy.first_turn() + 3 * number;
            free[first..first + 3].fill(true);
        }
    }
    free
}

/// A pair: the point of the body by corners and weights, the residual's direction and length, its weight.
pub(crate) struct Pair {
    pub(crate) corners: [u32; 3],
    pub(crate) weights: [f32; 3],
    pub(crate) normal: Vec3,
    pub(crate) residual: f32,
    pub(crate) weight: f32,
}

/// Runs a stage.
pub(crate) fn run(
    anatomy: &Anatomy<'_>,
    mut state: State,
    goal: &Goal<'_>,
    region: &Region3d,
    stage: &Stage,
) -> State {
    let mut tree: Option<Nearest> = None;
    let macros = stage.free[RIGID..LOCALS].iter().any(|&f| f);
    for round in 0..stage.rounds {
        let along = round as f32 / (stage.rounds - 1).max(1) as f32;
        let radius = stage.radius.0 * (stage.radius.1 / stage.radius.0).powf(along);
        let shaped = anatomy.shaped(&state, anatomy.rest(&state));
        // Turning and growing about the middle of what is seen: about a far point they would pull against shifts.
        let seen = region.vertices.iter().map(|&v| shaped.posed[v as usize]);
        let centre = seen.sum::<Vec3>() / region.vertices.len().max(1) as f32;
        let slopes = anatomy.slopes(&state, &shaped, macros, centre);
        let mut here = tree
            .take()
            .unwrap_or_else(|| Nearest::new(&shaped.posed, &region.triangles));
        here.refit(&shaped.posed, &region.triangles);
        let pairs = pairs(goal, region, &shaped, &here, stage, radius);
        tree = Some(here);
        let unknowns = anatomy.unknowns();
        let sigma = goal.noise.max(radius * 0.35).max(2e-4);
        let scale = INDEPENDENT / (sigma * sigma);
        let sums: Vec<NormalEquations> = pairs
            .par_chunks(pairs.len().div_ceil(PARTS).max(1))
            .map(|part| {
                let mut sum = NormalEquations::new(unknowns);
                let mut row = Row::new(unknowns);
                let mut entries = Vec::new();
                for pair in part {
                    for (&v, &w) in pair.corners.iter().zip(&pair.weights) {
                        if w > 0.0 {
                            let v = v as usize;
                            anatomy.add_row(&state, &shaped, &slopes, v, pair.normal, w, &mut row);
                        }
                    }
                    row.take(&stage.free, &mut entries);
                    sum.add(&entries, pair.residual, pair.weight * scale);
                }
                sum
            })
            .collect();
        let mut equations = NormalEquations::new(unknowns);
        for sum in &sums {
            equations.merge(sum);
        }
        let mut row = Row::new(unknowns);
        let mut entries = Vec::new();
        for &(v, place, weight) in &stage.pins {
            for axis in [Vec3::X, Vec3::Y, Vec3::Z] {
                anatomy.add_row(&state, &shaped, &slopes, v as usize, axis, 1.0, &mut row);
                row.take(&stage.free, &mut entries);
                let off = axis.dot(place - shaped.posed[v as usize]);
                equations.add(&entries, off, weight);
            }
        }
        add_priors(anatomy, &state, stage.scale_sd, &mut equations);
        let mut free = stage.free.clone();
        hold_at_bounds(anatomy, &state, &equations, &mut free);
        let Some(step) = equations.solve(&free) else {
            return state;
        };
        let next = anatomy.stepped(&state, &step, slopes.centre());
        // Sliders move a head or a hand by decimetres, and the step's shift takes that back; where a slider was stopped, or the motion
        // bends, what is left over is taken back here.
        let few: Vec<u32> = region
            .vertices
            .iter()
            .copied()
            .step_by(region.vertices.len().div_ceil(200).max(1))
            .collect();
        let mut wanted = Vec3::ZERO;
        for &v in &few {
            wanted += shaped.posed[v as usize];
            for axis in [Vec3::X, Vec3::Y, Vec3::Z] {
                anatomy.add_row(&state, &shaped, &slopes, v as usize, axis, 1.0, &mut row);
                row.take(&free, &mut entries);
                let by: f64 = entries
                    .iter()
                    .map(|&(i, a)| f64::from(a) * step[i as usize])
                    .sum();
                wanted += axis * by as f32;
            }
        }
        let reached = anatomy.shaped(&next, anatomy.rest(&next));
        let found: Vec3 = few.iter().map(|&v| reached.posed[v as usize]).sum();
        state = State {
            shift: next.shift + (wanted - found) / few.len().max(1) as f32,
            ..next
        };
    }
    state
}

/// Geman & McClure 1987, as a weight.
fn weight(square: f32, radius: f32) -> f32 {
    let c = radius * radius;
    (c / (c + square)).powi(2)
}

fn pairs(
    goal: &Goal<'_>,
    region: &Region3d,
    shaped: &Shaped,
    tree: &Nearest,
    stage: &Stage,
    radius: f32,
) -> Vec<Pair> {
    let normals = body::subdivision::vertex_normals(&shaped.posed, &region.triangles);
    let reach = 3.0 * radius;
    let mut pairs: Vec<Pair> = region
        .vertices
        .par_iter()
        .step_by(stage.stride)
        .filter_map(|&v| {
            let (p, n) = (shaped.posed[v as usize], normals[v as usize]);
            let (q, m) = goal.beside(p, n, reach, stage.cosine)?;
            let along = if stage.own_normals { n } else { m };
            let trust = region.trust([v; 3], n.dot(q - p), goal.noise);
            Some(Pair {
                corners: [v; 3],
                weights: [1.0, 0.0, 0.0],
                normal: along,
                residual: along.dot(q - p),
                weight: weight((q - p).length_squared(), radius) * trust,
            })
        })
        .collect();
    let face: Vec<Vec3> = region
        .triangles
        .iter()
        .map(|t| {
            let [a, b, c] = t.map(|v| shaped.posed[v as usize]);
            (b - a).cross(c - a).normalize_or_zero()
        })
        .collect();
    pairs.par_extend(
        goal.samples
            .par_iter()
            .step_by(stage.stride)
            .filter_map(|&(s, n)| {
                let hit = tree.find(&shaped.posed, &region.triangles, s, reach, |t| {
                    face[t as usize].dot(n) > stage.cosine
                })?;
                let corners = region.triangles[hit.triangle as usize];
                let m: Vec3 = corners
                    .iter()
                    .zip(hit.weights)
                    .map(|(&v, w)| normals[v as usize] * w)
                    .sum();
                let m = m.normalize_or_zero();
                let trust = region.trust(corners, m.dot(s - hit.point), goal.noise);
                Some(Pair {
                    corners,
                    weights: hit.weights,
                    normal: m,
                    residual: m.dot(s - hit.point),
                    weight: weight(hit.square, radius) * trust,
                })
            }),
    );
    pairs
}

fn add_priors(anatomy: &Anatomy<'_>, state: &State, scale_sd: f32, to: &mut NormalEquations) {
    let mut single = |unknown: usize, off: f32, sd: f32| {
        to.add_single(unknown, f64::from(off), 1.0 / f64::from(sd * sd));
    };
    // Place and direction are free; the numbers only keep the matrix sound where nothing is seen.
    for k in 0..3 {
        single(k, 0.0, 10.0);
        single(3 + k, 0.0, 10.0);
    }
    single(6, -state.scale.ln(), scale_sd);
    for (slider, (_, _, _, mean, sd)) in MACROS.into_iter().enumerate() {
        single(RIGID + slider, mean - state.macros.0[slider], sd);
    }
    for (number, variable) in anatomy.variables.iter().enumerate() {
        single(LOCALS + number, -state.locals[number], variable.sd);
    }
    for (number, joint) in anatomy.joints.iter().enumerate() {
        let off = joint.mean - joint.angles(state.turns[number]);
        for k in 0..3 {
            single(anatomy.first_turn() + 3 * number + k, off[k], joint.sd[k]);
        }
    }
}

/// What is at the end of its range and would leave it stays.
fn hold_at_bounds(
    anatomy: &Anatomy<'_>,
    state: &State,
    equations: &NormalEquations,
    free: &mut [bool],
) {
    let mut hold = |unknown: usize, value: f32, low: f32, high: f32| {
        let slope = equations.slope(unknown);
        if (value <= low && slope < 0.0) || (value >= high && slope > 0.0) {
            free[unknown] = false;
        }
    };
    for (slider, (_, low, high, ..)) in MACROS.into_iter().enumerate() {
        hold(RIGID + slider, state.macros.0[slider], low, high);
    }
    for (number, variable) in anatomy.variables.iter().enumerate() {
        let (low, high) = variable.range;
        hold(LOCALS + number, state.locals[number], low, high);
    }
}

/// How well a state explains the scan and the scan the body.
#[derive(Debug, Clone)]
pub(crate) struct Distances {
    /// Of each sample of the scan to the body, metres; `f32::INFINITY` beyond `reach`.
    pub(crate) of_scan: Vec<f32>,
    /// Of each vertex of the region to the scan, `None` where the scan has no surface that looks the same way.
    pub(crate) of_body: Vec<Option<f32>>,
}

/// Distances both ways, without regard to normals for the scan's samples beyond a right angle.
pub(crate) fn distances(
    goal: &Goal<'_>,
    region: &Region3d,
    posed: &[Vec3],
    stride: usize,
    reach: f32,
) -> Distances {
    let tree = Nearest::new(posed, &region.triangles);
    let normals = body::subdivision::vertex_normals(posed, &region.triangles);
    let face: Vec<Vec3> = region
        .triangles
        .iter()
        .map(|t| {
            let [a, b, c] = t.map(|v| posed[v as usize]);
            (b - a).cross(c - a).normalize_or_zero()
        })
        .collect();
    let of_scan = goal
        .samples
        .par_iter()
        .step_by(stride)
        .map(|&(s, n)| {
            tree.find(posed, &region.triangles, s, reach, |t| {
                face[t as usize].dot(n) > 0.0
            })
            .map_or(f32::INFINITY, |hit| hit.square.sqrt())
        })
        .collect();
    let of_body = region
        .vertices
        .par_iter()
        .step_by(stride)
        .map(|&v| {
            goal.beside(posed[v as usize], normals[v as usize], reach, 0.0)
                .map(|(q, _)| (q - posed[v as usize]).length())
        })
        .collect();
    Distances { of_scan, of_body }
}
