//! Normalisation of each channel over a group of examples, with rectification: what follows every convolution within the network.
//!
//! Means and variances are those of [`crate::lanes::LANES`] examples, whatever the batch ("ghost batches", Hoffer, Hubara & Soudry 2017, arXiv 1705.08741), so that
//! groups are independent while they learn. A finished network uses running means.

use serde::{Deserialize, Serialize};

use crate::lanes::{LANES, Lanes, Volume};
use crate::level::{Level, Task, Wide};

/// Keeps the inverse of a variance finite.
const FLOOR: f32 = 1e-5;

/// Gains, shifts and running statistics, one a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Normal {
    pub(crate) gain: Vec<f32>,
    pub(crate) shift: Vec<f32>,
    pub(crate) mean: Vec<f32>,
    pub(crate) variance: Vec<f32>,
}

/// What a group's channels had.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statistics {
    pub(crate) mean: Vec<f32>,
    pub(crate) variance: Vec<f32>,
}

impl Statistics {
    pub(crate) fn new(channels: usize) -> Self {
        Self {
            mean: vec![0.0; channels],
            variance: vec![1.0; channels],
        }
    }
}

fn inverse_sd(variance: f32) -> f32 {
    1.0 / (variance + FLOOR).sqrt()
}

impl Normal {
    pub(crate) fn new(channels: usize) -> Self {
        Self {
            gain: vec![1.0; channels],
            shift: vec![0.0; channels],
            mean: vec![0.0; channels],
            variance: vec![1.0; channels],
        }
    }

    /// Moves the running statistics towards a group's by a share.
    pub(crate) fn follow(&mut self, seen: &Statistics, share: f32) {
        for (of, seen) in [
            (&mut self.mean, &seen.mean),
            (&mut self.variance, &seen.variance),
        ] {
            for (of, seen) in of.iter_mut().zip(seen) {
                *of += (seen - *of) * share;
            }
        }
    }

    /// Means and variances of a group.
    pub(crate) fn statistics(level: Level, of: &Volume, to: &mut Statistics) {
        level.run(Measure { of, to });
    }

    /// `output = max(0, normalised input + beside)`, by the statistics given or, without any, by the running ones.
    pub(crate) fn forward(
        &self,
        level: Level,
        input: &Volume,
        beside: Option<&Volume>,
        seen: Option<&Statistics>,
        output: &mut Volume,
    ) {
        let (mean, variance) =
            seen.map_or((&self.mean, &self.variance), |s| (&s.mean, &s.variance));
        let scale: Vec<f32> = self
            .gain
            .iter()
            .zip(variance)
            .map(|(gain, &variance)| gain * inverse_sd(variance))
            .collect();
        let offset: Vec<f32> = (0..scale.len())
            .map(|c| self.shift[c] - mean[c] * scale[c])
            .collect();
        level.run(Rectify {
            input,
            beside,
            scale: &scale,
            offset: &offset,
            output,
        });
    }

    /// Turns errors of the output into errors of the input, in place; adds the gradients of gain and shift. What went in `beside` gets the errors of
    /// its own, if it is given.
    pub(crate) fn backward(
        &self,
        level: Level,
        [input, output]: [&Volume; 2],
        seen: &Statistics,
        errors: &mut Volume,
        beside: Option<&mut Volume>,
        [gain, shift]: [&mut [f32]; 2],
    ) {
        level.run(Back {
            of: self,
            input,
            output,
            seen,
            errors,
            beside,
            gain,
            shift,
        });
    }
}

struct Measure<'a> {
    of: &'a Volume,
    to: &'a mut Statistics,
}

impl Task for Measure<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        let channels = self.of.channels;
        let count = (self.of.side * self.of.side * LANES) as f32;
        let mut sums = vec![Lanes::ZERO; channels];
        for y in 0..self.of.side {
            for pixel in self.of.line(y).chunks_exact(channels) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    for lane in 0..LANES {
                        sum.0[lane] += value.0[lane];
                    }
                }
            }
        }
        for (mean, sum) in self.to.mean.iter_mut().zip(&mut sums) {
            *mean = sum.sum() / count;
            *sum = Lanes::ZERO;
        }
        for y in 0..self.of.side {
            for pixel in self.of.line(y).chunks_exact(channels) {
                for ((sum, value), &mean) in sums.iter_mut().zip(pixel).zip(&self.to.mean) {
                    for lane in 0..LANES {
                        let away = value.0[lane] - mean;
                        sum.0[lane] = away.mul_add(away, sum.0[lane]);
                    }
                }
            }
        }
        for (variance, sum) in self.to.variance.iter_mut().zip(&sums) {
            *variance = sum.sum() / count;
        }
    }
}

