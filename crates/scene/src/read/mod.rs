//! Readers of picture files, for textures and for checking what was written.
//!
//! [`texture`] opens an asset of any supported format, recognised by its first bytes, not by its name: PNG, JPEG, OpenEXR and
//! Radiance `.hdr`. The typed readers ([`png_rgb8`], [`png_grey8`], [`png_grey16`], [`png_rgb16`], [`exr_channel`]) are the exact
//! inverse of [`crate::write`] and refuse any other layout.
//!
//! Foreign bytes never panic and never make the process ask for more than [`DECODED_LIMIT_BYTES`] for one picture: sizes are
//! checked before memory is taken.
mod exr;
mod ies;
mod jpeg;
mod png;
mod radiance;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Texture, texture::Texels};

pub use self::exr::{exr_channel, exr_channels};
pub use self::ies::{Luminaire, ies, ies_from_bytes};
pub use self::jpeg::jpeg_rgb8;
pub use self::png::{png_grey8, png_grey16, png_rgb8, png_rgb16};

/// Largest decoded picture a reader accepts, in bytes: 8192² with four bytes a texel.
pub const DECODED_LIMIT_BYTES: usize = 256 << 20;

/// Largest picture *file* a reader loads.
pub const FILE_LIMIT_BYTES: u64 = 256 << 20;

/// What an 8-bit texture's numbers mean; HDR formats are always linear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// sRGB colour with straight alpha: becomes [`Texels::Srgba8`].
    Colour,
    /// Linear data such as a mask, a height or a roughness: the first channel becomes [`Texels::Linear8`].
    Data,
}

/// A decoded picture: row-major, row 0 on top, channels interleaved.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster<T> {
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// `[height * width * channels]`.
    pub samples: Vec<T>,
}

/// Why a picture could not be read: one sentence, with the file where it is known.
#[derive(Debug)]
pub struct ReadError {
    file: Option<PathBuf>,
    fault: Fault,
}

/// What is wrong with a picture.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The file could not be opened or read.
    Unreadable(std::io::Error),
    /// None of the formats we know.
    UnknownFormat,
    /// Starts like a picture and then breaks off or contradicts itself; the decoder's words.
    Damaged {
        /// `PNG`, `JPEG`, `EXR`, `Radiance HDR` or `IES`.
        format: &'static str,
        /// What the decoder found.
        found: String,
    },
    /// A sound picture of another layout than the reader was asked for.
    Layout {
        /// What the file holds.
        found: String,
        /// What the reader takes.
        wanted: String,
    },
    /// Decoded, it would be larger than the limit.
    TooLarge {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
}

impl ReadError {
    fn new(fault: Fault) -> Self {
        Self { file: None, fault }
    }

    pub(crate) fn damaged(format: &'static str, found: impl fmt::Display) -> Self {
        // Some decoders write several sentences; the first says what is wrong.
        let found = found.to_string();
        let first = found.lines().next().unwrap_or_default();
        Self::new(Fault::Damaged {
            format,
            found: first.trim_end_matches('.').to_owned(),
        })
    }

    /// Names the file the bytes came from.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// The file, where it is known.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What is wrong.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self.fault {
            Fault::UnknownFormat => Some("textures are PNG, JPEG, OpenEXR or Radiance .hdr files"),
            Fault::Damaged { .. } => Some(
                "the file is incomplete or was changed; where it belongs to a pack, `populace packs verify` lists \
                 damaged files and `populace packs install` repairs them",
            ),
            Fault::Unreadable(_) | Fault::Layout { .. } => None,
            Fault::TooLarge { .. } => Some("scale the picture down"),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        match &self.fault {
            Fault::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Fault::UnknownFormat => write!(f, "not a picture of a known format"),
            Fault::Damaged { format, found } => write!(f, "damaged {format} file: {found}"),
            Fault::Layout { found, wanted } => write!(f, "expected {wanted}, found {found}"),
            Fault::TooLarge { width, height } => write!(
                f,
                "{width} × {height} texels are more than the {} MiB a picture may take in memory",
                DECODED_LIMIT_BYTES >> 20
            ),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            Fault::Unreadable(error) => Some(error),
            Fault::UnknownFormat
            | Fault::Damaged { .. }
            | Fault::Layout { .. }
            | Fault::TooLarge { .. } => None,
        }
    }
}

