//! What a model says of rows, and what is true of them.

use tables::{Cells, Column, Kind, MISSING_LEVEL, Table};

use crate::error::ShiftError;
use crate::metric::{Answers, Judged, Metric};

/// Asks a user's model about rows of a table that has no target; a text for each row.
pub type Ask<'a> = dyn Fn(&Table) -> Result<Vec<String>, ShiftError> + Sync + 'a;

/// What is predicted.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// Which of two classes, or how likely the second.
    Two {
        /// As the data writes the class that is no.
        no: String,
        /// As the data writes the class that is yes.
        yes: String,
    },
    /// Which of several classes.
    Many(Vec<String>),
    /// A number.
    Number,
}

impl Task {
    /// What the target of a table is; `positive` names the class that is yes, else the last in order of text or number is.
    ///
    /// # Errors
    ///
    /// A target that names records, is free text or has one value; a positive class that it does not have.
    pub fn of(table: &Table, target: usize, positive: Option<&str>) -> Result<Self, ShiftError> {
        let name = &table.columns[target].name;
        let classes: Vec<String> = match &table.cells[target] {
            Cells::Levels { codes, levels } => {
                let mut there = vec![false; levels.len()];
                for &code in codes.iter().filter(|code| **code != MISSING_LEVEL) {
                    there[code as usize] = true;
                }
                let levels = levels.iter().zip(there);
                levels
                    .filter(|(_, there)| *there)
                    .map(|(level, _)| level.clone())
                    .collect()
            }
            Cells::Numbers { values, .. } => {
                let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                sorted.dedup();
                if sorted.len() > 2 {
                    return match positive {
                        None => Ok(Self::Number),
                        Some(_) => Err(ShiftError::new(
                            format!("`{name}` is a number, and has no class that is yes"),
                            "leave out --positive",
                        )),
                    };
                }
                let kind = &table.columns[target].kind;
                sorted.iter().map(|value| kind.write(*value)).collect()
            }
            Cells::Opaque { .. } | Cells::Keys { .. } => {
                return Err(ShiftError::new(
                    format!("`{name}` names records or is free text, which no model predicts"),
                    "name another --target, or say what it is with --columns",
                ));
            }
        };
        match (classes.as_slice(), positive) {
            ([] | [_], _) => Err(ShiftError::new(
                format!("`{name}` has fewer than two values"),
                "name another --target",
            )),
            ([a, b], None) => Ok(Self::Two {
                no: a.clone(),
                yes: b.clone(),
            }),
            ([a, b], Some(yes)) if yes == a || yes == b => Ok(Self::Two {
                no: if yes == a { b.clone() } else { a.clone() },
                yes: yes.to_owned(),
            }),
            (many, None) => Ok(Self::Many(many.to_vec())),
            (many, Some(yes)) => Err(ShiftError::new(
                format!("`{yes}` is not one of two classes of `{name}`"),
                format!("these are: {}", many.join(", ")),
            )),
        }
    }

