//! A picture in memory, how others are scaled into it, and the few shapes that labels need.

/// Linear Rec. 709 picture, row-major. Kept linear so that scaling and blending mix light, not code values.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<[f32; 3]>,
}

/// A colour and how much of it covers what is below, `[0, 1]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) srgb: [u8; 3],
    pub(super) cover: f32,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, srgb: [u8; 3]) -> Self {
        Self {
            width,
            height,
            pixels: vec![srgb.map(to_linear); width * height],
        }
    }

    pub(super) fn from_srgb8(width: usize, height: usize, bytes: &[u8]) -> Self {
        let pixels = bytes
            .chunks_exact(3)
            .map(|c| [c[0], c[1], c[2]].map(to_linear))
            .collect();
        Self {
            width,
            height,
            pixels,
        }
    }

    pub(super) fn to_srgb8(&self) -> Vec<u8> {
        self.pixels
            .iter()
            .flatten()
            .map(|c| crate::layout::encode_srgb(*c))
            .collect()
    }

    /// The picture scaled so that every new pixel is the mean of the area it covers.
    pub(super) fn scaled(&self, width: usize, height: usize) -> Self {
        let (columns, rows) = (shares(self.width, width), shares(self.height, height));
        let mut narrow = vec![[0.0; 3]; width * self.height];
        for y in 0..self.height {
            let line = &self.pixels[y * self.width..(y + 1) * self.width];
            for (x, (first, weights)) in columns.iter().enumerate() {
                narrow[y * width + x] = mix(weights, |k| line[first + k]);
            }
        }
        let pixels = rows
            .iter()
            .flat_map(|(first, weights)| {
                let narrow = &narrow;
                (0..width).map(move |x| mix(weights, |k| narrow[(first + k) * width + x]))
            })
            .collect();
        Self {
            width,
            height,
            pixels,
        }
    }

    /// Copies `other` with its top-left corner at `(x, y)`; what does not fit is cut off.
    pub(super) fn place(&mut self, other: &Self, x: usize, y: usize) {
        let columns = other.width.min(self.width.saturating_sub(x));
        for row in 0..other.height.min(self.height.saturating_sub(y)) {
            let to = (y + row) * self.width + x;
            let from = row * other.width;
            self.pixels[to..to + columns].copy_from_slice(&other.pixels[from..from + columns]);
        }
    }

    /// A filled circle, in pixels from the outer corner of the top-left pixel; likewise below.
    pub(super) fn disc(&mut self, centre: [f64; 2], radius: f64, paint: Paint) {
        self.shape(centre, centre, radius, paint);
    }

    /// A line with round ends.
    pub(super) fn line(&mut self, from: [f64; 2], to: [f64; 2], width: f64, paint: Paint) {
        self.shape(from, to, 0.5 * width, paint);
    }

    /// The outline of a box.
    pub(super) fn rectangle(&mut self, low: [f64; 2], high: [f64; 2], width: f64, paint: Paint) {
        let corners = [low, [high[0], low[1]], high, [low[0], high[1]]];
        for i in 0..4 {
            self.line(corners[i], corners[(i + 1) % 4], width, paint);
        }
    }

    pub(super) fn blend(&mut self, x: usize, y: usize, paint: Paint) {
        let colour = paint.srgb.map(to_linear);
        if let Some(pixel) = self.pixels.get_mut(y * self.width + x) {
            for (p, c) in pixel.iter_mut().zip(colour) {
                *p += (c - *p) * paint.cover;
            }
        }
    }

    /// Everything within `radius` of a segment, with an edge one pixel soft.
    fn shape(&mut self, from: [f64; 2], to: [f64; 2], radius: f64, paint: Paint) {
        if ![from, to].concat().iter().all(|v| v.is_finite()) {
            return;
        }
        let reach = radius + 1.0;
        let span = |axis: usize, end: usize| {
            let low = (from[axis].min(to[axis]) - reach).clamp(0.0, end as f64) as usize;
            let high = (from[axis].max(to[axis]) + reach)
                .clamp(0.0, end as f64)
                .ceil() as usize;
            low..high
        };
        let along = [to[0] - from[0], to[1] - from[1]];
        let length2 = along[0] * along[0] + along[1] * along[1];
        for y in span(1, self.height) {
            for x in span(0, self.width) {
                let p = [x as f64 + 0.5 - from[0], y as f64 + 0.5 - from[1]];
                let t = if length2 > 0.0 {
                    ((p[0] * along[0] + p[1] * along[1]) / length2).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                let distance = (p[0] - t * along[0]).hypot(p[1] - t * along[1]);
                let cover = (radius + 0.5 - distance).clamp(0.0, 1.0) as f32;
                if cover > 0.0 {
                    self.blend(
                        x,
                        y,
                        Paint {
                            cover: paint.cover * cover,
                            ..paint
                        },
                    );
                }
            }
        }
    }
}

