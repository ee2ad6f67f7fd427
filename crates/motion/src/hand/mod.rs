//! Hands: how fingers bend, named gestures, natural poses and grasps.
//!
//! A finger's angles are the anatomist's: flexion towards the palm, spread away from the middle finger's line; 0 is straight, fingers side by side.
//! The thumb is told from how the rig's hand rests, half way between open and closed, because its saddle joint has no other zero that people agree on.
//! Axes come from the hand itself: a finger's hinge lies across the palm, the thumb's where its resting bones bend.

mod gesture;
mod grasp;
mod prior;

pub use gesture::Gesture;
pub use grasp::{Grasp, Shape};

use std::sync::LazyLock;

use body::BodyModel;
use body::rig::Pose;
use glam::{Quat, Vec3};

use crate::frame::Frame;
use crate::joint::{Finger, Joint, Side};
use crate::skeleton::Skeleton;

/// A finger but the thumb, radians.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Digit {
    /// Towards the thumb's side of the hand.
    pub spread: f32,
    /// Flexion of the knuckle (MCP).
    pub mcp: f32,
    /// Flexion of the middle joint (PIP).
    pub pip: f32,
    /// Flexion of the last joint (DIP).
    pub dip: f32,
}

/// The thumb, radians, from how it rests.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Thumb {
    /// Away from the palm's plane, towards where the palm looks (palmar abduction).
    pub abduction: f32,
    /// Across the palm towards the little finger; negative is out to the side, as in a hitch-hiker's sign.
    pub flexion: f32,
    /// Pulp towards the fingers (opposition): a roll about the thumb's own axis.
    pub roll: f32,
    /// Flexion of its middle joint (MCP).
    pub mcp: f32,
    /// Flexion of its last joint (IP).
    pub ip: f32,
}

/// All joints of one hand, of either side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HandPose {
    /// The thumb.
    pub thumb: Thumb,
    /// Index, middle, ring, little finger.
    pub digits: [Digit; 4],
}

/// The least and the most of an angle, radians.
type Range = (f32, f32);

const fn degrees(least: f32, most: f32) -> Range {
    (least.to_radians(), most.to_radians())
}

/// How far the four fingers go: American Academy of Orthopaedic Surgeons 1965 ("Joint motion: method of measuring and recording"), active motion: MCP 90° of flexion
/// and, of the 45° of extension that others may bring about, the 20° that one can do oneself; PIP 100°, DIP 80°; a spread of 20° either way.
const SPREAD: Range = degrees(-20.0, 20.0);
const MCP: Range = degrees(-20.0, 90.0);
const PIP: Range = degrees(0.0, 100.0);
const DIP: Range = degrees(-5.0, 80.0);
/// How far the thumb goes from its rest: of the same source's 70° of abduction, and 15° of flexion and 20° of extension of the saddle joint (with the roll that
/// comes with them, Cooney et al. 1981), 50° at the MCP and 80° at the IP, about half lies on either side of rest.
const THUMB_ABDUCTION: Range = degrees(-35.0, 40.0);
const THUMB_FLEXION: Range = degrees(-45.0, 40.0);
const THUMB_ROLL: Range = degrees(-20.0, 45.0);
const THUMB_MCP: Range = degrees(-15.0, 50.0);
const THUMB_IP: Range = degrees(-25.0, 70.0);

/// How the thumb rests and which axes it bends about, in each joint's own axes, by side.
#[derive(Debug)]
struct RestingThumb {
    /// Against the parent.
    turns: [Quat; 3],
    /// Flexion axis of each joint, in axes of the joint at rest.
    hinges: [Vec3; 3],
    /// Of the saddle joint, in the hand's axes: flexion across the palm, abduction from it.
    across: Vec3,
    away: Vec3,
}

