//! Who is looking.
//!
//! [`Camera`] projects and un-projects exactly, through a bending lens and a rolling shutter; everything that draws or labels asks it. How light becomes
//! numbers is [`Sensor`], which no ground truth knows.
mod distortion;
mod front;
mod polynomial;
mod sensor;
mod shutter;

use glam::{DMat3, DVec2, DVec3};

pub use distortion::Distortion;
pub use front::LensFront;
pub use sensor::{DepthSensor, Sensor};
pub use shutter::{Shutter, Sighting};

/// Pinhole or thin-lens camera. `x_camera = camera_from_world · (x_world − position)`; camera axes x right, y down, z forward.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// Columns of the picture.
    pub width_px: u32,
    /// Rows of the picture.
    pub height_px: u32,
    /// Pixels.
    pub focal_px: DVec2,
    /// Pixels from the outer corner of the top-left pixel.
    pub principal_px: DVec2,
    /// World, metres.
    pub position: DVec3,
    /// Rotation only; rows are the camera's axes in world space.
    pub camera_from_world: DMat3,
    /// Lens radius in metres; 0 is a pinhole.
    pub aperture_radius_m: f64,
    /// Distance along the axis to the plane in focus, metres; for a fisheye, the radius of the sphere in focus.
    pub focus_distance_m: f64,
    /// Stops; the picture is multiplied by 2^exposure before the view transform.
    pub exposure_ev: f64,
    /// How the lens bends straight lines; `focal_px` holds in the middle.
    pub distortion: Distortion,
    /// When light is let in.
    pub shutter: Shutter,
    /// Which light is let in.
    pub band: Band,
    /// What is on the front of the lens. Never touches ground truth.
    pub front: LensFront,
    /// How light becomes numbers; `None` is an ideal camera. Never touches ground truth.
    pub sensor: Option<Sensor>,
    /// What measures depth beside it; never touches ground truth.
    pub depth_sensor: Option<DepthSensor>,
}

/// Which light a camera lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Band {
    /// Red, green and blue.
    #[default]
    Visible,
    /// 850 to 940 nm, one channel; the scene is the one that [`crate::band::near_infrared`] makes.
    NearInfrared,
}

impl Camera {
    /// Looks from `position` at `target` with `up` roughly upwards in the picture; `vertical_fov` in radians; pinhole.
    pub fn look_at(
        position: DVec3,
        target: DVec3,
        up: DVec3,
        vertical_fov: f64,
        width_px: u32,
        height_px: u32,
    ) -> Self {
        let forward = (target - position).normalize();
        let right = forward.cross(up).normalize();
        let down = forward.cross(right);
        let focal = 0.5 * f64::from(height_px) / (0.5 * vertical_fov).tan();
        Self {
            width_px,
            height_px,
            focal_px: DVec2::splat(focal),
            principal_px: DVec2::new(f64::from(width_px) * 0.5, f64::from(height_px) * 0.5),
            position,
            camera_from_world: DMat3::from_cols(right, down, forward).transpose(),
            aperture_radius_m: 0.0,
            focus_distance_m: (target - position).length(),
            exposure_ev: 0.0,
            distortion: Distortion::None,
            shutter: Shutter::default(),
            band: Band::Visible,
            front: LensFront::default(),
            sensor: None,
            depth_sensor: None,
        }
    }

    /// World point to camera space at the middle of the exposure, metres.
    pub fn to_camera(&self, world: DVec3) -> DVec3 {
        self.camera_from_world * (world - self.position)
    }

    /// Camera-space point to world at the middle of the exposure, metres.
    pub fn to_world(&self, camera: DVec3) -> DVec3 {
        self.camera_from_world.transpose() * camera + self.position
    }

    /// Pixel position of a world point and its depth along the axis; `None` where the lens draws nothing, as at or behind the plane of a camera
    /// that is no fisheye. May lie outside the image. `x = K·d([R|t] X)` (Hartley & Zisserman 2004, §6.1), `d` the [`Distortion`]; with a rolling
    /// shutter, as the row sees it that is exposed when it sees it ([`Camera::sighting`]).
    #[inline]
    pub fn project(&self, world: DVec3) -> Option<(DVec2, f64)> {
        // Most cameras; labels ask for every corner of every mesh.
        if self.distortion == Distortion::None && !self.shutter.is_moving() {
            let seen = self.to_camera(world);
            return (seen.z > 0.0).then(|| {
                (
                    self.focal_px * (seen.truncate() / seen.z) + self.principal_px,
                    seen.z,
                )
            });
        }
        self.sighting(world).map(|seen| (seen.pixel, seen.depth_m))
    }

    /// Direction in camera space through an image position in pixels, the inverse of the lens: z is 1 unless the lens is a fisheye, whose directions
    /// have unit length. `None` where no light of the lens falls.
    pub fn camera_direction(&self, pixel: DVec2) -> Option<DVec3> {
        self.distortion
            .unproject((pixel - self.principal_px) / self.focal_px)
    }

    /// The same in the world, from [`Camera::pose_of_row`] of this height.
    pub fn direction(&self, pixel: DVec2) -> Option<DVec3> {
        Some(
            self.pose_of_row(pixel.y)
                .to_world_direction(self.camera_direction(pixel)?),
        )
    }

    /// The world point that an image position shows at a depth along the axis: the inverse of [`Camera::project`]. `None` where no light of the lens falls,
    /// and where depth says nothing because the direction is at right angles to the axis.
    pub fn at_depth(&self, pixel: DVec2, depth_m: f64) -> Option<DVec3> {
        let direction = self.camera_direction(pixel)?;
        let point = direction * (depth_m / direction.z);
        point
            .is_finite()
            .then(|| self.pose_of_row(pixel.y).to_world(point))
    }
}

