//! Where a body is and how it stands at a moment, before it looks anywhere.

use glam::{Quat, Vec3};
use motion::Skeleton;
use motion::contact::Capsules;
use population::row::Row;

use crate::crowd::Station;
use crate::error::StagingError;
use crate::person::head_rotation;
use crate::posture::{self, Held};
use crate::sources::Sources;
use body::BodyModel;
use body::proxy::Proxy;
use body::rig::{Pose, Posed};

/// Which bones share the head's turn, from the chest up, and their shares.
const NECK_SHARES: [(&str, f32); 5] = [
    ("spine01", 0.08),
    ("neck01", 0.14),
    ("neck02", 0.18),
    ("neck03", 0.22),
    ("head", 0.38),
];

/// How deep two parts of a body may press into each other, metres.
const FLESH_M: f32 = 0.012;

/// One shaped body that stands differently at different times.
pub(crate) struct Bearing<'a> {
    model: &'a BodyModel,
    sources: &'a Sources,
    shaped: &'a [Vec3],
    shoes: Option<&'a Proxy>,
    row: &'a Row,
    station: Station,
    skeleton: Skeleton,
}

/// A body on its feet.
pub(crate) struct Stood {
    /// What is held lies in the space of the body before its offset.
    pub(crate) held: Option<Held>,
    /// With the head's turn.
    pub(crate) pose: Pose,
    pub(crate) skeleton: Posed,
    /// Puts the feet on the floor and the neck over the station.
    pub(crate) offset: Vec3,
    /// How far the hips have moved from where the base mesh has them, metres.
    pub(crate) root_m: Vec3,
}

impl<'a> Bearing<'a> {
    pub(crate) fn new(
        model: &'a BodyModel,
        sources: &'a Sources,
        shaped: &'a [Vec3],
        shoes: Option<&'a Proxy>,
        row: &'a Row,
        station: Station,
    ) -> Self {
        Self {
            model,
            sources,
            shaped,
            shoes,
            row,
            station,
            skeleton: Skeleton::of(model, shaped),
        }
    }

    /// Where the hips are on the floor, against where the base mesh has them, metres.
    pub(crate) fn root_at(&self, time_s: f64) -> Result<Vec3, StagingError> {
        let held = posture::held(self.row, self.sources, &self.skeleton, time_s)?;
        let root_m = held.map_or(Vec3::ZERO, |held| self.skeleton.pose(&held.frame).1);
        Ok(self.station.turn() * root_m)
    }

    /// So many seconds after the sequence began, with the head turned by some degrees (yaw, pitch, roll) more than the row says.
    pub(crate) fn at(&self, time_s: f64, head_deg: [f64; 3]) -> Result<Stood, StagingError> {
        let (model, row) = (self.model, self.row);
        let mut held = posture::held(row, self.sources, &self.skeleton, time_s)?;
        let (mut pose, root_m) = match &mut held {
            Some(held) => {
                if held.is_free {
                    // Arms beside heavy hips hang further out.
                    let capsules = Capsules::of(model, self.shaped);
                    capsules.push_out(&self.skeleton, &mut held.frame, FLESH_M);
                }
                self.skeleton.pose(&held.frame)
            }
            None => (relaxed_arms(), Vec3::ZERO),
        };
        let head_turn = head_rotation(
            row.number("head.yaw_deg")? + head_deg[0],
            row.number("head.pitch_deg")? + head_deg[1],
            row.number("head.roll_deg")? + head_deg[2],
        );
        let (axis, angle) = head_turn.to_axis_angle();
        for (bone, share) in NECK_SHARES {
            pose.rotate(bone, Quat::from_axis_angle(axis, angle * share));
        }
        pose.rotate("root", self.station.turn());
        let skeleton = model.rig.pose(self.shaped, &pose);
        let mut offset =
            self.station.place + floor_offset(model, self.shaped, &skeleton, held.is_some());
        offset.y += self
            .shoes
            .map_or(0.0, |shoes| sole(model, shoes, self.shaped));
        if let Some(held) = &mut held
            && let Some(prop) = &mut held.prop
        {
            // From the action's own space to that of the body before its offset.
            let pivot = model.rig.joint("root", self.shaped).unwrap_or_default();
            prop.place_m = pivot + self.station.turn() * (prop.place_m - root_m - pivot);
            prop.turn = self.station.turn() * prop.turn;
        }
        Ok(Stood {
            held,
            pose,
            skeleton,
            offset,
            root_m: self.station.turn() * root_m,
        })
    }
}

/// The base mesh holds its arms half raised; people mostly do not.
fn relaxed_arms() -> Pose {
    let mut pose = Pose::default();
    for (side, sign) in [("L", -1.0_f32), ("R", 1.0)] {
        pose.rotate(
            &format!("clavicle.{side}"),
            Quat::from_rotation_z(sign * 4_f32.to_radians()),
        );
        pose.rotate(
            &format!("upperarm01.{side}"),
            Quat::from_rotation_z(sign * 32_f32.to_radians()),
        );
        pose.rotate(
            &format!("lowerarm01.{side}"),
            Quat::from_rotation_z(sign * 6_f32.to_radians()),
        );
    }
    pose
}

/// Feet on the floor; the neck's root stays over the origin.
fn floor_offset(model: &BodyModel, shaped: &[Vec3], posed: &Posed, legs_move: bool) -> Vec3 {
    let bottom = |points: &[Vec3]| points.iter().map(|p| p.y).fold(f32::MAX, f32::min);
    let skin = &shaped[..model.skin_vertices];
    let lowest = if legs_move {
        bottom(&model.rig.skin(posed, skin))
    } else {
        bottom(skin)
    };
    let neck = model
        .rig
        .frame(posed, "neck01")
        .zip(model.rig.joint("neck01", shaped))
        .map_or(Vec3::ZERO, |(frame, joint)| frame.transform_point3(joint));
    Vec3::new(-neck.x, -lowest, -neck.z)
}

/// How far shoes raise a standing body, metres.
fn sole(model: &BodyModel, shoes: &Proxy, shaped: &[Vec3]) -> f32 {
    let lowest = |points: &[Vec3]| points.iter().map(|p| p.y).fold(f32::MAX, f32::min);
    let fitted = shoes.fit(shaped, shaped);
    (lowest(&shaped[..model.skin_vertices]) - lowest(&fitted)).max(0.0)
}
