//! Making linked tables: subject by subject, each with all that it owns.
//!
//! A subject is drawn again where no row of a table below it meets what is wanted of it, each time from other random numbers of its own.

use std::collections::BTreeMap;

use population::Seed;

use super::keys::NOBODY;
use super::request::{LinkedRequest, LinkedRule};
use super::shares::Fitted;
use super::siblings::Stuck;
use super::subjects::{Family, Member, Part};
use super::{Content, LinkedModel, Role};
use crate::model::draws::{Drawn, RequestError};
use crate::model::{Achieved, Draw};
use crate::table::{Cells, Column, MISSING_LEVEL, NO_ROW, Table};

/// Times that a subject is drawn before what is wanted is called impossible.
pub(super) const ATTEMPTS: u32 = 256;
/// The column of labels that patterns add.
const LABEL: &str = "pattern";

impl LinkedModel {
    /// Starts making a data set: `rows` is the number of rows of the [first root](Self::first_root); other tables that no other owns get as many more or fewer
    /// as they had when they were learned.
    ///
    /// The data set depends on model, request, `rows`, seed and `how`, not on the number of threads; a row of a table that no other owns, with all that it owns, depends on
    /// model, request, seed, `how` and its number alone, save for numbers and names of rows.
    ///
    /// # Errors
    ///
    /// Conditions that the model never meets, shares that contradict one another, and wishes about what the model does not have.
    pub fn make(
        &self,
        request: &LinkedRequest,
        rows: u64,
        seed: Seed,
        how: Draw,
    ) -> Result<Making<'_>, RequestError> {
        self.check_patterns(request)?;
        let roots = (0..self.tables.len())
            .filter(|&table| self.learned(table).is_some() && self.owner(table).is_none());
        let first = self
            .first_root()
            .map_or(1, |first| self.rows_learned(first));
        let rules: Vec<LinkedRule> = self
            .rules()
            .into_iter()
            .chain(request.rules.clone())
            .collect();
        let mut families = Vec::new();
        for root in roots {
            let learned = self.rows_learned(root);
            let scaled = u128::from(rows) * u128::from(learned) + u128::from(first) / 2;
            let rows = (scaled / u128::from(first.max(1))).min(u128::from(u64::MAX)) as u64;
            families.push(Family::new(self, root, rows, request, &rules, seed, how)?);
        }
        let mut making = Making {
            model: self,
            families,
            seed,
            family: 0,
            at: 0,
            block: None,
            made: vec![0; self.tables.len()],
            public: false,
            partners: Vec::new(),
            patterns: request
                .patterns
                .iter()
                .map(|p| (p.name.clone(), p.table, p.share))
                .collect(),
            fitted: BTreeMap::new(),
            counts: Counts {
                labelled: vec![(0, 0, 0); request.patterns.len()],
                ..Counts::default()
            },
            texts: request
                .given
                .iter()
                .chain(&rules)
                .map(|rule| (rule.table, rule.text().to_owned()))
                .collect(),
        };
        making.steer()?;
        making.find_partners()?;
        Ok(making)
    }

    fn check_patterns(&self, request: &LinkedRequest) -> Result<(), RequestError> {
        let mut shares = vec![0.0; self.tables.len()];
        for pattern in &request.patterns {
            let table = &self.tables[pattern.table];
            if self.owner(pattern.table).is_none() {
                return Err(RequestError::new(
                    format!(
                        "the pattern `{}` is of rows of `{}`, which have no owner",
                        pattern.name, table.name
                    ),
                    "patterns are rows that follow one another among those of one owner",
                ));
            }
            shares[pattern.table] += pattern.share;
            if !(pattern.share > 0.0 && shares[pattern.table] <= 1.0) {
                return Err(RequestError::new(
                    format!(
                        "the pattern `{}` cannot have {:.1} % of the owners",
                        pattern.name,
                        100.0 * pattern.share
                    ),
                    "shares of the patterns of a table are above 0 and add up to at most 1",
                ));
            }
            let owner = self.owner(pattern.table).unwrap_or(pattern.table);
            let own = self.tables[owner].columns.len();
            let mut given = pattern.given.iter();
            if let Some(rule) = given.find(|rule| {
                let mut columns = rule.rule.columns().iter();
                rule.table != owner || columns.any(|&column| usize::from(column) >= own)
            }) {
                return Err(RequestError::new(
                    format!(
                        "`{}` is to say which rows of `{}` have the pattern `{}`, and speaks of others",
                        rule.text(),
                        self.tables[owner].name,
                        pattern.name
                    ),
                    "make conditions on the owner's own columns there, and on rows in the steps",
                ));
            }
            let mut given = pattern.steps.iter().flat_map(|step| &step.given);
            if let Some(rule) = given.find(|rule| rule.table != pattern.table) {
                return Err(RequestError::new(
                    format!(
                        "`{}` is no condition on rows of `{}`, of which the pattern `{}` is made",
                        rule.text(),
                        table.name,
                        pattern.name
                    ),
                    "speak of a column of that table",
                ));
            }
            let clock = self
                .learned(pattern.table)
                .and_then(|learned| learned.clock.as_ref());
            if clock.is_none() && pattern.steps.iter().any(|step| step.gap.is_some()) {
                return Err(RequestError::new(
                    format!(
                        "the pattern `{}` has gaps, and rows of `{}` have no moments",
                        pattern.name, table.name
                    ),
                    "leave `gap` out, or name the column that rows are in order of in the schema: `order_by`",
                ));
            }
            for table in self.labelled(pattern.table) {
                if self.tables[table]
                    .columns
                    .iter()
                    .any(|column| column.name == LABEL)
                {
                    return Err(RequestError::new(
                        format!(
                            "`{}` has a column `{LABEL}` already, where patterns write their names",
                            self.tables[table].name
                        ),
                        "learn the table with another name for it",
                    ));
                }
            }
        }
        Ok(())
    }

    /// The tables that are labelled for a pattern of this table's rows.
    fn labelled(&self, table: usize) -> impl Iterator<Item = usize> {
        [Some(table), self.owner(table)].into_iter().flatten()
    }
}

