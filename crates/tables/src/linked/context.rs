//! What is known of a row before it is drawn: its owner, its place among its siblings, and the siblings before it.
//!
//! Everything is a bin of at most 256, so trees may ask about it. Learning and making use the same few functions, row by row, so that what trees were learned
//! with is what they see.

use serde::{Deserialize, Serialize};

use crate::model::bins::{Bin, Binning};
use crate::model::tree::Feature;

/// What bins of a kind there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// At most 256.
    pub count: u16,
    /// Whether their order means something.
    pub ordered: bool,
}

/// The most columns of a table that later siblings and children are told of, and the most bins that a child inherits from its owner.
const MOST_TELLERS: usize = 100;
pub(crate) const MOST_INHERITED: usize = 200;

/// Bins of all rows of a table, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct ToldColumn {
    pub told: Told,
    pub bins: Vec<u8>,
}

impl ToldColumn {
    /// As trees see it.
    pub(crate) fn feature(&self) -> Feature<'_> {
        Feature {
            bins: &self.bins,
            count: self.told.count.into(),
            ordered: self.told.ordered,
        }
    }

    /// The bins of these rows, in this order.
    pub(crate) fn taken(&self, rows: &[u32]) -> Self {
        Self {
            told: self.told,
            bins: rows.iter().map(|&row| self.bins[row as usize]).collect(),
        }
    }
}

/// A column that later siblings and children are told of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Teller {
    pub column: usize,
    /// The bin that stands for no row, or a value that too few people have.
    pub none: u8,
    /// The bin of a missing value.
    missing: Option<u8>,
    pub told: Told,
}

impl Teller {
    /// The columns of a model that have something to tell.
    pub(crate) fn all(binnings: &[Binning]) -> Vec<Self> {
        binnings
            .iter()
            .enumerate()
            .filter_map(|(column, binning)| Self::of(column, binning))
            .take(MOST_TELLERS)
            .collect()
    }

    fn of(column: usize, binning: &Binning) -> Option<Self> {
        let lively = binning.people.iter().filter(|&&people| people > 0).count();
        (lively > 1).then(|| Self {
            column,
            none: none(binning),
            missing: (binning.bins[0] == Bin::Missing).then_some(0),
            told: told(binning),
        })
    }
}

/// The bin of a row without a code.
pub(crate) fn none(binning: &Binning) -> u8 {
    binning.feature_count.min(255) as u8
}

/// The bins of a column's codes, and of no code.
pub(crate) fn told(binning: &Binning) -> Told {
    Told {
        count: (binning.feature_count + 1).min(256) as u16,
        ordered: binning.ordered,
    }
}

/// The siblings before a row.
#[derive(Debug)]
pub(crate) struct History<'t> {
    tellers: &'t [Teller],
    /// For each teller the bin of the last sibling, and of the one before.
    last: Vec<u8>,
    before: Vec<u8>,
    /// Sum and number of the siblings' bins that are not missing.
    sums: Vec<(u32, u32)>,
    place: u32,
}

/// The bin of a mean of nothing.
const NO_MEAN: u8 = 255;

impl<'t> History<'t> {
    pub(crate) fn new(tellers: &'t [Teller]) -> Self {
        let none: Vec<u8> = tellers.iter().map(|teller| teller.none).collect();
        Self {
            tellers,
            last: none.clone(),
            before: none,
            sums: vec![(0, 0); tellers.len()],
            place: 0,
        }
    }

    /// Forgets all siblings.
    pub(crate) fn start(&mut self) {
        for (place, teller) in self.tellers.iter().enumerate() {
            self.last[place] = teller.none;
            self.before[place] = teller.none;
            self.sums[place] = (0, 0);
        }
        self.place = 0;
    }

    /// What the bins are that [`write`](Self::write) appends.
    pub(crate) fn told(tellers: &[Teller]) -> Vec<Told> {
        let number = Told {
            count: 256,
            ordered: true,
        };
        let mut told = vec![number; 2];
        for teller in tellers {
            told.extend([teller.told; 2]);
            if teller.told.ordered {
                told.push(number);
            }
        }
        told
    }

    /// Appends what is known of the next sibling, behind which `follow` come.
    pub(crate) fn write(&self, follow: u32, bins: &mut Vec<u8>) {
        bins.push(self.place.min(255) as u8);
        bins.push(follow.min(255) as u8);
        for (place, teller) in self.tellers.iter().enumerate() {
            bins.push(self.last[place]);
            bins.push(self.before[place]);
            if teller.told.ordered {
                let (sum, count) = self.sums[place];
                bins.push(match count {
                    0 => NO_MEAN,
                    _ => ((2 * sum + count) / (2 * count)).min(254) as u8,
                });
            }
        }
    }

    /// Remembers a sibling by the bins of its columns.
    pub(crate) fn add(&mut self, bin: impl Fn(usize) -> u8) {
        for (place, teller) in self.tellers.iter().enumerate() {
            let bin = bin(teller.column);
            self.before[place] = self.last[place];
            self.last[place] = bin;
            if teller.told.ordered && bin != teller.none && Some(bin) != teller.missing {
                let (sum, count) = &mut self.sums[place];
                // Halved now and then, so that long histories neither overflow nor stiffen.
                if *count == 1 << 16 {
                    *sum /= 2;
                    *count /= 2;
                }
                *sum += u32::from(bin);
                *count += 1;
            }
        }
        self.place += 1;
    }
}
