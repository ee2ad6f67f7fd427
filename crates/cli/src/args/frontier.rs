//! The options of `frontier`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FrontierArgs {
    /// Real rows: a CSV or Parquet file; or pictures, as `learn --as pictures` has them
    #[arg(value_name = "REAL")]
    pub(crate) real: String,
    /// The column that a user's model is to predict
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// A column whose groups are looked at; of two also their combinations
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Vec<String>,
    /// The ε that are tried, `inf` for no differential privacy [default: 0.3,1,3,10,inf; of pictures 1,3,10]
    #[arg(long, value_name = "E,…", allow_hyphen_values = true)]
    pub(crate) epsilon: Option<String>,
    /// δ of each
    #[arg(long, value_name = "D", default_value_t = 1e-6)]
    pub(crate) delta: f64,
    /// Models at each ε
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) repeats: u32,
    /// Real rows to test on [default: three tenths of REAL, which are then not learned from]
    #[arg(long, value_name = "DATA")]
    pub(crate) holdout: Option<String>,
    /// The file for the report, a web page; what it holds is written beside it as JSON
    #[arg(short, long, value_name = "HTML")]
    pub(crate) out: PathBuf,
    /// What the columns are where the data misleads: a YAML file as `learn` has it
    #[arg(long, value_name = "YAML")]
    pub(crate) columns: Option<PathBuf>,
    /// Steps that a network over pictures is trained with [default: what serves most pictures well]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) steps: Option<u32>,
    /// The number that random choices but noise for privacy start from
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print what the report holds as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
