//! The options of `trial`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct TrialArgs {
    /// The plan: sources, knobs, learner, real hold-out and budget, as docs/trial.md says
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// The folder of the study; one that was begun there before goes on
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write a plan for the next round: from the winner on, with more of the group that it serves worst
    #[arg(long, value_name = "YAML")]
    pub(crate) next: Option<PathBuf>,
    /// Rounds to run, each from the winner of the one before, until one does not surely gain
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// Make no packs that a recipe needs and that are not installed
    #[arg(long)]
    pub(crate) no_install: bool,
    /// Print what the report holds as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
