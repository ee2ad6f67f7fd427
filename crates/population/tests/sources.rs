//! Choices that stand for files of the user's own: what they know, and what happens when one is withdrawn.

use population::{
    Attribute, Choice, DeclaredPopulation, Population, Recipe, Row, Schema, Seed, SourceFile,
    SourceKind, SourceRequest, Value,
};

fn file(name: &str, withdrawn: bool) -> SourceFile {
    SourceFile {
        kind: SourceKind::People,
        name: name.to_owned(),
        file: format!("{name}.person"),
        sha256: name.repeat(64)[..64].to_owned(),
        withdrawn,
        tags: Vec::new(),
    }
}

/// Three scanned people of whom `gone` is withdrawn.
fn schema(gone: &str) -> Schema {
    let known = [
        ("a", 31.0, "female"),
        ("b", 64.0, "male"),
        ("c", 8.0, "male"),
    ];
    let people = known.map(|(name, age, sex)| {
        let choice = Choice::new(name, "a scan").tag("scanned");
        if name == gone {
            choice.withdrawn()
        } else {
            choice.fact("age_years", age).fact("sex", sex)
        }
    });
    let scan = Attribute::category(
        "scan",
        std::iter::once(Choice::new("none", "nobody")).chain(people),
        "whose body",
    )
    .default_any_of("scanned");
    let age = Attribute::number("age_years", 0.0, 100.0, "years", "age").default_range(70.0, 90.0);
    let sexes = [Choice::new("female", ""), Choice::new("male", "")];
    Schema {
        stage: "people",
        attributes: vec![
            age.follows("scan").default_known(),
            Attribute::category("sex", sexes, "sex")
                .follows("scan")
                .default_known(),
            Attribute::number("light", 0.0, 1.0, "", "light"),
            scan,
        ],
        labels: Vec::new(),
        sources: known
            .iter()
            .map(|(name, ..)| file(name, *name == gone))
            .collect(),
    }
}

fn rows(text: &str, schema: &Schema) -> Vec<Row> {
    let text = format!("populace: 1\nstage: people\ncount: 300\n{text}");
    let recipe = Recipe::parse(&text, "r.yaml", schema).expect("sound");
    let population = DeclaredPopulation::new(recipe, schema.clone()).expect("sound");
    let batch = population.rows(0..300, Seed(11)).expect("drawn");
    (0..300)
        .map(|i| Row::read(&batch, schema, i).expect("complete"))
        .collect()
}

const SOURCES: &str = "sources: {people: scans}\n";

#[test]
fn rows_say_of_a_scanned_person_what_the_scan_knows() {
    let schema = schema("");
    schema.check().expect("sound");
    let all = rows(
        &format!(
            "{SOURCES}population: {{scan: [{{value: {{any_of: scanned}}}}, {{value: none}}]}}\n"
        ),
        &schema,
    );
    let mut seen = [0; 4];
    for row in &all {
        let (age, sex) = (
            row.number("age_years").expect("there"),
            row.category("sex").expect("there"),
        );
        let which = match row.category("scan").expect("there") {
            "a" => {
                assert_eq!((age, sex), (31.0, "female"));
                1
            }
            "b" => {
                assert_eq!((age, sex), (64.0, "male"));
                2
            }
            "c" => {
                assert_eq!((age, sex), (8.0, "male"));
                3
            }
            _ => {
                assert!((70.0..=90.0).contains(&age));
                0
            }
        };
        seen[which] += 1;
    }
    assert!(seen.iter().all(|n| *n > 20), "{seen:?}");
    // What a recipe says itself wins.
    for row in rows(
        &format!("{SOURCES}population: {{age_years: 20}}\n"),
        &schema,
    ) {
        assert_eq!(row.number("age_years"), Ok(20.0));
    }
}

#[test]
fn a_withdrawn_source_changes_the_rows_that_had_it_and_no_others() {
    let (before, after) = (rows(SOURCES, &schema("")), rows(SOURCES, &schema("b")));
    let mut moved = 0;
    for (before, after) in before.iter().zip(&after) {
        assert_ne!(after.category("scan"), Ok("b"));
        if before.category("scan") == Ok("b") {
            moved += 1;
        } else {
            assert_eq!(before.category("scan"), after.category("scan"));
            assert_eq!(before.number("age_years"), after.number("age_years"));
        }
        assert_eq!(before.number("light"), after.number("light"));
    }
    // A third of 300, five standard deviations of 8.
    assert!((60..140).contains(&moved), "{moved}");
}

