//! Tables as files: CSV by RFC 4180 in the columns' own formats, and typed Parquet.
//!
//! A file appears under its name once it is whole: it is written beside it and renamed.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, Float32Array, Float64Array, Int8Array, Int16Array,
    Int32Array, Int64Array, RecordBatch, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array,
    UInt64Array,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit as ArrowUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use population::Seed;
use population::stream::Streams;

use crate::format::Zone;
use crate::source::SourceError;
use crate::table::{
    Cells, Column, Half, Kind, MISSING_LEVEL, NO_ROW, Part, Storage, Table, TimeUnit,
};

/// Which file to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Text, comma-separated, one line a row; values in the columns' own formats.
    Csv,
    /// Columns with types, compressed with Snappy; values as numbers and times where the column holds nothing else.
    Parquet,
}

/// Writes a table of any length, batch by batch.
pub struct TableWriter {
    columns: Vec<Column>,
    output: Output,
    path: PathBuf,
    hidden: PathBuf,
    seed: Seed,
    rows: u64,
    finished: bool,
}

enum Output {
    Csv(BufWriter<File>, Vec<u8>),
    Parquet(Box<ArrowWriter<File>>, SchemaRef),
}

impl fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableWriter")
            .field("path", &self.path)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

fn failure(path: &Path, error: &std::io::Error) -> SourceError {
    SourceError::machine(
        format!(
            "{} cannot be written: {}",
            path.display(),
            crate::source::plain(error)
        ),
        "nothing was left half written",
    )
}

