//! Bodies that enter themselves: capsules around limbs and trunk, how deep they overlap, and arms led out of the way.
//!
//! A capsule is all points within a radius of a line. Limbs' radii are the distances of the skin from the bones that carry it; chest, belly and hips are capsules
//! that lie across the body. Neighbours on the skeleton always overlap and are not asked.

use body::BodyModel;
use glam::{Quat, Vec3};

use crate::frame::Frame;
use crate::joint::{Joint, Side};
use crate::skeleton::{Skeleton, Stance};

/// A part of the body that others may not enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Hips and belly.
    Belly,
    /// Chest.
    Chest,
    /// Head.
    Head,
    /// From elbow to wrist.
    Forearm(Side),
    /// Palm, without fingers.
    Palm(Side),
    /// From shoulder to elbow.
    UpperArm(Side),
    /// Thigh.
    Thigh(Side),
    /// Shin.
    Shin(Side),
}

/// Two parts of a body in one another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// One of them.
    pub parts: [Part; 2],
    /// How deep, metres.
    pub depth_m: f32,
}

/// A part's line at rest, its radius, and the joint it goes with.
#[derive(Debug, Clone, Copy)]
struct Capsule {
    part: Part,
    joint: Joint,
    ends: [Vec3; 2],
    radius_m: f32,
}

/// The parts of one body.
#[derive(Debug, Clone)]
pub struct Capsules {
    all: Vec<Capsule>,
}

/// Radii of the base mesh's parts, metres, found by [`Capsules::of`]; trunk: half its depth and half its width.
const FOREARM_M: f32 = 0.036;
const UPPER_ARM_M: f32 = 0.043;
const PALM_M: f32 = 0.028;
const THIGH_M: f32 = 0.075;
const SHIN_M: f32 = 0.05;
const HEAD_M: f32 = 0.085;
const CHEST_M: (f32, f32) = (0.105, 0.15);
const BELLY_M: (f32, f32) = (0.10, 0.155);
/// The share of a part's skin that its capsule holds: outliers are folds and neighbours.
const HELD: f32 = 0.6;

impl Capsules {
    /// The reference body's.
    pub fn reference() -> Self {
        Self::with(&Skeleton::reference(), |_| None)
    }

    /// Capsules of a shaped, unposed body: radii are such that three fifths of the skin that follows a part's bones lie within.
    pub fn of(model: &BodyModel, rest: &[Vec3]) -> Self {
        let body = Skeleton::of(model, rest);
        let known = model.rig.names();
        let bones = |part: Part| -> Vec<usize> {
            let names: Vec<String> = match part {
                Part::Belly => vec!["root".into(), "spine05".into(), "spine04".into()],
                Part::Chest => ["spine03", "spine02", "spine01"].map(String::from).to_vec(),
                Part::Head => vec!["head".into()],
                Part::Forearm(s) => sided(s, &["lowerarm01", "lowerarm02"]),
                Part::Palm(s) => sided(
                    s,
                    &[
                        "wrist",
                        "metacarpal1",
                        "metacarpal2",
                        "metacarpal3",
                        "metacarpal4",
                    ],
                ),
                Part::UpperArm(s) => sided(s, &["upperarm01", "upperarm02"]),
                Part::Thigh(s) => sided(s, &["upperleg01", "upperleg02"]),
                Part::Shin(s) => sided(s, &["lowerleg01", "lowerleg02"]),
            };
            names
                .iter()
                .filter_map(|name| known.iter().position(|k| k == name))
                .collect()
        };
        let fitted = |capsule: &Capsule| {
            let bones = bones(capsule.part);
            let mut far: Vec<f32> = (0..model.skin_vertices.min(rest.len()))
                .filter(|&v| {
                    let influences = model.rig.influences(v as u32);
                    let share: f32 = influences
                        .iter()
                        .filter(|(bone, _)| bones.contains(&(*bone as usize)))
                        .map(|(_, weight)| weight)
                        .sum();
                    share > 0.6
                })
                .map(|v| to_line(rest[v], capsule.ends))
                .collect();
            far.sort_by(f32::total_cmp);
            far.get((far.len() as f32 * HELD) as usize).copied()
        };
        Self::with(&body, fitted)
    }

