//! Assembles a scene from a row: the car, what happened to it, the place, the light and the camera.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use damage::glass::HOLE_UM;
use damage::paint::{CLEAR_UM, Canvas, FULL_UM, METAL_UM, PRIMER_UM};
use glam::Vec3;
use photography::meter::Surroundings;
use population::attribute::{Choice, Schema};
use population::row::Row;
use scene::annotation::{Annotations, DamagedSurface};
use scene::camera::Band;
use scene::material::{Interior, Layer, Worn};
use scene::read::{self, Meaning};
use scene::soil::Soil;
use scene::{Material, MaterialId, Object, Scene, Texture, band};
use vehicle::CarPart;

use crate::car::{Car, is_painted, is_sheet};
use crate::error::StagingError;
use crate::sources::Sources;
use crate::wear::{self, Wear};
use crate::{annotate, attributes, place, site, stand, weather};

/// Deeper than metal: only rust is.
const RUST_UM: f32 = METAL_UM + 6.0;

/// The vehicles stage: everything that all samples share.
#[derive(Debug)]
pub struct VehicleStage {
    /// The pack of environments.
    environments: PathBuf,
    schema: Schema,
    sources: Arc<Sources>,
    surroundings: Mutex<BTreeMap<String, Arc<Surroundings>>>,
}

impl VehicleStage {
    /// `environments` is the folder of the pack `pmndrs-assets`; `labels` go into the schema, `sources` are the recipe's own cars.
    pub fn new(environments: PathBuf, labels: Vec<Choice>, sources: Arc<Sources>) -> Self {
        Self {
            environments,
            schema: attributes::schema(labels, &sources),
            sources,
            surroundings: Mutex::default(),
        }
    }

