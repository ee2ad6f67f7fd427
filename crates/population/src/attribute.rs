//! Typed, named quantities of a sample, and the schema a stage publishes.

use std::borrow::Cow;
use std::fmt;

use crate::distribution::{Alternative, Distribution, Selection};
use crate::row::{PartialRow, Value};
use crate::source::SourceFile;
use crate::stream::Stream;

/// The sections of a recipe besides `population`: an attribute whose name starts with one of them and a dot is written inside it.
pub const SECTIONS: [&str; 4] = ["sequence", "camera", "light", "quality"];

/// What a stage understands: its attributes in drawing order, and the names of its labels.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The stage's name as a recipe writes it, e.g. `people`.
    pub stage: &'static str,
    /// In the order in which rows list them. The population draws them by dependency, so the order carries no meaning beyond that.
    pub attributes: Vec<Attribute>,
    /// Labels a recipe may ask for, with one sentence each; all are on by default.
    pub labels: Vec<Choice>,
    /// Files of the user's own that some choices stand for, in the order in which a recipe lists them.
    pub sources: Vec<SourceFile>,
}

impl Schema {
    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    /// Whether the schema keeps its own rules: names once, limits in order, every default fitting its attribute, every dependency known.
    ///
    /// # Errors
    /// One sentence on the first thing that is wrong: a bug in the stage, which its tests shall find.
    pub fn check(&self) -> Result<(), String> {
        for (position, attribute) in self.attributes.iter().enumerate() {
            let name = attribute.name;
            if self.position(name) != Some(position) {
                return Err(format!("`{name}` is listed twice"));
            }
            let fine = match &attribute.kind {
                Kind::Number { min, max, .. } => min.is_finite() && max.is_finite() && min <= max,
                Kind::Integer { min, max, .. } => {
                    min <= max && min.unsigned_abs().max(max.unsigned_abs()) <= 1 << 53
                }
                Kind::Category { choices } => !choices.is_empty(),
                Kind::Mix { components } => !components.is_empty(),
            };
            if !fine {
                return Err(format!("`{name}` has no value at all, or no finite limits"));
            }
            attribute.default.check(attribute)?;
            if attribute.constant && !matches!(attribute.default, Distribution::Constant(_)) {
                return Err(format!(
                    "`{name}` must be the same for all samples, but its default is not"
                ));
            }
            if let Some(other) = attribute.follows
                && self.choices(other).is_none()
            {
                return Err(format!("`{name}` follows `{other}`, which is no category"));
            }
            if let Some(sentence) = self.unfit_fact(attribute) {
                return Err(sentence);
            }
            let dependencies = attribute
                .typical
                .iter()
                .flat_map(|typical| typical.depends_on);
            if let Some(missing) = dependencies
                .into_iter()
                .find(|other| self.attribute(other).is_none())
            {
                return Err(format!(
                    "the typical draw of `{name}` depends on `{missing}`, which does not exist"
                ));
            }
        }
        Ok(())
    }

    /// The choices of a category.
    fn choices(&self, name: &str) -> Option<&[Choice]> {
        match &self.attribute(name)?.kind {
            Kind::Category { choices } => Some(choices),
            Kind::Number { .. } | Kind::Integer { .. } | Kind::Mix { .. } => None,
        }
    }

    /// The first thing a choice says of another attribute that this attribute cannot have, or that nobody asks for.
    fn unfit_fact(&self, attribute: &Attribute) -> Option<String> {
        let Kind::Category { choices } = &attribute.kind else {
            return None;
        };
        choices
            .iter()
            .flat_map(|choice| &choice.facts)
            .find_map(|(of, value)| {
                let fits = self.attribute(of).is_some_and(|other| {
                    other.follows == Some(attribute.name) && other.kind.admits(value)
                });
                (!fits).then(|| {
                    format!(
                        "a choice of `{}` says something of `{of}` that it cannot be",
                        attribute.name
                    )
                })
            })
    }

