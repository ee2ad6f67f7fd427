//! Whole studies of a learner whose truth is known.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use population::stream::{Seed, Streams};
use trial::{Clock, Fault, Findings, Grouping, Half, Plan, PlanError, Scored, Study, Task, Work};

/// Losses around a plane of the knobs: what one of them is worth, who is in the hold-out, how training began.
struct Known {
    /// What the loss falls by from one end of each knob to the other.
    worth: [f64; 4],
    /// Deviation of a training's mean.
    training: f64,
    /// After so many trainings the machine dies.
    dies_after: u32,
    trained: AtomicU32,
    seen: Mutex<BTreeSet<String>>,
}

impl Known {
    fn new(worth: [f64; 4]) -> Self {
        Self {
            worth,
            training: 0.01,
            dies_after: u32::MAX,
            trained: AtomicU32::new(0),
            seen: Mutex::default(),
        }
    }

    fn loss_of(&self, task: &Task) -> f64 {
        let knobs = ["a", "b", "c", "d"].iter().zip(self.worth);
        let gained: f64 = knobs
            .map(|(name, worth)| {
                worth
                    * task
                        .setting
                        .get(*name)
                        .and_then(serde_json::Value::as_f64)
                        .unwrap_or(0.0)
            })
            .sum();
        // More data help a little.
        0.5 - gained + 0.05 * (1.0 / task.share - 1.0).min(4.0)
    }
}

impl Work for Known {
    fn run(&self, task: &Task) -> Result<Scored, Fault> {
        let number = self.trained.fetch_add(1, Ordering::SeqCst);
        assert!(number < self.dies_after, "the machine dies");
        self.seen.lock().unwrap().insert(task.key());
        if task.setting.get("a").and_then(serde_json::Value::as_f64) == Some(0.5) {
            return Err(Fault::new("one half is not to be had"));
        }
        // Chance of its own for each task, and a hold-out that is the same for all.
        let key: u64 = u64::from_str_radix(&task.key()[..15], 16).unwrap();
        let mut chance = Streams::new(Seed(key), 0).stream("training");
        let mean = self.loss_of(task) + self.training * chance.normal();
        let half = u64::from(task.half == Half::Confirm);
        let mut people = Streams::new(Seed(99), half).stream("people");
        let losses = (0..400)
            .map(|_| (mean + 0.2 * people.normal() + 0.2 * chance.normal()) as f32)
            .collect();
        Ok(Scored {
            losses,
            trained_on: (1000.0 * task.share) as u64,
        })
    }

    fn groups(&self, _: Half) -> Vec<Grouping> {
        vec![Grouping {
            column: "side".to_owned(),
            names: vec!["side = left".to_owned(), "side = right".to_owned()],
            of: (0..400).map(|sample| Some(sample % 2)).collect(),
        }]
    }

