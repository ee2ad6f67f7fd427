//! How attributes hang together: `given`, `grid` and `pair`.

use super::Reader;
use crate::attribute::{Attribute, Kind};
use crate::diagnostic::{Span, excerpt, nearest};
use crate::distribution::Distribution;
use crate::recipe::document::{Content, Key, Node};
use crate::recipe::{Axis, Condition, Draw, Given, MAX_COUNT, MAX_VARIANTS, Pair, Test};
use crate::row::Value;
use crate::sequence;

impl Reader<'_, '_, '_> {
    pub(super) fn given(&mut self, node: &Node) -> Vec<(Given, Span)> {
        let Content::List(items) = &node.content else {
            if !node.is_nothing() {
                self.add(
                    node.span,
                    format!("`given` is a list, not {}", node.describe()),
                    "write `- when: {…}` and below it `set: {…}`",
                );
            }
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.one_given(item).map(|given| (given, item.span)))
            .collect()
    }

    pub(super) fn one_given(&mut self, item: &Node) -> Option<Given> {
        let mut fine = true;
        for (key, _) in self.entries(item, "an entry of `given`") {
            if key.text != "when" && key.text != "set" {
                let hint = "an entry of `given` has `when` and `set`";
                self.add(
                    key.span,
                    format!("`{}` does not belong to `given`", excerpt(&key.text)),
                    hint,
                );
                fine = false;
            }
        }
        let (Some(when_node), Some(set_node)) = (item.get("when"), item.get("set")) else {
            if matches!(item.content, Content::Map(_)) {
                let missing = if item.get("when").is_none() {
                    "when"
                } else {
                    "set"
                };
                self.add(
                    item.span,
                    format!("this entry of `given` has no `{missing}`"),
                    "write `when: {…}` and `set: {…}`",
                );
            }
            return None;
        };
        let before = self.mistakes.count();
        let when: Vec<Condition> = self
            .entries(when_node, "`when`")
            .iter()
            .filter_map(|(key, value)| self.condition(key, value))
            .collect();
        let mut set = Vec::new();
        for (key, value) in self.entries(set_node, "`set`") {
            let Some((_, attribute)) = self.attribute(key, "") else {
                continue;
            };
            if attribute.constant {
                self.not_constant(key.span, attribute);
                continue;
            }
            if let Some(distribution) = self.values(attribute).distribution(value) {
                set.push(Draw {
                    attribute: attribute.name.to_owned(),
                    distribution,
                });
            }
        }
        if self.mistakes.count() > before {
            return None;
        }
        if when.is_empty() || set.is_empty() {
            let (node, missing) = if when.is_empty() {
                (when_node, "when")
            } else {
                (set_node, "set")
            };
            self.add(
                node.span,
                format!("`{missing}` is empty"),
                "write at least one `attribute: value`",
            );
            return None;
        }
        fine.then_some(Given { when, set })
    }

    pub(super) fn condition(&mut self, key: &Key, node: &Node) -> Option<Condition> {
        // A part of a mix is conditioned on by its column: `ancestry.african`.
        let part = key.text.rsplit_once('.').and_then(|(mix, part)| {
            let attribute = self.schema.attribute(mix)?;
            let Kind::Mix { components } = attribute.kind else {
                return None;
            };
            Some((
                attribute,
                components.iter().position(|component| *component == part)?,
            ))
        });
        if let Some((attribute, component)) = part {
            let weight = Attribute::number(attribute.name, 0.0, 1.0, "", attribute.meaning);
            let test = self.test(&weight, node)?;
            return Some(Condition {
                attribute: attribute.name.to_owned(),
                component: Some(component),
                test,
            });
        }
        let (_, attribute) = self.attribute(key, "")?;
        if let Kind::Mix { components } = attribute.kind {
            self.add(
                key.span,
                format!(
                    "`{}` is a mix; a condition reads one of its weights",
                    attribute.name
                ),
                format!(
                    "write `{}.{}: {{above: 0.5}}`",
                    attribute.name,
                    components.first().copied().unwrap_or_default()
                ),
            );
            return None;
        }
        let test = self.test(attribute, node)?;
        Some(Condition {
            attribute: attribute.name.to_owned(),
            component: None,
            test,
        })
    }

    pub(super) fn test(&mut self, attribute: &Attribute, node: &Node) -> Option<Test> {
        match &node.content {
            Content::Scalar { .. } => {
                Some(Test::OneOf(vec![self.values(attribute).constant(node)?]))
            }
            Content::List(items) if !items.is_empty() => {
                let values: Vec<Value> = items
                    .iter()
                    .filter_map(|item| self.values(attribute).constant(item))
                    .collect();
                (values.len() == items.len()).then_some(Test::OneOf(values))
            }
            Content::List(_) => {
                self.add(
                    node.span,
                    format!("the list of values for `{}` is empty", attribute.name),
                    "",
                );
                None
            }
            Content::Map(entries) => {
                const FORMS: [&str; 3] = ["below", "above", "range"];
                let [(key, value)] = entries.as_slice() else {
                    self.add(
                        node.span,
                        format!(
                            "a condition on `{}` has one of `below`, `above` and `range`",
                            attribute.name
                        ),
                        "for two bounds write `{range: [a, b]}`",
                    );
                    return None;
                };
                if !FORMS.contains(&key.text.as_str()) {
                    let hint = nearest(&key.text, FORMS).map_or_else(
                        || "write a value, a list of values, `{below: x}`, `{above: x}` or `{range: [a, b]}`".to_owned(),
                        |name| format!("did you mean `{name}`?"),
                    );
                    self.add(
                        key.span,
                        format!("`{}` is no condition", excerpt(&key.text)),
                        hint,
                    );
                    return None;
                }
                if attribute.kind.limits().is_none() {
                    let hint = self.values(attribute).allowed();
                    self.add(
                        key.span,
                        format!(
                            "`{}` is no number; `{}` does not go with it",
                            attribute.name, key.text
                        ),
                        hint,
                    );
                    return None;
                }
                let mut values = self.values(attribute);
                match key.text.as_str() {
                    "below" => values.number(value).map(Test::Below),
                    "above" => values.number(value).map(Test::Above),
                    _ => values
                        .interval(value, "range")
                        .map(|(min, max)| Test::Within { min, max }),
                }
            }
        }
    }

    pub(super) fn grid(&mut self, node: &Node) -> Vec<(Axis, Span)> {
        let mut axes = Vec::new();
        let mut cells: u64 = 1;
        for (key, value) in self.entries(node, "`grid`") {
            let Some((_, attribute)) = self.attribute(key, "") else {
                continue;
            };
            if attribute.constant {
                self.not_constant(key.span, attribute);
                continue;
            }
            let items = match &value.content {
                Content::List(items) if !items.is_empty() => items,
                _ => {
                    let message = format!(
                        "`grid` wants a list of levels for `{}`, not {}",
                        attribute.name,
                        value.describe()
                    );
                    let hint = format!(
                        "write `{}: [a, b, c]`; a level is a value or a distribution",
                        attribute.name
                    );
                    self.add(value.span, message, hint);
                    continue;
                }
            };
            let levels: Vec<Distribution> = items
                .iter()
                .filter_map(|item| self.values(attribute).distribution(item))
                .collect();
            cells = cells.saturating_mul(items.len() as u64);
            if levels.len() == items.len() {
                axes.push((
                    Axis {
                        attribute: attribute.name.to_owned(),
                        levels,
                    },
                    key.span,
                ));
            }
        }
        if cells > MAX_COUNT {
            self.add(
                node.span,
                format!("this grid has more than {MAX_COUNT} cells"),
                "draw some of its attributes instead",
            );
        }
        axes
    }

    pub(super) fn pair(&mut self, node: &Node) -> Option<(Pair, Span)> {
        for (key, _) in self.entries(node, "`pair`") {
            if key.text != "change" && key.text != "to" {
                self.add(
                    key.span,
                    format!("`{}` does not belong to `pair`", excerpt(&key.text)),
                    "`pair` has `change` and `to`",
                );
            }
        }
        let (Some(change), Some(to)) = (node.get("change"), node.get("to")) else {
            if matches!(node.content, Content::Map(_)) {
                let missing = if node.get("change").is_none() {
                    "change"
                } else {
                    "to"
                };
                let hint = "write `pair: {change: skin_tone, to: [2, 9]}`";
                self.add(node.span, format!("`pair` has no `{missing}`"), hint);
            }
            return None;
        };
        let key = Key {
            text: change.text().unwrap_or_default().to_owned(),
            span: change.span,
        };
        let (_, attribute) = self.attribute(&key, "")?;
        if attribute.constant {
            self.not_constant(change.span, attribute);
            return None;
        }
        let items = match &to.content {
            Content::List(items) if (2..=MAX_VARIANTS).contains(&items.len()) => items,
            _ => {
                let found = match &to.content {
                    Content::List(items) => format!("{}", items.len()),
                    _ => to.describe(),
                };
                let message =
                    format!("`to` wants a list of 2 to {MAX_VARIANTS} values, not {found}");
                self.add(
                    to.span,
                    message,
                    format!("write `to: [a, b]` with values of `{}`", attribute.name),
                );
                return None;
            }
        };
        let mut values: Vec<Value> = Vec::new();
        for item in items {
            let Some(value) = self.values(attribute).constant(item) else {
                continue;
            };
            if values.contains(&value) {
                self.add(
                    item.span,
                    format!(
                        "{} is listed twice: a pair would hold the same sample twice",
                        item.describe()
                    ),
                    "",
                );
            }
            values.push(value);
        }
        (values.len() == items.len()).then(|| {
            (
                Pair {
                    change: attribute.name.to_owned(),
                    to: values,
                },
                change.span,
            )
        })
    }

    /// What is set in two places that contradict each other.
    pub(super) fn conflicts(
        &mut self,
        written: &[(usize, Span, Distribution)],
        given: &[(Given, Span)],
        grid: &[(Axis, Span)],
        pair: Option<&(Pair, Span)>,
    ) {
        for (axis, span) in grid {
            let name = &axis.attribute;
            if let Some((_, written, _)) = written
                .iter()
                .find(|(position, ..)| self.schema.attributes[*position].name == *name)
            {
                let hint = format!(
                    "`grid` on line {} decides it; remove one of them",
                    span.line
                );
                self.add(
                    *written,
                    format!("`{name}` is set here and again in `grid`"),
                    hint,
                );
            }
        }
        let runs = self.schema.position(sequence::SECONDS).is_some_and(|of| {
            written.iter().any(|(position, _, length)| {
                *position == of
                    && matches!(length, Distribution::Constant(Value::Number(s)) if *s > 0.0)
            })
        });
        let clock = self.schema.position(sequence::TIME).filter(|_| runs);
        for (_, span, _) in written.iter().filter(|(position, _, moment)| {
            // A recipe as run writes the default out.
            Some(*position) == clock && *moment != Distribution::Constant(Value::Number(0.0))
        }) {
            self.add(
                *span,
                format!(
                    "`{}` cannot be set: a sequence has frames at all of its moments",
                    sequence::TIME
                ),
                "remove it, or remove `seconds` to make single pictures of one moment",
            );
        }
        let is_clock = |name: &str| runs && name == sequence::TIME;
        let varied = grid.iter().map(|(axis, span)| (&axis.attribute, span));
        let changed = pair.iter().map(|(pair, span)| (&pair.change, span));
        for (name, span) in varied.chain(changed).filter(|(name, _)| is_clock(name)) {
            self.add(
                *span,
                format!("`{name}` cannot be varied: a sequence has frames at all of its moments"),
                "remove one of them",
            );
        }
        if let Some((pair, span)) = pair
            && grid.iter().any(|(axis, _)| axis.attribute == pair.change)
        {
            self.add(
                *span,
                format!(
                    "`{}` cannot be changed by `pair`: `grid` varies it",
                    pair.change
                ),
                "remove one of them",
            );
        }
        for (given, span) in given {
            for draw in &given.set {
                let name = &draw.attribute;
                let by = if is_clock(name) {
                    "sequence"
                } else if grid.iter().any(|(axis, _)| axis.attribute == *name) {
                    "grid"
                } else if pair.is_some_and(|(pair, _)| pair.change == *name) {
                    "pair"
                } else {
                    continue;
                };
                self.add(
                    *span,
                    format!("`given` cannot set `{name}`: `{by}` varies it"),
                    "remove one of them",
                );
            }
        }
    }
}