/// A data set that is being made, part by part.
#[derive(Debug)]
pub struct Making<'m> {
    pub(super) model: &'m LinkedModel,
    pub(super) families: Vec<Family<'m>>,
    pub(super) seed: Seed,
    /// The family that is being made, and how many of its subjects are.
    pub(super) family: usize,
    pub(super) at: u64,
    /// The block of subjects that was drawn last.
    block: Option<(u64, Drawn)>,
    /// Rows of each table so far.
    made: Vec<u64>,
    public: bool,
    /// For each table, for each of its references beside the owner's, the partner of each row.
    pub(super) partners: Vec<Vec<Vec<u32>>>,
    /// Names of patterns, their tables and their shares of owners.
    pub(super) patterns: Vec<(String, usize, f64)>,
    pub(super) fitted: BTreeMap<usize, Fitted>,
    pub(super) counts: Counts,
    /// Conditions and rules, with their tables.
    texts: Vec<(usize, String)>,
}

/// What was asked for, as it came out so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// For each pattern: owners, those that have it, and its rows.
    pub labelled: Vec<(u64, u64, u64)>,
    /// Rows of tables with wishes by their cells.
    pub cells: BTreeMap<usize, BTreeMap<Vec<u16>, u64>>,
    /// Shares of tables without owners.
    pub roots: BTreeMap<usize, Achieved>,
}

