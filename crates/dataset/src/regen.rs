//! Making one sample again, alone, to see that it comes out the same.

use std::path::Path;

use population::{DeclaredPopulation, Recipe};

use crate::card::RECIPE;
use crate::disk::{Action, AtomicFile, DiskError, hash_file};
use crate::error::{MakeError, ReadError};
use crate::make::{draw, file_name, perform};
use crate::reader::Reader;
use crate::sample::Stage;

/// What [`regen`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegenReport {
    /// The sample.
    pub sample: u64,
    /// Each file that was made, in order.
    pub artefacts: Vec<Remade>,
    /// Engine version that made the data set.
    pub engine_then: String,
    /// Engine version that runs now.
    pub engine_now: String,
}

impl RegenReport {
    /// Whether every file came out as it is stored.
    pub fn is_equal(&self) -> bool {
        self.artefacts
            .iter()
            .all(|artefact| artefact.stored == Stored::Equal)
    }
}

/// One file made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remade {
    /// Relative to the data set, and to the folder it was written to: `images/000000017.png`.
    pub file: String,
    /// How it compares with the data set's.
    pub stored: Stored,
}

/// How a stored file compares with the one made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// Byte for byte the same.
    Equal,
    /// Other bytes.
    Different,
    /// The data set does not have it.
    Missing,
}

/// Makes one sample of a data set again from the recipe in its folder, writes its files below `out`, and compares them with the stored ones.
///
/// Nothing of the stored sample is used, only the recipe and its number; the sample need not be finished.
///
/// # Errors
/// [`MakeError`] if the folder is no data set, its recipe is not one for this stage, there is no such sample, or it cannot be made or written.
pub fn regen(
    directory: &Path,
    stage: &dyn Stage,
    sample: u64,
    out: &Path,
) -> Result<RegenReport, MakeError> {
    let reader = Reader::open(directory)?;
    let description = reader.description();
    if sample >= description.samples {
        return Err(ReadError::NoSample {
            sample,
            samples: description.samples,
        }
        .into());
    }
    let path = directory.join(RECIPE);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| DiskError::new(Action::Read, &path, error))?;
    let recipe = Recipe::parse(&text, &path.display().to_string(), stage.attributes())
        .map_err(MakeError::Recipe)?;
    if recipe.digest() != description.digest || recipe.seed.0 != description.seed {
        return Err(MakeError::OtherSet {
            directory: directory.to_owned(),
            found: description.title(),
            wanted: format!("what its {RECIPE} says"),
        });
    }
    let seed = recipe.seed;
    let population = DeclaredPopulation::new(recipe, stage.attributes().clone())
        .map_err(|source| MakeError::Population { sample, source })?;
    let (row, _) = draw(&population, seed, sample, &[])?;
    let made = perform(stage, &row, seed)?;
    let mut artefacts = Vec::with_capacity(made.artefacts.len());
    for artefact in &made.artefacts {
        let file = file_name(artefact.folder, sample, artefact.extension);
        let stored_path = directory.join(&file);
        // Compared before it is written, in case `out` is the data set itself.
        let stored = if stored_path.exists() {
            let hash = hash_file(&stored_path, |_| Ok(()))?;
            if hash.sha256 == crate::disk::sha256_hex(&artefact.bytes) {
                Stored::Equal
            } else {
                Stored::Different
            }
        } else {
            Stored::Missing
        };
        AtomicFile::write(&out.join(&file), &artefact.bytes)?;
        artefacts.push(Remade { file, stored });
    }
    let engine_then = description.engine.clone();
    Ok(RegenReport {
        sample,
        artefacts,
        engine_then,
        engine_now: stage.provenance().engine,
    })
}
