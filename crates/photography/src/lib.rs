//! How pictures are taken, whatever they show: what a recipe says of lens, shutter, sensor and surroundings, and a light meter.
//!
//! Stages (`people`, `vehicles`) add where the camera stands and what it is exposed for. [`attributes`] are the words, [`camera`] turns them into a
//! [`scene::Camera`], [`meter`] measures and balances surroundings. Deliberately not here: what is in the picture, and how light travels.
pub mod attributes;
pub mod camera;
pub mod meter;
