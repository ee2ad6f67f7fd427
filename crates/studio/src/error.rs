//! Why a studio cannot be opened.

use std::fmt;

use people::AssetError;
use render::oidn::OidnError;
use scene::pack::PackError;

/// A pack is missing or damaged, or the recipe asks for something the stage does not have.
#[derive(Debug)]
pub enum StudioError {
    /// From the pack store.
    Pack(PackError),
    /// A file of a pack cannot be used.
    Asset(AssetError),
    /// The recipe's labels.
    Label(String),
    /// Open Image Denoise is installed and cannot be used.
    Denoiser(OidnError),
}

impl StudioError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Pack(error) => error.hint(),
            Self::Asset(error) => Some(error.hint().to_owned()),
            Self::Label(_) => None,
            Self::Denoiser(error) => Some(error.hint().to_owned()),
        }
    }
}

impl fmt::Display for StudioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pack(error) => error.fmt(f),
            Self::Asset(error) => error.fmt(f),
            Self::Label(message) => f.write_str(message),
            Self::Denoiser(error) => error.fmt(f),
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
