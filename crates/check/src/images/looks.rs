//! Numbers of one picture that people have words for.

use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};

use super::picture::{Picture, Plane};
use super::scattering::square_transform;

/// What is measured, in this order.
pub(super) const LOOKS: [&str; 9] = [
    "brightness",
    "contrast",
    "colourfulness",
    "blue less brightness",
    "red less brightness",
    "sharpness",
    "noise",
    "slope of the power spectrum",
    "share of pixels at either end",
];

/// The side of the square in the middle whose spectrum is looked at, at most.
const SPECTRUM: usize = 128;
/// Rings of frequencies, from 2 waves a side to 0.4 a pixel, each as much wider as the one before.
const RINGS: usize = 8;

/// Transforms of the sides that came up.
pub(super) struct Spectra {
    transforms: Vec<Arc<dyn Fft<f32>>>,
}

impl Spectra {
    pub(super) fn new() -> Self {
        let mut planner = FftPlannerScalar::new();
        Self {
            transforms: (0..=SPECTRUM)
                .map(|side| planner.plan_fft_forward(side.max(1)))
                .collect(),
        }
    }

    /// The exponent of power over frequency: about −2 for photographs (Field 1987), 0 for noise. None where a picture is too small or has no waves.
    fn slope(&self, luma: &Plane) -> Option<f32> {
        let side = luma.width;
        if side < 16 {
            return None;
        }
        let n = luma.values.len() as f32;
        let mean = luma.values.iter().sum::<f32>() / n;
        // Hann's window: without it the borders would be the sharpest edges of all.
        let window: Vec<f32> = (0..side)
            .map(|at| {
                let turn = 2.0 * std::f32::consts::PI * (at as f32 + 0.5) / side as f32;
                0.5 - 0.5 * libm::cosf(turn)
            })
            .collect();
        let mut spectrum: Vec<Complex<f32>> = luma
            .values
            .iter()
            .enumerate()
            .map(|(at, value)| {
                Complex::new((value - mean) * window[at / side] * window[at % side], 0.0)
            })
            .collect();
        square_transform(&mut spectrum, side, self.transforms[side].as_ref());
        let (low, high) = (libm::logf(2.0 / side as f32), libm::logf(0.4));
        let mut rings = [(0.0_f64, 0_u32, 0.0_f64); RINGS];
        let signed = |at: usize| {
            if at <= side / 2 {
                at as f32
            } else {
                at as f32 - side as f32
            }
        };
        for (at, value) in spectrum.iter().enumerate() {
            let frequency = libm::hypotf(signed(at / side), signed(at % side)) / side as f32;
            if frequency <= 0.0 {
                continue;
            }
            let place = (libm::logf(frequency) - low) / (high - low) * RINGS as f32;
            if place >= 0.0 && place < RINGS as f32 {
                let ring = &mut rings[place as usize];
                ring.0 += f64::from(value.norm_sqr());
                ring.1 += 1;
                ring.2 += f64::from(libm::logf(frequency));
            }
        }
        let points: Vec<(f64, f64)> = rings
            .iter()
            .filter(|(power, count, _)| *count > 0 && *power > 0.0)
            .map(|&(power, count, logs)| {
                let count = f64::from(count);
                (logs / count, libm::log(power / count))
            })
            .collect();
        let n = points.len() as f64;
        if points.len() < 4 {
            return None;
        }
        let mean_x = points.iter().map(|point| point.0).sum::<f64>() / n;
        let mean_y = points.iter().map(|point| point.1).sum::<f64>() / n;
        let (mut xx, mut xy) = (0.0, 0.0);
        for (x, y) in points {
            xx += (x - mean_x) * (x - mean_x);
            xy += (x - mean_x) * (y - mean_y);
        }
        Some((xy / xx) as f32)
    }

