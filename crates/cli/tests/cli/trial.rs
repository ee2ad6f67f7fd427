//! `trial`: a plan in, an honest winner out, and what does not fit.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::{Ran, json, offline_populace, page, run};

/// Clients whose churn follows from their plan and age, drawn by a linear congruence; `mistaken` of a hundred have the other answer.
fn clients(path: &Path, rows: u32, state: u32, mistaken: u32) {
    let mut state = state;
    let mut dice = |sides: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % sides
    };
    let mut text = String::from("town,age,plan,churn\n");
    for _ in 0..rows {
        let town = ["Aalen", "Celle", "Ulm"][dice(3) as usize];
        let age = 18 + dice(60);
        let plan = ["basic", "plus"][dice(2) as usize];
        let yes = (plan == "basic" && age > 40) ^ (dice(100) < 8) ^ (dice(100) < mistaken);
        let _ = writeln!(
            text,
            "{town},{age},{plan},{}",
            if yes { "yes" } else { "no" }
        );
    }
    fs::write(path, text).expect("written");
}

const PLAN: &str = "trial: 1
name: clients
seed: 4
sources:
  noisy: {table: noisy.csv}
  sound: {table: sound.csv}
amount: 800
knobs:
  sound: {of: weight sound, values: [null, 1, 20]}
  noisy: {of: weight noisy, values: [null, 0]}
  trees: {of: learner trees, values: [null, 25]}
learner: {trees: 20}
holdout: fresh.csv
target: churn
metric: error
groups: [town]
slices: plan
budget: {trials: 9, parallel: 2}
repeats: 3
";

/// A source with four mistaken answers in ten, one that is sound, and fresh rows.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    clients(&folder.path().join("noisy.csv"), 1500, 1, 45);
    clients(&folder.path().join("sound.csv"), 1500, 2, 0);
    clients(&folder.path().join("fresh.csv"), 1200, 3, 0);
    fs::write(folder.path().join("plan.yaml"), PLAN).expect("written");
    folder
}

fn populace(folder: &Path, arguments: &str) -> Ran {
    run(offline_populace(folder).args(arguments.split_whitespace()))
}

fn finding<'r>(report: &'r serde_json::Value, id: &str) -> &'r serde_json::Value {
    report["sections"]
        .as_array()
        .expect("sections")
        .iter()
        .flat_map(|section| section["findings"].as_array().expect("findings"))
        .find(|finding| finding["id"] == id)
        .unwrap_or_else(|| panic!("no finding {id}"))
}

#[test]
fn the_sound_source_is_found_with_what_it_is_worth() {
    let folder = folder();
    let ran = populace(
        folder.path(),
        "trial plan.yaml -o study --next next.yaml --json",
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let gain = finding(&report, "trial.gain");
    let low = gain["outcome"]["computed"]["interval"]["low"]
        .as_f64()
        .expect("a bound");
    assert!(low > 0.05, "{gain}");
    let sentence = finding(&report, "trial.knobs")["sentence"]
        .as_str()
        .expect("a sentence");
    assert!(
        sentence.starts_with("What pays is `sound`")
            || sentence.starts_with("What pays is `noisy`"),
        "{sentence}"
    );
    let board = &finding(&report, "trial.leaderboard")["details"][0]["table"]["rows"];
    assert_eq!(board[0][0], "base");
    assert_eq!(board[1][0], "1 (winner)");
    let groups = &finding(&report, "trial.groups")["details"][0]["table"]["rows"];
    assert_eq!(groups.as_array().map(Vec::len), Some(3), "{groups}");
    assert_eq!(
        finding(&report, "trial.slices")["details"][0]["table"]["rows"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    // What was real is in the ledger, and the page says what that means.
    let page = page(folder.path(), "study/report.html", "trial");
    assert!(page.contains("It is not private: treat it like the data."));
    // The next plan is one, begins with the winner, and tries more of one town.
    let next = fs::read_to_string(folder.path().join("next.yaml")).expect("a plan");
    assert!(
        next.contains("times town = '") && next.contains("round: 2"),
        "{next}"
    );
    // The same command finds everything done, and says the same.
    let again = populace(folder.path(), "trial plan.yaml -o study --json");
    assert_eq!(again.stdout, ran.stdout);
    assert!(
        again.stderr.contains("of an earlier run are kept"),
        "{}",
        again.stderr
    );
}

#[test]
fn a_study_that_is_killed_loses_nothing_that_was_finished() {
    let folder = folder();
    let whole = populace(folder.path(), "trial plan.yaml -o whole --json");
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
    let journal = folder.path().join("study/study.jsonl");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    let mut kills = 0;
    while kills < 3 {
        let mut child = offline_populace(folder.path())
            .args(["trial", "plan.yaml", "-o", "study"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let before = lines();
        while lines() < before + 4 && child.try_wait().expect("a state").is_none() {
            thread::sleep(Duration::from_millis(2));
        }
        let _ = child.kill();
        child.wait().expect("an end");
        assert!(lines() >= before, "what was finished is kept");
        kills += 1;
    }
    let ran = populace(folder.path(), "trial plan.yaml -o study --json");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, whole.stdout);
}

/// A limit on the length of files stands in for a disk that is full: the record of the study cannot grow beyond it.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_a_study_with_a_sentence_and_room_lets_it_go_on() {
    let folder = folder();
    let whole = populace(folder.path(), "trial plan.yaml -o whole --json");
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
    let journal = folder.path().join("study/study.jsonl");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    for kibibytes in [40, 80] {
        let before = lines();
        let mut program = offline_populace(folder.path());
        program.args(["trial", "plan.yaml", "-o", "study"]);
        let mut limited = Command::new("sh");
        limited
            .args([
                "-c",
                // Writing beyond the limit is an error instead of a signal; units of 512 bytes.
                &format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", 2 * kibibytes),
                "sh",
            ])
            .arg(program.get_program())
            .args(program.get_args())
            .current_dir(folder.path());
        for (name, value) in program.get_envs() {
            if let Some(value) = value {
                limited.env(name, value);
            }
        }
        let ran = run(&mut limited);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("study.jsonl cannot be written")
                && ran
                    .stderr
                    .contains("make room and run the same command again"),
            "{}",
            ran.stderr
        );
        assert!(lines() > before, "what was finished is kept");
    }
    let ran = populace(folder.path(), "trial plan.yaml -o study --json");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, whole.stdout);
}

#[test]
fn a_command_that_fails_costs_its_trial_and_no_more() {
    let folder = folder();
    // What it does is said by a knob: it answers, crashes, hangs, prints nonsense, or leaves something running.
    let script = r#"#!/bin/sh
how=$(sed -n 's/.*"how": "\([a-z]*\)".*/\1/p' "$1/set.json" | head -n 1)
case "$how" in
  crash) echo "out of luck" >&2; exit 7 ;;
  hang) sleep 600 & sleep 600 ;;
  nonsense) echo "fifty-fifty" ;;
  short) echo 0.5 > "$3"; echo 0.5 >> "$3" ;;
  well) rows=$(($(wc -l < "$2") - 1)); yes 0.2 | head -n "$rows" > "$3" ;;
  *) echo 0.3 ;;
