//! The next round: more of the group that the winner serves worst.

use serde_json::{Map, Value, json};

use crate::plan::{Plan, PlanError};
use crate::study::Findings;

/// What a round proposes for the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The plan's text, as YAML, with paths as the first plan has them.
    pub plan: String,
    /// One sentence that says what it tries.
    pub sentence: String,
}

/// The next plan: the winner is its base, and rows of the group with the greatest loss may become more frequent. The group is chosen on the half that the search saw, so that the final comparison of
/// the next round is about a hypothesis that its own half had no part in; while rounds go on only as long as each has surely gained, no correction for their number is due (a fixed sequence, Maurer et
/// al. 1995). None where nothing won, or no group of a category is large enough to be told.
///
/// # Errors
///
/// A text that is no plan.
pub fn next(text: &str, plan: &Plan, findings: &Findings) -> Result<Option<Proposal>, PlanError> {
    let Some(winner) = &findings.winner else {
        return Ok(None);
    };
    let weakest = findings
        .groups
        .iter()
        .filter(|group| group.searched >= 50 && group.name.contains(" = "))
        .max_by(|a, b| a.search_loss.total_cmp(&b.search_loss));
    let Some(weakest) = weakest else {
        return Ok(None);
    };
    let level = weakest
        .name
        .split_once(" = ")
        .map_or("", |(_, level)| level);
    let condition = format!(
        "times {} = '{}'",
        quoted(&weakest.column),
        level.replace('\'', "''")
    );
    let broken = |error: &dyn std::fmt::Display| {
        PlanError::new(
            format!("the plan cannot be carried on: {error}"),
            "write the next one by hand",
        )
    };
    let mut next: Value = serde_saphyr::from_str(text).map_err(|error| broken(&error))?;
    let Some(map) = next.as_object_mut() else {
        return Err(broken(&"it is no mapping"));
    };
    map.insert(
        "base".to_owned(),
        Value::Object(winner.iter().map(|(n, v)| (n.clone(), v.clone())).collect()),
    );
    let round = plan.round + 1;
    map.insert("round".to_owned(), json!(round));
    if let Some(knobs) = map.get_mut("knobs").and_then(Value::as_object_mut) {
        let there = plan
            .knobs
            .iter()
            .any(|knob| knob.of.to_string() == condition);
        if there {
            return Ok(None);
        }
        let mut knob = Map::new();
        knob.insert("of".to_owned(), json!(condition));
        knob.insert("values".to_owned(), json!([null, 1.5, 2, 3, 5]));
        knobs.insert(format!("more_{round}"), Value::Object(knob));
    }
    let words = plan.metric.words();
    let plan = serde_saphyr::to_string(&next).map_err(|error| broken(&error))?;
    Ok(Some(Proposal {
        plan,
        sentence: format!(
            "the winner's {} is greatest where {}: the next round begins with the winner and tries more such rows",
            words, weakest.name
        ),
    }))
}

/// A column's name as conditions have it.
fn quoted(name: &str) -> String {
    let plain = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !name.starts_with(|letter: char| letter.is_ascii_digit());
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}
