//! Making linked tables: subject by subject, each with all that it owns.

use std::ops::Range;

use population::Seed;
use population::stream::{Purpose, Streams};
use rayon::prelude::*;

use super::context::{History, MOST_INHERITED, Teller};
use super::keys::NOBODY;
use super::sequence::Ticker;
use super::{Content, Learned, LinkedModel, Role};
use crate::model::forest::Bits;
use crate::model::sample::append;
use crate::model::{Draw, Model, Scale};
use crate::table::{Cells, Column, NO_ROW, Table};

/// Rows of all tables that are in memory at a time, about.
const BATCH: u64 = 1 << 17;
/// Subjects that one thread draws at a time.
const CHUNK: usize = 32;

impl LinkedModel {
    /// Starts making a data set: `rows` is the number of rows of the [first root](Self::first_root); other tables that no other owns get as many more or fewer
    /// as they had when they were learned.
    ///
    /// The data set depends on model, `rows`, seed and `how`, not on the number of threads; a row of a table that no other owns, with all that it owns, depends on
    /// model, seed, `how` and its number alone, save for numbers and names of rows.
    pub fn make(&self, rows: u64, seed: Seed, how: Draw) -> Making<'_> {
        let roots = (0..self.tables.len())
            .filter(|&table| self.learned(table).is_some() && self.owner(table).is_none());
        let first = self
            .first_root()
            .map_or(1, |first| self.rows_learned(first));
        let families = roots
            .map(|root| {
                let learned = self.rows_learned(root);
                let scaled = u128::from(rows) * u128::from(learned) + u128::from(first) / 2;
                let rows = (scaled / u128::from(first.max(1))).min(u128::from(u64::MAX)) as u64;
                Family::new(self, root, rows)
            })
            .collect();
        let mut making = Making {
            model: self,
            families,
            seed,
            how,
            family: 0,
            at: 0,
            block: (u64::MAX, Vec::new()),
            made: vec![0; self.tables.len()],
            public: false,
            partners: Vec::new(),
        };
        making.find_partners();
        making
    }
}

/// A data set that is being made, part by part.
#[derive(Debug)]
pub struct Making<'m> {
    pub(super) model: &'m LinkedModel,
    pub(super) families: Vec<Family<'m>>,
    pub(super) seed: Seed,
    how: Draw,
    /// The family that is being made, and how many of its subjects are.
    pub(super) family: usize,
    pub(super) at: u64,
    /// The block of subjects that was drawn last.
    block: (u64, Vec<u32>),
    /// Rows of each table so far.
    made: Vec<u64>,
    public: bool,
    /// For each table, for each of its references beside the owner's, the partner of each row.
    pub(super) partners: Vec<Vec<Vec<u32>>>,
}

/// A table that no other owns, with all that it owns.
#[derive(Debug)]
pub(super) struct Family<'m> {
    /// Owners before what they own.
    pub members: Vec<Member<'m>>,
    /// Subjects to make.
    pub rows: u64,
    /// Subjects of a batch.
    batch: u64,
}

/// One table of a family.
#[derive(Debug)]
pub(super) struct Member<'m> {
    pub table: usize,
    pub learned: &'m Learned,
    tellers: Vec<Teller>,
    /// The place of the owner among the members, its column with the number of these rows, and how many bins it hands on.
    pub owner: Option<(usize, usize, usize)>,
    /// Whether the codes of its rows are wanted.
    pub kept: bool,
    /// Bins that a row hands on to those that it owns; 0 where it owns none.
    width: usize,
    scale: Option<Scale>,
    purpose: Purpose,
}

/// Rows of one member of a family, for some subjects.
#[derive(Debug)]
pub(super) struct Part {
    /// The first row of each subject, then the end.
    starts: Vec<u32>,
    /// For each row its owner's place in the owner's part.
    pub owners: Vec<u32>,
    /// The model's columns, hidden ones included.
    cells: Vec<Cells>,
    /// Row-major codes of all columns, where they are kept.
    pub codes: Vec<u32>,
    /// The bins that each row hands on.
    family: Vec<u8>,
}

