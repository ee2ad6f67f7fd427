//! Rules between tables: how many rows keep what `learn` and `make` are asked to keep.
//!
//! A rule is about the rows of one table, with the columns of their owners beside them (`loan.date >= account.date`) and those of the row before of the same owner (`previous(balance)`). Every table of
//! rows is laid out with these columns, once for all of its rules, and counted as one table is.

use serde::Deserialize;
use serde_json::Value;
use tables::{Column, Rule, RuleError, Scope, Table as Rows};

use super::join::{in_order, owners, taken};
use super::{Links, Member, Reference, Set};
use crate::fidelity::rules_kept;
use crate::finding::Finding;
use crate::read::aligned;
use crate::report::Kept;

/// A rule on the rows of a table.
#[derive(Debug, Clone)]
pub struct LinkedRule {
    /// The table's number.
    pub table: usize,
    rule: Rule,
}

/// Why a text says no rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesError {
    message: String,
    hint: String,
}

impl RulesError {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl std::fmt::Display for RulesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RulesError {}

const HINT: &str = "write `rules:` and below it conditions such as `- loan.date >= account.date`, or `loan: [amount > 0]`";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rules: Value,
}

/// Reads `rules: [loan.date >= account.date]`, or `rules: {loan: [amount > 0]}`, about these tables. A rule without a table's name before it belongs to the one table of whose rows it can be read.
///
/// # Errors
///
/// A text that is not this, a table that is not there, and what [`Rule::parse`] says.
pub fn linked_rules(
    text: &str,
    links: &[Links],
    real: &[Member<'_>],
) -> Result<Vec<LinkedRule>, RulesError> {
    let file: File = serde_saphyr::from_str(text).map_err(|error| {
        let said = error.to_string();
        let first = said.lines().next().unwrap_or_default();
        let what = first.trim_start_matches("error: ");
        RulesError::new(format!("the rules cannot be read: {what}"), HINT)
    })?;
    let around: Vec<Around> = (0..links.len())
        .map(|table| Around::of(links, real, table))
        .collect();
    let mut found = Vec::new();
    match &file.rules {
        Value::Object(tables) => {
            for (name, rules) in tables {
                let table = links.iter().position(|link| link.name == *name);
                let table = table.ok_or_else(|| {
                    let known: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
                    RulesError::new(
                        format!("there are rules for `{name}`, which is no table"),
                        format!("these are: {}", known.join(", ")),
                    )
                })?;
                for text in texts(rules)? {
                    let rule = around[table].read(&links[table].name, text);
                    let rule = rule.map_err(|error| of_rule(text, &error))?;
                    found.push(LinkedRule { table, rule });
                }
            }
        }
        rules => {
            for text in texts(rules)? {
                found.push(belonging(text, links, &around)?);
            }
        }
    }
    Ok(found)
}

fn texts(rules: &Value) -> Result<Vec<&str>, RulesError> {
    let alone = std::slice::from_ref(rules);
    let all = rules.as_array().map_or(alone, Vec::as_slice);
    all.iter()
        .map(|text| {
            text.as_str()
                .ok_or_else(|| RulesError::new("one of the rules is no text", HINT))
        })
        .collect()
}

fn of_rule(text: &str, error: &RuleError) -> RulesError {
    RulesError::new(format!("in the rule `{text}`, {error}"), error.hint())
}

/// The rule on the one table of whose own rows it speaks.
fn belonging(text: &str, links: &[Links], around: &[Around]) -> Result<LinkedRule, RulesError> {
    let mut found = Vec::new();
    let mut wrong = None;
    for (table, around) in around.iter().enumerate() {
        match around.read(&links[table].name, text) {
            Ok(rule) => {
                if rule
                    .columns()
                    .iter()
                    .any(|column| usize::from(*column) < around.inner())
                {
                    found.push(LinkedRule { table, rule });
                }
            }
            // The table that is named says best what is wrong.
            Err(error) => {
                let named = text.contains(&format!("{}.", links[table].name));
                if wrong.is_none() || named {
                    wrong = Some(error);
                }
            }
        }
    }
    match (found.len(), wrong) {
        (1, _) => Ok(found.remove(0)),
        (0, Some(error)) => Err(of_rule(text, &error)),
        (0, None) => Err(RulesError::new(
            format!("the rule `{text}` speaks of no column"),
            HINT,
        )),
        _ => {
            let tables: Vec<&str> = found
                .iter()
                .map(|rule| links[rule.table].name.as_str())
                .collect();
            Err(RulesError::new(
                format!(
                    "the rule `{text}` can be about the rows of {}",
                    tables.join(" and of ")
                ),
                "put the table's name and a point before its columns",
            ))
        }
    }
}

/// The columns that rules on the rows of a table may speak of: its own, those of the row before where it has an owner, and those of every table above it.
struct Around {
    columns: Vec<Column>,
    own: usize,
    has_owner: bool,
    /// How to get to each table above: from which (the first of these is the table itself), by which of its references.
    above: Vec<(usize, usize)>,
}

impl Around {
    fn of(links: &[Links], real: &[Member<'_>], table: usize) -> Self {
        let own = &real[table].table.columns;
        let mut columns = own.clone();
        let has_owner = !links[table].references.is_empty();
        if has_owner {
            columns.extend(own.iter().map(|column| Column {
                name: String::new(),
                ..column.clone()
            }));
        }
        // Breadth first, each table once.
        let (mut seen, mut above) = (vec![table], Vec::new());
        let mut at = 0;
        while let Some(&from) = seen.get(at) {
            for (place, (_, parent)) in links[from].references.iter().enumerate() {
                if !seen.contains(parent) {
                    seen.push(*parent);
                    above.push((at, place));
                    let prefix = &links[*parent].name;
                    let outer = real[*parent].table.columns.iter().map(|column| Column {
                        name: format!("{prefix}.{}", column.name),
                        ..column.clone()
                    });
                    columns.extend(outer);
                }
            }
            at += 1;
        }
        Self {
            columns,
            own: own.len(),
            has_owner,
            above,
        }
    }

    /// Columns of the rows themselves, and of those before.
    fn inner(&self) -> usize {
        self.own * (1 + usize::from(self.has_owner))
    }

    fn read(&self, home: &str, text: &str) -> Result<Rule, RuleError> {
        let own = self.own as u16;
        Rule::parse_in(
            text,
            Scope {
                columns: &self.columns,
                home: Some(home),
                previous: self.has_owner.then_some((own, own)),
            },
        )
    }

    /// The rows of a table with what is around them; none where a key is missing. `real` says the order of columns.
    fn laid(
        &self,
        links: &[Links],
        members: &[Member<'_>],
        real: &[Member<'_>],
        table: usize,
    ) -> Option<Rows> {
        let like = |table: usize| aligned(members[table].table, &real[table].table.columns);
        let own = like(table);
        let mut cells = own.cells.clone();
        let reference = |table: usize, place: usize| {
            let (column, parent) = links[table].references.get(place)?;
            Some(Reference {
                table,
                column,
                parent: *parent,
            })
        };
        if self.has_owner {
            let mut before = vec![None; own.rows];
            for (_, owned) in in_order(links, &reference(table, 0)?, members)? {
                for two in owned.windows(2) {
                    before[two[1] as usize] = Some(two[0]);
                }
            }
            cells.extend(own.cells.iter().map(|cells| taken(cells, &before)));
        }
        // Of each table on the way up the row that each of ours leads to.
        let mut ways: Vec<(usize, Vec<Option<u32>>)> =
            vec![(table, (0..own.rows as u32).map(Some).collect())];
        for &(from, place) in &self.above {
            let (below, rows) = &ways[from];
            let of = reference(*below, place)?;
            let step = owners(links, &of, members)?;
            let rows: Vec<Option<u32>> = rows
                .iter()
                .map(|row| row.and_then(|row| step[row as usize]))
                .collect();
            let above = like(of.parent);
            cells.extend(above.cells.iter().map(|cells| taken(cells, &rows)));
            ways.push((of.parent, rows));
        }
        Some(Rows {
            columns: self.columns.clone(),
            cells,
            rows: own.rows,
        })
    }
}

/// How many rows of a table keep its rules; none where it has no rule.
pub(super) fn finding(set: &Set<'_>, table: usize, rules: &[LinkedRule]) -> Option<Finding> {
    let own: Vec<&LinkedRule> = rules.iter().filter(|rule| rule.table == table).collect();
    if own.is_empty() {
        return None;
    }
    let name = set.name(table);
    let (id, title) = (format!("links.{name}.rules"), format!("Rules of `{name}`"));
    let around = Around::of(set.links, set.real, table);
    let laid = |members: &[Member<'_>]| around.laid(set.links, members, set.real, table);
    let (Some(train), Some(made)) = (laid(set.real), laid(set.made)) else {
        let why = "a key or a reference is not in all tables, so nobody knows whose rows are whose";
        return Some(Finding::not_computed(id, title, why));
    };
    let fresh = set.fresh.and_then(laid);
    let kept = own.iter().map(|rule| Kept {
        text: rule.rule.text().to_owned(),
        train: rule.rule.tally(&train),
        synthetic: rule.rule.tally(&made),
        holdout: fresh.as_ref().map(|fresh| rule.rule.tally(fresh)),
    });
    let mut finding = rules_kept(&kept.collect::<Vec<Kept>>());
    (finding.id, finding.title) = (id, title);
    Some(finding)
}
