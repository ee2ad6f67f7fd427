//! Wishes about rows that are drawn one after the other: which cells they fall into, and what share each cell is to have.

use super::{
    Model,
    draws::RequestError,
    partition::Partition,
    shares::{Aim, ShareReport, Wish, aims, partitions, rake, watch},
};
use crate::rule::{Rule, Truth};
use crate::table::Table;
use std::collections::BTreeMap;

/// Wishes about one table, made ready for counting.
#[derive(Debug)]
pub(crate) struct Goals {
    wishes: Vec<Wish>,
    partitions: Vec<Partition>,
    kinds: Vec<[usize; 2]>,
}

/// The shares of cells.
pub(crate) type Cells = BTreeMap<Vec<u16>, f64>;

impl Goals {
    /// # Errors
    ///
    /// Wishes about what the model does not have.
    pub(crate) fn new(model: &Model, wishes: &[Wish]) -> Result<Self, RequestError> {
        let (partitions, kinds) = partitions(model, wishes)?;
        Ok(Self {
            wishes: wishes.to_vec(),
            partitions,
            kinds,
        })
    }

    /// The conditions that tell cells apart.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.partitions.iter().flat_map(|part| &part.classes)
    }

    /// The cell of a row for which conditions come to `truth`.
    pub(crate) fn cell(&self, truth: impl Fn(&Rule) -> Truth) -> Vec<u16> {
        let partitions = self.partitions.iter();
        partitions
            .map(|partition| {
                let mut classes = partition.classes.iter();
                let found = classes.position(|rule| truth(rule).yes);
                found.unwrap_or(partition.classes.len() - 1) as u16
            })
            .collect()
    }

    fn aims(
        &self,
        model: &Model,
        before: &Cells,
        sample: &Table,
    ) -> Result<Vec<Aim>, RequestError> {
        let (wishes, partitions) = (&self.wishes, &self.partitions);
        aims(model, wishes, partitions, &self.kinds, before, sample)
    }

    /// The shares that cells are to have, as near to `before` as wishes allow; `sample` are rows with those shares.
    ///
    /// # Errors
    ///
    /// Wishes that contradict one another, or want what is never drawn.
    pub(crate) fn fit(
        &self,
        model: &Model,
        before: &Cells,
        sample: &Table,
    ) -> Result<Cells, RequestError> {
        let aims = self.aims(model, before, sample)?;
        let mut cells = before.clone();
        rake(&mut cells, &aims, &self.wishes)?;
        Ok(cells)
    }

    /// What was learned, asked for and achieved of each wish; `rows` were counted.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub(crate) fn report(
        &self,
        model: &Model,
        cells: [&Cells; 3],
        sample: &Table,
        rows: u64,
    ) -> Result<Vec<ShareReport>, RequestError> {
        let [before, wanted, achieved] = cells;
        let aims = self.aims(model, before, sample)?;
        let watch = |shares| {
            watch(
                &self.partitions,
                &self.kinds,
                &aims,
                &self.wishes,
                shares,
                wanted,
            )
        };
        let (learned, achieved) = (watch(before), watch(achieved));
        let both = learned.iter().zip(&achieved);
        Ok(both
            .map(|(learned, achieved)| ShareReport {
                achieved: achieved.learned(),
                rows,
                ..learned.report()
            })
            .collect())
    }
}
