//! Where hands hold things, and from which side.

use std::f32::consts::TAU;

use glam::{Quat, Vec3};

use crate::frame::Frame;
use crate::hand::{Gesture, Grasp};
use crate::joint::{Joint, Side};
use crate::reach::{Goal, reach};
use crate::skeleton::Skeleton;
use crate::turning::axes;

/// Sides from which a round thing can be taken are tried in so many steps.
const TRIED: u32 = 32;
/// From the head's joint to the top of its bone on the reference body, metres: what offsets on heads are measured on.
const HEAD_M: f32 = 0.148;

/// A hand's way to hold a thing.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    pub(super) grasp: Grasp,
    /// How the hand is turned about the thing's y from where the grasp has it.
    spin: Quat,
}

impl Hold {
    /// Takes the thing from the side on which arm and wrist bend least.
    pub(super) fn new(
        body: &Skeleton,
        frame: &Frame,
        side: Side,
        grasp: Grasp,
        at: (Vec3, Quat),
    ) -> Self {
        let mut hold = Self::fixed(grasp);
        let mut best = f32::INFINITY;
        for i in 0..TRIED {
            let spin = Quat::from_rotation_y(TAU * i as f32 / TRIED as f32);
            let tried = Self {
                spin,
                ..hold.clone()
            };
            let mut frame = *frame;
            let goal = tried.goal(at);
            let reached = reach(body, &mut frame, side, &goal);
            let wrist = crate::turning::angle(frame.turn(Joint::Hand(side)));
            let cost = reached.off_m * 20.0 + reached.turned * 3.0 + 0.3 * wrist;
            if cost < best {
                best = cost;
                hold.spin = spin;
            }
        }
        hold
    }

    pub(super) fn fixed(grasp: Grasp) -> Self {
        Self {
            grasp,
            spin: Quat::IDENTITY,
        }
    }

    /// Where the hand has to be for the thing to be at a place, turned so.
    pub(super) fn goal(&self, (place_m, turn): (Vec3, Quat)) -> Goal {
        let hand = turn * self.spin * self.grasp.turn.inverse();
        Goal {
            wrist_m: place_m - hand * self.grasp.place_m,
            hand: Some(hand),
            swivel: 0.25,
            lean: true,
        }
    }

    /// Where the hand has to be for the thing to be at an ear, the palm to the head.
    pub(super) fn at_ear(&self, (ear, head): (Vec3, Quat)) -> Goal {
        let fingers = head * Vec3::new(0.0, 0.85, -0.35).normalize();
        let hand = axes(-fingers, head * Vec3::X);
        Goal {
            wrist_m: ear - hand * self.grasp.place_m,
            hand: Some(hand),
            swivel: 0.35,
            lean: false,
        }
    }
}

/// A place on a head, in the reference body's metres from the head's joint, in the head's axes.
fn on_head(body: &Skeleton, frame: &Frame, offset: Vec3) -> (Vec3, Quat) {
    let stance = body.stand(frame);
    let head = frame.world()[Joint::Head.index()];
    let joint = stance.place(Joint::Head);
    let scale = body.head_end_in(&stance).distance(joint) / HEAD_M;
    (joint + head * offset * scale, head)
}

/// The mouth, and the way the face looks.
pub(super) fn mouth(body: &Skeleton, frame: &Frame) -> (Vec3, Vec3) {
    let (place, head) = on_head(body, frame, Vec3::new(0.0, -0.03, 0.108));
    (place, head * Vec3::Z)
}

/// Where the middle of a telephone is when it is at an ear, and the head's axes.
pub(super) fn ear(body: &Skeleton, frame: &Frame, side: Side) -> (Vec3, Quat) {
    on_head(body, frame, Vec3::new(side.sign() * 0.093, 0.005, 0.0))
}

/// Fingers behind a telephone, the thumb before it.
pub(super) fn cradle(body: &Skeleton, side: Side) -> Grasp {
    let mut hand = Gesture::Cup.pose();
    for digit in &mut hand.digits {
        digit.mcp *= 0.8;
        digit.pip *= 1.2;
    }
    hand.thumb.abduction = 0.5;
    hand.thumb.flexion = -0.1;
    Grasp {
        hand: hand.limited(),
        place_m: body.place(Joint::Hand(side)),
        turn: Quat::IDENTITY,
        touching: [true; 5],
    }
}

/// A hand at the lower half of a telephone that is held with both; see `Act::screen` for the telephone's axes.
pub(super) fn at_screen(body: &Skeleton, side: Side, (place_m, turn): (Vec3, Quat)) -> Goal {
    let (face, up) = (turn * Vec3::X, turn * Vec3::Y);
    let out = turn * Vec3::Z * side.sign();
    let scale = body.hip_height_m() / 0.9;
    let fingers = (up * 0.85 - out * 0.4 - face * 0.15).normalize();
    let palm = face * 0.75 - out * 0.6;
    Goal {
        wrist_m: place_m + (out * 0.088 - up * 0.10 - face * 0.03) * scale,
        hand: Some(axes(-fingers, palm * -side.sign())),
        swivel: -0.1,
        lean: false,
    }
}

/// A hand over the middle of its half of a keyboard.
pub(super) fn at_keys(body: &Skeleton, frame: &Frame, side: Side, place_m: Vec3) -> Goal {
    let shoulder = body.stand(frame).place(Joint::Chest);
    let flat = (place_m - shoulder) * Vec3::new(1.0, 0.0, 1.0);
    let forward = flat.normalize_or(Vec3::Z);
    let out = Vec3::Y.cross(forward) * side.sign();
    let scale = body.hip_height_m() / 0.9;
    let fingers = (forward - out * 0.2 - Vec3::Y * 0.12).normalize();
    Goal {
        wrist_m: place_m + (out * 0.11 + Vec3::Y * 0.055 - forward * 0.13) * scale,
        hand: Some(axes(-fingers, Vec3::Y * side.sign())),
        swivel: 0.3,
        lean: true,
    }
}

/// A raised hand beside the head, the palm ahead, leaning out by an angle.
pub(super) fn beside_head(body: &Skeleton, frame: &Frame, side: Side, swing: f32) -> Goal {
    let stance = body.stand(frame);
    let chest = frame.world()[Joint::Chest.index()];
    let scale = body.hip_height_m() / 0.9;
    let out = chest * Vec3::X * side.sign();
    let forward = chest * Vec3::Z;
    let fingers = Vec3::Y * swing.cos() + out * swing.sin();
    let elbow_out = out * (0.20 + 0.16 * swing) + Vec3::Y * 0.12 + forward * 0.12;
    Goal {
        wrist_m: stance.place(Joint::UpperArm(side)) + elbow_out * scale,
        hand: Some(axes(-fingers, forward * -side.sign())),
        swivel: 0.1,
        lean: false,
    }
}
