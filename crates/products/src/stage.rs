//! Assembles a scene from a row: the thing, its defects, the place, the light and the camera.

use std::collections::BTreeMap;
use std::sync::Arc;

use damage::Piece;
use damage::paint::Canvas;
use glam::{DMat3, Quat, Vec3};
use population::attribute::{Choice, Schema};
use population::row::{Row, RowError};
use scene::annotation::{Annotations, DamageKind, DamagedSurface, Product};
use scene::camera::Band;
use scene::{Material, MaterialId, Object, Scene, Texture, band};

use crate::attributes::{self, LARGEST_M};
use crate::bench::bench;
use crate::defect::{self, Defects, Tag};
use crate::look::{self, COLOURS, TILE_M};
use crate::shape::{self, Stuff};
use crate::solid;
use crate::sources::{Own, Sources};

/// The product's instance id.
const INSTANCE: u16 = 1;

/// The products stage: everything that all samples share.
#[derive(Debug)]
pub struct ProductStage {
    schema: Schema,
    sources: Arc<Sources>,
}

/// A row's thing before anything is wrong with it.
pub(crate) struct Thing<'s> {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) tags: Vec<Tag>,
    /// Name of the material that `Stuff::Own` is.
    pub(crate) material: &'s str,
    pub(crate) colour: Vec3,
    seed: u64,
    own: Option<&'s Own>,
    /// Largest extent, metres.
    pub(crate) long_m: f32,
    pub(crate) middle: Vec3,
}

impl ProductStage {
    /// `labels` go into the schema, `sources` are the recipe's own meshes.
    pub fn new(labels: Vec<Choice>, sources: Arc<Sources>) -> Self {
        Self {
            schema: attributes::schema(labels, &sources),
            sources,
        }
    }

    /// What a recipe may ask for.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The whole scene of a row.
    ///
    /// # Errors
    /// [`RowError`] when the row lacks an attribute.
    ///
    /// # Determinism
    /// A pure function of the row: what is wrong with the product is drawn from `defects.seed`.
    pub fn scene(&self, row: &Row) -> Result<Scene, RowError> {
        let thing = Thing::new(row, &self.sources)?;
        // Products of other sizes fill as much of the picture.
        let distance = row.number("camera.distance_m")? * f64::from(thing.long_m)
            / (LARGEST_M * row.number("product.size_factor")?);
        let framed = if thing.own.is_some() {
            row.clone().with("camera.distance_m", distance)
        } else {
            row.clone()
        };
        let target = thing.middle.as_dvec3();
        let mut camera = photography::camera::place(&framed, target, DMat3::IDENTITY)?;
        let bench = bench(row)?;
        camera.exposure_ev += bench.metered_ev;
        let defects = defect::happen(row, thing, camera.position.as_vec3())?;
        let mut scene = Scene {
            area_lights: bench.lights,
            environment: Some(bench.surroundings),
            ..Scene::new(camera)
        };
        let surfaces = put(&defects, &mut scene);
        scene.annotations = Annotations {
            products: vec![Product {
                instance: INSTANCE,
                model: row.category("product.model")?.to_owned(),
                material: row.category("product.material")?.to_owned(),
                damages: defects.damages,
                surfaces,
            }],
            ..Annotations::default()
        };
        for (name, mesh, material) in bench.things {
            scene.materials.push(material);
            scene.objects.push(Object {
                name: name.to_owned(),
                mesh: Arc::new(mesh),
                material: MaterialId(scene.materials.len() as u32 - 1),
                instance: 0,
            });
        }
        Ok(match scene.camera.band {
            Band::Visible => scene,
            Band::NearInfrared => band::near_infrared(&scene),
        })
    }
}

impl<'s> Thing<'s> {
    fn new(row: &'s Row, sources: &'s Sources) -> Result<Self, RowError> {
        let model = row.category("product.model")?;
        let own = sources.mesh(model);
        let parts = own.map_or_else(|| shape::parts(model), |own| own.parts.clone());
        let size = row.number("product.size_factor")? as f32;
        let turn = Quat::from_rotation_y((row.number("product.turn_deg")? as f32).to_radians());
        let material = row.category("product.material")?;
        let (mut pieces, mut tags) = (Vec::new(), Vec::new());
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for (number, part) in parts.into_iter().enumerate() {
            let mut mesh = part.mesh;
            if let (Stuff::File(_), true) = (part.stuff, material != "as_in_file") {
                mesh = solid::box_mapped(&mesh);
            }
            if !matches!(part.stuff, Stuff::File(_)) || material != "as_in_file" {
                for uv in &mut mesh.uvs {
                    *uv /= TILE_M;
                }
            }
            for at in &mut mesh.positions {
                *at = turn * *at * size;
                low = low.min(*at);
                high = high.max(*at);
            }
            for normal in &mut mesh.normals {
                *normal = turn * *normal;
            }
            let mut piece = Piece::new(mesh, defect::substance(part.stuff, material));
            if own.is_some() {
                // Triangles of other programs may be as large as the thing.
                piece.refine(Vec3::ZERO, f32::INFINITY, 0.05 * (high - low).max_element());
            }
            pieces.push(piece);
            tags.push(Tag {
                part: number,
                stuff: part.stuff,
                removable: part.removable,
                canvas: None,
            });
        }
        let colour_name = row.category("product.colour")?;
        let colour = COLOURS
            .iter()
            .find(|(name, _)| *name == colour_name)
            .map_or(Vec3::splat(0.3), |(_, colour)| *colour);
        // A power, so that neither black nor white leave their range.
        let shade = (-0.6 * row.number("product.shade")? as f32).exp();
        Ok(Self {
            pieces,
            tags,
            material,
            colour: colour.powf(shade),
            seed: row.integer("product.seed")? as u64,
            own,
            long_m: (high - low).max_element(),
            middle: 0.5 * (low + high),
        })
    }

