//! `withdraw`: a real person's scan or motion taken out of data sets.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use dataset::{MakeError, MakePlan, Reader, Shard, Trust, in_words};
use population::{DeclaredPopulation, Recipe, SourceKind, SourceRequest, Value};
use serde_json::json;
use studio::{Sources, Studio};

use crate::Verdict;
use crate::args::WithdrawArgs;
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};
use crate::recipe;
use crate::verb;
use crate::verb::make::{cores, samples};

/// What was found, and done, in one data set.
struct Outcome {
    files: Vec<String>,
    dependants: BTreeSet<u64>,
    of: u64,
    is_done: bool,
}

pub(crate) fn run(
    args: &WithdrawArgs,
    quiet: bool,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    let mut answers = Vec::new();
    let mut any = false;
    for directory in &args.dirs {
        let outcome = one(args, directory, &meter)?;
        any |= !outcome.files.is_empty();
        let words = told(&outcome);
        if args.json {
            answers.push(json!({
                "directory": directory, "sources": outcome.files, "samples": outcome.of, "dependants": outcome.dependants,
                "made_again": outcome.is_done,
            }));
        } else {
            writeln!(out, "{}: {words}", directory.display())?;
        }
    }
    if args.json {
        writeln!(
            out,
            "{}",
            json!({"source": args.source, "data_sets": answers, "not_undone": NOT_UNDONE})
        )?;
    } else if any {
        writeln!(out, "What this cannot undo:")?;
        for sentence in NOT_UNDONE {
            writeln!(out, "- {sentence}")?;
        }
        if !args.apply {
            writeln!(
                out,
                "Nothing was changed; `--apply` deletes these samples and makes them again without the source."
            )?;
        }
    }
    Ok(Verdict::Yes)
}

/// What no program can take back.
const NOT_UNDONE: [&str; 4] = [
    "copies, exports, backups and shards of these data sets that were made before: have them deleted, sample by sample or whole",
    "models that were trained on them: they may still know the person; train them again",
    "what people saw or published of it",
    "the scan or recording itself, and the file learned from it: delete both",
];

fn told(outcome: &Outcome) -> String {
    if outcome.files.is_empty() {
        return "nothing in it comes from this source".to_owned();
    }
    let files = outcome.files.join(", ");
    match (outcome.dependants.len() as u64, outcome.is_done) {
        (0, false) => format!(
            "names {files}, and no sample of {} depends on it",
            outcome.of
        ),
        (0, true) => format!("no longer names {files}, and is whole"),
        (n, false) => format!(
            "{n} of {} depend on {files}: {}",
            samples(outcome.of),
            in_words(outcome.dependants.iter().copied())
        ),
        (n, true) => format!(
            "{n} of {} depended on {files} and were made again without: {}",
            samples(outcome.of),
            in_words(outcome.dependants.iter().copied())
        ),
    }
}

