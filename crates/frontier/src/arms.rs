//! What is tried, and what came of it.

use std::fmt;
use std::str::FromStr;

use check::{Score, TableAbout};

/// How strong a promise is.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Epsilon {
    /// Differential privacy of this ε, above 0.
    At(f64),
    /// None: learned without differential privacy.
    Unlimited,
}

impl FromStr for Epsilon {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "inf" | "none" | "∞" => Ok(Self::Unlimited),
            other => other
                .parse::<f64>()
                .ok()
                .filter(|epsilon| epsilon.is_finite() && *epsilon > 0.0)
                .map(Self::At)
                .ok_or_else(|| {
                    "expected a number above 0, or `inf` for no differential privacy".to_owned()
                }),
        }
    }
}

impl fmt::Display for Epsilon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(epsilon) => epsilon.fmt(f),
            Self::Unlimited => f.write_str("∞"),
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// The column that a user's model is to predict; unused for pictures, whose class it is.
    pub target: String,
    /// Columns whose groups are looked at; unused for pictures, whose groups are classes.
    pub groups: Vec<String>,
    /// The promises that are tried.
    pub epsilons: Vec<Epsilon>,
    /// δ of each.
    pub delta: f64,
    /// Models at each ε.
    pub repeats: u32,
    /// What the split and every random choice but noise for privacy start from.
    pub seed: u64,
    /// Steps of a network over pictures; none for as many as serve most.
    pub steps: Option<u32>,
}

/// What says how good a classifier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The area under the curve: chance is one half.
    Area,
    /// The share about which it is right.
    Right {
        /// Of how many classes.
        classes: usize,
    },
}

impl Measure {
    /// The value and its standard error over test rows; none where too few rows say it.
    pub(crate) fn of(self, score: &Score) -> Option<(f64, f64)> {
        match self {
            Self::Area => score.area,
            Self::Right { .. } => {
                let n = score.rows as f64;
                let p = score.right as f64 / n.max(1.0);
                // A share of all or none would claim to have no error.
                let q = (score.right as f64 + 1.0) / (n + 2.0);
                (score.rows >= 25).then(|| (p, (q * (1.0 - q) / n).sqrt()))
            }
        }
    }

    /// What guessing gives.
    pub(crate) fn chance(self) -> f64 {
        match self {
            Self::Area => 0.5,
            Self::Right { classes } => 1.0 / classes.max(1) as f64,
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Area => "area under the curve",
            Self::Right { .. } => "share of right answers",
        }
    }
}

/// One promise, and what came of each repeat.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// Which.
    pub epsilon: Epsilon,
    /// Everybody first, then groups; the same groups in each.
    pub repeats: Vec<Vec<Score>>,
    /// Why a model could not be learned or used; none where all were.
    pub failed: Option<String>,
}

/// Everything that was tried on one table or set of pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Arms {
    /// What the classifier is asked.
    pub question: String,
    /// What says how good it is.
    pub measure: Measure,
    /// The same classifier trained on the real rows themselves.
    pub real: Vec<Score>,
    /// From the strongest promise to none.
    pub arms: Vec<Arm>,
    /// What was read.
    pub tables: Vec<TableAbout>,
    /// What could not be compared, a sentence each.
    pub notes: Vec<String>,
}

/// Why nothing could be tried.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontierError {
    message: String,
    hint: String,
}

impl FrontierError {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for FrontierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FrontierError {}
