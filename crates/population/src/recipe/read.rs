//! Second stage of reading a recipe: from the tree to a checked [`Recipe`].

use std::sync::Arc;

use super::document::{self, Content, Key, Node};
use super::names::{attribute_hint, full_name, shown};
use super::value::{ValueReader, read_number};
use super::{
    Axis, Condition, Cycle, Draw, FORMAT, Given, MAX_COUNT, MAX_VARIANTS, Pair, Recipe, Test,
    drawing_order,
};
use crate::attribute::{Attribute, Kind, SECTIONS, Schema};
use crate::diagnostic::{Diagnostic, Mistakes, Plain, Span, excerpt, list_names, nearest};
use crate::distribution::Distribution;
use crate::row::Value;
use crate::stream::Seed;

/// All keys of a recipe.
pub(crate) const KEYS: [&str; 13] = [
    "populace",
    "name",
    "stage",
    "count",
    "seed",
    "population",
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
        let hint = match self.schema.attribute(&key.text) {
            Some(attribute) => format!("write it as {}", shown(attribute, "top")),
            None => match nearest(&key.text, KEYS) {
                Some(name) => format!("did you mean `{name}`?"),
                None => match attribute_hint(&key.text, "top", self.schema) {
                    hint if hint.is_empty() => {
                        format!("the keys of a recipe are {}", list_names(KEYS))
                    }
                    hint => hint,
                },
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
        let found = schema
            .position(&full)
            .map(|position| (position, &schema.attributes[position]));
        match found {
            Some((_, attribute))
                if !section.is_empty() && attribute.section_and_key().0 != section =>
            {
                let hint = format!("write it as {}", shown(attribute, section));
                self.add(
                    key.span,
                    format!("`{full}` does not belong into `{section}:`"),
                    hint,
                );
                None
            }
            Some(found) => Some(found),
            None => {
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
                self.add(
                    key.span,
                    format!(
                        "`{}` is not an attribute of stage `{}`",
                        excerpt(&full),
                        schema.stage
                    ),
                    hint,
                );
                None
            }
        }
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

    fn given(&mut self, node: &Node) -> Vec<(Given, Span)> {
        let Content::List(items) = &node.content else {
            if !node.is_nothing() {
                self.add(
                    node.span,
                    format!("`given` is a list, not {}", node.describe()),
                    "write `- when: {…}` and below it `set: {…}`",
                );
            }
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.one_given(item).map(|given| (given, item.span)))
            .collect()
    }

    fn one_given(&mut self, item: &Node) -> Option<Given> {
        let mut fine = true;
        for (key, _) in self.entries(item, "an entry of `given`") {
            if key.text != "when" && key.text != "set" {
                let hint = "an entry of `given` has `when` and `set`";
                self.add(
                    key.span,
                    format!("`{}` does not belong to `given`", excerpt(&key.text)),
                    hint,
                );
                fine = false;
            }
        }
        let (Some(when_node), Some(set_node)) = (item.get("when"), item.get("set")) else {
            if matches!(item.content, Content::Map(_)) {
                let missing = if item.get("when").is_none() {
                    "when"
                } else {
                    "set"
                };
                self.add(
                    item.span,
                    format!("this entry of `given` has no `{missing}`"),
                    "write `when: {…}` and `set: {…}`",
                );
            }
            return None;
        };
        let before = self.mistakes.count();
        let when: Vec<Condition> = self
            .entries(when_node, "`when`")
            .iter()
            .filter_map(|(key, value)| self.condition(key, value))
            .collect();
        let mut set = Vec::new();
        for (key, value) in self.entries(set_node, "`set`") {
            let Some((_, attribute)) = self.attribute(key, "") else {
                continue;
            };
            if attribute.constant {
                self.not_constant(key.span, attribute);
                continue;
            }
            if let Some(distribution) = self.values(attribute).distribution(value) {
                set.push(Draw {
                    attribute: attribute.name.to_owned(),
                    distribution,
                });
            }
        }
        if self.mistakes.count() > before {
            return None;
        }
        if when.is_empty() || set.is_empty() {
            let (node, missing) = if when.is_empty() {
                (when_node, "when")
            } else {
                (set_node, "set")
            };
            self.add(
                node.span,
                format!("`{missing}` is empty"),
                "write at least one `attribute: value`",
            );
            return None;
        }
        fine.then_some(Given { when, set })
    }

    fn condition(&mut self, key: &Key, node: &Node) -> Option<Condition> {
        // A part of a mix is conditioned on by its column: `ancestry.african`.
        let part = key.text.rsplit_once('.').and_then(|(mix, part)| {
            let attribute = self.schema.attribute(mix)?;
            let Kind::Mix { components } = attribute.kind else {
                return None;
            };
            Some((
                attribute,
                components.iter().position(|component| *component == part)?,
            ))
        });
        if let Some((attribute, component)) = part {
            let weight = Attribute::number(attribute.name, 0.0, 1.0, "", attribute.meaning);
            let test = self.test(&weight, node)?;
            return Some(Condition {
                attribute: attribute.name.to_owned(),
                component: Some(component),
                test,
            });
        }
        let (_, attribute) = self.attribute(key, "")?;
        if let Kind::Mix { components } = attribute.kind {
            self.add(
                key.span,
                format!(
                    "`{}` is a mix; a condition reads one of its weights",
                    attribute.name
                ),
                format!(
                    "write `{}.{}: {{above: 0.5}}`",
                    attribute.name,
                    components.first().copied().unwrap_or_default()
                ),
            );
            return None;
        }
        let test = self.test(attribute, node)?;
        Some(Condition {
            attribute: attribute.name.to_owned(),
            component: None,
            test,
        })
    }

    fn test(&mut self, attribute: &Attribute, node: &Node) -> Option<Test> {
        match &node.content {
            Content::Scalar { .. } => {
                Some(Test::OneOf(vec![self.values(attribute).constant(node)?]))
            }
            Content::List(items) if !items.is_empty() => {
                let values: Vec<Value> = items
                    .iter()
                    .filter_map(|item| self.values(attribute).constant(item))
                    .collect();
                (values.len() == items.len()).then_some(Test::OneOf(values))
            }
            Content::List(_) => {
                self.add(
                    node.span,
                    format!("the list of values for `{}` is empty", attribute.name),
                    "",
                );
                None
            }
            Content::Map(entries) => {
                const FORMS: [&str; 3] = ["below", "above", "range"];
                let [(key, value)] = entries.as_slice() else {
                    self.add(
                        node.span,
                        format!(
                            "a condition on `{}` has one of `below`, `above` and `range`",
                            attribute.name
                        ),
                        "for two bounds write `{range: [a, b]}`",
                    );
                    return None;
                };
                if !FORMS.contains(&key.text.as_str()) {
                    let hint = nearest(&key.text, FORMS).map_or_else(
                        || "write a value, a list of values, `{below: x}`, `{above: x}` or `{range: [a, b]}`".to_owned(),
                        |name| format!("did you mean `{name}`?"),
                    );
                    self.add(
                        key.span,
                        format!("`{}` is no condition", excerpt(&key.text)),
                        hint,
                    );
                    return None;
                }
                if attribute.kind.limits().is_none() {
                    let hint = self.values(attribute).allowed();
                    self.add(
                        key.span,
                        format!(
                            "`{}` is no number; `{}` does not go with it",
                            attribute.name, key.text
                        ),
                        hint,
                    );
                    return None;
                }
                let mut values = self.values(attribute);
                match key.text.as_str() {
                    "below" => values.number(value).map(Test::Below),
                    "above" => values.number(value).map(Test::Above),
                    _ => values
                        .interval(value, "range")
                        .map(|(min, max)| Test::Within { min, max }),
                }
            }
        }
    }

    fn grid(&mut self, node: &Node) -> Vec<(Axis, Span)> {
        let mut axes = Vec::new();
        let mut cells: u64 = 1;
        for (key, value) in self.entries(node, "`grid`") {
            let Some((_, attribute)) = self.attribute(key, "") else {
                continue;
            };
            if attribute.constant {
                self.not_constant(key.span, attribute);
                continue;
            }
            let items = match &value.content {
                Content::List(items) if !items.is_empty() => items,
                _ => {
                    let message = format!(
                        "`grid` wants a list of levels for `{}`, not {}",
                        attribute.name,
                        value.describe()
                    );
                    let hint = format!(
                        "write `{}: [a, b, c]`; a level is a value or a distribution",
                        attribute.name
                    );
                    self.add(value.span, message, hint);
                    continue;
                }
            };
            let levels: Vec<Distribution> = items
                .iter()
                .filter_map(|item| self.values(attribute).distribution(item))
                .collect();
            cells = cells.saturating_mul(items.len() as u64);
            if levels.len() == items.len() {
                axes.push((
                    Axis {
                        attribute: attribute.name.to_owned(),
                        levels,
                    },
                    key.span,
                ));
            }
        }
        if cells > MAX_COUNT {
            self.add(
                node.span,
                format!("this grid has more than {MAX_COUNT} cells"),
                "draw some of its attributes instead",
            );
        }
        axes
    }

    fn pair(&mut self, node: &Node) -> Option<(Pair, Span)> {
        for (key, _) in self.entries(node, "`pair`") {
            if key.text != "change" && key.text != "to" {
                self.add(
                    key.span,
                    format!("`{}` does not belong to `pair`", excerpt(&key.text)),
                    "`pair` has `change` and `to`",
                );
            }
        }
        let (Some(change), Some(to)) = (node.get("change"), node.get("to")) else {
            if matches!(node.content, Content::Map(_)) {
                let missing = if node.get("change").is_none() {
                    "change"
                } else {
                    "to"
                };
                let hint = "write `pair: {change: skin_tone, to: [2, 9]}`";
                self.add(node.span, format!("`pair` has no `{missing}`"), hint);
            }
            return None;
        };
        let key = Key {
            text: change.text().unwrap_or_default().to_owned(),
            span: change.span,
        };
        let (_, attribute) = self.attribute(&key, "")?;
        if attribute.constant {
            self.not_constant(change.span, attribute);
            return None;
        }
        let items = match &to.content {
            Content::List(items) if (2..=MAX_VARIANTS).contains(&items.len()) => items,
            _ => {
                let found = match &to.content {
                    Content::List(items) => format!("{}", items.len()),
                    _ => to.describe(),
                };
                let message =
                    format!("`to` wants a list of 2 to {MAX_VARIANTS} values, not {found}");
                self.add(
                    to.span,
                    message,
                    format!("write `to: [a, b]` with values of `{}`", attribute.name),
                );
                return None;
            }
        };
        let mut values: Vec<Value> = Vec::new();
        for item in items {
            let Some(value) = self.values(attribute).constant(item) else {
                continue;
            };
            if values.contains(&value) {
                self.add(
                    item.span,
                    format!(
                        "{} is listed twice: a pair would hold the same sample twice",
                        item.describe()
                    ),
                    "",
                );
            }
            values.push(value);
        }
        (values.len() == items.len()).then(|| {
            (
                Pair {
                    change: attribute.name.to_owned(),
                    to: values,
                },
                change.span,
            )
        })
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
                        None => format!("the labels are {}", list_names(names)),
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

    /// What is set in two places that contradict each other.
    fn conflicts(
        &mut self,
        written: &[(usize, Span, Distribution)],
        given: &[(Given, Span)],
        grid: &[(Axis, Span)],
        pair: Option<&(Pair, Span)>,
    ) {
        for (axis, span) in grid {
            let name = &axis.attribute;
            if let Some((_, written, _)) = written
                .iter()
                .find(|(position, ..)| self.schema.attributes[*position].name == *name)
            {
                let hint = format!(
                    "`grid` on line {} decides it; remove one of them",
                    span.line
                );
                self.add(
                    *written,
                    format!("`{name}` is set here and again in `grid`"),
                    hint,
                );
            }
        }
        if let Some((pair, span)) = pair
            && grid.iter().any(|(axis, _)| axis.attribute == pair.change)
        {
            self.add(
                *span,
                format!(
                    "`{}` cannot be changed by `pair`: `grid` varies it",
                    pair.change
                ),
                "remove one of them",
            );
        }
        for (given, span) in given {
            for draw in &given.set {
                let name = &draw.attribute;
                let by = if grid.iter().any(|(axis, _)| axis.attribute == *name) {
                    "grid"
                } else if pair.is_some_and(|(pair, _)| pair.change == *name) {
                    "pair"
                } else {
                    continue;
                };
                self.add(
                    *span,
                    format!("`given` cannot set `{name}`: `{by}` varies it"),
                    "remove one of them",
                );
            }
        }
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