impl TableWriter {
    /// Starts a file. Identifiers and texts are made up here, from the seed and the row's number in the file: tables only say where there is one.
    ///
    /// # Errors
    ///
    /// A folder that does not exist or cannot be written to.
    pub fn create(
        path: &Path,
        format: FileFormat,
        columns: &[Column],
        seed: Seed,
    ) -> Result<Self, SourceError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let hidden = path.with_file_name(name);
        let file = File::create(&hidden).map_err(|error| failure(path, &error))?;
        let output = match format {
            FileFormat::Csv => {
                let mut line = Vec::new();
                for (place, column) in written(columns).enumerate() {
                    if place > 0 {
                        line.push(b',');
                    }
                    push_cell(column.name.as_bytes(), &mut line);
                }
                line.push(b'\n');
                Output::Csv(BufWriter::with_capacity(1 << 18, file), line)
            }
            FileFormat::Parquet => {
                let fields: Vec<Field> = written(columns)
                    .map(|column| Field::new(&column.name, data_type(column), true))
                    .collect();
                let schema = Arc::new(Schema::new(fields));
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_created_by("populace".to_owned())
                    .build();
                let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
                    .map_err(|error| failure(path, &std::io::Error::other(error)))?;
                Output::Parquet(Box::new(writer), schema)
            }
        };
        Ok(Self {
            columns: columns.to_vec(),
            output,
            path: path.to_owned(),
            hidden,
            seed,
            rows: 0,
            finished: false,
        })
    }

    /// Appends the rows of a table with the same columns.
    ///
    /// # Errors
    ///
    /// A full disk, or another failure of the machine; a table with other columns.
    pub fn write(&mut self, table: &Table) -> Result<(), SourceError> {
        let fits = table.columns == self.columns
            && table.cells.len() == table.columns.len()
            && table.cells.iter().all(|cells| cells.len() == table.rows);
        if !fits {
            return Err(SourceError::input(
                format!(
                    "{}: the rows do not fit the file's columns",
                    self.path.display()
                ),
                "",
            ));
        }
        match &mut self.output {
            Output::Csv(file, line) => {
                let levels = quoted_levels(table);
                let mut text = String::new();
                for row in 0..table.rows {
                    let number = self.rows + row as u64;
                    csv_line(table, &levels, row, number, self.seed, &mut text, line);
                    if line.len() > 1 << 16 {
                        file.write_all(line)
                            .map_err(|error| failure(&self.path, &error))?;
                        line.clear();
                    }
                }
            }
            Output::Parquet(writer, schema) => {
                let arrays: Vec<ArrayRef> = (0..table.columns.len())
                    .filter(|&place| !is_second(&table.columns[place]))
                    .map(|place| array(table, place, self.rows, self.seed))
                    .collect();
                RecordBatch::try_new(Arc::clone(schema), arrays)
                    .map_err(parquet::errors::ParquetError::from)
                    .and_then(|batch| writer.write(&batch))
                    .map_err(|error| failure(&self.path, &std::io::Error::other(error)))?;
            }
        }
        self.rows += table.rows as u64;
        Ok(())
    }

    /// Ends the file and gives it its name. Returns how many rows it has.
    ///
    /// # Errors
    ///
    /// A full disk, or another failure of the machine; then there is no file.
    pub fn finish(mut self) -> Result<u64, SourceError> {
        self.end()?;
        self.name()?;
        Ok(self.rows)
    }

    /// Finishes several files: none gets its name before all are written. Returns how many rows each has.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish); then there is none of them, save where the machine also fails at taking back a name.
    pub fn finish_all(mut writers: Vec<Self>) -> Result<Vec<u64>, SourceError> {
        for writer in &mut writers {
            writer.end()?;
        }
        for place in 0..writers.len() {
            if let Err(error) = writers[place].name() {
                for writer in &writers[..place] {
                    // The first failure is the one that says why.
                    let _ = std::fs::remove_file(&writer.path);
                }
                return Err(error);
            }
        }
        Ok(writers.iter().map(|writer| writer.rows).collect())
    }

    /// Writes what is left, to the disk itself.
    fn end(&mut self) -> Result<(), SourceError> {
        let ended = match &mut self.output {
            Output::Csv(file, line) => file
                .write_all(line)
                .and_then(|()| file.flush())
                .and_then(|()| file.get_ref().sync_all()),
            Output::Parquet(writer, _) => writer
                .finish()
                .map_err(std::io::Error::other)
                .and_then(|_| writer.inner().sync_all()),
        };
        ended.map_err(|error| failure(&self.path, &error))
    }

    /// Gives the file its name.
    fn name(&mut self) -> Result<(), SourceError> {
        std::fs::rename(&self.hidden, &self.path).map_err(|error| failure(&self.path, &error))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for TableWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing to be done about a file that cannot be removed either.
            let _ = std::fs::remove_file(&self.hidden);
        }
    }
}

/// Writes a whole table: [`TableWriter`] for tables in memory.
///
/// # Errors
///
/// As [`TableWriter`].
pub fn write_table(
    table: &Table,
    path: &Path,
    format: FileFormat,
    seed: Seed,
) -> Result<(), SourceError> {
    let mut writer = TableWriter::create(path, format, &table.columns, seed)?;
    writer.write(table)?;
    writer.finish().map(|_| ())
}

fn is_second(column: &Column) -> bool {
    matches!(
        &column.kind,
        Kind::Position(Half {
            part: Part::Second,
            ..
        })
    )
}

/// The columns of the file: a position is one, though a table has its halves.
fn written(columns: &[Column]) -> impl Iterator<Item = &Column> {
    columns.iter().filter(|column| !is_second(column))
}

fn push_cell(cell: &[u8], line: &mut Vec<u8>) {
    let quoted = cell
        .iter()
        .any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))
        || cell.first() == Some(&b' ');
    if !quoted {
        line.extend_from_slice(cell);
        return;
    }
    line.push(b'"');
    for &byte in cell {
        if byte == b'"' {
            line.push(b'"');
        }
        line.push(byte);
    }
    line.push(b'"');
}

/// For each column its levels as cells of CSV, one after the other, and where each begins; then the missing value.
type Quoted = (Vec<u8>, Vec<usize>);

