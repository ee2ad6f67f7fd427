//! Where the camera stands and what it is exposed for.

use glam::{DMat3, DVec3};
use population::row::{Row, RowError};
use scene::Camera;

/// The lens before anyone has turned their head: it stands around the chest's front, at the height of the eyes.
///
/// `head` is the middle of the head in the world, metres. Yaw goes to the person's left, pitch up.
///
/// # Errors
/// [`RowError`] when the row lacks a camera attribute.
pub(crate) fn place(row: &Row, head: DVec3) -> Result<Camera, RowError> {
    let position = lens_position(row, head)?;
    let fov = row.number("camera.vertical_fov_deg")?.to_radians();
    let distance = row.number("camera.distance_m")?;
    let (width, height) = (
        row.integer("camera.width_px")? as u32,
        row.integer("camera.height_px")? as u32,
    );
    // Rolling the camera is turning what it calls up.
    let forward = (head - position).normalize();
    let upright = DVec3::Y - forward * forward.y;
    let roll = row.number("camera.roll_deg")?.to_radians();
    let up = DMat3::from_axis_angle(forward, roll) * upright;
    let mut camera = Camera::look_at(position, head, up, fov, width, height);
    // The offset turns the camera, as a photographer would, not the lens against the film.
    let seen_height = 2.0 * distance * (0.5 * fov).tan();
    let (right, down) = (
        camera.camera_from_world.row(0),
        camera.camera_from_world.row(1),
    );
    let target = head
        - right * row.number("camera.offset_x")? * seen_height
        - down * row.number("camera.offset_y")? * seen_height;
    camera = Camera::look_at(position, target, up, fov, width, height);
    camera.aperture_radius_m = row.number("camera.aperture_mm")? / 1000.0;
    camera.focus_distance_m = distance;
    camera.exposure_ev = row.number("camera.exposure_ev")?;
    Ok(camera)
}

/// Where the lens is; gaze needs it before the head's final place is known, so it depends on the row and a fixed point only.
pub(crate) fn lens_position(row: &Row, head: DVec3) -> Result<DVec3, RowError> {
    let (yaw, pitch) = (
        row.number("camera.yaw_deg")?.to_radians(),
        row.number("camera.pitch_deg")?.to_radians(),
    );
    let outward = DVec3::new(
        yaw.sin() * pitch.cos(),
        pitch.sin(),
        yaw.cos() * pitch.cos(),
    );
    Ok(head + outward * row.number("camera.distance_m")?)
}
