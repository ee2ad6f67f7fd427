//! Images on surfaces and around scenes.

/// Row-major, row 0 on top, four linear channels as written by the maker.
///
/// Never empty when it comes from [`crate::read`]; a maker that builds one itself keeps `width * height` texels.
#[derive(Debug, Clone)]
pub struct Texture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `[height * width]`.
    pub texels: Texels,
}

/// How texels are stored. Decoding to linear happens at lookup.
#[derive(Debug, Clone)]
pub enum Texels {
    /// sRGB colour with straight linear alpha, 4 bytes a texel.
    Srgba8(Vec<[u8; 4]>),
    /// Linear data (masks, heights, roughness), 1 byte a texel, all channels equal, alpha too.
    Linear8(Vec<u8>),
    /// Linear radiance or colour.
    Rgb32(Vec<[f32; 3]>),
}

impl Texture {
    /// One texel as linear red, green, blue and straight alpha; colours are decoded from sRGB where they are stored so,
    /// radiance has alpha 1.
    ///
    /// # Panics
    /// When `x` or `y` lies outside the texture.
    #[inline]
    pub fn texel(&self, x: u32, y: u32) -> [f32; 4] {
        let index = y as usize * self.width as usize + x as usize;
        match &self.texels {
            Texels::Srgba8(texels) => {
                let [r, g, b, a] = texels[index];
                [
                    LINEAR_FROM_SRGB8[r as usize],
                    LINEAR_FROM_SRGB8[g as usize],
                    LINEAR_FROM_SRGB8[b as usize],
                    f32::from(a) / 255.0,
                ]
            }
            Texels::Linear8(texels) => [f32::from(texels[index]) / 255.0; 4],
            Texels::Rgb32(texels) => {
                let [r, g, b] = texels[index];
                [r, g, b, 1.0]
            }
        }
    }

    /// Bilinear lookup between the four nearest texel centres, in linear light; the texture repeats in both directions.
    ///
    /// `v` runs *up* (OBJ, MakeHuman): a texel's row is `(1 - v) * height`. Texel centres lie at halves, so that
    /// `u = (x + 0.5) / width` gives texel `x` exactly. Coordinates that are not finite give the first texel's neighbourhood.
    /// Alpha is straight and interpolated on its own.
    #[inline]
    pub fn sample_linear(&self, u: f32, v: f32) -> [f32; 4] {
        let (left, right, along_x) = neighbours(u, self.width);
        let (top, bottom, along_y) = neighbours(1.0 - v, self.height);
        let upper = mix(self.texel(left, top), self.texel(right, top), along_x);
        let lower = mix(self.texel(left, bottom), self.texel(right, bottom), along_x);
        mix(upper, lower, along_y)
    }
}

/// The two texels whose centres enclose a coordinate (1 is the whole texture, repeating) and the weight of the second.
#[inline]
fn neighbours(coordinate: f32, size: u32) -> (u32, u32, f32) {
    let position = (coordinate - coordinate.floor()) * size as f32 - 0.5;
    let below = position.floor();
    let weight = position - below;
    // `below` is −1 … size − 1 (size itself when rounding pushed the fraction to 1); NaN becomes 0.
    let below = if below < 0.0 {
        size - 1
    } else {
        (below as u32).min(size - 1)
    };
    let above = if below + 1 == size { 0 } else { below + 1 };
    (below, above, if weight.is_nan() { 0.0 } else { weight })
}

#[inline]
fn mix(a: [f32; 4], b: [f32; 4], weight: f32) -> [f32; 4] {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * weight)
}

/// Linear value of each sRGB byte (IEC 61966-2-1).
///
/// Computed by the compiler in double precision and rounded once, so that it is the same on every machine: no system `pow`.
pub static LINEAR_FROM_SRGB8: [f32; 256] = linear_from_srgb8();

const fn linear_from_srgb8() -> [f32; 256] {
    let mut table = [0.0; 256];
    let mut byte = 0;
    while byte < 256 {
        let encoded = byte as f64 / 255.0;
        table[byte] = if encoded <= 0.04045 {
            (encoded / 12.92) as f32
        } else {
            let base = (encoded + 0.055) / 1.055;
            let square = base * base;
            // x^2.4 = x² · (x²)^⅕
            (square * fifth_root(square)) as f32
        };
        byte += 1;
    }
    table
}

/// Newton's iteration from above, for `0 < x ≤ 1`; it falls monotonically and has converged long before the last step.
const fn fifth_root(x: f64) -> f64 {
    let mut root = 1.0;
    let mut step = 0;
    while step < 64 {
        let fourth = root * root * root * root;
        root -= (fourth * root - x) / (5.0 * fourth);
        step += 1;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checker() -> Texture {
        Texture {
            width: 2,
            height: 2,
            texels: Texels::Rgb32(vec![[0.0; 3], [1.0; 3], [2.0; 3], [3.0; 3]]),
        }
    }

    #[test]
    fn the_srgb_table_agrees_with_the_formula() {
        for (byte, &linear) in LINEAR_FROM_SRGB8.iter().enumerate() {
            let encoded = byte as f64 / 255.0;
            let expected = if encoded <= 0.04045 {
                encoded / 12.92
            } else {
                ((encoded + 0.055) / 1.055).powf(2.4)
            };
            assert!(
                (f64::from(linear) - expected).abs() < 1e-7,
                "byte {byte}: {linear} against {expected}"
            );
        }
        assert_eq!(LINEAR_FROM_SRGB8[0], 0.0);
        assert_eq!(LINEAR_FROM_SRGB8[255], 1.0);
    }

    #[test]
    fn v_runs_up_and_centres_give_the_texel_itself() {
        let texture = checker();
        assert_eq!(texture.sample_linear(0.25, 0.75)[0], 0.0);
        assert_eq!(texture.sample_linear(0.75, 0.75)[0], 1.0);
        assert_eq!(texture.sample_linear(0.25, 0.25)[0], 2.0);
        assert_eq!(texture.sample_linear(0.75, 0.25)[0], 3.0);
    }

    #[test]
    fn halfway_between_centres_is_the_mean_and_the_border_wraps() {
        let texture = checker();
        assert_eq!(texture.sample_linear(0.5, 0.5)[0], 1.5);
        assert_eq!(texture.sample_linear(0.0, 0.75)[0], 0.5);
        assert_eq!(texture.sample_linear(1.0, 0.75)[0], 0.5);
        assert_eq!(texture.sample_linear(-2.75, 5.75)[0], 0.0);
    }

    #[test]
    fn any_coordinate_finds_a_texel() {
        let texture = checker();
        for odd in [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            -1e-30,
            0.999_999_94,
        ] {
            assert!(texture.sample_linear(odd, odd)[0].is_finite(), "at {odd}");
        }
    }

    #[test]
    fn colours_are_decoded_and_alpha_is_not() {
        let texture = Texture {
            width: 1,
            height: 1,
            texels: Texels::Srgba8(vec![[188, 0, 255, 51]]),
        };
        let [r, g, b, a] = texture.texel(0, 0);
        assert!((r - 0.503).abs() < 0.001);
        assert_eq!((g, b, a), (0.0, 1.0, 0.2));
    }
}
