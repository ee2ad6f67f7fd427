//! Splits text into records and cells, by RFC 4180 and its dialects.

use crate::source::dialect::Dialect;

/// What [`Splitter::next`] found at the front of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A record that takes up so many bytes, its line break included.
    Record { length: usize },
    /// The text ends inside a record, and more is to come.
    Incomplete,
    /// There is no text left.
    Nothing,
    /// The text ends inside quotes.
    Unclosed,
    /// A cell goes on behind its closing quote; the cell's place in the record, counted from 0.
    AfterQuote { cell: usize },
}

/// Where a cell's text is: in the record itself, or unescaped in the scratch space.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
    unescaped: bool,
}

/// Takes one record at a time off the front of a text.
#[derive(Debug)]
pub(crate) struct Splitter {
    dialect: Dialect,
    /// Which bytes end a run of ordinary ones outside quotes.
    stops: [bool; 256],
    cells: Vec<Place>,
    scratch: Vec<u8>,
    quoted: usize,
    spaced: usize,
    breaks: u64,
    open: bool,
}

impl Splitter {
    pub(crate) fn new(dialect: Dialect) -> Self {
        let mut stops = [false; 256];
        for byte in [dialect.delimiter, b'\n', b'\r'] {
            stops[usize::from(byte)] = true;
        }
        Self {
            dialect,
            stops,
            cells: Vec::new(),
            scratch: Vec::new(),
            quoted: 0,
            spaced: 0,
            open: false,
            breaks: 0,
        }
    }

    /// Splits the record at the front of `text`; `last` says that nothing follows the text.
    pub(crate) fn next(&mut self, text: &[u8], last: bool) -> Found {
        self.cells.clear();
        self.scratch.clear();
        self.quoted = 0;
        self.spaced = 0;
        self.open = false;
        self.breaks = 0;
        if text.is_empty() {
            return if last {
                Found::Nothing
            } else {
                Found::Incomplete
            };
        }
        let mut place = 0;
        loop {
            if self.dialect.spaced && !self.cells.is_empty() && text.get(place) == Some(&b' ') {
                self.spaced += 1;
                place += 1;
            }
            if text.get(place) == Some(&self.dialect.quote) {
                self.open = true;
                match self.take_quoted(text, place + 1, last) {
                    Ok(end) => {
                        self.open = false;
                        place = end;
                    }
                    Err(found) => return found,
                }
            } else {
                let start = place;
                while place < text.len() && !self.stops[usize::from(text[place])] {
                    place += 1;
                }
                self.cells.push(Place {
                    start,
                    end: place,
                    unescaped: false,
                });
            }
            match text.get(place) {
                None if last => return Found::Record { length: place },
                None => return Found::Incomplete,
                Some(b'\n') => {
                    self.breaks += 1;
                    return Found::Record { length: place + 1 };
                }
                Some(b'\r') => match text.get(place + 1) {
                    Some(b'\n') => {
                        self.breaks += 1;
                        return Found::Record { length: place + 2 };
                    }
                    None if !last => return Found::Incomplete,
                    _ => {
                        self.breaks += 1;
                        return Found::Record { length: place + 1 };
                    }
                },
                // The delimiter: `take_quoted` and the loop above stop at nothing else.
                Some(_) => place += 1,
            }
        }
    }

