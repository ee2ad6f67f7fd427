//! What rows a recipe gives.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use population::{
    DeclaredPopulation, Population, PopulationError, Recipe, Row, RowError, Seed, Value,
};

mod support;
use support::{FULL, parse, schema};

fn population(text: &str) -> DeclaredPopulation {
    DeclaredPopulation::new(parse(text), schema()).unwrap()
}

fn with(lines: &str) -> DeclaredPopulation {
    population(&format!("populace: 1\nstage: people\ncount: 10\n{lines}\n"))
}

fn rows(population: &DeclaredPopulation, indices: std::ops::Range<u64>, seed: u64) -> Vec<Row> {
    let batch = population.rows(indices, Seed(seed)).unwrap();
    (0..batch.num_rows())
        .map(|row| Row::read(&batch, population.schema(), row).unwrap())
        .collect()
}

#[test]
fn a_row_is_the_same_in_whatever_range_it_is_asked_for() {
    let population = population(FULL);
    let whole = rows(&population, 0..500, 7);
    for (index, row) in whole.iter().enumerate() {
        let index = index as u64;
        assert_eq!(&rows(&population, index..index + 1, 7)[0], row);
    }
    assert_eq!(rows(&population, 100..333, 7), whole[100..333]);
    assert_ne!(rows(&population, 0..500, 8), whole);
    let far = u64::MAX - 3;
    assert_eq!(rows(&population, far..far + 3, 7).len(), 3);
}

#[test]
fn every_value_fits_its_attribute() {
    let population = population(FULL);
    for row in rows(&population, 0..3000, 1) {
        for (attribute, (name, value)) in population.schema().attributes.iter().zip(row.values()) {
            assert_eq!(attribute.name, *name);
            assert!(
                attribute.kind.admits(value),
                "{name} is {value:?} in sample {}",
                row.index
            );
        }
    }
}

/// Bytes of drawn rows are a promise: another hash means that the same recipe and seed now give other data, which the changelog must say.
#[test]
fn rows_are_what_they_always_were() {
    let row = &rows(&population(FULL), 41..42, 7)[0];
    let text: Vec<String> = row
        .values()
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden_row.txt");
    if support::blessing() {
        std::fs::write(&golden, text.join("\n") + "\n").unwrap();
    }
    assert_eq!(
        text.join("\n"),
        std::fs::read_to_string(golden).unwrap().trim_end()
    );
}

#[test]
fn setting_one_attribute_moves_no_other() {
    let base = rows(&with(""), 0..200, 3);
    let set = rows(
        &with("population: {skin_tone: 3, eyewear: glasses}\nlight: {environment: park}"),
        0..200,
        3,
    );
    for (a, b) in base.iter().zip(&set) {
        for ((name, before), (_, after)) in a.values().iter().zip(b.values()) {
            if !["skin_tone", "eyewear", "light.environment"].contains(name) {
                assert_eq!(before, after, "{name} moved");
            }
        }
    }
}

#[test]
fn a_pair_differs_in_one_field_only() {
    // Height and facial hair are typical of sex, and `given` reads it too.
    let population = with(
        "pair: {change: sex, to: [male, female]}\ngiven: [{when: {sex: female}, set: {eyewear: glasses}}]\npopulation: {eyewear: none}",
    );
    let rows = rows(&population, 0..400, 5);
    let batch = population.rows(0..400, Seed(5)).unwrap();
    assert_eq!(batch.num_rows(), 400);
    for pair in rows.chunks(2) {
        let [a, b] = pair else {
            panic!("an odd number of rows")
        };
        assert_eq!((a.origin, b.origin), (a.index / 2, a.index / 2));
        let differing: Vec<&str> = a
            .values()
            .iter()
            .zip(b.values())
            .filter(|((_, x), (_, y))| x != y)
            .map(|((name, _), _)| *name)
            .collect();
        assert_eq!(differing, ["sex"]);
        assert_eq!(
            (a.category("sex"), b.category("sex")),
            (Ok("male"), Ok("female"))
        );
        assert_eq!(
            a.category("eyewear"),
            Ok("none"),
            "what depends on the changed attribute sees the first variant"
        );
    }
    assert!(rows.iter().any(
        |row| row.category("facial_hair") == Ok("beard") && row.category("sex") == Ok("female")
    ));
}

#[test]
fn a_grid_runs_through_all_cells_with_the_last_axis_fastest() {
    let population = with("grid: {sex: [female, male], age_years: [20, {range: [40, 50]}, 60]}");
    let rows = rows(&population, 0..12, 1);
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(row.category("sex"), Ok(["female", "male"][(i / 3) % 2]));
        let age = row.number("age_years").unwrap();
        match i % 3 {
            0 => assert_eq!(age, 20.0),
            1 => assert!((40.0..=50.0).contains(&age)),
            _ => assert_eq!(age, 60.0),
        }
    }
    assert_ne!(
        rows[1].number("age_years"),
        rows[4].number("age_years"),
        "a level that is a distribution is drawn anew"
    );
}

