//! How often intervals hold and how far figures are off, on populations whose truth is known.
//!
//! ```sh
//! zcat adult/train.csv.gz adult/holdout.csv.gz | awk 'NR == 1 || !/^age,/' > adult.csv
//! cargo run --release -p populace-shift --example coverage -- adult.csv --rows 2000 --times 50 --members 6 --draws 5000 [--ask]
//! ```
//!
//! All rows of a table are the world: their columns are real, their labels are drawn from a probability that is planted (logistic in age, squared age, years of education, hours, sex and marriage), so
//! that the expected loss of a planted model, which leaves most of that out, is known row by row, and of any population by weights over the whole world. Each time a random sample of rows is drawn, with labels; every
//! route says what it says. Columns of the output: truth (mean over populations of one kind), then for each route the root mean square and the mean absolute error, the share of 95 % intervals that hold the truth, and their mean width, in points of
//! accuracy. `3S` is the synthetic test of van Breugel et al. 2023 as published (mean and spread of an ensemble's own figures) by the same learned populations.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program run by hand, on files that it is given"
)]

use check::student_quantile;
use population::stream::{Seed, Streams};
use privacy::{Ledger, RealData};
use shift::{
    Answers, Ask, Data, Ensemble, Metric, Outcome, Question, ShiftError, Spec, Target, Task,
    Weights, What, answer,
};
use tables::{Cells, Layout, Overrides, Source, SourceOptions, Table};

