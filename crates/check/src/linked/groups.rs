//! Whether linked tables are as good for all groups.

use super::Set;
use super::join::one_of_each;
use crate::fairness;
use crate::finding::Finding;
use crate::ground::Ground;
use crate::report::Settings;

/// Fairness of a table by the protected columns that it or its owner has; `None` where neither has one.
///
/// Rows of one owner are not independent, and an owner with many of them would count for many. So what has an owner is judged by one random row of each.
pub(super) fn findings(
    set: &Set<'_>,
    table: usize,
    alone: &Ground,
    settings: &Settings,
) -> Option<Vec<Finding>> {
    let reference = set.references(table).next();
    let joined = reference.and_then(|of| {
        let each = |members| one_of_each(set.links, &of, members, set.seed);
        let (real, made) = (each(set.real)?, each(set.made)?);
        let fresh = set.fresh.and_then(each);
        Some(Ground::new(&real, &made, fresh.as_ref(), set.seed))
    });
    let ground = joined.as_ref().unwrap_or(alone);
    let owner = reference.map(|of| set.name(of.parent));
    let place = |name: &String| {
        let of_table = name.strip_prefix(&format!("{}.", set.name(table)));
        let of_owner = || ground.position(&format!("{}.{name}", owner?));
        ground
            .position(of_table.unwrap_or(name))
            .or_else(|| ground.position(name))
            .or_else(of_owner)
    };
    let protect: Vec<usize> = settings.protect.iter().filter_map(place).collect();
    if protect.is_empty() {
        return None;
    }
    let targets: Vec<usize> = settings
        .target
        .iter()
        .filter_map(|name| {
            let of_table = name.strip_prefix(&format!("{}.", set.name(table)));
            ground.position(of_table.unwrap_or(name))
        })
        .collect();
    Some(fairness::findings(ground, &protect, &targets, set.seed))
}
