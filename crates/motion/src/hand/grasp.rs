//! Hands that hold things: fingers close until they touch.
//!
//! As GraspIt's automatic grasps do (Miller & Allen 2004): all joints of a finger turn together; where a phalanx touches, its joint and those before it stop,
//! and those behind it go on. Fingers are capsules, objects are known by their distance.

use glam::{Quat, Vec3};

use super::{DIP, Digit, Gesture, HandPose, MCP, PIP, THUMB_FLEXION, THUMB_IP, THUMB_MCP};
use crate::frame::Frame;
use crate::joint::{Finger, Joint, Side};
use crate::skeleton::Skeleton;

/// What is held; its own axes are the hand's at attention: x from thumb to back, see each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// A cup, a bottle, a rail: its axis is y.
    Cylinder {
        /// Metres.
        radius_m: f32,
        /// Along y, metres.
        length_m: f32,
    },
    /// A ball, an apple.
    Sphere {
        /// Metres.
        radius_m: f32,
    },
    /// A carton, a telephone: y is its longest side.
    Box {
        /// Whole sides, metres.
        size_m: Vec3,
    },
    /// A card, a key, a pen's end: held between thumb and index finger.
    Thin {
        /// Metres.
        thickness_m: f32,
    },
}

impl Shape {
    /// From a point in the object's axes to its surface, negative inside, metres. Boxes' edges are sharp.
    pub fn distance_m(&self, at: Vec3) -> f32 {
        match *self {
            Self::Cylinder { radius_m, length_m } => {
                let out = (at.x * at.x + at.z * at.z).sqrt() - radius_m;
                let beyond = at.y.abs() - length_m / 2.0;
                out.max(beyond).min(0.0) + Vec3::new(out.max(0.0), beyond.max(0.0), 0.0).length()
            }
            Self::Sphere { radius_m } => at.length() - radius_m,
            Self::Box { size_m } => {
                let out = at.abs() - size_m / 2.0;
                out.max_element().min(0.0) + out.max(Vec3::ZERO).length()
            }
            // A sheet as large as a card.
            Self::Thin { thickness_m } => Self::Box {
                size_m: Vec3::new(thickness_m, 0.085, 0.054),
            }
            .distance_m(at),
        }
    }
}

/// A hand around something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grasp {
    /// The fingers.
    pub hand: HandPose,
    /// Where the object's middle is, from the wrist, in the hand's axes (see [`Joint`]), metres.
    pub place_m: Vec3,
    /// From the object's axes to the hand's.
    pub turn: Quat,
    /// Which fingers touch it, thumb first.
    pub touching: [bool; 5],
}

/// The hand in its own axes: where joints are and how thick fingers are.
struct Model<'a> {
    body: &'a Skeleton,
    side: Side,
    radius_m: f32,
    palm_m: f32,
}

impl Model<'_> {
    /// The bones of a finger in the hand's axes, from the wrist: three and their end.
    fn bones(&self, hand: &HandPose, finger: Finger) -> [Vec3; 4] {
        let wrist = Joint::Hand(self.side);
        let at = |phalanx: u8| self.body.place(Joint::Finger(self.side, finger, phalanx));
        let rest = self.body.rest(wrist).inverse();
        let mut places = [Vec3::ZERO; 4];
        places[0] = rest * (at(0) - self.body.place(wrist));
        let mut turn = Quat::IDENTITY;
        for phalanx in 0..3 {
            turn *= hand.turn(self.side, finger, phalanx);
            let end = if phalanx == 2 {
                self.body.tip(self.side, finger)
            } else {
                at(phalanx as u8 + 1)
            };
            // A phalanx is −y of its joint's axes.
            places[phalanx + 1] =
                places[phalanx] + turn * Vec3::NEG_Y * at(phalanx as u8).distance(end);
        }
        places
    }

    /// From a phalanx' skin to the object, metres.
    fn gap(&self, bones: &[Vec3; 4], phalanx: usize, object: &dyn Fn(Vec3) -> f32) -> f32 {
        let thin = [1.0, 0.92, 0.85][phalanx];
        (0..=6)
            .map(|i| {
                // The beginning of a first phalanx is in the palm, and the bone ends half a finger before the skin.
                let t = i as f32 / 6.0;
                let t = if phalanx == 0 { 0.3 + 0.7 * t } else { t };
                object(bones[phalanx].lerp(bones[phalanx + 1], t))
            })
            .fold(f32::INFINITY, f32::min)
            - self.radius_m * thin
    }
}

/// One degree at a time.
const STEP: f32 = 0.0175;
/// Nearer than this is touching, metres.
const TOUCH_M: f32 = 5e-4;

