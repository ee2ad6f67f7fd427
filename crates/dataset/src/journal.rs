//! The record of finished samples that a killed run resumes from.
//!
//! One file per shard in `DIR/.populace`, one JSON object a line: first a [`Header`], then an [`Entry`] per finished sample in the order in
//! which they were finished. When the data set is complete the journals are replaced by one, `journal.jsonl`, in index order. A line is
//! valid only with its line end, so whatever a killed run left of its last one counts as not written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::description::{Column, ColumnKind, Description};
use crate::disk::{Action, DiskError, sha256_hex};
use crate::sample::Scalar;
use crate::shard::Shard;

/// The folder that holds journals.
pub(crate) const FOLDER: &str = ".populace";

/// The journal of a finished data set.
pub(crate) const FINISHED: &str = "journal.jsonl";

/// How many samples may be lost to a power cut (never to a mere kill).
const SYNC_EVERY: u32 = 8;

/// Version of the format of header and entries.
const FORMAT: u32 = 1;

/// First line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    format: u32,
    /// As people write it: `3/16`.
    shard: String,
    pub(crate) description: Description,
    /// The population's columns, which each entry has a value for.
    pub(crate) columns: Vec<Column>,
}

impl Header {
    pub(crate) fn new(shard: Shard, description: Description, columns: Vec<Column>) -> Self {
        Self {
            format: FORMAT,
            shard: shard.to_string(),
            description,
            columns,
        }
    }

    /// The shard that the journal is of, as people write it.
    pub(crate) fn shard(&self) -> &str {
        &self.shard
    }

    /// The same data set, seen as a whole.
    pub(crate) fn whole(&self) -> Self {
        Self::new(Shard::WHOLE, self.description.clone(), self.columns.clone())
    }
}

/// A finished sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) sample: u64,
    pub(crate) files: Vec<FileEntry>,
    /// See [`content_sha256`].
    pub(crate) content_sha256: String,
    pub(crate) scalars: Vec<(String, Cell)>,
    /// One value per column of the header.
    pub(crate) row: Vec<Cell>,
}

/// A file of a finished sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Relative to the data set: `images/000000017.png`.
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

impl FileEntry {
    /// Folder and extension.
    pub(crate) fn place(&self) -> (&str, &str) {
        let (folder, name) = self.file.split_once('/').unwrap_or(("", &self.file));
        (
            folder,
            name.split_once('.').map_or("", |(_, extension)| extension),
        )
    }
}

/// Hash of all files of a sample: SHA-256 of what `sha256sum` prints for them, in column order.
pub(crate) fn content_sha256<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut listing = String::new();
    for (sha256, file) in files {
        listing.extend([sha256, "  ", file, "\n"]);
    }
    sha256_hex(listing.as_bytes())
}

/// A value of a row, as JSON has it. Numbers with a fraction or exponent are real, others whole; both come back bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Flag(bool),
    Integer(i64),
    /// Only beyond the range of `Integer`.
    Index(u64),
    Number(f64),
    Text(String),
    /// `null`: a number that is not finite.
    Missing,
}

impl Cell {
    pub(crate) fn number(value: f64) -> Self {
        if value.is_finite() {
            Cell::Number(value)
        } else {
            Cell::Missing
        }
    }

    pub(crate) fn index(value: u64) -> Self {
        i64::try_from(value).map_or(Cell::Index(value), Cell::Integer)
    }

    /// Type of the column of scalars that it belongs to; only real numbers can be missing.
    pub(crate) fn scalar_kind(&self) -> ColumnKind {
        match self {
            Cell::Flag(_) => ColumnKind::Flag,
            Cell::Integer(_) | Cell::Index(_) => ColumnKind::Integer,
            Cell::Number(_) | Cell::Missing => ColumnKind::Number,
            Cell::Text(_) => ColumnKind::Text,
        }
    }
}

impl From<Scalar> for Cell {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Number(value) => Cell::number(value),
            Scalar::Integer(value) => Cell::Integer(value),
            Scalar::Text(value) => Cell::Text(value),
            Scalar::Flag(value) => Cell::Flag(value),
        }
    }
}

