//! What an alpha texture says of a whole triangle, so that most crossings need no look at it.
use glam::Vec2;
use scene::{Texture, texture::Texels};

/// Of every place on a triangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opacity {
    /// Alpha is 0 everywhere.
    Clear,
    /// Alpha is 1 everywhere.
    Opaque,
    /// One has to look.
    Mixed,
}

/// Looks at every texel that a bilinear lookup on the triangle may take into account, until there are different ones.
pub(crate) fn opacity(texture: &Texture, uvs: [Vec2; 3]) -> Opacity {
    if matches!(texture.texels, Texels::Rgb32(_)) {
        return Opacity::Opaque;
    }
    let size = Vec2::new(texture.width as f32, texture.height as f32);
    // In texels, rows downwards.
    let corners = uvs.map(|uv| Vec2::new(uv.x, 1.0 - uv.y) * size);
    let low = corners[0].min(corners[1]).min(corners[2]);
    let high = corners[0].max(corners[1]).max(corners[2]);
    let farthest = low.abs().max(high.abs()).max_element();
    let extent = high - low;
    // Repeats its texture many times over, or lies where numbers are coarse.
    if extent.x > 4.0 * size.x || extent.y > 4.0 * size.y || farthest.is_nan() || farthest > 1e5 {
        return Opacity::Mixed;
    }
    // A lookup takes texels whose centres are less than one away; the rest is for rounding.
    let reach = 1.02 + 4e-6 * farthest;
    let texels = |low: f32, high: f32| {
        (low - reach - 0.5).ceil() as i64..=(high + reach - 0.5).floor() as i64
    };
    let (mut clear, mut opaque) = (true, true);
    for y in texels(low.y, high.y) {
        let centre = y as f32 + 0.5;
        let Some((left, right)) = across(&corners, centre - reach, centre + reach) else {
            continue;
        };
        let row = y.rem_euclid(i64::from(texture.height)) as usize * texture.width as usize;
        for x in texels(left, right) {
            let index = row + x.rem_euclid(i64::from(texture.width)) as usize;
            let alpha = match &texture.texels {
                Texels::Srgba8(texels) => texels[index][3],
                Texels::Linear8(texels) => texels[index],
                Texels::Rgb32(_) => 255,
            };
            clear &= alpha == 0;
            opaque &= alpha == 255;
            if !(clear || opaque) {
                return Opacity::Mixed;
            }
        }
    }
    match (clear, opaque) {
        (true, false) => Opacity::Clear,
        (false, true) => Opacity::Opaque,
        _ => Opacity::Mixed,
    }
}

/// Least and greatest x of the part of a triangle with y between two limits.
fn across(corners: &[Vec2; 3], low: f32, high: f32) -> Option<(f32, f32)> {
    let mut range: Option<(f32, f32)> = None;
    let mut add = |x: f32| {
        let (left, right) = range.unwrap_or((x, x));
        range = Some((left.min(x), right.max(x)));
    };
    for k in 0..3 {
        let (a, b) = (corners[k], corners[(k + 1) % 3]);
        if (low..=high).contains(&a.y) {
            add(a.x);
        }
        for limit in [low, high] {
            if (a.y < limit) != (b.y < limit) {
                add(a.x + (b.x - a.x) * ((limit - a.y) / (b.y - a.y)));
            }
        }
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chi_square::Uniforms, texture::alpha_at};

    /// A disc of hair in the middle, half-transparent at its rim.
    fn disc(width: u32, height: u32) -> Texture {
        let alpha = |x: u32, y: u32| {
            let place = Vec2::new(
                (x as f32 + 0.5) / width as f32 - 0.5,
                (y as f32 + 0.5) / height as f32 - 0.5,
            );
            ((0.35 - place.length()) * 1000.0 + 128.0).clamp(0.0, 255.0) as u8
        };
        Texture {
            width,
            height,
            texels: Texels::Srgba8(
                (0..width * height)
                    .map(|k| [9, 9, 9, alpha(k % width, k / width)])
                    .collect(),
            ),
        }
    }

    #[test]
    fn what_is_said_of_a_triangle_holds_at_each_of_its_places() {
        let mut uniforms = Uniforms::new(3);
        let mut seen = [0; 3];
        for (width, height) in [(64, 64), (33, 17), (1, 1)] {
            let texture = disc(width, height);
            for _ in 0..1500 {
                let [x, y, size, _] = uniforms.next4();
                let mut corner = || {
                    let [a, b, ..] = uniforms.next4();
                    Vec2::new(3.0 * x - 1.0, 3.0 * y - 1.0)
                        + Vec2::new(a - 0.5, b - 0.5) * size * 0.5
                };
                let uvs = [corner(), corner(), corner()];
                let said = opacity(&texture, uvs);
                seen[said as usize] += 1;
                let (mut least, mut most) = (1.0_f32, 0.0_f32);
                for k in 0..200 {
                    let [a, b, ..] = uniforms.next4();
                    let (mut b1, mut b2) = if a + b > 1.0 {
                        (1.0 - a, 1.0 - b)
                    } else {
                        (a, b)
                    };
                    if k < 3 {
                        (b1, b2) = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)][k];
                    }
                    let uv = uvs[0] * (1.0 - b1 - b2) + uvs[1] * b1 + uvs[2] * b2;
                    let alpha = alpha_at(&texture, uv);
                    least = least.min(alpha);
                    most = most.max(alpha);
                }
                match said {
                    Opacity::Clear => assert_eq!(most, 0.0, "{uvs:?}"),
                    Opacity::Opaque => assert_eq!(least, 1.0, "{uvs:?}"),
                    Opacity::Mixed => {}
                }
            }
        }
        assert!(seen.iter().all(|&count| count > 100), "{seen:?}");
    }

    #[test]
    fn odd_coordinates_are_mixed() {
        for odd in [f32::NAN, 1e30, -2e9] {
            let uvs = [Vec2::ZERO, Vec2::X * 0.1, Vec2::Y * odd];
            assert_eq!(opacity(&disc(8, 8), uvs), Opacity::Mixed);
        }
    }
}
