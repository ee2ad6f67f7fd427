//! What a study may turn, and how far.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::plan::PlanError;

/// A choice of values, one for each knob that is turned; a knob that is not in it stands as the sources say.
pub type Setting = BTreeMap<String, Value>;

/// One thing that differs between data sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    /// Its name in the plan.
    pub name: String,
    /// What it turns.
    pub of: Of,
    /// The source it is about; all of them where none is named.
    pub source: Option<String>,
    /// What it can be turned to.
    pub reach: Reach,
}

/// What a knob turns.
#[derive(Debug, Clone, PartialEq)]
pub enum Of {
    /// Samples of the whole data set.
    Amount,
    /// How much of the data set comes from a source, beside the others' weights.
    Weight(String),
    /// A value of recipes, by its dotted name.
    Set(String),
    /// The share of rows that a condition holds for.
    Share(String),
    /// How many times more frequent rows become that a condition holds for.
    Times(String),
    /// By how much a column's mean moves.
    Move(String),
    /// How boldly a model draws; 1 is as learned.
    Temperature,
    /// `plain` or `refined`.
    Draw,
    /// A value that the learner is told.
    Learner(String),
}

/// The values of a knob.
#[derive(Debug, Clone, PartialEq)]
pub enum Reach {
    /// One of these.
    Values(Vec<Value>),
    /// Numbers between two ends.
    Range {
        /// The lower end.
        from: f64,
        /// The upper end.
        to: f64,
        /// Whether equal factors, not equal differences, are equally far.
        log: bool,
        /// Whether only whole numbers are meant.
        whole: bool,
    },
}

impl Of {
    /// Reads `amount`, `weight real`, `set head.yaw_deg`, `share income = '>50K'` and the like.
    ///
    /// # Errors
    ///
    /// Another first word, and words that lack what they are about.
    pub(crate) fn parse(text: &str) -> Result<Self, PlanError> {
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim().to_owned();
        let alone = |of: Self| {
            if rest.is_empty() {
                Ok(of)
            } else {
                Err(PlanError::new(
                    format!("`of: {text}` says `{rest}` behind `{word}`, which stands alone"),
                    format!("write `of: {word}`"),
                ))
            }
        };
        let about = |what: &str, example: &str| {
            if rest.is_empty() {
                Err(PlanError::new(
                    format!("`of: {word}` does not say which {what}"),
                    format!("write `of: {example}`"),
                ))
            } else {
                Ok(rest.clone())
            }
        };
        match word {
            "amount" => alone(Self::Amount),
            "temperature" => alone(Self::Temperature),
            "draw" => alone(Self::Draw),
            "weight" => about("source", "weight real").map(Self::Weight),
            "set" => about("value of the recipe", "set head.yaw_deg").map(Self::Set),
            "share" => about("rows", "share income = '>50K'").map(Self::Share),
            "times" => about("rows", "times fraud = 'yes'").map(Self::Times),
            "move" => about("column", "move age").map(Self::Move),
            "learner" => about("setting of the learner", "learner trees").map(Self::Learner),
            _ => Err(PlanError::new(
                format!("`of: {text}` begins with `{word}`, which is nothing that a knob turns"),
                "knobs turn amount, weight SOURCE, set ATTRIBUTE, share CONDITION, times CONDITION, move COLUMN, temperature, draw, or learner NAME",
            )),
        }
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount => f.write_str("amount"),
            Self::Temperature => f.write_str("temperature"),
            Self::Draw => f.write_str("draw"),
            Self::Weight(of) => write!(f, "weight {of}"),
            Self::Set(of) => write!(f, "set {of}"),
            Self::Share(of) => write!(f, "share {of}"),
            Self::Times(of) => write!(f, "times {of}"),
            Self::Move(of) => write!(f, "move {of}"),
            Self::Learner(of) => write!(f, "learner {of}"),
        }
    }
}

impl Reach {
    /// The value at a place in `[0, 1)`.
    pub(crate) fn at(&self, place: f64) -> Value {
        match self {
            Self::Values(values) => {
                let at = (place * values.len() as f64) as usize;
                values
                    .get(at.min(values.len().saturating_sub(1)))
                    .cloned()
                    .unwrap_or(Value::Null)
            }
            Self::Range {
                from,
                to,
                log,
                whole,
            } => {
                let value = if *log {
                    from * libm::pow(to / from, place)
                } else {
                    from + (to - from) * place
                };
                if *whole {
                    // Whole numbers share the range evenly, the ends included.
                    let value = value.round().clamp(*from, *to);
                    Value::from(value as i64)
                } else {
                    // Four digits say enough of what was tried, and read well.
                    Value::from(rounded(value))
                }
            }
        }
    }

    /// How many values there are; none where they are a range.
    pub(crate) fn count(&self) -> Option<usize> {
        match self {
            Self::Values(values) => Some(values.len()),
            Self::Range { .. } => None,
        }
    }
}

/// To four significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// A value as a leaderboard writes it.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What differs from the sources, in words: `amount = 4000, real = 0.3`.
pub(crate) fn difference(setting: &Setting) -> String {
    if setting.is_empty() {
        return "as the sources say".to_owned();
    }
    let parts: Vec<String> = setting
        .iter()
        .map(|(name, value)| format!("{name} = {}", written(value)))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn knobs_are_read_as_they_are_written() {
        for text in [
            "amount",
            "weight real",
            "set head.yaw_deg",
            "share income = '>50K'",
            "times a > 3",
            "move age",
            "temperature",
            "draw",
            "learner trees",
        ] {
            assert_eq!(Of::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "amount 3", "weight", "hue"] {
            assert!(Of::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_is_spread_evenly_and_a_list_has_equal_parts() {
        let range = |log: bool| Reach::Range {
            from: 1.0,
            to: 100.0,
            log,
            whole: false,
        };
        assert_eq!(range(false).at(0.5), Value::from(50.5));
        assert_eq!(range(true).at(0.5), Value::from(10.0));
        let list = Reach::Values((0..7).map(Value::from).collect());
        let mut counts = [0; 7];
        for place in 0..700 {
            let value = list.at(f64::from(place) / 700.0).as_u64().unwrap();
            counts[value as usize] += 1;
        }
        assert_eq!(counts, [100; 7]);
        let whole = Reach::Range {
            from: 1.0,
            to: 3.0,
            log: false,
            whole: true,
        };
        assert_eq!(whole.at(0.999), Value::from(3));
    }
}