    /// What a recipe may ask for.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The whole scene of a row.
    ///
    /// # Errors
    /// [`StagingError`] when the row lacks an attribute, asks for a car that nobody builds, or a pack's picture cannot be read.
    ///
    /// # Determinism
    /// A pure function of the row and the packs: what happened to the car is drawn from `damage.seed`.
    pub fn scene(&self, row: &Row) -> Result<Scene, StagingError> {
        let car = Car::new(row, &self.sources)?;
        let close = row.category("camera.rig")? == "close_up";
        let viewer = if close {
            None
        } else {
            Some(stand::camera(row, &car, None)?.position)
        };
        let wear = wear::happen(row, car, viewer)?;
        let spot = if close && row.category("damage.shown")? == "no" {
            // It looks at where the damage would be.
            let shown = row.clone().with("damage.shown", "yes");
            wear::happen(&shown, Car::new(row, &self.sources)?, viewer)?.first()
        } else {
            wear.first()
        };
        let mut camera = stand::camera(row, &wear.car, spot)?;
        let kind = row.category("place.kind")?;
        let outside = !matches!(kind, "studio" | "gate" | "zebra" | "workshop");
        let mut place = match kind {
            "studio" => place::studio(&camera),
            "gate" => place::gate(row, &camera)?,
            "zebra" => place::zebra(),
            "workshop" => site::workshop(row, &camera)?,
            kind => {
                let environment = self.environment(row.category("light.environment")?)?;
                match kind {
                    "car_park" => site::car_park(row, &environment, &camera)?,
                    "street" => site::street(row, &environment, &camera)?,
                    _ => place::open(row, &environment, &camera)?,
                }
            }
        };
        let flash = place::night(row, &mut place, &camera)?;
        camera.exposure_ev += place.metered_ev;
        let mut scene = Scene {
            environment: place.environment,
            area_lights: place.area_lights,
            point_lights: flash.into_iter().collect(),
            ..Scene::new(camera)
        };
        let soil = weather::soil(row, &wear.car.frame)?;
        let surfaces = put(&wear, &soil, &mut scene);
        scene.annotations = Annotations {
            vehicles: vec![annotate::vehicle(row, &wear, surfaces)?],
            ..Annotations::default()
        };
        for (name, mesh, material) in place.things {
            scene.materials.push(if outside {
                weather::around(material, name, &soil)
            } else {
                material
            });
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

    /// An environment of the pack, read once.
    fn environment(&self, name: &str) -> Result<Arc<Surroundings>, StagingError> {
        let lock = || {
            self.surroundings
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(found) = lock().get(name) {
            return Ok(Arc::clone(found));
        }
        let path = self.environments.join(format!("hdri/{name}.exr"));
        let made = Arc::new(Surroundings::new(&picture(&path)?));
        Ok(Arc::clone(lock().entry(name.to_owned()).or_insert(made)))
    }
}

fn picture(path: &Path) -> Result<Texture, StagingError> {
    read::texture(path, Meaning::Colour).map_err(|error| StagingError::Picture(error.to_string()))
}

/// Puts the car's pieces into a scene, as instance 1. Returns what is not as it was.
fn put(wear: &Wear<'_>, soil: &Soil, scene: &mut Scene) -> Vec<DamagedSurface> {
    let car = &wear.car;
    let textures: Vec<Arc<Texture>> = wear.canvases.iter().map(Canvas::texture).collect();
    let owners: Vec<(u32, Arc<[u8]>)> = wear.canvases.iter().map(Canvas::owners).collect();
    let mut materials: BTreeMap<(CarPart, usize, Option<usize>), MaterialId> = BTreeMap::new();
    let mut surfaces = Vec::new();
    for (piece, tag) in car.pieces.iter().zip(&car.tags) {
        if piece.mesh.triangles.is_empty() {
            continue;
        }
        let key = (tag.part, tag.look, tag.canvas);
        let material = *materials.entry(key).or_insert_with(|| {
            let mut material = car.material(tag.part, tag.look);
            if is_painted(tag.part) && material.interior == Interior::Opaque {
                material.wrapped.clone_from(&car.wrapped);
            }
            let mut material = weather::soiled(material, tag.part, soil);
            if let Some(canvas) = tag.canvas {
                material.worn = Some(Worn {
                    depth: Arc::clone(&textures[canvas]),
                    layers: below(car, tag.part, &material),
                });
            }
            scene.materials.push(material);
            MaterialId(scene.materials.len() as u32 - 1)
        });
        let object = scene.objects.len() as u32;
        let moved: Vec<f32> = (0..piece.mesh.positions.len())
            .map(|vertex| piece.pressed_m(vertex).abs())
            .collect();
        let any = moved.iter().any(|by| *by > 1e-6);
        if any || tag.canvas.is_some() || tag.whole > 0 {
            surfaces.push(DamagedSurface {
                object,
                moved_m: if any { moved.into() } else { Arc::new([]) },
                owners: tag.canvas.map(|canvas| owners[canvas].clone()),
                whole: tag.whole,
            });
        }
        scene.objects.push(Object {
            name: tag.part.name(),
            mesh: Arc::new(piece.mesh.clone()),
            material,
            instance: annotate::INSTANCE,
        });
    }
    surfaces
}

/// What shows below a part's surface, from the top down.
fn below(car: &Car<'_>, part: CarPart, surface: &Material) -> Arc<[Layer]> {
    let layer = |from_um: f32, name: &str, colour: Vec3, roughness: f32, metallic: f32| Layer {
        from: from_um / FULL_UM,
        material: Material {
            name: name.to_owned(),
            base_color: colour,
            roughness,
            metallic,
            ..Material::default()
        },
    };
    let paint = car.paint_of(part).colour;
    if is_sheet(part) {
        // Broken clear coat scatters.
        let hazed = paint.lerp(Vec3::splat(0.55), 0.35);
        Arc::new([
            layer(CLEAR_UM, "broken clear coat", hazed, 0.6, 0.0),
            layer(PRIMER_UM, "primer", Vec3::splat(0.34), 0.6, 0.0),
            layer(
                METAL_UM,
                "bare metal",
                Vec3::new(0.56, 0.55, 0.53),
                0.42,
                1.0,
            ),
            layer(RUST_UM, "rust", Vec3::new(0.19, 0.062, 0.022), 0.9, 0.0),
        ])
    } else if matches!(part, CarPart::FrontBumper | CarPart::RearBumper) {
        let hazed = paint.lerp(Vec3::splat(0.55), 0.35);
        Arc::new([
            layer(CLEAR_UM, "broken clear coat", hazed, 0.6, 0.0),
            layer(PRIMER_UM, "primer", Vec3::splat(0.3), 0.6, 0.0),
            layer(METAL_UM, "bare plastic", Vec3::splat(0.025), 0.55, 0.0),
        ])
    } else {
        // Cracks scatter light.
        let cracks = layer(CLEAR_UM, "cracks", Vec3::splat(0.72), 0.45, 0.0);
        if !matches!(surface.interior, Interior::ThinClear { .. }) {
            return Arc::new([cracks]);
        }
        let mut hole = layer(HOLE_UM, "hole", Vec3::ZERO, 0.5, 0.0);
        hole.material.interior = Interior::ThinClear { tint: Vec3::ONE };
        hole.material.ior = 1.0;
        hole.material.specular = 0.0;
        Arc::new([cracks, hole])
    }
}
