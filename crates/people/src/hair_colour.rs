//! Hair by its pigment: what colour melanin makes, how much of it people have, and how painted hair is given another colour.
//!
//! Colour follows d'Eon et al. 2011 ("An energy-conserving hair reflectance model") for absorption per melanin and Chiang et al. 2016
//! ("A practical and controllable hair and fur model for production path tracing") for the colour of many fibres together.
//! Tinting keeps of a painted texture only its strands, so that any style can have any colour.
use glam::Vec3;
use scene::Texture;
use scene::texture::Texels;

/// The pigment in a head of hair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HairPigment {
    /// Amount of melanin, `[0, 1]`: 0 white, 0.12 blond, 0.35 light brown, 0.55 dark brown, 0.9 black.
    pub melanin: f32,
    /// Share of red pheomelanin, `[0, 1]`: 0 ash, 0.3 usual, 0.9 ginger.
    pub redness: f32,
    /// Share of strands without pigment, `[0, 1]`.
    pub grey: f32,
}

/// Hair without pigment: not quite white, and yellowish, as keratin is.
const UNPIGMENTED: Vec3 = Vec3::new(0.58, 0.55, 0.49);
/// What even black hair returns diffusely; its sheen comes from the material's specular layer.
const BLACKEST: f32 = 0.008;
/// Azimuthal roughness for which colour is computed; Chiang's polynomial at 0.3.
const ROUGHNESS_TERM: f32 = 5.889;

impl HairPigment {
    /// Linear Rec. 709 albedo of the pigmented strands.
    pub fn pigmented(&self) -> Vec3 {
        // Perceptually even steps in `melanin` need exponentially growing amounts.
        let amount = -(1.0 - 0.985 * self.melanin.clamp(0.0, 1.0)).ln();
        let red = self.redness.clamp(0.0, 1.0);
        let absorption = amount
            * ((1.0 - red) * Vec3::new(0.506, 0.841, 1.653) + red * Vec3::new(0.343, 0.733, 1.924));
        let colour = absorption.map(|a| (-a.sqrt() * ROUGHNESS_TERM).exp());
        BLACKEST + (1.0 - BLACKEST) * colour * UNPIGMENTED.map(|c| c.powf(0.35))
    }

    /// Linear Rec. 709 albedo of the whole head of hair, grey strands included.
    pub fn mean(&self) -> Vec3 {
        self.pigmented()
            .lerp(UNPIGMENTED, self.grey.clamp(0.0, 1.0))
    }

    /// Albedo of one strand, by the strand's own draw from `[0, 1)`: pigmented or white.
    pub fn strand(&self, draw: f32) -> Vec3 {
        if draw < self.grey {
            UNPIGMENTED
        } else {
            self.pigmented()
        }
    }
}

/// Mean and spread of natural melanin, for `ancestry` weights `[african, asian, european]` (any positive sum).
///
/// Eumelanin is high nearly everywhere but in Europe, where all of blond to black occurs (Lozano et al. 2017, "Diversity of human hair
/// pigmentation as studied by chemical analysis of eumelanin and pheomelanin"). The spread is of the mix's own population; a
/// recipe's mixture of ancestries mixes both, for hair of mixed families is mostly dark.
pub fn typical_melanin(ancestry: [f64; 3], age_years: f64) -> (f64, f64) {
    let [african, asian, european] = shares(ancestry);
    let mean = 0.93 * african + 0.90 * asian + 0.50 * european;
    let spread = 0.03 * african + 0.04 * asian + 0.24 * european;
    // Fair children darken until their teens.
    let childhood = ((13.0 - age_years) / 13.0).clamp(0.0, 1.0);
    ((mean - 0.18 * european * childhood).clamp(0.0, 1.0), spread)
}

/// Mean and spread of redness; see [`typical_melanin`].
pub fn typical_redness(ancestry: [f64; 3]) -> (f64, f64) {
    let [african, asian, european] = shares(ancestry);
    (
        0.15 * african + 0.15 * asian + 0.32 * european,
        0.05 + 0.15 * european,
    )
}

/// Share of grey strands at an age, for one person: `lateness` is how late this person greys, in standard deviations (standard normal).
///
/// Three quarters of people between 45 and 65 have some grey, on average a quarter of their hair, and hair of Asian and African
/// descent starts later (Panhard, Lozano and Loussouarn 2012, "Greying of the human hair: a worldwide survey").
pub fn grey_share(age_years: f64, ancestry: [f64; 3], lateness: f64) -> f64 {
    let [african, asian, european] = shares(ancestry);
    let onset_years = 44.0 * african + 41.0 * asian + 37.0 * european + 8.0 * lateness;
    let progress = ((age_years - onset_years) / 45.0).clamp(0.0, 1.0);
    progress.powf(1.4)
}

