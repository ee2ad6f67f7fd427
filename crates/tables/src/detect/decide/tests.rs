//! Columns in, kinds out.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, TimestampMillisecondArray,
};
use proptest::prelude::*;

use super::*;

fn summary(cells: &[String]) -> Summary {
    let mut summary = Summary::new(Storage::Text, 10);
    summary.add(&(Arc::new(StringArray::from_iter_values(cells)) as ArrayRef));
    summary
}

/// The kind of a column of 1,000 cells made by a function of the row, with a few words on it.
fn kind(name: &str, cell: impl Fn(usize) -> String) -> (Column, Facts) {
    let cells: Vec<String> = (0..1000).map(cell).collect();
    let mut decision = decide(name, &summary(&cells));
    (decision.columns.swap_remove(0), decision.facts)
}

fn word(name: &str, cell: impl Fn(usize) -> String) -> &'static str {
    kind(name, cell).0.kind.word()
}

/// A number that looks random and depends on the row only.
fn mixed(row: usize) -> u64 {
    crate::detect::distinct::hash_bytes(&row.to_le_bytes())
}

fn pick(row: usize, of: &[&str]) -> String {
    of[(mixed(row) % of.len() as u64) as usize].to_owned()
}

#[test]
fn an_expert_would_agree() {
    assert_eq!(
        word("age", |row| (17 + mixed(row) % 60).to_string()),
        "number"
    );
    assert_eq!(
        word("price", |row| format!(
            "${}.{:02}",
            mixed(row) % 900,
            mixed(row) % 100
        )),
        "number"
    );
    assert_eq!(
        word("grade", |row| (1 + mixed(row) % 4).to_string()),
        "number"
    );
    assert_eq!(word("churn", |row| pick(row, &["yes", "no"])), "boolean");
    assert_eq!(word("aktiv", |row| pick(row, &["ja", "nein"])), "boolean");
    assert_eq!(
        word("Weekend", |row| pick(row, &["TRUE", "FALSE"])),
        "boolean"
    );
    assert_eq!(word("has_default", |row| pick(row, &["0", "1"])), "boolean");
    assert_eq!(word("sex", |row| pick(row, &["1", "2"])), "number");
    assert_eq!(
        word("education", |row| pick(
            row,
            &["11th", "HS-grad", "Bachelors", "7th-8th"]
        )),
        "category"
    );
    assert_eq!(
        word("cabins", |row| pick(row, &["1", "2", "3+"])),
        "category"
    );
    assert_eq!(
        word("born", |row| format!(
            "19{:02}-0{}-1{}",
            mixed(row) % 100,
            1 + mixed(row) % 9,
            mixed(row) % 9
        )),
        "moment"
    );
    assert_eq!(
        word("booked", |row| format!(
            "2024{:02}{:02}",
            1 + mixed(row) % 12,
            1 + mixed(row + 9) % 28
        )),
        "moment"
    );
    assert_eq!(
        word("client_id", |row| (mixed(row) % 10_000_000_000).to_string()),
        "identifier"
    );
    assert_eq!(word("n", |row| (row + 17).to_string()), "identifier");
    assert_eq!(
        word("code", |row| format!("K{:06}", mixed(row) % 1_000_000)),
        "identifier"
    );
    assert_eq!(
        word("zip", |row| format!("{:05}", mixed(row) % 300)),
        "category"
    );
    assert_eq!(
        word("district_id", |row| (mixed(row) % 77).to_string()),
        "category"
    );
    assert_eq!(word("mail", |row| format!("a{row}@example.com")), "text");
    assert_eq!(
        word("phone", |row| format!(
            "+49 30 {:07}",
            mixed(row) % 10_000_000
        )),
        "text"
    );
    assert_eq!(
        word("name", |row| format!(
            "{} {row:x}o",
            pick(row, &["Ann", "Bob"])
        )),
        "text"
    );
    assert_eq!(
        word("note", |row| format!(
            "called about {row} and then said that all was well"
        )),
        "text"
    );
    assert_eq!(
        word("where", |row| format!(
            "{}.5, -{}.25",
            mixed(row) % 80,
            mixed(row) % 170
        )),
        "position"
    );
    assert_eq!(
        word("fnlwgt", |row| (12_285 + mixed(row) % 900_000).to_string()),
        "number"
    );
    assert_eq!(
        word("year", |row| (1871 + mixed(row) % 140).to_string()),
        "number"
    );
    assert_eq!(
        word("card", |row| format!("{:020}", mixed(row))),
        "identifier"
    );
}

