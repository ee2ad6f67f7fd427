//! `rows.parquet`: one row per sample, written as a stream.
//!
//! Columns: those of the population, then the scalar labels, then `<folder>_file` per artefact, then `content_sha256`. Nothing in the file
//! depends on when or where it was written. Memory is bounded by one row group.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema as ArrowSchema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use population::{Population, Recipe};

use crate::description::{Column, ColumnKind};
use crate::disk::{Action, AtomicFile, DiskError, Sealed};
use crate::error::MakeError;
use crate::journal::{Cell, Entry};
use crate::progress::{Progress, Step};

/// The table of a data set.
pub(crate) const ROWS: &str = "rows.parquet";

/// The last column.
pub(crate) const CONTENT: &str = "content_sha256";

/// How many rows are drawn, converted or read at a time.
pub(crate) const BATCH_ROWS: u64 = 1024;

/// How many rows the writer may hold before it puts them on disk.
pub(crate) const GROUP_ROWS: usize = 4096;

/// What the samples of a data set have besides their row: the same for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Folder and extension, in column order.
    pub(crate) artefacts: Vec<(String, String)>,
    /// Name and type, in column order.
    pub(crate) scalars: Vec<(String, ColumnKind)>,
}

impl Layout {
    pub(crate) fn of(entry: &Entry) -> Self {
        let artefacts = entry
            .files
            .iter()
            .map(|file| {
                let (folder, extension) = file.place();
                (folder.to_owned(), extension.to_owned())
            })
            .collect();
        let scalars = entry
            .scalars
            .iter()
            .map(|(name, cell)| (name.clone(), cell.scalar_kind()))
            .collect();
        Self { artefacts, scalars }
    }

    /// What differs first between this layout and that of another sample.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let artefact =
            |(folder, extension): &(String, String)| format!("a file `{folder}/*.{extension}`");
        let scalar =
            |(name, kind): &(String, ColumnKind)| format!("the scalar `{name}` as {}", kind.noun());
        first_difference(&self.artefacts, &other.artefacts, artefact)
            .or_else(|| first_difference(&self.scalars, &other.scalars, scalar))
    }

    /// A column name that would be there twice.
    pub(crate) fn duplicate(&self, columns: &[Column]) -> Option<String> {
        let mut seen = BTreeSet::from([CONTENT.to_owned()]);
        let files = self.artefacts.iter().map(|(folder, _)| file_column(folder));
        let scalars = self.scalars.iter().map(|(name, _)| name.clone());
        columns
            .iter()
            .map(|column| column.name.clone())
            .chain(scalars)
            .chain(files)
            .find(|name| !seen.insert(name.clone()))
    }
}

fn first_difference<T: PartialEq>(
    expected: &[T],
    found: &[T],
    name: impl Fn(&T) -> String,
) -> Option<String> {
    let at = (0..expected.len().max(found.len())).find(|&at| expected.get(at) != found.get(at))?;
    Some(match (expected.get(at), found.get(at)) {
        (Some(expected), Some(found)) => format!(
            "it has {} where the others have {}",
            name(found),
            name(expected)
        ),
        (Some(expected), None) => format!("it lacks {}", name(expected)),
        (None, found) => format!(
            "it has {}, which the others lack",
            found.map_or_else(String::new, name)
        ),
    })
}

/// Name of the column with the files of a folder.
pub(crate) fn file_column(folder: &str) -> String {
    format!("{folder}_file")
}

/// From finished samples to record batches.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) layout: Layout,
    schema: SchemaRef,
}

impl Table {
    pub(crate) fn new(columns: Vec<Column>, layout: Layout) -> Self {
        let mut fields: Vec<Field> = columns
            .iter()
            .map(|column| Field::new(&column.name, column.kind.data_type(), false))
            .collect();
        // Only real numbers can be missing.
        fields.extend(
            layout.scalars.iter().map(|(name, kind)| {
                Field::new(name, kind.data_type(), *kind == ColumnKind::Number)
            }),
        );
        fields.extend(layout.artefacts.iter().map(|(folder, _)| {
            Field::new(file_column(folder), ColumnKind::Text.data_type(), false)
        }));
        fields.push(Field::new(CONTENT, ColumnKind::Text.data_type(), false));
        Self {
            columns,
            layout,
            schema: Arc::new(ArrowSchema::new(fields)),
        }
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows of these samples, or a sentence about the sample that does not fit the columns.
    pub(crate) fn batch(&self, entries: &[Entry]) -> Result<RecordBatch, String> {
        for entry in entries {
            if let Some(difference) = self.layout.difference(&Layout::of(entry)) {
                return Err(format!(
                    "sample {} is laid out unlike the others: {difference}",
                    entry.sample
                ));
            }
        }
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for (at, column) in self.columns.iter().enumerate() {
            arrays.push(array(column.kind, &column.name, entries, |entry| {
                entry.row.get(at)
            })?);
        }
        for (at, (name, kind)) in self.layout.scalars.iter().enumerate() {
            arrays.push(array(*kind, name, entries, |entry| {
                entry.scalars.get(at).map(|(_, cell)| cell)
            })?);
        }
        for at in 0..self.layout.artefacts.len() {
            arrays.push(texts(
                entries
                    .iter()
                    .filter_map(|entry| entry.files.get(at))
                    .map(|file| file.file.as_str()),
            ));
        }
        arrays.push(texts(
            entries.iter().map(|entry| entry.content_sha256.as_str()),
        ));
        RecordBatch::try_new(self.schema.clone(), arrays).map_err(|error| error.to_string())
    }
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    let mut builder = StringBuilder::new();
    values.for_each(|value| builder.append_value(value));
    Arc::new(builder.finish())
}

fn array<'e>(
    kind: ColumnKind,
    name: &str,
    entries: &'e [Entry],
    cell: impl Fn(&'e Entry) -> Option<&'e Cell>,
) -> Result<ArrayRef, String> {
    macro_rules! collect {
        ($builder:ty, $($pattern:pat => $value:expr),+) => {{
            let mut builder = <$builder>::new();
            for entry in entries {
                match cell(entry) {
                    $(Some($pattern) => builder.append_option($value),)+
                    _ => return Err(format!("`{name}` of sample {} is not {}", entry.sample, kind.noun())),
                }
            }
            Arc::new(builder.finish())
        }};
    }
    Ok(match kind {
        ColumnKind::Index => collect!(UInt64Builder,
            Cell::Integer(value) => u64::try_from(*value).ok(), Cell::Index(value) => Some(*value)),
        ColumnKind::Integer => collect!(Int64Builder, Cell::Integer(value) => Some(*value)),
        ColumnKind::Number => {
            collect!(Float64Builder, Cell::Number(value) => Some(*value), Cell::Missing => None)
        }
        ColumnKind::Text => collect!(StringBuilder, Cell::Text(value) => Some(value)),
        ColumnKind::Flag => collect!(BooleanBuilder, Cell::Flag(value) => Some(*value)),
    })
}

/// One row of a population's batch as cells; the name of the column that has no value of its type there.
pub(crate) fn cells(
    columns: &[Column],
    batch: &RecordBatch,
    row: usize,
) -> Result<Vec<Cell>, String> {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type, UInt64Type};

