//! The products stage: a row becomes a scene with a manufactured thing on a belt or a turntable, its defects, industrial light, a camera, and annotations for labels.
//!
//! [`attributes::schema`] says what a recipe may ask for, [`ProductStage::scene`] builds it: `shape` the things that ship (`solid` their surfaces), `sources` the recipe's own meshes,
//! `look` what they are made of, `defect` what is wrong with them (drawn from `defects.seed`, done by the crate `damage`), `bench` what surrounds them.
//!
//! The thing stands on y = 0 around the origin. A scene is a pure function of row and sources; it needs no packs. Deliberately not here: light transport, masks, label files.
pub mod attributes;
mod bench;
mod defect;
mod look;
mod shape;
mod solid;
mod sources;
mod stage;

pub use sources::Sources;
pub use stage::ProductStage;
