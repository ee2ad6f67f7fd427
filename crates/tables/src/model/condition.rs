//! Rows under conditions: while a row is drawn, classes that a condition has ruled out are passed over, and the share of those that were left is kept.
//!
//! The product of these shares is the candidate's *weight*: the chance that the model, drawing freely in the same order, had kept to the conditions so far.
//! Candidates that are taken in proportion to their weight are draws from the model given the conditions (importance sampling with the model's own
//! conditionals as proposal). Within a bin of numbers, values are drawn until the conditions on this column alone hold, and the share of the bin where
//! they do enters the weight; conditions on several columns are decided at last by the written values.

use std::collections::HashMap;
use std::sync::Arc;

use super::{
    Model,
    allowed::{Allowed, Drawing, Left},
    bins::{Bin, resolution},
    computed::{computed, reach},
    forest::{Bits, Order, State},
};
use crate::rule::{Domain, Rule, Term};
use population::stream::{Purpose, Seed, Streams};

/// Draws that tell which share of a bin satisfies a condition.
const PROBES: u64 = 256;
/// Draws of one value within a bin before the candidate is given up.
const TRIES: usize = 4096;
/// Answers of conditions on several columns that are remembered.
const REMEMBERED: usize = 16_384;

/// A condition, and what it takes to hold.
#[derive(Debug, Clone)]
struct Held {
    rule: Rule,
    /// Whether unknown is not enough, as in `WHERE`; otherwise only false breaks it, as in `CHECK`.
    strict: bool,
    /// The columns that are drawn and decide it.
    drawn: Vec<u16>,
}

impl Held {
    /// Whether it may still hold.
    fn possible<'a>(&'a self, known: &dyn Fn(usize) -> Domain<'a>) -> bool {
        let truth = self.rule.truth(known);
        truth.yes || !self.strict && truth.unknown
    }
}

/// Conditions that every row is to meet, made ready for drawing.
#[derive(Debug)]
pub(super) struct Conditions<'m> {
    model: &'m Model,
    held: Vec<Held>,
    /// Columns that an equation gives, in an order in which each needs only those before it.
    computed: Vec<(u16, Term)>,
    /// For each column, what it may be by itself; `None` where anything.
    alone: Vec<Option<Arc<Allowed>>>,
    /// For each column, its conditions with other columns.
    joint: Vec<Vec<usize>>,
    /// Columns of numbers whose written value matters: those that are drawn first, then the computed.
    written: Vec<u16>,
    /// For each column that a condition needs, what each of its codes may be, and all together.
    domains: Vec<Option<(Vec<Domain<'m>>, Domain<'m>)>>,
    /// For each column the one whose code decides its own.
    leads: Vec<u16>,
    pub(super) temperature: f64,
}

/// A row that was drawn, and how likely the model is to keep to the conditions on its way there.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub codes: Vec<u32>,
    /// The values of [`Conditions::written`].
    pub values: Vec<f64>,
    pub weight: f64,
}

/// Memory of one thread.
#[derive(Debug)]
pub(super) struct Scratch {
    state: State,
    values: Vec<f64>,
    known: Vec<bool>,
    key: Vec<u32>,
    /// For a condition, a column and the codes of its other columns, what is left.
    remembered: HashMap<Vec<u32>, Arc<Allowed>>,
}

/// What is known of a row before it is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    /// For each column its code, if it is known.
    pub codes: &'a [Option<u32>],
    /// For each column its number, or `NaN`.
    pub values: &'a [f64],
    /// For each column whether it must not be missing.
    pub present: &'a [bool],
}

