//! How much a scene file may ask for.
use super::FileError;

/// What foreign bytes may make a reader take. A fault names the limit that was passed; nothing is allocated before it is checked.
///
/// With the defaults a reader's memory stays below the file's own size plus about 3 GiB: half a gigabyte of vertices, as much again while they are
/// transformed, a quarter of triangles, one gigabyte of textures and one picture on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Vertices of all meshes together, and of one accessor.
    pub vertices: usize,
    /// Triangles of all meshes together.
    pub triangles: usize,
    /// Bytes of all decoded textures together.
    pub texture_bytes: usize,
    /// Numbers that may be decoded on the way, so that a small file that refers to the same data again and again ends soon.
    pub decoded: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            vertices: 1 << 24,
            triangles: 1 << 24,
            texture_bytes: 1 << 30,
            decoded: 1 << 30,
        }
    }
}

/// Largest scene file, and largest file of numbers beside it, in bytes.
pub const FILE_LIMIT_BYTES: u64 = 1 << 30;

/// What is left of the limits.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    limits: Limits,
    left: Limits,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            left: limits,
        }
    }

    pub(crate) fn vertices(&mut self, place: &str, count: usize) -> Result<(), FileError> {
        let limit = self.limits.vertices;
        take(&mut self.left.vertices, count, place, || {
            format!("vertices pass the {limit} that a scene file may have")
        })
    }

    pub(crate) fn triangles(&mut self, place: &str, count: usize) -> Result<(), FileError> {
        let limit = self.limits.triangles;
        take(&mut self.left.triangles, count, place, || {
            format!("triangles pass the {limit} that a scene file may have")
        })
    }

    pub(crate) fn texture_bytes(&mut self, place: &str, count: usize) -> Result<(), FileError> {
        let limit = self.limits.texture_bytes >> 20;
        take(&mut self.left.texture_bytes, count, place, || {
            format!("textures pass the {limit} MiB that those of a scene file may take in memory")
        })
    }

    /// `rows` of `width` numbers each.
    pub(crate) fn decoded(
        &mut self,
        place: &str,
        rows: usize,
        width: usize,
    ) -> Result<(), FileError> {
        let limit = self.limits.vertices * 4;
        if rows > limit {
            return Err(FileError::new(
                place,
                format!("holds {rows} entries, more than the {limit} that are allowed"),
            ));
        }
        let limit = self.limits.decoded;
        take(&mut self.left.decoded, rows * width, place, || {
            format!("the numbers the file refers to pass {limit}")
        })
    }
}

fn take(
    left: &mut usize,
    count: usize,
    place: &str,
    sentence: impl FnOnce() -> String,
) -> Result<(), FileError> {
    *left = left.checked_sub(count).ok_or_else(|| {
        FileError::new(place, sentence())
            .with_hint("simplify the meshes or scale the textures down, or split the file")
    })?;
    Ok(())
}
