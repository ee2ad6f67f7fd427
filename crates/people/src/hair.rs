//! Hair on cards of the pack, and the shade that very short hair leaves on skin.

use std::sync::Arc;

use glam::Vec3;
use population::row::{Row, RowError};
use scene::Material;
use scene::material::Interior;

use crate::body::proxy::Proxy;
use crate::skin::HairShadow;
use crate::stage::{PeopleStage, StagingError};
use crate::wardrobe::item_texture;

fn colour(row: &Row) -> Result<Vec3, RowError> {
    let melanin = row.number("hair.melanin")? as f32;
    Ok(Vec3::new(0.5, 0.35, 0.2) * (1.0 - melanin).powi(2) + Vec3::splat(0.02))
}

pub(crate) fn card_material(stage: &PeopleStage, item: &Proxy, row: &Row, _greys: bool) -> Result<Material, StagingError> {
    let texture = stage.textures.colour(&item_texture(stage, item)?)?;
    Ok(Material {
        name: item.name.clone(),
        base_color: colour(row)? * 2.0,
        base_color_texture: Some(Arc::clone(&texture)),
        alpha: Some(texture),
        roughness: 0.45,
        interior: Interior::Fibre,
        ..Material::default()
    })
}

pub(crate) fn lash_material(stage: &PeopleStage, item: &Proxy) -> Result<Material, StagingError> {
    let texture = stage.textures.colour(&item_texture(stage, item)?)?;
    Ok(Material { name: item.name.clone(), base_color: Vec3::splat(0.03), alpha: Some(texture), roughness: 0.5, ..Material::default() })
}

pub(crate) fn shadow(row: &Row) -> Result<HairShadow, RowError> {
    let colour = colour(row)?;
    let density = row.number("facial_hair.density")? as f32;
    let beard = if row.category("facial_hair")? == "stubble" { density } else { 0.0 };
    Ok(HairShadow { scalp: 0.0, brow: 0.0, moustache: beard, chin: beard, cheek: beard, under_jaw: beard, sideburn: beard, colour })
}
