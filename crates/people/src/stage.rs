//! Assembles a scene from a row: the person, what they wear, the light and the camera.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use glam::{DVec3, Vec2, Vec3};
use places::{Kind, Place, Setting};
use population::attribute::{Choice, Schema};
use population::row::{Row, RowError};
use scene::annotation::{self, Annotations};
use scene::band;
use scene::camera::Band;
use scene::mesh::{Mesh, Part};
use scene::{Camera, Fibres, Material, MaterialId, Object, Scene};

use crate::complexion::{Fineness, SkinPainter};
use crate::crowd::{Station, stations};
use crate::error::StagingError;
use crate::eye::Eyes;
use crate::framing::Stance;
use crate::garment::Tailor;
use crate::groom::Roots;
use crate::hair::{self, StrandCache};
use crate::iris::{HIGH_POLY_EYES, with_pupil};
use crate::person::{Eyeballs, Gaze, Person};
use crate::sides::{by_side, split};
use crate::skin_mesh::{Refinement, SkinMesh, SkinMeshes};
use crate::sources::Sources;
use crate::textures::TextureCache;
use crate::worn::{Hair, Head, HeadTable, Under, Worn as Accessories};
use crate::{AssetFolders, attributes, driving, glasses, headset, lighting, props, wardrobe};
use body::AssetError;
use body::BodyModel;
use body::keypoints::Keypoints;
use body::subdivision::Surface;

/// The people stage: everything that all samples share.
pub struct PeopleStage {
    pub(crate) model: BodyModel,
    pub(crate) assets: AssetFolders,
    pub(crate) textures: TextureCache,
    sources: Arc<Sources>,
    pub(crate) strands: StrandCache,
    pub(crate) tailor: Tailor,
    schema: Schema,
    eyeballs: Eyeballs,
    pub(crate) keypoints: Keypoints,
    /// Base-mesh vertices where the ears' upper edges join the head, right then left.
    ears: [u32; 2],
    heads: HeadTable,
    /// Where hair may grow.
    pub(crate) roots: Roots,
    /// Laid out at first need.
    painters: Mutex<BTreeMap<Fineness, Arc<SkinPainter>>>,
    skins: SkinMeshes,
}

impl fmt::Debug for PeopleStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeopleStage")
            .field("assets", &self.assets)
            .finish_non_exhaustive()
    }
}

impl PeopleStage {
    /// Opens the body model and the packs' pictures; `labels` and what the recipe's own files hold go into the schema.
    ///
    /// # Errors
    /// [`AssetError`] when a pack is not as it should be.
    pub fn open(
        assets: AssetFolders,
        cache: &Path,
        labels: Vec<Choice>,
        sources: Arc<Sources>,
    ) -> Result<Self, AssetError> {
        let model = BodyModel::open(&assets, cache)?;
        let eyes = model
            .proxy("eyes/HighPolyEyes")
            .ok_or_else(|| AssetError::malformed(cache, "the pack has no detailed eyes"))?;
        Ok(Self {
            schema: attributes::schema(labels, &sources),
            sources,
            eyeballs: Eyeballs::new(eyes),
            keypoints: Keypoints::new(&model),
            ears: glasses::ear_roots(&model),
            heads: HeadTable::new(&model, glasses::ear_roots(&model)),
            roots: Roots::new(&model, glasses::ear_roots(&model)),
            painters: Mutex::default(),
            model,
            assets,
            textures: TextureCache::default(),
            strands: StrandCache::default(),
            tailor: Tailor::default(),
            skins: SkinMeshes::default(),
        })
    }

    /// What a recipe may ask for.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The whole scene of a row, pure in `row`: what is the person's own is drawn from the streams of `identity`, so that the same identity
    /// has the same moles and beard in every sample.
    ///
    /// # Errors
    /// [`StagingError`] when the row lacks an attribute or a pack's file cannot be read.
    pub fn scene(&self, row: &Row) -> Result<Scene, StagingError> {
        self.scene_among(row, &[])
    }

