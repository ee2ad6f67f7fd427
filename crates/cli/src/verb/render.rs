//! `render`: the picture of one sample of a recipe, without a data set around it.

use std::path::Path;

use dataset::Stage;
use population::{DeclaredPopulation, Population, Row, Streams};
use studio::Studio;

use crate::args::RenderArgs;
use crate::failure::Failure;
use crate::progress::Meter;
use crate::{Verdict, recipe, verb};

pub(crate) fn run(args: &RenderArgs, quiet: bool) -> Result<Verdict, Failure> {
    let (file, sample) = split(&args.sample)?;
    let mut recipe = recipe::load(Path::new(file), &args.overrides)?;
    let samples = recipe.sample_count();
    if sample >= samples {
        return Err(Failure::new(format!(
            "{file} asks for {samples} samples, so there is no sample {sample}"
        ))
        .with_hint("samples are counted from 0; --count asks for more"));
    }
    let meter = Meter::new(quiet);
    let store = verb::packs::ready(&mut recipe, !args.no_install, &meter)?;
    let studio = Studio::open(&store, &recipe)?;
    let seed = recipe.seed;
    let population = DeclaredPopulation::new(recipe, studio::schema())?;
    let batch = population.rows(sample..sample + 1, seed)?;
    let row = Row::read(&batch, population.schema(), 0)
        .map_err(|error| Failure::new(error.to_string()))?;
    let made = studio.perform(&row, &Streams::new(seed, row.origin))?;
    let picture = made
        .artefacts
        .iter()
        .find(|artefact| artefact.folder == label::layout::IMAGES);
    let picture = picture.ok_or_else(|| Failure::new(format!("sample {sample} has no picture")))?;
    write_file(&args.out, &picture.bytes)?;
    meter.say(&format!("drew sample {sample} into {}", args.out.display()));
    Ok(Verdict::Yes)
}

/// `faces.yaml#3` into file and number.
fn split(written: &str) -> Result<(&str, u64), Failure> {
    let Some((file, number)) = written.rsplit_once('#') else {
        return Ok((written, 0));
    };
    let sample = number.parse().map_err(|_| {
        Failure::new(format!("`{number}` in `{written}` is no sample's number"))
            .with_hint("write RECIPE#I, for example `faces.yaml#3`")
    })?;
    Ok((file, sample))
}

/// Writes a whole file or none.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let cannot =
        |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", path.display()));
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let mut file = tempfile::Builder::new()
        .prefix(".populace-")
        .tempfile_in(folder)
        .map_err(cannot)?;
    std::io::Write::write_all(&mut file, bytes).map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
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
