//! PNG, through the `png` crate.
use std::io::Cursor;

use ::png::{BitDepth, ColorType, Decoder, Limits, Reader, Transformations};

use super::{
    DECODED_LIMIT_BYTES, Fault, Meaning, Raster, ReadError, texel_count, texture_from_samples8,
};
use crate::Texture;

type PngReader<'b> = Reader<Cursor<&'b [u8]>>;

fn open(bytes: &[u8], transformations: Transformations) -> Result<PngReader<'_>, ReadError> {
    let limits = Limits {
        bytes: DECODED_LIMIT_BYTES,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(transformations);
    let reader = decoder.read_info().map_err(|error| damaged(&error))?;
    let info = reader.info();
    // Eight bytes: the widest texel there is.
    texel_count(info.width as usize, info.height as usize, 8)?;
    Ok(reader)
}

/// The decoder's words, where they are words: some of its messages show the insides of its types.
fn damaged(error: &::png::DecodingError) -> ReadError {
    use ::png::DecodingError::{Format, IoError};
    let text = error.to_string();
    let sentence = match error {
        IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the file ends too early"
        }
        Format(_) if text.starts_with("CRC error") => {
            "the checksum of a block does not fit its bytes"
        }
        Format(_) if text.starts_with("Corrupt deflate stream") => {
            "its compressed data cannot be unpacked"
        }
        Format(_) if text.contains('{') => "its blocks are out of order or contradict each other",
        _ => &text,
    };
    ReadError::damaged("PNG", sentence)
}

fn samples(reader: &mut PngReader<'_>) -> Result<Vec<u8>, ReadError> {
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| ReadError::new(Fault::TooLarge { width, height }))?;
    let mut samples = vec![0; size];
    let frame = reader
        .next_frame(&mut samples)
        .map_err(|error| damaged(&error))?;
    samples.truncate(frame.buffer_size());
    Ok(samples)
}

/// Any PNG as 8-bit texels.
pub(super) fn texture(bytes: &[u8], meaning: Meaning) -> Result<Texture, ReadError> {
    let mut reader = open(bytes, Transformations::EXPAND | Transformations::STRIP_16)?;
    let samples = samples(&mut reader)?;
    let (width, height) = (reader.info().width, reader.info().height);
    let channels = reader.output_color_type().0.samples();
    Ok(texture_from_samples8(
        width, height, channels, samples, meaning,
    ))
}

fn exact(bytes: &[u8], colour: ColorType, depth: BitDepth) -> Result<Raster<u8>, ReadError> {
    let mut reader = open(bytes, Transformations::IDENTITY)?;
    let found = reader.output_color_type();
    if found != (colour, depth) {
        return Err(ReadError::new(Fault::Layout {
            found: layout(found.0, found.1),
            wanted: layout(colour, depth),
        }));
    }
    let samples = samples(&mut reader)?;
    let (width, height) = (reader.info().width, reader.info().height);
    Ok(Raster {
        width,
        height,
        samples,
    })
}

fn layout(colour: ColorType, depth: BitDepth) -> String {
    let colour = match colour {
        ColorType::Grayscale => "grey",
        ColorType::Rgb => "RGB",
        ColorType::Indexed => "palette",
        ColorType::GrayscaleAlpha => "grey with alpha",
        ColorType::Rgba => "RGBA",
    };
    format!("a PNG with {}-bit {colour} samples", depth as u8)
}

fn widen(raster: &Raster<u8>) -> Raster<u16> {
    Raster {
        width: raster.width,
        height: raster.height,
        samples: raster
            .samples
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect(),
    }
}

/// Reads what [`crate::write::png_grey8`] wrote: one sample a pixel.
///
/// # Errors
/// [`ReadError`] for damaged bytes and for a PNG of any other layout.
pub fn png_grey8(bytes: &[u8]) -> Result<Raster<u8>, ReadError> {
    exact(bytes, ColorType::Grayscale, BitDepth::Eight)
}

/// Reads what [`crate::write::png_rgb8`] wrote: three samples a pixel.
///
/// # Errors
/// [`ReadError`] for damaged bytes and for a PNG of any other layout.
pub fn png_rgb8(bytes: &[u8]) -> Result<Raster<u8>, ReadError> {
    exact(bytes, ColorType::Rgb, BitDepth::Eight)
}

/// Reads what [`crate::write::png_grey16`] wrote: one sample a pixel.
///
/// # Errors
/// [`ReadError`] for damaged bytes and for a PNG of any other layout.
pub fn png_grey16(bytes: &[u8]) -> Result<Raster<u16>, ReadError> {
    exact(bytes, ColorType::Grayscale, BitDepth::Sixteen).map(|raster| widen(&raster))
}

/// Reads what [`crate::write::png_rgb16`] wrote: three samples a pixel.
///
/// # Errors
/// [`ReadError`] for damaged bytes and for a PNG of any other layout.
pub fn png_rgb16(bytes: &[u8]) -> Result<Raster<u16>, ReadError> {
    exact(bytes, ColorType::Rgb, BitDepth::Sixteen).map(|raster| widen(&raster))
}
