//! The body model as a fit sees it: from unknowns to posed vertices, and how each vertex moves with each unknown.

use body::BodyModel;
use glam::{Mat3, Quat, Vec3};
use rayon::prelude::*;

use crate::skeleton::{self, Joint};
use crate::variables::{Macros, Variable, mirrored, variables};

/// Unknowns before the local variables: turn (3), shift (3), logarithm of scale, macro sliders (8).
pub(crate) const RIGID: usize = 7;
pub(crate) const LOCALS: usize = RIGID + 8;

/// One local variable's displacement of one skin vertex.
#[derive(Debug, Clone, Copy)]
struct Share {
    variable: u32,
    positive: Vec3,
    negative: Vec3,
}

/// Tables of a model that every fit reads.
#[derive(Debug)]
pub(crate) struct Anatomy<'m> {
    pub(crate) model: &'m BodyModel,
    pub(crate) variables: Vec<Variable>,
    /// Variables that do the same to the left and the right side.
    pub(crate) mirrored: Vec<(usize, usize)>,
    pub(crate) joints: Vec<Joint>,
    parents: Vec<Option<usize>>,
    /// Joint number of a bone.
    joint_of: Vec<Option<usize>>,
    /// Local variables of each skin vertex, by number.
    shares: Vec<Vec<Share>>,
    /// Bones whose joint a variable moves: `(variable, positive, negative)`.
    joint_shares: Vec<Vec<(u32, Vec3, Vec3)>>,
}

/// All that a fit looks for.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// World from model: turn, then scale, then shift.
    pub(crate) turn: Quat,
    pub(crate) shift: Vec3,
    pub(crate) scale: f32,
    pub(crate) macros: Macros,
    pub(crate) locals: Vec<f32>,
    pub(crate) turns: Vec<Quat>,
}

/// A body at a state, with what derivatives need.
#[derive(Debug)]
pub(crate) struct Shaped {
    pub(crate) rest: Vec<Vec3>,
    /// Skin vertices in the world.
    pub(crate) posed: Vec<Vec3>,
    linear: Vec<Mat3>,
    offset: Vec<Vec3>,
    posed_heads: Vec<Vec3>,
}

/// Derivatives that belong to one state.
#[derive(Debug)]
pub(crate) struct Slopes {
    macro_fields: Vec<Vec<Vec3>>,
    macro_joints: Vec<Vec<Vec3>>,
    /// Shift of each bone with local variables.
    bone_shift: Vec<Vec<(u32, Vec3)>>,
    /// Axes of each joint, model space.
    axes: Vec<Mat3>,
    centre: Vec3,
}

impl<'m> Anatomy<'m> {
    pub(crate) fn new(model: &'m BodyModel) -> Self {
        let variables = variables(model);
        let joints = skeleton::joints(model);
        let rig = &model.rig;
        let parents = (0..rig.bone_count()).map(|bone| rig.parent(bone)).collect();
        let mut joint_of = vec![None; rig.bone_count()];
        for (number, joint) in joints.iter().enumerate() {
            joint_of[joint.bone] = Some(number);
        }
        let mut shares: Vec<Vec<Share>> = vec![Vec::new(); model.base.len()];
        for (number, variable) in variables.iter().enumerate() {
            let mut add = |target: &Option<String>, positive: bool| {
                let Some(target) = target.as_ref().and_then(|name| model.target(name)) else {
                    return;
                };
                for (vertex, delta) in target.entries() {
                    let Some(list) = shares.get_mut(vertex) else {
                        continue;
                    };
                    if list.last().map(|s| s.variable) != Some(number as u32) {
                        list.push(Share {
                            variable: number as u32,
                            positive: Vec3::ZERO,
                            negative: Vec3::ZERO,
                        });
                    }
                    if let Some(share) = list.last_mut() {
                        if positive {
                            share.positive = delta;
                        } else {
                            share.negative = delta;
                        }
                    }
                }
            };
            add(&variable.positive, true);
            add(&variable.negative, false);
        }
        let joint_shares = (0..rig.bone_count())
            .map(|bone| {
                let vertices = rig.joint_vertices(bone);
                let mut sums: Vec<(u32, Vec3, Vec3)> = Vec::new();
                for &v in vertices {
                    for share in &shares[v as usize] {
                        let n = vertices.len() as f32;
                        let (p, q) = (share.positive / n, share.negative / n);
                        match sums.iter_mut().find(|s| s.0 == share.variable) {
                            Some(sum) => {
                                sum.1 += p;
                                sum.2 += q;
                            }
                            None => sums.push((share.variable, p, q)),
                        }
                    }
                }
                sums.sort_by_key(|s| s.0);
                sums
            })
            .collect();
        shares.truncate(model.skin_vertices);
        Self {
            model,
            mirrored: mirrored(&variables),
            variables,
            joints,
            parents,
            joint_of,
            shares,
            joint_shares,
        }
    }

