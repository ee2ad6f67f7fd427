//! `shift` over a recipe: the populations that are asked for are drawn from it, made into pictures, and shown to a user's model.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use check::TableAbout;
use dataset::Quiet;
use population::{ChosenPopulation, DeclaredPopulation, Population, Recipe, Seed};
use privacy::Ledger;
use sha2::{Digest, Sha256};
use shift::{
    Answer, Data, Judged, Metric, Question, Renders, ShiftError, Spec, Task, answer_of_pictures,
};
use studio::Studio;
use tables::{Overrides, Source, SourceOptions, Table};

use super::{predictions, text_of, write_found};
use crate::args::{OverrideArgs, ShiftArgs};
use crate::failure::Failure;
use crate::progress::Meter;
use crate::recipe::{self, Loaded};
use crate::verb::check::can_be_written;
use crate::verb::trial::said;
use crate::{Verdict, verb};

/// What is to be done where a user's program fails.
const CONTRACT: &str = "it is run by the shell with two more arguments, a folder as `populace make` writes it and the file for its answer, to which it writes a loss for each sample, a line each";

/// A recipe whose pictures are made as they are needed.
struct Studios<'a> {
    recipe: Recipe,
    studio: Studio,
    command: &'a str,
    /// Where pictures are kept, each set in a folder of its own.
    folder: PathBuf,
    /// Rows of the recipe beyond the data's.
    pool: Table,
    /// The number of the first of them.
    first: u64,
    pictures: usize,
}

impl Studios<'_> {
    /// The model's losses on some samples of the recipe. Pictures that are there already are kept.
    fn judged(&self, samples: &[u64]) -> Result<Vec<f64>, Failure> {
        let mut recipe = self.recipe.clone();
        recipe.count = samples.len() as u64;
        let mut digest = Sha256::new();
        digest.update(self.recipe.digest());
        for sample in samples {
            digest.update(sample.to_le_bytes());
        }
        let number = digest.finalize()[..8]
            .iter()
            .fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
        let folder = self.folder.join(format!("{number:016x}"));
        let whole = DeclaredPopulation::new(recipe.clone(), recipe.schema().clone())?;
        let population = ChosenPopulation::new(whole, samples.to_vec());
        verb::make::into_folder(
            &recipe,
            &population,
            &self.studio,
            verb::make::cores(),
            &folder,
        )?;
        asked(self.command, &folder, samples.len())
    }
}

impl Renders for Studios<'_> {
    fn pool(&self) -> &Table {
        &self.pool
    }

    fn pictures(&self) -> usize {
        self.pictures
    }

    fn losses(&self, rows: &[u32]) -> Result<Vec<f64>, ShiftError> {
        let samples: Vec<u64> = rows
            .iter()
            .map(|&row| self.first + u64::from(row))
            .collect();
        self.judged(&samples).map_err(|failure| {
            ShiftError::new(
                said(&failure),
                "the pictures are kept, and the same command goes on",
            )
        })
    }
}

/// What a user's program says of a folder of pictures.
fn asked(command: &str, folder: &Path, samples: usize) -> Result<Vec<f64>, Failure> {
    let failed = |what: String| Failure::new(format!("the command {what}")).with_hint(CONTRACT);
    let place = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("cannot make a temporary folder: {error}")))?;
    let answer = place.path().join("losses.txt");
    let status = Command::new("sh")
        .args(["-c", &format!("{command} \"$@\""), "sh"])
        .arg(folder)
        .arg(&answer)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !status.success() {
        return Err(failed(format!("failed: {status}")));
    }
    let text = fs::read_to_string(&answer)
        .map_err(|_| failed("wrote no answer, or one that is no text".to_owned()))?;
    let found = numbers(text.lines()).map_err(failed)?;
    if found.len() != samples {
        return Err(failed(format!(
            "wrote {} losses, and was given {samples} pictures",
            found.len()
        )));
    }
    Ok(found)
}

fn numbers<'t>(lines: impl Iterator<Item = &'t str>) -> Result<Vec<f64>, String> {
    lines
        .enumerate()
        .map(|(at, line)| {
            line.trim()
                .parse()
                .ok()
                .filter(|loss: &f64| loss.is_finite())
                .ok_or_else(|| format!("wrote no finite number in line {}", at + 1))
        })
        .collect()
}

