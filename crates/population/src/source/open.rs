//! Opens the files that a recipe names.

use std::fmt::{self, Write};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{SourceFile, SourceKind, SourceRequest};

/// Why a recipe's file cannot be used.
#[derive(Debug)]
pub struct SourceError {
    /// The line of the recipe that names it.
    pub line: usize,
    message: String,
    hint: String,
}

impl SourceError {
    /// About a request of a recipe.
    pub fn new(
        request: &SourceRequest,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            line: request.line,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SourceError {}

/// A file with its content, which withdrawn ones have no more.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What recipes call it.
    pub source: SourceFile,
    /// Where it lies.
    pub path: PathBuf,
    /// All of it.
    pub bytes: Option<Vec<u8>>,
}

impl SourceRequest {
    /// What a request means, read. A file is looked for in each of the folders in turn; a folder stands for all files in it with a right ending.
    ///
    /// # Errors
    /// [`SourceError`] for a file that is missing, or is another than the recipe was run with.
    pub fn open(&self, folders: &[PathBuf]) -> Result<Vec<Opened>, SourceError> {
        files_of(self, folders)
    }
}

fn files_of(request: &SourceRequest, folders: &[PathBuf]) -> Result<Vec<Opened>, SourceError> {
    let named = |path: &Path, sha256: String| SourceFile {
        kind: request.kind,
        name: path
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
        // Without its folders: where files lie says nothing of what is made from them.
        file: path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        sha256,
        withdrawn: request.withdrawn,
        tags: request.tags.clone(),
    };
    if let (true, Some(sha256)) = (request.withdrawn, &request.sha256) {
        let path = PathBuf::from(&request.file);
        return Ok(vec![Opened {
            source: named(&path, sha256.clone()),
            path,
            bytes: None,
        }]);
    }
    let found = folders
        .iter()
        .map(|folder| folder.join(&request.file))
        .find(|path| path.exists())
        .ok_or_else(|| missing(request, folders))?;
    let cannot = |path: &Path, error: &std::io::Error| {
        let message = format!("{} cannot be read: {error}", path.display());
        SourceError::new(request, message, "look who may read it")
    };
    let mut paths = vec![found.clone()];
    if found.is_dir() {
        let endings = request.kind.extensions();
        let entries = fs::read_dir(&found).map_err(|error| cannot(&found, &error))?;
        paths.clear();
        for entry in entries {
            let path = entry.map_err(|error| cannot(&found, &error))?.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if ending.is_some_and(|ending| endings.contains(&ending)) {
                paths.push(path);
            }
        }
        paths.sort();
        if paths.is_empty() {
            let message = format!(
                "{} holds no .{} files",
                found.display(),
                endings.join(" or .")
            );
            return Err(SourceError::new(request, message, learn(request.kind)));
        }
    }
    paths
        .into_iter()
        .map(|path| {
            let bytes = fs::read(&path).map_err(|error| cannot(&path, &error))?;
            let sha256 = sha256_of(&bytes);
            if request
                .sha256
                .as_ref()
                .is_some_and(|wanted| *wanted != sha256)
            {
                let message = format!(
                    "{} is not the file that the recipe was run with: its SHA-256 is another",
                    path.display()
                );
                let hint = "find that file, or run the recipe again with this one";
                return Err(SourceError::new(request, message, hint));
            }
            Ok(Opened {
                source: named(&path, sha256),
                path,
                bytes: Some(bytes),
            })
        })
        .collect()
}

fn learn(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::People => {
            "write people into it: `populace learn SCAN --as person -o NAME.person`"
        }
        SourceKind::Motions => {
            "write motions into it: `populace learn CLIP.bvh --as motion -o NAME.motion`"
        }
        SourceKind::Vehicles => "write cars into it: `populace vehicle --from CAR.obj -o NAME.glb`",
        SourceKind::Products => "put meshes into it that need no other file",
    }
}

fn missing(request: &SourceRequest, folders: &[PathBuf]) -> SourceError {
    let looked: Vec<String> = folders
        .iter()
        .map(|folder| {
            if folder.as_os_str().is_empty() {
                "the present folder".to_owned()
            } else {
                folder.display().to_string()
            }
        })
        .collect();
    SourceError::new(
        request,
        format!("there is no {} in {}", request.file, looked.join(" or ")),
        "files of a recipe lie where it says, seen from its own folder; of a data set also in the folder that `--sources FOLDER` names",
    )
}

fn sha256_of(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
