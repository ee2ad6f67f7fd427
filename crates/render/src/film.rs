//! Which pixels get how many samples.
//!
//! Samples are given in rounds over the whole picture; between rounds, pixels whose error is still too large are given more. Each decision looks at numbers that
//! are the same whoever computes them, so that threads cannot change it. Pixels around which nothing lies get a quarter of what is asked.
use crate::{
    denoise::Gathered,
    layers::Layers,
    lens::filter_offset,
    path::{First, Limits},
    sampling::Points,
    settings::{Denoise, Settings, Target, Threads},
    world::World,
};
use glam::{DVec2, Vec3A};
use rayon::prelude::*;
use std::ops::Range;

/// Most samples of a pixel.
const MOST: u32 = 1 << 16;
/// How many times the samples a pixel gets at most that our own denoiser cannot help.
const MORE: f32 = 4.0;
/// Samples before the error of a pixel is judged for the first time.
const FIRST_ROUND: u32 = 8;
/// A round at most multiplies a pixel's samples by this: early estimates of the variance are themselves noisy.
const GROWTH: u32 = 4;
/// Added to squared radiance in relative errors, at the camera's exposure; so that black is not infinitely important.
const FLOOR: f32 = 0.01;

/// A picture being taken.
pub(crate) struct Film<'t, 's> {
    world: &'t World<'s>,
    settings: &'t Settings,
    limits: Limits,
    width: usize,
    /// Pixels far from any surface.
    quiet: Vec<bool>,
}

/// A pixel and how many samples it has.
#[derive(Clone, Copy, Default)]
struct Exposed {
    sum: Gathered,
    count: u32,
}

impl<'t, 's> Film<'t, 's> {
    pub(crate) fn new(
        world: &'t World<'s>,
        settings: &'t Settings,
        limits: Limits,
        layers: &Layers,
    ) -> Self {
        let width = world.lens.size().0 as usize;
        Self {
            world,
            settings,
            limits,
            width,
            quiet: quiet(world, layers, settings.threads),
        }
    }

    /// All pixels, row-major, each with its means.
    pub(crate) fn expose(&self) -> Vec<Gathered> {
        let mut pixels = vec![Exposed::default(); self.quiet.len()];
        let first = match self.settings.target {
            Some(target) => FIRST_ROUND.min(target.most_samples),
            None => self.settings.samples_per_pixel,
        }
        .clamp(1, MOST);
        let mut wanted: Vec<u32> = self
            .quiet
            .iter()
            .map(|&quiet| if quiet { (first / 4).max(1) } else { first })
            .collect();
        self.round(&mut pixels, &wanted);
        if let Some(target) = self.settings.target {
            while self.judge(&pixels, target, &mut wanted) {
                self.round(&mut pixels, &wanted);
            }
        } else if self.settings.denoise == Denoise::Own {
            for (index, pixel) in pixels.iter().enumerate() {
                if !self.quiet[index] {
                    let times = pixel.sum.lacks(pixel.count).min(MORE);
                    wanted[index] = ((pixel.count as f32 * times).ceil() as u32).min(MOST);
                }
            }
            self.round(&mut pixels, &wanted);
        }
        pixels
            .into_iter()
            .map(|pixel| pixel.sum.finish(pixel.count))
            .collect()
    }

    /// Takes samples until every pixel has as many as wanted.
    fn round(&self, pixels: &mut [Exposed], wanted: &[u32]) {
        let line = |y: usize, line: &mut [Exposed]| {
            for (x, pixel) in line.iter_mut().enumerate() {
                let want = wanted[y * self.width + x];
                if want > pixel.count {
                    self.gather(&mut pixel.sum, x as u32, y as u32, pixel.count..want);
                    pixel.count = want;
                }
            }
        };
        match self.settings.threads {
            Threads::Single => pixels
                .chunks_mut(self.width)
                .enumerate()
                .for_each(|(y, pixels)| line(y, pixels)),
            Threads::Pool => pixels
                .par_chunks_mut(self.width)
                .enumerate()
                .for_each(|(y, pixels)| line(y, pixels)),
        }
    }

