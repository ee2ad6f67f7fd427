//! Making linked tables: subject by subject, each with all that it owns.
//!
//! A subject is drawn again where no row of a table below it meets what is wanted of it, each time from other random numbers of its own.

use std::ops::Range;

use population::Seed;
use population::stream::{Purpose, Streams};
use rayon::prelude::*;

use std::collections::BTreeMap;

use super::context::{MOST_INHERITED, Teller};
use super::keys::NOBODY;
use super::request::{LinkedRequest, LinkedRule};
use super::shares::Fitted;
use super::siblings::{Owner, Siblings, Stuck, cell};
use super::wants::{Planned, Wants};
use super::{Content, Learned, LinkedModel, Role};
use crate::model::draws::{Drawn, Draws, RequestError};
use crate::model::forest::Bits;
use crate::model::sample::{Fixed, append};
use crate::model::{Achieved, Draw, Request, Scale};
use crate::rule::Domain;
use crate::table::{Cells, Column, MISSING_LEVEL, NO_ROW, Table};

/// Rows of all tables that are in memory at a time, about.
const BATCH: u64 = 1 << 17;
/// Subjects that one thread draws at a time.
const CHUNK: usize = 32;
/// Times that a subject is drawn before what is wanted is called impossible.
const ATTEMPTS: u32 = 256;
/// Fractions of 2⁶⁴ that place owners among those that have a pattern: evenly over subjects, and over the owners of one.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
const SILVER: u64 = 0x6a09_e667_f3bc_c909;
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

/// A table that no other owns, with all that it owns.
#[derive(Debug)]
pub(super) struct Family<'m> {
    /// Owners before what they own.
    pub members: Vec<Member<'m>>,
    /// How its subjects are drawn.
    pub draws: Draws<'m>,
    /// Subjects to make.
    pub rows: u64,
    /// Subjects of a batch.
    batch: u64,
    /// Where the places of owners among those that have a pattern begin.
    start: u64,
}

/// One table of a family.
#[derive(Debug)]
pub(super) struct Member<'m> {
    pub table: usize,
    pub learned: &'m Learned,
    pub tellers: Vec<Teller>,
    /// The place of the owner among the members, its column with the number of these rows, and how many bins it hands on.
    pub owner: Option<(usize, usize, usize)>,
    /// Whether the codes of its rows are wanted.
    pub kept: bool,
    /// Bins that a row hands on to those that it owns; 0 where it owns none.
    pub width: usize,
    pub scale: Option<Scale>,
    pub wants: Option<Wants<'m>>,
    pub name: String,
    purpose: Purpose,
}

/// Rows of one member of a family, for some subjects.
#[derive(Debug)]
pub(super) struct Part {
    /// The first row of each subject, then the end.
    pub starts: Vec<u32>,
    /// For each row its owner's place in the owner's part.
    pub owners: Vec<u32>,
    /// The model's columns, hidden ones included.
    pub cells: Vec<Cells>,
    /// Row-major codes of all columns, where they are kept.
    pub codes: Vec<u32>,
    /// The bins that each row hands on.
    pub family: Vec<u8>,
    /// For each row one more than its pattern's place, where the table is labelled.
    pub labels: Vec<u32>,
    /// Rows of each cell of the wishes, without those of patterns.
    pub cells_of_wishes: BTreeMap<Vec<u16>, u64>,
}

