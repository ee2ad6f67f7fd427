//! Angles of heads and eyes.
//!
//! A head *faces* the camera when it looks against the camera's axis and stands upright in the picture; then yaw, pitch and roll are 0.
//! In *facing axes* (x to the right of the picture, y up, z out of the picture) a rotation is
//! `facing_from_head = R_y(yaw) · R_x(pitch) · R_z(roll)`, right-handed about the head's own axes: first roll about the face's forward
//! axis, then pitch, then yaw. Positive yaw turns to the person's left, positive pitch looks down, positive roll tilts to the right
//! shoulder: the signs of the attributes `head.yaw_deg`, `head.pitch_deg` and `head.roll_deg`.

use glam::{DMat3, DVec3};
use scene::Camera;
use scene::annotation::{Eye, Head};

use crate::annotations::{Eyelids, Gaze, HeadPose, degrees, metres, unit};

/// Turns camera axes (x right, y down, z forward) into facing axes.
fn facing(camera: DVec3) -> DVec3 {
    DVec3::new(camera.x, -camera.y, -camera.z)
}

/// Yaw, pitch and roll in degrees of a rotation from head to camera axes, see the module's words.
pub fn yaw_pitch_roll_deg(camera_from_head: DMat3) -> [f64; 3] {
    let forward = facing(camera_from_head.z_axis);
    let [yaw, pitch] = yaw_pitch_deg(forward);
    // What is left after undoing yaw and pitch turns x and y about z.
    let undo =
        DMat3::from_rotation_x(-pitch.to_radians()) * DMat3::from_rotation_y(-yaw.to_radians());
    let left = undo * facing(camera_from_head.x_axis);
    [yaw, pitch, left.y.atan2(left.x).to_degrees()]
}

/// Yaw and pitch in degrees of a direction whose zero is +z, with y up: positive towards +x and down.
pub fn yaw_pitch_deg(direction: DVec3) -> [f64; 2] {
    let d = direction.normalize_or_zero();
    [
        d.x.atan2(d.z).to_degrees(),
        (-d.y).clamp(-1.0, 1.0).asin().to_degrees(),
    ]
}

/// Yaw and pitch in degrees of a direction in camera space, relative to looking against the camera's axis.
pub fn camera_yaw_pitch_deg(camera: DVec3) -> [f64; 2] {
    yaw_pitch_deg(facing(camera))
}

pub(crate) fn head(camera: &Camera, head: &Head) -> HeadPose {
    let camera_from_head = camera.camera_from_world * head.world_from_head;
    let [yaw, pitch, roll] = yaw_pitch_roll_deg(camera_from_head);
    HeadPose {
        camera_from_head: rows(camera_from_head),
        translation_m: camera.to_camera(head.origin).to_array().map(metres),
        world_from_head: rows(head.world_from_head),
        origin_world_m: head.origin.to_array().map(metres),
        yaw_deg: degrees(yaw),
        pitch_deg: degrees(pitch),
        roll_deg: degrees(roll),
    }
}

pub(crate) fn gaze(camera: &Camera, head: &Head, eye: &Eye) -> Gaze {
    let axis = eye.optical_axis.normalize_or_zero();
    let in_camera = camera.camera_from_world * axis;
    let in_head = head.world_from_head.transpose() * axis;
    let [yaw_camera, pitch_camera] = camera_yaw_pitch_deg(in_camera);
    let [yaw_head, pitch_head] = yaw_pitch_deg(in_head);
    Gaze {
        centre_camera_m: camera.to_camera(eye.centre).to_array().map(metres),
        centre_world_m: eye.centre.to_array().map(metres),
        pupil_world_m: eye.pupil.to_array().map(metres),
        axis_world: axis.to_array().map(unit),
        axis_camera: in_camera.to_array().map(unit),
        axis_head: in_head.to_array().map(unit),
        yaw_camera_deg: degrees(yaw_camera),
        pitch_camera_deg: degrees(pitch_camera),
        yaw_head_deg: degrees(yaw_head),
        pitch_head_deg: degrees(pitch_head),
    }
}

pub(crate) fn eyelids(eye: &Eye) -> Eyelids {
    let millimetres = |m: f64| degrees(m * 1e3);
    Eyelids {
        opening: unit(eye.opening),
        gap_mm: millimetres(eye.upper_lid.distance(eye.lower_lid)),
        width_mm: millimetres(eye.inner_corner.distance(eye.outer_corner)),
        upper_world_m: eye.upper_lid.to_array().map(metres),
        lower_world_m: eye.lower_lid.to_array().map(metres),
        inner_corner_world_m: eye.inner_corner.to_array().map(metres),
        outer_corner_world_m: eye.outer_corner.to_array().map(metres),
        iris_radius_mm: millimetres(eye.iris_radius_m),
        pupil_radius_mm: millimetres(eye.pupil_radius_m),
    }
}

/// A rotation as a file keeps it, by rows.
fn rows(m: DMat3) -> [[f64; 3]; 3] {
    m.transpose().to_cols_array_2d().map(|row| row.map(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A camera that the person at the origin faces.
    fn camera() -> Camera {
        Camera::look_at(
            DVec3::new(0.0, 0.0, 2.0),
            DVec3::ZERO,
            DVec3::Y,
            0.5,
            64,
            64,
        )
    }

    #[test]
    fn a_head_that_faces_the_camera_has_no_angles() {
        let angles = yaw_pitch_roll_deg(camera().camera_from_world);
        assert!(angles.iter().all(|a| a.abs() < 1e-9), "{angles:?}");
    }

    #[test]
    fn angles_turn_left_down_and_to_the_right_shoulder() {
        let world_from_head = |yaw: f64, pitch: f64, roll: f64| {
            DMat3::from_rotation_y(yaw.to_radians())
                * DMat3::from_rotation_x(pitch.to_radians())
                * DMat3::from_rotation_z(roll.to_radians())
        };
        for (yaw, pitch, roll) in [
            (30.0, 0.0, 0.0),
            (0.0, 20.0, 0.0),
            (0.0, 0.0, 10.0),
            (-50.0, -25.0, 35.0),
            (120.0, 40.0, -80.0),
        ] {
            let found =
                yaw_pitch_roll_deg(camera().camera_from_world * world_from_head(yaw, pitch, roll));
            let error = (0..3)
                .map(|i| (found[i] - [yaw, pitch, roll][i]).abs())
                .fold(0.0, f64::max);
            assert!(error < 1e-9, "{found:?} for {yaw} {pitch} {roll}");
        }
        // Yaw to the person's left (world +x) and the picture's right; pitch looks down; roll brings the left ear up.
        assert!((world_from_head(30.0, 0.0, 0.0) * DVec3::Z).x > 0.4);
        assert!((world_from_head(0.0, 20.0, 0.0) * DVec3::Z).y < -0.3);
        assert!((world_from_head(0.0, 0.0, 10.0) * DVec3::X).y > 0.1);
    }
}