fn one(args: &WithdrawArgs, directory: &Path, meter: &Meter) -> Result<Outcome, Failure> {
    let reader = Reader::open(directory)?;
    let description = reader.description();
    let file = directory.join("recipe.yaml").display().to_string();
    let text = description.recipe.as_bytes();
    let mut requests = Recipe::sources_in(text, &file)?;
    let mut outcome = Outcome {
        files: Vec::new(),
        dependants: BTreeSet::new(),
        of: description.samples,
        is_done: false,
    };
    let mut kinds = Vec::new();
    // An earlier run may have been killed while it made samples again.
    let mut is_begun = !reader.is_finished();
    for request in &mut requests {
        if is_meant(request, &args.source, &reader) {
            is_begun &= request.withdrawn;
            request.withdrawn = true;
            outcome.files.push(request.file.clone());
            kinds.push(request.kind);
        }
    }
    if outcome.files.is_empty() {
        return Ok(outcome);
    }
    if !is_begun && !reader.is_finished() {
        let directory = directory.to_owned();
        return Err(MakeError::Unfinished { directory }.into());
    }
    // Draws among the choices that are left go by the groups that a motion belonged to.
    let folders = recipe::around(directory, &args.sources);
    keep_tags(&mut requests, &folders, &file)?;
    let sources = Sources::open(studio::PEOPLE, &requests, &folders)
        .map_err(|error| recipe::unopened(&file, &error))?;
    let mut after =
        Recipe::parse_bytes(text, &file, &studio::schema_with(studio::PEOPLE, &sources))?;
    varied(&after, &outcome.files)?;
    if !is_begun {
        outcome.dependants = studio::dependants(&reader, &after, &kinds)
            .map_err(|error| Failure::new(format!("{}: {error}", directory.display())))?;
    }
    if !args.apply {
        return Ok(outcome);
    }
    let store = verb::packs::ready(&mut after, !args.no_install, meter)?;
    let studio = Studio::open(&store, &after, &sources)?;
    drop(reader);
    if !is_begun {
        let forgotten = dataset::forget(directory, &after, &studio, &outcome.dependants)?;
        meter.say(&format!(
            "deleted {} files of {} ({})",
            forgotten.files,
            samples(outcome.dependants.len() as u64),
            bytes_in_words(forgotten.bytes)
        ));
    }
    let population = DeclaredPopulation::new(after.clone(), after.schema().clone())?;
    let plan = MakePlan {
        directory: directory.to_owned(),
        threads: args.threads.map_or_else(cores, usize::from),
        shard: Shard::WHOLE,
        trust: Trust::Size,
    };
    let made = dataset::make(&after, &population, &studio, &plan, meter);
    meter.finish();
    made?;
    outcome.is_done = true;
    Ok(outcome)
}

/// By the file's name, its stem or its SHA-256, or by the key of the consent record.
fn is_meant(request: &SourceRequest, source: &str, reader: &Reader) -> bool {
    let stem = Path::new(&request.file).file_stem();
    let named = Path::new(source)
        .file_name()
        .is_some_and(|name| *name == *request.file)
        || stem.is_some_and(|stem| stem == source);
    let content = request.sha256.as_deref();
    let mut consents = reader.description().consents.iter();
    // What was withdrawn before concerns a finished data set no more.
    !(request.withdrawn && reader.is_finished())
        && (named
            || content == Some(source)
            || consents.any(|consent| {
                consent.source == source && Some(consent.sha256.as_str()) == content
            }))
}

/// Reads what is withdrawn once more, where it still is, for the groups it belongs to.
fn keep_tags(
    requests: &mut [SourceRequest],
    folders: &[std::path::PathBuf],
    file: &str,
) -> Result<(), Failure> {
    for request in requests {
        if request.withdrawn && request.kind == SourceKind::Motions && request.tags.is_empty() {
            let there = SourceRequest {
                withdrawn: false,
                ..request.clone()
            };
            let opened = Sources::open(studio::PEOPLE, &[there], folders)
                .map_err(|error| recipe::unopened(file, &error))?;
            request.tags = opened
                .people()
                .files()
                .iter()
                .flat_map(|file| file.tags.clone())
                .collect();
        }
    }
    Ok(())
}

/// A comparison with somebody who is withdrawn is none any more.
fn varied(recipe: &Recipe, files: &[String]) -> Result<(), Failure> {
    let Some(pair) = &recipe.pair else {
        return Ok(());
    };
    let is_named = |value: &Value| matches!(value, Value::Category(name) if files.iter().any(|file| Path::new(file).file_stem().is_some_and(|stem| *stem == **name)));
    if ["scan", "scan.mix_with", "pose.clip"].contains(&pair.change.as_str())
        && pair.to.iter().any(is_named)
    {
        return Err(Failure::new(format!(
            "the recipe compares {} by `pair`, which cannot be done without it",
            files.join(", ")
        ))
        .with_hint("delete the data set, and make another with a `pair` that leaves it out"));
    }
    Ok(())
}
