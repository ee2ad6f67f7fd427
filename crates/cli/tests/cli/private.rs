//! `learn --epsilon` and `statement`: the promise from the command line to a check by somebody else.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ran, offline_populace, run};

/// A word and a number that one row alone has; they must never be seen again, wherever a run writes.
const SECRETS: [&str; 2] = ["Zyxomma-petiolatum", "7345812"];

/// 20,000 visits of 4,000 patients.
fn visits() -> String {
    let mut text = "patient,ward,days,cost\n".to_owned();
    for row in 0..20_000_u32 {
        let dice = row.wrapping_mul(2_654_435_761) >> 8;
        let ward = ["north", "south", "east"][dice as usize % 3];
        let days = 1 + dice / 7 % 20;
        let cost = days * 100 + dice % 50;
        let _ = match row {
            11_111 => writeln!(
                text,
                "P{:04},{},{days},{}",
                row % 4000,
                SECRETS[0],
                SECRETS[1]
            ),
            _ => writeln!(text, "P{:04},{ward},{days},{cost}", row % 4000),
        };
    }
    text
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("visits.csv"), visits()).expect("written");
    folder
}

fn populace(folder: &Path, words: &str) -> Ran {
    run(offline_populace(folder).args(words.split(' ')))
}

fn fine(folder: &Path, words: &str) -> Ran {
    let ran = populace(folder, words);
    assert_eq!(ran.code, Some(0), "{words}: {}", ran.stderr);
    ran
}

#[test]
fn a_private_model_is_stated_signed_checked_and_made_rows_of() {
    let folder = folder();
    let at = folder.path();
    let said = fine(at, "learn visits.csv --epsilon 2 -o v.model --audit --json");
    let answer: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert!(
        answer["audit"]["copying"]["epsilon_at_least"].as_f64() > Some(3.0),
        "{answer}"
    );
    assert!(
        said.stderr
            .contains("This is differentially private with ε = "),
        "{}",
        said.stderr
    );
    fine(at, "make v.model -n 3000 -o made.csv");
    let page = fine(at, "statement v.model");
    for part in [
        "discrete Gaussian noise",
        "Taken as known to everybody",
        "Not covered",
        "guesses whether it was there is right at most",
    ] {
        assert!(page.stdout.contains(part), "{part}: {}", page.stdout);
    }
    let json = fine(at, "statement made.csv --json");
    let statement: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(statement["guarantee"], "differential");
    assert!(statement["spent"]["epsilon"].as_f64() <= Some(2.0));
    // Signed, checked by whoever was told the key, and bound to the bytes.
    let signed = fine(at, "statement v.model -o v.json --key my.key");
    let key = signed
        .stderr
        .split("tell others ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .expect("a key");
    fine(
        at,
        &format!("statement v.model --check v.json --signed-by {key}"),
    );
    assert_eq!(
        populace(
            at,
            &format!(
                "statement v.model --check v.json --signed-by {}",
                "0".repeat(64)
            )
        )
        .code,
        Some(1)
    );
    fine(at, "learn visits.csv --epsilon 2 -o other.model -q");
    assert_eq!(
        populace(at, "statement other.model --check v.json").code,
        Some(1)
    );
    let text = fs::read_to_string(at.join("v.json")).expect("a statement");
    fs::write(at.join("forged.json"), text.replacen("2.0", "0.2", 1)).expect("written");
    assert_eq!(
        populace(at, "statement v.model --check forged.json").code,
        Some(1)
    );
    // Nothing that was written holds what one row alone had.
    let mut files = vec![said.stdout, said.stderr, page.stdout, json.stdout];
    for name in ["v.model", "made.csv", "made.card.json", "v.json"] {
        files.push(String::from_utf8_lossy(&fs::read(at.join(name)).expect("a file")).into_owned());
    }
    for secret in SECRETS {
        assert!(files.iter().all(|file| !file.contains(secret)), "{secret}");
    }
}

#[test]
fn a_model_without_a_promise_says_so_and_a_model_edited_by_hand_is_refused() {
    let folder = folder();
    let at = folder.path();
    fine(at, "learn visits.csv -o v.model -q");
    let page = fine(at, "statement v.model");
    assert!(
        page.stdout.starts_with("There is no privacy guarantee"),
        "{}",
        page.stdout
    );
    assert!(!page.stdout.contains("private"), "{}", page.stdout);
    fine(at, "learn visits.csv --epsilon 1 -o p.model -q");
    let mut bytes = fs::read(at.join("p.model")).expect("a model");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(at.join("p.model"), bytes).expect("written");
    let ran = populace(at, "statement p.model");
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("not as it was written"),
        "{}",
        ran.stderr
    );
}