fn shares(ancestry: [f64; 3]) -> [f64; 3] {
    let total: f64 = ancestry.iter().sum();
    if total > 0.0 {
        ancestry.map(|a| a / total)
    } else {
        [1.0 / 3.0; 3]
    }
}

/// The strands of a painted hair texture without its colour and its painted gloss.
#[derive(Debug, Clone)]
pub struct StrandDetail {
    width: u32,
    height: u32,
    /// Log brightness against the surroundings, in [`STEPS`] levels from −3 to 3 standard deviations.
    detail: Vec<u16>,
    /// Share of opaque texels at each of [`STEPS`] levels of detail.
    frequency: Vec<f32>,
    alpha: Vec<u8>,
}

/// Why a texture has no strands to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TintError {
    /// The texture holds linear data.
    NotColour,
    /// No texel is opaque.
    Empty,
}

impl std::fmt::Display for TintError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotColour => write!(f, "a hair texture must hold 8-bit colour with alpha"),
            Self::Empty => write!(
                f,
                "a hair texture must have opaque texels, but alpha is zero everywhere"
            ),
        }
    }
}

impl std::error::Error for TintError {}

/// Share of the painted slow brightness (gloss bands) that is taken out.
const GLOSS_REMOVED: f32 = 0.85;
/// Texels at 512 over which brightness counts as slow.
const STRAND_SCALE: usize = 14;
/// Standard deviation of log albedo between strands after tinting.
const STRAND_CONTRAST: f32 = 0.30;
/// Levels of detail a texture keeps; far more than eight bits of colour show.
const STEPS: usize = 601;

impl StrandDetail {
    /// Reads the strands of a texture whose alpha says where hair is.
    ///
    /// # Errors
    /// [`TintError`] if the texture is not colour or wholly transparent.
    pub fn new(texture: &Texture) -> Result<Self, TintError> {
        let Texels::Srgba8(texels) = &texture.texels else {
            return Err(TintError::NotColour);
        };
        let (width, height) = (texture.width as usize, texture.height as usize);
        let alpha: Vec<u8> = texels.iter().map(|t| t[3]).collect();
        let weight: Vec<f32> = alpha.iter().map(|a| f32::from(*a) / 255.0).collect();
        let total: f32 = weight.iter().sum();
        if total <= 0.0 {
            return Err(TintError::Empty);
        }
        // Brightness on the screen's own scale, offset so that the noise of near-black texels does not become strands.
        let light: Vec<f32> = texels
            .iter()
            .map(|t| {
                (0.3 * f32::from(t[0]) + 0.59 * f32::from(t[1]) + 0.11 * f32::from(t[2]) + 12.0)
                    .ln()
                    * 2.0
            })
            .collect();
        let radius = (STRAND_SCALE * width / 512).max(1);
        let weighted: Vec<f32> = light.iter().zip(&weight).map(|(l, w)| l * w).collect();
        let (sums, weights) = (
            blur(&weighted, width, height, radius),
            blur(&weight, width, height, radius),
        );
        let overall = weighted.iter().sum::<f32>() / total;
        let detail: Vec<f32> = light
            .iter()
            .zip(sums.iter().zip(&weights))
            .map(|(l, (sum, weight))| {
                let slow = if *weight > 1e-4 {
                    sum / weight
                } else {
                    overall
                };
                (l - slow) + (1.0 - GLOSS_REMOVED) * (slow - overall)
            })
            .collect();
        let mean = detail.iter().zip(&weight).map(|(d, w)| d * w).sum::<f32>() / total;
        let variance = detail
            .iter()
            .zip(&weight)
            .map(|(d, w)| w * (d - mean).powi(2))
            .sum::<f32>()
            / total;
        // A texture that is all but flat stays so.
        let scale = 1.0 / variance.sqrt().max(0.08);
        let detail: Vec<u16> = detail
            .iter()
            .map(|d| {
                ((((d - mean) * scale).clamp(-3.0, 3.0) + 3.0) / 6.0 * (STEPS - 1) as f32).round()
                    as u16
            })
            .collect();
        let mut frequency = vec![0.0; STEPS];
        for (level, w) in detail.iter().zip(&weight) {
            frequency[usize::from(*level)] += w / total;
        }
        Ok(Self {
            width: texture.width,
            height: texture.height,
            detail,
            frequency,
            alpha,
        })
    }

