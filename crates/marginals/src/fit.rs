//! The joint distribution that noisy counts speak for.
//!
//! Of all distributions `p` of `people` records the one that minimises
//!
//! > people · KL(p ‖ even) + Σᵣ ‖ people·pᵣ − yᵣ ‖² ∕ (2·λᵣ·σᵣ²)
//!
//! over the measured marginals `r` with noisy counts `yᵣ` of standard deviation `σᵣ`: Private-PGM's estimate (McKenna, Sheldon & Miklau 2019) with a small pull to what
//! assumes least, so that cells which only noise filled are not believed. It has the form p ∝ exp(Σ θᵣ), and the θ minimise the convex dual
//!
//! > people · log Z(θ) − Σ θᵣ·yᵣ + ½ · Σ λᵣ·σᵣ² ‖θᵣ‖²
//!
//! which L-BFGS (Nocedal 1980) with a diagonal start does on a junction tree. Nothing real is read here.

use crate::beliefs::{Beliefs, Propagation};

/// Pairs of steps that L-BFGS remembers.
const MEMORY: usize = 12;
/// The pull to what assumes least, in units of 1 ÷ (median σ): λ of marginals of one attribute, and of several. That two attributes have nothing to do with each other is a good guess where noise
/// says little; that an attribute has all its values equally often is none.
const PULL: [f64; 2] = [0.1, 1.0];

/// Noisy counts of one marginal.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Its attributes, ascending.
    pub attributes: Vec<usize>,
    /// Noisy counts, row-major.
    pub counts: Vec<f64>,
    /// Standard deviation of their noise.
    pub sd: f64,
}

/// An estimate that can be taken up again with more counts.
#[derive(Debug, Clone, Default)]
pub struct Estimate {
    /// θ of each measured marginal.
    potentials: Vec<Vec<f64>>,
}

/// How many records there are, by all noisy counts: each marginal's sum is one noisy count of them. At least 1.
pub fn people(measured: &[Measured]) -> f64 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for m in measured {
        let precision = 1.0 / (m.sd * m.sd * m.counts.len() as f64).max(f64::MIN_POSITIVE);
        sum += precision * m.counts.iter().sum::<f64>();
        weight += precision;
    }
    if weight > 0.0 {
        (sum / weight).max(1.0)
    } else {
        1.0
    }
}

impl Estimate {
    /// Goes on from what was estimated before; `measured` are the marginals of then and perhaps further ones behind them. `people` is how many records there are.
    pub fn improve(
        &mut self,
        measured: &[Measured],
        people: f64,
        sizes: &[usize],
        iterations: usize,
    ) -> Beliefs {
        for m in &measured[self.potentials.len().min(measured.len())..] {
            self.potentials.push(vec![0.0; m.counts.len()]);
        }
        let marginals: Vec<Vec<usize>> = measured.iter().map(|m| m.attributes.clone()).collect();
        let tree = Propagation::new(&marginals, sizes);
        let mut sds: Vec<f64> = measured.iter().map(|m| m.sd).collect();
        sds.sort_by(f64::total_cmp);
        let median = sds.get(sds.len() / 2).copied().unwrap_or(1.0).max(1e-6);
        let dual = Dual {
            tree: &tree,
            measured,
            people,
            unit: 1.0 / median,
        };
        let cliques = dual.minimise(&mut self.potentials, iterations);
        tree.into_beliefs(cliques)
    }
}

struct Dual<'a> {
    tree: &'a Propagation,
    measured: &'a [Measured],
    people: f64,
    unit: f64,
}

type Vectors = Vec<Vec<f64>>;

fn dot(a: &Vectors, b: &Vectors) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>())
        .sum()
}

fn add(to: &mut Vectors, scale: f64, from: &Vectors) {
    for (to, from) in to.iter_mut().zip(from) {
        for (to, from) in to.iter_mut().zip(from) {
            *to += scale * from;
        }
    }
}

