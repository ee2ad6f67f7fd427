//! `frontier`: a table in, what privacy costs whom out, and what does not fit.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Ran, json, offline_populace, page, run};

/// Clients of two towns whose churn follows from their plan and age, drawn by a linear congruence.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut state = 5_u32;
    let mut dice = |sides: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % sides
    };
    let mut text = String::from("town,age,plan,churn\n");
    for _ in 0..4_000 {
        let town = if dice(8) == 0 { "Celle" } else { "Aalen" };
        let age = 18 + dice(60);
        let plan = ["basic", "plus"][dice(2) as usize];
        let likely = if plan == "basic" { 60 } else { 10 } + age / 3;
        let churn = if dice(100) < likely { "yes" } else { "no" };
        let _ = writeln!(text, "{town},{age},{plan},{churn}");
    }
    fs::write(folder.path().join("clients.csv"), text).expect("written");
    folder
}

fn populace(folder: &Path, arguments: &str) -> Ran {
    run(offline_populace(folder).args(arguments.split_whitespace()))
}

#[test]
fn a_tables_frontier_has_every_epsilon_and_group_and_what_is_not_attained() {
    let folder = folder();
    let ran = populace(
        folder.path(),
        "frontier clients.csv --target churn --group town --epsilon inf,2 --repeats 2 -o frontier.html --json",
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let findings = report["sections"][0]["findings"]
        .as_array()
        .expect("findings");
    let ids: Vec<&str> = findings.iter().filter_map(|f| f["id"].as_str()).collect();
    assert_eq!(
        ids,
        [
            "frontier.usefulness",
            "frontier.gap",
            "frontier.attained",
            "frontier.first"
        ]
    );
    // From the strongest promise to none, whatever the order they were given in.
    let table = &findings[0]["details"][0]["table"];
    assert_eq!(table["columns"][4], "ε = 2");
    assert_eq!(table["columns"][5], "ε = ∞");
    let rows = table["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 3, "everybody and two towns: {rows:?}");
    // Three tenths were put aside, and nothing was learned from them.
    let tables = report["about"]["tables"].as_array().expect("tables");
    assert_eq!(
        (&tables[0]["rows"], &tables[1]["rows"]),
        (&2_800.into(), &1_200.into())
    );
    let without: f64 = rows[0][5]
        .as_str()
        .and_then(|cell| cell.split(' ').next())
        .expect("a value")
        .parse()
        .expect("a number");
    assert!(without > 0.7, "{rows:?}");
    let page = page(folder.path(), "frontier.html", "frontier");
    assert!(page.contains("It is not private: treat it like the data."));
    assert!(page.contains("what no ε that was tried attains"));
}

#[test]
fn what_has_no_frontier_gets_one_sentence_and_leaves_nothing() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("set/cat")).expect("a folder");
    fs::write(folder.path().join("set/cat/a.png"), "no picture").expect("written");
    let mut said = String::new();
    for arguments in [
        "frontier nowhere.csv --target churn --group town",
        "frontier clients.csv --group town",
        "frontier clients.csv --target churn",
        "frontier clients.csv --target churn --group churn",
        "frontier clients.csv --target churn --group country",
        "frontier clients.csv --target churn --group town --epsilon 1,0",
        "frontier clients.csv --target churn --group town --steps 10",
        "frontier clients.csv --target churn --group town --holdout nowhere.csv",
        "frontier set --target churn",
        "frontier set --epsilon 1,inf",
        "frontier set",
    ] {
        let ran = populace(folder.path(), &format!("{arguments} -o frontier.html -q"));
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        let _ = writeln!(said, "$ populace {arguments}\n{}", ran.stderr);
        assert!(!folder.path().join("frontier.html").exists(), "{arguments}");
    }
    insta::assert_snapshot!(said);
}
