//! The colour of a person's hair, and every place it shows: cards of the pack, strands of beard, roots in the skin, lashes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use glam::{Vec2, Vec3};
use population::row::{Row, RowError};
use population::stream::{Seed, Streams};
use scene::material::{Interior, NearInfrared};
use scene::texture::Texels;
use scene::{Material, Texture};

use crate::beard::strands::HeadAxes;
use crate::beard::{self, BeardStyle};
use crate::error::StagingError;
use crate::hair_colour::{HairPigment, StrandDetail};
use crate::person::Person;
use crate::skin::HairShadow;
use crate::stage::{PeopleStage, PlacedSkin, SceneBuilder};
use crate::textures::{TextureCache, once};
use crate::wardrobe::item_texture;
use crate::worn::Worn as Accessories;
use body::AssetError;
use body::proxy::Proxy;

/// Roughness of healthy hair along the strand; see `render`'s fibre lobes.
const STRAND_ROUGHNESS: f32 = 0.38;
/// Refraction of keratin.
const KERATIN_IOR: f32 = 1.55;

/// What the pack's hair pictures hold, taken out once.
#[derive(Debug, Default)]
pub(crate) struct StrandCache {
    strands: Mutex<BTreeMap<PathBuf, Arc<StrandDetail>>>,
    lashes: Mutex<BTreeMap<PathBuf, Arc<Texture>>>,
}

impl StrandCache {
    fn get(&self, textures: &TextureCache, path: &Path) -> Result<Arc<StrandDetail>, AssetError> {
        once(&self.strands, path, |path| {
            StrandDetail::new(&*textures.colour(path)?)
                .map_err(|error| AssetError::malformed(path, error.to_string()))
        })
    }

    /// A lash picture of which only [`LASH_SHARE`] is left.
    fn lashes(&self, textures: &TextureCache, path: &Path) -> Result<Arc<Texture>, AssetError> {
        once(&self.lashes, path, |path| {
            let painted = textures.colour(path)?;
            let Texels::Srgba8(texels) = &painted.texels else {
                return Err(AssetError::malformed(
                    path,
                    "lashes must hold 8-bit colour with alpha",
                ));
            };
            let thinned = texels
                .iter()
                .map(|&[r, g, b, alpha]| [r, g, b, (f32::from(alpha) * LASH_SHARE).round() as u8])
                .collect();
            Ok(Texture {
                width: painted.width,
                height: painted.height,
                texels: Texels::Srgba8(thinned),
            })
        })
    }
}

/// What is in this person's hair.
pub(crate) fn pigment(row: &Row) -> Result<HairPigment, RowError> {
    Ok(HairPigment {
        melanin: row.number("hair.melanin")? as f32,
        redness: row.number("hair.redness")? as f32,
        grey: row.number("hair.greyness")? as f32,
    })
}

fn fibre(name: &str, colour: Arc<Texture>) -> Material {
    Material {
        name: name.to_owned(),
        base_color: Vec3::ONE,
        base_color_texture: Some(colour),
        roughness: STRAND_ROUGHNESS,
        ior: KERATIN_IOR,
        interior: Interior::Fibre,
        // Black hair is a dark brown there, grey hair white: eumelanin absorbs a third as much as in red light (Jacques 2013).
        near_infrared: Some(NearInfrared::FromVisible {
            low: 0.22,
            high: 0.8,
        }),
        ..Material::default()
    }
}

/// Cards of the pack (hair styles, brows) in this person's colour.
pub(crate) fn card_material(
    stage: &PeopleStage,
    item: &Proxy,
    pigment: &HairPigment,
) -> Result<Material, StagingError> {
    let detail = stage
        .strands
        .get(&stage.textures, &item_texture(stage, item)?)?;
    let texture = Arc::new(detail.tint(pigment));
    Ok(Material {
        alpha: Some(Arc::clone(&texture)),
        ..fibre(&item.name, texture)
    })
}