    fn with(body: &Skeleton, fitted: impl Fn(&Capsule) -> Option<f32>) -> Self {
        let at = |joint| body.place(joint);
        // What the trunk and the head have no bones to measure by is in proportion to the hips' height.
        let scale = body.hip_height_m() / Skeleton::reference().hip_height_m();
        let across = |part, joint, middle: Vec3, (depth, width): (f32, f32)| {
            let reach = Vec3::X * (width - depth) * scale;
            Capsule {
                part,
                joint,
                ends: [middle - reach, middle + reach],
                radius_m: depth * scale,
            }
        };
        let ahead = Vec3::Z * 0.02 * scale;
        let head = at(Joint::Head);
        let crown = body.head_end();
        let mut all = vec![
            across(
                Part::Belly,
                Joint::Hips,
                at(Joint::Abdomen) + Vec3::Y * 0.03 * scale + ahead,
                BELLY_M,
            ),
            across(
                Part::Chest,
                Joint::Chest,
                at(Joint::Chest).lerp(at(Joint::Neck), 0.45) + ahead,
                CHEST_M,
            ),
            Capsule {
                part: Part::Head,
                joint: Joint::Head,
                ends: [head + Vec3::new(0.0, 0.0, 0.035) * scale, crown + ahead],
                radius_m: HEAD_M * scale,
            },
        ];
        for side in Side::BOTH {
            let knuckle = at(Joint::Finger(side, crate::Finger::Middle, 0));
            let limb = |part, joint, end: Vec3, radius_m: f32| Capsule {
                part,
                joint,
                ends: [at(joint), end],
                radius_m: radius_m * scale,
            };
            let (arm, fore, hand) = (
                Joint::UpperArm(side),
                Joint::LowerArm(side),
                Joint::Hand(side),
            );
            let (thigh, shin) = (Joint::UpperLeg(side), Joint::LowerLeg(side));
            all.push(limb(Part::UpperArm(side), arm, at(fore), UPPER_ARM_M));
            all.push(limb(Part::Forearm(side), fore, at(hand), FOREARM_M));
            all.push(limb(Part::Palm(side), hand, knuckle, PALM_M));
            all.push(limb(Part::Thigh(side), thigh, at(shin), THIGH_M));
            all.push(limb(Part::Shin(side), shin, at(Joint::Foot(side)), SHIN_M));
        }
        for capsule in &mut all {
            if let Some(radius_m) = fitted(capsule) {
                capsule.radius_m = radius_m;
            }
        }
        Self { all }
    }

    /// A part's radius, metres.
    pub fn radius_m(&self, part: Part) -> Option<f32> {
        let found = self.all.iter().find(|capsule| capsule.part == part);
        found.map(|capsule| capsule.radius_m)
    }

    /// The parts that are deepest in one another in a stance of `body`; `None` where none are.
    pub fn deepest(&self, body: &Skeleton, stance: &Stance) -> Option<Overlap> {
        let placed: Vec<[Vec3; 2]> = self
            .all
            .iter()
            .map(|capsule| {
                let (turn, place) = (stance.turn(capsule.joint), stance.place(capsule.joint));
                capsule
                    .ends
                    .map(|end| place + turn * (end - body.place(capsule.joint)))
            })
            .collect();
        let mut worst: Option<Overlap> = None;
        for (i, a) in self.all.iter().enumerate() {
            for (j, b) in self.all.iter().enumerate().skip(i + 1) {
                if !asked(a.part, b.part) {
                    continue;
                }
                let depth_m = a.radius_m + b.radius_m - between(placed[i], placed[j]);
                if depth_m > worst.map_or(0.0, |w| w.depth_m) {
                    worst = Some(Overlap {
                        parts: [a.part, b.part],
                        depth_m,
                    });
                }
            }
        }
        worst
    }

    /// Leads arms outward, and legs apart, until nothing is deeper than `allowed_m`, as far as small turns help; what is left, metres.
    pub fn push_out(&self, body: &Skeleton, frame: &mut Frame, allowed_m: f32) -> f32 {
        const STEP: f32 = 0.04;
        let depth = |frame: &Frame| {
            let stance = body.stand(frame);
            self.deepest(body, &stance)
                .filter(|o| o.depth_m > allowed_m)
        };
        for _ in 0..24 {
            let Some(overlap) = depth(frame) else {
                return 0.0;
            };
            let mut best = (overlap.depth_m, *frame);
            for part in overlap.parts {
                let joint = match part {
                    Part::Forearm(side) | Part::Palm(side) | Part::UpperArm(side) => {
                        Joint::UpperArm(side)
                    }
                    Part::Thigh(side) | Part::Shin(side) => Joint::UpperLeg(side),
                    Part::Belly | Part::Chest | Part::Head => continue,
                };
                let mut joints = vec![joint];
                if let Joint::UpperArm(side) = joint {
                    joints.push(Joint::LowerArm(side));
                }
                for joint in joints {
                    for axis in [Vec3::X, Vec3::Y, Vec3::Z] {
                        for way in [STEP, -STEP] {
                            let mut tried = *frame;
                            tried.set(joint, Quat::from_axis_angle(axis, way) * frame.turn(joint));
                            let left = depth(&tried).map_or(0.0, |o| o.depth_m);
                            if left < best.0 {
                                best = (left, tried);
                            }
                        }
                    }
                }
            }
            if best.0 >= overlap.depth_m {
                break;
            }
            *frame = best.1;
        }
        depth(frame).map_or(0.0, |overlap| overlap.depth_m)
    }
}

fn sided(side: Side, names: &[&str]) -> Vec<String> {
    names
        .iter()
        .map(|name| format!("{name}.{}", side.letter()))
        .collect()
}

