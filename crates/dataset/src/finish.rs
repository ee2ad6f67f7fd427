//! The end of a data set: once every sample is there, its table, card, recipe and journal are written.

use std::ops::Range;
use std::path::Path;

use crate::card::{self, CARD, RECIPE};
use crate::catalogue::{Catalogue, Entries, Trust};
use crate::disk::{Action, AtomicFile, DiskError, remove_file, sync_folder};
use crate::error::MakeError;
use crate::journal::{Entry, FINISHED, FOLDER, FolderLock, Header, to_line};
use crate::progress::{Progress, Step};
use crate::table::{BATCH_ROWS, Layout, ROWS, Table, TableWriter};

/// Finishes a directory if it has all samples; returns how many are missing.
///
/// - `checked`: the samples whose files need no further look.
///
/// Whichever of several runs in one directory comes last does this; a lock on the folder lets only one at a time. A crash in between
/// leaves the journals of the shards, so that the next run does it again, to the same bytes.
pub(crate) fn finish(
    directory: &Path,
    header: &Header,
    checked: &Range<u64>,
    progress: &dyn Progress,
) -> Result<u64, MakeError> {
    let samples = header.description.samples;
    let folder = directory.join(FOLDER);
    let lock = FolderLock::exclusive(directory);
    let mut catalogue = Catalogue::read(directory)?;
    for range in [0..checked.start, checked.end..samples] {
        catalogue.distrust(range, Trust::Size, |_| ())?;
    }
    let missing = catalogue.missing(samples);
    if missing > 0 || is_finished(directory, &catalogue, header) {
        return Ok(missing);
    }

    let header = header.whole();
    let recipe = AtomicFile::write(
        &directory.join(RECIPE),
        header.description.recipe.as_bytes(),
    )?;
    let mut entries = Entries::new();
    let mut entry = |sample| {
        entries
            .get(&catalogue, sample)?
            .ok_or_else(|| lost(directory, sample))
    };
    let table = Table::new(header.columns.clone(), Layout::of(&entry(0)?));
    if let Some(name) = table.layout.duplicate(&table.columns) {
        return Err(MakeError::Unfit {
            message: format!("two columns of the rows have the name `{name}`"),
        });
    }

    let journal_path = folder.join(FINISHED);
    let mut journal = AtomicFile::create(&journal_path)?;
    let mut rows = TableWriter::create(&directory.join(ROWS), table.schema().clone())?;
    append(&mut journal, &journal_path, &header)?;
    let mut batch: Vec<Entry> = Vec::with_capacity(BATCH_ROWS as usize);
    for sample in 0..samples {
        let entry = entry(sample)?;
        append(&mut journal, &journal_path, &entry)?;
        batch.push(entry);
        if batch.len() as u64 == BATCH_ROWS || sample + 1 == samples {
            rows.write(
                &table
                    .batch(&batch)
                    .map_err(|message| MakeError::Unfit { message })?,
            )?;
            batch.clear();
            progress.update(Step::Tabulating, sample + 1, samples, rows.bytes_written());
        }
    }
    let rows = rows.seal()?;
    let journal = journal.seal()?;
    let card = card::write(&header.description, &table, &rows.written, &recipe)
        .map_err(|message| MakeError::Unfit { message })?;

    // A card vouches for the table beside it, so an older one goes before the table is replaced, and the new one comes last.
    remove_file(&directory.join(CARD))?;
    rows.publish()?;
    journal.publish()?;
    AtomicFile::write(&directory.join(CARD), &card)?;
    sync_folder(&folder);
    sync_folder(directory);
    for source in catalogue
        .journals()
        .iter()
        .filter(|source| !source.is_finished())
    {
        remove_file(&source.path)?;
    }
    lock.release();
    Ok(0)
}

/// Whether nothing is left to do: one journal, of this many samples, and the three files.
fn is_finished(directory: &Path, catalogue: &Catalogue, header: &Header) -> bool {
    matches!(catalogue.journals(), [only] if only.is_finished() && only.header == header.whole())
        && [ROWS, CARD, RECIPE]
            .iter()
            .all(|file| directory.join(file).is_file())
}

pub(crate) fn append(
    file: &mut AtomicFile,
    path: &Path,
    value: &impl serde::Serialize,
) -> Result<(), DiskError> {
    use std::io::Write;
    to_line(value)
        .map_err(Into::into)
        .and_then(|line| file.write_all(&line))
        .map_err(|error| DiskError::new(Action::Write, path, error))
}

pub(crate) fn lost(directory: &Path, sample: u64) -> MakeError {
    MakeError::Unfit {
        message: format!(
            "the journal of sample {sample} in {} changed while it was read",
            directory.display()
        ),
    }
}

/// Puts the recipe into a folder that has none yet, so that even an unfinished data set says what it is.
pub(crate) fn announce(directory: &Path, header: &Header) -> Result<(), DiskError> {
    let lock = FolderLock::exclusive(directory);
    let path = directory.join(RECIPE);
    if !path.exists() {
        AtomicFile::write(&path, header.description.recipe.as_bytes())?;
    }
    lock.release();
    Ok(())
}
