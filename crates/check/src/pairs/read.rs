//! Data sets of pairs, and a user's model's answers about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use privacy::Ledger;
use rayon::prelude::*;
use serde::Deserialize;

use crate::images::{Attribute, LIBRARY, Labels, Network, PicturesError as PairsError, columns};

/// A data set of pairs.
#[derive(Debug)]
pub struct Pairs {
    /// The attribute that was changed.
    pub change: String,
    /// What it was changed to, in the recipe's order.
    pub to: Vec<String>,
    /// The file of each sample's picture, relative to the data set.
    pub files: Vec<String>,
    pub(super) origins: Vec<u64>,
    /// The place of each sample's value among `to`.
    pub(super) variants: Vec<usize>,
    pub(super) attributes: BTreeMap<String, Attribute>,
}

#[derive(Deserialize)]
struct Recipe {
    pair: Option<Change>,
}

#[derive(Deserialize)]
struct Change {
    change: String,
}

impl Pairs {
    /// Opens a data set that `make` wrote from a recipe with `pair:`.
    ///
    /// # Errors
    ///
    /// A folder that is no such data set, or is damaged.
    pub fn open(folder: &Path) -> Result<Self, PairsError> {
        let shown = folder.display();
        let unfit = |why: &str| {
            PairsError::new(
                format!("{shown} {why}"),
                "name a data set that `populace make` wrote from a recipe with `pair: {change: …, to: […]}`",
            )
        };
        let text = std::fs::read_to_string(folder.join("recipe.yaml"))
            .map_err(|_| unfit("has no recipe.yaml that can be read"))?;
        let recipe: Recipe = serde_saphyr::from_str(&text)
            .map_err(|_| unfit("has a recipe.yaml that cannot be understood"))?;
        let change = recipe
            .pair
            .ok_or_else(|| unfit("holds no pairs: its recipe has no `pair:`"))?
            .change;
        let rows = folder.join("rows.parquet");
        if !rows.is_file() {
            return Err(unfit("has no rows.parquet: it is unfinished"));
        }
        // Rows of a recipe are nobody's.
        let labels =
            Labels::read(&rows, &mut Ledger::new())?.ok_or_else(|| unfit("holds no pictures"))?;
        let Some(Attribute::Numbers(origins)) = labels.attributes.get("origin") else {
            return Err(unfit("does not say which samples belong together"));
        };
        let changed = labels.attributes.get(&change).ok_or_else(|| {
            unfit(&format!(
                "has no column `{change}`, which its recipe changes"
            ))
        })?;
        let values: Vec<String> = match changed {
            Attribute::Numbers(values) => values.iter().map(f64::to_string).collect(),
            Attribute::Words(words) => words
                .iter()
                .map(|w| w.clone().unwrap_or_default())
                .collect(),
        };
        let mut to: Vec<String> = Vec::new();
        for value in &values {
            if !to.contains(value) {
                to.push(value.clone());
            }
            if to.len() > 64 {
                return Err(unfit(&format!(
                    "has more than 64 values of `{change}`, so they are not the variants of pairs"
                )));
            }
        }
        if to.len() < 2 {
            return Err(unfit(&format!("has one value of `{change}` only")));
        }
        let variants = values
            .iter()
            .map(|value| to.iter().position(|known| known == value).unwrap_or(0))
            .collect();
        Ok(Self {
            change,
            to,
            origins: origins.iter().map(|&origin| origin as u64).collect(),
            variants,
            files: labels.files,
            attributes: labels.attributes,
        })
    }

    /// Paths of all pictures, in order.
    pub fn paths(&self, folder: &Path) -> Vec<PathBuf> {
        self.files.iter().map(|file| folder.join(file)).collect()
    }

