//! The section `sources`: which files a recipe stands on.

use super::Reader;
use crate::attribute::Schema;
use crate::diagnostic::{Diagnostic, Mistakes, Span, excerpt, list_names, nearest};
use crate::recipe::document::{self, Content, Node};
use crate::source::{SourceKind, SourceRequest};

const HINT: &str = "write `people: [FILE.person, FOLDER]`, `motions: [FILE.motion]`, `vehicles: [FILE.glb]` or `products: [FILE.glb]`";

pub(in crate::recipe) fn requests(
    bytes: &[u8],
    file: &str,
) -> Result<Vec<SourceRequest>, Vec<Diagnostic>> {
    // What is no text, or too long, is reported when the recipe itself is read.
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(Vec::new());
    };
    if text.len() > document::MAX_BYTES {
        return Ok(Vec::new());
    }
    let mut mistakes = Mistakes::new(file, text);
    let Some(root) = document::read(text, &mut mistakes) else {
        return Ok(Vec::new());
    };
    let Some(node) = root.get("sources") else {
        return Ok(Vec::new());
    };
    let nothing = Schema {
        stage: "",
        attributes: Vec::new(),
        labels: Vec::new(),
        sources: Vec::new(),
    };
    let mut mistakes = Mistakes::new(file, text);
    let mut reader = Reader {
        schema: &nothing,
        mistakes: &mut mistakes,
    };
    let requests = reader.sources(node);
    if mistakes.is_empty() {
        Ok(requests)
    } else {
        Err(mistakes.into_diagnostics())
    }
}

impl Reader<'_, '_, '_> {
    pub(super) fn sources(&mut self, node: &Node) -> Vec<SourceRequest> {
        let mut requests = Vec::new();
        for (key, value) in self.entries(node, "`sources`") {
            let kind = SourceKind::ALL
                .into_iter()
                .find(|kind| kind.key() == key.text);
            let Some(kind) = kind else {
                let keys = SourceKind::ALL.map(SourceKind::key);
                let hint = nearest(&key.text, keys).map_or_else(
                    || format!("sources are {}", list_names(keys)),
                    |name| format!("did you mean `{name}`?"),
                );
                let message = format!("`{}` is no kind of source", excerpt(&key.text));
                self.add(key.span, message, hint);
                continue;
            };
            let items = match &value.content {
                Content::List(items) => items.as_slice(),
                _ if value.is_nothing() => &[],
                _ => std::slice::from_ref(value),
            };
            for item in items {
                requests.extend(self.source(kind, item));
            }
        }
        requests
    }

    fn source(&mut self, kind: SourceKind, item: &Node) -> Option<SourceRequest> {
        let mut request = SourceRequest {
            kind,
            file: String::new(),
            sha256: None,
            withdrawn: false,
            tags: Vec::new(),
            line: item.span.line,
        };
        match &item.content {
            Content::Scalar { text, .. } => request.file.clone_from(text),
            Content::List(_) => {
                self.add(
                    item.span,
                    "a source is a file or a folder, not a list",
                    HINT,
                );
                return None;
            }
            Content::Map(entries) => {
                for (key, value) in entries {
                    let text = value.text().unwrap_or_default();
                    match key.text.as_str() {
                        "file" => text.clone_into(&mut request.file),
                        "sha256" if is_sha256(text) => request.sha256 = Some(text.to_owned()),
                        "sha256" => self.add(value.span, "a SHA-256 has 64 hexadecimal digits", ""),
                        "tags" => {
                            if let Content::List(tags) = &value.content {
                                let tags = tags.iter().filter_map(Node::text);
                                request.tags = tags.map(str::to_owned).collect();
                            }
                        }
                        "withdrawn" => request.withdrawn = matches!(text, "yes" | "true"),
                        _ => self.no_part(key.span, &key.text),
                    }
                }
            }
        }
        if request.file.is_empty() {
            self.add(item.span, "a source without a file", HINT);
            return None;
        }
        if request.withdrawn && request.sha256.is_none() {
            let hint = "`populace withdraw` writes both";
            self.add(
                item.span,
                "a withdrawn source is known by its `sha256`",
                hint,
            );
            return None;
        }
        Some(request)
    }

    fn no_part(&mut self, span: Span, written: &str) {
        let message = format!("`{}` does not belong to a source", excerpt(written));
        self.add(
            span,
            message,
            "a source has `file` and `sha256`, a withdrawn one also `withdrawn` and `tags`",
        );
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
