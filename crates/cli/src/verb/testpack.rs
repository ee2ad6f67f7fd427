//! `testpack`: sealed pictures that test claims about a model.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use check::{Pairs, printed_answers};
use population::{DeclaredPopulation, Overrides};
use privacy::sign::check_json;
use serde_json::json;
use studio::Studio;
use testpack::handout::Order;
use testpack::seal::{Secret, Verified, folder_of, reveal, seal, verify};
use testpack::{Cell, Decision, Plan, Stage, TestpackError, cells, judge, report};

use super::check::{can_be_written, write_report};
use super::check_pairs::printed;
use super::check_pictures::library;
use super::learn::write_whole;
use super::statement::signatory;
use super::trial::said;
use crate::args::{HandOutArgs, PackVerb, ScoreArgs, TestpackArgs};
use crate::failure::Failure;
use crate::progress::Meter;
use crate::recipe::{self, Loaded};
use crate::{Verdict, verb};

impl From<TestpackError> for Failure {
    fn from(error: TestpackError) -> Self {
        Self::new(error.to_string()).with_hint(error.hint())
    }
}

struct Studios {
    may_install: bool,
    /// Files that the recipe names are looked for here.
    folders: Vec<PathBuf>,
}

impl Studios {
    fn new(may_install: bool, recipe: &Path) -> Self {
        Self {
            may_install,
            folders: vec![super::learn::folder_of(recipe).to_owned()],
        }
    }
}

impl Stage for Studios {
    fn make(
        &self,
        recipe: &str,
        changes: &[String],
        pairs: u64,
        seed: u64,
        folder: &Path,
    ) -> Result<(), String> {
        let make = || -> Result<(), Failure> {
            let Loaded { recipe, sources } =
                recipe::checked(recipe.as_bytes(), "the recipe", &self.folders)?;
            let mut recipe = recipe.overridden(&Overrides {
                count: Some(pairs),
                seed: Some(seed),
                set: changes.to_vec(),
            })?;
            let store = verb::packs::ready(&mut recipe, self.may_install, &Meter::new(true))?;
            let studio = Studio::open(&store, &recipe, &sources)?;
            let population = DeclaredPopulation::new(recipe.clone(), recipe.schema().clone())?;
            verb::make::into_folder(&recipe, &population, &studio, verb::make::cores(), folder)
        };
        make().map_err(|failure| said(&failure))
    }

    fn again(&self, folder: &Path, sample: u64) -> Result<bool, String> {
        let again = || -> Result<bool, Failure> {
            let Loaded {
                mut recipe,
                sources,
            } = recipe::of_set(folder, &self.folders)?;
            let store = verb::packs::ready(&mut recipe, self.may_install, &Meter::new(true))?;
            let studio = Studio::open(&store, &recipe, &sources)?;
            let place = tempfile::tempdir().map_err(|error| {
                Failure::new(format!("cannot make a temporary folder: {error}"))
            })?;
            Ok(dataset::regen(folder, &studio, sample, place.path())?.is_equal())
        };
        again().map_err(|failure| said(&failure))
    }
}

