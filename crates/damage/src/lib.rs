//! What impacts, keys and time do to surfaces: dents by a thin shell that yields, scratches through layers of paint, broken glass, and what is true of them in millimetres.
//!
//! A thing is a list of [`Piece`]s: meshes of which each knows what it is made of and where each of its vertices was before. [`strike()`] presses something into them, [`indent`](mod@indent) into what is no sheet of a car,
//! [`paint`] opens their paint, [`glass`] breaks panes, [`measure`] tells depths, areas and volumes from the geometry as it is afterwards.
//! Reading order: [`piece`], [`refine`](piece::Piece::refine), `sheet`, [`mod@strike`], [`paint`], [`glass`], [`measure`].
//!
//! World: metres, right-handed. Bytes depend on the arguments alone. Deliberately not here: what the things are (`vehicle`), rows and recipes, pictures.

pub mod glass;
pub mod indent;
pub mod measure;
pub mod paint;
pub mod piece;
mod sheet;
pub mod strike;
pub mod striker;

pub use piece::{Piece, Substance};
pub use strike::{Impact, Strike, strike};
pub use striker::Striker;
