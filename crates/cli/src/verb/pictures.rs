//! `learn --as pictures` and `make` from what it learned.

use std::fs;
use std::io::Write;
use std::path::Path;

use pictures::{Learned, PictureError, PictureModel, Promise};
use population::Seed;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::learn::{can_be_written, write_whole};
use super::rows::hex;
use crate::Verdict;
use crate::args::{LearnArgs, MakeArgs};
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Self {
        Self::new(error.to_string()).with_hint(error.hint())
    }
}

pub(super) fn learn(
    args: &LearnArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let Some(epsilon) = args.privacy.epsilon else {
        return Err(Failure::new(
            "pictures are learned under differential privacy only, because a network without it keeps some of the pictures that it saw",
        )
        .with_hint("add `--epsilon 10 --delta 1e-5`, or less"));
    };
    let Some(path) = args.out.as_deref() else {
        return Err(Failure::new("pictures have no columns to show")
            .with_hint("leave `--kinds` out, and say where the model goes: `-o NAME.model`"));
    };
    if args.privacy.person.is_some() || args.privacy.audit.is_some() {
        return Err(Failure::new(
            "--person and --audit are for tables, and each picture is protected by itself",
        )
        .with_hint("leave them out"));
    }
    let of_tables = args.kinds
        || args.find_rules
        || args.rules.is_some()
        || args.columns.is_some()
        || args.sdv.is_some()
        || args.mostly_ai.is_some();
    if of_tables {
        return Err(Failure::new(
            "--kinds, --columns, --rules and the like are for tables, and pictures have no columns",
        )
        .with_hint("leave them out"));
    }
    can_be_written(path)?;
    let opened = pictures::open(Path::new(&args.data))?;
    meter.say(&format!("taken as known to everybody: {}", opened.public));
    let promise = Promise {
        epsilon,
        delta: args.privacy.delta,
        steps: args.privacy.steps,
    };
    let learned = pictures::learn(opened, &promise, Seed(args.seed), |done, all| {
        meter.count("step", u64::from(done), u64::from(all));
    });
    meter.finish();
    let Learned {
        model,
        pictures,
        noise_multiplier,
        pictures_a_step,
        steps,
    } = learned?;
    let bytes = model.to_bytes();
    write_whole(path, &bytes)?;
    let statement = model.ledger().statement();
    meter.say(&format!(
        "learned about {pictures:.0} pictures of {} classes into {} ({}): {steps} steps, each on about {pictures_a_step:.0} of them, with noise of {noise_multiplier:.2} times what one picture can add",
        model.classes().len(),
        path.display(),
        bytes_in_words(bytes.len() as u64),
    ));
    meter.say(&statement);
    if args.json {
        let answer = json!({
            "model": path, "bytes": bytes.len(), "pictures_about": pictures.round(), "classes": model.classes(), "size": [model.size().0, model.size().1],
            "steps": steps, "pictures_a_step": pictures_a_step.round(), "noise_multiplier": noise_multiplier,
            "ledger": model.ledger().entries(), "statement": statement,
        });
        writeln!(out, "{answer}")?;
    }
    Ok(Verdict::Yes)
}

/// Whether a file begins as a model of pictures does.
pub(crate) fn is_model(path: &Path) -> bool {
    super::rows::begins(path, PictureModel::recognises)
}

pub(crate) fn make(args: &MakeArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    let shown = args.recipe.display();
    let others = args.dry_rows
        || args.shard.is_some()
        || args.threads.is_some()
        || !args.overrides.set.is_empty()
        || args.overrides.size.is_some();
    if others || args.model.asks() || args.model.plain || args.model.complete.is_some() {
        return Err(Failure::new(format!(
            "{shown} is a model of pictures, which is asked for --count and --seed only"
        ))
        .with_hint("leave the rest out"));
    }
    let bytes = fs::read(&args.recipe)
        .map_err(|error| Failure::new(format!("{shown} cannot be read: {error}")))?;
    let model = PictureModel::from_bytes(&bytes)
        .map_err(|error| Failure::from(error).in_file(&args.recipe))?;
    let count = args.overrides.count.or(args.model.rows);
    let count = count.unwrap_or_else(|| model.pictures().round() as u64);
    let seed = args.overrides.seed.unwrap_or(0);
    let statement = model.ledger().statement();
    let (width, height) = model.size();
    let about = json!({
        "populace": {
            "version": env!("CARGO_PKG_VERSION"), "pictures": count, "seed": seed, "size": [width, height], "classes": model.classes(),
            "model": {"sha256": hex(&Sha256::digest(&bytes))}, "ledger": model.ledger().entries(), "statement": statement,
        }
    });
    let card = format!("{about:#}\n");
    let written = model.write(
        &args.out,
        Seed(seed),
        count,
        &[("card.json", card.as_bytes())],
        |done| meter.count("picture", done, count),
    );
    meter.finish();
    written?;
    meter.say(&format!(
        "made {count} pictures of {width} × {height} in {}, a folder for each class; card.json says where they come from",
        args.out.display()
    ));
    meter.say(&statement);
    if args.json {
        writeln!(
            out,
            "{}",
            json!({"directory": args.out, "pictures": count, "classes": model.classes()})
        )?;
    }
    Ok(Verdict::Yes)
}
