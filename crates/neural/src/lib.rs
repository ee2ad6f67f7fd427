//! Small networks that are trained under differential privacy.
//!
//! | part | what it is |
//! |---|---|
//! | [`Gan`] | a generator and the discriminator that judges it; only the discriminator sees real records, through DP-SGD ([`privacy::Descent`]) |
//! | [`Moments`] | means of random features of real records, told once with noise ([`privacy::Private::sums`]), which the generator matches before and beside the discriminator |
//! | [`Gan::train_by_votes`] | the same, where the discriminator is a student of teachers who vote under noise (PATE-GAN) |
//! | [`Dense`] | the finished generator as plain numbers: the same outputs for the same inputs on every machine |
//! | [`Head`] | what a generator puts out: brightnesses, or choices |
//!
//! *Invariants:* real records reach a network only inside [`privacy::Descent::step`] and an embedding only inside [`privacy::Private::sums`], whose results are noisy; each record's part of a gradient is made of that record alone (no
//! normalisation over a batch in discriminators). What is trained cannot be made again, because privacy noise is never the same; what a finished network puts out can.
//! *Absences:* no files, no tables, no pictures, no clock.

mod adam;
mod basis;
mod dense;
mod discriminator;
mod embedding;
mod gan;
mod generator;
mod head;
mod pate;
mod random;

pub use basis::Basis;
pub use dense::{Dense, Layer};
pub use gan::{Gan, GanError, Moments, Terms, Trained};
pub use head::Head;
pub use pate::Votes;