/// The journal of a shard.
pub(crate) fn path(directory: &Path, shard: Shard) -> PathBuf {
    directory.join(FOLDER).join(format!(
        "journal-{:05}-of-{:05}.jsonl",
        shard.index() + 1,
        shard.of()
    ))
}

/// All journals of a directory: the finished one first, then by name.
pub(crate) fn list(directory: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let folder = directory.join(FOLDER);
    let failed = |error| DiskError::new(Action::List, &folder, error);
    let entries = match std::fs::read_dir(&folder) {
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        other => other.map_err(failed)?,
    };
    let mut journals = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("journal") && name.ends_with(".jsonl") {
            journals.push(entry.path());
        }
    }
    journals.sort_by_key(|path| {
        (
            path.file_name().is_none_or(|name| name != FINISHED),
            path.clone(),
        )
    });
    Ok(journals)
}

/// Who may change which files of a folder while others look: held until dropped.
///
/// A system that cannot lock a folder gives no lock. Then only runs that begin or finish in one folder at the same moment can disturb each
/// other, with an error and never with wrong bytes.
#[derive(Debug)]
pub(crate) struct FolderLock(Option<File>);

impl FolderLock {
    /// For reading journals: nobody replaces them meanwhile.
    pub(crate) fn shared(directory: &Path) -> Self {
        let folder = File::open(directory.join(FOLDER)).ok();
        Self(folder.inspect(|folder| drop(folder.lock_shared())))
    }

    /// For replacing them.
    pub(crate) fn exclusive(directory: &Path) -> Self {
        let folder = File::open(directory.join(FOLDER)).ok();
        Self(folder.inspect(|folder| drop(folder.lock())))
    }

    pub(crate) fn release(self) {
        drop(self.0);
    }
}

/// Reads a journal from its start: the header (none if the run was killed before it was written), then each valid entry with the place
/// of its line. Returns how many bytes are valid.
pub(crate) fn scan(
    path: &Path,
    mut each: impl FnMut(u64, Entry),
) -> Result<(Option<Header>, u64), DiskError> {
    let failed = |error| DiskError::new(Action::Read, path, error);
    let mut lines = BufReader::new(File::open(path).map_err(failed)?);
    let mut line = Vec::new();
    let mut header: Option<Header> = None;
    let mut offset = 0;
    loop {
        line.clear();
        let length = lines.read_until(b'\n', &mut line).map_err(failed)? as u64;
        if line.last() != Some(&b'\n') {
            return Ok((header, offset));
        }
        match &header {
            None => match serde_json::from_slice::<Header>(&line) {
                Ok(first) if first.format == FORMAT => header = Some(first),
                _ => return Ok((None, 0)),
            },
            // A line that is damaged or speaks of no sample of the set is as good as not written.
            Some(header) => {
                if let Ok(entry) = serde_json::from_slice::<Entry>(&line)
                    && entry.sample < header.description.samples
                    && entry.row.len() == header.columns.len()
                {
                    each(offset, entry);
                }
            }
        }
        offset += length;
    }
}

/// Reads single entries of a journal by the place of their lines.
#[derive(Debug)]
pub(crate) struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    at: u64,
}

impl Lines {
    pub(crate) fn open(path: &Path) -> Result<Self, DiskError> {
        let file = File::open(path).map_err(|error| DiskError::new(Action::Read, path, error))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufReader::with_capacity(1 << 16, file),
            at: 0,
        })
    }

    /// The entry whose line starts at `offset`; `None` if there is no longer one.
    pub(crate) fn entry(&mut self, offset: u64) -> Result<Option<Entry>, DiskError> {
        let mut line = Vec::new();
        let step = offset.cast_signed() - self.at.cast_signed();
        self.file
            .seek_relative(step)
            .and_then(|()| self.file.read_until(b'\n', &mut line))
            .map_err(|error| DiskError::new(Action::Read, &self.path, error))?;
        self.at = offset + line.len() as u64;
        Ok(serde_json::from_slice(&line).ok())
    }
}

/// The journal that a run appends to, locked against a second run of the same shard.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Where the last whole line ends.
    end: u64,
    unsynced: u32,
    /// Folders with files that the unsynced lines speak of.
    folders: Vec<PathBuf>,
}

