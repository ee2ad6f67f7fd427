//! `render`: the picture of a scene file, or of one sample of a recipe, without a data set around it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scene::Environment;
use scene::file::{self, Extent, Format};
use scene::read::Meaning;
use studio::{Effort, Exposure, Layer, Noise, Picture};

use crate::args::{DenoiseChoice, LayerChoice, RenderArgs};
use crate::failure::Failure;
use crate::progress::Meter;
use crate::{Verdict, recipe, sample, verb};

/// Scene formats that other programs write and we do not read.
const FOREIGN: [&str; 11] = [
    "3ds", "abc", "blend", "dae", "fbx", "stl", "usd", "usda", "usdc", "usdz", "x3d",
];

/// Paths through each pixel where nobody says.
const SAMPLES: u32 = 64;

pub(crate) fn run(args: &RenderArgs, quiet: bool) -> Result<Verdict, Failure> {
    let target = Target::of(&args.out)?;
    let meter = Meter::new(quiet);
    let path = Path::new(&args.source);
    let picture = if Format::of(path).is_some() {
        of_scene_file(args, path, &meter)
    } else {
        of_recipe(args, &meter)
    }?;
    let layers = layers(args);
    match target {
        Target::Exr => write_file(&args.out, &picture.exr(&layers))?,
        Target::Png => {
            write_file(&args.out, picture.png())?;
            for layer in layers {
                let (ending, bytes) = picture.layer(layer);
                write_file(&beside(&args.out, layer, ending), &bytes)?;
            }
        }
    }
    meter.say(&format!("drew {} into {}", args.source, args.out.display()));
    Ok(Verdict::Yes)
}

/// What kind of file a picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Png,
    Exr,
}

impl Target {
    fn of(path: &Path) -> Result<Self, Failure> {
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "png" => Ok(Self::Png),
            "exr" => Ok(Self::Exr),
            _ => Err(
                Failure::new(format!("{} is no name of a picture", path.display()))
                    .with_hint("pictures are written as .png or .exr"),
            ),
        }
    }
}

/// The layers that are asked for, each once, in their own order.
fn layers(args: &RenderArgs) -> Vec<Layer> {
    let wanted = |layer: Layer| {
        args.layers.contains(&LayerChoice::All) || args.layers.contains(&LayerChoice::One(layer))
    };
    Layer::ALL
        .into_iter()
        .filter(|&layer| wanted(layer))
        .collect()
}

/// `out.png` and depth into `out.depth.exr`.
fn beside(picture: &Path, layer: Layer, ending: &str) -> PathBuf {
    picture.with_extension(format!("{}.{ending}", layer.name()))
}

fn of_scene_file(args: &RenderArgs, path: &Path, meter: &Meter) -> Result<Picture, Failure> {
    if args.overrides.count.is_some() || !args.overrides.set.is_empty() {
        return Err(Failure::new(format!(
            "--count and --set change recipes, and {} is a scene file",
            path.display()
        )));
    }
    let model = file::open(path)?;
    for note in &model.notes {
        meter.say(&format!("note: {note}"));
    }
    let environment = match &args.env {
        Some(file) => {
            let radiance = scene::read::texture(file, Meaning::Colour)?;
            Some(Environment::new(Arc::new(radiance)))
        }
        None => None,
    };
    let exposed = model
        .viewpoints
        .first()
        .is_some_and(|viewpoint| viewpoint.exposed);
    let exposure = match args.exposure {
        Some(stops) => Exposure::Ev(stops),
        // Light in files is in units of many sizes.
        None if model.has_light() && !exposed => Exposure::Metered,
        None => Exposure::Camera,
    };
    let extent = args
        .overrides
        .size
        .map_or(Extent::AsStored, Extent::LongerSide);
    let scene = model.into_scene(extent, environment);
    let effort = Effort {
        samples_per_pixel: args.samples.unwrap_or(SAMPLES),
        noise: noise(args.denoise.unwrap_or(DenoiseChoice::Auto))?,
        seed: args.overrides.seed.unwrap_or(0),
    };
    let picture = studio::picture(&scene, &effort, exposure).map_err(|error| {
        let failure = Failure::from(error);
        failure.in_file(path)
    })?;
    if exposure == Exposure::Metered {
        meter.say(&format!(
            "note: metered {:+.1} EV; --exposure sets it",
            picture.exposure_ev()
        ));
    }
    Ok(picture)
}

fn noise(choice: DenoiseChoice) -> Result<Noise, Failure> {
    Ok(match choice {
        DenoiseChoice::None => Noise::Kept,
        DenoiseChoice::Own => Noise::Own,
        DenoiseChoice::Oidn => Noise::oidn(&verb::packs::open()?)?,
        DenoiseChoice::Auto => Noise::best(&verb::packs::open()?)?,
    })
}

fn of_recipe(args: &RenderArgs, meter: &Meter) -> Result<Picture, Failure> {
    let (file, number) = sample::split(&args.source)?;
    check_is_recipe(file)?;
    if args.env.is_some() || args.exposure.is_some() {
        return Err(Failure::new(format!(
            "--env and --exposure belong to scene files, and {file} is a recipe"
        ))
        .with_hint("--set light.environment=… and --set camera.exposure_ev=… change a recipe"));
    }
    let samples = args
        .samples
        .map(|samples| format!("quality.samples_per_pixel={samples}"));
    let denoise = args
        .denoise
        .map(|how| format!("quality.denoise={}", how.name()));
    let changes = samples.into_iter().chain(denoise).collect();
    let recipe = recipe::load_with(Path::new(file), &args.overrides, changes)?;
    let staged = sample::stage(recipe, file, number, !args.no_install, meter)?;
    Ok(staged.studio.picture(&staged.row, &staged.streams)?)
}

/// Files of other modelling programs are no recipes, and the reader of recipes would say less helpful things about them.
fn check_is_recipe(file: &str) -> Result<(), Failure> {
    let ending = Path::new(file)
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    if FOREIGN.contains(&ending.to_ascii_lowercase().as_str()) {
        return Err(
            Failure::new(format!("{file} is a scene file of a kind that is not read"))
                .with_hint("export it as glTF (.glb); .gltf, .obj and .ply are read too"),
        );
    }
    Ok(())
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
    fn layers_lie_beside_their_picture() {
        assert_eq!(
            beside(Path::new("a/b.c.png"), Layer::Depth, "exr"),
            Path::new("a/b.c.depth.exr")
        );
    }
}
