//! `shift`: a model's performance on other populations, from the outside.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Ran, json, offline_populace, page, run};

/// Clients of two towns, and a model that errs more in one of them and with age, drawn by a linear congruence.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut state = 5_u32;
    let mut dice = |sides: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % sides
    };
    let mut text = String::from("town,age,plan,churn\n");
    let mut said = String::from("prediction\n");
    for _ in 0..1_200 {
        let celle = dice(4) == 0;
        let age = 18 + dice(60);
        let plan = ["basic", "plus"][dice(2) as usize];
        let churn = dice(100) < 40;
        let errs = dice(100) < 5 + (age - 18) / 4 + if celle { 25 } else { 0 };
        let town = if celle { "Celle" } else { "Aalen" };
        let word = |yes: bool| if yes { "yes" } else { "no" };
        let _ = writeln!(text, "{town},{age},{plan},{}", word(churn));
        let sure = 0.6 + f64::from(dice(40)) / 100.0;
        let _ = writeln!(said, "{:.2}", if churn == errs { 1.0 - sure } else { sure });
    }
    fs::write(folder.path().join("clients.csv"), text).expect("written");
    fs::write(folder.path().join("said.csv"), said).expect("written");
    let asked = "\
shift: 1
populations:
  more of Celle: {levels: {town: {Celle: 60%}}}
  older: {move: {age: 10}}
  old in Celle: {only: \"town = 'Celle' and age > 60\"}
  ancient: {only: \"age > 90\"}
  worst fifth: {worst: {share: 20%, attributes: [town, age]}}
tolerance: {accuracy: 75%}
";
    fs::write(folder.path().join("shift.yaml"), asked).expect("written");
    folder
}

const USUAL: &str = "shift --data clients.csv --target churn --predictions said.csv --to shift.yaml -o shift.html --members 4 --draws 2000";

fn populace(folder: &Path, arguments: &str) -> Ran {
    run(offline_populace(folder).args(arguments.split_whitespace()))
}

#[test]
fn both_routes_stand_side_by_side_and_a_broken_tolerance_is_exit_code_1() {
    let folder = folder();
    let ran = populace(folder.path(), USUAL);
    insta::assert_snapshot!("shift_table", ran.shown(&[(folder.path(), "[FOLDER]")]));
    assert_eq!(ran.code, Some(1));
    let page = page(folder.path(), "shift.html", "shift");
    assert!(page.contains("It is not private: treat it like the data."));
    let report = json(&fs::read_to_string(folder.path().join("shift.json")).expect("JSON"));
    let ids: Vec<&str> = report["sections"][0]["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|finding| finding["id"].as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "shift.more_of_celle.accuracy",
            "shift.older.accuracy",
            "shift.old_in_celle.accuracy",
            "shift.ancient.accuracy",
            "shift.worst_fifth.accuracy"
        ]
    );
    // Every learned population is a reading of the data, and written down as one.
    let ledger = report["about"]["ledger"]["entries"].to_string();
    assert!(ledger.contains("performance of a model"), "{ledger}");
    assert!(ledger.contains("\"times\":4"), "{ledger}");
}

#[test]
fn the_bytes_are_the_same_on_any_number_of_threads() {
    let folder = folder();
    let mut reports = Vec::new();
    for threads in ["1", "3"] {
        let mut command = offline_populace(folder.path());
        command.args(USUAL.split_whitespace());
        let ran = run(command.env("RAYON_NUM_THREADS", threads));
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        let report = fs::read(folder.path().join("shift.html")).expect("a report");
        reports.push((ran.stdout, report));
    }
    assert!(reports[0] == reports[1]);
}

#[test]
fn a_model_that_can_be_asked_answers_about_drawn_rows() {
    let folder = folder();
    // A model that goes by the plan alone: `yes` for basic.
    let command = "awk -F, 'NR > 1 { print ($3 == \"basic\") ? 0.9 : 0.2 }'";
    let ran = run(offline_populace(folder.path())
        .args("shift --data clients.csv --target churn --to shift.yaml -o shift.html --members 3 --draws 2000 --metric auc --metric brier --json --command".split_whitespace())
        .arg(command));
    assert!(ran.code == Some(1) || ran.code == Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let findings = report["sections"][0]["findings"]
        .as_array()
        .expect("findings");
    let area = findings
        .iter()
        .find(|finding| finding["id"] == "shift.older.auc")
        .expect("the area");
    let routes = area["details"][0]["table"]["rows"]
        .as_array()
        .expect("rows");
    let names: Vec<&str> = routes.iter().filter_map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["data", "reweighting", "generation", "together"]);
}

