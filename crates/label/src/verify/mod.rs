//! Proof that the labels of a sample agree with each other and with its pictures.
//!
//! Nothing of the scene is needed: every label is derived a second time from other files of the sample, and what does not agree is a
//! [`Fault`]. A 2D point is the projection of its 3D point; a visible point's pixel carries its person and its depth; masks are a true
//! partition and agree on it; boxes are tight around their pixels; depth and normals describe one surface; left is left; rotations,
//! angles, lids and gaze follow from the points they belong to; flow carries people and landmarks to where the next frame has
//! them; rays through the outlines of pupil and iris, bent by the cornea, meet the circles they are outlines of, and rays through glints are
//! mirrored to their lamps; the corners of vehicles follow from their pose, and damages are where their masks are.
//!
//! What it cannot find: labels that were moved together with everything they are derived from, and changed colours of a picture.
//! The data set's hashes find those.

mod amodal;
mod angles;
mod data_set;
mod eyes;
mod files;
mod flow;
mod masks;
mod points;
mod surface;
mod vehicles;

use std::fmt;

pub use data_set::{data_set, record};
pub use files::File;
use files::Loaded;

/// Two labels that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Index of the sample.
    pub sample: u64,
    /// The file that holds what was found, below the data set's folder.
    pub file: String,
    /// What the file says.
    pub found: String,
    /// What the others say.
    pub expected: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sample {}, {}: {}, but {}",
            self.sample, self.file, self.found, self.expected
        )
    }
}

/// Collects the faults of one sample; after [`Faults::MOST_OF_A_KIND`] of one check the rest would be echoes.
#[derive(Debug)]
pub(crate) struct Faults {
    sample: u64,
    all: Vec<Fault>,
}

impl Faults {
    const MOST_OF_A_KIND: usize = 5;

    fn add(&mut self, file: &str, found: impl Into<String>, expected: impl Into<String>) {
        self.all.push(Fault {
            sample: self.sample,
            file: file.to_owned(),
            found: found.into(),
            expected: expected.into(),
        });
    }

    /// Adds the first few of many faults of one check, and says how many more there are.
    fn add_first(&mut self, file: &str, many: impl Iterator<Item = (String, String)>) {
        let mut more = 0;
        for (i, (found, expected)) in many.enumerate() {
            if i < Self::MOST_OF_A_KIND {
                self.add(file, found, expected);
            } else {
                more += 1;
            }
        }
        if more > 0 {
            self.add(
                file,
                format!("{more} more of the same"),
                "there should be none",
            );
        }
    }
}

/// Cross-checks the files of one sample; no fault means that everything that could be checked agrees.
///
/// `files` are all files of the sample, in any order. Kinds of labels that were not asked for are not missed.
///
/// # Determinism
/// A pure function of its arguments; faults come in a fixed order.
pub fn verify(sample: u64, files: &[File]) -> Vec<Fault> {
    let mut faults = Faults {
        sample,
        all: Vec::new(),
    };
    if let Some(loaded) = Loaded::read(sample, files, &mut faults) {
        masks::check(&loaded, &mut faults);
        surface::check(&loaded, &mut faults);
        points::check(&loaded, &mut faults);
        angles::check(&loaded, &mut faults);
        eyes::check(&loaded, &mut faults);
        amodal::check(&loaded, &mut faults);
        flow::check(&loaded, &mut faults);
        vehicles::check(&loaded, &mut faults);
    }
    faults.all
}

/// Compares a frame of a sequence with the next one; their own faults are [`verify`]'s. Samples that are not frames of one sequence have none.
pub fn follow(sample: u64, files: &[File], next: &[File]) -> Vec<Fault> {
    let mut own = Faults {
        sample,
        all: Vec::new(),
    };
    let mut faults = Faults {
        sample,
        all: Vec::new(),
    };
    let loaded = Loaded::read(sample, files, &mut own);
    let next = Loaded::read(sample + 1, next, &mut own);
    if let (Some(loaded), Some(next)) = (&loaded, &next)
        && let (Some(here), Some(there)) = (&loaded.labels.moment, &next.labels.moment)
        && here.sequence == there.sequence
    {
        flow::follow(loaded, next, &mut faults);
    }
    faults.all
}
