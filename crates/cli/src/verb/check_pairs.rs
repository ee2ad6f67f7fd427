//! `check --pairs`: what one attribute alone does to a user's model.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use check::{About, Limits, Pairs, TableAbout, printed_answers};
use privacy::Ledger;

use super::check::finish;
use super::check_pictures::onnxruntime;
use crate::Verdict;
use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::progress::Meter;

pub(super) fn run(
    args: &CheckArgs,
    limits: &Limits,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    for (option, given) in [
        ("--real", args.real.is_some()),
        ("--holdout", args.holdout.is_some()),
        ("--columns", args.columns.is_some()),
        ("--rules", args.rules.is_some()),
        ("--shadows", args.shadows.is_some()),
        ("--features", args.features.is_some()),
        ("--legend", args.legend.is_some()),
        ("--secret", !args.secret.is_empty()),
        ("--target", !args.target.is_empty()),
    ] {
        if given {
            return Err(Failure::new(format!(
                "{option} cannot go with --pairs, which compares a model's answers within a data set"
            ))
            .with_hint("leave it out"));
        }
    }
    let folder = Path::new(&args.synthetic);
    let pairs = Pairs::open(folder)?;
    let known = pairs.attributes();
    if let Some(name) = args.protect.iter().find(|name| !known.contains(name)) {
        return Err(Failure::new(format!(
            "--protect names `{name}`, which is no attribute of {}",
            folder.display()
        ))
        .with_hint(format!("these are: {}", known.join(", "))));
    }
    let model = &args.model;
    let predictions = match (&model.predictions, &model.command, &model.model) {
        (Some(file), None, None) => pairs.predictions(file)?,
        (None, Some(command), None) => {
            let paths = pairs.paths(folder);
            printed_answers(&printed(&paths, command)?, paths.len())?
        }
        (None, None, Some(file)) => {
            let library = onnxruntime(args);
            pairs.ask(folder, file, library.as_deref(), model.output)?
        }
        _ => {
            return Err(
                Failure::new("--pairs needs the answers of one model").with_hint(
                    "give --predictions FILE.csv, --command 'PROGRAM …' or --model FILE.onnx",
                ),
            );
        }
    };
    meter.say(&format!("{} answers", predictions.len()));
    let section = pairs.judge(&predictions, model.threshold, &args.protect);
    let name = folder
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let about = About {
        question: format!("What does `{}` do to a model?", pairs.change),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tables: vec![TableAbout {
            role: "pairs".to_owned(),
            name,
            rows: predictions.len() as u64,
            of: "pictures",
        }],
        columns: known,
        notes: Vec::new(),
        seed: args.seed,
        statement: None,
        ledger: Ledger::new(),
    };
    finish(about, vec![section], limits, args, meter, out)
}

/// What a user's program prints when it is given the paths of all pictures, a line each.
pub(super) fn printed(pictures: &[PathBuf], command: &str) -> Result<String, Failure> {
    let failed = |what: String| {
        Failure::new(format!("the command {what}"))
            .with_hint("it is run by the shell, gets a path a line on its standard input, and prints a number a line")
    };
    let mut paths = String::new();
    for path in pictures {
        let _ = writeln!(paths, "{}", path.display());
    }
    let shell = if cfg!(target_os = "windows") {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut child = Command::new(shell.0)
        .args([shell.1, command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    // Beside the reading, so that neither side waits for the other; a program that does not read all is no error of ours.
    let writer = child.stdin.take().map(|mut stdin| {
        std::thread::spawn(move || {
            let _ = stdin.write_all(paths.as_bytes());
        })
    });
    let output = child
        .wait_with_output()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if let Some(writer) = writer {
        let _ = writer.join();
    }
    if !output.status.success() {
        return Err(failed(format!("failed: {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("printed what is no text".to_owned()))
}
