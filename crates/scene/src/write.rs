//! Encoders of pictures and layers, byte for byte the same on every run, machine and number of threads.
//!
//! Compression settings are fixed here: changing one changes the bytes of every data set, which counts as a change of output.
//! [`crate::read`] holds the inverses, exact for all but JPEG. Samples are row-major, row 0 on top, channels interleaved.
use std::io::Cursor;

use exr::image::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer};
use exr::meta::attribute::Text;
use exr::prelude::{Blocks, Compression, LayerAttributes, LineOrder, SmallVec, WritableImage, f16};
use png::{BitDepth, ColorType, DeflateCompression, Filter};

/// For pictures of light and shape: repetitions are few, so that looking for them takes most of the time and saves a twentieth. Measured on
/// a 256-pixel face: 65 kB in 0.4 ms, against 62 kB in 15 ms with deflate's level 6; normals 163 kB and 152 kB.
const SHADED: (Filter, DeflateCompression) = (Filter::Paeth, DeflateCompression::FdeflateUltraFast);
/// For ids and masks: whole rows repeat, and a filter would hide it. 1.7 kB in 0.3 ms, against 3.3 kB.
const FLAT: (Filter, DeflateCompression) = (Filter::NoFilter, DeflateCompression::Level(6));

/// 8-bit sRGB picture; `rgb` is `[height * width * 3]`.
///
/// # Panics
/// When the picture is empty or `rgb` has another length.
pub fn png_rgb8(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    check_length(width, height, 3, rgb.len());
    encode_png(
        width,
        height,
        (ColorType::Rgb, BitDepth::Eight),
        SHADED,
        rgb,
    )
}

/// 8-bit sRGB picture as baseline JPEG of a quality from 1 to 100, with 4:2:0 colours below 90 as cameras have them; `rgb` is
/// `[height * width * 3]`. Loses detail; [`crate::read::jpeg_rgb8`] reads what is left. `None` when a side is longer than the format's 65,535 pixels.
///
/// # Panics
/// When the picture is empty or `rgb` has another length.
pub fn jpeg_rgb8(width: u32, height: u32, rgb: &[u8], quality: u8) -> Option<Vec<u8>> {
    check_length(width, height, 3, rgb.len());
    let (width, height) = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    let mut bytes = Vec::new();
    // Memory does not refuse what is written to it.
    jpeg_encoder::Encoder::new(&mut bytes, quality.clamp(1, 100))
        .encode(rgb, width, height, jpeg_encoder::ColorType::Rgb)
        .ok()?;
    Some(bytes)
}

/// 8-bit sRGB picture with straight alpha; `rgba` is `[height * width * 4]`.
///
/// # Panics
/// When the picture is empty or `rgba` has another length.
pub fn png_rgba8(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
    check_length(width, height, 4, rgba.len());
    encode_png(
        width,
        height,
        (ColorType::Rgba, BitDepth::Eight),
        SHADED,
        rgba,
    )
}

/// 8-bit ids or masks; `grey` is `[height * width]`.
///
/// # Panics
/// When the picture is empty or `grey` has another length.
pub fn png_grey8(width: u32, height: u32, grey: &[u8]) -> Vec<u8> {
    check_length(width, height, 1, grey.len());
    encode_png(
        width,
        height,
        (ColorType::Grayscale, BitDepth::Eight),
        FLAT,
        grey,
    )
}

/// 16-bit ids or masks; `grey` is `[height * width]`.
///
/// # Panics
/// When the picture is empty or `grey` has another length.
pub fn png_grey16(width: u32, height: u32, grey: &[u16]) -> Vec<u8> {
    check_length(width, height, 1, grey.len());
    let bytes = big_endian(grey);
    encode_png(
        width,
        height,
        (ColorType::Grayscale, BitDepth::Sixteen),
        FLAT,
        &bytes,
    )
}

