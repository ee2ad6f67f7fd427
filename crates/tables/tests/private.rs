//! A table learned under differential privacy: what comes through, what never does, and what is refused.
//!
//! Noise cannot be seeded, so every test here is a statistical one: each fails by chance less than once in 10⁶ runs, by margins of at least five standard deviations of what is looked at.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::Path;

use population::stream::{Seed, Streams};
use privacy::{Guarantee, Statement};
use tables::model::{Draw, Request};
use tables::private::{Found, Learned, Mechanism, PrivateError, Terms};
use tables::{Cells, Kind, Model, Overrides, Rule, Source, SourceOptions};

/// A word that one row alone has.
const SECRET: &str = "Q7ZEBRA-ONLY-ONE";
/// A number that one row alone has.
const SECRET_NUMBER: &str = "987654321";

/// Clients: a job goes with pay, age with being retired; some pay is missing; one client has a word and a number that nobody else has; codes are all different.
fn clients(rows: usize) -> String {
    let mut text = "age,job,pay,retired,since,code\n".to_owned();
    for row in 0..rows {
        let mut draw = Streams::new(Seed(5), row as u64).stream("clients");
        let age = 18 + (draw.uniform() * 70.0) as u32;
        let which = (draw.uniform() * 3.0) as usize;
        let job = if row == rows / 2 {
            SECRET
        } else {
            ["clerk", "nurse", "smith"][which]
        };
        let pay = 1000.0 * (which + 1) as f64 + 200.0 * draw.normal();
        let pay = match () {
            () if row == rows / 3 => SECRET_NUMBER.to_owned(),
            () if draw.uniform() < 0.1 => "NA".to_owned(),
            () => format!("{pay:.2}"),
        };
        let retired = if age > 65 { "yes" } else { "no" };
        let (year, day) = (2000 + row % 20, 1 + row % 28);
        let _ = writeln!(
            text,
            "{age},{job},{pay},{retired},{year}-03-{day:02},C{row:06}x"
        );
    }
    text
}

fn terms(epsilon: f64) -> Terms {
    Terms {
        epsilon,
        delta: 1e-9,
        person: None,
        mechanism: Mechanism::Aim,
        canaries: 0,
    }
}

fn source(folder: &Path, text: &str) -> Source {
    let path = folder.join("clients.csv");
    std::fs::write(&path, text).unwrap();
    Source::open(&path.display().to_string(), &SourceOptions::default()).unwrap()
}

fn learn(text: &str, columns: &str, terms: &Terms) -> Result<Learned, PrivateError> {
    let folder = tempfile::tempdir().unwrap();
    let overrides = Overrides::from_yaml(columns, "columns.yaml").unwrap();
    Found::of(&mut source(folder.path(), text), &overrides, terms)?.learn(&[], Seed(1))
}

fn levels(cells: &Cells) -> (&[u32], &[String]) {
    match cells {
        Cells::Levels { codes, levels } => (codes, levels),
        other => panic!("{other:?}"),
    }
}

fn values(cells: &Cells) -> &[f64] {
    match cells {
        Cells::Numbers { values, .. } => values,
        other => panic!("{other:?}"),
    }
}

#[test]
fn columns_and_what_goes_together_come_through() {
    let learned = learn(&clients(20_000), "", &terms(3.0)).unwrap();
    let model = &learned.model;
    let kinds: Vec<&str> = model.columns().iter().map(|c| c.kind.word()).collect();
    assert_eq!(
        kinds,
        ["number", "category", "number", "category", "moment", "text"]
    );
    assert_eq!(model.columns()[2].missing.as_deref(), Some("NA"));
    assert!(
        (learned.people - 20_000.0).abs() < 500.0,
        "{}",
        learned.people
    );
    let made = model.rows(0..8192, Seed(3), Draw::Refined).unwrap();
    let (age, pay) = (values(&made.cells[0]), values(&made.cells[2]));
    assert!(
        age.iter()
            .all(|age| (15.0..=100.0).contains(age) && age.fract() == 0.0)
    );
    let missing = pay.iter().filter(|pay| pay.is_nan()).count() as f64 / 8192.0;
    assert!((missing - 0.1).abs() < 0.03, "{missing}");
    // Pay goes with the job, and being retired with age.
    let (jobs, names) = levels(&made.cells[1]);
    assert_eq!(names, ["clerk", "nurse", "smith"]);
    for (job, expected) in [1000.0, 2000.0, 3000.0].into_iter().enumerate() {
        let of_job: Vec<f64> = (0..8192)
            .filter(|&row| jobs[row] == job as u32 && !pay[row].is_nan())
            .map(|row| pay[row])
            .collect();
        let near = of_job
            .iter()
            .filter(|pay| (**pay - expected).abs() < 500.0)
            .count();
        assert!(
            near as f64 > 0.75 * of_job.len() as f64,
            "{near} of {}",
            of_job.len()
        );
    }
    let (retired, words) = levels(&made.cells[3]);
    let yes = words.iter().position(|word| word == "yes").unwrap() as u32;
    let right = (0..8192)
        .filter(|&row| (age[row] > 65.0) == (retired[row] == yes))
        .count();
    assert!(right > 7400, "{right}");
}

