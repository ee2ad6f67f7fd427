//! The grammar of values: what may stand behind the name of an attribute.

use self::categories::tags;
use super::document::{Content, Node};
use crate::attribute::{Attribute, Kind};
use crate::diagnostic::{Mistakes, Span, excerpt, list_names, nearest};
use crate::distribution::Distribution;
use crate::row::Value;

mod alternatives;
mod categories;
mod mixes;
mod numbers;

pub(super) use numbers::read_number;

/// Longer lists of choices are not repeated in a message.
const LISTED_CHOICES: usize = 12;

/// Reads values of one attribute; `None` means that a mistake was recorded.
pub(super) struct ValueReader<'a, 'm, 't> {
    pub(super) attribute: &'a Attribute,
    pub(super) mistakes: &'m mut Mistakes<'t>,
}

impl ValueReader<'_, '_, '_> {
    fn add(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.mistakes.add(span, message, hint);
    }

    fn name(&self) -> &'static str {
        self.attribute.name
    }

    /// Anything an attribute can be drawn from.
    pub(super) fn distribution(&mut self, node: &Node) -> Option<Distribution> {
        match &node.content {
            Content::Scalar {
                text,
                quoted: false,
            } if text == "typical" => {
                if self.attribute.typical.is_some() {
                    return Some(Distribution::Typical);
                }
                let hint = self.allowed();
                self.add(
                    node.span,
                    format!(
                        "`{}` has no typical value to be drawn from other attributes",
                        self.name()
                    ),
                    hint,
                );
                None
            }
            Content::Scalar { .. } => self.constant(node).map(Distribution::Constant),
            Content::List(items) => self.alternatives(node, items),
            Content::Map(_) if node.get("as").is_some() => self.known(node),
            Content::Map(entries) => {
                let form = ["range", "normal", "mix", "any_of"]
                    .into_iter()
                    .find(|form| node.get(form).is_some());
                match form {
                    Some("range") => self
                        .only_keys(node, "range", &[])
                        .and_then(|()| self.range(node)),
                    Some("normal") => self
                        .only_keys(node, "normal", &["within"])
                        .and_then(|()| self.normal(node)),
                    Some("mix") => self
                        .only_keys(node, "mix", &["concentration"])
                        .and_then(|()| self.random_mix(node)),
                    Some(_) => self
                        .only_keys(node, "any_of", &[])
                        .and_then(|()| self.any_of(node)),
                    None if matches!(self.attribute.kind, Kind::Mix { .. }) => {
                        self.constant(node).map(Distribution::Constant)
                    }
                    None => {
                        let (span, found) = match entries.first() {
                            Some((key, _)) => (key.span, format!("`{}`", excerpt(&key.text))),
                            None => (node.span, "an empty map".to_owned()),
                        };
                        let hint = if node.get("value").is_some() || node.get("percent").is_some() {
                            "alternatives are a list: `[{value: …, percent: …}, {value: …, percent: …}]`".to_owned()
                        } else {
                            match entries.first().and_then(|(key, _)| {
                                nearest(&key.text, self.forms().iter().copied())
                            }) {
                                Some(form) => format!("did you mean `{form}`?"),
                                None => self.allowed(),
                            }
                        };
                        self.add(
                            span,
                            format!("{found} is no way to draw `{}`", self.name()),
                            hint,
                        );
                        None
                    }
                }
            }
        }
    }

    /// `{as: scan, else: …}`.
    fn known(&mut self, node: &Node) -> Option<Distribution> {
        let Content::Map(entries) = &node.content else {
            return None;
        };
        let Some(leader) = self.attribute.follows else {
            let hint = self.allowed();
            let message = format!("no choice of another attribute knows `{}`", self.name());
            self.add(key_span(node, "as"), message, hint);
            return None;
        };
        let hint = format!("write `{{as: {leader}, else: …}}`");
        if let Some((key, _)) = entries
            .iter()
            .find(|(key, _)| key.text != "as" && key.text != "else")
        {
            let message = format!("`{}` does not belong to `as`", excerpt(&key.text));
            self.add(key.span, message, hint);
            return None;
        }
        let named = node.get("as")?;
        if named.text() != Some(leader) {
            let message = format!(
                "`{}` can be as `{leader}` has it, not as {}",
                self.name(),
                named.describe()
            );
            self.add(named.span, message, hint);
            return None;
        }
        let Some(otherwise) = node.get("else") else {
            let message = format!(
                "nothing says what `{}` is where `{leader}` does not",
                self.name()
            );
            self.add(node.span, message, hint);
            return None;
        };
        let otherwise = Box::new(self.distribution(otherwise)?);
        Some(Distribution::Known { otherwise })
    }

    /// The keys that open a form for this kind of attribute.
    fn forms(&self) -> &'static [&'static str] {
        match self.attribute.kind {
            Kind::Number { .. } | Kind::Integer { .. } => &["range", "normal"],
            Kind::Category { .. } => &["any_of"],
            Kind::Mix { .. } => &["mix"],
        }
    }

    fn only_keys(&mut self, node: &Node, form: &str, also: &[&str]) -> Option<()> {
        if !self.forms().contains(&form) {
            let span = key_span(node, form);
            let hint = self.allowed();
            self.add(
                span,
                format!(
                    "`{}` is {}; `{form}` does not go with it",
                    self.name(),
                    self.noun()
                ),
                hint,
            );
            return None;
        }
        let Content::Map(entries) = &node.content else {
            return None;
        };
        let mut fine = true;
        for (key, _) in entries {
            if key.text != form && !also.contains(&key.text.as_str()) {
                let hint = nearest(&key.text, also.iter().copied())
                    .map_or_else(|| self.allowed(), |name| format!("did you mean `{name}`?"));
                self.add(
                    key.span,
                    format!("`{}` does not belong to `{form}`", excerpt(&key.text)),
                    hint,
                );
                fine = false;
            }
        }
        fine.then_some(())
    }

    /// What the attribute is, with article and limits.
    fn noun(&self) -> String {
        match &self.attribute.kind {
            Kind::Number { min, max, unit } => {
                format!("a number from {min} to {max}{}", spaced(unit))
            }
            Kind::Integer { min, max, unit } => {
                format!("a whole number from {min} to {max}{}", spaced(unit))
            }
            Kind::Category { choices } => format!("one of {} choices", choices.len()),
            Kind::Mix { components } => format!("a mix of {}", components.join(", ")),
        }
    }

    /// A hint that says what may be written.
    pub(super) fn allowed(&self) -> String {
        match &self.attribute.kind {
            Kind::Number { .. } | Kind::Integer { .. } => {
                let (min, max) = self.attribute.kind.limits().unwrap_or_default();
                format!(
                    "write {}, `{{range: [{min}, {max}]}}`, `{{normal: [mean, sd], within: [a, b]}}`, or a list of alternatives",
                    self.noun()
                )
            }
            Kind::Category { choices } if choices.len() <= LISTED_CHOICES => {
                format!(
                    "write {}, or a list of alternatives",
                    list_names(choices.iter().map(|choice| choice.name.as_str()))
                )
            }
            Kind::Category { choices } => {
                let tags = tags(choices);
                let by_tag = if tags.is_empty() {
                    String::new()
                } else {
                    format!(", `{{any_of: {}}}`", tags[0])
                };
                format!(
                    "write one of its {} choices{by_tag}, or a list of alternatives; `populace schema` lists them",
                    choices.len()
                )
            }
            Kind::Mix { components } => {
                format!(
                    "write `{{mix: [{}]}}` for random weights, or fixed ones that sum to 1: `{{{}: 1}}`",
                    components.join(", "),
                    components.first().copied().unwrap_or_default()
                )
            }
        }
    }

    /// One value of the attribute's kind, within its limits.
    pub(super) fn constant(&mut self, node: &Node) -> Option<Value> {
        if node.is_nothing() && !self.has_choice(node.text().unwrap_or_default()) {
            let hint = self.allowed();
            self.add(node.span, format!("`{}` has no value", self.name()), hint);
            return None;
        }
        match &self.attribute.kind {
            Kind::Number { .. } => self.number(node).map(Value::Number),
            Kind::Integer { .. } => self.number(node).map(|whole| Value::Integer(whole as i64)),
            Kind::Category { choices } => self
                .choice(node, choices)
                .map(|choice| Value::Category(choice.name.clone())),
            Kind::Mix { components } => self.fixed_mix(node, components).map(Value::Mix),
        }
    }

    fn has_choice(&self, name: &str) -> bool {
        matches!(&self.attribute.kind, Kind::Category { choices } if choices.iter().any(|choice| choice.name == name))
    }
}

fn spaced(unit: &str) -> String {
    if unit.is_empty() {
        String::new()
    } else {
        format!(" {unit}")
    }
}

/// A sum without the rounding dust of its last digits.
fn shortened(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn key_span(node: &Node, name: &str) -> Span {
    match &node.content {
        Content::Map(entries) => entries
            .iter()
            .find(|(key, _)| key.text == name)
            .map_or(node.span, |(key, _)| key.span),
        Content::Scalar { .. } | Content::List(_) => node.span,
    }
}
