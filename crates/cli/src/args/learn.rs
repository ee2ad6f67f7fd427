//! The options of `learn`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct LearnArgs {
    /// A CSV or Parquet file, a folder of them, `sqlite:FILE` or `postgres://…`; or a schema of linked tables, a YAML file; with --as a recording, a scan or a folder of pictures
    #[arg(value_name = "DATA")]
    pub(crate) data: String,
    /// The file for the model
    #[arg(short, long, value_name = "FILE", required_unless_present = "kinds")]
    pub(crate) out: Option<PathBuf>,
    /// What the data is, where it is no table
    #[arg(long = "as", value_name = "WHAT", value_enum)]
    pub(crate) kind: Option<LearnKind>,
    /// Only show what the columns are
    #[arg(long)]
    pub(crate) kinds: bool,
    /// What the columns are where the data misleads: a YAML file with `columns: {zip: category, note: leave_out}`
    #[arg(long, value_name = "YAML")]
    pub(crate) columns: Option<PathBuf>,
    /// The same from a metadata file of SDV
    #[arg(long, value_name = "JSON", conflicts_with = "columns")]
    pub(crate) sdv: Option<PathBuf>,
    /// The same from a table configuration of MOSTLY AI
    #[arg(long, value_name = "FILE", conflicts_with_all = ["columns", "sdv"])]
    pub(crate) mostly_ai: Option<PathBuf>,
    /// The table of a database or of a metadata file
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// A query of a database, instead of a table
    #[arg(long, value_name = "SQL")]
    pub(crate) query: Option<String>,
    /// Rules that no made row will break, a YAML file with `rules: [age >= 18, total = price * pieces]`
    #[arg(long, value_name = "YAML")]
    pub(crate) rules: Option<PathBuf>,
    /// Find rules that every row of the data keeps, and keep to them
    #[arg(long)]
    pub(crate) find_rules: bool,
    /// The fewest people who must share a category, a written value or an end of a column for it to be learned
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) protect: u32,
    /// The number that random choices while learning start from
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print what was learned as JSON
    #[arg(long)]
    pub(crate) json: bool,
    // Last, since their headings would go on over what follows.
    #[command(flatten)]
    pub(crate) privacy: PrivacyArgs,
    #[command(flatten)]
    pub(crate) motion: MotionArgs,
    #[command(flatten)]
    pub(crate) scan: ScanArgs,
}

/// How a private model of a table is learned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableMechanism {
    /// Round after round, what the model is most wrong about (AIM)
    #[default]
    Aim,
    /// A tree of pairs of columns in one go (MST): faster, and less good
    Mst,
    /// A generative adversarial network trained by DP-SGD: slow, and less good
    Gan,
    /// The same trained by noisy votes of teachers (PATE): worse still, with its budget counted
    PateGan,
}

/// What is promised to the people in a table.
#[derive(Args, Debug)]
#[command(next_help_heading = "Differential privacy")]
pub(crate) struct PrivacyArgs {
    /// Learn with differential privacy of this ε, all that is read counted: 0.1 to 1 is a strong promise, 1 to 10 a usual one
    #[arg(
        long,
        value_name = "E",
        allow_negative_numbers = true,
        conflicts_with = "protect"
    )]
    pub(crate) epsilon: Option<f64>,
    /// δ, far below one in all rows; 0 for pure differential privacy
    #[arg(
        long,
        value_name = "D",
        default_value_t = 1e-9,
        requires = "epsilon",
        allow_negative_numbers = true
    )]
    pub(crate) delta: f64,
    /// How it is found out what goes with what
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value_t,
        requires = "epsilon"
    )]
    pub(crate) mechanism: TableMechanism,
    /// Protect persons instead of rows: the column that says whose row it is
    #[arg(long, value_name = "COLUMN", requires = "epsilon")]
    pub(crate) person: Option<String>,
    /// Slip N rows into the data that are nobody's, by a coin each, and see how well the finished model tells which: a lower bound on ε, beside two controls
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "400", requires = "epsilon", value_parser = clap::value_parser!(u32).range(50..=10_000))]
    pub(crate) audit: Option<u32>,
    /// Rows of a person that are looked at, of linked tables in each table that refers to persons [default: 1 with --person; linked tables have none]
    #[arg(long, value_name = "N", requires = "epsilon", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) most_rows: Option<u32>,
    /// Steps that a network is trained with, or rounds of votes: of pictures, and with --mechanism gan or pate-gan [default: what serves most data well]
    #[arg(long, value_name = "N", requires = "epsilon", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) steps: Option<u32>,
}

/// What may be learned besides tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LearnKind {
    /// A recorded motion: a BVH file, or an Acclaim AMC file with its skeleton
    Motion,
    /// A scan of a body, head, face or hand, with its consent record: OBJ, PLY, glTF or OFF
    Person,
    /// Small grey pictures with classes, under differential privacy: a folder of PNGs for each class, or IDX files as MNIST has them
    Pictures,
}

/// What a recorded motion is learned with.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Motions (--as motion)")]
pub(crate) struct MotionArgs {
    /// The skeleton of an AMC file [default: the only .asf file beside it]
    #[arg(long, value_name = "ASF")]
    pub(crate) skeleton: Option<PathBuf>,
    /// Which joint is which where names do not tell: a YAML file with `left_upper_leg: THEIR_NAME`
    #[arg(long, value_name = "YAML")]
    pub(crate) map: Option<PathBuf>,
    /// Words to find the clip by; `loop` also makes one of its best part
    #[arg(long, value_delimiter = ',', value_name = "TAG,…")]
    pub(crate) tags: Vec<String>,
}

/// How a scan is learned.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scans of people (--as person)")]
pub(crate) struct ScanArgs {
    /// What the person allowed: a YAML or JSON file with `source`, `scope`, `date` and `terms`
    #[arg(long, value_name = "FILE")]
    pub(crate) consent: Option<PathBuf>,
    /// What the scan shows, where that is not found by itself
    #[arg(long = "kind", value_name = "KIND", value_enum)]
    pub(crate) shows: Option<ScanKind>,
    /// The scan's unit, where that is not found by itself
    #[arg(long, value_name = "UNIT", value_parser = ["m", "dm", "cm", "mm", "in"])]
    pub(crate) unit: Option<String>,
    /// Points on the scan by name, a JSON file: `{"nose": [0, 1.6, 0.1]}`
    #[arg(long, value_name = "JSON")]
    pub(crate) landmarks: Option<PathBuf>,
}

/// What a scan shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanKind {
    /// Head to foot
    Body,
    /// With or without shoulders
    Head,
    /// The front only
    Face,
    /// The person's right
    RightHand,
    /// The person's left
    LeftHand,
}
