//! The built-in learner for pictures: a small convolutional network that tells landmarks, a class, segments or numbers.
//!
//! [`Examples`] are pictures with their truth; [`read`] takes them from made data sets and from a user's files. [`Network::train`] learns from them,
//! [`Network::predict`] and [`Network::losses`] ask and judge. It is made to be trained dozens of times a day on a laptop's processor.
//!
//! # Determinism
//! The same examples and [`Settings`] give the same network, byte for byte, on any number of threads and any processor: sums have a fixed order, and
//! products are added with one rounding everywhere.
//!
//! Deliberately not here: who composes data sets, compares networks or keeps time.

mod augment;
mod convolution;
mod error;
mod examples;
mod head;
mod lanes;
mod layers;
mod level;
mod network;
mod normal;
mod optimiser;
pub mod read;
mod sampling;
mod settings;
mod train;

pub use augment::Augmentation;
pub use error::VisionError;
pub use examples::{Examples, Frame, Kind, Landmarks, Truth, UNKNOWN, VIEW, mirrored_face};
pub use network::{Answers, Network, VERSION};
pub use settings::{Points, Progress, Settings, Unwatched, Watch};
pub use train::{Ended, Look, Trained};

#[cfg(test)]
mod gradients;
