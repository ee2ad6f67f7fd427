//! Walking along a path: where feet fall, and what goes between.
//!
//! Step length and cadence keep the walk ratio, 6.5 mm per step a minute, that people keep at all speeds (Sekiya & Nagasaki 1998), scaled with the
//! leg's length. A foot stands for 60 % of its cycle, lands on the heel, and leaves over the ball (Perry & Burnfield 2010). What arms and trunk do is
//! the course of their means, as sines.

use std::f32::consts::{PI, TAU};

use glam::{Quat, Vec2, Vec3};

use super::base::Sway;
use crate::clip::{Contact, Sole};
use crate::frame::Frame;
use crate::joint::{Joint, Side};
use crate::plant::{Wish, settle};
use crate::skeleton::Skeleton;

/// Metres of a step for each step a minute.
const WALK_RATIO: f32 = 0.0065;
/// A foot stands for so many steps' time: 60 % of two.
const STANCE: f32 = 1.2;
/// The whole sole is on the floor after so much of the stance, and until so much of it.
const FLAT: (f32, f32) = (0.16, 0.58);
/// Feet land with the toes so high and leave with the heel so high, radians.
const PITCH: (f32, f32) = (0.32, 0.85);

/// A foot falls so much of a step before the hips; the ankle is behind the middle of the sole.
const AHEAD: f32 = 0.46;

#[derive(Debug, Clone)]
pub(super) struct Walk {
    points: Vec<Vec2>,
    upto: Vec<f32>,
    speed: f32,
    step_m: f32,
    width_m: f32,
    lift_m: f32,
}

impl Walk {
    pub(super) fn new(body: &Skeleton, path: &[Vec2], speed: f32) -> Option<Self> {
        let points = rounded(path);
        let mut upto = vec![0.0];
        for pair in points.windows(2) {
            upto.push(upto.last()? + pair[0].distance(pair[1]));
        }
        let unit = body.hip_height_m();
        // Compared with a grown person's 0.9 m.
        let scale = unit / 0.9;
        let speed = speed.clamp(0.3, 2.2);
        let cadence = (60.0 * speed / (WALK_RATIO * scale)).sqrt();
        (points.len() >= 2 && *upto.last()? > 0.1).then_some(Self {
            points,
            upto,
            speed,
            step_m: 60.0 * speed / cadence,
            width_m: 0.066 * scale,
            lift_m: 0.07 * scale,
        })
    }

    pub(super) fn seconds(&self) -> f32 {
        self.upto.last().copied().unwrap_or(0.0) / self.speed
    }

    fn step_s(&self) -> f32 {
        self.step_m / self.speed
    }

    /// Where the path is after a way, and the way it goes; it goes on straight before its beginning and after its end.
    fn at(&self, way: f32) -> (Vec3, f32) {
        let place = |way: f32| {
            let last = self.points.len() - 1;
            let i = self.upto.partition_point(|&u| u <= way).clamp(1, last);
            let (a, b) = (self.upto[i - 1], self.upto[i]);
            let t = (way - a) / (b - a).max(1e-6);
            self.points[i - 1] + (self.points[i] - self.points[i - 1]) * t
        };
        let here = place(way);
        // People turn before the corner and after it.
        let along = place(way + 0.3) - place(way - 0.3);
        (Vec3::new(here.x, 0.0, here.y), along.x.atan2(along.y))
    }

    /// Whose foot falls at step `number`, where, and its yaw.
    fn fall(&self, number: i32) -> (Side, Vec3, f32) {
        let side = Side::BOTH[number.rem_euclid(2) as usize];
        // Feet fall half a step before the hips and leave behind them.
        let (place, yaw) = self.at((number as f32 + AHEAD) * self.step_m);
        let left = Quat::from_rotation_y(yaw) * Vec3::X;
        (
            side,
            place + left * self.width_m * side.sign(),
            yaw + side.sign() * 0.09,
        )
    }

    /// One foot at a time: where its ankle is, its yaw and pitch (toes up positive), and how much its toes bend.
    fn foot(&self, body: &Skeleton, side: Side, time_s: f32) -> Wish {
        let step_s = self.step_s();
        // The last time this foot fell: it falls at even or odd steps.
        let odd = side as i32;
        let cycle = ((time_s / step_s - odd as f32) / 2.0).floor() as i32;
        let number = 2 * cycle + odd;
        let since = (time_s - number as f32 * step_s) / step_s;
        let (_, here, yaw) = self.fall(number);
        let (_, next, next_yaw) = self.fall(number + 2);
        let (heel, ball) = (body.heel_m(side), body.ball_m(side));
        let placed = |at: Vec3, yaw: f32, pitch: f32, pivot: Vec3| {
            let level = Quat::from_rotation_y(yaw);
            let turn = level * Quat::from_rotation_x(-pitch);
            // The ankle, when the pivot stays where it is on a flat foot.
            (at + level * pivot - turn * pivot - Vec3::Y * heel.y, turn)
        };
        let (place, foot, toes);
        if since < STANCE {
            let t = since / STANCE;
            if t < FLAT.0 {
                let pitch = PITCH.0 * (1.0 - smooth(t / FLAT.0));
                (place, foot) = placed(here, yaw, pitch, heel);
                toes = foot;
            } else {
                let rise = smooth((t - FLAT.1) / (1.0 - FLAT.1));
                (place, foot) = placed(here, yaw, -PITCH.1 * rise, ball);
                toes = Quat::from_rotation_y(yaw);
            }
        } else {
            let t = (since - STANCE) / (2.0 - STANCE);
            let (from, _) = placed(here, yaw, -PITCH.1, ball);
            let (to, _) = placed(next, next_yaw, PITCH.0, heel);
            let go = smooth(t);
            let lift = self.lift_m * (PI * t).sin().powi(2) * (1.0 - 0.5 * t);
            place = from.lerp(to, go) + Vec3::Y * lift;
            let pitch = -PITCH.1 + (PITCH.0 + PITCH.1) * smooth(t * 1.15);
            let about = yaw + (crate::edit::wrapped(next_yaw - yaw)) * go;
            foot = Quat::from_rotation_y(about) * Quat::from_rotation_x(-pitch);
            toes = foot * Quat::from_rotation_x(-PITCH.1 * (1.0 - smooth(t * 2.5)));
        }
        Wish {
            side,
            ankle_m: place,
            foot,
            toes,
        }
    }