#[test]
fn mistakes_are_one_sentence_each() {
    let folder = folder();
    let mistakes = "\
shift: 2
populations:
  a: {shares: {\"age > 60\": 50%}}
  b: {share: {\"age >\": 50%}}
  c: {share: {\"agee > 60\": 150%}}
  d: {mean: {town: 3}}
  e: {mean: {agee: 3}}
  f: {worst: {share: 20%, kl: 0.1}}
  g: {only: [1, 2]}
  h: {odds: {\"age > 60\": -1}}
  i: {levels: {town: {Celle: 70%, Aalen: 60%}}}
  j: {worst: {share: 20%}, only: \"age > 60\"}
  k: {times: {\"age > 60\": many}}
tolerance: {acuracy: 75%}
attributes: [agee]
";
    fs::write(folder.path().join("mistakes.yaml"), mistakes).expect("written");
    let usual = "shift --data clients.csv --target churn -o shift.html";
    let mut all = String::new();
    for rest in [
        "--predictions said.csv --to mistakes.yaml",
        "--predictions said.csv --to nowhere.yaml",
        "--predictions clients.csv --to shift.yaml",
        "--predictions said.csv --to shift.yaml --metric mae",
        "--predictions said.csv --to shift.yaml --positive maybe",
        "--predictions said.csv --to shift.yaml --threshold 2",
        "--command false --to shift.yaml",
        "--command echo --to shift.yaml",
        "--to shift.yaml",
    ] {
        let ran = populace(folder.path(), &format!("{usual} {rest}"));
        assert_eq!(ran.code, Some(2), "{rest}: {}", ran.stderr);
        let _ = writeln!(
            all,
            "$ {rest}\n{}",
            ran.shown(&[(folder.path(), "[FOLDER]")])
        );
    }
    fs::write(folder.path().join("short.csv"), "prediction\n0.5\n").expect("written");
    fs::write(
        folder.path().join("odd.csv"),
        format!("prediction\nperhaps\n{}", "0.5\n".repeat(1_199)),
    )
    .expect("written");
    for rest in [
        "--predictions short.csv --to shift.yaml",
        "--predictions odd.csv --to shift.yaml",
    ] {
        let ran = populace(folder.path(), &format!("{usual} {rest}"));
        assert_eq!(ran.code, Some(2), "{rest}: {}", ran.stderr);
        let _ = writeln!(
            all,
            "$ {rest}\n{}",
            ran.shown(&[(folder.path(), "[FOLDER]")])
        );
    }
    insta::assert_snapshot!("shift_mistakes", all);
}

/// Small boxes, black or white, and a model that loses as much as a picture is bright.
fn boxes() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let recipe = "populace: 1
name: boxes
stage: products
count: 3
seed: 2
population: {defects.count: 0, product.model: box, product.material: plastic, product.colour: [{value: white}, {value: black}]}
camera: {width_px: 32, height_px: 32}
quality: {samples_per_pixel: 1, denoise: none}
labels: []
";
    let asked = "shift: 1
populations:
  white: {share: {\"product.colour = 'white'\": 80%}}
  white from aside: {only: \"product.colour = 'white' and camera.yaw_deg > 14\"}
  blue: {only: \"product.colour = 'blue'\"}
attributes: [product.colour]
tolerance: {loss: 0.2}
";
    let judge = r#"for file in "$1"/images/*; do od -An -v -tu1 "$file" | awk '{for (i = 1; i <= NF; i++) s += $i; n += NF} END {print s / n / 255}'; done > "$2""#;
    for (name, text) in [
        ("boxes.yaml", recipe),
        ("boxes-shift.yaml", asked),
        ("bright.sh", judge),
    ] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

const BOXES: &str =
    "shift boxes.yaml --to boxes-shift.yaml -o boxes.html --pictures 100 --draws 10000 --json";

#[test]
fn pictures_are_made_for_the_populations_that_are_asked_for() {
    let folder = boxes();
    let mut command = offline_populace(folder.path());
    command
        .args(BOXES.split_whitespace())
        .args(["--command", "sh bright.sh"]);
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    page(folder.path(), "boxes.html", "shift-pictures");
    let report = json(&ran.stdout);
    let findings = report["sections"][0]["findings"]
        .as_array()
        .expect("findings");
    let figure = |place: usize| findings[place]["outcome"]["computed"]["value"].as_f64();
    // White boxes are brighter: more of them, more loss; all of them, more still.
    let (white, aside) = (figure(0).expect("a figure"), figure(1).expect("a figure"));
    assert!(white > 0.26 && aside > white, "{white} {aside}");
    let routes = &findings[0]["details"][0]["table"]["rows"];
    assert_eq!(routes.as_array().map(Vec::len), Some(4), "{routes}");
    let said = |place: usize| findings[place]["sentence"].as_str().expect("a sentence");
    assert!(said(0).contains("the two routes agree"), "{}", said(0));
    assert!(said(1).contains("made for it alone"), "{}", said(1));
    assert!(
        said(2).starts_with("Nothing is said of `blue`"),
        "{}",
        said(2)
    );
    // Nobody's data was read.
    assert_eq!(
        report["about"]["ledger"]["entries"]
            .as_array()
            .map(Vec::len),
        Some(0)
    );
    // Pictures are kept, so the same command has the same answer; a picture is the recipe's own.
    let again = run(&mut command);
    assert_eq!(again.stdout, ran.stdout);
    let made = run(offline_populace(folder.path()).args(["make", "boxes.yaml", "-o", "own"]));
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let own = fs::read(folder.path().join("own/images/000000002.png")).expect("a picture");
    let found = fs::read_dir(folder.path().join("boxes.pictures"))
        .expect("a folder")
        .filter_map(Result::ok)
        .any(|set| {
            fs::read(set.path().join("images/000000002.png")).is_ok_and(|bytes| bytes == own)
        });
    assert!(found, "the data are the recipe's first samples");
}

#[test]
fn mistakes_about_pictures_are_sentences() {
    let folder = boxes();
    for (script, said) in [
        ("exit 3", "the command failed: exit status: 3"),
        ("true", "the command wrote no answer"),
        (
            "echo 0.5 > \"$2\"",
            "the command wrote 1 losses, and was given 100 pictures",
        ),
        (
            "echo half > \"$2\"",
            "the command wrote no finite number in line 1",
        ),
    ] {
        fs::write(folder.path().join("bright.sh"), script).expect("written");
        let mut command = offline_populace(folder.path());
        command
            .args(BOXES.split_whitespace())
            .args(["--command", "sh bright.sh"]);
        let ran = run(&mut command);
        assert_eq!(ran.code, Some(2), "{script}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{script}: {}", ran.stderr);
    }
    let ran = run(offline_populace(folder.path()).args(BOXES.split_whitespace()));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("--predictions <FILE>|--command <CMD>"),
        "{}",
        ran.stderr
    );
}
