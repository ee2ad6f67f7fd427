//! The options of `make`, and what a command line changes of a recipe.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dataset::Shard;
use tables::FileFormat;

#[derive(Debug, Args)]
pub(crate) struct MakeArgs {
    /// The recipe, a YAML file, or a model that `learn` wrote
    #[arg(value_name = "RECIPE|MODEL")]
    pub(crate) recipe: PathBuf,
    /// The folder to make or go on with; rows of a model may also go to a file (.csv or .parquet)
    #[arg(short, long, value_name = "DIR|FILE")]
    pub(crate) out: PathBuf,
    /// Samples in work at the same time [default: one per core]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Make only this part: `3/16` is the third of sixteen
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Draw the rows only, into DIR/rows.parquet
    #[arg(long, conflicts_with_all = ["shard", "threads"])]
    pub(crate) dry_rows: bool,
    /// Fail where a pack is missing instead of installing it
    #[arg(long)]
    pub(crate) no_install: bool,
    /// Print what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
    // Last, since their headings would go on over what follows.
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) overrides: OverrideArgs,
}

/// What is drawn from a model.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Rows of a model")]
pub(crate) struct ModelArgs {
    /// Rows to make from a model, `1e6` for a million; of linked tables those of the first table that no other owns [default: as many as it learned from]
    #[arg(short = 'n', long, value_name = "N", value_parser = row_count, conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) rows: Option<u64>,
    /// Draw each row of a model by itself: faster, and a little less like the real table
    #[arg(long, conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) plain: bool,
    /// How the tables of a linked model are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) format: RowFormat,
    /// Only rows of which this is true, in SQL: `--given "churn = 'yes' and age < 30"`
    #[arg(long, value_name = "CONDITION", conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) given: Vec<String>,
    /// Rules that no row breaks, a YAML file with `rules: [age >= 18, total = price * pieces]`
    #[arg(long, value_name = "YAML", conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) rules: Option<PathBuf>,
    /// The share of rows that meet a condition: `--share "churn = 'yes': 30%"`
    #[arg(long, value_name = "CONDITION: SHARE", conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) share: Vec<String>,
    /// How much more often a condition is met: `--times "fraud = 'yes': 5"`
    #[arg(long, value_name = "CONDITION: FACTOR", conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) times: Vec<String>,
    /// Move a column of numbers, or one of dates by days: `--move "age: +5"`
    #[arg(long = "move", value_name = "COLUMN: BY", conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) moved: Vec<String>,
    /// The same distribution of one column in all groups of another: `--fair "income by sex"`
    #[arg(long, value_name = "TARGET by GROUP", conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) fair: Vec<String>,
    /// Below 1, likely values become likelier still; above 1, rows become more various
    #[arg(long, value_name = "T", conflicts_with_all = ["shard", "threads", "dry_rows"])]
    pub(crate) temperature: Option<f64>,
    /// Fill what is empty in the rows of a table, and add the columns it does not have
    #[arg(long, value_name = "DATA", conflicts_with_all = ["shard", "threads", "dry_rows", "rows", "share", "times", "moved", "fair", "temperature", "given"])]
    pub(crate) complete: Option<String>,
}

impl ModelArgs {
    /// Whether anything is said that only models understand.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_none() && !self.plain && !self.asks()
    }

    /// Whether other rows are wanted than the model's own.
    pub(crate) fn asks(&self) -> bool {
        let lists = [
            &self.given,
            &self.share,
            &self.times,
            &self.moved,
            &self.fair,
        ];
        self.rules.is_some()
            || self.temperature.is_some()
            || self.complete.is_some()
            || lists.iter().any(|list| !list.is_empty())
    }
}

/// How tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum RowFormat {
    // Without words of their own: the help of every option would become long.
    #[default]
    Parquet,
    Csv,
}

impl From<RowFormat> for FileFormat {
    fn from(format: RowFormat) -> Self {
        match format {
            RowFormat::Parquet => Self::Parquet,
            RowFormat::Csv => Self::Csv,
        }
    }
}

/// A number of rows: digits, also grouped by `_` or `,`, or with a power of ten.
fn row_count(text: &str) -> Result<u64, String> {
    let plain: String = text.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    if let Ok(count) = plain.parse() {
        return Ok(count);
    }
    match plain.parse::<f64>() {
        Ok(count) if (0.0..=1e15).contains(&count) && count.fract() == 0.0 => Ok(count as u64),
        _ => Err("a whole number of rows is wanted, such as 5000 or 1e6".to_owned()),
    }
}

/// What a command line changes of a recipe.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Changes to the recipe")]
pub(crate) struct OverrideArgs {
    /// How many samples are drawn (each once per variant of `pair`)
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// The number all random choices start from
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// Width and height of the pictures
    #[arg(long, value_name = "PX")]
    pub(crate) size: Option<u32>,
    /// Set an attribute, as a recipe would: `skin_tone=7`, `age_years='{range: [20, 30]}'`
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
}
