//! A study from its first data set to its last question.
//!
//! What is done next follows from the plan and from what came of everything before, so a killed study that is begun again asks for the same tasks and finds them in its journal. The steps:
//!
//! 1. *Search*: settings are tried on the hold-out's first half, on growing parts of the amount where the plan halves.
//! 2. *Finalists*: the best few and the base are trained anew, so that luck in training wins nothing.
//! 3. *Comparison*: base and winner, each trained several times on fresh draws, on the half that nobody looked at.
//! 4. *Why*: each knob of the winner turned back; smaller amounts; slices left out. On the first half.

mod compare;
mod explain;
mod halving;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::curve::CurvePoint;
use crate::gain::Gain;
use crate::importance::Importance;
use crate::journal::{Entry, Journal};
use crate::knob::Setting;
use crate::plan::{Plan, PlanError};
use crate::search::Proposer;
use crate::work::{Clock, Fault, Half, Scored, Task, Work};
use compare::{AGAIN, FINALISTS};
use halving::{Config, promoted, ranked};

/// A data set that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What knobs stood at.
    pub setting: Setting,
    /// The mean loss on the search's half at each part of the amount, from the least; shorter where it did not go on.
    pub losses: Vec<f64>,
    /// Why it came to nothing.
    pub fault: Option<String>,
    /// Samples that it was trained on last.
    pub trained_on: u64,
    /// Whether it was chosen without a look at results.
    pub blind: bool,
}

/// The final comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Of the winner beside the base.
    pub gain: Gain,
    /// What the search's half promised before: the base's mean loss there minus the winner's least.
    pub promised: f64,
    /// The base's trainings.
    pub base: Vec<Scored>,
    /// The winner's trainings.
    pub winner: Vec<Scored>,
    /// Beside the middle of the field; none where fewer than three data sets were tried, or its trainings failed.
    pub field: Option<Field>,
}

/// The data set in the middle of the leaderboard, on the half that nobody looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// What knobs stood at.
    pub setting: Setting,
    /// Of the winner beside it.
    pub gain: Gain,
    /// Its trainings.
    pub middle: Vec<Scored>,
}

/// A knob of the winner that was turned back to where the base has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ablation {
    /// The knob.
    pub knob: String,
    /// How much better the winner is than without it; none where training failed.
    pub gain: Option<Gain>,
}

/// What a part of the training data is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceWorth {
    /// The part.
    pub name: String,
    /// How much lower the loss is with it, on average over the other parts that are there.
    pub value: f64,
    /// The standard error over those.
    pub error: f64,
}

/// How a group of the hold-out fares.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupLoss {
    /// The column.
    pub column: String,
    /// The group.
    pub name: String,
    /// Its samples in the half that the search never saw.
    pub n: u64,
    /// The mean loss there with the base; none where that half was not looked at.
    pub base: Option<f64>,
    /// With the winner.
    pub winner: Option<f64>,
    /// Of the winner beside the base; none under 25 samples.
    pub gain: Option<Gain>,
    /// Its samples in the half that the search saw.
    pub searched: u64,
    /// The mean loss there, of the winner or else the base.
    pub search_loss: f64,
}

/// Everything that a study found.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// The base on the search's half.
    pub base: Trial,
    /// Every setting, in the order in which they were begun.
    pub trials: Vec<Trial>,
    /// The best; none where nothing was better than the base.
    pub winner: Option<Setting>,
    /// None where there is no winner, or a training failed.
    pub comparison: Option<Comparison>,
    /// Of each knob, among the settings that were chosen blindly; empty where these are too few.
    pub importances: Vec<Importance>,
    /// Knobs turned back.
    pub ablations: Vec<Ablation>,
    /// Loss over amount, of the winner or else the base.
    pub curve: Vec<CurvePoint>,
    /// Group by group; empty where the plan names none, or the learner gives one loss for all.
    pub groups: Vec<GroupLoss>,
    /// What slices are worth.
    pub slices: Vec<SliceWorth>,
    /// Why the search ended, in a few words.
    pub ended: String,
    /// Data sets that were trained on, and how many of these failed.
    pub trainings: (u64, u64),
    /// How often each half was looked at.
    pub looks: (u64, u64),
    /// What was left out for lack of time, a sentence each.
    pub notes: Vec<String>,
}

/// A study that runs.
pub struct Study<'a> {
    plan: &'a Plan,
    work: &'a dyn Work,
    clock: &'a dyn Clock,
    tell: &'a (dyn Fn(&str) + Sync),
    journal: Journal,
    /// Seconds that were spent before this run.
    before: f64,
    notes: Vec<String>,
}

