//! What other tools' descriptions say about columns: SDV's metadata and MOSTLY AI's generator configurations.

use population::Diagnostic;
use population::diagnostic::nearest;

use crate::detect::Wanted;
use crate::format::MomentFormat;
use crate::layout::document::{Key, Node, Place, Text, read};
use crate::layout::overrides::{Declared, Entry, Overrides, runs};

impl Overrides {
    /// Reads SDV's metadata JSON, of one table or of several (`METADATA_SPEC_VERSION` `V1` or `SINGLE_TABLE_V1`). `table` chooses among several.
    ///
    /// `numerical` becomes a number, `categorical` a category, `boolean`, `datetime` a moment with its format, `id` an identifier with its pattern
    /// (where it is one of ours), `latitude` and `longitude` numbers, `unknown` and personal data (`email`, `ssn`, …) text. The primary key is a unique identifier.
    ///
    /// # Errors
    ///
    /// A file that is not JSON or not such metadata, a table it does not have.
    pub fn from_sdv(text: &str, file: &str, table: Option<&str>) -> Result<Self, Diagnostic> {
        let about = Text::new(file, text);
        let root = root(text, &about)?;
        let table = match root.get("tables") {
            Some(tables) => choose(
                tables
                    .entries()
                    .iter()
                    .map(|(key, node)| (key.text.as_str(), node)),
                table,
                tables.place,
                &about,
            )?,
            None => &root,
        };
        let Some(columns) = table.get("columns") else {
            return Err(about.mistake(
                table.place,
                "this is no metadata of SDV: there are no `columns`",
                "`metadata.save_to_json` of SDV 1.0 or later writes them",
            ));
        };
        let key = table.get("primary_key").and_then(Node::word);
        let mut entries = Vec::new();
        for (name, node) in columns.entries() {
            let word = |key: &str| node.get(key).and_then(Node::word);
            let Some(kind) = word("sdtype") else {
                return Err(about.mistake(
                    name.place,
                    format!("column `{}` has no `sdtype`", name.text),
                    "",
                ));
            };
            let wanted = if key == Some(name.text.as_str()) {
                Wanted::Identifier {
                    pattern: word("regex_format").and_then(runs),
                    unique: Some(true),
                }
            } else {
                match kind {
                    "numerical" | "latitude" | "longitude" => Wanted::Number { decimals: None },
                    "categorical" | "country_code" | "administrative_unit" | "state" => {
                        Wanted::Category
                    }
                    "boolean" => Wanted::Boolean,
                    // SDV's formats are Python's; one that we cannot read is found from the data.
                    "datetime" => Wanted::Moment {
                        pattern: word("datetime_format")
                            .map(python_pattern)
                            .and_then(|pattern| MomentFormat::parse(&pattern).ok()),
                    },
                    "id" => Wanted::Identifier {
                        pattern: word("regex_format").and_then(runs),
                        unique: None,
                    },
                    _ => Wanted::Text,
                }
            };
            entries.push(entry(name, wanted));
        }
        Ok(Self {
            text: about,
            columns: entries,
        })
    }