    /// The name of the material that a part has, as `look` knows it.
    pub(crate) fn stuff_name(&self, stuff: Stuff) -> &'s str {
        match stuff {
            Stuff::Own => self.material,
            Stuff::File(_) if self.material != "as_in_file" => self.material,
            _ => "plastic",
        }
    }

    /// What a part is made of.
    pub(crate) fn look(&self, stuff: Stuff) -> Material {
        let plain = |name: &str, colour: Vec3, roughness: f32, metallic: f32| Material {
            name: name.to_owned(),
            base_color: colour,
            roughness,
            metallic,
            ..Material::default()
        };
        match stuff {
            Stuff::File(number) if self.material == "as_in_file" => self
                .own
                .and_then(|own| own.looks.get(number))
                .cloned()
                .unwrap_or_default(),
            Stuff::Own | Stuff::File(_) => look::material(self.material, self.colour, self.seed),
            Stuff::Dark => look::material("plastic", Vec3::splat(0.03), self.seed ^ 7),
            Stuff::Paper => plain("paper", Vec3::new(0.74, 0.73, 0.68), 0.75, 0.0),
            Stuff::Zinc => plain("zinc", Vec3::new(0.5, 0.51, 0.53), 0.32, 1.0),
            Stuff::Hollow => plain("hollow", Vec3::splat(0.01), 0.9, 0.0),
        }
    }
}

/// Puts the thing's pieces into a scene. Returns what is not as it was.
fn put(defects: &Defects<'_>, scene: &mut Scene) -> Vec<DamagedSurface> {
    let thing = &defects.thing;
    let textures: Vec<Arc<Texture>> = defects
        .marks
        .iter()
        .map(|mark| mark.canvas.texture())
        .collect();
    let owners: Vec<(u32, Arc<[u8]>)> = defects
        .marks
        .iter()
        .map(|mark| Canvas::owners(&mark.canvas))
        .collect();
    let mut looks: BTreeMap<Stuff, Material> = BTreeMap::new();
    let mut materials: BTreeMap<(Stuff, Option<usize>), MaterialId> = BTreeMap::new();
    let mut surfaces = Vec::new();
    for (piece, tag) in thing.pieces.iter().zip(&thing.tags) {
        if piece.mesh.triangles.is_empty() {
            continue;
        }
        let material = *materials.entry((tag.stuff, tag.canvas)).or_insert_with(|| {
            let plain = looks
                .entry(tag.stuff)
                .or_insert_with(|| thing.look(tag.stuff))
                .clone();
            let material = match tag.canvas {
                None => plain,
                Some(number) => {
                    let mark = &defects.marks[number];
                    let own: Vec<&Piece> = thing
                        .pieces
                        .iter()
                        .zip(&thing.tags)
                        .filter(|(_, other)| other.canvas == tag.canvas && other.stuff == tag.stuff)
                        .map(|(piece, _)| piece)
                        .collect();
                    let owned = carried(plain, &mark.canvas, &own);
                    let depth = &textures[number];
                    match mark.kind {
                        DamageKind::Stain => look::stained(owned, depth, mark.shift, true),
                        DamageKind::ColourDeviation => {
                            look::stained(owned, depth, mark.shift, false)
                        }
                        kind => {
                            let layers = look::below(kind, thing.stuff_name(tag.stuff), &owned);
                            look::worn(owned, Arc::clone(depth), layers)
                        }
                    }
                }
            };
            scene.materials.push(material);
            MaterialId(scene.materials.len() as u32 - 1)
        });
        let object = scene.objects.len() as u32;
        let moved: Vec<f32> = (0..piece.mesh.positions.len())
            .map(|vertex| piece.pressed_m(vertex).abs())
            .collect();
        let any = moved.iter().any(|by| *by > 1e-6);
        if any || tag.canvas.is_some() {
            surfaces.push(DamagedSurface {
                object,
                moved_m: if any { moved.into() } else { Arc::new([]) },
                owners: tag.canvas.map(|canvas| owners[canvas].clone()),
                whole: 0,
            });
        }
        scene.objects.push(Object {
            name: format!("part_{}", tag.part + 1),
            mesh: Arc::new(piece.mesh.clone()),
            material,
            instance: INSTANCE,
        });
    }
    surfaces
}

/// A material whose pictures lie on a canvas as they lay on the pieces that it cut out.
fn carried(mut material: Material, canvas: &Canvas, pieces: &[&Piece]) -> Material {
    for picture in [
        &mut material.base_color_texture,
        &mut material.roughness_texture,
        &mut material.metallic_texture,
        &mut material.alpha,
        &mut material.emission_texture,
    ]
    .into_iter()
    .flatten()
    {
        *picture = Arc::new(canvas.carried(pieces, picture));
    }
    if let Some(bump) = &mut material.bump {
        bump.height = Arc::new(canvas.carried(pieces, &bump.height));
    }
    // Directions that are told relative to other coordinates mean nothing here.
    material.normal_map = None;
    material
}
