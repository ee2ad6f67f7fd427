//! `learn` a table and `make` rows of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::{Ran, offline_populace, run};

/// 600 clients in three towns; three of them live in a fourth. A town decides its region.
fn clients() -> String {
    let mut text = String::from("client,town,region,age,balance,since\n");
    for row in 0..600_u32 {
        // A linear congruence is random enough, and the same everywhere.
        let dice = row.wrapping_mul(2_654_435_761) >> 8;
        let town = if row % 200 == 17 {
            3
        } else {
            dice as usize % 3
        };
        let age = 18 + dice / 7 % 60;
        let balance = f64::from(age * 100 + dice % 5000) / 100.0;
        let (name, region) = [
            ("Aalen", "south"),
            ("Bremen", "north"),
            ("Celle", "north"),
            ("Secretville", "north"),
        ][town];
        let _ = writeln!(
            text,
            "C-{:05},{name},{region},{age},{balance:.2},20{:02}-0{}-1{}",
            20_000 + row * 7,
            dice % 20 + 5,
            dice % 9 + 1,
            dice % 9
        );
    }
    text
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("clients.csv"), clients()).expect("written");
    folder
}

fn populace(folder: &Path, arguments: &[&str]) -> Ran {
    run(offline_populace(folder).args(arguments))
}

