//! What a sample's file says of its camera, and the camera back from it.

use scene::Camera;
use scene::camera::{Band, Distortion, LensFront, Shutter};
use serde::{Deserialize, Serialize};

use crate::annotations::rotation;

/// Pinhole (or thin-lens) camera: `x_camera = camera_from_world · (x_world − position_m)`,
/// `px = focal_px · d(x_camera) + principal_px`, where `d` is `(x, y) / z` unless `distortion` says otherwise. Labels use the pinhole at the lens's
/// centre. Not rounded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraLabel {
    /// Pixels, x and y.
    pub focal_px: [f64; 2],
    /// Pixels from the outer corner of the top-left pixel.
    pub principal_px: [f64; 2],
    /// World, m.
    pub position_m: [f64; 3],
    /// Rotation, by rows: the camera's axes in world space.
    pub camera_from_world: [[f64; 3]; 3],
    /// Lens radius, m; 0 is a pinhole.
    pub aperture_radius_m: f64,
    /// Along the axis to the plane in focus, m.
    pub focus_distance_m: f64,
    /// Stops.
    pub exposure_ev: f64,
    /// How the lens bends straight lines; absent when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distortion: Option<DistortionLabel>,
    /// How the camera moved; absent when it stood still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutter: Option<ShutterLabel>,
    /// Which light it saw; absent when visible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<BandLabel>,
}

/// How a lens bends straight lines, with OpenCV's coefficients, see [`scene::camera::Distortion`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case", deny_unknown_fields)]
pub enum DistortionLabel {
    /// OpenCV's `calib3d`, rational.
    BrownConrady {
        /// `k1 … k6`.
        radial: [f64; 6],
        /// `p1, p2`.
        tangential: [f64; 2],
    },
    /// OpenCV's `fisheye`.
    KannalaBrandt {
        /// `k1 … k4`.
        coefficients: [f64; 4],
    },
}

/// How the camera moved, see [`scene::camera::Shutter`]. `position_m` and `camera_from_world` hold at the middle of the middle row's exposure; depth,
/// normals and `px` are those of the middle of each row's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShutterLabel {
    /// Seconds each row is exposed.
    pub exposure_s: f64,
    /// Seconds from the first row's exposure to the last one's.
    pub readout_s: f64,
    /// World.
    pub velocity_m_per_s: [f64; 3],
    /// World axis times radians per second.
    pub angular_velocity_rad_per_s: [f64; 3],
}

/// Which light a camera saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BandLabel {
    /// 850 to 940 nm.
    NearInfrared,
}

impl CameraLabel {
    /// What a file says of a camera. The sensor is no ground truth and not in it.
    pub fn of(camera: &Camera) -> Self {
        let shutter = &camera.shutter;
        Self {
            focal_px: camera.focal_px.to_array(),
            principal_px: camera.principal_px.to_array(),
            position_m: camera.position.to_array(),
            camera_from_world: camera.camera_from_world.transpose().to_cols_array_2d(),
            aperture_radius_m: camera.aperture_radius_m,
            focus_distance_m: camera.focus_distance_m,
            exposure_ev: camera.exposure_ev,
            distortion: match camera.distortion {
                Distortion::None => None,
                Distortion::BrownConrady { radial, tangential } => {
                    Some(DistortionLabel::BrownConrady { radial, tangential })
                }
                Distortion::KannalaBrandt { coefficients } => {
                    Some(DistortionLabel::KannalaBrandt { coefficients })
                }
            },
            shutter: shutter.is_moving().then(|| ShutterLabel {
                exposure_s: shutter.exposure_s,
                readout_s: shutter.readout_s,
                velocity_m_per_s: shutter.velocity_m_per_s.to_array(),
                angular_velocity_rad_per_s: shutter.angular_velocity_rad_per_s.to_array(),
            }),
            band: match camera.band {
                Band::Visible => None,
                Band::NearInfrared => Some(BandLabel::NearInfrared),
            },
        }
    }

    /// The camera it describes, for pictures of this size, with an ideal sensor.
    pub fn to_camera(&self, width_px: u32, height_px: u32) -> Camera {
        Camera {
            width_px,
            height_px,
            focal_px: self.focal_px.into(),
            principal_px: self.principal_px.into(),
            position: self.position_m.into(),
            camera_from_world: rotation(self.camera_from_world),
            aperture_radius_m: self.aperture_radius_m,
            focus_distance_m: self.focus_distance_m,
            exposure_ev: self.exposure_ev,
            distortion: match self.distortion {
                None => Distortion::None,
                Some(DistortionLabel::BrownConrady { radial, tangential }) => {
                    Distortion::BrownConrady { radial, tangential }
                }
                Some(DistortionLabel::KannalaBrandt { coefficients }) => {
                    Distortion::KannalaBrandt { coefficients }
                }
            },
            shutter: self.shutter.map_or_else(Shutter::default, |s| Shutter {
                exposure_s: s.exposure_s,
                readout_s: s.readout_s,
                velocity_m_per_s: s.velocity_m_per_s.into(),
                angular_velocity_rad_per_s: s.angular_velocity_rad_per_s.into(),
            }),
            band: match self.band {
                None => Band::Visible,
                Some(BandLabel::NearInfrared) => Band::NearInfrared,
            },
            front: LensFront::default(),
            sensor: None,
            depth_sensor: None,
        }
    }
}