impl std::fmt::Debug for Study<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Study")
            .field("journal", &self.journal)
            .finish_non_exhaustive()
    }
}

impl<'a> Study<'a> {
    /// Begins a study in a folder, or goes on with it. `tell` hears a sentence now and then.
    ///
    /// # Errors
    ///
    /// A folder that another study is in; a disk that does not write.
    pub fn open(
        plan: &'a Plan,
        folder: &Path,
        version: &str,
        work: &'a dyn Work,
        clock: &'a dyn Clock,
        tell: &'a (dyn Fn(&str) + Sync),
    ) -> Result<Self, PlanError> {
        let journal = Journal::open(folder, plan, version)?;
        let before = journal.seconds() / plan.budget.parallel as f64;
        let done = journal.entries().count();
        if done > 0 {
            tell(&format!("{done} trainings of an earlier run are kept"));
        }
        Ok(Self {
            plan,
            work,
            clock,
            tell,
            journal,
            before,
            notes: Vec::new(),
        })
    }

    /// Runs the study to its end.
    ///
    /// # Errors
    ///
    /// A base that cannot be trained on; a disk that does not write. What was finished is kept.
    pub fn run(mut self) -> Result<Findings, PlanError> {
        let full = |setting: &Setting, repeat: u32| Task {
            setting: setting.clone(),
            share: 1.0,
            repeat,
            half: Half::Search,
            slices: None,
        };
        let base_task = full(&self.plan.base, 0);
        let first = self.all(std::slice::from_ref(&base_task))?;
        let base_scored = match &first[0] {
            Ok(scored) => scored.clone(),
            Err(fault) => {
                return Err(PlanError::new(
                    format!("the base itself cannot be trained on: {fault}"),
                    "every data set would fail so; mend it and run the same command again",
                ));
            }
        };
        let base = Trial {
            setting: self.plan.base.clone(),
            losses: vec![base_scored.mean()],
            fault: None,
            trained_on: base_scored.trained_on,
            blind: true,
        };
        (self.tell)(&format!(
            "base: {} {:.4}",
            self.plan.metric.words(),
            base.losses[0]
        ));
        let (configs, ended) = self.search()?;
        let trials: Vec<Trial> = configs.iter().map(Config::trial).collect();
        let importances = self.importances(&configs);
        let best = self.finalists(&base, &configs)?;
        let mut findings = Findings {
            base,
            trials,
            winner: None,
            comparison: None,
            importances,
            ablations: Vec::new(),
            curve: Vec::new(),
            groups: Vec::new(),
            slices: Vec::new(),
            ended,
            trainings: (0, 0),
            looks: (0, 0),
            notes: Vec::new(),
        };
        if let Some((setting, promised)) = best {
            findings.comparison = self.compare(&setting, promised, &configs)?;
            findings.winner = Some(setting);
        }
        self.explain(&mut findings)?;
        for entry in self.journal.entries() {
            findings.trainings.0 += 1;
            findings.trainings.1 += u64::from(entry.outcome.is_err());
            if entry.outcome.is_ok() {
                match entry.task.half {
                    Half::Search => findings.looks.0 += 1,
                    Half::Confirm => findings.looks.1 += 1,
                }
            }
        }
        findings.notes = self.notes;
        Ok(findings)
    }

    /// Seconds since the study first began, pauses between its runs aside.
    fn spent(&self) -> f64 {
        self.before + self.clock.seconds()
    }

    /// Whether the budget's minutes leave no room for so many further trainings beside the final comparison.
    fn over(&self, further: u32) -> bool {
        let Some(minutes) = self.plan.budget.minutes else {
            return false;
        };
        let whole: Vec<f64> = self
            .journal
            .entries()
            .filter(|entry| entry.task.share >= 1.0)
            .map(|entry| entry.seconds)
            .collect();
        let each = whole.iter().sum::<f64>() / whole.len().max(1) as f64;
        let needed = each * f64::from(further) / self.plan.budget.parallel as f64;
        self.spent() + needed > minutes * 60.0
    }

