//! Making a data set: rows are drawn and staged by several threads, and each finished sample is on disk before the next is begun.

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, OnceLock};
use std::thread;

use population::{Population, Recipe, Row, Seed, Streams};

use crate::card::Card;
use crate::catalogue::{Catalogue, Entries, Source, Trust};
use crate::description::{Column, Description, Relation, columns};
use crate::disk::{AtomicFile, DiskError, create_folder, remove_file};
use crate::error::{MakeError, ReadError};
use crate::finish::{announce, finish};
use crate::journal::{
    self, Cell, Entry, FileEntry, FolderLock, Header, Journal, OpenError, content_sha256,
};
use crate::progress::{Progress, Step};
use crate::sample::{Sample, Stage};
use crate::shard::Shard;
use crate::table::{Layout, cells};

/// Where and how a data set is made.
#[derive(Debug, Clone)]
pub struct MakePlan {
    /// The folder; made if it does not exist. Shards may share one, or have one each to be joined by [`merge`](crate::merge).
    pub directory: PathBuf,
    /// Samples in work at the same time, one per thread; 0 counts as 1.
    pub threads: usize,
    /// Which part is made.
    pub shard: Shard,
    /// How files of an interrupted run are checked before they are kept.
    pub trust: Trust,
}

/// What a run has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakeReport {
    /// Samples made by this run.
    pub made: u64,
    /// Samples of this shard that were there before.
    pub kept: u64,
    /// Recorded samples of another engine or pack version that were given up and made anew.
    pub discarded: u64,
    /// Bytes of artefacts written by this run.
    pub bytes: u64,
    /// Whether the directory is whole.
    pub state: State,
}

/// Whether a directory is a whole data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All samples are there, with table and card.
    Finished,
    /// Other shards are still to be made or joined.
    Waiting {
        /// Samples that are not in this directory.
        missing: u64,
    },
}

/// Makes a shard of a data set, or goes on with it where an earlier run stopped.
///
/// A directory with another data set is refused. More samples of the same recipe, seed and version are added to those that are there.
/// When all samples of the directory are there, `rows.parquet`, `card.json` and `recipe.yaml` are written.
///
/// # Determinism
/// Files and their bytes depend on recipe, seed and version only: not on threads, shards, restarts or the time.
///
/// # Errors
/// [`MakeError`]. Finished samples are kept in every case, and the same call goes on from there.
pub fn make(
    recipe: &Recipe,
    population: &dyn Population,
    stage: &dyn Stage,
    plan: &MakePlan,
    progress: &dyn Progress,
) -> Result<MakeReport, MakeError> {
    let description = Description::new(recipe, stage.provenance());
    if description.samples == 0 {
        return Err(MakeError::Empty);
    }
    let first = population
        .rows(0..1, recipe.seed)
        .map_err(|source| MakeError::Population { sample: 0, source })?;
    let columns = columns(population, &first).map_err(|name| MakeError::Unfit {
        message: format!("column `{name}` has a type that rows cannot have"),
    })?;
    let header = Header::new(plan.shard, description, columns);
    let directory = &plan.directory;
    let range = plan.shard.range(header.description.samples);

    let lock = FolderLock::shared(directory);
    let discarded = survey(directory, &header, plan.shard)?;
    create_folder(directory)?;
    retire(&journal::path(directory, plan.shard), &header)?;
    let mut catalogue = Catalogue::read(directory)?;
    catalogue.distrust(range.clone(), plan.trust, |sample| {
        progress.update(
            Step::Resuming,
            sample + 1 - range.start,
            range.end - range.start,
            0,
        );
    })?;

    let kept = range
        .clone()
        .filter(|&sample| catalogue.has(sample))
        .count() as u64;
    let layout = OnceLock::new();
    if let Some(sample) = catalogue.samples().next()
        && let Some(entry) = Entries::new().get(&catalogue, sample)?
    {
        layout.get_or_init(|| Layout::of(&entry));
    }
    lock.release();
    let maker = Maker {
        population,
        stage,
        seed: recipe.seed,
        directory,
        columns: &header.columns,
        layout: &layout,
    };
    let todo = range.clone().filter(|&sample| !catalogue.has(sample));
    let mut tally = Tally {
        kept,
        made: 0,
        bytes: 0,
        total: range.end - range.start,
    };
    // A finished directory gets no new journal; any other has one for each of its shards, be it empty.
    if tally.done() < tally.total || catalogue.journals().is_empty() {
        let journal = open_journal(directory, &header, plan.shard)?;
        announce(directory, &header)?;
        make_all(&maker, todo, plan.threads, journal, &mut tally, progress)?;
    }

    let missing = finish(directory, &header, &range, progress).map_err(|error| match error {
        MakeError::Disk { source, .. } => MakeError::disk(source, tally.done()),
        other => other,
    })?;
    let state = if missing == 0 {
        State::Finished
    } else {
        State::Waiting { missing }
    };
    Ok(MakeReport {
        made: tally.made,
        kept,
        discarded,
        bytes: tally.bytes,
        state,
    })
}

