//! Light from infinity: an equirectangular picture, sampled by brightness.
use crate::{error::RenderError, sampling::luminance, texture};
use glam::{Mat3A, Vec3A};
use scene::{Environment, Texture, light::Backdrop, texture::Texels};
use std::{
    f32::consts::{PI, TAU},
    sync::Arc,
};

/// A prepared environment.
///
/// Radiance is interpolated between texel centres, around the seam and clamped at the poles. Directions are drawn with a density that is constant over
/// each texel's rectangle in (azimuth, polar angle) and proportional to luminance × sin θ there; luminance is averaged as interpolation
/// spreads it, so that the density is positive wherever radiance is.
#[derive(Debug)]
pub(crate) struct Sky {
    picture: Arc<Texture>,
    scale: f32,
    environment_from_world: Mat3A,
    world_from_environment: Mat3A,
    backdrop: Backdrop,
    /// Cumulative probability of rows, `[height + 1]`.
    rows: Vec<f32>,
    /// Cumulative probability within each row, `[height][width + 1]`.
    columns: Vec<f32>,
    /// Mean over the sphere.
    mean_luminance: f32,
}

impl Sky {
    pub(crate) fn new(environment: &Environment) -> Result<Self, RenderError> {
        let picture = &environment.radiance;
        let fault = |found: String| RenderError::Light {
            light: "environment".to_owned(),
            found,
        };
        if let Some(found) = texture::fault(picture) {
            return Err(fault(found));
        }
        if !(environment.scale.is_finite() && environment.scale >= 0.0) {
            return Err(fault(format!(
                "scale is {}, not finite and at least 0",
                environment.scale
            )));
        }
        if let Backdrop::Colour(colour) = environment.backdrop
            && !(colour.is_finite() && colour.min_element() >= 0.0)
        {
            return Err(fault(format!(
                "the backdrop's colour is {colour}, not finite and at least 0"
            )));
        }
        let turn = environment.world_from_environment;
        if !(turn.is_finite() && (turn.length_squared() - 1.0).abs() < 1e-3) {
            return Err(fault("its rotation is not a unit quaternion".to_owned()));
        }
        let (width, height) = (picture.width as usize, picture.height as usize);
        let world_from_environment = Mat3A::from_quat(turn.normalize());
        let (rows, columns, mean) = distribution(picture, width, height);
        Ok(Self {
            picture: Arc::clone(picture),
            scale: environment.scale,
            environment_from_world: world_from_environment.transpose(),
            world_from_environment,
            backdrop: environment.backdrop,
            rows,
            columns,
            mean_luminance: mean * environment.scale,
        })
    }

    pub(crate) fn mean_luminance(&self) -> f32 {
        self.mean_luminance
    }

    /// Position in the picture in texels, `([0, width), [0, height])`.
    fn place(&self, direction: Vec3A) -> (f32, f32) {
        let d = self.environment_from_world * direction;
        let u = d.x.atan2(-d.z) / TAU + 0.5;
        let v = d.y.clamp(-1.0, 1.0).acos() / PI;
        (
            (u * self.picture.width as f32).min(self.picture.width as f32),
            v * self.picture.height as f32,
        )
    }

    /// Radiance from a unit direction.
    pub(crate) fn radiance(&self, direction: Vec3A) -> Vec3A {
        let (x, y) = self.place(direction);
        interpolate(&self.picture, x, y) * self.scale
    }

    /// What the camera sees there.
    pub(crate) fn backdrop(&self, direction: Vec3A) -> Vec3A {
        match self.backdrop {
            Backdrop::Environment => self.radiance(direction),
            Backdrop::Colour(colour) => Vec3A::from(colour),
        }
    }

