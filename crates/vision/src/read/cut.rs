//! Decoded pictures and masks, and squares cut out of them.

use std::path::Path;

use scene::read::{self, Meaning, Raster};
use scene::texture::Texels;

use super::bytes;
use crate::error::VisionError;
use crate::examples::{Frame, UNKNOWN, VIEW};

/// Most readings a side for one pixel of a square.
const FINEST: usize = 16;

/// A decoded picture in sRGB, laid over white where it is transparent.
#[derive(Debug)]
pub(crate) struct Picture {
    width: usize,
    height: usize,
    /// `[height][width]`: red, green, blue, opacity.
    texels: Vec<[u8; 4]>,
}

/// A square of a picture.
#[derive(Debug)]
pub(crate) struct Square {
    /// `[side][side][3]`.
    pub(crate) pixels: Vec<u8>,
    pub(crate) frame: Frame,
}

impl Frame {
    /// The cached square whose middle, which a network sees, has this centre and this side.
    pub(crate) fn about(centre: [f64; 2], seen: f64) -> Self {
        let side = seen / VIEW;
        Self {
            left: centre[0] - side / 2.0,
            top: centre[1] - side / 2.0,
            side,
        }
    }
}

impl Picture {
    /// A PNG or a JPEG.
    pub(crate) fn open(path: &Path) -> Result<Self, VisionError> {
        const AGAIN: &str = "save the picture again as 8-bit PNG or JPEG";
        let texture = read::texture_from_bytes(&bytes(path)?, Meaning::Colour)
            .map_err(|error| VisionError::new(error.in_file(path).to_string(), AGAIN))?;
        match texture.texels {
            Texels::Srgba8(texels) => Ok(Self {
                width: texture.width as usize,
                height: texture.height as usize,
                texels,
            }),
            _ => Err(VisionError::new(
                format!("{}: it holds no 8-bit colours", path.display()),
                AGAIN,
            )),
        }
    }

    /// The square whose middle has the whole picture.
    pub(crate) fn whole(&self) -> Frame {
        let (width, height) = (self.width as f64, self.height as f64);
        Frame::about([width / 2.0, height / 2.0], width.max(height))
    }

    pub(crate) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// A square of `side` pixels: the mean of a fine grid of readings between the picture's pixels for each. Beyond the edge the outermost pixels go on.
    pub(crate) fn cut(&self, frame: Frame, side: usize) -> Square {
        let step = frame.side / side as f64;
        let fine = (step.ceil() as usize).clamp(1, FINEST);
        // Places of all readings along an axis: the pixel before, the one after, and how far between.
        let axis = |from: f64, count: usize| -> Vec<(usize, usize, f32)> {
            (0..side * fine)
                .map(|at| {
                    let place = from + (at as f64 + 0.5) / fine as f64 * step - 0.5;
                    let place = place.clamp(0.0, (count - 1) as f64);
                    let before = place as usize;
                    (
                        before,
                        (before + 1).min(count - 1),
                        (place - before as f64) as f32,
                    )
                })
                .collect()
        };
        let columns = axis(frame.left, self.width);
        let rows = axis(frame.top, self.height);
        let opaque = |y: usize, x: usize| -> [f32; 3] {
            let [r, g, b, a] = self.texels[y * self.width + x].map(f32::from);
            [r, g, b].map(|v| (v * a + 255.0 * (255.0 - a)) / 255.0)
        };
        let mut pixels = Vec::with_capacity(side * side * 3);
        for rows in rows.chunks_exact(fine) {
            for columns in columns.chunks_exact(fine) {
                let mut sum = [0.0_f32; 3];
                for &(top, bottom, v) in rows {
                    for &(left, right, u) in columns {
                        let corners = [(top, left), (top, right), (bottom, left), (bottom, right)];
                        let [a, b, c, d] = corners.map(|(y, x)| opaque(y, x));
                        for at in 0..3 {
                            let high = a[at] + (b[at] - a[at]) * u;
                            let low = c[at] + (d[at] - c[at]) * u;
                            sum[at] += high + (low - high) * v;
                        }
                    }
                }
                let count = (fine * fine) as f32;
                pixels.extend(sum.map(|s| (s / count + 0.5) as u8));
            }
        }
        Square { pixels, frame }
    }
}

/// A PNG of class numbers: grey or palette samples of up to 8 bits as they stand in the file, or colours whose parts are all equal.
pub(crate) fn mask(path: &Path) -> Result<Raster<u8>, VisionError> {
    let fault = |why: &str| {
        VisionError::new(
            format!("{}: {why}", path.display()),
            "save masks as 8-bit grey or palette PNG whose samples are class numbers",
        )
    };
    let bytes = bytes(path)?;
    let mut decoder = png::Decoder::new_with_limits(
        std::io::Cursor::new(&bytes),
        png::Limits {
            bytes: read::DECODED_LIMIT_BYTES,
        },
    );
    decoder.set_transformations(png::Transformations::IDENTITY);
    let damaged = |e: png::DecodingError| fault(&format!("damaged PNG file: {e}"));
    let mut reader = decoder.read_info().map_err(damaged)?;
    let (width, height) = (reader.info().width, reader.info().height);
    let (colour, depth) = reader.output_color_type();
    let depth = depth as usize;
    if depth > 8 {
        return Err(fault("it has samples of more than 8 bits"));
    }
    let size = reader
        .output_buffer_size()
        .filter(|&size| size <= read::DECODED_LIMIT_BYTES)
        .ok_or_else(|| fault("it is too large"))?;
    let mut lines = vec![0; size];
    reader.next_frame(&mut lines).map_err(damaged)?;
    let channels = colour.samples();
    let (width, height) = (width as usize, height as usize);
    let row = (width * channels * depth).div_ceil(8);
    let mut samples = Vec::with_capacity(width * height);
    for line in lines.chunks_exact(row).take(height) {
        for x in 0..width {
            let at = x * channels * depth;
            let value = (line[at / 8] >> (8 - depth - at % 8)) & (0xff >> (8 - depth));
            if channels >= 3 && (line[at / 8 + 1] != value || line[at / 8 + 2] != value) {
                return Err(fault("it has colours and no class numbers"));
            }
            samples.push(value);
        }
    }
    Ok(Raster {
        width: width as u32,
        height: height as u32,
        samples,
    })
}

/// A square of a mask, each pixel the one that is nearest to its middle; [`UNKNOWN`] beyond the edge.
pub(crate) fn cut_mask(of: &Raster<u8>, frame: Frame, side: usize) -> Vec<u8> {
    let place =
        |from: f64, at: usize| (from + (at as f64 + 0.5) / side as f64 * frame.side).floor();
    let mut out = Vec::with_capacity(side * side);
    for y in 0..side {
        let row = place(frame.top, y);
        for x in 0..side {
            let column = place(frame.left, x);
            let inside = row >= 0.0
                && column >= 0.0
                && row < f64::from(of.height)
                && column < f64::from(of.width);
            out.push(if inside {
                of.samples[row as usize * of.width as usize + column as usize]
            } else {
                UNKNOWN
            });
        }
    }
    out
}
