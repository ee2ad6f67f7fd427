//! Many bodies at once: shaped, posed and skinned into a buffer of the caller's.
//!
//! [`BatchModel`] holds the shape targets cut into tiles of 32 vertices, so that a tile's numbers stay in the nearest caches while all bodies of a
//! batch pass over it: per body, the targets with a weight are summed (`v = base + Σ wᵢ dᵢ`, the deltas as the packs have them, 10⁻⁴ m in 16 bits, the weights
//! as two numbers of 16 bits: whole numbers, added exactly), then the tile is skinned by the few bones that move it (linear blend: `Σ bₖ (Rₖ v + tₖ)`). Joints are means of vertices, so their displacement by
//! a target is known before: the vertices around them are not needed. Reading order: this file, [`Corners`], `tiles`, `lanes`, `level`.
//!
//! The slow way is [`crate::Target::add`], [`crate::rig::Rig::pose`] and [`crate::rig::Rig::skin_linearly`]; a test holds this one to it.
//! Deliberately not here: solving for height and BMI ([`crate::figure`]), skin that keeps its volume ([`crate::skinning`]), fitted items, faces of the mesh.

mod corners;
mod lanes;
mod level;
mod tiles;

use std::collections::BTreeMap;
use std::fmt;

use glam::{Affine3A, Quat, Vec3};
use rayon::prelude::*;

pub use self::corners::Corners;
use self::corners::Grid;
use self::lanes::{Lanes, Sixteen, TILE};
use self::level::{Level, Task};
use self::tiles::{Passing, Tiles};
use crate::BodyModel;

/// Bodies that pass over the tiles together: their bones and weights have to stay in a second-level cache.
const TOGETHER: usize = 128;

/// Tiles that one task does: enough to be worth its start, few enough that two threads end together.
const STRIP: usize = 16;

/// A shape target of one [`BatchModel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetId(u16);

/// One body of a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    /// Targets and their weights; what is named twice counts twice. Macro targets come from [`BatchModel::push_macros`].
    pub weights: Vec<(TargetId, f32)>,
    /// Turn of each bone about its joint, in world axes of the rest pose, applied after its parent's, in the order of
    /// [`crate::rig::Rig::names`]; bones beyond the last entry are not turned.
    pub turns: Vec<Quat>,
    /// Added to every posed position, metres.
    pub shift: Vec3,
}

/// Why a batch is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchError {
    /// A buffer that is too small or too large for the answer.
    Size {
        /// What it is for.
        what: &'static str,
        /// Its points.
        found: usize,
        /// Those of the batch.
        wanted: usize,
    },
    /// A weight that is not between −4 and 4, or so many large ones that a vertex could be moved by more than 26 m.
    Weight,
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size {
                what,
                found,
                wanted,
            } => write!(
                f,
                "the buffer for {what} holds {found} points, the batch has {wanted}"
            ),
            Self::Weight => write!(
                f,
                "a body's weights of shape targets are out of range: each lies between -4 and 4, and together they move nothing by more than 26 m"
            ),
        }
    }
}

impl std::error::Error for BatchError {}

/// The model in the order in which batches need it; about 40 MB for all targets of the packs.
#[derive(Debug)]
pub struct BatchModel {
    by_name: BTreeMap<String, TargetId>,
    grid: Grid,
    tiles: Tiles,
    vertices: usize,
    bones: Bones,
    level: Level,
}

/// The skeleton: where joints are, and how each target moves them.
#[derive(Debug)]
struct Bones {
    parents: Vec<Option<usize>>,
    /// On the unshaped mesh, metres.
    base: Vec<Vec3>,
    /// For each target `x y z` of every joint, metres, sixteen numbers at a time; empty where it moves none.
    deltas: Vec<Vec<Sixteen>>,
}

/// One body on its way.
#[derive(Debug, Clone)]
struct Prepared {
    passing: Passing,
    joints: Vec<Vec3>,
}

