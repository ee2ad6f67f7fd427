//! Which tables there are, where they lie, and which column refers to which table: read from YAML.

use std::path::Path;

use population::Diagnostic;
use population::diagnostic::nearest;

use crate::layout::Overrides;
use crate::layout::document::{Content, Key, Node, Place, Text, read};
use crate::source::SourceOptions;

/// Several tables and the references between them.
///
/// ```
/// let text = "tables:\n  account: {data: account.csv, key: account_id}\n  trans: {data: trans.csv, references: {account_id: account}, order_by: date}\n";
/// let schema = tables::linked::Schema::from_yaml(text, "bank.yaml", std::path::Path::new("/data")).unwrap();
/// assert_eq!(schema.names(), ["account", "trans"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    pub(crate) text: Text,
    pub(crate) tables: Vec<SchemaTable>,
}

/// One table of a schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SchemaTable {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// What [`Source::open`](crate::Source::open) opens.
    pub(crate) location: String,
    pub(crate) options: SourceOptions,
    /// The column that names each row.
    pub(crate) key: Option<Key>,
    pub(crate) references: Vec<Reference>,
    /// The column that siblings are in order of.
    pub(crate) order_by: Option<Key>,
    /// Whether the table is no secret and is kept as it is.
    pub(crate) public: bool,
    pub(crate) overrides: Overrides,
}

/// A table of a schema, as its text says it.
#[derive(Debug, Clone)]
pub struct TableInSchema<'a> {
    /// Its name.
    pub name: &'a str,
    /// What [`Source::open`](crate::Source::open) opens.
    pub location: &'a str,
    /// How it is opened.
    pub options: &'a SourceOptions,
    /// The column that names each row.
    pub key: Option<&'a str>,
    /// Columns whose values are keys of a table, and that table's number.
    pub references: Vec<(&'a str, usize)>,
    /// The column that siblings are in order of.
    pub order_by: Option<&'a str>,
    /// What the user says of its columns.
    pub overrides: &'a Overrides,
}

/// A column whose values are keys of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reference {
    pub(crate) column: Key,
    /// The number of the table that it refers to.
    pub(crate) table: usize,
}

const ROOT_KEYS: [&str; 1] = ["tables"];
const TABLE_KEYS: [&str; 10] = [
    "data",
    "table",
    "query",
    "header",
    "delimiter",
    "key",
    "references",
    "order_by",
    "public",
    "columns",
];
const SHAPE: &str = "write `tables:` and below it `NAME: {data: FILE, key: COLUMN, references: {COLUMN: TABLE}, order_by: COLUMN}`";

/// The most tables of a schema.
const MOST_TABLES: usize = 1000;

impl Schema {
    /// Whether a file is a schema, as far as its name tells.
    pub fn is_named(location: &str) -> bool {
        let ending = Path::new(location).extension();
        ending
            .is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml"))
    }

    /// Reads a schema. `file` is the name that mistakes are shown with, and places of data are relative to `folder`.
    ///
    /// # Errors
    ///
    /// All mistakes, each with its place; columns are checked once the data is open.
    pub fn from_yaml(text: &str, file: &str, folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        let about = Text::new(file, text);
        let root = read(text, &about).map_err(|mistake| vec![mistake])?;
        let start = Place {
            line: 1,
            column: 1,
            length: 1,
        };
        let Some(root) = root else {
            return Err(vec![about.mistake(start, "the file is empty", SHAPE)]);
        };
        let mut reader = Reader {
            about: &about,
            folder,
            mistakes: Vec::new(),
        };
        reader.keys(&root, &ROOT_KEYS, "a schema");
        let Some(named) = root.get("tables") else {
            if reader.mistakes.is_empty() {
                reader.complain(root.place, "there are no `tables` here", SHAPE);
            }
            return Err(reader.mistakes);
        };
        if named.entries().is_empty() {
            reader.complain(named.place, "`tables` is a map from names to tables", SHAPE);
        }
        if named.entries().len() > MOST_TABLES {
            let message = format!("a schema has at most {MOST_TABLES} tables");
            reader.complain(named.place, message, "");
            return Err(reader.mistakes);
        }
        let mut tables: Vec<SchemaTable> = named
            .entries()
            .iter()
            .filter_map(|(name, node)| reader.table(name, node))
            .collect();
        let names: Vec<&str> = named
            .entries()
            .iter()
            .map(|(name, _)| name.text.as_str())
            .collect();
        let complete = tables.len() == names.len();
        for (place, (_, node)) in named.entries().iter().enumerate() {
            let references = reader.references(node, &names);
            if complete {
                tables[place].references = references;
            }
        }
        if complete {
            reader.targets(&tables);
        }
        if reader.mistakes.is_empty() {
            Ok(Self {
                text: about,
                tables,
            })
        } else {
            let mut mistakes = reader.mistakes;
            mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
            Err(mistakes)
        }
    }

