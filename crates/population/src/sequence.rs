//! Samples that follow each other in time: the frames of one draw.
//!
//! A stage that knows time lists three attributes, which a recipe sets in its section `sequence`: how long ([`SECONDS`]) and how often
//! ([`FPS`]), the same for the whole data set, and the moment ([`TIME`]), which the population sets to 0, 1/fps, 2/fps … in the frames of
//! each draw. Everything else is drawn once, so that a sequence shows one person in one place, and each frame can be made alone.

use crate::attribute::Attribute;
use crate::recipe::Recipe;
use crate::row::{Row, RowError, Value};

/// Length of every sequence, seconds; 0 makes single samples.
pub const SECONDS: &str = "sequence.seconds";
/// Frames a second.
pub const FPS: &str = "sequence.fps";
/// Seconds since the sequence began.
pub const TIME: &str = "sequence.time_s";

/// The three attributes, for the schema of a stage that knows time.
pub fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::number(
            SECONDS,
            0.0,
            600.0,
            "s",
            "length of every sequence; 0 makes single pictures",
        )
        .default_constant(0.0)
        .constant(),
        Attribute::number(FPS, 0.1, 240.0, "1/s", "frames a second of every sequence")
            .default_constant(10.0)
            .constant(),
        Attribute::number(
            TIME,
            0.0,
            600.0,
            "s",
            "moment since the sequence began; in a sequence, that of each frame",
        )
        .default_constant(0.0),
    ]
}

/// How many frames each draw has: 1 without a sequence.
pub(crate) fn frames(recipe: &Recipe) -> u64 {
    let number = |name| match recipe.constant(name) {
        Some(Value::Number(value)) => *value,
        _ => 0.0,
    };
    // Casts of floats stop at the ends of the type: a recipe's limits are far below.
    ((number(SECONDS) * number(FPS)).round() as u64).max(1)
}

/// When frame `frame` is, seconds; `None` where the recipe makes single samples, so that the row's own moment stays.
pub(crate) fn time_s(recipe: &Recipe, frame: u64) -> Option<f64> {
    match (recipe.constant(SECONDS), recipe.constant(FPS)) {
        (Some(Value::Number(seconds)), Some(Value::Number(fps))) if *seconds > 0.0 => {
            Some(frame as f64 / fps)
        }
        _ => None,
    }
}

/// Where a row lies in its sequence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// From 0.
    pub frame: u64,
    /// How many frames the sequence has.
    pub frames: u64,
    /// Seconds since the sequence began.
    pub time_s: f64,
    /// Seconds from this frame to the next.
    pub step_s: f64,
    /// Length of the sequence, seconds.
    pub seconds: f64,
}

impl Moment {
    /// The moment of a row; `None` for a single sample.
    ///
    /// # Errors
    /// [`RowError`] when the stage's schema does not list [`attributes`].
    pub fn of(row: &Row) -> Result<Option<Self>, RowError> {
        let seconds = row.number(SECONDS)?;
        let (fps, time_s) = (row.number(FPS)?, row.number(TIME)?);
        Ok((seconds > 0.0).then(|| Self {
            frame: (time_s * fps).round() as u64,
            frames: ((seconds * fps).round() as u64).max(1),
            time_s,
            step_s: 1.0 / fps,
            seconds,
        }))
    }
}
