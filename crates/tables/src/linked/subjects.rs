//! Subjects, each with all that it owns: the rows of every table of a family, drawn together.

use std::collections::BTreeMap;
use std::ops::Range;

use population::Seed;
use population::stream::{Purpose, Streams};
use rayon::prelude::*;

use super::context::{MOST_INHERITED, Teller};
use super::make::ATTEMPTS;
use super::request::{LinkedRequest, LinkedRule};
use super::siblings::{Owner, Siblings, Stuck, cell};
use super::wants::{Planned, Wants};
use super::{Learned, LinkedModel};
use crate::model::draws::{Draws, GOLDEN, RequestError};
use crate::model::forest::Bits;
use crate::model::sample::{Fixed, append};
use crate::model::{Draw, Request, Scale};
use crate::rule::Domain;
use crate::table::Cells;

/// Rows of all tables that are in memory at a time, about.
const BATCH: u64 = 1 << 17;
/// Subjects that one thread draws at a time.
const CHUNK: usize = 32;
/// Times that a subject is drawn before its rows may have values that the model never saw in such a row.
const RELUCTANT: u32 = 4;
/// The fraction of 2⁶⁴ that places the owners of one subject among those that have a pattern; [`GOLDEN`] places subjects.
const SILVER: u64 = 0x6a09_e667_f3bc_c909;

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
    pub batch: u64,
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
    pub(super) fn new(
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

impl<'m> Family<'m> {
    /// Draws subjects with all that they own; `codes` and `fixed` are the subjects'.
    pub(super) fn draw(
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
        let mut siblings = Siblings::new(member, attempt >= RELUCTANT);
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
