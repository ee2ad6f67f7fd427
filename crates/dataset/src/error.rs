//! What can go wrong with a data set, in sentences, and what to do about it.

use std::fmt;
use std::path::PathBuf;

use population::{Diagnostic, PopulationError, RowError};

use crate::disk::DiskError;
use crate::sample::StageError;

/// Why a data set was not finished. Whatever was finished is kept.
#[derive(Debug)]
#[non_exhaustive]
pub enum MakeError {
    /// The recipe asks for no samples.
    Empty,
    /// The folder holds files which are no data set.
    Foreign {
        /// The folder.
        directory: PathBuf,
        /// One of the files in it.
        found: String,
    },
    /// The folder holds another data set.
    OtherSet {
        /// The folder.
        directory: PathBuf,
        /// What it holds.
        found: String,
        /// What was to be made.
        wanted: String,
    },
    /// The folder has shards of the same data set from another engine or pack.
    OtherVersion {
        /// The folder.
        directory: PathBuf,
        /// What made them.
        found: String,
        /// What runs now.
        wanted: String,
    },
    /// The folder holds more samples of the same data set than were asked for.
    Shorter {
        /// The folder.
        directory: PathBuf,
        /// Samples it was made for.
        found: u64,
        /// Samples asked for.
        wanted: u64,
    },
    /// Another process makes the same shard in the same folder.
    Busy {
        /// The folder.
        directory: PathBuf,
    },
    /// A file or folder could not be written or read.
    Disk {
        /// Which one and why.
        source: DiskError,
        /// Finished samples, which are kept; `None` where samples are not at stake.
        kept: Option<u64>,
    },
    /// The population could not draw a row.
    Population {
        /// The sample it was for.
        sample: u64,
        /// What the population said.
        source: PopulationError,
    },
    /// The population's row is not what its schema says: a mistake in the program.
    Row {
        /// The sample it was for.
        sample: u64,
        /// What is wrong with it.
        source: RowError,
    },
    /// The stage could not make a sample.
    Stage {
        /// Which one.
        sample: u64,
        /// What the stage said.
        source: StageError,
        /// Finished samples, which are kept.
        kept: u64,
    },
    /// The stage panicked: a mistake in the program.
    Panic {
        /// The sample it was at.
        sample: u64,
        /// What the panic said.
        message: String,
        /// Finished samples, which are kept.
        kept: u64,
    },
    /// A sample does not fit the others, or the rows' types fit no column: a mistake in the program.
    Unfit {
        /// What does not fit.
        message: String,
    },
    /// The folder lacks samples that it needs to have.
    Unfinished {
        /// The folder.
        directory: PathBuf,
    },
    /// The caller's [`Progress`](crate::Progress) asked to stop.
    Cancelled {
        /// Finished samples, which are kept.
        kept: u64,
    },
    /// The shards to be joined do not make up the whole.
    Incomplete {
        /// Samples that none of them has, in words: `16–31, 48`.
        missing: String,
    },
    /// The shards to be joined are not shards of one data set.
    Mixed {
        /// Two folders that differ.
        directories: [PathBuf; 2],
    },
    /// A file of a shard is no longer what was made.
    Changed {
        /// The file.
        file: PathBuf,
        /// The sample it belongs to.
        sample: u64,
    },
    /// The recipe in the folder does not parse.
    Recipe(Vec<Diagnostic>),
    /// The folder cannot be read as a data set.
    Read(ReadError),
}

impl MakeError {
    pub(crate) fn disk(source: DiskError, kept: u64) -> Self {
        MakeError::Disk {
            source,
            kept: Some(kept),
        }
    }

    /// The same error with the number of finished samples it speaks of.
    pub(crate) fn with_kept(mut self, finished: u64) -> Self {
        match &mut self {
            MakeError::Disk {
                kept: Some(kept), ..
            }
            | MakeError::Stage { kept, .. }
            | MakeError::Panic { kept, .. }
            | MakeError::Cancelled { kept } => *kept = finished,
            _ => {}
        }
        self
    }

