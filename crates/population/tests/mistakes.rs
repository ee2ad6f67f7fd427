//! What a user sees for each sort of mistake: every `tests/mistakes/NAME.yaml` against `NAME.txt` beside it.
//!
//! `BLESS=1 cargo test -p populace-population --test mistakes` rewrites the expectations; read the difference before keeping it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use population::Recipe;

mod support;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    cases.sort();
    cases
}

#[test]
fn every_mistake_says_where_what_and_what_to_do() {
    let cases = cases();
    assert!(cases.len() >= 25, "only {} cases were found", cases.len());
    let mut wrong = Vec::new();
    for path in cases {
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let seen = match Recipe::parse_bytes(&bytes, name, &support::schema()) {
            Ok(_) => "no mistake was found\n".to_owned(),
            Err(mistakes) => support::render(&mistakes),
        };
        let expectation = path.with_extension("txt");
        if support::blessing() {
            std::fs::write(&expectation, &seen).unwrap();
        }
        let expected =
            std::fs::read_to_string(&expectation).unwrap_or_else(|_| "(no file)".to_owned());
        if seen != expected {
            wrong.push(format!(
                "== {name}: expected\n{expected}\n== but saw\n{seen}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
