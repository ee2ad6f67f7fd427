//! Hair of the face: which zones a style covers, its strands, and the shadow in the skin under them.
//!
//! Stubble is painted ([`shadow`], into [`crate::skin::paint`]); longer hair is grown as strands ([`beard`]), over the same shadow so that the
//! skin between strands is not bare. [`brows`] grows eyebrows the same way. [`strands::grow`] is the general tool.
pub mod strands;

use crate::face_map::{MID_V, Region};
use crate::hair_colour::HairPigment;
use crate::skin::HairShadow;
use glam::{Vec2, Vec3};
use scene::mesh::Part;
use scene::texture::Texels;
use scene::{Mesh, Texture};
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

/// The strands of a beard, parts [`Part::Beard`]; empty for [`BeardStyle::None`] and [`BeardStyle::Stubble`].
///
/// `skin` is the posed body in the world (see [`grow`]), `length_m` in `[0.002, 0.025]`, `density` in `[0, 1]`.
pub fn beard(
    skin: &Mesh,
    axes: &HeadAxes,
    style: BeardStyle,
    length_m: f32,
    density: f32,
    uniform: &mut dyn FnMut() -> f64,
) -> Mesh {
    if matches!(style, BeardStyle::None | BeardStyle::Stubble) {
        return Mesh::default();
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
            part: &|_| Part::Beard,
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

/// The strands of both eyebrows; parts [`Part::RightBrow`] and [`Part::LeftBrow`].
pub fn brows(
    skin: &Mesh,
    axes: &HeadAxes,
    brows: &Brows,
    uniform: &mut dyn FnMut() -> f64,
) -> Mesh {
    let thickness = brows.thickness.clamp(0.0, 1.0);
    let axes = *axes;
    // The head's island is near life size: a metre on skin is about one in UV, and u runs down.
    let shift = Vec2::new(brows.raise_m, 0.0);
    grow(
        skin,
        &Growth {
            density: &|uv| {
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
            part: &|uv| {
                if uv.y > MID_V {
                    Part::LeftBrow
                } else {
                    Part::RightBrow
                }
            },
            per_cm2: 150.0 + 190.0 * thickness,
            max_strands: 3_200,
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

/// A texture that gives each strand of [`grow`]'s mesh its colour: lighter and darker ones, and white ones where hair is grey.
pub fn strand_colours(pigment: &HairPigment, uniform: &mut dyn FnMut() -> f64) -> Texture {
    let texels = (0..256)
        .map(|_| {
            let colour = pigment.strand(uniform() as f32) * (0.75 + 0.5 * uniform() as f32);
            let byte =
                |c: f32| (crate::skin::srgb_from_linear(c.clamp(0.0, 1.0)) * 255.0).round() as u8;
            [byte(colour.x), byte(colour.y), byte(colour.z), 255]
        })
        .collect();
    Texture {
        width: 1,
        height: 256,
        texels: Texels::Srgba8(texels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXES: HeadAxes = HeadAxes {
        left: Vec3::X,
        up: Vec3::Y,
        forward: Vec3::Z,
    };

    /// The face's island as a flat sheet, life size: x to the left, y up, facing +z.
    fn face() -> Mesh {
        let n = 60;
        let mut mesh = Mesh::default();
        for row in 0..=n {
            for column in 0..=n {
                let uv = Vec2::new(
                    0.78 + 0.2 * row as f32 / n as f32,
                    MID_V + 0.15 * (2.0 * column as f32 / n as f32 - 1.0),
                );
                mesh.uvs.push(uv);
                mesh.positions
                    .push(Vec3::new(uv.y - MID_V, 0.9 - uv.x, 0.0));
                mesh.normals.push(Vec3::Z);
            }
        }
        for row in 0..n {
            for column in 0..n {
                let i = row * (n + 1) + column;
                mesh.triangles.push([i, i + n + 1, i + n + 2]);
                mesh.triangles.push([i, i + n + 2, i + 1]);
            }
        }
        mesh.parts = vec![Part::FaceSkin; mesh.triangles.len()];
        mesh
    }

    fn counter(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// Roots are the first rings: u = 0.
    fn roots(mesh: &Mesh) -> Vec<Vec3> {
        mesh.positions
            .iter()
            .zip(&mesh.uvs)
            .filter(|(_, uv)| uv.x == 0.0)
            .map(|(p, _)| *p)
            .collect()
    }

    #[test]
    fn strands_stay_in_their_zone_above_the_skin_and_within_their_length() {
        for style in [
            BeardStyle::Moustache,
            BeardStyle::Goatee,
            BeardStyle::ShortBeard,
            BeardStyle::FullBeard,
        ] {
            let (_, longest) = style.length_m();
            let mesh = beard(&face(), &AXES, style, longest, 1.0, &mut counter(3));
            assert!(
                mesh.triangles.len() > 5000,
                "{style:?} has {} triangles",
                mesh.triangles.len()
            );
            assert_eq!(mesh.triangles.len(), mesh.parts.len());
            for (position, uv) in mesh.positions.iter().zip(&mesh.uvs) {
                assert!(
                    position.is_finite() && position.z > -0.000_3 && position.z < longest * 1.2,
                    "{style:?}: {position}"
                );
                assert!((0.0..=1.0).contains(&uv.x) && (0.0..1.0).contains(&uv.y));
            }
            for root in roots(&mesh) {
                let uv = Vec2::new(0.9 - root.y, root.x + MID_V);
                let near = style.zones().iter().any(|(zone, amount)| {
                    *amount > 0.0
                        && (-2..=2).any(|k| {
                            zone.weight(uv + Vec2::new(k as f32 * 0.002, 0.0)) > 0.0
                                || zone.weight(uv + Vec2::new(0.0, k as f32 * 0.002)) > 0.0
                        })
                });
                assert!(near, "{style:?} grows at {uv}");
            }
        }
    }

    #[test]
    fn no_style_grows_on_lips() {
        let mesh = beard(
            &face(),
            &AXES,
            BeardStyle::FullBeard,
            0.02,
            1.0,
            &mut counter(5),
        );
        for root in roots(&mesh) {
            let uv = Vec2::new(0.9 - root.y, root.x + MID_V);
            assert!(
                Region::Lips.weight(uv) < 0.95,
                "a strand on the lip at {uv}"
            );
        }
    }

    #[test]
    fn beards_hang_and_moustaches_part_in_the_middle() {
        let mesh = beard(
            &face(),
            &AXES,
            BeardStyle::Moustache,
            0.01,
            1.0,
            &mut counter(7),
        );
        let tips: Vec<Vec3> = mesh
            .positions
            .iter()
            .zip(&mesh.uvs)
            .filter(|(_, uv)| uv.x == 1.0)
            .map(|(p, _)| *p)
            .collect();
        let starts: Vec<Vec3> = mesh
            .positions
            .iter()
            .zip(&mesh.uvs)
            .filter(|(_, uv)| uv.x == 0.0)
            .map(|(p, _)| *p)
            .step_by(3)
            .collect();
        assert_eq!(tips.len(), starts.len());
        let (mut down, mut out) = (0, 0);
        for (tip, start) in tips.iter().zip(&starts) {
            down += usize::from(tip.y < start.y);
            out += usize::from((tip.x - start.x) * start.x.signum() > 0.0);
        }
        assert!(
            down * 10 > tips.len() * 9 && out * 10 > tips.len() * 7,
            "{down} down and {out} outward of {}",
            tips.len()
        );
    }

    #[test]
    fn density_and_draws_decide_everything() {
        let count = |density: f32| {
            beard(
                &face(),
                &AXES,
                BeardStyle::ShortBeard,
                0.005,
                density,
                &mut counter(9),
            )
            .triangles
            .len()
        };
        assert!(count(0.3) < count(0.6) && count(0.6) < count(1.0));
        assert_eq!(count(0.0), 0);
        let once = beard(
            &face(),
            &AXES,
            BeardStyle::Goatee,
            0.01,
            0.8,
            &mut counter(11),
        );
        let twice = beard(
            &face(),
            &AXES,
            BeardStyle::Goatee,
            0.01,
            0.8,
            &mut counter(11),
        );
        assert_eq!(once.positions, twice.positions);
        let other = beard(
            &face(),
            &AXES,
            BeardStyle::Goatee,
            0.01,
            0.8,
            &mut counter(12),
        );
        assert_ne!(once.positions, other.positions);
    }

    #[test]
    fn styles_without_strands_are_in_the_skin_only() {
        let pigment = HairPigment {
            melanin: 0.8,
            redness: 0.2,
            grey: 0.0,
        };
        assert!(
            beard(
                &face(),
                &AXES,
                BeardStyle::Stubble,
                0.01,
                1.0,
                &mut counter(1)
            )
            .triangles
            .is_empty()
        );
        let rest = HairShadow {
            scalp: 0.4,
            ..HairShadow::default()
        };
        let stubble = shadow(BeardStyle::Stubble, 0.9, &pigment, &rest);
        assert!(stubble.cheek > 0.5 && stubble.scalp == 0.4);
        let none = shadow(BeardStyle::None, 0.9, &pigment, &rest);
        assert_eq!(none.cheek, 0.0);
    }

    #[test]
    fn brows_are_two_and_follow_their_settings() {
        let grown = |thickness: f32, raise_m: f32| {
            brows(
                &face(),
                &AXES,
                &Brows {
                    thickness,
                    length_m: 0.007,
                    raise_m,
                },
                &mut counter(13),
            )
        };
        let usual = grown(0.6, 0.0);
        let left = usual.parts.iter().filter(|p| **p == Part::LeftBrow).count();
        let right = usual
            .parts
            .iter()
            .filter(|p| **p == Part::RightBrow)
            .count();
        assert!(left > 500 && right > 500 && left + right == usual.parts.len());
        let height =
            |mesh: &Mesh| roots(mesh).iter().map(|p| p.y).sum::<f32>() / roots(mesh).len() as f32;
        assert!((height(&grown(0.6, 0.003)) - height(&usual) - 0.003).abs() < 0.001);
        assert!(grown(0.1, 0.0).triangles.len() < grown(1.0, 0.0).triangles.len() / 2);
    }

    #[test]
    fn grey_hair_has_white_strands_among_dark_ones() {
        let Texels::Srgba8(texels) = strand_colours(
            &HairPigment {
                melanin: 0.9,
                redness: 0.2,
                grey: 0.4,
            },
            &mut counter(17),
        )
        .texels
        else {
            panic!("colour")
        };
        let white = texels.iter().filter(|t| t[0] > 120).count();
        assert!(
            (60..150).contains(&white),
            "{white} of 256 strands are white"
        );
    }
}
