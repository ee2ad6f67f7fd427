//! Parts of a data set put together.

use tables::linked::Making;
use tables::{Cells, Table};

/// All rows of a data set of linked tables.
pub(crate) fn all_parts(making: &mut Making<'_>) -> Vec<Table> {
    let mut whole = making.next_part().unwrap().unwrap();
    while let Some(part) = making.next_part().unwrap() {
        for (whole, part) in whole.iter_mut().zip(part) {
            if whole.rows == 0 {
                *whole = part;
                continue;
            }
            whole.rows += part.rows;
            for (cells, more) in whole.cells.iter_mut().zip(part.cells) {
                match (cells, more) {
                    (Cells::Numbers { values, .. }, Cells::Numbers { values: more, .. }) => {
                        values.extend(more);
                    }
                    (Cells::Levels { codes, .. }, Cells::Levels { codes: more, .. }) => {
                        codes.extend(more);
                    }
                    (Cells::Opaque { present }, Cells::Opaque { present: more }) => {
                        present.extend(more);
                    }
                    (Cells::Keys { rows }, Cells::Keys { rows: more }) => {
                        rows.extend(more);
                    }
                    _ => panic!("cells of another kind"),
                }
            }
        }
    }
    whole
}
