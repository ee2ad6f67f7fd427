//! Which characters separate and quote the cells of a CSV file.

use serde::{Deserialize, Serialize};

use crate::source::records::{Found, Splitter};

/// How a CSV file separates and quotes its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// Between cells, in ASCII: `,`, `;`, a tab or `|`.
    pub delimiter: u8,
    /// Around cells that hold a delimiter: `"` or `'`; doubled inside.
    pub quote: u8,
    /// Before a quote inside a quoted cell, instead of doubling: `\`.
    pub escape: Option<u8>,
    /// Whether every delimiter is followed by a space that belongs to no cell.
    pub spaced: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: b'"',
            escape: None,
            spaced: false,
        }
    }
}

impl Dialect {
    /// For people: `cells separated by tabs`.
    pub fn describe(&self) -> String {
        let delimiter = match self.delimiter {
            b'\t' => "tabs".to_owned(),
            b',' => "commas".to_owned(),
            b';' => "semicolons".to_owned(),
            other => format!("`{}`", char::from(other)),
        };
        let quote = match self.quote {
            b'\'' => ", quoted with `'`",
            _ => "",
        };
        let spaced = if self.spaced { " and spaces" } else { "" };
        format!("cells separated by {delimiter}{spaced}{quote}")
    }
}

/// So many records of the beginning are looked at.
const RECORDS: usize = 200;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The dialect under which the beginning of a file looks most like a table: nearly all records have the same number of cells, and more than one.
///
/// `whole` says that nothing follows; `delimiter` is the user's word for it.
pub(crate) fn recognise(head: &[u8], whole: bool, delimiter: Option<u8>) -> Dialect {
    let escape = escapes(head).then_some(b'\\');
    let mut best = (
        0.0,
        Dialect {
            escape,
            ..Dialect::default()
        },
    );
    for quote in *b"\"'" {
        for candidate in DELIMITERS {
            let dialect = Dialect {
                delimiter: delimiter.unwrap_or(candidate),
                quote,
                escape,
                spaced: false,
            };
            let score = score(head, whole, dialect);
            // A later candidate must be clearly better: a comma in every heading is likelier than a pipe in every cell.
            if score > best.0 + 0.02 {
                best = (score, dialect);
            }
        }
    }
    let mut dialect = best.1;
    if let Some(delimiter) = delimiter {
        dialect.delimiter = delimiter;
    }
    dialect.spaced = is_spaced(head, whole, dialect);
    dialect
}

/// Whether quotes inside cells are escaped by a backslash rather than doubled.
fn escapes(head: &[u8]) -> bool {
    let pairs = |first: u8, inner: bool| {
        head.windows(3)
            .filter(|three| {
                three[0] == first
                    && three[1] == b'"'
                    // `""` as a whole empty cell is no doubled quote.
                    && (!inner || !matches!(three[2], b',' | b';' | b'\t' | b'|' | b'\r' | b'\n'))
            })
            .count()
    };
    pairs(b'\\', false) > 0 && pairs(b'"', true) == 0
}

fn first_records(
    head: &[u8],
    whole: bool,
    dialect: Dialect,
    mut each: impl FnMut(&Splitter, &[u8]),
) {
    let mut splitter = Splitter::new(dialect);
    let mut place = 0;
    for _ in 0..RECORDS {
        match splitter.next(&head[place..], whole) {
            Found::Record { length } => {
                each(&splitter, &head[place..]);
                place += length;
            }
            Found::Incomplete | Found::Nothing | Found::Unclosed | Found::AfterQuote { .. } => {
                break;
            }
        }
    }
}

fn score(head: &[u8], whole: bool, dialect: Dialect) -> f64 {
    let mut counts: Vec<usize> = Vec::new();
    let (mut quoted, mut cells, mut bytes) = (0usize, 0usize, 0usize);
    first_records(head, whole, dialect, |splitter, text| {
        if splitter.len() > 1 || splitter.cell(text, 0).is_some_and(|cell| !cell.is_empty()) {
            counts.push(splitter.len());
        }
        cells += splitter.len();
        quoted += splitter.quoted();
        bytes = bytes.max(splitter.len());
    });
    let mut sorted = counts.clone();
    sorted.sort_unstable();
    let Some(&middle) = sorted.get(sorted.len() / 2) else {
        return 0.0;
    };
    if middle < 2 {
        return 0.01;
    }
    let same = counts.iter().filter(|&&count| count == middle).count();
    let share = same as f64 / counts.len() as f64;
    let header = if counts[0] == middle { 1.0 } else { 0.6 };
    // Quotes that enclose cells are evidence for both quote and delimiter.
    let enclosing = quoted as f64 / cells.max(1) as f64;
    share * header * (1.0 + 0.05 * (middle.min(100) as f64).ln()) + 0.5 * enclosing
}

/// Whether nearly every cell but the first of a record starts with a space.
fn is_spaced(head: &[u8], whole: bool, dialect: Dialect) -> bool {
    let (mut spaced, mut all) = (0usize, 0usize);
    first_records(
        head,
        whole,
        Dialect {
            spaced: true,
            ..dialect
        },
        |splitter, _| {
            all += splitter.len() - 1;
            spaced += splitter.spaced();
        },
    );
    all > 0 && spaced * 10 >= all * 9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Dialect {
        recognise(text.as_bytes(), true, None)
    }

    #[test]
    fn delimiters_are_told_apart() {
        assert_eq!(of("a,b,c\n1,2,3\n4,5,6\n").delimiter, b',');
        assert_eq!(of("a;b\n1,5;2,5\n3,5;4,5\n").delimiter, b';');
        assert_eq!(of("a\tb\nx, y\tz\nx, y\tz\n").delimiter, b'\t');
        assert_eq!(of("a|b|c\n1|2|3\n").delimiter, b'|');
        assert_eq!(of("only\n1\n2\n").delimiter, b',');
        assert_eq!(of("").delimiter, b',');
        assert_eq!(of("a,b\n\"x;y;z\",2\n\"x;y\",3\n").delimiter, b',');
    }

    #[test]
    fn quotes_escapes_and_spaces_are_told_apart() {
        let single = of("a,b\n'x, y',1\n'z, w',2\n'u',3\n");
        assert_eq!((single.delimiter, single.quote), (b',', b'\''));
        assert_eq!(of("a,b\nit's,1\nthat's,2\n").quote, b'"');
        assert_eq!(of("a,b\n\"say \\\"hi\\\"\",1\n").escape, Some(b'\\'));
        assert_eq!(of("a,b\n\"say \"\"hi\"\"\",1\n").escape, None);
        assert_eq!(of("a,b\n\"\",1\n").escape, None);
        assert!(of("39, State-gov, 77516\n50, Private, 83311\n").spaced);
        assert!(!of("39,State gov,77516\n50, Private,83311\n").spaced);
    }
}
