//! Data sets of pictures: composed from recipes and labelled folders, learned from by a small network or a user's command.

mod groups;
mod network;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use check::TableAbout;
use population::stream::{Seed, Streams};
use vision::read::{Attribute, attribute};

use crate::command::{self, Answer, Told};
use crate::knob::{Of, Setting};
use crate::plan::{Holdout, Learner, Plan, PlanError, Source, SourceKind};
use crate::slices::{self, Slice};
use crate::work::{Fault, Grouping, Half, Scored, Task, Work};

/// Attributes that are numbers are cut into so many slices: each further one doubles the trainings.
const THIRDS: usize = 3;

/// Makes pictures of recipes: whoever opens stages and packs.
pub trait Recipes: Sync {
    /// A name for what decides sample `i` of a source under these `NAME=VALUE` changes, seed and number of samples aside: equal names, equal samples.
    ///
    /// # Errors
    ///
    /// A recipe, or a change of it, that is mistaken; one sentence.
    fn digest(&self, source: &Source, changes: &[String]) -> Result<String, String>;

    /// Whether the samples of a source have an attribute of this name.
    ///
    /// # Errors
    ///
    /// A recipe that is mistaken; one sentence.
    fn has(&self, source: &Source, attribute: &str) -> Result<bool, String>;

    /// Makes the first `count` samples into a folder; those that are there already are kept.
    ///
    /// # Errors
    ///
    /// Whatever hinders that, in one sentence.
    fn make(
        &self,
        source: &Source,
        changes: &[String],
        seed: u64,
        count: u64,
        folder: &Path,
    ) -> Result<(), String>;
}

/// Samples of a source that are trained on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// Where they lie.
    pub(crate) folder: PathBuf,
    /// So many, from the first.
    pub(crate) count: u64,
    /// Of these only those at these places, in rising order; all where nothing is left out.
    pub(crate) only: Option<Vec<usize>>,
}

impl Part {
    /// Whether the sample at a place is among them.
    fn has(&self, place: usize) -> bool {
        (place as u64) < self.count
            && self
                .only
                .as_ref()
                .is_none_or(|only| only.binary_search(&place).is_ok())
    }
}

/// Makes pictures and has them trained on.
pub struct PicturesWork<'p> {
    plan: &'p Plan,
    recipes: &'p dyn Recipes,
    folder: PathBuf,
    /// Parts of the training data by the plan's attribute, as the base has it; found when they are first asked for.
    slices: OnceLock<Vec<Slice>>,
    /// One maker of the same samples at a time.
    busy: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
}

impl std::fmt::Debug for PicturesWork<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PicturesWork").finish_non_exhaustive()
    }
}

impl<'p> PicturesWork<'p> {
    /// For a plan about pictures. `folder` is the study's: samples are kept there, each recipe's in a folder of its own, and data sets are parts of these.
    ///
    /// # Errors
    ///
    /// Knobs that turn what a recipe does not have, or to what it refuses.
    pub fn open(
        plan: &'p Plan,
        folder: &Path,
        recipes: &'p dyn Recipes,
    ) -> Result<Self, PlanError> {
        let work = Self {
            plan,
            recipes,
            folder: folder.to_owned(),
            slices: OnceLock::new(),
            busy: Mutex::default(),
        };
        for half in [Half::Search, Half::Confirm] {
            groups::read(work.holdout(half), &plan.groups)?;
            if let Learner::Network { want, .. } = &plan.learner {
                network::holdout(work.holdout(half), want, network::CACHED)
                    .map_err(|why| PlanError::new(format!("the hold-out: {why}"), network::HINT))?;
            }
        }
        for source in plan.sources.iter().filter(|s| s.kind == SourceKind::Recipe) {
            if let Some(name) = &plan.slices
                && !recipes.has(source, name).unwrap_or(true)
            {
                return Err(PlanError::new(
                    format!(
                        "`{name}` is to make slices, and source `{}` has no such attribute",
                        source.name
                    ),
                    "`populace schema` says what recipes have",
                ));
            }
            let place = format!("source `{}`", source.name);
            let tried = |setting: &Setting| recipes.digest(source, &work.changes(source, setting));
            tried(&Setting::new()).map_err(|why| {
                PlanError::new(
                    format!("{place}: {why}"),
                    "`populace make` says more of a recipe's mistakes",
                )
            })?;
            for knob in &plan.knobs {
                let values = match &knob.reach {
                    crate::knob::Reach::Values(values) => values.clone(),
                    crate::knob::Reach::Range { .. } => {
                        vec![knob.reach.at(0.0), knob.reach.at(1.0 - 1e-9)]
                    }
                };
                for value in values.into_iter().filter(|value| !value.is_null()) {
                    let setting = Setting::from([(knob.name.clone(), value)]);
                    tried(&setting).map_err(|why| {
                        PlanError::new(
                            format!("knob `{}`, {place}: {why}", knob.name),
                            "`populace schema` says what recipes have",
                        )
                    })?;
                }
            }
        }
        Ok(work)
    }

