//! Hands where they are wanted: arms by inverse kinematics, the trunk's help where arms are too short, joints within what people can do.

use glam::{Quat, Vec3};

use crate::frame::Frame;
use crate::joint::{JOINTS, Joint, Side};
use crate::plant::two_bones;
use crate::skeleton::Skeleton;
use crate::turning::{axes, part, swing_twist};

/// How far joints go, degrees from attention: American Academy of Orthopaedic Surgeons 1965 ("Joint motion: method of measuring and recording"), active
/// motion of healthy adults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Upper arm forward and up.
    pub shoulder_flexion_deg: f32,
    /// Upper arm backward.
    pub shoulder_extension_deg: f32,
    /// Upper arm across the chest, from straight ahead.
    pub shoulder_across_deg: f32,
    /// Elbow.
    pub elbow_flexion_deg: f32,
    /// Forearm's twist, palm down and palm up alike.
    pub forearm_twist_deg: f32,
    /// Hand towards the palm.
    pub wrist_flexion_deg: f32,
    /// Hand towards its back.
    pub wrist_extension_deg: f32,
    /// Hand towards the thumb.
    pub wrist_radial_deg: f32,
    /// Hand towards the little finger.
    pub wrist_ulnar_deg: f32,
    /// Thigh forward and up.
    pub hip_flexion_deg: f32,
    /// Knee.
    pub knee_flexion_deg: f32,
    /// Trunk forward.
    pub spine_flexion_deg: f32,
    /// Trunk backward.
    pub spine_extension_deg: f32,
    /// Trunk to a side.
    pub spine_lateral_deg: f32,
    /// Trunk about its own axis.
    pub spine_rotation_deg: f32,
    /// Head forward and backward alike.
    pub neck_flexion_deg: f32,
    /// Head about its own axis.
    pub neck_rotation_deg: f32,
    /// A shoulder is led forward, back, up or down by its collar bone so far.
    pub clavicle_deg: f32,
}

/// The table.
pub const LIMITS: Limits = Limits {
    shoulder_flexion_deg: 180.0,
    shoulder_extension_deg: 60.0,
    shoulder_across_deg: 45.0,
    elbow_flexion_deg: 150.0,
    forearm_twist_deg: 80.0,
    wrist_flexion_deg: 80.0,
    wrist_extension_deg: 70.0,
    wrist_radial_deg: 20.0,
    wrist_ulnar_deg: 30.0,
    hip_flexion_deg: 120.0,
    knee_flexion_deg: 135.0,
    spine_flexion_deg: 80.0,
    spine_extension_deg: 25.0,
    spine_lateral_deg: 35.0,
    spine_rotation_deg: 45.0,
    neck_flexion_deg: 45.0,
    neck_rotation_deg: 60.0,
    clavicle_deg: 20.0,
};

/// An arm is never straighter than so much of its length.
const STRAIGHTEST: f32 = 0.995;
/// The trunk is asked so many times to come a little nearer.
const ROUNDS: usize = 12;

/// Where a hand is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// The wrist, world, metres.
    pub wrist_m: Vec3,
    /// From the hand's axes (see [`Joint`]) to the world; `None` leaves the hand in line with the forearm.
    pub hand: Option<Quat>,
    /// How far the elbow is swung from hanging out and down, outward and up positive, radians.
    pub swivel: f32,
    /// Whether the trunk may lean where the arm is too short.
    pub lean: bool,
}

/// What became of a goal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reached {
    /// From the wrist to where it was wanted, metres.
    pub off_m: f32,
    /// How far the hand is turned from what was wanted, radians: what the joints' limits took.
    pub turned: f32,
}

impl Reached {
    /// Within 5 mm and 10°.
    pub fn fully(self) -> bool {
        self.off_m < 5e-3 && self.turned < 0.18
    }
}

/// Turns an arm, and where needed shoulder and trunk, so that the hand is where it is wanted; says what is missing.
pub fn reach(body: &Skeleton, frame: &mut Frame, side: Side, goal: &Goal) -> Reached {
    let (upper, lower) = body.arm_m(side);
    let length = (upper + lower) * STRAIGHTEST;
    lead_shoulder(body, frame, side, goal.wrist_m, length);
    if goal.lean {
        for _ in 0..ROUNDS {
            if !lean(body, frame, side, goal.wrist_m, length) {
                break;
            }
        }
    }
    bend_arm(body, frame, side, goal);
    let turned = goal.hand.map_or(0.0, |hand| turn_hand(frame, side, hand));
    let stance = body.stand(frame);
    Reached {
        off_m: stance.place(Joint::Hand(side)).distance(goal.wrist_m),
        turned,
    }
}

