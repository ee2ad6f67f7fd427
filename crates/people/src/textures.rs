//! Pictures of the packs, decoded once and shared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use scene::Texture;
use scene::read::{self, Meaning};

use crate::AssetError;

/// Decoded textures by file and meaning.
#[derive(Debug, Default)]
pub(crate) struct TextureCache {
    decoded: Mutex<BTreeMap<(PathBuf, bool), Arc<Texture>>>,
}

impl TextureCache {
    /// sRGB colour with alpha, or HDR radiance.
    pub(crate) fn colour(&self, path: &Path) -> Result<Arc<Texture>, AssetError> {
        self.get(path, Meaning::Colour)
    }

    fn get(&self, path: &Path, meaning: Meaning) -> Result<Arc<Texture>, AssetError> {
        let key = (path.to_owned(), meaning == Meaning::Data);
        let lock = || self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(texture) = lock().get(&key) {
            return Ok(Arc::clone(texture));
        }
        // Decoded outside the lock: two threads may do it twice, but nobody waits for a slow file.
        let texture = Arc::new(read::texture(path, meaning).map_err(|error| AssetError::texture(error.to_string()))?);
        Ok(Arc::clone(lock().entry(key).or_insert(texture)))
    }
}
