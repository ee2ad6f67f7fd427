//! Who is looking.
use glam::{DMat3, DVec2, DVec3};

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
    /// Distance along the axis to the plane in focus, metres.
    pub focus_distance_m: f64,
    /// Stops; the picture is multiplied by 2^exposure before the view transform.
    pub exposure_ev: f64,
    /// How the lens bends straight lines.
    pub distortion: Distortion,
    /// When light is let in.
    pub shutter: Shutter,
    /// Which light is let in.
    pub band: Band,
    /// How light becomes numbers; `None` is an ideal camera. Never touches ground truth.
    pub sensor: Option<Sensor>,
}

/// How the lens bends straight lines. Coefficients are OpenCV's, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Distortion {
    /// Straight lines stay straight.
    #[default]
    None,
    /// Brown–Conrady, rational: `x' = x·(1 + k1 r² + k2 r⁴ + k3 r⁶)/(1 + k4 r² + k5 r⁴ + k6 r⁶) + 2 p1 x y + p2 (r² + 2x²)` and alike for y
    /// (OpenCV `calib3d`).
    BrownConrady {
        /// `k1 … k6`.
        radial: [f64; 6],
        /// `p1, p2`.
        tangential: [f64; 2],
    },
    /// Kannala–Brandt fisheye: `r' = θ + k1 θ³ + k2 θ⁵ + k3 θ⁷ + k4 θ⁹`, θ the angle from the axis (OpenCV `fisheye`).
    KannalaBrandt {
        /// `k1 … k4`.
        coefficients: [f64; 4],
    },
}

/// When light is let in, and how the camera moves meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shutter {
    /// Seconds each row is exposed.
    pub exposure_s: f64,
    /// Seconds from the start of the first row's exposure to that of the last one's; 0 is a global shutter.
    pub readout_s: f64,
    /// World, metres per second. The camera's pose is that at the middle of the middle row's exposure.
    pub velocity_m_per_s: DVec3,
    /// World axis times radians per second.
    pub angular_velocity_rad_per_s: DVec3,
}

/// Which light a camera lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Band {
    /// Red, green and blue.
    #[default]
    Visible,
    /// 850 to 940 nm, one channel.
    NearInfrared,
}

/// How light becomes numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensor {
    /// Electrons a pixel holds at base sensitivity.
    pub full_well_e: f64,
    /// Standard deviation of read noise, electrons.
    pub read_noise_e: f64,
    /// Sensitivity; 100 is the base. The full well maps to white at base; each doubling halves the electrons at white.
    pub iso: f64,
    /// Bits of the converter.
    pub bits: u32,
    /// Whether each pixel sees one colour (RGGB) and the others are interpolated.
    pub bayer: bool,
    /// Light in the corner over light in the middle, `(0, 1]`.
    pub vignetting: f64,
    /// Red magnified and blue shrunk by this share of the distance from the middle.
    pub chromatic_aberration: f64,
    /// Share of light spread widely by lens and cover glass, `[0, 1)`.
    pub bloom: f64,
    /// Gains of red, green and blue after the converter.
    pub white_balance: [f64; 3],
    /// Quality of JPEG compression, 1 to 100; `None` is lossless.
    pub jpeg_quality: Option<u8>,
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
            sensor: None,
        }
    }

    /// World point to camera space, metres.
    pub fn to_camera(&self, world: DVec3) -> DVec3 {
        self.camera_from_world * (world - self.position)
    }

    /// Camera-space point to world, metres.
    pub fn to_world(&self, camera: DVec3) -> DVec3 {
        self.camera_from_world.transpose() * camera + self.position
    }

    /// Pixel position of a world point and its depth along the axis; `None` at or behind the camera plane.
    /// `x = K [R|t] X` (Hartley & Zisserman 2004, §6.1). May lie outside the image.
    pub fn project(&self, world: DVec3) -> Option<(DVec2, f64)> {
        let c = self.to_camera(world);
        (c.z > 0.0).then(|| {
            (
                self.focal_px * DVec2::new(c.x, c.y) / c.z + self.principal_px,
                c.z,
            )
        })
    }

    /// World direction (not normalised; z-component 1 in camera space) through an image position in pixels.
    pub fn direction(&self, pixel: DVec2) -> DVec3 {
        let d = (pixel - self.principal_px) / self.focal_px;
        self.camera_from_world.transpose() * DVec3::new(d.x, d.y, 1.0)
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
        let back = camera.position + camera.direction(pixel) * depth;
        assert!((back - DVec3::new(0.1, 0.1, 0.0)).length() < 1e-12);
    }
}
