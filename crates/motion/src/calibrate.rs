//! What a skeleton's rest pose does not say: which way is up, how its joints' axes lie in a person, how large its unit is.
//!
//! Skeletons are recorded with the arms out, hanging, or in a heap: some exporters draw every bone along x where nothing turns. A zero pose that
//! stands upright tells the axes by itself. From any other one only the trunk's and the hands' are taken, the limbs' hinges are found in the
//! motion: an elbow or knee that bends shows its axis.

use glam::{Quat, Vec3};

use crate::error::MotionError;
use crate::joint::{Finger, JOINTS, Joint, Side};
use crate::names::Mapping;
use crate::take::{Placed, Take};
use crate::turning::{axes, axes_forward, mean};

/// Frames that are looked at to find axes: more say nothing new.
const LOOKED_AT: usize = 400;
/// An elbow or knee bent by less than this shows no axis, sine of 20°.
const BENT: f32 = 0.34;

/// How one take's joints lie in a person.
#[derive(Debug, Clone)]
pub(crate) struct Calibration {
    /// From a joint's anatomical axes (see [`Joint`]) to the file's axes of the joint, by [`Joint::index`].
    pub(crate) file_from_joint: [Quat; JOINTS],
    /// Turns the file's world upright and so that the first frame faces +z.
    pub(crate) world_from_file: Quat,
    /// How collar bones are turned where shoulders hang, in the chest's file axes, by side.
    pub(crate) clavicle_rest: [Quat; 2],
    /// From hip to knee to ankle, mean of both sides, file units.
    pub(crate) leg: f32,
    /// Whether the zero pose stands upright.
    pub(crate) upright_zero: bool,
}

/// The joints of a take at one frame, asked for by ours.
pub(crate) struct Seen<'a> {
    mapping: &'a Mapping,
    pub(crate) placed: &'a Placed,
}

impl<'a> Seen<'a> {
    pub(crate) fn new(mapping: &'a Mapping, placed: &'a Placed) -> Self {
        Self { mapping, placed }
    }

    /// Where a joint is; where the skeleton has none, the origin.
    pub(crate) fn at(&self, joint: Joint) -> Vec3 {
        self.mapping
            .of(joint)
            .map_or(Vec3::ZERO, |j| self.placed.places[j])
    }

    /// From the joint's file axes to the file's world.
    pub(crate) fn turn(&self, joint: Joint) -> Quat {
        self.mapping
            .of(joint)
            .map_or(Quat::IDENTITY, |j| self.placed.turns[j])
    }

    fn along(&self, from: Joint, to: Joint) -> Vec3 {
        (self.at(to) - self.at(from)).normalize_or_zero()
    }

    /// From the right joint to the left one.
    pub(crate) fn left(&self, of: fn(Side) -> Joint) -> Vec3 {
        self.along(of(Side::Right), of(Side::Left))
    }

    pub(crate) fn mid_hips(&self) -> Vec3 {
        (self.at(Joint::UpperLeg(Side::Right)) + self.at(Joint::UpperLeg(Side::Left))) / 2.0
    }
}

impl Calibration {
    pub(crate) fn of(take: &Take, mapping: &Mapping) -> Result<Self, MotionError> {
        let zero = take.zero();
        let zero = Seen::new(mapping, &zero);
        let leg = leg_of(&zero)?;
        let step = take.frames.div_ceil(LOOKED_AT).max(1);
        let frames: Vec<Placed> = (0..take.frames)
            .step_by(step)
            .map(|f| take.placed(f))
            .collect();
        let seen: Vec<Seen<'_>> = frames.iter().map(|p| Seen::new(mapping, p)).collect();
        let up = up_of(&seen)?;
        let upright = upright_axes(&zero);
        let mut found = Finder {
            zero: &zero,
            seen: &seen,
            take,
            mapping,
            upright,
            file_from_joint: [Quat::IDENTITY; JOINTS],
        };
        found.trunk();
        for side in Side::BOTH {
            found.arm(side);
            found.leg(side);
        }
        let clavicle_rest = Side::BOTH.map(|side| found.clavicle(side));
        let file_from_joint = found.file_from_joint;
        let first = &seen[0];
        let forward = first.turn(Joint::Hips) * file_from_joint[Joint::Hips.index()] * Vec3::Z;
        let world_from_file = axes_forward(up, forward).inverse();
        Ok(Self {
            file_from_joint,
            world_from_file,
            clavicle_rest,
            leg,
            upright_zero: upright.is_some(),
        })
    }
}

