//! Texture lookups of the inner loop: bilinear, repeating, `v` up.
//!
//! Same result as `scene::Texture::sample_linear`, but only the channels that are asked for are decoded.
use glam::{Vec2, Vec3A};
use scene::{
    Texture,
    texture::{LINEAR_FROM_SRGB8, Texels},
};

/// `f32::floor` without the call into the mathematics library that it is on processors of 2003, which the program is built for.
#[inline]
fn floor(x: f32) -> f32 {
    // From 2²³ on every number is whole; NaN stays itself.
    if x.abs() < 8_388_608.0 {
        let cut = x as i32 as f32;
        if cut > x { cut - 1.0 } else { cut }
    } else {
        x
    }
}

/// Indices of the four nearest texels (row-major) and the weights of right and lower ones.
#[inline]
fn footprint(texture: &Texture, uv: Vec2) -> ([usize; 4], f32, f32) {
    let axis = |coordinate: f32, size: u32| {
        let position = (coordinate - floor(coordinate)) * size as f32 - 0.5;
        let below = floor(position);
        let weight = position - below;
        let below = if below < 0.0 {
            size - 1
        } else {
            (below as u32).min(size - 1)
        };
        let above = if below + 1 == size { 0 } else { below + 1 };
        (below as usize, above as usize, weight)
    };
    let (left, right, x) = axis(uv.x, texture.width);
    let (top, bottom, y) = axis(1.0 - uv.y, texture.height);
    let width = texture.width as usize;
    (
        [
            top * width + left,
            top * width + right,
            bottom * width + left,
            bottom * width + right,
        ],
        x,
        y,
    )
}

/// Linear colour.
#[inline]
pub(crate) fn colour_at(texture: &Texture, uv: Vec2) -> Vec3A {
    let (at, x, y) = footprint(texture, uv);
    let texel = |index: usize| match &texture.texels {
        Texels::Srgba8(texels) => {
            let [r, g, b, _] = texels[index];
            Vec3A::new(
                LINEAR_FROM_SRGB8[r as usize],
                LINEAR_FROM_SRGB8[g as usize],
                LINEAR_FROM_SRGB8[b as usize],
            )
        }
        Texels::Linear8(texels) => Vec3A::splat(f32::from(texels[index]) / 255.0),
        Texels::Rgb32(texels) => Vec3A::from(texels[index]),
    };
    let upper = texel(at[0]).lerp(texel(at[1]), x);
    let lower = texel(at[2]).lerp(texel(at[3]), x);
    upper.lerp(lower, y)
}

/// Linear colour, each texel counting by its own alpha: what lies under transparent texels does not bleed into the edge of a cut-out.
#[inline]
pub(crate) fn opaque_colour_at(texture: &Texture, uv: Vec2) -> Vec3A {
    let Texels::Srgba8(texels) = &texture.texels else {
        return colour_at(texture, uv);
    };
    let (at, x, y) = footprint(texture, uv);
    let weights = [(1.0 - x) * (1.0 - y), x * (1.0 - y), (1.0 - x) * y, x * y];
    let (mut sum, mut total) = (Vec3A::ZERO, 0.0);
    for (index, weight) in at.into_iter().zip(weights) {
        let [r, g, b, a] = texels[index];
        let weight = weight * f32::from(a);
        sum += Vec3A::new(
            LINEAR_FROM_SRGB8[r as usize],
            LINEAR_FROM_SRGB8[g as usize],
            LINEAR_FROM_SRGB8[b as usize],
        ) * weight;
        total += weight;
    }
    if total > 0.0 {
        sum / total
    } else {
        colour_at(texture, uv)
    }
}

/// First channel, linear.
#[inline]
pub(crate) fn value_at(texture: &Texture, uv: Vec2) -> f32 {
    scalar_at(texture, uv, 0)
}

/// Fourth channel; 1 where the texture has none.
#[inline]
pub(crate) fn alpha_at(texture: &Texture, uv: Vec2) -> f32 {
    scalar_at(texture, uv, 3)
}

#[inline]
fn scalar_at(texture: &Texture, uv: Vec2, channel: usize) -> f32 {
    let (at, x, y) = footprint(texture, uv);
    let texel = |index: usize| match &texture.texels {
        Texels::Srgba8(texels) => {
            let byte = texels[index][channel];
            if channel == 3 {
                f32::from(byte) / 255.0
            } else {
                LINEAR_FROM_SRGB8[byte as usize]
            }
        }
        Texels::Linear8(texels) => f32::from(texels[index]) / 255.0,
        Texels::Rgb32(texels) => texels[index].get(channel).copied().unwrap_or(1.0),
    };
    let upper = texel(at[0]) + (texel(at[1]) - texel(at[0])) * x;
    let lower = texel(at[2]) + (texel(at[3]) - texel(at[2])) * x;
    upper + (lower - upper) * y
}

/// What makes a texture unusable, if anything.
pub(crate) fn fault(texture: &Texture) -> Option<String> {
    let expected = texture.width as usize * texture.height as usize;
    let found = match &texture.texels {
        Texels::Srgba8(texels) => texels.len(),
        Texels::Linear8(texels) => texels.len(),
        Texels::Rgb32(texels) => texels.len(),
    };
    if expected == 0 || found != expected {
        return Some(format!(
            "{found} texels for a size of {} × {}",
            texture.width, texture.height
        ));
    }
    if let Texels::Rgb32(texels) = &texture.texels
        && let Some(index) = texels.iter().position(|texel| {
            texel
                .iter()
                .any(|value| !(value.is_finite() && *value >= 0.0))
        })
    {
        let (x, y) = (
            index % texture.width as usize,
            index / texture.width as usize,
        );
        return Some(format!("texel ({x}, {y}) is negative or not finite"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_under_transparent_texels_do_not_bleed() {
        let texture = Texture {
            width: 2,
            height: 1,
            texels: Texels::Srgba8(vec![[255, 0, 0, 255], [0, 255, 0, 0]]),
        };
        for k in 0..10 {
            let uv = Vec2::new(0.2 + 0.06 * k as f32, 0.5);
            assert!(opaque_colour_at(&texture, uv).abs_diff_eq(Vec3A::X, 1e-5));
        }
    }

    #[test]
    fn floor_is_floor() {
        for x in [
            0.0,
            -0.0,
            0.5,
            -0.5,
            1.0,
            -1.0,
            7.99,
            -7.01,
            8_388_607.5,
            -8_388_607.5,
            1e12,
            -1e30,
        ] {
            assert_eq!(floor(x), x.floor(), "{x}");
        }
        assert!(floor(f32::NAN).is_nan() && floor(f32::INFINITY).is_infinite());
    }

    #[test]
    fn lookups_agree_with_the_scenes_own() {
        let texels = (0..15)
            .map(|i| {
                [
                    (i * 17) as u8,
                    255 - (i * 13) as u8,
                    (i * 29 % 256) as u8,
                    (i * 11) as u8,
                ]
            })
            .collect();
        let texture = Texture {
            width: 5,
            height: 3,
            texels: Texels::Srgba8(texels),
        };
        for i in 0..200 {
            let uv = Vec2::new(i as f32 * 0.137 - 3.0, i as f32 * 0.071 - 1.0);
            let expected = texture.sample_linear(uv.x, uv.y);
            let colour = colour_at(&texture, uv);
            for channel in 0..3 {
                assert!((colour[channel] - expected[channel]).abs() < 1e-6);
            }
            assert!((alpha_at(&texture, uv) - expected[3]).abs() < 1e-6);
            assert!((value_at(&texture, uv) - expected[0]).abs() < 1e-6);
        }
    }
}