impl<'m> Conditions<'m> {
    /// `given` must be true, `rules` must not be false. Rules of a column that is equal to an expression of others also compute it. Values of the columns
    /// of `watched` are drawn, too, so that conditions that differ have the same [`written`](Self::written).
    pub(super) fn new(
        model: &'m Model,
        given: &[Rule],
        rules: &[Rule],
        watched: &[Rule],
        temperature: f64,
    ) -> Self {
        let columns = model.columns.len();
        let computed = computed(rules, columns);
        let leads: Vec<u16> = (0..columns)
            .map(|column| {
                model.dependences[column]
                    .as_ref()
                    .map_or(column as u16, |dependence| dependence.on)
            })
            .collect();
        let mut held: Vec<Held> = Vec::new();
        for (rule, strict) in given
            .iter()
            .map(|rule| (rule, true))
            .chain(rules.iter().map(|rule| (rule, false)))
        {
            let mut drawn = Vec::new();
            for &column in rule.columns() {
                reach(column, &computed, &leads, &mut drawn);
            }
            drawn.sort_unstable();
            drawn.dedup();
            held.push(Held {
                rule: rule.clone(),
                strict,
                drawn,
            });
        }
        let mut needed = vec![false; columns];
        for held in &held {
            for &column in held.drawn.iter().chain(held.rule.columns()) {
                needed[usize::from(column)] = true;
            }
        }
        for &column in watched.iter().flat_map(Rule::columns) {
            needed[usize::from(column)] = true;
        }
        for (column, term) in &computed {
            let mut others = Vec::new();
            term.columns(&mut others);
            needed[usize::from(*column)] = true;
            for other in others {
                needed[usize::from(other)] = true;
            }
        }
        let domains = (0..columns)
            .map(|column| needed[column].then(|| model.domains(column)))
            .collect();
        let is_computed = |column: usize| computed.iter().any(|(c, _)| usize::from(*c) == column);
        let mut written: Vec<u16> = (0..columns)
            .filter(|&c| needed[c] && model.columns[c].kind.is_numeric() && !is_computed(c))
            .map(|c| c as u16)
            .collect();
        written.extend(computed.iter().map(|(column, _)| *column));
        let mut conditions = Self {
            model,
            held,
            computed,
            alone: vec![None; columns],
            joint: vec![Vec::new(); columns],
            written,
            domains,
            leads,
            temperature,
        };
        conditions.rule_out();
        conditions
    }

    /// Finds what each column may be by itself.
    fn rule_out(&mut self) {
        let nothing = vec![false; self.model.columns.len()];
        let state = State::new(self.model.columns.len(), self.model.context.into());
        for column in 0..self.model.columns.len() {
            let mine: Vec<usize> = (0..self.held.len())
                .filter(|&index| self.held[index].drawn.contains(&(column as u16)))
                .collect();
            if mine.is_empty() {
                continue;
            }
            let codes = self.model.binnings[column].bins.len();
            let mut known = nothing.clone();
            known[column] = true;
            let mut shares = vec![1.0_f32; codes];
            for (code, share) in shares.iter_mut().enumerate() {
                let mut state = state.clone();
                state.codes[column] = code as u32;
                let domain = |c: usize| self.known(c, &state.codes, &known);
                if !mine.iter().all(|&index| self.held[index].possible(&domain)) {
                    *share = 0.0;
                } else if self.undecided(column, &mine, &state.codes, &known) {
                    *share = self.share_within(column, code as u32);
                }
            }
            self.alone[column] = Some(Arc::new(Allowed::of(shares)));
            self.joint[column] = mine
                .into_iter()
                .filter(|&index| self.held[index].drawn.len() > 1)
                .collect();
        }
    }

    /// Whether a condition on this column alone depends on the value within the bin.
    fn undecided(&self, column: usize, mine: &[usize], codes: &[u32], known: &[bool]) -> bool {
        let domain = |c: usize| self.known(c, codes, known);
        mine.iter().any(|&index| {
            let held = &self.held[index];
            if held.drawn.len() > 1 || held.rule.columns() != [column as u16] {
                return false;
            }
            let truth = held.rule.truth(&domain);
            truth.no || held.strict && truth.unknown
        })
    }

    /// The share of a bin's values that meet the conditions on the column alone.
    fn share_within(&self, column: usize, code: u32) -> f32 {
        let purpose = Purpose::new("table/probe");
        let mut hits = 0;
        for probe in 0..PROBES {
            let mut bits = Bits::new(Streams::new(Seed(0), probe).stream_for(&purpose));
            let value = self.draw_value(column, code, &mut bits);
            hits += u32::from(self.value_holds(column, value));
        }
        hits as f32 / PROBES as f32
    }

