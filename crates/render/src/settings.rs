//! How much work a picture is worth.
use rayon::prelude::*;

/// What [`crate::Tracer::render`] is asked to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Paths through each pixel, `1..=65536`; values outside are clamped. Powers of two use the points best. Pixels far from any surface get a
    /// quarter; with [`Denoise::Own`], the few that no filter can help get four times as many.
    pub samples_per_pixel: u32,
    /// Samples until the error is small enough, instead of a fixed number.
    pub target: Option<Target>,
    /// Surfaces a path may be scattered by: 1 is direct light only, 0 shows emission and backdrop. Clear sheets do not count.
    pub max_bounces: u32,
    /// Another seed gives other noise around the same picture.
    pub seed: u64,
    /// Who works; never changes a byte of the result.
    pub threads: Threads,
    /// What happens to the noise that is left.
    pub denoise: Denoise,
    /// Largest value of a channel that one *indirect* light contribution may add to a sample; brighter ones are scaled down as a whole.
    /// Trades rare bright dots for a slightly darker picture. `None` is unbiased.
    pub indirect_clamp: Option<f32>,
    /// How a pixel weighs what it sees.
    pub filter: Filter,
}

impl Settings {
    /// Portrait defaults: six bounces, all threads of the current pool, our own denoiser, indirect light clamped at 20.
    pub fn portrait(samples_per_pixel: u32, seed: u64) -> Self {
        Self {
            samples_per_pixel,
            target: None,
            max_bounces: 6,
            seed,
            threads: Threads::Pool,
            denoise: Denoise::Own,
            indirect_clamp: Some(20.0),
            filter: Filter::BlackmanHarris,
        }
    }

    /// Unbiased reference: no clamp, no denoiser, twelve bounces.
    pub fn reference(samples_per_pixel: u32, seed: u64) -> Self {
        Self {
            samples_per_pixel,
            target: None,
            max_bounces: 12,
            seed,
            threads: Threads::Pool,
            denoise: Denoise::None,
            indirect_clamp: None,
            filter: Filter::BlackmanHarris,
        }
    }
}

/// How small the error should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Expected `(x − r)² / (r² + 0.01)` of a pixel before denoising, at the camera's exposure; `r` is the truth. Above 0; 0.01 is a clean picture, 0.1 a noisy one.
    /// Estimated from the scatter of samples around the pixel, as if they were independent; they are stratified, so that the error usually ends at a third of it.
    pub relmse: f32,
    /// Samples that no pixel goes beyond, whatever its error.
    pub most_samples: u32,
}

/// Who works on a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// The calling thread alone.
    Single,
    /// The rayon pool the caller is in.
    Pool,
}

impl Threads {
    /// `f(0), f(1), …`
    pub(crate) fn map<T: Send>(self, count: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        match self {
            Self::Single => (0..count).map(f).collect(),
            Self::Pool => (0..count)
                .into_par_iter()
                .with_min_len(256)
                .map(f)
                .collect(),
        }
    }
}

/// What happens to the noise that is left after sampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denoise {
    /// It stays; every pixel is an independent unbiased estimate.
    None,
    /// An edge-aware filter guided by noise-free albedo, normals and distance; texture does not pass it, and it looks no farther than 62 pixels.
    Own,
    /// It stays; the frame carries [`crate::Guides`] for a denoiser that the caller runs, such as [`crate::oidn`].
    Later,
}

/// How a pixel weighs the picture around its centre. Samples are drawn by these weights and count alike, so that pixels stay independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// The pixel's own square, evenly: what other renderers call a box filter. Shows stairs at slanted edges.
    Box,
    /// A Blackman–Harris window of radius 1 px.
    BlackmanHarris,
}
