//! The rows of one owner, one after the other.

use super::context::History;
use super::request::Outer;
use super::sequence::Ticker;
use super::subjects::{Member, Part};
use super::wants::{Chosen, Pair, Planned, PlannedStep};
use crate::model::Model;
use crate::model::Scale;
use crate::model::condition::{Given, Scratch};
use crate::model::forest::{Bits, State};
use crate::model::sample::Writer;
use crate::rule::{Domain, Texts};
use crate::table::{Cells, MISSING_LEVEL};

/// Moments that are drawn for a row before there is said to be no room for it.
const MOMENTS: usize = 64;
/// Times that moment and row are drawn before the subject is given up.
const AGAIN: usize = 8;

/// No row that meets what is wanted of this table could be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stuck(pub usize);

/// An owner of rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    /// Its place in its part.
    pub row: usize,
    /// The bins that it hands on.
    pub family: &'a [u8],
    /// Its moment that first moments are tied to.
    pub anchor: f64,
    /// How many rows it has.
    pub count: u32,
}

/// A moment as it is drawn: column, value, code, and the code of the gap before it.
type Moment = (usize, f64, u32, Option<u32>);

/// Draws the rows of owners.
pub(super) struct Siblings<'f, 'm> {
    member: &'f Member<'m>,
    ticker: Option<Ticker<'m>>,
    gaps: Option<Scale>,
    history: History<'f>,
    state: State,
    bins: Vec<u8>,
    writers: Vec<Writer<'m>>,
    before: f64,
    /// Rows of this owner so far.
    placed: u32,
    scratches: Vec<Option<Scratch<'m>>>,
    /// What is around the row, as far as conditions speak of it.
    outside: Vec<(usize, Domain<'m>)>,
    /// For each column the value that conditions decided.
    fixed: Vec<Option<f64>>,
    /// What is given of a row: codes, numbers, and what must be there.
    known: (Vec<Option<u32>>, Vec<f64>, Vec<bool>),
    /// Whether the conditions come before what the model saw.
    reluctant: bool,
    pub part: Part,
}

impl<'f, 'm> Siblings<'f, 'm> {
    /// `reluctant`: where no row of the model meets the conditions, one is drawn with values that do occur, but not in such a row.
    pub(super) fn new(member: &'f Member<'m>, reluctant: bool) -> Self {
        let model = &member.learned.model;
        let clock = member.learned.clock.as_ref();
        let columns = model.columns().len();
        let pairs = member.wants.as_ref().map_or(0, |wants| wants.pairs);
        Self {
            member,
            ticker: clock.map(Ticker::new),
            gaps: clock.and_then(super::sequence::Clock::gap_scale),
            history: History::new(&member.tellers),
            state: model.state(),
            bins: Vec::with_capacity(model.context()),
            writers: model.writers(0),
            before: f64::NAN,
            placed: 0,
            scratches: (0..2 * pairs).map(|_| None).collect(),
            outside: Vec::new(),
            fixed: vec![None; columns],
            known: (
                vec![None; columns],
                vec![f64::NAN; columns],
                vec![false; columns],
            ),
            reluctant,
            part: Part::new(),
        }
    }

    /// Begins the rows of an owner. `above` gives a cell of the owner (0), its owner (1) and so on.
    pub(super) fn start(&mut self, above: impl Fn(usize, usize) -> Domain<'m>) {
        self.history.start();
        self.before = f64::NAN;
        self.placed = 0;
        if let Some(wants) = &self.member.wants {
            let outer = wants.outer.iter();
            self.outside = outer
                .map(|&(place, outer)| match outer {
                    Outer::Above(steps, column) => (place, above(steps, column)),
                    Outer::Previous(_) => (place, Domain::NULL),
                })
                .collect();
        }
    }

    /// Draws `count` rows of an owner behind which `follow` more come; fewer where time leaves no room.
    pub(super) fn rows(
        &mut self,
        owner: Owner<'_>,
        follow: u32,
        count: u32,
        bits: &mut Bits,
    ) -> Result<(), Stuck> {
        for place in 0..count {
            if !self.row(owner, follow + count - 1 - place, None, bits)? {
                break;
            }
        }
        Ok(())
    }

    /// Draws the rows of a pattern, behind which `follow` ordinary ones come.
    pub(super) fn pattern(
        &mut self,
        owner: Owner<'_>,
        follow: u32,
        planned: &'f Planned<'m>,
        bits: &mut Bits,
    ) -> Result<(), Stuck> {
        let label = planned.which as u32 + 1;
        for step in &planned.steps {
            let (least, most) = step.step.count;
            let count = least + bits.below(most.saturating_sub(least) as usize + 1) as u32;
            for _ in 0..count {
                self.row(owner, follow, Some((step, label)), bits)?;
            }
        }
        Ok(())
    }

