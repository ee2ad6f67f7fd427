//! A picture of linked tables, as SVG: a box for each table with its columns, and a line from each reference to the key that it names.

use super::schema::Schema;
use super::{Content, LinkedModel, Role};
use crate::source::{Source, SourceError};

/// A table in the picture.
struct Box {
    name: String,
    /// Under the name: how many rows, whether it is public.
    about: String,
    columns: Vec<Line>,
    /// For each reference the line that has it and the table that it names, with a word at its end.
    references: Vec<(usize, usize, String)>,
    key: Option<usize>,
}

/// A column in the picture.
struct Line {
    name: String,
    kind: String,
    order: bool,
}

const WIDTH: usize = 270;
const LINE: usize = 22;
const HEAD: usize = 50;
const GAP_X: usize = 130;
const GAP_Y: usize = 36;
const EDGE: usize = 24;
/// More columns than these are counted, not shown; keys and references always are.
const SHOWN: usize = 24;

impl Schema {
    /// A picture of the tables, their columns, keys and references. Opens the sources for the names of the columns; reads no row.
    ///
    /// # Errors
    ///
    /// What a source says.
    pub fn picture(&self) -> Result<String, SourceError> {
        let mut boxes = Vec::new();
        for table in &self.tables {
            let source = Source::open(&table.location, &table.options)?;
            let names: Vec<&str> = source
                .schema()
                .fields()
                .iter()
                .map(|f| f.name().as_str())
                .collect();
            let line = |name: &str| names.iter().position(|other| *other == name);
            boxes.push(Box {
                name: table.name.clone(),
                about: if table.public { "public" } else { "" }.to_owned(),
                columns: names
                    .iter()
                    .map(|name| Line {
                        name: (*name).to_owned(),
                        kind: String::new(),
                        order: table.order_by.as_ref().is_some_and(|key| key.text == *name),
                    })
                    .collect(),
                references: table
                    .references
                    .iter()
                    .filter_map(|r| Some((line(&r.column.text)?, r.table, String::new())))
                    .collect(),
                key: table.key.as_ref().and_then(|key| line(&key.text)),
            });
        }
        Ok(drawn(&boxes))
    }
}

impl LinkedModel {
    /// A picture of the tables: columns and their kinds, keys, references, rows that were learned, and how many rows each owner has.
    pub fn picture(&self) -> String {
        let boxes: Vec<Box> = self
            .tables
            .iter()
            .enumerate()
            .map(|(index, table)| {
                let rows = privacy::grouped(self.rows_learned(index));
                let (public, clock) = match &table.content {
                    Content::Public(_) => (", public", None),
                    Content::Learned(learned) => {
                        ("", learned.clock.as_ref().map(|c| usize::from(c.column)))
                    }
                };
                let references = table.references.iter().map(|link| {
                    let target = usize::from(link.table);
                    let each =
                        self.rows_learned(index) as f64 / self.rows_learned(target).max(1) as f64;
                    let word = match link.role {
                        Role::Owner => format!("{each:.1} each"),
                        Role::Public | Role::Match(_) => String::new(),
                    };
                    (usize::from(link.column), target, word)
                });
                Box {
                    name: table.name.clone(),
                    about: format!("{rows} rows{public}"),
                    columns: table
                        .columns
                        .iter()
                        .enumerate()
                        .map(|(column, about)| Line {
                            name: about.name.clone(),
                            kind: about.kind.word().to_owned(),
                            order: clock == Some(column),
                        })
                        .collect(),
                    references: references.collect(),
                    key: table.key.map(usize::from),
                }
            })
            .collect();
        drawn(&boxes)
    }
}

impl Box {
    /// The lines that are shown: all, or keys and references first.
    fn shown(&self) -> Vec<usize> {
        if self.columns.len() <= SHOWN {
            return (0..self.columns.len()).collect();
        }
        let special =
            |line: usize| self.key == Some(line) || self.references.iter().any(|r| r.0 == line);
        let (mut lines, others): (Vec<usize>, Vec<usize>) =
            (0..self.columns.len()).partition(|&line| special(line));
        let left = SHOWN.saturating_sub(lines.len());
        lines.extend(others.into_iter().take(left));
        lines.sort_unstable();
        lines
    }

    fn height(&self) -> usize {
        let more = usize::from(self.columns.len() > self.shown().len());
        HEAD + LINE * (self.shown().len() + more) + 10
    }
}

/// How many references away from tables without any each table is; what closes a circle counts for nothing.
fn depths(boxes: &[Box]) -> Vec<usize> {
    let mut depths = vec![0; boxes.len()];
    for _ in 0..boxes.len() {
        for (table, about) in boxes.iter().enumerate() {
            let above = about
                .references
                .iter()
                .filter(|r| r.1 != table)
                .map(|r| depths[r.1] + 1);
            depths[table] = above.max().unwrap_or(0).min(boxes.len() - 1);
        }
    }
    depths
}

