//! Robust Gauss–Newton: unknowns so that the body lies on the scan and the scan on the body.
//!
//! Each round pairs every vertex of the body with the nearest point of the scan and samples of the scan with the nearest point of the body
//! (Besl & McKay 1992, both ways), linearises the distances along the normals (Chen & Medioni 1991), weighs them by Geman & McClure's
//! function whose radius shrinks from stage to stage, adds what is known beforehand of people (Gaussians on sliders, weights, joints), and
//! solves. Sums run over fixed parts in a fixed order, so the answer does not depend on threads.

use glam::Vec3;
use rayon::prelude::*;

use crate::anatomy::{Anatomy, LOCALS, RIGID, Row, Shaped, Slopes, State};
use crate::kind::Kind;
use crate::nearest::Nearest;
use crate::normal_equations::NormalEquations;
use crate::pairs::{Goal, Look, Pair, pairs};
use crate::region::Region3d;
use crate::skeleton::{self, Level};
use crate::surface::median;
use crate::variables::{AGE, MACROS, Region, stretch};

/// Parts a sum is cut into.
const PARTS: usize = 8;

/// Neighbouring places share the scan's vertices, and err together: each counts as this share of an independent one.
const INDEPENDENT: f32 = 0.25;

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
    /// What a vertex of the body that sees the scan counts beside a sample of the scan that sees the body. A nearest point of a noisy scan is
    /// always a little too near; the nearest point of the body, which is smooth, is not.
    pub(crate) back: f32,
    /// How far off, as shares of the radius at the first and the last round, a pair may be for want of convergence: the larger, the more is left to
    /// what is known beforehand.
    pub(crate) soft: (f32, f32),
    /// Whether age may pass from childhood to youth or from youth to old age: while limbs are not yet where they belong, it would pass for their sake.
    pub(crate) ages: bool,
    /// Into how many patches, each wrong as a whole, the model's own error falls apart.
    pub(crate) patches: f32,
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

/// Runs a stage.
pub(crate) fn run(
    anatomy: &Anatomy<'_>,
    mut state: State,
    goal: &Goal<'_>,
    region: &Region3d,
    stage: &Stage,
) -> State {
    let macros = stage.free[RIGID..LOCALS].iter().any(|&f| f);
    let mut shaped = anatomy.shaped(&state, anatomy.rest(&state));
    let mut tree = Nearest::new(&shaped.posed, &region.triangles);
    let mut damping = 0.0;
    for round in 0..stage.rounds {
        let along = round as f32 / (stage.rounds - 1).max(1) as f32;
        let radius = stage.radius.0 * (stage.radius.1 / stage.radius.0).powf(along);
        // Turning and growing about the middle of what is seen: about a far point they would pull against shifts.
        let seen = region.vertices.iter().map(|&v| shaped.posed[v as usize]);
        let centre = seen.sum::<Vec3>() / region.vertices.len().max(1) as f32;
        // At a knot both sides are tried in turn.
        let stretches = std::array::from_fn(|slider| {
            let upper = (round + slider).is_multiple_of(2);
            let value = state.macros.0[slider];
            stretch(
                slider,
                value,
                if slider == AGE && !stage.ages {
                    value >= 2.0
                } else {
                    upper
                },
            )
        });
        let slopes = anatomy.slopes(&state, &shaped, macros.then_some(stretches), centre);
        tree.refit(&shaped.posed, &region.triangles);
        let soft = radius * (stage.soft.0 + (stage.soft.1 - stage.soft.0) * along);
        let wanted = Wanted::new(goal, region, &shaped, &tree, stage, (radius, soft));
        let at = Linearised {
            anatomy,
            state: &state,
            shaped: &shaped,
            slopes: &slopes,
        };
        let equations = at.equations(&wanted, stage);
        let before = wanted.cost(anatomy, &state, &shaped, stage);
        let ranges = ranges(anatomy, &state, &stretches);
        // A step that makes things worse bent too far: shorter ones are tried.
        let mut taken = None;
        for _ in 0..5 {
            let Some(step) = equations.damped(damping).solve_within(&stage.free, &ranges) else {
                break;
            };
            let next = at.stepped(&step, region, &stage.free);
            let reached = anatomy.shaped(&next, anatomy.rest(&next));
            if wanted.cost(anatomy, &next, &reached, stage) <= before {
                taken = Some((next, reached));
                damping = if damping < 1e-3 { 0.0 } else { damping * 0.2 };
                break;
            }
            damping = (damping * 8.0).max(2e-3);
        }
        if let Some((next, reached)) = taken {
            (state, shaped) = (next, reached);
        }
    }
    state
}

