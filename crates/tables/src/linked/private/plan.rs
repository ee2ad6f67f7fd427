//! Who the persons are and what they own, by the schema alone: what the data says would tell about somebody.

use population::Diagnostic;

use super::super::schema::{Reference, Schema, SchemaTable};
use crate::detect::Wanted;
use crate::layout::document::Place;

/// Where the text of a schema begins.
const START: Place = Place {
    line: 1,
    column: 1,
    length: 1,
};

/// The tables of a schema by what they are to persons.
#[derive(Debug)]
pub(super) struct Plan {
    /// The table whose rows are persons.
    pub root: usize,
    /// Tables whose rows persons own, each with the place of its reference.
    pub children: Vec<(usize, usize)>,
    pub public: Vec<usize>,
}

impl Plan {
    /// # Errors
    ///
    /// No table of persons or several, tables two steps away from it, rows that would be several persons'; all mistakes at once.
    pub(super) fn of(schema: &Schema) -> Result<Self, Vec<Diagnostic>> {
        let mut plan = Self {
            root: usize::MAX,
            children: Vec::new(),
            public: Vec::new(),
        };
        let mut mistakes = Vec::new();
        let mut roots = Vec::new();
        for (index, table) in schema.tables.iter().enumerate() {
            mistakes.extend(two_in_one(schema, table));
            if table.public {
                plan.public.push(index);
                continue;
            }
            let all = table.references.iter().enumerate();
            let mut secret = all.filter(|(_, r)| !schema.tables[r.table].public);
            let Some((place, first)) = secret.next() else {
                roots.push(index);
                continue;
            };
            if let Some((_, second)) = secret.next() {
                mistakes.push(two_owners(schema, table, first, second));
            } else {
                plan.children.push((index, place));
            }
        }
        if let [root] = roots[..] {
            plan.root = root;
            let about = &schema.tables[root];
            if about.key.is_none() {
                mistakes.push(schema.text.mistake(
                    about.place,
                    format!(
                        "rows of `{}` are the persons who are protected, and nothing tells them apart",
                        about.name
                    ),
                    format!("add `key: COLUMN` to `{}`", about.name),
                ));
            }
        } else if mistakes.is_empty() {
            mistakes.push(persons(schema, &roots));
        }
        if mistakes.is_empty() {
            let children = plan.children.iter();
            let references =
                children.map(|&(child, place)| (child, &schema.tables[child].references[place]));
            let far = references.filter(|(_, reference)| reference.table != plan.root);
            mistakes.extend(
                far.map(|(child, reference)| two_steps(schema, plan.root, child, reference)),
            );
        }
        if mistakes.is_empty() {
            Ok(plan)
        } else {
            Err(mistakes)
        }
    }
}

/// A column that is a key, a reference or left out, and something else as well.
fn two_in_one(schema: &Schema, table: &SchemaTable) -> Option<Diagnostic> {
    let key = table.key.as_ref();
    if let Some(key) = key.filter(|key| table.refers(&key.text)) {
        let message = format!(
            "`{}` is both the key of `{}` and a reference",
            key.text, table.name
        );
        return Some(
            schema
                .text
                .mistake(key.place, message, "leave `key` out, or the reference"),
        );
    }
    let order = table.order_by.as_ref()?;
    let left_out = matches!(table.overrides.wanted(&order.text), Some(Wanted::LeaveOut));
    let named = key.is_some_and(|key| key.text == order.text) || table.refers(&order.text);
    (named || left_out).then(|| {
        let message = format!(
            "rows of `{}` cannot be in order of `{}`, which is a key, a reference or left out",
            table.name, order.text
        );
        let hint = "name a column of numbers or moments";
        schema.text.mistake(order.place, message, hint)
    })
}

fn two_owners(
    schema: &Schema,
    table: &SchemaTable,
    first: &Reference,
    second: &Reference,
) -> Diagnostic {
    schema.text.mistake(
        second.column.place,
        format!(
            "rows of `{}` refer to `{}` by `{}` and to `{}` by `{}`; under differential privacy a row is one person's",
            table.name,
            schema.tables[first.table].name,
            first.column.text,
            schema.tables[second.table].name,
            second.column.text
        ),
        "leave one of the references out of the schema, and its column under `columns:`",
    )
}

fn persons(schema: &Schema, roots: &[usize]) -> Diagnostic {
    let names: Vec<String> = roots
        .iter()
        .map(|&root| format!("`{}`", schema.tables[root].name))
        .collect();
    match roots.get(1) {
        Some(&second) => schema.text.mistake(
            schema.tables[second].place,
            format!(
                "{} refer to no other table, and the rows of one table are the persons who are protected",
                names.join(" and ")
            ),
            "say `public: true` of what is no secret, and leave the others out of the schema",
        ),
        None => schema.text.mistake(
            START,
            "every table refers to another, so the rows of none are the persons who are protected",
            "leave a reference out of the schema",
        ),
    }
}

fn two_steps(schema: &Schema, root: usize, child: usize, reference: &Reference) -> Diagnostic {
    schema.text.mistake(
        reference.column.place,
        format!(
            "rows of `{}` belong to rows of `{}`, not to `{}`, whose rows are the persons who are protected",
            schema.tables[child].name, schema.tables[reference.table].name, schema.tables[root].name
        ),
        format!(
            "under differential privacy tables refer to `{}` itself; join them, or leave this one out",
            schema.tables[root].name
        ),
    )
}
