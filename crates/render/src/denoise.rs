//! Our own denoiser: an edge-aware à-trous filter on light without colour.
//!
//! What a sample costs little to know exactly — albedo, normal, distance, how much of a pixel is covered and by hair — tells which neighbours show the same
//! surface; radiance is divided by the albedo first, so that texture never passes the filter. The B₃-spline kernel is applied with growing holes
//! (Dammertz et al. 2010; Schied et al. 2017). How far two pixels may differ in light and still be averaged follows from the variance that two
//! half pictures show; each half is filtered by weights computed from the other (Rousselle, Knaus & Zwicker 2012), so that a bright dot cannot vote
//! for itself, and the variance shrinks along with the noise.
//!
//! Pixels that show several surfaces at once resemble no neighbour; they get more samples instead ([`Gathered::lacks`]).
//!
//! Local: a pixel depends on neighbours within `2·(2^LEVELS − 1)` pixels. Pixels that see nothing but the backdrop stay as they are.
//! What it cannot do: tell noise from relief that only light shows, below the noise; there it prefers smooth.
use crate::{path::First, sampling::luminance, settings::Threads};
use glam::{Vec2, Vec3A};
use rayon::prelude::*;

const LEVELS: usize = 5;
/// Standard deviations by which two pixels may differ in light.
const TOLERANCE: f32 = 2.0;
/// Added to albedo before division: black surfaces show mirrored light only.
const LEAST_ALBEDO: f32 = 0.04;

/// A pixel's samples: surfaces and backdrop apart, so that silhouettes are composed from clean parts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gathered {
    /// Mean radiance of even and odd samples that saw a surface; a half without any repeats the other.
    halves: [Vec3A; 2],
    /// How many those are.
    counts: [f32; 2],
    /// Radiance of samples that saw the backdrop, divided by the number of all.
    backdrop: Vec3A,
    /// Means over samples that saw a surface.
    albedo: Vec3A,
    normal: Vec3A,
    range_m: f32,
    /// Share of samples that saw a surface.
    covered: f32,
    /// Share of those that saw hair.
    hair: f32,
    /// Sums of luminance and of its square, surfaces only.
    luminance: f32,
    squared: f32,
    /// The same of all samples.
    all: [f32; 2],
}

impl Gathered {
    /// Adds sample `index`, counted from 0.
    pub(crate) fn add(&mut self, index: u32, radiance: Vec3A, first: &First) {
        let bright = luminance(radiance);
        self.all[0] += bright;
        self.all[1] += bright * bright;
        let Some(surface) = &first.surface else {
            self.backdrop += radiance;
            return;
        };
        let half = (index & 1) as usize;
        self.halves[half] += radiance;
        self.counts[half] += 1.0;
        self.albedo += surface.albedo;
        self.normal += surface.normal;
        self.range_m += surface.range_m;
        self.hair += f32::from(u8::from(surface.hair));
        self.luminance += bright;
        self.squared += bright * bright;
    }

    /// How many times its samples a pixel should have had, at least 1, if after `count` of them it stays noisy whatever the filter does: it shows several
    /// surfaces at once (lashes over skin, the edge of hair), so that no neighbour is like it; or light falls on it so unevenly that neighbours will not agree.
    pub(crate) fn lacks(&self, count: u32) -> f32 {
        /// Relative standard errors that are let pass: of mixed pixels, of hair (whose own grain hides some), of any.
        const MIXED: f32 = 0.06;
        const HAIR: f32 = 0.2;
        const ANY: f32 = 0.35;
        let seen = self.counts[0] + self.counts[1];
        if seen < 2.0 {
            return 1.0;
        }
        let mean = self.luminance / seen;
        let variance = (self.squared / seen - mean * mean).max(0.0) / seen;
        let error = variance.sqrt() * (seen / count as f32) / (mean.abs() + 0.02);
        let hair = self.hair / seen;
        let mixed = (0.02..0.98).contains(&hair) || (self.normal / seen).length_squared() < 0.8;
        let allowed = if hair > 0.5 {
            HAIR
        } else if mixed {
            MIXED
        } else {
            ANY
        };
        (error / allowed).powi(2).max(1.0)
    }

    /// Mean luminance of `count` samples, and the variance of one.
    pub(crate) fn brightness(&self, count: u32) -> (f32, f32) {
        let count = count as f32;
        let mean = self.all[0] / count;
        let variance = (self.all[1] - mean * self.all[0]) / (count - 1.0).max(1.0);
        (mean, variance.max(0.0))
    }

