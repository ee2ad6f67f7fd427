//! The file that says which populations are asked for.
//!
//! ```yaml
//! shift: 1
//! populations:
//!   older:
//!     share: {"age > 60": 50%}                   # a condition's share
//!   more diabetes:
//!     odds: {"diabetes = 'yes'": 3}               # its odds times 3; `times:` multiplies its share
//!   another hospital:
//!     levels: {sex: {F: 60%, M: 40%}}             # the shares of a column's levels
//!     mean: {age: 61}                             # a mean; `move: {age: 5}` moves it by so much
//!   more tension with age:
//!     conditional:                                # P(condition | group), groups as frequent as they are
//!       "bp = 'high'": {"age < 40": 10%, "age >= 40": 50%}
//!   old women: {only: "sex = 'F' and age > 70"}   # a sub-population
//!   worst: {worst: {share: 20%, attributes: [age, sex], fixed: [hospital]}}
//!   near: {worst: {kl: 0.1}}                      # the worst within a Kullback–Leibler distance, in nats
//! attributes: [age, sex]                          # whose curves are drawn; all where there is none
//! tolerance: {accuracy: 80%}
//! ```

use population::Diagnostic;
use population::diagnostic::nearest;
use tables::document::{self, Content, Key, Node, Place, Text};
use tables::{Column, Rule};

use crate::metric::Metric;

const KEYS: [&str; 4] = ["shift", "populations", "attributes", "tolerance"];
const CHANGES: [&str; 9] = [
    "only",
    "share",
    "times",
    "odds",
    "levels",
    "mean",
    "move",
    "conditional",
    "worst",
];
const WORST: [&str; 4] = ["share", "kl", "attributes", "fixed"];

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// In the order of the file.
    pub populations: Vec<Asked>,
    /// Columns whose curves are drawn, by place; every column where none is named.
    pub attributes: Option<Vec<usize>>,
    /// What must be attained at least, of losses at most.
    pub tolerance: Vec<(Metric, f64)>,
}

/// A population that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What the user calls it.
    pub name: String,
    /// What it is.
    pub what: What,
}

/// What a population is.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The nearest to the data's, in the sense of Kullback and Leibler, in which all of this is so.
    Changed(Vec<Change>),
    /// The worst that is near enough.
    Worst(Worst),
}

/// One thing that is otherwise than in the data.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Rows that meet a condition, and no others.
    Only(Rule),
    /// A condition is met by this share of the rows, 0 to 1.
    Share(Rule, f64),
    /// Its share is so many times that in the data.
    Times(Rule, f64),
    /// Its odds are.
    Odds(Rule, f64),
    /// A column of numbers has this mean, in its unit (moments in seconds).
    Mean(usize, f64),
    /// Its mean is by so much greater than in the data.
    Move(usize, f64),
    /// Among those that meet the second condition, the first is met by a share; the groups are as frequent as in the data.
    Conditional(Rule, Vec<(Rule, f64)>),
}

/// The worst population of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Worst {
    /// How near it is to the data's.
    pub within: Within,
    /// Columns, by place, that it may differ in; every column where there is none.
    pub attributes: Vec<usize>,
    /// Columns whose joint distribution stays.
    pub fixed: Vec<usize>,
}

/// How near a population is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Within {
    /// It is a part of the data's that has at least this share.
    Share(f64),
    /// Its Kullback–Leibler divergence from the data's is at most this, in nats.
    Divergence(f64),
}

struct Mistakes<'t> {
    text: &'t Text,
    columns: &'t [Column],
    found: Vec<Diagnostic>,
}