#[test]
fn the_recipe_as_run_names_files_by_content_and_is_read_again() {
    let schema = schema("c");
    let text = "populace: 1\nstage: people\ncount: 3\nsources: {people: [scans, b.person]}\npopulation: {age_years: {as: scan, else: 40}}\n";
    let recipe = Recipe::parse(text, "r.yaml", &schema).expect("sound");
    let run = recipe.to_yaml();
    let again = Recipe::parse(&run, "recipe.yaml", &schema).expect("its own text");
    assert_eq!(
        (again.to_yaml(), again.digest()),
        (run.clone(), recipe.digest())
    );
    let requests = Recipe::sources_in(run.as_bytes(), "recipe.yaml").expect("sound");
    let found: Vec<(&str, bool, bool)> = requests
        .iter()
        .map(|r| (r.file.as_str(), r.sha256.is_some(), r.withdrawn))
        .collect();
    assert_eq!(
        found,
        [
            ("a.person", true, false),
            ("b.person", true, false),
            ("c.person", true, true)
        ]
    );
    // Another file of the same name is another recipe.
    let mut other = schema.clone();
    other.sources[0].sha256 = "0".repeat(64);
    let other = Recipe::parse(text, "r.yaml", &other).expect("sound");
    assert_ne!(other.digest(), recipe.digest());
}

#[test]
fn mistakes_in_sources_are_told_where_they_are() {
    let told = |text: &str| {
        let mistakes = Recipe::sources_in(text.as_bytes(), "r.yaml").expect_err("refused");
        let told = mistakes
            .iter()
            .map(|m| format!("{}:{}: {}", m.line, m.column, m.message));
        told.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        told("sources: {poeple: x}"),
        "1:11: `poeple` is no kind of source"
    );
    assert_eq!(
        told("sources:\n  people: [{sha256: 12}]"),
        "2:12: a source without a file\n2:21: a SHA-256 has 64 hexadecimal digits"
    );
    assert_eq!(
        told("sources: {people: [[x]]}"),
        "1:20: a source is a file or a folder, not a list"
    );
    assert_eq!(
        told("sources: {people: [{file: x, withdrawn: yes}]}"),
        "1:20: a withdrawn source is known by its `sha256`"
    );
    let none: Vec<SourceRequest> = Vec::new();
    assert_eq!(
        Recipe::sources_in(b"sources:\n", "r.yaml"),
        Ok(none.clone())
    );
    assert_eq!(Recipe::sources_in(b"\xff\xfe", "r.yaml"), Ok(none));
}

#[test]
fn only_what_follows_a_scan_can_be_as_it_has_it() {
    let schema = schema("");
    let told = |draw: &str| {
        let text =
            format!("populace: 1\nstage: people\ncount: 3\n{SOURCES}population: {{{draw}}}\n");
        let mistakes = Recipe::parse(&text, "r.yaml", &schema).expect_err("refused");
        mistakes[0].message.clone()
    };
    assert_eq!(
        told("light: {as: scan, else: 1}"),
        "no choice of another attribute knows `light`"
    );
    assert_eq!(
        told("age_years: {as: light, else: 1}"),
        "`age_years` can be as `scan` has it, not as `light`"
    );
    assert_eq!(
        told("age_years: {as: scan}"),
        "nothing says what `age_years` is where `scan` does not"
    );
    assert_eq!(
        told("age_years: {as: scan, otherwise: 1}"),
        "`otherwise` does not belong to `as`"
    );
    assert!(told("age_years: {as: scan, else: 300}").contains("300"));
}

#[test]
fn a_choice_cannot_know_what_nobody_asks_it() {
    let mut schema = schema("");
    schema.attributes[2] = Attribute::number("light", 0.0, 1.0, "", "light");
    let scan = &mut schema.attributes[3];
    if let population::Kind::Category { choices } = &mut scan.kind {
        choices[1].facts.push(("light", Value::Number(0.5)));
    }
    assert!(schema.check().is_err());
}

#[test]
fn editors_accept_files_and_names_that_they_cannot_know() {
    let mut schema = schema("");
    schema.attributes[3] = schema.attributes[3].clone().named_by_sources();
    let written = population::schema::json_schema(&schema);
    let people = &written["properties"]["sources"]["properties"]["people"];
    assert!(
        people.is_object() && written["properties"]["sources"]["properties"]["motions"] == *people
    );
    let names = written["$defs"]["scan.value"]["anyOf"]
        .as_array()
        .expect("choices");
    assert!(names.iter().any(|one| one["type"] == "string"), "{names:?}");
    let ages = written["$defs"]["age_years.draw"]["anyOf"]
        .as_array()
        .expect("forms");
    assert!(
        ages.iter()
            .any(|one| one["properties"]["as"]["const"] == "scan"),
        "{ages:?}"
    );
}
