//! What many fitted persons have in common: new identities like them, and mixtures of two.
//!
//! Principal components of the fitted coefficients (sliders, scale, local weights), each divided by its standard deviation before a scan was
//! seen. There are more coefficients than persons, so the covariance is shrunk towards the diagonal of those standard deviations: with `n`
//! persons it counts `n / (n + 10)`. Residuals and colours are not part of it: a new identity is nobody's skin.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use population::stream::{Seed, Streams};

use crate::person::Person;
use crate::variables::{MACROS, Macros};

/// The fewest persons a prior is made of: two are a mixture, not a distribution.
pub const FEWEST: usize = 3;
/// Persons that the standard deviations known beforehand weigh as much as.
const BEFOREHAND: f64 = 10.0;
/// Standard deviation of a local weight before any person was seen.
const WEIGHT_SD: f64 = 0.15;
/// Standard deviation of scale before any person was seen.
const SCALE_SD: f64 = 0.05;

/// Too few persons for a prior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFew(pub usize);

impl fmt::Display for TooFew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a shape prior needs at least {FEWEST} persons, and there are {}",
            self.0
        )
    }
}

impl std::error::Error for TooFew {}

/// A distribution of shapes.
#[derive(Debug, Clone)]
pub struct ShapePrior {
    names: Vec<String>,
    sd: Vec<f64>,
    mean: Vec<f64>,
    /// Orthonormal in scaled coefficients, with the standard deviation along each.
    components: Vec<(Vec<f64>, f64)>,
    shrink: f64,
}

/// A shape that is nobody's: what [`Person::shape`] needs, without residual.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Sliders of the whole body.
    pub macros: Macros,
    /// The body is this much larger than its sliders say.
    pub scale: f32,
    /// Local targets and their weights, by name.
    pub weights: Vec<(String, f32)>,
}

impl Shape {
    /// A person's shape without their residual.
    pub fn of(person: &Person) -> Self {
        Self {
            macros: person.macros,
            scale: person.scale,
            weights: person.weights.clone(),
        }
    }
}

/// Between two persons: `t` 0 gives `a`, 1 gives `b`, all coefficients in between, without residuals. What one of the two has no value for counts as 0.
///
/// Weights of opposite targets (more and less of the same) are mixed apart and may both be there; their sum is what shows.
pub fn mix(a: &Person, b: &Person, t: f32) -> Shape {
    let t = t.clamp(0.0, 1.0);
    let between = |x: f32, y: f32| x + (y - x) * t;
    let mut weights: BTreeMap<&str, [f32; 2]> = BTreeMap::new();
    for (side, person) in [a, b].into_iter().enumerate() {
        for (name, weight) in &person.weights {
            weights.entry(name).or_default()[side] = *weight;
        }
    }
    let mut macros = Macros(std::array::from_fn(|k| {
        between(a.macros.0[k], b.macros.0[k])
    }));
    macros.clamp();
    Shape {
        macros,
        scale: between(a.scale, b.scale),
        weights: weights
            .into_iter()
            .map(|(name, [x, y])| (name.to_owned(), between(x, y)))
            .filter(|(_, weight)| *weight > 0.0)
            .collect(),
    }
}

impl ShapePrior {
    /// Learns from persons; their order does not matter beyond rounding.
    ///
    /// # Errors
    /// [`TooFew`] below [`FEWEST`] persons.
    pub fn new<P: Borrow<Person>>(persons: &[P]) -> Result<Self, TooFew> {
        if persons.len() < FEWEST {
            return Err(TooFew(persons.len()));
        }
        let mut names: Vec<String> = persons
            .iter()
            .flat_map(|person| person.borrow().weights.iter().map(|(name, _)| name.clone()))
            .collect();
        names.sort();
        names.dedup();
        let mut sd: Vec<f64> = MACROS.iter().map(|m| f64::from(m.4)).collect();
        sd.push(SCALE_SD);
        sd.resize(sd.len() + names.len(), WEIGHT_SD);
        let rows: Vec<Vec<f64>> = persons
            .iter()
            .map(|person| {
                let person = person.borrow();
                let mut row: Vec<f64> = person.macros.0.iter().map(|&x| f64::from(x)).collect();
                row.push(f64::from(person.scale.max(1e-3).ln()));
                row.extend(names.iter().map(|name| {
                    let found = person.weights.iter().find(|(n, _)| n == name);
                    found.map_or(0.0, |(_, w)| f64::from(*w))
                }));
                row
            })
            .collect();
        let n = rows.len() as f64;
        let mean: Vec<f64> = (0..sd.len())
            .map(|k| rows.iter().map(|row| row[k]).sum::<f64>() / n)
            .collect();
        let scaled: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| (0..sd.len()).map(|k| (row[k] - mean[k]) / sd[k]).collect())
            .collect();
        Ok(Self {
            components: components(scaled, n - 1.0),
            shrink: n / (n + BEFOREHAND),
            names,
            sd,
            mean,
        })
    }

    /// Standard deviations along the components, in standard deviations known beforehand, largest first.
    pub fn spreads(&self) -> impl Iterator<Item = f64> {
        self.components.iter().map(|(_, spread)| *spread)
    }

    /// The identity of that number; the same number is the same identity.
    pub fn draw(&self, number: u64) -> Shape {
        let streams = Streams::new(Seed(number), 0);
        let mut x = vec![0.0; self.sd.len()];
        let mut along = streams.stream("shape prior/components");
        for (direction, spread) in &self.components {
            let step = along.normal() * spread * self.shrink.sqrt();
            for (x, d) in x.iter_mut().zip(direction) {
                *x += step * d;
            }
        }
        let mut aside = streams.stream("shape prior/beforehand");
        for x in &mut x {
            *x += aside.normal() * (1.0 - self.shrink).sqrt();
        }
        let value = |k: usize| self.mean[k] + x[k] * self.sd[k];
        let mut macros = Macros(std::array::from_fn(|k| value(k) as f32));
        macros.clamp();
        let first = MACROS.len() + 1;
        Shape {
            macros,
            scale: value(MACROS.len()).exp().clamp(0.7, 1.4) as f32,
            weights: self
                .names
                .iter()
                .enumerate()
                .map(|(k, name)| (name.clone(), value(first + k).clamp(0.0, 1.0) as f32))
                .filter(|(_, weight)| *weight > 0.0)
                .collect(),
        }
    }
}

