//! Populations whose truth is known: by hand, by arithmetic, and by drawing from what made them.

use population::stream::{Seed, Stream, Streams};
use privacy::{Ledger, RealData};
use shift::{
    Answer, Data, Ensemble, Judged, Metric, Outcome, Question, ShiftError, Spec, Task, answer,
};
use tables::{Cells, Layout, Overrides, Source, SourceOptions, Table};

/// A table as the program reads it.
fn read(text: &str) -> Table {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, text).expect("written");
    let mut source =
        Source::open(&path.to_string_lossy(), &SourceOptions::default()).expect("a table");
    let mut ledger = Ledger::new();
    let overrides = Overrides::none();
    let layout = Layout::detect(&mut source, &overrides, &mut ledger).expect("columns");
    let table = Table::read(&mut source, &layout, &mut ledger).expect("rows");
    table.open(&mut ledger, "test").clone()
}

fn about(table: &Table) -> RealData {
    RealData {
        name: "table test".into(),
        rows: Some(table.rows as u64),
        columns: table.columns.len() as u64,
        sha256: None,
    }
}

struct Case {
    table: Table,
    task: Task,
    judged: Judged,
}

impl Case {
    /// Of a table whose last column is the model's answer about the one before.
    fn new(text: &str, metrics: &[Metric]) -> Self {
        let mut table = read(text);
        let columns = table.columns.len();
        let prediction = table.cells.pop().expect("a column");
        let column = table.columns.pop().expect("a column");
        let said: Vec<String> = match prediction {
            Cells::Numbers { values, .. } => values.iter().map(|v| column.kind.write(*v)).collect(),
            Cells::Levels { codes, levels } => {
                codes.iter().map(|&c| levels[c as usize].clone()).collect()
            }
            _ => panic!("answers"),
        };
        let task = Task::of(&table, columns - 2, None).expect("a target");
        let (answers, rows) = task
            .answers(&table, columns - 2, &said, 0.5)
            .expect("answers");
        assert_eq!(rows.len(), table.rows);
        let judged = task.judged(answers, metrics);
        Self {
            table,
            task,
            judged,
        }
    }

    fn answer(&self, spec: &str, metrics: &[Metric], members: u32) -> Result<Answer, ShiftError> {
        let spec = Spec::from_yaml(spec, "shift.yaml", &self.table.columns)?;
        let data = Data {
            table: &self.table,
            target: self.table.columns.len() - 1,
            task: &self.task,
            judged: &self.judged,
            threshold: 0.5,
        };
        let question = Question {
            spec: &spec,
            metrics,
            ensemble: (members > 0).then_some(Ensemble {
                members,
                draws: 4_000,
                seed: Seed(1),
            }),
            seed: Seed(1),
        };
        answer(
            &data,
            &question,
            None,
            &about(&self.table),
            &mut Ledger::new(),
            &mut |_| {},
        )
    }
}

/// 60 rows of a town where the model is right about 54, and 140 of one where it is right about 70.
fn two_cells() -> String {
    let mut text = String::from("town,age,label,said\n");
    let mut row = 0;
    for (town, rows, right) in [("Aalen", 60, 54), ("Celle", 140, 70)] {
        for place in 0..rows {
            row += 1;
            let label = ["no", "yes"][row % 2];
            let said = ["no", "yes"][(row + usize::from(place >= right)) % 2];
            text.push_str(&format!("{town},{},{label},{said}\n", 20 + (row * 7) % 50));
        }
    }
    text
}

