//! The plan of a study, as a user writes it.

mod file;
mod knobs;

pub(crate) use file::hex as file_hex;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use vision::read::Want;

use crate::knob::{Knob, Setting};
use crate::metric::Metric;

/// A study: what data sets are made of, what of it may be turned, and what they are judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What the report calls it.
    pub name: String,
    /// What every random choice starts from.
    pub seed: u64,
    /// Where samples come from, by name.
    pub sources: Vec<Source>,
    /// Samples of a data set whose amount no knob turns.
    pub amount: u64,
    /// What may be turned, in order of name.
    pub knobs: Vec<Knob>,
    /// The data set to beat: what knobs stand at that do not stand as the sources say.
    pub base: Setting,
    /// What learns from each data set.
    pub learner: Learner,
    /// Real samples that nothing is learned from.
    pub holdout: Holdout,
    /// The column that is to be predicted, of tables and of pictures' attributes.
    pub target: Option<String>,
    /// What is measured on the hold-out.
    pub metric: Metric,
    /// Columns of the hold-out whose groups are looked at.
    pub groups: Vec<String>,
    /// A column of the training data whose parts are left out in turn.
    pub slices: Option<String>,
    /// How much may be spent.
    pub budget: Budget,
    /// How settings are looked for.
    pub search: Search,
    /// How often the winner and the base are trained anew for the final comparison.
    pub repeats: u32,
    /// Which round of an overnight search it is, counted from 1.
    pub round: u32,
    /// The folder that its paths are relative to; commands run in it.
    pub folder: PathBuf,
    /// SHA-256 of the plan and of every file that it names, in hexadecimal: what a study's folder belongs to.
    pub digest: String,
}

/// Where samples come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Its file or folder.
    pub path: PathBuf,
    /// `NAME=VALUE` changes of a recipe.
    pub set: Vec<String>,
    /// Its part of the whole where no knob says otherwise, beside the others' parts.
    pub weight: f64,
}

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A recipe of pictures.
    Recipe,
    /// A model that draws rows.
    Model,
    /// Rows of a file.
    Table,
    /// Labelled pictures of a folder.
    Pictures,
}

/// What learns from a data set.
#[derive(Debug, Clone, PartialEq)]
pub enum Learner {
    /// Boosted trees over rows.
    Trees {
        /// How many.
        trees: usize,
    },
    /// A small convolutional network over pictures.
    Network {
        /// What it tells.
        want: Want,
        /// Steps that it is trained for; none for what suits most.
        steps: Option<usize>,
        /// Pixels of the side of what it sees; none for what suits most.
        side: Option<usize>,
    },
    /// A command of the user's own.
    Command {
        /// Program and arguments.
        command: Vec<String>,
        /// After so many minutes it is ended.
        minutes: f64,
        /// The most memory of each of its processes, in GiB.
        memory_gib: Option<f64>,
    },
}

/// Real samples that nothing is learned from.
#[derive(Debug, Clone, PartialEq)]
pub enum Holdout {
    /// One file that is cut in halves by chance: the search sees one, the final comparison the other.
    Cut(PathBuf),
    /// Two that the user cut.
    Two {
        /// What the search sees.
        search: PathBuf,
        /// What the final comparison sees.
        confirm: PathBuf,
    },
}

/// How much may be spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Settings that are tried, the base aside.
    pub trials: u32,
    /// Minutes after which no further setting is begun.
    pub minutes: Option<f64>,
    /// Data sets that are trained on at the same time.
    pub parallel: usize,
}

/// How settings are looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Where they come from.
    pub method: Method,
    /// Parts of the amount that settings are first tried at, growing; the last is 1.
    pub rungs: Rungs,
}

/// Where settings come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// By chance.
    Random,
    /// Points that fill the space evenly (Sobol 1967, scrambled as Burley 2020).
    Sobol,
    /// These first, then where earlier ones did well (TPE, Bergstra et al. 2011).
    Model,
}

/// Successive halving (Jamieson & Talwalkar 2016; promotions as Li et al. 2020): of `keep` settings one goes on to a data set `keep` times as large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rungs {
    /// How many sizes there are; 1 for no halving.
    pub count: u32,
    /// The factor from one to the next.
    pub keep: u32,
}

impl Rungs {
    /// The part of the amount at a rung, counted from 0.
    pub(crate) fn share(self, rung: u32) -> f64 {
        let above = self.count.saturating_sub(1).saturating_sub(rung);
        1.0 / f64::from(self.keep).powi(above as i32)
    }
}

/// Why a plan is none.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanError {
    message: String,
    hint: String,
}

impl PlanError {
    /// With what to do about it.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// The same about a place in the plan.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// The knob of this name.
    pub fn knob(&self, name: &str) -> Option<&Knob> {
        self.knobs.iter().find(|knob| knob.name == name)
    }

    /// What sources weigh under a setting, in their order; they add up to 1.
    pub fn weights(&self, setting: &Setting) -> Vec<f64> {
        let turned: BTreeMap<&str, f64> = self
            .knobs
            .iter()
            .filter_map(|knob| match &knob.of {
                crate::knob::Of::Weight(source) => {
                    Some((source.as_str(), setting.get(&knob.name)?.as_f64()?))
                }
                _ => None,
            })
            .collect();
        let weights: Vec<f64> = self
            .sources
            .iter()
            .map(|source| {
                turned
                    .get(source.name.as_str())
                    .copied()
                    .unwrap_or(source.weight)
            })
            .collect();
        let sum: f64 = weights.iter().sum();
        weights
            .iter()
            .map(|weight| if sum > 0.0 { weight / sum } else { 0.0 })
            .collect()
    }

    /// Samples of a whole data set under a setting.
    pub fn amount(&self, setting: &Setting) -> u64 {
        self.knobs
            .iter()
            .filter(|knob| knob.of == crate::knob::Of::Amount)
            .find_map(|knob| setting.get(&knob.name)?.as_f64())
            .map_or(self.amount, |amount| amount.max(1.0) as u64)
    }

    /// How many samples each source gives to a part of a data set, in their order.
    pub fn counts(&self, setting: &Setting, share: f64) -> Vec<u64> {
        let amount = self.amount(setting) as f64 * share;
        self.weights(setting)
            .iter()
            .map(|weight| (amount * weight).round() as u64)
            .collect()
    }
}
