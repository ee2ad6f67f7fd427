//! Records that only noise comes out of.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use rayon::prelude::*;

use crate::account::{Account, Reading};
use crate::error::PrivacyError;
use crate::mechanism::{Mechanism, noised_counts};
use crate::unit::Unit;

/// Rows that one thread counts at a time.
const BLOCK: usize = 16_384;

/// Records that can be looked at one by one.
pub trait Records: Send + Sync {
    /// One of them.
    type Record<'a>
    where
        Self: 'a;

    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, by its place.
    fn record(&self, place: usize) -> Self::Record<'_>;
}

/// Real records that only noise comes out of.
///
/// What may be asked of them takes a function of *one* record, so that one row can change one count by one: that is the sensitivity, and nobody declares it. Answers
/// stay sealed in a [`Tally`] until an [`Account`] pays for them. How many records there are is as secret as what they say, so `Debug` does not tell.
pub struct Private<R> {
    records: R,
    what: String,
    unit: Unit,
    /// The rows that are looked at, where a unit may own several; else all.
    rows: Option<Vec<u32>>,
}

impl<R> fmt::Debug for Private<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Private({})", self.what)
    }
}

impl<R: Records> Private<R> {
    /// Closes the door behind records. `what` is how they are called, without their number.
    pub fn new(records: R, what: &str) -> Self {
        Self {
            records,
            what: what.to_owned(),
            unit: Unit::Row,
            rows: None,
        }
    }

    /// What they are called.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Whom readings protect.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Protects persons instead of rows: of each person, whom `person` names from a record, only the first `most_rows` rows are looked at from here on. Rows that name nobody are not looked at: whose they
    /// are is not known, so nobody could be promised anything about them.
    ///
    /// Adding or removing a person adds or removes at most `most_rows` of the rows that are looked at, and changes no others.
    #[must_use]
    pub fn of_persons<K>(self, most_rows: u32, person: impl Fn(R::Record<'_>) -> Option<K>) -> Self
    where
        K: std::hash::Hash + Eq,
    {
        let most_rows = most_rows.max(1);
        let mut seen: HashMap<K, u32> = HashMap::new();
        let mut rows = Vec::new();
        for row in self.places() {
            let Some(person) = person(self.records.record(row)) else {
                continue;
            };
            let owned = seen.entry(person).or_insert(0);
            if *owned < most_rows {
                *owned += 1;
                rows.push(row as u32);
            }
        }
        Self {
            unit: Unit::Person { most_rows },
            rows: Some(rows),
            ..self
        }
    }

    fn places(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match &self.rows {
            Some(rows) => Box::new(rows.iter().map(|&row| row as usize)),
            None => Box::new(0..self.records.len()),
        }
    }

    /// Closes the door behind records of which a unit owns at most so many.
    pub(crate) fn of_unit(records: R, what: &str, unit: Unit) -> Self {
        Self {
            records,
            what: what.to_owned(),
            unit,
            rows: None,
        }
    }

    /// All records, and what they are called, for another door.
    pub(crate) fn into_records(self) -> (R, String) {
        (self.records, self.what)
    }

    pub(crate) fn records(&self) -> &R {
        &self.records
    }

    pub(crate) fn looked_at(&self) -> usize {
        self.rows.as_ref().map_or(self.records.len(), Vec::len)
    }

    pub(crate) fn place(&self, index: usize) -> usize {
        self.rows
            .as_ref()
            .map_or(index, |rows| rows[index] as usize)
    }

    pub(crate) fn record(&self, index: usize) -> R::Record<'_> {
        self.records.record(self.place(index))
    }

    /// Counts records by cell, of which a record has at most one; cells beyond `cells` are none. The counts stay sealed, so this costs nothing.
    pub fn tally(
        &self,
        cells: usize,
        cell: impl Fn(R::Record<'_>) -> Option<usize> + Sync,
    ) -> Tally {
        let rows = self.looked_at();
        let count = |start: usize| {
            let mut counts = vec![0_u64; cells];
            for index in start..rows.min(start + BLOCK) {
                if let Some(count) = cell(self.records.record(self.place(index)))
                    .and_then(|cell| counts.get_mut(cell))
                {
                    *count += 1;
                }
            }
            counts
        };
        let add = |mut a: Vec<u64>, b: Vec<u64>| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        };
        let counts = (0..rows)
            .into_par_iter()
            .step_by(BLOCK)
            .map(count)
            .reduce(|| vec![0; cells], add);
        Tally {
            counts,
            most: self.unit.most_rows(),
            what: self.what.clone(),
        }
    }

    /// Makes another record of each one: `width` numbers, that `write` puts in place. Neighbours stay neighbours, because a record of the one becomes a record of the other
    /// and sees nothing else; so this costs nothing, and the account is told that it happened.
    pub fn encoded(
        &self,
        account: &mut Account,
        purpose: &str,
        width: usize,
        write: impl Fn(R::Record<'_>, &mut [u8]) + Sync,
    ) -> Private<Codes> {
        account.keep(&self.what, purpose);
        let mut codes = vec![0_u8; width * self.looked_at()];
        codes
            .par_chunks_mut(width.max(1) * BLOCK)
            .enumerate()
            .for_each(|(block, codes)| {
                for (index, record) in codes.chunks_mut(width.max(1)).enumerate() {
                    write(
                        self.records.record(self.place(block * BLOCK + index)),
                        record,
                    );
                }
            });
        Private {
            records: Codes { codes, width },
            what: self.what.clone(),
            unit: self.unit,
            rows: None,
        }
    }

    /// Finds texts that many records have, without knowing beforehand which there may be, with the noisy number of each: in order of text.
    ///
    /// Every text that is there gets noise, and is told only where the noisy number is above a threshold that a text of one single unit passes with probability at most `delta`
    /// (Korolova et al. 2009; for Gaussian noise, Swanberg et al. 2023). So a text that one unit alone has stays unknown, but for δ.
    ///
    /// # Errors
    ///
    /// δ that the account does not have, a budget that does not suffice.
    pub fn discover(
        &self,
        account: &mut Account,
        purpose: &str,
        share: f64,
        delta: f64,
        text: impl for<'r> Fn(&'r R::Record<'_>) -> Option<Cow<'r, str>>,
    ) -> Result<Discovered, PrivacyError> {
        if account.is_pure() || delta <= 0.0 {
            return Err(PrivacyError::NeedsDelta);
        }
        let most = self.unit.most_rows();
        let scale = account.scale(share, most);
        let reading = Reading {
            mechanism: Mechanism::DiscreteGaussian,
            sensitivity: f64::from(most),
            scale,
            delta,
        };
        account.spend(&self.what, purpose, share, reading)?;
        let mut counts: HashMap<String, u64> = HashMap::new();
        for place in self.places() {
            let record = self.records.record(place);
            if let Some(text) = text(&record) {
                match counts.get_mut(text.as_ref()) {
                    Some(count) => *count += 1,
                    None => {
                        counts.insert(text.into_owned(), 1);
                    }
                }
            }
        }
        let mut texts: Vec<(String, u64)> = counts.into_iter().collect();
        texts.sort_unstable();
        let people: Vec<u64> = texts.iter().map(|&(_, count)| count).collect();
        let noisy = noised_counts(&people, Mechanism::DiscreteGaussian, scale)?;
        let threshold = threshold(scale, most, delta);
        let found = texts
            .into_iter()
            .zip(noisy)
            .filter(|&(_, count)| count as f64 > threshold)
            .map(|((text, _), count)| (text, count))
            .collect();
        Ok(Discovered {
            found,
            threshold,
            sd: scale,
        })
    }
}

/// The number above which a text is told: `most` + t with `most` × P(noise ≥ t) ≤ δ for discrete Gaussian noise of this σ.
///
/// A unit owns at most `most` rows, so at most `most` texts that nobody else has, each of at most `most` rows. The discrete Gaussian is sub-Gaussian with variance σ² (Canonne et al.
/// 2020, corollary 17), so P(noise ≥ t) ≤ exp(−t² ∕ 2σ²). Rounded up.
fn threshold(sigma: f64, most: u32, delta: f64) -> f64 {
    let each = delta / f64::from(most);
    f64::from(most) + (sigma * (-2.0 * each.ln()).sqrt()).ceil() + 1.0
}

/// What [`Private::discover`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovered {
    /// Texts in order, with the noisy number of records that have each.
    pub found: Vec<(String, i64)>,
    /// No text of fewer records is told, give or take the noise.
    pub threshold: f64,
    /// Standard deviation of the noise.
    pub sd: f64,
}

/// Sealed counts of which one unit changes at most so many in sum. Nothing is told until an account pays.
pub struct Tally {
    counts: Vec<u64>,
    most: u32,
    what: String,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tally({}: {} cells)", self.what, self.counts.len())
    }
}