/// Looks whether the samples may go into the directory. What another version of engine or packs made of *these* samples is given up;
/// returns how many. Everything else that is not this data set is refused.
pub(crate) fn survey(directory: &Path, header: &Header, shard: Shard) -> Result<u64, MakeError> {
    let catalogue = Catalogue::read(directory)?;
    if catalogue.journals().is_empty() {
        return survey_without_journal(directory, header);
    }
    let wanted = &header.description;
    let mut stale: Vec<&Source> = Vec::new();
    for source in catalogue.journals() {
        let found = &source.header.description;
        let ours = shard == Shard::WHOLE || source.path == journal::path(directory, shard);
        match found.relation(wanted) {
            Relation::OtherSet => return Err(other_set(directory, found, wanted)),
            Relation::OtherVersion if ours => stale.push(source),
            Relation::OtherVersion => {
                return Err(MakeError::OtherVersion {
                    directory: directory.to_owned(),
                    found: found.makers(),
                    wanted: wanted.makers(),
                });
            }
            Relation::Same if found.samples > wanted.samples => {
                return Err(shorter(directory, found, wanted));
            }
            Relation::Same => {}
        }
    }
    if stale.is_empty() {
        return Ok(0);
    }
    let discarded = catalogue.samples().count() as u64;
    // Without its card the directory no longer claims to be finished.
    remove_file(&directory.join(crate::card::CARD))?;
    for source in stale {
        remove_file(&source.path)?;
    }
    Ok(discarded)
}

fn survey_without_journal(directory: &Path, header: &Header) -> Result<u64, MakeError> {
    let foreign = |found: &str| MakeError::Foreign {
        directory: directory.to_owned(),
        found: found.to_owned(),
    };
    match Card::read(directory) {
        Ok(Some(card)) => {
            let found = &card.populace.description;
            match found.relation(&header.description) {
                Relation::OtherSet => return Err(other_set(directory, found, &header.description)),
                Relation::Same if found.samples > header.description.samples => {
                    return Err(shorter(directory, found, &header.description));
                }
                // Its samples are made again: without a journal there are no sizes or hashes to trust.
                Relation::OtherVersion | Relation::Same => {
                    remove_file(&directory.join(crate::card::CARD))?;
                    return Ok(found.samples);
                }
            }
        }
        Ok(None) => {}
        Err(ReadError::Disk(error)) if error.source.kind() == std::io::ErrorKind::NotADirectory => {
            return Err(
                DiskError::new(crate::disk::Action::CreateFolder, directory, error.source).into(),
            );
        }
        Err(ReadError::Disk(error)) => return Err(error.into()),
        Err(_) => return Err(foreign(crate::card::CARD)),
    }
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        other => {
            other.map_err(|error| DiskError::new(crate::disk::Action::List, directory, error))?
        }
    };
    let mut names = BTreeSet::new();
    for entry in entries {
        let entry =
            entry.map_err(|error| DiskError::new(crate::disk::Action::List, directory, error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Folders and files that systems put everywhere, and what is left of a run that was killed at once.
        if !name.starts_with('.') && name != "lost+found" {
            names.insert(name);
        }
    }
    names.first().map_or(Ok(0), |name| Err(foreign(name)))
}

fn other_set(directory: &Path, found: &Description, wanted: &Description) -> MakeError {
    MakeError::OtherSet {
        directory: directory.to_owned(),
        found: found.title(),
        wanted: wanted.title(),
    }
}

fn shorter(directory: &Path, found: &Description, wanted: &Description) -> MakeError {
    MakeError::Shorter {
        directory: directory.to_owned(),
        found: found.samples,
        wanted: wanted.samples,
    }
}

/// Gives the journal of a run for fewer samples another name, so that its samples count and the new run starts its own.
fn retire(path: &Path, header: &Header) -> Result<(), MakeError> {
    if !path.exists() {
        return Ok(());
    }
    let (found, _) = journal::scan(path, |_, _| ())?;
    let Some(found) = found.filter(|found| found != header) else {
        return Ok(());
    };
    let name = format!(
        "journal-until-{}-{}.jsonl",
        found.description.samples,
        found.shard().replace('/', "-of-")
    );
    std::fs::rename(path, path.with_file_name(name))
        .map_err(|error| DiskError::new(crate::disk::Action::Write, path, error).into())
}

/// The shard's own journal, behind its last whole line.
pub(crate) fn open_journal(
    directory: &Path,
    header: &Header,
    shard: Shard,
) -> Result<Journal, MakeError> {
    let keep = |path: &Path| {
        let (found, valid_bytes) = journal::scan(path, |_, _| ())?;
        // No header at all: killed while it was written.
        Ok(if found.as_ref() == Some(header) {
            valid_bytes
        } else {
            0
        })
    };
    Journal::open(journal::path(directory, shard), header, keep).map_err(|error| match error {
        OpenError::Busy => MakeError::Busy {
            directory: directory.to_owned(),
        },
        OpenError::Disk(error) => error.into(),
    })
}

/// Counts samples of a run.
#[derive(Debug)]
struct Tally {
    kept: u64,
    made: u64,
    bytes: u64,
    total: u64,
}

impl Tally {
    fn done(&self) -> u64 {
        self.kept + self.made
    }
}

/// Makes single samples; shared by all threads.
struct Maker<'a> {
    population: &'a dyn Population,
    stage: &'a dyn Stage,
    seed: Seed,
    directory: &'a Path,
    columns: &'a [Column],
    /// What every sample has; set by the first.
    layout: &'a OnceLock<Layout>,
}

