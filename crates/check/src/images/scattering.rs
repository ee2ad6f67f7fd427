//! Two orders of a wavelet scattering (Bruna & Mallat 2013, "Invariant scattering convolution networks"), on 64 × 64 pixels.
//!
//! |x ⋆ ψ| says how much there is of each scale and direction, and ||x ⋆ ψ₁| ⋆ ψ₂| how that is grouped: what a first layer of a network learns, without having learned anything. Wavelets are
//! Morlet's (ξ = 3π/4, σ = 0.8, slant 1, at scales 2^j), built in the frequency domain; beyond a border a
//! picture goes on from the opposite one.
//!
//! *Determinism.* Single precision, sums in a fixed order, transforms without the processor's wide instructions.

use std::f32::consts::PI;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};

use super::picture::Plane;

/// Pixels along a side.
pub(super) const SIDE: usize = 64;
/// Scales, each twice as coarse as the one before.
pub(super) const SCALES: usize = 4;
/// Directions.
pub(super) const DIRECTIONS: usize = 4;

/// Wavelets in the frequency domain, and the transforms for each size.
pub(super) struct Scattering {
    /// `[SCALES × DIRECTIONS]` filters of `SIDE × SIDE`.
    wavelets: Vec<Vec<f32>>,
    /// Forward and back, of sides 64, 32, 16 and 8.
    transforms: Vec<[Arc<dyn Fft<f32>>; 2]>,
}

/// What a picture scatters to.
pub(super) struct Scattered {
    /// The mean of |x ⋆ ψ| in the four quarters, for each scale and direction.
    pub(super) first: Vec<[f32; 4]>,
    /// The mean of ||x ⋆ ψ₁| ⋆ ψ₂| for each pair of scales, the second the coarser, and each pair of directions.
    pub(super) second: Vec<f32>,
}

/// The pairs of scales of the second order.
pub(super) fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (0..SCALES).flat_map(|one| (one + 1..SCALES).map(move |other| (one, other)))
}

impl Scattering {
    pub(super) fn new() -> Self {
        let mut planner = FftPlannerScalar::new();
        let transforms = (0..SCALES)
            .map(|level| {
                let side = SIDE >> level;
                [
                    planner.plan_fft_forward(side),
                    planner.plan_fft_inverse(side),
                ]
            })
            .collect();
        let wavelets = (0..SCALES)
            .flat_map(|scale| (0..DIRECTIONS).map(move |direction| morlet(scale, direction)))
            .collect();
        Self {
            wavelets,
            transforms,
        }
    }

    /// Scatters a plane of [`SIDE`] × [`SIDE`].
    pub(super) fn scatter(&self, plane: &Plane) -> Scattered {
        let mut spectrum: Vec<Complex<f32>> = plane
            .values
            .iter()
            .map(|&value| Complex::new(value, 0.0))
            .collect();
        self.transform(&mut spectrum, 0, 0);
        let (mut first, mut spectra) = (Vec::new(), Vec::new());
        for (number, wavelet) in self.wavelets.iter().enumerate() {
            let scale = number / DIRECTIONS;
            // A band half as wide needs half as many pixels; one level finer than that, so that nothing folds over.
            let level = scale.saturating_sub(1);
            let moduli = self.moduli(&spectrum, 0, wavelet, level);
            let side = SIDE >> level;
            let quarters = Plane {
                width: side,
                height: side,
                values: moduli,
            };
            if let Ok(quarters) = <[f32; 4]>::try_from(quarters.cells(2)) {
                first.push(quarters);
            }
            if scale + 1 < SCALES {
                let mut again: Vec<Complex<f32>> = quarters
                    .values
                    .iter()
                    .map(|&value| Complex::new(value, 0.0))
                    .collect();
                self.transform(&mut again, level, 0);
                spectra.push(again);
            }
        }
        let mut second = Vec::new();
        for (one, other) in pairs() {
            for from in 0..DIRECTIONS {
                let level = one.saturating_sub(1);
                let spectrum = &spectra[one * DIRECTIONS + from];
                for to in 0..DIRECTIONS {
                    let wavelet = &self.wavelets[other * DIRECTIONS + to];
                    let moduli = self.moduli(spectrum, level, wavelet, other.saturating_sub(1));
                    second.push(moduli.iter().sum::<f32>() / moduli.len() as f32);
                }
            }
        }
        Scattered { first, second }
    }

    /// |x ⋆ ψ| of a spectrum of one level, with the pixels of a coarser one.
    fn moduli(
        &self,
        spectrum: &[Complex<f32>],
        level: usize,
        wavelet: &[f32],
        coarser: usize,
    ) -> Vec<f32> {
        let (side, small) = (SIDE >> level, SIDE >> coarser);
        let mut folded = vec![Complex::new(0.0, 0.0); small * small];
        for row in 0..side {
            // The filter of a smaller picture is the middle of the large one's frequencies.
            let from = &wavelet[in_large(row, side) * SIDE..][..SIDE];
            let to = &mut folded[row % small * small..][..small];
            for column in 0..side {
                let weight = from[in_large(column, side)];
                to[column % small] += spectrum[row * side + column] * weight;
            }
        }
        self.transform(&mut folded, coarser, 1);
        let scale = 1.0 / (side * side) as f32;
        folded
            .iter()
            .map(|value| (value.re * value.re + value.im * value.im).sqrt() * scale)
            .collect()
    }

