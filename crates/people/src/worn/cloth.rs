//! What worn things are made of: knit, twill, woven cloth, fleece of masks, plastic, metal.

use std::sync::Arc;

use glam::Vec3;
use scene::material::{Bump, NearInfrared, Sheen};
use scene::texture::Texels;
use scene::{Material, Texture};

/// A colour by hue in degrees, saturation and lightness in `[0, 1]` (HSL of sRGB), as linear Rec. 709.
pub(crate) fn colour(hue_deg: f64, saturation: f64, lightness: f64) -> Vec3 {
    let chroma = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
    let channel = |shift: f64| {
        let k = (shift + hue_deg / 30.0).rem_euclid(12.0);
        let srgb = lightness - 0.5 * chroma * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
        linear(srgb.clamp(0.0, 1.0)) as f32
    };
    Vec3::new(channel(0.0), channel(8.0), channel(4.0))
}

/// sRGB's curve, to linear.
fn linear(c: f64) -> f64 {
    if c <= 0.040_45 {
        c / 12.92
    } else {
        ((c + 0.055) / 1.055).powf(2.4)
    }
}

/// A height map from a function of x to the right and y down, both in `[0, 1)`, which must repeat.
fn heights(size: u32, height: impl Fn(f32, f32) -> f32) -> Arc<Texture> {
    let at = |k: u32| (k as f32 + 0.5) / size as f32;
    let texels = (0..size)
        .flat_map(|y| (0..size).map(move |x| (x, y)))
        .map(|(x, y)| (height(at(x), at(y)).clamp(0.0, 1.0) * 255.0 + 0.5) as u8)
        .collect();
    Arc::new(Texture {
        width: size,
        height: size,
        texels: Texels::Linear8(texels),
    })
}

/// One rib and one furrow of a ribbed knit, one stitch high.
fn rib() -> Arc<Texture> {
    use std::f32::consts::TAU;
    heights(48, |x, y| {
        let across = 0.5 - 0.5 * (TAU * x).cos();
        // Stitches are small Vs: each half of a rib slants to its middle.
        let slant = (x - 0.5).abs() * 1.2;
        let stitch = 0.5 + 0.5 * (TAU * (y + slant)).cos();
        across.powf(0.7) * (0.62 + 0.38 * stitch)
    })
}

/// Diagonal wales of twill.
fn twill() -> Arc<Texture> {
    use std::f32::consts::TAU;
    heights(32, |x, y| {
        let wale = 0.5 + 0.5 * (TAU * 4.0 * (x + y)).sin();
        let weft = 0.5 + 0.5 * (TAU * 8.0 * y).sin();
        0.75 * wale + 0.25 * weft
    })
}

/// Threads over and under each other.
fn plain_weave() -> Arc<Texture> {
    use std::f32::consts::TAU;
    heights(32, |x, y| {
        let (p, q) = ((TAU * 2.0 * x).sin(), (TAU * 2.0 * y).sin());
        0.5 + 0.5 * (p * q).signum() * (p * q).abs().sqrt()
    })
}

/// Dyes hide little in the near infrared: dark cloth is grey, bright cloth white.
const CLOTH_IN_NIR: NearInfrared = NearInfrared::FromVisible {
    low: 0.35,
    high: 0.85,
};

fn woven(name: &str, colour: Vec3, height: Arc<Texture>, scale_m: f32, fuzz: f32) -> Material {
    Material {
        name: name.to_owned(),
        base_color: colour,
        roughness: 0.9,
        specular: 0.25,
        bump: Some(Bump { height, scale_m }),
        sheen: Some(Sheen {
            color: (colour * 0.5 + Vec3::splat(0.12)) * fuzz,
            roughness: 0.5,
        }),
        near_infrared: Some(CLOTH_IN_NIR),
        ..Material::default()
    }
}

/// A wool or acrylic hat.
pub(crate) fn knit(name: &str, colour: Vec3) -> Material {
    woven(name, colour, rib(), 0.0016, 0.5)
}

/// A cap's cotton.
pub(crate) fn cotton(name: &str, colour: Vec3) -> Material {
    woven(name, colour, twill(), 0.000_12, 0.25)
}

/// A scarf's voile or jersey.
pub(crate) fn voile(name: &str, colour: Vec3) -> Material {
    woven(name, colour, plain_weave(), 0.000_12, 0.35)
}

