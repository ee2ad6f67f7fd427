//! What clothes are made of: fabrics laid on the pack's garments in metres of cloth, the pack's sewn folds, and wrinkles where the pose presses cloth together.
//!
//! [`Tailor::material`] is the way in: a colour texture and a height texture in the garment's own picture, beside the pack's normals. `layout` knows where pieces of
//! cloth lie in it, `pattern` the fabrics, `wrinkles` what the pose does. Shoes stay as the pack painted them, but for dye.

mod layout;
mod pattern;
mod wrinkles;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use glam::{Vec2, Vec3};
use population::row::{Row, RowError};
use scene::material::{Bump, NormalMap, Sheen};
use scene::texture::Texels;
use scene::{Material, Texture};

use crate::person::Person;
use crate::textures::{Shared, TextureCache, once};
use crate::worn::colour;
use body::AssetError;
use body::BodyModel;
use body::proxy::Proxy;
use layout::{Island, Layout, raster};
use pattern::{Fabric, Weave};
use wrinkles::Wrinkles;

/// What no person changes about garments, worked out at first need.
#[derive(Debug, Default)]
pub(crate) struct Tailor {
    layouts: Mutex<BTreeMap<String, Arc<Layout>>>,
    normals: Shared<Texture>,
}

/// A garment on a person.
pub(crate) struct Worn<'a> {
    pub(crate) item: &'a Proxy,
    pub(crate) person: &'a Person,
    /// Its picture in the pack, and the same dyed.
    pub(crate) picture: &'a Path,
    pub(crate) dyed: &'a Texture,
}

/// Bends the pack's normals, which are shallow, further.
const FOLDS: f32 = 1.35;
/// How much of the pack's occlusion is laid over a fabric, whose folds are lit anyway.
const OCCLUSION: f32 = 0.75;
/// Width of the grid that wrinkles are weighed on.
const WRINKLE_GRID: usize = 256;

/// Fabrics of what is below the waist and of what is above.
struct Fabrics {
    lower: Fabric,
    upper: Fabric,
}

impl Fabrics {
    fn of(row: &Row) -> Result<Self, RowError> {
        let saturation = row.number("clothing.saturation")?;
        let upper = Fabric {
            weave: weave(row.category("clothing.fabric")?),
            ground: colour(
                row.number("clothing.hue_deg")?,
                saturation,
                row.number("clothing.lightness")?,
            ),
            second: colour(
                row.number("clothing.second_hue_deg")?,
                saturation,
                row.number("clothing.second_lightness")?,
            ),
            repeat_m: row.number("clothing.pattern_mm")? as f32 / 1000.0,
        };
        let lower = Fabric {
            weave: weave(row.category("clothing.lower_fabric")?),
            ground: colour(
                row.number("clothing.lower_hue_deg")?,
                row.number("clothing.lower_saturation")?,
                row.number("clothing.lower_lightness")?,
            ),
            ..upper
        };
        Ok(Self { lower, upper })
    }

    fn on(&self, island: &Island) -> &Fabric {
        if island.is_upper {
            &self.upper
        } else {
            &self.lower
        }
    }

    /// Whether any colour is laid over the pack's.
    fn paint(&self) -> bool {
        self.lower.weave != Weave::Painted || self.upper.weave != Weave::Painted
    }
}

fn weave(name: &str) -> Weave {
    match name {
        "plain" => Weave::Plain,
        "knit" => Weave::Knit,
        "denim" => Weave::Denim,
        "stripes" => Weave::Stripes,
        "bands" => Weave::Bands,
        "checks" => Weave::Checks,
        "dots" => Weave::Dots,
        _ => Weave::Painted,
    }
}

impl Tailor {
    /// `plain` with the row's fabrics, and with folds and wrinkles.
    pub(crate) fn material(
        &self,
        model: &BodyModel,
        textures: &TextureCache,
        row: &Row,
        worn: &Worn<'_>,
        plain: Material,
    ) -> Result<Material, crate::StagingError> {
        let layout = self.layout(model, worn.item);
        let size = match row.integer("camera.height_px")? {
            ..=128 => 256,
            129..=300 => 512,
            _ => 1024,
        };
        let fitted = worn
            .item
            .fit(&worn.person.rest, &worn.person.figure.positions);
        let posed = worn.person.wear(model, worn.item);
        let wrinkles = Wrinkles::new(worn.item, &layout, &fitted, &posed, WRINKLE_GRID);
        let fabrics = Fabrics::of(row)?;
        let occlusion = match beside(worn.picture, "_ao") {
            Some(file) => Some(textures.colour(&file)?),
            None => None,
        };
        let normal_map = match beside(worn.picture, "_normal") {
            Some(file) => Some(NormalMap {
                texture: once(&self.normals, &file, |file| normals(textures, file))?,
                scale: FOLDS,
            }),
            None => None,
        };
        let cloth = Cloth {
            layout: &layout,
            uvs: &worn.item.uvs,
            fabrics: &fabrics,
            wrinkles: &wrinkles,
            dyed: worn.dyed,
            occlusion: occlusion.as_deref(),
        };
        let (base, height) = cloth.textures(size);
        let sheen = match fabrics.upper.weave {
            Weave::Painted | Weave::Denim => None,
            Weave::Knit => Some(0.30),
            _ => Some(0.12),
        };
        Ok(Material {
            base_color_texture: if fabrics.paint() {
                Some(Arc::new(base))
            } else {
                plain.base_color_texture
            },
            bump: Some(Bump {
                height: Arc::new(height),
                scale_m: RELIEF_M,
            }),
            normal_map,
            sheen: sheen.map(|weight| Sheen {
                color: (fabrics.upper.ground * 0.5 + 0.15) * weight,
                roughness: 0.5,
            }),
            ..plain
        })
    }

