//! `check` of sets of pictures.

use std::io::Write;
use std::path::{Path, PathBuf};

use check::{
    About, Described, Limits, PicturesError, Space, TableAbout, is_pictures, judge_pictures,
    picture_attributes,
};
use population::Seed;
use privacy::Ledger;

use super::check::{finish, question, settings, statement};
use crate::Verdict;
use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::progress::Meter;

impl From<PicturesError> for Failure {
    fn from(error: PicturesError) -> Self {
        Self::new(error.to_string()).with_hint(error.hint())
    }
}

/// The library that runs ONNX files, where anybody says.
pub(super) fn onnxruntime(args: &CheckArgs) -> Option<PathBuf> {
    library(args.onnxruntime.as_ref())
}

/// The library that was named, or the machine's usual one.
pub(super) fn library(named: Option<&PathBuf>) -> Option<PathBuf> {
    named.cloned().or_else(usual_library)
}

/// Where the machine says that ONNX Runtime is.
#[expect(
    clippy::disallowed_methods,
    reason = "where a machine keeps a library is no part of what is made"
)]
pub(super) fn usual_library() -> Option<PathBuf> {
    std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from)
}

pub(super) fn run(
    args: &CheckArgs,
    real: &str,
    limits: &Limits,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    for (option, given) in [
        ("--columns", args.columns.is_some()),
        ("--rules", args.rules.is_some()),
        ("--shadows", args.shadows.is_some()),
        ("--secret", !args.secret.is_empty()),
        ("--target", !args.target.is_empty()),
    ] {
        if given {
            return Err(Failure::new(format!(
                "{option} is about tables, and {real} holds pictures"
            ))
            .with_hint("leave it out"));
        }
    }
    let synthetic = Path::new(&args.synthetic);
    for (place, whose) in [
        (Some(synthetic), "the synthetic pictures"),
        (args.holdout.as_deref().map(Path::new), "the hold-out"),
    ] {
        if let Some(place) = place.filter(|place| !is_pictures(place)) {
            return Err(Failure::new(format!(
                "{} is to be {whose}, and holds no pictures",
                place.display()
            ))
            .with_hint(
                "lay them out as CLASS/NAME.png or .jpg, in one folder, or as MNIST has them",
            ));
        }
    }
    // A network that cannot be run costs its space, not the report.
    let (space, unfit) = match &args.features {
        Some(model) => match Space::of_model(model, onnxruntime(args).as_deref()) {
            Ok(space) => (space, None),
            Err(error) => {
                let note = format!("{error}; the built-in feature space is used instead");
                meter.say(&format!("{note} ({})", error.hint()));
                (Space::fixed(), Some(note))
            }
        },
        None => (Space::fixed(), None),
    };
    let seed = Seed(args.seed);
    let mut ledger = Ledger::new();
    let mut tables = Vec::new();
    let mut told = |role: &str, set: &Described| {
        meter.say(&format!("{role}: {} pictures", set.count));
        tables.push(TableAbout {
            role: role.to_owned(),
            name: set.name.clone(),
            rows: set.count as u64,
            of: "pictures",
        });
    };
    let train = Described::real(Path::new(real), "training", &space, seed, &mut ledger)?;
    told("training", &train);
    let made = Described::synthetic(synthetic, &space, seed)?;
    told("synthetic", &made);
    let fresh = match &args.holdout {
        None => None,
        Some(place) => {
            let fresh = Described::real(Path::new(place), "hold-out", &space, seed, &mut ledger)?;
            told("hold-out", &fresh);
            Some(fresh)
        }
    };
    let known = picture_attributes(&train, &made, fresh.as_ref());
    if let Some(name) = args.protect.iter().find(|name| !known.contains(name)) {
        return Err(Failure::new(format!(
            "--protect names `{name}`, which is nothing that is known of the pictures of every set"
        ))
        .with_hint(if known.is_empty() {
            "put a file labels.csv with the columns `file` and what is known beside the pictures of each set".to_owned()
        } else {
            format!("these are: {}", known.join(", "))
        }));
    }
    let card = PathBuf::from(&args.synthetic).join("card.json");
    let statement = statement(&card);
    let settings = settings(args, statement.as_ref(), Vec::new());
    let (sections, mut notes) = judge_pictures(&train, &made, fresh.as_ref(), &space, &settings);
    notes.splice(0..0, unfit);
    let about = About {
        question: question(&made.name),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tables,
        columns: known,
        notes,
        seed: args.seed,
        statement: statement.map(|statement| statement.summary),
        ledger,
    };
    finish(about, sections, limits, args, meter, out)
}
