//! `frontier`: what privacy costs, and whom.

use std::fs;
use std::io::Write;
use std::path::Path;

use check::{About, Report, is_pictures};
use frontier::{Arms, Epsilon, FrontierError, Study, judge, of_pictures, of_table};
use privacy::Ledger;
use tables::Overrides;

use super::check::{can_be_written, write_report};
use crate::Verdict;
use crate::args::FrontierArgs;
use crate::failure::Failure;
use crate::progress::Meter;

impl From<FrontierError> for Failure {
    fn from(error: FrontierError) -> Self {
        Self::new(error.to_string()).with_hint(error.hint())
    }
}

/// Those that were named, or usual ones; pictures are never learned without a promise.
fn epsilons(args: &FrontierArgs, pictures: bool) -> Result<Vec<Epsilon>, Failure> {
    let usual = if pictures { "1,3,10" } else { "0.3,1,3,10,inf" };
    args.epsilon
        .as_deref()
        .unwrap_or(usual)
        .split(',')
        .map(|text| {
            text.parse().map_err(|why: String| {
                Failure::new(format!("--epsilon has `{}`: {why}", text.trim()))
                    .with_hint(format!("write them with commas, such as {usual}"))
            })
        })
        .collect()
}

pub(crate) fn run(
    args: &FrontierArgs,
    quiet: bool,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    can_be_written(&args.out)?;
    let place = Path::new(&args.real);
    let pictures = is_pictures(place);
    let mut study = Study {
        target: args.target.clone().unwrap_or_default(),
        groups: args.group.clone(),
        epsilons: epsilons(args, pictures)?,
        delta: args.delta,
        repeats: args.repeats,
        seed: args.seed,
        steps: args.steps,
    };
    // From the strongest promise to none.
    study
        .epsilons
        .sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    study.epsilons.dedup();
    let mut ledger = Ledger::new();
    let told = |what: &str| meter.say(what);
    let arms: Arms = if pictures {
        for (option, given) in [
            ("--target", args.target.is_some()),
            ("--group", !args.group.is_empty()),
            ("--holdout", args.holdout.is_some()),
            ("--columns", args.columns.is_some()),
        ] {
            if given {
                return Err(Failure::new(format!(
                    "{option} is about tables, and {} holds pictures, whose groups are their classes",
                    args.real
                ))
                .with_hint("leave it out"));
            }
        }
        of_pictures(place, &study, &mut ledger, told)?
    } else {
        if study.target.is_empty() || study.groups.is_empty() {
            return Err(Failure::new(
                "a table's frontier is about a column that is predicted and groups of another one",
            )
            .with_hint("give --target COLUMN and --group COLUMN"));
        }
        if args.steps.is_some() {
            return Err(Failure::new("--steps is about pictures").with_hint("leave it out"));
        }
        let overrides = match &args.columns {
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    Failure::new(format!("{} cannot be read: {error}", path.display()))
                })?;
                Overrides::from_yaml(&text, &path.display().to_string())?
            }
            None => Overrides::none(),
        };
        of_table(
            &args.real,
            args.holdout.as_deref(),
            &overrides,
            &study,
            &mut ledger,
            told,
        )?
    };
    let section = judge(&arms);
    let name = place
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut notes = arms.notes.clone();
    for arm in &arms.arms {
        if let Some(why) = &arm.failed {
            notes.push(format!(
                "at ε = {} {} of {} models could not be learned: {why}",
                arm.epsilon,
                study.repeats as usize - arm.repeats.len(),
                study.repeats
            ));
        }
    }
    notes.push("noise for privacy comes from the operating system, so another run gives other figures, about as far apart as their intervals say".to_owned());
    if study.repeats == 1 {
        notes.push("each ε was tried once, so intervals are those of the test rows alone; --repeats 3 adds how far models are apart".to_owned());
    }
    let mut columns = study.groups.clone();
    columns.extend(args.target.clone());
    let about = About {
        question: format!("What does privacy cost, and whom, in {name}?"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tables: arms.tables,
        columns,
        notes,
        seed: args.seed,
        statement: None,
        ledger,
    };
    let report = Report {
        about,
        sections: vec![section],
        broken: Vec::new(),
    };
    write_report(&report, &args.out, args.json, &meter, out)?;
    Ok(Verdict::Yes)
}
