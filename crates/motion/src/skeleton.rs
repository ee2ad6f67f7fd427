//! One body as a motion sees it: where its joints rest, and which bones of the rig carry a joint's turn.
//!
//! A motion is told from attention (see [`Joint`]), and the rig from its own rest pose, arms slanting, elbows bent. Between them stands a turn
//! for each joint, taken from the places of the shaped body's joints: so directions of limbs are the motion's whatever the body's rest pose is.

use std::sync::LazyLock;

use body::BodyModel;
use body::rig::Pose;
use glam::{Quat, Vec3};

use crate::frame::Frame;
use crate::joint::{Finger, JOINTS, Joint, Side};
use crate::turning::{axes, axes_forward, part, swing_twist};

static REFERENCE: LazyLock<Reference> = LazyLock::new(Reference::read);

/// Bones of the rig that a motion turns, parents first.
#[derive(Debug)]
struct Reference {
    names: Vec<String>,
    parents: Vec<Option<usize>>,
    places: Vec<Vec3>,
    ends: Vec<(usize, Vec3)>,
    sole_y: f32,
}

impl Reference {
    fn read() -> Self {
        let mut made = Self {
            names: Vec::new(),
            parents: Vec::new(),
            places: Vec::new(),
            ends: Vec::new(),
            sole_y: 0.0,
        };
        for line in include_str!("../data/reference.txt").lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [name, parent, x, y, z] = words[..] else {
                continue;
            };
            let at = |word: &str| word.parse::<f32>().unwrap_or(0.0);
            let place = Vec3::new(at(x), at(y), at(z));
            let index = |name: &str| made.names.iter().position(|n| n == name);
            match (name, parent) {
                ("#", _) => {}
                ("sole", _) => made.sole_y = place.y,
                (_, "end") => {
                    if let Some(bone) = index(name) {
                        made.ends.push((bone, place));
                    }
                }
                _ => {
                    made.parents.push(index(parent));
                    made.names.push(name.to_owned());
                    made.places.push(place);
                }
            }
        }
        made
    }

    fn bone(&self, name: &str) -> usize {
        self.names.iter().position(|n| n == name).unwrap_or(0)
    }
}

/// Numbers of the bones that are asked for often, by side.
#[derive(Debug, Clone, Copy)]
struct SideBones {
    upper_arm: usize,
    lower_arm: usize,
    wrist: usize,
    upper_leg: usize,
    lower_leg: usize,
    foot: usize,
    clavicle: usize,
    /// The first phalanx of each finger; the others follow in the table.
    fingers: [[usize; 3]; 5],
    toes: [usize; 5],
}

static SIDE_BONES: LazyLock<[SideBones; 2]> = LazyLock::new(|| {
    Side::BOTH.map(|side| {
        let bone = |name: &str| REFERENCE.bone(&format!("{name}.{}", side.letter()));
        SideBones {
            upper_arm: bone("upperarm01"),
            lower_arm: bone("lowerarm01"),
            wrist: bone("wrist"),
            upper_leg: bone("upperleg01"),
            lower_leg: bone("lowerleg01"),
            foot: bone("foot"),
            clavicle: bone("clavicle"),
            fingers: [1, 2, 3, 4, 5].map(|f| [1, 2, 3].map(|p| bone(&format!("finger{f}-{p}")))),
            toes: [1, 2, 3, 4, 5].map(|t| bone(&format!("toe{t}-1"))),
        }
    })
});

/// Where the joints of one shaped body rest, metres.
#[derive(Debug, Clone)]
pub struct Skeleton {
    places: Vec<Vec3>,
    /// Where each finger ends, by side, thumb first.
    tips: [[Vec3; 5]; 2],
    /// Top of the head's bone.
    head_end: Vec3,
    sole_y: f32,
    /// From a joint's axes to the world where the body rests.
    rest: [Quat; JOINTS],
}

/// A body in a pose: where its joints are in the world.
#[derive(Debug, Clone)]
pub struct Stance {
    /// By bone, from the rest pose.
    turns: Vec<Quat>,
    places: Vec<Vec3>,
}

