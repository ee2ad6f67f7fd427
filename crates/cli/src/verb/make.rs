//! `make`: from a recipe to a data set.

use std::io::Write;
use std::path::Path;

use dataset::{MakePlan, MakeReport, Quiet, ReadError, Reader, Shard, State, Trust};
use population::{DeclaredPopulation, Population, Recipe};
use serde_json::json;
use studio::Studio;

use crate::Verdict;
use crate::args::MakeArgs;
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};
use crate::recipe::Loaded;
use crate::{recipe, verb};

pub(crate) fn run(args: &MakeArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let Loaded {
        mut recipe,
        sources,
    } = recipe::load(&args.recipe, &args.overrides)?;
    if !args.model.is_empty() {
        return Err(Failure::new(format!(
            "{} is a recipe, and --rows, --plain, --given and the like draw from models",
            args.recipe.display()
        ))
        .with_hint("say how many samples a recipe makes with --count"));
    }
    let meter = Meter::new(quiet);
    if args.dry_rows {
        return dry_rows(&recipe, args, &meter, out);
    }
    let store = verb::packs::ready(&mut recipe, !args.no_install, &meter)?;
    let studio = Studio::open(&store, &recipe, &sources)?;
    let population = DeclaredPopulation::new(recipe.clone(), recipe.schema().clone())?;
    let plan = MakePlan {
        directory: args.out.clone(),
        threads: args.threads.map_or_else(cores, usize::from),
        shard: args.shard.unwrap_or(Shard::WHOLE),
        trust: Trust::Size,
    };
    let made = dataset::make(&recipe, &population, &studio, &plan, &meter);
    meter.finish();
    let report = made?;
    meter.say(&in_words(&report, &args.out));
    if args.json {
        let missing = match report.state {
            State::Finished => 0,
            State::Waiting { missing } => missing,
        };
        let MakeReport {
            made,
            kept,
            discarded,
            bytes,
            ..
        } = report;
        let answer = json!({
            "directory": args.out, "shard": plan.shard.to_string(), "samples": recipe.sample_count(), "made": made, "kept": kept,
            "discarded": discarded, "bytes": bytes, "finished": report.state == State::Finished, "missing": missing,
        });
        writeln!(out, "{answer}")?;
    }
    Ok(Verdict::Yes)
}

/// The whole of a population into a folder without a word, for verbs whose work begins with a data set; what is there already is kept.
pub(crate) fn into_folder(
    recipe: &Recipe,
    population: &dyn Population,
    studio: &Studio,
    threads: usize,
    folder: &Path,
) -> Result<(), Failure> {
    let plan = MakePlan {
        directory: folder.to_owned(),
        threads,
        shard: Shard::WHOLE,
        trust: Trust::Size,
    };
    dataset::make(recipe, population, studio, &plan, &Quiet)?;
    Ok(())
}

fn in_words(report: &MakeReport, directory: &Path) -> String {
    let mut made = format!("made {} in {}", samples(report.made), directory.display());
    if report.made > 0 {
        made = format!("{made} ({})", bytes_in_words(report.bytes));
    }
    let mut parts = vec![made];
    if report.kept > 0 {
        parts.push(format!("{} of an earlier run kept", samples(report.kept)));
    }
    if report.discarded > 0 {
        parts.push(format!(
            "{} of another version given up",
            samples(report.discarded)
        ));
    }
    if let State::Waiting { missing } = report.state {
        parts.push(format!("{} are left to other shards", samples(missing)));
    }
    parts.join("; ")
}

pub(crate) fn samples(n: u64) -> String {
    if n == 1 {
        "1 sample".to_owned()
    } else {
        format!("{n} samples")
    }
}

/// The rows alone, without pictures; the folder of a data set is left as it is.
fn dry_rows(
    recipe: &Recipe,
    args: &MakeArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    match Reader::open(&args.out) {
        Err(ReadError::NoFolder { .. } | ReadError::NotADataSet { .. }) => {}
        Ok(_) | Err(_) => {
            return Err(Failure::new(format!(
                "{} holds a data set, whose rows.parquet would be overwritten",
                args.out.display()
            ))
            .with_hint("choose another folder"));
        }
    }
    let path = args.out.join("rows.parquet");
    let population = DeclaredPopulation::new(recipe.clone(), recipe.schema().clone())?;
    let written = dataset::rows_only(recipe, &population, &path, meter);
    meter.finish();
    let report = written?;
    meter.say(&format!(
        "drew {} rows into {} ({})",
        report.rows,
        path.display(),
        bytes_in_words(report.bytes)
    ));
    if args.json {
        writeln!(
            out,
            "{}",
            json!({"file": path, "rows": report.rows, "bytes": report.bytes, "sha256": report.sha256})
        )?;
    }
    Ok(Verdict::Yes)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the default of an option; what is made does not depend on it"
)]
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
