//! Joint distributions from noisy marginals.
//!
//! Records are a few small numbers each, the *attributes*. Which marginals are worth counting is decided under differential privacy ([`aim`], in one go [`mst`], or for records that stand beside others [`network`]); from
//! the noisy counts a graphical model is fitted ([`fit`]): of all joint distributions near the counts the one that assumes least. It lives on a [`JunctionTree`], where
//! marginals and conditional shares are exact ([`Beliefs`]).
//!
//! *Privacy*: records are behind [`privacy::Private`]'s door; all that is read is counted with noise and paid for from a [`privacy::Account`]. Everything after that is
//! arithmetic on noisy numbers and costs nothing. `PROOF.md` beside this file says why.
//!
//! This crate does not know what an attribute means, nor where records come from.

pub mod aim;
mod beliefs;
pub mod fit;
mod junction;
mod layout;
pub mod mst;
pub mod network;

pub use beliefs::{Beliefs, Conditional};
pub use junction::JunctionTree;
