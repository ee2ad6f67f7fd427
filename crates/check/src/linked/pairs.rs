//! What a row has to do with its owner and with the row after it.

use population::stream::{Seed, Streams};
use tables::Table as Rows;

use super::join::{beside, in_order, owners};
use super::{Member, Reference, Set};
use crate::fidelity::marginal::{Accuracy, Pairing, standing};
use crate::finding::{Bar, Chart, Direction, Finding, Number, Table, percent};
use crate::ground::Ground;

/// Pairs that a report lists.
const LISTED: usize = 15;

/// The accuracy of pairs of columns over tables that were put side by side.
fn agreement(
    id: String,
    title: String,
    what: &str,
    tables: (&Rows, &Rows, Option<&Rows>),
    sets: &dyn Fn(&Ground) -> Vec<Vec<usize>>,
    seed: Seed,
) -> Finding {
    let ground = Ground::new(tables.0, tables.1, tables.2, seed);
    let sets = sets(&ground);
    if sets.is_empty() || ground.train.count < 20 || ground.synthetic.count < 20 {
        return Finding::not_computed(
            id,
            title,
            format!(
                "there are {} such pairs of columns, {} training and {} synthetic rows; it needs a pair and 20 rows of each",
                sets.len(),
                ground.train.count,
                ground.synthetic.count
            ),
        );
    }
    let own = Pairing::new(&ground, &ground.train, &ground.synthetic).accuracies(&sets);
    let best = ground
        .holdout
        .as_ref()
        .filter(|fresh| fresh.count >= 20)
        .map(|fresh| Pairing::new(&ground, &ground.train, fresh).accuracies(&sets));
    let Some(mean) = Accuracy::mean(&own) else {
        return Finding::not_computed(id, title, "there is no such pair of columns");
    };
    let number = Number {
        interval: Some(mean.interval()),
        best_reachable: best
            .as_deref()
            .and_then(Accuracy::mean)
            .map(|best| best.value),
        ..Number::share(mean.value, Direction::Higher, ground.synthetic.count as u64)
    };
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by(|&a, &b| own[a].value.total_cmp(&own[b].value));
    let mut table = Table::of(["columns", "accuracy", "fresh rows"]);
    let mut bars = Vec::new();
    for &place in order.iter().take(LISTED) {
        let names: Vec<&str> = sets[place]
            .iter()
            .map(|&column| ground.columns[column].name.as_str())
            .collect();
        let mark = best.as_ref().map(|best| best[place].value);
        table.push([
            names.join(" × "),
            percent(own[place].value),
            mark.map_or_else(|| "–".to_owned(), percent),
        ]);
        bars.push(Bar {
            label: names.join(" × "),
            value: own[place].value,
            mark,
        });
    }
    let sentence = format!(
        "{what} agrees to {} over {} pairs of columns, counted in bins.",
        percent(mean.value),
        sets.len()
    );
    Finding::new(id, title, number, sentence)
        .standing(standing(&number))
        .with("The lowest pairs", Some(Chart::Bars(bars)), table)
}

/// What a row's columns have to do with its owner's: the context accuracy of `mostlyai-qa`.
pub(super) fn with_owner(set: &Set<'_>, of: &Reference<'_>) -> Finding {
    let (child, owner) = (set.name(of.table), set.name(of.parent));
    let (id, title) = (
        format!("links.{child}.{}.pairs", of.column),
        format!("`{child}` given `{owner}`"),
    );
    let prefix = format!("{owner}.");
    let joined = |members: &[Member<'_>]| {
        let owners = owners(set.links, of, members)?;
        let rows: Vec<Option<u32>> = (0..owners.len() as u32)
            .filter(|&row| owners[row as usize].is_some())
            .map(Some)
            .collect();
        let owners: Vec<Option<u32>> = owners.into_iter().flatten().map(Some).collect();
        Some(beside(
            members[of.table].table,
            &rows,
            members[of.parent].table,
            &owners,
            &prefix,
        ))
    };
    let (Some(own), Some(other)) = (joined(set.real), joined(set.made)) else {
        return Finding::not_computed(id, title, of.is_missing());
    };
    let sets = |ground: &Ground| {
        let (owned, own): (Vec<usize>, Vec<usize>) = (0..ground.columns.len())
            .partition(|&place| ground.columns[place].name.starts_with(&prefix));
        own.iter()
            .flat_map(|&a| owned.iter().map(move |&b| vec![a, b]))
            .collect()
    };
    agreement(
        id,
        title,
        &format!("What a row of `{child}` has to do with its `{owner}`"),
        (&own, &other, set.fresh.and_then(joined).as_ref()),
        &sets,
        set.seed,
    )
}

/// What comes after what among the rows of one owner: the next-row coherence of `mostlyai-qa`. One random row of each owner and the row after it.
pub(super) fn with_next(set: &Set<'_>, of: &Reference<'_>) -> Finding {
    let child = set.name(of.table);
    let (id, title) = (
        format!("links.{child}.order"),
        format!("What comes next in `{child}`"),
    );
    let joined = |members: &[Member<'_>]| {
        let rows = members[of.table].table;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (owner, owned) in in_order(set.links, of, members)? {
            let place = Streams::new(set.seed, u64::from(owner))
                .stream("check/next")
                .below(owned.len().saturating_sub(1).max(1) as u64)
                as usize;
            first.push(Some(owned[place]));
            second.push(owned.get(place + 1).copied());
        }
        Some(beside(rows, &first, rows, &second, "next "))
    };
    let (Some(own), Some(other)) = (joined(set.real), joined(set.made)) else {
        return Finding::not_computed(id, title, of.is_missing());
    };
    let sets = |ground: &Ground| {
        let next = |place: usize| ground.position(&format!("next {}", ground.columns[place].name));
        (0..ground.columns.len())
            .filter_map(|place| Some(vec![place, next(place)?]))
            .collect()
    };
    agreement(
        id,
        title,
        "A value and the one after it",
        (&own, &other, set.fresh.and_then(joined).as_ref()),
        &sets,
        set.seed,
    )
}
