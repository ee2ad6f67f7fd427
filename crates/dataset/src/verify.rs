//! Files against hashes: what a disk, a copy or a person may have done to a data set since it was made.
//!
//! Labels against geometry are checked elsewhere; nothing here looks into a picture.

use std::fmt;
use std::path::Path;

use crate::card::{CARD, Card, RECIPE};
use crate::catalogue::{Catalogue, Entries};
use crate::disk::{Action, DiskError, hash_file};
use crate::error::ReadError;
use crate::journal::{Entry, FOLDER, FileEntry, content_sha256};
use crate::make::file_name;
use crate::progress::{Progress, Step};
use crate::reader::{Reader, SampleRecord};
use crate::table::ROWS;

/// What [`verify_files`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Samples that were checked.
    pub samples: u64,
    /// Files that were read.
    pub files: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Whether the data set claims to be whole.
    pub finished: bool,
    /// Everything that is wrong, card and table first, then in sample order, then files that belong to no sample.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong with a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it is.
    pub kind: FaultKind,
    /// The file, relative to the data set.
    pub file: String,
    /// The sample it belongs to, if it belongs to one.
    pub sample: Option<u64>,
}

/// Kinds of faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The file is not there.
    Missing,
    /// It is shorter than what was made.
    Truncated {
        /// Its size.
        bytes: u64,
        /// The size it had.
        made: u64,
    },
    /// It is not what was made.
    Edited,
    /// This file or another one of its sample is not what was made; without the journal one cannot tell which.
    OneOfSampleEdited,
    /// It belongs to no sample.
    Extra,
    /// It cannot be read.
    Unreadable {
        /// What the operating system or the format's reader said.
        reason: String,
    },
    /// It contradicts another file of the data set.
    Contradiction {
        /// In words.
        with: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(sample) = self.sample {
            write!(f, " of sample {sample}")?;
        }
        match &self.kind {
            FaultKind::Missing => f.write_str(" is missing"),
            FaultKind::Truncated { bytes, made } => {
                write!(f, " is cut off: {bytes} of {made} bytes are there")
            }
            FaultKind::Edited => f.write_str(" was changed after it was made"),
            FaultKind::OneOfSampleEdited => {
                f.write_str(" or another file of the sample was changed after it was made")
            }
            FaultKind::Extra => f.write_str(" belongs to no sample"),
            FaultKind::Unreadable { reason } => write!(f, " cannot be read: {reason}"),
            FaultKind::Contradiction { with } => write!(f, " contradicts {with}"),
        }
    }
}

/// Checks that the card, recipe and table of a data set belong together, and that every file of every sample is what was made.
///
/// An unfinished data set is checked as far as it goes. Faults are findings, not errors.
///
/// # Errors
/// [`ReadError`] if the folder is no data set, or not even its card can be read.
pub fn verify_files(directory: &Path, progress: &dyn Progress) -> Result<VerifyReport, ReadError> {
    let mut check = Check {
        directory,
        progress,
        report: VerifyReport::default(),
    };
    let card = Card::read(directory)?;
    let catalogue = Catalogue::read(directory)?;
    if card.is_none() && catalogue.journals().is_empty() {
        // Says whether there is a folder at all.
        Reader::open(directory)?;
    }
    check.report.finished = card.is_some();
    let layout = check.documents(card.as_ref(), &catalogue)?;
    if let Some(card) = &card {
        let samples = card.populace.description.samples;
        match Reader::open(directory) {
            Ok(reader) => check.finished_samples(&reader, &catalogue)?,
            Err(error) => {
                check.table_is_unreadable(&error);
                check.journaled_samples(&catalogue, samples)?;
            }
        }
        check.extras(&layout, |sample| sample < samples)?;
    } else {
        check.journaled_samples(&catalogue, catalogue.samples().count() as u64)?;
        check.extras(&layout, |sample| catalogue.has(sample))?;
    }
    Ok(check.report)
}

struct Check<'a> {
    directory: &'a Path,
    progress: &'a dyn Progress,
    report: VerifyReport,
}

