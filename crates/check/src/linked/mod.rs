//! Several tables and what holds them together: keys, numbers of rows that belong together, what parents have to do with children, and what comes after what.

mod groups;
mod join;
mod keys;
mod numbers;
mod pairs;
mod read;
mod rules;
mod variety;

use population::stream::Seed;
use tables::Table as Rows;

use crate::finding::Finding;
use crate::ground::Ground;
use crate::report::{Section, Settings, section};
use crate::{attack, fidelity};

pub use read::{ReadTables, folder_of_tables, real_tables, same_tables};
pub use rules::{LinkedRule, RulesError, linked_rules};

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

/// Everything that is compared.
#[derive(Clone, Copy)]
struct Set<'a> {
    links: &'a [Links],
    real: &'a [Member<'a>],
    made: &'a [Member<'a>],
    fresh: Option<&'a [Member<'a>]>,
    seed: Seed,
}

/// A column of a table, and the table whose keys it has.
#[derive(Debug, Clone, Copy)]
struct Reference<'a> {
    table: usize,
    column: &'a str,
    parent: usize,
}

impl Reference<'_> {
    /// Why nothing is said of it.
    fn is_missing(&self) -> String {
        format!(
            "`{}` or the key it refers to is not in both tables",
            self.column
        )
    }
}

impl<'a> Set<'a> {
    fn name(&self, table: usize) -> &'a str {
        &self.links[table].name
    }

    fn references(&self, table: usize) -> impl Iterator<Item = Reference<'a>> {
        self.links[table]
            .references
            .iter()
            .map(move |(column, parent)| Reference {
                table,
                column,
                parent: *parent,
            })
    }
}

/// Makes every measure of linked tables, and says how many rows keep rules that were read for them: each table by itself, attacks on tables that refer to no other, and what is between tables.
///
/// Attacks are not made on tables whose rows have an owner: rows of one owner are not independent, and their false alarms would not be what is stated.
pub fn judge_linked(
    links: &[Links],
    real: &[Member<'_>],
    made: &[Member<'_>],
    fresh: Option<&[Member<'_>]>,
    rules: &[LinkedRule],
    settings: &Settings,
) -> (Vec<Section>, Vec<String>) {
    let seed = Seed(settings.seed);
    let set = Set {
        links,
        real,
        made,
        fresh,
        seed,
    };
    let between: Vec<Finding> = (0..links.len())
        .flat_map(|table| {
            let mut all = vec![keys::finding(&set, table)];
            for of in set.references(table) {
                all.push(numbers::finding(&set, &of));
                all.push(pairs::with_owner(&set, &of));
            }
            if let Some(of) = set.references(table).next() {
                all.push(pairs::with_next(&set, &of));
                all.push(variety::finding(&set, &of));
            }
            all.extend(rules::finding(&set, table, rules));
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
        // Alone, or with the table in front.
        let places = |names: &[String]| {
            let own = |column: &String| {
                let alone = column.strip_prefix(&format!("{name}."));
                ground.position(alone.unwrap_or(column))
            };
            names.iter().filter_map(own).collect::<Vec<_>>()
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
        if let Some(findings) = groups::findings(&set, table, &ground, settings) {
            add(
                "fairness",
                format!("Is `{name}` the same for all groups?"),
                findings,
            );
        }
    }
    (sections, notes)
}
