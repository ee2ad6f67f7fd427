//! Whatever does not fit gets a sentence, and the rest is still made.

mod support;

use check::{Outcome, Section, Settings};
use support::{csv, find, people, sections, value};

fn why(sections: &[Section], id: &str) -> String {
    match &find(sections, id).outcome {
        Outcome::NotComputed { why } => why.clone(),
        Outcome::Computed(number) => panic!("{id} was computed: {number:?}"),
    }
}

fn all() -> Settings {
    Settings {
        protect: vec!["town".to_owned()],
        target: vec!["churn".to_owned()],
        ..Settings::default()
    }
}

#[test]
fn without_a_hold_out_what_needs_one_says_so_and_the_rest_is_made() {
    let (sections, _) = sections(
        &csv(&people("train", 1, 400)),
        &csv(&people("synthetic", 1, 400)),
        None,
        "",
        &all(),
    );
    for id in [
        "fidelity.usefulness",
        "privacy.membership",
        "privacy.linkability",
        "privacy.epsilon",
        "fairness.model.town.churn",
    ] {
        assert!(why(&sections, id).contains("give --holdout"), "{id}");
    }
    assert!(value(&sections, "fidelity.accuracy") > 0.5);
    assert!(value(&sections, "privacy.identical") < 0.1);
    assert!(
        find(&sections, "fidelity.accuracy")
            .number()
            .is_some_and(|number| number.best_reachable.is_none())
    );
}

#[test]
fn columns_that_differ_are_told_and_the_others_compared() {
    let made = csv(&people("synthetic", 1, 400)).replace("town,age,", "city,age,");
    let (sections, notes) = sections(
        &csv(&people("train", 1, 400)),
        &made,
        None,
        "",
        &Settings::default(),
    );
    let notes = notes.join("\n");
    assert!(
        notes.contains("`town` is not in the synthetic.csv table"),
        "{notes}"
    );
    assert!(
        notes.contains("`city` is in the synthetic.csv table only"),
        "{notes}"
    );
    assert!(value(&sections, "fidelity.univariate") > 0.8);
}

#[test]
fn a_column_of_another_type_is_told_and_left_out() {
    let mut made = String::new();
    for (place, line) in csv(&people("synthetic", 1, 400)).lines().enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let age = if place == 0 {
            "age"
        } else {
            ["young", "old"][place % 2]
        };
        made.push_str(&format!("{},{age},{}\n", cells[0], cells[2..].join(",")));
    }
    let (sections, notes) = sections(
        &csv(&people("train", 1, 400)),
        &made,
        None,
        "",
        &Settings::default(),
    );
    assert!(
        notes.iter().any(|note| note == "400 of 400 values of `age` in the synthetic.csv table are not numbers; it is left out"),
        "{notes:?}"
    );
    assert!(value(&sections, "fidelity.univariate") > 0.8);
}

#[test]
fn three_rows_say_what_is_missing_and_crash_nothing() {
    let few = |name: &str| csv(&people(name, 1, 3));
    let (sections, _) = sections(
        &few("train"),
        &few("synthetic"),
        Some(&few("holdout")),
        "",
        &all(),
    );
    assert!(why(&sections, "fidelity.two_sample").contains("3 rows"));
    assert!(why(&sections, "privacy.membership").contains("it needs 50 training rows"));
    assert!(why(&sections, "privacy.linkability").contains("it needs 10 records"));
}

#[test]
fn one_row_crashes_nothing() {
    let rows = |count| csv(&people("train", 1, count));
    for (train, made, fresh) in [(1, 1, 1), (400, 1, 1), (400, 2, 400), (2, 400, 1)] {
        let (sections, _) = sections(
            &rows(train),
            &rows(made),
            Some(&rows(fresh)),
            "columns: {town: category, plan: category, churn: category, age: number, income: number, spent: number}",
            &all(),
        );
        assert!(sections.iter().all(|section| !section.findings.is_empty()));
    }
}

#[test]
fn one_class_and_constant_columns_say_so() {
    let constant = |name: &str| {
        let mut rows = people(name, 1, 400);
        for row in &mut rows {
            row.churn = true;
            row.age = 50;
        }
        csv(&rows)
    };
    let (sections, _) = sections(
        &constant("train"),
        &constant("synthetic"),
        Some(&constant("holdout")),
        "columns: {churn: category}",
        &all(),
    );
    assert!(why(&sections, "fairness.model.town.churn").contains("one answer only"));
    assert!(value(&sections, "fidelity.univariate") > 0.8);
}

#[test]
fn a_hold_out_that_overlaps_the_training_rows_is_told() {
    let train = people("train", 1, 400);
    let mut fresh = people("holdout", 1, 400);
    fresh[..200].clone_from_slice(&train[..200]);
    let (_, notes) = sections(
        &csv(&train),
        &csv(&people("synthetic", 1, 400)),
        Some(&csv(&fresh)),
        "",
        &Settings::default(),
    );
    assert!(
        notes
            .iter()
            .any(|note| note.contains("200 of 400 hold-out rows equal a training row")),
        "{notes:?}"
    );
}
