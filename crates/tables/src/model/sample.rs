//! Rows of a learned table, each a function of model, seed and its index.

use super::{
    Model,
    batch::Batch,
    bins::{Bin, Binning, resolution},
    forest::Bits,
    refine,
};
use crate::table::{Cells, Column, MISSING_LEVEL, Table};
use population::stream::{Purpose, Seed, Streams};
use rayon::prelude::*;
use std::ops::Range;

/// Rows that one thread draws at a time.
const BLOCK: u64 = 8192;

/// Rows that are drawn column by column together.
const TOGETHER: u64 = 8192;

/// Rows drawn for each row of a pool that is chosen by odds.
const OVER: usize = 3;

/// How rows are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// Each by itself: fastest.
    Plain,
    /// Chosen from four times as many so that counts by two and three columns are the real table's.
    Refined,
}

impl Model {
    /// Draws rows of a model without rules.
    pub(super) fn draw(&self, indices: Range<u64>, seed: Seed, how: Draw) -> Table {
        let size = Self::block_rows(how);
        self.in_blocks(indices, size, |block, wanted| {
            let codes = self.codes_of(block, wanted.clone(), seed, how);
            self.write(wanted, &codes, &[], seed)
        })
    }

    /// A table of rows that are made in blocks of `size`, side by side: `make` gets a block's number and the rows of it that are wanted.
    pub(super) fn in_blocks(
        &self,
        indices: Range<u64>,
        size: u64,
        make: impl Fn(u64, Range<u64>) -> Vec<Cells> + Sync,
    ) -> Table {
        let blocks = indices.start / size..indices.end.div_ceil(size);
        let parts: Vec<Vec<Cells>> = blocks
            .into_par_iter()
            .map(|block| {
                let whole = block * size..(block + 1) * size;
                make(
                    block,
                    indices.start.max(whole.start)..indices.end.min(whole.end),
                )
            })
            .collect();
        let mut parts = parts.into_iter();
        let mut cells = parts
            .next()
            .unwrap_or_else(|| self.write(0..0, &[], &[], Seed(0)));
        for part in parts {
            for (whole, part) in cells.iter_mut().zip(part) {
                append(whole, part);
            }
        }
        Table {
            columns: self.columns.clone(),
            cells,
            rows: (indices.end.saturating_sub(indices.start)) as usize,
        }
    }

    /// Rows of a block as [`rows`](Self::rows) draws it.
    pub(crate) fn block_rows(how: Draw) -> u64 {
        match how {
            Draw::Plain => BLOCK,
            Draw::Refined => refine::BLOCK as u64,
        }
    }

    /// The codes of some rows of a block.
    pub(crate) fn codes_of(
        &self,
        block: u64,
        wanted: Range<u64>,
        seed: Seed,
        how: Draw,
    ) -> Vec<u32> {
        match how {
            Draw::Plain => self.codes(wanted, seed, &Purpose::new("table/row")),
            Draw::Refined => self.refined(block, wanted, seed),
        }
    }

    /// The codes of rows, one row after the other.
    pub(super) fn codes(&self, indices: Range<u64>, seed: Seed, purpose: &Purpose) -> Vec<u32> {
        let columns = self.columns.len();
        let rows = indices.end.saturating_sub(indices.start);
        let mut codes = Vec::with_capacity(rows as usize * columns);
        let together = TOGETHER.min(rows) as usize;
        let mut batch = Batch::new(together, columns, self.context.into());
        let mut start = indices.start;
        while start < indices.end {
            let end = indices.end.min(start + TOGETHER);
            let bits =
                (start..end).map(|index| Bits::new(Streams::new(seed, index).stream_for(purpose)));
            self.forest.draw_many(&self.binnings, bits, &mut batch);
            let drawn = &mut batch.codes[..(end - start) as usize * columns];
            drawn.chunks_mut(columns).for_each(|row| self.look_up(row));
            codes.extend_from_slice(drawn);
            start = end;
        }
        codes
    }

    /// The codes of some rows of a refined block.
    fn refined(&self, block: u64, wanted: Range<u64>, seed: Seed) -> Vec<u32> {
        let size = refine::BLOCK as u64;
        let columns = self.columns.len();
        let drawn = self.pool_rows();
        let rows = block * drawn..(block + 1) * drawn;
        let mut pool = self.codes(rows, seed, &Purpose::new("table/pool"));
        if let Some(likely) = self.likely(&pool, seed, block) {
            pool = likely
                .iter()
                .flat_map(|&row| &pool[row as usize * columns..][..columns])
                .copied()
                .collect();
        }
        let kept = self.targets.choose(&pool, seed, block);
        let first = (wanted.start - block * size) as usize;
        let last = (wanted.end - block * size) as usize;
        kept[first..last]
            .iter()
            .flat_map(|&row| &pool[row as usize * columns..][..columns])
            .copied()
            .collect()
    }

    /// How many rows are drawn for a block that is refined.
    pub(super) fn pool_rows(&self) -> u64 {
        let over = if self.odds.is_empty() { 1 } else { OVER };
        (refine::BLOCK * refine::POOL * over) as u64
    }

    /// Places of the drawn rows that are a block's pool, where not all of them are.
    pub(super) fn likely(&self, drawn: &[u32], seed: Seed, block: u64) -> Option<Vec<u32>> {
        let count = refine::BLOCK * refine::POOL;
        (!self.odds.is_empty()).then(|| self.odds.choose(&self.binnings, drawn, count, seed, block))
    }

