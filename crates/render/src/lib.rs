//! Light transport: a scene goes in, a frame comes out.
//!
//! [`Tracer::new`] checks a [`scene::Scene`] and builds a ray hierarchy over it; [`Tracer::render`] returns a [`Frame`]: radiance by path tracing,
//! and [`Layers`], the ground truth under each pixel's centre. [`view`] turns radiance into bytes.
//!
//! Reading order: `tracer`, `path` (how light is gathered), `bsdf` (how surfaces scatter), `light`, `layers`, `geometry`, `fibres`, `bvh`.
//!
//! Invariants: single precision inside, world space, metres; nothing here is random but what [`Settings::seed`] says; every pixel is computed alone, so
//! that threads cannot change it. Deliberately not here: what a person is (`people`), what a label file looks like (`label`).
mod bsdf;
pub mod bvh;
#[cfg(test)]
mod chi_square;
mod denoise;
mod error;
mod fibres;
mod film;
mod geometry;
mod layers;
mod lens;
mod light;
mod media;
pub mod oidn;
mod opacity;
mod path;
mod ray;
mod sampling;
pub mod sensor;
mod settings;
mod shading;
mod skin;
mod texture;
mod tracer;
pub mod view;
mod world;

pub use error::RenderError;
pub use layers::{Hit, Layers};
pub use ray::Ray;
pub use settings::{Denoise, Filter, Settings, Target, Threads};
pub use tracer::{Frame, Guides, Tracer};