/// Principal components of a few long rows by deflation: the power method on `XXᵀ`, from a fixed start.
fn components(mut rows: Vec<Vec<f64>>, degrees: f64) -> Vec<(Vec<f64>, f64)> {
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let mut list = Vec::new();
    for _ in 0..rows.len() {
        // The longest row that is left is not orthogonal to the strongest component.
        let Some(start) = rows
            .iter()
            .max_by(|a, b| dot(a, a).total_cmp(&dot(b, b)))
            .filter(|row| dot(row, row) > 1e-12)
        else {
            break;
        };
        let mut direction = start.clone();
        for _ in 0..200 {
            let mut next = vec![0.0; direction.len()];
            for row in &rows {
                let share = dot(row, &direction);
                for (n, r) in next.iter_mut().zip(row) {
                    *n += share * r;
                }
            }
            let length = dot(&next, &next).sqrt();
            if length <= 0.0 {
                break;
            }
            direction = next.into_iter().map(|n| n / length).collect();
        }
        let mut square = 0.0;
        for row in &mut rows {
            let share = dot(row, &direction);
            square += share * share;
            for (r, d) in row.iter_mut().zip(&direction) {
                *r -= share * d;
            }
        }
        list.push((direction, (square / degrees).sqrt()));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::tests::person;

    fn many(n: u16) -> Vec<Person> {
        (0..n).map(person).collect()
    }

    #[test]
    fn two_persons_are_no_distribution() {
        assert_eq!(ShapePrior::new(&many(2)).err(), Some(TooFew(2)));
        assert!(ShapePrior::new(&many(3)).is_ok());
    }

    #[test]
    fn persons_on_a_line_have_one_component() {
        let prior = ShapePrior::new(&many(12)).expect("enough");
        let spreads: Vec<f64> = prior.spreads().collect();
        assert!(spreads[0] > 0.1);
        assert!(spreads[1..].iter().all(|s| *s < spreads[0] * 0.05));
    }

    #[test]
    fn drawn_identities_are_their_number_and_spread_around_the_mean() {
        let prior = ShapePrior::new(&many(12)).expect("enough");
        assert_eq!(prior.draw(5), prior.draw(5));
        assert_ne!(prior.draw(5), prior.draw(6));
        let n = 2000_u64;
        let ages: Vec<f64> = (0..n)
            .map(|k| f64::from(prior.draw(k).macros.0[0]))
            .collect();
        let mean = ages.iter().sum::<f64>() / n as f64;
        let truth = 2.0 + 0.055;
        // Standard error 0.4 / √2000 = 0.009; cutting at 3 moves the mean by less than 0.01.
        assert!((mean - truth).abs() < 0.05, "{mean}");
    }

    #[test]
    fn a_mixture_begins_at_one_person_and_ends_at_the_other() {
        let (a, b) = (person(0), person(9));
        assert_eq!(mix(&b, &a, 0.0).macros, b.macros);
        assert_eq!(mix(&a, &b, 1.0).scale, b.scale);
        let half = mix(&a, &b, 0.5);
        let hump = |s: &[(String, f32)]| {
            s.iter()
                .find(|(n, _)| n.contains("hump"))
                .map_or(0.0, |(_, w)| *w)
        };
        let middle = (hump(&a.weights) + hump(&b.weights)) * 0.5;
        assert!((hump(&half.weights) - middle).abs() < 1e-6);
    }
}
