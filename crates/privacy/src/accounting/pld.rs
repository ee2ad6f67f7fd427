//! One privacy-loss distribution on a grid, in one direction of the neighbouring relation.

use std::fmt;

use super::grid::Grid;
use super::normal::ROUNDING;

/// A pessimistic distribution of the privacy loss ln(P/Q) of an output drawn from P.
///
/// The loss k · interval has probability `mass[k − lowest]`, an infinite loss `infinity`; together at most 1. "Pessimistic": the hockey-stick curve
/// δ(ε) = `infinity` + Σ mass · (1 − e^(ε − loss))₊ is nowhere below that of the mechanism.
#[derive(Clone, PartialEq)]
pub(super) struct Pld {
    pub(super) grid: Grid,
    pub(super) lowest: i64,
    pub(super) mass: Vec<f64>,
    pub(super) infinity: f64,
}

impl fmt::Debug for Pld {
    /// Without the up to a million probabilities.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pld")
            .field("grid", &self.grid)
            .field("lowest", &self.lowest)
            .field("bins", &self.mass.len())
            .field("infinity", &self.infinity)
            .finish_non_exhaustive()
    }
}

impl Pld {
    /// Of a release that says nothing: the loss is 0.
    pub(super) fn nothing() -> Self {
        Self {
            grid: Grid::FINEST,
            lowest: 0,
            mass: vec![1.0],
            infinity: 0.0,
        }
    }

    /// Of a release that may say anything: the loss is infinite.
    pub(super) fn everything() -> Self {
        Self {
            grid: Grid::STANDARD,
            lowest: 0,
            mass: vec![0.0],
            infinity: 1.0,
        }
    }

    /// From upper bounds of each loss's probability: what lies beyond a total of 1, counted from the greatest loss down, is cut off.
    ///
    /// That raises no distribution function of the loss above the true one, so the result still dominates. Whatever is missing to 1 must have been added to
    /// the lowest bin by the caller.
    pub(super) fn from_bounds(grid: Grid, lowest: i64, mut mass: Vec<f64>, infinity: f64) -> Self {
        let infinity = infinity.min(1.0);
        let mut left = 1.0 - infinity;
        for probability in mass.iter_mut().rev() {
            *probability = probability.min(left);
            left -= *probability;
        }
        let first = mass.iter().position(|&p| p > 0.0);
        let last = mass.iter().rposition(|&p| p > 0.0);
        let (Some(first), Some(last)) = (first, last) else {
            return Self::everything();
        };
        mass.truncate(last + 1);
        mass.drain(..first);
        Self {
            grid,
            lowest: lowest + first as i64,
            mass,
            infinity,
        }
    }

    /// The loss of the bin at `index`, in nats.
    pub(super) fn loss(&self, index: usize) -> f64 {
        (self.lowest + index as i64) as f64 * self.grid.interval()
    }

    /// The same on the grid with intervals twice as long: a bin between two new ones is divided so that its probability under P and under Q stays
    /// (Doroshenko et al. 2022, "connect the dots").
    pub(super) fn coarsened(&self) -> Self {
        let interval = self.grid.interval();
        let up = (share_above(interval, 2.0 * interval) + 4.0 * ROUNDING).min(1.0);
        let lowest = self.lowest.div_euclid(2);
        let highest = (self.lowest + self.mass.len() as i64).div_euclid(2);
        let mut mass = vec![0.0; (highest - lowest + 1) as usize];
        for (index, &probability) in self.mass.iter().enumerate() {
            let position = self.lowest + index as i64;
            let below = (position.div_euclid(2) - lowest) as usize;
            if position.rem_euclid(2) == 0 {
                mass[below] += probability;
            } else {
                mass[below] += probability * (1.0 - up);
                mass[below + 1] += probability * up;
            }
        }
        Self::from_bounds(
            self.grid.coarser(),
            lowest,
            rounded_up(mass, 8.0 * ROUNDING),
            self.infinity,
        )
    }

    /// On a coarser grid.
    pub(super) fn on(&self, grid: Grid) -> Self {
        let mut coarse = self.clone();
        while coarse.grid < grid {
            coarse = coarse.coarsened();
        }
        coarse
    }

