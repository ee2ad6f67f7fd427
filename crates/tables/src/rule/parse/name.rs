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

    pub(super) fn half(&self, names: &[Ident]) -> Result<Term, RuleError> {
        if let [position, half] = names {
            let role = match half.value.to_ascii_lowercase().as_str() {
                "latitude" => Some(Role::Latitude),
                "longitude" => Some(Role::Longitude),
                _ => None,
            };
            let found = self.columns.iter().position(|column| {
                matches!(&column.kind, Kind::Position(part)
                    if column.name == position.value && Some(part.number.role) == role)
            });
            if let Some(place) = found {
                return Ok(Term::Column(place as u16));
            }
        }
        let name: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
        let name = name.join(".");
        // A column may well have a point in its name.
        self.column(&Ident::new(name)).map(Term::Column)
    }

    pub(super) fn no_column(&self, name: &Ident) -> RuleError {
        let names = || self.columns.iter().map(|column| column.name.as_str());
        let hint = nearest(&name.value, names()).map_or_else(
            || {
                let some: Vec<&str> = names().take(12).collect();
                let more = if self.columns.len() > some.len() { " …" } else { "" };
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