impl Grasp {
    /// Closes a hand of `body` around a shape that lies in its palm, or between thumb and index finger where it is thin.
    ///
    /// A cylinder lies across the palm; a box has its longest side across, and its thinnest between palm and fingers. What is larger than the hand is
    /// touched by as much of it as reaches.
    pub fn around(body: &Skeleton, side: Side, shape: Shape) -> Self {
        let wrist = Joint::Hand(side);
        let knuckle = body.place(Joint::Finger(side, Finger::Middle, 0));
        let palm_m = body.place(wrist).distance(knuckle);
        let model = Model {
            body,
            side,
            // A finger is a twelfth of a palm thick either way (16 mm on a palm of 96, as Garrett 1971 measured hands).
            radius_m: 0.083 * palm_m,
            palm_m,
        };
        if let Shape::Thin { thickness_m } = shape {
            return model.pinch(thickness_m);
        }
        let palm = Vec3::X * -side.sign();
        // The flesh of the palm lies half a finger and more above the bones.
        let flesh = 1.5 * model.radius_m;
        let (depth, turn) = match shape {
            Shape::Cylinder { radius_m, .. } => {
                // Across the palm, a little aslant, as bottles and rails are held.
                let slant = Quat::from_rotation_x(0.2);
                (
                    radius_m,
                    slant * Quat::from_rotation_x(std::f32::consts::FRAC_PI_2),
                )
            }
            Shape::Sphere { radius_m } => (radius_m, Quat::IDENTITY),
            Shape::Box { size_m } => (
                size_m.x.min(size_m.z) / 2.0,
                Quat::from_rotation_x(std::f32::consts::FRAC_PI_2)
                    * if size_m.x <= size_m.z {
                        Quat::IDENTITY
                    } else {
                        Quat::from_rotation_y(std::f32::consts::FRAC_PI_2)
                    },
            ),
            Shape::Thin { thickness_m } => (thickness_m / 2.0, Quat::IDENTITY),
        };
        // Small things lie at the fingers' roots, large ones in the whole palm.
        let along = (palm_m * 0.98 - 0.35 * depth).max(palm_m * 0.6);
        let place = Vec3::NEG_Y * along + palm * (depth + flesh);
        let object = |at: Vec3| shape.distance_m(turn.inverse() * (at - place));
        let mut grasp = Self {
            hand: model.ready(depth),
            place_m: place,
            turn,
            touching: [false; 5],
        };
        for finger in Finger::ALL {
            grasp.touching[finger as usize] = model.close(&mut grasp.hand, finger, &object);
        }
        grasp
    }
}

impl Model<'_> {
    /// The hand before it closes: fingers fan out for large things, the thumb stands against them.
    fn ready(&self, depth: f32) -> HandPose {
        let wide = (depth / (0.6 * self.palm_m)).min(1.0);
        let mut hand = Gesture::Open.pose();
        hand.thumb = super::Thumb {
            abduction: 0.55 - 0.1 * wide,
            flexion: -0.1 - 0.25 * wide,
            roll: 0.4,
            mcp: -0.1,
            ip: -0.15,
        };
        for digit in &mut hand.digits {
            digit.spread *= 0.3 + 0.7 * wide;
            digit.mcp = 0.0;
            digit.pip = 0.05;
            digit.dip = 0.03;
        }
        hand
    }

    /// Turns a finger's joints until its phalanges touch; whether one does.
    fn close(&self, hand: &mut HandPose, finger: Finger, object: &dyn Fn(Vec3) -> f32) -> bool {
        let mut stopped = [false; 3];
        let mut touched = false;
        for _ in 0..120 {
            for joint in 0..3 {
                if stopped[joint] {
                    continue;
                }
                let before = *hand;
                if !bend(hand, finger, joint) {
                    stopped[joint] = true;
                    continue;
                }
                let bones = self.bones(hand, finger);
                let was = self.bones(&before, finger);
                for phalanx in joint..3 {
                    let gap = self.gap(&bones, phalanx, object);
                    // What lay inside from the start may leave, but nothing may go deeper.
                    if gap < TOUCH_M && gap < self.gap(&was, phalanx, object) {
                        *hand = before;
                        stopped[..=phalanx].fill(true);
                        touched = true;
                        break;
                    }
                }
            }
            if stopped.iter().all(|&s| s) {
                break;
            }
        }
        touched
    }

    /// Thumb and index finger on both sides of something thin.
    fn pinch(&self, thickness_m: f32) -> Grasp {
        let mut hand = Gesture::Pinch.pose();
        let wanted = thickness_m + 2.0 * 0.75 * self.radius_m;
        let gap = |hand: &HandPose| {
            let [thumb, index] =
                [Finger::Thumb, Finger::Index].map(|finger| self.bones(hand, finger)[3]);
            (thumb, index, thumb.distance(index))
        };
        // The index finger opens or closes until the pulps are as far apart as the thing is thick.
        let mut best = (f32::INFINITY, hand);
        for i in -40..=40 {
            let mut tried = hand;
            let by = i as f32 * STEP;
            tried.digits[0] = Digit {
                mcp: tried.digits[0].mcp + by,
                pip: tried.digits[0].pip + 0.7 * by,
                dip: tried.digits[0].dip + 0.4 * by,
                ..tried.digits[0]
            };
            let tried = tried.limited();
            let off = (gap(&tried).2 - wanted).abs();
            if off < best.0 {
                best = (off, tried);
            }
        }
        hand = best.1;
        let (thumb, index, _) = gap(&hand);
        Grasp {
            hand,
            place_m: (thumb + index) / 2.0,
            turn: Quat::from_rotation_arc(Vec3::X, (index - thumb).normalize_or(Vec3::X)),
            touching: [true, true, false, false, false],
        }
    }
}

