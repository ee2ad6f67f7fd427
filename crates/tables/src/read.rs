//! The second pass: from a source's text to cells.

use std::collections::HashMap;

use arrow_array::ArrayRef;
use privacy::{Ledger, Sealed};
use rayon::prelude::*;

use crate::cells::{Cell, visit};
use crate::detect::spelling;
use crate::format::{MomentFormat, NumberFormat, PositionFormat};
use crate::layout::Layout;
use crate::source::{Source, SourceError};
use crate::table::{Cells, Column, Kind, MISSING_LEVEL, Storage, Table};

impl Table {
    /// Reads all rows of a source into memory: 8 bytes for a number (9 with codes), 4 for a level, 1 for an identifier or text.
    ///
    /// A value that is not of its column's kind is missing. The table stays behind the ledger's door.
    ///
    /// # Errors
    ///
    /// What the source says, and a column with 2³² different levels.
    pub fn read(
        source: &mut Source,
        layout: &Layout,
        ledger: &mut Ledger,
    ) -> Result<Sealed<Table>, SourceError> {
        let mut readers = readers(layout);
        let rows = source.scan(ledger, "values into memory", &mut |batch| {
            readers
                .par_iter_mut()
                .zip(batch.columns())
                .for_each(|(reader, column)| {
                    if let Some(reader) = reader {
                        visit(column, |cell| reader.add(cell));
                    }
                });
            Ok::<(), SourceError>(())
        })?;
        Ok(Sealed::new(
            finished(layout, readers, rows as usize),
            source.about().clone(),
        ))
    }

    /// Hands all rows of a source on as small tables, one after the other, so that memory does not grow with them.
    ///
    /// # Errors
    ///
    /// What the source says.
    pub fn read_in_parts(
        source: &mut Source,
        layout: &Layout,
        ledger: &mut Ledger,
        purpose: &str,
        each: &mut dyn FnMut(&Table),
    ) -> Result<(), SourceError> {
        source.scan(ledger, purpose, &mut |batch| {
            let mut readers = readers(layout);
            for (reader, column) in readers.iter_mut().zip(batch.columns()) {
                if let Some(reader) = reader {
                    visit(column, |cell| reader.add(cell));
                }
            }
            each(&finished(layout, readers, batch.num_rows()));
            Ok::<(), SourceError>(())
        })?;
        Ok(())
    }
}

/// A reader for each column of the source that is not left out.
fn readers(layout: &Layout) -> Vec<Option<Reader>> {
    let columns = layout.columns.iter();
    columns.map(|column| Reader::new(&column.columns)).collect()
}

fn finished(layout: &Layout, readers: Vec<Option<Reader>>, rows: usize) -> Table {
    Table {
        columns: layout.table_columns(),
        cells: readers
            .into_iter()
            .flatten()
            .flat_map(Reader::finish)
            .collect(),
        rows,
    }
}

/// Reads the cells of one column of the source.
#[derive(Debug)]
pub(crate) enum Reader {
    Number {
        format: Read,
        codes: Codes,
        values: Vec<f64>,
        special: Vec<u8>,
    },
    Levels {
        missing: Option<String>,
        words: bool,
        places: HashMap<Box<str>, u32>,
        codes: Vec<u32>,
        buffer: String,
    },
    Opaque {
        missing: Option<String>,
        present: Vec<bool>,
    },
    Position {
        whole: PositionFormat,
        numbers: [NumberFormat; 2],
        values: [Vec<f64>; 2],
    },
}

/// How a text becomes a number.
#[derive(Debug)]
pub(crate) enum Read {
    Number(NumberFormat),
    Moment(MomentFormat),
}

/// The texts that stand for something else than a number.
#[derive(Debug)]
pub(crate) struct Codes {
    texts: Vec<String>,
}

impl Codes {
    fn of(&self, text: &str) -> u8 {
        self.texts
            .iter()
            .position(|code| code == text)
            .map_or(0, |place| place as u8 + 1)
    }
}

impl Reader {
    /// Of a column of the source that becomes these; none where it is left out.
    pub(crate) fn new(columns: &[Column]) -> Option<Self> {
        let column = columns.first()?;
        let number = |format| Reader::Number {
            format,
            codes: Codes {
                texts: column.codes.clone(),
            },
            values: Vec::new(),
            special: Vec::new(),
        };
        Some(match &column.kind {
            Kind::Number(format) => number(Read::Number(format.clone())),
            Kind::Moment(format) => number(Read::Moment(format.clone())),
            Kind::Boolean { .. } | Kind::Category => Reader::Levels {
                missing: column.missing.clone(),
                words: column.storage == Storage::Text,
                places: HashMap::new(),
                codes: Vec::new(),
                buffer: String::new(),
            },
            Kind::Identifier(_) | Kind::Text(_) => Reader::Opaque {
                missing: column.missing.clone(),
                present: Vec::new(),
            },
            Kind::Position(first) => {
                let second = match columns.get(1).map(|column| &column.kind) {
                    Some(Kind::Position(second)) => second,
                    _ => first,
                };
                Reader::Position {
                    whole: first.whole.clone(),
                    numbers: [first.number.clone(), second.number.clone()],
                    values: [Vec::new(), Vec::new()],
                }
            }
        })
    }