impl Skeleton {
    /// The base mesh's own skeleton: what motions are measured on without a pack.
    pub fn reference() -> Self {
        let r = &*REFERENCE;
        let end = |name: &str| {
            let bone = r.bone(name);
            r.ends
                .iter()
                .find(|(b, _)| *b == bone)
                .map_or(r.places[bone], |(_, p)| *p)
        };
        let tips = Side::BOTH
            .map(|side| [1, 2, 3, 4, 5].map(|f| end(&format!("finger{f}-3.{}", side.letter()))));
        Self::new(r.places.clone(), tips, end("head"), r.sole_y)
    }

    /// The skeleton of a shaped, unposed body; `rest` are all its vertices in metres.
    pub fn of(model: &BodyModel, rest: &[Vec3]) -> Self {
        let r = &*REFERENCE;
        let places: Vec<Vec3> = r
            .names
            .iter()
            .zip(&r.places)
            .map(|(name, place)| model.rig.joint(name, rest).unwrap_or(*place))
            .collect();
        let skin = &rest[..model.skin_vertices.min(rest.len())];
        let sole_y = skin.iter().map(|p| p.y).fold(f32::INFINITY, f32::min);
        // A finger's bone is as long as on the base mesh, in proportion to the phalanx before it.
        let stretched = |from: usize, at: usize, end: Vec3| {
            let was = r.places[at] - r.places[from];
            let is = places[at] - places[from];
            let scale = is.length() / was.length().max(1e-6);
            places[at]
                + Quat::from_rotation_arc(was.normalize_or(Vec3::Y), is.normalize_or(Vec3::Y))
                    * (end - r.places[at])
                    * scale
        };
        let tips = [0, 1].map(|side| {
            [0, 1, 2, 3, 4].map(|finger| {
                let [_, second, third] = SIDE_BONES[side].fingers[finger];
                let end = r.ends.iter().find(|(b, _)| *b == third);
                stretched(second, third, end.map_or(r.places[third], |(_, p)| *p))
            })
        });
        let head = r.bone("head");
        let end = r.ends.iter().find(|(b, _)| *b == head);
        let head_end = stretched(
            r.bone("neck01"),
            head,
            end.map_or(r.places[head], |(_, p)| *p),
        );
        Self::new(places, tips, head_end, sole_y)
    }

    fn new(places: Vec<Vec3>, tips: [[Vec3; 5]; 2], head_end: Vec3, sole_y: f32) -> Self {
        let mut rest = [Quat::IDENTITY; JOINTS];
        for (side, tips) in Side::BOTH.into_iter().zip(&tips) {
            let b = &SIDE_BONES[side as usize];
            let at = |bone: usize| places[bone];
            let upper = at(b.lower_arm) - at(b.upper_arm);
            let lower = at(b.wrist) - at(b.lower_arm);
            // Elbows bend about the axis that they are bent about at rest.
            let hinge = -upper.cross(lower);
            let hand = at(b.fingers[2][0]) - at(b.wrist);
            let across = at(b.fingers[1][0]) - at(b.fingers[4][0]);
            let palm = axes_forward(-hand, across);
            let toes = b.toes.iter().map(|&toe| at(toe)).sum::<Vec3>() / 5.0;
            let ahead = toes - at(b.foot);
            let foot = axes_forward(Vec3::Y, Vec3::new(ahead.x, 0.0, ahead.z));
            let mut set = |joint: Joint, turn: Quat| rest[joint.index()] = turn;
            set(Joint::UpperArm(side), axes(-upper, hinge));
            set(Joint::LowerArm(side), axes(-lower, hinge));
            set(Joint::Hand(side), palm);
            set(
                Joint::UpperLeg(side),
                axes(at(b.upper_leg) - at(b.lower_leg), Vec3::X),
            );
            set(
                Joint::LowerLeg(side),
                axes(at(b.lower_leg) - at(b.foot), Vec3::X),
            );
            set(Joint::Foot(side), foot);
            set(Joint::Toes(side), foot);
            for (finger, tip) in Finger::ALL.into_iter().zip(tips) {
                let bones = b.fingers[finger as usize];
                for phalanx in 0..3 {
                    let end = bones.get(phalanx + 1).map_or(*tip, |&next| at(next));
                    let along = end - at(bones[phalanx]);
                    set(
                        Joint::Finger(side, finger, phalanx as u8),
                        axes(-along, palm * Vec3::X),
                    );
                }
            }
        }
        Self {
            places,
            tips,
            head_end,
            sole_y,
            rest,
        }
    }