    /// The metrics that can be told of it.
    pub fn metrics(&self) -> &'static [Metric] {
        match self {
            Self::Two { .. } => &[
                Metric::Accuracy,
                Metric::Error,
                Metric::Brier,
                Metric::LogLoss,
                Metric::Auc,
            ],
            Self::Many(_) => &[Metric::Accuracy, Metric::Error],
            Self::Number => &[Metric::Mae, Metric::Rmse],
        }
    }

    /// What is true of a row as a number: 0 or 1, the number of a class, or a number; none where it is missing.
    pub(crate) fn truth(&self, table: &Table, target: usize, row: usize) -> Option<f64> {
        let text = match &table.cells[target] {
            Cells::Numbers { values, .. } => {
                let value = Some(values[row]).filter(|value| !value.is_nan())?;
                if matches!(self, Self::Number) {
                    return Some(value);
                }
                std::borrow::Cow::Owned(table.columns[target].kind.write(value))
            }
            Cells::Levels { codes, levels } => match codes[row] {
                MISSING_LEVEL => return None,
                code => std::borrow::Cow::Borrowed(levels[code as usize].as_str()),
            },
            Cells::Opaque { .. } | Cells::Keys { .. } => return None,
        };
        self.class(&text)
    }

    fn class(&self, text: &str) -> Option<f64> {
        match self {
            Self::Two { no, .. } if text == no => Some(0.0),
            Self::Two { yes, .. } if text == yes => Some(1.0),
            Self::Many(classes) => classes
                .iter()
                .position(|class| class == text)
                .map(|place| place as f64),
            _ => None,
        }
    }

    /// A prediction as a number; none where it is empty. A class's name counts before a number.
    ///
    /// # Errors
    ///
    /// What is neither a class nor a number.
    pub(crate) fn prediction(&self, text: &str) -> Result<Option<f64>, String> {
        let text = text.trim();
        if text.is_empty() || text == "NaN" {
            return Ok(None);
        }
        if let Some(class) = self.class(text) {
            return Ok(Some(class));
        }
        let number = text.parse::<f64>().ok().filter(|value| value.is_finite());
        match (self, number) {
            (Self::Number, Some(number)) => Ok(Some(number)),
            (Self::Two { .. }, Some(p)) if (0.0..=1.0).contains(&p) => Ok(Some(p)),
            (Self::Two { no, yes }, _) => Err(format!(
                "is neither a probability from 0 to 1 nor one of the classes {no} and {yes}"
            )),
            (Self::Many(classes), found) => {
                // A class may be written as a number in another way: `1.0` for `1`.
                let same =
                    |class: &String| class.parse::<f64>().ok().is_some_and(|c| Some(c) == found);
                classes.iter().position(same).map_or_else(
                    || Err(format!("is none of the classes {}", classes.join(", "))),
                    |place| Ok(Some(place as f64)),
                )
            }
            (Self::Number, None) => Err("is no finite number".to_owned()),
        }
    }

    /// Truth and predictions of the rows that have both, and which rows these are.
    ///
    /// # Errors
    ///
    /// Another number of predictions than rows; a prediction that has no meaning.
    pub fn answers(
        &self,
        table: &Table,
        target: usize,
        said: &[String],
        threshold: f64,
    ) -> Result<(Answers, Vec<u32>), ShiftError> {
        if said.len() != table.rows {
            return Err(ShiftError::new(
                format!(
                    "there are {} predictions for {} rows",
                    said.len(),
                    table.rows
                ),
                "give one for each row, in the order of the data",
            ));
        }
        let (mut truth, mut prediction, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for (row, text) in said.iter().enumerate() {
            let found = self.prediction(text).map_err(|what| {
                ShiftError::new(
                    format!("the prediction for row {} {what}", row + 1),
                    "give a probability, a class as the data writes it, or a number",
                )
            })?;
            if let (Some(y), Some(p)) = (self.truth(table, target, row), found) {
                truth.push(y);
                prediction.push(p);
                rows.push(row as u32);
            }
        }
        Ok((
            Answers {
                truth,
                prediction,
                threshold,
            },
            rows,
        ))
    }

    /// The losses of answers.
    pub fn judged(&self, answers: Answers, metrics: &[Metric]) -> Judged {
        Judged::of(answers, metrics, matches!(self, Self::Two { .. }))
    }
}

/// A table as a model is shown it: without its target, columns that are beyond the first `own`, and columns that name records or are free text, whose values are not kept.
pub fn shown(table: &Table, target: usize, own: usize) -> Table {
    let kept: Vec<usize> = (0..own.min(table.columns.len()))
        .filter(|&column| {
            column != target
                && !matches!(
                    table.columns[column].kind,
                    Kind::Identifier(_) | Kind::Text(_)
                )
        })
        .collect();
    Table {
        columns: kept.iter().map(|&c| table.columns[c].clone()).collect(),
        cells: kept.iter().map(|&c| table.cells[c].clone()).collect(),
        rows: table.rows,
    }
}

/// A column of categories of a model's own losses: for the route that learns them.
pub(crate) fn category(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        kind: Kind::Category,
        missing: None,
        codes: Vec::new(),
        storage: tables::Storage::Text,
    }
}