    /// Reads predictions from a CSV or Parquet file: a column `prediction` (or the only one that is left), and, unless they are in the order of the samples, one of the sample's number or file.
    ///
    /// # Errors
    ///
    /// Another number of rows; samples that are missing, unknown or there twice; predictions that are no finite numbers.
    pub fn predictions(&self, path: &Path) -> Result<Vec<f64>, PairsError> {
        let shown = path.display();
        let fault = |what: String, hint: &str| PairsError::new(format!("{shown} {what}"), hint);
        let (names, texts_of) = columns(path)?;
        let column = |wanted: &[&str]| {
            let place = wanted
                .iter()
                .find_map(|name| names.iter().position(|own| own == name))?;
            Some((place, &texts_of[place]))
        };
        let id = column(&["sample", "images_file", "file_name", "file"]);
        let others: Vec<usize> = (0..names.len())
            .filter(|&place| id.is_none_or(|(id, _)| id != place))
            .collect();
        let place = match (
            names.iter().position(|name| name == "prediction"),
            &others[..],
        ) {
            (Some(place), _) => place,
            (None, [only]) => *only,
            (None, _) => {
                return Err(fault(
                    format!(
                        "has the columns {}, and none is called `prediction`",
                        names.join(", ")
                    ),
                    "call the column of predictions `prediction`",
                ));
            }
        };
        let rows = texts_of[place].len();
        if rows != self.files.len() {
            return Err(fault(
                format!(
                    "has {rows} predictions, and the data set {} samples",
                    self.files.len()
                ),
                "predict every sample once",
            ));
        }
        let mut found: Vec<Option<f64>> = vec![None; self.files.len()];
        let place_of: BTreeMap<&str, usize> = self
            .files
            .iter()
            .enumerate()
            .map(|(at, file)| (file.as_str(), at))
            .collect();
        for (row, text) in texts_of[place].iter().enumerate() {
            let value = answer(text).ok_or_else(|| {
                fault(
                    format!("row {}: the prediction is no finite number", row + 1),
                    "give a number for each sample, such as a probability; 0 and 1, no and yes are numbers too",
                )
            })?;
            let sample = match id {
                None => Some(row),
                Some((id, texts)) if names[id] == "sample" => texts[row]
                    .parse::<f64>()
                    .ok()
                    .filter(|at| *at >= 0.0 && *at < self.files.len() as f64 && at.fract() == 0.0)
                    .map(|at| at as usize),
                // A bare name is one of `images/`.
                Some((_, texts)) => place_of
                    .get(texts[row].as_str())
                    .or_else(|| place_of.get(format!("images/{}", texts[row]).as_str()))
                    .copied(),
            };
            let slot = sample
                .and_then(|sample| found.get_mut(sample))
                .ok_or_else(|| {
                    fault(
                        format!("row {}: the data set has no such sample", row + 1),
                        "name samples by their number or by their file, as rows.parquet does",
                    )
                })?;
            if slot.replace(value).is_some() {
                return Err(fault(
                    format!("row {}: the sample was predicted before", row + 1),
                    "predict every sample once",
                ));
            }
        }
        // As many rows as samples, none twice: none is missing.
        Ok(found.into_iter().flatten().collect())
    }

    /// Asks a network in an ONNX file about every picture, run by the library in another file. `output` is counted from 1, and may be left out where there is one.
    ///
    /// # Errors
    ///
    /// No library, no such model, an output that it does not have; a picture that cannot be read.
    pub fn ask(
        &self,
        folder: &Path,
        model: &Path,
        library: Option<&Path>,
        output: Option<u32>,
    ) -> Result<Vec<f64>, PairsError> {
        let network = Network::open(model, library.unwrap_or(Path::new(LIBRARY)))?;
        let outputs = network.outputs();
        let place = match (output, outputs) {
            (None, 1) => 0,
            (Some(output), _) if output as usize <= outputs => output as usize - 1,
            (given, _) => {
                return Err(PairsError::new(
                    format!(
                        "{} has {outputs} outputs, and {}",
                        model.display(),
                        given.map_or_else(
                            || "it is not said which one is meant".to_owned(),
                            |given| format!("{given} was asked for")
                        )
                    ),
                    "name one with --output, from 1",
                ));
            }
        };
        self.paths(folder)
            .par_iter()
            .map(|path| {
                let bytes = std::fs::read(path).map_err(|error| error.to_string());
                let answer = bytes.and_then(|bytes| network.answer(&bytes));
                answer.map(|all| f64::from(all[place])).map_err(|why| {
                    PairsError::new(
                        format!("{}: {why}", path.display()),
                        "look at the picture, or make the data set again",
                    )
                })
            })
            .collect()
    }
}

/// Reads what a user's program printed about so many pictures: a number a line, in their order.
///
/// # Errors
///
/// Another number of lines; a line that is no finite number.
pub fn printed_answers(text: &str, pictures: usize) -> Result<Vec<f64>, PairsError> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    if lines.len() != pictures {
        return Err(PairsError::new(
            format!(
                "the command printed {} lines, and there are {} pictures",
                lines.len(),
                pictures
            ),
            "print one number a line for each path that is given on its standard input, in their order",
        ));
    }
    let numbers = lines.iter().enumerate().map(|(line, text)| {
        answer(text).ok_or_else(|| {
            PairsError::new(
                format!(
                    "line {} of what the command printed is no finite number",
                    line + 1
                ),
                "print one number a line, such as a probability",
            )
        })
    });
    numbers.collect()
}

/// A number, or a word for 0 or 1.
fn answer(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(1.0),
        "no" | "false" => Some(0.0),
        _ => text.parse::<f64>().ok().filter(|value| value.is_finite()),
    }
}