    /// From a joint's axes to the world where the body rests; see [`Joint`].
    pub fn rest(&self, joint: Joint) -> Quat {
        self.rest[joint.index()]
    }

    /// Where a joint rests, in the space of the body's vertices.
    pub fn place(&self, joint: Joint) -> Vec3 {
        self.places[bone_of(joint)]
    }

    /// Where a finger ends at rest.
    pub fn tip(&self, side: Side, finger: Finger) -> Vec3 {
        self.tips[side as usize][finger as usize]
    }

    /// Where the top of the head's bone is at rest.
    pub fn head_end(&self) -> Vec3 {
        self.head_end
    }

    /// The middle between the hip joints at rest.
    pub fn hips(&self) -> Vec3 {
        let [right, left] = Side::BOTH.map(|side| self.place(Joint::UpperLeg(side)));
        (right + left) / 2.0
    }

    /// The lowest point of the skin at rest.
    pub fn sole_y(&self) -> f32 {
        self.sole_y
    }

    /// How high the ankle's joint is above the floor in attention, metres.
    pub fn ankle_height_m(&self) -> f32 {
        let ankles = Side::BOTH.map(|side| self.place(Joint::Foot(side)).y - self.sole_y);
        ankles.iter().sum::<f32>() / 2.0
    }

    /// From hip to knee and from knee to ankle, metres.
    pub fn leg_m(&self, side: Side) -> (f32, f32) {
        let at = |joint| self.place(joint);
        (
            at(Joint::UpperLeg(side)).distance(at(Joint::LowerLeg(side))),
            at(Joint::LowerLeg(side)).distance(at(Joint::Foot(side))),
        )
    }

    /// From shoulder to elbow and from elbow to wrist, metres.
    pub fn arm_m(&self, side: Side) -> (f32, f32) {
        let at = |joint| self.place(joint);
        (
            at(Joint::UpperArm(side)).distance(at(Joint::LowerArm(side))),
            at(Joint::LowerArm(side)).distance(at(Joint::Hand(side))),
        )
    }

    /// How high the hip joints are above the floor in attention, metres: the unit of [`Frame::root`].
    pub fn hip_height_m(&self) -> f32 {
        let legs = Side::BOTH.map(|side| {
            let (thigh, shin) = self.leg_m(side);
            thigh + shin
        });
        legs.iter().sum::<f32>() / 2.0 + self.ankle_height_m()
    }

    /// From the ankle to the ball of the foot where it stands flat, in the foot's axes, metres; y is that of the sole.
    pub fn ball_m(&self, side: Side) -> Vec3 {
        let b = &SIDE_BONES[side as usize];
        let toes = b.toes.iter().map(|&toe| self.places[toe]).sum::<Vec3>() / 5.0;
        let to = self.rest(Joint::Foot(side)).inverse() * (toes - self.places[b.foot]);
        Vec3::new(to.x, self.sole_y - self.places[b.foot].y, to.z)
    }

    /// From the ankle to the heel's place on the floor, in the foot's axes, metres.
    pub fn heel_m(&self, side: Side) -> Vec3 {
        let under = self.sole_y - self.place(Joint::Foot(side)).y;
        Vec3::new(0.0, under, 0.35 * under)
    }