impl BatchModel {
    /// For these vertices of the base mesh, in this order, with all targets of the model. Neighbours in the list should be neighbours on the body, as
    /// they are in the base mesh: tiles are cut from it.
    ///
    /// # Panics
    /// When a vertex is not one of the model's.
    pub fn new(model: &BodyModel, vertices: &[u32]) -> Self {
        let names: Vec<&str> = model.target_names().collect();
        let by_name: BTreeMap<String, TargetId> = names
            .iter()
            .zip(0..)
            .map(|(name, id)| ((*name).to_owned(), TargetId(id)))
            .collect();
        let targets: Vec<_> = names.iter().filter_map(|name| model.target(name)).collect();
        Self {
            grid: Grid::new(&by_name),
            tiles: Tiles::new(model, &targets, vertices),
            vertices: vertices.len(),
            bones: Bones::new(model, &targets),
            level: Level::detect(),
            by_name,
        }
    }

    /// The target of that name, as [`BodyModel::target`] spells it.
    pub fn target(&self, name: &str) -> Option<TargetId> {
        self.by_name.get(name).copied()
    }

    /// How many vertices each body gets.
    pub fn vertex_count(&self) -> usize {
        self.vertices
    }

    /// How many joints each body gets.
    pub fn bone_count(&self) -> usize {
        self.bones.parents.len()
    }

    /// Adds the weights of the macro targets: ancestry, sex, age, muscle, weight, height and proportions.
    pub fn push_macros(&self, corners: &Corners, weights: &mut Vec<(TargetId, f32)>) {
        self.grid.push(corners, weights);
    }

    /// Shapes, poses and skins. `posed` gets `[bodies][vertex_count]` positions and `joints` `[bodies][bone_count]`, both metres; `joints` may be empty.
    ///
    /// Runs on rayon's current threads.
    ///
    /// # Determinism
    /// Shapes are summed in whole numbers, bones in the order of their numbers, multiplication and addition rounded apart: the bytes depend on the bodies alone, not
    /// on threads, the size of the batch or what the processor can do.
    ///
    /// # Errors
    /// [`BatchError`] for a buffer of another size, or weights beyond what the sums hold. What `posed` holds then, nobody should use.
    pub fn compute(
        &self,
        bodies: &[Body],
        posed: &mut [Vec3],
        joints: &mut [Vec3],
    ) -> Result<(), BatchError> {
        let check = |what, found, wanted| {
            if found == wanted {
                Ok(())
            } else {
                Err(BatchError::Size {
                    what,
                    found,
                    wanted,
                })
            }
        };
        check("vertices", posed.len(), bodies.len() * self.vertices)?;
        if !joints.is_empty() {
            check("joints", joints.len(), bodies.len() * self.bone_count())?;
        }
        let mut joints_left = joints;
        let mut posed_left = posed;
        for bodies in bodies.chunks(TOGETHER) {
            let (here, rest) = posed_left.split_at_mut(bodies.len() * self.vertices);
            posed_left = rest;
            let prepared: Vec<Prepared> = bodies
                .par_iter()
                .with_min_len(4)
                .map(|body| self.prepare(body))
                .collect::<Result<_, _>>()?;
            if !joints_left.is_empty() {
                let (here, rest) = joints_left.split_at_mut(bodies.len() * self.bone_count());
                joints_left = rest;
                for (to, body) in here.chunks_mut(self.bone_count()).zip(&prepared) {
                    to.copy_from_slice(&body.joints);
                }
            }
            let passing: Vec<&Passing> = prepared.iter().map(|body| &body.passing).collect();
            self.strips(here)
                .into_par_iter()
                .enumerate()
                .for_each(|(strip, mut out)| {
                    let tiles = strip * STRIP..(strip + 1) * STRIP;
                    self.tiles.pass(self.level, tiles, &passing, &mut out);
                });
        }
        Ok(())
    }

    /// The bodies' buffers cut alike: for each strip of tiles, its part of each body.
    fn strips<'a>(&self, posed: &'a mut [Vec3]) -> Vec<Vec<&'a mut [Vec3]>> {
        let mut strips: Vec<Vec<&mut [Vec3]>> = Vec::new();
        strips.resize_with(self.vertices.div_ceil(STRIP * TILE), Vec::new);
        for body in posed.chunks_mut(self.vertices.max(1)) {
            for (strip, part) in strips.iter_mut().zip(body.chunks_mut(STRIP * TILE)) {
                strip.push(part);
            }
        }
        strips
    }

    fn prepare(&self, body: &Body) -> Result<Prepared, BatchError> {
        let weights = self.tiles.weights(&body.weights);
        let rest = self.bones.rest(self.level, &weights);
        let (bones, joints) = self.bones.pose(&rest, &body.turns, body.shift);
        Ok(Prepared {
            passing: self.tiles.passing(&weights, &bones)?,
            joints,
        })
    }
}