fn leg_of(zero: &Seen<'_>) -> Result<f32, MotionError> {
    let mut sum = 0.0;
    for side in Side::BOTH {
        let [hip, knee, ankle] = [
            Joint::UpperLeg(side),
            Joint::LowerLeg(side),
            Joint::Foot(side),
        ]
        .map(|j| zero.at(j));
        let [shoulder, elbow, wrist] = [
            Joint::UpperArm(side),
            Joint::LowerArm(side),
            Joint::Hand(side),
        ]
        .map(|j| zero.at(j));
        let bones = [
            ("thigh", hip.distance(knee)),
            ("shin", knee.distance(ankle)),
            ("upper arm", shoulder.distance(elbow)),
            ("forearm", elbow.distance(wrist)),
        ];
        let longest = bones.iter().map(|b| b.1).fold(0.0, f32::max);
        for (bone, length) in bones {
            if length <= 0.05 * longest || longest <= 0.0 {
                return Err(MotionError::new(
                    format!(
                        "this is not a person: the {} {bone} of its skeleton has no length to speak of",
                        side.name()
                    ),
                    "export the skeleton with its offsets; if the names mislead, use `--map FILE`",
                ));
            }
        }
        sum += bones[0].1 + bones[1].1;
    }
    Ok(sum / 2.0)
}

/// The axis of the file that points from feet to head in the mean of all frames.
fn up_of(seen: &[Seen<'_>]) -> Result<Vec3, MotionError> {
    let mut sum = Vec3::ZERO;
    for frame in seen {
        let feet = (frame.at(Joint::Foot(Side::Right)) + frame.at(Joint::Foot(Side::Left))) / 2.0;
        sum += (frame.at(Joint::Head) - feet).normalize_or_zero();
    }
    let mean = sum / seen.len().max(1) as f32;
    let most = mean.abs().max_element();
    // Somebody who lies all the time still has an axis, if a wrong one: y is what files have.
    if most < 0.3 {
        return Ok(Vec3::Y);
    }
    let axis = [Vec3::X, Vec3::Y, Vec3::Z]
        .into_iter()
        .find(|axis| mean.abs().dot(*axis) == most)
        .ok_or_else(|| {
            MotionError::new(
                "this is not a person: its head is nowhere",
                "export the clip again",
            )
        })?;
    Ok(axis * mean.dot(axis).signum())
}

/// The person's axes where the zero pose stands upright: left, up, forward.
fn upright_axes(zero: &Seen<'_>) -> Option<Quat> {
    let feet = (zero.at(Joint::Foot(Side::Right)) + zero.at(Joint::Foot(Side::Left))) / 2.0;
    let rise = (zero.at(Joint::Head) - feet).normalize_or_zero();
    let up = [Vec3::X, Vec3::Y, Vec3::Z]
        .into_iter()
        .flat_map(|axis| [axis, -axis])
        .find(|axis| axis.dot(rise) > 0.85)?;
    let stands = Side::BOTH.into_iter().all(|side| {
        let thigh = zero.along(Joint::UpperLeg(side), Joint::LowerLeg(side));
        let shin = zero.along(Joint::LowerLeg(side), Joint::Foot(side));
        -thigh.dot(up) > 0.8 && -shin.dot(up) > 0.8
    });
    let trunk = (zero.at(Joint::Head) - zero.mid_hips()).normalize_or_zero();
    let left = zero.left(Joint::UpperLeg);
    (stands && trunk.dot(up) > 0.85 && left.dot(up).abs() < 0.5).then(|| axes(up, left))
}

struct Finder<'a> {
    zero: &'a Seen<'a>,
    seen: &'a [Seen<'a>],
    take: &'a Take,
    mapping: &'a Mapping,
    upright: Option<Quat>,
    file_from_joint: [Quat; JOINTS],
}

