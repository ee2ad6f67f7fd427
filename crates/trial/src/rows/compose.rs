//! Rows of a data set: drawn from models, taken from files, side by side in the hold-out's columns.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use check::{TableAbout, aligned, same_columns};
use population::stream::{Seed, Streams};
use privacy::Ledger;
use sha2::{Digest, Sha256};
use tables::model::{Draw, Request, Wish};
use tables::{Cells, Column, FileFormat, Layout, MISSING_LEVEL, Model, Rule, Table};

use super::{open, write};
use crate::knob::{Of, Setting};
use crate::plan::{Plan, PlanError, Source, SourceKind, file_hex};
use crate::work::{Fault, Task};

/// The sources of a plan, opened.
#[derive(Debug)]
pub(crate) struct Maker<'p> {
    plan: &'p Plan,
    sources: Vec<Opened>,
    /// Where drawn rows are kept under what they were drawn from.
    kept: PathBuf,
    /// One draw of the same rows at a time.
    busy: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
}

#[derive(Debug)]
enum Opened {
    Model {
        model: Box<Model>,
        /// SHA-256 of its file.
        digest: String,
    },
    Table {
        path: PathBuf,
        rows: u64,
    },
}

impl<'p> Maker<'p> {
    pub(super) fn open(
        plan: &'p Plan,
        folder: &Path,
        ledger: &mut Ledger,
    ) -> Result<Self, PlanError> {
        let mut sources = Vec::new();
        for source in &plan.sources {
            let place = format!("source `{}`", source.name);
            sources.push(match source.kind {
                SourceKind::Model => {
                    let bytes = std::fs::read(&source.path).map_err(|error| {
                        PlanError::new(
                            format!("{place}: {} cannot be read: {error}", source.path.display()),
                            "name a model that `populace learn` wrote",
                        )
                    })?;
                    let model = Model::from_bytes(&bytes).map_err(|error| {
                        PlanError::new(
                            format!("{place}: {}: {error}", source.path.display()),
                            error.hint(),
                        )
                    })?;
                    Opened::Model {
                        digest: file_hex(&Sha256::digest(&bytes)),
                        model: Box::new(model),
                    }
                }
                _ => Opened::Table {
                    rows: rows_of(source, ledger)?,
                    path: source.path.clone(),
                },
            });
        }
        let maker = Self {
            plan,
            sources,
            kept: folder.join("rows"),
            busy: Mutex::default(),
        };
        // Mistakes in knobs are found before anything is trained.
        for (source, opened) in plan.sources.iter().zip(&maker.sources) {
            if let Opened::Model { model, .. } = opened {
                for knob in &plan.knobs {
                    let middle = Setting::from([(knob.name.clone(), knob.reach.at(0.5))]);
                    maker
                        .request(&source.name, model, &middle)
                        .and_then(|(request, how)| {
                            model
                                .draws(&request, Seed(0), how)
                                .map(|_| ())
                                .map_err(|error| Fault::new(error.to_string()))
                        })
                        .map_err(|fault| {
                            PlanError::new(
                                format!("knob `{}`: {fault}", knob.name),
                                "change what it turns, or its values",
                            )
                        })?;
                }
            }
        }
        Ok(maker)
    }

    /// What sources are.
    pub(super) fn tables(&self) -> Vec<TableAbout> {
        let sources = self.plan.sources.iter().zip(&self.sources);
        sources
            .map(|(source, opened)| {
                let (rows, of) = match opened {
                    Opened::Model { model, .. } => (model.rows_learned(), "rows learned from"),
                    Opened::Table { rows, .. } => (*rows, "rows"),
                };
                let name = source.path.file_name();
                TableAbout {
                    role: format!("source `{}`", source.name),
                    name: name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
                    rows,
                    of,
                }
            })
            .collect()
    }