    /// A cell behind its opening quote; returns the place behind the closing one.
    fn take_quoted(&mut self, text: &[u8], start: usize, last: bool) -> Result<usize, Found> {
        let quote = self.dialect.quote;
        let mut place = start;
        let mut copied = start;
        let scratch_start = self.scratch.len();
        let mut unescaped = false;
        loop {
            let Some(&byte) = text.get(place) else {
                return Err(if last {
                    Found::Unclosed
                } else {
                    Found::Incomplete
                });
            };
            if byte == b'\n' {
                self.breaks += 1;
            }
            if Some(byte) == self.dialect.escape {
                match text.get(place + 1) {
                    Some(&next) if next == quote || next == byte => {
                        self.scratch.extend_from_slice(&text[copied..place]);
                        copied = place + 1;
                        unescaped = true;
                        place += 2;
                    }
                    Some(_) => place += 1,
                    None => {
                        return Err(if last {
                            Found::Unclosed
                        } else {
                            Found::Incomplete
                        });
                    }
                }
                continue;
            }
            if byte != quote {
                place += 1;
                continue;
            }
            match text.get(place + 1) {
                Some(&next) if next == quote => {
                    self.scratch.extend_from_slice(&text[copied..=place]);
                    copied = place + 2;
                    unescaped = true;
                    place += 2;
                }
                Some(&next) if self.stops[usize::from(next)] => break,
                Some(_) => {
                    return Err(Found::AfterQuote {
                        cell: self.cells.len(),
                    });
                }
                None if last => break,
                None => return Err(Found::Incomplete),
            }
        }
        self.quoted += 1;
        if unescaped {
            self.scratch.extend_from_slice(&text[copied..place]);
            self.cells.push(Place {
                start: scratch_start,
                end: self.scratch.len(),
                unescaped,
            });
        } else {
            self.cells.push(Place {
                start,
                end: place,
                unescaped,
            });
        }
        Ok(place + 1)
    }

    /// Cells of the record.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Cells that were quoted.
    pub(crate) fn quoted(&self) -> usize {
        self.quoted
    }

    /// Lines of the record.
    pub(crate) fn breaks(&self) -> u64 {
        self.breaks
    }

    /// Whether the text ended inside quotes.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Cells with a space in front that [`Dialect::spaced`] took off.
    pub(crate) fn spaced(&self) -> usize {
        self.spaced
    }

    /// A cell of the record at the front of `text`.
    pub(crate) fn cell<'t>(&'t self, text: &'t [u8], index: usize) -> Option<&'t [u8]> {
        self.cells.get(index).map(|place| {
            let within = if place.unescaped {
                &self.scratch[..]
            } else {
                text
            };
            &within[place.start..place.end]
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str, dialect: Dialect) -> Vec<Vec<String>> {
        let mut splitter = Splitter::new(dialect);
        let mut rest = text.as_bytes();
        let mut records = Vec::new();
        while let Found::Record { length } = splitter.next(rest, true) {
            records.push(
                (0..splitter.len())
                    .map(|cell| {
                        String::from_utf8(splitter.cell(rest, cell).unwrap().to_vec()).unwrap()
                    })
                    .collect(),
            );
            rest = &rest[length..];
        }
        records
    }

    #[test]
    fn quotes_hold_delimiters_breaks_and_quotes() {
        let text = "a,b\r\n\"x, \"\"y\"\"\",\"1\n2\"\rlast,";
        assert_eq!(
            all(text, Dialect::default()),
            [["a", "b"], ["x, \"y\"", "1\n2"], ["last", ""]]
        );
        let escaped = Dialect {
            escape: Some(b'\\'),
            ..Dialect::default()
        };
        assert_eq!(all("\"a\\\"b\\\\c\\d\",e", escaped), [["a\"b\\c\\d", "e"]]);
        let spaced = Dialect {
            spaced: true,
            ..Dialect::default()
        };
        assert_eq!(all("a, b, \"c, d\"\n", spaced), [["a", "b", "c, d"]]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let mut splitter = Splitter::new(Dialect::default());
        assert_eq!(splitter.next(b"a,\"b", true), Found::Unclosed);
        assert_eq!(splitter.next(b"a,\"b", false), Found::Incomplete);
        assert_eq!(
            splitter.next(b"a,\"b\"c,d\n", true),
            Found::AfterQuote { cell: 1 }
        );
        assert_eq!(splitter.next(b"a\r", false), Found::Incomplete);
        assert_eq!(splitter.next(b"", true), Found::Nothing);
    }

    proptest! {
        #[test]
        fn any_cells_come_back_from_rfc_4180(cells in prop::collection::vec(prop::collection::vec("[a,\"\\n\\r é]{0,6}", 2..4), 1..5)) {
            let text: String = cells.iter().map(|record| {
                let quoted: Vec<String> = record.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
                quoted.join(",") + "\n"
            }).collect();
            prop_assert_eq!(all(&text, Dialect::default()), cells);
        }
    }
}
