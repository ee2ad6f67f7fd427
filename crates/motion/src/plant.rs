//! Feet that stand stay where they stand: two-bone inverse kinematics of the legs.

use glam::{Quat, Vec3};

use crate::clip::{Contact, Sole};
use crate::frame::Frame;
use crate::joint::{JOINTS, Joint, Side};
use crate::skeleton::Skeleton;
use crate::turning::axes_forward;

/// Before it stands and after it leaves, a foot is led towards its place for so long, seconds.
const EASE_S: f32 = 0.12;
/// A knee is never straighter than so much of the leg's length: beyond it a small step of the ankle would be a large one of the knee.
const STRAIGHTEST: f32 = 0.9985;
/// Hips come down until standing legs are no straighter than this.
const STANDING: f32 = 0.994;
/// Hips begin to come down, and feet that would sink to rise, so much before they must, in hip heights: a knee that had to be bent from one frame to the
/// next would jerk.
const EARLY: f32 = 0.006;

fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// What is above 0, without a corner there: width · ln(1 + e^(x/width)).
fn soft(x: f32, width: f32) -> f32 {
    x.max(0.0) + width * (-(x / width).abs()).exp().ln_1p()
}

/// How much a part of a foot stands at a time, in `[0, 1]`, and where, in hip heights.
fn standing(contacts: &[Contact], side: Side, sole: Sole, time_s: f32) -> (f32, Vec3) {
    let (mut most, mut sum, mut place) = (0.0_f32, 0.0, Vec3::ZERO);
    for contact in contacts {
        if contact.side != side || contact.sole != sole {
            continue;
        }
        let outside = (contact.from_s - time_s).max(time_s - contact.to_s);
        let weight = smooth(1.0 - outside / EASE_S);
        // Where two meet, the one that stands decides.
        let share = weight.powi(4);
        most = most.max(weight);
        sum += share;
        place += contact.place * share;
    }
    if sum > 0.0 {
        (most, place / sum)
    } else {
        (0.0, Vec3::ZERO)
    }
}

/// What is wanted of one foot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) side: Side,
    /// Where the ankle's joint is to be.
    pub(crate) ankle_m: Vec3,
    /// From the foot's axes to the world.
    pub(crate) foot: Quat,
    /// From the toes' axes to the world.
    pub(crate) toes: Quat,
}

/// A level foot turned so that it lies between the places of heel and ball: a foot that stands does not turn. No further than 20°, as places that are
/// farther off belong to two steps.
fn between(body: &Skeleton, side: Side, level: Quat, heel: Vec3, ball: Vec3) -> Quat {
    let yaw = |v: Vec3| v.x.atan2(v.z);
    let own = body.ball_m(side) - body.heel_m(side);
    let off = crate::edit::wrapped(yaw(ball - heel) - yaw(level * own));
    if off.abs() < 0.35 {
        Quat::from_rotation_y(off) * level
    } else {
        level
    }
}

/// Moves legs and, where they are too short, hips, so that standing feet stand on `body`.
pub(crate) fn plant(frame: &mut Frame, body: &Skeleton, contacts: &[Contact], time_s: f32) {
    let unit = body.hip_height_m();
    let world = frame.world();
    let stance = body.stance(&world, frame.root * unit);
    let wishes = Side::BOTH.map(|side| {
        let (foot, toes) = (Joint::Foot(side), Joint::Toes(side));
        let heel = standing(contacts, side, Sole::Heel, time_s);
        let ball = standing(contacts, side, Sole::Ball, time_s);
        let mut turn = world[foot.index()];
        // Where both stand on one level, the foot is flat.
        let flat = heel.0.min(ball.0) * smooth(1.0 - (heel.1.y - ball.1.y).abs() / 0.05);
        let level = axes_forward(Vec3::Y, turn * Vec3::Z);
        turn = turn.slerp(between(body, side, level, heel.1, ball.1), flat);
        let free = stance.place(foot);
        let wanted = |part: (f32, Vec3), offset: Vec3| (part.0, part.1 * unit - turn * offset);
        let parts = [
            wanted(heel, body.heel_m(side)),
            wanted(ball, body.ball_m(side)),
        ];
        let weight = parts[0].0.max(parts[1].0);
        // A part that stands decides over one that comes or goes; the small number keeps the hand-over smooth.
        let shares = parts.map(|(weight, _)| weight * weight / (1.02 - weight));
        let sum = shares[0] + shares[1];
        let mut ankle = free;
        if sum > 0.0 {
            let place = (parts[0].1 * shares[0] + parts[1].1 * shares[1]) / sum;
            ankle = free.lerp(place, weight);
        }
        // Toes on the ground stay on it while the heel rises.
        let toes_level = axes_forward(Vec3::Y, turn * Vec3::Z);
        let bent = world[foot.index()].inverse() * world[toes.index()];
        let toe_turn = (turn * bent).slerp(toes_level, ball.0);
        // Nothing is below the floor, unless the ground is.
        let floor = heel.1.y.min(ball.1.y).min(0.0) * unit;
        let lowest = [body.heel_m(side), body.ball_m(side)]
            .map(|offset| (ankle + turn * offset).y)
            .into_iter()
            .fold(f32::INFINITY, f32::min);
        let sunk = floor - lowest;
        ankle.y += soft(sunk, EARLY * unit) * (1.0 - weight) + sunk.max(0.0) * weight;
        Wish {
            side,
            ankle_m: ankle,
            foot: turn,
            toes: toe_turn,
        }
    });
    settle(frame, body, &wishes);
}

