//! `statement`: what may be said about privacy, in words, as JSON, signed, or checked.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use pictures::PictureModel;
use privacy::sign::{Signatory, check};
use privacy::{Cost, Guarantee, Ledger, Statement, grouped};
use serde_json::{Value, json};
use tables::Model;
use tables::linked::LinkedModel;

use super::learn::write_whole;
use super::rows::measured;
use crate::Verdict;
use crate::args::StatementArgs;
use crate::failure::Failure;
use crate::progress::Meter;

/// A file that a statement is about.
struct Subject {
    path: PathBuf,
    sha256: String,
    ledger: Ledger,
}

pub(crate) fn run(
    args: &StatementArgs,
    quiet: bool,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    let subject = subject(&args.subject)?;
    let statement = Statement::of(&subject.ledger);
    let name = subject
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    if let Some(signed) = &args.check {
        let text = fs::read_to_string(signed).map_err(|error| {
            Failure::new(format!("{} cannot be read: {error}", signed.display()))
        })?;
        let found = check(
            &text,
            &subject.sha256,
            &statement,
            args.signed_by.as_deref(),
        );
        if args.json {
            let answer = match &found {
                Ok(key) => json!({"holds": true, "signed_by": key}),
                Err(error) => json!({"holds": false, "why": error.to_string()}),
            };
            writeln!(out, "{answer}")?;
        } else {
            match &found {
                Ok(key) => writeln!(
                    out,
                    "the statement holds for {name}; it was signed with the key {key}\n\n{}",
                    statement.summary
                )?,
                Err(error) => writeln!(
                    out,
                    "the statement does not hold for {name}: {error}; {}",
                    error.hint()
                )?,
            }
        }
        return Ok(if found.is_ok() {
            Verdict::Yes
        } else {
            Verdict::No
        });
    }
    if let Some(path) = &args.out {
        let Some(key) = &args.key else {
            return Err(Failure::new("a statement for others is signed, and no key is given")
                .with_hint("add `--key FILE`; where the file is not there, a new key is made and written to it"));
        };
        let signatory = signatory(key, &meter)?;
        let text = signatory
            .sign(&name, &subject.sha256, &statement)
            .map_err(|error| Failure::new(error.to_string()).with_hint(error.hint()))?;
        write_whole(path, text.as_bytes())?;
        meter.say(&format!(
            "signed {} with the key {}",
            path.display(),
            signatory.public()
        ));
    }
    if args.json {
        let text =
            serde_json::to_string(&statement).map_err(|error| Failure::new(error.to_string()))?;
        writeln!(out, "{text}")?;
    } else {
        write!(out, "{}", page(&statement))?;
    }
    Ok(Verdict::Yes)
}

/// The statement as a page: the summary, then the tables behind it.
fn page(statement: &Statement) -> String {
    let mut page = format!("{}\n", wrapped(&statement.summary));
    if statement.guarantee == Guarantee::Differential {
        page += "\nWhat was told with noise\n";
        let rows: Vec<[String; 5]> = statement
            .readings
            .iter()
            .map(|reading| {
                let cost = match (reading.rho, reading.epsilon) {
                    (Some(rho), _) => format!("ρ {rho:.3e}"),
                    (None, Some(epsilon)) => format!("ε {epsilon:.3e}"),
                    (None, None) => {
                        let rate = 100.0 * reading.rate.unwrap_or(1.0);
                        format!("{rate:.2} % of the records")
                    }
                };
                let delta = if reading.delta > 0.0 {
                    format!(", δ {:.1e}", reading.delta)
                } else {
                    String::new()
                };
                [
                    reading.purpose.clone(),
                    reading.mechanism.to_owned(),
                    format!("{:.2}", reading.scale),
                    grouped(reading.times),
                    format!("{cost}{delta}"),
                ]
            })
            .collect();
        let titles = ["for", "by", "scale", "times", "cost of each"].map(str::to_owned);
        let width = |column: usize| {
            rows.iter()
                .chain([&titles])
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..5).map(width).collect();
        for row in [&titles].into_iter().chain(&rows) {
            page += &format!(
                "  {:<a$}  {:<b$}  {:>c$}  {:>d$}  {}\n",
                row[0],
                row[1],
                row[2],
                row[3],
                row[4],
                a = widths[0],
                b = widths[1],
                c = widths[2],
                d = widths[3]
            );
        }
    }
    let lists: [(&str, Vec<&str>); 5] = [
        (
            "Why it does not hold",
            statement.broken.iter().map(String::as_str).collect(),
        ),
        (
            "Read without protection",
            statement.unprotected.iter().map(String::as_str).collect(),
        ),
        (
            "Read, and told to nobody",
            statement.kept.iter().map(String::as_str).collect(),
        ),
        (
            "Taken as known to everybody",
            statement.public.iter().map(String::as_str).collect(),
        ),
        ("Not covered", statement.not_covered.clone()),
    ];
    for (title, lines) in lists {
        if !lines.is_empty() {
            page += &format!("\n{title}\n");
            for line in lines {
                page += &format!("  - {line}\n");
            }
        }
    }
    page
}

