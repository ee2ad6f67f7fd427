//! One module a verb: arguments in, a call into a library crate, the answer on stdout.

pub(crate) mod check;
mod check_genomes;
mod check_pairs;
mod check_pictures;
pub(crate) mod export;
pub(crate) mod frontier;
pub(crate) mod learn;
mod learn_motion;
mod learn_private;
pub(crate) mod linked;
mod linked_private;
pub(crate) mod make;
pub(crate) mod merge;
pub(crate) mod packs;
mod person;
pub(crate) mod pictures;
pub(crate) mod regen;
pub(crate) mod render;
mod request;
pub(crate) mod rows;
pub(crate) mod schema;
pub(crate) mod statement;
pub(crate) mod vehicle;
pub(crate) mod verify;
pub(crate) mod video;
pub(crate) mod view;
pub(crate) mod withdraw;