    /// What the drawn choice of the category that `attribute` follows says of it.
    pub(crate) fn fact(&self, attribute: &Attribute, values: &[Value]) -> Option<Value> {
        let leader = self.position(attribute.follows?)?;
        let Value::Category(drawn) = values.get(leader)? else {
            return None;
        };
        let choice = self
            .choices(attribute.follows?)?
            .iter()
            .find(|c| c.name == *drawn)?;
        let fact = choice.facts.iter().find(|(of, _)| *of == attribute.name);
        fact.map(|(_, value)| value.clone())
    }

    /// Its place in [`Schema::attributes`].
    pub fn position(&self, name: &str) -> Option<usize> {
        self.attributes
            .iter()
            .position(|attribute| attribute.name == name)
    }
}

/// One attribute: name with unit, kind with range, default and meaning.
///
/// The constructors read as a list, one attribute a line:
///
/// ```
/// use population::{Attribute, Choice};
///
/// let yaw = Attribute::number("head.yaw_deg", -90.0, 90.0, "deg", "turn of the head to the person's left")
///     .default_normal(0.0, 12.0);
/// let eyewear = Attribute::category(
///     "eyewear",
///     [Choice::new("none", "bare eyes"), Choice::new("glasses", "clear lenses").tag("lenses")],
///     "what is worn over the eyes",
/// )
/// .default_shares(&[("none", 75.0), ("glasses", 25.0)]);
/// assert_eq!(yaw.name, "head.yaw_deg");
/// assert!(!eyewear.constant);
/// ```
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Dotted, unit in the name: `head.yaw_deg`. Names that start with one of [`SECTIONS`] are written in a recipe inside that section.
    pub name: &'static str,
    /// Type and range.
    pub kind: Kind,
    /// What it is drawn from when the recipe is silent.
    pub default: Distribution,
    /// A draw that depends on other attributes; a recipe asks for it by the word `typical`.
    pub typical: Option<Typical>,
    /// One sentence for the schema, the docs and the card.
    pub meaning: &'static str,
    /// The value must be the same for all samples of a data set (image size, rig).
    pub constant: bool,
    /// A category whose choices may know this attribute's value, see [`Distribution::Known`].
    pub follows: Option<&'static str>,
    /// Whether files that a recipe names become choices: a schema without them does not list all.
    pub named_by_sources: bool,
}

impl Attribute {
    fn new(name: &'static str, kind: Kind, default: Distribution, meaning: &'static str) -> Self {
        Self {
            name,
            kind,
            default,
            typical: None,
            meaning,
            constant: false,
            follows: None,
            named_by_sources: false,
        }
    }

    /// A real number in `[min, max]`; uniform over all of it until a `default_…` says otherwise.
    ///
    /// `unit` is for messages (`deg`, `years`) and empty when dimensionless.
    pub fn number(
        name: &'static str,
        min: f64,
        max: f64,
        unit: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self::new(
            name,
            Kind::Number { min, max, unit },
            Distribution::Range { min, max },
            meaning,
        )
    }

    /// A whole number in `[min, max]`; uniform over all of it until a `default_…` says otherwise.
    pub fn integer(
        name: &'static str,
        min: i64,
        max: i64,
        unit: &'static str,
        meaning: &'static str,
    ) -> Self {
        let default = Distribution::Range {
            min: min as f64,
            max: max as f64,
        };
        Self::new(name, Kind::Integer { min, max, unit }, default, meaning)
    }

    /// One of a closed list; all alike until a `default_…` says otherwise.
    pub fn category(
        name: &'static str,
        choices: impl IntoIterator<Item = Choice>,
        meaning: &'static str,
    ) -> Self {
        let choices: Vec<Choice> = choices.into_iter().collect();
        let names = choices.iter().map(|choice| choice.name.clone()).collect();
        Self::new(
            name,
            Kind::Category { choices },
            Distribution::AnyOf(Selection::Names(names)),
            meaning,
        )
    }

    /// A category of `yes` and `no` (a recipe may also write `true` and `false`); `no` until a `default_…` says otherwise.
    pub fn flag(name: &'static str, meaning: &'static str) -> Self {
        Self::category(
            name,
            [Choice::new("yes", meaning), Choice::new("no", "not so")],
            meaning,
        )
        .default_constant("no")
    }

