//! Hair of the face: which zones a style covers, its strands, and the shadow in the skin under them.
//!
//! Stubble is painted ([`shadow`], into [`crate::skin::paint`]); longer hair is grown as strands ([`beard`]), over the same shadow so that the
//! skin between strands is not bare. [`brow`] grows eyebrows the same way. [`strands::grow`] is the general tool.
pub mod strands;

use crate::face_map::{MID_V, Region};
use crate::hair_colour::HairPigment;
use crate::skin::HairShadow;
use glam::{Vec2, Vec3};
use scene::Mesh;
use scene::fibre::Strands;
use strands::{Growth, HeadAxes, grow};

/// What grows on a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BeardStyle {
    /// Shaven.
    None,
    /// A few days without shaving: in the skin only.
    Stubble,
    /// Upper lip.
    Moustache,
    /// Upper lip and chin.
    Goatee,
    /// Everywhere, trimmed.
    ShortBeard,
    /// Everywhere, grown.
    FullBeard,
}

impl BeardStyle {
    /// Whether it is more than dots in the skin.
    pub fn has_strands(self) -> bool {
        !matches!(self, Self::None | Self::Stubble)
    }

    /// Usual length in metres, shortest and longest; zero for what has no strands.
    pub fn length_m(self) -> (f32, f32) {
        match self {
            Self::None | Self::Stubble => (0.0, 0.0),
            Self::Moustache => (0.005, 0.011),
            Self::Goatee => (0.005, 0.014),
            Self::ShortBeard => (0.003, 0.008),
            Self::FullBeard => (0.012, 0.025),
        }
    }

    /// Growth per zone, 1 a dense beard's cheek; upper lips are the densest. In order: moustache, chin, cheek, under the jaw, sideburn.
    fn zones(self) -> [(Region, f32); 5] {
        let [moustache, chin, cheek, under_jaw, sideburn] = match self {
            Self::None => [0.0; 5],
            Self::Stubble => [1.0, 1.0, 0.95, 0.75, 0.95],
            Self::Moustache => [1.5, 0.0, 0.0, 0.0, 0.0],
            Self::Goatee => [1.4, 1.0, 0.0, 0.0, 0.0],
            Self::ShortBeard => [1.3, 1.0, 0.9, 0.55, 0.9],
            Self::FullBeard => [1.5, 1.0, 1.0, 0.8, 1.0],
        };
        [
            (Region::Moustache, moustache),
            (Region::Chin, chin),
            (Region::Cheek, cheek),
            (Region::UnderJaw, under_jaw),
            (Region::Sideburn, sideburn),
        ]
    }
}

/// Beard hair shows in the skin even right after shaving, and under strands as their roots. `density` is how thickly this person's beard
/// grows, `[0, 1]`; scalp and brows stay as in `rest`.
pub fn shadow(
    style: BeardStyle,
    density: f32,
    pigment: &HairPigment,
    rest: &HairShadow,
) -> HairShadow {
    let amount = |region: Region| {
        let grown = style
            .zones()
            .iter()
            .find(|(zone, _)| *zone == region)
            .map_or(0.0, |(_, amount)| *amount);
        let roots = if style == BeardStyle::Stubble {
            0.85
        } else {
            0.65
        };
        // Shaven zones of a bearded man keep a trace.
        let shaven = if style == BeardStyle::None { 0.0 } else { 0.16 };
        (grown.min(1.0) * roots).max(shaven) * density.clamp(0.0, 1.0)
    };
    HairShadow {
        moustache: amount(Region::Moustache),
        chin: amount(Region::Chin),
        cheek: amount(Region::Cheek),
        under_jaw: amount(Region::UnderJaw),
        sideburn: amount(Region::Sideburn),
        // Roots are seen through skin, where white ones do not show.
        colour: pigment.pigmented().lerp(pigment.mean(), 0.5),
        ..*rest
    }
}