struct Rectify<'a> {
    input: &'a Volume,
    beside: Option<&'a Volume>,
    scale: &'a [f32],
    offset: &'a [f32],
    output: &'a mut Volume,
}

impl Task for Rectify<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        let channels = self.input.channels;
        for y in 0..self.input.side {
            let from = self.input.line(y).chunks_exact(channels);
            let to = self.output.line_mut(y).chunks_exact_mut(channels);
            for (x, (from, to)) in from.zip(to).enumerate() {
                for (c, (from, to)) in from.iter().zip(to.iter_mut()).enumerate() {
                    let (scale, offset) = (self.scale[c], self.offset[c]);
                    for lane in 0..LANES {
                        to.0[lane] = from.0[lane].mul_add(scale, offset);
                    }
                }
                if let Some(beside) = self.beside {
                    for (to, beside) in to.iter_mut().zip(beside.pixel(y, x)) {
                        for lane in 0..LANES {
                            to.0[lane] += beside.0[lane];
                        }
                    }
                }
                for to in to {
                    for lane in 0..LANES {
                        to.0[lane] = if to.0[lane] > 0.0 { to.0[lane] } else { 0.0 };
                    }
                }
            }
        }
    }
}

struct Back<'a> {
    of: &'a Normal,
    input: &'a Volume,
    output: &'a Volume,
    seen: &'a Statistics,
    errors: &'a mut Volume,
    beside: Option<&'a mut Volume>,
    gain: &'a mut [f32],
    shift: &'a mut [f32],
}

impl Task for Back<'_> {
    #[inline(always)]
    fn run<W: Wide>(mut self) {
        let channels = self.input.channels;
        let side = self.input.side;
        let inverse: Vec<f32> = self.seen.variance.iter().map(|&v| inverse_sd(v)).collect();
        // Sums of errors, and of errors times normalised inputs.
        let mut plain = vec![Lanes::ZERO; channels];
        let mut along = vec![Lanes::ZERO; channels];
        for y in 0..side {
            for x in 0..side {
                let (input, output) = (self.input.pixel(y, x), self.output.pixel(y, x));
                let errors = self.errors.pixel_mut(y, x);
                for (c, error) in errors.iter_mut().enumerate() {
                    let (mean, inverse) = (self.seen.mean[c], inverse[c]);
                    for lane in 0..LANES {
                        let passed = if output[c].0[lane] > 0.0 {
                            error.0[lane]
                        } else {
                            0.0
                        };
                        error.0[lane] = passed;
                        plain[c].0[lane] += passed;
                        let place = (input[c].0[lane] - mean) * inverse;
                        along[c].0[lane] = passed.mul_add(place, along[c].0[lane]);
                    }
                }
                if let Some(beside) = &mut self.beside {
                    beside.pixel_mut(y, x).copy_from_slice(errors);
                }
            }
        }
        let count = (side * side * LANES) as f32;
        let mut terms = vec![[0.0_f32; 3]; channels];
        for (c, terms) in terms.iter_mut().enumerate() {
            let (plain, along) = (plain[c].sum(), along[c].sum());
            self.shift[c] += plain;
            self.gain[c] += along;
            // dz = scale · (error − plain / n − place · along / n), as a line in error and input.
            let scale = self.of.gain[c] * inverse[c];
            let slope = -scale * along / count * inverse[c];
            *terms = [
                scale,
                slope,
                -scale * plain / count - slope * self.seen.mean[c],
            ];
        }
        for y in 0..side {
            for x in 0..side {
                let input = self.input.pixel(y, x);
                let errors = self.errors.pixel_mut(y, x);
                for (c, error) in errors.iter_mut().enumerate() {
                    let [scale, slope, offset] = terms[c];
                    for lane in 0..LANES {
                        let line = input[c].0[lane].mul_add(slope, offset);
                        error.0[lane] = error.0[lane].mul_add(scale, line);
                    }
                }
            }
        }
    }
}
