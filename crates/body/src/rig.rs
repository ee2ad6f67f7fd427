//! The skeleton: 163 bones placed in the shaped body and posed, with the skin that follows them ([`crate::skinning`]).

use std::collections::BTreeMap;

use glam::{Affine3A, Quat, Vec3};

use crate::archive::Archive;
use crate::skinning::Centres;

/// Bones, parents first, and which vertices follow them.
#[derive(Debug)]
pub struct Rig {
    bones: Vec<Bone>,
    by_name: BTreeMap<String, usize>,
    /// Compressed rows: vertex `v` follows `bones[offsets[v]..offsets[v + 1]]`.
    offsets: Vec<u32>,
    influences: Vec<(u32, f32)>,
    /// What vertices turn about, and the ends of all bones, on the base mesh.
    centres: Centres,
    base: Vec<[Vec3; 2]>,
}

#[derive(Debug)]
struct Bone {
    parent: Option<usize>,
    /// Vertices whose mean is where it begins, and where it ends.
    head: Vec<u32>,
    tail: Vec<u32>,
}

/// Rotations by bone, about the joint, in world axes of the rest pose, applied after the parent's.
#[derive(Debug, Clone, Default)]
pub struct Pose {
    rotations: BTreeMap<String, Quat>,
}

impl Pose {
    /// Turns `bone`; a second call composes on the left.
    pub fn rotate(&mut self, bone: &str, rotation: Quat) {
        let entry = self
            .rotations
            .entry(bone.to_owned())
            .or_insert(Quat::IDENTITY);
        *entry = rotation * *entry;
    }

    /// How far `bone` is turned so far.
    pub fn turn(&self, bone: &str) -> Quat {
        self.rotations.get(bone).copied().unwrap_or_default()
    }
}

/// A pose applied to one body: where each bone went.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_field_names,
    reason = "transforms are named target_from_source"
)]
pub struct Posed {
    pub(crate) posed_from_rest: Vec<Affine3A>,
    /// The rotations of `posed_from_rest`.
    pub(crate) turns: Vec<Quat>,
    joints: Vec<Vec3>,
    /// Joints before, and how much longer than on the base mesh each bone is.
    rest: Vec<(Vec3, f32)>,
}

impl Rig {
    pub(crate) fn read(archive: &Archive, vertices: usize) -> Option<Self> {
        let text = std::str::from_utf8(archive.bytes("rig/bones")?).ok()?;
        let (mut bones, mut by_name) = (Vec::new(), BTreeMap::new());
        for line in text.lines() {
            let mut words = line.split(' ');
            let (name, parent) = (words.next()?, words.next()?.parse::<usize>().ok());
            let mut end = || -> Option<Vec<u32>> {
                words
                    .next()?
                    .split(',')
                    .map(|v| v.parse().ok().filter(|&v| (v as usize) < vertices))
                    .collect()
            };
            let (head, tail) = (end()?, end()?);
            by_name.insert(name.to_owned(), bones.len());
            bones.push(Bone { parent, head, tail });
        }
        let mut offsets = archive.u32s("rig/weight_offsets")?;
        // Vertices after the last weighted one follow nothing.
        offsets.resize(vertices + 1, offsets.last().copied()?);
        let influences = archive
            .u32s("rig/weight_bones")?
            .into_iter()
            .zip(archive.f32s("rig/weight_values")?)
            .collect();
        Some(Self {
            bones,
            by_name,
            offsets,
            influences,
            centres: Centres::default(),
            base: Vec::new(),
        })
    }

    /// Finds what vertices turn about, on the base mesh.
    pub(crate) fn find_centres(&mut self, base: &[Vec3], skin: &[[u32; 3]]) {
        self.base = (self.bones.iter())
            .map(|bone| [mean(&bone.head, base), mean(&bone.tail, base)])
            .collect();
        self.centres = Centres::new(self, base, skin);
    }

    /// Where the joint of `bone` is in a shaped, unposed body.
    pub fn joint(&self, bone: &str, rest: &[Vec3]) -> Option<Vec3> {
        self.by_name.get(bone).map(|&i| self.head(i, rest))
    }

    /// Where `bone` ends in a shaped, unposed body: the next joint, or the tip of a finger or toe.
    pub fn tail(&self, bone: &str, rest: &[Vec3]) -> Option<Vec3> {
        self.by_name
            .get(bone)
            .map(|&i| mean(&self.bones[i].tail, rest))
    }

    /// How many bones there are; parents come before their children.
    pub fn bone_count(&self) -> usize {
        self.bones.len()
    }

