//! Rows beside the rows they refer to.

use std::collections::HashMap;

use population::stream::{Seed, Streams};
use tables::{Cells, Column, MISSING_LEVEL, Table as Rows};

use super::{Links, Member, Reference};
use crate::statistics::GROUPS;

/// The texts of a key column, and for each row its place among them.
pub(super) fn key<'a>(member: &Member<'a>, column: &str) -> Option<(&'a [u32], &'a [String])> {
    let place = member.keys.position(column)?;
    match &member.keys.cells[place] {
        Cells::Levels { codes, levels } => Some((codes, levels)),
        _ => None,
    }
}

/// For each row of a child the row of its parent; none where it names nobody, or nobody that is there.
pub(super) fn owners(
    links: &[Links],
    of: &Reference<'_>,
    members: &[Member<'_>],
) -> Option<Vec<Option<u32>>> {
    let (codes, levels) = key(&members[of.table], of.column)?;
    let (names, texts) = key(&members[of.parent], links[of.parent].key.as_deref()?)?;
    let mut rows = HashMap::new();
    for (row, &name) in names.iter().enumerate() {
        if name != MISSING_LEVEL {
            rows.entry(texts[name as usize].as_str())
                .or_insert(row as u32);
        }
    }
    let of_level: Vec<Option<u32>> = levels
        .iter()
        .map(|level| rows.get(level.as_str()).copied())
        .collect();
    Some(
        codes
            .iter()
            .map(|&code| of_level.get(code as usize).copied().flatten())
            .collect(),
    )
}

/// The cells of these rows; none is a row without values.
pub(super) fn taken(cells: &Cells, rows: &[Option<u32>]) -> Cells {
    let each = || rows.iter().map(|row| row.map(|row| row as usize));
    match cells {
        Cells::Numbers { values, special } => Cells::Numbers {
            values: each()
                .map(|row| row.map_or(f64::NAN, |row| values[row]))
                .collect(),
            special: if special.is_empty() {
                Vec::new()
            } else {
                each()
                    .map(|row| row.map_or(0, |row| special[row]))
                    .collect()
            },
        },
        Cells::Levels { codes, levels } => Cells::Levels {
            codes: each()
                .map(|row| row.map_or(MISSING_LEVEL, |row| codes[row]))
                .collect(),
            levels: levels.clone(),
        },
        Cells::Opaque { present } => Cells::Opaque {
            present: each()
                .map(|row| row.is_some_and(|row| present[row]))
                .collect(),
        },
        Cells::Keys { rows: named } => Cells::Keys {
            rows: each()
                .map(|row| row.map_or(tables::NO_ROW, |row| named[row]))
                .collect(),
        },
    }
}

/// Two tables side by side, row by row, the second one's columns called so.
pub(super) fn beside(
    first: &Rows,
    first_rows: &[Option<u32>],
    second: &Rows,
    second_rows: &[Option<u32>],
    prefix: &str,
) -> Rows {
    let renamed = |column: &Column| Column {
        name: format!("{prefix}{}", column.name),
        ..column.clone()
    };
    Rows {
        columns: first
            .columns
            .iter()
            .cloned()
            .chain(second.columns.iter().map(renamed))
            .collect(),
        cells: first
            .cells
            .iter()
            .map(|cells| taken(cells, first_rows))
            .chain(second.cells.iter().map(|cells| taken(cells, second_rows)))
            .collect(),
        rows: first_rows.len(),
    }
}

/// The rows of each owner, in their order, of owners that have any.
pub(super) fn in_order(
    links: &[Links],
    of: &Reference<'_>,
    members: &[Member<'_>],
) -> Option<Vec<(u32, Vec<u32>)>> {
    let owners = owners(links, of, members)?;
    let rows = members[of.table].table;
    let moments = links[of.table]
        .order_by
        .as_deref()
        .and_then(|name| rows.position(name))
        .and_then(|place| match &rows.cells[place] {
            Cells::Numbers { values, .. } => Some(values),
            _ => None,
        });
    let mut of_owner: Vec<Vec<u32>> = vec![Vec::new(); members[of.parent].table.rows];
    for (row, owner) in owners.iter().enumerate() {
        if let Some(owner) = owner {
            of_owner[*owner as usize].push(row as u32);
        }
    }
    if let Some(moments) = moments {
        for owned in &mut of_owner {
            owned.sort_by(|&a, &b| moments[a as usize].total_cmp(&moments[b as usize]));
        }
    }
    let owned = (0..).zip(of_owner).filter(|(_, owned)| !owned.is_empty());
    Some(owned.collect())
}

/// Numbers of owners without every twentieth of them.
pub(super) fn without_group(of_owners: &[f64], group: usize) -> Vec<f64> {
    let numbers = of_owners.iter().enumerate();
    numbers
        .filter(|(owner, _)| owner % GROUPS != group)
        .map(|(_, number)| *number)
        .collect()
}

/// One random row of each owner with its owner's columns beside it: rows that are independent of each other, as owners are.
pub(super) fn one_of_each(
    links: &[Links],
    of: &Reference<'_>,
    members: &[Member<'_>],
    seed: Seed,
) -> Option<Rows> {
    let (mut rows, mut owners) = (Vec::new(), Vec::new());
    for (owner, owned) in in_order(links, of, members)? {
        let mut stream = Streams::new(seed, u64::from(owner)).stream("check/one");
        rows.push(Some(owned[stream.below(owned.len() as u64) as usize]));
        owners.push(Some(owner));
    }
    let prefix = format!("{}.", links[of.parent].name);
    let (own, others) = (members[of.table].table, members[of.parent].table);
    Some(beside(own, &rows, others, &owners, &prefix))
}
