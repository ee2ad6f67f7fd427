//! The network: four levels down, each half as fine as the one before, and some of them up again, with a way across on each (Ronneberger, Fischer & Brox 2015;
//! the ways across add, as Lin et al. 2017 do). What is told from it is [`crate::head`]'s.

use population::stream::Stream;
use serde::{Deserialize, Serialize};

use crate::convolution::{BLOCK, Convolution};
use crate::lanes::{Lanes, Volume};
use crate::level::Level;
use crate::normal::{Normal, Statistics};
use crate::sampling::{double, halve, undouble, unhalve};

/// Levels downwards.
pub(crate) const LEVELS: usize = 4;

/// Most outputs of a head.
pub(crate) const MOST_OUTPUTS: usize = 4096;

/// Numbers of each pixel of the first level: three colours of two by two pixels of the picture.
pub(crate) const STEM: usize = 12;

/// A convolution of 3 × 3 pixels with normalisation and rectification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unit {
    pub(crate) convolution: Convolution,
    pub(crate) normal: Normal,
}

/// Weights and where they stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Layers {
    /// Pixels of a picture's side; a multiple of 16.
    pub(crate) side: usize,
    /// Two on each level downwards, the second of which adds what goes in; then one on each level upwards.
    pub(crate) units: Vec<Unit>,
    /// From each level to the next one upwards: 1 × 1.
    pub(crate) across: Vec<Convolution>,
    /// From the last level's channels, pixel by pixel, or from all of its numbers at once.
    pub(crate) head: Convolution,
    pub(crate) bias: Vec<f32>,
    pub(crate) reading: Reading,
}

/// What the head reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reading {
    /// A map for each output, this many levels up from the coarsest.
    Maps(usize),
    /// Each channel's mean over the coarsest level.
    Means,
    /// All numbers of the coarsest level.
    All,
}

/// What goes through a network for one group of examples; made once and used again.
#[derive(Debug)]
pub(crate) struct Trace {
    /// See [`STEM`].
    pub(crate) input: Volume,
    /// Before normalisation.
    sums: Vec<Volume>,
    seen: Vec<Statistics>,
    outputs: Vec<Volume>,
    halved: Vec<Volume>,
    /// Below each level upwards, and what goes into its unit.
    across: Vec<Volume>,
    merged: Vec<Volume>,
    /// What the head reads, where that is no volume of `outputs`.
    read: Volume,
    /// What the head says, with its bias.
    pub(crate) answers: Volume,
}

/// Errors of what a [`Trace`] holds, and gradients of what is learned.
#[derive(Debug)]
pub(crate) struct Back {
    outputs: Vec<Volume>,
    halved: Vec<Volume>,
    across: Vec<Volume>,
    merged: Vec<Volume>,
    read: Volume,
    /// To be written before [`Layers::backward`].
    pub(crate) answers: Volume,
    /// In the order of [`Layers::learned`].
    pub(crate) gradients: Vec<Vec<f32>>,
}

/// Convolutions turned for the way back, made once a step.
#[derive(Debug)]
pub(crate) struct Turned {
    units: Vec<Convolution>,
    across: Vec<Convolution>,
    head: Convolution,
}

impl Layers {
    /// A network with random weights for pictures of `side` pixels; the first level has `width` channels, the others two, three and four times as
    /// many.
    pub(crate) fn new(
        side: usize,
        width: usize,
        reading: Reading,
        outputs: usize,
        random: &mut Stream,
    ) -> Self {
        let mut unit = |inputs, outputs| Unit {
            convolution: Convolution::new(inputs, outputs, 3, 1.0, random),
            normal: Normal::new(outputs),
        };
        let mut units = Vec::new();
        for level in 0..LEVELS {
            let inputs = if level == 0 { STEM } else { level * width };
            let outputs = (level + 1) * width;
            units.push(unit(inputs, outputs));
            units.push(unit(outputs, outputs));
        }
        let up = if let Reading::Maps(up) = reading {
            up
        } else {
            0
        };
        for step in 0..up {
            let channels = (LEVELS - 1 - step) * width;
            units.push(unit(channels, channels));
        }
        // The second unit on each level begins as if it were not there, so that errors reach the first ones (Goyal et al. 2017).
        for level in 0..LEVELS {
            units[2 * level + 1].normal.gain.fill(0.2);
        }
        let across = (0..up)
            .map(|step| {
                let outputs = (LEVELS - 1 - step) * width;
                Convolution::new(outputs + width, outputs, 1, 0.7, random)
            })
            .collect();
        let inputs = Self::read(side, width, reading);
        let head = Convolution::new(inputs, outputs, 1, 0.3, random);
        Self {
            side,
            units,
            across,
            bias: vec![0.0; head.outputs],
            head,
            reading,
        }
    }