impl Spec {
    /// Reads the file for data of these columns.
    ///
    /// # Errors
    ///
    /// All mistakes, each with its place.
    pub fn from_yaml(text: &str, file: &str, columns: &[Column]) -> Result<Self, Vec<Diagnostic>> {
        let lines = Text::new(file, text);
        let start = Place {
            line: 1,
            column: 1,
            length: 1,
        };
        let mut mistakes = Mistakes {
            text: &lines,
            columns,
            found: Vec::new(),
        };
        let root = document::read(text, &lines).map_err(|mistake| vec![mistake])?;
        let Some(root) = root.filter(|root| matches!(root.content, Content::Map(_))) else {
            mistakes.add(
                start,
                "this file asks for no population",
                "begin with `shift: 1` and `populations:`",
            );
            return Err(mistakes.found);
        };
        for (key, _) in root.entries() {
            if !KEYS.contains(&key.text.as_str()) {
                mistakes.unknown(key, &KEYS);
            }
        }
        match root.get("shift") {
            None => mistakes.add(
                start,
                "the version of this language is not named",
                "begin with `shift: 1`",
            ),
            Some(node) if node.word() != Some("1") => mistakes.add(
                node.place,
                "this program knows version 1 of the language",
                "write `shift: 1`",
            ),
            Some(_) => {}
        }
        let mut populations = Vec::new();
        match root.get("populations") {
            Some(node) if !node.entries().is_empty() => {
                for (key, node) in node.entries() {
                    populations.push(Asked {
                        name: key.text.clone(),
                        what: mistakes.what(key, node),
                    });
                }
            }
            found => mistakes.add(
                found.map_or(start, |node| node.place),
                "no population is asked for",
                "such as `populations: {older: {share: {\"age > 60\": 50%}}}`",
            ),
        }
        let attributes = root.get("attributes").map(|node| mistakes.names(node));
        let mut tolerance = Vec::new();
        if let Some(node) = root.get("tolerance") {
            mistakes.is_map(node, "`accuracy: 80%`");
            for (key, node) in node.entries() {
                let metric = Metric::named(&key.text);
                if metric.is_none() {
                    mistakes.unknown(key, &Metric::NAMES);
                }
                if let (Some(metric), Some(value)) = (metric, mistakes.number(node)) {
                    tolerance.push((metric, value));
                }
            }
        }
        if mistakes.found.is_empty() {
            Ok(Self {
                populations,
                attributes,
                tolerance,
            })
        } else {
            Err(mistakes.found)
        }
    }
}

