//! The people stage: from a row to a scene with annotations.
//!
//! [`PeopleStage::open`] reads the packs; [`PeopleStage::scene`] turns a row into a scene. Reading order: [`attributes`] (what a recipe may
//! ask), [`body`] (shape, skeleton, fitted items), [`identity`], [`expression`], [`person`] (all of these applied), then `stage`, which
//! assembles the scene from person, [`skin`], wardrobe, lighting and camera.
//!
//! Invariants: a scene is a pure function of row and packs; bodies always wear clothes. Deliberately not here: light transport (`render`),
//! label files (`label`).
pub mod attributes;
pub mod beard;
pub mod body;
mod camera;
mod complexion;
mod error;
pub mod expression;
pub mod eyewear;
pub mod face_map;
mod glasses;
mod hair;
pub mod hair_colour;
pub mod identity;
pub mod iris;
mod lighting;
pub mod person;
pub mod skin;
mod skin_mesh;
mod stage;
mod tables;
mod textures;
mod wardrobe;

pub use body::import::AssetFolders;
pub use error::AssetError;
pub use stage::{PeopleStage, StagingError};
