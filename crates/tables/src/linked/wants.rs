//! What is wanted of the rows of one table, made ready for drawing.
//!
//! Rows of an owner are drawn one after the other, each from what the model says of it given its owner, the rows before it and the conditions: candidates are
//! accepted in proportion to their weight ([`condition`](crate::model::condition)). Other shares come about by *tilts*: a candidate of a cell is accepted so many
//! times as readily as the model has it, so rows lean towards what was asked for, each as far as its owner and the rows before it let it.

use std::collections::BTreeMap;

use super::request::{LinkedRequest, LinkedRule, Outer, SequencePattern, Step};
use super::sequence::ends;
use super::{Learned, LinkedModel};
use crate::model::Scale;
use crate::model::condition::{Candidate, Conditions, Given, Outside, Scratch};
use crate::model::draws::RequestError;
use crate::model::forest::Bits;
use crate::model::goals::{Cells, Goals};
use crate::rule::{Domain, Rule};

/// Candidates for a row that are drawn before the best of them is taken in proportion to its weight.
const CANDIDATES: usize = 64;
/// Candidates after which a row is given up.
const PATIENCE: usize = 1024;

/// What is wanted of the rows of one table that has an owner.
#[derive(Debug)]
pub(super) struct Wants<'m> {
    pub ordinary: Pair<'m>,
    /// The same, where a value may be one that the model never saw in such a row.
    pub reluctant: Pair<'m>,
    /// Columns around a row that conditions speak of: their place among those around, and where they come from.
    pub outer: Vec<(usize, Outer)>,
    pub steer: Option<Steer>,
    pub patterns: Vec<Planned<'m>>,
    /// Columns of numbers that are computed, with what finds their codes and the ends that were learned.
    pub scales: Vec<(usize, Scale, (f64, f64))>,
    /// How many pairs of conditions there are.
    pub pairs: usize,
}

/// Conditions on the first row of an owner, where the row before is missing, and on any later one.
#[derive(Debug)]
pub(super) struct Pair<'m> {
    /// Which of all pairs it is.
    pub number: usize,
    conditions: [Conditions<'m>; 2],
}

impl<'m> Pair<'m> {
    pub(super) fn of(&self, first: bool) -> &Conditions<'m> {
        &self.conditions[usize::from(!first)]
    }
}

/// A pattern of rows of the table.
#[derive(Debug)]
pub(super) struct Planned<'m> {
    /// Its place in the request.
    pub which: usize,
    /// From where to where the owners lie that have it, between 0 and 1.
    pub share: (f64, f64),
    /// What owners must meet.
    pub given: Vec<Rule>,
    pub steps: Vec<PlannedStep<'m>>,
}

#[derive(Debug)]
pub(super) struct PlannedStep<'m> {
    pub step: Step,
    pub pair: Pair<'m>,
}

/// How much more readily rows of each cell are accepted.
#[derive(Debug)]
pub(super) struct Steer {
    pub goals: Goals,
    pub tilts: Cells,
    pub most: f64,
}

impl Steer {
    pub(super) fn set(&mut self, tilts: Cells) {
        self.most = tilts.values().copied().fold(0.0, f64::max);
        self.tilts = tilts;
    }

    /// The chance of accepting a row of a cell. What the sample never had is drawn as the model has it.
    fn chance(&self, cell: &[u16]) -> f64 {
        if self.most > 0.0 {
            self.tilts.get(cell).map_or(1.0, |tilt| tilt / self.most)
        } else {
            1.0
        }
    }
}

/// A row that conditions let through, and the cell of the wishes it lies in.
pub(super) type Chosen = (Candidate, Vec<u16>);

