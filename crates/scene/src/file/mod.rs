//! Scene files that other programs know: glTF 2.0, OBJ with MTL and PLY come in, glTF goes out.
//!
//! [`open`] reads a file into a [`Model`]: surfaces, materials, lights and points of view. [`Model::into_scene`] makes a [`Scene`](crate::Scene) of it, with a camera
//! and light of its own where the file has none. What of a file is not honoured is listed in [`Model::notes`]; what cannot be honoured without a wrong
//! picture is a [`FileError`]. [`glb`] writes a scene. `docs/scene-files.md` holds the tables.
//!
//! Foreign bytes never panic, never loop and never take more than [`Limits`]: every count is checked against the bytes that back it before memory is
//! taken, and only files in the scene file's own folder are opened.
//!
//! Reading order: [`Model`], `surface` (from polygons to meshes), `limits`, then a folder or file per format.
mod beside;
pub(crate) mod error;
mod gltf;
mod limits;
mod model;
mod obj;
mod ply;
mod surface;
mod textures;

use std::path::Path;

pub use beside::Beside;
pub use error::FileError;
pub use gltf::write::{Written, glb};
pub use limits::{FILE_LIMIT_BYTES, Limits};
pub use model::{Extent, Model, Viewpoint};

/// The formats scene files are read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// glTF 2.0, binary (`.glb`) or text (`.gltf`).
    Gltf,
    /// Wavefront OBJ with its materials in MTL files.
    Obj,
    /// Stanford PLY, text or binary.
    Ply,
}

impl Format {
    /// By the ending of a name, in any case.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "glb" | "gltf" => Some(Self::Gltf),
            "obj" => Some(Self::Obj),
            "ply" => Some(Self::Ply),
            _ => None,
        }
    }
}

/// Reads a scene file and the files beside it that it names.
///
/// # Errors
/// [`FileError`] with the file, the place in it, what was found and what is allowed.
pub fn open(path: &Path) -> Result<Model, FileError> {
    let format = Format::of(path).ok_or_else(|| {
        FileError::new("", "not a scene file by its ending")
            .with_hint("scene files end in .glb, .gltf, .obj or .ply")
            .in_file(path)
    })?;
    let bytes = beside::whole(path).map_err(|found| FileError::new("", found).in_file(path))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    from_bytes(&bytes, format, Beside::Folder(folder), Limits::default())
        .map_err(|error| error.in_file(path))
}

/// Reads a scene file's bytes.
///
/// # Errors
/// [`FileError`] without a file name; see [`FileError::in_file`].
pub fn from_bytes(
    bytes: &[u8],
    format: Format,
    beside: Beside<'_>,
    limits: Limits,
) -> Result<Model, FileError> {
    let mut model = match format {
        Format::Gltf => gltf::read(bytes, beside, limits),
        Format::Obj => obj::read(bytes, beside, limits),
        Format::Ply => ply::read(bytes, beside, limits),
    }?;
    if model.objects.is_empty() && model.fibres.is_empty() {
        return Err(FileError::new("", "holds no surface to draw")
            .with_hint("meshes of triangles are drawn; points and lines are not"));
    }
    model.tidy_notes();
    Ok(model)
}