    /// The turn of every bone against its parent, in axes of the rest pose, for joints that are turned so in the world.
    ///
    /// The spine's five bones, the neck's three and the two of each upper limb share a turn; a forearm's twist is spread from elbow to wrist,
    /// as skin does.
    fn bones(&self, world: &[Quat; JOINTS]) -> Vec<Quat> {
        let r = &*REFERENCE;
        let mut turns = vec![Quat::IDENTITY; r.names.len()];
        // From the rest pose to the posed, in the world.
        let to = |joint: Joint| world[joint.index()] * self.rest[joint.index()].inverse();
        let against = |parent: Joint, joint: Joint| to(parent).inverse() * to(joint);
        let mut set = |bone: usize, turn: Quat| turns[bone] = turn.normalize();
        set(r.bone("root"), to(Joint::Hips));
        let spread: [(Joint, Joint, &[&str]); 3] = [
            (Joint::Hips, Joint::Abdomen, &["spine05", "spine04"]),
            (
                Joint::Abdomen,
                Joint::Chest,
                &["spine03", "spine02", "spine01"],
            ),
            (Joint::Chest, Joint::Neck, &["neck01", "neck02", "neck03"]),
        ];
        for (parent, joint, bones) in spread {
            let share = part(against(parent, joint), 1.0 / bones.len() as f32);
            for bone in bones {
                set(r.bone(bone), share);
            }
        }
        set(r.bone("head"), against(Joint::Neck, Joint::Head));
        for side in Side::BOTH {
            let b = &SIDE_BONES[side as usize];
            let along = |joint: Joint| self.rest[joint.index()] * Vec3::Y;
            set(b.clavicle, against(Joint::Chest, Joint::Clavicle(side)));
            for (parent, joint, bone) in [
                (Joint::Clavicle(side), Joint::UpperArm(side), b.upper_arm),
                (Joint::Hips, Joint::UpperLeg(side), b.upper_leg),
            ] {
                let (swing, twist) = swing_twist(against(parent, joint), along(joint));
                let half = part(twist, 0.5);
                // The second bone begins beside the line from joint to joint: a turn of its own would carry the limb's end away, which the first makes good.
                let at = |bone: usize| self.places[bone];
                let end = at(bone + 2) - at(bone);
                let (mut first, mut second) = (half, half);
                for _ in 0..3 {
                    let led =
                        first * (at(bone + 1) - at(bone) + second * (at(bone + 2) - at(bone + 1)));
                    let back = Quat::from_rotation_arc(
                        led.normalize_or(Vec3::Y),
                        end.normalize_or(Vec3::Y),
                    );
                    first = back * first;
                    second = first.inverse() * twist;
                }
                set(bone, swing * first);
                set(bone + 1, second);
            }
            let lower = Joint::LowerArm(side);
            let wrist = against(lower, Joint::Hand(side));
            // The twist comes first here: turn = twist · swing.
            let (swing, twist) = swing_twist(wrist.inverse(), along(lower));
            let (swing, twist) = (swing.inverse(), twist.inverse());
            set(
                b.lower_arm,
                against(Joint::UpperArm(side), lower) * part(twist, 0.2),
            );
            set(b.lower_arm + 1, part(twist, 0.45));
            set(b.wrist, part(twist, 0.35) * swing);
            set(
                b.lower_leg,
                against(Joint::UpperLeg(side), Joint::LowerLeg(side)),
            );
            set(b.foot, against(Joint::LowerLeg(side), Joint::Foot(side)));
            for toe in b.toes {
                set(toe, against(Joint::Foot(side), Joint::Toes(side)));
            }
            for finger in Finger::ALL {
                for phalanx in 0..3_u8 {
                    let joint = Joint::Finger(side, finger, phalanx);
                    let parent = joint.parent().unwrap_or(Joint::Hand(side));
                    set(
                        b.fingers[finger as usize][usize::from(phalanx)],
                        against(parent, joint),
                    );
                }
            }
        }
        turns
    }