    /// How many numbers the head reads for each of its answers.
    fn read(side: usize, width: usize, reading: Reading) -> usize {
        let coarse = side >> LEVELS;
        match reading {
            Reading::Maps(up) => (LEVELS - up) * width,
            Reading::Means => LEVELS * width,
            Reading::All => coarse * coarse * LEVELS * width,
        }
    }

    /// Weights and other learned numbers.
    pub(crate) fn parameters(&self) -> usize {
        let mut count = self.head.weights.len() + self.bias.len();
        for unit in &self.units {
            count += unit.convolution.weights.len() + 2 * unit.normal.gain.len();
        }
        count + self.across.iter().map(|a| a.weights.len()).sum::<usize>()
    }

    /// What learning moves, always in the same order, with whether weights decay there: each unit's weights, gains and shifts; the ways across; the head's
    /// weights and bias.
    pub(crate) fn learned(&mut self) -> Vec<(&mut Vec<f32>, bool)> {
        let mut all = Vec::new();
        for unit in &mut self.units {
            all.push((&mut unit.convolution.weights, true));
            all.push((&mut unit.normal.gain, false));
            all.push((&mut unit.normal.shift, false));
        }
        for across in &mut self.across {
            all.push((&mut across.weights, true));
        }
        all.push((&mut self.head.weights, true));
        all.push((&mut self.bias, false));
        all
    }

    pub(crate) fn turned(&self) -> Turned {
        Turned {
            units: self.units.iter().map(|u| u.convolution.turned()).collect(),
            across: self.across.iter().map(Convolution::turned).collect(),
            head: self.head.turned(),
        }
    }

    /// Pixels a side of what a unit puts out.
    fn side_of(&self, unit: usize) -> usize {
        let level = if unit < 2 * LEVELS {
            unit / 2
        } else {
            3 * LEVELS - 2 - unit
        };
        self.side >> (level + 1)
    }

    /// Room for one group of examples.
    pub(crate) fn trace(&self) -> Trace {
        let like =
            |unit: usize| Volume::new(self.side_of(unit), self.units[unit].convolution.outputs);
        let outputs: Vec<Volume> = (0..self.units.len()).map(like).collect();
        let last = &outputs[outputs.len() - 1];
        let read = match self.reading {
            Reading::Maps(_) => Volume::new(0, 0),
            Reading::Means | Reading::All => Volume::new(1, self.head.inputs),
        };
        let side = if let Reading::Maps(_) = self.reading {
            last.side
        } else {
            1
        };
        let coarser = |step: usize| &outputs[2 * LEVELS - 1 + step];
        Trace {
            input: Volume::new(self.side / 2, STEM),
            sums: outputs.clone(),
            seen: outputs
                .iter()
                .map(|o| Statistics::new(o.channels))
                .collect(),
            halved: (0..LEVELS - 1)
                .map(|level| Volume::new(self.side >> (level + 2), outputs[2 * level].channels))
                .collect(),
            across: (0..self.across.len())
                .map(|step| Volume::new(coarser(step).side, self.across[step].outputs))
                .collect(),
            merged: outputs[2 * LEVELS..].to_vec(),
            read,
            answers: Volume::new(side, self.head.outputs),
            outputs,
        }
    }

