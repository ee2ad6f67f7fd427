//! Tables on common ground: the same columns, the same codes, in a random order of rows.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use population::stream::{Seed, Streams};
use rayon::prelude::*;
use tables::{Cells, Kind, MISSING_LEVEL, Table};

use crate::statistics::{ALARM, GROUPS, lower_bound, upper_bound};

/// A level is shown by its name only where so many training rows have it; fewer could point at somebody.
pub(crate) const SHOWN_LEVEL: u64 = 10;

/// The tables that are compared. Real rows are in here: what is made of it is not private.
#[derive(Debug, Clone)]
pub struct Ground {
    /// What the columns are.
    pub columns: Vec<Attribute>,
    /// How the training table writes each of them; none where they are of no table.
    pub written: Vec<tables::Column>,
    /// What the synthetic rows were learned from.
    pub train: Rows,
    /// The rows that are judged.
    pub synthetic: Rows,
    /// Real rows that nothing was learned from.
    pub holdout: Option<Rows>,
    /// What could not be compared, a sentence each.
    pub notes: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its name; the halves of a position have a word behind it.
    pub name: String,
    /// What its values are.
    pub scale: Scale,
}

/// What the values of a column are.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Quantities.
    Number {
        /// Texts that stand for something else than a number.
        codes: usize,
    },
    /// Seconds.
    Moment {
        /// Texts that stand for something else than a moment.
        codes: usize,
    },
    /// Places in a list.
    Category {
        /// Every level of any of the tables, in order of text.
        levels: Vec<String>,
    },
}

/// The rows of one table, column by column, in a random order that the seed decides: the first m are a random sample, and tenths are tenths of everything.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The values of each column.
    pub values: Vec<Values>,
    /// How many rows.
    pub count: usize,
}

/// The values of one column.
#[derive(Debug, Clone)]
pub enum Values {
    /// Quantities and seconds.
    Numbers {
        /// `NaN` where there is none.
        values: Vec<f64>,
        /// What is there instead: 0 missing, else counted from 1; empty where the column has no such texts.
        special: Vec<u8>,
    },
    /// Places among the levels; [`MISSING_LEVEL`] where there is none.
    Codes(Vec<u32>),
}

impl Attribute {
    /// Whether its values have an order and a distance.
    pub fn is_number(&self) -> bool {
        !matches!(self.scale, Scale::Category { .. })
    }
}

impl Ground {
    /// Brings tables together that were read with the same layout (columns by name; a column that `synthetic` or `holdout` does not have is left out, with a note).
    pub fn new(train: &Table, synthetic: &Table, holdout: Option<&Table>, seed: Seed) -> Self {
        let (mut columns, mut written) = (Vec::new(), Vec::new());
        let mut notes = Vec::new();
        let mut places: Vec<[usize; 3]> = Vec::new();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, column) in train.columns.iter().enumerate() {
            let occurrence = seen.entry(&column.name).or_default();
            let nth = *occurrence;
            *occurrence += 1;
            let find = |table: &Table| {
                let mut same =
                    (0..table.columns.len()).filter(|&at| table.columns[at].name == column.name);
                same.nth(nth)
            };
            let name = &column.name;
            let Some(in_synthetic) = find(synthetic) else {
                continue;
            };
            let in_holdout = match holdout.map(find) {
                None => 0,
                Some(Some(at)) => at,
                Some(None) => {
                    notes.push(format!(
                        "`{name}` is not in the hold-out, and was left out of every comparison"
                    ));
                    continue;
                }
            };
            let scale = match &column.kind {
                Kind::Number(_) | Kind::Position(_) => Scale::Number {
                    codes: column.codes.len(),
                },
                Kind::Moment(_) => Scale::Moment {
                    codes: column.codes.len(),
                },
                Kind::Boolean { .. } | Kind::Category => Scale::Category { levels: Vec::new() },
                Kind::Identifier(_) => {
                    notes.push(format!("`{name}` names records and is not compared"));
                    continue;
                }
                Kind::Text(_) => {
                    notes.push(format!("`{name}` is free text and is not compared"));
                    continue;
                }
            };
            let name = match &column.kind {
                Kind::Position(half) => {
                    format!(
                        "{name} {}",
                        if half.whole.latitude_first == (half.part == tables::Part::First) {
                            "latitude"
                        } else {
                            "longitude"
                        }
                    )
                }
                _ => name.clone(),
            };
            columns.push(Attribute { name, scale });
            written.push(column.clone());
            places.push([place, in_synthetic, in_holdout]);
        }
        let all: Vec<&Table> = [train, synthetic].into_iter().chain(holdout).collect();
        let orders: Vec<Vec<u32>> = ["train", "synthetic", "holdout"]
            .iter()
            .zip(&all)
            .map(|(purpose, table)| shuffled(table.rows, seed, purpose))
            .collect();
        let mut made: Vec<Vec<Values>> = vec![Vec::new(); all.len()];
        for (attribute, at) in columns.iter_mut().zip(&places) {
            let cells: Vec<&Cells> = all
                .iter()
                .zip(at)
                .map(|(table, &at)| &table.cells[at])
                .collect();
            if let Scale::Category { levels } = &mut attribute.scale {
                let mut union: Vec<String> = cells
                    .iter()
                    .flat_map(|cells| match cells {
                        Cells::Levels { levels, .. } => levels.as_slice(),
                        _ => &[],
                    })
                    .cloned()
                    .collect();
                union.sort_unstable();
                union.dedup();
                *levels = union;
            }
            for ((cells, order), made) in cells.iter().zip(&orders).zip(&mut made) {
                made.push(Values::of(cells, order, &attribute.scale));
            }
        }
        let mut rows = made.into_iter().zip(&all).map(|(values, table)| Rows {
            values,
            count: table.rows,
        });
        let empty = || Rows {
            values: Vec::new(),
            count: 0,
        };
        let train = rows.next().unwrap_or_else(empty);
        let synthetic = rows.next().unwrap_or_else(empty);
        let holdout = rows.next();
        notes.extend(
            holdout
                .as_ref()
                .and_then(|holdout| overlap(&columns, &train, holdout)),
        );
        Self {
            columns,
            written,
            train,
            synthetic,
            holdout,
            notes,
        }
    }

    /// At most so many random rows of each table.
    pub(crate) fn sample(&self, most: usize) -> Self {
        Self {
            columns: self.columns.clone(),
            written: self.written.clone(),
            train: self.train.sample(most),
            synthetic: self.synthetic.sample(most),
            holdout: self.holdout.as_ref().map(|rows| rows.sample(most)),
            notes: self.notes.clone(),
        }
    }

    /// The place of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The levels of a category that may be shown, by their places: those that [`SHOWN_LEVEL`] training rows have.
    pub(crate) fn shown(&self, column: usize) -> Vec<bool> {
        let counts = self.train.level_counts(column, self.levels(column).len());
        counts.iter().map(|&count| count >= SHOWN_LEVEL).collect()
    }

    pub(crate) fn levels(&self, column: usize) -> &[String] {
        match &self.columns[column].scale {
            Scale::Category { levels } => levels,
            Scale::Number { .. } | Scale::Moment { .. } => &[],
        }
    }
}