    /// The scene of a row with further people around its person. Of their rows, all counts that is about a person; place, light and camera
    /// are those of the first.
    ///
    /// # Errors
    /// As [`PeopleStage::scene`].
    pub fn scene_among(&self, row: &Row, others: &[Row]) -> Result<Scene, StagingError> {
        let kind = row.category("place.kind")?;
        let first = self.first(row)?;
        let stance = first.person.aim(&self.model);
        let target = stance.target(row)?;
        let mut camera = photography::camera::place(row, target, stance.mount(row)?)?;
        let diodes = headset::diodes(row, &stance)?;
        let is_cabin = kind == "cabin";
        // Cars have no passengers, and aisles are too narrow for who does not know of the shelves.
        let others = if is_cabin || kind == "store" {
            &[]
        } else {
            others
        };
        let mut people = vec![first];
        for (other, station) in others.iter().zip(stations(row, others, camera.position)?) {
            people.push(self.somebody(other, station, &|_| gaze_at(other, camera.position))?);
        }
        let surroundings = self.textures.surroundings(
            &self
                .assets
                .environments
                .join(format!("hdri/{}.exr", row.category("light.environment")?)),
        )?;
        let mut builder = SceneBuilder::default();
        let mut annotations = Annotations {
            diodes: diodes.clone(),
            ..Annotations::default()
        };
        for one in &people {
            builder.instance += 1;
            let annotated = self.add_person(&mut builder, one, &camera, target)?;
            annotations.people.push(annotated);
        }
        let place = if is_cabin {
            let Somebody {
                person, wearing, ..
            } = &people[0];
            let objects = &builder.objects;
            Some(driving::cabin(
                row,
                &camera,
                &self.model,
                person,
                wearing,
                objects,
            )?)
        } else {
            let person = &people[0].person;
            let also = people
                .iter()
                .flat_map(|one| &one.person.way)
                .filter(|place| **place != DVec3::ZERO);
            place(
                row,
                &camera,
                &person.aim(&self.model),
                person,
                also.copied().collect(),
            )?
        };
        let light = lighting::set_up(row, &surroundings, &camera, target, &diodes, place.as_ref())?;
        camera.exposure_ev += light.metered_ev;
        for thing in place.into_iter().flat_map(|place| place.things) {
            builder.scenery(thing.name, thing.mesh, thing.material);
        }
        let scene = Scene {
            objects: builder.objects,
            materials: builder.materials,
            fibres: builder.fibres,
            environment: Some(light.environment),
            area_lights: light.area_lights,
            annotations,
            ..Scene::new(camera)
        };
        Ok(match scene.camera.band {
            Band::Visible => scene,
            Band::NearInfrared => band::near_infrared(&scene),
        })
    }