    /// The number of a bone, for [`Rig::parent`] and the pairs of [`Rig::influences`].
    pub fn bone(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The bone that a bone hangs on; `None` for the root and for numbers beyond the last.
    pub fn parent(&self, bone: usize) -> Option<usize> {
        self.bones.get(bone)?.parent
    }

    /// The vertices whose mean is the joint of a bone; none for numbers beyond the last.
    pub fn joint_vertices(&self, bone: usize) -> &[u32] {
        self.bones.get(bone).map_or(&[], |bone| &bone.head)
    }

    fn head(&self, bone: usize, rest: &[Vec3]) -> Vec3 {
        mean(&self.bones[bone].head, rest)
    }

    /// Names of the bones, parents first, as influences number them.
    pub fn names(&self) -> Vec<&str> {
        let mut names = vec![""; self.bones.len()];
        for (name, &bone) in &self.by_name {
            names[bone] = name;
        }
        names
    }

    /// Forward kinematics.
    pub fn pose(&self, rest: &[Vec3], pose: &Pose) -> Posed {
        let mut posed_from_rest: Vec<Affine3A> = Vec::with_capacity(self.bones.len());
        let mut rotations = vec![Quat::IDENTITY; self.bones.len()];
        for (name, rotation) in &pose.rotations {
            if let Some(&bone) = self.by_name.get(name) {
                rotations[bone] = *rotation;
            }
        }
        let mut turns: Vec<Quat> = Vec::with_capacity(self.bones.len());
        let mut joints = Vec::with_capacity(self.bones.len());
        let mut at_rest = Vec::with_capacity(self.bones.len());
        for (index, bone) in self.bones.iter().enumerate() {
            let head = self.head(index, rest);
            let turn = Affine3A::from_translation(head)
                * Affine3A::from_quat(rotations[index])
                * Affine3A::from_translation(-head);
            let parent = bone
                .parent
                .map_or(Affine3A::IDENTITY, |p| posed_from_rest[p]);
            let here = parent * turn;
            joints.push(here.transform_point3(head));
            posed_from_rest.push(here);
            let parent = bone.parent.map_or(Quat::IDENTITY, |p| turns[p]);
            turns.push((parent * rotations[index]).normalize());
            let longer = self.base.get(index).map_or(1.0, |[from, to]| {
                let length_m = from.distance(*to);
                if length_m > 1e-4 {
                    mean(&bone.tail, rest).distance(head) / length_m
                } else {
                    1.0
                }
            });
            at_rest.push((head, longer));
        }
        Posed {
            posed_from_rest,
            turns,
            joints,
            rest: at_rest,
        }
    }

    /// Bones and weights of one vertex; they sum to 1, or there are none.
    pub fn influences(&self, vertex: u32) -> &[(u32, f32)] {
        let at = |i: usize| self.offsets.get(i).map_or(0, |&o| o as usize);
        self.influences
            .get(at(vertex as usize)..at(vertex as usize + 1))
            .unwrap_or(&[])
    }

    /// What a vertex turns about, on the unposed body; `None` where one bone alone moves it.
    pub fn centre(&self, posed: &Posed, vertex: u32) -> Option<Vec3> {
        let on_base = self.centres.of(vertex)?;
        let influences = self.influences(vertex);
        let against = |&(bone, weight): &(u32, f32)| {
            let (head, longer) = posed.rest[bone as usize];
            (head + (on_base - self.base[bone as usize][0]) * longer) * weight
        };
        Some(influences.iter().map(against).sum())
    }

    /// The whole body follows its bones ([`crate::skinning`]); a vertex without weights (joint cubes) stays. `rest` may wear an expression.
    pub fn skin(&self, posed: &Posed, rest: &[Vec3]) -> Vec<Vec3> {
        rest.iter()
            .zip(0..)
            .map(|(&p, v)| posed.carry(self.influences(v), self.centre(posed, v), p))
            .collect()
    }

    /// The same by linear blending, which shrinks what is bent or twisted: what scans are fitted by, and the reference of [`crate::batch`].
    pub fn skin_linearly(&self, posed: &Posed, rest: &[Vec3]) -> Vec<Vec3> {
        rest.iter()
            .zip(0..)
            .map(|(&p, v)| posed.blend(self.influences(v)).transform_point3(p))
            .collect()
    }

    /// Name and posed position of each joint.
    pub fn joints<'a>(&'a self, posed: &'a Posed) -> impl Iterator<Item = (&'a str, Vec3)> {
        self.by_name
            .iter()
            .map(|(name, &i)| (name.as_str(), posed.joints[i]))
    }

    /// The rotation and position a bone ended with.
    pub fn frame(&self, posed: &Posed, bone: &str) -> Option<Affine3A> {
        self.by_name.get(bone).map(|&i| posed.posed_from_rest[i])
    }
}

fn mean(vertices: &[u32], positions: &[Vec3]) -> Vec3 {
    vertices
        .iter()
        .map(|&v| positions[v as usize])
        .sum::<Vec3>()
        / vertices.len() as f32
}