/// Whether hold-out rows equal training rows more often than these equal one another: then they are not fresh.
pub(crate) fn overlap(columns: &[Attribute], train: &Rows, holdout: &Rows) -> Option<String> {
    let every: Vec<usize> = (0..columns.len()).collect();
    let mut hashes = train.hashes(&every);
    hashes.sort_unstable();
    let again: u64 = hashes
        .chunk_by(|a, b| a == b)
        .filter(|same| same.len() > 1)
        .map(|same| same.len() as u64)
        .sum();
    let shared = holdout.hashes(&every);
    let shared = shared
        .iter()
        .filter(|hash| hashes.binary_search(hash).is_ok());
    let shared = shared.count() as u64;
    let (n, m) = (holdout.count as u64, train.count as u64);
    (lower_bound(shared, n, ALARM) > upper_bound(again, m, ALARM)).then(|| {
        format!("{shared} of {n} hold-out rows equal a training row, and only {again} of {m} training rows equal another: the hold-out overlaps the training data, and attacks look weaker than they are")
    })
}

pub(crate) fn shuffled(rows: usize, seed: Seed, purpose: &str) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    let mut stream = Streams::new(seed, 0).stream(&format!("check/order/{purpose}"));
    for place in (1..rows).rev() {
        order.swap(place, stream.below(place as u64 + 1) as usize);
    }
    order
}

impl Values {
    /// Of some cells, in this order.
    pub(crate) fn of(cells: &Cells, order: &[u32], scale: &Scale) -> Self {
        match (cells, scale) {
            (Cells::Numbers { values, special }, _) => Self::Numbers {
                values: order.iter().map(|&row| values[row as usize]).collect(),
                special: if special.is_empty() {
                    Vec::new()
                } else {
                    order.iter().map(|&row| special[row as usize]).collect()
                },
            },
            (Cells::Levels { codes, levels }, Scale::Category { levels: all }) => {
                let place: Vec<u32> = levels
                    .iter()
                    .map(|level| {
                        all.binary_search(level)
                            .map_or(MISSING_LEVEL, |at| at as u32)
                    })
                    .collect();
                Self::Codes(
                    order
                        .iter()
                        .map(|&row| match codes[row as usize] {
                            MISSING_LEVEL => MISSING_LEVEL,
                            code => place[code as usize],
                        })
                        .collect(),
                )
            }
            _ => Self::Codes(vec![MISSING_LEVEL; order.len()]),
        }
    }

