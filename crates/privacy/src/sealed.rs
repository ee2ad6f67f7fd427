//! Real data behind a door that writes down who comes in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::ledger::{Cost, Ledger, grouped};
use crate::private::{Private, Records};

/// Which real data it is, by name and size, never by content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealData {
    /// As a person would call it: `table clients`.
    pub name: String,
    /// How many records; `None` until they were counted.
    pub rows: Option<u64>,
    /// How many columns a record has.
    pub columns: u64,
    /// SHA-256 in hexadecimal of the bytes that were read, where they were files.
    pub sha256: Option<String>,
}

impl fmt::Display for RealData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u64, one: &str| {
            let s = if count == 1 { "" } else { "s" };
            format!("{} {one}{s}", grouped(count))
        };
        let columns = plural(self.columns, "column");
        match self.rows {
            Some(rows) => write!(f, "{}: {} of {columns}", self.name, plural(rows, "row")),
            None => write!(f, "{}: {columns}", self.name),
        }
    }
}

/// Real data. Whoever wants to see it says what for, and the ledger remembers.
///
/// There is no way around: no `Deref`, no `Clone`, no serialisation, and `Debug` shows name and size only.
///
/// ```
/// use privacy::{Ledger, RealData, Sealed};
/// let about = RealData { name: "table clients".into(), rows: Some(3), columns: 1, sha256: None };
/// let ages = Sealed::new(vec![31, 45, 67], about);
/// let mut ledger = Ledger::new();
/// let oldest = ages.read(&mut ledger, "largest value", |ages| ages.iter().copied().max());
/// assert_eq!(oldest, Some(67));
/// assert_eq!(ledger.entries()[0].what, "table clients: 3 rows of 1 column");
/// ```
///
/// Without a ledger the content is out of reach:
///
/// ```compile_fail,E0616
/// # use privacy::{RealData, Sealed};
/// # let about = RealData { name: "table clients".into(), rows: Some(3), columns: 1, sha256: None };
/// let ages = Sealed::new(vec![31, 45, 67], about);
/// let first = ages.content[0];
/// ```
///
/// ```compile_fail,E0599
/// # use privacy::{RealData, Sealed};
/// # let about = RealData { name: "table clients".into(), rows: Some(3), columns: 1, sha256: None };
/// let ages = Sealed::new(vec![31, 45, 67], about);
/// let copy: Vec<i32> = ages.to_vec();
/// ```
pub struct Sealed<T> {
    content: T,
    about: RealData,
}

impl<T> Sealed<T> {
    /// Closes the door behind real data.
    pub fn new(content: T, about: RealData) -> Self {
        Self { content, about }
    }

    /// Which data it is: name and size, free to show.
    pub fn about(&self) -> &RealData {
        &self.about
    }

    /// Reads the data for a purpose, which is entered in the ledger as not private before `use_it` sees anything.
    pub fn read<R>(&self, ledger: &mut Ledger, purpose: &str, use_it: impl FnOnce(&T) -> R) -> R {
        use_it(self.open(ledger, purpose))
    }

    /// The same where a closure is in the way: the data itself, once the purpose is entered. Shared freely between threads while it is borrowed.
    pub fn open(&self, ledger: &mut Ledger, purpose: &str) -> &T {
        ledger.enter(&self.about.to_string(), purpose, Cost::NotPrivate);
        &self.content
    }

    /// The same for data that changes as it is read: a cursor, a connection.
    pub fn open_mut(&mut self, ledger: &mut Ledger, purpose: &str) -> &mut T {
        ledger.enter(&self.about.to_string(), purpose, Cost::NotPrivate);
        &mut self.content
    }

    /// Other real data made of this one (decoded, filtered, sorted), behind a door of its own.
    ///
    /// Entered like every other read, because `make` sees the records.
    ///
    /// # Errors
    ///
    /// What `make` returns.
    pub fn derive<U, E>(
        &mut self,
        ledger: &mut Ledger,
        purpose: &str,
        make: impl FnOnce(&mut T) -> Result<(U, RealData), E>,
    ) -> Result<Sealed<U>, E> {
        make(self.open_mut(ledger, purpose)).map(|(content, about)| Sealed { content, about })
    }

    /// Moves the data behind a door that only noise comes out of. Entered as told to nobody: `make` is a function without surroundings, so what it sees it cannot take along.
    ///
    /// # Errors
    ///
    /// What `make` returns: that a file is damaged is told, and where.
    pub fn behind<R: Records, E>(
        &mut self,
        account: &mut Account,
        purpose: &str,
        make: fn(&mut T) -> Result<R, E>,
    ) -> Result<Private<R>, E> {
        account.keep(&self.about.name, purpose);
        make(&mut self.content).map(|records| Private::new(records, &self.about.name))
    }

    /// Says how many records there are, once they were counted.
    pub fn set_rows(&mut self, rows: u64) {
        self.about.rows = Some(rows);
    }

    /// Says which bytes were read, once they were hashed.
    pub fn set_sha256(&mut self, sha256: String) {
        self.about.sha256 = Some(sha256);
    }
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.about)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn sealed() -> Sealed<Vec<&'static str>> {
        let about = RealData {
            name: "table patients".into(),
            rows: Some(1),
            columns: 2,
            sha256: None,
        };
        Sealed::new(vec!["Ada Lovelace"], about)
    }

    #[test]
    fn what_is_printed_holds_no_record() {
        let text = format!("{:?} {:#?}", sealed(), sealed());
        assert!(
            text.contains("table patients: 1 row of 2 columns"),
            "{text}"
        );
        assert!(!text.contains("Ada"), "{text}");
    }

    #[test]
    fn every_way_in_is_entered() {
        let mut data = sealed();
        let mut ledger = Ledger::new();
        data.read(&mut ledger, "a", |_| ());
        data.open(&mut ledger, "b");
        data.open_mut(&mut ledger, "c");
        let upper = data
            .derive(&mut ledger, "d", |names| {
                let about = RealData {
                    name: "table names".into(),
                    rows: Some(1),
                    columns: 1,
                    sha256: None,
                };
                Ok::<_, ()>((names[0].to_uppercase(), about))
            })
            .unwrap();
        let purposes: Vec<&str> = ledger
            .entries()
            .iter()
            .map(|e| e.purpose.as_str())
            .collect();
        assert_eq!(purposes, ["a", "b", "c", "d"]);
        assert_eq!(upper.open(&mut ledger, "e"), "ADA LOVELACE");
        assert_eq!(ledger.entries()[4].what, "table names: 1 row of 1 column");
    }

    #[test]
    fn what_was_counted_later_is_said_from_then_on() {
        let mut data = Sealed::new(
            (),
            RealData {
                name: "table t".into(),
                rows: None,
                columns: 3,
                sha256: None,
            },
        );
        let mut ledger = Ledger::new();
        data.open(&mut ledger, "column kinds");
        data.set_rows(1200);
        data.open(&mut ledger, "counts");
        assert_eq!(ledger.entries()[0].what, "table t: 3 columns");
        assert_eq!(ledger.entries()[1].what, "table t: 1,200 rows of 3 columns");
    }
}