#[test]
fn what_one_row_alone_has_is_nowhere() {
    let text = clients(20_000);
    assert!(text.contains(SECRET) && text.contains(SECRET_NUMBER));
    let learned = learn(&text, "", &terms(3.0)).unwrap();
    let mut told = format!("{learned:?} {}", learned.model.ledger().statement());
    let made = learned.model.rows(0..20_000, Seed(1), Draw::Plain).unwrap();
    told += &format!("{made:?}");
    for secret in [SECRET, SECRET_NUMBER, "C010000x", "20000 rows", "20,000"] {
        assert!(!told.contains(secret), "{secret}");
    }
    let bytes = learned.model.to_bytes();
    let holds = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
    assert!(!holds(SECRET.as_bytes()) && !holds(&987_654_321_f64.to_le_bytes()));
    assert!(holds(b"nurse"));
    let greatest = values(&made.cells[2]).iter().copied().fold(0.0, f64::max);
    assert!(greatest < 10_000.0, "{greatest}");
}

#[test]
fn the_statement_is_that_of_what_ran_and_the_model_comes_back_from_its_file() {
    for mechanism in [Mechanism::Aim, Mechanism::Mst] {
        let terms = Terms {
            mechanism,
            ..terms(1.0)
        };
        let model = learn(&clients(20_000), "", &terms).unwrap().model;
        let statement = Statement::of(model.ledger());
        assert_eq!(
            statement.guarantee,
            Guarantee::Differential,
            "{statement:#?}"
        );
        let spent = statement.spent.unwrap();
        assert!(
            spent.epsilon <= 1.0 && spent.epsilon > 0.95 && spent.delta == 1e-9,
            "{spent:?}"
        );
        assert_eq!(statement.unprotected, [""; 0]);
        let again = Model::from_bytes(&model.to_bytes()).unwrap();
        assert_eq!(again.ledger(), model.ledger());
        // As text, since a missing number is not equal to itself.
        let draw = |model: &Model| format!("{:?}", model.rows(0..500, Seed(2), Draw::Refined));
        assert!(
            draw(&again) == draw(&model),
            "the model draws other rows after it was read"
        );
    }
}

#[test]
fn rows_can_be_asked_for_as_of_any_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = source(folder.path(), &clients(20_000));
    let found = Found::of(&mut source, &Overrides::none(), &terms(3.0)).unwrap();
    let rules = [Rule::parse("age >= 18", found.columns()).unwrap()];
    let model = found.learn(&rules, Seed(1)).unwrap().model;
    let request = Request {
        given: vec![Rule::parse("job = 'smith'", model.columns()).unwrap()],
        ..Request::default()
    };
    let made = model
        .draws(&request, Seed(1), Draw::Plain)
        .unwrap()
        .rows(0..2000);
    let (jobs, names) = levels(&made.cells[1]);
    assert!(jobs.iter().all(|&job| names[job as usize] == "smith"));
    assert!(values(&made.cells[0]).iter().all(|&age| age >= 18.0));
    let pay = values(&made.cells[2])
        .iter()
        .filter(|pay| **pay > 2400.0)
        .count();
    assert!(pay > 1300, "{pay}");
}

#[test]
fn a_pure_promise_needs_declared_values_and_keeps_it() {
    let pure = Terms {
        delta: 0.0,
        ..terms(4.0)
    };
    let text = clients(20_000);
    let error = learn(&text, "", &pure).unwrap_err();
    assert!(error.to_string().contains("`job`"), "{error}");
    let columns = "columns:\n  job: {kind: category, values: [clerk, nurse, smith, baker]}\n  retired: {kind: boolean, values: ['no', 'yes']}\n  pay: {kind: number, decimals: 2, range: [0, 5000]}\n  code: leave_out\n";
    let learned = learn(&text, columns, &pure).unwrap();
    let statement = Statement::of(learned.model.ledger());
    assert_eq!(statement.guarantee, Guarantee::Differential);
    let spent = statement.spent.unwrap();
    assert!(spent.delta == 0.0 && spent.epsilon <= 4.0, "{spent:?}");
    assert!(
        statement
            .public
            .iter()
            .any(|line| line.contains("declared values of `job`"))
    );
    let made = learned.model.rows(0..4000, Seed(1), Draw::Plain).unwrap();
    let (jobs, names) = levels(&made.cells[1]);
    let bakers = jobs
        .iter()
        .filter(|&&job| names[job as usize] == "baker")
        .count();
    assert!(bakers < 400, "{bakers}");
    assert!(
        values(&made.cells[2])
            .iter()
            .all(|pay| pay.is_nan() || (0.0..=5000.0).contains(pay))
    );
}

