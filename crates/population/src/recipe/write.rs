//! The canonical text of a recipe.

use std::fmt::Write as _;

use crate::attribute::{Attribute, Kind, SECTIONS, Schema};
use crate::diagnostic::Plain;
use crate::distribution::{Distribution, Selection};
use crate::row::Value;
use crate::source::{SourceFile, SourceKind};

use super::{Condition, Draw, FORMAT, Recipe, Test};

/// Everything before the population: what the digest leaves out, and what it adds itself.
pub(super) fn head(recipe: &Recipe) -> String {
    format!(
        "populace: {FORMAT}\nname: {}\nstage: {}\ncount: {}\nseed: {}\n",
        word(&recipe.name),
        word(&recipe.stage),
        recipe.count,
        recipe.seed.0
    )
}

/// Everything that decides what a sample is.
pub(super) fn body(recipe: &Recipe) -> String {
    let schema = recipe.schema();
    let mut text = sources(&schema.sources);
    for section in ["population"].into_iter().chain(SECTIONS) {
        let attributes = schema
            .attributes
            .iter()
            .filter(|attribute| attribute.section_and_key().0 == section);
        // Varied attributes have their values below; a second place for them would be an error.
        let lines: Vec<String> = attributes
            .filter(|attribute| {
                !recipe
                    .grid
                    .iter()
                    .any(|axis| axis.attribute == attribute.name)
            })
            .filter_map(|attribute| {
                let draw = recipe
                    .draws
                    .iter()
                    .find(|draw| draw.attribute == attribute.name)?;
                Some(format!(
                    "  {}: {}\n",
                    attribute.section_and_key().1,
                    distribution(&draw.distribution, attribute)
                ))
            })
            .collect();
        if !lines.is_empty() {
            let _ = write!(text, "\n{section}:\n{}", lines.concat());
        }
    }
    if !recipe.given.is_empty() {
        text.push_str("\ngiven:\n");
        for given in &recipe.given {
            let when: Vec<String> = given
                .when
                .iter()
                .map(|condition| self::condition(condition, schema))
                .collect();
            let set: Vec<String> = given.set.iter().map(|draw| entry(draw, schema)).collect();
            let _ = write!(
                text,
                "  - when: {{{}}}\n    set: {{{}}}\n",
                when.join(", "),
                set.join(", ")
            );
        }
    }
    if !recipe.grid.is_empty() {
        text.push_str("\ngrid:\n");
        for axis in &recipe.grid {
            let levels: Vec<String> = match schema.attribute(&axis.attribute) {
                Some(attribute) => axis
                    .levels
                    .iter()
                    .map(|level| distribution(level, attribute))
                    .collect(),
                None => Vec::new(),
            };
            let _ = writeln!(text, "  {}: [{}]", axis.attribute, levels.join(", "));
        }
    }
    if let Some(pair) = &recipe.pair
        && let Some(attribute) = schema.attribute(&pair.change)
    {
        let to: Vec<String> = pair.to.iter().map(|to| value(to, attribute)).collect();
        let _ = write!(
            text,
            "\npair:\n  change: {}\n  to: [{}]\n",
            pair.change,
            to.join(", ")
        );
    }
    if !schema.labels.is_empty() {
        let labels: Vec<String> = recipe.labels.iter().map(|label| word(label)).collect();
        let _ = write!(text, "\nlabels: [{}]\n", labels.join(", "));
    }
    text
}

