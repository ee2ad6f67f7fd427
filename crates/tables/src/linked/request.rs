//! What is wanted of linked tables: conditions, rules, other shares and patterns, each about the rows of one table.
//!
//! A condition belongs to the table whose column it speaks of; where it speaks of a table and of those that own it, to the lowest. `account.date` is a column of
//! an owner, `previous(balance)` that of the row before.

use super::{LinkedModel, Role};
use crate::model::draws::RequestError;
use crate::model::{MOST_COLUMNS, Wish};
use crate::rule::{Rule, RuleError, Scope};
use crate::table::Column;
use population::diagnostic::nearest;

/// A condition on the rows of one of several tables.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedRule {
    /// The place of the table.
    pub table: usize,
    /// Read for what is around the table's rows, too; of use to the model alone.
    pub(super) rule: Rule,
}

impl LinkedRule {
    /// As it was written.
    pub fn text(&self) -> &str {
        self.rule.text()
    }
}

/// A thing that the rows of a table are to have otherwise than the model learned it.
#[derive(Debug, Clone)]
pub struct LinkedWish {
    /// The place of the table.
    pub table: usize,
    pub(super) wish: Wish,
}

/// What is wanted of linked tables.
#[derive(Debug, Clone, Default)]
pub struct LinkedRequest {
    /// What must be true of every row of its table, as in `WHERE`.
    pub given: Vec<LinkedRule>,
    /// What must not be false of any row of its table, as in `CHECK`.
    pub rules: Vec<LinkedRule>,
    /// Which shares the rows of a table are to have otherwise.
    pub wishes: Vec<LinkedWish>,
    /// Below 1, likely values become likelier still; above 1, rows become more various; `None` is the model's own, 1.
    pub temperature: Option<f64>,
    /// Rows to add to some subjects, with a label.
    pub patterns: Vec<SequencePattern>,
}

/// Rows that follow one another among those of some owners: a fraud, an illness.
#[derive(Debug, Clone)]
pub struct SequencePattern {
    /// What its rows and their owners are labelled with.
    pub name: String,
    /// The place of the table whose rows it is made of.
    pub table: usize,
    /// The share of the owners that have it, from 0 to 1; of those that meet `given`.
    pub share: f64,
    /// What owners must meet to have it.
    pub given: Vec<LinkedRule>,
    /// Its parts, one after the other.
    pub steps: Vec<Step>,
}

/// Rows of a pattern that are alike.
#[derive(Debug, Clone)]
pub struct Step {
    /// The least and greatest number of rows.
    pub count: (u32, u32),
    /// The least and greatest distance from the row before: in seconds, or in the unit of the column that rows are in order of. Left out, the model draws it.
    pub gap: Option<(f64, f64)>,
    /// What must be true of each.
    pub given: Vec<LinkedRule>,
}

impl LinkedRequest {
    /// Everything that either asks for; of two temperatures this one's.
    pub fn and(mut self, other: Self) -> Self {
        self.given.extend(other.given);
        self.rules.extend(other.rules);
        self.wishes.extend(other.wishes);
        self.patterns.extend(other.patterns);
        self.temperature = self.temperature.or(other.temperature);
        self
    }

    pub(super) fn heat(&self) -> f64 {
        self.temperature.unwrap_or(1.0)
    }
}

impl LinkedWish {
    /// A wish that this share of the rows meets a condition; shares are from 0 to 1.
    pub fn share(condition: LinkedRule, share: f64) -> Self {
        let LinkedRule { table, rule } = condition;
        let wish = Wish::Share {
            condition: rule,
            share,
        };
        Self { table, wish }
    }

    /// A wish that a condition is met so many times as often.
    pub fn times(condition: LinkedRule, factor: f64) -> Self {
        let LinkedRule { table, rule } = condition;
        let wish = Wish::Times {
            condition: rule,
            factor,
        };
        Self { table, wish }
    }
}

/// Where a column that is around a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outer {
    /// The row before, this column.
    Previous(usize),
    /// The owner (0), its owner (1) and so on, this column.
    Above(usize, usize),
}

/// The columns that conditions on the rows of a table may speak of.
pub(super) struct Surroundings {
    columns: Vec<Column>,
    /// The table's own, hidden ones included.
    pub own: usize,
    has_owner: bool,
    /// Behind the table's own.
    pub outer: Vec<Outer>,
}

