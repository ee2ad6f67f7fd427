//! The options of verbs that show or hand on pictures: `render`, `view`, `export`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use label::export::Format;
use label::view::Overlay;
use studio::Layer;

use super::OverrideArgs;

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// A scene file (.glb, .gltf, .obj, .ply), or a recipe and a sample's number: `faces.yaml#3`; without a number the first
    #[arg(value_name = "SCENE|RECIPE#I")]
    pub(crate) source: String,
    /// The picture: a PNG file, or an EXR file for linear radiance
    #[arg(short, long, value_name = "PNG|EXR")]
    pub(crate) out: PathBuf,
    /// Ground truth to write too: channels of an EXR file, files beside a PNG file
    #[arg(long, value_delimiter = ',', value_name = "LAYER,…", value_parser = layer_parser())]
    pub(crate) layers: Vec<LayerChoice>,
    /// Paths through each pixel [default: as the recipe has it; 64 for scene files]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub(crate) samples: Option<u32>,
    /// What happens to the noise that is left [default: as the recipe has it; auto for scene files]
    #[arg(long, value_name = "HOW")]
    pub(crate) denoise: Option<DenoiseChoice>,
    /// Light for a scene file: an environment, an EXR or .hdr file
    #[arg(long, value_name = "FILE")]
    pub(crate) env: Option<PathBuf>,
    /// Stops that the picture of a scene file is shown brighter [default: the file's; metered where it brings light, else 0]
    #[arg(long, value_name = "EV", allow_negative_numbers = true, value_parser = stops)]
    pub(crate) exposure: Option<f64>,
    /// Fail where a pack is missing instead of installing it
    #[arg(long)]
    pub(crate) no_install: bool,
    // Last, as in `MakeArgs`.
    #[command(flatten)]
    pub(crate) overrides: OverrideArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    /// The data set; or a schema of linked tables, or the model of some
    #[arg(value_name = "DIR|SCHEMA|MODEL")]
    pub(crate) dir: PathBuf,
    /// The contact sheet, a PNG file; of linked tables a picture, an SVG file
    #[arg(short, long, value_name = "PNG|SVG")]
    pub(crate) out: PathBuf,
    /// Labels to draw over the pictures
    #[arg(long, value_delimiter = ',', value_name = "LABEL,…", value_parser = overlay_parser())]
    pub(crate) overlay: Vec<Overlay>,
    /// The first sample
    #[arg(long, value_name = "I", default_value_t = 0)]
    pub(crate) first: u64,
    /// How many samples at most
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: u32,
    /// Pictures side by side
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) columns: u32,
    /// Longer side of each picture on the sheet
    #[arg(long, value_name = "PX", default_value_t = 256, value_parser = clap::value_parser!(u32).range(16..=4096))]
    pub(crate) tile: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The format
    #[arg(value_parser = format_parser())]
    pub(crate) format: ExportFormat,
    /// The data set; for gltf and rig one sample of a data set or of a recipe: `DIR#I`, `faces.yaml#3`
    #[arg(value_name = "DIR")]
    pub(crate) source: String,
    /// The folder to write; for gltf and rig the GLB file, beside which rig writes JSON
    #[arg(short, long, value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// For gltf and rig: where the recipe's own scans and motions lie, if not in the data set, beside it or here
    #[arg(long, value_name = "FOLDER")]
    pub(crate) sources: Vec<PathBuf>,
    /// Print what was written and what the format could not hold as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `export` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// Pictures and labels of a data set.
    Labels(Format),
    /// The scene of one sample.
    Gltf,
    /// The body of one sample with its skeleton.
    Rig,
    /// A film of each sequence.
    Video,
}

/// Labels by their names in recipes, and shorter ones for typing.
fn overlay_parser() -> impl TypedValueParser<Value = Overlay> {
    let short = |overlay: Overlay| match overlay {
        Overlay::FaceParsing => Some("parsing"),
        Overlay::ContourLandmarks => Some("contour"),
        Overlay::Landmarks
        | Overlay::Boxes
        | Overlay::Parts
        | Overlay::Damage
        | Overlay::Eyes
        | Overlay::Gaze
        | Overlay::HeadPose
        | Overlay::Keypoints => None,
    };
    let values =
        Overlay::ALL.map(|overlay| PossibleValue::new(overlay.name()).aliases(short(overlay)));
    let named = move |written: &str| {
        Overlay::ALL
            .into_iter()
            .find(|overlay| overlay.name() == written || short(*overlay) == Some(written))
    };
    PossibleValuesParser::new(values).try_map(move |written| named(&written).ok_or("no such label"))
}

/// What `--layers` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayerChoice {
    /// Every layer.
    All,
    /// This one.
    One(Layer),
}

fn layer_parser() -> impl TypedValueParser<Value = LayerChoice> {
    let names = Layer::ALL.map(Layer::name);
    PossibleValuesParser::new(std::iter::once("all").chain(names)).try_map(|written| {
        let one = Layer::ALL.into_iter().find(|layer| layer.name() == written);
        match one {
            Some(layer) => Ok(LayerChoice::One(layer)),
            None if written == "all" => Ok(LayerChoice::All),
            None => Err("no such layer"),
        }
    })
}

/// What `--denoise` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DenoiseChoice {
    /// It stays
    None,
    /// The engine's own filter takes it out
    Own,
    /// Open Image Denoise takes it out, from the pack oidn
    Oidn,
    /// oidn where its pack is installed, own elsewhere
    Auto,
}

impl DenoiseChoice {
    /// As recipes write it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Own => "own",
            Self::Oidn => "oidn",
            Self::Auto => "auto",
        }
    }
}

/// Stops of exposure; more than 64 either way is nothing a picture survives.
fn stops(written: &str) -> Result<f64, String> {
    written
        .parse()
        .ok()
        .filter(|stops: &f64| stops.abs() <= 64.0)
        .ok_or_else(|| "expected a number from -64 to 64".to_owned())
}

fn format_parser() -> impl TypedValueParser<Value = ExportFormat> {
    let names = Format::ALL.map(Format::name);
    PossibleValuesParser::new(names.into_iter().chain(["gltf", "rig", "video"])).try_map(
        |written| match Format::from_name(&written) {
            Some(format) => Ok(ExportFormat::Labels(format)),
            None if written == "gltf" => Ok(ExportFormat::Gltf),
            None if written == "rig" => Ok(ExportFormat::Rig),
            None if written == "video" => Ok(ExportFormat::Video),
            None => Err("no such format"),
        },
    )
}
