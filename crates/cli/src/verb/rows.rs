//! `make` from a model: rows that nobody is, with a card that says where they come from.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use population::Seed;
use serde_json::json;
use sha2::{Digest, Sha256};
use tables::linked::LinkedModel;
use tables::model::{Draw, ShareReport};
use tables::{FileFormat, Model, Rule, Scenario, Source, SourceOptions, Table, TableWriter};

use super::learn::{counted, folder_of, write_whole};
use super::{linked, request};
use crate::Verdict;
use crate::args::{MakeArgs, RowFormat};
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};

/// Rows that are drawn, then written: what bounds memory.
const BATCH: u64 = 1 << 17;

/// Whether a file is a model, as far as its beginning tells.
pub(crate) fn is_model(path: &Path) -> bool {
    begins(path, |start| {
        Model::recognises(start) || LinkedModel::recognises(start)
    })
}

/// Whether a file's first 24 bytes are so.
pub(super) fn begins(path: &Path, so: impl FnOnce(&[u8]) -> bool) -> bool {
    let mut start = [0; 24];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok_and(|()| so(&start))
}

/// The scenario that a file is, if it is one.
pub(crate) fn scenario(path: &Path) -> Option<Result<Scenario, Failure>> {
    let text = fs::read_to_string(path).ok()?;
    let scenario = Scenario::from_yaml(&text, &path.display().to_string())?;
    Some(scenario.map_err(Failure::Mistakes))
}

