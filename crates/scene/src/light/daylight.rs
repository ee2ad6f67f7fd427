//! A clear sky with its sun.
use super::{Backdrop, Environment, Sun};
use crate::{Texture, texture::Texels};
use glam::{Quat, Vec3};
use hw_skymodel::rgb::{Channel, SkyParams, SkyState};
use std::{
    f32::consts::{FRAC_PI_2, PI, TAU},
    sync::Arc,
};

/// Clear sky by Hosek & Wilkie, "An Analytic Model for Full Spectral Sky-Dome Radiance" (2012), with the sun as Preetham, Shirley & Smits, "A Practical
/// Analytic Model for Daylight" (1999, appendix) attenuate it. Below the horizon lies even, matte ground, lit by both.
///
/// Units are watts of which 683 lumens make one: luminance × 683 is cd·m⁻², irradiance × 683 is lux. Noon is about 150 of them on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Daylight {
    /// Angle of the sun above the horizon, radians, `0..=π/2`.
    pub elevation: f32,
    /// Azimuth of the sun, radians: it stands towards `(sin, 0, −cos)` of it.
    pub azimuth: f32,
    /// Haze: 1 pure air, 2 very clear, 3 clear, 6 hazy, 10 nearly foggy.
    pub turbidity: f32,
    /// Reflectance of the ground, linear Rec. 709, `[0, 1]`; brightens the sky above it, too.
    pub ground: Vec3,
}

/// Columns of the picture; rows are half of them.
const WIDTH: u32 = 256;
/// Seen from the earth.
const ANGULAR_RADIUS: f32 = 0.004_65;
/// Sunlight above the air, 133 klx.
const ABOVE_THE_AIR: f32 = 195.0;

impl Daylight {
    /// The sky as a picture, without the sun's disk, and the sun.
    ///
    /// # Errors
    /// A sentence that names the value out of range.
    pub fn light(&self) -> Result<(Environment, Sun), String> {
        let within = |name: &str, value: f32, low: f32, high: f32| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(format!("{name} is {value}, not within {low} to {high}"))
            }
        };
        within("the sun's elevation", self.elevation, 0.0, FRAC_PI_2)?;
        within("turbidity", self.turbidity, 1.0, 10.0)?;
        for channel in self.ground.to_array() {
            within("the ground's reflectance", channel, 0.0, 1.0)?;
        }
        if !self.azimuth.is_finite() {
            return Err(format!("the sun's azimuth is {}, not finite", self.azimuth));
        }
        let model = SkyState::new(&SkyParams {
            elevation: self.elevation,
            turbidity: self.turbidity,
            albedo: self.ground.to_array(),
        })
        .map_err(|error| error.to_string())?;
        let direction = Vec3::new(
            self.azimuth.sin() * self.elevation.cos(),
            self.elevation.sin(),
            -self.azimuth.cos() * self.elevation.cos(),
        );
        let sun = Sun {
            direction,
            irradiance: self.sunlight(),
            angular_radius: ANGULAR_RADIUS,
        };
        let (texels, from_sky) = paint(&model, direction);
        let ground = self.ground * (from_sky + sun.irradiance * direction.y) / PI;
        let half = (WIDTH * WIDTH / 4) as usize;
        let mut all = texels;
        all.resize(2 * half, ground.to_array());
        let environment = Environment {
            radiance: Arc::new(Texture {
                width: WIDTH,
                height: WIDTH / 2,
                texels: Texels::Rgb32(all),
            }),
            scale: 1.0,
            world_from_environment: Quat::IDENTITY,
            backdrop: Backdrop::Environment,
            portals: Vec::new(),
        };
        Ok((environment, sun))
    }

    /// Irradiance on what faces the sun: a black body of 5778 K behind air and aerosol. Ozone and water vapour, which take a few percent of
    /// visible light, are left out.
    fn sunlight(&self) -> Vec3 {
        let zenith_deg = 90.0 - self.elevation.to_degrees();
        let mass = 1.0 / (self.elevation.sin() + 0.15 * (93.885 - zenith_deg).powf(-1.253));
        let beta = 0.046_08 * self.turbidity - 0.045_86;
        let (mut below, mut above) = (Vec3::ZERO, 0.0);
        for step in 0..40 {
            let nm = 385.0 + 10.0 * step as f32;
            let um = nm * 1e-3;
            let planck = um.powi(-5) / ((14_387.77 / (um * 5778.0)).exp() - 1.0);
            let air = 0.008_735 * um.powf(-4.08);
            let aerosol = beta * um.powf(-1.3);
            let xyz = observer(nm) * planck;
            above += xyz.y;
            below += xyz * (-(air + aerosol) * mass).exp();
        }
        rec709(below * (ABOVE_THE_AIR / above)).max(Vec3::ZERO)
    }
}

/// The upper half of the picture, and what it gives to flat ground.
fn paint(model: &SkyState, sun: Vec3) -> (Vec<[f32; 3]>, Vec3) {
    let (columns, rows) = (WIDTH, WIDTH / 4);
    let mut texels = Vec::with_capacity((columns * rows) as usize);
    let mut on_ground = Vec3::ZERO;
    for row in 0..rows {
        let theta = (row as f32 + 0.5) / rows as f32 * FRAC_PI_2;
        let (sine, cosine) = theta.sin_cos();
        let solid_angle = sine * (FRAC_PI_2 / rows as f32) * (TAU / columns as f32);
        for column in 0..columns {
            let phi = ((column as f32 + 0.5) / columns as f32 - 0.5) * TAU;
            let direction = Vec3::new(phi.sin() * sine, cosine, -phi.cos() * sine);
            let gamma = direction.dot(sun).clamp(-1.0, 1.0).acos();
            let radiance = Vec3::from_array(
                [Channel::R, Channel::G, Channel::B]
                    .map(|channel| model.radiance(theta, gamma, channel).max(0.0)),
            );
            on_ground += radiance * (solid_angle * cosine);
            texels.push(radiance.to_array());
        }
    }
    (texels, on_ground)
}

