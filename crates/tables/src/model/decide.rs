//! The last word on a row: the values that conditions need are drawn, those that follow are computed, and what is written decides.

use super::{
    Model,
    bins::{Bin, resolution},
    condition::{Conditions, Given, Held, Scratch},
    forest::Bits,
};
use crate::rule::{Domain, Rule, Truth};

/// Draws of one value within a bin before the candidate is given up.
const TRIES: usize = 4096;

impl<'m> Conditions<'m> {
    /// Draws the values that conditions need, computes those that follow, and decides.
    pub(super) fn values(
        &self,
        given: Option<Given<'_>>,
        bits: &mut Bits,
        scratch: &mut Scratch<'m>,
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
            held.computes
                || given.is_some_and(|given| given_alone(held, given))
                || held.possible(&|c| self.exact(c, scratch))
        });
        holds.then_some(())
    }

    /// What comes of a condition on the candidate that was drawn last; its columns are among the watched.
    pub(crate) fn of_last<'a>(&'a self, rule: &'a Rule, scratch: &'a Scratch<'m>) -> Truth {
        rule.truth(&|c| self.exact(c, scratch))
    }

    /// The one value a column has.
    fn exact<'a>(&'a self, column: usize, scratch: &'a Scratch<'m>) -> Domain<'a> {
        if let Some(outer) = column.checked_sub(self.model.columns.len()) {
            return scratch.outside[outer];
        }
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
    columns.all(|&column| {
        let code = given.codes.get(usize::from(column));
        code.is_some_and(Option::is_some)
    })
}

impl Model {
    /// What each code of a column may be written as, and all of them together.
    pub(super) fn domains(&self, column: usize) -> (Vec<Domain<'_>>, Domain<'_>) {
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
