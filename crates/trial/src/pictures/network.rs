//! The learner that comes along: a small network that is trained on parts of data sets and tried on real pictures.

use std::collections::BTreeMap;
use std::path::Path;

use population::stream::Seed;
use serde_json::Value;
use vision::read::{Column, Want, classes, coco, listed, made, made_where, masks};
use vision::{Examples, Network, Settings, Unwatched};

use crate::knob::Of;
use crate::metric::Metric;
use crate::pictures::Part;
use crate::plan::{Learner, Plan};
use crate::work::Task;

/// Squares are cached so much larger than most networks see.
pub(super) const CACHED: usize = 96;

pub(super) const HINT: &str = "hold-outs are COCO's key points (FILE.json beside its pictures), a folder with a folder for each class, a CSV with `file` beside its pictures, or a folder with `images` and `masks`";

/// Real pictures with their truth, by what lies at the path.
///
/// # Errors
///
/// Nothing there that holds what is asked for; one sentence.
pub(super) fn holdout(path: &Path, want: &Want, side: usize) -> Result<Examples, String> {
    let said = |error: vision::VisionError| error.to_string();
    let ending = |wanted: &str| {
        path.extension()
            .is_some_and(|end| end.eq_ignore_ascii_case(wanted))
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_made = path.join("card.json").is_file() && path.join("rows.parquet").is_file();
    match want {
        _ if is_made => made(path, want, side).map_err(said),
        Want::Landmarks(_) if ending("json") => coco(path, folder, side).map_err(said),
        Want::Class(name) if ending("csv") => {
            listed(path, folder, &Column::Class(name.clone()), side).map_err(said)
        }
        Want::Numbers(names) if ending("csv") => {
            listed(path, folder, &Column::Numbers(names.clone()), side).map_err(said)
        }
        Want::Class(_) if path.is_dir() => classes(path, side).map_err(said),
        Want::Segments(_, groups) if path.is_dir() => {
            masks(&path.join("images"), &path.join("masks"), groups, side).map_err(said)
        }
        _ => Err(format!(
            "{} does not hold what the network is to tell",
            path.display()
        )),
    }
}

/// Trains on the parts and gives the loss of each real picture.
///
/// # Errors
///
/// Settings out of range, parts without what is to be told; one sentence.
pub(super) fn losses(
    plan: &Plan,
    task: &Task,
    train: &BTreeMap<String, Part>,
    real: &Path,
    seed: Seed,
) -> Result<Vec<f64>, String> {
    let Learner::Network { want, steps, side } = &plan.learner else {
        return Err("the plan names no network".to_owned());
    };
    let said = |error: vision::VisionError| error.to_string();
    let turned = |wanted: &str| -> Option<&Value> {
        plan.knobs.iter().find_map(|knob| match &knob.of {
            Of::Learner(name) if name == wanted => task.setting.get(&knob.name),
            _ => None,
        })
    };
    let sees = turned("side")
        .and_then(Value::as_u64)
        .map(|side| side as usize)
        .or(*side)
        .unwrap_or(64);
    let cached = if sees == 64 { CACHED } else { sees * 3 / 2 };
    let mut all: Option<Examples> = None;
    for part in train.values() {
        let part = if part.folder.join("rows.parquet").is_file() {
            let chosen = |place: usize| part.has(place);
            made_where(&part.folder, want, cached, &chosen).map_err(said)?
        } else {
            let whole = holdout(&part.folder, want, cached)?;
            let first: Vec<usize> = (0..whole.len()).filter(|&at| part.has(at)).collect();
            whole.at(&first)
        };
        all = Some(match all {
            None => part,
            Some(all) => {
                let part = match want {
                    Want::Class(_) => part.with_classes(all.kind().names()).map_err(said)?,
                    _ => part,
                };
                all.joined(part).map_err(said)?
            }
        });
    }
    let examples = all.ok_or("the data set is empty")?;
    let mut settings = Settings {
        side: sees,
        seed,
        ..Settings::of(&examples.kind())
    };
    if let Some(steps) = steps {
        settings.steps = *steps;
    }
    for knob in &plan.knobs {
        let (Of::Learner(name), Some(value)) = (&knob.of, task.setting.get(&knob.name)) else {
            continue;
        };
        let unfit = || {
            format!(
                "the network has no `{name}` that could be {value}; it has steps, side, width, batch, rate, turn_deg, scale, shift, colour, camera, erase and mirror"
            )
        };
        let whole = || value.as_u64().map(|n| n as usize).ok_or_else(unfit);
        let number = || value.as_f64().ok_or_else(unfit);
        let how = &mut settings.augmentation;
        match name.as_str() {
            "steps" => settings.steps = whole()?,
            "side" => settings.side = whole()?,
            "width" => settings.width = whole()?,
            "batch" => settings.batch = whole()?,
            "rate" => settings.rate = number()?,
            "turn_deg" => how.turn_deg = number()?,
            "scale" => how.scale = number()?,
            "shift" => how.shift = number()?,
            "colour" => how.colour = number()?,
            "camera" => how.camera = number()?,
            "erase" => how.erase = number()?,
            "mirror" => how.mirror = value.as_bool().ok_or_else(unfit)?,
            _ => return Err(unfit()),
        }
    }
    let trained = Network::train(&examples, &settings, &Unwatched).map_err(said)?;
    let real = holdout(real, want, cached)?;
    let real = match want {
        Want::Class(_) => real.with_classes(examples.kind().names()).map_err(said)?,
        _ => real,
    };
    let losses = if plan.metric == Metric::LogLoss {
        trained.network.log_losses(&real)
    } else {
        trained.network.losses(&real)
    };
    losses.map_err(said)
}
