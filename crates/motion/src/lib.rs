//! How people move: motion capture in, poses of any body out.
//!
//! Reading order: [`joint`] names a person's joints and the pose they are told from, [`frame`] is one moment, [`skeleton`] puts it on a body, [`clip`]
//! is many. [`bvh`] and [`acclaim`] read recordings into a [`take`]; [`names`] says which of its joints is which, `calibrate` how they lie,
//! [`mod@retarget`] makes the clip; `contacts` finds when feet stand, `plant` keeps them there. [`edit`] cuts and joins clips, [`mod@file`] keeps them,
//! [`hand`] poses hands, [`mod@reach`] brings them to places, [`action`] makes everyday motions, [`contact`] tells when a body enters itself.
//!
//! Invariants: a pose is a pure function of clip, time and body; foreign bytes never panic and never take more memory than a small multiple of their
//! number; no motion depends on whose skeleton it was recorded on. Deliberately not here: rows, recipes, skin, pictures.
pub mod acclaim;
pub mod action;
pub mod bvh;
mod calibrate;
pub mod clip;
pub mod contact;
mod contacts;
pub mod edit;
mod error;
pub mod file;
pub mod frame;
pub mod hand;
pub mod joint;
mod map;
pub mod names;
mod plant;
pub mod reach;
mod recording;
pub mod retarget;
pub mod skeleton;
pub mod take;
mod turning;
mod words;

pub use clip::Clip;
pub use error::MotionError;
pub use frame::Frame;
pub use joint::{Finger, Joint, Side};
pub use recording::Recording;
pub use skeleton::Skeleton;