pub(super) fn run(
    args: &ShiftArgs,
    path: &Path,
    quiet: bool,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    can_be_written(&args.out)?;
    let Loaded {
        mut recipe,
        sources,
    } = recipe::load(path, &OverrideArgs::default())?;
    if recipe.variants() > 1 || recipe.frames() > 1 {
        return Err(Failure::new("the recipe makes several pictures of one draw, and each would count as a sample of its own")
            .in_file(path)
            .with_hint("leave out `pair` and `sequence`; `populace check` measures what one attribute does to a model"));
    }
    let given = match &args.predictions {
        Some(file) => {
            let texts = predictions(file)?;
            let found = numbers(texts.iter().map(String::as_str)).map_err(|what| {
                Failure::new(format!(
                    "{} {}",
                    file.display(),
                    what.replacen("wrote", "has", 1)
                ))
                .with_hint("give a loss for each of the recipe's first samples, in their order")
            })?;
            Some(found)
        }
        None => None,
    };
    let first = given.as_ref().map_or(args.pictures, Vec::len);
    let whole = rows(&recipe, first as u64 + args.draws, &meter)?;
    let taken = |from: usize, to: usize| {
        let places: Vec<u32> = (from as u32..to as u32).collect();
        whole.taken(&places)
    };
    let base = taken(0, first);
    let spec = Spec::from_yaml(
        &text_of(&args.to)?,
        &args.to.display().to_string(),
        &base.columns,
    )?;
    if let Some((metric, _)) = spec
        .tolerance
        .iter()
        .find(|(metric, _)| *metric != Metric::Loss)
    {
        return Err(Failure::new(format!(
            "`tolerance` names `{}`, and pictures are judged by the loss that the command gives",
            metric.name()
        ))
        .in_file(&args.to)
        .with_hint("write `tolerance: {loss: 0.1}`"));
    }
    let mut notes = vec![format!(
        "of {} rows of the recipe the first {first} are the data; the populations that are asked for are drawn from the others",
        whole.rows
    )];
    notes.push("figures are of pictures that the recipe makes; what a model loses on real ones besides, `populace trial` and `populace check` measure".to_owned());
    let (losses, studios) = match (&args.command, given) {
        (None, Some(given)) => (given, None),
        (Some(command), given) => {
            let store = verb::packs::ready(&mut recipe, !args.no_install, &meter)?;
            let studios = Studios {
                studio: Studio::open(&store, &recipe, &sources)?,
                recipe,
                command,
                folder: args
                    .pictures_in
                    .clone()
                    .unwrap_or_else(|| args.out.with_extension("pictures")),
                pool: taken(first, whole.rows),
                first: first as u64,
                pictures: args.pictures,
            };
            let losses = if let Some(given) = given {
                given
            } else {
                meter.say(&format!("{first} pictures as the recipe draws them"));
                studios.judged(&(0..first as u64).collect::<Vec<_>>())?
            };
            (losses, Some(studios))
        }
        (None, None) => {
            return Err(
                Failure::new("nothing says what the model makes of the pictures")
                    .with_hint("give --command, or losses with --predictions"),
            );
        }
    };
    if studios.is_none() {
        notes.push("the model could not be asked about other pictures, so those that are there were reweighted alone; --command asks it".to_owned());
    }
    let judged = Judged {
        losses: vec![(Metric::Loss, losses)],
        answers: None,
    };
    let data = Data {
        table: &base,
        target: usize::MAX,
        task: &Task::Number,
        judged: &judged,
        threshold: args.threshold,
    };
    let question = Question {
        spec: &spec,
        metrics: &[Metric::Loss],
        ensemble: None,
        seed: Seed(args.seed),
    };
    let renders = studios.as_ref().map(|studios| studios as &dyn Renders);
    let found: Answer = answer_of_pictures(&data, &question, renders, &mut |what| meter.say(what))?;
    let name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let about = TableAbout {
        role: "recipe".to_owned(),
        name,
        rows: base.rows as u64,
        of: "pictures",
    };
    write_found(
        args,
        &found,
        notes,
        about,
        &base,
        Ledger::new(),
        &meter,
        out,
    )?;
    Ok(Verdict::of(found.broken().is_empty()))
}

/// The first rows of a recipe, without numbers of samples and seeds.
fn rows(recipe: &Recipe, count: u64, meter: &Meter) -> Result<Table, Failure> {
    let mut recipe = recipe.clone();
    recipe.count = count;
    let population = DeclaredPopulation::new(recipe.clone(), recipe.schema().clone())?;
    let place = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("cannot make a temporary folder: {error}")))?;
    let path = place.path().join("rows.parquet");
    dataset::rows_only(&recipe, &population as &dyn Population, &path, &Quiet)?;
    let mut source = Source::open(&path.to_string_lossy(), &SourceOptions::default())?;
    // Rows that a recipe draws are nobody's: this ledger is not kept.
    let mut ledger = Ledger::new();
    let real = check::real(&mut source, &Overrides::none(), None, &mut ledger)?;
    let table = real.table.open(&mut ledger, "rows that a recipe draws");
    meter.say(&format!("{count} rows of the recipe were drawn"));
    let kept: Vec<usize> = (0..table.columns.len())
        .filter(|&column| {
            // Numbers that only start other random choices mean nothing by themselves.
            let name = table.columns[column].name.as_str();
            !matches!(name, "sample" | "origin") && name.rsplit('.').next() != Some("seed")
        })
        .collect();
    Ok(Table {
        columns: kept.iter().map(|&c| table.columns[c].clone()).collect(),
        cells: kept.iter().map(|&c| table.cells[c].clone()).collect(),
        rows: table.rows,
    })
}