    /// The tables, in the order of the schema.
    pub fn tables(&self) -> impl Iterator<Item = TableInSchema<'_>> {
        fn text(key: &Key) -> &str {
            &key.text
        }
        self.tables.iter().map(|table| TableInSchema {
            name: &table.name,
            location: &table.location,
            options: &table.options,
            key: table.key.as_ref().map(text),
            references: table
                .references
                .iter()
                .map(|reference| (text(&reference.column), reference.table))
                .collect(),
            order_by: table.order_by.as_ref().map(text),
            overrides: &table.overrides,
        })
    }

    /// The names of the tables, in the order of the schema.
    pub fn names(&self) -> Vec<&str> {
        self.tables
            .iter()
            .map(|table| table.name.as_str())
            .collect()
    }
}

/// Reads tables and collects mistakes.
struct Reader<'a> {
    about: &'a Text,
    folder: &'a Path,
    mistakes: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn complain(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.mistakes.push(self.about.mistake(place, message, hint));
    }

    /// Complains about keys that have no meaning, and about what is no map.
    fn keys(&mut self, node: &Node, known: &[&str], what: &str) {
        if !matches!(node.content, Content::Map(_)) {
            self.complain(node.place, format!("{what} is a map"), SHAPE);
        }
        for (key, _) in node.entries() {
            if !known.contains(&key.text.as_str()) {
                let hint = nearest(&key.text, known.iter().copied()).map_or_else(
                    || {
                        let known: Vec<String> = known.iter().map(|k| format!("`{k}`")).collect();
                        format!("it has {}", known.join(", "))
                    },
                    |known| format!("did you mean `{known}`?"),
                );
                let message = format!("`{}` has no meaning for {what}", key.text);
                self.complain(key.place, message, hint);
            }
        }
    }

    /// The word at a key, if it is there.
    fn word(&mut self, node: &Node, key: &str) -> Option<Key> {
        let found = node.get(key)?;
        match found.word() {
            Some(word) if !word.is_empty() => Some(Key {
                text: word.to_owned(),
                place: found.place,
            }),
            _ => {
                self.complain(found.place, format!("`{key}` is one word"), "");
                None
            }
        }
    }

    fn truth(&mut self, node: &Node, key: &str) -> Option<bool> {
        let word = self.word(node, key)?;
        match word.text.as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => {
                self.complain(word.place, format!("`{key}` is `true` or `false`"), "");
                None
            }
        }
    }

    /// A table without its references.
    fn table(&mut self, name: &Key, node: &Node) -> Option<SchemaTable> {
        if !fit_for_a_file(&name.text) {
            self.complain(
                name.place,
                format!("`{}` cannot be the name of a table", name.text),
                "its rows go into a file of that name: use letters, digits, `_`, `-` and points inside",
            );
        }
        self.keys(node, &TABLE_KEYS, "a table");
        let data = self.word(node, "data");
        if data.is_none() && node.get("data").is_none() && matches!(node.content, Content::Map(_)) {
            self.complain(
                name.place,
                format!("table `{}` has no data", name.text),
                "add `data:` with a file, `sqlite:FILE` or `postgres://…`",
            );
        }
        let delimiter = self.word(node, "delimiter").and_then(|word| {
            let sign = match word.text.as_bytes() {
                [sign] if sign.is_ascii() => Some(*sign),
                b"\\t" | b"tab" => Some(b'\t'),
                _ => None,
            };
            if sign.is_none() {
                self.complain(word.place, "`delimiter` is one sign, or `tab`", "");
            }
            sign
        });
        let overrides = match node.get("columns") {
            None => Overrides::none(),
            Some(columns) => Overrides::from_node(columns, self.about).unwrap_or_else(|mistakes| {
                self.mistakes.extend(mistakes);
                Overrides::none()
            }),
        };
        let options = SourceOptions {
            table: self.word(node, "table").map(|word| word.text),
            query: self.word(node, "query").map(|word| word.text),
            header: self.truth(node, "header"),
            delimiter,
        };
        let key = self.word(node, "key");
        let order_by = self.word(node, "order_by");
        let public = self.truth(node, "public").unwrap_or(false);
        Some(SchemaTable {
            name: name.text.clone(),
            place: name.place,
            location: within(self.folder, &data?.text),
            options,
            key,
            references: Vec::new(),
            order_by,
            public,
            overrides,
        })
    }

    fn references(&mut self, node: &Node, names: &[&str]) -> Vec<Reference> {
        let Some(references) = node.get("references") else {
            return Vec::new();
        };
        if !matches!(references.content, Content::Map(_)) {
            self.complain(
                references.place,
                "`references` is a map from columns to tables",
                "such as `references: {account_id: account}`",
            );
        }
        let mut found = Vec::new();
        for (column, target) in references.entries() {
            let wanted = target.word().unwrap_or_default();
            if let Some(table) = names.iter().position(|name| *name == wanted) {
                found.push(Reference {
                    column: column.clone(),
                    table,
                });
            } else {
                {
                    let hint = nearest(wanted, names.iter().copied()).map_or_else(
                        || {
                            let names: Vec<String> = names
                                .iter()
                                .take(20)
                                .map(|name| format!("`{name}`"))
                                .collect();
                            format!("the tables are {}", names.join(", "))
                        },
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.complain(target.place, format!("there is no table `{wanted}`"), hint);
                }
            }
        }
        found
    }

    /// Complains about references to tables whose rows have no names.
    fn targets(&mut self, tables: &[SchemaTable]) {
        for table in tables {
            for reference in &table.references {
                let target = &tables[reference.table];
                if target.key.is_none() {
                    self.complain(
                        reference.column.place,
                        format!(
                            "`{}` refers to table `{}`, which has no key",
                            reference.column.text, target.name
                        ),
                        format!("add `key: COLUMN` to `{}`", target.name),
                    );
                }
            }
            if table.public && !table.references.is_empty() {
                self.complain(
                    table.place,
                    format!("`{}` is public and refers to another table", table.name),
                    "a public table is kept as it is: leave `references` out, or `public`",
                );
            }
        }
    }
}

