//! A user's own model of tables as an ONNX file, run by ONNX Runtime's library where there is one.
//!
//! An input is a column by its name (letters, digits and `_` of it, where the name has others), or the one input is a matrix: all columns of numbers in their order, a row each. Numbers go in as 32- or
//! 64-bit floats or whole numbers, categories as texts; a missing number is `NaN`, of whole numbers refused, a missing text empty. The answer is the output that is a tensor of floats, else the first
//! one; of two numbers a row it is the second (a probability of yes), of more the one that is named.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorElementType, ValueType};
use tables::{Cells, MISSING_LEVEL, Table};

use crate::error::ShiftError;

/// Rows that are put to the model at a time.
const BATCH: usize = 4_096;

/// A model that was opened.
pub struct Network {
    session: Mutex<Session>,
    inputs: Vec<Input>,
    output: Option<usize>,
    shown: String,
}

#[derive(Debug)]
struct Input {
    name: String,
    element: TensorElementType,
    takes: Takes,
    flat: bool,
}

#[derive(Debug, Clone, Copy)]
enum Takes {
    /// One column, by its name.
    Column,
    /// All columns of numbers, so many where it says how many.
    Matrix(Option<usize>),
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("inputs", &self.inputs)
            .finish_non_exhaustive()
    }
}

fn said(error: &ort::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_end_matches('.').to_owned()
}

fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect()
}

impl Network {
    /// Opens a model for tables with these columns (the target left out) by the library in a file. `output` is counted from 1.
    ///
    /// # Errors
    ///
    /// No library; a file that is no ONNX model; an input that is no column.
    pub fn open(
        model: &Path,
        library: &Path,
        table: &Table,
        output: Option<u32>,
    ) -> Result<Self, ShiftError> {
        let shown = model.display().to_string();
        let fault = |what: String, hint: &str| ShiftError::new(format!("{shown} {what}"), hint);
        let environment = check::onnx_environment(library)
            .map_err(|error| ShiftError::new(error.to_string(), error.hint()))?;
        let bytes = std::fs::read(model)
            .map_err(|error| fault(format!("cannot be read: {error}"), "name an ONNX file"))?;
        let session = Session::builder(environment)
            .map_err(|error| said(&error))
            .and_then(|builder| builder.with_intra_threads(1).map_err(|e| e.to_string()))
            .and_then(|mut builder| builder.commit_from_memory(&bytes).map_err(|e| said(&e)))
            .map_err(|why| {
                fault(
                    format!("is no ONNX model that can be run: {why}"),
                    "export the model to ONNX again",
                )
            })?;
        let alone = session.inputs().len() == 1;
        let mut inputs = Vec::new();
        for input in session.inputs() {
            let ValueType::Tensor { ty, shape, .. } = input.dtype() else {
                return Err(fault(
                    format!("takes `{}`, which is no tensor", input.name()),
                    "export it with an input for each column, or one matrix",
                ));
            };
            let known = column_of(table, input.name()).is_some();
            let takes = if known {
                Takes::Column
            } else if alone {
                Takes::Matrix(shape.get(1).and_then(|size| usize::try_from(*size).ok()))
            } else {
                let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
                return Err(fault(
                    format!(
                        "takes `{}`, which is no column of the data that a model can be given",
                        input.name()
                    ),
                    &format!("these are: {}", names.join(", ")),
                ));
            };
            inputs.push(Input {
                name: input.name().to_owned(),
                element: *ty,
                takes,
                flat: shape.len() == 1,
            });
        }
        Ok(Self {
            session: Mutex::new(session),
            inputs,
            output: output.map(|output| output as usize - 1),
            shown,
        })
    }

    /// What it says of each row.
    ///
    /// # Errors
    ///
    /// Columns that it cannot be given; an answer that is no number or text for each row.
    pub fn ask(&self, table: &Table) -> Result<Vec<String>, ShiftError> {
        let mut answers = Vec::with_capacity(table.rows);
        let mut start = 0;
        while start < table.rows {
            let end = (start + BATCH).min(table.rows);
            let batch = self.batch(table, start, end).map_err(|why| {
                ShiftError::new(
                    format!("{}: {why}", self.shown),
                    "give the model with --command, where its inputs or outputs are others than `populace shift` knows",
                )
            })?;
            answers.extend(batch);
            start = end;
        }
        Ok(answers)
    }