    /// The sample at which it happened.
    pub fn sample(&self) -> Option<u64> {
        match self {
            MakeError::Population { sample, .. }
            | MakeError::Row { sample, .. }
            | MakeError::Stage { sample, .. }
            | MakeError::Panic { sample, .. }
            | MakeError::Changed { sample, .. } => Some(*sample),
            _ => None,
        }
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            MakeError::Empty => "ask for a count of at least 1",
            MakeError::Foreign { .. } => "choose an empty folder or one that does not exist yet",
            MakeError::OtherSet { .. } => "choose another folder, or delete this one",
            MakeError::OtherVersion { .. } => {
                "make all shards of a data set with one version, or choose another folder"
            }
            MakeError::Shorter { .. } => "ask for at least as many, or choose another folder",
            MakeError::Busy { .. } => {
                "wait until it is finished, or give this run another shard or folder"
            }
            MakeError::Disk { source, .. } => return source.hint(),
            MakeError::Stage { source, .. } => return source.hint().map(str::to_owned),
            MakeError::Row { .. } | MakeError::Panic { .. } | MakeError::Unfit { .. } => {
                "this is a mistake in populace: please report it with the recipe"
            }
            MakeError::Unfinished { .. } => "finish it first: `populace make RECIPE -o DIR`",
            MakeError::Cancelled { .. } => "run the same command again to go on",
            MakeError::Incomplete { .. } => "make the shards that lack, or name their folders too",
            MakeError::Mixed { .. } => {
                "join shards that were made with the same recipe, count, seed and version"
            }
            MakeError::Changed { .. } => {
                "delete the file and make that shard again; only what lacks is made"
            }
            MakeError::Recipe(_) | MakeError::Population { .. } => return None,
            MakeError::Read(source) => return source.hint(),
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for MakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MakeError::Empty => f.write_str("the recipe asks for 0 samples"),
            MakeError::Foreign { directory, found } => {
                write!(
                    f,
                    "the folder {} is not empty and holds no data set (it has `{found}`)",
                    directory.display()
                )
            }
            MakeError::OtherSet {
                directory,
                found,
                wanted,
            } => {
                write!(
                    f,
                    "the folder {} holds another data set: {found}, not {wanted}",
                    directory.display()
                )
            }
            MakeError::OtherVersion {
                directory,
                found,
                wanted,
            } => write!(
                f,
                "the folder {} has samples of this data set made by {found}; this is {wanted}, whose bytes may differ",
                directory.display()
            ),
            MakeError::Shorter {
                directory,
                found,
                wanted,
            } => write!(
                f,
                "the folder {} was made for {found} samples of this data set, but {wanted} are asked for",
                directory.display()
            ),
            MakeError::Busy { directory } => {
                write!(
                    f,
                    "another process is making the same samples in {}",
                    directory.display()
                )
            }
            MakeError::Disk { source, kept } => {
                write!(f, "{source}")?;
                kept_samples(f, *kept)
            }
            MakeError::Population { sample, source } => {
                write!(f, "cannot draw the row of sample {sample}: {source}")
            }
            MakeError::Row { sample, source } => {
                write!(f, "the row of sample {sample} is broken: {source}")
            }
            MakeError::Stage {
                sample,
                source,
                kept,
            } => {
                write!(f, "cannot make sample {sample}: {source}")?;
                kept_samples(f, Some(*kept))
            }
            MakeError::Panic {
                sample,
                message,
                kept,
            } => {
                write!(f, "the program failed at sample {sample}: {message}")?;
                kept_samples(f, Some(*kept))
            }
            MakeError::Unfit { message } => f.write_str(message),
            MakeError::Unfinished { directory } => {
                write!(f, "{} is not finished", directory.display())
            }
            MakeError::Cancelled { kept } => {
                f.write_str("stopped on request")?;
                kept_samples(f, Some(*kept))
            }
            MakeError::Incomplete { missing } => write!(
                f,
                "the shards do not make up the whole: no folder has {missing}"
            ),
            MakeError::Mixed {
                directories: [one, other],
            } => {
                write!(
                    f,
                    "{} and {} are not shards of one data set",
                    one.display(),
                    other.display()
                )
            }
            MakeError::Changed { file, sample } => {
                write!(
                    f,
                    "{} of sample {sample} was changed after it was made",
                    file.display()
                )
            }
            MakeError::Recipe(diagnostics) => {
                let sentences: Vec<String> = diagnostics
                    .iter()
                    .map(|it| format!("{}:{}:{}: {}", it.file, it.line, it.column, it.message))
                    .collect();
                write!(
                    f,
                    "the recipe of the data set is not one for this stage: {}",
                    sentences.join("; ")
                )
            }
            MakeError::Read(source) => source.fmt(f),
        }
    }
}

fn kept_samples(f: &mut fmt::Formatter<'_>, kept: Option<u64>) -> fmt::Result {
    match kept {
        None | Some(0) => Ok(()),
        Some(1) => f.write_str("; the 1 finished sample is kept"),
        Some(kept) => write!(f, "; the {kept} finished samples are kept"),
    }
}

impl std::error::Error for MakeError {}

impl From<DiskError> for MakeError {
    fn from(source: DiskError) -> Self {
        MakeError::Disk { source, kept: None }
    }
}

impl From<ReadError> for MakeError {
    fn from(source: ReadError) -> Self {
        MakeError::Read(source)
    }
}

/// Why a folder cannot be read as a data set.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such folder.
    NoFolder {
        /// The path.
        directory: PathBuf,
    },
    /// Nothing in it says that it is a data set.
    NotADataSet {
        /// The folder.
        directory: PathBuf,
    },
    /// A file of the data set is broken.
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The data set has no such sample, or not yet.
    NoSample {
        /// The one asked for.
        sample: u64,
        /// How many the whole has.
        samples: u64,
    },
    /// The rows have no such column, or it is of another type.
    NoColumn {
        /// The one asked for.
        name: String,
        /// What it was asked for as: "a number".
        expected: &'static str,
    },
    /// A file or folder could not be read.
    Disk(DiskError),
}

impl ReadError {
    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            ReadError::NoFolder { .. }
            | ReadError::NoSample { .. }
            | ReadError::NoColumn { .. } => return None,
            ReadError::NotADataSet { .. } => {
                "name the folder that `populace make` was given with -o: it has card.json and rows.parquet in it"
            }
            ReadError::Damaged { .. } => "run the same `make` command again to write it anew",
            ReadError::Disk(source) => return source.hint(),
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NoFolder { directory } => {
                write!(f, "there is no folder {}", directory.display())
            }
            ReadError::NotADataSet { directory } => {
                write!(
                    f,
                    "{} is not a data set: it has neither a card.json of populace nor a journal of a run",
                    directory.display()
                )
            }
            ReadError::Damaged { file, reason } => {
                write!(f, "{} is damaged: {reason}", file.display())
            }
            ReadError::NoSample { sample, samples } => {
                write!(
                    f,
                    "there is no sample {sample} among the finished ones of a data set of {samples}"
                )
            }
            ReadError::NoColumn { name, expected } => {
                write!(f, "the rows have no column `{name}` that is {expected}")
            }
            ReadError::Disk(source) => source.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<DiskError> for ReadError {
    fn from(source: DiskError) -> Self {
        ReadError::Disk(source)
    }
}
