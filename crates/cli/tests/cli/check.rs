//! `check`: rows in, a report out, and what does not fit.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Ran, json, offline_populace, page, run};

/// Clients drawn by a linear congruence from `start` on: the same everywhere, and others from another start.
fn clients(start: u32, count: u32) -> String {
    let mut text = String::from("town,age,balance,churn\n");
    let mut state = start;
    let mut dice = |sides: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % sides
    };
    for _ in 0..count {
        let town = ["Aalen", "Bremen", "Celle"][dice(3) as usize];
        let age = 18 + dice(60);
        let balance = age * 100 + dice(4000);
        let churn = if dice(100) < age { "no" } else { "yes" };
        let _ = writeln!(
            text,
            "{town},{age},{}.{:02},{churn}",
            balance / 100,
            balance % 100
        );
    }
    text
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, start) in [("train.csv", 1), ("fresh.csv", 2), ("made.csv", 3)] {
        fs::write(folder.path().join(name), clients(start, 700)).expect("written");
    }
    folder
}

fn populace(folder: &Path, arguments: &str) -> Ran {
    run(offline_populace(folder).args(arguments.split_whitespace()))
}

const CHECK: &str = "check made.csv --real train.csv --holdout fresh.csv -o report.html";

#[test]
fn a_report_is_a_page_and_data_that_say_the_same() {
    let folder = folder();
    let ran = populace(
        folder.path(),
        &format!("{CHECK} --json --protect town --target churn"),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let beside = fs::read_to_string(folder.path().join("report.json")).expect("written");
    assert_eq!(report, json(&beside));
    let page = page(folder.path(), "report.html", "table");
    for section in report["sections"].as_array().expect("sections") {
        for finding in section["findings"].as_array().expect("findings") {
            let id = finding["id"].as_str().expect("an id");
            assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
    // Nothing is loaded from anywhere, and the page says what it is.
    for absent in ["http:", "https:", "<script", "@import", "url("] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("It is not private: treat it like the data."));
    assert!(ran.stderr.contains("are not private"), "{}", ran.stderr);
    // The synthetic rows are nobody's; every reading of the others is told.
    let ledger = report["about"]["ledger"].to_string();
    assert!(ledger.contains("train.csv") && ledger.contains("fresh.csv"));
    assert!(!ledger.contains("made.csv"), "{ledger}");
    // Fresh rows of the same population give no alarm.
    let privacy = &report["sections"][1];
    assert_eq!(privacy["id"], "privacy");
    assert!(
        privacy["standing"] == "good" || privacy["standing"] == "inconclusive",
        "{privacy}"
    );
}

#[test]
fn the_same_tables_give_the_same_bytes() {
    let folder = folder();
    let written = || {
        assert_eq!(populace(folder.path(), CHECK).code, Some(0));
        ["report.html", "report.json"]
            .map(|name| fs::read(folder.path().join(name)).expect("written"))
    };
    assert!(written() == written());
}

#[test]
fn a_copy_breaks_a_limit_and_the_exit_code_says_so() {
    let folder = folder();
    fs::write(
        folder.path().join("limits.yaml"),
        "limits:\n  privacy.identical: {at_most: 0.01}\n  fidelity.accuracy: {at_least: 0.5}\n",
    )
    .expect("written");
    let check =
        "check train.csv --real train.csv --holdout fresh.csv --limits limits.yaml -o report.html";
    let ran = populace(folder.path(), check);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("a limit is broken: `privacy.identical` is 100.0"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("No: the synthetic rows tell about people"),
        "{}",
        ran.stderr
    );
    let page = page(folder.path(), "report.html", "copy");
    assert!(page.contains("Limits are broken."));
    let ran = populace(folder.path(), &format!("{CHECK} --limits limits.yaml"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn shadow_models_are_learned_where_they_are_asked_for_and_a_limit_on_them_needs_them() {
    let folder = folder();
    fs::write(
        folder.path().join("limits.yaml"),
        "limits: {privacy.shadow_models: {at_most: 0.2}}\n",
    )
    .expect("written");
    let ran = populace(folder.path(), &format!("{CHECK} --limits limits.yaml"));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("was not asked for; give --shadows 32"),
        "{}",
        ran.stderr
    );
    let ran = populace(
        folder.path(),
        &format!("{CHECK} --limits limits.yaml --shadows 8"),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let page = page(folder.path(), "report.html", "shadows");
    assert!(page.contains("learned 8 shadow models"));
    let ran = populace(folder.path(), &format!("{CHECK} --shadows 3"));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}

#[test]
fn rows_of_a_private_model_stand_beside_what_their_card_claims() {
    let folder = folder();
    let learn = "learn train.csv --epsilon 4 -o private.model";
    assert_eq!(populace(folder.path(), learn).code, Some(0));
    let ran = populace(folder.path(), "make private.model -o rows");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = populace(
        folder.path(),
        "check rows --real train.csv --holdout fresh.csv --json -o report.html",
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let statement = report["about"]["statement"].as_str().expect("a card");
    assert!(
        statement.contains("differentially private with ε = 4"),
        "{statement}"
    );
    let findings = report["sections"][1]["findings"]
        .as_array()
        .expect("findings");
    let epsilon = findings
        .iter()
        .find(|finding| finding["id"] == "privacy.epsilon");
    let sentence = epsilon
        .and_then(|finding| finding["sentence"].as_str())
        .expect("made");
    assert!(sentence.contains("that the card claims"), "{sentence}");
}

#[test]
fn rules_are_counted_whatever_the_order_of_columns() {
    let folder = folder();
    let mut turned = String::new();
    for line in clients(3, 700).lines() {
        let cells: Vec<&str> = line.split(',').rev().collect();
        let _ = writeln!(turned, "{}", cells.join(","));
    }
    fs::write(folder.path().join("made.csv"), turned).expect("written");
    fs::write(
        folder.path().join("rules.yaml"),
        "rules: [age >= 18, age < 40]\n",
    )
    .expect("written");
    let ran = populace(folder.path(), &format!("{CHECK} --rules rules.yaml --json"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let findings = report["sections"][0]["findings"]
        .as_array()
        .expect("findings");
    let rules = findings
        .iter()
        .find(|finding| finding["id"] == "fidelity.rules")
        .expect("made");
    let rows = &rules["details"][0]["table"]["rows"];
    assert_eq!(rows[0][1], "0 of 700");
    let young = clients(3, 700)
        .lines()
        .skip(1)
        .filter(|line| line.split(',').nth(1).is_some_and(|age| age < "40"))
        .count();
    assert_eq!(rows[1][1], format!("{} of 700", 700 - young));
}

/// Owners and their visits below a folder, with a schema.
fn owners(folder: &Path, name: &str, start: u32) {
    let below = folder.join(name);
    fs::create_dir(&below).expect("a folder");
    let mut owners = String::from("id,kind\n");
    let mut visits = String::from("visit_id,owner_id,paid\n");
    let mut state = start;
    let mut dice = |sides: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % sides
    };
    let mut number = 0;
    for owner in 0..200 {
        let kind = dice(2);
        let _ = writeln!(owners, "O-{owner:03},{}", ["plain", "rich"][kind as usize]);
        for _ in 0..dice(3 + 4 * kind) {
            number += 1;
            let _ = writeln!(
                visits,
                "V-{number:04},O-{owner:03},{}",
                10 + 50 * kind + dice(30)
            );
        }
    }
    fs::write(below.join("owner.csv"), owners).expect("written");
    fs::write(below.join("visit.csv"), visits).expect("written");
    let schema = format!(
        "tables:\n  owner: {{data: {name}/owner.csv, key: id}}\n  visit: {{data: {name}/visit.csv, key: visit_id, references: {{owner_id: owner}}}}\n"
    );
    fs::write(folder.join(format!("{name}.yaml")), schema).expect("written");
}

#[test]
fn linked_tables_are_judged_by_themselves_and_between_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    owners(folder.path(), "real", 1);
    owners(folder.path(), "fresh", 2);
    let learn = populace(folder.path(), "learn real.yaml -o owners.model");
    assert_eq!(learn.code, Some(0), "{}", learn.stderr);
    let make = populace(folder.path(), "make owners.model -o made");
    assert_eq!(make.code, Some(0), "{}", make.stderr);
    let check = "check made --real real.yaml --holdout fresh.yaml -o report.html --json";
    let ran = populace(folder.path(), check);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let sections = report["sections"].as_array().expect("sections");
    let ids: Vec<&str> = sections
        .iter()
        .filter_map(|section| section["id"].as_str())
        .collect();
    assert_eq!(
        ids,
        ["links", "owner.fidelity", "owner.privacy", "visit.fidelity"]
    );
    let keys = &sections[0]["findings"][1];
    assert_eq!(keys["id"], "links.visit.keys");
    assert_eq!(keys["standing"], "good", "{keys}");
    let tables = report["about"]["tables"].as_array().expect("tables");
    assert_eq!(tables.len(), 6);
    // Rules may speak of owners.
    let rules = |text: &str| {
        fs::write(folder.path().join("rules.yaml"), text).expect("written");
        populace(folder.path(), &format!("{check} --rules rules.yaml"))
    };
    let ran = rules("rules: [visit.paid >= 10, \"paid >= 60 OR owner.kind = 'plain'\"]\n");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let kept = json(&ran.stdout);
    let kept = kept["sections"][0]["findings"].as_array();
    let kept = kept.and_then(|all| {
        all.iter()
            .find(|finding| finding["id"] == "links.visit.rules")
    });
    let lines = &kept.expect("made")["details"][0]["table"]["rows"];
    assert!(
        lines[1][2]
            .as_str()
            .is_some_and(|text| text.starts_with("0 of ")),
        "{lines}"
    );
    let ran = rules("rules: [visit.pay >= 10]\n");
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("in the rule `visit.pay >= 10`") && ran.stdout.contains("rules.yaml"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    // Groups of owners are followed into what they own.
    let by_kind = populace(folder.path(), &format!("{check} --protect kind"));
    assert_eq!(by_kind.code, Some(0), "{}", by_kind.stderr);
    page(folder.path(), "report.html", "linked");
    let report = json(&by_kind.stdout);
    let sections = report["sections"].as_array().expect("sections");
    let found: Vec<&str> = sections
        .iter()
        .flat_map(|section| section["findings"].as_array().expect("findings"))
        .filter_map(|finding| finding["id"].as_str())
        .filter(|id| id.contains("fairness.representation"))
        .collect();
    assert_eq!(
        found,
        [
            "owner.fairness.representation.kind",
            "visit.fairness.representation.owner.kind"
        ]
    );
    let ran = populace(folder.path(), &format!("{check} --protect visit.kind"));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .contains("--protect names `visit.kind`, which is no column of any of the tables"),
        "{}",
        ran.stderr
    );
    // What does not fit.
    fs::remove_file(folder.path().join("made/visit.parquet")).expect("removed");
    let ran = populace(folder.path(), check);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("has no file for the table `visit`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_cannot_be_checked_gets_one_sentence_and_leaves_nothing() {
    let folder = folder();
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("other.csv", "a,b\n1,2\n3,4\n");
    write("empty.csv", "town,age,balance,churn\n");
    write(
        "limits.yaml",
        "limits: {fidelity.acuracy: {at_least: 0.9}}\n",
    );
    write("nolimits.yaml", "limits: 3\n");
    let mut said = String::new();
    for arguments in [
        "check missing.csv --real train.csv -o report.html",
        "check made.csv --real missing.csv -o report.html",
        "check other.csv --real train.csv -o report.html",
        "check empty.csv --real train.csv -o report.html",
        "check made.csv --real train.csv -o nowhere/report.html",
        "check made.csv --real train.csv -o report.json",
        "check made.csv --real train.csv --protect sex -o report.html",
        "check made.csv --real train.csv --limits nolimits.yaml -o report.html",
        "check made.csv --real train.csv --limits limits.yaml -o report.html",
    ] {
        let ran = populace(folder.path(), &format!("{arguments} -q"));
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        let _ = writeln!(said, "$ populace {arguments}\n{}", ran.stderr);
        assert!(!folder.path().join("report.html").exists(), "{arguments}");
    }
    insta::assert_snapshot!(said);
}
