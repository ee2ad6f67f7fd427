//! Our own denoiser: an edge-aware à-trous filter on light without colour.
//!
//! What a sample costs little to know exactly — albedo, normal, distance, how much of a pixel is covered and by hair — tells which neighbours show the same
//! surface; radiance is divided by the albedo first, so that texture never passes the filter. The B₃-spline kernel is applied with growing holes
//! (Dammertz et al. 2010; Schied et al. 2017). How far two pixels may differ in light and still be averaged follows from the variance that two
//! half pictures show; each half is filtered by weights computed from the other (Rousselle, Knaus & Zwicker 2012), so that a bright dot cannot vote
//! for itself, and the variance shrinks along with the noise.
//!
//! Local: a pixel depends on neighbours within `2·(2^LEVELS − 1)` pixels. Pixels that see nothing but the backdrop stay as they are.
//! What it cannot do: tell noise from relief that only light shows, below the noise; there it prefers smooth.
use crate::{path::First, settings::Threads};
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
}

impl Gathered {
    /// Adds sample `index`, counted from 0.
    pub(crate) fn add(&mut self, index: u32, radiance: Vec3A, first: &First) {
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
        surfaces * self.covered + self.backdrop
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
    let guides = rows(height, threads, |y| {
        (0..width)
            .map(|x| guide(gathered, width, height, x, y))
            .collect()
    });
    let raw: Vec<Light> = gathered.iter().map(light_of).collect();
    let calm = rows(height, threads, |y| {
        (0..width)
            .map(|x| without_spikes(&raw, width, height, x, y))
            .collect()
    });
    let mut light = rows(height, threads, |y| {
        (0..width)
            .map(|x| with_variance(&calm, &guides, width, height, x, y))
            .collect()
    });
    for level in 0..LEVELS {
        let step = 1_isize << level;
        light = rows(height, threads, |y| {
            (0..width)
                .map(|x| filter(&light, &guides, width, height, x, y, step))
                .collect()
        });
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

fn rows<T: Send>(height: usize, threads: Threads, row: impl Fn(usize) -> Vec<T> + Sync) -> Vec<T> {
    let rows: Vec<Vec<T>> = match threads {
        Threads::Single => (0..height).map(row).collect(),
        Threads::Pool => (0..height).into_par_iter().map(&row).collect(),
    };
    rows.into_iter().flatten().collect()
}

fn light_of(pixel: &Gathered) -> Light {
    let inverse = (pixel.albedo + LEAST_ALBEDO).recip();
    Light {
        halves: pixel.halves.map(|half| half * inverse),
        variance: 0.0,
    }
}

fn guide(gathered: &[Gathered], width: usize, height: usize, x: usize, y: usize) -> Guide {
    let here = &gathered[y * width + x];
    let range = |x: usize, y: usize| gathered[y * width + x].range_m;
    // The smaller of the one-sided differences: the other one may cross an edge.
    let gentler = |a: f32, b: f32| if a.abs() < b.abs() { a } else { b };
    let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
    let (up, down) = (y.saturating_sub(1), (y + 1).min(height - 1));
    let slope = Vec2::new(
        gentler(
            here.range_m - range(left, y),
            range(right, y) - here.range_m,
        ),
        gentler(here.range_m - range(x, up), range(x, down) - here.range_m),
    );
    Guide {
        normal: here.normal,
        albedo: here.albedo,
        range_m: here.range_m,
        slope,
        covered: here.covered,
        hair: here.hair,
    }
}

fn neighbours(
    width: usize,
    height: usize,
    x: usize,
    y: usize,
    radius: isize,
    step: isize,
) -> impl Iterator<Item = (usize, isize, isize)> {
    (-radius..=radius).flat_map(move |dy| {
        (-radius..=radius).filter_map(move |dx| {
            let (nx, ny) = (x as isize + dx * step, y as isize + dy * step);
            let inside = nx >= 0 && ny >= 0 && nx < width as isize && ny < height as isize;
            inside.then(|| (ny as usize * width + nx as usize, dx, dy))
        })
    })
}

/// A half's pixel far brighter than the other half's around it is a spike, not a glint: both halves see glints.
fn without_spikes(light: &[Light], width: usize, height: usize, x: usize, y: usize) -> Light {
    let here = light[y * width + x];
    let mut around = [0.0_f32; 2];
    for (index, _, _) in neighbours(width, height, x, y, 1, 1) {
        for half in 0..2 {
            around[half] = around[half].max(light[index].halves[half].max_element());
        }
    }
    let limited = |half: usize| {
        let limit = 1.5 * around[1 - half];
        let largest = here.halves[half].max_element();
        if largest > limit {
            here.halves[half] * (limit / largest)
        } else {
            here.halves[half]
        }
    };
    Light {
        halves: [limited(0), limited(1)],
        variance: 0.0,
    }
}

/// Variance of a half, from the difference of both, averaged over similar neighbours.
fn with_variance(
    light: &[Light],
    guides: &[Guide],
    width: usize,
    height: usize,
    x: usize,
    y: usize,
) -> Light {
    let index = y * width + x;
    let (mut sum, mut weights) = (0.0, 0.0);
    for (other, dx, dy) in neighbours(width, height, x, y, 3, 1) {
        let weight = likeness(
            &guides[index],
            &guides[other],
            Vec2::new(dx as f32, dy as f32),
        );
        let difference = light[other].halves[0] - light[other].halves[1];
        sum += weight * 0.5 * difference.length_squared() / 3.0;
        weights += weight;
    }
    Light {
        halves: light[index].halves,
        variance: sum / weights,
    }
}

/// How surely two pixels show the same surface, `[0, 1]`; 1 for a pixel with itself.
fn likeness(a: &Guide, b: &Guide, offset: Vec2) -> f32 {
    const NORMAL: f32 = 0.12;
    const ALBEDO: f32 = 0.12;
    const HAIR: f32 = 0.1;
    let normal = (a.normal - b.normal).length_squared() / (NORMAL * NORMAL);
    let albedo = (a.albedo - b.albedo).length_squared() / (ALBEDO * ALBEDO);
    let hair = (a.hair - b.hair).powi(2) / (HAIR * HAIR);
    // Along a slanted plane the range changes by its slope; half as much again is curvature.
    let expected = a.slope.dot(offset);
    let allowed = 0.5 * expected.abs() + 0.004 * a.range_m + 1e-6;
    let range = ((b.range_m - a.range_m - expected) / allowed).powi(2);
    (-(normal + albedo + hair + range)).exp()
}

fn filter(
    light: &[Light],
    guides: &[Guide],
    width: usize,
    height: usize,
    x: usize,
    y: usize,
    step: isize,
) -> Light {
    const KERNEL: [f32; 3] = [3.0 / 8.0, 1.0 / 4.0, 1.0 / 16.0];
    let index = y * width + x;
    let (here, guide) = (&light[index], &guides[index]);
    if guide.covered == 0.0 {
        return *here;
    }
    let mut sums = [Vec3A::ZERO; 2];
    let mut weights = [0.0_f32; 2];
    let mut variance = 0.0;
    for (other, dx, dy) in neighbours(width, height, x, y, 2, step) {
        let there = &light[other];
        let offset = Vec2::new((dx * step) as f32, (dy * step) as f32);
        let common = KERNEL[dx.unsigned_abs()]
            * KERNEL[dy.unsigned_abs()]
            * likeness(guide, &guides[other], offset);
        if common < 1e-6 {
            continue;
        }
        let noise = here.variance + there.variance;
        let mut mean_weight = 0.0;
        for half in 0..2 {
            // Judged by the other half.
            let squared = (here.halves[1 - half] - there.halves[1 - half]).length_squared() / 3.0;
            let excess = (squared - noise).max(0.0) / (TOLERANCE * TOLERANCE * noise + 1e-9);
            let weight = common * (-excess).exp();
            sums[half] += there.halves[half] * weight;
            weights[half] += weight;
            mean_weight += 0.5 * weight;
        }
        variance += mean_weight * mean_weight * there.variance;
    }
    let total = 0.5 * (weights[0] + weights[1]);
    Light {
        halves: [sums[0] / weights[0], sums[1] / weights[1]],
        variance: variance / (total * total),
    }
}
