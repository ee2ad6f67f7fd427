//! What a network's last numbers mean, what it costs to be wrong, and the errors that go back.
//!
//! Points are where a heat map's mass lies in the mean ("integral regression", Sun, Xiao, Wei, Liang & Wei 2018), classes and segments are soft
//! maxima with cross-entropy, numbers are standardised and cost as Huber (1964) has it.

use crate::lanes::{LANES, Lanes, Volume};
use crate::level::{Level, Task, Wide};

/// Up to this distance, in 64ths of a picture's side, a point's error costs by its square.
const NEAR: f32 = 1.5 / 64.0;

/// Up to this distance, in standard deviations, a number's error costs by its square.
const NEAR_NUMBER: f32 = 1.0;

/// One sixteenth of a truth: what the example in one lane is to be told as.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// Nothing: the lane is empty, or its truth is unknown.
    None,
    /// Where each point is, in shares of the side, and whether it counts.
    Points(Vec<([f32; 2], bool)>),
    /// Number of the class.
    Class(usize),
    /// For each cell, row after row, each class's share of it; none of them where the truth is unknown.
    Segments(Vec<f32>),
    /// Standardised; those that are not finite are unknown.
    Numbers(Vec<f32>),
}

/// `e` to a power of at most 0, to a relative 2e-7 (0 below −87): the same bits everywhere.
#[inline(always)]
pub(crate) fn exponential(x: &Lanes) -> Lanes {
    // 1.5 · 2²³: adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const TAYLOR: [f32; 6] = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
    let mut out = Lanes::ZERO;
    for lane in 0..LANES {
        let x = if x.0[lane] > -87.0 { x.0[lane] } else { -87.0 };
        let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
        let whole = shifted - ROUND;
        // ln 2 in two parts, of which the first has trailing zeros (Cody & Waite 1980).
        let rest = whole.mul_add(-0.693_145_75, x);
        let rest = whole.mul_add(-1.428_606_8e-6, rest);
        let mut sum = TAYLOR[0];
        for term in &TAYLOR[1..] {
            sum = sum.mul_add(rest, *term);
        }
        let sum = sum.mul_add(rest, 1.0);
        let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
        out.0[lane] = sum * power;
    }
    out
}

/// Where heat maps say that points are: x and y of each, in shares of the side. `mass` becomes each cell's share of its map.
pub(crate) fn locate(level: Level, maps: &Volume, mass: &mut Volume) -> Vec<[Lanes; 2]> {
    let mut found = vec![[Lanes::ZERO; 2]; maps.channels];
    level.run(Locate {
        maps,
        mass,
        found: &mut found,
    });
    found
}

struct Locate<'a> {
    maps: &'a Volume,
    mass: &'a mut Volume,
    found: &'a mut [[Lanes; 2]],
}

/// Middle of a cell, in shares of the side.
#[inline(always)]
fn middle(cell: usize, side: usize) -> f32 {
    (cell as f32 + 0.5) / side as f32
}

impl Task for Locate<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        let (side, channels) = (self.maps.side, self.maps.channels);
        let mut most = vec![Lanes([f32::MIN; LANES]); channels];
        for y in 0..side {
            for pixel in self.maps.line(y).chunks_exact(channels) {
                for (most, value) in most.iter_mut().zip(pixel) {
                    *most = most.zip(value, |a, b| if b > a { b } else { a });
                }
            }
        }
        let mut whole = vec![Lanes::ZERO; channels];
        for y in 0..side {
            for x in 0..side {
                let (at_x, at_y) = (middle(x, side), middle(y, side));
                let (from, to) = (self.maps.pixel(y, x), self.mass.pixel_mut(y, x));
                for channel in 0..channels {
                    let share = exponential(&from[channel].zip(&most[channel], |a, b| a - b));
                    to[channel] = share;
                    let [x, y] = &mut self.found[channel];
                    for lane in 0..LANES {
                        whole[channel].0[lane] += share.0[lane];
                        x.0[lane] = share.0[lane].mul_add(at_x, x.0[lane]);
                        y.0[lane] = share.0[lane].mul_add(at_y, y.0[lane]);
                    }
                }
            }
        }
        for (found, whole) in self.found.iter_mut().zip(&whole) {
            *found = found.map(|sum| sum.zip(whole, |sum, whole| sum / whole));
        }
        for y in 0..side {
            for pixel in self.mass.line_mut(y).chunks_exact_mut(channels) {
                for (share, whole) in pixel.iter_mut().zip(&whole) {
                    *share = share.zip(whole, |share, whole| share / whole);
                }
            }
        }
    }
}

struct Pull<'a> {
    /// Shares of mass in, errors out.
    mass: &'a mut Volume,
    found: &'a [[Lanes; 2]],
    slopes: &'a [[Lanes; 2]],
}

impl Task for Pull<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        let side = self.mass.side;
        for y in 0..side {
            for x in 0..side {
                let (at_x, at_y) = (middle(x, side), middle(y, side));
                for (channel, cell) in self.mass.pixel_mut(y, x).iter_mut().enumerate() {
                    let ([found_x, found_y], [slope_x, slope_y]) =
                        (&self.found[channel], &self.slopes[channel]);
                    for lane in 0..LANES {
                        let across = (at_x - found_x.0[lane]) * slope_x.0[lane];
                        let along = (at_y - found_y.0[lane]) * slope_y.0[lane];
                        cell.0[lane] *= across + along;
                    }
                }
            }
        }
    }
}

