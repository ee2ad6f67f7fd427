//! Names of columns.

use super::super::RuleError;
use super::super::expression::Term;
use super::Names;
use crate::format::Role;
use crate::table::Kind;
use population::diagnostic::nearest;
use sqlparser::ast::Ident;

impl Names<'_> {
    pub(super) fn find(&self, name: &Ident) -> Option<u16> {
        let exact = self
            .columns
            .iter()
            .position(|column| column.name == name.value);
        let place = exact.or_else(|| {
            let folded = name.value.to_lowercase();
            let mut alike = (0..self.columns.len())
                .filter(|&place| self.columns[place].name.to_lowercase() == folded);
            let first = alike.next();
            first.filter(|_| alike.next().is_none())
        })?;
        u16::try_from(place).ok()
    }

    pub(super) fn column(&self, name: &Ident) -> Result<u16, RuleError> {
        let place = self.find(name).ok_or_else(|| self.no_column(name))?;
        let column = &self.columns[usize::from(place)];
        if matches!(column.kind, Kind::Position(_)) {
            return Err(RuleError::new(
                format!("`{}` is a position of two numbers", column.name),
                format!("ask for `{0}.latitude` or `{0}.longitude`", column.name),
            ));
        }
        Ok(place)
    }

    /// A name of several parts: of a table's column, of half of a position, or a column with a point in its name.
    pub(super) fn parts(&self, names: &[Ident]) -> Result<Term, RuleError> {
        if let Some((table, rest)) = names.split_first()
            && self.scope.home == Some(table.value.as_str())
        {
            return match rest {
                [column] => self.column(column).map(Term::Column),
                _ => self.parts(rest),
            };
        }
        let joined = |names: &[Ident]| {
            let name: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
            name.join(".")
        };
        if let Some((half, position)) = names.split_last() {
            let role = match half.value.to_ascii_lowercase().as_str() {
                "latitude" => Some(Role::Latitude),
                "longitude" => Some(Role::Longitude),
                _ => None,
            };
            let position = joined(position);
            let found = self.columns.iter().position(|column| {
                matches!(&column.kind, Kind::Position(part)
                    if column.name == position && Some(part.number.role) == role)
            });
            if let Some(place) = found {
                return Ok(Term::Column(place as u16));
            }
        }
        self.column(&Ident::new(joined(names))).map(Term::Column)
    }

    /// A column of the row before.
    pub(super) fn previous(&self, term: &Term) -> Result<Term, RuleError> {
        let Some((first, count)) = self.scope.previous else {
            return Err(RuleError::new(
                "`previous` asks for the row before, and rows stand by themselves here",
                "it is for tables whose rows have an owner, in the order of their moments",
            ));
        };
        match term {
            Term::Column(column) if *column < count => Ok(Term::Column(first + column)),
            _ => Err(RuleError::new(
                "`previous` takes a column of the table itself",
                "such as `previous(balance)`",
            )),
        }
    }

    pub(super) fn no_column(&self, name: &Ident) -> RuleError {
        let names = || {
            let names = self.columns.iter().map(|column| column.name.as_str());
            names.filter(|name| !name.is_empty())
        };
        let hint = nearest(&name.value, names()).map_or_else(
            || {
                let some: Vec<&str> = names().take(12).collect();
                let more = if names().count() > some.len() { " …" } else { "" };
                format!(
                    "columns are {}{more}; texts stand in single quotes, and names with other signs than letters, digits and _ in double ones",
                    some.join(", ")
                )
            },
            |near| format!("did you mean `{near}`?"),
        );
        RuleError::new(format!("`{}` is no column", name.value), hint)
    }
}
