//! Rows that are known in part: what they have is kept as it is, what is empty is drawn given the rest, and columns they do not have are added.
//!
//! Known values are clamped while a row is drawn, in the orders of columns in which the fewest unknown ones come before known ones. One of a few candidates is
//! kept in proportion to how likely the model finds the known values on its way (sampling importance resampling, Rubin 1987); where nothing unknown
//! comes before anything known, the first candidate is already a draw from the model's conditional.

use std::collections::{BTreeSet, HashMap};

use super::{
    Model,
    bins::{Bin, RARE},
    condition::{Candidate, Conditions, Given, Scratch},
    draws::{Drawn, RequestError},
    forest::{Bits, Order},
};
use crate::detect::{Facts, spelling};
use crate::layout::{Layout, LayoutColumn};
use crate::source::Source;
use crate::table::{Cells, Column, Kind, MISSING_LEVEL, Storage, Table};
use population::stream::{Purpose, Seed, Streams};
use privacy::{Ledger, Sealed};

/// Candidates of which one is kept.
const CANDIDATES: usize = 32;
/// Candidates after which a row that no rule allows is taken without rules.
const PATIENCE: usize = 2048;
/// Orders that candidates come from.
const ORDERS: usize = 2;
/// Rows that one thread completes at a time.
const BLOCK: u64 = 256;

/// What was filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The column.
    pub column: String,
    /// Empty cells that were filled.
    pub cells: u64,
    /// Whether the table did not have the column.
    pub added: bool,
}

impl Model {
    /// What the columns of a table of partial rows are: those of the model by name. Identifiers and texts are kept as they are.
    ///
    /// # Errors
    ///
    /// A column that the model does not have.
    pub fn layout_of_partial(&self, source: &Source) -> Result<Layout, RequestError> {
        let mut columns = Vec::new();
        for field in source.schema().fields() {
            let name = field.name();
            let own: Vec<Column> = self
                .columns
                .iter()
                .filter(|column| column.name == *name)
                .map(as_partial)
                .collect();
            if own.is_empty() {
                self.place(name)?;
            }
            columns.push(LayoutColumn {
                name: name.clone(),
                columns: own,
                facts: Facts::default(),
                given: true,
            });
        }
        Ok(Layout { columns })
    }

    /// Completes a table that was read with [`layout_of_partial`](Self::layout_of_partial): the columns of the model, in its order.
    ///
    /// Known cells are kept as they were read; a cell that is empty, or no value of its column's kind, gets a value and never stays missing. Row `i` depends on
    /// model, seed, its known cells and `i` alone. *Privacy*: the rows that come out are those that came in; the ledger is told.
    pub fn complete(
        &self,
        partial: &Sealed<Table>,
        ledger: &mut Ledger,
        seed: Seed,
    ) -> (Table, Vec<Filled>) {
        let partial = partial.open(ledger, "rows to complete, which are kept");
        // For each column of the model, that of the table.
        let mut taken = vec![false; partial.columns.len()];
        let from: Vec<Option<usize>> = self
            .columns
            .iter()
            .map(|column| {
                let place = (0..taken.len())
                    .find(|&place| !taken[place] && partial.columns[place].name == column.name)?;
                taken[place] = true;
                Some(place)
            })
            .collect();
        let known: Vec<Option<Vec<Known>>> = from
            .iter()
            .enumerate()
            .map(|(column, place)| {
                place.map(|place| self.known_cells(column, &partial.cells[place]))
            })
            .collect();
        let numbers: Vec<Option<&[f64]>> = from
            .iter()
            .map(|place| match place.map(|place| &partial.cells[place]) {
                Some(Cells::Numbers { values, .. }) => Some(values.as_slice()),
                _ => None,
            })
            .collect();
        let rules = self.rules();
        let conditions = Conditions::new(self, &[], &rules, &[], 1.0);
        let free = Conditions::new(self, &[], &[], &rules, 1.0);
        let mut table = self.in_blocks(0..partial.rows as u64, BLOCK, |_, rows| {
            let mut completer = Completer::new(&conditions, &free, &known, &numbers);
            let mut drawn = Drawn::new(&conditions);
            for row in rows.clone() {
                drawn.push(&completer.row(row as usize, seed));
            }
            self.write(rows, &drawn.codes, &drawn.fixed, seed)
        });
        let mut filled = Vec::new();
        for (column, place) in from.iter().enumerate() {
            let name = &self.columns[column].name;
            let Some(place) = *place else {
                filled.push(Filled {
                    column: name.clone(),
                    cells: partial.rows as u64,
                    added: true,
                });
                continue;
            };
            let cells = keep(
                &mut table,
                column,
                &partial.cells[place],
                known[column].as_deref(),
            );
            if matches!(
                self.columns[column].kind,
                Kind::Identifier(_) | Kind::Text(_)
            ) {
                table.columns[column] = partial.columns[place].clone();
            }
            if cells > 0 {
                filled.push(Filled {
                    column: name.clone(),
                    cells,
                    added: false,
                });
            }
        }
        (table, filled)
    }