/// Turns a collar bone towards what is far away or high.
fn lead_shoulder(body: &Skeleton, frame: &mut Frame, side: Side, to: Vec3, length: f32) {
    let clavicle = Joint::Clavicle(side);
    let stance = body.stand(frame);
    let shoulder = stance.place(Joint::UpperArm(side));
    let far = (to.distance(shoulder) / length - 0.85).clamp(0.0, 0.4) / 0.4;
    let world = frame.world();
    let root = stance.place(clavicle);
    let from = (shoulder - root).normalize_or(Vec3::X);
    let way = (to - root).normalize_or(from);
    let most = LIMITS.clavicle_deg.to_radians() * far;
    let turn = Quat::from_rotation_arc(from, way);
    let angle = crate::turning::angle(turn);
    if angle > 1e-4 && most > 0.0 {
        let chest = world[Joint::Chest.index()];
        let local = chest.inverse() * part(turn, (most / angle).min(1.0)) * chest;
        frame.set(clavicle, local * frame.turn(clavicle));
    }
}

/// Leans and turns the trunk a little towards a place; whether it did.
///
/// One step of cyclic coordinate descent (Wang & Chen 1991) over abdomen and chest, within the spine's limits.
fn lean(body: &Skeleton, frame: &mut Frame, side: Side, to: Vec3, length: f32) -> bool {
    let mut moved = false;
    for joint in [Joint::Chest, Joint::Abdomen] {
        let stance = body.stand(frame);
        let shoulder = stance.place(Joint::UpperArm(side));
        let missing = to.distance(shoulder) - length;
        if missing < 1e-3 {
            return false;
        }
        let pivot = stance.place(joint);
        let arm = shoulder - pivot;
        let wanted = arm + (to - shoulder).normalize_or_zero() * missing;
        let turn = part(
            Quat::from_rotation_arc(arm.normalize_or(Vec3::Y), wanted.normalize_or(Vec3::Y)),
            0.6,
        );
        let parent = frame.world()[joint.parent().unwrap_or(Joint::Hips).index()];
        let local = within_spine(parent.inverse() * turn * parent * frame.turn(joint));
        if local.angle_between(frame.turn(joint)) > 1e-4 {
            frame.set(joint, local);
            moved = true;
        }
    }
    moved
}

/// Half of what the whole spine can: it has two joints here.
fn within_spine(turn: Quat) -> Quat {
    let (swing, twist) = swing_twist(turn, Vec3::Y);
    let half = |degrees: f32| degrees.to_radians() / 2.0;
    let rotation = half(LIMITS.spine_rotation_deg);
    let about = (2.0 * twist.y.atan2(twist.w)).clamp(-rotation, rotation);
    let v = swing.to_scaled_axis();
    let v = Vec3::new(
        v.x.clamp(
            -half(LIMITS.spine_extension_deg),
            half(LIMITS.spine_flexion_deg),
        ),
        0.0,
        v.z.clamp(
            -half(LIMITS.spine_lateral_deg),
            half(LIMITS.spine_lateral_deg),
        ),
    );
    Quat::from_scaled_axis(v) * Quat::from_rotation_y(about)
}

fn bend_arm(body: &Skeleton, frame: &mut Frame, side: Side, goal: &Goal) {
    let (upper, lower) = (Joint::UpperArm(side), Joint::LowerArm(side));
    let (first, second) = body.arm_m(side);
    let stance = body.stand(frame);
    let mut world = frame.world();
    let chest = world[Joint::Chest.index()];
    let to = goal.wrist_m - stance.place(upper);
    let along = to.normalize_or(Vec3::NEG_Y);
    // Elbows hang: down, out and a little back.
    let hang = chest * Vec3::new(0.45 * side.sign(), -1.0, -0.35);
    let hang = (hang - along * hang.dot(along)).normalize_or(along.any_orthonormal_vector());
    let outward = Quat::from_axis_angle(along, 1.0) * hang;
    let way = if (outward - hang).dot(chest * Vec3::X * side.sign()) > 0.0 {
        1.0
    } else {
        -1.0
    };
    let pole = Quat::from_axis_angle(along, way * goal.swivel) * hang;
    // An elbow that would bend further than elbows do leaves the wrist short of its place.
    let most = LIMITS.elbow_flexion_deg.to_radians();
    let nearest = (first * first + second * second + 2.0 * first * second * most.cos()).sqrt();
    let to = along * to.length().max(nearest);
    let [mut d1, mut d2] = two_bones(to, first, second, pole, STRAIGHTEST);
    // Shoulders go so far back and so far across.
    let local = chest.inverse() * d1;
    let back = -LIMITS.shoulder_extension_deg.to_radians().sin();
    let across = -LIMITS.shoulder_across_deg.to_radians().sin();
    let kept = Vec3::new(
        side.sign() * (local.x * side.sign()).max(across),
        local.y,
        local.z.max(back),
    )
    .normalize_or(local);
    if kept.distance(local) > 1e-5 {
        let turn = Quat::from_rotation_arc(d1, chest * kept);
        d1 = chest * kept;
        d2 = turn * d2;
    }
    let hinge = d1.cross(d2);
    let hinge = if hinge.length() > 0.05 {
        hinge.normalize()
    } else {
        along.cross(-pole).normalize_or(Vec3::NEG_X)
    };
    let parent = world[Joint::Clavicle(side).index()];
    let hand = frame.turn(Joint::Hand(side));
    world[upper.index()] = axes(-d1, -hinge);
    world[lower.index()] = axes(-d2, -hinge);
    frame.set(upper, parent.inverse() * world[upper.index()]);
    frame.set(lower, world[upper.index()].inverse() * world[lower.index()]);
    frame.set(Joint::Hand(side), hand);
    if goal.hand.is_none() {
        frame.set(Joint::Hand(side), Quat::IDENTITY);
    }
}

