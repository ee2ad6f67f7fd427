//! The options of `testpack`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct TestpackArgs {
    #[command(subcommand)]
    pub(crate) verb: PackVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PackVerb {
    /// Say how many pictures each claim needs, and make none
    Plan(PlanArgs),
    /// Make the pictures from a secret seed and fix every byte in a commitment, to be published before anybody sees them
    Seal(SealArgs),
    /// Say whether a pack is the one that was sealed; with its secret also that plan and seed give its pictures
    Verify(PackVerifyArgs),
    /// Copy the pictures of a sealed pack into a folder, mixed and without anything that says what they are of
    HandOut(HandOutArgs),
    /// Say of each claim whether it holds, fails or is undecided for a model; exit code 1 where one fails
    Score(ScoreArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The plan: recipe, claims, groups, margins and error rates, as docs/testpack.md says
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Print the cells as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    /// The plan: recipe, claims, groups, margins and error rates, as docs/testpack.md says
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// The folder of the pack; one whose making was interrupted goes on
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Install nothing that a recipe needs and that is missing
    #[arg(long)]
    pub(crate) no_install: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PackVerifyArgs {
    /// The folder of the pack
    #[arg(value_name = "DIR")]
    pub(crate) pack: PathBuf,
    /// The SHA-256 of the commitment that was published
    #[arg(long, value_name = "HEX")]
    pub(crate) published: Option<String>,
    /// A signed verdict: whether it is about this pack, and who signed it
    #[arg(long, value_name = "FILE")]
    pub(crate) verdict: Option<PathBuf>,
    /// The secret that was revealed: samples are made again from it
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<PathBuf>,
    /// How many samples of each set are made again
    #[arg(long, value_name = "N", default_value_t = 2, requires = "secret")]
    pub(crate) samples: u64,
}

#[derive(Debug, Args)]
pub(crate) struct HandOutArgs {
    /// The folder of the pack
    #[arg(value_name = "DIR")]
    pub(crate) pack: PathBuf,
    /// The secret of the pack, which the order of the pictures follows from
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: PathBuf,
    /// A new folder for the pictures
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// The folder of the pack
    #[arg(value_name = "DIR")]
    pub(crate) pack: PathBuf,
    #[command(flatten)]
    pub(crate) answers: AnswersArgs,
    /// The secret of the pack, for --answers
    #[arg(long, value_name = "FILE", requires = "answers")]
    pub(crate) secret: Option<PathBuf>,
    /// Which output of the network, from 1
    #[arg(long, value_name = "N")]
    pub(crate) output: Option<u32>,
    /// The library of ONNX Runtime
    #[arg(long, value_name = "FILE")]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// What the report calls the model
    #[arg(long, value_name = "NAME", default_value = "the model")]
    pub(crate) name: String,
    /// The SHA-256 of the commitment that was published
    #[arg(long, value_name = "HEX")]
    pub(crate) published: Option<String>,
    /// The file for the report, a web page; what it holds is written beside it as JSON
    #[arg(short, long, value_name = "HTML")]
    pub(crate) out: PathBuf,
    /// Sign the verdict with the Ed25519 key in this file (a new one where it is not there) into HTML's name with `.signed.json`
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Print what the report holds as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where a model's answers come from; one of them.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct AnswersArgs {
    /// A program that gets a picture's path a line and prints a number a line; the pictures are handed out to it
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) command: Option<String>,
    /// A network from one picture to numbers
    #[arg(long, value_name = "ONNX")]
    pub(crate) model: Option<PathBuf>,
    /// A folder with NNN.csv for each set of the pack, a column `prediction` in the order of the samples or beside `file`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) predictions: Option<PathBuf>,
    /// Answers to the pictures that were handed out: a picture's name and a number in each line, and the pack's secret beside it
    #[arg(long, value_name = "CSV", requires = "secret")]
    pub(crate) answers: Option<PathBuf>,
}
