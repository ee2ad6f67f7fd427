//! Composition: the distribution of a sum of independent losses, by the fast Fourier transform.
//!
//! Every transform is of non-negative sequences with sum at most 1, so its error is bounded beforehand; the bound is added to every tail. Two
//! transforms are made: of the distributions as they are, exact in the body to about 10⁻¹³, and of the distributions tilted by e^(θ loss), exact in the upper
//! tail relative to its own size. The smaller of the two bounds counts for each tail.

use std::borrow::Cow;
use std::ops::Mul;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::grid::MAX_BINS;
use super::normal::ROUNDING;
use super::pld::{Pld, rounded_up};

/// What a composition gives away so that transforms are short and figures steady.
#[derive(Clone, Copy)]
struct Allowance {
    /// The probability that may be cut off at each end: counted as infinite above, raised to the lowest loss below.
    cut: f64,
    /// By how much each probability is enlarged besides what rounding needs.
    margin: f64,
}

/// Of what a caller gets. The margin is more than the rounding that accountants leave in who do not bound theirs, so that none of them is above ours
/// for that reason. It raises ε by some 10⁻⁵ nats.
const WHOLE: Allowance = Allowance {
    cut: 2e-15,
    margin: 2e-5,
};

/// Of a part of a composition, of which there may be thousands.
const WITHIN: Allowance = Allowance {
    cut: 1e-22,
    margin: 1e-10,
};

/// By how much each probability is enlarged for each factor: some 2,700 roundings, for its tilt and the removal of it.
const MARGIN_PER_FACTOR: f64 = 3e-13;

/// ln of the tail probability on which the tilted transform is centred.
const TILT: f64 = 16.0;

/// −ln of the probability of the tilted sum that may be folded from above onto the window: it only enlarges bounds.
const FOLDED: f64 = 37.0;

/// The greatest exponent of a tilt over one distribution: its rounding is a relative error of the probabilities, below [`MARGIN_PER_FACTOR`].
const STEEPEST: f64 = 300.0;

/// A standard deviation, in intervals, that stands a coarser grid.
const WIDE: f64 = 4096.0;

/// The distribution of the sum of `times` independent losses from each distribution.
pub(super) fn composed(parts: &[(&Pld, u32)]) -> Pld {
    composed_with(parts, WHOLE)
}

fn composed_with(parts: &[(&Pld, u32)], allowance: Allowance) -> Pld {
    let mut parts: Vec<Part<'_>> = parts
        .iter()
        .filter(|(pld, times)| *times > 0 && **pld != Pld::nothing())
        .map(|&(pld, times)| Part {
            pld: Cow::Borrowed(pld),
            times,
        })
        .collect();
    let Some(grid) = parts.iter().map(|part| part.pld.grid).max() else {
        return Pld::nothing();
    };
    if parts.iter().any(|part| part.pld.infinity >= 1.0) || beyond_counting(&parts) {
        return Pld::everything();
    }
    if let [part] = &parts[..]
        && part.times == 1
    {
        return part.pld.clone().into_owned();
    }
    for part in &mut parts {
        if part.pld.grid < grid {
            part.pld = Cow::Owned(part.pld.on(grid));
        }
    }
    let infinity = infinity(&parts);
    let window = loop {
        let window = Window::of(&parts, allowance.cut);
        if window.length() <= MAX_BINS {
            break window;
        }
        parts = parts.into_iter().flat_map(Part::gathered).collect();
        // What was gathered may have needed a coarser grid still.
        let coarsest = parts.iter().map(|part| part.pld.grid).max().unwrap_or(grid);
        for part in &mut parts {
            part.pld = Cow::Owned(part.pld.on(coarsest.coarser()));
        }
    };
    debug_assert!(parts.iter().all(|part| part.pld.grid == parts[0].pld.grid));
    let grid = parts[0].pld.grid;
    let length = window.length().next_power_of_two().max(16);
    let mut tails = tail_bounds(&parts, &window, length, 0.0);
    if let Some((tilt, length)) = window.tilted(&parts, length) {
        let tilted = tail_bounds(&parts, &window, length, tilt);
        for (bound, tilted) in tails.iter_mut().zip(tilted) {
            *bound = bound.min(tilted);
        }
    }
    // What lies at or above a bin is no less than what lies above it.
    let mut above = 0.0;
    for tail in tails.iter_mut().rev() {
        let at_least = tail.max(above);
        *tail = at_least - above;
        above = at_least;
    }
    let mut mass = rounded_up(tails, allowance.margin);
    mass[0] += window.cut_below;
    Pld::from_bounds(grid, window.lowest, mass, infinity + window.cut_above)
}