    /// How many unknowns there are: rigid, macros, locals, joints.
    pub(crate) fn unknowns(&self) -> usize {
        LOCALS + self.variables.len() + 3 * self.joints.len()
    }

    /// The first unknown of the joints.
    pub(crate) fn first_turn(&self) -> usize {
        LOCALS + self.variables.len()
    }

    /// The mean body in its rest pose.
    pub(crate) fn start(&self) -> State {
        State {
            turn: Quat::IDENTITY,
            shift: Vec3::ZERO,
            scale: 1.0,
            macros: Macros::mean(),
            locals: vec![0.0; self.variables.len()],
            turns: vec![Quat::IDENTITY; self.joints.len()],
        }
    }

    /// Macro targets and local targets on the whole base mesh.
    pub(crate) fn rest(&self, state: &State) -> Vec<Vec3> {
        let mut rest = state.macros.positions(self.model);
        for (variable, &weight) in self.variables.iter().zip(&state.locals) {
            let name = if weight > 0.0 {
                &variable.positive
            } else {
                &variable.negative
            };
            if weight != 0.0
                && let Some(target) = name.as_ref().and_then(|name| self.model.target(name))
            {
                target.add(&mut rest, weight.abs());
            }
        }
        rest
    }

    /// Shape, pose and place.
    pub(crate) fn shaped(&self, state: &State, rest: Vec<Vec3>) -> Shaped {
        let rig = &self.model.rig;
        let bones = self.parents.len();
        let heads: Vec<Vec3> = (0..bones)
            .map(|bone| {
                let vertices = rig.joint_vertices(bone);
                vertices.iter().map(|&v| rest[v as usize]).sum::<Vec3>()
                    / vertices.len().max(1) as f32
            })
            .collect();
        let mut linear: Vec<Mat3> = Vec::with_capacity(bones);
        let mut offset: Vec<Vec3> = Vec::with_capacity(bones);
        let mut posed_heads = Vec::with_capacity(bones);
        for bone in 0..bones {
            let (up, up_offset) =
                self.parents[bone].map_or((Mat3::IDENTITY, Vec3::ZERO), |p| (linear[p], offset[p]));
            let turn = self.joint_of[bone]
                .map_or(Mat3::IDENTITY, |joint| Mat3::from_quat(state.turns[joint]));
            let head = heads[bone];
            posed_heads.push(up * head + up_offset);
            linear.push(up * turn);
            offset.push(up * (head - turn * head) + up_offset);
        }
        let (turn, shift, scale) = (Mat3::from_quat(state.turn), state.shift, state.scale);
        let posed = (0..self.model.skin_vertices)
            .into_par_iter()
            .map(|v| {
                let influences = rig.influences(v as u32);
                let p: Vec3 = influences
                    .iter()
                    .map(|&(bone, w)| (linear[bone as usize] * rest[v] + offset[bone as usize]) * w)
                    .sum();
                turn * p * scale + shift
            })
            .collect();
        Shaped {
            rest,
            posed,
            linear,
            offset,
            posed_heads,
        }
    }

    /// From a displacement of a posed vertex in the world to the one in the rest pose that makes it.
    pub(crate) fn unposed(&self, state: &State, shaped: &Shaped, v: usize, by: Vec3) -> Vec3 {
        let blend = self
            .model
            .rig
            .influences(v as u32)
            .iter()
            .fold(Mat3::ZERO, |sum, &(bone, w)| {
                sum + shaped.linear[bone as usize] * w
            });
        let by = state.turn.inverse() * by / state.scale;
        if blend.determinant().abs() > 0.05 {
            blend.inverse() * by
        } else {
            blend.transpose() * by
        }
    }