    /// What a setting asks of a model.
    fn request(
        &self,
        source: &str,
        model: &Model,
        setting: &Setting,
    ) -> Result<(Request, Draw), Fault> {
        let mut request = Request::default();
        let mut how = Draw::Refined;
        for knob in &self.plan.knobs {
            let Some(value) = setting.get(&knob.name) else {
                continue;
            };
            if knob.source.as_ref().is_some_and(|own| own != source) {
                continue;
            }
            let number = value.as_f64();
            let condition = |text: &str| {
                Rule::parse(text, model.columns()).map_err(|error| Fault::new(error.to_string()))
            };
            match (&knob.of, number) {
                (Of::Share(text), Some(share)) => request.wishes.push(Wish::Share {
                    condition: condition(text)?,
                    share,
                }),
                (Of::Times(text), Some(factor)) => request.wishes.push(Wish::Times {
                    condition: condition(text)?,
                    factor,
                }),
                (Of::Move(column), Some(by)) => request.wishes.push(Wish::Move {
                    column: column.clone(),
                    by,
                }),
                (Of::Temperature, Some(heat)) => request.temperature = Some(heat),
                (Of::Draw, None) if value.as_str() == Some("plain") => how = Draw::Plain,
                _ => {}
            }
        }
        Ok((request, how))
    }

    /// The rows of a task, in these columns.
    pub(super) fn make(
        &self,
        task: &Task,
        layout: &Layout,
        columns: &[Column],
    ) -> Result<Table, Fault> {
        let counts = self.plan.counts(&task.setting, task.share);
        let mut parts = Vec::new();
        for ((source, opened), &count) in self.plan.sources.iter().zip(&self.sources).zip(&counts) {
            if count == 0 {
                continue;
            }
            let seed = Seed(
                Streams::new(Seed(self.plan.seed), task.repeat.into())
                    .stream(&format!("trial/source/{}", source.name))
                    .next_u64(),
            );
            let rows = match opened {
                Opened::Model { model, digest } => {
                    self.drawn(&source.name, model, digest, task, seed, count)?
                }
                Opened::Table { path, .. } => path.clone(),
            };
            let mut table = read(&rows, layout, &source.name)?;
            if matches!(opened, Opened::Table { .. }) {
                let mut order: Vec<u32> = (0..table.rows as u32).collect();
                let mut stream = Streams::new(seed, 0).stream("trial/rows");
                for place in (1..order.len()).rev() {
                    order.swap(place, stream.below(place as u64 + 1) as usize);
                }
                order.truncate(count as usize);
                table = table.taken(&order);
            } else if table.rows as u64 > count {
                let order: Vec<u32> = (0..count as u32).collect();
                table = table.taken(&order);
            }
            parts.push(aligned(&table, columns));
        }
        joined(&parts, columns)
    }

    /// The file with at least so many rows of a model, drawn if it is not there yet. Row `i` does not depend on how many are drawn, so more of the same begin with the same.
    fn drawn(
        &self,
        source: &str,
        model: &Model,
        digest: &str,
        task: &Task,
        seed: Seed,
        count: u64,
    ) -> Result<PathBuf, Fault> {
        let (request, how) = self.request(source, model, &task.setting)?;
        // What the rows depend on, and nothing else of the setting.
        let turned: BTreeMap<&str, String> = self
            .plan
            .knobs
            .iter()
            .filter(|knob| {
                !matches!(
                    knob.of,
                    Of::Amount | Of::Weight(_) | Of::Learner(_) | Of::Set(_)
                ) && knob.source.as_ref().is_none_or(|own| own == source)
            })
            .filter_map(|knob| Some((knob.name.as_str(), task.setting.get(&knob.name)?)))
            .map(|(name, value)| (name, value.to_string()))
            .collect();
        let kept: Vec<(String, &String)> = self
            .plan
            .knobs
            .iter()
            .filter_map(|knob| Some((knob.of.to_string(), turned.get(knob.name.as_str())?)))
            .collect();
        let name = serde_json::to_string(&(digest, &kept, seed.0)).unwrap_or_default();
        let name = file_hex(&Sha256::digest(name.as_bytes())[..12]);
        let lock = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            busy.entry(name.clone()).or_default().clone()
        };
        let _alone = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let file = |count: u64| self.kept.join(format!("{name}-{count}.parquet"));
        let there = std::fs::read_dir(&self.kept)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let own = entry.file_name().to_string_lossy().into_owned();
                let rest = own.strip_prefix(&name)?.strip_prefix('-')?;
                rest.strip_suffix(".parquet")?.parse::<u64>().ok()
            })
            .filter(|&rows| rows >= count)
            .min();
        if let Some(rows) = there {
            return Ok(file(rows));
        }
        let disk =
            |error: &dyn std::fmt::Display| Fault::new(format!("rows of `{source}`: {error}"));
        std::fs::create_dir_all(&self.kept).map_err(|error| disk(&error))?;
        let draws = model
            .draws(&request, seed, how)
            .map_err(|error| disk(&error))?;
        let table = draws.in_turn().next(count).map_err(|error| disk(&error))?;
        let path = file(count);
        write(&table, &path, FileFormat::Parquet).map_err(|error| disk(&error))?;
        Ok(path)
    }
}

