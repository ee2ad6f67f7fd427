//! References beside the owners': who goes with whom, and what is to be known of a partner.

use super::error::LinkedError;
use super::family::Sorted;
use super::keys::NOBODY;
use super::matching::{Beside, Drafted, comparable, draft};
use super::read::ReadTable;
use super::schema::Schema;
use crate::model::{Binned, Settings};

/// The references of a table that are neither to its owner nor to a public table.
pub(super) fn matched<'a>(
    schema: &'a Schema,
    owners: &'a [Option<usize>],
    table: usize,
) -> impl Iterator<Item = usize> + 'a {
    let references = schema.tables[table].references.iter().enumerate();
    references
        .filter(move |(place, reference)| {
            owners[table] != Some(*place) && !schema.tables[reference.table].public
        })
        .map(|(place, _)| place)
}

/// A reference beside the owner's, with both tables in the order in which they are learned.
pub(super) struct Bridge {
    pub table: usize,
    pub target: usize,
    pub column: usize,
    /// For each place of the table the place in the other; [`NOBODY`] where there is none.
    pub links: Vec<u32>,
    pub distinct: bool,
    pub to_itself: bool,
    pub drafted: Vec<Drafted>,
}

/// All references beside the owners', and what rows are to know of their partners.
pub(super) fn bridges(
    schema: &Schema,
    read: &[ReadTable],
    owners: &[Option<usize>],
    sorted: &[Option<Sorted<'_>>],
    settings: &Settings,
) -> Result<Vec<Bridge>, LinkedError> {
    let mut found = Vec::new();
    for table in 0..sorted.len() {
        let Some(here) = &sorted[table] else { continue };
        for place in matched(schema, owners, table) {
            let target = schema.tables[table].references[place].table;
            let Some(there) = &sorted[target] else {
                continue;
            };
            let loops = read[table].links[place].iter().enumerate();
            let loops = loops
                .filter(|&(row, &link)| table == target && row as u32 == link)
                .count();
            let links: Vec<u32> = here
                .order
                .iter()
                .map(|&row| match read[table].links[place][row as usize] {
                    NOBODY => NOBODY,
                    link if table == target && link == row => NOBODY,
                    link => there.place[link as usize],
                })
                .collect();
            let gaps = links.iter().filter(|&&link| link == NOBODY).count();
            let name = &schema.tables[table].references[place].column.text;
            found.push(Bridge {
                table,
                target,
                column: here.table.position(name).unwrap_or_default(),
                distinct: is_distinct(&here.owners, &links),
                to_itself: 2 * loops > gaps,
                links,
                drafted: Vec::new(),
            });
        }
    }
    if found.is_empty() {
        return Ok(found);
    }
    let mut binned = Vec::new();
    for (table, sorted) in sorted.iter().enumerate() {
        let one = sorted
            .as_ref()
            .map(|sorted| Binned::of(&sorted.taken(), settings));
        let name = || schema.tables[table].name.clone();
        binned.push(
            one.transpose()
                .map_err(|error| LinkedError::Learn(name(), error))?,
        );
    }
    for bridge in &mut found {
        let (Some(Some(target)), Some(here)) = (binned.get(bridge.target), &sorted[bridge.table])
        else {
            continue;
        };
        let names = comparables(schema, sorted, bridge.target);
        let levels: Vec<Vec<Vec<u32>>> = binned
            .iter()
            .map(|one| level_places(one.as_ref()))
            .collect();
        let mut beside = Vec::new();
        let above =
            owners[bridge.table].map(|owner| schema.tables[bridge.table].references[owner].table);
        for (from_owner, table) in [(true, above), (false, Some(bridge.table))] {
            let Some((table, binned)) = table.and_then(|t| Some((t, binned[t].as_ref()?))) else {
                continue;
            };
            let names = comparables(schema, sorted, table);
            for (column, codes) in binned.coded.columns.iter().enumerate() {
                beside.push(Beside {
                    codes: if from_owner {
                        here.owners
                            .iter()
                            .map(|&owner| codes.code(owner as usize))
                            .collect()
                    } else {
                        codes.codes()
                    },
                    place: Some((from_owner, column as u16)),
                    comparable: names[column]
                        .clone()
                        .map(|name| (name, binned.levels(column), &levels[table][column][..])),
                });
            }
        }
        let of_target = |column: usize| target.levels(column).to_vec();
        bridge.drafted = draft(&bridge.links, target, &names, &beside, &of_target);
    }
    Ok(found)
}

/// For each column, for each code, the place of its level; [`NOBODY`] for codes that stand for none.
pub(super) fn level_places(binned: Option<&Binned>) -> Vec<Vec<u32>> {
    let Some(binned) = binned else {
        return Vec::new();
    };
    let columns = binned.binnings.iter().enumerate();
    columns
        .map(|(column, binning)| {
            let mut places = vec![NOBODY; binning.bins.len()];
            for (code, level) in binned.level_codes(column) {
                places[code as usize] = level as u32;
            }
            places
        })
        .collect()
}

/// Under which name each column of a table can be compared with others.
pub(super) fn comparables(
    schema: &Schema,
    sorted: &[Option<Sorted<'_>>],
    table: usize,
) -> Vec<Option<String>> {
    let about = &schema.tables[table];
    let columns = sorted[table]
        .iter()
        .flat_map(|sorted| &sorted.table.columns);
    columns
        .map(|column| {
            let mut references = about.references.iter();
            let reference = references.find(|reference| reference.column.text == column.name);
            let public = match reference.map(|reference| reference.table) {
                Some(table) if !schema.tables[table].public => return None,
                public => public,
            };
            comparable(&column.name, &column.kind, public)
        })
        .collect()
}

/// Whether no two rows of an owner refer to the same.
pub(super) fn is_distinct(owners: &[u32], links: &[u32]) -> bool {
    let mut pairs: Vec<(u32, u32)> = owners
        .iter()
        .zip(links)
        .filter(|&(_, &link)| link != NOBODY)
        .map(|(&owner, &link)| (owner, link))
        .collect();
    let count = pairs.len();
    pairs.sort_unstable();
    pairs.dedup();
    count > 0 && pairs.len() == count
}
