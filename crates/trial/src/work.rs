//! What a study has done for it: data sets made and trained on, and losses on the hold-out.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::knob::Setting;
use crate::plan::file_hex;

/// Which half of the hold-out is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Half {
    /// The one that the search sees, as often as it likes.
    Search,
    /// The one that the final comparison is made on.
    Confirm,
}

/// One data set to be made and trained on. Its result depends on nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// What knobs stand at.
    pub setting: Setting,
    /// The part of the amount; above 0, at most 1.
    pub share: f64,
    /// Another number is another draw of samples, and another start of the learner.
    pub repeat: u32,
    /// Whom the trained model is tried on.
    pub half: Half,
    /// The parts of the training data that are there, by their place among [`Work::slices`]; all of them where none is named.
    pub slices: Option<Vec<usize>>,
}

impl Task {
    /// A name for it: the same for the same task, in any run.
    pub fn key(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        file_hex(&Sha256::digest(text.as_bytes())[..12])
    }
}

/// How a trained model did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The loss of each sample of the half, in the hold-out's order; or one number, where the learner gives no more.
    pub losses: Vec<f32>,
    /// Samples that were trained on.
    pub trained_on: u64,
}

impl Scored {
    /// The mean loss.
    pub fn mean(&self) -> f64 {
        self.losses.iter().copied().map(f64::from).sum::<f64>() / self.losses.len().max(1) as f64
    }
}

/// Why a task came to nothing. It costs the task, never the study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// One sentence, lower case, no final period.
    pub why: String,
}

impl Fault {
    /// For this reason.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// Groups of the samples of a half, by one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouping {
    /// The column.
    pub column: String,
    /// What its groups are called.
    pub names: Vec<String>,
    /// The group of each sample of the half, in the order of losses; none where its value is missing.
    pub of: Vec<Option<usize>>,
}

/// Whoever makes data sets and trains on them.
pub trait Work: Sync {
    /// Makes the data set of a task, trains on it and tries the result. A pure function of the task, whatever thread it is called from.
    ///
    /// # Errors
    ///
    /// Whatever hindered this task.
    fn run(&self, task: &Task) -> Result<Scored, Fault>;

    /// What the hold-out's groups are.
    fn groups(&self, half: Half) -> Vec<Grouping>;

    /// The parts of the training data that may be left out; empty where the plan names none.
    fn slices(&self) -> Vec<String>;
}

/// Time since a study began, in seconds, for budgets alone: no result depends on it but how many settings are tried.
pub trait Clock: Sync {
    /// Now.
    fn seconds(&self) -> f64;
}