impl Check<'_> {
    fn fault(&mut self, kind: FaultKind, file: impl Into<String>, sample: Option<u64>) {
        self.report.faults.push(Fault {
            kind,
            file: file.into(),
            sample,
        });
    }

    /// Card, recipe, table and journals against each other. Returns folders and extensions of artefacts.
    fn documents(
        &mut self,
        card: Option<&Card>,
        catalogue: &Catalogue,
    ) -> Result<Vec<(String, String)>, ReadError> {
        let journal = catalogue
            .journals()
            .first()
            .map(|source| &source.header.description);
        let description = card.map(|card| &card.populace.description).or(journal);
        let Some(description) = description else {
            return Ok(Vec::new());
        };

        match std::fs::read(self.directory.join(RECIPE)) {
            Err(error) => self.fault(unreadable(&error), RECIPE, None),
            Ok(recipe) if recipe != description.recipe.as_bytes() => {
                self.fault(FaultKind::Edited, RECIPE, None);
            }
            Ok(_) => {}
        }
        if let Some(card) = card {
            // The card's own copy of the recipe can be edited too; its hash stands elsewhere in the card.
            if card.sha256(RECIPE) != Some(&crate::disk::sha256_hex(description.recipe.as_bytes()))
            {
                let with = format!("itself: its recipe is not the one of {RECIPE}'s hash");
                self.fault(FaultKind::Contradiction { with }, CARD, None);
            }
            match hash_file(&self.directory.join(ROWS), |_| Ok(())) {
                Err(error) => self.fault(unreadable(&error.source), ROWS, None),
                Ok(rows) if card.sha256(ROWS) != Some(&rows.sha256) => {
                    self.fault(FaultKind::Edited, ROWS, None);
                }
                Ok(_) => {}
            }
            let finished = catalogue
                .journals()
                .iter()
                .find(|source| source.is_finished());
            if let Some(finished) = finished
                && finished.header.description != card.populace.description
            {
                let with = format!(
                    "the journal in {FOLDER}: recipe digest, seed, count or versions differ"
                );
                self.fault(FaultKind::Contradiction { with }, CARD, None);
            }
            return Ok(card.populace.layout().artefacts);
        }
        let first = catalogue.samples().next();
        let entry = first
            .map(|sample| Entries::new().get(catalogue, sample))
            .transpose()?
            .flatten();
        Ok(entry
            .map(|entry| crate::table::Layout::of(&entry).artefacts)
            .unwrap_or_default())
    }

    fn table_is_unreadable(&mut self, error: &ReadError) {
        let known = self
            .report
            .faults
            .iter()
            .any(|fault| fault.file == ROWS && fault.kind == FaultKind::Missing);
        if !known {
            self.fault(
                FaultKind::Unreadable {
                    reason: error.to_string(),
                },
                ROWS,
                None,
            );
        }
    }

    /// The samples that the table names, with the journal to say which of a sample's files is at fault.
    fn finished_samples(
        &mut self,
        reader: &Reader,
        catalogue: &Catalogue,
    ) -> Result<(), ReadError> {
        let mut entries = Entries::new();
        let folders: Vec<&str> = reader.artefacts().map(|(folder, _)| folder).collect();
        for (expected, record) in (0..).zip(reader.samples()?) {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    self.fault(
                        FaultKind::Unreadable {
                            reason: error.to_string(),
                        },
                        ROWS,
                        Some(expected),
                    );
                    return Ok(());
                }
            };
            let files: Vec<String> = folders
                .iter()
                .map(|folder| record.file(folder).map(str::to_owned))
                .collect::<Result<_, _>>()?;
            let content = record.content_sha256()?;
            let entry = entries.get(catalogue, expected)?;
            if let Some(entry) = &entry {
                let same_files = entry.files.iter().map(|file| &file.file).eq(files.iter());
                if entry.content_sha256 != content
                    || !same_files
                    || record.index()? != expected
                    || !same_row(entry, &record)?
                {
                    let with = format!("the journal in {FOLDER} about this sample");
                    self.fault(FaultKind::Contradiction { with }, ROWS, Some(expected));
                }
            }
            match entry {
                Some(entry) => self.journaled(&entry),
                None => self.unjournaled(expected, &files, content),
            }
            self.checked(expected + 1, reader.len());
        }
        Ok(())
    }

    fn journaled_samples(&mut self, catalogue: &Catalogue, total: u64) -> Result<(), ReadError> {
        let mut entries = Entries::new();
        for (done, sample) in (1..).zip(catalogue.samples()) {
            if let Some(entry) = entries.get(catalogue, sample)? {
                self.journaled(&entry);
            }
            self.checked(done, total);
        }
        Ok(())
    }

    fn checked(&mut self, done: u64, total: u64) {
        self.report.samples += 1;
        self.progress
            .update(Step::Verifying, done, total, self.report.bytes);
    }

    /// Each file has its own size and hash.
    fn journaled(&mut self, entry: &Entry) {
        for file in &entry.files {
            if let Err(kind) = self.file(file) {
                self.fault(kind, file.file.clone(), Some(entry.sample));
            }
        }
        let listed = content_sha256(
            entry
                .files
                .iter()
                .map(|file| (file.sha256.as_str(), file.file.as_str())),
        );
        if listed != entry.content_sha256 {
            let with = "itself: content hash and file hashes differ".to_owned();
            self.fault(
                FaultKind::Contradiction { with },
                FOLDER,
                Some(entry.sample),
            );
        }
    }

    fn file(&mut self, file: &FileEntry) -> Result<(), FaultKind> {
        let found = self.hash(&file.file)?;
        if found.bytes < file.bytes {
            return Err(FaultKind::Truncated {
                bytes: found.bytes,
                made: file.bytes,
            });
        }
        if found.sha256 == file.sha256 {
            Ok(())
        } else {
            Err(FaultKind::Edited)
        }
    }

    /// Only the hash over all files is known.
    fn unjournaled(&mut self, sample: u64, files: &[String], content: &str) {
        let mut hashes = Vec::with_capacity(files.len());
        for file in files {
            match self.hash(file) {
                Ok(found) => hashes.push(found.sha256),
                Err(kind) => self.fault(kind, file.clone(), Some(sample)),
            }
        }
        let complete = hashes.len() == files.len();
        let listed = content_sha256(
            hashes
                .iter()
                .map(String::as_str)
                .zip(files.iter().map(String::as_str)),
        );
        if complete && listed != content {
            for file in files {
                self.fault(FaultKind::OneOfSampleEdited, file.clone(), Some(sample));
            }
        }
    }

    fn hash(&mut self, file: &str) -> Result<crate::disk::Written, FaultKind> {
        let found = hash_file(&self.directory.join(file), |_| Ok(()))
            .map_err(|error| unreadable(&error.source))?;
        self.report.files += 1;
        self.report.bytes += found.bytes;
        Ok(found)
    }

    /// Files in the artefact folders that no sample has.
    fn extras(
        &mut self,
        layout: &[(String, String)],
        has: impl Fn(u64) -> bool,
    ) -> Result<(), ReadError> {
        for (folder, extension) in layout {
            let path = self.directory.join(folder);
            let listed = match std::fs::read_dir(&path) {
                // Its files have been reported as missing.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                other => other.map_err(|error| DiskError::new(Action::List, &path, error))?,
            };
            let mut extras = Vec::new();
            for file in listed {
                let file = file.map_err(|error| DiskError::new(Action::List, &path, error))?;
                let name = format!("{folder}/{}", file.file_name().to_string_lossy());
                let number = name[folder.len() + 1..]
                    .split('.')
                    .next()
                    .and_then(|digits| digits.parse::<u64>().ok());
                let known = number.is_some_and(|sample| {
                    has(sample) && name == file_name(folder, sample, extension)
                });
                if !known {
                    extras.push(name);
                }
            }
            extras.sort();
            for name in extras {
                self.fault(FaultKind::Extra, name, None);
            }
        }
        Ok(())
    }
}

