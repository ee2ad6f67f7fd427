//! How various the rows of one owner are.

use tables::{Cells, MISSING_LEVEL};

use super::join::{in_order, without_group};
use super::{Member, Reference, Set};
use crate::fidelity::ks_complement;
use crate::fidelity::marginal::standing;
use crate::finding::{Direction, Finding, Number, Table, percent};
use crate::statistics::{GROUPS, jackknife};

/// How many different values of each category an owner's rows have: `mostlyai-qa`'s distinct categories per sequence, compared by 1 − the Kolmogorov–Smirnov distance and
/// averaged over columns.
pub(super) fn finding(set: &Set<'_>, of: &Reference<'_>) -> Finding {
    let child = set.name(of.table);
    let (id, title) = (
        format!("links.{child}.variety"),
        format!("Different values in `{child}`"),
    );
    let counts = |members: &[Member<'_>]| distinct(set, of, members);
    let (Some(own), Some(other)) = (counts(set.real), counts(set.made)) else {
        return Finding::not_computed(id, title, of.is_missing());
    };
    let fresh = set.fresh.and_then(counts);
    let mean = |counts: &[f64]| counts.iter().sum::<f64>() / counts.len().max(1) as f64;
    let (mut lines, mut values, mut best, mut without) = (
        Table::of([
            "column",
            "training: different values of an owner",
            "synthetic",
            "agree",
        ]),
        Vec::new(),
        Vec::new(),
        vec![Vec::new(); GROUPS],
    );
    for (name, own) in &own {
        let Some((_, made)) = other.iter().find(|(other, _)| other == name) else {
            continue;
        };
        let Some(value) = ks_complement(own, made) else {
            continue;
        };
        lines.push([
            name.clone(),
            format!("{:.3}", mean(own)),
            format!("{:.3}", mean(made)),
            percent(value),
        ]);
        values.push(value);
        // Each twentieth of the owners left out in turn.
        for (group, without) in without.iter_mut().enumerate() {
            let kept = |counts: &[f64]| without_group(counts, group);
            without.push(ks_complement(&kept(own), &kept(made)).unwrap_or(value));
        }
        let fresh = fresh.iter().flatten().find(|(other, _)| other == name);
        best.extend(fresh.and_then(|(_, fresh)| ks_complement(own, fresh)));
    }
    if values.is_empty() {
        return Finding::not_computed(id, title, "no column has categories");
    }
    let value = mean(&values);
    let without: Vec<f64> = without.iter().map(|values| mean(values)).collect();
    let owners = other.first().map_or(0, |(_, counts)| counts.len()) as u64;
    let number = Number {
        interval: Some(jackknife(value, &without)),
        best_reachable: (best.len() == values.len()).then(|| mean(&best)),
        ..Number::share(value, Direction::Higher, owners)
    };
    let sentence = format!(
        "How many different values an owner's rows have in a column agrees to {} over {} columns of categories.",
        percent(value),
        values.len()
    );
    Finding::new(id, title, number, sentence)
        .standing(standing(&number))
        .with("Each column", None, lines)
}

/// For each column of categories how many different ones each owner's rows have, missing ones not counted. The column that names the owner is left out.
fn distinct(
    set: &Set<'_>,
    of: &Reference<'_>,
    members: &[Member<'_>],
) -> Option<Vec<(String, Vec<f64>)>> {
    let owned = in_order(set.links, of, members)?;
    let rows = members[of.table].table;
    let columns = rows.columns.iter().zip(&rows.cells);
    let counted = columns.filter_map(|(column, cells)| {
        let Cells::Levels { codes, .. } = cells else {
            return None;
        };
        let mut seen: Vec<u32> = Vec::new();
        let counts = owned.iter().map(|(_, rows)| {
            seen.clear();
            seen.extend(rows.iter().map(|&row| codes[row as usize]));
            seen.retain(|&code| code != MISSING_LEVEL);
            seen.sort_unstable();
            seen.dedup();
            seen.len() as f64
        });
        Some((column.name.clone(), counts.collect()))
    });
    Some(counted.collect())
}
