//! OpenEXR, through the `exr` crate: every compression it decodes, DWA included, which the packaged environments use.
use std::io::Cursor;

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
        if header
            .channels
            .list
            .iter()
            .any(|channel| channel.sampling != Vec2(1, 1))
        {
            return Err(layout("subsampled channels", "channels in full resolution"));
        }
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
