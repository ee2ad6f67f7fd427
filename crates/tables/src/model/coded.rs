//! The codes of a table, as trees see them: one byte a value, and another for each digit where a code has several.

use super::bins::{Binning, Encoder, RARE};
use crate::table::Cells;

/// The first digit of a row without a code.
const NO_DIGIT: u8 = u8::MAX;

/// The codes of a table.
#[derive(Debug)]
pub(crate) struct Coded {
    pub rows: usize,
    pub columns: Vec<CodedColumn>,
}

/// The codes of one column.
#[derive(Debug)]
pub(crate) struct CodedColumn {
    bins: Vec<u8>,
    /// Every digit of each row; none where there is one, which then is the bin.
    digits: Vec<Vec<u8>>,
    /// The first code of each class of the first digit.
    groups: Vec<u32>,
    /// The bin of rows without a code.
    rare: u8,
    /// For each code its bin and its digits; then those of no code.
    split: Vec<(u8, [u8; 3])>,
}

impl Coded {
    /// Of columns of one length.
    pub(crate) fn new(columns: Vec<CodedColumn>) -> Self {
        Self {
            rows: columns.first().map_or(0, |column| column.bins.len()),
            columns,
        }
    }
}

impl CodedColumn {
    /// Of no rows yet, with room for so many.
    pub(crate) fn new(binning: &Binning, rows: usize) -> Self {
        let several = match binning.digits().len() {
            1 => 0,
            several => several,
        };
        let rare = binning.feature_count.min(255) as u8;
        let split = binning.feature.iter().enumerate();
        let split = split.map(|(code, &bin)| (bin, binning.split(code as u32)));
        Self {
            bins: Vec::with_capacity(rows),
            digits: (0..several).map(|_| Vec::with_capacity(rows)).collect(),
            groups: binning.groups.clone(),
            rare,
            split: split
                .chain(std::iter::once((rare, [NO_DIGIT; 3])))
                .collect(),
        }
    }

    /// Of all rows of a column in memory.
    pub(crate) fn of(binning: &Binning, cells: &Cells) -> Self {
        let encoder = binning.encoder();
        let mut column = Self::new(binning, cells.len());
        column.extend(cells, &encoder, |level| encoder.level(level));
        column
    }

    /// Of rows with these codes.
    pub(crate) fn of_codes(binning: &Binning, codes: impl ExactSizeIterator<Item = u32>) -> Self {
        let mut column = Self::new(binning, codes.len());
        codes.for_each(|code| column.push(code));
        column
    }

    /// Adds rows; `level` finds the codes of levels.
    pub(crate) fn extend(&mut self, cells: &Cells, encoder: &Encoder, level: impl Fn(u32) -> u32) {
        match cells {
            Cells::Numbers { values, special } => {
                let special = special.iter().copied().chain(std::iter::repeat(0));
                let codes = values.iter().zip(special);
                codes.for_each(|(&value, special)| self.push(encoder.number(value, special)));
            }
            Cells::Levels { codes, .. } => codes.iter().for_each(|&code| self.push(level(code))),
            Cells::Opaque { .. } | Cells::Keys { .. } => {
                (0..cells.len()).for_each(|row| self.push(u32::from(cells.is_there(row))));
            }
        }
    }

    /// Adds a row.
    fn push(&mut self, code: u32) {
        let (bin, split) = self.split[(code as usize).min(self.split.len() - 1)];
        self.bins.push(bin);
        for (digits, digit) in self.digits.iter_mut().zip(split) {
            digits.push(digit);
        }
    }

    /// For each row the bin that its code is to trees.
    pub(crate) fn bins(&self) -> &[u8] {
        &self.bins
    }

    /// For each row a digit of its code, with no meaning where the row has none.
    pub(crate) fn digit(&self, digit: usize) -> &[u8] {
        self.digits.get(digit).unwrap_or(&self.bins)
    }

    /// The code of a row, [`RARE`] where it has none.
    pub(crate) fn code(&self, row: usize) -> u32 {
        let group = match &self.digits[..] {
            [] if self.bins[row] == self.rare => return RARE,
            [] => return self.bins[row].into(),
            [first, ..] => match first[row] {
                NO_DIGIT => return RARE,
                group => self.groups[usize::from(group)],
            },
        };
        let digit = |digit: usize| u32::from(self.digits[digit][row]);
        match self.digits.len() {
            2 => group + digit(1),
            _ => group + 64 * digit(1) + digit(2),
        }
    }

    /// The same for a row that there may not be.
    pub(crate) fn get(&self, row: usize) -> Option<u32> {
        (row < self.bins.len()).then(|| self.code(row))
    }

    /// The code of every row.
    pub(crate) fn codes(&self) -> Vec<u32> {
        (0..self.bins.len()).map(|row| self.code(row)).collect()
    }

    /// Which rows have something to say with a digit: they have a code, and another one shares the digits before.
    pub(crate) fn telling(&self, binning: &Binning, digit: usize) -> Telling<'_> {
        let second = (digit == 2).then(|| &self.digits[1][..]);
        let mut tells = vec![false; 256 * if second.is_some() { 64 } else { 1 }];
        for (&(_, split), width) in self.split.iter().zip(binning.widths(digit)) {
            tells[Telling::key(split[0], second.map(|_| split[1]))] = width > 1;
        }
        Telling {
            first: self.digit(0),
            second,
            tells,
        }
    }
}

/// Which rows have something to say with a digit.
pub(crate) struct Telling<'a> {
    first: &'a [u8],
    second: Option<&'a [u8]>,
    tells: Vec<bool>,
}

impl Telling<'_> {
    fn key(first: u8, second: Option<u8>) -> usize {
        usize::from(first) + 256 * second.map_or(0, |second| usize::from(second & 63))
    }

    pub(crate) fn holds(&self, row: usize) -> bool {
        self.tells[Self::key(self.first[row], self.second.map(|second| second[row]))]
    }
}