pub(crate) fn run(
    args: &TestpackArgs,
    quiet: bool,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    match &args.verb {
        PackVerb::Plan(args) => {
            let plan = open(&args.plan)?;
            let cells = cells(&plan)?;
            if args.json {
                let all: Vec<_> = cells
                    .iter()
                    .map(|cell| {
                        json!({"claim": plan.claims[cell.claim].name, "group": cell.group, "pairs": cell.pairs})
                    })
                    .collect();
                writeln!(out, "{}", json!(all))?;
            } else {
                table(&plan, &cells, out)?;
            }
            Ok(Verdict::Yes)
        }
        PackVerb::Seal(args) => {
            let plan = open(&args.plan)?;
            let studios = Studios::new(!args.no_install, &plan.recipe);
            let digest = seal(
                &plan,
                &args.out,
                env!("CARGO_PKG_VERSION"),
                &studios,
                &|what| meter.say(what),
            )?;
            meter.say(&format!(
                "sealed {}: publish the SHA-256 of its commitment now, and keep secret.json back until the verdict is there",
                args.out.display()
            ));
            writeln!(out, "{digest}")?;
            Ok(Verdict::Yes)
        }
        PackVerb::Verify(args) => {
            let verified = verify(&args.pack, args.published.as_deref())?;
            writeln!(
                out,
                "the pack is the one that was sealed: {} files, commitment {}",
                verified.files, verified.commitment_sha256
            )?;
            if let Some(secret) = &args.secret {
                let studios = Studios::new(false, &args.pack.join("recipe.yaml"));
                let made = reveal(&args.pack, &verified, secret, args.samples, &studios)?;
                writeln!(
                    out,
                    "its pictures follow from plan and secret: {made} samples came out the same to the byte"
                )?;
            }
            if let Some(path) = &args.verdict {
                about(path, &verified, out)?;
            }
            Ok(Verdict::Yes)
        }
        PackVerb::HandOut(args) => hand_out(args, &meter),
        PackVerb::Score(args) => score(args, &meter, out),
    }
}

fn open(path: &Path) -> Result<Plan, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Plan::parse(&text, folder).map_err(|error| Failure::from(error).in_file(path))
}

/// What each cell needs, for people.
fn table(plan: &Plan, cells: &[Cell], out: &mut dyn Write) -> Result<(), Failure> {
    let mut pictures = 0;
    for cell in cells {
        let group: Vec<String> = cell
            .group
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let group = if group.is_empty() {
            "everybody".to_owned()
        } else {
            group.join(", ")
        };
        writeln!(
            out,
            "{:>9} pairs  {}, {group}",
            cell.pairs, plan.claims[cell.claim].name
        )?;
        pictures += 2 * cell.pairs;
    }
    writeln!(
        out,
        "{pictures:>9} pictures for α = {} over all {} and a power of {} in each",
        plan.alpha,
        cells.len(),
        plan.power
    )?;
    Ok(())
}

/// A model's answers to the pictures of each set.
fn answers(args: &ScoreArgs, verified: &Verified) -> Result<Vec<Vec<(f64, f64)>>, Failure> {
    let folders: Vec<PathBuf> = (0..verified.cells.len())
        .map(|at| folder_of(&args.pack, at))
        .collect();
    let sets: Vec<Pairs> = folders
        .iter()
        .map(|folder| Pairs::open(folder))
        .collect::<Result<_, _>>()?;
    let counts: Vec<usize> = sets.iter().map(|pairs| pairs.files.len()).collect();
    let of = &args.answers;
    let all = match (&of.predictions, &of.command, &of.model, &of.answers) {
        (Some(files), ..) => sets
            .iter()
            .enumerate()
            .map(|(at, pairs)| pairs.predictions(&files.join(format!("{at:03}.csv"))))
            .collect::<Result<_, _>>()?,
        // A program could look beside a picture, or count; so it gets others' copies in an order that is drawn anew.
        (_, Some(command), ..) => {
            let place = tempfile::tempdir().map_err(|error| {
                Failure::new(format!("cannot make a temporary folder: {error}"))
            })?;
            let order = Order::new(&Secret::new()?.salt, &counts);
            let paths = order.write(&paths(&sets, &folders), place.path())?;
            order.by_cell(
                &printed_answers(&printed(&paths, command)?, paths.len())?,
                sets.len(),
            )
        }
        (_, _, Some(file), _) => {
            let library = library(args.onnxruntime.as_ref());
            sets.iter()
                .zip(&folders)
                .map(|(pairs, folder)| pairs.ask(folder, file, library.as_deref(), args.output))
                .collect::<Result<_, _>>()?
        }
        (.., Some(file)) => {
            let secret = args.secret.as_deref().unwrap_or(Path::new("secret.json"));
            let secret = Secret::open(secret, &verified.commitment)?;
            let order = Order::new(&secret.salt, &counts);
            let text = fs::read_to_string(file).map_err(|error| {
                Failure::new(format!("{} cannot be read: {error}", file.display()))
            })?;
            let answers = order.answers(&text, &file.display().to_string())?;
            order.by_cell(&answers, sets.len())
        }
        (None, None, None, None) => Vec::new(),
    };
    let by_draw = sets.iter().zip(&all).map(|(pairs, answers)| {
        pairs
            .by_draw(answers)
            .into_iter()
            .filter_map(|answers| Some((*answers.first()?, *answers.get(1)?)))
            .collect()
    });
    Ok(by_draw.collect())
}

