//! Parquet files as record batches of flat columns.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use crate::source::BATCH_ROWS;
use crate::source::error::SourceError;

/// What a Parquet file says about itself.
pub(crate) struct ParquetPlan {
    /// The flat columns.
    pub(crate) schema: SchemaRef,
    pub(crate) rows: u64,
    /// Columns that hold lists, maps or binary data, and are passed over.
    pub(crate) nested: Vec<String>,
}

fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, SourceError> {
    let file = File::open(path).map_err(|error| SourceError::io(path, &error))?;
    // Without the writer's own Arrow types there are fewer kinds of columns: dictionaries are text, zones are UTC.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
        .map_err(|error| damaged(path, &error.to_string(), 0))
}

fn damaged(path: &Path, reason: &str, row: u64) -> SourceError {
    if reason.contains("Disabled feature") {
        return SourceError::input(
            format!(
                "{} is compressed in a way that is not read here",
                path.display()
            ),
            "write it with Snappy, Zstandard, LZ4 or gzip",
        );
    }
    let place = if row == 0 {
        String::new()
    } else {
        format!(" behind row {}", privacy::grouped(row))
    };
    let reason = reason
        .trim_start_matches("Parquet error: ")
        .trim_start_matches("External: ");
    SourceError::input(
        format!(
            "{} is no whole Parquet file{place}: {}",
            path.display(),
            reason.replace('\n', " ")
        ),
        "the file is cut short or damaged; write or copy it again",
    )
}

fn is_flat(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Float16
            | DataType::Float32
            | DataType::Float64
            | DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Date32
            | DataType::Timestamp(..)
            | DataType::Time32(_)
            | DataType::Time64(_)
    )
}

impl ParquetPlan {
    pub(crate) fn of(path: &Path) -> Result<Self, SourceError> {
        let builder = open(path)?;
        let schema = builder.schema();
        let (flat, nested): (Vec<_>, Vec<_>) = schema
            .fields()
            .iter()
            .enumerate()
            .partition(|(_, field)| is_flat(field.data_type()));
        let places: Vec<usize> = flat.iter().map(|(place, _)| *place).collect();
        let nested: Vec<String> = nested
            .iter()
            .map(|(_, field)| field.name().clone())
            .collect();
        if places.is_empty() {
            return Err(SourceError::input(
                format!(
                    "{} has no columns of numbers, text, dates or truth values",
                    path.display()
                ),
                "lists, maps and binary columns cannot be learned",
            ));
        }
        let schema = schema
            .project(&places)
            .map_err(|error| damaged(path, &error.to_string(), 0))?;
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        Ok(Self {
            schema: schema.into(),
            rows,
            nested,
        })
    }

    /// Hands every row of a file on, in batches; returns their number. Of the flat columns all, or those at some places.
    pub(crate) fn scan<E: From<SourceError>>(
        path: &Path,
        some: Option<&[usize]>,
        each: &mut dyn FnMut(&RecordBatch) -> Result<(), E>,
    ) -> Result<u64, E> {
        let builder = open(path)?;
        let places: Vec<usize> = builder
            .schema()
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| is_flat(field.data_type()))
            .map(|(place, _)| place)
            .enumerate()
            .filter(|(flat, _)| some.is_none_or(|some| some.contains(flat)))
            .map(|(_, place)| place)
            .collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), places);
        let reader = builder
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|error| damaged(path, &error.to_string(), 0))?;
        let mut rows = 0;
        for batch in reader {
            let batch = batch.map_err(|error| damaged(path, &error.to_string(), rows))?;
            rows += batch.num_rows() as u64;
            each(&batch)?;
        }
        Ok(rows)
    }

    /// A further file of a folder must have the same columns.
    pub(crate) fn compare(&self, path: &Path, other: &ParquetPlan) -> Result<(), SourceError> {
        let kinds = |plan: &ParquetPlan| -> Vec<(String, DataType)> {
            let of = |field: &std::sync::Arc<arrow_schema::Field>| {
                (field.name().clone(), field.data_type().clone())
            };
            plan.schema.fields().iter().map(of).collect()
        };
        let (mine, others) = (kinds(self), kinds(other));
        let differs =
            |(a, b): (&(String, DataType), &(String, DataType))| (a != b).then(|| a.0.clone());
        let name = if mine.len() == others.len() {
            mine.iter().zip(&others).find_map(differs)
        } else {
            mine.iter()
                .chain(&others)
                .map(|(name, _)| name)
                .find(|name| {
                    !mine.iter().any(|(n, _)| n == *name) || !others.iter().any(|(n, _)| n == *name)
                })
                .cloned()
        };
        match name {
            None => Ok(()),
            Some(name) => Err(SourceError::input(
                format!(
                    "{}: column `{name}` is not as in the first file of the folder",
                    path.display()
                ),
                "all files of a folder are one table: the same columns of the same types in the same order",
            )),
        }
    }
}

/// Whether a file's name says that it is Parquet.
pub(crate) fn is_parquet(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("parquet") || end.eq_ignore_ascii_case("pq"))
}
