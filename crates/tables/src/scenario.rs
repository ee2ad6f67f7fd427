//! Scenarios: a learned population, changed as a YAML file says.

mod linked;

use population::Diagnostic;
use population::diagnostic::nearest;

use crate::layout::document::{self, Content, Key, Node, Place, Text};
use crate::model::{Pattern, Request, Wish};
use crate::rule::{Rule, RuleError};
use crate::table::Column;

const KEYS: [&str; 4] = ["model", "rows", "seed", "scenario"];
const CHANGES: [&str; 8] = [
    "given",
    "rules",
    "share",
    "times",
    "move",
    "fair",
    "temperature",
    "patterns",
];
const PARTS: [&str; 3] = ["name", "share", "given"];

/// A model, and how the rows that are wanted differ from what it learned.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file of the model, as it is written.
    pub model: String,
    /// How many rows.
    pub rows: Option<u64>,
    /// What random choices start from.
    pub seed: Option<u64>,
    changes: Vec<(Key, Node)>,
    text: Text,
}

/// Mistakes of a file as they are found.
struct Mistakes<'t> {
    text: &'t Text,
    found: Vec<Diagnostic>,
}

impl Mistakes<'_> {
    fn add(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.found.push(self.text.mistake(place, message, hint));
    }

    fn rule(&mut self, place: Place, error: &RuleError) {
        self.add(place, error.to_string(), error.hint());
    }

    fn unknown(&mut self, key: &Key, names: &[&str]) {
        let hint = nearest(&key.text, names.iter().copied()).map_or_else(
            || format!("there are {}", names.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.add(
            key.place,
            format!("`{}` has no meaning here", key.text),
            hint,
        );
    }
}

impl Scenario {
    /// Reads a scenario; `None` where the text is none, because it names no `model` at its top level.
    ///
    /// # Errors
    ///
    /// All mistakes that can be told without the model, each with its place.
    pub fn from_yaml(text: &str, file: &str) -> Option<Result<Self, Vec<Diagnostic>>> {
        let lines = Text::new(file, text);
        let root = document::read(text, &lines).ok().flatten()?;
        let model = root.get("model")?;
        let mut mistakes = Mistakes {
            text: &lines,
            found: Vec::new(),
        };
        for (key, _) in root.entries() {
            if !KEYS.contains(&key.text.as_str()) {
                mistakes.unknown(key, &KEYS);
            }
        }
        let name = model.word().unwrap_or_default().to_owned();
        if name.is_empty() {
            mistakes.add(
                model.place,
                "`model` is the name of a file",
                "such as `model: clients.model`",
            );
        }
        let mut whole = |key: &str| {
            let node = root.get(key)?;
            let count = node
                .word()
                .and_then(|word| word.replace('_', "").parse().ok());
            if count.is_none() {
                mistakes.add(
                    node.place,
                    format!("`{key}` is a whole number"),
                    format!("such as `{key}: 5000`"),
                );
            }
            count
        };
        let (rows, seed) = (whole("rows"), whole("seed"));
        let mut changes = Vec::new();
        if let Some(scenario) = root.get("scenario") {
            for (key, node) in scenario.entries() {
                if CHANGES.contains(&key.text.as_str()) {
                    changes.push((key.clone(), node.clone()));
                } else {
                    mistakes.unknown(key, &CHANGES);
                }
            }
            if !matches!(scenario.content, Content::Map(_)) {
                mistakes.add(
                    scenario.place,
                    "`scenario` is a map of changes",
                    format!("there are {}", CHANGES.join(", ")),
                );
            }
        }
        let found = mistakes.found;
        Some(if found.is_empty() {
            Ok(Self {
                model: name,
                rows,
                seed,
                changes,
                text: lines,
            })
        } else {
            Err(found)
        })
    }

    /// What the scenario wants of a model of these columns.
    ///
    /// # Errors
    ///
    /// All mistakes, each with its place.
    pub fn request(&self, columns: &[Column]) -> Result<Request, Vec<Diagnostic>> {
        let mut request = Request::default();
        let mut mistakes = Mistakes {
            text: &self.text,
            found: Vec::new(),
        };
        for (key, node) in &self.changes {
            match key.text.as_str() {
                "given" => request.given = rules(node, columns, &mut mistakes),
                "rules" => request.rules = rules(node, columns, &mut mistakes),
                "share" => each(node, &mut mistakes, |key, node, mistakes| {
                    let condition = rule(&key.text, key.place, columns, mistakes);
                    let share = number(node, mistakes);
                    if let (Some(condition), Some(share)) = (condition, share) {
                        request.wishes.push(Wish::Share { condition, share });
                    }
                }),
                "times" => each(node, &mut mistakes, |key, node, mistakes| {
                    let condition = rule(&key.text, key.place, columns, mistakes);
                    let factor = number(node, mistakes);
                    if let (Some(condition), Some(factor)) = (condition, factor) {
                        request.wishes.push(Wish::Times { condition, factor });
                    }
                }),
                "move" => each(node, &mut mistakes, |key, node, mistakes| {
                    if let Some(by) = number(node, mistakes) {
                        let column = key.text.clone();
                        request.wishes.push(Wish::Move { column, by });
                    }
                }),
                "fair" => each(node, &mut mistakes, |key, node, mistakes| {
                    match node.word() {
                        Some(group) => request.wishes.push(Wish::Parity {
                            target: key.text.clone(),
                            group: group.to_owned(),
                        }),
                        None => mistakes.add(
                            node.place,
                            "this is no column of groups",
                            "write `income: sex`",
                        ),
                    }
                }),
                "temperature" => request.temperature = number(node, &mut mistakes),
                _ => {
                    for item in node.items() {
                        if let Some(pattern) = pattern(item, columns, &mut mistakes) {
                            request.patterns.push(pattern);
                        }
                    }
                    if !matches!(node.content, Content::List(_)) {
                        mistakes.add(
                            node.place,
                            "`patterns` is a list",
                            "each has `name`, `share` and `given`",
                        );
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

fn pattern(node: &Node, columns: &[Column], mistakes: &mut Mistakes<'_>) -> Option<Pattern> {
    for (key, _) in node.entries() {
        if !PARTS.contains(&key.text.as_str()) {
            mistakes.unknown(key, &PARTS);
        }
    }
    let part = |name: &str, mistakes: &mut Mistakes<'_>| {
        let found = node.get(name);
        if found.is_none() {
            mistakes.add(
                node.place,
                format!("this pattern has no `{name}`"),
                "each has `name`, `share` and `given`",
            );
        }
        found
    };
    let name = part("name", mistakes)
        .and_then(Node::word)
        .map(str::to_owned);
    let share = part("share", mistakes).and_then(|node| number(node, mistakes));
    let given = part("given", mistakes).map(|node| rules(node, columns, mistakes));
    Some(Pattern {
        name: name?,
        share: share?,
        given: given?,
    })
}

fn each(
    node: &Node,
    mistakes: &mut Mistakes<'_>,
    mut read: impl FnMut(&Key, &Node, &mut Mistakes<'_>),
) {
    if !matches!(node.content, Content::Map(_)) {
        mistakes.add(
            node.place,
            "this is a map",
            "write `\"churn = 'yes'\": 30%` on a line of its own",
        );
    }
    for (key, node) in node.entries() {
        read(key, node, mistakes);
    }
}

fn rule(text: &str, place: Place, columns: &[Column], mistakes: &mut Mistakes<'_>) -> Option<Rule> {
    match Rule::parse(text, columns) {
        Ok(rule) => Some(rule),
        Err(error) => {
            mistakes.rule(place, &error);
            None
        }
    }
}

/// A list of conditions, or one.
fn rules(node: &Node, columns: &[Column], mistakes: &mut Mistakes<'_>) -> Vec<Rule> {
    let alone = std::slice::from_ref(node);
    let items = if matches!(node.content, Content::List(_)) {
        node.items()
    } else {
        alone
    };
    items
        .iter()
        .filter_map(|item| {
            let Some(text) = item.word() else {
                mistakes.add(
                    item.place,
                    "this is no condition",
                    "write it as one text: `- age >= 18`",
                );
                return None;
            };
            rule(text, item.place, columns, mistakes)
        })
        .collect()
}

fn number(node: &Node, mistakes: &mut Mistakes<'_>) -> Option<f64> {
    let found = node.word().and_then(|word| {
        let (digits, scale) = match word.trim().strip_suffix('%') {
            Some(digits) => (digits.trim(), 0.01),
            None => (word.trim(), 1.0),
        };
        let value = digits.parse::<f64>().ok()?;
        value.is_finite().then_some(value * scale)
    });
    if found.is_none() {
        mistakes.add(node.place, "this is no number", "write `0.3` or `30%`");
    }
    found
}