/// A message without the numbers that differ from run to run: those of a sentence about a noisy count.
pub(crate) fn without_noise(text: &str) -> String {
    let noisy = |line: &str| line.contains(" about ");
    let lines = text.lines().map(|line| {
        let digit = |c: char| {
            if noisy(line) && c.is_ascii_digit() {
                '#'
            } else {
                c
            }
        };
        let line: String = line.chars().map(digit).collect();
        // However many digits there are.
        line.split('#')
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("#")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn mistakes_about_promises_are_one_sentence_and_leave_nothing() {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("empty.csv"), "patient,ward\n").expect("written");
    fs::write(
        at.join("columns.yaml"),
        "columns:\n  days: {kind: number, range: [9]}\n  ward: {kind: number, values: [a]}\n",
    )
    .expect("written");
    let tries = [
        "visits.csv --epsilon 0",
        "visits.csv --epsilon nan",
        "visits.csv --epsilon -1",
        "visits.csv --epsilon 1 --delta 0.5",
        "visits.csv --epsilon 1 --delta 2",
        "visits.csv --epsilon 1 --delta 0",
        "visits.csv --epsilon 0.00001",
        "empty.csv --epsilon 1",
        "visits.csv --epsilon 1 --person pateint",
        "visits.csv --epsilon 1 --find-rules",
        "visits.csv --epsilon 1 --columns columns.yaml",
        "visits.csv --epsilon 1 --mechanism mst --steps 100",
        "visits.csv --delta 1e-6",
    ];
    let mut told = String::new();
    for words in tries {
        let ran = populace(at, &format!("learn {words} -o m.model -q"));
        assert_eq!(ran.code, Some(2), "{words}: {}", ran.stderr);
        assert!(!at.join("m.model").exists(), "{words}");
        for secret in SECRETS {
            assert!(!ran.stderr.contains(secret), "{words}");
        }
        let _ = writeln!(told, "$ learn {words}\n{}", without_noise(&ran.stderr));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn persons_with_what_they_own_are_learned_stated_and_made() {
    let folder = folder();
    let at = folder.path();
    let mut patients = "id,sex\n".to_owned();
    for patient in 0..4000 {
        let sex = if patient == 1_111 {
            SECRETS[0]
        } else {
            ["f", "m"][patient % 2]
        };
        let _ = writeln!(patients, "P{patient:04},{sex}");
    }
    fs::write(at.join("patients.csv"), patients).expect("written");
    fs::write(
        at.join("ward.yaml"),
        "tables:\n  patients: {data: patients.csv, key: id}\n  visits: {data: visits.csv, references: {patient: patients}}\n",
    )
    .expect("written");
    let tries = [
        "ward.yaml --epsilon 3",
        "ward.yaml --epsilon 3 --most-rows 5 --person patient",
        "ward.yaml --epsilon 3 --most-rows 5 --audit",
        "ward.yaml --epsilon 3 --most-rows 5 --mechanism gan",
        "ward.yaml --epsilon 0.0001 --most-rows 5",
        "visits.csv --epsilon 3 --most-rows 5",
    ];
    let mut told = String::new();
    for words in tries {
        let ran = populace(at, &format!("learn {words} -o m.model -q"));
        assert_eq!(ran.code, Some(2), "{words}: {}", ran.stderr);
        assert!(!at.join("m.model").exists(), "{words}");
        let _ = writeln!(told, "$ learn {words}\n{}", without_noise(&ran.stderr));
    }
    insta::assert_snapshot!(told);

    let said = fine(
        at,
        "learn ward.yaml --epsilon 3 --most-rows 5 -o w.model --json",
    );
    let answer: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(answer["tables"][1]["table"], "visits");
    fine(at, "make w.model -o made --format csv");
    let stated = fine(at, "statement w.model --json");
    let stated: Value = serde_json::from_str(&stated.stdout).expect("JSON");
    assert_eq!(stated["guarantee"], "differential", "{stated}");
    assert_eq!(stated["promises"][0]["unit"], "one person");
    let visits = fs::read_to_string(at.join("made/visits.csv")).expect("visits");
    assert!(
        visits.starts_with("patient,ward,days,cost\n1,"),
        "{}",
        &visits[..60]
    );
    for file in [
        "w.model",
        "made/visits.csv",
        "made/patients.csv",
        "made/card.json",
    ] {
        let bytes = fs::read(at.join(file)).expect("a file");
        for secret in SECRETS {
            let there = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
            assert!(!there, "{secret} in {file}");
        }
    }
    for secret in SECRETS {
        assert!(!said.stderr.contains(secret) && !said.stdout.contains(secret));
    }
}
