//! What an attribute is drawn from.

use crate::row::Value;

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