    fn cut(&self, from: usize, to: usize) -> Self {
        match self {
            Self::Numbers { values, special } => Self::Numbers {
                values: values[from..to].to_vec(),
                special: if special.is_empty() {
                    Vec::new()
                } else {
                    special[from..to].to_vec()
                },
            },
            Self::Codes(codes) => Self::Codes(codes[from..to].to_vec()),
        }
    }

    /// The numbers, where they are numbers.
    pub(crate) fn numbers(&self) -> &[f64] {
        match self {
            Self::Numbers { values, .. } => values,
            Self::Codes(_) => &[],
        }
    }

    /// The codes, where they are codes.
    pub(crate) fn codes(&self) -> &[u32] {
        match self {
            Self::Codes(codes) => codes,
            Self::Numbers { .. } => &[],
        }
    }
}

impl Rows {
    /// The rows from one place up to another.
    pub(crate) fn part(&self, from: usize, to: usize) -> Self {
        let to = to.min(self.count);
        let from = from.min(to);
        Self {
            values: self
                .values
                .iter()
                .map(|values| values.cut(from, to))
                .collect(),
            count: to - from,
        }
    }

    /// A random sample: at most `most` rows.
    pub(crate) fn sample(&self, most: usize) -> Self {
        self.part(0, most)
    }

    /// These rows, and others of the same columns behind them.
    pub(crate) fn joined(&self, others: &Self) -> Self {
        fn both<T: Copy>(a: &[T], b: &[T]) -> Vec<T> {
            [a, b].concat()
        }
        // Where one of them has no such texts, none of its rows has one.
        let codes = |own: &[u8], rows: usize| {
            if own.is_empty() {
                vec![0; rows]
            } else {
                own.to_vec()
            }
        };
        let values = self.values.iter().zip(&others.values);
        let values = values.map(|two| match two {
            (
                Values::Numbers { values, special },
                Values::Numbers {
                    values: more,
                    special: more_special,
                },
            ) => Values::Numbers {
                values: both(values, more),
                special: if special.is_empty() && more_special.is_empty() {
                    Vec::new()
                } else {
                    [
                        codes(special, self.count),
                        codes(more_special, others.count),
                    ]
                    .concat()
                },
            },
            (Values::Codes(codes), other) => Values::Codes(both(codes, other.codes())),
            (numbers @ Values::Numbers { .. }, Values::Codes(_)) => numbers.clone(),
        });
        Self {
            values: values.collect(),
            count: self.count + others.count,
        }
    }

    /// The rows for which it is true.
    pub(crate) fn those(&self, keep: &[bool]) -> Self {
        fn taken<T: Copy>(all: &[T], keep: &[bool]) -> Vec<T> {
            let kept = all.iter().zip(keep).filter(|(_, keep)| **keep);
            kept.map(|(&value, _)| value).collect()
        }
        Self {
            values: self
                .values
                .iter()
                .map(|values| match values {
                    Values::Numbers { values, special } => Values::Numbers {
                        values: taken(values, keep),
                        special: taken(special, keep),
                    },
                    Values::Codes(codes) => Values::Codes(taken(codes, keep)),
                })
                .collect(),
            count: keep.iter().filter(|keep| **keep).count(),
        }
    }

    /// How many rows have each of the levels of a category.
    pub(crate) fn level_counts(&self, column: usize, levels: usize) -> Vec<u64> {
        let mut counts = vec![0; levels];
        for &code in self.values[column].codes() {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// A row as numbers that are equal where the written values are: for comparing whole rows.
    pub(crate) fn key(&self, row: usize, columns: &[usize]) -> Vec<u64> {
        columns
            .iter()
            .map(|&column| match &self.values[column] {
                Values::Codes(codes) => u64::from(codes[row]),
                Values::Numbers { values, special } => {
                    let value = values[row];
                    if value.is_nan() {
                        u64::MAX - u64::from(special.get(row).copied().unwrap_or(0))
                    } else {
                        // 0 and −0 are written alike.
                        (value + 0.0).to_bits()
                    }
                }
            })
            .collect()
    }

    /// A number for each row that is the same where whole rows are; of other rows with probability 2⁻⁶⁴.
    pub(crate) fn hashes(&self, columns: &[usize]) -> Vec<u64> {
        (0..self.count)
            .into_par_iter()
            .map(|row| {
                let mut hasher = DefaultHasher::new();
                self.key(row, columns).hash(&mut hasher);
                hasher.finish()
            })
            .collect()
    }

    /// Where the groups of rows begin and end that a jackknife leaves out in turn.
    pub(crate) fn groups(&self) -> Vec<(usize, usize)> {
        (0..GROUPS)
            .map(|group| {
                (
                    group * self.count / GROUPS,
                    (group + 1) * self.count / GROUPS,
                )
            })
            .collect()
    }
}
