//! What the user says about columns.

use population::Diagnostic;
use population::diagnostic::nearest;

use crate::cells::Cell;
use crate::detect::{Decision, Wanted};
use crate::format::{Class, MomentFormat, Run};
use crate::layout::document::{Content, Key, Node, Place, Text, read};
use crate::private::Read;

/// The user's word about columns, by their names.
///
/// ```
/// let text = "columns:\n  zip: category\n  note: leave_out\n  income: {kind: number, decimals: 2}\n  since: {kind: moment, pattern: '%d/%m/%Y'}\n";
/// let overrides = tables::Overrides::from_yaml(text, "columns.yaml").unwrap();
/// assert_eq!(overrides.names(), ["zip", "note", "income", "since"]);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overrides {
    pub(crate) text: Text,
    pub(crate) columns: Vec<Entry>,
}

/// The word about one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) wanted: Wanted,
    pub(crate) declared: Declared,
}

/// What the user says everybody knows of a column.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Declared {
    /// All values that a category may have.
    pub(crate) values: Option<Vec<String>>,
    /// The first and last number or moment, as written.
    pub(crate) range: Option<(String, String)>,
}

impl Declared {
    /// The declared range in numbers as the column reads them.
    pub(crate) fn range(&self, read: &Read) -> Option<(f64, f64)> {
        let (first, last) = self.range.as_ref()?;
        let number = |text: &str| read.number(Cell::Text(text));
        Some((number(first)?, number(last)?))
    }
}

const NOTHING: Declared = Declared {
    values: None,
    range: None,
};

/// The kinds, and other words for them.
const KINDS: [(&str, &str); 17] = [
    ("number", "number"),
    ("boolean", "boolean"),
    ("category", "category"),
    ("moment", "moment"),
    ("identifier", "identifier"),
    ("text", "text"),
    ("position", "position"),
    ("leave_out", "leave_out"),
    ("integer", "number"),
    ("numeric", "number"),
    ("numerical", "number"),
    ("categorical", "category"),
    ("date", "moment"),
    ("datetime", "moment"),
    ("time", "moment"),
    ("id", "identifier"),
    ("key", "identifier"),
];
const KIND_LIST: &str =
    "`number`, `boolean`, `category`, `moment`, `identifier`, `text`, `position` or `leave_out`";
const KEYS: [&str; 6] = ["kind", "decimals", "pattern", "unique", "values", "range"];

impl Overrides {
    /// No word: the data decides.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads `columns: {NAME: KIND, NAME: {kind: KIND, …}}`. Kinds: `number` (`decimals: 2`), `boolean`, `category`, `moment` (`pattern: '%d/%m/%Y'`),
    /// `identifier` (`pattern: '[A-Z]{2}\d{6}'`, `unique: true`), `text`, `position`, `leave_out`. `file` is the name that mistakes are shown with.
    ///
    /// # Errors
    ///
    /// All mistakes, each with its place; names of columns are checked once the data is known.
    pub fn from_yaml(text: &str, file: &str) -> Result<Self, Vec<Diagnostic>> {
        let about = Text::new(file, text);
        let root = read(text, &about).map_err(|mistake| vec![mistake])?;
        let mut columns = Vec::new();
        let mut mistakes = Vec::new();
        for (key, value) in root.iter().flat_map(Node::entries) {
            if key.text == "columns" {
                read_columns(value, &about, &mut columns, &mut mistakes);
            } else {
                mistakes.push(about.mistake(
                    key.place,
                    format!("`{}` has no meaning here", key.text),
                    "write `columns:` and below it `NAME: KIND`",
                ));
            }
        }
        if let Some(root) = root.filter(|root| !matches!(root.content, Content::Map(_))) {
            mistakes.push(about.mistake(
                root.place,
                "this is not a map",
                "write `columns:` and below it `NAME: KIND`",
            ));
        }
        if mistakes.is_empty() {
            Ok(Self {
                text: about,
                columns,
            })
        } else {
            Err(mistakes)
        }
    }

    /// The word of a `columns:` section within a larger document.
    pub(crate) fn from_node(node: &Node, about: &Text) -> Result<Self, Vec<Diagnostic>> {
        let (mut columns, mut mistakes) = (Vec::new(), Vec::new());
        read_columns(node, about, &mut columns, &mut mistakes);
        if mistakes.is_empty() {
            Ok(Self {
                text: about.clone(),
                columns,
            })
        } else {
            Err(mistakes)
        }
    }

    /// Has a column be this, whatever was said of it before.
    pub(crate) fn force(&mut self, name: &str, place: Place, wanted: Wanted) {
        self.columns.retain(|entry| entry.name != name);
        self.columns.push(Entry {
            name: name.to_owned(),
            place,
            wanted,
            declared: Declared::default(),
        });
    }

