//! From a recorded take to a clip that anybody can do.
//!
//! Directions of limbs are taken over exactly, their twist by the axes that elbows and knees bend about (see `calibrate`), the spine's and
//! neck's turn is spread over their parts, collar bones move by as much as they did. Lengths are left behind: the hips' path is measured in
//! hip heights, and feet are told when they stand rather than where.

use glam::{Quat, Vec3};
use privacy::Ledger;

use crate::calibrate::{Calibration, Seen};
use crate::clip::{Clip, Contact, Sole, Source};
use crate::contacts::{self, Path, median};
use crate::error::MotionError;
use crate::frame::Frame;
use crate::joint::{Finger, JOINTS, Joint, Side};
use crate::names::Mapping;
use crate::skeleton::{Skeleton, Stance};
use crate::take::Take;
use crate::turning::{angle, axes, axes_forward, part};

/// What a file's unit was taken for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// `centimetre`, or `unknown`.
    pub name: &'static str,
    /// How long the legs are then, from hip to ankle.
    pub leg_m: f32,
}

const UNITS: [(&str, f32); 6] = [
    ("metre", 1.0),
    ("decimetre", 0.1),
    ("centimetre", 0.01),
    ("millimetre", 0.001),
    ("inch", 0.0254),
    ("CMU unit", 0.0254 / 0.45),
];
/// From hip to ankle, metres: a grown person's (mean of men and women, Pheasant & Haslegrave 2005, from trochanter heights) and what a child's and a
/// giant's may be.
const LEG_M: (f32, f32, f32) = (0.35, 0.80, 1.15);
/// Collar bones turn no further, radians: about the 45° that shoulder girdles rise.
const MOST_CLAVICLE: f32 = 0.8;

/// A clip with what was found out on the way.
#[derive(Debug, Clone)]
pub struct Retargeted {
    /// The motion.
    pub clip: Clip,
    /// The file's unit.
    pub unit: Unit,
    /// What is worth saying: joints that are not there, a foot that never stands.
    pub notes: Vec<String>,
}

/// Makes a clip of a take.
///
/// # Errors
/// [`MotionError`] where the skeleton is no person's.
pub fn retarget(take: &Take, mapping: &Mapping, name: &str) -> Result<Retargeted, MotionError> {
    let calibration = Calibration::of(take, mapping)?;
    let body = Skeleton::reference();
    let mut anatomy = Anatomy {
        take,
        mapping,
        calibration,
    };
    let mut notes = Vec::new();
    let unit = anatomy.unit();
    anatomy.level_feet();
    let turned: Vec<[Quat; JOINTS]> = (0..take.frames).map(|f| anatomy.world(f, &body)).collect();
    let (roots, ground) = anatomy.roots();
    let mut frames: Vec<Frame> = turned
        .iter()
        .zip(&roots)
        .map(|(world, root)| {
            let mut frame = Frame::default();
            frame.set_world(world);
            frame.root = *root;
            frame
        })
        .collect();
    let start = frames[0].root * Vec3::new(1.0, 0.0, 1.0);
    for frame in &mut frames {
        frame.root -= start;
    }
    let contacts = anatomy.contacts(&frames, &body, ground);
    if contacts.is_empty() {
        notes.push("no foot ever stands in this clip".to_owned());
    }
    for side in Side::BOTH {
        if mapping.of(Joint::Toes(side)).is_none() {
            notes.push(format!(
                "the {} foot has no toes; its sole is taken as stiff",
                side.name()
            ));
        }
    }
    Ok(Retargeted {
        clip: Clip {
            name: name.to_owned(),
            tags: Vec::new(),
            fps: take.fps,
            frames,
            contacts,
            looped: false,
            source: Source {
                family: mapping.family.to_owned(),
                unit: unit.name.to_owned(),
                ..Source::default()
            },
            ledger: Ledger::new(),
        },
        unit,
        notes,
    })
}

/// A take with its calibration: what its skeleton does, said in a person's axes.
struct Anatomy<'a> {
    take: &'a Take,
    mapping: &'a Mapping,
    calibration: Calibration,
}