static RESTING: LazyLock<[RestingThumb; 2]> = LazyLock::new(|| {
    let body = Skeleton::reference();
    Side::BOTH.map(|side| {
        let joint = |phalanx: u8| Joint::Finger(side, Finger::Thumb, phalanx);
        let rest = |phalanx: u8| body.rest(joint(phalanx));
        let hand = body.rest(Joint::Hand(side));
        let along = [0, 1, 2].map(|phalanx| rest(phalanx) * Vec3::NEG_Y);
        let hinge =
            (along[0].cross(along[1]) + along[1].cross(along[2])).normalize_or(hand * Vec3::X);
        let palm = hand * Vec3::X * -side.sign();
        // Turning the thumb about this axis leads it away from the palm, to where the palm looks.
        let away = along[0].cross(palm).normalize_or(hinge);
        RestingThumb {
            turns: [
                hand.inverse() * rest(0),
                rest(0).inverse() * rest(1),
                rest(1).inverse() * rest(2),
            ],
            hinges: [0, 1, 2].map(|phalanx| rest(phalanx).inverse() * hinge),
            across: hand.inverse() * (palm * side.sign()),
            away: hand.inverse() * away,
        }
    })
});

impl HandPose {
    /// The same within what joints can do.
    pub fn limited(&self) -> Self {
        let within = |(least, most): Range, angle: f32| angle.clamp(least, most);
        Self {
            thumb: Thumb {
                abduction: within(THUMB_ABDUCTION, self.thumb.abduction),
                flexion: within(THUMB_FLEXION, self.thumb.flexion),
                roll: within(THUMB_ROLL, self.thumb.roll),
                mcp: within(THUMB_MCP, self.thumb.mcp),
                ip: within(THUMB_IP, self.thumb.ip),
            },
            digits: self.digits.map(|digit| Digit {
                spread: within(SPREAD, digit.spread),
                mcp: within(MCP, digit.mcp),
                pip: within(PIP, digit.pip),
                dip: within(DIP, digit.dip),
            }),
        }
    }

    /// Between this pose (`t = 0`) and `other` (`t = 1`).
    pub fn lerp(&self, other: &Self, t: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * t;
        let (a, b) = (&self.thumb, &other.thumb);
        let mut digits = self.digits;
        for (digit, to) in digits.iter_mut().zip(&other.digits) {
            *digit = Digit {
                spread: mix(digit.spread, to.spread),
                mcp: mix(digit.mcp, to.mcp),
                pip: mix(digit.pip, to.pip),
                dip: mix(digit.dip, to.dip),
            };
        }
        Self {
            thumb: Thumb {
                abduction: mix(a.abduction, b.abduction),
                flexion: mix(a.flexion, b.flexion),
                roll: mix(a.roll, b.roll),
                mcp: mix(a.mcp, b.mcp),
                ip: mix(a.ip, b.ip),
            },
            digits,
        }
    }

    /// How a joint of a finger turns against its parent, from attention.
    fn turn(&self, side: Side, finger: Finger, phalanx: usize) -> Quat {
        let sign = side.sign();
        if finger == Finger::Thumb {
            let rest = &RESTING[side as usize];
            let t = &self.thumb;
            let bend =
                |phalanx: usize, angle: f32| Quat::from_axis_angle(rest.hinges[phalanx], angle);
            return match phalanx {
                0 => {
                    let saddle = Quat::from_axis_angle(rest.across, -t.flexion)
                        * Quat::from_axis_angle(rest.away, t.abduction);
                    // Mirrored hands roll the other way.
                    saddle * rest.turns[0] * Quat::from_rotation_y(-sign * t.roll)
                }
                1 => rest.turns[1] * bend(1, t.mcp),
                _ => rest.turns[2] * bend(2, t.ip),
            };
        }
        let digit = &self.digits[finger as usize - 1];
        match phalanx {
            0 => Quat::from_rotation_x(-digit.spread) * Quat::from_rotation_z(-sign * digit.mcp),
            1 => Quat::from_rotation_z(-sign * digit.pip),
            _ => Quat::from_rotation_z(-sign * digit.dip),
        }
    }

    /// Sets the fingers of one hand of a frame.
    pub fn apply(&self, side: Side, frame: &mut Frame) {
        for finger in Finger::ALL {
            for phalanx in 0..3 {
                let turn = self.turn(side, finger, phalanx);
                frame.set(Joint::Finger(side, finger, phalanx as u8), turn);
            }
        }
    }

    /// Turns the fingers' bones of a pose of the rig, whatever the arm does. Bones that `pose` turns already are turned further: give one whose fingers rest.
    pub fn rotate(&self, body: &Skeleton, side: Side, pose: &mut Pose) {
        for finger in Finger::ALL {
            for phalanx in 0..3 {
                let joint = Joint::Finger(side, finger, phalanx as u8);
                let parent = joint.parent().unwrap_or(Joint::Hand(side));
                let turn = body.rest(parent)
                    * self.turn(side, finger, phalanx)
                    * body.rest(joint).inverse();
                let bone = format!(
                    "finger{}-{}.{}",
                    finger.number(),
                    phalanx + 1,
                    side.letter()
                );
                pose.rotate(&bone, turn.normalize());
            }
        }
    }
}

