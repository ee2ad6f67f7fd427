//! The numbers that share a definition with other packages are those that the packages compute.
//!
//! `agreement/agree.py` made the tables and asked `mostlyai-qa` 1.10.11, `sdmetrics` 0.32.0 and `anonymeter` 1.1.0.

mod support;

use check::{Finding, Settings};
use serde_json::Value;
use support::{find, sections};

fn text(name: &str) -> String {
    let path = format!("{}/tests/agreement/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn values() -> Value {
    serde_json::from_str(&text("values.json")).expect("JSON")
}

/// Whether every number of one table is that of the packages, to half a unit of the fifth decimal, which is where `mostlyai-qa` rounds.
fn agrees(sections: &[check::Section], values: &Value, reference: bool) {
    for (name, expected) in values.as_object().expect("an object") {
        let finding = find(sections, &format!("fidelity.{name}"));
        let number = finding.number().expect("computed");
        let found = if reference {
            number.best_reachable.expect("a hold-out")
        } else {
            number.value
        };
        let expected = expected.as_f64().expect("a number");
        assert!(
            (found - expected).abs() < 5e-6,
            "{name}: {found}, and the package says {expected}"
        );
    }
}

#[test]
fn accuracies_shapes_and_trends_are_those_of_mostlyai_qa_and_sdmetrics() {
    let (sections, _) = sections(
        &text("train.csv"),
        &text("synthetic.csv"),
        Some(&text("holdout.csv")),
        "",
        &Settings::default(),
    );
    agrees(&sections, &values()["synthetic"], false);
    agrees(&sections, &values()["holdout"], true);
}

/// A share in the table behind a finding, as a count of 600.
fn counted(finding: &Finding, row: &[String], column: usize) -> f64 {
    let text = row[column].trim_end_matches('%').trim();
    let share: f64 = text
        .parse()
        .unwrap_or_else(|_| panic!("{text} in {finding:?}"));
    share * 6.0
}

#[test]
fn attacks_succeed_as_often_as_anonymeters() {
    // Missing values and dates are other things to anonymeter; it is compared where both mean the same.
    let columns = "columns: {bonus: leave_out, channel: leave_out, since: leave_out}";
    let told = values();
    for (secret, hits) in told["attacks"]["inference"].as_object().expect("an object") {
        let settings = Settings {
            secret: vec![secret.clone()],
            ..Settings::default()
        };
        let (sections, _) = sections(
            &text("train.csv"),
            &text("synthetic.csv"),
            Some(&text("holdout.csv")),
            columns,
            &settings,
        );
        let finding = find(&sections, &format!("privacy.inference.{secret}"));
        let table = &finding.details[0].table;
        assert_eq!(table.rows[0][0], "all other columns");
        for (arm, column) in [(0, 1), (1, 2)] {
            let expected = hits[arm].as_f64().expect("a number");
            let found = counted(finding, &table.rows[0], column);
            // Equally near rows are taken in another order there, and shares are written with three digits.
            assert!(
                (found - expected).abs() <= 6.5,
                "{secret}, arm {arm}: {found}, and anonymeter says {expected}"
            );
        }
        if secret == "churn" {
            let finding = find(&sections, "privacy.linkability");
            let splits = told["attacks"]["linkability"].as_array().expect("a list");
            assert_eq!(splits.len(), 3);
            for (row, split) in finding.details[0].table.rows.iter().zip(splits) {
                let first: Vec<&str> = split["first"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .filter_map(Value::as_str)
                    .collect();
                assert_eq!(row[0], first.join(", "));
                for (arm, column) in [(0, 1), (1, 2)] {
                    let expected = split["linked"][arm].as_f64().expect("a number");
                    let found = counted(finding, row, column);
                    assert!(
                        (found - expected).abs() <= 6.5,
                        "{first:?}, arm {arm}: {found}, and anonymeter says {expected}"
                    );
                }
            }
        }
    }
}
