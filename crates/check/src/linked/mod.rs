//! Several tables and what holds them together: keys, numbers of rows that belong together, what parents have to do with children, and what comes after what.

mod read;

use std::collections::HashMap;

use population::stream::{Seed, Streams};
use tables::{Cells, Column, MISSING_LEVEL, Table as Rows};

use crate::fidelity::marginal::{Accuracy, Pairing, standing};
use crate::finding::{Bar, Chart, Direction, Finding, Number, Standing, Table, percent};
use crate::ground::Ground;
use crate::report::{Section, Settings, section};
use crate::statistics::{exact, jackknife};
use crate::{attack, fidelity};

pub use read::{ReadTables, folder_of_tables, real_tables, same_tables};

/// Pairs that a report lists.
const LISTED: usize = 15;

/// What a schema says of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Links {
    /// Its name.
    pub name: String,
    /// The column that names each row.
    pub key: Option<String>,
    /// Columns whose values are keys of a table, and that table's number.
    pub references: Vec<(String, usize)>,
    /// The column that rows of one owner are in order of; else they are in that of the file.
    pub order_by: Option<String>,
}

/// One table of a data set.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Its rows.
    pub table: &'a Rows,
    /// Its key and references as categories, of the same rows.
    pub keys: &'a Rows,
}

