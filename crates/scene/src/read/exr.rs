//! OpenEXR, through the `exr` crate, DWA included, which the packaged environments use.
//!
//! Version 1.74 of that crate panics on damaged B44 blocks and takes memory on the word of damaged DWA blocks (found by changing bytes
//! of sound files; `tests/pictures.rs` holds on to it). So B44 is refused, and the counters of DWA blocks are checked first.
use std::io::Cursor;

use ::exr::block::chunk::{CompressedBlock, CompressedScanLineBlock, CompressedTileBlock};
use ::exr::block::reader::ChunksReader;
use ::exr::compression::Compression;
use ::exr::image::{AnyChannels, FlatSamples, Layer};
use ::exr::math::Vec2;
use ::exr::meta::MetaData;
use ::exr::prelude::{ReadChannels, ReadLayers, read};

use super::{Fault, Raster, ReadError, clamp_radiance, texel_count};
use crate::{Texture, texture::Texels};

fn damaged(error: ::exr::error::Error) -> ReadError {
    ReadError::damaged("EXR", error)
}

fn layout(found: impl Into<String>, wanted: impl Into<String>) -> ReadError {
    ReadError::new(Fault::Layout {
        found: found.into(),
        wanted: wanted.into(),
    })
}

/// The first flat layer with all its channels at full resolution, after its size was checked.
fn first_layer(bytes: &[u8]) -> Result<Layer<AnyChannels<FlatSamples>>, ReadError> {
    let meta = MetaData::read_from_buffered(Cursor::new(bytes), false).map_err(damaged)?;
    for header in &meta.headers {
        // Decoded samples may be widened to four bytes and regrouped to texels of twelve.
        let bytes_per_texel = (header.channels.list.len() * 4).max(12);
        texel_count(
            header.layer_size.width(),
            header.layer_size.height(),
            bytes_per_texel,
        )?;
        // The decoder takes memory for every block at once; a lie about their number must not pass.
        if header.chunk_count > bytes.len() / 8 {
            return Err(ReadError::damaged(
                "EXR",
                "its table of blocks is longer than the file",
            ));
        }
        if header.deep {
            return Err(layout("a deep picture", "one sample a pixel"));
        }
        if matches!(header.compression, Compression::B44 | Compression::B44A) {
            return Err(layout(
                "B44 compression",
                "ZIP, PIZ, RLE, PXR24, DWA or no compression",
            ));
        }
        if header
            .channels
            .list
            .iter()
            .any(|channel| channel.sampling != Vec2(1, 1))
        {
            return Err(layout("subsampled channels", "channels in full resolution"));
        }
    }
    if meta.headers.iter().any(|header| is_dwa(header.compression)) {
        check_dwa_blocks(bytes)?;
    }
    // One thread: a sample's worker must not spread over the others' cores.
    let image = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .first_valid_layer()
        .all_attributes()
        .non_parallel()
        .from_buffered(Cursor::new(bytes))
        .map_err(damaged)?;
    Ok(image.layer_data)
}

fn is_dwa(compression: Compression) -> bool {
    matches!(compression, Compression::DWAA(_) | Compression::DWAB(_))
}

/// A DWA block starts with eleven counters, ten of them sizes of what follows; the decoder reserves memory for them unseen. None can
/// honestly exceed what the block's samples, padded to 8 × 8 tiles, take (run lengths may add half).
fn check_dwa_blocks(bytes: &[u8]) -> Result<(), ReadError> {
    let chunks = ::exr::block::read(Cursor::new(bytes), false)
        .and_then(|reader| reader.all_chunks(false))
        .map_err(damaged)?;
    let headers = chunks.meta_data().headers.clone();
    for chunk in chunks {
        let chunk = chunk.map_err(damaged)?;
        let header = headers
            .get(chunk.layer_index)
            .ok_or_else(|| ReadError::damaged("EXR", "a block belongs to no layer"))?;
        if !is_dwa(header.compression) {
            continue;
        }
        let (CompressedBlock::ScanLine(CompressedScanLineBlock {
            compressed_pixels_le: block,
            ..
        })
        | CompressedBlock::Tile(CompressedTileBlock {
            compressed_pixels_le: block,
            ..
        })) = &chunk.compressed_block
        else {
            return Err(layout("a deep picture", "one sample a pixel"));
        };
        let size = header
            .get_block_data_indices(&chunk.compressed_block)
            .and_then(|tile| header.get_absolute_block_pixel_coordinates(tile))
            .map_err(damaged)?
            .size;
        let raw_bytes = size.area() * header.channels.bytes_per_pixel;
        if block.len() == raw_bytes {
            continue; // stored as it is, without counters
        }
        let padded = (size.width() + 7) * (size.height() + 7) * header.channels.list.len() * 4;
        let honest = |counter: &[u8]| {
            counter
                .try_into()
                .is_ok_and(|counter| u64::from_le_bytes(counter) <= 2 * padded as u64)
        };
        if block.len() < 88 || !block[..88].chunks_exact(8).all(honest) {
            return Err(ReadError::damaged(
                "EXR",
                "a block claims more samples than it has room for",
            ));
        }
    }
    Ok(())
}

/// An environment or other HDR picture: channels `R`, `G` and `B`.
pub(super) fn texture(bytes: &[u8]) -> Result<Texture, ReadError> {
    let layer = first_layer(bytes)?;
    let channels = &layer.channel_data.list;
    let plane = |name: &str| {
        channels
            .iter()
            .find(|channel| channel.name.eq(name))
            .map(|channel| channel.sample_data.values_as_f32())
            .ok_or_else(|| layout(names(&layer), "the channels R, G and B"))
    };
    let (red, green, blue) = (plane("R")?, plane("G")?, plane("B")?);
    let texels = red
        .zip(green)
        .zip(blue)
        .map(|((r, g), b)| [r, g, b].map(clamp_radiance))
        .collect();
    Ok(Texture {
        width: layer.size.width() as u32,
        height: layer.size.height() as u32,
        texels: Texels::Rgb32(texels),
    })
}

fn names(layer: &Layer<AnyChannels<FlatSamples>>) -> String {
    let names: Vec<String> = layer
        .channel_data
        .list
        .iter()
        .map(|channel| channel.name.to_string())
        .collect();
    format!("only {}", names.join(", "))
}

/// One named channel of the first layer, e.g. `Z`, as 32-bit floats; half floats and integers are widened.
///
/// # Errors
/// [`ReadError`] for damaged bytes, deep or subsampled pictures, and when there is no such channel.
pub fn exr_channel(bytes: &[u8], name: &str) -> Result<Raster<f32>, ReadError> {
    let layer = first_layer(bytes)?;
    let channel = layer
        .channel_data
        .list
        .iter()
        .find(|channel| channel.name.eq(name))
        .ok_or_else(|| layout(names(&layer), format!("a channel {name}")))?;
    Ok(Raster {
        width: layer.size.width() as u32,
        height: layer.size.height() as u32,
        samples: channel.sample_data.values_as_f32().collect(),
    })
}

/// All channels of the first layer with their names, in the file's order (by name).
///
/// # Errors
/// [`ReadError`] for damaged bytes and for deep or subsampled pictures.
pub fn exr_channels(bytes: &[u8]) -> Result<Vec<(String, Raster<f32>)>, ReadError> {
    let layer = first_layer(bytes)?;
    Ok(layer
        .channel_data
        .list
        .iter()
        .map(|channel| {
            let raster = Raster {
                width: layer.size.width() as u32,
                height: layer.size.height() as u32,
                samples: channel.sample_data.values_as_f32().collect(),
            };
            (channel.name.to_string(), raster)
        })
        .collect())
}
