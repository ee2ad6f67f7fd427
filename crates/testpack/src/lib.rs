//! Test packs: pictures that nobody has seen, sealed, with a stated power, and what a model is worth on them.
//!
//! A regulator (or a customer) writes a [`Plan`] of claims about a model: changing one attribute and nothing else moves its answers by less than a margin, in every group; or its answers are wrong in less
//! than a share, in every group. [`cells`] works out how many pairs or pictures each claim needs for the stated error rates ([`power`]). [`seal`](seal::seal) makes them from a secret seed and writes a
//! *commitment*: a short text, to be published before anybody sees a picture, that fixes plan, seed and every byte. [`seal::verify`] tells a pack in which one byte has changed, and with the secret that
//! the pictures are those that plan and seed give. [`handout`] gives its pictures away without what says who is on them. [`judge`] answers each claim with *holds*, *fails* or *undecided*, with the error rates controlled over all of them (Holm 1979).
//!
//! *Determinism.* A pack follows from plan, seed and version. The seed comes from the operating system and is kept by whoever sealed. *Absences:* it makes no pictures itself ([`Stage`] does) and runs no model.

pub mod handout;
mod judge;
mod plan;
pub mod power;
pub mod seal;

pub use judge::{Decision, Judged, judge, report};
pub use plan::{Cell, Claim, Plan, TestpackError, What, cells};
pub use seal::Stage;
