//! The grammar of values: what may stand behind the name of an attribute.

use super::document::{Content, Node};
use crate::attribute::{Attribute, Choice, Kind};
use crate::diagnostic::{Mistakes, Plain, Span, excerpt, list_names, nearest};
use crate::distribution::{Alternative, Distribution, Selection};
use crate::row::Value;
use crate::stream::normal::normal_cdf;

/// Shares may miss 100 by rounding only.
const PERCENT_TOLERANCE: f64 = 1e-6;
/// A normal must have at least this much of its mass in its interval; less is a slip of the pen, and beyond it the quantiles lose digits.
const LEAST_MASS: f64 = 1e-6;
/// Whole numbers beyond it are not exact as floating point.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;
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

    /// A number within the attribute's limits, whole where the attribute is.
    pub(super) fn number(&mut self, node: &Node) -> Option<f64> {
        let number = self.plain_number(node)?;
        let (min, max) = self.attribute.kind.limits()?;
        if let Kind::Integer { .. } = self.attribute.kind
            && (number.fract() != 0.0 || number.abs() > LARGEST_WHOLE)
        {
            self.add(
                node.span,
                format!("`{}` is a whole number, not {}", self.name(), Plain(number)),
                "",
            );
            return None;
        }
        if !(min..=max).contains(&number) {
            let noun = self.noun();
            self.add(
                node.span,
                format!(
                    "{} is out of limits: `{}` is {noun}",
                    Plain(number),
                    self.name()
                ),
                "",
            );
            return None;
        }
        Some(number)
    }

    /// Any finite number.
    fn plain_number(&mut self, node: &Node) -> Option<f64> {
        let Content::Scalar { text, quoted } = &node.content else {
            let hint = self.allowed();
            self.add(
                node.span,
                format!(
                    "`{}` wants a number here, not {}",
                    self.name(),
                    node.describe()
                ),
                hint,
            );
            return None;
        };
        match read_number(text) {
            Some(number) if !quoted && number.is_finite() => Some(number),
            Some(number) if number.is_finite() => {
                self.add(
                    node.span,
                    format!("`{}` wants a number here, not a quoted text", self.name()),
                    format!("leave out the quotes: {text}"),
                );
                None
            }
            Some(_) => {
                self.add(
                    node.span,
                    format!(
                        "`{}` wants a finite number, not `{}`",
                        self.name(),
                        excerpt(text)
                    ),
                    self.allowed(),
                );
                None
            }
            None => {
                let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
                let hint = match read_number(digits) {
                    Some(number) if digits.len() < text.len() => {
                        format!(
                            "write the number alone: {}; the unit is part of the name",
                            Plain(number)
                        )
                    }
                    _ => self.allowed(),
                };
                self.add(
                    node.span,
                    format!(
                        "`{}` wants a number here, not {}",
                        self.name(),
                        node.describe()
                    ),
                    hint,
                );
                None
            }
        }
    }

    /// Two numbers in order, each within the limits.
    pub(super) fn interval(&mut self, node: &Node, form: &str) -> Option<(f64, f64)> {
        let Content::List(items) = &node.content else {
            self.add(
                node.span,
                format!(
                    "`{form}` wants a list of two numbers, not {}",
                    node.describe()
                ),
                format!("write `{form}: [a, b]`"),
            );
            return None;
        };
        let [first, second] = items.as_slice() else {
            self.add(
                node.span,
                format!("`{form}` wants two numbers, not {}", items.len()),
                format!("write `{form}: [a, b]`"),
            );
            return None;
        };
        let (a, b) = (self.number(first), self.number(second));
        let (a, b) = (a?, b?);
        if a > b {
            self.add(
                node.span,
                format!(
                    "this range runs backwards: {} is above {}",
                    Plain(a),
                    Plain(b)
                ),
                format!("write `{form}: [{}, {}]`", Plain(b), Plain(a)),
            );
            return None;
        }
        Some((a, b))
    }

    fn range(&mut self, node: &Node) -> Option<Distribution> {
        let (min, max) = self.interval(node.get("range")?, "range")?;
        Some(Distribution::Range { min, max })
    }

    fn normal(&mut self, node: &Node) -> Option<Distribution> {
        let parameters = node.get("normal")?;
        let parsed = match &parameters.content {
            Content::List(items) if items.len() == 2 => {
                let (mean, sd) = (self.plain_number(&items[0]), self.plain_number(&items[1]));
                match (mean, sd) {
                    (Some(mean), Some(sd)) if sd > 0.0 => Some((mean, sd)),
                    (Some(mean), Some(sd)) => {
                        self.add(
                            items[1].span,
                            format!("a standard deviation is above 0, not {}", Plain(sd)),
                            format!("write {} alone for a constant", Plain(mean)),
                        );
                        None
                    }
                    _ => None,
                }
            }
            _ => {
                let found = match &parameters.content {
                    Content::List(items) => format!("a list of {}", items.len()),
                    _ => parameters.describe(),
                };
                self.add(
                    parameters.span,
                    format!("`normal` wants its mean and standard deviation, not {found}"),
                    "write `normal: [mean, sd]`",
                );
                None
            }
        };
        let within = match node.get("within") {
            Some(within) => self.interval(within, "within"),
            None => self.attribute.kind.limits(),
        };
        let ((mean, sd), (min, max)) = (parsed?, within?);
        // A whole number stands for everything that rounds to it.
        let half = if matches!(self.attribute.kind, Kind::Integer { .. }) {
            0.5
        } else {
            0.0
        };
        if min >= max + half || mass(mean, sd, min - half, max + half) < LEAST_MASS {
            self.add(
                parameters.span,
                format!(
                    "a normal of mean {} and standard deviation {} has next to nothing between {} and {}",
                    Plain(mean),
                    Plain(sd),
                    Plain(min),
                    Plain(max)
                ),
                "widen `within`, or move the mean into it",
            );
            return None;
        }
        Some(Distribution::Normal { mean, sd, min, max })
    }

    fn alternatives(&mut self, node: &Node, items: &[Node]) -> Option<Distribution> {
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

    fn alternative(&mut self, item: &Node, all: &[Node]) -> Option<(Option<f64>, Distribution)> {
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

    fn choice<'c>(&mut self, node: &Node, choices: &'c [Choice]) -> Option<&'c Choice> {
        let Some(written) = node.text() else {
            let hint = self.allowed();
            self.add(
                node.span,
                format!(
                    "`{}` wants a word here, not {}",
                    self.name(),
                    node.describe()
                ),
                hint,
            );
            return None;
        };
        let exact = choices.iter().find(|choice| choice.name == written);
        // YAML's own booleans for the yes/no categories.
        let boolean = match written {
            "true" => Some("yes"),
            "false" => Some("no"),
            _ => None,
        };
        let found = exact.or_else(|| {
            choices
                .iter()
                .find(|choice| Some(choice.name.as_str()) == boolean)
        });
        if found.is_none() {
            let tags = tags(choices);
            let near = nearest(written, choices.iter().map(|choice| choice.name.as_str()));
            let hint = match near {
                _ if tags.contains(&written) => {
                    format!("`{written}` is a group of choices: write `{{any_of: {written}}}`")
                }
                Some(name) if choices.len() <= LISTED_CHOICES => {
                    format!("did you mean `{name}`? {}", self.allowed())
                }
                Some(name) => format!("did you mean `{name}`?"),
                None => self.allowed(),
            };
            let message = if read_number(written).is_some()
                && choices
                    .iter()
                    .all(|choice| read_number(&choice.name).is_none())
            {
                format!(
                    "`{}` wants a word here, not the number {}",
                    self.name(),
                    excerpt(written)
                )
            } else {
                format!(
                    "`{}` is not a choice for `{}`",
                    excerpt(written),
                    self.name()
                )
            };
            self.add(node.span, message, hint);
        }
        found
    }

    fn any_of(&mut self, node: &Node) -> Option<Distribution> {
        let Kind::Category { choices } = &self.attribute.kind else {
            return None;
        };
        let selection = node.get("any_of")?;
        let names: Vec<&str> = match &selection.content {
            Content::Scalar { text, .. } if tags(choices).contains(&text.as_str()) => {
                return Some(Distribution::AnyOf(Selection::Tag(text.clone())));
            }
            Content::Scalar { text, .. } => {
                if !self.has_choice(text) {
                    let tags = tags(choices);
                    let names = choices.iter().map(|choice| choice.name.as_str());
                    let hint = nearest(text, tags.iter().copied().chain(names)).map_or_else(
                        || {
                            if tags.is_empty() {
                                self.allowed()
                            } else {
                                format!("write {}", list_names(tags.iter().copied()))
                            }
                        },
                        |name| format!("did you mean `{name}`?"),
                    );
                    let message = format!(
                        "`{}` is no group of choices of `{}`",
                        excerpt(text),
                        self.name()
                    );
                    self.add(selection.span, message, hint);
                    return None;
                }
                vec![text]
            }
            Content::List(items) if !items.is_empty() => {
                let mut names = Vec::new();
                let mut fine = true;
                for item in items {
                    match self.choice(item, choices) {
                        Some(choice) if !names.contains(&choice.name.as_str()) => {
                            names.push(&choice.name);
                        }
                        Some(choice) => {
                            self.add(
                                item.span,
                                format!("`{}` is listed twice", choice.name),
                                "remove one of them",
                            );
                            fine = false;
                        }
                        None => fine = false,
                    }
                }
                if !fine {
                    return None;
                }
                names
            }
            Content::List(_) | Content::Map(_) => {
                let message = format!(
                    "`any_of` wants a group or a list of choices, not {}",
                    selection.describe()
                );
                let hint = self.allowed();
                self.add(selection.span, message, hint);
                return None;
            }
        };
        // In schema order, so that the order in which a recipe lists them changes nothing.
        let names = choices
            .iter()
            .filter(|choice| names.contains(&choice.name.as_str()))
            .map(|choice| choice.name.clone());
        Some(Distribution::AnyOf(Selection::Names(names.collect())))
    }

    fn component(&mut self, text: &str, span: Span, components: &[&'static str]) -> Option<usize> {
        let position = components.iter().position(|component| *component == text);
        if position.is_none() {
            let hint = nearest(text, components.iter().copied()).map_or_else(
                || format!("its parts are {}", list_names(components.iter().copied())),
                |name| format!("did you mean `{name}`?"),
            );
            self.add(
                span,
                format!(
                    "`{}` is no part of the mix `{}`",
                    excerpt(text),
                    self.name()
                ),
                hint,
            );
        }
        position
    }

    fn fixed_mix(&mut self, node: &Node, components: &[&'static str]) -> Option<Vec<f64>> {
        let mut weights = vec![0.0; components.len()];
        match &node.content {
            Content::Scalar { text, .. } => {
                weights[self.component(text, node.span, components)?] = 1.0;
            }
            Content::Map(entries) => {
                let mut fine = true;
                for (key, value) in entries {
                    let position = self.component(&key.text, key.span, components);
                    let weight = self.plain_number(value);
                    match (position, weight) {
                        (Some(position), Some(weight)) if (0.0..=1.0).contains(&weight) => {
                            weights[position] = weight;
                        }
                        (_, Some(weight)) if !(0.0..=1.0).contains(&weight) => {
                            let hint = if weight > 1.0 {
                                "weights are shares of 1, not percentages"
                            } else {
                                ""
                            };
                            self.add(
                                value.span,
                                format!("a weight is from 0 to 1, not {}", Plain(weight)),
                                hint,
                            );
                            fine = false;
                        }
                        _ => fine = false,
                    }
                }
                if !fine {
                    return None;
                }
                let sum: f64 = weights.iter().sum();
                if (sum - 1.0).abs() > 1e-6 {
                    let message = format!(
                        "the weights of `{}` sum to {}, not to 1",
                        self.name(),
                        shortened(sum)
                    );
                    self.add(node.span, message, "");
                    return None;
                }
            }
            Content::List(_) => {
                let hint = self.allowed();
                self.add(
                    node.span,
                    format!(
                        "`{}` wants weights with their names, not a list",
                        self.name()
                    ),
                    hint,
                );
                return None;
            }
        }
        Some(weights)
    }

    fn random_mix(&mut self, node: &Node) -> Option<Distribution> {
        let Kind::Mix { components } = self.attribute.kind else {
            return None;
        };
        let listed = node.get("mix")?;
        let Content::List(items) = &listed.content else {
            let hint = self.allowed();
            self.add(
                listed.span,
                format!("`mix` wants a list of parts, not {}", listed.describe()),
                hint,
            );
            return None;
        };
        let mut positions: Vec<usize> = Vec::new();
        let mut fine = !items.is_empty();
        if items.is_empty() {
            let hint = self.allowed();
            self.add(listed.span, "`mix` lists no parts", hint);
        }
        for item in items {
            let position = self.component(item.text().unwrap_or_default(), item.span, components);
            match position {
                Some(position) if !positions.contains(&position) => positions.push(position),
                Some(position) => {
                    self.add(
                        item.span,
                        format!("`{}` is listed twice", components[position]),
                        "remove one of them",
                    );
                    fine = false;
                }
                None => fine = false,
            }
        }
        let each = match node.get("concentration") {
            None => vec![1.0; items.len()],
            Some(written) => match &written.content {
                Content::List(parts) if parts.len() != items.len() => {
                    self.add(
                        written.span,
                        format!(
                            "{} concentrations do not fit {} parts",
                            parts.len(),
                            items.len()
                        ),
                        "give one number for all, or one for each part",
                    );
                    return None;
                }
                Content::List(parts) => parts
                    .iter()
                    .filter_map(|part| self.concentration(part))
                    .collect(),
                _ => vec![self.concentration(written)?; items.len()],
            },
        };
        if !fine || each.len() != items.len() {
            return None;
        }
        let mut concentration = vec![0.0; components.len()];
        for (position, value) in positions.into_iter().zip(each) {
            concentration[position] = value;
        }
        Some(Distribution::Dirichlet { concentration })
    }

    fn concentration(&mut self, node: &Node) -> Option<f64> {
        let number = self.plain_number(node)?;
        if (0.001..=1e6).contains(&number) {
            return Some(number);
        }
        self.add(
            node.span,
            format!("a concentration is from 0.001 to 1000000, not {}", Plain(number)),
            "1 makes all mixes equally likely; less makes pure ones likely, more makes even ones likely",
        );
        None
    }
}

/// Probability that a normal falls between `min` and `max`.
pub(super) fn mass(mean: f64, sd: f64, min: f64, max: f64) -> f64 {
    let (a, b) = ((min - mean) / sd, (max - mean) / sd);
    if a > 0.0 {
        normal_cdf(-a) - normal_cdf(-b)
    } else {
        normal_cdf(b) - normal_cdf(a)
    }
}

/// The number that a text is, `.inf` and `.nan` included; `None` for anything else.
///
/// YAML 1.2's decimal numbers and nothing more: no hexadecimal, no underscores, no `1_000`.
pub(super) fn read_number(text: &str) -> Option<f64> {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(
        bare.to_ascii_lowercase().as_str(),
        ".inf" | "inf" | "infinity" | ".nan" | "nan"
    ) {
        return Some(f64::NAN);
    }
    let decimal = bare.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && bare
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    // Adding zero turns -0 into 0: they are the same number and shall be the same bytes.
    if decimal {
        text.parse::<f64>().ok().map(|number| number + 0.0)
    } else {
        None
    }
}

fn tags(choices: &[Choice]) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = Vec::new();
    for tag in choices.iter().flat_map(|choice| &choice.tags) {
        if !all.contains(tag) {
            all.push(tag);
        }
    }
    all
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
