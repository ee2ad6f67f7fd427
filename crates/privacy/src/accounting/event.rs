//! What can be released, and the privacy-loss distributions of each.

use super::discretise::{Continuous, Histogram};
use super::error::{AccountingError, not_negative, positive, positive_whole, probability, rate};
use super::grid::{GREATEST_LOSS, Grid};
use super::normal::{density, upper_tail};
use super::pld::Pld;

/// Beyond this many standard deviations a normal variable's losses are counted as infinite: a probability of 4e-22.
const NORMAL_RANGE: f64 = 9.6;

/// With means so many standard deviations apart, noise alone never looks like the mixture's other part: its log ratio differs from ln(1 − q) by e^-1400.
const FAR_APART: f64 = 64.0;

/// A release from real data, as the accountant sees it.
///
/// Sensitivities are changes of the exact value between neighbours, in the value's unit, after clipping; noise scales have the same unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// A vector plus normal noise of standard deviation `sigma` in every coordinate; `sensitivity` in the ℓ₂-norm.
    Gaussian {
        /// Larger than 0.
        sensitivity: f64,
        /// Larger than 0.
        sigma: f64,
    },
    /// One whole number plus discrete Gaussian noise, P(x) ∝ exp(−x² / (2 sigma²)) on the integers (Canonne, Kamath & Steinke 2020).
    ///
    /// One number only: noise in several coordinates is not the same as in one along their difference. Compose an event for each.
    DiscreteGaussian {
        /// At least 1.
        sensitivity: u64,
        /// Larger than 0.
        sigma: f64,
    },
    /// A number plus Laplace noise of density ∝ exp(−|x| / scale).
    Laplace {
        /// Larger than 0; in the ℓ₁-norm if there are several numbers, whose losses lie within this event's.
        sensitivity: f64,
        /// Larger than 0.
        scale: f64,
    },
    /// One whole number plus discrete Laplace noise, P(x) ∝ exp(−|x| / scale) on the integers.
    DiscreteLaplace {
        /// At least 1.
        sensitivity: u64,
        /// Larger than 0.
        scale: f64,
    },
    /// Any ε-private release; randomised response is the worst of them (Kairouz, Oh & Viswanath 2015).
    Pure {
        /// At least 0.
        epsilon: f64,
    },
    /// Any release whose losses lie within a range of this length, as the exponential mechanism's (Dong, Durfee & Rogers 2020).
    BoundedRange {
        /// Larger than 0.
        epsilon: f64,
    },
    /// Any (ε, δ)-private release (Kairouz, Oh & Viswanath 2015).
    EpsilonDelta {
        /// At least 0.
        epsilon: f64,
        /// From 0 to 1.
        delta: f64,
    },
    /// A sum over a Poisson sample of the records, each taken with probability `rate`, plus normal noise: a step of DP-SGD.
    ///
    /// For neighbours that differ in the presence of one record, the only relation for which these figures hold.
    SubsampledGaussian {
        /// Larger than 0: the greatest norm of one record's part.
        sensitivity: f64,
        /// Larger than 0.
        sigma: f64,
        /// Larger than 0, at most 1.
        rate: f64,
    },
}

/// The distributions for a record removed (P with it, Q without) and added (the other way round); the second one only where it differs.
pub(super) type Directions = (Pld, Option<Pld>);

impl Event {
    /// The standard grid, or a finer one where losses spread over less than sixteen intervals of it.
    pub fn grid(&self) -> Grid {
        let spread = match *self {
            Self::Gaussian { sensitivity, sigma } => sensitivity / sigma,
            Self::DiscreteGaussian { sensitivity, sigma } => sensitivity as f64 / sigma,
            Self::Laplace { sensitivity, scale } => sensitivity / scale,
            Self::DiscreteLaplace { sensitivity, scale } => sensitivity as f64 / scale,
            Self::Pure { epsilon }
            | Self::BoundedRange { epsilon }
            | Self::EpsilonDelta { epsilon, .. } => epsilon,
            Self::SubsampledGaussian {
                sensitivity,
                sigma,
                rate,
            } => rate * (sensitivity / sigma).min(1.0),
        };
        Grid::at_most(spread / 16.0)
    }