    /// Where everything is when the joints are turned so and the middle of the hips is at `root_m`.
    pub fn stance(&self, world: &[Quat; JOINTS], root_m: Vec3) -> Stance {
        let r = &*REFERENCE;
        let local = self.bones(world);
        let mut turns: Vec<Quat> = Vec::with_capacity(local.len());
        let mut places: Vec<Vec3> = Vec::with_capacity(local.len());
        for (bone, turn) in local.into_iter().enumerate() {
            match r.parents[bone] {
                None => {
                    turns.push(turn);
                    places.push(self.places[bone]);
                }
                Some(parent) => {
                    places.push(
                        places[parent] + turns[parent] * (self.places[bone] - self.places[parent]),
                    );
                    turns.push((turns[parent] * turn).normalize());
                }
            }
        }
        let mut stance = Stance { turns, places };
        let by = root_m - stance.hips();
        for place in &mut stance.places {
            *place += by;
        }
        stance
    }

    /// The same for a frame, its root in metres by this body's hip height.
    pub fn stand(&self, frame: &Frame) -> Stance {
        self.stance(&frame.world(), frame.root * self.hip_height_m())
    }

    /// For [`body::rig::Rig::pose`]: what to turn, and how far to move the posed body, so that the floor is at y = 0.
    pub fn pose(&self, frame: &Frame) -> (Pose, Vec3) {
        let world = frame.world();
        let mut pose = Pose::default();
        for (name, turn) in REFERENCE.names.iter().zip(self.bones(&world)) {
            if turn.w.abs() < 1.0 {
                pose.rotate(name, turn);
            }
        }
        let stance = self.stance(&world, frame.root * self.hip_height_m());
        (pose, stance.places[0] - self.places[0])
    }

    /// The turns of one bone's descendants are the rest's: fingers as the body has them where nobody turns them.
    pub fn resting_fingers(&self, frame: &mut Frame) {
        for side in Side::BOTH {
            for joint in Joint::all() {
                if let Joint::Finger(of, ..) = joint
                    && of == side
                {
                    let parent = joint.parent().unwrap_or(Joint::Hand(side));
                    frame.set(joint, self.rest(parent).inverse() * self.rest(joint));
                }
            }
        }
    }

    /// Where a finger ends in a stance.
    pub fn tip_in(&self, stance: &Stance, side: Side, finger: Finger) -> Vec3 {
        let bone = SIDE_BONES[side as usize].fingers[finger as usize][2];
        stance.places[bone] + stance.turns[bone] * (self.tip(side, finger) - self.places[bone])
    }

    /// Where the top of the head's bone is in a stance.
    pub fn head_end_in(&self, stance: &Stance) -> Vec3 {
        let bone = bone_of(Joint::Head);
        stance.places[bone] + stance.turns[bone] * (self.head_end - self.places[bone])
    }
}

/// The bone of the rig that begins where the joint is.
fn bone_of(joint: Joint) -> usize {
    let r = &*REFERENCE;
    match joint {
        Joint::Hips => r.bone("root"),
        Joint::Abdomen => r.bone("spine05"),
        Joint::Chest => r.bone("spine03"),
        Joint::Neck => r.bone("neck01"),
        Joint::Head => r.bone("head"),
        Joint::Clavicle(side) => SIDE_BONES[side as usize].clavicle,
        Joint::UpperArm(side) => SIDE_BONES[side as usize].upper_arm,
        Joint::LowerArm(side) => SIDE_BONES[side as usize].lower_arm,
        Joint::Hand(side) => SIDE_BONES[side as usize].wrist,
        Joint::UpperLeg(side) => SIDE_BONES[side as usize].upper_leg,
        Joint::LowerLeg(side) => SIDE_BONES[side as usize].lower_leg,
        Joint::Foot(side) => SIDE_BONES[side as usize].foot,
        Joint::Toes(side) => SIDE_BONES[side as usize].toes[1],
        Joint::Finger(side, finger, phalanx) => {
            SIDE_BONES[side as usize].fingers[finger as usize][usize::from(phalanx % 3)]
        }
    }
}

impl Stance {
    /// Where a joint is, metres.
    pub fn place(&self, joint: Joint) -> Vec3 {
        self.places[bone_of(joint)]
    }

    /// How the bone of a joint is turned from the rest pose, in the world.
    pub fn turn(&self, joint: Joint) -> Quat {
        self.turns[bone_of(joint)]
    }

