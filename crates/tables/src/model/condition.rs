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
    forest::{Bits, MOST_DIGITS, Order, State},
};
use crate::rule::{Domain, Rule, Term};
use population::stream::{Purpose, Seed, Streams};

/// Draws that tell which share of a bin satisfies a condition.
const PROBES: u64 = 256;
/// Answers of conditions on several columns that are remembered.
const REMEMBERED: usize = 16_384;

/// A condition, and what it takes to hold.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub rule: Rule,
    /// Whether unknown is not enough, as in `WHERE`; otherwise only false breaks it, as in `CHECK`.
    pub strict: bool,
    /// The columns that are drawn and decide it.
    drawn: Vec<u16>,
    /// Whether what is around the row decides it, too.
    outer: bool,
    /// Whether it holds by itself, because it computes a column.
    pub computes: bool,
}

/// What conditions may speak of beside the columns of the model: cells of other rows, whose places follow the model's columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outside<'m> {
    /// What each may be, as far as that is known before a row is drawn.
    pub domains: Vec<Domain<'m>>,
    /// Columns of the model that are always given, and so never computed.
    pub given: Vec<u16>,
}

impl Held {
    /// Whether it may still hold.
    pub(super) fn possible<'a>(&'a self, known: &dyn Fn(usize) -> Domain<'a>) -> bool {
        let truth = self.rule.truth(known);
        truth.yes || !self.strict && truth.unknown
    }
}

/// Conditions that every row is to meet, made ready for drawing.
#[derive(Debug)]
pub(crate) struct Conditions<'m> {
    pub(super) model: &'m Model,
    pub(super) held: Vec<Held>,
    /// Columns that an equation gives, in an order in which each needs only those before it.
    pub(super) computed: Vec<(u16, Term)>,
    /// For each column, what it may be by itself; `None` where anything.
    pub(super) alone: Vec<Option<Arc<Allowed>>>,
    /// For each column, its conditions with other columns.
    joint: Vec<Vec<usize>>,
    /// Columns of numbers whose written value matters: those that are drawn first, then the computed.
    pub(super) written: Vec<u16>,
    /// For each column that a condition needs, what each of its codes may be, and all together.
    pub(super) domains: Vec<Option<(Vec<Domain<'m>>, Domain<'m>)>>,
    /// For each column the one whose code decides its own.
    leads: Vec<u16>,
    outside: Vec<Domain<'m>>,
    pub(super) temperature: f64,
    /// Whether what the model never saw in such a row may be drawn where nothing else meets the conditions.
    pub(crate) lenient: bool,
}

/// A row that was drawn, and how likely the model is to keep to the conditions on its way there.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub codes: Vec<u32>,
    /// The values of [`Conditions::written`].
    pub values: Vec<f64>,
    pub weight: f64,
}

/// Memory of one thread.
#[derive(Debug)]
pub(crate) struct Scratch<'m> {
    pub(super) state: State,
    pub(super) values: Vec<f64>,
    known: Vec<bool>,
    /// What is around the row, in the order of [`Outside::domains`].
    pub outside: Vec<Domain<'m>>,
    key: Vec<u32>,
    /// For a condition, a column and the codes of its other columns, what is left.
    remembered: HashMap<Vec<u32>, Arc<Allowed>>,
}

