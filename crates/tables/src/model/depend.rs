//! Columns that follow from others: where each code of one column goes with one code of another, the other is looked up, not drawn, so the
//! dependence can never break.

use super::bins::{Bin, Binning, RARE};
use super::coded::{Coded, CodedColumn};
use serde::{Deserialize, Serialize};

/// People a code of the leading column has on average, at least; with fewer, agreement is chance.
const PEOPLE_PER_CODE: usize = 5;

/// A column that another one decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dependence {
    /// The deciding column.
    pub on: u16,
    /// For each code of the deciding column, the code of this one.
    pub codes: Vec<u32>,
}

/// For each column, what decides it, if anything does. The deciding column of any column is itself decided by none; columns that are `written` take no part.
pub(crate) fn find(
    binnings: &[Binning],
    coded: &Coded,
    written: &[bool],
) -> Vec<Option<Dependence>> {
    let columns = binnings.len();
    let mut found: Vec<Option<Dependence>> = vec![None; columns];
    let mut leads = vec![false; columns];
    for follower in 0..columns {
        if written[follower]
            || leads[follower]
            || !exact(&binnings[follower])
            || binnings[follower].bins.len() < 2
        {
            continue;
        }
        for leader in 0..columns {
            let wide = binnings[leader].bins.len();
            let eligible = leader != follower
                && !written[leader]
                && found[leader].is_none()
                && exact(&binnings[leader])
                && wide >= binnings[follower].bins.len()
                && wide * PEOPLE_PER_CODE <= coded.rows;
            if !eligible {
                continue;
            }
            if let Some(table) = function(
                &coded.columns[leader],
                &coded.columns[follower],
                coded.rows,
                wide,
            ) {
                found[follower] = Some(Dependence {
                    on: leader as u16,
                    codes: table,
                });
                leads[leader] = true;
                break;
            }
        }
    }
    found
}

/// Whether each code of a column is one written value.
fn exact(binning: &Binning) -> bool {
    binning.bins.iter().all(|bin| match bin {
        Bin::Numbers(shape) => shape.knots.is_empty() && shape.shared.len() == 1,
        Bin::Missing | Bin::Special(_) | Bin::Level(_) => true,
    })
}

/// The code of `to` for each code of `from`, where there is just one.
fn function(from: &CodedColumn, to: &CodedColumn, rows: usize, wide: usize) -> Option<Vec<u32>> {
    let mut table = vec![RARE; wide];
    for row in 0..rows {
        let (a, b) = (from.code(row), to.code(row));
        if a == RARE || b == RARE {
            continue;
        }
        let slot = &mut table[a as usize];
        if *slot == RARE {
            *slot = b;
        } else if *slot != b {
            return None;
        }
    }
    // A code that only ever went with rare ones has no answer.
    table.iter().all(|&code| code != RARE).then_some(table)
}
