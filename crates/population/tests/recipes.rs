//! What a right recipe means, and that it survives being written and read.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use population::{Alternative, Distribution, Overrides, Recipe, Seed, Selection, Value};
use proptest::prelude::*;

mod support;
use support::{FULL, parse, render, schema};

fn with(lines: &str) -> Recipe {
    parse(&format!("populace: 1\nstage: people\ncount: 10\n{lines}\n"))
}

fn drawn(recipe: &Recipe, name: &str) -> Distribution {
    recipe
        .draws
        .iter()
        .find(|draw| draw.attribute == name)
        .unwrap()
        .distribution
        .clone()
}

#[test]
fn every_form_of_value_is_understood() {
    let recipe = parse(FULL);
    assert_eq!(
        drawn(&recipe, "age_years"),
        Distribution::Range {
            min: 18.0,
            max: 85.0
        }
    );
    assert_eq!(
        drawn(&recipe, "bmi_kg_m2"),
        Distribution::Normal {
            mean: 26.0,
            sd: 5.0,
            min: 16.0,
            max: 45.0
        }
    );
    assert_eq!(
        drawn(&recipe, "ancestry"),
        Distribution::Dirichlet {
            concentration: vec![1.0; 3]
        }
    );
    assert_eq!(
        drawn(&recipe, "mouth_covered"),
        Distribution::Constant(Value::from("no"))
    );
    assert_eq!(
        drawn(&recipe, "light.environment"),
        Distribution::AnyOf(Selection::Tag("indoor".to_owned()))
    );
    assert_eq!(
        drawn(&recipe, "camera.rig"),
        Distribution::Constant(Value::from("cabin/dashboard"))
    );
    assert_eq!(
        drawn(&recipe, "freckles"),
        Distribution::Range {
            min: 0.0,
            max: 12.0
        }
    );
    let constant = |name: &str| Distribution::Constant(Value::from(name));
    let half = |of| Alternative { percent: 50.0, of };
    assert_eq!(
        drawn(&recipe, "eyewear"),
        Distribution::Alternatives(vec![
            half(constant("none")),
            half(Distribution::Alternatives(vec![
                half(constant("glasses")),
                half(constant("sunglasses"))
            ])),
        ])
    );
    // What the recipe leaves out is at its default.
    assert_eq!(drawn(&recipe, "facial_hair"), Distribution::Typical);
    assert_eq!(
        recipe.labels,
        ["boxes", "landmarks"],
        "labels stand in the schema's order"
    );
    assert_eq!((recipe.count, recipe.sample_count()), (2000, 4000));
    assert_eq!(
        recipe.constant("camera.width_px"),
        Some(&Value::Integer(640))
    );
    assert_eq!(recipe.constant("mouth_covered"), None, "`given` may set it");
}

#[test]
fn a_mix_may_be_fixed_or_weighted() {
    assert_eq!(
        drawn(
            &with("population: {ancestry: {african: 0.25, european: 0.75}}"),
            "ancestry"
        ),
        Distribution::Constant(Value::Mix(vec![0.25, 0.0, 0.75]))
    );
    assert_eq!(
        drawn(&with("population: {ancestry: asian}"), "ancestry"),
        Distribution::Constant(Value::Mix(vec![0.0, 1.0, 0.0]))
    );
    assert_eq!(
        drawn(
            &with("population: {ancestry: {mix: [european, african], concentration: [2, 0.5]}}"),
            "ancestry"
        ),
        Distribution::Dirichlet {
            concentration: vec![0.5, 0.0, 2.0]
        }
    );
}

#[test]
fn the_smallest_recipe_is_all_defaults_and_takes_its_files_name() {
    let text = "populace: 1\nstage: people\ncount: 3\n";
    let recipe = Recipe::parse(text, "some/folder/my faces.yaml", &schema()).unwrap();
    assert_eq!(
        (recipe.name.as_str(), recipe.seed, recipe.labels.len()),
        ("my faces", Seed(0), 3)
    );
    let defaults = Recipe::of_defaults("x", 1, Seed(9), &schema());
    assert_eq!(recipe.digest(), defaults.digest());
}