/// 16-bit vectors or colours; `rgb` is `[height * width * 3]`.
///
/// # Panics
/// When the picture is empty or `rgb` has another length.
pub fn png_rgb16(width: u32, height: u32, rgb: &[u16]) -> Vec<u8> {
    check_length(width, height, 3, rgb.len());
    let bytes = big_endian(rgb);
    encode_png(
        width,
        height,
        (ColorType::Rgb, BitDepth::Sixteen),
        SHADED,
        &bytes,
    )
}

fn big_endian(samples: &[u16]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|sample| sample.to_be_bytes())
        .collect()
}

fn check_length(width: u32, height: u32, channels: usize, length: usize) {
    let expected = width as usize * height as usize * channels;
    assert!(
        expected > 0 && length == expected,
        "{length} samples for {width} × {height} pixels of {channels}"
    );
}

fn encode_png(
    width: u32,
    height: u32,
    layout: (ColorType, BitDepth),
    (filter, compression): (Filter, DeflateCompression),
    bytes: &[u8],
) -> Vec<u8> {
    let mut file = Vec::with_capacity(bytes.len() / 2 + 1024);
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(layout.0);
    encoder.set_depth(layout.1);
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
    encoder
        .write_header()
        .and_then(|mut writer| {
            writer.write_image_data(bytes)?;
            writer.finish()
        })
        .expect("writing to memory with checked sizes cannot fail");
    file
}

/// OpenEXR with 32-bit float channels, compressed without loss (run lengths): one plane `[height * width]` per name, such as
/// `Z` for depth. Channels are stored in the order of their names, as the format asks. NaN and infinities are kept.
///
/// # Panics
/// When the picture is empty, a plane has another length, or there is no plane.
pub fn exr_layers(width: u32, height: u32, planes: &[(&str, &[f32])]) -> Vec<u8> {
    assert!(!planes.is_empty(), "an EXR file needs a channel");
    let channels = planes
        .iter()
        .map(|(name, samples)| {
            check_length(width, height, 1, samples.len());
            AnyChannel::new(Text::from(*name), FlatSamples::F32(samples.to_vec()))
        })
        .collect();
    // Run lengths take an eighth of the time of ZIP for a fifteenth more bytes: measured on depth and UV of a face.
    encode_exr(width, height, channels, Compression::RLE)
}

/// OpenEXR with the half-float channels R, G and B of linear radiance, compressed without further loss (ZIP): for environments inside other
/// files. Numbers are rounded to the nearest half-float, those beyond 65504 become 65504.
///
/// # Panics
/// When the picture is empty or `rgb` has another length than `height * width`.
pub fn exr_half_rgb(width: u32, height: u32, rgb: &[[f32; 3]]) -> Vec<u8> {
    check_length(width, height, 1, rgb.len());
    let channels = ["R", "G", "B"]
        .iter()
        .enumerate()
        .map(|(k, name)| {
            let half = rgb
                .iter()
                .map(|texel| f16::from_f32(texel[k].min(65504.0)))
                .collect();
            AnyChannel::new(Text::from(*name), FlatSamples::F16(half))
        })
        .collect();
    encode_exr(width, height, channels, Compression::ZIP16)
}

fn encode_exr(
    width: u32,
    height: u32,
    channels: SmallVec<[AnyChannel<FlatSamples>; 4]>,
    compression: Compression,
) -> Vec<u8> {
    let encoding = Encoding {
        compression,
        blocks: Blocks::ScanLines,
        line_order: LineOrder::Increasing,
    };
    let layer = Layer::new(
        (width as usize, height as usize),
        LayerAttributes::default(),
        encoding,
        AnyChannels::sort(channels),
    );
    let mut file = Cursor::new(Vec::new());
    Image::from_layer(layer)
        .write()
        .non_parallel()
        .to_buffered(&mut file)
        .expect("writing to memory with checked sizes cannot fail");
    file.into_inner()
}
