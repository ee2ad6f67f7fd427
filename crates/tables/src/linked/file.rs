//! A linked model as one file: as a single table's ([`Model::to_bytes`](crate::Model::to_bytes)), with a name of its own.

use super::context::{History, MOST_INHERITED, Teller};
use super::matching::{MOST_FEATURES, Matching, Wanted};
use super::schema::fit_for_a_file;
use super::sequence::{CLOCK_BINS, ends};
use super::{Content, Learned, LinkedModel, LinkedTable, Role};
use crate::model::file::{framed, unframed};
use crate::model::{Model, ModelError};
use crate::table::{Cells, Kind, MISSING_LEVEL, Table};

const NAME: &[u8; 24] = b"populace linked model\n\0\0";

impl LinkedModel {
    /// The bytes of the model's file; the same model gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        framed(NAME, &postcard::to_allocvec(self).unwrap_or_default())
    }

    /// Whether a file that begins with these bytes (24 or more) says that it is a linked model.
    pub fn recognises(start: &[u8]) -> bool {
        start.starts_with(NAME)
    }

    /// Reads a model from the bytes of its file.
    ///
    /// # Errors
    ///
    /// When they are no linked model, one of another version, cut short, changed, or inconsistent.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let content = unframed(NAME, bytes)?;
        let model: Self =
            postcard::from_bytes(content).map_err(|_| ModelError::Inconsistent("encoding"))?;
        model.check()?;
        Ok(model)
    }

    /// Whether the parts fit together, so that making rows can neither panic nor go on for ever.
    fn check(&self) -> Result<(), ModelError> {
        let wrong = |part| Err(ModelError::Inconsistent(part));
        let count = self.tables.len();
        let distinct = (1..count).all(|table| {
            !self.tables[..table]
                .iter()
                .any(|t| t.name == self.tables[table].name)
        });
        if count == 0 || !distinct || !self.tables.iter().all(|t| fit_for_a_file(&t.name)) {
            return wrong("names of tables");
        }
        for table in 0..count {
            if let Some(learned) = self.learned_at(table) {
                learned.model.check()?;
            }
        }
        if !self.tables.iter().all(|table| self.references_fit(table)) {
            return wrong("references");
        }
        let mut done = vec![false; count];
        for &table in &self.order {
            let table = usize::from(table);
            let ready =
                table < count && !done[table] && self.owner(table).is_none_or(|owner| done[owner]);
            if !ready {
                return wrong("order of tables");
            }
            done[table] = true;
        }
        // How many bins each table hands on to those that it owns.
        let mut widths = vec![0; count];
        for (index, table) in self.tables.iter().enumerate() {
            match &table.content {
                Content::Public(kept) if !done[index] && public_fits(table, kept) => {}
                Content::Learned(_) if done[index] => {}
                _ => return wrong("tables"),
            }
        }
        for &table in &self.order {
            let table = usize::from(table);
            let Some(width) = self.learned_fits(table, &widths) else {
                return wrong("families");
            };
            widths[table] = width;
        }
        if self.rules().len() != self.rules.len() {
            return wrong("rules");
        }
        Ok(())
    }

    fn references_fit(&self, table: &LinkedTable) -> bool {
        let columns = table.columns.len();
        let key = |column: u16| {
            let column = table.columns.get(usize::from(column));
            column.is_some_and(|column| matches!(column.kind, Kind::Identifier(_)))
        };
        let public = matches!(table.content, Content::Public(_));
        let owners = table
            .references
            .iter()
            .filter(|link| link.role == Role::Owner);
        (public || table.key.is_none_or(key))
            && owners.count() <= 1
            && table.references.iter().all(|link| {
                let target = self.tables.get(usize::from(link.table));
                let target = target.map(|target| &target.content);
                usize::from(link.column) < columns
                    && match link.role {
                        Role::Owner => {
                            matches!(target, Some(Content::Learned(_))) && key(link.column)
                        }
                        Role::Public => matches!(target, Some(Content::Public(_))),
                        Role::Match(number) => {
                            let matching = match &table.content {
                                Content::Public(_) => None,
                                Content::Learned(learned) => {
                                    learned.matches.get(usize::from(number))
                                }
                            };
                            let owner = table.references.iter().find(|l| l.role == Role::Owner);
                            let owner = owner.and_then(|l| self.learned_at(l.table.into()));
                            matches!(target, Some(Content::Learned(_)))
                                && key(link.column)
                                && matching.is_some_and(|matching| {
                                    matching.column == link.column
                                        && self.matching_fits(
                                            matching,
                                            table,
                                            link.table.into(),
                                            owner,
                                        )
                                })
                        }
                    }
            })
    }

    fn learned_at(&self, table: usize) -> Option<&Learned> {
        self.tables
            .get(table)
            .and_then(|table| match &table.content {
                Content::Public(_) => None,
                Content::Learned(learned) => Some(&**learned),
            })
    }

    fn matching_fits(
        &self,
        matching: &Matching,
        table: &LinkedTable,
        target: usize,
        owner: Option<&Learned>,
    ) -> bool {
        let (Content::Learned(own), Some(other)) = (&table.content, self.learned_at(target)) else {
            return false;
        };
        let visible = self.tables[target].columns.len();
        let codes = |model: &Model, column: u16| {
            let column = usize::from(column);
            (column < model.columns().len()).then(|| model.binning(column).bins.len())
        };
        let counts = usize::from(matching.counts);
        matching.features.len() <= MOST_FEATURES
            && counts >= visible
            && counts < other.model.columns().len()
            && other.model.columns()[counts].kind.is_numeric()
            && ends(other.model.binning(counts)).1 <= own.model.rows_learned() as f64
            && matching.features.iter().all(|feature| {
                let there = codes(&other.model, feature.target);
                usize::from(feature.hidden) >= table.columns.len()
                    && codes(&own.model, feature.hidden).is_some()
                    && match &feature.wanted {
                        Wanted::Bin(bins) => there == Some(bins.len()),
                        Wanted::Same(from_owner, column, table) => {
                            let model = if *from_owner { owner } else { Some(&**own) };
                            let here = model.and_then(|learned| codes(&learned.model, *column));
                            there.is_some() && here == Some(table.len())
                        }
                    }
            })
    }

    /// How many bins a learned table hands on; `None` where its parts do not fit.
    fn learned_fits(&self, index: usize, widths: &[usize]) -> Option<usize> {
        let table = &self.tables[index];
        let learned = self.learned(index)?;
        let model = &learned.model;
        let visible = table.columns.len();
        let hidden = model.columns().len().checked_sub(visible)?;
        let fits = model.columns().iter().zip(&table.columns).all(|(a, b)| {
            a.kind.is_numeric() == b.kind.is_numeric() && a.codes.len() == b.codes.len()
        });
        let owned_fit = learned.owned.len() <= hidden
            && learned.owned.iter().all(|&(child, column)| {
                let (child, column) = (usize::from(child), usize::from(column));
                let most = self
                    .learned(child)
                    .map_or(0, |child| child.model.rows_learned());
                column >= visible
                    && column < model.columns().len()
                    && model.columns()[column].kind.is_numeric()
                    && self.owner(child) == Some(index)
                    && ends(model.binning(column)).1 <= most as f64
            });
        let owned = (0..self.tables.len()).filter(|&child| self.owner(child) == Some(index));
        let all_owned = owned
            .map(|child| {
                learned
                    .owned
                    .iter()
                    .filter(|(c, _)| usize::from(*c) == child)
                    .count()
            })
            .all(|times| times == 1);
        if !(fits && owned_fit && all_owned) {
            return None;
        }
        let written = (0..model.columns().len()).filter(|&column| model.is_written(column));
        let clock = learned
            .clock
            .as_ref()
            .map(|clock| usize::from(clock.column));
        if !written.eq(clock) {
            return None;
        }
        let tellers = Teller::all(model.binnings());
        let Some(owner) = self.owner(index) else {
            return (model.context() == 0 && clock.is_none()).then_some(tellers.len());
        };
        let handed = widths[owner].min(MOST_INHERITED);
        let base = handed + History::told(&tellers).len();
        let clocked = if clock.is_some() { CLOCK_BINS } else { 0 };
        let fits =
            model.context() == base + clocked && clock_fits(learned, self.learned(owner)?, base);
        fits.then_some(tellers.len() + handed)
    }
}

