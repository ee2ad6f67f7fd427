//! The verbs and their options. Help, errors and parsing all come from these definitions.

mod check;
mod frontier;
mod shift;
mod testpack;
mod trial;

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use dataset::Shard;
use label::export::Format;
use label::view::Overlay;
use studio::Layer;
use tables::FileFormat;

pub(crate) use check::CheckArgs;
pub(crate) use frontier::FrontierArgs;
pub(crate) use shift::ShiftArgs;
pub(crate) use testpack::{PackVerb, ScoreArgs, TestpackArgs};
pub(crate) use trial::TrialArgs;

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
pub(crate) struct RenderArgs {
    /// A scene file (.glb, .gltf, .obj, .ply), or a recipe and a sample's number: `faces.yaml#3`; without a number the first
    #[arg(value_name = "SCENE|RECIPE#I")]
    pub(crate) source: String,
    /// The picture: a PNG file, or an EXR file for linear radiance
    #[arg(short, long, value_name = "PNG|EXR")]
    pub(crate) out: PathBuf,
    /// Ground truth to write too: channels of an EXR file, files beside a PNG file
    #[arg(long, value_delimiter = ',', value_name = "LAYER,…", value_parser = layer_parser())]
    pub(crate) layers: Vec<LayerChoice>,
    /// Paths through each pixel [default: as the recipe has it; 64 for scene files]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub(crate) samples: Option<u32>,
    /// What happens to the noise that is left [default: as the recipe has it; auto for scene files]
    #[arg(long, value_name = "HOW")]
    pub(crate) denoise: Option<DenoiseChoice>,
    /// Light for a scene file: an environment, an EXR or .hdr file
    #[arg(long, value_name = "FILE")]
    pub(crate) env: Option<PathBuf>,
    /// Stops that the picture of a scene file is shown brighter [default: the file's; metered where it brings light, else 0]
    #[arg(long, value_name = "EV", allow_negative_numbers = true, value_parser = stops)]
    pub(crate) exposure: Option<f64>,
    /// Fail where a pack is missing instead of installing it
    #[arg(long)]
    pub(crate) no_install: bool,
    // Last, as in `MakeArgs`.
    #[command(flatten)]
    pub(crate) overrides: OverrideArgs,
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
pub(crate) struct ViewArgs {
    /// The data set; or a schema of linked tables, or the model of some
    #[arg(value_name = "DIR|SCHEMA|MODEL")]
    pub(crate) dir: PathBuf,
    /// The contact sheet, a PNG file; of linked tables a picture, an SVG file
    #[arg(short, long, value_name = "PNG|SVG")]
    pub(crate) out: PathBuf,
    /// Labels to draw over the pictures
    #[arg(long, value_delimiter = ',', value_name = "LABEL,…", value_parser = overlay_parser())]
    pub(crate) overlay: Vec<Overlay>,
    /// The first sample
    #[arg(long, value_name = "I", default_value_t = 0)]
    pub(crate) first: u64,
    /// How many samples at most
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: u32,
    /// Pictures side by side
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) columns: u32,
    /// Longer side of each picture on the sheet
    #[arg(long, value_name = "PX", default_value_t = 256, value_parser = clap::value_parser!(u32).range(16..=4096))]
    pub(crate) tile: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The format
    #[arg(value_parser = format_parser())]
    pub(crate) format: ExportFormat,
    /// The data set; for gltf and rig one sample of a data set or of a recipe: `DIR#I`, `faces.yaml#3`
    #[arg(value_name = "DIR")]
    pub(crate) source: String,
    /// The folder to write; for gltf and rig the GLB file, beside which rig writes JSON
    #[arg(short, long, value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// For gltf and rig: where the recipe's own scans and motions lie, if not in the data set, beside it or here
    #[arg(long, value_name = "FOLDER")]
    pub(crate) sources: Vec<PathBuf>,
    /// Print what was written and what the format could not hold as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `export` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// Pictures and labels of a data set.
    Labels(Format),
    /// The scene of one sample.
    Gltf,
    /// The body of one sample with its skeleton.
    Rig,
    /// A film of each sequence.
    Video,
}

/// Labels by their names in recipes, and shorter ones for typing.
fn overlay_parser() -> impl TypedValueParser<Value = Overlay> {
    let short = |overlay: Overlay| match overlay {
        Overlay::FaceParsing => Some("parsing"),
        Overlay::ContourLandmarks => Some("contour"),
        Overlay::Landmarks
        | Overlay::Boxes
        | Overlay::Eyes
        | Overlay::Gaze
        | Overlay::HeadPose
        | Overlay::Keypoints => None,
    };
    let values =
        Overlay::ALL.map(|overlay| PossibleValue::new(overlay.name()).aliases(short(overlay)));
    let named = move |written: &str| {
        Overlay::ALL
            .into_iter()
            .find(|overlay| overlay.name() == written || short(*overlay) == Some(written))
    };
    PossibleValuesParser::new(values).try_map(move |written| named(&written).ok_or("no such label"))
}

