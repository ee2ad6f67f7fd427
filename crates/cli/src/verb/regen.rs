//! `regen`: one sample again, compared with what is stored.

use std::io::Write;

use dataset::{RegenReport, Stored};
use serde_json::json;
use studio::Studio;

use crate::Verdict;
use crate::args::RegenArgs;
use crate::failure::Failure;
use crate::progress::Meter;
use crate::recipe::{self, Loaded};
use crate::verb;

pub(crate) fn run(args: &RegenArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let Loaded {
        mut recipe,
        sources,
    } = recipe::of_set(&args.dir, &args.sources)?;
    let store = verb::packs::ready(&mut recipe, !args.no_install, &Meter::new(quiet))?;
    let studio = Studio::open(&store, &recipe, &sources)?;
    let report = if let Some(folder) = &args.out {
        dataset::regen(&args.dir, &studio, args.sample, folder)?
    } else {
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::new(format!("cannot make a temporary folder: {error}"))
                .with_hint("name one with -o")
        })?;
        dataset::regen(&args.dir, &studio, args.sample, folder.path())?
    };
    if args.json {
        write_json(&report, out)?;
    } else {
        write_words(&report, out)?;
    }
    Ok(Verdict::of(report.is_equal()))
}

fn word(stored: Stored) -> &'static str {
    match stored {
        Stored::Equal => "equal",
        Stored::Different => "different",
        Stored::Missing => "missing",
    }
}

fn write_json(report: &RegenReport, out: &mut dyn Write) -> Result<(), Failure> {
    let artefacts: Vec<_> = report
        .artefacts
        .iter()
        .map(|one| json!({"file": one.file, "stored": word(one.stored)}))
        .collect();
    let answer = json!({
        "sample": report.sample, "equal": report.is_equal(), "artefacts": artefacts, "engine_then": report.engine_then, "engine_now": report.engine_now,
    });
    Ok(writeln!(out, "{answer}")?)
}

fn write_words(report: &RegenReport, out: &mut dyn Write) -> Result<(), Failure> {
    for one in &report.artefacts {
        let what = match one.stored {
            Stored::Equal => "equal",
            Stored::Different => "not what is stored",
            Stored::Missing => "not stored",
        };
        writeln!(out, "{}: {what}", one.file)?;
    }
    if report.is_equal() {
        writeln!(out, "sample {} came out the same", report.sample)?;
    } else if report.engine_then == report.engine_now {
        writeln!(
            out,
            "sample {} is not what this version makes",
            report.sample
        )?;
    } else {
        writeln!(
            out,
            "sample {} was made by version {}, this is {}",
            report.sample, report.engine_then, report.engine_now
        )?;
    }
    Ok(())
}