fn quoted_levels(table: &Table) -> Vec<Quoted> {
    let quoted = |(column, cells): (&Column, &Cells)| {
        let (mut bytes, mut starts) = (Vec::new(), vec![0]);
        if let Cells::Levels { levels, .. } = cells {
            let missing = column.missing.as_deref().unwrap_or("");
            for level in levels.iter().map(String::as_str).chain([missing]) {
                push_cell(level.as_bytes(), &mut bytes);
                starts.push(bytes.len());
            }
        }
        (bytes, starts)
    };
    table.columns.iter().zip(&table.cells).map(quoted).collect()
}

fn csv_line(
    table: &Table,
    quoted: &[Quoted],
    row: usize,
    number: u64,
    seed: Seed,
    text: &mut String,
    line: &mut Vec<u8>,
) {
    let start = line.len();
    let mut cells = 0;
    for place in 0..table.columns.len() {
        if is_second(&table.columns[place]) {
            continue;
        }
        if cells > 0 {
            line.push(b',');
        }
        cells += 1;
        if let Cells::Levels { codes, levels } = &table.cells[place] {
            let (bytes, starts) = &quoted[place];
            let level = (codes[row] as usize).min(levels.len());
            line.extend_from_slice(&bytes[starts[level]..starts[level + 1]]);
            continue;
        }
        text.clear();
        if !push_text(table, place, row, number, seed, text) {
            text.push_str(table.columns[place].missing.as_deref().unwrap_or(""));
        }
        push_cell(text.as_bytes(), line);
    }
    // A line without anything is no row to most readers.
    if line.len() == start {
        line.extend_from_slice(b"\"\"");
    }
    line.push(b'\n');
}

/// Writes a cell as text; `false` where it is missing.
fn push_text(
    table: &Table,
    place: usize,
    row: usize,
    number: u64,
    seed: Seed,
    text: &mut String,
) -> bool {
    let column = &table.columns[place];
    match (&table.cells[place], &column.kind) {
        (Cells::Numbers { values, special }, kind) => {
            let value = values[row];
            if value.is_nan() {
                let code = special.get(row).copied().unwrap_or(0);
                let spelled = usize::from(code)
                    .checked_sub(1)
                    .and_then(|place| column.codes.get(place));
                if let Some(spelled) = spelled {
                    text.push_str(spelled);
                }
                return spelled.is_some();
            }
            let second = match (kind, table.cells.get(place + 1)) {
                (Kind::Position(half), Some(Cells::Numbers { values, .. })) => {
                    Some((half, values[row]))
                }
                _ => None,
            };
            let Some((half, other)) = second else {
                kind.write_into(value, text);
                return true;
            };
            let second = table.columns[place + 1].kind.write(other);
            text.push_str(&half.whole.join(&kind.write(value), &second));
            !other.is_nan()
        }
        (Cells::Levels { codes, levels }, _) => match codes[row] {
            MISSING_LEVEL => false,
            code => {
                text.push_str(&levels[code as usize]);
                true
            }
        },
        (Cells::Keys { rows }, kind) => {
            let row = rows[row];
            if let (Kind::Identifier(pattern), true) = (kind, row != NO_ROW) {
                text.push_str(&pattern.key(row, seed));
            }
            row != NO_ROW
        }
        (Cells::Opaque { present }, kind) => {
            if present[row] {
                match kind {
                    Kind::Identifier(pattern) => text.push_str(&pattern.write(number, seed)),
                    Kind::Text(format) => {
                        let mut stream = Streams::new(seed, number)
                            .stream(&format!("tables/text/{}", column.name));
                        text.push_str(&format.write(&mut stream));
                    }
                    _ => {}
                }
            }
            present[row]
        }
    }
}

