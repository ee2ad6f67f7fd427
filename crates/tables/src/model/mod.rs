//! A population learned from one table.
//!
//! Values become codes (`bins`), columns that follow from others are set aside (`depend`), and the codes of the rest are learned as trees, one for each digit of
//! each column given the columns before it, in several orders (`forest`, `tree`, `grow`). Rows are drawn by their index (`sample`), and on request chosen so that
//! counts agree (`refine`); a model is one file (`file`).
//!
//! *Privacy.* A model is a summary of real people without a guarantee; its ledger says what was read. What fewer than [`Settings::protect`] people
//! share is not in it: no rare level, no extreme value. A leaf of a tree describes at least [`Settings::people_per_leaf`]. Numbers between are drawn from quantiles, which lie
//! on or between single people's values.

mod allowed;
mod around;
mod batch;
pub(crate) mod bins;
pub(crate) mod coded;
mod complete;
mod computed;
pub(crate) mod condition;
mod counted;
mod decide;
mod depend;
mod descent;
mod distinct;
pub(crate) mod draws;
pub(crate) mod file;
pub(crate) mod forest;
pub(crate) mod goals;
mod grow;
mod odds;
mod partition;
mod parts;
pub(crate) mod refine;
mod refusal;
pub(crate) mod sample;
mod seen;
pub(crate) mod shape;
mod shares;
mod streamed;
pub(crate) mod tree;

pub(crate) use around::Scale;
pub use complete::Filled;
pub use distinct::InTurn;
pub use draws::{Draws, Pattern, Request, RequestError};
pub use file::{ModelError, VERSION};
pub(crate) use parts::{Parts, computed_columns};
pub use sample::Draw;
pub use shares::{Achieved, ShareReport, Wish};
pub use streamed::StreamError;

use crate::rule::Rule;
use crate::table::{Cells, Column, Table};
use bins::{Bin, Binning, Rules};
use coded::{Coded, CodedColumn};
use counted::Counted;
use depend::Dependence;
use forest::{Forest, Plan};
use odds::Odds;
use population::stream::{Purpose, Seed, Stream, Streams};
use privacy::{Ledger, Sealed};
use rayon::prelude::*;
use refine::Targets;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How a table is learned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The fewest people who must share a level, a written value or an end of a column for it to be learned; at least 1.
    pub protect: u32,
    /// The fewest people in an interval of numbers; at least 1.
    pub people_per_bin: u32,
    /// The fewest people in a leaf of a tree; at least 1.
    pub people_per_leaf: u32,
    /// Orders of the columns that are learned; at least 1.
    pub orders: u32,
    /// Trees for each digit in each order; at least 1.
    pub trees: u32,
    /// Chooses orders and parts of the people; the same table, settings and seed give the same model.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            protect: 10,
            people_per_bin: 20,
            people_per_leaf: 40,
            orders: 16,
            trees: 1,
            seed: 0,
        }
    }
}

/// A learned table: its columns, and the joint distribution of their values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    columns: Vec<Column>,
    /// For each column the levels that are kept, in order of text.
    levels: Vec<Vec<String>>,
    binnings: Vec<Binning>,
    dependences: Vec<Option<Dependence>>,
    /// Columns that are neither drawn nor looked up: whoever draws rows writes them.
    written: Vec<bool>,
    /// How many bins of context a row is drawn with.
    context: u16,
    forest: Forest,
    targets: Targets,
    odds: Odds,
    /// Conditions that every row keeps to, as they were written.
    rules: Vec<String>,
    /// What goes together in columns of which a rule wants no other combinations.
    seen: Vec<seen::Combinations>,
    rows: u64,
    settings: Settings,
    ledger: Ledger,
}

/// A table whose values are codes.
#[derive(Debug)]
pub(crate) struct Binned {
    columns: Vec<Column>,
    levels: Vec<Vec<String>>,
    pub binnings: Vec<Binning>,
    pub coded: Coded,
}

impl Binned {
    /// The levels of a column that are kept.
    pub(crate) fn levels(&self, column: usize) -> &[String] {
        &self.levels[column]
    }