impl Anatomy<'_> {
    fn unit(&self) -> Unit {
        let leg = self.calibration.leg;
        // A unit that the file declares has a name where it is one of these.
        let declared = self.take.metre_per_unit.map(|metre| {
            let known = UNITS.iter().find(|(_, m)| (m / metre - 1.0).abs() < 0.01);
            (
                known.map_or("declared by the file", |(name, _)| *name),
                metre,
            )
        });
        let all = declared.into_iter().chain(UNITS);
        let mut best = ("unknown", 0.0, f32::INFINITY);
        for (name, metre) in all {
            let off = (leg * metre / LEG_M.1).ln().abs();
            if (LEG_M.0..=LEG_M.2).contains(&(leg * metre)) && off < best.2 {
                best = (name, metre, off);
            }
        }
        Unit {
            name: best.0,
            leg_m: if best.1 > 0.0 { leg * best.1 } else { LEG_M.1 },
        }
    }

    /// Turns feet so that they are level in the mean of the frames in which they stand.
    fn level_feet(&mut self) {
        for side in Side::BOTH {
            let foot = Joint::Foot(side);
            let places = self.path(foot);
            let toes = self.path(Joint::Toes(side));
            let floor = contacts::standing_height(&places, self.take.fps);
            let limit = floor + 0.06 * self.calibration.leg;
            let axes_of_foot = self.calibration.file_from_joint[foot.index()];
            let mut tilt: Vec<f32> = Vec::new();
            for frame in 0..self.take.frames {
                let next = (frame + 1).min(self.take.frames - 1);
                let step = toes[frame]
                    .distance(toes[next])
                    .max(places[frame].distance(places[next]));
                let slow = step * self.take.fps < 0.3 * self.calibration.leg;
                if places[frame].y < limit && slow {
                    let placed = self.take.placed(frame);
                    let seen = Seen::new(self.mapping, &placed);
                    let turn = self.calibration.world_from_file * seen.turn(foot) * axes_of_foot;
                    tilt.push((turn * Vec3::Z).y.clamp(-1.0, 1.0).asin());
                }
            }
            // A clip in which nobody stands flat says nothing; beyond this a foot was never flat, whatever the median says.
            let most = if self.calibration.upright_zero {
                0.6
            } else {
                1.3
            };
            if tilt.len() >= 5 {
                let by = median(&mut tilt).clamp(-most, most);
                for joint in [foot, Joint::Toes(side)] {
                    let axes = &mut self.calibration.file_from_joint[joint.index()];
                    *axes *= Quat::from_rotation_x(by);
                }
            }
        }
    }

    /// Where a joint is in each frame, upright, in file units.
    fn path(&self, joint: Joint) -> Vec<Vec3> {
        (0..self.take.frames)
            .map(|frame| {
                let placed = self.take.placed(frame);
                self.calibration.world_from_file * Seen::new(self.mapping, &placed).at(joint)
            })
            .collect()
    }

    /// From each joint's axes to the world's.
    fn world(&self, frame: usize, body: &Skeleton) -> [Quat; JOINTS] {
        let placed = self.take.placed(frame);
        let seen = Seen::new(self.mapping, &placed);
        let upright = self.calibration.world_from_file;
        let turned = |joint: Joint| {
            (upright * seen.turn(joint) * self.calibration.file_from_joint[joint.index()])
                .normalize()
        };
        let mut world = [Quat::IDENTITY; JOINTS];
        let (hips, chest, head) = (
            turned(Joint::Hips),
            turned(Joint::Chest),
            turned(Joint::Head),
        );
        let mut set = |joint: Joint, turn: Quat| world[joint.index()] = turn;
        set(Joint::Hips, hips);
        set(Joint::Chest, chest);
        set(Joint::Head, head);
        let middle = self.mapping.of(Joint::Abdomen).is_some();
        let abdomen = if middle {
            turned(Joint::Abdomen)
        } else {
            hips.slerp(chest, 0.5)
        };
        set(Joint::Abdomen, abdomen);
        // A skeleton's neck leans as it was drawn; what matters is where the head is turned.
        set(Joint::Neck, chest.slerp(head, 0.5));
        for side in Side::BOTH {
            let direction = |a: Joint, b: Joint| {
                (upright * (seen.at(b) - seen.at(a))).normalize_or(Vec3::NEG_Y)
            };
            let clavicle = self.clavicle(side, &seen);
            set(Joint::Clavicle(side), chest * clavicle);
            let (upper, lower, hand) = (
                Joint::UpperArm(side),
                Joint::LowerArm(side),
                Joint::Hand(side),
            );
            let limb = |upper: Joint, lower: Joint, end: Joint| {
                let first = turned(upper);
                let first = axes(-direction(upper, lower), first * Vec3::X);
                (first, axes(-direction(lower, end), first * Vec3::X))
            };
            let (first, second) = limb(upper, lower, hand);
            set(upper, first);
            set(lower, second);
            set(hand, turned(hand));
            let (upper, lower, foot) = (
                Joint::UpperLeg(side),
                Joint::LowerLeg(side),
                Joint::Foot(side),
            );
            let (first, second) = limb(upper, lower, foot);
            set(upper, first);
            set(lower, second);
            set(foot, turned(foot));
            let toes = match self.mapping.of(Joint::Toes(side)) {
                Some(_) => turned(Joint::Toes(side)),
                None => turned(foot),
            };
            set(Joint::Toes(side), toes);
        }
        for side in Side::BOTH {
            for finger in Finger::ALL {
                for phalanx in 0..3_u8 {
                    let joint = Joint::Finger(side, finger, phalanx);
                    let parent = joint.parent().unwrap_or(Joint::Hand(side));
                    let held = world[parent.index()];
                    // What nobody recorded is as the reference body holds it.
                    let rest = body.rest(parent).inverse() * body.rest(joint);
                    world[joint.index()] = match self.mapping.of(joint) {
                        Some(_) => turned(joint),
                        None => held * rest,
                    };
                }
            }
        }
        world
    }

    /// How a collar bone is turned against the chest, from where its shoulder hangs.
    fn clavicle(&self, side: Side, seen: &Seen<'_>) -> Quat {
        let joint = Joint::Clavicle(side);
        if self.mapping.of(joint).is_none() {
            return Quat::IDENTITY;
        }
        let chest = self.calibration.file_from_joint[Joint::Chest.index()];
        let local = seen.turn(Joint::Chest).inverse() * seen.turn(joint);
        let moved = local * self.calibration.clavicle_rest[side as usize].inverse();
        let turn = chest.inverse() * moved * chest;
        let far = angle(turn);
        if far > MOST_CLAVICLE {
            part(turn, MOST_CLAVICLE / far)
        } else {
            turn.normalize()
        }
    }

    /// The hips' path in hip heights, and the heights above the floor at which ankles and toes stand, in hip heights.
    fn roots(&self) -> (Vec<Vec3>, Ground) {
        let fps = self.take.fps;
        let leg = self.calibration.leg;
        let scaled = |joint: Joint| {
            let mut path = self.path(joint);
            for place in &mut path {
                *place /= leg;
            }
            path
        };
        let stand = |joint: fn(Side) -> Joint| {
            let heights = Side::BOTH
                .into_iter()
                .filter(|side| self.mapping.of(joint(*side)).is_some())
                .map(|side| contacts::standing_height(&scaled(joint(side)), fps));
            heights.fold(f32::INFINITY, f32::min)
        };
        let ankle = stand(Joint::Foot);
        let toes = stand(Joint::Toes);
        // A toe's joint is so high above its sole; an ankle 8 cm on legs of 80.
        let floor = if toes.is_finite() && ankle - toes > 0.02 && ankle - toes < 0.2 {
            toes - 0.03
        } else {
            ankle - 0.1
        };
        let hip_height = 1.0 + ankle - floor;
        let right = scaled(Joint::UpperLeg(Side::Right));
        let left = scaled(Joint::UpperLeg(Side::Left));
        let roots = right
            .iter()
            .zip(&left)
            .map(|(right, left)| ((*right + *left) / 2.0 - Vec3::Y * floor) / hip_height)
            .collect();
        (
            roots,
            Ground {
                floor: floor * leg,
                unit: hip_height * leg,
            },
        )
    }

    /// When which foot stands: found on the take's own feet, placed by the reference body's.
    fn contacts(&self, frames: &[Frame], body: &Skeleton, ground: Ground) -> Vec<Contact> {
        let fps = self.take.fps;
        let unit = body.hip_height_m();
        let stances: Vec<_> = frames.iter().map(|frame| body.stand(frame)).collect();
        let mut all = Vec::new();
        for side in Side::BOTH {
            let foot = Joint::Foot(side);
            for sole in [Sole::Heel, Sole::Ball] {
                let joint = match sole {
                    Sole::Ball if self.mapping.of(Joint::Toes(side)).is_some() => Joint::Toes(side),
                    Sole::Heel | Sole::Ball => foot,
                };
                let mut places = self.path(joint);
                for place in &mut places {
                    *place = (*place - Vec3::Y * ground.floor) / ground.unit;
                }
                let stands = contacts::standing_height(&places, fps);
                for place in &mut places {
                    place.y -= stands;
                }
                let offset = match sole {
                    Sole::Heel => body.heel_m(side),
                    Sole::Ball => body.ball_m(side),
                };
                for mut contact in contacts::find(&Path { side, sole, places }, fps) {
                    // Where it stands is where the reference body's foot is in the mean.
                    let first = (contact.from_s * fps).round() as usize;
                    let last = ((contact.to_s * fps).round() as usize).min(frames.len() - 1);
                    let mut sum = Vec3::ZERO;
                    for frame in first..=last {
                        let turn = stances[frame].turn(foot) * body.rest(foot);
                        sum += stances[frame].place(foot) + turn * offset;
                    }
                    let mean = sum / (last - first + 1) as f32 / unit;
                    contact.place.x = mean.x;
                    contact.place.z = mean.z;
                    all.push(contact);
                }
            }
        }
        self.join(&mut all, &stances, body);
        all.sort_by(|a, b| a.from_s.total_cmp(&b.from_s));
        all
    }

    /// Where heel and ball of a foot stand at the same time, their places are a foot's length apart.
    fn join(&self, contacts: &mut [Contact], stances: &[Stance], body: &Skeleton) {
        let (fps, unit) = (self.take.fps, body.hip_height_m());
        let balls: Vec<Contact> = contacts
            .iter()
            .filter(|c| c.sole == Sole::Ball)
            .copied()
            .collect();
        for heel in contacts.iter_mut().filter(|c| c.sole == Sole::Heel) {
            let both = balls.iter().find(|ball| {
                let (from, to) = (ball.from_s.max(heel.from_s), ball.to_s.min(heel.to_s));
                ball.side == heel.side && to - from > 1.0 / fps
            });
            let Some(ball) = both else { continue };
            let first = (ball.from_s.max(heel.from_s) * fps).round() as usize;
            let last = (ball.to_s.min(heel.to_s) * fps).round() as usize;
            let foot = Joint::Foot(heel.side);
            let ahead: Vec3 = stances[first..=last.min(stances.len() - 1)]
                .iter()
                .map(|stance| stance.turn(foot) * body.rest(foot) * Vec3::Z)
                .sum();
            let level = axes_forward(Vec3::Y, ahead);
            let back = level * (body.heel_m(heel.side) - body.ball_m(heel.side)) / unit;
            heel.place.x = ball.place.x + back.x;
            heel.place.z = ball.place.z + back.z;
        }
    }
}

