//! Why a private reading did not happen. No message holds a value of the data.

use std::fmt;

/// Why a budget cannot be made or spent, or noise cannot be had.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PrivacyError {
    /// ε is not a number above 0.
    Epsilon(f64),
    /// δ is not in [0, 1).
    Delta(f64),
    /// A reading would cost more than what is left.
    OverBudget {
        /// What it was for.
        purpose: String,
        /// Its share of the whole budget.
        share: f64,
        /// The share that is left.
        left: f64,
    },
    /// A share that is no number above 0.
    Share(f64),
    /// Values that nobody declared can only be found with some δ.
    NeedsDelta,
    /// Steps on samples are only known to be private with some δ.
    StepsNeedDelta,
    /// Rows are sampled one by one, and a person may own several.
    StepsNeedRows,
    /// A plan of steps that cannot be.
    Plan(&'static str),
    /// There is nothing to choose from.
    NoCandidates,
    /// The operating system gave no random bits.
    Noise,
}

impl fmt::Display for PrivacyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epsilon(epsilon) => write!(f, "ε is {epsilon}, and it must be a number above 0"),
            Self::Delta(delta) => {
                write!(f, "δ is {delta}, and it must be at least 0 and less than 1")
            }
            Self::OverBudget {
                purpose,
                share,
                left,
            } => write!(
                f,
                "the privacy budget does not suffice for {purpose}: that costs {share:.4} of it, and {left:.4} is left"
            ),
            Self::Share(share) => write!(f, "{share} is no share of a budget"),
            Self::NeedsDelta => f.write_str(
                "with pure differential privacy (δ = 0) no value that nobody declared can be found in the data",
            ),
            Self::StepsNeedDelta => f.write_str(
                "a network is trained on samples with noise of the normal distribution's shape, which pure differential privacy (δ = 0) does not allow",
            ),
            Self::StepsNeedRows => f.write_str(
                "a network is trained on rows that are sampled or dealt out one by one, so it can protect a row, and not a person with several",
            ),
            Self::Plan(wrong) => f.write_str(wrong),
            Self::NoCandidates => f.write_str("there is nothing to choose from"),
            Self::Noise => f.write_str("the operating system gave no random bits for privacy noise"),
        }
    }
}

impl std::error::Error for PrivacyError {}

impl PrivacyError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Epsilon(_) => {
                "a strong promise is 0.1 to 1, a usual one 1 to 10; leave it out to learn without a guarantee"
            }
            Self::Delta(_) => "give a number far below 1 ÷ (number of people), such as 1e-9",
            Self::OverBudget { .. } | Self::Share(_) => "give more ε, or ask for less",
            Self::NeedsDelta => {
                "declare the values of each category and the range of each number in the columns file, or allow δ above 0"
            }
            Self::StepsNeedDelta => "give --delta, such as 1e-9, or learn with aim or mst",
            Self::StepsNeedRows => "learn with aim or mst, or make one row of each person",
            Self::Plan(_) => "take part of the records in each step, in at least one step",
            Self::NoCandidates => "give at least one candidate",
            Self::Noise => "try again; nothing was told",
        }
    }
}