    /// Does tasks that were not done before, several at a time, and says what came of each.
    fn all(&mut self, tasks: &[Task]) -> Result<Vec<Result<Scored, Fault>>, PlanError> {
        let mut todo: Vec<&Task> = Vec::new();
        for task in tasks {
            if self.journal.get(task).is_none() && !todo.contains(&task) {
                todo.push(task);
            }
        }
        let next = AtomicUsize::new(0);
        let failed: Mutex<Option<PlanError>> = Mutex::new(None);
        let journal = Mutex::new(&mut self.journal);
        let workers = self.plan.budget.parallel.min(todo.len());
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(task) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let began = self.clock.seconds();
                        let outcome = attempt(self.work, task);
                        let entry = Entry {
                            task: (*task).clone(),
                            outcome,
                            seconds: self.clock.seconds() - began,
                        };
                        let recorded = lock(&journal).record(entry);
                        if let Err(error) = recorded {
                            lock(&failed).get_or_insert(error);
                            next.store(usize::MAX / 2, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        if let Some(error) = lock(&failed).take() {
            return Err(error);
        }
        let lost = || Fault::new("it was not done");
        Ok(tasks
            .iter()
            .map(|task| {
                self.journal
                    .get(task)
                    .map_or_else(|| Err(lost()), |entry| entry.outcome.clone())
            })
            .collect())
    }

    /// The trainings of a setting that worked, with draws `from` onward.
    fn trainings(
        &mut self,
        setting: &Setting,
        half: Half,
        draws: std::ops::Range<u32>,
    ) -> Result<Vec<Scored>, PlanError> {
        let tasks: Vec<Task> = draws
            .map(|repeat| Task {
                setting: setting.clone(),
                share: 1.0,
                repeat,
                half,
                slices: None,
            })
            .collect();
        Ok(self.all(&tasks)?.into_iter().flatten().collect())
    }

    fn search(&mut self) -> Result<(Vec<Config>, String), PlanError> {
        let rungs = self.plan.search.rungs;
        let parallel = self.plan.budget.parallel as u32;
        // As many at a time as leave one at the top, or keep every core at work.
        let generation = if rungs.count > 1 {
            rungs.keep.max(parallel)
        } else {
            parallel
        };
        let mut proposer = Proposer::new(self.plan);
        let mut configs: Vec<Config> = Vec::new();
        let reserve = 3 * self.plan.repeats + (FINALISTS as u32 + 1) * AGAIN;
        let ended = loop {
            let room = self.plan.budget.trials as usize - configs.len();
            if room == 0 {
                break format!("{} settings were tried, as the plan says", configs.len());
            }
            if self.over(reserve) {
                break format!(
                    "the minutes of the plan were used up after {} settings",
                    configs.len()
                );
            }
            let first = configs.len();
            for _ in 0..(generation as usize).min(room) {
                let point = proposer.next(&ranked(&configs));
                let Some(point) = point else { break };
                configs.push(Config {
                    point,
                    losses: Vec::new(),
                    fault: None,
                    trained_on: 0,
                });
            }
            if configs.len() == first {
                break format!("all {} settings that there are were tried", configs.len());
            }
            for rung in 0..rungs.count {
                let going: Vec<usize> = (first..configs.len())
                    .filter(|&at| {
                        configs[at].fault.is_none() && configs[at].losses.len() == rung as usize
                    })
                    .filter(|&at| rung == 0 || promoted(&configs, at, rung - 1, rungs.keep))
                    .collect();
                let tasks: Vec<Task> = going
                    .iter()
                    .map(|&at| Task {
                        setting: configs[at].point.setting.clone(),
                        share: rungs.share(rung),
                        repeat: 0,
                        half: Half::Search,
                        slices: None,
                    })
                    .collect();
                let outcomes = self.all(&tasks)?;
                for (&at, outcome) in going.iter().zip(outcomes) {
                    let config = &mut configs[at];
                    match outcome {
                        Ok(scored) => {
                            config.losses.push(scored.mean());
                            config.trained_on = scored.trained_on;
                        }
                        Err(fault) => config.fault = Some(fault.why),
                    }
                    (self.tell)(&config.told(at, self.plan.metric.words()));
                }
            }
        };
        Ok((configs, ended))
    }
}

/// A task, whose panic is a fault of its own.
fn attempt(work: &dyn Work, task: &Task) -> Result<Scored, Fault> {
    let outcome = catch_unwind(AssertUnwindSafe(|| work.run(task))).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(Fault::new(format!(
            "the engine failed on it, which is a mistake of ours: {said}"
        )))
    })?;
    if outcome.losses.is_empty() || outcome.losses.iter().any(|loss| !loss.is_finite()) {
        return Err(Fault::new(
            "the learner gave a loss that is no finite number",
        ));
    }
    Ok(outcome)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
