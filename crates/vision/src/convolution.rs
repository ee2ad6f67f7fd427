//! Convolutions of 1 × 1 and 3 × 3 pixels on [`Volume`]s: forward, and both gradients.
//!
//! Our own and no library's: `burn`'s gradients of weights are several times slower than PyTorch's, and its sums follow the processor's caches
//! (docs/learners.md has the figures).
//! A tile of pixels and outputs stays in registers while the inputs pass by. Sums run over kernel cells, then inputs, one after the other, so that
//! tiles of any size give the same bits.

use population::stream::Stream;
use serde::{Deserialize, Serialize};

use crate::lanes::{Lanes, Volume};
use crate::level::{Level, Task, Wide};

/// Outputs that are worked out together; channels are multiples of it.
pub(crate) const BLOCK: usize = 4;

/// How many pixels of errors and inputs stay near while weights' gradients are summed.
const STRIP_PIXELS: usize = 64;

/// A convolution without bias: normalisation follows, or a head that has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Convolution {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// 1 or 3 pixels.
    pub(crate) kernel: usize,
    /// `[outputs / 4][kernel²][inputs][4]`.
    pub(crate) weights: Vec<f32>,
}

impl Convolution {
    /// Random weights (He et al. 2015), times `gain`.
    pub(crate) fn new(
        inputs: usize,
        outputs: usize,
        kernel: usize,
        gain: f64,
        random: &mut Stream,
    ) -> Self {
        let sd = gain * (2.0 / (inputs * kernel * kernel) as f64).sqrt();
        let outputs = outputs.next_multiple_of(BLOCK);
        let count = inputs * outputs * kernel * kernel;
        Self {
            inputs,
            outputs,
            kernel,
            weights: (0..count).map(|_| (random.normal() * sd) as f32).collect(),
        }
    }

    /// Where a weight is.
    fn place(&self, output: usize, cell: usize, input: usize) -> usize {
        let cells = self.kernel * self.kernel;
        ((output / BLOCK * cells + cell) * self.inputs + input) * BLOCK + output % BLOCK
    }

    /// The convolution that carries errors from outputs back to inputs: inputs and outputs change places, the kernel is turned by half a turn.
    pub(crate) fn turned(&self) -> Self {
        let cells = self.kernel * self.kernel;
        let mut turned = Self {
            inputs: self.outputs,
            outputs: self.inputs,
            kernel: self.kernel,
            weights: vec![0.0; self.weights.len()],
        };
        for output in 0..self.outputs {
            for cell in 0..cells {
                for input in 0..self.inputs {
                    let to = turned.place(input, cells - 1 - cell, output);
                    turned.weights[to] = self.weights[self.place(output, cell, input)];
                }
            }
        }
        turned
    }

    /// Convolves `input` into `output`; added to what is there where `add` says so.
    pub(crate) fn forward(&self, level: Level, input: &Volume, output: &mut Volume, add: bool) {
        level.run(Forward {
            of: self,
            input,
            output,
            add,
        });
    }

    /// Adds the gradient of the weights, in their order, for `errors` of the output.
    pub(crate) fn gradient(
        &self,
        level: Level,
        input: &Volume,
        errors: &Volume,
        gradient: &mut [f32],
    ) {
        level.run(Gradient {
            of: self,
            input,
            errors,
            to: gradient,
        });
    }

    /// Where the inputs of each kernel cell begin, from the pixel's own in a volume with a frame one pixel wide: to be taken off the place of the
    /// pixel one row up and one to the left.
    fn cells(&self, input: &Volume) -> Vec<usize> {
        match self.kernel {
            1 => vec![input.row() + self.inputs],
            _ => (0..9)
                .map(|cell| cell / 3 * input.row() + cell % 3 * self.inputs)
                .collect(),
        }
    }
}

struct Forward<'a> {
    of: &'a Convolution,
    input: &'a Volume,
    output: &'a mut Volume,
    add: bool,
}

impl Task for Forward<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        let cells = self.of.cells(self.input);
        let side = self.input.side;
        for y in 0..side {
            let mut x = 0;
            while x < side {
                let (from, to) = (
                    y * self.input.row() + x * self.of.inputs,
                    self.output.at(y, x),
                );
                let (input, output) = (&self.input.values[from..], &mut self.output.values[to..]);
                if W::MANY && x + 4 <= side {
                    pixels::<W, 4>(self.of, &cells, input, output, self.add);
                    x += 4;
                } else {
                    pixels::<W, 1>(self.of, &cells, input, output, self.add);
                    x += 1;
                }
            }
        }
    }
}