const SPEC: &str = "
shift: 1
populations:
  half above 60: {share: {\"age > 60\": 50%}}
  ten years older: {move: {age: 10}}
  education 13: {mean: {education_num: 13}}
  more Black: {levels: {race: {Black: 60%}}}
  other mix: {levels: {sex: {Female: 70%}}, mean: {age: 48, hours_per_week: 30}}
  odds married: {odds: {\"marital_status = 'Married-civ-spouse'\": 4}}
  women above 60: {only: \"sex = 'Female' and age > 60\"}
  Black women above 45: {only: \"race = 'Black' and sex = 'Female' and age > 45\"}
  men of 50 to 53 with 13 years: {only: \"sex = 'Male' and age between 50 and 53 and education_num >= 13\"}
  married women below 30: {only: \"sex = 'Female' and marital_status = 'Married-civ-spouse' and age < 30\"}
";

fn numbers<'t>(table: &'t Table, name: &str) -> &'t [f64] {
    match &table.cells[table.position(name).unwrap()] {
        Cells::Numbers { values, .. } => values,
        _ => panic!("{name} is no number"),
    }
}

fn is(table: &Table, name: &str, level: &str) -> Vec<f64> {
    match &table.cells[table.position(name).unwrap()] {
        Cells::Levels { codes, levels } => codes
            .iter()
            .map(|&code| {
                f64::from(u8::from(
                    levels.get(code as usize).is_some_and(|l| l == level),
                ))
            })
            .collect(),
        _ => panic!("{name} is no category"),
    }
}

fn logistic(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// The planted probability of a label, and what the planted model says of it.
fn planted(table: &Table) -> Vec<(f64, f64)> {
    let age = numbers(table, "age");
    let years = numbers(table, "education_num");
    let hours = numbers(table, "hours_per_week");
    let married = is(table, "marital_status", "Married-civ-spouse");
    let male = is(table, "sex", "Male");
    (0..table.rows)
        .map(|row| {
            let shared = 0.3 * (years[row] - 10.0) + 1.2 * married[row];
            let truth = -2.2 + shared + 0.04 * (age[row] - 38.0)
                - 0.0015 * (age[row] - 45.0) * (age[row] - 45.0)
                + 0.03 * (hours[row] - 40.0)
                + 0.5 * male[row];
            let said = -2.0 + shared + 0.03 * (age[row] - 38.0);
            (logistic(truth), logistic(said))
        })
        .collect()
}

fn read(path: &str) -> Table {
    let mut source = Source::open(path, &SourceOptions::default()).unwrap();
    let mut ledger = Ledger::new();
    let layout = Layout::detect(&mut source, &Overrides::none(), &mut ledger).unwrap();
    let table = Table::read(&mut source, &layout, &mut ledger).unwrap();
    table.open(&mut ledger, "a simulation").clone()
}

#[derive(Default, Clone)]
struct Score {
    squares: f64,
    absolute: f64,
    held: u32,
    width: f64,
    times: u32,
}

impl Score {
    fn add(&mut self, value: f64, low: f64, high: f64, truth: f64) {
        self.squares += (value - truth) * (value - truth);
        self.absolute += (value - truth).abs();
        self.held += u32::from(low <= truth && truth <= high);
        self.width += high - low;
        self.times += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.squares += other.squares;
        self.absolute += other.absolute;
        self.held += other.held;
        self.width += other.width;
        self.times += other.times;
    }

    fn told(&self) -> String {
        let n = f64::from(self.times.max(1));
        format!(
            "{:5.2} {:5.2} {:5.1} {:5.1}",
            100.0 * (self.squares / n).sqrt(),
            100.0 * self.absolute / n,
            100.0 * f64::from(self.held) / n,
            100.0 * self.width / n
        )
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str, usual: u64| {
        let place = arguments.iter().position(|argument| argument == name);
        place
            .and_then(|place| arguments.get(place + 1)?.parse().ok())
            .unwrap_or(usual)
    };
    let (rows, times) = (option("--rows", 2000) as usize, option("--times", 50));
    let asked = arguments.iter().any(|argument| argument == "--ask");
    let ensemble = |seed: u64| Ensemble {
        members: option("--members", 6) as u32,
        draws: option("--draws", 5000),
        seed: Seed(1000 * seed),
    };
    let mut world = read(&arguments[0]);
    let target = world.position("income").unwrap();
    let spec = Spec::from_yaml(SPEC, "shift.yaml", &world.columns).unwrap();
    let chances = planted(&world);
    let wrong: Vec<f64> = chances
        .iter()
        .map(|&(truth, said)| if said >= 0.5 { 1.0 - truth } else { truth })
        .collect();
    let truths: Vec<f64> = spec
        .populations
        .iter()
        .map(|asked| {
            let What::Changed(changes) = &asked.what else {
                panic!("a worst case")
            };
            let moments = Target::new(changes, &world).unwrap().moments(&world);
            let weights = Weights::tilted(&moments).unwrap();
            let sum: f64 = weights.values.iter().zip(&wrong).map(|(w, l)| w * l).sum();
            1.0 - sum / world.rows as f64
        })
        .collect();
    let names = ["reweighting", "generation", "together", "3S"];
    let mut scores = vec![vec![Score::default(); names.len()]; truths.len()];
    let (mut refused, mut disagree, mut effective) = (
        vec![0; truths.len()],
        vec![0; truths.len()],
        vec![0.0; truths.len()],
    );
    for time in 0..times {
        let mut stream = Streams::new(Seed(option("--seed", 0)), time).stream("simulation");
        let taken: Vec<u32> = (0..rows)
            .map(|_| stream.below(world.rows as u64) as u32)
            .collect();
        let labels: Vec<u32> = taken
            .iter()
            .map(|&row| u32::from(stream.uniform() < chances[row as usize].0))
            .collect();
        world.cells[target] = Cells::Levels {
            codes: vec![0; world.rows],
            levels: vec!["no".into(), "yes".into()],
        };
        let mut table = world.taken(&taken);
        table.cells[target] = Cells::Levels {
            codes: labels.clone(),
            levels: vec!["no".into(), "yes".into()],
        };
        let task = Task::Two {
            no: "no".into(),
            yes: "yes".into(),
        };
        let answers = Answers {
            truth: labels.iter().map(|&label| f64::from(label)).collect(),
            prediction: taken.iter().map(|&row| chances[row as usize].1).collect(),
            threshold: 0.5,
        };
        let judged = task.judged(answers, &[Metric::Accuracy]);
        let data = Data {
            table: &table,
            target,
            task: &task,
            judged: &judged,
            threshold: 0.5,
        };
        let metrics = [Metric::Accuracy];
        let question = Question {
            spec: &spec,
            metrics: &metrics,
            ensemble: Some(ensemble(time + 1)),
            seed: Seed(time),
        };
        let ask = |table: &Table| -> Result<Vec<String>, ShiftError> {
            Ok(planted(table)
                .iter()
                .map(|(_, said)| said.to_string())
                .collect())
        };
        let ask: Option<&Ask<'_>> = if asked { Some(&ask) } else { None };
        let about = RealData {
            name: "sample".into(),
            rows: None,
            columns: 0,
            sha256: None,
        };
        let found = answer(
            &data,
            &question,
            ask,
            &about,
            &mut Ledger::new(),
            &mut |_| {},
        )
        .unwrap();
        for (place, told) in found.populations.iter().enumerate() {
            let truth = truths[place];
            match &told.outcome {
                Outcome::Figures {
                    figures, overlap, ..
                } => {
                    let both = &figures[0].1;
                    effective[place] += overlap.effective / times as f64;
                    if let (Ok(learned), Some(said)) = (&both.learned, &both.said) {
                        for (route, e) in [both.reweighted, *learned, both.combined]
                            .iter()
                            .enumerate()
                        {
                            scores[place][route].add(e.value, e.low, e.high, truth);
                        }
                        let (mean, spread) = said.plain();
                        let reach =
                            student_quantile(0.975, said.members.len() as f64 - 1.0) * spread;
                        scores[place][3].add(mean, mean - reach, mean + reach, truth);
                    }
                    disagree[place] += u32::from(both.agree == Some(false));
                }
                _ => refused[place] += 1,
            }
        }
    }
    println!(
        "{:32} truth   eff refused apart | {}",
        "population",
        names.map(|name| format!("{name:<24}")).join("| ")
    );
    let mut sums = vec![Score::default(); names.len()];
    for (place, asked) in spec.populations.iter().enumerate() {
        let routes: Vec<String> = scores[place].iter().map(Score::told).collect();
        for (sum, score) in sums.iter_mut().zip(&scores[place]) {
            sum.merge(score);
        }
        println!(
            "{:32} {:5.1} {:5.0} {:7} {:5} | {}",
            asked.name,
            100.0 * truths[place],
            effective[place],
            refused[place],
            disagree[place],
            routes.join("  | ")
        );
    }
    let routes: Vec<String> = sums.iter().map(Score::told).collect();
    println!("{:32} {:>27} | {}", "all", "", routes.join("  | "));
}