/// Turns the hand as wanted, within forearm's and wrist's limits; what is missing, radians.
fn turn_hand(frame: &mut Frame, side: Side, wanted: Quat) -> f32 {
    let forearm = frame.world()[Joint::LowerArm(side).index()];
    let local = forearm.inverse() * wanted;
    let kept = within_wrist(local, side);
    frame.set(Joint::Hand(side), kept);
    kept.angle_between(local)
}

/// The nearest turn of a hand that forearm and wrist allow.
fn within_wrist(local: Quat, side: Side) -> Quat {
    // The forearm's twist comes first: turn = twist · swing.
    let (swing, twist) = swing_twist(local.inverse(), Vec3::Y);
    let (swing, twist) = (swing.inverse(), twist.inverse());
    let most = LIMITS.forearm_twist_deg.to_radians();
    let angle = crate::edit::wrapped(2.0 * twist.y.atan2(twist.w)).clamp(-most, most);
    let v = swing.to_scaled_axis();
    // Flexion is about −z on the left hand and +z on the right; thumbwards is about −x on both.
    let flexion = (-v.z * side.sign()).clamp(
        -LIMITS.wrist_extension_deg.to_radians(),
        LIMITS.wrist_flexion_deg.to_radians(),
    );
    let radial = (-v.x).clamp(
        -LIMITS.wrist_ulnar_deg.to_radians(),
        LIMITS.wrist_radial_deg.to_radians(),
    );
    Quat::from_rotation_y(angle)
        * Quat::from_scaled_axis(Vec3::new(-radial, 0.0, -flexion * side.sign()))
}

/// Turns the head (a third of it the neck) to look at a place, within the neck's limits; what is missing, radians.
pub fn look_at(body: &Skeleton, frame: &mut Frame, place_m: Vec3) -> f32 {
    let stance = body.stand(frame);
    let world = frame.world();
    let eyes = stance
        .place(Joint::Head)
        .lerp(body.head_end_in(&stance), 0.4);
    let chest = world[Joint::Chest.index()];
    let way = chest.inverse() * (place_m - eyes).normalize_or(Vec3::Z);
    let yaw = way.x.atan2(way.z);
    let pitch = -way.y.clamp(-1.0, 1.0).asin();
    let (most_yaw, most_pitch) = (
        LIMITS.neck_rotation_deg.to_radians(),
        LIMITS.neck_flexion_deg.to_radians(),
    );
    let (held_yaw, held_pitch) = (
        yaw.clamp(-most_yaw, most_yaw),
        pitch.clamp(-most_pitch, most_pitch),
    );
    let turn = Quat::from_rotation_y(held_yaw) * Quat::from_rotation_x(held_pitch);
    let neck = part(turn, 1.0 / 3.0);
    frame.set(Joint::Neck, neck);
    frame.set(Joint::Head, neck.inverse() * turn);
    (yaw - held_yaw).abs().max((pitch - held_pitch).abs())
}

