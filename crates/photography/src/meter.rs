//! Surroundings as a light meter sees them, white balance, and lamps that are set by what they give.

use glam::{DVec3, Quat, Vec3};
use scene::light::Portal;
use scene::texture::Texels;
use scene::{AreaLight, Texture};

/// Rec. 709 luminance weights.
pub const LUMINANCE: Vec3 = Vec3::new(0.2126, 0.7152, 0.0722);

/// How much of the light's colour cast a camera's automatic white balance takes out: most, as people expect of pictures, but not all.
const WHITE_BALANCE: f32 = 0.8;
/// Columns of the coarse picture that light is metered on; half as many rows.
const COARSE: usize = 64;

/// An environment, and the coarse picture of it that a light meter needs.
#[derive(Debug)]
pub struct Surroundings {
    width: u32,
    height: u32,
    /// Radiance, row by row from the top.
    texels: Vec<Vec3>,
    /// `[COARSE / 2][COARSE]`: radiance summed over solid angle, so that a sun of one texel counts for what it is.
    coarse: Vec<Vec3>,
}

/// Files made for wider gamuts hold colours Rec. 709 cannot: a channel below this share of the luminance is lifted, or blue skies light
/// skin violet.
const LEAST_CHANNEL: f32 = 0.3;

/// The nearest colour on the way to grey whose channels all reach [`LEAST_CHANNEL`].
fn within_gamut(colour: Vec3) -> Vec3 {
    let grey = colour.dot(LUMINANCE);
    let least = colour.min_element();
    let floor = LEAST_CHANNEL * grey;
    if grey <= 0.0 || least >= floor {
        colour
    } else {
        colour.lerp(Vec3::splat(grey), (floor - least) / (grey - least))
    }
}

impl Surroundings {
    /// From a picture of the surroundings, equirectangular.
    pub fn new(picture: &Texture) -> Self {
        let texels: Vec<Vec3> = (0..picture.height)
            .flat_map(|y| (0..picture.width).map(move |x| (x, y)))
            .map(|(x, y)| {
                let [r, g, b, _] = picture.texel(x, y);
                within_gamut(Vec3::new(r, g, b))
            })
            .collect();
        let mut coarse = vec![Vec3::ZERO; COARSE * COARSE / 2];
        let (width, height) = (picture.width as usize, picture.height as usize);
        for y in 0..height {
            let solid_angle = polar(y, height).sin()
                * (std::f32::consts::PI / height as f32)
                * (std::f32::consts::TAU / width as f32);
            for x in 0..width {
                coarse[(y * COARSE / 2 / height) * COARSE + x * COARSE / width] +=
                    texels[y * width + x] * solid_angle;
            }
        }
        Self {
            width: picture.width,
            height: picture.height,
            texels,
            coarse,
        }
    }

    /// Light on a surface facing `normal`, W/m² per channel, from the surroundings turned by `world_from_environment`.
    pub fn irradiance(&self, world_from_environment: Quat, normal: Vec3) -> Vec3 {
        let normal = world_from_environment.inverse() * normal;
        let mut sum = Vec3::ZERO;
        for (index, radiance) in self.coarse.iter().enumerate() {
            sum += *radiance * direction(index).dot(normal).max(0.0);
        }
        sum
    }

    /// The same of what comes in through windows, and about what the linings around them send on: W/m² at `head` on a surface that faces `normal`. Never less
    /// than a twentieth of what would be there without walls.
    pub fn through_windows(
        &self,
        world_from_environment: Quat,
        head: Vec3,
        normal: Vec3,
        windows: &[Portal],
    ) -> Vec3 {
        /// Share of all light that comes in which linings scatter to the face.
        const SCATTERED: f32 = 0.08;
        let is_open = |way: Vec3| {
            windows.iter().any(|window| {
                let across = window.edge_u.cross(window.edge_v);
                let t = (window.corner - head).dot(across) / way.dot(across);
                let at = head + way * t - window.corner;
                let (u, v) = (window.edge_u, window.edge_v);
                let (uu, vv, uv) = (u.dot(u), v.dot(v), u.dot(v));
                let (a, b, whole) = (at.dot(u), at.dot(v), uu * vv - uv * uv);
                let (s, r) = ((a * vv - b * uv) / whole, (b * uu - a * uv) / whole);
                t > 0.0 && (0.0..=1.0).contains(&s) && (0.0..=1.0).contains(&r)
            })
        };
        let mut sum = Vec3::ZERO;
        for (index, radiance) in self.coarse.iter().enumerate() {
            let way = world_from_environment * direction(index);
            if is_open(way) {
                sum += *radiance * (way.dot(normal).max(0.0) + SCATTERED);
            }
        }
        sum.max(self.irradiance(world_from_environment, normal) * 0.05)
    }

