//! Some samples of a finished data set given up, for a recipe under which all others stay as they are.

use std::collections::BTreeSet;
use std::path::Path;

use population::Recipe;

use crate::card::{CARD, RECIPE};
use crate::catalogue::{Catalogue, Entries};
use crate::description::{Description, Relation};
use crate::disk::{AtomicFile, remove_file, sync_folder};
use crate::error::MakeError;
use crate::finish::{append, lost};
use crate::journal::{FINISHED, FOLDER, FolderLock, Header};
use crate::sample::Stage;
use crate::shard::Shard;
use crate::table::ROWS;

/// What [`forget`] removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Files of the samples.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Makes a finished data set an unfinished one of another recipe: the files of `samples` are deleted, all others are kept as samples of `recipe`.
/// [`make`](crate::make()) then makes the samples again and finishes the folder.
///
/// That the kept samples are the same under the new recipe is the caller's word. Table and card go first, and the new journal is put in the old
/// one's place at once, so that a run that was killed can be repeated.
///
/// # Errors
/// [`MakeError::Unfinished`] where samples are missing; [`MakeError::OtherVersion`] where another engine or pack made them, whose samples would be
/// mixed; others where the folder cannot be read or written.
pub fn forget(
    directory: &Path,
    recipe: &Recipe,
    stage: &dyn Stage,
    samples: &BTreeSet<u64>,
) -> Result<Forgotten, MakeError> {
    let lock = FolderLock::exclusive(directory);
    let catalogue = Catalogue::read(directory)?;
    let unfinished = || MakeError::Unfinished {
        directory: directory.to_owned(),
    };
    let [journal] = catalogue.journals() else {
        return Err(unfinished());
    };
    let (found, wanted) = (
        &journal.header.description,
        Description::new(recipe, stage.provenance()),
    );
    if catalogue.missing(found.samples) > 0 || found.samples != wanted.samples {
        return Err(unfinished());
    }
    // Of one recipe, the digests differ by what is withdrawn.
    let same_but_digest = Description {
        digest: wanted.digest.clone(),
        ..found.clone()
    };
    if same_but_digest.relation(&wanted) != Relation::Same {
        return Err(MakeError::OtherVersion {
            directory: directory.to_owned(),
            found: found.makers(),
            wanted: wanted.makers(),
        });
    }
    let header = Header::new(Shard::WHOLE, wanted, journal.header.columns.clone());
    let path = directory.join(FOLDER).join(FINISHED);
    let mut file = AtomicFile::create(&path)?;
    append(&mut file, &path, &header)?;
    let mut entries = Entries::new();
    let mut given_up = Vec::new();
    for sample in 0..header.description.samples {
        let entry = entries
            .get(&catalogue, sample)?
            .ok_or_else(|| lost(directory, sample))?;
        if samples.contains(&sample) {
            given_up.extend(entry.files);
        } else {
            append(&mut file, &path, &entry)?;
        }
    }
    for name in [CARD, ROWS] {
        remove_file(&directory.join(name))?;
    }
    file.seal()?.publish()?;
    AtomicFile::write(
        &directory.join(RECIPE),
        header.description.recipe.as_bytes(),
    )?;
    let mut forgotten = Forgotten { files: 0, bytes: 0 };
    for file in given_up {
        remove_file(&directory.join(&file.file))?;
        forgotten.files += 1;
        forgotten.bytes += file.bytes;
    }
    sync_folder(directory);
    lock.release();
    Ok(forgotten)
}
