//! Rows that are drawn one after the other, each with something known of it before its first column.

use super::{
    Model,
    bins::{Bin, Binning, resolution},
    forest::{Bits, MOST_DIGITS, State},
    sample::Writer,
};

impl Model {
    /// Room for drawing one row after the other.
    pub(crate) fn state(&self) -> State {
        State::new(self.columns.len(), self.context.into())
    }

    /// Draws the codes of one row into `state`; `context` is as long as the model's.
    pub(crate) fn draw_in(&self, context: &[u8], bits: &mut Bits, state: &mut State) {
        state.bins[self.columns.len() + MOST_DIGITS..].copy_from_slice(context);
        self.forest.draw(&self.binnings, bits, state);
        self.look_up(&mut state.codes);
    }

    /// Sets the codes of columns that follow from others.
    pub(crate) fn look_up(&self, codes: &mut [u32]) {
        for (column, dependence) in self.dependences.iter().enumerate() {
            if let Some(dependence) = dependence {
                codes[column] = dependence.codes[codes[usize::from(dependence.on)] as usize];
            }
        }
    }

    /// A number of the first column's bin; not a number where there is none.
    pub(crate) fn number(&self, code: u32, bits: &mut Bits) -> f64 {
        let (binning, column) = (&self.binnings[0], &self.columns[0]);
        match &binning.bins[code as usize] {
            Bin::Numbers(shape) => {
                let steps = &binning.steps[binning.group(code)];
                column
                    .kind
                    .snap(shape.draw(bits, steps, resolution(&column.kind)))
            }
            _ => f64::NAN,
        }
    }

    /// Writers of all columns, for about so many rows; levels are left to whoever joins the parts.
    pub(crate) fn writers(&self, rows: usize) -> Vec<Writer<'_>> {
        self.binnings
            .iter()
            .zip(&self.columns)
            .map(|(binning, column)| Writer::new(binning, column, &[], rows))
            .collect()
    }

    /// How the codes of every column are made.
    pub(crate) fn binnings(&self) -> &[Binning] {
        &self.binnings
    }

    /// How the codes of a column are made.
    pub(crate) fn binning(&self, column: usize) -> &Binning {
        &self.binnings[column]
    }

    /// The levels of a column that are kept.
    pub(crate) fn levels(&self, column: usize) -> &[String] {
        &self.levels[column]
    }

    /// How many bins of context a row is drawn with.
    pub(crate) fn context(&self) -> usize {
        self.context.into()
    }

    /// Whether a column is written by whoever draws rows.
    pub(crate) fn is_written(&self, column: usize) -> bool {
        self.written[column]
    }
}

/// Finds the codes of numbers one at a time.
#[derive(Debug)]
pub(crate) struct Scale {
    first: u32,
    ends: Vec<f64>,
    missing: u32,
}

impl Scale {
    pub(crate) fn new(binning: &Binning) -> Self {
        let numbers = |bin: &Bin| matches!(bin, Bin::Numbers(_));
        let first = binning.bins.iter().position(numbers).unwrap_or_default();
        let missing = binning.bins.iter().position(|bin| *bin == Bin::Missing);
        Self {
            first: first as u32,
            ends: binning
                .bins
                .iter()
                .filter_map(|bin| match bin {
                    Bin::Numbers(shape) => Some(shape.end()),
                    _ => None,
                })
                .collect(),
            missing: missing.unwrap_or_default() as u32,
        }
    }

    /// The code of a number.
    pub(crate) fn code(&self, value: f64) -> u32 {
        if value.is_nan() || self.ends.is_empty() {
            return self.missing;
        }
        let place = self.ends.partition_point(|&end| end < value);
        self.first + place.min(self.ends.len() - 1) as u32
    }
}