    /// What is read.
    pub fn tables(&self) -> Vec<TableAbout> {
        let name = |path: &Path| {
            path.file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        };
        let sources = self.plan.sources.iter().map(|source| TableAbout {
            role: format!("source `{}`", source.name),
            name: name(&source.path),
            rows: self.plan.amount,
            of: "pictures a data set",
        });
        sources.collect()
    }

    /// What a setting changes of a recipe.
    fn changes(&self, source: &Source, setting: &Setting) -> Vec<String> {
        let turned = self.plan.knobs.iter().filter_map(|knob| {
            let Of::Set(name) = &knob.of else { return None };
            let about = knob.source.as_ref().is_none_or(|own| *own == source.name);
            let value = setting.get(&knob.name).filter(|_| about)?;
            let written = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            Some(format!("{name}={written}"))
        });
        source.set.iter().cloned().chain(turned).collect()
    }

    /// The folder with at least so many samples of a source.
    fn samples(&self, source: &Source, task: &Task, count: u64) -> Result<PathBuf, Fault> {
        if source.kind == SourceKind::Pictures {
            return source
                .path
                .canonicalize()
                .map_err(|error| Fault::new(format!("{}: {error}", source.path.display())));
        }
        let changes = self.changes(source, &task.setting);
        let digest = self.recipes.digest(source, &changes).map_err(Fault::new)?;
        // Samples of one draw, whatever the data set: so they are made once for all that have them.
        let seed = Streams::new(Seed(self.plan.seed), task.repeat.into())
            .stream("trial/pictures")
            .next_u64()
            >> 16;
        let name = format!("{}-{seed:012x}", &digest[..digest.len().min(16)]);
        let lock = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            busy.entry(name.clone()).or_default().clone()
        };
        let _alone = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.folder.join("samples").join(name);
        self.recipes
            .make(source, &changes, seed, count, &folder)
            .map_err(|why| Fault::new(format!("source `{}`: {why}", source.name)))?;
        folder
            .canonicalize()
            .map_err(|error| Fault::new(format!("{}: {error}", folder.display())))
    }

    /// Parts by an attribute, as the base's first data set has it.
    fn sliced(&self, name: &str) -> Result<&[Slice], Fault> {
        if let Some(slices) = self.slices.get() {
            return Ok(slices);
        }
        let base = Task {
            setting: self.plan.base.clone(),
            share: 1.0,
            repeat: 0,
            half: Half::Search,
            slices: None,
        };
        let counts = self.plan.counts(&base.setting, 1.0);
        let (mut numbers, mut words) = (Vec::new(), Vec::new());
        for (source, &count) in self.plan.sources.iter().zip(&counts) {
            let folder = match source.kind {
                SourceKind::Recipe if count > 0 => self.samples(source, &base, count)?,
                _ => continue,
            };
            let first = usize::try_from(count).unwrap_or(usize::MAX);
            match attribute(&folder, name).map_err(|error| Fault::new(error.to_string()))? {
                Attribute::Numbers(more) => numbers.extend(more.into_iter().take(first)),
                Attribute::Words(more) => words.extend(more.into_iter().take(first)),
            }
        }
        let slices = if words.is_empty() {
            slices::of_numbers(numbers.into_iter(), THIRDS)
        } else {
            slices::of_levels(words.iter().map(|word| Some(word.as_str())))
        };
        Ok(self.slices.get_or_init(|| slices))
    }

    /// The places of a folder's first samples that are in the slices of a task; none where nothing is left out, or the samples have no attributes.
    fn kept(&self, folder: &Path, count: u64, task: &Task) -> Result<Option<Vec<usize>>, Fault> {
        let (Some(kept), Some(name)) = (&task.slices, &self.plan.slices) else {
            return Ok(None);
        };
        if !folder.join("rows.parquet").is_file() {
            return Ok(None);
        }
        let slices = self.sliced(name)?;
        let first = usize::try_from(count).unwrap_or(usize::MAX);
        let of: Vec<usize> =
            match attribute(folder, name).map_err(|error| Fault::new(error.to_string()))? {
                Attribute::Numbers(values) => values
                    .into_iter()
                    .map(|value| slices::place_of_number(slices, value.unwrap_or(f64::NAN)))
                    .collect(),
                Attribute::Words(words) => words
                    .iter()
                    .map(|word| slices::place_of_level(slices, word))
                    .collect(),
            };
        let places = of.iter().take(first).enumerate();
        Ok(Some(
            places
                .filter(|(_, slice)| kept.contains(slice))
                .map(|(place, _)| place)
                .collect(),
        ))
    }

    /// What a user's command makes of it.
    fn command(
        &self,
        task: &Task,
        train: BTreeMap<String, Part>,
        seed: u64,
    ) -> Result<Vec<f64>, Fault> {
        let place = self.folder.join("running").join(task.key());
        let told = Told {
            plan: self.plan,
            task,
            seed,
            target: self.plan.target.as_deref(),
            train,
        };
        command::room(&place)?;
        let answer = command::run(&told, &place, self.holdout(task.half), None);
        // What a learner leaves is not kept: models are many, and can be trained again.
        let _ = std::fs::remove_dir_all(&place);
        Ok(match answer? {
            Answer::One(loss) => vec![loss],
            Answer::Each(losses) => losses,
        })
    }

    fn holdout(&self, half: Half) -> &Path {
        match (&self.plan.holdout, half) {
            (Holdout::Cut(path), _) | (Holdout::Two { search: path, .. }, Half::Search) => path,
            (Holdout::Two { confirm, .. }, Half::Confirm) => confirm,
        }
    }
}