    /// The person whom the row is about.
    pub(crate) fn first<'r>(&self, row: &'r Row) -> Result<Somebody<'r>, StagingError> {
        // In a store one walks along the shelves.
        let walks =
            row.category("place.kind")? == "store" && row.category("pose.posture")? == "walking";
        let station = Station {
            yaw: if walks {
                std::f32::consts::FRAC_PI_2
            } else {
                0.0
            },
            ..Station::default()
        };
        self.somebody(row, station, &|stance| gaze(row, stance))
    }

    /// A person of a row, dressed and posed.
    fn somebody<'r>(
        &self,
        row: &'r Row,
        station: Station,
        gaze: &dyn Fn(&Stance<'_>) -> Result<Gaze, RowError>,
    ) -> Result<Somebody<'r>, StagingError> {
        let wearing = wardrobe::choose(self, row)?;
        let shoes = wearing.shoes.as_deref();
        let person = Person::new(
            &self.model,
            &self.sources,
            &self.eyeballs,
            shoes,
            row,
            station,
            gaze,
        )?;
        Ok(Somebody {
            row,
            wearing,
            person,
        })
    }

    fn add_person(
        &self,
        builder: &mut SceneBuilder,
        one: &Somebody<'_>,
        camera: &Camera,
        target: DVec3,
    ) -> Result<annotation::Person, StagingError> {
        let Somebody {
            row,
            wearing,
            person,
        } = one;
        let eyes = Eyes::new(row, person, &self.eyeballs, &self.model, camera)?;
        let refinement = Refinement::of(camera, person, &self.model, &wearing.clothes, target);
        let skin = self.add_skin(builder, row, person, &refinement, wearing, &eyes)?;
        if eyes.close {
            eyes.add(builder, row, &skin)?;
        } else {
            self.add_eyes(builder, row, person, &eyes)?;
        }
        self.add_mouth(builder, person)?;
        self.add_worn(builder, one, &skin, &eyes, camera)?;
        let seed = row.integer("pose.seed")?.unsigned_abs();
        props::add(builder, &self.model, person, seed);
        Ok(self.annotate(row, person, &skin, &eyes, builder.instance)?)
    }

    fn add_skin(
        &self,
        builder: &mut SceneBuilder,
        row: &Row,
        person: &Person,
        refinement: &Refinement,
        wearing: &wardrobe::Wearing,
        eyes: &Eyes,
    ) -> Result<PlacedSkin, StagingError> {
        let clothes = &wearing.clothes;
        let shape = self.skins.get(&self.model, refinement, clothes);
        let mut points = shape.subdivision.refine(&person.posed);
        eyes.conform(&mut points);
        let normals = shape.subdivision.normals(&points);
        let mesh = |surface: &Surface| surface.mesh(&points, &normals, |face| shape.part(face));
        // The head has a texture of its own: the pack gives the face too few texels.
        let painter = self.painter(refinement.fineness());
        let painted = painter.paint(
            row,
            &person.units,
            &shape,
            &self.textures,
            &self.assets,
            &self.sources,
        )?;
        let head_material = builder.material(painted.head);
        let object = builder.object("skin/head", mesh(&shape.head), head_material);
        if !shape.body.triangles.is_empty() {
            let material = builder.material(painted.body);
            let surface = match &wearing.shoes {
                Some(shoes) => mesh(&shape.body_under(&self.model, shoes)),
                None => mesh(&shape.body),
            };
            builder.object("skin/body", surface, material);
        }
        Ok(PlacedSkin {
            object,
            shape,
            points,
            normals,
        })
    }

    fn painter(&self, fineness: Fineness) -> Arc<SkinPainter> {
        // Held while laying out: every thread needs it, and once is slow enough.
        let mut painters = self.painters.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            painters
                .entry(fineness)
                .or_insert_with(|| Arc::new(SkinPainter::new(&self.model, fineness))),
        )
    }

    fn add_eyes(
        &self,
        builder: &mut SceneBuilder,
        row: &Row,
        person: &Person,
        eyes: &Eyes,
    ) -> Result<(), StagingError> {
        let item = &self.eyeballs.item;
        let positions = person.wear(&self.model, item);
        let [ball, cornea] = wardrobe::eye_materials(self, row)?;
        let mut mesh = item.refined().apply(&positions, |_| Part::Background);
        // The pupil opens in the texture, and the labels, which look at texture coordinates, with it.
        let share = eyes.pupil_shares;
        for uv in &mut mesh.uvs {
            let side = usize::from(
                (*uv - HIGH_POLY_EYES.centres[1]).length()
                    < (*uv - HIGH_POLY_EYES.centres[0]).length(),
            );
            *uv = with_pupil(*uv, &HIGH_POLY_EYES, share[side] as f32);
        }
        let parts: Vec<Part> = mesh
            .triangles
            .iter()
            .map(|t| {
                wardrobe::eye_part(t.iter().map(|&v| mesh.uvs[v as usize]).sum::<Vec2>() / 3.0)
            })
            .collect();
        let mesh = Mesh { parts, ..mesh };
        let is_cornea: Vec<bool> = mesh
            .parts
            .iter()
            .map(|part| *part == Part::ClearLens)
            .collect();
        let balls = split(&mesh, &is_cornea, false);
        let shells = split(&mesh, &is_cornea, true);
        let ball = builder.material(ball);
        builder.object("eyes", balls, ball);
        let cornea = builder.material(cornea);
        builder.object("corneas", shells, cornea);
        Ok(())
    }

    fn add_mouth(&self, builder: &mut SceneBuilder, person: &Person) -> Result<(), StagingError> {
        for (name, part, material) in wardrobe::mouth_materials(self)? {
            let Some(item) = self.model.proxy(name) else {
                continue;
            };
            let positions = person.wear(&self.model, &item);
            let part_of = |face: u32| {
                if part == Part::Teeth && face < wardrobe::GUM_FACES {
                    Part::MouthInterior
                } else {
                    part
                }
            };
            let mesh = item.plain().apply(&positions, part_of);
            let material = builder.material(material);
            builder.object(name, mesh, material);
        }
        Ok(())
    }

    fn add_worn(
        &self,
        builder: &mut SceneBuilder,
        one: &Somebody<'_>,
        skin: &PlacedSkin,
        eyes: &Eyes,
        camera: &Camera,
    ) -> Result<(), StagingError> {
        let Somebody {
            row,
            wearing,
            person,
        } = one;
        let mut items: Vec<(wardrobe::Worn, Mesh)> = Vec::new();
        for worn in wardrobe::items(self, row, person, wearing)? {
            // Eyes that are drawn as bodies have lashes of their own.
            if eyes.close && worn.part == Part::RightLashes {
                continue;
            }
            let mut positions = person.wear(&self.model, &worn.item);
            eyes.conform(&mut positions);
            let mesh = worn.item.refined().apply(&positions, |_| worn.part);
            let mesh = if worn.split_sides {
                by_side(mesh, person, worn.part)
            } else {
                mesh
            };
            items.push((worn, mesh));
        }
        let head = || Head::new(&self.model, &self.heads, person, skin);
        let (accessories, grown) = {
            let of = |part: Part| {
                let is = move |(worn, _): &&(wardrobe::Worn, Mesh)| worn.part == part;
                items.iter().filter(is).map(|(_, mesh)| mesh)
            };
            let clothes: Vec<&Mesh> = of(Part::Clothing).collect();
            let grown = hair::grown(self, row, person, skin, &head, &clothes, camera)?;
            let strands = grown.as_ref().map(|grown| Hair::Strands(&grown.points));
            let under = Under {
                clothes,
                hair: strands.or_else(|| of(Part::Hair).next().map(Hair::Cards)),
                hat: of(Part::Headwear).next(),
            };
            (Accessories::fit(row, &head, &under)?, grown)
        };
        for (worn, mut mesh) in items {
            if worn.part == Part::Hair
                && let Some(accessories) = &accessories
            {
                if accessories.hides_hair {
                    continue;
                }
                accessories.press(&mut mesh.positions);
            }
            let material = builder.material(worn.material);
            builder.object(&worn.item.name, mesh, material);
        }
        if let Some(strands) = grown {
            hair::add_grown(builder, strands, accessories.as_ref());
        }
        hair::add_brows(builder, row, person, skin)?;
        hair::add_beard(builder, row, person, skin, accessories.as_ref())?;
        let rests_on = accessories.as_ref().map_or(&[][..], |a| &a.mask_points);
        glasses::add(builder, row, person, skin, self.ears, rests_on)?;
        if let Some(accessories) = accessories {
            accessories.add(builder);
        }
        Ok(())
    }
}

