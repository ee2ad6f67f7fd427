//! What a camera is pointed at.

use body::BodyModel;
use body::rig::Posed;
use glam::{DMat3, DVec3, Mat3, Vec3};
use population::row::{Row, RowError};

use crate::headset;
use crate::person::SIDES;

/// How far before the eyes' centres, and above, a headset has its outer cameras, metres.
const BEFORE_M: f64 = 0.09;
const ABOVE_M: f64 = 0.03;

/// A body as it stands, before it looks anywhere: eyes move no joint but their own.
pub(crate) struct Stance<'a> {
    pub(crate) model: &'a BodyModel,
    /// The shaped body, unposed.
    pub(crate) shaped: &'a [Vec3],
    pub(crate) skeleton: &'a Posed,
    pub(crate) offset: Vec3,
}

impl Stance<'_> {
    /// Where a bone begins, world, metres.
    pub(crate) fn joint(&self, bone: &str) -> DVec3 {
        let rig = &self.model.rig;
        rig.joint(bone, self.shaped)
            .zip(rig.frame(self.skeleton, bone))
            .map_or(DVec3::ZERO, |(joint, frame)| {
                (frame.transform_point3(joint) + self.offset).as_dvec3()
            })
    }

    /// Both centres of rotation, right then left.
    pub(crate) fn eyes(&self) -> [DVec3; 2] {
        SIDES.map(|(side, _)| self.joint(&format!("eye.{side}")))
    }

    /// What the camera's place turns with: the head in a headset, else nothing.
    pub(crate) fn mount(&self, row: &Row) -> Result<DMat3, RowError> {
        let head = self.model.rig.frame(self.skeleton, "head");
        Ok(match head {
            Some(head) if headset::is_worn(row)? => Mat3::from(head.matrix3).as_dmat3(),
            _ => DMat3::IDENTITY,
        })
    }

    /// The point that `camera.target` names.
    pub(crate) fn target(&self, row: &Row) -> Result<DVec3, RowError> {
        // The knuckle of the middle finger lies in the middle of a hand.
        let hand = |side: &str| self.joint(&format!("finger3-1.{side}"));
        let [right, left] = self.eyes();
        Ok(match row.category("camera.target")? {
            "body" => {
                let joints = self.model.rig.joints(self.skeleton);
                let (low, high) = joints.fold((Vec3::MAX, Vec3::MIN), |(low, high), (_, joint)| {
                    (low.min(joint), high.max(joint))
                });
                ((low + high) * 0.5 + self.offset).as_dvec3()
            }
            "right_hand" => hand("R"),
            "left_hand" => hand("L"),
            "right_eye" => right,
            "left_eye" => left,
            // Before the brow the lens stands still, and what it sees depends on where it looks.
            "ahead" => {
                let head = self.mount(row)?;
                let brow = (right + left) * 0.5 + head.z_axis * BEFORE_M + head.y_axis * ABOVE_M;
                brow - head
                    * photography::camera::outward(row)?
                    * row.number("camera.distance_m")?
            }
            // Below the middle between the eyes, where a portrait has its centre.
            _ => (right + left) * 0.5 - DVec3::Y * 0.025,
        })
    }
}