/// The strands of a beard; none for [`BeardStyle::None`] and [`BeardStyle::Stubble`].
///
/// `skin` is the posed body in the world (see [`grow`]), `length_m` in `[0.002, 0.025]`, `density` in `[0, 1]`.
pub fn beard(
    skin: &Mesh,
    axes: &HeadAxes,
    style: BeardStyle,
    length_m: f32,
    density: f32,
    uniform: &mut dyn FnMut() -> f64,
) -> Strands {
    if !style.has_strands() {
        return Strands {
            first: vec![0],
            ..Strands::default()
        };
    }
    let zones = style.zones();
    let long = ((length_m - 0.004) / 0.016).clamp(0.0, 1.0);
    let axes = *axes;
    grow(
        skin,
        &Growth {
            // Zones adjoin and fade into each other: their sum has no gap between them.
            density: &|uv| {
                zones
                    .iter()
                    .filter(|(_, amount)| *amount > 0.0)
                    .map(|(zone, amount)| zone.weight(uv) * amount)
                    .sum::<f32>()
                    .min(1.5)
                    * density.clamp(0.0, 1.0)
            },
            comb: &|uv, _| comb(&axes, uv),
            per_cm2: 130.0 - 20.0 * long,
            max_strands: 20_000,
            length_m,
            radius_m: 0.000_05,
            lift: 0.62 - 0.1 * long,
            tip_lift: 0.45,
            disorder: 0.38,
            clumping: 0.25 + 0.35 * long,
            segments: if length_m > 0.008 { 4 } else { 2 },
        },
        uniform,
    )
}

/// The way beard hair lies: down; on the upper lip outward, on the cheek a little back, under the jaw forward.
fn comb(axes: &HeadAxes, uv: Vec2) -> Vec3 {
    let across = uv.y - MID_V;
    let outward = axes.left * across.signum();
    let lip = Region::Moustache.weight(uv);
    let under = Region::UnderJaw.weight(uv);
    let cheek = -axes.up + axes.forward * -0.15;
    let moustache = -axes.up * 0.75 + outward * (0.25 + 45.0 * across.abs().min(0.02));
    let neck = -axes.up * 0.6 + axes.forward * 0.5;
    cheek.lerp(moustache, lip).lerp(neck, under)
}

/// How a pair of eyebrows grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brows {
    /// `[0, 1]`: 0 hardly any, 1 bushy.
    pub thickness: f32,
    /// Length of a hair in metres, 0.004 to 0.012.
    pub length_m: f32,
    /// Moves the brow up (positive) or down on the forehead, in metres; about ±0.003.
    pub raise_m: f32,
}

/// The strands of one eyebrow: of the person's `left`, or of the right.
pub fn brow(
    skin: &Mesh,
    axes: &HeadAxes,
    brows: &Brows,
    left: bool,
    uniform: &mut dyn FnMut() -> f64,
) -> Strands {
    let thickness = brows.thickness.clamp(0.0, 1.0);
    let axes = *axes;
    // The head's island is near life size: a metre on skin is about one in UV, and u runs down.
    let shift = Vec2::new(brows.raise_m, 0.0);
    grow(
        skin,
        &Growth {
            density: &|uv| {
                if (uv.y > MID_V) != left {
                    return 0.0;
                }
                let weight = Region::Brow.weight(uv + shift);
                // Thin brows keep their spine.
                ((weight - 0.5 * (1.0 - thickness)) / (0.5 + 0.5 * thickness)).clamp(0.0, 1.0)
            },
            comb: &|uv, _| {
                let across = uv.y - MID_V;
                // Upright beside the nose, then ever flatter to the temple.
                let turn = ((across.abs() - 0.012) / 0.022).clamp(0.0, 1.0);
                let up = 0.9 - 1.15 * turn;
                axes.up * up + axes.left * (across.signum() * (0.35 + 0.75 * turn))
            },
            per_cm2: 150.0 + 190.0 * thickness,
            max_strands: 1_600,
            length_m: brows.length_m,
            radius_m: 0.000_05,
            lift: 0.30,
            tip_lift: 0.5,
            disorder: 0.22,
            clumping: 0.1,
            segments: 3,
        },
        uniform,
    )
}

/// A colour for each of `count` strands, linear Rec. 709: lighter and darker ones, and white ones where hair is grey.
pub fn strand_colours(
    pigment: &HairPigment,
    count: usize,
    uniform: &mut dyn FnMut() -> f64,
) -> Vec<Vec3> {
    (0..count)
        .map(|_| pigment.strand(uniform() as f32) * (0.75 + 0.4 * uniform() as f32))
        .collect()
}

#[cfg(test)]
mod tests;
