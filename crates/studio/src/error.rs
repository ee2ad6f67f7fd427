//! Why a studio cannot be opened, or a scene not be pictured.

use std::fmt;

use people::AssetError;
use population::PopulationError;
use render::RenderError;
use render::oidn::OidnError;
use scene::pack::PackError;

/// A pack is missing or damaged, the recipe asks for something the stage does not have, or a scene cannot be drawn.
#[derive(Debug)]
pub enum StudioError {
    /// From the pack store.
    Pack(PackError),
    /// A file of a pack cannot be used.
    Asset(AssetError),
    /// The recipe's labels.
    Label(String),
    /// Nothing can be drawn from the recipe.
    Population(PopulationError),
    /// Open Image Denoise is installed and cannot be used.
    Denoiser(OidnError),
    /// The scene cannot be rendered.
    Scene(RenderError),
    /// The picture would have too many pixels.
    Size {
        /// Columns.
        width_px: u32,
        /// Rows.
        height_px: u32,
    },
}

impl StudioError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Pack(error) => error.hint(),
            Self::Asset(error) => Some(error.hint().to_owned()),
            Self::Label(_) | Self::Population(_) => None,
            Self::Denoiser(error) => Some(error.hint().to_owned()),
            Self::Scene(error) => Some(error.hint().to_owned()),
            Self::Size { .. } => Some("ask for a smaller picture with --size".to_owned()),
        }
    }
}

impl fmt::Display for StudioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pack(error) => error.fmt(f),
            Self::Asset(error) => error.fmt(f),
            Self::Label(message) => f.write_str(message),
            Self::Population(error) => error.fmt(f),
            Self::Denoiser(error) => error.fmt(f),
            Self::Scene(error) => error.fmt(f),
            Self::Size {
                width_px,
                height_px,
            } => write!(
                f,
                "a picture of {width_px} × {height_px} pixels is asked for; at most {} are drawn",
                crate::MOST_PIXELS
            ),
        }
    }
}

impl std::error::Error for StudioError {}

impl From<PackError> for StudioError {
    fn from(error: PackError) -> Self {
        Self::Pack(error)
    }
}

impl From<AssetError> for StudioError {
    fn from(error: AssetError) -> Self {
        Self::Asset(error)
    }
}