impl<'m> Family<'m> {
    fn new(
        model: &'m LinkedModel,
        root: usize,
        rows: u64,
        request: &LinkedRequest,
        rules: &[LinkedRule],
        seed: Seed,
        how: Draw,
    ) -> Result<Self, RequestError> {
        let mut members: Vec<Member<'m>> = Vec::new();
        let mut tables: Vec<usize> = Vec::new();
        for &table in &model.order {
            let table = usize::from(table);
            let Some(learned) = model.learned(table) else {
                continue;
            };
            let above = model.owner(table);
            let owner = above.and_then(|above| tables.iter().position(|&other| other == above));
            if table != root && owner.is_none() {
                continue;
            }
            let tellers = Teller::all(learned.model.binnings());
            let owner = owner.and_then(|place| {
                let above: &Member<'m> = &members[place];
                let mut owned = above.learned.owned.iter();
                let (_, column) = owned.find(|(child, _)| usize::from(*child) == table)?;
                Some((place, usize::from(*column), above.width.min(MOST_INHERITED)))
            });
            let handed = owner.map_or(0, |(_, _, handed)| handed);
            let clock = learned.clock.as_ref();
            let wants = match owner {
                Some(_) => Wants::new(model, table, learned, request, rules)?,
                None => None,
            };
            members.push(Member {
                wants,
                table,
                learned,
                owner,
                kept: false,
                width: if learned.owned.is_empty() {
                    0
                } else {
                    tellers.len() + handed
                },
                tellers,
                scale: clock.map(|clock| Scale::new(learned.model.binning(clock.column.into()))),
                purpose: Purpose::new(&format!("linked/{}", model.tables[table].name)),
                name: model.tables[table].name.clone(),
            });
            tables.push(table);
        }
        let all: u64 = tables.iter().map(|&table| model.rows_learned(table)).sum();
        let each = all / model.rows_learned(root).max(1) + 1;
        let of_root = |rules: &[LinkedRule]| {
            let rules = rules.iter().filter(|rule| rule.table == root);
            rules.map(|rule| rule.rule.clone()).collect()
        };
        let wishes = request.wishes.iter().filter(|wish| wish.table == root);
        let request = Request {
            given: of_root(&request.given),
            rules: of_root(rules),
            wishes: wishes.map(|wish| wish.wish.clone()).collect(),
            temperature: request.temperature,
            patterns: Vec::new(),
        };
        let learned = &members[0].learned.model;
        Ok(Self {
            draws: learned.draws(&request, seed, how)?,
            members,
            rows,
            batch: (BATCH / each).max(CHUNK as u64),
            start: Streams::new(seed, 0).stream("linked/patterns").next_u64(),
        })
    }

    /// Whether something is wanted of the rows below the subjects.
    fn is_choosy(&self) -> bool {
        self.members.iter().any(|member| member.wants.is_some())
    }
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

impl<'m> Family<'m> {
    /// Draws subjects with all that they own; `codes` and `fixed` are the subjects'.
    fn draw(
        &self,
        subjects: Range<u64>,
        codes: &[u32],
        fixed: &[Fixed],
        seed: Seed,
    ) -> Result<Vec<Part>, Stuck> {
        let width = self.members[0].learned.model.columns().len();
        let chunks: Vec<Result<Vec<Part>, Stuck>> = codes
            .par_chunks(CHUNK * width)
            .enumerate()
            .map(|(chunk, codes)| {
                let first = chunk * CHUNK;
                let rows = first..first + codes.len() / width;
                let fixed = fixed.iter().map(|fixed| Fixed {
                    values: fixed.values[rows.clone()].to_vec(),
                    ..*fixed
                });
                let start = subjects.start;
                let subjects = start + rows.start as u64..start + rows.end as u64;
                self.chunk(subjects, codes, &fixed.collect::<Vec<_>>(), seed)
            })
            .collect();
        self.joined(chunks)
    }

    /// Joins the rows of parts.
    fn joined(&self, parts: Vec<Result<Vec<Part>, Stuck>>) -> Result<Vec<Part>, Stuck> {
        let mut parts = parts.into_iter();
        let Some(whole) = parts.next() else {
            return Ok(Vec::new());
        };
        let mut whole = whole?;
        for part in parts {
            let rows: Vec<u32> = whole.iter().map(Part::rows).collect();
            for ((place, whole), part) in whole.iter_mut().enumerate().zip(part?) {
                let owner = self.members[place]
                    .owner
                    .map_or(0, |(owner, ..)| rows[owner]);
                whole.append(part, rows[place], owner);
            }
        }
        Ok(whole)
    }