    /// How everything moves, at a state. Without stretches of the sliders, whose fields cost most, they are left empty.
    pub(crate) fn slopes(
        &self,
        state: &State,
        shaped: &Shaped,
        stretches: Option<[(f32, f32); 8]>,
        centre: Vec3,
    ) -> Slopes {
        let bones = self.parents.len();
        let fields: Vec<Vec<Vec3>> = stretches
            .iter()
            .flatten()
            .enumerate()
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(slider, &stretch)| self.macro_field(state, slider, stretch))
            .collect();
        let macro_joints = fields
            .iter()
            .map(|field| {
                let head = |bone: usize| {
                    let vertices = self.model.rig.joint_vertices(bone);
                    vertices.iter().map(|&v| field[v as usize]).sum::<Vec3>()
                        / vertices.len().max(1) as f32
                };
                self.follow(shaped, head)
            })
            .collect();
        // Shift of bones with local variables: only those that move a joint, and what hangs on it.
        let mut bone_shift: Vec<Vec<(u32, Vec3)>> = Vec::with_capacity(bones);
        for bone in 0..bones {
            let parent = self.parents[bone];
            let up = parent.map_or(Mat3::IDENTITY, |p| shaped.linear[p]);
            let here = shaped.linear[bone];
            let own = self.joint_shares[bone].iter().map(|&(variable, p, q)| {
                let delta = slope(state.locals[variable as usize], p, q);
                (variable, (up - here) * delta)
            });
            let mut list: Vec<(u32, Vec3)> = own.filter(|o| o.1.length() > 1e-7).collect();
            if let Some(parent) = parent {
                list.extend_from_slice(&bone_shift[parent]);
            }
            list.sort_by_key(|entry| entry.0);
            list.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    kept.1 += later.1;
                }
                same
            });
            bone_shift.push(list);
        }
        let axes = self
            .joints
            .iter()
            .map(|joint| {
                let up = self.parents[joint.bone].map_or(Mat3::IDENTITY, |p| shaped.linear[p]);
                up * joint.axes
            })
            .collect();
        Slopes {
            macro_fields: fields,
            macro_joints,
            bone_shift,
            axes,
            centre,
        }
    }

    /// Shifts of all bones when the joints move by `head` in the rest pose.
    fn follow(&self, shaped: &Shaped, head: impl Fn(usize) -> Vec3) -> Vec<Vec3> {
        let mut shifts: Vec<Vec3> = Vec::with_capacity(self.parents.len());
        for bone in 0..self.parents.len() {
            let (up, above) = self.parents[bone].map_or((Mat3::IDENTITY, Vec3::ZERO), |p| {
                (shaped.linear[p], shifts[p])
            });
            shifts.push(above + (up - shaped.linear[bone]) * head(bone));
        }
        shifts
    }

    /// Difference of the macro shape over a small step of one slider, on the stretch where it is straight.
    fn macro_field(&self, state: &State, slider: usize, (low, high): (f32, f32)) -> Vec<Vec3> {
        let step = 0.02;
        let at = |value: f32| {
            let mut macros = state.macros;
            macros.0[slider] = value;
            macros.positions(self.model)
        };
        let value = state.macros.0[slider];
        let (a, b) = ((value - step).max(low), (value + step).min(high));
        let (low, high) = (at(a), at(b));
        low.iter()
            .zip(&high)
            .map(|(l, h)| (*h - *l) / (b - a))
            .collect()
    }

    /// Adds `share` times the derivative of `normal · posed[v]` with each unknown to `row`.
    #[expect(
        clippy::too_many_arguments,
        reason = "a formula's symbols, called in one loop"
    )]
    pub(crate) fn add_row(
        &self,
        state: &State,
        shaped: &Shaped,
        slopes: &Slopes,
        v: usize,
        normal: Vec3,
        share: f32,
        row: &mut Row,
    ) {
        let normal = normal * share;
        let arm = shaped.posed[v] - slopes.centre;
        let turning = arm.cross(normal);
        for (k, value) in turning.to_array().into_iter().enumerate() {
            row.add(k, value);
        }
        for (k, value) in normal.to_array().into_iter().enumerate() {
            row.add(3 + k, value);
        }
        row.add(6, normal.dot(arm));
        let normal = state.turn.inverse() * normal * state.scale;
        let influences = self.model.rig.influences(v as u32);
        let rest = shaped.rest[v];
        let mut back = Vec3::ZERO;
        for &(bone, w) in influences {
            let bone = bone as usize;
            back += shaped.linear[bone].transpose() * normal * w;
            for (slider, shifts) in slopes.macro_joints.iter().enumerate() {
                row.add(RIGID + slider, shifts[bone].dot(normal) * w);
            }
            for &(variable, shift) in &slopes.bone_shift[bone] {
                row.add(LOCALS + variable as usize, shift.dot(normal) * w);
            }
            let p = shaped.linear[bone] * rest + shaped.offset[bone];
            let mut above = Some(bone);
            while let Some(at) = above {
                if let Some(joint) = self.joint_of[at] {
                    let moment = (p - shaped.posed_heads[at]).cross(normal) * w;
                    let values = slopes.axes[joint].transpose() * moment;
                    let first = self.first_turn() + 3 * joint;
                    for (k, value) in values.to_array().into_iter().enumerate() {
                        row.add(first + k, value);
                    }
                }
                above = self.parents[at];
            }
        }
        for (slider, field) in slopes.macro_fields.iter().enumerate() {
            row.add(RIGID + slider, field[v].dot(back));
        }
        for s in &self.shares[v] {
            let delta = slope(state.locals[s.variable as usize], s.positive, s.negative);
            row.add(LOCALS + s.variable as usize, delta.dot(back));
        }
    }

    /// Takes a step of the unknowns.
    pub(crate) fn stepped(&self, state: &State, step: &[f64], centre: Vec3) -> State {
        let at = |i: usize| step[i] as f32;
        let mut next = state.clone();
        let turn = limited(Vec3::new(at(0), at(1), at(2)), 0.5);
        let turn = Quat::from_scaled_axis(turn);
        let grow = at(6).clamp(-0.2, 0.2).exp();
        next.turn = (turn * state.turn).normalize();
        next.scale *= grow;
        next.shift = centre + turn * (state.shift - centre) * grow + Vec3::new(at(3), at(4), at(5));
        for (slider, value) in next.macros.0.iter_mut().enumerate() {
            *value += at(RIGID + slider).clamp(-0.4, 0.4);
        }
        next.macros.clamp();
        for (variable, value) in next.locals.iter_mut().enumerate() {
            let (low, high) = self.variables[variable].range;
            *value = (*value + at(LOCALS + variable).clamp(-0.3, 0.3)).clamp(low, high);
        }
        for (number, joint) in self.joints.iter().enumerate() {
            let first = self.first_turn() + 3 * number;
            let angles = limited(Vec3::new(at(first), at(first + 1), at(first + 2)), 0.4);
            let turn = Quat::from_scaled_axis(joint.axes * angles);
            next.turns[number] = (turn * state.turns[number]).normalize();
        }
        next
    }
}

