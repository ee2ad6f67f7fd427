//! The recipes that ship, and the schema that describes them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use population::{DeclaredPopulation, Population, Recipe, Row};

use crate::support::{folder, json, offline_populace, run, succeed};

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    let mut recipes: Vec<PathBuf> = fs::read_dir(folder)
        .expect("recipes are there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    recipes.sort();
    assert!(recipes.len() >= 4, "{recipes:?}");
    recipes
}

/// The first rows of a shipped recipe.
fn rows(name: &str, count: u64) -> Vec<Row> {
    let path = shipped()
        .into_iter()
        .find(|path| path.ends_with(name))
        .expect("it ships");
    let schema = studio::schema();
    let recipe = Recipe::parse(&fs::read_to_string(path).expect("text"), name, &schema)
        .expect("it has no mistake");
    let seed = recipe.seed;
    let population = DeclaredPopulation::new(recipe, schema).expect("it can be drawn");
    let batch = population.rows(0..count, seed).expect("rows are drawn");
    (0..count as usize)
        .map(|row| Row::read(&batch, population.schema(), row).expect("a row"))
        .collect()
}

#[test]
fn every_shipped_recipe_draws_rows_without_any_pack() {
    let folder = folder();
    for recipe in shipped() {
        let name = recipe
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let mut command = offline_populace(folder.path());
        let answer = json(&succeed(command.arg("make").arg(&recipe).args([
            "--dry-rows",
            "--count",
            "100",
            "--json",
            "-o",
            &name,
        ])));
        let rows = match name.as_str() {
            "walking-room" => 2400,
            _ if name.ends_with("-pairs") => 200,
            _ => 100,
        };
        assert_eq!(answer["rows"], rows, "{name}");
        assert!(folder.path().join(&name).join("rows.parquet").is_file());
    }
}

#[test]
fn faces_has_each_tone_sex_and_age_band_equally_often() {
    let mut cells: BTreeMap<(i64, String, usize), u32> = BTreeMap::new();
    for row in rows("faces.yaml", 2000) {
        let tone = row
            .number("skin_tone")
            .expect("a tone")
            .round()
            .clamp(1.0, 10.0) as i64;
        let age = row.number("age_years").expect("an age");
        let band = [32.0, 48.0, 64.0]
            .iter()
            .filter(|limit| age > **limit)
            .count();
        *cells
            .entry((tone, row.category("sex").expect("a sex").to_owned(), band))
            .or_default() += 1;
    }
    assert_eq!(cells.len(), 80, "{cells:?}");
    assert!(cells.values().all(|&n| n == 25), "{cells:?}");
}

#[test]
fn expressions_has_each_of_the_fourteen_at_four_strengths() {
    let mut cells: BTreeMap<(String, i64), u32> = BTreeMap::new();
    for row in rows("expressions.yaml", 56) {
        let strength =
            (row.number("expression.intensity").expect("a strength") * 100.0).round() as i64;
        *cells
            .entry((
                row.category("expression").expect("a name").to_owned(),
                strength,
            ))
            .or_default() += 1;
    }
    assert_eq!((cells.len(), cells.values().max()), (56, Some(&1)));
    let names: std::collections::BTreeSet<&str> =
        cells.keys().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 14);
}

#[test]
fn rows_are_the_same_in_every_run_and_a_data_set_is_not_overwritten_by_them() {
    let folder = folder();
    let draw = |out: &str| {
        run(offline_populace(folder.path()).args(["make", "recipe.yaml", "--dry-rows", "-o", out]))
    };
    for out in ["one", "two"] {
        assert_eq!(draw(out).code, Some(0));
    }
    let read = |out: &str| fs::read(folder.path().join(out).join("rows.parquet")).expect("rows");
    assert!(read("one") == read("two"));

    fs::copy(
        crate::support::whole().join("card.json"),
        folder.path().join("two/card.json"),
    )
    .expect("a card");
    fs::copy(
        crate::support::whole().join("rows.parquet"),
        folder.path().join("two/rows.parquet"),
    )
    .expect("rows");
    insta::assert_snapshot!(draw("two").shown(&[]));
}

#[test]
fn the_schema_knows_every_attribute_and_label() {
    let schema = json(&succeed(offline_populace(Path::new(".")).arg("schema")));
    let expected = studio::schema();
    for attribute in &expected.attributes {
        let (section, key) = attribute.section_and_key();
        assert!(
            schema["properties"][section]["properties"][key].is_object(),
            "{} is missing",
            attribute.name
        );
    }
    let labels = schema["properties"]["labels"]["items"]["anyOf"]
        .as_array()
        .map(Vec::len);
    assert_eq!(labels, Some(expected.labels.len()));
}

/// Rows stream: ten times as many take no more memory. Peak resident size, as the kernel counts it.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_number_of_rows() {
    let folder = folder();
    let peak_kb = |count: &str| {
        let mut child = offline_populace(folder.path())
            .args([
                "make",
                "recipe.yaml",
                "--dry-rows",
                "-q",
                "--count",
                count,
                "-o",
                count,
            ])
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the binary starts");
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().expect("it is a child").is_none() {
            let now = fs::read_to_string(&status).unwrap_or_default();
            let found = now.lines().find_map(|line| {
                line.strip_prefix("VmHWM:")?
                    .trim()
                    .strip_suffix(" kB")?
                    .parse::<u64>()
                    .ok()
            });
            peak = peak.max(found.unwrap_or(0));
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        assert!(folder.path().join(count).join("rows.parquet").is_file());
        peak
    };
    let (few, many) = (peak_kb("6400"), peak_kb("64000"));
    assert!(
        few > 0 && many < few + 16_000,
        "{few} kB for 6,400 rows, {many} kB for 64,000"
    );
}