fn drawn(boxes: &[Box]) -> String {
    let depths = depths(boxes);
    let deepest = depths.iter().copied().max().unwrap_or(0);
    let mut corners = vec![(0, 0); boxes.len()];
    let mut columns: Vec<usize> = (0..=deepest)
        .filter(|depth| depths.contains(depth))
        .collect();
    columns.dedup();
    let mut height = 0;
    for (place, depth) in columns.iter().enumerate() {
        let mut y = EDGE;
        for (table, about) in boxes
            .iter()
            .enumerate()
            .filter(|(table, _)| depths[*table] == *depth)
        {
            corners[table] = (EDGE + place * (WIDTH + GAP_X), y);
            y += about.height() + GAP_Y;
        }
        height = height.max(y);
    }
    let width = 2 * EDGE + columns.len() * (WIDTH + GAP_X) - GAP_X;
    let height = (height + EDGE).saturating_sub(GAP_Y);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (table, about) in boxes.iter().enumerate() {
        push_box(&mut svg, about, corners[table]);
    }
    // Words lie over all lines.
    let mut words = String::new();
    for (table, about) in boxes.iter().enumerate() {
        for (line, target, word) in &about.references {
            let key = boxes[*target].key.unwrap_or_default();
            let from = anchor(about, corners[table], *line);
            let to = anchor(&boxes[*target], corners[*target], key);
            push_line(&mut svg, from, to);
            push_word(&mut words, from, word);
        }
    }
    svg.push_str(&words);
    svg.push_str("</svg>\n");
    svg
}

/// Where a column's line begins.
fn anchor(about: &Box, corner: (usize, usize), line: usize) -> (usize, usize) {
    let place = about
        .shown()
        .iter()
        .position(|&shown| shown == line)
        .unwrap_or_default();
    (corner.0, corner.1 + HEAD + place * LINE + LINE / 2 + 2)
}

fn push_box(svg: &mut String, about: &Box, (x, y): (usize, usize)) {
    let height = about.height();
    svg.push_str(&format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" fill=\"#f7f9fb\" stroke=\"#7a8a99\"/>\n\
         <text x=\"{}\" y=\"{}\" font-weight=\"bold\" font-size=\"15\" fill=\"#1c2b39\">{}</text>\n\
         <text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"#5b6b7a\">{}</text>\n\
         <path d=\"M{x} {} h{WIDTH}\" stroke=\"#c9d3dc\"/>\n",
        x + 12,
        y + 20,
        escaped(&shortened(&about.name, 28)),
        x + 12,
        y + 36,
        escaped(&about.about),
        y + HEAD - 6,
    ));
    let shown = about.shown();
    for (place, &line) in shown.iter().enumerate() {
        let column = &about.columns[line];
        let base = y + HEAD + place * LINE + LINE / 2 + 6;
        let reference = about.references.iter().any(|r| r.0 == line);
        let key = about.key == Some(line);
        let weight = if key { " font-weight=\"bold\"" } else { "" };
        let fill = if reference { "#1f5fa8" } else { "#1c2b39" };
        let note = match (key, reference, column.order) {
            (true, true, _) => "key, reference".to_owned(),
            (true, false, _) => "key".to_owned(),
            (false, true, _) => "reference".to_owned(),
            (false, false, true) => format!("{} order", column.kind).trim_start().to_owned(),
            (false, false, false) => column.kind.clone(),
        };
        svg.push_str(&format!(
            "<text x=\"{}\" y=\"{base}\" fill=\"{fill}\"{weight}>{}</text>\n<text x=\"{}\" y=\"{base}\" font-size=\"11\" fill=\"#5b6b7a\" text-anchor=\"end\">{}</text>\n",
            x + 14,
            escaped(&shortened(&column.name, 22)),
            x + WIDTH - 12,
            escaped(&note),
        ));
    }
    let more = about.columns.len() - shown.len();
    if more > 0 {
        let base = y + HEAD + shown.len() * LINE + LINE / 2 + 6;
        svg.push_str(&format!(
            "<text x=\"{}\" y=\"{base}\" fill=\"#5b6b7a\">and {more} more</text>\n",
            x + 14
        ));
    }
}

/// A line from a reference to a key: from the left side of its table to the right side of the other, or around within one column.
fn push_line(svg: &mut String, from: (usize, usize), to: (usize, usize)) {
    let (x1, y1, y2) = (from.0, from.1, to.1);
    let around = to.0 >= from.0;
    let x2 = if around { to.0 } else { to.0 + WIDTH };
    let (c1, c2) = if around {
        (x1.saturating_sub(22), x2.saturating_sub(22))
    } else {
        (x1 - GAP_X / 2, x2 + GAP_X / 2)
    };
    let end = if around { x2.saturating_sub(9) } else { x2 + 9 };
    svg.push_str(&format!(
        "<path d=\"M{x1} {y1} C{c1} {y1} {c2} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"1.4\"/>\n\
         <path d=\"M{x2} {y2} L{end} {} L{end} {} Z\" fill=\"#1f5fa8\"/>\n",
        y2 - 4,
        y2 + 4,
    ));
}

/// A word at the beginning of a line.
fn push_word(svg: &mut String, (x, y): (usize, usize), word: &str) {
    if !word.is_empty() {
        svg.push_str(&format!(
            "<text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"#1f5fa8\" text-anchor=\"end\" stroke=\"#ffffff\" stroke-width=\"4\" paint-order=\"stroke\">{}</text>\n",
            x - 6,
            y - 6,
            escaped(word)
        ));
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
