//! `learn`, `make` and `view` for several tables.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Ran, offline_populace, run};

const SCHEMA: &str = "tables:
  branch: {data: branch.csv, key: code, public: true}
  account: {data: account.csv, key: account_id, references: {branch: branch}}
  payment: {data: payment.csv, references: {account_id: account}, order_by: day}
";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut account = "account_id,branch,opened\n".to_owned();
    let mut payment = "account_id,day,amount\n".to_owned();
    for row in 0..300_u32 {
        // A linear congruence is random enough, and the same everywhere.
        let dice = row.wrapping_mul(2_654_435_761) >> 8;
        let branch = ["A", "B"][dice as usize % 2];
        let _ = writeln!(
            account,
            "AC{:05},{branch},20{:02}-03-1{}",
            70_000 + row,
            dice % 9 + 10,
            dice % 9
        );
        for turn in 0..dice % 5 {
            let day = (dice / 3 + turn * 7) % 28 + 1;
            let _ = writeln!(
                payment,
                "AC{:05},2021-0{}-{day:02},{}.50",
                70_000 + row,
                turn + 1,
                20 + dice % 70
            );
        }
    }
    for (name, text) in [
        ("account.csv", &account[..]),
        ("payment.csv", &payment),
        (
            "branch.csv",
            "code,town\nA,\"Aalen, east\"\nB,Bremen\nZ,Zwickau\n",
        ),
        ("bank.yaml", SCHEMA),
    ] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn populace(folder: &Path, arguments: &[&str]) -> Ran {
    run(offline_populace(folder).args(arguments))
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("rows");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn tables_are_learned_made_and_drawn() {
    let folder = folder();
    let path = folder.path();
    let ran = populace(path, &["learn", "bank.yaml", "-o", "bank.model"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for words in [
        "rows of `account` own rows of `payment` by `account_id`",
        "`branch` is public: its 3 rows are kept as they are",
        "learned 3 tables into bank.model",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    let ran = populace(
        path,
        &[
            "make",
            "bank.model",
            "-n",
            "2000",
            "-o",
            "made",
            "--format",
            "csv",
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let made = path.join("made");
    assert_eq!(
        fs::read(made.join("branch.csv")).expect("rows"),
        fs::read(path.join("branch.csv")).expect("rows")
    );
    let accounts = lines(&made.join("account.csv"));
    assert_eq!(
        (accounts.len(), accounts[0].as_str()),
        (2001, "account_id,branch,opened")
    );
    let keys: std::collections::BTreeSet<&str> =
        accounts[1..].iter().map(|line| &line[..7]).collect();
    assert_eq!(keys.len(), 2000);
    let payments = lines(&made.join("payment.csv"));
    assert!((3200..4800).contains(&payments.len()), "{}", payments.len());
    for pair in payments[1..].windows(2) {
        let [(before, day_before), (key, day)] =
            [0, 1].map(|at| pair[at].split_once(',').expect("cells"));
        assert!(keys.contains(key), "{key}");
        assert!(before != key || day_before[..10] <= day[..10], "{pair:?}");
    }
    let card = fs::read_to_string(made.join("card.json")).expect("a card");
    let card: serde_json::Value = serde_json::from_str(&card).expect("JSON");
    assert_eq!(card["populace"]["tables"][1]["rows"], 2000);
    let ran = populace(path, &["view", "bank.yaml", "-o", "bank.svg"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = populace(path, &["view", "bank.model", "-o", "model.svg"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let drawn = fs::read_to_string(path.join("model.svg")).expect("a picture");
    assert!(
        drawn.starts_with("<svg") && drawn.contains("account_id") && drawn.contains("2.0 each"),
        "{drawn}"
    );
}

#[test]
fn other_rows_of_several_tables_are_asked_for_on_the_command_line_and_in_a_file() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("r.yaml"), "rules: {payment: [amount < 80]}").expect("written");
    let learn = [
        "learn",
        "bank.yaml",
        "-o",
        "bank.model",
        "--rules",
        "r.yaml",
    ];
    let ran = populace(path, &learn);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("of the data: `amount < 80` is not kept"),
        "{}",
        ran.stderr
    );
    let ran = populace(
        path,
        &[
            "make",
            "bank.model",
            "-n",
            "500",
            "-o",
            "made",
            "--format",
            "csv",
            "--given",
            "payment.day >= '2021-03-01'",
            "--share",
            "account.branch = 'A': 90%",
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("90.00 %"), "{}", ran.stderr);
    let payments = lines(&path.join("made/payment.csv"));
    assert!(payments.len() > 100);
    for line in &payments[1..] {
        let cells: Vec<&str> = line.split(',').collect();
        assert!(cells[1] >= "2021-03-01", "{line}");
        assert!(cells[2].parse::<f64>().expect("a number") < 80.0, "{line}");
    }
    let accounts = lines(&path.join("made/account.csv"));
    let in_a = accounts.iter().filter(|line| line.contains(",A,")).count();
    assert!((447..=453).contains(&in_a), "{in_a}");
    let scenario = "model: bank.model
rows: 300
scenario:
  patterns:
  - {name: burst, table: payment, share: 20%, steps: [{count: 3, gap: 0 d..1 d, given: [amount < 40]}]}
";
    fs::write(path.join("burst.yaml"), scenario).expect("written");
    let ran = populace(
        path,
        &["make", "burst.yaml", "-o", "burst", "--format", "csv"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("with the pattern burst"),
        "{}",
        ran.stderr
    );
    let labelled = |table: &str| {
        let lines = lines(&path.join(format!("burst/{table}.csv")));
        lines.iter().filter(|line| line.ends_with(",burst")).count()
    };
    assert_eq!(labelled("payment"), 3 * labelled("account"));
    assert!((58..=62).contains(&labelled("account")));
    for (arguments, message) in [
        (["--given", "payment.sum > 3"], "`sum` is no column"),
        (
            ["--given", "branch.town = 'Bremen'"],
            "`branch` is public, and its rows are kept as they are",
        ),
        (
            ["--share", "account.branch = 'A'"],
            "has no `:` before its number",
        ),
        (
            ["--given", "payment.amount < 1"],
            "can be true for no first row of an owner in `payment`",
        ),
    ] {
        let mut all = vec!["make", "bank.model", "-n", "20", "-o", "no"];
        all.extend(arguments);
        let ran = populace(path, &all);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(message), "{message}: {}", ran.stderr);
        // Not even a table that needs nothing is half there.
        let left = fs::read_dir(path.join("no")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{message}");
    }
}

#[test]
fn foreign_keys_of_a_database_are_a_schema() {
    let folder = folder();
    let path = folder.path();
    let script = "CREATE TABLE account (account_id TEXT PRIMARY KEY, branch TEXT, opened TEXT); CREATE TABLE payment (account_id TEXT REFERENCES account, day TEXT, amount REAL);";
    let database = rusqlite::Connection::open(path.join("bank.db")).expect("a database");
    database.execute_batch(script).expect("tables");
    for (table, places) in [("account", "?1, ?2, ?3"), ("payment", "?1, ?2, ?3")] {
        for line in &lines(&path.join(format!("{table}.csv")))[1..] {
            let cells: Vec<&str> = line.split(',').collect();
            let sql = format!("INSERT INTO {table} VALUES ({places})");
            database
                .execute(&sql, [cells[0], cells[1], cells[2]])
                .expect("a row");
        }
    }
    drop(database);
    let ran = populace(path, &["learn", "sqlite:bank.db", "-o", "bank.model"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("rows of `account` own rows of `payment` by `account_id`"),
        "{}",
        ran.stderr
    );
    // Half of the pages are gone: it is said, and nothing is left.
    let bytes = fs::read(path.join("bank.db")).expect("a database");
    fs::write(path.join("gone.db"), &bytes[..bytes.len() / 2]).expect("written");
    let ran = populace(path, &["learn", "sqlite:gone.db", "-o", "gone.model"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("gone.db: SQLite"), "{}", ran.stderr);
    assert!(!path.join("gone.model").exists());
}

#[test]
fn sdvs_relationships_are_a_schema() {
    let folder = folder();
    let path = folder.path();
    fs::remove_file(path.join("branch.csv")).expect("removed");
    let metadata = r#"{"tables": {
      "account": {"primary_key": "account_id", "columns": {"account_id": {"sdtype": "id"}, "branch": {"sdtype": "categorical"}, "opened": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}}},
      "payment": {"columns": {"account_id": {"sdtype": "id"}, "day": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}, "amount": {"sdtype": "numerical"}}}},
      "relationships": [{"parent_table_name": "account", "parent_primary_key": "account_id", "child_table_name": "payment", "child_foreign_key": "account_id"}]}"#;
    fs::write(path.join("metadata.json"), metadata).expect("written");
    let ran = populace(
        path,
        &["learn", ".", "--sdv", "metadata.json", "-o", "bank.model"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("learned 2 tables"), "{}", ran.stderr);
    fs::remove_file(path.join("payment.csv")).expect("removed");
    let ran = populace(
        path,
        &["learn", ".", "--sdv", "metadata.json", "-o", "bank.model"],
    );
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("table `payment` has no file"),
        "{}",
        ran.stderr
    );
}

#[test]
fn bad_schemas_and_keys_get_a_sentence_and_leave_nothing() {
    let folder = folder();
    let path = folder.path();
    let ran = populace(path, &["learn", "bank.yaml", "-o", "bank.model", "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let account = fs::read_to_string(path.join("account.csv")).expect("rows");
    let write = |name: &str, text: &str| fs::write(path.join(name), text).expect("written");
    write("twice.csv", &account.replacen("AC70002", "AC70001", 1));
    write("nameless.csv", &account.replacen("AC70002", "", 1));
    let few: Vec<&str> = account.lines().take(250).collect();
    write("few.csv", &few.join("\n"));
    for (name, from, to) in [
        ("twice", "account.csv", "twice.csv"),
        ("nameless", "account.csv", "nameless.csv"),
        ("orphans", "account.csv", "few.csv"),
        ("missing", "account.csv", "gone.csv"),
        ("table", "{account_id: account}", "{account_id: acount}"),
        ("column", "{account_id: account}", "{acount_id: account}"),
        ("word", "order_by", "order"),
        ("unordered", "order_by: day", "order_by: account_id"),
    ] {
        write(&format!("{name}.yaml"), &SCHEMA.replacen(from, to, 1));
    }
    write(
        "loop.yaml",
        "tables: {ring: {data: ring.csv, key: id, references: {next: ring}}}\n",
    );
    let ring: Vec<String> = (0..40)
        .map(|row| format!("K{row:02},K{:02}", (row + 1) % 40))
        .collect();
    write("ring.csv", &format!("id,next\n{}\n", ring.join("\n")));
    let bytes = fs::read(path.join("bank.model")).expect("a model");
    fs::write(path.join("cut.model"), &bytes[..bytes.len() / 2]).expect("written");
    let mut said = String::new();
    for arguments in [
        &["learn", "twice.yaml", "-o", "x.model", "-q"][..],
        &["learn", "nameless.yaml", "-o", "x.model", "-q"],
        &["learn", "orphans.yaml", "-o", "x.model", "-q"],
        &["learn", "missing.yaml", "-o", "x.model", "-q"],
        &["learn", "table.yaml", "-o", "x.model", "-q"],
        &["learn", "column.yaml", "-o", "x.model", "-q"],
        &["learn", "word.yaml", "-o", "x.model", "-q"],
        &["learn", "unordered.yaml", "-o", "x.model", "-q"],
        &["learn", "loop.yaml", "-o", "x.model", "-q"],
        &[
            "learn",
            "bank.yaml",
            "--table",
            "account",
            "-o",
            "x.model",
            "-q",
        ],
        &["make", "cut.model", "-o", "x", "-q"],
        &["make", "bank.model", "-o", "x.parquet", "-q"],
        &["view", "bank.yaml", "-o", "x.png", "-q"],
    ] {
        let ran = populace(path, arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("AC7"), "a value: {}", ran.stderr);
        let _ = writeln!(said, "$ populace {}\n{}", arguments.join(" "), ran.stderr);
        assert!(
            !["x", "x.model", "x.parquet", "x.png"]
                .iter()
                .any(|name| path.join(name).exists()),
            "{arguments:?} left something"
        );
    }
    insta::assert_snapshot!(said);
}
