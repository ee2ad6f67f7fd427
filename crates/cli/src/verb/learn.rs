//! `learn`: from a real table to a model.

use std::fs;
use std::io::Write;
use std::path::Path;

use privacy::Ledger;
use serde_json::json;
use tables::linked::Schema;
use tables::model::{Protected, Settings};
use tables::{Layout, Model, Overrides, Rule, Source, SourceOptions, Table, find_rules};

use super::{learn_motion, learn_private, linked, person, pictures, request};
use crate::Verdict;
use crate::args::{LearnArgs, LearnKind};
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};

/// A table of at most so many values is read into memory, where reading it once is enough.
const IN_MEMORY: u64 = 1 << 24;
/// What the ledger says of counting rules.
const BREAKS: &str = "how many rows break a rule";

pub(crate) fn run(args: &LearnArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    let recorded = matches!(args.kind, Some(LearnKind::Motion | LearnKind::Person));
    if recorded && args.privacy.epsilon.is_some() {
        return Err(Failure::new(
            "--epsilon is for tables and pictures: one motion or one scan is one person's, and stays recognisable",
        )
        .with_hint("leave it out; a scan is learned with that person's consent"));
    }
    match args.kind {
        Some(LearnKind::Pictures) => return pictures::learn(args, &meter, out),
        Some(LearnKind::Motion) => return learn_motion::learn(args, &meter, out),
        Some(LearnKind::Person) => return person::learn(args, &meter, out),
        None => {}
    }
    if args.privacy.epsilon.is_some() {
        return learn_private::learn(args, &meter, out);
    }
    if Schema::is_named(&args.data) {
        let schema = linked::schema(Path::new(&args.data))?;
        return linked::learn(schema, args, &meter, out);
    }
    if let Some(schema) = linked::found(args)? {
        return linked::learn(schema, args, &meter, out);
    }
    let overrides = overrides(args)?;
    if let Some(path) = &args.out {
        can_be_written(path)?;
    }
    let options = SourceOptions {
        table: args.table.clone(),
        query: args.query.clone(),
        ..SourceOptions::default()
    };
    let mut ledger = Ledger::new();
    let mut source = Source::open(&args.data, &options)?;
    for note in source.notes() {
        meter.say(note);
    }
    let layout = Layout::detect(&mut source, &overrides, &mut ledger)?;
    let Some(path) = args.out.as_deref().filter(|_| !args.kinds) else {
        if args.json {
            writeln!(out, "{}", json!({ "columns": columns(&layout) }))?;
        } else {
            write!(out, "{layout}")?;
        }
        return Ok(Verdict::Yes);
    };
    meter.say(layout.to_string().trim_end());
    let settings = Settings {
        protect: args.protect,
        seed: args.seed,
        ..Settings::default()
    };
    let mut rules = match &args.rules {
        Some(path) => request::rules(path, &layout.table_columns())?,
        None => Vec::new(),
    };
    let values = source.about().rows.unwrap_or(0) * source.about().columns;
    let model = if values > IN_MEMORY && !args.find_rules {
        if let Some(rule) = rules.iter().find(|rule| rule.compares_rows()) {
            return Err(Failure::new(format!(
                "`{}` compares all rows with one another, and a table this long streams by in parts",
                rule.text()
            ))
            .with_hint("leave it out here, and give it to `populace make --rules`"));
        }
        let mut broken = vec![0; rules.len()];
        if !rules.is_empty() {
            let count = &mut |part: &Table| {
                for (broken, rule) in broken.iter_mut().zip(&rules) {
                    *broken += rule.tally(part).broken;
                }
            };
            Table::read_in_parts(&mut source, &layout, &mut ledger, BREAKS, count)?;
        }
        say_broken(&meter, &rules, &broken);
        Model::learn_streamed(&mut source, &layout, &mut ledger, &settings, &rules)?
    } else {
        let table = Table::read(&mut source, &layout, &mut ledger)?;
        let broken = rules.iter();
        let broken: Vec<u64> = broken
            .map(|rule| rule.tally(table.open(&mut ledger, BREAKS)).broken)
            .collect();
        say_broken(&meter, &rules, &broken);
        if args.find_rules {
            for found in find_rules(&table, &mut ledger) {
                if rules.contains(&found.rule) {
                    continue;
                }
                meter.say(&format!(
                    "found a rule, and will keep it: `{}` ({} rows)",
                    found.rule.text(),
                    found.rows
                ));
                rules.push(found.rule);
            }
        }
        Model::learn_under(&table, &mut ledger, &settings, &rules)?
    };
    let bytes = model.to_bytes();
    write_whole(path, &bytes)?;
    for line in protected_in_words(&model.protected(), args.protect) {
        meter.say(&line);
    }
    for (column, on) in model.dependences() {
        meter.say(&format!("`{column}` follows from `{on}`, and always will"));
    }
    meter.say(&format!(
        "learned {} rows of {} columns into {} ({})",
        model.rows_learned(),
        model.columns().len(),
        path.display(),
        bytes_in_words(bytes.len() as u64)
    ));
    meter.say(&ledger.statement());
    if args.json {
        let dependences: Vec<_> = model
            .dependences()
            .into_iter()
            .map(|(column, on)| json!({"column": column, "follows_from": on}))
            .collect();
        let answer = json!({
            "model": path, "bytes": bytes.len(), "rows": model.rows_learned(), "columns": columns(&layout),
            "dependences": dependences, "rules": rules.iter().map(Rule::text).collect::<Vec<_>>(), "protected": model.protected(), "ledger": model.ledger().entries(), "statement": ledger.statement(),
        });
        writeln!(out, "{answer}")?;
    }
    Ok(Verdict::Yes)
}