    fn draw_value(&self, column: usize, code: u32, bits: &mut Bits) -> f64 {
        let binning = &self.model.binnings[column];
        let kind = &self.model.columns[column].kind;
        match &binning.bins[code as usize] {
            Bin::Numbers(shape) => {
                let steps = &binning.steps[binning.group(code)];
                kind.snap(shape.draw(bits, steps, resolution(kind)))
            }
            _ => f64::NAN,
        }
    }

    /// Whether a number meets the conditions on its column alone.
    fn value_holds(&self, column: usize, value: f64) -> bool {
        self.held.iter().all(|held| {
            held.rule.columns() != [column as u16]
                || held.possible(&|_| {
                    if value.is_nan() {
                        Domain::NULL
                    } else {
                        Domain::number(value)
                    }
                })
        })
    }

    /// What a column may be, when these columns' codes are known.
    fn known(&self, column: usize, codes: &[u32], known: &[bool]) -> Domain<'_> {
        if let Some((_, term)) = self
            .computed
            .iter()
            .find(|(c, _)| usize::from(*c) == column)
        {
            return term.domain(&|c| self.known(c, codes, known)).as_number();
        }
        let Some((each, all)) = &self.domains[column] else {
            return Domain::between(f64::NEG_INFINITY, f64::INFINITY).or_null(true);
        };
        let lead = usize::from(self.leads[column]);
        if !known[lead] {
            return *all;
        }
        let code = self.own_code(column, codes[lead]);
        each.get(code as usize).copied().unwrap_or(*all)
    }

    /// The code of a column when its lead has this one.
    fn own_code(&self, column: usize, lead: u32) -> u32 {
        self.model.dependences[column]
            .as_ref()
            .map_or(lead, |dependence| dependence.codes[lead as usize])
    }

    pub(super) fn scratch(&self) -> Scratch {
        Scratch {
            state: State::new(self.model.columns.len(), self.model.context.into()),
            values: vec![f64::NAN; self.model.columns.len()],
            known: vec![false; self.model.columns.len()],
            key: Vec::new(),
            remembered: HashMap::new(),
        }
    }

    pub(super) fn model(&self) -> &'m Model {
        self.model
    }

    /// Whether an equation gives a column.
    pub(super) fn computes(&self, column: u16) -> bool {
        self.computed.iter().any(|(c, _)| *c == column)
    }

    /// The columns of numbers whose values [`Candidate::values`] holds.
    pub(super) fn written(&self) -> &[u16] {
        &self.written
    }

    /// A row of first codes, for where there is none.
    pub(super) fn nobody(&self) -> Candidate {
        Candidate {
            codes: vec![0; self.model.columns.len()],
            values: vec![f64::NAN; self.written.len()],
            weight: 0.0,
        }
    }

    /// Draws a candidate. Nothing comes of one that no longer can meet the conditions.
    pub(super) fn candidate(
        &self,
        order: &Order,
        given: Option<Given<'_>>,
        bits: &mut Bits,
        scratch: &mut Scratch,
    ) -> Option<Candidate> {
        let columns = self.model.columns.len();
        let mut weight = 1.0;
        scratch.known.fill(false);
        if let Some(given) = given {
            // What is known from the start narrows what comes before it.
            for (column, code) in given.codes.iter().enumerate() {
                if let Some(code) = code {
                    scratch.state.codes[column] = *code;
                    scratch.known[column] = usize::from(self.leads[column]) == column;
                }
            }
        }
        for (&column, digits) in order.columns.iter().zip(&order.trees) {
            let place = usize::from(column);
            let left = self.allowed(place, given, scratch);
            let drawing = Drawing {
                binning: &self.model.binnings[place],
                column: place,
                digits,
                temperature: self.temperature,
            };
            weight *= match left {
                Left::Nothing => return None,
                Left::Anything => drawing.freely(bits, &mut scratch.state),
                Left::Some(allowed) => {
                    let mass = drawing.among(&allowed, bits, &mut scratch.state)?;
                    mass * f64::from(allowed.shares[scratch.state.codes[place] as usize])
                }
            };
            scratch.known[place] = true;
        }
        for column in 0..columns {
            if let Some(dependence) = &self.model.dependences[column] {
                let on = scratch.state.codes[usize::from(dependence.on)];
                scratch.state.codes[column] = dependence.codes[on as usize];
            }
        }
        self.values(given, bits, scratch)?;
        Some(Candidate {
            codes: scratch.state.codes.clone(),
            values: self
                .written
                .iter()
                .map(|&column| scratch.values[usize::from(column)])
                .collect(),
            weight,
        })
    }

    /// What a column may be, with what has been drawn.
    fn allowed(&self, column: usize, given: Option<Given<'_>>, scratch: &mut Scratch) -> Left {
        let mut allowed = self.alone[column].clone();
        if let Some(given) = given.and_then(|given| self.of_given(column, given)) {
            allowed = Some(match allowed.map(|allowed| allowed.and(&given.shares)) {
                Some(both) if both.any_at_all() => Arc::new(both),
                // What is given stands, also where a rule has it otherwise.
                _ => Arc::new(given),
            });
        }
        let mut several: Option<Arc<Allowed>> = None;
        for &index in &self.joint[column] {
            // Only what some other column has been drawn for can say more than was said for the column alone.
            let others = &self.held[index].drawn;
            let live = others
                .iter()
                .any(|&other| usize::from(other) != column && scratch.known[usize::from(other)]);
            if !live {
                continue;
            }
            let found = self.beside(index, column, scratch);
            several = Some(match several {
                None => found,
                Some(before) => Arc::new(before.and(&found.shares)),
            });
        }
        let Some(several) = several else {
            return allowed.map_or(Left::Anything, Left::Some);
        };
        Left::of(match allowed {
            Some(allowed) => Arc::new(allowed.and(&several.shares)),
            None => several,
        })
    }

    /// What one condition leaves of a column beside what has been drawn of its other columns: whole codes.
    fn beside(&self, index: usize, column: usize, scratch: &mut Scratch) -> Arc<Allowed> {
        let Scratch {
            state,
            known,
            key,
            remembered,
            ..
        } = scratch;
        let held = &self.held[index];
        key.clear();
        key.extend([index as u32, column as u32]);
        key.extend(held.drawn.iter().map(|&other| {
            let other = usize::from(other);
            if other != column && known[other] {
                state.codes[other]
            } else {
                u32::MAX
            }
        }));
        if let Some(found) = remembered.get(key.as_slice()) {
            return Arc::clone(found);
        }
        let before = (state.codes[column], known[column]);
        known[column] = true;
        let codes = self.model.binnings[column].bins.len();
        let shares = (0..codes)
            .map(|code| {
                let alone = self.alone[column].as_ref();
                let open = alone.is_none_or(|alone| alone.shares[code] > 0.0);
                state.codes[column] = code as u32;
                let possible =
                    open && held.possible(&|c: usize| self.known(c, &state.codes, known));
                f32::from(u8::from(possible))
            })
            .collect();
        (state.codes[column], known[column]) = before;
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        let found = Arc::new(Allowed::of(shares));
        remembered.insert(key.clone(), Arc::clone(&found));
        found
    }

    /// What a column may be when it, or one that follows from it, is given.
    fn of_given(&self, column: usize, given: Given<'_>) -> Option<Allowed> {
        let codes = self.model.binnings[column].bins.len();
        if let Some(code) = given.codes[column] {
            return Some(Allowed::only(code, codes));
        }
        let mut found: Option<Allowed> = None;
        if given.present[column] {
            let bins = &self.model.binnings[column].bins;
            let there = bins
                .iter()
                .map(|bin| f32::from(u8::from(*bin != Bin::Missing)));
            found = Some(Allowed::of(there.collect())).filter(Allowed::any_at_all);
        }
        for (follower, dependence) in self.model.dependences.iter().enumerate() {
            let (Some(dependence), Some(code)) = (dependence, given.codes[follower]) else {
                continue;
            };
            if usize::from(dependence.on) == column {
                let fits = dependence
                    .codes
                    .iter()
                    .map(|&own| f32::from(u8::from(own == code)));
                let fits = Allowed::of(fits.collect());
                let both = found
                    .as_ref()
                    .map_or_else(|| fits.clone(), |found| found.and(&fits.shares));
                if both.any_at_all() {
                    found = Some(both);
                }
            }
        }
        found
    }

    /// Draws the values that conditions need, computes those that follow, and decides.
    fn values(
        &self,
        given: Option<Given<'_>>,
        bits: &mut Bits,
        scratch: &mut Scratch,
    ) -> Option<()> {
        let drawn = self.written.len() - self.computed.len();
        for &column in &self.written[..drawn] {
            let column = usize::from(column);
            let code = scratch.state.codes[column];
            if let Some(given) = given.filter(|given| given.codes[column].is_some()) {
                scratch.values[column] = given.values[column];
                continue;
            }
            let partly = self.alone[column]
                .as_ref()
                .is_some_and(|alone| alone.shares[code as usize] < 1.0);
            scratch.values[column] = if partly {
                let mut tries = (0..TRIES).map(|_| self.draw_value(column, code, bits));
                tries.find(|&value| self.value_holds(column, value))?
            } else {
                self.draw_value(column, code, bits)
            };
        }
        for (column, term) in &self.computed {
            let place = usize::from(*column);
            let given_here = given.filter(|given| given.codes[place].is_some());
            scratch.values[place] = if let Some(given) = given_here {
                given.values[place]
            } else {
                let value = term.domain(&|c| self.exact(c, scratch)).as_number();
                if value.is_number() && value.low.is_finite() {
                    self.model.columns[place].kind.snap(value.low)
                } else {
                    f64::NAN
                }
            };
        }
        let holds = self.held.iter().all(|held| {
            let equation = held.rule.equation().filter(|_| !held.strict);
            let computes = equation.is_some_and(|(column, _)| self.computes(column));
            computes
                || given.is_some_and(|given| given_alone(held, given))
                || held.possible(&|c| self.exact(c, scratch))
        });
        holds.then_some(())
    }

    /// The one value a column has.
    fn exact<'a>(&'a self, column: usize, scratch: &'a Scratch) -> Domain<'a> {
        let value = scratch.values[column];
        let is_written = self.written.contains(&(column as u16));
        let is_computed = self.computes(column as u16);
        if is_written && !value.is_nan() {
            return Domain::number(value);
        }
        if is_computed {
            return Domain::NULL;
        }
        let Some((each, all)) = &self.domains[column] else {
            return Domain::NULL;
        };
        each.get(scratch.state.codes[column] as usize)
            .copied()
            .unwrap_or(*all)
    }
}

