//! The options of `vehicle`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct VehicleArgs {
    /// A car of the catalogue (`volkswagen-golf`), a style (`suv`), or a sheet of measures: a YAML file
    #[arg(required_unless_present_any = ["list", "from"], conflicts_with = "from")]
    pub(crate) name: Option<String>,
    /// The file to write, which `render`, recipes and other programs read
    #[arg(short, long, value_name = "GLB", required_unless_present_any = ["list", "from"])]
    pub(crate) out: Option<PathBuf>,
    /// Take a car of another program instead: mend it, find its unit, axes and parts, and say what was found
    #[arg(long, value_name = "MODEL.glb|gltf|obj")]
    pub(crate) from: Option<PathBuf>,
    /// Corrections of what is found in MODEL, as --write-parts writes it
    #[arg(long, value_name = "YAML", requires = "from")]
    pub(crate) parts: Option<PathBuf>,
    /// Write what was found in MODEL, to be corrected and given back by --parts
    #[arg(long, value_name = "YAML", requires = "from")]
    pub(crate) write_parts: Option<PathBuf>,
    /// Print the report on MODEL as JSON
    #[arg(long, requires = "from")]
    pub(crate) json: bool,
    /// Colour of the paint, as it looks on a screen
    #[arg(long, value_name = "#RRGGBB", default_value = "#9a1c1c")]
    pub(crate) colour: String,
    /// How the paint is built up
    #[arg(long, default_value = "solid")]
    pub(crate) finish: FinishName,
    /// Print the cars of the catalogue instead
    #[arg(long, conflicts_with_all = ["name", "out", "from"])]
    pub(crate) list: bool,
}

/// Finishes of paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FinishName {
    /// Pigment under a clear coat
    Solid,
    /// With aluminium flakes
    Metallic,
    /// With bright mica
    Pearl,
    /// Under a coat that scatters
    Matt,
}

impl From<FinishName> for vehicle::Finish {
    fn from(name: FinishName) -> Self {
        match name {
            FinishName::Solid => Self::Solid,
            FinishName::Metallic => Self::Metallic,
            FinishName::Pearl => Self::Pearl,
            FinishName::Matt => Self::Matt,
        }
    }
}
