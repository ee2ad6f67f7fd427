//! Scenarios of linked tables.

use population::Diagnostic;

use super::{Mistakes, Scenario, each, number};
use crate::layout::document::{Content, Node};
use crate::linked::{LinkedModel, LinkedRequest, LinkedRule, LinkedWish, SequencePattern, Step};

const PARTS: [&str; 5] = ["name", "table", "share", "given", "steps"];
const OF_STEP: [&str; 3] = ["count", "gap", "given"];
const PATTERN: &str =
    "each has `name`, `table`, `share` and `steps`, or `given` alone where it is one row";

impl Scenario {
    /// What the scenario wants of a model of linked tables.
    ///
    /// # Errors
    ///
    /// All mistakes, each with its place.
    pub fn linked_request(&self, model: &LinkedModel) -> Result<LinkedRequest, Vec<Diagnostic>> {
        let mut request = LinkedRequest::default();
        let mut mistakes = Mistakes {
            text: &self.text,
            found: Vec::new(),
        };
        for (key, node) in &self.changes {
            match key.text.as_str() {
                "given" => request.given = model.rules_of(node, &self.text, &mut mistakes.found),
                "rules" => request.rules = model.rules_of(node, &self.text, &mut mistakes.found),
                "share" | "times" => each(node, &mut mistakes, |name, node, mistakes| {
                    let condition = model.condition(&name.text);
                    let condition = condition.map_err(|error| mistakes.rule(name.place, &error));
                    if let (Ok(condition), Some(by)) = (condition, number(node, mistakes)) {
                        request.wishes.push(if key.text == "share" {
                            LinkedWish::share(condition, by)
                        } else {
                            LinkedWish::times(condition, by)
                        });
                    }
                }),
                "move" => each(node, &mut mistakes, |key, node, mistakes| {
                    let Some(by) = number(node, mistakes) else {
                        return;
                    };
                    match model.wish_to_move(&key.text, by) {
                        Ok(wish) => request.wishes.push(wish),
                        Err(error) => mistakes.add(key.place, error.to_string(), error.hint()),
                    }
                }),
                "fair" => each(node, &mut mistakes, |key, node, mistakes| {
                    let group = node.word().unwrap_or_default();
                    match model.wish_to_be_fair(&key.text, group) {
                        Ok(wish) => request.wishes.push(wish),
                        Err(error) => mistakes.add(key.place, error.to_string(), error.hint()),
                    }
                }),
                "temperature" => request.temperature = number(node, &mut mistakes),
                _ => {
                    for item in node.items() {
                        if let Some(pattern) = pattern(item, model, &mut mistakes) {
                            request.patterns.push(pattern);
                        }
                    }
                    if !matches!(node.content, Content::List(_)) {
                        mistakes.add(node.place, "`patterns` is a list", PATTERN);
                    }
                }
            }
        }
        if mistakes.found.is_empty() {
            Ok(request)
        } else {
            Err(mistakes.found)
        }
    }
}

