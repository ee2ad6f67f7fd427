//! Driving: how somebody sits at a steering wheel, as far from it as their own arms and legs want.

use glam::{Quat, Vec3};
use population::Streams;

use super::base::{Sway, driving};
use super::hold::Hold;
use super::{Act, Base, Doing, RIM};
use crate::hand::Grasp;
use crate::joint::{Joint, Side};
use crate::reach::{look_at, reach};
use crate::skeleton::Skeleton;
use crate::turning::axes;

/// A steering wheel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wheel {
    /// Its middle, metres.
    pub place_m: Vec3,
    /// To the middle of the rim, metres.
    pub radius_m: f32,
    /// How far it leans away from upright, radians: 0 faces the driver, π/2 lies flat.
    pub tilt: f32,
}

impl Wheel {
    /// A place on the rim, `angle` radians from the top towards the driver's left: its middle, and its axes, y along the rim, x outward. `along`
    /// is 1 or −1 and chooses the way that y runs.
    pub fn rim(&self, angle: f32, along: f32) -> (Vec3, Quat) {
        // The wheel's plane holds x and, leaning away from the driver, its own up.
        let plane = Quat::from_rotation_x(self.tilt);
        let out = plane * Vec3::new(angle.sin(), angle.cos(), 0.0);
        let way = plane * Vec3::new(angle.cos(), -angle.sin(), 0.0) * along;
        // The rim's axis is y, its x looks from the middle outward.
        (self.place_m + out * self.radius_m, axes(way, out))
    }

    /// Where a side's hand holds it.
    pub(super) fn held(&self, side: Side, angle: f32) -> (Vec3, Quat) {
        self.rim(side.sign() * angle, -side.sign())
    }
}

/// How somebody sits at a wheel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driving {
    /// From the floor under the heels to where one sits, metres.
    pub seat_m: f32,
    /// How far the pelvis leans back, radians; the chest leans back less.
    pub recline: f32,
    /// How far the legs are stretched to the pedals, as a share of their length.
    pub stretch: f32,
    /// What is steered with.
    pub wheel: Wheel,
    /// Where the right and the left hand hold the rim when they have nothing else to do: radians from the top towards their own side; `None` rests on the thigh.
    pub hands: [Option<f32>; 2],
}

/// Flesh around hip joints and thigh bones, in hip heights, of a lean person.
const THIGH: f32 = 0.085;

impl Driving {
    /// As `body` would set up seat and wheel, both hands on the rim; `stout` is how much thicker than lean people they are before the hips and around the thighs, metres.
    pub fn draw(body: &Skeleton, stout: f32, streams: &Streams) -> Self {
        let mut stream = streams.stream("motion/driving");
        let mut range = |a: f64, b: f64| stream.range(a, b) as f32;
        let unit = body.hip_height_m();
        let mut made = Self {
            seat_m: range(0.17, 0.27) * unit / 0.9,
            recline: range(0.42, 0.58),
            stretch: range(0.86, 0.93),
            wheel: Wheel {
                place_m: Vec3::ZERO,
                radius_m: range(0.176, 0.192),
                tilt: range(0.36, 0.52),
            },
            hands: [None; 2],
        };
        let (distance, drop) = (range(0.93, 1.04), range(0.25, 0.42));
        // Most people drive at a quarter to three or ten to two, some lazily low.
        let (hands, apart) = match range(0.0, 1.0) {
            style if style < 0.5 => (range(75.0, 95.0), range(-6.0, 6.0)),
            style if style < 0.8 => (range(48.0, 70.0), range(-8.0, 8.0)),
            _ => (range(105.0, 128.0), range(-10.0, 10.0)),
        };
        made.hands = [
            Some((hands + apart).to_radians()),
            Some((hands - apart).to_radians()),
        ];
        let stance = body.stand(&driving(body, &made, 0.0, &Sway::new(streams)));
        let [right, left] = Side::BOTH.map(|side| stance.place(Joint::UpperArm(side)));
        let shoulders = (right + left) / 2.0;
        let (upper, lower) = body.arm_m(Side::Right);
        let far = (upper + lower) * distance;
        let mut place = shoulders + Vec3::new(0.0, -drop.sin(), drop.cos()) * far;
        // The rim's lower half stays clear of the belly and of the thighs.
        let radius_m = made.wheel.radius_m;
        let down = Vec3::new(0.0, -made.wheel.tilt.cos(), -made.wheel.tilt.sin()) * radius_m;
        let hips = stance.hips();
        let belly = hips.z + 0.17 * unit / 0.9 + stout + 0.035;
        place.z = place.z.max(belly - down.z);
        let knee = stance.place(Joint::LowerLeg(Side::Right));
        let share = ((place.z + down.z - hips.z) / (knee.z - hips.z)).clamp(0.0, 1.0);
        let thigh = hips.y + (knee.y - hips.y) * share + THIGH * unit + 0.5 * stout + 0.03;
        place.y = place.y.max(thigh - down.y);
        place.x = hips.x;
        made.wheel.place_m = place;
        made
    }
}

/// How far wheels are moved to be out of a camera's way: up and ahead, metres, and how much more they lean, radians.
const MOVES: [[f32; 2]; 3] = [[-0.03, 0.05], [-0.02, 0.06], [-0.12, 0.12]];

