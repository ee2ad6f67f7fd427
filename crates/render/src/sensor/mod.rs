//! What a real camera delivers: the radiance of a finished frame, developed through lens, sensor and file format. Ground truth never passes here.
//!
//! In this order, which is that of the light (after EMVA 1288's signal chain; Nakamura 2006, "Image Sensors and Signal Processing for Digital Still
//! Cameras"):
//!
//! 1. exposure: radiance times 2^[`Camera::exposure_ev`], so that 1 is white;
//! 2. lens: what is on its front (`front`), lateral chromatic aberration, vignetting, then veiling glare (`optics`);
//! 3. pixels: the share of the full well that ISO leaves, Poisson electrons, read noise, converter with a black level (`electrons`);
//! 4. colours: white balance on the raw numbers, then interpolation of the mosaic (`bayer`); what is full is white, not coloured;
//! 5. [`View`]: tone curve, sRGB, 8 bits;
//! 6. JPEG: encoded and decoded again, so that its artefacts are in the picture whatever file that is kept in.
//!
//! [`depth`] is the other kind of sensor: what a stereo or time-of-flight camera would have measured instead of the exact depth.
//!
//! # Determinism
//! Every pixel's noise depends on seed, place and channel alone.
mod bayer;
pub mod depth;
mod draws;
mod electrons;
mod front;
mod optics;

use crate::{
    error::RenderError,
    view::{View, to_srgb8},
};
use optics::Exposed;
use scene::camera::{Band, Camera, Sensor};

/// The picture a camera delivers of radiance (row-major, `width_px × height_px`): interleaved sRGB bytes. With an ideal sensor (`None`) it is
/// [`to_srgb8`]'s; in the near infrared all three channels are equal.
///
/// # Errors
/// [`RenderError::Camera`] for a sensor or depth sensor that cannot be: see [`check`].
///
/// # Panics
/// When `radiance` has another length.
pub fn develop(
    radiance: &[[f32; 3]],
    camera: &Camera,
    view: View,
    seed: u64,
) -> Result<Vec<u8>, RenderError> {
    let (width, height) = (camera.width_px as usize, camera.height_px as usize);
    assert_eq!(
        radiance.len(),
        width * height,
        "one radiance for each pixel"
    );
    check(camera)?;
    let finished = |mut bytes: Vec<u8>| {
        if camera.band == Band::NearInfrared {
            make_grey(&mut bytes);
        }
        bytes
    };
    if camera.sensor.is_none() && camera.front.is_clean() {
        return Ok(finished(to_srgb8(radiance, camera.exposure_ev, view)));
    }
    let scale = camera.exposure_ev.exp2() as f32;
    let mut exposed = Exposed {
        width,
        height,
        pixels: radiance
            .iter()
            .map(|pixel| {
                pixel.map(|c| {
                    if c > 0.0 {
                        (c * scale).min(MOST_LIGHT)
                    } else {
                        0.0
                    }
                })
            })
            .collect(),
    };
    front::pass(&mut exposed, &camera.front);
    let Some(sensor) = &camera.sensor else {
        return Ok(finished(to_srgb8(&exposed.pixels, 0.0, view)));
    };
    optics::pass(&mut exposed, camera, sensor);
    electrons::read_out(&mut exposed, camera, sensor, seed);
    let bytes = finished(to_srgb8(&exposed.pixels, 0.0, view));
    match sensor.jpeg_quality {
        Some(quality) => compress(&bytes, camera, quality),
        None => Ok(bytes),
    }
}

/// Brighter light than a million times white is no more white.
const MOST_LIGHT: f32 = 1e6;

/// Rounding may have told the channels of one band apart.
fn make_grey(bytes: &mut [u8]) {
    for pixel in bytes.chunks_exact_mut(3) {
        pixel.fill(pixel[1]);
    }
}

fn compress(bytes: &[u8], camera: &Camera, quality: u8) -> Result<Vec<u8>, RenderError> {
    let fault = |found: String| RenderError::Camera { found };
    let file = scene::write::jpeg_rgb8(camera.width_px, camera.height_px, bytes, quality)
        .ok_or_else(|| fault(TOO_LONG_FOR_JPEG.to_owned()))?;
    let picture = scene::read::jpeg_rgb8(&file)
        .map_err(|error| fault(format!("its JPEG cannot be read again: {error}")))?;
    Ok(picture.samples)
}

const TOO_LONG_FOR_JPEG: &str = "JPEG pictures are at most 65535 px wide and high";

