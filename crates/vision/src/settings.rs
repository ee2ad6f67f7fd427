//! How a network is trained, and who watches.

use std::ops::ControlFlow;

use population::stream::Seed;

use crate::augment::Augmentation;
use crate::error::VisionError;
use crate::examples::Kind;
use crate::lanes::LANES;

/// How a network is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Pixels of the side of what the network sees: a multiple of 16, from 16 to 256.
    pub side: usize,
    /// Channels of the first level, a multiple of 4 from 4 to 128; the others have two, three and four times as many.
    pub width: usize,
    /// How landmarks are told; other truths have one way.
    pub points: Points,
    /// Steps, if nothing stops it before.
    pub steps: usize,
    /// Pictures a step: a multiple of 16 up to 1024. Threads beyond a sixteenth of it stand by.
    pub batch: usize,
    /// The greatest rate of learning.
    pub rate: f64,
    /// Share of the pictures that nothing is learned from, which say when to stop: 0 to 0.5.
    pub validation: f64,
    /// How often in a row the validation may find no improvement; it looks twenty times.
    pub patience: usize,
    /// How pictures are changed.
    pub augmentation: Augmentation,
    /// What all random choices hang on.
    pub seed: Seed,
}

/// How landmarks are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Points {
    /// Each by the middle of a heat map's mass.
    Maps,
    /// Each by two numbers from all of the coarsest level.
    Numbers,
}

impl Settings {
    /// What suits most pictures with such a truth: 60 to 90 s on two processor cores.
    pub fn of(kind: &Kind) -> Self {
        Self {
            side: 64,
            width: 24,
            points: Points::Maps,
            steps: 900,
            batch: 32,
            rate: 3e-3,
            validation: 0.1,
            patience: 6,
            augmentation: Augmentation::of(kind),
            seed: Seed(0),
        }
    }

    /// Nothing when a network can be trained so.
    ///
    /// # Errors
    /// The first setting that is out of its range.
    pub fn check(&self) -> Result<(), VisionError> {
        let wrong = |what: String| Err(VisionError::new(what, "change the learner's settings"));
        let Self {
            side,
            width,
            steps,
            batch,
            rate,
            validation,
            ..
        } = *self;
        if !side.is_multiple_of(16) || !(16..=256).contains(&side) {
            return wrong(format!(
                "a side of {side} pixels is no multiple of 16 from 16 to 256"
            ));
        }
        if !width.is_multiple_of(4) || !(4..=128).contains(&width) {
            return wrong(format!(
                "a width of {width} channels is no multiple of 4 from 4 to 128"
            ));
        }
        if !batch.is_multiple_of(LANES) || !(LANES..=1024).contains(&batch) {
            return wrong(format!(
                "a batch of {batch} pictures is no multiple of {LANES} up to 1024"
            ));
        }
        if !(1..=1_000_000).contains(&steps) {
            return wrong(format!("{steps} steps are not between 1 and 1,000,000"));
        }
        if !(rate > 0.0 && rate <= 1.0) {
            return wrong(format!("a rate of {rate} is not between 0 and 1"));
        }
        if !(0.0..=0.5).contains(&validation) {
            return wrong(format!(
                "a share of {validation} for validation is not between 0 and 0.5"
            ));
        }
        let Augmentation {
            turn_deg,
            scale,
            shift,
            colour,
            camera,
            erase,
            ..
        } = self.augmentation;
        let ranges = [
            ("turn_deg", turn_deg, 180.0),
            ("scale", scale, 1.0),
            ("shift", shift, 1.0),
            ("colour", colour, 4.0),
            ("camera", camera, 1.0),
            ("erase", erase, 1.0),
        ];
        for (name, value, most) in ranges {
            if !(0.0..=most).contains(&value) {
                return wrong(format!(
                    "augmentation's `{name}` of {value} is not between 0 and {most}"
                ));
            }
        }
        Ok(())
    }
}

/// Who sees how training goes, and may end it.
pub trait Watch {
    /// Called after each step; a break ends training, with the best weights so far.
    fn step(&self, progress: &Progress) -> ControlFlow<()>;
}

/// Nobody watches, and nothing ends before its time.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn step(&self, _: &Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// How far training is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Steps that are done.
    pub step: usize,
    /// Steps there are to be.
    pub steps: usize,
    /// What the last step's pictures cost, in the units of the loss that is descended.
    pub cost: f64,
    /// The last mean loss on the validation pictures, as [`crate::Network::losses`] has it (classes: log loss), if there was one yet.
    pub validation: Option<f64>,
}
