//! The options of `shift`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

#[derive(Debug, Args)]
#[command(
    override_usage = "populace shift --data <DATA> --target <COLUMN> --to <YAML> --out <HTML> <--predictions <FILE>|--command <CMD>|--model <ONNX>>\n       populace shift <RECIPE> --to <YAML> --out <HTML> <--predictions <FILE>|--command <CMD>>"
)]
#[command(group(ArgGroup::new("answers").required(true).args(["predictions", "command", "model"])))]
pub(crate) struct ShiftArgs {
    /// A recipe, where the model is of pictures: populations are drawn from it and made into pictures
    #[arg(value_name = "RECIPE", conflicts_with_all = ["data", "target", "model", "output", "metric", "positive", "columns", "members", "onnxruntime"])]
    pub(crate) recipe: Option<PathBuf>,
    /// Real rows that the model was not trained on: a CSV or Parquet file
    #[arg(
        long,
        value_name = "DATA",
        requires = "target",
        required_unless_present = "recipe"
    )]
    pub(crate) data: Option<String>,
    /// The column that the model predicts
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// The populations that are asked for, a YAML file with `shift: 1` and `populations: {older: {share: {"age > 60": 50%}}}`
    #[arg(long, value_name = "YAML")]
    pub(crate) to: PathBuf,
    /// The model's answers: a CSV or Parquet file with `prediction` for each row of DATA, in its order, of pictures the loss of each; learned populations then have the model's losses as columns
    #[arg(long, value_name = "FILE")]
    pub(crate) predictions: Option<PathBuf>,
    /// A program that gets rows as CSV with a header and without the target on its standard input and prints a prediction a line; of pictures one that is called with their folder and a file, to which it writes a loss a line
    #[arg(long, value_name = "CMD")]
    pub(crate) command: Option<String>,
    /// The model itself, an ONNX file with an input for each column, or one for the columns of numbers together
    #[arg(long, value_name = "ONNX")]
    pub(crate) model: Option<PathBuf>,
    /// Which number of the model's answer is meant, from 1, where it has several
    #[arg(long, value_name = "N", requires = "model", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) output: Option<u32>,
    /// The file for the report, a web page; what it holds is written beside it as JSON
    #[arg(short, long, value_name = "HTML")]
    pub(crate) out: PathBuf,
    /// By what the model is judged: accuracy, error, brier, log_loss, auc, mae, rmse; may be given again, the first counts most [default: accuracy, of numbers mae]
    #[arg(long, value_name = "METRIC")]
    pub(crate) metric: Vec<String>,
    /// The class of the target that probabilities are of [default: the last in order of text]
    #[arg(long, value_name = "CLASS")]
    pub(crate) positive: Option<String>,
    /// The probability from which on the answer is yes
    #[arg(long, value_name = "T", default_value_t = 0.5)]
    pub(crate) threshold: f64,
    /// Populations that are learned for the second route; 0 for reweighting alone
    #[arg(long, value_name = "K", default_value_t = 8, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) members: u32,
    /// Rows that are drawn of each of them, for each population that is asked for
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    pub(crate) draws: u64,
    /// Pictures of a recipe as it is, and as many of each population that is asked for
    #[arg(long, value_name = "N", requires = "recipe", default_value_t = 400, value_parser = picture_count)]
    pub(crate) pictures: usize,
    /// The folder in which they are kept [default: the report's name with `.pictures`]
    #[arg(long, value_name = "DIR", requires = "recipe")]
    pub(crate) pictures_in: Option<PathBuf>,
    /// Fail where a pack is missing instead of installing it
    #[arg(long, requires = "recipe")]
    pub(crate) no_install: bool,
    /// What the columns are where the data misleads: a YAML file as `learn` has it
    #[arg(long, value_name = "YAML")]
    pub(crate) columns: Option<PathBuf>,
    /// The library that runs ONNX files, libonnxruntime.so [default: that of ORT_DYLIB_PATH, or the system's]
    #[arg(long, value_name = "FILE")]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// The number that random choices start from
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print what the report holds as JSON, instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

fn picture_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 100..=1_000_000) => Ok(count),
        _ => Err("a number from 100 to 1000000 is meant".to_owned()),
    }
}