    /// Reads MOSTLY AI's generator configuration JSON, or one of its tables. `table` chooses among several.
    ///
    /// `TABULAR_NUMERIC_…` becomes a number, `TABULAR_CATEGORICAL` a category, `…_DATETIME…` a moment, `TABULAR_LAT_LONG` a position, `TABULAR_CHARACTER`
    /// an identifier, `LANGUAGE_TEXT` text; with `…_AUTO` and without an encoding the data decides. `"included": false` leaves a column out.
    ///
    /// # Errors
    ///
    /// A file that is not JSON or not such a configuration, a table it does not have.
    pub fn from_mostly_ai(text: &str, file: &str, table: Option<&str>) -> Result<Self, Diagnostic> {
        let about = Text::new(file, text);
        let root = root(text, &about)?;
        let table = match root.get("tables") {
            Some(tables) => {
                let name = |node: &Node| node.get("name").and_then(Node::word).map(str::to_owned);
                let named: Vec<(String, &Node)> = tables
                    .items()
                    .iter()
                    .map(|node| (name(node).unwrap_or_default(), node))
                    .collect();
                let named = named.iter().map(|(name, node)| (name.as_str(), *node));
                choose(named, table, tables.place, &about)?
            }
            None => &root,
        };
        let Some(columns) = table.get("columns") else {
            return Err(about.mistake(
                table.place,
                "this is no table of MOSTLY AI: there are no `columns`",
                "give the JSON of a generator's configuration, or one of its tables",
            ));
        };
        let key = table
            .get("primary_key")
            .or_else(|| table.get("primaryKey"))
            .and_then(Node::word);
        let mut entries = Vec::new();
        for node in columns.items() {
            let get = |snake: &str, camel: &str| node.get(snake).or_else(|| node.get(camel));
            let Some((name, place)) = node
                .get("name")
                .and_then(|name| name.word().map(|word| (word, name.place)))
            else {
                return Err(about.mistake(node.place, "a column has no `name`", ""));
            };
            let encoding = get("model_encoding_type", "modelEncodingType")
                .and_then(Node::word)
                .unwrap_or("AUTO");
            let wanted = if get("included", "included").and_then(Node::word) == Some("false") {
                Wanted::LeaveOut
            } else if key == Some(name) {
                Wanted::Identifier {
                    pattern: None,
                    unique: Some(true),
                }
            } else {
                match encoding {
                    "TABULAR_CATEGORICAL" | "LANGUAGE_CATEGORICAL" => Wanted::Category,
                    "TABULAR_NUMERIC_AUTO"
                    | "TABULAR_NUMERIC_DISCRETE"
                    | "TABULAR_NUMERIC_BINNED"
                    | "TABULAR_NUMERIC_DIGIT"
                    | "LANGUAGE_NUMERIC" => Wanted::Number { decimals: None },
                    "TABULAR_DATETIME" | "TABULAR_DATETIME_RELATIVE" | "LANGUAGE_DATETIME" => {
                        Wanted::Moment { pattern: None }
                    }
                    "TABULAR_LAT_LONG" => Wanted::Position,
                    "TABULAR_CHARACTER" => Wanted::Identifier {
                        pattern: None,
                        unique: None,
                    },
                    "LANGUAGE_TEXT" => Wanted::Text,
                    _ => continue,
                }
            };
            entries.push(entry(
                &Key {
                    text: name.to_owned(),
                    place,
                },
                wanted,
            ));
        }
        Ok(Self {
            text: about,
            columns: entries,
        })
    }
}

fn entry(name: &Key, wanted: Wanted) -> Entry {
    Entry {
        name: name.text.clone(),
        place: name.place,
        wanted,
        declared: Declared::default(),
    }
}

fn root(text: &str, about: &Text) -> Result<Node, Diagnostic> {
    read(text, about)?.ok_or_else(|| {
        about.mistake(
            Place {
                line: 1,
                column: 1,
                length: 1,
            },
            "the file is empty",
            "",
        )
    })
}

/// The table of that name; without a name, the only one.
fn choose<'n, 'w>(
    tables: impl Iterator<Item = (&'w str, &'n Node)>,
    wanted: Option<&str>,
    place: Place,
    about: &Text,
) -> Result<&'n Node, Diagnostic> {
    let tables: Vec<(&str, &'n Node)> = tables.collect();
    let names: Vec<String> = tables.iter().map(|(name, _)| format!("`{name}`")).collect();
    match (wanted, tables.as_slice()) {
        (None, [(_, only)]) => Ok(only),
        (None, _) => Err(about.mistake(
            place,
            format!("this describes {} tables", tables.len()),
            format!("say which one: {}", names.join(", ")),
        )),
        (Some(wanted), _) => tables
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, node)| *node)
            .ok_or_else(|| {
                let near = nearest(wanted, tables.iter().map(|(name, _)| *name));
                let hint = near.map_or_else(
                    || format!("its tables are {}", names.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                about.mistake(place, format!("this describes no table `{wanted}`"), hint)
            }),
    }
}

