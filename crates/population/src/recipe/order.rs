//! In which order attributes are drawn: whatever another depends on comes first.

use crate::attribute::Schema;
use crate::distribution::Distribution;

use super::{Axis, Draw, Given};

/// Attributes, by position in the schema, each of which depends on the next and the last on the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cycle(pub(crate) Vec<usize>);

/// Positions in the schema in drawing order. Independent attributes stay in schema order.
///
/// An attribute depends on what its typical draw reads, if any of its possible distributions is typical, on the category whose choice may know
/// it, and on what the conditions read that may set it.
pub(crate) fn drawing_order(
    schema: &Schema,
    draws: &[Draw],
    given: &[Given],
    grid: &[Axis],
) -> Result<Vec<usize>, Cycle> {
    let needs = dependencies(schema, draws, given, grid);
    let mut order = Vec::with_capacity(needs.len());
    let mut state = vec![State::Untouched; needs.len()];
    // Depth first with its own stack: (attribute, how many of its needs were looked at).
    for root in 0..needs.len() {
        let mut path = vec![(root, 0)];
        while let Some((attribute, looked)) = path.last_mut() {
            let attribute = *attribute;
            if *looked == 0 && state[attribute] == State::Done {
                path.pop();
                continue;
            }
            state[attribute] = State::Open;
            if let Some(&need) = needs[attribute].get(*looked) {
                *looked += 1;
                match state[need] {
                    State::Untouched => path.push((need, 0)),
                    State::Done => {}
                    State::Open => {
                        let start = path
                            .iter()
                            .position(|&(open, _)| open == need)
                            .unwrap_or_default();
                        return Err(Cycle(path[start..].iter().map(|&(open, _)| open).collect()));
                    }
                }
            } else {
                state[attribute] = State::Done;
                order.push(attribute);
                path.pop();
            }
        }
    }
    Ok(order)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Untouched,
    Open,
    Done,
}

fn dependencies(
    schema: &Schema,
    draws: &[Draw],
    given: &[Given],
    grid: &[Axis],
) -> Vec<Vec<usize>> {
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); schema.attributes.len()];
    let other = |name: &str, distribution: &Distribution, needs: &mut Vec<Vec<usize>>| {
        if let Some(position) = schema.position(name)
            && distribution.is_ever_typical()
            && let Some(typical) = &schema.attributes[position].typical
        {
            needs[position].extend(
                typical
                    .depends_on
                    .iter()
                    .filter_map(|name| schema.position(name)),
            );
        }
        if let Some(position) = schema.position(name)
            && distribution.is_ever_known()
            && let Some(leader) = schema.attributes[position].follows
        {
            needs[position].extend(schema.position(leader));
        }
    };
    for draw in draws {
        // A grid replaces the draw of its attributes.
        if !grid.iter().any(|axis| axis.attribute == draw.attribute) {
            other(&draw.attribute, &draw.distribution, &mut needs);
        }
    }
    for axis in grid {
        for level in &axis.levels {
            other(&axis.attribute, level, &mut needs);
        }
    }
    for given in given {
        let read: Vec<usize> = given
            .when
            .iter()
            .filter_map(|condition| schema.position(&condition.attribute))
            .collect();
        for draw in &given.set {
            other(&draw.attribute, &draw.distribution, &mut needs);
            if let Some(position) = schema.position(&draw.attribute) {
                needs[position].extend(&read);
            }
        }
    }
    for list in &mut needs {
        list.sort_unstable();
        list.dedup();
    }
    needs
}