    /// Turns codes into values. Values that are fixed stand where the code is one of numbers, and everywhere where they are computed.
    pub(crate) fn write(
        &self,
        indices: Range<u64>,
        codes: &[u32],
        fixed: &[Fixed],
        seed: Seed,
    ) -> Vec<Cells> {
        let columns = self.columns.len();
        let rows = indices.end.saturating_sub(indices.start) as usize;
        let mut writers: Vec<Writer<'_>> = self
            .binnings
            .iter()
            .zip(&self.columns)
            .zip(&self.levels)
            .map(|((binning, column), levels)| Writer::new(binning, column, levels, rows))
            .collect();
        let purpose = Purpose::new("table/value");
        // Column by column for some rows, whose random numbers wait for the next column meanwhile.
        let mut bits = Vec::with_capacity(TOGETHER as usize);
        let mut start = indices.start;
        for codes in codes.chunks(columns * TOGETHER as usize) {
            let end = start + (codes.len() / columns) as u64;
            bits.clear();
            bits.extend(
                (start..end).map(|index| Bits::new(Streams::new(seed, index).stream_for(&purpose))),
            );
            for (column, writer) in writers.iter_mut().enumerate() {
                for (row, bits) in codes.chunks(columns).zip(&mut bits) {
                    writer.write(row[column], bits);
                }
            }
            start = end;
        }
        let mut cells: Vec<Cells> = writers.into_iter().map(|writer| writer.cells).collect();
        for fixed in fixed {
            if let Cells::Numbers { values, special } = &mut cells[fixed.column] {
                for (row, (value, &other)) in values.iter_mut().zip(&fixed.values).enumerate() {
                    if fixed.computed || !other.is_nan() {
                        *value = other;
                        if let Some(special) = special.get_mut(row) {
                            *special = 0;
                        }
                    }
                }
            }
        }
        cells
    }
}

/// Values of a column of numbers that are decided before they are written.
#[derive(Debug, Clone)]
pub(crate) struct Fixed {
    pub column: usize,
    /// Whether they follow from other columns; otherwise `NaN` leaves the column its own.
    pub computed: bool,
    /// For each row.
    pub values: Vec<f64>,
}

/// Turns codes of one column into values.
#[derive(Debug)]
pub(crate) struct Writer<'m> {
    binning: &'m Binning,
    column: &'m Column,
    resolution: f64,
    pub(crate) cells: Cells,
}

impl<'m> Writer<'m> {
    pub(crate) fn new(
        binning: &'m Binning,
        column: &'m Column,
        levels: &[String],
        rows: usize,
    ) -> Self {
        let cells = if column.kind.is_numeric() {
            Cells::Numbers {
                values: Vec::with_capacity(rows),
                special: if column.codes.is_empty() {
                    Vec::new()
                } else {
                    Vec::with_capacity(rows)
                },
            }
        } else if matches!(
            column.kind,
            crate::Kind::Identifier(_) | crate::Kind::Text(_)
        ) {
            Cells::Opaque {
                present: Vec::with_capacity(rows),
            }
        } else {
            Cells::Levels {
                codes: Vec::with_capacity(rows),
                levels: levels.to_vec(),
            }
        };
        Self {
            resolution: resolution(&column.kind),
            binning,
            column,
            cells,
        }
    }

    /// Writes a number that is not drawn here.
    pub(crate) fn put(&mut self, value: f64) {
        if let Cells::Numbers { values, special } = &mut self.cells {
            values.push(value);
            if !self.column.codes.is_empty() {
                special.push(0);
            }
        }
    }

    pub(crate) fn write(&mut self, code: u32, bits: &mut Bits) {
        let bin = &self.binning.bins[code as usize];
        match &mut self.cells {
            Cells::Numbers { values, special } => {
                let (value, name) = match bin {
                    Bin::Numbers(shape) => {
                        let steps = &self.binning.steps[self.binning.group(code)];
                        let value = shape.draw(bits, steps, self.resolution);
                        (self.column.kind.snap(value), 0)
                    }
                    Bin::Special(name) => (f64::NAN, *name),
                    Bin::Missing | Bin::Level(_) => (f64::NAN, 0),
                };
                values.push(value);
                if !self.column.codes.is_empty() {
                    special.push(name);
                }
            }
            Cells::Levels { codes, .. } => codes.push(match bin {
                Bin::Level(level) => *level,
                _ => MISSING_LEVEL,
            }),
            Cells::Opaque { present } => present.push(*bin != Bin::Missing),
            // No model has keys of its own.
            Cells::Keys { .. } => {}
        }
    }
}

/// Adds the rows of a part.
pub(crate) fn append(whole: &mut Cells, part: Cells) {
    match (whole, part) {
        (
            Cells::Numbers { values, special },
            Cells::Numbers {
                values: more,
                special: names,
            },
        ) => {
            values.extend(more);
            special.extend(names);
        }
        (Cells::Levels { codes, .. }, Cells::Levels { codes: more, .. }) => codes.extend(more),
        (Cells::Opaque { present }, Cells::Opaque { present: more }) => present.extend(more),
        (Cells::Keys { rows }, Cells::Keys { rows: more }) => rows.extend(more),
        _ => {}
    }
}