    fn batch(&self, table: &Table, start: usize, end: usize) -> Result<Vec<String>, String> {
        let mut values: Vec<(String, SessionInputValue<'_>)> = Vec::new();
        for input in &self.inputs {
            let value = match input.takes {
                Takes::Matrix(width) => matrix(table, start, end, width, input.element)?,
                Takes::Column => column(table, start, end, input)?,
            };
            values.push((input.name.clone(), value.into()));
        }
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(values).map_err(|error| said(&error))?;
        let rows = end - start;
        let mut first: Option<Vec<String>> = None;
        let mut floats: Option<Vec<String>> = None;
        for (_, value) in &outputs {
            if let Ok((shape, numbers)) = value.try_extract_tensor::<f32>() {
                floats = Some(self.picked(shape, numbers, rows)?);
            } else if let Ok((shape, numbers)) = value.try_extract_tensor::<f64>() {
                floats = Some(self.picked(shape, numbers, rows)?);
            } else if let Ok((_, numbers)) = value.try_extract_tensor::<i64>() {
                first.get_or_insert(numbers.iter().map(i64::to_string).collect());
            } else if let Ok((_, texts)) = value.try_extract_strings() {
                first.get_or_insert(texts);
            }
        }
        let found = floats
            .or(first)
            .ok_or("it answers with no tensor of numbers or texts (export classifiers without maps: `zipmap=False`)")?;
        if found.len() == rows {
            Ok(found)
        } else {
            Err(format!(
                "it answers {} times about {rows} rows",
                found.len()
            ))
        }
    }

    /// One number of each row's.
    fn picked<T: Copy + ToString>(
        &self,
        shape: &[i64],
        numbers: &[T],
        rows: usize,
    ) -> Result<Vec<String>, String> {
        let width = numbers.len() / rows.max(1);
        if width == 0 || width * rows != numbers.len() {
            return Err(format!(
                "it answers with a tensor of shape {shape:?} about {rows} rows"
            ));
        }
        let place = match (self.output, width) {
            (Some(place), _) if place < width => place,
            (None, 1) => 0,
            (None, 2) => 1,
            _ => {
                return Err(format!(
                    "it answers with {width} numbers a row, and none of them is named by --output"
                ));
            }
        };
        Ok(numbers
            .chunks_exact(width)
            .map(|row| row[place].to_string())
            .collect())
    }
}

fn column_of(table: &Table, name: &str) -> Option<usize> {
    table.position(name).or_else(|| {
        let wanted = plain(name);
        table
            .columns
            .iter()
            .position(|column| plain(&column.name) == wanted)
    })
}

fn tensor<T: ort::value::PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static>(
    shape: Vec<i64>,
    values: Vec<T>,
) -> Result<DynValue, String> {
    Tensor::from_array((shape, values))
        .map(Tensor::into_dyn)
        .map_err(|error| said(&error))
}

fn of_numbers(
    shape: Vec<i64>,
    values: Vec<f64>,
    element: TensorElementType,
    name: &str,
) -> Result<DynValue, String> {
    match element {
        TensorElementType::Float32 => {
            tensor(shape, values.iter().map(|v| *v as f32).collect::<Vec<_>>())
        }
        TensorElementType::Float64 => tensor(shape, values),
        TensorElementType::Int64 | TensorElementType::Int32 => {
            if values
                .iter()
                .any(|value| value.is_nan() || value.fract() != 0.0)
            {
                return Err(format!(
                    "`{name}` takes whole numbers, and the column has others or missing ones"
                ));
            }
            if element == TensorElementType::Int32 {
                tensor(shape, values.iter().map(|v| *v as i32).collect::<Vec<_>>())
            } else {
                tensor(shape, values.iter().map(|v| *v as i64).collect::<Vec<_>>())
            }
        }
        other => Err(format!(
            "`{name}` takes {other}, and columns are numbers or texts"
        )),
    }
}

/// All columns of numbers, row after row.
fn matrix(
    table: &Table,
    start: usize,
    end: usize,
    width: Option<usize>,
    element: TensorElementType,
) -> Result<DynValue, String> {
    let columns: Vec<&[f64]> = table
        .cells
        .iter()
        .filter_map(|cells| match cells {
            Cells::Numbers { values, .. } => Some(values.as_slice()),
            _ => None,
        })
        .collect();
    if width.is_some_and(|width| width != columns.len()) {
        return Err(format!(
            "it takes {} numbers a row, and the data has {} columns of numbers",
            width.unwrap_or(0),
            columns.len()
        ));
    }
    let values: Vec<f64> = (start..end)
        .flat_map(|row| columns.iter().map(move |column| column[row]))
        .collect();
    let shape = vec![(end - start) as i64, columns.len() as i64];
    of_numbers(shape, values, element, "the input")
}

fn column(table: &Table, start: usize, end: usize, input: &Input) -> Result<DynValue, String> {
    let place = column_of(table, &input.name)
        .ok_or_else(|| format!("`{}` is no column of the data", input.name))?;
    let rows = (end - start) as i64;
    let shape = if input.flat {
        vec![rows]
    } else {
        vec![rows, 1]
    };
    let texts = |texts: Vec<String>| {
        Tensor::from_string_array((shape.clone(), texts.as_slice()))
            .map(Tensor::into_dyn)
            .map_err(|error| said(&error))
    };
    match (&table.cells[place], input.element) {
        (Cells::Numbers { values, .. }, TensorElementType::String) => texts(
            values[start..end]
                .iter()
                .map(|value| {
                    if value.is_nan() {
                        String::new()
                    } else {
                        table.columns[place].kind.write(*value)
                    }
                })
                .collect(),
        ),
        (Cells::Numbers { values, .. }, element) => {
            of_numbers(shape, values[start..end].to_vec(), element, &input.name)
        }
        (Cells::Levels { codes, levels }, TensorElementType::String) => texts(
            codes[start..end]
                .iter()
                .map(|&code| match code {
                    MISSING_LEVEL => String::new(),
                    code => levels[code as usize].clone(),
                })
                .collect(),
        ),
        // Categories that are written as numbers: `0` and `1`.
        (Cells::Levels { codes, levels }, element) => {
            let numbers = codes[start..end].iter().map(|&code| match code {
                MISSING_LEVEL => Ok(f64::NAN),
                code => levels[code as usize].parse::<f64>().map_err(|_| {
                    format!("`{}` takes numbers, and the column has texts", input.name)
                }),
            });
            let numbers: Vec<f64> = numbers.collect::<Result<_, _>>()?;
            of_numbers(shape, numbers, element, &input.name)
        }
        _ => Err(format!(
            "`{}` names records or is free text, whose values are not kept",
            input.name
        )),
    }
}
