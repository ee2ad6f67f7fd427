//! Weights that sum to 1, fixed or random.

use super::{ValueReader, shortened};
use crate::attribute::Kind;
use crate::diagnostic::{Plain, Span, excerpt, list_names, nearest};
use crate::distribution::Distribution;
use crate::recipe::document::{Content, Node};

impl ValueReader<'_, '_, '_> {
    pub(super) fn component(
        &mut self,
        text: &str,
        span: Span,
        components: &[&'static str],
    ) -> Option<usize> {
        let position = components.iter().position(|component| *component == text);
        if position.is_none() {
            let hint = nearest(text, components.iter().copied()).map_or_else(
                || format!("a part is {}", list_names(components.iter().copied())),
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

    pub(super) fn fixed_mix(
        &mut self,
        node: &Node,
        components: &[&'static str],
    ) -> Option<Vec<f64>> {
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

    pub(super) fn random_mix(&mut self, node: &Node) -> Option<Distribution> {
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

    pub(super) fn concentration(&mut self, node: &Node) -> Option<f64> {
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