    /// The pessimistic distributions on `grid`, or on the finest coarser one that holds the event's losses.
    pub(super) fn losses(&self, grid: Grid) -> Result<Directions, AccountingError> {
        match *self {
            Self::Gaussian { sensitivity, sigma } => {
                let mu = positive("the sensitivity", sensitivity)? / positive("the noise", sigma)?;
                let mu = positive("the sensitivity in units of the noise", mu)?;
                Ok((gaussian(mu.next_up(), grid), None))
            }
            Self::DiscreteGaussian { sensitivity, sigma } => {
                let shift = positive_whole("the sensitivity", sensitivity)?;
                let sigma = positive("the noise", sigma)?;
                Ok((discrete_gaussian(shift, sigma, grid), None))
            }
            Self::Laplace { sensitivity, scale } => {
                let span = positive("the sensitivity", sensitivity)?
                    / positive("the noise's scale", scale)?;
                let span = positive("the sensitivity in units of the noise", span)?;
                Ok((laplace(span.next_up(), grid), None))
            }
            Self::DiscreteLaplace { sensitivity, scale } => {
                let shift = positive_whole("the sensitivity", sensitivity)?;
                let decay = 1.0 / positive("the noise's scale", scale)?;
                let decay = positive("the noise's inverse scale", decay)?;
                Ok((discrete_laplace(shift, decay.next_up(), grid), None))
            }
            Self::Pure { epsilon } => {
                let epsilon = not_negative("epsilon", epsilon)?;
                Ok((epsilon_delta(epsilon, 0.0, grid), None))
            }
            Self::BoundedRange { epsilon } => {
                let epsilon = positive("epsilon", epsilon)?;
                Ok((bounded_range(epsilon, grid), None))
            }
            Self::EpsilonDelta { epsilon, delta } => {
                let epsilon = not_negative("epsilon", epsilon)?;
                let delta = probability("delta", delta)?;
                Ok((epsilon_delta(epsilon, delta, grid), None))
            }
            Self::SubsampledGaussian {
                sensitivity,
                sigma,
                rate: share,
            } => {
                let mu = positive("the sensitivity", sensitivity)? / positive("the noise", sigma)?;
                let mu = positive("the sensitivity in units of the noise", mu)?.next_up();
                let share = rate("the sampling rate", share)?;
                if share == 1.0 {
                    return Ok((gaussian(mu, grid), None));
                }
                let mixture = Mixture { mu, rate: share };
                Ok((mixture.removed(grid), Some(mixture.added(grid))))
            }
        }
    }
}

/// Normal noise: with z standard normal the loss is μ z + μ²/2, in both directions.
fn gaussian(mu: f64, grid: Grid) -> Pld {
    let loss = |z: f64| mu * (z + 0.5 * mu);
    if loss(-NORMAL_RANGE) > GREATEST_LOSS {
        return Pld::everything();
    }
    let mut histogram = Histogram::new(grid, loss(-NORMAL_RANGE), loss(NORMAL_RANGE));
    histogram.continuous(&Continuous {
        from: -NORMAL_RANGE,
        to: NORMAL_RANGE,
        density: &density,
        loss: &loss,
        at_loss: &|loss| loss / mu - 0.5 * mu,
        panel: 1.0 / 16.0,
    });
    histogram.infinite(upper_tail(NORMAL_RANGE));
    histogram.low_tail(upper_tail(NORMAL_RANGE));
    histogram.finish()
}

/// Laplace noise: with λ = sensitivity / scale the loss is λ with probability ½, −λ with probability e^−λ / 2, and has the density e^((l − λ)/2) / 4
/// between.
fn laplace(span: f64, grid: Grid) -> Pld {
    if span > GREATEST_LOSS {
        return Pld::everything();
    }
    let mut histogram = Histogram::new(grid, -span, span);
    histogram.atom(span, 0.5);
    histogram.atom(-span, 0.5 * libm::exp(-span));
    exponential_ramp(&mut histogram, span, 0.25);
    histogram.finish()
}