    fn chunk(
        &self,
        subjects: Range<u64>,
        codes: &[u32],
        fixed: &[Fixed],
        seed: Seed,
    ) -> Result<Vec<Part>, Stuck> {
        if !self.is_choosy() {
            return self.parts(subjects, codes, fixed, seed, 0);
        }
        let width = self.members[0].learned.model.columns().len();
        let mut found = Vec::new();
        for (place, codes) in codes.chunks(width).enumerate() {
            let subject = subjects.start + place as u64;
            let one = subject..subject + 1;
            let mut own: Vec<Fixed> = fixed.to_vec();
            for fixed in &mut own {
                fixed.values = vec![fixed.values[place]];
            }
            let mut parts = self.parts(one.clone(), codes, &own, seed, 0);
            for attempt in 1..ATTEMPTS {
                if parts.is_ok() {
                    break;
                }
                let again = self.draws.again(subject, attempt);
                parts = self.parts(one.clone(), &again.codes, &again.fixed, seed, attempt);
            }
            let failed = parts.is_err();
            found.push(parts);
            if failed {
                break;
            }
        }
        self.joined(found)
    }

    fn parts(
        &self,
        subjects: Range<u64>,
        codes: &[u32],
        fixed: &[Fixed],
        seed: Seed,
        attempt: u32,
    ) -> Result<Vec<Part>, Stuck> {
        let mut parts: Vec<Part> = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let part = match member.owner {
                None => member.roots(subjects.clone(), codes, fixed, seed),
                Some(_) => self.children(member, subjects.clone(), &parts, seed, attempt)?,
            };
            parts.push(part);
        }
        Ok(parts)
    }

    /// A cell of an owner (0), of its owner (1), and so on: `row` is the owner's.
    fn above(
        &self,
        member: &Member<'m>,
        parts: &[Part],
        row: usize,
        steps: usize,
        column: usize,
    ) -> Domain<'m> {
        let mut at = member.owner.map_or(0, |(owner, ..)| owner);
        let mut row = row;
        for _ in 0..steps {
            row = parts[at].owners[row] as usize;
            at = self.members[at].owner.map_or(0, |(owner, ..)| owner);
        }
        let model = &self.members[at].learned.model;
        cell(model, &parts[at].cells[column], column, row)
    }

    /// The rows of a table that some subjects own.
    fn children(
        &self,
        member: &Member<'m>,
        subjects: Range<u64>,
        parts: &[Part],
        seed: Seed,
        attempt: u32,
    ) -> Result<Part, Stuck> {
        let (place, counts, handed) = member.owner.unwrap_or_default();
        let above = &parts[place];
        let clock = member.learned.clock.as_ref();
        let above_width = above.family.len() / (above.rows().max(1) as usize);
        let again = (attempt > 0).then(|| {
            let name = &member.name;
            Purpose::new(&format!("linked/{name}/again/{attempt}"))
        });
        let purpose = again.as_ref().unwrap_or(&member.purpose);
        let mut siblings = Siblings::new(member);
        for (subject, owners) in subjects.zip(above.starts.windows(2)) {
            let streams = Streams::new(seed, subject);
            let mut bits = Bits::new(streams.stream_for(purpose));
            for row in owners[0] as usize..owners[1] as usize {
                let anchor = clock.and_then(|clock| clock.anchor);
                let owner = Owner {
                    row,
                    family: &above.family[row * above_width..][..handed],
                    anchor: anchor.map_or(f64::NAN, |anchor| {
                        anchor.value(above.number(anchor.column.into(), row))
                    }),
                    // What is not a number is none.
                    count: above.number(counts, row).max(0.0) as u32,
                };
                siblings.start(|steps, column| self.above(member, parts, row, steps, column));
                let ordinal = row as u64 - u64::from(owners[0]);
                match self.planned(member, parts, subject, ordinal, row) {
                    None => siblings.rows(owner, 0, owner.count, &mut bits)?,
                    Some(planned) => {
                        // The pattern begins behind any of the rows, or before all.
                        let before = bits.below(owner.count as usize + 1) as u32;
                        siblings.rows(owner, owner.count - before, before, &mut bits)?;
                        siblings.pattern(owner, owner.count - before, planned, &mut bits)?;
                        siblings.rows(owner, 0, owner.count - before, &mut bits)?;
                    }
                }
            }
            siblings.end();
        }
        Ok(siblings.done())
    }

    /// The pattern that an owner has, if any.
    fn planned<'f>(
        &self,
        member: &'f Member<'m>,
        parts: &[Part],
        subject: u64,
        ordinal: u64,
        row: usize,
    ) -> Option<&'f Planned<'m>> {
        let patterns = &member.wants.as_ref()?.patterns;
        let (place, ..) = member.owner?;
        let turn = subject
            .wrapping_mul(GOLDEN)
            .wrapping_add(ordinal.wrapping_mul(SILVER));
        let turn = turn.wrapping_add(self.start) as f64 / 18_446_744_073_709_551_616.0;
        let planned = patterns
            .iter()
            .find(|planned| (planned.share.0..planned.share.1).contains(&turn))?;
        let owner = &self.members[place].learned.model;
        let meets = planned.given.iter().all(|rule| {
            let domain = |column| cell(owner, &parts[place].cells[column], column, row);
            rule.truth(&domain).yes
        });
        meets.then_some(planned)
    }
}

