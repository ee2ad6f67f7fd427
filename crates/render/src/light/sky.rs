//! Light from infinity: an equirectangular picture, sampled by brightness.
use super::{curve::Curve, octahedral};
use crate::{error::RenderError, sampling::luminance, texture};
use glam::{Mat3A, Vec3A};
use scene::{Environment, Texture, light::Backdrop, texture::Texels};
use std::{
    f32::consts::PI,
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// A prepared environment.
///
/// Radiance is interpolated between the picture's texel centres, around the seam and clamped at the poles. Directions are drawn with a density that is constant
/// over each block of cells of an equal-area square and proportional to the block's mean luminance, plus a little everywhere, so that it is positive
/// wherever radiance is.
#[derive(Debug)]
pub(crate) struct Sky {
    picture: Arc<Texture>,
    scale: f32,
    environment_from_world: Mat3A,
    backdrop: Backdrop,
    world_from_environment: Mat3A,
    survey: Arc<Survey>,
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
        let survey = Survey::of(&picture);
        Ok(Self {
            mean_luminance: survey.mean_luminance * environment.scale,
            picture,
            scale: environment.scale,
            environment_from_world: world_from_environment.transpose(),
            world_from_environment,
            backdrop: environment.backdrop,
            survey,
        })
    }

    pub(crate) fn mean_luminance(&self) -> f32 {
        self.mean_luminance
    }

    /// Radiance from a unit direction.
    pub(crate) fn radiance(&self, direction: Vec3A) -> Vec3A {
        radiance_at(&self.picture, self.environment_from_world * direction) * self.scale
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
        let ([x, y], density) = self.survey.curve.as_ref()?.sample(u);
        Some((
            self.world_from_environment * octahedral::direction_at(x, y),
            density * UNIFORM,
        ))
    }

    /// Mean luminance around a direction that is drawn with a density.
    pub(crate) fn brightness(&self, density: f32) -> f32 {
        density * 4.0 * PI * self.mean_luminance
    }

    /// Density by solid angle with which [`Sky::sample`] gives a unit direction.
    pub(crate) fn density(&self, direction: Vec3A) -> f32 {
        let Some(curve) = &self.survey.curve else {
            return 0.0;
        };
        let (x, y) = octahedral::place_of(self.environment_from_world * direction);
        curve.density(x, y) * UNIFORM
    }
}

/// Share of samples that go anywhere, for radiance that the survey may have missed.
const FLOOR: f32 = 0.01;
/// Density of directions that are all equally likely.
const UNIFORM: f32 = 0.25 / PI;
/// Most cells along a side.
const MOST_CELLS: usize = 1024;
/// Surveys kept for the next scene.
const KEPT: usize = 32;

/// Where a picture is bright, by a square that all directions share.
#[derive(Debug)]
struct Survey {
    /// `None` for a black picture.
    curve: Option<Curve>,
    mean_luminance: f32,
}

impl Survey {
    /// The survey of a picture; that of an earlier scene with the same one, if it is still in use somewhere.
    fn of(picture: &Arc<Texture>) -> Arc<Self> {
        static EARLIER: Mutex<Vec<(Weak<Texture>, Arc<Survey>)>> = Mutex::new(Vec::new());
        let earlier = || EARLIER.lock().unwrap_or_else(PoisonError::into_inner);
        let known = earlier()
            .iter()
            .find(|(of, _)| std::ptr::eq(of.as_ptr(), Arc::as_ptr(picture)))
            .map(|(_, survey)| Arc::clone(survey));
        if let Some(survey) = known {
            return survey;
        }
        let survey = Arc::new(Self::new(picture));
        let mut kept = earlier();
        // A dead picture's address is not given away as long as it is listed.
        kept.retain(|(of, _)| of.strong_count() > 0);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((Arc::downgrade(picture), Arc::clone(&survey)));
        survey
    }