    /// The columns that there is a word about.
    pub fn names(&self) -> Vec<&str> {
        self.columns
            .iter()
            .map(|entry| entry.name.as_str())
            .collect()
    }

    pub(crate) fn wanted(&self, name: &str) -> Option<&Wanted> {
        self.columns
            .iter()
            .find(|entry| entry.name == name)
            .map(|entry| &entry.wanted)
    }

    /// What is declared of a column.
    pub(crate) fn declared(&self, name: &str) -> &Declared {
        let entry = self.columns.iter().find(|entry| entry.name == name);
        entry.map_or(&NOTHING, |entry| &entry.declared)
    }

    /// Complains about words on columns that do not exist.
    pub(crate) fn check<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<(), Vec<Diagnostic>> {
        let names: Vec<&str> = names.collect();
        let mistakes: Vec<Diagnostic> = self
            .columns
            .iter()
            .filter(|entry| !names.contains(&entry.name.as_str()))
            .map(|entry| {
                let hint = column_hint(&entry.name, &names, "the columns are");
                self.text.mistake(
                    entry.place,
                    format!("the data has no column `{}`", entry.name),
                    hint,
                )
            })
            .collect();
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(mistakes)
        }
    }

    /// The complaint that a column's values cannot be what is asked.
    pub(crate) fn impossible(&self, name: &str, found: &Decision) -> Diagnostic {
        let place = self.columns.iter().find(|entry| entry.name == name).map_or(
            Place {
                line: 1,
                column: 1,
                length: 1,
            },
            |entry| entry.place,
        );
        let kind = found
            .columns
            .first()
            .map_or("left out", |column| column.kind.word());
        self.text.mistake(
            place,
            format!("the values of column `{name}` cannot be read as that"),
            format!(
                "they look like kind `{kind}`; leave the column out of this file to have it so"
            ),
        )
    }
}

