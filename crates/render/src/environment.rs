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
/// each cell's rectangle in (azimuth, polar angle) and proportional to luminance × sin θ there; luminance is averaged as interpolation
/// spreads it, so that the density is positive wherever radiance is.
#[derive(Debug)]
pub(crate) struct Sky {
    picture: Arc<Texture>,
    scale: f32,
    environment_from_world: Mat3A,
    world_from_environment: Mat3A,
    backdrop: Backdrop,
    /// One line of rows.
    rows: Cumulative,
    /// A line of columns for each row.
    columns: Cumulative,
    /// Columns and rows of the distribution's cells: those of the picture, or half of them each where it is large, to stay in the cache.
    cells: (usize, usize),
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
        let world_from_environment = Mat3A::from_quat(turn.normalize());
        let picture = radiance_of(picture);
        let (rows, columns, mean) = distribution(&picture);
        let cells = (columns.cells, rows.cells);
        Ok(Self {
            picture,
            scale: environment.scale,
            environment_from_world: world_from_environment.transpose(),
            world_from_environment,
            backdrop: environment.backdrop,
            rows,
            columns,
            cells,
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

    /// Direction and density by solid angle; `None` for a black sky.
    pub(crate) fn sample(&self, u: [f32; 2]) -> Option<(Vec3A, f32)> {
        if self.mean_luminance <= 0.0 {
            return None;
        }
        let (width, height) = self.cells;
        let (row, y, row_share) = self.rows.invert(0, u[0]);
        let (column, x, column_share) = self.columns.invert(row, u[1]);
        let theta = (row as f32 + y) / height as f32 * PI;
        let phi = ((column as f32 + x) / width as f32 - 0.5) * TAU;
        let (sin_theta, cos_theta) = theta.sin_cos();
        if sin_theta <= 0.0 {
            return None;
        }
        let (sin_phi, cos_phi) = phi.sin_cos();
        let direction = self.world_from_environment
            * Vec3A::new(sin_phi * sin_theta, cos_theta, -cos_phi * sin_theta);
        let share = row_share * column_share;
        Some((
            direction,
            share * (width * height) as f32 / (2.0 * PI * PI * sin_theta),
        ))
    }

    /// Mean luminance around a direction that is drawn with a density.
    pub(crate) fn brightness(&self, density: f32) -> f32 {
        density * 4.0 * PI * self.mean_luminance
    }

    /// Density by solid angle with which [`Sky::sample`] gives a unit direction.
    pub(crate) fn density(&self, direction: Vec3A) -> f32 {
        if self.mean_luminance <= 0.0 {
            return 0.0;
        }
        let (width, height) = self.cells;
        let (x, y) = self.place(direction);
        let (x, y) = (
            x / self.picture.width as f32,
            y / self.picture.height as f32,
        );
        let (column, row) = (
            ((x * width as f32) as usize).min(width - 1),
            ((y * height as f32) as usize).min(height - 1),
        );
        let sin_theta = (y * PI).sin();
        if sin_theta <= 0.0 {
            return 0.0;
        }
        let share = self.rows.share(0, row) * self.columns.share(row, column);
        share * (width * height) as f32 / (2.0 * PI * PI * sin_theta)
    }
}

/// A picture's texels as linear radiance.
fn radiance_of(picture: &Arc<Texture>) -> Arc<Texture> {
    if matches!(picture.texels, Texels::Rgb32(_)) {
        return Arc::clone(picture);
    }
    let texels = (0..picture.height)
        .flat_map(|row| {
            (0..picture.width).map(move |column| {
                let [r, g, b, _] = picture.texel(column, row);
                [r, g, b]
            })
        })
        .collect();
    Arc::new(Texture {
        width: picture.width,
        height: picture.height,
        texels: Texels::Rgb32(texels),
    })
}

/// Texels as [`radiance_of`] left them.
fn texels(picture: &Texture) -> &[[f32; 3]] {
    match &picture.texels {
        Texels::Rgb32(texels) => texels,
        Texels::Srgba8(_) | Texels::Linear8(_) => &[],
    }
}

/// Position in texels; x lies in `[0, width]`, y in `[0, height]`.
#[inline]
fn interpolate(picture: &Texture, x: f32, y: f32) -> Vec3A {
    let (width, height) = (picture.width as usize, picture.height as usize);
    // One texel to the right, so that truncation is the floor.
    let (x, y) = (x + 0.5, (y - 0.5).clamp(0.0, (height - 1) as f32));
    let (column, row) = (x as usize, y as usize);
    let (along_x, along_y) = (x - column as f32, y - row as f32);
    let left = if column == 0 {
        width - 1
    } else {
        (column - 1).min(width - 1)
    };
    let right = if column >= width { 0 } else { column };
    let (upper, lower) = (
        row.min(height - 1) * width,
        (row + 1).min(height - 1) * width,
    );
    let texels = texels(picture);
    let at = |index: usize| Vec3A::from(texels[index]);
    let above = at(upper + left).lerp(at(upper + right), along_x);
    let below = at(lower + left).lerp(at(lower + right), along_x);
    above.lerp(below, along_y)
}

/// Cumulative probabilities of several lines of equally many cells, with a guide that says where to begin to look (Chen & Asau 1974): a few steps on average.
#[derive(Debug)]
struct Cumulative {
    cells: usize,
    /// `[line][cells + 1]`, from 0 to 1.
    below: Vec<f32>,
    /// `[line][guides]`: the cell that holds `g / guides`.
    start: Vec<u32>,
    guides: usize,
}

impl Cumulative {
    /// From weights per cell, line after line; a line without weight stays zero and is never drawn from.
    fn new(weights: &[f64], cells: usize) -> Self {
        let guides = cells.div_ceil(4);
        let (mut below, mut start) = (Vec::new(), Vec::new());
        for line in weights.chunks(cells) {
            let sum: f64 = line.iter().sum();
            let first = below.len();
            let mut running = 0.0;
            below.push(0.0);
            for weight in line {
                running += weight;
                below.push(if sum > 0.0 {
                    (running / sum) as f32
                } else {
                    0.0
                });
            }
            if sum > 0.0 {
                below[first + cells] = 1.0;
            }
            let mut cell = 0;
            for guide in 0..guides {
                while cell + 1 < cells && below[first + cell + 1] <= guide as f32 / guides as f32 {
                    cell += 1;
                }
                start.push(cell as u32);
            }
        }
        Self {
            cells,
            below,
            start,
            guides,
        }
    }

    /// Probability of a cell in its line.
    fn share(&self, line: usize, cell: usize) -> f32 {
        let at = line * (self.cells + 1) + cell;
        self.below[at + 1] - self.below[at]
    }

    /// The cell that holds `u`, how far into it, and its probability.
    #[inline]
    fn invert(&self, line: usize, u: f32) -> (usize, f32, f32) {
        let guide = ((u * self.guides as f32) as usize).min(self.guides - 1);
        let mut cell = self.start[line * self.guides + guide] as usize;
        let line = &self.below[line * (self.cells + 1)..(line + 1) * (self.cells + 1)];
        // Rounding of the guide may have begun one cell late.
        while cell > 0 && line[cell] > u {
            cell -= 1;
        }
        while cell + 1 < self.cells && line[cell + 1] <= u {
            cell += 1;
        }
        let share = line[cell + 1] - line[cell];
        let within = if share > 0.0 {
            (u - line[cell]) / share
        } else {
            0.5
        };
        (cell, within.clamp(0.0, 1.0 - f32::EPSILON), share)
    }
}

/// Pictures at least this wide are drawn from by squares of 2 × 2 texels.
const LARGE: usize = 512;

/// Distribution over rows, over columns in each row, and the mean luminance over the sphere.
fn distribution(picture: &Texture) -> (Cumulative, Cumulative, f32) {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let luminances: Vec<f32> = texels(picture)
        .iter()
        .map(|texel| luminance(Vec3A::from(*texel)))
        .collect();
    // The mean of the interpolated picture over a texel: weights ⅛ ¾ ⅛ in each direction.
    let across = |row: usize, column: usize| {
        let line = &luminances[row * width..(row + 1) * width];
        let left = if column == 0 { width - 1 } else { column - 1 };
        let right = if column + 1 == width { 0 } else { column + 1 };
        0.75 * line[column] + 0.125 * (line[left] + line[right])
    };
    let merge = if width >= LARGE && width.is_multiple_of(2) && height.is_multiple_of(2) {
        2
    } else {
        1
    };
    let (cells_x, cells_y) = (width / merge, height / merge);
    let mut weights = vec![0.0; cells_x * cells_y];
    let mut solid_angle = 0.0;
    for row in 0..height {
        let (above, below) = (row.saturating_sub(1), (row + 1).min(height - 1));
        let sine = f64::from(((row as f32 + 0.5) / height as f32 * PI).sin());
        let line = &mut weights[row / merge * cells_x..(row / merge + 1) * cells_x];
        for column in 0..width {
            let mean = 0.75 * across(row, column)
                + 0.125 * (across(above, column) + across(below, column));
            line[column / merge] += f64::from(mean) * sine;
        }
        solid_angle += sine * width as f64;
    }
    let row_weights: Vec<f64> = weights
        .chunks(cells_x)
        .map(|line| line.iter().sum())
        .collect();
    let mean = row_weights.iter().sum::<f64>() / solid_angle;
    (
        Cumulative::new(&row_weights, cells_y),
        Cumulative::new(&weights, cells_x),
        mean as f32,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chi_square::statistic_p;
    use glam::Quat;

    /// A small sky with a sun, a dark half and uneven rows.
    fn sky(turn: Quat) -> Sky {
        sky_of(turn, 32)
    }

    fn sky_of(turn: Quat, width: u32) -> Sky {
        let height = width / 2;
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
            portals: Vec::new(),
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
            let (direction, _) = sky.sample([uniforms.next(), uniforms.next()]).expect("lit");
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
    fn a_sample_carries_the_density_of_its_direction() {
        let sky = sky(Quat::from_rotation_z(0.7));
        let mut uniforms = crate::chi_square::Uniforms::new(5);
        for _ in 0..2000 {
            let (direction, density) = sky.sample([uniforms.next(), uniforms.next()]).expect("lit");
            assert!((direction.length() - 1.0).abs() < 1e-5);
            // Beside a texel's border, rounding may find its neighbour.
            let near = (sky.density(direction) / density - 1.0).abs() < 1e-3;
            let neighbour = sky.density((direction + Vec3A::splat(1e-4)).normalize()) != density;
            assert!(near || neighbour);
        }
    }

    #[test]
    fn estimated_irradiance_equals_the_integral() {
        for width in [32, LARGE as u32] {
            irradiance(&sky_of(Quat::IDENTITY, width));
        }
    }

    fn irradiance(sky: &Sky) {
        let mut uniforms = crate::chi_square::Uniforms::new(6);
        let n = 200_000;
        let estimate: f64 = (0..n)
            .filter_map(|_| sky.sample([uniforms.next(), uniforms.next()]))
            .map(|(direction, density)| f64::from(luminance(sky.radiance(direction)) / density))
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
            portals: Vec::new(),
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
