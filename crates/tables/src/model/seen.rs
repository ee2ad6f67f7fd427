//! Values of several columns that go together: those that at least as many rows share as are protected.

use super::{Binned, Model, bins::Bin};
use crate::rule::{Condition, Rule, Seen};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Columns of categories, and the codes that go together in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Combinations {
    pub columns: Vec<u16>,
    pub codes: Vec<Vec<u32>>,
}

impl Combinations {
    /// Those that rules speak of.
    pub(super) fn all(rules: &[Rule], binned: &Binned, fewest: u32) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        let mut open: Vec<&Condition> = rules.iter().map(Rule::condition).collect();
        while let Some(condition) = open.pop() {
            match condition {
                Condition::Seen(columns, _) if !found.iter().any(|f| f.columns == *columns) => {
                    let mut counts: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
                    for row in 0..binned.coded.rows {
                        let codes = columns
                            .iter()
                            .map(|&c| binned.coded.columns[usize::from(c)].code(row));
                        *counts.entry(codes.collect()).or_default() += 1;
                    }
                    let shared = counts.into_iter().filter(|(codes, count)| {
                        let mut both = codes.iter().zip(columns);
                        *count >= fewest
                            && both.all(|(&code, &column)| {
                                (code as usize) < binned.binnings[usize::from(column)].bins.len()
                            })
                    });
                    found.push(Self {
                        columns: columns.clone(),
                        codes: shared.map(|(codes, _)| codes).collect(),
                    });
                }
                Condition::IsTrue(a) | Condition::Not(a) => open.push(a),
                Condition::All(parts) | Condition::Any(parts) => open.extend(parts),
                _ => {}
            }
        }
        found
    }
}

impl Model {
    /// The texts that go together in these columns, where a rule was learned with the table.
    pub(super) fn seen(&self, columns: &[u16]) -> Option<Arc<Seen>> {
        let found = self.seen.iter().find(|seen| seen.columns == columns)?;
        let text = |column: u16, code: u32| {
            let column = usize::from(column);
            match self.binnings.get(column)?.bins.get(code as usize)? {
                Bin::Level(level) => Some(Some(self.levels[column].get(*level as usize)?.clone())),
                Bin::Missing => Some(None),
                _ => None,
            }
        };
        let texts = |codes: &Vec<u32>| {
            let both = columns.iter().zip(codes);
            both.map(|(&column, &code)| text(column, code))
                .collect::<Option<Vec<_>>>()
        };
        Some(Arc::new(found.codes.iter().filter_map(texts).collect()))
    }
}
