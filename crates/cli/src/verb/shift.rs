//! `shift`: how a model will do on populations that the data does not have.

mod pictures;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use check::{About, Real, Report, TableAbout};
use population::Seed;
use privacy::Ledger;
use shift::{
    Answer, Data, Ensemble, Metric, Network, Question, ShiftError, Spec, Task, answer, judge,
    lines, shown,
};
use tables::{FileFormat, Overrides, Source, SourceOptions, Table, write_table};

use super::check::{can_be_written, write_report};
use super::check_pictures::usual_library;
use crate::Verdict;
use crate::args::ShiftArgs;
use crate::failure::Failure;
use crate::progress::Meter;

impl From<ShiftError> for Failure {
    fn from(error: ShiftError) -> Self {
        match error {
            ShiftError::Mistakes(mistakes) => Self::Mistakes(mistakes),
            ShiftError::Sentence { message, hint } => Self::new(message).with_hint(hint),
        }
    }
}

/// What the ledger says of the reweighted route and of the learned ones together.
const PURPOSE: &str = "performance of a model, by groups and under weights";

pub(crate) fn run(args: &ShiftArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    if let Some(recipe) = &args.recipe {
        return pictures::run(args, recipe, quiet, out);
    }
    let (Some(file), Some(target)) = (&args.data, &args.target) else {
        return Err(Failure::new("neither --data nor a recipe is given"));
    };
    let meter = Meter::new(quiet);
    can_be_written(&args.out)?;
    if !(0.0..=1.0).contains(&args.threshold) {
        return Err(
            Failure::new("--threshold is a probability, from 0 to 1").with_hint("such as 0.5")
        );
    }
    let overrides = match &args.columns {
        Some(path) => Overrides::from_yaml(&text_of(path)?, &path.display().to_string())?,
        None => Overrides::none(),
    };
    let asked = text_of(&args.to)?;
    let mut ledger = Ledger::new();
    let mut source = Source::open(file, &SourceOptions::default())?;
    for note in source.notes() {
        meter.say(note);
    }
    let Real { table: sealed, .. } = check::real(&mut source, &overrides, None, &mut ledger)?;
    let table = sealed.open(&mut ledger, PURPOSE);
    let spec = Spec::from_yaml(&asked, &args.to.display().to_string(), &table.columns)?;
    let target = table.position(target).ok_or_else(|| {
        let known: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        Failure::new(format!("the data has no column `{target}`"))
            .with_hint(format!("these are: {}", known.join(", ")))
    })?;
    let task = Task::of(table, target, args.positive.as_deref())?;
    let metrics = metrics(args, &task, &spec)?;
    let whole = shown(table, target, table.columns.len());
    let ask = asking(args, &whole)?;
    let said = match (&args.predictions, &ask) {
        (Some(file), _) => predictions(file)?,
        (None, Some(ask)) => ask(&whole)?,
        (None, None) => Vec::new(),
    };
    let (answers, rows) = task.answers(table, target, &said, args.threshold)?;
    let mut notes = Vec::new();
    if rows.len() < table.rows {
        notes.push(format!(
            "{} of {} rows have no target or no prediction, and were left out",
            table.rows - rows.len(),
            table.rows
        ));
    }
    let judged = task.judged(answers, &metrics);
    let table = table.taken(&rows);
    let data = Data {
        table: &table,
        target,
        task: &task,
        judged: &judged,
        threshold: args.threshold,
    };
    let question = Question {
        spec: &spec,
        metrics: &metrics,
        ensemble: (args.members > 0).then_some(Ensemble {
            members: args.members,
            draws: args.draws,
            seed: Seed(args.seed),
        }),
        seed: Seed(args.seed),
    };
    let found = answer(
        &data,
        &question,
        ask.as_deref(),
        sealed.about(),
        &mut ledger,
        &mut |what| meter.say(what),
    )?;
    if ask.is_none() && args.members > 0 {
        notes.push("the model could not be asked about rows that were drawn, so learned populations have its losses as further columns; --command or --model ask it".to_owned());
    }
    let name = Path::new(file)
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    notes.push("intervals hold for rows like the data's: that what is predicted follows from the columns as it does in the data is taken for granted, and no data without the shifted population can show it".to_owned());
    let about = TableAbout {
        role: "data".to_owned(),
        name,
        rows: table.rows as u64,
        of: "rows",
    };
    write_found(args, &found, notes, about, &table, ledger, &meter, out)?;
    Ok(Verdict::of(found.broken().is_empty()))
}