#[test]
fn the_recipe_as_run_writes_out_every_attribute_and_reads_back_the_same() {
    let recipe = parse(FULL);
    let written = recipe.to_yaml();
    for attribute in &schema().attributes {
        assert!(
            written.contains(&format!("{}: ", attribute.section_and_key().1)),
            "{} is missing",
            attribute.name
        );
    }
    let again = parse(&written);
    assert_eq!(again.to_yaml(), written);
    assert_eq!(again.digest(), recipe.digest());
    assert_eq!(
        (&again.draws, &again.given, &again.grid),
        (&recipe.draws, &recipe.given, &recipe.grid)
    );
    assert_eq!((&again.pair, &again.labels), (&recipe.pair, &recipe.labels));
}

#[test]
fn the_digest_knows_what_changes_a_sample_and_nothing_else() {
    let digest = parse(FULL).digest();
    let same = [
        ("count: 2000", "count: 3"),
        ("seed: 7", "seed: 8"),
        ("name: driver-alertness", "name: other"),
        ("{any_of: indoor}}", "{any_of:   \"indoor\"}}   # a comment"),
        ("labels: [landmarks, boxes]", "labels: [boxes, landmarks]"),
        ("mouth_covered: false", "mouth_covered: no"),
        ("[18, 85]", "[18.0, 8.5e1]"),
    ];
    for (from, to) in same {
        assert_eq!(
            parse(&FULL.replace(from, to)).digest(),
            digest,
            "`{to}` changes no sample"
        );
    }
    let other = [
        ("width_px: 640", "width_px: 641"),
        ("labels: [landmarks, boxes]", "labels: [landmarks]"),
        ("[2, 9]", "[9, 2]"),
        ("below: 16", "below: 17"),
        ("gaze.pitch_deg: [-20", "gaze.pitch_deg: [-21"),
        ("normal: [0, 25]", "normal: [0, 25.000000000000004]"),
        ("{any_of: indoor}", "{any_of: [studio, lobby]}"),
    ];
    for (from, to) in other {
        assert!(FULL.contains(from));
        assert_ne!(
            parse(&FULL.replace(from, to)).digest(),
            digest,
            "`{to}` changes samples"
        );
    }
}

#[test]
fn overrides_win_over_population_and_given() {
    let mut recipe = parse(FULL);
    recipe.set("camera.width_px=256").unwrap();
    recipe.set("freckles=3").unwrap();
    recipe.set("age_years={range: [30, 40]}").unwrap();
    assert_eq!(
        recipe.constant("camera.width_px"),
        Some(&Value::Integer(256))
    );
    assert_eq!(
        recipe.constant("freckles"),
        Some(&Value::Integer(3)),
        "`given` no longer sets it"
    );
    assert_eq!(
        drawn(&recipe, "age_years"),
        Distribution::Range {
            min: 30.0,
            max: 40.0
        }
    );
    assert_eq!(parse(&recipe.to_yaml()).to_yaml(), recipe.to_yaml());
    let overrides = Overrides {
        count: Some(5),
        seed: Some(u64::MAX),
        set: vec!["sex=female".to_owned()],
    };
    let recipe = recipe.overridden(&overrides).unwrap();
    assert_eq!(
        (recipe.count, recipe.seed, recipe.sample_count()),
        (5, Seed(u64::MAX), 10)
    );
}

#[test]
fn a_wrong_override_is_shown_within_its_assignment_and_changes_nothing() {
    let mut recipe = parse(FULL);
    let before = recipe.to_yaml();
    let shown = |mistakes: Vec<population::Diagnostic>| render(&mistakes);
    assert_eq!(
        shown(recipe.set("age_years={range: [40, 300]}").unwrap_err()),
        "error: 300 is out of limits: `age_years` is a number from 0 to 100 years\n \
         --> --set:1:24\n  |\n1 | age_years={range: [40, 300]}\n  |                        ^^^\n\n"
    );
    assert_eq!(
        shown(recipe.set("head.yaw_rad=1").unwrap_err()),
        "error: `head.yaw_rad` is not an attribute of stage `people`\n --> --set:1:1\n  |\n1 | head.yaw_rad=1\n  | ^^^^^^^^^^^^\n\
         hint: write `head.yaw_deg`; 1 rad is 57.29578 deg\n\n"
    );
    for wrong in [
        "skin_tone=3",
        "camera.distance_m=1",
        "camera.width_px={range: [64, 65]}",
        "sex",
        "sex=",
        "count=0",
        "=",
        "sex=[",
    ] {
        assert!(recipe.set(wrong).is_err(), "`{wrong}` was accepted");
    }
    assert!(
        recipe.set("skin_tone=3").unwrap_err()[0]
            .message
            .contains("`pair`")
    );
    assert_eq!(recipe.to_yaml(), before);
    let overrides = Overrides {
        count: Some(0),
        seed: None,
        set: vec!["sex=x".to_owned(), "eyewear=glasses".to_owned()],
    };
    assert_eq!(recipe.overridden(&overrides).unwrap_err().len(), 2);
}

