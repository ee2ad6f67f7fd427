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
        let mut read = Vec::with_capacity(items.len());
        let mut fine = true;
        for item in items {
            match self.alternative(item, items) {
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
                    "give every one a `percent` (the others sum to {sum}), or none for equal shares"
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

    pub(super) fn alternative(
        &mut self,
        item: &Node,
        all: &[Node],
    ) -> Option<(Option<f64>, Distribution)> {
        let (Content::Map(entries), Some(value)) = (&item.content, item.get("value")) else {
            let texts: Vec<&str> = all.iter().filter_map(Node::text).collect();
            let hint = match texts.as_slice() {
                [a, b] if self.attribute.kind.limits().is_some() => {
                    format!(
                        "write `{{range: [{}, {}]}}` for anything between, or `[{{value: {}}}, {{value: {}}}]` for one of the two",
                        excerpt(a),
                        excerpt(b),
                        excerpt(a),
                        excerpt(b)
                    )
                }
                [a, ..] if texts.len() == all.len() => {
                    format!(
                        "write each one as a map, `{{value: {}}}`, with a `percent` if they are not alike",
                        excerpt(a)
                    )
                }
                _ => "write `{value: …, percent: …}`".to_owned(),
            };
            let message = match item.content {
                Content::Map(_) => format!("this alternative of `{}` has no `value`", self.name()),
                _ => format!(
                    "an alternative of `{}` is a map with a `value`, not {}",
                    self.name(),
                    item.describe()
                ),
            };
            self.add(item.span, message, hint);
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