/// How far outside the limits the arms of a frame are, radians, the worst joint; 0 is within.
pub fn beyond_limits(frame: &Frame) -> f32 {
    let world: [Quat; JOINTS] = frame.world();
    let mut worst: f32 = 0.0;
    for side in Side::BOTH {
        let [upper, lower] = [Joint::UpperArm(side), Joint::LowerArm(side)]
            .map(|joint| world[joint.index()] * Vec3::NEG_Y);
        let elbow = upper.angle_between(lower) - LIMITS.elbow_flexion_deg.to_radians();
        let hand = frame.turn(Joint::Hand(side));
        let wrist = hand.angle_between(within_wrist(hand, side));
        worst = worst.max(elbow).max(wrist);
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(wrist_m: Vec3) -> Goal {
        Goal {
            wrist_m,
            hand: None,
            swivel: 0.0,
            lean: false,
        }
    }

    #[test]
    fn what_is_in_reach_is_reached_with_the_elbow_bent_the_right_way() {
        let body = Skeleton::reference();
        for side in Side::BOTH {
            let s = side.sign();
            let rest = body.stand(&Frame::default());
            let shoulder = rest.place(Joint::UpperArm(side));
            for (x, y, z) in [
                (0.0, -0.1, 0.35),
                (-0.15, 0.0, 0.35),
                (0.25, 0.2, 0.2),
                (0.1, 0.35, 0.1),
                (0.05, -0.4, 0.1),
                (-0.1, 0.15, 0.2),
            ] {
                let to = shoulder + Vec3::new(x * s, y, z);
                let mut frame = Frame::default();
                let reached = reach(&body, &mut frame, side, &goal(to));
                assert!(reached.off_m < 3e-3, "{side:?} {x} {y} {z}: {reached:?}");
                let stance = body.stand(&frame);
                let [a, b, c] = [
                    Joint::UpperArm(side),
                    Joint::LowerArm(side),
                    Joint::Hand(side),
                ]
                .map(|joint| stance.place(joint));
                // The forearm lies on the side of the upper arm that its hinge says.
                let hinge = frame.world()[Joint::UpperArm(side).index()] * Vec3::NEG_X;
                assert!(
                    (b - a).cross(c - b).dot(hinge) > 0.0,
                    "{side:?} {x} {y} {z}"
                );
                assert!(b.y < a.y.max(c.y) + 0.02, "elbows hang: {b}");
            }
        }
    }

    #[test]
    fn what_is_too_far_is_leaned_to_or_said() {
        let body = Skeleton::reference();
        let side = Side::Right;
        let shoulder = body.stand(&Frame::default()).place(Joint::UpperArm(side));
        let (a, b) = body.arm_m(side);
        let far = shoulder + Vec3::new(0.0, -0.35, a + b);
        let still = reach(&body, &mut Frame::default(), side, &goal(far));
        assert!(!still.fully() && still.off_m > 0.03, "{still:?}");
        let mut frame = Frame::default();
        let leaned = reach(
            &body,
            &mut frame,
            side,
            &Goal {
                lean: true,
                ..goal(far)
            },
        );
        assert!(leaned.off_m < 5e-3, "{leaned:?}");
        let beyond = reach(
            &body,
            &mut frame,
            side,
            &Goal {
                lean: true,
                ..goal(Vec3::Z * 3.0)
            },
        );
        assert!(!beyond.fully() && beyond.off_m > 1.0, "{beyond:?}");
    }

    #[test]
    fn hands_turn_within_their_limits() {
        let body = Skeleton::reference();
        for side in Side::BOTH {
            let shoulder = body.stand(&Frame::default()).place(Joint::UpperArm(side));
            for i in 0..200_u32 {
                let f = i as f32;
                let axis = Vec3::new(f.sin(), (1.7 * f).cos(), (0.3 * f).sin()).normalize();
                let mut frame = Frame::default();
                let wanted = Goal {
                    hand: Some(Quat::from_axis_angle(axis, f * 0.1)),
                    ..goal(shoulder + Vec3::new(0.0, 0.0, 0.4))
                };
                let reached = reach(&body, &mut frame, side, &wanted);
                assert!(
                    beyond_limits(&frame) < 2e-2,
                    "{i}: {}",
                    beyond_limits(&frame)
                );
                let stance = body.stand(&frame);
                let hand = stance.turn(Joint::Hand(side)) * body.rest(Joint::Hand(side));
                let off = hand.angle_between(wanted.hand.expect("wanted"));
                assert!(
                    (off - reached.turned).abs() < 1e-2,
                    "{i}: {off} {reached:?}"
                );
            }
        }
    }

    #[test]
    fn eyes_find_what_is_ahead_and_say_what_is_behind() {
        let body = Skeleton::reference();
        let mut frame = Frame::default();
        let missing = look_at(&body, &mut frame, Vec3::new(1.0, 1.2, 2.0));
        assert!(missing < 1e-4, "{missing}");
        let forward = frame.world()[Joint::Head.index()] * Vec3::Z;
        let eyes = Vec3::new(0.0, 1.5, 0.0);
        let way = (Vec3::new(1.0, 1.2, 2.0) - eyes).normalize();
        assert!(forward.dot(way) > 0.995, "{forward} {way}");
        assert!(look_at(&body, &mut frame, Vec3::new(0.3, 1.5, -2.0)) > 1.0);
    }
}