    /// Sums to means of `count` samples.
    pub(crate) fn finish(mut self, count: u32) -> Self {
        self.backdrop /= count as f32;
        let seen = self.counts[0] + self.counts[1];
        if seen == 0.0 {
            return self;
        }
        for half in 0..2 {
            if self.counts[half] > 0.0 {
                self.halves[half] /= self.counts[half];
            }
        }
        for half in 0..2 {
            if self.counts[half] == 0.0 {
                self.halves[half] = self.halves[1 - half];
            }
        }
        self.albedo /= seen;
        self.normal /= seen;
        self.range_m /= seen;
        self.hair /= seen;
        self.covered = seen / count as f32;
        self
    }

    /// Mean of all samples, with the surfaces' part given as halves.
    fn compose(&self, halves: [Vec3A; 2]) -> Vec3A {
        if self.covered == 0.0 {
            return self.backdrop;
        }
        let surfaces = (halves[0] * self.counts[0] + halves[1] * self.counts[1])
            / (self.counts[0] + self.counts[1]);
        // Diffusion is estimated by differences, which noise may take below zero.
        (surfaces * self.covered + self.backdrop).max(Vec3A::ZERO)
    }

    /// Mean reflectance over all samples, the backdrop's own colour where they saw it.
    pub(crate) fn guide_albedo(&self) -> Vec3A {
        (self.albedo * self.covered + self.backdrop).min(Vec3A::ONE)
    }

    /// Mean normal over all samples, none where they saw the backdrop.
    pub(crate) fn guide_normal(&self) -> Vec3A {
        self.normal * self.covered
    }

    /// Mean of all samples.
    pub(crate) fn mean(&self) -> Vec3A {
        self.compose(self.halves)
    }
}

#[derive(Debug, Clone, Copy)]
struct Guide {
    normal: Vec3A,
    albedo: Vec3A,
    range_m: f32,
    /// Change of range per pixel.
    slope: Vec2,
    covered: f32,
    hair: f32,
}

/// Light of both halves and the variance of either.
#[derive(Debug, Clone, Copy, Default)]
struct Light {
    halves: [Vec3A; 2],
    variance: f32,
}

/// Filters a picture, row-major.
pub(crate) fn denoise(gathered: &[Gathered], width: usize, threads: Threads) -> Vec<Vec3A> {
    let height = gathered.len() / width;
    let guides = (0..gathered.len())
        .map(|index| guide(gathered, width, height, index))
        .collect();
    let picture = Picture {
        guides,
        width,
        height,
        threads,
    };
    let raw: Vec<Light> = gathered.iter().map(light_of).collect();
    let calm = picture.every_surface(&raw, |index, _| picture.without_spikes(&raw, index));
    let mut light = picture.every_surface(&calm, |index, here| Light {
        variance: picture.variance(&calm, index),
        ..*here
    });
    for level in 0..LEVELS {
        light = picture.every_surface(&light, |index, _| picture.filter(&light, index, 1 << level));
    }
    light
        .iter()
        .zip(gathered)
        .map(|(light, pixel)| {
            pixel.compose(
                light
                    .halves
                    .map(|half| half * (pixel.albedo + LEAST_ALBEDO)),
            )
        })
        .collect()
}

fn light_of(pixel: &Gathered) -> Light {
    let inverse = (pixel.albedo + LEAST_ALBEDO).recip();
    Light {
        halves: pixel.halves.map(|half| half * inverse),
        variance: 0.0,
    }
}

fn guide(gathered: &[Gathered], width: usize, height: usize, index: usize) -> Guide {
    let (x, y) = (index % width, index / width);
    let here = &gathered[index];
    // The smaller of the one-sided differences: the other one may cross an edge.
    let slope = |before: usize, after: usize| {
        let (a, b) = (
            here.range_m - gathered[before].range_m,
            gathered[after].range_m - here.range_m,
        );
        if a.abs() < b.abs() { a } else { b }
    };
    let left = if x > 0 { index - 1 } else { index };
    let right = if x + 1 < width { index + 1 } else { index };
    let up = if y > 0 { index - width } else { index };
    let down = if y + 1 < height { index + width } else { index };
    Guide {
        normal: here.normal,
        albedo: here.albedo,
        range_m: here.range_m,
        slope: Vec2::new(slope(left, right), slope(up, down)),
        covered: here.covered,
        hair: here.hair,
    }
}

/// How surely two pixels show different surfaces: the negative logarithm of a weight, 0 for a pixel with itself.
#[inline]
fn unlikeness(a: &Guide, b: &Guide, offset: Vec2) -> f32 {
    const NORMAL: f32 = 0.12;
    const ALBEDO: f32 = 0.12;
    const HAIR: f32 = 0.1;
    // Along a slanted plane the range changes by its slope; half as much again is curvature.
    let expected = a.slope.dot(offset);
    let allowed = 0.5 * expected.abs() + 0.004 * a.range_m + 1e-6;
    let range = (b.range_m - a.range_m - expected) / allowed;
    let hair = (a.hair - b.hair) * (1.0 / HAIR);
    (a.normal - b.normal).length_squared() * (1.0 / (NORMAL * NORMAL))
        + (a.albedo - b.albedo).length_squared() * (1.0 / (ALBEDO * ALBEDO))
        + hair * hair
        + range * range
}

