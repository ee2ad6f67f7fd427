//! Files that are there whole or not at all, and sentences for what a disk may do to us.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What could not be done to a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Make a folder.
    CreateFolder,
    /// Write a file.
    Write,
    /// Read a file.
    Read,
    /// List a folder.
    List,
    /// Remove a file.
    Remove,
}

impl Action {
    fn verb(self) -> &'static str {
        match self {
            Action::CreateFolder => "create the folder",
            Action::Write => "write",
            Action::Read => "read",
            Action::List => "list the folder",
            Action::Remove => "remove",
        }
    }
}

/// A file or folder, what was tried with it, and why it failed.
#[derive(Debug)]
pub struct DiskError {
    /// What it is about.
    pub path: PathBuf,
    /// What was tried.
    pub action: Action,
    /// What the operating system said.
    pub source: io::Error,
    /// Space left on that disk for this user; known on Unix when the disk was full.
    pub free_bytes: Option<u64>,
}

impl DiskError {
    pub(crate) fn new(action: Action, path: &Path, source: io::Error) -> Self {
        let free_bytes = if is_full(&source) {
            free_bytes(path)
        } else {
            None
        };
        Self {
            path: path.to_owned(),
            action,
            source,
            free_bytes,
        }
    }

    /// Whether the disk or the user's quota is full.
    pub fn is_full(&self) -> bool {
        is_full(&self.source)
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Some("free space and run the same command again".to_owned())
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                if self.action != Action::Read =>
            {
                Some("choose a folder that you may write to".to_owned())
            }
            _ => None,
        }
    }
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: ", self.action.verb(), self.path.display())?;
        match self.source.kind() {
            io::ErrorKind::StorageFull => f.write_str("the disk is full")?,
            io::ErrorKind::QuotaExceeded => f.write_str("your quota on this disk is used up")?,
            io::ErrorKind::PermissionDenied => f.write_str("permission denied")?,
            io::ErrorKind::ReadOnlyFilesystem => f.write_str("the disk is read-only")?,
            io::ErrorKind::NotFound => f.write_str("there is no such file or folder")?,
            io::ErrorKind::NotADirectory => {
                f.write_str("a part of the path is a file, not a folder")?;
            }
            io::ErrorKind::AlreadyExists => f.write_str("a file of that name is in the way")?,
            _ => write!(f, "{}", self.source)?,
        }
        match self.free_bytes {
            Some(bytes) => write!(f, " ({} left)", human_bytes(bytes)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DiskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// Space left for this user on the disk that holds `path` or its nearest existing parent.
fn free_bytes(path: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        path.ancestors()
            .find_map(|place| rustix::fs::statvfs(place).ok())
            .map(|disk| disk.f_bavail * disk.f_frsize)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

fn human_bytes(bytes: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    match units.into_iter().find(|&(_, size)| bytes as f64 >= size) {
        Some((unit, size)) => format!("{:.1} {unit}", bytes as f64 / size),
        None => format!("{bytes} bytes"),
    }
}

/// Makes a folder and its parents.
pub(crate) fn create_folder(path: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(path).map_err(|error| DiskError::new(Action::CreateFolder, path, error))
}

/// Removes a file; one that is not there is fine.
pub(crate) fn remove_file(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(DiskError::new(Action::Remove, path, error))
        }
        _ => Ok(()),
    }
}

/// Makes renames in a folder survive a power cut. Best effort: some file systems cannot, and a lost rename is found on resume.
pub(crate) fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(path) {
        folder.sync_all().ok();
    }
}

/// A file under a temporary name in its final folder, hashed as it is written. Dropped before [`Sealed::publish`], it leaves nothing.
pub(crate) struct AtomicFile {
    writer: Option<BufWriter<File>>,
    name: Name,
    hasher: Sha256,
    bytes: u64,
}

