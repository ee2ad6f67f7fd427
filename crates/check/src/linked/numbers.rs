//! How many rows belong to each owner.

use super::join::{owners, without_group};
use super::{Member, Reference, Set};
use crate::fidelity::marginal::standing;
use crate::finding::{Direction, Finding, Number, Table, percent};
use crate::statistics::jackknife;

/// The distribution of the number of rows.
pub(super) fn finding(set: &Set<'_>, of: &Reference<'_>) -> Finding {
    let (child, owner, column) = (set.name(of.table), set.name(of.parent), of.column);
    let (id, title) = (
        format!("links.{child}.{column}.numbers"),
        format!("Rows of `{child}` for each of `{owner}`"),
    );
    let counts = |members: &[Member<'_>]| -> Option<Vec<f64>> {
        let owners = owners(set.links, of, members)?;
        let mut counts = vec![0.0; members[of.parent].table.rows];
        for owner in owners.into_iter().flatten() {
            counts[owner as usize] += 1.0;
        }
        (!counts.is_empty()).then_some(counts)
    };
    let (Some(own), Some(other)) = (counts(set.real), counts(set.made)) else {
        return Finding::not_computed(id, title, of.is_missing());
    };
    let Some(value) = crate::fidelity::ks_complement(&own, &other) else {
        return Finding::not_computed(id, title, format!("`{owner}` has no rows"));
    };
    let best = set
        .fresh
        .and_then(counts)
        .and_then(|fresh| crate::fidelity::ks_complement(&own, &fresh));
    // Each twentieth of the owners left out in turn.
    let without: Vec<f64> = (0..crate::statistics::GROUPS)
        .map(|group| {
            let kept = |counts: &[f64]| without_group(counts, group);
            crate::fidelity::ks_complement(&kept(&own), &kept(&other)).unwrap_or(value)
        })
        .collect();
    let number = Number {
        interval: Some(jackknife(value, &without)),
        best_reachable: best,
        ..Number::share(value, Direction::Higher, other.len() as u64)
    };
    let mean = |counts: &[f64]| counts.iter().sum::<f64>() / counts.len() as f64;
    let share = |counts: &[f64], least: f64, most: f64| {
        percent(
            counts
                .iter()
                .filter(|&&count| count >= least && count <= most)
                .count() as f64
                / counts.len() as f64,
        )
    };
    let mut lines = Table::of(["rows of one owner", "training", "synthetic"]);
    lines.push([
        "mean".to_owned(),
        format!("{:.3}", mean(&own)),
        format!("{:.3}", mean(&other)),
    ]);
    for (name, least, most) in [
        ("none", 0.0, 0.0),
        ("1", 1.0, 1.0),
        ("2 to 5", 2.0, 5.0),
        ("6 to 20", 6.0, 20.0),
        ("more than 20", 21.0, f64::INFINITY),
    ] {
        lines.push([
            name.to_owned(),
            share(&own, least, most),
            share(&other, least, most),
        ]);
    }
    let sentence = format!(
        "How many rows of `{child}` each of `{owner}` has agrees to {} (1 − the Kolmogorov–Smirnov distance).",
        percent(value)
    );
    Finding::new(id, title, number, sentence)
        .standing(standing(&number))
        .with("Numbers of rows", None, lines)
}