impl LinkedModel {
    pub(super) fn surroundings(&self, table: usize) -> Option<Surroundings> {
        let own = self.learned(table)?.model.columns();
        let mut columns = own.to_vec();
        let visible = self.tables[table].columns.len();
        for hidden in &mut columns[visible..] {
            hidden.name.clear();
        }
        let mut outer = Vec::new();
        let mut owner = self.owner(table);
        let has_owner = owner.is_some();
        if has_owner {
            for (place, column) in own.iter().enumerate() {
                outer.push(Outer::Previous(place));
                columns.push(Column {
                    name: String::new(),
                    ..column.clone()
                });
            }
        }
        let mut steps = 0;
        while let Some(above) = owner {
            let learned = self.learned(above)?;
            for (place, column) in self.tables[above].columns.iter().enumerate() {
                if columns.len() >= 3 * MOST_COLUMNS {
                    break;
                }
                outer.push(Outer::Above(steps, place));
                columns.push(Column {
                    name: format!("{}.{}", self.tables[above].name, column.name),
                    ..learned.model.columns()[place].clone()
                });
            }
            owner = self.owner(above);
            steps += 1;
        }
        Some(Surroundings {
            columns,
            own: own.len(),
            has_owner,
            outer,
        })
    }

    /// Whether a column of a table names rows that are made.
    fn names_rows(&self, table: usize, column: usize) -> bool {
        let about = &self.tables[table];
        let mut links = about.references.iter();
        about.key == Some(column as u16)
            || links.any(|link| usize::from(link.column) == column && link.role != Role::Public)
    }

    /// Reads a condition on the rows of a table.
    ///
    /// # Errors
    ///
    /// What [`Rule::parse`] says; a public table; a condition on what names rows.
    pub fn condition_on(&self, table: usize, text: &str) -> Result<LinkedRule, RuleError> {
        let name = &self.tables[table].name;
        let Some(around) = self.surroundings(table) else {
            return Err(RuleError::new(
                format!("`{name}` is public, and its rows are kept as they are"),
                "make conditions on the column that refers to it, in the tables that have one",
            ));
        };
        let own = around.own as u16;
        let scope = Scope {
            columns: &around.columns,
            home: Some(name),
            previous: around.has_owner.then_some((own, own)),
        };
        let rule = Rule::parse_in(text, scope)?;
        if rule.condition().unseen().is_some() || rule.compares_rows() {
            return Err(RuleError::new(
                format!("`{text}` is for a table that is learned by itself"),
                "leave it out",
            ));
        }
        for &column in rule.columns() {
            let column = usize::from(column);
            let (of, place) = match column.checked_sub(around.own).map(|at| around.outer[at]) {
                None => (table, column),
                Some(Outer::Previous(place)) => (table, place),
                Some(Outer::Above(steps, place)) => {
                    let above = (0..=steps).try_fold(table, |at, _| self.owner(at));
                    (above.unwrap_or(table), place)
                }
            };
            if self.names_rows(of, place) {
                let about = &self.tables[of];
                return Err(RuleError::new(
                    format!(
                        "`{}` of `{}` names rows, and names are made up",
                        about.columns[place].name, about.name
                    ),
                    "make conditions on other columns",
                ));
            }
        }
        Ok(LinkedRule { table, rule })
    }

    /// Reads a condition, on the lowest of the tables that it speaks of. A column's name stands alone where only one table has it.
    ///
    /// # Errors
    ///
    /// As [`condition_on`](Self::condition_on), and a name that several tables have or tables of which none owns the other.
    pub fn condition(&self, text: &str) -> Result<LinkedRule, RuleError> {
        let mut found: Vec<LinkedRule> = Vec::new();
        let mut errors = Vec::new();
        for table in 0..self.tables.len() {
            let around = self.surroundings(table);
            match self.condition_on(table, text) {
                Ok(rule) => {
                    let last = around.map_or(0, |around| {
                        if around.has_owner {
                            2 * around.own
                        } else {
                            around.own
                        }
                    });
                    let mut columns = rule.rule.columns().iter();
                    if columns.any(|&column| usize::from(column) < last) {
                        found.push(rule);
                    }
                }
                Err(error) => errors.push((table, error)),
            }
        }
        match &found[..] {
            [_] => Ok(found.remove(0)),
            [] => {
                // The lowest table that is named says best what is wrong.
                let order = self.order.iter().rev().map(|&table| usize::from(table));
                let public = (0..self.tables.len()).filter(|table| self.learned(*table).is_none());
                let named = order
                    .chain(public)
                    .find(|&table| text.contains(&format!("{}.", self.tables[table].name)));
                let of = |which: usize| errors.iter().position(|(table, _)| *table == which);
                // Else whoever has the column.
                let having = || {
                    let mut errors = errors.iter();
                    errors.position(|(_, error)| !error.to_string().ends_with(" is no column"))
                };
                let place = match named {
                    Some(named) => of(named),
                    None => having().or_else(|| of(self.first_root().unwrap_or(0))),
                };
                Err(match place {
                    Some(place) => errors.swap_remove(place).1,
                    None => {
                        RuleError::new(format!("`{text}` speaks of no column"), self.tables_hint())
                    }
                })
            }
            several => {
                let names: Vec<&str> = several
                    .iter()
                    .map(|rule| self.tables[rule.table].name.as_str())
                    .collect();
                Err(RuleError::new(
                    format!(
                        "`{text}` may be about {}, which have columns of one name",
                        names.join(" and ")
                    ),
                    format!("write the table in front of the column: `{}.…`", names[0]),
                ))
            }
        }
    }

