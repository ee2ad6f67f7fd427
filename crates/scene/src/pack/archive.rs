//! Taking an archive apart: which files, where to, and nothing that leaves the folder or outgrows its announced size.
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Component, Path};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::catalogue::{Pack, Registry};
use super::manifest::{FileEntry, hex};
use super::{PackError, Progress};

/// Writes the files the catalogue takes from `archive` into `folder`, converted, and lists them by path. The caller flushes them.
pub(super) fn unpack(
    pack: &Pack,
    archive: File,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<Vec<FileEntry>, PackError> {
    let mut sink = Sink {
        pack,
        folder,
        written_bytes: 0,
        files: BTreeMap::new(),
        phase: format!("unpacking {} {}", pack.name, pack.version),
        progress,
    };
    match pack.registry {
        Registry::Pypi => unpack_zip(archive, &mut sink)?,
        Registry::Npm => unpack_tar(archive, &mut sink)?,
    }
    Ok(sink.files.into_values().collect())
}

fn unpack_zip(archive: File, sink: &mut Sink<'_>) -> Result<(), PackError> {
    let damaged = |pack: &Pack, error: zip::result::ZipError| bad(pack, error.to_string());
    let mut zip =
        zip::ZipArchive::new(BufReader::new(archive)).map_err(|error| damaged(sink.pack, error))?;
    for index in 0..zip.len() {
        let mut entry = zip
            .by_index(index)
            .map_err(|error| damaged(sink.pack, error))?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().to_owned();
        let regular = !entry.is_symlink();
        sink.accept(Path::new(&name), regular, &mut entry)?;
    }
    Ok(())
}

fn unpack_tar(archive: File, sink: &mut Sink<'_>) -> Result<(), PackError> {
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::new(archive)));
    let damaged = |pack: &Pack, error: io::Error| bad(pack, error.to_string());
    let entries = tar.entries().map_err(|error| damaged(sink.pack, error))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| damaged(sink.pack, error))?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        let path = entry
            .path()
            .map_err(|error| damaged(sink.pack, error))?
            .into_owned();
        // npm puts everything into one folder of this name.
        let inner = path.strip_prefix("package").unwrap_or(&path).to_owned();
        sink.accept(&inner, kind.is_file(), &mut entry)?;
    }
    Ok(())
}

fn bad(pack: &Pack, found: String) -> PackError {
    PackError::BadArchive {
        name: pack.name.clone(),
        found,
    }
}

/// Where unpacked files go.
struct Sink<'s> {
    pack: &'s Pack,
    folder: &'s Path,
    written_bytes: u64,
    files: BTreeMap<String, FileEntry>,
    phase: String,
    progress: &'s mut dyn Progress,
}

impl Sink<'_> {
    /// One entry of the archive. A path that leaves the folder refuses the whole archive, taken or not: somebody made it so.
    fn accept(
        &mut self,
        path: &Path,
        regular: bool,
        content: &mut dyn Read,
    ) -> Result<(), PackError> {
        let pack = self.pack;
        let inside = path.to_str().filter(|text| {
            !text.contains('\\')
                && path
                    .components()
                    .all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
        });
        let Some(inside) = inside else {
            return Err(bad(
                pack,
                format!("its file {} would leave the pack's folder", path.display()),
            ));
        };
        let inside = inside.trim_start_matches("./");
        let Some(target) = pack.installed_path(inside) else {
            return Ok(());
        };
        if !regular {
            return Err(bad(pack, format!("{inside} is a link, not a file")));
        }
        if self.files.contains_key(target) || target == super::manifest::FILE_NAME {
            return Err(bad(pack, format!("it holds {target} twice")));
        }
        let file = if target == inside {
            self.write(target, content)?
        } else {
            let limit = (pack.installed_bytes / 3 + 1) * 4 + 4096;
            let mut text = Vec::new();
            content
                .take(limit)
                .read_to_end(&mut text)
                .map_err(|error| bad(pack, format!("{inside}: {error}")))?;
            let data = data_url(&text)
                .ok_or_else(|| bad(pack, format!("{inside} holds no base64 data URL")))?;
            self.write(target, &mut &data[..])?
        };
        self.files.insert(target.to_owned(), file);
        self.progress
            .report(self.written_bytes, pack.installed_bytes, &self.phase);
        Ok(())
    }

    fn write(&mut self, target: &str, content: &mut dyn Read) -> Result<FileEntry, PackError> {
        let path = self.folder.join(target);
        let writing = |error: io::Error| PackError::io("write", &path)(error);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(writing)?;
        }
        let mut file = File::create_new(&path).map_err(writing)?;
        let mut hasher = Sha256::new();
        let mut block = vec![0; 1 << 16];
        let mut bytes = 0;
        loop {
            let count = match content.read(&mut block) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(bad(self.pack, format!("{target}: {error}"))),
            };
            if count == 0 {
                break;
            }
            bytes += count as u64;
            self.written_bytes += count as u64;
            if self.written_bytes > self.pack.installed_bytes {
                return Err(bad(
                    self.pack,
                    format!(
                        "it holds more than the {} bytes announced",
                        self.pack.installed_bytes
                    ),
                ));
            }
            hasher.update(&block[..count]);
            file.write_all(&block[..count]).map_err(writing)?;
        }
        Ok(FileEntry {
            path: target.to_owned(),
            bytes,
            sha256: hex(&hasher.finalize()),
        })
    }
}

/// The bytes of the base64 data URL in `export default 'data:…;base64,…'`.
fn data_url(text: &[u8]) -> Option<Vec<u8>> {
    const MARK: &[u8] = b";base64,";
    let start = text.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let length = text[start..]
        .iter()
        .position(|byte| matches!(byte, b'\'' | b'"' | b'`'))?;
    BASE64.decode(&text[start..start + length]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_url_is_decoded_and_anything_else_is_not() {
        assert_eq!(
            data_url(b"export default 'data:application/exr;base64,AQID'\n").as_deref(),
            Some(&[1, 2, 3][..])
        );
        for broken in [
            &b"export default 'data:;base64,AQI'"[..],
            b"export default 'data:;base64,AQID",
            b"",
            b"x",
        ] {
            assert_eq!(data_url(broken), None);
        }
    }
}