impl Mistakes<'_> {
    fn add(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.found.push(self.text.mistake(place, message, hint));
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

    fn is_map(&mut self, node: &Node, such_as: &str) {
        if node.entries().is_empty() {
            self.add(
                node.place,
                "a map is expected here",
                format!("such as {such_as}"),
            );
        }
    }

    fn what(&mut self, name: &Key, node: &Node) -> What {
        self.is_map(node, "`share: {\"age > 60\": 50%}`");
        for (key, _) in node.entries() {
            if !CHANGES.contains(&key.text.as_str()) {
                self.unknown(key, &CHANGES);
            }
        }
        if let Some(worst) = node.get("worst") {
            if node.entries().len() > 1 {
                self.add(
                    name.place,
                    format!("`{}` is a worst case and something else at once", name.text),
                    "make two populations of it",
                );
            }
            return What::Worst(self.worst(worst));
        }
        let mut changes = Vec::new();
        for (key, node) in node.entries() {
            self.change(&key.text, node, &mut changes);
        }
        What::Changed(changes)
    }

    fn change(&mut self, kind: &str, node: &Node, changes: &mut Vec<Change>) {
        if kind == "only" {
            let Some(text) = node.word() else {
                self.add(
                    node.place,
                    "`only` is one condition",
                    "such as `only: \"sex = 'F' and age > 70\"`",
                );
                return;
            };
            let rule = self.rule(text, node.place);
            changes.extend(rule.map(Change::Only));
            return;
        }
        self.is_map(
            node,
            match kind {
                "mean" | "move" => "`{age: 61}`",
                "levels" => "`{sex: {F: 60%, M: 40%}}`",
                "conditional" => "`{\"bp = 'high'\": {\"age < 40\": 10%, \"age >= 40\": 50%}}`",
                _ => "`{\"age > 60\": 50%}`",
            },
        );
        for (key, node) in node.entries() {
            match kind {
                "share" => {
                    let rule = self.rule(&key.text, key.place);
                    if let (Some(rule), Some(share)) = (rule, self.share(node)) {
                        changes.push(Change::Share(rule, share));
                    }
                }
                "times" | "odds" => {
                    let rule = self.rule(&key.text, key.place);
                    let factor = self.number(node);
                    if factor.is_some_and(|factor| factor < 0.0) {
                        self.add(node.place, "this is below 0", "write a factor such as 2");
                    } else if let (Some(rule), Some(factor)) = (rule, factor) {
                        changes.push(if kind == "odds" {
                            Change::Odds(rule, factor)
                        } else {
                            Change::Times(rule, factor)
                        });
                    }
                }
                "mean" | "move" => {
                    let column = self.column(&key.text, key.place);
                    let number = self.number(node);
                    if let (Some(column), Some(number)) = (column, number) {
                        if !self.columns[column].kind.is_numeric() {
                            self.add(
                                key.place,
                                format!("`{}` has no mean: it is no column of numbers", key.text),
                                "set the shares of its levels with `levels:`",
                            );
                        } else if kind == "mean" {
                            changes.push(Change::Mean(column, number));
                        } else {
                            changes.push(Change::Move(column, number));
                        }
                    }
                }
                "levels" => self.levels(key, node, changes),
                "conditional" => {
                    let rule = self.rule(&key.text, key.place);
                    self.is_map(node, "`{\"age < 40\": 10%, \"age >= 40\": 50%}`");
                    let mut groups = Vec::new();
                    for (group, share) in node.entries() {
                        let group = self.rule(&group.text, group.place);
                        if let (Some(group), Some(share)) = (group, self.share(share)) {
                            groups.push((group, share));
                        }
                    }
                    changes.extend(rule.map(|rule| Change::Conditional(rule, groups)));
                }
                // It was said to have no meaning.
                _ => {}
            }
        }
    }

    /// The shares of a column's levels: those that are not named keep their proportions in what is left.
    fn levels(&mut self, key: &Key, node: &Node, changes: &mut Vec<Change>) {
        if self.column(&key.text, key.place).is_none() {
            return;
        }
        self.is_map(node, "`{F: 60%, M: 40%}`");
        let mut sum = 0.0;
        let mut shares = Vec::new();
        for (level, node) in node.entries() {
            let name = key.text.replace('"', "\"\"");
            let text = format!("\"{name}\" = '{}'", level.text.replace('\'', "''"));
            let rule = self.rule(&text, level.place);
            if let (Some(rule), Some(share)) = (rule, self.share(node)) {
                sum += share;
                shares.push(Change::Share(rule, share));
            }
        }
        if sum > 1.0 + 1e-9 {
            self.add(
                node.place,
                format!("these shares add up to {:.1} %", 100.0 * sum),
                "they may come to 100 % at most",
            );
        }
        changes.extend(shares);
    }

    fn worst(&mut self, node: &Node) -> Worst {
        self.is_map(node, "`{share: 20%, attributes: [age, sex]}`");
        for (key, _) in node.entries() {
            if !WORST.contains(&key.text.as_str()) {
                self.unknown(key, &WORST);
            }
        }
        let within = match (node.get("share"), node.get("kl")) {
            (Some(share), None) => self
                .share(share)
                .filter(|share| *share > 0.0)
                .map(Within::Share),
            (None, Some(kl)) => {
                let found = self.number(kl).filter(|kl| *kl > 0.0);
                if found.is_none() {
                    self.add(kl.place, "a distance is above 0", "such as `kl: 0.1`");
                }
                found.map(Within::Divergence)
            }
            _ => {
                self.add(
                    node.place,
                    "a worst case is within one distance",
                    "write `share: 20%` or `kl: 0.1`",
                );
                None
            }
        };
        let mut names = |key: &str| {
            node.get(key)
                .map(|node| self.names(node))
                .unwrap_or_default()
        };
        let (attributes, fixed) = (names("attributes"), names("fixed"));
        Worst {
            within: within.unwrap_or(Within::Share(1.0)),
            attributes,
            fixed,
        }
    }

    /// A list of columns, or one.
    fn names(&mut self, node: &Node) -> Vec<usize> {
        let alone = std::slice::from_ref(node);
        let items = if matches!(node.content, Content::List(_)) {
            node.items()
        } else {
            alone
        };
        items
            .iter()
            .filter_map(|item| {
                let Some(name) = item.word() else {
                    self.add(item.place, "this is no column", "write `[age, sex]`");
                    return None;
                };
                self.column(name, item.place)
            })
            .collect()
    }

    fn column(&mut self, name: &str, place: Place) -> Option<usize> {
        let found = self.columns.iter().position(|column| column.name == name);
        if found.is_none() {
            let known: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
            let hint = nearest(name, known.iter().copied()).map_or_else(
                || format!("there are {}", known.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            self.add(place, format!("the data has no column `{name}`"), hint);
        }
        found
    }

    fn rule(&mut self, text: &str, place: Place) -> Option<Rule> {
        match Rule::parse(text, self.columns) {
            Ok(rule) if rule.compares_rows() => {
                self.add(
                    place,
                    "a condition here is about one row",
                    "such as `age > 60`",
                );
                None
            }
            Ok(rule) => Some(rule),
            Err(error) => {
                self.add(place, error.to_string(), error.hint());
                None
            }
        }
    }

    fn number(&mut self, node: &Node) -> Option<f64> {
        let found = node.word().and_then(|word| {
            let (digits, scale) = match word.trim().strip_suffix('%') {
                Some(digits) => (digits.trim(), 0.01),
                None => (word.trim(), 1.0),
            };
            let value = digits.parse::<f64>().ok()?;
            value.is_finite().then_some(value * scale)
        });
        if found.is_none() {
            self.add(node.place, "this is no number", "write `0.3` or `30%`");
        }
        found
    }

    fn share(&mut self, node: &Node) -> Option<f64> {
        let share = self.number(node)?;
        if (0.0..=1.0).contains(&share) {
            return Some(share);
        }
        self.add(
            node.place,
            format!("a share is between 0 and 1, and this is {share}"),
            "write `0.3` or `30%`",
        );
        None
    }
}