impl Part {
    pub(super) fn new() -> Self {
        Self {
            starts: vec![0],
            owners: Vec::new(),
            cells: Vec::new(),
            codes: Vec::new(),
            family: Vec::new(),
            labels: Vec::new(),
            cells_of_wishes: BTreeMap::new(),
        }
    }

    pub(super) fn rows(&self) -> u32 {
        self.starts.last().copied().unwrap_or_default()
    }

    /// A number of a row; not a number in other columns.
    pub(super) fn number(&self, column: usize, row: usize) -> f64 {
        match &self.cells[column] {
            Cells::Numbers { values, .. } => values[row],
            _ => f64::NAN,
        }
    }

    /// Adds the rows of another part, behind so many rows of this table and of the owner's.
    fn append(&mut self, part: Self, rows: u32, owners: u32) {
        self.starts.pop();
        self.starts
            .extend(part.starts.iter().map(|start| start + rows));
        self.owners
            .extend(part.owners.iter().map(|row| row + owners));
        self.codes.extend(part.codes);
        self.labels.extend(part.labels);
        for (cell, rows) in part.cells_of_wishes {
            *self.cells_of_wishes.entry(cell).or_default() += rows;
        }
        for (cells, more) in self.cells.iter_mut().zip(part.cells) {
            append(cells, more);
        }
    }
}

impl Member<'_> {
    /// What a row with these codes hands on, apart from what was handed to it.
    pub(super) fn hand_on(&self, codes: &[u32], family: &mut Vec<u8>) {
        for teller in &self.tellers {
            family.push(self.bin(teller.column, codes[teller.column]));
        }
    }

    /// The bin that a code is to trees.
    pub(super) fn bin(&self, column: usize, code: u32) -> u8 {
        self.learned.model.binning(column).feature[code as usize]
    }

    fn roots(&self, subjects: Range<u64>, codes: &[u32], fixed: &[Fixed], seed: Seed) -> Part {
        let count = (subjects.end - subjects.start) as u32;
        let mut family = Vec::new();
        if self.width > 0 {
            for codes in codes.chunks(self.learned.model.columns().len()) {
                self.hand_on(codes, &mut family);
            }
        }
        Part {
            starts: (0..=count).collect(),
            cells: self.learned.model.write(subjects, codes, fixed, seed),
            codes: if self.kept {
                codes.to_vec()
            } else {
                Vec::new()
            },
            family,
            ..Part::new()
        }
    }
}
