//! What one pass over a column remembers of it.

use arrow_array::ArrayRef;

use crate::cells::{Cell, visit};
use crate::detect::distinct::{Distinct, hash_bytes};
use crate::detect::missing;
use crate::detect::number::{parts, plain};
use crate::detect::tally::Tally;
use crate::table::Storage;

/// Different values kept of a column: more than this many are sampled.
pub(crate) const KEPT: usize = 1 << 14;
/// Different texts that are no number, kept to find the codes of a column of numbers.
const OTHERS: usize = 1 << 10;

/// The counts of one column, or of a part of its rows. Parts merge to the same summary however the rows are divided.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) storage: Storage,
    pub(crate) rows: u64,
    pub(crate) nulls: u64,
    /// Cells by the spelling of the missing value.
    pub(crate) missing: [u64; missing::COUNT],
    /// All texts and numbers but nulls and missing values.
    pub(crate) values: Distinct,
    /// Those of them that are no number, however points and commas are read.
    pub(crate) others: Distinct,
    /// Numbers without any point or comma; with, by the reading that takes the point for the decimal mark; by the other.
    pub(crate) whole: Tally,
    pub(crate) point: Tally,
    pub(crate) comma: Tally,
    pub(crate) truths: u64,
    pub(crate) moments: u64,
    /// Whether all stored moments are multiples of a day, an hour, a minute, a second, a millisecond.
    pub(crate) steps: [bool; 5],
}

/// The steps of [`Summary::steps`], in seconds.
pub(crate) const STEPS_S: [f64; 5] = [86_400.0, 3600.0, 60.0, 1.0, 1e-3];

impl Summary {
    /// Of no rows. `columns` is how many there are in all: a wide table keeps fewer values of each.
    pub(crate) fn new(storage: Storage, columns: usize) -> Self {
        let kept = (KEPT * 128 / columns.max(1)).clamp(512, KEPT);
        Self {
            storage,
            rows: 0,
            nulls: 0,
            missing: [0; missing::COUNT],
            values: Distinct::new(kept),
            others: Distinct::new(OTHERS.min(kept)),
            whole: Tally::default(),
            point: Tally::default(),
            comma: Tally::default(),
            truths: 0,
            moments: 0,
            steps: [true; 5],
        }
    }

    pub(crate) fn add(&mut self, column: &ArrayRef) {
        visit(column, |cell| self.add_cell(cell));
    }

    fn add_cell(&mut self, cell: Cell<'_>) {
        self.rows += 1;
        match cell {
            Cell::Null => self.nulls += 1,
            Cell::Text(text) => self.add_text(text),
            Cell::Integer(value) => {
                self.whole.add_integer(value);
                let hash = hash_bytes(&value.to_le_bytes());
                self.values.add(hash, 1, || value.to_string().into());
            }
            Cell::Number(value) => {
                self.point.add_number(value);
                // One zero: the sign of nothing is no difference.
                let hash = hash_bytes(&(value + 0.0).to_bits().to_le_bytes());
                self.values
                    .add(hash, 1, || (value + 0.0).to_string().into());
            }
            Cell::Boolean(value) => {
                self.truths += 1;
                let text = if value { "true" } else { "false" };
                self.values
                    .add(hash_bytes(text.as_bytes()), 1, || text.into());
            }
            Cell::Moment(value) => {
                self.moments += 1;
                for (all, step) in self.steps.iter_mut().zip(STEPS_S) {
                    *all = *all && ((value / step).round() * step - value).abs() < 1e-6;
                }
                self.values
                    .add(hash_bytes(&value.to_bits().to_le_bytes()), 1, || {
                        value.to_string().into()
                    });
            }
        }
    }

    fn add_text(&mut self, text: &str) {
        if let Some(place) = missing::spelling(text) {
            self.missing[place] += 1;
            return;
        }
        let hash = hash_bytes(text.as_bytes());
        self.values.add(hash, 1, || text.into());
        if let Some(reading) = plain(text.as_bytes()) {
            if reading.decimals == 0 {
                self.whole.add(&reading);
            } else {
                self.point.add(&reading);
                // `1.234` may be a thousand and more.
                if reading.decimals == 3
                    && let Some(reading) = parts(text).and_then(|parts| parts.read(','))
                {
                    self.comma.add(&reading);
                }
            }
            return;
        }
        let parts = parts(text);
        let point = parts.and_then(|parts| parts.read('.'));
        let comma = parts.and_then(|parts| parts.read(','));
        if let (Some(point), Some(comma)) = (&point, &comma)
            && point == comma
        {
            self.whole.add(point);
            return;
        }
        if let Some(point) = &point {
            self.point.add(point);
        }
        if let Some(comma) = &comma {
            self.comma.add(comma);
        }
        if point.is_none() && comma.is_none() {
            self.others.add(hash, 1, || text.into());
        }
    }

    pub(crate) fn merge(&mut self, other: Summary) {
        self.rows += other.rows;
        self.nulls += other.nulls;
        for (mine, others) in self.missing.iter_mut().zip(other.missing) {
            *mine += others;
        }
        self.values.merge(other.values);
        self.others.merge(other.others);
        self.whole.merge(&other.whole);
        self.point.merge(&other.point);
        self.comma.merge(&other.comma);
        self.truths += other.truths;
        self.moments += other.moments;
        for (mine, others) in self.steps.iter_mut().zip(other.steps) {
            *mine &= others;
        }
    }
}
