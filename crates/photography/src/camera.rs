//! Where a row's camera stands, and what its lens, shutter and sensor are.

use glam::{DMat3, DVec2, DVec3};
use population::row::{Row, RowError};
use scene::Camera;
use scene::camera::{Band, DepthSensor, Distortion, LensFront, Sensor, Shutter};

/// The lens stands around the front of what `mount` turns with it (+z of its columns), pointed at `target` (world, metres). Yaw goes to its left, pitch up.
///
/// # Errors
/// [`RowError`] when the row lacks a camera attribute.
pub fn place(row: &Row, target: DVec3, mount: DMat3) -> Result<Camera, RowError> {
    let position = lens_position(row, target, mount)?;
    let fov = row.number("camera.vertical_fov_deg")?.to_radians();
    let distance = row.number("camera.distance_m")?;
    let (width, height) = (
        row.integer("camera.width_px")? as u32,
        row.integer("camera.height_px")? as u32,
    );
    // Rolling the camera is turning what it calls up.
    let forward = (target - position).normalize();
    let upright = mount.y_axis - forward * forward.dot(mount.y_axis);
    let roll = row.number("camera.roll_deg")?.to_radians();
    let up = DMat3::from_axis_angle(forward, roll) * upright;
    let mut camera = Camera::look_at(position, target, up, fov, width, height);
    // The offset turns the camera, as a photographer would, not the lens against the film.
    let seen_height = 2.0 * distance * (0.5 * fov).tan();
    let (right, down) = (
        camera.camera_from_world.row(0),
        camera.camera_from_world.row(1),
    );
    let centre = target
        - right * row.number("camera.offset_x")? * seen_height
        - down * row.number("camera.offset_y")? * seen_height;
    camera = Camera::look_at(position, centre, up, fov, width, height);
    camera.aperture_radius_m = row.number("camera.aperture_mm")? / 1000.0;
    camera.focus_distance_m = distance;
    camera.exposure_ev = row.number("camera.exposure_ev")?;
    if row.category("camera.wavelength")? == "near_infrared" {
        camera.band = Band::NearInfrared;
    }
    bend(row, &mut camera, fov)?;
    camera.shutter = shutter(row, &camera)?;
    camera.front = LensFront {
        fog: row.number("camera.lens_fog")?,
        dirt: row.number("camera.lens_dirt")?,
        drops: row.number("camera.lens_drops")?,
        seed: row.integer("camera.lens_seed")? as u32,
    };
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

/// Where the lens is, metres, world; it depends on the row and a fixed point only.
///
/// # Errors
/// [`RowError`] when the row lacks a camera attribute.
pub fn lens_position(row: &Row, target: DVec3, mount: DMat3) -> Result<DVec3, RowError> {
    Ok(target + mount * outward(row)? * row.number("camera.distance_m")?)
}

/// From the target towards the lens, as what the camera turns with has it, a unit vector.
///
/// # Errors
/// [`RowError`] when the row lacks a camera attribute.
pub fn outward(row: &Row) -> Result<DVec3, RowError> {
    let (yaw, pitch) = (
        row.number("camera.yaw_deg")?.to_radians(),
        row.number("camera.pitch_deg")?.to_radians(),
    );
    Ok(DVec3::new(
        yaw.sin() * pitch.cos(),
        pitch.sin(),
        yaw.cos() * pitch.cos(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: DVec3 = DVec3::new(0.0, 1.6, 0.0);

    /// An ideal camera in front of a head.
    fn row() -> Row {
        let numbers = [
            ("camera.vertical_fov_deg", 60.0),
            ("camera.distance_m", 0.8),
            ("camera.iso", 100.0),
            ("camera.yaw_deg", 0.0),
            ("camera.pitch_deg", 0.0),
            ("camera.roll_deg", 0.0),
            ("camera.offset_x", 0.0),
            ("camera.offset_y", 0.0),
            ("camera.aperture_mm", 0.0),
            ("camera.exposure_ev", 0.0),
            ("camera.distortion_k1", 0.0),
            ("camera.distortion_k2", 0.0),
            ("camera.exposure_ms", 0.0),
            ("camera.readout_ms", 0.0),
            ("camera.pan_deg_per_s", 0.0),
            ("camera.tilt_deg_per_s", 0.0),
            ("camera.velocity_right_m_per_s", 0.0),
            ("camera.velocity_up_m_per_s", 0.0),
            ("camera.lens_fog", 0.0),
            ("camera.lens_dirt", 0.0),
            ("camera.lens_drops", 0.0),
        ];
        let words = [
            ("camera.wavelength", "visible"),
            ("camera.distortion", "none"),
            ("camera.sensor", "ideal"),
            ("camera.depth_sensor", "none"),
        ];
        let row = Row::new(0, 0)
            .with("camera.width_px", 320_i64)
            .with("camera.height_px", 240_i64)
            .with("camera.lens_seed", 1_i64);
        let row = numbers
            .into_iter()
            .fold(row, |row, (name, value)| row.with(name, value));
        words
            .into_iter()
            .fold(row, |row, (name, value)| row.with(name, value))
    }

    #[test]
    fn the_vertical_field_of_view_stays_whatever_the_lens() {
        for lens in ["none", "brown_conrady", "fisheye"] {
            let row = row()
                .with("camera.distortion", lens)
                .with("camera.distortion_k1", -0.1);
            let camera = place(&row, HEAD, DMat3::IDENTITY).expect("complete");
            let edge = camera.position
                + camera.camera_from_world.transpose()
                    * DVec3::new(0.0, 30_f64.to_radians().sin(), 30_f64.to_radians().cos());
            let (pixel, _) = camera.project(edge).expect("in front");
            assert!(
                (pixel - DVec2::new(160.0, 240.0)).length() < 1e-9,
                "{lens}: {pixel}"
            );
        }
    }

    #[test]
    fn pan_turns_to_the_right_of_the_picture_and_tilt_up() {
        let row = row()
            .with("camera.exposure_ms", 100.0)
            .with("camera.pan_deg_per_s", 30.0)
            .with("camera.tilt_deg_per_s", 10.0);
        let camera = place(&row, HEAD, DMat3::IDENTITY).expect("complete");
        let later = camera.pose_at(0.05).to_world_direction(DVec3::Z);
        let turned = camera.camera_from_world * later;
        assert!((turned.x.asin().to_degrees() - 1.5).abs() < 0.01);
        assert!((-turned.y.asin().to_degrees() - 0.5).abs() < 0.01);
    }

    #[test]
    fn an_ideal_camera_has_no_sensor_and_a_near_infrared_one_no_colours() {
        let ideal = place(&row(), HEAD, DMat3::IDENTITY).expect("complete");
        assert_eq!((ideal.sensor, ideal.band), (None, Band::Visible));
        assert!(!ideal.shutter.is_moving());
        let row = row()
            .with("camera.sensor", "phone")
            .with("camera.wavelength", "near_infrared")
            .with("camera.iso", 800.0);
        let night = place(&row, HEAD, DMat3::IDENTITY).expect("complete");
        let sensor = night.sensor.expect("a phone's");
        assert!(!sensor.bayer && sensor.white_balance == [1.0; 3] && sensor.iso == 800.0);
        assert_eq!(night.band, Band::NearInfrared);
    }
}
