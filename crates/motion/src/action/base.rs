//! Standing and sitting.

use std::f32::consts::TAU;

use glam::{Quat, Vec3};
use population::Streams;

use super::drive::Driving;
use crate::frame::Frame;
use crate::joint::{Joint, Side};
use crate::plant::{Wish, settle};
use crate::skeleton::Skeleton;

/// Flesh between a seat and the hip joints, in hip heights: 8.5 cm of a grown person.
const SEAT_FLESH: f32 = 0.095;

/// How somebody sways, breathes and holds the arms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sway {
    pub(super) phase: f32,
    breaths_per_s: f32,
    width: f32,
    pub(super) lean: f32,
    pub(super) arms: f32,
    toes_out: f32,
    apart: f32,
}

impl Sway {
    pub(super) fn new(streams: &Streams) -> Self {
        let mut stream = streams.stream("motion/sway");
        let mut range = |a: f64, b: f64| stream.range(a, b) as f32;
        Self {
            phase: range(0.0, f64::from(TAU)),
            breaths_per_s: range(0.2, 0.3),
            width: range(0.006, 0.016),
            lean: range(-0.03, 0.05),
            arms: range(0.06, 0.16),
            toes_out: range(0.05, 0.2),
            apart: range(0.085, 0.14),
        }
    }
}

/// Breathing, and arms that hang.
fn trunk(frame: &mut Frame, time_s: f32, sway: &Sway) {
    let breath = (TAU * sway.breaths_per_s * time_s + sway.phase).sin();
    frame.set(Joint::Abdomen, Quat::from_rotation_x(0.02 - 0.008 * breath));
    frame.set(Joint::Chest, Quat::from_rotation_x(0.02 + 0.012 * breath));
    for side in Side::BOTH {
        let s = side.sign();
        frame.set(
            Joint::Clavicle(side),
            Quat::from_rotation_z(s * 0.012 * breath),
        );
        frame.set(
            Joint::UpperArm(side),
            Quat::from_rotation_z(s * sway.arms) * Quat::from_rotation_x(0.04 + 0.01 * breath),
        );
        frame.set(Joint::LowerArm(side), Quat::from_rotation_x(-0.22));
        // Palms look a little back.
        frame.set(Joint::Hand(side), Quat::from_rotation_y(-s * 0.35));
    }
    let glance = (0.31 * time_s + 2.0 * sway.phase).sin();
    frame.set(Joint::Neck, Quat::from_rotation_y(0.03 * glance));
    frame.set(Joint::Head, Quat::from_rotation_y(0.05 * glance));
}

/// A foot that stands flat.
fn flat(side: Side, ankle_m: Vec3, yaw: f32) -> Wish {
    let turn = Quat::from_rotation_y(yaw);
    Wish {
        side,
        ankle_m,
        foot: turn,
        toes: turn,
    }
}

pub(super) fn standing(body: &Skeleton, time_s: f32, sway: &Sway) -> Frame {
    let mut frame = Frame::default();
    trunk(&mut frame, time_s, sway);
    let unit = body.hip_height_m();
    // A slow figure of eight, as weights shift.
    let slow = 0.9 * time_s + sway.phase;
    frame.root = Vec3::new(
        sway.width * slow.sin(),
        0.993,
        0.4 * sway.width * (2.0 * slow).sin(),
    );
    let tilt = Quat::from_rotation_x(0.5 * sway.lean)
        * Quat::from_rotation_z(-0.5 * sway.width * slow.sin());
    frame.set(Joint::Hips, tilt);
    let height = body.ankle_height_m();
    let wishes = Side::BOTH.map(|side| {
        let s = side.sign();
        let at = Vec3::new(s * sway.apart * unit, height, -0.015 * unit);
        flat(side, at, s * sway.toes_out)
    });
    settle(&mut frame, body, &wishes);
    frame
}

