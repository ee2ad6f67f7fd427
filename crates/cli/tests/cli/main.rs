//! The real binary, from the outside: what it prints, which files it leaves, how it ends.
//!
//! Tests that make pictures need the packs (`populace packs install`; `make test` does it) and fail without them. One small data set is
//! made once and shared; everything that is changed is a copy in a folder of its own.

mod bytes;
mod check;
mod check_genomes;
mod check_pictures;
mod damage;
mod disk;
mod eyes;
mod frontier;
mod hair;
mod linked;
mod looking;
mod mistakes;
mod motion;
mod onnx;
mod packs;
mod pair;
mod person;
mod pictures;
mod places;
mod postgres;
mod private;
mod products;
mod recipes;
mod rig;
mod scenes;
mod sequences;
mod shift;
mod sources;
mod support;
mod tables;
mod talk;
mod testpack;
mod trial;
mod vehicle;
mod verify;
mod worn;
