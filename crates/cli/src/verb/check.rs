//! `check`: how real, how private and how fair synthetic rows are.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use check::{
    About, Ground, Kept, Limits, Member, ReadTables, Real, Report, Section, Settings, TableAbout,
    judge, judge_linked,
};
use population::Seed;
use privacy::{Ledger, Statement};
use serde_json::Value;
use tables::linked::Schema;
use tables::{Overrides, Source, SourceOptions};

use super::learn::{folder_of, write_whole};
use super::{check_genomes, check_pairs, check_pictures, linked, request};
use crate::Verdict;
use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::progress::Meter;

/// What the ledger says of every measure together.
const COMPARED: &str = "comparison with synthetic rows, and attacks on them";

pub(crate) fn run(args: &CheckArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    can_be_written(&args.out)?;
    let limits = match &args.limits {
        Some(path) => Limits::from_yaml(&text_of(path)?).map_err(|error| {
            Failure::new(error.to_string())
                .with_hint(error.hint())
                .in_file(path)
        })?,
        None => Limits::default(),
    };
    let Some(real) = args.real.as_deref().filter(|_| !args.model.pairs) else {
        return check_pairs::run(args, &limits, &meter, out);
    };
    if check::is_genomes(Path::new(real)) {
        return check_genomes::run(args, real, &limits, &meter, out);
    }
    let pictures = check::is_pictures(Path::new(real));
    for (option, given, about) in [
        ("--legend", args.legend.is_some(), "haplotypes"),
        (
            "--features",
            args.features.is_some() && !pictures,
            "pictures",
        ),
    ] {
        if given {
            return Err(
                Failure::new(format!("{option} is about {about}, and {real} holds none"))
                    .with_hint("leave it out"),
            );
        }
    }
    if pictures {
        return check_pictures::run(args, real, &limits, &meter, out);
    }
    if Schema::is_named(real) {
        return run_linked(args, real, &limits, &meter, out);
    }
    let overrides = match &args.columns {
        Some(path) => Overrides::from_yaml(&text_of(path)?, &path.display().to_string())?,
        None => Overrides::none(),
    };
    let mut ledger = Ledger::new();
    let mut tables = Vec::new();
    let mut source = open(real, &meter)?;
    let seed = Some(Seed(args.seed));
    let Real {
        layout,
        table,
        note,
    } = check::real(&mut source, &overrides, seed, &mut ledger)?;
    tables.push(about("training", real, &source));
    let (file, card) = places(&args.synthetic);
    let mut source = open(&file, &meter)?;
    // Synthetic rows are nobody's: what is read of them is in no ledger of real data.
    let mut unwritten = Ledger::new();
    let synthetic = check::same_columns(&mut source, &layout, "synthetic", seed, &mut unwritten)?;
    tables.push(about("synthetic", &args.synthetic, &source));
    let mut notes: Vec<String> = note.into_iter().chain(synthetic.notes).collect();
    let holdout = match &args.holdout {
        None => None,
        Some(place) => {
            let mut source = open(place, &meter)?;
            let read = check::same_columns(&mut source, &layout, "hold-out", seed, &mut ledger)?;
            tables.push(about("hold-out", place, &source));
            notes.extend(read.notes);
            Some(read.table)
        }
    };
    let rules = match &args.rules {
        Some(path) => request::rules(path, &layout.table_columns())?,
        None => Vec::new(),
    };
    let statement = card.as_deref().and_then(statement);
    let train = table.open(&mut ledger, COMPARED);
    let made = synthetic.table.open(&mut unwritten, COMPARED);
    let fresh = holdout
        .as_ref()
        .map(|holdout| holdout.open(&mut ledger, COMPARED));
    let ground = Ground::new(train, made, fresh, Seed(args.seed));
    for (option, names) in [
        ("--protect", &args.protect),
        ("--secret", &args.secret),
        ("--target", &args.target),
    ] {
        for name in names {
            if ground.position(name).is_none() {
                let known: Vec<&str> = ground.columns.iter().map(|c| c.name.as_str()).collect();
                return Err(Failure::new(format!(
                    "{option} names `{name}`, which is no column that is compared"
                ))
                .with_hint(format!("these are: {}", known.join(", "))));
            }
        }
    }
    notes.extend(ground.notes.iter().cloned());
    let kept = if rules.is_empty() {
        Vec::new()
    } else {
        // A rule knows its columns by their places.
        let columns = layout.table_columns();
        let [train, made] = [train, made].map(|table| check::aligned(table, &columns));
        let fresh = fresh.map(|fresh| check::aligned(fresh, &columns));
        let kept = rules.iter().map(|rule| Kept {
            text: rule.text().to_owned(),
            train: rule.tally(&train),
            synthetic: rule.tally(&made),
            holdout: fresh.as_ref().map(|fresh| rule.tally(fresh)),
        });
        kept.collect()
    };
    let settings = settings(args, statement.as_ref(), kept);
    let about = About {
        question: question(&tables[1].name),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tables,
        columns: ground.columns.iter().map(|c| c.name.clone()).collect(),
        notes,
        seed: args.seed,
        statement: statement.map(|statement| statement.summary),
        ledger,
    };
    if let Some(shadows) = args.shadows {
        meter.say(&format!(
            "an attacker learns {shadows} shadow models, which takes as long as learning them does"
        ));
    }
    finish(about, judge(&ground, &settings), &limits, args, &meter, out)
}

