//! What an attribute is drawn from.

use crate::attribute::{Attribute, Choice, Kind, Typical};
use crate::row::Value;
use crate::stream::Stream;

/// What an attribute is drawn from. One enum with all of them: users choose by form in a recipe.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(Value),
    /// Uniform in `[min, max]`; for integers each whole number from `min` to `max` alike.
    Range {
        /// Lower end.
        min: f64,
        /// Upper end, `>= min`.
        max: f64,
    },
    /// Normal, cut to `[min, max]` by the inverse of the distribution function. Integers are rounded to the nearest.
    Normal {
        /// Of the normal before the cut.
        mean: f64,
        /// Standard deviation before the cut, `> 0`.
        sd: f64,
        /// Lower end of the cut.
        min: f64,
        /// Upper end of the cut, `> min`.
        max: f64,
    },
    /// One of several, by share.
    Alternatives(Vec<Alternative>),
    /// Random weights of a mix: one concentration per component, 0 leaves the component out.
    Dirichlet {
        /// In the order of the mix's components, each `>= 0`, at least one `> 0`.
        concentration: Vec<f64>,
    },
    /// One of some choices of a category, all alike.
    AnyOf(Selection),
    /// The attribute's own conditional draw, see [`crate::Typical`].
    Typical,
    /// What the choice drawn for the category that the attribute follows says of it, see [`crate::Choice::fact`].
    Known {
        /// Where that choice says nothing.
        otherwise: Box<Distribution>,
    },
}

/// One of several distributions and its share.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Share in per cent; those of one list sum to 100.
    pub percent: f64,
    /// What is drawn when it is chosen.
    pub of: Distribution,
}

/// Which choices `any_of` means.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// Those with this tag.
    Tag(String),
    /// Those of these names.
    Names(Vec<String>),
}

impl Distribution {
    /// Whether some draw may come from the attribute's own conditional draw.
    pub fn is_ever_typical(&self) -> bool {
        self.is_ever(&|it| matches!(it, Distribution::Typical))
    }

    /// Whether some draw may come from what the choice of another attribute knows.
    pub fn is_ever_known(&self) -> bool {
        self.is_ever(&|it| matches!(it, Distribution::Known { .. }))
    }

    fn is_ever(&self, what: &dyn Fn(&Distribution) -> bool) -> bool {
        what(self)
            || match self {
                Distribution::Alternatives(alternatives) => alternatives
                    .iter()
                    .any(|alternative| alternative.of.is_ever(what)),
                Distribution::Known { otherwise } => otherwise.is_ever(what),
                Distribution::Typical
                | Distribution::Constant(_)
                | Distribution::Range { .. }
                | Distribution::Normal { .. }
                | Distribution::Dirichlet { .. }
                | Distribution::AnyOf(_) => false,
            }
    }

    /// One draw for `attribute` from its own stream. `typical` is called where the attribute's conditional draw is asked for; `known` is what the
    /// category that it follows says of it.
    ///
    /// Whatever fits the attribute's kind (see [`Distribution::check`]) draws a value of it, within its limits.
    pub(crate) fn draw(
        &self,
        attribute: &Attribute,
        stream: &mut Stream,
        known: Option<&Value>,
        typical: &mut dyn FnMut(&Typical, &mut Stream) -> Value,
    ) -> Value {
        match self {
            Distribution::Constant(value) => value.clone(),
            Distribution::Range { min, max } => match attribute.kind {
                Kind::Integer { .. } => {
                    let (low, high) = (*min as i64, *max as i64);
                    Value::Integer(
                        low.saturating_add(
                            stream
                                .below(high.abs_diff(low).saturating_add(1))
                                .cast_signed(),
                        ),
                    )
                }
                _ => Value::Number(stream.range(*min, *max)),
            },
            Distribution::Normal { mean, sd, min, max } => match attribute.kind {
                Kind::Integer { .. } => {
                    // Half a unit more on either side, so that the end values get their whole share.
                    let drawn = stream.normal_within(*mean, *sd, min - 0.5, max + 0.5);
                    Value::Integer(libm::rint(drawn).clamp(*min, *max) as i64)
                }
                _ => Value::Number(stream.normal_within(*mean, *sd, *min, *max)),
            },
            Distribution::Alternatives(alternatives) => {
                let mut left = stream.uniform() * 100.0;
                let chosen = alternatives.iter().find(|alternative| {
                    left -= alternative.percent;
                    left < 0.0
                });
                // Shares may sum to a hair less than 100: the last one that can be drawn at all takes it.
                let last = || {
                    alternatives
                        .iter()
                        .rfind(|alternative| alternative.percent > 0.0)
                };
                match chosen.or_else(last) {
                    Some(alternative) => alternative.of.draw(attribute, stream, known, typical),
                    None => unchecked(attribute),
                }
            }
            Distribution::Dirichlet { concentration } => {
                Value::Mix(stream.dirichlet(concentration))
            }
            Distribution::AnyOf(Selection::Names(names)) => {
                match names.get(stream.below(names.len() as u64) as usize) {
                    Some(name) => Value::Category(name.clone()),
                    None => unchecked(attribute),
                }
            }
            Distribution::AnyOf(Selection::Tag(tag)) => {
                let Kind::Category { choices } = &attribute.kind else {
                    unchecked(attribute)
                };
                let tagged = |choice: &&Choice| choice.is_tagged(tag);
                let drawn = stream.below(choices.iter().filter(tagged).count() as u64) as usize;
                match choices.iter().filter(tagged).nth(drawn) {
                    Some(choice) => Value::Category(choice.name.clone()),
                    None => unchecked(attribute),
                }
            }
            Distribution::Typical => match &attribute.typical {
                Some(conditional) => attribute.limit(typical(conditional, stream)),
                None => unchecked(attribute),
            },
            Distribution::Known { otherwise } => match known {
                Some(value) => value.clone(),
                None => otherwise.draw(attribute, stream, known, typical),
            },
        }
    }