impl Finder<'_> {
    fn set(&mut self, joint: Joint, turn: Quat) {
        self.file_from_joint[joint.index()] = turn.normalize();
    }

    fn trunk(&mut self) {
        let trunk = [
            Joint::Hips,
            Joint::Abdomen,
            Joint::Chest,
            Joint::Neck,
            Joint::Head,
        ];
        if let Some(person) = self.upright {
            for joint in trunk {
                self.set(joint, person);
            }
        } else {
            self.trunk_of_heap();
        }
        let chest = self.file_from_joint[Joint::Chest.index()];
        for side in Side::BOTH {
            self.set(Joint::Clavicle(side), chest);
        }
    }

    /// The trunk of a skeleton whose zero pose is a heap: each part's long bone is up, and what is left shows in the motion.
    fn trunk_of_heap(&mut self) {
        // A sum over all frames, in file axes of one joint.
        let sum = |of: Joint, what: &dyn Fn(&Seen<'_>) -> Vec3| {
            let frames = self.seen.iter();
            frames
                .map(|frame| frame.turn(of).inverse() * what(frame))
                .sum::<Vec3>()
        };
        let spine = |frame: &Seen<'_>| frame.at(Joint::Chest) - frame.at(Joint::Hips);
        let hips = axes(
            sum(Joint::Hips, &spine),
            sum(Joint::Hips, &|f| f.left(Joint::UpperLeg)),
        );
        let neck = |frame: &Seen<'_>| frame.at(Joint::Head) - frame.at(Joint::Chest);
        let chest = axes(
            sum(Joint::Chest, &neck),
            sum(Joint::Chest, &|f| f.left(Joint::UpperArm)),
        );
        // A head looks where the chest faces, in the mean.
        let head = self.mapping.of(Joint::Head);
        let crown = head
            .and_then(|j| self.take.joints[j].end)
            .unwrap_or_default();
        let crown = if crown.length_squared() > 1e-10 {
            crown
        } else {
            sum(Joint::Head, &neck)
        };
        let ahead = sum(Joint::Head, &|f| f.turn(Joint::Chest) * chest * Vec3::Z);
        let head = axes_forward(crown, ahead);
        let middle = mean(self.seen.iter().map(|frame| {
            let [hips, chest] = [(Joint::Hips, hips), (Joint::Chest, chest)]
                .map(|(joint, axes)| frame.turn(joint) * axes);
            (
                frame.turn(Joint::Abdomen).inverse() * hips.slerp(chest, 0.5),
                1.0,
            )
        }));
        self.set(Joint::Hips, hips);
        self.set(Joint::Abdomen, middle);
        self.set(Joint::Chest, chest);
        self.set(Joint::Neck, chest);
        self.set(Joint::Head, head);
    }

    /// An axis of one joint of a person's, in the mean of all frames, in file axes of another one.
    fn carried(&self, of: Joint, axis: Vec3, to: Joint) -> Vec3 {
        let axes = self.file_from_joint[of.index()];
        self.seen
            .iter()
            .map(|frame| frame.turn(to).inverse() * (frame.turn(of) * axes * axis))
            .sum::<Vec3>()
            .normalize_or_zero()
    }

    /// Where the shoulders hang: the zero pose's, or what they have in the mean.
    fn clavicle(&self, side: Side) -> Quat {
        let Some(clavicle) = self.mapping.of(Joint::Clavicle(side)) else {
            return Quat::IDENTITY;
        };
        if self.upright.is_some() {
            return Quat::IDENTITY;
        }
        let step = self.take.frames.div_ceil(LOOKED_AT).max(1);
        mean(
            (0..self.take.frames)
                .step_by(step)
                .map(|f| (self.take.local(f, clavicle), 1.0)),
        )
    }

    /// The axis that a joint bends about, in file axes of the bone before (`of_first`) or behind it: the mean of all bent frames. `None` where too
    /// few are bent, or the axis is not one.
    fn hinge(&self, [a, b, c]: [Joint; 3], of_first: bool) -> Option<Vec3> {
        let (mut sum, mut total, mut bent) = (Vec3::ZERO, 0.0, 0);
        for frame in self.seen {
            let across = frame.along(a, b).cross(frame.along(b, c));
            if across.length() > BENT {
                let axes = frame.turn(if of_first { a } else { b });
                sum += axes.inverse() * across;
                total += across.length();
                bent += 1;
            }
        }
        (bent >= 10 && sum.length() > 0.9 * total).then(|| sum.normalize_or_zero())
    }

    fn arm(&mut self, side: Side) {
        let chain @ [upper, lower, hand] = [
            Joint::UpperArm(side),
            Joint::LowerArm(side),
            Joint::Hand(side),
        ];
        let down = self.zero.along(upper, lower);
        let forward = self.upright.map(|axes| axes * Vec3::Z);
        // Where no elbow ever bends: it would bend forward, as seen from the chest in the mean.
        let guess = || {
            let chest = self.file_from_joint[Joint::Chest.index()];
            let mut sum = Vec3::ZERO;
            for frame in self.seen {
                let forward = frame.turn(Joint::Chest) * chest * Vec3::Z;
                let hinge = frame.along(upper, lower).cross(forward);
                sum += frame.turn(upper).inverse() * hinge;
            }
            sum
        };
        let hinge = self
            .hinge(chain, true)
            .unwrap_or_else(|| forward.map_or_else(guess, |forward| down.cross(forward)));
        let upper_axes = axes(-down, -hinge);
        self.set(upper, upper_axes);
        let fore = self.zero.along(lower, hand);
        let fore_hinge = self
            .hinge(chain, false)
            .unwrap_or_else(|| forward.map_or(hinge, |forward| fore.cross(forward)));
        self.set(lower, axes(-fore, -fore_hinge));
        self.hand(side, fore, fore_hinge, forward);
    }

    /// Palm and fingers. A hand without fingers lies in line with its forearm, the thumb where a bent elbow's upward side is.
    fn hand(&mut self, side: Side, fore: Vec3, hinge: Vec3, forward: Option<Vec3>) {
        let hand = Joint::Hand(side);
        let Some(own) = self.mapping.of(hand) else {
            return;
        };
        let has = |finger, phalanx| {
            let joint = Joint::Finger(side, finger, phalanx);
            self.mapping.of(joint).map(|_| joint)
        };
        let zero = self.zero;
        let wrist = zero.at(hand);
        let knuckle = has(Finger::Middle, 0).or_else(|| has(Finger::Index, 0));
        let tip = zero.placed.turns.len();
        let farthest = (0..tip)
            .filter(|&j| self.take.joints[j].parent == Some(own))
            .map(|j| self.take.joints[j].offset)
            .chain(self.take.joints[own].end)
            .fold(Vec3::ZERO, |a, b| {
                if b.length_squared() > a.length_squared() {
                    b
                } else {
                    a
                }
            });
        let along = match knuckle {
            Some(joint) => (zero.at(joint) - wrist).normalize_or(fore),
            // The end of a thumb is no way to point: only what lies about in line with the forearm.
            None => Some(farthest.normalize_or_zero())
                .filter(|to| to.dot(fore) > 0.85)
                .unwrap_or(fore),
        };
        let across = has(Finger::Index, 0)
            .zip(has(Finger::Little, 0).or_else(|| has(Finger::Ring, 0)))
            .map(|(index, little)| zero.at(index) - zero.at(little))
            .filter(|across| across.length_squared() > 1e-8);
        // In line with the forearm, unless the motion says that the hand's axes are others.
        let guess = || {
            let line = hinge.cross(fore).normalize_or_zero();
            let usual = self.carried(Joint::LowerArm(side), Vec3::Z, hand);
            if line.dot(usual) > 0.3 { line } else { usual }
        };
        let thumb_side = across.or(forward).unwrap_or_else(guess);
        let palm = axes_forward(-along, thumb_side);
        self.set(hand, palm);
        for finger in Finger::ALL {
            for phalanx in 0..3_u8 {
                let joint = Joint::Finger(side, finger, phalanx);
                let Some(here) = self.mapping.of(joint) else {
                    continue;
                };
                let next = (phalanx < 2)
                    .then(|| self.mapping.of(Joint::Finger(side, finger, phalanx + 1)))
                    .flatten()
                    .map(|next| zero.placed.places[next] - zero.placed.places[here]);
                let along = next.or(self.take.joints[here].end).unwrap_or(along);
                self.set(
                    joint,
                    axes(-along.normalize_or(Vec3::NEG_Y), palm * Vec3::X),
                );
            }
        }
    }

    fn leg(&mut self, side: Side) {
        let chain @ [upper, lower, foot] = [
            Joint::UpperLeg(side),
            Joint::LowerLeg(side),
            Joint::Foot(side),
        ];
        let thigh = self.zero.along(upper, lower);
        let shin = self.zero.along(lower, foot);
        let left = self.upright.map(|axes| axes * Vec3::X);
        let guess = || {
            let hips = self.file_from_joint[Joint::Hips.index()];
            let mut sum = Vec3::ZERO;
            for frame in self.seen {
                sum += frame.turn(upper).inverse() * (frame.turn(Joint::Hips) * hips * Vec3::X);
            }
            sum
        };
        let hinge = self.hinge(chain, true).or(left).unwrap_or_else(guess);
        self.set(upper, axes(-thigh, hinge));
        let shin_hinge = self.hinge(chain, false).or(left).unwrap_or(hinge);
        self.set(lower, axes(-shin, shin_hinge));
        let toes = match self.mapping.of(Joint::Toes(side)) {
            Some(_) => self.zero.along(foot, Joint::Toes(side)),
            None => self
                .mapping
                .of(foot)
                .and_then(|j| self.take.joints[j].end)
                .unwrap_or(Vec3::ZERO)
                .normalize_or_zero(),
        };
        let made = match self.upright {
            // Feet of an upright pose are flat, if they point forward at all.
            Some(person) if toes.dot(person * Vec3::Y).abs() < 0.75 && toes != Vec3::ZERO => {
                axes_forward(person * Vec3::Y, toes)
            }
            Some(person) => person,
            // The ankle's axis is the knee's in the mean; toes are ahead, until the floor shows how steeply.
            None => {
                let ahead = if toes == Vec3::ZERO { shin } else { toes };
                let top = ahead.cross(self.carried(lower, Vec3::X, foot));
                axes(top, top.cross(ahead))
            }
        };
        self.set(foot, made);
        // Toes are level with the foot where nothing turns, or in the mean.
        let toes = Joint::Toes(side);
        let straight = if self.upright.is_some() {
            made
        } else {
            axes(
                self.carried(foot, Vec3::Y, toes),
                self.carried(foot, Vec3::X, toes),
            )
        };
        self.set(toes, straight);
    }
}