    /// Weights over `components` that sum to 1; a uniform Dirichlet over all of them until a `default_…` says otherwise.
    pub fn mix(
        name: &'static str,
        components: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        let default = Distribution::Dirichlet {
            concentration: vec![1.0; components.len()],
        };
        Self::new(name, Kind::Mix { components }, default, meaning)
    }

    /// By default uniform in `[a, b]`.
    pub fn default_range(self, a: f64, b: f64) -> Self {
        self.default_distribution(Distribution::Range { min: a, max: b })
    }

    /// By default normal, cut to the attribute's own limits.
    pub fn default_normal(self, mean: f64, sd: f64) -> Self {
        let (min, max) = self
            .kind
            .limits()
            .unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        self.default_normal_within(mean, sd, min, max)
    }

    /// By default normal, cut to `[a, b]`.
    pub fn default_normal_within(self, mean: f64, sd: f64, a: f64, b: f64) -> Self {
        self.default_distribution(Distribution::Normal {
            mean,
            sd,
            min: a,
            max: b,
        })
    }

    /// By default always this value.
    pub fn default_constant(self, value: impl Into<Value>) -> Self {
        let value = match (&self.kind, value.into()) {
            (Kind::Number { .. }, Value::Integer(whole)) => Value::Number(whole as f64),
            (_, value) => value,
        };
        self.default_distribution(Distribution::Constant(value))
    }

    /// By default one of these choices, with these shares in per cent (they must sum to 100).
    pub fn default_shares(self, shares: &[(&str, f64)]) -> Self {
        let alternatives = shares
            .iter()
            .map(|&(name, percent)| Alternative {
                percent,
                of: Distribution::Constant(Value::from(name)),
            })
            .collect();
        self.default_distribution(Distribution::Alternatives(alternatives))
    }

    /// By default any choice with this tag, all alike.
    pub fn default_any_of(self, tag: &str) -> Self {
        self.default_distribution(Distribution::AnyOf(Selection::Tag(tag.to_owned())))
    }

    /// By default a Dirichlet with one concentration per component; 0 leaves a component out.
    pub fn default_dirichlet(self, concentration: &[f64]) -> Self {
        self.default_distribution(Distribution::Dirichlet {
            concentration: concentration.to_vec(),
        })
    }

    /// By default drawn from any [`Distribution`].
    pub fn default_distribution(mut self, default: Distribution) -> Self {
        self.default = default;
        self
    }

    /// A draw that depends on other attributes, which is also the default from here on; see [`Typical`].
    ///
    /// A `default_…` called afterwards takes the default back and leaves the word `typical` for recipes that want it.
    pub fn typical(
        mut self,
        depends_on: &'static [&'static str],
        draw: fn(&PartialRow<'_>, &mut Stream) -> Value,
        meaning: &'static str,
    ) -> Self {
        self.typical = Some(Typical {
            depends_on,
            draw,
            meaning,
        });
        self.default_distribution(Distribution::Typical)
    }

    /// Demands one value for the whole data set.
    pub fn constant(mut self) -> Self {
        self.constant = true;
        self
    }

    /// Lets the choices of the category `leader` know this attribute's value; see [`Choice::fact`].
    pub fn follows(mut self, leader: &'static str) -> Self {
        self.follows = Some(leader);
        self
    }

    /// Says that files of a recipe are choices of it.
    pub fn named_by_sources(mut self) -> Self {
        self.named_by_sources = true;
        self
    }

    /// By default what the followed category's choice knows, and where it knows nothing what was the default before.
    pub fn default_known(mut self) -> Self {
        self.default = Distribution::Known {
            otherwise: Box::new(self.default),
        };
        self
    }

    /// A number moved to the nearest limit it is beyond; anything else unchanged.
    pub(crate) fn limit(&self, value: Value) -> Value {
        match (&self.kind, value) {
            (Kind::Number { min, max, .. }, Value::Number(x)) => Value::Number(x.clamp(*min, *max)),
            (Kind::Integer { min, max, .. }, Value::Integer(x)) => {
                Value::Integer(x.clamp(*min, *max))
            }
            (_, value) => value,
        }
    }

