//! Finding what a user meant by a name that does not exist.

use crate::attribute::{Attribute, Kind, SECTIONS, Schema};
use crate::diagnostic::nearest;

/// Endings of names that are units, longest first, with the SI (or other common) unit and the factor to it.
const UNITS: [(&str, &str, f64); 26] = [
    ("kg_m2", "kg/m²", 1.0),
    ("percent", "share", 0.01),
    ("degrees", "rad", 0.017_453_292_519_943_295),
    ("radians", "rad", 1.0),
    ("months", "s", 2_629_800.0),
    ("years", "s", 31_557_600.0),
    ("meters", "m", 1.0),
    ("metres", "m", 1.0),
    ("pixels", "px", 1.0),
    ("deg", "rad", 0.017_453_292_519_943_295),
    ("rad", "rad", 1.0),
    ("inch", "m", 0.0254),
    ("feet", "m", 0.3048),
    ("lbs", "kg", 0.453_592_37),
    ("px", "px", 1.0),
    ("mm", "m", 0.001),
    ("cm", "m", 0.01),
    ("um", "m", 1e-6),
    ("nm", "m", 1e-9),
    ("km", "m", 1000.0),
    ("kg", "kg", 1.0),
    ("ms", "s", 0.001),
    ("ev", "ev", 1.0),
    ("m", "m", 1.0),
    ("g", "kg", 0.001),
    ("s", "s", 1.0),
];

/// A name without its unit, and the unit's place in [`UNITS`].
fn split_unit(name: &str) -> (&str, Option<usize>) {
    UNITS
        .iter()
        .enumerate()
        .find_map(|(unit, (suffix, ..))| {
            let stem = name.strip_suffix(suffix)?.strip_suffix('_')?;
            (!stem.is_empty()).then_some((stem, Some(unit)))
        })
        .unwrap_or((name, None))
}

/// What to write instead of a name that the schema does not have; empty when nothing is near.
pub(super) fn attribute_hint(written: &str, section: &str, schema: &Schema) -> String {
    let full = full_name(written, section);
    let (stem, unit) = split_unit(&full);
    // The right quantity in another unit, or without any.
    if let Some(attribute) = schema
        .attributes
        .iter()
        .find(|attribute| split_unit(attribute.name).0 == stem)
    {
        return unit_hint(attribute, unit, section);
    }
    // The last part of a dotted name alone: `yaw_deg` for `head.yaw_deg`.
    let endings: Vec<&Attribute> = schema
        .attributes
        .iter()
        .filter(|attribute| {
            attribute
                .name
                .rsplit_once('.')
                .is_some_and(|(_, last)| last == written)
        })
        .collect();
    match endings.as_slice() {
        [] => {}
        [only] => return write_hint(only, section),
        [first, second, ..] => {
            return format!(
                "say of what: {} or {}",
                shown(first, section),
                shown(second, section)
            );
        }
    }
    // The first part alone: `head: {yaw_deg: …}`.
    let prefix = format!("{full}.");
    if let Some(attribute) = schema
        .attributes
        .iter()
        .find(|attribute| attribute.name.starts_with(&prefix))
    {
        return format!(
            "write the whole name in one, such as {}",
            shown(attribute, section)
        );
    }
    nearest(
        &full,
        schema.attributes.iter().map(|attribute| attribute.name),
    )
    .and_then(|name| schema.attribute(name))
    .map_or_else(String::new, |attribute| {
        format!("did you mean {}?", shown(attribute, section))
    })
}

/// The dotted name of a key that stands in `section`; in `given`, `grid` and `pair` (section "") names are always whole.
pub(super) fn full_name(written: &str, section: &str) -> String {
    if SECTIONS.contains(&section) {
        format!("{section}.{written}")
    } else {
        written.to_owned()
    }
}

fn unit_hint(attribute: &Attribute, written: Option<usize>, section: &str) -> String {
    let (_, wanted) = split_unit(attribute.name);
    match (
        written.map(|unit| UNITS[unit]),
        wanted.map(|unit| UNITS[unit]),
    ) {
        (Some((from, base, factor)), Some((to, other_base, other_factor)))
            if base == other_base && from != to =>
        {
            let times = factor / other_factor;
            let times = if times >= 100.0 {
                format!("{}", times.round())
            } else {
                format!("{times:.6}")
            };
            let times = if times.contains('.') {
                times.trim_end_matches('0').trim_end_matches('.')
            } else {
                &times
            };
            format!(
                "{}; 1 {from} is {times} {to}",
                write_hint(attribute, section)
            )
        }
        _ => match attribute.kind {
            Kind::Number { unit, .. } | Kind::Integer { unit, .. } if !unit.is_empty() => {
                format!("{}, in {unit}", write_hint(attribute, section))
            }
            _ => write_hint(attribute, section),
        },
    }
}

fn write_hint(attribute: &Attribute, section: &str) -> String {
    format!("write {}", shown(attribute, section))
}

/// The key, and its section where that is another than the one the user wrote in.
pub(super) fn shown(attribute: &Attribute, section: &str) -> String {
    let (home, key) = attribute.section_and_key();
    if section.is_empty() {
        format!("`{}`", attribute.name)
    } else if home == section {
        format!("`{key}`")
    } else {
        format!("`{key}` in the section `{home}:`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_units_come_before_their_own_endings() {
        for (i, (long, ..)) in UNITS.iter().enumerate() {
            for (short, ..) in &UNITS[..i] {
                assert!(
                    !long.ends_with(&format!("_{short}")),
                    "`{long}` would be read as `{short}`"
                );
            }
        }
        assert_eq!(split_unit("bmi_kg_m2").0, "bmi");
        assert_eq!(split_unit("camera.focal_mm").0, "camera.focal");
        assert_eq!(split_unit("sex").0, "sex");
    }
}
