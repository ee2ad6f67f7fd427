//! The people stage: from a row to a scene with annotations.
//!
//! [`PeopleStage::open`] reads the packs; [`PeopleStage::scene`] turns a row into a scene. Reading order: [`attributes`] (what a recipe may
//! ask), [`person`] (a row's numbers applied to the [`body`] crate's model, `shape` with a scanned person's own), then `stage`, which assembles the scene from person, [`skin`],
//! wardrobe, lighting and camera.
//!
//! Invariants: a scene is a pure function of row and packs; bodies always wear clothes. Deliberately not here: light transport (`render`),
//! label files (`label`).
mod annotate;
pub mod attributes;
pub mod beard;
mod bearing;
mod complexion;
mod crowd;
mod driving;
mod error;
mod eye;
pub mod eyewear;
pub mod face_map;
mod framing;
mod garment;
mod glasses;
mod groom;
mod hair;
pub mod hair_colour;
mod headset;
pub mod iris;
mod life;
mod lighting;
pub mod person;
mod posture;
mod props;
mod rigged;
mod shape;
mod sides;
pub mod skin;
mod skin_mesh;
mod sources;
mod stage;
mod textures;
mod wardrobe;
mod worn;

pub use body::rigged::Files as RiggedFiles;
pub use body::{AssetError, AssetFolders};
pub use error::StagingError;
pub use sources::{RealSource, Sources};
pub use stage::PeopleStage;