impl Slopes {
    pub(crate) fn centre(&self) -> Vec3 {
        self.centre
    }
}

fn slope(weight: f32, positive: Vec3, negative: Vec3) -> Vec3 {
    if weight > 0.0 {
        positive
    } else if weight < 0.0 || positive == Vec3::ZERO {
        -negative
    } else if negative == Vec3::ZERO {
        positive
    } else {
        (positive - negative) * 0.5
    }
}

fn limited(v: Vec3, most: f32) -> Vec3 {
    v.clamp_length_max(most)
}

/// A row of derivatives while it is gathered.
#[derive(Debug)]
pub(crate) struct Row {
    values: Vec<f32>,
    touched: Vec<u32>,
    marked: Vec<bool>,
}

impl Row {
    pub(crate) fn new(unknowns: usize) -> Self {
        Self {
            values: vec![0.0; unknowns],
            touched: Vec::new(),
            marked: vec![false; unknowns],
        }
    }

    fn add(&mut self, unknown: usize, value: f32) {
        if !self.marked[unknown] {
            self.marked[unknown] = true;
            self.touched.push(unknown as u32);
        }
        self.values[unknown] += value;
    }

    /// The gathered entries of free unknowns, in order; the row is empty afterwards.
    pub(crate) fn take(&mut self, free: &[bool], out: &mut Vec<(u32, f32)>) {
        out.clear();
        self.touched.sort_unstable();
        for &i in &self.touched {
            let value = std::mem::take(&mut self.values[i as usize]);
            self.marked[i as usize] = false;
            if free[i as usize] && value != 0.0 {
                out.push((i, value));
            }
        }
        self.touched.clear();
    }
}