fn clock_fits(learned: &Learned, owner: &Learned, context: usize) -> bool {
    let Some(clock) = &learned.clock else {
        return true;
    };
    let numeric = |model: &Model, column: usize| {
        let column = model.columns().get(column);
        column.is_some_and(|column| column.kind.is_numeric())
    };
    let one = |model: &Model| {
        model.check().is_ok()
            && model.columns().len() == 1
            && numeric(model, 0)
            && !model.is_written(0)
            && model.context() == context
    };
    clock.step.is_finite()
        && clock.step > 0.0
        && clock.ends.0 <= clock.ends.1
        && numeric(&learned.model, clock.column.into())
        && clock
            .anchor
            .is_none_or(|anchor| numeric(&owner.model, anchor.column.into()))
        && one(&clock.start)
        && clock.distance.iter().chain(&clock.gap).all(one)
}

fn public_fits(about: &LinkedTable, table: &Table) -> bool {
    about.columns == table.columns
        && table.cells.len() == table.columns.len()
        && table
            .cells
            .iter()
            .zip(&table.columns)
            .all(|(cells, column)| {
                cells.len() == table.rows
                    && match cells {
                        Cells::Numbers { special, .. } => {
                            special.is_empty() && column.kind.is_numeric()
                        }
                        Cells::Levels { codes, levels } => codes
                            .iter()
                            .all(|&code| code == MISSING_LEVEL || (code as usize) < levels.len()),
                        Cells::Opaque { .. } | Cells::Keys { .. } => false,
                    }
            })
}