    /// All of [`LOOKS`], of the picture's own pixels; NaN where there is none.
    pub(super) fn looks(&self, picture: &Picture) -> [f64; LOOKS.len()] {
        let [luma, blue, red] = picture.planes();
        let n = luma.values.len() as f32;
        let mean = |plane: &Plane| plane.values.iter().sum::<f32>() / n;
        let spread = |values: &mut dyn Iterator<Item = f32>, mean: f32| {
            (values.map(|x| (x - mean) * (x - mean)).sum::<f32>() / n).sqrt()
        };
        let brightness = mean(&luma);
        let contrast = spread(&mut luma.values.iter().copied(), brightness);
        let opponents = |of: fn([f32; 3]) -> f32| {
            let values = || {
                let pixels = picture.rgb.as_chunks::<3>().0.iter();
                pixels.map(move |pixel| of(pixel.map(|v| f32::from(v) / 255.0)))
            };
            let mean = values().sum::<f32>() / n;
            (mean, spread(&mut values(), mean))
        };
        // Hasler & Süsstrunk 2003, "Measuring colourfulness in natural images".
        let (rg, rg_spread) = opponents(|[r, g, _]| r - g);
        let (yb, yb_spread) = opponents(|[r, g, b]| f32::midpoint(r, g) - b);
        let colourfulness = libm::hypotf(rg_spread, yb_spread) + 0.3 * libm::hypotf(rg, yb);
        let (width, height) = (luma.width, luma.height);
        let at = |x: usize, y: usize| luma.values[y * width + x];
        let (mut edges, mut diagonal) = (0.0_f64, Vec::new());
        for y in 1..height.max(2) - 1 {
            for x in 1..width.max(2) - 1 {
                let laplacian =
                    at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y);
                edges += f64::from(laplacian * laplacian);
            }
        }
        for y in (1..height).step_by(2) {
            for x in (1..width).step_by(2) {
                diagonal
                    .push((at(x - 1, y - 1) - at(x, y - 1) - at(x - 1, y) + at(x, y)).abs() / 2.0);
            }
        }
        let inner = ((width.max(2) - 2) * (height.max(2) - 2)) as f64;
        let sharpness = if inner > 0.0 && contrast > 1e-4 {
            libm::log(edges / inner / f64::from(contrast * contrast) + 1e-6)
        } else {
            f64::NAN
        };
        // Donoho & Johnstone 1994: the median of the finest diagonal wavelets over 0.6745.
        diagonal.sort_unstable_by(f32::total_cmp);
        let noise = diagonal
            .get(diagonal.len() / 2)
            .map_or(f64::NAN, |median| f64::from(median / 0.6745));
        let middle = picture.middle(SPECTRUM);
        let [middle, ..] = middle.planes();
        let slope = self.slope(&middle).map_or(f64::NAN, f64::from);
        let ends = luma
            .values
            .iter()
            .filter(|v| **v <= 0.5 / 255.0 || **v >= 254.5 / 255.0)
            .count();
        [
            f64::from(brightness),
            f64::from(contrast),
            f64::from(colourfulness),
            f64::from(mean(&blue)),
            f64::from(mean(&red)),
            sharpness,
            noise,
            slope,
            ends as f64 / f64::from(n),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    /// 128 × 128 pixels of noise, blurred so many times.
    fn noise(blurs: usize) -> Picture {
        let mut stream = Streams::new(Seed(5), 0).stream("noise");
        let mut plane: Vec<f32> = (0..128 * 128).map(|_| stream.uniform() as f32).collect();
        for _ in 0..blurs {
            plane = (0..plane.len())
                .map(|at| {
                    let (x, y) = (at % 128, at / 128);
                    let of = |x: usize, y: usize| plane[y % 128 * 128 + x % 128];
                    (of(x, y) + of(x + 1, y) + of(x, y + 1) + of(x + 1, y + 1)) / 4.0
                })
                .collect();
        }
        let samples: Vec<u8> = plane.iter().map(|v| (v * 255.0) as u8).collect();
        Picture::grey(128, 128, &samples)
    }

    #[test]
    fn blur_takes_sharpness_and_noise_away_and_steepens_the_spectrum() {
        let spectra = Spectra::new();
        let [plain, blurred] = [0, 4].map(|blurs| spectra.looks(&noise(blurs)));
        let of = |looks: &[f64; 9], name: &str| {
            looks[LOOKS.iter().position(|look| *look == name).unwrap_or(0)]
        };
        let slope = of(&plain, "slope of the power spectrum");
        assert!(slope.abs() < 0.2, "white noise has no slope: {slope}");
        assert!(of(&blurred, "slope of the power spectrum") < -1.0);
        assert!(of(&blurred, "sharpness") < of(&plain, "sharpness") - 1.0);
        // The standard deviation of even noise from 0 to 1 is 0.289.
        let found = of(&plain, "noise");
        assert!((found - 0.289).abs() < 0.03, "{found}");
        assert!(of(&plain, "colourfulness") < 1e-6);
    }

    #[test]
    fn pictures_of_a_few_pixels_have_what_they_can_have() {
        let looks = Spectra::new().looks(&Picture::grey(1, 1, &[255]));
        assert!((looks[0] - 1.0).abs() < 1e-5 && looks[7].is_nan() && looks[5].is_nan());
        assert!((looks[8] - 1.0).abs() < 1e-9);
    }
}
