//! What a release may not break, in a YAML file.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Outcome};

/// The limits of one file: `limits: {fidelity.accuracy: {at_least: 0.9}, privacy.membership: {at_most: 0.02}}`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    limits: BTreeMap<String, Limit>,
}

/// What a number must keep to; at least one of both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The least it may be.
    pub at_least: Option<f64>,
    /// The most it may be.
    pub at_most: Option<f64>,
}

/// A limit that is not kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Broken {
    /// Which finding.
    pub id: String,
    /// One sentence.
    pub sentence: String,
}

/// Why a text says no limits.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitsError {
    message: String,
    hint: String,
}

impl fmt::Display for LimitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LimitsError {}

impl LimitsError {
    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    limits: BTreeMap<String, Limit>,
}

impl Limits {
    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// A text that is not this, a limit without a bound or with a bound that is no number.
    pub fn from_yaml(text: &str) -> Result<Self, LimitsError> {
        let hint =
            "write `limits:` and below it lines such as `fidelity.accuracy: {at_least: 0.9}`";
        let file: File = serde_saphyr::from_str(text).map_err(|error| LimitsError {
            message: format!(
                "the limits cannot be read: {}",
                error
                    .to_string()
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .trim_start_matches("error: ")
            ),
            hint: hint.to_owned(),
        })?;
        for (id, limit) in &file.limits {
            let bounds = [limit.at_least, limit.at_most];
            if bounds.iter().all(Option::is_none)
                || bounds.iter().flatten().any(|bound| bound.is_nan())
            {
                return Err(LimitsError {
                    message: format!("the limit of `{id}` has no bound"),
                    hint: "say `at_least:` or `at_most:` with a number".to_owned(),
                });
            }
        }
        Ok(Self {
            limits: file.limits,
        })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty()
    }

    /// The limits that these findings break. A limit whose number was not computed is broken: it was not shown to be kept. A name may also stand for all findings below
    /// it (`fairness.labels` for `fairness.labels.sex.income`).
    ///
    /// # Errors
    ///
    /// A name that is no finding, with the nearest one.
    pub fn broken(&self, findings: &[&Finding]) -> Result<Vec<Broken>, LimitsError> {
        let mut broken = Vec::new();
        for (id, limit) in &self.limits {
            let below = format!("{id}.");
            let mut meant = findings
                .iter()
                .filter(|finding| finding.id == *id || finding.id.starts_with(&below))
                .peekable();
            if meant.peek().is_none() {
                let nearest = findings
                    .iter()
                    .min_by_key(|finding| distance(id, &finding.id));
                return Err(LimitsError {
                    message: format!("there is a limit for `{id}`, and no finding is called so"),
                    hint: nearest.map_or_else(String::new, |nearest| {
                        format!("did you mean `{}`?", nearest.id)
                    }),
                });
            }
            for finding in meant {
                let sentence = match &finding.outcome {
                    Outcome::NotComputed { why } => Some(format!(
                        "`{}` has a limit and was not computed: {why}",
                        finding.id
                    )),
                    Outcome::Computed(number) => {
                        let write = |bound| number.unit.write(bound);
                        match (limit.at_least, limit.at_most) {
                            (Some(least), _) if number.value < least => Some(format!(
                                "`{}` is {} and must be at least {}",
                                finding.id,
                                number.written(),
                                write(least)
                            )),
                            (_, Some(most)) if number.value > most => Some(format!(
                                "`{}` is {} and may be at most {}",
                                finding.id,
                                number.written(),
                                write(most)
                            )),
                            _ => None,
                        }
                    }
                };
                broken.extend(sentence.map(|sentence| Broken {
                    id: finding.id.clone(),
                    sentence,
                }));
            }
        }
        Ok(broken)
    }
}

/// Letters to change, add or leave out (Levenshtein 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let here = (before + usize::from(x != y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            before = std::mem::replace(&mut row[j + 1], here);
        }
    }
    row[b.len()]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::finding::{Direction, Number};

    fn findings() -> Vec<Finding> {
        let number = Number::share(0.8, Direction::Higher, 10);
        vec![
            Finding::new("fidelity.accuracy", "", number, ""),
            Finding::not_computed("privacy.membership", "", "there is no hold-out"),
        ]
    }

    #[test]
    fn limits_are_broken_by_numbers_beyond_them_and_by_numbers_that_are_missing() {
        let all = findings();
        let all: Vec<&Finding> = all.iter().collect();
        let broken = |text: &str| Limits::from_yaml(text).unwrap().broken(&all);
        let one = |text: &str| {
            broken(text)
                .unwrap()
                .into_iter()
                .map(|b| b.sentence)
                .collect::<Vec<_>>()
        };
        assert!(one("limits: {fidelity.accuracy: {at_least: 0.8}}").is_empty());
        assert_eq!(
            one("limits: {fidelity.accuracy: {at_least: 0.81}}"),
            ["`fidelity.accuracy` is 80.0\u{a0}% and must be at least 81.0\u{a0}%"]
        );
        assert_eq!(one("limits: {privacy: {at_most: 0.5}}").len(), 1);
        let error = broken("limits: {fidelity.acuracy: {at_least: 0.9}}").unwrap_err();
        assert_eq!(error.hint(), "did you mean `fidelity.accuracy`?");
    }

    #[test]
    fn texts_that_say_no_limits_get_a_sentence() {
        for text in [
            "",
            "limits: 3",
            "limits: {a: {}}",
            "limits: {a: {at_leest: 1}}",
            "limits: {a: {at_least: .nan}}",
            "limit: {}",
        ] {
            assert!(Limits::from_yaml(text).is_err(), "{text}");
        }
    }
}
