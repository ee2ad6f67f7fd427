//! One moment of a motion, of nobody's body in particular.

use glam::{Quat, Vec3};

use crate::joint::{JOINTS, Joint};

/// Where the hips are and how every joint turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// The middle between the hip joints: x and z from the clip's origin, y above the floor, in hip heights, the height at which it is in
    /// attention. So 1 is standing with straight legs, whoever it is.
    pub root: Vec3,
    /// By [`Joint::index`], from the joint's axes to its parent's; all identity is attention (see [`Joint`]).
    pub turns: [Quat; JOINTS],
}

impl Default for Frame {
    /// Attention.
    fn default() -> Self {
        Self {
            root: Vec3::Y,
            turns: [Quat::IDENTITY; JOINTS],
        }
    }
}

impl Frame {
    /// How `joint` turns against its parent.
    pub fn turn(&self, joint: Joint) -> Quat {
        self.turns[joint.index()]
    }

    /// Sets how `joint` turns against its parent.
    pub fn set(&mut self, joint: Joint, turn: Quat) {
        self.turns[joint.index()] = turn.normalize();
    }

    /// From each joint's axes to the world's, by [`Joint::index`].
    pub fn world(&self) -> [Quat; JOINTS] {
        let mut world = self.turns;
        for joint in Joint::all() {
            if let Some(parent) = joint.parent() {
                world[joint.index()] =
                    (world[parent.index()] * self.turns[joint.index()]).normalize();
            }
        }
        world
    }

    /// Sets the turns from each joint's axes to the world's.
    pub fn set_world(&mut self, world: &[Quat; JOINTS]) {
        for joint in Joint::all() {
            let turn = world[joint.index()];
            self.turns[joint.index()] = match joint.parent() {
                Some(parent) => (world[parent.index()].inverse() * turn).normalize(),
                None => turn,
            };
        }
    }

    /// Between this frame (`t = 0`) and `other` (`t = 1`), turns by spherical interpolation along the shorter way.
    pub fn lerp(&self, other: &Self, t: f32) -> Self {
        let mut between = *self;
        between.root = self.root.lerp(other.root, t);
        for (turn, to) in between.turns.iter_mut().zip(&other.turns) {
            *turn = turn.slerp(*to, t);
        }
        between
    }

    /// Left and right exchanged, at the plane x = 0.
    pub fn mirrored(&self) -> Self {
        let mut mirrored = *self;
        mirrored.root.x = -self.root.x;
        for joint in Joint::all() {
            let turn = self.turn(joint.mirrored());
            mirrored.turns[joint.index()] = Quat::from_xyzw(turn.x, -turn.y, -turn.z, turn.w);
        }
        mirrored
    }

    /// Turned about the upright axis through the origin, then moved on the floor.
    pub fn moved(&self, yaw: f32, by: Vec3) -> Self {
        let turn = Quat::from_rotation_y(yaw);
        let mut moved = *self;
        moved.root = turn * self.root + by;
        moved.turns[Joint::Hips.index()] = turn * self.turn(Joint::Hips);
        moved
    }

    /// Where the hips face: the angle about the upright axis from +z towards +x.
    pub fn yaw(&self) -> f32 {
        let forward = self.turn(Joint::Hips) * Vec3::Z;
        forward.x.atan2(forward.z)
    }
}
