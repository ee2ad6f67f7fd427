//! Second stage of reading a recipe: from the tree to a checked [`Recipe`].

use std::sync::Arc;

use super::document::{self, Content, Key, Node};
use super::names::{attribute_hint, full_name, shown};
use super::value::{ValueReader, read_number};
use super::{Cycle, Draw, FORMAT, MAX_COUNT, Recipe, drawing_order};
use crate::attribute::{Attribute, SECTIONS, Schema};
use crate::diagnostic::{Diagnostic, Mistakes, Plain, Span, excerpt, list_names, nearest};
use crate::distribution::Distribution;
use crate::stream::Seed;

mod design;
pub(super) mod sources;

/// All keys of a recipe.
const KEYS: [&str; 15] = [
    "populace",
    "name",
    "stage",
    "count",
    "seed",
    "sources",
    "population",
    "sequence",
    "camera",
    "light",
    "quality",
    "given",
    "grid",
    "pair",
    "labels",
];

pub(super) fn recipe_bytes(
    bytes: &[u8],
    file: &str,
    schema: &Schema,
) -> Result<Recipe, Vec<Diagnostic>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => recipe(text, file, schema),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let mut mistakes = Mistakes::new(file, &good);
            let line = good.matches('\n').count() + 1;
            let column = good
                .rsplit('\n')
                .next()
                .map_or(0, |last| last.chars().count())
                + 1;
            let hint = "save the recipe as UTF-8 text";
            mistakes.add(
                Span {
                    line,
                    column,
                    length: 1,
                },
                "this is not text in UTF-8",
                hint,
            );
            Err(mistakes.into_diagnostics())
        }
    }
}

/// What the reader says about it is said when the recipe itself is read.
pub(super) fn stage_in(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.len() > document::MAX_BYTES {
        return None;
    }
    let root = document::read(text, &mut Mistakes::new("", text))?;
    Some(root.get("stage")?.text()?.to_owned())
}

pub(super) fn recipe(text: &str, file: &str, schema: &Schema) -> Result<Recipe, Vec<Diagnostic>> {
    let mut mistakes = Mistakes::new(
        file,
        if text.len() > document::MAX_BYTES {
            ""
        } else {
            text
        },
    );
    let recipe = document::read(text, &mut mistakes).and_then(|root| {
        Reader {
            schema,
            mistakes: &mut mistakes,
        }
        .recipe(&root, file)
    });
    match recipe {
        Some(recipe) if mistakes.is_empty() => Ok(recipe),
        _ => Err(mistakes.into_diagnostics()),
    }
}

/// Reads the parts of one recipe; `None` and an incomplete list mean that a mistake was recorded.
pub(super) struct Reader<'s, 'm, 't> {
    pub(super) schema: &'s Schema,
    pub(super) mistakes: &'m mut Mistakes<'t>,
}

