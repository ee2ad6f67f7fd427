//! The verbs and their options. Help, errors and parsing all come from these definitions.

mod check;
mod frontier;
mod learn;
mod make;
mod pictures;
mod shift;
mod testpack;
mod trial;
mod vehicle;

use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(crate) use check::CheckArgs;
pub(crate) use frontier::FrontierArgs;
pub(crate) use learn::{LearnArgs, LearnKind, ScanArgs, ScanKind, TableMechanism};
pub(crate) use make::{MakeArgs, ModelArgs, OverrideArgs, RowFormat};
pub(crate) use pictures::{
    DenoiseChoice, ExportArgs, ExportFormat, LayerChoice, RenderArgs, ViewArgs,
};
pub(crate) use shift::ShiftArgs;
pub(crate) use testpack::{HandOutArgs, PackVerb, ScoreArgs, TestpackArgs};
pub(crate) use trial::TrialArgs;
pub(crate) use vehicle::VehicleArgs;

/// Makes labelled pictures of people who never existed, from a recipe, and tables of clients who never existed, from a real one.
#[derive(Debug, Parser)]
#[command(
    name = "populace",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Show no progress; errors are still shown
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make a data set from a recipe, or go on where a run stopped; or rows from a learned model
    Make(MakeArgs),
    /// Learn a population from a table, to make rows of people who never existed
    Learn(LearnArgs),
    /// Join shards that were made in folders of their own
    Merge(MergeArgs),
    /// Make one sample of a data set again and compare it
    Regen(RegenArgs),
    /// Make the picture of a scene file or of one sample of a recipe
    Render(RenderArgs),
    /// Say how real, how private and how fair synthetic rows are: one report, as a web page and as JSON
    Check(CheckArgs),
    /// Say what privacy costs, and whom: usefulness, gaps between groups and what is out of reach at several ε
    Frontier(FrontierArgs),
    /// Say how a model will do on populations that the data does not have, by two routes, with intervals and a refusal beyond support
    Shift(ShiftArgs),
    /// Try many data sets on one learner and say which makes it best on real data, how sure that is, and why
    Trial(TrialArgs),
    /// Seal pictures that test claims about a model, with a stated power, and say what a model is worth on them
    Testpack(TestpackArgs),
    /// Check files against their hashes and labels against the geometry
    Verify(VerifyArgs),
    /// Draw a contact sheet, with labels over the pictures if you like; or a picture of linked tables
    View(ViewArgs),
    /// Write a data set in another format, or a sample as a scene file
    Export(ExportArgs),
    /// Take a real person's scan or motion out of data sets: list what depends on it, delete that and make it again without
    Withdraw(WithdrawArgs),
    /// Say what is promised to the people in the data that a model or a data set stands on; sign it for others, or check what others signed
    Statement(StatementArgs),
    /// Build a car from its measures and write it as glTF
    Vehicle(VehicleArgs),
    /// Print the JSON Schema of recipes, for editors
    Schema(SchemaArgs),
    /// List, install, verify and remove the assets that people are made from
    Packs(PacksArgs),
}

