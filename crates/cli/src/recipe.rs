//! From a recipe's file and the command line's changes to a checked recipe.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use population::recipe::MAX_BYTES;
use population::{Overrides, Recipe};

use crate::args::OverrideArgs;
use crate::failure::Failure;

/// Reads a recipe of the people stage. All mistakes of the file come first; the command line's are only looked at when it has none.
pub(crate) fn load(path: &Path, args: &OverrideArgs) -> Result<Recipe, Failure> {
    let bytes = read(path)?;
    let recipe = Recipe::parse_bytes(&bytes, &path.display().to_string(), &studio::schema())?;
    let size = args.size.into_iter().flat_map(|px| [format!("camera.width_px={px}"), format!("camera.height_px={px}")]);
    let overrides = Overrides { count: args.count, seed: args.seed, set: size.chain(args.set.iter().cloned()).collect() };
    Ok(recipe.overridden(&overrides)?)
}

/// A file that is far too long is read no further than it takes to see that.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |error: std::io::Error| {
        let failure = Failure::new(match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no recipe {}", path.display()),
            std::io::ErrorKind::IsADirectory => format!("{} is a folder, not a recipe", path.display()),
            _ => format!("cannot read the recipe {}: {error}", path.display()),
        });
        match error.kind() {
            std::io::ErrorKind::NotFound => failure.with_hint("recipes that come with populace are in its folder recipes/"),
            _ => failure,
        }
    };
    let mut file = File::open(path).map_err(cannot)?;
    let length = file.metadata().map_err(cannot)?.len();
    if length > 16 * MAX_BYTES as u64 {
        return Err(Failure::new(format!("{} has {}, but a recipe is at most 1 MiB", path.display(), crate::progress::bytes_in_words(length)))
            .with_hint("a recipe describes a population, it does not list samples: is it the right file?"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}