impl Bones {
    fn new(model: &BodyModel, targets: &[crate::Target<'_>]) -> Self {
        let rig = &model.rig;
        let count = rig.bone_count();
        // Which joints a vertex is part of, and with what share.
        let mut shares: Vec<Vec<(usize, f32)>> = vec![Vec::new(); model.base.len()];
        for bone in 0..count {
            let around = rig.joint_vertices(bone);
            for &v in around {
                shares[v as usize].push((bone, 1.0 / around.len() as f32));
            }
        }
        let deltas = targets
            .iter()
            .map(|target| {
                let mut moved = Vec::new();
                for (vertex, delta) in target.entries() {
                    for &(bone, share) in shares.get(vertex).map_or(&[][..], Vec::as_slice) {
                        moved.resize((3 * count).div_ceil(16), Sixteen::ZERO);
                        for (axis, value) in delta.to_array().into_iter().enumerate() {
                            let at = 3 * bone + axis;
                            moved[at / 16].0[at % 16] += value * share;
                        }
                    }
                }
                moved
            })
            .collect();
        let base = (0..count)
            .map(|bone| {
                let around = rig.joint_vertices(bone);
                around.iter().map(|&v| model.base[v as usize]).sum::<Vec3>() / around.len() as f32
            })
            .collect();
        Self {
            parents: (0..count).map(|bone| rig.parent(bone)).collect(),
            base,
            deltas,
        }
    }

    /// Joints of the shaped body; `weights` by target.
    fn rest(&self, level: Level, weights: &[f32]) -> Vec<Vec3> {
        let mut moved = vec![Sixteen::ZERO; (3 * self.base.len()).div_ceil(16)];
        level.run(Move {
            weights,
            deltas: &self.deltas,
            moved: &mut moved,
        });
        let moved: Vec<f32> = moved.iter().flat_map(|sixteen| sixteen.0).collect();
        self.base
            .iter()
            .zip(moved.as_chunks::<3>().0)
            .map(|(base, &moved)| *base + Vec3::from_array(moved))
            .collect()
    }

    /// Forward kinematics, as [`crate::rig::Rig::pose`]: transforms of the bones, then that of "no bone", and where the joints went.
    fn pose(&self, rest: &[Vec3], turns: &[Quat], shift: Vec3) -> (Vec<Affine3A>, Vec<Vec3>) {
        let mut posed_from_rest: Vec<Affine3A> = Vec::with_capacity(rest.len());
        let mut joints = Vec::with_capacity(rest.len());
        for (bone, &head) in rest.iter().enumerate() {
            let parent = self.parents[bone]
                .map_or(Affine3A::from_translation(shift), |p| posed_from_rest[p]);
            let turn = turns.get(bone).copied().unwrap_or_default();
            let here = if turn == Quat::IDENTITY {
                parent
            } else {
                parent
                    * Affine3A::from_translation(head)
                    * Affine3A::from_quat(turn)
                    * Affine3A::from_translation(-head)
            };
            joints.push(here.transform_point3(head));
            posed_from_rest.push(here);
        }
        posed_from_rest.push(Affine3A::from_translation(shift));
        (posed_from_rest, joints)
    }
}

/// Adds up what targets do to joints.
struct Move<'a> {
    weights: &'a [f32],
    deltas: &'a [Vec<Sixteen>],
    moved: &'a mut [Sixteen],
}

impl Task for Move<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        for (&weight, deltas) in self.weights.iter().zip(self.deltas) {
            if weight != 0.0 {
                let weight = L::splat(weight);
                for (sum, delta) in self.moved.iter_mut().zip(deltas) {
                    L::load(sum).plus(L::load(delta).times(weight)).store(sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
