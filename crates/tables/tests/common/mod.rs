//! Columns and cells that several tests build tables from.

use privacy::{RealData, Sealed};
use tables::{Cells, Column, Kind, Storage, Table};

pub(crate) fn column(name: &str, kind: Kind) -> Column {
    Column {
        name: name.to_owned(),
        kind,
        missing: None,
        codes: Vec::new(),
        storage: Storage::Text,
    }
}

pub(crate) fn levels(names: &[&str], codes: Vec<u32>) -> Cells {
    Cells::Levels {
        codes,
        levels: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

pub(crate) fn numbers(values: Vec<f64>) -> Cells {
    Cells::Numbers {
        values,
        special: Vec::new(),
    }
}

pub(crate) fn sealed(name: &str, table: Table) -> Sealed<Table> {
    let about = RealData {
        name: format!("table {name}"),
        rows: Some(table.rows as u64),
        columns: table.columns.len() as u64,
        sha256: None,
    };
    Sealed::new(table, about)
}
