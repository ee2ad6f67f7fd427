//! Data sets of rows: composed from models and files, learned from by boosted trees or a user's command.

mod compose;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use check::{Answers, Ground, Real, TableAbout, answers, real, same_columns};
use population::stream::{Seed, Streams};
use privacy::Ledger;
use tables::{
    Cells, FileFormat, Kind, Layout, MISSING_LEVEL, Overrides, Source, SourceOptions, Table,
    TableWriter,
};

use crate::command::{self, Answer};
use crate::pictures::Part;
use crate::plan::{Holdout, Learner, Plan, PlanError};
use crate::slices::{self, Slice};
use crate::work::{Fault, Grouping, Half, Scored, Task, Work};

pub(crate) use compose::Maker;

/// Numbers are cut into so many slices.
const QUARTERS: usize = 4;

/// Makes tables and trains on them.
#[derive(Debug)]
pub struct RowsWork<'p> {
    plan: &'p Plan,
    layout: Layout,
    search: Table,
    confirm: Table,
    target: Option<usize>,
    slices: Vec<Slice>,
    maker: Maker<'p>,
    folder: PathBuf,
}

fn fault(error: &dyn std::fmt::Display, hint: &str) -> PlanError {
    PlanError::new(error.to_string(), hint)
}

pub(crate) fn open(path: &Path) -> Result<Source, tables::SourceError> {
    Source::open(&path.to_string_lossy(), &SourceOptions::default())
}

impl<'p> RowsWork<'p> {
    /// Reads the hold-out and opens the sources of a plan about rows. `folder` is the study's, where drawn rows are kept.
    ///
    /// *Privacy*: hold-out and real sources are read without any guarantee; the ledger is told.
    ///
    /// # Errors
    ///
    /// Files that cannot be read, columns that are not there, a hold-out that is too small to be cut.
    pub fn open(plan: &'p Plan, folder: &Path, ledger: &mut Ledger) -> Result<Self, PlanError> {
        let source_fault = |error: tables::SourceError| {
            let hint = error.hint().unwrap_or_default().to_owned();
            PlanError::new(error.to_string(), hint)
        };
        let (first, second) = match &plan.holdout {
            Holdout::Cut(path) => (path, None),
            Holdout::Two { search, confirm } => (search, Some(confirm)),
        };
        let mut source = open(first).map_err(source_fault)?;
        let Real { layout, table, .. } = real(&mut source, &Overrides::none(), None, ledger)
            .map_err(|error| fault(&error, "name a table that can be read as the hold-out"))?;
        let table = table
            .open(
                ledger,
                "losses of models that were trained on composed data sets",
            )
            .clone();
        let column = |name: &String, table: &Table| {
            table
                .columns
                .iter()
                .position(|column| column.name == *name)
                .ok_or_else(|| {
                    let names = table.columns.iter().map(|column| column.name.as_str());
                    let near = population::diagnostic::nearest(name, names);
                    PlanError::new(
                        format!("the hold-out has no column `{name}`"),
                        near.map_or_else(
                            || "name one of its columns".to_owned(),
                            |near| format!("did you mean `{near}`?"),
                        ),
                    )
                })
        };
        let target = plan
            .target
            .as_ref()
            .map(|name| column(name, &table))
            .transpose()?;
        for name in plan.groups.iter().chain(&plan.slices) {
            column(name, &table)?;
        }
        if let Some(target) = target {
            let number = matches!(table.columns[target].kind, Kind::Number(_));
            let category = matches!(
                table.columns[target].kind,
                Kind::Category | Kind::Boolean { .. }
            );
            if !number && !category {
                return Err(PlanError::new(
                    format!(
                        "`{}` is neither a number nor a category",
                        table.columns[target].name
                    ),
                    "predict another column",
                ));
            }
            if plan.metric.of_numbers().is_some_and(|of| of != number) {
                return Err(PlanError::new(
                    format!(
                        "`metric` is the {}, which is not for {}",
                        plan.metric.words(),
                        if number { "numbers" } else { "classes" }
                    ),
                    "numbers have absolute_error and squared_error, classes error, log_loss, brier and area",
                ));
            }
        }
        let there = |table: &Table| -> Vec<u32> {
            let has = |row: usize| target.is_none_or(|target| is_there(&table.cells[target], row));
            (0..table.rows as u32)
                .filter(|&row| has(row as usize))
                .collect()
        };
        let (search, confirm) = match second {
            None => {
                let mut rows = there(&table);
                let mut stream = Streams::new(Seed(plan.seed), 0).stream("trial/holdout");
                for place in (1..rows.len()).rev() {
                    rows.swap(place, stream.below(place as u64 + 1) as usize);
                }
                let half = rows.len() / 2;
                (table.taken(&rows[..half]), table.taken(&rows[half..]))
            }
            Some(path) => {
                let mut source = open(path).map_err(source_fault)?;
                let other = same_columns(&mut source, &layout, "second hold-out", None, ledger)
                    .map_err(|error| {
                        fault(&error, "both halves of the hold-out have the same columns")
                    })?
                    .table;
                let other = check::aligned(
                    other.open(ledger, "losses of the base and of the winner"),
                    &table.columns,
                );
                let (own, others) = (there(&table), there(&other));
                (table.taken(&own), other.taken(&others))
            }
        };
        if search.rows < 50 || confirm.rows < 50 {
            return Err(PlanError::new(
                format!(
                    "the halves of the hold-out have {} and {} rows, and 50 are the fewest",
                    search.rows, confirm.rows
                ),
                "name a larger hold-out",
            ));
        }
        let maker = Maker::open(plan, folder, ledger)?;
        let mut work = Self {
            plan,
            layout,
            search,
            confirm,
            target,
            slices: Vec::new(),
            maker,
            folder: folder.to_owned(),
        };
        if let Some(name) = &plan.slices {
            work.slices = slices_of(&work.search, column(name, &work.search)?);
        }
        work.write_halves()?;
        Ok(work)
    }

