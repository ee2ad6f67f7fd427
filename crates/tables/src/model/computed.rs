//! Columns that rules compute from others.

use crate::rule::{Rule, Term};

/// The columns that rules give by an equation, in an order in which each needs only those before it; of two that need one another only the first.
/// `may` says of which column an expression may compute it.
pub(super) fn computed(rules: &[Rule], may: impl Fn(u16, &Term) -> bool) -> Vec<(u16, Term)> {
    let mut found: Vec<(u16, Term)> = Vec::new();
    for rule in rules {
        let Some((column, term)) = rule.equation() else {
            continue;
        };
        if found.iter().any(|(c, _)| *c == column) || !may(column, term) {
            continue;
        }
        // Following what the expression needs must not lead back to the column.
        let mut open = Vec::new();
        term.columns(&mut open);
        let mut met = Vec::new();
        while let Some(next) = open.pop() {
            if met.contains(&next) {
                continue;
            }
            met.push(next);
            if let Some((_, term)) = found.iter().find(|(c, _)| *c == next) {
                term.columns(&mut open);
            }
        }
        if !met.contains(&column) {
            found.push((column, term.clone()));
        }
    }
    let mut ordered = Vec::new();
    while !found.is_empty() {
        let ready = |term: &Term, found: &[(u16, Term)]| {
            let mut needs = Vec::new();
            term.columns(&mut needs);
            !found.iter().any(|(c, _)| needs.contains(c))
        };
        let place = (0..found.len()).find(|&place| ready(&found[place].1, &found));
        ordered.push(found.remove(place.unwrap_or(0)));
    }
    ordered
}

/// The drawn columns behind a column.
pub(super) fn reach(column: u16, computed: &[(u16, Term)], leads: &[u16], found: &mut Vec<u16>) {
    match computed.iter().find(|(c, _)| *c == column) {
        Some((_, term)) => {
            let mut needs = Vec::new();
            term.columns(&mut needs);
            for need in needs {
                reach(need, computed, leads, found);
            }
        }
        // Beyond the model's columns are those of other rows.
        None => found.push(leads.get(usize::from(column)).copied().unwrap_or(column)),
    }
}
