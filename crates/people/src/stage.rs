//! Assembles a scene from a row: the person, what they wear, the light and the camera.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use glam::{DVec3, Vec2, Vec3};
use places::{Kind, Place, Setting};
use population::attribute::{Choice, Schema};
use population::row::{Row, RowError};
use scene::annotation::{self, Annotations, Region};
use scene::band;
use scene::camera::Band;
use scene::mesh::{Mesh, Part};
use scene::{Camera, Material, MaterialId, Object, Scene};

use crate::complexion::{Fineness, SkinPainter};
use crate::crowd::{Station, stations};
use crate::framing::Stance;
use crate::hair::{self, StrandCache};
use crate::iris::{HIGH_POLY_EYES, with_pupil};
use crate::person::{Eyeballs, Gaze, Person};
use crate::skin_mesh::{Refinement, SkinMesh, SkinMeshes};
use crate::textures::TextureCache;
use crate::{AssetFolders, attributes, camera, driving, glasses, lighting, props, wardrobe};
use body::AssetError;
use body::BodyModel;
use body::keypoints::Keypoints;
use body::measure::measure;
use body::subdivision::Surface;
use body::tables::{FACES, LANDMARKS, ride};

/// The people stage: everything that all samples share.
pub struct PeopleStage {
    pub(crate) model: BodyModel,
    pub(crate) assets: AssetFolders,
    pub(crate) textures: TextureCache,
    pub(crate) strands: StrandCache,
    schema: Schema,
    eyeballs: Eyeballs,
    keypoints: Keypoints,
    /// Base-mesh vertices where the ears' upper edges join the head, right then left.
    ears: [u32; 2],
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

/// Why a person could not be staged.
#[derive(Debug)]
pub enum StagingError {
    /// The row lacks an attribute.
    Row(RowError),
    /// A pack's file cannot be used.
    Asset(AssetError),
}

impl StagingError {
    /// What to do about it, where the fault lies in an asset.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Row(_) => None,
            Self::Asset(error) => Some(error.hint()),
        }
    }
}