    /// Walks down the grid's losses, from the greatest: `visit` gets each bin's index, δ at its loss, and the probability of a finite loss there or above.
    ///
    /// It ends when `visit` says false. δ at the next lower loss is `infinity` + (1 − e^−interval) S + e^−interval G, where S is the probability of a
    /// greater finite loss and G is δ at this loss without `infinity`: sums of positive terms, so that small δ stay exact to about a part in 10¹⁰.
    pub(super) fn descend(&self, mut visit: impl FnMut(usize, f64, f64) -> bool) {
        let step = -libm::expm1(-self.grid.interval());
        let keep = libm::exp(-self.grid.interval());
        let (mut above, mut gap) = (0.0, 0.0);
        for index in (0..self.mass.len()).rev() {
            gap = keep * gap + step * above;
            above += self.mass[index];
            if !visit(index, self.infinity + gap, above) {
                return;
            }
        }
    }

    /// What rounding may have taken from a δ: up to a few roundings for each bin that was added.
    fn slack(&self) -> f64 {
        1.0 + 1e-12 + 8.0 * ROUNDING * self.mass.len() as f64
    }

    /// δ(ε): the smallest δ with which the mechanism is (ε, δ)-private in this direction. ε may be negative or infinite.
    pub(super) fn delta(&self, epsilon: f64) -> f64 {
        let lowest = self.loss(0);
        if epsilon < lowest {
            // Linear in e^ε: every finite loss counts.
            let (mut at_lowest, mut all) = (self.infinity, 0.0);
            self.descend(|_, delta, above| {
                (at_lowest, all) = (delta, above);
                true
            });
            let rest = all - (at_lowest - self.infinity);
            let delta = at_lowest - rest * libm::expm1(epsilon - lowest);
            return (delta * self.slack()).clamp(0.0, 1.0);
        }
        let mut delta = self.infinity;
        self.descend(|index, at, above| {
            let beyond = self.loss(index) - epsilon;
            if beyond >= self.grid.interval() {
                return true;
            }
            // The lowest loss at or above ε, moved to ε within its interval; none if ε is above all losses.
            if beyond >= 0.0 {
                let gap = at - self.infinity;
                delta = at - (above - gap).max(0.0) * libm::expm1(-beyond);
            }
            false
        });
        (delta * self.slack()).clamp(0.0, 1.0)
    }

    /// The smallest ε ≥ 0 with δ(ε) ≤ `delta`; infinite if there is none.
    pub(super) fn epsilon(&self, delta: f64) -> f64 {
        let allowed = delta / self.slack();
        if self.infinity > allowed {
            return f64::INFINITY;
        }
        let mut epsilon = self.loss(self.mass.len() - 1);
        self.descend(|index, at, above| {
            if at > allowed {
                return false;
            }
            // δ(loss − t) = at + (above − gap)(1 − e^−t) down to the next loss: where it meets what is allowed, or that loss.
            let rest = above - (at - self.infinity);
            let share = (allowed - at) / rest;
            let step = if share < 1.0 {
                (-libm::log1p(-share)).min(self.grid.interval())
            } else {
                self.grid.interval()
            };
            epsilon = self.loss(index) - step;
            epsilon > 0.0
        });
        if epsilon <= 0.0 {
            return 0.0;
        }
        // More than a second accountant's rounding of one release.
        epsilon * (1.0 + 1e-9)
    }

    /// The least e^ε · `false_positive_rate` + δ(ε) over all ε: no attack has a greater true-positive rate.
    pub(super) fn true_positive_rate(&self, false_positive_rate: f64) -> f64 {
        // Above all losses δ is `infinity`; a rate of 0 may take ε to infinity.
        let mut least = if false_positive_rate == 0.0 {
            self.infinity
        } else {
            1.0
        };
        self.descend(|index, delta, _| {
            let line = libm::exp(self.loss(index)) * false_positive_rate;
            least = least.min(line + delta);
            true
        });
        (least * self.slack()).min(1.0)
    }
}

/// Of a loss that lies `offset` above one of two losses `interval` apart: the share of its probability that goes to the upper one, so that the
/// probabilities under P and under Q stay what they are.
pub(super) fn share_above(offset: f64, interval: f64) -> f64 {
    (libm::expm1(-offset) / libm::expm1(-interval)).clamp(0.0, 1.0)
}

/// Each mass enlarged by a share.
pub(super) fn rounded_up(mut mass: Vec<f64>, share: f64) -> Vec<f64> {
    for probability in &mut mass {
        *probability *= 1.0 + share;
    }
    mass
}
