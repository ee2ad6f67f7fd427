//! From light to digital numbers, as EMVA 1288 models a linear sensor.
//!
//! The number of electrons in a pixel is Poisson distributed around the light's share of the full well; reading adds Gaussian noise; the converter rounds.
//! So a digital number's variance is `K·mean + K²·σ_read² + 1/12` with `K` digital numbers per electron (EMVA 1288 release 4, eq. 9): a straight line
//! through means, the photon transfer curve.
use super::{bayer, draws::Draws, optics::Exposed};
use scene::camera::{Band, Camera, Sensor};

/// Numbers below this share of the converter's range are kept for noise below black.
const BLACK_SHARE: f64 = 1.0 / 16.0;

/// A converter and the light that fills it.
pub(super) struct Converter {
    /// Electrons at which it is full.
    full_e: f64,
    read_noise_e: f64,
    black: f64,
    most: f64,
    /// Exposed light that fills the well.
    full: f64,
}

impl Converter {
    pub(super) fn new(sensor: &Sensor) -> Self {
        let most = f64::from(sensor.bits).exp2() - 1.0;
        Self {
            full_e: sensor.full_well_e * 100.0 / sensor.iso,
            read_noise_e: sensor.read_noise_e,
            black: (most * BLACK_SHARE).round(),
            most,
            full: sensor.headroom_ev.exp2(),
        }
    }

    /// Light that fills the well, 1 is white.
    pub(super) fn full(&self) -> f32 {
        self.full as f32
    }

    /// The light that one pixel reports.
    pub(super) fn read(&self, light: f32, draws: &mut Draws) -> f32 {
        // Far beyond full it is full for certain, and the sampler's numbers stay small.
        let mean = (f64::from(light) / self.full).clamp(0.0, 4.0) * self.full_e;
        let electrons = draws.poisson(mean) + self.read_noise_e * draws.normal();
        let range = self.most - self.black;
        let number = (self.black + electrons / self.full_e * range)
            .round()
            .clamp(0.0, self.most);
        ((number - self.black) / range * self.full) as f32
    }
}

/// Replaces light by what the sensor reports of it, in the same units; negative where noise went below black.
pub(super) fn read_out(exposed: &mut Exposed, camera: &Camera, sensor: &Sensor, seed: u64) {
    let converter = Converter::new(sensor);
    let gains = sensor.white_balance.map(|gain| gain as f32);
    let (width, height) = (exposed.width, exposed.height);
    let value = |pixel: &[f32; 3], index: usize, channel: usize| {
        let mut draws = Draws::new(seed, index as u64, channel as u64);
        // A channel that is amplified later gets less light into its numbers.
        (converter.read(pixel[channel] / gains[channel], &mut draws) * gains[channel])
            .min(converter.full())
    };
    if camera.band == Band::NearInfrared {
        for (index, pixel) in exposed.pixels.iter_mut().enumerate() {
            *pixel = [value(pixel, index, 0); 3];
        }
    } else if sensor.bayer {
        let mosaic: Vec<f32> = exposed
            .pixels
            .iter()
            .enumerate()
            .map(|(index, pixel)| {
                value(pixel, index, bayer::colour_at(index % width, index / width))
            })
            .collect();
        exposed.pixels = bayer::demosaic(&mosaic, width, height);
    } else {
        for (index, pixel) in exposed.pixels.iter_mut().enumerate() {
            *pixel = [0, 1, 2].map(|channel| value(pixel, index, channel));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sensor() -> Sensor {
        Sensor {
            full_well_e: 6000.0,
            read_noise_e: 3.0,
            iso: 100.0,
            bits: 12,
            bayer: false,
            headroom_ev: 0.0,
            ..Sensor::ideal()
        }
    }

    /// Mean and variance of 20,000 pixels' digital numbers above black.
    fn statistics(sensor: &Sensor, light: f32) -> (f64, f64) {
        const PIXELS: u64 = 20_000;
        let converter = Converter::new(sensor);
        let range = converter.most - converter.black;
        let numbers: Vec<f64> = (0..PIXELS)
            .map(|i| f64::from(converter.read(light, &mut Draws::new(3, i, 0))))
            .map(|value| value / converter.full * range)
            .collect();
        let mean = numbers.iter().sum::<f64>() / PIXELS as f64;
        let variance =
            numbers.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / (PIXELS - 1) as f64;
        (mean, variance)
    }

    /// The photon transfer curve. A sample variance of 20,000 values spreads by 1 %; each bound is five of that, so that a sound sensor fails less than
    /// once in 10⁵ changes of the seed, and a gain that is 5 % off is found.
    #[test]
    fn variance_over_mean_is_the_gain_and_read_noise_is_what_the_dark_has() {
        for (iso, bits) in [(100.0, 12), (800.0, 12), (3200.0, 10)] {
            let sensor = Sensor {
                iso,
                bits,
                ..sensor()
            };
            let converter = Converter::new(&sensor);
            let gain = (converter.most - converter.black) / converter.full_e;
            let (dark_mean, dark) = statistics(&sensor, 0.0);
            let expected = gain * gain * 9.0 + 1.0 / 12.0;
            assert!(
                dark_mean.abs() < 5.0 * (expected / 20_000.0).sqrt(),
                "{dark_mean}"
            );
            assert!(
                (dark / expected - 1.0).abs() < 0.05,
                "iso {iso}: {dark} {expected}"
            );
            for light in [0.05, 0.2, 0.6] {
                let (mean, variance) = statistics(&sensor, light);
                let wanted = f64::from(light) * (converter.most - converter.black);
                assert!((mean - wanted).abs() < 5.0 * (variance / 20_000.0).sqrt());
                let slope = (variance - dark) / mean;
                assert!(
                    (slope / gain - 1.0).abs() < 0.05,
                    "iso {iso}, {light}: {slope} {gain}"
                );
            }
        }
    }

    #[test]
    fn a_full_well_clips_and_the_dark_may_go_below_black() {
        let converter = Converter::new(&sensor());
        for i in 0..100 {
            assert_eq!(converter.read(2.0, &mut Draws::new(1, i, 0)), 1.0);
        }
        assert!((0..100).any(|i| converter.read(0.0, &mut Draws::new(1, i, 0)) < 0.0));
    }
}
