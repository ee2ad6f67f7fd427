//! Tables at several ε.

use std::path::Path;

use check::{Ground, Real, TableAbout, real, same_columns, scores};
use population::stream::{Seed, Streams};
use privacy::Ledger;
use tables::model::{Draw, Settings};
use tables::private::{Found, Mechanism, Terms};
use tables::{
    Cells, FileFormat, Model, Overrides, Source, SourceError, SourceOptions, Table, TableWriter,
};

use crate::arms::{Arm, Arms, Epsilon, FrontierError, Measure, Study};

/// The share of the rows that is put aside for testing where no hold-out is given.
const TESTED: f64 = 0.3;

fn of_source(error: &SourceError) -> FrontierError {
    let hint = error.hint().unwrap_or_default().to_owned();
    FrontierError::new(error.to_string(), hint)
}

fn open(place: &str) -> Result<Source, FrontierError> {
    Source::open(place, &SourceOptions::default()).map_err(|error| of_source(&error))
}

/// Learns a table at each ε, makes as many rows as it learned from, trains boosted trees on them and tries them on real rows that nothing was learned from: those of `holdout`, or a random three tenths.
/// `progress` is told what comes next.
///
/// # Errors
///
/// A source that cannot be read, columns that are not there, a disk that is full. What fails at one ε is told there.
pub fn of_table(
    place: &str,
    holdout: Option<&str>,
    overrides: &Overrides,
    study: &Study,
    ledger: &mut Ledger,
    mut progress: impl FnMut(&str),
) -> Result<Arms, FrontierError> {
    let folder = tempfile::tempdir().map_err(|error| {
        FrontierError::new(
            format!("there is no room for rows in between: {error}"),
            "make room for temporary files",
        )
    })?;
    let read = |error: &dyn std::fmt::Display| {
        FrontierError::new(error.to_string(), "see `populace learn --kinds`")
    };
    let (learned_from, tested_on) = if let Some(holdout) = holdout {
        (place.to_owned(), holdout.to_owned())
    } else {
        let mut source = open(place)?;
        let Real { table, .. } =
            real(&mut source, overrides, None, ledger).map_err(|error| read(&error))?;
        let purpose = "random split into rows to learn from and to test on";
        split(table.open(ledger, purpose), folder.path(), Seed(study.seed))?
    };
    let mut source = open(&learned_from)?;
    let Real { layout, table, .. } =
        real(&mut source, overrides, None, ledger).map_err(|error| read(&error))?;
    let mut fresh = open(&tested_on)?;
    let fresh_table = same_columns(&mut fresh, &layout, "hold-out", None, ledger)
        .map_err(|error| read(&error))?;
    let mut notes = fresh_table.notes.clone();
    let train = table.open(ledger, "comparison of models at several ε");
    let fresh = fresh_table
        .table
        .open(ledger, "test of models at several ε");
    let name = |place: &str| {
        Path::new(place)
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    };
    let tables =
        [("training", train.rows), ("hold-out", fresh.rows)].map(|(role, rows)| TableAbout {
            role: role.to_owned(),
            name: match (role, holdout) {
                ("hold-out", Some(holdout)) => name(holdout),
                _ => name(place),
            },
            rows: rows as u64,
            of: "rows",
        });
    let seed = Seed(study.seed);
    let whole = Ground::new(train, train, Some(fresh), seed);
    notes.extend(whole.notes.iter().cloned());
    let column = |name: &String| {
        whole.position(name).ok_or_else(|| {
            let known: Vec<&str> = whole.columns.iter().map(|c| c.name.as_str()).collect();
            FrontierError::new(
                format!("there is no column `{name}` that can be compared"),
                format!("these are: {}", known.join(", ")),
            )
        })
    };
    let target = column(&study.target)?;
    let groups: Vec<usize> = study.groups.iter().map(column).collect::<Result<_, _>>()?;
    if groups.contains(&target) {
        return Err(FrontierError::new(
            format!("`{}` is to be predicted and to be a group", study.target),
            "name two columns",
        ));
    }
    progress("a model trained on the real rows themselves");
    let (question, of_real) = scores(&whole, target, &groups, &whole.train, seed)
        .map_err(|why| FrontierError::new(why, "choose another --target"))?;
    let mut arms = Vec::new();
    for &epsilon in &study.epsilons {
        let mut arm = Arm {
            epsilon,
            repeats: Vec::new(),
            failed: None,
        };
        for repeat in 0..study.repeats {
            progress(&format!(
                "ε = {epsilon}, {} of {}",
                repeat + 1,
                study.repeats
            ));
            let seed = Seed(study.seed.wrapping_add(1 + u64::from(repeat)));
            let mut once = || -> Result<_, String> {
                let model = match epsilon {
                    Epsilon::Unlimited => {
                        let settings = Settings {
                            seed: seed.0,
                            ..Settings::default()
                        };
                        Model::learn(&table, ledger, &settings).map_err(|e| e.to_string())?
                    }
                    Epsilon::At(epsilon) => {
                        let terms = Terms {
                            epsilon,
                            delta: study.delta,
                            person: None,
                            mechanism: Mechanism::Aim,
                            canaries: 0,
                        };
                        let mut source = open(&learned_from).map_err(|e| e.to_string())?;
                        let found =
                            Found::of(&mut source, overrides, &terms).map_err(|e| e.to_string())?;
                        found.learn(&[], seed).map_err(|e| e.to_string())?.model
                    }
                };
                let rows = train.rows as u64;
                let made = model
                    .rows(0..rows, seed, Draw::Refined)
                    .map_err(|e| e.to_string())?;
                // By way of a file, as a user would have them: what is no longer of its column's type is then left out.
                let path = folder.path().join("made.parquet");
                write(&made, &path, seed).map_err(|e| e.to_string())?;
                let mut source = open(&path.to_string_lossy()).map_err(|e| e.to_string())?;
                // Made rows are nobody's.
                let mut unwritten = Ledger::new();
                let made = same_columns(&mut source, &layout, "synthetic", None, &mut unwritten)
                    .map_err(|e| e.to_string())?;
                let made = made.table.open(&mut unwritten, "models trained on them");
                let ground = Ground::new(train, made, Some(fresh), seed);
                let column = |name: &String| {
                    ground
                        .position(name)
                        .ok_or_else(|| format!("`{name}` is not in the made rows"))
                };
                let target = column(&study.target)?;
                let groups: Vec<usize> =
                    study.groups.iter().map(column).collect::<Result<_, _>>()?;
                Ok(scores(&ground, target, &groups, &ground.synthetic, seed)?.1)
            };
            match once() {
                Ok(scores) => arm.repeats.push(scores),
                Err(why) => arm.failed = Some(why),
            }
        }
        arms.push(arm);
    }
    Ok(Arms {
        question,
        measure: Measure::Area,
        real: of_real,
        arms,
        tables: tables.into(),
        notes,
    })
}