/// The pictures of each set.
fn paths(sets: &[Pairs], folders: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    sets.iter()
        .zip(folders)
        .map(|(pairs, folder)| pairs.paths(folder))
        .collect()
}

fn hand_out(args: &HandOutArgs, meter: &Meter) -> Result<Verdict, Failure> {
    let verified = verify(&args.pack, None)?;
    let secret = Secret::open(&args.secret, &verified.commitment)?;
    let folders: Vec<PathBuf> = (0..verified.cells.len())
        .map(|at| folder_of(&args.pack, at))
        .collect();
    let sets: Vec<Pairs> = folders
        .iter()
        .map(|folder| Pairs::open(folder))
        .collect::<Result<_, _>>()?;
    let counts: Vec<usize> = sets.iter().map(|pairs| pairs.files.len()).collect();
    let order = Order::new(&secret.salt, &counts);
    order.write(&paths(&sets, &folders), &args.out)?;
    meter.say(&format!(
        "{} pictures of {} sets lie mixed in {}: give nothing else away, and score the answers with `populace testpack score {} --answers FILE --secret {}`",
        order.len(),
        sets.len(),
        args.out.display(),
        args.pack.display(),
        args.secret.display()
    ));
    Ok(Verdict::Yes)
}

fn score(args: &ScoreArgs, meter: &Meter, out: &mut dyn Write) -> Result<Verdict, Failure> {
    can_be_written(&args.out)?;
    let verified = verify(&args.pack, args.published.as_deref())?;
    let all = answers(args, &verified)?;
    let judged = judge(&verified.plan, &verified.cells, &all);
    let found = report(&verified, &judged, &args.name, env!("CARGO_PKG_VERSION"));
    write_report(&found, &args.out, args.json, meter, out)?;
    if let Some(key) = &args.key {
        let key = signatory(key, meter)?;
        let verdict = json!({
            "populace_testpack_verdict": 1, "pack": verified.plan.name, "commitment_sha256": verified.commitment_sha256, "model": args.name,
            "alpha": verified.plan.alpha, "power": verified.plan.power, "cells": judged,
        });
        let text = key
            .sign_json(&verdict)
            .map_err(|error| Failure::new(error.to_string()).with_hint(error.hint()))?;
        let path = args.out.with_extension("signed.json");
        write_whole(&path, text.as_bytes())?;
        meter.say(&format!(
            "signed the verdict into {} with the key {}",
            path.display(),
            key.public()
        ));
    }
    Ok(Verdict::of(
        judged.iter().all(|one| one.decision != Decision::Fails),
    ))
}

/// Whether a signed verdict is about this pack.
fn about(path: &Path, verified: &Verified, out: &mut dyn Write) -> Result<(), Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
    let (verdict, key) = check_json(&text, None).map_err(|error| {
        Failure::new(format!("{}: {error}", path.display())).with_hint(error.hint())
    })?;
    if verdict["commitment_sha256"] != json!(verified.commitment_sha256) {
        return Err(
            Failure::new(format!("{} is a verdict on another pack", path.display()))
                .with_hint("name the verdict that was made on this one"),
        );
    }
    writeln!(
        out,
        "the verdict on {} is about this pack; it was signed with the key {key}",
        verdict["model"]
    )?;
    Ok(())
}
