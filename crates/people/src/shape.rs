//! Whose body it is: a row's numbers and, where it names a scan, the scan.

use std::cell::Cell;

use body::BodyModel;
use body::figure::{self, Figure};
use body::identity::Identity;
use body::phenotype::Phenotype;
use glam::Vec3;
use population::row::{Row, Value};
use scan::local::Local;

use crate::attributes::scanned::{ALIKE, NONE};
use crate::error::StagingError;
use crate::sources::Sources;

/// The shaped body of a row.
///
/// A scanned person of whom the row says nothing else than the scan does is as they were scanned, to the last vertex. With another age, weight or
/// the like they keep what is their own: local shape and the surface's residual.
pub(crate) fn figure(
    model: &BodyModel,
    row: &Row,
    sources: &Sources,
) -> Result<Figure, StagingError> {
    let phenotype = phenotype(row)?;
    let name = row.category("scan")?;
    let local = match name {
        NONE => None,
        ALIKE => {
            let identity = row.integer("identity")?.unsigned_abs();
            let local = sources.alike(identity);
            Some(local.ok_or_else(|| gone(name))?)
        }
        _ => {
            let (person, facts) = sources.person(name).ok_or_else(|| gone(name))?;
            let (other, share) = (row.category("scan.mix_with")?, row.number("scan.mix")?);
            if other == NONE || other == name || share <= 0.0 {
                if says(row, facts)? {
                    let shape = person.shape(model).map_err(|error| unfit(name, &error))?;
                    return Ok(Figure::measured(model, shape, f64::from(person.scale)));
                }
                Some(Local::of(person))
            } else {
                let (with, _) = sources.person(other).ok_or_else(|| gone(other))?;
                Some(Local::between(person, with, share as f32))
            }
        }
    };
    let identity = Identity::draw(
        row.integer("identity")?,
        row.number("identity.distinctiveness")? * spread(&phenotype),
    );
    let failed = Cell::new(None);
    let shape = |positions: &mut [Vec3]| match &local {
        Some(local) => failed.set(local.apply(model, positions).err()),
        None => identity.apply(model, positions),
    };
    let (height_cm, bmi_kg_m2) = (row.number("height_cm")?, row.number("bmi_kg_m2")?);
    let figure = figure::solve(model, &phenotype, shape, height_cm, bmi_kg_m2);
    match failed.take() {
        Some(error) => Err(unfit(name, &error)),
        None => Ok(figure),
    }
}

fn phenotype(row: &Row) -> Result<Phenotype, StagingError> {
    let side = if row.category("sex")? == "male" {
        1.0
    } else {
        -1.0
    };
    let mix = row.mix("ancestry")?;
    Ok(Phenotype {
        age_years: row.number("age_years")?,
        masculinity: 0.5 + 0.5 * side * row.number("sex_typicality")?,
        ancestry: std::array::from_fn(|i| mix.get(i).copied().unwrap_or(0.0)),
        muscle: row.number("muscle")?,
        proportions: row.number("proportions")?,
    })
}

/// Children's faces differ less than their parents'.
fn spread(phenotype: &Phenotype) -> f64 {
    if phenotype.age_years < 12.0 { 0.7 } else { 1.0 }
}

/// Whether a row says of its person exactly what the scan does.
fn says(row: &Row, facts: &[(&'static str, Value)]) -> Result<bool, StagingError> {
    for (name, value) in facts.iter().filter(|(name, _)| *name != "skin_tone") {
        let same = match value {
            Value::Number(x) => row.number(name)?.to_bits() == x.to_bits(),
            Value::Category(x) => row.category(name)? == x,
            Value::Mix(x) => row.mix(name)? == x.as_slice(),
            // Moles and beard are no matter of shape, nor is tone.
            Value::Integer(_) => true,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

fn gone(name: &str) -> StagingError {
    StagingError::Source(
        format!("the row asks for `{name}`, which is not among the recipe's sources"),
        "name the file under `sources`; what was withdrawn is made no more",
    )
}

/// A scan that does not go with the body model.
pub(crate) fn unfit(name: &str, error: &scan::PersonError) -> StagingError {
    StagingError::Source(format!("{name}: {error}"), error.hint())
}