    fn slices(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A task takes a second.
struct Ticks(AtomicU32);

impl Clock for Ticks {
    fn seconds(&self) -> f64 {
        f64::from(self.0.fetch_add(1, Ordering::SeqCst)) / 2.0
    }
}

fn plan(folder: &Path, more: &str) -> Plan {
    std::fs::write(folder.join("rows.csv"), "x,y\n1,2\n").unwrap();
    let text = format!(
        "trial: 1
sources: {{rows: {{table: rows.csv}}}}
amount: 1000
target: y
learner: {{trees: 10}}
holdout: rows.csv
knobs:
  a: {{of: learner a, from: 0, to: 1}}
  b: {{of: learner b, values: [0, 1]}}
  c: {{of: learner c, from: 0, to: 1}}
  d: {{of: learner d, values: [0, 0.5, 1]}}
{more}"
    );
    Plan::parse(&text, folder).unwrap()
}

fn study(folder: &Path, plan: &Plan, work: &Known) -> Result<Findings, PlanError> {
    let clock = Ticks(AtomicU32::new(0));
    Study::open(plan, &folder.join("study"), "0", work, &clock, &|_| {})?.run()
}

#[test]
fn the_knob_that_matters_is_found_and_its_worth_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path(), "budget: {trials: 30}\nrepeats: 4\n");
    let work = Known::new([0.0, 0.0, 0.2, 0.0]);
    let found = study(folder.path(), &plan, &work).unwrap();
    let winner = found.winner.unwrap();
    assert!(winner["c"].as_f64().unwrap() > 0.7, "{winner:?}");
    let gain = found.comparison.as_ref().unwrap().gain;
    let truth = 0.2 * winner["c"].as_f64().unwrap();
    let (low, high) = gain.interval(0.999);
    assert!(low < truth && truth < high && low > 0.0, "{gain:?} {truth}");
    let worth = |knob: &str| {
        let ablation = found.ablations.iter().find(|one| one.knob == knob);
        ablation.and_then(|one| one.gain).unwrap()
    };
    assert!(worth("c").sure(0.99) && !worth("a").sure(0.999));
    assert!(found.importances[2].p < 0.05);
    // The other half was looked at for the comparison alone: base, winner and the middle of the field, four times each.
    assert_eq!(found.looks.1, 12);
    // What the winner gains over the middle of the field is what the knob is worth between them.
    let field = found.comparison.unwrap().field.unwrap();
    assert_ne!(field.setting, winner);
    let at = |setting: &trial::Setting| setting.get("c").and_then(serde_json::Value::as_f64);
    let truth = 0.2 * (at(&winner).unwrap() - at(&field.setting).unwrap_or(0.0));
    let (low, high) = field.gain.interval(0.999);
    assert!(low < truth && truth < high, "{field:?} {truth}");
    assert_eq!(found.groups.len(), 2);
    assert_eq!(found.groups[0].n, 200);
    // A curve through an eighth, a quarter, a half and all.
    let amounts: Vec<f64> = found.curve.iter().map(|point| point.amount).collect();
    assert_eq!(amounts, [125.0, 250.0, 500.0, 1000.0]);
}

/// Of settings that stop early the search must learn where not to look: without a knob's pull two thirds of 60 settings would lie beyond 0.4 as often as 0.6 of draws do, once in a million studies 0.85 of them.
#[test]
fn settings_that_are_given_up_early_tell_the_search_where_not_to_look() {
    for seed in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(
            folder.path(),
            &format!(
                "seed: {seed}\nbudget: {{trials: 80}}\nrepeats: 2\nsearch: {{halving: {{rungs: 3, keep: 3}}}}\n"
            ),
        );
        let found = study(folder.path(), &plan, &Known::new([0.0, 0.0, 0.5, 0.0])).unwrap();
        let guided: Vec<f64> = found
            .trials
            .iter()
            .filter(|trial| !trial.blind)
            .filter_map(|trial| trial.setting.get("c")?.as_f64())
            .collect();
        let high = guided.iter().filter(|&&c| c > 0.4).count();
        assert!(
            guided.len() > 50 && high as f64 > 0.85 * guided.len() as f64,
            "{high} of {}",
            guided.len()
        );
    }
}

/// With a confidence of 95 % one side is wrong once in 40 studies. Of 40 studies 6 false claims or more would come up once in 2,800 times.
#[test]
fn where_nothing_matters_hardly_anything_is_claimed() {
    let mut claims = 0;
    for seed in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(
            folder.path(),
            &format!("seed: {seed}\nbudget: {{trials: 20}}\nrepeats: 3\n"),
        );
        let mut work = Known::new([0.0; 4]);
        work.training = 0.02;
        let found = study(folder.path(), &plan, &work).unwrap();
        claims += u32::from(found.comparison.is_some_and(|made| made.gain.sure(0.95)));
    }
    assert!(claims <= 5, "{claims}");
}

