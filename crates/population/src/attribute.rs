//! Typed, named quantities of a sample, and the schema a stage publishes.

use crate::row::{PartialRow, Value};
use crate::stream::Stream;

/// What a stage understands: its attributes in drawing order, and the names of its labels.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The stage's name as a recipe writes it, e.g. `people`.
    pub stage: &'static str,
    /// In the order in which rows list them. `typical` draws may depend only on earlier attributes' names,
    /// but recipes may condition on any attribute (the population sorts by dependency).
    pub attributes: Vec<Attribute>,
    /// Labels a recipe may ask for, with one sentence each; all are on by default.
    pub labels: Vec<Choice>,
}

/// One attribute: name with unit, kind with range, default and meaning.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Dotted, unit in the name: `head.yaw_deg`. Names that start with a section (`camera.`, `light.`, `quality.`)
    /// are written in a recipe inside that section.
    pub name: &'static str,
    /// Type and range.
    pub kind: Kind,
    /// What it is drawn from when the recipe is silent.
    pub default: crate::distribution::Distribution,
    /// A default that depends on other attributes; a recipe asks for it by the word `typical`.
    pub typical: Option<Typical>,
    /// One sentence for the schema, the docs and the card.
    pub meaning: &'static str,
    /// The value must be the same for all samples of a data set (image size, rig).
    pub constant: bool,
}

/// Type and range of an attribute.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A real number in `[min, max]`; `unit` is for messages (`deg`, `years`), empty when dimensionless.
    Number { min: f64, max: f64, unit: &'static str },
    /// A whole number in `[min, max]`, exact up to 2^53.
    Integer { min: i64, max: i64, unit: &'static str },
    /// One of a closed list.
    Category { choices: Vec<Choice> },
    /// Weights that sum to 1, one column per component: `ancestry.african`, …
    Mix { components: &'static [&'static str] },
}

/// One allowed word, what it means, and the tags `any_of` may select it by.
#[derive(Debug, Clone)]
pub struct Choice {
    pub name: String,
    pub tags: Vec<&'static str>,
    pub meaning: String,
}

/// A conditional default: drawn after `depends_on`, from the attribute's own stream.
#[derive(Clone, Copy)]
pub struct Typical {
    pub depends_on: &'static [&'static str],
    pub draw: fn(&PartialRow<'_>, &mut Stream) -> Value,
    /// E.g. "growth reference for age and sex (WHO 2007, NHANES)".
    pub meaning: &'static str,
}
