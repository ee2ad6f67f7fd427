//! The camera as the renderer uses it: checked, with rays in single precision.
use crate::{error::RenderError, ray::Ray, sampling::disk, sensor, settings::Filter};
use glam::{DVec2, DVec3, Vec3A};
use scene::{Camera, camera::Distortion};

/// Most pixels of a picture, 2²⁸.
const MAX_PIXELS: u64 = 1 << 28;

/// A checked camera.
#[derive(Debug, Clone)]
pub(crate) struct Lens {
    camera: Camera,
}

impl Lens {
    pub(crate) fn new(camera: &Camera) -> Result<Self, RenderError> {
        let fault = |found: String| Err(RenderError::Camera { found });
        let (width, height) = (camera.width_px, camera.height_px);
        if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MAX_PIXELS {
            return fault(format!(
                "the picture is {width} × {height} px, not between 1 and {MAX_PIXELS} pixels"
            ));
        }
        if !(camera.focal_px.is_finite() && camera.focal_px.min_element() > 0.0) {
            return fault(format!(
                "the focal lengths are {} px, not finite and positive",
                camera.focal_px
            ));
        }
        if !(camera.principal_px.is_finite() && camera.position.is_finite()) {
            return fault("principal point or position is not finite".to_owned());
        }
        let turn = camera.camera_from_world;
        let off = turn * turn.transpose() - glam::DMat3::IDENTITY;
        // NaN fails the comparison.
        if !(off.to_cols_array().iter().all(|x| x.abs() < 1e-6) && turn.determinant() > 0.0) {
            return fault("camera_from_world is not a rotation".to_owned());
        }
        let aperture = camera.aperture_radius_m;
        if !(aperture.is_finite() && aperture >= 0.0) {
            return fault(format!(
                "the aperture's radius is {aperture} m, not finite and at least 0"
            ));
        }
        if aperture > 0.0 && !(camera.focus_distance_m.is_finite() && camera.focus_distance_m > 0.0)
        {
            return fault(format!(
                "the focus distance is {} m, not finite and positive",
                camera.focus_distance_m
            ));
        }
        check_distortion(camera)?;
        check_shutter(camera)?;
        sensor::check(camera)?;
        Ok(Self {
            camera: camera.clone(),
        })
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        (self.camera.width_px, self.camera.height_px)
    }

    pub(crate) fn camera(&self) -> &Camera {
        &self.camera
    }

    /// Width of a pixel at 1 m along the axis.
    pub(crate) fn pixel_width(&self) -> f32 {
        (1.0 / self.camera.focal_px.min_element()) as f32
    }

    /// Whether a place in the picture is seen from several places, so that what one ray finds says nothing about its neighbours.
    pub(crate) fn is_blurred(&self) -> bool {
        self.camera.aperture_radius_m > 0.0 || self.is_moving()
    }

    /// Whether the camera moves while a row is exposed.
    pub(crate) fn is_moving(&self) -> bool {
        self.camera.shutter.is_moving() && self.camera.shutter.exposure_s > 0.0
    }

    /// Pinhole ray through a place in the picture at the middle of its row's exposure; `None` where no light of the lens falls.
    pub(crate) fn centre_ray(&self, pixel: DVec2) -> Option<Ray> {
        let pose = self.camera.pose_of_row(pixel.y);
        let direction = pose.to_world_direction(self.camera.camera_direction(pixel)?);
        Some(Ray::new(
            narrow(pose.position),
            narrow(direction.normalize()),
        ))
    }

    /// Ray through a place in the picture, seen by a pixel of row `y`, a random place on the lens and a moment of the row's exposure (½ is its middle).
    pub(crate) fn ray(&self, pixel: DVec2, y: u32, lens: [f32; 2], moment: f32) -> Option<Ray> {
        let camera = &self.camera;
        let seconds = camera.row_time_s(f64::from(y) + 0.5)
            + camera.shutter.exposure_s * (f64::from(moment) - 0.5);
        let pose = camera.pose_at(seconds);
        let direction = pose.to_world_direction(camera.camera_direction(pixel)?);
        if camera.aperture_radius_m == 0.0 {
            return Some(Ray::new(
                narrow(pose.position),
                narrow(direction.normalize()),
            ));
        }
        let on_lens = disk(lens).as_dvec2() * camera.aperture_radius_m;
        let origin = pose.position + pose.to_world_direction(on_lens.extend(0.0));
        let sharp = pose.position + direction * camera.focus_distance_m;
        Some(Ray::new(
            narrow(origin),
            narrow((sharp - origin).normalize()),
        ))
    }
}

/// The lens must draw the whole picture, unless it is a fisheye that draws a circle of at least half the world.
fn check_distortion(camera: &Camera) -> Result<(), RenderError> {
    /// Places looked at along each side.
    const STEPS: u32 = 64;
    let fault = |found: String| Err(RenderError::Camera { found });
    let lens = camera.distortion;
    if lens == Distortion::None {
        return Ok(());
    }
    if lens.coefficients().iter().any(|c| !c.is_finite()) {
        return fault("a distortion coefficient is not finite".to_owned());
    }
    let is_circle = matches!(lens, Distortion::KannalaBrandt { .. });
    if is_circle && lens.project(DVec3::X).is_some() {
        return Ok(());
    }
    let size = DVec2::new(f64::from(camera.width_px), f64::from(camera.height_px));
    for row in 0..=STEPS {
        for column in 0..=STEPS {
            let share = DVec2::new(f64::from(column), f64::from(row)) / f64::from(STEPS);
            let place = size * share;
            if camera.camera_direction(place).is_none() {
                let [x, y] = place.to_array();
                return fault(format!(
                    "the lens's polynomial turns back inside the picture: nothing falls on ({x:.0}, {y:.0}) px"
                ));
            }
        }
    }
    Ok(())
}

