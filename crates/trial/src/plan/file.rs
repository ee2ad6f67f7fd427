//! From a YAML file to a checked plan.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File as DiskFile;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use vision::read::{Layer, Points, Want};

use super::knobs::{KnobFile, base, knobs};
use super::{Budget, Holdout, Learner, Method, Plan, PlanError, Rungs, Search, Source, SourceKind};
use crate::metric::Metric;

/// Version of the format.
const FORMAT: u32 = 1;
/// A plan says what is tried in a few lines.
const MOST_BYTES: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    trial: u32,
    name: Option<String>,
    #[serde(default)]
    seed: u64,
    sources: BTreeMap<String, SourceFile>,
    amount: u64,
    knobs: BTreeMap<String, KnobFile>,
    #[serde(default)]
    base: BTreeMap<String, Value>,
    learner: LearnerFile,
    holdout: HoldoutFile,
    target: Option<String>,
    metric: Option<Metric>,
    #[serde(default)]
    groups: Vec<String>,
    slices: Option<String>,
    #[serde(default)]
    budget: BudgetFile,
    #[serde(default)]
    search: SearchFile,
    repeats: Option<u32>,
    round: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    recipe: Option<PathBuf>,
    model: Option<PathBuf>,
    table: Option<PathBuf>,
    pictures: Option<PathBuf>,
    #[serde(default)]
    set: Vec<String>,
    weight: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LearnerFile {
    trees: Option<usize>,
    network: Option<NetworkFile>,
    command: Option<Vec<String>>,
    minutes: Option<f64>,
    memory_gib: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkFile {
    landmarks: Option<PointsFile>,
    class: Option<String>,
    numbers: Option<Vec<String>>,
    segments: Option<LayerFile>,
    #[serde(default)]
    groups: BTreeMap<String, Vec<u8>>,
    steps: Option<usize>,
    side: Option<usize>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum PointsFile {
    Face,
    FaceContour,
    Body,
    RightHand,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum LayerFile {
    Parsing,
    EyeParsing,
    Parts,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum HoldoutFile {
    Cut(PathBuf),
    Two { search: PathBuf, confirm: PathBuf },
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct BudgetFile {
    trials: Option<u32>,
    minutes: Option<f64>,
    parallel: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct SearchFile {
    method: Option<Method>,
    halving: Option<HalvingFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HalvingFile {
    rungs: u32,
    #[serde(default = "three")]
    keep: u32,
}

fn three() -> u32 {
    3
}

pub(super) fn wrong(message: impl Into<String>, hint: impl Into<String>) -> PlanError {
    PlanError::new(message, hint)
}

impl Plan {
    /// Reads a plan's file. Paths in it are relative to its folder.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no plan, with the place; knobs that turn nothing there is; files that are not there.
    pub fn open(path: &Path) -> Result<Self, PlanError> {
        let shown = path.display();
        let mut text = String::new();
        let file = DiskFile::open(path).map_err(|error| {
            wrong(
                format!("the plan {shown} cannot be read: {error}"),
                "name a plan, such as those in plans/",
            )
        })?;
        file.take(MOST_BYTES + 1)
            .read_to_string(&mut text)
            .map_err(|error| {
                wrong(
                    format!("the plan {shown} cannot be read: {error}"),
                    "a plan is a YAML text",
                )
            })?;
        if text.len() as u64 > MOST_BYTES {
            return Err(wrong(
                format!(
                    "{shown} has more than 1 MiB, and a plan says what is tried in a few lines"
                ),
                "is it the right file?",
            ));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder).map_err(|error| error.at(&shown.to_string()))
    }

    /// Reads a plan's text.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn parse(text: &str, folder: &Path) -> Result<Self, PlanError> {
        let file: PlanFile = serde_saphyr::from_str(text).map_err(|error| {
            let all = error.to_string();
            let line = all.lines().next().unwrap_or_default();
            wrong(
                line.trim_start_matches("error: ").to_owned(),
                "docs/trial.md shows a plan with everything it may say",
            )
        })?;
        if file.trial != FORMAT {
            return Err(wrong(
                format!(
                    "it says `trial: {}`, and this program reads version {FORMAT}",
                    file.trial
                ),
                format!("write `trial: {FORMAT}`"),
            ));
        }
        let sources = sources(file.sources, folder)?;
        let knobs = knobs(file.knobs, &sources)?;
        let base = base(file.base, &knobs)?;
        if file.amount == 0 {
            return Err(wrong(
                "`amount` is 0, and a data set has samples",
                "say how many",
            ));
        }
        let tables = sources
            .iter()
            .all(|source| matches!(source.kind, SourceKind::Model | SourceKind::Table));
        let pictures = sources
            .iter()
            .all(|source| matches!(source.kind, SourceKind::Recipe | SourceKind::Pictures));
        if !tables && !pictures {
            return Err(wrong(
                "some sources are of rows and some of pictures",
                "make a plan for each",
            ));
        }
        let learner = learner(&file.learner, tables)?;
        if tables && matches!(learner, Learner::Trees { .. }) && file.target.is_none() {
            return Err(wrong(
                "nothing says what the trees are to predict",
                "write `target:` and a column",
            ));
        }
        let metric = file.metric.unwrap_or(Metric::Error);
        if pictures && !matches!(metric, Metric::Loss | Metric::Error | Metric::LogLoss) {
            return Err(wrong(
                format!(
                    "`metric` is the {}, which is not for pictures",
                    metric.words()
                ),
                "pictures have loss (that of the learner), error and log_loss",
            ));
        }
        let holdout = match file.holdout {
            HoldoutFile::Cut(path) => Holdout::Cut(beside(folder, &path)?),
            HoldoutFile::Two { search, confirm } => Holdout::Two {
                search: beside(folder, &search)?,
                confirm: beside(folder, &confirm)?,
            },
        };
        if pictures && matches!(holdout, Holdout::Cut(_)) {
            return Err(wrong(
                "the hold-out of pictures is one folder, and the search may not see what the final comparison is made on",
                "cut it by person or place and write `holdout: {search: FOLDER, confirm: FOLDER}`",
            ));
        }
        let budget = Budget {
            trials: file.budget.trials.unwrap_or(50),
            minutes: file.budget.minutes,
            parallel: file.budget.parallel.unwrap_or(1),
        };
        if budget
            .minutes
            .is_some_and(|minutes| minutes.is_nan() || minutes <= 0.0)
        {
            return Err(wrong(
                "`budget: minutes` is not above 0",
                "give the study some minutes",
            ));
        }
        if !(1..=64).contains(&budget.parallel) || !(1..=100_000).contains(&budget.trials) {
            return Err(wrong(
                "`budget` has `parallel` outside 1 to 64 or `trials` outside 1 to 100,000",
                "write numbers between these",
            ));
        }
        let rungs = file
            .search
            .halving
            .map_or(Rungs { count: 1, keep: 3 }, |halving| Rungs {
                count: halving.rungs,
                keep: halving.keep,
            });
        if !(1..=6).contains(&rungs.count) || !(2..=10).contains(&rungs.keep) {
            return Err(wrong(
                "`halving` has `rungs` outside 1 to 6 or `keep` outside 2 to 10",
                "write `halving: {rungs: 3, keep: 3}`",
            ));
        }
        let repeats = file.repeats.unwrap_or(5);
        if !(2..=1000).contains(&repeats) {
            return Err(wrong(
                format!(
                    "`repeats` is {repeats}, and what chance does to training shows from 2 up to 1,000"
                ),
                "write `repeats: 5`",
            ));
        }
        let mut hash = Sha256::new();
        hash.update(text.as_bytes());
        for source in &sources {
            hash_path(&mut hash, &source.path);
        }
        match &holdout {
            Holdout::Cut(path) => hash_path(&mut hash, path),
            Holdout::Two { search, confirm } => {
                hash_path(&mut hash, search);
                hash_path(&mut hash, confirm);
            }
        }
        Ok(Self {
            name: file.name.unwrap_or_else(|| "trial".to_owned()),
            seed: file.seed,
            sources,
            amount: file.amount,
            knobs,
            base,
            learner,
            holdout,
            target: file.target,
            metric,
            groups: file.groups,
            slices: file.slices,
            budget,
            search: Search {
                method: file.search.method.unwrap_or(Method::Model),
                rungs,
            },
            repeats,
            round: file.round.unwrap_or(1),
            folder: folder.to_owned(),
            digest: hex(&hash.finalize()),
        })
    }
}

/// Files by their bytes, folders by the names and lengths of what is directly in them: enough to see that a study goes on with what it began with.
fn hash_path(hash: &mut Sha256, path: &Path) {
    if path.is_dir() {
        let mut names: Vec<(String, u64)> = std::fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| {
                let length = entry.metadata().map_or(0, |about| about.len());
                (entry.file_name().to_string_lossy().into_owned(), length)
            })
            .collect();
        names.sort_unstable();
        for (name, length) in names {
            hash.update(name.as_bytes());
            hash.update(length.to_le_bytes());
        }
    } else if let Ok(mut file) = DiskFile::open(path) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = file.read(&mut buffer) {
            hash.update(&buffer[..read]);
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn beside(folder: &Path, path: &Path) -> Result<PathBuf, PlanError> {
    let whole = folder.join(path);
    if whole.exists() {
        Ok(whole)
    } else {
        Err(wrong(
            format!("there is no {}", whole.display()),
            "paths in a plan are relative to its folder",
        ))
    }
}

fn sources(files: BTreeMap<String, SourceFile>, folder: &Path) -> Result<Vec<Source>, PlanError> {
    let mut sources = Vec::new();
    for (name, file) in files {
        let place = format!("source `{name}`");
        let named: Vec<(SourceKind, PathBuf)> = [
            (SourceKind::Recipe, file.recipe),
            (SourceKind::Model, file.model),
            (SourceKind::Table, file.table),
            (SourceKind::Pictures, file.pictures),
        ]
        .into_iter()
        .filter_map(|(kind, path)| Some((kind, path?)))
        .collect();
        let [(kind, path)] = &named[..] else {
            return Err(wrong(
                format!("it names {} files", named.len()),
                "say one of `recipe:`, `model:`, `table:` and `pictures:`",
            )
            .at(&place));
        };
        if !file.set.is_empty() && *kind != SourceKind::Recipe {
            return Err(wrong("`set` is about recipes", "leave it out").at(&place));
        }
        // The first source is the data set unless something else is said, so that a plan may begin with one.
        let weight = file
            .weight
            .unwrap_or(if sources.is_empty() { 1.0 } else { 0.0 });
        if !(weight >= 0.0 && weight.is_finite()) {
            return Err(wrong("its weight is no number from 0", "write `weight: 1`").at(&place));
        }
        sources.push(Source {
            path: beside(folder, path).map_err(|error| error.at(&place))?,
            name,
            kind: *kind,
            set: file.set,
            weight,
        });
    }
    if sources.is_empty() {
        return Err(wrong(
            "`sources` is empty, so there is nothing to make data sets from",
            "name a recipe or a model: `sources: {made: {model: adult.model}}`",
        ));
    }
    if sources.iter().all(|source| source.weight == 0.0) {
        return Err(wrong("every source weighs 0", "leave out a `weight`"));
    }
    Ok(sources)
}

fn learner(file: &LearnerFile, tables: bool) -> Result<Learner, PlanError> {
    let only_command = file.minutes.is_some() || file.memory_gib.is_some();
    match (&file.trees, &file.network, &file.command) {
        (Some(trees), None, None) if tables && !only_command => {
            if !(1..=5000).contains(trees) {
                return Err(wrong(
                    format!("`learner` has {trees} trees"),
                    "1 to 5,000 are allowed; 100 do for most tables",
                ));
            }
            Ok(Learner::Trees { trees: *trees })
        }
        (Some(_), None, None) if !tables => Err(wrong(
            "`learner: {trees: …}` learns from rows, and the sources are of pictures",
            "name a network, or a command",
        )),
        (None, Some(network), None) if !tables && !only_command => network_of(network),
        (None, Some(_), None) if tables => Err(wrong(
            "`learner: {network: …}` learns from pictures, and the sources are of rows",
            "write `learner: {trees: 100}`",
        )),
        (None, None, Some(command)) if !command.is_empty() => {
            let minutes = file.minutes.unwrap_or(60.0);
            if !(minutes > 0.0 && minutes <= 1e5)
                || file
                    .memory_gib
                    .is_some_and(|gib| !(gib > 0.01 && gib < 1e5))
            {
                return Err(wrong(
                    "`minutes` or `memory_gib` of the learner is out of range",
                    "write `minutes: 10` and `memory_gib: 4`",
                ));
            }
            Ok(Learner::Command {
                command: command.clone(),
                minutes,
                memory_gib: file.memory_gib,
            })
        }
        _ => Err(wrong(
            "`learner` names none, or more than one",
            "write `learner: {trees: 100}`, `learner: {network: {landmarks: face}}` or `learner: {command: [python3, learn.py], minutes: 10}`",
        )),
    }
}

/// What a network is to tell: one thing.
fn network_of(file: &NetworkFile) -> Result<Learner, PlanError> {
    let groups: Vec<(String, Vec<u8>)> = file
        .groups
        .iter()
        .map(|(name, numbers)| (name.clone(), numbers.clone()))
        .collect();
    let mut wants = Vec::new();
    wants.extend(file.landmarks.map(|points| {
        Want::Landmarks(match points {
            PointsFile::Face => Points::Face,
            PointsFile::FaceContour => Points::FaceContour,
            PointsFile::Body => Points::Body,
            PointsFile::RightHand => Points::RightHand,
        })
    }));
    wants.extend(file.class.clone().map(Want::Class));
    wants.extend(file.numbers.clone().map(Want::Numbers));
    wants.extend(file.segments.map(|layer| {
        let layer = match layer {
            LayerFile::Parsing => Layer::Parsing,
            LayerFile::EyeParsing => Layer::EyeParsing,
            LayerFile::Parts => Layer::Parts,
        };
        Want::Segments(layer, groups.clone())
    }));
    let [want] = &wants[..] else {
        return Err(wrong(
            format!("`network` is to tell {} things", wants.len()),
            "say one of `landmarks: face`, `class: ATTRIBUTE`, `numbers: [ATTRIBUTE, …]` and `segments: parsing`",
        ));
    };
    if matches!(want, Want::Segments(..)) == groups.is_empty() {
        return Err(wrong(
            "`groups` of a network are classes of `segments`, and go with these alone",
            "write `network: {segments: parsing, groups: {skin: [1], eyes: [4, 5]}}`",
        ));
    }
    Ok(Learner::Network {
        want: want.clone(),
        steps: file.steps,
        side: file.side,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::knob::Setting;

    const SOUND: &str = "trial: 1
sources: {made: {table: made.csv}, real: {table: real.csv}}
amount: 1000
target: y
knobs:
  amount: {of: amount, from: 100, to: 1000, scale: log}
  real: {of: weight real, values: [0, 0.5]}
learner: {trees: 50}
holdout: real.csv
";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["made.csv", "real.csv"] {
            std::fs::write(folder.path().join(name), "x,y\n1,a\n").unwrap();
        }
        folder
    }

    #[test]
    fn a_sound_plan_says_what_it_says() {
        let folder = folder();
        let plan = Plan::parse(SOUND, folder.path()).unwrap();
        assert_eq!(plan.knobs.len(), 2);
        assert_eq!(plan.counts(&Setting::new(), 1.0), [1000, 0]);
        let half = Setting::from([("real".to_owned(), Value::from(0.5))]);
        assert_eq!(plan.counts(&half, 0.3), [200, 100]);
        // What it names is part of what it is.
        std::fs::write(folder.path().join("made.csv"), "x,y\n2,a\n").unwrap();
        assert_ne!(
            plan.digest,
            Plan::parse(SOUND, folder.path()).unwrap().digest
        );
    }

    #[test]
    fn each_mistake_has_a_sentence() {
        let folder = folder();
        for (from, to, said) in [
            ("trial: 1", "trial: 2", "version 1"),
            ("made.csv}", "gone.csv}", "there is no"),
            ("made.csv}", "made.csv, model: real.csv}", "names 2 files"),
            ("weight real", "weight reel", "no source `reel`"),
            ("of: amount", "of: amounts", "nothing that a knob turns"),
            ("of: amount", "of: set hue", "what a recipe has"),
            ("from: 100", "from: 1000", "what it can be turned to"),
            ("from: 100", "from: 0", "at or below 0"),
            ("[0, 0.5]", "[0, -1]", "a number from 0"),
            ("trees: 50", "trees: 0", "0 trees"),
            ("trees: 50", "forest: 50", "forest"),
            ("target: y\n", "", "what the trees are to predict"),
            ("amount: 1000", "amount: 0", "`amount` is 0"),
            (
                "holdout: real.csv",
                "holdout: real.csv\nbase: {real: 0.7}",
                "cannot be turned to",
            ),
            (
                "holdout: real.csv",
                "holdout: real.csv\nrepeats: 1",
                "`repeats` is 1",
            ),
        ] {
            let text = SOUND.replacen(from, to, 1);
            assert_ne!(text, SOUND);
            let error = Plan::parse(&text, folder.path()).unwrap_err();
            assert!(error.to_string().contains(said), "{to}: {error}");
            assert!(!error.hint().is_empty());
        }
    }
}