#[test]
fn two_cells_come_out_as_by_hand() {
    let case = Case::new(&two_cells(), &[Metric::Accuracy]);
    let spec = "
shift: 1
populations:
  half: {share: {\"town = 'Aalen'\": 50%}}
  odds: {odds: {\"town = 'Aalen'\": 7}}
  times: {times: {\"town = 'Aalen'\": 2}}
  levels: {levels: {town: {Aalen: 90%, Celle: 10%}}}
  only: {only: \"town = 'Celle'\"}
tolerance: {accuracy: 60%}
";
    let found = case.answer(spec, &[Metric::Accuracy], 0).expect("answers");
    let figure = |name: &str| {
        let told = found.populations.iter().find(|told| told.name == name);
        *told
            .and_then(|told| told.figure(Metric::Accuracy))
            .expect("a figure")
    };
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} {b}");
    close(figure("half").value, 0.5 * 0.9 + 0.5 * 0.5);
    // Odds of 3 to 7 times 7 are 3 to 1.
    close(figure("odds").value, 0.75 * 0.9 + 0.25 * 0.5);
    close(figure("times").value, 0.6 * 0.9 + 0.4 * 0.5);
    close(figure("levels").value, 0.9 * 0.9 + 0.1 * 0.5);
    close(figure("only").value, 0.5);
    // The variance of a mixture with given shares is that of stratified samples: (½)² (0.09 / 60 + 0.25 / 140).
    let error = (0.25 * (0.09 / 60.0 + 0.25 / 140.0_f64)).sqrt();
    assert!((figure("half").error / error - 1.0).abs() < 0.02);
    // Where the share is twice the data's own, its error counts, too: (2 (0.9 − 0.5))² 0.3 · 0.7 / 200.
    let strata = 0.36 * 0.09 / 60.0 + 0.16 * 0.25 / 140.0;
    let error = (strata + 0.64 * 0.21 / 200.0_f64).sqrt();
    assert!((figure("times").error / error - 1.0).abs() < 0.02);
    let broken: Vec<&str> = found
        .broken()
        .iter()
        .map(|(told, ..)| told.name.as_str())
        .collect();
    assert_eq!(
        broken,
        ["only"],
        "the upper end of 50 % of 140 rows is 58 %"
    );
}

#[test]
fn what_the_data_do_not_have_is_refused_and_named() {
    let case = Case::new(&two_cells(), &[Metric::Accuracy]);
    let spec = "
shift: 1
populations:
  nobody: {only: \"age > 100\"}
  few: {share: {\"town = 'Aalen' and age < 25\": 30%}}
  beyond: {mean: {age: 90}}
  edge: {mean: {age: 68.5}}
  both: {share: {\"town = 'Aalen'\": 80%, \"town = 'Celle'\": 80%}}
  reachable: {mean: {age: 50}}
";
    let found = case.answer(spec, &[Metric::Accuracy], 0).expect("answers");
    let why = |name: &str| {
        let told = found.populations.iter().find(|told| told.name == name);
        match &told.expect("told").outcome {
            Outcome::Beyond { why, .. } => why.clone(),
            other => panic!("{name}: {other:?}"),
        }
    };
    assert_eq!(
        why("nobody"),
        "beyond support: `age > 100` is to be met by all of the population asked for, and the data has no such row, where at least 20 are needed"
    );
    assert!(why("few").contains("`town = 'Aalen' and age < 25` is to be met by 30.0 %"));
    assert!(why("beyond").contains("a mean of 90.0"));
    assert!(
        why("edge").starts_with("beyond support: "),
        "{}",
        why("edge")
    );
    assert!(why("both").contains("cannot be had"));
    assert!(matches!(
        found.populations[5].outcome,
        Outcome::Figures { .. }
    ));
}

/// Clients whose model errs more often the older they are, and in one town much more.
fn clients(rows: usize, seed: u64, wrong: &dyn Fn(f64, bool) -> f64) -> String {
    let mut text = String::from("age,town,plan,label,said\n");
    let mut stream: Stream = Streams::new(Seed(seed), 0).stream("clients");
    for _ in 0..rows {
        let age = 20.0 + 60.0 * stream.uniform();
        let celle = stream.uniform() < 0.3;
        let plan = ["basic", "plus"][usize::from(stream.uniform() < 0.5)];
        let yes = stream.uniform() < 0.4;
        let errs = stream.uniform() < wrong(age.round(), celle);
        let word = |yes: bool| if yes { "yes" } else { "no" };
        text.push_str(&format!(
            "{},{},{plan},{},{}\n",
            age.round(),
            if celle { "Celle" } else { "Aalen" },
            word(yes),
            word(yes != errs)
        ));
    }
    text
}

fn errs(age: f64, celle: bool) -> f64 {
    0.05 + 0.005 * (age - 20.0) + if celle { 0.2 } else { 0.0 }
}

const ASKED: &str = "
shift: 1
populations:
  older: {share: {\"age > 60\": 70%}}
  celle: {levels: {town: {Celle: 80%}}}
  moved: {move: {age: 8}}
  few: {only: \"town = 'Celle' and age > 74\"}
";

/// The truth of each of `ASKED`, by 100,000 rows under the same weights.
fn truths() -> Vec<f64> {
    let case = Case::new(&clients(100_000, 99, &errs), &[Metric::Accuracy]);
    let found = case.answer(ASKED, &[Metric::Accuracy], 0).expect("answers");
    let figures = found.populations.iter();
    figures
        .map(|told| told.figure(Metric::Accuracy).expect("a figure").value)
        .collect()
}

#[test]
fn intervals_of_reweighting_hold_the_truth_as_often_as_they_say() {
    let truths = truths();
    let (mut held, mut all) = (0_u32, 0_u32);
    for seed in 0..100 {
        let case = Case::new(&clients(800, seed, &errs), &[Metric::Accuracy]);
        let found = case.answer(ASKED, &[Metric::Accuracy], 0).expect("answers");
        for (told, truth) in found.populations.iter().zip(&truths) {
            if let Some(figure) = told.figure(Metric::Accuracy) {
                all += 1;
                held += u32::from(figure.low <= *truth && *truth <= figure.high);
            }
        }
    }
    // Four figures of one sample are not independent; were they one, 95 of 100 would have a standard error of 2.2: four of them, 3e-5.
    let share = f64::from(held) / f64::from(all);
    assert!(all > 350 && share > 0.95 - 4.0 * 0.022, "{held} of {all}");
}

#[test]
fn both_routes_agree_on_a_population_that_is_learned_well_and_hold_the_truth() {
    let truths = truths();
    let case = Case::new(&clients(3_000, 7, &errs), &[Metric::Accuracy]);
    let found = case.answer(ASKED, &[Metric::Accuracy], 4).expect("answers");
    for (told, truth) in found.populations.iter().zip(&truths) {
        let Outcome::Figures { figures, .. } = &told.outcome else {
            panic!("{told:?}")
        };
        let both = &figures[0].1;
        assert_eq!(both.agree, Some(true), "{}", told.name);
        // Four intervals at 95 %, wider than twice: one misses once in 10,000.
        let reach = 2.0 * (both.combined.high - both.combined.low) / 2.0;
        assert!(
            (both.combined.value - truth).abs() < reach,
            "{}: {both:?}",
            told.name
        );
    }
}

#[test]
fn a_model_that_answers_drawn_rows_otherwise_is_told_as_a_disagreement() {
    // What is true follows from the plan, and the model says it but for one row in ten. About drawn rows it lies where they are old and of Celle.
    let mut text = String::from("age,town,plan,label,said\n");
    let mut stream = Streams::new(Seed(8), 0).stream("clients");
    for _ in 0..3_000 {
        let age = (20.0 + 60.0 * stream.uniform()).round();
        let town = ["Aalen", "Celle"][usize::from(stream.uniform() < 0.3)];
        let plus = stream.uniform() < 0.5;
        let errs = stream.uniform() < 0.1;
        let word = |yes: bool| if yes { "yes" } else { "no" };
        let plan = if plus { "plus" } else { "basic" };
        text.push_str(&format!(
            "{age},{town},{plan},{},{}\n",
            word(plus),
            word(plus != errs)
        ));
    }
    let case = Case::new(&text, &[Metric::Accuracy]);
    let spec = Spec::from_yaml(ASKED, "shift.yaml", &case.table.columns).expect("populations");
    let data = Data {
        table: &case.table,
        target: 3,
        task: &case.task,
        judged: &case.judged,
        threshold: 0.5,
    };
    let question = Question {
        spec: &spec,
        metrics: &[Metric::Accuracy],
        ensemble: Some(Ensemble {
            members: 4,
            draws: 4_000,
            seed: Seed(1),
        }),
        seed: Seed(1),
    };
    let asked = |lies: bool| {
        let ask = move |table: &Table| {
            let text = |column: usize, row: usize| match &table.cells[column] {
                Cells::Levels { codes, levels } => levels[codes[row] as usize].clone(),
                other => panic!("{other:?}"),
            };
            let Cells::Numbers { values, .. } = &table.cells[0] else {
                panic!("ages")
            };
            let said = (0..table.rows).map(|row| {
                let lie = lies && values[row] > 74.0 && text(1, row) == "Celle";
                let yes = (text(2, row) == "plus") != lie;
                if yes { "yes" } else { "no" }.to_owned()
            });
            Ok(said.collect())
        };
        let found = answer(
            &data,
            &question,
            Some(&ask),
            &about(&case.table),
            &mut Ledger::new(),
            &mut |_| {},
        );
        let found = found.expect("answers");
        let agree: Vec<Option<bool>> = found
            .populations
            .iter()
            .map(|told| match &told.outcome {
                Outcome::Figures { figures, .. } => figures[0].1.agree,
                other => panic!("{other:?}"),
            })
            .collect();
        (agree, shift::lines(&found).join("\n"))
    };
    let (agree, lines) = asked(false);
    assert_eq!(agree, [Some(true); 4], "{lines}");
    let (agree, lines) = asked(true);
    assert_eq!(agree[3], Some(false), "{lines}");
    assert!(lines.contains("the two routes disagree"), "{lines}");
}

#[test]
fn the_worst_part_is_the_one_that_was_planted() {
    let planted = |age: f64, celle: bool| if celle && age > 50.0 { 0.6 } else { 0.1 };
    let case = Case::new(&clients(6_000, 3, &planted), &[Metric::Accuracy]);
    let spec = "
shift: 1
populations:
  worst: {worst: {share: 14%, attributes: [age, town]}}
  by plan: {worst: {share: 50%, attributes: [plan]}}
  fixed: {worst: {share: 50%, attributes: [age], fixed: [town]}}
";
    let found = case.answer(spec, &[Metric::Accuracy], 0).expect("answers");
    let figure = |place: usize| {
        *found.populations[place]
            .figure(Metric::Accuracy)
            .expect("a figure")
    };
    // 15 % are old and in Celle; 840 rows of them are right in 40 %: four standard errors are 0.068.
    assert!((figure(0).value - 0.4).abs() < 0.07, "{:?}", figure(0));
    // The plan says nothing: half of the rows by it are like all (0.825); 3,000 rows, four standard errors 0.028.
    assert!((figure(1).value - 0.825).abs() < 0.03, "{:?}", figure(1));
    // Of each town the worse half by age: in Celle all old ones (0.4), in Aalen any (0.9); 0.3 · 0.4 + 0.7 · 0.9.
    assert!((figure(2).value - 0.75).abs() < 0.04, "{:?}", figure(2));
    let Outcome::Worst { rules, .. } = &found.populations[0].outcome else {
        panic!("worst")
    };
    assert!(rules[0].rule.contains("town: Celle"), "{rules:?}");
    assert!(rules[0].rule.contains("age: "), "{rules:?}");
    // Whole and part: the curve ends at the data's own figure, and falls from there.
    let curve: Vec<f64> = found.curve.iter().map(|(_, e)| e.value).collect();
    assert!((curve[curve.len() - 1] - found.of_data[0].value).abs() < 1e-9);
    assert!(curve[1] < 0.5 && curve[1] < curve[5] && curve[5] < curve[10]);
}

#[test]
fn a_tolerance_is_crossed_where_arithmetic_says() {
    let case = Case::new(&two_cells(), &[Metric::Accuracy]);
    let spec = "
shift: 1
populations: {half: {share: {\"town = 'Aalen'\": 50%}}}
tolerance: {accuracy: 55%}
";
    let found = case.answer(spec, &[Metric::Accuracy], 0).expect("answers");
    let town = found
        .profiles
        .iter()
        .find(|profile| profile.column == "town");
    // 0.9 (1 − s) + 0.5 s = 0.55.
    assert_eq!(
        town.and_then(|town| town.crossing.as_deref()),
        Some("crossed when `Celle` makes 87.5 % of the rows, within the error")
    );
}