    /// The codes of a column that stand for levels, with the place of each level.
    pub(crate) fn level_codes(&self, column: usize) -> Vec<(u32, usize)> {
        let bins = self.binnings[column].bins.iter().enumerate();
        bins.filter_map(|(code, bin)| match bin {
            Bin::Level(level) => Some((code as u32, *level as usize)),
            _ => None,
        })
        .collect()
    }

    /// Finds the codes of every column.
    pub(crate) fn of(table: &Table, settings: &Settings) -> Result<Self, LearnError> {
        can_be_learned(table.rows, table.columns.len())?;
        let rules = Rules::of(settings);
        let binnings: Vec<Binning> = table
            .cells
            .par_iter()
            .zip(&table.columns)
            .map(|(cells, column)| Binning::of(&Counted::of(cells), &column.kind, &rules))
            .collect();
        let coded = binnings
            .par_iter()
            .zip(&table.cells)
            .map(|(binning, cells)| CodedColumn::of(binning, cells))
            .collect();
        let levels = table.cells.iter().map(|cells| match cells {
            Cells::Levels { levels, .. } => &levels[..],
            _ => &[],
        });
        Ok(Self::assembled(
            &table.columns,
            binnings,
            levels.collect(),
            coded,
        ))
    }

    /// Of columns with all their levels in order of text: keeps those that have a code.
    fn assembled(
        columns: &[Column],
        mut binnings: Vec<Binning>,
        levels: Vec<&[String]>,
        coded: Vec<CodedColumn>,
    ) -> Self {
        let levels = binnings
            .iter_mut()
            .zip(levels)
            .map(|(binning, levels)| keep_levels(binning, levels))
            .collect();
        let columns = columns
            .iter()
            .zip(&binnings)
            .map(|(column, binning)| keep_codes(column, binning))
            .collect();
        Self {
            columns,
            levels,
            binnings,
            coded: Coded::new(coded),
        }
    }
}

/// Whether a table of this size can be learned.
fn can_be_learned(rows: usize, columns: usize) -> Result<(), LearnError> {
    match (rows, columns) {
        (0, _) => Err(LearnError::NoRows),
        (_, 0) => Err(LearnError::NoColumns),
        (_, many) if many > MOST_COLUMNS => Err(LearnError::ManyColumns(many)),
        (many, _) if many > MOST_ROWS => Err(LearnError::ManyRows),
        _ => Ok(()),
    }
}

/// What the rows of a table have around them beside their own columns.
#[derive(Debug, Default)]
pub(crate) struct Around<'a> {
    /// What is known of each row before its first column is drawn; at most 4,096.
    pub context: Vec<tree::Feature<'a>>,
    /// Columns that are binned and not learned: whoever draws rows writes them.
    pub written: Vec<usize>,
}

/// What of a column is not in a model because too few people share it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Protected {
    /// The column.
    pub column: String,
    /// Levels and written codes left out; never written, never named.
    pub levels: u32,
    /// People who have them.
    pub people: u32,
    /// People whose numbers lie beyond the least and greatest value that is written, or alone between values that many share.
    pub ends: u32,
}

impl Model {
    /// Learns a table.
    ///
    /// Deterministic in table, settings and seed, whatever the number of threads. Memory: some 20 bytes a value beside the table.
    /// *Privacy*: not private; the ledger is told.
    ///
    /// # Errors
    ///
    /// A table without rows or columns, or of more than 16,000 columns.
    pub fn learn(
        table: &Sealed<Table>,
        ledger: &mut Ledger,
        settings: &Settings,
    ) -> Result<Self, LearnError> {
        Self::learn_under(table, ledger, settings, &[])
    }

    /// Learns a table, and rules that made rows will keep to. A rule `column = expression of other columns` computes the column instead of learning
    /// it. Rules hold on written values; a row of the data that breaks one is learned from as any other.
    ///
    /// # Errors
    ///
    /// As [`learn`](Self::learn).
    pub fn learn_under(
        table: &Sealed<Table>,
        ledger: &mut Ledger,
        settings: &Settings,
        rules: &[Rule],
    ) -> Result<Self, LearnError> {
        let purpose =
            "value ranges, levels and the shape of columns; dependences; conditional counts";
        let table = table.open(ledger, purpose);
        let binned = Binned::of(table, settings)?;
        Ok(Self::of_binned(&binned, ledger, settings, rules))
    }