/// Share of the painted lashes that is kept: the pack's are made up.
const LASH_SHARE: f32 = 0.55;

/// Lashes are dark on nearly everybody.
pub(crate) fn lash_material(stage: &PeopleStage, item: &Proxy) -> Result<Material, StagingError> {
    let path = item_texture(stage, item)?;
    // Labels count a lash where the painting was more than half opaque.
    Ok(Material {
        name: item.name.clone(),
        base_color: Vec3::splat(0.03),
        alpha: Some(stage.strands.lashes(&stage.textures, &path)?),
        alpha_threshold: 0.5 * LASH_SHARE,
        roughness: 0.5,
        specular: 0.3,
        near_infrared: Some(NearInfrared::Reflectance(0.12)),
        ..Material::default()
    })
}

fn beard_style(row: &Row) -> Result<BeardStyle, RowError> {
    Ok(match row.category("facial_hair")? {
        "stubble" => BeardStyle::Stubble,
        "moustache" => BeardStyle::Moustache,
        "goatee" => BeardStyle::Goatee,
        "short_beard" => BeardStyle::ShortBeard,
        "full_beard" => BeardStyle::FullBeard,
        _ => BeardStyle::None,
    })
}

/// Roots in the skin: under the brows and the head's hair, and where a beard grows or was shaved.
pub(crate) fn shadow(row: &Row) -> Result<HairShadow, RowError> {
    let pigment = pigment(row)?;
    let style = row.category("hair.style")?;
    let scalp = if style == "bald" { 0.12 } else { 0.8 };
    let rest = HairShadow {
        scalp,
        brow: 0.35,
        colour: pigment.mean(),
        ..HairShadow::default()
    };
    let beard = beard_style(row)?;
    // Women and children have no shaven beard to show.
    let grows = row.category("sex")? == "male" && row.number("age_years")? >= 17.0
        || beard != BeardStyle::None;
    Ok(if grows {
        beard::shadow(
            beard,
            row.number("facial_hair.density")? as f32,
            &pigment,
            &rest,
        )
    } else {
        rest
    })
}

/// Grows the beard on the posed `skin`, under a mask where there is one.
pub(crate) fn add_beard(
    builder: &mut SceneBuilder,
    row: &Row,
    person: &Person,
    skin: &PlacedSkin,
    accessories: Option<&Accessories>,
) -> Result<(), RowError> {
    let style = beard_style(row)?;
    if !style.has_strands() {
        return Ok(());
    }
    let own = Streams::new(Seed(row.integer("identity")?.unsigned_abs()), 0);
    let (mut places, mut colours) = (own.stream("beard/strands"), own.stream("beard/colours"));
    let (short, long) = style.length_m();
    let length = own.stream("beard/length").range(
        f64::from(short),
        f64::from(long).max(f64::from(short) + 1e-6),
    ) as f32;
    let axis = |v: glam::DVec3| v.as_vec3();
    let axes = HeadAxes {
        left: axis(person.world_from_head.x_axis),
        up: axis(person.world_from_head.y_axis),
        forward: axis(person.world_from_head.z_axis),
    };
    let mut mesh = beard::beard(
        &skin.mesh(),
        &axes,
        style,
        length,
        row.number("facial_hair.density")? as f32,
        &mut || places.uniform(),
    );
    if mesh.triangles.is_empty() {
        return Ok(());
    }
    if let Some(accessories) = accessories {
        accessories.press_beard(&mut mesh);
    }
    // Fibres run along v for the renderer; `grow` lays them along u.
    for uv in &mut mesh.uvs {
        *uv = Vec2::new(uv.y, uv.x);
    }
    let column = beard::strand_colours(&pigment(row)?, &mut || colours.uniform());
    let material = builder.material(fibre(
        "beard",
        Arc::new(Texture {
            width: column.height,
            height: column.width,
            texels: column.texels,
        }),
    ));
    builder.object("beard", mesh, material);
    Ok(())
}