/// All outputs of `P` neighbouring pixels.
#[inline(always)]
fn pixels<W: Wide, const P: usize>(
    of: &Convolution,
    cells: &[usize],
    input: &[Lanes],
    output: &mut [Lanes],
    add: bool,
) {
    let inputs = of.inputs;
    let (blocks, _) = of.weights.as_chunks::<BLOCK>();
    for (block, weights) in blocks.chunks_exact(cells.len() * inputs).enumerate() {
        let mut sums = [[W::splat(0.0); BLOCK]; P];
        if add {
            for (p, sums) in sums.iter_mut().enumerate() {
                let at = p * of.outputs + block * BLOCK;
                for (sum, from) in sums.iter_mut().zip(&output[at..at + BLOCK]) {
                    *sum = W::load(from);
                }
            }
        }
        for (weights, &cell) in weights.chunks_exact(inputs).zip(cells) {
            let around = &input[cell..cell + P * inputs];
            for (at, weights) in weights.iter().enumerate() {
                let mut seen = [W::splat(0.0); P];
                for (p, seen) in seen.iter_mut().enumerate() {
                    *seen = W::load(&around[p * inputs + at]);
                }
                for (c, &weight) in weights.iter().enumerate() {
                    let weight = W::splat(weight);
                    for p in 0..P {
                        sums[p][c] = sums[p][c].add_product(seen[p], weight);
                    }
                }
            }
        }
        for (p, sums) in sums.iter().enumerate() {
            let at = p * of.outputs + block * BLOCK;
            for (sum, to) in sums.iter().zip(&mut output[at..at + BLOCK]) {
                sum.store(to);
            }
        }
    }
}

struct Gradient<'a> {
    of: &'a Convolution,
    input: &'a Volume,
    errors: &'a Volume,
    to: &'a mut [f32],
}

impl Task for Gradient<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        let of = self.of;
        let cells = of.cells(self.input);
        let side = self.errors.side;
        let strip = (STRIP_PIXELS / side.max(1)).clamp(1, side.max(1));
        let (blocks, _) = self.to.as_chunks_mut::<BLOCK>();
        for top in (0..side).step_by(strip) {
            let rows = top..(top + strip).min(side);
            for (block, gradient) in blocks.chunks_exact_mut(cells.len() * of.inputs).enumerate() {
                let mut input = 0;
                while input < of.inputs {
                    let many = W::MANY && input + 4 <= of.inputs;
                    for (gradient, &cell) in gradient.chunks_exact_mut(of.inputs).zip(&cells) {
                        let (from, rows) = (cell + input, rows.clone());
                        if many {
                            let to = &mut gradient[input..input + 4];
                            tile::<W, 4>(self.input, self.errors, from, block * BLOCK, rows, to);
                        } else {
                            let to = &mut gradient[input..=input];
                            tile::<W, 1>(self.input, self.errors, from, block * BLOCK, rows, to);
                        }
                    }
                    input += if many { 4 } else { 1 };
                }
            }
        }
    }
}

/// Adds the gradient of the weights between `I` inputs, the first of which is at `from` for the first pixel, and a block of outputs, over some rows.
#[inline(always)]
fn tile<W: Wide, const I: usize>(
    input: &Volume,
    errors: &Volume,
    from: usize,
    block: usize,
    rows: std::ops::Range<usize>,
    gradient: &mut [[f32; BLOCK]],
) {
    let mut sums = [[W::splat(0.0); BLOCK]; I];
    for y in rows {
        let row = y * input.row() + from;
        let seen = input.values[row..].chunks(input.channels);
        let wrong = errors.line(y).chunks_exact(errors.channels);
        for (seen, wrong) in seen.zip(wrong) {
            let (seen, wrong) = (&seen[..I], &wrong[block..block + BLOCK]);
            let mut errors = [W::splat(0.0); BLOCK];
            for (to, from) in errors.iter_mut().zip(wrong) {
                *to = W::load(from);
            }
            for (sums, seen) in sums.iter_mut().zip(seen) {
                let seen = W::load(seen);
                for (sum, error) in sums.iter_mut().zip(errors) {
                    *sum = sum.add_product(seen, error);
                }
            }
        }
    }
    for (to, sums) in gradient.iter_mut().zip(sums) {
        for (to, sum) in to.iter_mut().zip(sums) {
            let mut lanes = Lanes::ZERO;
            sum.store(&mut lanes);
            *to += lanes.sum();
        }
    }
}