    fn layout(&self, model: &BodyModel, item: &Proxy) -> Arc<Layout> {
        let mut layouts = self.layouts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(layouts.entry(item.name.clone()).or_insert_with(|| {
            let fitted = item.fit(&model.base, &model.base);
            Arc::new(Layout::new(item, &fitted, &item.regions(&model.rig)))
        }))
    }
}

/// Height of the height texture's 1: threads on wrinkles.
const RELIEF_M: f32 = Fabric::RELIEF_M + Wrinkles::RELIEF_M;

/// The file that lies beside a picture under the same name with another ending.
fn beside(picture: &Path, ending: &str) -> Option<PathBuf> {
    let name = picture.file_name()?.to_str()?;
    let file = picture.with_file_name(name.replace("_diffuse", ending));
    (file != picture && file.is_file()).then_some(file)
}

/// A picture of normals, whose bytes are no colours.
fn normals(textures: &TextureCache, file: &Path) -> Result<Texture, AssetError> {
    let picture = textures.colour(file)?;
    let Texels::Srgba8(texels) = &picture.texels else {
        return Err(AssetError::malformed(file, "normals must be 8-bit colour"));
    };
    let straight = |texel: &[u8; 4]| [0, 1, 2].map(|k| f32::from(texel[k]) / 255.0);
    Ok(Texture {
        width: picture.width,
        height: picture.height,
        texels: Texels::Rgb32(texels.iter().map(straight).collect()),
    })
}

/// All that a garment's textures are made of.
struct Cloth<'a> {
    layout: &'a Layout,
    uvs: &'a [Vec2],
    fabrics: &'a Fabrics,
    wrinkles: &'a Wrinkles,
    dyed: &'a Texture,
    occlusion: Option<&'a Texture>,
}

impl Cloth<'_> {
    /// Colour and height, `size` texels wide and high.
    fn textures(&self, size: usize) -> (Texture, Texture) {
        let mut island_of = vec![u32::MAX; size * size];
        // First beyond the edges, so that seams have colour on both sides, then exactly.
        for margin in [3.0, 0.0] {
            for t in &self.layout.triangles {
                let corners = t.uv_vertices.map(|v| self.uvs[v as usize]);
                raster(corners, size, margin, |column, row, _| {
                    island_of[row * size + column] = t.island;
                });
            }
        }
        let encode = Encode::new();
        let paints = self.fabrics.paint();
        let mut colours = vec![[0u8; 4]; if paints { size * size } else { 1 }];
        let mut heights = vec![0u8; size * size];
        for (at, island) in island_of.iter().enumerate() {
            let Some(island) = self.layout.islands.get(*island as usize) else {
                continue;
            };
            let uv = Vec2::new(
                ((at % size) as f32 + 0.5) / size as f32,
                1.0 - ((at / size) as f32 + 0.5) / size as f32,
            );
            let place = island.metres(uv);
            let fabric = self.fabrics.on(island);
            let threads = match fabric.weave {
                Weave::Painted => 0.0,
                _ => fabric.height(place) * Fabric::RELIEF_M,
            };
            let height = threads + self.wrinkles.height(uv, place) * Wrinkles::RELIEF_M;
            heights[at] = (height / RELIEF_M * 255.0 + 0.5) as u8;
            if paints {
                colours[at] = encode.bytes(self.colour(island, uv, place, size));
            }
        }
        let side = size as u32;
        (
            Texture {
                width: if paints { side } else { 1 },
                height: if paints { side } else { 1 },
                texels: Texels::Srgba8(colours),
            },
            Texture {
                width: side,
                height: side,
                texels: Texels::Linear8(heights),
            },
        )
    }

    fn colour(&self, island: &Island, uv: Vec2, place: Vec2, size: usize) -> Vec3 {
        let fabric = self.fabrics.on(island);
        if fabric.weave == Weave::Painted {
            let [r, g, b, _] = self.dyed.sample_linear(uv.x, uv.y);
            return Vec3::new(r, g, b);
        }
        let texel_m = island.metres_per_unit() / size as f32;
        let open = self.occlusion.map_or(1.0, |occlusion| {
            1.0 - OCCLUSION * (1.0 - occlusion.sample_linear(uv.x, uv.y)[0])
        });
        fabric.colour(place, texel_m) * open
    }
}

/// Linear colour to sRGB bytes by a table: a power for each texel would cost more than all the rest.
struct Encode(Vec<u8>);

impl Encode {
    fn new() -> Self {
        let byte = |k: u32| {
            let x = f64::from(k) / 4095.0;
            let srgb = if x <= 0.003_130_8 {
                12.92 * x
            } else {
                1.055 * x.powf(1.0 / 2.4) - 0.055
            };
            (srgb * 255.0 + 0.5) as u8
        };
        Self((0..4096).map(byte).collect())
    }

    fn bytes(&self, colour: Vec3) -> [u8; 4] {
        let [r, g, b] = (colour.clamp(Vec3::ZERO, Vec3::ONE) * 4095.0 + 0.5)
            .to_array()
            .map(|c| self.0[c as usize]);
        [r, g, b, 255]
    }
}