impl<'m> Family<'m> {
    fn new(model: &'m LinkedModel, root: usize, rows: u64) -> Self {
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
            members.push(Member {
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
            });
            tables.push(table);
        }
        let all: u64 = tables.iter().map(|&table| model.rows_learned(table)).sum();
        let each = all / model.rows_learned(root).max(1) + 1;
        Self {
            members,
            rows,
            batch: (BATCH / each).max(CHUNK as u64),
        }
    }
}

impl Making<'_> {
    /// The next rows of every table, in the order of the schema, mostly some 100,000 in all; `None` at the end.
    pub fn next_part(&mut self) -> Option<Vec<Table>> {
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
            return some.then_some(tables);
        }
        let (parts, end) = self.draw();
        let family = &self.families[self.family];
        for (place, part) in parts.into_iter().enumerate() {
            let table = family.members[place].table;
            tables[table] = self.written(&family.members, place, part);
        }
        let made: Vec<u64> = tables.iter().map(|table| table.rows as u64).collect();
        for (sum, rows) in self.made.iter_mut().zip(made) {
            *sum += rows;
        }
        self.at = end;
        Some(tables)
    }

    /// Goes to the beginning of a family.
    pub(super) fn begin(&mut self, family: usize) {
        self.family = family;
        self.at = 0;
        self.block = (u64::MAX, Vec::new());
    }

    /// Draws the next subjects of the family that is being made; returns where they end, too.
    pub(super) fn draw(&mut self) -> (Vec<Part>, u64) {
        let family = &self.families[self.family];
        let size = Model::block_rows(self.how);
        let block = self.at / size;
        let whole = block * size..family.rows.min((block + 1) * size);
        let end = whole.end.min(self.at + family.batch);
        let root = &family.members[0].learned.model;
        if self.block.0 != block {
            self.block = (
                block,
                root.codes_of(block, whole.clone(), self.seed, self.how),
            );
        }
        let width = root.columns().len();
        let first = (self.at - whole.start) as usize * width;
        let last = (end - whole.start) as usize * width;
        let codes = &self.block.1[first..last];
        (family.draw(self.at..end, codes, self.seed), end)
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
        Table {
            cells,
            columns: about.columns.clone(),
            rows: 0,
        }
    }

    /// The rows of a part as they are written.
    fn written(&self, members: &[Member<'_>], place: usize, part: Part) -> Table {
        let member = &members[place];
        let about = &self.model.tables[member.table];
        let rows = *part.starts.last().unwrap_or(&0);
        let first = self.made[member.table];
        let mut cells: Vec<Cells> = part.cells;
        cells.truncate(about.columns.len());
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
        Table {
            columns: about.columns.clone(),
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

impl Family<'_> {
    /// Draws subjects with all that they own; `codes` are the subjects'.
    fn draw(&self, subjects: Range<u64>, codes: &[u32], seed: Seed) -> Vec<Part> {
        let width = self.members[0].learned.model.columns().len();
        let chunks: Vec<Vec<Part>> = codes
            .par_chunks(CHUNK * width)
            .enumerate()
            .map(|(chunk, codes)| {
                let start = subjects.start + (chunk * CHUNK) as u64;
                self.chunk(start..start + (codes.len() / width) as u64, codes, seed)
            })
            .collect();
        let mut chunks = chunks.into_iter();
        let Some(mut whole) = chunks.next() else {
            return Vec::new();
        };
        for chunk in chunks {
            let rows: Vec<u32> = whole.iter().map(Part::rows).collect();
            for ((place, whole), part) in whole.iter_mut().enumerate().zip(chunk) {
                whole.starts.pop();
                whole
                    .starts
                    .extend(part.starts.iter().map(|start| start + rows[place]));
                let owner = self.members[place]
                    .owner
                    .map_or(0, |(owner, ..)| rows[owner]);
                whole
                    .owners
                    .extend(part.owners.iter().map(|row| row + owner));
                whole.codes.extend(part.codes);
                for (cells, more) in whole.cells.iter_mut().zip(part.cells) {
                    append(cells, more);
                }
            }
        }
        whole
    }

    fn chunk(&self, subjects: Range<u64>, codes: &[u32], seed: Seed) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let part = match member.owner {
                None => member.roots(subjects.clone(), codes, seed),
                Some((owner, ..)) => member.children(subjects.clone(), &parts[owner], seed),
            };
            parts.push(part);
        }
        parts
    }
}