/// For each of `to` new cells, the first of `from` old ones it covers and the share of each.
fn shares(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    (0..to)
        .map(|i| {
            let (low, high) = (i as f64 * scale, (i + 1) as f64 * scale);
            let first = (low as usize).min(from - 1);
            let last = (high.ceil() as usize).clamp(first + 1, from);
            let weights = (first..last)
                .map(|k| ((high.min((k + 1) as f64) - low.max(k as f64)) / scale) as f32)
                .collect();
            (first, weights)
        })
        .collect()
}

fn mix(weights: &[f32], value: impl Fn(usize) -> [f32; 3]) -> [f32; 3] {
    weights.iter().enumerate().fold([0.0; 3], |sum, (k, w)| {
        let v = value(k);
        [0, 1, 2].map(|c| sum[c] + w * v[c])
    })
}

/// IEC 61966-2-1.
fn to_linear(srgb: u8) -> f32 {
    let x = f64::from(srgb) / 255.0;
    (if x <= 0.040_45 {
        x / 12.92
    } else {
        ((x + 0.055) / 1.055).powf(2.4)
    }) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_keeps_the_mean_light_and_every_flat_colour() {
        let mut picture = Canvas::new(7, 5, [10, 200, 90]);
        assert!(
            picture
                .scaled(3, 4)
                .to_srgb8()
                .chunks(3)
                .all(|c| c == [10, 200, 90])
        );
        for (i, p) in picture.pixels.iter_mut().enumerate() {
            *p = [i as f32, 0.0, 1.0];
        }
        let mean = |c: &Canvas| c.pixels.iter().map(|p| p[0]).sum::<f32>() / c.pixels.len() as f32;
        assert!((mean(&picture) - mean(&picture.scaled(3, 2))).abs() < 1e-4);
        assert_eq!(picture.scaled(7, 5).pixels, picture.pixels);
    }

    #[test]
    fn a_disc_has_its_area_and_its_place() {
        let mut picture = Canvas::new(40, 30, [0; 3]);
        picture.disc(
            [12.0, 20.0],
            6.0,
            Paint {
                srgb: [255; 3],
                cover: 1.0,
            },
        );
        let (mut area, mut x, mut y) = (0.0, 0.0, 0.0);
        for (i, p) in picture.pixels.iter().enumerate() {
            area += p[0];
            x += p[0] * ((i % 40) as f32 + 0.5);
            y += p[0] * ((i / 40) as f32 + 0.5);
        }
        assert!((area - std::f32::consts::PI * 36.0).abs() < 2.0, "{area}");
        assert!((x / area - 12.0).abs() < 0.01 && (y / area - 20.0).abs() < 0.01);
    }

    #[test]
    fn shapes_outside_and_points_that_are_no_numbers_are_ignored() {
        let mut picture = Canvas::new(8, 8, [0; 3]);
        let before = picture.pixels.clone();
        let paint = Paint {
            srgb: [255; 3],
            cover: 1.0,
        };
        picture.line([-1e12, -50.0], [-20.0, -1e12], 2.0, paint);
        picture.disc([f64::NAN, 3.0], 2.0, paint);
        assert_eq!(picture.pixels, before);
    }
}