/// The Parquet type of a column: the one it came with, else the natural one; text where some values are codes.
fn data_type(column: &Column) -> DataType {
    if !column.codes.is_empty() {
        return DataType::Utf8;
    }
    match (&column.kind, column.storage) {
        (
            Kind::Number(_),
            Storage::Integer {
                bits: 8,
                signed: true,
            },
        ) => DataType::Int8,
        (
            Kind::Number(_),
            Storage::Integer {
                bits: 16,
                signed: true,
            },
        ) => DataType::Int16,
        (
            Kind::Number(_),
            Storage::Integer {
                bits: 32,
                signed: true,
            },
        ) => DataType::Int32,
        (Kind::Number(_), Storage::Integer { signed: true, .. }) => DataType::Int64,
        (
            Kind::Number(_),
            Storage::Integer {
                bits: 8,
                signed: false,
            },
        ) => DataType::UInt8,
        (
            Kind::Number(_),
            Storage::Integer {
                bits: 16,
                signed: false,
            },
        ) => DataType::UInt16,
        (
            Kind::Number(_),
            Storage::Integer {
                bits: 32,
                signed: false,
            },
        ) => DataType::UInt32,
        (Kind::Number(_), Storage::Integer { signed: false, .. }) => DataType::UInt64,
        (Kind::Number(_), Storage::Float { bits: 32 }) => DataType::Float32,
        (Kind::Number(_), Storage::Decimal { precision, scale }) => {
            DataType::Decimal128(precision, scale)
        }
        (Kind::Number(format), Storage::Text) if format.is_integer() => DataType::Int64,
        (Kind::Number(_), _) => DataType::Float64,
        (Kind::Boolean { .. }, Storage::Boolean) => DataType::Boolean,
        (Kind::Boolean { no, yes }, _)
            if no.eq_ignore_ascii_case("false") && yes.eq_ignore_ascii_case("true") =>
        {
            DataType::Boolean
        }
        (Kind::Moment(_), Storage::Date) => DataType::Date32,
        (Kind::Moment(format), Storage::Timestamp { unit, .. }) => {
            DataType::Timestamp(arrow_unit(unit), zone(format.zone()))
        }
        (Kind::Moment(format), _) if format.has_date() && !format.has_time() => DataType::Date32,
        (Kind::Moment(format), _) if format.has_date() => {
            DataType::Timestamp(ArrowUnit::Microsecond, zone(format.zone()))
        }
        (Kind::Identifier(pattern), Storage::Integer { .. }) if pattern.is_number() => {
            DataType::Int64
        }
        _ => DataType::Utf8,
    }
}

fn arrow_unit(unit: TimeUnit) -> ArrowUnit {
    match unit {
        TimeUnit::Second => ArrowUnit::Second,
        TimeUnit::Millisecond => ArrowUnit::Millisecond,
        TimeUnit::Microsecond => ArrowUnit::Microsecond,
        TimeUnit::Nanosecond => ArrowUnit::Nanosecond,
    }
}

fn zone(zone: Zone) -> Option<Arc<str>> {
    match zone {
        Zone::Wall => None,
        Zone::Offset(_) => Some("UTC".into()),
    }
}