impl Dual<'_> {
    /// λ·σ² of a marginal.
    fn ridge(&self, m: &Measured) -> f64 {
        PULL[usize::from(m.attributes.len() > 1)] * self.unit * m.sd * m.sd
    }

    /// The value and the gradient; `marginals` gets people·p of each measured cell.
    fn at(
        &self,
        theta: &Vectors,
        beliefs: &mut Vectors,
        marginals: &mut Vectors,
        gradient: &mut Vectors,
    ) -> f64 {
        let mut value = self.people * self.tree.calibrate(theta, beliefs);
        self.tree.hosted(beliefs, marginals);
        for (r, m) in self.measured.iter().enumerate() {
            let ridge = self.ridge(m);
            for cell in 0..m.counts.len() {
                let t = theta[r][cell];
                let expected = self.people * marginals[r][cell];
                marginals[r][cell] = expected;
                value += t * (0.5 * ridge * t - m.counts[cell]);
                gradient[r][cell] = expected - m.counts[cell] + ridge * t;
            }
        }
        value
    }

    /// Goes towards the minimum and returns the beliefs there.
    fn minimise(&self, theta: &mut Vectors, iterations: usize) -> Vectors {
        let zeros: Vectors = theta.iter().map(|t| vec![0.0; t.len()]).collect();
        let mut marginals = zeros.clone();
        let mut gradient = zeros.clone();
        let mut beliefs = Vectors::new();
        let mut spare = (zeros.clone(), zeros.clone());
        let mut value = self.at(theta, &mut beliefs, &mut marginals, &mut gradient);
        let mut history: Vec<(Vectors, Vectors, f64)> = Vec::new();
        let tolerance = 1e-4 * self.people;
        for _ in 0..iterations {
            // The diagonal of the Hessian is about expected counts plus the ridge; near the minimum expected counts are about the noisy ones, so with the greater of the two no first step
            // moves a potential by more than one.
            let scaled = |vector: &Vectors| -> Vectors {
                let marginals = vector.iter().zip(&marginals).zip(self.measured);
                marginals
                    .map(|((vector, expected), m)| {
                        let ridge = self.ridge(m) + 1.0;
                        let cells = vector.iter().zip(expected).zip(&m.counts);
                        cells.map(|((v, e), y)| v / (e.max(*y) + ridge)).collect()
                    })
                    .collect()
            };
            let mut direction = gradient.clone();
            let mut alphas = Vec::with_capacity(history.len());
            for (s, y, rho) in history.iter().rev() {
                let alpha = rho * dot(s, &direction);
                add(&mut direction, -alpha, y);
                alphas.push(alpha);
            }
            direction = scaled(&direction);
            for ((s, y, rho), alpha) in history.iter().zip(alphas.into_iter().rev()) {
                let beta = rho * dot(y, &direction);
                add(&mut direction, alpha - beta, s);
            }
            let slope = -dot(&direction, &gradient);
            if !slope.is_finite() || -slope < 1e-12 * value.abs().max(1.0) {
                break;
            }
            // Overlapping marginals share curvature that the diagonal does not see, so the first step is careful.
            let mut step = if history.is_empty() {
                1.0 / (1.0 + self.measured.len() as f64).sqrt()
            } else {
                1.0
            };
            let mut moved = false;
            for _ in 0..12 {
                let mut next = theta.clone();
                add(&mut next, -step, &direction);
                let (new_marginals, new_gradient) = (&mut spare.0, &mut spare.1);
                let new_value = self.at(&next, &mut beliefs, new_marginals, new_gradient);
                if new_value.is_finite() && new_value <= value + 1e-4 * step * slope {
                    let mut s = next.clone();
                    add(&mut s, -1.0, theta);
                    let mut y = new_gradient.clone();
                    add(&mut y, -1.0, &gradient);
                    let sy = dot(&s, &y);
                    if sy > 1e-12 {
                        if history.len() == MEMORY {
                            history.remove(0);
                        }
                        history.push((s, y, 1.0 / sy));
                    }
                    *theta = next;
                    std::mem::swap(&mut marginals, new_marginals);
                    std::mem::swap(&mut gradient, new_gradient);
                    value = new_value;
                    moved = true;
                    break;
                }
                step *= 0.4;
            }
            let off: f64 = gradient.iter().flatten().map(|g| g.abs()).sum();
            if !moved {
                self.tree.calibrate(theta, &mut beliefs);
                if history.is_empty() {
                    break;
                }
                // What was remembered misleads; from here anew.
                history.clear();
            } else if off < tolerance {
                break;
            }
        }
        beliefs
    }
}