impl fmt::Display for StagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(error) => error.fmt(f),
            Self::Asset(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StagingError {}

impl From<RowError> for StagingError {
    fn from(error: RowError) -> Self {
        Self::Row(error)
    }
}

impl From<AssetError> for StagingError {
    fn from(error: AssetError) -> Self {
        Self::Asset(error)
    }
}

impl PeopleStage {
    /// Opens the body model and the packs' pictures; `labels` go into the schema.
    ///
    /// # Errors
    /// [`AssetError`] when a pack is not as it should be.
    pub fn open(
        assets: AssetFolders,
        cache: &Path,
        labels: Vec<Choice>,
    ) -> Result<Self, AssetError> {
        let model = BodyModel::open(&assets, cache)?;
        let eyes = model
            .proxy("eyes/HighPolyEyes")
            .ok_or_else(|| AssetError::malformed(cache, "the pack has no detailed eyes"))?;
        Ok(Self {
            schema: attributes::schema(labels),
            eyeballs: Eyeballs::new(eyes),
            keypoints: Keypoints::new(&model),
            ears: glasses::ear_roots(&model),
            painters: Mutex::default(),
            model,
            assets,
            textures: TextureCache::default(),
            strands: StrandCache::default(),
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
        // In a store one walks along the shelves.
        let walks = kind == "store" && row.category("pose.posture")? == "walking";
        let station = Station {
            yaw: if walks {
                std::f32::consts::FRAC_PI_2
            } else {
                0.0
            },
            ..Station::default()
        };
        let first = self.somebody(row, station, &|stance| gaze(row, stance))?;
        let target = first.person.aim(&self.model).target(row)?;
        let mut camera = camera::place(row, target)?;
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
        let mut annotations = Annotations::default();
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
        let light = lighting::set_up(row, &surroundings, &camera, target, place.as_ref())?;
        camera.exposure_ev += light.metered_ev;
        for thing in place.into_iter().flat_map(|place| place.things) {
            builder.scenery(thing.name, thing.mesh, thing.material);
        }
        let scene = Scene {
            objects: builder.objects,
            materials: builder.materials,
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

    /// A person of a row, dressed and posed.
    fn somebody<'r>(
        &self,
        row: &'r Row,
        station: Station,
        gaze: &dyn Fn(&Stance<'_>) -> Result<Gaze, RowError>,
    ) -> Result<Somebody<'r>, StagingError> {
        let wearing = wardrobe::choose(self, row)?;
        let shoes = wearing.shoes.as_deref();
        let person = Person::new(&self.model, &self.eyeballs, shoes, row, station, gaze)?;
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
        let skin = self.add_skin(builder, row, person, camera, wearing, target)?;
        self.add_eyes(builder, row, person)?;
        self.add_mouth(builder, person)?;
        self.add_worn(builder, row, person, wearing, &skin)?;
        let seed = row.integer("pose.seed")?.unsigned_abs();
        props::add(builder, &self.model, person, seed);
        Ok(self.annotate(row, person, &skin, builder.instance)?)
    }

    fn add_skin(
        &self,
        builder: &mut SceneBuilder,
        row: &Row,
        person: &Person,
        camera: &Camera,
        wearing: &wardrobe::Wearing,
        target: DVec3,
    ) -> Result<PlacedSkin, StagingError> {
        let clothes = &wearing.clothes;
        let refinement = Refinement::of(camera, person, &self.model, clothes, target);
        let shape = self.skins.get(&self.model, &refinement, clothes);
        let points = shape.subdivision.refine(&person.posed);
        let normals = shape.subdivision.normals(&points);
        let mesh = |surface: &Surface| surface.mesh(&points, &normals, |face| shape.part(face));
        // The head has a texture of its own: the pack gives the face too few texels.
        let painter = self.painter(refinement.fineness());
        let painted = painter.paint(row, &shape, &self.textures, &self.assets)?;
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
    ) -> Result<(), StagingError> {
        let item = &self.eyeballs.item;
        let positions = person.wear(&self.model, item);
        let [ball, cornea] = wardrobe::eye_materials(self, row)?;
        let mut mesh = item.refined().apply(&positions, |_| Part::Background);
        // The pupil opens in the texture, and the labels, which look at texture coordinates, with it.
        let share = self.pupil_shares(row, &positions)?;
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

    /// Pupil radius as a share of the iris', right then left.
    fn pupil_shares(&self, row: &Row, eyeballs: &[Vec3]) -> Result<[f64; 2], RowError> {
        let radius = row.number("eyes.pupil_mm")? / 2000.0;
        // A child's iris is hardly smaller than an adult's; the widest pupil still leaves a ring of it.
        Ok(self
            .eyeballs
            .iris_radii(eyeballs)
            .map(|iris| (radius / iris).clamp(0.15, 0.75)))
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
        row: &Row,
        person: &Person,
        wearing: &wardrobe::Wearing,
        skin: &PlacedSkin,
    ) -> Result<(), StagingError> {
        for worn in wardrobe::items(self, row, wearing)? {
            let positions = person.wear(&self.model, &worn.item);
            let mesh = worn.item.refined().apply(&positions, |_| worn.part);
            let mesh = if worn.split_sides {
                by_side(mesh, person, worn.part)
            } else {
                mesh
            };
            let material = builder.material(worn.material);
            builder.object(&worn.item.name, mesh, material);
        }
        hair::add_beard(builder, row, person, skin)?;
        glasses::add(builder, row, person, skin, self.ears)?;
        Ok(())
    }

    fn annotate(
        &self,
        row: &Row,
        person: &Person,
        skin: &PlacedSkin,
        instance: u16,
    ) -> Result<annotation::Person, RowError> {
        let surface = |points: &[(u32, f32)]| annotation::SurfacePoint {
            position: ride(&skin.points, points).as_dvec3(),
            normal: ride(&skin.normals, points)
                .as_dvec3()
                .normalize_or(DVec3::Z),
        };
        let vertex = |v: u32| skin.points[v as usize].as_dvec3();
        let eyeballs = person.wear(&self.model, &self.eyeballs.item);
        let (pupils, irises) = (
            self.eyeballs.pupils(&eyeballs),
            self.eyeballs.iris_radii(&eyeballs),
        );
        let shares = self.pupil_shares(row, &eyeballs)?;
        let lids = &LANDMARKS.eyes;
        let eyes = [0, 1].map(|side| {
            let eye = person.eyes[side];
            let (upper, lower) = (
                vertex(lids.upper_middle.side(side)),
                vertex(lids.lower_middle.side(side)),
            );
            let neutral = {
                let at = |v: u32| person.figure.positions[v as usize].as_dvec3();
                (at(lids.upper_middle.side(side)) - at(lids.lower_middle.side(side))).length()
            };
            annotation::Eye {
                centre: eye.centre,
                optical_axis: eye.axis,
                pupil: eye.centre + eye.axis * (pupils[side].as_dvec3() - eye.centre).dot(eye.axis),
                iris_radius_m: irises[side],
                pupil_radius_m: irises[side] * shares[side],
                upper_lid: upper,
                lower_lid: lower,
                inner_corner: vertex(lids.inner_corner.side(side)),
                outer_corner: vertex(lids.outer_corner.side(side)),
                opening: ((upper - lower).dot(person.world_from_head.y_axis) / neutral.max(1e-6))
                    .max(0.0),
            }
        });
        let origin = between_eyes(person);
        let to_head = person.world_from_head.transpose();
        let (mut low, mut high) = (DVec3::MAX, DVec3::MIN);
        for (index, quad) in self.model.quads.iter().enumerate() {
            if FACES.get(index).is_some_and(|(part, _)| {
                !matches!(part, Part::Neck | Part::BodySkin | Part::MouthInterior)
            }) {
                for &v in &quad[..4] {
                    let local = to_head * (person.posed[v as usize].as_dvec3() - origin);
                    low = low.min(local);
                    high = high.max(local);
                }
            }
        }
        Ok(annotation::Person {
            instance,
            head: annotation::Head {
                origin,
                world_from_head: person.world_from_head,
                low,
                high,
            },
            eyes,
            landmarks_68: LANDMARKS
                .points
                .iter()
                .map(|point| surface(point))
                .collect(),
            face_region: Region {
                object: skin.object,
                triangles: skin.shape.front.clone(),
            },
            keypoints: self
                .keypoints
                .of(
                    &self.model,
                    &person.figure.positions,
                    &person.skeleton,
                    &person.posed,
                    person.offset,
                )
                .into_iter()
                .map(|point| annotation::Keypoint {
                    position: point.position.as_dvec3(),
                    inset_m: f64::from(point.inset_m),
                })
                .collect(),
            joints: self
                .model
                .rig
                .joints(&person.skeleton)
                .map(|(name, position)| annotation::Joint {
                    name: name.to_owned(),
                    position: (position + person.offset).as_dvec3(),
                })
                .collect(),
            action: annotation::Action {
                name: row.category("pose.posture")?.to_owned(),
                phase: person
                    .held
                    .as_ref()
                    .and_then(|held| held.phase)
                    .map(|phase| annotation::Phase {
                        name: phase.name.to_owned(),
                        from_s: f64::from(phase.from_s),
                        to_s: f64::from(phase.to_s),
                    }),
            },
            perclos: person.life.perclos,
            measured: [
                ("height_cm", person.figure.height_cm),
                ("bmi_kg_m2", person.figure.bmi_kg_m2),
                ("mass_kg", person.figure.mass_kg),
            ]
            .into_iter()
            .chain(measure(&self.model, &person.figure.positions))
            .collect(),
        })
    }
}

/// A person with what is theirs.
struct Somebody<'r> {
    row: &'r Row,
    wearing: wardrobe::Wearing,
    person: Person,
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

/// The triangles whose flag is `side` as a mesh of their own.
fn split(mesh: &Mesh, flags: &[bool], side: bool) -> Mesh {
    let mut new_index = vec![u32::MAX; mesh.positions.len()];
    let mut out = Mesh::default();
    for (index, triangle) in mesh
        .triangles
        .iter()
        .enumerate()
        .filter(|(index, _)| flags[*index] == side)
    {
        let corners = triangle.map(|v| {
            let v = v as usize;
            if new_index[v] == u32::MAX {
                new_index[v] = out.positions.len() as u32;
                out.positions.push(mesh.positions[v]);
                out.normals.push(mesh.normals[v]);
                out.uvs.push(mesh.uvs[v]);
            }
            new_index[v]
        });
        out.triangles.push(corners);
        out.parts.push(mesh.parts[index]);
    }
    out
}

/// Brows and lashes come as one item for both sides: name each triangle's side by where it lies.
fn by_side(mesh: Mesh, person: &Person, part: Part) -> Mesh {
    let (right, left) = match part {
        Part::RightLashes | Part::LeftLashes => (Part::RightLashes, Part::LeftLashes),
        _ => (Part::RightBrow, Part::LeftBrow),
    };
    let origin = between_eyes(person);
    let towards_left = person.world_from_head.x_axis;
    let parts = mesh
        .triangles
        .iter()
        .map(|t| {
            let middle = t
                .iter()
                .map(|&v| mesh.positions[v as usize].as_dvec3())
                .sum::<DVec3>()
                / 3.0;
            if (middle - origin).dot(towards_left) < 0.0 {
                right
            } else {
                left
            }
        })
        .collect();
    Mesh { parts, ..mesh }
}

fn between_eyes(person: &Person) -> DVec3 {
    (person.eyes[0].centre + person.eyes[1].centre) * 0.5
}

/// What the eyes of the first person look at: the camera stands around them.
fn gaze(row: &Row, stance: &Stance<'_>) -> Result<Gaze, RowError> {
    gaze_at(row, camera::lens_position(row, stance.target(row)?)?)
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