    /// The texture in another colour. Alpha stays; the mean albedo over opaque texels is [`HairPigment::mean`], and unpigmented
    /// strands stand beside pigmented ones.
    pub fn tint(&self, pigment: &HairPigment) -> Texture {
        let (dark, grey) = (pigment.pigmented(), pigment.grey.clamp(0.0, 1.0));
        let mut below = 0.0;
        let colours: Vec<Vec3> = (0..STEPS)
            .map(|level| {
                let z = level as f32 / (STEPS - 1) as f32 * 6.0 - 3.0;
                // The brightest strands are the unpigmented ones, as many as are grey; strands thinner than a
                // texel have already mixed.
                let rank = below + 0.5 * self.frequency[level];
                below += self.frequency[level];
                let own = ((rank - (1.0 - grey)) / 0.25 + 0.5).clamp(0.0, 1.0);
                let share = if grey <= 0.0 {
                    0.0
                } else {
                    0.8 * grey + 0.2 * own
                };
                dark.lerp(UNPIGMENTED, share) * (STRAND_CONTRAST * z).exp()
            })
            .collect();
        let mean: Vec3 = colours
            .iter()
            .zip(&self.frequency)
            .map(|(c, f)| *c * *f)
            .sum();
        let gain = pigment.mean() / mean;
        let byte = |c: f32| (srgb(c.clamp(0.0, 1.0)) * 255.0).round() as u8;
        let palette: Vec<[u8; 3]> = colours
            .iter()
            .map(|c| (*c * gain).to_array().map(byte))
            .collect();
        let texels = self
            .detail
            .iter()
            .zip(&self.alpha)
            .map(|(level, alpha)| {
                let [r, g, b] = palette[usize::from(*level)];
                [r, g, b, *alpha]
            })
            .collect();
        Texture {
            width: self.width,
            height: self.height,
            texels: Texels::Srgba8(texels),
        }
    }
}

fn srgb(c: f32) -> f32 {
    if c <= 0.003_130_8 {
        c * 12.92
    } else {
        1.055 * c.powf(1.0 / 2.4) - 0.055
    }
}

/// Mean over a square of `2 · radius + 1`, edges repeated.
fn blur(values: &[f32], width: usize, height: usize, radius: usize) -> Vec<f32> {
    let mut across = vec![0.0; values.len()];
    for y in 0..height {
        slide(
            |x| values[y * width + x],
            width,
            radius,
            |x, mean| across[y * width + x] = mean,
        );
    }
    let mut out = vec![0.0; values.len()];
    for x in 0..width {
        slide(
            |y| across[y * width + x],
            height,
            radius,
            |y, mean| out[y * width + x] = mean,
        );
    }
    out
}