/// A bandana: its pattern in white on the colour.
pub(crate) fn printed(name: &str, colour: Vec3) -> Material {
    let picture = paisley();
    Material {
        base_color_texture: Some(Arc::new(Texture {
            width: picture.width,
            height: picture.height,
            texels: two_colours(&picture, colour, Vec3::splat(0.75)),
        })),
        base_color: Vec3::ONE,
        bump: None,
        ..woven(name, colour, plain_weave(), 0.0, 0.2)
    }
}

/// Dots, rings and a lattice that repeats: 0 is the ground, 1 the print.
fn paisley() -> Texture {
    let size = 256;
    let cell = |x: f32, y: f32, shift: f32| {
        let (u, v) = (
            (x * 8.0 + shift).fract() - 0.5,
            (y * 8.0 + shift).fract() - 0.5,
        );
        u.hypot(v)
    };
    let picture = heights(size, |x, y| {
        let (rings, dots) = (cell(x, y, 0.0), cell(x, y, 0.5));
        let ring = (rings - 0.27).abs() < 0.045 || rings < 0.10;
        let dot = dots < 0.08;
        f32::from(u8::from(ring || dot))
    });
    Arc::unwrap_or_clone(picture)
}

fn two_colours(picture: &Texture, ground: Vec3, print: Vec3) -> Texels {
    let texels = (0..picture.height)
        .flat_map(|y| (0..picture.width).map(move |x| (x, y)))
        .map(|(x, y)| {
            let share = picture.texel(x, y)[0];
            ground.lerp(print, share).to_array()
        })
        .collect();
    Texels::Rgb32(texels)
}

/// Spun fleece of a surgical or FFP2 mask: texture coordinates run over the mask once, v up.
pub(crate) fn fleece(name: &str, colour: Vec3, pleats: bool) -> Material {
    let height = heights(256, |x, y| {
        let fibre = 0.06 * ((x * 311.0).sin() * (y * 277.0).sin() + (x * 97.0 + y * 131.0).sin());
        let edge = x.min(1.0 - x).min(y).min(1.0 - y);
        // Welded hems are pressed flat; pleats overlap downwards.
        let hem = if edge < 0.035 { 0.25 } else { 0.5 };
        let wire = 0.25
            * f32::from(u8::from(
                (0.04..0.075).contains(&y) && (0.3..0.7).contains(&x),
            ));
        let pleat = if pleats && (0.2..0.8).contains(&y) {
            0.35 * (1.0 - (y * 5.0).fract())
        } else {
            0.0
        };
        hem + fibre + wire + pleat
    });
    Material {
        name: name.to_owned(),
        base_color: colour,
        roughness: 0.85,
        specular: 0.3,
        bump: Some(Bump {
            height,
            scale_m: 0.0016,
        }),
        near_infrared: Some(NearInfrared::FromVisible {
            low: 0.3,
            high: 0.9,
        }),
        ..Material::default()
    }
}

/// Moulded plastic.
pub(crate) fn plastic(name: &str, colour: Vec3, roughness: f32) -> Material {
    Material {
        name: name.to_owned(),
        base_color: colour,
        roughness,
        ior: 1.49,
        near_infrared: Some(NearInfrared::FromVisible {
            low: 0.08,
            high: 0.85,
        }),
        ..Material::default()
    }
}

/// Polished metal.
pub(crate) fn metal(name: &str, colour: Vec3) -> Material {
    Material {
        name: name.to_owned(),
        base_color: colour,
        metallic: 1.0,
        roughness: 0.22,
        near_infrared: Some(NearInfrared::Reflectance(0.92)),
        ..Material::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_are_where_painters_have_them() {
        let near = |a: Vec3, b: [f32; 3]| assert!((a - Vec3::from(b)).length() < 1e-5, "{a}");
        near(colour(0.0, 1.0, 0.5), [1.0, 0.0, 0.0]);
        near(colour(120.0, 1.0, 0.5), [0.0, 1.0, 0.0]);
        near(colour(240.0, 1.0, 0.5), [0.0, 0.0, 1.0]);
        near(colour(77.0, 0.0, 1.0), [1.0, 1.0, 1.0]);
        near(colour(77.0, 0.5, 0.0), [0.0, 0.0, 0.0]);
    }
}
