//! The options of `check`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The synthetic rows: a CSV or Parquet file, or the folder that `make` wrote from a model
    #[arg(value_name = "SYNTHETIC")]
    pub(crate) synthetic: String,
    /// The real rows that the synthetic ones were learned from; or a schema of linked tables, a YAML file
    #[arg(long, value_name = "TRAIN")]
    pub(crate) real: String,
    /// Real rows that nothing was learned from (of linked tables, their schema); without them much cannot be told
    #[arg(long, value_name = "DATA")]
    pub(crate) holdout: Option<String>,
    /// The file for the report, a web page; what it holds is written beside it as JSON
    #[arg(short, long, value_name = "HTML")]
    pub(crate) out: PathBuf,
    /// What the columns are where the data misleads: a YAML file as `learn` has it
    #[arg(long, value_name = "YAML")]
    pub(crate) columns: Option<PathBuf>,
    /// Rules that no row should break: a YAML file as `learn` and `make` have it
    #[arg(long, value_name = "YAML")]
    pub(crate) rules: Option<PathBuf>,
    /// What a release may not break, a YAML file with `limits: {fidelity.accuracy: {at_least: 0.9}}`; else exit code 1
    #[arg(long, value_name = "YAML")]
    pub(crate) limits: Option<PathBuf>,
    /// A column whose groups are to be treated alike; may be given again
    #[arg(long, value_name = "COLUMN")]
    pub(crate) protect: Vec<String>,
    /// A column that an attacker is after [default: each in turn]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) secret: Vec<String>,
    /// A column that a user's model is to predict [default: each in turn]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Vec<String>,
    /// The number that random choices start from
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print what the report holds as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