pub(crate) fn run(
    args: &MakeArgs,
    scenario: Option<&Scenario>,
    quiet: bool,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    // A scenario names its model from where it lies.
    let path = scenario.map_or_else(
        || args.recipe.clone(),
        |scenario| folder_of(&args.recipe).join(&scenario.model),
    );
    let shown = path.display();
    if !args.overrides.set.is_empty() || args.overrides.size.is_some() {
        return Err(Failure::new(format!(
            "{shown} is a model, and --set and --size change recipes"
        ))
        .with_hint("leave them out"));
    }
    if args.dry_rows || args.shard.is_some() || args.threads.is_some() {
        return Err(Failure::new(format!(
            "{shown} is a model, and --dry-rows, --shard and --threads are for recipes"
        ))
        .with_hint("leave them out; rows are drawn on all cores, and are all there is to make"));
    }
    let bytes = fs::read(&path)
        .map_err(|error| Failure::new(format!("{shown} cannot be read: {error}")))?;
    if LinkedModel::recognises(&bytes) {
        let model =
            LinkedModel::from_bytes(&bytes).map_err(|error| Failure::from(error).in_file(&path))?;
        if args.model.complete.is_some() {
            return Err(Failure::new(format!(
                "{shown} is a model of linked tables, and --complete fills the rows of one table"
            ))
            .with_hint("leave it out, or learn the table by itself"));
        }
        let mut request = request::of_linked(&args.model, &model)?;
        if let Some(scenario) = scenario {
            request = request.and(scenario.linked_request(&model)?);
        }
        return linked::make(&model, &bytes, &request, scenario, args, &meter, out);
    }
    if args.model.format != RowFormat::default() {
        return Err(Failure::new(format!(
            "{shown} is a model of one table, and --format is for several"
        ))
        .with_hint("name the file `.csv` or `.parquet`"));
    }
    let model = Model::from_bytes(&bytes).map_err(|error| Failure::from(error).in_file(&path))?;
    let rows = args
        .model
        .rows
        .or(args.overrides.count)
        .or(scenario.and_then(|scenario| scenario.rows))
        .unwrap_or_else(|| model.rows_learned());
    let seed = args.overrides.seed;
    let seed = seed
        .or(scenario.and_then(|scenario| scenario.seed))
        .unwrap_or(0);
    let how = if args.model.plain {
        Draw::Plain
    } else {
        Draw::Refined
    };
    if let Some(data) = &args.model.complete {
        if scenario.is_some() {
            return Err(Failure::new(format!(
                "{} is a scenario, and --complete keeps to the model as it was learned",
                args.recipe.display()
            ))
            .with_hint(format!("give {shown} instead")));
        }
        return complete(args, data, &model, &bytes, Seed(seed), &meter, out);
    }
    let mut request = request::of(&args.model, model.columns())?;
    if let Some(scenario) = scenario {
        request = request.and(scenario.request(model.columns())?);
    }
    let draws = model.draws(&request, Seed(seed), how)?;
    let mut achieved = draws.achieved();
    let (file, card, format) = places(&args.out)?;
    let mut writer = TableWriter::create(&file, format, &draws.columns(), Seed(seed))?;
    // While a batch is written, the next one is drawn.
    let mut turn = draws.in_turn();
    let mut made = turn.next(rows.min(BATCH))?;
    let mut end = rows.min(BATCH);
    loop {
        let next = rows.min(end + BATCH);
        let (written, drawn) = std::thread::scope(|scope| {
            let drawing = (next > end).then(|| scope.spawn(|| turn.next(next - end)));
            achieved.count(&made);
            let written = writer.write(&made);
            (written, drawing.map(std::thread::ScopedJoinHandle::join))
        });
        written?;
        match drawn {
            None => break,
            Some(Ok(drawn)) => made = drawn?,
            // A bug of ours stays one.
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
        end = next;
    }
    writer.finish()?;
    let shares = achieved.report();
    let (size, sha256) = measured(&file)?;
    let statement = model.ledger().statement();
    let about = json!({
        "populace": {
            "version": env!("CARGO_PKG_VERSION"), "rows": rows, "seed": seed, "refined": draws.how() == Draw::Refined,
            "given": texts(&request.given), "rules": texts(&model.rules().into_iter().chain(request.rules).collect::<Vec<_>>()),
            "temperature": request.temperature.unwrap_or(1.0), "shares": shares_as_json(&shares),
            "patterns": request.patterns.iter().map(|pattern| json!({"name": pattern.name, "share": pattern.share, "given": texts(&pattern.given)})).collect::<Vec<_>>(),
            "file": {"name": file.file_name().map(|name| name.to_string_lossy()), "sha256": sha256},
            "model": {"sha256": hex(&Sha256::digest(&bytes)), "rows_learned": model.rows_learned(), "settings": model.settings()},
            "ledger": model.ledger().entries(), "statement": statement, "protected": model.protected(),
        }
    });
    write_whole(&card, format!("{about:#}\n").as_bytes())?;
    meter.say(&format!(
        "made {rows} rows in {} ({}); {} says where they come from",
        file.display(),
        bytes_in_words(size),
        card.display()
    ));
    if !shares.is_empty() {
        for line in request::shares_in_words(&shares) {
            meter.say(&line);
        }
    }
    meter.say(&statement);
    if args.json {
        let answer = json!({
            "file": file, "card": card, "rows": rows, "bytes": size, "sha256": sha256, "shares": shares_as_json(&shares),
        });
        writeln!(out, "{answer}")?;
    }
    Ok(Verdict::Yes)
}

/// Fills the empty cells of a table.
fn complete(
    args: &MakeArgs,
    data: &str,
    model: &Model,
    model_bytes: &[u8],
    seed: Seed,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    if args.model.rows.is_some() || args.overrides.count.is_some() || args.model.plain {
        return Err(
            Failure::new("--complete makes as many rows as its table has")
                .with_hint("leave out --rows, --count and --plain"),
        );
    }
    let mut source = Source::open(data, &SourceOptions::default())?;
    for note in source.notes() {
        meter.say(note);
    }
    let mut ledger = model.ledger().clone();
    let layout = model.layout_of_partial(&source)?;
    let partial = Table::read(&mut source, &layout, &mut ledger)?;
    let (table, filled) = model.complete(&partial, &mut ledger, seed);
    let (file, card, format) = places(&args.out)?;
    let mut writer = TableWriter::create(&file, format, &table.columns, seed)?;
    writer.write(&table)?;
    writer.finish()?;
    let (size, sha256) = measured(&file)?;
    let statement = ledger.statement();
    let filled_as_json: Vec<_> = filled
        .iter()
        .map(
            |filled| json!({"column": filled.column, "cells": filled.cells, "added": filled.added}),
        )
        .collect();
    let about = json!({
        "populace": {
            "version": env!("CARGO_PKG_VERSION"), "rows": table.rows, "seed": seed.0, "completed": filled_as_json,
            "file": {"name": file.file_name().map(|name| name.to_string_lossy()), "sha256": sha256},
            "model": {"sha256": hex(&Sha256::digest(model_bytes)), "rows_learned": model.rows_learned(), "settings": model.settings()},
            "ledger": ledger.entries(), "statement": statement, "protected": model.protected(),
        }
    });
    write_whole(&card, format!("{about:#}\n").as_bytes())?;
    for filled in &filled {
        meter.say(&if filled.added {
            format!("added `{}`", filled.column)
        } else {
            format!(
                "filled {} of `{}`",
                counted(filled.cells, "cell"),
                filled.column
            )
        });
    }
    meter.say(&format!(
        "completed {} rows in {} ({}); they are the rows that were given",
        table.rows,
        file.display(),
        bytes_in_words(size)
    ));
    meter.say(&statement);
    if args.json {
        let answer = json!({
            "file": file, "card": card, "rows": table.rows, "bytes": size, "sha256": sha256, "completed": filled_as_json,
        });
        writeln!(out, "{answer}")?;
    }
    Ok(Verdict::Yes)
}

fn texts(rules: &[Rule]) -> Vec<&str> {
    rules.iter().map(Rule::text).collect()
}

pub(super) fn shares_as_json(shares: &[ShareReport]) -> Vec<serde_json::Value> {
    let number = |value: f64| (!value.is_nan()).then_some(value);
    let shares = shares.iter();
    shares
        .map(|share| {
            json!({
                "what": share.what, "learned": number(share.learned), "requested": number(share.requested), "achieved": number(share.achieved),
                "rows": share.rows,
            })
        })
        .collect()
}

/// The file for the rows, that for the card, and the format.
fn places(out: &Path) -> Result<(PathBuf, PathBuf, FileFormat), Failure> {
    let ending = out.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    let format = match ending.as_deref().and_then(|ending| ending.to_str()) {
        Some("csv") => FileFormat::Csv,
        Some("parquet") => FileFormat::Parquet,
        Some(other) if !out.is_dir() => {
            return Err(Failure::new(format!(
                "{} ends in `.{other}`, and rows are written as `.csv` or `.parquet`",
                out.display()
            ))
            .with_hint("choose one of the two, or a folder"));
        }
        _ => {
            fs::create_dir_all(out).map_err(|error| {
                Failure::new(format!("{} cannot be made: {error}", out.display()))
            })?;
            return Ok((
                out.join("rows.parquet"),
                out.join("card.json"),
                FileFormat::Parquet,
            ));
        }
    };
    if !folder_of(out).is_dir() {
        return Err(Failure::new(format!(
            "the folder {} does not exist",
            folder_of(out).display()
        ))
        .with_hint("make it, or choose another place"));
    }
    Ok((out.to_owned(), out.with_extension("card.json"), format))
}

/// Bytes and SHA-256 of a file.
pub(super) fn measured(path: &Path) -> Result<(u64, String), Failure> {
    let mut hasher = Sha256::new();
    let size = File::open(path)
        .and_then(|mut file| std::io::copy(&mut file, &mut hasher))
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
    Ok((size, hex(&hasher.finalize())))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