    /// From the trace's input to its answers; by the group's own statistics where it learns, else by the running ones.
    pub(crate) fn forward(&self, level: Level, trace: &mut Trace, learning: bool) {
        for unit in 0..self.units.len() {
            let stage = unit / 2;
            if unit < 2 * LEVELS && unit > 0 && unit % 2 == 0 {
                halve(
                    level,
                    &trace.outputs[unit - 1],
                    &mut trace.halved[stage - 1],
                );
            }
            if let Some(step) = unit.checked_sub(2 * LEVELS) {
                self.across[step].forward(
                    level,
                    &trace.outputs[unit - 1],
                    &mut trace.across[step],
                    false,
                );
                let beside = &trace.outputs[Self::beside(step)];
                double(level, &trace.across[step], beside, &mut trace.merged[step]);
            }
            let (before, rest) = trace.outputs.split_at_mut(unit);
            let input = if let Some(step) = unit.checked_sub(2 * LEVELS) {
                &trace.merged[step]
            } else if unit == 0 {
                &trace.input
            } else if unit % 2 == 0 {
                &trace.halved[stage - 1]
            } else {
                &before[unit - 1]
            };
            let of = &self.units[unit];
            of.convolution
                .forward(level, input, &mut trace.sums[unit], false);
            let seen = learning.then(|| {
                Normal::statistics(level, &trace.sums[unit], &mut trace.seen[unit]);
                &trace.seen[unit]
            });
            let beside = Self::adds(unit).then_some(input);
            of.normal
                .forward(level, &trace.sums[unit], beside, seen, &mut rest[0]);
        }
        let last = &trace.outputs[self.units.len() - 1];
        let read = match self.reading {
            Reading::Maps(_) => last,
            Reading::Means => {
                let count = (last.side * last.side) as f32;
                for (channel, to) in trace.read.pixel_mut(0, 0).iter_mut().enumerate() {
                    let mut sum = Lanes::ZERO;
                    for y in 0..last.side {
                        for x in 0..last.side {
                            sum = sum.zip(&last.pixel(y, x)[channel], |a, b| a + b);
                        }
                    }
                    *to = sum.zip(&Lanes::ZERO, |a, _| a / count);
                }
                &trace.read
            }
            Reading::All => {
                let row = last.side * last.channels;
                for (y, to) in trace.read.pixel_mut(0, 0).chunks_exact_mut(row).enumerate() {
                    to.copy_from_slice(last.line(y));
                }
                &trace.read
            }
        };
        self.head.forward(level, read, &mut trace.answers, false);
        for y in 0..trace.answers.side {
            for pixel in trace.answers.line_mut(y).chunks_exact_mut(self.bias.len()) {
                for (answer, &bias) in pixel.iter_mut().zip(&self.bias) {
                    for lane in &mut answer.0 {
                        *lane += bias;
                    }
                }
            }
        }
    }

    /// Whether a unit adds what goes in to what comes out.
    fn adds(unit: usize) -> bool {
        unit < 2 * LEVELS && unit % 2 == 1
    }

    /// The unit whose output goes across to a step upwards.
    fn beside(step: usize) -> usize {
        2 * (LEVELS - 2 - step) + 1
    }

    /// Room for the way back through a trace.
    pub(crate) fn back(&self, trace: &Trace) -> Back {
        let mut gradients = Vec::new();
        for unit in &self.units {
            gradients.push(vec![0.0; unit.convolution.weights.len()]);
            gradients.push(vec![0.0; unit.normal.gain.len()]);
            gradients.push(vec![0.0; unit.normal.shift.len()]);
        }
        for across in &self.across {
            gradients.push(vec![0.0; across.weights.len()]);
        }
        gradients.push(vec![0.0; self.head.weights.len()]);
        gradients.push(vec![0.0; self.bias.len()]);
        Back {
            outputs: trace.outputs.clone(),
            halved: trace.halved.clone(),
            across: trace.across.clone(),
            merged: trace.merged.clone(),
            read: trace.read.clone(),
            answers: trace.answers.clone(),
            gradients,
        }
    }

    /// The gradients for errors of the answers, after [`Layers::forward`] has learned from the trace's input.
    pub(crate) fn backward(&self, level: Level, turned: &Turned, trace: &Trace, back: &mut Back) {
        let Trace {
            input,
            sums,
            seen,
            outputs,
            halved,
            merged,
            read,
            ..
        } = trace;
        let head_at = 3 * self.units.len() + self.across.len();
        for gradient in &mut back.gradients {
            gradient.fill(0.0);
        }
        for y in 0..back.answers.side {
            for pixel in back.answers.line(y).chunks_exact(self.bias.len()) {
                for (to, error) in back.gradients[head_at + 1].iter_mut().zip(pixel) {
                    *to += error.sum();
                }
            }
        }
        let last = self.units.len() - 1;
        let whole = &outputs[last];
        let source = if let Reading::Maps(_) = self.reading {
            whole
        } else {
            read
        };
        self.head
            .gradient(level, source, &back.answers, &mut back.gradients[head_at]);
        match self.reading {
            Reading::Maps(_) => {
                turned
                    .head
                    .forward(level, &back.answers, &mut back.outputs[last], false);
            }
            Reading::Means | Reading::All => {
                turned
                    .head
                    .forward(level, &back.answers, &mut back.read, false);
                self.spread(&back.read, &mut back.outputs[last]);
            }
        }
        // Levels that nothing goes across from get errors from below alone.
        for stage in 0..LEVELS - 1 - self.across.len() {
            back.outputs[2 * stage + 1].clear();
        }
        for unit in (0..self.units.len()).rev() {
            let of = &self.units[unit];
            let (before, rest) = back.outputs.split_at_mut(unit);
            let errors = &mut rest[0];
            let beside = if Self::adds(unit) {
                before.last_mut()
            } else {
                None
            };
            let (gradients, others) = back.gradients[3 * unit..].split_at_mut(1);
            let (gains, shifts) = others.split_at_mut(1);
            of.normal.backward(
                level,
                [&sums[unit], &outputs[unit]],
                &seen[unit],
                errors,
                beside,
                [&mut gains[0], &mut shifts[0]],
            );
            let gradient = &mut gradients[0];
            if let Some(step) = unit.checked_sub(2 * LEVELS) {
                of.convolution
                    .gradient(level, &merged[step], errors, gradient);
                turned.units[unit].forward(level, errors, &mut back.merged[step], false);
                let to = &mut before[Self::beside(step)];
                to.values.copy_from_slice(&back.merged[step].values);
                undouble(level, &back.merged[step], &mut back.across[step]);
                let at = 3 * self.units.len() + step;
                self.across[step].gradient(
                    level,
                    &outputs[unit - 1],
                    &back.across[step],
                    &mut back.gradients[at],
                );
                turned.across[step].forward(
                    level,
                    &back.across[step],
                    &mut before[unit - 1],
                    false,
                );
            } else if unit == 0 {
                of.convolution.gradient(level, input, errors, gradient);
            } else if Self::adds(unit) {
                of.convolution
                    .gradient(level, &outputs[unit - 1], errors, gradient);
                turned.units[unit].forward(level, errors, &mut before[unit - 1], true);
            } else {
                let stage = unit / 2 - 1;
                of.convolution
                    .gradient(level, &halved[stage], errors, gradient);
                turned.units[unit].forward(level, errors, &mut back.halved[stage], false);
                unhalve(
                    level,
                    [&outputs[unit - 1], &halved[stage]],
                    &back.halved[stage],
                    &mut before[unit - 1],
                );
            }
        }
    }