/// A place of data as seen from a folder.
fn within(folder: &Path, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    match location.strip_prefix("sqlite:") {
        Some(path) => format!("sqlite:{}", folder.join(path).display()),
        None => folder.join(location).display().to_string(),
    }
}

/// Whether a name can be a file's on every system.
pub(crate) fn fit_for_a_file(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 120
        && !name.starts_with(['.', ' '])
        && !name.ends_with(['.', ' '])
        && !name
            .chars()
            .any(|c| c.is_control() || "/\\:*?\"<>|".contains(c))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> String {
        let mistakes = Schema::from_yaml(text, "bank.yaml", Path::new("data")).unwrap_err();
        let lines = mistakes.iter().map(|m| {
            let hint = m.hint.as_deref().unwrap_or_default();
            format!("{}:{} {}; {hint}\n", m.line, m.column, m.message)
        });
        lines.collect()
    }

    #[test]
    fn places_are_relative_to_the_schema() {
        let text = "tables:\n  a: {data: a.csv, key: id}\n  b: {data: 'sqlite:b.db', table: t, references: {a_id: a}, delimiter: tab}\n  c: {data: 'postgres://u@h/d', public: true, columns: {x: category}}\n";
        let schema = Schema::from_yaml(text, "bank.yaml", Path::new("data")).unwrap();
        let places: Vec<&str> = schema.tables.iter().map(|t| t.location.as_str()).collect();
        assert_eq!(
            places,
            ["data/a.csv", "sqlite:data/b.db", "postgres://u@h/d"]
        );
        assert_eq!(schema.tables[1].references[0].table, 0);
        assert_eq!(schema.tables[1].options.delimiter, Some(b'\t'));
        assert!(schema.tables[2].public);
        assert_eq!(schema.tables[2].overrides.names(), ["x"]);
    }

    #[test]
    fn mistakes_are_told_with_place_and_nearest_name_all_at_once() {
        let text = "tables:\n  account: {data: a.csv, kee: id}\n  trans: {data: t.csv, references: {account_id: acount}}\n  card: {references: {trans_id: trans}, public: maybe}\n";
        assert_eq!(
            mistakes(text),
            "2:26 `kee` has no meaning for a table; did you mean `key`?
3:49 there is no table `acount`; did you mean `account`?
4:3 table `card` has no data; add `data:` with a file, `sqlite:FILE` or `postgres://…`
4:49 `public` is `true` or `false`; 
"
        );
        let unnamed = "tables:\n  a: {data: a.csv}\n  b: {data: b.csv, references: {a_id: a}}\n";
        assert_eq!(
            mistakes(unnamed),
            "3:33 `a_id` refers to table `a`, which has no key; add `key: COLUMN` to `a`\n"
        );
        assert!(mistakes("").starts_with("1:1 the file is empty"));
        assert!(
            mistakes("tabels: {}")
                .starts_with("1:1 `tabels` has no meaning for a schema; did you mean `tables`?")
        );
        assert!(mistakes("tables: []").contains("is a map from names"));
        assert!(mistakes("tables: {../x: {data: a.csv}}").contains("cannot be the name"));
        assert!(
            mistakes("tables: {a: {data: a.csv, references: [b]}}")
                .contains("is a map from columns")
        );
    }
}