/// What `--layers` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayerChoice {
    /// Every layer.
    All,
    /// This one.
    One(Layer),
}

fn layer_parser() -> impl TypedValueParser<Value = LayerChoice> {
    let names = Layer::ALL.map(Layer::name);
    PossibleValuesParser::new(std::iter::once("all").chain(names)).try_map(|written| {
        let one = Layer::ALL.into_iter().find(|layer| layer.name() == written);
        match one {
            Some(layer) => Ok(LayerChoice::One(layer)),
            None if written == "all" => Ok(LayerChoice::All),
            None => Err("no such layer"),
        }
    })
}

/// What `--denoise` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DenoiseChoice {
    /// It stays
    None,
    /// The engine's own filter takes it out
    Own,
    /// Open Image Denoise takes it out, from the pack oidn
    Oidn,
    /// oidn where its pack is installed, own elsewhere
    Auto,
}

impl DenoiseChoice {
    /// As recipes write it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Own => "own",
            Self::Oidn => "oidn",
            Self::Auto => "auto",
        }
    }
}

/// Stops of exposure; more than 64 either way is nothing a picture survives.
fn stops(written: &str) -> Result<f64, String> {
    written
        .parse()
        .ok()
        .filter(|stops: &f64| stops.abs() <= 64.0)
        .ok_or_else(|| "expected a number from -64 to 64".to_owned())
}

fn format_parser() -> impl TypedValueParser<Value = ExportFormat> {
    let names = Format::ALL.map(Format::name);
    PossibleValuesParser::new(names.into_iter().chain(["gltf", "rig", "video"])).try_map(
        |written| match Format::from_name(&written) {
            Some(format) => Ok(ExportFormat::Labels(format)),
            None if written == "gltf" => Ok(ExportFormat::Gltf),
            None if written == "rig" => Ok(ExportFormat::Rig),
            None if written == "video" => Ok(ExportFormat::Video),
            None => Err("no such format"),
        },
    )
}

#[derive(Debug, Args)]
pub(crate) struct VehicleArgs {
    /// A car of the catalogue (`volkswagen-golf`), a style (`suv`), or a sheet of measures: a YAML file
    #[arg(required_unless_present_any = ["list", "from"], conflicts_with = "from")]
    pub(crate) name: Option<String>,
    /// The file to write, which `render`, recipes and other programs read
    #[arg(short, long, value_name = "GLB", required_unless_present_any = ["list", "from"])]
    pub(crate) out: Option<PathBuf>,
    /// Take a car of another program instead: mend it, find its unit, axes and parts, and say what was found
    #[arg(long, value_name = "MODEL.glb|gltf|obj")]
    pub(crate) from: Option<PathBuf>,
    /// Corrections of what is found in MODEL, as --write-parts writes it
    #[arg(long, value_name = "YAML", requires = "from")]
    pub(crate) parts: Option<PathBuf>,
    /// Write what was found in MODEL, to be corrected and given back by --parts
    #[arg(long, value_name = "YAML", requires = "from")]
    pub(crate) write_parts: Option<PathBuf>,
    /// Print the report on MODEL as JSON
    #[arg(long, requires = "from")]
    pub(crate) json: bool,
    /// Colour of the paint, as it looks on a screen
    #[arg(long, value_name = "#RRGGBB", default_value = "#9a1c1c")]
    pub(crate) colour: String,
    /// How the paint is built up
    #[arg(long, default_value = "solid")]
    pub(crate) finish: FinishName,
    /// Print the cars of the catalogue instead
    #[arg(long, conflicts_with_all = ["name", "out", "from"])]
    pub(crate) list: bool,
}

/// Finishes of paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FinishName {
    /// Pigment under a clear coat
    Solid,
    /// With aluminium flakes
    Metallic,
    /// With bright mica
    Pearl,
    /// Under a coat that scatters
    Matt,
}

impl From<FinishName> for vehicle::Finish {
    fn from(name: FinishName) -> Self {
        match name {
            FinishName::Solid => Self::Solid,
            FinishName::Metallic => Self::Metallic,
            FinishName::Pearl => Self::Pearl,
            FinishName::Matt => Self::Matt,
        }
    }
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