    /// Draws the next row of an owner, behind which `follow` come; whether there was room for it. `step` is what a pattern wants of it.
    pub(super) fn row(
        &mut self,
        owner: Owner<'_>,
        follow: u32,
        step: Option<(&'f PlannedStep<'m>, u32)>,
        bits: &mut Bits,
    ) -> Result<bool, Stuck> {
        let again = if self.member.wants.is_some() {
            AGAIN
        } else {
            1
        };
        for _ in 0..again {
            self.bins.clear();
            self.bins.extend_from_slice(owner.family);
            self.history.write(follow, &mut self.bins);
            let Some(moment) = self.moment(owner, step.map(|(step, _)| step), bits) else {
                return if self.placed == 0 || step.is_some() {
                    Err(Stuck(self.member.table))
                } else {
                    Ok(false)
                };
            };
            if let Some((column, value, code, gap)) = moment
                && let Some(clock) = &self.member.learned.clock
            {
                let kind = &self.member.learned.model.columns()[column].kind;
                let bin = self.member.bin(column, code);
                clock.tell(kind, value, bin, gap, &mut self.bins);
            }
            let chosen = if self.member.wants.is_some() {
                match self.choose(moment, step.map(|(step, _)| step), bits) {
                    Some(chosen) => Some(chosen),
                    None => continue,
                }
            } else {
                let model = &self.member.learned.model;
                model.draw_in(&self.bins, bits, &mut self.state);
                None
            };
            self.put(
                owner,
                moment,
                chosen,
                step.map_or(0, |(_, label)| label),
                bits,
            );
            return Ok(true);
        }
        Err(Stuck(self.member.table))
    }

    /// The moment of the next row: outer `None` where there is no room for one, inner where rows have none.
    #[allow(clippy::option_option, reason = "no room and no clock are two things")]
    fn moment(
        &mut self,
        owner: Owner<'_>,
        step: Option<&'f PlannedStep<'m>>,
        bits: &mut Bits,
    ) -> Option<Option<Moment>> {
        let member = self.member;
        let (Some(clock), Some(ticker), Some(scale)) =
            (&member.learned.clock, &mut self.ticker, &member.scale)
        else {
            return Some(None);
        };
        let column = usize::from(clock.column);
        let kind = &member.learned.model.columns()[column].kind;
        let first = self.placed == 0;
        let pair = member
            .wants
            .as_ref()
            .map(|wants| step.map_or(&wants.ordinary, |step| &step.pair));
        let tries = if pair.is_some() { MOMENTS } else { 1 };
        for _ in 0..tries {
            let gap = step.and_then(|step| step.step.gap);
            let (value, gap) = match gap.filter(|_| !self.before.is_nan()) {
                Some((low, high)) => {
                    let value = kind.snap(self.before + low + (high - low) * bits.uniform());
                    if value > clock.ends.1 {
                        continue;
                    }
                    let steps = ((value - self.before) / clock.step).round();
                    (value, self.gaps.as_ref().map(|gaps| gaps.code(steps)))
                }
                None if first => (ticker.first(owner.anchor, &self.bins, bits), None),
                None => ticker.next(self.before, &self.bins, bits),
            };
            let value = kind.snap(value);
            if let Some(pair) = pair {
                let conditions = pair.of(first);
                let place = 2 * pair.number + usize::from(!first);
                let scratch = self.scratches[place].get_or_insert_with(|| conditions.scratch());
                for &(place, domain) in &self.outside {
                    scratch.outside[place] = domain;
                }
                if !conditions.open(clock.column, value, scratch) {
                    continue;
                }
            }
            return Some(Some((column, value, scale.code(value), gap)));
        }
        None
    }

    fn choose(
        &mut self,
        moment: Option<Moment>,
        step: Option<&'f PlannedStep<'m>>,
        bits: &mut Bits,
    ) -> Option<Chosen> {
        let wants = self.member.wants.as_ref()?;
        let pair = step.map_or(&wants.ordinary, |step| &step.pair);
        let chosen = self.choose_by(pair, moment, step, bits);
        if chosen.is_some() || !self.reluctant || step.is_some() {
            return chosen;
        }
        self.choose_by(&wants.reluctant, moment, step, bits)
    }

