//! Populations of pictures whose losses are known for every row, so that what is made for a shift can be held against the truth.

use std::fmt::Write as _;

use population::stream::{Seed, Streams};
use privacy::Ledger;
use shift::{
    Answer, Data, Judged, Metric, Outcome, Question, Renders, ShiftError, Spec, Task,
    answer_of_pictures,
};
use tables::{Layout, Overrides, Source, SourceOptions, Table};

const POOL: usize = 12_000;
const PICTURES: usize = 150;
/// 95 % intervals of this many repeats.
const REPEATS: usize = 60;

/// Rows of a made-up recipe, and what a made-up model loses on each.
fn world() -> (Table, Vec<f64>) {
    let rows = POOL + REPEATS * PICTURES;
    let mut text = String::from("light,camera\n");
    let mut losses = Vec::new();
    let mut stream = Streams::new(Seed(9), 0).stream("test");
    for _ in 0..rows {
        let light = stream.uniform();
        let far = stream.below(4) == 0;
        let _ = writeln!(text, "{light:.6},{}", if far { "far" } else { "near" });
        losses.push(0.3 * light + 0.2 * f64::from(u8::from(far)) + 0.3 * stream.uniform());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, text).expect("written");
    let mut source =
        Source::open(&path.to_string_lossy(), &SourceOptions::default()).expect("a table");
    let mut ledger = Ledger::new();
    let layout = Layout::detect(&mut source, &Overrides::none(), &mut ledger).expect("columns");
    let table = Table::read(&mut source, &layout, &mut ledger).expect("rows");
    (table.open(&mut ledger, "test").clone(), losses)
}

struct Known<'a> {
    pool: Table,
    losses: &'a [f64],
}

impl Renders for Known<'_> {
    fn pool(&self) -> &Table {
        &self.pool
    }

    fn pictures(&self) -> usize {
        PICTURES
    }

    fn losses(&self, rows: &[u32]) -> Result<Vec<f64>, ShiftError> {
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
        Ok(rows.iter().map(|&row| self.losses[row as usize]).collect())
    }
}

fn ask(
    table: &Table,
    losses: &[f64],
    spec: &str,
    renders: Option<&dyn Renders>,
    seed: u64,
) -> Answer {
    let spec = Spec::from_yaml(spec, "shift.yaml", &table.columns).expect("a spec");
    let judged = Judged {
        losses: vec![(Metric::Loss, losses.to_vec())],
        answers: None,
    };
    let data = Data {
        table,
        target: usize::MAX,
        task: &Task::Number,
        judged: &judged,
        threshold: 0.5,
    };
    let question = Question {
        spec: &spec,
        metrics: &[Metric::Loss],
        ensemble: None,
        seed: Seed(seed),
    };
    answer_of_pictures(&data, &question, renders, &mut |_| {}).expect("an answer")
}

#[test]
fn intervals_hold_the_truth_and_both_routes_together_are_nearer_than_either() {
    let (world, losses) = world();
    let places = |from: usize, to: usize| (from as u32..to as u32).collect::<Vec<u32>>();
    let pool = Known {
        pool: world.taken(&places(0, POOL)),
        losses: &losses[..POOL],
    };
    // Lights of mean 0.6 from uniform ones: density ∝ exp(λ·light), and more cameras that are far. Both by the losses' own expectation.
    let spec =
        "shift: 1\npopulations:\n  dark: {mean: {light: 0.6}, levels: {camera: {far: 35%}}}\n";
    let truth = 0.3 * 0.6 + 0.2 * 0.35 + 0.15;
    let mut errors = [0.0; 3];
    let (mut held, mut refused) = ([0; 3], 0);
    for repeat in 0..REPEATS {
        let first = POOL + repeat * PICTURES;
        let table = world.taken(&places(first, first + PICTURES));
        let losses = &losses[first..first + PICTURES];
        let answer = ask(&table, losses, spec, Some(&pool), repeat as u64);
        let Outcome::Figures { figures, .. } = &answer.populations[0].outcome else {
            // A sample whose weights have too heavy a tail says nothing by itself.
            refused += 1;
            continue;
        };
        let both = &figures[0].1;
        let made = both.learned.as_ref().expect("pictures");
        for (place, estimate) in [&both.reweighted, made, &both.combined]
            .into_iter()
            .enumerate()
        {
            errors[place] += (estimate.value - truth).powi(2);
            held[place] += usize::from((estimate.low..=estimate.high).contains(&truth));
        }
    }
    // Fewer than 51 of 60 at 95 % are seen once in 600 times; the pool's own chance is small beside that of 150 pictures.
    assert!(refused <= 10, "{refused}");
    assert!(
        held.iter().all(|held| *held + refused >= 51),
        "{held:?} {refused}"
    );
    assert!(errors[2] < errors[0] && errors[2] < errors[1], "{errors:?}");
}

#[test]
fn pictures_are_made_where_those_there_say_nothing_and_refused_where_the_recipe_has_none() {
    let (world, losses) = world();
    let places = |from: usize, to: usize| (from as u32..to as u32).collect::<Vec<u32>>();
    let pool = Known {
        pool: world.taken(&places(0, POOL)),
        losses: &losses[..POOL],
    };
    let table = world.taken(&places(POOL, POOL + PICTURES));
    let own = &losses[POOL..POOL + PICTURES];
    let spec = "shift: 1\npopulations:\n  bright and far: {only: \"light > 0.95 and camera = 'far'\"}\n  beyond: {only: \"light > 2\"}\n";
    let answer = ask(&table, own, spec, Some(&pool), 1);
    let Outcome::Made {
        figures,
        pictures,
        why,
    } = &answer.populations[0].outcome
    else {
        panic!("{:?}", answer.populations[0].outcome);
    };
    let truth = 0.3 * 0.975 + 0.2 + 0.15;
    assert!((figures[0].1.low..=figures[0].1.high).contains(&truth));
    assert!(
        *pictures > 50 && why.contains("at least 20 are needed"),
        "{pictures} {why}"
    );
    assert!(matches!(
        &answer.populations[1].outcome,
        Outcome::Beyond { .. }
    ));
    // Without whoever makes pictures the same is refused.
    let answer = ask(&table, own, spec, None, 1);
    assert!(matches!(
        &answer.populations[0].outcome,
        Outcome::Beyond { .. }
    ));
}