/// Loads a texture from a file.
///
/// # Errors
/// [`ReadError`] naming the file: not there, no known format, damaged, or too large.
pub fn texture(path: &Path, meaning: Meaning) -> Result<Texture, ReadError> {
    let bytes = file(path)?;
    texture_from_bytes(&bytes, meaning).map_err(|error| error.in_file(path))
}

/// A texture from a file's bytes.
///
/// PNG of any colour type and depth and JPEG become 8-bit texels as `meaning` says (16-bit samples keep their high byte); EXR and
/// Radiance HDR become [`Texels::Rgb32`] in which negative and NaN texels are 0 and none exceeds 65504, the largest half-precision number.
///
/// # Errors
/// [`ReadError`] without a file name; see [`ReadError::in_file`].
pub fn texture_from_bytes(bytes: &[u8], meaning: Meaning) -> Result<Texture, ReadError> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        png::texture(bytes, meaning)
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        jpeg::texture(bytes, meaning)
    } else if bytes.starts_with(&[0x76, 0x2f, 0x31, 0x01]) {
        exr::texture(bytes)
    } else if bytes.starts_with(b"#?") {
        radiance::texture(bytes)
    } else {
        Err(ReadError::new(Fault::UnknownFormat))
    }
}

fn file(path: &Path) -> Result<Vec<u8>, ReadError> {
    let unreadable = |error| ReadError::new(Fault::Unreadable(error)).in_file(path);
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_LIMIT_BYTES {
        return Err(unreadable(std::io::Error::other(format!(
            "{size} bytes are more than the {} MiB a picture file may have",
            FILE_LIMIT_BYTES >> 20
        ))));
    }
    std::fs::read(path).map_err(unreadable)
}

/// Texels of a picture whose decoded form takes `bytes_per_texel`, or an error when that is none or too many.
fn texel_count(width: usize, height: usize, bytes_per_texel: usize) -> Result<usize, ReadError> {
    let too_large = || ReadError::new(Fault::TooLarge { width, height });
    let texels = width.checked_mul(height).ok_or_else(too_large)?;
    let bytes = texels.checked_mul(bytes_per_texel).ok_or_else(too_large)?;
    if bytes > DECODED_LIMIT_BYTES
        || u32::try_from(width).is_err()
        || u32::try_from(height).is_err()
    {
        return Err(too_large());
    }
    Ok(texels)
}

/// Interleaved 8-bit samples with one to four channels as a texture.
fn texture_from_samples8(
    width: u32,
    height: u32,
    channels: usize,
    samples: Vec<u8>,
    meaning: Meaning,
) -> Texture {
    let texels = match (meaning, channels) {
        (Meaning::Data, 1) => Texels::Linear8(samples),
        (Meaning::Data, _) => Texels::Linear8(
            samples
                .chunks_exact(channels)
                .map(|texel| texel[0])
                .collect(),
        ),
        (Meaning::Colour, _) => Texels::Srgba8(
            samples
                .chunks_exact(channels)
                .map(|texel| match *texel {
                    [grey] => [grey, grey, grey, 255],
                    [grey, alpha] => [grey, grey, grey, alpha],
                    [r, g, b] => [r, g, b, 255],
                    [r, g, b, a, ..] => [r, g, b, a],
                    [] => [0; 4],
                })
                .collect(),
        ),
    };
    Texture {
        width,
        height,
        texels,
    }
}

/// Radiance that light transport can use: finite and not negative. Packaged HDR environments hold negative texels (ringing
/// of their wavelet compression), which would take light away.
fn clamp_radiance(value: f32) -> f32 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, 65504.0)
    }
}