    /// A square's transform, forward (0) or back (1), not scaled.
    fn transform(&self, values: &mut [Complex<f32>], level: usize, way: usize) {
        square_transform(values, SIDE >> level, self.transforms[level][way].as_ref());
    }
}

/// Transforms rows, then columns, of a square.
pub(super) fn square_transform(values: &mut [Complex<f32>], side: usize, fft: &dyn Fft<f32>) {
    for _ in 0..2 {
        fft.process(values);
        for row in 0..side {
            for column in 0..row {
                values.swap(row * side + column, column * side + row);
            }
        }
    }
}

/// Where a frequency of a smaller square is among those of the large one.
fn in_large(at: usize, side: usize) -> usize {
    if at < side / 2 { at } else { at + SIDE - side }
}

/// A Morlet wavelet's spectrum: a Gaussian about its frequency, less as much of one about 0 as makes its mean 0.
fn morlet(scale: usize, direction: usize) -> Vec<f32> {
    let angle = direction as f32 * PI / DIRECTIONS as f32;
    let (sine, cosine) = (libm::sinf(angle), libm::cosf(angle));
    let stretch = (1 << scale) as f32;
    let (sigma, xi) = (0.8 * stretch, 0.75 * PI / stretch);
    let bell = |along: f32, across: f32| {
        libm::expf(-0.5 * sigma * sigma * (along * along + across * across))
    };
    // What the Gaussian has at frequency 0, frequencies that fold over included.
    let folded = |y: usize, x: usize, about: f32| -> f32 {
        let frequency = |at: usize, turn: i32| {
            let at = if at < SIDE / 2 {
                at as f32
            } else {
                at as f32 - SIDE as f32
            };
            2.0 * PI * (at / SIDE as f32 + turn as f32)
        };
        let mut sum = 0.0;
        for turn_y in -1..=1 {
            for turn_x in -1..=1 {
                let (wy, wx) = (frequency(y, turn_y), frequency(x, turn_x));
                sum += bell(cosine * wx + sine * wy - about, cosine * wy - sine * wx);
            }
        }
        sum
    };
    let share = folded(0, 0, xi) / folded(0, 0, 0.0);
    let mut spectrum = Vec::with_capacity(SIDE * SIDE);
    for y in 0..SIDE {
        for x in 0..SIDE {
            spectrum.push(folded(y, x, xi) - share * folded(y, x, 0.0));
        }
    }
    spectrum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grating(wavelength: f32, direction: usize, phase: f32) -> Plane {
        let angle = direction as f32 * PI / DIRECTIONS as f32;
        let values = (0..SIDE * SIDE).map(|at| {
            let (x, y) = ((at % SIDE) as f32, (at / SIDE) as f32);
            0.5 + 0.4
                * libm::sinf(
                    2.0 * PI / wavelength * (libm::cosf(angle) * x + libm::sinf(angle) * y) + phase,
                )
        });
        Plane {
            width: SIDE,
            height: SIDE,
            values: values.collect(),
        }
    }

    #[test]
    fn each_grating_is_found_by_the_wavelet_of_its_scale_and_direction() {
        let scattering = Scattering::new();
        for scale in 0..SCALES {
            for direction in 0..DIRECTIONS {
                let wavelength = 8.0 / 3.0 * (1 << scale) as f32;
                let found = scattering.scatter(&grating(wavelength, direction, 0.0));
                let sums: Vec<f32> = found.first.iter().map(|q| q.iter().sum()).collect();
                let most = (0..sums.len())
                    .max_by(|&a, &b| sums[a].total_cmp(&sums[b]))
                    .unwrap_or(0);
                assert_eq!(most, scale * DIRECTIONS + direction, "{sums:?}");
            }
        }
    }

    #[test]
    fn what_moves_a_little_scatters_the_same_and_brightness_alone_to_nothing() {
        let scattering = Scattering::new();
        let (here, there) = (grating(8.0, 0, 0.0), grating(8.0, 0, 1.0));
        let (here, there) = (scattering.scatter(&here), scattering.scatter(&there));
        for (a, b) in here.second.iter().zip(&there.second) {
            assert!((a - b).abs() < 2e-3, "{a} {b}");
        }
        let flat = Plane {
            width: SIDE,
            height: SIDE,
            values: vec![0.7; SIDE * SIDE],
        };
        let flat = scattering.scatter(&flat);
        assert!(flat.first.iter().flatten().all(|&value| value < 1e-4));
        assert_eq!(flat.first.len(), SCALES * DIRECTIONS);
        assert_eq!(flat.second.len(), 6 * DIRECTIONS * DIRECTIONS);
    }

    #[test]
    fn smaller_squares_hold_what_the_large_one_does() {
        // The mean of a modulus hardly depends on how many of its pixels are kept.
        let scattering = Scattering::new();
        let plane = grating(12.0, 1, 0.3);
        let mut spectrum: Vec<Complex<f32>> = plane
            .values
            .iter()
            .map(|&value| Complex::new(value, 0.0))
            .collect();
        scattering.transform(&mut spectrum, 0, 0);
        for scale in 1..SCALES {
            let wavelet = &scattering.wavelets[scale * DIRECTIONS + 1];
            let mean = |values: Vec<f32>| values.iter().sum::<f32>() / values.len() as f32;
            let whole = mean(scattering.moduli(&spectrum, 0, wavelet, 0));
            let small = mean(scattering.moduli(&spectrum, 0, wavelet, scale - 1));
            assert!(
                (whole - small).abs() < 0.02 * whole + 1e-5,
                "{whole} {small}"
            );
        }
    }
}