impl<'s, 't> Reader<'s, '_, 't> {
    fn add(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.mistakes.add(span, message, hint);
    }

    fn recipe(&mut self, root: &Node, file: &str) -> Option<Recipe> {
        let Content::Map(entries) = &root.content else {
            let hint = "a recipe starts with `populace: 1`, `stage: …` and `count: …`";
            self.add(
                root.span,
                format!(
                    "a recipe is a map of `key: value` lines, not {}",
                    root.describe()
                ),
                hint,
            );
            return None;
        };
        for (key, _) in entries {
            if !KEYS.contains(&key.text.as_str()) {
                self.unknown_key(key);
            }
        }
        self.format_version(root);
        let stage = self.stage(root);
        let name = match root.get("name") {
            Some(node) => self.name(node),
            None => Some(name_of_file(file)),
        };
        let count = if let Some(node) = root.get("count") {
            self.count(node)
        } else {
            self.add(
                Span::START,
                "the recipe does not say how many samples to draw",
                "add `count: 100`",
            );
            None
        };
        let seed = match root.get("seed") {
            Some(node) => self.seed(node),
            None => Some(Seed(0)),
        };
        // Every attribute of another stage's recipe would be an echo of that one mistake.
        stage?;
        let schema = Arc::new(self.schema.clone());
        let mut written: Vec<(usize, Span, Distribution)> = Vec::new();
        if let Some(node) = root.get("sources")
            && schema.sources.is_empty()
            && !self.sources(node).is_empty()
        {
            self.add(
                node.span,
                "a recipe that names files of its own cannot be used here",
                "take `sources` out",
            );
        }
        for section in ["population"].into_iter().chain(SECTIONS) {
            if let Some(node) = root.get(section) {
                self.section(section, node, &mut written);
            }
        }
        let given = root
            .get("given")
            .map_or_else(Vec::new, |node| self.given(node));
        let grid = root
            .get("grid")
            .map_or_else(Vec::new, |node| self.grid(node));
        let pair = root.get("pair").and_then(|node| self.pair(node));
        let labels = match root.get("labels") {
            Some(node) => self.labels(node),
            None => self
                .schema
                .labels
                .iter()
                .map(|label| label.name.clone())
                .collect(),
        };
        self.conflicts(&written, &given, &grid, pair.as_ref());
        let draws = self
            .schema
            .attributes
            .iter()
            .enumerate()
            .map(|(position, attribute)| Draw {
                attribute: attribute.name.to_owned(),
                distribution: written.iter().find(|(of, ..)| *of == position).map_or_else(
                    || attribute.default.clone(),
                    |(.., distribution)| distribution.clone(),
                ),
            })
            .collect();
        let recipe = Recipe {
            name: name?,
            stage: self.schema.stage.to_owned(),
            count: count?,
            seed: seed?,
            draws,
            given: given.iter().map(|(given, _)| given.clone()).collect(),
            grid: grid.into_iter().map(|(axis, _)| axis).collect(),
            pair: pair.map(|(pair, _)| pair),
            labels,
            schema,
        };
        if let Err(Cycle(cycle)) =
            drawing_order(self.schema, &recipe.draws, &recipe.given, &recipe.grid)
        {
            let names: Vec<&str> = cycle
                .iter()
                .map(|&position| self.schema.attributes[position].name)
                .collect();
            let span = given
                .iter()
                .find(|(given, _)| {
                    given
                        .set
                        .iter()
                        .any(|draw| names.contains(&draw.attribute.as_str()))
                })
                .map_or(Span::START, |(_, span)| *span);
            let circle: Vec<&str> = names
                .iter()
                .copied()
                .chain(names.first().copied())
                .collect();
            self.add(
                span,
                format!("`{}` depends on itself: {}", names.first().copied().unwrap_or_default(), circle.join(" needs ")),
                "an attribute that a condition reads cannot depend on what the condition sets; break the circle at one place",
            );
        }
        Some(recipe)
    }

    fn unknown_key(&mut self, key: &Key) {
        if self.mistakes.is_full() {
            return self.add(key.span, "", "");
        }
        let ending = format!(".{}", key.text);
        let is_attribute =
            |attribute: &Attribute| attribute.name == key.text || attribute.name.ends_with(&ending);
        let hint = match nearest(&key.text, KEYS) {
            Some(name) if !self.schema.attributes.iter().any(is_attribute) => {
                format!("did you mean `{name}`?")
            }
            _ => match attribute_hint(&key.text, "top", self.schema) {
                hint if hint.is_empty() => format!("a key is {}", list_names(KEYS)),
                hint => hint,
            },
        };
        self.add(
            key.span,
            format!("`{}` is not a key of a recipe", excerpt(&key.text)),
            hint,
        );
    }

    fn format_version(&mut self, root: &Node) {
        let Some(node) = root.get("populace") else {
            return self.add(
                Span::START,
                "the recipe does not say its format version",
                format!("add `populace: {FORMAT}` as its first line"),
            );
        };
        match node.text().and_then(|text| text.parse::<u64>().ok()) {
            Some(FORMAT) => {}
            Some(newer) if newer > FORMAT => self.add(
                node.span,
                format!("this recipe is of format version {newer}, which is newer than this program's {FORMAT}"),
                "update populace",
            ),
            _ => self.add(node.span, format!("{} is no format version", node.describe()), format!("write `populace: {FORMAT}`")),
        }
    }

    fn stage(&mut self, root: &Node) -> Option<()> {
        let known = self.schema.stage;
        let Some(node) = root.get("stage") else {
            self.add(
                Span::START,
                "the recipe does not name its stage",
                format!("add `stage: {known}`"),
            );
            return None;
        };
        if node.text() == Some(known) {
            return Some(());
        }
        self.add(
            node.span,
            format!("there is no stage {}", node.describe()),
            format!("write `stage: {known}`"),
        );
        None
    }

    pub(super) fn name(&mut self, node: &Node) -> Option<String> {
        let name = node
            .text()
            .filter(|_| !node.is_nothing())
            .unwrap_or_default();
        let fine = name.starts_with(char::is_alphanumeric)
            && name.chars().count() <= 100
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '));
        if !fine {
            self.add(
                node.span,
                format!("{} is no name for a data set", node.describe()),
                "a name has up to 100 letters, digits, spaces, `-`, `_` and `.`, and starts with a letter or digit",
            );
            return None;
        }
        Some(name.to_owned())
    }

    pub(super) fn count(&mut self, node: &Node) -> Option<u64> {
        match node.text().and_then(|text| text.parse::<u64>().ok()) {
            Some(count) if (1..=MAX_COUNT).contains(&count) => Some(count),
            _ => {
                let hint = match node.text().and_then(read_number) {
                    Some(number)
                        if number.fract() == 0.0 && (1.0..=MAX_COUNT as f64).contains(&number) =>
                    {
                        format!("write {}", Plain(number))
                    }
                    _ => String::new(),
                };
                self.add(
                    node.span,
                    format!(
                        "`count` is a whole number from 1 to {MAX_COUNT}, not {}",
                        node.describe()
                    ),
                    hint,
                );
                None
            }
        }
    }

    pub(super) fn seed(&mut self, node: &Node) -> Option<Seed> {
        let seed = node.text().and_then(|text| text.parse::<u64>().ok());
        if seed.is_none() {
            self.add(
                node.span,
                format!(
                    "`seed` is a whole number from 0 to {}, not {}",
                    u64::MAX,
                    node.describe()
                ),
                "",
            );
        }
        seed.map(Seed)
    }

    /// The attribute of a name in a section; in `given`, `grid` and `pair` (section "") names are whole.
    fn attribute(&mut self, key: &Key, section: &str) -> Option<(usize, &'s Attribute)> {
        let schema = self.schema;
        let full = full_name(&key.text, section);
        let Some(position) = schema
            .position(&full)
            .or_else(|| schema.position(&key.text))
        else {
            let hint = if self.mistakes.is_full() {
                String::new()
            } else {
                attribute_hint(&key.text, section, schema)
            };
            let hint = if hint.is_empty() {
                "`populace schema` lists all attributes".to_owned()
            } else {
                hint
            };
            let message = format!(
                "`{}` is not an attribute of stage `{}`",
                excerpt(&full),
                schema.stage
            );
            self.add(key.span, message, hint);
            return None;
        };
        let attribute = &schema.attributes[position];
        let (home, short) = attribute.section_and_key();
        if section.is_empty() || (home == section && short == key.text) {
            return Some((position, attribute));
        }
        let message = if home == section {
            format!("inside `{section}:` a name does not repeat `{section}.`")
        } else {
            format!("`{}` does not belong into `{section}:`", key.text)
        };
        self.add(
            key.span,
            message,
            format!("write it as {}", shown(attribute, section)),
        );
        None
    }

    pub(super) fn values<'a>(&'a mut self, attribute: &'a Attribute) -> ValueReader<'a, 'a, 't> {
        ValueReader {
            attribute,
            mistakes: self.mistakes,
        }
    }

    /// The entries of a map; an empty value counts as an empty map.
    fn entries<'n>(&mut self, node: &'n Node, what: &str) -> &'n [(Key, Node)] {
        match &node.content {
            Content::Map(entries) => entries,
            _ if node.is_nothing() => &[],
            _ => {
                self.add(
                    node.span,
                    format!("{what} is a map of `name: value`, not {}", node.describe()),
                    "",
                );
                &[]
            }
        }
    }

    fn section(
        &mut self,
        section: &'static str,
        node: &Node,
        written: &mut Vec<(usize, Span, Distribution)>,
    ) {
        for (key, value) in self.entries(node, &format!("`{section}`")) {
            let Some((position, attribute)) = self.attribute(key, section) else {
                continue;
            };
            let Some(distribution) = self.values(attribute).distribution(value) else {
                continue;
            };
            if attribute.constant && !matches!(distribution, Distribution::Constant(_)) {
                self.not_constant(value.span, attribute);
                continue;
            }
            written.push((position, key.span, distribution));
        }
    }

    pub(super) fn not_constant(&mut self, span: Span, attribute: &Attribute) {
        self.add(
            span,
            format!(
                "`{}` is the same for all samples of a data set",
                attribute.name
            ),
            "write one value, and make one data set for each value you need",
        );
    }

    fn labels(&mut self, node: &Node) -> Vec<String> {
        let Content::List(items) = &node.content else {
            let hint = format!(
                "write `labels: [{}]`",
                self.schema.labels.first().map_or("", |label| &label.name)
            );
            self.add(
                node.span,
                format!("`labels` is a list of names, not {}", node.describe()),
                hint,
            );
            return Vec::new();
        };
        let mut wanted = vec![false; self.schema.labels.len()];
        for item in items {
            let text = item.text().unwrap_or_default();
            match self
                .schema
                .labels
                .iter()
                .position(|label| label.name == text)
            {
                Some(position) if !wanted[position] => wanted[position] = true,
                Some(_) => self.add(
                    item.span,
                    format!("label `{text}` is listed twice"),
                    "remove one of them",
                ),
                None => {
                    let names = self.schema.labels.iter().map(|label| label.name.as_str());
                    let hint = match nearest(text, names.clone()) {
                        Some(name) => format!("did you mean `{name}`?"),
                        None => format!("a label is {}", list_names(names)),
                    };
                    let message = format!(
                        "stage `{}` has no label {}",
                        self.schema.stage,
                        item.describe()
                    );
                    self.add(item.span, message, hint);
                }
            }
        }
        let labels = self
            .schema
            .labels
            .iter()
            .zip(wanted)
            .filter(|(_, wanted)| *wanted);
        labels.map(|(label, _)| label.name.clone()).collect()
    }
}

/// The stem of a file's name, as far as it is a fit name for a data set.
fn name_of_file(file: &str) -> String {
    let base = file.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    let clean: String = stem
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') {
                c
            } else {
                '-'
            }
        })
        .skip_while(|c| !c.is_alphanumeric())
        .take(100)
        .collect();
    if clean.is_empty() {
        "recipe".to_owned()
    } else {
        clean
    }
}