    /// Errors of what the head read, on the volume it was read from.
    fn spread(&self, read: &Volume, to: &mut Volume) {
        let from = read.pixel(0, 0);
        let row = to.side * to.channels;
        let count = (to.side * to.side) as f32;
        for y in 0..to.side {
            if self.reading == Reading::All {
                to.line_mut(y)
                    .copy_from_slice(&from[y * row..(y + 1) * row]);
            } else {
                for pixel in to.line_mut(y).chunks_exact_mut(from.len()) {
                    for (to, from) in pixel.iter_mut().zip(from) {
                        *to = from.zip(&Lanes::ZERO, |a, _| a / count);
                    }
                }
            }
        }
    }

    /// Moves the running statistics towards those of a group by a share.
    pub(crate) fn follow(&mut self, trace: &Trace, share: f32) {
        for (unit, seen) in self.units.iter_mut().zip(&trace.seen) {
            unit.normal.follow(seen, share);
        }
    }

    /// Whether all parts fit each other and what is told takes so many outputs.
    pub(crate) fn is_consistent(&self, outputs: usize) -> bool {
        let Some(first) = self.units.first() else {
            return false;
        };
        let width = first.convolution.outputs;
        if !self.side.is_multiple_of(16)
            || !(16..=256).contains(&self.side)
            || width % BLOCK != 0
            || !(BLOCK..=128).contains(&width)
            || outputs > MOST_OUTPUTS
            || matches!(self.reading, Reading::Maps(up) if up > LEVELS - 1)
            // Before anything is made that is as large as it says.
            || self.head.inputs.checked_mul(outputs) != Some(self.head.weights.len())
            || self.head.inputs != Self::read(self.side, width, self.reading)
        {
            return false;
        }
        let mut random =
            population::stream::Streams::new(population::stream::Seed(0), 0).stream("vision/shape");
        let like = Self::new(self.side, width, self.reading, outputs, &mut random);
        let same = |a: &Convolution, b: &Convolution| {
            (a.inputs, a.outputs, a.kernel, a.weights.len())
                == (b.inputs, b.outputs, b.kernel, b.weights.len())
                && a.weights.iter().all(|w| w.is_finite())
        };
        let fits = |a: &Unit, b: &Unit| {
            let parts = |n: &Normal| [&n.gain, &n.shift, &n.mean, &n.variance].map(Vec::len);
            let Normal {
                gain,
                shift,
                mean,
                variance,
            } = &a.normal;
            same(&a.convolution, &b.convolution)
                && parts(&a.normal) == parts(&b.normal)
                && [gain, shift, mean, variance]
                    .iter()
                    .all(|v| v.iter().all(|n| n.is_finite()))
                && variance.iter().all(|&v| v >= 0.0)
        };
        self.units.len() == like.units.len()
            && self.across.len() == like.across.len()
            && self.bias.len() == like.bias.len()
            && self.bias.iter().all(|b| b.is_finite())
            && same(&self.head, &like.head)
            && self.units.iter().zip(&like.units).all(|(a, b)| fits(a, b))
            && self
                .across
                .iter()
                .zip(&like.across)
                .all(|(a, b)| same(a, b))
    }
}