    /// Direction, radiance and density by solid angle; `None` for a black sky.
    pub(crate) fn sample(&self, u: [f32; 2]) -> Option<(Vec3A, Vec3A, f32)> {
        if self.mean_luminance <= 0.0 {
            return None;
        }
        let (width, height) = (self.picture.width as usize, self.picture.height as usize);
        let (row, y) = invert(&self.rows, u[0]);
        let line = &self.columns[row * (width + 1)..(row + 1) * (width + 1)];
        let (column, x) = invert(line, u[1]);
        let theta = (row as f32 + y) / height as f32 * PI;
        let phi = ((column as f32 + x) / width as f32 - 0.5) * TAU;
        let (sin_theta, cos_theta) = theta.sin_cos();
        if sin_theta <= 0.0 {
            return None;
        }
        let (sin_phi, cos_phi) = phi.sin_cos();
        let direction = self.world_from_environment
            * Vec3A::new(sin_phi * sin_theta, cos_theta, -cos_phi * sin_theta);
        let radiance = interpolate(&self.picture, column as f32 + x, row as f32 + y) * self.scale;
        let share = (self.rows[row + 1] - self.rows[row]) * (line[column + 1] - line[column]);
        Some((
            direction,
            radiance,
            share * (width * height) as f32 / (2.0 * PI * PI * sin_theta),
        ))
    }

    /// Density by solid angle with which [`Sky::sample`] gives a unit direction.
    pub(crate) fn density(&self, direction: Vec3A) -> f32 {
        if self.mean_luminance <= 0.0 {
            return 0.0;
        }
        let (width, height) = (self.picture.width as usize, self.picture.height as usize);
        let (x, y) = self.place(direction);
        let (column, row) = ((x as usize).min(width - 1), (y as usize).min(height - 1));
        let sin_theta = (y / height as f32 * PI).sin();
        if sin_theta <= 0.0 {
            return 0.0;
        }
        let line = &self.columns[row * (width + 1)..];
        let share = (self.rows[row + 1] - self.rows[row]) * (line[column + 1] - line[column]);
        share * (width * height) as f32 / (2.0 * PI * PI * sin_theta)
    }
}

fn texel(picture: &Texture, column: usize, row: usize) -> Vec3A {
    if let Texels::Rgb32(texels) = &picture.texels {
        return Vec3A::from(texels[row * picture.width as usize + column]);
    }
    let [r, g, b, _] = picture.texel(column as u32, row as u32);
    Vec3A::new(r, g, b)
}

fn interpolate(picture: &Texture, x: f32, y: f32) -> Vec3A {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let (x, y) = (x - 0.5, (y - 0.5).clamp(0.0, (height - 1) as f32));
    let (left, top) = (x.floor(), y.floor());
    let (along_x, along_y) = (x - left, y - top);
    // x lies in [−½, width + ½]: wrap both ends.
    let wrap = |column: i64| column.rem_euclid(width as i64) as usize;
    let (a, b) = (wrap(left as i64), wrap(left as i64 + 1));
    let (c, d) = (
        (top as usize).min(height - 1),
        (top as usize + 1).min(height - 1),
    );
    let upper = texel(picture, a, c).lerp(texel(picture, b, c), along_x);
    let lower = texel(picture, a, d).lerp(texel(picture, b, d), along_x);
    upper.lerp(lower, along_y)
}

/// Interval of a cumulative table that holds `u`, and where in it.
fn invert(cumulative: &[f32], u: f32) -> (usize, f32) {
    let last = cumulative.len() - 2;
    let index = cumulative
        .partition_point(|&below| below <= u)
        .saturating_sub(1)
        .min(last);
    let share = cumulative[index + 1] - cumulative[index];
    let within = if share > 0.0 {
        (u - cumulative[index]) / share
    } else {
        0.5
    };
    (index, within.clamp(0.0, 1.0 - f32::EPSILON))
}