    /// What was read.
    pub fn tables(&self) -> Vec<TableAbout> {
        let name = |path: &Path| {
            path.file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        };
        let about = |role: String, path: &Path, rows: u64, of: &'static str| TableAbout {
            role,
            name: name(path),
            rows,
            of,
        };
        let mut all = self.maker.tables();
        let (search, confirm) = match &self.plan.holdout {
            Holdout::Cut(path) => (path, path),
            Holdout::Two { search, confirm } => (search, confirm),
        };
        all.push(about(
            "hold-out, the search's half".to_owned(),
            search,
            self.search.rows as u64,
            "rows",
        ));
        all.push(about(
            "hold-out, the other half".to_owned(),
            confirm,
            self.confirm.rows as u64,
            "rows",
        ));
        all
    }

    fn half(&self, half: Half) -> &Table {
        match half {
            Half::Search => &self.search,
            Half::Confirm => &self.confirm,
        }
    }

    fn half_path(&self, half: Half) -> PathBuf {
        let name = match half {
            Half::Search => "search.csv",
            Half::Confirm => "confirm.csv",
        };
        self.folder.join("holdout").join(name)
    }

    /// A user's command reads files.
    fn write_halves(&self) -> Result<(), PlanError> {
        if !matches!(self.plan.learner, Learner::Command { .. }) {
            return Ok(());
        }
        let written = std::fs::create_dir_all(self.folder.join("holdout"))
            .map_err(|error| error.to_string())
            .and_then(|()| {
                for half in [Half::Search, Half::Confirm] {
                    write(self.half(half), &self.half_path(half), FileFormat::Csv)
                        .map_err(|error| error.to_string())?;
                }
                Ok(())
            });
        written.map_err(|why| PlanError::new(why, "make room, or choose another folder with -o"))
    }

    /// The rows of a task, in the hold-out's columns.
    fn compose(&self, task: &Task) -> Result<Table, Fault> {
        let mut table = self.maker.make(task, &self.layout, &self.search.columns)?;
        if let (Some(kept), Some(name)) = (&task.slices, &self.plan.slices) {
            let column = table
                .columns
                .iter()
                .position(|column| column.name == *name)
                .ok_or_else(|| Fault::new(format!("the rows have no column `{name}`")))?;
            let of = slice_of(&self.slices, &table.cells[column]);
            let rows: Vec<u32> = (0..table.rows as u32)
                .filter(|&row| kept.contains(&of[row as usize]))
                .collect();
            table = table.taken(&rows);
        }
        if table.rows == 0 {
            return Err(Fault::new("the data set has no rows"));
        }
        Ok(table)
    }
}

pub(crate) fn write(
    table: &Table,
    path: &Path,
    format: FileFormat,
) -> Result<(), tables::SourceError> {
    let mut writer = TableWriter::create(path, format, &table.columns, Seed(0))?;
    writer.write(table)?;
    writer.finish().map(|_| ())
}

fn is_there(cells: &Cells, row: usize) -> bool {
    match cells {
        Cells::Numbers { values, .. } => !values[row].is_nan(),
        Cells::Levels { codes, .. } => codes[row] != MISSING_LEVEL,
        Cells::Opaque { present } => present[row],
        Cells::Keys { .. } => true,
    }
}

/// The most frequent levels, or quarters; and the rest, where there is one.
fn slices_of(table: &Table, column: usize) -> Vec<Slice> {
    match &table.cells[column] {
        Cells::Numbers { values, .. } => {
            slices::of_numbers(values.iter().map(|v| (!v.is_nan()).then_some(*v)), QUARTERS)
        }
        Cells::Levels { codes, levels } => slices::of_levels(
            codes
                .iter()
                .map(|&code| levels.get(code as usize).map(String::as_str)),
        ),
        Cells::Opaque { .. } | Cells::Keys { .. } => Vec::new(),
    }
}

/// The slice of each row; beyond all of them where it is in none.
fn slice_of(slices: &[Slice], cells: &Cells) -> Vec<usize> {
    match cells {
        Cells::Numbers { values, .. } => values
            .iter()
            .map(|value| slices::place_of_number(slices, *value))
            .collect(),
        Cells::Levels { codes, levels } => {
            let place: Vec<usize> = levels
                .iter()
                .map(|level| slices::place_of_level(slices, level))
                .collect();
            let rest = slices::rest(slices);
            codes
                .iter()
                .map(|&code| place.get(code as usize).copied().unwrap_or(rest))
                .collect()
        }
        Cells::Opaque { present } => vec![slices::rest(slices); present.len()],
        Cells::Keys { rows } => vec![slices::rest(slices); rows.len()],
    }
}

