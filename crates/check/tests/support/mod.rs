//! Tables of nobody, and the way from their text to findings.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fmt::Write as _;
use std::fs;

use check::{Finding, Ground, Section, Settings, judge, real, same_columns};
use population::stream::{Seed, Stream, Streams};
use privacy::Ledger;
use tables::{Overrides, Source, SourceOptions};

/// A person: town, age in years, income, hours of work, plan, whether they churned.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Person {
    pub(crate) town: &'static str,
    pub(crate) age: u32,
    pub(crate) income: f64,
    pub(crate) spent: f64,
    pub(crate) plan: &'static str,
    pub(crate) churn: bool,
}

pub(crate) const TOWNS: [&str; 5] = ["Aalen", "Bremen", "Celle", "Dessau", "Essen"];

/// `count` people of the same population, drawn from a stream of this name.
pub(crate) fn people(name: &str, seed: u64, count: usize) -> Vec<Person> {
    let mut stream = Streams::new(Seed(seed), 0).stream(name);
    (0..count).map(|_| person(&mut stream)).collect()
}

fn person(stream: &mut Stream) -> Person {
    let place = match stream.uniform() {
        u if u < 0.4 => 0,
        u if u < 0.65 => 1,
        u if u < 0.8 => 2,
        u if u < 0.92 => 3,
        _ => 4,
    };
    let age = stream.range(18.0, 90.0);
    let income = 15.0 + 0.5 * age + 8.0 * stream.normal();
    let plan = match stream.uniform() + age / 200.0 {
        u if u < 0.5 => "basic",
        u if u < 0.9 => "plus",
        _ => "pro",
    };
    let likely = if plan == "basic" { 0.6 } else { 0.2 };
    Person {
        town: TOWNS[place],
        age: age as u32,
        income,
        spent: income * 0.3 + 40.0 + 4.0 * stream.normal(),
        plan,
        churn: stream.uniform() < likely,
    }
}

/// As a CSV file.
pub(crate) fn csv(people: &[Person]) -> String {
    let mut text = String::from("town,age,income,spent,plan,churn\n");
    for person in people {
        let churn = if person.churn { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "{},{},{:.2},{:.2},{},{churn}",
            person.town, person.age, person.income, person.spent, person.plan
        );
    }
    text
}

/// What is said of three texts.
pub(crate) fn sections(
    train: &str,
    synthetic: &str,
    holdout: Option<&str>,
    columns: &str,
    settings: &Settings,
) -> (Vec<Section>, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let written = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        Source::open(&path.to_string_lossy(), &SourceOptions::default()).expect("a table")
    };
    let overrides = if columns.is_empty() {
        Overrides::none()
    } else {
        Overrides::from_yaml(columns, "columns.yaml").expect("overrides")
    };
    let mut ledger = Ledger::new();
    let own = real(
        &mut written("train.csv", train),
        &overrides,
        None,
        &mut ledger,
    )
    .expect("read");
    let mut read = |name, text| {
        same_columns(
            &mut written(name, text),
            &own.layout,
            name,
            None,
            &mut ledger,
        )
        .expect("read")
    };
    let made = read("synthetic.csv", synthetic);
    let fresh = holdout.map(|holdout| read("holdout.csv", holdout));
    let mut notes = made.notes;
    let mut other = Ledger::new();
    let ground = Ground::new(
        own.table.open(&mut other, "test"),
        made.table.open(&mut other, "test"),
        fresh
            .as_ref()
            .map(|fresh| fresh.table.open(&mut Ledger::new(), "test")),
        Seed(settings.seed),
    );
    notes.extend(ground.notes.iter().cloned());
    (judge(&ground, settings), notes)
}

/// The finding of this name.
pub(crate) fn find<'a>(sections: &'a [Section], id: &str) -> &'a Finding {
    let all = || sections.iter().flat_map(|section| &section.findings);
    all().find(|finding| finding.id == id).unwrap_or_else(|| {
        let ids: Vec<&str> = all().map(|finding| finding.id.as_str()).collect();
        panic!("{id} is not among {ids:?}")
    })
}

/// Its value.
pub(crate) fn value(sections: &[Section], id: &str) -> f64 {
    let finding = find(sections, id);
    finding
        .number()
        .unwrap_or_else(|| panic!("{finding:?}"))
        .value
}