/// The same for the tables of a schema.
fn run_linked(
    args: &CheckArgs,
    real_schema: &str,
    limits: &Limits,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    for (option, given) in [
        ("--columns", args.columns.is_some()),
        ("--shadows", args.shadows.is_some()),
    ] {
        if given {
            return Err(Failure::new(format!(
                "{option} is about one table, and {real_schema} is a schema of several"
            ))
            .with_hint(
                "leave it out, or check the table by itself; the schema says what columns are",
            ));
        }
    }
    let mut ledger = Ledger::new();
    let schema = linked::schema(Path::new(real_schema))?;
    let real = check::real_tables(&schema, &mut ledger)?;
    let folder = Path::new(&args.synthetic);
    let files = check::folder_of_tables(folder, &real.links).map_err(|name| {
        Failure::new(format!(
            "{} has no file for the table `{name}` of the schema",
            folder.display()
        ))
        .with_hint(format!(
            "give a folder with {name}.parquet or {name}.csv, as `make` writes it"
        ))
    })?;
    let places: Vec<_> = files
        .iter()
        .map(|file| {
            (
                file.to_string_lossy().into_owned(),
                SourceOptions::default(),
            )
        })
        .collect();
    // Synthetic rows are nobody's: what is read of them is in no ledger of real data.
    let mut unwritten = Ledger::new();
    let made = check::same_tables(&real, &places, "synthetic", &mut unwritten)?;
    let fresh = match &args.holdout {
        None => None,
        Some(place) => {
            let other = linked::schema(Path::new(place))?;
            if other.names() != schema.names() {
                return Err(Failure::new(format!(
                    "{place} and {real_schema} name other tables, or in another order"
                ))
                .with_hint("the hold-out is the same schema over other files"));
            }
            let places: Vec<_> = other
                .tables()
                .map(|table| (table.location.to_owned(), table.options.clone()))
                .collect();
            Some(check::same_tables(&real, &places, "hold-out", &mut ledger)?)
        }
    };
    let mut about = About {
        question: question(&args.synthetic),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tables: Vec::new(),
        columns: Vec::new(),
        notes: made
            .notes
            .iter()
            .chain(fresh.iter().flat_map(|fresh| &fresh.notes))
            .cloned()
            .collect(),
        seed: args.seed,
        statement: None,
        ledger: Ledger::new(),
    };
    for (role, read) in [
        ("training", Some(&real)),
        ("synthetic", Some(&made)),
        ("hold-out", fresh.as_ref()),
    ] {
        for (links, (table, _)) in read
            .iter()
            .flat_map(|read| read.links.iter().zip(&read.tables))
        {
            about.tables.push(TableAbout {
                role: role.to_owned(),
                name: links.name.clone(),
                rows: table.about().rows.unwrap_or(0),
                of: "rows",
            });
        }
    }
    let statement = statement(&folder.join("card.json"));
    let settings = settings(args, statement.as_ref(), Vec::new());
    about.statement = statement.map(|statement| statement.summary);
    let own = members(&real, &mut ledger);
    columns_known(args, &real, &own)?;
    let rules = match &args.rules {
        None => Vec::new(),
        Some(path) => check::linked_rules(&text_of(path)?, &real.links, &own).map_err(|error| {
            Failure::new(error.to_string())
                .with_hint(error.hint())
                .in_file(path)
        })?,
    };
    let other = members(&made, &mut unwritten);
    let fresh = fresh.as_ref().map(|fresh| members(fresh, &mut ledger));
    let (sections, notes) = judge_linked(
        &real.links,
        &own,
        &other,
        fresh.as_deref(),
        &rules,
        &settings,
    );
    about.notes.extend(notes);
    about.ledger = ledger;
    finish(about, sections, limits, args, meter, out)
}

/// Columns of linked tables may be named with their table in front.
fn columns_known(
    args: &CheckArgs,
    read: &ReadTables,
    tables: &[Member<'_>],
) -> Result<(), Failure> {
    let known: Vec<(String, String)> = read
        .links
        .iter()
        .zip(tables)
        .flat_map(|(links, member)| {
            let columns = member.table.columns.iter();
            columns.map(|column| (links.name.clone(), column.name.clone()))
        })
        .collect();
    for (option, names) in [
        ("--protect", &args.protect),
        ("--secret", &args.secret),
        ("--target", &args.target),
    ] {
        for name in names {
            let is = |(table, column): &(String, String)| {
                column == name || name.strip_prefix(table.as_str()) == Some(&format!(".{column}"))
            };
            if !known.iter().any(is) {
                let all: Vec<String> = known
                    .iter()
                    .map(|(table, column)| format!("{table}.{column}"))
                    .collect();
                return Err(Failure::new(format!(
                    "{option} names `{name}`, which is no column of any of the tables that is compared"
                ))
                .with_hint(format!("these are: {}", all.join(", "))));
            }
        }
    }
    Ok(())
}

fn members<'a>(read: &'a ReadTables, ledger: &mut Ledger) -> Vec<Member<'a>> {
    read.tables
        .iter()
        .map(|(table, keys)| Member {
            table: table.open(ledger, COMPARED),
            keys: keys.open(ledger, "which row refers to which"),
        })
        .collect()
}

