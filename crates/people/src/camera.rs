//! Where the camera stands and what it is exposed for.

use glam::{DMat3, DVec2, DVec3};
use population::row::{Row, RowError};
use scene::Camera;
use scene::camera::{Band, DepthSensor, Distortion, Sensor, Shutter};

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
    if row.category("camera.wavelength")? == "near_infrared" {
        camera.band = Band::NearInfrared;
    }
    bend(row, &mut camera, fov)?;
    camera.shutter = shutter(row, &camera)?;
    camera.sensor = sensor(row)?;
    camera.depth_sensor = depth_sensor(row)?;
    Ok(camera)
}

/// Gives the camera its lens; the vertical field of view stays.
fn bend(row: &Row, camera: &mut Camera, fov: f64) -> Result<(), RowError> {
    let (k1, k2) = (
        row.number("camera.distortion_k1")?,
        row.number("camera.distortion_k2")?,
    );
    camera.distortion = match row.category("camera.distortion")? {
        "brown_conrady" => Distortion::BrownConrady {
            radial: [k1, k2, 0.0, 0.0, 0.0, 0.0],
            tangential: [0.0; 2],
        },
        "fisheye" => Distortion::KannalaBrandt {
            coefficients: [k1, k2, 0.0, 0.0],
        },
        _ => return Ok(()),
    };
    let (sine, cosine) = (0.5 * fov).sin_cos();
    // A lens that does not reach so far is refused by the renderer, in words of its own.
    if let Some(edge) = camera.distortion.project(DVec3::new(0.0, sine, cosine)) {
        camera.focal_px = DVec2::splat(0.5 * f64::from(camera.height_px) / edge.y);
    }
    Ok(())
}

/// Pan turns the camera to the right of the picture, tilt up.
fn shutter(row: &Row, camera: &Camera) -> Result<Shutter, RowError> {
    let (right, down) = (
        camera.camera_from_world.row(0),
        camera.camera_from_world.row(1),
    );
    Ok(Shutter {
        exposure_s: row.number("camera.exposure_ms")? / 1000.0,
        readout_s: row.number("camera.readout_ms")? / 1000.0,
        velocity_m_per_s: right * row.number("camera.velocity_right_m_per_s")?
            - down * row.number("camera.velocity_up_m_per_s")?,
        angular_velocity_rad_per_s: down * row.number("camera.pan_deg_per_s")?.to_radians()
            + right * row.number("camera.tilt_deg_per_s")?.to_radians(),
    })
}

fn sensor(row: &Row) -> Result<Option<Sensor>, RowError> {
    let mut sensor = match row.category("camera.sensor")? {
        "phone" => Sensor::phone(),
        "automotive" => Sensor::automotive(),
        _ => return Ok(None),
    };
    sensor.iso = row.number("camera.iso")?;
    if row.category("camera.wavelength")? == "near_infrared" {
        sensor = sensor.monochrome();
    }
    Ok(Some(sensor))
}

fn depth_sensor(row: &Row) -> Result<Option<DepthSensor>, RowError> {
    Ok(match row.category("camera.depth_sensor")? {
        "stereo" => Some(DepthSensor::Stereo {
            baseline_m: 0.05,
            disparity_noise_px: 0.1,
        }),
        "time_of_flight" => Some(DepthSensor::TimeOfFlight {
            noise_at_1m_m: 0.002,
            range_m: 5.0,
        }),
        _ => None,
    })
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