#[test]
fn missing_values_keep_their_spelling_and_frequent_texts_among_numbers_are_codes() {
    let (column, facts) = kind("income", |row| match row % 10 {
        0 => "NA".to_owned(),
        1 => "refused".to_owned(),
        2 => String::new(),
        _ => format!("{}.50", mixed(row) % 5000),
    });
    assert!(matches!(column.kind, Kind::Number(_)), "{column:?}");
    assert_eq!(column.missing.as_deref(), Some(""));
    assert_eq!(column.codes, ["NA", "refused"]);
    assert_eq!(facts.missing, 100);
    let (column, facts) = kind("job", |row| {
        if row % 4 == 0 {
            "?".to_owned()
        } else {
            pick(row, &["a", "b", "none"])
        }
    });
    assert_eq!(
        (column.kind, column.missing.as_deref(), facts.missing),
        (Kind::Category, Some("?"), 250)
    );
}

#[test]
fn a_rare_text_among_numbers_never_reaches_the_layout() {
    let (column, facts) = kind("income", |row| {
        if row == 500 {
            "see Mr Smith".to_owned()
        } else {
            (mixed(row) % 5000).to_string()
        }
    });
    assert!(matches!(column.kind, Kind::Number(_)));
    assert!(!format!("{column:?} {facts:?}").contains("Smith"));
    assert_eq!(facts.missing, 1);
    assert_eq!(facts.notes, ["1 cell that is no number is read as missing"]);
}

#[test]
fn tails_and_spikes_are_noticed() {
    let (_, facts) = kind("gain", |row| match mixed(row) % 10 {
        0..7 => "0".to_owned(),
        7 => "99999".to_owned(),
        _ => (mixed(row + 5) % 9000).to_string(),
    });
    assert_eq!(facts.spikes, 2);
    let (_, facts) = kind("wealth", |row| {
        format!(
            "{:.0}",
            1000.0 / (mixed(row) as f64 / 2f64.powi(64)).powi(2)
        )
    });
    assert!(facts.heavy_tail);
    let (_, facts) = kind("height", |row| (1500 + mixed(row) % 500).to_string());
    assert!(!facts.heavy_tail && facts.spikes == 0);
}

#[test]
fn columns_of_one_kind_of_nothing_are_told() {
    let (column, facts) = kind("empty", |_| String::new());
    assert_eq!((column.kind, facts.missing), (Kind::Category, 1000));
    assert_eq!(facts.notes, ["no row has a value"]);
    assert_eq!(word("constant", |_| "7".to_owned()), "number");
    assert_eq!(word("constant", |_| "x".to_owned()), "category");
    let one = decide("only", &summary(&["hello".to_owned()]));
    assert_eq!(one.columns[0].kind, Kind::Category);
}

#[test]
fn a_decimal_comma_is_told_from_thousands() {
    let read = |cell: fn(usize) -> String| match kind("x", cell).0.kind {
        Kind::Number(format) => (format.mark, format.group),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        read(|row| format!("{},{}", mixed(row) % 90, mixed(row + 1) % 10)),
        (',', None)
    );
    assert_eq!(
        read(|row| format!("{},{:03}", 1 + mixed(row) % 90, mixed(row + 1) % 1000)),
        ('.', Some(','))
    );
    assert_eq!(
        read(|row| format!("{}.{:03},5", 1 + mixed(row) % 90, mixed(row + 1) % 1000)),
        (',', Some('.'))
    );
    assert_eq!(
        read(|row| format!("{}.{:03}", 1 + mixed(row) % 90, mixed(row + 1) % 1000)),
        ('.', None)
    );
}