/// Lets threads take samples in order, one at a time, and journals what they finish. The failure with the lowest sample is returned.
fn make_all(
    maker: &Maker<'_>,
    todo: impl Iterator<Item = u64> + Send,
    threads: usize,
    mut journal: Journal,
    tally: &mut Tally,
    progress: &dyn Progress,
) -> Result<(), MakeError> {
    let threads = threads.max(1);
    let queue = Mutex::new(todo);
    let stop = AtomicBool::new(false);
    let (finished, arrivals) = sync_channel(threads);
    let failure = thread::scope(|scope| {
        for _ in 0..threads {
            let finished = finished.clone();
            let (queue, stop) = (&queue, &stop);
            scope.spawn(move || work(maker, queue, stop, &finished));
        }
        drop(finished);
        record(
            &arrivals,
            maker.directory,
            &mut journal,
            &stop,
            tally,
            progress,
        )
    });
    let synced = journal.sync();
    match (failure, synced) {
        (Some(error), _) => Err(error.with_kept(tally.done())),
        (None, Err(error)) => Err(MakeError::disk(error, tally.done())),
        (None, Ok(())) => Ok(()),
    }
}

/// A thread's life: the next sample, until there is none or another thread has failed.
fn work(
    maker: &Maker<'_>,
    queue: &Mutex<impl Iterator<Item = u64>>,
    stop: &AtomicBool,
    finished: &SyncSender<(u64, Result<Entry, MakeError>)>,
) {
    while !stop.load(Ordering::Relaxed) {
        let next = match queue.lock() {
            Ok(mut queue) => queue.next(),
            Err(_) => return,
        };
        let Some(sample) = next else { return };
        let outcome =
            catch_unwind(AssertUnwindSafe(|| maker.make(sample))).unwrap_or_else(|panic| {
                let message = panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| {
                        panic
                            .downcast_ref::<&str>()
                            .map(|&message| message.to_owned())
                    })
                    .unwrap_or_else(|| "a panic without a message".to_owned());
                Err(MakeError::Panic {
                    sample,
                    message,
                    kept: 0,
                })
            });
        if outcome.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        if finished.send((sample, outcome)).is_err() {
            return;
        }
    }
}

/// Journals finished samples until the last thread has gone; after a failure it takes what is still under way.
fn record(
    arrivals: &Receiver<(u64, Result<Entry, MakeError>)>,
    directory: &Path,
    journal: &mut Journal,
    stop: &AtomicBool,
    tally: &mut Tally,
    progress: &dyn Progress,
) -> Option<MakeError> {
    let mut failure: Option<(u64, MakeError)> = None;
    progress.update(Step::Making, tally.done(), tally.total, 0);
    for (sample, outcome) in arrivals {
        let outcome = outcome.and_then(|entry| {
            journal.append(directory, &entry).map_err(|error| {
                give_up(directory, &entry.files);
                MakeError::disk(error, 0)
            })?;
            tally.made += 1;
            tally.bytes += entry.files.iter().map(|file| file.bytes).sum::<u64>();
            progress.update(Step::Making, tally.done(), tally.total, tally.bytes);
            if progress.cancelled() {
                Err(MakeError::Cancelled { kept: 0 })
            } else {
                Ok(())
            }
        });
        if let Err(error) = outcome {
            stop.store(true, Ordering::Relaxed);
            if failure
                .as_ref()
                .is_none_or(|(earlier, _)| sample < *earlier)
            {
                failure = Some((sample, error));
            }
        }
    }
    failure.map(|(_, error)| error)
}