fn array(table: &Table, place: usize, first: u64, seed: Seed) -> ArrayRef {
    let column = &table.columns[place];
    let kind = data_type(column);
    let snap = |value: &f64| (!value.is_nan()).then(|| column.kind.snap(*value));
    if let (Cells::Numbers { values, .. }, false) = (&table.cells[place], kind == DataType::Utf8) {
        let numbers = || values.iter().map(snap);
        // Casts of floats saturate at the ends of their type.
        return match kind {
            DataType::Int8 => {
                Arc::new(numbers().map(|v| v.map(|v| v as i8)).collect::<Int8Array>())
            }
            DataType::Int16 => Arc::new(
                numbers()
                    .map(|v| v.map(|v| v as i16))
                    .collect::<Int16Array>(),
            ),
            DataType::Int32 => Arc::new(
                numbers()
                    .map(|v| v.map(|v| v as i32))
                    .collect::<Int32Array>(),
            ),
            DataType::Int64 => Arc::new(
                numbers()
                    .map(|v| v.map(|v| v as i64))
                    .collect::<Int64Array>(),
            ),
            DataType::UInt8 => Arc::new(
                numbers()
                    .map(|v| v.map(|v| v as u8))
                    .collect::<UInt8Array>(),
            ),
            DataType::UInt16 => Arc::new(
                numbers()
                    .map(|v| v.map(|v| v as u16))
                    .collect::<UInt16Array>(),
            ),
            DataType::UInt32 => Arc::new(
                numbers()
                    .map(|v| v.map(|v| v as u32))
                    .collect::<UInt32Array>(),
            ),
            DataType::UInt64 => Arc::new(
                numbers()
                    .map(|v| v.map(|v| v as u64))
                    .collect::<UInt64Array>(),
            ),
            DataType::Float32 => Arc::new(
                numbers()
                    .map(|v| v.map(|v| v as f32))
                    .collect::<Float32Array>(),
            ),
            DataType::Decimal128(precision, scale) => {
                let power = 10f64.powi(i32::from(scale));
                let scaled: Decimal128Array = numbers()
                    .map(|v| v.map(|v| (v * power).round_ties_even() as i128))
                    .collect();
                // The type is the file's own, and values are of the file's range.
                Arc::new(scaled.with_data_type(DataType::Decimal128(precision, scale)))
            }
            DataType::Date32 => Arc::new(
                numbers()
                    .map(|v| v.map(|v| (v / 86_400.0).floor() as i32))
                    .collect::<Date32Array>(),
            ),
            DataType::Timestamp(unit, zone) => {
                let ticks = |per_second: f64| {
                    // Whole seconds apart, so that their product keeps all digits.
                    numbers().map(move |v| {
                        v.map(|v| {
                            (v.floor() as i64) * per_second as i64
                                + ((v - v.floor()) * per_second).round() as i64
                        })
                    })
                };
                match unit {
                    ArrowUnit::Second => Arc::new(
                        ticks(1.0)
                            .collect::<TimestampSecondArray>()
                            .with_timezone_opt(zone),
                    ),
                    ArrowUnit::Millisecond => Arc::new(
                        ticks(1e3)
                            .collect::<TimestampMillisecondArray>()
                            .with_timezone_opt(zone),
                    ),
                    ArrowUnit::Microsecond => Arc::new(
                        ticks(1e6)
                            .collect::<TimestampMicrosecondArray>()
                            .with_timezone_opt(zone),
                    ),
                    ArrowUnit::Nanosecond => Arc::new(
                        ticks(1e9)
                            .collect::<TimestampNanosecondArray>()
                            .with_timezone_opt(zone),
                    ),
                }
            }
            _ => Arc::new(numbers().collect::<Float64Array>()),
        };
    }
    let mut text = String::new();
    let mut cell = |row: usize| {
        text.clear();
        push_text(table, place, row, first + row as u64, seed, &mut text).then(|| text.clone())
    };
    match kind {
        DataType::Boolean => {
            let mut builder = BooleanBuilder::new();
            (0..table.rows).for_each(|row| {
                builder.append_option(cell(row).map(|text| text.eq_ignore_ascii_case("true")));
            });
            Arc::new(builder.finish())
        }
        DataType::Int64 => Arc::new(
            (0..table.rows)
                .map(|row| cell(row).and_then(|text| text.parse().ok()))
                .collect::<Int64Array>(),
        ),
        _ => {
            let mut builder = StringBuilder::new();
            for row in 0..table.rows {
                // The spelling of the missing value stays what it was in a column of texts; an empty text is what other files call null.
                let missing = column.missing.as_deref().filter(|text| !text.is_empty());
                match cell(row) {
                    Some(text) => builder.append_value(text),
                    None if column.storage == Storage::Text => builder.append_option(missing),
                    None => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
    }
}
