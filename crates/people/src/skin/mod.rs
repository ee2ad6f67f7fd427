//! Skin: colour, relief and gloss of a person's body, painted per sample onto the body's UV layout.
//!
//! The pack has twenty painted skins, each at its own tone and lit by its own studio. Here a skin is *taken apart* once
//! ([`Pigments`]: melanin, blood, shadow), and a [`Blend`] of some is *painted* for each sample ([`paint`]) at any Monk tone ([`tone`]), so
//! that tone is independent of age, sex and ancestry. What 512 texels for a whole body cannot hold — pores, the lips' edge, freckles, follicles — is
//! laid out procedurally in an [`Atlas`], once per process.
//!
//! Reading order: [`tone`], [`SkinLayout`], [`Pigments`], [`Blend`], [`Atlas`], [`Complexion`] and [`paint`], [`relief`]; `worn` puts a scan's own colours over it.
//! Invariants: everything is a pure function of its arguments; the mean albedo of the face is the tone's albedo whatever the skin.
//! Deliberately not here: where strands of a beard grow ([`crate::beard`]), the head's hair, brows and lashes.
mod atlas;
mod enlarge;
mod layout;
pub(crate) mod noise;
mod paint;
mod palm;
mod pigment;
mod relief;
mod sweat;
mod tension;
pub mod tone;
mod worn;

use std::sync::LazyLock;

pub use atlas::{Atlas, Reference, Window};
pub use layout::{Cover, SkinLayout};
pub use paint::{Complexion, HairShadow, paint};
pub use pigment::{Blend, Pigments};
pub use relief::{RELIEF_SCALE_M, relief, roughness};
pub use sweat::Sweat;
pub use tension::Tension;

pub(crate) use palm::palms;
pub(crate) use worn::Worn;

/// Why skins cannot be used together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkinError {
    /// The list is empty.
    NoTexture,
    /// A weight is negative or not finite, or all are zero.
    Weights,
    /// A texture holds linear data.
    NotColour,
    /// Two textures differ in size.
    Sizes {
        /// Width and height of the first.
        first: (u32, u32),
        /// Width and height of the one that differs.
        other: (u32, u32),
    },
    /// Too few texels to find the face.
    TooSmall {
        /// Texels across.
        width: u32,
        /// Texels down.
        height: u32,
    },
}

impl std::fmt::Display for SkinError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTexture => write!(f, "a skin needs at least one texture"),
            Self::Weights => write!(
                f,
                "the weights of blended skins must be zero or more and not all zero"
            ),
            Self::NotColour => write!(f, "a skin texture must hold 8-bit colour"),
            Self::Sizes { first, other } => {
                write!(
                    f,
                    "skins can be blended only at equal size, but one is {} × {} and another {} × {} texels",
                    first.0, first.1, other.0, other.1
                )
            }
            Self::TooSmall { width, height } => write!(
                f,
                "a skin texture of {width} × {height} texels has no texel on the face; the pack's are 512 × 512"
            ),
        }
    }
}

impl std::error::Error for SkinError {}

pub(crate) fn linear_from_srgb(c: f32) -> f32 {
    if c <= 0.04045 {
        c / 12.92
    } else {
        ((c + 0.055) / 1.055).powf(2.4)
    }
}

/// The sRGB byte nearest to a linear value, by table: textures have millions of texels and only 256 outcomes.
#[inline]
pub(crate) fn srgb8_of(c: f32) -> u8 {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        (0..=u16::MAX)
            .map(|i| (srgb_from_linear(f32::from(i) / f32::from(u16::MAX)) * 255.0).round() as u8)
            .collect()
    });
    BYTES[(c.clamp(0.0, 1.0) * f32::from(u16::MAX) + 0.5) as usize]
}

pub(crate) fn srgb_from_linear(c: f32) -> f32 {
    if c <= 0.003_130_8 {
        c * 12.92
    } else {
        1.055 * c.powf(1.0 / 2.4) - 0.055
    }
}