/// Lines of at most 100 letters.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let letters = word.chars().count();
        if length > 0 {
            let fits = length + 1 + letters <= 100;
            lines.push(if fits { ' ' } else { '\n' });
            length = if fits { length + 1 } else { 0 };
        }
        lines.push_str(word);
        length += letters;
    }
    lines
}

/// The key in a file, or a new one in a new file that only its owner can read.
pub(super) fn signatory(path: &Path, meter: &Meter) -> Result<Signatory, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Signatory::from_hex(&text).map_err(|error| {
            Failure::new(format!("{} holds no key", path.display())).with_hint(error.hint())
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let signatory = Signatory::new()
                .map_err(|error| Failure::new(error.to_string()).with_hint(error.hint()))?;
            write_secret(path, &format!("{}\n", signatory.to_hex())).map_err(|error| {
                Failure::new(format!("{} cannot be written: {error}", path.display()))
            })?;
            meter.say(&format!(
                "made a new key, {}: keep it to yourself, and tell others {}",
                path.display(),
                signatory.public()
            ));
            Ok(signatory)
        }
        Err(error) => Err(Failure::new(format!(
            "{} cannot be read: {error}",
            path.display()
        ))),
    }
}

fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The ledger of a model, or of the card of made rows or of a data set.
fn subject(path: &Path) -> Result<Subject, Failure> {
    let shown = path.display();
    let file = if path.is_dir() {
        path.join("card.json")
    } else if path
        .extension()
        .is_some_and(|end| end == "csv" || end == "parquet")
    {
        path.with_extension("card.json")
    } else {
        path.to_owned()
    };
    let bytes = fs::read(&file).map_err(|error| {
        Failure::new(format!("{} cannot be read: {error}", file.display()))
            .with_hint("name a model, rows that `make` wrote with their card, or a data set")
    })?;
    let (_, sha256) = measured(&file)?;
    if file != path && !path.is_dir() {
        is_of_card(path, &bytes)?;
    }
    let ledger = if LinkedModel::recognises(&bytes) {
        LinkedModel::from_bytes(&bytes)
            .map_err(|error| Failure::from(error).in_file(&file))?
            .ledger()
            .clone()
    } else if Model::recognises(&bytes) {
        Model::from_bytes(&bytes)
            .map_err(|error| Failure::from(error).in_file(&file))?
            .ledger()
            .clone()
    } else if PictureModel::recognises(&bytes) {
        PictureModel::from_bytes(&bytes)
            .map_err(|error| Failure::from(error).in_file(&file))?
            .ledger()
            .clone()
    } else {
        let card: Option<Value> = serde_json::from_slice(&bytes).ok();
        card.as_ref()
            .and_then(|card| of_card(&card["populace"]))
            .ok_or_else(|| {
                Failure::new(format!("{shown} has no ledger")).with_hint(
                    "name a model, rows that `make` wrote with their card, or a data set",
                )
            })?
    };
    Ok(Subject {
        path: file,
        sha256,
        ledger,
    })
}

/// Whether rows are those that their card is about.
fn is_of_card(rows: &Path, card: &[u8]) -> Result<(), Failure> {
    let card: Value = serde_json::from_slice(card).unwrap_or_default();
    let (_, sha256) = measured(rows)?;
    if card["populace"]["file"]["sha256"].as_str() == Some(&sha256) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} is not as its card says: it was changed after it was made",
        rows.display()
    ))
    .with_hint("make the rows again"))
}

/// The ledger in a card: of rows as it is in their model, of pictures by source and number of records, which were all read without noise.
fn of_card(about: &Value) -> Option<Ledger> {
    let entries = about.get("ledger")?.as_array()?;
    if let Ok(ledger) = serde_json::from_value(json!({"entries": entries})) {
        return Some(ledger);
    }
    let mut ledger = Ledger::new();
    for entry in entries {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        ledger.enter(text("source")?, text("purpose")?, Cost::NotPrivate);
    }
    Some(ledger)
}