pub(super) fn seated(body: &Skeleton, seat_m: f32, time_s: f32, sway: &Sway) -> Frame {
    let mut frame = Frame::default();
    trunk(&mut frame, time_s, sway);
    let unit = body.hip_height_m();
    let hip_m = seat_m.max(0.0) + SEAT_FLESH * unit;
    frame.root = Vec3::new(0.0, hip_m / unit, 0.0);
    // Pelvises roll back on seats, and spines come forward again.
    frame.set(Joint::Hips, Quat::from_rotation_x(-0.16 + sway.lean));
    frame.set(
        Joint::Abdomen,
        frame.turn(Joint::Abdomen) * Quat::from_rotation_x(0.08),
    );
    frame.set(
        Joint::Chest,
        frame.turn(Joint::Chest) * Quat::from_rotation_x(0.06),
    );
    for side in Side::BOTH {
        let s = side.sign();
        frame.set(Joint::UpperLeg(side), Quat::from_rotation_x(-1.35));
        frame.set(Joint::LowerLeg(side), Quat::from_rotation_x(1.35));
        // Hands lie on the thighs.
        frame.set(
            Joint::UpperArm(side),
            Quat::from_rotation_z(s * (0.1 + sway.arms)) * Quat::from_rotation_x(-0.28),
        );
        frame.set(Joint::LowerArm(side), Quat::from_rotation_x(-0.95));
        frame.set(Joint::Hand(side), Quat::from_rotation_y(-s * 1.25));
    }
    let wishes = Side::BOTH.map(|side| {
        let s = side.sign();
        let (thigh, shin) = body.leg_m(side);
        let height = body.ankle_height_m();
        let hip = Vec3::new(body.place(Joint::UpperLeg(side)).x, hip_m, 0.0);
        // Feet stand below the knees, a little ahead; where they do not come down to the floor, they hang.
        let hangs = hip_m - shin * 0.98 > height + 0.25 * thigh;
        let down = if hangs { hip_m - shin * 0.97 } else { height };
        let at = Vec3::new(
            hip.x + s * (sway.apart - 0.06) * unit,
            down,
            thigh * 0.97 + 0.04 * unit,
        );
        let mut wish = flat(side, at, s * sway.toes_out);
        if hangs {
            wish.foot *= Quat::from_rotation_x(0.3);
            wish.toes = wish.foot;
        }
        wish
    });
    settle(&mut frame, body, &wishes);
    frame.root.y = hip_m / unit;
    frame
}

/// Behind a wheel: leaning back, legs stretched to the pedals; hands lie on the thighs.
pub(super) fn driving(body: &Skeleton, driver: &Driving, time_s: f32, sway: &Sway) -> Frame {
    let mut frame = Frame::default();
    trunk(&mut frame, time_s, sway);
    let unit = body.hip_height_m();
    let hip_m = driver.seat_m.max(0.0) + SEAT_FLESH * unit;
    frame.root = Vec3::new(0.0, hip_m / unit, 0.0);
    frame.set(
        Joint::Hips,
        Quat::from_rotation_x(-driver.recline + 0.5 * sway.lean),
    );
    // The back follows the seat's; shoulders and neck come forward again.
    for (joint, share) in [(Joint::Abdomen, 0.16), (Joint::Chest, 0.2)] {
        let forward = Quat::from_rotation_x(share * driver.recline);
        frame.set(joint, frame.turn(joint) * forward);
    }
    for side in Side::BOTH {
        let s = side.sign();
        frame.set(Joint::UpperLeg(side), Quat::from_rotation_x(-1.2));
        frame.set(Joint::LowerLeg(side), Quat::from_rotation_x(0.9));
        // Hands lie on the thighs.
        frame.set(
            Joint::UpperArm(side),
            Quat::from_rotation_z(s * (0.1 + sway.arms)) * Quat::from_rotation_x(-0.1),
        );
        frame.set(Joint::LowerArm(side), Quat::from_rotation_x(-0.95));
        frame.set(Joint::Hand(side), Quat::from_rotation_y(-s * 1.25));
    }
    let wishes = Side::BOTH.map(|side| {
        let s = side.sign();
        let (thigh, shin) = body.leg_m(side);
        // Heels on the floor, soles on the pedals: the ankle is as high as the lifted foot has it.
        let lifted = 0.55 + 0.5 * (sway.toes_out - 0.1) * s;
        let turn = Quat::from_rotation_y(s * sway.toes_out) * Quat::from_rotation_x(-lifted);
        let heel = turn * body.heel_m(side);
        let ankle = -heel.y;
        let far = (thigh + shin) * driver.stretch;
        let ahead = (far * far - (hip_m - ankle).powi(2)).max(0.0).sqrt();
        let hip = body.place(Joint::UpperLeg(side)).x;
        let at = Vec3::new(hip + s * (sway.apart - 0.05) * unit, ankle, ahead);
        Wish {
            side,
            ankle_m: at,
            foot: turn,
            toes: turn,
        }
    });
    settle(&mut frame, body, &wishes);
    frame.root.y = hip_m / unit;
    frame
}
