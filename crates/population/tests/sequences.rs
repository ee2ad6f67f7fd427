//! Frames: one draw, many moments.

use population::declared::DeclaredPopulation;
use population::sequence::{self, Moment};
use population::{Attribute, Population, Recipe, Row, Schema, Seed};

fn schema() -> Schema {
    let mut attributes = vec![
        Attribute::number("age_years", 0.0, 100.0, "years", "age").default_range(18.0, 80.0),
        Attribute::number("tone", 1.0, 10.0, "", "tone").default_range(1.0, 10.0),
    ];
    attributes.extend(sequence::attributes());
    Schema {
        stage: "people",
        attributes,
        labels: Vec::new(),
        sources: Vec::new(),
    }
}

fn recipe(rest: &str) -> Recipe {
    let text = format!("populace: 1\nstage: people\ncount: 5\n{rest}");
    Recipe::parse(&text, "r.yaml", &schema()).expect("sound")
}

fn rows(recipe: &Recipe) -> Vec<Row> {
    let population = DeclaredPopulation::new(recipe.clone(), schema()).expect("sound");
    let batch = population
        .rows(0..recipe.sample_count(), Seed(3))
        .expect("drawn");
    (0..batch.num_rows())
        .map(|i| Row::read(&batch, &schema(), i).expect("complete"))
        .collect()
}

#[test]
fn frames_share_everything_but_the_moment() {
    let recipe = recipe("sequence: {seconds: 0.4, fps: 10}\n");
    assert_eq!((recipe.frames(), recipe.sample_count()), (4, 20));
    let rows = rows(&recipe);
    for (i, row) in rows.iter().enumerate() {
        assert_eq!((row.index, row.origin), (i as u64, i as u64 / 4));
        let moment = Moment::of(row).expect("listed").expect("a sequence");
        assert_eq!((moment.frame, moment.frames), (i as u64 % 4, 4));
        assert!((moment.time_s - 0.1 * (i % 4) as f64).abs() < 1e-12);
        assert_eq!(row.number("age_years"), rows[i / 4 * 4].number("age_years"));
    }
    assert_ne!(rows[0].number("age_years"), rows[4].number("age_years"));
    // The draws are those of single pictures.
    let single = self::rows(&self::recipe(""));
    assert_eq!(single[1].number("age_years"), rows[4].number("age_years"));
    assert_eq!(Moment::of(&single[1]).expect("listed"), None);
}

#[test]
fn under_a_pair_each_variant_is_a_whole_sequence() {
    let recipe = recipe("sequence: {seconds: 0.3, fps: 10}\npair: {change: tone, to: [2, 9]}\n");
    assert_eq!(recipe.sample_count(), 30);
    let rows = rows(&recipe);
    let seen: Vec<(u64, f64, u64)> = rows[..12]
        .iter()
        .map(|row| {
            let frame = Moment::of(row).expect("listed").map_or(0, |m| m.frame);
            (row.origin, row.number("tone").expect("listed"), frame)
        })
        .collect();
    let expected: Vec<(u64, f64, u64)> = (0..12)
        .map(|i| (i / 6, if i / 3 % 2 == 0 { 2.0 } else { 9.0 }, i % 3))
        .collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_recipe_as_run_reads_back_and_the_length_is_part_of_it() {
    let recipe = recipe("sequence: {seconds: 2, fps: 5}\n");
    let again = Recipe::parse(&recipe.to_yaml(), "r.yaml", &schema()).expect("own text");
    assert_eq!(again.to_yaml(), recipe.to_yaml());
    assert_ne!(
        recipe.digest(),
        self::recipe("sequence: {seconds: 2, fps: 4}\n").digest()
    );
}

#[test]
fn the_moment_of_a_sequence_cannot_be_set() {
    for (rest, says) in [
        ("sequence: {seconds: 2, time_s: 1}\n", "cannot be set"),
        (
            "sequence: {seconds: 2}\ngrid: {sequence.time_s: [1, 2]}\n",
            "cannot be varied",
        ),
        (
            "sequence: {seconds: 2}\npair: {change: sequence.time_s, to: [1, 2]}\n",
            "cannot be varied",
        ),
        (
            "sequence: {seconds: 2}\ngiven: [{when: {tone: 3}, set: {sequence.time_s: 1}}]\n",
            "`sequence` varies it",
        ),
    ] {
        let text = format!("populace: 1\nstage: people\ncount: 5\n{rest}");
        let mistakes = Recipe::parse(&text, "r.yaml", &schema()).expect_err("a contradiction");
        assert!(
            mistakes[0].message.contains(says),
            "{rest}: {}",
            mistakes[0].message
        );
    }
    // Without a length, it is an attribute like any other: pictures of a moment.
    let moments = rows(&recipe("sequence: {time_s: {range: [0, 5]}}\n"));
    assert_ne!(
        moments[0].number("sequence.time_s"),
        moments[1].number("sequence.time_s")
    );
}
