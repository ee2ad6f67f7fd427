//! Values that are there once in all rows: `unique(a, b)`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::{column, levels, numbers, sealed};
use population::stream::{Seed, Streams};
use privacy::Ledger;
use tables::format::NumberFormat;
use tables::model::{Draw, Request, Settings};
use tables::{Cells, Kind, Model, Rule, Table};

const WARDS: [&str; 4] = ["a", "b", "c", "d"];

/// Beds in wards: ward `a` has three in four of the rows, and no bed above 40; others have beds from 0 to 99.
fn beds(rows: usize) -> Table {
    let (mut ward, mut bed, mut age) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let mut draw = Streams::new(Seed(4), row as u64).stream("beds");
        let which = if draw.uniform() < 0.75 {
            0
        } else {
            draw.below(3) as u32 + 1
        };
        ward.push(which);
        bed.push((draw.uniform() * if which == 0 { 41.0 } else { 100.0 }).floor());
        age.push((draw.uniform() * 90.0).floor());
    }
    Table {
        columns: vec![
            column("ward", Kind::Category),
            column("bed", Kind::Number(NumberFormat::default())),
            column("age", Kind::Number(NumberFormat::default())),
        ],
        cells: vec![levels(&WARDS, ward), numbers(bed), numbers(age)],
        rows,
    }
}

fn learned() -> Model {
    let table = sealed("beds", beds(6_000));
    Model::learn(&table, &mut Ledger::new(), &Settings::default()).unwrap()
}

fn under(model: &Model, given: &[&str], rules: &[&str]) -> Request {
    let read = |texts: &[&str]| {
        let texts = texts.iter();
        texts
            .map(|text| Rule::parse(text, model.columns()).unwrap())
            .collect()
    };
    Request {
        given: read(given),
        rules: read(rules),
        ..Request::default()
    }
}

fn value(table: &Table, column: usize, row: usize) -> u64 {
    match &table.cells[column] {
        Cells::Levels { codes, .. } => codes[row].into(),
        Cells::Numbers { values, .. } => values[row] as u64,
        _ => u64::MAX,
    }
}

fn pairs(table: &Table) -> Vec<(u64, u64)> {
    (0..table.rows)
        .map(|row| (value(table, 0, row), value(table, 1, row)))
        .collect()
}

#[test]
fn every_combination_is_used_once_before_there_is_none_left() {
    let model = learned();
    // 40 beds of ward `a` (the greatest is a protected end) and those of three others.
    let request = under(&model, &["bed < 30"], &["unique(ward, bed)"]);
    let draws = model.draws(&request, Seed(3), Draw::Plain).unwrap();
    let mut turn = draws.in_turn();
    let mut seen = BTreeSet::new();
    let least = (0..30)
        .filter(|&bed| {
            pairs(&draws.rows(0..20_000))
                .iter()
                .any(|&(_, other)| other == bed)
        })
        .count() as u64;
    for _ in 0..4 * least {
        let one = turn.next(1).unwrap();
        assert!(seen.insert(pairs(&one)[0]), "twice: {:?}", pairs(&one)[0]);
        assert!(value(&one, 1, 0) < 30);
    }
    let error = turn.next(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`unique(ward, bed)` leaves no values for row {}: all that were found are taken",
            4 * least + 1
        )
    );
}

#[test]
fn rows_in_turn_do_not_depend_on_how_many_are_asked_for_at_a_time() {
    let model = learned();
    let request = under(
        &model,
        &[],
        &["unique(ward, bed)", "bed <= age or age < 50"],
    );
    for how in [Draw::Plain, Draw::Refined] {
        let draws = model.draws(&request, Seed(3), how).unwrap();
        let whole = draws.in_turn().next(200).unwrap();
        let mut turn = draws.in_turn();
        let mut parts = Vec::new();
        for count in [1, 0, 99, 100] {
            let part = turn.next(count).unwrap();
            parts.extend(
                (0..part.rows).map(|row| [0, 1, 2].map(|column| value(&part, column, row))),
            );
        }
        let rows = (0..200).map(|row| [0, 1, 2].map(|column| value(&whole, column, row)));
        assert!(rows.eq(parts));
        let different: BTreeSet<_> = pairs(&whole).into_iter().collect();
        assert_eq!(different.len(), 200);
        for row in 0..200 {
            let (bed, age) = (value(&whole, 1, row), value(&whole, 2, row));
            assert!(bed <= age || age < 50, "{bed} {age}");
        }
        // Most are as they were drawn, so that what is rare stays rare as long as there is a choice.
        let free = draws.rows(0..20);
        let same = (0..20)
            .filter(|&row| pairs(&free)[row] == pairs(&whole)[row])
            .count();
        assert!(same >= 10, "{same}");
    }
}

#[test]
fn unique_is_counted_in_a_whole_table_and_is_no_condition_on_a_row() {
    let model = learned();
    let rule = Rule::parse("unique(ward, bed)", model.columns()).unwrap();
    let table = beds(1_000);
    let tally = rule.tally(&table);
    let different: BTreeSet<_> = pairs(&table).into_iter().collect();
    assert_eq!(
        (tally.holds, tally.broken),
        (different.len() as u64, 1_000 - different.len() as u64)
    );
    let given = under(&model, &["unique(bed)"], &[]);
    let error = model.draws(&given, Seed(0), Draw::Plain).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`unique(bed)` is about all rows, and a condition is about one"
    );
    for wrong in [
        "unique()",
        "unique(1)",
        "unique(bed) or age > 3",
        "not unique(bed)",
        "unique(bed, bed)",
    ] {
        assert!(Rule::parse(wrong, model.columns()).is_err(), "{wrong}");
    }
}