#[test]
fn anchors_and_aliases_stand_for_what_they_name() {
    let text = "population: {age_years: &x {range: [20, 30]}, skin_tone: 5}\ngiven: [{when: {skin_tone: 5}, set: {age_years: *x}}]";
    let recipe = with(text);
    assert_eq!(
        recipe.given[0].set[0].distribution,
        Distribution::Range {
            min: 20.0,
            max: 30.0
        }
    );
}

#[test]
fn the_json_schema_names_every_attribute_and_resolves_every_reference() {
    let schema = schema();
    let json = population::schema::json_schema(&schema);
    for attribute in &schema.attributes {
        let (section, key) = attribute.section_and_key();
        let property = &json["properties"][section]["properties"][key];
        assert!(
            property["description"]
                .as_str()
                .unwrap()
                .starts_with(attribute.meaning),
            "{}",
            attribute.name
        );
    }
    let text = json.to_string();
    let references: Vec<&str> = text
        .split("\"$ref\":\"#/$defs/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(references.len() > 50);
    for reference in references {
        assert!(
            json["$defs"][reference].is_object(),
            "{reference} is not defined"
        );
    }
}

/// Values in the recipe language that fit an attribute of the schema, as text.
fn number(min: f64, max: f64) -> impl Strategy<Value = String> {
    let value = (min..=max).prop_map(|x| format!("{x:?}"));
    let range = (min..=max, min..=max)
        .prop_map(|(a, b)| format!("{{range: [{:?}, {:?}]}}", a.min(b), a.max(b)));
    let width = max - min;
    let normal = (min..=max, 0.01..1.0)
        .prop_map(move |(mean, sd)| format!("{{normal: [{mean:?}, {:?}]}}", sd * width));
    prop_oneof![value, range, normal].prop_recursive(3, 12, 4, |inner| {
        let equal = prop::collection::vec(inner.clone(), 1..4).prop_map(|items| {
            let items: Vec<String> = items
                .into_iter()
                .map(|item| format!("{{value: {item}}}"))
                .collect();
            format!("[{}]", items.join(", "))
        });
        let weighted = (inner.clone(), inner, 0.0..=100.0).prop_map(
            |(a, b, percent): (String, String, f64)| {
                format!(
                    "[{{value: {a}, percent: {percent:?}}}, {{value: {b}, percent: {:?}}}]",
                    100.0 - percent
                )
            },
        );
        prop_oneof![equal, weighted]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn writing_what_was_read_and_reading_it_again_changes_nothing(
        age in number(0.0, 100.0),
        tone in number(1.0, 10.0),
        yaw in number(-90.0, 90.0),
        bound in 0.0..=100.0f64,
        concentration in 0.001..1e6f64,
        levels in prop::collection::vec(number(-45.0, 45.0), 1..4),
        seed in any::<u64>(),
    ) {
        let text = format!(
            "populace: 1\nstage: people\ncount: 7\nseed: {seed}\n\
             population: {{age_years: {age}, head.yaw_deg: {yaw}, ancestry: {{mix: [asian, african], concentration: {concentration:?}}}}}\n\
             given: [{{when: {{age_years: {{above: {bound:?}}}}}, set: {{skin_tone: {tone}, height_cm: typical}}}}]\n\
             grid: {{gaze.pitch_deg: [{}]}}\n",
            levels.join(", ")
        );
        let recipe = parse(&text);
        let written = recipe.to_yaml();
        let again = parse(&written);
        prop_assert_eq!(&again.draws, &recipe.draws);
        prop_assert_eq!(&again.given, &recipe.given);
        prop_assert_eq!(&again.grid, &recipe.grid);
        prop_assert_eq!(again.to_yaml(), written);
    }
}
