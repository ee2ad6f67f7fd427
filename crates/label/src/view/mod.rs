//! Contact sheets: many samples on one picture, with labels drawn over them.

mod canvas;
mod eyes;
mod overlay;

use std::fmt;

use dataset::{ReadError, Reader};
use scene::read;

pub use overlay::Overlay;

use crate::annotations;
use crate::layout;
use canvas::Canvas;

/// Largest sheet, in pixels; the sheet is in memory once, with 12 bytes a pixel.
pub const MOST_PIXELS: usize = 1 << 25;
const MARGIN_PX: usize = 4;
const PAPER: [u8; 3] = [24, 24, 24];

/// How a contact sheet looks.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetOptions {
    /// Number of the first sample.
    pub first: u64,
    /// How many samples at most.
    pub count: usize,
    /// Tiles in a row; at least 1.
    pub columns: usize,
    /// Longer side of a tile; pictures keep their shape. At least 8.
    pub tile_px: usize,
    /// Drawn over the pictures, as far as the data set has these labels.
    pub overlays: Vec<Overlay>,
}

impl Default for SheetOptions {
    fn default() -> Self {
        Self {
            first: 0,
            count: 24,
            columns: 6,
            tile_px: 256,
            overlays: Vec::new(),
        }
    }
}

/// Why there is no sheet.
#[derive(Debug)]
#[non_exhaustive]
pub enum ViewError {
    /// The data set cannot be read.
    Read(ReadError),
    /// No sample from the first one on.
    Empty {
        /// The first sample asked for.
        first: u64,
    },
    /// More pixels than [`MOST_PIXELS`], or a tile or row of no size.
    Size {
        /// Width and height asked for, px.
        found: [usize; 2],
    },
    /// A file of a sample cannot be read.
    File {
        /// Which one, below the data set's folder.
        file: String,
        /// Why.
        reason: String,
    },
}

impl ViewError {
    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read(source) => source.hint(),
            Self::Empty { .. } => Some("ask for an earlier first sample".to_owned()),
            Self::Size { .. } => Some("ask for fewer or smaller tiles".to_owned()),
            Self::File { .. } => Some(
                "`populace verify` lists damaged files and `populace regen` makes a sample again"
                    .to_owned(),
            ),
        }
    }
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(source) => source.fmt(f),
            Self::Empty { first } => write!(f, "the data set has no sample {first} or later"),
            Self::Size { found: [w, h] } => {
                write!(
                    f,
                    "a contact sheet of {w} × {h} pixels was asked for, but it has 1 to {MOST_PIXELS} in all"
                )
            }
            Self::File { file, reason } => write!(f, "{file}: {reason}"),
        }
    }
}

impl std::error::Error for ViewError {}

impl From<ReadError> for ViewError {
    fn from(source: ReadError) -> Self {
        Self::Read(source)
    }
}