    fn choose_by(
        &mut self,
        pair: &'f Pair<'m>,
        moment: Option<Moment>,
        step: Option<&'f PlannedStep<'m>>,
        bits: &mut Bits,
    ) -> Option<Chosen> {
        let wants = self.member.wants.as_ref()?;
        // The rows of a pattern are no part of the wishes.
        let steer = wants.steer.as_ref().filter(|_| step.is_none());
        let first = self.placed == 0;
        let conditions = pair.of(first);
        let place = 2 * pair.number + usize::from(!first);
        let scratch = self.scratches[place].get_or_insert_with(|| conditions.scratch());
        for &(place, domain) in &self.outside {
            scratch.outside[place] = domain;
        }
        if let Some((column, value, code, _)) = moment {
            self.known.0[column] = Some(code);
            self.known.1[column] = value;
        }
        let given = Given {
            codes: &self.known.0,
            values: &self.known.1,
            present: &self.known.2,
        };
        let chosen = wants.choose(conditions, steer, &self.bins, given, bits, scratch)?;
        self.state.codes.copy_from_slice(&chosen.0.codes);
        self.fixed.fill(None);
        for (&column, &value) in conditions.written().iter().zip(&chosen.0.values) {
            if !value.is_nan() || conditions.computes(column) {
                self.fixed[usize::from(column)] = Some(value);
            }
            let mut scales = wants.scales.iter();
            if conditions.computes(column)
                && let Some((column, scale, _)) = scales.find(|(c, ..)| *c == usize::from(column))
            {
                self.state.codes[*column] = scale.code(value);
            }
        }
        Some(chosen)
    }

    /// Writes the row that was drawn.
    fn put(
        &mut self,
        owner: Owner<'_>,
        moment: Option<Moment>,
        chosen: Option<Chosen>,
        label: u32,
        bits: &mut Bits,
    ) {
        let member = self.member;
        if let Some((column, value, code, _)) = moment {
            self.state.codes[column] = code;
            self.before = value;
        }
        for (column, writer) in self.writers.iter_mut().enumerate() {
            let fixed = match moment {
                Some((clock, value, ..)) if clock == column => Some(value),
                _ => self.fixed[column],
            };
            match fixed {
                Some(value) => writer.put(value),
                None => writer.write(self.state.codes[column], bits),
            }
        }
        let codes = &self.state.codes;
        self.history.add(|column| member.bin(column, codes[column]));
        if member.width > 0 {
            member.hand_on(codes, &mut self.part.family);
            self.part.family.extend_from_slice(owner.family);
        }
        if member.kept {
            self.part.codes.extend_from_slice(codes);
        }
        self.part.owners.push(owner.row as u32);
        if let Some(wants) = &member.wants {
            if !wants.patterns.is_empty() {
                self.part.labels.push(label);
            }
            if let (Some((_, cell)), true, 0) = (chosen, wants.steer.is_some(), label) {
                *self.part.cells_of_wishes.entry(cell).or_default() += 1;
            }
            let last = self.part.owners.len() - 1;
            for ((_, domain), (_, outer)) in self.outside.iter_mut().zip(&wants.outer) {
                if let Outer::Previous(column) = outer {
                    let model = &member.learned.model;
                    *domain = cell(model, &self.writers[*column].cells, *column, last);
                }
            }
        }
        self.placed += 1;
    }

    /// Ends the rows of a subject.
    pub(super) fn end(&mut self) {
        self.part.starts.push(self.part.owners.len() as u32);
    }

    pub(super) fn done(self) -> Part {
        Part {
            cells: self
                .writers
                .into_iter()
                .map(|writer| writer.cells)
                .collect(),
            ..self.part
        }
    }
}

/// The one value of a cell; of identifiers and texts only whether there is one. Levels are the model's.
pub(super) fn cell<'m>(model: &'m Model, cells: &Cells, column: usize, row: usize) -> Domain<'m> {
    match cells {
        Cells::Numbers { values, special } => {
            let value = values[row];
            if !value.is_nan() {
                return Domain::number(value);
            }
            let code = special.get(row).map_or(0, |&code| usize::from(code));
            let codes = &model.columns()[column].codes;
            let text = code.checked_sub(1).and_then(|code| codes.get(code));
            text.map_or(Domain::NULL, |text| Domain::text(text))
        }
        Cells::Levels { codes, .. } => {
            let levels = model.levels(column);
            match codes[row] {
                MISSING_LEVEL => Domain::NULL,
                code => levels
                    .get(code as usize)
                    .map_or(Domain::NULL, |level| Domain::text(level)),
            }
        }
        Cells::Opaque { .. } | Cells::Keys { .. } => {
            if cells.is_there(row) {
                Domain {
                    texts: Texts::Any,
                    ..Domain::NOTHING
                }
            } else {
                Domain::NULL
            }
        }
    }
}
