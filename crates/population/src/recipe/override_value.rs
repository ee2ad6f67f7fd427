//! One `NAME=VALUE` from a command line.

use super::document;
use super::names::attribute_hint;
use super::read::Reader;
use super::{Cycle, Recipe, drawing_order};
use crate::diagnostic::{Diagnostic, Mistakes, Span, excerpt};
use crate::distribution::Distribution;

/// What messages show in place of a file's name.
const FILE: &str = "--set";

pub(super) fn set(recipe: &mut Recipe, assignment: &str) -> Result<(), Vec<Diagnostic>> {
    let mut mistakes = Mistakes::new(FILE, assignment);
    let changed = changed(recipe, assignment, &mut mistakes);
    match changed {
        Some(changed) if mistakes.is_empty() => {
            *recipe = changed;
            Ok(())
        }
        _ => Err(mistakes.into_diagnostics()),
    }
}

fn changed(recipe: &Recipe, assignment: &str, mistakes: &mut Mistakes<'_>) -> Option<Recipe> {
    let whole = Span {
        line: 1,
        column: 1,
        length: usize::MAX,
    };
    let Some((name, text)) = assignment.split_once('=') else {
        mistakes.add(
            whole,
            "an assignment is `NAME=VALUE`",
            "for example `--set count=10`",
        );
        return None;
    };
    let offset = name.chars().count() + 1;
    let name_span = Span {
        line: 1,
        column: 1,
        length: offset - 1,
    };
    let name = name.trim();
    // The value is read as a document of its own; its mistakes are shown within the whole assignment.
    let mut inner = Mistakes::new(FILE, text);
    let node = if text.trim().is_empty() {
        mistakes.add(
            whole,
            format!("`{}` gets no value", excerpt(name)),
            "write it behind the `=`",
        );
        None
    } else {
        document::read(text, &mut inner)
    };
    let mut changed = recipe.clone();
    let schema = recipe.schema.clone();
    let applied = node.and_then(|node| {
        let mut reader = Reader {
            schema: &schema,
            mistakes: &mut inner,
        };
        match name {
            "count" => changed.count = reader.count(&node)?,
            "seed" => changed.seed = reader.seed(&node)?,
            "name" => changed.name = reader.name(&node)?,
            _ => {
                let Some(position) = schema.position(name) else {
                    let hint = match attribute_hint(name, "", &schema) {
                        hint if hint.is_empty() => {
                            "`populace schema` lists all attributes".to_owned()
                        }
                        hint => hint,
                    };
                    let message = format!(
                        "`{}` is not an attribute of stage `{}`",
                        excerpt(name),
                        schema.stage
                    );
                    mistakes.add(name_span, message, hint);
                    return None;
                };
                let attribute = &schema.attributes[position];
                let distribution = reader.values(attribute).distribution(&node)?;
                if attribute.constant && !matches!(distribution, Distribution::Constant(_)) {
                    reader.not_constant(node.span, attribute);
                    return None;
                }
                let varied = if recipe.grid.iter().any(|axis| axis.attribute == name) {
                    Some("grid")
                } else if recipe.pair.as_ref().is_some_and(|pair| pair.change == name) {
                    Some("pair")
                } else {
                    None
                };
                if let Some(by) = varied {
                    let message = format!("`{name}` cannot be set: the recipe varies it by `{by}`");
                    mistakes.add(name_span, message, format!("remove `{by}` from the recipe"));
                    return None;
                }
                for given in &mut changed.given {
                    given.set.retain(|draw| draw.attribute != name);
                }
                changed.given.retain(|given| !given.set.is_empty());
                if let Some(draw) = changed.draws.iter_mut().find(|draw| draw.attribute == name) {
                    draw.distribution = distribution;
                }
            }
        }
        Some(())
    });
    for mistake in inner.into_diagnostics() {
        let column = if mistake.line == 1 {
            mistake.column + offset
        } else {
            mistake.column
        };
        mistakes.add(
            Span {
                line: mistake.line,
                column,
                length: mistake.length,
            },
            mistake.message,
            mistake.hint.unwrap_or_default(),
        );
    }
    applied?;
    if let Err(Cycle(cycle)) = drawing_order(&schema, &changed.draws, &changed.given, &changed.grid)
    {
        let names: Vec<&str> = cycle
            .iter()
            .map(|&position| schema.attributes[position].name)
            .collect();
        mistakes.add(
            name_span,
            format!(
                "`{name}` would depend on itself, through {}",
                names.join(", ")
            ),
            "",
        );
        return None;
    }
    Some(changed)
}