    fn of_binned(binned: &Binned, ledger: &Ledger, settings: &Settings, rules: &[Rule]) -> Self {
        let computed = computed::computed(rules, |_, _| true);
        let around = Around {
            written: computed.iter().map(|&(column, _)| column.into()).collect(),
            ..Around::default()
        };
        let mut model = Self::grown(binned, &around, ledger, settings);
        model.seen = seen::Combinations::all(rules, binned, settings.protect);
        model.rules = rules.iter().map(|rule| rule.text().to_owned()).collect();
        model
    }

    /// Learns a binned table whose rows have something around them. `ledger` is what was read for it.
    pub(crate) fn grown(
        binned: &Binned,
        around: &Around<'_>,
        ledger: &Ledger,
        settings: &Settings,
    ) -> Self {
        let Binned {
            columns,
            levels,
            binnings,
            coded,
        } = binned;
        let written: Vec<bool> = (0..columns.len())
            .map(|column| around.written.contains(&column))
            .collect();
        let dependences = depend::find(binnings, coded, &written);
        let free: Vec<u16> = (0..columns.len() as u16)
            .filter(|&column| {
                let column = usize::from(column);
                dependences[column].is_none() && !written[column]
            })
            .collect();
        let orders = orders(&free, settings);
        let seed = Seed(settings.seed);
        // Rows with something around them are drawn one after the other, never chosen in blocks.
        let steered: &[u16] = if around.context.is_empty() {
            &free
        } else {
            &[]
        };
        let least = settings.protect.max(settings.people_per_leaf).max(1) as usize;
        let targets = Targets::count(binnings, coded, steered, least, seed);
        let plan = Plan {
            trees: settings.trees.max(1) as usize,
            choosers: (MOST_CHOOSERS / coded.rows as f64).min(0.5),
            min_leaf: settings.people_per_leaf.max(1) as usize,
            max_depth: 24,
        };
        let context = &around.context;
        let forest = Forest::learn(binnings, coded, context, &orders, &plan, seed);
        let mut model = Self {
            columns: columns.clone(),
            levels: levels.clone(),
            binnings: binnings.clone(),
            dependences,
            written,
            context: context.len() as u16,
            forest,
            targets,
            odds: Odds::default(),
            rules: Vec::new(),
            seen: Vec::new(),
            rows: coded.rows as u64,
            settings: *settings,
            ledger: ledger.clone(),
        };
        let draw = |rows| model.codes(rows, seed, &Purpose::new("table/odds"));
        model.odds = Odds::learn(binnings, coded, steered, ODDS_LEAF, seed, draw);
        model
    }

    /// The columns, in the order of the table that was learned.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows were learned from.
    pub fn rows_learned(&self) -> u64 {
        self.rows
    }

    /// How it was learned.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What every row keeps to.
    pub fn rules(&self) -> Vec<Rule> {
        // They were read when the model was learned or loaded.
        let rules = self.rules.iter();
        rules
            .filter_map(|rule| Rule::parse(rule, &self.columns).ok())
            .map(|rule| rule.with_seen(&|columns| self.seen(columns)))
            .collect()
    }

    /// Draws rows. Row `i` depends on model, seed, `how` and `i` alone, not on the range it is asked for in or the number of threads.
    ///
    /// # Errors
    ///
    /// Rules that the model never meets.
    pub fn rows(&self, indices: Range<u64>, seed: Seed, how: Draw) -> Result<Table, RequestError> {
        Ok(self.draws(&Request::default(), seed, how)?.rows(indices))
    }

