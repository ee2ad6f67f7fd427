//! The vehicles stage: a row becomes a scene with a car, what happened to it, a camera, light, and annotations for labels.
//!
//! [`attributes::schema`] says what a recipe may ask for, [`VehicleStage::scene`] builds it: `car` the car and its paint, `wear` what happened to it (drawn from `damage.seed`, done by the
//! crate `damage`), `place` and `site` what surrounds it, `weather` what lies on car and ground, `stand` where the camera is, `annotate` what labels are made from.
//!
//! The car stands still on y = 0, its axles' middle at the origin, facing +z; the camera walks around it. A scene is a pure function of row and packs.
//! Deliberately not here: how a car is built (`vehicle`), how sheets yield (`damage`), light transport, label files.
mod annotate;
pub mod attributes;
mod car;
mod error;
mod place;
mod site;
mod sources;
mod stage;
mod stand;
mod wear;
mod weather;

pub use error::StagingError;
pub use sources::Sources;
pub use stage::VehicleStage;