impl Part {
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
}

impl Member<'_> {
    /// What a row with these codes hands on, apart from what was handed to it.
    fn hand_on(&self, codes: &[u32], family: &mut Vec<u8>) {
        for teller in &self.tellers {
            family.push(self.bin(teller.column, codes[teller.column]));
        }
    }

    /// The bin that a code is to trees.
    fn bin(&self, column: usize, code: u32) -> u8 {
        self.learned.model.binning(column).feature[code as usize]
    }

    fn roots(&self, subjects: Range<u64>, codes: &[u32], seed: Seed) -> Part {
        let count = (subjects.end - subjects.start) as u32;
        let mut family = Vec::new();
        if self.width > 0 {
            for codes in codes.chunks(self.learned.model.columns().len()) {
                self.hand_on(codes, &mut family);
            }
        }
        Part {
            starts: (0..=count).collect(),
            owners: Vec::new(),
            cells: self.learned.model.write(subjects, codes, &[], seed),
            codes: if self.kept {
                codes.to_vec()
            } else {
                Vec::new()
            },
            family,
        }
    }

    fn children(&self, subjects: Range<u64>, above: &Part, seed: Seed) -> Part {
        let (_, counts, handed) = self.owner.unwrap_or_default();
        let model = &self.learned.model;
        let clock = self.learned.clock.as_ref();
        let above_width = above.family.len() / (above.rows().max(1) as usize);
        let mut writers = model.writers(0);
        let mut state = model.state();
        let mut ticker = clock.map(Ticker::new);
        let mut history = History::new(&self.tellers);
        let mut bins = Vec::with_capacity(model.context());
        let mut part = Part {
            starts: vec![0],
            owners: Vec::new(),
            cells: Vec::new(),
            codes: Vec::new(),
            family: Vec::new(),
        };
        for (subject, owners) in subjects.zip(above.starts.windows(2)) {
            let streams = Streams::new(seed, subject);
            let mut bits = Bits::new(streams.stream_for(&self.purpose));
            for owner in owners[0] as usize..owners[1] as usize {
                let family = &above.family[owner * above_width..][..handed];
                // What is not a number is none.
                let count = above.number(counts, owner).max(0.0) as u32;
                history.start();
                let mut before = f64::NAN;
                for place in 0..count {
                    bins.clear();
                    bins.extend_from_slice(family);
                    history.write(count - 1 - place, &mut bins);
                    let mut time = None;
                    if let (Some(clock), Some(ticker), Some(scale)) =
                        (clock, &mut ticker, &self.scale)
                    {
                        let (value, gap) = if place == 0 {
                            let anchor = clock.anchor.map_or(f64::NAN, |anchor| {
                                anchor.value(above.number(anchor.column.into(), owner))
                            });
                            (ticker.first(anchor, &bins, &mut bits), None)
                        } else {
                            ticker.next(before, &bins, &mut bits)
                        };
                        let column = usize::from(clock.column);
                        let kind = &model.columns()[column].kind;
                        let value = kind.snap(value);
                        let code = scale.code(value);
                        clock.tell(kind, value, self.bin(column, code), gap, &mut bins);
                        before = value;
                        time = Some((column, value, code));
                    }
                    model.draw_in(&bins, &mut bits, &mut state);
                    if let Some((column, _, code)) = time {
                        state.codes[column] = code;
                    }
                    for (column, writer) in writers.iter_mut().enumerate() {
                        match time {
                            Some((clock, value, _)) if clock == column => writer.put(value),
                            _ => writer.write(state.codes[column], &mut bits),
                        }
                    }
                    history.add(|column| self.bin(column, state.codes[column]));
                    if self.width > 0 {
                        self.hand_on(&state.codes, &mut part.family);
                        part.family.extend_from_slice(family);
                    }
                    if self.kept {
                        part.codes.extend_from_slice(&state.codes);
                    }
                    part.owners.push(owner as u32);
                }
            }
            part.starts.push(part.owners.len() as u32);
        }
        part.cells = writers.into_iter().map(|writer| writer.cells).collect();
        part
    }
}
