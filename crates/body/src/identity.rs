//! A face of one's own: a seeded draw over the pack's local shape targets.
//!
//! An identity is a number. The same number gives the same offsets at every age, sex and ancestry, so one person can be drawn again in
//! other states. Each variable is a pair of opposite targets (or one target, or both sides' targets tied together), drawn normal and cut;
//! their spreads were chosen by looking at many faces and stand in `data/identity_spread.json`.

use std::sync::LazyLock;

use glam::Vec3;
use population::stream::{Seed, Streams};
use serde::Deserialize;

use crate::BodyModel;

/// One degree of freedom.
#[derive(Debug, Deserialize)]
struct Variable {
    name: String,
    /// Standard deviation in target weight.
    sd: f64,
    /// Cut, in target weight.
    max: f64,
    /// Applied with the weight's magnitude where it is positive.
    #[serde(default)]
    positive: Vec<String>,
    /// Applied where it is negative; without any, `positive` is applied with the draw's size.
    #[serde(default)]
    negative: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Table {
    variables: Vec<Variable>,
}

static VARIABLES: LazyLock<Vec<Variable>> = LazyLock::new(|| {
    // A compiled-in table: a test reads it, so it cannot be malformed at run time.
    serde_json::from_str::<Table>(include_str!("../data/identity_spread.json"))
        .unwrap_or_default()
        .variables
});

/// Target names and weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    weights: Vec<(&'static str, f32)>,
}

impl Identity {
    /// The face of that number. `distinctiveness` 0 is the average face, 1 natural, 2 as far out as faces go.
    pub fn draw(number: i64, distinctiveness: f64) -> Self {
        let streams = Streams::new(Seed(number.unsigned_abs()), 0);
        let mut weights = Vec::new();
        for variable in VARIABLES.iter() {
            let mut stream = streams.stream(&format!("identity/{}", variable.name));
            let value = (stream.normal() * variable.sd * distinctiveness)
                .clamp(-variable.max, variable.max);
            let (targets, weight) = if value >= 0.0 || variable.negative.is_empty() {
                (&variable.positive, value.abs())
            } else {
                (&variable.negative, -value)
            };
            weights.extend(
                targets
                    .iter()
                    .map(|target| (target.as_str(), weight as f32)),
            );
        }
        Self { weights }
    }

    /// Adds the offsets, metres.
    pub fn apply(&self, model: &BodyModel, positions: &mut [Vec3]) {
        for &(name, weight) in &self.weights {
            if let Some(target) = model.target(name) {
                target.add(positions, weight);
            }
        }
    }

    /// How far apart two faces are, root mean square of weights over the variables.
    pub fn distance(&self, other: &Self) -> f64 {
        let of = |list: &[(&'static str, f32)], name: &str| {
            list.iter()
                .find(|(n, _)| *n == name)
                .map_or(0.0, |(_, w)| f64::from(*w))
        };
        let mut names: Vec<&str> = self
            .weights
            .iter()
            .chain(&other.weights)
            .map(|(name, _)| *name)
            .collect();
        names.sort_unstable();
        names.dedup();
        let sum: f64 = names
            .iter()
            .map(|name| (of(&self.weights, name) - of(&other.weights, name)).powi(2))
            .sum();
        (sum / (names.len() as f64).max(1.0)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_holds_the_face() {
        let table: Result<Table, _> =
            serde_json::from_str(include_str!("../data/identity_spread.json"));
        let table = table.expect("identity_spread.json is malformed").variables;
        assert!(table.len() >= 80, "only {} variables", table.len());
        for variable in &table {
            // A spread of 0 keeps out a target that looked like no face.
            assert!(
                variable.sd >= 0.0 && variable.max >= variable.sd,
                "{}",
                variable.name
            );
            assert!(
                !variable.positive.is_empty() || !variable.negative.is_empty(),
                "{}",
                variable.name
            );
        }
    }

    #[test]
    fn the_same_number_is_the_same_face_and_no_two_numbers_share_one() {
        assert_eq!(Identity::draw(17, 1.0), Identity::draw(17, 1.0));
        let faces: Vec<Identity> = (0..60).map(|n| Identity::draw(n, 1.0)).collect();
        for (i, a) in faces.iter().enumerate() {
            for b in &faces[..i] {
                assert!(a.distance(b) > 0.1, "two identities are nearly one");
            }
        }
        assert_eq!(
            Identity::draw(3, 0.0)
                .weights
                .iter()
                .map(|(_, w)| *w)
                .fold(0.0, f32::max),
            0.0
        );
    }
}