    fn add(&mut self, cell: Cell<'_>) {
        match self {
            Reader::Number {
                format,
                codes,
                values,
                special,
            } => {
                let value = match (cell, &*format) {
                    (Cell::Text(text), Read::Number(format)) => format.read(text),
                    (Cell::Text(text), Read::Moment(format)) => format.read(text),
                    (Cell::Integer(value), _) => Some(value as f64),
                    (Cell::Number(value) | Cell::Moment(value), _) => Some(value),
                    (Cell::Boolean(value), _) => Some(f64::from(u8::from(value))),
                    (Cell::Null, _) => None,
                };
                if !codes.texts.is_empty() {
                    let code = match (value, cell) {
                        (None, Cell::Text(text)) => codes.of(text),
                        _ => 0,
                    };
                    special.push(code);
                }
                values.push(value.unwrap_or(f64::NAN));
            }
            Reader::Levels {
                missing,
                words,
                places,
                codes,
                buffer,
            } => {
                buffer.clear();
                let text = match cell {
                    Cell::Null => {
                        codes.push(MISSING_LEVEL);
                        return;
                    }
                    Cell::Text(text) if *words => text,
                    other => {
                        write_stored(other, buffer);
                        buffer
                    }
                };
                if missing.as_deref() == Some(text) {
                    codes.push(MISSING_LEVEL);
                    return;
                }
                let next = places.len() as u32;
                let code = places.get(text).copied().unwrap_or_else(|| {
                    places.insert(text.into(), next);
                    next
                });
                codes.push(code);
            }
            Reader::Opaque { missing, present } => present.push(match cell {
                Cell::Null => false,
                Cell::Text(text) => missing.as_deref() != Some(text) && spelling(text).is_none(),
                _ => true,
            }),
            Reader::Position {
                whole,
                numbers,
                values,
            } => {
                let read = match cell {
                    Cell::Text(text) => whole.split(text).and_then(|(first, second)| {
                        Some([numbers[0].read(first)?, numbers[1].read(second)?])
                    }),
                    _ => None,
                };
                for (half, value) in values.iter_mut().zip(read.unwrap_or([f64::NAN; 2])) {
                    half.push(value);
                }
            }
        }
    }

    /// The cells of a part of the rows. Codes of levels count them in the order in which they were met, in this part or in one before; their texts are left out.
    pub(crate) fn part(&mut self, column: &ArrayRef) -> Vec<Cells> {
        visit(column, |cell| self.add(cell));
        self.taken()
    }

    /// All cells since the last call.
    fn taken(&mut self) -> Vec<Cells> {
        let numbers = |values: &mut Vec<f64>, special: &mut Vec<u8>| Cells::Numbers {
            values: std::mem::take(values),
            special: std::mem::take(special),
        };
        match self {
            Reader::Number {
                values, special, ..
            } => vec![numbers(values, special)],
            Reader::Opaque { present, .. } => vec![Cells::Opaque {
                present: std::mem::take(present),
            }],
            Reader::Position {
                values: [first, second],
                ..
            } => [first, second]
                .map(|values| numbers(values, &mut Vec::new()))
                .into(),
            Reader::Levels { codes, .. } => vec![Cells::Levels {
                codes: std::mem::take(codes),
                levels: Vec::new(),
            }],
        }
    }

    /// The levels met so far in order of text, and for each in the order in which they were met its place among them.
    pub(crate) fn levels(&self) -> (Vec<String>, Vec<u32>) {
        let Reader::Levels { places, .. } = self else {
            return Default::default();
        };
        // Levels come in the order of the file; the table has them in order of text, whatever the map's own order is.
        let mut met: Vec<(&str, u32)> =
            places.iter().map(|(text, &code)| (&**text, code)).collect();
        met.sort_unstable();
        let mut place_of = vec![0; met.len()];
        for (place, &(_, code)) in met.iter().enumerate() {
            place_of[code as usize] = place as u32;
        }
        let levels = met.into_iter().map(|(text, _)| text.to_owned()).collect();
        (levels, place_of)
    }

    fn finish(mut self) -> Vec<Cells> {
        let (texts, place_of) = self.levels();
        let mut cells = self.taken();
        for cells in &mut cells {
            if let Cells::Levels { codes, levels } = cells {
                for code in codes {
                    if *code != MISSING_LEVEL {
                        *code = place_of[*code as usize];
                    }
                }
                levels.clone_from(&texts);
            }
        }
        cells
    }
}

/// A stored value as the text of a level.
pub(crate) fn write_stored(cell: Cell<'_>, text: &mut String) {
    use std::fmt::Write as _;
    // Writing to a string cannot fail.
    let _ = match cell {
        Cell::Null => Ok(()),
        Cell::Text(value) => write!(text, "{value}"),
        Cell::Integer(value) => write!(text, "{value}"),
        Cell::Number(value) | Cell::Moment(value) => write!(text, "{value}"),
        Cell::Boolean(value) => write!(text, "{value}"),
    };
}
