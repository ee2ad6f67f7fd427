//! The file a user writes, checked against a stage's schema.
//!
//! Reading has two stages: a text becomes a tree of spanned nodes, and the tree becomes a [`Recipe`], which cannot be wrong:
//! every attribute has a distribution that fits it, conditions have no cycles, and nothing is set in two places. All independent mistakes are
//! reported at once. [`Recipe::to_yaml`] writes the recipe as run, with every default, and reading that again gives the same recipe.
//!
//! # The language
//! | key | holds |
//! |---|---|
//! | `populace: 1`, `stage`, `count` | format version, stage, number of samples; these three must be there |
//! | `name`, `seed` | the file's name and 0 by default |
//! | `sources` | `{people: FILES, motions: FILES, vehicles: FILES, products: FILES}`: files of the user's own, or folders of them, that become choices of attributes |
//! | `population`, `sequence`, `camera`, `light`, `quality` | attributes; `rig` within `camera` is the attribute `camera.rig` |
//! | `given` | a list of `{when: {attribute: test}, set: {attribute: draw}}`; a test is a value, a list of values, `{below: x}`, `{above: x}` or `{range: [a, b]}` |
//! | `grid` | `attribute: [level, …]`, each level a draw; sample `i` takes cell `i mod cells` |
//! | `pair` | `{change: attribute, to: [a, b, …]}` |
//! | `labels` | names of labels; all by default |
//!
//! | what an attribute is drawn from | for |
//! |---|---|
//! | a value | all; `true` and `false` stand for `yes` and `no`; a mix is `{african: 0.5, asian: 0.5}`, or one part's name alone |
//! | `{range: [a, b]}` | numbers, whole numbers |
//! | `{normal: [mean, sd], within: [a, b]}` | numbers, whole numbers; `within` is the attribute's limits by default |
//! | `{any_of: TAG}`, `{any_of: [a, b]}` | categories |
//! | `{mix: [african, asian], concentration: c}` | mixes; `c` is one number or one for each part, 1 by default |
//! | `[{value: draw, percent: p}, …]` | all; without any `percent` the shares are equal |
//! | `typical` | attributes whose typical value follows from others |
//! | `{as: scan, else: draw}` | what the choice drawn for another attribute, such as a scanned person, knows; where it knows nothing, `draw` |

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::attribute::Schema;
use crate::diagnostic::Diagnostic;
use crate::distribution::Distribution;
use crate::row::Value;
use crate::sequence;
use crate::source::SourceRequest;
use crate::stream::Seed;

mod document;
mod names;
mod order;
mod override_value;
mod read;
mod value;
mod write;

pub use document::MAX_BYTES;
pub(crate) use order::{Cycle, drawing_order};
pub(crate) use write::distribution as written;

/// The version of the recipe language, the `1` of `populace: 1`.
pub const FORMAT: u64 = 1;
/// The most samples a recipe may ask for.
pub const MAX_COUNT: u64 = 1_000_000_000_000;
/// The most variants of one `pair`.
pub const MAX_VARIANTS: usize = 1000;

/// What to draw: a checked recipe.
///
/// The fields are public for reading; [`Recipe::set`] changes them and keeps the checks.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Of the data set; the file's own name where the recipe has none.
    pub name: String,
    /// The stage that turns rows into samples.
    pub stage: String,
    /// How many origins are drawn; see [`Recipe::sample_count`].
    pub count: u64,
    /// Of all streams.
    pub seed: Seed,
    /// What each attribute is drawn from, defaults included: one entry for each attribute of the schema, in its order.
    pub draws: Vec<Draw>,
    /// Conditional distributions; where several hold for one attribute, the last wins.
    pub given: Vec<Given>,
    /// A factorial design: origin `o` takes cell `o mod cells`, the last axis moves fastest.
    pub grid: Vec<Axis>,
    /// Counterfactuals: every origin once for each value of one attribute.
    pub pair: Option<Pair>,
    /// Labels to make, in the schema's order.
    pub labels: Vec<String>,
    schema: Arc<Schema>,
}

/// One attribute and what it is drawn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// Its dotted name.
    pub attribute: String,
    /// Fits the attribute's kind.
    pub distribution: Distribution,
}

/// `when` all conditions hold, the attributes of `set` are drawn from these distributions instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// At least one.
    pub when: Vec<Condition>,
    /// At least one.
    pub set: Vec<Draw>,
}

/// A test of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Its dotted name.
    pub attribute: String,
    /// Which weight of a mix is tested.
    pub component: Option<usize>,
    /// What must hold.
    pub test: Test,
}

/// What a condition asks of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Equal to one of these.
    OneOf(Vec<Value>),
    /// Strictly below.
    Below(f64),
    /// Strictly above.
    Above(f64),
    /// From `min` to `max`, ends included.
    Within {
        /// Lower end.
        min: f64,
        /// Upper end.
        max: f64,
    },
}

/// One axis of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Its dotted name.
    pub attribute: String,
    /// The levels, each a value or a distribution to draw from.
    pub levels: Vec<Distribution>,
}

/// The attribute that changes between the variants of one origin, and nothing else does.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Its dotted name.
    pub change: String,
    /// At least two different values. Whatever depends on the attribute sees the first of them, in every variant.
    pub to: Vec<Value>,
}