/// CIE 1931 colour matching, as fitted by Wyman, Sloan & Shirley, "Simple Analytic Approximations to the CIE XYZ Color Matching Functions" (2013).
fn observer(nm: f32) -> Vec3 {
    let lobe = |height: f32, peak: f32, left: f32, right: f32| {
        let t = (nm - peak) * if nm < peak { left } else { right };
        height * (-0.5 * t * t).exp()
    };
    Vec3::new(
        lobe(0.362, 442.0, 0.0624, 0.0374)
            + lobe(1.056, 599.8, 0.0264, 0.0323)
            + lobe(-0.065, 501.1, 0.0490, 0.0382),
        lobe(0.821, 568.8, 0.0213, 0.0247) + lobe(0.286, 530.9, 0.0613, 0.0322),
        lobe(1.217, 437.0, 0.0845, 0.0278) + lobe(0.681, 459.0, 0.0385, 0.0725),
    )
}

fn rec709(xyz: Vec3) -> Vec3 {
    Vec3::new(
        xyz.dot(Vec3::new(3.240_97, -1.537_383, -0.498_611)),
        xyz.dot(Vec3::new(-0.969_244, 1.875_968, 0.041_555)),
        xyz.dot(Vec3::new(0.055_63, -0.203_977, 1.056_972)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(elevation_deg: f32, turbidity: f32) -> Daylight {
        Daylight {
            elevation: elevation_deg.to_radians(),
            azimuth: 0.7,
            turbidity,
            ground: Vec3::splat(0.2),
        }
    }

    fn luminance(colour: Vec3) -> f32 {
        colour.dot(Vec3::new(0.2126, 0.7152, 0.0722))
    }

    /// Lux on flat ground: from the sky, and from the sun.
    fn lux(day: Daylight) -> (f32, f32) {
        let (sky, sun) = day.light().expect("sound");
        // Ground of reflectance 0.2 tells.
        let ground = Vec3::from_array(
            sky.radiance.texel(0, sky.radiance.height - 1)[..3]
                .try_into()
                .expect("three"),
        );
        let all = luminance(ground * PI / 0.2) * 683.0;
        let direct = luminance(sun.irradiance) * sun.direction.y * 683.0;
        (all - direct, direct)
    }

    #[test]
    fn a_clear_day_is_as_bright_as_measured() {
        // CIE clear skies: 10 to 20 klx from the sky and 50 to 75 klx from a sun at 45 degrees on flat ground (CIE 110-1994; IESNA handbook, daylight availability).
        let (sky, sun) = lux(day(45.0, 3.0));
        assert!((8_000.0..22_000.0).contains(&sky), "{sky} lx from the sky");
        assert!((50_000.0..80_000.0).contains(&sun), "{sun} lx from the sun");
        // Haze moves light from the sun to the sky; evening takes both.
        let (hazy_sky, hazy_sun) = lux(day(45.0, 8.0));
        assert!(hazy_sky > 1.2 * sky && hazy_sun < 0.7 * sun);
        let (low_sky, low_sun) = lux(day(5.0, 3.0));
        assert!(low_sky < 0.5 * sky && low_sun < 0.1 * sun);
    }

    #[test]
    fn skies_are_blue_and_evening_suns_are_red() {
        let (sky, noon) = day(60.0, 2.5).light().expect("sound");
        let [r, _, b, _] = sky.radiance.texel(0, 10);
        assert!(b > 1.5 * r, "{r} and {b}");
        let (_, evening) = day(3.0, 2.5).light().expect("sound");
        let redness = |sun: &Sun| sun.irradiance.x / sun.irradiance.z.max(1e-6);
        assert!(redness(&evening) > 3.0 * redness(&noon));
        assert!(noon.irradiance.max_element() / noon.irradiance.min_element() < 1.8);
    }

    #[test]
    fn the_sky_is_brightest_around_the_sun() {
        let day = day(40.0, 4.0);
        let (sky, sun) = day.light().expect("sound");
        let (mut best, mut at) = (0.0, Vec3::ZERO);
        for y in 0..sky.radiance.height / 2 {
            for x in 0..sky.radiance.width {
                let value = sky.radiance.texel(x, y)[1];
                if value > best {
                    let theta = (y as f32 + 0.5) / sky.radiance.height as f32 * PI;
                    let phi = ((x as f32 + 0.5) / sky.radiance.width as f32 - 0.5) * TAU;
                    at = Vec3::new(
                        phi.sin() * theta.sin(),
                        theta.cos(),
                        -phi.cos() * theta.sin(),
                    );
                    best = value;
                }
            }
        }
        assert!(at.dot(sun.direction) > 0.99, "{at}");
    }

    #[test]
    fn impossible_days_are_described() {
        for (day, expected) in [
            (
                day(-1.0, 3.0),
                "the sun's elevation is -0.017453292, not within 0 to 1.5707964",
            ),
            (day(10.0, 0.5), "turbidity is 0.5, not within 1 to 10"),
        ] {
            assert_eq!(day.light().expect_err("refused"), expected);
        }
    }
}
