//! From a recipe's file and the command line's changes to a checked recipe.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use population::recipe::MAX_BYTES;
use population::{Overrides, Recipe};

use crate::args::OverrideArgs;
use crate::failure::Failure;

/// Reads a recipe of the people stage. All mistakes of the file come first; the command line's are only looked at when it has none.
pub(crate) fn load(path: &Path, args: &OverrideArgs) -> Result<Recipe, Failure> {
    load_with(path, args, Vec::new())
}

/// The same with further `NAME=VALUE` changes before those of the command line.
pub(crate) fn load_with(
    path: &Path,
    args: &OverrideArgs,
    changes: Vec<String>,
) -> Result<Recipe, Failure> {
    let bytes = read(path)?;
    let recipe = Recipe::parse_bytes(&bytes, &path.display().to_string(), &studio::schema())?;
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
    Ok(recipe.overridden(&overrides)?)
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