    /// The section of a recipe it is written in and its key there: `camera.rig` → (`camera`, `rig`), `head.yaw_deg` → (`population`, `head.yaw_deg`).
    pub fn section_and_key(&self) -> (&'static str, &'static str) {
        SECTIONS
            .into_iter()
            .find_map(|section| {
                Some((section, self.name.strip_prefix(section)?.strip_prefix('.')?))
            })
            .unwrap_or(("population", self.name))
    }
}

/// Type and range of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A real number.
    Number {
        /// Smallest allowed value, finite.
        min: f64,
        /// Largest allowed value, finite.
        max: f64,
        /// For messages (`deg`, `years`); empty when dimensionless.
        unit: &'static str,
    },
    /// A whole number, exact up to 2^53.
    Integer {
        /// Smallest allowed value.
        min: i64,
        /// Largest allowed value.
        max: i64,
        /// For messages (`px`); empty when dimensionless.
        unit: &'static str,
    },
    /// One of a closed list.
    Category {
        /// All of them, in the order in which messages list them.
        choices: Vec<Choice>,
    },
    /// Weights that sum to 1, one column per component: `ancestry.african`, …
    Mix {
        /// Names of the components, in column order.
        components: &'static [&'static str],
    },
}

impl Kind {
    /// Smallest and largest value of a number or an integer.
    pub fn limits(&self) -> Option<(f64, f64)> {
        match *self {
            Kind::Number { min, max, .. } => Some((min, max)),
            Kind::Integer { min, max, .. } => Some((min as f64, max as f64)),
            Kind::Category { .. } | Kind::Mix { .. } => None,
        }
    }

    /// Whether `value` is of this kind and within its limits.
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (Kind::Number { min, max, .. }, Value::Number(x)) => (*min..=*max).contains(x),
            (Kind::Integer { min, max, .. }, Value::Integer(x)) => (*min..=*max).contains(x),
            (Kind::Category { choices }, Value::Category(x)) => {
                choices.iter().any(|choice| choice.name == *x)
            }
            (Kind::Mix { components }, Value::Mix(weights)) => {
                weights.len() == components.len()
                    && weights.iter().all(|weight| (0.0..=1.0).contains(weight))
                    && (weights.iter().sum::<f64>() - 1.0).abs() <= 1e-6
            }
            _ => false,
        }
    }
}

/// One allowed word, what it means, and the tags `any_of` may select it by.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// As a recipe writes it.
    pub name: String,
    /// Words that `any_of` accepts for a group of choices.
    pub tags: Vec<Cow<'static, str>>,
    /// One sentence for the schema and the docs.
    pub meaning: String,
    /// What it says of attributes that follow its category.
    pub facts: Vec<(&'static str, Value)>,
    /// Whether what it stands for may no longer be used. It keeps its place, so that draws of other choices stay what they are; where it is
    /// drawn, another choice with the same tag stands in, or the first choice of all.
    pub withdrawn: bool,
}

impl Choice {
    /// A choice without tags.
    pub fn new(name: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tags: Vec::new(),
            meaning: meaning.into(),
            facts: Vec::new(),
            withdrawn: false,
        }
    }

    /// Adds a tag.
    pub fn tag(mut self, tag: impl Into<Cow<'static, str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Says what an attribute that follows its category is where this choice is drawn.
    pub fn fact(mut self, attribute: &'static str, value: impl Into<Value>) -> Self {
        self.facts.push((attribute, value.into()));
        self
    }

    /// Marks it as withdrawn.
    pub fn withdrawn(mut self) -> Self {
        self.withdrawn = true;
        self
    }

    pub(crate) fn is_tagged(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}

/// A conditional draw: made after `depends_on`, from the attribute's own stream.
#[derive(Clone, Copy)]
pub struct Typical {
    /// The only attributes that `draw` may read.
    pub depends_on: &'static [&'static str],
    /// A pure function of the attributes it depends on and the stream. Numbers beyond the attribute's limits are moved to the limit.
    pub draw: fn(&PartialRow<'_>, &mut Stream) -> Value,
    /// Where it comes from, e.g. "growth reference for age and sex (WHO 2007, NHANES)".
    pub meaning: &'static str,
}

impl fmt::Debug for Typical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typical")
            .field("depends_on", &self.depends_on)
            .field("meaning", &self.meaning)
            .finish_non_exhaustive()
    }
}