#[test]
fn a_person_with_many_rows_counts_as_little_as_the_promise_says() {
    let mut text = "who,job\n".to_owned();
    for row in 0..30_000 {
        let _ = writeln!(text, "p{row},{}", ["clerk", "nurse"][row % 2]);
    }
    for _ in 0..20_000 {
        text += "p7,hermit\n";
    }
    let columns = "columns: {who: leave_out}\n";
    let of_rows = learn(&text, columns, &terms(3.0)).unwrap();
    let made = of_rows.model.rows(0..1, Seed(1), Draw::Plain).unwrap();
    assert!(levels(&made.cells[0]).1.iter().any(|name| name == "hermit"));
    let persons = Terms {
        person: Some(("who".to_owned(), 2)),
        ..terms(3.0)
    };
    let of_persons = learn(&text, columns, &persons).unwrap();
    let made = of_persons.model.rows(0..1, Seed(1), Draw::Plain).unwrap();
    assert_eq!(levels(&made.cells[0]).1, ["clerk", "nurse"]);
    assert!(
        (of_persons.people - 30_000.0).abs() < 1000.0,
        "{}",
        of_persons.people
    );
    let statement = Statement::of(of_persons.model.ledger());
    assert!(
        statement.summary.contains("one person") && statement.summary.contains("at most 2"),
        "{}",
        statement.summary
    );
}

#[test]
fn promises_that_are_none_and_tables_that_are_too_small_are_refused() {
    let text = clients(3000);
    for epsilon in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = learn(&text, "", &terms(epsilon)).unwrap_err();
        assert!(
            error.to_string().contains("must be a number above 0"),
            "{error}"
        );
    }
    for delta in [-1e-9, 1.0, f64::NAN] {
        let error = learn(
            &text,
            "",
            &Terms {
                delta,
                ..terms(1.0)
            },
        )
        .unwrap_err();
        assert!(error.to_string().contains("must be at least 0"), "{error}");
    }
    let error = learn(
        &text,
        "",
        &Terms {
            delta: 0.01,
            ..terms(1.0)
        },
    )
    .unwrap_err();
    assert!(error.to_string().contains("well below"), "{error}");
    for text in ["a,b\n", "a,b\n1,2\n3,4\n"] {
        let error = learn(text, "", &terms(1.0)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("nothing can be told of fewer than"),
            "{error}"
        );
    }
    let error = learn(&text, "", &terms(1e-6)).unwrap_err();
    assert!(matches!(error, PrivateError::FewRows { .. }), "{error}");
    let nobody = Terms {
        person: Some(("whose".to_owned(), 1)),
        ..terms(1.0)
    };
    assert!(
        learn(&text, "", &nobody)
            .unwrap_err()
            .to_string()
            .contains("`whose`")
    );
    assert!(matches!(
        learn(&text, "columns: {agge: number}", &terms(1.0)),
        Err(PrivateError::Overrides(_))
    ));
}

#[test]
fn kinds_of_a_wide_odd_table_are_found_without_a_word() {
    let mut text = "empty,one,neg,big,tiny,flag,zip\n".to_owned();
    for row in 0..12_000 {
        let mut draw = Streams::new(Seed(9), row as u64).stream("odd");
        let _ = writeln!(
            text,
            ",same,{},{},{:e},{},{:05}",
            -((draw.uniform() * 100.0) as i64),
            (draw.uniform() * 1e12) as i64,
            draw.uniform() * 1e-7,
            draw.uniform() < 0.5,
            [501_u32, 1067, 10115][row % 3]
        );
    }
    let learned = learn(&text, "", &terms(3.0)).unwrap();
    let model = learned.model;
    let kind = |place: usize| &model.columns()[place].kind;
    assert!(
        matches!(kind(2), Kind::Number(_))
            && matches!(kind(3), Kind::Number(_))
            && matches!(kind(4), Kind::Number(_))
    );
    assert_eq!(kind(6), &Kind::Category);
    let made = model.rows(0..4096, Seed(1), Draw::Refined).unwrap();
    let inside = |place: usize, low: f64, high: f64| {
        let all = values(&made.cells[place]);
        let inside = all
            .iter()
            .filter(|value| (low..=high).contains(*value))
            .count();
        assert!(
            inside as f64 > 0.95 * all.len() as f64,
            "column {place}: {inside} of {}",
            all.len()
        );
    };
    inside(2, -130.0, 0.0);
    inside(3, 0.0, 1.2e12);
    inside(4, 0.0, 1.3e-7);
    assert_eq!(levels(&made.cells[1]).1, ["same"]);
    assert_eq!(levels(&made.cells[6]).1, ["00501", "01067", "10115"]);
}

#[test]
fn the_audit_catches_a_copy_and_neither_chance_nor_a_model_that_keeps_its_promise() {
    let terms = Terms {
        canaries: 500,
        ..terms(1.0)
    };
    let audit = learn(&clients(20_000), "", &terms).unwrap().audit.unwrap();
    assert_eq!((audit.canaries, audit.guesses), (500, 200));
    // A bound is wrong in at most one of twenty runs; twice the claim is never seen.
    assert!(audit.model.epsilon_at_least < 2.0, "{audit:?}");
    assert!(audit.unseen.epsilon_at_least < 2.0, "{audit:?}");
    assert!(
        audit.copying.right == 200 && audit.copying.epsilon_at_least > 3.0,
        "{audit:?}"
    );
}