    /// Adds some of a pixel's samples.
    fn gather(&self, sum: &mut Gathered, x: u32, y: u32, samples: Range<u32>) {
        for index in samples {
            let mut points = Points::new(self.settings.seed, y * self.width as u32 + x, index);
            let u = points.next();
            let place = DVec2::new(
                f64::from(x) + 0.5 + filter_offset(self.settings.filter, u[0]),
                f64::from(y) + 0.5 + filter_offset(self.settings.filter, u[1]),
            );
            let moment = if self.world.lens.is_moving() {
                points.next()[0]
            } else {
                0.5
            };
            let mut first = First::default();
            // Beyond the circle of a fisheye it is dark.
            let radiance =
                self.world
                    .lens
                    .ray(place, y, [u[2], u[3]], moment)
                    .map_or(Vec3A::ZERO, |ray| {
                        self.world
                            .radiance(ray, &mut points, &self.limits, &mut first)
                    });
            sum.add(index, radiance, &first);
        }
    }

    /// How many samples each pixel should have for the target; `false` when all have them.
    ///
    /// A pixel's own variance after a few samples is a poor estimate, too small exactly where a bright path is still to be found: variance and brightness
    /// are pooled over the pixels around it.
    fn judge(&self, pixels: &[Exposed], target: Target, wanted: &mut [u32]) -> bool {
        let exposure = (self.world.lens.camera().exposure_ev as f32).exp2();
        let height = pixels.len() / self.width;
        let mut any = false;
        for (index, pixel) in pixels.iter().enumerate() {
            if pixel.count >= target.most_samples.min(MOST) {
                continue;
            }
            let (x, y) = (index % self.width, index / self.width);
            let (mut variance, mut mean, mut around) = (0.0, 0.0, 0.0);
            for y in y.saturating_sub(1)..(y + 2).min(height) {
                for x in x.saturating_sub(1)..(x + 2).min(self.width) {
                    let near = &pixels[y * self.width + x];
                    let (m, v) = near.sum.brightness(near.count);
                    variance += v;
                    mean += m;
                    around += 1.0;
                }
            }
            let (mean, variance) = (
                mean / around * exposure,
                variance / around * exposure * exposure,
            );
            let need = variance / ((mean * mean + FLOOR) * target.relmse.max(1e-6));
            // Also refuses NaN.
            if need > pixel.count as f32 {
                wanted[index] = (need.ceil() as u32)
                    .min(pixel.count.saturating_mul(GROWTH))
                    .min(target.most_samples)
                    .min(MOST);
                any |= wanted[index] > pixel.count;
            }
        }
        any
    }
}

/// Pixels around which nothing but backdrop was found. Decided by geometry alone, so that no estimate is biased: what is thinner than pixels still shows, with a
/// little more noise.
fn quiet(world: &World<'_>, layers: &Layers, threads: Threads) -> Vec<bool> {
    const RADIUS: usize = 2;
    let (width, height) = world.lens.size();
    let (width, height) = (width as usize, height as usize);
    if world.lens.is_blurred() || world.fog.is_some() {
        return vec![false; width * height];
    }
    // Hair too thin to be labelled is no backdrop.
    let one = |index: usize| {
        let centre = DVec2::new((index % width) as f64 + 0.5, (index / width) as f64 + 0.5);
        layers.object[index] == u32::MAX
            && !world
                .lens
                .centre_ray(centre)
                .is_some_and(|ray| world.touches(&ray))
    };
    let empty: Vec<bool> = match threads {
        Threads::Single => (0..width * height).map(one).collect(),
        Threads::Pool => (0..width * height)
            .into_par_iter()
            .with_min_len(width)
            .map(one)
            .collect(),
    };
    let near = |at: usize, size: usize| at.saturating_sub(RADIUS)..(at + RADIUS + 1).min(size);
    (0..width * height)
        .map(|index| {
            near(index / width, height)
                .all(|y| near(index % width, width).all(|x| empty[y * width + x]))
        })
        .collect()
}
