//! How errors look: a sentence, the place if there is one, and a hint.

use std::fmt;
use std::io;

use dataset::{MakeError, ReadError, StageError};
use label::export::ExportError;
use label::view::ViewError;
use population::{Diagnostic, PopulationError};
use scene::file::FileError;
use scene::pack::PackError;
use serde_json::{Value, json};
use studio::StudioError;
use tables::linked::LinkedError;
use tables::model::{LearnError, ModelError, RequestError, StreamError};
use tables::private::PrivateError;
use tables::{LayoutError, RuleError, SourceError};

/// Why a verb could not run.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Mistakes in a text of the user's, each with its place.
    Mistakes(Vec<Diagnostic>),
    /// Anything else.
    Sentence {
        /// Lower case, no final period.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Whoever read our stdout has enough: no error.
    ReaderGone,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Sentence {
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Sentence { message, .. } => Self::Sentence {
                message,
                hint: Some(hint.into()),
            },
            other => other,
        }
    }

    /// Names the file that a sentence is about.
    pub(crate) fn in_file(self, file: &std::path::Path) -> Self {
        match self {
            Self::Sentence { message, hint } => Self::Sentence {
                message: format!("{}: {message}", file.display()),
                hint,
            },
            other => other,
        }
    }

    /// For programs: the same facts, one entry per mistake.
    pub(crate) fn to_json(&self) -> Value {
        let errors = match self {
            Self::Mistakes(mistakes) => mistakes.iter().map(mistake_to_json).collect(),
            Self::Sentence { message, hint } => vec![json!({"message": message, "hint": hint})],
            Self::ReaderGone => Vec::new(),
        };
        json!({ "errors": errors })
    }
}

fn mistake_to_json(mistake: &Diagnostic) -> Value {
    let Diagnostic {
        file,
        line,
        column,
        message,
        hint,
        ..
    } = mistake;
    json!({"message": message, "hint": hint, "file": file, "line": line, "column": column})
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistakes(mistakes) => {
                for (i, mistake) in mistakes.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "\n\n" })?;
                    mistake.fmt(f)?;
                }
                Ok(())
            }
            Self::Sentence { message, hint } => {
                write!(f, "error: {message}")?;
                hint.as_ref()
                    .map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
            }
            Self::ReaderGone => f.write_str("the reader of the output has gone"),
        }
    }
}

fn sentence(error: &impl fmt::Display, hint: Option<String>) -> Failure {
    Failure::Sentence {
        message: error.to_string(),
        hint,
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(mistakes: Vec<Diagnostic>) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl From<MakeError> for Failure {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Recipe(mistakes) => Self::Mistakes(mistakes),
            error => sentence(&error, error.hint()),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        sentence(&error, error.hint())
    }
}

impl From<ViewError> for Failure {
    fn from(error: ViewError) -> Self {
        sentence(&error, error.hint())
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        sentence(&error, error.hint())
    }
}

impl From<PackError> for Failure {
    fn from(error: PackError) -> Self {
        sentence(&error, error.hint())
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        sentence(&error, error.hint().map(str::to_owned))
    }
}

impl From<scan::ScanError> for Failure {
    fn from(error: scan::ScanError) -> Self {
        sentence(&error, Some(error.hint().to_owned()))
    }
}

impl From<scene::read::ReadError> for Failure {
    fn from(error: scene::read::ReadError) -> Self {
        sentence(&error, error.hint().map(str::to_owned))
    }
}

impl From<StudioError> for Failure {
    fn from(error: StudioError) -> Self {
        sentence(&error, error.hint())
    }
}

impl From<StageError> for Failure {
    fn from(error: StageError) -> Self {
        sentence(&error, error.hint().map(str::to_owned))
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        sentence(&error, error.hint().map(str::to_owned))
    }
}

impl From<PrivateError> for Failure {
    fn from(error: PrivateError) -> Self {
        match error {
            PrivateError::Source(error) => error.into(),
            PrivateError::Overrides(mistakes) => Self::Mistakes(mistakes),
            error => sentence(&error, error.hint()),
        }
    }
}

impl From<LayoutError> for Failure {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::Source(error) => error.into(),
            LayoutError::Overrides(mistakes) => Self::Mistakes(mistakes),
        }
    }
}

impl From<check::ReadError> for Failure {
    fn from(error: check::ReadError) -> Self {
        match error {
            check::ReadError::Layout(error) => error.into(),
            error @ check::ReadError::NothingShared { .. } => sentence(
                &error,
                Some("give the table that the synthetic rows were learned from".to_owned()),
            ),
        }
    }
}

impl From<StreamError> for Failure {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Source(error) => error.into(),
            StreamError::Learn(error) => error.into(),
        }
    }
}

impl From<LearnError> for Failure {
    fn from(error: LearnError) -> Self {
        sentence(&error, Some(error.hint().to_owned()))
    }
}

impl From<LinkedError> for Failure {
    fn from(error: LinkedError) -> Self {
        match error {
            LinkedError::Source(error) => error.into(),
            LinkedError::Schema(mistakes) => Self::Mistakes(mistakes),
            LinkedError::Learn(_, cause) => sentence(&error, Some(cause.hint().to_owned())),
        }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        sentence(&error, Some(error.hint().to_owned()))
    }
}

impl From<RuleError> for Failure {
    fn from(error: RuleError) -> Self {
        sentence(&error, Some(error.hint().to_owned()))
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        sentence(&error, Some(error.hint().to_owned()))
    }
}

impl From<motion::MotionError> for Failure {
    fn from(error: motion::MotionError) -> Self {
        sentence(&error, Some(error.hint().to_owned()))
    }
}

impl From<PopulationError> for Failure {
    fn from(error: PopulationError) -> Self {
        sentence(&error, None)
    }
}

/// Only for what is written to stdout; files have sentences of their own.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::new(format!("cannot write to the output: {error}")),
        }
    }
}