/// A table is real rows, as far as anybody knows: it is read once behind the door, so that the ledger has it.
fn rows_of(source: &Source, ledger: &mut Ledger) -> Result<u64, PlanError> {
    let mut file = open(&source.path).map_err(|error| {
        PlanError::new(
            format!("source `{}`: {error}", source.name),
            error.hint().unwrap_or_default(),
        )
    })?;
    let real =
        check::real(&mut file, &tables::Overrides::none(), None, ledger).map_err(|error| {
            PlanError::new(
                format!("source `{}`: {error}", source.name),
                "name a table that can be read",
            )
        })?;
    let table = real
        .table
        .open(ledger, "training of models that are compared");
    Ok(table.rows as u64)
}

/// By way of a file, as a user would have them: whoever drew it, its values are read as the hold-out's are.
fn read(path: &Path, layout: &Layout, source: &str) -> Result<Table, Fault> {
    let fault = |error: &dyn std::fmt::Display| Fault::new(format!("source `{source}`: {error}"));
    let mut file = open(path).map_err(|error| fault(&error))?;
    // The plan's ledger has these readings already; drawn rows are nobody's.
    let mut ledger = Ledger::new();
    let wanted = same_columns(&mut file, layout, "composed", None, &mut ledger)
        .map_err(|error| fault(&error))?;
    Ok(wanted
        .table
        .open(&mut ledger, "training of models that are compared")
        .clone())
}

/// Tables of the same columns, one below the other.
fn joined(parts: &[Table], columns: &[Column]) -> Result<Table, Fault> {
    let [first, more @ ..] = parts else {
        return Err(Fault::new(
            "the data set has no rows: every weight is 0, or the amount too small",
        ));
    };
    let mut table = first.clone();
    for part in more {
        for (own, other) in table.cells.iter_mut().zip(&part.cells) {
            append(own, table.rows, other);
        }
        table.rows += part.rows;
    }
    columns.clone_into(&mut table.columns);
    Ok(table)
}

fn append(own: &mut Cells, rows: usize, other: &Cells) {
    match (own, other) {
        (
            Cells::Numbers { values, special },
            Cells::Numbers {
                values: more,
                special: more_special,
            },
        ) => {
            if !special.is_empty() || !more_special.is_empty() {
                special.resize(rows, 0);
                special.extend_from_slice(more_special);
                special.resize(rows + more.len(), 0);
            }
            values.extend_from_slice(more);
        }
        (
            Cells::Levels { codes, levels },
            Cells::Levels {
                codes: more,
                levels: others,
            },
        ) => {
            let place: Vec<u32> = others
                .iter()
                .map(|level| {
                    let at = levels.iter().position(|own| own == level);
                    at.unwrap_or_else(|| {
                        levels.push(level.clone());
                        levels.len() - 1
                    }) as u32
                })
                .collect();
            codes.extend(more.iter().map(|&code| {
                if code == MISSING_LEVEL {
                    MISSING_LEVEL
                } else {
                    place[code as usize]
                }
            }));
        }
        (Cells::Opaque { present }, Cells::Opaque { present: more }) => {
            present.extend_from_slice(more);
        }
        (Cells::Keys { rows }, Cells::Keys { rows: more }) => rows.extend_from_slice(more),
        // The same columns have the same kinds of cells.
        _ => {}
    }
}
