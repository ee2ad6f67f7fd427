//! Numbers, and the distributions of numbers.

use super::ValueReader;
use crate::attribute::Kind;
use crate::diagnostic::{Plain, excerpt};
use crate::distribution::Distribution;
use crate::recipe::document::{Content, Node};
use crate::stream::normal::normal_cdf;

/// A normal must have at least this much of its mass in its interval; less is a slip of the pen, and beyond it the quantiles lose digits.
const LEAST_MASS: f64 = 1e-6;
/// Whole numbers beyond it are not exact as floating point.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

impl ValueReader<'_, '_, '_> {
    /// A number within the attribute's limits, whole where the attribute is.
    pub(in crate::recipe) fn number(&mut self, node: &Node) -> Option<f64> {
        let number = self.plain_number(node)?;
        let (min, max) = self.attribute.kind.limits()?;
        if let Kind::Integer { .. } = self.attribute.kind
            && (number.fract() != 0.0 || number.abs() > LARGEST_WHOLE)
        {
            self.add(
                node.span,
                format!("`{}` is a whole number, not {}", self.name(), Plain(number)),
                "",
            );
            return None;
        }
        if !(min..=max).contains(&number) {
            let noun = self.noun();
            self.add(
                node.span,
                format!(
                    "{} is out of limits: `{}` is {noun}",
                    Plain(number),
                    self.name()
                ),
                "",
            );
            return None;
        }
        Some(number)
    }

    /// Any finite number.
    pub(super) fn plain_number(&mut self, node: &Node) -> Option<f64> {
        let Content::Scalar { text, quoted } = &node.content else {
            let hint = self.allowed();
            self.add(
                node.span,
                format!(
                    "`{}` wants a number here, not {}",
                    self.name(),
                    node.describe()
                ),
                hint,
            );
            return None;
        };
        match read_number(text) {
            Some(number) if !quoted && number.is_finite() => Some(number),
            Some(number) if number.is_finite() => {
                self.add(
                    node.span,
                    format!("`{}` wants a number here, not a quoted text", self.name()),
                    format!("leave out the quotes: {text}"),
                );
                None
            }
            Some(_) => {
                self.add(
                    node.span,
                    format!(
                        "`{}` wants a finite number, not `{}`",
                        self.name(),
                        excerpt(text)
                    ),
                    self.allowed(),
                );
                None
            }
            None => {
                let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
                let hint = match read_number(digits) {
                    Some(number) if digits.len() < text.len() => {
                        format!(
                            "write the number alone: {}; the unit is part of the name",
                            Plain(number)
                        )
                    }
                    _ => self.allowed(),
                };
                self.add(
                    node.span,
                    format!(
                        "`{}` wants a number here, not {}",
                        self.name(),
                        node.describe()
                    ),
                    hint,
                );
                None
            }
        }
    }

    /// Two numbers in order, each within the limits.
    pub(in crate::recipe) fn interval(&mut self, node: &Node, form: &str) -> Option<(f64, f64)> {
        let Content::List(items) = &node.content else {
            self.add(
                node.span,
                format!(
                    "`{form}` wants a list of two numbers, not {}",
                    node.describe()
                ),
                format!("write `{form}: [a, b]`"),
            );
            return None;
        };
        let [first, second] = items.as_slice() else {
            self.add(
                node.span,
                format!("`{form}` wants two numbers, not {}", items.len()),
                format!("write `{form}: [a, b]`"),
            );
            return None;
        };
        let (a, b) = (self.number(first), self.number(second));
        let (a, b) = (a?, b?);
        if a > b {
            self.add(
                node.span,
                format!(
                    "this range runs backwards: {} is above {}",
                    Plain(a),
                    Plain(b)
                ),
                format!("write `{form}: [{}, {}]`", Plain(b), Plain(a)),
            );
            return None;
        }
        Some((a, b))
    }

    pub(super) fn range(&mut self, node: &Node) -> Option<Distribution> {
        let (min, max) = self.interval(node.get("range")?, "range")?;
        Some(Distribution::Range { min, max })
    }

    pub(super) fn normal(&mut self, node: &Node) -> Option<Distribution> {
        let parameters = node.get("normal")?;
        let parsed = match &parameters.content {
            Content::List(items) if items.len() == 2 => {
                let (mean, sd) = (self.plain_number(&items[0]), self.plain_number(&items[1]));
                match (mean, sd) {
                    (Some(mean), Some(sd)) if sd > 0.0 => Some((mean, sd)),
                    (Some(mean), Some(sd)) => {
                        self.add(
                            items[1].span,
                            format!("a standard deviation is above 0, not {}", Plain(sd)),
                            format!("write {} alone for a constant", Plain(mean)),
                        );
                        None
                    }
                    _ => None,
                }
            }
            _ => {
                let found = match &parameters.content {
                    Content::List(items) => format!("a list of {}", items.len()),
                    _ => parameters.describe(),
                };
                self.add(
                    parameters.span,
                    format!("`normal` wants its mean and standard deviation, not {found}"),
                    "write `normal: [mean, sd]`",
                );
                None
            }
        };
        let within = match node.get("within") {
            Some(within) => self.interval(within, "within"),
            None => self.attribute.kind.limits(),
        };
        let ((mean, sd), (min, max)) = (parsed?, within?);
        // A whole number stands for everything that rounds to it.
        let half = if matches!(self.attribute.kind, Kind::Integer { .. }) {
            0.5
        } else {
            0.0
        };
        if min >= max + half || mass(mean, sd, min - half, max + half) < LEAST_MASS {
            self.add(
                parameters.span,
                format!(
                    "a normal of mean {} and standard deviation {} has next to nothing between {} and {}",
                    Plain(mean),
                    Plain(sd),
                    Plain(min),
                    Plain(max)
                ),
                "widen `within`, or move the mean into it",
            );
            return None;
        }
        Some(Distribution::Normal { mean, sd, min, max })
    }
}

/// Probability that a normal falls between `min` and `max`.
pub(in crate::recipe) fn mass(mean: f64, sd: f64, min: f64, max: f64) -> f64 {
    let (a, b) = ((min - mean) / sd, (max - mean) / sd);
    if a > 0.0 {
        normal_cdf(-a) - normal_cdf(-b)
    } else {
        normal_cdf(b) - normal_cdf(a)
    }
}

/// The number that a text is, `.inf` and `.nan` included; `None` for anything else.
///
/// YAML 1.2's decimal numbers and nothing more: no hexadecimal, no underscores, no `1_000`.
pub(in crate::recipe) fn read_number(text: &str) -> Option<f64> {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(
        bare.to_ascii_lowercase().as_str(),
        ".inf" | "inf" | "infinity" | ".nan" | "nan"
    ) {
        return Some(f64::NAN);
    }
    let decimal = bare.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && bare
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    // Adding zero turns -0 into 0: they are the same number and shall be the same bytes.
    if decimal {
        text.parse::<f64>().ok().map(|number| number + 0.0)
    } else {
        None
    }
}
