//! YAML and JSON as a tree whose pieces know their places.

use granit_parser::{Event, Parser};
use population::Diagnostic;

/// A longer file is refused before it is parsed.
const MAX_BYTES: usize = 4 << 20;
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 400_000;

/// Where in a text: line and column, counted from 1, and characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// In characters.
    pub length: usize,
}

/// A piece of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub content: Content,
}

/// What a piece is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A scalar, as it is written.
    Word(String),
    /// `- item` or `[item, …]`.
    List(Vec<Node>),
    /// `key: value`, in the order of the text, each key once.
    Map(Vec<(Key, Node)>),
}

/// The left side of a `key: value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// As it is written.
    pub text: String,
    /// Where it begins.
    pub place: Place,
}

impl Node {
    /// The scalar, where it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.content {
            Content::Word(word) => Some(word),
            Content::List(_) | Content::Map(_) => None,
        }
    }

    /// The entries of a map; none of anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.content {
            Content::Map(entries) => entries,
            Content::Word(_) | Content::List(_) => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            Content::Word(_) | Content::Map(_) => &[],
        }
    }

    /// What a map has under a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|(name, _)| name.text == key)
            .map(|(_, value)| value)
    }
}

/// The text that mistakes point into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The file's name, as mistakes tell it.
    pub file: String,
    lines: Vec<String>,
}

impl Text {
    /// Of a file of this name.
    pub fn new(file: &str, text: &str) -> Self {
        Self {
            file: file.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    /// A mistake at a place.
    pub fn mistake(
        &self,
        place: Place,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Diagnostic {
        let source = self
            .lines
            .get(place.line.saturating_sub(1))
            .cloned()
            .unwrap_or_default();
        let rest = source
            .chars()
            .count()
            .saturating_sub(place.column.saturating_sub(1));
        let hint = hint.into();
        Diagnostic {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            length: place.length.min(rest).max(1),
            source,
            message: message.into(),
            hint: (!hint.is_empty()).then_some(hint),
        }
    }
}

/// A list or map that is still being read, with the key whose value comes next.
struct Open {
    node: Node,
    key: Option<Key>,
}

const START: Place = Place {
    line: 1,
    column: 1,
    length: 1,
};

/// Reads one document; `None` for an empty one. JSON is read alike: it is a part of YAML.
///
/// # Errors
///
/// The first mistake of the text: no YAML, more than 4 MiB, a key that is given twice, an alias.
pub fn read(text: &str, about: &Text) -> Result<Option<Node>, Diagnostic> {
    if text.len() > MAX_BYTES {
        return Err(about.mistake(
            START,
            "the file has more than 4 MiB",
            "is this the right file? it says a few words about each column",
        ));
    }
    let options = granit_parser::options! { emit_comments: false };
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut nodes = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let mark = error.marker();
            let complaint = error.to_string();
            let complaint = complaint.split(" at byte ").next().unwrap_or(&complaint);
            let complaint = complaint.split(" at char ").next().unwrap_or(complaint);
            about.mistake(
                Place { line: mark.line().max(1), column: mark.col() + 1, length: 1 },
                format!("this is not valid YAML: {complaint}"),
                "write `column: kind` with a space after the colon, and the same indentation within a section",
            )
        })?;
        let place = place(&span);
        nodes += 1;
        if nodes > MAX_NODES || open.len() > MAX_DEPTH {
            return Err(about.mistake(
                place,
                "the file nests too deeply or has too many entries",
                "",
            ));
        }
        let finished = match event {
            Event::Scalar(word, ..) => Some(Node {
                place,
                content: Content::Word(word.to_string()),
            }),
            Event::SequenceStart(..) => {
                open.push(Open {
                    node: Node {
                        place,
                        content: Content::List(Vec::new()),
                    },
                    key: None,
                });
                None
            }
            Event::MappingStart(..) => {
                open.push(Open {
                    node: Node {
                        place,
                        content: Content::Map(Vec::new()),
                    },
                    key: None,
                });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|open| open.node),
            Event::Alias(_) => {
                return Err(about.mistake(
                    place,
                    "an alias has no meaning here",
                    "write the value out",
                ));
            }
            Event::DocumentStart(..) if root.is_some() => {
                return Err(about.mistake(
                    place,
                    "a second document starts here",
                    "remove the `---` line",
                ));
            }
            _ => None,
        };
        if let Some(node) = finished {
            match open.last_mut() {
                None => root = Some(node),
                Some(Open { node: parent, key }) => match &mut parent.content {
                    Content::List(items) => items.push(node),
                    Content::Map(entries) => match key.take() {
                        None => {
                            let Content::Word(text) = node.content else {
                                return Err(about.mistake(
                                    place,
                                    "a key is a word, not a list or a map",
                                    "",
                                ));
                            };
                            *key = Some(Key {
                                text,
                                place: node.place,
                            });
                        }
                        Some(key) => {
                            if entries.iter().any(|(known, _)| known.text == key.text) {
                                return Err(about.mistake(
                                    key.place,
                                    format!("`{}` is given twice", key.text),
                                    "keep one of them",
                                ));
                            }
                            entries.push((key, node));
                        }
                    },
                    Content::Word(_) => {}
                },
            }
        }
    }
    Ok(root)
}

fn place(span: &granit_parser::Span) -> Place {
    let (start, end) = (span.start, span.end);
    let length = if start.line() == end.line() {
        end.col().saturating_sub(start.col())
    } else {
        usize::MAX
    };
    Place {
        line: start.line().max(1),
        column: start.col() + 1,
        length,
    }
}