/// Where a camera is and how it is turned at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// World, metres.
    pub position: DVec3,
    /// Rotation only; rows are the camera's axes in world space.
    pub camera_from_world: DMat3,
}

impl Pose {
    /// World point to camera space, metres.
    pub fn to_camera(&self, world: DVec3) -> DVec3 {
        self.camera_from_world * (world - self.position)
    }

    /// Camera-space point to world, metres.
    pub fn to_world(&self, camera: DVec3) -> DVec3 {
        self.to_world_direction(camera) + self.position
    }

    /// Camera-space direction to world.
    pub fn to_world_direction(&self, camera: DVec3) -> DVec3 {
        self.camera_from_world.transpose() * camera
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_to_the_persons_left_of_a_camera_facing_them_is_on_the_right_of_the_picture() {
        let camera = Camera::look_at(
            DVec3::new(0.0, 0.0, 2.0),
            DVec3::ZERO,
            DVec3::Y,
            0.5,
            100,
            100,
        );
        let (pixel, depth) = camera.project(DVec3::new(0.1, 0.1, 0.0)).expect("in front");
        assert!(pixel.x > 50.0 && pixel.y < 50.0);
        assert!((depth - 2.0).abs() < 1e-12);
        let back = camera.position + camera.direction(pixel).expect("a pinhole") * depth;
        assert!((back - DVec3::new(0.1, 0.1, 0.0)).length() < 1e-12);
    }

    fn lenses() -> Vec<Distortion> {
        vec![
            Distortion::None,
            Distortion::BrownConrady {
                radial: [-0.31, 0.12, -0.02, 0.0, 0.0, 0.0],
                tangential: [0.001, -0.002],
            },
            Distortion::KannalaBrandt {
                coefficients: [-0.03, 0.005, -0.002, 0.0003],
            },
        ]
    }

    /// A wide camera that flies and turns while its rows are read.
    fn moving(distortion: Distortion) -> Camera {
        let mut camera = Camera::look_at(
            DVec3::new(0.3, 1.5, 1.2),
            DVec3::new(0.0, 1.6, 0.0),
            DVec3::Y,
            1.0,
            320,
            240,
        );
        camera.distortion = distortion;
        camera.shutter = Shutter {
            exposure_s: 0.01,
            readout_s: 0.03,
            velocity_m_per_s: DVec3::new(2.0, -1.0, 3.0),
            angular_velocity_rad_per_s: DVec3::new(0.4, -2.0, 0.7),
        };
        camera
    }

    #[test]
    fn a_pixels_point_is_seen_in_that_pixel_through_any_lens_and_shutter() {
        for lens in lenses() {
            for camera in [
                moving(lens),
                Camera {
                    shutter: Shutter::default(),
                    ..moving(lens)
                },
            ] {
                for k in 0..2000 {
                    let pixel =
                        DVec2::new(f64::from(k % 50) * 6.4 + 0.3, f64::from(k / 50) * 6.0 + 0.5);
                    let world = camera.at_depth(pixel, 0.7).expect("in view");
                    let (back, depth) = camera.project(world).expect("in view");
                    assert!((back - pixel).length() < 1e-8, "{lens:?}: {pixel} {back}");
                    assert!((depth - 0.7).abs() < 1e-11);
                }
            }
        }
    }

    #[test]
    fn a_row_is_seen_from_where_the_camera_is_at_its_time() {
        let camera = moving(Distortion::None);
        // Top row first: half of the readout before the middle.
        assert_eq!(camera.row_time_s(0.5), -0.015);
        assert_eq!(camera.row_time_s(239.5), 0.015);
        assert_eq!(camera.row_time_s(-50.0), -0.015);
        assert!(camera.row_time_s(120.0).abs() < 1e-15);
        let first = camera.pose_of_row(0.5);
        assert!(
            (first.position - (camera.position - DVec3::new(0.03, -0.015, 0.045))).length() < 1e-15
        );
        // Turning to the right-handed side about y for 15 ms at −2 rad/s: at the first row the camera was still turned by +0.03.
        let forward = |pose: Pose| pose.to_world_direction(DVec3::Z);
        let spun = Camera {
            shutter: Shutter {
                angular_velocity_rad_per_s: DVec3::new(0.0, -2.0, 0.0),
                ..camera.shutter
            },
            ..camera.clone()
        };
        let (then, now) = (forward(spun.pose_of_row(0.5)), forward(spun.pose_at(0.0)));
        let turned = DMat3::from_rotation_y(0.03) * now;
        assert!((then - turned).length() < 1e-12, "{then} {turned}");
    }

    #[test]
    fn a_point_is_found_even_when_the_picture_moves_as_fast_as_it_is_read() {
        // Tilting down by one picture height in a readout.
        for speed in [-60.0, -30.0, -20.0, 20.0, 30.0, 60.0] {
            let mut camera = moving(Distortion::None);
            camera.shutter.velocity_m_per_s = DVec3::ZERO;
            camera.shutter.angular_velocity_rad_per_s = camera.camera_from_world.row(0) * speed;
            for k in 0..200 {
                let target = DVec3::new(
                    0.002 * f64::from(k) - 0.2,
                    1.6 + 0.001 * f64::from(k % 7),
                    0.0,
                );
                let Some(seen) = camera.sighting(target) else {
                    continue;
                };
                let time = camera.row_time_s(seen.pixel.y);
                let there = camera.pose_at(time).to_camera(target);
                assert!((there - seen.pose.to_camera(target)).length() < 1e-9);
            }
        }
    }
}