/// Bends the legs so that feet are where they are wanted; hips come down where legs are too short.
pub(crate) fn settle(frame: &mut Frame, body: &Skeleton, wishes: &[Wish; 2]) {
    let unit = body.hip_height_m();
    let mut world = frame.world();
    let stance = body.stance(&world, frame.root * unit);
    // Hips come down where a standing leg would be too short; a foot in the air does not pull.
    let mut down = 0.0_f32;
    for wish in wishes {
        let (thigh, shin) = body.leg_m(wish.side);
        let hip = stance.place(Joint::UpperLeg(wish.side));
        let reach = (thigh + shin) * STANDING;
        let across = Vec3::new(hip.x - wish.ankle_m.x, 0.0, hip.z - wish.ankle_m.z).length();
        let highest = wish.ankle_m.y + (reach * reach - across * across).max(0.0).sqrt();
        down = down.max(soft(hip.y - highest, EARLY * unit).min(0.25 * unit));
    }
    frame.root.y -= down / unit;
    for wish in wishes {
        let hip = stance.place(Joint::UpperLeg(wish.side)) - Vec3::Y * down;
        bend_leg(&mut world, body, hip, wish);
    }
    frame.set_world(&world);
}

/// Turns thigh and shin so that the ankle is where it is wanted; the knee stays in the plane it bends in.
fn bend_leg(world: &mut [Quat; JOINTS], body: &Skeleton, hip: Vec3, wish: &Wish) {
    let (upper, lower) = (Joint::UpperLeg(wish.side), Joint::LowerLeg(wish.side));
    let (thigh, shin) = body.leg_m(wish.side);
    let to = wish.ankle_m - hip;
    let [was_thigh, was_shin] = [upper, lower].map(|j| world[j.index()] * Vec3::NEG_Y);
    // Knees bend forward where the leg is straight: across the thigh's own hinge.
    let hinge = world[upper.index()] * Vec3::X;
    let was = was_thigh * thigh + was_shin * shin;
    let carry =
        Quat::from_rotation_arc(was.normalize_or(Vec3::NEG_Y), to.normalize_or(Vec3::NEG_Y));
    // A bent knee stays in its plane; a straight one is told by the hinge which way is forward.
    let along = to.normalize_or(Vec3::NEG_Y);
    let knee = carry * was_thigh;
    let pole = knee - along * knee.dot(along) + along.cross(carry * hinge) * 0.05;
    let [new_thigh, new_shin] = two_bones(to, thigh, shin, pole, STRAIGHTEST);
    for (joint, old, new) in [(upper, was_thigh, new_thigh), (lower, was_shin, new_shin)] {
        let carried = carry * world[joint.index()];
        let turn = Quat::from_rotation_arc((carry * old).normalize_or(Vec3::NEG_Y), new);
        world[joint.index()] = (turn * carried).normalize();
    }
    world[Joint::Foot(wish.side).index()] = wish.foot;
    world[Joint::Toes(wish.side).index()] = wish.toes;
}

/// Unit directions of two bones that end at `to`, their joint towards `pole`: the law of cosines.
///
/// A target out of reach is pointed at with the limb stretched to `straightest` of its length.
pub(crate) fn two_bones(
    to: Vec3,
    first: f32,
    second: f32,
    pole: Vec3,
    straightest: f32,
) -> [Vec3; 2] {
    let along = to.normalize_or(Vec3::NEG_Y);
    let shortest = (first - second).abs() * 1.001 + 1e-5;
    let length = to
        .length()
        .clamp(shortest, ((first + second) * straightest).max(shortest));
    let side = (pole - along * pole.dot(along)).normalize_or(along.any_orthonormal_vector());
    let cos = ((first * first + length * length - second * second) / (2.0 * first * length))
        .clamp(-1.0, 1.0);
    let sin = (1.0 - cos * cos).sqrt();
    let upper = along * cos + side * sin;
    let lower = (along * length - upper * first).normalize_or(along);
    [upper, lower]
}
