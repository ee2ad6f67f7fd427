//! The JSON Schema of recipes, for editors' completion and checks while typing.
//!
//! Generated from a stage's [`Schema`], so that it cannot disagree with the reader about names, limits and choices. What JSON Schema cannot
//! say (percentages that sum to 100, cycles, conflicts) only the reader checks.

use serde_json::{Map, Value, json};

use crate::attribute::{Attribute, Kind, SECTIONS, Schema};
use crate::recipe::{self, FORMAT, MAX_COUNT, MAX_VARIANTS};
use crate::source::SourceKind;

/// JSON Schema, draft 2020-12, of the recipes of a stage.
pub fn json_schema(schema: &Schema) -> Value {
    let mut definitions = Map::new();
    for attribute in &schema.attributes {
        definitions.insert(format!("{}.value", attribute.name), value(attribute));
        definitions.insert(format!("{}.draw", attribute.name), draw(attribute));
    }
    let labels: Vec<Value> = schema
        .labels
        .iter()
        .map(|label| json!({"const": label.name, "description": label.meaning}))
        .collect();
    let mut properties = json!({
        "populace": {"const": FORMAT, "description": "version of the recipe language"},
        "name": {"type": "string", "maxLength": 100, "description": "name of the data set; the file's name by default"},
        "stage": {"const": schema.stage, "description": "what turns rows into samples"},
        "count": {"type": "integer", "minimum": 1, "maximum": MAX_COUNT, "description": "how many samples are drawn (times the variants of `pair` and the frames of `sequence`)"},
        "seed": {"type": "integer", "minimum": 0, "maximum": u64::MAX, "default": 0, "description": "fixes every random choice"},
        "sources": sources(),
        "given": given(schema),
        "grid": {
            "type": "object",
            "description": "factorial design: sample i takes cell i modulo the number of cells, the last attribute moves fastest",
            "properties": by_name(varying(schema), |name| json!({
                "type": "array", "minItems": 1, "items": {"$ref": format!("#/$defs/{name}.draw")}
            })),
            "additionalProperties": false,
        },
        "pair": pair(schema),
        "labels": {
            "type": "array",
            "uniqueItems": true,
            "description": "labels to make; all by default",
            "items": {"anyOf": labels},
        },
    });
    if let Value::Object(properties) = &mut properties {
        for section in ["population"].into_iter().chain(SECTIONS) {
            let entries: Map<String, Value> = schema
                .attributes
                .iter()
                .map(|attribute| (attribute, attribute.section_and_key()))
                .filter(|(_, (home, _))| *home == section)
                .map(|(attribute, (_, key))| (key.to_owned(), reference(attribute, "draw")))
                .collect();
            let object =
                json!({"type": "object", "properties": entries, "additionalProperties": false});
            properties.insert(section.to_owned(), object);
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("populace recipe for the stage `{}`", schema.stage),
        "type": "object",
        "properties": properties,
        "required": ["populace", "stage", "count"],
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// Files of the user's own.
fn sources() -> Value {
    let file = json!({"anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {
                "file": {"type": "string"}, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "withdrawn": {"enum": ["yes", true]}, "tags": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["file"],
            "additionalProperties": false,
        },
    ]});
    let files = json!({"anyOf": [file, {"type": "array", "items": file}]});
    json!({
        "type": "object",
        "description": "files of your own, or folders of them, that become choices of attributes",
        "properties": by_name(SourceKind::ALL.map(SourceKind::key).into_iter(), |_| files.clone()),
        "additionalProperties": false,
    })
}

/// What may change from sample to sample.
fn varying(schema: &Schema) -> impl Iterator<Item = &'static str> {
    schema
        .attributes
        .iter()
        .filter(|attribute| !attribute.constant)
        .map(|attribute| attribute.name)
}

fn by_name(names: impl Iterator<Item = &'static str>, schema: impl Fn(&str) -> Value) -> Value {
    Value::Object(names.map(|name| (name.to_owned(), schema(name))).collect())
}

/// A reference to an attribute's definition, with its meaning and default where the editor shows them.
fn reference(attribute: &Attribute, what: &str) -> Value {
    let mut description = attribute.meaning.to_owned();
    if let Some(typical) = &attribute.typical {
        description.push_str("; typical: ");
        description.push_str(typical.meaning);
    }
    description.push_str("; default: ");
    description.push_str(&recipe::written(&attribute.default, attribute));
    json!({"$ref": format!("#/$defs/{}.{what}", attribute.name), "description": description})
}

/// One value of the attribute.
fn value(attribute: &Attribute) -> Value {
    match &attribute.kind {
        Kind::Number { min, max, .. } => json!({"type": "number", "minimum": min, "maximum": max}),
        Kind::Integer { min, max, .. } => {
            json!({"type": "integer", "minimum": min, "maximum": max})
        }
        Kind::Category { choices } => {
            let mut words: Vec<Value> = choices
                .iter()
                .map(|choice| json!({"const": choice.name, "description": choice.meaning}))
                .collect();
            for (word, boolean) in [("yes", true), ("no", false)] {
                if choices.iter().any(|choice| choice.name == word) {
                    words.push(json!({"const": boolean}));
                }
            }
            if attribute.named_by_sources {
                words.push(json!({"type": "string", "description": "the name of a file under `sources`, or a group of them"}));
            }
            json!({"anyOf": words})
        }
        Kind::Mix { components } => {
            let weights = by_name(
                components.iter().copied(),
                |_| json!({"type": "number", "minimum": 0, "maximum": 1}),
            );
            json!({"anyOf": [
                {"enum": components, "description": "this part alone"},
                {"type": "object", "properties": weights, "additionalProperties": false, "minProperties": 1},
            ]})
        }
    }
}