/// Losses within a range: the curve sup over t of that of the response with losses ε − t and −t is (1 − e^((l − ε)/2))² / (1 − e^−ε), whose
/// distribution has the density e^((l − ε)/2) / (2 (1 − e^−ε)) on [−ε, ε].
fn bounded_range(epsilon: f64, grid: Grid) -> Pld {
    if epsilon > GREATEST_LOSS {
        return Pld::everything();
    }
    let mut histogram = Histogram::new(grid, -epsilon, epsilon);
    exponential_ramp(&mut histogram, epsilon, -0.5 / libm::expm1(-epsilon));
    histogram.finish()
}

/// The density `height · e^((l − span)/2)` of losses from −span to span.
fn exponential_ramp(histogram: &mut Histogram, span: f64, height: f64) {
    // Below e^−70 nothing counts that the rounding up at the end does not hold.
    let from = (-span).max(span - 140.0);
    histogram.continuous(&Continuous {
        from,
        to: span,
        density: &|loss| height * libm::exp(0.5 * (loss - span)),
        loss: &|loss| loss,
        at_loss: &|loss| loss,
        panel: 0.125,
    });
}

/// Discrete Laplace noise with decay a = 1/scale: the loss is a (|x − Δ| − |x|).
fn discrete_laplace(shift: f64, decay: f64, grid: Grid) -> Pld {
    let span = decay * shift;
    if span > GREATEST_LOSS {
        return Pld::everything();
    }
    let mut histogram = Histogram::new(grid, -span, span);
    let side = 1.0 / (1.0 + libm::exp(-decay));
    histogram.atom(span, side);
    // tanh(a/2), the probability of 0.
    let centre = -libm::expm1(-decay) * side;
    // From the first value where less than e^−70 is left, all is raised to that value's loss.
    let count = (shift - 1.0).min((70.0 / decay).ceil());
    // Where the losses of neighbouring values are closer than the grid needs, several are raised to the greatest of theirs.
    let stride = (count / f64::from(1 << 18)).ceil().max(1.0);
    let mut value = 1.0;
    while value <= count {
        let taken = stride.min(count - value + 1.0);
        // Σ of `taken` terms of a geometric series.
        let mass =
            centre * libm::exp(-decay * value) * libm::expm1(-decay * taken) / libm::expm1(-decay);
        histogram.atom(decay * (shift - 2.0 * value), mass);
        value += taken;
    }
    let rest = side * libm::exp(-decay * value);
    let loss = if value < shift {
        decay * (shift - 2.0 * value)
    } else {
        -span
    };
    histogram.atom(loss, rest);
    histogram.finish()
}

/// Discrete Gaussian noise: the loss at x is (Δ² − 2 x Δ) / (2σ²).
fn discrete_gaussian(shift: f64, sigma: f64, grid: Grid) -> Pld {
    if shift / sigma > 1e4 && shift > 1.0 || sigma < 1e-3 {
        // Nearly all noise is far smaller than the shift.
        return Pld::everything();
    }
    let loss = |x: f64| shift / sigma * ((0.5 * shift - x) / sigma);
    let last = (10.0 * sigma).ceil() + 1.0;
    let weight = |x: f64| libm::exp(-0.5 * (x / sigma) * (x / sigma));
    // Wide noise has more values than the grid has use for: `stride` of them are raised to the greatest of their losses, with the probability of the
    // most likely of them each.
    let stride = (last / f64::from(1 << 18)).ceil();
    let total = if stride > 1.0 {
        // Poisson summation: the sum over the integers is above the integral, by less than e^(−2π²σ²).
        (2.0 * std::f64::consts::PI).sqrt() * sigma
    } else {
        let mut sum = 0.0;
        let mut x = last;
        while x >= 1.0 {
            sum += 2.0 * weight(x);
            x -= 1.0;
        }
        // The sum is of up to 2¹⁹ terms, each rounded once.
        (sum + 1.0) * (1.0 - 1e-10)
    };
    let mut histogram = Histogram::new(grid, loss(last + stride), loss(-last - stride));
    let mut x = -last;
    while x <= last {
        let top = if x <= 0.0 && x + stride > 0.0 {
            1.0
        } else {
            weight(x).max(weight(x + stride - 1.0))
        };
        histogram.atom(loss(x), stride * top / total);
        x += stride;
    }
    // Beyond ten standard deviations, at least: a geometric series bounds the tail.
    let tail = weight(last + 1.0) / total * (1.0 + sigma * sigma / last);
    histogram.infinite(tail);
    histogram.low_tail(tail);
    histogram.finish()
}