/// Bends one joint of a finger by a step, last joints with the middle ones; whether it could.
fn bend(hand: &mut HandPose, finger: Finger, joint: usize) -> bool {
    let (angle, most, step) = match (finger, joint) {
        (Finger::Thumb, 0) => (&mut hand.thumb.flexion, THUMB_FLEXION.1, STEP),
        (Finger::Thumb, 1) => (&mut hand.thumb.mcp, THUMB_MCP.1, STEP),
        (Finger::Thumb, _) => (&mut hand.thumb.ip, THUMB_IP.1, STEP),
        (_, 0) => (&mut hand.digits[finger as usize - 1].mcp, MCP.1, STEP),
        (_, 1) => (&mut hand.digits[finger as usize - 1].pip, PIP.1, STEP),
        (_, _) => (
            &mut hand.digits[finger as usize - 1].dip,
            DIP.1,
            STEP * 0.66,
        ),
    };
    if *angle + step > most {
        return false;
    }
    *angle += step;
    true
}

impl Grasp {
    /// Where the object is in the world when a frame's hand holds it: its middle, and from its axes to the world's.
    pub fn held(&self, body: &Skeleton, side: Side, frame: &Frame) -> (Vec3, Quat) {
        let stance = body.stand(frame);
        let wrist = Joint::Hand(side);
        let axes = stance.turn(wrist) * body.rest(wrist);
        (
            stance.place(wrist) + axes * self.place_m,
            (axes * self.turn).normalize(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingers_touch_what_they_hold_and_do_not_enter_it() {
        let body = Skeleton::reference();
        let shapes = [
            Shape::Cylinder {
                radius_m: 0.033,
                length_m: 0.2,
            },
            Shape::Cylinder {
                radius_m: 0.015,
                length_m: 0.5,
            },
            Shape::Sphere { radius_m: 0.037 },
            Shape::Box {
                size_m: Vec3::new(0.02, 0.14, 0.07),
            },
            Shape::Box {
                size_m: Vec3::new(0.06, 0.15, 0.06),
            },
        ];
        for side in Side::BOTH {
            for shape in shapes {
                let grasp = Grasp::around(&body, side, shape);
                assert_eq!(grasp.hand, grasp.hand.limited(), "{shape:?}");
                let touching = grasp.touching.iter().filter(|t| **t).count();
                assert!(
                    touching >= 4 && grasp.touching[0],
                    "{shape:?}: {:?}",
                    grasp.touching
                );
                let model = Model {
                    body: &body,
                    side,
                    radius_m: 0.008,
                    palm_m: 0.1,
                };
                for finger in Finger::ALL {
                    let bones = model.bones(&grasp.hand, finger);
                    for end in &bones[2..] {
                        let there = grasp.turn.inverse() * (*end - grasp.place_m);
                        assert!(
                            shape.distance_m(there) > 0.0,
                            "{shape:?}: a bone of {finger:?} is inside"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn thin_things_are_pinched_between_pulps() {
        let body = Skeleton::reference();
        let grasp = Grasp::around(&body, Side::Right, Shape::Thin { thickness_m: 0.004 });
        let model = Model {
            body: &body,
            side: Side::Right,
            radius_m: 0.0085,
            palm_m: 0.1,
        };
        let [thumb, index] = [Finger::Thumb, Finger::Index].map(|f| model.bones(&grasp.hand, f)[3]);
        let gap = thumb.distance(index);
        assert!((0.008..0.022).contains(&gap), "{gap}");
    }

    #[test]
    fn distances_are_those_of_the_shapes() {
        let sphere = Shape::Sphere { radius_m: 1.0 };
        assert!((sphere.distance_m(Vec3::new(0.0, 3.0, 0.0)) - 2.0).abs() < 1e-6);
        let cylinder = Shape::Cylinder {
            radius_m: 1.0,
            length_m: 4.0,
        };
        assert!((cylinder.distance_m(Vec3::new(4.0, 6.0, 0.0)) - 5.0).abs() < 1e-6);
        assert!((cylinder.distance_m(Vec3::ZERO) + 1.0).abs() < 1e-6);
        let cube = Shape::Box {
            size_m: Vec3::splat(2.0),
        };
        assert!((cube.distance_m(Vec3::new(2.0, 0.0, 0.0)) - 1.0).abs() < 1e-6);
    }
}