    /// The middle between the hip joints.
    pub fn hips(&self) -> Vec3 {
        let [right, left] = Side::BOTH.map(|side| self.place(Joint::UpperLeg(side)));
        (right + left) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_is_upright_with_hanging_arms_and_feet_on_the_floor() {
        let body = Skeleton::reference();
        let stance = body.stand(&Frame::default());
        assert!((stance.hips().y - body.hip_height_m()).abs() < 1e-5);
        for side in Side::BOTH {
            let at = |joint| stance.place(joint);
            let down = |a, b| (at(b) - at(a)).normalize();
            let sign = side.sign();
            for (a, b) in [
                (Joint::UpperArm(side), Joint::LowerArm(side)),
                (Joint::LowerArm(side), Joint::Hand(side)),
                (Joint::UpperLeg(side), Joint::LowerLeg(side)),
                (Joint::LowerLeg(side), Joint::Foot(side)),
            ] {
                // The upper limbs' second bones lie a little off the line.
                assert!(
                    down(a, b).dot(Vec3::NEG_Y) > 0.9998,
                    "{a} → {b}: {}",
                    down(a, b)
                );
            }
            assert!(at(Joint::Hand(side)).x * sign > 0.1);
            assert!((at(Joint::Foot(side)).y - body.ankle_height_m()).abs() < 2e-3);
            assert!(at(Joint::Toes(side)).z > at(Joint::Foot(side)).z + 0.1);
            let across = at(Joint::Finger(side, Finger::Index, 0))
                - at(Joint::Finger(side, Finger::Little, 0));
            assert!(across.z > 0.03, "thumbs are in front: {across}");
            for finger in Finger::ALL {
                let along = body.tip_in(&stance, side, finger) - at(Joint::Finger(side, finger, 2));
                assert!(along.normalize().dot(Vec3::NEG_Y) > 0.999, "{finger:?}");
            }
        }
    }

    #[test]
    fn elbows_and_knees_bend_the_right_way() {
        let body = Skeleton::reference();
        let mut frame = Frame::default();
        for side in Side::BOTH {
            frame.set(Joint::LowerArm(side), Quat::from_rotation_x(-1.5));
            frame.set(Joint::LowerLeg(side), Quat::from_rotation_x(1.0));
        }
        let stance = body.stand(&frame);
        for side in Side::BOTH {
            assert!(
                stance.place(Joint::Hand(side)).z > stance.place(Joint::LowerArm(side)).z + 0.2
            );
            assert!(
                stance.place(Joint::Foot(side)).z < stance.place(Joint::LowerLeg(side)).z - 0.2
            );
        }
    }

    #[test]
    fn a_mirrored_frame_is_the_mirrored_stance() {
        let body = Skeleton::reference();
        let mut frame = Frame {
            root: Vec3::new(0.3, 0.9, -0.2),
            ..Frame::default()
        };
        for (i, joint) in Joint::all().enumerate() {
            let angle = (i as f32 * 1.7).sin() * 0.6;
            let axis = Vec3::new((i as f32).cos(), (2.0 * i as f32).sin(), 0.5).normalize();
            frame.set(joint, Quat::from_axis_angle(axis, angle));
        }
        let (one, other) = (body.stand(&frame), body.stand(&frame.mirrored()));
        for joint in Joint::all() {
            let (a, b) = (one.place(joint), other.place(joint.mirrored()));
            assert!(
                (a * Vec3::new(-1.0, 1.0, 1.0) - b).length() < 2e-3,
                "{joint}: {a} {b}"
            );
        }
    }

    #[test]
    fn a_pose_of_the_rest_is_the_rest() {
        let body = Skeleton::reference();
        let mut frame = Frame::default();
        frame.set_world(&std::array::from_fn(|i| body.rest[i]));
        frame.root = (body.hips() - Vec3::Y * body.sole_y()) / body.hip_height_m();
        let stance = body.stand(&frame);
        for joint in Joint::all() {
            let there = body.place(joint) - Vec3::Y * body.sole_y();
            assert!((stance.place(joint) - there).length() < 1e-4, "{joint}");
        }
    }
}
