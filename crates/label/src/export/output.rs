//! Files of an export, each there whole or not at all.

use std::cell::Cell;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use dataset::ReadError;

use crate::kind::LabelKind;

/// Why an export stopped.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExportError {
    /// The data set cannot be read.
    Read(ReadError),
    /// A file or folder cannot be read or written.
    Disk {
        /// `read`, `write`, `create` or `list`.
        action: &'static str,
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The target folder has something in it.
    NotEmpty {
        /// The folder.
        directory: PathBuf,
    },
    /// The format has people, and the data set vehicles.
    Subject {
        /// The format's name.
        format: &'static str,
    },
    /// The annotations of a sample do not parse.
    Annotations {
        /// Which sample.
        sample: u64,
        /// What the reader found.
        reason: String,
    },
    /// The data set was made without labels that the format cannot do without.
    Lacks {
        /// The format's name.
        format: &'static str,
        /// What it needs.
        kinds: Vec<LabelKind>,
    },
    /// A picture among the labels does not decode.
    Picture {
        /// Which sample.
        sample: u64,
        /// Its folder and what is wrong.
        reason: String,
    },
    /// The caller's progress asked to stop.
    Cancelled {
        /// Samples written before.
        written: u64,
    },
}

impl ExportError {
    pub(super) fn disk(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Disk {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read(source) => source.hint(),
            Self::Disk { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space or choose another folder, then export again".to_owned())
            }
            Self::NotEmpty { .. } => {
                Some("choose an empty folder or one that does not exist yet".to_owned())
            }
            Self::Annotations { .. } | Self::Picture { .. } => Some(
                "`populace verify` lists damaged files and `populace regen` makes a sample again"
                    .to_owned(),
            ),
            Self::Lacks { kinds, .. } => {
                let names: Vec<&str> = kinds.iter().map(|k| k.name()).collect();
                Some(format!(
                    "make the data set with `labels: [{}]` and whatever else it needs",
                    names.join(", ")
                ))
            }
            Self::Subject { .. } => {
                Some("formats for vehicles are cardd, yolo-seg, kitti and mvtec".to_owned())
            }
            Self::Disk { .. } | Self::Cancelled { .. } => None,
        }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(source) => source.fmt(f),
            Self::Disk {
                action,
                path,
                source,
            } => write!(f, "cannot {action} {}: {source}", path.display()),
            Self::NotEmpty { directory } => {
                write!(f, "the folder {} is not empty", directory.display())
            }
            Self::Annotations { sample, reason } => write!(
                f,
                "the annotations of sample {sample} cannot be read: {reason}"
            ),
            Self::Lacks { format, kinds } => {
                let names: Vec<String> = kinds.iter().map(|k| format!("`{}`", k.name())).collect();
                write!(
                    f,
                    "the data set was made without {}, which {format} needs",
                    names.join(" and ")
                )
            }
            Self::Picture { sample, reason } => {
                write!(f, "a picture of sample {sample} cannot be read: {reason}")
            }
            Self::Subject { format } => write!(
                f,
                "the format `{format}` is for people, and the data set shows vehicles"
            ),
            Self::Cancelled { written } => write!(f, "stopped on request after {written} samples"),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<ReadError> for ExportError {
    fn from(source: ReadError) -> Self {
        Self::Read(source)
    }
}

/// The folder an export goes to.
#[derive(Debug)]
pub(super) struct Output {
    directory: PathBuf,
    files: Cell<u64>,
    bytes: Cell<u64>,
}

impl Output {
    pub(super) fn create(directory: &Path) -> Result<Self, ExportError> {
        fs::create_dir_all(directory).map_err(|e| ExportError::disk("create", directory, e))?;
        let mut inside =
            fs::read_dir(directory).map_err(|e| ExportError::disk("list", directory, e))?;
        if inside.next().is_some() {
            return Err(ExportError::NotEmpty {
                directory: directory.to_owned(),
            });
        }
        Ok(Self {
            directory: directory.to_owned(),
            files: Cell::new(0),
            bytes: Cell::new(0),
        })
    }

    pub(super) fn folder(&self, name: &str) -> Result<(), ExportError> {
        let path = self.directory.join(name);
        fs::create_dir_all(&path).map_err(|e| ExportError::disk("create", &path, e))
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let mut file = self.open(name)?;
        file.write(bytes)?;
        self.close(file)
    }

    /// A file that is written piece by piece; it has its name only once it is closed.
    pub(super) fn open(&self, name: &str) -> Result<Growing, ExportError> {
        let path = self.directory.join(name);
        let mut part = path.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|e| ExportError::disk("create", &part, e))?;
        Ok(Growing {
            path,
            part,
            file: BufWriter::new(file),
            bytes: 0,
        })
    }

    pub(super) fn close(&self, file: Growing) -> Result<(), ExportError> {
        let Growing {
            path,
            part,
            file,
            bytes,
        } = file;
        let flushed = file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all());
        flushed.map_err(|e| ExportError::disk("write", &part, e))?;
        fs::rename(&part, &path).map_err(|e| ExportError::disk("write", &path, e))?;
        self.files.set(self.files.get() + 1);
        self.bytes.set(self.bytes.get() + bytes);
        Ok(())
    }

    pub(super) fn files(&self) -> u64 {
        self.files.get()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.get()
    }
}

/// A file under a temporary name.
#[derive(Debug)]
pub(super) struct Growing {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl Growing {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.bytes += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(|e| ExportError::disk("write", &self.part, e))
    }

    /// Appends what another temporary file holds, and deletes that.
    pub(super) fn append(&mut self, other: Self) -> Result<(), ExportError> {
        let Self {
            part, file, bytes, ..
        } = other;
        let done = (|| {
            file.into_inner().map_err(io::IntoInnerError::into_error)?;
            io::copy(&mut File::open(&part)?, &mut self.file)?;
            fs::remove_file(&part)
        })();
        self.bytes += bytes;
        done.map_err(|e| ExportError::disk("write", &part, e))
    }
}