    pub(super) fn frame(&self, body: &Skeleton, time_s: f32, sway: &Sway) -> Frame {
        let unit = body.hip_height_m();
        let (place, yaw) = self.at(self.speed * time_s);
        // In steps: whole numbers are when feet fall, the right one at even ones.
        let beat = time_s / self.step_s();
        let stride = PI * beat;
        let vigour = (self.step_m / (0.72 * unit / 0.9)).clamp(0.4, 1.6);
        let mut frame = Frame::default();
        let left = Quat::from_rotation_y(yaw) * Vec3::X;
        // Lowest when both feet stand, over the right foot after an even step.
        let low = 0.012 * vigour;
        let height = 0.978 - 0.5 * low * vigour - low * (TAU * beat).cos();
        frame.root = place / unit + Vec3::Y * height - left * (0.018 * (stride - 0.2).sin());
        let turn = 0.07 * vigour * stride.cos();
        frame.set(
            Joint::Hips,
            Quat::from_rotation_y(yaw - turn)
                * Quat::from_rotation_z(0.045 * (stride - 0.2).sin())
                * Quat::from_rotation_x(0.03 + sway.lean * 0.5),
        );
        // Shoulders turn against hips; the head stays.
        let counter = Quat::from_rotation_y(turn * 1.6);
        frame.set(Joint::Abdomen, counter.slerp(Quat::IDENTITY, 0.5));
        frame.set(
            Joint::Chest,
            counter.slerp(Quat::IDENTITY, 0.5)
                * Quat::from_rotation_z(-0.03 * (stride - 0.2).sin()),
        );
        frame.set(Joint::Neck, Quat::from_rotation_y(-0.3 * turn));
        frame.set(Joint::Head, Quat::from_rotation_y(-0.3 * turn));
        for side in Side::BOTH {
            let s = side.sign();
            // The left arm is ahead when the right foot falls.
            let swing = s * stride.cos();
            frame.set(
                Joint::UpperArm(side),
                Quat::from_rotation_z(s * (0.05 + sway.arms * 0.6))
                    * Quat::from_rotation_x(0.1 - 0.36 * vigour * swing),
            );
            frame.set(
                Joint::LowerArm(side),
                Quat::from_rotation_x(-0.35 - 0.22 * vigour * (1.0 + swing)),
            );
            frame.set(Joint::Hand(side), Quat::from_rotation_y(-s * 0.3));
            // Knees face the way, so that they bend forward.
            frame.set(Joint::UpperLeg(side), Quat::from_rotation_x(-0.25));
            frame.set(Joint::LowerLeg(side), Quat::from_rotation_x(0.5));
        }
        let wishes = Side::BOTH.map(|side| self.foot(body, side, time_s));
        settle(&mut frame, body, &wishes);
        frame
    }

    /// When heels and balls stand.
    pub(super) fn contacts(&self, body: &Skeleton) -> Vec<Contact> {
        let (unit, step_s) = (body.hip_height_m(), self.step_s());
        let stance_s = STANCE * step_s;
        let mut all = Vec::new();
        for number in -1..=(self.seconds() / step_s) as i32 + 1 {
            let (side, place, yaw) = self.fall(number);
            let begin = number as f32 * step_s;
            for (sole, offset, from_s, to_s) in [
                (
                    Sole::Heel,
                    body.heel_m(side),
                    begin,
                    begin + FLAT.1 * stance_s,
                ),
                (
                    Sole::Ball,
                    body.ball_m(side),
                    begin + FLAT.0 * stance_s,
                    begin + stance_s,
                ),
            ] {
                let (from_s, to_s) = (from_s.max(0.0), to_s.min(self.seconds()));
                let at = place + Quat::from_rotation_y(yaw) * offset;
                if to_s > from_s {
                    all.push(Contact {
                        side,
                        sole,
                        from_s,
                        to_s,
                        place: Vec3::new(at.x, 0.0, at.z) / unit,
                    });
                }
            }
        }
        all.sort_by(|a, b| a.from_s.total_cmp(&b.from_s));
        all
    }
}

fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The path with round corners: Catmull & Rom 1974, sixteen points between two.
fn rounded(path: &[Vec2]) -> Vec<Vec2> {
    let finite: Vec<Vec2> = path.iter().copied().filter(|p| p.is_finite()).collect();
    let mut points: Vec<Vec2> = Vec::new();
    for i in 0..finite.len().saturating_sub(1) {
        let at = |j: usize| finite[j.min(finite.len() - 1)];
        let (p0, p1, p2, p3) = (at(i.saturating_sub(1)), at(i), at(i + 1), at(i + 2));
        for k in 0..16 {
            let t = k as f32 / 16.0;
            let (t2, t3) = (t * t, t * t * t);
            let sum = p1 * 2.0
                + (p2 - p0) * t
                + (p0 * 2.0 - p1 * 5.0 + p2 * 4.0 - p3) * t2
                + (p1 * 3.0 - p0 - p2 * 3.0 + p3) * t3;
            points.push(sum * 0.5);
        }
    }
    points.extend(finite.last());
    points.dedup_by(|a, b| a.distance(*b) < 1e-4);
    points
}