impl Recipe {
    /// Reads a recipe. `file` is the name that messages show.
    ///
    /// # Errors
    /// All independent mistakes, in the order of the text.
    ///
    /// # Example
    /// ```
    /// use population::{Attribute, Recipe, Schema};
    ///
    /// let age = Attribute::number("age_years", 0.0, 100.0, "years", "age").default_range(18.0, 80.0);
    /// let schema = Schema { stage: "people", attributes: vec![age], labels: vec![], sources: vec![] };
    /// let text = "populace: 1\nstage: people\ncount: 3\npopulation: {age_year: 40}\n";
    /// let mistakes = Recipe::parse(text, "my.yaml", &schema).unwrap_err();
    /// assert_eq!((mistakes[0].line, mistakes[0].column), (4, 14));
    /// assert_eq!(mistakes[0].hint.as_deref(), Some("did you mean `age_years`?"));
    /// ```
    pub fn parse(text: &str, file: &str, schema: &Schema) -> Result<Recipe, Vec<Diagnostic>> {
        read::recipe(text, file, schema)
    }

    /// Reads the bytes of a file, which need not be text.
    ///
    /// # Errors
    /// As [`Recipe::parse`]; bytes that are not UTF-8 are one mistake, at the first of them.
    pub fn parse_bytes(
        bytes: &[u8],
        file: &str,
        schema: &Schema,
    ) -> Result<Recipe, Vec<Diagnostic>> {
        read::recipe_bytes(bytes, file, schema)
    }

    /// The files of the user's own that a recipe names, before there is a schema: their choices are part of it.
    ///
    /// # Errors
    /// Mistakes of the section `sources`, and what makes the text no document at all.
    pub fn sources_in(bytes: &[u8], file: &str) -> Result<Vec<SourceRequest>, Vec<Diagnostic>> {
        read::sources::requests(bytes, file)
    }

    /// The stage that a recipe names, before there is a schema; `None` where it names none, or is no document.
    pub fn stage_in(bytes: &[u8]) -> Option<String> {
        read::stage_in(bytes)
    }

    /// A recipe in which everything is at its default, and `count` samples are drawn.
    pub fn of_defaults(name: &str, count: u64, seed: Seed, schema: &Schema) -> Recipe {
        let draws = schema
            .attributes
            .iter()
            .map(|attribute| Draw {
                attribute: attribute.name.to_owned(),
                distribution: attribute.default.clone(),
            })
            .collect();
        Recipe {
            name: name.to_owned(),
            stage: schema.stage.to_owned(),
            count,
            seed,
            draws,
            given: Vec::new(),
            grid: Vec::new(),
            pair: None,
            labels: schema
                .labels
                .iter()
                .map(|label| label.name.clone())
                .collect(),
            schema: Arc::new(schema.clone()),
        }
    }

    /// Changes one thing as `--set NAME=VALUE` does: `count`, `seed`, `name`, or an attribute by its dotted name, with the same values as
    /// in a recipe. It wins over `population` and `given`; what `grid` or `pair` vary is refused.
    ///
    /// # Errors
    /// All mistakes, with `--set` as the file and the assignment as its only line. The recipe is then unchanged.
    pub fn set(&mut self, assignment: &str) -> Result<(), Vec<Diagnostic>> {
        override_value::set(self, assignment)
    }

    /// Applies overrides in the order count, seed, then each of `set`.
    ///
    /// # Errors
    /// The mistakes of all overrides together.
    pub fn overridden(mut self, overrides: &Overrides) -> Result<Recipe, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let numbers = [("count", overrides.count), ("seed", overrides.seed)];
        let numbers = numbers
            .iter()
            .filter_map(|(name, value)| value.map(|value| format!("{name}={value}")));
        for assignment in numbers.chain(overrides.set.iter().cloned()) {
            if let Err(more) = self.set(&assignment) {
                mistakes.extend(more);
            }
        }
        if mistakes.is_empty() {
            Ok(self)
        } else {
            Err(mistakes)
        }
    }

    /// How many samples the data set has: `count` times the variants of `pair` times the frames of `sequence`.
    pub fn sample_count(&self) -> u64 {
        self.count
            .saturating_mul(self.variants())
            .saturating_mul(self.frames())
    }

    /// How many samples follow each other in time in each draw: 1 without `sequence`.
    pub fn frames(&self) -> u64 {
        sequence::frames(self)
    }

    /// How many variants each draw has: 1 without `pair`.
    pub fn variants(&self) -> u64 {
        self.pair
            .as_ref()
            .map_or(1, |pair| pair.to.len().max(1) as u64)
    }

    /// The value of an attribute that is the same in every sample; `None` where it is drawn, varied or unknown.
    pub fn constant(&self, name: &str) -> Option<&Value> {
        let varied = self.grid.iter().any(|axis| axis.attribute == name)
            || self.pair.as_ref().is_some_and(|pair| pair.change == name)
            || self
                .given
                .iter()
                .flat_map(|given| &given.set)
                .any(|draw| draw.attribute == name);
        match self
            .draws
            .iter()
            .find(|draw| draw.attribute == name)?
            .distribution
        {
            Distribution::Constant(ref value) if !varied => Some(value),
            _ => None,
        }
    }

    /// What the recipe was checked against.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The recipe as run: every default written out, in schema order.
    ///
    /// Reading it again gives an equal recipe, and writing that the same text.
    pub fn to_yaml(&self) -> String {
        let mut text = write::head(self);
        text.push_str(&write::body(self));
        text
    }

    /// SHA-256, in hexadecimal, of everything that decides what sample `i` is for a given seed: not of name, count or seed, so that more
    /// of the same is the same recipe.
    pub fn digest(&self) -> String {
        let canonical = format!(
            "populace: {FORMAT}\nstage: {}\n{}",
            self.stage,
            write::body(self)
        );
        let digest = Sha256::digest(canonical.as_bytes());
        digest
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }
}

/// What a command line changes of a recipe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Replaces `count`.
    pub count: Option<u64>,
    /// Replaces `seed`.
    pub seed: Option<u64>,
    /// Assignments `NAME=VALUE`, see [`Recipe::set`].
    pub set: Vec<String>,
}