fn pattern(
    node: &Node,
    model: &LinkedModel,
    mistakes: &mut Mistakes<'_>,
) -> Option<SequencePattern> {
    for (key, _) in node.entries() {
        if !PARTS.contains(&key.text.as_str()) {
            mistakes.unknown(key, &PARTS);
        }
    }
    let mut part = |name: &str| {
        let found = node.get(name);
        if found.is_none() {
            mistakes.add(node.place, format!("this pattern has no `{name}`"), PATTERN);
        }
        found
    };
    let (name, table, share) = (part("name"), part("table"), part("share"));
    let name = name.and_then(Node::word).map(str::to_owned);
    let share = share.and_then(|share| number(share, mistakes));
    let word = table.and_then(Node::word).unwrap_or_default();
    let place = table.map_or(node.place, |table| table.place);
    let table = match model.table(word) {
        Ok(table) => table,
        Err(error) => {
            if !word.is_empty() {
                mistakes.add(place, error.to_string(), error.hint());
            }
            return None;
        }
    };
    let mut read = |node: Option<&Node>, of: Option<usize>| -> Vec<LinkedRule> {
        let mut found = Vec::new();
        if let Some(node) = node {
            model.list(node, of, mistakes.text, &mut mistakes.found, &mut found);
        }
        found
    };
    let Some(list) = node.get("steps") else {
        // One row of its own.
        let step = Step {
            count: (1, 1),
            gap: None,
            given: read(node.get("given"), Some(table)),
        };
        if step.given.is_empty() {
            mistakes.add(node.place, "this pattern has no `steps`", PATTERN);
        }
        return Some(SequencePattern {
            name: name?,
            table,
            share: share?,
            given: Vec::new(),
            steps: vec![step],
        });
    };
    let given = read(node.get("given"), None);
    let mut steps = Vec::new();
    for item in list.items() {
        for (key, _) in item.entries() {
            if !OF_STEP.contains(&key.text.as_str()) {
                mistakes.unknown(key, &OF_STEP);
            }
        }
        let count = item.get("count").map_or(Some((1, 1)), |node| {
            let found = range(node.word().unwrap_or_default(), |word| {
                word.parse::<u32>().ok()
            });
            let found = found.filter(|(least, most)| least <= most && *most <= MOST_ROWS);
            if found.is_none() {
                mistakes.add(
                    node.place,
                    format!("`count` is a number of rows up to {MOST_ROWS}, or a range of them"),
                    "such as `count: 1`, or `count: 3..8`",
                );
            }
            found
        });
        let gap = item.get("gap").map(|node| {
            let dated = model.is_dated(table);
            let word = node.word().unwrap_or_default();
            let found = range(word, |word| distance(word, dated));
            let found = found.filter(|(least, most)| 0.0 <= *least && least <= most);
            if found.is_none() {
                mistakes.add(
                    node.place,
                    "`gap` is the time since the row before, or a range of it",
                    if dated {
                        "such as `gap: 1 day`, or `gap: 10 s..5 min`; there are s, min, h, days and weeks"
                    } else {
                        "such as `gap: 1..3`, in the unit of the column that rows are in order of"
                    },
                );
            }
            found
        });
        let mut given = Vec::new();
        if let Some(node) = item.get("given") {
            model.list(
                node,
                Some(table),
                mistakes.text,
                &mut mistakes.found,
                &mut given,
            );
        }
        steps.push(Step {
            count: count.unwrap_or((1, 1)),
            gap: gap.flatten(),
            given,
        });
    }
    if steps.is_empty() {
        mistakes.add(
            list.place,
            "`steps` is a list of at least one step",
            "each has `count`, `gap` and `given`, all of which may be left out",
        );
    }
    Some(SequencePattern {
        name: name?,
        table,
        share: share?,
        given,
        steps,
    })
}

/// The most rows of a step.
const MOST_ROWS: u32 = 10_000;

/// `3`, or `3..8`.
fn range<T: Copy>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<(T, T)> {
    match text.split_once("..") {
        Some((least, most)) => Some((read(least.trim())?, read(most.trim())?)),
        None => read(text.trim()).map(|one| (one, one)),
    }
}

/// A time in seconds, `5 min`; of columns of numbers a number.
fn distance(text: &str, dated: bool) -> Option<f64> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'));
    let (count, unit) = text.split_at(digits.unwrap_or(text.len()));
    let count: f64 = count.replace('_', "").parse().ok()?;
    let unit = unit.trim().to_ascii_lowercase();
    let seconds = match unit
        .strip_suffix('s')
        .filter(|unit| unit.len() > 1)
        .unwrap_or(&unit)
    {
        "" if !dated => 1.0,
        _ if !dated => return None,
        "s" | "sec" | "second" => 1.0,
        "min" | "minute" => 60.0,
        "h" | "hour" => 3600.0,
        "d" | "day" => 86_400.0,
        "w" | "week" => 604_800.0,
        _ => return None,
    };
    Some(count * seconds)
}

#[cfg(test)]
mod tests {
    use super::{distance, range};

    #[test]
    fn distances_and_ranges_are_read() {
        assert_eq!(distance("10 s", true), Some(10.0));
        assert_eq!(distance("5min", true), Some(300.0));
        assert_eq!(distance("1.5 hours", true), Some(5400.0));
        assert_eq!(distance("2 days", true), Some(172_800.0));
        assert_eq!(distance("2", true), None);
        assert_eq!(distance("2", false), Some(2.0));
        assert_eq!(distance("2 days", false), None);
        assert_eq!(range("3..8", |word| word.parse().ok()), Some((3, 8)));
        assert_eq!(range("3..", |word| word.parse::<u32>().ok()), None);
    }
}
