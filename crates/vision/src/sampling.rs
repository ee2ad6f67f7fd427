//! Halving and doubling the side of [`Volume`]s, with the ways back of errors.

use crate::lanes::{LANES, Lanes, Volume};
use crate::level::{Level, Task, Wide};

/// The greatest of each two by two pixels.
pub(crate) fn halve(level: Level, input: &Volume, output: &mut Volume) {
    level.run(Halve { input, output });
}

/// Adds errors of the halved volume where the greatest were; the first of several equal ones takes all.
pub(crate) fn unhalve(
    level: Level,
    [input, output]: [&Volume; 2],
    errors: &Volume,
    to: &mut Volume,
) {
    level.run(Unhalve {
        input,
        output,
        errors,
        to,
    });
}

/// `output = beside + input`, each pixel of the input four times.
pub(crate) fn double(level: Level, input: &Volume, beside: &Volume, output: &mut Volume) {
    level.run(Double {
        input,
        beside,
        output,
    });
}

/// The errors of a volume that [`double`] has enlarged: sums of four.
pub(crate) fn undouble(level: Level, errors: &Volume, to: &mut Volume) {
    level.run(Undouble { errors, to });
}

struct Halve<'a> {
    input: &'a Volume,
    output: &'a mut Volume,
}

#[inline(always)]
fn greater(a: Lanes, b: Lanes) -> Lanes {
    a.zip(&b, |a, b| if b > a { b } else { a })
}

impl Task for Halve<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        for y in 0..self.output.side {
            for x in 0..self.output.side {
                let [a, b, c, d] = [(0, 0), (0, 1), (1, 0), (1, 1)]
                    .map(|(v, u)| self.input.at(2 * y + v, 2 * x + u));
                let from = &self.input.values;
                for (channel, to) in self.output.pixel_mut(y, x).iter_mut().enumerate() {
                    let high = greater(from[a + channel], from[b + channel]);
                    let low = greater(from[c + channel], from[d + channel]);
                    *to = greater(high, low);
                }
            }
        }
    }
}

struct Unhalve<'a> {
    input: &'a Volume,
    output: &'a Volume,
    errors: &'a Volume,
    to: &'a mut Volume,
}

impl Task for Unhalve<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        for y in 0..self.output.side {
            for x in 0..self.output.side {
                let places = [(0, 0), (0, 1), (1, 0), (1, 1)]
                    .map(|(v, u)| self.input.at(2 * y + v, 2 * x + u));
                let (most, errors) = (self.output.pixel(y, x), self.errors.pixel(y, x));
                for channel in 0..self.output.channels {
                    let mut left = errors[channel];
                    for place in places {
                        let value = self.input.values[place + channel];
                        let to = &mut self.to.values[place + channel];
                        for lane in 0..LANES {
                            let here = value.0[lane] == most[channel].0[lane];
                            to.0[lane] += if here { left.0[lane] } else { 0.0 };
                            left.0[lane] = if here { 0.0 } else { left.0[lane] };
                        }
                    }
                }
            }
        }
    }
}

struct Double<'a> {
    input: &'a Volume,
    beside: &'a Volume,
    output: &'a mut Volume,
}

impl Task for Double<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        for y in 0..self.output.side {
            for x in 0..self.output.side {
                let (low, beside) = (self.input.pixel(y / 2, x / 2), self.beside.pixel(y, x));
                let to = self.output.pixel_mut(y, x);
                for (channel, to) in to.iter_mut().enumerate() {
                    *to = low[channel].zip(&beside[channel], |a, b| a + b);
                }
            }
        }
    }
}

struct Undouble<'a> {
    errors: &'a Volume,
    to: &'a mut Volume,
}

impl Task for Undouble<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        for y in 0..self.to.side {
            for x in 0..self.to.side {
                let [a, b, c, d] = [(0, 0), (0, 1), (1, 0), (1, 1)]
                    .map(|(v, u)| self.errors.at(2 * y + v, 2 * x + u));
                let from = &self.errors.values;
                for (channel, to) in self.to.pixel_mut(y, x).iter_mut().enumerate() {
                    let high = from[a + channel].zip(&from[b + channel], |a, b| a + b);
                    let low = from[c + channel].zip(&from[d + channel], |a, b| a + b);
                    *to = high.zip(&low, |a, b| a + b);
                }
            }
        }
    }
}
