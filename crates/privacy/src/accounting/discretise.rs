//! From a mechanism's losses to a distribution on a grid.

use super::grid::{GREATEST_LOSS, Grid};
use super::normal::ROUNDING;
use super::pld::{Pld, rounded_up, share_above};

/// Nodes and weights of Gauss and Legendre on (0, 1), five points: exact for polynomials up to degree 9.
const NODES: [(f64, f64); 5] = [
    (0.046_910_077_030_668_004, 0.118_463_442_528_094_54),
    (0.230_765_344_947_158_45, 0.239_314_335_249_683_24),
    (0.5, 0.284_444_444_444_444_44),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_24),
    (0.953_089_922_969_332, 0.118_463_442_528_094_54),
];

/// Collects probability by loss; every part is divided between the two neighbouring losses of the grid so that its probability under both
/// distributions stays ("connect the dots", Doroshenko et al. 2022; Koskela et al. 2020 and Meiser & Mohammadi 2018 move all of it up).
#[derive(Debug)]
pub(super) struct Histogram {
    grid: Grid,
    interval: f64,
    lowest: i64,
    mass: Vec<f64>,
    infinity: f64,
}

impl Histogram {
    /// For losses from `lowest` to `highest`, on `grid` or the finest coarser one that holds them.
    pub(super) fn new(grid: Grid, lowest: f64, highest: f64) -> Self {
        let (low, high) = (
            lowest.clamp(-GREATEST_LOSS, GREATEST_LOSS),
            highest.clamp(-GREATEST_LOSS, GREATEST_LOSS),
        );
        let grid = grid.holding(low, high);
        let interval = grid.interval();
        let first = (low / interval).floor() as i64 - 1;
        let last = (high / interval).ceil() as i64 + 1;
        Self {
            grid,
            interval,
            lowest: first,
            mass: vec![0.0; (last - first + 1) as usize],
            infinity: 0.0,
        }
    }

    /// Probability of an infinite loss.
    pub(super) fn infinite(&mut self, probability: f64) {
        self.infinity += probability;
    }

    /// Probability of a loss below all others: it is raised to the lowest of them, whose place is the third, since [`Self::new`] leaves one free below.
    pub(super) fn low_tail(&mut self, probability: f64) {
        self.mass[2] += probability;
    }

    /// Probability of exactly this loss.
    pub(super) fn atom(&mut self, loss: f64, probability: f64) {
        if loss > GREATEST_LOSS {
            self.infinity += probability;
            return;
        }
        let loss = loss.max(-GREATEST_LOSS);
        let position = (loss / self.interval).floor();
        let offset = loss - position * self.interval;
        let up = if offset == 0.0 {
            0.0
        } else {
            self.share_above(offset, position)
        };
        self.divide(position as i64, probability, up);
    }

    /// The upper neighbour's share, enlarged by what the offset's rounding may have taken from it.
    fn share_above(&self, offset: f64, position: f64) -> f64 {
        let slack = 4.0 * ROUNDING * (position.abs() + 2.0);
        (share_above(offset, self.interval) + slack).min(1.0)
    }

    fn divide(&mut self, position: i64, probability: f64, up: f64) {
        let last = self.mass.len() as i64 - 2;
        let index = (position - self.lowest).clamp(0, last) as usize;
        self.mass[index] += probability * (1.0 - up);
        self.mass[index + 1] += probability * up;
    }

    /// A density over a variable in which the loss rises.
    ///
    /// Both smooth on the scale of `panel`; the integral over each bin is by five points of Gauss and Legendre per panel, whose error is below 1e-13 of it.
    pub(super) fn continuous(&mut self, law: &Continuous<'_>) {
        let bins = self.mass.len() - 1;
        let mut from = law.from;
        for index in 0..bins {
            let position = (self.lowest + index as i64) as f64;
            let loss = position * self.interval;
            let to = if index + 1 == bins {
                law.to
            } else {
                (law.at_loss)((position + 1.0) * self.interval).min(law.to)
            };
            if to <= from {
                continue;
            }
            let panels = ((to - from) / law.panel).ceil().max(1.0);
            let width = (to - from) / panels;
            let (mut below, mut above) = (0.0, 0.0);
            for panel in 0..panels as usize {
                let start = from + panel as f64 * width;
                for (node, weight) in NODES {
                    let at = start + node * width;
                    let probability = weight * width * (law.density)(at);
                    let offset = ((law.loss)(at) - loss).max(0.0);
                    let up = self.share_above(offset, position);
                    below += probability * (1.0 - up);
                    above += probability * up;
                }
            }
            if loss >= GREATEST_LOSS {
                self.infinity += below + above;
            } else {
                self.mass[index] += below;
                self.mass[index + 1] += above;
            }
            from = to;
        }
    }

    /// The distribution, every probability enlarged by a part in 10¹³ for the rounding on the way here.
    pub(super) fn finish(mut self) -> Pld {
        let total: f64 = self.mass.iter().sum::<f64>() + self.infinity;
        // What rounding lost is raised to the lowest loss; more than that would be a mistake above, and then counts as infinite.
        let missing = (1.0 - total).max(0.0);
        if missing < 1e-9 {
            self.mass[0] += missing;
        } else {
            self.infinity += missing;
        }
        Pld::from_bounds(
            self.grid,
            self.lowest,
            rounded_up(self.mass, 1e-13),
            self.infinity * (1.0 + 1e-13),
        )
    }
}

/// A continuous distribution of losses, by a variable in which the loss rises.
pub(super) struct Continuous<'a> {
    /// The variable's range.
    pub(super) from: f64,
    pub(super) to: f64,
    /// Probability per unit of the variable.
    pub(super) density: &'a dyn Fn(f64) -> f64,
    /// The loss at a value of the variable.
    pub(super) loss: &'a dyn Fn(f64) -> f64,
    /// The value at a loss; infinite outside the range of losses.
    pub(super) at_loss: &'a dyn Fn(f64) -> f64,
    /// The scale on which density and loss are smooth.
    pub(super) panel: f64,
}