/// Whether all that a condition speaks of is given: then it is as it is.
fn given_alone(held: &Held, given: Given<'_>) -> bool {
    let mut columns = held.rule.columns().iter();
    columns.all(|&column| given.codes[usize::from(column)].is_some())
}

impl Model {
    /// What each code of a column may be written as, and all of them together.
    fn domains(&self, column: usize) -> (Vec<Domain<'_>>, Domain<'_>) {
        let about = &self.columns[column];
        // Numbers are rounded when they are written.
        let half = resolution(&about.kind) / 2.0;
        let each: Vec<Domain<'_>> = self.binnings[column]
            .bins
            .iter()
            .map(|bin| match bin {
                Bin::Missing => Domain::NULL,
                Bin::Special(name) => about
                    .codes
                    .get(usize::from(*name).wrapping_sub(1))
                    .map_or(Domain::NULL, |code| Domain::text(code)),
                Bin::Level(level) => match self.levels[column].get(*level as usize) {
                    Some(level) => Domain::text(level),
                    // Of identifiers and texts nothing is known.
                    None => Domain {
                        texts: crate::rule::Texts::Any,
                        ..Domain::NOTHING
                    },
                },
                Bin::Numbers(shape) => {
                    let (start, end) = (shape.start(), shape.end());
                    if start == end && about.kind.snap(start) == start {
                        Domain::number(start)
                    } else {
                        Domain::between(start - half, end + half)
                    }
                }
            })
            .collect();
        let all = each.iter().fold(Domain::NOTHING, |all, &one| all.join(one));
        (each, all)
    }
}