/// Why a journal cannot be opened for writing.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// Another process writes it.
    Busy,
    Disk(DiskError),
}

impl From<DiskError> for OpenError {
    fn from(error: DiskError) -> Self {
        OpenError::Disk(error)
    }
}

impl Journal {
    /// Opens the journal behind what `keep` bytes it has of valid lines, or starts it anew with `header` if that is 0.
    ///
    /// `keep` is asked once the lock is held, so nobody changes the answer.
    pub(crate) fn open(
        path: PathBuf,
        header: &Header,
        keep: impl FnOnce(&Path) -> Result<u64, DiskError>,
    ) -> Result<Self, OpenError> {
        let failed = |error| DiskError::new(Action::Write, &path, error);
        crate::disk::create_folder(path.parent().unwrap_or(Path::new(".")))?;
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(OpenError::Busy),
            // A file system without locks cannot tell us; the user's own care must do.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let end = keep(&path)?;
        let mut journal = Self {
            path,
            file,
            end,
            unsynced: 0,
            folders: Vec::new(),
        };
        journal.truncate()?;
        if end == 0 {
            journal.line(header)?;
            journal.sync()?;
            crate::disk::sync_folder(journal.path.parent().unwrap_or(Path::new(".")));
        }
        Ok(journal)
    }

    /// Records a finished sample of `directory`.
    pub(crate) fn append(&mut self, directory: &Path, entry: &Entry) -> Result<(), DiskError> {
        self.line(entry)?;
        for file in &entry.files {
            let folder = directory.join(file.place().0);
            if !self.folders.contains(&folder) {
                self.folders.push(folder);
            }
        }
        self.unsynced += 1;
        if self.unsynced >= SYNC_EVERY {
            self.sync()
        } else {
            Ok(())
        }
    }

    /// Makes all lines, and the names of the files they speak of, survive a power cut.
    pub(crate) fn sync(&mut self) -> Result<(), DiskError> {
        for folder in self.folders.drain(..) {
            crate::disk::sync_folder(&folder);
        }
        self.unsynced = 0;
        self.file
            .sync_all()
            .map_err(|error| DiskError::new(Action::Write, &self.path, error))
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), DiskError> {
        let line = to_line(value)
            .map_err(|error| DiskError::new(Action::Write, &self.path, error.into()))?;
        if let Err(error) = self.file.write_all(&line) {
            let error = DiskError::new(Action::Write, &self.path, error);
            // On a full disk a part of the line may be there; without this the next line would continue it.
            self.truncate().ok();
            return Err(error);
        }
        self.end += line.len() as u64;
        Ok(())
    }

    fn truncate(&mut self) -> Result<(), DiskError> {
        self.file
            .set_len(self.end)
            .and_then(|()| self.file.seek(SeekFrom::Start(self.end)))
            .map(drop)
            .map_err(|error| DiskError::new(Action::Write, &self.path, error))
    }
}

/// One line of a journal.
pub(crate) fn to_line(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_bit_for_bit() {
        let cells = vec![
            Cell::number(0.1 + 0.2),
            Cell::number(5e-324),
            Cell::number(1.0),
            Cell::number(-0.0),
            Cell::number(f64::MAX),
            Cell::number(f64::NAN),
            Cell::Integer(i64::MIN),
            Cell::index(u64::MAX),
            Cell::Flag(true),
            Cell::Text("a \"quoted\"\nline".into()),
        ];
        let line = to_line(&cells).unwrap();
        assert_eq!(line.split(|&byte| byte == b'\n').count() - 1, 1, "one line");
        let back: Vec<Cell> = serde_json::from_slice(&line).unwrap();
        assert_eq!(back, cells);
        assert!(matches!(back[3], Cell::Number(zero) if zero.is_sign_negative()));
    }

    #[test]
    fn content_is_the_hash_of_a_sha256sum_listing() {
        let listing = "aa  images/0.png\nbb  depth/0.exr\n";
        let content = content_sha256([("aa", "images/0.png"), ("bb", "depth/0.exr")]);
        assert_eq!(content, sha256_hex(listing.as_bytes()));
    }
}
