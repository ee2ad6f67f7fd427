//! Scan files: OBJ, PLY, glTF by [`scene::file`], and OFF.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use glam::{Vec2, Vec3};
use privacy::{RealData, Sealed};
use scene::Texture;
use sha2::{Digest, Sha256};

use crate::error::ScanError;
use crate::off;
use crate::painted;

/// A scan as its file has it: real data.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// In the file's axes and unit.
    pub positions: Vec<Vec3>,
    /// Corners of triangles.
    pub triangles: Vec<[u32; 3]>,
    /// What its surface looks like, where the file says so.
    pub paint: Paint,
    /// What of the file was not read, one sentence each.
    pub notes: Vec<String>,
}

/// Colours of a scan.
#[derive(Debug, Clone, Default)]
pub enum Paint {
    /// None.
    #[default]
    None,
    /// One linear colour a vertex.
    Vertices(Vec<Vec3>),
    /// Pictures by triangle.
    Pictures {
        /// One per vertex, v up.
        uvs: Vec<Vec2>,
        /// Number of the picture of each triangle.
        of_triangle: Vec<u32>,
        /// `None` where a material has no picture.
        pictures: Vec<Option<Arc<Texture>>>,
    },
}

/// Reads a scan and seals it: whoever looks says what for.
///
/// # Errors
/// [`ScanError`] where the file cannot be read, is damaged, holds no surface or numbers that are none.
pub fn open(path: &Path) -> Result<Sealed<Scan>, ScanError> {
    let is_off = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("off"));
    let scan = if is_off {
        off::read(&bytes(path)?).map_err(|error| error.in_file(path))?
    } else {
        let format = scene::file::Format::of(path);
        if format.is_none() {
            return Err(ScanError::new(
                format!("{} is no scan by its ending", path.display()),
                "scans end in .obj, .ply, .glb, .gltf or .off",
            ));
        }
        let model = scene::file::open(path).map_err(|error| {
            ScanError::new(
                error.to_string(),
                error
                    .hint()
                    .unwrap_or("export it again as triangles, as binary PLY or glTF"),
            )
        })?;
        let mut scan = from_model(model);
        let is_ply = format == Some(scene::file::Format::Ply);
        if matches!(scan.paint, Paint::None)
            && (is_ply || format == Some(scene::file::Format::Obj))
            && let Some(colours) = painted::colours(&bytes(path)?, is_ply, &scan.positions)
        {
            scan.paint = Paint::Vertices(colours);
            scan.notes
                .retain(|note| !note.contains("colours of vertices"));
        }
        scan
    };
    if scan.triangles.is_empty() {
        return Err(ScanError::new(
            format!("{} holds no triangle", path.display()),
            "points alone are no surface; mesh them first",
        ));
    }
    let mut hash = Sha256::new();
    let mut file = fs::File::open(path).map_err(|error| unread(path, &error))?;
    std::io::copy(&mut file, &mut hash).map_err(|error| unread(path, &error))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let about = RealData {
        name: format!("scan {name}"),
        rows: Some(scan.triangles.len() as u64),
        columns: 3,
        sha256: Some(hex(&hash.finalize())),
    };
    Ok(Sealed::new(scan, about))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unread(path: &Path, error: &std::io::Error) -> ScanError {
    ScanError::new(
        format!("{} cannot be read: {error}", path.display()),
        "give a scan file that exists",
    )
}

fn bytes(path: &Path) -> Result<Vec<u8>, ScanError> {
    let size = fs::metadata(path)
        .map_err(|error| unread(path, &error))?
        .len();
    if size > scene::file::FILE_LIMIT_BYTES {
        return Err(ScanError::new(
            format!("{} has more than 1 GiB", path.display()),
            "thin the scan out to a million triangles; nothing is lost by it",
        ));
    }
    fs::read(path).map_err(|error| unread(path, &error))
}

fn from_model(model: scene::file::Model) -> Scan {
    let mut scan = Scan {
        notes: model.notes,
        ..Scan::default()
    };
    let (mut uvs, mut of_triangle) = (Vec::new(), Vec::new());
    for object in &model.objects {
        let first = scan.positions.len() as u32;
        scan.positions.extend_from_slice(&object.mesh.positions);
        uvs.extend_from_slice(&object.mesh.uvs);
        uvs.resize(scan.positions.len(), Vec2::ZERO);
        let triangles = object.mesh.triangles.iter();
        scan.triangles
            .extend(triangles.map(|t| t.map(|v| v + first)));
        of_triangle.resize(scan.triangles.len(), object.material.0);
    }
    let pictures: Vec<Option<Arc<Texture>>> = model
        .materials
        .iter()
        .map(|material| material.base_color_texture.clone())
        .collect();
    if pictures.iter().any(Option::is_some) {
        scan.paint = Paint::Pictures {
            uvs,
            of_triangle,
            pictures,
        };
    }
    scan
}

/// Which bytes were read, for those who make scans in memory.
pub fn seal(scan: Scan, name: &str) -> Sealed<Scan> {
    let about = RealData {
        name: format!("scan {name}"),
        rows: Some(scan.triangles.len() as u64),
        columns: 3,
        sha256: None,
    };
    Sealed::new(scan, about)
}
