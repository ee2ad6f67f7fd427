//! Shadow models find a maker that copies, and are silent about fresh rows and about rows of the maker whom they imitate.

mod support;

use check::{Outcome, Section, Settings, Standing};
use population::stream::{Seed, Streams};
use support::{Person, csv, find, people, sections, value};

const ROWS: usize = 600;
const ID: &str = "privacy.shadow_models";

fn judged(synthetic: &str, shadows: Option<u32>, seed: u64) -> Vec<Section> {
    let settings = Settings {
        secret: vec!["churn".to_owned()],
        target: vec!["churn".to_owned()],
        shadows,
        seed,
        ..Settings::default()
    };
    let (train, holdout) = (people("train", seed, ROWS), people("holdout", seed, ROWS));
    sections(&csv(&train), synthetic, Some(&csv(&holdout)), "", &settings).0
}

/// A maker that copies with small changes: numbers off by a few hundredths of their spread.
fn nearly(train: &[Person], share: f64) -> Vec<Person> {
    let mut stream = Streams::new(Seed(8), 0).stream("nearly");
    let mut rows = people("synthetic", 1, train.len());
    for (row, own) in rows.iter_mut().zip(train) {
        if stream.uniform() < share {
            *row = own.clone();
            row.income += 0.3 * stream.normal();
            row.spent += 0.2 * stream.normal();
        }
    }
    rows
}

#[test]
fn a_maker_that_copies_half_of_its_rows_nearly_is_found_and_both_controls_pass() {
    let made = csv(&nearly(&people("train", 1, ROWS), 0.5));
    let sections = judged(&made, Some(12), 1);
    let finding = find(&sections, ID);
    assert_eq!(finding.standing, Standing::Bad, "{finding:?}");
    assert!(value(&sections, ID) > 0.2, "{finding:?}");
    for control in &finding.controls {
        assert_eq!(control.passed, Some(true), "{finding:?}");
    }
    assert!(
        finding
            .knowledge
            .as_ref()
            .is_some_and(|k| k.contains("12 shadow models"))
    );
}

#[test]
fn fresh_rows_trigger_nothing() {
    // Two looks a run, at the rows and in the control, at 0.1 % each, and four runs: a false alarm in 0.8 % of such tests, with seeds that are fixed.
    for seed in 0..4 {
        let sections = judged(&csv(&people("synthetic", seed, ROWS)), Some(8), seed);
        let finding = find(&sections, ID);
        assert_eq!(finding.standing, Standing::Good, "{finding:?}");
        assert!(
            finding
                .controls
                .iter()
                .all(|control| control.passed == Some(true)),
            "{finding:?}"
        );
    }
}

#[test]
fn what_was_not_asked_for_or_cannot_be_made_says_so() {
    let made = csv(&people("synthetic", 1, 100));
    let why = |sections: &[Section]| match &find(sections, ID).outcome {
        Outcome::NotComputed { why } => why.clone(),
        Outcome::Computed(number) => panic!("{number:?}"),
    };
    let asked = judged(&made, None, 1);
    assert!(why(&asked).contains("--shadows"), "{}", why(&asked));
    assert_eq!(find(&asked, ID).standing, Standing::Neutral);
    let few = |count: usize, holdout: Option<usize>| {
        let settings = Settings {
            shadows: Some(8),
            ..Settings::default()
        };
        let fresh = holdout.map(|count| csv(&people("holdout", 1, count)));
        sections(
            &csv(&people("train", 1, count)),
            &made,
            fresh.as_deref(),
            "",
            &settings,
        )
        .0
    };
    assert!(why(&few(200, None)).contains("give --holdout"));
    assert!(why(&few(200, Some(60))).contains("needs 50 training rows and 100 fresh ones"));
}

#[test]
fn columns_of_every_kind_and_levels_that_half_of_the_rows_lack_are_learned_again() {
    let text = |name: &str| {
        let mut text = String::from("id,when,town,age,score\n");
        for (row, person) in people(name, 3, 300).iter().enumerate() {
            let score = match row % 7 {
                0 => "refused".to_owned(),
                1 => String::new(),
                _ => format!("{:.1}", person.income),
            };
            text.push_str(&format!(
                "{row},2024-{:02}-{:02},{}{},{},{score}\n",
                1 + row % 12,
                1 + row % 28,
                person.town,
                if row < 12 { name } else { "" },
                person.age
            ));
        }
        text
    };
    let settings = Settings {
        shadows: Some(8),
        ..Settings::default()
    };
    let (sections, _) = sections(
        &text("train"),
        &text("synthetic"),
        Some(&text("holdout")),
        "",
        &settings,
    );
    assert!(
        find(&sections, ID).number().is_some(),
        "{:?}",
        find(&sections, ID)
    );
}

#[test]
fn the_finding_does_not_depend_on_the_number_of_threads() {
    let made = csv(&people("synthetic", 1, 300));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        pool.install(|| serde_json::to_string(find(&judged(&made, Some(8), 1), ID)).expect("JSON"))
    };
    assert!(on(1) == on(3));
}
