//! One sample of a recipe or of a data set, before anything is made of it.

use population::{DeclaredPopulation, Population, Row, Streams};
use studio::Studio;

use crate::failure::Failure;
use crate::progress::Meter;
use crate::recipe::Loaded;
use crate::verb;

/// A row with the studio that can stage it.
pub(crate) struct Staged {
    pub(crate) studio: Studio,
    pub(crate) row: Row,
    pub(crate) streams: Streams,
}

/// `faces.yaml#3` into file and number; without a number the first.
pub(crate) fn split(written: &str) -> Result<(&str, u64), Failure> {
    let Some((file, number)) = written.rsplit_once('#') else {
        return Ok((written, 0));
    };
    let sample = number.parse().map_err(|_| {
        Failure::new(format!("`{number}` in `{written}` is no sample's number"))
            .with_hint("write RECIPE#I, for example `faces.yaml#3`")
    })?;
    Ok((file, sample))
}

/// Draws the row of a sample and opens the studio for it; `source` is what sentences call the recipe.
pub(crate) fn stage(
    loaded: Loaded,
    source: &str,
    sample: u64,
    may_install: bool,
    meter: &Meter,
) -> Result<Staged, Failure> {
    let Loaded {
        mut recipe,
        sources,
    } = loaded;
    let samples = recipe.sample_count();
    if sample >= samples {
        return Err(Failure::new(format!(
            "{source} asks for {samples} samples, so there is no sample {sample}"
        ))
        .with_hint("samples are counted from 0; --count asks for more"));
    }
    let store = verb::packs::ready(&mut recipe, may_install, meter)?;
    let studio = Studio::open(&store, &recipe, &sources)?;
    let seed = recipe.seed;
    let schema = recipe.schema().clone();
    let population = DeclaredPopulation::new(recipe, schema)?;
    let batch = population.rows(sample..sample + 1, seed)?;
    let row = Row::read(&batch, population.schema(), 0)
        .map_err(|error| Failure::new(error.to_string()))?;
    let streams = Streams::new(seed, row.origin);
    Ok(Staged {
        studio,
        row,
        streams,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_stands_behind_the_last_hash() {
        assert_eq!(
            split("a#b/faces.yaml#3").expect("a number"),
            ("a#b/faces.yaml", 3)
        );
        assert_eq!(split("faces.yaml").expect("no number"), ("faces.yaml", 0));
        assert!(split("faces.yaml#x").is_err());
    }
}