#[test]
fn stored_types_are_taken_at_their_word() {
    let of = |array: ArrayRef, name: &str| {
        let mut summary = Summary::new(crate::cells::storage(array.data_type()), 3);
        summary.add(&array);
        decide(name, &summary).columns.swap_remove(0)
    };
    let floats = of(
        Arc::new(
            (0..500)
                .map(|i| (i % 7 > 0).then_some(f64::from(i) / 4.0))
                .collect::<Float64Array>(),
        ),
        "x",
    );
    assert!(
        matches!(&floats.kind, Kind::Number(format) if format.decimals == crate::format::Decimals::Kept { fewest: 0, most: 2 }),
        "{floats:?}"
    );
    assert_eq!(floats.missing, None);
    assert_eq!(
        of(
            Arc::new((0..500).map(|i| Some(i % 2 > 0)).collect::<BooleanArray>()),
            "x"
        )
        .kind
        .word(),
        "boolean"
    );
    let days = TimestampMillisecondArray::from_iter_values((0..500).map(|i| i * 86_400_000))
        .with_timezone("UTC");
    match of(Arc::new(days), "x").kind {
        Kind::Moment(format) => assert_eq!(
            (format.pattern().as_str(), format.step_s()),
            ("%Y-%m-%dT%H:%M:%SZ", 86_400.0)
        ),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        of(
            Arc::new(Int64Array::from_iter_values(
                (0..500).map(|i| i * 7919 % 100_003)
            )),
            "account_id"
        )
        .kind
        .word(),
        "identifier"
    );
}

#[test]
fn what_the_user_asks_is_done_if_it_can_be() {
    let cells: Vec<String> = (0..300).map(|row| (mixed(row) % 5).to_string()).collect();
    let of = |wanted: &Wanted| {
        decide_as("x", &summary(&cells), wanted)
            .map(|decision| decision.columns.first().map(|column| column.kind.word()))
    };
    assert_eq!(of(&Wanted::Category), Some(Some("category")));
    assert_eq!(
        of(&Wanted::Number { decimals: Some(2) }),
        Some(Some("number"))
    );
    assert_eq!(
        of(&Wanted::Identifier {
            pattern: None,
            unique: None
        }),
        Some(Some("identifier"))
    );
    assert_eq!(of(&Wanted::Text), Some(Some("text")));
    assert_eq!(of(&Wanted::LeaveOut), Some(None));
    assert_eq!(of(&Wanted::Boolean), None);
    assert_eq!(of(&Wanted::Moment { pattern: None }), None);
    assert_eq!(of(&Wanted::Position), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_division_of_the_rows_gives_the_same_decision(seed in 0usize..1000, form in 0usize..8, cuts in prop::collection::vec(0usize..2000, 0..5)) {
        let cells: Vec<String> = (0..2000).map(|row| {
            let value = mixed(row + seed);
            match form {
                0 => (value % 100_000).to_string(),
                1 => format!("{},{:02}", value % 1000, value % 100),
                2 => pick(row + seed, &["red", "green", "", "NA"]),
                3 => format!("{value:016x}"),
                4 => if value.is_multiple_of(9) { "refused".into() } else { format!("{:.3}", value as f64 / 1e15) },
                5 => format!("{:02}/{:02}/20{:02}", 1 + value % 12, 1 + value % 28, value % 30),
                6 => format!("word{} {}", value % 300, value % 7),
                _ => format!("${},{:03}", 1 + value % 900, value % 1000),
            }
        }).collect();
        let whole = decide("x", &summary(&cells));
        let mut cuts = cuts;
        cuts.extend([0, cells.len()]);
        cuts.sort_unstable();
        // Parts merge from the last to the first: their order must not matter either.
        let merged = cuts.windows(2).rev().map(|ends| summary(&cells[ends[0]..ends[1]])).reduce(|mut left, right| {
            left.merge(right);
            left
        });
        prop_assert_eq!(decide("x", &merged.unwrap_or_else(|| summary(&[]))), whole);
    }
}
