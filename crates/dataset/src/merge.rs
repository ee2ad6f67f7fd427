//! Joining shards that were made in folders of their own.

use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::catalogue::{Catalogue, Entries, Trust};
use crate::disk::{Action, AtomicFile, DiskError, create_folder, hash_file};
use crate::error::{MakeError, ReadError};
use crate::finish::{announce, finish};
use crate::journal::Entry;
use crate::make::{open_journal, survey};
use crate::progress::{Progress, Step};
use crate::shard::Shard;

/// What [`merge`] has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeReport {
    /// Samples of the whole.
    pub samples: u64,
    /// Those of them that were copied now; the others were there from an interrupted run.
    pub copied: u64,
    /// Bytes copied.
    pub bytes: u64,
}

/// Joins the shards in `directories` into the whole data set in `out`, copying their files.
///
/// Every file is compared with its recorded hash on the way. An interrupted call goes on where it stopped when it is called again.
///
/// # Determinism
/// `out` is equal, byte for byte, to what one undivided run would have made.
///
/// # Errors
/// [`MakeError`] if a folder is no data set, they are not shards of one, samples are missing, a file was changed, or `out` cannot be written.
pub fn merge(
    directories: &[PathBuf],
    out: &Path,
    progress: &dyn Progress,
) -> Result<MergeReport, MakeError> {
    let mut shards = Vec::with_capacity(directories.len());
    for directory in directories {
        if !directory.is_dir() {
            return Err(ReadError::NoFolder {
                directory: directory.clone(),
            }
            .into());
        }
        let catalogue = Catalogue::read(directory)?;
        if catalogue.journals().is_empty() {
            return Err(ReadError::NotADataSet {
                directory: directory.clone(),
            }
            .into());
        }
        shards.push((directory, catalogue));
    }
    let Some((first, header)) = shards.first().and_then(|(directory, shard)| {
        Some((*directory, shard.journals().first()?.header.whole()))
    }) else {
        return Err(MakeError::Incomplete {
            missing: "any sample".to_owned(),
        });
    };
    for (directory, shard) in &shards {
        if shard
            .journals()
            .iter()
            .any(|journal| journal.header.whole() != header)
        {
            return Err(MakeError::Mixed {
                directories: [first.clone(), (*directory).clone()],
            });
        }
    }
    let samples = header.description.samples;
    let mut missing = (0..samples)
        .filter(|&sample| !shards.iter().any(|(_, shard)| shard.has(sample)))
        .peekable();
    if missing.peek().is_some() {
        return Err(MakeError::Incomplete {
            missing: in_words(missing),
        });
    }

    survey(out, &header, Shard::WHOLE)?;
    create_folder(out)?;
    let mut there = Catalogue::read(out)?;
    there.distrust(0..samples, Trust::Size, |_| ())?;
    let mut report = MergeReport {
        samples,
        copied: 0,
        bytes: 0,
    };
    if there.missing(samples) > 0 {
        let mut journal = open_journal(out, &header, Shard::WHOLE)?;
        announce(out, &header)?;
        let mut readers: Vec<Entries> = shards.iter().map(|_| Entries::new()).collect();
        let mut done = samples - there.missing(samples);
        for sample in (0..samples).filter(|&sample| !there.has(sample)) {
            let Some(shard) = shards.iter().position(|(_, shard)| shard.has(sample)) else {
                continue;
            };
            let (directory, catalogue) = &shards[shard];
            let Some(entry) = readers[shard].get(catalogue, sample)? else {
                return Err(MakeError::Incomplete {
                    missing: format!("sample {sample}"),
                });
            };
            report.bytes += copy(directory, out, &entry)
                .and_then(|bytes| {
                    journal
                        .append(out, &entry)
                        .map(|()| bytes)
                        .map_err(Into::into)
                })
                .map_err(|error| match error {
                    MakeError::Disk { source, .. } => MakeError::disk(source, done),
                    other => other,
                })?;
            report.copied += 1;
            done += 1;
            progress.update(Step::Joining, done, samples, report.bytes);
            if progress.cancelled() {
                journal.sync()?;
                return Err(MakeError::Cancelled { kept: done });
            }
        }
        journal.sync()?;
    }
    finish(out, &header, &(0..samples), progress)?;
    Ok(report)
}

/// Copies the files of a sample, comparing hashes on the way.
fn copy(from: &Path, to: &Path, entry: &Entry) -> Result<u64, MakeError> {
    let mut bytes = 0;
    for file in &entry.files {
        let source = from.join(&file.file);
        let changed = || MakeError::Changed {
            file: source.clone(),
            sample: entry.sample,
        };
        if File::open(&source).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Err(changed());
        }
        let path = to.join(&file.file);
        let mut target = AtomicFile::create(&path)?;
        let read = hash_file(&source, |piece| {
            target
                .write_all(piece)
                .map_err(|error| DiskError::new(Action::Write, &path, error))
        })?;
        if read.sha256 != file.sha256 {
            return Err(changed());
        }
        bytes += target.seal()?.publish()?.bytes;
    }
    Ok(bytes)
}

/// How many runs of samples a sentence lists.
const SHOWN: usize = 8;

/// "samples 16–31, 48", and no more than a line of it; the numbers ascend.
pub fn in_words(samples: impl IntoIterator<Item = u64>) -> String {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for sample in samples {
        match ranges.last_mut() {
            Some(range) if range.end == sample => range.end = sample + 1,
            _ => ranges.push(sample..sample + 1),
        }
    }
    let words: Vec<String> = ranges
        .iter()
        .take(SHOWN)
        .map(|range| {
            if range.end - range.start == 1 {
                range.start.to_string()
            } else {
                format!("{}–{}", range.start, range.end - 1)
            }
        })
        .collect();
    let more = if ranges.len() > SHOWN {
        " and more"
    } else {
        ""
    };
    let noun = if matches!(ranges[..], [ref only] if only.end - only.start == 1) {
        "sample"
    } else {
        "samples"
    };
    format!("{noun} {}{more}", words.join(", "))
}