/// What is known of a row before it is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'a> {
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
        Self::beside(
            model,
            given,
            rules,
            watched,
            temperature,
            Outside::default(),
        )
    }

    /// As [`new`](Self::new), where conditions may speak of what is around a row, too.
    pub(crate) fn beside(
        model: &'m Model,
        given: &[Rule],
        rules: &[Rule],
        watched: &[Rule],
        temperature: f64,
        outside: Outside<'m>,
    ) -> Self {
        let columns = model.columns.len();
        let around = |column: usize| {
            let outer = column.checked_sub(columns);
            outer.map_or(Domain::ANYTHING, |outer| outside.domains[outer])
        };
        let mut computed = computed(rules, |column, term| {
            usize::from(column) < columns
                && !outside.given.contains(&column)
                && (!term.reaches(columns) || term.domain(&|c| around(c)).as_number().has_number())
        });
        computed.retain(|(column, _)| usize::from(*column) < columns);
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
            let reached = drawn.len();
            drawn.retain(|&column| usize::from(column) < columns);
            let outer = drawn.len() < reached;
            drawn.sort_unstable();
            drawn.dedup();
            let equation = rule.equation().filter(|_| !strict);
            held.push(Held {
                rule: rule.clone(),
                strict,
                drawn,
                outer,
                computes: equation.is_some_and(|(column, term)| {
                    computed.iter().any(|(c, t)| *c == column && t == term)
                }),
            });
        }
        let mut needed = vec![false; columns + outside.domains.len()];
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
            outside: outside.domains,
            temperature,
            lenient: false,
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
                .filter(|&index| {
                    let held = &self.held[index];
                    !held.computes && held.drawn.contains(&(column as u16))
                })
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
                let domain = |c: usize| self.known(c, &state.codes, &known, &self.outside);
                if !mine.iter().all(|&index| self.held[index].possible(&domain)) {
                    *share = 0.0;
                } else if self.undecided(column, &mine, &state.codes, &known) {
                    *share = self.share_within(column, code as u32);
                }
            }
            self.alone[column] = Some(Arc::new(Allowed::of(shares)));
            self.joint[column] = mine
                .into_iter()
                .filter(|&index| self.held[index].drawn.len() > 1 || self.held[index].outer)
                .collect();
        }
    }

    /// Whether a condition on this column alone depends on the value within the bin.
    fn undecided(&self, column: usize, mine: &[usize], codes: &[u32], known: &[bool]) -> bool {
        let domain = |c: usize| self.known(c, codes, known, &self.outside);
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

    pub(super) fn draw_value(&self, column: usize, code: u32, bits: &mut Bits) -> f64 {
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
    pub(super) fn value_holds(&self, column: usize, value: f64) -> bool {
        self.held.iter().all(|held| {
            held.rule.columns() != [column as u16] || held.possible(&|_| Domain::of_number(value))
        })
    }

    /// What a column may be, when these columns' codes are known.
    fn known<'a>(
        &'a self,
        column: usize,
        codes: &[u32],
        known: &[bool],
        outside: &[Domain<'a>],
    ) -> Domain<'a> {
        if let Some(outer) = column.checked_sub(self.model.columns.len()) {
            return outside.get(outer).copied().unwrap_or(Domain::ANYTHING);
        }
        if let Some((_, term)) = self
            .computed
            .iter()
            .find(|(c, _)| usize::from(*c) == column)
        {
            return term
                .domain(&|c| self.known(c, codes, known, outside))
                .as_number();
        }
        let Some((each, all)) = &self.domains[column] else {
            return Domain::ANYTHING;
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

    pub(crate) fn scratch(&self) -> Scratch<'m> {
        Scratch {
            state: State::new(self.model.columns.len(), self.model.context.into()),
            values: vec![f64::NAN; self.model.columns.len()],
            known: vec![false; self.model.columns.len()],
            outside: self.outside.clone(),
            key: Vec::new(),
            remembered: HashMap::new(),
        }
    }

    pub(super) fn model(&self) -> &'m Model {
        self.model
    }

    /// Whether an equation gives a column.
    pub(crate) fn computes(&self, column: u16) -> bool {
        self.computed.iter().any(|(c, _)| *c == column)
    }

    /// The columns of numbers whose values [`Candidate::values`] holds.
    pub(crate) fn written(&self) -> &[u16] {
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

    /// Draws a candidate in some order of the columns, behind this context.
    pub(crate) fn candidate_in(
        &self,
        context: &[u8],
        given: Option<Given<'_>>,
        bits: &mut Bits,
        scratch: &mut Scratch<'m>,
    ) -> Option<Candidate> {
        scratch.state.bins[self.model.columns.len() + MOST_DIGITS..].copy_from_slice(context);
        let orders = &self.model.forest.orders;
        let order = &orders[bits.below(orders.len())];
        self.candidate(order, given, bits, scratch)
    }

    /// Whether some column has no value that the conditions leave it.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.alone.iter().flatten().any(|alone| !alone.any_at_all())
    }

    /// Whether the conditions on a column that is given can still be met when it has this value and nothing else of the row is known.
    pub(crate) fn open(&self, column: u16, value: f64, scratch: &Scratch<'m>) -> bool {
        let nothing = vec![false; self.model.columns.len()];
        let known = |c: usize| {
            if c == usize::from(column) {
                Domain::of_number(value)
            } else {
                self.known(c, &scratch.state.codes, &nothing, &scratch.outside)
            }
        };
        let mut held = self.held.iter();
        held.all(|held| !held.rule.columns().contains(&column) || held.possible(&known))
    }

    /// Draws a candidate. Nothing comes of one that no longer can meet the conditions.
    pub(super) fn candidate(
        &self,
        order: &Order,
        given: Option<Given<'_>>,
        bits: &mut Bits,
        scratch: &mut Scratch<'m>,
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
                lenient: self.lenient,
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
    fn allowed(&self, column: usize, given: Option<Given<'_>>, scratch: &mut Scratch<'m>) -> Left {
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
            let mut others = others.iter().map(|&other| usize::from(other));
            let live = self.held[index].outer
                || others.any(|other| other != column && scratch.known[other]);
            if !live {
                continue;
            }
            let found = self.left_by(index, column, scratch);
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
    fn left_by(&self, index: usize, column: usize, scratch: &mut Scratch<'m>) -> Arc<Allowed> {
        let Scratch {
            state,
            known,
            outside,
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
        // What is around rows is another for almost every row: nothing to remember.
        if !held.outer
            && let Some(found) = remembered.get(key.as_slice())
        {
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
                    open && held.possible(&|c: usize| self.known(c, &state.codes, known, outside));
                f32::from(u8::from(possible))
            })
            .collect();
        (state.codes[column], known[column]) = before;
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        let found = Arc::new(Allowed::of(shares));
        if !held.outer {
            remembered.insert(key.clone(), Arc::clone(&found));
        }
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
}
