//! `check` of sets of haplotypes.

use std::io::Write;
use std::path::Path;

use check::{About, GenomesError, Haplotypes, Limits, TableAbout, judge_genomes};
use population::Seed;
use privacy::Ledger;

use super::check::{finish, question, settings, statement};
use crate::Verdict;
use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::progress::Meter;

impl From<GenomesError> for Failure {
    fn from(error: GenomesError) -> Self {
        Self::new(error.to_string()).with_hint(error.hint())
    }
}

pub(super) fn run(
    args: &CheckArgs,
    real: &str,
    limits: &Limits,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    for (option, given) in [
        ("--columns", args.columns.is_some()),
        ("--rules", args.rules.is_some()),
        ("--shadows", args.shadows.is_some()),
        ("--features", args.features.is_some()),
        ("--protect", !args.protect.is_empty()),
        ("--secret", !args.secret.is_empty()),
        ("--target", !args.target.is_empty()),
    ] {
        if given {
            return Err(Failure::new(format!(
                "{option} is about tables or pictures, and {real} holds haplotypes"
            ))
            .with_hint("leave it out"));
        }
    }
    let seed = Seed(args.seed);
    let mut ledger = Ledger::new();
    let mut tables = Vec::new();
    let mut told = |role: &str, set: &Haplotypes| {
        meter.say(&format!(
            "{role}: {} haplotypes of {} sites",
            set.count, set.sites
        ));
        tables.push(TableAbout {
            role: role.to_owned(),
            name: set.name.clone(),
            rows: set.count as u64,
            of: "haplotypes",
        });
    };
    let legend = args.legend.as_deref().map(check::legend).transpose()?;
    let places = legend.as_deref();
    let train = Haplotypes::real(Path::new(real), "training", seed, &mut ledger)?;
    if places.is_some() && train.places.is_some() {
        return Err(
            Failure::new(format!("{real} says itself where its sites lie"))
                .with_hint("leave --legend out"),
        );
    }
    told("training", &train);
    let synthetic = Path::new(&args.synthetic);
    let made = Haplotypes::synthetic(synthetic, seed)?;
    check::same_sites(&train, &made, places)?;
    told("synthetic", &made);
    let fresh = match &args.holdout {
        None => None,
        Some(place) => {
            let fresh = Haplotypes::real(Path::new(place), "hold-out", seed, &mut ledger)?;
            check::same_sites(&train, &fresh, places)?;
            told("hold-out", &fresh);
            Some(fresh)
        }
    };
    let statement = statement(&synthetic.with_extension("card.json"));
    let settings = settings(args, statement.as_ref(), Vec::new());
    let (sections, notes) = judge_genomes(&train, &made, fresh.as_ref(), places, &settings);
    let about = About {
        question: question(&made.name),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tables,
        columns: Vec::new(),
        notes,
        seed: args.seed,
        statement: statement.map(|statement| statement.summary),
        ledger,
    };
    finish(about, sections, limits, args, meter, out)
}
