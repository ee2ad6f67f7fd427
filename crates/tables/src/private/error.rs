//! Why a table was not learned privately.

use std::fmt;

use population::Diagnostic;
use privacy::PrivacyError;

use super::coding::MOST_WORDS;
use crate::source::SourceError;

/// Why a table was not learned privately. No message holds a value of the data, or a number that was not noised.
#[derive(Debug)]
#[non_exhaustive]
pub enum PrivateError {
    /// The source cannot be read.
    Source(SourceError),
    /// What the user says about the columns is mistaken; all mistakes at once.
    Overrides(Vec<Diagnostic>),
    /// The budget cannot be made or does not suffice.
    Privacy(PrivacyError),
    /// By a noisy count there are so few rows that nothing can be told from noise.
    FewRows {
        /// The noisy count.
        about: f64,
        /// How many it takes.
        least: f64,
    },
    /// δ is not far below one in all rows: so many, by a noisy count.
    GreatDelta {
        /// δ.
        delta: f64,
        /// The noisy count.
        about: f64,
    },
    /// A category whose values nobody declared, under a pure budget.
    Undeclared(String),
    /// No column of this name, which is to tell persons apart.
    NoPerson(String),
    /// A column whose values are not told apart exactly, so that it cannot tell persons apart.
    PersonKind(String),
    /// A declared range that the column's values cannot be read as.
    Range(String),
    /// More declared values than a column can have: so many.
    ManyValues(String, usize),
    /// No column is left to learn.
    NoColumns,
    /// One of several tables cannot be learned: which, and why.
    InTable(String, Box<PrivateError>),
}

impl fmt::Display for PrivateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::Overrides(mistakes) => {
                let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Privacy(error) => error.fmt(f),
            Self::FewRows { about, least } => write!(
                f,
                "by a noisy count there are about {:.0} rows, and with this privacy budget nothing can be told of fewer than {least:.0}",
                about.max(0.0)
            ),
            Self::GreatDelta { delta, about } => write!(
                f,
                "δ is {delta}, and with about {about:.0} rows it must be well below {:.1e}: such a δ would allow telling all about somebody",
                1.0 / about.max(1.0)
            ),
            Self::Undeclared(column) => write!(
                f,
                "column `{column}` is a category whose values nobody declared, and pure differential privacy (δ = 0) cannot find them"
            ),
            Self::NoPerson(column) => write!(
                f,
                "the data has no column `{column}` to tell persons apart by"
            ),
            Self::PersonKind(column) => write!(
                f,
                "column `{column}` holds neither texts nor whole numbers, and cannot tell persons apart"
            ),
            Self::Range(column) => write!(
                f,
                "the declared range of `{column}` is not written as its values are"
            ),
            Self::ManyValues(column, count) => write!(
                f,
                "{count} values are declared for `{column}`, and a category has at most {MOST_WORDS}"
            ),
            Self::NoColumns => f.write_str("no column is left to learn"),
            Self::InTable(table, error) => write!(f, "table `{table}`: {error}"),
        }
    }
}

impl std::error::Error for PrivateError {}

impl PrivateError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.hint().map(str::to_owned),
            Self::Overrides(_) => None,
            Self::Privacy(error) => Some(error.hint().to_owned()),
            Self::FewRows { .. } => Some("give more ε, or more rows".to_owned()),
            Self::GreatDelta { .. } => Some("leave --delta out for 1e-9".to_owned()),
            Self::Undeclared(column) => Some(format!(
                "declare them, `columns: {{{column}: {{kind: category, values: [a, b]}}}}`, or allow δ above 0"
            )),
            Self::NoPerson(_) => Some("name the column that says whose row it is".to_owned()),
            Self::PersonKind(_) => Some("store it as text".to_owned()),
            Self::Range(_) => {
                Some("write both ends as the column does, or give its `pattern` too".to_owned())
            }
            Self::ManyValues(..) => {
                Some("declare coarser values, or leave the column out".to_owned())
            }
            Self::NoColumns => Some("leave fewer columns out".to_owned()),
            Self::InTable(_, error) => error.hint(),
        }
    }

    /// The same, said of one of several tables; mistakes in a schema have their place already.
    pub(crate) fn in_table(self, table: &str) -> Self {
        match self {
            Self::Overrides(_) => self,
            error => Self::InTable(table.to_owned(), Box::new(error)),
        }
    }
}

impl From<SourceError> for PrivateError {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<PrivacyError> for PrivateError {
    fn from(error: PrivacyError) -> Self {
        Self::Privacy(error)
    }
}
