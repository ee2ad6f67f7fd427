//! Files that a scene file leads to.
use std::borrow::Cow;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::FileError;
use super::error::quoted;
use super::limits::FILE_LIMIT_BYTES;

/// Where the files are that a scene file names.
#[derive(Debug, Clone, Copy)]
pub enum Beside<'a> {
    /// In this folder and below it; nothing outside is opened.
    Folder(&'a Path),
    /// In memory, by the names the scene file uses.
    Memory(&'a [(&'a str, &'a [u8])]),
}

impl<'a> Beside<'a> {
    /// The bytes of a file that `place` names.
    pub(crate) fn read(self, place: &str, name: &str) -> Result<Cow<'a, [u8]>, FileError> {
        match self {
            Self::Folder(folder) => {
                let path = inside(folder, name).ok_or_else(|| {
                    FileError::new(
                        place,
                        format!(
                            "names {}, but only files in the scene file's own folder are opened",
                            quoted(name)
                        ),
                    )
                    .with_hint("put the file beside the scene file and name it without a path")
                })?;
                whole(&path).map(Cow::Owned).map_err(|found| {
                    FileError::new(place, format!("{}: {found}", path.display()))
                        .with_hint("files that a scene file names belong beside it")
                })
            }
            Self::Memory(files) => files
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, bytes)| Cow::Borrowed(*bytes))
                .ok_or_else(|| FileError::new(place, format!("{} is not there", quoted(name)))),
        }
    }
}

/// Joins a relative name, unless it leads out of the folder.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = name.replace('\\', "/");
    let relative = Path::new(&name);
    let plain = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    (plain && !name.is_empty() && !name.contains(['\0', ':'])).then(|| folder.join(relative))
}

/// A whole ordinary file of bounded size. A pipe or a device could keep a reader waiting for ever.
pub(crate) fn whole(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    let kind = std::fs::metadata(path).map_err(unreadable)?;
    if !kind.is_file() {
        return Err("is not a file".to_owned());
    }
    let too_long = || {
        format!(
            "is longer than the {} MiB a scene file may have",
            FILE_LIMIT_BYTES >> 20
        )
    };
    if kind.len() > FILE_LIMIT_BYTES {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_LIMIT_BYTES + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > FILE_LIMIT_BYTES {
        return Err(too_long());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_of_the_folder_are_refused() {
        let folder = Path::new("scenes");
        for outside in [
            "../a.png",
            "/etc/passwd",
            "a/../../b",
            "C:/a.png",
            "C:\\a.png",
            "",
            "http://x/y",
            "..\\a",
        ] {
            assert_eq!(inside(folder, outside), None, "{outside}");
        }
        assert_eq!(
            inside(folder, "t\\a.png"),
            Some(PathBuf::from("scenes/t/a.png"))
        );
        assert_eq!(
            inside(folder, "./a b.bin"),
            Some(PathBuf::from("scenes/./a b.bin"))
        );
    }

    #[test]
    fn folders_and_missing_files_are_sentences() {
        let folder = tempfile::tempdir().expect("temporary folder");
        assert_eq!(whole(folder.path()), Err("is not a file".to_owned()));
        assert_eq!(
            whole(&folder.path().join("x")),
            Err("there is no such file".to_owned())
        );
    }
}