/// Anything the attribute can be drawn from.
fn draw(attribute: &Attribute) -> Value {
    let one = json!({"$ref": format!("#/$defs/{}.value", attribute.name)});
    if attribute.constant {
        return one;
    }
    let mut forms = vec![one.clone()];
    let object = |properties: Value, required: &str| {
        json!({
            "type": "object", "properties": properties, "required": [required], "additionalProperties": false
        })
    };
    match &attribute.kind {
        Kind::Number { .. } | Kind::Integer { .. } => {
            let interval = json!({"type": "array", "items": one, "minItems": 2, "maxItems": 2});
            let parameters =
                json!({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2});
            forms.push(object(json!({"range": interval}), "range"));
            forms.push(object(
                json!({"normal": parameters, "within": interval}),
                "normal",
            ));
        }
        Kind::Category { choices } => {
            let mut groups: Vec<&str> = choices
                .iter()
                .flat_map(|choice| choice.tags.iter().map(AsRef::as_ref))
                .collect();
            groups.sort_unstable();
            groups.dedup();
            let mut any = vec![
                json!({"type": "array", "items": one, "minItems": 1, "uniqueItems": true}),
                one,
            ];
            if !groups.is_empty() {
                any.push(json!({"enum": groups}));
            }
            forms.push(object(json!({"any_of": {"anyOf": any}}), "any_of"));
        }
        Kind::Mix { components } => {
            let concentration = json!({"type": "number", "minimum": 0.001, "maximum": 1e6});
            let parts = json!({"type": "array", "items": {"enum": components}, "minItems": 1, "uniqueItems": true});
            let each = json!({"anyOf": [concentration, {"type": "array", "items": concentration}]});
            forms.push(object(json!({"mix": parts, "concentration": each}), "mix"));
        }
    }
    if attribute.typical.is_some() {
        forms.push(json!({"const": "typical"}));
    }
    if let Some(leader) = attribute.follows {
        let otherwise = json!({"$ref": format!("#/$defs/{}.draw", attribute.name)});
        forms.push(json!({
            "type": "object", "properties": {"as": {"const": leader}, "else": otherwise}, "required": ["as", "else"],
            "additionalProperties": false
        }));
    }
    let alternative = object(
        json!({
            "value": {"$ref": format!("#/$defs/{}.draw", attribute.name)},
            "percent": {"type": "number", "minimum": 0, "maximum": 100},
        }),
        "value",
    );
    forms.push(json!({"type": "array", "minItems": 1, "items": alternative}));
    json!({"anyOf": forms})
}

fn given(schema: &Schema) -> Value {
    let mut conditions = Map::new();
    for attribute in &schema.attributes {
        if let Kind::Mix { components } = attribute.kind {
            for component in components {
                let weight = json!({"type": "number", "minimum": 0, "maximum": 1});
                conditions.insert(
                    format!("{}.{component}", attribute.name),
                    condition(&weight, true),
                );
            }
        } else {
            let one = json!({"$ref": format!("#/$defs/{}.value", attribute.name)});
            conditions.insert(
                attribute.name.to_owned(),
                condition(&one, attribute.kind.limits().is_some()),
            );
        }
    }
    let set = by_name(
        varying(schema),
        |name| json!({"$ref": format!("#/$defs/{name}.draw")}),
    );
    json!({
        "type": "array",
        "description": "conditional distributions; where several hold, the last wins",
        "items": {
            "type": "object",
            "properties": {
                "when": {"type": "object", "properties": conditions, "additionalProperties": false, "minProperties": 1},
                "set": {"type": "object", "properties": set, "additionalProperties": false, "minProperties": 1},
            },
            "required": ["when", "set"],
            "additionalProperties": false,
        },
    })
}

fn condition(one: &Value, ordered: bool) -> Value {
    let mut forms = vec![
        one.clone(),
        json!({"type": "array", "items": one, "minItems": 1}),
    ];
    if ordered {
        let interval = json!({"type": "array", "items": one, "minItems": 2, "maxItems": 2});
        for (name, schema) in [("below", one), ("above", one), ("range", &interval)] {
            let properties = Map::from_iter([(name.to_owned(), schema.clone())]);
            forms.push(json!({
                "type": "object", "properties": properties, "required": [name], "additionalProperties": false
            }));
        }
    }
    json!({"anyOf": forms})
}

fn pair(schema: &Schema) -> Value {
    let variants: Vec<Value> = varying(schema)
        .map(|name| {
            let values = json!({
                "type": "array", "minItems": 2, "maxItems": MAX_VARIANTS, "items": {"$ref": format!("#/$defs/{name}.value")}
            });
            json!({"properties": {"change": {"const": name}, "to": values}})
        })
        .collect();
    json!({
        "type": "object",
        "description": "counterfactuals: every sample once for each value of one attribute, nothing else moved",
        "properties": {"change": {"enum": varying(schema).collect::<Vec<_>>()}, "to": {"type": "array"}},
        "required": ["change", "to"],
        "additionalProperties": false,
        "anyOf": variants,
    })
}