fn write(table: &Table, path: &Path, seed: Seed) -> Result<(), SourceError> {
    let mut writer = TableWriter::create(path, FileFormat::Parquet, &table.columns, seed)?;
    writer.write(table)?;
    writer.finish().map(|_| ())
}

/// Writes rows to learn from and rows to test on into a folder of its own, which goes when the study ends.
fn split(table: &Table, folder: &Path, seed: Seed) -> Result<(String, String), FrontierError> {
    let mut order: Vec<usize> = (0..table.rows).collect();
    let mut stream = Streams::new(seed, 0).stream("frontier/split");
    for place in (1..order.len()).rev() {
        order.swap(place, stream.below(place as u64 + 1) as usize);
    }
    let tested = (table.rows as f64 * TESTED) as usize;
    let part = |name: &str, rows: &[usize]| -> Result<String, FrontierError> {
        let cells = table.cells.iter().map(|cells| taken(cells, rows));
        let part = Table {
            columns: table.columns.clone(),
            cells: cells.collect(),
            rows: rows.len(),
        };
        let path = folder.join(name);
        write(&part, &path, seed).map_err(|error| of_source(&error))?;
        Ok(path.to_string_lossy().into_owned())
    };
    Ok((
        part("train.parquet", &order[tested..])?,
        part("test.parquet", &order[..tested])?,
    ))
}

fn taken(cells: &Cells, rows: &[usize]) -> Cells {
    fn take<T: Copy>(all: &[T], rows: &[usize]) -> Vec<T> {
        rows.iter()
            .filter_map(|&row| all.get(row).copied())
            .collect()
    }
    match cells {
        Cells::Numbers { values, special } => Cells::Numbers {
            values: take(values, rows),
            special: take(special, rows),
        },
        Cells::Levels { codes, levels } => Cells::Levels {
            codes: take(codes, rows),
            levels: levels.clone(),
        },
        Cells::Opaque { present } => Cells::Opaque {
            present: take(present, rows),
        },
        Cells::Keys { rows: keys } => Cells::Keys {
            rows: take(keys, rows),
        },
    }
}
