//! CSV files, plain or compressed, as record batches of text.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::source::decode::{DecodeError, Decoder, Encoding};
use crate::source::dialect::{self, Dialect};
use crate::source::error::SourceError;
use crate::source::records::{Found, Splitter};
use crate::source::{BATCH_ROWS, MAX_COLUMNS, SourceOptions};

/// A record that takes more bytes than this is an unclosed quote, not a record.
const MAX_RECORD: usize = 1 << 24;
/// A batch is handed on early when its text takes so many bytes.
const BATCH_BYTES: usize = 1 << 24;
/// So much of a file is looked at to find its dialect.
const HEAD: usize = 1 << 18;

/// How a CSV file is to be read; found once, used at every scan.
#[derive(Debug, Clone)]
pub(crate) struct CsvPlan {
    pub(crate) dialect: Dialect,
    pub(crate) header: bool,
    pub(crate) names: Vec<String>,
    /// Of the beginning; a letter further on may still change it.
    pub(crate) encoding: Encoding,
}

/// Text that is decoded as needed, with records taken off its front.
struct Text<'p> {
    path: &'p Path,
    decoder: Decoder,
    buffer: Vec<u8>,
    /// Where the next record starts in `buffer`.
    place: usize,
    /// The line at which it starts, counted from 1.
    line: u64,
    whole: bool,
}

impl<'p> Text<'p> {
    fn open(path: &'p Path) -> Result<Self, SourceError> {
        let file = File::open(path).map_err(|error| SourceError::io(path, &error))?;
        let packed = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("gz"));
        let input: Box<dyn Read> = if packed {
            Box::new(flate2::read::MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        Ok(Self {
            path,
            decoder: Decoder::new(input),
            buffer: Vec::new(),
            place: 0,
            line: 1,
            whole: false,
        })
    }

    fn more(&mut self) -> Result<(), SourceError> {
        if self.place > 0 {
            self.buffer.drain(..self.place);
            self.place = 0;
        }
        match self.decoder.read_into(&mut self.buffer) {
            Ok(more) => {
                self.whole = !more;
                Ok(())
            }
            Err(error) => Err(self.decode_error(&error)),
        }
    }

    fn decode_error(&self, error: &DecodeError) -> SourceError {
        let shown = self.path.display();
        match error {
            DecodeError::Io(error) => SourceError::io(self.path, error),
            DecodeError::Mixed { line } => SourceError::input(
                format!(
                    "{shown}, line {line}: the text changes its encoding here; until then it was {}",
                    self.decoder.encoding().name()
                ),
                "save the whole file as UTF-8; files of several programs were probably joined",
            ),
            DecodeError::Nul { line } => SourceError::input(
                format!("{shown}, line {line}: a NUL byte, which no text holds"),
                "the file is binary or damaged; export it as CSV again",
            ),
        }
    }

    /// The next record; its cells are in `splitter` over [`front`](Text::front) until [`pass`](Text::pass) is called with its length.
    fn next(&mut self, splitter: &mut Splitter) -> Result<Option<usize>, SourceError> {
        loop {
            let front = &self.buffer[self.place..];
            match splitter.next(front, self.whole) {
                Found::Record { length } => return Ok(Some(length)),
                Found::Nothing => return Ok(None),
                Found::Incomplete if front.len() < MAX_RECORD => self.more()?,
                Found::Incomplete if !splitter.is_open() => {
                    let (shown, line) = (self.path.display(), self.line);
                    return Err(SourceError::input(
                        format!("{shown}, line {line} has more than 16 MiB"),
                        "a table has a line for each row; is this the right file?",
                    ));
                }
                Found::Incomplete | Found::Unclosed => {
                    let (shown, line) = (self.path.display(), self.line);
                    return Err(SourceError::input(
                        format!(
                            "{shown}, line {line}: a quoted cell begins here and is never closed"
                        ),
                        "add the closing quote, or double the quotes inside the cell",
                    ));
                }
                Found::AfterQuote { cell } => {
                    let (shown, line) = (self.path.display(), self.line + splitter.breaks());
                    return Err(SourceError::input(
                        format!(
                            "{shown}, line {line}: text follows the closing quote of cell {}",
                            cell + 1
                        ),
                        "quotes inside a quoted cell are doubled",
                    ));
                }
            }
        }
    }

    fn front(&self) -> &[u8] {
        &self.buffer[self.place..]
    }

    fn pass(&mut self, length: usize, breaks: u64) {
        self.place += length;
        self.line += breaks;
    }
}

impl CsvPlan {
    /// Looks at the beginning of a file.
    pub(crate) fn of(path: &Path, options: &SourceOptions) -> Result<Self, SourceError> {
        let mut text = Text::open(path)?;
        while text.buffer.len() < HEAD && !text.whole {
            text.more()?;
        }
        let dialect = dialect::recognise(&text.buffer, text.whole, options.delimiter);
        let mut splitter = Splitter::new(dialect);
        let mut first: Vec<String> = Vec::new();
        let mut second: Vec<String> = Vec::new();
        for record in [&mut first, &mut second] {
            while let Some(length) = text.next(&mut splitter)? {
                if splitter.len() > MAX_COLUMNS {
                    return Err(too_wide(path, splitter.len()));
                }
                let blank = is_blank(&splitter, text.front());
                record.extend((0..splitter.len()).map(|cell| {
                    let bytes = splitter.cell(text.front(), cell).unwrap_or_default();
                    String::from_utf8_lossy(bytes).into_owned()
                }));
                text.pass(length, splitter.breaks());
                if !blank {
                    break;
                }
                record.clear();
            }
        }
        let shown = path.display();
        if first.is_empty() {
            return Err(SourceError::input(
                format!("{shown} has no columns: it is empty"),
                "a table begins with a line of column names",
            ));
        }
        let header = options.header.unwrap_or_else(|| !is_data(&first, &second));
        let names = if header {
            names(first, path)?
        } else {
            (1..=first.len())
                .map(|place| format!("column_{place}"))
                .collect()
        };
        Ok(Self {
            dialect,
            header,
            names,
            encoding: text.decoder.encoding(),
        })
    }

