//! Rules in a YAML file.

use population::Diagnostic;

use super::Rule;
use crate::layout::document::{self, Content, Text};
use crate::table::Column;

/// Reads `rules: [age >= 18, total = price * pieces]`.
///
/// # Errors
///
/// All mistakes of the file, each with its place.
pub fn read_rules(
    text: &str,
    file: &str,
    columns: &[Column],
) -> Result<Vec<Rule>, Vec<Diagnostic>> {
    let lines = Text::new(file, text);
    let hint = "write `rules:` and below it conditions, such as `- age >= 18`";
    let Some(root) = document::read(text, &lines).map_err(|mistake| vec![mistake])? else {
        return Ok(Vec::new());
    };
    let mut mistakes = Vec::new();
    let mut found = Vec::new();
    for (key, node) in root.entries() {
        if key.text != "rules" {
            let message = format!("`{}` has no meaning here", key.text);
            mistakes.push(lines.mistake(key.place, message, hint));
        } else if !matches!(node.content, Content::List(_)) {
            mistakes.push(lines.mistake(node.place, "`rules` is a list", hint));
        }
    }
    let Some(rules) = root.get("rules") else {
        if mistakes.is_empty() {
            mistakes.push(lines.mistake(root.place, "there is no `rules:` here", hint));
        }
        return Err(mistakes);
    };
    for item in rules.items() {
        match item.word().map(|word| Rule::parse(word, columns)) {
            Some(Ok(rule)) => found.push(rule),
            Some(Err(error)) => {
                mistakes.push(lines.mistake(item.place, error.to_string(), error.hint()));
            }
            None => mistakes.push(lines.mistake(
                item.place,
                "this rule is no text",
                "put a condition with `: ` or a bracket at its beginning in quotes",
            )),
        }
    }
    if mistakes.is_empty() {
        Ok(found)
    } else {
        Err(mistakes)
    }
}
