//! An audit inside the run: rows that are nobody's are slipped in by a coin each, and the finished model is asked which of them it has seen.
//!
//! The attacker scores each canary by how much likelier the model finds it than its columns one by one, guesses that a fifth of all was in and a fifth was not, and the number of right guesses bounds
//! ε from below (Steinke, Nasr & Jagielski 2023; against Gaussian curves Mahloujifar, Melis & Chaudhuri 2024). Only the model and the coins are looked at, so the audit costs no privacy. Two controls run
//! beside it: a model that copies its rows must be caught, and coins that were never used must not be guessed.

use marginals::{Beliefs, Conditional};
use population::stream::{Seed, Streams};
use privacy::audit::{Guesses, epsilon_at_least, gaussian_epsilon_at_least};
use privacy::{PrivacyError, coins};
use serde::Serialize;

/// One in so many canaries is guessed in, and as many out.
const GUESSED: usize = 5;
/// The chance that a bound is wrong.
const ERROR: f64 = 0.05;

/// What an audit found. Bounds hold with 95 % confidence each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// Rows that were nobody's.
    pub canaries: usize,
    /// How many of them were guessed in or out.
    pub guesses: u32,
    /// The ε that is claimed.
    pub claimed: f64,
    /// The model that was made.
    pub model: Caught,
    /// A model that copies its rows: what the audit shows where there is no privacy.
    pub copying: Caught,
    /// The same scores against coins that were never used: what chance shows.
    pub unseen: Caught,
}

/// How well canaries were guessed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Caught {
    /// Right guesses.
    pub right: u32,
    /// ε is at least this, for any mechanism.
    pub epsilon_at_least: f64,
    /// ε is at least this, for one whose noise adds up to a Gaussian; none where δ is 0.
    pub gaussian_epsilon_at_least: Option<f64>,
}

impl Audit {
    /// Whether the model leaks more than is claimed.
    pub fn refutes(&self) -> bool {
        self.model.epsilon_at_least > self.claimed
    }

    /// Whether the controls came out as they must: the copy was caught, or would take more canaries than these to be, and chance was not.
    pub fn controls_hold(&self) -> bool {
        self.copying.right == self.guesses && self.unseen.epsilon_at_least <= self.claimed
    }
}

/// Rows that are nobody's, with the coins that say which of them are slipped in.
#[derive(Debug)]
pub(super) struct Canaries {
    rows: Vec<Vec<u8>>,
    included: Vec<bool>,
    /// Coins that are thrown and not used.
    unused: Vec<bool>,
}

impl Canaries {
    /// So many, each value drawn evenly from its attribute's classes.
    pub(super) fn new(count: usize, sizes: &[usize], seed: Seed) -> Result<Self, PrivacyError> {
        let row = |index: usize| -> Vec<u8> {
            let mut stream = Streams::new(seed, index as u64).stream("table/canary");
            // The last value of an attribute stands for what has no code.
            let draw = |size: &usize| (stream.uniform() * (size - 1) as f64) as u8;
            sizes.iter().map(draw).collect()
        };
        Ok(Self {
            rows: (0..count).map(row).collect(),
            included: coins(count)?,
            unused: coins(count)?,
        })
    }

    /// The rows that are slipped in, one after the other.
    pub(super) fn included(&self) -> Vec<u8> {
        let chosen = self
            .rows
            .iter()
            .zip(&self.included)
            .filter(|(_, included)| **included);
        chosen.flat_map(|(row, _)| row.iter().copied()).collect()
    }

    /// Asks the model; none where there are too few canaries to guess any.
    pub(super) fn ask(&self, beliefs: &Beliefs, epsilon: f64, delta: f64) -> Option<Audit> {
        let conditionals = beliefs.conditionals();
        let alone: Vec<Vec<f64>> = (0..beliefs.sizes().len())
            .map(|a| beliefs.marginal(&[a]))
            .collect();
        let scores: Vec<f64> = self
            .rows
            .iter()
            .map(|row| score(row, &conditionals, &alone, beliefs.sizes()))
            .collect();
        let copy: Vec<f64> = self
            .included
            .iter()
            .map(|&included| f64::from(u8::from(included)))
            .collect();
        let model = caught(&scores, &self.included, delta)?;
        Some(Audit {
            canaries: self.rows.len(),
            guesses: model.1,
            claimed: epsilon,
            model: model.0,
            copying: caught(&copy, &self.included, delta)?.0,
            unseen: caught(&scores, &self.unused, delta)?.0,
        })
    }
}

/// How much likelier a row is than its values one by one, as a logarithm.
fn score(row: &[u8], conditionals: &[Conditional], alone: &[Vec<f64>], sizes: &[usize]) -> f64 {
    let value = |attribute: usize| usize::from(row[attribute]);
    let log = |p: f64| p.max(1e-30).ln();
    conditionals
        .iter()
        .map(|c| {
            let cell = c
                .given
                .iter()
                .fold(0, |cell, &g| cell * sizes[g] + value(g));
            let own = value(c.attribute);
            log(c.shares[cell * sizes[c.attribute] + own]) - log(alone[c.attribute][own])
        })
        .sum()
}

fn caught(scores: &[f64], included: &[bool], delta: f64) -> Option<(Caught, u32)> {
    let each = scores.len() / GUESSED;
    let guesses = Guesses::of_scores(scores, included, each, each).ok()?;
    let caught = Caught {
        right: guesses.correct(),
        epsilon_at_least: epsilon_at_least(guesses, delta, ERROR).ok()?,
        gaussian_epsilon_at_least: gaussian_epsilon_at_least(guesses, delta, ERROR).ok(),
    };
    Some((caught, guesses.guesses()))
}
