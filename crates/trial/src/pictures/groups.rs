//! Groups of real pictures: a table beside them, with a row for each.

use std::path::Path;

use check::texts_of;

use crate::plan::PlanError;
use crate::work::Grouping;

/// More values than this are no groups.
const MOST: usize = 40;

/// Reads `groups.csv` beside a hold-out's file, or in its folder: columns by name, a row for each sample in its order. Nothing where no groups are asked for.
///
/// # Errors
///
/// No such file, a column that it does not have, more than 40 values.
pub(super) fn read(holdout: &Path, columns: &[String]) -> Result<Vec<Grouping>, PlanError> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let folder = if holdout.is_dir() {
        holdout
    } else {
        holdout.parent().unwrap_or(Path::new(""))
    };
    let path = folder.join("groups.csv");
    let fault = |what: String| {
        PlanError::new(
            format!("{}: {what}", path.display()),
            "`groups` of pictures are columns of groups.csv beside the hold-out, with a row for each of its pictures, in order",
        )
    };
    let (names, values) = texts_of(&path).map_err(|error| fault(error.to_string()))?;
    columns
        .iter()
        .map(|column| {
            let at = names
                .iter()
                .position(|name| name == column)
                .ok_or_else(|| fault(format!("it has no column `{column}`")))?;
            let mut groups: Vec<&String> =
                values[at].iter().filter(|text| !text.is_empty()).collect();
            groups.sort_unstable();
            groups.dedup();
            if groups.len() > MOST {
                return Err(fault(format!("`{column}` has more than {MOST} values")));
            }
            Ok(Grouping {
                column: column.clone(),
                names: groups
                    .iter()
                    .map(|group| format!("{column} = {group}"))
                    .collect(),
                of: values[at]
                    .iter()
                    .map(|text| groups.iter().position(|group| *group == text))
                    .collect(),
            })
        })
        .collect()
}