    columns
        .iter()
        .map(|column| {
            let array = batch
                .column_by_name(&column.name)
                .filter(|array| row < array.len() && array.is_valid(row));
            let cell = array.and_then(|array| match column.kind {
                ColumnKind::Index => array
                    .as_primitive_opt::<UInt64Type>()
                    .map(|array| Cell::index(array.value(row))),
                ColumnKind::Integer => array
                    .as_primitive_opt::<Int64Type>()
                    .map(|array| Cell::Integer(array.value(row))),
                ColumnKind::Number => array
                    .as_primitive_opt::<Float64Type>()
                    .map(|array| Cell::number(array.value(row))),
                ColumnKind::Text => array
                    .as_string_opt::<i32>()
                    .map(|array| Cell::Text(array.value(row).to_owned())),
                ColumnKind::Flag => array
                    .as_boolean_opt()
                    .map(|array| Cell::Flag(array.value(row))),
            });
            // A population's numbers are finite; one that is not would come back as missing.
            cell.filter(|cell| *cell != Cell::Missing)
                .ok_or_else(|| column.name.clone())
        })
        .collect()
}

/// A Parquet file in the making.
pub(crate) struct TableWriter {
    writer: ArrowWriter<AtomicFile>,
    path: std::path::PathBuf,
}

impl TableWriter {
    pub(crate) fn create(path: &Path, schema: SchemaRef) -> Result<Self, DiskError> {
        let file = AtomicFile::create(path)?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("populace ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(file, schema, options)
            .map_err(|error| failed(path, error))?;
        Ok(Self {
            writer,
            path: path.to_owned(),
        })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), DiskError> {
        self.writer
            .write(batch)
            .map_err(|error| failed(&self.path, error))
    }

    pub(crate) fn bytes_written(&self) -> u64 {
        self.writer.bytes_written() as u64
    }

    pub(crate) fn seal(self) -> Result<Sealed, DiskError> {
        self.writer
            .into_inner()
            .map_err(|error| failed(&self.path, error))?
            .seal()
    }
}

fn failed(path: &Path, error: ParquetError) -> DiskError {
    let error = match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(source) => std::io::Error::other(source),
        },
        other => std::io::Error::other(other),
    };
    DiskError::new(Action::Write, path, error)
}

/// What [`rows_only`] has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsReport {
    /// Rows in the file.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Hash of the file, in hexadecimal.
    pub sha256: String,
}

/// Draws rows without staging them and writes them to one Parquet file.
///
/// Draws and writes in batches, so memory does not grow with the number of rows.
///
/// # Determinism
/// The bytes depend on the recipe and the version only.
///
/// # Errors
/// [`MakeError`] if the population cannot draw or the file cannot be written; then no file is left behind, and one that was there stays.
pub fn rows_only(
    recipe: &Recipe,
    population: &dyn Population,
    path: &Path,
    progress: &dyn Progress,
) -> Result<RowsReport, MakeError> {
    let total = recipe.sample_count();
    if total == 0 {
        return Err(MakeError::Empty);
    }
    let mut writer: Option<TableWriter> = None;
    let mut next = 0;
    while next < total {
        let until = total.min(next + BATCH_ROWS);
        let batch = population
            .rows(next..until, recipe.seed)
            .map_err(|source| MakeError::Population {
                sample: next,
                source,
            })?;
        let writer = match &mut writer {
            Some(writer) => writer,
            empty => empty.insert(TableWriter::create(path, batch.schema())?),
        };
        writer.write(&batch)?;
        next = until;
        progress.update(Step::Tabulating, next, total, writer.bytes_written());
        if progress.cancelled() {
            return Err(MakeError::Cancelled { kept: 0 });
        }
    }
    let Some(writer) = writer else {
        return Err(MakeError::Empty);
    };
    let written = writer.seal()?.publish()?;
    Ok(RowsReport {
        rows: total,
        bytes: written.bytes,
        sha256: written.sha256,
    })
}
