//! Rows of a population that were picked out of it.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_select::concat::concat_batches;

use crate::attribute::Schema;
use crate::declared::{Population, PopulationError};
use crate::stream::Seed;

/// Some rows of another population, in any order: row `i` is the `i`-th chosen one, and what is made of it is what is made of that row there, since its origin stays.
#[derive(Debug)]
pub struct ChosenPopulation<P> {
    whole: P,
    rows: Vec<u64>,
}

impl<P: Population> ChosenPopulation<P> {
    /// These rows of `whole`.
    pub fn new(whole: P, rows: Vec<u64>) -> Self {
        Self { whole, rows }
    }
}

impl<P: Population> Population for ChosenPopulation<P> {
    fn schema(&self) -> &Schema {
        self.whole.schema()
    }

    fn rows(&self, indices: Range<u64>, seed: Seed) -> Result<RecordBatch, PopulationError> {
        let nowhere =
            || PopulationError::Schema("more rows are asked for than were chosen".to_owned());
        let (from, to) = (indices.start as usize, indices.end as usize);
        let chosen = self.rows.get(from..to.max(from)).ok_or_else(nowhere)?;
        let mut batches = Vec::with_capacity(chosen.len());
        for &row in chosen {
            batches.push(self.whole.rows(row..row + 1, seed)?);
        }
        let columns = match batches.first() {
            Some(first) => first.schema(),
            None => return self.whole.rows(0..0, seed),
        };
        let whole = concat_batches(&columns, &batches).map_err(PopulationError::Arrow)?;
        let mut arrays = whole.columns().to_vec();
        // The first column numbers the samples of the data set that is made.
        arrays[0] = Arc::new(UInt64Array::from_iter_values(indices)) as ArrayRef;
        RecordBatch::try_new(columns, arrays).map_err(PopulationError::Arrow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that say their own number.
    struct Numbers(Schema);

    impl Population for Numbers {
        fn schema(&self) -> &Schema {
            &self.0
        }

        fn rows(&self, indices: Range<u64>, _: Seed) -> Result<RecordBatch, PopulationError> {
            let column = || Arc::new(UInt64Array::from_iter_values(indices.clone())) as ArrayRef;
            RecordBatch::try_from_iter([("sample", column()), ("origin", column())])
                .map_err(PopulationError::Arrow)
        }
    }

    #[test]
    fn chosen_rows_keep_their_origin_and_get_numbers_of_their_own() {
        let schema = Schema {
            stage: "numbers",
            attributes: Vec::new(),
            labels: Vec::new(),
            sources: Vec::new(),
        };
        let chosen = ChosenPopulation::new(Numbers(schema), vec![7, 3, 3, 11]);
        let rows = chosen.rows(1..4, Seed(0)).expect("rows");
        let numbers = |column: usize| {
            let column = rows.column(column).as_any().downcast_ref::<UInt64Array>();
            column.expect("numbers").values().to_vec()
        };
        assert_eq!(numbers(0), [1, 2, 3]);
        assert_eq!(numbers(1), [3, 3, 11]);
        assert!(chosen.rows(2..5, Seed(0)).is_err());
    }
}