/// What a round wants: pairs with their weights, and known points.
struct Wanted {
    pairs: Vec<(Pair, f32)>,
    /// Where the body's vertices were when the pairs were made.
    posed: Vec<Vec3>,
}

impl Wanted {
    fn new(
        goal: &Goal<'_>,
        region: &Region3d,
        shaped: &Shaped,
        tree: &Nearest,
        stage: &Stage,
        (radius, soft): (f32, f32),
    ) -> Self {
        let look = Look {
            stride: stage.stride,
            radius,
            reach: 3.0 * radius,
            cosine: stage.cosine,
            own_normals: stage.own_normals,
        };
        let both = pairs(goal, region, &shaped.posed, tree, look);
        let mut off: Vec<f32> = both[1]
            .iter()
            .filter(|pair| pair.trust > 0.5)
            .map(|pair| pair.residual.abs())
            .collect();
        let spread = 1.4826 * median(&mut off);
        // The measure of noise takes fine detail for noise; what is off cannot be less than it.
        let noise = goal.noise.min(spread).max(2e-4);
        // Noise is independent from place to place; what the model cannot do is not.
        let left = (spread * spread - noise * noise).max(0.0);
        let count: f32 = both
            .iter()
            .zip([stage.back, 1.0])
            .map(|(list, share)| list.len() as f32 * share)
            .sum();
        let left = (left * (count / stage.patches).max(1.0)).max(soft * soft);
        let scale = 1.0 / (noise * noise / INDEPENDENT + left);
        let pairs = both
            .into_iter()
            .zip([stage.back, 1.0])
            .flat_map(|(list, share)| {
                list.into_iter().map(move |pair| {
                    let weight = pair.robust * pair.trust * scale * share;
                    (pair, weight)
                })
            })
            .collect();
        Self {
            pairs,
            posed: shaped.posed.clone(),
        }
    }

    /// Half the weighted sum of squares at a state, over the pairs as they are.
    fn cost(&self, anatomy: &Anatomy<'_>, state: &State, shaped: &Shaped, stage: &Stage) -> f64 {
        let moved: Vec<Vec3> = shaped
            .posed
            .iter()
            .zip(&self.posed)
            .map(|(now, then)| *now - *then)
            .collect();
        let mut sum = 0.0;
        for (pair, weight) in &self.pairs {
            let off = pair.residual - pair.normal.dot(pair.blend(&moved));
            sum += f64::from(weight * off * off);
        }
        for &(v, place, weight) in &stage.pins {
            sum += f64::from(weight * (place - shaped.posed[v as usize]).length_squared());
        }
        priors(anatomy, state, stage.scale_sd, |_, off, sd| {
            sum += f64::from(off * off) / f64::from(sd * sd);
        });
        sum * 0.5
    }
}

/// A state and how everything moves there.
struct Linearised<'a, 'm> {
    anatomy: &'a Anatomy<'m>,
    state: &'a State,
    shaped: &'a Shaped,
    slopes: &'a Slopes,
}

impl Linearised<'_, '_> {
    fn add_row(&self, v: u32, direction: Vec3, share: f32, row: &mut Row) {
        let (state, shaped, slopes) = (self.state, self.shaped, self.slopes);
        self.anatomy
            .add_row(state, shaped, slopes, v as usize, direction, share, row);
    }