/// Each output's share by a soft maximum over the first `classes` outputs of each cell; the others get nothing.
pub(crate) fn shares(level: Level, answers: &Volume, classes: usize, to: &mut Volume) {
    level.run(Shares {
        answers,
        classes,
        to,
    });
}

struct Shares<'a> {
    answers: &'a Volume,
    classes: usize,
    to: &'a mut Volume,
}

impl Task for Shares<'_> {
    #[inline(always)]
    fn run<W: Wide>(self) {
        for y in 0..self.answers.side {
            for x in 0..self.answers.side {
                let (from, to) = (self.answers.pixel(y, x), self.to.pixel_mut(y, x));
                let mut most = from[0];
                for value in &from[..self.classes] {
                    most = most.zip(value, |a, b| if b > a { b } else { a });
                }
                let mut whole = Lanes::ZERO;
                for (class, to) in to.iter_mut().enumerate() {
                    *to = if class < self.classes {
                        exponential(&from[class].zip(&most, |a, b| a - b))
                    } else {
                        Lanes::ZERO
                    };
                    whole = whole.zip(to, |a, b| a + b);
                }
                for to in to {
                    *to = to.zip(&whole, |share, whole| share / whole);
                }
            }
        }
    }
}

/// A Huber loss, and its slope.
fn huber(away: f32, near: f32) -> (f32, f32) {
    if away.abs() < near {
        (0.5 * away * away / near, away / near)
    } else {
        (away.abs() - 0.5 * near, away.signum())
    }
}

/// What the answers cost, summed over the lanes, each of which counts `weight`; the errors of the answers.
///
/// `classes` are the outputs that mean something, `balance` the weight of each class among segments.
pub(crate) fn judge(
    level: Level,
    answers: &Volume,
    targets: &[Target],
    classes: usize,
    balance: &[f32],
    weight: f32,
    errors: &mut Volume,
) -> f64 {
    match targets.iter().find(|t| **t != Target::None) {
        None => {
            errors.clear();
            0.0
        }
        Some(Target::Points(_)) => judge_points(level, answers, targets, weight, errors),
        Some(Target::Numbers(_)) => judge_numbers(answers, targets, weight, errors),
        Some(_) => judge_classes(level, answers, targets, classes, balance, weight, errors),
    }
}

fn judge_points(
    level: Level,
    answers: &Volume,
    targets: &[Target],
    weight: f32,
    errors: &mut Volume,
) -> f64 {
    let found = locate(level, answers, errors);
    let mut slopes = vec![[Lanes::ZERO; 2]; found.len()];
    let mut cost = 0.0;
    for (lane, target) in targets.iter().enumerate() {
        let Target::Points(points) = target else {
            continue;
        };
        let weight = weight / points.len() as f32;
        for (point, (at, counts)) in points.iter().enumerate() {
            if *counts {
                for axis in 0..2 {
                    let away = found[point][axis].0[lane] - at[axis];
                    let (loss, slope) = huber(away, NEAR);
                    cost += f64::from(loss * 64.0 * weight);
                    slopes[point][axis].0[lane] = slope * 64.0 * weight;
                }
            }
        }
    }
    level.run(Pull {
        mass: errors,
        found: &found,
        slopes: &slopes,
    });
    cost
}

fn judge_numbers(answers: &Volume, targets: &[Target], weight: f32, errors: &mut Volume) -> f64 {
    errors.clear();
    let mut cost = 0.0;
    let (answers, errors) = (answers.pixel(0, 0), errors.pixel_mut(0, 0));
    for (lane, target) in targets.iter().enumerate() {
        let Target::Numbers(numbers) = target else {
            continue;
        };
        let weight = weight / numbers.len() as f32;
        for (at, &number) in numbers.iter().enumerate() {
            if number.is_finite() {
                let (loss, slope) = huber(answers[at].0[lane] - number, NEAR_NUMBER);
                cost += f64::from(loss * weight);
                errors[at].0[lane] = slope * weight;
            }
        }
    }
    cost
}

/// Cross-entropy per cell; the slope is the answer's share less the target's.
fn judge_classes(
    level: Level,
    answers: &Volume,
    targets: &[Target],
    classes: usize,
    balance: &[f32],
    weight: f32,
    errors: &mut Volume,
) -> f64 {
    shares(level, answers, classes, errors);
    let side = answers.side;
    let cells = (side * side) as f32;
    let mut cost = 0.0;
    for y in 0..side {
        for x in 0..side {
            let cell = errors.pixel_mut(y, x);
            for (lane, target) in targets.iter().enumerate() {
                let wanted = |class: usize| match target {
                    Target::Class(of) => f32::from(u8::from(*of == class)),
                    Target::Segments(shares) => {
                        shares[(y * side + x) * classes + class] * balance[class]
                    }
                    Target::None | Target::Points(_) | Target::Numbers(_) => 0.0,
                };
                let whole: f32 = (0..classes).map(wanted).sum();
                for class in 0..classes {
                    let share = &mut cell[class].0[lane];
                    let part = wanted(class) * weight / cells;
                    cost -= f64::from(part) * libm::log(f64::from(share.max(1e-30)));
                    *share = *share * whole * weight / cells - part;
                }
            }
        }
    }
    cost
}