#[test]
fn a_study_that_is_killed_goes_on_and_finds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(
        folder.path(),
        "budget: {trials: 12}\nrepeats: 2\nsearch: {halving: {rungs: 3, keep: 2}}\n",
    );
    let whole = tempfile::tempdir().unwrap();
    let work = Known::new([0.1, 0.0, 0.2, 0.0]);
    let expected = study(whole.path(), &plan, &work).unwrap();
    let all = work.trained.load(Ordering::SeqCst);
    let mut done = BTreeSet::new();
    let mut runs = 0;
    loop {
        let mut work = Known::new([0.1, 0.0, 0.2, 0.0]);
        work.dies_after = 7;
        // A panic of the work is a fault of the task; the death of a machine is none, so the run is cut off at its record instead.
        let clock = Ticks(AtomicU32::new(0));
        let tell = |_: &str| {};
        let study_folder = folder.path().join("study");
        let study = Study::open(&plan, &study_folder, "0", &work, &clock, &tell).unwrap();
        let found = study.run();
        runs += 1;
        let keys = work.seen.lock().unwrap().clone();
        assert!(
            done.is_disjoint(&keys),
            "nothing that was recorded is done again"
        );
        let path = study_folder.join("study.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        if !text.contains("the machine dies") {
            assert_eq!(found.unwrap(), expected);
            break;
        }
        // What a kill leaves: the lines before, and the beginning of one.
        let mut kept: Vec<&str> = text
            .lines()
            .filter(|line| !line.contains("the machine dies"))
            .collect();
        let torn = kept.pop().unwrap();
        let text = format!("{}\n{}", kept.join("\n"), &torn[..torn.len() / 2]);
        std::fs::write(&path, text).unwrap();
        for line in &kept[1..] {
            let entry: trial::Entry = serde_json::from_str(line).unwrap();
            done.insert(entry.task.key());
        }
        assert!(runs < 100);
    }
    assert!(runs > 3 && all > 20, "{runs} runs, {all} trainings");
}

#[test]
fn failures_cost_their_trial_alone() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(
        folder.path(),
        "budget: {trials: 10, parallel: 3}\nrepeats: 2\n",
    );
    let mut work = Known::new([0.0, 0.2, 0.0, 0.0]);
    work.dies_after = 9;
    // From the tenth on every training panics: the study ends, with what it has.
    let found = study(folder.path(), &plan, &work).unwrap();
    let failed: Vec<&String> = found
        .trials
        .iter()
        .filter_map(|trial| trial.fault.as_ref())
        .collect();
    assert!(!failed.is_empty() && failed.iter().all(|why| why.contains("the machine dies")));
    assert_eq!(found.trials.len(), 10);
    assert_eq!(found.trainings.1, found.trainings.0 - 9);
    let report = trial::report(&plan, &found, Vec::new(), privacy::Ledger::new(), "0");
    assert!(report.page().contains("the machine dies"));
}

#[test]
fn minutes_are_kept_and_the_comparison_is_still_made() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(
        folder.path(),
        "budget: {trials: 1000, minutes: 1}\nrepeats: 2\n",
    );
    let work = Known::new([0.0, 0.0, 0.2, 0.0]);
    let found = study(folder.path(), &plan, &work).unwrap();
    assert!(found.ended.contains("minutes"), "{}", found.ended);
    assert!(found.comparison.is_some());
    assert!(
        found.trials.len() > 5 && found.trials.len() < 120,
        "{}",
        found.trials.len()
    );
}

#[test]
fn another_plan_does_not_go_on_with_a_study() {
    let folder = tempfile::tempdir().unwrap();
    let work = Known::new([0.0; 4]);
    let first = plan(folder.path(), "budget: {trials: 2}\nrepeats: 2\n");
    study(folder.path(), &first, &work).unwrap();
    let second = plan(folder.path(), "budget: {trials: 3}\nrepeats: 2\n");
    let error = study(folder.path(), &second, &work).unwrap_err();
    assert!(error.to_string().contains("of another plan"), "{error}");
}