    /// The batches' schema: every column is text.
    pub(crate) fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self
            .names
            .iter()
            .map(|name| Field::new(name, DataType::Utf8, true))
            .collect();
        Arc::new(Schema::new(fields))
    }

    /// Hands every record of a file on, in batches; returns their number.
    pub(crate) fn scan<E: From<SourceError>>(
        &self,
        path: &Path,
        schema: &SchemaRef,
        each: &mut dyn FnMut(&RecordBatch) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut text = Text::open(path)?;
        let mut splitter = Splitter::new(self.dialect);
        let mut columns: Vec<TextColumn> =
            self.names.iter().map(|_| TextColumn::default()).collect();
        let (mut rows, mut waiting, mut bytes) = (0, 0, 0);
        let mut header = self.header;
        while let Some(length) = text.next(&mut splitter)? {
            // An empty line is the missing value of a table with one column, and nothing at all in any other.
            if is_blank(&splitter, text.front()) && (self.names.len() > 1 || header) {
                text.pass(length, splitter.breaks());
                continue;
            }
            if splitter.len() != self.names.len() {
                return Err(self.ragged(path, text.line, splitter.len()).into());
            }
            if header {
                header = false;
                self.compare(path, &splitter, text.front())?;
                text.pass(length, splitter.breaks());
                continue;
            }
            for (index, column) in columns.iter_mut().enumerate() {
                column.push(splitter.cell(text.front(), index).unwrap_or_default());
            }
            text.pass(length, splitter.breaks());
            waiting += 1;
            bytes += length;
            if waiting == BATCH_ROWS || bytes >= BATCH_BYTES {
                rows += waiting as u64;
                each(&batch(&mut columns, schema)?)?;
                (waiting, bytes) = (0, 0);
            }
        }
        if waiting > 0 {
            rows += waiting as u64;
            each(&batch(&mut columns, schema)?)?;
        }
        Ok(rows)
    }

    fn ragged(&self, path: &Path, line: u64, found: usize) -> SourceError {
        let (shown, expected) = (path.display(), self.names.len());
        let cells = if found == 1 { "cell" } else { "cells" };
        let which = match self.names.get(found) {
            Some(name) => format!("there is none for `{name}`"),
            None => format!(
                "the last column is `{}`",
                self.names.last().map_or("", String::as_str)
            ),
        };
        SourceError::input(
            format!(
                "{shown}, line {line} has {found} {cells}, and the table has {expected} columns; {which}"
            ),
            "a cell that holds a delimiter must be in quotes",
        )
    }