fn say_broken(meter: &Meter, rules: &[Rule], broken: &[u64]) {
    for (rule, &broken) in rules.iter().zip(broken) {
        if broken > 0 {
            meter.say(&format!(
                "{} of the data: `{}` is not kept; made rows will keep it",
                counted(broken, "row"),
                rule.text()
            ));
        }
    }
}

pub(super) fn columns(layout: &Layout) -> Vec<serde_json::Value> {
    let columns = layout.columns.iter();
    columns
        .map(|column| {
            json!({"name": column.name, "is": column.describe(), "given": column.given, "missing": column.facts.missing})
        })
        .collect()
}

pub(super) fn overrides(args: &LearnArgs) -> Result<Overrides, Failure> {
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|error| {
            Failure::new(format!("{} cannot be read: {error}", path.display()))
                .with_hint("give a text file that says what the columns are")
        })
    };
    let name = |path: &Path| path.display().to_string();
    if let Some(path) = &args.columns {
        Ok(Overrides::from_yaml(&read(path)?, &name(path))?)
    } else if let Some(path) = &args.sdv {
        Overrides::from_sdv(&read(path)?, &name(path), args.table.as_deref())
            .map_err(|mistake| Failure::Mistakes(vec![mistake]))
    } else if let Some(path) = &args.mostly_ai {
        Overrides::from_mostly_ai(&read(path)?, &name(path), args.table.as_deref())
            .map_err(|mistake| Failure::Mistakes(vec![mistake]))
    } else {
        Ok(Overrides::none())
    }
}

pub(super) fn protected_in_words(protected: &[Protected], fewest: u32) -> Vec<String> {
    protected
        .iter()
        .map(|found| {
            let mut parts = Vec::new();
            if found.levels > 0 {
                parts.push(format!(
                    "{} that fewer than {fewest} rows share ({} rows)",
                    counted(found.levels, "value"),
                    found.people
                ));
            }
            if found.ends > 0 {
                parts.push(format!(
                    "{} beyond its ends or alone among values that many share",
                    counted(found.ends, "number")
                ));
            }
            format!("kept out of `{}`: {}", found.column, parts.join(", "))
        })
        .collect()
}

pub(super) fn counted(count: impl Into<u64>, what: &str) -> String {
    let count = count.into();
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// Learning may take long: a place that cannot be written to is told before.
pub(super) fn can_be_written(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(Failure::new(format!(
            "{} is a folder, and a model is a file",
            path.display()
        ))
        .with_hint(format!("write {}", path.join("clients.model").display())));
    }
    let folder = folder_of(path);
    if folder.is_dir() {
        Ok(())
    } else {
        Err(
            Failure::new(format!("the folder {} does not exist", folder.display()))
                .with_hint("make it, or choose another place for the model"),
        )
    }
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Writes a file whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let write = || {
        let mut file = fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|error| {
        // What could not be finished must not lie about; when even that fails, the first error says why.
        let _ = fs::remove_file(&part);
        Failure::new(format!("{} cannot be written: {error}", path.display()))
            .with_hint("nothing was left half written")
    })
}