    fn equations(&self, wanted: &Wanted, stage: &Stage) -> NormalEquations {
        let unknowns = self.anatomy.unknowns();
        let pairs = &wanted.pairs;
        let sums: Vec<NormalEquations> = pairs
            .par_chunks(pairs.len().div_ceil(PARTS).max(1))
            .map(|part| {
                let mut sum = NormalEquations::new(unknowns);
                let mut row = Row::new(unknowns);
                let mut entries = Vec::new();
                for (pair, weight) in part {
                    for (&v, &w) in pair.corners.iter().zip(&pair.weights) {
                        if w > 0.0 {
                            self.add_row(v, pair.normal, w, &mut row);
                        }
                    }
                    row.take(&stage.free, &mut entries);
                    sum.add(&entries, pair.residual, *weight);
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
                self.add_row(v, axis, 1.0, &mut row);
                row.take(&stage.free, &mut entries);
                let off = axis.dot(place - self.shaped.posed[v as usize]);
                equations.add(&entries, off, weight);
            }
        }
        // Place and direction are free; the numbers only keep the matrix sound where nothing is seen.
        for k in 0..6 {
            equations.add_single(k, 0.0, 1e-2);
        }
        priors(
            self.anatomy,
            self.state,
            stage.scale_sd,
            |shares, off, sd| {
                entries.clear();
                entries.extend(shares.iter().map(|&(i, share)| (i as u32, share)));
                entries.sort_unstable_by_key(|&(i, _)| i);
                equations.add(&entries, off, 1.0 / (sd * sd));
            },
        );
        equations
    }

    /// The state after a step.
    fn stepped(&self, step: &[f64], region: &Region3d, free: &[bool]) -> State {
        let next = self.anatomy.stepped(self.state, step, self.slopes.centre());
        // Sliders move a head or a hand by decimetres, and the step's shift takes that back; where the motion bends, what is left over
        // is taken back here.
        let few: Vec<u32> = region
            .vertices
            .iter()
            .copied()
            .step_by(region.vertices.len().div_ceil(200).max(1))
            .collect();
        let mut row = Row::new(self.anatomy.unknowns());
        let mut entries = Vec::new();
        let mut wanted = Vec3::ZERO;
        for &v in &few {
            wanted += self.shaped.posed[v as usize];
            for axis in [Vec3::X, Vec3::Y, Vec3::Z] {
                self.add_row(v, axis, 1.0, &mut row);
                row.take(free, &mut entries);
                let by: f64 = entries
                    .iter()
                    .map(|&(i, a)| f64::from(a) * step[i as usize])
                    .sum();
                wanted += axis * by as f32;
            }
        }
        let reached = self.anatomy.shaped(&next, self.anatomy.rest(&next));
        let found: Vec3 = few.iter().map(|&v| reached.posed[v as usize]).sum();
        State {
            shift: next.shift + (wanted - found) / few.len().max(1) as f32,
            ..next
        }
    }
}

/// How unlike people a state is: the root of the mean square of what is known beforehand, in standard deviations; about 1 where it holds.
pub(crate) fn strangeness(anatomy: &Anatomy<'_>, state: &State, free: &[bool]) -> f32 {
    let (mut sum, mut count) = (0.0_f32, 0.0_f32);
    priors(anatomy, state, 0.06, |shares, off, sd| {
        if shares.iter().all(|&(i, _)| free[i]) {
            sum += (off / sd).powi(2);
            count += 1.0;
        }
    });
    (sum / count.max(1.0)).sqrt()
}

/// Standard deviation of the difference of what does the same to either side, as a share of their own.
const UNEVEN: f32 = 0.2;

/// What is known of people beforehand: unknowns with their shares, how far their sum is from the usual, and its standard deviation.
fn priors(
    anatomy: &Anatomy<'_>,
    state: &State,
    scale_sd: f32,
    mut known: impl FnMut(&[(usize, f32)], f32, f32),
) {
    known(&[(6, 1.0)], -state.scale.ln(), scale_sd);
    for (slider, (_, _, _, mean, sd)) in MACROS.into_iter().enumerate() {
        known(&[(RIGID + slider, 1.0)], mean - state.macros.0[slider], sd);
    }
    let mut own: Vec<f32> = anatomy.variables.iter().map(|v| v.sd).collect();
    for &(l, r) in &anatomy.mirrored {
        let (x, y) = (state.locals[l], state.locals[r]);
        let sd = own[l].min(own[r]);
        known(&[(LOCALS + l, 1.0), (LOCALS + r, -1.0)], y - x, UNEVEN * sd);
        // Two that go together say each thing half.
        own[l] *= std::f32::consts::SQRT_2;
        own[r] *= std::f32::consts::SQRT_2;
    }
    for (number, sd) in own.into_iter().enumerate() {
        known(&[(LOCALS + number, 1.0)], -state.locals[number], sd);
    }
    for (number, joint) in anatomy.joints.iter().enumerate() {
        let off = joint.mean - joint.angles(state.turns[number]);
        for k in 0..3 {
            let unknown = anatomy.first_turn() + 3 * number + k;
            known(&[(unknown, 1.0)], off[k], joint.sd[k]);
        }
    }
}

/// How far each unknown may go in one step: to the end of what is allowed, and no farther than its slope says something.
fn ranges(anatomy: &Anatomy<'_>, state: &State, stretches: &[(f32, f32); 8]) -> Vec<(f64, f64)> {
    let mut list = vec![(-f64::MAX, f64::MAX); anatomy.unknowns()];
    list[6] = (-0.2, 0.2);
    let within = |value: f32, low: f32, high: f32, most: f32| {
        let down = (low - value).clamp(-most, 0.0);
        let up = (high - value).clamp(0.0, most);
        (f64::from(down), f64::from(up))
    };
    for (slider, &(low, high)) in stretches.iter().enumerate() {
        list[RIGID + slider] = within(state.macros.0[slider], low, high, 0.4);
    }
    for (number, variable) in anatomy.variables.iter().enumerate() {
        let (low, high) = variable.range;
        list[LOCALS + number] = within(state.locals[number], low, high, 0.3);
    }
    list[anatomy.first_turn()..].fill((-0.4, 0.4));
    list
}