pub(super) fn settings(
    args: &CheckArgs,
    statement: Option<&Statement>,
    rules: Vec<Kept>,
) -> Settings {
    Settings {
        rules,
        protect: args.protect.clone(),
        secret: args.secret.clone(),
        target: args.target.clone(),
        seed: args.seed,
        shadows: args.shadows,
        claimed_epsilon: statement.and_then(|statement| {
            (statement.guarantee == privacy::Guarantee::Differential)
                .then(|| statement.spent.map(|spent| spent.epsilon))
                .flatten()
        }),
    }
}

/// Holds findings against the limits, and writes them.
pub(super) fn finish(
    about: About,
    sections: Vec<Section>,
    limits: &Limits,
    args: &CheckArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let mut report = Report {
        about,
        sections,
        broken: Vec::new(),
    };
    report.broken = limits.broken(&report.findings()).map_err(|error| {
        let failure = Failure::new(error.to_string()).with_hint(error.hint());
        match &args.limits {
            Some(path) => failure.in_file(path),
            None => failure,
        }
    })?;
    write_report(&report, &args.out, args.json, meter, out)?;
    Ok(Verdict::of(report.broken.is_empty()))
}

/// Writes a page, and its data beside it.
pub(super) fn write_report(
    report: &Report,
    page: &Path,
    json_too: bool,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(report)
        .map_err(|error| Failure::new(format!("the report cannot be written as JSON: {error}")))?;
    let beside = page.with_extension("json");
    write_whole(page, report.page().as_bytes())?;
    write_whole(&beside, format!("{json}\n").as_bytes())?;
    for section in &report.sections {
        meter.say(&format!("{} {}", section.title, section.verdict.join(" ")));
    }
    for broken in &report.broken {
        meter.say(&format!("a limit is broken: {}", broken.sentence));
    }
    let real = if report.about.ledger.entries().is_empty() {
        ""
    } else {
        "; both hold counts and shares of real data and are not private"
    };
    meter.say(&format!(
        "the report is {}, and its data {}{real}",
        page.display(),
        beside.display()
    ));
    if json_too {
        writeln!(out, "{json}")?;
    }
    Ok(())
}

/// What a report on synthetic data answers.
pub(super) fn question(name: &str) -> String {
    let name = Path::new(name)
        .file_name()
        .map_or(name.into(), |name| name.to_string_lossy());
    format!("How real, how private, how fair is {name}?")
}

fn open(place: &str, meter: &Meter) -> Result<Source, Failure> {
    let source = Source::open(place, &SourceOptions::default())?;
    for note in source.notes() {
        meter.say(note);
    }
    Ok(source)
}

fn about(role: &str, place: &str, source: &Source) -> TableAbout {
    let name = Path::new(place)
        .file_name()
        .map_or(place.into(), |name| name.to_string_lossy());
    TableAbout {
        role: role.to_owned(),
        name: name.into_owned(),
        rows: source.about().rows.unwrap_or(0),
        of: "rows",
    }
}

/// The file of the rows, and that of their card where there is one.
fn places(synthetic: &str) -> (String, Option<PathBuf>) {
    let path = Path::new(synthetic);
    let rows = path.join("rows.parquet");
    let (file, card) = if rows.is_file() {
        (rows.to_string_lossy().into_owned(), path.join("card.json"))
    } else {
        (synthetic.to_owned(), path.with_extension("card.json"))
    };
    (file, card.is_file().then_some(card))
}

/// What a card's ledger supports, worked out again.
pub(super) fn statement(card: &Path) -> Option<Statement> {
    let text = fs::read_to_string(card).ok()?;
    let card: Value = serde_json::from_str(&text).ok()?;
    let entries = card.get("populace")?.get("ledger")?;
    let ledger: Ledger = serde_json::from_value(serde_json::json!({ "entries": entries })).ok()?;
    Some(Statement::of(&ledger))
}

fn text_of(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

pub(super) fn can_be_written(path: &Path) -> Result<(), Failure> {
    if path.is_dir() || path.extension().is_some_and(|end| end == "json") {
        return Err(Failure::new(format!(
            "{} is to be a web page, with its data beside it as JSON",
            path.display()
        ))
        .with_hint("give a file such as report.html"));
    }
    let folder = folder_of(path);
    if folder.is_dir() {
        Ok(())
    } else {
        Err(
            Failure::new(format!("the folder {} does not exist", folder.display()))
                .with_hint("make it, or choose another place for the report"),
        )
    }
}
