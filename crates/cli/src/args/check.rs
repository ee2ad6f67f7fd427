//! The options of `check`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The synthetic rows: a CSV or Parquet file, or the folder that `make` wrote from a model; or synthetic pictures, a folder; or haplotypes, a .hapt or .vcf file
    #[arg(value_name = "SYNTHETIC")]
    pub(crate) synthetic: String,
    /// The real rows, pictures or haplotypes that the synthetic ones were learned from; or a schema of linked tables, a YAML file
    #[arg(long, value_name = "TRAIN", required_unless_present = "pairs")]
    pub(crate) real: Option<String>,
    /// Real rows that nothing was learned from (of linked tables, their schema); without them much cannot be told
    #[arg(long, value_name = "DATA")]
    pub(crate) holdout: Option<String>,
    /// The file for the report, a web page; what it holds is written beside it as JSON
    #[arg(short, long, value_name = "HTML")]
    pub(crate) out: PathBuf,
    /// What the columns are where the data misleads: a YAML file as `learn` has it
    #[arg(long, value_name = "YAML")]
    pub(crate) columns: Option<PathBuf>,
    /// Rules that no row should break, of linked tables also between them: a YAML file as `learn` and `make` have it
    #[arg(long, value_name = "YAML")]
    pub(crate) rules: Option<PathBuf>,
    /// What a release may not break, a YAML file with `limits: {fidelity.accuracy: {at_least: 0.9}}`; else exit code 1
    #[arg(long, value_name = "YAML")]
    pub(crate) limits: Option<PathBuf>,
    /// Where the sites of .hapt files lie: a legend with `id position a0 a1`
    #[arg(long, value_name = "FILE")]
    pub(crate) legend: Option<PathBuf>,
    /// A column (of pictures, something known of them) whose groups are to be treated alike; may be given again
    #[arg(long, value_name = "COLUMN")]
    pub(crate) protect: Vec<String>,
    /// A column that an attacker is after [default: each in turn]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) secret: Vec<String>,
    /// A column that a user's model is to predict [default: each in turn]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Vec<String>,
    /// Also let an attacker who knows how `learn` works learn so many shadow models, with and without each target, from rows of both real tables; takes as long as learning them all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(8..=1024))]
    pub(crate) shadows: Option<u32>,
    /// A network that says where a picture is, instead of the built-in feature space: an ONNX file
    #[arg(long, value_name = "ONNX")]
    pub(crate) features: Option<PathBuf>,
    /// The library that runs ONNX files, libonnxruntime.so [default: that of ORT_DYLIB_PATH, or the system's]
    #[arg(long, value_name = "FILE")]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// The number that random choices start from
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print what the report holds as JSON
    #[arg(long)]
    pub(crate) json: bool,
    // Last, since its heading would go on over what follows.
    #[command(flatten)]
    pub(crate) model: ModelAnswers,
}

/// Where a user's model answers about counterfactual pairs.
#[derive(Debug, Args)]
#[command(next_help_heading = "A model's answers to counterfactual pairs")]
pub(crate) struct ModelAnswers {
    /// SYNTHETIC is a data set of a recipe with `pair:`; say what the changed attribute alone does to a model
    #[arg(long)]
    pub(crate) pairs: bool,
    /// Its answers: a CSV or Parquet file with `prediction` for each `sample` or `file`
    #[arg(long, value_name = "FILE", requires = "pairs")]
    pub(crate) predictions: Option<PathBuf>,
    /// A program that gets the path of a picture on each line and prints a number for each
    #[arg(
        long,
        value_name = "CMD",
        requires = "pairs",
        conflicts_with = "predictions"
    )]
    pub(crate) command: Option<String>,
    /// The model itself, an ONNX file
    #[arg(long, value_name = "ONNX", requires = "pairs", conflicts_with_all = ["predictions", "command"])]
    pub(crate) model: Option<PathBuf>,
    /// Which of the model's outputs is meant, from 1, where it has several
    #[arg(long, value_name = "N", requires = "model", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) output: Option<u32>,
    /// The answer from which on the decision is yes
    #[arg(
        long,
        value_name = "T",
        default_value_t = 0.5,
        allow_negative_numbers = true
    )]
    pub(crate) threshold: f64,
}
