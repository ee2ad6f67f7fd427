//! The counts of a column, closed, and what is said of it besides its kind.

use crate::detect::distinct::Values;
use crate::detect::missing;
use crate::detect::summary::Summary;
use crate::detect::tally::Tally;
use crate::table::{Column, Kind, Storage};

/// What else a pass found out about a column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Rows.
    pub rows: u64,
    /// Rows without a value.
    pub missing: u64,
    /// Different values; estimated (to about 1 %) unless `exact`.
    pub different: u64,
    /// Whether `different` is exact.
    pub exact: bool,
    /// Whether a few values lie very far out: the distance from the median to the 99.5th percentile is over three times that to
    /// the 95th, or the same below.
    pub heavy_tail: bool,
    /// How many single values of a column of many different numbers hold at least 2 % of the rows each, and ten times as many as usual.
    pub spikes: u32,
    /// What the user should know, a sentence each, without any value.
    pub notes: Vec<String>,
}

/// A column's counts, closed.
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) storage: Storage,
    pub(super) values: Values,
    pub(super) others: Values,
    /// With the point for the decimal mark; with the comma.
    pub(super) point: Tally,
    pub(super) comma: Tally,
    pub(super) moments: u64,
    pub(super) truths: u64,
    pub(super) steps: [bool; 5],
    pub(super) nulls: u64,
    pub(super) missing: [u64; missing::COUNT],
    pub(super) rows: u64,
}

impl Seen {
    pub(super) fn new(name: &str, summary: &Summary) -> Self {
        let (mut point, mut comma) = (summary.point.clone(), summary.comma.clone());
        point.merge(&summary.whole);
        comma.merge(&summary.whole);
        Self {
            name: name.to_owned(),
            storage: summary.storage,
            values: summary.values.clone().finish(),
            others: summary.others.clone().finish(),
            point,
            comma,
            moments: summary.moments,
            truths: summary.truths,
            steps: summary.steps,
            nulls: summary.nulls,
            missing: summary.missing,
            rows: summary.rows,
        }
    }

    pub(super) fn facts(&self, missing: u64) -> Facts {
        Facts {
            rows: self.rows,
            missing,
            different: self.values.different,
            exact: self.values.exact,
            ..Facts::default()
        }
    }

    /// The same for a column of words, where the other spellings of a missing value are words too.
    pub(super) fn facts_of_words(&self, missing: u64, others: usize) -> Facts {
        Facts {
            different: self.values.different + others as u64,
            ..self.facts(missing)
        }
    }

    /// The most frequent spelling of the missing value, nulls first of equals, with its cells; and the other spellings that occur.
    pub(super) fn spelling(&self, words: bool) -> (Option<String>, u64, Vec<(&'static str, u64)>) {
        let usable = |place: usize| !words || missing::among_words(place);
        let best = (0..missing::COUNT)
            .filter(|&place| usable(place))
            .rev()
            .max_by_key(|&place| self.missing[place]);
        let best = best.filter(|&place| self.missing[place] > self.nulls);
        let others = (0..missing::COUNT)
            .filter(|&place| Some(place) != best && self.missing[place] > 0)
            .map(|place| (missing::text(place), self.missing[place]))
            .collect();
        match best {
            Some(place) => (
                Some(missing::text(place).to_owned()),
                self.missing[place] + self.nulls,
                others,
            ),
            None => (None, self.nulls, others),
        }
    }

    pub(super) fn column(&self, kind: Kind, missing: Option<String>, codes: Vec<String>) -> Column {
        Column {
            name: self.name.clone(),
            kind,
            missing,
            codes,
            storage: self.storage,
        }
    }

    /// The cells that are there: neither null nor any spelling of the missing value.
    pub(super) fn present(&self) -> u64 {
        self.rows - self.nulls - self.missing.iter().sum::<u64>()
    }
}
