//! A recorded motion as its file tells it: a tree of joints with names, and how they turn in each frame.

use glam::{Quat, Vec3};

use crate::error::MotionError;

/// The most joints a skeleton may have; the largest of the known ones has 165.
pub const MOST_JOINTS: usize = 1024;
/// The most frames: an hour at 120 a second, and then some.
pub const MOST_FRAMES: usize = 1 << 19;

/// One joint of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct TakeJoint {
    /// As the file names it.
    pub name: String,
    /// Comes before it in [`Take::joints`].
    pub parent: Option<usize>,
    /// From the parent's joint, in the file's unit, where nothing turns.
    pub offset: Vec3,
    /// Where the bone ends that no other joint ends, from this joint.
    pub end: Option<Vec3>,
}

/// Which format a file is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Biovision hierarchy.
    Bvh,
    /// Acclaim skeleton and motion.
    Acclaim,
}

/// A recorded motion in its own names, axes and unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// What was read.
    pub format: Format,
    /// Parents first.
    pub joints: Vec<TakeJoint>,
    /// Frames a second, in `[0.1, 10 000]`.
    pub fps: f32,
    /// At least 1.
    pub frames: usize,
    /// Metres in one unit of the file, where the file says so.
    pub metre_per_unit: Option<f32>,
    /// `[frames × joints]`: from the joint's axes to the parent's.
    pub(crate) turns: Vec<Quat>,
    /// Joints that also move, with their place from the parent's joint in each frame, `[frames]`.
    pub(crate) moves: Vec<(usize, Vec<Vec3>)>,
}

/// Where all joints are in one frame, in the file's space.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) places: Vec<Vec3>,
    /// From the joint's axes to the file's world.
    pub(crate) turns: Vec<Quat>,
}

impl Take {
    /// Forward kinematics of frame `frame`.
    pub(crate) fn placed(&self, frame: usize) -> Placed {
        let local = &self.turns[frame * self.joints.len()..][..self.joints.len()];
        self.place(|joint| {
            let moved = self.moves.iter().find(|(of, _)| *of == joint);
            (
                local[joint],
                moved.map_or(self.joints[joint].offset, |(_, to)| to[frame]),
            )
        })
    }

    /// The skeleton where nothing turns.
    pub(crate) fn zero(&self) -> Placed {
        self.place(|joint| (Quat::IDENTITY, self.joints[joint].offset))
    }

    fn place(&self, of: impl Fn(usize) -> (Quat, Vec3)) -> Placed {
        let mut placed = Placed {
            places: Vec::with_capacity(self.joints.len()),
            turns: Vec::with_capacity(self.joints.len()),
        };
        for (index, joint) in self.joints.iter().enumerate() {
            let (turn, offset) = of(index);
            let (place, turn) = match joint.parent {
                None => (offset, turn),
                Some(parent) => (
                    placed.places[parent] + placed.turns[parent] * offset,
                    (placed.turns[parent] * turn).normalize(),
                ),
            };
            placed.places.push(place);
            placed.turns.push(turn);
        }
        placed
    }

    /// How far `joint` turns in frame `frame`, from its axes to its parent's.
    pub(crate) fn local(&self, frame: usize, joint: usize) -> Quat {
        self.turns[frame * self.joints.len() + joint]
    }

    /// From a joint's axes to the file's world in frame `frame`; numbers beyond the last wrap.
    pub fn turn_of(&self, frame: usize, joint: usize) -> Quat {
        self.placed(frame % self.frames).turns[joint % self.joints.len()]
    }

    /// Checks what every reader promises.
    pub(crate) fn checked(self) -> Result<Self, MotionError> {
        if self.frames == 0 {
            return Err(MotionError::new(
                "this clip has no frames",
                "record or export it again; at least one frame is wanted",
            ));
        }
        if !(0.1..=10_000.0).contains(&self.fps) {
            return Err(MotionError::new(
                format!(
                    "this clip has {} frames a second, and 0.1 to 10000 are allowed",
                    self.fps
                ),
                "set the frame time: 0.00833333 for 120 frames a second",
            ));
        }
        let far = |v: &Vec3| !v.is_finite() || v.abs().max_element() > 1e7;
        for joint in &self.joints {
            if far(&joint.offset) || joint.end.as_ref().is_some_and(far) {
                return Err(MotionError::new(
                    format!("the offset of joint `{}` is beyond all measure", joint.name),
                    "export the clip again",
                ));
            }
        }
        for (_, places) in &self.moves {
            if let Some(frame) = places.iter().position(far) {
                return Err(MotionError::new(
                    format!("frame {} puts a joint beyond all measure", frame + 1),
                    "cut the frame out, or export the clip again",
                ));
            }
        }
        Ok(self)
    }
}