    /// What is known of each row of a column.
    fn known_cells(&self, column: usize, cells: &Cells) -> Vec<Known> {
        let binning = &self.binnings[column];
        match cells {
            Cells::Numbers { values, special } => {
                let encoder = binning.encoder();
                let special = special.iter().copied().chain(std::iter::repeat(0));
                values
                    .iter()
                    .zip(special)
                    .map(|(&value, special)| match encoder.number(value, special) {
                        _ if value.is_nan() && special == 0 => Known::Nothing,
                        RARE => Known::Strange,
                        code => Known::Code(code),
                    })
                    .collect()
            }
            Cells::Levels { codes, levels } => {
                let opaque = matches!(
                    self.columns[column].kind,
                    Kind::Identifier(_) | Kind::Text(_)
                );
                let mut code_of: HashMap<&str, u32> = HashMap::new();
                for (code, bin) in binning.bins.iter().enumerate() {
                    if let Bin::Level(level) = bin
                        && let Some(text) = self.levels[column].get(*level as usize)
                    {
                        code_of.insert(text, code as u32);
                    }
                }
                let of_level: Vec<Known> = levels
                    .iter()
                    .map(|text| match code_of.get(text.as_str()) {
                        Some(&code) => Known::Code(code),
                        None if text.trim().is_empty() || spelling(text).is_some() => {
                            Known::Nothing
                        }
                        // The second code of identifiers and texts is: there is one.
                        None if opaque => Known::Code(1),
                        None => Known::Strange,
                    })
                    .collect();
                codes
                    .iter()
                    .map(|&code| match code {
                        MISSING_LEVEL => Known::Nothing,
                        code => of_level[code as usize],
                    })
                    .collect()
            }
            Cells::Opaque { .. } | Cells::Keys { .. } => (0..cells.len())
                .map(|row| {
                    if cells.is_there(row) {
                        Known::Code(1)
                    } else {
                        Known::Nothing
                    }
                })
                .collect(),
        }
    }
}

/// A column as partial rows have it: identifiers and texts are texts to keep.
fn as_partial(column: &Column) -> Column {
    match column.kind {
        Kind::Identifier(_) | Kind::Text(_) => Column {
            kind: Kind::Category,
            storage: Storage::Text,
            ..column.clone()
        },
        _ => column.clone(),
    }
}

/// What is known of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// It is empty.
    Nothing,
    /// It has this code.
    Code(u32),
    /// It has a value that the model does not know.
    Strange,
}

/// Puts the known cells over the drawn ones; how many were not known.
fn keep(table: &mut Table, column: usize, kept: &Cells, known: Option<&[Known]>) -> u64 {
    let known = known.unwrap_or_default();
    let is_known = |row: usize| known.get(row) != Some(&Known::Nothing);
    match (&mut table.cells[column], kept) {
        (
            Cells::Numbers { values, special },
            Cells::Numbers {
                values: theirs,
                special: codes,
            },
        ) => {
            for row in (0..theirs.len()).filter(|&row| is_known(row)) {
                values[row] = theirs[row];
                if let Some(special) = special.get_mut(row) {
                    *special = codes.get(row).copied().unwrap_or(0);
                }
            }
        }
        (cells, Cells::Levels { codes, levels }) => {
            let (drawn, names): (Vec<u32>, &[String]) = match &*cells {
                Cells::Levels { codes, levels } => (codes.clone(), levels),
                // What identifiers and texts would be made up as is no value to fill in.
                _ => (vec![MISSING_LEVEL; codes.len()], &[]),
            };
            let all: BTreeSet<&String> = names.iter().chain(levels).collect();
            let all: Vec<String> = all.into_iter().cloned().collect();
            let place = |text: &String| all.binary_search(text).map_or(MISSING_LEVEL, |p| p as u32);
            let from_drawn: Vec<u32> = names.iter().map(place).collect();
            let from_kept: Vec<u32> = levels.iter().map(place).collect();
            let merged = (0..codes.len())
                .map(|row| {
                    let (code, table) = if is_known(row) {
                        (codes[row], &from_kept)
                    } else {
                        (drawn[row], &from_drawn)
                    };
                    table.get(code as usize).copied().unwrap_or(MISSING_LEVEL)
                })
                .collect();
            *cells = Cells::Levels {
                codes: merged,
                levels: all,
            };
        }
        _ => {}
    }
    known
        .iter()
        .filter(|&&known| known == Known::Nothing)
        .count() as u64
}

