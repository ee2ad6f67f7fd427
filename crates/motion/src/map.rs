//! The file that says which joint is which: YAML, or JSON, which is a part of it.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser};

use crate::error::MotionError;

/// A longer file is refused before it is parsed.
const MAX_BYTES: usize = 1 << 20;
const FORM: &str =
    "write lines such as `left_upper_leg: THEIR_NAME`; docs/motion.md lists our names";

/// Reads `ours: theirs`, one a line.
pub(crate) fn read(text: &str) -> Result<BTreeMap<String, String>, MotionError> {
    if text.len() > MAX_BYTES {
        return Err(MotionError::new("the map has more than 1 MiB", FORM));
    }
    let mut map = BTreeMap::new();
    let mut key: Option<String> = None;
    let mut depth = 0;
    let options = granit_parser::options! { emit_comments: false };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line().max(1);
            MotionError::at(line, "the map is not valid YAML", FORM)
        })?;
        let line = span.start.line();
        match event {
            Event::Scalar(word, ..) if depth == 1 => match key.take() {
                None => key = Some(word.to_string()),
                Some(ours) => {
                    if map.contains_key(&ours) {
                        return Err(MotionError::at(
                            line,
                            format!("the map names `{ours}` twice"),
                            "keep one of them",
                        ));
                    }
                    map.insert(ours, word.to_string());
                }
            },
            Event::MappingStart(..) if depth == 0 => depth = 1,
            Event::MappingEnd => depth = 0,
            Event::Scalar(..)
            | Event::SequenceStart(..)
            | Event::MappingStart(..)
            | Event::Alias(_) => {
                return Err(MotionError::at(
                    line,
                    "a map has one name of ours and one of theirs a line",
                    FORM,
                ));
            }
            _ => {}
        }
    }
    Ok(map)
}
