//! Ground truth from a scene and its frame: labels, their files, their proof, and the field's exchange formats.
//!
//! [`annotate`] derives every label from the geometry that made the pixel; [`files()`] and [`scalars`] put them on disk beside the
//! picture. Labels are typed structs first ([`annotations`]); a format is a writer over them and never touches the renderer.
//!
//! Reading order: [`kind`] (what can be asked for), [`annotations`] (the typed labels and their JSON), [`layout`] (the files),
//! [`class`] (parts to `FaceSynthetics` classes), [`pose`] (angles).
//!
//! Deliberately not here: which points of a head are landmarks (`people` chooses them), how light travels (`render`), how samples are
//! kept on disk (`dataset`).

pub mod annotations;
pub mod boxes;
pub mod class;
pub mod damage;
pub mod export;
pub mod eyes;
pub mod kind;
pub mod layout;
pub mod pose;
pub mod product;
pub mod vehicle;
pub mod verify;
pub mod view;

mod amodal;
mod annotate;
mod camera;
mod contour;
mod files;
mod flow;
mod landmark;
mod sight;

pub use amodal::{Amodal, amodal};
pub use annotate::annotate;
pub use annotations::SampleLabels;
pub use damage::{DamageMasks, damage_masks};
pub use files::{files, measured_depth, scalars};
pub use flow::{Flow, flow, flow_file};
pub use kind::{LabelKind, LabelSet, kinds, product_kinds, vehicle_kinds};
