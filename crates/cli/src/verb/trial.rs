//! `trial`: which data makes a model best.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use check::TableAbout;
use population::{DeclaredPopulation, Population as _};
use privacy::Ledger;
use studio::Studio;
use trial::{
    Clock, Findings, PicturesWork, Plan, PlanError, Recipes, RowsWork, Source, SourceKind, Study,
    Work,
};

use super::check::write_report;
use crate::args::{OverrideArgs, TrialArgs};
use crate::failure::Failure;
use crate::progress::Meter;
use crate::recipe::{self, Loaded};
use crate::{Verdict, verb};

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::new(error.to_string()).with_hint(error.hint())
    }
}

/// How many threads make pictures; what is made does not depend on it.
struct Studios {
    may_install: bool,
    threads: usize,
}

struct Watch(Instant);

impl Clock for Watch {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// One sentence.
pub(super) fn said(failure: &Failure) -> String {
    match failure {
        Failure::Mistakes(mistakes) => mistakes
            .first()
            .map_or_else(String::new, |mistake| mistake.message.clone()),
        Failure::Sentence { message, .. } => message.clone(),
        Failure::ReaderGone => "nobody reads".to_owned(),
    }
}

impl Studios {
    fn load(source: &Source, changes: &[String]) -> Result<Loaded, Failure> {
        recipe::load_with(&source.path, &OverrideArgs::default(), changes.to_vec())
    }
}

impl Recipes for Studios {
    fn digest(&self, source: &Source, changes: &[String]) -> Result<String, String> {
        let loaded = Self::load(source, changes).map_err(|failure| said(&failure))?;
        Ok(loaded.recipe.digest())
    }

    fn has(&self, source: &Source, attribute: &str) -> Result<bool, String> {
        let loaded = Self::load(source, &[]).map_err(|failure| said(&failure))?;
        let columns =
            DeclaredPopulation::new(loaded.recipe.clone(), loaded.recipe.schema().clone())
                .and_then(|population| population.rows(0..1, loaded.recipe.seed))
                .map_err(|error| error.to_string())?;
        Ok(columns.schema().field_with_name(attribute).is_ok())
    }

    fn make(
        &self,
        source: &Source,
        changes: &[String],
        seed: u64,
        count: u64,
        folder: &Path,
    ) -> Result<(), String> {
        let make = || -> Result<(), Failure> {
            let Loaded {
                mut recipe,
                sources,
            } = Self::load(source, changes)?;
            let per_draw = recipe.sample_count() / recipe.count.max(1);
            recipe.seed = population::Seed(seed);
            recipe.count = count.div_ceil(per_draw.max(1));
            if folder.join("card.json").is_file()
                && dataset::Reader::open(folder)
                    .is_ok_and(|reader| reader.description().samples >= recipe.sample_count())
            {
                return Ok(());
            }
            let store = verb::packs::ready(&mut recipe, self.may_install, &Meter::new(true))?;
            let studio = Studio::open(&store, &recipe, &sources)?;
            let population = DeclaredPopulation::new(recipe.clone(), recipe.schema().clone())?;
            verb::make::into_folder(&recipe, &population, &studio, self.threads, folder)
        };
        make().map_err(|failure| said(&failure))
    }
}

pub(crate) fn run(args: &TrialArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    let mut plan_path = args.plan.clone();
    let mut folder = args.out.clone();
    for round in 1..=args.rounds {
        if args.rounds > 1 {
            meter.say(&format!("round {round} of at most {}", args.rounds));
        }
        let plan = Plan::open(&plan_path)?;
        let findings = one(&plan, &folder, args, &meter, out)?;
        let paid = findings
            .comparison
            .as_ref()
            .is_some_and(|comparison| comparison.gain.sure(0.95));
        let wanted = args.next.is_some() || round < args.rounds;
        if !wanted {
            break;
        }
        let text = std::fs::read_to_string(&plan_path).map_err(|error| {
            Failure::new(format!("{} cannot be read: {error}", plan_path.display()))
        })?;
        let Some(proposal) = trial::next(&text, &plan, &findings)? else {
            meter.say("no next round is proposed: nothing won, or no group of a category has 50 real samples");
            break;
        };
        meter.say(&proposal.sentence);
        // Paths in a plan are relative to its folder.
        let beside = plan_path.parent().unwrap_or(Path::new(""));
        let path = if let Some(path) = &args.next {
            path.clone()
        } else {
            beside.join(format!(
                "{}.round-{}.yaml",
                args.plan.file_stem().unwrap_or_default().to_string_lossy(),
                plan.round + 1
            ))
        };
        std::fs::write(&path, proposal.plan).map_err(|error| {
            Failure::new(format!("{} cannot be written: {error}", path.display()))
        })?;
        meter.say(&format!("the next plan is {}", path.display()));
        if round == args.rounds {
            break;
        }
        if !paid {
            meter.say("no further round is run: this one did not surely gain");
            break;
        }
        folder = args.out.join(format!("round-{}", round + 1));
        plan_path = path;
    }
    Ok(Verdict::Yes)
}

/// A whole study.
fn one(
    plan: &Plan,
    folder: &Path,
    args: &TrialArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Findings, Failure> {
    let mut ledger = Ledger::new();
    let pictures = plan
        .sources
        .iter()
        .any(|source| matches!(source.kind, SourceKind::Recipe | SourceKind::Pictures));
    let studios = Studios {
        may_install: !args.no_install,
        threads: (verb::make::cores() / plan.budget.parallel).max(1),
    };
    let (work, tables): (Box<dyn Work + '_>, Vec<TableAbout>) = if pictures {
        let work = PicturesWork::open(plan, folder, &studios)?;
        let tables = work.tables();
        (Box::new(work), tables)
    } else {
        let work = RowsWork::open(plan, folder, &mut ledger)?;
        let tables = work.tables();
        (Box::new(work), tables)
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "a budget in minutes is about the clock, and about how much is tried alone"
    )]
    let watch = Watch(Instant::now());
    let tell = |what: &str| meter.say(what);
    let study = Study::open(
        plan,
        folder,
        env!("CARGO_PKG_VERSION"),
        &*work,
        &watch,
        &tell,
    )?;
    let findings = study.run()?;
    let report = trial::report(plan, &findings, tables, ledger, env!("CARGO_PKG_VERSION"));
    write_report(&report, &folder.join("report.html"), args.json, meter, out)?;
    Ok(findings)
}
