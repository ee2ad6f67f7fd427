//! Pictures of the packs, decoded once and shared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use scene::Texture;
use scene::read::{self, Meaning};

use crate::iris::{EyeColour, EyeDetail, HIGH_POLY_EYES};
use body::AssetError;
use photography::meter::Surroundings;

/// Decoded textures by file.
#[derive(Debug, Default)]
pub(crate) struct TextureCache {
    decoded: Shared<Texture>,
    surroundings: Shared<Surroundings>,
    eyes: Shared<EyeDetail>,
}

impl TextureCache {
    /// sRGB colour with alpha.
    pub(crate) fn colour(&self, path: &Path) -> Result<Arc<Texture>, AssetError> {
        once(&self.decoded, path, read)
    }

    /// An eye of the pack in the one colour that goes with its file.
    pub(crate) fn eye(&self, path: &Path, colour: EyeColour) -> Result<Arc<EyeDetail>, AssetError> {
        once(&self.eyes, path, |path| {
            EyeDetail::new(&read(path)?, &HIGH_POLY_EYES, colour).ok_or_else(|| {
                AssetError::malformed(path, "an eye's texture must hold 8-bit colour")
            })
        })
    }

    /// HDR surroundings.
    pub(crate) fn surroundings(&self, path: &Path) -> Result<Arc<Surroundings>, AssetError> {
        once(&self.surroundings, path, |path| {
            Ok(Surroundings::new(&read(path)?))
        })
    }
}

fn read(path: &Path) -> Result<Texture, AssetError> {
    read::texture(path, Meaning::Colour).map_err(|error| AssetError::texture(error.to_string()))
}

pub(crate) type Shared<T> = Mutex<BTreeMap<PathBuf, Arc<T>>>;

/// What `make` gave for this path the first time. Made outside the lock: two threads may do it twice, but nobody waits for a slow file.
pub(crate) fn once<T>(
    shared: &Shared<T>,
    path: &Path,
    make: impl FnOnce(&Path) -> Result<T, AssetError>,
) -> Result<Arc<T>, AssetError> {
    let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().get(path) {
        return Ok(Arc::clone(found));
    }
    let made = Arc::new(make(path)?);
    Ok(Arc::clone(lock().entry(path.to_owned()).or_insert(made)))
}
