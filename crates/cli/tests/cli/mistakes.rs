//! Recipes that are wrong: every mistake with its place and what to do, exit code 2, and nothing written.

use std::fs;

use crate::support::{Ran, folder_with, offline_populace, run};

const HEAD: &str = "populace: 1\nstage: people\ncount: 4\n";

/// Makes `recipe`, which has to be refused before anything is written.
fn refused(recipe: &str, options: &[&str]) -> Ran {
    let folder = folder_with(recipe);
    let ran = run(offline_populace(folder.path())
        .args(["make", "recipe.yaml", "-o", "out"])
        .args(options));
    let left: Vec<_> = fs::read_dir(folder.path())
        .expect("the folder is read")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left, ["recipe.yaml"], "something was written");
    ran
}

/// Each recipe in turn, with a heading, as one golden text.
fn check(cases: &[(&str, &str)]) -> String {
    let shown = cases.iter().map(|(what, body)| {
        let ran = refused(&format!("{HEAD}{body}"), &[]);
        format!("==== {what}\n{}\n", ran.shown(&[]))
    });
    shown.collect::<Vec<_>>().concat()
}

#[test]
fn mistakes_in_recipes_are_told_with_place_and_remedy() {
    insta::assert_snapshot!(check(&[
        ("unknown key", "popluation: {age_years: 30}\n"),
        ("unknown attribute", "population:\n  eyewaer: glasses\n"),
        ("wrong unit", "population:\n  head.yaw_rad: 0.3\n"),
        (
            "percentages over 100",
            "population:\n  eyewear: [{value: none, percent: 70}, {value: glasses, percent: 50}]\n"
        ),
        (
            "impossible range",
            "population:\n  age_years: {range: [60, 20]}\n"
        ),
        ("beyond the limits", "population:\n  skin_tone: 12\n"),
        ("unknown choice", "population:\n  expression: smlie\n"),
        ("unknown label", "labels: [boxes, key_points]\n"),
        ("no YAML", "population: {age_years: [\n"),
        (
            "something that must be the same throughout",
            "camera: {width_px: {range: [64, 128]}}\n"
        ),
    ]));
}

#[test]
fn all_independent_mistakes_are_told_at_once() {
    let body = "\
seed: -1
population:
  age_years: {range: [60, 20]}
  head.yaw_rad: 0.3
  eyewear: [{value: none, percent: 70}, {value: glasses, percent: 50}]
camera: {rig: cabin/dashbord}
labels: [box]
";
    insta::assert_snapshot!(check(&[("many", body)]));
}

#[test]
fn changes_on_the_command_line_are_checked_like_a_recipe() {
    let options = [
        "--count",
        "0",
        "--size",
        "7",
        "--set",
        "skin_tone=dark",
        "--set",
        "eyewear",
    ];
    insta::assert_snapshot!(refused(HEAD, &options).shown(&[]));
}

#[test]
fn a_recipe_of_ten_megabytes_is_refused_unread() {
    let filler = format!("# {}\n", "x".repeat(98)).repeat(100_000);
    insta::assert_snapshot!(refused(&format!("{HEAD}{filler}"), &[]).shown(&[]));
}

#[test]
fn deeply_nested_yaml_is_refused() {
    let brackets = format!(
        "population: {{age_years: {}1{}}}\n",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let braces = format!("population: {}1{}\n", "{a: ".repeat(5000), "}".repeat(5000));
    let aliases: Vec<String> = (1..40)
        .map(|i| format!("  x{i}: &x{i} [*x{0}, *x{0}, *x{0}, *x{0}]\n", i - 1))
        .collect();
    let bomb = format!("population:\n  x0: &x0 [1, 2]\n{}", aliases.concat());
    insta::assert_snapshot!(check(&[
        ("brackets", &brackets),
        ("braces", &braces),
        ("aliases of aliases", &bomb)
    ]));
}

#[test]
fn files_that_are_no_recipes_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("folder.yaml")).expect("a folder");
    fs::write(
        folder.path().join("picture.yaml"),
        b"\x89PNG\r\n\x1a\n\x00\xff\xfe",
    )
    .expect("a file");
    let mut text = String::new();
    for name in ["missing.yaml", "folder.yaml", "picture.yaml"] {
        text.push_str(
            &run(offline_populace(folder.path()).args(["make", name, "-o", "out"])).shown(&[]),
        );
    }
    insta::assert_snapshot!(text);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn errors_are_data_too() {
    let ran = refused(
        &format!("{HEAD}population:\n  eyewaer: glasses\n"),
        &["--json"],
    );
    insta::assert_snapshot!(ran.shown(&[]));
}