/// Cumulative rows, cumulative columns, mean luminance over the sphere.
fn distribution(picture: &Texture, width: usize, height: usize) -> (Vec<f32>, Vec<f32>, f32) {
    let luminances: Vec<f32> = (0..height)
        .flat_map(|row| (0..width).map(move |column| luminance(texel(picture, column, row))))
        .collect();
    // The mean of the interpolated picture over a texel: weights ⅛ ¾ ⅛ in each direction.
    let across = |row: usize, column: usize| {
        let line = &luminances[row * width..(row + 1) * width];
        0.75 * line[column]
            + 0.125 * (line[(column + 1) % width] + line[(column + width - 1) % width])
    };
    let mut rows = Vec::with_capacity(height + 1);
    let mut columns = Vec::with_capacity(height * (width + 1));
    let mut sum = 0.0_f64;
    let mut solid_angle = 0.0_f64;
    let mut row_sums = Vec::with_capacity(height);
    for row in 0..height {
        let (above, below) = (row.saturating_sub(1), (row + 1).min(height - 1));
        let sine = ((row as f32 + 0.5) / height as f32 * PI).sin();
        let start = columns.len();
        let mut running = 0.0_f64;
        columns.push(0.0);
        for column in 0..width {
            let mean = 0.75 * across(row, column)
                + 0.125 * (across(above, column) + across(below, column));
            running += f64::from(mean * sine);
            columns.push(running as f32);
        }
        normalise(&mut columns[start..], running);
        row_sums.push(running);
        sum += running;
        solid_angle += f64::from(sine) * width as f64;
    }
    let mut running = 0.0;
    rows.push(0.0);
    for row_sum in row_sums {
        running += row_sum;
        rows.push(running as f32);
    }
    normalise(&mut rows, sum);
    (rows, columns, (sum / solid_angle) as f32)
}

