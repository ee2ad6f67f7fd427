//! The human body: MakeHuman's base mesh, its shape targets, its rig, and the items fitted to it.
//!
//! Reading order: [`import`] converts the packs' files, `archive` is the cache, [`model`] holds what it read, [`phenotype`] turns years
//! and ancestry into target weights, [`figure`] solves height and BMI, [`sliders`] sets them by hand, [`identity`] and [`expression`] shape the face, [`rig`] poses, [`skinning`] lets the skin follow,
//! [`subdivision`] smooths, [`proxy`] fits hair, eyes and clothes, [`tables`] says which face is which part and where landmarks ride,
//! [`region`] which limb, [`batch`] makes many bodies at once, [`keypoints`] places COCO's points, [`measure`] measures like a tailor, [`rigged`] writes body and skeleton for other programs.
//!
//! Invariants: a shape is a pure function of weights and packs, in a fixed order of summation. Deliberately not here: rows and recipes,
//! materials, cameras (`people`); real persons' scans.
mod archive;
pub mod batch;
pub mod error;
pub mod expression;
pub mod figure;
pub mod identity;
pub mod import;
pub mod keypoints;
pub mod measure;
pub mod model;
pub mod phenotype;
pub mod proxy;
pub mod region;
pub mod rig;
pub mod rigged;
pub mod skinning;
pub mod sliders;
pub mod subdivision;
pub mod tables;

pub use error::AssetError;
pub use import::AssetFolders;
pub use model::{BodyModel, Target};
