//! The record of what a person allowed to be done with their data.
//!
//! It travels with everything that is made from the data. This module checks that it says something; whether it is true, and whether what is
//! done stays within its scope, no program can know.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a person agreed to. There is none without all four.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Who or what it is about, by a key that means nothing outside the owner's records: `subject-0041`. Withdrawal goes by it.
    pub source: String,
    /// What may be done: `training of models for driver monitoring, within the company`.
    pub scope: String,
    /// The day it was given: `2026-11-22`.
    pub date: String,
    /// Under which terms, or where they are: a licence, an address, a document's number.
    pub terms: String,
}

/// A consent record as a file holds it, before it is checked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentDraft {
    source: Option<String>,
    scope: Option<String>,
    date: Option<String>,
    terms: Option<String>,
}

/// What a consent record lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentError {
    /// A field is not there or empty.
    Missing(&'static str),
    /// The date is no day of the calendar, written year-month-day.
    Date,
    /// A field is longer than 1,000 characters.
    Long(&'static str),
}

impl fmt::Display for ConsentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(field) => write!(f, "the consent record has no `{field}`"),
            Self::Date => f.write_str("the consent record's `date` is not a day like 2026-11-22"),
            Self::Long(field) => {
                write!(
                    f,
                    "the consent record's `{field}` is longer than 1,000 characters"
                )
            }
        }
    }
}

impl std::error::Error for ConsentError {}

impl ConsentError {
    /// What to write.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing("source") => {
                "say who it is about by a key of your own: `source: subject-0041`"
            }
            Self::Missing("scope") => {
                "say what the person allowed: `scope: training of face models`"
            }
            Self::Missing("date") | Self::Date => "say when it was given: `date: 2026-11-22`",
            Self::Missing(_) => {
                "say under which terms, or where they are: `terms: https://…` or `terms: CC BY 3.0`"
            }
            Self::Long(_) => "refer to a document instead",
        }
    }
}

impl ConsentDraft {
    /// # Errors
    /// Everything that is wrong, one entry each.
    pub fn checked(self) -> Result<Consent, Vec<ConsentError>> {
        let mut wrong = Vec::new();
        let mut field = |name: &'static str, value: Option<String>| {
            let value = value.unwrap_or_default().trim().to_owned();
            if value.is_empty() {
                wrong.push(ConsentError::Missing(name));
            } else if value.chars().count() > 1000 {
                wrong.push(ConsentError::Long(name));
            }
            value
        };
        let consent = Consent {
            source: field("source", self.source),
            scope: field("scope", self.scope),
            date: field("date", self.date),
            terms: field("terms", self.terms),
        };
        if !consent.date.is_empty() && !is_day(&consent.date) {
            wrong.push(ConsentError::Date);
        }
        if wrong.is_empty() {
            Ok(consent)
        } else {
            Err(wrong)
        }
    }
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let number = |digits: &str, count: usize| {
        (digits.len() == count && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn draft(json: &str) -> ConsentDraft {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_whole_record_passes_and_loses_only_blanks() {
        let json = r#"{"source": " s-1 ", "scope": "research", "date": "2024-02-29", "terms": "CC BY 3.0"}"#;
        let consent = draft(json).checked().unwrap();
        assert_eq!(consent.source, "s-1");
    }

    #[test]
    fn every_field_that_is_missing_or_empty_is_told() {
        let wrong = draft(r#"{"source": "s", "scope": " "}"#)
            .checked()
            .unwrap_err();
        assert_eq!(
            wrong,
            [
                ConsentError::Missing("scope"),
                ConsentError::Missing("date"),
                ConsentError::Missing("terms")
            ]
        );
        let told = wrong[0].to_string();
        assert!(told.contains("`scope`") && wrong[0].hint().contains("scope:"));
    }

    #[test]
    fn days_are_days_of_the_calendar() {
        for (day, is) in [
            ("2026-11-22", true),
            ("2023-02-29", false),
            ("2026-13-01", false),
            ("22.11.2026", false),
            ("2026-1-1", false),
        ] {
            assert_eq!(is_day(day), is, "{day}");
        }
    }
}