impl Verb {
    /// Whether the answer on stdout is for a program.
    pub(crate) fn json(&self) -> bool {
        match self {
            Verb::Make(args) => args.json,
            Verb::Learn(args) => args.json,
            Verb::Check(args) => args.json,
            Verb::Frontier(args) => args.json,
            Verb::Shift(args) => args.json,
            Verb::Trial(args) => args.json,
            Verb::Testpack(args) => matches!(&args.verb, PackVerb::Score(score) if score.json),
            Verb::Regen(args) => args.json,
            Verb::Verify(args) => args.json,
            Verb::Export(args) => args.json,
            Verb::Withdraw(args) => args.json,
            Verb::Statement(args) => args.json,
            Verb::Packs(args) => matches!(args.verb, PacksVerb::List { json: true }),
            Verb::Merge(_)
            | Verb::Render(_)
            | Verb::View(_)
            | Verb::Vehicle(_)
            | Verb::Schema(_) => false,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// The folders of the shards
    #[arg(required = true, value_name = "DIR")]
    pub(crate) shards: Vec<PathBuf>,
    /// The folder for the whole
    #[arg(short, long, value_name = "OUT")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RegenArgs {
    /// The data set
    pub(crate) dir: PathBuf,
    /// The sample, counted from 0
    #[arg(value_name = "I")]
    pub(crate) sample: u64,
    /// Keep the files that were made again in this folder
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Where the recipe's own scans and motions lie, if not in the data set, beside it or here
    #[arg(long, value_name = "FOLDER")]
    pub(crate) sources: Vec<PathBuf>,
    /// Fail where a pack is missing instead of installing it
    #[arg(long)]
    pub(crate) no_install: bool,
    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WithdrawArgs {
    /// What is withdrawn: a .person or .motion file's name, its SHA-256, or the `source` of a consent record
    pub(crate) source: String,
    /// The data sets
    #[arg(required = true, value_name = "DIR")]
    pub(crate) dirs: Vec<PathBuf>,
    /// Delete the samples and make them again; without it they are only listed
    #[arg(long)]
    pub(crate) apply: bool,
    /// Where the recipe's own scans and motions lie, if not in the data set, beside it or here
    #[arg(long, value_name = "FOLDER")]
    pub(crate) sources: Vec<PathBuf>,
    /// Samples in work at the same time [default: one per core]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Fail where a pack is missing instead of installing it
    #[arg(long)]
    pub(crate) no_install: bool,
    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatementArgs {
    /// A model, rows that were made of one (their card beside them), or a data set
    #[arg(value_name = "MODEL|FILE|DIR")]
    pub(crate) subject: PathBuf,
    /// Write it signed and bound to the model's bytes, for others
    #[arg(short, long, value_name = "JSON", conflicts_with = "check")]
    pub(crate) out: Option<PathBuf>,
    /// The file of the key to sign with; made where it is not there
    #[arg(long, value_name = "FILE", requires = "out")]
    pub(crate) key: Option<PathBuf>,
    /// Check a signed statement against the model's bytes and ledger
    #[arg(long, value_name = "JSON")]
    pub(crate) check: Option<PathBuf>,
    /// The public key that it must be signed with
    #[arg(long, value_name = "KEY", requires = "check")]
    pub(crate) signed_by: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The data set
    pub(crate) dir: PathBuf,
    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// The stage whose recipes it describes
    #[arg(default_value = "people")]
    pub(crate) stage: StageName,
}

/// Stages that recipes can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StageName {
    /// Labelled pictures of people
    People,
    /// Labelled pictures of cars and what happened to them
    Vehicles,
    /// Labelled pictures of manufactured things and their defects
    Products,
}

#[derive(Debug, Args)]
pub(crate) struct PacksArgs {
    #[command(subcommand)]
    pub(crate) verb: PacksVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PacksVerb {
    /// List the packs with version, size, licence and whether they are installed
    List {
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Install packs, all of them if none is named; those that are intact are left alone
    Install {
        /// Names as `populace packs list` shows them
        names: Vec<String>,
        /// An archive on this machine, for work without a network
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Read every file of installed packs and compare it with what was installed
    Verify {
        /// Names as `populace packs list` shows them; all if none is named
        names: Vec<String>,
    },
    /// Remove packs
    Remove {
        /// Names as `populace packs list` shows them
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Print the folder of all packs, or of one
    Path {
        /// A name as `populace packs list` shows it
        name: Option<String>,
    },
}

/// Which verbs stand together in the help.
const GROUPS: [(&str, &[&str]); 3] = [
    (
        "Make",
        &["make", "learn", "merge", "regen", "render", "vehicle"],
    ),
    (
        "Look and check",
        &[
            "check",
            "frontier",
            "shift",
            "trial",
            "testpack",
            "verify",
            "statement",
            "view",
            "export",
            "withdraw",
        ],
    ),
    ("Set up", &["schema", "packs"]),
];

/// Reads the command line.
///
/// # Errors
/// A mistake in it, or the help or version that was asked for: `print` puts each where it belongs.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let mut matches = command().try_get_matches()?;
    Cli::from_arg_matches_mut(&mut matches)
}

/// The command with its verbs in groups.
fn command() -> clap::Command {
    let command = Cli::command();
    let groups = groups(&command);
    command.help_template(format!("{{about}}\n\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}{{after-help}}")).after_help(
        "Exit codes: 0 fine; 1 ran, and the verdict is no; 2 could not run.\n`populace VERB --help` says more about a verb.",
    )
}

fn groups(command: &clap::Command) -> String {
    let mut text = String::new();
    for (title, verbs) in GROUPS {
        text.push_str(title);
        text.push_str(":\n");
        for name in verbs {
            let about = command
                .find_subcommand(name)
                .and_then(clap::Command::get_about)
                .map(ToString::to_string)
                .unwrap_or_default();
            text.extend([&format!("  {name:<10}"), about.as_str(), "\n"]);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_stands_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, verbs)| verbs.iter().copied())
            .collect();
        let command = Cli::command();
        let mut verbs: Vec<&str> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        grouped.sort_unstable();
        verbs.sort_unstable();
        assert_eq!(grouped, verbs);
    }

    #[test]
    fn the_definitions_do_not_contradict_each_other() {
        command().debug_assert();
    }
}