/// A contact sheet of the samples `first ..`, row by row, as an 8-bit sRGB PNG.
///
/// Pictures are scaled by averaging the light of the area under each new pixel; all tiles have the shape of the first picture. Samples
/// are read one at a time.
///
/// # Determinism
/// The same data set and options give the same bytes.
///
/// # Errors
/// [`ViewError`]: no such samples, a sheet too large, or a file that cannot be read.
pub fn contact_sheet(reader: &Reader, options: &SheetOptions) -> Result<Vec<u8>, ViewError> {
    // An unfinished data set may have gaps: samples that are there are taken in order.
    let wanted =
        |record: &dataset::SampleRecord| record.index().map(|index| index >= options.first);
    let mut records = Vec::new();
    for record in reader.samples()? {
        let record = record?;
        if records.len() == options.count {
            break;
        }
        if wanted(&record)? {
            records.push(record.index()?);
        }
    }
    let Some(first) = records.first() else {
        return Err(ViewError::Empty {
            first: options.first,
        });
    };
    let picture = open(&reader.sample(*first)?)?;
    let long = picture.width.max(picture.height);
    let side = |px: usize| (px * options.tile_px / long).max(1);
    let (tile_w, tile_h) = (side(picture.width), side(picture.height));
    drop(picture);
    let columns = options.columns.clamp(1, records.len());
    let rows = records.len().div_ceil(columns);
    let whole = |tiles: usize, px: usize| {
        tiles
            .saturating_mul(px + MARGIN_PX)
            .saturating_add(MARGIN_PX)
    };
    let (width, height) = (whole(columns, tile_w), whole(rows, tile_h));
    if options.tile_px < 8 || options.columns == 0 || width.saturating_mul(height) > MOST_PIXELS {
        return Err(ViewError::Size {
            found: [width, height],
        });
    }
    let mut sheet = Canvas::new(width, height, PAPER);
    for (i, sample) in records.into_iter().enumerate() {
        let tile = tile(&reader.sample(sample)?, [tile_w, tile_h], &options.overlays)?;
        let corner = |tiles: usize, px: usize| MARGIN_PX + tiles * (px + MARGIN_PX);
        sheet.place(
            &tile,
            corner(i % columns, tile_w),
            corner(i / columns, tile_h),
        );
    }
    Ok(scene::write::png_rgb8(
        width as u32,
        height as u32,
        &sheet.to_srgb8(),
    ))
}

/// One sample's picture with its labels, at its own size, as an 8-bit sRGB PNG.
///
/// # Errors
/// As [`contact_sheet`].
pub fn picture(reader: &Reader, sample: u64, overlays: &[Overlay]) -> Result<Vec<u8>, ViewError> {
    let record = reader.sample(sample)?;
    let size = open(&record)?;
    let tile = tile(&record, [size.width, size.height], overlays)?;
    Ok(scene::write::png_rgb8(
        tile.width as u32,
        tile.height as u32,
        &tile.to_srgb8(),
    ))
}

fn tile(
    record: &dataset::SampleRecord,
    [width, height]: [usize; 2],
    overlays: &[Overlay],
) -> Result<Canvas, ViewError> {
    let mut tile = open(record)?.scaled(width, height);
    if overlays.is_empty() {
        return Ok(tile);
    }
    let file = record.file(layout::ANNOTATIONS)?;
    let labels = annotations::read(&bytes(record, layout::ANNOTATIONS)?).map_err(|error| {
        ViewError::File {
            file: file.to_owned(),
            reason: error.to_string(),
        }
    })?;
    let has = |overlay: Overlay| labels.labels.iter().any(|label| label == overlay.name());
    let mut masks = Vec::new();
    for overlay in overlays.iter().copied().filter(|overlay| has(*overlay)) {
        if let Some(folder) = overlay.mask() {
            let file = record.file(folder)?;
            let mask =
                read::png_grey8(&bytes(record, folder)?).map_err(|error| ViewError::File {
                    file: file.to_owned(),
                    reason: error.to_string(),
                })?;
            masks.push((overlay, mask));
        }
    }
    overlay::draw(&mut tile, overlays, &labels, &masks);
    Ok(tile)
}

fn open(record: &dataset::SampleRecord) -> Result<Canvas, ViewError> {
    let file = record.file(layout::IMAGES)?;
    let raster =
        read::png_rgb8(&bytes(record, layout::IMAGES)?).map_err(|error| ViewError::File {
            file: file.to_owned(),
            reason: error.to_string(),
        })?;
    Ok(Canvas::from_srgb8(
        raster.width as usize,
        raster.height as usize,
        &raster.samples,
    ))
}

fn bytes(record: &dataset::SampleRecord, folder: &str) -> Result<Vec<u8>, ViewError> {
    let file = record.file(folder)?.to_owned();
    std::fs::read(record.path(folder)?).map_err(|error| ViewError::File {
        file,
        reason: error.to_string(),
    })
}