esac
"#;
    fs::write(folder.path().join("learn.sh"), script).expect("written");
    let plan = PLAN
        .replace("learner: {trees: 20}", "learner: {command: [sh, learn.sh], minutes: 0.02}")
        .replace("metric: error", "metric: loss")
        .replace("  trees: {of: learner trees, values: [null, 25]}\n", "  how: {of: learner how, values: [crash, hang, nonsense, short, well, one]}\n")
        .replace("  sound: {of: weight sound, values: [null, 1, 20]}\n  noisy: {of: weight noisy, values: [null, 0]}\n", "")
        .replace("groups: [town]\nslices: plan\n", "")
        .replace("repeats: 3", "base: {how: one}\nrepeats: 2");
    fs::write(folder.path().join("plan.yaml"), plan).expect("written");
    let ran = populace(folder.path(), "trial plan.yaml -o study --json");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let board = finding(&report, "trial.leaderboard")["details"][0]["table"]["rows"].to_string();
    for said in [
        "ended with code 7, and its last words were: out of luck",
        "was ended after 0.02 minutes",
        "the last line that it printed is no number",
        "has 2 numbers, and the hold-out 600 samples",
        "\"how = well\"",
    ] {
        assert!(board.contains(said), "{said}: {board}");
    }
    // All settings that there are were tried, and nothing of the commands is left.
    assert!(
        report["about"]["notes"]
            .to_string()
            .contains("all 5 settings"),
        "{}",
        report["about"]["notes"]
    );
    let left = fs::read_dir(folder.path().join("study/running")).expect("a folder");
    assert_eq!(left.count(), 0);
}

#[test]
fn mistakes_in_a_plan_get_a_sentence_and_exit_code_2() {
    let folder = folder();
    for (from, to, said) in [
        ("target: churn", "target: churned", "did you mean `churn`?"),
        (
            "metric: error",
            "metric: squared_error",
            "which is not for classes",
        ),
        ("groups: [town]", "groups: [city]", "no column `city`"),
        ("table: noisy.csv", "model: noisy.csv", "source `noisy`"),
        (
            "of: weight sound",
            "of: share plan = 'plus'",
            "what a model has",
        ),
        ("seed: 4", "sead: 4", "sead"),
        (
            "budget: {trials: 9, parallel: 2}",
            "budget: {minutes: 0}",
            "not above 0",
        ),
    ] {
        let text = PLAN.replacen(from, to, 1);
        assert_ne!(text, PLAN);
        fs::write(folder.path().join("plan.yaml"), text).expect("written");
        let ran = populace(folder.path(), "trial plan.yaml -o study");
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{to}: {}", ran.stderr);
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "{}", ran.stderr);
    }
    let ran = populace(folder.path(), "trial nowhere.yaml -o study");
    assert_eq!(
        (ran.code, ran.stderr.contains("nowhere.yaml cannot be read")),
        (Some(2), true)
    );
}
