//! Pictures of the packs, decoded once and shared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use scene::Texture;
use scene::read::{self, Meaning};

use crate::AssetError;
use crate::lighting::white_balanced;

/// Decoded textures by file.
#[derive(Debug, Default)]
pub(crate) struct TextureCache {
    decoded: Mutex<BTreeMap<PathBuf, Arc<Texture>>>,
}

impl TextureCache {
    /// sRGB colour with alpha, or HDR radiance, as it is in the file.
    pub(crate) fn colour(&self, path: &Path) -> Result<Arc<Texture>, AssetError> {
        self.get(path, |texture| texture)
    }

    /// HDR surroundings, white balanced. A path is asked for either this way or the other, never both.
    pub(crate) fn surroundings(&self, path: &Path) -> Result<Arc<Texture>, AssetError> {
        self.get(path, |texture| white_balanced(&texture))
    }

    fn get(&self, path: &Path, finish: fn(Texture) -> Texture) -> Result<Arc<Texture>, AssetError> {
        let lock = || self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(texture) = lock().get(path) {
            return Ok(Arc::clone(texture));
        }
        // Decoded outside the lock: two threads may do it twice, but nobody waits for a slow file.
        let texture = Arc::new(finish(read::texture(path, Meaning::Colour).map_err(|error| AssetError::texture(error.to_string()))?));
        Ok(Arc::clone(lock().entry(path.to_owned()).or_insert(texture)))
    }
}