fn check_shutter(camera: &Camera) -> Result<(), RenderError> {
    let fault = |found: String| Err(RenderError::Camera { found });
    let shutter = &camera.shutter;
    for (name, seconds) in [
        ("exposure", shutter.exposure_s),
        ("readout", shutter.readout_s),
    ] {
        if !(seconds.is_finite() && seconds >= 0.0) {
            return fault(format!(
                "the {name} takes {seconds} s, not finite and at least 0"
            ));
        }
    }
    let spin = shutter.angular_velocity_rad_per_s;
    if !(shutter.velocity_m_per_s.is_finite() && spin.is_finite()) {
        return fault("the camera's velocity is not finite".to_owned());
    }
    let turn = spin.length() * (shutter.exposure_s + shutter.readout_s);
    if turn > MOST_TURN {
        return fault(format!(
            "it turns by {turn:.1} rad during one picture, more than {MOST_TURN}"
        ));
    }
    Ok(())
}

/// A camera that turns further than this during one picture sees nothing that could be called one.
const MOST_TURN: f64 = 1.0;

pub(crate) fn narrow(v: DVec3) -> Vec3A {
    Vec3A::new(v.x as f32, v.y as f32, v.z as f32)
}

/// Offset of a sample from its pixel's centre, so that samples weigh alike and the picture is filtered
/// (Ernst, Stamminger & Greiner 2006, "Filter Importance Sampling").
pub(crate) fn filter_offset(filter: Filter, u: f32) -> f64 {
    match filter {
        Filter::Box => f64::from(u) - 0.5,
        Filter::BlackmanHarris => window_offset(u),
    }
}

/// A place in `[-1, 1]` drawn by the Blackman–Harris window.
fn window_offset(u: f32) -> f64 {
    /// Cumulative window at `-1 + k/32`, computed by the compiler.
    static CUMULATIVE: [f32; 65] = cumulative_window();
    let index = CUMULATIVE
        .partition_point(|&below| below <= u)
        .saturating_sub(1)
        .min(63);
    let (low, high) = (CUMULATIVE[index], CUMULATIVE[index + 1]);
    let within = if high > low {
        ((u - low) / (high - low)).clamp(0.0, 1.0)
    } else {
        0.5
    };
    f64::from((index as f32 + within) / 32.0 - 1.0)
}

/// `∫ a0 + a1 cos πx + a2 cos 2πx + a3 cos 3πx` over `[-1, x]`, divided by its total (Harris 1978).
const fn cumulative_window() -> [f32; 65] {
    let mut table = [0.0; 65];
    let mut k = 0;
    while k <= 64 {
        let x = k as f64 / 32.0 - 1.0;
        let integral = 0.35875 * (x + 1.0)
            + 0.48829 / PI * sine(PI * x)
            + 0.14128 / (2.0 * PI) * sine(2.0 * PI * x)
            + 0.01168 / (3.0 * PI) * sine(3.0 * PI * x);
        table[k] = (integral / (2.0 * 0.35875)) as f32;
        k += 1;
    }
    table[0] = 0.0;
    table[64] = 1.0;
    table
}

const PI: f64 = std::f64::consts::PI;

/// Taylor series, for the compiler; exact to 1e-13 after reduction to `[-π, π]`.
const fn sine(mut x: f64) -> f64 {
    while x > PI {
        x -= 2.0 * PI;
    }
    while x < -PI {
        x += 2.0 * PI;
    }
    let mut term = x;
    let mut sum = x;
    let mut n = 1;
    while n < 20 {
        term *= -x * x / ((2 * n) as f64 * (2 * n + 1) as f64);
        sum += term;
        n += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_the_filter_have_its_mean_and_variance() {
        let n = 100_000;
        let offsets: Vec<f64> = (0..n)
            .map(|k| window_offset((k as f32 + 0.5) / n as f32))
            .collect();
        let mean = offsets.iter().sum::<f64>() / f64::from(n);
        let variance = offsets.iter().map(|x| x * x).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 1e-5);
        // ∫x²w/∫w over [-1, 1]: ⅓ + (2/π²a0)(−a1 + a2/4 − a3/9).
        let expected =
            1.0 / 3.0 + 2.0 / (PI * PI * 0.35875) * (-0.48829 + 0.14128 / 4.0 - 0.01168 / 9.0);
        assert!(
            (variance - expected).abs() < 1e-3,
            "{variance} against {expected}"
        );
    }

    #[test]
    fn all_rays_of_a_lens_meet_in_the_plane_in_focus() {
        let mut camera = Camera::look_at(
            DVec3::new(0.2, 0.1, 2.0),
            DVec3::ZERO,
            DVec3::Y,
            0.6,
            64,
            48,
        );
        camera.aperture_radius_m = 0.05;
        camera.focus_distance_m = 1.3;
        let lens = Lens::new(&camera).expect("a sound camera");
        let pixel = DVec2::new(40.0, 7.5);
        let sharp = camera.position + camera.direction(pixel).expect("a pinhole") * 1.3;
        let mut widest = 0.0_f64;
        for k in 0..100 {
            let on_lens = [(k % 10) as f32 / 10.0, (k / 10) as f32 / 10.0];
            let ray = lens.ray(pixel, 7, on_lens, 0.5).expect("a pinhole");
            let (origin, direction) = (
                glam::Vec3::from(ray.origin).as_dvec3(),
                glam::Vec3::from(ray.direction).as_dvec3(),
            );
            let miss = (sharp - origin).cross(direction).length();
            assert!(miss < 1e-6, "{miss}");
            widest = widest.max((origin - camera.position).length());
        }
        assert!(widest > 0.045 && widest <= 0.05 + 1e-6, "{widest}");
    }
}
