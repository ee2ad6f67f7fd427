//! The colour of a person's hair, and every place it shows: cards of the pack, strands of head, beard and brows, roots in the skin, lashes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use glam::{DVec3, Vec3};
use population::row::{Row, RowError};
use population::stream::{Seed, Streams};
use scene::fibre::Strands;
use scene::material::{Interior, NearInfrared};
use scene::mesh::{Mesh, Part};
use scene::texture::Texels;
use scene::{Camera, Fibres, Material, Texture};

use crate::beard::strands::HeadAxes;
use crate::beard::{self, BeardStyle, Brows};
use crate::error::StagingError;
use crate::groom;
use crate::hair_colour::{HairPigment, StrandDetail};
use crate::person::Person;
use crate::skin::HairShadow;
use crate::stage::{PeopleStage, PlacedSkin, SceneBuilder};
use crate::textures::{TextureCache, once};
use crate::wardrobe::item_texture;
use crate::worn::{Head, Worn as Accessories};
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

/// Single hairs; their colours are tints.
fn strand_material(name: &str) -> Material {
    Material {
        name: name.to_owned(),
        base_color: Vec3::ONE,
        roughness: 0.3,
        ior: KERATIN_IOR,
        interior: Interior::Hair {
            azimuthal_roughness: 0.3,
            scale_tilt: 2_f32.to_radians(),
        },
        near_infrared: Some(NearInfrared::Reflectance(1.0)),
        ..Material::default()
    }
}

/// A strand's tint for the row's camera. In the near infrared black hair is a dark brown, grey hair white; see [`fibre`].
pub(crate) fn tint(colour: Vec3, near_infrared: bool) -> Vec3 {
    if near_infrared {
        Vec3::splat(0.22 + 0.58 * colour.dot(Vec3::new(0.2126, 0.7152, 0.0722)))
    } else {
        colour
    }
}

fn is_near_infrared(row: &Row) -> Result<bool, RowError> {
    Ok(row.category("camera.wavelength")? == "near_infrared")
}

/// Adds strands whose tints are set to the scene.
fn add_strands(builder: &mut SceneBuilder, name: &str, strands: Strands, part: Part) {
    // A tuft of nothing is no tuft.
    if strands.first.len() < 2 {
        return;
    }
    let material = builder.material(strand_material(name));
    builder.fibres.push(Fibres {
        name: name.to_owned(),
        strands: Arc::new(strands),
        material,
        instance: builder.instance,
        part,
    });
}

/// Grows the head's hair, where the row asks for a style that grows.
pub(crate) fn grown(
    stage: &PeopleStage,
    row: &Row,
    person: &Person,
    skin: &PlacedSkin,
    head: &dyn Fn() -> Head,
    clothes: &[&Mesh],
    camera: &Camera,
) -> Result<Option<Strands>, RowError> {
    let Some(asked) = groom::Asked::of(row, pigment(row)?)? else {
        return Ok(None);
    };
    let seen = groom::pixels_per_metre(camera, person.aim(&stage.model).eyes());
    let on = groom::Grown {
        model: &stage.model,
        roots: &stage.roots,
        head: &head(),
        person,
        skin,
        clothes,
        pixels_per_metre: seen,
    };
    let mut strands = on.grow(&asked, row.integer("identity")?.unsigned_abs());
    let near_infrared = is_near_infrared(row)?;
    for colour in &mut strands.tints {
        *colour = tint(*colour, near_infrared);
    }
    Ok(Some(strands))
}

/// Adds the head's grown hair to the scene, pressed under what is worn.
pub(crate) fn add_grown(
    builder: &mut SceneBuilder,
    mut strands: Strands,
    accessories: Option<&Accessories>,
) {
    if let Some(accessories) = accessories {
        if accessories.hides_hair {
            return;
        }
        accessories.press(&mut strands.points);
    }
    add_strands(builder, "hair", strands, Part::Hair);
}

/// Grows both eyebrows, where the row asks for grown ones.
pub(crate) fn add_brows(
    builder: &mut SceneBuilder,
    row: &Row,
    person: &Person,
    skin: &PlacedSkin,
) -> Result<(), RowError> {
    if row.category("brows.style")? != "grown" {
        return Ok(());
    }
    let own = Streams::new(Seed(row.integer("identity")?.unsigned_abs()), 0);
    let mut shape = own.stream("brows/shape");
    let brows = Brows {
        thickness: row.number("brows.thickness")? as f32,
        length_m: shape.range(0.006, 0.010) as f32,
        raise_m: shape.normal_within(0.0, 0.001, -0.002, 0.002) as f32,
    };
    let axes = axes(person);
    let pigment = brow_pigment(row)?;
    let near_infrared = is_near_infrared(row)?;
    let (mesh, mut places) = (skin.mesh(), own.stream("brows/strands"));
    let mut colours = own.stream("brows/colours");
    for (name, part, left) in [
        ("brows/right", Part::RightBrow, false),
        ("brows/left", Part::LeftBrow, true),
    ] {
        let mut strands = beard::brow(&mesh, &axes, &brows, left, &mut || places.uniform());
        strands.tints = colours_of(&strands, &pigment, near_infrared, &mut || colours.uniform());
        add_strands(builder, name, strands, part);
    }
    Ok(())
}

/// Brows grey later and less than the head's hair.
pub(crate) fn brow_pigment(row: &Row) -> Result<HairPigment, RowError> {
    let pigment = pigment(row)?;
    Ok(HairPigment {
        grey: 0.5 * pigment.grey,
        ..pigment
    })
}

fn colours_of(
    strands: &Strands,
    pigment: &HairPigment,
    near_infrared: bool,
    uniform: &mut dyn FnMut() -> f64,
) -> Vec<Vec3> {
    let count = strands.first.len() - 1;
    let colours = beard::strand_colours(pigment, count, uniform);
    colours
        .into_iter()
        .map(|colour| tint(colour, near_infrared))
        .collect()
}

fn axes(person: &Person) -> HeadAxes {
    let [left, up, forward] = [
        person.world_from_head.x_axis,
        person.world_from_head.y_axis,
        person.world_from_head.z_axis,
    ]
    .map(DVec3::as_vec3);
    HeadAxes { left, up, forward }
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
    let scalp = if style == "bald" {
        0.12
    } else if groom::style::named(style).is_some() {
        // Where hair is lost, so are its roots.
        0.8 - 0.6 * row.number("hair.balding")? as f32
    } else {
        0.8
    };
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
    let mut strands = beard::beard(
        &skin.mesh(),
        &axes(person),
        style,
        length,
        row.number("facial_hair.density")? as f32,
        &mut || places.uniform(),
    );
    if let Some(accessories) = accessories {
        accessories.press_beard(&mut strands.points);
    }
    strands.tints = colours_of(
        &strands,
        &pigment(row)?,
        is_near_infrared(row)?,
        &mut || colours.uniform(),
    );
    add_strands(builder, "beard", strands, Part::Beard);
    Ok(())
}