fn slide(
    read: impl Fn(usize) -> f32,
    count: usize,
    radius: usize,
    mut write: impl FnMut(usize, f32),
) {
    let before = |i: usize| f64::from(read(i.saturating_sub(radius)));
    let after = |i: usize| f64::from(read((i + radius).min(count - 1)));
    let mut sum: f64 = (0..=radius)
        .map(|i| f64::from(read(i.min(count - 1))))
        .sum();
    sum += radius as f64 * f64::from(read(0));
    for i in 0..count {
        write(i, (sum / (2 * radius + 1) as f64) as f32);
        sum += after(i + 1) - before(i);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(brown: [f32; 3]) -> Texture {
        let size = 128u32;
        let texels = (0..size * size)
            .map(|i| {
                let (x, y) = (i % size, i / size);
                let strand = 1.0 + 0.35 * ((x * 7919 % 31) as f32 / 31.0 - 0.5);
                let gloss = 1.0 + 0.8 * (-((y as f32 - 40.0) / 20.0).powi(2)).exp();
                let alpha = if x < 16 { 0 } else { 255 };
                let byte = |c: f32| (c * strand * gloss).min(255.0) as u8;
                [byte(brown[0]), byte(brown[1]), byte(brown[2]), alpha]
            })
            .collect();
        Texture {
            width: size,
            height: size,
            texels: Texels::Srgba8(texels),
        }
    }

    fn mean(texture: &Texture) -> Vec3 {
        let Texels::Srgba8(texels) = &texture.texels else {
            panic!("hair is colour")
        };
        let linear = |c: u8| {
            let c = f32::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        let opaque: Vec<Vec3> = texels
            .iter()
            .filter(|t| t[3] > 0)
            .map(|t| Vec3::new(linear(t[0]), linear(t[1]), linear(t[2])))
            .collect();
        opaque.iter().copied().sum::<Vec3>() / opaque.len() as f32
    }

    #[test]
    fn more_melanin_is_darker_and_redness_is_redder() {
        let mut previous = f32::INFINITY;
        for step in 0..=20 {
            let colour = HairPigment {
                melanin: step as f32 / 20.0,
                redness: 0.3,
                grey: 0.0,
            }
            .pigmented();
            assert!(
                colour.element_sum() < previous
                    && colour.min_element() > 0.0
                    && colour.max_element() < 1.0
            );
            previous = colour.element_sum();
        }
        let hue = |redness| {
            let c = HairPigment {
                melanin: 0.3,
                redness,
                grey: 0.0,
            }
            .pigmented();
            c.x / c.z
        };
        assert!(hue(0.9) > 1.5 * hue(0.0));
    }

    #[test]
    fn named_colours_look_their_names() {
        let blond = HairPigment {
            melanin: 0.12,
            redness: 0.3,
            grey: 0.0,
        }
        .mean();
        let black = HairPigment {
            melanin: 0.93,
            redness: 0.2,
            grey: 0.0,
        }
        .mean();
        let white = HairPigment {
            melanin: 0.93,
            redness: 0.2,
            grey: 1.0,
        }
        .mean();
        assert!(
            blond.x > 0.2 && blond.x > blond.y && blond.y > blond.z,
            "{blond}"
        );
        assert!(black.max_element() < 0.02, "{black}");
        assert!(
            white.min_element() > 0.45 && white.max_element() < 0.65,
            "{white}"
        );
    }

    #[test]
    fn a_tinted_texture_has_the_pigments_colour_whatever_it_was_painted_in() {
        for brown in [
            [25.0, 22.0, 22.0],
            [90.0, 60.0, 40.0],
            [180.0, 175.0, 165.0],
        ] {
            let strands = StrandDetail::new(&painted(brown)).expect("hair");
            for (melanin, grey) in [(0.1, 0.0), (0.5, 0.0), (0.5, 0.5), (0.9, 0.25), (0.9, 1.0)] {
                let pigment = HairPigment {
                    melanin,
                    redness: 0.3,
                    grey,
                };
                let (got, wanted) = (mean(&strands.tint(&pigment)), pigment.mean());
                let off = ((got - wanted) / wanted).abs().max_element();
                assert!(
                    off < 0.06,
                    "painted {brown:?}, {pigment:?}: {got} instead of {wanted}"
                );
            }
        }
    }

    #[test]
    fn tinting_keeps_strands_and_alpha_and_takes_out_gloss() {
        let texture = painted([90.0, 60.0, 40.0]);
        let tinted = StrandDetail::new(&texture)
            .expect("hair")
            .tint(&HairPigment {
                melanin: 0.4,
                redness: 0.3,
                grey: 0.0,
            });
        let (Texels::Srgba8(before), Texels::Srgba8(after)) = (&texture.texels, &tinted.texels)
        else {
            panic!("hair is colour")
        };
        assert!(before.iter().zip(after).all(|(b, a)| b[3] == a[3]));
        let row = |texels: &[[u8; 4]], y: usize| -> f32 {
            (20..120).map(|x| f32::from(texels[y * 128 + x][0])).sum()
        };
        assert!(row(before, 40) / row(before, 100) > 1.6);
        assert!(row(after, 40) / row(after, 100) < 1.2, "gloss stayed");
        let line: Vec<u8> = (20..120).map(|x| after[60 * 128 + x][0]).collect();
        assert!(
            line.iter().max().expect("hair") - line.iter().min().expect("hair") > 20,
            "strands went"
        );
    }

    #[test]
    fn grey_comes_with_age_and_later_where_hair_is_dark() {
        let european = [0.0, 0.0, 1.0];
        assert_eq!(grey_share(20.0, european, 0.0), 0.0);
        let at_55 = grey_share(55.0, european, 0.0);
        assert!((0.15..0.40).contains(&at_55), "{at_55}");
        assert!(grey_share(80.0, european, 0.0) > 0.8);
        assert!(grey_share(55.0, [1.0, 0.0, 0.0], 0.0) < at_55);
        assert!(grey_share(55.0, european, 1.0) < at_55);
    }

    #[test]
    fn typical_hair_is_dark_but_for_europe_and_its_children() {
        assert!(typical_melanin([1.0, 0.0, 0.0], 30.0).0 > 0.85);
        assert!(typical_melanin([0.0, 1.0, 0.0], 30.0).0 > 0.85);
        let (adult, spread) = typical_melanin([0.0, 0.0, 1.0], 30.0);
        assert!((0.3..0.7).contains(&adult) && spread > 0.15);
        assert!(typical_melanin([0.0, 0.0, 1.0], 4.0).0 < adult);
    }

    #[test]
    fn textures_without_hair_are_refused() {
        let grey = Texture {
            width: 1,
            height: 1,
            texels: Texels::Linear8(vec![9]),
        };
        let clear = Texture {
            width: 1,
            height: 1,
            texels: Texels::Srgba8(vec![[9, 9, 9, 0]]),
        };
        assert_eq!(
            StrandDetail::new(&grey).expect_err("refused"),
            TintError::NotColour
        );
        assert_eq!(
            StrandDetail::new(&clear).expect_err("refused"),
            TintError::Empty
        );
    }
}
