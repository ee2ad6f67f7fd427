//! One decoded picture, and the same at another size.

use scene::read::{self, Meaning};
use scene::texture::Texels;

/// Width, height and three samples a pixel, row after row from the top; sRGB.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgb: Vec<u8>,
}

/// One channel of a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl Picture {
    /// From the bytes of a PNG or a JPEG; what is transparent is laid over white. The error is one sentence's end.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let texture =
            read::texture_from_bytes(bytes, Meaning::Colour).map_err(|error| error.to_string())?;
        let Texels::Srgba8(texels) = &texture.texels else {
            return Err("it holds no 8-bit colours".to_owned());
        };
        let over_white = |value: u8, alpha: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        Ok(Self {
            width: texture.width as usize,
            height: texture.height as usize,
            rgb: texels
                .iter()
                .flat_map(|&[r, g, b, a]| [over_white(r, a), over_white(g, a), over_white(b, a)])
                .collect(),
        })
    }

    /// From one sample a pixel.
    pub(super) fn grey(width: usize, height: usize, samples: &[u8]) -> Self {
        Self {
            width,
            height,
            rgb: samples.iter().flat_map(|&value| [value; 3]).collect(),
        }
    }

    /// The largest square in the middle.
    pub(super) fn square(&self) -> Self {
        self.middle(self.width.min(self.height))
    }

    /// A square of so many pixels in the middle, of at most the smaller side.
    pub(super) fn middle(&self, side: usize) -> Self {
        let side = side.min(self.width).min(self.height);
        let (left, top) = ((self.width - side) / 2, (self.height - side) / 2);
        let rows = (top..top + side).flat_map(|row| {
            let from = 3 * (row * self.width + left);
            self.rgb[from..from + 3 * side].iter().copied()
        });
        Self {
            width: side,
            height: side,
            rgb: rows.collect(),
        }
    }

    /// Red, green or blue, from 0 to 1.
    pub(super) fn channel(&self, place: usize) -> Plane {
        let pixels = self.rgb.as_chunks::<3>().0.iter();
        Plane {
            width: self.width,
            height: self.height,
            values: pixels
                .map(|pixel| f32::from(pixel[place]) / 255.0)
                .collect(),
        }
    }

    /// Brightness (Rec. 709's weights on sRGB's own values), blue less brightness and red less brightness (scaled as in YCbCr): in `[0, 1]` and twice `[-0.5, 0.5]`.
    pub(super) fn planes(&self) -> [Plane; 3] {
        let mut planes = [(); 3].map(|()| Plane {
            width: self.width,
            height: self.height,
            values: Vec::with_capacity(self.width * self.height),
        });
        for pixel in self.rgb.as_chunks::<3>().0 {
            let [r, g, b] = pixel.map(|value| f32::from(value) / 255.0);
            // So written, grey has no colour, not even that of rounding.
            let luma = g + 0.2126 * (r - g) + 0.0722 * (b - g);
            planes[0].values.push(luma);
            planes[1].values.push((b - luma) / 1.8556);
            planes[2].values.push((r - luma) / 1.5748);
        }
        planes
    }
}

impl Plane {
    /// At another size, by a triangle as wide as the coarser of both grids: the mean of what a pixel covers where it shrinks, linear in between where it grows.
    pub(super) fn resampled(&self, width: usize, height: usize) -> Self {
        let columns = taps(self.width, width);
        let rows = taps(self.height, height);
        let mut narrow = vec![0.0; width * self.height];
        for row in 0..self.height {
            let from = &self.values[row * self.width..][..self.width];
            for (to, taps) in narrow[row * width..][..width].iter_mut().zip(&columns) {
                *to = taps.iter().map(|&(at, weight)| weight * from[at]).sum();
            }
        }
        let mut values = vec![0.0; width * height];
        for (row, taps) in rows.iter().enumerate() {
            let to = &mut values[row * width..][..width];
            for &(at, weight) in taps {
                for (sum, value) in to.iter_mut().zip(&narrow[at * width..][..width]) {
                    *sum += weight * value;
                }
            }
        }
        Self {
            width,
            height,
            values,
        }
    }

    /// The mean of each cell of a grid, row after row.
    pub(super) fn cells(&self, side: usize) -> Vec<f32> {
        let mut means = Vec::with_capacity(side * side);
        for y in 0..side {
            for x in 0..side {
                let rows = y * self.height / side..(y + 1) * self.height / side;
                let columns = x * self.width / side..(x + 1) * self.width / side;
                let count = (rows.len() * columns.len()).max(1) as f32;
                let sum: f32 = rows
                    .map(|row| {
                        self.values[row * self.width..][columns.clone()]
                            .iter()
                            .sum::<f32>()
                    })
                    .sum();
                means.push(sum / count);
            }
        }
        means
    }
}

/// For each pixel of the new side the old ones and their weights, which sum to 1.
fn taps(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let scale = from as f32 / to as f32;
    let reach = scale.max(1.0);
    (0..to)
        .map(|place| {
            let centre = (place as f32 + 0.5) * scale - 0.5;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor() as usize).min(from - 1);
            let mut taps: Vec<(usize, f32)> = (first..=last)
                .map(|at| (at, 1.0 - (at as f32 - centre).abs() / reach))
                .filter(|(_, weight)| *weight > 0.0)
                .collect();
            let sum: f32 = taps.iter().map(|(_, weight)| weight).sum();
            for (_, weight) in &mut taps {
                *weight /= sum;
            }
            taps
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampling_keeps_the_mean_and_straight_slopes() {
        let slope = Plane {
            width: 60,
            height: 40,
            values: (0..2_400).map(|at| (at % 60) as f32).collect(),
        };
        for (width, height) in [(30, 20), (120, 80), (64, 64), (7, 5)] {
            let other = slope.resampled(width, height);
            let mean = other.values.iter().sum::<f32>() / (width * height) as f32;
            assert!((mean - 29.5).abs() < 0.3, "{width}: {mean}");
            // Away from the borders a slope stays one.
            let at = |x: usize| other.values[height / 2 * width + x];
            let (a, b) = (width / 3, width / 2);
            let per_pixel = (at(b) - at(a)) / (b - a) as f32;
            assert!(
                (per_pixel - 60.0 / width as f32).abs() < 0.2,
                "{width}: {per_pixel}"
            );
        }
    }

    #[test]
    fn a_square_is_cut_from_the_middle() {
        let picture = Picture::grey(4, 2, &[0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(picture.square(), Picture::grey(2, 2, &[1, 2, 5, 6]));
    }
}