/// Where the floor of a take is and how long a hip height is there, in file units.
#[derive(Debug, Clone, Copy)]
struct Ground {
    floor: f32,
    unit: f32,
}

type Bone = (fn(Side) -> Joint, fn(Side) -> Joint);

/// What is compared: where a take's limbs point, in the clip's world.
#[derive(Debug)]
pub struct Limbs {
    /// `[frames]`: directions of the bones of [`Limbs::BONES`], both sides, right first.
    directions: Vec<Vec<Vec3>>,
}

impl Limbs {
    /// The bones that are compared.
    const BONES: [Bone; 4] = [
        (Joint::UpperArm, Joint::LowerArm),
        (Joint::LowerArm, Joint::Hand),
        (Joint::UpperLeg, Joint::LowerLeg),
        (Joint::LowerLeg, Joint::Foot),
    ];

    /// Directions of a take's upper arms, forearms, thighs and shins.
    ///
    /// # Errors
    /// As [`retarget`].
    pub fn of(take: &Take, mapping: &Mapping) -> Result<Self, MotionError> {
        let calibration = Calibration::of(take, mapping)?;
        let directions = (0..take.frames)
            .map(|frame| {
                let placed = take.placed(frame);
                let seen = Seen::new(mapping, &placed);
                Self::each(|joint| calibration.world_from_file * seen.at(joint))
            })
            .collect();
        Ok(Self { directions })
    }

    fn each(at: impl Fn(Joint) -> Vec3) -> Vec<Vec3> {
        Side::BOTH
            .into_iter()
            .flat_map(|side| {
                Self::BONES.map(|(a, b)| (at(b(side)) - at(a(side))).normalize_or_zero())
            })
            .collect()
    }

    /// The mean angle between the take's limbs and a body's, degrees.
    pub fn direction_error_deg(&self, body: &Skeleton, frame: impl Fn(usize) -> Frame) -> f32 {
        let (mut sum, mut count) = (0.0_f64, 0_u32);
        for (index, wanted) in self.directions.iter().enumerate() {
            let stance = body.stand(&frame(index));
            for (a, b) in wanted.iter().zip(Self::each(|joint| stance.place(joint))) {
                sum += f64::from(a.angle_between(b).to_degrees());
                count += 1;
            }
        }
        (sum / f64::from(count.max(1))) as f32
    }
}