/// Makes every measure of linked tables: each table by itself, attacks on tables that refer to no other, and what is between tables.
///
/// Attacks are not made on tables whose rows have an owner: rows of one owner are not independent, and their false alarms would not be what is stated.
pub fn judge_linked(
    links: &[Links],
    real: &[Member<'_>],
    made: &[Member<'_>],
    fresh: Option<&[Member<'_>]>,
    settings: &Settings,
) -> (Vec<Section>, Vec<String>) {
    let seed = Seed(settings.seed);
    let between: Vec<Finding> = (0..links.len())
        .flat_map(|table| {
            let mut all = vec![integrity(links, table, real, made)];
            for (column, parent) in &links[table].references {
                all.push(children(links, table, column, *parent, real, made, fresh));
                all.push(parents(
                    links, table, column, *parent, real, made, fresh, seed,
                ));
            }
            if let Some((column, parent)) = links[table].references.first() {
                all.push(order(
                    links, table, column, *parent, real, made, fresh, seed,
                ));
            }
            all
        })
        .collect();
    let mut sections = vec![section(
        "links",
        "Do the tables belong together as the real ones do?",
        between,
    )];
    let mut notes = Vec::new();
    for (table, link) in links.iter().enumerate() {
        let ground = Ground::new(
            real[table].table,
            made[table].table,
            fresh.map(|fresh| fresh[table].table),
            seed,
        );
        notes.extend(
            ground
                .notes
                .iter()
                .map(|note| format!("{}: {note}", link.name)),
        );
        let name = &link.name;
        let mut add = |id: &str, title: String, findings: Vec<Finding>| {
            let mut findings = findings;
            for finding in &mut findings {
                finding.id = format!("{name}.{}", finding.id);
            }
            sections.push(section(&format!("{name}.{id}"), &title, findings));
        };
        let places = |names: &[String]| {
            names
                .iter()
                .filter_map(|name| ground.position(name))
                .collect::<Vec<_>>()
        };
        if ground.columns.is_empty() {
            notes.push(format!(
                "{name}: it has no column besides its keys, so only these are judged"
            ));
            continue;
        }
        add(
            "fidelity",
            format!("Is `{name}` like the real table?"),
            fidelity::findings(&ground, &places(&settings.target), &[], seed),
        );
        if link.references.is_empty() {
            let findings = attack::findings(
                &ground,
                &places(&settings.secret),
                seed,
                settings.claimed_epsilon,
            );
            add(
                "privacy",
                format!("Does `{name}` tell about people in the training data?"),
                findings,
            );
        } else {
            notes.push(format!("{name}: its rows have an owner and are not independent, so no attack was made on them"));
        }
    }
    (sections, notes)
}

/// The texts of a key column, and for each row its place among them.
fn key<'a>(member: &Member<'a>, column: &str) -> Option<(&'a [u32], &'a [String])> {
    let place = member.keys.position(column)?;
    match &member.keys.cells[place] {
        Cells::Levels { codes, levels } => Some((codes, levels)),
        _ => None,
    }
}

/// For each row of a child the row of its parent; none where it names nobody, or nobody that is there.
fn owners(
    links: &[Links],
    column: &str,
    parent: usize,
    child: &Member<'_>,
    of: &Member<'_>,
) -> Option<Vec<Option<u32>>> {
    let (codes, levels) = key(child, column)?;
    let (names, texts) = key(of, links[parent].key.as_deref()?)?;
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

/// Keys that are there once, and references that lead to a row.
fn integrity(links: &[Links], table: usize, real: &[Member<'_>], made: &[Member<'_>]) -> Finding {
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
        for (column, parent) in &link.references {
            let Some(owners) = owners(links, column, *parent, &members[table], &members[*parent])
            else {
                continue;
            };
            let named = key(&members[table], column).map_or(0, |(codes, _)| {
                codes.iter().filter(|&&code| code != MISSING_LEVEL).count()
            });
            let led = owners.iter().filter(|owner| owner.is_some()).count();
            lines.push((
                format!("`{column}` naming nobody in `{}`", links[*parent].name),
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

/// How many rows belong to each owner.
fn children(
    links: &[Links],
    table: usize,
    column: &str,
    parent: usize,
    real: &[Member<'_>],
    made: &[Member<'_>],
    fresh: Option<&[Member<'_>]>,
) -> Finding {
    let (child, owner) = (&links[table].name, &links[parent].name);
    let (id, title) = (
        format!("links.{child}.{column}.numbers"),
        format!("Rows of `{child}` for each of `{owner}`"),
    );
    let counts = |members: &[Member<'_>]| -> Option<Vec<f64>> {
        let owners = owners(links, column, parent, &members[table], &members[parent])?;
        let mut counts = vec![0.0; members[parent].table.rows];
        for owner in owners.into_iter().flatten() {
            counts[owner as usize] += 1.0;
        }
        (!counts.is_empty()).then_some(counts)
    };
    let (Some(own), Some(other)) = (counts(real), counts(made)) else {
        return Finding::not_computed(
            id,
            title,
            format!("`{column}` or the key it refers to is not in both tables"),
        );
    };
    let Some(value) = crate::fidelity::ks_complement(&own, &other) else {
        return Finding::not_computed(id, title, format!("`{owner}` has no rows"));
    };
    let best = fresh
        .and_then(counts)
        .and_then(|fresh| crate::fidelity::ks_complement(&own, &fresh));
    // Each twentieth of the owners left out in turn.
    let without: Vec<f64> = (0..crate::statistics::GROUPS)
        .map(|group| {
            let kept = |counts: &[f64]| -> Vec<f64> {
                let kept = counts
                    .iter()
                    .enumerate()
                    .filter(|(row, _)| row % crate::statistics::GROUPS != group);
                kept.map(|(_, count)| *count).collect()
            };
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

/// The cells of these rows; none is a row without values.
fn taken(cells: &Cells, rows: &[Option<u32>]) -> Cells {
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
fn beside(
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

/// The accuracy of pairs of columns over tables that were put side by side.
fn pairs(
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
#[expect(
    clippy::too_many_arguments,
    reason = "three data sets, and which reference of which table"
)]
fn parents(
    links: &[Links],
    table: usize,
    column: &str,
    parent: usize,
    real: &[Member<'_>],
    made: &[Member<'_>],
    fresh: Option<&[Member<'_>]>,
    seed: Seed,
) -> Finding {
    let (child, owner) = (&links[table].name, &links[parent].name);
    let (id, title) = (
        format!("links.{child}.{column}.pairs"),
        format!("`{child}` given `{owner}`"),
    );
    let prefix = format!("{owner}.");
    let joined = |members: &[Member<'_>]| {
        let owners = owners(links, column, parent, &members[table], &members[parent])?;
        let rows: Vec<Option<u32>> = (0..owners.len() as u32)
            .filter(|&row| owners[row as usize].is_some())
            .map(Some)
            .collect();
        let owners: Vec<Option<u32>> = owners.into_iter().flatten().map(Some).collect();
        Some(beside(
            members[table].table,
            &rows,
            members[parent].table,
            &owners,
            &prefix,
        ))
    };
    let (Some(own), Some(other)) = (joined(real), joined(made)) else {
        return Finding::not_computed(
            id,
            title,
            format!("`{column}` or the key it refers to is not in both tables"),
        );
    };
    let sets = |ground: &Ground| {
        let (owned, own): (Vec<usize>, Vec<usize>) = (0..ground.columns.len())
            .partition(|&place| ground.columns[place].name.starts_with(&prefix));
        own.iter()
            .flat_map(|&a| owned.iter().map(move |&b| vec![a, b]))
            .collect()
    };
    pairs(
        id,
        title,
        &format!("What a row of `{child}` has to do with its `{owner}`"),
        (&own, &other, fresh.and_then(joined).as_ref()),
        &sets,
        seed,
    )
}

/// What comes after what among the rows of one owner: the next-row coherence of `mostlyai-qa`. One random row of each owner and the row after it.
#[expect(
    clippy::too_many_arguments,
    reason = "three data sets, and which reference of which table"
)]
fn order(
    links: &[Links],
    table: usize,
    column: &str,
    parent: usize,
    real: &[Member<'_>],
    made: &[Member<'_>],
    fresh: Option<&[Member<'_>]>,
    seed: Seed,
) -> Finding {
    let child = &links[table].name;
    let (id, title) = (
        format!("links.{child}.order"),
        format!("What comes next in `{child}`"),
    );
    let joined = |members: &[Member<'_>]| {
        let owners = owners(links, column, parent, &members[table], &members[parent])?;
        let rows = members[table].table;
        let moments = links[table]
            .order_by
            .as_deref()
            .and_then(|name| rows.position(name))
            .and_then(|place| match &rows.cells[place] {
                Cells::Numbers { values, .. } => Some(values),
                _ => None,
            });
        let mut of_owner: Vec<Vec<u32>> = vec![Vec::new(); members[parent].table.rows];
        for (row, owner) in owners.iter().enumerate() {
            if let Some(owner) = owner {
                of_owner[*owner as usize].push(row as u32);
            }
        }
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (owner, mut owned) in of_owner.into_iter().enumerate() {
            if owned.is_empty() {
                continue;
            }
            if let Some(moments) = moments {
                owned.sort_by(|&a, &b| moments[a as usize].total_cmp(&moments[b as usize]));
            }
            let place = Streams::new(seed, owner as u64)
                .stream("check/next")
                .below(owned.len().saturating_sub(1).max(1) as u64)
                as usize;
            first.push(Some(owned[place]));
            second.push(owned.get(place + 1).copied());
        }
        Some(beside(rows, &first, rows, &second, "next "))
    };
    let (Some(own), Some(other)) = (joined(real), joined(made)) else {
        return Finding::not_computed(
            id,
            title,
            format!("`{column}` or the key it refers to is not in both tables"),
        );
    };
    let sets = |ground: &Ground| {
        let next = |place: usize| ground.position(&format!("next {}", ground.columns[place].name));
        (0..ground.columns.len())
            .filter_map(|place| Some(vec![place, next(place)?]))
            .collect()
    };
    pairs(
        id,
        title,
        "A value and the one after it",
        (&own, &other, fresh.and_then(joined).as_ref()),
        &sets,
        seed,
    )
}
