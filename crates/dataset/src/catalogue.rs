//! Which samples of a directory are finished, and where its journals tell about them.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::disk::{DiskError, hash_file};
use crate::journal::{self, Entry, FINISHED, Header, Lines};

/// An index over the journals of a directory. Holds 16 bytes per sample, never the entries themselves.
#[derive(Debug)]
pub(crate) struct Catalogue {
    directory: PathBuf,
    journals: Vec<Source>,
    /// By sample; `None` where no journal has an entry.
    places: Vec<Option<Place>>,
}

/// A journal with a header.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
}

impl Source {
    /// Whether it is the one journal of a finished data set.
    pub(crate) fn is_finished(&self) -> bool {
        self.path.file_name().is_some_and(|name| name == FINISHED)
    }
}

/// A line of a journal.
#[derive(Debug, Clone, Copy)]
struct Place {
    journal: u32,
    offset: u64,
}

/// How much is done to believe that a recorded file is the one on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// It exists and has the recorded size.
    #[default]
    Size,
    /// Its contents have the recorded hash; reads everything.
    Hash,
}

impl Catalogue {
    /// Reads all journals. Later ones win over earlier ones, and a later line over an earlier.
    pub(crate) fn read(directory: &Path) -> Result<Self, DiskError> {
        let mut tries = 0;
        loop {
            match Self::read_once(directory) {
                // Another run finished the folder and replaced the journals after they were listed.
                Err(error) if error.source.kind() == io::ErrorKind::NotFound && tries < 3 => {
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    fn read_once(directory: &Path) -> Result<Self, DiskError> {
        let mut catalogue = Self {
            directory: directory.to_owned(),
            journals: Vec::new(),
            places: Vec::new(),
        };
        for path in journal::list(directory)? {
            let number = catalogue.journals.len() as u32;
            let places = &mut catalogue.places;
            let (header, _) = journal::scan(&path, |offset, entry| {
                let at = entry.sample as usize;
                if at >= places.len() {
                    places.resize(at + 1, None);
                }
                places[at] = Some(Place {
                    journal: number,
                    offset,
                });
            })?;
            if let Some(header) = header {
                catalogue.journals.push(Source { path, header });
            }
        }
        Ok(catalogue)
    }

    pub(crate) fn journals(&self) -> &[Source] {
        &self.journals
    }

    /// Whether there is an entry for the sample.
    pub(crate) fn has(&self, sample: u64) -> bool {
        usize::try_from(sample).is_ok_and(|at| self.places.get(at).is_some_and(Option::is_some))
    }

    /// How many samples below `samples` have no entry.
    pub(crate) fn missing(&self, samples: u64) -> u64 {
        (0..samples).filter(|&sample| !self.has(sample)).count() as u64
    }

    /// The samples with an entry, in order.
    pub(crate) fn samples(&self) -> impl DoubleEndedIterator<Item = u64> + '_ {
        self.places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.is_some())
            .map(|(sample, _)| sample as u64)
    }

    /// Forgets what a check of the files does not support.
    pub(crate) fn distrust(
        &mut self,
        range: Range<u64>,
        trust: Trust,
        mut each: impl FnMut(u64),
    ) -> Result<(), DiskError> {
        let mut entries = Entries::new();
        for sample in range {
            if self.has(sample) {
                let kept = match entries.get(self, sample)? {
                    Some(entry) => self.supports(&entry, trust),
                    None => false,
                };
                if !kept {
                    self.places[sample as usize] = None;
                }
            }
            each(sample);
        }
        Ok(())
    }

    fn supports(&self, entry: &Entry, trust: Trust) -> bool {
        entry.files.iter().all(|file| {
            let path = self.directory.join(&file.file);
            match trust {
                Trust::Size => fs::metadata(&path)
                    .is_ok_and(|found| found.is_file() && found.len() == file.bytes),
                Trust::Hash => {
                    hash_file(&path, |_| Ok(())).is_ok_and(|found| found.sha256 == file.sha256)
                }
            }
        })
    }
}

/// Reads entries of a catalogue, with one journal open at a time: neighbours mostly stand in the same one.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    open: Option<(u32, Lines)>,
}

impl Entries {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The entry of a sample; `None` if there is none, or its journal was changed since the catalogue was read.
    pub(crate) fn get(
        &mut self,
        catalogue: &Catalogue,
        sample: u64,
    ) -> Result<Option<Entry>, DiskError> {
        let Some(Some(place)) = usize::try_from(sample)
            .ok()
            .and_then(|at| catalogue.places.get(at))
            .copied()
        else {
            return Ok(None);
        };
        let lines = match &mut self.open {
            Some((journal, lines)) if *journal == place.journal => lines,
            open => {
                let lines = Lines::open(&catalogue.journals[place.journal as usize].path)?;
                &mut open.insert((place.journal, lines)).1
            }
        };
        Ok(lines
            .entry(place.offset)?
            .filter(|entry| entry.sample == sample))
    }
}