    /// The picture with each channel multiplied by `gain`.
    pub fn balanced(&self, gain: Vec3) -> Texture {
        let texels = self.texels.iter().map(|texel| (*texel * gain).to_array());
        Texture {
            width: self.width,
            height: self.height,
            texels: Texels::Rgb32(texels.collect()),
        }
    }
}

/// Unit, of a cell of the coarse picture, in the environment's axes.
fn direction(index: usize) -> Vec3 {
    let theta = polar(index / COARSE, COARSE / 2);
    let phi = ((index % COARSE) as f32 + 0.5) / COARSE as f32 * std::f32::consts::TAU
        - std::f32::consts::PI;
    Vec3::new(
        phi.sin() * theta.sin(),
        theta.cos(),
        -phi.cos() * theta.sin(),
    )
}

/// Angle from the zenith of row `y`'s middle.
fn polar(y: usize, rows: usize) -> f32 {
    (y as f32 + 0.5) / rows as f32 * std::f32::consts::PI
}

/// Channel gains that bring `light` near grey at the same luminance.
pub fn white_balance(light: Vec3) -> Vec3 {
    let grey = light.dot(LUMINANCE).max(1e-6);
    let gain = (Vec3::splat(grey) / light.max(Vec3::splat(1e-6)))
        .map(|g| g.clamp(0.1, 10.0).powf(WHITE_BALANCE));
    gain * (grey / (light * gain).dot(LUMINANCE).max(1e-6))
}

/// A rectangle of `width` × `height` metres at `position` facing `target` that gives `irradiance` (W/m²) there.
pub fn lamp(
    position: DVec3,
    target: DVec3,
    width: f32,
    height: f32,
    irradiance: f32,
    tint: Vec3,
) -> AreaLight {
    let axis = (target - position).as_vec3();
    let distance = axis.length();
    let forward = axis / distance;
    let right = forward.cross(Vec3::Y).normalize_or(Vec3::X);
    let up = right.cross(forward);
    // Small source: E = L·A/d².
    let radiance = tint * (irradiance * distance * distance / (width * height));
    // edge_u × edge_v must point forward, at the target.
    let (edge_u, edge_v) = (up * height, right * width);
    AreaLight {
        corner: position.as_vec3() - (edge_u + edge_v) * 0.5,
        edge_u,
        edge_v,
        radiance,
        visible: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_light_of_one_gives_pi_on_every_side() {
        let white = Surroundings::new(&Texture {
            width: 256,
            height: 128,
            texels: Texels::Rgb32(vec![[1.0; 3]; 256 * 128]),
        });
        for normal in [Vec3::X, Vec3::Y, Vec3::NEG_Z, Vec3::new(0.6, 0.0, 0.8)] {
            let found = white.irradiance(Quat::from_rotation_y(1.0), normal);
            assert!(
                (found / std::f32::consts::PI - 1.0).abs().max_element() < 0.01,
                "{found}"
            );
        }
    }

    #[test]
    fn colours_outside_the_gamut_keep_their_luminance_and_lose_their_excess() {
        let violet = within_gamut(Vec3::new(0.3, 0.0, 2.0));
        assert!((violet.dot(LUMINANCE) - Vec3::new(0.3, 0.0, 2.0).dot(LUMINANCE)).abs() < 1e-6);
        assert!(violet.min_element() >= LEAST_CHANNEL * violet.dot(LUMINANCE) - 1e-6);
        let skin = Vec3::new(0.6, 0.4, 0.3);
        assert_eq!(within_gamut(skin), skin);
    }

    #[test]
    fn white_balance_takes_most_of_a_cast_and_no_light() {
        let blue = Vec3::new(0.5, 1.0, 2.0);
        let seen = blue * white_balance(blue);
        assert!(
            seen.z / seen.x < 1.5,
            "the cast was 4, now {}",
            seen.z / seen.x
        );
        assert!((seen.dot(LUMINANCE) / blue.dot(LUMINANCE) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_lamp_faces_its_target() {
        let light = lamp(
            DVec3::new(1.0, 1.0, 1.0),
            DVec3::ZERO,
            0.1,
            0.2,
            1.0,
            Vec3::ONE,
        );
        let normal = light.edge_u.cross(light.edge_v);
        assert!(normal.dot(Vec3::splat(-1.0)) > 0.0);
        assert!((normal.length() - 0.02).abs() < 1e-6);
    }
}
