//! Who owns whom, and the rows of a table with siblings together and in their order.

use population::Diagnostic;

use super::error::LinkedError;
use super::read::ReadTable;
use super::schema::{Schema, SchemaTable};
use crate::table::{Cells, Kind, Table};

/// A table as it is learned: siblings together, in their order.
pub(super) struct Sorted<'t> {
    pub table: &'t Table,
    /// The row of the table that comes at each place, and the place of each row.
    pub order: Vec<u32>,
    pub place: Vec<u32>,
    /// The place of each place's owner in the owner's table; empty without one.
    pub owners: Vec<u32>,
    /// The column in whose order siblings are.
    pub clock: Option<usize>,
}

impl Sorted<'_> {
    /// The table's rows, siblings together and in order.
    pub(super) fn taken(&self) -> Table {
        Table {
            columns: self.table.columns.clone(),
            cells: self
                .table
                .cells
                .iter()
                .map(|cells| cells.taken(&self.order))
                .collect(),
            rows: self.table.rows,
        }
    }
}

/// For each table which of its references is its owner.
pub(super) fn owners(
    schema: &Schema,
    read: &[ReadTable],
) -> Result<Vec<Option<usize>>, LinkedError> {
    let tables = &schema.tables;
    let mut owners: Vec<Option<usize>> = vec![None; tables.len()];
    for (index, table) in tables.iter().enumerate() {
        for (place, reference) in table.references.iter().enumerate() {
            let own = reference.table == index;
            let open = read[index].has_gaps(place) || own && read[index].has_loops(place);
            if tables[reference.table].public || open {
                continue;
            }
            // Upwards from the owner that it would be: does the way come back here?
            let mut at = Some(reference.table);
            let mut way = vec![table.name.as_str()];
            while let Some(above) = at.filter(|&above| above != index) {
                way.push(&tables[above].name);
                at = owners[above].map(|owner| tables[above].references[owner].table);
            }
            if at.is_some() {
                way.push(&table.name);
                return Err(LinkedError::Schema(vec![circle(
                    schema, table, place, &way,
                )]));
            }
            owners[index] = Some(place);
            break;
        }
    }
    Ok(owners)
}

pub(super) fn circle(
    schema: &Schema,
    table: &SchemaTable,
    place: usize,
    way: &[&str],
) -> Diagnostic {
    let column = &table.references[place].column;
    let message = if way.len() == 2 {
        format!(
            "every row of `{}` refers by `{}` to another row of it, so none could be the first",
            table.name, column.text
        )
    } else {
        format!(
            "tables refer to each other in a circle, {}, and none of these references is ever empty",
            way.join(" → ")
        )
    };
    schema.text.mistake(
        column.place,
        message,
        "leave one of the references out of the schema",
    )
}

/// Tables that are not public, each behind its owner.
pub(super) fn family_order(owners: &[Option<usize>], schema: &Schema) -> Vec<usize> {
    let mut order = Vec::new();
    let mut done = vec![false; owners.len()];
    while let Some(next) = (0..owners.len()).find(|&table| {
        let above = owners[table].map(|owner| schema.tables[table].references[owner].table);
        !done[table] && !schema.tables[table].public && above.is_none_or(|above| done[above])
    }) {
        done[next] = true;
        order.push(next);
    }
    order
}

/// Puts siblings together and in order.
pub(super) fn sort<'t>(
    index: usize,
    schema: &Schema,
    opened: &[&'t Table],
    read: &[ReadTable],
    owners: &[Option<usize>],
    sorted: &[Option<Sorted<'_>>],
) -> Result<Sorted<'t>, LinkedError> {
    let (table, about) = (opened[index], &schema.tables[index]);
    let mut order: Vec<u32> = (0..table.rows as u32).collect();
    let Some(owner) = owners[index] else {
        return Ok(Sorted {
            table,
            place: order.clone(),
            order,
            owners: Vec::new(),
            clock: None,
        });
    };
    let above = about.references[owner].table;
    let places = sorted[above]
        .as_ref()
        .map_or(&[][..], |sorted| &sorted.place);
    let own: Vec<u32> = read[index].links[owner]
        .iter()
        .map(|&row| places[row as usize])
        .collect();
    let clock = clock_of(schema, about, table)?;
    let times = clock.and_then(|column| match &table.cells[column] {
        Cells::Numbers { values, .. } => Some(values),
        _ => None,
    });
    order.sort_by(|&a, &b| {
        let by_owner = own[a as usize].cmp(&own[b as usize]);
        by_owner.then_with(|| match times {
            // What is missing is last: nothing is greater than a positive not-a-number.
            Some(times) => {
                let time = |row: u32| match times[row as usize] {
                    value if value.is_nan() => f64::NAN,
                    value => value,
                };
                time(a).total_cmp(&time(b))
            }
            None => std::cmp::Ordering::Equal,
        })
    });
    let mut place = vec![0; order.len()];
    for (at, &row) in order.iter().enumerate() {
        place[row as usize] = at as u32;
    }
    let owners = order.iter().map(|&row| own[row as usize]).collect();
    Ok(Sorted {
        table,
        order,
        place,
        owners,
        clock,
    })
}

/// The column that siblings are in order of: the one that the schema names, else the first moment.
pub(super) fn clock_of(
    schema: &Schema,
    about: &SchemaTable,
    table: &Table,
) -> Result<Option<usize>, LinkedError> {
    let Some(named) = &about.order_by else {
        return Ok(table
            .columns
            .iter()
            .position(|column| matches!(&column.kind, Kind::Moment(format) if format.has_date())));
    };
    let found = table.position(&named.text);
    let fits = found.filter(|&column| {
        let column = &table.columns[column];
        matches!(column.kind, Kind::Number(_) | Kind::Moment(_)) && column.codes.is_empty()
    });
    if fits.is_some() {
        return Ok(fits);
    }
    let kind = found.map_or("left out", |column| table.columns[column].kind.word());
    let message = format!(
        "`{}` is no order: the column is of kind `{kind}`",
        named.text
    );
    let hint = "rows are in order of a column of numbers or moments; say so under `columns:` where it is one";
    Err(LinkedError::Schema(vec![schema.text.mistake(
        named.place,
        message,
        hint,
    )]))
}