fn learned() -> TempDir {
    let folder = folder();
    let ran = populace(
        folder.path(),
        &["learn", "clients.csv", "-o", "clients.model"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn learning_says_what_it_found_and_what_it_keeps_back() {
    let folder = folder();
    let ran = populace(
        folder.path(),
        &["learn", "clients.csv", "-o", "clients.model"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    for words in [
        "identifier, unique",
        "kept out of `town`: 1 value that fewer than 10 rows share (3 rows)",
        "`region` follows from `town`, and always will",
        "learned 600 rows of 6 columns into clients.model",
        "There is no privacy guarantee",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("Secretville"));
    let model = fs::read(folder.path().join("clients.model")).expect("a model");
    assert!(!model.windows(11).any(|bytes| bytes == b"Secretville"));
    assert!(model.windows(6).any(|bytes| bytes == b"Bremen"));
    assert_eq!(names(folder.path()), ["clients.csv", "clients.model"]);
}

#[test]
fn kinds_are_shown_without_learning() {
    let folder = folder();
    let ran = populace(folder.path(), &["learn", "clients.csv", "--kinds", "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("number, 2 decimals"), "{}", ran.stdout);
    assert!(ran.stdout.contains("moment, %Y-%m-%d"), "{}", ran.stdout);
    let overrides = "columns: {client: leave_out, age: category}\n";
    fs::write(folder.path().join("columns.yaml"), overrides).expect("written");
    let ran = populace(
        folder.path(),
        &[
            "learn",
            "clients.csv",
            "--kinds",
            "-q",
            "--columns",
            "columns.yaml",
        ],
    );
    assert!(
        ran.stdout.contains("category (as you say)") && ran.stdout.contains("left out"),
        "{}",
        ran.stdout
    );
}

#[test]
fn rows_are_made_and_bear_a_card() {
    let folder = learned();
    let ran = populace(
        folder.path(),
        &["make", "clients.model", "-n", "2e3", "-o", "new.csv"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let text = fs::read_to_string(folder.path().join("new.csv")).expect("rows");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "client,town,region,age,balance,since");
    assert_eq!(lines.len(), 2_001);
    let mut clients = std::collections::BTreeSet::new();
    for line in &lines[1..] {
        let cells: Vec<&str> = line.split(',').collect();
        assert!(clients.insert(cells[0]), "{} twice", cells[0]);
        assert!(cells[0].len() == 7 && cells[0].starts_with("C-"), "{line}");
        let region = if cells[1] == "Aalen" {
            "south"
        } else {
            "north"
        };
        assert_eq!(cells[2], region, "{line}");
        assert!(["Aalen", "Bremen", "Celle"].contains(&cells[1]), "{line}");
        let age: u32 = cells[3].parse().expect("an age");
        assert!((18..78).contains(&age), "{line}");
        assert_eq!(
            cells[4].split_once('.').map(|(_, cents)| cents.len()),
            Some(2),
            "{line}"
        );
        assert_eq!(cells[5].len(), 10, "{line}");
    }
    let card = fs::read_to_string(folder.path().join("new.card.json")).expect("a card");
    let card: serde_json::Value = serde_json::from_str(&card).expect("JSON");
    let about = &card["populace"];
    let mut hash = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hash, "{byte:02x}");
    }
    assert_eq!(about["file"]["sha256"], hash);
    assert_eq!(about["rows"], 2_000);
    let statement = about["statement"].as_str().expect("a statement");
    assert!(
        statement.starts_with("There is no privacy guarantee"),
        "{statement}"
    );
}

#[test]
fn the_same_rows_whatever_the_threads_and_more_rows_begin_with_fewer() {
    let folder = learned();
    let make = |out: &str, rows: &str, more: &[&str], threads: &str| {
        let mut command = offline_populace(folder.path());
        command
            .args(["make", "clients.model", "-n", rows, "-o", out, "-q"])
            .args(more);
        let ran = run(command.env("RAYON_NUM_THREADS", threads));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        fs::read(folder.path().join(out)).expect("rows")
    };
    for more in [&["--plain"][..], &[]] {
        let few = make("few.csv", "700", more, "1");
        let many = make("many.csv", "9000", more, "3");
        assert_eq!(many[..few.len()], few[..]);
        assert_ne!(
            make("other.csv", "700", &[more, &["--seed", "4"]].concat(), "2"),
            few
        );
    }
    assert_ne!(
        make("a.csv", "700", &["--plain"], "2"),
        make("b.csv", "700", &[], "2")
    );
}

#[test]
fn a_folder_gets_parquet_and_a_card() {
    let folder = learned();
    let ran = populace(
        folder.path(),
        &["make", "clients.model", "-o", "set", "--json"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(answer["rows"], 600);
    assert_eq!(
        names(&folder.path().join("set")),
        ["card.json", "rows.parquet"]
    );
    let start = fs::read(folder.path().join("set/rows.parquet")).expect("rows");
    assert_eq!(start[..4], *b"PAR1");
}

#[test]
fn bad_input_gets_a_sentence_and_leaves_nothing() {
    let folder = learned();
    let path = folder.path();
    fs::write(path.join("ragged.csv"), "a,b\n1,2\n3\n").expect("written");
    fs::write(path.join("empty.csv"), "a,b\n").expect("written");
    fs::write(path.join("twice.csv"), "a,a\n1,2\n").expect("written");
    let model = fs::read(path.join("clients.model")).expect("a model");
    fs::write(path.join("cut.model"), &model[..model.len() / 2]).expect("written");
    let mut changed = model.clone();
    changed[model.len() - 9] ^= 4;
    fs::write(path.join("changed.model"), &changed).expect("written");
    let mut newer = model.clone();
    newer[24] = 77;
    fs::write(path.join("newer.model"), &newer).expect("written");
    fs::write(
        path.join("faces.yaml"),
        "populace: 1\nname: faces\nstage: people\ncount: 1\n",
    )
    .expect("written");
    let before = names(path);
    for (arguments, words) in [
        (&["learn", "ragged.csv", "-o", "x.model"][..], "line 3"),
        (&["learn", "empty.csv", "-o", "x.model"], "no rows"),
        (&["learn", "twice.csv", "-o", "x.model"], "`a`"),
        (
            &["learn", "gone.csv", "-o", "x.model"],
            "gone.csv does not exist",
        ),
        (
            &["learn", "clients.csv", "-o", "no/x.model"],
            "the folder no does not exist",
        ),
        (&["learn", "clients.csv", "-o", "."], "is a folder"),
        (
            &[
                "learn",
                "clients.csv",
                "--query",
                "select 1",
                "-o",
                "x.model",
            ],
            "databases",
        ),
        (
            &["make", "cut.model", "-o", "x.csv"],
            "bytes where its header says",
        ),
        (
            &["make", "changed.model", "-o", "x.csv"],
            "not as it was written",
        ),
        (&["make", "newer.model", "-o", "x.csv"], "version 77"),
        (
            &["make", "clients.model", "-o", "x.xlsx"],
            "`.csv` or `.parquet`",
        ),
        (
            &["make", "clients.model", "-o", "no/x.csv"],
            "the folder no does not exist",
        ),
        (
            &["make", "clients.model", "-n", "1.5", "-o", "x.csv"],
            "whole number of rows",
        ),
        (
            &["make", "clients.model", "--set", "age=3", "-o", "x.csv"],
            "is a model",
        ),
        (&["make", "faces.yaml", "-n", "5", "-o", "x"], "is a recipe"),
    ] {
        let ran = populace(path, arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert_eq!(names(path), before, "{arguments:?} left something");
    }
}

fn cells(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join(name)).expect("a table");
    let rows = text.lines().skip(1);
    rows.map(|row| row.split(',').map(str::to_owned).collect())
        .collect()
}

#[test]
fn rows_come_under_conditions_in_other_shares_and_with_what_is_empty_filled() {
    let folder = learned();
    let here = folder.path();
    fs::write(
        here.join("rules.yaml"),
        "rules:\n- age >= 21\n- not (town = 'Celle' and age > 60)\n",
    )
    .expect("written");
    let ran = populace(
        here,
        &[
            "make",
            "clients.model",
            "-n",
            "500",
            "-o",
            "some.csv",
            "--given",
            "region = north and since >= '2010-01-01'",
            "--rules",
            "rules.yaml",
            "--json",
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let rows = cells(here, "some.csv");
    assert_eq!(rows.len(), 500);
    for row in &rows {
        let age: u32 = row[3].parse().expect("an age");
        assert_eq!(row[2], "north");
        assert!(row[5].as_str() >= "2010-01-01" && age >= 21 && (row[1] != "Celle" || age <= 60));
    }
    let card: serde_json::Value =
        serde_json::from_slice(&fs::read(here.join("some.card.json")).expect("a card"))
            .expect("JSON");
    assert_eq!(
        card["populace"]["given"][0],
        "region = north and since >= '2010-01-01'"
    );
    assert_eq!(card["populace"]["rules"][0], "age >= 21");

    let ran = populace(
        here,
        &[
            "make",
            "clients.model",
            "-n",
            "1000",
            "-o",
            "shares.csv",
            "--share",
            "town = 'Bremen': 60%",
            "--times",
            "age > 70: 2",
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let bremen = cells(here, "shares.csv")
        .iter()
        .filter(|row| row[1] == "Bremen")
        .count();
    assert!((598..=602).contains(&bremen), "{bremen}");
    assert!(
        ran.stderr.contains("requested   achieved"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("town = 'Bremen'"), "{}", ran.stderr);

    fs::write(
        here.join("partial.csv"),
        "client,town,age\nX-1,Aalen,\n,Celle,44\nX-3,,44\nX-4,Secretville,30\n",
    )
    .expect("written");
    let ran = populace(
        here,
        &[
            "make",
            "clients.model",
            "--complete",
            "partial.csv",
            "-o",
            "full.csv",
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let rows = cells(here, "full.csv");
    assert_eq!(rows.len(), 4);
    let kept: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(kept, ["X-1", "", "X-3", "X-4"]);
    assert_eq!([&rows[0][1], &rows[0][2]], ["Aalen", "south"]);
    assert_eq!(
        [&rows[1][1], &rows[1][2], &rows[1][3]],
        ["Celle", "north", "44"]
    );
    assert_eq!([&rows[3][1], &rows[3][3]], ["Secretville", "30"]);
    let filled = |place: usize| rows.iter().all(|row| !row[place].is_empty());
    assert!((1..6).all(filled), "{rows:?}");
    assert!(
        ran.stderr.contains("filled 1 cell of `age`") && ran.stderr.contains("added `balance`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_scenario_names_its_model_and_what_is_otherwise() {
    let folder = learned();
    let here = folder.path();
    fs::create_dir(here.join("plans")).expect("a folder");
    fs::write(
        here.join("plans/old.yaml"),
        "model: ../clients.model\nrows: 400\nscenario:\n  share: {age >= 60: 50%}\n  patterns:\n  - {name: early, share: 5%, given: age < 20}\n",
    )
    .expect("written");
    let ran = populace(here, &["make", "plans/old.yaml", "-o", "old.csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let rows = cells(here, "old.csv");
    assert_eq!(rows.len(), 400);
    let early = rows.iter().filter(|row| row[6] == "early");
    assert!((19..=21).contains(&early.clone().count()));
    assert!(
        early
            .clone()
            .all(|row| row[3].parse::<u32>().is_ok_and(|age| age < 20))
    );
    fs::write(
        here.join("plans/bad.yaml"),
        "model: gone.model\nscenario: {}\n",
    )
    .expect("written");
    let ran = populace(here, &["make", "plans/bad.yaml", "-o", "bad.csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("plans/gone.model cannot be read"),
        "{}",
        ran.stderr
    );
}

#[test]
fn requests_that_cannot_be_met_get_a_sentence_and_leave_nothing() {
    let folder = learned();
    let here = folder.path();
    fs::write(
        here.join("rules.yaml"),
        "rules:\n- age >= 21\n- agee < 3\n- 7\nrulez: []\n",
    )
    .expect("written");
    fs::write(here.join("strange.csv"), "client,twon\nX-1,Aalen\n").expect("written");
    let before = names(here);
    let mut said = String::new();
    for arguments in [
        &["--given", "town = 'Bremn'"][..],
        &["--given", "twon = 'Bremen'"],
        &["--given", "age >"],
        &["--given", "age > 500"],
        &["--rules", "rules.yaml"],
        &["--share", "town = 'Bremen' 30%"],
        &["--share", "town = 'Bremen': a third"],
        &[
            "--share",
            "town = 'Bremen': 60%",
            "--share",
            "town = 'Celle': 60%",
        ],
        &["--fair", "age"],
        &["--move", "town: 3"],
        &["--temperature", "0"],
        &["--complete", "strange.csv"],
    ] {
        let ran = populace(
            here,
            &[&["make", "clients.model", "-o", "rows.csv"], arguments].concat(),
        );
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        let _ = writeln!(said, "{}\n{}", arguments.join(" "), ran.stderr);
    }
    assert_eq!(names(here), before);
    insta::assert_snapshot!(said);
}
