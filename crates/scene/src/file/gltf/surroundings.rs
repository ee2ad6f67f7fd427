//! What is around everything: environment and fog, in files we wrote.
use glam::{Quat, Vec3};

use super::accessor::Accessors;
use super::extras::{OfEnvironment, OfFog};
use super::json::Root;
use crate::Environment;
use crate::file::limits::Budget;
use crate::file::{FileError, Model, textures};
use crate::light::{Backdrop, Fog, Portal};

/// Environment and fog of the scene that is drawn.
pub(super) fn surroundings(
    root: &Root,
    accessors: &Accessors<'_>,
    model: &mut Model,
    budget: &mut Budget,
) -> Result<(), FileError> {
    let scene = root.scenes.get(root.scene.unwrap_or(0));
    let Some(extras) = scene.and_then(|scene| scene.extras.0.as_ref()) else {
        return Ok(());
    };
    if let Some(from) = &extras.environment {
        model.environment = Some(environment(from, accessors, budget)?);
    }
    model.fog = extras.fog.as_ref().map(fog);
    Ok(())
}

fn environment(
    from: &OfEnvironment,
    accessors: &Accessors<'_>,
    budget: &mut Budget,
) -> Result<Environment, FileError> {
    let place = "environment";
    let bytes = accessors.view(place, from.buffer_view)?;
    let turn = Quat::from_array(from.world_from_environment);
    if !(turn.is_finite() && turn.length_squared() > 0.0) {
        return Err(FileError::new(
            place,
            format!("its rotation is {turn}, which is none"),
        ));
    }
    Ok(Environment {
        scale: from.scale,
        // One that is written and read stays the same bits.
        world_from_environment: if turn.is_normalized() {
            turn
        } else {
            turn.normalize()
        },
        backdrop: from.backdrop.map_or(Backdrop::Environment, |colour| {
            Backdrop::Colour(Vec3::from_array(colour))
        }),
        portals: from
            .portals
            .iter()
            .map(|portal| {
                let [corner, edge_u, edge_v] = portal.map(Vec3::from_array);
                Portal {
                    corner,
                    edge_u,
                    edge_v,
                }
            })
            .collect(),
        ..Environment::new(textures::decode(place, bytes, budget)?)
    })
}

fn fog(from: &OfFog) -> Fog {
    Fog {
        extinction_per_m: from.extinction_per_m,
        albedo: Vec3::from_array(from.albedo),
        forward: from.forward,
        bounds: [from.low, from.high].map(Vec3::from_array),
    }
}
