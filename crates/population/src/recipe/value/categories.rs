//! Words of a closed list, one or any of several.

use super::{LISTED_CHOICES, ValueReader, read_number};
use crate::attribute::{Choice, Kind};
use crate::diagnostic::{excerpt, list_names, nearest};
use crate::distribution::{Distribution, Selection};
use crate::recipe::document::{Content, Node};

impl ValueReader<'_, '_, '_> {
    pub(super) fn choice<'c>(&mut self, node: &Node, choices: &'c [Choice]) -> Option<&'c Choice> {
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

    pub(super) fn any_of(&mut self, node: &Node) -> Option<Distribution> {
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
}

pub(super) fn tags(choices: &[Choice]) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for tag in choices.iter().flat_map(|choice| &choice.tags) {
        if !all.contains(&tag.as_ref()) {
            all.push(tag);
        }
    }
    all
}