impl Work for PicturesWork<'_> {
    fn run(&self, task: &Task) -> Result<Scored, Fault> {
        let counts = self.plan.counts(&task.setting, task.share);
        let mut train = BTreeMap::new();
        let mut trained_on = 0;
        for (source, &count) in self.plan.sources.iter().zip(&counts) {
            if count > 0 {
                let folder = self.samples(source, task, count)?;
                let only = self.kept(&folder, count, task)?;
                trained_on += only.as_ref().map_or(count, |only| only.len() as u64);
                let part = Part {
                    folder,
                    count,
                    only,
                };
                train.insert(source.name.clone(), part);
            }
        }
        if trained_on == 0 {
            train.clear();
        }
        if train.is_empty() {
            return Err(Fault::new(
                "the data set has no samples: every weight is 0, or the amount too small",
            ));
        }
        let seed = Streams::new(Seed(self.plan.seed), task.repeat.into())
            .stream("trial/learner")
            .next_u64();
        let losses = if let Learner::Network { .. } = &self.plan.learner {
            network::losses(self.plan, task, &train, self.holdout(task.half), Seed(seed))
                .map_err(Fault::new)?
        } else {
            self.command(task, train, seed >> 16)?
        };
        Ok(Scored {
            losses: losses.into_iter().map(|loss| loss as f32).collect(),
            trained_on,
        })
    }

    fn groups(&self, half: Half) -> Vec<Grouping> {
        groups::read(self.holdout(half), &self.plan.groups).unwrap_or_default()
    }

    fn slices(&self) -> Vec<String> {
        let Some(name) = &self.plan.slices else {
            return Vec::new();
        };
        let slices = self.sliced(name).unwrap_or_default();
        slices.iter().map(|slice| slice.named(name)).collect()
    }
}
