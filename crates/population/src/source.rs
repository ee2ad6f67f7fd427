//! Files of the user's own that a recipe stands on: scanned people, recorded motions, cars and products of other programs.
//!
//! A recipe names them under `sources`; whoever knows their formats opens them and makes choices of a schema from them. A recipe as run names
//! each by its SHA-256, so that it is the same recipe only with the same files.

mod open;

pub use open::{Opened, SourceError};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// A person learned from a scan.
    People,
    /// A clip of motion.
    Motions,
    /// A car of another program.
    Vehicles,
    /// A product's mesh.
    Products,
}

impl SourceKind {
    /// All of them, in the order in which recipes list them.
    pub const ALL: [Self; 4] = [Self::People, Self::Motions, Self::Vehicles, Self::Products];

    /// The key in `sources`.
    pub fn key(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Motions => "motions",
            Self::Vehicles => "vehicles",
            Self::Products => "products",
        }
    }

    /// How its files end, without the dot.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::People => &["person"],
            Self::Motions => &["motion"],
            Self::Vehicles | Self::Products => &["glb", "gltf", "obj", "ply"],
        }
    }
}

/// A file or folder that a recipe names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRequest {
    /// What it should hold.
    pub kind: SourceKind,
    /// As written: relative to the recipe's folder.
    pub file: String,
    /// Which content it must have, hexadecimal; any where the recipe does not say.
    pub sha256: Option<String>,
    /// Whether it was withdrawn: it is not opened, and nothing is made of it.
    pub withdrawn: bool,
    /// Of what was withdrawn, the groups its choice belonged to.
    pub tags: Vec<String>,
    /// Where the recipe names it.
    pub line: usize,
}

/// A file that a recipe stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// What it holds.
    pub kind: SourceKind,
    /// What recipes call it: the file's stem.
    pub name: String,
    /// As the recipe names it.
    pub file: String,
    /// Of its bytes, hexadecimal.
    pub sha256: String,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
    /// The groups of choices it belongs to by its own words. Draws go by them also when it is withdrawn.
    pub tags: Vec<String>,
}