    /// What of real data was read for it.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What is not in the model because too few people share it: columns where there is something of the kind.
    pub fn protected(&self) -> Vec<Protected> {
        let mut found: Vec<Protected> = Vec::new();
        for (column, binning) in self.columns.iter().zip(&self.binnings) {
            let hidden = binning.hidden;
            if hidden.levels > 0 || hidden.ends > 0 {
                found.push(Protected {
                    column: column.name.clone(),
                    levels: hidden.levels,
                    people: hidden.people,
                    ends: hidden.ends,
                });
            }
        }
        found
    }

    /// Columns that follow from another: (column, the one that decides it).
    pub fn dependences(&self) -> Vec<(&str, &str)> {
        let name = |column: usize| self.columns[column].name.as_str();
        self.dependences
            .iter()
            .enumerate()
            .filter_map(|(column, on)| Some((name(column), name(usize::from(on.as_ref()?.on)))))
            .collect()
    }
}

/// The most people who choose the splits of one tree: beyond, more of them make learning slower and hardly another tree. All are counted in its leaves.
const MOST_CHOOSERS: f64 = 32_768.0;
/// The fewest real people in a leaf of the trees that tell them from drawn rows.
const ODDS_LEAF: u32 = 20;
/// The most columns of a table that is learned.
pub const MOST_COLUMNS: usize = 16_000;
/// The most rows of a table that is learned.
pub const MOST_ROWS: usize = u32::MAX as usize;

/// Why a table cannot be learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LearnError {
    /// There is no row.
    NoRows,
    /// There is no column.
    NoColumns,
    /// There are this many columns.
    ManyColumns(usize),
    /// There are more than [`MOST_ROWS`] rows.
    ManyRows,
}

impl std::fmt::Display for LearnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoRows => f.write_str("the table has no rows, so there is nothing to learn"),
            Self::NoColumns => {
                f.write_str("the table has no columns, so there is nothing to learn")
            }
            Self::ManyColumns(count) => {
                write!(
                    f,
                    "the table has {count} columns; at most {MOST_COLUMNS} are learned"
                )
            }
            Self::ManyRows => write!(f, "the table has more than {MOST_ROWS} rows"),
        }
    }
}

impl std::error::Error for LearnError {}

impl LearnError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoRows | Self::NoColumns => "check that the file is the one that was meant",
            Self::ManyColumns(_) => "leave out columns that are not needed, in the layout file",
            Self::ManyRows => "learn a random part of it",
        }
    }
}

/// Numbers a binning's levels among those that are kept, and returns these.
fn keep_levels(binning: &mut Binning, levels: &[String]) -> Vec<String> {
    if levels.is_empty() {
        return Vec::new();
    }
    let mut kept: Vec<u32> = binning
        .bins
        .iter()
        .filter_map(|bin| match bin {
            Bin::Level(level) => Some(*level),
            _ => None,
        })
        .collect();
    kept.sort_unstable();
    for bin in &mut binning.bins {
        if let Bin::Level(level) = bin {
            *level = kept.partition_point(|other| other < level) as u32;
        }
    }
    kept.iter()
        .map(|&level| levels[level as usize].clone())
        .collect()
}

/// A column without the written codes that too few people have: their texts must not travel with the model.
fn keep_codes(column: &Column, binning: &Binning) -> Column {
    let mut column = column.clone();
    for (place, code) in column.codes.iter_mut().enumerate() {
        let kept = binning
            .bins
            .contains(&Bin::Special((place + 1).min(255) as u8));
        if !kept {
            code.clear();
        }
    }
    column
}

/// Puts items in a random order (Fisher & Yates).
pub(crate) fn shuffle<T>(items: &mut [T], stream: &mut Stream) {
    for last in (1..items.len()).rev() {
        let place = (stream.uniform() * (last + 1) as f64) as usize;
        items.swap(last, place);
    }
}

/// Random orders of the columns.
fn orders(columns: &[u16], settings: &Settings) -> Vec<Vec<u16>> {
    (0..settings.orders.max(1))
        .map(|order| {
            let mut stream = Streams::new(Seed(settings.seed), u64::from(order)).stream("orders");
            let mut columns = columns.to_vec();
            shuffle(&mut columns, &mut stream);
            columns
        })
        .collect()
}