    fn new(picture: &Texture) -> Self {
        let side = side_of(picture);
        // About one look per texel.
        let looks = (picture.width as usize).div_ceil(2 * side).min(16);
        let step = 1.0 / (side * looks) as f32;
        let mut weights = vec![0.0; side * side];
        for (row, line) in weights.chunks_mut(side).enumerate() {
            for y in row * looks..(row + 1) * looks {
                for x in 0..side * looks {
                    let at = |k: usize| (k as f32 + 0.5) * step;
                    let direction = octahedral::direction_at(at(x), at(y));
                    line[x / looks] += luminance(radiance_at(picture, direction));
                }
            }
        }
        let mean = weights.iter().copied().map(f64::from).sum::<f64>() / weights.len() as f64;
        let floor = FLOOR * mean as f32;
        for weight in &mut weights {
            *weight += floor;
        }
        Self {
            curve: Curve::new(&weights, side),
            mean_luminance: mean as f32 / (looks * looks) as f32,
        }
    }
}

/// Cells along a side: about as many as texels.
fn side_of(picture: &Texture) -> usize {
    let texels = picture.width as usize * picture.height as usize;
    ((texels as f64).sqrt() as usize)
        .next_power_of_two()
        .clamp(16, MOST_CELLS)
}

/// Interpolated radiance from a unit direction, both as the picture has it.
#[inline]
fn radiance_at(picture: &Texture, direction: Vec3A) -> Vec3A {
    let (u, v) = octahedral::longitude_and_polar(direction);
    interpolate(picture, u * picture.width as f32, v * picture.height as f32)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chi_square::statistic_p;
    use glam::Quat;
    use std::f32::consts::TAU;

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
    fn sky_samples_fall_into_squares_as_often_as_their_density_says() {
        let sky = sky(Quat::from_euler(glam::EulerRot::XYZ, 0.3, 2.0, -1.0));
        // Twice as fine as the cells of the distribution.
        let side = 2 * side_of(&sky.picture);
        let bin = |at: f32| ((at * side as f32) as usize).min(side - 1);
        let count = 200_000;
        let mut uniforms = crate::chi_square::Uniforms::new(4);
        let mut observed = vec![0.0; side * side];
        for _ in 0..count {
            let (direction, _) = sky.sample([uniforms.next(), uniforms.next()]).expect("lit");
            let (x, y) = octahedral::place_of(sky.environment_from_world * direction);
            observed[bin(y) * side + bin(x)] += 1.0;
        }
        let area = 4.0 * std::f64::consts::PI / (side * side) as f64;
        let expected: Vec<f64> = (0..side * side)
            .map(|index| {
                let at = |k: usize| (k as f32 + 0.5) / side as f32;
                let d = octahedral::direction_at(at(index % side), at(index / side));
                f64::from(sky.density(sky.world_from_environment * d)) * area * f64::from(count)
            })
            .collect();
        assert!((expected.iter().sum::<f64>() / f64::from(count) - 1.0).abs() < 1e-4);
        // α = 1e-5.
        let p = statistic_p(&observed, &expected);
        assert!(p > 1e-5, "p = {p}");
    }

    #[test]
    fn a_sample_carries_the_density_of_its_direction() {
        let sky = sky(Quat::from_rotation_z(0.7));
        let mut uniforms = crate::chi_square::Uniforms::new(5);
        let strays = (0..20_000)
            .filter(|_| {
                let (direction, density) =
                    sky.sample([uniforms.next(), uniforms.next()]).expect("lit");
                assert!((direction.length() - 1.0).abs() < 1e-5);
                (sky.density(direction) / density - 1.0).abs() > 1e-3
            })
            .count();
        // Beside a cell's border, rounding may find its neighbour.
        assert!(strays < 5, "{strays} of 20000");
    }

    #[test]
    fn samples_reach_wherever_light_comes_from() {
        let sky = sky(Quat::IDENTITY);
        let mut uniforms = crate::chi_square::Uniforms::new(8);
        for _ in 0..20_000 {
            let d = octahedral::direction_at(uniforms.next(), uniforms.next());
            assert!(sky.radiance(d) == Vec3A::ZERO || sky.density(d) > 0.0);
        }
    }

    #[test]
    fn estimated_irradiance_equals_the_integral() {
        for width in [32, 512] {
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
