//! A recording of a real person, behind the door that remembers who read it.

use privacy::{Ledger, RealData, Sealed};

use crate::acclaim;
use crate::bvh;
use crate::error::MotionError;
use crate::file::sha256;
use crate::names::Mapping;
use crate::retarget::{Retargeted, retarget};
use crate::take::{Format, Take};

/// A recorded take and what is known of it without looking.
#[derive(Debug)]
pub struct Recording {
    take: Sealed<Take>,
    file: String,
    sha256: String,
}

impl Recording {
    /// Reads the bytes of a file of that name (without folders): BVH, or Acclaim's motion where its skeleton is given with it.
    ///
    /// # Errors
    /// As [`bvh::read`], [`acclaim::read_skeleton`] and [`acclaim::read`]; a skeleton that is given with a BVH file; a motion without one.
    pub fn read(
        file: &str,
        bytes: &[u8],
        skeleton: Option<&[u8]>,
        format: Format,
    ) -> Result<Self, MotionError> {
        let take = match (format, skeleton) {
            (Format::Bvh, None) => bvh::read(bytes)?,
            (Format::Bvh, Some(_)) => {
                return Err(MotionError::new(
                    "a BVH file has its own skeleton, and another one is given with it",
                    "leave `--skeleton` out",
                ));
            }
            (Format::Acclaim, Some(skeleton)) => {
                let skeleton = acclaim::read_skeleton(skeleton)?;
                acclaim::read(bytes, &skeleton, acclaim::CMU_FPS)?
            }
            (Format::Acclaim, None) => {
                return Err(MotionError::new(
                    "an Acclaim motion needs its skeleton",
                    "name it: `--skeleton SUBJECT.asf`",
                ));
            }
        };
        let sha256 = sha256(bytes);
        let about = RealData {
            name: format!("motion {file}"),
            rows: Some(take.frames as u64),
            columns: take.joints.len() as u64,
            sha256: Some(sha256.clone()),
        };
        Ok(Self {
            take: Sealed::new(take, about),
            file: file.to_owned(),
            sha256,
        })
    }

    /// Makes the clip; `map` says which joint is which (see [`Mapping::from_map`]), else names tell.
    ///
    /// # Privacy
    /// A gait is a person's own, as a face is: the read is entered as not private, and the clip carries the ledger.
    ///
    /// # Errors
    /// [`MotionError`] where joints are missing or the skeleton is no person's.
    pub fn learn(
        &self,
        name: &str,
        map: Option<&str>,
        ledger: &mut Ledger,
    ) -> Result<Retargeted, MotionError> {
        let take = self.take.open(ledger, "joint angles");
        let mapping = match map {
            Some(text) => Mapping::from_map(take, text)?,
            None => Mapping::detect(take)?,
        };
        let mut made = retarget(take, &mapping, name)?;
        made.clip.source.file.clone_from(&self.file);
        made.clip.source.sha256.clone_from(&self.sha256);
        made.clip.ledger = ledger.clone();
        Ok(made)
    }
}