    /// A further file of a folder must have the same columns.
    fn compare(&self, path: &Path, splitter: &Splitter, front: &[u8]) -> Result<(), SourceError> {
        for (index, name) in self.names.iter().enumerate() {
            let found = splitter.cell(front, index).unwrap_or_default();
            if !found.is_empty() && String::from_utf8_lossy(found).trim() != name {
                return Err(SourceError::input(
                    format!(
                        "{}, line 1: column {} is not `{name}`, as in the first file of the folder",
                        path.display(),
                        index + 1
                    ),
                    "all files of a folder are one table: the same columns in the same order",
                ));
            }
        }
        Ok(())
    }
}

fn is_blank(splitter: &Splitter, front: &[u8]) -> bool {
    splitter.len() == 1
        && splitter.quoted() == 0
        && splitter.cell(front, 0).is_none_or(<[u8]>::is_empty)
}

pub(crate) fn too_wide(path: &Path, found: usize) -> SourceError {
    SourceError::input(
        format!(
            "{} has {} columns; a table has at most {}",
            path.display(),
            privacy::grouped(found as u64),
            privacy::grouped(MAX_COLUMNS as u64)
        ),
        "if columns repeat (one a day, one a gene), turn them into rows of a second table",
    )
}

/// Whether the first record is no header: some cell of it is a number and so is the one below, and no cell is a word above a number.
fn is_data(first: &[String], second: &[String]) -> bool {
    let number = |text: &String| text.trim().parse::<f64>().is_ok_and(f64::is_finite);
    let pairs = || first.iter().zip(second);
    first.len() == second.len()
        && pairs().any(|(above, below)| number(above) && number(below))
        && !pairs()
            .any(|(above, below)| !number(above) && !above.trim().is_empty() && number(below))
}

/// Column names from the header's cells.
fn names(cells: Vec<String>, path: &Path) -> Result<Vec<String>, SourceError> {
    let names: Vec<String> = cells
        .into_iter()
        .enumerate()
        .map(|(index, cell)| match cell.trim() {
            "" => format!("column_{}", index + 1),
            name => name.to_owned(),
        })
        .collect();
    unique(&names, &path.display().to_string())?;
    Ok(names)
}

/// No two columns may share a name.
pub(crate) fn unique(names: &[String], place: &str) -> Result<(), SourceError> {
    let mut seen = std::collections::BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        if let Some(before) = seen.insert(name.as_str(), index) {
            return Err(SourceError::input(
                format!(
                    "{place}: columns {} and {} are both called `{name}`",
                    before + 1,
                    index + 1
                ),
                "give every column a name of its own",
            ));
        }
    }
    Ok(())
}

/// Text of one column, end to end.
#[derive(Default)]
struct TextColumn {
    bytes: Vec<u8>,
    ends: Vec<i32>,
}

impl TextColumn {
    fn push(&mut self, cell: &[u8]) {
        self.bytes.extend_from_slice(cell);
        // A batch is handed on long before its text could pass 2 GiB.
        self.ends.push(self.bytes.len() as i32);
    }

    fn take(&mut self) -> Result<StringArray, arrow_schema::ArrowError> {
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        StringArray::try_new(
            offsets,
            Buffer::from_vec(std::mem::take(&mut self.bytes)),
            None,
        )
    }
}

fn batch(columns: &mut [TextColumn], schema: &SchemaRef) -> Result<RecordBatch, SourceError> {
    let arrays: Result<Vec<ArrayRef>, _> = columns
        .iter_mut()
        .map(|column| column.take().map(|array| Arc::new(array) as ArrayRef))
        .collect();
    arrays
        .and_then(|arrays| RecordBatch::try_new(Arc::clone(schema), arrays))
        .map_err(|error| {
            SourceError::machine(
                format!("cells do not fit a batch: {error}"),
                "please report this",
            )
        })
}

/// The files of a table in a folder, in order of their names.
pub(crate) fn is_csv(path: &Path) -> bool {
    let mut path = PathBuf::from(path);
    if path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("gz"))
    {
        path.set_extension("");
    }
    path.extension().is_some_and(|end| {
        ["csv", "tsv", "txt", "tab", "psv", "data"]
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    })
}