#[expect(
    clippy::too_many_arguments,
    reason = "what was found, what it is about, and where it goes"
)]
fn write_found(
    args: &ShiftArgs,
    found: &Answer,
    mut notes: Vec<String>,
    of: TableAbout,
    table: &Table,
    ledger: Ledger,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    notes.extend(found.notes.iter().cloned());
    let about = About {
        question: format!("How will the model do where {} does not reach?", of.name),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tables: vec![of],
        columns: table.columns.iter().map(|c| c.name.clone()).collect(),
        notes,
        seed: args.seed,
        statement: None,
        ledger,
    };
    let report = Report {
        about,
        sections: judge(found),
        broken: Vec::new(),
    };
    write_report(&report, &args.out, args.json, meter, out)?;
    if !args.json {
        for line in lines(found) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn text_of(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

/// Those that were named, with those that a tolerance is of; else the usual one.
fn metrics(args: &ShiftArgs, task: &Task, spec: &Spec) -> Result<Vec<Metric>, Failure> {
    let known = task.metrics();
    let names: Vec<&str> = known.iter().map(|metric| metric.name()).collect();
    let mut found: Vec<Metric> = Vec::new();
    for name in &args.metric {
        let metric = Metric::named(name).filter(|metric| known.contains(metric));
        let metric = metric.ok_or_else(|| {
            Failure::new(format!(
                "--metric names `{name}`, by which this target is not judged"
            ))
            .with_hint(format!("these are: {}", names.join(", ")))
        })?;
        if !found.contains(&metric) {
            found.push(metric);
        }
    }
    for &(metric, _) in &spec.tolerance {
        if !known.contains(&metric) {
            return Err(Failure::new(format!(
                "`tolerance` names `{}`, by which this target is not judged",
                metric.name()
            ))
            .in_file(&args.to)
            .with_hint(format!("these are: {}", names.join(", "))));
        }
        if !found.contains(&metric) {
            found.push(metric);
        }
    }
    if found.is_empty() {
        found.extend(known.first());
    }
    Ok(found)
}

/// A column `prediction`, or the only one.
fn predictions(file: &Path) -> Result<Vec<String>, Failure> {
    let (names, mut columns) = check::texts_of(file)?;
    let place = names
        .iter()
        .position(|name| name == "prediction")
        .or((names.len() == 1).then_some(0));
    match place {
        Some(place) => Ok(columns.swap_remove(place)),
        None => Err(Failure::new(format!(
            "{} has the columns {}, and none is called `prediction`",
            file.display(),
            names.join(", ")
        ))
        .with_hint("call the column of predictions `prediction`")),
    }
}

type Asking<'a> = Box<dyn Fn(&Table) -> Result<Vec<String>, ShiftError> + Sync + 'a>;

/// The model that can be asked about new rows; none where only its answers are there.
fn asking<'a>(args: &'a ShiftArgs, table: &Table) -> Result<Option<Asking<'a>>, Failure> {
    if let Some(model) = &args.model {
        let usual = usual_library();
        let library = args.onnxruntime.as_deref().or(usual.as_deref());
        let library = library.unwrap_or(Path::new(check::ONNX_LIBRARY));
        let network = Network::open(model, library, table, args.output)?;
        return Ok(Some(Box::new(move |table| network.ask(table))));
    }
    Ok(args
        .command
        .as_deref()
        .map(|command| Box::new(move |table: &Table| asked(command, table)) as Asking<'_>))
}

/// What a user's program prints about rows, a line each.
fn asked(command: &str, table: &Table) -> Result<Vec<String>, ShiftError> {
    let failed = |what: String| {
        ShiftError::new(
            format!("the command {what}"),
            "it is run by the shell, gets rows as CSV with a header on its standard input, and prints a prediction a line",
        )
    };
    let folder = tempfile::tempdir().map_err(|error| {
        ShiftError::new(
            format!("there is no room for rows in between: {error}"),
            "make room for temporary files",
        )
    })?;
    let path = folder.path().join("rows.csv");
    write_table(table, &path, FileFormat::Csv, Seed(0))
        .map_err(|error| ShiftError::new(error.to_string(), error.hint().unwrap_or_default()))?;
    let rows = fs::File::open(&path).map_err(|error| failed(format!("has no rows: {error}")))?;
    let shell = if cfg!(target_os = "windows") {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let output = Command::new(shell.0)
        .args([shell.1, command])
        .stdin(rows)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed: {}", output.status)));
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|_| failed("printed what is no text".to_owned()))?;
    let said: Vec<String> = text.lines().map(str::to_owned).collect();
    if said.len() != table.rows {
        return Err(failed(format!(
            "printed {} lines, and was given {} rows",
            said.len(),
            table.rows
        )));
    }
    Ok(said)
}
