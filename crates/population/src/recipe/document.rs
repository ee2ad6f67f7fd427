//! First stage of reading a recipe: from text to a tree whose every piece knows its place.
//!
//! Nothing here knows what the keys mean. The limits on hostile text are here: size, depth, number of nodes after aliases are expanded.

use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle};

use crate::diagnostic::{Mistakes, Span, excerpt};

/// A longer recipe is refused before it is parsed.
pub const MAX_BYTES: usize = 1 << 20;
/// Deeper nesting is refused; real recipes stay below ten.
const MAX_DEPTH: usize = 32;
/// More nodes, each alias counted with all it stands for, are refused.
const MAX_NODES: usize = 50_000;

/// A piece of the document.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar { text: String, quoted: bool },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// The left side of a `key: value`.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Span,
}

impl Node {
    /// What a message calls it.
    pub(super) fn describe(&self) -> String {
        match &self.content {
            Content::Scalar {
                text,
                quoted: false,
            } if text.is_empty() => "nothing".to_owned(),
            Content::Scalar { text, .. } => format!("`{}`", excerpt(text)),
            Content::List(items) if items.is_empty() => "an empty list".to_owned(),
            Content::Map(entries) if entries.is_empty() => "an empty map".to_owned(),
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a map".to_owned(),
        }
    }

    /// The unquoted empty value, `null` or `~`: a key with nothing behind it.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, quoted: false } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// The word, unless it is a list or a map.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            Content::List(_) | Content::Map(_) => None,
        }
    }

    /// The value under a key of a map.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.content {
            Content::Map(entries) => entries
                .iter()
                .find(|(name, _)| name.text == key)
                .map(|(_, value)| value),
            Content::Scalar { .. } | Content::List(_) => None,
        }
    }
}

/// A list or map that is still being read.
struct Open {
    node: Node,
    anchor: usize,
    /// The key whose value comes next; `None` within a list and where a key comes next.
    key: Option<Key>,
    /// Nodes before this one, to know its own weight once it is closed.
    nodes_before: usize,
    /// The lines of a map's keys so far.
    lines: BTreeMap<String, usize>,
}

/// A finished node that an alias may repeat.
struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

/// Reads a text of one document. `None` means that it is not YAML or beyond the limits, which `mistakes` then says.
pub(super) fn read(text: &str, mistakes: &mut Mistakes<'_>) -> Option<Node> {
    if text.len() > MAX_BYTES {
        mistakes.add(
            Span::START,
            format!("the recipe has {:.1} MiB; a recipe is at most 1 MiB", text.len() as f64 / f64::from(1 << 20)),
            "is this the right file? a recipe describes a population in a few lines, it does not list samples",
        );
        return None;
    }
    let options = granit_parser::options! { emit_comments: false };
    let mut builder = Builder {
        open: Vec::new(),
        anchored: BTreeMap::new(),
        root: None,
        nodes: 0,
        mistakes,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.take(&event, place(&span)).ok()?,
            Err(error) => {
                let mark = error.marker();
                let span = Span {
                    line: mark.line(),
                    column: mark.col() + 1,
                    length: 1,
                };
                let hint = match error.kind() {
                    ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation => {
                        "YAML indents with spaces, never with tabs"
                    }
                    ErrorKind::UnknownAnchor => {
                        "`*` stands for something named with `&` above; put a text that starts with it in quotes"
                    }
                    ErrorKind::ExpectedFlowMappingSeparator
                    | ErrorKind::ExpectedFlowSequenceSeparator
                    | ErrorKind::UnexpectedEofFlowMapping
                    | ErrorKind::UnexpectedEofFlowSequence => {
                        "a `{` or `[` before this is not closed, or a comma is missing"
                    }
                    _ => {
                        "a recipe is YAML: `key: value` with a space after the colon, and the same indentation within a section"
                    }
                };
                let complaint = error.to_string();
                // The parser appends its own position, which the arrow below the message already shows.
                let complaint = complaint.split(" at byte ").next().unwrap_or(&complaint);
                let complaint = complaint.split(" at char ").next().unwrap_or(complaint);
                builder
                    .mistakes
                    .add(span, format!("this is not valid YAML: {complaint}"), hint);
                return None;
            }
        }
    }
    let root = builder.root;
    if root.is_none() && mistakes.is_empty() {
        mistakes.add(
            Span::START,
            "the recipe is empty",
            "a recipe starts with `populace: 1`, `stage: …` and `count: …`",
        );
    }
    root
}

/// The mistake was recorded and reading cannot go on.
struct Stop;

struct Builder<'m, 't> {
    open: Vec<Open>,
    anchored: BTreeMap<usize, Anchored>,
    root: Option<Node>,
    nodes: usize,
    mistakes: &'m mut Mistakes<'t>,
}