    /// Whether every draw is a value of this attribute.
    ///
    /// # Errors
    /// One sentence on the first thing that does not fit. Recipes are checked as they are read, with a place in the file for each
    /// mistake; this is for the defaults of a schema and for populations made in code.
    pub fn check(&self, attribute: &Attribute) -> Result<(), String> {
        let name = attribute.name;
        let fits = match (self, &attribute.kind) {
            (Distribution::Constant(value), kind) => kind.admits(value),
            (
                Distribution::Range { min, max },
                Kind::Number {
                    min: low,
                    max: high,
                    ..
                },
            ) => low <= min && min <= max && max <= high,
            (
                Distribution::Range { min, max },
                Kind::Integer {
                    min: low,
                    max: high,
                    ..
                },
            ) => {
                *low as f64 <= *min
                    && min <= max
                    && *max <= *high as f64
                    && min.fract() == 0.0
                    && max.fract() == 0.0
            }
            (
                Distribution::Normal { mean, sd, min, max },
                Kind::Number { .. } | Kind::Integer { .. },
            ) => {
                let (low, high) = attribute.kind.limits().unwrap_or_default();
                mean.is_finite()
                    && sd.is_finite()
                    && *sd > 0.0
                    && low <= *min
                    && min < max
                    && *max <= high
            }
            (Distribution::Alternatives(alternatives), _) => {
                for alternative in alternatives {
                    alternative.of.check(attribute)?;
                }
                let sum: f64 = alternatives
                    .iter()
                    .map(|alternative| alternative.percent)
                    .sum();
                if !((sum - 100.0).abs() <= 1e-6
                    && alternatives
                        .iter()
                        .all(|alternative| alternative.percent >= 0.0))
                {
                    return Err(format!(
                        "the percentages of `{name}` sum to {sum}, not to 100"
                    ));
                }
                true
            }
            (Distribution::Dirichlet { concentration }, Kind::Mix { components }) => {
                concentration.len() == components.len()
                    && concentration
                        .iter()
                        .all(|value| value.is_finite() && *value >= 0.0)
                    && concentration.iter().any(|value| *value > 0.0)
            }
            (Distribution::AnyOf(Selection::Tag(tag)), Kind::Category { choices }) => {
                choices.iter().any(|choice| choice.is_tagged(tag))
            }
            (Distribution::AnyOf(Selection::Names(names)), Kind::Category { choices }) => {
                // In schema order and none twice: then the order in which a recipe lists them changes no byte.
                let mut later = choices.iter();
                !names.is_empty()
                    && names
                        .iter()
                        .all(|name| later.any(|choice| choice.name == *name))
            }
            (Distribution::Typical, _) => attribute.typical.is_some(),
            (Distribution::Known { otherwise }, _) => {
                otherwise.check(attribute)?;
                attribute.follows.is_some()
            }
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(format!("`{name}` cannot be drawn from {self:?}"))
        }
    }
}

/// A distribution that [`Distribution::check`] refuses was drawn from: a bug in this crate, which checks every distribution first.
fn unchecked(attribute: &Attribute) -> ! {
    panic!(
        "`{}` is drawn from a distribution that does not fit it",
        attribute.name
    )
}