/// Completes rows, one after the other.
struct Completer<'a> {
    model: &'a Model,
    conditions: &'a Conditions<'a>,
    /// Without the model's rules.
    free: &'a Conditions<'a>,
    known: &'a [Option<Vec<Known>>],
    numbers: &'a [Option<&'a [f64]>],
    scratch: Scratch<'a>,
    free_scratch: Scratch<'a>,
    /// The best orders by which columns are known, and whether nothing unknown comes before what is known.
    orders: HashMap<Vec<bool>, Vec<(usize, bool)>>,
}

impl<'a> Completer<'a> {
    fn new(
        conditions: &'a Conditions<'a>,
        free: &'a Conditions<'a>,
        known: &'a [Option<Vec<Known>>],
        numbers: &'a [Option<&'a [f64]>],
    ) -> Self {
        Self {
            model: conditions.model(),
            conditions,
            free,
            known,
            numbers,
            scratch: conditions.scratch(),
            free_scratch: free.scratch(),
            orders: HashMap::new(),
        }
    }

    fn row(&mut self, row: usize, seed: Seed) -> Candidate {
        let columns = self.model.columns.len();
        let mut codes = vec![None; columns];
        let mut present = vec![false; columns];
        for (column, known) in self.known.iter().enumerate() {
            match known.as_ref().map(|known| known[row]) {
                Some(Known::Code(code)) => codes[column] = Some(code),
                Some(Known::Nothing) => present[column] = true,
                Some(Known::Strange) | None => {}
            }
        }
        let values: Vec<f64> = self
            .numbers
            .iter()
            .map(|values| values.map_or(f64::NAN, |values| values[row]))
            .collect();
        let given = Given {
            codes: &codes,
            values: &values,
            present: &present,
        };
        let is_known: Vec<bool> = codes.iter().map(Option::is_some).collect();
        let model = self.model;
        let orders = self
            .orders
            .entry(is_known)
            .or_insert_with_key(|known| best_orders(model, known));
        let purpose = Purpose::new("table/complete");
        let mut bits = Bits::new(Streams::new(seed, row as u64).stream_for(&purpose));
        let mut kept = None;
        let mut sum = 0.0;
        for tried in 0..PATIENCE {
            let (order, sure) = orders[tried % orders.len()];
            let order = &model.forest.orders[order];
            let found = self
                .conditions
                .candidate(order, Some(given), &mut bits, &mut self.scratch);
            if let Some(candidate) = found {
                // A sure order's candidate needs no others, but rules may want some.
                if sure {
                    return candidate;
                }
                sum += candidate.weight;
                if bits.uniform() * sum < candidate.weight || kept.is_none() {
                    kept = Some(candidate);
                }
            }
            if tried + 1 >= CANDIDATES && kept.is_some() {
                break;
            }
        }
        let order = &model.forest.orders[orders[0].0];
        kept.or_else(|| {
            self.free
                .candidate(order, Some(given), &mut bits, &mut self.free_scratch)
        })
        .unwrap_or_else(|| self.any(order, &codes, &mut bits))
    }

    /// A row of the model, whatever is known, for values that no tree has seen together: only what follows from them is theirs.
    fn any(&mut self, order: &Order, known: &[Option<u32>], bits: &mut Bits) -> Candidate {
        let free = self
            .free
            .candidate(order, None, bits, &mut self.free_scratch);
        let mut any = free.unwrap_or_else(|| self.free.nobody());
        for (code, known) in any.codes.iter_mut().zip(known) {
            *code = known.unwrap_or(*code);
        }
        self.model.look_up(&mut any.codes);
        any
    }
}

/// The orders in which the fewest unknown columns come before known ones.
fn best_orders(model: &Model, known: &[bool]) -> Vec<(usize, bool)> {
    // A known follower says something of the column it follows from.
    let mut told = known.to_vec();
    for (column, dependence) in model.dependences.iter().enumerate() {
        if let Some(dependence) = dependence {
            told[usize::from(dependence.on)] |= known[column];
        }
    }
    let mut ranked: Vec<(usize, usize)> = model
        .forest
        .orders
        .iter()
        .enumerate()
        .map(|(place, order)| {
            let mut unknown = 0;
            let mut cost = 0;
            for &column in &order.columns {
                if told[usize::from(column)] {
                    cost += unknown;
                } else {
                    unknown += 1;
                }
            }
            (cost, place)
        })
        .collect();
    ranked.sort_unstable();
    ranked
        .into_iter()
        .take(ORDERS)
        .map(|(cost, place)| (place, cost == 0))
        .collect()
}