impl Builder<'_, '_> {
    fn take(&mut self, event: &Event<'_>, span: Span) -> Result<(), Stop> {
        if event.tag().is_some() {
            self.mistakes.add(
                span,
                "a tag has no meaning in a recipe",
                "leave out the part that starts with `!`",
            );
        }
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                self.mistakes.add(
                    span,
                    "a second document starts here; a recipe is one document",
                    "remove the `---` line",
                );
                Err(Stop)
            }
            Event::Scalar(text, style, anchor, _) => {
                self.count(1, span)?;
                let node = Node {
                    span,
                    content: Content::Scalar {
                        text: text.to_string(),
                        quoted: *style != ScalarStyle::Plain,
                    },
                };
                self.remember(*anchor, &node, 1)?;
                self.place(node);
                Ok(())
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(Content::List(Vec::new()), *anchor, span)
            }
            Event::MappingStart(_, anchor, _) => self.open(Content::Map(Vec::new()), *anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(mut open) = self.open.pop() {
                    // A collection on one line is underlined whole.
                    if span.line == open.node.span.line && span.column >= open.node.span.column {
                        open.node.span.length = span.column - open.node.span.column + span.length;
                    }
                    self.remember(open.anchor, &open.node, self.nodes - open.nodes_before)?;
                    self.place(open.node);
                }
                Ok(())
            }
            Event::Alias(id) => self.alias(*id, span),
            // Stream and document borders; comments, where another crate switches them on.
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        self.mistakes.add(
            span,
            format!("the recipe has more than {MAX_NODES} entries, aliases written out"),
            "draw from a distribution instead of listing values",
        );
        Err(Stop)
    }

    fn check_depth(&mut self, depth: usize, span: Span) -> Result<(), Stop> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        self.mistakes.add(
            span,
            format!("the recipe nests more than {MAX_DEPTH} lists and maps"),
            "",
        );
        Err(Stop)
    }

    fn open(&mut self, content: Content, anchor: usize, span: Span) -> Result<(), Stop> {
        self.check_depth(self.open.len() + 1, span)?;
        let nodes_before = self.nodes;
        self.count(1, span)?;
        self.open.push(Open {
            node: Node { span, content },
            anchor,
            key: None,
            nodes_before,
            lines: BTreeMap::new(),
        });
        Ok(())
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        let Some(anchored) = self.anchored.get(&id) else {
            self.mistakes
                .add(span, "this alias stands inside what it refers to", "");
            return Err(Stop);
        };
        let (nodes, depth) = (anchored.nodes, anchored.depth);
        self.check_depth(self.open.len() + depth, span)?;
        self.count(nodes, span)?;
        // The copy comes after the count, so that nine lines of aliases of aliases cannot fill the memory.
        if let Some(anchored) = self.anchored.get(&id) {
            let content = anchored.node.content.clone();
            self.place(Node { span, content });
        }
        Ok(())
    }

    fn remember(&mut self, id: usize, node: &Node, nodes: usize) -> Result<(), Stop> {
        if id != 0 {
            // Its copy takes memory too, and anchors may nest.
            self.count(nodes, node.span)?;
            self.anchored.insert(
                id,
                Anchored {
                    node: node.clone(),
                    nodes,
                    depth: depth(node),
                },
            );
        }
        Ok(())
    }

    /// Puts a finished node where it belongs: into the innermost open list or map, or to the root.
    fn place(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.node.content {
            Content::List(items) => items.push(node),
            Content::Map(entries) => {
                if let Some(key) = open.key.take() {
                    if let Some(line) = open.lines.get(&key.text) {
                        self.mistakes.add(
                            key.span,
                            format!("`{}` is given twice", excerpt(&key.text)),
                            format!("the first is on line {line}; keep one of them"),
                        );
                    } else {
                        open.lines.insert(key.text.clone(), key.span.line);
                        entries.push((key, node));
                    }
                } else {
                    let text = match node.content {
                        Content::Scalar { text, .. } => text,
                        Content::List(_) | Content::Map(_) => {
                            self.mistakes.add(
                                node.span,
                                "a key is a word, not a list or a map",
                                "",
                            );
                            String::new()
                        }
                    };
                    open.key = Some(Key {
                        text,
                        span: node.span,
                    });
                }
            }
            Content::Scalar { .. } => {}
        }
    }
}

fn depth(node: &Node) -> usize {
    match &node.content {
        Content::Scalar { .. } => 0,
        Content::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Content::Map(entries) => {
            1 + entries
                .iter()
                .map(|(_, value)| depth(value))
                .max()
                .unwrap_or(0)
        }
    }
}

fn place(span: &granit_parser::Span) -> Span {
    let (start, end) = (span.start, span.end);
    let length = if start.line() == end.line() {
        end.col().saturating_sub(start.col())
    } else {
        usize::MAX
    };
    Span {
        line: start.line().max(1),
        column: start.col() + 1,
        length,
    }
}