/// A person with what is theirs.
pub(crate) struct Somebody<'r> {
    row: &'r Row,
    wearing: wardrobe::Wearing,
    pub(crate) person: Person,
}

/// The refined skin in the scene, for landmarks and for what grows on it.
pub(crate) struct PlacedSkin {
    /// Object id of the head's skin.
    pub(crate) object: u32,
    pub(crate) shape: Arc<SkinMesh>,
    /// Refined points; the first ones are the base mesh's vertices.
    pub(crate) points: Vec<Vec3>,
    /// One per point.
    pub(crate) normals: Vec<Vec3>,
}

impl PlacedSkin {
    /// Head and body in one, with the body's own texture coordinates.
    pub(crate) fn mesh(&self) -> Mesh {
        self.shape
            .subdivision
            .surface
            .mesh(&self.points, &self.normals, |face| self.shape.part(face))
    }
}

/// Collects objects and materials.
#[derive(Default)]
pub(crate) struct SceneBuilder {
    pub(crate) objects: Vec<Object>,
    pub(crate) materials: Vec<Material>,
    /// Whose objects are being added, from 1.
    pub(crate) instance: u16,
    pub(crate) fibres: Vec<Fibres>,
}

impl SceneBuilder {
    pub(crate) fn material(&mut self, material: Material) -> MaterialId {
        self.materials.push(material);
        MaterialId(self.materials.len() as u32 - 1)
    }