impl Maker<'_> {
    fn make(&self, sample: u64) -> Result<Entry, MakeError> {
        let (row, cells) = draw(self.population, self.seed, sample, self.columns)?;
        let made = perform(self.stage, &row, self.seed)?;
        let mut files = Vec::with_capacity(made.artefacts.len());
        for artefact in &made.artefacts {
            let file = file_name(artefact.folder, sample, artefact.extension);
            let path = self.directory.join(&file);
            let written = AtomicFile::write(&path, &artefact.bytes).map_err(|error| {
                give_up(self.directory, &files);
                MakeError::disk(error, 0)
            })?;
            files.push(FileEntry {
                file,
                sha256: written.sha256,
                bytes: written.bytes,
            });
        }
        let entry = entry(sample, files, made, cells);
        let layout = Layout::of(&entry);
        let expected = self.layout.get_or_init(|| layout.clone());
        if let Some(difference) = expected.difference(&layout) {
            return Err(MakeError::Unfit {
                message: format!("sample {sample} is laid out unlike the others: {difference}"),
            });
        }
        if let Some(name) = layout.duplicate(self.columns) {
            return Err(MakeError::Unfit {
                message: format!("two columns of the rows have the name `{name}`"),
            });
        }
        Ok(entry)
    }
}

/// Removes what was written of a sample that will not be finished, as on a full disk, so that what is left is whole. Best effort: the next run
/// writes these files anew in any case.
fn give_up(directory: &Path, files: &[FileEntry]) {
    for file in files {
        let _ = std::fs::remove_file(directory.join(&file.file));
    }
}

/// `folder/000000017.extension`
pub(crate) fn file_name(folder: &str, sample: u64, extension: &str) -> String {
    format!("{folder}/{sample:09}.{extension}")
}

/// One row, typed for the stage and as cells for the journal.
pub(crate) fn draw(
    population: &dyn Population,
    seed: Seed,
    sample: u64,
    columns: &[Column],
) -> Result<(Row, Vec<Cell>), MakeError> {
    let range: Range<u64> = sample..sample + 1;
    let batch = population
        .rows(range, seed)
        .map_err(|source| MakeError::Population { sample, source })?;
    let row = Row::read(&batch, population.schema(), 0)
        .map_err(|source| MakeError::Row { sample, source })?;
    if row.index != sample {
        return Err(MakeError::Unfit {
            message: format!(
                "the population gave row {} when asked for row {sample}",
                row.index
            ),
        });
    }
    let cells = cells(columns, &batch, 0).map_err(|name| MakeError::Unfit {
        message: format!("the row of sample {sample} has no proper value in column `{name}`"),
    })?;
    Ok((row, cells))
}

/// One sample, with names that are fit for a file system.
pub(crate) fn perform(stage: &dyn Stage, row: &Row, seed: Seed) -> Result<Sample, MakeError> {
    let sample = row.index;
    let made = stage
        .perform(row, &Streams::new(seed, row.origin))
        .map_err(|source| MakeError::Stage {
            sample,
            source,
            kept: 0,
        })?;
    for artefact in &made.artefacts {
        for name in [artefact.folder, artefact.extension] {
            let fit = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
            };
            if name.is_empty() || !name.bytes().all(fit) {
                return Err(MakeError::Unfit {
                    message: format!(
                        "sample {sample} has a file `{}/*.{}`, which is no fit name",
                        artefact.folder, artefact.extension
                    ),
                });
            }
        }
    }
    Ok(made)
}

/// What the journal keeps of a sample.
pub(crate) fn entry(sample: u64, files: Vec<FileEntry>, made: Sample, row: Vec<Cell>) -> Entry {
    let content_sha256 = content_sha256(
        files
            .iter()
            .map(|file| (file.sha256.as_str(), file.file.as_str())),
    );
    let scalars = made
        .scalars
        .into_iter()
        .map(|(name, scalar)| (name, Cell::from(scalar)))
        .collect();
    Entry {
        sample,
        files,
        content_sha256,
        scalars,
        row,
    }
}