impl<'m> Wants<'m> {
    /// `None` where nothing is wanted of the table.
    pub(super) fn new(
        model: &'m LinkedModel,
        table: usize,
        learned: &'m Learned,
        request: &LinkedRequest,
        rules: &[LinkedRule],
    ) -> Result<Option<Self>, RequestError> {
        let of_table = |rules: &[LinkedRule]| -> Vec<Rule> {
            let rules = rules.iter().filter(|rule| rule.table == table);
            rules.map(|rule| rule.rule.clone()).collect()
        };
        let (given, rules) = (of_table(&request.given), of_table(rules));
        let wishes = request.wishes.iter().filter(|wish| wish.table == table);
        let wishes: Vec<_> = wishes.map(|wish| wish.wish.clone()).collect();
        let patterns = request.patterns.iter().enumerate();
        let patterns: Vec<(usize, &SequencePattern)> =
            patterns.filter(|(_, p)| p.table == table).collect();
        let heat = request.heat();
        let idle = given.is_empty() && rules.is_empty() && wishes.is_empty() && heat == 1.0;
        let Some(around) = model
            .surroundings(table)
            .filter(|_| !idle || !patterns.is_empty())
        else {
            return Ok(None);
        };
        let own = &learned.model;
        let clock = learned.clock.as_ref().map(|clock| clock.column);
        for rule in given.iter().chain(&rules) {
            if let (Some((column, _)), Some(clock)) = (rule.equation(), clock)
                && column == clock
            {
                return Err(RequestError::new(
                    format!(
                        "`{}` computes the moments of `{}`, which are drawn one behind the other",
                        rule.text(),
                        model.tables[table].name
                    ),
                    "let it be an order: `>=`",
                ));
            }
        }
        let goals = Goals::new(own, &wishes)?;
        if let Some(clock) = clock
            && goals.rules().any(|rule| rule.columns().contains(&clock))
        {
            return Err(RequestError::new(
                format!(
                    "the moments of `{}` follow from one another, and have no shares of their own",
                    model.tables[table].name
                ),
                "wish for another column, or make a condition on the moments",
            ));
        }
        for rule in given.iter().chain(patterns.iter().flat_map(|(_, pattern)| {
            let steps = pattern.steps.iter();
            steps.flat_map(|step| step.given.iter().map(|rule| &rule.rule))
        })) {
            own.knows(rule)?;
        }
        let watched: Vec<Rule> = goals.rules().cloned().collect();
        let anything = |outer: &Outer, first: bool| match outer {
            Outer::Previous(_) if first => Domain::NULL,
            _ => Domain::ANYTHING,
        };
        let mut pairs = 0;
        let mut pair = |given: &[Rule], lenient: bool| {
            let conditions = [true, false].map(|first| {
                let outside = Outside {
                    domains: around.outer.iter().map(|o| anything(o, first)).collect(),
                    given: clock.into_iter().collect(),
                };
                let mut conditions =
                    Conditions::beside(own, given, &rules, &watched, heat, outside);
                conditions.lenient = lenient;
                conditions
            });
            pairs += 1;
            Pair {
                number: pairs - 1,
                conditions,
            }
        };
        let ordinary = pair(&given, false);
        let reluctant = pair(&given, true);
        if ordinary.of(true).is_hopeless() {
            // Subjects without rows would meet it, and nobody means them.
            let texts = given.iter().chain(&rules);
            let texts: Vec<String> = texts.map(|rule| format!("`{}`", rule.text())).collect();
            return Err(RequestError::new(
                format!(
                    "{} can be true for no first row of an owner in `{}`",
                    texts.join(" and "),
                    model.tables[table].name
                ),
                "the model makes no value that the data never had, and before the first row there is none",
            ));
        }
        let mut planned = Vec::new();
        let mut end = 0.0;
        let mut speaks: Vec<u16> = given
            .iter()
            .chain(&rules)
            .chain(&watched)
            .flat_map(Rule::columns)
            .copied()
            .collect();
        for (which, pattern) in patterns {
            let start = end;
            end += pattern.share;
            let mut steps = Vec::new();
            for step in &pattern.steps {
                let given: Vec<Rule> = step.given.iter().map(|rule| rule.rule.clone()).collect();
                speaks.extend(given.iter().flat_map(Rule::columns));
                steps.push(PlannedStep {
                    step: step.clone(),
                    // A fraud is what such a subject never did.
                    pair: pair(&given, true),
                });
            }
            planned.push(Planned {
                which,
                share: (start, end),
                given: pattern.given.iter().map(|rule| rule.rule.clone()).collect(),
                steps,
            });
        }
        let computed = ordinary.conditions.iter().flat_map(|conditions| {
            let written = conditions.written().iter();
            written.filter(|&&column| conditions.computes(column))
        });
        let mut computed: Vec<usize> = computed.map(|&column| usize::from(column)).collect();
        computed.sort_unstable();
        computed.dedup();
        let columns = own.columns().len();
        let outer = around.outer.iter().copied().enumerate();
        Ok(Some(Self {
            outer: outer
                .filter(|(place, _)| speaks.contains(&((columns + place) as u16)))
                .collect(),
            steer: (!wishes.is_empty()).then(|| Steer {
                goals,
                tilts: BTreeMap::new(),
                most: 0.0,
            }),
            patterns: planned,
            scales: computed
                .into_iter()
                .map(|column| {
                    let binning = own.binning(column);
                    (column, Scale::new(binning), ends(binning))
                })
                .collect(),
            ordinary,
            reluctant,
            pairs,
        }))
    }

    /// Draws a row; none where no candidate comes true.
    pub(super) fn choose(
        &self,
        conditions: &Conditions<'m>,
        steer: Option<&Steer>,
        context: &[u8],
        given: Given<'_>,
        bits: &mut Bits,
        scratch: &mut Scratch<'m>,
    ) -> Option<Chosen> {
        let mut kept = None;
        let mut sum = 0.0;
        for tried in 0..PATIENCE {
            if tried >= CANDIDATES && kept.is_some() {
                break;
            }
            let Some(candidate) = conditions.candidate_in(context, Some(given), bits, scratch)
            else {
                continue;
            };
            let cell = steer.map_or_else(Vec::new, |steer| {
                steer.goals.cell(|rule| conditions.of_last(rule, scratch))
            });
            let mut weight = candidate.weight * steer.map_or(1.0, |steer| steer.chance(&cell));
            // What is computed from row to row wanders; it is held where the data was, as long as there is a choice.
            if tried < CANDIDATES && !self.within(conditions, &candidate) {
                weight = 0.0;
            }
            if weight <= 0.0 {
                continue;
            }
            if tried < CANDIDATES && bits.uniform() < weight {
                return Some((candidate, cell));
            }
            sum += weight;
            // Of those so far, each is kept in proportion to its weight (Chao 1982).
            if bits.uniform() * sum < weight {
                kept = Some((candidate, cell));
            }
        }
        kept
    }

    fn within(&self, conditions: &Conditions<'m>, candidate: &Candidate) -> bool {
        let values = conditions.written().iter().zip(&candidate.values);
        values
            .filter(|&(&column, value)| conditions.computes(column) && !value.is_nan())
            .all(|(&column, value)| {
                let mut scales = self.scales.iter();
                let ends = scales.find(|(c, ..)| *c == usize::from(column));
                ends.is_none_or(|(_, _, (low, high))| (*low..=*high).contains(value))
            })
    }
}
