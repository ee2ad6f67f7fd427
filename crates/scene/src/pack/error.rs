//! What can go wrong with packs, each as one sentence and a hint.
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a pack could not be listed, installed, checked or removed. `Display` is one sentence; [`PackError::hint`] says what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum PackError {
    /// The environment names neither a folder for packs nor a home.
    NoHome,
    /// No pack has this name.
    Unknown {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The pack is not installed.
    Absent {
        /// Catalogue names.
        names: Vec<String>,
    },
    /// Files of an installed pack are missing or changed.
    Damaged {
        /// Catalogue name.
        name: String,
        /// The first of them and what is wrong, e.g. `mesh.obj is missing`.
        first: String,
        /// How many files are affected.
        files: usize,
    },
    /// The program that fetches from a registry is not there.
    ProgramMissing {
        /// What was to be fetched: name and version.
        pack: String,
        /// `python3`, `pip` or `npm`.
        program: &'static str,
        /// The command that installs it.
        install: &'static str,
    },
    /// `pip` or `npm` ran and did not deliver.
    FetchFailed {
        /// Catalogue name.
        name: String,
        /// Version.
        version: String,
        /// Archive file name.
        archive: String,
        /// `pip` or `npm`.
        program: &'static str,
        /// The program's own words, one line.
        said: String,
    },
    /// The archive is not the one the catalogue pins; nothing of it was kept.
    WrongArchive {
        /// Catalogue name.
        name: String,
        /// The file that was looked at.
        file: PathBuf,
        /// Its SHA-256, lower-case hex, and its size in bytes.
        found: (String, u64),
        /// What the catalogue says.
        expected: (String, u64),
    },
    /// The archive has the right hash and still cannot be taken apart as the catalogue says.
    BadArchive {
        /// Catalogue name.
        name: String,
        /// What is wrong with it.
        found: String,
    },
    /// The pack's files are of no use on this machine.
    OtherPlatform {
        /// Catalogue name.
        name: String,
        /// The platform they are for, as `linux-x86_64`.
        platform: String,
    },
    /// The disk is full.
    DiskFull {
        /// The store's folder.
        folder: PathBuf,
        /// What an install needs for a moment: archive and files together.
        needed_bytes: u64,
    },
    /// A file or folder could not be read or written.
    Io {
        /// What was tried, e.g. `create the folder`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
}

impl PackError {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io {
            doing,
            path: path.to_owned(),
            error,
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoHome => Some("set POPULACE_PACKS to a folder for packs".to_owned()),
            Self::Unknown { known, .. } => Some(format!("there are {}", known.join(", "))),
            Self::Absent { .. } => Some("run `populace packs install`".to_owned()),
            Self::Damaged { name, .. } => Some(format!("run `populace packs install {name}`")),
            Self::ProgramMissing { install, .. } => Some(format!("install it with `{install}`")),
            Self::FetchFailed {
                name,
                archive,
                program,
                ..
            } => Some(format!(
                "check the network and {program}'s proxy and mirror settings, or fetch {archive} on another machine and run \
                 `populace packs install {name} --from FILE`"
            )),
            Self::WrongArchive {
                name,
                found,
                expected,
                ..
            } if found.1 < expected.1 => Some(format!(
                "it is {} bytes short: fetch it again, then run `populace packs install {name}`",
                expected.1 - found.1
            )),
            Self::WrongArchive { .. } => {
                Some("fetch exactly the version that `populace packs list` names".to_owned())
            }
            Self::BadArchive { .. } => None,
            Self::OtherPlatform { .. } => {
                Some("it is optional: everything works without it".to_owned())
            }
            Self::DiskFull { needed_bytes, .. } => Some(format!(
                "free {} MB, or set POPULACE_PACKS to a folder on another disk",
                needed_bytes.div_ceil(1_000_000)
            )),
            Self::Io { error, .. } => match error.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Some("set POPULACE_PACKS to a folder you may write to".to_owned())
                }
                _ => None,
            },
        }
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHome => write!(f, "there is no folder for packs: no home folder is set"),
            Self::Unknown { name, .. } => write!(f, "there is no pack `{name}`"),
            Self::Absent { names } => match &names[..] {
                [name] => write!(f, "the pack {name} is not installed"),
                _ => write!(f, "the packs {} are not installed", names.join(", ")),
            },
            Self::Damaged { name, first, files } => {
                write!(f, "the pack {name} is damaged: {first}")?;
                match files {
                    0 | 1 => Ok(()),
                    _ => write!(f, ", and {} more files", files - 1),
                }
            }
            Self::ProgramMissing { pack, program, .. } => {
                write!(f, "fetching {pack} needs {program}, which is not installed")
            }
            Self::FetchFailed {
                name,
                version,
                program,
                said,
                ..
            } => {
                write!(f, "{program} could not fetch {name} {version}: {said}")
            }
            Self::WrongArchive {
                name,
                file,
                found,
                expected,
            } => write!(
                f,
                "{} is not the archive of {name}: its SHA-256 is {}, expected {}",
                file.display(),
                found.0,
                expected.0
            ),
            Self::BadArchive { name, found } => {
                write!(f, "the archive of {name} cannot be installed: {found}")
            }
            Self::OtherPlatform { name, platform } => {
                write!(f, "the pack {name} is for {platform} only")
            }
            Self::DiskFull { folder, .. } => {
                write!(
                    f,
                    "the disk of {} is full; nothing was installed",
                    folder.display()
                )
            }
            Self::Io { doing, path, error } => {
                write!(f, "cannot {doing} {}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for PackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            Self::NoHome
            | Self::Unknown { .. }
            | Self::Absent { .. }
            | Self::Damaged { .. }
            | Self::ProgramMissing { .. }
            | Self::FetchFailed { .. }
            | Self::WrongArchive { .. }
            | Self::BadArchive { .. }
            | Self::OtherPlatform { .. }
            | Self::DiskFull { .. } => None,
        }
    }
}
