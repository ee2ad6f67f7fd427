//! How the numbers of one bin are distributed: values that many people share, and the others between quantiles.

use super::{bins::Rules, forest::Bits};
use serde::{Deserialize, Serialize};

/// Quantiles of a bin are at least this many people apart. Each lies on or between values of single people; which, nothing says.
const PEOPLE_PER_KNOT: usize = 4;

/// How the numbers of a bin are distributed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shape {
    /// Values that many people share, ascending, with the number of people up to and including each.
    pub shared: Vec<(f64, u32)>,
    /// All people of the bin who are told of.
    pub people: u32,
    /// Ascending values between which the others lie evenly; fewer than two when there are no others.
    pub knots: Vec<f64>,
}

impl Shape {
    /// The shape of ascending values, and how many people it hides: those beyond the ends of the column, and those who stand alone beside values that many
    /// share and are fewer than `protect`.
    pub(crate) fn of(
        values: &[f64],
        resolution: f64,
        rules: &Rules,
        lowest: bool,
        highest: bool,
    ) -> (Self, u32) {
        let mut shared = Vec::new();
        let mut alone = Vec::new();
        let mut at = 0;
        let mut people = 0;
        while at < values.len() {
            let end = at + values[at..].partition_point(|&value| value <= values[at]);
            if end - at >= rules.protect {
                people += (end - at) as u32;
                shared.push((values[at], people));
            } else {
                alone.extend_from_slice(&values[at..end]);
            }
            at = end;
        }
        let mut hidden = 0;
        let mut knots = Vec::new();
        if alone.len() < rules.protect && !shared.is_empty() {
            // So few would be told apart; the values that many share stand for them.
            hidden = alone.len() as u32;
            alone.clear();
        }
        let all = people + alone.len() as u32;
        if !alone.is_empty() {
            let pieces = (alone.len() / PEOPLE_PER_KNOT).clamp(1, 16);
            knots = (0..=pieces)
                .map(|k| {
                    let place = k as f64 / pieces as f64 * (alone.len() - 1) as f64;
                    let below = alone[place.floor() as usize];
                    below + (alone[place.ceil() as usize] - below) * place.fract()
                })
                .collect();
            let most = rules.protect.min(alone.len());
            let mean = |some: &[f64]| {
                let mean = some.iter().sum::<f64>() / some.len() as f64;
                if resolution > 0.0 {
                    (mean / resolution).round() * resolution
                } else {
                    mean
                }
            };
            // An end of the column is one person's value: their mean stands for the most extreme.
            if lowest && shared.first().is_none_or(|&(value, _)| value > alone[0]) {
                let end = mean(&alone[..most]);
                for knot in &mut knots {
                    *knot = knot.max(end);
                }
                hidden += alone.iter().filter(|&&value| value < end).count() as u32;
            }
            if highest
                && shared
                    .last()
                    .is_none_or(|&(value, _)| value < alone[alone.len() - 1])
            {
                let end = mean(&alone[alone.len() - most..]);
                for knot in &mut knots {
                    *knot = knot.min(end);
                }
                hidden += alone.iter().filter(|&&value| value > end).count() as u32;
            }
        }
        let shape = Self {
            shared,
            people: all,
            knots,
        };
        (shape, hidden)
    }

    /// The greatest value of the bin.
    pub(crate) fn end(&self) -> f64 {
        let shared = self
            .shared
            .last()
            .map_or(f64::NEG_INFINITY, |&(value, _)| value);
        self.knots.last().copied().unwrap_or(shared).max(shared)
    }

    /// The least value of the bin.
    pub(crate) fn start(&self) -> f64 {
        let shared = self
            .shared
            .first()
            .map_or(f64::INFINITY, |&(value, _)| value);
        self.knots.first().copied().unwrap_or(shared).min(shared)
    }

    pub(crate) fn shares(&self, value: f64) -> bool {
        self.shared
            .binary_search_by(|(shared, _)| shared.total_cmp(&value))
            .is_ok()
    }

    /// A value of the bin. Three random numbers are taken, whatever comes of them.
    pub(crate) fn draw(&self, bits: &mut Bits, steps: &[(f64, f64)], resolution: f64) -> f64 {
        let (which, place, mut rest) = (bits.next(), bits.uniform(), bits.uniform());
        let person = ((u64::from(which) * u64::from(self.people)) >> 32) as u32;
        let index = self.shared.partition_point(|&(_, upto)| upto <= person);
        if let Some(&(value, _)) = self.shared.get(index) {
            return value;
        }
        let pieces = self.knots.len() - 1;
        let at = place * pieces as f64;
        let piece = (at as usize).min(pieces - 1);
        let (low, high) = (self.knots[piece], self.knots[piece + 1]);
        let value = low + (high - low) * (at - piece as f64);
        for &(step, share) in steps {
            rest -= share;
            if rest < 0.0 {
                let near = (value / step).round() * step;
                // Where the bin has no such multiple, the next finer step has to do.
                if near >= self.start() && near <= self.end() {
                    return near;
                }
            }
        }
        if resolution > 0.0 {
            ((value / resolution).round() * resolution).clamp(self.start(), self.end())
        } else {
            value
        }
    }
}
