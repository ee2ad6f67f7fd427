//! Values of several columns that only go together as they do in the data.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use common::{column, levels, numbers, sealed};
use population::stream::{Seed, Streams};
use privacy::Ledger;
use tables::format::NumberFormat;
use tables::model::{Draw, Request, Settings};
use tables::{Cells, Kind, MISSING_LEVEL, Model, Rule, Table, find_rules};

const CITIES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
const REGIONS: [&str; 4] = ["east", "north", "south", "west"];

/// Each city lies in one of two regions, two hundred rows in all say so; three rows have a city in a third one.
fn places(rows: usize) -> Table {
    let (mut city, mut region, mut size) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let mut draw = Streams::new(Seed(8), row as u64).stream("places");
        let which = (draw.uniform() * 9.0) as u32;
        let near = u32::from(draw.uniform() < 0.4);
        city.push(which);
        region.push(if row < 3 {
            3 - which % 2
        } else {
            (which + near) % 4
        });
        if row < 3 {
            *city.last_mut().unwrap() = 0;
            *region.last_mut().unwrap() = 3;
        }
        size.push((draw.uniform() * 1000.0).floor());
    }
    Table {
        columns: vec![
            column("city", Kind::Category),
            column("region", Kind::Category),
            column("size", Kind::Number(NumberFormat::with_decimals(0))),
        ],
        cells: vec![
            levels(&CITIES, city),
            levels(&REGIONS, region),
            numbers(size),
        ],
        rows,
    }
}

fn learned(rules: &[Rule]) -> Model {
    let table = sealed("places", places(3000));
    Model::learn_under(&table, &mut Ledger::new(), &Settings::default(), rules).unwrap()
}

/// How often each pair of levels occurs.
fn pairs(table: &Table) -> BTreeMap<(String, String), u32> {
    let text = |column: usize, row: usize| match &table.cells[column] {
        Cells::Levels { codes, .. } if codes[row] == MISSING_LEVEL => String::new(),
        Cells::Levels { codes, levels } => levels[codes[row] as usize].clone(),
        _ => String::new(),
    };
    let mut found = BTreeMap::new();
    for row in 0..table.rows {
        *found.entry((text(0, row), text(1, row))).or_insert(0) += 1;
    }
    found
}

#[test]
fn found_combinations_are_the_only_ones_and_keep_their_shares() {
    let real = places(3000);
    let found = find_rules(&sealed("places", real.clone()), &mut Ledger::new());
    let rules: Vec<Rule> = found.into_iter().map(|found| found.rule).collect();
    let texts: Vec<&str> = rules.iter().map(Rule::text).collect();
    assert_eq!(texts, ["only_seen(city, region)"]);
    let known = pairs(&real);
    let shared = |pair: &(String, String)| known.get(pair).is_some_and(|&rows| rows >= 10);
    for how in [Draw::Plain, Draw::Refined] {
        let model = Model::from_bytes(&learned(&rules).to_bytes()).unwrap();
        let made = pairs(&model.rows(0..20_000, Seed(2), how).unwrap());
        assert_eq!(made.len(), 18);
        assert!(made.keys().all(shared), "{made:?}");
        // The city of three rows in a third region is nobody's to meet.
        assert!(!made.contains_key(&("a".to_owned(), "west".to_owned())));
        // Standard errors are 0.002 of the made and 0.005 of the real rows: false alarm below 1e-4 in all.
        for (pair, rows) in &made {
            let (share, real) = (f64::from(*rows) / 20_000.0, f64::from(known[pair]) / 3000.0);
            assert!((share - real).abs() < 0.02, "{pair:?} {share} {real}");
        }
    }
    // Without the rule trees make up others now and then.
    let free = pairs(&learned(&[]).rows(0..20_000, Seed(2), Draw::Plain).unwrap());
    assert!(free.keys().any(|pair| !shared(pair)));
}

#[test]
fn combinations_that_are_not_in_the_model_are_refused() {
    let table = places(10);
    for text in [
        "only_seen(city)",
        "only_seen(city, size)",
        "only_seen(city, city)",
        "only_seen(city, 3)",
    ] {
        let error = Rule::parse(text, &table.columns).unwrap_err();
        let sentence = format!("`{text}` does not name two or more categories");
        assert_eq!(error.to_string(), sentence);
    }
    let model = learned(&[]);
    let request = Request {
        rules: vec![Rule::parse("only_seen(city, region)", model.columns()).unwrap()],
        ..Request::default()
    };
    let error = model.draws(&request, Seed(1), Draw::Plain).unwrap_err();
    assert_eq!(
        error.to_string(),
        "what goes together by `only_seen(city, region)` is not in the model"
    );
}