/// Python writes a fraction's digits without its point.
fn python_pattern(pattern: &str) -> String {
    pattern.replace(".%f", "%6f")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const SDV: &str = r#"{
  "METADATA_SPEC_VERSION": "V1",
  "tables": {"guests": {"primary_key": "guest_email", "columns": {
    "guest_email": {"sdtype": "email", "pii": true},
    "room_type": {"sdtype": "categorical"},
    "amenities_fee": {"sdtype": "numerical", "computer_representation": "Float"},
    "checkin_date": {"sdtype": "datetime", "datetime_format": "%d %b %Y"},
    "has_rewards": {"sdtype": "boolean"},
    "booking": {"sdtype": "id", "regex_format": "B[0-9]{4}"},
    "billing_address": {"sdtype": "address", "pii": true}
  }}}, "relationships": []
}"#;

    #[test]
    fn sdvs_words_become_ours() {
        let overrides = Overrides::from_sdv(SDV, "metadata.json", None).unwrap();
        let wanted = |name| overrides.wanted(name).unwrap();
        assert_eq!(
            *wanted("guest_email"),
            Wanted::Identifier {
                pattern: None,
                unique: Some(true)
            }
        );
        assert_eq!(*wanted("room_type"), Wanted::Category);
        assert_eq!(*wanted("amenities_fee"), Wanted::Number { decimals: None });
        assert!(
            matches!(wanted("checkin_date"), Wanted::Moment { pattern: Some(pattern) } if pattern.pattern() == "%d %b %Y")
        );
        assert_eq!(*wanted("billing_address"), Wanted::Text);
        assert!(
            matches!(wanted("booking"), Wanted::Identifier { pattern: Some(runs), .. } if runs.len() == 2)
        );
        let single = r#"{"columns": {"age": {"sdtype": "numerical"}}, "METADATA_SPEC_VERSION": "SINGLE_TABLE_V1"}"#;
        assert_eq!(
            Overrides::from_sdv(single, "m.json", None).unwrap().names(),
            ["age"]
        );
        let error = Overrides::from_sdv(SDV, "m.json", Some("guest")).unwrap_err();
        assert_eq!(
            (error.line, error.hint.as_deref()),
            (3, Some("did you mean `guests`?"))
        );
        assert!(Overrides::from_sdv("{}", "m.json", None).is_err());
        assert!(Overrides::from_sdv("{", "m.json", None).is_err());
    }

    #[test]
    fn mostly_ais_words_become_ours() {
        let config = r#"{"name": "g", "tables": [{"name": "players", "primary_key": "id", "columns": [
            {"name": "id"}, {"name": "country", "model_encoding_type": "TABULAR_CATEGORICAL"},
            {"name": "weight", "modelEncodingType": "TABULAR_NUMERIC_AUTO"}, {"name": "place", "model_encoding_type": "TABULAR_LAT_LONG"},
            {"name": "bio", "model_encoding_type": "LANGUAGE_TEXT"}, {"name": "auto", "model_encoding_type": "AUTO"}, {"name": "x", "included": false}]}]}"#;
        let overrides = Overrides::from_mostly_ai(config, "g.json", Some("players")).unwrap();
        assert_eq!(
            overrides.names(),
            ["id", "country", "weight", "place", "bio", "x"]
        );
        assert_eq!(
            *overrides.wanted("id").unwrap(),
            Wanted::Identifier {
                pattern: None,
                unique: Some(true)
            }
        );
        assert_eq!(
            *overrides.wanted("weight").unwrap(),
            Wanted::Number { decimals: None }
        );
        assert_eq!(*overrides.wanted("x").unwrap(), Wanted::LeaveOut);
        assert!(Overrides::from_mostly_ai("[]", "g.json", None).is_err());
    }
}