impl Driving {
    /// Sets the wheel a little higher, lower, nearer or flatter where that clears the view of a camera at `lens`, metres from the middle between the eyes:
    /// cars with a camera behind the wheel are laid out so that it sees most faces over the rim or through it.
    pub fn clear_view(&mut self, body: &Skeleton, lens: Vec3, streams: &Streams) {
        // Half the rim's thickness, and a little.
        const ENOUGH_M: f32 = 0.035;
        let eyes = self.eyes(body, streams);
        let lens = eyes + lens;
        let face = [
            (0.0, -0.12),
            (0.0, -0.05),
            (0.0, 0.05),
            (0.055, 0.0),
            (-0.055, 0.0),
        ]
        .map(|(x, y)| eyes + Vec3::new(x, y, 0.0));
        let clearance = |wheel: &Wheel| {
            (0..64)
                .map(|i| wheel.rim(std::f32::consts::TAU * i as f32 / 64.0, 1.0).0)
                .flat_map(|rim| {
                    face.map(|to| {
                        let way = to - lens;
                        let t = (rim - lens).dot(way) / way.length_squared();
                        rim.distance(lens + way * t.clamp(0.0, 1.0))
                    })
                })
                .fold(f32::INFINITY, f32::min)
        };
        let mut best = (clearance(&self.wheel).min(ENOUGH_M), 0.0, self.wheel);
        let steps =
            |[low, high]: [f32; 2]| (0..=4).map(move |i| low + (high - low) * i as f32 / 4.0);
        for up in steps(MOVES[0]) {
            for ahead in steps(MOVES[1]) {
                for lean in steps(MOVES[2]) {
                    let wheel = Wheel {
                        place_m: self.wheel.place_m + Vec3::new(0.0, up, ahead),
                        tilt: self.wheel.tilt + lean,
                        ..self.wheel
                    };
                    let cleared = clearance(&wheel).min(ENOUGH_M);
                    let moved = up.abs() + ahead.abs() + 0.2 * lean.abs();
                    if cleared > best.0 + 1e-4 || (cleared > best.0 - 1e-6 && moved < best.1) {
                        best = (cleared, moved, wheel);
                    }
                }
            }
        }
        self.wheel = best.2;
    }

    /// The middle between the eyes of a driver who looks ahead, about.
    pub fn eyes(&self, body: &Skeleton, streams: &Streams) -> Vec3 {
        let mut frame = driving(body, self, 0.0, &Sway::new(streams));
        look_at(
            body,
            &mut frame,
            self.wheel.place_m + Vec3::new(0.0, 0.35, 12.0),
        );
        let stance = body.stand(&frame);
        let (head, top) = (stance.place(Joint::Head), body.head_end_in(&stance));
        head.lerp(top, 0.4) + Vec3::Z * 0.5 * head.distance(top)
    }
}

impl Act {
    /// How the act's driver sits, if it is one's.
    pub fn driving(&self) -> Option<&Driving> {
        match &self.base {
            Base::Driving(driving) => Some(driving),
            Base::Standing | Base::Seated { .. } | Base::Walking { .. } => None,
        }
    }

    /// How far a wheel is turned at a time, radians, to the driver's left: small corrections, as on a straight road.
    pub fn wheel_turn(&self, time_s: f32) -> f32 {
        0.05 * (0.7 * time_s + self.sway.phase).sin()
            + 0.02 * (1.9 * time_s + 2.0 * self.sway.phase).sin()
    }

    /// The holds of the hands that a driver has on the rim.
    pub(super) fn rim_holds(&self) -> Vec<(Side, Hold)> {
        let Some(driver) = self.driving() else {
            return Vec::new();
        };
        let ease = driving(&self.body, driver, self.seconds * 0.5, &self.sway);
        Side::BOTH
            .into_iter()
            .zip(driver.hands)
            .filter_map(|(side, at)| {
                let grasp = Grasp::around(&self.body, side, RIM);
                let at = driver.wheel.held(side, at?);
                Some((side, Hold::new(&self.body, &ease, side, grasp, at)))
            })
            .collect()
    }

    /// Where the rim of a hand that drives is.
    fn on_rim(&self, side: Side, time_s: f32) -> Option<(Vec3, Quat)> {
        let driver = self.driving()?;
        let at = driver.hands[usize::from(side == Side::Left)]?;
        let turned = side.sign() * self.wheel_turn(time_s);
        Some(driver.wheel.held(side, at + turned))
    }

    /// A driver with the hands on the wheel, looking ahead.
    pub(super) fn at_wheel(&self, driver: &Driving, time_s: f32) -> crate::Frame {
        let mut frame = driving(&self.body, driver, time_s, &self.sway);
        let ahead = driver.wheel.place_m + Vec3::new(0.0, 0.35, 12.0);
        look_at(&self.body, &mut frame, ahead);
        for side in Side::BOTH {
            crate::hand::Gesture::Relaxed.pose().apply(side, &mut frame);
        }
        for (side, hold) in &self.rims {
            if let Some(at) = self.on_rim(*side, time_s) {
                reach(&self.body, &mut frame, *side, &hold.goal(at));
                hold.grasp.hand.apply(*side, &mut frame);
            }
        }
        frame
    }

    /// Where the wrists of hands on a rim are wanted that do nothing else.
    pub(super) fn wanted_on_rim(&self, time_s: f32) -> Vec<(Side, Vec3)> {
        let busy = match self.doing {
            Doing::Nothing => None,
            Doing::Reaching { side, .. }
            | Doing::Drinking { side, .. }
            | Doing::Taking { side, .. }
            | Doing::Phoning { side }
            | Doing::Reading { side }
            | Doing::Waving { side } => Some(side),
            Doing::Texting | Doing::Typing { .. } | Doing::Steering { .. } => return Vec::new(),
        };
        let free = self.rims.iter().filter(|(side, _)| Some(*side) != busy);
        free.filter_map(|(side, hold)| {
            Some((*side, hold.goal(self.on_rim(*side, time_s)?).wrist_m))
        })
        .collect()
    }
}
