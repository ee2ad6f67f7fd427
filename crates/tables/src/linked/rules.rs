//! Rules of several tables in a YAML file: a list whose conditions name their tables, or a list for each table.

use population::Diagnostic;

use super::LinkedModel;
use super::request::LinkedRule;
use crate::layout::document::{self, Content, Node, Text};

const HINT: &str = "write `rules:` and below it conditions such as `- loan.date >= account.date`, or `loan: [amount > 0]`";

impl LinkedModel {
    /// Reads `rules: [loan.date >= account.date]`, or `rules: {loan: [amount > 0]}`.
    ///
    /// # Errors
    ///
    /// All mistakes of the file, each with its place.
    pub fn read_rules(&self, text: &str, file: &str) -> Result<Vec<LinkedRule>, Vec<Diagnostic>> {
        let lines = Text::new(file, text);
        let Some(root) = document::read(text, &lines).map_err(|mistake| vec![mistake])? else {
            return Ok(Vec::new());
        };
        let mut mistakes = Vec::new();
        for (key, _) in root.entries() {
            if key.text != "rules" {
                let message = format!("`{}` has no meaning here", key.text);
                mistakes.push(lines.mistake(key.place, message, HINT));
            }
        }
        let Some(rules) = root.get("rules") else {
            if mistakes.is_empty() {
                mistakes.push(lines.mistake(root.place, "there is no `rules:` here", HINT));
            }
            return Err(mistakes);
        };
        let found = self.rules_of(rules, &lines, &mut mistakes);
        if mistakes.is_empty() {
            Ok(found)
        } else {
            Err(mistakes)
        }
    }

    /// The conditions of a list, of one text, or of a map of tables.
    pub(crate) fn rules_of(
        &self,
        node: &Node,
        lines: &Text,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Vec<LinkedRule> {
        let mut found = Vec::new();
        if !matches!(node.content, Content::Map(_)) {
            self.list(node, None, lines, mistakes, &mut found);
            return found;
        }
        for (key, node) in node.entries() {
            match self.table(&key.text) {
                Ok(table) => self.list(node, Some(table), lines, mistakes, &mut found),
                Err(error) => {
                    mistakes.push(lines.mistake(key.place, error.to_string(), error.hint()));
                }
            }
        }
        found
    }

    /// The conditions of a list, or of one text; of a table where one is named.
    pub(crate) fn list(
        &self,
        node: &Node,
        table: Option<usize>,
        lines: &Text,
        mistakes: &mut Vec<Diagnostic>,
        found: &mut Vec<LinkedRule>,
    ) {
        let alone = std::slice::from_ref(node);
        let items = if matches!(node.content, Content::List(_)) {
            node.items()
        } else {
            alone
        };
        for item in items {
            let Some(text) = item.word() else {
                mistakes.push(lines.mistake(
                    item.place,
                    "this is no condition",
                    "write it as one text; put one with `: ` or a bracket at its beginning in quotes",
                ));
                continue;
            };
            let rule = match table {
                Some(table) => self.condition_on(table, text),
                None => self.condition(text),
            };
            match rule {
                Ok(rule) => found.push(rule),
                Err(error) => {
                    mistakes.push(lines.mistake(item.place, error.to_string(), error.hint()));
                }
            }
        }
    }
}
