//! Which samples depend on sources that are withdrawn.

use std::collections::BTreeSet;
use std::fmt;

use dataset::{ReadError, Reader};
use population::{
    DeclaredPopulation, Population, PopulationError, Recipe, Row, RowError, Seed, SourceKind,
};

use people::attributes::ALIKE;

/// Why it cannot be said which samples depend on a source.
#[derive(Debug)]
pub enum DependenceError {
    /// The data set cannot be read.
    Read(ReadError),
    /// Its rows cannot be drawn again.
    Population(PopulationError),
    /// Its table is not of this recipe.
    Row(RowError),
}

impl fmt::Display for DependenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Population(error) => error.fmt(f),
            Self::Row(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DependenceError {}

/// The samples of a data set that are others under `after`, its recipe with sources of these kinds withdrawn.
///
/// Those are the samples whose rows change; where people are withdrawn also those of identities drawn from what all scans have in common; and all
/// with a crowd, since rows do not say who stood beside.
///
/// # Errors
/// [`DependenceError`] when the data set cannot be read or rows not be drawn.
pub fn dependants(
    reader: &Reader,
    after: &Recipe,
    kinds: &[SourceKind],
) -> Result<BTreeSet<u64>, DependenceError> {
    let schema = after.schema();
    let population = DeclaredPopulation::new(after.clone(), schema.clone())
        .map_err(DependenceError::Population)?;
    let seed = Seed(reader.description().seed);
    let mut found = BTreeSet::new();
    let mut first = 0;
    for batch in reader.batches().map_err(DependenceError::Read)? {
        let batch = batch.map_err(DependenceError::Read)?;
        let count = batch.num_rows() as u64;
        let drawn = population
            .rows(first..first + count, seed)
            .map_err(DependenceError::Population)?;
        for at in 0..batch.num_rows() {
            let was = Row::read(&batch, schema, at).map_err(DependenceError::Row)?;
            let is = Row::read(&drawn, schema, at).map_err(DependenceError::Row)?;
            let alike = kinds.contains(&SourceKind::People)
                && was.category("scan").map_err(DependenceError::Row)? == ALIKE;
            let others = was.integer("crowd.count").map_err(DependenceError::Row)? > 0;
            if was != is || alike || others {
                found.insert(was.index);
            }
        }
        first += count;
    }
    Ok(found)
}
