//! What a row's children have in common, as hidden columns of its own: the mean of each of their numbers, the most frequent of each of their levels.
//!
//! Drawn with the row, these carry what does not change from one sibling to the next; siblings that only knew those before them would forget it step by step.

use super::keys::NOBODY;
use crate::Kind;
use crate::format::NumberFormat;
use crate::table::{Cells, Column, MISSING_LEVEL, Table};

/// The most columns of a table that its owners summarise.
const MOST: usize = 40;
/// Categories with more levels are left to the siblings: what is most frequent among many says little, and conflicts with what else is drawn.
const FEW: usize = 8;

/// The summaries of the children of each of so many rows: name and cells. `owners` has the row that each child belongs to; `clock` is the column that they are in order of.
pub(super) fn summaries(
    children: &Table,
    order: &[u32],
    owners: &[u32],
    clock: Option<usize>,
    rows: usize,
) -> Vec<(String, Kind, Cells)> {
    let columns = children.columns.iter().zip(&children.cells).enumerate();
    columns
        .filter(|(column, _)| Some(*column) != clock)
        .filter_map(|(_, (about, cells))| {
            let (kind, cells) = summary(about, cells, order, owners, rows)?;
            Some((about.name.clone(), kind, cells))
        })
        .take(MOST)
        .collect()
}

fn summary(
    about: &Column,
    cells: &Cells,
    order: &[u32],
    owners: &[u32],
    rows: usize,
) -> Option<(Kind, Cells)> {
    let known = order
        .iter()
        .zip(owners)
        .filter(|&(_, &owner)| owner != NOBODY);
    match (cells, &about.kind) {
        (Cells::Numbers { values, .. }, Kind::Number(_)) => {
            let mut sums = vec![(0.0, 0_u32); rows];
            for (&row, &owner) in known {
                let value = values[row as usize];
                if !value.is_nan() {
                    let sum = &mut sums[owner as usize];
                    sum.0 += value;
                    sum.1 += 1;
                }
            }
            let means = sums.into_iter().map(|(sum, count)| match count {
                0 => f64::NAN,
                count => sum / f64::from(count),
            });
            let cells = Cells::Numbers {
                values: means.collect(),
                special: Vec::new(),
            };
            Some((Kind::Number(NumberFormat::with_decimals(6)), cells))
        }
        (Cells::Levels { codes, levels }, _) if levels.len() <= FEW => {
            let mut pairs: Vec<(u32, u32)> = known
                .map(|(&row, &owner)| (owner, codes[row as usize]))
                .filter(|&(_, code)| code != MISSING_LEVEL)
                .collect();
            pairs.sort_unstable();
            let mut most = vec![(MISSING_LEVEL, 0); rows];
            for same in pairs.chunk_by(|a, b| a == b) {
                let best = &mut most[same[0].0 as usize];
                if same.len() > best.1 {
                    *best = (same[0].1, same.len());
                }
            }
            let cells = Cells::Levels {
                codes: most.into_iter().map(|(code, _)| code).collect(),
                levels: levels.clone(),
            };
            Some((Kind::Category, cells))
        }
        _ => None,
    }
}