/// Adds a hand's pose to a pose of the rig; `rest` are all vertices of the shaped, unposed body. See [`HandPose::rotate`].
pub fn pose(model: &BodyModel, rest: &[Vec3], side: Side, hand: &HandPose, pose: &mut Pose) {
    hand.rotate(&Skeleton::of(model, rest), side, pose);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tips(hand: &HandPose, side: Side) -> [Vec3; 5] {
        let body = Skeleton::reference();
        let mut frame = Frame::default();
        hand.apply(side, &mut frame);
        let stance = body.stand(&frame);
        Finger::ALL.map(|finger| body.tip_in(&stance, side, finger))
    }

    #[test]
    fn a_fist_brings_fingertips_to_the_palm_and_an_open_hand_leads_them_away() {
        let body = Skeleton::reference();
        let frame = Frame::default();
        let stance = body.stand(&frame);
        for side in Side::BOTH {
            let wrist = stance.place(Joint::Hand(side));
            let fist = tips(&Gesture::Fist.pose(), side);
            let open = tips(&Gesture::Open.pose(), side);
            for finger in 1..5 {
                let knuckle = stance.place(Joint::Finger(side, Finger::ALL[finger], 0));
                assert!(open[finger].y < knuckle.y - 0.04, "{side:?} {finger}");
                assert!(
                    fist[finger].y > knuckle.y - 0.01,
                    "{side:?} {finger}: {}",
                    fist[finger].y - knuckle.y
                );
                // Palms look to the thighs.
                let to_palm = (wrist.x - fist[finger].x) * side.sign();
                assert!(
                    to_palm > 0.0,
                    "{side:?} {finger} bends to the back of the hand"
                );
            }
        }
    }

    #[test]
    fn both_hands_are_mirror_images() {
        for gesture in Gesture::ALL {
            let [right, left] = Side::BOTH.map(|side| tips(&gesture.pose(), side));
            for (a, b) in right.iter().zip(left) {
                let mirrored = *a * Vec3::new(-1.0, 1.0, 1.0);
                assert!(
                    (mirrored - b).length() < 1e-3,
                    "{}: {mirrored} {b}",
                    gesture.name()
                );
            }
        }
    }

    #[test]
    fn every_gesture_and_every_draw_keeps_to_the_limits() {
        for gesture in Gesture::ALL {
            assert_eq!(
                gesture.pose(),
                gesture.pose().limited(),
                "{}",
                gesture.name()
            );
            assert_eq!(Gesture::named(gesture.name()), Some(gesture));
        }
        let streams = population::Streams::new(population::Seed(5), 0);
        let mut stream = streams.stream("hands");
        for _ in 0..500 {
            let hand = HandPose::natural(&mut stream);
            assert_eq!(hand, hand.limited());
        }
    }

    #[test]
    fn a_pinch_closes_a_ring() {
        for gesture in [Gesture::Pinch, Gesture::Ok] {
            for side in Side::BOTH {
                let tips = tips(&gesture.pose(), side);
                let gap = tips[0].distance(tips[1]);
                assert!(
                    gap < 0.02,
                    "{}: {gap} m between thumb and index",
                    gesture.name()
                );
            }
        }
    }

    #[test]
    fn a_pose_of_the_rig_is_the_frame_s() {
        // The same fingers, once by a frame and once by bones of a resting arm.
        let body = Skeleton::reference();
        let hand = Gesture::Victory.pose();
        for side in Side::BOTH {
            let mut frame = Frame::default();
            hand.apply(side, &mut frame);
            let (pose, _) = body.pose(&frame);
            let mut alone = Pose::default();
            hand.rotate(&body, side, &mut alone);
            for finger in 1..=5 {
                for phalanx in 1..=3 {
                    let bone = format!("finger{finger}-{phalanx}.{}", side.letter());
                    let (a, b) = (pose.turn(&bone), alone.turn(&bone));
                    assert!(a.angle_between(b) < 2e-3, "{bone}");
                }
            }
        }
    }
}