fn unreadable(error: &std::io::Error) -> FaultKind {
    match error.kind() {
        std::io::ErrorKind::NotFound => FaultKind::Missing,
        _ => FaultKind::Unreadable {
            reason: error.to_string(),
        },
    }
}

/// Whether the table has the numbers that the journal has.
fn same_row(entry: &Entry, record: &SampleRecord) -> Result<bool, ReadError> {
    use crate::journal::Cell;
    let schema = record.schema();
    let cells = entry
        .row
        .iter()
        .chain(entry.scalars.iter().map(|(_, cell)| cell));
    for (field, cell) in schema.fields().iter().zip(cells) {
        let name = field.name();
        let same = match cell {
            Cell::Number(value) => record
                .number(name)?
                .is_some_and(|found| found.to_bits() == value.to_bits()),
            Cell::Missing => record.number(name)?.is_none(),
            Cell::Text(value) => record.text(name)? == value,
            Cell::Flag(value) => record.flag(name)? == *value,
            Cell::Index(value) => record.unsigned(name)? == *value,
            Cell::Integer(value) if *field.data_type() == arrow_schema::DataType::UInt64 => {
                i64::try_from(record.unsigned(name)?) == Ok(*value)
            }
            Cell::Integer(value) => record.integer(name)? == *value,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}
