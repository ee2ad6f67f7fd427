//! What is known of pictures beside their pixels: a table with a row for each.

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use privacy::Ledger;
use tables::{Source, SourceError, SourceOptions};

/// Columns that may name the picture's file.
const FILES: [&str; 3] = ["images_file", "file", "file_name"];
/// Texts that are numbers are a quantity where they have more values than this.
const FEW: usize = 12;

/// One column, in the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Attribute {
    /// NaN where there is none.
    Numbers(Vec<f64>),
    /// None where there is none.
    Words(Vec<Option<String>>),
}

/// The table beside pictures.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    /// Relative to the folder, with `/`.
    pub(crate) files: Vec<String>,
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

/// Whether a column says which sample it is, and not what is in it.
pub(super) fn is_identity(name: &str) -> bool {
    FILES.contains(&name)
        || name.ends_with("_file")
        || ["sample", "origin", "content_sha256"].contains(&name)
}

impl Labels {
    /// Reads a CSV or Parquet file; none where no column names files.
    pub(crate) fn read(path: &Path, ledger: &mut Ledger) -> Result<Option<Self>, SourceError> {
        let mut source = Source::open(&path.to_string_lossy(), &SourceOptions::default())?;
        let names: Vec<String> = source
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let Some(file) = FILES
            .iter()
            .find_map(|name| names.iter().position(|own| own == name))
        else {
            return Ok(None);
        };
        let mut files = Vec::new();
        let mut columns: Vec<Option<Attribute>> = names.iter().map(|_| None).collect();
        source.scan(
            ledger,
            "what is known of each picture",
            &mut |batch: &RecordBatch| {
                let words = words(batch.column(file)).unwrap_or_default();
                files.extend(words.into_iter().map(Option::unwrap_or_default));
                for (place, column) in columns.iter_mut().enumerate() {
                    if place == file {
                        continue;
                    }
                    let array = batch.column(place);
                    match column {
                        None => {
                            *column = numbers(array)
                                .map(Attribute::Numbers)
                                .or_else(|| words_of(array));
                        }
                        Some(Attribute::Numbers(all)) => {
                            all.extend(numbers(array).unwrap_or_default());
                        }
                        Some(Attribute::Words(all)) => {
                            all.extend(self::words(array).unwrap_or_default());
                        }
                    }
                }
                Ok::<_, SourceError>(())
            },
        )?;
        let attributes = names
            .into_iter()
            .zip(columns)
            .filter_map(|(name, column)| Some((name, quantity(column?))))
            .collect();
        Ok(Some(Self { files, attributes }))
    }
}

/// All columns of a CSV or Parquet file of a model's answers as texts, by their names; `NaN` or nothing where there is no value. In no ledger: for what is nobody's.
///
/// # Errors
///
/// A file that cannot be read.
pub fn columns(path: &Path) -> Result<(Vec<String>, Vec<Vec<String>>), SourceError> {
    let mut source = Source::open(&path.to_string_lossy(), &SourceOptions::default())?;
    let names = source.schema().fields().iter();
    let names: Vec<String> = names.map(|field| field.name().clone()).collect();
    let mut columns = vec![Vec::new(); names.len()];
    // What a model said of people who do not exist is nobody's.
    source.scan(
        &mut Ledger::new(),
        "predictions",
        &mut |batch: &RecordBatch| {
            for (column, array) in columns.iter_mut().zip(batch.columns()) {
                if let Some(words) = words(array) {
                    column.extend(words.into_iter().map(Option::unwrap_or_default));
                } else {
                    let numbers = numbers(array).unwrap_or_else(|| vec![f64::NAN; array.len()]);
                    column.extend(numbers.iter().map(f64::to_string));
                }
            }
            Ok::<_, SourceError>(())
        },
    )?;
    Ok((names, columns))
}

fn words_of(array: &ArrayRef) -> Option<Attribute> {
    words(array).map(Attribute::Words)
}

fn numbers(array: &ArrayRef) -> Option<Vec<f64>> {
    let there = |at: usize, value: f64| {
        if array.is_valid(at) { value } else { f64::NAN }
    };
    let all = 0..array.len();
    Some(match array.data_type() {
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            all.map(|at| there(at, values.value(at))).collect()
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            all.map(|at| there(at, f64::from(values.value(at))))
                .collect()
        }
        DataType::Int64 => {
            let values = array.as_primitive::<Int64Type>();
            all.map(|at| there(at, values.value(at) as f64)).collect()
        }
        DataType::UInt64 => {
            let values = array.as_primitive::<UInt64Type>();
            all.map(|at| there(at, values.value(at) as f64)).collect()
        }
        _ => return None,
    })
}

fn words(array: &ArrayRef) -> Option<Vec<Option<String>>> {
    let all = 0..array.len();
    let of =
        |at: usize, text: &str| (array.is_valid(at) && !text.is_empty()).then(|| text.to_owned());
    Some(match array.data_type() {
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            all.map(|at| of(at, values.value(at))).collect()
        }
        DataType::LargeUtf8 => {
            let values = array.as_string::<i64>();
            all.map(|at| of(at, values.value(at))).collect()
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            all.map(|at| of(at, values.value(at))).collect()
        }
        DataType::Boolean => {
            let values = array.as_boolean();
            all.map(|at| of(at, if values.value(at) { "yes" } else { "no" }))
                .collect()
        }
        _ => return None,
    })
}

/// Words that are all numbers, and many, are a quantity.
fn quantity(attribute: Attribute) -> Attribute {
    let Attribute::Words(words) = &attribute else {
        return attribute;
    };
    let mut distinct: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() <= FEW {
        return attribute;
    }
    let parsed: Option<Vec<f64>> = words
        .iter()
        .map(|word| match word {
            None => Some(f64::NAN),
            Some(word) => word.parse::<f64>().ok().filter(|value| value.is_finite()),
        })
        .collect();
    parsed.map_or(attribute, Attribute::Numbers)
}