/// Whether a camera's sensors can be.
///
/// # Errors
/// [`RenderError::Camera`]: a number outside its range; a near-infrared camera with a mosaic, colour fringes or a white balance, of which it has none;
/// a stereo pair with lenses that bend straight lines.
pub fn check(camera: &Camera) -> Result<(), RenderError> {
    let fault = |found: String| Err(RenderError::Camera { found });
    let front = camera.front;
    for (name, value) in [
        ("fog", front.fog),
        ("dirt", front.dirt),
        ("drops", front.drops),
    ] {
        within(&format!("lens's {name}"), value, 0.0, 1.0)?;
    }
    if let Some(sensor) = &camera.sensor {
        check_numbers(sensor)?;
        let colourful =
            sensor.bayer || sensor.chromatic_aberration != 0.0 || sensor.white_balance != [1.0; 3];
        if camera.band == Band::NearInfrared && colourful {
            return fault(
                "it sees near infrared, one channel, but its sensor has a mosaic, colour fringes or a white balance"
                    .to_owned(),
            );
        }
        if sensor.bayer && camera.width_px.min(camera.height_px) < 2 {
            return fault("its mosaic needs a picture of at least 2 × 2 px".to_owned());
        }
        if sensor.jpeg_quality.is_some() && camera.width_px.max(camera.height_px) > 65_535 {
            return fault(TOO_LONG_FOR_JPEG.to_owned());
        }
    }
    depth::check(camera)
}

fn within(name: &str, value: f64, low: f64, high: f64) -> Result<(), RenderError> {
    // NaN is within nothing.
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(RenderError::Camera {
        found: format!("its {name} is {value}, not within {low} to {high}"),
    })
}