    /// Adds an object that is nobody's.
    pub(crate) fn scenery(&mut self, name: &str, mesh: Mesh, material: Material) {
        let material = self.material(material);
        self.objects.push(Object {
            name: name.to_owned(),
            mesh: Arc::new(mesh),
            material,
            instance: 0,
        });
    }

    /// Adds an object of the current person; returns its object id.
    pub(crate) fn object(&mut self, name: &str, mesh: Mesh, material: MaterialId) -> u32 {
        self.objects.push(Object {
            name: name.to_owned(),
            mesh: Arc::new(mesh),
            material,
            instance: self.instance,
        });
        self.objects.len() as u32 - 1
    }
}

/// What surrounds the person; `None` in the open.
fn place(
    row: &Row,
    camera: &Camera,
    aim: &Stance<'_>,
    person: &Person,
    also: Vec<DVec3>,
) -> Result<Option<Place>, RowError> {
    let kind = match row.category("place.kind")? {
        "studio" => Kind::Studio,
        "room" => Kind::Room,
        "store" => Kind::Store,
        _ => return Ok(None),
    };
    // Like the camera, places do not move with who moves in them.
    let [right, left] = aim.eyes();
    Ok(Some(Place::build(&Setting {
        kind,
        seed: row.integer("place.seed")?.unsigned_abs(),
        // Bodies are moved so that the neck is over the origin.
        person: DVec3::ZERO,
        also,
        camera: camera.position,
        head: (right + left) * 0.5,
        taken: person.held.as_ref().and_then(|held| held.taken),
    })))
}

pub(crate) fn between_eyes(person: &Person) -> DVec3 {
    (person.eyes[0].centre + person.eyes[1].centre) * 0.5
}

/// What the eyes of the first person look at: the camera stands around them.
fn gaze(row: &Row, stance: &Stance<'_>) -> Result<Gaze, RowError> {
    let target = stance.target(row)?;
    let mount = stance.mount(row)?;
    gaze_at(row, photography::camera::lens_position(row, target, mount)?)
}

/// What eyes look at when the lens is there.
fn gaze_at(row: &Row, lens: DVec3) -> Result<Gaze, RowError> {
    if row.category("gaze.target")? == "camera" {
        return Ok(Gaze::Point(lens));
    }
    Ok(Gaze::Direction {
        yaw: row.number("gaze.yaw_deg")?.to_radians(),
        pitch: row.number("gaze.pitch_deg")?.to_radians(),
        distance_m: row.number("gaze.distance_m")?,
    })
}
