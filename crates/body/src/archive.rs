//! The compact cache: named byte sections in one memory-mapped file.
//!
//! Layout, little endian: magic, `u32` section count, then per section `u16` name length, name, `u64` offset, `u64` length; then the bytes.
//! The file is written once by [`ArchiveWriter`] and only ever read afterwards; opening it reads the directory and nothing else.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use memmap2::Mmap;

/// Bumped whenever the layout or the meaning of a section changes: an older cache is then rebuilt.
pub(crate) const MAGIC: &[u8; 8] = b"POPBODY2";

/// Collects sections, then writes them in name order.
#[derive(Debug, Default)]
pub(crate) struct ArchiveWriter {
    sections: BTreeMap<String, Vec<u8>>,
}

impl ArchiveWriter {
    pub(crate) fn bytes(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        self.sections.insert(name.into(), bytes);
    }

    pub(crate) fn u32s(&mut self, name: impl Into<String>, values: impl IntoIterator<Item = u32>) {
        self.bytes(
            name,
            values.into_iter().flat_map(u32::to_le_bytes).collect(),
        );
    }

    pub(crate) fn f32s(&mut self, name: impl Into<String>, values: impl IntoIterator<Item = f32>) {
        self.bytes(
            name,
            values.into_iter().flat_map(f32::to_le_bytes).collect(),
        );
    }

    /// Writes to a temporary name beside `path`, flushes, renames: a reader sees the whole file or none.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        let mut out = BufWriter::new(File::create(&temporary)?);
        out.write_all(MAGIC)?;
        out.write_all(&(self.sections.len() as u32).to_le_bytes())?;
        let directory: u64 = self
            .sections
            .keys()
            .map(|name| 18 + name.len() as u64)
            .sum();
        let mut offset = 12 + directory;
        for (name, bytes) in &self.sections {
            out.write_all(&(name.len() as u16).to_le_bytes())?;
            out.write_all(name.as_bytes())?;
            out.write_all(&offset.to_le_bytes())?;
            out.write_all(&(bytes.len() as u64).to_le_bytes())?;
            offset += bytes.len() as u64;
        }
        for bytes in self.sections.values() {
            out.write_all(bytes)?;
        }
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, path)
    }
}

/// A cache opened for reading.
#[derive(Debug)]
pub(crate) struct Archive {
    map: Mmap,
    index: BTreeMap<String, (usize, usize)>,
    path: PathBuf,
}

impl Archive {
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] when the file is not a cache of this version or is cut short: the caller rebuilds it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let map = map_file(&file)?;
        let index = read_directory(&map).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "not a body cache of this version",
            )
        })?;
        Ok(Self {
            map,
            index,
            path: path.to_owned(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }

    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.index
            .get(name)
            .map(|&(offset, length)| &self.map[offset..offset + length])
    }

    pub(crate) fn u32s(&self, name: &str) -> Option<Vec<u32>> {
        Some(
            self.bytes(name)?
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| u32::from_le_bytes(*b))
                .collect(),
        )
    }

    pub(crate) fn f32s(&self, name: &str) -> Option<Vec<f32>> {
        Some(
            self.bytes(name)?
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect(),
        )
    }
}

#[expect(unsafe_code, reason = "memory mapping has no safe interface")]
fn map_file(file: &File) -> io::Result<Mmap> {
    // SAFETY: the cache is written under a temporary name and renamed into place, and nobody writes to it afterwards; a
    // user who truncates it under a running process gets a bus error, as with any mapped file.
    unsafe { Mmap::map(file) }
}

fn read_directory(map: &[u8]) -> Option<BTreeMap<String, (usize, usize)>> {
    let (magic, rest) = map.split_first_chunk::<8>()?;
    if magic != MAGIC {
        return None;
    }
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let mut index = BTreeMap::new();
    for _ in 0..u32::from_le_bytes(*count) {
        let (length, tail) = rest.split_first_chunk::<2>()?;
        let (name, tail) = tail.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let (offset, tail) = tail.split_first_chunk::<8>()?;
        let (size, tail) = tail.split_first_chunk::<8>()?;
        rest = tail;
        let offset = usize::try_from(u64::from_le_bytes(*offset)).ok()?;
        let size = usize::try_from(u64::from_le_bytes(*size)).ok()?;
        if offset.checked_add(size)? > map.len() {
            return None;
        }
        index.insert(std::str::from_utf8(name).ok()?.to_owned(), (offset, size));
    }
    Some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_written_and_refuses_a_file_cut_short() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("body.cache");
        let mut writer = ArchiveWriter::default();
        writer.u32s("b", [1, 2, 3]);
        writer.f32s("a", [0.5]);
        writer.write(&path).expect("written");
        let archive = Archive::open(&path).expect("opens");
        assert_eq!(archive.u32s("b"), Some(vec![1, 2, 3]));
        assert_eq!(archive.f32s("a"), Some(vec![0.5]));
        assert_eq!(archive.bytes("c"), None);
        let whole = fs::read(&path).expect("readable");
        for cut in [0, 7, 11, 20, whole.len() - 1] {
            let short = folder.path().join(format!("short{cut}"));
            fs::write(&short, &whole[..cut]).expect("written");
            assert!(
                Archive::open(&short).is_err(),
                "a cache cut to {cut} bytes was accepted"
            );
        }
    }
}
