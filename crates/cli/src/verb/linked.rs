//! `learn` and `make` for linked tables.

use std::fs;
use std::io::Write;
use std::path::Path;

use population::Seed;
use privacy::Ledger;
use serde_json::json;
use sha2::{Digest, Sha256};
use tables::linked::{LinkedModel, LinkedRequest, LinkedRule, LinkedSource, Schema};
use tables::model::{Draw, Settings, ShareReport};
use tables::{FileFormat, Scenario, TableWriter};

use super::learn::{can_be_written, columns, counted, folder_of, protected_in_words, write_whole};
use super::request::{shares_in_words, text_of};
use super::rows::{hex, measured, shares_as_json};
use crate::Verdict;
use crate::args::{LearnArgs, MakeArgs};
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};

/// Reads a schema.
pub(crate) fn schema(path: &Path) -> Result<Schema, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::new(format!("{} cannot be read: {error}", path.display()))
            .with_hint("a schema is a YAML file that lists `tables:`")
    })?;
    Ok(Schema::from_yaml(
        &text,
        &path.display().to_string(),
        folder_of(path),
    )?)
}

/// The schema that a database or SDV's metadata beside a folder speaks of; `None` where there is one table.
pub(crate) fn found(args: &LearnArgs) -> Result<Option<Schema>, Failure> {
    if args.table.is_some() || args.query.is_some() {
        return Ok(None);
    }
    let folder = Path::new(&args.data);
    if let (Some(path), true) = (&args.sdv, folder.is_dir()) {
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
        return Ok(Schema::from_sdv(
            &text,
            &path.display().to_string(),
            folder,
        )?);
    }
    if args.columns.is_some() || args.sdv.is_some() || args.mostly_ai.is_some() {
        return Ok(None);
    }
    Ok(Schema::from_database(&args.data)?)
}

/// Draws the tables of a schema or of a linked model; `None` where a place is neither.
pub(crate) fn picture(place: &Path) -> Result<Option<String>, Failure> {
    if Schema::is_named(&place.display().to_string()) {
        return Ok(Some(schema(place)?.picture()?));
    }
    if !place.is_file() {
        return Ok(None);
    }
    let bytes = fs::read(place)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", place.display())))?;
    if !LinkedModel::recognises(&bytes) {
        return Ok(None);
    }
    let model =
        LinkedModel::from_bytes(&bytes).map_err(|error| Failure::from(error).in_file(place))?;
    Ok(Some(model.picture()))
}

pub(crate) fn learn(
    schema: Schema,
    args: &LearnArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    if args.columns.is_some() || args.query.is_some() || args.table.is_some() {
        return Err(Failure::new(format!(
            "{} describes several tables, and --columns, --table and --query are about one",
            args.data
        ))
        .with_hint("say it in the schema, under the table's name"));
    }
    if args.mostly_ai.is_some() {
        return Err(Failure::new(format!(
            "{} describes several tables, and --mostly-ai is for one",
            args.data
        ))
        .with_hint("leave them out, or learn the table by itself"));
    }
    if let Some(path) = &args.out {
        can_be_written(path)?;
    }
    let mut ledger = Ledger::new();
    let mut source = LinkedSource::open(schema, &mut ledger)?;
    let Some(path) = args.out.as_deref().filter(|_| !args.kinds) else {
        if args.json {
            let tables: Vec<_> = source
                .tables()
                .map(|(name, _, layout)| json!({"table": name, "columns": columns(layout)}))
                .collect();
            writeln!(out, "{}", json!({ "tables": tables }))?;
        } else {
            for (place, (name, _, layout)) in source.tables().enumerate() {
                let gap = if place > 0 { "\n" } else { "" };
                write!(out, "{gap}{name}\n{layout}")?;
            }
        }
        return Ok(Verdict::Yes);
    };
    for (name, notes, layout) in source.tables() {
        for note in notes {
            meter.say(&format!("{name}: {note}"));
        }
        meter.say(&format!("{name}\n{}", layout.to_string().trim_end()));
    }
    let settings = Settings {
        protect: args.protect,
        seed: args.seed,
        ..Settings::default()
    };
    let rules = match &args.rules {
        Some(path) => Some((text_of(path)?, path.display().to_string())),
        None => None,
    };
    let rules = rules.as_ref().map(|(text, file)| (&text[..], &file[..]));
    let find = args.find_rules;
    let (model, kept) = LinkedModel::learn_under(&mut source, &mut ledger, &settings, rules, find)?;
    for kept in &kept {
        let (table, text) = (model.names()[kept.rule.table], kept.rule.text());
        if kept.found {
            meter.say(&format!(
                "{table}: found a rule, and will keep it: `{text}` ({} rows)",
                kept.tally.holds
            ));
        } else if kept.tally.broken > 0 {
            meter.say(&format!(
                "{table}: {} of the data: `{text}` is not kept; made rows will keep it",
                counted(kept.tally.broken, "row")
            ));
        }
    }
    let bytes = model.to_bytes();
    write_whole(path, &bytes)?;
    for (table, protected) in model.protected() {
        for line in protected_in_words(&protected, args.protect) {
            meter.say(&format!("{table}: {line}"));
        }
    }
    for line in model.described() {
        meter.say(&line);
    }
    meter.say(&format!(
        "learned {} tables into {} ({})",
        model.names().len(),
        path.display(),
        bytes_in_words(bytes.len() as u64)
    ));
    meter.say(&ledger.statement());
    if args.json {
        let tables: Vec<_> = source
            .tables()
            .enumerate()
            .map(|(table, (name, _, layout))| {
                json!({"table": name, "rows": model.rows_learned(table), "columns": columns(layout)})
            })
            .collect();
        let answer = json!({
            "model": path, "bytes": bytes.len(), "tables": tables, "links": model.described(),
            "rules": kept.iter().map(|kept| json!({"table": model.names()[kept.rule.table], "condition": kept.rule.text()})).collect::<Vec<_>>(),
            "ledger": model.ledger().entries(), "statement": ledger.statement(),
        });
        writeln!(out, "{answer}")?;
    }
    Ok(Verdict::Yes)
}

