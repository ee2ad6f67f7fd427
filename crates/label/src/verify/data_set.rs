//! Samples of a data set on disk.

use dataset::{Progress, ReadError, Reader, SampleRecord, Step};

use super::{Fault, File, follow, verify};
use crate::annotations::{self, Attribute};
use crate::layout;

/// Verifies every sample of a data set, one at a time, and hands each fault to `each`; returns how many samples were looked at.
///
/// [`record`] says what is checked. Stops early when `progress` is cancelled.
///
/// # Errors
/// [`ReadError`] if the rows cannot be read.
pub fn data_set(
    reader: &Reader,
    progress: &dyn Progress,
    each: &mut dyn FnMut(Fault),
) -> Result<u64, ReadError> {
    let folders: Vec<&str> = reader.artefacts().map(|(folder, _)| folder).collect();
    let (mut done, mut bytes) = (0, 0);
    let mut samples = reader.samples()?;
    let mut current = samples.next().transpose()?;
    while let Some(sample) = current {
        let next = samples.next().transpose()?;
        let (faults, read) = record(&sample, next.as_ref(), &folders)?;
        current = next;
        faults.into_iter().for_each(&mut *each);
        done += 1;
        bytes += read;
        progress.update(Step::Verifying, done, reader.len(), bytes);
        if progress.cancelled() {
            break;
        }
    }
    Ok(done)
}

/// Verifies one sample on disk; returns its faults and how many bytes were read.
///
/// Labels are checked against each other ([`verify`]), a frame's against the `next` one's ([`follow`]), and attributes against `rows.parquet`.
/// `folders` are those of [`Reader::artefacts`]; files that are not there are faults of the labels that need them.
///
/// # Errors
/// [`ReadError`] if the row cannot be read.
pub fn record(
    record: &SampleRecord,
    next: Option<&SampleRecord>,
    folders: &[&str],
) -> Result<(Vec<Fault>, u64), ReadError> {
    let sample = record.index()?;
    let (files, mut faults, bytes) = files(record, sample, folders)?;
    faults.extend(verify(sample, &files));
    faults.extend(row(sample, record, &files));
    if folders.contains(&layout::FLOW)
        && let Some(next) = next
        && next.index()? == sample + 1
    {
        let (later, ..) = self::files(next, sample + 1, folders)?;
        faults.extend(follow(sample, &files, &later));
    }
    Ok((faults, bytes))
}

/// All files of a sample that are there, what cannot be read, and how many bytes were.
fn files(
    record: &SampleRecord,
    sample: u64,
    folders: &[&str],
) -> Result<(Vec<File>, Vec<Fault>, u64), ReadError> {
    let (mut files, mut faults, mut bytes) = (Vec::new(), Vec::new(), 0);
    for folder in folders {
        let path = record.file(folder)?.to_owned();
        match std::fs::read(record.path(folder)?) {
            Ok(content) => {
                bytes += content.len() as u64;
                files.push(File {
                    folder: (*folder).to_owned(),
                    path,
                    bytes: content,
                });
            }
            // `verify` says which label needs it.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => faults.push(Fault {
                sample,
                file: path,
                found: format!("the file cannot be read ({error})"),
                expected: "every file of a sample should open".to_owned(),
            }),
        }
    }
    Ok((files, faults, bytes))
}

/// Attributes that differ between the annotations and the row.
fn row(sample: u64, record: &SampleRecord, files: &[File]) -> Vec<Fault> {
    let Some(file) = files.iter().find(|f| f.folder == layout::ANNOTATIONS) else {
        return Vec::new();
    };
    // Unreadable annotations have been reported.
    let Ok(labels) = annotations::read(&file.bytes) else {
        return Vec::new();
    };
    let agrees = |name: &str, value: &Attribute| match value {
        Attribute::Number(value) => record.number(name).is_ok_and(|row| row == Some(*value)),
        Attribute::Integer(value) => record.integer(name).is_ok_and(|row| row == *value),
        Attribute::Category(value) => record.text(name).is_ok_and(|row| row == value),
        Attribute::Mix(values) => {
            let schema = record.schema();
            let prefix = format!("{name}.");
            let columns = schema
                .fields()
                .iter()
                .map(|f| f.name())
                .filter(|column| column.starts_with(&prefix));
            let row: Vec<Option<f64>> = columns
                .map(|column| record.number(column).ok().flatten())
                .collect();
            row == values.iter().copied().map(Some).collect::<Vec<_>>()
        }
    };
    let differing = labels
        .attributes
        .0
        .iter()
        .filter(|(name, value)| !agrees(name, value));
    differing
        .map(|(name, _)| Fault {
            sample,
            file: file.path.clone(),
            found: format!("attribute `{name}` is not that of rows.parquet"),
            expected: "both hold the same row".to_owned(),
        })
        .collect()
}