struct Part<'a> {
    pld: Cow<'a, Pld>,
    times: u32,
}

impl<'a> Part<'a> {
    /// The same in fewer and wider distributions, before a coarser grid makes errors of an interval's size in each.
    fn gathered(self) -> Vec<Part<'a>> {
        let deviation = variance(&self.pld).sqrt();
        let group = (WIDE / deviation) * (WIDE / deviation);
        if deviation <= 0.0 || deviation >= WIDE / 64.0 || group >= 0.5 * f64::from(self.times) {
            return vec![self];
        }
        let group = group.ceil() as u32;
        let gathered = Part {
            pld: Cow::Owned(composed_with(&[(&self.pld, group)], WITHIN)),
            times: self.times / group,
        };
        let rest = Part {
            times: self.times % group,
            pld: self.pld,
        };
        if rest.times == 0 {
            vec![gathered]
        } else {
            vec![gathered, rest]
        }
    }
}

/// Whether positions of the sum might leave the whole numbers that `i64` holds: releases without number, or losses without measure.
fn beyond_counting(parts: &[Part<'_>]) -> bool {
    let reach = |pld: &Pld| pld.lowest.unsigned_abs() as f64 + pld.mass.len() as f64;
    let sum: f64 = parts
        .iter()
        .map(|part| f64::from(part.times) * reach(&part.pld))
        .sum();
    sum > libm::exp2(61.0)
}

/// 1 − Π (1 − infinity)^times, rounded up.
fn infinity(parts: &[Part<'_>]) -> f64 {
    let log: f64 = parts
        .iter()
        .map(|part| f64::from(part.times) * libm::log1p(-part.pld.infinity))
        .sum();
    (-libm::expm1(log) * (1.0 + 1e-13)).min(1.0)
}

/// The losses that a composition keeps.
struct Window {
    /// The sum of all lowest losses, in intervals: where position 0 of the transforms lies.
    origin: i64,
    lowest: i64,
    highest: i64,
    cut_below: f64,
    cut_above: f64,
}

impl Window {
    fn of(parts: &[Part<'_>], allowed: f64) -> Self {
        let sum = |of: fn(&Pld) -> i64| -> i64 {
            parts
                .iter()
                .map(|part| i64::from(part.times) * of(&part.pld))
                .sum()
        };
        let origin = sum(|pld| pld.lowest);
        let end = sum(|pld| pld.lowest + pld.mass.len() as i64 - 1);
        let mut window = Self {
            origin,
            lowest: origin,
            highest: end,
            cut_below: 0.0,
            cut_above: 0.0,
        };
        if variance_of_sum(parts) <= 0.0 {
            return window;
        }
        let cut = -libm::log(allowed);
        let (_, above) = tail(parts, 0.0, cut, 1.0);
        let (_, below) = tail(parts, 0.0, cut, -1.0);
        let highest = origin + above.ceil() as i64 + 1;
        let lowest = origin + (-below).floor() as i64 - 1;
        if highest < end {
            (window.highest, window.cut_above) = (highest, allowed);
        }
        if lowest > origin {
            (window.lowest, window.cut_below) = (lowest, allowed);
        }
        window
    }

    /// The tilt at which the upper tail is computed, per interval, and the length of that transform: long enough that the tilted sum, which lies higher, is not folded
    /// onto the window from above. None if the loss does not vary.
    fn tilted(&self, parts: &[Part<'_>], length: usize) -> Option<(f64, usize)> {
        if variance_of_sum(parts) <= 0.0 {
            return None;
        }
        let mut tilt = tail(parts, 0.0, TILT, 1.0).0;
        for _ in 0..20 {
            let (_, top) = tail(parts, tilt, FOLDED, 1.0);
            let reach = top - (self.lowest - self.origin) as f64 + 2.0;
            if reach <= length as f64 {
                return Some((tilt, length));
            }
            if reach <= 2.0 * MAX_BINS as f64 {
                return Some((tilt, (reach as usize).next_power_of_two()));
            }
            tilt *= 0.8;
        }
        None
    }

    fn length(&self) -> usize {
        (self.highest - self.lowest + 1) as usize
    }
}

/// Chernoff's bound for the sum under a tilt: the order θ and the position s, both in intervals and s from the origin, with P(sum > s) ≤ e^−`cut` for
/// `sign` 1, or P(sum < −s) ≤ e^−`cut` for `sign` −1. Every order gives a sound bound; the search begins at that of a normal distribution.
fn tail(parts: &[Part<'_>], tilt: f64, cut: f64, sign: f64) -> (f64, f64) {
    let bound = |order: f64| {
        let log: f64 = parts
            .iter()
            .map(|part| {
                let log = log_moment(&part.pld, tilt + sign * order);
                let base = if tilt > 0.0 {
                    log_moment(&part.pld, tilt)
                } else {
                    0.0
                };
                // One rounding for each bin of the sums.
                let slack = 8.0 * ROUNDING * (part.pld.mass.len() as f64 + log.abs() + base.abs());
                f64::from(part.times) * (log - base + slack)
            })
            .sum();
        (log + cut) / order
    };
    let longest = parts.iter().map(|part| part.pld.mass.len()).max();
    let most = STEEPEST / longest.unwrap_or(1) as f64;
    let mut order = (2.0 * cut / variance_of_sum(parts)).sqrt().min(most);
    let mut best = bound(order);
    for factor in [2.0, 1.25, 1.06] {
        for step in [factor, 1.0 / factor] {
            loop {
                let next = bound(order * step);
                if next >= best || order * step > most {
                    break;
                }
                (order, best) = (order * step, next);
            }
        }
    }
    (order, best)
}

/// ln Σ mass · e^(order · index), by Horner's rule from the end where the powers are small.
fn log_moment(pld: &Pld, order: f64) -> f64 {
    let ratio = libm::exp(-order.abs());
    let step = |sum: f64, mass: &f64| sum * ratio + mass;
    if order > 0.0 {
        let sum = pld.mass.iter().fold(0.0, step);
        order * (pld.mass.len() - 1) as f64 + libm::log(sum)
    } else {
        libm::log(pld.mass.iter().rev().fold(0.0, step))
    }
}

fn variance_of_sum(parts: &[Part<'_>]) -> f64 {
    parts
        .iter()
        .map(|part| f64::from(part.times) * variance(&part.pld))
        .sum()
}

/// The variance of the finite losses, in squared intervals.
fn variance(pld: &Pld) -> f64 {
    let (mut total, mut first) = (0.0, 0.0);
    for (index, mass) in pld.mass.iter().enumerate() {
        total += mass;
        first += mass * index as f64;
    }
    let mean = first / total;
    let second: f64 = pld
        .mass
        .iter()
        .enumerate()
        .map(|(index, mass)| mass * (index as f64 - mean) * (index as f64 - mean))
        .sum();
    if total > 0.0 { second / total } else { 0.0 }
}

/// Upper bounds of the probability of each bin of the window together with all above it, from transforms of the parts tilted by e^(tilt · index).
///
/// What lies outside the window is folded into it, which only raises a bound.
fn tail_bounds(parts: &[Part<'_>], window: &Window, length: usize, tilt: f64) -> Vec<f64> {
    let unknown = vec![1.0; window.length()];
    let mut planner = RealFftPlanner::<f64>::new();
    let forward = planner.plan_fft_forward(length);
    let inverse = planner.plan_fft_inverse(length);
    // Each output of a transform of length n is a sum with weights of size 1, over a tree of log₂ n levels; Higham 2002, theorem 24.2, has less than 7
    // roundings a level for radix 2, and the real transform adds two levels.
    let per_transform = 8.0 * ROUNDING * (f64::from(length.ilog2()) + 2.0);
    let mut buffer = forward.make_input_vec();
    let mut spectrum = forward.make_output_vec();
    let mut product = vec![Complex::new(1.0, 0.0); spectrum.len()];
    // |product| from above, and the sum of the relative errors of its factors.
    let mut size = vec![1.0_f64; spectrum.len()];
    let mut error = vec![0.0_f64; spectrum.len()];
    let mut log_scale = 0.0;
    let mut times_total = 0.0;
    for part in parts {
        let times = f64::from(part.times);
        let log_moment = if tilt > 0.0 {
            log_moment(&part.pld, tilt)
        } else {
            0.0
        };
        log_scale += times * log_moment;
        times_total += times;
        buffer.fill(0.0);
        for (index, &mass) in part.pld.mass.iter().enumerate() {
            let half = libm::exp(0.5 * (tilt * index as f64 - log_moment));
            buffer[index % length] += half * mass * half;
        }
        let sum: f64 = buffer.iter().sum();
        if forward.process(&mut buffer, &mut spectrum).is_err() {
            return unknown;
        }
        let absolute = per_transform * sum;
        for (k, &value) in spectrum.iter().enumerate() {
            let bound = value.norm_sqr().sqrt() * (1.0 + 4.0 * ROUNDING) + absolute;
            product[k] *= power(value, part.times);
            size[k] *= power(bound, part.times) * (1.0 + 4.0 * ROUNDING * times);
            error[k] += times * (absolute / bound + 8.0 * ROUNDING);
        }
    }
    let last = product.len() - 1;
    product[0].im = 0.0;
    product[last].im = 0.0;
    if inverse.process(&mut product, &mut buffer).is_err() {
        return unknown;
    }
    // The root of the sum of the squares of all bins' errors: that of the spectrum's, of which the real transform keeps half, over the root of the length.
    let squares: f64 = size
        .iter()
        .zip(&error)
        .enumerate()
        .map(|(k, (size, error))| {
            let twice = if k == 0 || k == last { 1.0 } else { 2.0 };
            let error = size * (error + per_transform);
            twice * error * error
        })
        .sum();
    let error = (squares / length as f64).sqrt() * (1.0 + 1e-9);
    // The tilt and its removal, and the sum over the bins above.
    let rounding =
        1.0 + MARGIN_PER_FACTOR * (1.0 + times_total) + 4.0 * ROUNDING * window.length() as f64;
    // Of errors with bounded squares the sum over n bins is at most √n as great; weighted by e^(−tilt · position), as the root of the sum of squared weights.
    let decay = libm::exp(-2.0 * tilt);
    let (mut sum, mut weights) = (0.0_f64, 0.0_f64);
    let mut tails = unknown;
    let scale = 1.0 / length as f64;
    for bin in (0..window.length()).rev() {
        let position = window.lowest - window.origin + bin as i64;
        let at = position.rem_euclid(length as i64) as usize;
        let log_weight = if tilt > 0.0 {
            log_scale - tilt * position as f64
        } else {
            0.0
        };
        if log_weight > 600.0 {
            // Far below the tail that the tilt is for: the bound stays at 1.
            break;
        }
        let weight = libm::exp(log_weight);
        sum += buffer[at] * scale * weight;
        // Relative to this bin's weight, which is the greatest so far.
        weights = weights * decay + 1.0;
        let bound = (sum.max(0.0) + 2.0 * error * weight * weights.sqrt()) * rounding;
        tails[bin] = bound.min(1.0);
    }
    tails
}

/// `base` to a whole power of at least 1, by squaring: about twice as many roundings as the exponent.
fn power<T: Copy + Mul<Output = T>>(mut base: T, mut exponent: u32) -> T {
    while exponent & 1 == 0 && exponent > 1 {
        base = base * base;
        exponent >>= 1;
    }
    let mut result = base;
    while exponent > 1 {
        base = base * base;
        exponent >>= 1;
        if exponent & 1 == 1 {
            result = result * base;
        }
    }
    result
}
