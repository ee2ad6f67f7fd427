//! What can be done with clips.

use std::f32::consts::{PI, TAU};

/// An angle within half a round of 0.
pub(crate) fn wrapped(angle: f32) -> f32 {
    (angle + PI).rem_euclid(TAU) - PI
}
