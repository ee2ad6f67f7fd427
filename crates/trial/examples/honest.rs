//! Whether studies are honest: many of them, of learners whose truth is known.
//!
//! ```text
//! cargo run --release -p populace-trial --example honest -- 400
//! ```
//!
//! Prints how often the knob that matters is found where only one does, how often a gain is claimed where nothing matters, and how often the 95 % interval holds the true gain.

#![expect(clippy::print_stdout, reason = "it prints a table")]

use std::error::Error;

use population::stream::{Seed, Streams};
use trial::{Clock, Fault, Grouping, Half, Plan, Scored, Study, Task, Work};

struct Known {
    /// The place of the knob that matters, and its worth.
    matters: Option<(usize, f64)>,
    training: f64,
    samples: usize,
    seed: u64,
}

const KNOBS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

impl Known {
    fn gain(&self, setting: &trial::Setting) -> f64 {
        self.matters.map_or(0.0, |(knob, worth)| {
            let value = setting.get(KNOBS[knob]).and_then(serde_json::Value::as_f64);
            worth * value.unwrap_or(0.0)
        })
    }
}

impl Work for Known {
    fn run(&self, task: &Task) -> Result<Scored, Fault> {
        let key =
            u64::from_str_radix(&task.key()[..15], 16).map_err(|e| Fault::new(e.to_string()))?;
        let mut chance = Streams::new(Seed(key ^ self.seed), 0).stream("training");
        let mean = 0.5 - self.gain(&task.setting) + self.training * chance.normal();
        let half = u64::from(task.half == Half::Confirm);
        let mut people = Streams::new(Seed(self.seed), half).stream("people");
        Ok(Scored {
            losses: (0..self.samples)
                .map(|_| (mean + 0.3 * people.normal() + 0.2 * chance.normal()) as f32)
                .collect(),
            trained_on: 1000,
        })
    }

    fn groups(&self, _: Half) -> Vec<Grouping> {
        Vec::new()
    }

    fn slices(&self) -> Vec<String> {
        Vec::new()
    }
}

struct Never;

impl Clock for Never {
    fn seconds(&self) -> f64 {
        0.0
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let studies: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(200), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    std::fs::write(folder.join("rows.csv"), "x,y\n1,2\n")?;
    println!(
        "{studies} studies a line: 6 knobs, 40 data sets, a comparison of 5 trainings each, 1,000 samples a half"
    );
    println!(
        "{:<44} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "truth", "claimed", "covered", "by design", "turned", "either"
    );
    for (name, worth, training) in [
        ("nothing matters, training 0.005", 0.0, 0.005),
        ("nothing matters, training 0.02", 0.0, 0.02),
        ("one knob is worth 0.05, training 0.005", 0.05, 0.005),
        ("one knob is worth 0.05, training 0.02", 0.05, 0.02),
        ("one knob is worth 0.1, training 0.02", 0.1, 0.02),
    ] {
        let (mut claimed, mut covered, mut compared) = (0, 0, 0);
        let (mut design, mut turned, mut either) = (0, 0, 0);
        for seed in 0..studies {
            let matters = (seed % KNOBS.len() as u64) as usize;
            let knobs: String = KNOBS
                .iter()
                .enumerate()
                .map(|(at, knob)| {
                    // Half of them are lists.
                    if at % 2 == 0 {
                        format!("  {knob}: {{of: learner {knob}, from: 0, to: 1}}\n")
                    } else {
                        format!("  {knob}: {{of: learner {knob}, values: [0, 0.5, 1]}}\n")
                    }
                })
                .collect();
            let text = format!(
                "trial: 1\nseed: {seed}\nsources: {{rows: {{table: rows.csv}}}}\namount: 1000\ntarget: y\nlearner: {{trees: 10}}\nholdout: rows.csv\nbudget: {{trials: 40}}\nrepeats: 5\nknobs:\n{knobs}"
            );
            let plan = Plan::parse(&text, folder)?;
            let work = Known {
                matters: (worth > 0.0).then_some((matters, worth)),
                training,
                samples: 1000,
                seed: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            };
            let place = folder.join("study");
            let found = Study::open(&plan, &place, "0", &work, &Never, &|_| {})?.run()?;
            std::fs::remove_dir_all(&place)?;
            if let (Some(winner), Some(made)) = (&found.winner, &found.comparison) {
                let (low, high) = made.gain.interval(0.95);
                let truth = work.gain(winner);
                compared += 1;
                claimed += u32::from(low > 0.0);
                covered += u32::from(low <= truth && truth <= high);
            }
            let first = found.importances.iter().enumerate().min_by(|a, b| {
                a.1.p
                    .total_cmp(&b.1.p)
                    .then(b.1.share.total_cmp(&a.1.share))
            });
            let by_design = first.is_some_and(|(at, one)| {
                let right = worth == 0.0 || at == matters;
                one.p < 0.05 && right
            });
            design += u32::from(by_design);
            let level = 1.0 - 0.05 / found.ablations.len().max(1) as f64;
            let best = found
                .ablations
                .iter()
                .filter_map(|one| Some((&one.knob, one.gain?)))
                .max_by(|a, b| a.1.value.total_cmp(&b.1.value));
            let by_turning = best.is_some_and(|(knob, gain)| {
                let right = worth == 0.0 || knob == KNOBS[matters];
                gain.sure(level) && right
            });
            turned += u32::from(by_turning);
            either += u32::from(by_design || by_turning);
        }
        let share =
            |count: u32, of: u64| format!("{:.1} %", 100.0 * f64::from(count) / of.max(1) as f64);
        println!(
            "{name:<44} {:>9} {:>9} {:>9} {:>9} {:>9}",
            share(claimed, studies),
            share(covered, compared),
            share(design, studies),
            share(turned, studies),
            share(either, studies)
        );
    }
    Ok(())
}