/// Divides a cumulative table by its sum; a table of zeros stays (it is never drawn from).
fn normalise(cumulative: &mut [f32], sum: f64) {
    if sum > 0.0 {
        for value in cumulative.iter_mut() {
            *value = (f64::from(*value) / sum) as f32;
        }
        if let Some(last) = cumulative.last_mut() {
            *last = 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chi_square::statistic_p;
    use glam::Quat;

    /// A small sky with a sun, a dark half and uneven rows.
    fn sky(turn: Quat) -> Sky {
        let (width, height) = (32_u32, 16_u32);
        let texels = (0..width * height)
            .map(|index| {
                let (x, y) = (index % width, index / width);
                let value = if (x, y) == (20, 4) {
                    60.0
                } else {
                    ((x * 7 + y * 3) % 11) as f32 * 0.1 * f32::from(u8::from(x < 25))
                };
                [value, 0.5 * value, 2.0 * value]
            })
            .collect();
        let environment = Environment {
            radiance: Arc::new(Texture {
                width,
                height,
                texels: Texels::Rgb32(texels),
            }),
            scale: 1.5,
            world_from_environment: turn,
            backdrop: Backdrop::Environment,
        };
        Sky::new(&environment).expect("a sound sky")
    }

    #[test]
    fn sky_samples_fall_into_texels_as_often_as_their_density_says() {
        let sky = sky(Quat::from_euler(glam::EulerRot::XYZ, 0.3, 2.0, -1.0));
        let (width, height) = (32, 16);
        let count = 200_000;
        let mut uniforms = crate::chi_square::Uniforms::new(4);
        let mut observed = vec![0.0; width * height];
        for _ in 0..count {
            let (direction, _, _) = sky.sample([uniforms.next(), uniforms.next()]).expect("lit");
            let (x, y) = sky.place(direction);
            observed[(y as usize).min(height - 1) * width + (x as usize).min(width - 1)] += 1.0;
        }
        // The density at a texel's centre times its area in angles.
        let expected: Vec<f64> = (0..width * height)
            .map(|index| {
                let (column, row) = (index % width, index / width);
                let theta = (row as f32 + 0.5) / height as f32 * PI;
                let phi = ((column as f32 + 0.5) / width as f32 - 0.5) * TAU;
                let local = Vec3A::new(
                    phi.sin() * theta.sin(),
                    theta.cos(),
                    -phi.cos() * theta.sin(),
                );
                let at_centre = f64::from(sky.density(sky.world_from_environment * local));
                // sin θ varies within the row; density · sin θ does not.
                at_centre * f64::from(theta.sin()) * f64::from(PI) / height as f64 * f64::from(TAU)
                    / width as f64
            })
            .collect();
        assert!((expected.iter().sum::<f64>() - 1.0).abs() < 1e-4);
        let expected: Vec<f64> = expected
            .iter()
            .map(|share| share * f64::from(count))
            .collect();
        // α = 1e-5.
        let p = statistic_p(&observed, &expected);
        assert!(p > 1e-5, "p = {p}");
    }

    #[test]
    fn a_sample_carries_the_radiance_and_density_of_its_direction() {
        let sky = sky(Quat::from_rotation_z(0.7));
        let mut uniforms = crate::chi_square::Uniforms::new(5);
        for _ in 0..2000 {
            let (direction, radiance, density) =
                sky.sample([uniforms.next(), uniforms.next()]).expect("lit");
            assert!((direction.length() - 1.0).abs() < 1e-5);
            // Beside a texel's border, rounding may find its neighbour.
            let near = (sky.density(direction) / density - 1.0).abs() < 1e-3;
            let neighbour = sky.density((direction + Vec3A::splat(1e-4)).normalize()) != density;
            assert!(near || neighbour);
            assert!(
                (sky.radiance(direction) - radiance).abs().max_element()
                    < 0.02 * radiance.max_element() + 1e-3
            );
        }
    }

    #[test]
    fn estimated_irradiance_equals_the_integral() {
        let sky = sky(Quat::IDENTITY);
        let mut uniforms = crate::chi_square::Uniforms::new(6);
        let n = 200_000;
        let estimate: f64 = (0..n)
            .filter_map(|_| sky.sample([uniforms.next(), uniforms.next()]))
            .map(|(_, radiance, density)| f64::from(luminance(radiance) / density))
            .sum::<f64>()
            / f64::from(n);
        let (rows, columns) = (1024, 2048);
        let mut integral = 0.0;
        for row in 0..rows {
            let theta = (row as f32 + 0.5) / rows as f32 * PI;
            for column in 0..columns {
                let phi = (column as f32 + 0.5) / columns as f32 * TAU;
                let d = Vec3A::new(
                    theta.sin() * phi.sin(),
                    theta.cos(),
                    -theta.sin() * phi.cos(),
                );
                integral += f64::from(luminance(sky.radiance(d)) * theta.sin());
            }
        }
        integral *= f64::from(PI * TAU) / f64::from(rows * columns);
        assert!(
            (estimate / integral - 1.0).abs() < 0.005,
            "{estimate} against {integral}"
        );
        let mean = f64::from(sky.mean_luminance()) * 4.0 * std::f64::consts::PI;
        assert!(
            (mean / integral - 1.0).abs() < 0.01,
            "{mean} against {integral}"
        );
    }

    #[test]
    fn columns_look_where_the_convention_says() {
        let mut texels = vec![[0.0; 3]; 8 * 4];
        // Column 4 of 8, left edge at u = ½: azimuth just above 0, which is −z.
        texels[8 + 4] = [1.0; 3];
        let environment = Environment {
            radiance: Arc::new(Texture {
                width: 8,
                height: 4,
                texels: Texels::Rgb32(texels),
            }),
            scale: 1.0,
            world_from_environment: Quat::IDENTITY,
            backdrop: Backdrop::Environment,
        };
        let sky = Sky::new(&environment).expect("a sound sky");
        let azimuth = (4.5 / 8.0 - 0.5) * TAU;
        let theta = 1.5 / 4.0 * PI;
        let d = Vec3A::new(
            azimuth.sin() * theta.sin(),
            theta.cos(),
            -azimuth.cos() * theta.sin(),
        );
        assert!((sky.radiance(d).x - 1.0).abs() < 1e-5);
        assert!(d.z < 0.0 && d.x > 0.0 && d.y > 0.0);
    }
}
