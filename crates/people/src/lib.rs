//! The people stage: from a row to a scene with annotations.
pub mod body;
mod error;

pub use body::import::AssetFolders;
pub use error::AssetError;