#[test]
fn grid_and_pair_go_together() {
    let population = with("grid: {sex: [female, male]}\npair: {change: skin_tone, to: [1, 5, 10]}");
    let rows = rows(&population, 0..12, 1);
    let seen: Vec<(u64, &str, f64)> = rows
        .iter()
        .map(|row| {
            (
                row.origin,
                row.category("sex").unwrap(),
                row.number("skin_tone").unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen[..4],
        [
            (0, "female", 1.0),
            (0, "female", 5.0),
            (0, "female", 10.0),
            (1, "male", 1.0)
        ]
    );
}

#[test]
fn given_holds_exactly_where_its_conditions_do_and_the_last_wins() {
    let population = with(
        "population: {age_years: {range: [0, 30]}, facial_hair: beard, freckles: 1, head.yaw_deg: 0}
given:
  - when: {age_years: {below: 16}}
    set: {facial_hair: none, freckles: 2}
  - when: {age_years: {range: [10, 20]}, sex: [female]}
    set: {freckles: {range: [3, 5]}}
  - when: {ancestry.african: {above: 0.5}}
    set: {head.yaw_deg: 10}
  - when: {freckles: 4}
    set: {gaze.pitch_deg: 7}",
    );
    let mut seen = BTreeMap::new();
    for row in rows(&population, 0..3000, 2) {
        let (age, female) = (
            row.number("age_years").unwrap(),
            row.category("sex") == Ok("female"),
        );
        let freckles = row.integer("freckles").unwrap();
        assert_eq!(
            row.category("facial_hair"),
            Ok(if age < 16.0 { "none" } else { "beard" })
        );
        if female && (10.0..=20.0).contains(&age) {
            assert!((3..=5).contains(&freckles));
        } else {
            assert_eq!(freckles, if age < 16.0 { 2 } else { 1 });
        }
        assert_eq!(
            row.number("head.yaw_deg") == Ok(10.0),
            row.mix("ancestry").unwrap()[0] > 0.5
        );
        assert_eq!(row.number("gaze.pitch_deg") == Ok(7.0), freckles == 4);
        *seen.entry(freckles).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 5, "every branch was taken: {seen:?}");
}

#[test]
fn a_condition_may_read_an_attribute_that_is_listed_later() {
    let population = with(
        "given: [{when: {camera.rig: cabin/dashboard}, set: {age_years: 40}}]\ncamera: {rig: [{value: portrait}, {value: cabin/dashboard}]}",
    );
    for row in rows(&population, 0..200, 2) {
        assert_eq!(
            row.number("age_years") == Ok(40.0),
            row.category("camera.rig") == Ok("cabin/dashboard")
        );
    }
}

#[test]
fn columns_are_what_loaders_expect() {
    let batch = population(FULL).rows(0..3, Seed(1)).unwrap();
    let names: Vec<&str> = batch
        .schema_ref()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(
        names[..7],
        [
            "sample",
            "origin",
            "age_years",
            "sex",
            "ancestry.african",
            "ancestry.asian",
            "ancestry.european"
        ]
    );
    assert_eq!(batch.num_columns(), 2 + schema().attributes.len() + 2);
    assert_eq!(
        Row::read(&batch, &schema(), 3),
        Err(RowError::NoSuchRow { row: 3, rows: 3 })
    );
}

#[test]
fn a_row_says_what_it_does_not_have() {
    let row = Row::new(0, 0)
        .with("age_years", 3.0)
        .with("sex", "male")
        .with("age_years", 4.0);
    assert_eq!(row.number("age_years"), Ok(4.0));
    assert_eq!(
        row.number("sex").unwrap_err().to_string(),
        "attribute `sex` of the row is not a number"
    );
    assert_eq!(
        row.mix("ancestry").unwrap_err().to_string(),
        "the row has no attribute `ancestry`"
    );
}

#[test]
fn too_many_rows_at_once_are_refused() {
    let error = population(FULL).rows(0..u64::MAX, Seed(1)).unwrap_err();
    assert!(
        matches!(error, PopulationError::BatchTooLarge { .. }),
        "{error}"
    );
}

#[test]
fn a_typical_draw_outside_its_attribute_is_an_error_not_a_row() {
    let mut schema = schema();
    let broken = population::Attribute::number("height_cm", 50.0, 220.0, "cm", "stature").typical(
        &["sex"],
        |_, _| Value::from("tall"),
        "nonsense",
    );
    let position = schema.position("height_cm").unwrap();
    schema.attributes[position] = broken;
    let recipe = Recipe::of_defaults("x", 1, Seed(0), &schema);
    let population = DeclaredPopulation::new(recipe, schema).unwrap();
    let error = population.rows(0..1, Seed(0)).unwrap_err();
    assert!(
        matches!(
            error,
            PopulationError::Typical {
                attribute: "height_cm"
            }
        ),
        "{error}"
    );
}

#[test]
fn a_schema_that_contradicts_itself_is_found() {
    let fine = schema();
    assert_eq!(fine.check(), Ok(()));
    let mut twice = fine.clone();
    twice.attributes.push(fine.attributes[0].clone());
    assert_eq!(twice.check(), Err("`age_years` is listed twice".to_owned()));
    let mut outside = fine.clone();
    outside.attributes[0] = outside.attributes[0].clone().default_range(0.0, 101.0);
    assert!(
        outside
            .check()
            .unwrap_err()
            .contains("`age_years` cannot be drawn")
    );
    let mut shares = fine.clone();
    shares.attributes[7] = shares.attributes[7]
        .clone()
        .default_shares(&[("none", 60.0), ("glasses", 50.0)]);
    assert!(shares.check().unwrap_err().contains("sum to 110"));
    let mut unknown = fine;
    unknown.attributes.remove(1);
    assert!(unknown.check().unwrap_err().contains("depends on `sex`"));
}
