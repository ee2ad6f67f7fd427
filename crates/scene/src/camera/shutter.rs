//! When light is let in, and where the camera is meanwhile.
use super::{Camera, Pose};
use glam::{DMat3, DVec2, DVec3};

/// When light is let in, and how the camera moves meanwhile.
///
/// Time 0 is the middle of the middle row's exposure; [`Camera::position`] and [`Camera::camera_from_world`] are those of that moment. Each row's
/// ground truth (layers, projected points) is that of the middle of *its* exposure.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shutter {
    /// Seconds each row is exposed.
    pub exposure_s: f64,
    /// Seconds from the start of the first row's exposure to that of the last one's; 0 is a global shutter.
    pub readout_s: f64,
    /// World, metres per second.
    pub velocity_m_per_s: DVec3,
    /// World axis times radians per second.
    pub angular_velocity_rad_per_s: DVec3,
}

impl Shutter {
    /// Whether the camera moves at all.
    pub fn is_moving(&self) -> bool {
        self.velocity_m_per_s != DVec3::ZERO || self.angular_velocity_rad_per_s != DVec3::ZERO
    }

    /// Whether rows see from different places.
    pub fn is_rolling(&self) -> bool {
        self.readout_s > 0.0 && self.is_moving()
    }
}

/// A world point as the picture shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sighting {
    /// Pixels from the outer corner of the top-left pixel; may lie outside the picture.
    pub pixel: DVec2,
    /// Metres along the axis of the camera as it was when it saw the point; below 0 for what a fisheye sees behind itself.
    pub depth_m: f64,
    /// Where the camera was then.
    pub pose: Pose,
}

impl Camera {
    /// Where the camera is `seconds` after the middle of the middle row's exposure: it moves evenly and turns about itself.
    pub fn pose_at(&self, seconds: f64) -> Pose {
        let still = Pose {
            position: self.position,
            camera_from_world: self.camera_from_world,
        };
        if !self.shutter.is_moving() {
            return still;
        }
        let turn = DMat3::from_quat(glam::DQuat::from_scaled_axis(
            self.shutter.angular_velocity_rad_per_s * -seconds,
        ));
        Pose {
            position: self.position + self.shutter.velocity_m_per_s * seconds,
            camera_from_world: self.camera_from_world * turn,
        }
    }

    /// Seconds from the middle of the middle row's exposure to the middle of the exposure at a height in the picture. Between the centres of rows it
    /// runs evenly; outside the picture the first or last row's time holds.
    pub fn row_time_s(&self, y_px: f64) -> f64 {
        let last = f64::from(self.height_px) - 1.0;
        if last < 1.0 {
            return 0.0;
        }
        self.shutter.readout_s * (((y_px - 0.5) / last).clamp(0.0, 1.0) - 0.5)
    }

    /// Where the camera is at the middle of the exposure of the row at this height.
    pub fn pose_of_row(&self, y_px: f64) -> Pose {
        self.pose_at(self.row_time_s(y_px))
    }

    /// How the picture shows a world point; `None` where it does not: see [`Distortion::project`](super::Distortion::project).
    ///
    /// With a rolling shutter the moment is looked for at which the row that sees the point is exposed. There always is one, because rows' times are
    /// within bounds, and it is found to 1e-9 rows by a bracketed secant; when the picture moves as fast as the rows are read there may be several,
    /// of which this is one.
    pub fn sighting(&self, world: DVec3) -> Option<Sighting> {
        if !self.shutter.is_rolling() {
            return self.sighting_at(world, 0.0);
        }
        let mut bracket = [-0.5, 0.5].map(|end| end * self.shutter.readout_s);
        let enough = self.shutter.readout_s * 1e-13;
        let mut seconds = 0.0;
        let mut last: Option<(f64, f64)> = None;
        for step in 0..MOST_STEPS {
            let seen = self.sighting_at(world, seconds)?;
            let off = self.row_time_s(seen.pixel.y) - seconds;
            if off.abs() <= enough {
                return Some(seen);
            }
            bracket[usize::from(off < 0.0)] = seconds;
            let [low, high] = bracket;
            let secant = last.map_or(seconds + off, |(before, off_before)| {
                seconds - off * (seconds - before) / (off - off_before)
            });
            last = Some((seconds, off));
            // The secant may creep towards a step of the clamped time: then halve.
            seconds = if secant > low && secant < high && step < MOST_STEPS / 2 {
                secant
            } else {
                0.5 * (low + high)
            };
        }
        self.sighting_at(world, seconds)
    }

    fn sighting_at(&self, world: DVec3, seconds: f64) -> Option<Sighting> {
        let pose = self.pose_at(seconds);
        let camera = pose.to_camera(world);
        Some(Sighting {
            pixel: self.focal_px * self.distortion.project(camera)? + self.principal_px,
            depth_m: camera.z,
            pose,
        })
    }
}

/// Enough for 1e-13 of the bracket by halving alone in the second half.
const MOST_STEPS: u32 = 100;