impl Making<'_> {
    /// The next rows of every table, in the order of the schema, mostly some 100,000 in all; `None` at the end.
    ///
    /// # Errors
    ///
    /// A subject below which no row meets what is wanted.
    pub fn next_part(&mut self) -> Result<Option<Vec<Table>>, RequestError> {
        let mut tables: Vec<Table> = (0..self.model.tables.len())
            .map(|table| self.empty(table))
            .collect();
        let mut some = false;
        if !self.public {
            self.public = true;
            for (made, table) in tables.iter_mut().zip(&self.model.tables) {
                if let Content::Public(table) = &table.content {
                    made.clone_from(table);
                    some = true;
                }
            }
        }
        while self
            .families
            .get(self.family)
            .is_some_and(|family| self.at >= family.rows)
        {
            self.begin(self.family + 1);
        }
        if self.family == self.families.len() {
            return Ok(some.then_some(tables));
        }
        let (mut parts, end) = self.draw()?;
        self.count(&mut parts);
        let family = &self.families[self.family];
        for (place, part) in parts.into_iter().enumerate() {
            let table = family.members[place].table;
            tables[table] = self.written(&family.members, place, part);
        }
        let root = family.members[0].table;
        let achieved = self.counts.roots.entry(root);
        let achieved = achieved.or_insert_with(|| family.draws.achieved());
        achieved.count(&tables[root]);
        let made: Vec<u64> = tables.iter().map(|table| table.rows as u64).collect();
        for (sum, rows) in self.made.iter_mut().zip(made) {
            *sum += rows;
        }
        self.at = end;
        Ok(Some(tables))
    }

    /// How many rows of a table are made so far.
    pub(super) fn made(&self, table: usize) -> u64 {
        self.made[table]
    }

    /// Counts what was asked for, and hands on the labels of rows to their owners.
    fn count(&mut self, parts: &mut [Part]) {
        let family = &self.families[self.family];
        for (place, member) in family.members.iter().enumerate() {
            let (Some(wants), Some((owner, ..))) = (&member.wants, member.owner) else {
                continue;
            };
            let cells = self.counts.cells.entry(member.table).or_default();
            for (cell, rows) in std::mem::take(&mut parts[place].cells_of_wishes) {
                *cells.entry(cell).or_default() += rows;
            }
            if wants.patterns.is_empty() {
                continue;
            }
            let owners = parts[owner].rows() as usize;
            let mut of_owner = vec![0; owners];
            for (&label, &row) in parts[place].labels.iter().zip(&parts[place].owners) {
                if label > 0 {
                    of_owner[row as usize] = label;
                    self.counts.labelled[label as usize - 1].2 += 1;
                }
            }
            for planned in &wants.patterns {
                let count = &mut self.counts.labelled[planned.which];
                count.0 += owners as u64;
                let label = planned.which as u32 + 1;
                count.1 += of_owner.iter().filter(|&&own| own == label).count() as u64;
            }
            let labels = &mut parts[owner].labels;
            labels.resize(owners, 0);
            for (label, own) in labels.iter_mut().zip(of_owner) {
                if *label == 0 {
                    *label = own;
                }
            }
        }
    }

    /// Goes to the beginning of a family.
    pub(super) fn begin(&mut self, family: usize) {
        self.family = family;
        self.at = 0;
        self.block = None;
    }

    /// Draws the next subjects of the family that is being made; returns where they end, too.
    pub(super) fn draw(&mut self) -> Result<(Vec<Part>, u64), RequestError> {
        let family = &self.families[self.family];
        let size = family.draws.block_rows();
        let block = self.at / size;
        let whole = block * size..family.rows.min((block + 1) * size);
        let end = whole.end.min(self.at + family.batch);
        if self
            .block
            .as_ref()
            .is_none_or(|(number, _)| *number != block)
        {
            self.block = Some((block, family.draws.of_block(block, whole.clone())));
        }
        let width = family.members[0].learned.model.columns().len();
        let (first, last) = (
            (self.at - whole.start) as usize,
            (end - whole.start) as usize,
        );
        let parts = match &self.block {
            Some((_, drawn)) => {
                let codes = &drawn.codes[first * width..last * width];
                let fixed = drawn.fixed_of(first..last);
                family.draw(self.at..end, codes, &fixed, self.seed)
            }
            None => Ok(Vec::new()),
        };
        Ok((parts.map_err(|stuck| self.never(stuck))?, end))
    }

    /// What could not be met.
    fn never(&self, stuck: Stuck) -> RequestError {
        let Stuck(table) = stuck;
        let texts = self.texts.iter().filter(|(of, _)| *of == table);
        let mut texts: Vec<String> = texts.map(|(_, text)| format!("`{text}`")).collect();
        let steps = self.patterns.iter().filter(|(_, of, _)| *of == table);
        texts.extend(steps.map(|(name, ..)| format!("the pattern `{name}`")));
        RequestError::new(
            format!(
                "{} came true for no row of `{}` below {ATTEMPTS} subjects that were drawn to meet it",
                texts.join(" and "),
                self.model.tables[table].name
            ),
            "the model makes no value that the data never had; loosen the condition",
        )
    }

    /// A table without rows.
    fn empty(&self, table: usize) -> Table {
        let about = &self.model.tables[table];
        let mut cells: Vec<Cells> = about.columns.iter().map(no_cells).collect();
        let references = about
            .references
            .iter()
            .filter(|link| link.role != Role::Public);
        let named = references.map(|link| link.column);
        if matches!(about.content, Content::Learned(_)) {
            for column in named.chain(about.key) {
                cells[usize::from(column)] = Cells::Keys { rows: Vec::new() };
            }
        }
        let columns = self.columns(table);
        if columns.len() > cells.len() {
            cells.push(Cells::Levels {
                codes: Vec::new(),
                levels: self.labels(),
            });
        }
        Table {
            cells,
            columns,
            rows: 0,
        }
    }

    /// The columns of a table as they are written: those that were learned, and one of labels where patterns are added.
    pub fn columns(&self, table: usize) -> Vec<Column> {
        let mut columns = self.model.tables[table].columns.clone();
        let mut patterns = self.patterns.iter();
        if patterns.any(|&(_, of, _)| self.model.labelled(of).any(|labelled| labelled == table)) {
            columns.push(Column {
                name: LABEL.to_owned(),
                kind: crate::Kind::Category,
                missing: None,
                codes: Vec::new(),
                storage: crate::Storage::Text,
            });
        }
        columns
    }

    /// The names of patterns in order of text.
    fn labels(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .patterns
            .iter()
            .map(|(name, ..)| name.clone())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The rows of a part as they are written.
    fn written(&self, members: &[Member<'_>], place: usize, part: Part) -> Table {
        let member = &members[place];
        let about = &self.model.tables[member.table];
        let rows = *part.starts.last().unwrap_or(&0);
        let first = self.made[member.table];
        let mut cells: Vec<Cells> = part.cells;
        cells.truncate(about.columns.len());
        let columns = self.columns(member.table);
        for (column, cells) in cells.iter_mut().enumerate() {
            if let Cells::Levels { levels, .. } = cells {
                *levels = member.learned.model.levels(column).to_vec();
            }
        }
        if let Some(key) = about.key {
            cells[usize::from(key)] = Cells::Keys {
                rows: (first..first + u64::from(rows)).collect(),
            };
        }
        for link in &about.references {
            let rows = match (link.role, member.owner) {
                (Role::Owner, Some((owner, ..))) => {
                    let first = self.made[members[owner].table];
                    let owners = part.owners.iter();
                    owners.map(|&row| first + u64::from(row)).collect()
                }
                (Role::Match(number), _) => {
                    let partners = &self.partners[member.table][usize::from(number)];
                    partners[first as usize..][..rows as usize]
                        .iter()
                        .map(|&row| if row == NOBODY { NO_ROW } else { row.into() })
                        .collect()
                }
                _ => continue,
            };
            cells[usize::from(link.column)] = Cells::Keys { rows };
        }
        if columns.len() > cells.len() {
            let levels = self.labels();
            let code = |&label: &u32| match label.checked_sub(1) {
                Some(which) => {
                    let name = &self.patterns[which as usize].0;
                    levels.partition_point(|level| level < name) as u32
                }
                None => MISSING_LEVEL,
            };
            let mut codes: Vec<u32> = part.labels.iter().map(code).collect();
            codes.resize(rows as usize, MISSING_LEVEL);
            cells.push(Cells::Levels { codes, levels });
        }
        Table {
            columns,
            cells,
            rows: rows as usize,
        }
    }
}

fn no_cells(column: &Column) -> Cells {
    match &column.kind {
        kind if kind.is_numeric() => Cells::Numbers {
            values: Vec::new(),
            special: Vec::new(),
        },
        crate::Kind::Identifier(_) | crate::Kind::Text(_) => Cells::Opaque {
            present: Vec::new(),
        },
        _ => Cells::Levels {
            codes: Vec::new(),
            levels: Vec::new(),
        },
    }
}
