//! What an install wrote: the list of files with their hashes, kept beside them.
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// File name of the manifest inside a pack's folder.
pub(super) const FILE_NAME: &str = "manifest.json";

/// The installed files of one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: String,
    pub(super) licence_note: String,
    pub(super) homepage: String,
    pub(super) archive_sha256: String,
    /// Sorted by path.
    pub(super) files: Vec<FileEntry>,
}

/// One installed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileEntry {
    /// Relative to the pack's folder, `/` between folders.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Manifest {
    /// SHA-256 over the lines `<sha256>  <path>\n`, sorted by path: the form of `sha256sum`.
    pub(super) fn tree_sha256(&self) -> String {
        let mut hasher = Sha256::new();
        for file in &self.files {
            hasher.update(format!("{}  {}\n", file.sha256, file.path));
        }
        hex(&hasher.finalize())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// `None` when there is no manifest that can be read.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read(folder.join(FILE_NAME)).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// SHA-256 of everything `reader` still gives, and how many bytes that was; `heard` gets each block's length.
pub(super) fn sha256(
    reader: &mut dyn Read,
    heard: &mut dyn FnMut(u64),
) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 20];
    let mut total = 0;
    loop {
        let count = match reader.read(&mut block) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if count == 0 {
            return Ok((hex(&hasher.finalize()), total));
        }
        hasher.update(&block[..count]);
        total += count as u64;
        heard(count as u64);
    }
}

/// SHA-256 of a file.
pub(super) fn file_sha256(path: &Path) -> io::Result<String> {
    Ok(sha256(&mut File::open(path)?, &mut |_| ())?.0)
}