/// Noisy counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Noisy {
    /// One for each cell.
    pub counts: Vec<i64>,
    /// Standard deviation of the noise of each.
    pub sd: f64,
}

impl Tally {
    /// How many cells.
    pub fn cells(&self) -> usize {
        self.counts.len()
    }

    /// Rows that one unit may own: how much it can change the counts, in sum.
    pub fn most(&self) -> u32 {
        self.most
    }

    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Tells the counts with noise, for a share of the budget.
    ///
    /// # Errors
    ///
    /// A budget that does not suffice.
    pub fn release(
        &self,
        account: &mut Account,
        purpose: &str,
        share: f64,
    ) -> Result<Noisy, PrivacyError> {
        let mechanism = account.counting();
        let scale = account.scale(share, self.most);
        let reading = Reading {
            mechanism,
            sensitivity: f64::from(self.most),
            scale,
            delta: 0.0,
        };
        account.spend(&self.what, purpose, share, reading)?;
        Ok(Noisy {
            counts: noised_counts(&self.counts, mechanism, scale)?,
            sd: account.sd(share, self.most),
        })
    }
}

/// Records of a few numbers of one byte each.
pub struct Codes {
    codes: Vec<u8>,
    width: usize,
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codes({} columns)", self.width)
    }
}

impl Codes {
    /// Records of `width` numbers each, one after the other.
    pub fn new(codes: Vec<u8>, width: usize) -> Self {
        Self { codes, width }
    }
}

impl Private<Codes> {
    /// The same with further records that are nobody's: canaries of an audit. Whoever adds them knows them, so they are told of no more than before.
    #[must_use]
    pub fn with_canaries(mut self, canaries: &[u8]) -> Self {
        self.records.codes.extend_from_slice(canaries);
        self
    }
}

impl Records for Codes {
    type Record<'a> = &'a [u8];

    fn len(&self) -> usize {
        self.codes.len().checked_div(self.width).unwrap_or(0)
    }

    fn record(&self, place: usize) -> &[u8] {
        &self.codes[place * self.width..][..self.width]
    }
}