/// The files that choices stand for, by content: another file of that name is another recipe.
fn sources(files: &[SourceFile]) -> String {
    let mut text = String::new();
    for kind in SourceKind::ALL {
        let entries: Vec<String> = files
            .iter()
            .filter(|file| file.kind == kind)
            .map(|file| {
                let withdrawn = if file.withdrawn {
                    let tags: Vec<String> = file.tags.iter().map(|tag| word(tag)).collect();
                    format!(", withdrawn: yes, tags: [{}]", tags.join(", "))
                } else {
                    String::new()
                };
                let (name, sha256) = (word(&file.file), &file.sha256);
                format!("{{file: {name}, sha256: \"{sha256}\"{withdrawn}}}")
            })
            .collect();
        if !entries.is_empty() {
            let _ = write!(text, "\n  {}: [{}]", kind.key(), entries.join(", "));
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("\nsources:{text}\n")
    }
}

fn entry(draw: &Draw, schema: &Schema) -> String {
    match schema.attribute(&draw.attribute) {
        Some(attribute) => format!(
            "{}: {}",
            draw.attribute,
            distribution(&draw.distribution, attribute)
        ),
        None => String::new(),
    }
}

/// As a recipe writes it.
pub(crate) fn distribution(distribution: &Distribution, attribute: &Attribute) -> String {
    match distribution {
        Distribution::Constant(constant) => value(constant, attribute),
        Distribution::Range { min, max } => {
            format!("{{range: [{}, {}]}}", Plain(*min), Plain(*max))
        }
        Distribution::Normal { mean, sd, min, max } => {
            format!(
                "{{normal: [{}, {}], within: [{}, {}]}}",
                Plain(*mean),
                Plain(*sd),
                Plain(*min),
                Plain(*max)
            )
        }
        Distribution::Alternatives(alternatives) => {
            let items: Vec<String> = alternatives
                .iter()
                .map(|alternative| {
                    let of = self::distribution(&alternative.of, attribute);
                    format!("{{value: {of}, percent: {}}}", Plain(alternative.percent))
                })
                .collect();
            format!("[{}]", items.join(", "))
        }
        Distribution::Dirichlet { concentration } => {
            let Kind::Mix { components } = attribute.kind else {
                return String::new();
            };
            let parts: Vec<(&str, f64)> = components
                .iter()
                .copied()
                .zip(concentration.iter().copied())
                .filter(|(_, value)| *value > 0.0)
                .collect();
            let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
            let values: Vec<String> = parts
                .iter()
                .map(|(_, value)| Plain(*value).to_string())
                .collect();
            format!(
                "{{mix: [{}], concentration: [{}]}}",
                names.join(", "),
                values.join(", ")
            )
        }
        Distribution::AnyOf(Selection::Tag(tag)) => format!("{{any_of: {}}}", word(tag)),
        Distribution::AnyOf(Selection::Names(names)) => {
            let names: Vec<String> = names.iter().map(|name| word(name)).collect();
            format!("{{any_of: [{}]}}", names.join(", "))
        }
        Distribution::Typical => "typical".to_owned(),
        Distribution::Known { otherwise } => format!(
            "{{as: {}, else: {}}}",
            attribute.follows.unwrap_or_default(),
            self::distribution(otherwise, attribute)
        ),
    }
}

fn value(value: &Value, attribute: &Attribute) -> String {
    match value {
        Value::Number(number) => Plain(*number).to_string(),
        Value::Integer(whole) => whole.to_string(),
        Value::Category(name) => word(name),
        Value::Mix(weights) => {
            let Kind::Mix { components } = attribute.kind else {
                return String::new();
            };
            let parts: Vec<String> = components
                .iter()
                .zip(weights)
                .filter(|(_, weight)| **weight > 0.0)
                .map(|(component, weight)| format!("{component}: {}", Plain(*weight)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}

fn condition(condition: &Condition, schema: &Schema) -> String {
    let Some(attribute) = schema.attribute(&condition.attribute) else {
        return String::new();
    };
    let name = match (&attribute.kind, condition.component) {
        (Kind::Mix { components }, Some(component)) => {
            format!(
                "{}.{}",
                condition.attribute,
                components.get(component).copied().unwrap_or_default()
            )
        }
        _ => condition.attribute.clone(),
    };
    let test = match &condition.test {
        Test::OneOf(values) => {
            let values: Vec<String> = values.iter().map(|one| value(one, attribute)).collect();
            format!("[{}]", values.join(", "))
        }
        Test::Below(limit) => format!("{{below: {}}}", Plain(*limit)),
        Test::Above(limit) => format!("{{above: {}}}", Plain(*limit)),
        Test::Within { min, max } => format!("{{range: [{}, {}]}}", Plain(*min), Plain(*max)),
    };
    format!("{name}: {test}")
}

/// A word as YAML reads it back: bare where no reader could take it for anything else, otherwise in double quotes.
fn word(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "null" | "true" | "false" | "typical" | "inf" | "nan"
        );
    if plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\U{:08X}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
