//! Lists of alternatives with their shares.

use super::{ValueReader, read_number, shortened};
use crate::diagnostic::{excerpt, nearest};
use crate::distribution::{Alternative, Distribution};
use crate::recipe::document::{Content, Node};

/// Shares may miss 100 by rounding only.
const PERCENT_TOLERANCE: f64 = 1e-6;

impl ValueReader<'_, '_, '_> {
    pub(super) fn alternatives(&mut self, node: &Node, items: &[Node]) -> Option<Distribution> {
        if items.is_empty() {
            let hint = self.allowed();
            self.add(
                node.span,
                format!("`{}` has an empty list to draw from", self.name()),
                hint,
            );
            return None;
        }
        // A list of bare values is one mistake, not one for each of them.
        if let Some(texts) = items.iter().map(Node::text).collect::<Option<Vec<&str>>>() {
            let message = format!(
                "the alternatives of `{}` are maps with a `value`, not bare values",
                self.name()
            );
            let hint = self.instead_of_bare(&texts);
            self.add(node.span, message, hint);
            return None;
        }
        let mut read = Vec::with_capacity(items.len());
        let mut fine = true;
        for item in items {
            match self.alternative(item) {
                Some(alternative) => read.push(alternative),
                None => fine = false,
            }
        }
        if !fine {
            return None;
        }
        let given = read.iter().filter(|(percent, _)| percent.is_some()).count();
        if given == 0 {
            let percent = 100.0 / read.len() as f64;
            let alternatives = read
                .into_iter()
                .map(|(_, of)| Alternative { percent, of })
                .collect();
            return Some(Distribution::Alternatives(alternatives));
        }
        if given < read.len() {
            let bare = items
                .iter()
                .find(|item| item.get("percent").is_none())
                .map_or(node.span, |item| item.span);
            let sum: f64 = read.iter().filter_map(|(percent, _)| *percent).sum();
            self.add(
                bare,
                "this alternative has no `percent`, but others of its list have",
                format!(
                    "give every one a `percent` (the others sum to {}), or none for equal shares",
                    shortened(sum)
                ),
            );
            return None;
        }
        let sum: f64 = read.iter().filter_map(|(percent, _)| *percent).sum();
        if (sum - 100.0).abs() > PERCENT_TOLERANCE {
            let hint = if sum > 100.0 {
                format!("take {} away", shortened(sum - 100.0))
            } else {
                format!("{} are missing", shortened(100.0 - sum))
            };
            let message = format!(
                "the percentages of `{}` sum to {}, not to 100",
                self.name(),
                shortened(sum)
            );
            self.add(node.span, message, hint);
            return None;
        }
        let alternatives = read
            .into_iter()
            .map(|(percent, of)| Alternative {
                percent: percent.unwrap_or_default(),
                of,
            })
            .collect();
        Some(Distribution::Alternatives(alternatives))
    }

    fn instead_of_bare(&self, texts: &[&str]) -> String {
        match texts {
            [a, b] if self.attribute.kind.limits().is_some() => {
                let (a, b) = (excerpt(a), excerpt(b));
                format!(
                    "write `{{range: [{a}, {b}]}}` for anything between, or `[{{value: {a}}}, {{value: {b}}}]` for one of the two"
                )
            }
            _ => {
                let first = excerpt(texts.first().copied().unwrap_or_default());
                format!(
                    "write `[{{value: {first}}}, …]`, each with a `percent` if they are not alike"
                )
            }
        }
    }

    fn alternative(&mut self, item: &Node) -> Option<(Option<f64>, Distribution)> {
        let (Content::Map(entries), Some(value)) = (&item.content, item.get("value")) else {
            let message = match item.content {
                Content::Map(_) => format!("this alternative of `{}` has no `value`", self.name()),
                _ => format!(
                    "an alternative of `{}` is a map with a `value`, not {}",
                    self.name(),
                    item.describe()
                ),
            };
            self.add(item.span, message, "write `{value: …, percent: …}`");
            return None;
        };
        let mut fine = true;
        for (key, _) in entries {
            if key.text != "value" && key.text != "percent" {
                let hint = nearest(&key.text, ["value", "percent"]).map_or_else(
                    || "an alternative has `value` and `percent`".to_owned(),
                    |name| format!("did you mean `{name}`?"),
                );
                self.add(
                    key.span,
                    format!("`{}` does not belong to an alternative", excerpt(&key.text)),
                    hint,
                );
                fine = false;
            }
        }
        let percent = match item.get("percent") {
            None => Some(None),
            Some(node) => {
                let percent = node.text().and_then(read_number);
                match percent {
                    Some(percent) if (0.0..=100.0).contains(&percent) => Some(Some(percent)),
                    _ => {
                        let hint = match node.text() {
                            Some(text) if text.ends_with('%') => "leave out the `%`",
                            _ => "",
                        };
                        self.add(
                            node.span,
                            format!(
                                "`percent` is a number from 0 to 100, not {}",
                                node.describe()
                            ),
                            hint,
                        );
                        None
                    }
                }
            }
        };
        let of = self.distribution(value);
        let (percent, of) = (percent?, of?);
        fine.then_some((percent, of))
    }
}