    fn tables_hint(&self) -> String {
        format!("tables are {}", self.names().join(", "))
    }

    /// The place of a table.
    ///
    /// # Errors
    ///
    /// A name that no table has.
    pub fn table(&self, name: &str) -> Result<usize, RequestError> {
        let found = self.tables.iter().position(|table| table.name == name);
        found.ok_or_else(|| {
            let hint = nearest(name, self.names()).map_or_else(
                || self.tables_hint(),
                |near| format!("did you mean `{near}`?"),
            );
            RequestError::new(format!("`{name}` is no table"), hint)
        })
    }

    /// Whether a table's rows are in order of a column of moments.
    pub(crate) fn is_dated(&self, table: usize) -> bool {
        let clock = self
            .learned(table)
            .and_then(|learned| learned.clock.as_ref());
        clock.is_some_and(|clock| {
            let column = &self.tables[table].columns[usize::from(clock.column)];
            matches!(column.kind, crate::Kind::Moment(_))
        })
    }

    /// The table and the column that `table.column` names; the table may be left out where only one has the column.
    fn column(&self, name: &str) -> Result<(usize, String), RequestError> {
        let has = |table: usize, column: &str| {
            let mut columns = self.tables[table].columns.iter();
            self.learned(table).is_some() && columns.any(|about| about.name == column)
        };
        if let Some((table, column)) = name.split_once('.')
            && let Ok(table) = self.table(table)
            && has(table, column)
        {
            return Ok((table, column.to_owned()));
        }
        let tables: Vec<usize> = (0..self.tables.len())
            .filter(|&table| has(table, name))
            .collect();
        match tables[..] {
            [table] => Ok((table, name.to_owned())),
            [] => Err(RequestError::new(
                format!("`{name}` is no column of a table that is made"),
                "write `table.column`",
            )),
            [table, ..] => Err(RequestError::new(
                format!("several tables have a column `{name}`"),
                format!("write `{}.{name}`", self.tables[table].name),
            )),
        }
    }

    /// A wish that a column is moved; by its unit, moments by days.
    ///
    /// # Errors
    ///
    /// A name that no column has, or several have.
    pub fn wish_to_move(&self, column: &str, by: f64) -> Result<LinkedWish, RequestError> {
        let (table, column) = self.column(column)?;
        let wish = Wish::Move { column, by };
        Ok(LinkedWish { table, wish })
    }

    /// A wish that a column is distributed alike in every group of another column of its table.
    ///
    /// # Errors
    ///
    /// A name that no column has, or several have; columns of two tables.
    pub fn wish_to_be_fair(&self, target: &str, group: &str) -> Result<LinkedWish, RequestError> {
        let (table, target) = self.column(target)?;
        let (other, group) = self.column(group)?;
        if table != other {
            return Err(RequestError::new(
                format!("`{target}` and `{group}` are columns of two tables"),
                "parity is between columns of one table",
            ));
        }
        let wish = Wish::Parity { target, group };
        Ok(LinkedWish { table, wish })
    }

    /// What every row of a table keeps to, as it was learned.
    pub fn rules(&self) -> Vec<LinkedRule> {
        // They were read when the model was learned or loaded.
        let rules = self.rules.iter();
        rules
            .filter_map(|(table, text)| self.condition_on(usize::from(*table), text).ok())
            .collect()
    }
}
