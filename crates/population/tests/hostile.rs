//! No bytes make the reader panic, hang or fill the memory, and every mistake it reports has a place in the text.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use population::{DeclaredPopulation, Population, Recipe, Seed, recipe};
use proptest::prelude::*;

mod support;
use support::{FULL, parse, schema};

/// Reads the bytes; a recipe must draw rows and survive writing, mistakes must be showable.
fn digest_anything(bytes: &[u8]) {
    match Recipe::parse_bytes(bytes, "any.yaml", &schema()) {
        Ok(recipe) => {
            let written = recipe.to_yaml();
            assert_eq!(parse(&written).to_yaml(), written);
            let rows = DeclaredPopulation::new(recipe, schema())
                .unwrap()
                .rows(0..20, Seed(1))
                .unwrap();
            assert_eq!(rows.num_rows(), 20);
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            for mistake in mistakes {
                assert!(mistake.line >= 1 && mistake.column >= 1 && mistake.length >= 1);
                assert!(
                    !mistake.message.is_empty() && !mistake.message.contains('\n'),
                    "{mistake:?}"
                );
                let shown = mistake.to_string();
                assert!(shown.chars().count() < 1500, "{shown}");
                assert!(
                    shown.chars().all(|c| c == '\n' || !c.is_control()),
                    "{shown:?}"
                );
            }
        }
    }
}

/// Recipes that once were trouble, and naughty ones made by hand. Add what a fuzzer finds.
#[test]
fn the_corpus_is_read_without_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut read = 0;
    for sub in ["corpus", "mistakes"] {
        for entry in std::fs::read_dir(folder.join(sub)).unwrap() {
            digest_anything(&std::fs::read(entry.unwrap().path()).unwrap());
            read += 1;
        }
    }
    assert!(read >= 60, "only {read} files were found");
}

#[test]
fn ten_megabytes_get_a_sentence_and_no_parse() {
    let huge = format!(
        "populace: 1\nstage: people\ncount: 3\nseeds: [{}]\n",
        "1, ".repeat(3_500_000)
    );
    let mistakes = Recipe::parse(&huge, "huge.yaml", &schema()).unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert_eq!(
        mistakes[0].message,
        "the recipe has 10.0 MiB; a recipe is at most 1 MiB"
    );
    assert!(huge.len() > recipe::MAX_BYTES);
}

/// Each is just below the limit on bytes. All together take a second; if the cost of one grew with the square, this test would seem to hang.
#[test]
fn long_texts_are_read_without_harm() {
    let head = "populace: 1\nstage: people\ncount: 3\n";
    let lines = |line: &dyn Fn(usize) -> String| -> String {
        let mut text = head.to_owned();
        for i in 0.. {
            let line = line(i);
            if text.len() + line.len() > recipe::MAX_BYTES {
                return text;
            }
            text.push_str(&line);
        }
        text
    };
    let texts = [
        lines(&|i| format!("k{i}: 1\n")),
        lines(&|_| "sex: 1\n".to_owned()),
        lines(&|i| {
            if i == 0 {
                "grid: {age_years: [1".to_owned()
            } else {
                ", 1".to_owned()
            }
        }),
        lines(&|i| {
            if i == 0 {
                "labels:\n".to_owned()
            } else {
                " - boxes\n".to_owned()
            }
        }),
        lines(&|i| {
            if i == 0 {
                "given:\n".to_owned()
            } else {
                " - {when: {sex: male}, set: {age_years: 1}}\n".to_owned()
            }
        }),
        lines(&|i| {
            if i == 0 {
                "pair: {change: age_years, to: [1".to_owned()
            } else {
                format!(", {}", i % 100)
            }
        }),
        lines(&|i| format!("a{i}: &a{i} x\n")),
        lines(&|i| format!("{}- x\n", " ".repeat(i % 300))),
        lines(&|i| {
            if i == 0 {
                "name: ".to_owned()
            } else {
                "é".to_owned()
            }
        }),
        lines(&|_| "[".to_owned()),
        lines(&|_| "{? ".to_owned()),
        lines(&|_| "\"".to_owned()),
        lines(&|_| "# comment\n".to_owned()),
        lines(&|_| "---\n".to_owned()),
        lines(&|i| {
            if i == 0 {
                "population: &a {sex: [&b [&c [x".to_owned()
            } else {
                ", &d [*c]".to_owned()
            }
        }),
    ];
    for text in texts {
        digest_anything(text.as_bytes());
    }
}

/// A piece that recipes are made of, or something that does not belong there.
fn fragment() -> impl Strategy<Value = String> {
    let pieces = [
        "populace: 1",
        "\n",
        "\n  ",
        "  - ",
        "{",
        "}",
        "[",
        "]",
        ": ",
        ", ",
        "range",
        "normal",
        "within",
        "mix",
        "any_of",
        "typical",
        "value",
        "percent",
        "when",
        "set",
        "below",
        "above",
        "given:",
        "grid:",
        "pair:",
        "change",
        "to",
        "population:",
        "camera:",
        "age_years",
        "skin_tone",
        "ancestry",
        "sex",
        "eyewear",
        "camera.width_px",
        "male",
        "none",
        "1",
        "-0",
        "1e400",
        ".nan",
        "1e-320",
        "9223372036854775808",
        "'",
        "\"",
        "&a ",
        "*a",
        "!!int ",
        "|",
        ">",
        "#",
        "\t",
        "\r",
        "\0",
        "\u{feff}",
        "é",
        "~",
        "<<: ",
        "? ",
        "%YAML 1.2\n",
    ];
    prop_oneof![4 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        digest_anything(&bytes);
    }

    #[test]
    fn any_pieces_of_recipes_are_read_without_panic(pieces in prop::collection::vec(fragment(), 0..60), headed in any::<bool>()) {
        let head = if headed { "populace: 1\nstage: people\ncount: 3\n" } else { "" };
        digest_anything(format!("{head}{}", pieces.concat()).as_bytes());
    }

    #[test]
    fn a_recipe_with_pieces_cut_out_and_put_in_is_read_without_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12usize, fragment()), 1..6)
    ) {
        let mut text: Vec<char> = FULL.chars().collect();
        for (at, cut, piece) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, piece.chars());
        }
        digest_anything(text.into_iter().collect::<String>().as_bytes());
    }

    #[test]
    fn any_assignment_is_read_without_panic(name in "[a-z._]{0,12}|age_years|sex|ancestry", pieces in prop::collection::vec(fragment(), 0..8)) {
        let mut recipe = parse(FULL);
        if let Err(mistakes) = recipe.set(&format!("{name}={}", pieces.concat())) {
            prop_assert!(mistakes.iter().all(|mistake| mistake.file == "--set" && mistake.to_string().len() < 3000));
        }
    }
}