/// The entries of a `columns:` section.
fn read_columns(
    value: &Node,
    about: &Text,
    columns: &mut Vec<Entry>,
    mistakes: &mut Vec<Diagnostic>,
) {
    for (name, wanted) in value.entries() {
        match entry(name, wanted, about) {
            Ok(entry) => columns.push(entry),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !matches!(value.content, Content::Map(_)) {
        mistakes.push(about.mistake(
            value.place,
            "`columns` is a map from names to kinds",
            "such as `columns: {zip: category}`",
        ));
    }
}

fn entry(name: &Key, value: &Node, about: &Text) -> Result<Entry, Diagnostic> {
    let (word, options) = match &value.content {
        Content::Word(word) => ((word.as_str(), value.place), None),
        Content::Map(entries) => {
            for (key, _) in entries {
                if !KEYS.contains(&key.text.as_str()) {
                    let hint = nearest(&key.text, KEYS).map_or_else(
                        || {
                            "a column has `kind`, and with it `decimals`, `pattern`, `unique`, `values` or `range`"
                                .to_owned()
                        },
                        |known| format!("did you mean `{known}`?"),
                    );
                    return Err(about.mistake(
                        key.place,
                        format!("`{}` has no meaning for a column", key.text),
                        hint,
                    ));
                }
            }
            let kind = value
                .get("kind")
                .and_then(|kind| kind.word().map(|word| (word, kind.place)));
            let Some(kind) = kind else {
                return Err(about.mistake(
                    name.place,
                    format!("column `{}` has no kind", name.text),
                    format!("add `kind:` with {KIND_LIST}"),
                ));
            };
            (kind, Some(value))
        }
        Content::List(_) => {
            return Err(about.mistake(
                value.place,
                format!("column `{}` is one kind, not a list", name.text),
                format!("write {KIND_LIST}"),
            ));
        }
    };
    let folded = word.0.to_lowercase().replace('-', "_");
    let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == folded) else {
        let hint = nearest(word.0, KINDS.iter().map(|(known, _)| *known)).map_or_else(
            || format!("the kinds are {KIND_LIST}"),
            |known| format!("did you mean `{known}`?"),
        );
        return Err(about.mistake(word.1, format!("`{}` is no kind of column", word.0), hint));
    };
    let option = |key: &str| options.and_then(|options| options.get(key));
    for (key, fits) in [
        ("decimals", "number"),
        ("unique", "identifier"),
        ("values", "category"),
    ] {
        let also = key == "values" && *kind == "boolean";
        if let Some(node) = option(key).filter(|_| *kind != fits && !also) {
            return Err(about.mistake(
                node.place,
                format!("`{key}` has no meaning for kind `{kind}`"),
                format!("it belongs to kind `{fits}`"),
            ));
        }
    }
    let wanted = match *kind {
        "number" => {
            let decimals = option("decimals").map(|node| {
                node.word()
                    .and_then(|word| word.parse::<u8>().ok())
                    .filter(|decimals| *decimals <= 15)
                    .ok_or_else(|| {
                        about.mistake(node.place, "`decimals` is a whole number from 0 to 15", "")
                    })
            });
            let whole = folded == "integer";
            Wanted::Number {
                decimals: decimals.transpose()?.or(whole.then_some(0)),
            }
        }
        "boolean" => Wanted::Boolean,
        "category" => Wanted::Category,
        "moment" => {
            let pattern = option("pattern").map(|node| {
                MomentFormat::parse(node.word().unwrap_or(""))
                    .map_err(|error| about.mistake(node.place, error.to_string(), error.hint()))
            });
            Wanted::Moment {
                pattern: pattern.transpose()?,
            }
        }
        "identifier" => {
            let pattern = option("pattern").map(|node| {
                runs(node.word().unwrap_or("")).ok_or_else(|| {
                    about.mistake(
                        node.place,
                        "this is no pattern of identifiers",
                        "a pattern is made of texts and of [A-Z], [a-z], [0-9], \\d, [0-9a-f], [0-9A-F], [A-Za-z0-9], each with {3} or {2,5} behind it if it repeats",
                    )
                })
            });
            let unique = option("unique").map(|node| match node.word() {
                Some("true" | "yes") => Ok(true),
                Some("false" | "no") => Ok(false),
                _ => Err(about.mistake(node.place, "`unique` is `true` or `false`", "")),
            });
            Wanted::Identifier {
                pattern: pattern.transpose()?,
                unique: unique.transpose()?,
            }
        }
        "text" => Wanted::Text,
        "position" => Wanted::Position,
        _ => Wanted::LeaveOut,
    };
    let declared = Declared {
        values: option("values")
            .map(|node| values(node, about))
            .transpose()?,
        range: option("range")
            .map(|node| range(node, kind, about))
            .transpose()?,
    };
    Ok(Entry {
        name: name.text.clone(),
        place: name.place,
        wanted,
        declared,
    })
}

/// The values that a category may have.
fn values(node: &Node, about: &Text) -> Result<Vec<String>, Diagnostic> {
    let words: Vec<&str> = node.items().iter().filter_map(Node::word).collect();
    let twice = words
        .iter()
        .enumerate()
        .find(|(place, word)| words[..*place].contains(word));
    if words.is_empty() || words.len() != node.items().len() || twice.is_some() {
        return Err(about.mistake(
            node.place,
            "`values` is a list of different texts",
            "such as `values: [yes, no]`",
        ));
    }
    Ok(words.into_iter().map(str::to_owned).collect())
}

/// The first and last number or moment.
fn range(node: &Node, kind: &str, about: &Text) -> Result<(String, String), Diagnostic> {
    let words: Vec<&str> = node.items().iter().filter_map(Node::word).collect();
    let numbers: Vec<f64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let fits = match (kind, &words[..], &numbers[..]) {
        ("number", [_, _], [first, last]) => first <= last && first.is_finite() && last.is_finite(),
        ("moment", [first, last], _) => {
            first <= last || !first.starts_with(|c: char| c.is_ascii_digit())
        }
        _ => false,
    };
    if !fits {
        return Err(about.mistake(
            node.place,
            "`range` is the first and the last number or moment that a column may have",
            "such as `range: [0, 120]` with kind `number`, or `range: [2020-01-01, 2024-12-31]` with kind `moment`",
        ));
    }
    Ok((words[0].to_owned(), words[1].to_owned()))
}

/// Classes as a pattern writes them.
const CLASSES: [(&str, Class); 11] = [
    ("\\d", Class::Digit),
    ("[0-9]", Class::Digit),
    ("[1-9]", Class::Number),
    ("[A-Z]", Class::Upper),
    ("[a-z]", Class::Lower),
    ("[0-9a-f]", Class::HexLower),
    ("[a-f0-9]", Class::HexLower),
    ("[0-9A-F]", Class::HexUpper),
    ("[A-F0-9]", Class::HexUpper),
    ("[A-Za-z0-9]", Class::Any),
    ("[0-9A-Za-z]", Class::Any),
];

/// Reads the part of regular expressions that identifiers need: texts and classes with `{n}`, `{n,m}`.
pub(crate) fn runs(pattern: &str) -> Option<Vec<Run>> {
    let mut rest = pattern.trim_start_matches('^').trim_end_matches('$');
    let mut runs: Vec<Run> = Vec::new();
    while !rest.is_empty() {
        if let Some((class, after)) = CLASSES
            .iter()
            .find_map(|(text, class)| rest.strip_prefix(text).map(|after| (class.clone(), after)))
        {
            rest = after;
            let (mut fewest, mut most) = (1, 1);
            if let Some(after) = rest.strip_prefix('{') {
                let (inside, behind) = after.split_once('}')?;
                let (a, b) = inside.split_once(',').unwrap_or((inside, inside));
                (fewest, most) = (a.trim().parse().ok()?, b.trim().parse().ok()?);
                rest = behind;
            }
            if fewest > most || most == 0 || most > 64 {
                return None;
            }
            runs.push(Run {
                class,
                fewest,
                most,
            });
            continue;
        }
        let mut letters = rest.chars();
        let mut letter = letters.next()?;
        if letter == '\\' {
            letter = letters.next()?;
            if letter.is_alphanumeric() {
                return None;
            }
        } else if "[](){}*+?|.".contains(letter) {
            return None;
        }
        rest = letters.as_str();
        match runs.last_mut() {
            Some(Run {
                class: Class::Fixed(text),
                ..
            }) => text.push(letter),
            _ => runs.push(Run {
                class: Class::Fixed(letter.to_string()),
                fewest: 1,
                most: 1,
            }),
        }
    }
    (!runs.is_empty()).then_some(runs)
}

/// What may have been meant by a name that no column has: the nearest, or the first of all behind `are`.
pub(crate) fn column_hint(written: &str, names: &[&str], are: &str) -> String {
    if let Some(near) = nearest(written, names.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let shown: Vec<String> = names
        .iter()
        .take(12)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = if names.len() > 12 { ", …" } else { "" };
    format!("{are} {}{more}", shown.join(", "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::format::{Pattern, Shape};

    fn mistakes(text: &str) -> String {
        let mistakes = Overrides::from_yaml(text, "c.yaml").unwrap_err();
        let lines: Vec<String> = mistakes
            .iter()
            .map(|mistake| {
                format!(
                    "{}:{} {}; {}",
                    mistake.line,
                    mistake.column,
                    mistake.message,
                    mistake.hint.as_deref().unwrap_or("")
                )
            })
            .collect();
        lines.join("\n")
    }

    #[test]
    fn mistakes_are_told_with_place_and_hint_all_at_once() {
        let text = "columns:\n  a: catgory\n  b: {kind: number, decimal: 2}\n  c: {kind: number, decimals: 99}\n  d: {kind: moment, pattern: today}\n  e: [number]\n  f: {decimals: 2}\n  g: {kind: text, unique: true}\n";
        let expected = "2:6 `catgory` is no kind of column; did you mean `category`?
3:21 `decimal` has no meaning for a column; did you mean `decimals`?
4:31 `decimals` is a whole number from 0 to 15; 
5:30 the pattern has no part of a date or time; ";
        assert!(mistakes(text).starts_with(expected), "{}", mistakes(text));
        assert_eq!(mistakes(text).lines().count(), 7);
        assert!(mistakes("column:\n  a: text\n").starts_with("1:1 `column` has no meaning here"));
        assert!(mistakes("- a\n").starts_with("1:1 this is not a map"));
        assert!(mistakes("columns: {a: [\n").contains("not valid YAML"));
        assert!(mistakes("columns: {a: text, a: text}\n").contains("`a` is given twice"));
        assert_eq!(Overrides::from_yaml("", "c.yaml").unwrap().names().len(), 0);
    }

    #[test]
    fn columns_that_do_not_exist_have_a_near_name() {
        let overrides =
            Overrides::from_yaml("columns: {incme: number, quux: text}", "c.yaml").unwrap();
        let mistakes = overrides.check(["income", "age"].into_iter()).unwrap_err();
        assert_eq!(mistakes[0].message, "the data has no column `incme`");
        assert_eq!(mistakes[0].hint.as_deref(), Some("did you mean `income`?"));
        assert_eq!(
            mistakes[1].hint.as_deref(),
            Some("the columns are `income`, `age`")
        );
        assert!(overrides.check(["incme", "quux"].into_iter()).is_ok());
    }

    #[test]
    fn patterns_of_identifiers_read_as_they_are_shown() {
        for pattern in [
            "[A-Z]{2}\\d{6}",
            "C-2024-\\d{4,6}",
            "[0-9a-f]{8}-[0-9a-f]{4}",
            "x\\.[a-z]",
        ] {
            let shown = Pattern {
                shape: Shape::Runs(runs(pattern).unwrap()),
                unique: true,
            }
            .to_string();
            assert_eq!(shown, pattern);
        }
        for wrong in ["", "[A-Q]", "a*", "\\w", "\\d{5,2}", "\\d{900}", "\\d{"] {
            assert_eq!(runs(wrong), None, "{wrong}");
        }
    }
}