pub(crate) fn make(
    model: &LinkedModel,
    bytes: &[u8],
    request: &LinkedRequest,
    scenario: Option<&Scenario>,
    args: &MakeArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let format = match args.out.extension().and_then(|ending| ending.to_str()) {
        Some(ending @ ("csv" | "parquet")) if !args.out.is_dir() => {
            return Err(Failure::new(format!(
                "{} is one file, and the model has {} tables",
                args.out.display(),
                model.names().len()
            ))
            .with_hint(format!(
                "give a folder: it gets a file for each table; `--format {ending}` chooses how they are written"
            )));
        }
        _ => FileFormat::from(args.model.format),
    };
    let ending = match format {
        FileFormat::Csv => "csv",
        FileFormat::Parquet => "parquet",
    };
    let root = model.first_root();
    let rows = args
        .model
        .rows
        .or(args.overrides.count)
        .or(scenario.and_then(|scenario| scenario.rows))
        .unwrap_or_else(|| root.map_or(0, |root| model.rows_learned(root)));
    let seed = args.overrides.seed;
    let seed = seed
        .or(scenario.and_then(|scenario| scenario.seed))
        .unwrap_or(0);
    let how = if args.model.plain {
        Draw::Plain
    } else {
        Draw::Refined
    };
    let names = model.names();
    let paths: Vec<_> = names
        .iter()
        .map(|name| args.out.join(format!("{name}.{ending}")))
        .collect();
    let mut making = model.make(request, rows, Seed(seed), how)?;
    fs::create_dir_all(&args.out)
        .map_err(|error| Failure::new(format!("{} cannot be made: {error}", args.out.display())))?;
    let mut writers = Vec::new();
    for (table, path) in paths.iter().enumerate() {
        let columns = making.columns(table);
        writers.push(TableWriter::create(path, format, &columns, Seed(seed))?);
    }
    while let Some(part) = making.next_part()? {
        for (writer, table) in writers.iter_mut().zip(&part) {
            writer.write(table)?;
        }
    }
    let mut files = Vec::new();
    let counts = TableWriter::finish_all(writers)?;
    let mut size = 0;
    for ((name, path), rows) in names.iter().zip(&paths).zip(&counts) {
        let (bytes, sha256) = measured(path)?;
        size += bytes;
        let file = path.file_name().map(|name| name.to_string_lossy());
        files.push(json!({"table": name, "name": file, "rows": rows, "sha256": sha256}));
    }
    let shares = making.report();
    let shares_of = |table: &str| -> Vec<ShareReport> {
        let of = shares.iter().filter(|line| line.table == table);
        of.map(|line| line.share.clone()).collect()
    };
    for file in &mut files {
        let shares = file["table"].as_str().map(shares_of).unwrap_or_default();
        if !shares.is_empty() {
            file["shares"] = shares_as_json(&shares).into();
        }
    }
    let texts = |rules: &[LinkedRule]| -> Vec<serde_json::Value> {
        let rules = rules.iter();
        rules
            .map(|rule| json!({"table": names[rule.table], "condition": rule.text()}))
            .collect()
    };
    let rules: Vec<LinkedRule> = model
        .rules()
        .into_iter()
        .chain(request.rules.clone())
        .collect();
    let patterns: Vec<_> = request
        .patterns
        .iter()
        .map(|pattern| {
            let steps = pattern.steps.iter().map(|step| {
                json!({"count": [step.count.0, step.count.1], "gap": step.gap.map(|(least, most)| [least, most]), "given": texts(&step.given)})
            });
            json!({
                "name": pattern.name, "table": names[pattern.table], "share": pattern.share, "given": texts(&pattern.given),
                "steps": steps.collect::<Vec<_>>(),
            })
        })
        .collect();
    let statement = model.ledger().statement();
    let protected: Vec<_> = model
        .protected()
        .into_iter()
        .map(|(table, columns)| json!({"table": table, "columns": columns}))
        .collect();
    let about = json!({
        "populace": {
            "version": env!("CARGO_PKG_VERSION"), "rows": rows, "seed": seed, "refined": how == Draw::Refined,
            "given": texts(&request.given), "rules": texts(&rules), "temperature": request.temperature.unwrap_or(1.0), "patterns": patterns,
            "tables": files, "links": model.described(),
            "model": {"sha256": hex(&Sha256::digest(bytes)), "settings": model.settings()},
            "ledger": model.ledger().entries(), "statement": statement, "protected": protected,
        }
    });
    let card = args.out.join("card.json");
    write_whole(&card, format!("{about:#}\n").as_bytes())?;
    let made: Vec<String> = names
        .iter()
        .zip(&counts)
        .map(|(name, rows)| format!("{rows} of {name}"))
        .collect();
    meter.say(&format!(
        "made rows in {} ({}): {}; {} says where they come from",
        args.out.display(),
        bytes_in_words(size),
        made.join(", "),
        card.display()
    ));
    for name in &names {
        let shares = shares_of(name);
        if !shares.is_empty() {
            meter.say(name);
            for line in shares_in_words(&shares) {
                meter.say(&line);
            }
        }
    }
    meter.say(&statement);
    if args.json {
        writeln!(
            out,
            "{}",
            json!({"folder": args.out, "card": card, "tables": files, "bytes": size})
        )?;
    }
    Ok(Verdict::Yes)
}
