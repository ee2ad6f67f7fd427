//! JPEG, through `zune-jpeg`.
use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Meaning, Raster, ReadError, texel_count, texture_from_samples8};
use crate::Texture;

/// Baseline or progressive JPEG; grey stays grey, everything else is decoded to RGB. EXIF orientation is ignored.
pub(super) fn texture(bytes: &[u8], meaning: Meaning) -> Result<Texture, ReadError> {
    let (raster, channels) = decode(bytes, None)?;
    Ok(texture_from_samples8(
        raster.width,
        raster.height,
        channels,
        raster.samples,
        meaning,
    ))
}

/// Reads a JPEG as three samples a pixel, grey ones repeated: the inverse of [`crate::write::jpeg_rgb8`] but for what that loses.
///
/// # Errors
/// [`ReadError`] for damaged bytes.
pub fn jpeg_rgb8(bytes: &[u8]) -> Result<Raster<u8>, ReadError> {
    decode(bytes, Some(ColorSpace::RGB)).map(|(raster, _)| raster)
}

/// Samples and channels, in the given colours or, without any, grey or RGB as the file is.
fn decode(bytes: &[u8], colour: Option<ColorSpace>) -> Result<(Raster<u8>, usize), ReadError> {
    // The decoder shows some of its messages in quotes.
    let damaged = |error: &dyn std::fmt::Display| {
        ReadError::damaged("JPEG", error.to_string().trim_matches('"'))
    };
    // Strict: a scan that breaks off is an error, not a half grey picture.
    let options = DecoderOptions::default().set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| damaged(&error))?;
    let (width, height) = decoder
        .dimensions()
        .ok_or_else(|| damaged(&"no dimensions"))?;
    texel_count(width, height, 4)?;
    let colour = colour.unwrap_or_else(|| match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    });
    decoder.set_options(options.jpeg_set_out_colorspace(colour));
    let samples = decoder.decode().map_err(|error| damaged(&error))?;
    let channels = colour.num_components();
    if samples.len() != width * height * channels {
        return Err(damaged(&"fewer samples than its size asks for"));
    }
    let raster = Raster {
        width: width as u32,
        height: height as u32,
        samples,
    };
    Ok((raster, channels))
}