impl Work for RowsWork<'_> {
    fn run(&self, task: &Task) -> Result<Scored, Fault> {
        let table = self.compose(task)?;
        let trained_on = table.rows as u64;
        // A start of the learner's own for each draw, the same for all settings.
        let seed = Seed(
            Streams::new(Seed(self.plan.seed), task.repeat.into())
                .stream("trial/learner")
                .next_u64(),
        );
        let losses = match &self.plan.learner {
            Learner::Trees { trees } => {
                let mut trees = *trees;
                for knob in &self.plan.knobs {
                    if let (crate::knob::Of::Learner(name), Some(value)) =
                        (&knob.of, task.setting.get(&knob.name))
                    {
                        let count = value.as_u64().filter(|count| (1..=5000).contains(count));
                        trees = match (name.as_str(), count) {
                            ("trees", Some(count)) => count as usize,
                            _ => {
                                return Err(Fault::new(format!(
                                    "the learner has no `{name}` that could be {value}; it has `trees`, 1 to 5,000"
                                )));
                            }
                        };
                    }
                }
                let half = self.half(task.half);
                let ground = Ground::new(half, &table, None, Seed(self.plan.seed));
                let name = self.target.map(|target| &half.columns[target].name);
                let target = name
                    .and_then(|name| ground.position(name))
                    .ok_or_else(|| Fault::new("the data set does not have the target"))?;
                let found = answers(
                    &ground,
                    target,
                    &ground.synthetic,
                    &ground.train,
                    trees,
                    seed,
                )
                .map_err(Fault::new)?;
                match found {
                    Answers::Classes {
                        truth,
                        probabilities,
                        ..
                    } => self.plan.metric.of_classes(&truth, &probabilities),
                    Answers::Numbers { truth, said } => self.plan.metric.of_values(&truth, &said),
                }
            }
            Learner::Network { .. } => {
                return Err(Fault::new("a network learns from pictures"));
            }
            Learner::Command { .. } => {
                let place = self.folder.join("running").join(task.key());
                let told = command::Told {
                    plan: self.plan,
                    task,
                    seed: seed.0,
                    target: self.plan.target.as_deref(),
                    train: BTreeMap::from([(
                        "train".to_owned(),
                        Part {
                            folder: PathBuf::from("train.csv"),
                            count: trained_on,
                            only: None,
                        },
                    )]),
                };
                command::room(&place)?;
                write(&table, &place.join("train.csv"), FileFormat::Csv)
                    .map_err(|error| Fault::new(error.to_string()))?;
                let rows = self.half(task.half).rows;
                let answer = command::run(&told, &place, &self.half_path(task.half), Some(rows));
                // Rows of a finished training are drawn again at need.
                let _ = std::fs::remove_dir_all(&place);
                match answer? {
                    Answer::One(loss) => vec![loss],
                    Answer::Each(losses) => losses,
                }
            }
        };
        Ok(Scored {
            losses: losses.into_iter().map(|loss| loss as f32).collect(),
            trained_on,
        })
    }

    fn groups(&self, half: Half) -> Vec<Grouping> {
        let table = self.half(half);
        // Trees are asked about the ground's order of rows, a command about the file's.
        let ground = matches!(self.plan.learner, Learner::Trees { .. })
            .then(|| Ground::new(table, table, None, Seed(self.plan.seed)));
        self.plan
            .groups
            .iter()
            .filter_map(|name| {
                let column = table.columns.iter().position(|c| c.name == *name)?;
                let slices = slices_of(table, column);
                let of = match &ground {
                    None => slice_of(&slices, &table.cells[column]),
                    Some(ground) => slice_of(&slices, &in_order(ground, name)?),
                };
                let told = slices.iter().filter(|slice| **slice != Slice::Rest).count();
                Some(Grouping {
                    column: name.clone(),
                    names: slices
                        .iter()
                        .take(told)
                        .map(|slice| slice.named(name))
                        .collect(),
                    of: of.into_iter().map(|of| (of < told).then_some(of)).collect(),
                })
            })
            .collect()
    }

    fn slices(&self) -> Vec<String> {
        let name = self.plan.slices.as_deref().unwrap_or_default();
        self.slices.iter().map(|slice| slice.named(name)).collect()
    }
}

/// A column of the ground's first table, in its order.
fn in_order(ground: &Ground, name: &str) -> Option<Cells> {
    let column = ground.position(name)?;
    Some(match &ground.train.values[column] {
        check::Values::Numbers { values, special } => Cells::Numbers {
            values: values.clone(),
            special: special.clone(),
        },
        check::Values::Codes(codes) => Cells::Levels {
            codes: codes.clone(),
            levels: match &ground.columns[column].scale {
                check::Scale::Category { levels } => levels.clone(),
                _ => Vec::new(),
            },
        },
    })
}