/// What stays the same while light is filtered.
struct Picture {
    guides: Vec<Guide>,
    width: usize,
    height: usize,
    threads: Threads,
}

impl Picture {
    /// New light for every pixel that shows a surface; the others keep theirs.
    fn every_surface(
        &self,
        light: &[Light],
        work: impl Fn(usize, &Light) -> Light + Sync + Send,
    ) -> Vec<Light> {
        let one = |index: usize| {
            if self.guides[index].covered > 0.0 {
                work(index, &light[index])
            } else {
                light[index]
            }
        };
        match self.threads {
            Threads::Single => (0..light.len()).map(one).collect(),
            Threads::Pool => (0..light.len())
                .into_par_iter()
                .with_min_len(self.width)
                .map(one)
                .collect(),
        }
    }

    /// Calls `visit` with index and offset of the pixels `step` apart, up to `radius` steps away in each direction.
    #[inline(always)]
    fn around(
        &self,
        index: usize,
        radius: usize,
        step: usize,
        mut visit: impl FnMut(usize, [usize; 2], Vec2),
    ) {
        let (x, y) = (index % self.width, index / self.width);
        for j in 0..=2 * radius {
            let ny = (y + j * step).wrapping_sub(radius * step);
            if ny >= self.height {
                continue;
            }
            for i in 0..=2 * radius {
                let nx = (x + i * step).wrapping_sub(radius * step);
                if nx >= self.width {
                    continue;
                }
                let offset = Vec2::new(nx as f32 - x as f32, ny as f32 - y as f32);
                visit(
                    ny * self.width + nx,
                    [i.abs_diff(radius), j.abs_diff(radius)],
                    offset,
                );
            }
        }
    }

    /// A half's pixel far brighter than the other half's around it is a spike, not a glint: both halves see glints.
    fn without_spikes(&self, light: &[Light], index: usize) -> Light {
        let mut around = [0.0_f32; 2];
        self.around(index, 1, 1, |other, _, _| {
            for half in 0..2 {
                around[half] = around[half].max(light[other].halves[half].max_element());
            }
        });
        let limited = |half: usize| {
            let value = light[index].halves[half];
            let (limit, largest) = (1.5 * around[1 - half], value.max_element());
            if largest > limit {
                value * (limit / largest)
            } else {
                value
            }
        };
        Light {
            halves: [limited(0), limited(1)],
            variance: 0.0,
        }
    }

    /// Variance of a half, from the difference of both, averaged over similar neighbours.
    fn variance(&self, light: &[Light], index: usize) -> f32 {
        let guide = &self.guides[index];
        let (mut sum, mut weights) = (0.0, 0.0);
        self.around(index, 2, 1, |other, _, offset| {
            let there = &self.guides[other];
            let weight = there.covered * (-unlikeness(guide, there, offset)).exp();
            let difference = light[other].halves[0] - light[other].halves[1];
            sum += weight * difference.length_squared() / 6.0;
            weights += weight;
        });
        sum / weights
    }

    /// One level: similar pixels `step` apart are averaged.
    fn filter(&self, light: &[Light], index: usize, step: usize) -> Light {
        const KERNEL: [f32; 3] = [3.0 / 8.0, 1.0 / 4.0, 1.0 / 16.0];
        /// Weights below e⁻¹² are none.
        const FAR: f32 = 12.0;
        let (here, guide) = (&light[index], &self.guides[index]);
        let mut sums = [Vec3A::ZERO; 2];
        let mut weights = [0.0_f32; 2];
        let mut variance = 0.0;
        self.around(index, 2, step, |other, [i, j], offset| {
            let unlike = unlikeness(guide, &self.guides[other], offset);
            if unlike > FAR {
                return;
            }
            let there = &light[other];
            let kernel = KERNEL[i] * KERNEL[j] * self.guides[other].covered;
            let noise = here.variance + there.variance;
            let tolerated = 1.0 / (TOLERANCE * TOLERANCE * noise + 1e-9);
            let mut both = 0.0;
            for half in 0..2 {
                // Judged by the other half.
                let squared =
                    (here.halves[1 - half] - there.halves[1 - half]).length_squared() / 3.0;
                let excess = (squared - noise).max(0.0) * tolerated;
                let weight = kernel * (-(unlike + excess)).exp();
                sums[half] += there.halves[half] * weight;
                weights[half] += weight;
                both += weight;
            }
            variance += 0.25 * both * both * there.variance;
        });
        let total = 0.5 * (weights[0] + weights[1]);
        Light {
            halves: [sums[0] / weights[0], sums[1] / weights[1]],
            variance: variance / (total * total),
        }
    }
}
