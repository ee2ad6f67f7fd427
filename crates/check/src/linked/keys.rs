//! Whether keys are there once, and references lead to a row.

use tables::MISSING_LEVEL;

use super::join::{key, owners};
use super::{Member, Set};
use crate::finding::{Direction, Finding, Number, Standing, Table};
use crate::statistics::exact;

/// Keys that are there once, and references that lead to a row.
pub(super) fn finding(set: &Set<'_>, table: usize) -> Finding {
    let Set {
        links, real, made, ..
    } = *set;
    let link = &links[table];
    let (id, title) = (
        format!("links.{}.keys", link.name),
        format!("Keys of `{}`", link.name),
    );
    let counted = |members: &[Member<'_>]| {
        let (mut wrong, mut all) = (0_u64, 0_u64);
        let mut lines = Vec::new();
        if let Some((codes, levels)) = link
            .key
            .as_deref()
            .and_then(|column| key(&members[table], column))
        {
            let mut seen = vec![false; levels.len()];
            let again = codes
                .iter()
                .filter(|&&code| {
                    seen.get_mut(code as usize)
                        .is_none_or(|seen| std::mem::replace(seen, true))
                })
                .count() as u64;
            lines.push((
                format!(
                    "`{}` missing or there before",
                    link.key.as_deref().unwrap_or_default()
                ),
                again,
                codes.len() as u64,
            ));
            wrong += again;
            all += codes.len() as u64;
        }
        for of in set.references(table) {
            let Some(owners) = owners(links, &of, members) else {
                continue;
            };
            let named = key(&members[table], of.column).map_or(0, |(codes, _)| {
                codes.iter().filter(|&&code| code != MISSING_LEVEL).count()
            });
            let led = owners.iter().filter(|owner| owner.is_some()).count();
            lines.push((
                format!(
                    "`{}` naming nobody in `{}`",
                    of.column, links[of.parent].name
                ),
                (named - led) as u64,
                named as u64,
            ));
            wrong += (named - led) as u64;
            all += named as u64;
        }
        (wrong, all, lines)
    };
    let ((wrong, all, lines), (of_real, real_all, real_lines)) = (counted(made), counted(real));
    if all == 0 {
        return Finding::not_computed(
            id,
            title,
            "the table has no key and no reference, or none with a value",
        );
    }
    let mut table = Table::of(["what", "synthetic rows", "training rows"]);
    for (own, other) in lines.iter().zip(&real_lines) {
        table.push([
            own.0.clone(),
            format!("{} of {}", own.1, own.2),
            format!("{} of {}", other.1, other.2),
        ]);
    }
    let number = Number {
        interval: Some(exact(wrong, all)),
        best_reachable: Some(of_real as f64 / real_all.max(1) as f64),
        ..Number::share(wrong as f64 / all as f64, Direction::Lower, all)
    };
    let stands = if wrong == 0 {
        Standing::Good
    } else if number
        .best_reachable
        .is_some_and(|best| number.value <= best)
    {
        Standing::Attention
    } else {
        Standing::Bad
    };
    let sentence =
        format!("{wrong} of {all} keys and references are missing, repeated, or lead nowhere.");
    Finding::new(id, title, number, sentence)
        .standing(stands)
        .with("Each key", None, table)
}