fn check_numbers(sensor: &Sensor) -> Result<(), RenderError> {
    within("full well", sensor.full_well_e, 1.0, 1e9)?;
    within("read noise", sensor.read_noise_e, 0.0, 1e6)?;
    within("ISO", sensor.iso, 100.0, 1e7)?;
    within(
        "converter's number of bits",
        f64::from(sensor.bits),
        4.0,
        24.0,
    )?;
    within("headroom", sensor.headroom_ev, 0.0, 10.0)?;
    within("vignetting", sensor.vignetting, 1e-3, 1.0)?;
    within(
        "chromatic aberration",
        sensor.chromatic_aberration,
        -0.1,
        0.1,
    )?;
    within("bloom", sensor.bloom, 0.0, 0.99)?;
    for gain in sensor.white_balance {
        within("white balance", gain, 1.0, 100.0)?;
    }
    within(
        "JPEG quality",
        f64::from(sensor.jpeg_quality.unwrap_or(100)),
        1.0,
        100.0,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DVec3;

    fn camera(sensor: Option<Sensor>) -> Camera {
        let mut camera = Camera::look_at(DVec3::Z, DVec3::ZERO, DVec3::Y, 0.5, 96, 64);
        camera.sensor = sensor;
        camera
    }

    fn noiseless() -> Sensor {
        Sensor {
            full_well_e: 1e9,
            bits: 16,
            ..Sensor::ideal()
        }
    }

    fn ramp() -> Vec<[f32; 3]> {
        (0..96 * 64)
            .map(|i| {
                let (x, y) = ((i % 96) as f32 / 96.0, (i / 96) as f32 / 64.0);
                [0.05 + 0.7 * x, 0.05 + 0.6 * y, 0.3]
            })
            .collect()
    }

    fn shown(camera: &Camera, radiance: &[[f32; 3]], seed: u64) -> Vec<u8> {
        develop(radiance, camera, View::Plain, seed).expect("a sound camera")
    }

    fn spread(a: &[u8], b: &[u8]) -> f64 {
        let squares: f64 = a
            .iter()
            .zip(b)
            .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
            .sum();
        (squares / a.len() as f64).sqrt()
    }

    #[test]
    fn a_sensor_without_faults_shows_what_no_sensor_shows() {
        let ideal = shown(&camera(None), &ramp(), 1);
        assert_eq!(ideal, to_srgb8(&ramp(), 0.0, View::Plain));
        let noiseless = shown(&camera(Some(noiseless())), &ramp(), 1);
        assert!(spread(&ideal, &noiseless) < 0.1);
    }

    #[test]
    fn noise_depends_on_the_seed_alone_and_doubles_with_four_times_the_iso() {
        let at = |iso: f64, seed: u64| {
            let sensor = Sensor {
                full_well_e: 6000.0,
                iso,
                ..noiseless()
            };
            shown(&camera(Some(sensor)), &vec![[0.4; 3]; 96 * 64], seed)
        };
        assert_eq!(at(400.0, 7), at(400.0, 7));
        let clean = vec![to_srgb8(&[[0.4; 3]], 0.0, View::Plain)[0]; 96 * 64 * 3];
        let (less, more) = (
            spread(&at(400.0, 7), &clean),
            spread(&at(1600.0, 8), &clean),
        );
        assert!((more / less - 2.0).abs() < 0.15, "{less} {more}");
        // Another seed is other noise: differences of two have √2 of the spread.
        let other = spread(&at(400.0, 7), &at(400.0, 8));
        assert!((other / less - 2.0_f64.sqrt()).abs() < 0.1);
    }

    #[test]
    fn grey_through_mosaic_and_white_balance_stays_grey_and_full_is_white() {
        let sensor = Sensor {
            bayer: true,
            white_balance: [2.1, 1.0, 1.6],
            ..noiseless()
        };
        for light in [0.03, 0.4, 5.0] {
            let picture = shown(&camera(Some(sensor.clone())), &vec![[light; 3]; 96 * 64], 1);
            let expected = to_srgb8(&[[light; 3]], 0.0, View::Plain)[0];
            assert!(picture.iter().all(|c| c.abs_diff(expected) <= 1), "{light}");
        }
    }

    #[test]
    fn headroom_keeps_highlights_for_the_tone_curve() {
        let with = |headroom_ev: f64| {
            let sensor = Sensor {
                headroom_ev,
                ..noiseless()
            };
            develop(
                &vec![[3.0; 3]; 96 * 64],
                &camera(Some(sensor)),
                View::Filmic,
                1,
            )
            .expect("sound")[0]
        };
        let expected = to_srgb8(&[[3.0; 3]], 0.0, View::Filmic)[0];
        assert!(with(2.0).abs_diff(expected) <= 1);
        assert!(with(0.0) < expected - 10);
    }

    #[test]
    fn near_infrared_is_grey_through_everything() {
        let sensor = Sensor {
            full_well_e: 3000.0,
            read_noise_e: 5.0,
            bloom: 0.1,
            vignetting: 0.5,
            jpeg_quality: Some(60),
            ..Sensor::ideal()
        };
        for sensor in [None, Some(sensor)] {
            let mut camera = camera(sensor);
            camera.band = Band::NearInfrared;
            for view in [View::Plain, View::Filmic] {
                let light: Vec<[f32; 3]> = ramp().iter().map(|p| [p[0]; 3]).collect();
                let picture = develop(&light, &camera, view, 3).expect("sound");
                assert!(picture.chunks(3).all(|p| p[0] == p[1] && p[1] == p[2]));
                assert!(picture.iter().max() > Some(&100));
            }
        }
    }

    #[test]
    fn jpeg_leaves_its_marks_and_more_of_them_at_lower_quality() {
        let at = |quality: u8| {
            let sensor = Sensor {
                jpeg_quality: Some(quality),
                ..noiseless()
            };
            shown(&camera(Some(sensor)), &ramp(), 1)
        };
        let clean = shown(&camera(Some(noiseless())), &ramp(), 1);
        let (fine, coarse) = (spread(&at(95), &clean), spread(&at(10), &clean));
        assert!(
            fine > 0.05 && fine < 3.0 && coarse > 1.5 * fine,
            "{fine} {coarse}"
        );
    }

    #[test]
    fn sensors_that_cannot_be_are_refused() {
        let refused = |change: fn(&mut Camera, &mut Sensor)| {
            let mut camera = camera(None);
            let mut sensor = Sensor::ideal();
            change(&mut camera, &mut sensor);
            camera.sensor = Some(sensor);
            check(&camera).expect_err("refused").to_string()
        };
        assert_eq!(
            refused(|_, s| s.iso = 50.0),
            "camera: its ISO is 50, not within 100 to 10000000"
        );
        assert!(refused(|_, s| s.full_well_e = f64::NAN).contains("full well is NaN"));
        assert!(refused(|_, s| s.white_balance[0] = 0.5).contains("white balance is 0.5"));
        assert!(refused(|_, s| s.jpeg_quality = Some(0)).contains("JPEG quality is 0"));
        let infrared = refused(|camera, sensor| {
            camera.band = Band::NearInfrared;
            sensor.bayer = true;
        });
        assert!(
            infrared.contains("near infrared, one channel"),
            "{infrared}"
        );
    }
}