/// Whether two parts may not touch: not where one hangs on the other, nor where flesh always meets.
fn asked(a: Part, b: Part) -> bool {
    use Part::{Belly, Chest, Forearm, Head, Palm, Shin, Thigh, UpperArm};
    let arm = |part| matches!(part, Forearm(_) | Palm(_));
    match (a, b) {
        (Belly | Chest | Head, other) | (other, Thigh(_) | Shin(_)) if arm(other) => true,
        (Forearm(s) | Palm(s) | UpperArm(s), Forearm(t) | Palm(t))
        | (Forearm(s) | Palm(s), UpperArm(t))
        | (Thigh(s), Shin(t))
        | (Shin(s), Thigh(t) | Shin(t)) => s != t,
        (Thigh(_) | Shin(_), other) => arm(other),
        _ => false,
    }
}

/// From a point to a line.
fn to_line(point: Vec3, [a, b]: [Vec3; 2]) -> f32 {
    let along = b - a;
    let t = (point - a).dot(along) / along.length_squared().max(1e-12);
    point.distance(a + along * t.clamp(0.0, 1.0))
}

/// The least distance of two line segments (Ericson 2005, "Real-time collision detection", §5.1.9).
fn between([p1, q1]: [Vec3; 2], [p2, q2]: [Vec3; 2]) -> f32 {
    let (d1, d2, r) = (q1 - p1, q2 - p2, p1 - p2);
    let (a, e) = (
        d1.length_squared().max(1e-12),
        d2.length_squared().max(1e-12),
    );
    let (b, c, f) = (d1.dot(d2), d1.dot(r), d2.dot(r));
    let denominator = a * e - b * b;
    let s = if denominator > 1e-12 {
        ((b * f - c * e) / denominator).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let t = (b * s + f) / e;
    let (s, t) = if t < 0.0 {
        ((-c / a).clamp(0.0, 1.0), 0.0)
    } else if t > 1.0 {
        (((b - c) / a).clamp(0.0, 1.0), 1.0)
    } else {
        (s, t)
    };
    (p1 + d1 * s).distance(p2 + d2 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_lines_are_those_of_many_points() {
        for i in 0..100_u32 {
            let at = |k: u32| {
                let f = (i * 7 + k) as f32;
                Vec3::new((f * 1.3).sin(), (f * 0.7).cos(), (f * 2.1).sin())
            };
            let (one, other) = ([at(0), at(1)], [at(2), at(3)]);
            let mut least = f32::INFINITY;
            for j in 0..=200 {
                least = least.min(to_line(one[0].lerp(one[1], j as f32 / 200.0), other));
            }
            let found = between(one, other);
            assert!(
                found <= least + 1e-5 && least - found < 0.02,
                "{i}: {found} {least}"
            );
        }
    }

    #[test]
    fn standing_at_ease_is_free_and_a_hand_in_the_belly_is_not() {
        let (body, capsules) = (Skeleton::reference(), Capsules::reference());
        let mut frame = Frame::default();
        for side in Side::BOTH {
            frame.set(
                Joint::UpperArm(side),
                Quat::from_rotation_z(side.sign() * 0.25),
            );
        }
        let deepest = capsules.deepest(&body, &body.stand(&frame));
        assert_eq!(deepest, None, "{deepest:?}");
        let stance = body.stand(&frame);
        let inside = stance.place(Joint::Abdomen) + Vec3::new(-0.03, 0.05, 0.05);
        let goal = crate::reach::Goal {
            wrist_m: inside,
            hand: None,
            swivel: 0.0,
            lean: false,
        };
        crate::reach::reach(&body, &mut frame, Side::Right, &goal);
        let deepest = capsules
            .deepest(&body, &body.stand(&frame))
            .expect("it is inside");
        assert!(deepest.depth_m > 0.04, "{deepest:?}");
        assert!(deepest.parts.contains(&Part::Belly), "{deepest:?}");
        assert!(capsules.push_out(&body, &mut frame, 0.01) < 0.01);
        let after = capsules.deepest(&body, &body.stand(&frame));
        assert!(after.is_none_or(|o| o.depth_m <= 0.01), "{after:?}");
    }

    #[test]
    fn crossed_legs_and_crossed_arms_are_seen() {
        let (body, capsules) = (Skeleton::reference(), Capsules::reference());
        let mut frame = Frame::default();
        for side in Side::BOTH {
            frame.set(
                Joint::UpperLeg(side),
                Quat::from_rotation_z(-side.sign() * 0.2),
            );
        }
        let deepest = capsules
            .deepest(&body, &body.stand(&frame))
            .expect("shins meet");
        assert!(
            matches!(
                deepest.parts,
                [
                    Part::Shin(_) | Part::Thigh(_),
                    Part::Shin(_) | Part::Thigh(_)
                ]
            ),
            "{deepest:?}"
        );
    }
}