impl AtomicFile {
    /// Starts a file, making its folder when there is none.
    ///
    /// The temporary name depends on the final one only, so that a rerun overwrites what a killed run has left.
    pub(crate) fn create(path: &Path) -> Result<Self, DiskError> {
        let temporary = temporary_path(path);
        let open = || {
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&temporary)
        };
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_folder(path.parent().unwrap_or(Path::new(".")))?;
                open()
            }
            other => other,
        }
        .map_err(|error| DiskError::new(Action::Write, path, error))?;
        let name = Name {
            temporary,
            path: path.to_owned(),
            published: false,
        };
        Ok(Self {
            writer: Some(BufWriter::new(file)),
            name,
            hasher: Sha256::new(),
            bytes: 0,
        })
    }

    /// Writes a whole file.
    pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<Written, DiskError> {
        let mut file = Self::create(path)?;
        file.write_all(bytes)
            .map_err(|error| DiskError::new(Action::Write, path, error))?;
        file.seal()?.publish()
    }

    /// Flushes the contents to the disk; the final name still stands for what was there before.
    pub(crate) fn seal(mut self) -> Result<Sealed, DiskError> {
        let path = self.name.path.clone();
        let failed = |error| DiskError::new(Action::Write, &path, error);
        if let Some(mut writer) = self.writer.take() {
            writer.flush().map_err(failed)?;
            writer.get_ref().sync_all().map_err(failed)?;
        }
        let written = Written {
            sha256: hex(&self.hasher.finalize()),
            bytes: self.bytes,
        };
        Ok(Sealed {
            name: self.name,
            written,
        })
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(writer) = &mut self.writer else {
            return Err(io::Error::other("the file is sealed"));
        };
        let written = writer.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// A complete file that still waits for its name.
pub(crate) struct Sealed {
    name: Name,
    pub(crate) written: Written,
}

impl Sealed {
    /// Gives the file its final name, in one step.
    pub(crate) fn publish(mut self) -> Result<Written, DiskError> {
        fs::rename(&self.name.temporary, &self.name.path)
            .map_err(|error| DiskError::new(Action::Write, &self.name.path, error))?;
        self.name.published = true;
        Ok(self.written.clone())
    }
}

/// Size and hash of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// Owns the temporary file.
struct Name {
    temporary: PathBuf,
    path: PathBuf,
    published: bool,
}

impl Drop for Name {
    fn drop(&mut self) {
        if !self.published {
            fs::remove_file(&self.temporary).ok();
        }
    }
}

fn temporary_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".partial");
    path.with_file_name(name)
}

/// Hash and size of a file, read in pieces that `each` also sees.
pub(crate) fn hash_file(
    path: &Path,
    mut each: impl FnMut(&[u8]) -> Result<(), DiskError>,
) -> Result<Written, DiskError> {
    let failed = |error| DiskError::new(Action::Read, path, error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut bytes = 0;
    let mut piece = vec![0; 1 << 16];
    loop {
        let n = match file.read(&mut piece) {
            Ok(0) => {
                return Ok(Written {
                    sha256: hex(&hasher.finalize()),
                    bytes,
                });
            }
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        hasher.update(&piece[..n]);
        bytes += n as u64;
        each(&piece[..n])?;
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a string cannot fail.
            write!(text, "{byte:02x}").ok();
            text
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_unpublished_file_leaves_the_old_one_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        AtomicFile::write(&path, b"old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        let sealed = file.seal().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        drop(sealed);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_hash_is_sha256() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/on/demand/abc");
        let written = AtomicFile::write(&path, b"abc").unwrap();
        assert_eq!(
            written.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(hash_file(&path, |_| Ok(())).unwrap(), written);
    }

    #[test]
    fn a_full_disk_is_named_with_the_space_that_is_left() {
        let error = DiskError::new(
            Action::Write,
            Path::new("/dev/full/images/0.png"),
            io::ErrorKind::StorageFull.into(),
        );
        let message = error.to_string();
        assert!(
            message.starts_with("cannot write /dev/full/images/0.png: the disk is full"),
            "{message}"
        );
        assert!(!cfg!(unix) || message.ends_with(" left)"), "{message}");
        assert_eq!(human_bytes(999), "999 bytes");
        assert_eq!(human_bytes(12_345), "12.3 kB");
    }
}
