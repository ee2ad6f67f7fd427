//! From a recipe's file and the command line's changes to a checked recipe.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use population::recipe::MAX_BYTES;
use population::{Overrides, Recipe};
use studio::{SourceError, Sources};

use crate::args::OverrideArgs;
use crate::failure::Failure;
use crate::verb::learn::folder_of;

/// A recipe with the files of the user's own that it stands on.
pub(crate) struct Loaded {
    pub(crate) recipe: Recipe,
    pub(crate) sources: Arc<Sources>,
}

/// Reads a recipe. All mistakes of the file come first; the command line's are only looked at when it has none.
pub(crate) fn load(path: &Path, args: &OverrideArgs) -> Result<Loaded, Failure> {
    load_with(path, args, Vec::new())
}

/// The same with further `NAME=VALUE` changes before those of the command line.
pub(crate) fn load_with(
    path: &Path,
    args: &OverrideArgs,
    changes: Vec<String>,
) -> Result<Loaded, Failure> {
    let bytes = read(path)?;
    let Loaded { recipe, sources } = checked(
        &bytes,
        &path.display().to_string(),
        &[folder_of(path).to_owned()],
    )?;
    let size = args.size.into_iter().flat_map(|px| {
        [
            format!("camera.width_px={px}"),
            format!("camera.height_px={px}"),
        ]
    });
    let overrides = Overrides {
        count: args.count,
        seed: args.seed,
        set: changes
            .into_iter()
            .chain(size)
            .chain(args.set.iter().cloned())
            .collect(),
    };
    Ok(Loaded {
        recipe: recipe.overridden(&overrides)?,
        sources,
    })
}

/// The recipe a data set was made from. Its own files are looked for in the folders, in the data set, beside it and in the present folder.
pub(crate) fn of_set(set: &Path, folders: &[PathBuf]) -> Result<Loaded, Failure> {
    let reader = dataset::Reader::open(set)?;
    let file = set.join("recipe.yaml").display().to_string();
    checked(
        reader.description().recipe.as_bytes(),
        &file,
        &around(set, folders),
    )
}

/// Where the files that a data set was made from may lie.
pub(crate) fn around(set: &Path, folders: &[PathBuf]) -> Vec<PathBuf> {
    let near = [set.to_owned(), set.join(".."), PathBuf::new()];
    folders.iter().cloned().chain(near).collect()
}

/// Opens the files that a recipe names and checks it against what they make possible.
pub(crate) fn checked(bytes: &[u8], file: &str, folders: &[PathBuf]) -> Result<Loaded, Failure> {
    let requests = Recipe::sources_in(bytes, file)?;
    let stage = Recipe::stage_in(bytes).unwrap_or_default();
    let sources =
        Sources::open(&stage, &requests, folders).map_err(|error| unopened(file, &error))?;
    let recipe = Recipe::parse_bytes(bytes, file, &studio::schema_with(&stage, &sources))?;
    Ok(Loaded {
        recipe,
        sources: Arc::new(sources),
    })
}

/// A file of the recipe's own cannot be used.
pub(crate) fn unopened(file: &str, error: &SourceError) -> Failure {
    Failure::new(format!("{file}, line {}: {error}", error.line)).with_hint(error.hint())
}

/// A file that is too long is read no further than it takes to see that.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => Failure::new(format!("there is no recipe {}", path.display()))
            .with_hint("recipes that come with populace are in its folder recipes/"),
        ErrorKind::IsADirectory => {
            Failure::new(format!("{} is a folder, not a recipe", path.display()))
        }
        _ => Failure::new(format!(
            "cannot read the recipe {}: {error}",
            path.display()
        )),
    };
    let file = File::open(path).map_err(cannot)?;
    let length = file.metadata().map_err(cannot)?.len();
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() > MAX_BYTES {
        let length = length.max(bytes.len() as u64) as f64 / f64::from(1 << 20);
        return Err(Failure::new(format!("{} has {length:.1} MiB, but a recipe is at most 1 MiB", path.display()))
            .with_hint("a recipe describes a population in a few lines, it does not list samples: is it the right file?"));
    }
    Ok(bytes)
}