/// Infinite with probability δ; otherwise randomised response between ε and −ε.
fn epsilon_delta(epsilon: f64, delta: f64, grid: Grid) -> Pld {
    let mut histogram = Histogram::new(grid, -epsilon, epsilon);
    histogram.infinite(delta);
    let truth = 1.0 / (1.0 + libm::exp(-epsilon));
    histogram.atom(epsilon, (1.0 - delta) * truth);
    histogram.atom(-epsilon, (1.0 - delta) * truth * libm::exp(-epsilon));
    histogram.finish()
}

/// N(0, 1) and, with probability `rate`, N(μ, 1): the noise is the unit.
#[derive(Clone, Copy)]
struct Mixture {
    mu: f64,
    rate: f64,
}

impl Mixture {
    /// ln of the mixture's density over that of N(0, 1), at `y`: ln(1 − q + q e^a) with a = μ y − μ²/2.
    fn log_ratio(self, y: f64) -> f64 {
        let exponent = self.mu * (y - 0.5 * self.mu);
        log_mixed(self.rate, exponent)
    }

    /// Where the log ratio takes a value; −∞ where it is above it everywhere.
    fn at_log_ratio(self, value: f64) -> f64 {
        let q = self.rate;
        let exponent = if value < 30.0 {
            let inner = libm::expm1(value) / q;
            if inner <= -1.0 {
                return f64::NEG_INFINITY;
            }
            libm::log1p(inner)
        } else {
            value - libm::log(q) + libm::log1p(-(1.0 - q) * libm::exp(-value))
        };
        exponent / self.mu + 0.5 * self.mu
    }

    fn panel(self) -> f64 {
        self.mu.recip().min(1.0) / 16.0
    }

    /// P the mixture, Q the noise alone.
    fn removed(self, grid: Grid) -> Pld {
        if self.mu > FAR_APART {
            // Whether the record was taken shows, and if it was, everything does.
            let absent = libm::log1p(-self.rate);
            let mut histogram = Histogram::new(grid, absent, 0.0);
            histogram.infinite(self.rate);
            histogram.atom(absent, 1.0 - self.rate);
            return histogram.finish();
        }
        let (from, to) = (-NORMAL_RANGE, self.mu + NORMAL_RANGE);
        let loss = |y: f64| self.log_ratio(y);
        let mut histogram = Histogram::new(grid, loss(from), loss(to));
        histogram.continuous(&Continuous {
            from,
            to,
            density: &|y| (1.0 - self.rate) * density(y) + self.rate * density(y - self.mu),
            loss: &loss,
            at_loss: &|loss| self.at_log_ratio(loss),
            panel: self.panel(),
        });
        histogram.infinite(upper_tail(NORMAL_RANGE));
        histogram.low_tail(upper_tail(NORMAL_RANGE));
        histogram.finish()
    }

    /// P the noise alone, Q the mixture; by t = −y, in which the loss rises.
    fn added(self, grid: Grid) -> Pld {
        if self.mu > FAR_APART {
            let absent = -libm::log1p(-self.rate);
            let mut histogram = Histogram::new(grid, 0.0, absent);
            histogram.atom(absent, 1.0);
            return histogram.finish();
        }
        let loss = |t: f64| -self.log_ratio(-t);
        let mut histogram = Histogram::new(grid, loss(-NORMAL_RANGE), loss(NORMAL_RANGE));
        histogram.continuous(&Continuous {
            from: -NORMAL_RANGE,
            to: NORMAL_RANGE,
            density: &density,
            loss: &loss,
            at_loss: &|loss| -self.at_log_ratio(-loss),
            panel: self.panel(),
        });
        histogram.infinite(upper_tail(NORMAL_RANGE));
        histogram.low_tail(upper_tail(NORMAL_RANGE));
        histogram.finish()
    }
}

/// ln(1 − q + q e^a), exact near a = 0 and for great a.
pub(super) fn log_mixed(q: f64, exponent: f64) -> f64 {
    if exponent < 30.0 {
        libm::log1p(q * libm::expm1(exponent))
    } else {
        exponent + libm::log(q) + libm::log1p((1.0 - q) / q * libm::exp(-exponent))
    }
}
